//! Where the pods may run, and what a drain does to them.

use super::subject::{Report, Subject};
use super::{Rule, Severity, selector};
use crate::diagnostic::{Severity as Level, ValuePath};
use crate::yaml::{Mapping, Value};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "unreachable-nodes",
        severity: Severity::Warning,
        what: "nodes that are wanted and whose taint is not tolerated, or that cannot be",
        why: "A pod that fits no node stays Pending. By convention a node with the label `dedicated: x` carries the taint \
              `dedicated=x`, spot nodes of AKS carry `kubernetes.azure.com/scalesetpriority=spot`, and control planes \
              `node-role.kubernetes.io/control-plane:NoSchedule`; no image of Redis or Valkey runs on Windows. Whether a node with such a label exists cannot be known here.",
        fix: "make `nodeSelector` and `tolerations` say the same",
        check: unreachable_nodes,
    },
    Rule {
        code: "spread-matches-nothing",
        severity: Severity::Warning,
        what: "a spread constraint that counts no pod of ours",
        why: "A constraint counts the pods that its `labelSelector` selects, and without one it selects none \
              (`apimachinery`, `LabelSelectorAsSelector`). One that does not select the pod it stands on spreads nothing, and \
              says nothing about it.",
        fix: "select by `app.kubernetes.io/instance` and `app.kubernetes.io/component: redis`",
        check: spread_matches_nothing,
    },
    Rule {
        code: "budget-of-one",
        severity: Severity::Warning,
        what: "a PodDisruptionBudget over one server",
        why: "With `maxUnavailable: 0` over a single pod no node that runs it can ever be drained: the drain waits forever, \
              and upgrades of the cluster with it. With 1 the budget permits everything and means nothing.",
        fix: "leave `valkey.podDisruptionBudget.enabled` out: a budget is rendered when there is more than one server",
        check: budget_of_one,
    },
];

fn unreachable_nodes(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(cache) = subject.cache() else { return };
    let tolerations = cache.pod.tolerations.as_deref().unwrap_or_default();
    let selector = cache.pod.node_selector.as_ref();
    for (key, value) in selector.iter().flat_map(|selector| selector.iter()) {
        let value = value.as_str().unwrap_or_default();
        let path = ValuePath::of("nodeSelector").key(key);
        if key == "kubernetes.io/os" && value != "linux" {
            report
                .value(path, format!("no image of the server runs on `{value}`"))
                .severity(Level::Error)
                .help("leave it out");
        } else if matches!(
            key,
            "node-role.kubernetes.io/control-plane" | "node-role.kubernetes.io/master"
        ) {
            if !tolerations
                .iter()
                .any(|toleration| tolerates(toleration, key, value))
            {
                report
                    .value(
                        path,
                        format!(
                            "control planes are wanted, and their taint `{key}` is not tolerated"
                        ),
                    )
                    .help(format!(
                        "tolerate it: `{{key: {key}, operator: Exists, effect: NoSchedule}}`"
                    ));
            }
        } else if let Some(severity) = is_tainted(key, value)
            && !tolerations.iter().any(|toleration| {
                toleration.text("key") == Some(key) || tolerates(toleration, key, value)
            })
        {
            report
                .value(
                    path,
                    format!("nodes with `{key}: {value}` are wanted, and their taint `{key}={value}` is not tolerated"),
                )
                .severity(severity)
                .help(format!(
                    "tolerate it: `{{key: {key}, operator: Equal, value: {value}, effect: NoSchedule}}`"
                ));
        } else if let Some(index) = other_value(tolerations, key, value) {
            let tolerated = tolerations[index].text("value").unwrap_or_default();
            report
                .value(
                    path,
                    format!("nodes with `{key}: {value}` are wanted, and the taint `{key}={tolerated}` is tolerated"),
                )
                .related(&ValuePath::of("tolerations").index(index), "what is tolerated")
                .help(format!("write `{value}` in both, or `{tolerated}`"));
        }
    }
    required_affinity(cache.pod.affinity.as_ref(), selector, report);
}

/// Tells whether nodes with a label mostly have a taint that says the same, and how bad it is not to tolerate that.
fn is_tainted(key: &str, value: &str) -> Option<Level> {
    match (key, value) {
        // AKS puts label and taint on every node of a spot pool (its documentation, "Add a spot node pool").
        ("kubernetes.azure.com/scalesetpriority", "spot") => Some(Level::Warning),
        ("dedicated", _) => Some(Level::Note),
        _ => None,
    }
}

/// Tells whether a toleration is for a taint.
fn tolerates(toleration: &Mapping, key: &str, value: &str) -> bool {
    let operator = toleration.text("operator").unwrap_or_default();
    let (wanted, is_any) = (
        toleration.text("key").unwrap_or_default(),
        operator == "Exists",
    );
    if wanted.is_empty() {
        return is_any;
    }
    wanted == key && (is_any || toleration.text("value").unwrap_or_default() == value)
}

