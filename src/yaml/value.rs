//! Values: what is left of YAML once styles and places are gone, which is JSON with exact numbers.

use std::fmt::Write;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::index::Index;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// Nothing. In an object it means that the key is absent.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A number in JSON's spelling, exact at any size.
    Number(Box<str>),
    /// Text.
    String(String),
    /// A list.
    Sequence(Vec<Value>),
    /// A map.
    Mapping(Mapping),
}

/// A map that keeps the order of its keys; a key stands in it once.
#[derive(Debug, Default)]
pub struct Mapping {
    pairs: Vec<(String, Value)>,
    index: Index,
}

impl PartialEq for Mapping {
    fn eq(&self, other: &Self) -> bool {
        self.pairs == other.pairs
    }
}

impl Eq for Mapping {}

impl Clone for Mapping {
    fn clone(&self) -> Self {
        Self {
            pairs: self.pairs.clone(),
            index: Index::default(),
        }
    }
}

impl Mapping {
    /// Makes a map with room for this many keys.
    pub fn with_capacity(n_keys: usize) -> Self {
        Self {
            pairs: Vec::with_capacity(n_keys),
            index: Index::default(),
        }
    }

    /// Makes a map of pairs no two of which have the same key.
    pub fn of_distinct(pairs: Vec<(String, Value)>) -> Self {
        Self {
            pairs,
            index: Index::default(),
        }
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).map(|position| &self.pairs[position].1)
    }

    /// Returns the value of a key, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.position(key)
            .map(|position| &mut self.pairs[position].1)
    }

    /// Returns the text under a key, unless it is empty.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    /// Sets a key: in its place where it exists, else at the end.
    pub fn insert(&mut self, key: impl Into<String>, value: Value) {
        let key = key.into();
        match self.position(&key) {
            Some(position) => self.pairs[position].1 = value,
            None => self.push(key, value),
        }
    }

    /// Keeps the keys that a question is answered yes for.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.index.forget();
        self.pairs.retain(|(key, _)| keep(key));
    }

    /// Returns the keys and values in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Tells whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Returns the number of keys.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.index
            .position(self.pairs.iter().map(|(name, _)| &**name), key)
    }

    /// Adds a key that is not there yet.
    fn push(&mut self, key: String, value: Value) {
        self.index.add(&key, self.pairs.len());
        self.pairs.push((key, value));
    }

    /// Drops every key whose value is null, at every depth; lists keep their nulls.
    fn drop_nulls(&mut self) {
        self.index.forget();
        self.pairs.retain(|(_, value)| *value != Value::Null);
        self.pairs
            .iter_mut()
            .for_each(|(_, value)| value.drop_nulls());
    }
}

/// Makes the value of a map.
pub fn map<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Mapping(Mapping::from_iter(pairs))
}

impl<K: Into<String>> FromIterator<(K, Value)> for Mapping {
    /// Collects pairs; of equal keys the last one wins, in the place of the first.
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        let mut mapping = Self::with_capacity(pairs.size_hint().0);
        for (key, value) in pairs {
            mapping.insert(key, value);
        }
        mapping
    }
}

impl IntoIterator for Mapping {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.pairs.into_iter()
    }
}

