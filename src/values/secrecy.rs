//! Which values may be secrets, told by where they stand and what they are called, and values without them.

use crate::diagnostic::{Step, ValuePath, nearest};
use crate::yaml::{Content, Entry, Node, Value};

/// What is shown in the place of a secret, however long it is.
pub const MASK: &str = "********";

/// Words in the name of a key whose value must not be shown.
const SECRET_WORDS: [&str; 9] = [
    "pass",
    "password",
    "secret",
    "token",
    "credential",
    "apikey",
    "api-key",
    "api_key",
    "requirepass",
];

/// Tells whether the value at a path may be a secret: what is set under `valkey.password` without being a reference,
/// data of whole Secrets, environment variables, arguments, and whatever has a telling name.
pub fn is_secret(path: &ValuePath) -> bool {
    const REFERENCES: [&str; 7] = [
        "existingSecret",
        "secretKey",
        "exporterKey",
        "backupKey",
        "adminKey",
        "revision",
        "secretStore",
    ];
    let keys: Vec<&str> = path
        .0
        .iter()
        .filter_map(|step| {
            if let Step::Key(key) = step {
                Some(&**key)
            } else {
                None
            }
        })
        .collect();
    let Some(last) = keys.last() else {
        return false;
    };
    if REFERENCES.contains(last)
        || matches!(
            *last,
            "secretStoreKind" | "externalSecrets" | "imagePullSecrets"
        )
    {
        return false;
    }
    let below = |parent: &str| keys.len() > 1 && keys[..keys.len() - 1].contains(&parent);
    *last == "stringData"
        || below("password")
        || below("stringData")
        || (below("extraEnv") || below("env")) && (below("value") || is_like_value(last))
        // Where servers keep users, a line holds their passwords.
        || below("extra") && *last == "user"
        || keys.contains(&"extraArgs")
        || keys.iter().any(|key| is_secret_name(key)) && !below("externalSecrets")
}

/// Tells whether a key is `value`, or meant to be.
fn is_like_value(key: &str) -> bool {
    !matches!(key, "name" | "valueFrom") && nearest(key, ["value"]).is_some()
}

/// Tells whether a key's name says that its value is a secret.
pub fn is_secret_name(key: &str) -> bool {
    const REFERENCES: [&str; 6] = [
        "existingsecret",
        "secretkey",
        "secretstore",
        "secretstorekind",
        "externalsecrets",
        "imagepullsecrets",
    ];
    let key = key.to_lowercase();
    let is_telling = SECRET_WORDS.iter().any(|word| key.contains(word)) || key.ends_with("auth");
    !REFERENCES.contains(&&*key) && (is_telling || nearest(&key, SECRET_WORDS).is_some())
}

/// Returns the name by which a key is told: the data of a Secret is secret, whatever its keys are called.
pub fn told_key<'k>(key: &'k str, kind: Option<&str>) -> &'k str {
    if kind == Some("Secret") && matches!(key, "data" | "stringData") {
        "stringData"
    } else {
        key
    }
}

/// The key by which an item of a list is told that may hold a secret.
const TELLING: &str = "argument-password";

/// Tells whether an item of a list holds a secret: an argument such as `--password=x`, what stands behind `--password`,
/// and a `--set` of a project file.
fn is_telling_item(item: Option<&str>, before: Option<&str>) -> bool {
    let is_flag = |text: &str| {
        let is_one_word = text.starts_with('-') && !text.contains(['=', ' ']);
        is_one_word && (text == "-a" || is_secret_name(text.trim_start_matches('-')))
    };
    item.is_some_and(holds_argument) || before.is_some_and(is_flag)
}

/// Tells whether a list of arguments holds a secret.
pub fn holds_secret(arguments: &[&str]) -> bool {
    let before = std::iter::once(None).chain(arguments.iter().copied().map(Some));
    arguments
        .iter()
        .zip(before)
        .any(|(item, before)| is_telling_item(Some(item), before))
}

/// Tells whether a word of a command, or of a text with commas, gives a secret away.
fn holds_argument(text: &str) -> bool {
    let is_client = text.contains("redis-cli") || text.contains("valkey-cli");
    let words: Vec<&str> = text.split([' ', '\n', '\t', ',', ';']).collect();
    let assigns = |word: &str| {
        word.split_once('=').is_some_and(|(name, value)| {
            let name = name.trim_start_matches(['-', '"', '\'']);
            is_value(value) && is_secret(&ValuePath::of(name))
        })
    };
    words.iter().any(|word| assigns(word))
        || words.windows(2).any(|pair| {
            let is_flag = is_client && pair[0] == "-a"
                || pair[0].starts_with("--") && is_secret_name(pair[0].trim_start_matches('-'));
            is_flag && is_value(pair[1])
        })
}

