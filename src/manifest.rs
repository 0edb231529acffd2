//! Rendered objects in the order in which they are applied, and how they are written.

use std::collections::{HashMap, HashSet};

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
            Format::Json => {
                yaml::write_json(&self.body, 0, out);
                out.push('\n');
            }
            Format::Yaml => {
                out.push_str("---\n# Source: ");
                out.push_str(&self.source);
                out.push('\n');
                yaml::write(&self.body, out, &|path| is_text_only(&self.id.kind, path));
            }
            Format::Kyaml => {
                out.push_str("---\n");
                let comment = format!("# Source: {}", self.source);
                yaml::write_kyaml(&self.body, &comment, out);
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
            let mut out = String::with_capacity(48 * 1024);
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
        yaml::json_lines(&Value::Mapping(Mapping::from_iter(list)))
    }

    /// Returns a file for each object: its name, which no object can lead out of a directory, and its text.
    pub fn files(&self, format: Format) -> Vec<(String, String)> {
        let mut files: Vec<(String, String)> = Vec::with_capacity(self.objects.len());
        let (mut taken, mut numbers) = (HashSet::new(), HashMap::new());
        for object in &self.objects {
            let stem = file_stem(&object.id);
            let ending = if format == Format::Json {
                "json"
            } else {
                "yaml"
            };
            // Objects of the same kind and name differ in group or namespace.
            let number = numbers.entry(stem.clone()).or_insert(0_usize);
            let name = loop {
                *number += 1;
                let name = match *number {
                    1 => format!("{stem}.{ending}"),
                    n => format!("{stem}-{n}.{ending}"),
                };
                if taken.insert(name.clone()) {
                    break name;
                }
            };
            let mut text = String::new();
            object.write(format, &mut text);
            files.push((name, text));
        }
        files
    }

    /// Returns the stream: before each object `---` and a line that names its source.
    pub fn to_yaml(&self) -> String {
        self.write(Format::Yaml)
    }
}

/// Longest name of a file in bytes before its ending, within what file systems take.
const MAX_STEM: usize = 200;

/// Makes `kind-name` in lower case of an object, in characters that mean nothing to file systems and shells.
fn file_stem(id: &ObjectId) -> String {
    let stem = id.to_string().to_lowercase();
    let mut stem: String = stem
        .chars()
        .map(|c| match c {
            'a'..='z' | '0'..='9' | '.' | '-' | '_' => c,
            _ => '-',
        })
        .collect();
    stem.truncate(MAX_STEM);
    stem.trim_start_matches('.').to_owned()
}
