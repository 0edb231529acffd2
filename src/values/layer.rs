//! The layers of values and where each comes from: defaults, profile, files, flags.
//!
//! Besides the command line and `revision` it is the only module that reads files.

use std::borrow::Cow;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::diagnostic::{Diagnostic, Place};
use crate::error::Error;
use crate::values::revision::{self, Entry};
use crate::values::set::{self, Edit, Kind};
use crate::yaml::{self, Content, Node, Scalar, Span, Style};

/// Every key with its default.
pub const DEFAULTS: &str = include_str!("../../values/values.yaml");

/// The profiles: name and text.
pub const PROFILES: [(&str, &str); 2] = [
    ("lite", include_str!("../../values/profiles/lite.yaml")),
    (
        "standard",
        include_str!("../../values/profiles/standard.yaml"),
    ),
];

/// Largest file in bytes that is read: more than ten objects as large as the API server takes.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The name under which standard input is shown.
pub const STDIN: &str = "<stdin>";

/// The key of a profile file under which it lists the paths that later layers must not change.
pub const PINNED: &str = "x-pinned";

/// Where a layer comes from, the weakest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The built-in defaults.
    Default,
    /// The profile of this name.
    Profile(&'static str),
    /// A values file, or standard input where the path is `-`.
    File(PathBuf),
    /// The n-th flag of its kind, from 1.
    Flag {
        /// Its kind.
        kind: Kind,
        /// Its number among its kind.
        number: usize,
    },
    /// An argument that is no value, such as NAME.
    Argument(&'static str),
}

impl Origin {
    /// Returns the name under which a diagnostic shows it.
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Default => "default values".into(),
            Self::Profile(name) => format!("profile {name}").into(),
            Self::File(path) if is_stdin(path) => STDIN.into(),
            Self::File(path) => path.to_string_lossy(),
            Self::Flag { kind, number } => format!("{} #{number}", kind.flag()).into(),
            Self::Argument(name) => (*name).into(),
        }
    }

    /// Tells whether it is what the user said about values.
    pub fn is_users(&self) -> bool {
        matches!(self, Self::File(_) | Self::Flag { .. })
    }

    /// Returns the file that it is, unless that is standard input.
    pub fn named_file(&self) -> Option<&Path> {
        match self {
            Self::File(path) if !is_stdin(path) => Some(path),
            _ => None,
        }
    }
}

/// A text that values came from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it comes from.
    pub origin: Origin,
    /// The text.
    pub text: Cow<'static, str>,
    /// Whether it could be read as YAML, so that its secrets can be told by their paths.
    pub is_readable: bool,
}

/// One layer: the documents of one source.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The number of its source.
    pub source: u32,
    /// Its documents, each a map.
    pub documents: Vec<Node>,
}

/// All layers and sources, the weakest first. Flags are sources without documents: they edit what the files say.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// The texts, numbered by position.
    pub sources: Vec<Source>,
    /// The layers.
    pub layers: Vec<Layer>,
    /// What the flags change, in the order of the command line.
    pub edits: Vec<(Kind, Edit)>,
    /// The directory that paths are relative to; empty, that of the process.
    directory: PathBuf,
    /// The revision at which files are read; nothing, as they are now.
    revision: Option<String>,
    /// Whether something could not be read, without which the rest is not what the user meant.
    is_incomplete: bool,
}

