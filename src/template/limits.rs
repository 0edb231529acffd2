//! What a template of the user's own may not be: such that the engine would not survive it.
//!
//! minijinja 3.1 goes down a level of the stack for each operator, call or filter of an expression and for each `elif`, and
//! divides by the number of arguments of `loop.cycle`. Its lexer is followed here so far as it takes to count.

/// Most words, numbers, texts and signs in one `{{ … }}` or `{% … %}`. Each is a level at worst; 3,600 fit into 2 MiB of stack
/// without optimisation.
const MAX_TOKENS: usize = 1000;

/// Most `elif` in a template.
const MAX_BRANCHES: usize = 1000;

/// Most lines: the engine counts no further.
const MAX_LINES: usize = 65_534;

/// Most characters of a line: the engine counts no further, and adds one to the column of what it cannot read.
const MAX_COLUMNS: usize = 65_534;

/// Returns the line of the first thing in a template that must not be there, and what is wrong with it.
pub(super) fn fault(text: &str) -> Option<(usize, String)> {
    let line_at = |position: usize| text[..position].matches('\n').count() + 1;
    if text.matches('\n').count() > MAX_LINES {
        return Some((
            MAX_LINES,
            format!("a template has at most {MAX_LINES} lines"),
        ));
    }
    let is_long = |line: &str| line.len() > MAX_COLUMNS && line.chars().count() > MAX_COLUMNS;
    if let Some(index) = text.split('\n').position(is_long) {
        let message = format!("a line of a template has at most {MAX_COLUMNS} characters");
        return Some((index + 1, message));
    }
    let (mut position, mut n_branches) = (0, 0);
    while let Some(found) = text[position..].find("{") {
        let start = position + found;
        let rest = &text[start..];
        position = start
            + if let Some(comment) = rest.strip_prefix("{#") {
                2 + behind(comment, "#}")
            } else if let Some(raw) = raw(rest) {
                raw
            } else if rest.starts_with("{{") || rest.starts_with("{%") {
                let tag = Tag::read(rest);
                n_branches += usize::from(tag.is_branch);
                let message = if tag.n_tokens > MAX_TOKENS {
                    format!("an expression has more than {MAX_TOKENS} words and signs")
                } else if n_branches > MAX_BRANCHES {
                    format!("there are more than {MAX_BRANCHES} `elif`")
                } else if tag.is_cycle {
                    "`cycle` is not to be had: choose by `loop.index0 % 2`".to_owned()
                } else {
                    position = start + tag.length;
                    continue;
                };
                return Some((line_at(start), message));
            } else {
                1
            };
    }
    None
}

/// Returns where a text goes on behind a mark.
fn behind(text: &str, mark: &str) -> usize {
    text.find(mark).map_or(text.len(), |at| at + mark.len())
}

/// Returns how long what is written as it is is, if a text begins with it.
fn raw(text: &str) -> Option<usize> {
    let start = basic(text, "raw")?;
    let mut end = start;
    while let Some(found) = text[end..].find("{%") {
        end += found;
        if let Some(length) = basic(&text[end..], "endraw") {
            return Some(end + length);
        }
        end += 2;
    }
    Some(text.len())
}

/// Returns the length of a tag that has nothing but a word in it, if a text begins with it.
fn basic(text: &str, word: &str) -> Option<usize> {
    let rest = text.strip_prefix("{%")?;
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    let rest = rest.trim_ascii_start().strip_prefix(word)?;
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    Some(text.len() - rest.strip_prefix("%}")?.len())
}

/// What is in `{{ … }}` or `{% … %}`.
struct Tag {
    /// In bytes, with its marks.
    length: usize,
    n_tokens: usize,
    is_branch: bool,
    is_cycle: bool,
}