/// Tells whether a text is a value itself, and not where a value comes from.
fn is_value(text: &str) -> bool {
    let text = text.trim_matches(['"', '\'']);
    !text.is_empty() && !text.starts_with(['$', '{', '<', '|', '>', '-'])
}

/// Tells whether a text is a file with a secret in one of its lines.
fn is_telling_file(text: &str) -> bool {
    text.contains('\n') && text.lines().any(|line| secret_in(line).is_some())
}

/// Directives whose words are a secret, in whichever file they stand.
const DIRECTIVES: [&str; 6] = [
    "requirepass",
    "masterauth",
    "primaryauth",
    "password",
    "passwd",
    "user",
];

/// Returns a text in which every line ends where a secret would begin, and the mask stands in its place; nothing where
/// there is none.
pub fn without_secrets(text: &str, mask: &str) -> Option<String> {
    let is_telling = text.lines().any(|line| secret_in(line).is_some());
    is_telling.then(|| {
        let lines: Vec<String> = text
            .lines()
            .map(|line| match secret_in(line) {
                Some(at) => format!("{}{mask}", &line[..at]),
                None => line.to_owned(),
            })
            .collect();
        let end = if text.ends_with('\n') { "\n" } else { "" };
        lines.join("\n") + end
    })
}

/// Returns where in a line of any file a secret begins: behind a telling name and `=`, `:` or a blank, or in an address.
pub fn secret_in(line: &str) -> Option<usize> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let assigned = line.match_indices(['=', ':']).find_map(|(at, _)| {
        let before = line[..at].trim_end().trim_end_matches(['"', '\'']);
        let start = before.rfind(|c: char| !is_name(c)).map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
        let value = &line[at + 1..];
        let is_set = !value.trim().is_empty() && !value.starts_with("//");
        let name = &before[start..];
        let is_telling = is_secret_name(name) || name.to_ascii_lowercase().ends_with("pwd");
        (is_set && is_telling).then(|| at + 1 + value.len() - value.trim_start().len())
    });
    let directive = || {
        let (name, value) = line.trim_start().split_once(char::is_whitespace)?;
        let is_secret =
            DIRECTIVES.contains(&name) && (name != "user" || value.contains(['>', '#']));
        is_secret.then(|| line.len() - value.trim_start().len())
    };
    // What an HTTP header is authorized by.
    let bearer = || {
        let is_header = line.to_ascii_lowercase().contains("authorization");
        let mut found = ["Bearer ", "Basic "]
            .iter()
            .filter_map(|scheme| Some(line.find(scheme)? + scheme.len()));
        found.next().filter(|_| is_header)
    };
    let address = || logins(line).first().map(|(start, _)| *start);
    assigned.or_else(directive).or_else(bearer).or_else(address)
}

/// Returns a path as its keys are told in a tree, so that what is in the data of a Secret is secret.
pub fn told(path: &ValuePath, tree: &Node) -> ValuePath {
    let mut node = Some(tree);
    let steps = path.0.iter().map(|step| match step {
        Step::Key(key) => {
            let told = told_key(key, node.and_then(kind)).into();
            node = node
                .and_then(|node| node.entry(key))
                .map(|entry| &entry.value);
            Step::Key(told)
        }
        Step::Index(index) => {
            let items = match node.map(|node| &node.content) {
                Some(Content::Sequence(items)) => &items[..],
                _ => &[],
            };
            node = items.get(*index);
            told_index(*index, |index| items.get(index).and_then(text))
        }
    });
    ValuePath(steps.collect())
}

/// Returns the step by which an item of a list is told.
fn told_index<'i>(index: usize, item: impl Fn(usize) -> Option<&'i str>) -> Step {
    let before = index.checked_sub(1).and_then(&item);
    if is_telling_item(item(index), before) {
        Step::Key(TELLING.into())
    } else {
        Step::Index(index)
    }
}

fn text(node: &Node) -> Option<&str> {
    node.scalar().map(|scalar| &*scalar.text)
}

/// Tells whether a map in the place of a secret text may have the secret for a key.
fn hides_keys(path: &ValuePath) -> bool {
    // What holds secrets or names them is a map by right.
    const MAPS: [&str; 3] = ["auth", "password", "stringData"];
    let keys = || {
        path.0.iter().filter_map(|step| match step {
            Step::Key(key) => Some(&**key),
            Step::Index(_) => None,
        })
    };
    let is_map = keys().next_back().is_some_and(|last| MAPS.contains(&last))
        || keys().any(|key| key == "secret" || key.ends_with("Ref"));
    is_secret(path) && !is_map
}

