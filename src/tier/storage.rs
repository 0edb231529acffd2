//! The volume: whose claim, how large, and what becomes of it.

use serde::Serialize;

use super::rules::{self, Rules};
use crate::kube::name;
use crate::values::Values;
use crate::yaml::Mapping;

/// The fewest bytes of a volume: less holds no snapshot, and means that the unit was forgotten.
const SIZE_MIN: u64 = 1 << 20;
/// The most bytes of a volume: a quantity is kept in 63 bits (Kubernetes v1.33, `resource.Quantity`, `Value`).
const SIZE_MAX: u64 = i64::MAX as u64;

/// The volume of the data.
#[derive(Debug, Clone, Serialize)]
pub struct Storage {
    /// Whether the StatefulSet has a claim template.
    pub has_template: bool,
    /// A claim that exists.
    pub existing_claim: Option<String>,
    /// StorageClass: nothing is the cluster's default, an empty text is none.
    pub class_name: Option<String>,
    /// Size, as written.
    pub size: String,
    /// Access modes.
    pub access_modes: Vec<String>,
    /// Annotations of the claim.
    pub annotations: Option<Mapping>,
    /// What becomes of the claim when the StatefulSet is deleted.
    pub when_deleted: String,
    /// What becomes of it when it is scaled down.
    pub when_scaled: String,
}

pub(super) fn resolve(values: &Values, rules: &mut Rules<'_>) -> Storage {
    let storage = &values.valkey.storage;
    size(
        "valkey.storage.requestedSize",
        &storage.requested_size,
        rules,
    );
    let class_name = class_name(
        "valkey.storage.className",
        storage.class_name.as_ref(),
        rules,
    );
    let existing = existing_claim(
        "valkey.storage.existingClaim",
        storage.existing_claim.as_ref(),
        rules,
    );
    if existing.is_some() && !storage.enabled {
        rules
            .value(
                "contradiction",
                rules::path("valkey.storage.existingClaim"),
                "a claim is named, and `valkey.storage.enabled` is false",
            )
            .related(rules::path("valkey.storage.enabled"), "switched off here")
            .help("leave one of the two out");
    }
    let modes = rules::path("valkey.storage.accessModes");
    let has = |mode: &str| storage.access_modes.iter().any(|known| known == mode);
    if has("ReadWriteOncePod") && storage.access_modes.len() > 1 {
        rules
            .value(
                "contradiction",
                modes.clone(),
                "`ReadWriteOncePod` stands alone, and the API server refuses it beside others",
            )
            .help("write `[ReadWriteOncePod]`");
    } else if !storage.access_modes.is_empty()
        && storage
            .access_modes
            .iter()
            .all(|mode| mode == "ReadOnlyMany")
    {
        rules
            .value(
                "invalid-choice",
                modes,
                "with `ReadOnlyMany` alone nobody can write to the volume, and the server has to",
            )
            .help("write `[ReadWriteOnce]`");
    }
    if storage.access_modes.is_empty() {
        rules
            .value(
                "missing-value",
                rules::path("valkey.storage.accessModes"),
                "a claim needs an access mode",
            )
            .help("write `[ReadWriteOnce]`");
    }
    let annotations = rules.annotations("valkey.storage.annotations", &storage.annotations);
    Storage {
        has_template: storage.enabled && existing.is_none(),
        existing_claim: existing.map(str::to_owned),
        class_name,
        size: storage.requested_size.clone(),
        access_modes: storage.access_modes.clone(),
        annotations: (!annotations.is_empty()).then_some(annotations),
        when_deleted: storage.retention_policy.when_deleted.clone(),
        when_scaled: storage.retention_policy.when_scaled.clone(),
    }
}

/// Checks a StorageClass: nothing is the cluster's default, `-` is none.
pub(super) fn class_name(
    dotted: &str,
    name: Option<&String>,
    rules: &mut Rules<'_>,
) -> Option<String> {
    match name?.as_str() {
        "-" => Some(String::new()),
        class => {
            rules.name(dotted, "StorageClass", Some(class), name::dns_subdomain);
            Some(class.to_owned())
        }
    }
}

/// Checks the name of a claim that exists.
pub(super) fn existing_claim<'n>(
    dotted: &str,
    name: Option<&'n String>,
    rules: &mut Rules<'_>,
) -> Option<&'n str> {
    let claim = name.map(String::as_str);
    rules.name(dotted, "PersistentVolumeClaim", claim, name::dns_subdomain);
    claim
}

/// Checks the size of a volume and returns its bytes.
pub(super) fn size(dotted: &str, text: &str, rules: &mut Rules<'_>) -> Option<u64> {
    let quantity = rules.quantity(rules::path(dotted), text)?;
    let bytes = quantity.ceil().filter(|bytes| *bytes <= SIZE_MAX);
    let problem = match bytes {
        None => "is more than a volume can have",
        Some(0) => "is no size: it has to be more than nothing",
        Some(bytes) if bytes < SIZE_MIN => "has no unit, or too small a one, for a volume",
        Some(_) if quantity.floor() != bytes => "is no whole number of bytes",
        Some(_) => return bytes,
    };
    rules
        .value(
            "invalid-quantity",
            rules::path(dotted),
            format!("`{text}` {problem}"),
        )
        .help("write a number and a unit, such as `5Gi`");
    None
}
