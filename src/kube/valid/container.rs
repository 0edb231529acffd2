//! Containers: their names, variables, ports, probes and hooks.

use super::network::port as number_or_name;
use super::{Faults, is_set, list, number, volume};
use crate::diagnostic::{ValuePath, twins};
use crate::kube::name;
use crate::yaml::{Mapping, Value};

/// What a probe does: one of these.
const HANDLERS: [&str; 4] = ["exec", "httpGet", "tcpSocket", "grpc"];

const PROBES: [&str; 3] = ["startupProbe", "livenessProbe", "readinessProbe"];

const SOURCES: [&str; 5] = [
    "fieldRef",
    "resourceFieldRef",
    "configMapKeyRef",
    "secretKeyRef",
    "fileKeyRef",
];

pub(super) fn container(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    faults.not_empty(map, "name", path, "a container needs a `name`");
    faults.name(
        map,
        "name",
        path,
        "the name of a container",
        name::dns_label,
    );
    if map.text("image").is_none() {
        faults.missing(map, "image", path, "a container needs an `image`");
    }
    if let Some(image) = map.text("image").filter(|image| image.trim() != *image) {
        let message = format!("the image `{image}` begins or ends with a space");
        faults.value("invalid-image", path.clone().key("image"), message);
    }
    for key in ["env", "ports"] {
        unique_names(map, key, path, faults);
    }
    volume::mounts(map, path, faults);
    for key in PROBES {
        let Some(probe) = map.get(key).and_then(Value::as_mapping) else {
            continue;
        };
        let path = path.clone().key(key);
        if probe_handlers(probe, &path, faults) == 0 {
            let message = format!("a probe needs a handler: `{}`", HANDLERS.join("`, `"));
            faults.value("missing-value", path.clone(), message);
        }
        if key == "readinessProbe" {
            readiness_probe(probe, &path, faults);
        } else {
            restarting_probe(probe, &path, faults);
        }
    }
}

/// Counts what a probe does, which is one thing.
pub fn probe_handlers(map: &Mapping, path: &ValuePath, faults: &mut Faults) -> usize {
    faults.one_of(map, &HANDLERS, path, "what a probe does")
}

/// A probe whose failure restarts the container.
pub fn restarting_probe(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    if !matches!(number(map, "successThreshold"), None | Some(0)) {
        faults.range(map, "successThreshold", path, 1, 1);
    }
}

/// A probe whose failure restarts nothing.
pub fn readiness_probe(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    if is_set(map, "terminationGracePeriodSeconds") {
        let message = "a readiness probe ends no container, so that there is no time to give";
        let path = path.clone().key("terminationGracePeriodSeconds");
        faults.key("contradiction", path, message).help = Some("leave it out".to_owned());
    }
}

pub(super) fn probe(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    faults.range(map, "initialDelaySeconds", path, 0, i64::MAX);
    // 0 is taken for the default, whatever that is meant to say.
    for key in [
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        faults.range(map, key, path, 1, i64::MAX);
    }
    faults.range(map, "terminationGracePeriodSeconds", path, 1, i64::MAX);
}

/// An init container that does not run on beside the others has nothing to be probed for.
pub fn init_container(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    if map.text("restartPolicy") == Some("Always") {
        return;
    }
    for key in PROBES.into_iter().chain(["lifecycle"]) {
        if is_set(map, key) {
            let message = format!("an init container that ends has no `{key}`");
            faults
                .key("contradiction", path.clone().key(key), message)
                .help = Some(
                "leave it out, or write `restartPolicy: Always` for one that runs on".to_owned(),
            );
        }
    }
}

pub(super) fn port(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    faults.range(map, "containerPort", path, 1, 65535);
    if number(map, "hostPort") != Some(0) {
        faults.range(map, "hostPort", path, 1, 65535);
    }
    faults.name(map, "name", path, "the name of a port", name::port_name);
}

