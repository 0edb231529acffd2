//! The rules over the table of directives: which server knows which, and what may be set to what.
//! It must not decide what a tier's configuration is.
//!
//! The table knows the versions that were asked. For others: between two of them, a directive is known when both
//! neighbours know it, and takes what the lower one takes; a version above the newest counts as the newest; one below
//! the oldest is not supported. Patches of a minor version count as equal.
//!
//! Servers take a name in any case; here only the lower-case one is a name, and another case is unknown with the
//! lower-case name as the nearest. What is managed is so in any case.

use strsim::damerau_levenshtein;

use super::directives::{TABLE, TESTED};
use super::managed;
use super::version::{Engine, Version};

pub use super::line::line;
pub use super::value::check;

/// What one engine knows of one directive, from one minor version to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its name, in lower case.
    pub name: &'static str,
    /// The engine that the row is about.
    pub engine: Engine,
    /// The first version with these facts, of those that were asked.
    pub first: Version,
    /// The last version with these facts, of those that were asked.
    pub last: Version,
    /// What values it takes.
    pub kind: Kind,
    /// Whether a running server takes another value (`CONFIG SET`).
    pub live: bool,
    /// The name that the server itself uses for it, empty where that is this one; setting one sets the other.
    pub alias_of: &'static str,
    /// What `CONFIG GET` says of a server without any configuration.
    pub default: &'static str,
}

impl Directive {
    /// Returns the name that the server itself uses: two directives with the same one are the same setting.
    pub fn canonical(&self) -> &'static str {
        if self.alias_of.is_empty() {
            self.name
        } else {
            self.alias_of
        }
    }
}

/// What values a directive takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `yes` or `no`.
    Switch,
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A size in bytes.
    Memory {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// A size in bytes, or a percentage of `maxmemory`.
    MemoryOrPercent,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One or more of these words.
    Choices(&'static [&'static str]),
    /// Any of these characters, in one word.
    Letters(&'static str),
    /// Anything: the server reads over it, as a setting that it once had.
    Ignored,
    /// A file mode.
    Octal,
    /// One word, or anything in quotes.
    Text,
    /// Words with a grammar of their own.
    Words,
}

/// What is known of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The server takes it.
    Known(&'static Directive),
    /// Other versions of the engine take it.
    OtherVersion {
        /// Which, as in `redis 7.2 and later`.
        known_in: String,
    },
    /// Only the other engine takes it.
    OtherEngine {
        /// Which of its versions, as in `valkey 8.1 and later`.
        known_in: String,
    },
    /// The tier relies on it: not the user's.
    Managed {
        /// Why, and the key to use where there is one.
        reason: &'static str,
    },
    /// No server takes it.
    Unknown {
        /// A directive of that server with a similar name.
        nearest: Option<&'static str>,
    },
}

/// Tells whether a user may set a directive on a server.
///
/// The name is in lower case; what is managed is `Managed` whether that server knows it or not.
pub fn find(name: &str, engine: Engine, version: Version) -> Lookup {
    if let Some(reason) = managed::reason(name) {
        return Lookup::Managed { reason };
    }
    if let Some(directive) = known(name, engine, version) {
        return Lookup::Known(directive);
    }
    if let Some(known_in) = known_in(name, engine) {
        return Lookup::OtherVersion { known_in };
    }
    let other = match engine {
        Engine::Redis => Engine::Valkey,
        Engine::Valkey => Engine::Redis,
    };
    match known_in(name, other) {
        Some(known_in) => Lookup::OtherEngine { known_in },
        None => Lookup::Unknown {
            nearest: nearest(name, engine, version),
        },
    }
}

/// Returns what a server knows of a directive, managed or not.
pub fn known(name: &str, engine: Engine, version: Version) -> Option<&'static Directive> {
    let (below, above) = neighbours(engine, version)?;
    row(name, engine, above)?;
    row(name, engine, below)
}

/// Returns the newest version of an engine whose directives were asked; later ones count as it.
pub fn newest_tested(engine: Engine) -> Version {
    tested(engine)
        .last()
        .expect("the table has versions of every engine")
}

/// Tells whether enough is known of a version.
///
/// # Errors
///
/// Names the oldest version where this one is older.
pub fn supported(engine: Engine, version: Version) -> Result<(), String> {
    match tested(engine).next() {
        Some(oldest) if version < oldest => Err(format!(
            "{engine} {version} is not supported, the oldest is {engine} {oldest}"
        )),
        _ => Ok(()),
    }
}

