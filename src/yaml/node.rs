//! What was read: nodes that know their place.

use std::ops::Deref;

use super::index::Index;
use super::{Content, Mapping, Scalar, Span, Value};

/// A node and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it holds.
    pub content: Content,
    /// Where it stands.
    pub span: Span,
}

/// A key of a map with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key, as written.
    pub key: Box<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// Its value.
    pub value: Node,
}

/// The entries of a map, in their order; a key stands in it once.
#[derive(Debug, Default)]
pub struct Entries {
    list: Vec<Entry>,
    index: Index,
}

impl Entries {
    /// Returns where the entry of a key stands.
    pub fn position(&self, key: &str) -> Option<usize> {
        self.index
            .position(self.list.iter().map(|entry| &*entry.key), key)
    }

    /// Returns the entry of a key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.position(key).map(|position| &self.list[position])
    }

    /// Returns where the key of an entry stands and its value, to change them.
    pub fn at_mut(&mut self, position: usize) -> Option<(&mut Span, &mut Node)> {
        let entry = self.list.get_mut(position)?;
        Some((&mut entry.key_span, &mut entry.value))
    }

    /// Returns the values, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        self.list.iter_mut().map(|entry| &mut entry.value)
    }

    /// Adds an entry whose key is not there yet at the end.
    pub fn push(&mut self, entry: Entry) {
        self.index.add(&entry.key, self.list.len());
        self.list.push(entry);
    }

    /// Takes an entry out.
    pub fn remove(&mut self, position: usize) -> Entry {
        self.index.forget();
        self.list.remove(position)
    }

    /// Keeps the entries that a question is answered yes for.
    pub fn retain(&mut self, keep: impl FnMut(&Entry) -> bool) {
        self.index.forget();
        self.list.retain(keep);
    }
}

impl Deref for Entries {
    type Target = [Entry];

    fn deref(&self) -> &[Entry] {
        &self.list
    }
}

impl From<Vec<Entry>> for Entries {
    fn from(list: Vec<Entry>) -> Self {
        Self {
            list,
            index: Index::default(),
        }
    }
}

impl Clone for Entries {
    fn clone(&self) -> Self {
        self.list.clone().into()
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Eq for Entries {}

impl IntoIterator for Entries {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'e> IntoIterator for &'e Entries {
    type Item = &'e Entry;
    type IntoIter = std::slice::Iter<'e, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl Node {
    /// Returns the entries of a map.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.content {
            Content::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the entry of a key, if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.content {
            Content::Mapping(entries) => entries.get(key),
            _ => None,
        }
    }

    /// Returns the scalar, if it is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.content {
            Content::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Tells whether it stands for nothing.
    pub fn is_null(&self) -> bool {
        self.scalar().is_some_and(Scalar::is_null)
    }

    /// Returns how many nodes it is, with those in it; keys are none.
    pub fn count(&self) -> usize {
        let below = match &self.content {
            Content::Scalar(_) => 0,
            Content::Sequence(items) => items.iter().map(Self::count).sum(),
            Content::Mapping(entries) => entries.iter().map(|entry| entry.value.count()).sum(),
        };
        1 + below
    }

    /// Returns how deep its lists and maps nest, itself among them: 0 for a scalar.
    pub fn levels(&self) -> usize {
        let deepest = match &self.content {
            Content::Scalar(_) => return 0,
            Content::Sequence(items) => items.iter().map(Self::levels).max(),
            Content::Mapping(entries) => entries.iter().map(|entry| entry.value.levels()).max(),
        };
        1 + deepest.unwrap_or_default()
    }

    /// Returns the value, its places left behind.
    ///
    /// # Errors
    ///
    /// The place of a scalar that is no value of JSON, such as `.inf`.
    pub fn into_value(self) -> Result<Value, Span> {
        match self.content {
            Content::Scalar(scalar) => scalar.into_value().map_err(|_| self.span),
            Content::Sequence(items) => {
                let values = items.into_iter().map(Self::into_value);
                values.collect::<Result<_, _>>().map(Value::Sequence)
            }
            Content::Mapping(entries) => {
                let pairs: Result<Vec<(String, Value)>, Span> = entries
                    .into_iter()
                    .map(|entry| Ok((entry.key.into(), entry.value.into_value()?)))
                    .collect();
                Ok(Value::Mapping(Mapping::of_distinct(pairs?)))
            }
        }
    }
}
