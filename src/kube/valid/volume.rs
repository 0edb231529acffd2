//! Volumes and where they are mounted.

use super::{Faults, list, number, switch};
use crate::diagnostic::{ValuePath, twins};
use crate::kube::name;
use crate::kube::quantity::Quantity;
use crate::yaml::{Mapping, Value};

/// All permission bits.
const MAX_MODE: i64 = 0o777;

pub(super) fn volume(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    faults.name(map, "name", path, "the name of a volume", name::dns_label);
    let sources: Vec<&str> = map
        .iter()
        .filter(|(key, value)| *key != "name" && **value != Value::Null)
        .map(|(key, _)| key)
        .collect();
    if let [first, second, ..] = sources[..] {
        let message = format!("a volume is one thing: `{first}` or `{second}`, not both");
        faults
            .key("contradiction", path.clone().key(second), message)
            .help = Some("make it a volume of its own".to_owned());
    }
}

pub(super) fn mount(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    faults.not_empty(map, "mountPath", path, "a mount needs a `mountPath`");
    faults.one_of(map, &["subPath", "subPathExpr"], path, "what is mounted");
    for key in ["subPath", "subPathExpr"] {
        if let Some(Err(rule)) = map.text(key).map(descending) {
            let message = format!("the path in a volume {rule}");
            faults.value("invalid-path", path.clone().key(key), message);
        }
    }
    let is_recursive = map
        .text("recursiveReadOnly")
        .is_some_and(|mode| mode != "Disabled");
    if is_recursive && switch(map, "readOnly") != Some(true) {
        let message = "`recursiveReadOnly` is for mounts with `readOnly: true`";
        faults.key(
            "contradiction",
            path.clone().key("recursiveReadOnly"),
            message,
        );
    }
}

pub(super) fn secret(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    if map.text("secretName").is_none() {
        let message = "a volume of a Secret needs its `secretName`";
        faults.missing(map, "secretName", path, message);
    }
    mode(map, "defaultMode", path, faults);
}

pub(super) fn files(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    if map.text("name").is_none() {
        let message = "a volume of a ConfigMap needs its `name`";
        faults.missing(map, "name", path, message);
    }
    mode(map, "defaultMode", path, faults);
}

pub(super) fn claim(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    faults.not_empty(map, "claimName", path, "a claim needs its `claimName`");
}

pub(super) fn empty_dir(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    // Others pass the API server, and the kubelet does not mount them (`unknown storage medium`).
    if let Some(medium) = map.text("medium")
        && medium != "Memory"
        && medium != "HugePages"
        && !medium.starts_with("HugePages-")
    {
        let message = format!("`{medium}` is not a medium");
        faults
            .value("invalid-choice", path.clone().key("medium"), message)
            .help = Some("the choices are `Memory`, `HugePages` and `HugePages-<size>`; left out, it is the node's disk".to_owned());
    }
    let limit = map
        .text("sizeLimit")
        .and_then(|size| Quantity::parse(size).ok());
    if limit.is_some_and(|limit| limit.is_negative()) {
        let path = path.clone().key("sizeLimit");
        faults.value("invalid-quantity", path, "a size is not negative");
    }
}

pub(super) fn host_path(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    let directory = map.get("path").and_then(Value::as_str);
    if directory == Some("") {
        faults.missing(
            map,
            "path",
            path,
            "a directory of the node needs its `path`",
        );
    }
    if directory.is_some_and(|directory| directory.split('/').any(|part| part == "..")) {
        let message = "the path of a directory must not contain `..`";
        faults.value("invalid-path", path.clone().key("path"), message);
    }
}

pub(super) fn key_to_path(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    faults.name(map, "key", path, "the key of a file", name::data_key);
    let file = map.get("path").and_then(Value::as_str);
    let broken = match file {
        Some("") => Some("must not be empty".to_owned()),
        other => other.map(descending).and_then(Result::err),
    };
    if let Some(rule) = broken {
        let message = format!("the path of a file {rule}");
        faults.value("invalid-path", path.clone().key("path"), message);
    }
    mode(map, "mode", path, faults);
}

fn mode(map: &Mapping, key: &str, path: &ValuePath, faults: &mut Faults) {
    if let Some(mode) = number(map, key)
        && !(0..=MAX_MODE).contains(&mode)
    {
        let message = format!("a file's mode is from 0000 to 0777, not {mode} (0{mode:o})");
        faults
            .value("invalid-number", path.clone().key(key), message)
            .help = Some("write it with a leading zero, such as `0640`".to_owned());
    }
}

/// Checks a path that leads down from where it starts.
pub(super) fn descending(path: &str) -> Result<(), String> {
    if path.starts_with('/') {
        return Err("must not start with `/`".to_owned());
    }
    if path.split('/').any(|part| part == "..") {
        return Err("must not contain `..`".to_owned());
    }
    Ok(())
}

/// Reports what is mounted where something is mounted already.
pub(super) fn mounts(container: &Mapping, path: &ValuePath, faults: &mut Faults) {
    let mounts = list(container, "volumeMounts");
    let place = |mount: &Value| {
        let map = mount.as_mapping()?;
        map.text("mountPath")
            .map(|place| place.trim_end_matches('/').to_owned())
    };
    let security = container.get("securityContext").and_then(Value::as_mapping);
    let is_privileged = security.is_some_and(|map| switch(map, "privileged") == Some(true));
    for (index, _) in twins(mounts.iter().map(place)) {
        let here = place(&mounts[index]).unwrap_or_default();
        let path = path.clone().key("volumeMounts").index(index);
        let message = format!("something is mounted at `{here}` already");
        faults.value("duplicate-name", path.key("mountPath"), message);
    }
    for (index, mount) in mounts.iter().enumerate() {
        let path = path.clone().key("volumeMounts").index(index);
        let is_shared = mount
            .as_mapping()
            .is_some_and(|map| map.text("mountPropagation") == Some("Bidirectional"));
        if is_shared && !is_privileged {
            let message = "`Bidirectional` is for privileged containers";
            faults.value("contradiction", path.key("mountPropagation"), message);
        }
    }
}
