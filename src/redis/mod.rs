//! Facts of Redis and Valkey as code: versions, directives, sizes, users. It must not know about the machinery that
//! runs a server, and reads and writes nothing.

pub mod acl;
pub mod base;
pub mod conf;
mod directives;
pub mod exporter;
pub mod files;
mod grammar;
mod line;
mod managed;
pub mod memory;
mod metrics;
pub mod sizing;
mod value;
pub mod version;
