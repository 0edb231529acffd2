//! What tells the items of a list apart: the API server's own keys, and those of lists that it replaces as a whole.

use std::collections::BTreeSet;

use super::path::Path;
use crate::yaml::Value;

/// The keys of a list.
struct Keys {
    /// Where such lists are, as the last steps of a path.
    list: &'static [&'static str],
    /// The fields that together are unique.
    fields: &'static [&'static str],
}

const fn keys(list: &'static [&'static str], fields: &'static [&'static str]) -> Keys {
    Keys { list, fields }
}

/// The keys by list, the more special list first.
///
/// `listMapKey` of `core/v1/types.go` in k8s.io/api v0.33.13 (the same lists have a `patchMergeKey`, of which these are
/// the first field), and of the PrometheusRule's definition (`groups`).
const KEYS: &[Keys] = &[
    keys(&["containers"], &["name"]),
    keys(&["initContainers"], &["name"]),
    keys(&["ephemeralContainers"], &["name"]),
    keys(
        &["containers", "*", "ports"],
        &["containerPort", "protocol"],
    ),
    keys(
        &["initContainers", "*", "ports"],
        &["containerPort", "protocol"],
    ),
    keys(&["env"], &["name"]),
    keys(&["volumeMounts"], &["mountPath"]),
    keys(&["volumeDevices"], &["devicePath"]),
    keys(&["volumes"], &["name"]),
    keys(&["imagePullSecrets"], &["name"]),
    keys(&["hostAliases"], &["ip"]),
    keys(
        &["topologySpreadConstraints"],
        &["topologyKey", "whenUnsatisfiable"],
    ),
    keys(&["schedulingGates"], &["name"]),
    keys(&["resourceClaims"], &["name"]),
    keys(&["claims"], &["name"]),
    keys(&["secrets"], &["name"]),
    keys(&["spec", "ports"], &["port", "protocol"]),
    keys(&["spec", "groups"], &["name"]),
];

/// Lists that the API server takes as a whole, but whose items have names for people.
const ATOMIC: &[Keys] = &[
    keys(&["volumeClaimTemplates"], &["metadata.name"]),
    keys(&["rules"], &["alert"]),
    keys(&["endpoints"], &["port"]),
    keys(&["items"], &["key"]),
];

/// Tells whether the API server replaces a list with names as a whole.
pub(super) fn is_atomic(path: &Path) -> bool {
    find(KEYS, path).is_none()
}

fn find(all: &'static [Keys], path: &Path) -> Option<&'static Keys> {
    all.iter().find(|keys| path.ends_with(keys.list))
}

/// Returns the name of each item of a list, or nothing where the list at that place has no unique names.
pub(super) fn names(path: &Path, items: &[Value]) -> Option<Vec<String>> {
    let keys = find(KEYS, path).or_else(|| find(ATOMIC, path))?;
    let names: Option<Vec<String>> = items.iter().map(|item| name(item, keys.fields)).collect();
    let names = names?;
    let distinct: BTreeSet<&String> = names.iter().collect();
    (distinct.len() == names.len()).then_some(names)
}

fn name(item: &Value, fields: &[&str]) -> Option<String> {
    let parts: Option<Vec<String>> = fields
        .iter()
        .map(|field| {
            let path: Vec<&str> = field.split('.').collect();
            match item.at(&path) {
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Number(digits)) => Some(digits.to_string()),
                // The API server's default (SetDefaults_Service, `+default="TCP"` of ContainerPort).
                None if *field == "protocol" => Some("TCP".to_owned()),
                _ => None,
            }
        })
        .collect();
    parts.map(|parts| parts.join("/"))
}
