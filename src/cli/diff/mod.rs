//! `cachegen diff`: what is different, and what comes of it when it is applied.

mod human;
mod json;
mod markdown;
mod projects;
mod show;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap::builder::PossibleValuesParser;

use super::Verdict;
use super::against;
use super::inputs::{InputArgs, Inputs, Stop};
use super::output::Console;
use super::{project, templates};
use crate::diff::{Change, Consequence, Workload, diff};
use crate::error::Error;
use crate::manifest::{Manifest, Object};
use crate::redis::memory;
use crate::render::render;
use crate::template::Templates;
use crate::values::layer::{PROFILES, is_stdin};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: InputArgs,
    /// What is there: a file or directory of manifests, or `-` for what kubectl gets
    #[arg(long, value_name = "FILE|DIR")]
    against: Option<PathBuf>,
    /// What is there: a render with this profile
    #[arg(long, value_parser = PossibleValuesParser::new(PROFILES.map(|(name, _)| name)), conflicts_with = "against")]
    against_profile: Option<String>,
    /// What is there: a render of this file of values instead, or of several with commas
    #[arg(
        long,
        value_name = "FILE",
        value_delimiter = ',',
        conflicts_with = "against"
    )]
    against_values: Vec<PathBuf>,
    /// What is there: files as they were at this git revision
    #[arg(long, value_name = "REV")]
    against_rev: Option<String>,
    /// Directory of templates that stand in for those of the same name
    #[arg(long, value_name = "DIR")]
    template_dir: Option<PathBuf>,
    #[command(flatten)]
    report: ReportArgs,
}

/// How a comparison is told.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct ReportArgs {
    /// What to write changes as
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Output,
    /// Least consequence that makes the exit code 1; `none` unless given, and `never` with --fix
    #[arg(long, value_enum, value_name = "CONSEQUENCE")]
    pub(super) exit_code_from: Option<From>,
}

/// What changes are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Output {
    /// Words
    #[default]
    Human,
    /// JSON, one object
    Json,
    /// Markdown, for a comment on a merge request
    Markdown,
}

/// From which consequence on changes make the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum From {
    /// Any change
    #[default]
    None,
    /// Pods are replaced, or worse
    Restart,
    /// Objects are made anew, or worse
    Recreate,
    /// Objects stay behind, or worse
    Orphan,
    /// The API server refuses it, or worse
    Refused,
    /// Data is at risk
    DataRisk,
    /// No change
    Never,
}

impl From {
    pub(super) fn is_met_by(self, change: &Change) -> bool {
        let least = match self {
            Self::None => Consequence::None,
            Self::Restart => Consequence::Restart,
            Self::Recreate => Consequence::Recreate,
            Self::Orphan => Consequence::Orphan,
            Self::Refused => Consequence::Refused,
            Self::DataRisk => Consequence::DataRisk,
            Self::Never => return false,
        };
        change.consequence() >= least
    }
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Verdict, Stop> {
    check(args)?;
    let templates = templates::read(args.template_dir.as_deref())?;
    let other_templates = match &args.against_rev {
        Some(revision) => &templates::read_at(args.template_dir.as_deref(), revision)?,
        None => &templates,
    };
    let given = match &args.against {
        Some(path) => Some(Given::read(path, args.against_rev.as_deref(), console)?),
        None => None,
    };
    let renders = match args.inputs.is_bare() {
        true if args.is_told() => project::planned(&args.inputs)?,
        true => Some(project::required(&args.inputs)?),
        false => None,
    };
    if let Some(renders) = renders {
        let templates = (&templates, other_templates);
        let parts = projects::parts(args, &renders, given, templates, console)?;
        return told(parts, args.report, console);
    }
    let (mut new, workload) = rendered(&args.inputs, &templates)?;
    let old = match given {
        Some(given) => {
            given.narrow(&mut new);
            given.objects
        }
        None => rendered(&args.other(), other_templates)?
            .0
            .objects()
            .to_vec(),
    };
    let part = Part {
        outputs: Vec::new(),
        changes: diff(&old, new.objects(), workload),
    };
    let verdict = told(vec![part], args.report, console);
    // The process ends here, as that of `render` does.
    std::mem::forget((old, new));
    verdict
}

/// The objects that were given to compare with.
struct Given {
    objects: Vec<Object>,
    /// Whether it is one object alone.
    is_single: bool,
}

impl Given {
    fn read(path: &Path, revision: Option<&str>, console: &mut Console) -> Result<Self, Stop> {
        let read = against::read(path, revision)?;
        if read.objects.is_empty() && is_stdin(path) && console.wants_notes() {
            console.note(
                "standard input has no object, so that everything is new; `kubectl get` without --ignore-not-found \
                 writes none where one is not there",
            );
        }
        Ok(Self {
            objects: read.objects,
            is_single: read.is_single,
        })
    }

