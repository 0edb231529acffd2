//! x
pub mod cli;
pub mod diagnostic;
pub mod error;
pub mod kube;
pub mod manifest;
pub mod redis;
pub mod render;
pub mod template;
pub mod tier;
pub mod values;
pub mod yaml;
