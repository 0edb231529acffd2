//! The templates of a directory of the user's, which shadow embedded ones of the same name.

use std::path::Path;

use crate::error::{Error, shown};
use crate::template::Templates;

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
