//! What values a directive takes, and how they are written. It must not know which servers have a directive.

use strsim::damerau_levenshtein;

use super::conf::Directive;
use super::grammar;
use super::line::split;
use super::memory;
use crate::diagnostic::nearest;

/// What values a directive takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `yes` or `no`.
    Switch,
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A size in bytes.
    Memory {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// A size in bytes, or a percentage of `maxmemory`.
    MemoryOrPercent,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One or more of these words.
    Choices(&'static [&'static str]),
    /// Any of these characters, in one word.
    Letters(&'static str),
    /// One word: the server reads over it, as a setting that it or a relative once had.
    Ignored,
    /// A file mode.
    Octal,
    /// One word, or anything in quotes.
    Text,
    /// Words with a grammar of their own.
    Words,
}

/// Returns the words of the line that sets a directive to a value, without its name.
///
/// A switch is `yes` or `no`; `true`, `on`, `false` and `off` are taken for them, because YAML writes
/// them so. Sizes become bytes, old names of client classes new ones; text is one word, as it is.
///
/// # Errors
///
/// Says what is wrong with the value and what is allowed.
pub fn check(directive: &Directive, value: &str) -> Result<Vec<String>, String> {
    // A line end would begin another directive.
    if value.contains(['\0', '\n', '\r']) {
        return Err("it has a line end or a zero byte, a value is one line of text".to_owned());
    }
    let word = match directive.kind {
        Kind::Switch => switch(value)?.to_owned(),
        Kind::Integer { min, max } => integer(value, min, max)?.to_string(),
        Kind::Memory { min, max } => memory(value, min, max)?.to_string(),
        Kind::MemoryOrPercent => memory_or_percent(value)?,
        Kind::Choice(choices) => choice(value, choices)?.to_owned(),
        Kind::Choices(choices) => return several(value, choices),
        Kind::Letters(letters) => only(value, letters)?.to_owned(),
        Kind::Octal => octal(value)?,
        Kind::Text => grammar::text(directive.name, value)?.to_owned(),
        Kind::Ignored => value.to_owned(),
        Kind::Words => return grammar::words(directive.name, &split(value)?),
    };
    Ok(vec![word])
}

fn switch(value: &str) -> Result<&'static str, String> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" => Ok("yes"),
        "no" | "false" | "off" => Ok("no"),
        _ => Err(format!("`{value}` is neither `yes` nor `no`")),
    }
}

