//! Where renders are committed: a file, a directory or standard input, compared byte for byte in the format that it has.

use std::path::Path;

use super::against;
use super::inputs::Stop;
use super::output::files;
use crate::error::{Error, shown};
use crate::manifest::{Format, Manifest, Object};
use crate::values::layer::{self, STDIN, is_stdin};

/// Where renders are committed.
pub(super) enum Target<'a> {
    File(&'a Path),
    Directory(&'a Path),
    /// A file that somebody else reads, such as git.
    Stdin,
}

impl<'a> Target<'a> {
    /// What stands there says what it is; where nothing does, a slash at the end makes it a directory.
    pub(super) fn of(path: &'a Path) -> Result<Self, Error> {
        if is_stdin(path) {
            return Ok(Self::Stdin);
        }
        let is_directory =
            files::is_directory(path)? || path.as_os_str().to_string_lossy().ends_with('/');
        Ok(if is_directory {
            Self::Directory(path)
        } else {
            Self::File(path)
        })
    }

    /// Tells what is not as it is rendered, as the beginning of a sentence.
    pub(super) fn differing(&self, manifest: &Manifest) -> Result<Option<String>, Error> {
        match self {
            Self::File(path) => {
                let committed = files::content(path)?;
                let rendered = manifest.write(format(path, committed.as_deref()));
                let is_same = committed.as_deref() == Some(rendered.as_bytes());
                Ok((!is_same).then(|| format!("`{}` is", shown(path))))
            }
            Self::Stdin => {
                let committed = layer::stdin().map_err(|source| Error::Read {
                    path: STDIN.into(),
                    source,
                })?;
                let rendered = manifest.write(format(Path::new(STDIN), Some(&committed)));
                Ok((committed != rendered.as_bytes()).then(|| format!("`{STDIN}` is")))
            }
            Self::Directory(path) => {
                let names = files::differing(path, &manifest.files(Self::directory_format(path)?))?;
                Ok(match names.as_slice() {
                    [] => None,
                    [name] => Some(format!("`{}` is", shown(&path.join(name)))),
                    names => Some(format!("{} files in `{}` are", names.len(), shown(path))),
                })
            }
        }
    }

    pub(super) fn write(&self, manifest: &Manifest) -> Result<(), Error> {
        match self {
            Self::File(path) => {
                let committed = files::content(path)?;
                files::write(path, &manifest.write(format(path, committed.as_deref())))
            }
            Self::Directory(path) => {
                files::write_all(path, &manifest.files(Self::directory_format(path)?))
            }
            Self::Stdin => Err(not_writable()),
        }
    }

    /// Leaves what is there as it is, but for what a run that was killed left there.
    pub(super) fn keep(&self) -> Result<(), Error> {
        match self {
            Self::File(path) => files::clear(files::home(path)),
            Self::Directory(path) => files::clear(path),
            Self::Stdin => Err(not_writable()),
        }
    }

    pub(super) fn read(&self) -> Result<Vec<Object>, Stop> {
        match self {
            Self::File(path) if files::content(path)?.is_none() => Ok(Vec::new()),
            Self::Directory(path) if !files::is_directory(path)? => Ok(Vec::new()),
            Self::File(path) | Self::Directory(path) => Ok(against::read(path, None)?.objects),
            Self::Stdin => Ok(against::read(Path::new("-"), None)?.objects),
        }
    }

    /// What the files of a directory are written as: what the first of them is.
    fn directory_format(path: &Path) -> Result<Format, Error> {
        if !files::is_directory(path)? {
            return Ok(Format::Yaml);
        }
        match files::names(path)?.first() {
            Some(name) => {
                let path = path.join(name);
                Ok(format(&path, files::content(&path)?.as_deref()))
            }
            None => Ok(Format::Yaml),
        }
    }
}

/// Standard input has no place to write to.
pub(super) fn not_writable() -> Error {
    Error::Usage {
        message: "--fix: standard input cannot be written anew".to_owned(),
        help: Some("name the file; one that is called so is `./-`".to_owned()),
    }
}

/// Tells what a file is written as, from its first lines or else its name.
fn format(path: &Path, committed: Option<&[u8]>) -> Format {
    let text = committed.unwrap_or_default();
    let first = text
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .find(|line| !(line.is_empty() || line.starts_with(b"---") || line.starts_with(b"#")));
    let is_json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    match first {
        Some(_) if text.starts_with(b"{") => Format::Json,
        Some(line) if line.starts_with(b"{") => Format::Kyaml,
        None if is_json => Format::Json,
        _ => Format::Yaml,
    }
}
