//! The exporter in the pod and its Service: image, arguments, where it listens and who finds it there.

use serde::Serialize;

use super::image::{self, Image};
use super::resources;
use super::rules::{self, Rules};
use super::secret::Secrets;
use crate::redis::acl::User;
use crate::redis::base;
use crate::redis::exporter::{self, Release};
use crate::values::Values;
use crate::yaml::{Mapping, Value};

/// Name of the container.
pub(super) const CONTAINER: &str = "redis-exporter";

/// The exporter.
#[derive(Debug, Clone, Serialize)]
pub struct Exporter {
    /// The image's reference.
    pub image: String,
    /// When to pull it.
    pub pull_policy: String,
    /// Requests and limits.
    pub resources: Option<Value>,
    /// Further arguments.
    pub args: Option<Vec<String>>,
    /// Port it listens on.
    pub port: u16,
    /// Path of the metrics.
    pub path: &'static str,
    /// Path of the liveness probe.
    pub health_path: &'static str,
    /// The server it watches.
    pub address: String,
    /// The user that it logs in as.
    pub user: &'static str,
    /// Whether the pod starts without its password, as the server then does without the user; nothing where not.
    pub is_password_optional: Option<bool>,
    /// How long it waits for the server.
    pub timeout: &'static str,
    /// The Service of the metrics.
    pub service: MetricsService,
    /// Its version, where the tag tells.
    #[serde(skip)]
    pub release: Option<Release>,
}

/// The Service of the metrics.
#[derive(Debug, Clone, Serialize)]
pub struct MetricsService {
    /// Labels beside those of every object.
    pub labels: Mapping,
    /// All annotations.
    pub annotations: Option<Mapping>,
}

pub(super) fn resolve(
    values: &Values,
    secret: &Secrets,
    common: Option<&Mapping>,
    rules: &mut Rules<'_>,
) -> Option<Exporter> {
    let exporter = &values.valkey.exporter;
    let image = image::resolve(
        &Image {
            repository: ("valkey.exporter.image", &exporter.image),
            tag: ("valkey.exporter.tag", exporter.tag.as_ref()),
            digest: ("valkey.exporter.digest", exporter.digest.as_ref()),
        },
        values,
        rules,
    );
    let resources = resources::stated(
        "valkey.exporter.resources",
        exporter.resources.as_ref(),
        rules,
    );
    arguments(&exporter.extra_args, rules);
    let service = service(values, common, rules);
    exporter.enabled.then(|| Exporter {
        image,
        pull_policy: exporter.pull_policy.clone(),
        resources,
        args: (!exporter.extra_args.is_empty()).then(|| exporter.extra_args.clone()),
        port: exporter::PORT,
        path: exporter::METRICS_PATH,
        health_path: exporter::HEALTH_PATH,
        // The address, not `localhost`: a name is tried twice, by IPv6 first, and each timeout doubles.
        address: format!("redis://127.0.0.1:{}", base::PORT),
        user: User::Exporter.name(),
        is_password_optional: secret
            .users
            .iter()
            .any(|user| user.name == User::Exporter.name() && !user.is_required)
            .then_some(true),
        timeout: exporter::CONNECTION_TIMEOUT,
        service,
        release: exporter.tag.as_deref().and_then(Release::of_tag),
    })
}

/// Arguments that would move the exporter away from whoever relies on it; a value may be a secret and is not quoted.
fn arguments(arguments: &[String], rules: &mut Rules<'_>) {
    for (index, argument) in arguments.iter().enumerate() {
        if let Some((flag, reason)) = exporter::managed_flag(argument) {
            rules
                .value(
                    "managed-argument",
                    rules::path("valkey.exporter.extraArgs").index(index),
                    format!("`--{flag}` is ours to set: {reason}"),
                )
                .help("leave it out");
        }
    }
}

fn service(values: &Values, common: Option<&Mapping>, rules: &mut Rules<'_>) -> MetricsService {
    let service = &values.valkey.exporter.service;
    let labels = rules.labels("valkey.exporter.service.labels", &service.labels);
    rules.no_selector_keys("valkey.exporter.service.labels", &labels);
    let mut annotations =
        rules.annotations("valkey.exporter.service.annotations", &service.annotations);
    // One way to be scraped, never two: the series would be there twice, and every alert too.
    if !values.monitoring.prometheus_enabled {
        for (key, value) in [
            ("prometheus.io/scrape", "true".to_owned()),
            ("prometheus.io/port", exporter::PORT.to_string()),
            ("prometheus.io/path", exporter::METRICS_PATH.to_owned()),
        ] {
            if annotations.get(key).is_none() {
                annotations.insert(key, value.into());
            }
        }
    } else if annotations
        .get("prometheus.io/scrape")
        .is_some_and(|value| value.as_str() == Some("true"))
        && values.valkey.exporter.enabled
    {
        rules
            .key(
                "contradiction",
                rules::path("valkey.exporter.service.annotations").key("prometheus.io/scrape"),
                "the metrics would be scraped twice, by this annotation and by the ServiceMonitor",
            )
            .related(
                rules::path("monitoring.prometheusEnabled"),
                "the ServiceMonitor",
            )
            .help("leave it out, or set `monitoring.prometheusEnabled` to false");
    }
    MetricsService {
        labels,
        annotations: rules::merged(common, &annotations),
    }
}
