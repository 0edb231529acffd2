//! `cachegen check`: is what is committed, byte for byte, what the inputs render to now?

use std::path::PathBuf;

use super::Verdict;
use super::diff::{self, From, Part, ReportArgs};
use super::inputs::{InputArgs, Stop};
use super::output::Console;
use super::project::{self, Planned};
use super::target::Target;
use super::templates;
use crate::diff::{Change, What, Workload};
use crate::manifest::{Manifest, Object};
use crate::template::Templates;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File of rendered manifests, or the directory of --output-dir; the outputs of cachegen.yaml unless given
    #[arg(value_name = "FILE|DIR")]
    target: Option<PathBuf>,
    #[command(flatten)]
    inputs: InputArgs,
    /// Directory of templates that stand in for those of the same name
    #[arg(long, value_name = "DIR")]
    template_dir: Option<PathBuf>,
    /// Write what the inputs render to, where it is something else
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    report: ReportArgs,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Verdict, Stop> {
    let templates = templates::read(args.template_dir.as_deref())?;
    let planned = match &args.target {
        Some(target) => vec![Planned {
            inputs: args.inputs.clone(),
            output: target.clone(),
        }],
        None => project::required(&args.inputs)?,
    };
    let renders = project::each(&planned, |planned| {
        diff::rendered(&planned.inputs, &templates)
    })
    .map_err(|stops| project::last(stops, console))?;
    let mut told = Told::default();
    for (planned, (manifest, workload)) in planned.iter().zip(&renders) {
        let target = Target::of(&planned.output)?;
        let Some(differing) = target.differing(manifest)? else {
            continue;
        };
        if args.fix {
            if let Some(threshold) = args.report.exit_code_from {
                told.is_found |= target.read().map_or(true, |committed| {
                    let changes = crate::diff::diff(&committed, manifest.objects(), *workload);
                    // Bytes that mean the same are not the same bytes.
                    threshold == From::None
                        || changes.iter().any(|change| threshold.is_met_by(change))
                });
            }
            target.write(manifest)?;
            console.words(&format!("{differing} written anew\n"));
            continue;
        }
        match target.read() {
            Ok(committed) => {
                let changes = crate::diff::diff(&committed, manifest.objects(), *workload);
                let origin = Origin {
                    committed: &committed,
                    rendered: manifest,
                    workload: *workload,
                };
                told.words.push(format!(
                    "{differing} not what the inputs render to: {}\n",
                    origin.words(&planned.inputs, &templates)
                ));
                // Bytes that mean the same are not the same bytes.
                told.is_found |= changes.is_empty();
                told.parts.push(Part {
                    output: planned.output.display().to_string(),
                    changes,
                });
            }
            Err(stop) => {
                console.report(&stop);
                told.is_found = true;
            }
        }
    }
    told.tell(args.report, console)
}

/// What differs.
#[derive(Default)]
struct Told {
    parts: Vec<Part>,
    words: Vec<String>,
    is_found: bool,
}

impl Told {
    fn tell(self, args: ReportArgs, console: &mut Console) -> Result<Verdict, Stop> {
        if self.words.is_empty() {
            return Ok(Verdict::of(self.is_found));
        }
        let verdict = diff::tell(self.parts, args, console)?;
        self.words.iter().for_each(|words| console.words(words));
        Ok(if self.is_found {
            Verdict::Found
        } else {
            verdict
        })
    }
}

/// What is known of how committed and rendered came to differ.
struct Origin<'o> {
    committed: &'o [Object],
    rendered: &'o Manifest,
    workload: Workload,
}

impl Origin<'_> {
    /// Tells a hand edit from changed inputs: by what the inputs that git has render to.
    ///
    /// What is committed and is what they render to was not touched; what is not, somebody wrote, or another version of
    /// this program. Nothing in the file itself tells, since that could be edited too.
    fn words(&self, inputs: &InputArgs, templates: &Templates) -> String {
        const HEAD: &str = "HEAD";
        let at_head = InputArgs {
            revision: Some(HEAD.to_owned()),
            ..inputs.clone()
        };
        if self.committed.is_empty() {
            return "nothing is there yet; render it, or use --fix".to_owned();
        }
        let base = if inputs.files.is_empty() {
            // Without files they are what they were.
            Ok(None)
        } else {
            diff::rendered(&at_head, templates).map(|(base, _)| Some(base))
        };
        let Ok(base) = base else {
            return "whether it was edited or the inputs changed is not known, because git does not have the inputs"
                .to_owned();
        };
        let base = base.as_ref().unwrap_or(self.rendered);
        let edited = crate::diff::diff(base.objects(), self.committed, self.workload);
        let changed = crate::diff::diff(base.objects(), self.rendered.objects(), self.workload);
        match (edited.is_empty(), changed.is_empty()) {
            (true, true) => {
                "only comments, order or spelling differ, which no input changes".to_owned()
            }
            (true, false) => {
                "the inputs changed since git's HEAD; render again, or use --fix".to_owned()
            }
            (false, true) => format!(
                "the inputs did not change, so it was edited, or rendered by another version or with other inputs: {}",
                places(&edited)
            ),
            (false, false) => format!(
                "the inputs changed, and besides it was edited, or rendered by another version or with other inputs: {}",
                places(&edited)
            ),
        }
    }
}

/// Most places that are named.
const MAX_PLACES: usize = 5;

fn places(changes: &[Change]) -> String {
    let mut places: Vec<String> = changes
        .iter()
        .take(MAX_PLACES)
        .map(|change| match &change.what {
            What::Created(_) | What::Gone => change.object.to_string(),
            What::Field { path, .. } | What::Form { path } => format!("{} {path}", change.object),
        })
        .collect();
    if changes.len() > MAX_PLACES {
        places.push(format!("and {} more", changes.len() - MAX_PLACES));
    }
    places.join(", ")
}
