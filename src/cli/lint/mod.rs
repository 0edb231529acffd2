//! `cachegen lint`: opinions about values and what comes of them, for people and for programs.

mod github;
mod json;
mod projects;
mod rules;
mod sarif;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::Verdict;
use super::inputs::{InputArgs, Inputs, Stop};
use super::masked::{Masked, quieted};
use super::output::Console;
use super::project::Planned;
use super::report::{self, Location, Places, counted, without_controls};
use super::{project, templates};
use crate::diagnostic::{Diagnostic, Severity, ValuePath};
use crate::lint::{self, Finding, Subject, Waived};
use crate::render::render;
use crate::template::Templates;
use crate::values::merge::Effective;
use crate::yaml::Span;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: InputArgs,
    /// Directory of templates that stand in for those of the same name
    #[arg(long, value_name = "DIR")]
    template_dir: Option<PathBuf>,
    /// What to write findings as
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
    /// Least severity that makes the exit code 1
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// Code whose findings are left out; several with commas
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = rules::Code, hide_possible_values = true)]
    allow: Vec<String>,
    /// Say what a code finds, why, and how to mend it
    #[arg(long, value_name = "CODE", conflicts_with = "list", value_parser = rules::Code, hide_possible_values = true)]
    explain: Option<String>,
    /// List the codes
    #[arg(long)]
    list: bool,
}

/// What findings are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Output {
    /// Words with excerpts
    #[default]
    Human,
    /// JSON, one object
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
}

/// From which severity on findings make the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum FailOn {
    /// Notes, warnings and errors
    Note,
    /// Warnings and errors
    #[default]
    Warning,
    /// Errors
    Error,
    /// Nothing
    Never,
}

impl FailOn {
    fn is_met_by(self, severity: Severity) -> bool {
        match self {
            Self::Note => true,
            Self::Warning => severity >= Severity::Warning,
            Self::Error => severity >= Severity::Error,
            Self::Never => false,
        }
    }
}

/// A finding as programs want it.
struct Item<'f> {
    diagnostic: Cow<'f, Diagnostic>,
    /// The value that it is about, unless it is about none.
    path: Option<&'f ValuePath>,
    /// The outputs of the renders that it is in, where there are several renders.
    outputs: &'f [&'f str],
    location: Option<Location<'f>>,
    related: Vec<(Location<'f>, &'f str)>,
    /// The last file of values, or the project file: it stands for what is in no file.
    file: Option<&'f Path>,
}

impl Item<'_> {
    /// What is found; where it is in no file that has a name, with its place.
    fn message(&self) -> String {
        let message = &self.diagnostic.message;
        match &self.location {
            Some(location) if location.origin.named_file().is_none() => format!(
                "{}:{}:{}: {message}",
                location.origin.name(),
                location.line,
                location.column
            ),
            _ => message.clone(),
        }
    }
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Verdict, Stop> {
    if args.list {
        console.data(&rules::list())?;
        return Ok(Verdict::Fine);
    }
    if let Some(code) = &args.explain {
        console.data(&rules::explain(rules::rule(code, "--explain")?))?;
        return Ok(Verdict::Fine);
    }
    for code in &args.allow {
        rules::rule(code, "--allow")?;
    }
    let templates = templates::read(args.template_dir.as_deref())?;
    let planned = if args.inputs.is_bare() {
        project::planned(&args.inputs)?
    } else {
        None
    };
    let renders = match planned {
        Some(planned) => planned,
        None => vec![Planned::typed(args.inputs.clone(), PathBuf::new())],
    };
    let mut linted = project::each(&renders, |planned| one(planned, &templates, args))
        .or_else(|stops| Err(refuse(args.output, stops, console)?))?;
    projects::drop_used_elsewhere(&mut linted);
    let found = projects::shared(&linted);
    let effective = linted.iter().map(|render| &render.inputs.effective);
    let parts: Vec<Part<'_>> = found.iter().map(Vec::as_slice).zip(effective).collect();
    let n_waived = linted.iter().map(|render| render.n_waived).sum();
    let text = written(args.output, &parts, n_waived, console.colors_data());
    console.data(&text)?;
    let is_found = linted
        .iter()
        .flat_map(|render| &render.findings)
        .any(|finding| args.fail_on.is_met_by(finding.diagnostic.severity));
    Ok(Verdict::of(is_found))
}

/// What was found in one render.
struct Linted {
    inputs: Inputs,
    /// Where it is committed.
    output: String,
    findings: Vec<Finding>,
    n_waived: usize,
}