impl Layers {
    /// Makes empty layers whose paths are relative to a directory instead of the process's own.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            ..Self::default()
        }
    }

    /// Makes empty layers whose files are read as they were at a revision.
    pub fn at_revision(revision: Option<String>) -> Self {
        Self {
            revision,
            ..Self::default()
        }
    }

    /// Tells whether something could not be read, so that nothing but that is worth reporting.
    pub fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Adds a text as a source and returns its number.
    pub fn add_source(&mut self, origin: Origin, text: impl Into<Cow<'static, str>>) -> u32 {
        let number =
            u32::try_from(self.sources.len()).expect("a command line has fewer flags than that");
        self.sources.push(Source {
            origin,
            text: text.into(),
            is_readable: false,
        });
        number
    }

    /// Reads a text as a layer, and reports what is wrong with it.
    pub fn add(
        &mut self,
        origin: Origin,
        text: impl Into<Cow<'static, str>>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let source = self.add_source(origin, text);
        let text = &self.sources[source as usize].text;
        match yaml::read(text, source) {
            Ok(reading) => {
                self.sources[source as usize].is_readable = true;
                diagnostics.extend(reading.faults.into_iter().map(Diagnostic::from));
                let mut maps = Vec::new();
                for document in reading.documents {
                    if document.entries().is_some() {
                        maps.push(document);
                    } else if !document.is_null() {
                        let found = crate::values::decode::kind(&document);
                        diagnostics.push(
                            Diagnostic::new(
                                "not-a-map",
                                Place::Span(document.span),
                                format!("values are a map of keys, not {found}"),
                            )
                            .help("write `key: value` lines, such as `profile: standard`"),
                        );
                    }
                }
                self.layers.push(Layer {
                    source,
                    documents: maps,
                });
            }
            Err(faults) => {
                self.is_incomplete = true;
                diagnostics.extend(faults.into_iter().map(Diagnostic::from));
            }
        }
    }

    /// Reads a values file as a layer; `-` is standard input.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] where the file cannot be read. What is wrong inside the file is reported as diagnostics.
    pub fn add_file(
        &mut self,
        path: &Path,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<(), Error> {
        let shown = match &self.revision {
            Some(revision) => PathBuf::from(format!("{revision}:{}", path.display())),
            None => path.to_owned(),
        };
        let origin = Origin::File(shown.clone());
        let bytes = self.read(path).map_err(|source| Error::Read {
            path: shown,
            source,
        })?;
        match String::from_utf8(bytes) {
            Ok(text) => {
                // A byte order mark is no column.
                let text = match text.strip_prefix('\u{feff}') {
                    Some(rest) => rest.to_owned(),
                    None => text,
                };
                self.add(origin, text, diagnostics);
                Ok(())
            }
            Err(error) => {
                self.is_incomplete = true;
                let valid = error.utf8_error().valid_up_to();
                let is_utf16 = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let source = self.add_source(origin, text);
                let start = u32::try_from(valid).unwrap_or(u32::MAX);
                let span = Span {
                    source,
                    start,
                    end: start.saturating_add(3),
                };
                let help = if is_utf16 {
                    "the file is UTF-16: save it as UTF-8"
                } else {
                    "save the file as UTF-8"
                };
                diagnostics.push(
                    Diagnostic::new(
                        "not-utf8",
                        Place::Span(span),
                        "the file is not UTF-8 from here on",
                    )
                    .help(help),
                );
                Ok(())
            }
        }
    }

    /// Reads a flag, the files that a `--set-file` names among it, and reports what is wrong with it.
    pub fn add_flag(
        &mut self,
        kind: Kind,
        number: usize,
        text: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let source = self.add_source(Origin::Flag { kind, number }, text.to_owned());
        match set::parse(kind, text, source) {
            Ok(edits) => {
                for mut edit in edits {
                    if let (Kind::File, Edit::Assign(assignment)) = (kind, &mut edit) {
                        self.fill_in(&mut assignment.value, diagnostics);
                    }
                    self.edits.push((kind, edit));
                }
            }
            Err(finding) => diagnostics.push(*finding),
        }
    }

    /// Puts the contents of files where a `--set-file` names them.
    fn fill_in(&mut self, node: &mut Node, diagnostics: &mut Vec<Diagnostic>) {
        let scalar = match &mut node.content {
            Content::Sequence(items) => {
                return items
                    .iter_mut()
                    .for_each(|item| self.fill_in(item, diagnostics));
            }
            Content::Scalar(scalar) if scalar.style == Style::Flag => scalar,
            Content::Scalar(_) | Content::Mapping(_) => return,
        };
        let path = named_by(scalar);
        let place = Place::Span(node.span);
        let text = match self.read(&path).map(String::from_utf8) {
            Ok(Ok(text)) => text,
            Ok(Err(_)) => {
                let help = "only text can be a value: encode other files first";
                self.is_incomplete = true;
                let message = "the file is not UTF-8";
                diagnostics.push(Diagnostic::new("not-utf8", place, message).help(help));
                String::new()
            }
            Err(error) => {
                self.is_incomplete = true;
                let message = format!("the file cannot be read: {error}");
                diagnostics.push(Diagnostic::new("unreadable-file", place, message));
                String::new()
            }
        };
        scalar.text = text.into();
        scalar.style = Style::Quoted;
    }

    /// Reads a whole file, or standard input for `-`, unless it is too large, as what never ends is.
    #[expect(
        clippy::disallowed_methods,
        reason = "values files are read here and nowhere else"
    )]
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        let is_stdin = is_stdin(path);
        let path = self.directory.join(path);
        match &self.revision {
            Some(_) if is_stdin => Err(std::io::Error::other("standard input has no revisions")),
            Some(revision) => match revision::read(revision, &path)? {
                Entry::File(bytes) => Ok(bytes),
                Entry::Directory(_) => Err(ErrorKind::IsADirectory.into()),
            },
            None if is_stdin => stdin(),
            None => bounded(std::fs::File::open(path)?),
        }
    }
}

/// Tells whether a path stands for standard input.
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Returns the file that a scalar of a `--set-file` names.
fn named_by(scalar: &Scalar) -> PathBuf {
    match scalar.text.trim() {
        "-" => PathBuf::from("-"),
        _ => PathBuf::from(&*scalar.text),
    }
}

/// Counts how often a `--set-file` names standard input.
pub fn n_stdin(flag: &str) -> usize {
    fn count(node: &Node) -> usize {
        match &node.content {
            Content::Sequence(items) => items.iter().map(count).sum(),
            Content::Scalar(scalar) if scalar.style == Style::Flag => {
                usize::from(is_stdin(&named_by(scalar)))
            }
            Content::Scalar(_) | Content::Mapping(_) => 0,
        }
    }
    // One that cannot be read names nothing, and is told when it is added.
    let edits = set::parse(Kind::File, flag, 0).unwrap_or_default();
    let counts = edits.iter().map(|edit| match edit {
        Edit::Assign(assignment) => count(&assignment.value),
        Edit::Merge(_) => 0,
    });
    counts.sum()
}

/// Reads standard input once; whoever asks again, for another render of the same command, gets the same, as from a file.
///
/// # Errors
///
/// Whatever reading says, as of [`bounded`].
pub fn stdin() -> std::io::Result<Vec<u8>> {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(bytes) = BYTES.get() {
        return Ok(bytes.clone());
    }
    let bytes = bounded(std::io::stdin().lock())?;
    Ok(BYTES.get_or_init(|| bytes).clone())
}

/// Reads to the end, or just so far that it is known to be too far.
///
/// # Errors
///
/// Whatever reading says; and that there are more than [`MAX_BYTES`].
pub fn bounded(file: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("it is larger than {} MiB", MAX_BYTES / 1024 / 1024);
        return Err(std::io::Error::other(message));
    }
    Ok(bytes)
}
