//! `# cachegen: allow CODE reason`: a comment that takes back one finding, on the line above it or at the end of its
//! line. Comments are not in the tree, so the text is looked at, and what stands inside a value is no comment.

use std::collections::HashMap;

use super::subject::{Finding, Report, Subject};
use super::{Rule, Severity, find};
use crate::diagnostic::{Place, ValuePath, nearest};
use crate::values::Source;
use crate::values::layer::Origin;
use crate::yaml::{self, Content, Lines, Node, Span};

/// What is left of the findings.
#[derive(Debug, Clone)]
pub struct Waived {
    /// Those that nothing waives.
    pub findings: Vec<Finding>,
    /// How many a waiver took back.
    pub n_waived: usize,
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "unused-waiver",
        severity: Severity::Warning,
        what: "a waiver for something that is not found",
        why: "A waiver that waives nothing hides the next finding that appears in its place, and tells readers of a problem \
              that is gone. A waiver is for the line below it, or for its own line where it stands behind a value.",
        fix: "remove it, or put it right above the line of the finding",
        check: |_, _| {},
    },
    Rule {
        code: "unknown-waiver",
        severity: Severity::Warning,
        what: "a waiver that names no rule",
        why: "A waiver says `# cachegen: allow CODE reason`, with the code of one rule. One that names something else has no \
              effect. Errors of values are not opinions, and cannot be waived.",
        fix: "write `# cachegen: allow CODE reason` with a code of `cachegen lint --list`",
        check: |_, _| {},
    },
    Rule {
        code: "waiver-without-reason",
        severity: Severity::Warning,
        what: "a waiver that does not say why",
        why: "Whoever reads it later has to judge whether it still holds, and without the reason can only keep it. The finding \
              is waived all the same.",
        fix: "write the reason behind the code",
        check: |_, _| {},
    },
];

/// A waiver.
struct Waiver<'t> {
    span: Span,
    /// The line that it is for, from 0.
    line: usize,
    code: &'t str,
    has_reason: bool,
    is_used: bool,
}

/// Most faults of a file's waivers that are reported at once: a file may have one a line.
const MAX_FAULTS: usize = 100;

/// Takes back what the values waive, and reports waivers that are no good.
pub(super) fn apply(subject: &Subject<'_>, mut findings: Vec<Finding>) -> Waived {
    let mut n_waived = 0;
    for (number, source) in subject.effective.sources.iter().enumerate() {
        if !matches!(source.origin, Origin::File(_)) || !source.text.contains(MARK) {
            continue;
        }
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let mut waivers = waivers(source, number);
        let lines = Lines::of(&source.text);
        let line_of = |span: Option<Span>| {
            span.filter(|span| span.source == number)
                .map(|span| lines.position(span.start as usize).line - 1)
        };
        // Of several for one code and line the first one counts.
        let mut by_line: HashMap<(usize, &str), usize> = HashMap::new();
        for (index, waiver) in waivers.iter().enumerate() {
            by_line.entry((waiver.line, waiver.code)).or_insert(index);
        }
        findings.retain(|finding| {
            let at = match &finding.diagnostic.place {
                Place::Span(span) => Some(*span),
                Place::Value(_) | Place::Key(_) => None,
            };
            let lines = [line_of(at), line_of(finding.key_span)];
            let waivers_of = lines
                .into_iter()
                .flatten()
                .filter_map(|line| by_line.get(&(line, finding.diagnostic.code)));
            let waiver = waivers_of.min();
            if let Some(index) = waiver {
                waivers[*index].is_used = true;
                n_waived += 1;
            }
            waiver.is_none()
        });
        let faults = waivers.iter().filter_map(|waiver| fault(subject, waiver));
        findings.extend(faults.take(MAX_FAULTS));
    }
    Waived { findings, n_waived }
}