pub(super) fn variable(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    faults.not_empty(map, "name", path, "an environment variable needs a `name`");
    faults.name(
        map,
        "name",
        path,
        "the name of an environment variable",
        name::env_name,
    );
    let Some(from) = map.get("valueFrom").and_then(Value::as_mapping) else {
        return;
    };
    let path = path.clone().key("valueFrom");
    if map.text("value").is_some() {
        let message = "an environment variable has a `value` or takes it from elsewhere, not both";
        faults.key("contradiction", path.clone(), message).help =
            Some("keep `value` or `valueFrom`".to_owned());
    }
    if faults.one_of(from, &SOURCES, &path, "where a value comes from") == 0 {
        let message = format!(
            "the value comes from nowhere: name one of `{}`",
            SOURCES[..4].join("`, `")
        );
        faults.value("missing-value", path, message);
    }
}

pub(super) fn env_from(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    let keys = ["configMapRef", "secretRef"];
    if faults.one_of(map, &keys, path, "where variables come from") == 0 {
        let message = "the variables come from nowhere: name `configMapRef` or `secretRef`";
        faults.value("missing-value", path.clone(), message);
    }
    faults.name(
        map,
        "prefix",
        path,
        "the prefix of environment variables",
        name::env_name,
    );
}

/// A reference that is nothing without the name.
pub(super) fn named_source(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    if map.text("name").is_none() {
        faults.missing(map, "name", path, "a reference needs a `name`");
    }
    faults.name(
        map,
        "name",
        path,
        "the name of an object",
        name::dns_subdomain,
    );
}

pub(super) fn key_of_source(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    named_source(map, path, faults);
    faults.not_empty(map, "key", path, "a reference needs a `key`");
    faults.name(map, "key", path, "the key of a value", name::data_key);
}

/// What a container can know of its pod: `validEnvDownwardAPIFieldPathExpressions` and its like for volumes.
pub(super) fn object_field(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    const FIELDS: [&str; 11] = [
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "metadata.labels",
        "metadata.annotations",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    ];
    let field = map
        .get("fieldPath")
        .and_then(Value::as_str)
        .unwrap_or("metadata.name");
    let is_entry = ["metadata.labels['", "metadata.annotations['"]
        .iter()
        .any(|start| field.starts_with(start) && field.ends_with("']"));
    if !is_entry && !FIELDS.contains(&field) {
        let message = format!("`{field}` is not a field of the pod that a container can know");
        let near = crate::diagnostic::nearest(field, FIELDS);
        faults
            .value("invalid-choice", path.clone().key("fieldPath"), message)
            .help = Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "there are `{}`, and entries such as `metadata.labels['app']`",
                FIELDS.join("`, `")
            ),
        });
    }
}

pub(super) fn exec(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    if list(map, "command").is_empty() {
        faults.missing(map, "command", path, "what is run needs a `command`");
    }
}

pub(super) fn handler_port(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    number_or_name(map, "port", path, faults);
}

pub(super) fn lifecycle_handler(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    let keys = ["exec", "httpGet", "tcpSocket", "sleep"];
    if faults.one_of(map, &keys, path, "what a hook does") == 0 {
        let message = format!("a hook needs a handler: `{}`", keys.join("`, `"));
        faults.value("missing-value", path.clone(), message);
    }
}

fn unique_names(map: &Mapping, key: &str, path: &ValuePath, faults: &mut Faults) {
    let names: Vec<Option<&str>> = list(map, key)
        .iter()
        .map(|item| item.at(&["name"]).and_then(Value::as_str))
        .map(|name| name.filter(|name| !name.is_empty()))
        .collect();
    for (index, _) in twins(names.iter().copied()) {
        let path = path.clone().key(key).index(index).key("name");
        let name = names[index].unwrap_or_default();
        let message = format!("the name `{name}` stands twice in `{key}`");
        faults.value("duplicate-name", path, message).help = Some("choose another name".to_owned());
    }
}
