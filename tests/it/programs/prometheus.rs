//! A Prometheus in the pod's network that is told what the operator would make of the rendered objects.
//!
//! This is a translation, and the only one of the harness: the discovery of Services and the relabelling are those of
//! `generateServiceMonitorConfig` in the operator's `pkg/prometheus/promcfg.go`, role `endpoints`. Scrapes, evaluations
//! and windows are shortened by one factor.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::manifest::{Manifest, elements, entries, integer, selects, string};
use super::pod::Pod;
use super::roots::{self, Suite};
use super::wait_for;

const ADDRESS: &str = "127.0.0.1:9090";
/// The node that the pod is said to be on.
pub(super) const NODE: &str = "node-1";

/// A running Prometheus; ends with its pod.
pub(super) struct Prometheus<'p> {
    pod: &'p Pod,
    // Removed at the end.
    directory: TempDir,
    process: Child,
}

impl<'p> Prometheus<'p> {
    /// Starts it, with every time of the rendered objects divided by `factor`.
    pub(super) fn start(pod: &'p Pod, manifest: &Manifest, factor: u64) -> Self {
        let root = Suite::Trixie.root_with("prometheus");
        let directory = tempfile::Builder::new()
            .prefix("prometheus-")
            .tempdir_in(root.join("tmp"))
            .expect("the installation's /tmp is writable");
        let inside = Path::new("/").join(
            directory
                .path()
                .strip_prefix(&root)
                .expect("the directory is in the installation"),
        );
        let write = |name: &str, value: &Value| {
            std::fs::write(directory.path().join(name), value.to_string())
                .expect("the directory is writable");
        };
        write("targets.json", &targets(manifest));
        write("rules.json", &rules(manifest, factor));
        write("prometheus.json", &configuration(manifest, factor, &inside));
        let mut command = pod.in_network("chroot");
        command
            .arg(&root)
            .args(["prometheus", "--log.level=warn"])
            .arg(format!("--web.listen-address={ADDRESS}"))
            .arg(option("--config.file", &inside.join("prometheus.json")))
            .arg(option("--storage.tsdb.path", &inside.join("data")))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = roots::spawn(&mut command);
        let prometheus = Self {
            pod,
            directory,
            process,
        };
        wait_for("Prometheus", Duration::from_secs(60), || {
            prometheus.get("/-/ready").map(drop)
        });
        prometheus
    }

    /// Returns what an expression comes to now, by the API that dashboards use.
    pub(super) fn query(&self, expression: &str) -> Vec<Value> {
        let path = format!("/api/v1/query?query={}", percent_encoded(expression));
        let text = self
            .get(&path)
            .unwrap_or_else(|said| panic!("{expression}: {said}"));
        let answer: Value = serde_json::from_str(&text).expect("the API answers JSON");
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        elements(&answer["data"]["result"]).to_vec()
    }

    /// Returns the alerts that fire, as the API tells them; panics on a text that could not be made.
    pub(super) fn firing(&self) -> BTreeSet<String> {
        let text = self.get("/api/v1/alerts").expect("the API has alerts");
        let answer: Value = serde_json::from_str(&text).expect("the API answers JSON");
        let mut names = BTreeSet::new();
        for alert in elements(&answer["data"]["alerts"]) {
            for (key, text) in entries(&alert["annotations"]) {
                let text = string(text);
                let is_made = !["{{", "<error", "<no value>"]
                    .iter()
                    .any(|fault| text.contains(fault));
                assert!(is_made && !text.is_empty(), "{key}: {text}");
            }
            if alert["state"] == "firing" {
                names.insert(string(&alert["labels"]["alertname"]).to_owned());
            }
        }
        names
    }

    /// Takes every target away, as when the Service or its pods are gone.
    pub(super) fn lose_targets(&self) {
        let path = self.directory.path();
        // At once, for it is watched.
        std::fs::write(path.join("targets.new"), "[]").expect("the directory is writable");
        std::fs::rename(path.join("targets.new"), path.join("targets.json"))
            .expect("the directory is writable");
    }

