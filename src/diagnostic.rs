//! What is wrong with the user's input: collected, coded, and tied to a place that only printing looks up.
//!
//! A finding that stops nothing else from being found. What stops the work is an [`Error`](crate::error::Error).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::Hash;

use crate::path::{spell_key, spell_steps};
use crate::yaml::{ReadError, Span};

/// One step of a path through the values tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A key of a map.
    Key(Box<str>),
    /// A position in a list, from 0.
    Index(usize),
}

/// A path through the values tree, such as `valkey.settings.maxmemory` or `tolerations[0].key`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ValuePath(pub Vec<Step>);

impl ValuePath {
    /// Makes a path of keys from its dotted spelling; for keys that contain no dots.
    pub fn of(dotted: &str) -> Self {
        Self(dotted.split('.').map(|key| Step::Key(key.into())).collect())
    }

    /// Returns the path one key deeper.
    pub fn key(mut self, key: &str) -> Self {
        self.0.push(Step::Key(key.into()));
        self
    }

    /// Returns the path one list position deeper.
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Step::Index(index));
        self
    }

    /// Tells whether one of the two paths leads to, or through, the other's end.
    pub fn touches(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a == b)
    }
}

impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |position: usize| match &self.0[position] {
            Step::Key(key) => key.len(),
            Step::Index(_) => 1,
        };
        spell_steps(f, self.0.len(), length, |f, position| {
            match &self.0[position] {
                Step::Key(key) => spell_key(f, position == 0, key),
                Step::Index(index) => write!(f, "[{index}]"),
            }
        })
    }
}

/// Where something is, as far as whoever reports it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The value at a path.
    Value(ValuePath),
    /// The key at the end of a path.
    Key(ValuePath),
    /// A range of a source.
    Span(Span),
}

/// How bad a finding is, the least bad first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing has to change.
    Note,
    /// Somebody should look at it.
    Warning,
    /// It does not work, or will not.
    Error,
}

impl Severity {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is: what keeps a render from being made is an error.
    pub severity: Severity,
    /// Stable, kebab-case.
    pub code: &'static str,
    /// What is wrong, in one lower-case sentence without a full stop; never a secret.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What to say at the place.
    pub label: String,
    /// Other places that took part, and their roles.
    pub related: Vec<(Place, String)>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Makes a finding about the value at a path.
    pub fn value(code: &'static str, path: ValuePath, message: impl Into<String>) -> Self {
        Self::new(code, Place::Value(path), message)
    }

    /// Makes a finding about the key at the end of a path.
    pub fn key(code: &'static str, path: ValuePath, message: impl Into<String>) -> Self {
        Self::new(code, Place::Key(path), message)
    }

    /// Makes a finding about a place.
    pub fn new(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            place,
            label: String::new(),
            related: Vec::new(),
            help: None,
        }
    }

    /// Adds how to mend it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what to say at the place.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds another place that took part, and its role.
    pub fn related(mut self, place: Place, role: impl Into<String>) -> Self {
        self.related.push((place, role.into()));
        self
    }
}

/// Says from where to where a number may go; [`i64::MAX`] is no end.
pub fn range_in_words(least: i64, most: i64) -> String {
    match most {
        i64::MAX => format!("at least {least}"),
        most if most == least => format!("{least}"),
        most => format!("from {least} to {most}"),
    }
}

impl From<ReadError> for Diagnostic {
    fn from(fault: ReadError) -> Self {
        let mut diagnostic = Self::new(fault.code, Place::Span(fault.span), fault.message);
        diagnostic.help = fault.help;
        match fault.related {
            Some((span, role)) => diagnostic.related(Place::Span(span), role),
            None => diagnostic,
        }
    }
}

/// So many findings get the help that is looked for among words: more are not shown, and looking takes time.
pub const MAX_HINTED: usize = 1000;

/// Returns the positions of the items whose key an earlier one has, each with the position of the first that has it. What
/// has no key is like nothing else.
pub fn twins<K: Eq + Hash>(keys: impl IntoIterator<Item = Option<K>>) -> Vec<(usize, usize)> {
    let (mut first, mut twins) = (HashMap::new(), Vec::new());
    for (position, key) in keys.into_iter().enumerate() {
        let Some(key) = key else { continue };
        match first.entry(key) {
            Entry::Occupied(entry) => twins.push((position, *entry.get())),
            Entry::Vacant(entry) => {
                entry.insert(position);
            }
        }
    }
    twins
}

