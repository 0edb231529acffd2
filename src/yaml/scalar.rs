//! Scalars: the text as written, and what a reader makes of it where no type is wanted.
//!
//! It decides nothing for a key with a type of its own: whoever wants a type asks for the text.

use super::value::{Value, float_text};

/// How a scalar was written, which decides what it may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: it takes the type that is wanted.
    Plain,
    /// In quotes or as a block, or tagged `!!str`: text, whatever it looks like.
    Quoted,
    /// Typed on the command line for `--set`: like plain, but untyped it follows Helm's table.
    Flag,
}

/// A scalar as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text, escapes undone.
    pub text: Box<str>,
    /// How it was written.
    pub style: Style,
}

/// A plain scalar that has no counterpart in JSON, and therefore none in Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unresolvable;

impl Scalar {
    /// Tells whether it stands for nothing: `null`, `~` or an empty plain scalar.
    pub fn is_null(&self) -> bool {
        match self.style {
            Style::Plain => is_null(&self.text),
            Style::Flag => self.text.eq_ignore_ascii_case("null"),
            Style::Quoted => false,
        }
    }

    /// Resolves the scalar where no type is wanted: as kubectl reads YAML, or as Helm reads `--set`.
    ///
    /// The table is that of go-yaml 2 with the JSON step of sigs.k8s.io/yaml, measured with kubectl 1.32.
    ///
    /// # Errors
    ///
    /// `.inf` and `.nan` in all their spellings: JSON has no such numbers, and kubectl refuses them.
    pub fn resolve(&self) -> Result<Value, Unresolvable> {
        match self.style {
            Style::Quoted => Ok(Value::String(self.text.to_string())),
            Style::Plain => resolve_plain(&self.text),
            Style::Flag => Ok(resolve_flag(&self.text)),
        }
    }

    /// Resolves the scalar as [`Self::resolve`] does, and gives its text away.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn into_value(self) -> Result<Value, Unresolvable> {
        let not_text = match self.style {
            Style::Quoted => None,
            Style::Plain => not_text(&self.text)?,
            Style::Flag => return self.resolve(),
        };
        Ok(not_text.unwrap_or_else(|| Value::String(self.text.into())))
    }
}

/// Tells whether a plain scalar is one of YAML's words for nothing.
pub fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Reads a switch as kubectl does: YAML 1.1's words, and `y` and `n`.
pub fn parse_switch(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            Some(true)
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            Some(false)
        }
        _ => None,
    }
}

/// Tells whether a text is a value of the type that a tag of YAML's core schema names.
pub(super) fn is_of_type(text: &str, tag: &str) -> bool {
    match (tag, resolve_plain(text)) {
        ("int", Ok(Value::Number(_))) => integer(&text.replace('_', "")).is_some(),
        ("float", Ok(Value::Number(_)) | Err(Unresolvable)) => true,
        ("bool", Ok(Value::Bool(_))) | ("null", Ok(Value::Null)) => true,
        _ => false,
    }
}

fn resolve_plain(text: &str) -> Result<Value, Unresolvable> {
    Ok(not_text(text)?.unwrap_or_else(|| Value::String(text.to_owned())))
}

/// Reads a plain scalar as anything but text, which it is otherwise.
fn not_text(text: &str) -> Result<Option<Value>, Unresolvable> {
    if is_null(text) {
        return Ok(Some(Value::Null));
    }
    if let Some(switch) = parse_switch(text) {
        return Ok(Some(Value::Bool(switch)));
    }
    if !matches!(text.as_bytes()[0], b'0'..=b'9' | b'+' | b'-' | b'.') {
        return Ok(None);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err(Unresolvable);
    }
    Ok(number(text).map(|digits| Value::Number(digits.into())))
}

/// Helm's `strvals`: null, true and false in any case, `0`, and decimal integers of 64 bits without a leading zero.
fn resolve_flag(text: &str) -> Value {
    if text.eq_ignore_ascii_case("null") {
        return Value::Null;
    }
    if text.eq_ignore_ascii_case("true") {
        return Value::Bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Value::Bool(false);
    }
    let leading_zero = text.starts_with('0') && text != "0";
    match text.parse::<i64>() {
        Ok(integer) if !leading_zero => Value::Number(integer.to_string().into()),
        _ => Value::String(text.to_owned()),
    }
}

