//! Values under something that is switched off: a table of switches and of what they make meaningless.

use super::subject::{Report, Subject, is_ignored, leaves};
use super::{Rule, Severity};
use crate::diagnostic::{Step, ValuePath};
use crate::redis::conf;
use crate::tier::{ALERTS, Cache, KEYED};

pub(super) const RULES: &[Rule] = &[Rule {
    code: "dead-value",
    severity: Severity::Note,
    what: "a value under a feature that is switched off, or that something else replaces",
    why: "Nothing rendered depends on it: without it the same bytes come out, as a test shows for each row of the table \
          behind this rule. Somebody who reads the file believes otherwise, a backup's schedule for instance.",
    fix: "leave it out, or switch the feature on",
    check: dead_value,
}];

/// A switch and what it makes meaningless.
struct Switch {
    /// Whether it is off.
    is_off: fn(&Subject<'_>, &Cache) -> bool,
    /// Why it is, in a few words.
    because: &'static str,
    /// The values that may decide it.
    decided_by: &'static [&'static str],
    /// What it makes meaningless.
    dead: &'static [&'static str],
}

/// What means something without a tier.
const ALIVE_WITHOUT_TIER: [&str; 7] = [
    "profile",
    "fullnameOverride",
    "commonLabels",
    "commonAnnotations",
    "client",
    "extraObjects",
    "valkey.enabled",
];

const SWITCHES: &[Switch] = &[
    Switch {
        is_off: |_, cache| cache.exporter.is_none(),
        because: "there is no exporter",
        decided_by: &["valkey.exporter.enabled"],
        dead: &[
            "valkey.exporter",
            "valkey.networkPolicy.metrics",
            "monitoring",
        ],
    },
    Switch {
        is_off: |subject, _| !subject.values.monitoring.prometheus_enabled,
        because: "there is neither ServiceMonitor nor PrometheusRule",
        decided_by: &["monitoring.prometheusEnabled"],
        dead: &[
            "monitoring.labels",
            "monitoring.interval",
            "monitoring.scrapeTimeout",
            "monitoring.runbookUrl",
            "monitoring.alerts",
        ],
    },
    Switch {
        is_off: |subject, _| !subject.values.monitoring.dashboard.enabled,
        because: "there is no dashboard",
        decided_by: &["monitoring.dashboard.enabled"],
        dead: &["monitoring.dashboard"],
    },
    Switch {
        is_off: |_, cache| cache.policy.is_none(),
        because: "there is no network policy",
        decided_by: &["valkey.networkPolicy.enabled"],
        dead: &["valkey.networkPolicy"],
    },
    Switch {
        is_off: |_, cache| cache.backup.is_none(),
        because: "there are no backups",
        decided_by: &["valkey.backup.enabled"],
        dead: &["valkey.backup"],
    },
    Switch {
        is_off: |_, cache| {
            cache
                .backup
                .as_ref()
                .is_some_and(|backup| !backup.storage.is_ours)
        },
        because: "backups go to a claim that exists",
        decided_by: &["valkey.backup.storage.existingClaim"],
        dead: &[
            "valkey.backup.storage.className",
            "valkey.backup.storage.requestedSize",
        ],
    },
    Switch {
        is_off: |subject, _| !subject.values.external_secrets.enabled,
        because: "no ExternalSecret is rendered",
        decided_by: &["externalSecrets.enabled"],
        dead: &["externalSecrets"],
    },
    Switch {
        is_off: |_, cache| cache.disruption_budget.is_none(),
        because: "there is no disruption budget",
        decided_by: &["valkey.podDisruptionBudget.enabled", "valkey.replicas"],
        dead: &["valkey.podDisruptionBudget"],
    },
    Switch {
        is_off: |_, cache| cache.storage.existing_claim.is_some(),
        because: "the data is on a claim that exists",
        decided_by: &["valkey.storage.existingClaim"],
        dead: &[
            "valkey.storage.className",
            "valkey.storage.requestedSize",
            "valkey.storage.accessModes",
            "valkey.storage.annotations",
            "valkey.storage.retentionPolicy",
        ],
    },
    Switch {
        is_off: |subject, _| !subject.values.valkey.storage.enabled,
        because: "there is no volume",
        decided_by: &["valkey.storage.enabled"],
        dead: &[
            "valkey.storage.className",
            "valkey.storage.accessModes",
            "valkey.storage.annotations",
            "valkey.storage.retentionPolicy",
        ],
    },
    Switch {
        is_off: |subject, _| !subject.values.service_account.create,
        because: "no ServiceAccount is rendered",
        decided_by: &["serviceAccount.create"],
        dead: &["serviceAccount.annotations"],
    },
    Switch {
        is_off: |_, cache| cache.server.is_asleep,
        because: "the server only sleeps",
        decided_by: &["valkey.diagnosticMode"],
        dead: &[
            "valkey.probes",
            "valkey.exporter.image",
            "valkey.exporter.tag",
            "valkey.exporter.digest",
            "valkey.exporter.pullPolicy",
            "valkey.exporter.resources",
            "valkey.exporter.extraArgs",
        ],
    },
];

