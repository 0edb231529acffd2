//! Reads the YAML that people mostly write, and that templates and renders are, at a fifth of the cost of the whole language.
//!
//! Documents of block maps and lists, scalars and flow collections of one line, `|` blocks, comments. It is exact or
//! silent: where it meets anything else it gives up, and the reader of the whole language starts anew. A test holds the
//! two equal on every text that this one takes.

mod bytes;
mod inline;

use bytes::{has_odd_character, line_length, n_blanks};

use super::node::{Entry, Node};
use super::read::MAX_DEPTH;
use super::{Content, Scalar, Span, Style};

/// Longest text in bytes. A longer one may hold more nodes than are allowed, which the other reader counts.
const MAX_BYTES: usize = 256 * 1024;

/// Most keys in a map, each of which is compared with all before it.
const MAX_KEYS: usize = 256;

/// Reads a text of the simple kind: its documents, empty ones left out.
///
/// `None` says nothing about the text but that it needs the reader of the whole language.
pub(super) fn read(text: &str, source: u32) -> Option<Vec<Node>> {
    if text.len() > MAX_BYTES || has_odd_character(text.as_bytes()) {
        return None;
    }
    let mut reader = Reader {
        text,
        source,
        offset: 0,
        line: None,
        is_over: false,
        items: Vec::new(),
        entries: Vec::new(),
    };
    let mut documents = Vec::new();
    while !reader.is_over {
        reader.advance()?;
        if reader.line.is_some() {
            documents.push(reader.block(0, 0)?);
            if reader.line.is_some() {
                return None;
            }
        }
    }
    Some(documents)
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

struct Reader<'t> {
    text: &'t str,
    source: u32,
    /// Where the lines begin that are not read yet.
    offset: usize,
    /// The line to read; nothing at the end of a document.
    line: Option<Line>,
    /// Whether that is the end of the last.
    is_over: bool,
    /// The items of the lists that are being read, each behind those of the lists around it.
    items: Vec<Node>,
    /// The entries of the maps that are being read, likewise.
    entries: Vec<Entry>,
}

impl<'t> Reader<'t> {
    /// Goes to the next line of the document, past blank ones and comments.
    fn advance(&mut self) -> Option<()> {
        self.line = None;
        while self.offset < self.text.len() {
            let start = self.offset;
            let rest = &self.text.as_bytes()[start..];
            let line = &rest[..line_length(rest)];
            self.offset = self.text.len().min(start + line.len() + 1);
            let indent = n_blanks(line);
            match &line[indent..] {
                [] | [b'#', ..] => {}
                b"---" if indent == 0 => return Some(()),
                _ => {
                    self.line = Some(Line {
                        indent,
                        start: start + indent,
                        end: start + line.len(),
                    });
                    return Some(());
                }
            }
        }
        self.is_over = true;
        Some(())
    }

    /// Reads the map or list whose items stand at an indent.
    fn block(&mut self, indent: usize, depth: usize) -> Option<Node> {
        let first = self.line?;
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
        let n_around = self.items.len();
        while let Some(line) = self.line
            && line.indent == first.indent
            && self.is_item(line)
        {
            let rest = self.skip_blanks(line.start + 1, line.end);
            if self.is_end(rest, line.end) {
                self.advance()?;
                let item = self.nested(line.indent, line.start + 1, depth)?;
                self.items.push(item);
            } else if self.begins_block(rest, line.end) {
                // What stands behind the dash is the first line of a block at its own column.
                self.line = Some(Line {
                    indent: line.indent + rest - line.start,
                    start: rest,
                    end: line.end,
                });
                let item = self.block(line.indent + rest - line.start, depth + 1)?;
                self.items.push(item);
            } else {
                let item = self.value(rest, line, depth)?;
                self.items.push(item);
            }
        }
        self.ends_at(first.indent)?;
        let items = self.items.split_off(n_around);
        let end = items
            .last()
            .map_or(first.start, |item| item.span.end as usize);
        Some(Node {
            content: Content::Sequence(items),
            span: self.span(first.start, end),
        })
    }

    fn mapping(&mut self, first: Line, depth: usize) -> Option<Node> {
        let n_around = self.entries.len();
        while let Some(line) = self.line
            && line.indent == first.indent
            && !self.is_item(line)
        {
            let (key, key_end) = self.key(line.start, line.end)?;
            let entries = &self.entries[n_around..];
            if entries.len() > MAX_KEYS || entries.iter().any(|entry| *entry.key == *key) {
                return None;
            }
            let rest = self.skip_blanks(key_end + 1, line.end);
            let value = if self.is_end(rest, line.end) {
                self.advance()?;
                match self.line {
                    Some(next) if next.indent == line.indent && self.is_item(next) => {
                        self.block(next.indent, depth + 1)?
                    }
                    _ => self.nested(line.indent, key_end + 1, depth)?,
                }
            } else {
                self.value(rest, line, depth)?
            };
            self.entries.push(Entry {
                key: key.into(),
                key_span: self.span(line.start, key_end),
                value,
            });
        }
        self.ends_at(first.indent)?;
        let entries = self.entries.split_off(n_around);
        let end = entries.last()?.value.span.end as usize;
        Some(Node {
            content: Content::Mapping(entries.into()),
            span: self.span(first.start, end),
        })
    }

    /// Makes sure that no line goes on deeper than the block that has ended.
    fn ends_at(&self, indent: usize) -> Option<()> {
        self.line
            .is_none_or(|line| line.indent <= indent)
            .then_some(())
    }

