//! The pod around the server: where it runs, as whom, and what the user adds to it.

use serde::Serialize;

use super::identity::Identity;
use super::rules::{self, Rules};
use super::server::Server;
use crate::kube::name;
use crate::redis::{base, exporter};
use crate::values::Values;
use crate::yaml::{Mapping, Value};

/// The pod.
#[derive(Debug, Clone, Serialize)]
pub struct Pod {
    /// Labels, the selecting ones first.
    pub labels: Mapping,
    /// Annotations of the user's.
    pub annotations: Mapping,
    /// Secrets to pull images with.
    pub image_pull_secrets: Option<Vec<Mapping>>,
    /// Node labels that it wants.
    pub node_selector: Option<Mapping>,
    /// Taints that it tolerates.
    pub tolerations: Option<Vec<Mapping>>,
    /// What replaces the anti-affinity.
    pub affinity: Option<Mapping>,
    /// How it spreads.
    pub topology_spread_constraints: Option<Vec<Mapping>>,
    /// PriorityClass.
    pub priority_class_name: Option<String>,
    /// RuntimeClass.
    pub runtime_class_name: Option<String>,
    /// Scheduler.
    pub scheduler_name: Option<String>,
    /// Lines of its hosts file.
    pub host_aliases: Option<Vec<Mapping>>,
    /// Resolver settings.
    pub dns_config: Option<Mapping>,
    /// What is laid over its security context.
    pub security_context: Mapping,
    /// What is laid over every container's.
    pub container_security_context: Mapping,
    /// Volumes of the user's.
    pub extra_volumes: Vec<Mapping>,
    /// Containers of the user's.
    pub extra_containers: Vec<Mapping>,
    /// Init containers of the user's.
    pub extra_init_containers: Vec<Mapping>,
}

/// The maps of a list.
pub(super) fn maps(list: &[impl AsRef<Mapping>]) -> Vec<Mapping> {
    list.iter().map(|map| map.as_ref().clone()).collect()
}

fn refs(list: &[impl AsRef<Mapping>]) -> Vec<&Mapping> {
    list.iter().map(AsRef::as_ref).collect()
}

fn listed(list: &[impl AsRef<Mapping>]) -> Option<Vec<Mapping>> {
    (!list.is_empty()).then(|| maps(list))
}

pub(super) fn resolve(
    values: &Values,
    identity: &Identity,
    server: Option<&Server>,
    rules: &mut Rules<'_>,
) -> Pod {
    let mut labels = identity.labels.selector("redis");
    for (key, value) in rules.labels("podLabels", &values.pod_labels).iter() {
        if super::identity::SELECTOR_KEYS.contains(&key) {
            let message = format!("`{key}` is how Services find the pods, and cannot be changed");
            rules
                .key("reserved-label", rules::path("podLabels").key(key), message)
                .help("leave it out, or set `fullnameOverride`");
        }
        labels.insert(key, value.clone());
    }
    let annotations = rules.annotations("podAnnotations", &values.pod_annotations);
    for key in ["checksum/config", "checksum/secret"] {
        if annotations.get(key).is_some() {
            rules
                .key(
                    "reserved-annotation",
                    rules::path("podAnnotations").key(key),
                    format!("`{key}` is how a changed configuration restarts the pods"),
                )
                .help("leave it out");
        }
    }
    let node_selector = rules.labels("nodeSelector", &values.node_selector);
    rules.name(
        "priorityClassName",
        "PriorityClass",
        values.priority_class_name.as_deref(),
        name::dns_subdomain,
    );
    rules.name(
        "runtimeClassName",
        "RuntimeClass",
        values.runtime_class_name.as_deref(),
        name::dns_subdomain,
    );
    tolerations(values, rules);
    named(values, server, rules);
    Pod {
        labels,
        annotations,
        image_pull_secrets: listed(&values.image_pull_secrets),
        node_selector: (!node_selector.is_empty()).then_some(node_selector),
        tolerations: listed(&values.tolerations),
        affinity: values.affinity.as_ref().map(|affinity| affinity.0.clone()),
        topology_spread_constraints: listed(&values.topology_spread_constraints),
        priority_class_name: values.priority_class_name.clone(),
        runtime_class_name: values.runtime_class_name.clone(),
        scheduler_name: values.scheduler_name.clone(),
        host_aliases: listed(&values.host_aliases),
        dns_config: values.dns_config.as_ref().map(|config| config.0.clone()),
        security_context: values.pod_security_context.0.clone(),
        container_security_context: values.container_security_context.0.clone(),
        extra_volumes: maps(&values.valkey.extra_volumes),
        extra_containers: maps(&values.valkey.extra_containers),
        extra_init_containers: maps(&values.valkey.extra_init_containers),
    }
}

