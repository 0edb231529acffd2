//! What breaks the syntax, told to people: where it is, and what was probably meant.
//!
//! The parser's words are kept: they can be searched for. Nothing is read here.

use granit_parser::{ErrorKind, ScanError};

use super::{MAX_DEPTH, ReadError, Span};

/// Tells what a parser that gave up says, at its place and with a hint.
pub(super) fn told(error: &ScanError, text: &str, source: u32) -> ReadError {
    let start = error.marker().byte_offset().unwrap_or(text.len());
    let start = text.floor_char_boundary(start);
    let start = indenting_tab(text, start).unwrap_or(start);
    if let Some((at, character)) = control_character(error, &text[start..]) {
        return ReadError {
            code: "yaml-syntax",
            message: format!(
                "the control character U+{:04X} cannot stand in YAML as it is",
                u32::from(character)
            ),
            span: character_at(text, source, start + at),
            related: None,
            help: Some(format!(
                "between double quotes it is written `\\x{:02X}`",
                u32::from(character)
            )),
        };
    }
    let (code, message) = match error.kind() {
        ErrorKind::RecursionLimitExceeded => (
            "yaml-depth",
            format!("lists and maps nest more than {MAX_DEPTH} levels deep"),
        ),
        _ => ("yaml-syntax", error.info()),
    };
    ReadError {
        code,
        message,
        span: character_at(text, source, start),
        related: None,
        help: hint(error.kind(), text, start),
    }
}

fn character_at(text: &str, source: u32, start: usize) -> Span {
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    Span::of(source, start, start + length)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at]
        .rfind('\n')
        .map_or(0, |line_break| line_break + 1)
}

/// Finds a tab that indents the line of a place.
fn indenting_tab(text: &str, at: usize) -> Option<usize> {
    let rest = text[line_start(text, at)..].trim_start_matches(' ');
    rest.starts_with('\t').then(|| text.len() - rest.len())
}

/// Finds the control character at which the parser stopped.
fn control_character(error: &ScanError, rest: &str) -> Option<(usize, char)> {
    // YAML 1.2.2, production 1, `c-printable`.
    let is_unprintable = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    matches!(error.kind(), ErrorKind::UnexpectedCharacter { .. })
        .then(|| rest.char_indices().find(|(_, c)| is_unprintable(*c)))
        .flatten()
}

fn hint(kind: &ErrorKind, text: &str, at: usize) -> Option<String> {
    let line = text[line_start(text, at)..]
        .lines()
        .next()
        .unwrap_or_default();
    let conflict = text.lines().position(|line| line.starts_with("<<<<<<< "));
    if let Some(index) = conflict {
        return Some(format!(
            "line {} begins a merge conflict of git: resolve it",
            index + 1
        ));
    }
    if line.contains("{{") {
        return Some(TEMPLATE.to_owned());
    }
    if indenting_tab(text, at).is_some() {
        return Some("YAML indents with spaces, never with tabs".to_owned());
    }
    let hint = match kind {
        ErrorKind::SimpleKeyExpected => {
            "a key needs `:` and a blank behind it; text over several lines is indented more than its key"
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
            "the keys of one map begin in the same column: indent this line as those it belongs to"
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            "the items of one list begin with `-` in the same column"
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            "put text with a colon in it between quotes; a map begins on the line below its key"
        }
        ErrorKind::BlockSequenceEntryNotAllowed => {
            "begin the list on the line below its key, or put text that begins with `-` between quotes"
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            "put text that begins with this character between quotes"
        }
        ErrorKind::UnknownAnchor => {
            "an anchor such as `&name` has to stand before `*name`; put text that begins with `*` between quotes"
        }
        ErrorKind::UnclosedFlowCollection { open: '[' } => "close it with `]`",
        ErrorKind::UnclosedFlowCollection { .. } => "close it with `}`",
        ErrorKind::MisplacedFlowCollectionEnd => {
            "nothing is open here that this closes: take it out"
        }
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => {
            "put a comma between the items"
        }
        ErrorKind::UnclosedQuotedScalar => "end the text with the quote that it begins with",
        ErrorKind::InvalidTrailingSingleQuotedScalar => {
            "between single quotes a quote is written twice: `''`"
        }
        ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            "between double quotes a quote is written `\\\"`"
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            "between double quotes a backslash is written `\\\\`; between single quotes it is one as it is"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// What to say of a template in values.
pub(super) const TEMPLATE: &str = "nothing evaluates `{{ … }}` here: write the value itself";