    /// Reads what stands deeper than a key or dash without a value of its own; nothing there is null.
    fn nested(&mut self, indent: usize, empty_at: usize, depth: usize) -> Option<Node> {
        match self.line {
            Some(next) if next.indent > indent => self.block(next.indent, depth + 1),
            _ => Some(self.scalar("", Style::Plain, empty_at, empty_at)),
        }
    }

    /// Reads a value that is on the line, and makes sure that it does not go on below.
    fn value(&mut self, start: usize, line: Line, depth: usize) -> Option<Node> {
        let (node, end) = match self.text.as_bytes()[start] {
            b'|' => {
                let node = self.literal(start, line)?;
                self.advance()?;
                return (!self.goes_on(line)).then_some(node);
            }
            b'[' | b'{' => self.flow(start, line.end, depth + 1)?,
            b'"' | b'\'' => self.quoted(start, line.end)?,
            _ => self.plain(start, line.end, false)?,
        };
        let rest = self.skip_blanks(end, line.end);
        let is_over = rest == line.end || rest > end && self.text.as_bytes()[rest] == b'#';
        self.advance()?;
        (is_over && !self.goes_on(line)).then_some(node)
    }

    /// Tells whether the line to read stands deeper than one before it.
    fn goes_on(&self, line: Line) -> bool {
        self.line.is_some_and(|next| next.indent > line.indent)
    }

    /// Reads the lines of a `|` block that stand deeper than the line that begins it.
    fn literal(&mut self, start: usize, line: Line) -> Option<Node> {
        let header = &self.text[start..line.end];
        if !matches!(header, "|" | "|-" | "|+") {
            return None;
        }
        let mut text = String::new();
        // Of the first line that is not blank: where it begins, and behind how many columns.
        let mut first: Option<(usize, usize)> = None;
        let mut n_breaks = 0;
        let mut offset = self.offset;
        let mut indent_behind = 0;
        for line_inside in self.text[offset..].split_inclusive('\n') {
            let indent = n_blanks(line_inside.as_bytes());
            match &line_inside[indent..] {
                "\n" if indent == 0 => n_breaks += 1,
                "" | "\n" => return None,
                _ if indent <= line.indent => {
                    indent_behind = indent;
                    break;
                }
                content => {
                    let (_, common) = *first.get_or_insert((offset + indent, indent));
                    if indent < common || !content.ends_with('\n') {
                        return None;
                    }
                    text.extend(std::iter::repeat_n('\n', n_breaks));
                    n_breaks = 0;
                    text.push_str(&line_inside[common..]);
                }
            }
            offset += line_inside.len();
        }
        let (start, _) = first?;
        match header {
            "|-" => drop(text.pop()),
            "|+" => text.extend(std::iter::repeat_n('\n', n_breaks)),
            _ => {}
        }
        self.offset = offset;
        Some(Node {
            content: Content::Scalar(Scalar {
                text: text.into(),
                style: Style::Quoted,
            }),
            span: self.span(start, offset + indent_behind),
        })
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

    fn skip_blanks(&self, start: usize, end: usize) -> usize {
        start + n_blanks(&self.text.as_bytes()[start..end])
    }

    /// Tells whether nothing but a comment is left of a line, behind a blank.
    fn is_end(&self, position: usize, end: usize) -> bool {
        position == end || self.text.as_bytes()[position] == b'#'
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
            include_str!("../../../snapshots/standard/manifests.snap.yaml"),
        ] {
            assert!(check(text), "{text}");
        }
    }

    #[test]
    fn escapes_of_json_are_simple() {
        assert!(check("a: \"\\\"\\\\\\n\\r\\t\\u00e9\"\n"));
        for code in 0..=u32::from(u16::MAX) {
            let _ = check(&format!("a: \"\\u{code:04x}\"\n"));
        }
    }

    #[test]
    fn a_long_key_is_left_to_the_other_reader() {
        assert!(check(&format!("{}: b\n", "a".repeat(1000))));
        for n_letters in [1001, 1023, 1024, 1025, 2000] {
            assert_eq!(read(&format!("{}: b\n", "a".repeat(n_letters)), 7), None);
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
            "a: -1\nb: -x\n",
            "a: [ ]\nb: { }\nc: [1, 2 , 3 ]\n",
            "a: é\nb: [\u{e000}1\u{e001}]\n",
            "a: # b\n- # c\n  - d\n",
            "a: b#c\nd: [e#f, -1, g:h]\n",
            "a: 'b' # c\n",
            "a:\n- b: c\n  d:\n  - e\n- f\n",
            "---\n# c\na: b\n---\n---\nc: d\n---\n",
            "a: |\n  b\n   c\n\n  # d\n# e\nf: |-\n\n    g\n\nh:\n- |+\n  i\n\n- j: |\n    k\n",
            "a: |+\n  b\n\n---\nc: |\n  ---\n  %d\n",
        ] {
            assert!(check(text), "{text}");
        }
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

        #[test]
        fn the_two_readers_agree_on_documents_and_blocks(
            lines in proptest::collection::vec(select(&[
                "", "  ", "---", "--- ", "...", "# c", "  # c", "    # c", "a: |", "b: |-", "c: |+", "d: >", "- |", "- |+", "- e: |", "- - |-", "f:", "  g: |", "  - |",
                "  h: i", "  text", "    text", "   text", "      text", "    - |", "  \"\\\"\\n\": j", "k: \"\\u00e9\\t\\\\\"", "l: [\"\\\"]\"]", "    %m", "\ta", "  n: |2", "o: | # c", "p: 'q'", "    ---", "| ",
            ][..]), 0..10),
            is_ended in proptest::bool::ANY,
        ) {
            let _ = check(&(lines.join("\n") + if is_ended { "\n" } else { "" }));
        }
    }
}
