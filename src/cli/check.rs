//! `cachegen check`: is what is committed, byte for byte, what the inputs render to now?

use std::path::{Path, PathBuf};

use super::Verdict;
use super::diff::{self, From, Part, ReportArgs};
use super::inputs::{InputArgs, Stop};
use super::output::Console;
use super::past::Past;
use super::project::{self, Planned};
use super::target::{self, Target};
use super::templates;
use crate::diff::{Change, What, Workload};
use crate::manifest::{Manifest, Object};
use crate::values::layer::is_stdin;
use crate::values::revision;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File of rendered manifests, or the directory of --output-dir; `-` is standard input; the outputs of cachegen.yaml unless given
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
    args.inputs.reads_stdin_once(&args.target)?;
    if args.fix && args.target.as_deref().is_some_and(is_stdin) {
        return Err(target::not_writable().into());
    }
    let templates = templates::read(args.template_dir.as_deref())?;
    let planned = match &args.target {
        Some(target) => vec![Planned::typed(args.inputs.clone(), target.clone())],
        None => project::required(&args.inputs)?,
    };
    let renders = project::each(&planned, |planned| {
        diff::rendered(&planned.inputs, &templates)
    })
    .map_err(|stops| project::last(stops, console))?;
    let threshold = match args.report.exit_code_from {
        Some(threshold) => threshold,
        None if args.fix => From::Never,
        None => From::None,
    };
    let (mut told, mut past) = (Told::default(), Past::default());
    for (planned, (manifest, workload)) in planned.iter().zip(&renders) {
        let target = Target::of(&planned.output)?;
        let Some(differing) = target.differing(manifest)? else {
            if args.fix {
                target.keep()?;
            }
            continue;
        };
        let is_asked_for = !args.fix || threshold != From::Never;
        let committed = is_asked_for.then(|| target.read()).transpose();
        let committed = match committed {
            Ok(committed) => committed,
            // What cannot be understood is not what is rendered; what cannot be read is not known.
            Err(stop @ Stop::Findings(..)) => {
                if !args.fix {
                    console.report(&stop);
                }
                None
            }
            Err(stop) => return Err(stop),
        };
        let changes = committed
            .as_ref()
            .map(|committed| crate::diff::diff(committed, manifest.objects(), *workload));
        told.is_found |= is_found(threshold, changes.as_deref());
        if args.fix {
            target.write(manifest)?;
            console.done(&format!("{differing} written anew\n"));
        } else if let (Some(committed), Some(changes)) = (committed, changes) {
            let origin = Origin {
                planned,
                template_dir: args.template_dir.as_deref(),
                committed: &committed,
                rendered: manifest,
                workload: *workload,
            };
            told.words.push(format!(
                "{differing} not what the inputs render to: {}\n",
                origin.words(&mut past)
            ));
            told.parts.push(Part {
                outputs: vec![planned.output.display().to_string()],
                changes,
            });
        }
    }
    let verdict = told.tell(args.report, console);
    // The process ends here, as that of `render` does.
    std::mem::forget(renders);
    verdict
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
        if !self.words.is_empty() {
            diff::tell(self.parts, args.output, console)?;
            self.words.iter().for_each(|words| console.words(words));
        }
        Ok(Verdict::of(self.is_found))
    }
}

/// Tells whether a difference makes the exit code 1; what is committed and cannot be understood has no changes to tell.
fn is_found(threshold: From, changes: Option<&[Change]>) -> bool {
    match (threshold, changes) {
        (From::Never, _) => false,
        // Bytes that mean the same are not the same bytes.
        (From::None, _) => true,
        (_, Some(changes)) => changes.iter().any(|change| threshold.is_met_by(change)),
        // It may have been anything.
        (_, None) => true,
    }
}

/// What is known of how committed and rendered came to differ.
struct Origin<'o> {
    planned: &'o Planned,
    template_dir: Option<&'o Path>,
    committed: &'o [Object],
    rendered: &'o Manifest,
    workload: Workload,
}

impl Origin<'_> {
    /// Tells a hand edit from changed inputs: by what the inputs render to as they were when what is committed changed last.
    ///
    /// What is committed and is what they rendered to was not touched since; what is not, somebody wrote, or another version
    /// of this program. Nothing in the file itself tells, since that could be edited too.
    fn words(&self, past: &mut Past) -> String {
        const HEAD: &str = "HEAD";
        let (is_read, and_fix) = match is_stdin(&self.planned.output) {
            true => (true, ""),
            false => (false, ", or use --fix"),
        };
        if self.committed.is_empty() {
            return match is_read {
                true => "it has no object".to_owned(),
                false => format!("nothing is there yet; render it{and_fix}"),
            };
        }
        let commit = (!is_read).then(|| revision::last_change(&self.planned.output));
        let commit = commit.flatten();
        let mut edited = None;
        for revision in commit.as_deref().into_iter().chain([HEAD]) {
            let Some(base) = past.rendered(self.planned, self.template_dir, revision) else {
                continue;
            };
            let edits = self.diff(base.objects(), self.committed);
            let is_changed = !self
                .diff(base.objects(), self.rendered.objects())
                .is_empty();
            match (edits.is_empty(), is_changed) {
                (true, false) => {
                    return "only comments, order or spelling differ, which no input changes"
                        .to_owned();
                }
                (true, true) => {
                    let since = match revision {
                        HEAD => "git's HEAD".to_owned(),
                        commit => format!("commit {}", commit.get(..7).unwrap_or(commit)),
                    };
                    return format!("the inputs changed since {since}; render again{and_fix}");
                }
                (false, _) => edited = edited.or(Some((edits, is_changed))),
            }
        }
        match edited {
            None => {
                "whether it was edited or the inputs changed is not known, because git does not have the inputs"
                    .to_owned()
            }
            Some((edits, false)) => format!(
                "the inputs did not change, so it was edited, or rendered by another version or with other inputs: {}",
                places(&edits)
            ),
            Some((edits, true)) => format!(
                "the inputs changed, and besides it was edited, or rendered by another version or with other inputs: {}",
                places(&edits)
            ),
        }
    }

    fn diff(&self, old: &[Object], new: &[Object]) -> Vec<Change> {
        crate::diff::diff(old, new, self.workload)
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