/// Returns the toleration for the same key with another value, unless one fits.
fn other_value(tolerations: &[Mapping], key: &str, value: &str) -> Option<usize> {
    if tolerations
        .iter()
        .any(|toleration| tolerates(toleration, key, value))
    {
        return None;
    }
    tolerations
        .iter()
        .position(|toleration| toleration.text("key") == Some(key))
}

/// Reports a required node affinity that excludes what the selector wants, in each of its terms.
fn required_affinity(
    affinity: Option<&Mapping>,
    selector: Option<&Mapping>,
    report: &mut Report<'_>,
) {
    let Some((affinity, selector)) = affinity.zip(selector) else {
        return;
    };
    let required = Value::Mapping(affinity.clone());
    let Some(terms) = required
        .at(&[
            "nodeAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
            "nodeSelectorTerms",
        ])
        .and_then(Value::as_sequence)
    else {
        return;
    };
    let excluded = |term: &Value| {
        let expressions = term
            .at(&["matchExpressions"])
            .and_then(Value::as_sequence)?;
        expressions
            .iter()
            .filter_map(Value::as_mapping)
            .find_map(|expression| {
                let key = expression.text("key").unwrap_or_default();
                let wanted = selector.get(key)?.as_str()?;
                let listed = expression
                    .get("values")
                    .and_then(Value::as_sequence)
                    .unwrap_or_default();
                let is_listed = listed.iter().any(|value| value.as_str() == Some(wanted));
                let is_excluded = match expression.text("operator").unwrap_or_default() {
                    "In" => !is_listed,
                    "NotIn" => is_listed,
                    "DoesNotExist" => true,
                    _ => false,
                };
                is_excluded.then(|| key.to_owned())
            })
    };
    let keys: Option<Vec<String>> = terms.iter().map(excluded).collect();
    if let Some(key) = keys.and_then(|keys| keys.into_iter().next()) {
        report
            .value(
                ValuePath::of("nodeSelector").key(&key),
                format!(
                    "the required node affinity excludes the nodes whose `{key}` is wanted here"
                ),
            )
            .related(&ValuePath::of("affinity.nodeAffinity"), "the affinity")
            .severity(Level::Error)
            .help("leave one of the two out");
    }
}

fn spread_matches_nothing(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(cache) = subject.cache() else { return };
    let constraints = cache
        .pod
        .topology_spread_constraints
        .as_deref()
        .unwrap_or_default();
    for (index, constraint) in constraints.iter().enumerate() {
        let path = ValuePath::of("topologySpreadConstraints").index(index);
        let Some(selector) = constraint
            .get("labelSelector")
            .filter(|selector| **selector != Value::Null)
        else {
            report.value(
                path,
                "without a `labelSelector` it counts no pod: nothing is spread",
            );
            continue;
        };
        if let Some(found) = selector::mismatch(selector, &cache.pod.labels) {
            let path = found
                .steps
                .into_iter()
                .fold(path.key("labelSelector"), |path, step| match step {
                    selector::Step::Key(key) => path.key(&key),
                    selector::Step::Index(index) => path.index(index),
                });
            report.value(path, format!("{}: nothing is spread", found.because));
        }
    }
}

fn budget_of_one(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(cache) = subject.cache().filter(|cache| cache.replicas == 1) else {
        return;
    };
    added_budgets(subject, &cache.pod.labels, report);
    let Some(budget) = &cache.disruption_budget else {
        return;
    };
    let is_none = is_zero(&budget.max_unavailable);
    let enabled = ValuePath::of("valkey.podDisruptionBudget.enabled");
    if is_none {
        report
            .value(
                ValuePath::of("valkey.podDisruptionBudget.maxUnavailable"),
                "no node that runs the server can be drained",
            )
            .related(&enabled, "the budget");
    } else {
        report
            .value(
                enabled,
                "a budget over one server permits every drain, and means nothing",
            )
            .severity(Level::Note);
    }
}

/// Budgets among the further objects that select the one pod and permit no drain.
fn added_budgets(subject: &Subject<'_>, labels: &Mapping, report: &mut Report<'_>) {
    for (path, object) in subject.added_objects() {
        let Some(spec) = object
            .get("spec")
            .filter(|_| object.text("kind") == Some("PodDisruptionBudget"))
        else {
            continue;
        };
        let selects = spec
            .at(&["selector"])
            .is_some_and(|selector| selector::mismatch(selector, labels).is_none());
        let field = |key: &str| spec.at(&[key]);
        let refuses = [
            (
                "minAvailable",
                field("minAvailable").is_some_and(|least| !is_zero(least)),
            ),
            (
                "maxUnavailable",
                field("maxUnavailable").is_some_and(is_zero),
            ),
        ];
        for (key, _) in refuses
            .into_iter()
            .filter(|(_, refuses)| selects && *refuses)
        {
            report
                .value(
                    path.clone().key("spec").key(key),
                    "no node that runs the server can be drained",
                )
                .help("leave the budget out: there is one server");
        }
    }
}

/// Tells whether a number or a percentage is none.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Number(text) => &**text == "0",
        Value::String(text) => text.trim_end_matches('%').bytes().all(|byte| byte == b'0'),
        _ => false,
    }
}
