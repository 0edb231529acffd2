//! Reads JSON at the start of a text, and writes it for people.
//!
//! The grammar is that of RFC 8259; where Go's reader decides more (half a surrogate pair, numbers beyond a float), so
//! does this one.

use super::node::{Entries, Entry, Node};
use super::read::{MAX_DEPTH, ReadError};
use super::value::{Value, push_json_string};
use super::{Content, Scalar, Span, Style};

/// Reads the JSON value that begins at an offset, blanks before it left out, and returns it with the offset behind it.
///
/// Strings are quoted scalars; numbers, `true`, `false` and `null` are plain ones, their digits as written.
///
/// # Errors
///
/// The first fault: what is not JSON, nesting beyond [`MAX_DEPTH`], a key that stands twice in one object.
pub fn read_json(text: &str, offset: usize, source: u32) -> Result<(Node, usize), ReadError> {
    let mut reader = Reader {
        text,
        position: offset,
        source,
    };
    let node = reader.value(0)?;
    Ok((node, reader.position))
}

struct Reader<'t> {
    text: &'t str,
    position: usize,
    source: u32,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Node, ReadError> {
        self.blanks();
        let start = self.position;
        if depth > MAX_DEPTH {
            return Err(self.error(
                start,
                format!("lists and maps nest deeper than {MAX_DEPTH}"),
            ));
        }
        let content = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => scalar(self.string()?, Style::Quoted),
            Some(b'-' | b'0'..=b'9') => scalar(self.number()?, Style::Plain),
            _ => {
                let rest = &self.text[start..];
                let Some(word) = ["true", "false", "null"]
                    .into_iter()
                    .find(|word| rest.starts_with(word))
                else {
                    return Err(self.error(start, "a JSON value is wanted here"));
                };
                self.position += word.len();
                scalar(word.to_owned(), Style::Plain)
            }
        };
        Ok(Node {
            content,
            span: self.span(start, self.position),
        })
    }

    fn object(&mut self, depth: usize) -> Result<Content, ReadError> {
        let mut entries = Entries::default();
        self.position += 1;
        self.blanks();
        if self.take(b'}') {
            return Ok(Content::Mapping(entries));
        }
        loop {
            self.blanks();
            let start = self.position;
            if self.peek() != Some(b'"') {
                return Err(self.error(start, "a key in double quotes is wanted here"));
            }
            let key = self.string()?;
            let key_span = self.span(start, self.position);
            if let Some(first) = entries.get(&key) {
                return Err(ReadError {
                    code: "duplicate-key",
                    message: format!("the key `{key}` stands twice in one map"),
                    span: key_span,
                    related: Some((first.key_span, "first here")),
                    help: Some(
                        "keep one of the two: other readers would silently take the last"
                            .to_owned(),
                    ),
                });
            }
            self.blanks();
            if !self.take(b':') {
                return Err(self.error(self.position, "`:` is wanted behind a key"));
            }
            let value = self.value(depth + 1)?;
            entries.push(Entry {
                key: key.into(),
                key_span,
                value,
            });
            self.blanks();
            if self.take(b'}') {
                return Ok(Content::Mapping(entries));
            }
            if !self.take(b',') {
                return Err(self.error(self.position, "`,` or `}` is wanted here"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Content, ReadError> {
        let mut items = Vec::new();
        self.position += 1;
        self.blanks();
        if self.take(b']') {
            return Ok(Content::Sequence(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blanks();
            if self.take(b']') {
                return Ok(Content::Sequence(items));
            }
            if !self.take(b',') {
                return Err(self.error(self.position, "`,` or `]` is wanted here"));
            }
        }
    }

    fn string(&mut self) -> Result<String, ReadError> {
        let start = self.position;
        self.position += 1;
        let mut out = String::new();
        loop {
            let at = self.position;
            let Some(c) = self.text[at..].chars().next() else {
                return Err(self.error(start, "the string has no closing `\"`"));
            };
            self.position += c.len_utf8();
            match c {
                '"' => return Ok(out),
                '\\' => out.push(self.escape(at)?),
                c if c < ' ' => {
                    return Err(self.error(at, "a control character in a string has to be escaped"));
                }
                c => out.push(c),
            }
        }
    }

    /// Reads what stands behind a backslash at `at`.
    fn escape(&mut self, at: usize) -> Result<char, ReadError> {
        let Some(c) = self.peek() else {
            return Err(self.error(at, "the string has no closing `\"`"));
        };
        self.position += 1;
        Ok(match c {
            b'"' | b'\\' | b'/' => char::from(c),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex(at)?;
                if !(0xd800..0xdc00).contains(&first) {
                    return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                // Half a pair alone stands for the replacement character, as in Go.
                let behind = self.position;
                if self.text[behind..].starts_with("\\u") {
                    self.position += 2;
                    let second = self.hex(behind)?;
                    if (0xdc00..0xe000).contains(&second) {
                        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.position = behind;
                }
                char::REPLACEMENT_CHARACTER
            }
            _ => {
                // The position may be inside a character, which the message does not show.
                self.position = at;
                return Err(self.error(at, "JSON has no such escape"));
            }
        })
    }

    fn hex(&mut self, at: usize) -> Result<u32, ReadError> {
        let digits = self.text.get(self.position..self.position + 4);
        let code = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(code) = code else {
            return Err(self.error(at, "`\\u` is followed by four hexadecimal digits"));
        };
        self.position += 4;
        Ok(code)
    }

    fn number(&mut self) -> Result<String, ReadError> {
        let start = self.position;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits(start)?;
        }
        if self.take(b'.') {
            self.digits(start)?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits(start)?;
        }
        let digits = &self.text[start..self.position];
        if digits.parse::<f64>().is_ok_and(f64::is_finite) {
            Ok(digits.to_owned())
        } else {
            Err(self.error(start, "the number is too large"))
        }
    }

    fn digits(&mut self, start: usize) -> Result<(), ReadError> {
        let n_digits = self.text[self.position..]
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count();
        self.position += n_digits;
        if n_digits == 0 {
            Err(self.error(start, "a number lacks digits"))
        } else {
            Ok(())
        }
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.position += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.position += usize::from(is_there);
        is_there
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::of(self.source, start, end)
    }

    fn error(&self, at: usize, message: impl Into<String>) -> ReadError {
        let end = self.text[at..]
            .chars()
            .next()
            .map_or(at, |c| at + c.len_utf8());
        ReadError {
            code: "json-syntax",
            message: message.into(),
            span: self.span(at, end),
            related: None,
            help: Some(
                "JSON has text and keys in double quotes, and no comma behind the last item"
                    .to_owned(),
            ),
        }
    }
}

fn scalar(text: String, style: Style) -> Content {
    Content::Scalar(Scalar {
        text: text.into(),
        style,
    })
}

/// Returns a value as JSON over several lines, each level two spaces deeper, with a line break at the end.
pub fn json_lines(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, 0, &mut out);
    out.push('\n');
    out
}

/// Appends a value as JSON over several lines, each level two spaces deeper.
pub fn write_json(value: &Value, indent: usize, out: &mut String) {
    let line = |indent: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent));
    };
    match value {
        Value::Mapping(mapping) if !mapping.is_empty() => {
            for (index, (key, item)) in mapping.iter().enumerate() {
                out.push(if index == 0 { '{' } else { ',' });
                line(indent + 2, out);
                push_json_string(key, out);
                out.push_str(": ");
                write_json(item, indent + 2, out);
            }
            line(indent, out);
            out.push('}');
        }
        Value::Sequence(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                line(indent + 2, out);
                write_json(item, indent + 2, out);
            }
            line(indent, out);
            out.push(']');
        }
        short => out.push_str(&short.to_json()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, behind: usize) {
        assert_eq!(
            read_json(text, 0, 0).map(|(_, end)| end).ok(),
            Some(behind),
            "{text}"
        );
    }

    #[track_caller]
    fn refused(text: &str, start: u32) {
        assert_eq!(
            read_json(text, 0, 0).map_err(|fault| fault.span.start),
            Err(start),
            "{text}"
        );
    }

    #[test]
    fn json_is_read_to_its_end() {
        check("1,b", 1);
        check("01", 1);
        check(" -1.5e+3x", 8);
        check("\"a\\u00e9\\ud83d\\ude00\\ud800\" b", 27);
        check("{\"a\": [1, true, null], \"b\": {}}}", 31);
    }

    #[test]
    fn what_is_not_json_is_refused_at_its_place() {
        refused("yes", 0);
        refused("[1,]", 3);
        refused("{\"a\":1,}", 7);
        refused("{a:1}", 1);
        refused("1.", 0);
        refused("1e400", 0);
        refused("\"a", 0);
        refused("\"\\x\"", 1);
        refused("\"\\é\"", 1);
        refused("{\"a\":1,\"a\":2}", 7);
        refused("", 0);
    }
}
