//! `cachegen check`: is what is committed, byte for byte, what the inputs render to now?

use std::path::{Path, PathBuf};

use super::Verdict;
use super::against;
use super::diff::{self, ReportArgs};
use super::inputs::{InputArgs, Stop};
use super::output::{Console, files};
use super::templates;
use crate::diff::{Change, What, Workload};
use crate::error::{Error, shown};
use crate::manifest::{Format, Manifest, Object};
use crate::template::Templates;

/// Say whether committed manifests are what the inputs render to
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File of rendered manifests, or the directory of --output-dir
    #[arg(value_name = "FILE|DIR")]
    target: PathBuf,
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
    let templates = match &args.template_dir {
        Some(directory) => templates::read(directory)?,
        None => Templates::default(),
    };
    let (manifest, workload) = diff::rendered(&args.inputs, &templates)?;
    let target = Target::of(&args.target)?;
    let Some(differing) = target.differing(&manifest)? else {
        return Ok(Verdict::Fine);
    };
    if args.fix {
        target.write(&manifest)?;
        console.note(&format!("{differing} written anew"));
        return Ok(Verdict::Fine);
    }
    let committed = match target.read() {
        Ok(committed) => committed,
        Err(stop) => {
            console.report(&stop);
            return Ok(Verdict::Found);
        }
    };
    let changes = crate::diff::diff(&committed, manifest.objects(), workload);
    let verdict = diff::tell(&changes, args.report, console)?;
    let origin = Origin {
        committed: &committed,
        rendered: &manifest,
        workload,
    };
    console.words(&format!(
        "{differing} not what the inputs render to: {}\n",
        origin.words(&args.inputs, &templates)
    ));
    // Bytes that mean the same are not the same bytes.
    Ok(if changes.is_empty() {
        Verdict::Found
    } else {
        verdict
    })
}

/// Where renders are committed.
enum Target<'a> {
    File(&'a Path),
    Directory(&'a Path),
}

impl<'a> Target<'a> {
    /// What stands there says what it is; where nothing does, a slash at the end makes it a directory.
    fn of(path: &'a Path) -> Result<Self, Error> {
        let is_directory =
            files::is_directory(path)? || path.as_os_str().to_string_lossy().ends_with('/');
        Ok(if is_directory {
            Self::Directory(path)
        } else {
            Self::File(path)
        })
    }

    /// Tells what is not as it is rendered, as the beginning of a sentence.
    fn differing(&self, manifest: &Manifest) -> Result<Option<String>, Error> {
        match self {
            Self::File(path) => {
                let committed = files::committed(path)?;
                let rendered = manifest.write(format(path, committed.as_deref()));
                let is_same = committed.as_deref() == Some(rendered.as_bytes());
                Ok((!is_same).then(|| format!("`{}` is", shown(path))))
            }
            Self::Directory(path) => {
                let names = files::differing(path, &manifest.files(self.directory_format()?))?;
                Ok(match names.as_slice() {
                    [] => None,
                    [name] => Some(format!("`{}` is", shown(&path.join(name)))),
                    names => Some(format!("{} files in `{}` are", names.len(), shown(path))),
                })
            }
        }
    }

    fn write(&self, manifest: &Manifest) -> Result<(), Error> {
        match self {
            Self::File(path) => {
                let committed = files::committed(path)?;
                files::write(path, &manifest.write(format(path, committed.as_deref())))
            }
            Self::Directory(path) => {
                files::write_all(path, &manifest.files(self.directory_format()?))
            }
        }
    }

    fn read(&self) -> Result<Vec<Object>, Stop> {
        match self {
            Self::File(path) if files::committed(path)?.is_none() => Ok(Vec::new()),
            Self::Directory(path) if !files::is_directory(path)? => Ok(Vec::new()),
            Self::File(path) | Self::Directory(path) => Ok(against::read(path, None)?.objects),
        }
    }

    /// What the files of a directory are written as: what the first of them is.
    fn directory_format(&self) -> Result<Format, Error> {
        let (Self::Directory(path) | Self::File(path)) = self;
        if !files::is_directory(path)? {
            return Ok(Format::Yaml);
        }
        match files::names(path)?.first() {
            Some(name) => {
                let path = path.join(name);
                Ok(format(&path, files::committed(&path)?.as_deref()))
            }
            None => Ok(Format::Yaml),
        }
    }
}

/// Tells what a file is written as, from its first lines or else its name.
fn format(path: &Path, committed: Option<&[u8]>) -> Format {
    let text = String::from_utf8_lossy(committed.unwrap_or_default());
    let first = text
        .lines()
        .find(|line| !line.is_empty() && !line.starts_with("---") && !line.starts_with('#'));
    let is_json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    match first {
        Some(_) if text.starts_with('{') => Format::Json,
        Some(line) if line.starts_with('{') => Format::Kyaml,
        None if is_json => Format::Json,
        _ => Format::Yaml,
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
            What::Created | What::Gone => change.object.to_string(),
            What::Field { path, .. } | What::Form { path } => format!("{} {path}", change.object),
        })
        .collect();
    if changes.len() > MAX_PLACES {
        places.push(format!("and {} more", changes.len() - MAX_PLACES));
    }
    places.join(", ")
}
