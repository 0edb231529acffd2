//! Which values may be secrets, told by where they stand and what they are called, and values without them.

use crate::diagnostic::{Step, ValuePath, nearest};
use crate::yaml::{Content, Node, Value};

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
        || below("extraEnv") && *last == "value"
        // Where servers keep users, a line holds their passwords.
        || below("extra") && *last == "user"
        || keys.contains(&"extraArgs")
        || keys.iter().any(|key| is_secret_name(key)) && !below("externalSecrets")
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
            node = match node.map(|node| &node.content) {
                Some(Content::Sequence(items)) => items.get(*index),
                _ => None,
            };
            step.clone()
        }
    });
    ValuePath(steps.collect())
}

/// Looks at every scalar that may be a secret in the node at a path.
pub fn visit(node: &Node, path: &mut ValuePath, found: &mut dyn FnMut(&Node)) {
    match &node.content {
        Content::Scalar(scalar) if !scalar.text.is_empty() && is_secret(path) => found(node),
        Content::Scalar(_) => {}
        Content::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                path.0.push(Step::Index(index));
                visit(item, path, found);
                path.0.pop();
            }
        }
        Content::Mapping(entries) => {
            for entry in entries {
                let key = told_key(&entry.key, kind(node));
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
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let is_address = matches!(&*value, Value::String(text) if !logins(text).is_empty());
            if is_secret(path) || is_address {
                *value = MASK.into();
            }
        }
        Value::Sequence(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                path.0.push(Step::Index(index));
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
