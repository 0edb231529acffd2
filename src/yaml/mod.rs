//! Reads YAML text into nodes that know their place, and writes values as canonical YAML, KYAML or JSON.
//!
//! It is the only module that names a YAML crate, and it knows nothing of Kubernetes or of the values tree.

mod index;
mod json;
mod kyaml;
mod lines;
mod node;
mod read;
mod scalar;
mod simple;
mod syntax;
mod tag;
mod value;
mod write;

pub use json::{json_lines, read_json, write_json};
pub use kyaml::write_kyaml;
pub use lines::{Lines, Position};
pub use node::{Entries, Entry, Node};
pub use read::{MAX_DEPTH, MAX_EXPANDED_NODES, MAX_NODES, ReadError, Reading, read};
pub use scalar::{Scalar, Style, Unresolvable, is_null, parse_switch};
pub use value::{Mapping, Value, map};
pub use write::write;

/// A range of bytes in one source: half open, in the source that `source` numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// Which source, as numbered by whoever reads.
    pub source: u32,
    /// The first byte.
    pub start: u32,
    /// The byte behind the last.
    pub end: u32,
}

impl Span {
    /// Makes a span of positions in a source; what lies beyond 4 GiB is taken for the end.
    pub fn of(source: u32, start: usize, end: usize) -> Self {
        let clamp = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
        Self {
            source,
            start: clamp(start),
            end: clamp(end),
        }
    }
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A scalar, as written.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// A map, in the order of the text.
    Mapping(Entries),
}
