//! Reads YAML text into nodes, each with its place.
//!
//! The syntax is granit-parser's; what a mapping, a key, an alias and a merge mean is decided here. Keys are always the
//! text as written (kubectl would make `"true"` of a key `y`), and a key may stand in a map once.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, Tag};

use super::{Content, Entry, Node, Scalar, Span, Style, simple, syntax, tag};

/// How deep lists and maps may nest.
pub const MAX_DEPTH: usize = 100;

/// How many nodes the aliases of one text may stand for: far above what people write, far below a bomb.
pub const MAX_EXPANDED_NODES: usize = 100_000;

/// How many nodes one text may stand for, its aliases among them; what is read takes memory by the node, not by the byte.
pub const MAX_NODES: usize = 250_000;

/// Why a text is not the YAML that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// Kebab-case code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Another place that took part, and its role.
    pub related: Option<(Span, &'static str)>,
    /// What to do about it.
    pub help: Option<String>,
}

/// What a text says, and what is wrong with it that did not keep the rest from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// One node a document, empty documents left out.
    pub documents: Vec<Node>,
    /// Duplicate and unusable keys (of equal keys the first stands), unknown tags, merge keys without a map.
    pub faults: Vec<ReadError>,
}

/// Reads a text.
///
/// # Errors
///
/// What keeps the rest from being read, behind the faults before it: a fault of syntax, an unknown anchor, nesting
/// beyond [`MAX_DEPTH`], aliases that stand for more than [`MAX_EXPANDED_NODES`] nodes, more than [`MAX_NODES`] in all.
pub fn read(text: &str, source: u32) -> Result<Reading, Vec<ReadError>> {
    match simple::read(text, source) {
        Some(documents) => Ok(Reading {
            documents,
            faults: Vec::new(),
        }),
        None => read_whole(text, source),
    }
}

