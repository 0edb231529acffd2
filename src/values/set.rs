//! The grammar of `--set`, and the edits that it makes.
//!
//! The grammar is Helm's. What Helm takes in silence and drops (`=1`, `[0]=1`, an index without a value) is an error.

use crate::diagnostic::{Diagnostic, Place, Step, ValuePath};
use crate::values::merge::get;
use crate::yaml::{Content, Entry, Node, Scalar, Span, Style};

/// Largest list position that may be set.
const MAX_INDEX: usize = 65_536;

/// Deepest nesting that may be set.
const MAX_NESTING: usize = 30;

/// One `path=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// What is set.
    pub path: ValuePath,
    /// Where the path stands in the flag.
    pub key_span: Span,
    /// What to.
    pub value: Node,
}

/// Reads one `--set` flag, a list of `path=value` separated by commas.
///
/// # Errors
///
/// The first thing that is not of the grammar, at its place in the flag.
pub fn parse(text: &str, source: u32) -> Result<Vec<Assignment>, Box<Diagnostic>> {
    let mut parser = Parser {
        text,
        position: 0,
        source,
    };
    let mut assignments = Vec::new();
    while parser.position < text.len() {
        assignments.push(parser.assignment()?);
    }
    Ok(assignments)
}

struct Parser<'t> {
    text: &'t str,
    position: usize,
    source: u32,
}

impl Parser<'_> {
    fn assignment(&mut self) -> Result<Assignment, Box<Diagnostic>> {
        let start = self.position;
        let mut path = ValuePath::default();
        loop {
            let key_start = self.position;
            let (key, stop) = self.until(&['.', '[', '=', ',']);
            match stop {
                Some(_) if key.is_empty() => {
                    return Err(self.error(key_start, "a key is missing here"));
                }
                None | Some(',') => {
                    return Err(self.error(key_start, format!("the key `{key}` has no value")));
                }
                _ => path.0.push(Step::Key(key.into())),
            }
            let mut stop = stop;
            while stop == Some('[') {
                path.0.push(Step::Index(self.index()?));
                let behind = self.text[self.position..].chars().next();
                if !matches!(behind, Some('.' | '[' | '=')) {
                    return Err(
                        self.error(self.position, "an index is followed by `.`, `[` or `=`")
                    );
                }
                self.position += 1;
                stop = behind;
            }
            if path.0.len() > MAX_NESTING {
                return Err(self.error(start, format!("a path has at most {MAX_NESTING} parts")));
            }
            if stop == Some('=') {
                let key_span = self.span(start, self.position - 1);
                return Ok(Assignment {
                    path,
                    key_span,
                    value: self.value()?,
                });
            }
        }
    }

    fn index(&mut self) -> Result<usize, Box<Diagnostic>> {
        let start = self.position;
        let Some(length) = self.text[start..].find(']') else {
            return Err(self.error(start.saturating_sub(1), "the index has no closing `]`"));
        };
        let digits = &self.text[start..start + length];
        self.position = start + length + 1;
        match digits.parse::<usize>() {
            Ok(index) if index <= MAX_INDEX => Ok(index),
            Ok(_) => Err(self.error(start, format!("an index is at most {MAX_INDEX}"))),
            Err(_) => Err(self.error(
                start,
                format!("`{digits}` is not a position in a list: count from 0"),
            )),
        }
    }

    fn value(&mut self) -> Result<Node, Box<Diagnostic>> {
        let start = self.position;
        if !self.text[start..].starts_with('{') {
            let (text, _) = self.until(&[',']);
            let end = if self.text[..self.position].ends_with(',') && self.position > start {
                self.position - 1
            } else {
                self.position
            };
            return Ok(self.scalar(text, start, end.max(start)));
        }
        self.position += 1;
        let mut items = Vec::new();
        loop {
            let item_start = self.position;
            let (text, stop) = self.until(&[',', '}']);
            let item_end = self.position - usize::from(stop.is_some());
            items.push(self.scalar(text, item_start, item_end));
            match stop {
                Some('}') => break,
                Some(_) => {}
                None => return Err(self.error(start, "the list has no closing `}`")),
            }
        }
        let span = self.span(start, self.position);
        if self.text[self.position..].starts_with(',') {
            self.position += 1;
        }
        Ok(Node {
            content: Content::Sequence(items),
            span,
        })
    }

    fn scalar(&self, text: String, start: usize, end: usize) -> Node {
        let style = if text.is_empty() {
            Style::Quoted
        } else {
            Style::Flag
        };
        Node {
            content: Content::Scalar(Scalar {
                text: text.into(),
                style,
            }),
            span: self.span(start, end),
        }
    }

    /// Takes text up to one of the stops, which is taken too; a backslash makes the next character literal.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut taken = String::new();
        let mut characters = self.text[self.position..].char_indices();
        while let Some((offset, c)) = characters.next() {
            if c == '\\' {
                taken.extend(characters.next().map(|(_, literal)| literal));
            } else if stops.contains(&c) {
                self.position += offset + c.len_utf8();
                return (taken, Some(c));
            } else {
                taken.push(c);
            }
        }
        self.position = self.text.len();
        (taken, None)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span {
            source: self.source,
            start: clamp(start),
            end: clamp(end),
        }
    }

    fn error(&self, at: usize, message: impl Into<String>) -> Box<Diagnostic> {
        let at = at.min(self.text.len());
        let end = self.text[at..]
            .chars()
            .next()
            .map_or(at, |c| at + c.len_utf8());
        let help = "write `path=value`, several separated by commas; `\\` before `,` `.` `[` `=` keeps that character";
        Box::new(Diagnostic::new("set-syntax", Place::Span(self.span(at, end)), message).help(help))
    }
}

