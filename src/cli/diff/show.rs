//! A change in words that every format shares: what it is called, what it was, what comes of it.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::Part;
use crate::cli::report::counted;
use crate::diff::{Change, Consequence, Effect, Path, Segment, What};
use crate::kube::quantity::binary;
use crate::yaml::{Value, write};

/// Longest value that is shown, in characters.
const MAX_VALUE: usize = 120;

/// What stands for a field that is not there.
const ABSENT: &str = "(none)";

/// Changes of which the same is to be said.
pub(super) struct Group<'c> {
    /// What comes of them; the commands are those of all of them.
    pub(super) effects: Vec<Effect>,
    pub(super) changes: Vec<&'c Change>,
}

/// Returns the changes by their consequence, the worst first.
pub(super) fn sections(changes: &[Change]) -> Vec<(Consequence, Vec<Group<'_>>)> {
    Consequence::ALL
        .into_iter()
        .rev()
        .map(|consequence| (consequence, groups(changes, consequence)))
        .filter(|(_, groups)| !groups.is_empty())
        .collect()
}

/// Returns the changes of one consequence, those of which the same is said together.
fn groups(changes: &[Change], consequence: Consequence) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let says_the_same = |one: &[Effect], other: &[Effect]| {
        one.len() == other.len()
            && one
                .iter()
                .zip(other)
                .all(|(one, other)| (one.consequence, &one.why) == (other.consequence, &other.why))
    };
    for change in changes
        .iter()
        .filter(|change| change.consequence() == consequence)
    {
        match groups
            .iter_mut()
            .find(|group| says_the_same(&group.effects, &change.effects))
        {
            Some(group) => {
                for (effect, other) in group.effects.iter_mut().zip(&change.effects) {
                    if effect.steps != other.steps {
                        let is_new = |step: &&String| !effect.steps.contains(step);
                        let new: Vec<String> = other.steps.iter().filter(is_new).cloned().collect();
                        effect.steps.extend(new);
                    }
                }
                group.changes.push(change);
            }
            None => groups.push(Group {
                effects: change.effects.clone(),
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

/// Most places of one text that are told, where nothing comes of them.
const MAX_PLACES: usize = 3;

/// One or more changes as they are told.
pub(super) enum Row<'c> {
    /// A change, and what to call its objects.
    Change(String, &'c Change),
    /// Further places of a text.
    More(String, Path, usize),
}

impl<'c> Group<'c> {
    /// Returns the changes, those that are the same in several objects once.
    pub(super) fn rows(&self) -> Vec<Row<'c>> {
        let mut folded: Vec<Vec<&'c Change>> = Vec::new();
        let mut known: HashMap<String, Vec<usize>> = HashMap::new();
        for change in &self.changes {
            let Some(path) = change.path() else {
                folded.push(vec![change]);
                continue;
            };
            let at_path = known.entry(path.to_string()).or_default();
            let same = at_path
                .iter()
                .find(|at| folded[**at][0].what == change.what);
            match same {
                Some(at) => folded[*at].push(change),
                None => {
                    at_path.push(folded.len());
                    folded.push(vec![change]);
                }
            }
        }
        let mut rows: Vec<Row<'c>> = Vec::new();
        for changes in folded {
            if changes.len() >= MIN_FOLDED {
                rows.push(Row::Change(
                    format!("{} objects", changes.len()),
                    changes[0],
                ));
                continue;
            }
            for change in changes {
                match self.text(change) {
                    Some(text) if self.is_enough(&rows, change, &text) => match rows.last_mut() {
                        Some(Row::More(_, _, n)) => *n += 1,
                        _ => rows.push(Row::More(change.object.to_string(), text, 1)),
                    },
                    _ => rows.push(Row::Change(change.object.to_string(), change)),
                }
            }
        }
        rows
    }

    /// Returns the text in which a change is that has no consequence.
    fn text(&self, change: &Change) -> Option<Path> {
        let path = change.path().filter(|_| self.effects.is_empty())?;
        let (last, text) = path.0.split_last()?;
        matches!(last, Segment::Line(_)).then(|| Path(text.to_vec()))
    }

    /// Tells whether enough of the places of a text were told.
    fn is_enough(&self, rows: &[Row<'_>], change: &Change, text: &Path) -> bool {
        let told = |row: &&Row<'_>| match row {
            Row::Change(_, other) => {
                other.object == change.object && self.text(other).as_ref() == Some(text)
            }
            Row::More(..) => false,
        };
        rows.iter().filter(told).count() >= MAX_PLACES
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
    steps: BTreeSet<(&'e str, &'e [String])>,
}

/// A consequence as it is told: the words, and the commands unless they were given before.
pub(super) struct Explained<'e> {
    /// What to call the consequence, where it is not that of the heading.
    pub(super) other: Option<&'static str>,
    pub(super) why: Cow<'e, str>,
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
                why: "see below".into(),
                steps: &[],
            });
        }
        let why = match (self.whys.insert(&effect.why), effect.why.split_once(": ")) {
            (false, Some((what, _))) => format!("{what}, as above").into(),
            _ => effect.why.as_str().into(),
        };
        let is_new = self.steps.insert((&effect.why, &effect.steps));
        let steps = if is_new { effect.steps.as_slice() } else { &[] };
        Some(Explained { other, why, steps })
    }
}

/// Counts the changes of all outputs by consequence, the worst first: `3 changes: 1 data risk, 2 restart in 2 outputs`.
pub(super) fn counts<'p>(parts: impl IntoIterator<Item = &'p Part>) -> String {
    let parts: Vec<&Part> = parts.into_iter().collect();
    let n_outputs: usize = parts.iter().map(|part| part.n_outputs()).sum();
    let changes: Vec<&Change> = parts
        .iter()
        .flat_map(|part| part.of_all_outputs())
        .collect();
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
    let places = match n_outputs {
        0 | 1 => String::new(),
        n => format!(" in {}", counted(n, "output")),
    };
    format!(
        "{}: {}{places}",
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

/// Returns the texts of a change that does not fit into a line, as YAML where they are no texts.
pub(super) fn block(change: &Change) -> Option<(String, String)> {
    let What::Field {
        old,
        new,
        is_secret: false,
        is_kept: false,
        ..
    } = &change.what
    else {
        return None;
    };
    let is_long = |value: &Option<Value>| match value {
        Some(Value::String(text)) => text.chars().count() > MAX_VALUE,
        Some(value) => value.to_json().chars().count() > MAX_VALUE,
        None => false,
    };
    let text = |value: &Option<Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => {
            let mut text = String::new();
            write(value, &mut text, &|_| false);
            text
        }
        None => String::new(),
    };
    let is_line = matches!(change.path()?.0.last(), Some(Segment::Line(_)));
    (!is_line && (is_long(old) || is_long(new))).then(|| (text(old), text(new)))
}

/// Returns what was and what is, or what happened where there are no two values to show.
pub(super) fn values(change: &Change) -> Result<(String, String), &'static str> {
    match &change.what {
        What::Created(_) => Err("new"),
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
