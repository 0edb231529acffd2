//! Findings as SARIF 2.1.0 (OASIS standard of 27 March 2020), as code scanning services read it.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Item, Told};
use crate::cli::report::Location;
use crate::diagnostic::Severity;
use crate::lint;
use crate::yaml::{Mapping, Value, json_lines, map};

/// The schema, by the name under which editors know it.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn write(told: &Told<'_>) -> String {
    let items = &told.items;
    let mut codes: Vec<&str> = items.iter().map(|item| item.diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let driver = map([
        ("name", "cachegen".into()),
        ("version", env!("CARGO_PKG_VERSION").into()),
        ("semanticVersion", env!("CARGO_PKG_VERSION").into()),
        (
            "rules",
            Value::Sequence(codes.iter().map(|code| rule(code)).collect()),
        ),
    ]);
    let run = map([
        ("tool", map([("driver", driver)])),
        ("columnKind", "unicodeCodePoints".into()),
        (
            "results",
            Value::Sequence(items.iter().map(|item| result(item, &codes)).collect()),
        ),
        ("invocations", invocations(told.n_hidden())),
    ]);
    let document = map([
        ("$schema", SCHEMA.into()),
        ("version", "2.1.0".into()),
        ("runs", Value::Sequence(vec![run])),
    ]);
    json_lines(&document.without_nulls())
}

/// What a reader has to know of the run: that there is more than stands here.
fn invocations(n_hidden: usize) -> Value {
    if n_hidden == 0 {
        return Value::Null;
    }
    let message = format!("{n_hidden} more are found; the worst are told");
    Value::Sequence(vec![map([
        ("executionSuccessful", Value::Bool(true)),
        (
            "toolExecutionNotifications",
            Value::Sequence(vec![map([
                ("level", level(Severity::Note)),
                ("message", text(&message)),
            ])]),
        ),
    ])])
}

fn text(text: &str) -> Value {
    map([("text", text.into())])
}

fn level(severity: Severity) -> Value {
    severity.name().into()
}

/// A rule; what keeps values from being rendered has a code and nothing more.
fn rule(code: &str) -> Value {
    match lint::find(code) {
        Some(rule) => map([
            ("id", code.into()),
            ("shortDescription", text(rule.what)),
            ("fullDescription", text(rule.why)),
            ("help", text(rule.fix)),
            (
                "defaultConfiguration",
                map([("level", level(rule.severity))]),
            ),
        ]),
        None => map([
            ("id", code.into()),
            ("shortDescription", text("values that cannot be rendered")),
            (
                "defaultConfiguration",
                map([("level", level(Severity::Error))]),
            ),
        ]),
    }
}

fn result(item: &Item<'_>, codes: &[&str]) -> Value {
    let diagnostic = &item.diagnostic;
    let message = match &diagnostic.help {
        Some(help) => format!("{}\nhelp: {help}", item.message()),
        None => item.message(),
    };
    let index = codes.iter().position(|code| *code == diagnostic.code);
    let path = item.path.map(ToString::to_string);
    // Code scanning services refuse a whole log for one location without a file (`expected a physical location`).
    let own = item.location.as_ref().and_then(physical);
    let locations = match own.or_else(|| item.file.map(beginning)) {
        Some(physical) => {
            let mut place = Mapping::default();
            place.insert("physicalLocation", physical);
            if let Some(path) = &path {
                let logical = map([
                    ("fullyQualifiedName", path.as_str().into()),
                    ("kind", "member".into()),
                ]);
                place.insert("logicalLocations", Value::Sequence(vec![logical]));
            }
            vec![Value::Mapping(place)]
        }
        None => Vec::new(),
    };
    let related: Vec<Value> = item
        .related
        .iter()
        .filter_map(|(location, role)| {
            Some(map([
                ("physicalLocation", physical(location)?),
                ("message", text(role)),
            ]))
        })
        .collect();
    let some = |list: Vec<Value>| {
        if list.is_empty() {
            Value::Null
        } else {
            Value::Sequence(list)
        }
    };
    map([
        ("ruleId", diagnostic.code.into()),
        (
            "ruleIndex",
            index.map_or(Value::Null, |index| Value::from(index as u64)),
        ),
        ("level", level(diagnostic.severity)),
        ("message", text(&message)),
        ("locations", some(locations)),
        ("relatedLocations", some(related)),
        ("partialFingerprints", fingerprint(item, path.as_deref())),
        ("properties", properties(item)),
    ])
}

/// The outputs that it is in, for whoever looks.
fn properties(item: &Item<'_>) -> Value {
    if item.outputs.is_empty() {
        return Value::Null;
    }
    let outputs = item.outputs.iter().map(|output| (*output).into());
    map([("outputs", Value::Sequence(outputs.collect()))])
}

/// What stays the same when lines move: the rule, the file and the value.
fn fingerprint(item: &Item<'_>, path: Option<&str>) -> Value {
    let file = item.location.as_ref().and_then(|location| {
        let path = location.origin.named_file()?;
        Some(path.to_string_lossy())
    });
    let file = file.unwrap_or_default();
    let about = path.unwrap_or(&item.diagnostic.message);
    let digest = Sha256::digest(format!("{}\n{file}\n{about}", item.diagnostic.code).as_bytes());
    let hash = base16ct::lower::encode_string(&digest);
    map([("cachegenValue/v1", hash[..32].into())])
}

/// A place in a file; what stands on the command line or in the defaults is in none.
fn physical(location: &Location<'_>) -> Option<Value> {
    let path = location.origin.named_file()?;
    let number = |number: usize| Value::from(number as u64);
    Some(map([
        ("artifactLocation", map([("uri", uri(path).into())])),
        (
            "region",
            map([
                ("startLine", number(location.line)),
                ("startColumn", number(location.column)),
                ("endLine", number(location.end_line)),
                ("endColumn", number(location.end_column)),
            ]),
        ),
    ]))
}

/// The beginning of a file, for what stands in none.
fn beginning(path: &Path) -> Value {
    let region = map([("startLine", Value::from(1_u64))]);
    map([
        ("artifactLocation", map([("uri", uri(path).into())])),
        ("region", region),
    ])
}

/// A path as a URI reference: relative ones stay relative, to whatever the service takes for the root.
fn uri(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = text.strip_prefix("./").unwrap_or(&text);
    let mut uri = String::from(if path.is_absolute() { "file://" } else { "" });
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
