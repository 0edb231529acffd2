//! `cachegen render`: the manifests, on stdout or in files.

use std::path::PathBuf;

use clap::ValueEnum;

use super::Verdict;
use super::inputs::{InputArgs, Stop};
use super::output::{self, Console};
use super::target::Target;
use super::{diff, project, templates};
use crate::error::{Error, escaped};
use crate::manifest::{Format, Manifest, Object};
use crate::redis::exporter::oldest_known;
use crate::render::render;
use crate::template::Templates;
use crate::tier::{SecretModel, Tier};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: InputArgs,
    /// Only this object (kind/name) or template; `*` stands for any text
    #[arg(short, long, value_name = "OBJECT|TEMPLATE")]
    show_only: Vec<String>,
    /// What to write objects as
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
    /// Directory to write a file an object into, instead of stdout; files of an earlier render go
    #[arg(long, value_name = "DIR", conflicts_with = "show_only")]
    output_dir: Option<PathBuf>,
    /// Directory of templates that stand in for those of the same name
    #[arg(long, value_name = "DIR")]
    template_dir: Option<PathBuf>,
    /// Every render of cachegen.yaml, each to its output
    #[arg(long, conflicts_with_all = ["name", "profile", "files", "show_only", "output", "output_dir"])]
    all: bool,
}

/// What objects are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Output {
    /// YAML, one document an object
    #[default]
    Yaml,
    /// JSON, one list of all objects
    Json,
    /// YAML in flow style, every text in quotes
    Kyaml,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Verdict, Stop> {
    let templates = templates::read(args.template_dir.as_deref())?;
    if args.all {
        return render_all(&args.inputs, &templates, console);
    }
    let inputs = args.inputs.resolve()?;
    let mut manifest = match render(&inputs.tier, &templates) {
        Ok(manifest) => manifest,
        Err(failure) => return Err(inputs.stop(failure)),
    };
    show_only(&mut manifest, &args.show_only)?;
    let format = match args.output {
        Output::Yaml => Format::Yaml,
        Output::Json => Format::Json,
        Output::Kyaml => Format::Kyaml,
    };
    match &args.output_dir {
        Some(directory) => output::files::write_all(directory, &manifest.files(format))?,
        None => console.data(&manifest.write(format))?,
    }
    if console.wants_notes() {
        note_secret(&inputs.tier, &args.inputs, console);
        note_monitoring(&inputs.tier, console);
    }
    // The process ends here: giving every piece of memory back first would be a twelfth of its work.
    std::mem::forget((inputs, manifest));
    Ok(Verdict::Fine)
}

/// Renders what the project file says. Nothing is written unless all of it can be rendered.
fn render_all(
    inputs: &InputArgs,
    templates: &Templates,
    console: &mut Console,
) -> Result<Verdict, Stop> {
    let renders = project::required(inputs)?;
    let rendered = project::each(&renders, |planned| {
        diff::rendered(&planned.inputs, templates)
    })
    .map_err(|stops| project::last(stops, console))?;
    for (planned, (manifest, _)) in renders.iter().zip(&rendered) {
        let target = Target::of(&planned.output)?;
        match target.differing(manifest)? {
            Some(_) => target.write(manifest)?,
            None => target.keep()?,
        }
    }
    Ok(Verdict::Fine)
}

/// Keeps the objects that one of the patterns names.
fn show_only(manifest: &mut Manifest, patterns: &[String]) -> Result<(), Error> {
    if patterns.is_empty() {
        return Ok(());
    }
    for pattern in patterns {
        if !manifest
            .objects()
            .iter()
            .any(|object| is_named(object, pattern))
        {
            let objects: Vec<String> = manifest
                .objects()
                .iter()
                .map(|object| format!("{} from {}", object.id, object.source))
                .collect();
            return Err(Error::Usage {
                message: format!("--show-only: nothing in the render is named `{pattern}`"),
                help: Some(format!("there are\n  {}", objects.join("\n  "))),
            });
        }
    }
    manifest.retain(|object| patterns.iter().any(|pattern| is_named(object, pattern)));
    Ok(())
}

fn is_named(object: &Object, pattern: &str) -> bool {
    let id = object.id.to_string();
    let file = object
        .source
        .strip_prefix("cachegen/")
        .unwrap_or(&object.source);
    let bare = file.strip_prefix("templates/").unwrap_or(file);
    let spellings = [
        id.as_str(),
        &object.source,
        file,
        bare,
        file.trim_end_matches(".j2"),
        bare.trim_end_matches(".j2"),
    ];
    spellings
        .iter()
        .any(|spelling| matches(&pattern.to_lowercase(), &spelling.to_lowercase()))
}

/// Tells whether a pattern, in which `*` stands for any text, is the whole of a text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let (inner, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(middle) = text
        .strip_prefix(start)
        .and_then(|tail| tail.strip_suffix(end))
    else {
        return false;
    };
    // The first place where a piece stands leaves most to those behind it.
    let mut tail = middle;
    inner.split('*').all(|piece| {
        let found = tail.split_once(piece);
        tail = found.map_or(tail, |(_, behind)| behind);
        found.is_some()
    })
}

/// Spells a word for a POSIX shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,@%+=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn note_secret(tier: &Tier, inputs: &InputArgs, console: &mut Console) {
    let Some(secret) = tier.cache.as_ref().map(|cache| &cache.secret) else {
        return;
    };
    let keys = secret.keys.distinct().join(", ");
    match secret.model {
        SecretModel::Referenced | SecretModel::Existing => {
            let namespace = if inputs.no_namespace {
                " --no-namespace".to_owned()
            } else {
                format!(" -n {}", inputs.namespace())
            };
            let profile = inputs.profile.as_ref();
            let profile = profile.map_or_else(String::new, |name| format!(" --profile {name}"));
            let files: String = inputs
                .files
                .iter()
                .map(|path| format!(" -f {}", quoted(&escaped(&path.to_string_lossy()))))
                .collect();
            let and_sets = if inputs.flags.is_empty() {
                ""
            } else {
                ", with the same --set"
            };
            console.note(&format!(
                "the Secret {} with the keys {keys} has to exist; to make one, once{and_sets}:\n  cachegen secret {}{namespace}{profile}{files} | kubectl create -f -",
                secret.name,
                inputs.name()
            ));
        }
        SecretModel::External => console.note(&format!(
            "the External Secrets operator has to make the Secret {} with the keys {keys}",
            secret.name
        )),
        SecretModel::Inline => {}
    }
}

fn note_monitoring(tier: &Tier, console: &mut Console) {
    let Some(cache) = &tier.cache else { return };
    let Some(exporter) = &cache.exporter else {
        console.note(
            "`valkey.exporter.enabled` is false, so there is no exporter, metrics Service, ServiceMonitor, PrometheusRule and dashboard",
        );
        return;
    };
    if let Some(release) = exporter
        .release
        .filter(|release| release.known_by().is_none())
    {
        console.note(&format!(
            "the metrics of the exporter {release} are not known: alerts and dashboard are made for {} and newer",
            oldest_known()
        ));
    }
    if cache.monitoring.prometheus.is_some() {
        console.note(
            "the kinds ServiceMonitor and PrometheusRule need the Prometheus operator; on a cluster without it:\n  --set monitoring.prometheusEnabled=false",
        );
    }
}