    fn get(&self, path: &str) -> Result<String, String> {
        let url = format!("http://{ADDRESS}{path}");
        self.pod.fetch(&url, Duration::from_secs(10))
    }
}

impl Drop for Prometheus<'_> {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn option(name: &str, path: &Path) -> PathBuf {
    PathBuf::from(format!("{name}={}", path.display()))
}

/// What discovery of the role `endpoints` finds: a target for each port of each Service that selects the pod.
fn targets(manifest: &Manifest) -> Value {
    let set = manifest.only("StatefulSet");
    let template = &set["spec"]["template"];
    let mut found = Vec::new();
    for service in &manifest.objects {
        let selector = &service["spec"]["selector"];
        if service["kind"] != "Service" || !selects(selector, &template["metadata"]["labels"]) {
            continue;
        }
        for port in elements(&service["spec"]["ports"]) {
            let Some((container, number)) = target_port(&template["spec"], &port["targetPort"])
            else {
                continue;
            };
            let metadata = &service["metadata"];
            let pod = format!("{}-0", string(&set["metadata"]["name"]));
            let mut labels = Map::new();
            for (name, value) in [
                ("namespace", string(&metadata["namespace"])),
                ("service_name", string(&metadata["name"])),
                ("endpoint_port_name", string(&port["name"])),
                ("endpoint_address_target_kind", "Pod"),
                ("endpoint_address_target_name", &pod),
                ("pod_name", &pod),
                ("pod_container_name", container),
                ("pod_node_name", NODE),
            ] {
                labels.insert(format!("__meta_kubernetes_{name}"), json!(value));
            }
            for (key, value) in entries(&metadata["labels"]) {
                labels.insert(meta("label", key), value.clone());
                labels.insert(meta("labelpresent", key), json!("true"));
            }
            found.push(json!({ "targets": [format!("127.0.0.1:{number}")], "labels": labels }));
        }
    }
    json!(found)
}

/// Returns the container and the number of a named port of the pod.
pub(super) fn target_port<'s>(spec: &'s Value, name: &Value) -> Option<(&'s str, u64)> {
    elements(&spec["containers"]).iter().find_map(|container| {
        let ports = elements(&container["ports"]);
        let port = ports.iter().find(|port| port["name"] == *name)?;
        Some((string(&container["name"]), integer(&port["containerPort"])))
    })
}

fn meta(what: &str, label: &str) -> String {
    let name: String = label
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    format!("__meta_kubernetes_service_{what}_{name}")
}

fn configuration(manifest: &Manifest, factor: u64, inside: &Path) -> Value {
    let monitor = manifest.only("ServiceMonitor");
    let namespace = string(&monitor["metadata"]["namespace"]);
    let jobs: Vec<Value> = elements(&monitor["spec"]["endpoints"])
        .iter()
        .enumerate()
        .map(|(index, endpoint)| {
            let [interval, timeout] = ["interval", "scrapeTimeout"]
                .map(|key| milliseconds(string(&endpoint[key])));
            assert!(timeout <= interval, "Prometheus refuses {endpoint}");
            json!({
                "job_name": format!("serviceMonitor/{namespace}/{}/{index}", string(&monitor["metadata"]["name"])),
                "file_sd_configs": [{ "files": [inside.join("targets.json")] }],
                "scrape_interval": shortened(string(&endpoint["interval"]), factor),
                // In less time than it is given none of them could be made on a busy machine.
                "scrape_timeout": shortened(string(&endpoint["interval"]), factor),
                "metrics_path": endpoint["path"],
                "scheme": endpoint["scheme"],
                "relabel_configs": relabelling(monitor, endpoint),
            })
        })
        .collect();
    json!({
        "rule_files": [inside.join("rules.json")],
        "scrape_configs": jobs,
    })
}

