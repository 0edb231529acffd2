//! Where pods run: tolerations, spreading, affinity and the selectors in them.

use super::{Faults, is_set, labels_under, list};
use crate::diagnostic::ValuePath;
use crate::kube::label;
use crate::yaml::{Mapping, Value};

pub(super) fn toleration(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    let operator = map.text("operator").unwrap_or("Equal");
    label_key(map, "key", path, faults);
    if map.text("key").is_none() && operator != "Exists" {
        faults
            .value("missing-value", path.clone(), "a toleration needs a `key`")
            .help = Some("to tolerate every taint, write `operator: Exists`".to_owned());
    }
    match (operator, map.text("value")) {
        ("Exists", Some(_)) => {
            let message = "a toleration that asks whether a key exists takes no value";
            faults
                .value("contradiction", path.clone().key("value"), message)
                .help = Some("leave `value` out, or use the operator `Equal`".to_owned());
        }
        ("Equal", Some(value)) => {
            if let Err(rule) = label::value(value) {
                let message = format!("the value of a taint {rule}");
                faults.value("invalid-label", path.clone().key("value"), message);
            }
        }
        _ => {}
    }
    if is_set(map, "tolerationSeconds") && map.text("effect") != Some("NoExecute") {
        let message = "`tolerationSeconds` is how long a pod stays where it must not: only under the effect `NoExecute`";
        faults
            .key(
                "contradiction",
                path.clone().key("tolerationSeconds"),
                message,
            )
            .help = Some("leave it out, or write `effect: NoExecute`".to_owned());
    }
}

pub(super) fn spread(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    faults.range(map, "maxSkew", path, 1, i64::MAX);
    faults.range(map, "minDomains", path, 1, i64::MAX);
    topology_key(map, path, faults);
    if is_set(map, "minDomains") && map.text("whenUnsatisfiable") == Some("ScheduleAnyway") {
        let message = "`minDomains` is for constraints that must hold: with `whenUnsatisfiable: DoNotSchedule`";
        faults.key("contradiction", path.clone().key("minDomains"), message);
    }
    if !list(map, "matchLabelKeys").is_empty() && !is_set(map, "labelSelector") {
        let message = "`matchLabelKeys` needs a `labelSelector` beside it";
        faults.key("missing-value", path.clone().key("matchLabelKeys"), message);
    }
}

pub(super) fn affinity_term(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    topology_key(map, path, faults);
}

fn topology_key(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    faults.not_empty(map, "topologyKey", path, "the topology needs a key");
    label_key(map, "topologyKey", path, faults);
}

pub(super) fn weighted(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    faults.range(map, "weight", path, 1, 100);
}

pub(super) fn node_selector(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    if map
        .get("nodeSelectorTerms")
        .and_then(Value::as_sequence)
        .is_some_and(<[Value]>::is_empty)
    {
        let message = "without a term no node is selected";
        faults.missing(map, "nodeSelectorTerms", path, message);
    }
}

pub(super) fn node_requirement(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    label_key(map, "key", path, faults);
    let values = list(map, "values");
    if let Some(operator @ ("Gt" | "Lt")) = map.text("operator") {
        let is_number = |value: &Value| value.as_str().is_some_and(|v| v.parse::<i64>().is_ok());
        if values.len() != 1 || !values.iter().all(is_number) {
            faults.value(
                "invalid-number",
                path.clone().key("values"),
                format!("the operator `{operator}` wants one whole number in `values`"),
            );
        }
        return;
    }
    condition(map, path, faults);
}

pub(super) fn label_selector(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    labels_under(map, "matchLabels", path, faults);
}

pub(super) fn label_requirement(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    const OPERATORS: [&str; 4] = ["In", "NotIn", "Exists", "DoesNotExist"];
    label_key(map, "key", path, faults);
    for (index, value) in list(map, "values").iter().enumerate() {
        if let Some(Err(rule)) = value.as_str().map(label::value) {
            let message = format!("the value of a label {rule}");
            let path = path.clone().key("values").index(index);
            faults.value("invalid-label", path, message);
        }
    }
    match map.text("operator") {
        Some(operator) if !OPERATORS.contains(&operator) => {
            let message = format!("`{operator}` is not an operator");
            faults
                .value("invalid-choice", path.clone().key("operator"), message)
                .help = Some(format!("the choices are {}", OPERATORS.join(", ")));
        }
        _ => condition(map, path, faults),
    }
}

/// Values where the operator wants some, and none where it does not.
fn condition(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    let has_values = !list(map, "values").is_empty();
    match map.text("operator") {
        Some(operator @ ("In" | "NotIn")) if !has_values => {
            let message = format!("the operator `{operator}` needs `values`");
            faults.missing(map, "values", path, &message);
        }
        Some(operator @ ("Exists" | "DoesNotExist")) if has_values => {
            let message = format!("the operator `{operator}` takes no values");
            faults
                .value("contradiction", path.clone().key("values"), message)
                .help = Some("leave `values` out, or use the operator `In` or `NotIn`".to_owned());
        }
        _ => {}
    }
}

fn label_key(map: &Mapping, key: &str, path: &ValuePath, faults: &mut Faults) {
    if let Some(Err(rule)) = map.text(key).map(label::key) {
        let message = format!("the key of a label {rule}");
        faults.value("invalid-label", path.clone().key(key), message);
    }
}