/// What may be a secret.
#[derive(Debug, Clone, Copy)]
pub enum Secret<'n> {
    /// A scalar.
    Scalar(&'n Node),
    /// A key of a map where a scalar should be.
    Key(&'n Entry),
}

/// Looks at everything that may be a secret in the node at a path.
pub fn visit(node: &Node, path: &mut ValuePath, found: &mut dyn FnMut(Secret<'_>)) {
    match &node.content {
        Content::Scalar(scalar) => {
            if !scalar.text.is_empty() && (is_secret(path) || is_telling_file(&scalar.text)) {
                found(Secret::Scalar(node));
            }
        }
        Content::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                path.0
                    .push(told_index(index, |index| items.get(index).and_then(text)));
                visit(item, path, found);
                path.0.pop();
            }
        }
        Content::Mapping(entries) => {
            let kind = kind(node);
            let name = node.entry("name").and_then(|entry| text(&entry.value));
            // What an item of a list is called says that its value is a secret, as that of a variable.
            let is_named = name.is_some_and(is_secret_name);
            let are_hidden = hides_keys(path);
            for entry in entries {
                if are_hidden {
                    found(Secret::Key(entry));
                }
                let key = match is_like_value(&entry.key) {
                    true if is_named => TELLING,
                    _ => told_key(&entry.key, kind),
                };
                path.0.push(Step::Key(key.into()));
                visit(&entry.value, path, found);
                path.0.pop();
            }
        }
    }
}

/// The kind that an object says it is of.
fn kind(object: &Node) -> Option<&str> {
    let kind = object.entry("kind")?.value.scalar()?;
    Some(&kind.text)
}

/// Puts the mask in the place of every secret in the value at a path.
pub fn mask(value: &mut Value, path: &mut ValuePath) {
    match value {
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        Value::String(text) if text.contains('\n') && !is_secret(path) => {
            if let Some(rest) = without_secrets(text, MASK) {
                *value = rest.into();
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let is_address = matches!(&*value, Value::String(text) if !logins(text).is_empty());
            if is_secret(path) || is_address {
                *value = MASK.into();
            }
        }
        Value::Sequence(items) => {
            let steps: Vec<Step> = (0..items.len())
                .map(|index| told_index(index, |index| items.get(index).and_then(Value::as_str)))
                .collect();
            for (item, step) in items.iter_mut().zip(steps) {
                path.0.push(step);
                mask(item, path);
                path.0.pop();
            }
        }
        Value::Mapping(map) => {
            let kind = map.get("kind").and_then(Value::as_str).map(str::to_owned);
            let masked = std::mem::take(map).into_iter().map(|(key, mut inner)| {
                path.0
                    .push(Step::Key(told_key(&key, kind.as_deref()).into()));
                mask(&mut inner, path);
                path.0.pop();
                (key, inner)
            });
            *map = masked.collect();
        }
    }
}

/// Finds the passwords of addresses, as in `redis://user:password@host`: where each begins and ends.
pub fn logins(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("://") {
        let start = at + "://".len();
        let rest = &text[start..];
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\''));
        let authority = &rest[..end.unwrap_or(rest.len())];
        if let Some((login, _)) = authority.rsplit_once('@') {
            let user = login.find(':').map_or(0, |colon| colon + 1);
            found.push((start + user, start + login.len()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{holds_secret, is_telling_file};

    #[test]
    fn arguments_that_give_a_secret_away_are_told_from_those_that_name_one() {
        for (arguments, expected) in [
            (&["--password=x"][..], true),
            (&["--redis.password", "x"], true),
            (&["redis-cli", "-a", "x"], true),
            (&["sh", "-c", "redis-cli -a x ping"], true),
            (&["sh", "-c", "REDISCLI_AUTH=x redis-cli ping"], true),
            (
                &["sh", "-c", "REDISCLI_AUTH=$PASSWORD redis-cli ping"],
                false,
            ),
            (&["a=1,valkey.password.value=x"], true),
            (&["valkey.password.existingSecret=x"], false),
            (&["--port", "6379", "the password"], false),
            (&["sh", "-c", "test -a x"], false),
        ] {
            assert_eq!(holds_secret(arguments), expected, "{arguments:?}");
        }
    }

    #[test]
    fn files_that_give_a_secret_away_are_told_from_those_that_name_one() {
        for (text, expected) in [
            ("port 1\nrequirepass x\n", true),
            ("db:\n  password: x\n", true),
            ("[db]\npassword = \"x\"\n", true),
            ("a\n# the password is elsewhere\n", false),
            ("password: x", false),
        ] {
            assert_eq!(is_telling_file(text), expected, "{text}");
        }
    }
}
