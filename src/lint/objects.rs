//! Rendered objects that a cluster refuses or will refuse.

use super::subject::{Report, Subject};
use super::{Rule, Severity};
use crate::diagnostic::ValuePath;
use crate::kube::deprecated;
use crate::yaml::Value;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "removed-api",
        severity: Severity::Error,
        what: "an object whose API version the cluster does not serve, or warns of",
        why: "An API server answers for a version that it does not serve with `no matches for kind`, and applies the rest of \
              the file. What is looked at is the version that `--kube-version` says, 1.27 unless given, by the lifecycle \
              markers of Kubernetes' API, from which it makes its warnings. Of custom kinds nothing is known but what \
              `--api-versions` says: where it is given, kinds of other versions are found.",
        fix: "write the version that stands in for it, or leave the object out",
        check: removed_api,
    },
    Rule {
        code: "not-restricted",
        severity: Severity::Warning,
        what: "a pod that Pod Security `restricted` refuses",
        why: "Without changes everything rendered is admitted by `restricted`. A namespace that enforces it refuses the pods, \
              and the StatefulSet stays at 0 with nothing but an event to say why. Elsewhere it is a container that can do \
              more than a server needs.",
        fix: "leave the field out: it is rendered as `restricted` wants it",
        check: not_restricted,
    },
];

fn removed_api(subject: &Subject<'_>, report: &mut Report<'_>) {
    not_served(subject, report);
    for (index, object) in subject.tier.extra_objects.iter().enumerate() {
        let text = |key: &str| object.text(key).unwrap_or_default();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        let Some(known) = deprecated::find(api_version, kind) else {
            continue;
        };
        let path = ValuePath::of("extraObjects").index(index).key("apiVersion");
        if let Some(removed) = known
            .removed
            .filter(|removed| subject.kube_version >= *removed)
        {
            report
                .value(
                    path,
                    format!("Kubernetes {} serves no `{kind}` of `{api_version}`: it is gone since {removed}", subject.kube_version),
                )
                .help(format!("write `{}`", known.instead));
        } else if subject.kube_version >= known.warns {
            let message = match known.removed {
                Some(removed) => {
                    format!("`{kind}` of `{api_version}` goes away with Kubernetes {removed}")
                }
                None => format!("`{kind}` of `{api_version}` is deprecated"),
            };
            report
                .value(path, message)
                .severity(Severity::Warning)
                .help(format!("write `{}`", known.instead));
        }
    }
}

/// Custom kinds that are not among those which the cluster is said to serve.
fn not_served(subject: &Subject<'_>, report: &mut Report<'_>) {
    for object in subject.manifest.objects() {
        let api_version = &*object.id.api_version;
        let kind = &object.id.kind;
        if !subject.served.lacks(api_version, kind) {
            continue;
        }
        let extra = object.source.strip_prefix("extraObjects[");
        let index = extra.and_then(|rest| rest.strip_suffix(']')?.parse().ok());
        let path = match (index, &**kind) {
            (Some(index), _) => ValuePath::of("extraObjects").index(index).key("apiVersion"),
            (None, "ServiceMonitor" | "PrometheusRule") => {
                ValuePath::of("monitoring.prometheusEnabled")
            }
            (None, "ExternalSecret") => ValuePath::of("externalSecrets.enabled"),
            (None, _) => ValuePath::default(),
        };
        report
            .value(
                path,
                format!(
                    "`{api_version}`, the version of {}, is not among the `--api-versions`",
                    object.id
                ),
            )
            .help(format!(
                "leave it out, or add `--api-versions {api_version}` where the cluster serves it"
            ));
    }
}

