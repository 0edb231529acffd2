//! What of an object is never shown: that it changed may be said, not what it is.

use super::defaults::LAST_APPLIED;
use super::path::{Path, Segment};
use crate::redis::conf::split;
use crate::values::secrecy::{holds_secret, is_secret_name, logins, without_secrets};
use crate::yaml::{Mapping, Value};

/// What stands for a secret within a larger value.
const MASK: &str = "<secret>";

/// Keys that name a secret and do not hold it.
const REFERENCES: [&str; 2] = ["automountServiceAccountToken", "serviceAccountToken"];

/// Tells whether the value at a place of an object of a kind may be a secret.
pub(super) fn is_secret(kind: &str, path: &Path, value: &Value) -> bool {
    let is_data = matches!(path.0.first(), Some(Segment::Key(key)) if matches!(&**key, "data" | "stringData"));
    // Its keys may be told.
    let is_map = matches!(value, Value::Mapping(_));
    if kind == "Secret" && is_data && !is_map {
        return true;
    }
    // All that was applied, with every secret in it.
    if path.last() == LAST_APPLIED {
        return true;
    }
    if path.matches(&["**", "env", "*", "value"]) {
        let name = &path.0[path.0.len() - 2];
        if matches!(name, Segment::Item(name) if is_secret_name(name)) {
            return true;
        }
    }
    let has_telling_name = match path.0.last() {
        Some(Segment::Directive(name)) => {
            let line = |words: &str| has_directive(&format!("{name} {words}"));
            value.as_str().is_some_and(line)
        }
        Some(Segment::Key(key)) => {
            // Of an annotation's key, behind its domain.
            let is_checksum = key.starts_with("checksum/");
            let key = key.rsplit_once('/').map_or(&**key, |(_, name)| name);
            let is_reference = key.starts_with("secret")
                || is_checksum
                || key.ends_with("Ref")
                || key.contains('.')
                || REFERENCES.contains(&key);
            !is_reference && is_secret_name(key)
        }
        _ => false,
    };
    match value {
        Value::String(text) => {
            has_telling_name
                || is_key_file(text)
                || has_login(text) && !text.contains('\n')
                || is_server_file(path) && has_directive(text)
        }
        Value::Number(_) => has_telling_name,
        Value::Sequence(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            holds_secret(&texts) || texts.iter().any(|text| has_login(text))
        }
        _ => false,
    }
}

/// Tells whether a directive holds a secret.
fn names_secret(directive: &str) -> bool {
    directive.eq_ignore_ascii_case("user") || is_secret_name(directive)
}

/// Tells whether a place is a file of directives, or some of its lines.
fn is_server_file(path: &Path) -> bool {
    let is_file = |key: &str| key.ends_with(".conf") || key.ends_with(".acl");
    let mut steps = path.0.iter().rev();
    let key = steps.find(|step| !matches!(step, Segment::Line(_)));
    matches!(key, Some(Segment::Key(key)) if is_file(key))
}

/// Tells whether a line of a file is a directive that holds a secret. Servers take its name in quotes as well.
fn has_directive(text: &str) -> bool {
    text.lines().any(|line| {
        let words = split(line.trim()).unwrap_or_else(|_| {
            let words = line.split(|c: char| c.is_whitespace() || c == '"' || c == '\'');
            let words = words.filter(|word| !word.is_empty());
            words.map(str::to_owned).collect()
        });
        let mut names = words.iter().map(String::as_str);
        match names.next() {
            Some(name) if name.eq_ignore_ascii_case("sentinel") => {
                names.next().is_some_and(names_secret)
            }
            name => name.is_some_and(names_secret),
        }
    })
}

/// Tells whether a text has an address with a password in it.
fn has_login(text: &str) -> bool {
    !logins(text).is_empty()
}

/// Tells whether a text holds a private key.
pub(super) fn is_key_file(text: &str) -> bool {
    text.contains("PRIVATE KEY-----")
}

