//! From values files and flags to typed values: layers, their merge, and the types of every key.
//!
//! It says what the user said. What that means is `tier`'s business.

pub mod allowed;
pub mod decode;
pub mod free;
pub mod history;
pub mod json_schema;
pub mod layer;
pub mod merge;
pub mod revision;
pub mod schema;
pub mod secrecy;
pub mod set;
mod synonyms;
pub mod typed;
pub mod types;

pub use layer::{Layers, Origin, Source};
pub use merge::Effective;
pub use schema::Values;
