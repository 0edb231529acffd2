//! Values that are passed on to Kubernetes: maps of its types, read by the table of their fields, and anything at all.
//!
//! The type decides here too: where a field is text, `1.10` and `no` are text as written. What the fields mean together
//! is not known here.

use super::decode::{Decode, Takes, Walk, refuse_unknown};
use super::secrecy::is_secret;
use super::types::list_help;
use crate::diagnostic::{Diagnostic, MAX_HINTED, Place, Step};
use crate::kube::quantity::Quantity;
use crate::kube::shape::{self, Kind, Type};
use crate::yaml::{Content, Entry, Mapping, Node, Scalar, Value};

/// Any YAML at all, passed on as it is; absent, it is null.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Free(pub Value);

impl Decode for Free {
    const WANTED: &'static str = "any value";

    fn takes() -> Takes {
        Takes::Anything
    }

    fn absent() -> Option<Self> {
        Some(Self(Value::Null))
    }

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        untyped(node, walk).map(Self)
    }
}

/// Declares maps of Kubernetes' types, each with its name in the table.
macro_rules! kubernetes_maps {
    ($($(#[$meta:meta])* $name:ident: $type:literal,)+) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct $name(pub Mapping);

        impl AsRef<Mapping> for $name {
            fn as_ref(&self) -> &Mapping {
                &self.0
            }
        }

        impl Decode for $name {
            const WANTED: &'static str = "a map";

            fn takes() -> Takes {
                Takes::Kubernetes(Kind::Map(named($type)()))
            }

            fn absent() -> Option<Self> {
                Some(Self::default())
            }

            fn read(node: &Node, default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
                match node.entries() {
                    // Laid over what is rendered, it changes nothing: no need to look for the type.
                    Some([]) if default.is_some() => Some(Self::default()),
                    _ => whole(node, named($type), walk).map(Self),
                }
            }
        }
    )+
        #[cfg(test)]
        const TYPES: &[&str] = &[$($type),+];
    };
}

kubernetes_maps! {
    /// Where pods run beside others, and on which nodes.
    Affinity: "core.v1.Affinity",
    /// A container.
    Container: "core.v1.Container",
    /// The security context of a container.
    ContainerSecurity: "core.v1.SecurityContext",
    /// Resolver settings.
    DnsConfig: "core.v1.PodDNSConfig",
    /// A line of a hosts file.
    HostAlias: "core.v1.HostAlias",
    /// The name of a Secret.
    SecretName: "core.v1.LocalObjectReference",
    /// The security context of a pod.
    PodSecurity: "core.v1.PodSecurityContext",
    /// A probe.
    Probe: "core.v1.Probe",
    /// How pods spread.
    SpreadConstraint: "core.v1.TopologySpreadConstraint",
    /// A taint that is tolerated.
    Toleration: "core.v1.Toleration",
    /// An environment variable.
    Variable: "core.v1.EnvVar",
    /// A volume.
    Volume: "core.v1.Volume",
    /// Where a volume is mounted.
    VolumeMount: "core.v1.VolumeMount",
}

/// A whole object: read by its kind where that is one of Kubernetes' own, passed on as it is but for its metadata where not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnyObject(pub Mapping);

impl Decode for AnyObject {
    const WANTED: &'static str = "a map";

    fn takes() -> Takes {
        Takes::Object
    }

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        whole(node, || object_shape(node), walk).map(Self)
    }
}

/// Returns the type that a whole object says it is of.
pub(super) fn object_shape(node: &Node) -> Type {
    let text = |key: &str| {
        let scalar = node.entry(key).and_then(|entry| entry.value.scalar());
        scalar.map_or("", |scalar| &scalar.text)
    };
    shape::object(text("apiVersion"), text("kind"))
}

fn named(name: &str) -> impl FnOnce() -> Type {
    move || shape::named(name).expect("the types are in the table, as a test shows")
}

fn whole(node: &Node, shape: impl FnOnce() -> Type, walk: &mut Walk) -> Option<Mapping> {
    match node.entries() {
        Some(entries) => Some(map(node, entries, shape(), walk)),
        None if walk.diagnostics.len() >= MAX_HINTED => walk.refuse_as(node, "a map", None),
        None => {
            let names: Vec<&str> = shape().fields().map(|field| field.name).collect();
            match (names.as_slice(), node.scalar()) {
                ([name], Some(scalar)) if !is_secret(&walk.path) => {
                    let help = format!("write `{name}: {}`", scalar.text);
                    walk.refuse_as(node, "a map", Some(help))
                }
                _ => walk.refuse_map(node, &names),
            }
        }
    }
}

