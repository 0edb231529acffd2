//! Where in a source the secrets are.

use super::lines::{comments, is_secret_text, lines};
use crate::diagnostic::{Step, ValuePath};
use crate::values::Source;
use crate::values::Values;
use crate::values::decode::Decode;
use crate::values::layer::Origin;
use crate::values::secrecy::{Secret, is_secret, told, visit};
use crate::values::set::{self, Assignment, Edit};
use crate::yaml::{self, Content, Entry, Node, Span};

/// A range of a source that holds a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hidden {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether there may be keys in it, which findings quote. Values they know to be secret.
    pub(super) has_keys: bool,
}

impl Hidden {
    fn with_keys((start, end): (usize, usize)) -> Self {
        let has_keys = true;
        Self {
            start,
            end,
            has_keys,
        }
    }

    pub(super) fn without_keys((start, end): (usize, usize)) -> Self {
        let has_keys = false;
        Self {
            start,
            end,
            has_keys,
        }
    }
}

/// The ranges of a source that hold secrets; `tree` is what all sources make together.
pub(super) fn secrets(number: usize, source: &Source, tree: &Node) -> Vec<Hidden> {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    match &source.origin {
        Origin::Default | Origin::Profile(_) => Vec::new(),
        // A flag without its `--set`.
        Origin::Argument(_) => behind_sign(&source.text).into_iter().collect(),
        Origin::Flag { kind, .. } => of_flag(*kind, &source.text, number, tree),
        Origin::File(_) => {
            let mut found = match yaml::read(&source.text, number) {
                Ok(reading) => {
                    // The second of two equal keys is not in the tree.
                    let mut found = Vec::new();
                    if !reading.faults.is_empty() {
                        found.extend(lines(&source.text, true).into_iter().map(Hidden::with_keys));
                    }
                    for node in &reading.documents {
                        found.extend(within(node, &ValuePath::default(), &source.text));
                        found.extend(of_project(node, &source.text, tree));
                    }
                    found
                }
                Err(_) => lines(&source.text, false)
                    .into_iter()
                    .map(Hidden::with_keys)
                    .collect(),
            };
            found.extend(comments(&source.text).into_iter().map(Hidden::without_keys));
            found
        }
    }
}

/// Of a flag that cannot be read nothing is shown behind the first equals sign, colon or blank.
fn behind_sign(text: &str) -> Option<Hidden> {
    let start = text
        .find(['=', ':', ' '])
        .filter(|_| is_secret_text(text))?;
    Some(Hidden::with_keys((start + 1, text.len())))
}

/// The secrets of a flag.
fn of_flag(kind: set::Kind, text: &str, number: u32, tree: &Node) -> Vec<Hidden> {
    let Ok(edits) = set::parse(kind, text, number) else {
        return behind_sign(text).into_iter().collect();
    };
    let mut found = Vec::new();
    for (index, edit) in edits.iter().enumerate() {
        match edit {
            Edit::Assign(assignment) => {
                let path = told(&assignment.path, tree);
                if is_secret(&path) {
                    let start = assignment.key_span.end as usize + 1;
                    let end = end_of_value(&edits[index + 1..], text);
                    found.push(Hidden::with_keys((start, end)));
                } else {
                    found.extend(within(&assignment.value, &path, text));
                }
            }
            Edit::Merge(node) => found.extend(within(node, &ValuePath::default(), text)),
        }
    }
    found
}

/// Where the value before some edits ends: a comma that belongs to it lacks its backslash, and then what follows is no key.
fn end_of_value(edits: &[Edit], text: &str) -> usize {
    let next = edits.iter().find_map(|edit| match edit {
        Edit::Assign(assignment) if is_of_values(assignment) => Some(assignment.key_span.start),
        _ => None,
    });
    next.map_or(text.len(), |start| (start as usize).saturating_sub(1))
}

/// Tells whether the path of an assignment begins with a key of the values.
fn is_of_values(assignment: &Assignment) -> bool {
    match assignment.path.0.first() {
        Some(Step::Key(key)) => is_top(key),
        _ => false,
    }
}

fn is_top(key: &str) -> bool {
    Values::takes().field(key).is_some()
}

