//! Every reference among the rendered objects of every case finds what it means, and nothing else: selectors, ports by
//! name, names of objects, the address that clients are given.

use serde_json::{Value, json};

use super::manifest::{Manifest, container, elements, integer, selects, string};
use crate::support;

/// What is rendered for one case.
pub(super) struct Rendered {
    pub(super) case: String,
    pub(super) manifest: Manifest,
}

impl Rendered {
    /// Returns every case that has a tier, rendered as a whole.
    pub(super) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for case in support::cases() {
            if case.is_mistaken() {
                continue;
            }
            let manifest = Manifest::render(&super::cases::arguments(&case));
            if manifest
                .objects
                .iter()
                .any(|object| object["kind"] == "StatefulSet")
            {
                all.push(Self {
                    case: case.name,
                    manifest,
                });
            }
        }
        assert!(all.len() > 20, "{}", all.len());
        all
    }

    fn set(&self) -> &Value {
        &self.manifest.only("StatefulSet")["spec"]
    }

    pub(super) fn pod(&self) -> &Value {
        &self.set()["template"]["spec"]
    }

    pub(super) fn server_labels(&self) -> &Value {
        &self.set()["template"]["metadata"]["labels"]
    }

    /// Returns the pod template of the backup, if there is one.
    pub(super) fn backup(&self) -> Option<&Value> {
        let job = self.of_kind("CronJob").next()?;
        Some(&job["spec"]["jobTemplate"]["spec"]["template"])
    }

    pub(super) fn of_kind<'r>(&'r self, kind: &'r str) -> impl Iterator<Item = &'r Value> {
        let objects = self.manifest.objects.iter();
        objects.filter(move |object| object["kind"] == kind)
    }

    /// Tells whether the values or the arguments of its case have a word.
    pub(super) fn says(&self, word: &str) -> bool {
        let directory = support::root().join("tests/cases").join(&self.case);
        let read = |file| std::fs::read_to_string(directory.join(file)).unwrap_or_default();
        read("values.yaml").contains(word) || read("args").contains(word)
    }

    /// Every pod template, the server's first.
    pub(super) fn pods(&self) -> impl Iterator<Item = &Value> {
        let backup = self.backup().map(|backup| &backup["spec"]);
        [self.pod()].into_iter().chain(backup)
    }

    fn has(&self, kind: &str, name: &Value) -> bool {
        self.of_kind(kind)
            .any(|object| object["metadata"]["name"] == *name)
    }

    /// Returns the Service that applications use.
    fn client_service(&self) -> &Value {
        let name = &self.manifest.only("StatefulSet")["metadata"]["name"];
        let mut services = self.of_kind("Service");
        services
            .find(|service| service["metadata"]["name"] == *name)
            .unwrap_or_else(|| panic!("{}: no Service {name}", self.case))
    }
}

/// The texts of all renders.
pub(super) fn all_texts() -> impl Iterator<Item = String> {
    Rendered::all()
        .into_iter()
        .map(|rendered| rendered.manifest.text)
}

#[test]
pub(super) fn every_service_leads_to_the_server_and_to_nothing_else() {
    for rendered in Rendered::all() {
        let case = &rendered.case;
        assert!(
            selects(&rendered.set()["selector"], rendered.server_labels()),
            "{case}"
        );
        for service in rendered.of_kind("Service") {
            let (name, spec) = (&service["metadata"]["name"], &service["spec"]);
            assert!(
                selects(&spec["selector"], rendered.server_labels()),
                "{case}: {name}"
            );
            if let Some(backup) = rendered.backup() {
                let labels = &backup["metadata"]["labels"];
                assert!(!selects(&spec["selector"], labels), "{case}: {name}");
            }
            for port in elements(&spec["ports"]) {
                // A sleeping pod has no exporter.
                let is_metrics = port["name"] == "metrics";
                if is_metrics && rendered.pod()["containers"].as_array().map(Vec::len) == Some(1) {
                    continue;
                }
                let target = if is_metrics {
                    "redis-exporter"
                } else {
                    "redis"
                };
                let ports = elements(&container(rendered.pod(), target)["ports"]);
                let found = ports
                    .iter()
                    .find(|known| known["name"] == port["targetPort"]);
                let protocols = found.map(|known| [&known["protocol"], &port["protocol"]]);
                assert!(
                    protocols.is_some_and(|both| both == ["TCP", "TCP"]),
                    "{case}: {name}: {port}"
                );
            }
        }
    }
}