impl Value {
    /// Returns the text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the map, if it is one.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match self {
            Self::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// Returns the list, if it is one.
    pub fn as_sequence(&self) -> Option<&[Value]> {
        match self {
            Self::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// Returns what stands at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter()
            .try_fold(self, |value, key| value.as_mapping()?.get(key))
    }

    /// Returns about how much memory it takes in bytes: 32 a node, and the text.
    pub fn size(&self) -> usize {
        let below = match self {
            Self::String(text) => text.len(),
            Self::Sequence(items) => items.iter().map(Self::size).sum(),
            Self::Mapping(mapping) => mapping.iter().map(|(_, value)| value.size()).sum(),
            Self::Null | Self::Bool(_) | Self::Number(_) => 0,
        };
        32 + below
    }

    /// Returns how deep its lists and maps nest, itself among them: 0 for a scalar.
    pub fn levels(&self) -> usize {
        let deepest = match self {
            Self::Sequence(items) => items.iter().map(Self::levels).max(),
            Self::Mapping(mapping) => mapping.iter().map(|(_, value)| value.levels()).max(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => return 0,
        };
        1 + deepest.unwrap_or_default()
    }

    /// Drops every key whose value is null, at every depth; lists keep their nulls.
    pub fn without_nulls(mut self) -> Self {
        self.drop_nulls();
        self
    }

    fn drop_nulls(&mut self) {
        match self {
            Self::Mapping(mapping) => mapping.drop_nulls(),
            Self::Sequence(items) => items.iter_mut().for_each(Self::drop_nulls),
            _ => {}
        }
    }

    /// Lays a map over this one, as a merge patch does: maps merge, a null removes, anything else replaces.
    pub fn overlaid(self, patch: &Value) -> Self {
        match (self, patch) {
            (Self::Mapping(mut base), Self::Mapping(patch)) => {
                for (key, change) in patch.iter() {
                    match (base.get_mut(key), change) {
                        (_, Self::Null) => {}
                        (Some(old), change) => *old = std::mem::take(old).overlaid(change),
                        (None, change) => base.insert(key, change.clone().without_nulls()),
                    }
                }
                base.retain(|key| patch.get(key) != Some(&Self::Null));
                Self::Mapping(base)
            }
            (_, patch) => patch.clone(),
        }
    }

    /// Returns the value as JSON on one line, keys in their order.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.push_json(&mut out, false);
        out
    }

    /// Returns the value as JSON with the keys of every map sorted: the same for equal data, whatever its order.
    pub fn to_canonical_json(&self) -> String {
        let mut out = String::new();
        self.push_json(&mut out, true);
        out
    }

    fn push_json(&self, out: &mut String, is_sorted: bool) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(switch) => out.push_str(if *switch { "true" } else { "false" }),
            Self::Number(digits) => out.push_str(digits),
            Self::String(text) => push_json_string(text, out),
            Self::Sequence(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.push_json(out, is_sorted);
                }
                out.push(']');
            }
            Self::Mapping(mapping) => {
                out.push('{');
                let mut pairs: Vec<_> = mapping.iter().collect();
                if is_sorted {
                    pairs.sort_by_key(|(key, _)| *key);
                }
                for (index, (key, value)) in pairs.into_iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    push_json_string(key, out);
                    out.push(':');
                    value.push_json(out, is_sorted);
                }
                out.push('}');
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number.to_string().into())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(switch) => serializer.serialize_bool(*switch),
            Self::Number(digits) => match (digits.parse::<i64>(), digits.parse::<f64>()) {
                (Ok(integer), _) => serializer.serialize_i64(integer),
                (_, Ok(float)) => serializer.serialize_f64(float),
                _ => serializer.serialize_str(digits),
            },
            Self::String(text) => serializer.serialize_str(text),
            Self::Sequence(items) => items.serialize(serializer),
            Self::Mapping(mapping) => mapping.serialize(serializer),
        }
    }
}

impl Serialize for Mapping {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self.iter() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// JSON's spelling of a float: digits where they are few, an exponent else.
pub(super) fn float_text(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if (1e-6..1e21).contains(&value.abs()) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// Writes a JSON string that is a double-quoted YAML scalar too.
///
/// Beyond JSON's escapes come those of characters that a YAML reader refuses or breaks a line at: DEL, C1 controls,
/// NEL, U+2028, U+2029, the byte order mark and the two non-characters at the end of the plane.
pub(super) fn push_json_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    // Most texts are of bytes that stand for themselves.
    while let Some(position) = rest
        .bytes()
        .position(|byte| !matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~'))
    {
        let (plain, tail) = rest.split_at(position);
        out.push_str(plain);
        let c = tail
            .chars()
            .next()
            .expect("the position is one of a character");
        rest = &tail[c.len_utf8()..];
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{a0}'..='\u{2027}'
            | '\u{202a}'..='\u{fefe}'
            | '\u{ff00}'..='\u{fffd}'
            | '\u{10000}'.. => out.push(c),
            _ => write!(out, "\\u{:04x}", u32::from(c)).expect("a String takes everything"),
        }
    }
    out.push_str(rest);
    out.push('"');
}