impl Tag {
    /// Reads the tag that a text begins with.
    fn read(text: &str) -> Self {
        let end = if text.starts_with("{{") { "}}" } else { "%}" };
        let mut tag = Self {
            length: text.len(),
            n_tokens: 0,
            is_branch: false,
            is_cycle: false,
        };
        let (mut position, mut depth) = (2, 0_isize);
        while let Some(c) = text[position..].chars().next() {
            let rest = &text[position..];
            if depth == 0 && rest.starts_with(end) {
                tag.length = position + end.len();
                break;
            }
            let length = match c {
                c if c.is_whitespace() => {
                    position += c.len_utf8();
                    continue;
                }
                '"' | '\'' => quoted(rest, c),
                c if is_of_word(c) => {
                    let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
                    tag.is_branch |= tag.n_tokens == 0 && &rest[..length] == "elif";
                    tag.is_cycle |= &rest[..length] == "cycle";
                    length
                }
                c => {
                    depth += match c {
                        '(' | '[' | '{' => 1,
                        ')' | ']' | '}' => -1,
                        _ => 0,
                    };
                    c.len_utf8()
                }
            };
            // What trims the text around a tag is no word of it.
            tag.n_tokens += usize::from(position > 2 || !matches!(c, '-' | '+'));
            position += length;
        }
        tag
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the length of a text in quotes, with these.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    text.char_indices()
        .skip(1)
        .find(|(_, c)| {
            let is_end = *c == quote && !is_escaped;
            is_escaped = *c == '\\' && !is_escaped;
            is_end
        })
        .map_or(text.len(), |(at, quote)| at + quote.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::fault;
    use crate::template::catalog;

    fn found(text: &str) -> Option<usize> {
        fault(text).map(|(line, _)| line)
    }

    #[test]
    fn our_own_templates_are_far_from_the_limits() {
        for (file, text) in catalog::TEXTS {
            assert_eq!(fault(text), None, "{file}");
        }
    }

    #[test]
    fn an_expression_of_more_levels_than_the_stack_has_is_found_at_its_line() {
        let long = "+1".repeat(600);
        for (text, line) in [
            (format!("a\n{{{{ 1{long} }}}}"), Some(2)),
            (format!("a\n\n{{%- if 1{long} %}}{{% endif %}}"), Some(3)),
            // Neither a map's end nor a text's content is the end of the expression.
            (format!("{{{{ {{'a': {{}}}}{long} }}}}"), Some(1)),
            (format!("{{{{ '}}}}'{long} }}}}"), Some(1)),
            (format!("{{{{ '\\'}}}}' ~ \"\\\\\" {long} }}}}"), Some(1)),
            (
                format!("{{{{ ({{{{1:2}}:{{{{3:4}}:5}}}}{long}) }}}}"),
                Some(1),
            ),
            // Nor does anything before it hide it.
            (format!("{{# {{{{ ' #}}{{{{ 1{long} }}}}"), Some(1)),
            (format!("{{#}} {{{{ ' #}}{{{{ 1{long} }}}}"), Some(1)),
            (
                format!("{{% raw %}}{{{{ '{{%- endraw -%}}{{{{ 1{long} }}}}"),
                Some(1),
            ),
            (format!("{{{{ 1 }}}}\n{{ 1{long} }}"), None),
            (format!("{{% raw %}}{{{{ 1{long} }}}}{{% endraw %}}"), None),
            (format!("{{# {{{{ 1{long} }}}} #}}"), None),
            (format!("{{{{ '1{long}' }}}}"), None),
            ("{{ 1+1 }}".repeat(600), None),
        ] {
            assert_eq!(found(&text), line, "{text}");
        }
    }

    #[test]
    fn a_line_of_more_columns_than_the_engine_counts_is_found() {
        let as_long_as_may_be = "é".repeat(65_534);
        for (text, line) in [
            (format!("a\n{as_long_as_may_be}\n{as_long_as_may_be}"), None),
            (format!("a\n{as_long_as_may_be}é\n"), Some(2)),
            (format!("\n\n{as_long_as_may_be}é"), Some(3)),
        ] {
            assert_eq!(found(&text), line);
        }
    }

    #[test]
    fn other_ways_to_end_the_engine_are_found_too() {
        let branches = format!(
            "{{% if 0 %}}{}{{% endif %}}",
            "\n{%- elif 0 %}".repeat(1001)
        );
        for (text, line) in [
            (branches.as_str(), Some(1002)),
            (
                "{% for a in [1] %}\n{{ loop.cycle() }}{% endfor %}",
                Some(2),
            ),
            ("{{ loop . cycle(*[]) }}", Some(1)),
            ("{{ 'cycle' }} cycle", None),
            (&"\n".repeat(65_535), Some(65_534)),
        ] {
            assert_eq!(found(text), line);
        }
    }
}