/// Applications are led to a server that is ready; whoever watches, and whoever asks for a pod by name, to any.
#[test]
pub(super) fn applications_get_servers_that_are_ready() {
    for rendered in Rendered::all() {
        let case = &rendered.case;
        let of_clients = &rendered.client_service()["metadata"]["name"];
        for service in rendered.of_kind("Service") {
            let (name, spec) = (&service["metadata"]["name"], &service["spec"]);
            let is_for_all = spec["publishNotReadyAddresses"] == true;
            assert_eq!(is_for_all, name != of_clients, "{case}: {name}");
        }
    }
}

#[test]
pub(super) fn the_server_listens_where_its_port_is_said_to_be() {
    for rendered in Rendered::all() {
        let case = &rendered.case;
        let server = container(rendered.pod(), "redis");
        let port = &elements(&server["ports"])[0]["containerPort"];
        let config = rendered.manifest.named("ConfigMap", "-config");
        let text = string(&config["data"]["redis.conf"]);
        let line = text.lines().find_map(|line| line.strip_prefix("port "));
        assert_eq!(line, Some(port.to_string().as_str()), "{case}");
        for container in elements(&rendered.pod()["containers"]) {
            for entry in elements(&container["env"]) {
                if entry["name"] == "REDIS_ADDR" {
                    assert_eq!(
                        entry["value"],
                        format!("redis://127.0.0.1:{port}"),
                        "{case}"
                    );
                }
            }
        }
    }
}

#[test]
pub(super) fn applications_and_backups_are_given_the_address_of_the_service() {
    for rendered in Rendered::all() {
        let case = &rendered.case;
        let service = rendered.client_service();
        let name = string(&service["metadata"]["name"]);
        let port = integer(&elements(&service["spec"]["ports"])[0]["port"]);
        let env = rendered.manifest.named("ConfigMap", "-env");
        let address = string(&env["data"]["REDIS_ADDR"]);
        let (host, number) = address.rsplit_once(':').expect("host and port");
        assert_eq!(number, port.to_string(), "{case}");
        assert_eq!(host.split('.').next(), Some(name), "{case}");
        if let Some(backup) = rendered.backup() {
            let command = elements(&container(&backup["spec"], "backup")["command"]);
            let script = string(&command[2]);
            let asked = script.matches(&format!(" -h {name} -p {port} ")).count();
            assert_eq!(asked, script.matches(" -h ").count(), "{case}");
            assert!(asked >= 2, "{case}");
        }
    }
}

#[test]
pub(super) fn every_name_of_an_object_is_that_of_one() {
    for rendered in Rendered::all() {
        let case = &rendered.case;
        let set = rendered.set();
        let headless = rendered
            .of_kind("Service")
            .find(|service| service["metadata"]["name"] == set["serviceName"]);
        let headless = headless.unwrap_or_else(|| panic!("{case}: {}", set["serviceName"]));
        assert_eq!(headless["spec"]["clusterIP"], "None", "{case}");
        let claims: Vec<&Value> = elements(&set["volumeClaimTemplates"])
            .iter()
            .map(|claim| &claim["metadata"]["name"])
            .collect();
        for pod in rendered.pods() {
            assert_eq!(pod["automountServiceAccountToken"], false, "{case}");
            let account = &pod["serviceAccountName"];
            let is_somebodys = rendered.of_kind("ServiceAccount").next().is_none();
            assert!(
                is_somebodys || rendered.has("ServiceAccount", account),
                "{case}: {account}"
            );
            let volumes = elements(&pod["volumes"]);
            let is_volume = |name: &Value| {
                claims.contains(&name) || volumes.iter().any(|volume| volume["name"] == *name)
            };
            for container in elements(&pod["initContainers"])
                .iter()
                .chain(elements(&pod["containers"]))
            {
                for mount in elements(&container["volumeMounts"]) {
                    assert!(is_volume(&mount["name"]), "{case}: {mount}");
                }
            }
            for volume in volumes {
                if let Some(source) = volume.get("configMap") {
                    assert!(
                        rendered.has("ConfigMap", &source["name"]),
                        "{case}: {volume}"
                    );
                }
                if let Some(source) = volume.get("persistentVolumeClaim") {
                    let claim = &source["claimName"];
                    assert!(
                        rendered.has("PersistentVolumeClaim", claim)
                            || rendered.says(string(claim)),
                        "{case}: {volume}"
                    );
                }
            }
        }
        for name in secrets(&rendered) {
            assert_eq!(name, secrets(&rendered)[0], "{case}: two Secrets");
            let is_made = rendered.has("Secret", &name) || rendered.has("ExternalSecret", &name);
            let is_any = ["Secret", "ExternalSecret"]
                .iter()
                .any(|kind| rendered.of_kind(kind).next().is_some());
            assert!(is_made || !is_any, "{case}: {name}");
        }
    }
}

