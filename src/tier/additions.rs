//! What the user adds: containers, volumes, mounts and variables of the pod, and whole objects.
//!
//! Each is what Kubernetes takes, and stays clear of what is ours.

use std::collections::{HashMap, HashSet};

use super::rules::{self, Rules};
use super::server::Server;
use crate::diagnostic::{MAX_HINTED, ValuePath, nearest, twins};
use crate::kube::valid::{self, Faults};
use crate::kube::{object, shape};
use crate::redis::{base, exporter};
use crate::values::Values;
use crate::yaml::{Mapping, Value};

/// The pod's own containers and volumes.
const CONTAINERS: &[&str] = &["config-init", "redis", super::exporter::CONTAINER];
const VOLUMES: &[&str] = &["config", "redis-data", "run", "secret"];

pub(super) fn check(values: &Values, server: Option<&Server>, rules: &mut Rules<'_>) {
    let valkey = &values.valkey;
    let (containers, inits) = (&valkey.extra_containers, &valkey.extra_init_containers);
    for (dotted, list) in [
        ("valkey.extraContainers", containers),
        ("valkey.extraInitContainers", inits),
    ] {
        rules.kubernetes_list(dotted, "core.v1.Container", list);
    }
    rules.kubernetes_list(
        "valkey.extraVolumes",
        "core.v1.Volume",
        &valkey.extra_volumes,
    );
    rules.kubernetes_list("valkey.extraEnv", "core.v1.EnvVar", &valkey.extra_env);
    rules.kubernetes_list(
        "valkey.extraVolumeMounts",
        "core.v1.VolumeMount",
        &valkey.extra_volume_mounts,
    );
    rules.kubernetes_list(
        "imagePullSecrets",
        "core.v1.LocalObjectReference",
        &values.image_pull_secrets,
    );
    for (index, container) in inits.iter().enumerate() {
        let mut faults = Faults::default();
        let path = rules::path("valkey.extraInitContainers").index(index);
        valid::init_container(&container.0, &path, &mut faults);
        rules.faults(faults);
    }
    let containers = located("valkey.extraContainers", containers);
    let inits = located("valkey.extraInitContainers", inits);
    let all: Vec<Item<'_>> = containers.iter().chain(&inits).cloned().collect();
    unique(&all, CONTAINERS, rules);
    let volumes = located("valkey.extraVolumes", &valkey.extra_volumes);
    unique(&volumes, VOLUMES, rules);
    let variables = located("valkey.extraEnv", &valkey.extra_env);
    unique(&variables, &[], rules);
    let secrets = located("imagePullSecrets", &values.image_pull_secrets);
    unique(&secrets, &[], rules);
    let runs_on = |map: &Mapping| map.text("restartPolicy") == Some("Always");
    let beside = inits.iter().filter(|(_, map)| runs_on(map));
    ports(containers.iter().chain(beside), values, rules);
    let mounts = located("valkey.extraVolumeMounts", &valkey.extra_volume_mounts);
    // A sleeping pod has no passwords.
    let ours = VOLUMES
        .iter()
        .copied()
        .filter(|name| *name != "secret" || !valkey.diagnostic_mode);
    let theirs = volumes.iter().filter_map(|(_, volume)| volume.text("name"));
    let known = Volumes::new(theirs.chain(ours));
    mounted(&mounts, &known, rules);
    for (path, container) in &all {
        let inner = container
            .get("volumeMounts")
            .and_then(Value::as_sequence)
            .unwrap_or_default();
        let inner: Vec<Item<'_>> = inner
            .iter()
            .enumerate()
            .filter_map(|(index, mount)| {
                let path = path.clone().key("volumeMounts").index(index);
                Some((path, mount.as_mapping()?))
            })
            .collect();
        mounted(&inner, &known, rules);
    }
    places(&mounts, server, rules);
    shared(&mounts, values, rules);
}

/// A map of a list and where it stands.
type Item<'v> = (ValuePath, &'v Mapping);

fn located<'v>(dotted: &str, list: &'v [impl AsRef<Mapping>]) -> Vec<Item<'v>> {
    list.iter()
        .enumerate()
        .map(|(index, map)| (rules::path(dotted).index(index), map.as_ref()))
        .collect()
}