fn relabelling(monitor: &Value, endpoint: &Value) -> Vec<Value> {
    let keep_namespace = json!({
        "action": "keep",
        "source_labels": ["__meta_kubernetes_namespace"],
        "regex": monitor["metadata"]["namespace"],
    });
    let keep_labels = entries(&monitor["spec"]["selector"]["matchLabels"]).map(|(key, value)| {
        json!({
            "action": "keep",
            "source_labels": [meta("label", key), meta("labelpresent", key)],
            "regex": format!("({});true", string(value)),
        })
    });
    let keep_port = json!({
        "action": "keep",
        "source_labels": ["__meta_kubernetes_endpoint_port_name"],
        "regex": endpoint["port"],
    });
    let usual = [
        ("__meta_kubernetes_namespace", "namespace"),
        ("__meta_kubernetes_service_name", "service"),
        ("__meta_kubernetes_pod_name", "pod"),
        ("__meta_kubernetes_pod_container_name", "container"),
        ("__meta_kubernetes_service_name", "job"),
        ("__meta_kubernetes_endpoint_port_name", "endpoint"),
    ];
    let usual =
        usual.map(|(source, target)| json!({ "source_labels": [source], "target_label": target }));
    let own = elements(&endpoint["relabelings"]).iter().map(|rule| {
        for (key, _) in entries(rule) {
            assert!(
                matches!(key.as_str(), "sourceLabels" | "action" | "targetLabel"),
                "this harness does not know `{key}` of a relabelling"
            );
        }
        json!({
            "source_labels": rule["sourceLabels"],
            "action": rule["action"],
            "target_label": rule["targetLabel"],
        })
    });
    [keep_namespace]
        .into_iter()
        .chain(keep_labels)
        .chain([keep_port])
        .chain(usual)
        .chain(own)
        .collect()
}

/// Returns the rendered rules with every time divided by `factor`.
fn rules(manifest: &Manifest, factor: u64) -> Value {
    let mut spec = manifest.only("PrometheusRule")["spec"].clone();
    for group in spec["groups"].as_array_mut().expect("there are groups") {
        group["interval"] = json!(shortened(string(&group["interval"]), factor));
        for rule in group["rules"].as_array_mut().expect("there are rules") {
            rule["expr"] = json!(with_shortened_windows(string(&rule["expr"]), factor));
            if let Some(hold) = rule.get("for") {
                rule["for"] = json!(shortened(string(hold), factor));
            }
        }
    }
    spec
}

/// Returns a duration of one number and one unit, divided.
fn shortened(duration: &str, factor: u64) -> String {
    format!("{}ms", milliseconds(duration) / factor)
}

fn milliseconds(duration: &str) -> u64 {
    let unit = duration.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let number: u64 = duration[..duration.len() - unit.len()]
        .parse()
        .unwrap_or_else(|_| panic!("not a duration: {duration}"));
    number
        * match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => panic!("this harness does not know the duration {duration}"),
        }
}

/// Returns an expression with its windows and offsets divided.
fn with_shortened_windows(expression: &str, factor: u64) -> String {
    let mut text = String::new();
    let mut rest = expression;
    while let Some(start) = ["[", "offset "]
        .iter()
        .filter_map(|mark| rest.find(mark).map(|at| at + mark.len()))
        .min()
    {
        let length = rest[start..]
            .find(|letter: char| !letter.is_ascii_alphanumeric())
            .unwrap_or(rest.len() - start);
        text += &rest[..start];
        text += &shortened(&rest[start..start + length], factor);
        rest = &rest[start + length..];
    }
    text + rest
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a string takes everything");
        }
    }
    encoded
}

#[test]
fn times_are_divided_wherever_they_are() {
    for (expression, divided) in [
        ("a{b=\"c\"} == 0", "a{b=\"c\"} == 0"),
        (
            "increase(a[5m]) > 0 or (a unless a offset 5m) > 0",
            "increase(a[10000ms]) > 0 or (a unless a offset 10000ms) > 0",
        ),
        (
            "rate(a[480s]) + rate(b[5m])",
            "rate(a[16000ms]) + rate(b[10000ms])",
        ),
    ] {
        assert_eq!(with_shortened_windows(expression, 30), divided);
    }
}
