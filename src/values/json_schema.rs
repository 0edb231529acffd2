//! The values tree as a JSON Schema (draft-07), for editors and for programs that check values files.
//!
//! It is made of the types, of what is allowed of them, and of the comments and defaults of the values file. It is as
//! strict as JSON Schema can be without refusing what `decode` takes: a schema sees what a YAML 1.2 reader made
//! of a scalar, not how it was written, so it takes the words `yes`, `no`, `on` and `off` for a switch also in quotes.

use std::collections::BTreeMap;

use super::decode::{Decode, Field, Takes};
use super::layer::DEFAULTS;
use super::schema::Values;
use super::typed::typed;
use crate::kube::shape::{self, Kind};
use crate::yaml::{self, Mapping, Node, Value};

/// The words of a switch that a YAML 1.2 reader takes for text, as a regular expression.
const SWITCH_WORDS: &str = "^(yes|no|on|off|Yes|No|On|Off|YES|NO|ON|OFF|y|n|Y|N)$";

/// What a reference begins with, the name of a type behind it.
const DEFINITIONS: &str = "#/definitions/";

/// The metadata of objects.
const METADATA: &str = "meta.v1.ObjectMeta";

/// Returns the schema.
pub fn json_schema() -> Value {
    let reading = yaml::read(DEFAULTS, 0).expect("the defaults are read by every render");
    let mut root = Mapping::from_iter([
        ("$schema", "http://json-schema.org/draft-07/schema#".into()),
        ("title", "Values of cachegen".into()),
        (
            "description",
            "Everything that can be said about a Redis or Valkey cache tier.".into(),
        ),
    ]);
    for (keyword, value) in tree(&Values::takes(), reading.documents.first()) {
        root.insert(keyword, value);
    }
    if let Some(Value::Mapping(properties)) = root.get_mut("properties") {
        let ignored = "Ignored: charts that contain others hand it to all of them.";
        properties.insert(
            "global",
            Value::Mapping(Mapping::from_iter([("description", ignored.into())])),
        );
    }
    let ignored = "Ignored: a place for anchors.";
    let anchors = Mapping::from_iter([("description", ignored.into())]);
    root.insert(
        "patternProperties",
        Value::Mapping(Mapping::from_iter([("^x-", Value::Mapping(anchors))])),
    );
    let mut root = Value::Mapping(root);
    let definitions = definitions(&root);
    if let Value::Mapping(root) = &mut root {
        root.insert("definitions", Value::Mapping(definitions));
    }
    root
}

/// Describes what stands at a place; `default` is the node of the defaults there.
fn tree(takes: &Takes, default: Option<&Node>) -> Mapping {
    match takes {
        Takes::Text => any_text(),
        Takes::Word { words, is_any_case } => word(words, *is_any_case),
        Takes::Switch | Takes::RedisSwitch => switch(),
        Takes::Whole { min, max } => whole(*min, *max),
        Takes::Decimal => Mapping::from_iter([("type", "number".into()), ("minimum", number(0))]),
        Takes::Anything => Mapping::default(),
        Takes::Kubernetes(kind) => kubernetes(*kind),
        Takes::Object => Mapping::from_iter([
            ("type", "object".into()),
            (
                "properties",
                Value::Mapping(Mapping::from_iter([
                    ("apiVersion", Value::Mapping(any_text())),
                    ("kind", Value::Mapping(any_text())),
                    ("metadata", Value::Mapping(reference(METADATA))),
                ])),
            ),
            ("required", words(["apiVersion", "kind", "metadata"])),
        ]),
        Takes::Directive => one_of([any_text(), list(any_text())]),
        Takes::Directives => map_of(nullable(tree(&Takes::Directive, None))),
        Takes::Texts { is_nullable: true } => map_of(nullable(any_text())),
        Takes::Texts { is_nullable: false } => map_of(any_text()),
        Takes::List { each, is_nullable } => {
            let items = tree(each, None);
            list(if *is_nullable { nullable(items) } else { items })
        }
        Takes::Named(names, each) => {
            let properties = names
                .iter()
                .map(|name| (*name, Value::Mapping(nullable(tree(each, None)))));
            object(properties.collect(), Vec::new())
        }
        Takes::Map(fields) => fields_of(fields, default),
    }
}

