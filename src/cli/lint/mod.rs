//! `cachegen lint`: opinions about values and what comes of them, for people and for programs.

mod github;
mod json;
mod rules;
mod sarif;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::Verdict;
use super::inputs::{InputArgs, Inputs, Stop};
use super::masked::{Masked, quieted};
use super::output::Console;
use super::project::Planned;
use super::report::{self, Known, Location, Places, counted};
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
    drop_repeated(&mut linted);
    let text = match args.output {
        Output::Human => linted
            .iter()
            .map(|render| render.human(console.colors_data()))
            .collect(),
        format => {
            let found = linted.iter().map(|render| {
                let effective = &render.inputs.effective;
                (pairs(&render.findings).collect(), effective)
            });
            let n_waived = linted.iter().map(|render| render.n_waived).sum();
            machine(format, &told(found, n_waived))
        }
    };
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
        findings: waived.findings,
        n_waived,
    })
}

/// What is found at one place of a file that several renders share is found once; and a waiver in it is unused where it
/// is in none of them.
fn drop_repeated(linted: &mut [Linted]) {
    drop_used_elsewhere(linted);
    let mut known = Known::default();
    for Linted {
        inputs, findings, ..
    } in linted
    {
        let places = Places::new(&inputs.effective);
        findings.retain(|finding| known.is_new(&finding.diagnostic, &places));
    }
}

/// Drops what is said of waivers that another render of the same file uses.
fn drop_used_elsewhere(linted: &mut [Linted]) {
    let (mut n_unused, mut n_renders) = (BTreeMap::new(), BTreeMap::new());
    for render in linted.iter() {
        let sources = &render.inputs.effective.sources;
        let files: BTreeSet<&Path> = sources
            .iter()
            .filter_map(|source| source.origin.named_file())
            .collect();
        for file in files {
            *n_renders.entry(file.to_owned()).or_insert(0) += 1;
        }
        let places = Places::new(&render.inputs.effective);
        for finding in &render.findings {
            if let Some(place) = unused(finding, &places) {
                *n_unused.entry(place).or_insert(0) += 1;
            }
        }
    }
    for render in linted {
        let places = Places::new(&render.inputs.effective);
        render.findings.retain(|finding| {
            unused(finding, &places)
                .is_none_or(|place| n_unused.get(&place) == n_renders.get(&place.0))
        });
    }
}

/// Returns the file and the line of a waiver of which it is said that it is unused.
fn unused(finding: &Finding, places: &Places<'_>) -> Option<(PathBuf, usize)> {
    if finding.diagnostic.code != "unused-waiver" {
        return None;
    }
    let location = places.of(&finding.diagnostic)?;
    let file = location.origin.named_file()?;
    Some((file.to_owned(), location.line))
}

/// A finding and the value that it is about, unless it is about none.
type Found<'f> = (&'f Diagnostic, Option<&'f ValuePath>);

fn pairs(findings: &[Finding]) -> impl Iterator<Item = Found<'_>> {
    findings.iter().map(|finding| {
        let path = Some(&finding.path).filter(|path| !path.0.is_empty());
        (&finding.diagnostic, path)
    })
}

impl Linted {
    fn human(&self, is_colored: bool) -> String {
        human(
            &pairs(&self.findings).collect::<Vec<_>>(),
            &self.inputs.effective,
            self.n_waived,
            is_colored,
        )
    }
}

/// Returns what was found in one render as a format writes it.
pub fn text(format: Output, waived: &Waived, effective: &Effective, is_colored: bool) -> String {
    let found: Vec<_> = pairs(&waived.findings).collect();
    match format {
        Output::Human => human(&found, effective, waived.n_waived, is_colored),
        format => machine(format, &told([(found, effective)], waived.n_waived)),
    }
}

/// What keeps the values from being rendered is told to programs too: they show it where it stands.
fn refuse(output: Output, stops: Vec<Stop>, console: &mut Console) -> Result<Stop, Stop> {
    if output == Output::Human {
        return Ok(project::last(stops, console));
    }
    let found = stops.iter().filter_map(|stop| match stop {
        Stop::Findings(findings, effective) => {
            let found = findings.iter().map(|finding| (finding, None)).collect();
            Some((found, &**effective))
        }
        Stop::Error(_) => None,
    });
    let told = told(found, 0);
    if !told.items.is_empty() {
        console.data(&machine(output, &told))?;
    }
    drop(told);
    Ok(project::last(stops, console))
}

fn human(found: &[Found<'_>], effective: &Effective, n_waived: usize, is_colored: bool) -> String {
    if found.is_empty() {
        return String::new();
    }
    let located = located(found, effective);
    let counts = Counts::of(&located);
    let located = worst(located, report::MAX_SHOWN);
    let n_shown = located.len();
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
}

/// A finding and where it is.
type Located<'f> = (Option<Span>, &'f Diagnostic);

/// Puts findings in the order of their places, each once.
fn located<'f>(found: &[Found<'f>], effective: &Effective) -> Vec<Located<'f>> {
    report::in_order(found.iter().map(|(diagnostic, _)| *diagnostic), effective)
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

fn told<'f>(
    renders: impl IntoIterator<Item = (Vec<Found<'f>>, &'f Effective)>,
    n_waived: usize,
) -> Told<'f> {
    let (mut items, mut counts) = (Vec::new(), Counts([0; 3]));
    for (found, effective) in renders {
        let located = located(&found, effective);
        for (sum, number) in counts.0.iter_mut().zip(Counts::of(&located).0) {
            *sum += number;
        }
        items.extend(self::items(worst(located, MAX_TOLD), &found, effective));
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
    found: &[Found<'f>],
    effective: &'f Effective,
) -> Vec<Item<'f>> {
    let files = effective.sources.iter();
    let file = files.rev().find_map(|source| source.origin.named_file());
    let places = Places::new(effective);
    let paths: BTreeMap<*const Diagnostic, &ValuePath> = found
        .iter()
        .filter_map(|(diagnostic, path)| Some((std::ptr::from_ref(*diagnostic), (*path)?)))
        .collect();
    let masked = Masked::all(effective);
    let items = located.into_iter().map(|(span, diagnostic)| Item {
        diagnostic: quieted(&masked, span, diagnostic),
        path: paths.get(&std::ptr::from_ref(diagnostic)).copied(),
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
