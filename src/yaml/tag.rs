//! What tags mean: those of the values that JSON has, and that of a merge key. Any other has no meaning here.
//!
//! A tag is not named in what is said of it: unquoted text that begins with `!` is one, and may be a password.

use granit_parser::Tag;

use super::{ReadError, Span, Style, scalar};

/// How far before what it belongs to a tag is looked for, in bytes: an anchor and comments may stand between.
const MAX_BEFORE: usize = 1000;

/// What is wrong with a tag.
pub(super) struct Wrong {
    message: String,
    help: Option<&'static str>,
}

/// Tells what a tag makes of a scalar, and what is wrong with it.
pub(super) fn of_scalar(tag: &Tag, text: &str, written: Style) -> (Style, Option<Wrong>) {
    let is_merge =
        || written == Style::Plain && text == "<<" && tag.original_parts() == ("!!", "merge");
    match tag.core_suffix() {
        Some("str") => (Style::Quoted, None),
        Some(wanted @ ("int" | "bool" | "float" | "null")) => {
            let wrong = Wrong {
                message: format!("the value is not what the tag `!!{wanted}` says"),
                help: None,
            };
            let is_it = scalar::is_of_type(text, wanted);
            (Style::Plain, (!is_it).then_some(wrong))
        }
        None if tag.handle().is_empty() && tag.suffix() == "!" => (Style::Quoted, None),
        None if is_merge() => (written, None),
        _ => (written, Some(unknown())),
    }
}

/// Tells what is wrong with the tag of a list or map.
pub(super) fn of_collection(tag: &Tag, wanted: &str) -> Option<Wrong> {
    (tag.core_suffix() != Some(wanted)).then(unknown)
}

fn unknown() -> Wrong {
    Wrong {
        message: "this tag has no meaning here".to_owned(),
        help: Some("leave the tag out; put text that begins with `!` between quotes"),
    }
}

impl Wrong {
    /// Says it at the tag.
    pub(super) fn at(self, tag: &Tag, text: &str, node: Span) -> ReadError {
        ReadError {
            code: "yaml-tag",
            message: self.message,
            span: place(tag, text, node),
            related: None,
            help: self.help.map(str::to_owned),
        }
    }
}

/// The place of a node with its tag; what is spelt otherwise than it is read is told at the node.
fn place(tag: &Tag, text: &str, node: Span) -> Span {
    let end = node.start as usize;
    let start = text.ceil_char_boundary(end.saturating_sub(MAX_BEFORE));
    let written = tag.original();
    match text[start..end].rfind(&written) {
        Some(at) => Span::of(node.source, start + at, node.end as usize),
        None => node,
    }
}
