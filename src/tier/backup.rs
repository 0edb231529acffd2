//! The backups: when they are made, where they are kept, and how long one may take.

use serde::Serialize;

use super::identity::Identity;
use super::rules::{self, Rules};
use super::server::Server;
use super::{resources, storage};
use crate::kube::cron;
use crate::kube::quantity::binary;
use crate::redis::acl::User;
use crate::redis::memory;
use crate::values::Values;
use crate::yaml::{Mapping, Value};

/// What keeps tools that prune from deleting the backups when the values no longer ask for them: the documentation of
/// Argo CD ("Sync Options") and of Flux ("Kustomization", garbage collection).
const KEPT: [(&str, &str); 2] = [
    ("argocd.argoproj.io/sync-options", "Prune=false"),
    ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
];

/// How often a run is tried again.
const RETRIES: u64 = 2;

/// The backups.
#[derive(Debug, Clone, Serialize)]
pub struct Backup {
    /// When they are made.
    pub schedule: String,
    /// By which clock.
    pub time_zone: Option<String>,
    /// Whether none is made for the time being.
    pub suspend: bool,
    /// How many are kept.
    pub keep: u64,
    /// Where the volume is mounted.
    pub directory: &'static str,
    /// The server's user.
    pub user: &'static str,
    /// How often a run is tried again.
    pub retries: u64,
    /// Seconds that a run may take, all attempts together.
    pub deadline_seconds: u64,
    /// The volume.
    pub storage: Storage,
    /// Requests and limits.
    pub resources: Option<Value>,
    /// Labels of the pods, the selecting ones first.
    pub labels: Mapping,
    /// Annotations of the pods.
    pub annotations: Option<Mapping>,
    /// Which nodes may run them.
    pub affinity: Option<Mapping>,
}

/// The volume of the backups.
#[derive(Debug, Clone, Serialize)]
pub struct Storage {
    /// The claim's name.
    pub claim: String,
    /// Whether the claim is ours.
    pub is_ours: bool,
    /// StorageClass: nothing is the cluster's default, an empty text is none.
    pub class_name: Option<String>,
    /// Size.
    pub size: String,
    /// Annotations of the claim.
    pub annotations: Option<Mapping>,
}

pub(super) fn resolve(
    values: &Values,
    identity: &Identity,
    server: Option<&Server>,
    common: Option<&Mapping>,
    rules: &mut Rules<'_>,
) -> Option<Backup> {
    let backup = &values.valkey.backup;
    if let Err(rule) = cron::schedule(&backup.schedule) {
        let help = if backup.schedule.contains("TZ") {
            "write the time zone under `valkey.backup.timeZone`"
        } else {
            "write `17 3 * * *` for every day at 3:17"
        };
        let path = rules::path("valkey.backup.schedule");
        rules
            .value("invalid-schedule", path, format!("the schedule {rule}"))
            .help(help);
    }
    let time_zone = backup.time_zone.as_deref();
    if let Some(Err((rule, meant))) = time_zone.map(cron::time_zone) {
        let help = match meant {
            Some(name) => format!("did you mean `{name}`?"),
            None => "write its name, such as `Europe/Berlin` or `UTC`".to_owned(),
        };
        rules
            .value(
                "invalid-time-zone",
                rules::path("valkey.backup.timeZone"),
                format!("a time zone {rule}"),
            )
            .help(help);
    }
    if backup.enabled && !values.valkey.storage.enabled {
        rules
            .value(
                "contradiction",
                rules::path("valkey.backup.enabled"),
                "a backup is made of data that does not outlive its pod, and that no backup can be restored to",
            )
            .related(
                rules::path("valkey.storage.enabled"),
                "the volume is switched off here",
            )
            .help("switch `valkey.storage.enabled` on, or the backup off");
    }
    let storage = volume(values, identity, server, common, rules);
    let resources = resources::stated("valkey.backup.resources", backup.resources.as_ref(), rules);
    let server = server.filter(|_| backup.enabled)?;
    let mut labels = identity.labels.selector("redis-backup");
    for (key, value) in rules::mapping(&values.pod_labels).iter() {
        labels.insert(key, value.clone());
    }
    let annotations = rules::mapping(&values.pod_annotations);
    Some(Backup {
        schedule: backup.schedule.clone(),
        time_zone: time_zone.map(str::to_owned),
        // While the servers sleep there is nobody to answer.
        suspend: backup.suspend || server.is_asleep,
        keep: backup.keep,
        directory: "/backup",
        user: User::Backup.name(),
        retries: RETRIES,
        deadline_seconds: memory::backup_seconds(server.switches.maxmemory, 1 + RETRIES),
        storage,
        resources,
        labels,
        annotations: (!annotations.is_empty()).then_some(annotations),
        affinity: node_affinity(values),
    })
}

fn volume(
    values: &Values,
    identity: &Identity,
    server: Option<&Server>,
    common: Option<&Mapping>,
    rules: &mut Rules<'_>,
) -> Storage {
    let backup = &values.valkey.backup;
    let existing = storage::existing_claim(
        "valkey.backup.storage.existingClaim",
        backup.storage.existing_claim.as_ref(),
        rules,
    );
    let class_name = storage::class_name(
        "valkey.backup.storage.className",
        backup.storage.class_name.as_ref(),
        rules,
    );
    let stated = backup.storage.requested_size.as_deref();
    if let Some(size) = stated {
        storage::size("valkey.backup.storage.requestedSize", size, rules);
    }
    let maxmemory = server.map_or(0, |server| server.switches.maxmemory);
    let size = stated.map_or_else(
        || binary(memory::backup_bytes(maxmemory, backup.keep)),
        str::to_owned,
    );
    let kept = Mapping::from_iter(KEPT.map(|(key, value)| (key, value.into())));
    Storage {
        annotations: rules::merged(Some(&kept), &common.cloned().unwrap_or_default()),
        claim: existing.unwrap_or(&identity.names.backup).to_owned(),
        is_ours: existing.is_none(),
        class_name,
        size,
    }
}

/// The part of the user's affinity that says which nodes may run pods; the rest is about where servers run beside others.
fn node_affinity(values: &Values) -> Option<Mapping> {
    let nodes = values.affinity.as_ref()?.0.get("nodeAffinity")?;
    Some(Mapping::from_iter([("nodeAffinity", nodes.clone())]))
}
