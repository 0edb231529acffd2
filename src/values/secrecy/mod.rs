//! Which values may be secrets, told by where they stand and what they are called, and values without them.

mod names;
mod text;

use crate::diagnostic::{Step, ValuePath, nearest};
use crate::yaml::{Content, Entry, Node, Value};

pub use names::is_known;
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

    /// Tells whether a list stands here by right.
    fn is_list(self) -> bool {
        self.last == Some("extraArgs")
    }

    /// What a map here may have for keys.
    fn keys(self) -> Keys {
        match self.last {
            _ if !self.is_secret() => Keys::Any,
            Some("stringData") => Keys::Written,
            Some(TELLING) => Keys::None,
            // What holds secrets or names them is a map by right.
            Some("auth" | "password") => Keys::Named,
            Some(last) if last == "secret" || last.ends_with("Ref") => Keys::Referring,
            _ if self.is_reference => Keys::Any,
            _ => Keys::None,
        }
    }
}

/// Which keys of a map may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// All of them.
    Any,
    /// Those with something behind them.
    Written,
    /// Those that name or hold secrets: another may be a secret without its quotes.
    Named,
    /// All of them, where one of them is of those.
    Referring,
    /// None: there should be a text.
    None,
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
    /// A whole node: a scalar, an item of a list, or the place of one.
    Node(&'n Node),
    /// All that stands behind a key, whatever it is.
    Behind(&'n Entry),
    /// What stands between a key and its value: a tag, an anchor, or an alias in its place.
    Between(&'n Entry),
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
                found(Secret::Node(node));
            }
        }
        Content::Sequence(items) if told.keys() == Keys::None && !told.is_list() => {
            found(Secret::Node(node));
            for item in items {
                visit_told(item, told, found);
            }
        }
        Content::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                let is_telling = is_telling_at(index, |index| items.get(index).and_then(text));
                let told = if is_telling { told.key(TELLING) } else { told };
                if told.keys() == Keys::None {
                    // What another stands for here may have its name for a secret.
                    let is_elsewhere = item.span.start < node.span.start;
                    found(Secret::Node(if is_elsewhere { node } else { item }));
                }
                visit_told(item, told, found);
            }
        }
        Content::Mapping(entries) => {
            let kind = kind(node);
            let name = node.entry("name").and_then(|entry| text(&entry.value));
            // What an item of a list is called says that its value is a secret, as that of a variable.
            let is_named = name.is_some_and(is_secret_name);
            for (index, entry) in entries.iter().enumerate() {
                let is_hidden = is_hidden_told(entries, index, told);
                if is_hidden {
                    found(Secret::Key(entry));
                }
                let key = match is_hidden || is_named && is_like_value(&entry.key) {
                    true => TELLING,
                    false => told_key(&entry.key, kind),
                };
                let below = told.key(key);
                let is_list =
                    below.is_list() && matches!(entry.value.content, Content::Sequence(_));
                match below.keys() {
                    Keys::None if !is_list => found(Secret::Behind(entry)),
                    Keys::None | Keys::Any => {}
                    Keys::Named | Keys::Written | Keys::Referring => found(Secret::Between(entry)),
                }
                visit_told(&entry.value, below, found);
            }
        }
    }
}

/// Most commas that a secret is taken to have.
const MAX_COMMAS: usize = 8;

/// Tells whether a key of the map at a path may be a secret, or a part of one, that lacks quotes: `{password: a,b}`,
/// `password: {a, b}`.
pub fn is_hidden(entries: &[Entry], index: usize, path: &ValuePath) -> bool {
    is_hidden_told(entries, index, Told::of(path))
}

fn is_hidden_told(entries: &[Entry], index: usize, told: Told<'_>) -> bool {
    let entry = &entries[index];
    let is_bare = || {
        // Without a colon behind the key, nothing stands where the key ends.
        let (key, value) = (entry.key_span, entry.value.span);
        key.source == value.source && value.start <= key.end && entry.value.is_null()
    };
    let is_rest = || {
        entries[index.saturating_sub(MAX_COMMAS)..index]
            .iter()
            .any(|before| before.value.scalar().is_some() && told.key(&before.key).is_secret())
    };
    let is_below_missing = || {
        let before = index.checked_sub(1).map(|before| &entries[before]);
        before.is_some_and(|before| lacks_secret(&before.value, told.key(&before.key)))
            && !is_known(&entry.key)
    };
    let may_be_told = |entry: &Entry| names::may_be_told(&entry.key);
    match told.keys() {
        Keys::None => true,
        Keys::Named if !may_be_told(entry) => true,
        Keys::Referring if !entries.iter().any(may_be_told) => true,
        Keys::Written if is_bare() => true,
        _ => is_bare() && is_rest() || is_below_missing(),
    }
}

/// Tells whether the last value in a node is missing where a secret should be: what follows may be it.
fn lacks_secret(node: &Node, told: Told<'_>) -> bool {
    match &node.content {
        Content::Scalar(scalar) => scalar.is_null() && scalar.text.is_empty() && told.is_secret(),
        Content::Sequence(items) => items.last().is_some_and(|last| lacks_secret(last, told)),
        Content::Mapping(entries) => entries
            .last()
            .is_some_and(|last| lacks_secret(&last.value, told.key(&last.key))),
    }
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