/// Returns the key of `valkey.settings.extra` that replaces the setting at a path, if one does.
fn replacing(subject: &Subject<'_>, path: &ValuePath) -> Option<ValuePath> {
    let keyed = KEYED.iter().find(|keyed| is_below(path, keyed.path))?;
    let extra = &subject.values.valkey.settings.extra.0;
    let (name, _) = extra
        .iter()
        .find(|(name, _)| conf::is_same(name, keyed.directive))?;
    Some(ValuePath::of("valkey.settings.extra").key(name))
}

fn dead_value(subject: &Subject<'_>, report: &mut Report<'_>) {
    let mut all = Vec::new();
    let tree = &subject.effective.tree;
    leaves(tree, &mut ValuePath::default(), &mut |path, _, value| {
        // A path may be as long as the file, and there may be many of them.
        if subject.is_users(value.span) && !is_nothing(value) && !is_ignored(path) {
            all.push(path.clone());
        }
    });
    for path in &all {
        let Some(cache) = subject.cache() else {
            let is_alive = ALIVE_WITHOUT_TIER.iter().any(|alive| is_below(path, alive));
            if !is_alive {
                report
                    .value(
                        path.clone(),
                        format!("`{path}` means nothing without a tier"),
                    )
                    .related(&ValuePath::of("valkey.enabled"), "there is none");
            }
            continue;
        };
        let off = SWITCHES.iter().find(|switch| {
            switch.dead.iter().any(|dead| is_below(path, dead))
                && !switch.decided_by.contains(&path.to_string().as_str())
                && (switch.is_off)(subject, cache)
        });
        if let Some(switch) = off {
            let decisive = subject.decisive(switch.decided_by);
            report
                .value(
                    path.clone(),
                    format!("`{path}` means nothing: {}", switch.because),
                )
                .related(&decisive, "decided here");
            continue;
        }
        if let Some(replacing) = replacing(subject, path) {
            let message = format!("`{path}` means nothing: `valkey.settings.extra` replaces it");
            report
                .value(path.clone(), message)
                .related(&replacing, "decided here");
            continue;
        }
        dead_alert(subject, cache, path, report);
    }
}

fn is_nothing(node: &crate::yaml::Node) -> bool {
    use crate::yaml::Content;
    match &node.content {
        Content::Scalar(scalar) => scalar.is_null(),
        Content::Sequence(items) => items.is_empty(),
        Content::Mapping(entries) => entries.is_empty(),
    }
}

/// Changes of an alert that is not rendered, because it is switched off or would make no sense.
fn dead_alert(subject: &Subject<'_>, cache: &Cache, path: &ValuePath, report: &mut Report<'_>) {
    let [
        Step::Key(monitoring),
        Step::Key(alerts),
        Step::Key(name),
        Step::Key(field),
    ] = path.0.as_slice()
    else {
        return;
    };
    if (&**monitoring, &**alerts) != ("monitoring", "alerts") {
        return;
    }
    let Some(alert) = ALERTS.iter().find(|alert| alert.name == &**name) else {
        return;
    };
    let is_rendered = cache.monitoring.prometheus.iter().any(|prometheus| {
        prometheus
            .groups
            .iter()
            .any(|group| group.rules.iter().any(|rule| rule.name == alert.name))
    });
    let change = subject.values.monitoring.alerts.get(alert.name);
    let is_off = change.and_then(|change| change.enabled) == Some(false);
    if is_rendered || is_off && &**field == "enabled" {
        return;
    }
    let message = if is_off {
        format!("`{path}` means nothing: `{name}` is switched off")
    } else {
        format!(
            "`{path}` means nothing: `{name}` does not apply here ({})",
            alert.meaning
        )
    };
    report.value(path.clone(), message);
}

fn is_below(path: &ValuePath, dotted: &str) -> bool {
    let mut steps = path.0.iter();
    dotted
        .split('.')
        .all(|key| matches!(steps.next(), Some(Step::Key(step)) if **step == *key))
}
