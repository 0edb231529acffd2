//! A value of ours on its way through a template: it comes out as it went in, and a template can look into it.

use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Serde};

use crate::yaml::Value;

type JinjaValue = minijinja::Value;

/// The value.
#[derive(Debug)]
pub(super) struct Whole(pub(super) Value);

impl Whole {
    /// Returns the value as templates have it.
    pub(super) fn value(value: Value) -> JinjaValue {
        match value {
            Value::Mapping(_) | Value::Sequence(_) => JinjaValue::from_object(Self(value)),
            scalar => JinjaValue::from(Serde(&scalar)),
        }
    }
}

impl Object for Whole {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.0 {
            Value::Mapping(_) => ObjectRepr::Map,
            _ => ObjectRepr::Seq,
        }
    }

    fn get_value(self: &Arc<Self>, key: &JinjaValue) -> Option<JinjaValue> {
        let item = match &self.0 {
            Value::Mapping(mapping) => mapping.get(key.as_str()?),
            list => list.as_sequence()?.get(key.as_usize()?),
        };
        item.map(|item| Self::value(item.clone()))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &self.0 {
            Value::Mapping(mapping) => {
                Enumerator::Values(mapping.iter().map(|(key, _)| key.into()).collect())
            }
            list => Enumerator::Seq(list.as_sequence().map_or(0, <[Value]>::len)),
        }
    }
}
