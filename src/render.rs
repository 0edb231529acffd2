//! A tier to its manifest: each template that applies, and the user's own objects.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use sha2::{Digest, Sha256};

use crate::diagnostic::{Diagnostic, ValuePath};
use crate::error::{Error, Failure};
use crate::kube::object::{ObjectId, cluster_scoped};
use crate::manifest::{Manifest, Object};
use crate::path::Path;
use crate::template::{Engine, Templates, Written, catalog};
use crate::tier::{Secrets, Tier};
use crate::yaml::{Mapping, Value};

/// Renders a tier.
///
/// # Errors
///
/// Findings where one of the user's objects is one of ours again; an error where a template fails.
pub fn render(tier: &Tier, templates: &Templates) -> Result<Manifest, Failure> {
    objects(tier, templates, &|_| true)
}

/// Renders those objects of a tier whose templates are wanted, and the user's own.
///
/// # Errors
///
/// As [`render`].
pub fn objects(
    tier: &Tier,
    templates: &Templates,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Result<Manifest, Failure> {
    let mut engine = Engine::new(tier, templates);
    let mut objects: Vec<Object> = Vec::with_capacity(catalog::OBJECTS.len());
    let mut applying: Vec<&catalog::Entry> = catalog::OBJECTS
        .iter()
        .filter(|entry| entry.file == catalog::CONFIG || is_wanted(entry.file))
        .filter(|entry| (entry.applies)(tier))
        .collect();
    // The pods carry a checksum of the configuration, so it comes first.
    applying.sort_by_key(|entry| entry.file != catalog::CONFIG);
    for entry in applying {
        let body = engine.object(entry.file)?;
        if entry.file == catalog::CONFIG {
            set_checksums(&mut engine, &body, tier);
            if !is_wanted(entry.file) {
                continue;
            }
        }
        let object = Object::new(format!("cachegen/templates/{}", entry.file), body);
        if let Some(other) = objects.iter().find(|other| other.id == object.id) {
            let message = format!("{} is rendered already, from {}", object.id, other.source);
            return Err(engine.failed(entry.file, message).into());
        }
        objects.push(object);
    }
    let findings = add_extra(tier, &mut objects);
    if !findings.is_empty() {
        return Err(Failure::Findings(findings));
    }
    Ok(Manifest::new(objects))
}

/// Returns where a field of the object of a template is written.
///
/// # Errors
///
/// [`Error::Template`] where the template of the configuration fails.
pub fn written(
    tier: &Tier,
    templates: &Templates,
    file: &str,
    field: &Path,
) -> Result<Vec<Written>, Error> {
    let mut engine = Engine::new(tier, templates);
    if tier.cache.is_some() {
        let body = engine.object(catalog::CONFIG)?;
        set_checksums(&mut engine, &body, tier);
    }
    Ok(engine.written(file, field))
}

/// Adds the objects of the user's, and finds those that are there already.
fn add_extra(tier: &Tier, objects: &mut Vec<Object>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut positions: HashMap<ObjectId, usize> = HashMap::new();
    if !tier.extra_objects.is_empty() {
        let known = objects.iter().enumerate();
        positions.extend(known.map(|(position, object)| (object.id.clone(), position)));
    }
    for (index, object) in tier.extra_objects.iter().enumerate() {
        let source = format!("extraObjects[{index}]");
        let object = Object::new(source, adopted(object.clone(), tier));
        match positions.entry(object.id.clone()) {
            Entry::Vacant(free) => drop(free.insert(objects.len())),
            Entry::Occupied(taken) => {
                let other = &objects[*taken.get()].source;
                let message = format!("{} is rendered already, from {other}", object.id);
                let path = ValuePath::of("extraObjects").index(index);
                findings.push(
                    Diagnostic::value("duplicate-object", path, message)
                        .help("give the object another name"),
                );
            }
        }
        objects.push(object);
    }
    findings
}

/// Renders the Secret of a tier with this data, base64 by key.
///
/// # Errors
///
/// [`Error::Template`] where the template fails.
pub fn secret(tier: &Tier, data: &Mapping) -> Result<Manifest, Error> {
    let mut tier = tier.clone();
    if let Some(cache) = &mut tier.cache {
        cache.secret.data = Some(data.clone());
    }
    let body = Engine::new(&tier, &Templates::default()).object(catalog::SECRET)?;
    Ok(Manifest::new(vec![Object::new(
        format!("cachegen/templates/{}", catalog::SECRET),
        body,
    )]))
}

/// The user's object with the namespace, the common labels and the common annotations, where it does not say otherwise.
fn adopted(mut object: Mapping, tier: &Tier) -> Mapping {
    let text = |key: &str| object.text(key).unwrap_or_default();
    let is_namespaced = !cluster_scoped(text("apiVersion"), text("kind"));
    let Some(Value::Mapping(metadata)) = object.get_mut("metadata") else {
        return object;
    };
    if let (Some(namespace), true, None) = (
        &tier.identity.namespace,
        is_namespaced,
        metadata.get("namespace"),
    ) {
        metadata.insert("namespace", namespace.as_str().into());
    }
    for (key, common) in [
        ("labels", Some(tier.identity.labels.common())),
        ("annotations", tier.annotations.as_ref()),
    ] {
        let Some(common) = common.filter(|common| !common.is_empty()) else {
            continue;
        };
        let mut all = common.clone();
        if let Some(Value::Mapping(own)) = metadata.get(key) {
            own.iter()
                .for_each(|(key, value)| all.insert(key, value.clone()));
        }
        metadata.insert(key, Value::Mapping(all));
    }
    object
}

fn set_checksums(engine: &mut Engine, config: &Mapping, tier: &Tier) {
    let secret = tier.cache.as_ref().map(|cache| &cache.secret);
    engine.set("checksums", &checksums(config, secret));
}

/// What the pods are restarted by: the data that they mount without its comments, and the identity of the Secret.
///
/// A password is never hashed: whoever can read the pod could guess against the hash.
fn checksums(config: &Mapping, secret: Option<&Secrets>) -> Mapping {
    let mut data = Mapping::default();
    if let Some(Value::Mapping(files)) = config.get("data") {
        for (name, text) in files.iter() {
            let lines = text.as_str().unwrap_or_default().lines();
            let effective: Vec<&str> = lines
                .filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty())
                .collect();
            data.insert(name, effective.join("\n").into());
        }
    }
    let mut checksums = Mapping::from_iter([("config", sha256(&Value::Mapping(data)))]);
    if let Some(secret) = secret {
        let keys: Vec<Value> = secret
            .users
            .iter()
            .map(|user| format!("{}={}", user.name, user.key).into())
            .collect();
        let identity = [
            ("name", secret.name.as_str().into()),
            ("keys", Value::Sequence(keys)),
            ("revision", secret.revision.as_str().into()),
        ];
        checksums.insert(
            "secret",
            sha256(&Value::Mapping(Mapping::from_iter(identity))),
        );
    }
    checksums
}

fn sha256(value: &Value) -> Value {
    base16ct::lower::encode_string(&Sha256::digest(value.to_canonical_json())).into()
}