/// Returns the candidate that a misspelt word most likely means.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // A third of the word may be wrong: enough for a swap and a slip, too little to turn one word into another.
    let n_chars = word.chars().count();
    let tolerance = (n_chars / 3).clamp(1, 4);
    // Words of lengths that differ by more are farther apart, and a word may be as long as a file.
    let mut candidates = candidates
        .into_iter()
        .filter(|candidate| candidate.chars().count().abs_diff(n_chars) <= tolerance)
        .peekable();
    candidates.peek()?;
    let word = word.to_lowercase();
    let in_word = letters(&word);
    // A slip takes one letter away and brings one at most.
    let is_far = |in_other: u64| {
        let n_missing = (in_word & !in_other).count_ones();
        n_missing.max((in_other & !in_word).count_ones()) as usize > tolerance
    };
    candidates
        .filter(|candidate| !is_far(letters(candidate)))
        .filter_map(|candidate| {
            let lower = candidate.to_lowercase();
            let distance = strsim::damerau_levenshtein(&word, &lower);
            // The same parts in another order, such as `lru-allkeys`, are one slip.
            let is_turned =
                || word.contains(SEPARATORS) && sorted_parts(&word) == sorted_parts(&lower);
            let distance = if distance > 1 && is_turned() {
                1
            } else {
                distance
            };
            (distance <= tolerance).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The letters of a word's parts without their case, as a set in which some stand for others too.
fn letters(word: &str) -> u64 {
    let with = |set: u64, letter: char| match letter {
        _ if SEPARATORS.contains(&letter) => set,
        _ => set | 1 << (u32::from(letter) % 64),
    };
    let ascii = |letter: u8| char::from(letter.to_ascii_lowercase());
    if word.is_ascii() {
        word.bytes().map(ascii).fold(0, with)
    } else {
        word.chars().flat_map(char::to_lowercase).fold(0, with)
    }
}

/// What stands between the parts of a word.
const SEPARATORS: [char; 3] = ['-', '_', '.'];

fn sorted_parts(word: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = word.split(SEPARATORS).collect();
    parts.sort_unstable();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_path_that_nobody_can_read_the_ends_are_spelled() {
        let keys = ["a", "b", "c"].into_iter().cycle().take(400);
        let short = keys.clone().fold(ValuePath::default(), ValuePath::key);
        assert_eq!(short.to_string().len(), 799);
        let long = "k".repeat(400);
        let deep = short.key(&long).key(&long).index(7).key("end");
        let spelled = deep.to_string();
        assert!(
            spelled.starts_with("a.b.c.a") && spelled.len() < 2000,
            "{spelled}"
        );
        assert!(spelled.contains('…') && spelled.ends_with(&format!(".{long}[7].end")));
        let huge = ValuePath::of("valkey")
            .key(&"k".repeat(5000))
            .key(&"l".repeat(5000));
        assert_eq!(huge.to_string(), format!("valkey….{}", "l".repeat(5000)));
    }

    #[test]
    fn the_nearest_word_is_what_was_meant() {
        let words = [
            "storage",
            "settings",
            "service",
            "allkeys-lru",
            "volatile-lru",
        ];
        for (word, expected) in [
            ("storag", Some("storage")),
            ("stroage", Some("storage")),
            ("SETTINGS", Some("settings")),
            ("lru-allkeys", Some("allkeys-lru")),
            ("persistence", None),
            ("x", None),
        ] {
            assert_eq!(nearest(word, words), expected, "{word}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { cases: 20_000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn what_a_few_slips_make_is_near(word in "[a-dA-D._é-]{0,9}", other in "[a-dA-D._é-]{0,9}") {
            let (from, to) = (word.to_lowercase(), other.to_lowercase());
            let n_chars = word.chars().count();
            let tolerance = (n_chars / 3).clamp(1, 4);
            let parts = sorted_parts(&from);
            let is_turned = parts.len() > 1 && parts == sorted_parts(&to);
            let is_near = other.chars().count().abs_diff(n_chars) <= tolerance
                && (is_turned || strsim::damerau_levenshtein(&from, &to) <= tolerance);
            assert_eq!(nearest(&word, [&*other]).is_some(), is_near);
        }
    }
}
