//! What other charts call things, and where they are here. It says nothing about what the keys mean.
//!
//! The names of `bitnami/charts` redis 23.1 and valkey 4.0, `valkey-io/valkey-helm` 0.11, CloudPirates' redis and
//! valkey, `redis-ha` 4.39, and our own keys where people look for them outside `valkey`.

use crate::values::decode::{Decode, Takes};
use crate::values::schema::Values;
use crate::yaml::Node;

/// Their path, and ours in backticks, a flag, or why there is none. Theirs is also found below `valkey`, `redis`, `master` and `primary`.
const TABLE: &[(&str, &str)] = &[
    ("architecture", "`valkey.replicas`: 1 is a single primary"),
    ("auth", "`valkey.password`"),
    ("auth.enabled", "there always are passwords"),
    ("auth.existingSecret", "`valkey.password.existingSecret`"),
    (
        "auth.existingSecretPasswordKey",
        "`valkey.password.secretKey`",
    ),
    ("auth.password", "`valkey.password.value`"),
    ("backup", "`valkey.backup`"),
    ("commonConfiguration", "`valkey.settings.extra`"),
    ("config", "`valkey.settings`"),
    ("configuration", "`valkey.settings.extra`"),
    ("customLivenessProbe", "`valkey.probes.liveness`"),
    ("customReadinessProbe", "`valkey.probes.readiness`"),
    ("customStartupProbe", "`valkey.probes.startup`"),
    ("dataStorage", "`valkey.storage`"),
    ("diagnosticMode", "`valkey.diagnosticMode`"),
    ("engine", "`valkey.engine`"),
    ("existingSecret", "`valkey.password.existingSecret`"),
    ("exporter", "`valkey.exporter`"),
    ("extraContainers", "`valkey.extraContainers`"),
    ("extraDeploy", "`extraObjects`"),
    ("extraEnv", "`valkey.extraEnv`"),
    ("extraEnvVars", "`valkey.extraEnv`"),
    ("extraFlags", "`valkey.settings.extra`"),
    ("extraInitContainers", "`valkey.extraInitContainers`"),
    ("extraManifests", "`extraObjects`"),
    ("extraVolumeMounts", "`valkey.extraVolumeMounts`"),
    ("extraVolumes", "`valkey.extraVolumes`"),
    ("haproxy", "there is one server"),
    ("image.digest", "`valkey.image.digest`"),
    ("image.pullPolicy", "`valkey.image.pullPolicy`"),
    ("image.pullSecrets", "`imagePullSecrets`"),
    ("image.repository", "`valkey.image.repository`"),
    ("image.tag", "`valkey.image.tag`"),
    ("imageRegistry", "`image.registry`"),
    ("initContainers", "`valkey.extraInitContainers`"),
    ("kubeVersion", "the flag `--kube-version`"),
    ("livenessProbe", "`valkey.probes.liveness`"),
    ("master", "`valkey`"),
    ("maxmemory", "`valkey.settings.maxmemory`"),
    ("metrics", "`valkey.exporter`"),
    ("metrics.enabled", "`valkey.exporter.enabled`"),
    ("metrics.image.repository", "`valkey.exporter.image`"),
    ("metrics.image.tag", "`valkey.exporter.tag`"),
    ("metrics.prometheusRule", "`monitoring.prometheusEnabled`"),
    (
        "metrics.prometheusRule.enabled",
        "`monitoring.prometheusEnabled`",
    ),
    ("metrics.resources", "`valkey.exporter.resources`"),
    ("metrics.serviceMonitor", "`monitoring.prometheusEnabled`"),
    (
        "metrics.serviceMonitor.additionalLabels",
        "`monitoring.labels`",
    ),
    (
        "metrics.serviceMonitor.enabled",
        "`monitoring.prometheusEnabled`",
    ),
    ("metrics.serviceMonitor.interval", "`monitoring.interval`"),
    (
        "metrics.serviceMonitor.scrapeTimeout",
        "`monitoring.scrapeTimeout`",
    ),
    ("nameOverride", "`fullnameOverride`"),
    ("namespaceOverride", "the flag `--namespace`"),
    ("networkPolicy", "`valkey.networkPolicy`"),
    ("password", "`valkey.password`"),
    ("pdb", "`valkey.podDisruptionBudget`"),
    ("pdb.create", "`valkey.podDisruptionBudget.enabled`"),
    ("persistance", "`valkey.storage`"),
    ("persistence", "`valkey.storage`"),
    ("persistence.accessModes", "`valkey.storage.accessModes`"),
    ("persistence.enabled", "`valkey.storage.enabled`"),
    (
        "persistence.existingClaim",
        "`valkey.storage.existingClaim`",
    ),
    ("persistence.size", "`valkey.storage.requestedSize`"),
    ("persistence.storageClass", "`valkey.storage.className`"),
    (
        "persistentVolumeClaimRetentionPolicy",
        "`valkey.storage.retentionPolicy`",
    ),
    ("podAntiAffinityPreset", "`affinity`"),
    ("podDisruptionBudget", "`valkey.podDisruptionBudget`"),
    ("primary", "`valkey`"),
    ("probes", "`valkey.probes`"),
    ("readinessProbe", "`valkey.probes.readiness`"),
    ("redis", "`valkey`"),
    ("redisPassword", "`valkey.password.value`"),
    ("replica", "`valkey.replicas`: 1 is a single primary"),
    ("replicaCount", "`valkey.replicas`"),
    ("replicas", "`valkey.replicas`"),
    ("resources", "`valkey.resources`"),
    ("securityContext", "`podSecurityContext`"),
    ("sentinel", "there is one server"),
    ("service", "`valkey.service`"),
    ("service.nodePorts", "`valkey.service.nodePort`"),
    ("service.ports", "`valkey.service.port`"),
    ("serviceMonitor", "`monitoring.prometheusEnabled`"),
    ("settings", "`valkey.settings`"),
    ("sidecars", "`valkey.extraContainers`"),
    ("size", "`valkey.storage.requestedSize`"),
    ("startupProbe", "`valkey.probes.startup`"),
    ("storage", "`valkey.storage`"),
    ("storageClass", "`valkey.storage.className`"),
    ("storageClassName", "`valkey.storage.className`"),
    ("valkeyConfig", "`valkey.settings.extra`"),
    ("valkeyPassword", "`valkey.password.value`"),
    ("version", "`valkey.version`"),
    (
        "volumePermissions",
        "the kubelet does it, for the group of `podSecurityContext`",
    ),
];

