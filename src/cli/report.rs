//! Findings for people: each with its place, an excerpt and the fix. Secrets are masked in every excerpt.

use std::cmp::Ordering;
use std::fmt::Write as _;

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Origin as Location, Renderer, Snippet,
    normalize_untrusted_str,
};

use crate::diagnostic::{Diagnostic, Step, ValuePath};
use crate::values::layer::Origin;
use crate::values::merge::Effective;
use crate::values::secrecy::{is_secret, is_secret_name};
use crate::values::set::{self, Edit};
use crate::yaml::{self, Content, Node, Span};

/// What stands for each character of a secret.
const MASK: char = '*';

/// Longest line in bytes that is shown.
const MAX_LINE: usize = 400;

/// Shows findings in the order of their places.
pub(super) fn findings(findings: &[Diagnostic], effective: &Effective, is_colored: bool) -> String {
    let renderer = if is_colored {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let sources: Vec<Masked> = effective
        .sources
        .iter()
        .enumerate()
        .map(|(number, source)| Masked::new(number, source))
        .collect();
    let mut located: Vec<(Option<Span>, &Diagnostic)> = findings
        .iter()
        .map(|finding| (effective.locate(&finding.place), finding))
        .collect();
    located.sort_by(|(a, _), (b, _)| match (a, b) {
        (Some(a), Some(b)) => a.cmp(b),
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (None, None) => Ordering::Equal,
    });
    located.dedup();
    let mut out = String::new();
    for (span, finding) in &located {
        let mut group = Group::with_title(
            Level::ERROR
                .primary_title(normalize_untrusted_str(&finding.message))
                .id(finding.code),
        );
        if let Some(span) = span {
            group = excerpt(
                group,
                &sources,
                *span,
                AnnotationKind::Primary,
                &finding.label,
            );
        }
        for (place, role) in &finding.related {
            if let Some(span) = effective.locate(place) {
                group = excerpt(group, &sources, span, AnnotationKind::Context, role);
            }
        }
        let mut report = vec![group];
        if let Some(help) = &finding.help {
            report.push(Group::with_title(
                Level::HELP.secondary_title(normalize_untrusted_str(help)),
            ));
        }
        out += &renderer.render(&report);
        out += "\n\n";
    }
    let errors = if located.len() == 1 {
        "1 error".to_owned()
    } else {
        format!("{} errors", located.len())
    };
    writeln!(out, "{errors}, nothing was written").expect("a String takes everything");
    out
}

/// Adds one place to a finding: its line, or only its position where the line is too long to show.
fn excerpt<'s>(
    group: Group<'s>,
    sources: &'s [Masked],
    span: Span,
    kind: AnnotationKind,
    label: &'s str,
) -> Group<'s> {
    let Some(source) = sources.get(span.source as usize) else {
        return group;
    };
    let (start, end) = (source.position(span.start), source.position(span.end));
    let text = &source.text;
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..]
        .find(['\n', '\r'])
        .map_or(text.len(), |at| start + at);
    let number = text[..start].bytes().filter(|byte| *byte == b'\n').count() + 1;
    if line_end - line_start > MAX_LINE {
        let column = text[line_start..start].chars().count() + 1;
        return group.element(
            Location::path(source.name.as_str())
                .line(number)
                .char_column(column),
        );
    }
    let end = end.clamp(start, line_end).max((start + 1).min(line_end)) - line_start;
    let start = start - line_start;
    let annotation: Annotation<'s> = kind.span(start..end);
    let annotation = if label.is_empty() {
        annotation
    } else {
        annotation.label(label)
    };
    group.element(
        Snippet::source(&text[line_start..line_end])
            .path(source.name.as_str())
            .line_start(number)
            .annotation(annotation),
    )
}

/// The text of a source with its secrets masked, and how positions in the two texts correspond.
struct Masked {
    name: String,
    text: String,
    /// Masked ranges: where one began and ended in the original, and how long what stands for it is.
    cuts: Vec<(usize, usize, usize)>,
}

impl Masked {
    fn new(number: usize, source: &crate::values::Source) -> Self {
        let original = &source.text;
        let mut secrets = secrets(number, source);
        secrets.sort_unstable();
        let mut masked = Self {
            name: source.origin.name().into_owned(),
            text: String::with_capacity(original.len()),
            cuts: Vec::new(),
        };
        let mut copied = 0;
        for (start, end) in secrets {
            if start < copied || end <= start || end > original.len() {
                continue;
            }
            masked.text += &original[copied..start];
            let length = masked.text.len();
            // As long as the secret is, so that lines and columns behind it keep their numbers.
            masked.text.extend(
                original[start..end]
                    .chars()
                    .map(|c| if c == '\n' { c } else { MASK }),
            );
            masked.cuts.push((start, end, masked.text.len() - length));
            copied = end;
        }
        masked.text += &original[copied..];
        masked
    }

