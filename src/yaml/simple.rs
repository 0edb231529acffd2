//! Reads the YAML that people mostly write, and every template renders to, at a fifth of the cost of the whole language.
//!
//! One document of block maps and lists, scalars and flow collections of one line, comments. It is exact or silent:
//! where it meets anything else it gives up, and the reader of the whole language starts anew. A test holds the two
//! equal on every text that this one takes.

use super::node::{Entry, Node};
use super::read::MAX_DEPTH;
use super::{Content, Scalar, Span, Style, is_null};

/// Longest text in bytes. A longer one may hold more nodes than are allowed, which the other reader counts.
const MAX_BYTES: usize = 256 * 1024;

/// Fewest bytes that lines have on average, for the room that is made for them.
const BYTES_A_LINE: usize = 16;

/// Most keys in a map, each of which is compared with all before it.
const MAX_KEYS: usize = 256;

/// Reads a text of the simple kind: its one document, or nothing where it is empty.
///
/// `None` says nothing about the text but that it needs the reader of the whole language.
pub(super) fn read(text: &str, source: u32) -> Option<Option<Node>> {
    let lines = lines(text)?;
    if lines.is_empty() {
        return Some(None);
    }
    let mut reader = Reader {
        text,
        source,
        lines,
        line: 0,
    };
    let node = reader.block(0, 0)?;
    (reader.line == reader.lines.len()).then_some(Some(node))
}

/// A line that is neither blank nor a comment.
#[derive(Clone, Copy)]
struct Line {
    /// Columns before the content.
    indent: usize,
    /// Where the content begins.
    start: usize,
    /// Where the line ends, trailing blanks and all.
    end: usize,
}

fn lines(text: &str) -> Option<Vec<Line>> {
    if text.len() > MAX_BYTES || has_odd_character(text.as_bytes()) {
        return None;
    }
    let mut lines = Vec::with_capacity(text.len() / BYTES_A_LINE);
    let mut offset = 0;
    for line in text.split('\n').map(str::as_bytes) {
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        match &line[indent..] {
            [] | [b'#', ..] => {}
            [b'%', ..] => return None,
            content
                if indent == 0 && (content.starts_with(b"---") || content.starts_with(b"...")) =>
            {
                return None;
            }
            _ => lines.push(Line {
                indent,
                start: offset + indent,
                end: offset + line.len(),
            }),
        }
        offset += line.len() + 1;
    }
    Some(lines)
}

/// Tells whether there are controls, a byte order mark, a line separator or a non-character, on which readers differ.
fn has_odd_character(text: &[u8]) -> bool {
    let is_odd = |position: usize| match &text[position..] {
        [0xc2, next, ..] => *next < 0xa0,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => true,
        [0xef, 0xbb, 0xbf, ..] | [0xef, 0xbf, 0xbe | 0xbf, ..] => true,
        [0..b' ' | 0x7f, ..] => true,
        _ => false,
    };
    let mut bytes = text.iter().enumerate();
    bytes.any(|(position, byte)| MAY_BE_ODD[usize::from(*byte)] && is_odd(position))
}

/// Bytes with which an odd character may begin. Few texts have one: a table is the shortest way past the others.
const MAY_BE_ODD: [bool; 256] = {
    let mut odd = [false; 256];
    let mut control = 0;
    while control < b' ' as usize {
        odd[control] = control != b'\n' as usize;
        control += 1;
    }
    odd[0x7f] = true;
    odd[0xc2] = true;
    odd[0xe2] = true;
    odd[0xef] = true;
    odd
};

struct Reader<'t> {
    text: &'t str,
    source: u32,
    lines: Vec<Line>,
    line: usize,
}

impl<'t> Reader<'t> {
    /// Reads the map or list whose items stand at an indent.
    fn block(&mut self, indent: usize, depth: usize) -> Option<Node> {
        let first = *self.lines.get(self.line)?;
        if depth >= MAX_DEPTH || first.indent != indent {
            return None;
        }
        if self.is_item(first) {
            self.sequence(first, depth)
        } else {
            self.mapping(first, depth)
        }
    }

    fn is_item(&self, line: Line) -> bool {
        let content = &self.text[line.start..line.end];
        content == "-" || content.starts_with("- ")
    }

