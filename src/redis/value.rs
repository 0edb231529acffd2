//! Whether a directive takes a value, and how that value is written. It must not know which servers have a directive.

use strsim::damerau_levenshtein;

use super::conf::{Directive, Kind};
use super::line::split;
use super::memory;

/// Names of the classes of clients, as written and as their limit is called.
const CLIENT_CLASSES: &[(&str, &str)] = &[
    ("normal", "normal"),
    ("replica", "replica"),
    ("slave", "replica"),
    ("pubsub", "pubsub"),
];
/// What stands between braces in a `proc-title-template`.
const TITLE_VARIABLES: &[&str] = &[
    "title",
    "listen-addr",
    "server-mode",
    "port",
    "tls-port",
    "unixsocket",
    "config-file",
];

/// Returns the words of the line that sets a directive to a value, without its name.
///
/// A switch is `yes` or `no`; `true`, `on`, `false` and `off` are taken for them, because YAML writes them so. Sizes
/// become bytes, old names of client classes new ones; text is one word, as it is.
///
/// # Errors
///
/// Says what is wrong with the value and what is allowed.
pub fn check(directive: &Directive, value: &str) -> Result<Vec<String>, String> {
    // A line end would begin another directive.
    if value.contains(['\0', '\n', '\r']) {
        return Err("it has a line end or a zero byte, a value is one line of text".to_owned());
    }
    match directive.kind {
        Kind::Switch => one(switch(value)),
        Kind::Integer { min, max } => {
            one(integer(value, min, max).map(|number| number.to_string()))
        }
        Kind::Memory { min, max } => one(memory(value, min, max).map(|bytes| bytes.to_string())),
        Kind::MemoryOrPercent => one(memory_or_percent(value)),
        Kind::Choice(choices) => one(choice(value, choices).map(str::to_owned)),
        Kind::Choices(choices) => several(value, choices),
        Kind::Letters(letters) => one(only(value, letters)),
        Kind::Octal => one(octal(value)),
        Kind::Text if directive.name == "proc-title-template" => one(title_template(value)),
        Kind::Text => one(Ok(value.to_owned())),
        Kind::Ignored | Kind::Words => words(directive.name, value),
    }
}

fn one(word: Result<String, String>) -> Result<Vec<String>, String> {
    word.map(|word| vec![word])
}

fn switch(value: &str) -> Result<String, String> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" => Ok("yes".to_owned()),
        "no" | "false" | "off" => Ok("no".to_owned()),
        _ => Err(format!("`{value}` is neither `yes` nor `no`")),
    }
}

fn integer(value: &str, min: i64, max: i64) -> Result<i64, String> {
    let allowed = match (min, max) {
        (_, i64::MAX) => format!("{min} or more"),
        _ => format!("{min} to {max}"),
    };
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!(
            "`{value}` is not a whole number, allowed is {allowed}"
        ));
    }
    match value.parse() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(format!("{value} is out of range, allowed is {allowed}")),
    }
}

fn memory(value: &str, min: u64, max: u64) -> Result<u64, String> {
    let bytes = memory::parse(value)?;
    if (min..=max).contains(&bytes) {
        return Ok(bytes);
    }
    let allowed = if max >= i64::MAX.unsigned_abs() {
        format!("{min} bytes or more")
    } else {
        format!("{min} to {max} bytes")
    };
    let limit = if bytes > max {
        format!(", and less than {max}")
    } else {
        String::new()
    };
    Err(format!(
        "{bytes} bytes is out of range, allowed is {allowed}{limit}"
    ))
}

fn memory_or_percent(value: &str) -> Result<String, String> {
    match value.strip_suffix('%') {
        Some(percent) => integer(percent, 0, 100).map(|percent| format!("{percent}%")),
        None => memory(value, 0, i64::MAX.unsigned_abs()).map(|bytes| bytes.to_string()),
    }
}

/// Returns the choice that a word is, in any case.
fn choice<'choices>(word: &str, choices: &[&'choices str]) -> Result<&'choices str, String> {
    if let Some(choice) = choices
        .iter()
        .find(|choice| choice.eq_ignore_ascii_case(word))
    {
        return Ok(choice);
    }
    let lower = word.to_ascii_lowercase();
    let nearest = choices
        .iter()
        .map(|choice| (damerau_levenshtein(&lower, choice), choice))
        .min()
        .filter(|(distance, choice)| distance * 2 <= choice.len())
        .map_or_else(String::new, |(_, choice)| {
            format!("; did you mean `{choice}`?")
        });
    let listed: Vec<String> = choices.iter().map(|choice| format!("`{choice}`")).collect();
    Err(format!(
        "`{word}` is not one of {}{nearest}",
        listed.join(", ")
    ))
}

fn several(value: &str, choices: &[&str]) -> Result<Vec<String>, String> {
    let words: Vec<&str> = split(value)?
        .iter()
        .map(|word| choice(word, choices))
        .collect::<Result<_, _>>()?;
    if words.is_empty() {
        return choice("", choices).map(|_| Vec::new());
    }
    if words.contains(&"save") && words.contains(&"nosave") {
        return Err("`save` and `nosave` exclude each other".to_owned());
    }
    Ok(words.into_iter().map(str::to_owned).collect())
}

