//! Files that renders wrote: written all or none, read to be compared. Links are never followed.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{self, Error};
use crate::values::layer;

/// The file of a directory that lists the files which earlier renders wrote there, one a line.
pub(in crate::cli) const INDEX: &str = ".cachegen";

/// Writes files into a directory, and removes those that an earlier render wrote and this one does not.
///
/// Nothing is replaced before everything is written under temporary names. What the index does not list is someone
/// else's: it is neither replaced nor removed. Links are never followed. Processes that write there at once take turns.
pub(in crate::cli) fn write_all(directory: &Path, files: &[(String, String)]) -> Result<(), Error> {
    let is_new = match kind(directory)? {
        None => true,
        Some(Kind::Directory) => false,
        Some(_) => return Err(refused(directory, "is no directory")),
    };
    if is_new {
        fs::create_dir_all(directory).map_err(unwritable(directory))?;
    }
    let result = lock(directory).and_then(|_lock| {
        clear_locked(directory);
        replace(directory, files)
    });
    if is_new && result.is_err() {
        // It stays only where something was written into it.
        let _ = fs::remove_dir(directory);
    }
    result
}

/// Writes one file, which is either there as a whole or not at all. A link is not followed.
pub(in crate::cli) fn write(path: &Path, text: &str) -> Result<(), Error> {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else {
        return Err(refused(path, "names no file, or in no UTF-8"));
    };
    content(path)?;
    let directory = home(path);
    fs::create_dir_all(directory).map_err(unwritable(directory))?;
    let _lock = lock(directory)?;
    clear_locked(directory);
    let mut pending = Pending::default();
    pending.write(directory, name, text)?;
    pending.commit()
}

/// Returns the directory that a file is in.
pub(in crate::cli) fn home(path: &Path) -> &Path {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

/// Returns the names of a directory's files that renders wrote, or of all that look like manifests where none did.
pub(in crate::cli) fn names(directory: &Path) -> Result<Vec<String>, Error> {
    if let Some(mut names) = index(directory)? {
        // One that somebody deleted is not there.
        names.retain(|name| !matches!(kind(&directory.join(name)), Ok(None)));
        return Ok(names);
    }
    let entries = fs::read_dir(directory)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(directory))?;
    let names = entries
        .iter()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    Ok(manifests(names))
}

/// Returns the names that the index of a directory lists, if it has one.
fn index(directory: &Path) -> Result<Option<Vec<String>>, Error> {
    Ok(content(&directory.join(INDEX))?.as_deref().map(listed))
}

/// Returns the names that an index lists.
pub(in crate::cli) fn listed(index: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(index)
        .lines()
        .filter(|name| is_file_name(name))
        .map(str::to_owned)
        .collect()
}

/// Returns the names that look like manifests, sorted.
pub(in crate::cli) fn manifests(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names
        .filter(|name| is_file_name(name))
        .filter(|name| {
            [".yaml", ".yml", ".json"]
                .iter()
                .any(|end| name.ends_with(end))
        })
        .collect();
    names.sort();
    names
}

/// Tells which of the files of a directory are not what they should be: other, missing, or no longer wanted.
pub(in crate::cli) fn differing(
    directory: &Path,
    files: &[(String, String)],
) -> Result<Vec<String>, Error> {
    let mut known: BTreeSet<String> = index(directory)?.unwrap_or_default().into_iter().collect();
    let mut differing = Vec::new();
    for (name, text) in files {
        let is_listed = known.remove(name);
        if !is_listed || content(&directory.join(name))?.as_deref() != Some(text.as_bytes()) {
            differing.push(name.clone());
        }
    }
    differing.extend(known);
    Ok(differing)
}

/// Tells whether a directory stands at a path.
pub(in crate::cli) fn is_directory(path: &Path) -> Result<bool, Error> {
    Ok(kind(path)? == Some(Kind::Directory))
}

/// Waits until no other process writes into a directory, and keeps others waiting while the handle lives.
#[expect(clippy::disallowed_methods, reason = "the directory is held, not read")]
fn lock(directory: &Path) -> Result<File, Error> {
    let handle = File::open(directory).map_err(unwritable(directory))?;
    match handle.lock() {
        // Some file systems have no locks.
        Err(error) if error.kind() != ErrorKind::Unsupported => Err(unwritable(directory)(error)),
        _ => Ok(handle),
    }
}

fn replace(directory: &Path, files: &[(String, String)]) -> Result<(), Error> {
    let known: BTreeSet<String> = index(directory)?.unwrap_or_default().into_iter().collect();
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
    if known != names {
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

/// Removes what a run that was killed left in a directory, whatever it was about to write.
pub(in crate::cli) fn clear(directory: &Path) -> Result<(), Error> {
    if !leftovers(directory).is_empty() {
        let _lock = lock(directory)?;
        clear_locked(directory);
    }
    Ok(())
}

/// While the directory is held, no other process is about to rename what is found. What cannot be removed harms nobody.
fn clear_locked(directory: &Path) {
    for path in leftovers(directory) {
        let _ = fs::remove_file(path);
    }
}

fn leftovers(directory: &Path) -> Vec<PathBuf> {
    let is_ours = |name: &OsStr| {
        name.to_str()
            .and_then(|name| name.strip_prefix('.')?.strip_suffix(TEMPORARY))
            .is_some_and(|name| !name.is_empty())
    };
    fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|entry| is_ours(&entry.file_name()))
        .map(|entry| entry.path())
        .collect()
}

/// How the name of a file ends before it gets its own: nothing reads it as a manifest.
const TEMPORARY: &str = ".cachegen";

/// Where a file is written before it gets its name.
fn temporary(directory: &Path, name: &str) -> PathBuf {
    directory.join(format!(".{name}{TEMPORARY}"))
}

/// Files under temporary names, which are removed unless they are committed.
#[derive(Default)]
struct Pending {
    renames: Vec<(PathBuf, PathBuf)>,
}

impl Pending {
    fn write(&mut self, directory: &Path, name: &str, text: &str) -> Result<(), Error> {
        let target = directory.join(name);
        let temporary = temporary(directory, name);
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

/// Tells what stands at a path, links not followed, a slash behind them or not.
fn kind(path: &Path) -> Result<Option<Kind>, Error> {
    match fs::symlink_metadata(path.components().as_path()) {
        Ok(metadata) if metadata.is_file() => Ok(Some(Kind::File)),
        Ok(metadata) if metadata.is_dir() => Ok(Some(Kind::Directory)),
        Ok(_) => Ok(Some(Kind::Other)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(unreadable(path)(source)),
    }
}

/// Reads a file that is to be compared or replaced, if there is one; anything but a file is refused.
#[expect(
    clippy::disallowed_methods,
    reason = "what stands there decides whether it may be replaced, never what is written"
)]
pub(in crate::cli) fn content(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match kind(path)? {
        None => Ok(None),
        Some(Kind::File) => File::open(path)
            .and_then(layer::bounded)
            .map(Some)
            .map_err(unreadable(path)),
        Some(Kind::Directory | Kind::Other) => Err(refused(path, "is no file")),
    }
}

/// Tells whether a line of the index names a file of the directory itself.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

fn refused(path: &Path, why: &str) -> Error {
    Error::Usage {
        message: format!("`{}` {why}", error::shown(path)),
        help: Some("move it away, or choose another directory".to_owned()),
    }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    |source| Error::Read { path, source }
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let target = format!("`{}`", error::shown(path));
    move |source| Error::Write { target, source }
}