/// Returns a value with its secrets masked.
pub(super) fn masked(kind: &str, path: &Path, value: &Value) -> Value {
    if is_secret(kind, path, value) {
        return MASK.into();
    }
    match value {
        Value::String(text) => {
            without_secrets(text, MASK).map_or_else(|| value.clone(), Value::from)
        }
        Value::Mapping(map) => {
            // An item of a list of variables is called what it says itself.
            let item = map.get("name").and_then(Value::as_str);
            let own = match (item, path.0.last()) {
                (Some(name), Some(Segment::Index(_))) => {
                    let mut own = path.clone();
                    own.0.pop();
                    own.with(Segment::Item(name.into()))
                }
                _ => path.clone(),
            };
            let pairs = map
                .iter()
                .map(|(key, value)| (key, masked(kind, &own.key(key), value)));
            Value::Mapping(pairs.collect::<Mapping>())
        }
        Value::Sequence(items) => Value::Sequence(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| masked(kind, &path.with(Segment::Index(index)), item))
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Path, Segment, is_secret, masked};
    use crate::yaml::{Value, read};

    fn key(path: &[&str]) -> Path {
        path.iter()
            .fold(Path::default(), |path, step| match step.split_at(1) {
                ("[", item) => path.with(Segment::Item(item.into())),
                (":", line) => path.with(Segment::Line(line.parse().unwrap())),
                _ => path.key(step),
            })
    }

    #[test]
    fn what_holds_a_secret_is_told_from_what_names_one() {
        for (kind, path, value, expected) in [
            ("Secret", &["data", "x"][..], "eA==", true),
            ("Secret", &["data"][..], "eA==", true),
            ("Secret", &["metadata", "name"], "x", false),
            ("ConfigMap", &["data", "REDIS_PASSWORD"], "x", true),
            ("ConfigMap", &["data", "REDIS_ADDR"], "redis:6379", false),
            ("ConfigMap", &["data", "URL"], "redis://u:pw@host/0", true),
            ("ConfigMap", &["data", "URL"], "redis://host/0", false),
            ("StatefulSet", &["env", "[API_TOKEN", "value"], "x", true),
            ("StatefulSet", &["env", "[MODE", "value"], "x", false),
            ("StatefulSet", &["secret", "secretName"], "x", false),
            (
                "StatefulSet",
                &["annotations", "checksum/secret"],
                "x",
                false,
            ),
            ("Application", &["spec", "password"], "x", true),
            ("ConfigMap", &["data", "a.acl"], "user a on >x", true),
            ("ConfigMap", &["data", "a.acl", ":1"], "user a on >x", true),
            ("ConfigMap", &["data", "a.conf", ":1"], "'User' a >x", true),
            ("ConfigMap", &["data", "a.conf", ":1"], "\"user a >x", true),
            ("ConfigMap", &["data", "a.conf", ":1"], "hz 10", false),
            (
                "ConfigMap",
                &["data", "a.conf"],
                "sentinel auth-pass a x",
                true,
            ),
        ] {
            assert_eq!(
                is_secret(kind, &key(path), &value.into()),
                expected,
                "{path:?}"
            );
        }
        let args = Value::Sequence(vec!["--redis.password=x".into()]);
        assert!(is_secret("StatefulSet", &key(&["args"]), &args));
    }

    #[test]
    fn a_line_is_shown_as_far_as_it_is_no_secret() {
        for (line, shown) in [
            ("db.password=hunter2", "db.password=<secret>"),
            ("  password: hunter2", "  password: <secret>"),
            (
                "{\"user\": 1, \"token\": \"hunter2\"}",
                "{\"user\": 1, \"token\": <secret>",
            ),
            ("export API_TOKEN='hunter2'", "export API_TOKEN=<secret>"),
            ("requirepass hunter2", "requirepass <secret>"),
            ("user a on >hunter2 ~*", "user <secret>"),
            ("pwd = hunter2", "pwd = <secret>"),
            (
                "header Authorization \"Bearer hunter2\";",
                "header Authorization \"Bearer <secret>",
            ),
            ("url redis://me:hunter2@host/0", "<secret>"),
            ("-----BEGIN PRIVATE KEY-----", "<secret>"),
            ("user nobody", "user nobody"),
            ("# Basic things", "# Basic things"),
            ("timeout=5", "timeout=5"),
            ("password:", "password:"),
            ("é: x, ü = y", "é: x, ü = y"),
            (
                "secret admin 'admin-password' '~* &* +@all'",
                "secret admin 'admin-password' '~* &* +@all'",
            ),
            (
                "{ \"expr\": \"redis_up{job=\\\"a\\\"} == 0\" }",
                "{ \"expr\": \"redis_up{job=\\\"a\\\"} == 0\" }",
            ),
        ] {
            let path = key(&["data", "app.txt"]).with(Segment::Line(1));
            let text = masked("ConfigMap", &path, &line.into());
            assert_eq!(text.as_str(), Some(shown), "{line}");
        }
    }

    #[test]
    fn a_whole_container_is_shown_without_its_secrets() {
        let text = "{name: a, env: [{name: API_TOKEN, value: hunter2}, {name: MODE, value: fast}]}";
        let value = read(text, 0)
            .unwrap()
            .documents
            .remove(0)
            .into_value()
            .unwrap();
        let shown = masked("StatefulSet", &key(&["containers", "[a"]), &value).to_json();
        assert!(
            !shown.contains("hunter2") && shown.contains("fast"),
            "{shown}"
        );
    }
}
