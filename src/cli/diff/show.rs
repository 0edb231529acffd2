//! A change in words that every format shares: what it is called, what it was, what comes of it.

use std::collections::BTreeSet;

use crate::cli::report::counted;
use crate::diff::{Change, Consequence, Effect, Path, Segment, What};
use crate::kube::quantity::binary;
use crate::yaml::Value;

/// Longest value that is shown, in characters.
const MAX_VALUE: usize = 120;

/// What stands for a field that is not there.
const ABSENT: &str = "(none)";

/// Changes that have the same consequences.
pub(super) struct Group<'c> {
    pub(super) effects: &'c [Effect],
    pub(super) changes: Vec<&'c Change>,
}

/// Returns the changes of one consequence, those with the same effects together.
pub(super) fn groups(changes: &[Change], consequence: Consequence) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for change in changes
        .iter()
        .filter(|change| change.consequence() == consequence)
    {
        match groups
            .iter_mut()
            .find(|group| group.effects == change.effects)
        {
            Some(group) => group.changes.push(change),
            None => groups.push(Group {
                effects: &change.effects,
                changes: vec![change],
            }),
        }
    }
    // What has to be said comes before what speaks for itself.
    groups.sort_by_key(|group| group.effects.is_empty());
    groups
}

/// Fewest objects with the same change that are told of in one line.
const MIN_FOLDED: usize = 3;

impl<'c> Group<'c> {
    /// Returns the changes, those that are the same in several objects once, each with what to call its objects.
    pub(super) fn folded(&self) -> Vec<(String, &'c Change)> {
        let mut folded: Vec<(usize, &Change)> = Vec::new();
        for change in &self.changes {
            let same = folded
                .iter_mut()
                .find(|(_, other)| change.path().is_some() && other.what == change.what);
            match same {
                Some((n, _)) => *n += 1,
                None => folded.push((1, change)),
            }
        }
        let mut told = Vec::new();
        for (n, first) in folded {
            if n >= MIN_FOLDED {
                told.push((format!("{n} objects"), first));
                continue;
            }
            let same = self
                .changes
                .iter()
                .filter(|change| change.what == first.what)
                .filter(|change| first.path().is_some() || change.object == first.object);
            told.extend(same.map(|change| (change.object.to_string(), *change)));
        }
        told
    }
}

/// Which reasons stand under the heading of their own consequence, so that other places can point there.
pub(super) fn at_home(changes: &[Change]) -> BTreeSet<&str> {
    changes
        .iter()
        .flat_map(|change| {
            let heading = change.consequence();
            change
                .effects
                .iter()
                .filter(move |effect| effect.consequence == heading)
        })
        .map(|effect| effect.why.as_str())
        .collect()
}

/// What has been said.
#[derive(Default)]
pub(super) struct Told<'e> {
    whys: BTreeSet<&'e str>,
    steps: BTreeSet<&'e [String]>,
}

/// A consequence as it is told: the words, and the commands unless they were given before.
pub(super) struct Explained<'e> {
    /// What to call the consequence, where it is not that of the heading.
    pub(super) other: Option<&'static str>,
    pub(super) why: &'e str,
    pub(super) steps: &'e [String],
}

impl<'e> Told<'e> {
    /// Returns how to tell of an effect under a heading: once in full, and at its own heading where it has one.
    pub(super) fn explain(
        &mut self,
        effect: &'e Effect,
        heading: Consequence,
        at_home: &BTreeSet<&str>,
    ) -> Option<Explained<'e>> {
        if effect.why.is_empty() {
            return None;
        }
        let is_elsewhere = effect.consequence != heading;
        let other = is_elsewhere.then_some(match effect.consequence {
            Consequence::None => "note",
            consequence => consequence.name(),
        });
        if is_elsewhere && at_home.contains(&*effect.why) && !self.whys.contains(&*effect.why) {
            return Some(Explained {
                other,
                why: "see below",
                steps: &[],
            });
        }
        let why = if self.whys.insert(&effect.why) {
            &effect.why
        } else {
            "as above"
        };
        let is_new = self.steps.insert(&effect.steps);
        let steps = if is_new { effect.steps.as_slice() } else { &[] };
        Some(Explained { other, why, steps })
    }
}

/// Counts the changes by consequence, the worst first: `1 data risk, 2 restart`.
pub(super) fn counts(changes: &[Change]) -> String {
    let counts: Vec<String> = Consequence::ALL
        .iter()
        .rev()
        .map(|consequence| {
            let n = changes
                .iter()
                .filter(|change| change.consequence() == *consequence)
                .count();
            (consequence, n)
        })
        .filter(|(_, n)| *n > 0)
        .map(|(consequence, n)| format!("{n} {}", consequence.name()))
        .collect();
    format!(
        "{}: {}",
        counted(changes.len(), "change"),
        counts.join(", ")
    )
}

/// Returns the lines of a change to a text of several lines: those that are gone, those that are new.
pub(super) fn lines<'c>(change: &'c Change) -> Option<(Vec<&'c str>, Vec<&'c str>)> {
    let What::Field {
        path,
        old,
        new,
        is_secret: false,
        ..
    } = &change.what
    else {
        return None;
    };
    if !matches!(path.0.last(), Some(Segment::Line(_))) {
        return None;
    }
    let text =
        |value: &'c Option<Value>| value.as_ref().and_then(Value::as_str).unwrap_or_default();
    Some((text(old).lines().collect(), text(new).lines().collect()))
}

/// Returns what was and what is, or what happened where there are no two values to show.
pub(super) fn values(change: &Change) -> Result<(String, String), &'static str> {
    match &change.what {
        What::Created => Err("new"),
        What::Gone => Err("gone"),
        What::Form { .. } => Err("comments, blank lines or order"),
        What::Field {
            old,
            new,
            is_secret: true,
            ..
        } => Err(match (old, new) {
            (None, _) => "set",
            (_, None) => "removed",
            _ => "changed",
        }),
        What::Field {
            path,
            old,
            is_kept: true,
            ..
        } => Ok(short(&shown(path, old), "(not rendered)")),
        What::Field { path, old, new, .. } => Ok(short(&shown(path, old), &shown(path, new))),
    }
}

fn shown(path: &Path, value: &Option<Value>) -> String {
    let text = match value {
        None => return ABSENT.to_owned(),
        Some(Value::String(text)) if is_plain(text) => text.clone(),
        Some(value) => value.to_json(),
    };
    let is_directive = matches!(path.0.last(), Some(Segment::Directive(_)));
    match text.parse::<u64>() {
        Ok(bytes) if is_directive && bytes >= 1 << 20 => format!("{text} ({})", binary(bytes)),
        _ => text,
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.contains(char::is_control)
}

/// Cuts two texts that are long: to where they differ, with a little before it.
fn short(old: &str, new: &str) -> (String, String) {
    const BEFORE: usize = 30;
    let is_long = |text: &str| text.chars().count() > MAX_VALUE;
    if !is_long(old) && !is_long(new) {
        return (old.to_owned(), new.to_owned());
    }
    let n_common = old
        .chars()
        .zip(new.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let skip = n_common.saturating_sub(BEFORE);
    let cut = |text: &str| {
        let start = if skip > 0 { "…" } else { "" };
        let shown: String = text.chars().skip(skip).take(MAX_VALUE).collect();
        let end = if text.chars().count() > skip + MAX_VALUE {
            "…"
        } else {
            ""
        };
        format!("{start}{shown}{end}")
    };
    (cut(old), cut(new))
}