/// The rules of the Pod Security Standards (`k8s.io/pod-security-admission/policy`), as far as values can break them.
fn not_restricted(subject: &Subject<'_>, report: &mut Report<'_>) {
    let (Some(pod), Some(cache)) = (subject.pod_spec(), subject.cache()) else {
        return;
    };
    let context = pod.at(&["securityContext"]);
    let mut broken: Vec<(ValuePath, String)> = Vec::new();
    let own = ValuePath::of("podSecurityContext");
    let is_non_root = field(context, &["runAsNonRoot"]) == Some(&Value::Bool(true));
    if field(context, &["runAsNonRoot"]) == Some(&Value::Bool(false)) {
        broken.push((
            own.clone().key("runAsNonRoot"),
            "the pod may run as root".to_owned(),
        ));
    }
    if is_zero(field(context, &["runAsUser"])) {
        broken.push((
            own.clone().key("runAsUser"),
            "the pod runs as root".to_owned(),
        ));
    }
    let is_confined = is_confined(context);
    if !is_confined {
        broken.push((
            own.key("seccompProfile"),
            "the pod's system calls are not confined".to_owned(),
        ));
    }
    // What is laid over every container of ours shows on any of them.
    if let Some(container) = subject.server_container() {
        let path = ValuePath::of("containerSecurityContext");
        container_rules(
            container.at(&["securityContext"]),
            &path,
            is_non_root,
            &mut broken,
        );
    }
    for (path, container) in subject.added_containers() {
        container_rules(
            container.get("securityContext"),
            &path.key("securityContext"),
            is_non_root,
            &mut broken,
        );
    }
    for (index, volume) in cache.pod.extra_volumes.iter().enumerate() {
        const ALLOWED: [&str; 9] = [
            "name",
            "configMap",
            "csi",
            "downwardAPI",
            "emptyDir",
            "ephemeral",
            "persistentVolumeClaim",
            "projected",
            "secret",
        ];
        for (kind, _) in volume.iter().filter(|(kind, _)| !ALLOWED.contains(kind)) {
            let path = ValuePath::of("valkey.extraVolumes").index(index).key(kind);
            broken.push((
                path,
                format!("a volume of the kind `{kind}` reaches beyond the pod"),
            ));
        }
    }
    for (path, message) in broken {
        report.value(
            path,
            format!("{message}: Pod Security `restricted` refuses the pod"),
        );
    }
}

fn container_rules(
    context: Option<&Value>,
    path: &ValuePath,
    is_non_root: bool,
    broken: &mut Vec<(ValuePath, String)>,
) {
    if context.is_none() {
        let message =
            "the container has no `securityContext`: it may gain privileges and keeps capabilities";
        broken.push((path.clone(), message.to_owned()));
        return;
    }
    let mut say = |keys: &[&str], message: &str| {
        let path = keys.iter().fold(path.clone(), |path, key| path.key(key));
        broken.push((path, message.to_owned()));
    };
    let runs_as = field(context, &["runAsNonRoot"]);
    if runs_as == Some(&Value::Bool(false)) || runs_as.is_none() && !is_non_root {
        say(&["runAsNonRoot"], "the container may run as root");
    }
    if is_zero(field(context, &["runAsUser"])) {
        say(&["runAsUser"], "the container runs as root");
    }
    if field(context, &["privileged"]) == Some(&Value::Bool(true)) {
        say(&["privileged"], "the container is privileged");
    }
    if field(context, &["allowPrivilegeEscalation"]) != Some(&Value::Bool(false)) {
        say(
            &["allowPrivilegeEscalation"],
            "the container may gain privileges",
        );
    }
    let has = |list: &str, wanted: &dyn Fn(&str) -> bool| {
        field(context, &["capabilities", list])
            .and_then(Value::as_sequence)
            .is_some_and(|items| items.iter().filter_map(Value::as_str).any(wanted))
    };
    if !has("drop", &|name| name == "ALL") {
        say(
            &["capabilities", "drop"],
            "the container keeps capabilities",
        );
    }
    if has("add", &|name| name != "NET_BIND_SERVICE") {
        say(
            &["capabilities", "add"],
            "the container has further capabilities",
        );
    }
    let has_profile = field(context, &["seccompProfile", "type"]).is_some();
    if has_profile && !is_confined(context) {
        say(
            &["seccompProfile"],
            "the container's system calls are not confined",
        );
    }
}

fn is_confined(context: Option<&Value>) -> bool {
    let kind = field(context, &["seccompProfile", "type"]).and_then(Value::as_str);
    matches!(kind, Some("RuntimeDefault" | "Localhost"))
}

fn is_zero(value: Option<&Value>) -> bool {
    matches!(value, Some(Value::Number(text)) if &**text == "0")
}

fn field<'v>(context: Option<&'v Value>, path: &[&str]) -> Option<&'v Value> {
    context?.at(path).filter(|value| **value != Value::Null)
}
