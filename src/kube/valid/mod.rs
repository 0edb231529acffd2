//! What the API server and the kubelet ask of values beyond their fields and types, a rule a type.
//!
//! Each rule says what `pkg/apis/core/validation` of Kubernetes v1.33.13 says, unless it names another source. What the
//! objects are for is not known here.

mod container;
mod network;
mod placement;
mod resources;
mod security;
mod volume;

pub use container::{init_container, probe_handlers, readiness_probe, restarting_probe};
pub use resources::{amount, requirements};

use crate::diagnostic::{Diagnostic, ValuePath, range_in_words};
use crate::kube::label;
use crate::kube::shape::{self, Kind, Type};
use crate::yaml::{Mapping, Value};

/// What was found.
#[derive(Debug, Default)]
pub struct Faults(pub Vec<Diagnostic>);

/// A rule: looks at a map of its type, which stands at a path.
type Rule = fn(&Mapping, &ValuePath, &mut Faults);

const RULES: &[(&str, Rule)] = &[
    ("core.v1.AppArmorProfile", security::app_armor),
    ("core.v1.ConfigMapEnvSource", container::named_source),
    ("core.v1.ConfigMapKeySelector", container::key_of_source),
    ("core.v1.ConfigMapVolumeSource", volume::files),
    ("core.v1.Container", container::container),
    ("core.v1.ContainerPort", container::port),
    ("core.v1.EmptyDirVolumeSource", volume::empty_dir),
    ("core.v1.EnvFromSource", container::env_from),
    ("core.v1.EnvVar", container::variable),
    ("core.v1.ExecAction", container::exec),
    ("core.v1.GRPCAction", container::handler_port),
    ("core.v1.HTTPGetAction", container::handler_port),
    ("core.v1.HostAlias", network::host_alias),
    ("core.v1.HostPathVolumeSource", volume::host_path),
    ("core.v1.KeyToPath", volume::key_to_path),
    ("core.v1.LifecycleHandler", container::lifecycle_handler),
    ("core.v1.LocalObjectReference", container::named_source),
    ("core.v1.NodeSelector", placement::node_selector),
    (
        "core.v1.NodeSelectorRequirement",
        placement::node_requirement,
    ),
    ("core.v1.ObjectFieldSelector", container::object_field),
    ("core.v1.PersistentVolumeClaimVolumeSource", volume::claim),
    ("core.v1.PodAffinityTerm", placement::affinity_term),
    ("core.v1.PodDNSConfig", network::dns_config),
    ("core.v1.PodSecurityContext", security::pod),
    ("core.v1.PreferredSchedulingTerm", placement::weighted),
    ("core.v1.Probe", container::probe),
    ("core.v1.ResourceRequirements", resources::requirements),
    ("core.v1.SeccompProfile", security::seccomp),
    ("core.v1.SecretEnvSource", container::named_source),
    ("core.v1.SecretKeySelector", container::key_of_source),
    ("core.v1.SecretVolumeSource", volume::secret),
    ("core.v1.SecurityContext", security::container),
    ("core.v1.ServicePort", network::service_port),
    ("core.v1.Sysctl", security::sysctl),
    ("core.v1.TCPSocketAction", container::handler_port),
    ("core.v1.Toleration", placement::toleration),
    ("core.v1.TopologySpreadConstraint", placement::spread),
    ("core.v1.Volume", volume::volume),
    ("core.v1.VolumeMount", volume::mount),
    ("core.v1.WeightedPodAffinityTerm", placement::weighted),
    ("meta.v1.LabelSelector", placement::label_selector),
    (
        "meta.v1.LabelSelectorRequirement",
        placement::label_requirement,
    ),
    ("meta.v1.ObjectMeta", metadata),
];

/// Checks a map of a type that stands at a path, and all that is in it.
pub fn check(shape: Type, map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    let rules = RULES.iter().filter(|(name, _)| *name == shape.name);
    rules.for_each(|(_, rule)| rule(map, path, faults));
    for (key, value) in map.iter() {
        if let Some(field) = shape.field(key) {
            inner(field.kind, value, path.clone().key(key), faults);
        }
    }
}

fn inner(kind: Kind, value: &Value, path: ValuePath, faults: &mut Faults) {
    match (kind, value) {
        (Kind::Map(shape), Value::Mapping(map)) => check(shape, map, &path, faults),
        (Kind::ListOf(spelling), Value::Sequence(items)) => {
            let kind = shape::kind(spelling);
            for (index, item) in items.iter().enumerate() {
                inner(kind, item, path.clone().index(index), faults);
            }
        }
        (Kind::MapOf(spelling), Value::Mapping(map)) => {
            let kind = shape::kind(spelling);
            for (key, value) in map.iter() {
                inner(kind, value, path.clone().key(key), faults);
            }
        }
        _ => {}
    }
}

