//! What was read: nodes that know their place.

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
        self.entries()?.iter().find(|entry| *entry.key == *key)
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