/// Maps of others that stand for our `valkey`.
const PARENTS: [&str; 4] = ["valkey", "redis", "master", "primary"];

/// Returns what others' names at a path, and in the map that stands there, are here.
pub(super) fn hint(path: &str, node: &Node) -> Option<String> {
    let mut found = Vec::new();
    collect(path, node, &mut found);
    (!found.is_empty()).then(|| format!("here {}", found.join(", ")))
}

/// Looks up the deepest paths that there are; a map none of whose keys is known is looked up itself.
fn collect(path: &str, node: &Node, found: &mut Vec<String>) {
    let n_found = found.len();
    for entry in node.entries().unwrap_or_default() {
        collect(&format!("{path}.{}", entry.key), &entry.value, found);
    }
    if found.len() > n_found {
        return;
    }
    if let Some(ours) = look_up(path) {
        let is_place = ours.starts_with('`') || ours.starts_with("the flag");
        let verb = if is_place {
            "is"
        } else {
            "has no counterpart:"
        };
        found.push(format!("`{path}` {verb} {ours}"));
    }
}

/// Returns where else a key of the same name is: at the top, or wherever it is the only one. The items of lists are none
/// of ours.
pub(super) fn elsewhere(unknown: &str) -> Option<String> {
    if unknown.contains('[') {
        return None;
    }
    let key = unknown.rsplit('.').next()?;
    let mut paths = Vec::new();
    places(&Values::takes(), "", key, &mut paths);
    let at_top = paths.iter().position(|path| path == key);
    let only = (paths.len() == 1).then_some(0);
    let path = paths.swap_remove(at_top.or(only)?);
    (path != unknown).then(|| format!("a key of this name is at `{path}`"))
}

fn places(takes: &Takes, parent: &str, key: &str, found: &mut Vec<String>) {
    let Takes::Map(fields) = takes else { return };
    for field in fields {
        let path = match parent {
            "" => field.key.to_owned(),
            _ => format!("{parent}.{}", field.key),
        };
        places(&field.takes, &path, key, found);
        if field.key == key {
            found.push(path);
        }
    }
}

fn look_up(path: &str) -> Option<&'static str> {
    let rows = TABLE.binary_search_by(|(theirs, _)| (*theirs).cmp(path));
    if let Ok(row) = rows {
        return Some(TABLE[row].1);
    }
    let (parent, rest) = path.split_once('.')?;
    PARENTS.contains(&parent).then(|| look_up(rest)).flatten()
}

#[cfg(test)]
mod tests {
    use super::{TABLE, elsewhere, look_up};
    use crate::values::layer::DEFAULTS;
    use crate::yaml;

    #[test]
    fn the_table_is_sorted_and_leads_to_keys_that_exist() {
        assert!(TABLE.is_sorted_by(|(one, _), (next, _)| one < next));
        let defaults = &yaml::read(DEFAULTS, 0)
            .expect("the defaults are YAML")
            .documents[0];
        for (theirs, ours) in TABLE {
            let Some((path, _)) = ours.strip_prefix('`').and_then(|rest| rest.split_once('`'))
            else {
                continue;
            };
            let is_there = |path: &str| {
                path.split('.')
                    .try_fold(defaults, |node, key| {
                        node.entry(key).map(|entry| &entry.value)
                    })
                    .is_some()
            };
            assert!(is_there(path), "{theirs}: {path}");
            assert_ne!(theirs, &path);
        }
    }

    #[test]
    fn names_are_found_under_what_stands_for_valkey() {
        assert_eq!(
            look_up("master.persistence.size"),
            Some("`valkey.storage.requestedSize`")
        );
        assert_eq!(look_up("valkey.persistence"), Some("`valkey.storage`"));
        assert_eq!(look_up("elsewhere.persistence"), None);
    }

    #[test]
    fn a_key_in_another_place_is_found_where_no_two_compete() {
        let at = |path: &str| Some(format!("a key of this name is at `{path}`"));
        assert_eq!(elsewhere("valkey.tolerations"), at("tolerations"));
        assert_eq!(elsewhere("monitoring.image"), at("image"));
        assert_eq!(
            elsewhere("valkey.appendonly"),
            at("valkey.settings.appendonly")
        );
        assert_eq!(elsewhere("valkey.labels"), None);
        assert_eq!(elsewhere("tolerations[0].appendonly"), None);
        assert_eq!(elsewhere("tolerations"), None);
    }
}
