//! The grammar of `--set` and its four kin, and the edits that they make.
//!
//! The grammar is Helm's (`pkg/strvals` and `pkg/cli/values` of 4.3.1). What Helm takes in silence and drops (`=1`,
//! `[0]=1`, an index without a value) is an error. Nothing here reads files: `layer` does it for `--set-file`.

use crate::diagnostic::{Diagnostic, Place, Step, ValuePath};
use crate::values::merge::{get, overlay};
use crate::yaml::{self, Content, Entries, Entry, Node, Scalar, Span, Style};

/// Largest list position that may be set.
const MAX_INDEX: i64 = 65_536;

/// Most dots between the keys of a path; those behind an index do not count.
const MAX_DOTS: usize = 30;

/// What a flag says about its values, in the order in which Helm applies the kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `--set-json`: each value is JSON, or the whole flag is an object.
    Json,
    /// `--set`: values that look like a number, a boolean or null are one.
    Set,
    /// `--set-string`: values are text.
    String,
    /// `--set-file`: values are the contents of files.
    File,
    /// `--set-literal`: one value, text to the last character.
    Literal,
}

impl Kind {
    /// Every kind, in the order of application.
    pub const ALL: [Self; 5] = [
        Self::Json,
        Self::Set,
        Self::String,
        Self::File,
        Self::Literal,
    ];

    /// Returns the flag.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Json => "--set-json",
            Self::Set => "--set",
            Self::String => "--set-string",
            Self::File => "--set-file",
            Self::Literal => "--set-literal",
        }
    }
}

/// One change to what the files say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// One `path=value`.
    Assign(Assignment),
    /// A whole object, merged as a file is.
    Merge(Node),
}

/// One `path=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// What is set.
    pub path: ValuePath,
    /// Where the path stands in the flag.
    pub key_span: Span,
    /// What to. Of `--set-file` a scalar of [`Style::Flag`] names the file.
    pub value: Node,
}

/// Reads one flag: a list of `path=value` separated by commas.
///
/// # Errors
///
/// The first thing that is not of the grammar, at its place in the flag.
pub fn parse(kind: Kind, text: &str, source: u32) -> Result<Vec<Edit>, Box<Diagnostic>> {
    let mut parser = Parser {
        kind,
        text,
        position: 0,
        source,
    };
    let mut edits = Vec::new();
    if kind == Kind::Json && text.trim_start().starts_with('{') {
        parser.position = text.len() - text.trim_start().len();
        edits.push(Edit::Merge(parser.json()?));
        parser.skip_blanks();
        if parser.position < text.len() {
            return Err(parser.error(parser.position, "text behind the object"));
        }
    }
    while parser.position < text.len() {
        edits.push(Edit::Assign(parser.assignment()?));
    }
    Ok(edits)
}

struct Parser<'t> {
    kind: Kind,
    text: &'t str,
    position: usize,
    source: u32,
}

