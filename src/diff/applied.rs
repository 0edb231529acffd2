//! What kubectl applied last, as an object of a cluster remembers it: applying takes away nothing else.

use super::defaults::LAST_APPLIED;
use super::keys;
use super::path::{Path, Segment};
use crate::kube::object::group;
use crate::manifest::Object;
use crate::yaml::{Value, read};

/// What was applied, where the object tells.
pub(super) struct Applied {
    body: Option<Value>,
    is_builtin: bool,
}

impl Applied {
    /// Reads what an object of a cluster says was applied.
    pub(super) fn of(object: &Object) -> Self {
        let text = object.body.at(&["metadata", "annotations", LAST_APPLIED]);
        let body = text.and_then(Value::as_str).and_then(|text| {
            read(text, 0)
                .ok()?
                .documents
                .into_iter()
                .next()?
                .into_value()
                .ok()
        });
        let group = group(&object.id.api_version);
        Self {
            body,
            is_builtin: !group.contains('.') || group.ends_with(".k8s.io"),
        }
    }

    /// Tells whether applying an object without the field leaves the field there.
    ///
    /// It is deleted where it was applied; and an item goes where the list is replaced as a whole: all lists of custom
    /// resources, and those whose items have no keys (`apply/strategicpatch` of kubectl).
    pub(super) fn leaves(&self, path: &Path) -> bool {
        let Some(mut value) = self.body.as_ref() else {
            return false;
        };
        for (depth, segment) in path.0.iter().enumerate() {
            let inner = match segment {
                Segment::Key(key) => value.at(&[key]),
                Segment::Item(name) => {
                    let list = Path(path.0[..depth].to_vec());
                    if !self.is_builtin || keys::is_atomic(&list) {
                        return false;
                    }
                    let items = value.as_sequence().unwrap_or_default();
                    let position = keys::names(&list, items)
                        .and_then(|names| names.iter().position(|other| **other == **name));
                    position.and_then(|at| items.get(at))
                }
                Segment::Index(_) | Segment::Directive(_) | Segment::Line(_) => return false,
            };
            match inner {
                Some(inner) => value = inner,
                None => return true,
            }
        }
        false
    }
}
