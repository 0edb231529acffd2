//! Every object is what the strict schemas of every supported version of Kubernetes want, as kubernetes-validate has them.

use std::process::Command;

use serde_json::{Value, json};

use cachegen::kube::version::{CEILING, FLOOR};

use super::roots::output;
use super::tools::tool;
use crate::schemas::is_built_in;
use crate::support::every_object;

/// Returns the faults of each object in each supported version, as `index version: message`.
fn faults(objects: &[Value]) -> Vec<String> {
    let versions = (FLOOR.minor..=CEILING.minor).map(|minor| format!("1.{minor}"));
    let mut command = Command::new(tool("kubernetes-validate", "python"));
    command
        .args(["-c", include_str!("schemas.py")])
        .args(versions);
    let output = output(&mut command, json!(objects).to_string().as_bytes());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let faults: Vec<(usize, String, String)> = serde_json::from_slice(&output.stdout).unwrap();
    faults
        .into_iter()
        .map(|(index, version, message)| format!("{index} {version}: {message}"))
        .collect()
}

#[test]
#[ignore = "needs kubernetes-validate: run scripts/test"]
pub(super) fn every_object_is_valid_in_every_supported_version() {
    let mut cases = Vec::new();
    let mut objects: Vec<Value> = Vec::new();
    for (case, object) in every_object() {
        if is_built_in(&object) && !objects.contains(&object) {
            cases.push(format!("{case}: {}", object["kind"]));
            objects.push(object);
        }
    }
    assert!(objects.len() > 50);
    assert_eq!(faults(&objects), Vec::<String>::new(), "{cases:#?}");
}

/// Schemas that accept anything would prove nothing.
#[test]
#[ignore = "needs kubernetes-validate: run scripts/test"]
fn strict_schemas_refuse_what_they_do_not_know() {
    let objects = [
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "date": {}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": 1}}),
        json!({"apiVersion": "v1", "kind": "Configmaps", "metadata": {"name": "a"}}),
    ];
    let faults = faults(&objects);
    let n_versions = usize::from(CEILING.minor - FLOOR.minor) + 1;
    assert_eq!(faults.len(), objects.len() * n_versions, "{faults:#?}");
}
