//! Rendered objects in the order in which they are applied, and how they are written.

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

/// What objects are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The canonical stream.
    Yaml,
    /// JSON: several objects are one `List`.
    Json,
    /// YAML in flow style with quotes round every text (KEP-5295).
    Kyaml,
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

    /// Appends the object as one document, with a final newline.
    pub fn write(&self, format: Format, out: &mut String) {
        match format {
            Format::Json => yaml::write_json(&self.body, 0, out),
            Format::Yaml | Format::Kyaml => {
                out.push_str("---\n# Source: ");
                out.push_str(&self.source);
                out.push('\n');
            }
        }
        match format {
            Format::Json => out.push('\n'),
            Format::Yaml => {
                yaml::write(&self.body, out, &|path| is_text_only(&self.id.kind, path));
            }
            Format::Kyaml => {
                yaml::write_kyaml(&self.body, out);
                out.push('\n');
            }
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

    /// Writes the objects in a format: a stream, or for JSON one `List`.
    pub fn write(&self, format: Format) -> String {
        if format != Format::Json {
            let mut out = String::with_capacity(16 * 1024);
            self.objects
                .iter()
                .for_each(|object| object.write(format, &mut out));
            return out;
        }
        let bodies = self.objects.iter().map(|object| object.body.clone());
        let list = [
            ("apiVersion", "v1".into()),
            ("kind", "List".into()),
            ("items", Value::Sequence(bodies.collect())),
        ];
        let mut out = String::new();
        yaml::write_json(&Value::Mapping(Mapping::from_iter(list)), 0, &mut out);
        out.push('\n');
        out
    }

    /// Returns the stream: before each object `---` and a line that names its source.
    pub fn to_yaml(&self) -> String {
        self.write(Format::Yaml)
    }
}
