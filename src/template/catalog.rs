//! Every template: its file, its text, and when its object exists. In reading order.

use crate::tier::{Prometheus, Tier};

/// The template of one object.
#[derive(Debug)]
pub struct Entry {
    /// The file in `templates/`.
    pub file: &'static str,
    /// Whether the object exists in a tier.
    pub applies: fn(&Tier) -> bool,
}

/// The file whose data the server reads, which the checksum covers.
pub const CONFIG: &str = "configmap-redis.yaml.j2";

/// The file of the Secret.
pub const SECRET: &str = "secret.yaml.j2";

/// The objects.
pub const OBJECTS: &[Entry] = &[
    Entry {
        file: "configmap-env.yaml.j2",
        applies: |_| true,
    },
    Entry {
        file: "serviceaccount.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.service_account.create)
        },
    },
    Entry {
        file: SECRET,
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.secret.data.is_some())
        },
    },
    Entry {
        file: "externalsecret.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.secret.external.is_some())
        },
    },
    Entry {
        file: CONFIG,
        applies: |tier| tier.cache.is_some(),
    },
    Entry {
        file: "service.yaml.j2",
        applies: |tier| tier.cache.is_some(),
    },
    Entry {
        file: "service-headless.yaml.j2",
        applies: |tier| tier.cache.is_some(),
    },
    Entry {
        file: "service-metrics.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.exporter.is_some())
        },
    },
    Entry {
        file: "statefulset.yaml.j2",
        applies: |tier| tier.cache.is_some(),
    },
    Entry {
        file: "servicemonitor.yaml.j2",
        applies: |tier| prometheus(tier).is_some(),
    },
    Entry {
        file: "prometheusrule.yaml.j2",
        applies: |tier| prometheus(tier).is_some_and(|prometheus| !prometheus.groups.is_empty()),
    },
    Entry {
        file: "configmap-dashboard.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.monitoring.dashboard.is_some())
        },
    },
    Entry {
        file: "poddisruptionbudget.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.disruption_budget.is_some())
        },
    },
    Entry {
        file: "networkpolicy.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.policy.is_some())
        },
    },
    Entry {
        file: "networkpolicy-backup.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.policy.is_some() && cache.backup.is_some())
        },
    },
    Entry {
        file: "persistentvolumeclaim-backup.yaml.j2",
        applies: |tier| {
            let backup = tier.cache.as_ref().and_then(|cache| cache.backup.as_ref());
            backup.is_some_and(|backup| backup.storage.is_ours)
        },
    },
    Entry {
        file: "cronjob-backup.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.backup.is_some())
        },
    },
];

fn prometheus(tier: &Tier) -> Option<&Prometheus> {
    tier.cache.as_ref()?.monitoring.prometheus.as_ref()
}

macro_rules! embedded {
    ($($file:literal),+ $(,)?) => { &[$(($file, include_str!(concat!("../../templates/", $file)))),+] };
}

/// The text of every template, parts of objects and plain texts among them.
pub const TEXTS: &[(&str, &str)] = embedded![
    "config/dashboard.json.j2",
    "config/redis.conf.j2",
    "configmap-dashboard.yaml.j2",
    "configmap-env.yaml.j2",
    "configmap-redis.yaml.j2",
    "cronjob-backup.yaml.j2",
    "externalsecret.yaml.j2",
    "networkpolicy-backup.yaml.j2",
    "networkpolicy.yaml.j2",
    "partials/probe-liveness.yaml.j2",
    "partials/probe-readiness.yaml.j2",
    "partials/probe-startup.yaml.j2",
    "partials/security-context-container.yaml.j2",
    "partials/security-context-pod.yaml.j2",
    "persistentvolumeclaim-backup.yaml.j2",
    "poddisruptionbudget.yaml.j2",
    "prometheusrule.yaml.j2",
    "scripts/backup.sh.j2",
    "scripts/init.sh.j2",
    "scripts/ready.sh.j2",
    "secret.yaml.j2",
    "service-headless.yaml.j2",
    "service-metrics.yaml.j2",
    "service.yaml.j2",
    "serviceaccount.yaml.j2",
    "servicemonitor.yaml.j2",
    "statefulset.yaml.j2",
];

/// Returns the text of a template.
pub fn text(file: &str) -> Option<&'static str> {
    TEXTS
        .iter()
        .find(|(name, _)| *name == file)
        .map(|(_, text)| *text)
}
