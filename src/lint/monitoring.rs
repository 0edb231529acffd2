//! Faults that nobody would be told of.

use super::subject::{Report, Subject};
use super::{Rule, Severity};
use crate::diagnostic::ValuePath;
use crate::kube::duration;
use crate::redis::exporter;
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
    Rule {
        code: "scrape-timeout-too-short",
        severity: Severity::Warning,
        what: "a scrape that gives up before the exporter does",
        why: "The exporter waits 3 s for the server before it says that it is down. A scrape that has ended by then brings \
              nothing: of a server that hangs nobody learns that it does, only that there are no metrics, and \
              `RedisDown` never fires.",
        fix: "leave `monitoring.scrapeTimeout` out, or set it to more than 3s",
        check: scrape_timeout_too_short,
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

fn scrape_timeout_too_short(subject: &Subject<'_>, report: &mut Report<'_>) {
    let prometheus = subject.cache().map(|cache| &cache.monitoring.prometheus);
    let Some(Some(prometheus)) = prometheus else {
        return;
    };
    let milliseconds = |text: &str| duration::parse(text).ok();
    if milliseconds(&prometheus.scrape_timeout) <= milliseconds(exporter::CONNECTION_TIMEOUT) {
        let message = format!(
            "a scrape may take {}, and the exporter waits {} for the server",
            prometheus.scrape_timeout,
            exporter::CONNECTION_TIMEOUT
        );
        report.value(ValuePath::of("monitoring.scrapeTimeout"), message);
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
