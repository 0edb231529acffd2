//! The exporter of metrics: where it listens, which of its versions has which metrics, which arguments are ours.

use super::metrics::{ASKED, TABLE};

/// Port it listens on.
pub const PORT: u16 = 9121;

/// Path of the metrics.
pub const METRICS_PATH: &str = "/metrics";

/// Path that tells whether it lives, without asking the server: a scrape of a server that hangs takes seconds.
pub const HEALTH_PATH: &str = "/health";

/// How long it waits for the server; its own default of 15 s is longer than Prometheus waits for the exporter.
pub const CONNECTION_TIMEOUT: &str = "3s";

/// Its flags that the tier relies on, and why; `main.go` of its source has them all.
const MANAGED: &[(&str, &str)] = &[
    ("is-cluster", "the tier is not a cluster of shards"),
    (
        "namespace",
        "alerts and dashboard know the metrics by the names that begin with `redis_`",
    ),
    ("redis.addr", ADDRESS),
    ("redis.password", PASSWORD),
    ("redis.password-file", PASSWORD),
    ("redis.user", "it has a user of its own, `exporter`"),
    ("tls-server-cert-file", ADDRESS_OF_ITS_OWN),
    ("tls-server-key-file", ADDRESS_OF_ITS_OWN),
    ("version", "it would print its version and end"),
    ("web.listen-address", ADDRESS_OF_ITS_OWN),
    ("web.telemetry-path", ADDRESS_OF_ITS_OWN),
];

const ADDRESS: &str = "it watches the server beside it";
const PASSWORD: &str = "its password comes from the secret that `valkey.password` names";
const ADDRESS_OF_ITS_OWN: &str = "whoever scrapes it relies on where it listens";

/// Returns the flag that an argument sets, without dashes and value, and why it is not the user's, if it is not.
pub fn managed_flag(argument: &str) -> Option<(&'static str, &'static str)> {
    let flag = argument
        .strip_prefix("--")
        .or(argument.strip_prefix('-'))?
        .split('=')
        .next()?;
    MANAGED.iter().copied().find(|(name, _)| *name == flag)
}

/// A minor version of the exporter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release(pub u16, pub u16);

impl Release {
    /// Returns the release that a tag such as `v1.69.0` or `1.88.0-alpine` names.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let tag = tag.strip_prefix('v').unwrap_or(tag);
        let mut numbers = tag.split(['.', '-']).map(str::parse);
        match (numbers.next()?, numbers.next()?) {
            (Ok(major), Ok(minor)) => Some(Self(major, minor)),
            _ => None,
        }
    }

    /// Returns the asked exporter that tells what this one has: the newest that is not newer.
    ///
    /// No name of the table went away from one asked exporter to the next, so a release between two of them, or newer
    /// than all, is taken to have at least what the one before it has. What an older one has is not known.
    pub fn known_by(self) -> Option<Self> {
        ASKED.iter().rev().copied().find(|asked| *asked <= self)
    }

    /// Tells whether this exporter has a metric, as far as is known.
    pub fn has(self, name: &str) -> bool {
        self.known_by().is_some_and(|asked| {
            TABLE
                .iter()
                .any(|(known, first, last)| *known == name && (*first..=*last).contains(&asked))
        })
    }
}

impl std::fmt::Display for Release {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// Returns the oldest exporter whose metrics are known.
pub fn oldest_known() -> Release {
    ASKED[0]
}

#[cfg(test)]
mod tests {
    use super::{ASKED, Release, TABLE, managed_flag};

    #[test]
    fn the_table_is_in_order_and_has_each_name_once() {
        assert!(TABLE.is_sorted_by(|a, b| a.0 < b.0));
        assert!(ASKED.is_sorted());
        for (name, first, last) in TABLE {
            assert!(name.starts_with("redis_") && first <= last, "{name}");
        }
    }

    #[test]
    fn no_name_went_away() {
        let newest = ASKED.last();
        for (name, _, last) in TABLE {
            assert_eq!(Some(last), newest, "{name}");
        }
    }

    #[test]
    fn releases_are_told_from_tags() {
        for (tag, release) in [
            ("v1.69.0", Some(Release(1, 69))),
            ("1.88.0-alpine", Some(Release(1, 88))),
            ("v1.69", Some(Release(1, 69))),
            ("latest", None),
            ("v1", None),
            ("", None),
        ] {
            assert_eq!(Release::of_tag(tag), release, "{tag}");
        }
    }

    #[test]
    fn a_release_has_what_the_asked_one_before_it_has() {
        for (release, name, expected) in [
            (Release(1, 69), "redis_up", true),
            (Release(1, 70), "redis_up", true),
            (Release(9, 0), "redis_up", true),
            (Release(1, 68), "redis_up", false),
            (Release(1, 69), "redis_keys_total", false),
            (Release(1, 69), "redis_lazyfreed_objects", false),
            (Release(1, 88), "redis_lazyfreed_objects", true),
        ] {
            assert_eq!(release.has(name), expected, "{release} {name}");
        }
    }

    #[test]
    fn flags_that_move_the_exporter_are_ours() {
        for (argument, flag) in [
            ("--redis.addr=redis://x:6379", Some("redis.addr")),
            ("-redis.password", Some("redis.password")),
            ("--namespace=cache", Some("namespace")),
            ("--include-system-metrics", None),
            ("--check-keys=db0=namespace*", None),
            ("redis.addr", None),
        ] {
            assert_eq!(
                managed_flag(argument).map(|(flag, _)| flag),
                flag,
                "{argument}"
            );
        }
    }
}
