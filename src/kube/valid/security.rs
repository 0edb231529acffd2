//! As whom processes run, and what they may do.

use super::volume::descending;
use super::{Faults, is_set, list, switch};
use crate::diagnostic::{ValuePath, twins};
use crate::yaml::{Mapping, Value};

/// The largest id of a user or group: `IsValidUserID` and `IsValidGroupID` of apimachinery.
const MAX_ID: i64 = i32::MAX as i64;

pub(super) fn container(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    ids(map, &["runAsUser", "runAsGroup"], path, faults);
    if switch(map, "allowPrivilegeEscalation") == Some(false) {
        privileges(map, path, faults);
    }
    not_root(map, path, faults);
}

/// Reports what needs privileges in a container that may not gain any.
fn privileges(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    let help = "write `allowPrivilegeEscalation: true` beside it, or leave it out";
    if switch(map, "privileged") == Some(true) {
        let message = "a container that may not gain privileges cannot be privileged";
        faults
            .value("contradiction", path.clone().key("privileged"), message)
            .help = Some(help.to_owned());
    }
    let capabilities = map.get("capabilities").and_then(Value::as_mapping);
    let added = capabilities.map_or(&[][..], |capabilities| list(capabilities, "add"));
    for (index, capability) in added.iter().enumerate() {
        if capability.as_str() == Some("CAP_SYS_ADMIN") {
            let path = path.clone().key("capabilities").key("add").index(index);
            let message = "a container that may not gain privileges cannot have the capability `CAP_SYS_ADMIN`";
            faults.value("contradiction", path, message).help = Some(help.to_owned());
        }
    }
}

/// Reports the user 0 where root is excluded: the kubelet does not start such a container (`verifyRunAsNonRoot`).
fn not_root(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    if super::number(map, "runAsUser") == Some(0) && switch(map, "runAsNonRoot") == Some(true) {
        let message = "the user 0 is root, which `runAsNonRoot` excludes: no container would start";
        faults
            .value("contradiction", path.clone().key("runAsUser"), message)
            .help = Some("choose another user, or set `runAsNonRoot` to false".to_owned());
    }
}

pub(super) fn pod(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    ids(map, &["runAsUser", "runAsGroup", "fsGroup"], path, faults);
    for (index, group) in list(map, "supplementalGroups").iter().enumerate() {
        if let Value::Number(digits) = group
            && digits
                .parse::<i64>()
                .is_ok_and(|id| !(0..=MAX_ID).contains(&id))
        {
            let path = path.clone().key("supplementalGroups").index(index);
            faults.value(
                "invalid-number",
                path,
                format!("a group is from 0 to {MAX_ID}"),
            );
        }
    }
    let sysctls = list(map, "sysctls");
    let name = |value: &Value| {
        value
            .as_mapping()
            .and_then(|map| map.text("name"))
            .map(dotted)
    };
    for (index, _) in twins(sysctls.iter().map(name)) {
        let path = path.clone().key("sysctls").index(index).key("name");
        faults.value("duplicate-name", path, "this sysctl stands twice here");
    }
    not_root(map, path, faults);
}

fn ids(map: &Mapping, keys: &[&str], path: &ValuePath, faults: &mut Faults) {
    for key in keys {
        faults.range(map, key, path, 0, MAX_ID);
    }
}

/// The name of a sysctl with points for slashes, unless the first of them is a point (`NormalizeSysctlName`).
fn dotted(name: &str) -> String {
    match name.find(['.', '/']) {
        Some(first) if name[first..].starts_with('/') => name
            .chars()
            .map(|c| match c {
                '/' => '.',
                '.' => '/',
                other => other,
            })
            .collect(),
        _ => name.to_owned(),
    }
}

pub(super) fn sysctl(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    // `SysctlContainSlashFmt`: segments of lower-case letters, digits, `-` and `_`, that begin and end with the former.
    let is_segment = |segment: &str| {
        let is_end =
            |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        is_end(segment.chars().next())
            && is_end(segment.chars().next_back())
            && segment
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
    };
    let name = map.get("name").and_then(Value::as_str).unwrap_or("x");
    if name.len() > 253 || !name.split(['.', '/']).all(is_segment) {
        let message = format!("`{name}` is not the name of a sysctl, such as `net.core.somaxconn`");
        faults.value("invalid-name", path.clone().key("name"), message);
    }
}

pub(super) fn app_armor(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    let Some(kind) = map.text("type") else {
        return;
    };
    let is_local = kind == "Localhost";
    if is_local && map.text("localhostProfile").is_none() {
        let message =
            "a profile of the type `Localhost` needs `localhostProfile`, its name on the node";
        faults.missing(map, "localhostProfile", path, message);
    }
    if !is_local && is_set(map, "localhostProfile") {
        let path = path.clone().key("localhostProfile");
        let message = "`localhostProfile` is for profiles of the type `Localhost` only";
        faults.key("contradiction", path, message).help =
            Some("write `type: Localhost`, or leave it out".to_owned());
    }
}

pub(super) fn seccomp(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    app_armor(map, path, faults);
    if map.text("type") == Some("Localhost")
        && let Some(Err(rule)) = map.text("localhostProfile").map(descending)
    {
        let message = format!("the file of a profile {rule}");
        faults.value(
            "invalid-path",
            path.clone().key("localhostProfile"),
            message,
        );
    }
}
