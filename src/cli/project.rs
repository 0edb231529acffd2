//! The renders of the project file, and the flags beside it.

use std::path::PathBuf;

use super::inputs::{InputArgs, Stop};
use super::output::Console;
use super::report::Known;
use crate::error::Error;
use crate::project::{self, FILE, Unusable};

/// One render of the project.
pub(super) struct Planned {
    /// What it is made of.
    pub(super) inputs: InputArgs,
    /// Where it is committed.
    pub(super) output: PathBuf,
}

/// Returns the renders of the project file, each with the flags that were typed; nothing where there is no such file.
/// Where files are read at a revision, it is too.
pub(super) fn planned(args: &InputArgs) -> Result<Option<Vec<Planned>>, Stop> {
    let project = match project::read(args.revision.as_deref()) {
        Ok(Some(project)) => project,
        Ok(None) => return Ok(None),
        Err(Unusable::Findings(findings, effective)) => {
            return Err(Stop::Findings(findings, effective));
        }
        Err(Unusable::Error(error)) => return Err(error.into()),
    };
    let planned = project.renders.iter().map(|render| {
        let mut inputs = args.clone();
        inputs.name = render.name.clone();
        inputs.profile = render.profile.clone();
        inputs.namespace = args.namespace.clone().or(render.namespace.clone());
        inputs.files = render.values.iter().map(PathBuf::from).collect();
        inputs.flags.preset(&render.set);
        Planned {
            inputs,
            output: PathBuf::from(&render.output),
        }
    });
    Ok(Some(planned.collect()))
}

impl Planned {
    /// Takes from `others` what this render was there: the one with its objects, or else with its output.
    pub(super) fn take_from(&self, others: &mut Vec<Self>, all: &[Self]) -> Option<Self> {
        let position = others
            .iter()
            .position(|other| self.has_objects_of(other))
            .or_else(|| {
                others.iter().position(|other| {
                    self.output == other.output
                        && !all.iter().any(|render| render.has_objects_of(other))
                })
            })?;
        Some(others.remove(position))
    }

    fn has_objects_of(&self, other: &Self) -> bool {
        (&self.inputs.name, &self.inputs.namespace) == (&other.inputs.name, &other.inputs.namespace)
    }
}

/// Returns the renders of the project file for a command that has nothing else to go by.
pub(super) fn required(args: &InputArgs) -> Result<Vec<Planned>, Stop> {
    if !args.is_bare() {
        return Err(usage(
            "NAME, --values and --profile are what the project file says of each render",
            "leave them out, or say which file or directory is meant",
        ));
    }
    planned(args)?.ok_or_else(|| {
        usage(
            &format!("there is no `{FILE}` here that says what is rendered where"),
            "write one, or name a file; the README shows both",
        )
    })
}

/// Makes something of each render, or returns what is wrong with all of them; at a place of a file that they share, once.
pub(super) fn each<R, T>(
    renders: &[R],
    mut make: impl FnMut(&R) -> Result<T, Stop>,
) -> Result<Vec<T>, Vec<Stop>> {
    let (mut made, mut stops, mut known) = (Vec::new(), Vec::new(), Known::default());
    for render in renders {
        match make(render) {
            Ok(thing) => made.push(thing),
            // The places of very many findings would take long to compare.
            Err(Stop::Findings(mut findings, effective)) if renders.len() > 1 => {
                findings.retain(|finding| known.is_new(finding, &effective));
                if !findings.is_empty() {
                    stops.push(Stop::Findings(findings, effective));
                }
            }
            Err(stop) => stops.push(stop),
        }
    }
    if stops.is_empty() {
        Ok(made)
    } else {
        Err(stops)
    }
}

/// Tells of all but the last, which is returned.
pub(super) fn last(mut stops: Vec<Stop>, console: &mut Console) -> Stop {
    let last = stops.pop().expect("something stopped");
    stops.iter().for_each(|stop| console.report(stop));
    last
}

fn usage(message: &str, help: &str) -> Stop {
    Stop::Error(Error::Usage {
        message: message.to_owned(),
        help: Some(help.to_owned()),
    })
}
