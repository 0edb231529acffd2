//! The pod around the server: where it runs, as whom, and what the user adds to it.

use serde::Serialize;

use super::additions;
use super::identity::Identity;
use super::rules::{self, Rules};
use super::server::Server;
use crate::diagnostic::twins;
use crate::kube::name;
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

/// Returns the maps of a list, or nothing where it is empty.
pub(super) fn listed(list: &[impl AsRef<Mapping>]) -> Option<Vec<Mapping>> {
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
    grace(values, rules);
    placement(values, rules);
    security(values, rules);
    additions::check(values, server, rules);
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

fn grace(values: &Values, rules: &mut Rules<'_>) {
    if let Some(seconds) = values.termination_grace_period_seconds
        && i64::try_from(seconds).is_err()
    {
        let path = rules::path("terminationGracePeriodSeconds");
        let message = format!("{seconds} seconds are more than Kubernetes can count");
        rules.value("invalid-number", path, message);
    }
}

/// Where the pods run and what they find there, by Kubernetes' own rules.
fn placement(values: &Values, rules: &mut Rules<'_>) {
    rules.kubernetes_list("tolerations", "core.v1.Toleration", &values.tolerations);
    rules.kubernetes_list("hostAliases", "core.v1.HostAlias", &values.host_aliases);
    let spread = &values.topology_spread_constraints;
    rules.kubernetes_list(
        "topologySpreadConstraints",
        "core.v1.TopologySpreadConstraint",
        spread,
    );
    for (dotted, shape, map) in [
        (
            "affinity",
            "core.v1.Affinity",
            values.affinity.as_ref().map(|affinity| &affinity.0),
        ),
        (
            "dnsConfig",
            "core.v1.PodDNSConfig",
            values.dns_config.as_ref().map(|config| &config.0),
        ),
    ] {
        if let Some(map) = map {
            rules.kubernetes(shape, map, &rules::path(dotted));
        }
    }
    let what = |constraint: &Mapping| {
        let text = |key: &str| {
            constraint
                .get(key)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        Some((text("topologyKey")?, text("whenUnsatisfiable")?))
    };
    for (index, _) in twins(spread.iter().map(|constraint| what(&constraint.0))) {
        rules
            .value(
                "duplicate-name",
                rules::path("topologySpreadConstraints").index(index),
                "a constraint of the same `topologyKey` and `whenUnsatisfiable` stands here already",
            )
            .help("make one constraint of both");
    }
}

/// What is laid over our security contexts: it has to agree with what of ours is left.
fn security(values: &Values, rules: &mut Rules<'_>) {
    let (pod, container) = (
        &values.pod_security_context.0,
        &values.container_security_context.0,
    );
    if pod.is_empty() && container.is_empty() {
        return;
    }
    let (pod_path, container_path) = (
        rules::path("podSecurityContext"),
        rules::path("containerSecurityContext"),
    );
    // Ours, as in `templates/partials`: no root, no more privileges.
    let ours = |switches: &[(&str, bool)]| {
        let switches = switches
            .iter()
            .map(|(key, switch)| (*key, Value::Bool(*switch)));
        Value::Mapping(switches.collect())
    };
    let laid = |ours: Value, over: &Mapping| match ours.overlaid(&Value::Mapping(over.clone())) {
        Value::Mapping(map) => map,
        _ => Mapping::default(),
    };
    let pod = laid(ours(&[("runAsNonRoot", true)]), pod);
    let container = laid(
        ours(&[("runAsNonRoot", true), ("allowPrivilegeEscalation", false)]),
        container,
    );
    rules.kubernetes("core.v1.PodSecurityContext", &pod, &pod_path);
    rules.kubernetes("core.v1.SecurityContext", &container, &container_path);
    let is_root = pod.get("runAsUser") == Some(&Value::from(0_u64));
    let is_pod_open = pod.get("runAsNonRoot") != Some(&Value::Bool(true));
    let excludes_root = container.get("runAsNonRoot") == Some(&Value::Bool(true));
    if is_root && is_pod_open && excludes_root && container.get("runAsUser").is_none() {
        rules
            .value(
                "contradiction",
                pod_path.key("runAsUser"),
                "the user 0 is root, which our containers exclude: none would start",
            )
            .help(
                "set `containerSecurityContext.runAsNonRoot` to false too, or choose another user",
            );
    }
}
