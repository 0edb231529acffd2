//! A project file: the renders of a repository, so that nobody has to type them.
//! It says what is rendered where; how is said by values.

use std::path::{Component, Path, PathBuf};

use crate::diagnostic::{Diagnostic, Step, ValuePath, twins};
use crate::error::Error;
use crate::values::allowed::PROFILE;
use crate::values::decode::{Walk, value, values_map};
use crate::values::layer::{Layers, is_stdin};
use crate::values::merge::{Effective, merge_without_profile};
use crate::values::types::Text;
use crate::yaml::Content;

/// The name of the file, in the directory that a command is called in.
pub const FILE: &str = "cachegen.yaml";

/// Most renders of a project: a command holds all of them in memory, some 100 KiB each.
pub const MAX_RENDERS: usize = 1000;

values_map! {
    /// The renders of a repository.
    pub struct Project {
        /// The renders, in the order in which they are made.
        "renders" => renders: Vec<Render>,
    }
}

values_map! {
    /// One render; paths are relative to the file.
    pub struct Render {
        /// What every object's name begins with.
        "name" => name: Option<Text>,
        /// Namespace of the objects.
        "namespace" => namespace: Option<Text>,
        /// Profile.
        "profile" => profile: Option<Text> where PROFILE,
        /// Files of values, later ones win.
        "values" => values: Vec<Text>,
        /// Values to set, each as `--set` takes them.
        "set" => set: Vec<Text>,
        /// File, or directory with a slash at the end, that the render is committed in.
        "output" => output: Text,
    }
}

/// Why a project file cannot be used: findings and the text that they point into, or an error.
#[derive(Debug)]
pub enum Unusable {
    /// What is wrong in it.
    Findings(Vec<Diagnostic>, Box<Effective>),
    /// What stopped the work.
    Error(Error),
}

/// Reads the project file of the working directory, as it is or was at a revision, if there is one; and what it says as
/// nodes, which know their places.
///
/// # Errors
///
/// [`Unusable`] where it cannot be read, or something in it is wrong.
pub fn read(revision: Option<&str>) -> Result<Option<(Project, Effective)>, Unusable> {
    let mut findings = Vec::new();
    let mut layers = Layers::at_revision(revision.map(str::to_owned));
    match layers.add_file(Path::new(FILE), &mut findings) {
        Err(Error::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(error) => return Err(Unusable::Error(error)),
        Ok(()) => {}
    }
    let is_incomplete = layers.is_incomplete();
    let effective = merge_without_profile(layers, &mut findings);
    if is_incomplete {
        return Err(Unusable::Findings(findings, Box::new(effective)));
    }
    let mut walk = Walk::default();
    let project: Option<Project> = value(Some(&effective.tree), None, &mut walk);
    findings.append(&mut walk.diagnostics);
    let project = project.unwrap_or(Project {
        renders: Vec::new(),
    });
    check(&project, &effective, &mut findings);
    if findings.is_empty() {
        Ok(Some((project, effective)))
    } else {
        Err(Unusable::Findings(findings, Box::new(effective)))
    }
}

/// Reports what no type tells: renders that write nowhere, or over each other.
fn check(project: &Project, effective: &Effective, findings: &mut Vec<Diagnostic>) {
    let place = |index: usize, key: &str| {
        ValuePath(vec![Step::Key("renders".into()), Step::Index(index)]).key(key)
    };
    let renders = effective.tree.entry("renders");
    let renders = renders.filter(|entry| !entry.value.is_null());
    let n_items = match renders.map(|entry| &entry.value.content) {
        None => 0,
        Some(Content::Sequence(items)) => items.len(),
        Some(_) => return,
    };
    if n_items == 0 {
        findings.push(
            Diagnostic::value("missing-value", ValuePath::of("renders"), "`renders` needs an item")
                .help("write `renders:`, and below it `- output: manifests.yaml` with `name`, `namespace`, `profile`, `values` and `set` as needed"),
        );
    }
    // Where an item cannot be read, the others are not where they stand in the list.
    if project.renders.len() < n_items {
        return;
    }
    if project.renders.len() > MAX_RENDERS {
        let path = ValuePath::of("renders").index(MAX_RENDERS);
        let message = format!("there are more than {MAX_RENDERS} renders up to here");
        findings.push(
            Diagnostic::value("project-size", path, message)
                .help("part them by directories, each with a `cachegen.yaml` of its own"),
        );
        return;
    }
    for (index, render) in project.renders.iter().enumerate() {
        if render.output.is_empty() {
            findings.push(
                Diagnostic::value("empty-value", place(index, "output"), "`output` is empty")
                    .help("name a file, or a directory with a slash at the end"),
            );
        }
        if is_stdin(Path::new(&*render.output)) {
            findings.push(
                Diagnostic::value(
                    "standard-output",
                    place(index, "output"),
                    "`-` is no place in which a render is committed",
                )
                .help("name a file; one that is called so is `./-`"),
            );
        }
        if render
            .values
            .iter()
            .any(|path| is_stdin(Path::new(&**path)))
        {
            findings.push(
                Diagnostic::value(
                    "standard-input",
                    place(index, "values"),
                    "`-` is standard input, which is another each time",
                )
                .help("name a file"),
            );
        }
    }
    for (index, other) in twins(
        project
            .renders
            .iter()
            .map(|render| Some(normal(Path::new(&*render.output)))),
    ) {
        let output = &project.renders[index].output;
        findings.push(
            Diagnostic::value(
                "duplicate-output",
                place(index, "output"),
                format!("`{output}` is written by another render already"),
            )
            .related(
                crate::diagnostic::Place::Value(place(other, "output")),
                "this one",
            )
            .help("give each render an output of its own"),
        );
    }
}

/// Returns an output's path without what makes no difference.
pub fn normal(output: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in output.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(normal.components().next_back(), Some(Component::Normal(_))) =>
            {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}
