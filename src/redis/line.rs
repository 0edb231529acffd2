//! One line of a redis.conf: how a server splits it into words, and how words are written so that it reads them back.
//! It must not know what any directive means.

/// Splits text into words as the servers split a line of their file.
///
/// Words stand between white space; `"..."` knows the escapes `\n \r \t \b \a \xHH`, in `'...'` only `\'` is one.
/// The rule is `sdssplitargs` in the servers' sds.c.
///
/// # Errors
///
/// Says that a quote is not closed, or closed in the middle of a word; or that the bytes of a word are not UTF-8.
pub fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = text.as_bytes();
    loop {
        let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
        rest = &rest[blanks..];
        if rest.is_empty() {
            return Ok(words);
        }
        let (word, after) =
            first_word(rest).ok_or_else(|| format!("`{text}` has unbalanced quotes"))?;
        words.push(
            String::from_utf8(word)
                .map_err(|_| format!("`{text}` has a word that is not UTF-8"))?,
        );
        rest = after;
    }
}

/// Reads one word, and returns what stands after it; `None` where quotes are unbalanced.
fn first_word(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        if is_blank(byte) {
            break;
        }
        rest = match byte {
            b'"' => double_quoted(after, &mut word)?,
            b'\'' => single_quoted(after, &mut word)?,
            _ => {
                word.push(byte);
                after
            }
        };
    }
    Some((word, rest))
}

fn double_quoted<'text>(text: &'text [u8], word: &mut Vec<u8>) -> Option<&'text [u8]> {
    let mut rest = text;
    loop {
        rest = match *rest {
            [b'"', ref after @ ..] => return closed(after),
            [b'\\', b'x', high, low, ref after @ ..]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                word.push(hex(high) << 4 | hex(low));
                after
            }
            [b'\\', escaped, ref after @ ..] => {
                word.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    other => other,
                });
                after
            }
            [byte, ref after @ ..] => {
                word.push(byte);
                after
            }
            [] => return None,
        };
    }
}

fn single_quoted<'text>(text: &'text [u8], word: &mut Vec<u8>) -> Option<&'text [u8]> {
    let mut rest = text;
    loop {
        rest = match *rest {
            [b'\\', b'\'', ref after @ ..] => {
                word.push(b'\'');
                after
            }
            [b'\'', ref after @ ..] => return closed(after),
            [byte, ref after @ ..] => {
                word.push(byte);
                after
            }
            [] => return None,
        };
    }
}

/// Returns what stands after a closing quote, which must be the end of its word.
fn closed(after: &[u8]) -> Option<&[u8]> {
    match after.first() {
        Some(byte) if !is_blank(*byte) => None,
        _ => Some(after),
    }
}

/// Tells what C's `isspace` tells.
fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

/// Returns one line of a redis.conf, without the line end: the directive's name and its words.
///
/// A word is quoted where a server would otherwise read other bytes, or none.
pub fn line(name: &str, words: &[String]) -> String {
    let mut line = name.to_owned();
    for word in words {
        line.push(' ');
        if !word.is_empty() && word.bytes().all(is_plain) {
            line.push_str(word);
        } else {
            push_quoted(&mut line, word);
        }
    }
    line
}

/// Tells whether a line is the very text that [`line()`] writes for the words that [`split`] makes of it.
pub fn is_bare(text: &str) -> bool {
    let mut before = b' ';
    let are_bare = text.bytes().all(|byte| {
        let is_bare = is_plain(byte) || byte == b' ' && before != b' ';
        before = byte;
        is_bare
    });
    are_bare && before != b' '
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\')
}

fn push_quoted(line: &mut String, word: &str) {
    line.push('"');
    for character in word.chars() {
        match character {
            '"' | '\\' => line.extend(['\\', character]),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            control if control.is_ascii_control() => {
                line.push_str(&format!("\\x{:02x}", u32::from(control)))
            }
            other => line.push(other),
        }
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::{is_bare, line, split};

    #[test]
    fn words_are_split_as_the_server_splits_them() {
        for (text, words) in [
            ("", vec![]),
            (" \t\x0b ", vec![]),
            ("900 1  300 10", vec!["900", "1", "300", "10"]),
            (r#""""#, vec![""]),
            ("'' a", vec!["", "a"]),
            (r#""a b" c"#, vec!["a b", "c"]),
            (r#"a"b c""#, vec!["ab c"]),
            (r#""\x41\n\t\q\"\\""#, vec!["A\n\tq\"\\"]),
            (r#""\xzz""#, vec!["xzz"]),
            (r#""\x4z\xz4""#, vec!["x4zxz4"]),
            (r#""\b\a""#, vec!["\x08\x07"]),
            (r"'a\'b\n'", vec![r"a'b\n"]),
            (r"a\n", vec![r"a\n"]),
            ("ä #b", vec!["ä", "#b"]),
        ] {
            assert_eq!(
                split(text),
                Ok(words.into_iter().map(str::to_owned).collect()),
                "{text}"
            );
        }
    }

    #[test]
    fn unbalanced_quotes_are_refused() {
        for text in [
            "\"",
            "'",
            "\"a",
            "'a",
            "\"a\"b",
            "'a'b",
            "\"a\\",
            "\"a\\\"",
            r#""\xff""#,
        ] {
            assert!(split(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for (words, text) in [
            (vec!["a"], "x a"),
            (vec![""], "x \"\""),
            (vec!["900", "1"], "x 900 1"),
            (vec!["{title} {port}"], "x \"{title} {port}\""),
            (vec!["a\"b\\c'"], r#"x "a\"b\\c'""#),
            (
                vec!["a\nmaxmemory 1\r\t\0\u{7f}\u{b}"],
                r#"x "a\nmaxmemory 1\r\t\x00\x7f\x0b""#,
            ),
            (vec!["ä", "#"], "x \"ä\" #"),
        ] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            assert_eq!(line("x", &words), text);
            assert_eq!(
                split(&line("x", &words)).map(|all| all[1..].to_vec()),
                Ok(words)
            );
        }
    }

    #[test]
    fn a_bare_line_is_written_as_it_is() {
        for text in ["save", "save 900 1", "user default on ~* #x", "bind * -::*"] {
            assert!(is_bare(text), "{text}");
            let words = split(text).unwrap();
            assert_eq!(line(&words[0], &words[1..]), text);
        }
        for text in [
            "", " ", " a", "a ", "a  b", "a\tb", "a \"b\"", "a 'b'", "a \\b", "ä",
        ] {
            assert!(!is_bare(text), "{text}");
        }
    }
}
