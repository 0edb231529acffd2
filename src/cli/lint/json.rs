//! Findings as one JSON object: what was found where, and how many.

use super::{Item, Told};
use crate::cli::report::Location;
use crate::values::layer::Origin;
use crate::yaml::{Value, json_lines, map};

pub(super) fn write(told: &Told<'_>) -> String {
    let number = |number: usize| Value::from(number as u64);
    let [error, warning, note] = told.counts.0.map(number);
    let document = map([
        (
            "findings",
            Value::Sequence(told.items.iter().map(finding).collect()),
        ),
        (
            "counts",
            map([
                ("error", error),
                ("warning", warning),
                ("note", note),
                ("waived", number(told.n_waived)),
            ]),
        ),
    ]);
    json_lines(&document)
}

fn finding(item: &Item<'_>) -> Value {
    let diagnostic = &item.diagnostic;
    let related = item
        .related
        .iter()
        .map(|(location, role)| {
            map([
                ("message", (*role).into()),
                ("location", self::location(location)),
            ])
        })
        .collect();
    map([
        ("code", diagnostic.code.into()),
        ("severity", diagnostic.severity.name().into()),
        ("message", diagnostic.message.as_str().into()),
        (
            "help",
            diagnostic.help.as_deref().map_or(Value::Null, Value::from),
        ),
        (
            "value",
            item.path
                .map_or(Value::Null, |path| path.to_string().into()),
        ),
        (
            "outputs",
            Value::Sequence(item.outputs.iter().map(|output| (*output).into()).collect()),
        ),
        (
            "location",
            item.location.as_ref().map_or(Value::Null, location),
        ),
        ("related", Value::Sequence(related)),
    ])
}

fn location(location: &Location<'_>) -> Value {
    let number = |number: usize| Value::from(number as u64);
    map([
        ("source", location.origin.name().into_owned().into()),
        (
            "isFile",
            Value::Bool(matches!(location.origin, Origin::File(_))),
        ),
        ("line", number(location.line)),
        ("column", number(location.column)),
        ("endLine", number(location.end_line)),
        ("endColumn", number(location.end_column)),
    ])
}
