//! What is asked about: the values, and what they mean.

use crate::diagnostic::ValuePath;
use crate::template::Templates;
use crate::tier::{Invocation, Tier};
use crate::values::merge::Effective;
use crate::values::secrecy::{Secret, visit};

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'s> {
    /// The merged values.
    pub effective: &'s Effective,
    /// What the command line says beside them.
    pub invocation: &'s Invocation,
    /// What they mean.
    pub tier: &'s Tier,
    /// What it is rendered by.
    pub templates: &'s Templates,
}

impl Subject<'_> {
    /// The texts of the values that must not be shown.
    pub(super) fn secrets(&self) -> Vec<String> {
        let mut found = Vec::new();
        let root = &ValuePath::default();
        visit(&self.effective.tree, root, &mut |secret| match secret {
            Secret::Node(node) => {
                let text = node
                    .scalar()
                    .filter(|scalar| !scalar.is_null() && !scalar.text.is_empty());
                found.extend(text.map(|scalar| scalar.text.to_string()));
            }
            Secret::Key(entry) => found.push(entry.key.to_string()),
            // What is in them comes by itself.
            Secret::Behind(_) | Secret::Between(_) => {}
        });
        found
    }
}
