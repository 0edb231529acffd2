//! Who may reach whom, and how many servers a drain may take away.
//!
//! Everything is denied but what the topology needs: the server is reached by its clients, by whoever reads its metrics
//! and by the backup, and reaches nobody.

use serde::Serialize;

use super::rules::{self, Rules};
use crate::diagnostic::ValuePath;
use crate::kube::cidr::Cidr;
use crate::kube::{label, name};
use crate::values::Values;
use crate::values::schema::{IpBlock, Peer, PolicyPort, Selector};
use crate::yaml::{Mapping, Value};

/// The policies, in the words of a NetworkPolicy.
#[derive(Debug, Clone, Serialize)]
pub struct Policy {
    /// Peers of the server's port; nothing is nobody, where an empty list would be everybody.
    pub clients: Option<Vec<Value>>,
    /// Peers of the metrics' port, likewise.
    pub metrics: Option<Vec<Value>>,
    /// Port of the metrics.
    pub metrics_port: u16,
    /// Further rules for what comes in.
    pub extra_ingress: Vec<Value>,
    /// Rules for what goes out; nothing is none.
    pub extra_egress: Option<Vec<Value>>,
}

/// How many servers a drain may take away.
#[derive(Debug, Clone, Serialize)]
pub struct DisruptionBudget {
    /// A number, or a percentage.
    pub max_unavailable: Value,
}

/// Decides the policies. `has_exporter`: whether there is anything on the metrics' port.
pub(super) fn resolve(
    values: &Values,
    has_exporter: bool,
    rules: &mut Rules<'_>,
) -> Option<Policy> {
    let policy = &values.valkey.network_policy;
    let under = |key: &str| rules::path("valkey.networkPolicy").key(key);
    let some = |list: Vec<Value>| (!list.is_empty()).then_some(list);
    let clients = peers(&policy.clients, &under("clients"), rules);
    let metrics = peers(&policy.metrics, &under("metrics"), rules);
    let mut extra_ingress = Vec::new();
    for (index, extra) in policy.extra_ingress.iter().enumerate() {
        let path = under("extraIngress").index(index);
        extra_ingress.push(rule("from", &extra.from, &extra.ports, &path, rules));
    }
    let mut extra_egress = Vec::new();
    for (index, extra) in policy.extra_egress.iter().enumerate() {
        let path = under("extraEgress").index(index);
        extra_egress.push(rule("to", &extra.to, &extra.ports, &path, rules));
    }
    policy.enabled.then(|| Policy {
        clients: some(clients),
        metrics: some(metrics).filter(|_| has_exporter),
        metrics_port: crate::redis::exporter::PORT,
        extra_ingress,
        extra_egress: some(extra_egress),
    })
}

pub(super) fn disruption_budget(
    values: &Values,
    rules: &mut Rules<'_>,
) -> Option<DisruptionBudget> {
    let budget = &values.valkey.pod_disruption_budget;
    let text = budget.max_unavailable.as_str();
    let number = |digits: &str| {
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse::<u32>().ok()).flatten()
    };
    let max_unavailable = match text.strip_suffix('%') {
        Some(percent) => number(percent)
            .filter(|percent| *percent <= 100)
            .map(|_| Value::from(text)),
        None => number(text)
            .filter(|number| i32::try_from(*number).is_ok())
            .map(|number| Value::from(u64::from(number))),
    };
    if max_unavailable.is_none() {
        rules
            .value(
                "invalid-number",
                rules::path("valkey.podDisruptionBudget.maxUnavailable"),
                format!("`{text}` is neither a number of servers nor a percentage of them"),
            )
            .help("write a whole number such as `1`, or up to `100%`");
    }
    let is_wanted = budget.enabled.unwrap_or(values.valkey.replicas > 1);
    max_unavailable
        .filter(|_| is_wanted)
        .map(|max_unavailable| DisruptionBudget { max_unavailable })
}

/// A rule with its peers and ports; whichever is not named means all.
fn rule(
    direction: &'static str,
    others: &[Peer],
    ports: &[PolicyPort],
    path: &ValuePath,
    rules: &mut Rules<'_>,
) -> Value {
    let others = peers(others, &path.clone().key(direction), rules);
    let ports: Vec<Value> = ports
        .iter()
        .enumerate()
        .map(|(index, item)| port(item, &path.clone().key("ports").index(index), rules))
        .collect();
    let mut rule = Mapping::default();
    for (key, list) in [(direction, others), ("ports", ports)] {
        if !list.is_empty() {
            rule.insert(key, Value::Sequence(list));
        }
    }
    Value::Mapping(rule)
}

fn peers(list: &[Peer], path: &ValuePath, rules: &mut Rules<'_>) -> Vec<Value> {
    list.iter()
        .enumerate()
        .map(|(index, item)| peer(item, &path.clone().index(index), rules))
        .collect()
}

fn peer(peer: &Peer, path: &ValuePath, rules: &mut Rules<'_>) -> Value {
    let mut mapping = Mapping::default();
    for (key, chosen) in [
        ("podSelector", &peer.pod_selector),
        ("namespaceSelector", &peer.namespace_selector),
    ] {
        if let Some(chosen) = chosen {
            mapping.insert(key, selector(chosen, &path.clone().key(key), rules));
        }
    }
    if let Some(block) = &peer.ip_block {
        if !mapping.is_empty() {
            rules
                .value(
                    "contradiction",
                    path.clone(),
                    "a peer is either addresses or what selectors select, not both",
                )
                .help("make `ipBlock` an item of its own");
        }
        mapping.insert(
            "ipBlock",
            ip_block(block, &path.clone().key("ipBlock"), rules),
        );
    }
    // A key that does not exist was reported as such.
    if mapping.is_empty() && !rules.has_entries(path) {
        rules
            .value("missing-value", path.clone(), "a peer names nobody")
            .help("write `podSelector: {}` for every pod of the namespace, `namespaceSelector: {}` for every pod, or an `ipBlock`");
    }
    Value::Mapping(mapping)
}

