//! Which objects need another one by its name. It must not judge what that means.

use std::collections::HashMap;

use crate::kube::object::ObjectId;
use crate::manifest::Object;
use crate::yaml::Value;

/// The fields that name an object of a kind, as their last two keys (`core/v1/types.go` of k8s.io/api v0.33.13).
const FIELDS: &[(&str, &str, &str)] = &[
    ("ConfigMap", "configMap", "name"),
    ("ConfigMap", "configMapKeyRef", "name"),
    ("ConfigMap", "configMapRef", "name"),
    (
        "PersistentVolumeClaim",
        "persistentVolumeClaim",
        "claimName",
    ),
    ("Secret", "imagePullSecrets", "name"),
    ("Secret", "secret", "secretName"),
    ("Secret", "secretKeyRef", "name"),
    ("Secret", "secretRef", "name"),
    ("ServiceAccount", "spec", "serviceAccountName"),
];

/// The objects of one side that name others: the first of each kind and name that is named.
#[derive(Default)]
pub(super) struct Users<'o>(HashMap<(&'static str, &'o str), &'o Object>);

impl<'o> Users<'o> {
    pub(super) fn of(objects: &'o [Object]) -> Self {
        let mut users = Self(HashMap::new());
        for object in objects {
            users.take(&object.body, ("", ""), object);
        }
        users
    }

    /// Returns the first object that names another one.
    pub(super) fn get(&self, used: &ObjectId) -> Option<&'o Object> {
        self.0.get(&(&*used.kind, &*used.name)).copied()
    }

    fn take(&mut self, value: &'o Value, place: (&str, &str), object: &'o Object) {
        match value {
            Value::String(text) => {
                for (kind, parent, key) in FIELDS {
                    if (*parent, *key) == place {
                        self.0.entry((*kind, text)).or_insert(object);
                    }
                }
            }
            Value::Sequence(items) => {
                for item in items {
                    self.take(item, place, object);
                }
            }
            Value::Mapping(map) => {
                for (key, value) in map.iter() {
                    self.take(value, (place.1, key), object);
                }
            }
            _ => {}
        }
    }
}
