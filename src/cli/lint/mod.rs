//! `cachegen lint`: opinions about values and what comes of them, for people and for programs.

mod github;
mod json;
mod sarif;

pub(super) use json::map;

use clap::ValueEnum;

use super::Verdict;
use super::inputs::{InputArgs, Inputs, Stop};
use super::output::Console;
use super::report::{self, Location, counted};
use crate::diagnostic::{Diagnostic, Severity, ValuePath, nearest};
use crate::error::Error;
use crate::lint::{self, Rule, Subject};
use crate::render::render;
use crate::template::Templates;
use crate::values::merge::Effective;

/// Say what should be otherwise in the values of a cache tier
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: InputArgs,
    /// What to write findings as
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
    /// Least severity that makes the exit code 1
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// Code whose findings are left out; several with commas
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    allow: Vec<String>,
    /// Say what a code finds, why, and how to mend it
    #[arg(long, value_name = "CODE", conflicts_with = "list")]
    explain: Option<String>,
    /// List the codes
    #[arg(long)]
    list: bool,
}

/// What findings are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Output {
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
    diagnostic: &'f Diagnostic,
    /// The value that it is about, unless it is about none.
    path: Option<&'f ValuePath>,
    location: Option<Location<'f>>,
    related: Vec<(Location<'f>, &'f str)>,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Verdict, Stop> {
    if args.list {
        console.data(&list())?;
        return Ok(Verdict::Fine);
    }
    if let Some(code) = &args.explain {
        console.data(&explain(rule(code, "--explain")?))?;
        return Ok(Verdict::Fine);
    }
    for code in &args.allow {
        rule(code, "--allow")?;
    }
    let inputs = match args.inputs.resolve() {
        Ok(inputs) => inputs,
        Err(stop) => return Err(refuse(args.output, stop, console)?),
    };
    let manifest = match render(&inputs.tier, &Templates::default()) {
        Ok(manifest) => manifest,
        Err(failure) => return Err(inputs.stop(failure)),
    };
    let Inputs {
        tier,
        effective,
        values,
        kube_version,
    } = &inputs;
    let subject = Subject {
        effective,
        values,
        tier,
        manifest: &manifest,
        kube_version: *kube_version,
    };
    let mut waived = lint::lint(&subject);
    let n_found = waived.findings.len();
    waived.findings.retain(|finding| {
        !args
            .allow
            .iter()
            .any(|code| code == finding.diagnostic.code)
    });
    let n_waived = waived.n_waived + n_found - waived.findings.len();
    let found: Vec<(&Diagnostic, Option<&ValuePath>)> = waived
        .findings
        .iter()
        .map(|finding| {
            let path = Some(&finding.path).filter(|path| !path.0.is_empty());
            (&finding.diagnostic, path)
        })
        .collect();
    let text = match args.output {
        Output::Human => human(&found, effective, n_waived, console.colors_data()),
        format => machine(format, &found, effective, n_waived),
    };
    console.data(&text)?;
    let is_found = found
        .iter()
        .any(|(diagnostic, _)| args.fail_on.is_met_by(diagnostic.severity));
    Ok(if is_found {
        Verdict::Found
    } else {
        Verdict::Fine
    })
}

/// What keeps the values from being rendered is told to programs too: they show it where it stands.
fn refuse(output: Output, stop: Stop, console: &mut Console) -> Result<Stop, Error> {
    if let (Stop::Findings(findings, effective), true) = (&stop, output != Output::Human) {
        let found: Vec<(&Diagnostic, Option<&ValuePath>)> =
            findings.iter().map(|finding| (finding, None)).collect();
        console.data(&machine(output, &found, effective, 0))?;
    }
    Ok(stop)
}

fn rule(code: &str, flag: &str) -> Result<&'static Rule, Error> {
    lint::find(code).ok_or_else(|| Error::Usage {
        message: format!("{flag}: there is no rule `{code}`"),
        help: Some(match nearest(code, lint::rules().map(|rule| rule.code)) {
            Some(code) => format!("a rule with a similar name exists: `{code}`"),
            None => "`cachegen lint --list` lists them".to_owned(),
        }),
    })
}

fn list() -> String {
    let width = lint::rules().map(|rule| rule.code.len()).max().unwrap_or(0);
    lint::rules()
        .map(|rule| {
            format!(
                "{:width$}  {:7}  {}\n",
                rule.code,
                rule.severity.name(),
                rule.what
            )
        })
        .collect()
}

fn explain(rule: &Rule) -> String {
    format!(
        "{} ({}): {}\n\n{}\nfix: {}\n",
        rule.code,
        rule.severity,
        rule.what,
        wrapped(rule.why, 100),
        rule.fix
    )
}

/// Breaks a text into lines of at most so many characters.
fn wrapped(text: &str, width: usize) -> String {
    let (mut out, mut length) = (String::new(), 0);
    for word in text.split_whitespace() {
        let n_characters = word.chars().count();
        if length > 0 && length + 1 + n_characters > width {
            out.push('\n');
            length = 0;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += n_characters;
    }
    out.push('\n');
    out
}

fn human(
    found: &[(&Diagnostic, Option<&ValuePath>)],
    effective: &Effective,
    n_waived: usize,
    is_colored: bool,
) -> String {
    if found.is_empty() {
        return String::new();
    }
    let located = report::in_order(found.iter().map(|(diagnostic, _)| *diagnostic), effective);
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
    let mut counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (severity, count(found, severity)))
        .filter(|(_, number)| *number > 0)
        .map(|(severity, number)| counted(number, severity.name()))
        .collect();
    if n_waived > 0 {
        counts.push(format!("{n_waived} waived"));
    }
    out += &counts.join(", ");
    out.push('\n');
    out
}

fn count(found: &[(&Diagnostic, Option<&ValuePath>)], severity: Severity) -> usize {
    found
        .iter()
        .filter(|(diagnostic, _)| diagnostic.severity == severity)
        .count()
}

fn machine(
    format: Output,
    found: &[(&Diagnostic, Option<&ValuePath>)],
    effective: &Effective,
    n_waived: usize,
) -> String {
    let items: Vec<Item<'_>> =
        report::in_order(found.iter().map(|(diagnostic, _)| *diagnostic), effective)
            .into_iter()
            .map(|(span, diagnostic)| Item {
                diagnostic,
                path: found
                    .iter()
                    .find(|(other, _)| std::ptr::eq(*other, diagnostic))
                    .and_then(|(_, path)| *path),
                location: span.and_then(|span| report::location(span, effective)),
                related: diagnostic
                    .related
                    .iter()
                    .filter_map(|(place, role)| {
                        let span = effective.locate(place)?;
                        Some((report::location(span, effective)?, role.as_str()))
                    })
                    .collect(),
            })
            .collect();
    match format {
        Output::Sarif => sarif::write(&items),
        Output::Github => github::write(&items),
        Output::Json | Output::Human => json::write(&items, n_waived),
    }
}
