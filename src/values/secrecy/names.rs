//! Names that are no secrets, though they stand where one may: keys that people write by right.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::diagnostic::nearest;
use crate::kube::shape;
use crate::values::layer::DEFAULTS;

/// Keys below `password`, `auth`, `secret` and what ends in `Ref`: ours, those of other charts and of Kubernetes.
const OF_SECRETS: &[&str] = &[
    "acl",
    "adminKey",
    "backupKey",
    "defaultMode",
    "enabled",
    "existingSecret",
    "existingSecretKey",
    "existingSecretPasswordKey",
    "exporterKey",
    "items",
    "key",
    "kind",
    "name",
    "namespace",
    "optional",
    "password",
    "revision",
    "secret",
    "secretKey",
    "secretKeyRef",
    "secretName",
    "sentinel",
    "usePassword",
    "usePasswordFiles",
    "username",
    "users",
    "value",
    "valueFrom",
];

/// Tells whether a key below what names or holds secrets is one by right, or a slip of one.
pub(super) fn may_be_told(key: &str) -> bool {
    nearest(key, OF_SECRETS.iter().copied()).is_some()
}

/// Tells whether a key is one of ours, or one of Kubernetes'.
pub fn is_known(key: &str) -> bool {
    static OURS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let keys = DEFAULTS.lines().filter_map(|line| line.split_once(':'));
        keys.map(|(key, _)| key.trim_start_matches([' ', '#', '-']))
            .chain(["renders", "output", "outputs", "set", "values"])
            .collect()
    });
    OURS.contains(key) || shape::is_field(key)
}