fn only(value: &str, letters: &str) -> Result<String, String> {
    match value.chars().find(|letter| !letters.contains(*letter)) {
        Some(letter) => Err(format!(
            "`{letter}` is not one of the characters `{letters}`"
        )),
        None => Ok(value.to_owned()),
    }
}

fn octal(value: &str) -> Result<String, String> {
    match u32::from_str_radix(value, 8) {
        Ok(mode) if mode <= 0o777 && !value.starts_with('+') => Ok(format!("{mode:o}")),
        _ => Err(format!(
            "`{value}` is not a file mode, allowed is 0 to 777, octal"
        )),
    }
}

fn title_template(value: &str) -> Result<String, String> {
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('{') {
        match after.split_once('}') {
            Some((variable, after)) if TITLE_VARIABLES.contains(&variable) => rest = after,
            _ => {
                return Err(format!(
                    "`{value}` has a brace that begins none of `{{{}}}`",
                    TITLE_VARIABLES.join("}`, `{")
                ));
            }
        }
    }
    Ok(value.to_owned())
}

/// Checks the directives whose words have a grammar; of others, only the quotes.
fn words(name: &str, value: &str) -> Result<Vec<String>, String> {
    let words = split(value)?;
    match name {
        "save" => save(&words),
        "client-output-buffer-limit" => client_limits(&words),
        "oom-score-adj-values" => scores(&words),
        "latency-tracking-info-percentiles" => percentiles(&words),
        _ => Ok(or_empty(words)),
    }
}

/// Returns the one empty word for no words: a line of the file has at least one.
fn or_empty(words: Vec<String>) -> Vec<String> {
    if words.is_empty() {
        vec![String::new()]
    } else {
        words
    }
}

fn save(words: &[String]) -> Result<Vec<String>, String> {
    const ALLOWED: &str =
        "allowed are pairs of seconds and changes such as `900 1 300 10`, or nothing";
    if words.iter().all(String::is_empty) && words.len() <= 1 {
        return Ok(vec![String::new()]);
    }
    if !words.len().is_multiple_of(2) {
        return Err(format!("it has an odd number of words, {ALLOWED}"));
    }
    let bounded = |(position, word): (usize, &String)| {
        let least = if position.is_multiple_of(2) { 1 } else { 0 };
        integer(word, least, i64::from(i32::MAX)).map(|number| number.to_string())
    };
    words
        .iter()
        .enumerate()
        .map(bounded)
        .collect::<Result<_, _>>()
        .map_err(|cause| format!("{cause}; {ALLOWED}"))
}

fn client_limits(words: &[String]) -> Result<Vec<String>, String> {
    const ALLOWED: &str = "allowed is a class (`normal`, `replica`, `pubsub`), a hard limit, a soft limit and its seconds, once a class";
    if words.is_empty() || !words.len().is_multiple_of(4) {
        return Err(format!("it has {} words, {ALLOWED}", words.len()));
    }
    let mut limits: Vec<String> = Vec::with_capacity(words.len());
    for limit in words.chunks_exact(4) {
        let class = CLIENT_CLASSES
            .iter()
            .find(|(written, _)| limit[0].eq_ignore_ascii_case(written))
            .map(|(_, class)| (*class).to_owned())
            .ok_or_else(|| format!("`{}` is not a class of clients, {ALLOWED}", limit[0]))?;
        if limits.chunks_exact(4).any(|earlier| earlier[0] == class) {
            return Err(format!("the class `{class}` is there twice, {ALLOWED}"));
        }
        let hard = memory(&limit[1], 0, u64::MAX)?.to_string();
        let soft = memory(&limit[2], 0, u64::MAX)?.to_string();
        let seconds = integer(&limit[3], 0, i64::MAX)?.to_string();
        limits.extend([class, hard, soft, seconds]);
    }
    Ok(limits)
}

fn scores(words: &[String]) -> Result<Vec<String>, String> {
    if words.len() != 3 {
        return Err(format!(
            "it has {} words, allowed are three numbers from -2000 to 2000",
            words.len()
        ));
    }
    words
        .iter()
        .map(|word| integer(word, -2000, 2000).map(|number| number.to_string()))
        .collect()
}