/// Reads a whole number within bounds; leading zeros are fine, a plus sign is not.
pub(super) fn integer(value: &str, min: i64, max: i64) -> Result<i64, String> {
    let allowed = match max {
        i64::MAX => format!("allowed is {min} or more"),
        _ => format!("allowed is {min} to {max}"),
    };
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{value}` is not a whole number, {allowed}"));
    }
    match value.parse() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(format!("{value} is out of range, {allowed}")),
    }
}

/// Reads a size within bounds.
pub(super) fn memory(value: &str, min: u64, max: u64) -> Result<u64, String> {
    match memory::parse(value)? {
        bytes if bytes < min => Err(format!("{bytes} bytes is too little, the least is {min}")),
        bytes if bytes > max => Err(format!("{bytes} bytes is too much, the most is {max}")),
        bytes => Ok(bytes),
    }
}

fn memory_or_percent(value: &str) -> Result<String, String> {
    match value.strip_suffix('%') {
        Some(percent) => integer(percent, 0, 100).map(|percent| format!("{percent}%")),
        None => memory(value, 0, i64::MAX.unsigned_abs()).map(|bytes| bytes.to_string()),
    }
}

/// Returns the choice that a word is, in any case.
fn choice(word: &str, choices: &[&'static str]) -> Result<&'static str, String> {
    if let Some(choice) = choices
        .iter()
        .find(|choice| choice.eq_ignore_ascii_case(word))
    {
        return Ok(choice);
    }
    let lower = word.to_ascii_lowercase();
    let least = || {
        let distances = choices
            .iter()
            .map(|choice| (damerau_levenshtein(&lower, choice), *choice));
        let (distance, choice) = distances.min()?;
        (distance * 2 <= choice.len()).then_some(choice)
    };
    let nearest = nearest(word, choices.iter().copied())
        .or_else(least)
        .map_or_else(String::new, |choice| format!("; did you mean `{choice}`?"));
    Err(format!(
        "`{word}` is not one of `{}`{nearest}",
        choices.join("`, `")
    ))
}

fn several(value: &str, choices: &[&'static str]) -> Result<Vec<String>, String> {
    let mut words = split(value)?;
    if words.is_empty() {
        words.push(String::new());
    }
    let words: Vec<&str> = words
        .iter()
        .map(|word| choice(word, choices))
        .collect::<Result<_, _>>()?;
    if words.contains(&"save") && words.contains(&"nosave") {
        return Err("`save` and `nosave` exclude each other".to_owned());
    }
    Ok(words.into_iter().map(str::to_owned).collect())
}

fn only<'value>(value: &'value str, letters: &str) -> Result<&'value str, String> {
    match value.chars().find(|letter| !letters.contains(*letter)) {
        Some(letter) => Err(format!(
            "`{letter}` is not one of the characters `{letters}`"
        )),
        None => Ok(value),
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

#[cfg(test)]
mod tests {
    use super::check;
    use crate::redis::conf::known;
    use crate::redis::line::line;
    use crate::redis::version::Engine;

    /// Checks `name value` against Redis 7.2: its line is the expected one, or else its error is.
    fn checked(text: &str, expected: &str) {
        let (name, value) = text.split_once(' ').expect("a name and a value");
        let version = "7.2".parse().expect("a version");
        let directive = known(name, Engine::Redis, version).expect("a directive");
        let answer = match check(directive, value) {
            Ok(words) => line(name, &words),
            Err(error) => error,
        };
        assert_eq!(answer, expected, "{text}");
    }

    #[test]
    fn switches() {
        checked("appendonly yes", "appendonly yes");
        checked("appendonly true", "appendonly yes");
        checked("appendonly Off", "appendonly no");
        checked("appendonly maybe", "`maybe` is neither `yes` nor `no`");
        checked("appendonly ", "`` is neither `yes` nor `no`");
    }

    #[test]
    fn numbers() {
        checked("hz 010", "hz 10");
        checked("slowlog-log-slower-than -1", "slowlog-log-slower-than -1");
        checked(
            "slowlog-log-slower-than -2",
            "-2 is out of range, allowed is -1 or more",
        );
        let allowed = "allowed is 0 to 2147483647";
        checked("hz ten", &format!("`ten` is not a whole number, {allowed}"));
        checked("hz 1e3", &format!("`1e3` is not a whole number, {allowed}"));
        checked("hz +1", &format!("`+1` is not a whole number, {allowed}"));
        checked("hz ", &format!("`` is not a whole number, {allowed}"));
        checked("hz -1", &format!("-1 is out of range, {allowed}"));
        let huge = "99999999999999999999";
        checked(
            &format!("hz {huge}"),
            &format!("{huge} is out of range, {allowed}"),
        );
    }

    #[test]
    fn sizes() {
        checked("maxmemory 384mb", "maxmemory 402653184");
        checked("maxmemory 1.5Gi", "maxmemory 1610612736");
        checked("maxmemory-clients 5%", "maxmemory-clients 5%");
        checked("maxmemory-clients 64mb", "maxmemory-clients 67108864");
        checked(
            "maxmemory-clients 101%",
            "101 is out of range, allowed is 0 to 100",
        );
        let least = "1024 bytes is too little, the least is 1048576";
        checked("client-query-buffer-limit 1kb", least);
        checked(
            "stream-node-max-bytes 9223372036854775807",
            "stream-node-max-bytes 9223372036854775807",
        );
        let most = "9223372036854775808 bytes is too much, the most is 9223372036854775807";
        checked("stream-node-max-bytes 9223372036854775808", most);
    }

    #[test]
    fn words_of_a_list() {
        checked(
            "maxmemory-policy Volatile-LRU",
            "maxmemory-policy volatile-lru",
        );
        let listed = "is not one of `everysec`, `always`, `no`";
        checked(
            "appendfsync evrysec",
            &format!("`evrysec` {listed}; did you mean `everysec`?"),
        );
        checked("appendfsync 1s", &format!("`1s` {listed}"));
        // Half of a word may be wrong, and no more.
        for (typed, meant) in [("usr1", "; did you mean `user`?"), ("usxyz", "")] {
            let listed =
                "`local0`, `local1`, `local2`, `local3`, `local4`, `local5`, `local6`, `local7`";
            let expected = format!("`{typed}` is not one of `user`, {listed}{meant}");
            checked(&format!("syslog-facility {typed}"), &expected);
        }
        checked(
            "loglevel dxyzg",
            "`dxyzg` is not one of `debug`, `verbose`, `notice`, `warning`, `nothing`",
        );
        checked(
            "shutdown-on-sigterm nosave  now",
            "shutdown-on-sigterm nosave now",
        );
        checked(
            "shutdown-on-sigterm save nosave",
            "`save` and `nosave` exclude each other",
        );
        let listed = "is not one of `default`, `save`, `nosave`, `now`, `force`";
        checked("shutdown-on-sigterm ", &format!("`` {listed}"));
        checked("notify-keyspace-events Ex$", "notify-keyspace-events Ex$");
        checked("notify-keyspace-events ", "notify-keyspace-events \"\"");
        let letters = "` ` is not one of the characters `$AEKdeghlmnstxz`";
        checked("notify-keyspace-events E x", letters);
    }

    #[test]
    fn text_is_one_word() {
        checked("syslog-ident a b", "syslog-ident \"a b\"");
        checked("syslog-ident ", "syslog-ident \"\"");
        checked("unixsocketperm 0700", "unixsocketperm 700");
        checked("unixsocketperm 777", "unixsocketperm 777");
        for value in ["778", "1000", "+7", "rwx"] {
            let mode = format!("`{value}` is not a file mode, allowed is 0 to 777, octal");
            checked(&format!("unixsocketperm {value}"), &mode);
        }
    }

    #[test]
    fn no_value_begins_another_line() {
        let error = "it has a line end or a zero byte, a value is one line of text";
        for end in ["\n", "\r", "\0"] {
            checked(&format!("syslog-ident a{end}maxmemory 1"), error);
            checked(&format!("save \"\"{end}"), error);
        }
    }
}
