//! Custom resources are what their own definitions want: `tests/data/crds.json`, made by `scripts/learn-crds`.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{every_object, root};

/// An object's `apiVersion` and `kind`.
type Type = (String, String);

fn type_of(object: &Value) -> Type {
    let text = |key: &str| object[key].as_str().unwrap().to_owned();
    (text("apiVersion"), text("kind"))
}

/// The validators of all custom resources that are rendered.
fn validators() -> BTreeMap<Type, Validator> {
    let text = std::fs::read_to_string(root().join("tests/data/crds.json")).unwrap();
    let crds: Vec<Value> = serde_json::from_str(&text).unwrap();
    crds.iter()
        .map(|crd| {
            (
                type_of(crd),
                jsonschema::validator_for(&crd["schema"]).unwrap(),
            )
        })
        .collect()
}

/// Whether Kubernetes itself defines an object; what others define has a domain of their own in its group.
pub(crate) fn is_built_in(object: &Value) -> bool {
    let (api_version, _) = type_of(object);
    let group = api_version
        .split_once('/')
        .map_or("", |(group, _)| group)
        .to_owned();
    !group.contains('.') || group.ends_with(".k8s.io")
}

fn faults(validator: &Validator, object: &Value) -> Vec<String> {
    validator
        .iter_errors(object)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
pub(crate) fn every_custom_resource_is_what_its_definition_wants() {
    let validators = validators();
    let mut unseen: BTreeSet<&Type> = validators.keys().collect();
    for (case, object) in every_object() {
        let kind = type_of(&object);
        if is_built_in(&object) || kind.0.starts_with("example.com/") {
            continue;
        }
        let validator = validators
            .get(&kind)
            .unwrap_or_else(|| panic!("{case}: {kind:?} is not in tests/data/crds.json"));
        assert_eq!(
            faults(validator, &object),
            Vec::<String>::new(),
            "{case}: {kind:?}"
        );
        unseen.remove(&kind);
    }
    assert!(unseen.is_empty(), "no case renders {unseen:?}");
}

/// Schemas that accept anything would prove nothing.
#[test]
fn the_definitions_refuse_what_the_api_server_refuses() {
    let validators = validators();
    let faults = |mut object: Value, path: &str, value: Value| {
        let validator = &validators[&type_of(&object)];
        assert_eq!(faults(validator, &object), Vec::<String>::new());
        let (parent, key) = path.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[key] = value;
        faults(validator, &object).len()
    };
    let of_kind = |kind: &str| {
        let mut objects = every_object().into_iter().map(|(_, object)| object);
        objects.find(|object| object["kind"] == kind).unwrap()
    };
    let (monitor, rule, secret) = (
        of_kind("ServiceMonitor"),
        of_kind("PrometheusRule"),
        of_kind("ExternalSecret"),
    );
    for (object, path, value) in [
        (&monitor, "/spec/endpoint", json!([])),
        (&monitor, "/spec/endpoints", json!({})),
        (&monitor, "/spec/endpoints/0/intervall", json!("30s")),
        (&monitor, "/spec/endpoints/0/interval", json!("30 s")),
        (&rule, "/spec/groups/0/rules/0/for", json!("5 minutes")),
        (&rule, "/spec/groups/0/rules/0/labels", json!({"a": 1})),
        (&secret, "/spec/secretStoreRef/kind", json!("Store")),
        (&secret, "/spec/target/creationPolicy", json!("Own")),
    ] {
        assert!(
            faults(object.clone(), path, value.clone()) > 0,
            "{path}: {value}"
        );
    }
}
