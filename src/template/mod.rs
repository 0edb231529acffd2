//! From templates to objects: which template applies when, how one is rendered, and how its text becomes a value.
//!
//! A hole is always one whole YAML value. Values never pass through YAML text: the text holds a mark for each hole, and
//! the value takes the mark's place in the tree that the text is read to. So no value can change the structure.

pub mod catalog;
mod engine;
mod limits;
mod node;
mod whole;
mod written;

pub use catalog::Templates;
pub use engine::Engine;
pub use written::Written;
