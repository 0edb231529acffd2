//! Changes as one JSON object.

use super::Part;
use crate::diff::{Change, Consequence, Effect, What};
use crate::yaml::{Value, json_lines, map};

pub(super) fn write(parts: &[Part]) -> String {
    let all = || parts.iter().flat_map(Part::of_all_outputs);
    let worst = all().map(Change::consequence).max();
    let counts = Consequence::ALL.map(|consequence| {
        let n = all()
            .filter(|change| change.consequence() == consequence)
            .count();
        (consequence.name(), Value::from(n as u64))
    });
    let document = map([
        (
            "changes",
            Value::Sequence(parts.iter().flat_map(changes).collect()),
        ),
        (
            "worst",
            worst.map_or(Value::Null, |worst| worst.name().into()),
        ),
        ("counts", map(counts)),
    ]);
    json_lines(&document)
}

/// The changes of one output after the other.
fn changes(part: &Part) -> Vec<Value> {
    let outputs: Vec<Value> = match part.outputs.as_slice() {
        [] => vec![Value::Null],
        outputs => outputs
            .iter()
            .map(|output| output.as_str().into())
            .collect(),
    };
    let of = |output: &Value| {
        let changes = part.changes.iter();
        let changes = changes.map(|each| change(output.clone(), each));
        changes.collect::<Vec<Value>>()
    };
    outputs.iter().flat_map(of).collect()
}

fn change(output: Value, change: &Change) -> Value {
    let text = |text: &str| Value::from(text);
    let object = map([
        ("apiVersion", text(&change.object.api_version)),
        ("kind", text(&change.object.kind)),
        (
            "namespace",
            change.object.namespace.as_deref().map_or(Value::Null, text),
        ),
        ("name", text(&change.object.name)),
    ]);
    let (what, old, new) = match &change.what {
        What::Created(body) => ("created", &None, &Some(body.clone())),
        What::Gone => ("gone", &None, &None),
        What::Form { .. } => ("form", &None, &None),
        What::Field {
            is_secret: true, ..
        } => ("secret", &None, &None),
        What::Field { old, new, .. } => ("field", old, new),
    };
    let value = |value: &Option<Value>| value.clone().unwrap_or_default();
    map([
        ("output", output),
        ("object", object),
        ("change", text(what)),
        (
            "path",
            change
                .path()
                .map_or(Value::Null, |path| path.to_string().into()),
        ),
        ("old", value(old)),
        ("new", value(new)),
        ("consequence", text(change.consequence().name())),
        (
            "effects",
            Value::Sequence(change.effects.iter().map(effect).collect()),
        ),
    ])
}

fn effect(effect: &Effect) -> Value {
    map([
        ("consequence", effect.consequence.name().into()),
        ("why", effect.why.as_str().into()),
        (
            "steps",
            Value::Sequence(
                effect
                    .steps
                    .iter()
                    .map(|step| step.as_str().into())
                    .collect(),
            ),
        ),
    ])
}
