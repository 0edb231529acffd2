//! Which server it is, and which minor version: told from an image's repository and tag.
//! It must not guess: a tag that moves between minor versions tells nothing.

use std::fmt;
use std::str::FromStr;

/// A server program that speaks the Redis protocol and reads a redis.conf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    /// Redis, of Redis Ltd.
    Redis,
    /// Valkey, of the Linux Foundation: a fork of Redis 7.2.4.
    Valkey,
}

impl Engine {
    /// Returns the name of the server program.
    ///
    /// Valkey installs the Redis names as optional links only, so each engine has its own.
    pub fn server(self) -> &'static str {
        match self {
            Self::Redis => "redis-server",
            Self::Valkey => "valkey-server",
        }
    }

    /// Returns the name of the command-line client.
    pub fn cli(self) -> &'static str {
        match self {
            Self::Redis => "redis-cli",
            Self::Valkey => "valkey-cli",
        }
    }

    /// Returns the name of the program that checks a snapshot file.
    pub fn check_rdb(self) -> &'static str {
        match self {
            Self::Redis => "redis-check-rdb",
            Self::Valkey => "valkey-check-rdb",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Redis => "redis",
            Self::Valkey => "valkey",
        })
    }
}

impl FromStr for Engine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "redis" => Ok(Self::Redis),
            "valkey" => Ok(Self::Valkey),
            _ => Err(format!(
                "`{text}` is not an engine, the engines are `redis` and `valkey`"
            )),
        }
    }
}

/// A minor version of a server, such as 7.2; directives come and go with these, not with patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The number before the dot.
    pub major: u16,
    /// The number after it.
    pub minor: u16,
}

impl Version {
    pub(super) const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = String;

    /// Reads `7.2` or `7.2.6`; the patch is checked and dropped.
    fn from_str(text: &str) -> Result<Self, String> {
        numbers(text).ok_or_else(|| format!("`{text}` is not a version, write `7.2` or `7.2.6`"))
    }
}

/// Returns the engine that an image's repository names in its last path segment.
///
/// Knows `redis` and `valkey`, as in `valkey/valkey` or `registry:5000/x/redis`; anything else tells nothing.
pub fn from_repository(repository: &str) -> Option<Engine> {
    let name = repository.rsplit('/').next()?;
    name.parse().ok()
}

/// Returns the minor version that an image's tag pins.
///
/// `7.2-alpine`, `8.1.3-bookworm` and `v8.1` pin one; `latest`, `alpine` and `7-alpine` float and give `None`.
pub fn from_tag(tag: &str) -> Option<Version> {
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let number = tag.split_once('-').map_or(tag, |(number, _)| number);
    numbers(number)
}

/// Reads `major.minor` with an optional patch, each a plain decimal number without leading zeros.
fn numbers(text: &str) -> Option<Version> {
    let mut parts = text.split('.');
    let version = Version {
        major: number(parts.next()?)?,
        minor: number(parts.next()?)?,
    };
    match (parts.next().map(number), parts.next()) {
        (None | Some(Some(_)), None) => Some(version),
        _ => None,
    }
}

fn number(text: &str) -> Option<u16> {
    let plain =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{Engine, Version, from_repository, from_tag};

    #[test]
    fn engine_of_a_repository() {
        for (repository, engine) in [
            ("redis", Some(Engine::Redis)),
            ("docker.io/library/redis", Some(Engine::Redis)),
            ("registry:5000/x/redis", Some(Engine::Redis)),
            ("valkey/valkey", Some(Engine::Valkey)),
            ("valkey", Some(Engine::Valkey)),
            ("redis/redis-stack-server", None),
            ("redis-mirror", None),
            ("redis/", None),
            ("Redis", None),
            ("", None),
        ] {
            assert_eq!(from_repository(repository), engine, "{repository}");
        }
    }

    #[test]
    fn version_of_a_tag() {
        for (tag, version) in [
            ("7.2", Some(Version::new(7, 2))),
            ("7.2-alpine", Some(Version::new(7, 2))),
            ("8.1.3-bookworm", Some(Version::new(8, 1))),
            ("v8.1", Some(Version::new(8, 1))),
            ("7.2.6-alpine3.20", Some(Version::new(7, 2))),
            ("8.10.1", Some(Version::new(8, 10))),
            ("latest", None),
            ("alpine", None),
            ("7", None),
            ("7-alpine", None),
            ("7-alpine3.20", None),
            ("7.x", None),
            ("7.2.x", None),
            ("7.2.1.1", None),
            ("7.", None),
            ("7.2rc1", None),
            ("2026.01.02", None),
            ("99999999.1", None),
            ("+7.2", None),
            ("", None),
        ] {
            assert_eq!(from_tag(tag), version, "{tag}");
        }
    }

    #[test]
    fn versions_order_by_number() {
        assert!(Version::new(8, 10) > Version::new(8, 9));
        assert_eq!("7.2.6".parse(), Ok(Version::new(7, 2)));
        assert_eq!(Version::new(8, 10).to_string(), "8.10");
        assert_eq!(
            "7".parse::<Version>(),
            Err("`7` is not a version, write `7.2` or `7.2.6`".to_owned())
        );
    }

    #[test]
    fn programs_carry_the_name_of_their_engine() {
        for engine in [Engine::Redis, Engine::Valkey] {
            for program in [engine.server(), engine.cli(), engine.check_rdb()] {
                assert!(program.starts_with(&format!("{engine}-")), "{program}");
            }
        }
    }
}