/// The JSON spelling of a number as go-yaml 2 reads it, or nothing where it reads text.
fn number(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    integer(&digits).or_else(|| float(&digits))
}

fn integer(digits: &str) -> Option<String> {
    let (sign, body) = match digits.as_bytes().first()? {
        b'-' => ("-", &digits[1..]),
        b'+' => ("", &digits[1..]),
        _ => ("", digits),
    };
    let (radix, body) = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &body[2..]),
        [b'0', b'b' | b'B', ..] => (2, &body[2..]),
        [b'0', b'o' | b'O', ..] => (8, &body[2..]),
        // A leading zero means octal where all digits are, else decimal: kubectl reads 0777 as 511 and 08 as 8.
        [b'0', rest @ ..] if !rest.is_empty() && rest.iter().all(|b| (b'0'..=b'7').contains(b)) => {
            (8, &body[1..])
        }
        _ => (10, body),
    };
    if body.is_empty() || !body.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let magnitude = match u128::from_str_radix(body, radix) {
        Ok(magnitude) => magnitude.to_string(),
        Err(_) if radix == 10 => body.trim_start_matches('0').to_owned(),
        Err(_) => return None,
    };
    Some(if magnitude == "0" {
        magnitude
    } else {
        format!("{sign}{magnitude}")
    })
}

fn float(digits: &str) -> Option<String> {
    // Rust's grammar is that of go-yaml but for its words for what is not finite. 1e400 stays text, as in Go, whose parser
    // reports the overflow.
    let value: f64 = digits.parse().ok()?;
    value.is_finite().then(|| float_text(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, json: &str) {
        let scalar = Scalar {
            text: text.into(),
            style: Style::Plain,
        };
        assert_eq!(
            scalar.resolve().expect("resolvable").to_json(),
            json,
            "{text}"
        );
    }

    #[test]
    fn plain_scalars_read_as_kubectl_reads_them() {
        for (text, json) in [
            ("yes", "true"),
            ("No", "false"),
            ("y", "true"),
            ("N", "false"),
            ("tRuE", "\"tRuE\""),
            ("~", "null"),
            ("", "null"),
            ("0777", "511"),
            ("08", "8"),
            ("0o17", "15"),
            ("0b101", "5"),
            ("0x1F", "31"),
            ("1_000", "1000"),
            ("1__0", "10"),
            ("1e3", "1000"),
            ("685e230", "6.85e232"),
            (".5", "0.5"),
            ("1.", "1"),
            ("1.10", "1.1"),
            ("1e400", "\"1e400\""),
            ("1:30", "\"1:30\""),
            ("2001-01-01", "\"2001-01-01\""),
            ("9223372036854775808", "9223372036854775808"),
            ("=", "\"=\""),
            ("<<", "\"<<\""),
            ("nan", "\"nan\""),
            ("inf", "\"inf\""),
            ("-0", "0"),
            ("+5", "5"),
            ("-", "\"-\""),
            ("7.2-alpine", "\"7.2-alpine\""),
            ("1.2.3", "\"1.2.3\""),
            ("10Mi", "\"10Mi\""),
            ("00", "0"),
            ("1e", "\"1e\""),
            (".", "\".\""),
        ] {
            check(text, json);
        }
        for text in [".inf", "-.INF", "+.Inf", ".nan", ".NaN"] {
            assert_eq!(
                Scalar {
                    text: text.into(),
                    style: Style::Plain
                }
                .resolve(),
                Err(Unresolvable),
                "{text}"
            );
        }
    }

    #[test]
    fn flags_read_as_helm_reads_them() {
        for (text, json) in [
            ("1", "1"),
            ("TRUE", "true"),
            ("Null", "null"),
            ("+5", "5"),
            ("-0", "0"),
            ("00", "\"00\""),
            ("007", "\"007\""),
            ("1.5", "\"1.5\""),
            ("~", "\"~\""),
            ("yes", "\"yes\""),
            ("9223372036854775807", "9223372036854775807"),
            ("9223372036854775808", "\"9223372036854775808\""),
        ] {
            let scalar = Scalar {
                text: text.into(),
                style: Style::Flag,
            };
            assert_eq!(
                scalar.resolve().expect("resolvable").to_json(),
                json,
                "{text}"
            );
        }
    }
}
