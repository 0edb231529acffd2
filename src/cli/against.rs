//! The other side of a comparison: objects of a file, a directory or standard input, now or at a revision.

use std::path::{Path, PathBuf};

use super::inputs::Stop;
use super::output::files;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::Error;
use crate::kube::object::group;
use crate::manifest::Object;
use crate::values::layer::{Layers, is_stdin};
use crate::values::merge::merge_without_profile;
use crate::values::revision::{self, Entry};
use crate::yaml::{Mapping, Value};

/// What a text of manifests holds.
pub(super) struct Objects {
    pub(super) objects: Vec<Object>,
    /// Whether it is one object alone, not a stream or list of them.
    pub(super) is_single: bool,
}

/// Reads the objects at a path: a file, the files of a directory, or standard input for `-`.
pub(super) fn read(path: &Path, revision: Option<&str>) -> Result<Objects, Stop> {
    let files = files_of(path, revision)?;
    let mut findings = Vec::new();
    let layers = layers(&files, revision, &mut findings)?;
    let mut objects = Vec::new();
    let mut is_single = is_stdin(path);
    for layer in layers.layers {
        is_single &= layer.documents.len() == 1;
        for document in layer.documents {
            match document.into_value() {
                Ok(Value::Mapping(map)) => {
                    is_single &= !is_list(&map);
                    unfold(map, &mut objects);
                }
                Ok(_) => {}
                Err(span) => findings.push(Diagnostic::new(
                    "wrong-type",
                    Place::Span(span),
                    "this is not a number that Kubernetes has",
                )),
            }
        }
    }
    for finding in &mut findings {
        // The reader of values says what values are.
        if finding.code == "not-a-map" {
            finding.message =
                finding
                    .message
                    .replacen("values are a map of keys", "an object is a map", 1);
            finding.help =
                Some("give what was rendered, or what `kubectl get -o yaml` writes".to_owned());
        }
    }
    if findings.is_empty() {
        return Ok(Objects { objects, is_single });
    }
    // What the findings point into has become objects.
    let again = self::layers(&files, revision, &mut Vec::new())?;
    let effective = merge_without_profile(again, &mut Vec::new());
    Err(Stop::Findings(findings, Box::new(effective)))
}

fn layers(
    files: &[PathBuf],
    revision: Option<&str>,
    findings: &mut Vec<Diagnostic>,
) -> Result<Layers, Error> {
    let mut layers = Layers::at_revision(revision.map(str::to_owned));
    for file in files {
        layers.add_file(file, findings)?;
    }
    Ok(layers)
}

/// Returns the files that a path stands for.
fn files_of(path: &Path, revision: Option<&str>) -> Result<Vec<PathBuf>, Error> {
    let names = match revision {
        _ if is_stdin(path) => return Ok(vec![path.to_owned()]),
        Some(revision) => match revision::read(revision, path) {
            Ok(Entry::Directory(names)) => {
                match revision::read(revision, &path.join(files::INDEX)) {
                    Ok(Entry::File(index)) => {
                        let mut listed = files::listed(&index);
                        listed.retain(|name| names.contains(name));
                        listed
                    }
                    _ => files::manifests(names.into_iter()),
                }
            }
            Ok(Entry::File(_)) => return Ok(vec![path.to_owned()]),
            Err(source) => {
                let path = PathBuf::from(format!("{revision}:{}", path.display()));
                return Err(Error::Read { path, source });
            }
        },
        None if files::is_directory(path)? => files::names(path)?,
        None => return Ok(vec![path.to_owned()]),
    };
    Ok(names.into_iter().map(|name| path.join(name)).collect())
}

/// Tells whether a map is a list of objects.
fn is_list(map: &Mapping) -> bool {
    let text = |key: &str| map.text(key).unwrap_or_default();
    text("kind").ends_with("List")
        && group(text("apiVersion")).is_empty()
        && map.get("items").is_some()
}

fn unfold(map: Mapping, objects: &mut Vec<Object>) {
    if !is_list(&map) {
        objects.push(Object::new("", map));
        return;
    }
    for (key, value) in map {
        if let ("items", Value::Sequence(items)) = (key.as_str(), value) {
            for item in items {
                if let Value::Mapping(item) = item {
                    unfold(item, objects);
                }
            }
        }
    }
}
