//! The rules over the table of directives: which server knows which, and what may be set to what.
//! It must not decide what a tier's configuration is.
//!
//! The table knows the versions that were asked. For others: between two of them, a directive is known when both
//! neighbours know it, and takes what the lower one takes; a version above the newest counts as the newest; one below
//! the oldest is not supported. Patches of a minor version count as equal.
//!
//! What depends on the build or the image is not known: `activedefrag yes` wants a server with its
//! own jemalloc, `locale-collate` a locale that is installed.
//!
//! Servers take a name in any case; here only the lower-case one is a name, and another case is unknown with the
//! lower-case name as the nearest. What is managed is so in any case.

use super::directives::{TABLE, TESTED};
use super::managed;
use super::version::{Engine, Version};

pub use super::line::{is_bare, line, split};
pub use super::value::{Kind, check};

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
    Unknown,
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
        None => Lookup::Unknown,
    }
}

/// Returns what a server knows of a directive, managed or not.
pub fn known(name: &str, engine: Engine, version: Version) -> Option<&'static Directive> {
    let (below, above) = neighbours(engine, version)?;
    row(name, engine, above)?;
    row(name, engine, below)
}

/// Tells whether two names are those of one directive, to some server.
pub fn is_same(one: &str, other: &str) -> bool {
    let mut rows_of_one = rows(one).iter();
    rows_of_one.any(|one| {
        rows(other)
            .iter()
            .any(|other| one.canonical() == other.canonical())
    })
}

/// Returns the words that some server takes for a directive; none where it takes anything but words.
pub fn choices(name: &str) -> Vec<&'static str> {
    let mut words: Vec<&str> = Vec::new();
    for directive in rows(name) {
        if let Kind::Choice(choices) = directive.kind {
            for word in choices {
                if !words.contains(word) {
                    words.push(word);
                }
            }
        }
    }
    words
}

