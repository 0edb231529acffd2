//! Rendered objects that a cluster refuses or will refuse.

use std::collections::BTreeSet;

use super::subject::{Report, Subject};
use super::{Rule, Severity};
use crate::diagnostic::{Step, ValuePath};
use crate::kube::deprecated;
use crate::kube::pod_security::{self, Refusal};
use crate::tier::Pod;
use crate::yaml::{Mapping, Value};

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
              more than a server needs. What is looked at are all checks that the version of `--kube-version`, 1.27 unless \
              given, has in `pod-security-admission`, on our pods and on those of `extraObjects`.",
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

/// Our pods, and those that further objects make beside them.
fn not_restricted(subject: &Subject<'_>, report: &mut Report<'_>) {
    let version = subject.kube_version;
    if let (Some(pod), Some(cache)) = (subject.pod_template(), subject.cache()) {
        let mut told = BTreeSet::new();
        for refusal in pod_security::refused(pod, version) {
            let path = value_of(&refusal.path, pod, &cache.pod);
            // What is laid over every container of ours is refused on each of them.
            if told.insert((path.to_string(), refusal.message.clone())) {
                refuse(path, refusal, report);
            }
        }
    }
    for (path, object) in subject.added_objects() {
        let text = |key: &str| object.text(key).unwrap_or_default();
        let Some(keys) = pod_security::template(text("apiVersion"), text("kind")) else {
            continue;
        };
        let object = Value::Mapping(object.clone());
        for refusal in object
            .at(keys)
            .map(|pod| pod_security::refused(pod, version))
            .unwrap_or_default()
        {
            let mut path = keys.iter().fold(path.clone(), |path, key| path.key(key));
            path.0.extend(refusal.path.0.iter().cloned());
            refuse(path, refusal, report);
        }
    }
}

fn refuse(path: ValuePath, refusal: Refusal, report: &mut Report<'_>) {
    let is_ours =
        matches!(path.0.first(), Some(Step::Key(key)) if key.ends_with("SecurityContext"));
    let refuses = "Pod Security `restricted` refuses the pod";
    let message = match refusal.since {
        Some(since) => format!("{}: {refuses} from Kubernetes {since} on", refusal.message),
        None => format!("{}: {refuses}", refusal.message),
    };
    let said = report.value(path, message);
    let said = match refusal.since {
        Some(_) => said.severity(Severity::Note),
        None => said,
    };
    if !is_ours {
        said.help(refusal.instead);
    }
}

/// Returns the value that decides a field of our pods.
fn value_of(field: &ValuePath, pod: &Value, parts: &Pod) -> ValuePath {
    let (found, rest) = match field.0.as_slice() {
        [Step::Key(metadata), Step::Key(_), rest @ ..] if &**metadata == "metadata" => {
            (ValuePath::of("podAnnotations"), rest)
        }
        [_, Step::Key(list), Step::Index(index), rest @ ..] => {
            let item = pod.at(&["spec", list]).and_then(Value::as_sequence);
            let item = item.and_then(|items| items.get(*index)?.as_mapping());
            let name = item.and_then(|item| item.text("name"));
            let added = |dotted: &str, items: &[Mapping]| {
                let index = items.iter().position(|item| item.text("name") == name)?;
                Some(ValuePath::of(dotted).index(index))
            };
            let found = added("valkey.extraVolumes", &parts.extra_volumes)
                .filter(|_| &**list == "volumes")
                .or_else(|| added("valkey.extraContainers", &parts.extra_containers))
                .or_else(|| added("valkey.extraInitContainers", &parts.extra_init_containers));
            match (found, rest) {
                (Some(found), rest) => (found, rest),
                (None, [Step::Key(key), rest @ ..]) => match key.strip_suffix("Probe") {
                    Some(probe) => (ValuePath::of("valkey.probes").key(probe), rest),
                    None => (ValuePath::of("containerSecurityContext"), rest),
                },
                (None, rest) => (ValuePath::of("containerSecurityContext"), rest),
            }
        }
        [_, Step::Key(_), rest @ ..] | rest => (ValuePath::of("podSecurityContext"), rest),
    };
    let rest = rest.iter().cloned();
    ValuePath(found.0.into_iter().chain(rest).collect())
}