/// The name of the Secret in every place that has one.
fn secrets(rendered: &Rendered) -> Vec<Value> {
    let mut names = Vec::new();
    for pod in rendered.pods() {
        let volumes = elements(&pod["volumes"]).iter();
        names.extend(volumes.map(|volume| volume["secret"]["secretName"].clone()));
        for container in elements(&pod["containers"]) {
            let variables = elements(&container["env"]).iter();
            names.extend(variables.map(|entry| entry["valueFrom"]["secretKeyRef"]["name"].clone()));
        }
    }
    names.retain(|name| !name.is_null());
    names
}

#[test]
pub(super) fn policies_and_budgets_are_about_the_pods_they_mean() {
    let mut n_policies = 0;
    for rendered in Rendered::all() {
        let case = &rendered.case;
        let server = rendered.server_labels();
        for budget in rendered.of_kind("PodDisruptionBudget") {
            assert!(selects(&budget["spec"]["selector"], server), "{case}");
            // Any share that must be there of a single pod is all of it, and no drain would ever take it.
            let lost = &budget["spec"]["maxUnavailable"];
            assert!(!lost.is_null() && *lost != 0 && *lost != "0%", "{case}");
        }
        let backup = rendered
            .backup()
            .map(|backup| &backup["metadata"]["labels"]);
        let mut has_policy_of_server = false;
        for policy in rendered.of_kind("NetworkPolicy") {
            n_policies += 1;
            let spec = &policy["spec"];
            assert_eq!(spec["policyTypes"], json!(["Ingress", "Egress"]), "{case}");
            let is_of_server = selects(&spec["podSelector"], server);
            has_policy_of_server |= is_of_server;
            let is_of_backup = backup.is_some_and(|labels| selects(&spec["podSelector"], labels));
            assert!(is_of_server != is_of_backup, "{case}: {policy}");
            let port = &elements(&container(rendered.pod(), "redis")["ports"])[0]["containerPort"];
            let (rules, peer, other) = if is_of_server {
                (&spec["ingress"], "from", backup)
            } else {
                (&spec["egress"], "to", Some(server))
            };
            // Whoever is meant by its labels is let through to the server's port.
            let Some(other) = other else { continue };
            let lets = elements(rules).iter().any(|rule| {
                let peers = elements(&rule[peer]);
                peers
                    .iter()
                    .any(|peer| selects(&peer["podSelector"], other))
                    && elements(&rule["ports"])
                        .iter()
                        .any(|known| known["port"] == *port)
            });
            assert!(lets, "{case}: {policy}");
        }
        assert!(
            has_policy_of_server || rendered.of_kind("NetworkPolicy").next().is_none(),
            "{case}"
        );
    }
    assert!(n_policies > 20, "{n_policies}");
}

#[test]
fn the_metrics_are_open_to_whoever_scrapes_and_to_nobody_else() {
    for rendered in Rendered::all() {
        let Some(port) = elements(&rendered.pod()["containers"])
            .iter()
            .find(|container| container["name"] == "redis-exporter")
            .map(|container| &elements(&container["ports"])[0]["containerPort"])
        else {
            continue;
        };
        for policy in rendered.of_kind("NetworkPolicy") {
            for rule in elements(&policy["spec"]["ingress"]) {
                let is_metrics = elements(&rule["ports"])
                    .iter()
                    .any(|known| known["port"] == *port);
                let is_for_all = elements(&rule["from"]).is_empty()
                    || elements(&rule["from"])
                        .iter()
                        .any(|peer| *peer == json!({}));
                assert!(!is_metrics || !is_for_all, "{}: {rule}", rendered.case);
            }
        }
    }
}
