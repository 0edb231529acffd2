//! Who watches the tier: what Prometheus scrapes and when it alerts, and what Grafana shows.
//!
//! The matchers of the tier's series are made here and nowhere else.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::alerts::{ALERTS, Alert, Situation};
use super::identity::Identity;
use super::rules::{self, Rules};
use super::server::Server;
use crate::kube::quantity::Quantity;
use crate::values::Values;
use crate::values::schema;
use crate::yaml::{Mapping, Value};

/// The time over which rates are taken, unless scrapes are far between.
const WINDOW: (&str, u64) = ("5m", 300_000);

/// Scrapes that a window holds at least: a rate needs two, and one may fail.
const SCRAPES_IN_WINDOW: u64 = 4;

/// Who watches the tier.
#[derive(Debug, Clone, Serialize)]
pub struct Monitoring {
    /// What the Prometheus operator is told.
    pub prometheus: Option<Prometheus>,
    /// What Grafana shows.
    pub dashboard: Option<Dashboard>,
}

/// What the Prometheus operator is told.
#[derive(Debug, Clone, Serialize)]
pub struct Prometheus {
    /// Labels by which it finds its objects.
    pub labels: Mapping,
    /// How often metrics are scraped and rules evaluated.
    pub interval: String,
    /// How long a scrape may take.
    pub scrape_timeout: String,
    /// The alerts, by severity.
    pub groups: Vec<Group>,
}

/// A group of rules.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// Its name.
    pub name: &'static str,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// An alert with the user's changes.
#[derive(Debug, Clone, Serialize)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// When it is true.
    pub expression: String,
    /// How long it is true before the alert fires; nothing means at once.
    pub hold: Option<String>,
    /// Its label `severity`.
    pub severity: String,
    /// One line.
    pub summary: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// What to do.
    pub runbook_url: Option<String>,
}

/// What Grafana shows.
#[derive(Debug, Clone, Serialize)]
pub struct Dashboard {
    /// Labels by which its sidecar finds the ConfigMap.
    pub labels: Mapping,
    /// All annotations.
    pub annotations: Option<Mapping>,
    /// The title.
    pub title: String,
    /// What links name it by: at most 40 characters, and another one for each tier.
    pub uid: String,
    /// The matchers in braces, as they stand inside a string of JSON.
    pub selector: String,
}

pub(super) fn resolve(
    values: &Values,
    identity: &Identity,
    server: Option<&Server>,
    common: Option<&Mapping>,
    rules: &mut Rules<'_>,
) -> Monitoring {
    let prometheus = prometheus(values, identity, server, rules);
    let dashboard = dashboard(values, identity, common, rules);
    let is_exported = values.valkey.exporter.enabled;
    Monitoring {
        prometheus: prometheus.filter(|_| is_exported && values.monitoring.prometheus_enabled),
        dashboard: (is_exported && values.monitoring.dashboard.enabled).then_some(dashboard),
    }
}

/// The matchers of the tier's series.
///
/// The operator calls the job like the Service. Where annotations are scraped, the job is whatever Prometheus' own
/// configuration calls it, and what the common one adds is the Service's name under `service`.
fn matchers(values: &Values, identity: &Identity) -> String {
    let label = if values.monitoring.prometheus_enabled {
        "job"
    } else {
        "service"
    };
    let mut matchers = format!("{label}=\"{}\"", identity.names.metrics);
    if let Some(namespace) = &identity.namespace {
        matchers.push_str(&format!(",namespace=\"{namespace}\""));
    }
    matchers
}

fn prometheus(
    values: &Values,
    identity: &Identity,
    server: Option<&Server>,
    rules: &mut Rules<'_>,
) -> Option<Prometheus> {
    let monitoring = &values.monitoring;
    let labels = rules.labels("monitoring.labels", &monitoring.labels);
    rules.no_selector_keys("monitoring.labels", &labels);
    let mut positive = |dotted: &str, text: &str| {
        let milliseconds = rules.duration(rules::path(dotted), text)?;
        if milliseconds == 0 {
            rules.value(
                "invalid-duration",
                rules::path(dotted),
                format!("`{dotted}` must be more than 0"),
            );
            return None;
        }
        Some(milliseconds)
    };
    let interval = positive("monitoring.interval", &monitoring.interval);
    let timeout = positive("monitoring.scrapeTimeout", &monitoring.scrape_timeout);
    if let (Some(interval), Some(timeout)) = (interval, timeout)
        && timeout > interval
    {
        let message = format!(
            "a scrape may take {}, longer than the interval of {}: Prometheus refuses that",
            monitoring.scrape_timeout, monitoring.interval
        );
        // At the one that the user wrote: the other is the default.
        let (path, other) = if rules.is_from_user(&rules::path("monitoring.scrapeTimeout")) {
            ("monitoring.scrapeTimeout", "monitoring.interval")
        } else {
            ("monitoring.interval", "monitoring.scrapeTimeout")
        };
        rules
            .value("contradiction", rules::path(path), message)
            .related(rules::path(other), "the other one")
            .help("set `monitoring.scrapeTimeout` to at most the interval");
    }
    changes(values, rules);
    Some(Prometheus {
        labels,
        interval: monitoring.interval.clone(),
        scrape_timeout: monitoring.scrape_timeout.clone(),
        groups: groups(values, identity, server?, interval?),
    })
}