/// What is wrong with a waiver, if anything.
fn fault(subject: &Subject<'_>, waiver: &Waiver<'_>) -> Option<Finding> {
    let rule = find(waiver.code).filter(|rule| !RULES.iter().any(|own| own.code == rule.code));
    let (code, message, help) = match rule {
        None => {
            let help = nearest(waiver.code, super::rules().map(|rule| rule.code))
                .map(|code| format!("a rule with a similar name exists: `{code}`"));
            let message = if waiver.code.is_empty() {
                "a waiver without a code waives nothing".to_owned()
            } else {
                format!("there is no rule `{}` to waive", waiver.code)
            };
            ("unknown-waiver", message, help)
        }
        Some(_) if !waiver.is_used => {
            let message = format!("there is no `{}` here to waive", waiver.code);
            ("unused-waiver", message, None)
        }
        Some(_) if !waiver.has_reason => {
            let message = format!("the waiver of `{}` does not say why", waiver.code);
            ("waiver-without-reason", message, None)
        }
        Some(_) => return None,
    };
    let mut report = Report::new(subject, find(code).expect("a rule of this file"));
    let said = report.span(ValuePath::default(), waiver.span, None, message);
    if let Some(help) = help {
        said.help(help);
    }
    report.findings.pop()
}

/// What a waiver begins with, behind the sign of a comment and blanks.
const MARK: &str = "cachegen:";

fn waivers(source: &Source, number: u32) -> Vec<Waiver<'_>> {
    let text = &source.text;
    let mut values = Vec::new();
    for document in yaml::read(text, number)
        .map(|reading| reading.documents)
        .unwrap_or_default()
    {
        scalars(&document, &mut values);
    }
    values.sort_unstable();
    // Scalars do not lie within each other, but what an alias stands for is there again.
    let is_value = |at: usize| {
        let behind = values.partition_point(|(start, _)| *start <= at);
        behind > 0 && at < values[behind - 1].1
    };
    let mut found = Vec::new();
    let mut offset = 0;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut below = Below::default();
    for (index, content) in lines.iter().enumerate() {
        let start = offset;
        offset += content.len();
        let Some((sign, said)) = comment(content) else {
            continue;
        };
        if is_value(start + sign) {
            continue;
        }
        let mut words = said.split_whitespace();
        let code = match words.next() {
            Some("allow") => words.next().unwrap_or_default(),
            _ => "",
        };
        let code = code.strip_suffix(':').unwrap_or(code);
        let is_alone = content[..sign].trim().is_empty();
        found.push(Waiver {
            span: Span::of(number, start + sign, start + content.trim_end().len()),
            line: if is_alone {
                below.of(index, &lines)
            } else {
                index
            },
            code,
            has_reason: words.next().is_some(),
            is_used: false,
        });
    }
    found
}

/// The next line that says something, looked for once for all comments above it.
#[derive(Default)]
struct Below(usize);

impl Below {
    /// Returns the first line behind one that is neither blank nor a comment; lines are asked for in their order.
    fn of(&mut self, index: usize, lines: &[&str]) -> usize {
        if self.0 <= index {
            let says_something = |line: &&str| {
                let text = line.trim();
                !text.is_empty() && !text.starts_with('#')
            };
            self.0 = lines[index + 1..]
                .iter()
                .position(says_something)
                .map_or(lines.len(), |at| index + 1 + at);
        }
        self.0
    }
}

/// Finds a comment of ours in a line: where its sign stands, and what it says behind the mark.
fn comment(line: &str) -> Option<(usize, &str)> {
    line.match_indices('#').find_map(|(at, _)| {
        let begins = line[..at].is_empty() || line[..at].ends_with([' ', '\t']);
        let said = line[at + 1..].trim_start().strip_prefix(MARK)?;
        begins.then_some((at, said))
    })
}

/// The ranges of all scalars, in which a sign of a comment is none.
fn scalars(node: &Node, found: &mut Vec<(usize, usize)>) {
    match &node.content {
        Content::Scalar(_) => found.push((node.span.start as usize, node.span.end as usize)),
        Content::Sequence(items) => items.iter().for_each(|item| scalars(item, found)),
        Content::Mapping(entries) => {
            for entry in entries {
                found.push((entry.key_span.start as usize, entry.key_span.end as usize));
                scalars(&entry.value, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::comment;

    #[test]
    fn only_a_comment_is_a_comment() {
        for (line, expected) in [
            ("# cachegen: allow x y", Some((0, " allow x y"))),
            ("  #cachegen: allow x", Some((2, " allow x"))),
            ("a: 1 # cachegen: allow x", Some((5, " allow x"))),
            ("a: b#c # cachegen: allow x", Some((7, " allow x"))),
            ("a: 1# cachegen: allow x", None),
            ("# see cachegen: allow x", None),
            ("# cachegen", None),
        ] {
            assert_eq!(comment(line), expected, "{line}");
        }
    }
}
