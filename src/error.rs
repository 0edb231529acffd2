//! Why the work could not be done at all. Findings about the user's values are not errors but diagnostics.

use std::io;
use std::path::{Path, PathBuf};

/// Returns a path as it is shown: what a terminal would obey is escaped.
pub fn shown(path: &Path) -> String {
    escaped(&path.to_string_lossy())
}

/// Returns a text with its control characters escaped.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter.is_control() {
            true => out.extend(letter.escape_default()),
            false => out.push(letter),
        }
    }
    out
}

/// What stops a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of values could not be read.
    #[error("cannot read `{}`", shown(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Output could not be written.
    #[error("cannot write to {target}")]
    Write {
        /// Where to.
        target: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// What was asked for does not make sense.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// How to mend it.
        help: Option<String>,
    },
    /// A template of ours failed, which no input should be able to bring about.
    #[error("a template failed, which is a bug in cachegen: {message} (templates/{file}:{line})")]
    Template {
        /// The template.
        file: String,
        /// The line in it, from 1.
        line: usize,
        /// What failed; never a value.
        message: String,
    },
    /// A template of the user's own failed.
    #[error("a template failed: {message} ({path}:{line})")]
    OwnTemplate {
        /// Its file.
        path: String,
        /// The line in it, from 1.
        line: usize,
        /// What failed; never a value.
        message: String,
    },
    /// The operating system has no randomness to give.
    #[error("the operating system's random generator failed: {message}")]
    Randomness {
        /// Its own words.
        message: String,
    },
}

/// Why there is no result: findings about what the user said, or an error.
#[derive(Debug)]
pub enum Failure {
    /// What is wrong with the user's input.
    Findings(Vec<crate::diagnostic::Diagnostic>),
    /// What stopped the work.
    Error(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}