impl Faults {
    /// Reports the value at a path.
    fn value(
        &mut self,
        code: &'static str,
        path: ValuePath,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.push(Diagnostic::value(code, path, message))
    }

    /// Reports the key at the end of a path.
    fn key(
        &mut self,
        code: &'static str,
        path: ValuePath,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.push(Diagnostic::key(code, path, message))
    }

    fn push(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        self.0.push(diagnostic);
        self.0.last_mut().expect("one was pushed")
    }

    /// Reports a key without a value that needs one, at the map that should have it.
    fn missing(&mut self, map: &Mapping, key: &str, path: &ValuePath, message: &str) {
        let path = match map.get(key) {
            None | Some(Value::Null) => path.clone(),
            Some(_) => path.clone().key(key),
        };
        self.value("missing-value", path, message);
    }

    /// Reports a text that is empty.
    fn not_empty(&mut self, map: &Mapping, key: &str, path: &ValuePath, message: &str) {
        if map.get(key).and_then(Value::as_str) == Some("") {
            self.missing(map, key, path, message);
        }
    }

    /// Reports a name that breaks a rule.
    fn name(
        &mut self,
        map: &Mapping,
        key: &str,
        path: &ValuePath,
        what: &str,
        rule: fn(&str) -> Result<(), String>,
    ) {
        if let Some(Err(broken)) = map.text(key).map(rule) {
            self.value(
                "invalid-name",
                path.clone().key(key),
                format!("{what} {broken}"),
            );
        }
    }

    /// Reports a number that is not between two others, if there is one.
    fn range(&mut self, map: &Mapping, key: &str, path: &ValuePath, least: i64, most: i64) {
        let Some(number) = number(map, key) else {
            return;
        };
        if !(least..=most).contains(&number) {
            let wanted = range_in_words(least, most);
            let message = format!("`{key}` has to be {wanted}, not {number}");
            self.value("invalid-number", path.clone().key(key), message);
        }
    }

    /// Reports more than one of several keys that stand for each other; returns how many there are.
    fn one_of(
        &mut self,
        map: &Mapping,
        keys: &[&'static str],
        path: &ValuePath,
        what: &str,
    ) -> usize {
        let set: Vec<&str> = keys
            .iter()
            .filter(|key| is_set(map, key))
            .copied()
            .collect();
        if let [first, second, ..] = set[..] {
            let message = format!("{what} is one thing: `{first}` or `{second}`, not both");
            self.key("contradiction", path.clone().key(second), message)
                .help = Some("keep one of them".to_owned());
        }
        set.len()
    }
}

fn is_set(map: &Mapping, key: &str) -> bool {
    map.get(key).is_some_and(|value| *value != Value::Null)
}

fn number(map: &Mapping, key: &str) -> Option<i64> {
    match map.get(key) {
        Some(Value::Number(digits)) => digits.parse().ok(),
        _ => None,
    }
}

fn switch(map: &Mapping, key: &str) -> Option<bool> {
    match map.get(key) {
        Some(Value::Bool(switch)) => Some(*switch),
        _ => None,
    }
}

fn list<'m>(map: &'m Mapping, key: &str) -> &'m [Value] {
    map.get(key)
        .and_then(Value::as_sequence)
        .unwrap_or_default()
}

/// Labels and annotations of an object.
fn metadata(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    labels_under(map, "labels", path, faults);
    let annotations = map.get("annotations").and_then(Value::as_mapping);
    for (key, _) in annotations.into_iter().flat_map(Mapping::iter) {
        if let Err(rule) = label::annotation_key(key) {
            let path = path.clone().key("annotations").key(key);
            faults.key(
                "invalid-annotation",
                path,
                format!("the key of an annotation {rule}"),
            );
        }
    }
}

/// Checks labels.
pub fn labels(labels: &Mapping, path: &ValuePath, faults: &mut Faults) {
    for (key, value) in labels.iter() {
        let path = path.clone().key(key);
        if let Err(rule) = label::key(key) {
            let message = format!("the key of a label {rule}");
            faults.key("invalid-label", path.clone(), message);
        }
        if let Some(Err(rule)) = value.as_str().map(label::value) {
            let message = format!("the value of a label {rule}");
            faults.value("invalid-label", path, message);
        }
    }
}

/// Checks a map of labels under a key.
fn labels_under(map: &Mapping, key: &str, path: &ValuePath, faults: &mut Faults) {
    if let Some(own) = map.get(key).and_then(Value::as_mapping) {
        labels(own, &path.clone().key(key), faults);
    }
}

#[cfg(test)]
mod tests {
    use super::RULES;
    use crate::kube::shape;

    #[test]
    fn every_rule_is_for_a_type_of_the_table() {
        assert!(RULES.is_sorted_by_key(|(name, _)| *name));
        for (name, _) in RULES {
            assert!(shape::named(name).is_some(), "{name}");
        }
    }
}
