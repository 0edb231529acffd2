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
pub(super) fn read(text: &str, holes: &[Value]) -> Result<Value, Fault> {
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

fn fill(node: Node, holes: &[Value]) -> Result<Value, Fault> {
    let offset = node.span.start as usize;
    match node.content {
        Content::Scalar(scalar) if scalar.text.contains(OPEN) => match holes.get(mark(&scalar.text).unwrap_or(usize::MAX)) {
            Some(value) if scalar.style == Style::Plain => Ok(value.clone().without_nulls()),
            _ => Err(Fault { message: "a hole has to be a whole value: build the text in the tier, or join it with `~`".to_owned(), offset }),
        },
        Content::Scalar(scalar) => scalar.resolve().map_err(|_| Fault { message: format!("`{}` is no value", scalar.text), offset }),
        Content::Sequence(items) => items.into_iter().map(|item| fill(item, holes)).collect::<Result<_, _>>().map(Value::Sequence),
        Content::Mapping(entries) => {
            let mut mapping = Mapping::default();
            for entry in entries {
                let key = if entry.key.contains(OPEN) {
                    match holes.get(mark(&entry.key).unwrap_or(usize::MAX)) {
                        Some(Value::String(key)) => key.clone(),
                        _ => return Err(Fault { message: "a hole that is a key has to be one whole text".to_owned(), offset }),
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

/// Returns the value of the hole whose mark a text is.
pub(super) fn hole<'h>(text: &str, holes: &'h [Value]) -> Option<&'h Value> {
    holes.get(mark(text)?)
}

/// Returns the number of the hole whose mark a text is, if it is exactly one mark.
fn mark(text: &str) -> Option<usize> {
    text.strip_prefix(OPEN)?.strip_suffix(CLOSE)?.parse().ok()
}