    fn sequence(&mut self, first: Line, depth: usize) -> Option<Node> {
        let mut items = Vec::new();
        while let Some(&line) = self.lines.get(self.line)
            && line.indent == first.indent
            && self.is_item(line)
        {
            let rest = self.skip_blanks(line.start + 1, line.end);
            if self.is_end(rest, line.end) {
                self.line += 1;
                items.push(self.nested(line.indent, line.start + 1, depth)?);
            } else if self.begins_block(rest, line.end) {
                // What stands behind the dash is the first line of a block at its own column.
                self.lines[self.line] = Line {
                    indent: line.indent + rest - line.start,
                    start: rest,
                    end: line.end,
                };
                items.push(self.block(line.indent + rest - line.start, depth + 1)?);
            } else {
                items.push(self.value(rest, line, depth)?);
            }
        }
        self.ends_at(first.indent)?;
        let end = items
            .last()
            .map_or(first.start, |item| item.span.end as usize);
        Some(Node {
            content: Content::Sequence(items),
            span: self.span(first.start, end),
        })
    }

    fn mapping(&mut self, first: Line, depth: usize) -> Option<Node> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(&line) = self.lines.get(self.line)
            && line.indent == first.indent
            && !self.is_item(line)
        {
            let (key, key_end) = self.key(line.start, line.end)?;
            if entries.len() > MAX_KEYS || entries.iter().any(|entry| *entry.key == *key) {
                return None;
            }
            let rest = self.skip_blanks(key_end + 1, line.end);
            let value = if self.is_end(rest, line.end) {
                self.line += 1;
                match self.lines.get(self.line) {
                    Some(&next) if next.indent == line.indent && self.is_item(next) => {
                        self.block(next.indent, depth + 1)?
                    }
                    _ => self.nested(line.indent, key_end + 1, depth)?,
                }
            } else {
                self.value(rest, line, depth)?
            };
            entries.push(Entry {
                key: key.into(),
                key_span: self.span(line.start, key_end),
                value,
            });
        }
        self.ends_at(first.indent)?;
        let end = entries.last()?.value.span.end as usize;
        Some(Node {
            content: Content::Mapping(entries),
            span: self.span(first.start, end),
        })
    }

    /// Makes sure that no line goes on deeper than the block that has ended.
    fn ends_at(&self, indent: usize) -> Option<()> {
        self.lines
            .get(self.line)
            .is_none_or(|line| line.indent <= indent)
            .then_some(())
    }

    /// Reads what stands deeper than a key or dash without a value of its own; nothing there is null.
    fn nested(&mut self, indent: usize, empty_at: usize, depth: usize) -> Option<Node> {
        match self.lines.get(self.line) {
            Some(next) if next.indent > indent => self.block(next.indent, depth + 1),
            _ => Some(self.scalar("", Style::Plain, empty_at, empty_at)),
        }
    }

    /// Reads a value that is on the line, and makes sure that it does not go on below.
    fn value(&mut self, start: usize, line: Line, depth: usize) -> Option<Node> {
        let (node, end) = match self.text.as_bytes()[start] {
            b'[' | b'{' => self.flow(start, line.end, depth + 1)?,
            b'"' | b'\'' => self.quoted(start, line.end)?,
            _ => self.plain(start, line.end, false)?,
        };
        let rest = self.skip_blanks(end, line.end);
        let is_over = rest == line.end || rest > end && self.text.as_bytes()[rest] == b'#';
        self.line += 1;
        let goes_on = self
            .lines
            .get(self.line)
            .is_some_and(|next| next.indent > line.indent);
        (is_over && !goes_on).then_some(node)
    }

    /// Tells whether a key or a dash begins at a position: whether a block does.
    fn begins_block(&self, start: usize, end: usize) -> bool {
        let line = Line {
            indent: 0,
            start,
            end,
        };
        self.is_item(line) || self.key(start, end).is_some()
    }

    /// Reads a key: its text, and where it ends, which is where its colon is.
    fn key(&self, start: usize, end: usize) -> Option<(&'t str, usize)> {
        let bytes = self.text.as_bytes();
        let (key, key_end) = match bytes[start] {
            b'"' | b'\'' => {
                let (node, end) = self.quoted(start, end)?;
                (self.text.get(start + 1..end - 1)?, node.span.end as usize)
            }
            first if is_plain_start(first) => {
                let length = self.text[start..end].bytes().take_while(|byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'/' | 0x80..)).count();
                (&self.text[start..start + length], start + length)
            }
            _ => return None,
        };
        let is_usable = bytes[start] == b'"' || bytes[start] == b'\'' || !is_null(key);
        let is_key =
            bytes.get(key_end) == Some(&b':') && (key_end + 1 == end || bytes[key_end + 1] == b' ');
        (is_key && is_usable).then_some((key, key_end))
    }

    /// Reads a quoted scalar without escapes.
    fn quoted(&self, start: usize, end: usize) -> Option<(Node, usize)> {
        let quote = self.text.as_bytes()[start];
        let length = self.text[start + 1..end]
            .bytes()
            .position(|byte| byte == quote)?;
        let text = &self.text[start + 1..start + 1 + length];
        let after = start + length + 2;
        // Two single quotes are one, a backslash escapes: both are the other reader's.
        if quote == b'"' && text.contains('\\')
            || quote == b'\'' && self.text.as_bytes().get(after) == Some(&b'\'')
        {
            return None;
        }
        Some((self.scalar(text, Style::Quoted, start, after), after))
    }

    /// Reads a plain scalar to the end of its line, or of its place in a flow collection.
    fn plain(&self, start: usize, end: usize, is_flow: bool) -> Option<(Node, usize)> {
        let bytes = self.text.as_bytes();
        let is_negative = bytes[start] == b'-'
            && bytes
                .get(start + 1)
                .is_some_and(|next| next.is_ascii_alphanumeric() && start + 1 < end);
        if !is_plain_start(bytes[start]) && !is_negative {
            return None;
        }
        let mut position = start;
        while position < end {
            let next = bytes.get(position + 1).filter(|_| position + 1 < end);
            match bytes[position] {
                b':' if next
                    .is_none_or(|next| *next == b' ' || is_flow && b",[]{}".contains(next)) =>
                {
                    return None;
                }
                b'#' if bytes[position - 1] == b' ' => break,
                b',' | b'[' | b']' | b'{' | b'}' if is_flow => break,
                _ => position += 1,
            }
        }
        let text = self.text[start..position].trim_end_matches(' ');
        Some((
            self.scalar(text, Style::Plain, start, start + text.len()),
            start + text.len(),
        ))
    }

    /// Reads a flow collection that ends on its line.
    fn flow(&self, start: usize, end: usize, depth: usize) -> Option<(Node, usize)> {
        let bytes = self.text.as_bytes();
        let (is_map, close) = if bytes[start] == b'{' {
            (true, b'}')
        } else {
            (false, b']')
        };
        if depth >= MAX_DEPTH {
            return None;
        }
        let (mut items, mut entries): (Vec<Node>, Vec<Entry>) = (Vec::new(), Vec::new());
        let mut position = self.skip_blanks(start + 1, end);
        while *bytes.get(position).filter(|_| position < end)? != close {
            if is_map {
                let (key, key_end) = self.key(position, end)?;
                if entries.len() > MAX_KEYS || entries.iter().any(|entry| *entry.key == *key) {
                    return None;
                }
                let value_start = self.skip_blanks(key_end + 1, end);
                let (value, after) = self.flow_value(value_start, end, depth)?;
                entries.push(Entry {
                    key: key.into(),
                    key_span: self.span(position, key_end),
                    value,
                });
                position = after;
            } else {
                let (item, after) = self.flow_value(position, end, depth)?;
                items.push(item);
                position = after;
            }
            position = self.skip_blanks(position, end);
            match bytes.get(position).filter(|_| position < end)? {
                b',' => position = self.skip_blanks(position + 1, end),
                byte if *byte == close => {}
                _ => return None,
            }
        }
        let content = if is_map {
            Content::Mapping(entries)
        } else {
            Content::Sequence(items)
        };
        Some((
            Node {
                content,
                span: self.span(start, position + 1),
            },
            position + 1,
        ))
    }

    fn flow_value(&self, start: usize, end: usize, depth: usize) -> Option<(Node, usize)> {
        match self.text.as_bytes().get(start).filter(|_| start < end)? {
            b'[' | b'{' => self.flow(start, end, depth + 1),
            b'"' | b'\'' => self.quoted(start, end),
            _ => self.plain(start, end, true),
        }
    }

    fn skip_blanks(&self, start: usize, end: usize) -> usize {
        start
            + self.text.as_bytes()[start..end]
                .iter()
                .take_while(|byte| **byte == b' ')
                .count()
    }

    /// Tells whether nothing but a comment is left of a line.
    fn is_end(&self, position: usize, end: usize) -> bool {
        position == end
            || self.text.as_bytes()[position] == b'#' && self.text.as_bytes()[position - 1] == b' '
    }

    fn scalar(&self, text: &str, style: Style, start: usize, end: usize) -> Node {
        Node {
            content: Content::Scalar(Scalar {
                text: text.into(),
                style,
            }),
            span: self.span(start, end),
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::of(self.source, start, end)
    }
}

