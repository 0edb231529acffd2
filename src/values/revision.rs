//! Files as they were at a revision, which git is asked for.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::values::layer::bounded;

/// What git knows of a path at a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file, and what it says.
    File(Vec<u8>),
    /// A directory, and the names in it; those of directories end in a slash.
    Directory(Vec<String>),
}

/// What git said of revisions and paths, or the kind and the words of its error.
type Answers = BTreeMap<(String, PathBuf), Result<Entry, (io::ErrorKind, String)>>;

/// Reads a path, relative to the working directory, as it was at a revision. Git is asked once for each, as many renders
/// as are made of it.
///
/// # Errors
///
/// In git's own words: it is not there (`NotFound`), the revision is unknown or the directory belongs to no repository.
pub fn read(revision: &str, path: &Path) -> io::Result<Entry> {
    static ANSWERS: Mutex<Answers> = Mutex::new(BTreeMap::new());
    // Whoever panicked while it was held has left whole answers.
    let mut answers = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner);
    let answer = answers
        .entry((revision.to_owned(), path.to_owned()))
        .or_insert_with(|| ask(revision, path).map_err(|error| (error.kind(), error.to_string())));
    match answer {
        Ok(entry) => Ok(entry.clone()),
        Err((kind, words)) => Err(io::Error::new(*kind, words.clone())),
    }
}

fn ask(revision: &str, path: &Path) -> io::Result<Entry> {
    if revision.is_empty() || revision.starts_with('-') || revision.contains(':') {
        return Err(io::Error::other(format!("`{revision}` is not a revision")));
    }
    let (directory, name) = place(path);
    let object = format!("{revision}:./{}", name.display());
    let bytes = git(directory, &["show", "--no-textconv", &object])?;
    let heading = format!("tree {object}\n\n");
    match bytes.strip_prefix(heading.as_bytes()) {
        Some(names) => Ok(Entry::Directory(
            String::from_utf8_lossy(names)
                .lines()
                .map(str::to_owned)
                .collect(),
        )),
        None => Ok(Entry::File(bytes)),
    }
}

/// Returns the commit in which what is at a path changed last; nothing where git has none.
pub fn last_change(path: &Path) -> Option<String> {
    let (directory, name) = place(path);
    let name = name.to_string_lossy();
    let pathspec = if name.is_empty() { "." } else { &*name };
    let bytes = git(directory, &["log", "-1", "--format=%H", "--", pathspec]).ok()?;
    let commit = String::from_utf8_lossy(&bytes).trim().to_owned();
    (!commit.is_empty()).then_some(commit)
}

/// Returns where to ask git for a path, and by which name.
fn place(path: &Path) -> (&Path, &Path) {
    let (directory, name) = match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => (parent, Path::new(name)),
        _ => (path, Path::new("")),
    };
    let directory = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    // Where the directory is gone by now, git finds the path from here.
    if directory.is_dir() {
        (directory, name)
    } else {
        (Path::new("."), path)
    }
}

fn git(directory: &Path, arguments: &[&str]) -> io::Result<Vec<u8>> {
    let cannot_be_run = |error| io::Error::other(format!("git cannot be run: {error}"));
    let mut git = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot_be_run)?;
    let said = git.stdout.take().map_or_else(|| Ok(Vec::new()), bounded);
    // What says more than is read is not waited for: its pipe is closed.
    let output = git.wait_with_output().map_err(cannot_be_run)?;
    let said = said?;
    if output.status.success() {
        return Ok(said);
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let line = words.lines().next().unwrap_or("git failed");
    // The two ways in which git says it: die_if_path_missing of its object-name.c.
    let kind = if line.contains("' does not exist in '")
        || line.contains("' exists on disk, but not in '")
    {
        io::ErrorKind::NotFound
    } else {
        io::ErrorKind::Other
    };
    Err(io::Error::new(
        kind,
        format!("git: {}", line.trim_start_matches("fatal: ")),
    ))
}
