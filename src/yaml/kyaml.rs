//! Writes values as KYAML: YAML in flow style that no reader mistakes, as KEP-5295 has it.
//!
//! The rules, and the bytes, are those of `sigs.k8s.io/yaml/kyaml` 1.6.0, which is what kubectl prints with.

use std::fmt::Write;

use super::value::Value;
use super::write::MAX_KEY_BYTES;

/// Appends a value as KYAML, without header and final newline. The comment stands at the top of a map, where the
/// formatters of KYAML keep it.
pub fn write_kyaml(value: &Value, comment: &str, out: &mut String) {
    let start = out.len();
    node(value, 0, out);
    if out[start..].starts_with("{\n") {
        out.insert_str(start + 2, &format!("  {comment}\n"));
    }
}

fn node(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(switch) => out.push_str(if *switch { "true" } else { "false" }),
        Value::Number(digits) => out.push_str(digits),
        Value::String(text) => string(text, indent + 1, out),
        Value::Sequence(items) if items.is_empty() => out.push_str("[]"),
        Value::Sequence(items) if items.iter().all(is_collection) => {
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "[" } else { ", " });
                node(item, indent, out);
            }
            out.push(']');
        }
        Value::Sequence(items) => {
            out.push_str("[\n");
            for item in items {
                spaces(indent + 1, out);
                node(item, indent + 1, out);
                out.push_str(",\n");
            }
            spaces(indent, out);
            out.push(']');
        }
        Value::Mapping(mapping) if mapping.is_empty() => out.push_str("{}"),
        Value::Mapping(mapping) => {
            out.push_str("{\n");
            for (key, item) in mapping.iter() {
                spaces(indent + 1, out);
                let start = out.len();
                if is_bare_key(key) {
                    out.push_str(key);
                } else {
                    out.push('"');
                    key.chars().for_each(|c| match c {
                        '\t' => out.push_str("\\t"),
                        c => escaped(c, out),
                    });
                    out.push('"');
                }
                if out.len() - start > MAX_KEY_BYTES {
                    out.insert_str(start, "? ");
                }
                out.push_str(": ");
                node(item, indent + 1, out);
                out.push_str(",\n");
            }
            spaces(indent, out);
            out.push('}');
        }
    }
}

fn is_collection(value: &Value) -> bool {
    matches!(value, Value::Sequence(_) | Value::Mapping(_))
}

fn spaces(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', 2 * indent));
}

/// Writes text in double quotes; several lines stand below each other, folded.
fn string(text: &str, indent: usize, out: &mut String) {
    out.push('"');
    if !text.contains('\n') {
        text.chars().for_each(|c| escaped(c, out));
        out.push('"');
        return;
    }
    out.push_str("\\\n");
    let mut is_at_line_start = true;
    for c in text.chars() {
        if is_at_line_start {
            spaces(indent, out);
            // Blanks before the first other character of a line do not count, so a leading one is escaped; the space
            // before anything else keeps lines aligned.
            out.push(if c.is_whitespace() && c != '\n' {
                '\\'
            } else {
                ' '
            });
        }
        is_at_line_start = c == '\n';
        if is_at_line_start {
            out.push_str("\\n\\\n");
        } else {
            escaped(c, out);
        }
    }
    if !is_at_line_start {
        out.push_str("\\\n");
    }
    spaces(indent, out);
    out.push('"');
}

/// Writes a character of a double-quoted text.
fn escaped(c: char, out: &mut String) {
    let escape = match c {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\u{b}' => "\\v",
        '\0' => "\\0",
        '\u{1b}' => "\\e",
        '\u{85}' => "\\N",
        '\u{a0}' => "\\_",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        _ => "",
    };
    if !escape.is_empty() {
        out.push_str(escape);
        return;
    }
    let code = u32::from(c);
    let written = if c == '\t' || is_printable(c) {
        out.push(c);
        Ok(())
    } else if code < 0x20 || code == 0x7f {
        write!(out, "\\x{code:02x}")
    } else if code < 0x10000 {
        write!(out, "\\u{code:04x}")
    } else {
        write!(out, "\\U{code:08x}")
    };
    written.expect("a String takes everything");
}

/// Tells whether a character is a letter, mark, number, punctuation, symbol or the space.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    // The standard library keeps the table for its debug output; behind another character marks stand for themselves.
    let mut buffer = [0; 5];
    buffer[0] = b'x';
    let length = 1 + c.encode_utf8(&mut buffer[1..]).len();
    let text = std::str::from_utf8(&buffer[..length]).expect("an x and a character are UTF-8");
    text.escape_debug().count() == 2
}

/// Tells whether a key stands without quotes: letters, digits and `_`, inside also `-` `.` `/`, and nothing that a reader
/// takes for another type.
fn is_bare_key(key: &str) -> bool {
    let n_characters = key.chars().count();
    n_characters > 0
        && !is_ambiguous(key)
        && key.chars().enumerate().all(|(position, c)| {
            let is_inside = position > 0 && position + 1 < n_characters;
            c.is_alphanumeric() || c == '_' || is_inside && matches!(c, '-' | '.' | '/')
        })
}

fn is_ambiguous(key: &str) -> bool {
    const WORDS: [&str; 11] = [
        "null", "true", "t", "y", "yes", "on", "false", "f", "n", "no", "off",
    ];
    if WORDS.iter().any(|word| key.eq_ignore_ascii_case(word)) {
        return true;
    }
    let digits = key.replace('_', "");
    let radix = |radix: u32, from: usize| {
        digits
            .get(from..)
            .is_some_and(|digits| i64::from_str_radix(digits, radix).is_ok())
    };
    let lower = digits.to_ascii_lowercase();
    let is_integer = match lower.as_bytes() {
        [b'0', b'x', ..] => radix(16, 2) || is_hexadecimal_float(&lower),
        [b'0', b'b', ..] => radix(2, 2),
        [b'0', b'o', ..] => radix(8, 2),
        _ => false,
    };
    // Go reports a number that overflows as no number.
    let is_number = digits.parse::<f64>().is_ok_and(|number| {
        number.is_finite() || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
    });
    is_integer || is_number || is_date(key)
}

/// Go's floats in base 16: `0x1p-2`, `0x1.8p3`.
fn is_hexadecimal_float(lower: &str) -> bool {
    let Some((mantissa, exponent)) = lower[2..].split_once('p') else {
        return false;
    };
    let mantissa = mantissa.replacen('.', "", 1);
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    !mantissa.is_empty()
        && mantissa.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !exponent.is_empty()
        && exponent.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells whether a text is a date that exists: year of four digits, month and day of one or two.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |text: &str, n_digits: std::ops::RangeInclusive<usize>| {
        let is_number = n_digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse::<u32>().ok()).flatten()
    };
    let [year, month, day] = parts[..] else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (
        number(year, 4..=4),
        number(month, 1..=2),
        number(day, 1..=2),
    ) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let n_days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=n_days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_that_no_reader_mistakes_are_bare() {
        for key in [
            "a",
            "a.b/c-d",
            "_x",
            "é",
            "1a",
            "2001-02-30",
            "1e400",
            "0x",
            "nulls",
        ] {
            assert!(is_bare_key(key), "{key}");
        }
        for key in [
            "", "no", "Y", "t", "1", "1_0", "0x1F", "0b1", "0o7", "1.5", "1e3", "nan", "Infinity",
            "2001-1-1", "a-", ".a", "a b", "a:b", "0x1p-2", "~", "-",
        ] {
            assert!(!is_bare_key(key), "{key}");
        }
    }
}
