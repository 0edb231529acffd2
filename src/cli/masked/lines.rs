//! Where secrets may be in the lines of a text that cannot be read as YAML, or of which something would be missing then.

use crate::values::secrecy::{is_known, is_secret_name, secret_in};

/// What stands behind the colon of a key with a telling name, and all behind it up to a key that is not indented below; and
/// what is a secret in a line of any file. Where YAML cannot be read at all, the key that ends it has to be a known one.
pub(super) fn lines(text: &str, is_readable: bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut hidden_below = None;
    let has_secrets = text
        .lines()
        .any(|line| line.contains("kind") && line.contains("Secret"));
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let indent = content.len() - content.trim_start_matches([' ', '\t', '-']).len();
        let is_blank = content.trim().is_empty();
        let key = content
            .split_once(':')
            .map(|(key, _)| key[indent.min(key.len())..].trim());
        let is_other = |below: &usize| {
            let is_key = |key: &str| is_readable || is_known(key);
            matches!(content, "---" | "...") || indent <= *below && key.is_some_and(is_key)
        };
        hidden_below = hidden_below.filter(|below| !is_other(below));
        let key_end = content.find([':', '=']);
        let is_data = has_secrets && content.contains("data");
        let is_value = || key == Some("value");
        match (hidden_below, key_end) {
            (Some(_), _) if !is_blank => found.push((offset + indent, offset + content.len())),
            (None, Some(end)) if is_data || is_secret_text(content) || is_value() => {
                found.push((offset + end + 1, offset + content.len()));
                let dash = content.find('-').filter(|dash| *dash < indent);
                hidden_below = Some(dash.unwrap_or(indent));
            }
            _ => found
                .extend(secret_in(content).map(|start| (offset + start, offset + content.len()))),
        }
        offset += line.len();
    }
    found
}

/// What stands behind a telling word of a comment, and a comment where a value should be, which may be one without quotes.
pub(super) fn comments(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let hash = content
            .match_indices('#')
            .find(|(at, _)| *at == 0 || content[..*at].ends_with([' ', '\t']));
        if let Some((hash, _)) = hash {
            let is_value_missing = content[..hash].trim_end().ends_with(':');
            if is_value_missing && !content[hash + 1..].starts_with([' ', '#']) {
                found.push((offset + hash, offset + content.len()));
            }
            let is_end = |c: char| !c.is_alphanumeric() && c != '_';
            let mut words = content[hash..].split_inclusive(is_end);
            let mut start = hash;
            for word in words.by_ref() {
                start += word.len();
                if word.len() > 3 && is_secret_name(word.trim_end_matches(is_end)) {
                    break;
                }
            }
            if start < content.len() {
                found.push((offset + start, offset + content.len()));
            }
        }
        offset += line.len();
    }
    found
}

/// Tells whether a text that cannot be read may hold a secret.
pub(super) fn is_secret_text(text: &str) -> bool {
    let is_end = |c: char| !(c.is_alphanumeric() || "_-".contains(c));
    let mut words = text.split(is_end).filter(|word| word.len() > 2);
    is_secret_name(text)
        || words.any(is_secret_name)
        || [
            "extraEnv",
            "extraArgs",
            "stringData",
            "user: ",
            "user=",
            "last-applied-configuration",
        ]
        .iter()
        .any(|key| text.contains(key))
}