/// Reads the map of a type. What cannot be read in it is left out and remembered.
fn map(node: &Node, entries: &[Entry], shape: Type, walk: &mut Walk) -> Mapping {
    let mut mapping = Mapping::default();
    let mut has_unknown = false;
    for entry in entries {
        walk.path.0.push(Step::Key(entry.key.clone()));
        let value = match shape.field(&entry.key) {
            Some(field) => typed(&entry.value, field.kind, walk),
            None if shape.is_open => untyped(&entry.value, walk),
            None => {
                has_unknown = true;
                None
            }
        };
        match value {
            Some(value) => mapping.insert(&*entry.key, value),
            None => walk.unreadable.push(walk.path.clone()),
        }
        walk.path.0.pop();
    }
    if has_unknown {
        let names: Vec<&str> = shape.fields().map(|field| field.name).collect();
        refuse_unknown(entries, &names, walk);
        // Which one was meant is not known, so none is missed.
        return mapping;
    }
    let is_set = |name: &str| {
        let entry = entries.iter().find(|entry| &*entry.key == name);
        entry.is_some_and(|entry| !entry.value.is_null())
    };
    let missing: Vec<String> = shape
        .fields()
        .filter(|field| field.is_required && !is_set(field.name))
        .map(|field| field.name.to_owned())
        .collect();
    if !missing.is_empty() {
        for name in &missing {
            walk.unreadable.push(walk.path.clone().key(name));
        }
        let message = format!("`{}` needs `{}`", walk.path, missing.join("` and `"));
        walk.diagnostics.push(Diagnostic::new(
            "missing-value",
            Place::Span(node.span),
            message,
        ));
    }
    mapping
}

/// Reads a field. Nothing comes of what cannot be read, which was reported then.
fn typed(node: &Node, kind: Kind, walk: &mut Walk) -> Option<Value> {
    if node.is_null() {
        return Some(Value::Null);
    }
    match kind {
        Kind::Any => untyped(node, walk),
        Kind::Text => String::read(node, None, walk).map(Value::String),
        Kind::Switch => bool::read(node, None, walk).map(Value::Bool),
        Kind::Integer32 => integer(node, i32::MIN.into(), i32::MAX.into(), walk),
        Kind::Integer64 => integer(node, i64::MIN, i64::MAX, walk),
        Kind::Number => match node.scalar().map(Scalar::resolve) {
            Some(Ok(number @ Value::Number(_))) => Some(number),
            _ => walk.refuse_as(node, "a number", None),
        },
        Kind::NumberOrText => number_or_text(node, walk),
        Kind::Quantity => quantity(node, walk),
        Kind::Words(words) => word(node, words, walk),
        Kind::Map(shape) => whole(node, || shape, walk).map(Value::Mapping),
        Kind::ListOf(spelling) => list(node, shape::kind(spelling), walk),
        Kind::MapOf(spelling) => map_of(node, shape::kind(spelling), walk),
    }
}

/// Returns the integer that kubectl reads, which takes a leading zero for octal: people write a file's mode as `0640`.
pub(super) fn resolved_integer(scalar: &Scalar) -> Option<i64> {
    match scalar.resolve() {
        Ok(Value::Number(digits)) => digits.parse().ok(),
        _ => None,
    }
}

/// Reads an integer of Kubernetes: what kubectl takes for one, and what a flag says as YAML 1.2 does, such as `0x1F`.
fn integer(node: &Node, least: i64, most: i64, walk: &mut Walk) -> Option<Value> {
    let number = match node.scalar().and_then(resolved_integer) {
        Some(number) => number,
        None => i64::read(node, None, walk)?,
    };
    if (least..=most).contains(&number) {
        return Some(Value::Number(number.to_string().into()));
    }
    walk.refuse_as(node, &format!("a whole number up to {most}"), None)
}

