//! The templates of a directory of the user's, which shadow embedded ones of the same name.

use std::io::ErrorKind;
use std::path::Path;

use crate::error::{Error, shown};
use crate::template::Templates;
use crate::values::revision::{self, Entry};

/// How deep the directory is looked through: embedded templates stand one directory deep.
const MAX_DEPTH: usize = 4;

/// Largest template in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads every file of a directory but the hidden ones; without one, there are the embedded templates.
pub(super) fn read(directory: Option<&Path>) -> Result<Templates, Error> {
    let mut templates = Templates::default();
    if let Some(directory) = directory {
        read_into(directory, "", 0, &mut templates)?;
    }
    Ok(templates)
}

/// Reads them as they were at a revision: none where the directory was not there, and today's where git does not have it.
pub(super) fn read_at(directory: Option<&Path>, revision: &str) -> Result<Templates, Error> {
    let mut templates = Templates::default();
    let Some(path) = directory else {
        return Ok(templates);
    };
    match revision::read(revision, path) {
        Ok(Entry::Directory(names)) => {
            read_entries(path, revision, &names, "", 0, &mut templates)?;
            Ok(templates)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(templates),
        _ => read(directory),
    }
}

fn read_entries(
    directory: &Path,
    revision: &str,
    names: &[String],
    prefix: &str,
    depth: usize,
    templates: &mut Templates,
) -> Result<(), Error> {
    for name in names.iter().filter(|name| !name.starts_with('.')) {
        let path = directory.join(name);
        let shown = format!("{revision}:{}", shown(&path));
        let entry = revision::read(revision, &path).map_err(|source| Error::Read {
            path: (&shown).into(),
            source,
        })?;
        match entry {
            Entry::Directory(inner) if depth < MAX_DEPTH => {
                let prefix = format!("{prefix}{}/", name.trim_end_matches('/'));
                read_entries(&path, revision, &inner, &prefix, depth + 1, templates)?;
            }
            Entry::Directory(_) => {}
            Entry::File(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                templates.shadow(&format!("{prefix}{name}"), text, shown)?;
            }
        }
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the user's templates are read here and nowhere else"
)]
fn read_into(
    directory: &Path,
    prefix: &str,
    depth: usize,
    templates: &mut Templates,
) -> Result<(), Error> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        |source| Error::Read { path, source }
    };
    let mut entries = std::fs::read_dir(directory)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(directory))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let (name, path) = (name.to_string_lossy(), entry.path());
        if name.starts_with('.') {
            continue;
        }
        let file = format!("{prefix}{name}");
        // A link to a directory is not followed, so that there are no circles.
        if entry.file_type().map_err(unreadable(&path))?.is_dir() && depth < MAX_DEPTH {
            read_into(&path, &format!("{file}/"), depth + 1, templates)?;
            continue;
        }
        let metadata = std::fs::metadata(&path).map_err(unreadable(&path))?;
        if !metadata.is_file() || metadata.len() > MAX_BYTES {
            return Err(Error::Usage {
                message: format!(
                    "--template-dir: `{}` is no file of at most {MAX_BYTES} bytes",
                    shown(&path)
                ),
                help: None,
            });
        }
        let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
        templates.shadow(&file, text, shown(&path))?;
    }
    Ok(())
}
