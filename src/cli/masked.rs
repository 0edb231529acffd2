//! The text of a source without its secrets, for excerpts. It must not decide what a secret is.

use std::ops::Range;

use crate::diagnostic::ValuePath;
use crate::error::escaped;
use crate::values::Source;
use crate::values::layer::Origin;
use crate::values::secrecy::{Secret, is_secret, is_secret_name, logins, secret_in, told, visit};
use crate::values::set::{self, Edit};
use crate::yaml::{self, Content, Entry, Node, Span};

/// What stands for each character of a secret.
const MASK: char = '*';

/// The text of a source with its secrets masked, and how positions in the two texts correspond.
pub(super) struct Masked {
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
}

impl Masked {
    pub(super) fn new(number: usize, source: &Source, tree: &Node) -> Self {
        let original = &source.text;
        let mut secrets = secrets(number, source, tree);
        secrets.extend(logins(original));
        secrets.sort_unstable();
        let mut masked = Self {
            name: escaped(&source.origin.name()),
            text: String::with_capacity(original.len()),
            cuts: Vec::new(),
        };
        let mut copied = 0;
        for (start, end) in secrets {
            let start = start.max(copied);
            if end <= start || end > original.len() {
                continue;
            }
            masked.text += &original[copied..start];
            let masked_start = masked.text.len();
            // As long as the secret is, so that lines and columns behind it keep their numbers.
            masked.text.extend(
                original[start..end]
                    .chars()
                    .map(|c| if c == '\n' { c } else { MASK }),
            );
            masked.cuts.push(Cut {
                original: start..end,
                masked: masked_start..masked.text.len(),
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
            Some(cut) if original < cut.original.end => cut.masked.start,
            Some(cut) => cut.masked.end + (original - cut.original.end),
            None => original,
        };
        let mut position = position.min(self.text.len());
        while !self.text.is_char_boundary(position) {
            position -= 1;
        }
        position
    }
}

/// The ranges of a source that hold secrets; `tree` is what all sources make together.
fn secrets(number: usize, source: &Source, tree: &Node) -> Vec<(usize, usize)> {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    match &source.origin {
        Origin::Default | Origin::Profile(_) | Origin::Argument(_) => Vec::new(),
        Origin::Flag { kind, .. } => of_flag(*kind, &source.text, number, tree),
        Origin::File(_) => {
            let mut found = match yaml::read(&source.text, number) {
                Ok(reading) => {
                    // The second of two equal keys is not in the tree.
                    let mut found = if reading.faults.is_empty() {
                        Vec::new()
                    } else {
                        lines(&source.text)
                    };
                    for node in &reading.documents {
                        let secrets = within(node, &ValuePath::default()).into_iter();
                        found.extend(secrets.map(|secret| whole(&source.text, secret)));
                        found.extend(of_project(node, &source.text, tree));
                    }
                    found
                }
                Err(_) => lines(&source.text),
            };
            found.extend(comments(&source.text));
            found
        }
    }
}

/// The secrets of a flag.
fn of_flag(kind: set::Kind, text: &str, number: u32, tree: &Node) -> Vec<(usize, usize)> {
    let Ok(edits) = set::parse(kind, text, number) else {
        // What cannot be told apart is not shown at all behind the first equals sign, colon or blank.
        let start = text.find(['=', ':', ' ']).filter(|_| is_secret_text(text));
        return start.map(|at| (at + 1, text.len())).into_iter().collect();
    };
    let mut found = Vec::new();
    for edit in &edits {
        match edit {
            Edit::Assign(assignment) => {
                let path = told(&assignment.path, tree);
                if is_secret(&path) {
                    found.push(range(assignment.value.span));
                } else {
                    found.extend(within(&assignment.value, &path));
                }
            }
            Edit::Merge(node) => found.extend(within(node, &ValuePath::default())),
        }
    }
    found
}

/// The secrets of what a project file sets.
fn of_project(document: &Node, text: &str, tree: &Node) -> Vec<(usize, usize)> {
    let items = |node: Option<&Entry>| match node.map(|entry| &entry.value.content) {
        Some(Content::Sequence(items)) => items.clone(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for render in items(document.entry("renders")) {
        let mut is_behind_secret = false;
        for item in items(render.entry("set")) {
            let (start, end) = range(item.span);
            let written = text.get(start..end).unwrap_or_default();
            let Some(set) = item.scalar().map(|scalar| &*scalar.text) else {
                // A list or map, as an unquoted colon makes one.
                found.extend(is_secret_text(written).then_some((start, end)));
                continue;
            };
            let secrets = of_flag(set::Kind::Set, set, 0, tree);
            // The rest of a secret with a comma, which quotes should hold together.
            if is_behind_secret && !set.contains('=') {
                found.push((start, end));
            }
            is_behind_secret |= !secrets.is_empty();
            match written.find(set) {
                Some(at) => found.extend(
                    secrets
                        .into_iter()
                        .map(|(first, last)| (start + at + first, (start + at + last).min(end))),
                ),
                None if !secrets.is_empty() => found.push((start, end)),
                None => {}
            }
        }
    }
    found
}

/// A secret with what may belong to it because quotes are missing: a tag and an anchor before it, a comment behind it.
fn whole(text: &str, (start, end): (usize, usize)) -> (usize, usize) {
    let mut first = start;
    loop {
        let before = text[..first].trim_end();
        let is_end = |c: char| c.is_whitespace() || matches!(c, '[' | '{' | ',');
        let word = before.rsplit(is_end).next().unwrap_or_default();
        if !word.starts_with(['!', '&']) {
            break;
        }
        first = before.len() - word.len();
    }
    let is_commented = text[end..].trim_start_matches([' ', '\t']).starts_with('#');
    let line_end = || text[end..].find('\n').map_or(text.len(), |at| end + at);
    (first, if is_commented { line_end() } else { end })
}

/// What stands behind a telling word of a comment, and a comment where a value should be, which may be one without quotes.
fn comments(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let hash = content
            .match_indices('#')
            .find(|(at, _)| *at == 0 || content[..*at].ends_with([' ', '\t']));
        if let Some((hash, _)) = hash {
            let is_value_missing = content[..hash].trim_end().ends_with(':');
            if is_value_missing && !content[hash + 1..].starts_with([' ', '#']) {
                found.push((offset + hash, offset + content.len()));
            }
            let is_end = |c: char| !c.is_alphanumeric() && c != '_';
            let mut words = content[hash..].split_inclusive(is_end);
            let mut start = hash;
            for word in words.by_ref() {
                start += word.len();
                if word.len() > 3 && is_secret_name(word.trim_end_matches(is_end)) {
                    break;
                }
            }
            if start < content.len() {
                found.push((offset + start, offset + content.len()));
            }
        }
        offset += line.len();
    }
    found
}

/// Tells whether a text that cannot be read may hold a secret.
fn is_secret_text(text: &str) -> bool {
    is_secret_name(text)
        || [
            "extraEnv",
            "extraArgs",
            "stringData",
            "user: ",
            "last-applied-configuration",
        ]
        .iter()
        .any(|key| text.contains(key))
}

fn within(node: &Node, path: &ValuePath) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    visit(node, path, &mut |secret| {
        found.push(range(match secret {
            Secret::Scalar(node) => node.span,
            Secret::Key(entry) => entry.key_span,
        }));
    });
    found
}

/// Where YAML cannot be read: what stands behind the colon of a key with a telling name, and all that is indented below, is
/// not indented and yet no key, or belongs to the same item of a list; and what is a secret in a line of any file.
fn lines(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut hidden_below = None;
    let has_secrets = text
        .lines()
        .any(|line| line.contains("kind") && line.contains("Secret"));
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let indent = content.len() - content.trim_start_matches([' ', '\t', '-']).len();
        let is_blank = content.trim().is_empty();
        let key_end = content.find([':', '=']);
        let is_key = content.contains(':') || content.starts_with(['#', '-', '.']);
        if is_key && hidden_below.is_some_and(|below| indent <= below) {
            hidden_below = None;
        }
        let is_data = has_secrets && content.contains("data");
        match (hidden_below, key_end) {
            (Some(_), _) if !is_blank => found.push((offset + indent, offset + content.len())),
            (None, Some(end)) if is_data || is_secret_text(content) => {
                found.push((offset + end + 1, offset + content.len()));
                let dash = content.find('-').filter(|dash| *dash < indent);
                hidden_below = Some(dash.unwrap_or(indent));
            }
            _ => found
                .extend(secret_in(content).map(|start| (offset + start, offset + content.len()))),
        }
        offset += line.len();
    }
    found
}

fn range(span: Span) -> (usize, usize) {
    (span.start as usize, span.end as usize)
}
