//! What a value may be, where its type alone allows too much: the words of a text, the range of a number.
//!
//! `tier` refuses everything else, and the schema tells it to editors. Nothing here depends on another value.

use crate::redis::conf;
use crate::values::layer::PROFILES;

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// One of these words.
    Words(&'static [&'static str]),
    /// The name of a profile.
    Profile,
    /// One of the words of a directive, in any case; which ones depends on the server's version.
    Directive(&'static str),
    /// A number from the first to the second.
    Range(i64, i64),
}

impl Allowed {
    /// Returns the words, if it is words.
    pub fn words(self) -> Vec<&'static str> {
        match self {
            Self::Words(words) => words.to_vec(),
            Self::Profile => PROFILES.iter().map(|(name, _)| *name).collect(),
            Self::Directive(name) => conf::choices(name),
            Self::Range(..) => Vec::new(),
        }
    }
}

const PULL_POLICIES: Allowed = Allowed::Words(&["Always", "IfNotPresent", "Never"]);
const RETENTION: Allowed = Allowed::Words(&["Retain", "Delete"]);
const PORT: Allowed = Allowed::Range(1, 65_535);

/// By the end of a path, `[]` standing for the items of a list.
const TABLE: &[(&str, Allowed)] = &[
    ("profile", Allowed::Profile),
    ("valkey.engine", Allowed::Words(&["redis", "valkey"])),
    ("valkey.replicas", Allowed::Range(1, 1)),
    ("valkey.image.pullPolicy", PULL_POLICIES),
    ("valkey.exporter.pullPolicy", PULL_POLICIES),
    ("valkey.workload.use", Allowed::Words(&["store", "cache"])),
    (
        "valkey.storage.accessModes[]",
        Allowed::Words(&[
            "ReadWriteOnce",
            "ReadWriteOncePod",
            "ReadWriteMany",
            "ReadOnlyMany",
        ]),
    ),
    ("valkey.storage.retentionPolicy.whenDeleted", RETENTION),
    ("valkey.storage.retentionPolicy.whenScaled", RETENTION),
    (
        "valkey.settings.maxmemoryPolicy",
        Allowed::Directive("maxmemory-policy"),
    ),
    (
        "valkey.settings.appendfsync",
        Allowed::Directive("appendfsync"),
    ),
    ("valkey.settings.loglevel", Allowed::Directive("loglevel")),
    (
        "valkey.settings.slowlogThreshold",
        Allowed::Range(-1, i64::MAX),
    ),
    (
        "valkey.service.type",
        Allowed::Words(&["ClusterIP", "NodePort", "LoadBalancer"]),
    ),
    ("valkey.service.port", PORT),
    ("valkey.service.nodePort", PORT),
    (
        "valkey.service.externalTrafficPolicy",
        Allowed::Words(&["Cluster", "Local"]),
    ),
    (
        "valkey.service.ipFamilyPolicy",
        Allowed::Words(&["SingleStack", "PreferDualStack", "RequireDualStack"]),
    ),
    (
        "valkey.service.ipFamilies[]",
        Allowed::Words(&["IPv4", "IPv6"]),
    ),
    (
        "matchExpressions[].operator",
        Allowed::Words(&["In", "NotIn", "Exists", "DoesNotExist"]),
    ),
    ("ports[].protocol", Allowed::Words(&["TCP", "UDP", "SCTP"])),
    ("ports[].endPort", PORT),
    ("valkey.backup.keep", Allowed::Range(1, 5000)),
    (
        "externalSecrets.secretStoreKind",
        Allowed::Words(&["SecretStore", "ClusterSecretStore"]),
    ),
];

/// Returns what the value at a path may be, `[]` standing for the items of a list; nothing where its type says it all.
pub fn allowed(path: &str) -> Option<Allowed> {
    TABLE
        .iter()
        .find(|(end, _)| {
            path.strip_suffix(end)
                .is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
        .map(|(_, allowed)| *allowed)
}