/// Returns the versions of an engine that were asked, oldest first.
fn tested(engine: Engine) -> impl Iterator<Item = Version> {
    TESTED
        .iter()
        .filter(move |(each, ..)| *each == engine)
        .map(|(_, version, _)| *version)
}

/// Returns the tested versions that speak for a version: the nearest not above it, and the nearest not below it.
fn neighbours(engine: Engine, version: Version) -> Option<(Version, Version)> {
    let below = tested(engine).take_while(|each| *each <= version).last()?;
    let above = tested(engine)
        .find(|each| *each >= version)
        .unwrap_or(below);
    Some((below, above))
}

/// Returns every row of a name; the table is sorted by it.
fn rows(name: &str) -> &'static [Directive] {
    let start = TABLE.partition_point(|each| each.name < name);
    let rest = &TABLE[start..];
    &rest[..rest.partition_point(|each| each.name == name)]
}

fn row(name: &str, engine: Engine, version: Version) -> Option<&'static Directive> {
    rows(name)
        .iter()
        .find(|each| each.engine == engine && (each.first..=each.last).contains(&version))
}

/// Returns in words which tested versions of an engine know a name: `redis 7.0 to 7.4`, `redis 8.0 and later`.
fn known_in(name: &str, engine: Engine) -> Option<String> {
    let mut spans: Vec<(Version, Version)> = Vec::new();
    let mut previous = false;
    for version in tested(engine) {
        let known = row(name, engine, version).is_some();
        match spans.last_mut() {
            Some((_, last)) if known && previous => *last = version,
            _ if known => spans.push((version, version)),
            _ => {}
        }
        previous = known;
    }

    let newest = newest_tested(engine);
    let spans: Vec<String> = spans
        .into_iter()
        .map(|(first, last)| match (first, last) {
            _ if last == newest => format!("{engine} {first} and later"),
            _ if first == last => format!("{engine} {first}"),
            _ => format!("{engine} {first} to {last}"),
        })
        .collect();
    if spans.is_empty() {
        None
    } else {
        Some(spans.join(" and "))
    }
}

/// Returns the name most like an unknown one that a user may set on that server; an old alias only if nothing else is.
fn nearest(name: &str, engine: Engine, version: Version) -> Option<&'static str> {
    let (below, _) = neighbours(engine, version)?;
    let lower = name.to_ascii_lowercase().replace('_', "-");
    TABLE
        .iter()
        .filter(|each| each.engine == engine && (each.first..=each.last).contains(&below))
        .filter(|each| {
            known(each.name, engine, version).is_some() && managed::reason(each.name).is_none()
        })
        .map(|each| {
            (
                damerau_levenshtein(&lower, each.name),
                !each.alias_of.is_empty(),
                each.name,
            )
        })
        .min()
        .filter(|(distance, _, nearest)| distance * 3 <= nearest.len().max(3))
        .map(|(_, _, nearest)| nearest)
}

#[cfg(test)]
mod tests {
    use super::{Kind, Lookup, find, known, known_in, newest_tested, supported, tested};
    use crate::redis::base::SECTIONS;
    use crate::redis::directives::TABLE;
    use crate::redis::version::Engine::{self, Redis, Valkey};
    use crate::redis::version::Version;

    fn version(text: &str) -> Version {
        text.parse().expect("a version")
    }

    fn looked_up(name: &str, engine: Engine, text: &str) -> String {
        match find(name, engine, version(text)) {
            Lookup::Known(directive) => format!("known as {}", directive.canonical()),
            Lookup::OtherVersion { known_in } => format!("other version: {known_in}"),
            Lookup::OtherEngine { known_in } => format!("other engine: {known_in}"),
            Lookup::Managed { .. } => "managed".to_owned(),
            Lookup::Unknown { nearest } => format!("unknown, nearest {nearest:?}"),
        }
    }