fn number_or_text(node: &Node, walk: &mut Walk) -> Option<Value> {
    let scalar = match node.scalar() {
        Some(scalar) => scalar,
        None => return walk.refuse_as(node, "a number or text", None),
    };
    match scalar.resolve() {
        Ok(Value::Number(_)) => integer(node, i32::MIN.into(), i32::MAX.into(), walk),
        _ => Some(Value::from(&*scalar.text)),
    }
}

fn quantity(node: &Node, walk: &mut Walk) -> Option<Value> {
    let text = String::read(node, None, walk)?;
    match Quantity::parse(&text) {
        Ok(_) => Some(Value::String(text)),
        Err(error) => {
            let help = match &error.meant {
                Some(meant) => format!("write `{meant}`"),
                None => "write a number and a unit, such as `512Mi`".to_owned(),
            };
            let place = Place::Span(node.span);
            walk.diagnostics
                .push(Diagnostic::new("invalid-quantity", place, error.problem).help(help));
            None
        }
    }
}

fn word(node: &Node, words: &'static str, walk: &mut Walk) -> Option<Value> {
    let text = String::read(node, None, walk)?;
    if text.is_empty() || shape::words(words).any(|word| word == text) {
        return Some(Value::String(text));
    }
    let words: Vec<&str> = shape::words(words).collect();
    walk.refuse_word(node, &text, &words);
    None
}

fn list(node: &Node, kind: Kind, walk: &mut Walk) -> Option<Value> {
    let Content::Sequence(items) = &node.content else {
        return walk.refuse_as(node, "a list", Some(list_help(node)));
    };
    let mut list = Vec::new();
    for (index, item) in items.iter().enumerate() {
        walk.path.0.push(Step::Index(index));
        let value = if item.is_null() {
            let message = format!("`{}` is nothing", walk.path);
            let place = Place::Span(item.span);
            walk.diagnostics.push(
                Diagnostic::new("missing-value", place, message)
                    .help("leave the item out, or say what it is"),
            );
            None
        } else {
            typed(item, kind, walk)
        };
        if value.is_none() {
            walk.unreadable.push(walk.path.clone());
        }
        // The others keep their places.
        list.push(value.unwrap_or_default());
        walk.path.0.pop();
    }
    Some(Value::Sequence(list))
}

fn map_of(node: &Node, kind: Kind, walk: &mut Walk) -> Option<Value> {
    let Some(entries) = node.entries() else {
        return walk.refuse_as(node, "a map", None);
    };
    let mut mapping = Mapping::default();
    for entry in entries {
        walk.path.0.push(Step::Key(entry.key.clone()));
        match typed(&entry.value, kind, walk) {
            Some(value) => mapping.insert(&*entry.key, value),
            None => walk.unreadable.push(walk.path.clone()),
        }
        walk.path.0.pop();
    }
    Some(Value::Mapping(mapping))
}

fn untyped(node: &Node, walk: &mut Walk) -> Option<Value> {
    match &node.content {
        Content::Scalar(scalar) => match scalar.resolve() {
            Ok(value) => Some(value),
            Err(_) => {
                let message = format!("`{}` is not a number that Kubernetes has", walk.path);
                let help = "put it in quotes if it is text";
                walk.diagnostics.push(
                    Diagnostic::new("wrong-type", Place::Span(node.span), message).help(help),
                );
                None
            }
        },
        Content::Sequence(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| step(Step::Index(index), item, walk))
            // Each is read, whatever is wrong with one before it.
            .collect::<Vec<Option<Value>>>()
            .into_iter()
            .collect::<Option<Vec<Value>>>()
            .map(Value::Sequence),
        Content::Mapping(entries) => entries
            .iter()
            .map(|entry| {
                step(Step::Key(entry.key.clone()), &entry.value, walk)
                    .map(|value| (entry.key.to_string(), value))
            })
            .collect::<Vec<Option<(String, Value)>>>()
            .into_iter()
            .collect::<Option<Mapping>>()
            .map(Value::Mapping),
    }
}

fn step(step: Step, node: &Node, walk: &mut Walk) -> Option<Value> {
    walk.path.0.push(step);
    let value = untyped(node, walk);
    walk.path.0.pop();
    value
}

#[cfg(test)]
mod tests {
    use super::TYPES;
    use crate::kube::shape;

    #[test]
    fn every_type_is_in_the_table() {
        for name in TYPES {
            assert!(shape::named(name).is_some(), "{name}");
        }
    }
}