/// Names that are ours, or that two items have.
fn unique(items: &[Item<'_>], ours: &[&str], rules: &mut Rules<'_>) {
    let twins: HashMap<usize, usize> = twins(items.iter().map(|(_, item)| item.text("name")))
        .into_iter()
        .collect();
    for (index, (path, item)) in items.iter().enumerate() {
        let Some(name) = item.text("name") else {
            continue;
        };
        let twin = twins.get(&index).map(|first| &items[*first]);
        let path = path.clone().key("name");
        if ours.contains(&name) {
            let message = format!("the name `{name}` is taken by one of ours");
            rules
                .value("reserved-name", path, message)
                .help("choose another name");
        } else if let Some((twin, _)) = twin {
            rules
                .value(
                    "duplicate-name",
                    path,
                    format!("the name `{name}` stands twice"),
                )
                .related(twin.clone().key("name"), "the first one")
                .help("choose another name");
        }
    }
}

/// Most volumes that a hint chooses from.
const MAX_NAMED: usize = 100;

/// The names of the volumes.
struct Volumes<'v> {
    all: HashSet<&'v str>,
    /// Those that a hint chooses from.
    first: Vec<&'v str>,
}

impl<'v> Volumes<'v> {
    fn new(names: impl Iterator<Item = &'v str> + Clone) -> Self {
        Self {
            all: names.clone().collect(),
            first: names.take(MAX_NAMED).collect(),
        }
    }
}