    /// Whoever shows one object asks about that one.
    fn narrow(&self, new: &mut Manifest) {
        if self.is_single {
            new.retain(|object| {
                let mut others = self.objects.iter();
                others.any(|other| {
                    (&other.id.kind, &other.id.name) == (&object.id.kind, &object.id.name)
                })
            });
        }
    }
}

impl Args {
    /// Tells whether something says what to compare with, besides a revision.
    fn is_told(&self) -> bool {
        self.against.is_some() || self.against_profile.is_some() || !self.against_values.is_empty()
    }

    /// Returns the inputs of the other side.
    fn other(&self) -> InputArgs {
        self.other_of(&self.inputs)
    }

    /// Returns the inputs of the other side of a render.
    fn other_of(&self, inputs: &InputArgs) -> InputArgs {
        InputArgs {
            profile: self.against_profile.clone().or(inputs.profile.clone()),
            files: match &self.against_values {
                files if files.is_empty() => inputs.files.clone(),
                files => files.clone(),
            },
            revision: self.against_rev.clone(),
            ..inputs.clone()
        }
    }
}

/// Refuses what cannot be meant.
fn check(args: &Args) -> Result<(), Error> {
    let usage = |message: &str, help: &str| {
        Err(Error::Usage {
            message: message.to_owned(),
            help: Some(help.to_owned()),
        })
    };
    let other_side = args.against.iter().chain(&args.against_values);
    args.inputs.reads_stdin_once(other_side)?;
    if !args.inputs.is_bare() && !args.is_told() && args.against_rev.is_none() {
        return usage(
            "there is nothing to compare with",
            "add --against FILE, --against-values FILE, --against-profile NAME or --against-rev REV",
        );
    }
    let is_without_file = args.inputs.files.is_empty() && args.against_values.is_empty();
    if args.against_rev.is_some()
        && args.against.is_none()
        && is_without_file
        && !args.inputs.is_bare()
    {
        return usage(
            "--against-rev: no file is given whose revision could be read",
            "add -f FILE, or --against FILE for rendered manifests",
        );
    }
    Ok(())
}

/// Renders inputs, and tells what the tier is used for.
pub(super) fn rendered(
    args: &InputArgs,
    templates: &Templates,
) -> Result<(Manifest, Workload), Stop> {
    let inputs = args.resolve()?;
    match render(&inputs.tier, templates) {
        Ok(manifest) => Ok((manifest, workload(&inputs))),
        Err(failure) => Err(inputs.stop(failure)),
    }
}

fn workload(inputs: &Inputs) -> Workload {
    let workload = &inputs.values.valkey.workload;
    Workload {
        is_store: workload.usage == "store",
        data_bytes: workload
            .data_size
            .as_ref()
            .and_then(|size| memory::parse(size).ok()),
    }
}

/// What is different in a render, or in several in which it is the same.
pub(super) struct Part {
    /// Where they are committed; nothing where no other is compared.
    pub(super) outputs: Vec<String>,
    pub(super) changes: Vec<Change>,
}

impl Part {
    fn n_outputs(&self) -> usize {
        self.outputs.len().max(1)
    }

    /// Returns the changes of each of its outputs.
    fn of_all_outputs(&self) -> impl Iterator<Item = &Change> {
        (0..self.n_outputs()).flat_map(|_| &self.changes)
    }
}

/// Writes what is different, and tells whether that is as much as was asked for.
fn told(parts: Vec<Part>, args: ReportArgs, console: &mut Console) -> Result<Verdict, Stop> {
    let threshold = args.exit_code_from.unwrap_or_default();
    let mut changes = parts.iter().flat_map(|part| &part.changes);
    let verdict = Verdict::of(changes.any(|change| threshold.is_met_by(change)));
    tell(parts, args.output, console)?;
    Ok(verdict)
}

/// Writes what is different: of several renders each under its output, the worst first, and equal ones as one.
pub(super) fn tell(parts: Vec<Part>, format: Output, console: &mut Console) -> Result<(), Error> {
    let is_one = parts.len() == 1;
    let mut told: Vec<Part> = Vec::new();
    for mut part in parts.into_iter().filter(|part| !part.changes.is_empty()) {
        match told.iter_mut().find(|other| other.changes == part.changes) {
            Some(same) => same.outputs.append(&mut part.outputs),
            None => {
                if is_one {
                    part.outputs.clear();
                }
                told.push(part);
            }
        }
    }
    told.sort_by_key(|part| std::cmp::Reverse(part.changes.iter().map(Change::consequence).max()));
    console.data(&written(&told, format, console.colors_data()))
}

fn written(parts: &[Part], format: Output, is_colored: bool) -> String {
    match format {
        Output::Human => human::write(parts, is_colored),
        Output::Json => json::write(parts),
        Output::Markdown => markdown::write(parts),
    }
}

/// Returns changes as a format writes them.
pub fn text(changes: Vec<Change>, format: Output, is_colored: bool) -> String {
    let part = Part {
        outputs: Vec::new(),
        changes,
    };
    written(&[part], format, is_colored)
}
