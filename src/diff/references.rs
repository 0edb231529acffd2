//! Which objects need another one by its name. It must not judge what that means.

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

/// Returns the first object that names another one.
pub(super) fn user<'o>(objects: &'o [Object], used: &ObjectId) -> Option<&'o Object> {
    objects
        .iter()
        .find(|object| names(&object.body, ("", ""), used))
}

fn names(value: &Value, place: (&str, &str), used: &ObjectId) -> bool {
    match value {
        Value::String(text) => {
            *text == used.name
                && FIELDS
                    .iter()
                    .any(|(kind, parent, key)| *kind == used.kind && (*parent, *key) == place)
        }
        Value::Sequence(items) => items.iter().any(|item| names(item, place, used)),
        Value::Mapping(map) => map
            .iter()
            .any(|(key, value)| names(value, (place.1, key), used)),
        _ => false,
    }
}
