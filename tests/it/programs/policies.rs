//! Who may reach whom under the rendered network policies, by an evaluator that is not ours: cyclonus, by which network
//! plugins are tested. Of every case with a policy, its pods are asked about from all sides.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Value, json};

use super::manifest::{Manifest, elements, integer};
use super::references::Rendered;
use super::roots::output;
use super::tools::tool;
use crate::support;

/// Somebody: the namespace, where "" is that of the tier and "-" is none; the labels, and the address.
type Party = (&'static str, &'static str, Labels, &'static str);
type Labels = &'static [(&'static str, &'static str)];

/// Whoever is neither the server nor the backup.
const OTHERS: &[Party] = &[
    ("application", "", &[("app", "shop")], "10.9.1.10"),
    ("elsewhere", "other", &[("app", "shop")], "10.9.1.11"),
    (
        "prometheus",
        "monitoring",
        &[("app", "prometheus")],
        "10.9.1.12",
    ),
    (
        "dns",
        "kube-system",
        &[("k8s-app", "kube-dns")],
        "10.9.1.13",
    ),
    ("node-dns", "-", &[], "169.254.20.10"),
    ("stranger", "-", &[], "203.0.113.9"),
    ("office", "-", &[], "10.8.0.1"),
    ("guests", "-", &[], "10.9.0.1"),
    ("private", "-", &[], "fd00::1"),
    (
        "api",
        "checkout",
        &[("app.kubernetes.io/component", "api"), ("tier", "1")],
        "10.9.1.14",
    ),
    (
        "second api",
        "checkout",
        &[("app.kubernetes.io/component", "api"), ("tier", "2")],
        "10.9.1.15",
    ),
    (
        "api elsewhere",
        "other",
        &[("app.kubernetes.io/component", "api"), ("tier", "1")],
        "10.9.1.16",
    ),
    ("worker", "", &[("role", "worker")], "10.9.1.17"),
    ("007", "", &[("role", "007")], "10.9.1.18"),
    (
        "legacy worker",
        "",
        &[("role", "worker"), ("legacy", "")],
        "10.9.1.19",
    ),
    (
        "worker elsewhere",
        "other",
        &[("role", "worker")],
        "10.9.1.20",
    ),
    ("pod of the office", "other", &[], "10.8.0.2"),
];

/// Who reaches whom on which port, and whether.
type Row = (&'static str, &'static str, &'static str, bool);

/// What the defaults say.
const DEFAULTS: &[Row] = &[
    ("application", "server", "redis/TCP", true),
    ("application", "server", "redis/UDP", false),
    ("application", "server", "metrics/TCP", false),
    ("application", "server", "22/TCP", false),
    ("application", "backup", "redis/TCP", false),
    ("elsewhere", "server", "redis/TCP", false),
    ("elsewhere", "server", "metrics/TCP", false),
    ("elsewhere", "backup", "53/UDP", false),
    ("prometheus", "server", "metrics/TCP", true),
    ("prometheus", "server", "metrics/UDP", false),
    ("prometheus", "server", "redis/TCP", false),
    ("prometheus", "backup", "metrics/TCP", false),
    ("stranger", "server", "redis/TCP", false),
    ("stranger", "server", "metrics/TCP", false),
    ("stranger", "backup", "redis/TCP", false),
    ("backup", "server", "redis/TCP", true),
    ("backup", "server", "redis/UDP", false),
    ("backup", "server", "metrics/TCP", false),
    ("backup", "dns", "53/UDP", true),
    ("backup", "dns", "53/TCP", true),
    ("backup", "node-dns", "53/UDP", true),
    ("backup", "node-dns", "53/TCP", true),
    ("backup", "application", "redis/TCP", false),
    ("backup", "stranger", "443/TCP", false),
    ("server", "dns", "53/UDP", false),
    ("server", "dns", "53/TCP", false),
    ("server", "node-dns", "53/UDP", false),
    ("server", "application", "80/TCP", false),
    ("server", "elsewhere", "80/TCP", false),
    ("server", "backup", "redis/TCP", false),
    ("server", "stranger", "443/TCP", false),
    // Nobody else is any business of ours.
    ("application", "elsewhere", "80/TCP", true),
    ("application", "dns", "53/UDP", true),
];

/// What the values of a case say besides, or instead; with further arguments.
const OWN: &[(&str, &[&str], &[Row])] = &[
    (
        "network-policy",
        &["--set", "valkey.networkPolicy.extraIngress=null"],
        &[
            ("application", "server", "redis/TCP", false),
            ("api", "server", "redis/TCP", true),
            ("api", "server", "22/TCP", false),
            ("second api", "server", "redis/TCP", false),
            ("api elsewhere", "server", "redis/TCP", false),
            ("worker", "server", "redis/TCP", true),
            ("007", "server", "redis/TCP", true),
            ("legacy worker", "server", "redis/TCP", false),
            ("worker elsewhere", "server", "redis/TCP", false),
            ("office", "server", "redis/TCP", true),
            ("guests", "server", "redis/TCP", false),
            ("pod of the office", "server", "redis/TCP", true),
            // Its list of who may read them is empty.
            ("prometheus", "server", "metrics/TCP", false),
            ("server", "private", "443/TCP", true),
            ("server", "dns", "53/UDP", true),
            ("server", "node-dns", "53/UDP", true),
        ],
    ),
    (
        "network-policy",
        &[],
        &[
            ("elsewhere", "server", "redis/TCP", true),
            ("prometheus", "server", "redis/TCP", true),
            ("elsewhere", "server", "metrics/TCP", true),
            ("application", "server", "metrics/TCP", true),
            ("elsewhere", "server", "7999/TCP", false),
            ("elsewhere", "server", "8000/TCP", true),
            ("elsewhere", "server", "8010/TCP", true),
            ("elsewhere", "server", "8011/TCP", false),
            ("elsewhere", "server", "8005/UDP", false),
            ("office", "server", "8005/TCP", false),
            ("private", "server", "metrics/TCP", false),
            ("server", "private", "443/TCP", true),
            ("server", "dns", "53/UDP", true),
            ("server", "node-dns", "53/UDP", true),
        ],
    ),
];

/// Returns somebody in the words of `tests/tools/readers/policies`, or nothing if there is no backup.
fn party(rendered: &Rendered, name: &str) -> Option<Value> {
    let set = rendered.manifest.only("StatefulSet");
    let own = set["metadata"]["namespace"].as_str().unwrap_or("default");
    let pod = |namespace: &str, labels: &Value, ip: &str| {
        json!({
            "ip": ip,
            "namespace": namespace,
            "namespaceLabels": {"kubernetes.io/metadata.name": namespace},
            "labels": labels,
        })
    };
    match name {
        "server" => return Some(pod(own, rendered.server_labels(), "10.9.1.2")),
        "backup" => {
            let labels = &rendered.backup()?["metadata"]["labels"];
            return Some(pod(own, labels, "10.9.1.3"));
        }
        _ => {}
    }
    let (_, namespace, labels, ip) = OTHERS
        .iter()
        .find(|(known, ..)| *known == name)
        .unwrap_or_else(|| panic!("nobody is {name}"));
    let labels: BTreeMap<&str, &str> = labels.iter().copied().collect();
    Some(match *namespace {
        "-" => json!({"ip": ip}),
        "" => pod(own, &json!(labels), ip),
        namespace => pod(namespace, &json!(labels), ip),
    })
}

/// Returns the number and the name of a port of the server's pod.
fn port(rendered: &Rendered, text: &str) -> Option<(u64, String)> {
    if let Ok(number) = text.parse() {
        return Some((number, String::new()));
    }
    elements(&rendered.pod()["containers"])
        .iter()
        .flat_map(|container| elements(&container["ports"]))
        .find(|port| port["name"] == text)
        .map(|port| (integer(&port["containerPort"]), text.to_owned()))
}

/// What is expected where this is said besides, or instead.
fn rows(own: &[Row]) -> Vec<Row> {
    let is_own = |row: &Row| {
        own.iter()
            .any(|other| (row.0, row.1, row.2) == (other.0, other.1, other.2))
    };
    let defaults = DEFAULTS.iter().filter(|row| !is_own(row));
    defaults.chain(own).copied().collect()
}

/// Returns what is otherwise than expected; who is not there is not asked about.
fn faults(rendered: &Rendered, own: &[Row]) -> Vec<String> {
    let policies: Vec<&Value> = rendered.of_kind("NetworkPolicy").collect();
    let (mut expected, mut traffic) = (Vec::new(), Vec::new());
    for (from, to, at, is_allowed) in rows(own) {
        let (name, protocol) = at.split_once('/').expect("a port has a protocol");
        let Some(((number, name), (source, target))) =
            port(rendered, name).zip(party(rendered, from).zip(party(rendered, to)))
        else {
            continue;
        };
        traffic.push(json!({
            "from": source, "to": target, "port": number, "portName": name, "protocol": protocol,
        }));
        expected.push((
            format!("{}: {from} to {to} {at}", rendered.case),
            is_allowed,
        ));
    }
    let asked = json!({"policies": policies, "traffic": traffic});
    let output = output(
        &mut Command::new(tool("readers", "policies")),
        asked.to_string().as_bytes(),
    );
    let allowed: Vec<bool> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(allowed.len(), expected.len());
    let otherwise = expected.into_iter().zip(allowed);
    otherwise
        .filter(|((_, expected), allowed)| expected != allowed)
        .map(|((what, _), allowed)| format!("{what}: {allowed}"))
        .collect()
}

#[test]
#[ignore = "needs cyclonus: run scripts/test"]
pub(super) fn whoever_is_meant_is_let_through_and_nobody_else() {
    let mut faults = Vec::new();
    let mut n_policies = 0;
    for rendered in Rendered::all() {
        let is_own = OWN.iter().any(|(case, ..)| *case == rendered.case);
        if !is_own && rendered.of_kind("NetworkPolicy").next().is_some() {
            faults.extend(self::faults(&rendered, &[]));
            n_policies += 1;
        }
    }
    assert!(n_policies > 20, "{n_policies}");
    for (case, more, rows) in OWN {
        let of_case = support::cases()
            .into_iter()
            .find(|known| known.name == *case);
        let mut arguments = super::cases::arguments(&of_case.expect("there is such a case"));
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        let rendered = Rendered {
            case: format!("{case} {more:?}"),
            manifest: Manifest::render(&arguments),
        };
        faults.extend(self::faults(&rendered, rows));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
