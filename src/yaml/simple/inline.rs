//! What stands on one line: keys, scalars, flow collections.

use super::super::node::{Entry, Node};
use super::super::read::MAX_DEPTH;
use super::super::write::MAX_KEY_BYTES;
use super::super::{Content, Style, is_null};
use super::{MAX_KEYS, Reader};

impl<'t> Reader<'t> {
    /// Reads a key: its text, and where it ends, which is where its colon is.
    pub(super) fn key(&self, start: usize, end: usize) -> Option<(&'t str, usize)> {
        let bytes = self.text.as_bytes();
        let (key, key_end) = match bytes[start] {
            b'"' | b'\'' => {
                let after = self.quotes(start, end)?;
                let key = &self.text[start + 1..after - 1];
                if bytes[start] == b'"' && key.contains('\\') {
                    return None;
                }
                (key, after)
            }
            first if is_plain_start(first) => {
                let is_in_key = |byte: &&u8| IN_PLAIN_KEY[usize::from(**byte)];
                let length = bytes[start..end].iter().take_while(is_in_key).count();
                (&self.text[start..start + length], start + length)
            }
            _ => return None,
        };
        let is_usable = bytes[start] == b'"' || bytes[start] == b'\'' || !is_null(key);
        let is_key =
            bytes.get(key_end) == Some(&b':') && (key_end + 1 == end || bytes[key_end + 1] == b' ');
        let is_short = key_end - start <= MAX_KEY_BYTES;
        (is_key && is_usable && is_short).then_some((key, key_end))
    }

    /// Returns where a quoted scalar ends: behind its closing quote. Two single quotes are one, which is the other reader's:
    /// nothing goes on with the second.
    fn quotes(&self, start: usize, end: usize) -> Option<usize> {
        let bytes = &self.text.as_bytes()[..end];
        let quote = bytes[start];
        let mut position = start + 1;
        while *bytes.get(position)? != quote {
            let is_escape = quote == b'"' && bytes[position] == b'\\';
            position += if is_escape { 2 } else { 1 };
        }
        Some(position + 1)
    }

    /// Reads a quoted scalar.
    pub(super) fn quoted(&self, start: usize, end: usize) -> Option<(Node, usize)> {
        let after = self.quotes(start, end)?;
        let text = &self.text[start + 1..after - 1];
        if self.text.as_bytes()[start] == b'\'' || !text.contains('\\') {
            return Some((self.scalar(text, Style::Quoted, start, after), after));
        }
        Some((
            self.scalar(&unescaped(text)?, Style::Quoted, start, after),
            after,
        ))
    }

    /// Reads a plain scalar to the end of its line, or of its place in a flow collection.
    pub(super) fn plain(&self, start: usize, end: usize, is_flow: bool) -> Option<(Node, usize)> {
        let bytes = &self.text.as_bytes()[..end];
        let is_negative =
            bytes[start] == b'-' && bytes.get(start + 1).is_some_and(u8::is_ascii_alphanumeric);
        if !is_plain_start(bytes[start]) && !is_negative {
            return None;
        }
        let may_end = |byte: &u8| match byte {
            b':' | b'#' => true,
            b',' | b'[' | b']' | b'{' | b'}' => is_flow,
            _ => false,
        };
        let mut position = start;
        loop {
            let rest = &bytes[position..];
            position += rest.iter().position(may_end).unwrap_or(rest.len());
            match bytes.get(position) {
                Some(b':') => {
                    let next = bytes.get(position + 1);
                    if next.is_none_or(|next| *next == b' ' || is_flow && b",[]{}".contains(next)) {
                        return None;
                    }
                }
                Some(b'#') if bytes[position - 1] != b' ' => {}
                _ => break,
            }
            position += 1;
        }
        let text = self.text[start..position].trim_end_matches(' ');
        Some((
            self.scalar(text, Style::Plain, start, start + text.len()),
            start + text.len(),
        ))
    }

    /// Reads a flow collection that ends on its line.
    pub(super) fn flow(&self, start: usize, end: usize, depth: usize) -> Option<(Node, usize)> {
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
            Content::Mapping(entries.into())
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
}

/// Undoes the escapes of JSON, but for the halves of characters that need two.
fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.push_str(plain);
        let (c, n_bytes) = match escape.as_bytes().first()? {
            b'"' => ('"', 1),
            b'\\' => ('\\', 1),
            b'n' => ('\n', 1),
            b'r' => ('\r', 1),
            b't' => ('\t', 1),
            b'u' => {
                let digits = escape.get(1..5)?;
                let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                let code = u32::from_str_radix(digits, 16)
                    .ok()
                    .filter(|_| is_hexadecimal)?;
                (char::from_u32(code)?, 5)
            }
            _ => return None,
        };
        out.push(c);
        rest = &escape[n_bytes..];
    }
    out.push_str(rest);
    Some(out)
}

/// Bytes that a plain key may be of without a second look.
const IN_PLAIN_KEY: [bool; 256] = {
    let mut in_key = [false; 256];
    let mut byte = u8::MIN;
    loop {
        in_key[byte as usize] = matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'/' | 0x80..);
        if byte == u8::MAX {
            break in_key;
        }
        byte += 1;
    }
};

/// Bytes with which a plain scalar may begin without a second look.
fn is_plain_start(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'_' | b'.' | b'+' | b'$' | b'(' | b'~' | b'^' | b'=' | b'\\' | b'<' | b';' | b')' | 0x80..)
}
