//! Rendered text to one value: each mark replaced by the value of its hole, keys whose value is null left out.

use crate::yaml::{self, Content, Mapping, Node, Style, Value};

/// Begins the mark of a hole: private-use characters, which no template has.
pub(super) const OPEN: char = '\u{e000}';

/// Ends it.
pub(super) const CLOSE: char = '\u{e001}';

/// Why a text is not one value, and where in it.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) offset: usize,
}

/// Reads a text as one value.
pub(super) fn read(text: &str, holes: &mut [Option<Value>]) -> Result<Value, Fault> {
    let (documents, faults) = match yaml::read(text, 0) {
        Ok(reading) => (reading.documents, reading.faults),
        Err(faults) => (Vec::new(), faults),
    };
    if let Some(first) = faults.into_iter().next() {
        return Err(Fault {
            message: first.message,
            offset: first.span.start as usize,
        });
    }
    match <[Node; 1]>::try_from(documents) {
        Ok([document]) => fill(document, holes),
        Err(documents) => Err(Fault {
            message: format!("{} documents instead of one", documents.len()),
            offset: 0,
        }),
    }
}

fn fill(node: Node, holes: &mut [Option<Value>]) -> Result<Value, Fault> {
    let offset = node.span.start as usize;
    match node.content {
        Content::Scalar(scalar) if is_marked(&scalar.text) => match take(&scalar.text, holes) {
            Some(value) if scalar.style == Style::Plain => Ok(value.without_nulls()),
            _ => Err(Fault {
                message: "a hole has to be a whole value: build the text in the tier, or join it with `~`".to_owned(),
                offset,
            }),
        },
        Content::Scalar(scalar) => scalar.into_value().map_err(|_| Fault {
            message: "`.inf` and `.nan` are no values".to_owned(),
            offset,
        }),
        Content::Sequence(items) => items
            .into_iter()
            .map(|item| fill(item, holes))
            .collect::<Result<_, _>>()
            .map(Value::Sequence),
        Content::Mapping(entries) => {
            let mut mapping = Mapping::with_capacity(entries.len());
            for entry in entries {
                let key = if is_marked(&entry.key) {
                    match take(&entry.key, holes) {
                        Some(Value::String(key)) => key,
                        _ => {
                            let message = "a hole that is a key has to be one whole text".to_owned();
                            return Err(Fault { message, offset });
                        }
                    }
                } else {
                    entry.key.into_string()
                };
                match fill(entry.value, holes)? {
                    Value::Null => {}
                    value => mapping.insert(key, value),
                }
            }
            Ok(Value::Mapping(mapping))
        }
    }
}

fn is_marked(text: &str) -> bool {
    !text.is_ascii() && text.contains(OPEN)
}

/// Takes the value of the hole whose mark a text is: each has its mark once.
fn take(text: &str, holes: &mut [Option<Value>]) -> Option<Value> {
    holes.get_mut(mark(text)?)?.take()
}

/// Returns the value of the hole whose mark a text is.
pub(super) fn hole<'h>(text: &str, holes: &'h [Option<Value>]) -> Option<&'h Value> {
    holes.get(mark(text)?)?.as_ref()
}

/// Returns the number of the hole whose mark a text is, if it is exactly one mark.
fn mark(text: &str) -> Option<usize> {
    text.strip_prefix(OPEN)?.strip_suffix(CLOSE)?.parse().ok()
}