impl Parser<'_> {
    fn assignment(&mut self) -> Result<Assignment, Box<Diagnostic>> {
        let start = self.position;
        let stops: &[char] = match self.kind {
            Kind::Literal => &['.', '[', '='],
            _ => &['.', '[', '=', ','],
        };
        let mut path = ValuePath::default();
        let mut n_dots = 0;
        loop {
            let key_start = self.position;
            let (key, stop) = self.until(stops);
            match stop {
                _ if key.is_empty() => {
                    return Err(self.error(key_start, "a key is missing here"));
                }
                None | Some(',') => {
                    return Err(self.error(key_start, "this key has no value"));
                }
                _ => path.0.push(Step::Key(key.into())),
            }
            n_dots += usize::from(stop == Some('.'));
            if n_dots > MAX_DOTS {
                return Err(self.error(start, format!("a path has at most {MAX_DOTS} dots")));
            }
            let mut stop = stop;
            while stop == Some('[') {
                path.0.push(Step::Index(self.index()?));
                self.check_depth(start, path.0.len())?;
                let behind = self.text[self.position..].chars().next();
                if !matches!(behind, Some('.' | '[' | '=')) {
                    return Err(
                        self.error(self.position, "an index is followed by `.`, `[` or `=`")
                    );
                }
                self.position += 1;
                stop = behind;
            }
            if stop == Some('=') {
                let key_span = self.span(start, self.position - 1);
                let value = self.value()?;
                self.check_depth(start, path.0.len() + value.levels())?;
                return Ok(Assignment {
                    path,
                    key_span,
                    value,
                });
            }
        }
    }

    fn check_depth(&self, start: usize, n_levels: usize) -> Result<(), Box<Diagnostic>> {
        if n_levels <= yaml::MAX_DEPTH {
            return Ok(());
        }
        let deepest = yaml::MAX_DEPTH;
        Err(self.error(
            start,
            format!("lists and maps nest more than {deepest} levels deep"),
        ))
    }

    fn index(&mut self) -> Result<usize, Box<Diagnostic>> {
        let start = self.position;
        let (digits, Some(_)) = self.until(&[']']) else {
            return Err(self.error(start.saturating_sub(1), "the index has no closing `]`"));
        };
        match digits.parse::<i64>() {
            Ok(index @ 0..=MAX_INDEX) => Ok(index.unsigned_abs() as usize),
            Ok(1..) => Err(self.error(start, format!("an index is at most {MAX_INDEX}"))),
            _ => Err(self.error(start, "this is not a position in a list: count from 0")),
        }
    }

    fn value(&mut self) -> Result<Node, Box<Diagnostic>> {
        let start = self.position;
        match self.kind {
            Kind::Json => return self.json_value(),
            Kind::Literal => {
                self.position = self.text.len();
                let text = self.text[start..].to_owned();
                return Ok(self.scalar(text, start, self.position));
            }
            // A file without a name is read, and fails, only where more follows.
            Kind::File if start == self.text.len() => {
                return Ok(self.quoted(String::new(), start, start));
            }
            Kind::Set | Kind::String | Kind::File => {}
        }
        if !self.text[start..].starts_with('{') {
            let (text, stop) = self.until(&[',']);
            let end = self.position - usize::from(stop.is_some());
            return Ok(self.scalar(text, start, end));
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

    /// Reads JSON and the comma behind it, which may be missing; nothing at all is null.
    fn json_value(&mut self) -> Result<Node, Box<Diagnostic>> {
        let start = self.position;
        if self.skip_blanks_and_comma() {
            return Ok(null(self.span(start, start)));
        }
        let value = self.json()?;
        self.skip_blanks_and_comma();
        Ok(value)
    }

    fn json(&mut self) -> Result<Node, Box<Diagnostic>> {
        let (value, end) = yaml::read_json(self.text, self.position, self.source)
            .map_err(|fault| Box::new(fault.into()))?;
        self.position = end;
        Ok(value)
    }

    fn skip_blanks(&mut self) {
        self.position = self.text.len() - self.text[self.position..].trim_start().len();
    }

    /// Takes blanks and one comma; returns whether there was the comma or the end.
    fn skip_blanks_and_comma(&mut self) -> bool {
        self.skip_blanks();
        let has_comma = self.text[self.position..].starts_with(',');
        self.position += usize::from(has_comma);
        has_comma || self.position == self.text.len()
    }

    fn scalar(&self, text: String, start: usize, end: usize) -> Node {
        let is_typed = match self.kind {
            Kind::Set => !text.is_empty(),
            Kind::File => true,
            Kind::Json | Kind::String | Kind::Literal => false,
        };
        if !is_typed {
            return self.quoted(text, start, end);
        }
        Node {
            content: Content::Scalar(Scalar {
                text: text.into(),
                style: Style::Flag,
            }),
            span: self.span(start, end),
        }
    }

    fn quoted(&self, text: String, start: usize, end: usize) -> Node {
        Node {
            content: Content::Scalar(Scalar {
                text: text.into(),
                style: Style::Quoted,
            }),
            span: self.span(start, end),
        }
    }

    /// Takes text up to one of the stops, which is taken too; a backslash makes the next character literal.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut taken = String::new();
        let mut characters = self.text[self.position..].char_indices();
        while let Some((offset, c)) = characters.next() {
            if c == '\\' && self.kind != Kind::Literal {
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
        Span::of(self.source, start, end)
    }

    fn error(&self, at: usize, message: impl Into<String>) -> Box<Diagnostic> {
        let at = at.min(self.text.len());
        let end = self.text[at..]
            .chars()
            .next()
            .map_or(at, |c| at + c.len_utf8());
        let help = match self.kind {
            Kind::Literal => "write `path=value`: the whole flag behind the `=` is the text",
            Kind::Json => "write `path=JSON`, several separated by commas, or one JSON object",
            Kind::Set | Kind::String | Kind::File => {
                "write `path=value`, several separated by commas; `\\` before `,` `.` `[` `=` keeps that character"
            }
        };
        Box::new(Diagnostic::new("set-syntax", Place::Span(self.span(at, end)), message).help(help))
    }
}

/// Makes one edit in the user's tree. A list that only the defaults have is taken over first, so that an index means
/// the item that the user sees.
pub fn apply(user: &mut Node, defaults: &Node, edit: &Edit, diagnostics: &mut Vec<Diagnostic>) {
    match edit {
        Edit::Merge(node) => overlay(user, node.clone()),
        Edit::Assign(assignment) => assign(user, defaults, assignment, diagnostics),
    }
}

fn assign(
    user: &mut Node,
    defaults: &Node,
    assignment: &Assignment,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut walked = ValuePath::default();
    let mut node = user;
    // Whether the node was made just now, and takes the shape that the next step wants.
    let mut is_new = false;
    for step in &assignment.path.0 {
        let is_item = matches!(walked.0.last(), Some(Step::Index(_)));
        match step {
            Step::Key(key) => {
                // As in Helm an item gives way to a map, whatever it was; a value of a map has to be one already.
                if is_new || is_item && node.entries().is_none() {
                    node.content = Content::Mapping(Entries::default());
                    node.span = assignment.key_span;
                }
                let Content::Mapping(entries) = &mut node.content else {
                    diagnostics.push(not_a(&walked, "a map", node.span, assignment));
                    return;
                };
                let known = entries.position(key);
                is_new = known.is_none();
                let position = known.unwrap_or_else(|| {
                    entries.push(Entry {
                        key: key.clone(),
                        key_span: assignment.key_span,
                        value: null(assignment.key_span),
                    });
                    entries.len() - 1
                });
                let (key_span, value) = entries
                    .at_mut(position)
                    .expect("it was found, or pushed just now");
                *key_span = assignment.key_span;
                node = value;
            }
            Step::Index(index) => {
                if is_new {
                    let has_default = walked.0.iter().all(|step| matches!(step, Step::Key(_)));
                    let default = get(defaults, &walked)
                        .filter(|node| has_default && matches!(node.content, Content::Sequence(_)));
                    node.content = default.map_or(Content::Sequence(Vec::new()), |default| {
                        default.content.clone()
                    });
                    node.span = assignment.key_span;
                } else if is_item && node.is_null() {
                    node.content = Content::Sequence(Vec::new());
                }
                let Content::Sequence(items) = &mut node.content else {
                    diagnostics.push(not_a(&walked, "a list", node.span, assignment));
                    return;
                };
                is_new = false;
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