fn percentiles(words: &[String]) -> Result<Vec<String>, String> {
    let valid = |word: &String| {
        let plain = word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        plain
            && word
                .parse()
                .is_ok_and(|number: f64| (0.0..=100.0).contains(&number))
    };
    match words.iter().find(|word| !valid(word)) {
        Some(word) if words.len() > 1 || !word.is_empty() => Err(format!(
            "`{word}` is not a percentile, allowed are numbers from 0 to 100, or nothing"
        )),
        _ => Ok(or_empty(words.to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::redis::conf::known;
    use crate::redis::line::line;
    use crate::redis::version::Engine;

    /// Returns the line that Redis 7.2 would read, or the error.
    fn checked(name: &str, value: &str) -> String {
        let version = "7.2".parse().expect("a version");
        let directive = known(name, Engine::Redis, version).expect("a directive");
        match check(directive, value) {
            Ok(words) => line(name, &words),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn values_are_written_as_the_server_wants_them() {
        for (name, value, expected) in [
            ("appendonly", "true", "appendonly yes"),
            ("appendonly", "Off", "appendonly no"),
            ("hz", "010", "hz 10"),
            (
                "slowlog-log-slower-than",
                "-1",
                "slowlog-log-slower-than -1",
            ),
            ("maxmemory", "384mb", "maxmemory 402653184"),
            ("maxmemory", "1.5Gi", "maxmemory 1610612736"),
            ("maxmemory-clients", "5%", "maxmemory-clients 5%"),
            ("maxmemory-clients", "64mb", "maxmemory-clients 67108864"),
            (
                "maxmemory-policy",
                "Volatile-LRU",
                "maxmemory-policy volatile-lru",
            ),
            (
                "shutdown-on-sigterm",
                "nosave  now",
                "shutdown-on-sigterm nosave now",
            ),
            ("notify-keyspace-events", "", "notify-keyspace-events \"\""),
            (
                "notify-keyspace-events",
                "Ex$",
                "notify-keyspace-events Ex$",
            ),
            ("unixsocketperm", "0700", "unixsocketperm 700"),
            (
                "proc-title-template",
                "{title} {port}",
                "proc-title-template \"{title} {port}\"",
            ),
            ("syslog-ident", "a b", "syslog-ident \"a b\""),
            ("save", "900 1  300 10", "save 900 1 300 10"),
            ("save", "", "save \"\""),
            ("save", "\"\"", "save \"\""),
            (
                "client-output-buffer-limit",
                "slave 256mb 64mb 60 PUBSUB 0 0 0",
                "client-output-buffer-limit replica 268435456 67108864 60 pubsub 0 0 0",
            ),
            (
                "oom-score-adj-values",
                "0 200 800",
                "oom-score-adj-values 0 200 800",
            ),
            (
                "latency-tracking-info-percentiles",
                "50 99.9",
                "latency-tracking-info-percentiles 50 99.9",
            ),
            (
                "latency-tracking-info-percentiles",
                "",
                "latency-tracking-info-percentiles \"\"",
            ),
            ("bind", "* -::*", "bind * -::*"),
        ] {
            assert_eq!(checked(name, value), expected, "{name} {value}");
        }
    }

    #[test]
    fn wrong_values_are_refused_with_what_is_allowed() {
        for (name, value, expected) in [
            (
                "appendonly",
                "maybe",
                "error: `maybe` is neither `yes` nor `no`",
            ),
            (
                "hz",
                "ten",
                "error: `ten` is not a whole number, allowed is 0 to 2147483647",
            ),
            (
                "hz",
                "1e3",
                "error: `1e3` is not a whole number, allowed is 0 to 2147483647",
            ),
            (
                "hz",
                "-1",
                "error: -1 is out of range, allowed is 0 to 2147483647",
            ),
            (
                "slowlog-log-slower-than",
                "-2",
                "error: -2 is out of range, allowed is -1 or more",
            ),
            (
                "client-query-buffer-limit",
                "1kb",
                "error: 1024 bytes is out of range, allowed is 1048576 bytes or more",
            ),
            (
                "maxmemory-clients",
                "101%",
                "error: 101 is out of range, allowed is 0 to 100",
            ),
            (
                "appendfsync",
                "evrysec",
                "error: `evrysec` is not one of `everysec`, `always`, `no`; did you mean `everysec`?",
            ),
            (
                "shutdown-on-sigterm",
                "save nosave",
                "error: `save` and `nosave` exclude each other",
            ),
            (
                "unixsocketperm",
                "778",
                "error: `778` is not a file mode, allowed is 0 to 777, octal",
            ),
            (
                "syslog-ident",
                "a\nmaxmemory 1",
                "error: it has a line end or a zero byte, a value is one line of text",
            ),
            (
                "oom-score-adj-values",
                "1 2",
                "error: it has 2 words, allowed are three numbers from -2000 to 2000",
            ),
        ] {
            assert_eq!(checked(name, value), expected, "{name} {value}");
        }
        for (name, value) in [
            ("save", "900"),
            ("save", "0 1"),
            ("save", "900 1 # often"),
            ("save", "\"900 1"),
            ("client-output-buffer-limit", "normal 0 0"),
            ("client-output-buffer-limit", "primary 0 0 0"),
            ("client-output-buffer-limit", "replica 0 0 0 slave 0 0 0"),
            ("client-output-buffer-limit", "normal 1x 0 0"),
            ("client-output-buffer-limit", ""),
            ("latency-tracking-info-percentiles", "101"),
            ("latency-tracking-info-percentiles", "nan"),
            ("notify-keyspace-events", "E x"),
            ("proc-title-template", "{titel}"),
            ("proc-title-template", "{title"),
            ("shutdown-on-sigterm", ""),
            ("maxmemory", "384mib"),
        ] {
            assert!(
                checked(name, value).starts_with("error: "),
                "{name} {value}"
            );
        }
    }
}
