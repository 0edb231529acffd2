//! Nodes as the values that their types read: what `decode` understood, without the way it was spelled.
//!
//! It expects a tree that decodes; what does not is passed on as a reader without types takes it.

use super::decode::{Decode, Takes};
use super::free::{object_shape, resolved_integer};
use super::merge::Effective;
use super::schema::Values;
use super::types::{decimal, integer};
use crate::diagnostic::{Step, ValuePath};
use crate::kube::shape::Kind;
use crate::yaml::{Content, Mapping, Node, Scalar, Value, parse_switch};

/// Returns every value of the tree, in the order of the reference; null is what is derived or was taken away.
///
/// Written as YAML it is a values file that stands for all the layers behind it.
pub fn effective_values(effective: &Effective) -> Value {
    let mut values = typed(
        Some(&effective.tree),
        Some(&effective.defaults),
        &Values::takes(),
    );
    if let (Value::Mapping(map), Some(profile)) = (&mut values, effective.profile()) {
        map.insert("profile", profile.into());
    }
    values
}

/// Returns what a type reads of a node. With a default beside it a map has all of its keys, else those of the node.
pub fn typed(node: Option<&Node>, default: Option<&Node>, takes: &Takes) -> Value {
    let Some(node) = node.filter(|node| !node.is_null()) else {
        return Value::Null;
    };
    let below = |step: Step| takes.below(&step).unwrap_or(Takes::Anything);
    match (takes, &node.content) {
        (_, Content::Scalar(scalar)) => read(scalar, takes),
        (_, Content::Sequence(items)) => {
            let each = below(Step::Index(0));
            let items = items.iter().map(|item| typed(Some(item), None, &each));
            Value::Sequence(items.collect())
        }
        (Takes::Object, Content::Mapping(_)) => {
            let shape = object_shape(node);
            typed(Some(node), default, &Takes::Kubernetes(Kind::Map(shape)))
        }
        (Takes::Map(fields), Content::Mapping(_)) => {
            let mut map = Mapping::default();
            for field in fields {
                let value = node.entry(field.key).map(|entry| &entry.value);
                let default = default.and_then(|default| default.entry(field.key));
                if value.is_some() || default.is_some() {
                    let default = default.map(|entry| &entry.value);
                    map.insert(field.key, typed(value, default, &field.takes));
                }
            }
            Value::Mapping(map)
        }
        (_, Content::Mapping(entries)) => {
            let mut map = Mapping::default();
            for entry in entries {
                let each = below(Step::Key(entry.key.clone()));
                let default = default.and_then(|default| default.entry(&entry.key));
                let default = default.map(|entry| &entry.value);
                map.insert(&*entry.key, typed(Some(&entry.value), default, &each));
            }
            for entry in default.and_then(Node::entries).unwrap_or_default() {
                if map.get(&entry.key).is_none() {
                    map.insert(&*entry.key, Value::Null);
                }
            }
            Value::Mapping(map)
        }
    }
}

fn read(scalar: &Scalar, takes: &Takes) -> Value {
    let text = || Value::from(&*scalar.text);
    let resolved = || scalar.resolve().unwrap_or_else(|_| text());
    let switch = || parse_switch(&scalar.text).map_or_else(text, Value::Bool);
    let number = |digits: String| Value::Number(digits.into());
    let whole = || integer(&scalar.text).map_or_else(text, |whole| number(whole.to_string()));
    let kubernetes_whole =
        || resolved_integer(scalar).map_or_else(whole, |whole| number(whole.to_string()));
    match takes {
        Takes::Text | Takes::Word { .. } | Takes::Directive => text(),
        Takes::Switch | Takes::RedisSwitch => switch(),
        Takes::Whole { .. } => whole(),
        Takes::Decimal => decimal(&scalar.text).map_or_else(text, number),
        Takes::Kubernetes(kind) => match kind {
            Kind::Text | Kind::Words(_) | Kind::Quantity => text(),
            Kind::Switch => switch(),
            Kind::Integer32 | Kind::Integer64 => kubernetes_whole(),
            Kind::NumberOrText => match resolved() {
                Value::Number(_) => kubernetes_whole(),
                _ => text(),
            },
            _ => resolved(),
        },
        _ => resolved(),
    }
}

/// Returns what stands at a path of a value.
pub fn at<'v>(value: &'v Value, path: &ValuePath) -> Option<&'v Value> {
    path.0.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.as_mapping()?.get(key),
        Step::Index(index) => value.as_sequence()?.get(*index),
    })
}
