//! Findings for people: each with its place, an excerpt and the fix. Secrets are masked in every excerpt.

use std::cell::OnceCell;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Origin as Line, Renderer, Snippet,
    normalize_untrusted_str,
};

use super::masked::{Masked, quieted};
use crate::diagnostic::{Diagnostic, Severity};
use crate::error::escaped;
use crate::values::layer::Origin;
use crate::values::merge::Effective;
use crate::yaml::{Lines, Span};

/// Longest line in bytes that is shown.
const MAX_LINE: usize = 400;

/// Most findings that keep a render from being made that are shown: nobody reads more, and a file may have a mistake a line.
pub(super) const MAX_SHOWN: usize = 200;

/// Shows what keeps a render from being made, in the order of the places.
pub fn findings(findings: &[Diagnostic], effective: &Effective, is_colored: bool) -> String {
    let located = in_order(findings, effective);
    let shown = &located[..located.len().min(MAX_SHOWN)];
    let mut out = excerpts(shown, effective, is_colored);
    let errors = counted(located.len(), "error");
    let shown = if shown.len() < located.len() {
        format!(", of which {} are shown", shown.len())
    } else {
        String::new()
    };
    writeln!(out, "{errors}{shown}, nothing was written").expect("a String takes everything");
    out
}

/// Says how many there are of something.
pub(super) fn counted(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}

/// Puts findings in the order of their places, those without one last, each once.
pub(super) fn in_order<'f>(
    findings: impl IntoIterator<Item = &'f Diagnostic>,
    effective: &Effective,
) -> Vec<(Option<Span>, &'f Diagnostic)> {
    let mut located: Vec<(Option<Span>, &Diagnostic)> = findings
        .into_iter()
        .map(|finding| (effective.locate(&finding.place), finding))
        .collect();
    located.sort_by(|(a, _), (b, _)| match (a, b) {
        (Some(a), Some(b)) => a.cmp(b),
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (None, None) => Ordering::Equal,
    });
    let mut seen = HashSet::with_capacity(located.len());
    located.retain(|(span, finding)| seen.insert((*span, finding.code, &finding.message)));
    located
}

/// Shows findings, each with an excerpt and the fix.
pub(super) fn excerpts(
    located: &[(Option<Span>, &Diagnostic)],
    effective: &Effective,
    is_colored: bool,
) -> String {
    if located.is_empty() {
        // Masking reads the sources once more.
        return String::new();
    }
    let renderer = if is_colored {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let masked = Masked::all(effective);
    let sources: Vec<(&Masked<'_>, Lines<'_>)> = masked
        .iter()
        .map(|source| (source, Lines::of(&source.text)))
        .collect();
    let mut out = String::new();
    for (span, finding) in located {
        let finding = quieted(&masked, *span, finding);
        let mut group = Group::with_title(
            level(finding.severity)
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
    without_controls(&out)
}

/// Replaces what a terminal takes for a command and the renderer lets through: the controls from U+0080 to U+009F.
pub(super) fn without_controls(text: &str) -> String {
    text.replace(|c| matches!(c, '\u{80}'..='\u{9f}'), "\u{fffd}")
}

/// A place as programs want it: lines and columns from 1, columns in characters, the end behind the last one.
pub(super) struct Location<'e> {
    pub(super) origin: &'e Origin,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
}

/// Looks up lines and columns.
pub(super) struct Places<'e> {
    effective: &'e Effective,
    lines: Vec<OnceCell<Lines<'e>>>,
}

impl<'e> Places<'e> {
    pub(super) fn new(effective: &'e Effective) -> Self {
        Self {
            effective,
            lines: vec![OnceCell::new(); effective.sources.len()],
        }
    }

    /// Looks up where a finding is.
    pub(super) fn of(&self, finding: &Diagnostic) -> Option<Location<'e>> {
        self.location(self.effective.locate(&finding.place)?)
    }

    /// Looks up where a span is.
    pub(super) fn location(&self, span: Span) -> Option<Location<'e>> {
        let number = span.source as usize;
        let source = self.effective.sources.get(number)?;
        let lines = self.lines[number].get_or_init(|| Lines::of(&source.text));
        let start = lines.position(span.start as usize);
        let end = lines.position(span.end as usize);
        Some(Location {
            origin: &source.origin,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        })
    }
}

