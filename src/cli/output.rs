//! The only place that prints and writes: data to stdout or into a directory, words to stderr.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::inputs::Stop;
use super::report;
use crate::error::{self, Error};

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Where the program's words and data go.
pub(super) struct Console {
    color: ColorChoice,
    is_colored: bool,
    is_verbose: bool,
    is_quiet: bool,
}

impl Console {
    pub(super) fn new(color: ColorChoice, is_verbose: bool, is_quiet: bool) -> Self {
        Self {
            color,
            is_colored: is_colored(color, || std::io::stderr().is_terminal()),
            is_verbose,
            is_quiet,
        }
    }

    /// Tells whether data that people read is coloured.
    pub(super) fn colors_data(&self) -> bool {
        is_colored(self.color, || self.is_terminal())
    }

    /// Tells whether data would be written to a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// Tells whether notes beside the data are wanted.
    pub(super) fn wants_notes(&self) -> bool {
        !self.is_quiet && (self.is_verbose || std::io::stderr().is_terminal())
    }

    /// Writes data to stdout. A reader that has closed the pipe has had enough.
    pub(super) fn data(&mut self, text: &str) -> Result<(), Error> {
        let mut stdout = std::io::stdout().lock();
        match stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
        {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::Write {
                target: "standard output".to_owned(),
                source: error,
            }),
            _ => Ok(()),
        }
    }

    /// Writes a note to stderr.
    pub(super) fn note(&mut self, text: &str) {
        self.words(&format!("note: {text}\n"));
    }

    /// Writes why the program stopped to stderr.
    pub(super) fn report(&mut self, stop: &Stop) {
        let text = match stop {
            Stop::Findings(findings, effective) => {
                report::findings(findings, effective, self.is_colored)
            }
            Stop::Error(error) => {
                let mut text = format!("error: {error}");
                let mut cause = error.source();
                while let Some(error) = cause {
                    text += &format!(": {error}");
                    cause = error.source();
                }
                if let Error::Usage {
                    help: Some(help), ..
                } = error
                {
                    text += &format!("\nhelp: {help}");
                }
                text + "\n"
            }
        };
        self.words(&text);
    }

    fn words(&mut self, text: &str) {
        // Where stderr is gone there is no one left to tell.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "NO_COLOR is a wish about words, not about data"
)]
fn is_colored(color: ColorChoice, is_terminal: impl Fn() -> bool) -> bool {
    match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    }
}

/// The file of a directory that lists the files which earlier renders wrote there, one a line.
const INDEX: &str = ".cachegen";

/// Writes files into a directory, and removes those that an earlier render wrote and this one does not.
///
/// Nothing is replaced before everything is written under temporary names. What the index does not list is someone
/// else's: it is neither replaced nor removed. Links are never followed.
pub(super) fn files(directory: &Path, files: &[(String, String)]) -> Result<(), Error> {
    let is_new = match kind(directory)? {
        None => true,
        Some(Kind::Directory) => false,
        Some(_) => return Err(refused(directory, "is no directory")),
    };
    if is_new {
        fs::create_dir_all(directory).map_err(unwritable(directory))?;
    }
    let result = replace(directory, files);
    if is_new && result.is_err() {
        // It stays only where something was written into it.
        let _ = fs::remove_dir(directory);
    }
    result
}

fn replace(directory: &Path, files: &[(String, String)]) -> Result<(), Error> {
    let index = directory.join(INDEX);
    let known: BTreeSet<String> = match content(&index)? {
        Some(text) => String::from_utf8_lossy(&text)
            .lines()
            .filter(|name| is_file_name(name))
            .map(str::to_owned)
            .collect(),
        None => BTreeSet::new(),
    };
    let mut written = Vec::new();
    for (name, text) in files {
        let path = directory.join(name);
        match content(&path)? {
            Some(old) if old == text.as_bytes() => {}
            Some(_) if !known.contains(name) => {
                return Err(refused(&path, "was not written by cachegen"));
            }
            _ => written.push((name.as_str(), text.as_str())),
        }
    }
    let names: BTreeSet<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let stale: Vec<&String> = known.difference(&names).collect();
    for name in &stale {
        // What cannot be removed is found before anything is changed.
        content(&directory.join(name))?;
    }
    // The index lists old and new files while they are exchanged, so that none is ever without an owner.
    let all: String = known
        .union(&names)
        .map(|name| format!("{name}\n"))
        .collect();
    let now: String = names.iter().map(|name| format!("{name}\n")).collect();
    let mut pending = Pending::default();
    for (name, text) in &written {
        pending.write(directory, name, text)?;
    }
    if all != now || known != names {
        let mut first = Pending::default();
        first.write(directory, INDEX, &all)?;
        first.commit()?;
    }
    pending.commit()?;
    for name in stale {
        let path = directory.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(unwritable(&path)(error));
            }
            _ => {}
        }
    }
    if all != now {
        let mut last = Pending::default();
        last.write(directory, INDEX, &now)?;
        last.commit()?;
    }
    Ok(())
}

/// Files under temporary names, which are removed unless they are committed.
#[derive(Default)]
struct Pending {
    renames: Vec<(PathBuf, PathBuf)>,
}

impl Pending {
    fn write(&mut self, directory: &Path, name: &str, text: &str) -> Result<(), Error> {
        let target = directory.join(name);
        let temporary = directory.join(format!(".{name}.tmp"));
        let fill = || {
            match fs::remove_file(&temporary) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            // Only a file that did not exist is opened, so no link can lead elsewhere.
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&temporary)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        let result = fill();
        self.renames.push((temporary, target.clone()));
        result.map_err(unwritable(&target))
    }

    fn commit(mut self) -> Result<(), Error> {
        for (temporary, target) in &self.renames {
            fs::rename(temporary, target).map_err(unwritable(target))?;
        }
        self.renames.clear();
        Ok(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        for (temporary, _) in &self.renames {
            // One that was renamed is not there any more.
            let _ = fs::remove_file(temporary);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Directory,
    Other,
}

/// Tells what stands at a path, links not followed.
fn kind(path: &Path) -> Result<Option<Kind>, Error> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(Some(Kind::File)),
        Ok(metadata) if metadata.is_dir() => Ok(Some(Kind::Directory)),
        Ok(_) => Ok(Some(Kind::Other)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unwritable(path)(error)),
    }
}

/// Reads a file that is to be replaced, if there is one; anything but a file is refused.
#[expect(
    clippy::disallowed_methods,
    reason = "what stands there decides whether it may be replaced, never what is written"
)]
fn content(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match kind(path)? {
        None => Ok(None),
        Some(Kind::File) => fs::read(path).map(Some).map_err(unwritable(path)),
        Some(Kind::Directory | Kind::Other) => Err(refused(path, "is no file")),
    }
}

/// Tells whether a line of the index names a file of the directory itself.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

fn refused(path: &Path, why: &str) -> Error {
    Error::Usage {
        message: format!("--output-dir: `{}` {why}", error::shown(path)),
        help: Some("move it away, or choose another directory".to_owned()),
    }
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let target = format!("`{}`", error::shown(path));
    move |source| Error::Write { target, source }
}
