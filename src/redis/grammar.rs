//! The values of the few directives that have a grammar of their own. It must not know which servers have them.

use super::value::{integer, memory};

/// The classes of clients: as written, and as their limit is called.
const CLIENT_CLASSES: &[(&str, &str)] = &[
    ("normal", "normal"),
    ("replica", "replica"),
    ("slave", "replica"),
    ("pubsub", "pubsub"),
];

/// What may stand between braces in a `proc-title-template`.
const TITLE_VARIABLES: &[&str] = &[
    "title",
    "listen-addr",
    "server-mode",
    "port",
    "tls-port",
    "unixsocket",
    "config-file",
];

/// Those of them that are never empty.
const TITLE_FILLED: &[&str] = &["listen-addr", "port", "tls-port"];

/// Checks the text of those directives whose text is not free, and returns it.
pub(super) fn text<'value>(name: &str, value: &'value str) -> Result<&'value str, String> {
    match name {
        "proc-title-template" => title_template(value),
        _ => Ok(value),
    }
}

/// Checks the words of those directives whose words are known, and returns them in their canonical spelling.
///
/// No words are one empty word: a line of the file has at least one.
pub(super) fn words(name: &str, words: &[String]) -> Result<Vec<String>, String> {
    let empty = words.iter().all(String::is_empty) && words.len() <= 1;
    match name {
        "client-output-buffer-limit" => client_limits(words),
        "oom-score-adj-values" => scores(words),
        _ if empty => Ok(vec![String::new()]),
        "save" => save(words),
        "latency-tracking-info-percentiles" => percentiles(words),
        _ => Ok(words.to_vec()),
    }
}

/// Checks the braces, and that the title is not empty where what is between them is.
fn title_template(value: &str) -> Result<&str, String> {
    let mut parts = value.split('{');
    let mut filled = parts.next().is_some_and(|before| !before.is_empty());
    for part in parts {
        match part.split_once('}') {
            Some((variable, after)) if TITLE_VARIABLES.contains(&variable) => {
                filled |= !after.is_empty() || TITLE_FILLED.contains(&variable);
            }
            _ => {
                let allowed = TITLE_VARIABLES.join("}`, `{");
                return Err(format!("`{{{part}` begins with none of `{{{allowed}}}`"));
            }
        }
    }
    if filled {
        Ok(value)
    } else {
        Err(format!("`{value}` may be empty, add some text"))
    }
}

fn save(words: &[String]) -> Result<Vec<String>, String> {
    const ALLOWED: &str = "pairs of seconds and changes such as `900 1 300 10`, or nothing";
    if let [word] = words
        && ["no", "off", "false", "never"].contains(&word.to_ascii_lowercase().as_str())
    {
        return Err(format!(
            "no snapshots are an empty text, `\"\"`, not `{word}`"
        ));
    }
    if !words.len().is_multiple_of(2) {
        return Err(format!(
            "it has an odd number of words, allowed are {ALLOWED}"
        ));
    }
    let mut points = Vec::with_capacity(words.len());
    for pair in words.chunks_exact(2) {
        let seconds = integer(&pair[0], 1, i64::from(i32::MAX))?;
        let changes = integer(&pair[1], 0, i64::from(i32::MAX))?;
        points.extend([seconds.to_string(), changes.to_string()]);
    }
    Ok(points)
}

fn client_limits(words: &[String]) -> Result<Vec<String>, String> {
    const ALLOWED: &str = "allowed is a class (`normal`, `replica`, `pubsub`), its hard limit, \
                           its soft limit and the seconds of that, for each class once";
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
            "it has {} words, allowed are 3 numbers, -2000 to 2000",
            words.len()
        ));
    }
    words
        .iter()
        .map(|word| integer(word, -2000, 2000).map(|score| score.to_string()))
        .collect()
}

fn percentiles(words: &[String]) -> Result<Vec<String>, String> {
    let valid = |word: &&String| {
        let plain = word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        plain
            && word
                .parse()
                .is_ok_and(|number: f64| (0.0..=100.0).contains(&number))
    };
    match words.iter().find(|word| !valid(word)) {
        Some(word) => Err(format!(
            "`{word}` is not a percentile, allowed are numbers from 0 to 100"
        )),
        None => Ok(words.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::{text, words};
    use crate::redis::line::split;

    /// Checks `name value`; `None` where it is refused.
    fn written(line: &str) -> Option<String> {
        let all = split(line).expect("balanced quotes");
        words(&all[0], &all[1..]).map(|words| words.join(" ")).ok()
    }

    #[test]
    fn snapshots_are_pairs() {
        assert_eq!(
            written("save 900 1  300 010").as_deref(),
            Some("900 1 300 10")
        );
        assert_eq!(written("save").as_deref(), Some(""));
        assert_eq!(written("save \"\"").as_deref(), Some(""));
        for line in [
            "save 900",
            "save 0 1",
            "save 1 -1",
            "save 900 1 # often",
            "save 1m 1",
        ] {
            assert_eq!(written(line), None, "{line}");
        }
    }

    #[test]
    fn limits_of_clients_are_fours() {
        let limits = written("client-output-buffer-limit slave 256mb 64Mi 60 PUBSUB 0 0 0");
        assert_eq!(
            limits.as_deref(),
            Some("replica 268435456 67108864 60 pubsub 0 0 0")
        );
        for value in [
            "",
            "normal 0 0",
            "primary 0 0 0",
            "replica 0 0 0 slave 0 0 0",
            "normal 1x 0 0",
            "normal 0 0 -1",
        ] {
            assert_eq!(
                written(&format!("client-output-buffer-limit {value}")),
                None,
                "{value}"
            );
        }
    }

    #[test]
    fn scores_and_percentiles_are_bounded() {
        assert_eq!(
            written("oom-score-adj-values 0 -200 800").as_deref(),
            Some("0 -200 800")
        );
        assert_eq!(written("oom-score-adj-values 1 2"), None);
        assert_eq!(written("oom-score-adj-values 1 2 2001"), None);
        let name = "latency-tracking-info-percentiles";
        assert_eq!(
            written(&format!("{name} 50 99.9")).as_deref(),
            Some("50 99.9")
        );
        assert_eq!(written(name).as_deref(), Some(""));
        assert_eq!(written(&format!("{name} 101")), None);
        assert_eq!(written(&format!("{name} nan")), None);
    }

    #[test]
    fn titles_name_known_variables() {
        let check = |value| text("proc-title-template", value).is_ok();
        assert!(check("{title} {port}") && check("a } b") && check("{port}"));
        assert!(!check("x {titel}") && !check("{title") && !check("{{title}}"));
        assert!(!check("") && !check("{title}") && !check("{title}{server-mode}"));
    }
}