fn fields_of(fields: &[Field], default: Option<&Node>) -> Mapping {
    let mut properties = Mapping::default();
    let mut required = Vec::new();
    for field in fields {
        let entry = default.and_then(|default| default.entry(field.key));
        if entry.is_none() && !field.may_be_absent {
            required.push(Value::from(field.key));
        }
        let said = entry.map_or_else(String::new, |entry| comment(entry.key_span.start as usize));
        let description = if said.is_empty() {
            field.meaning
        } else {
            &said
        };
        let value = entry.map(|entry| &entry.value);
        let mut described = Mapping::from_iter([("description", description.into())]);
        let type_ = tree(&field.takes, value);
        let type_ = if field.may_be_absent {
            nullable(type_)
        } else {
            type_
        };
        described = described.into_iter().chain(type_).collect();
        if let Some(default) = value.filter(|_| !matches!(field.takes, Takes::Map(_))) {
            described.insert("default", typed(Some(default), None, &field.takes));
        }
        properties.insert(field.key, Value::Mapping(described));
    }
    object(properties, required)
}

/// A map of these keys and no others.
fn object(properties: Mapping, required: Vec<Value>) -> Mapping {
    let mut described = Mapping::from_iter([
        ("type", "object".into()),
        ("properties", Value::Mapping(properties)),
        ("additionalProperties", Value::Bool(false)),
    ]);
    if !required.is_empty() {
        described.insert("required", Value::Sequence(required));
    }
    described
}

/// Describes what a type of Kubernetes takes; types are described once, and referred to.
fn kubernetes(kind: Kind) -> Mapping {
    let within = |min: i64, max: i64| {
        Mapping::from_iter([
            ("type", "integer".into()),
            ("minimum", number(min)),
            ("maximum", number(max)),
        ])
    };
    let integer32 = || within(i32::MIN.into(), i32::MAX.into());
    match kind {
        Kind::Text => any_text(),
        Kind::Words(spelling) => {
            Mapping::from_iter([("enum", words(shape::words(spelling).chain([""])))])
        }
        Kind::Switch => switch(),
        Kind::Integer32 => integer32(),
        Kind::Integer64 => within(i64::MIN, i64::MAX),
        Kind::Number => Mapping::from_iter([("type", "number".into())]),
        Kind::Quantity => Mapping::from_iter([("type", words(["string", "number"]))]),
        Kind::NumberOrText => one_of([
            integer32(),
            Mapping::from_iter([("type", words(["string", "boolean"]))]),
        ]),
        Kind::Any => Mapping::default(),
        Kind::Map(shape) => reference(shape.name),
        Kind::ListOf(spelling) => list(kubernetes(shape::kind(spelling))),
        Kind::MapOf(spelling) => map_of(nullable(kubernetes(shape::kind(spelling)))),
    }
}

fn reference(name: &str) -> Mapping {
    Mapping::from_iter([("$ref", format!("{DEFINITIONS}{name}").into())])
}

/// Describes every type of Kubernetes that a schema refers to, and those that they refer to.
fn definitions(root: &Value) -> Mapping {
    let mut definitions = BTreeMap::new();
    let mut open = references(root);
    while let Some(name) = open.pop() {
        let Some(shape) = shape::named(&name).filter(|_| !definitions.contains_key(&name)) else {
            continue;
        };
        let mut properties = Mapping::default();
        let mut required = Vec::new();
        for field in shape.fields() {
            let described = kubernetes(field.kind);
            let described = if field.is_required {
                required.push(Value::from(field.name));
                described
            } else {
                nullable(described)
            };
            properties.insert(field.name, Value::Mapping(described));
        }
        let definition = Value::Mapping(object(properties, required));
        open.extend(references(&definition));
        definitions.insert(name, definition);
    }
    definitions.into_iter().collect()
}

