//! What is rendered is a base that the real `kubectl kustomize` builds, without changing what it says.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::roots::{Suite, output, privileged};
use crate::support::root;

/// Builds a directory of `examples/kustomize`, and returns its objects by kind and name.
fn build(directory: &str) -> BTreeMap<String, Value> {
    // Where kubectl cannot look outside of its installation, the files have to come to it.
    let temporary = Suite::Trixie.root_with("kubectl").join("tmp");
    let scratch = tempfile::tempdir_in(temporary).unwrap();
    let mut copy = privileged("cp");
    copy.arg("-r")
        .arg(root().join("examples/kustomize"))
        .arg(scratch.path());
    assert!(output(&mut copy, b"").status.success());
    let inside = format!("/tmp/{}", scratch.path().file_name().unwrap().display());
    let run = Suite::Trixie.run(
        "kubectl",
        &["kustomize", &format!("{inside}/kustomize/{directory}")],
        b"",
    );
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    by_name(&String::from_utf8(run.stdout).unwrap())
}

fn by_name(stream: &str) -> BTreeMap<String, Value> {
    let objects: Vec<Value> = serde_yaml::from_multiple(stream).unwrap();
    objects
        .into_iter()
        .map(|object| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let name = text(&object["metadata"]["name"]);
            (format!("{}/{name}", text(&object["kind"])), object)
        })
        .collect()
}

#[test]
#[ignore = "needs kubectl: run scripts/test"]
fn kustomize_changes_nothing_but_what_it_is_told() {
    let path = root().join("examples/kustomize/base/pages.yaml");
    let mut rendered = by_name(&std::fs::read_to_string(path).unwrap());
    assert!(rendered.len() > 8);
    assert_eq!(build("base"), rendered);
    for object in rendered.values_mut() {
        object["metadata"]["labels"]["environment"] = json!("production");
    }
    let service = rendered.get_mut("Service/pages-redis").unwrap();
    service["metadata"]["annotations"] = json!({"example.com/owner": "shop"});
    assert_eq!(build("production"), rendered);
}
