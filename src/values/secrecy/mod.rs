//! Which values may be secrets, told by where they stand and what they are called, and values without them.

mod text;

use crate::diagnostic::{Step, ValuePath, nearest};
use crate::yaml::{Content, Entry, Node, Value};

pub use text::{holds_secret, is_secret_name, logins, secret_in, without_secrets};
use text::{is_telling_file, is_telling_item};

/// What is shown in the place of a secret, however long it is.
pub const MASK: &str = "********";

/// Tells whether the value at a path may be a secret: what is set under `valkey.password` without being a reference,
/// data of whole Secrets, environment variables, arguments, and whatever has a telling name.
pub fn is_secret(path: &ValuePath) -> bool {
    Told::of(path).is_secret()
}

/// What the keys of a path say of the value at its end. It is known a step further down without looking at them again.
#[derive(Debug, Clone, Copy, Default)]
struct Told<'k> {
    last: Option<&'k str>,
    // Of the keys around the last one.
    is_in_secrets: bool,
    is_in_variables: bool,
    is_in_value: bool,
    is_in_extra: bool,
    is_in_store: bool,
    // Of all of them.
    is_argument: bool,
    is_telling: bool,
    is_reference: bool,
}

impl<'k> Told<'k> {
    fn of(path: &'k ValuePath) -> Self {
        let keys = path.0.iter().filter_map(|step| match step {
            Step::Key(key) => Some(&**key),
            Step::Index(_) => None,
        });
        keys.fold(Self::default(), Self::key)
    }

    /// Returns what is known a key further down; the items of a list are what the list is.
    fn key(mut self, key: &'k str) -> Self {
        match self.last {
            Some("password" | "stringData") => self.is_in_secrets = true,
            Some("env" | "extraEnv") => self.is_in_variables = true,
            Some("value") => self.is_in_value = true,
            Some("extra") => self.is_in_extra = true,
            Some("externalSecrets") => self.is_in_store = true,
            _ => {}
        }
        self.is_argument |= key == "extraArgs";
        self.is_telling = self.is_telling || is_secret_name(key);
        self.is_reference |= key == "secret" || key.ends_with("Ref");
        self.last = Some(key);
        self
    }

    fn is_secret(self) -> bool {
        const REFERENCES: [&str; 10] = [
            "existingSecret",
            "secretKey",
            "exporterKey",
            "backupKey",
            "adminKey",
            "revision",
            "secretStore",
            "secretStoreKind",
            "externalSecrets",
            "imagePullSecrets",
        ];
        let Some(last) = self.last.filter(|last| !REFERENCES.contains(last)) else {
            return false;
        };
        last == "stringData"
            || self.is_in_secrets
            || self.is_in_variables && (self.is_in_value || is_like_value(last))
            // Where servers keep users, a line holds their passwords.
            || self.is_in_extra && last == "user"
            || self.is_argument
            || self.is_telling && !self.is_in_store
    }

    /// Tells whether a map in the place of a secret text may have the secret for a key.
    fn hides_keys(self) -> bool {
        // What holds secrets or names them is a map by right.
        let is_map = matches!(self.last, Some("auth" | "password" | "stringData"));
        self.is_secret() && !is_map && !self.is_reference
    }
}

/// Tells whether a key is `value`, or meant to be.
fn is_like_value(key: &str) -> bool {
    !matches!(key, "name" | "valueFrom") && nearest(key, ["value"]).is_some()
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
            if is_telling_at(*index, |index| items.get(index).and_then(text)) {
                Step::Key(TELLING.into())
            } else {
                Step::Index(*index)
            }
        }
    });
    ValuePath(steps.collect())
}

/// Tells whether an item of a list holds a secret.
fn is_telling_at<'i>(index: usize, item: impl Fn(usize) -> Option<&'i str>) -> bool {
    let before = index.checked_sub(1).and_then(&item);
    is_telling_item(item(index), before)
}

fn text(node: &Node) -> Option<&str> {
    node.scalar().map(|scalar| &*scalar.text)
}