    #[test]
    fn a_name_is_looked_up_per_engine_and_version() {
        for (name, engine, version, expected) in [
            ("hz", Redis, "7.2", "known as hz"),
            (
                "hash-max-ziplist-value",
                Redis,
                "7.2",
                "known as hash-max-listpack-value",
            ),
            (
                "set-max-listpack-entries",
                Redis,
                "7.2",
                "known as set-max-listpack-entries",
            ),
            (
                "set-max-listpack-entries",
                Redis,
                "7.0",
                "other version: redis 7.2 and later",
            ),
            (
                "io-threads-do-reads",
                Redis,
                "8.2",
                "other version: redis 7.0 to 7.4",
            ),
            ("slowlog-max-len", Valkey, "8.0", "known as slowlog-max-len"),
            (
                "slowlog-max-len",
                Valkey,
                "8.1",
                "known as commandlog-slow-execution-max-len",
            ),
            (
                "commandlog-slow-execution-max-len",
                Valkey,
                "8.0",
                "other version: valkey 8.1 and later",
            ),
            (
                "commandlog-slow-execution-max-len",
                Redis,
                "8.2",
                "other engine: valkey 8.1 and later",
            ),
            ("port", Redis, "7.2", "managed"),
            ("primaryauth", Redis, "7.2", "managed"),
            ("TLS-port", Valkey, "9.0", "managed"),
            (
                "maxmemory-polcy",
                Redis,
                "7.2",
                "unknown, nearest Some(\"maxmemory-policy\")",
            ),
            (
                "hash-max-ziplist-valu",
                Redis,
                "7.2",
                "unknown, nearest Some(\"hash-max-ziplist-value\")",
            ),
            (
                "slave-read-onl",
                Redis,
                "7.2",
                "unknown, nearest Some(\"slave-read-only\")",
            ),
            (
                "MaxMemory_Policy",
                Redis,
                "7.2",
                "unknown, nearest Some(\"maxmemory-policy\")",
            ),
            ("prot", Redis, "7.2", "unknown, nearest None"),
            (
                "completely-different",
                Redis,
                "7.2",
                "unknown, nearest None",
            ),
            ("", Redis, "7.2", "unknown, nearest None"),
        ] {
            assert_eq!(
                looked_up(name, engine, version),
                expected,
                "{name} {engine} {version}"
            );
        }
    }

    #[test]
    fn neighbours_speak_for_versions_that_were_not_asked() {
        // Between 7.4, which knows it, and 8.0, which does not.
        assert_eq!(
            looked_up("io-threads-do-reads", Redis, "7.9"),
            "other version: redis 7.0 to 7.4"
        );
        // Between 7.0, which does not, and 7.2, which does.
        assert_eq!(
            looked_up("set-max-listpack-entries", Redis, "7.1"),
            "other version: redis 7.2 and later"
        );
        assert_eq!(looked_up("hz", Redis, "7.1"), "known as hz");
        assert_eq!(
            looked_up("set-max-listpack-entries", Redis, "99.0"),
            "known as set-max-listpack-entries"
        );
        assert_eq!(known("hz", Redis, version("6.2")), None);
        // The bounds of the lower neighbour.
        let kind =
            known("maxmemory-samples", Redis, version("7.3")).map(|directive| directive.kind);
        assert_eq!(
            kind,
            Some(Kind::Integer {
                min: 1,
                max: i64::from(i32::MAX)
            })
        );
    }

    #[test]
    fn versions_below_the_oldest_are_not_supported() {
        assert_eq!(supported(Redis, version("7.0")), Ok(()));
        assert_eq!(supported(Redis, version("99.1")), Ok(()));
        assert_eq!(supported(Valkey, version("7.2")), Ok(()));
        let refusal = "redis 6.2 is not supported, the oldest is redis 7.0";
        assert_eq!(supported(Redis, version("6.2")), Err(refusal.to_owned()));
        assert!(supported(Valkey, version("7.0")).is_err());
    }

    #[test]
    fn every_server_knows_the_base_configuration() {
        for engine in [Redis, Valkey] {
            for version in tested(engine).chain([version("7.3"), version("99.0")]) {
                for (name, _) in SECTIONS.iter().flat_map(|section| section.directives) {
                    let directive = known(name, engine, version).expect(name);
                    if !matches!(*name, "slowlog-log-slower-than" | "slowlog-max-len") {
                        assert_eq!(
                            directive.alias_of, "",
                            "{name} is an old name in {engine} {version}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_table_is_sorted_and_its_rows_do_not_overlap() {
        for pair in TABLE.windows(2) {
            let [one, next] = pair else {
                unreachable!("windows of two")
            };
            let key = |row: &super::Directive| (row.name, row.engine, row.first);
            assert!(key(one) < key(next), "{} {}", one.name, next.name);
            assert!(
                one.name != next.name || one.engine != next.engine || one.last < next.first,
                "{}",
                one.name
            );
        }
        for row in TABLE {
            assert!(
                row.first <= row.last && row.last <= newest_tested(row.engine),
                "{}",
                row.name
            );
            assert!(
                !row.name.is_empty() && row.name == row.name.to_ascii_lowercase(),
                "{}",
                row.name
            );
            let target = row.canonical();
            assert!(
                known_in(target, row.engine).is_some(),
                "{} -> {target}",
                row.name
            );
        }
    }
}
