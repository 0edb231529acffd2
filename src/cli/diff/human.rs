//! Changes for people: by consequence, the worst first.

use std::fmt::Write as _;

use annotate_snippets::normalize_untrusted_str;

use super::Part;
use super::show::{Explained, Row, Told, at_home, counts, lines, sections, values};
use crate::cli::report::{counted, without_controls};
use crate::diff::{Change, Consequence};

const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

pub(super) fn write(parts: &[Part], is_colored: bool) -> String {
    let mut out = String::new();
    for part in parts {
        if !part.outputs.is_empty() {
            heading(&mut out, &clean(&part.outputs.join(", ")), "", is_colored);
        }
        body(&mut out, &part.changes, is_colored);
        line(&mut out, 0, &counts([part]));
        if parts.len() > 1 {
            out.push('\n');
        }
    }
    if parts.len() > 1 {
        line(&mut out, 0, &counts(parts));
    }
    out
}

fn heading(out: &mut String, text: &str, color: &str, is_colored: bool) {
    let (start, end) = if is_colored {
        (format!("{BOLD}{color}"), RESET)
    } else {
        (String::new(), "")
    };
    line(out, 0, &format!("{start}{text}{end}"));
}

fn body(out: &mut String, changes: &[Change], is_colored: bool) {
    let sections = sections(changes);
    let (mut told, at_home) = (Told::default(), at_home(changes));
    for (consequence, groups) in &sections {
        heading(out, consequence.name(), color(*consequence), is_colored);
        for group in groups {
            for row in group.rows() {
                match row {
                    Row::Change(object, change) => tell(out, &object, change),
                    Row::More(object, text, n) => line(
                        out,
                        2,
                        &clean(&format!("{object} {text}: {} more", counted(n, "place"))),
                    ),
                }
            }
            for effect in &group.effects {
                if let Some(explained) = told.explain(effect, *consequence, &at_home) {
                    explain(out, &explained);
                }
            }
        }
        out.push('\n');
    }
}

fn color(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::DataRisk | Consequence::Refused => "\x1b[31m",
        Consequence::Orphan | Consequence::Recreate | Consequence::Restart => "\x1b[33m",
        Consequence::None => "\x1b[32m",
    }
}

fn tell(out: &mut String, object: &str, change: &Change) {
    let place = match change.path() {
        Some(path) => format!("{object} {path}"),
        None => object.to_owned(),
    };
    if let Some((old, new)) = lines(change) {
        line(out, 2, &clean(&format!("{place}:")));
        for (mark, text) in old
            .iter()
            .map(|text| ('-', text))
            .chain(new.iter().map(|text| ('+', text)))
        {
            line(out, 4, &clean(&format!("{mark} {text}")));
        }
        return;
    }
    let what = match values(change) {
        Ok((old, new)) => format!("{old} → {new}"),
        Err(what) => what.to_owned(),
    };
    line(out, 2, &clean(&format!("{place}: {what}")));
}

fn explain(out: &mut String, explained: &Explained<'_>) {
    let name = match explained.other {
        Some(name) => format!("{name}: "),
        None => String::new(),
    };
    line(out, 4, &clean(&format!("{name}{}", explained.why)));
    for step in explained.steps {
        line(out, 6, &clean(step));
    }
}

/// Takes the power over a terminal from a text.
fn clean(text: &str) -> String {
    without_controls(&normalize_untrusted_str(text))
}

fn line(out: &mut String, indent: usize, text: &str) {
    writeln!(out, "{:indent$}{text}", "").expect("a String takes everything");
}
