//! The renders of a project file, each compared with what is there of it.

use super::{Args, Given, Part, rendered};
use crate::cli::inputs::{InputArgs, Stop};
use crate::cli::output::Console;
use crate::cli::project::{self, Planned};
use crate::cli::target::Target;
use crate::diff::{Workload, diff, is_same};
use crate::manifest::{Manifest, Object};
use crate::template::Templates;
use crate::yaml::Value;

/// Compares each render of a project.
pub(super) fn parts(
    args: &Args,
    renders: &[Planned],
    given: Option<Given>,
    (templates, other_templates): (&Templates, &Templates),
    console: &mut Console,
) -> Result<Vec<Part>, Stop> {
    // The project as it was: it may have had other renders.
    let others = match &args.against_rev {
        Some(_) if !args.is_told() => project::planned(&args.other())?.unwrap_or_default(),
        _ => Vec::new(),
    };
    let (was, gone) = project::paired(renders, others);
    let made = project::each(renders, |planned| rendered(&planned.inputs, templates))
        .map_err(|stops| project::last(stops, console))?;
    let mut parts = Vec::new();
    for ((planned, was), (manifest, workload)) in renders.iter().zip(was).zip(&made) {
        let mut new = manifest.clone();
        let old = match &given {
            Some(given) => {
                given.narrow(&mut new);
                let all = given.objects.iter();
                all.filter(|object| belongs(object, manifest))
                    .cloned()
                    .collect()
            }
            None if args.is_told() => objects(&args.other_of(&planned.inputs), other_templates)?,
            None if args.against_rev.is_some() => match was {
                Some(was) => objects(&was.inputs, other_templates)?,
                None => Vec::new(),
            },
            None => Target::of(&planned.output)?.read()?,
        };
        parts.push(Part {
            outputs: vec![planned.output.display().to_string()],
            changes: diff(&old, new.objects(), *workload),
        });
    }
    for gone in &gone {
        let (manifest, workload) = rendered(&gone.inputs, other_templates)?;
        parts.push(Part {
            outputs: vec![gone.output.display().to_string()],
            changes: diff(manifest.objects(), &[], workload),
        });
    }
    if let (Some(given), Some(path)) = (given, &args.against) {
        let is_nobodys =
            |object: &Object| !made.iter().any(|(manifest, _)| belongs(object, manifest));
        let left: Vec<Object> = given.objects.into_iter().filter(is_nobodys).collect();
        let changes = diff(&left, &[], Workload::default());
        if !changes.is_empty() {
            parts.push(Part {
                outputs: vec![path.display().to_string()],
                changes,
            });
        }
    }
    Ok(parts)
}

fn objects(inputs: &InputArgs, templates: &Templates) -> Result<Vec<Object>, Stop> {
    Ok(rendered(inputs, templates)?.0.objects().to_vec())
}

/// Tells whether an object is one of a render, or of its tier as it was.
fn belongs(object: &Object, manifest: &Manifest) -> bool {
    const INSTANCE: [&str; 3] = ["metadata", "labels", "app.kubernetes.io/instance"];
    let instance = object.body.at(&INSTANCE).and_then(Value::as_str);
    manifest.objects().iter().any(|new| {
        let is_namesake = is_same(&object.id, &new.id);
        let is_sibling = instance.is_some()
            && new.body.at(&INSTANCE).and_then(Value::as_str) == instance
            && (object.id.namespace == new.id.namespace || object.id.namespace.is_none());
        is_namesake || is_sibling
    })
}
