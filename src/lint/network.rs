//! Who may reach the server.

use super::subject::{Report, Subject};
use super::{Rule, Severity};
use crate::diagnostic::ValuePath;
use crate::redis::base;
use crate::redis::exporter;
use crate::values::schema::{IngressRule, Peer, Selector};
use crate::yaml::Value;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "network-policy-off",
        severity: Severity::Warning,
        what: "no network policy",
        why: "Without a policy every pod of the cluster can connect to the server's port, and try passwords as fast as it \
              answers. The policies that are rendered admit the clients, Prometheus and the backup, and nobody else.",
        fix: "leave `valkey.networkPolicy.enabled` out, and name the clients under `valkey.networkPolicy.clients`",
        check: network_policy_off,
    },
    Rule {
        code: "network-policy-open",
        severity: Severity::Warning,
        what: "a network policy that admits everybody",
        why: "An empty `namespaceSelector` selects every namespace, and `0.0.0.0/0` every address: the policy is there and \
              denies nothing. An ingress rule without `from` admits everybody too.",
        fix: "name the clients: a namespace by its label `kubernetes.io/metadata.name`, pods by their labels",
        check: network_policy_open,
    },
    Rule {
        code: "exposed-service",
        severity: Severity::Warning,
        what: "a server that can be reached from outside the cluster, by any address",
        why: "The protocol is in plain text: passwords and data can be read on the way, and a port open to the internet is \
              found within hours. A load balancer without source ranges admits every address.",
        fix: "leave `valkey.service.type` out, or set `valkey.service.loadBalancerSourceRanges`",
        check: exposed_service,
    },
];

fn network_policy_off(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.cache().is_some_and(|cache| cache.policy.is_none()) {
        report.value(
            ValuePath::of("valkey.networkPolicy.enabled"),
            "every pod of the cluster can connect to the server",
        );
    }
}

fn network_policy_open(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.cache().is_none_or(|cache| cache.policy.is_none()) {
        return;
    }
    let policy = &subject.values.valkey.network_policy;
    let under = |key: &str| ValuePath::of("valkey.networkPolicy").key(key);
    everybody(
        &policy.clients,
        &under("clients"),
        "the server",
        Severity::Warning,
        report,
    );
    everybody(
        &policy.metrics,
        &under("metrics"),
        "the metrics",
        Severity::Note,
        report,
    );
    for (index, rule) in policy.extra_ingress.iter().enumerate() {
        let path = under("extraIngress").index(index);
        let reaches = reach(rule);
        let severity = if reaches.contains(&base::PORT) {
            Severity::Warning
        } else {
            Severity::Note
        };
        if rule.from.is_empty() {
            report
                .value(path, format!("everybody may reach {}", named(&reaches)))
                .severity(severity);
        } else {
            everybody(
                &rule.from,
                &path.key("from"),
                named(&reaches),
                severity,
                report,
            );
        }
    }
}

/// Reports the peers that are everybody.
fn everybody(
    peers: &[Peer],
    path: &ValuePath,
    what: &str,
    severity: Severity,
    report: &mut Report<'_>,
) {
    for (index, peer) in peers.iter().enumerate() {
        let path = path.clone().index(index);
        let is_empty = |selector: &Option<Selector>| {
            selector.as_ref().is_some_and(|selector| {
                selector.match_labels.0.0.is_empty() && selector.match_expressions.is_empty()
            })
        };
        let is_any_pod = peer.pod_selector.is_none() || is_empty(&peer.pod_selector);
        if is_empty(&peer.namespace_selector) && is_any_pod {
            report
                .value(
                    path,
                    format!("every pod of every namespace may reach {what}"),
                )
                .severity(severity);
        } else if let Some(block) = &peer.ip_block
            && block.cidr.ends_with("/0")
            && block.except.is_empty()
        {
            report
                .value(
                    path.key("ipBlock").key("cidr"),
                    format!("every address of `{}` may reach {what}", block.cidr),
                )
                .severity(severity);
        }
    }
}

/// The ports of ours that an ingress rule opens.
fn reach(rule: &IngressRule) -> Vec<u16> {
    let ours = [base::PORT, exporter::PORT];
    if rule.ports.is_empty() {
        return ours.to_vec();
    }
    let opened = |port: u16| {
        rule.ports.iter().any(|entry| {
            let number = match &entry.port.0 {
                Value::Number(text) => text.parse::<u64>().ok(),
                Value::String(text) if text == "redis" => Some(u64::from(base::PORT)),
                Value::String(text) if text == "metrics" => Some(u64::from(exporter::PORT)),
                Value::String(text) => text.parse().ok(),
                Value::Null => return true,
                _ => None,
            };
            let Some(first) = number else { return false };
            (first..=entry.end_port.unwrap_or(first)).contains(&u64::from(port))
        })
    };
    ours.into_iter().filter(|port| opened(*port)).collect()
}

fn named(ports: &[u16]) -> &'static str {
    if ports.contains(&base::PORT) {
        "the server"
    } else if ports.is_empty() {
        "a port of the pod"
    } else {
        "the metrics"
    }
}

fn exposed_service(subject: &Subject<'_>, report: &mut Report<'_>) {
    let service = &subject.values.valkey.service;
    if subject.cache().is_none() || service.kind != "LoadBalancer" {
        return;
    }
    let ranges = &service.load_balancer_source_ranges;
    // Clouds make an internal load balancer by an annotation of their own, all of which say so.
    let is_internal = service.annotations.0.iter().any(|(key, value)| {
        let said = |text: &str| text.to_lowercase().contains("internal");
        said(key) && value != "false" || said(value)
    }) || service
        .load_balancer_class
        .as_deref()
        .is_some_and(|class| class.contains("internal"));
    if ranges.is_empty() && !is_internal {
        report.value(
            ValuePath::of("valkey.service.type"),
            "the load balancer admits every address",
        );
    }
    for (index, range) in ranges.iter().enumerate() {
        if range.ends_with("/0") {
            let path = ValuePath::of("valkey.service.loadBalancerSourceRanges").index(index);
            report.value(path, format!("`{range}` is every address"));
        }
    }
}