/// The types that a schema refers to.
fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Mapping(map) => map
            .iter()
            .flat_map(|(_, value)| references(value))
            .collect(),
        Value::Sequence(items) => items.iter().flat_map(references).collect(),
        Value::String(text) => {
            let name = text.strip_prefix(DEFINITIONS).map(str::to_owned);
            name.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Text is whatever scalar stands there, as it was written.
fn any_text() -> Mapping {
    Mapping::from_iter([("type", words(["string", "number", "boolean"]))])
}

fn switch() -> Mapping {
    one_of([
        Mapping::from_iter([("type", "boolean".into())]),
        Mapping::from_iter([("type", "string".into()), ("pattern", SWITCH_WORDS.into())]),
    ])
}

/// One of some words.
fn word(choices: &[&str], is_any_case: bool) -> Mapping {
    let one = Mapping::from_iter([("enum", words(choices.iter().copied()))]);
    if !is_any_case {
        return one;
    }
    let pattern = any_case(choices);
    one_of([
        one,
        Mapping::from_iter([("type", "string".into()), ("pattern", pattern.into())]),
    ])
}

/// A regular expression for some words in any case.
fn any_case(words: &[&str]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| {
            word.chars()
                .map(|c| match c {
                    'a'..='z' => format!("[{}{c}]", c.to_ascii_uppercase()),
                    c => c.to_string(),
                })
                .collect()
        })
        .collect();
    format!("^({})$", words.join("|"))
}

fn whole(min: i64, max: i64) -> Mapping {
    let mut whole = Mapping::from_iter([("type", "integer".into())]);
    let (min, max) = (
        Some(min).filter(|min| *min > i64::MIN),
        Some(max).filter(|max| *max < i64::MAX),
    );
    for (keyword, bound) in [("minimum", min), ("maximum", max)] {
        if let Some(bound) = bound {
            whole.insert(keyword, number(bound));
        }
    }
    whole
}

/// Adds that nothing may stand there too.
fn nullable(mut type_: Mapping) -> Mapping {
    let null = Value::from("null");
    if let Some(types) = type_.get_mut("type") {
        match types {
            Value::Sequence(types) => types.push(null),
            one => *one = Value::Sequence(vec![std::mem::take(one), null]),
        }
    } else if let Some(Value::Sequence(words)) = type_.get_mut("enum") {
        // An empty text is taken for nothing where nothing is allowed.
        if !words.contains(&"".into()) {
            words.push("".into());
        }
        words.push(Value::Null);
    } else if let Some(Value::Sequence(types)) = type_.get_mut("anyOf") {
        types.push(Value::Mapping(Mapping::from_iter([("type", null)])));
    } else if type_.get("$ref").is_some() {
        return one_of([type_, Mapping::from_iter([("type", null)])]);
    }
    type_
}

fn list(items: Mapping) -> Mapping {
    Mapping::from_iter([("type", "array".into()), ("items", Value::Mapping(items))])
}

fn map_of(each: Mapping) -> Mapping {
    Mapping::from_iter([
        ("type", "object".into()),
        ("additionalProperties", Value::Mapping(each)),
    ])
}

fn one_of<const N: usize>(types: [Mapping; N]) -> Mapping {
    let types = types.into_iter().map(Value::Mapping).collect();
    Mapping::from_iter([("anyOf", Value::Sequence(types))])
}

fn words<'w>(words: impl IntoIterator<Item = &'w str>) -> Value {
    Value::Sequence(words.into_iter().map(Value::from).collect())
}

fn number(number: i64) -> Value {
    Value::Number(number.to_string().into())
}

/// Returns the comment right above a key of the defaults, the key given by its position in them.
pub fn comment(offset: usize) -> String {
    let above = DEFAULTS[..offset].rsplit_once('\n');
    let (above, _) = above.unwrap_or_default();
    let mut lines: Vec<&str> = above
        .lines()
        .rev()
        .take_while(|line| line.trim_start().starts_with("# "))
        .map(|line| line.trim_start().trim_start_matches("# "))
        .collect();
    lines.reverse();
    lines.join(" ")
}
