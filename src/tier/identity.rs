//! Names and labels: what objects are called, and by what they find each other.

use serde::Serialize;

use super::Invocation;
use super::rules::{self, Rules};
use crate::diagnostic::Place;
use crate::kube::name;
use crate::values::Values;
use crate::yaml::{Mapping, Value};

/// Most characters of `<full>`.
///
/// The longest name made of it is the pod's service name: `<full>-redis-headless` has 15 more, and the label
/// `controller-revision-hash` is the StatefulSet's name and 11 more (`<full>-redis-` and ten of a hash), at most 63.
pub(super) const MAX_FULL: usize = 46;

/// Most characters of `<full>` with backups: a CronJob's name has at most 52, since its Jobs' have 11 more, and
/// `<full>-redis-backup` has 13 more.
const MAX_FULL_WITH_BACKUP: usize = 39;

/// Keys of the labels that select; they can never change.
pub(super) const SELECTOR_KEYS: [&str; 3] = [
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/component",
];

/// Who everything is.
#[derive(Debug, Clone, Serialize)]
pub struct Identity {
    /// The objects' names.
    pub names: Names,
    /// The namespace, if it is written.
    pub namespace: Option<String>,
    /// The labels.
    #[serde(skip)]
    pub labels: Labels,
}

/// The names of the objects.
#[derive(Debug, Clone, Serialize)]
pub struct Names {
    /// What every name begins with.
    pub full: String,
    /// StatefulSet, client Service, ServiceAccount.
    pub redis: String,
    /// Service that gives pods their DNS names.
    pub headless: String,
    /// ConfigMap of the server.
    pub config: String,
    /// ConfigMap of the application.
    pub env: String,
    /// Our own Secret.
    pub secret: String,
    /// Service of the metrics; Prometheus' label `job` has this name.
    pub metrics: String,
    /// PrometheusRule.
    pub alerts: String,
    /// ConfigMap of the Grafana dashboard.
    pub dashboard: String,
    /// What makes backups, and the claim that keeps them.
    pub backup: String,
}

/// What labels are made of.
#[derive(Debug, Clone)]
pub struct Labels {
    full: String,
    version: Option<String>,
    common: Mapping,
}

impl Labels {
    /// Returns the labels by which a component is selected; they never change.
    pub fn selector(&self, component: &str) -> Mapping {
        let values = [self.full.as_str(), self.full.as_str(), component];
        SELECTOR_KEYS
            .into_iter()
            .zip(values.map(Value::from))
            .collect()
    }

    /// Returns the labels of an object's own metadata.
    pub fn all(&self, component: &str) -> Mapping {
        let mut labels = self.selector(component);
        labels.insert("app.kubernetes.io/part-of", "cache-layer".into());
        labels.insert("app.kubernetes.io/managed-by", "cachegen".into());
        if let Some(version) = &self.version {
            labels.insert("app.kubernetes.io/version", version.as_str().into());
        }
        for (key, value) in self.common.iter() {
            labels.insert(key, value.clone());
        }
        labels
    }

    /// Returns the labels that the user wants on every object.
    pub fn common(&self) -> &Mapping {
        &self.common
    }

    /// Sets the version that objects are labelled with.
    pub(super) fn set_version(&mut self, version: Option<String>) {
        self.version = version;
    }
}

pub(super) fn resolve(values: &Values, invocation: &Invocation, rules: &mut Rules<'_>) -> Identity {
    rules.name(
        "clusterDomain",
        "cluster's DNS domain",
        Some(&values.cluster_domain),
        name::dns_subdomain,
    );
    let over = values.fullname_override.as_deref();
    let full = over.unwrap_or(&invocation.name).to_owned();
    let place = match over {
        Some(_) => Place::Value(rules::path("fullnameOverride")),
        None => Place::Span(invocation.name_span),
    };
    if let Err(rule) = name::dns_label_1035(&full) {
        rules.place("invalid-name", place, format!("the name `{full}` {rule}"));
    } else if full.len() > MAX_FULL {
        let message = format!(
            "the name `{full}` has {} characters: at most {MAX_FULL} leave room for the names made of it",
            full.len()
        );
        rules
            .place("name-too-long", place, message)
            .help("choose a shorter NAME, or set `fullnameOverride`");
    } else if full.len() > MAX_FULL_WITH_BACKUP
        && values.valkey.enabled
        && values.valkey.backup.enabled
    {
        let message = format!(
            "the name `{full}` has {} characters: with backups at most {MAX_FULL_WITH_BACKUP} leave room for the names of the jobs",
            full.len()
        );
        rules
            .place("name-too-long", place, message)
            .related(
                rules::path("valkey.backup.enabled"),
                "backups are switched on here",
            )
            .help("choose a shorter NAME, or set `fullnameOverride`");
    }
    if let Some(Err(rule)) = invocation.namespace.as_deref().map(name::dns_label) {
        rules.place(
            "invalid-name",
            Place::Span(invocation.namespace_span),
            format!("the name of a namespace {rule}"),
        );
    }
    let common = rules.labels("commonLabels", &values.common_labels);
    for key in SELECTOR_KEYS {
        if common.get(key).is_some() {
            let message = format!("`{key}` is how objects find their pods, and cannot be changed");
            rules
                .key(
                    "reserved-label",
                    rules::path("commonLabels").key(key),
                    message,
                )
                .help("leave it out, or set `fullnameOverride`");
        }
    }
    let redis = format!("{full}-redis");
    let names = Names {
        headless: format!("{redis}-headless"),
        config: format!("{redis}-config"),
        env: format!("{redis}-env"),
        secret: format!("{redis}-secret"),
        metrics: format!("{redis}-metrics"),
        alerts: format!("{redis}-alerts"),
        dashboard: format!("{redis}-dashboard"),
        backup: format!("{redis}-backup"),
        redis,
        full: full.clone(),
    };
    Identity {
        names,
        namespace: invocation.namespace.clone(),
        labels: Labels {
            full,
            version: None,
            common,
        },
    }
}

pub(super) fn common_annotations(values: &Values, rules: &mut Rules<'_>) -> Option<Mapping> {
    let annotations = rules.annotations("commonAnnotations", &values.common_annotations);
    (!annotations.is_empty()).then_some(annotations)
}