/// Makes one edit in the user's tree. A list that only the defaults have is taken over first, so that an index means
/// the item that the user sees.
pub fn apply(
    user: &mut Node,
    defaults: &Node,
    assignment: &Assignment,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut walked = ValuePath::default();
    let mut node = user;
    for step in &assignment.path.0 {
        match step {
            Step::Key(key) => {
                if node.is_null() {
                    node.content = Content::Mapping(Vec::new());
                }
                let Content::Mapping(entries) = &mut node.content else {
                    diagnostics.push(not_a(&walked, "a map", node.span, assignment));
                    return;
                };
                let position = entries
                    .iter()
                    .position(|entry| entry.key == *key)
                    .unwrap_or_else(|| {
                        entries.push(Entry {
                            key: key.clone(),
                            key_span: assignment.key_span,
                            value: null(assignment.key_span),
                        });
                        entries.len() - 1
                    });
                entries[position].key_span = assignment.key_span;
                node = &mut entries[position].value;
            }
            Step::Index(index) => {
                if node.is_null() {
                    let default = get(defaults, &walked)
                        .filter(|node| matches!(node.content, Content::Sequence(_)));
                    node.content = default.map_or(Content::Sequence(Vec::new()), |default| {
                        default.content.clone()
                    });
                    node.span = assignment.key_span;
                }
                let Content::Sequence(items) = &mut node.content else {
                    diagnostics.push(not_a(&walked, "a list", node.span, assignment));
                    return;
                };
                while items.len() <= *index {
                    items.push(null(assignment.key_span));
                }
                node = &mut items[*index];
            }
        }
        walked.0.push(step.clone());
    }
    *node = assignment.value.clone();
}

fn null(span: Span) -> Node {
    Node {
        content: Content::Scalar(Scalar {
            text: "".into(),
            style: Style::Plain,
        }),
        span,
    }
}

fn not_a(path: &ValuePath, wanted: &str, span: Span, assignment: &Assignment) -> Diagnostic {
    let message = format!(
        "`{}` cannot be set: `{path}` is not {wanted}",
        assignment.path
    );
    Diagnostic::new("set-type", Place::Span(assignment.key_span), message)
        .related(Place::Span(span), "set here")
}
