//! Who may reach the server.

use super::subject::{Report, Subject};
use super::{Rule, Severity, selector};
use crate::diagnostic::ValuePath;
use crate::kube::load_balancer;
use crate::redis::base;
use crate::redis::exporter;
use crate::values::decode::{self, Walk};
use crate::values::schema::{Expression, IngressRule, Peer, PolicyPort, Selector};
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
        why: "An empty `namespaceSelector` selects every namespace, as one for the label that every namespace has does, and \
              `0.0.0.0/0` every address: the policy is there and denies nothing. An ingress rule without `from` admits \
              everybody too. Policies add up: one more that selects the pods and admits everybody is enough.",
        fix: "name the clients: a namespace by its label `kubernetes.io/metadata.name`, pods by their labels",
        check: network_policy_open,
    },
    Rule {
        code: "exposed-service",
        severity: Severity::Warning,
        what: "a server that can be reached from outside the cluster, by any address",
        why: "The protocol is in plain text: passwords and data can be read on the way, and a port open to the internet is \
              found within hours. A load balancer without source ranges admits every address, unless the annotation or the \
              class by which its cloud makes an internal one is set, and a NodePort opens its port on every node.",
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
    let ports = ports(subject);
    everybody(
        &policy.clients,
        &under("clients"),
        "the server",
        Severity::Warning,
        report,
    );
    if ports.contains(&exporter::PORT) {
        everybody(
            &policy.metrics,
            &under("metrics"),
            "the metrics",
            Severity::Note,
            report,
        );
    }
    for (index, rule) in policy.extra_ingress.iter().enumerate() {
        ingress(rule, under("extraIngress").index(index), &ports, report);
    }
    for (index, rule) in policy.extra_egress.iter().enumerate() {
        if rule.to.is_empty() && rule.ports.is_empty() {
            report
                .value(
                    under("extraEgress").index(index),
                    "the server may reach everybody, and needs nobody",
                )
                .severity(Severity::Note)
                .help("say whom it has to reach, and at which ports");
        }
    }
    added_policies(subject, &ports, report);
}

/// The ports on which something of ours listens.
fn ports(subject: &Subject<'_>) -> Vec<u16> {
    let exporter = subject.cache().and_then(|cache| cache.exporter.as_ref());
    let metrics = exporter.map(|_| exporter::PORT);
    std::iter::once(base::PORT).chain(metrics).collect()
}

/// Reports what a rule admits, if that is everybody.
fn ingress(rule: &IngressRule, path: ValuePath, ports: &[u16], report: &mut Report<'_>) {
    let reaches = reach(rule, ports);
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

/// Policies among the further objects that select the pods: what one admits, no other denies.
fn added_policies(subject: &Subject<'_>, ports: &[u16], report: &mut Report<'_>) {
    let Some(cache) = subject.cache() else { return };
    for (path, object) in subject.added_objects() {
        if object.text("kind") != Some("NetworkPolicy") {
            continue;
        }
        let path = path.key("spec");
        let spec = object.get("spec");
        let selects = spec
            .and_then(|spec| spec.at(&["podSelector"]))
            .is_none_or(|selector| selector::mismatch(selector, &cache.pod.labels).is_none());
        let rules = path.key("ingress");
        let n_rules = spec
            .and_then(|spec| spec.at(&["ingress"]))
            .and_then(Value::as_sequence)
            .map_or(0, <[Value]>::len);
        for rule in (0..n_rules).filter(|_| selects) {
            let path = rules.clone().index(rule);
            let node = subject.effective.get(&path);
            if let Some(rule) = decode::value(node, None, &mut Walk::default()) {
                ingress(&rule, path, ports, report);
            }
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
                selector.match_labels.0.0.is_empty()
                    && selector.match_expressions.iter().all(is_of_every_namespace)
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
            && let Some(share) = share(&block.cidr)
        {
            let but = if block.except.is_empty() {
                ""
            } else {
                " but what `except` leaves out"
            };
            report
                .value(
                    path.key("ipBlock").key("cidr"),
                    format!("{share} address of `{}`{but} may reach {what}", block.cidr),
                )
                .severity(severity);
        }
    }
}

/// Tells whether an expression holds for every namespace: the API server gives each the label with its name.
fn is_of_every_namespace(expression: &Expression) -> bool {
    expression.operator == "Exists" && expression.key == "kubernetes.io/metadata.name"
}

/// Says of a range that is all addresses, or nearly, which of them it has.
fn share(cidr: &str) -> Option<&'static str> {
    let (_, length) = cidr.rsplit_once('/')?;
    match length.parse() {
        Ok(0) => Some("every"),
        // Halves, quarters and eighths, such as `2000::/3`, in which is the whole internet.
        Ok(1..=3) => Some("each"),
        _ => None,
    }
}

/// The ports of ours that an ingress rule opens; all of them are TCP's, which is also what a rule means that says none.
fn reach(rule: &IngressRule, ours: &[u16]) -> Vec<u16> {
    if rule.ports.is_empty() {
        return ours.to_vec();
    }
    let opened = |port: u16| {
        let is_tcp = |entry: &&PolicyPort| matches!(entry.protocol.as_deref(), None | Some("TCP"));
        rule.ports.iter().filter(is_tcp).any(|entry| {
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
    ours.iter().copied().filter(|port| opened(*port)).collect()
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
    if subject.cache().is_none() {
        return;
    }
    if service.kind == "NodePort" {
        report
            .value(
                ValuePath::of("valkey.service.type"),
                "every node of the cluster opens a port of the server",
            )
            .severity(Severity::Note);
    }
    if service.kind != "LoadBalancer" {
        return;
    }
    let annotations = &service.annotations.0;
    let annotation = |key: &str| {
        let found = annotations.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    };
    if load_balancer::is_internal(annotation, service.load_balancer_class.as_deref()) {
        return;
    }
    let listed = ValuePath::of("valkey.service.loadBalancerSourceRanges");
    let mut ranges: Vec<(ValuePath, &str)> = Vec::new();
    for (index, range) in service.load_balancer_source_ranges.iter().enumerate() {
        ranges.push((listed.clone().index(index), range));
    }
    if ranges.is_empty() {
        let path = ValuePath::of("valkey.service.annotations").key(load_balancer::SOURCE_RANGES);
        let annotated = annotation(load_balancer::SOURCE_RANGES).unwrap_or_default();
        let annotated = annotated.split(',').map(str::trim);
        ranges.extend(
            annotated
                .filter(|range| !range.is_empty())
                .map(|range| (path.clone(), range)),
        );
    }
    if ranges.is_empty() {
        report.value(
            ValuePath::of("valkey.service.type"),
            "the load balancer admits every address",
        );
    }
    for (path, range) in ranges {
        if let Some(share) = share(range) {
            let message = format!("the load balancer admits {share} address of `{range}`");
            report.value(path, message);
        }
    }
}