    /// Where a position of the original is in the masked text.
    fn position(&self, original: u32) -> usize {
        let original = original as usize;
        let mut shift = 0isize;
        for (start, end, length) in &self.cuts {
            if original >= *end {
                shift += isize::try_from(*length).unwrap_or(0)
                    - isize::try_from(end - start).unwrap_or(0);
            } else if original > *start {
                shift -= isize::try_from(original - start).unwrap_or(0);
            }
        }
        let mut position = original.saturating_add_signed(shift).min(self.text.len());
        while !self.text.is_char_boundary(position) {
            position -= 1;
        }
        position
    }
}

/// The ranges of a source that hold secrets.
fn secrets(number: usize, source: &crate::values::Source) -> Vec<(usize, usize)> {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    match &source.origin {
        Origin::Default | Origin::Profile(_) | Origin::Argument(_) => Vec::new(),
        Origin::Flag { kind, .. } => match set::parse(*kind, &source.text, number) {
            Ok(edits) => {
                let mut found = Vec::new();
                for edit in &edits {
                    match edit {
                        Edit::Assign(assignment) if is_secret(&assignment.path) => {
                            found.push(range(assignment.value.span));
                        }
                        Edit::Assign(assignment) => {
                            walk(&assignment.value, &mut assignment.path.clone(), &mut found);
                        }
                        Edit::Merge(node) => walk(node, &mut ValuePath::default(), &mut found),
                    }
                }
                found
            }
            // What cannot be told apart is not shown at all behind the first equals sign or colon.
            Err(_) if is_secret_text(&source.text) => source
                .text
                .find(['=', ':'])
                .map(|at| (at + 1, source.text.len()))
                .into_iter()
                .collect(),
            Err(_) => Vec::new(),
        },
        Origin::File(_) => match yaml::read(&source.text, number) {
            Ok(reading) => {
                // The second of two equal keys is not in the tree.
                let mut found = if reading.faults.is_empty() {
                    Vec::new()
                } else {
                    lines(&source.text)
                };
                for node in &reading.documents {
                    walk(node, &mut ValuePath::default(), &mut found);
                }
                found
            }
            Err(_) => lines(&source.text),
        },
    }
}

/// Tells whether a text that cannot be read may hold a secret.
fn is_secret_text(text: &str) -> bool {
    is_secret_name(text)
        || ["extraEnv", "stringData"]
            .iter()
            .any(|key| text.contains(key))
}

fn walk(node: &Node, path: &mut ValuePath, found: &mut Vec<(usize, usize)>) {
    match &node.content {
        Content::Scalar(scalar) if !scalar.text.is_empty() && is_secret(path) => {
            found.push(range(node.span))
        }
        Content::Scalar(_) => {}
        Content::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                path.0.push(Step::Index(index));
                walk(item, path, found);
                path.0.pop();
            }
        }
        Content::Mapping(entries) => {
            let is_secret_object = node
                .entry("kind")
                .and_then(|entry| entry.value.scalar())
                .is_some_and(|kind| &*kind.text == "Secret");
            for entry in entries {
                let key = if is_secret_object && matches!(&*entry.key, "data" | "stringData") {
                    "stringData"
                } else {
                    &*entry.key
                };
                path.0.push(Step::Key(key.into()));
                walk(&entry.value, path, found);
                path.0.pop();
            }
        }
    }
}

/// Where YAML cannot be read: what stands behind the colon of a key with a telling name, and all that is indented below.
fn lines(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut hidden_below = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let indent = content.len() - content.trim_start_matches([' ', '\t', '-']).len();
        let is_blank = content.trim().is_empty();
        if hidden_below.is_some_and(|below| indent <= below) && !is_blank {
            hidden_below = None;
        }
        let key_end = content.find([':', '=']);
        match (hidden_below, key_end) {
            (Some(_), _) if !is_blank => found.push((offset + indent, offset + content.len())),
            (None, Some(end)) if is_secret_name(content) => {
                found.push((offset + end + 1, offset + content.len()));
                hidden_below = Some(indent);
            }
            _ => {}
        }
        offset += line.len();
    }
    found
}

fn range(span: Span) -> (usize, usize) {
    (span.start as usize, span.end as usize)
}
