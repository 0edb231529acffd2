//! Faults that nobody would be told of.

use super::subject::{Report, Subject};
use super::{Rule, Severity};
use crate::diagnostic::ValuePath;
use crate::tier::ALERTS;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "monitoring-off",
        severity: Severity::Warning,
        what: "no exporter, or no alerts",
        why: "Without the exporter nothing tells that the server is full, refuses writes, or cannot write its data: none of \
              these ends the pod. With `monitoring.prometheusEnabled: false` metrics are scraped by annotations, and no \
              alert is rendered.",
        fix: "leave it out where the Prometheus operator runs; elsewhere alert on the metrics by other means",
        check: monitoring_off,
    },
    Rule {
        code: "alert-off",
        severity: Severity::Warning,
        what: "an alert that is switched off",
        why: "Each alert was fired against a live server or in a unit test of Prometheus, and says something that the others \
              do not. The critical ones are about a server that does not work; the others may rightly not fit a workload.",
        fix: "raise its `threshold` or its `for` instead of switching it off",
        check: alert_off,
    },
];

fn monitoring_off(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(cache) = subject.cache() else { return };
    if cache.exporter.is_none() {
        report.value(
            ValuePath::of("valkey.exporter.enabled"),
            "there are no metrics: nobody is told when the server is full or cannot write its data",
        );
    } else if cache.monitoring.prometheus.is_none() {
        report
            .value(
                ValuePath::of("monitoring.prometheusEnabled"),
                "no alerts are rendered: metrics are only offered to whoever reads annotations",
            )
            .severity(Severity::Note);
    }
}

fn alert_off(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject
        .cache()
        .is_none_or(|cache| cache.monitoring.prometheus.is_none())
    {
        return;
    }
    for (name, change) in &subject.values.monitoring.alerts.0 {
        let Some(alert) = ALERTS.iter().find(|alert| alert.name == name) else {
            continue;
        };
        if change.enabled == Some(false) {
            let severity = if alert.severity == "critical" {
                Severity::Warning
            } else {
                Severity::Note
            };
            report
                .value(
                    ValuePath::of("monitoring.alerts").key(name).key("enabled"),
                    format!(
                        "`{name}` is switched off: nobody is told when {}",
                        alert.meaning
                    ),
                )
                .severity(severity);
        }
    }
}
