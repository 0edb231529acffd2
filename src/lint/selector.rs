//! Label selectors as Kubernetes reads them, against the labels of the pods.

use crate::yaml::{Mapping, Value};

/// Labels that controllers give to pods: what they say is not known here.
const OF_CONTROLLERS: [&str; 4] = [
    "controller-revision-hash",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
];

/// A condition of a selector that labels do not meet.
pub(super) struct Mismatch {
    /// Where it stands below the selector.
    pub(super) steps: Vec<Step>,
    /// Why it is not met.
    pub(super) because: String,
}

/// A step to a condition.
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Finds the first condition of a selector that labels do not meet.
pub(super) fn mismatch(selector: &Value, labels: &Mapping) -> Option<Mismatch> {
    let conditions = selector.at(&["matchLabels"]).and_then(Value::as_mapping);
    for (key, value) in conditions.iter().flat_map(|conditions| conditions.iter()) {
        let wanted = value.as_str().unwrap_or_default();
        let ours = label(labels, key);
        if ours != Some(wanted) && !OF_CONTROLLERS.contains(&key) {
            let because = match ours {
                Some(ours) => format!("the pods have `{key}: {ours}`, not `{wanted}`"),
                None => format!("the pods have no label `{key}`"),
            };
            let steps = vec![
                Step::Key("matchLabels".to_owned()),
                Step::Key(key.to_owned()),
            ];
            return Some(Mismatch { steps, because });
        }
    }
    let expressions = selector
        .at(&["matchExpressions"])
        .and_then(Value::as_sequence)
        .unwrap_or_default();
    for (index, expression) in expressions.iter().enumerate() {
        if let Some(because) = unmet(expression, labels) {
            let steps = vec![Step::Key("matchExpressions".to_owned()), Step::Index(index)];
            return Some(Mismatch { steps, because });
        }
    }
    None
}

fn unmet(expression: &Value, labels: &Mapping) -> Option<String> {
    let text = |key: &str| {
        expression
            .at(&[key])
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let key = text("key");
    if OF_CONTROLLERS.contains(&key) {
        return None;
    }
    let listed = expression
        .at(&["values"])
        .and_then(Value::as_sequence)
        .unwrap_or_default();
    let is_listed = |ours: &str| listed.iter().any(|value| value.as_str() == Some(ours));
    match (text("operator"), label(labels, key)) {
        ("In", Some(ours)) if !is_listed(ours) => Some(format!(
            "the pods have `{key}: {ours}`, which is not listed"
        )),
        ("NotIn", Some(ours)) if is_listed(ours) => {
            Some(format!("the pods have `{key}: {ours}`, which is excluded"))
        }
        ("In" | "Exists", None) => Some(format!("the pods have no label `{key}`")),
        ("DoesNotExist", Some(_)) => Some(format!("the pods have a label `{key}`")),
        _ => None,
    }
}

fn label<'l>(labels: &'l Mapping, key: &str) -> Option<&'l str> {
    labels.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::mismatch;
    use crate::yaml::{Mapping, read};

    #[test]
    fn a_selector_matches_as_in_kubernetes() {
        let labels = Mapping::from_iter([("app", "cache".into()), ("tier", "data".into())]);
        for (selector, expected) in [
            ("{}", true),
            ("{matchLabels: {app: cache}}", true),
            ("{matchLabels: {app: other}}", false),
            ("{matchLabels: {other: cache}}", false),
            (
                "{matchLabels: {statefulset.kubernetes.io/pod-name: x-0}}",
                true,
            ),
            (
                "{matchExpressions: [{key: app, operator: In, values: [a, cache]}]}",
                true,
            ),
            (
                "{matchExpressions: [{key: app, operator: In, values: [a]}]}",
                false,
            ),
            (
                "{matchExpressions: [{key: x, operator: In, values: [a]}]}",
                false,
            ),
            (
                "{matchExpressions: [{key: x, operator: NotIn, values: [a]}]}",
                true,
            ),
            (
                "{matchExpressions: [{key: app, operator: NotIn, values: [cache]}]}",
                false,
            ),
            ("{matchExpressions: [{key: app, operator: Exists}]}", true),
            ("{matchExpressions: [{key: x, operator: Exists}]}", false),
            (
                "{matchExpressions: [{key: app, operator: DoesNotExist}]}",
                false,
            ),
        ] {
            let value = read(selector, 0)
                .unwrap()
                .documents
                .remove(0)
                .into_value()
                .unwrap();
            assert_eq!(mismatch(&value, &labels).is_none(), expected, "{selector}");
        }
    }
}
