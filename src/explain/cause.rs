//! What takes part in a field: a value or an argument, and what of it.

use super::subject::Subject;
use crate::diagnostic::ValuePath;
use crate::manifest::Object;
use crate::path::Path;
use crate::render;
use crate::template::Templates;
use crate::tier::Tier;
use crate::values::secrecy::{is_secret, told};
use crate::yaml::{Content, Value};

/// Something that was typed: a value, or an argument that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// The value at a path.
    Value(ValuePath),
    /// An argument, such as NAME.
    Argument(&'static str),
}

/// What takes part in a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What it is.
    pub who: Who,
    /// Whether it decides what the field says.
    pub is_content: bool,
    /// Whether it decides that the field is there.
    pub is_existence: bool,
}

impl Cause {
    /// Tells whether it is the value at a path, or one in it.
    pub(super) fn is_at_or_below(&self, path: &ValuePath) -> bool {
        matches!(&self.who, Who::Value(own) if own.0.starts_with(&path.0))
    }

    /// Tells whether it is a secret that is set.
    pub(super) fn is_secret(&self, subject: &Subject<'_>) -> bool {
        match &self.who {
            Who::Value(path) => {
                let node = subject.effective.get(path).map(|node| &node.content);
                is_secret(&told(path, &subject.effective.tree))
                    && match node {
                        Some(Content::Scalar(scalar)) => {
                            !scalar.is_null() && !scalar.text.is_empty()
                        }
                        Some(Content::Sequence(items)) => !items.is_empty(),
                        Some(Content::Mapping(entries)) => !entries.is_empty(),
                        None => false,
                    }
            }
            Who::Argument(_) => false,
        }
    }

    /// Sees what becomes of a field.
    pub(super) fn see(
        &mut self,
        tier: &Tier,
        templates: &Templates,
        object: &Object,
        field: &Path,
        value: &Value,
    ) {
        let objects = render::objects(tier, templates, &|file| super::file(&object.source) == file);
        let Ok(manifest) = objects else { return };
        let other = manifest
            .objects()
            .iter()
            .find(|other| other.source == object.source)
            .and_then(|other| super::field(&other.body, field));
        match other {
            None => self.is_existence = true,
            Some(other) => self.is_content |= other != *value,
        }
    }
}