fn tolerations(values: &Values, rules: &mut Rules<'_>) {
    for (index, toleration) in values.tolerations.iter().enumerate() {
        let path = rules::path("tolerations").index(index);
        let text = |key: &str| toleration.0.get(key).and_then(Value::as_str);
        let is_exists = text("operator") == Some("Exists");
        if is_exists && text("value").is_some_and(|value| !value.is_empty()) {
            rules
                .value(
                    "contradiction",
                    path.key("value"),
                    "a toleration that asks whether a key exists takes no value",
                )
                .help("leave `value` out, or use the operator `Equal`");
        }
    }
}

/// Names of ours that the user's containers, volumes and variables must not take again.
fn named(values: &Values, server: Option<&Server>, rules: &mut Rules<'_>) {
    const CONTAINERS: &[&str] = &["config-init", "redis", super::exporter::CONTAINER];
    const VOLUMES: &[&str] = &["config", "redis-data", "run", "secret"];
    let valkey = &values.valkey;
    let lists: [(&str, Vec<&Mapping>, &[&str]); 5] = [
        (
            "valkey.extraContainers",
            refs(&valkey.extra_containers),
            CONTAINERS,
        ),
        (
            "valkey.extraInitContainers",
            refs(&valkey.extra_init_containers),
            CONTAINERS,
        ),
        ("valkey.extraVolumes", refs(&valkey.extra_volumes), VOLUMES),
        ("valkey.extraEnv", refs(&valkey.extra_env), &[]),
        ("imagePullSecrets", refs(&values.image_pull_secrets), &[]),
    ];
    for (dotted, list, taken) in lists {
        for (index, item) in list.iter().enumerate() {
            let path = rules::path(dotted).index(index);
            match item.get("name").and_then(Value::as_str) {
                Some(name) if taken.contains(&name) => {
                    rules
                        .value(
                            "reserved-name",
                            path.key("name"),
                            format!("the name `{name}` is taken by one of ours"),
                        )
                        .help("choose another name");
                }
                Some(name)
                    if list[..index]
                        .iter()
                        .any(|other| other.get("name").and_then(Value::as_str) == Some(name)) =>
                {
                    rules
                        .value(
                            "duplicate-name",
                            path.key("name"),
                            format!("the name `{name}` stands twice in `{dotted}`"),
                        )
                        .help("choose another name");
                }
                _ => {}
            }
        }
    }
    ports(values, rules);
    let Some(server) = server else { return };
    for (index, mount) in valkey.extra_volume_mounts.iter().enumerate() {
        let path = rules::path("valkey.extraVolumeMounts").index(index);
        let directories = [
            server.directories.data,
            server.directories.config,
            server.directories.run,
        ];
        match mount.0.get("mountPath").and_then(Value::as_str) {
            Some(mount_path) if directories.contains(&mount_path.trim_end_matches('/')) => {
                rules
                    .value(
                        "reserved-name",
                        path.key("mountPath"),
                        format!("`{mount_path}` is where one of our volumes is mounted"),
                    )
                    .help("mount it elsewhere");
            }
            _ => {}
        }
    }
}

/// Ports of ours that the user's containers must not take again: the containers of a pod share one network.
fn ports(values: &Values, rules: &mut Rules<'_>) {
    let taken = [
        (u64::from(base::PORT), "the server listens on it", true),
        (
            u64::from(exporter::PORT),
            "the exporter listens on it",
            values.valkey.exporter.enabled,
        ),
    ];
    for (index, container) in values.valkey.extra_containers.iter().enumerate() {
        let ports = container.0.get("ports").and_then(Value::as_sequence);
        for (at, port) in ports.unwrap_or_default().iter().enumerate() {
            let Some(Value::Number(number)) = port.at(&["containerPort"]) else {
                continue;
            };
            let clash = taken
                .iter()
                .find(|(port, _, is_taken)| *is_taken && port.to_string() == **number);
            if let Some((port, reason, _)) = clash {
                rules
                    .value(
                        "port-clash",
                        rules::path("valkey.extraContainers")
                            .index(index)
                            .key("ports")
                            .index(at)
                            .key("containerPort"),
                        format!("the port {port} is taken: {reason}"),
                    )
                    .help("let the container listen on another port");
            }
        }
    }
}

/// Whole objects of the user's: each needs a version, a kind and a name.
pub(super) fn extra_objects(values: &Values, rules: &mut Rules<'_>) -> Vec<Mapping> {
    for (index, object) in values.extra_objects.iter().enumerate() {
        let path = rules::path("extraObjects").index(index);
        let object = Value::Mapping(object.0.clone());
        for (keys, spelling) in [
            (&["apiVersion"][..], "apiVersion"),
            (&["kind"], "kind"),
            (&["metadata", "name"], "metadata.name"),
        ] {
            if object
                .at(keys)
                .and_then(Value::as_str)
                .is_none_or(str::is_empty)
            {
                rules.value(
                    "missing-value",
                    path.clone(),
                    format!("an object of `extraObjects` needs `{spelling}`"),
                );
            }
        }
    }
    values
        .extra_objects
        .iter()
        .map(|object| object.0.clone())
        .collect()
}
