//! Changes for people: by consequence, the worst first.

use std::fmt::Write as _;

use annotate_snippets::normalize_untrusted_str;

use super::show::{Explained, Told, at_home, counts, groups, lines, values};
use crate::diff::{Change, Consequence};

const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

pub(super) fn write(changes: &[Change], is_colored: bool) -> String {
    let mut out = String::new();
    if changes.is_empty() {
        return out;
    }
    let (mut told, at_home) = (Told::default(), at_home(changes));
    for consequence in Consequence::ALL.into_iter().rev() {
        let groups = groups(changes, consequence);
        if groups.is_empty() {
            continue;
        }
        let (start, end) = if is_colored {
            (format!("{BOLD}{}", color(consequence)), RESET)
        } else {
            (String::new(), "")
        };
        line(&mut out, 0, &format!("{start}{}{end}", consequence.name()));
        for group in &groups {
            for (object, change) in group.folded() {
                tell(&mut out, &object, change);
            }
            for effect in group.effects {
                if let Some(explained) = told.explain(effect, consequence, &at_home) {
                    explain(&mut out, &explained);
                }
            }
        }
        out.push('\n');
    }
    out += &counts(changes);
    out.push('\n');
    out
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
    normalize_untrusted_str(text)
}

fn line(out: &mut String, indent: usize, text: &str) {
    writeln!(out, "{:indent$}{text}", "").expect("a String takes everything");
}