/// What was told of places in files: each with the code and the message.
#[derive(Default)]
pub(super) struct Known(BTreeSet<((String, usize, usize), &'static str, String)>);

impl Known {
    /// Tells whether a finding was not told before; that of an argument always is not.
    pub(super) fn is_new(&mut self, finding: &Diagnostic, places: &Places<'_>) -> bool {
        written_place(finding, places).is_none_or(|place| {
            self.0
                .insert((place, finding.code, finding.message.clone()))
        })
    }
}

/// Returns where in a file, in the defaults or in a flag a finding is: which, line and column.
pub(super) fn written_place(
    finding: &Diagnostic,
    places: &Places<'_>,
) -> Option<(String, usize, usize)> {
    let location = places.of(finding)?;
    let is_written = !matches!(location.origin, Origin::Argument(_));
    is_written.then(|| {
        (
            location.origin.name().into_owned(),
            location.line,
            location.column,
        )
    })
}

/// Shows findings of one code in a line each, under what they have in common.
pub(super) fn listed(
    title: &str,
    help: &str,
    located: &[(Option<Span>, &Diagnostic)],
    effective: &Effective,
    is_colored: bool,
) -> String {
    let renderer = if is_colored {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let Some((_, first)) = located.first() else {
        return String::new();
    };
    let places = Places::new(effective);
    let head = Group::with_title(level(first.severity).primary_title(title).id(first.code));
    let mut out = renderer.render(&[head]);
    out.push('\n');
    for (span, finding) in located {
        let place =
            span.and_then(|span| places.location(span))
                .map_or_else(String::new, |location| {
                    format!(
                        "{}:{}:{}: ",
                        escaped(&location.origin.name()),
                        location.line,
                        location.column
                    )
                });
        let line = format!("  {place}{}", finding.message);
        writeln!(out, "{}", normalize_untrusted_str(&line)).expect("a String takes everything");
    }
    let help = Group::with_title(Level::HELP.secondary_title(help));
    out += &renderer.render(&[help]);
    out += "\n\n";
    without_controls(&out)
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

/// Adds one place to a finding: its line, or only its position where the line is too long to show.
fn excerpt<'s>(
    group: Group<'s>,
    sources: &'s [(&'s Masked<'_>, Lines<'s>)],
    span: Span,
    kind: AnnotationKind,
    label: &'s str,
) -> Group<'s> {
    let Some((source, lines)) = sources.get(span.source as usize) else {
        return group;
    };
    let (start, end) = (source.position(span.start), source.position(span.end));
    let position = lines.position(start);
    let line_start = position.line_start;
    let rest = &source.text.as_bytes()[start..];
    // A line may be as long as the text: what is too long is not looked at to its end.
    let length = rest
        .iter()
        .take(MAX_LINE + 1)
        .position(|byte| matches!(byte, b'\n' | b'\r'));
    let line_end = start + length.unwrap_or(rest.len());
    if line_end - line_start > MAX_LINE {
        return group.element(
            Line::path(source.name.as_str())
                .line(position.line)
                .char_column(position.column),
        );
    }
    let next = source.text.ceil_char_boundary((start + 1).min(line_end));
    let end = end.clamp(start, line_end).max(next) - line_start;
    let start = start - line_start;
    let annotation: Annotation<'s> = kind.span(start..end);
    let annotation = if label.is_empty() {
        annotation
    } else {
        annotation.label(label)
    };
    group.element(
        Snippet::source(&source.text[line_start..line_end])
            .path(source.name.as_str())
            .line_start(position.line)
            .annotation(annotation),
    )
}