/// Looks at one render.
fn one(planned: &Planned, templates: &Templates, args: &Args) -> Result<Linted, Stop> {
    let mut inputs = planned.inputs.resolve()?;
    let manifest = match render(&inputs.tier, templates) {
        Ok(manifest) => manifest,
        Err(failure) => return Err(inputs.stop(failure)),
    };
    let subject = Subject::new(
        &inputs.effective,
        &inputs.values,
        &inputs.tier,
        &manifest,
        inputs.invocation.kube_version,
        &inputs.served,
    );
    let mut waived = lint::lint(&subject);
    let n_found = waived.findings.len();
    waived.findings.retain(|finding| {
        !args
            .allow
            .iter()
            .any(|code| code == finding.diagnostic.code)
    });
    let n_waived = waived.n_waived + n_found - waived.findings.len();
    let found = waived.findings.iter_mut();
    planned.bring_home(
        found.map(|finding| &mut finding.diagnostic),
        &mut inputs.effective,
    );
    Ok(Linted {
        inputs,
        output: planned.output.to_string_lossy().into_owned(),
        findings: waived.findings,
        n_waived,
    })
}

/// A finding, the value that it is about, unless it is about none, and the outputs of the renders that it is in.
struct Found<'f> {
    diagnostic: &'f Diagnostic,
    path: Option<&'f ValuePath>,
    outputs: Vec<&'f str>,
}

impl<'f> Found<'f> {
    fn of(finding: &'f Finding) -> Self {
        Self {
            diagnostic: &finding.diagnostic,
            path: Some(&finding.path).filter(|path| !path.0.is_empty()),
            outputs: Vec::new(),
        }
    }
}

/// What is found in one render, and its values.
type Part<'f> = (&'f [Found<'f>], &'f Effective);

/// Returns what was found in one render as a format writes it.
pub fn text(format: Output, waived: &Waived, effective: &Effective, is_colored: bool) -> String {
    let found: Vec<_> = waived.findings.iter().map(Found::of).collect();
    let part = (found.as_slice(), effective);
    written(format, &[part], waived.n_waived, is_colored)
}

fn written(format: Output, parts: &[Part<'_>], n_waived: usize, is_colored: bool) -> String {
    match format {
        Output::Human => human(parts, n_waived, is_colored),
        format => machine(format, &told(parts, n_waived)),
    }
}

/// What keeps the values from being rendered is told to programs too: they show it where it stands.
fn refuse(output: Output, stops: Vec<Stop>, console: &mut Console) -> Result<Stop, Stop> {
    if output != Output::Human
        && let Some(text) = refused(output, &stops)
    {
        console.data(&text)?;
    }
    Ok(project::last(stops, console))
}

fn refused(format: Output, stops: &[Stop]) -> Option<String> {
    let found: Vec<(Vec<Found<'_>>, &Effective)> = stops
        .iter()
        .filter_map(|stop| match stop {
            Stop::Findings(findings, effective) => {
                let found = findings.iter().map(|diagnostic| Found {
                    diagnostic,
                    path: None,
                    outputs: Vec::new(),
                });
                Some((found.collect(), &**effective))
            }
            Stop::Error(_) => None,
        })
        .collect();
    let parts: Vec<Part<'_>> = found
        .iter()
        .map(|(found, effective)| (found.as_slice(), *effective))
        .collect();
    let told = told(&parts, 0);
    (!told.items.is_empty()).then(|| machine(format, &told))
}

/// Writes findings for people: where there are several renders, under the outputs of those that they are in.
fn human(parts: &[Part<'_>], n_waived: usize, is_colored: bool) -> String {
    let mut out = String::new();
    let (mut counts, mut n_shown) = (Counts([0; 3]), 0);
    for (found, effective) in parts {
        for (outputs, found) in projects::by_outputs(found) {
            let located = located(found, effective);
            counts.add(Counts::of(&located));
            let located = worst(located, report::MAX_SHOWN);
            n_shown += located.len();
            if !outputs.is_empty() {
                out += &heading(&without_controls(&outputs.join(", ")), is_colored);
            }
            out += &body(located, effective, is_colored);
        }
    }
    if n_shown == 0 {
        return out;
    }
    let mut words: Vec<String> = SEVERITIES
        .into_iter()
        .zip(counts.0)
        .filter(|(_, number)| *number > 0)
        .map(|(severity, number)| counted(number, severity.name()))
        .collect();
    if n_waived > 0 {
        words.push(format!("{n_waived} waived"));
    }
    out += &words.join(", ");
    let n_all: usize = counts.0.iter().sum();
    if n_all > n_shown {
        out += &format!("; the worst {n_shown} are shown");
    }
    out.push('\n');
    out
}

fn heading(text: &str, is_colored: bool) -> String {
    if is_colored {
        format!("\x1b[1m{text}\x1b[0m\n")
    } else {
        format!("{text}\n")
    }
}

fn body(located: Vec<Located<'_>>, effective: &Effective, is_colored: bool) -> String {
    let (notes, rest): (Vec<_>, Vec<_>) = located
        .into_iter()
        .partition(|(_, diagnostic)| diagnostic.severity == Severity::Note);
    let mut out = report::excerpts(&rest, effective, is_colored);
    // Notes come last, those of a code together: there may be many, and none of them is urgent.
    for rule in lint::rules() {
        let of_rule: Vec<_> = notes
            .iter()
            .filter(|(_, diagnostic)| diagnostic.code == rule.code)
            .copied()
            .collect();
        out += &report::listed(rule.what, rule.fix, &of_rule, effective, is_colored);
    }
    out
}

const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

/// How many findings there are of each severity, the worst first.
#[derive(Clone, Copy)]
struct Counts([usize; 3]);

impl Counts {
    fn of(located: &[Located<'_>]) -> Self {
        Self(SEVERITIES.map(|severity| {
            let of_severity = located
                .iter()
                .filter(|(_, diagnostic)| diagnostic.severity == severity);
            of_severity.count()
        }))
    }

    fn add(&mut self, other: Self) {
        for (sum, number) in self.0.iter_mut().zip(other.0) {
            *sum += number;
        }
    }
}

/// A finding and where it is.
type Located<'f> = (Option<Span>, &'f Diagnostic);

/// Puts findings in the order of their places, each once.
fn located<'f: 'r, 'r>(
    found: impl IntoIterator<Item = &'r Found<'f>>,
    effective: &Effective,
) -> Vec<Located<'f>> {
    let diagnostics = found.into_iter().map(|found| found.diagnostic);
    report::in_order(diagnostics, effective)
}

/// Returns at most so many findings, the worst, in the order that they had.
fn worst(located: Vec<Located<'_>>, most: usize) -> Vec<Located<'_>> {
    let mut kept: Vec<usize> = (0..located.len()).collect();
    kept.sort_by_key(|index| std::cmp::Reverse(located[*index].1.severity));
    kept.truncate(most);
    kept.sort_unstable();
    kept.into_iter().map(|index| located[index]).collect()
}

/// What programs are told.
struct Told<'f> {
    /// The worst findings, in the order of their places.
    items: Vec<Item<'f>>,
    /// How many there are of all.
    counts: Counts,
    /// How many a waiver took back.
    n_waived: usize,
}

impl Told<'_> {
    /// How many findings are not among the items.
    fn n_hidden(&self) -> usize {
        self.counts.0.iter().sum::<usize>() - self.items.len()
    }
}

