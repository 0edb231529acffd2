//! Rendered objects in the order in which they are applied, and how a stream of them is written.

use crate::kube::object::{ObjectId, is_text_only};
use crate::kube::order;
use crate::yaml::{self, Mapping, Value};

/// One object and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The template, as the `# Source:` line names it.
    pub source: String,
    /// Who it is.
    pub id: ObjectId,
    /// What it says.
    pub body: Value,
}

/// The objects of a render.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    objects: Vec<Object>,
}

impl Object {
    /// Makes an object of a map that has a version, a kind and a name.
    pub fn new(source: impl Into<String>, body: Mapping) -> Self {
        let body = Value::Mapping(body);
        let text = |path: &[&str]| body.at(path).and_then(Value::as_str).map(str::to_owned);
        let id = ObjectId {
            api_version: text(&["apiVersion"]).unwrap_or_default(),
            kind: text(&["kind"]).unwrap_or_default(),
            namespace: text(&["metadata", "namespace"]),
            name: text(&["metadata", "name"]).unwrap_or_default(),
        };
        Self {
            source: source.into(),
            id,
            body,
        }
    }
}

impl Manifest {
    /// Puts objects into the order in which Helm installs kinds; equal kinds by their source.
    pub fn new(mut objects: Vec<Object>) -> Self {
        objects.sort_by(|a, b| {
            order::compare(&a.id.kind, &b.id.kind).then_with(|| a.source.cmp(&b.source))
        });
        Self { objects }
    }

    /// Returns the objects in their order.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Keeps the objects that a question is answered yes for.
    pub fn retain(&mut self, keep: impl FnMut(&Object) -> bool) {
        self.objects.retain(keep);
    }

    /// Returns the stream: before each object `---` and a line that names its source.
    pub fn to_yaml(&self) -> String {
        let mut out = String::with_capacity(16 * 1024);
        for object in &self.objects {
            out.push_str("---\n# Source: ");
            out.push_str(&object.source);
            out.push('\n');
            yaml::write(&object.body, &mut out, &|path| {
                is_text_only(&object.id.kind, path)
            });
        }
        out
    }
}