/// What may be a secret.
#[derive(Debug, Clone, Copy)]
pub enum Secret<'n> {
    /// A scalar, or the place of one.
    Scalar(&'n Node),
    /// A key of a map where a scalar should be, or the rest of one.
    Key(&'n Entry),
}

/// Looks at everything that may be a secret in the node at a path.
pub fn visit(node: &Node, path: &ValuePath, found: &mut dyn FnMut(Secret<'_>)) {
    visit_told(node, Told::of(path), found);
}

fn visit_told<'n>(node: &'n Node, told: Told<'n>, found: &mut dyn FnMut(Secret<'_>)) {
    match &node.content {
        Content::Scalar(scalar) => {
            if told.is_secret() || is_telling_file(&scalar.text) {
                found(Secret::Scalar(node));
            }
        }
        Content::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                let is_telling = is_telling_at(index, |index| items.get(index).and_then(text));
                let told = if is_telling { told.key(TELLING) } else { told };
                visit_told(item, told, found);
            }
        }
        Content::Mapping(entries) => {
            let kind = kind(node);
            let name = node.entry("name").and_then(|entry| text(&entry.value));
            // What an item of a list is called says that its value is a secret, as that of a variable.
            let is_named = name.is_some_and(is_secret_name);
            let are_hidden = told.hides_keys();
            for (index, entry) in entries.iter().enumerate() {
                if are_hidden || is_rest_told(entries, index, told) {
                    found(Secret::Key(entry));
                }
                let key = match is_named && is_like_value(&entry.key) {
                    true => TELLING,
                    false => told_key(&entry.key, kind),
                };
                visit_told(&entry.value, told.key(key), found);
            }
        }
    }
}

/// Most commas that a secret is taken to have.
const MAX_COMMAS: usize = 8;

/// Tells whether a key of the map at a path is the rest of a secret with a comma, which quotes should hold together:
/// `{password: a,b}`.
pub fn is_rest(entries: &[Entry], index: usize, path: &ValuePath) -> bool {
    is_rest_told(entries, index, Told::of(path))
}

fn is_rest_told(entries: &[Entry], index: usize, told: Told<'_>) -> bool {
    // Without a colon behind the key, nothing stands where the key ends.
    let (key, value) = (entries[index].key_span, entries[index].value.span);
    let is_bare = key.source == value.source && value.start <= key.end;
    is_bare
        && entries[index.saturating_sub(MAX_COMMAS)..index]
            .iter()
            .any(|before| before.value.scalar().is_some() && told.key(&before.key).is_secret())
}

/// The kind that an object says it is of.
fn kind(object: &Node) -> Option<&str> {
    let kind = object.entry("kind")?.value.scalar()?;
    Some(&kind.text)
}

/// Puts the mask in the place of every secret in the value at a path.
pub fn mask(value: &mut Value, path: &ValuePath) {
    mask_told(value, Told::of(path));
}

fn mask_told(value: &mut Value, told: Told<'_>) {
    match value {
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        Value::String(text) if text.contains('\n') && !told.is_secret() => {
            if let Some(rest) = without_secrets(text, MASK) {
                *value = rest.into();
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let is_address = matches!(&*value, Value::String(text) if !logins(text).is_empty());
            if told.is_secret() || is_address {
                *value = MASK.into();
            }
        }
        Value::Sequence(items) => {
            let are_telling: Vec<bool> = (0..items.len())
                .map(|index| is_telling_at(index, |index| items.get(index).and_then(Value::as_str)))
                .collect();
            for (item, is_telling) in items.iter_mut().zip(are_telling) {
                mask_told(item, if is_telling { told.key(TELLING) } else { told });
            }
        }
        Value::Mapping(map) => {
            let kind = map.get("kind").and_then(Value::as_str).map(str::to_owned);
            let masked = std::mem::take(map).into_iter().map(|(key, mut inner)| {
                mask_told(&mut inner, told.key(told_key(&key, kind.as_deref())));
                (key, inner)
            });
            *map = masked.collect();
        }
    }
}