/// Tells whether some server takes a word, in any case, for a directive that takes words.
pub fn is_choice(name: &str, word: &str) -> bool {
    let is_word = |choice: &&str| choice.eq_ignore_ascii_case(word);
    rows(name).iter().any(
        |directive| matches!(directive.kind, Kind::Choice(choices) if choices.iter().any(is_word)),
    )
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

/// Returns which versions are supported, in words.
pub fn all_supported() -> String {
    let ranges: Vec<String> = [Engine::Redis, Engine::Valkey]
        .into_iter()
        .filter_map(|engine| Some(format!("{engine} {} and newer", tested(engine).next()?)))
        .collect();
    ranges.join(", ")
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
pub fn similar(name: &str, engine: Engine, version: Version) -> Option<&'static str> {
    let (below, _) = neighbours(engine, version)?;
    let lower = name.to_ascii_lowercase().replace('_', "-");
    let settable = |is_alias: bool| {
        let named = move |each: &&Directive| each.alias_of.is_empty() != is_alias;
        let rows = TABLE.iter().filter(named).filter(move |each| {
            each.engine == engine
                && (each.first..=each.last).contains(&below)
                && each.kind != Kind::Ignored
                && known(each.name, engine, version).is_some()
                && managed::reason(each.name).is_none()
        });
        rows.map(|each| each.name)
    };
    crate::diagnostic::nearest(&lower, settable(false).chain(settable(true)))
}

#[cfg(test)]
mod tests {
    use super::{Kind, Lookup, find, known, known_in, newest_tested, similar, supported, tested};
    use crate::redis::base::SECTIONS;
    use crate::redis::directives::TABLE;
    use crate::redis::version::Engine::{self, Redis, Valkey};
    use crate::redis::version::Version;

    fn version(text: &str) -> Version {
        text.parse().expect("a version")
    }

    /// Looks a name up on a server such as `redis 7.2`, and says in short what is known of it.
    fn look_up(name: &str, server: &str) -> String {
        let (engine, number) = server.split_once(' ').expect("an engine and a version");
        let (engine, version) = (engine.parse().expect("an engine"), version(number));
        match find(name, engine, version) {
            Lookup::Known(directive) => directive.canonical().to_owned(),
            Lookup::OtherVersion { known_in } => format!("version: {known_in}"),
            Lookup::OtherEngine { known_in } => format!("engine: {known_in}"),
            Lookup::Managed { .. } => "managed".to_owned(),
            Lookup::Unknown => {
                let similar = similar(name, engine, version);
                format!("unknown, like {}", similar.unwrap_or("none"))
            }
        }
    }

    #[test]
    fn a_name_is_known_per_engine_and_version() {
        for (name, server, expected) in [
            ("hz", "redis 7.2", "hz"),
            (
                "hash-max-ziplist-value",
                "redis 7.2",
                "hash-max-listpack-value",
            ),
            (
                "set-max-listpack-entries",
                "redis 7.2",
                "set-max-listpack-entries",
            ),
            (
                "set-max-listpack-entries",
                "redis 7.0",
                "version: redis 7.2 and later",
            ),
            ("slowlog-max-len", "valkey 8.0", "slowlog-max-len"),
            (
                "slowlog-max-len",
                "valkey 8.1",
                "commandlog-slow-execution-max-len",
            ),
            ("log-format", "valkey 8.0", "version: valkey 8.1 and later"),
            ("log-format", "redis 8.2", "engine: valkey 8.1 and later"),
            ("port", "redis 7.2", "managed"),
            ("primaryauth", "redis 7.2", "managed"),
            ("TLS-port", "valkey 9.0", "managed"),
        ] {
            assert_eq!(look_up(name, server), expected, "{name} {server}");
        }
    }

    #[test]
    fn an_unknown_name_has_a_nearest_one_if_any_is_near() {
        for (name, server, nearest) in [
            ("maxmemory-polcy", "redis 7.2", "maxmemory-policy"),
            (
                "hash-max-ziplist-valu",
                "redis 7.2",
                "hash-max-ziplist-value",
            ),
            ("slave-read-onl", "redis 7.2", "slave-read-only"),
            ("MaxMemory_Policy", "redis 7.2", "maxmemory-policy"),
            ("log-fromat", "valkey 8.1", "log-format"),
            ("log-fromat", "valkey 8.0", "none"),
            ("io-threads-do-read", "redis 7.2", "io-threads-do-reads"),
            ("io-threads-do-read", "redis 8.2", "none"),
            ("prot", "redis 7.2", "none"),
            ("completely-different", "redis 7.2", "none"),
            ("", "redis 7.2", "none"),
        ] {
            assert_eq!(
                look_up(name, server),
                format!("unknown, like {nearest}"),
                "{name} {server}"
            );
        }
    }

    #[test]
    fn neighbours_speak_for_versions_that_were_not_asked() {
        assert_eq!(look_up("hz", "redis 7.1"), "hz");
        assert_eq!(look_up("hz", "redis 6.2"), "version: redis 7.0 and later");
        let both = "version: redis 7.2 and later";
        assert_eq!(look_up("set-max-listpack-entries", "redis 7.1"), both);
        assert_eq!(
            look_up("set-max-listpack-value", "redis 99.0"),
            "set-max-listpack-value"
        );

        let kind = |name, text| known(name, Redis, version(text)).map(|directive| directive.kind);
        let lower = Kind::Integer {
            min: 1,
            max: i64::from(i32::MAX),
        };
        assert_eq!(kind("maxmemory-samples", "7.3"), Some(lower));
        assert_eq!(kind("io-threads-do-reads", "7.9"), Some(Kind::Switch));
        assert_eq!(kind("io-threads-do-reads", "8.0"), Some(Kind::Ignored));
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

    /// Returns the names of the base configuration for which some fact holds on some server.
    fn base_names(fact: impl Fn(&str, Engine, Version) -> bool) -> Vec<&'static str> {
        let names = SECTIONS
            .iter()
            .flat_map(|section| section.directives)
            .map(|(name, _)| *name);
        let servers = [Redis, Valkey].map(|engine| (engine, tested(engine).collect::<Vec<_>>()));
        let holds = |name: &&str| {
            servers
                .iter()
                .any(|(engine, all)| all.iter().any(|each| fact(name, *engine, *each)))
        };
        names.filter(holds).collect()
    }

    #[test]
    fn every_server_takes_the_base_configuration() {
        let unknown = base_names(|name, engine, version| known(name, engine, version).is_none());
        assert_eq!(unknown, [""; 0]);
        // Valkey 8.1 calls the slow log another name, and knows the old one.
        let old = base_names(|name, engine, version| {
            known(name, engine, version).is_some_and(|directive| directive.canonical() != name)
        });
        assert_eq!(old, ["slowlog-log-slower-than", "slowlog-max-len"]);
        // Valkey 8.1 reads over it.
        let ignored = base_names(|name, engine, version| {
            known(name, engine, version).is_some_and(|directive| directive.kind == Kind::Ignored)
        });
        assert_eq!(ignored, ["dynamic-hz"]);
    }

    #[test]
    fn the_table_is_sorted_and_its_rows_do_not_overlap() {
        for (one, next) in TABLE.iter().zip(&TABLE[1..]) {
            let same = one.name == next.name && one.engine == next.engine;
            assert!(
                (one.name, one.engine) <= (next.name, next.engine),
                "{}",
                one.name
            );
            assert!(!same || one.last < next.first, "{}", one.name);
        }
        for row in TABLE {
            let newest = newest_tested(row.engine);
            assert!(row.first <= row.last && row.last <= newest, "{}", row.name);
            assert!(
                !row.name.bytes().any(|byte| byte.is_ascii_uppercase()),
                "{}",
                row.name
            );
            assert!(
                known_in(row.canonical(), row.engine).is_some(),
                "{}",
                row.name
            );
        }
    }
}