/// Reads a text that may use the whole language.
pub(super) fn read_whole(text: &str, source: u32) -> Result<Reading, Vec<ReadError>> {
    // Another crate of the build may have switched comments on.
    let options = granit_parser::options! { emit_comments: false };
    let mut reader = Reader {
        parser: Parser::new_from_str_with_options(text, options),
        text,
        source,
        anchors: HashMap::new(),
        n_expanded: 0,
        n_nodes: 0,
        faults: Vec::new(),
    };
    match reader.stream() {
        Ok(documents) => Ok(Reading {
            documents,
            faults: reader.faults,
        }),
        Err(fault) => {
            reader.faults.push(*fault);
            Err(reader.faults)
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, granit_parser::StrInput<'t>>,
    text: &'t str,
    source: u32,
    anchors: HashMap<usize, (Node, usize)>,
    n_expanded: usize,
    n_nodes: usize,
    faults: Vec<ReadError>,
}

type Fatal = Box<ReadError>;

impl<'t> Reader<'t> {
    fn stream(&mut self) -> Result<Vec<Node>, Fatal> {
        let mut documents = Vec::new();
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(documents),
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => {
                    let node = self.node(event, span, 0)?;
                    let is_empty = node.span.start == node.span.end && node.is_null();
                    if !is_empty {
                        documents.push(node);
                    }
                }
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Fatal> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, self.span(&span))),
            Some(Err(error)) => Err(Box::new(syntax::told(&error, self.text, self.source))),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Fatal> {
        self.n_nodes += 1;
        if self.n_nodes > MAX_NODES {
            let message = format!("there are more than {MAX_NODES} keys and values up to here");
            return Err(self.fatal("yaml-size", &message, span));
        }
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let style = self.scalar_style(&text, style, tag.as_deref(), span);
                // The parser writes a tilde where nothing was written.
                let text = if style == Style::Plain && span.start == span.end {
                    "".into()
                } else {
                    text.into()
                };
                (
                    Node {
                        content: Content::Scalar(Scalar { text, style }),
                        span,
                    },
                    anchor,
                )
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.collection_tag(tag.as_deref(), "seq", span);
                self.check_depth(depth, span)?;
                let mut items = Vec::new();
                let end = loop {
                    match self.next()? {
                        (Event::SequenceEnd, end) => break end,
                        (event, span) => items.push(self.node(event, span, depth + 1)?),
                    }
                };
                let end = items.last().map_or(end.end, |item: &Node| {
                    item.span
                        .end
                        .max(if end.end > end.start { end.end } else { 0 })
                });
                (
                    Node {
                        content: Content::Sequence(items),
                        span: Span {
                            end: end.max(span.end),
                            ..span
                        },
                    },
                    anchor,
                )
            }
            Event::MappingStart(_, anchor, tag) => {
                self.collection_tag(tag.as_deref(), "map", span);
                self.check_depth(depth, span)?;
                (self.mapping(span, depth)?, anchor)
            }
            Event::Alias(anchor) => {
                let Some((node, n_nodes)) = self.anchors.get(&anchor) else {
                    return Err(self.fatal("yaml-alias", "an alias inside its own anchor", span));
                };
                self.n_expanded += n_nodes;
                self.n_nodes += n_nodes;
                if self.n_expanded > MAX_EXPANDED_NODES {
                    return Err(self.fatal(
                        "yaml-alias",
                        &format!("the aliases stand for more than {MAX_EXPANDED_NODES} nodes"),
                        span,
                    ));
                }
                return Ok(node.clone());
            }
            _ => return Err(self.fatal("yaml-syntax", "a value is missing here", span)),
        };
        if anchor != 0 {
            let n_nodes = node.count();
            self.anchors.insert(anchor, (node.clone(), n_nodes));
        }
        Ok(node)
    }

    fn mapping(&mut self, span: Span, depth: usize) -> Result<Node, Fatal> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merges: Vec<Node> = Vec::new();
        // A set of the keys seen pays only where a map is large.
        let mut seen: HashMap<Box<str>, Span> = HashMap::new();
        let end = loop {
            let (event, key_span) = match self.next()? {
                (Event::MappingEnd, end) => break end,
                key => key,
            };
            let key = self.node(event, key_span, depth + 1)?;
            let (event, value_span) = self.next()?;
            let value = self.node(event, value_span, depth + 1)?;
            let key_span = key.span;
            let Content::Scalar(key) = key.content else {
                let start = key_span.start as usize;
                let braces = start
                    .checked_sub(1)
                    .and_then(|before| self.text.get(before..=start));
                let is_hole = braces == Some("{{");
                self.fault(
                    "yaml-key",
                    "a key has to be one word or text, not a list or a map",
                    key_span,
                    is_hole.then_some(syntax::TEMPLATE),
                );
                continue;
            };
            if key.style == Style::Plain && &*key.text == "<<" {
                merges.push(value);
                continue;
            }
            if key.is_null() {
                self.fault(
                    "yaml-key",
                    "a key is missing before the colon",
                    key_span,
                    Some("put the key in quotes if it is meant to be this text"),
                );
                continue;
            }
            let first = if entries.len() < 16 {
                entries
                    .iter()
                    .find(|entry| entry.key == key.text)
                    .map(|entry| entry.key_span)
            } else {
                if seen.is_empty() {
                    seen = entries
                        .iter()
                        .map(|entry| (entry.key.clone(), entry.key_span))
                        .collect();
                }
                let first = seen.get(&key.text).copied();
                seen.entry(key.text.clone()).or_insert(key_span);
                first
            };
            match first {
                Some(first) => self.faults.push(ReadError {
                    code: "duplicate-key",
                    message: format!("the key `{}` stands twice in one map", key.text),
                    span: key_span,
                    related: Some((first, "first here")),
                    help: Some(
                        "keep one of the two: other readers would silently take the last"
                            .to_owned(),
                    ),
                }),
                None => entries.push(Entry {
                    key: key.text,
                    key_span,
                    value,
                }),
            }
        };
        // Of several merge keys the last one stands, as any other key of Helm's would.
        if !merges.is_empty() {
            let mut keys = entries.iter().map(|own| own.key.clone()).collect();
            for merge in merges.into_iter().rev() {
                self.merge(&mut entries, &mut keys, merge);
            }
        }
        let last = entries.last().map_or(0, |entry| entry.value.span.end);
        let end = if end.end > end.start { end.end } else { last };
        Ok(Node {
            content: Content::Mapping(entries.into()),
            span: Span {
                end: end.max(span.end),
                ..span
            },
        })
    }

    /// Adds what a merge key brings; what the map says itself, and what an earlier map of the list says, stands.
    fn merge(&mut self, entries: &mut Vec<Entry>, keys: &mut HashSet<Box<str>>, merge: Node) {
        match merge.content {
            Content::Mapping(brought) => {
                entries.extend(
                    brought
                        .into_iter()
                        .filter(|entry| keys.insert(entry.key.clone())),
                );
            }
            Content::Sequence(items) => {
                for item in items {
                    if item.entries().is_some() {
                        self.merge(entries, keys, item);
                    } else {
                        self.fault("yaml-merge", "a merge key takes maps only", item.span, None);
                    }
                }
            }
            Content::Scalar(_) => self.fault(
                "yaml-merge",
                "a merge key takes a map or a list of maps",
                merge.span,
                None,
            ),
        }
    }

    fn scalar_style(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: Span,
    ) -> Style {
        let written = if style == ScalarStyle::Plain {
            Style::Plain
        } else {
            Style::Quoted
        };
        let Some(tag) = tag else { return written };
        let (style, wrong) = tag::of_scalar(tag, text, written);
        self.faults
            .extend(wrong.map(|wrong| wrong.at(tag, self.text, span)));
        style
    }

    fn collection_tag(&mut self, tag: Option<&Tag>, wanted: &str, span: Span) {
        let wrong = tag.and_then(|tag| Some((tag, tag::of_collection(tag, wanted)?)));
        self.faults
            .extend(wrong.map(|(tag, wrong)| wrong.at(tag, self.text, span)));
    }

    fn check_depth(&self, depth: usize, span: Span) -> Result<(), Fatal> {
        if depth < MAX_DEPTH {
            return Ok(());
        }
        Err(self.fatal(
            "yaml-depth",
            &format!("lists and maps nest more than {MAX_DEPTH} levels deep"),
            span,
        ))
    }

    fn fault(&mut self, code: &'static str, message: &str, span: Span, help: Option<&str>) {
        self.faults.push(ReadError {
            code,
            message: message.to_owned(),
            span,
            related: None,
            help: help.map(str::to_owned),
        });
    }

    fn fatal(&self, code: &'static str, message: &str, span: Span) -> Fatal {
        Box::new(ReadError {
            code,
            message: message.to_owned(),
            span,
            related: None,
            help: None,
        })
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        let start = span.start.byte_offset().unwrap_or_default();
        let end = span.end.byte_offset().unwrap_or_default();
        Span::of(self.source, start, end)
    }
}