/// Bytes with which a plain scalar may begin without a second look.
fn is_plain_start(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'_' | b'.' | b'+' | b'$' | b'(' | b'~' | b'^' | b'=' | b'\\' | b'<' | b';' | b')' | 0x80..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;
    use proptest::sample::select;
    use proptest::test_runner::Config;

    use super::super::read::read_whole;
    use super::*;

    /// Holds the two readers equal: content and places, but for where a collection ends and where nothing stands.
    fn check(text: &str) -> bool {
        let Some(simple) = read(text, 7) else {
            return false;
        };
        let whole = read_whole(text, 7).unwrap_or_else(|faults| panic!("{faults:?}\n{text}"));
        assert_eq!(whole.faults, [], "{text}");
        let simple: Vec<String> = simple.iter().map(shape).collect();
        let whole: Vec<String> = whole.documents.iter().map(shape).collect();
        assert_eq!(simple, whole, "{text}");
        true
    }

    fn shape(node: &Node) -> String {
        match &node.content {
            Content::Scalar(scalar) if scalar.text.is_empty() && scalar.style == Style::Plain => {
                "nothing".to_owned()
            }
            Content::Scalar(scalar) => {
                format!("{:?}@{}-{}", scalar, node.span.start, node.span.end)
            }
            // The other reader takes a list at the indent of its key to begin behind the first dash.
            Content::Sequence(items) => {
                format!(
                    "[{}]",
                    items.iter().map(shape).collect::<Vec<_>>().join(", ")
                )
            }
            Content::Mapping(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|entry| {
                        format!(
                            "{}@{}-{}: {}",
                            entry.key,
                            entry.key_span.start,
                            entry.key_span.end,
                            shape(&entry.value)
                        )
                    })
                    .collect();
                format!("{{{}}}@{}", entries.join(", "), node.span.start)
            }
        }
    }

    #[test]
    fn what_we_ship_is_simple() {
        for text in [
            crate::values::layer::DEFAULTS,
            crate::values::layer::PROFILES[0].1,
            crate::values::layer::PROFILES[1].1,
        ] {
            assert!(check(text), "{text}");
        }
    }

    #[test]
    fn usual_texts_are_simple() {
        for text in [
            "",
            "# c\n",
            "a: 1\n",
            "a:\n  b: c # d\n",
            "a:\n- b\n- c: d\n  e: f\n-\n  - g\n- - h\n  - i\n",
            "a: {b: [c, {d: e}], f: \"g, h\"}\n",
            "a: 'b'\nc:\nd: ~\n",
            "a: http://x:80/y#z\n",
            "\"a b\": c\n'd': e\n",
            "a: -1\nb: --x\n",
            "a: [ ]\nb: { }\nc: [1, 2 , 3 ]\n",
            "a: é\nb: [\u{e000}1\u{e001}]\n",
        ] {
            let _ = check(text);
        }
        assert!(check("a:\n- b: c\n  d:\n  - e\n- f\n"));
    }

    proptest! {
        #![proptest_config(Config { cases: 100_000, failure_persistence: None, ..Config::default() })]

        #[test]
        fn the_two_readers_agree_on_whatever_this_one_takes(
            pieces in proptest::collection::vec(select(&[
                "a", "b: ", "c:", ": ", ":", "- ", "-", "\n", "\n  ", "\n    ", "\n- ", "\n  - ", " ", "  ", "#", " # x", "\"", "'", "\"d\"", "'e'", "\\", "[", "]", "{", "}", ", ", ",", "1", "-2", "~", "null", "<<", "&x", "*x",
                "!t", "|", ">", "%", "@", "`", "?", "? ", "---", "...", "\t", "\r", "é", "\u{e000}", "=", "$", "f: g\n", "h:\n  i: j\n", "k:\n- l\n", "<<: {m: n}", "\"o\": p\n", "{q: r}", "[s, t]",
            ][..]), 0..14),
        ) {
            let _ = check(&pieces.concat());
        }
    }
}
