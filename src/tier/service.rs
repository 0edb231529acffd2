//! The client Service: its type, ports, IP families and load balancer.

use serde::Serialize;

use super::rules::{self, Rules};
use crate::kube::cidr::Cidr;
use crate::kube::label;
use crate::values::Values;
use crate::yaml::Mapping;

/// The client Service.
#[derive(Debug, Clone, Serialize)]
pub struct Service {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its port.
    pub port: u64,
    /// Port on every node.
    pub node_port: Option<u64>,
    /// Labels beside those of every object.
    pub labels: Mapping,
    /// All annotations.
    pub annotations: Option<Mapping>,
    /// How many IP families; the headless Service has the same.
    pub ip_family_policy: Option<String>,
    /// Which IP families.
    pub ip_families: Option<Vec<String>>,
    /// Class of the load balancer.
    pub load_balancer_class: Option<String>,
    /// Who may reach the load balancer.
    pub load_balancer_source_ranges: Option<Vec<String>>,
    /// Cluster or Local.
    pub external_traffic_policy: Option<String>,
}

pub(super) fn resolve(values: &Values, common: Option<&Mapping>, rules: &mut Rules<'_>) -> Service {
    let service = &values.valkey.service;
    let is_known_type = rules.is_readable(&rules::path("valkey.service.type"));
    let mut needs = |dotted: &str, is_set: bool, types: &[&str]| {
        if is_set && is_known_type && !types.contains(&service.kind.as_str()) {
            let message = format!(
                "`{dotted}` means nothing for a Service of type {}, and the API server refuses it",
                service.kind
            );
            rules
                .value("contradiction", rules::path(dotted), message)
                .related(rules::path("valkey.service.type"), "the type")
                .help(format!(
                    "set `valkey.service.type` to {}, or leave the key out",
                    types.join(" or ")
                ));
        }
    };
    needs(
        "valkey.service.nodePort",
        service.node_port.is_some(),
        &["NodePort", "LoadBalancer"],
    );
    needs(
        "valkey.service.externalTrafficPolicy",
        service.external_traffic_policy.is_some(),
        &["NodePort", "LoadBalancer"],
    );
    needs(
        "valkey.service.loadBalancerClass",
        service.load_balancer_class.is_some(),
        &["LoadBalancer"],
    );
    needs(
        "valkey.service.loadBalancerSourceRanges",
        !service.load_balancer_source_ranges.is_empty(),
        &["LoadBalancer"],
    );
    rules.name(
        "valkey.service.loadBalancerClass",
        "class of load balancers",
        service.load_balancer_class.as_deref(),
        label::key,
    );
    families(&service.ip_families, rules);
    let policy = service.ip_family_policy.as_deref();
    let is_single = matches!(policy, None | Some("SingleStack"))
        && rules.is_readable(&rules::path("valkey.service.ipFamilyPolicy"));
    if service.ip_families.len() > 1 && is_single {
        rules
            .value("contradiction", rules::path("valkey.service.ipFamilies"), "two IP families need a policy that allows two, and the API server refuses them without")
            .help("set `valkey.service.ipFamilyPolicy` to `PreferDualStack`");
    }
    for (index, range) in service.load_balancer_source_ranges.iter().enumerate() {
        if let Err(reason) = Cidr::parse(range) {
            let path = rules::path("valkey.service.loadBalancerSourceRanges").index(index);
            rules.value("invalid-range", path, reason);
        }
    }
    let labels = rules.labels("valkey.service.labels", &service.labels);
    rules.no_selector_keys("valkey.service.labels", &labels);
    let annotations = rules.annotations("valkey.service.annotations", &service.annotations);
    let list = |items: &Vec<String>| (!items.is_empty()).then(|| items.clone());
    Service {
        kind: service.kind.clone(),
        port: service.port,
        node_port: service.node_port,
        labels,
        annotations: rules::merged(common, &annotations),
        ip_family_policy: service.ip_family_policy.clone(),
        ip_families: list(&service.ip_families),
        load_balancer_class: service.load_balancer_class.clone(),
        load_balancer_source_ranges: list(&service.load_balancer_source_ranges),
        external_traffic_policy: service.external_traffic_policy.clone(),
    }
}

fn families(families: &[String], rules: &mut Rules<'_>) {
    for (index, family) in families.iter().enumerate() {
        let path = rules::path("valkey.service.ipFamilies").index(index);
        if families[..index].contains(family) {
            rules
                .value(
                    "invalid-choice",
                    path,
                    format!("the IP family `{family}` stands twice"),
                )
                .help("leave one out");
        }
    }
}