/// Mounts of volumes that there are not.
fn mounted(mounts: &[Item<'_>], volumes: &Volumes<'_>, rules: &mut Rules<'_>) {
    if !rules.is_readable(&rules::path("valkey.extraVolumes")) {
        return;
    }
    for (path, mount) in mounts {
        let Some(name) = mount
            .text("name")
            .filter(|name| !volumes.all.contains(name))
        else {
            continue;
        };
        let is_hinted = rules.n_findings() < MAX_HINTED;
        let finding = rules.value(
            "unknown-volume",
            path.clone().key("name"),
            format!("there is no volume `{name}`"),
        );
        if is_hinted {
            let first = &volumes.first;
            finding.help(match nearest(name, first.iter().copied()) {
                Some(near) => format!("a volume with a similar name exists: `{near}`"),
                None => format!(
                    "add it to `valkey.extraVolumes`; there are `{}`",
                    first.join("`, `")
                ),
            });
        }
    }
}

/// Mounts where something is mounted already.
fn places(mounts: &[Item<'_>], server: Option<&Server>, rules: &mut Rules<'_>) {
    let place = |mount: &Mapping| {
        mount
            .text("mountPath")
            .map(|place| place.trim_end_matches('/').to_owned())
    };
    let ours = server.map_or(vec![], |server| {
        let directories = &server.directories;
        vec![directories.data, directories.config, directories.run]
    });
    let twins: HashMap<usize, usize> = twins(mounts.iter().map(|(_, mount)| place(mount)))
        .into_iter()
        .collect();
    for (index, (path, mount)) in mounts.iter().enumerate() {
        let Some(here) = place(mount) else {
            continue;
        };
        let path = path.clone().key("mountPath");
        if ours.contains(&here.as_str()) {
            let message = format!("`{here}` is where one of our volumes is mounted");
            rules
                .value("reserved-name", path, message)
                .help("mount it elsewhere");
        } else if twins.contains_key(&index) {
            let message = format!("something is mounted at `{here}` already");
            rules
                .value("duplicate-name", path, message)
                .help("mount it elsewhere");
        }
    }
}

/// Mounts that reach the node, which only a privileged container may have.
fn shared(mounts: &[Item<'_>], values: &Values, rules: &mut Rules<'_>) {
    let privileged = values.container_security_context.0.get("privileged");
    if privileged == Some(&Value::Bool(true)) {
        return;
    }
    for (path, mount) in mounts {
        if mount.text("mountPropagation") == Some("Bidirectional") {
            let path = path.clone().key("mountPropagation");
            rules.value(
                "contradiction",
                path,
                "`Bidirectional` is for privileged containers",
            );
        }
    }
}

/// Ports of ours that the user's containers must not take again: the containers of a pod share one network.
fn ports<'v>(
    containers: impl Iterator<Item = &'v Item<'v>>,
    values: &Values,
    rules: &mut Rules<'_>,
) {
    let taken = [
        (u64::from(base::PORT), "the server listens on it", true),
        (
            u64::from(exporter::PORT),
            "the exporter listens on it",
            values.valkey.exporter.enabled,
        ),
    ];
    for (path, container) in containers {
        let ports = container.get("ports").and_then(Value::as_sequence);
        for (index, port) in ports.unwrap_or_default().iter().enumerate() {
            let Some(Value::Number(number)) = port.at(&["containerPort"]) else {
                continue;
            };
            if port
                .at(&["protocol"])
                .and_then(Value::as_str)
                .is_some_and(|protocol| !matches!(protocol, "" | "TCP"))
            {
                continue;
            }
            let clash = taken
                .iter()
                .find(|(port, _, is_taken)| *is_taken && port.to_string() == **number);
            if let Some((port, reason, _)) = clash {
                let path = path.clone().key("ports").index(index).key("containerPort");
                let message = format!("the port {port} is taken: {reason}");
                rules
                    .value("port-clash", path, message)
                    .help("let the container listen on another port");
            }
        }
    }
}

/// Whole objects of the user's: each needs a version, a kind and a name, and is what Kubernetes takes.
pub(super) fn objects(values: &Values, rules: &mut Rules<'_>) -> Vec<Mapping> {
    for (index, body) in values.extra_objects.iter().enumerate() {
        let path = rules::path("extraObjects").index(index);
        let body = &body.0;
        let metadata = body.get("metadata").and_then(Value::as_mapping);
        let (api_version, kind) = (body.text("apiVersion"), body.text("kind"));
        let name = metadata.and_then(|metadata| metadata.text("name"));
        let missing: Vec<&str> = [
            ("apiVersion", api_version),
            ("kind", kind),
            ("metadata.name", name),
        ]
        .into_iter()
        .filter(|(_, text)| text.is_none())
        .map(|(key, _)| key)
        .collect();
        if !missing.is_empty() {
            let message = format!(
                "an object of `extraObjects` needs `{}`",
                missing.join("`, `")
            );
            rules.value("missing-value", path.clone(), message);
        }
        if let (Some(api_version), Some(kind)) = (api_version, kind) {
            let shape = known(api_version, kind, &path, rules);
            let mut faults = Faults::default();
            valid::check(shape, body, &path, &mut faults);
            rules.faults(faults);
            let broken = name.map(|name| object::name_rule(api_version, kind)(name));
            if let Some(Err(rule)) = broken {
                let message = format!("the name of a {kind} {rule}");
                rules.value("invalid-name", path.key("metadata").key("name"), message);
            }
        }
    }
    values
        .extra_objects
        .iter()
        .map(|object| object.0.clone())
        .collect()
}

/// Returns the type of a kind; reports one that its group of Kubernetes' own does not have.
fn known(api_version: &str, kind: &str, path: &ValuePath, rules: &mut Rules<'_>) -> shape::Type {
    let shape = shape::object(api_version, kind);
    // Looking a group up takes time, and nobody reads so many findings.
    if !shape.is_open || rules.n_findings() > MAX_HINTED {
        return shape;
    }
    let kinds: Vec<&str> = shape::kinds(api_version).collect();
    if !kinds.is_empty() {
        let help = match crate::diagnostic::nearest(kind, kinds.iter().copied()) {
            Some(near) => Some(format!("a kind with a similar name exists: `{near}`")),
            None => shape::api_version(kind)
                .map(|other| format!("`{kind}` is of `apiVersion: {other}`")),
        };
        let message = format!("`{api_version}` has no kind `{kind}`");
        let finding = rules.value("unknown-kind", path.clone().key("kind"), message);
        if let Some(help) = help {
            finding.help(help);
        }
    }
    shape
}