/// Checks what is changed of the alerts.
fn changes(values: &Values, rules: &mut Rules<'_>) {
    for (name, change) in &values.monitoring.alerts.0 {
        let path = rules::path("monitoring.alerts").key(name);
        if let Some(hold) = &change.hold {
            rules.duration(path.clone().key("for"), hold);
        }
        let alert = ALERTS.iter().find(|alert| alert.name == name);
        if change.threshold.is_some() && alert.is_some_and(|alert| alert.threshold.is_none()) {
            rules
                .key(
                    "unknown-key",
                    path.clone().key("threshold"),
                    format!("`{name}` has no threshold: it compares nothing"),
                )
                .help("leave it out");
        }
    }
}

fn groups(values: &Values, identity: &Identity, server: &Server, interval: u64) -> Vec<Group> {
    let situation = Situation {
        switches: &server.switches,
        n_replicas: values.valkey.replicas,
    };
    let limit = server
        .resources
        .at(&["limits", "memory"])
        .and_then(Value::as_str)
        .and_then(|limit| Quantity::parse(limit).ok())
        .and_then(|limit| limit.floor())
        .unwrap_or_default();
    let words = Words {
        matchers: matchers(values, identity),
        window: window(interval),
        limit: limit.to_string(),
    };
    let mut groups = [
        Group {
            name: "redis.critical",
            rules: Vec::new(),
        },
        Group {
            name: "redis.warning",
            rules: Vec::new(),
        },
    ];
    for alert in ALERTS {
        let change = values.monitoring.alerts.get(alert.name);
        if change.and_then(|change| change.enabled) == Some(false) {
            continue;
        }
        let threshold = change
            .and_then(|change| change.threshold.as_ref())
            .map(|threshold| threshold.0.as_str())
            .or(alert.threshold.map(|(threshold, _)| threshold));
        let Some(expression) = words.expression(alert, threshold, &situation) else {
            continue;
        };
        let rule = rule(values, alert, change, expression);
        let is_critical = rule.severity == "critical";
        groups[usize::from(!is_critical)].rules.push(rule);
    }
    groups
        .into_iter()
        .filter(|group| !group.rules.is_empty())
        .collect()
}

fn rule(
    values: &Values,
    alert: &Alert,
    change: Option<&schema::Alert>,
    expression: String,
) -> Rule {
    let hold = change
        .and_then(|change| change.hold.as_deref())
        .unwrap_or(alert.hold);
    let severity = change
        .and_then(|change| change.severity.as_deref())
        .unwrap_or(alert.severity);
    let runbook = values.monitoring.runbook_url.as_deref();
    Rule {
        name: alert.name,
        expression,
        hold: (crate::kube::duration::parse(hold) != Ok(0)).then(|| hold.to_owned()),
        severity: severity.to_owned(),
        summary: alert.summary,
        description: alert.description,
        runbook_url: runbook.map(|prefix| {
            let is_word = prefix.ends_with(|c: char| c.is_ascii_alphanumeric());
            format!("{prefix}{}{}", if is_word { "/" } else { "" }, alert.name)
        }),
    }
}

/// What the words of an expression stand for.
struct Words {
    matchers: String,
    window: String,
    limit: String,
}

impl Words {
    /// Returns the expression of an alert, unless none of its conditions makes sense.
    fn expression(
        &self,
        alert: &Alert,
        threshold: Option<&str>,
        situation: &Situation<'_>,
    ) -> Option<String> {
        let arms: Vec<&str> = alert
            .arms
            .iter()
            .filter(|(makes_sense, _)| makes_sense(situation))
            .map(|(_, text)| *text)
            .collect();
        if arms.is_empty() {
            return None;
        }
        let text = arms
            .join(" or ")
            .replace("WINDOW", &self.window)
            .replace("LIMIT", &self.limit)
            .replace("THRESHOLD", threshold.unwrap_or_default())
            .replace("SEL", &self.matchers);
        Some(text)
    }
}

fn window(interval: u64) -> String {
    match interval.saturating_mul(SCRAPES_IN_WINDOW) {
        window if window > WINDOW.1 => format!("{}s", window.div_ceil(1000)),
        _ => WINDOW.0.to_owned(),
    }
}

fn dashboard(
    values: &Values,
    identity: &Identity,
    common: Option<&Mapping>,
    rules: &mut Rules<'_>,
) -> Dashboard {
    let dashboard = &values.monitoring.dashboard;
    let labels = rules.labels("monitoring.dashboard.labels", &dashboard.labels);
    rules.no_selector_keys("monitoring.dashboard.labels", &labels);
    let annotations = rules.annotations("monitoring.dashboard.annotations", &dashboard.annotations);
    let place = match &identity.namespace {
        Some(namespace) => format!("{namespace}/{}", identity.names.redis),
        None => identity.names.redis.clone(),
    };
    let hash = base16ct::lower::encode_string(&Sha256::digest(place.as_bytes()));
    Dashboard {
        labels,
        annotations: rules::merged(common, &annotations),
        uid: format!("redis-{}", &hash[..16]),
        title: format!("Redis: {place}"),
        selector: format!("{{{}}}", matchers(values, identity)).replace('"', "\\\""),
    }
}