/// The secrets of what a project file sets.
fn of_project(document: &Node, text: &str, tree: &Node) -> Vec<Hidden> {
    let items = |node: Option<&Entry>| match node.map(|entry| &entry.value.content) {
        Some(Content::Sequence(items)) => items.clone(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for render in items(document.entry("renders")) {
        let mut is_behind_secret = false;
        for item in items(render.entry("set")) {
            let (start, end) = range(item.span);
            let whole_item = Hidden::with_keys((start, end));
            let written = text.get(start..end).unwrap_or_default();
            let Some(set) = item.scalar().map(|scalar| &*scalar.text) else {
                // A list or map, as an unquoted colon makes one.
                found.extend(is_secret_text(written).then_some(whole_item));
                continue;
            };
            let secrets = of_flag(set::Kind::Set, set, 0, tree);
            // The rest of a secret with a comma, which quotes should hold together.
            let first = set.split(['.', '[', '=']).next().unwrap_or_default();
            if is_behind_secret && !is_top(first) {
                found.push(whole_item);
            }
            is_behind_secret |= !secrets.is_empty();
            match written.find(set) {
                Some(at) => found.extend(secrets.into_iter().map(|secret| Hidden {
                    start: start + at + secret.start,
                    end: (start + at + secret.end).min(end),
                    ..secret
                })),
                None if !secrets.is_empty() => found.push(whole_item),
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

fn within(node: &Node, path: &ValuePath, text: &str) -> Vec<Hidden> {
    let mut found = Vec::new();
    visit(node, path, &mut |secret| match secret {
        Secret::Node(node) => {
            let (start, end) = whole(text, range(node.span));
            let has_keys = node.scalar().is_none();
            found.push(Hidden {
                start,
                end,
                has_keys,
            });
        }
        Secret::Key(entry) => {
            let key = Hidden::with_keys(whole(text, range(entry.key_span)));
            let end = behind(text, entry).map_or(key.end, |behind| behind.end);
            found.push(Hidden { end, ..key });
        }
        Secret::Behind(entry) => found.extend(behind(text, entry)),
        Secret::Between(entry) => found.extend(between(text, entry)),
    });
    found
}

/// Where the value of a key may begin: behind its colon.
fn start_of_value(text: &str, entry: &Entry) -> Option<usize> {
    let key_end = entry.key_span.end as usize;
    let rest = text.get(key_end..)?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start_matches(' ');
    Some(text.len() - rest.len())
}

/// All that stands behind a key, with what may belong to it because quotes are missing.
fn behind(text: &str, entry: &Entry) -> Option<Hidden> {
    let start = start_of_value(text, entry)?;
    let (mut end, mut is_elsewhere) = (start, false);
    extent(
        &entry.value,
        entry.key_span.end,
        &mut end,
        &mut is_elsewhere,
    );
    if is_elsewhere {
        end = end_of_block(text, entry.key_span.start as usize, end);
    }
    let (start, end) = whole(text, (start, end));
    let has_keys = entry.value.scalar().is_none();
    (end > start).then_some(Hidden {
        start,
        end,
        has_keys,
    })
}

/// How far a node goes, and whether another one stands in the place of some of it.
fn extent(node: &Node, first: u32, end: &mut usize, is_elsewhere: &mut bool) {
    if node.span.start < first && !(node.is_null() && node.span.start == node.span.end) {
        *is_elsewhere = true;
        return;
    }
    *end = (*end).max(node.span.end as usize);
    match &node.content {
        Content::Scalar(_) => {}
        Content::Sequence(items) => {
            for item in items {
                extent(item, first, end, is_elsewhere);
            }
        }
        Content::Mapping(entries) => {
            for entry in entries.iter() {
                *end = (*end).max(entry.key_span.end as usize);
                extent(&entry.value, first, end, is_elsewhere);
            }
        }
    }
}

/// Where the lines end that are indented below the one of a key, or are items at its column, from a position on.
fn end_of_block(text: &str, key: usize, from: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let line_start = text[..key].rfind('\n').map_or(0, |at| at + 1);
    let column = indent(&text[line_start..]);
    let mut end = from;
    for (index, line) in text[from..].split_inclusive('\n').enumerate() {
        let is_below = line.trim().is_empty()
            || indent(line) > column
            || indent(line) == column && line[column..].starts_with("- ");
        if index > 0 && !is_below {
            break;
        }
        end += line.len();
    }
    from + text[from..end].trim_end().len()
}

/// What stands between a key and its value: tags and anchors, or an alias.
fn between(text: &str, entry: &Entry) -> Option<Hidden> {
    let start = start_of_value(text, entry)?;
    let rest = &text[start..];
    if rest.starts_with('*') {
        let is_end = |c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}');
        let end = start + rest.find(is_end).unwrap_or(rest.len());
        return Some(Hidden::without_keys((start, end)));
    }
    let before = text.get(start..entry.value.span.start as usize)?;
    let has_properties = before.trim_start().starts_with(['&', '!']);
    let end = start + before.trim_end().len();
    has_properties.then(|| Hidden::without_keys((start, end)))
}

fn range(span: Span) -> (usize, usize) {
    (span.start as usize, span.end as usize)
}