fn selector(selector: &Selector, path: &ValuePath, rules: &mut Rules<'_>) -> Value {
    let mut mapping = Mapping::default();
    let labels = &selector.match_labels.0;
    for (key, value) in &labels.0 {
        let path = path.clone().key("matchLabels").key(key);
        if let Err(rule) = label::key(key) {
            let message = format!("the key of a label {rule}");
            rules.key("invalid-label", path.clone(), message);
        }
        if let Err(rule) = label::value(value) {
            rules.value(
                "invalid-label",
                path,
                format!("the value of a label {rule}"),
            );
        }
    }
    if !labels.0.is_empty() {
        mapping.insert("matchLabels", Value::Mapping(rules::mapping(labels)));
    }
    let mut expressions = Vec::new();
    for (index, expression) in selector.match_expressions.iter().enumerate() {
        let path = path.clone().key("matchExpressions").index(index);
        if let Err(rule) = label::key(&expression.key) {
            let message = format!("the key of a label {rule}");
            rules.value("invalid-label", path.clone().key("key"), message);
        }
        for (index, value) in expression.values.iter().enumerate() {
            if let Err(rule) = label::value(value) {
                let message = format!("the value of a label {rule}");
                rules.value(
                    "invalid-label",
                    path.clone().key("values").index(index),
                    message,
                );
            }
        }
        let operator = expression.operator.as_str();
        let asks_for_values = matches!(operator, "In" | "NotIn");
        if asks_for_values && expression.values.is_empty() {
            rules.value(
                "missing-value",
                path,
                format!("the operator `{operator}` needs `values`"),
            );
        } else if !asks_for_values && !expression.values.is_empty() {
            rules
                .value(
                    "contradiction",
                    path.key("values"),
                    format!("the operator `{operator}` takes no values"),
                )
                .help("leave `values` out, or use the operator `In` or `NotIn`");
        }
        let mut condition = Mapping::from_iter([
            ("key", Value::from(expression.key.as_str())),
            ("operator", operator.into()),
        ]);
        if !expression.values.is_empty() {
            condition.insert("values", texts(&expression.values));
        }
        expressions.push(Value::Mapping(condition));
    }
    if !expressions.is_empty() {
        mapping.insert("matchExpressions", Value::Sequence(expressions));
    }
    Value::Mapping(mapping)
}

fn ip_block(block: &IpBlock, path: &ValuePath, rules: &mut Rules<'_>) -> Value {
    let mut read = |text: &str, path: ValuePath| {
        let range = Cidr::parse(text);
        if let Err(rule) = &range {
            rules.value("invalid-address", path, format!("`{text}` {rule}"));
        }
        range.ok()
    };
    let whole = read(&block.cidr, path.clone().key("cidr"));
    let parts: Vec<(ValuePath, Option<Cidr>)> = block
        .except
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let path = path.clone().key("except").index(index);
            (path.clone(), read(text, path))
        })
        .collect();
    for (part_path, part) in parts {
        if let (Some(whole), Some(part)) = (whole, part)
            && !whole.has_within(&part)
        {
            rules
                .value(
                    "invalid-address",
                    part_path,
                    format!(
                        "what is left out has to be a smaller part of `{}`",
                        block.cidr
                    ),
                )
                .related(path.clone().key("cidr"), "the range");
        }
    }
    let mut mapping = Mapping::from_iter([("cidr", Value::from(block.cidr.as_str()))]);
    if !block.except.is_empty() {
        mapping.insert("except", texts(&block.except));
    }
    Value::Mapping(mapping)
}

fn port(port: &PolicyPort, path: &ValuePath, rules: &mut Rules<'_>) -> Value {
    let mut mapping = Mapping::default();
    // What the API server fills in within a list is written out, or each apply would send the list again.
    let protocol = port.protocol.as_ref().map_or("TCP", |text| text.as_str());
    mapping.insert("protocol", protocol.into());
    let text = match &port.port.0 {
        Value::Number(text) => text.to_string(),
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        _ => {
            rules.value(
                "invalid-port",
                path.clone().key("port"),
                "a port is a number or a name",
            );
            return Value::Mapping(mapping);
        }
    };
    let number = text.parse::<u64>().ok();
    let broken = match number {
        Some(number) => name::port_number(number).err(),
        None if text.is_empty() => None,
        None => name::port_name(&text).err(),
    };
    if let Some(rule) = broken {
        rules.value(
            "invalid-port",
            path.clone().key("port"),
            format!("a port {rule}"),
        );
    }
    match number {
        Some(number) => mapping.insert("port", number.into()),
        None if text.is_empty() => {}
        None => mapping.insert("port", text.into()),
    }
    if let Some(end) = port.end_port {
        let rule = match number {
            None => Some("needs a `port` that is a number".to_owned()),
            Some(first) if end < first => Some(format!("is less than the first one, {first}")),
            Some(_) => None,
        };
        if let Some(rule) = rule {
            rules.value(
                "invalid-port",
                path.clone().key("endPort"),
                format!("the last port of a range {rule}"),
            );
        }
        mapping.insert("endPort", end.into());
    }
    Value::Mapping(mapping)
}

fn texts(list: &[String]) -> Value {
    Value::Sequence(list.iter().map(|text| text.as_str().into()).collect())
}