/// Most findings that programs are told: more than anybody mends, and a service refuses reports that are too large.
const MAX_TOLD: usize = 1000;

fn told<'f>(parts: &[Part<'f>], n_waived: usize) -> Told<'f> {
    let (mut items, mut counts) = (Vec::new(), Counts([0; 3]));
    for (found, effective) in parts {
        let located = located(*found, effective);
        counts.add(Counts::of(&located));
        items.extend(self::items(worst(located, MAX_TOLD), found, effective));
    }
    if items.len() > MAX_TOLD {
        items.sort_by_key(|item| std::cmp::Reverse(item.diagnostic.severity));
        items.truncate(MAX_TOLD);
    }
    Told {
        items,
        counts,
        n_waived,
    }
}

fn items<'f>(
    located: Vec<Located<'f>>,
    found: &'f [Found<'f>],
    effective: &'f Effective,
) -> Vec<Item<'f>> {
    if located.is_empty() {
        // Masking reads the sources once more.
        return Vec::new();
    }
    let files = effective.sources.iter();
    let file = files.rev().find_map(|source| source.origin.named_file());
    let places = Places::new(effective);
    let found: BTreeMap<*const Diagnostic, &Found<'_>> = found
        .iter()
        .map(|found| (std::ptr::from_ref(found.diagnostic), found))
        .collect();
    let of = |diagnostic: &Diagnostic| found.get(&std::ptr::from_ref(diagnostic)).copied();
    let masked = Masked::all(effective);
    let items = located.into_iter().map(|(span, diagnostic)| Item {
        diagnostic: quieted(&masked, span, diagnostic),
        path: of(diagnostic).and_then(|found| found.path),
        outputs: of(diagnostic).map_or(&[][..], |found| &found.outputs),
        location: span.and_then(|span| places.location(span)),
        related: diagnostic
            .related
            .iter()
            .filter_map(|(place, role)| {
                let span = effective.locate(place)?;
                Some((places.location(span)?, role.as_str()))
            })
            .collect(),
        file,
    });
    items.collect()
}

fn machine(format: Output, told: &Told<'_>) -> String {
    match format {
        Output::Sarif => sarif::write(told),
        Output::Github => github::write(told),
        Output::Json | Output::Human => json::write(told),
    }
}
