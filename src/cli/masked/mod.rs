//! What is shown of a source without its secrets: its text, for excerpts, and what is said of a place in it. It must not
//! decide what a secret is.

mod lines;
mod places;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use places::Hidden;

use crate::diagnostic::Diagnostic;
use crate::error::escaped;
use crate::values::Source;
use crate::values::merge::Effective;
use crate::values::secrecy::{MASK, logins};
use crate::yaml::{Node, Span};

/// What stands for each character of a secret.
const STAR: char = '*';

/// The text of a source with its secrets masked, and how positions in the two texts correspond.
pub(super) struct Masked<'s> {
    original: &'s str,
    pub(super) name: String,
    pub(super) text: String,
    /// Masked ranges, in their order.
    cuts: Vec<Cut>,
}

/// A masked range.
struct Cut {
    /// Where it begins and ends in the original.
    original: Range<usize>,
    /// Where what stands for it begins and ends.
    masked: Range<usize>,
    has_keys: bool,
}

impl<'s> Masked<'s> {
    /// Masks every source of the values.
    pub(super) fn all(effective: &'s Effective) -> Vec<Self> {
        let sources = effective.sources.iter().enumerate();
        sources
            .map(|(number, source)| Self::new(number, source, &effective.tree))
            .collect()
    }

    fn new(number: usize, source: &'s Source, tree: &Node) -> Self {
        let original = &source.text;
        let mut secrets = places::secrets(number, source, tree);
        secrets.extend(logins(original).into_iter().map(Hidden::without_keys));
        secrets.retain(|hidden| hidden.start < hidden.end && hidden.end <= original.len());
        secrets.sort_unstable();
        secrets.dedup_by(|next, last| {
            let is_one = next.start < last.end;
            if is_one {
                last.end = last.end.max(next.end);
                last.has_keys |= next.has_keys;
            }
            is_one
        });
        let mut masked = Self {
            original,
            name: escaped(&source.origin.name()),
            text: String::with_capacity(original.len()),
            cuts: Vec::new(),
        };
        let mut copied = 0;
        for Hidden {
            start,
            end,
            has_keys,
        } in secrets
        {
            masked.text += &original[copied..start];
            let masked_start = masked.text.len();
            // As long as the secret is, so that lines and columns behind it keep their numbers.
            masked.text.extend(
                original[start..end]
                    .chars()
                    .map(|c| if c == '\n' { c } else { STAR }),
            );
            masked.cuts.push(Cut {
                original: start..end,
                masked: masked_start..masked.text.len(),
                has_keys,
            });
            copied = end;
        }
        masked.text += &original[copied..];
        masked
    }

    /// Where a position of the original is in the masked text.
    pub(super) fn position(&self, original: u32) -> usize {
        let original = original as usize;
        let behind = self
            .cuts
            .partition_point(|cut| cut.original.start < original);
        let position = match behind.checked_sub(1).and_then(|last| self.cuts.get(last)) {
            Some(cut) if original < cut.original.end => {
                let before = self.original.get(cut.original.start..original);
                // A star a character.
                cut.masked.start + before.map_or(0, |before| before.chars().count())
            }
            Some(cut) => cut.masked.end + (original - cut.original.end),
            None => original,
        };
        self.text.floor_char_boundary(position)
    }

    /// Returns what is masked where a place begins, or ends with it, if findings may quote it.
    fn secret_at(&self, place: Span) -> Option<&'s str> {
        let (start, end) = (place.start as usize, place.end as usize);
        let first = self.cuts.partition_point(|cut| cut.original.end <= start);
        let cut = self.cuts.get(first).filter(|cut| cut.has_keys)?;
        let range = cut.original.clone();
        let is_there = range.start <= start || range.start < end && range.end >= end;
        is_there.then(|| &self.original[range])
    }
}

/// Returns an argument that sets a secret as it was typed and as it is shown.
pub(super) fn argument(typed: &str) -> Option<(&str, String)> {
    let (name, value) = typed.split_once('=')?;
    let is_secret = !value.is_empty() && lines::is_secret_text(name);
    is_secret.then(|| (typed, format!("{name}={MASK}")))
}

/// Masks in a finding what it quotes of a secret at its place.
pub(super) fn quieted<'f>(
    sources: &[Masked<'_>],
    place: Option<Span>,
    finding: &'f Diagnostic,
) -> Cow<'f, Diagnostic> {
    let secret = place.and_then(|place| {
        let source = sources.get(place.source as usize)?;
        source.secret_at(place)
    });
    let Some(secret) = secret else {
        return Cow::Borrowed(finding);
    };
    let mut finding = finding.clone();
    finding.message = without_words(&finding.message, secret);
    finding.label = without_words(&finding.label, secret);
    finding.help = finding.help.map(|help| without_words(&help, secret));
    Cow::Owned(finding)
}

/// Masks the words of a secret between backticks.
fn without_words(said: &str, secret: &str) -> String {
    let is_end = |c: char| c.is_whitespace() || ".,:=?[]{}\"'`".contains(c);
    let words: HashSet<&str> = secret.split(is_end).collect();
    // What is spelled with escapes is quoted without them.
    let is_spelled_otherwise = secret.contains(['\\', '\'']);
    let quoted = |piece: &str| {
        let parts = piece.split_inclusive(is_end).map(|part| {
            let word = part.trim_end_matches(is_end);
            let is_secret = is_spelled_otherwise || words.contains(word);
            if word.is_empty() || !is_secret {
                return part.to_owned();
            }
            format!("{MASK}{}", &part[word.len()..])
        });
        parts.collect::<String>()
    };
    let pieces = said.split('`').enumerate().map(|(index, piece)| {
        if index % 2 == 0 {
            piece.to_owned()
        } else {
            quoted(piece)
        }
    });
    pieces.collect::<Vec<_>>().join("`")
}
