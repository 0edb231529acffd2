//! What a reviewer wants to know although nothing waits for it, and pods other than the server's.

use super::api::{STORAGE, grows};
use super::{At, Of, Rule, Seen, no_steps};
use crate::diff::Consequence::{None as Nothing, Restart};
use crate::diff::{Segment, What};
use crate::kube::object::ObjectId;
use crate::redis::files::reads;
use crate::redis::memory;
use crate::yaml::Value;

macro_rules! note {
    ($of:expr, $path:expr, $why:expr) => {
        Rule {
            of: $of,
            at: At::Field($path),
            consequence: Nothing,
            why: $why,
            steps: no_steps,
        }
    };
}

const POLICY: Of = Of::Kinds(&["NetworkPolicy"]);
const SERVICE: Of = Of::Kinds(&["Service"]);

pub(super) const RULES: &[Rule] = &[
    Rule {
        of: Of::Kinds(&["StatefulSet", "Deployment", "DaemonSet"]),
        at: At::Field(&["spec", "template", "**"]),
        consequence: Restart,
        why: |seen| {
            let is_server = seen
                .case
                .new
                .is_some_and(|server| server.set == seen.change.object);
            (!is_server).then(|| "its pods are replaced".to_owned())
        },
        steps: no_steps,
    },
    Rule {
        of: Of::Server,
        at: At::Field(&["spec", "replicas"]),
        consequence: Restart,
        why: |seen| {
            let new = seen.case.new?;
            (new.replicas == 0).then(|| "the server stops".to_owned())
        },
        steps: no_steps,
    },
    note!(
        Of::Server,
        &["spec", "template", "spec", "containers", "redis", "image"],
        one_way
    ),
    note!(
        Of::Server,
        &["spec", "template", "spec", "containers", "redis", "image"],
        unknown_program
    ),
    note!(
        Of::Server,
        &["spec", "template", "spec", "containers", "redis", "command"],
        |seen| {
            let What::Field {
                new: Some(Value::Sequence(words)),
                ..
            } = &seen.change.what
            else {
                return None;
            };
            let runs = words
                .first()
                .and_then(Value::as_str)
                .is_some_and(|word| word.ends_with("-server"));
            (!runs).then(|| "no server runs then: clients are refused".to_owned())
        }
    ),
    note!(
        Of::Server,
        &[
            "spec",
            "template",
            "spec",
            "volumes",
            "secret",
            "secret",
            "secretName"
        ],
        |seen| Some(format!(
            "the pods wait until the Secret {} exists, and clients need its password",
            seen.after()?
        ))
    ),
    note!(
        Of::Server,
        &[
            "spec",
            "template",
            "metadata",
            "annotations",
            "checksum/secret"
        ],
        |_| Some("the Secret's name, its keys or `valkey.password.revision` changed".to_owned())
    ),
    note!(
        Of::Server,
        &["spec", "template", "spec", "priorityClassName"],
        |seen| wants(seen, "PriorityClass")
    ),
    note!(
        Of::Server,
        &["spec", "template", "spec", "runtimeClassName"],
        |seen| wants(seen, "RuntimeClass")
    ),
    note!(
        Of::Server,
        &["spec", "template", "spec", "serviceAccountName"],
        |seen| wants(seen, "ServiceAccount")
    ),
    note!(
        Of::Server,
        &["spec", "template", "spec", "nodeSelector", "**"],
        waits_for_a_node
    ),
    note!(
        Of::Server,
        &["spec", "template", "spec", "affinity", "**"],
        waits_for_a_node
    ),
    note!(
        Of::Server,
        &[
            "spec",
            "template",
            "spec",
            "topologySpreadConstraints",
            "**"
        ],
        waits_for_a_node
    ),
    note!(
        Of::Server,
        &["spec", "template", "spec", "tolerations", "**"],
        |seen| match &seen.change.what {
            What::Field { old: Some(_), .. } => Some(
                "the pod waits where only nodes fit whose taint is no longer tolerated".to_owned()
            ),
            _ => None,
        }
    ),
    note!(
        Of::Server,
        &[
            "spec",
            "template",
            "spec",
            "containers",
            "redis",
            "startupProbe",
            "**"
        ],
        |seen| {
            let new = seen.case.new?;
            let (given, needed) = (
                new.startup_seconds?,
                memory::load_seconds(new.maxmemory()?, new.is_logged()),
            );
            (given < needed).then(|| format!(
                "a full server reads its data for up to {needed} s, and is killed again and again after {given} s"
            ))
        }
    ),
    note!(
        Of::Server,
        &["spec", "template", "spec", "volumes", "*"],
        waits_for_its_volume
    ),
    note!(
        Of::Kinds(&["CronJob"]),
        &["**", "volumes", "*", "persistentVolumeClaim", "claimName"],
        |seen| Some(format!(
            "the backups so far stay on the claim {}",
            seen.before()?
        ))
    ),
    note!(
        Of::Server,
        &["spec", "template", "spec", "schedulerName"],
        |seen| Some(format!(
            "the pod waits unless the scheduler {} runs",
            seen.after()?
        ))
    ),
    note!(Of::Server, &["spec", "updateStrategy", "type"], |seen| {
        (seen.after()? == "OnDelete")
            .then(|| "pods keep what they have until somebody deletes them".to_owned())
    }),
    note!(Of::Config, &["data", "**"], not_read_yet),
    note!(Of::Config, &["data", "redis.conf", "maxmemory"], evicts_now),
    note!(
        Of::Config,
        &["data", "redis.conf", "maxmemory-policy"],
        |seen| {
            (seen.after()? == "noeviction").then(|| "a full server then refuses writes".to_owned())
        }
    ),
    note!(Of::Config, &["data", "redis.conf", "appendfsync"], |seen| {
        let loss = match seen.after()? {
            "everysec" if seen.before() == Some("always") => "the last second or two of writes",
            "no" => "what the kernel has not written yet, about half a minute of writes",
            _ => return None,
        };
        Some(format!("a node that fails then loses {loss}"))
    }),
    note!(Of::Kinds(&["Secret"]), &["data", "*"], new_password),
    note!(Of::Kinds(&["Secret"]), &["stringData", "*"], new_password),
    note!(Of::Kinds(&["ConfigMap"]), &["data", "*"], environment),
    note!(POLICY, &["spec", "ingress", "**"], |_| {
        Some("in force at once: who may connect to the pods is another".to_owned())
    }),
    note!(POLICY, &["spec", "egress", "**"], |_| {
        Some("in force at once: what the pods may reach is another".to_owned())
    }),
    note!(POLICY, &["spec", "podSelector", "**"], |_| {
        Some("in force at once: it is about other pods".to_owned())
    }),
    note!(POLICY, &["spec", "policyTypes"], |_| {
        Some("in force at once: what it says nothing of is open".to_owned())
    }),
    note!(SERVICE, &["spec", "ports", "*"], |seen| {
        let What::Field { new: None, .. } = &seen.change.what else {
            return None;
        };
        Some("clients that use this port no longer get through".to_owned())
    }),
    note!(SERVICE, &["spec", "type"], |seen| {
        match (seen.before(), seen.after()) {
            (Some("LoadBalancer"), _) => {
                Some("its address outside the cluster is given back".to_owned())
            }
            (Some("NodePort"), Some("ClusterIP") | None) => {
                Some("it can then no longer be reached through the nodes".to_owned())
            }
            (_, Some("LoadBalancer" | "NodePort")) => {
                Some("it can then be reached from outside the cluster".to_owned())
            }
            _ => None,
        }
    }),
    note!(
        SERVICE,
        &["spec", "ports", "*", "nodePort"],
        |seen| match &seen.change.what {
            What::Field { old: Some(_), .. } =>
                Some("whoever uses the old port of the nodes no longer gets through".to_owned()),
            _ => None,
        }
    ),
    note!(SERVICE, &["spec", "ipFamilyPolicy"], |seen| {
        (seen.after()? == "RequireDualStack").then(|| {
            "a cluster of one family refuses it: this cluster is not configured for dual-stack services"
                .to_owned()
        })
    }),
    note!(SERVICE, &["spec", "loadBalancerSourceRanges"], |_| {
        Some("in force at once: who may reach the load balancer is another".to_owned())
    }),
    note!(
        Of::Kinds(&["PrometheusRule"]),
        &["spec", "groups", "*", "rules", "*"],
        |seen| match (seen.change.path()?.0.last(), &seen.change.what) {
            (Some(Segment::Item(alert)), What::Field { new: None, .. })
                // With another severity it goes to another group.
                if !seen.case.changes.has_new(alert) =>
                Some(format!("{alert} tells nobody any more")),
            _ => None,
        }
    ),
    note!(Of::Kinds(&["CronJob"]), &["spec", "suspend"], |seen| {
        let What::Field { new, .. } = &seen.change.what else {
            return None;
        };
        (*new == Some(Value::Bool(true))).then(|| "no backups are made meanwhile".to_owned())
    }),
    note!(Of::Kinds(&["PersistentVolumeClaim"]), &STORAGE, |seen| {
        grows(seen.change).then(|| {
            "refused unless the StorageClass allows it (allowVolumeExpansion) and the claim is bound, which one of the \
             backups may not be before the first of them"
                .to_owned()
        })
    }),
    Rule {
        of: POLICY,
        at: At::Created,
        consequence: Nothing,
        why: |_| Some("in force at once: its pods are open to nobody else".to_owned()),
        steps: no_steps,
    },
    Rule {
        of: Of::Kinds(&["ExternalSecret"]),
        at: At::Created,
        consequence: Nothing,
        why: |seen| {
            (seen.case.old?.secret.as_ref()? == &seen.change.object.name).then(|| {
                "the password is that of the store from then on: clients need it".to_owned()
            })
        },
        steps: no_steps,
    },
    Rule {
        of: Of::Server,
        at: At::Created,
        consequence: Nothing,
        why: |seen| {
            let secret = seen.case.new?.secret.as_ref()?;
            let is_there = seen.case.new_objects.iter().any(|object| {
                matches!(&*object.id.kind, "Secret" | "ExternalSecret") && object.id.name == *secret
            });
            let had = seen.case.old.and_then(|old| old.secret.as_ref());
            (!is_there && had != Some(secret)).then(|| {
                format!(
                    "its pods wait until the Secret {secret} exists: `cachegen secret` makes it"
                )
            })
        },
        steps: no_steps,
    },
    Rule {
        of: Of::Kinds(&["Secret"]),
        at: At::Created,
        consequence: Nothing,
        why: takes_over,
        steps: no_steps,
    },
];

fn one_way(seen: &Seen<'_>) -> Option<String> {
    let (old, new) = seen.servers()?;
    let (before, after) = (old.program?, new.program?);
    (reads(after, before) == Some(true) && reads(before, after) == Some(false)).then(|| {
        format!(
            "there is no way back but a backup: {} {} does not start on the files of {} {}",
            before.0, before.1, after.0, after.1
        )
    })
}

fn unknown_program(seen: &Seen<'_>) -> Option<String> {
    let (old, new) = seen.servers()?;
    (old.program.is_none() || new.program.is_none()).then(|| {
        "the image does not tell its version, so whether it reads the files of the other one is not known".to_owned()
    })
}

fn not_read_yet(seen: &Seen<'_>) -> Option<String> {
    let (old, new) = seen.servers()?;
    (old.checksums == new.checksums)
        .then(|| "no pod restarts for it, and the server reads it only when it starts".to_owned())
}

fn evicts_now(seen: &Seen<'_>) -> Option<String> {
    let bytes = |text: Option<&str>| memory::parse(text?).ok();
    let (old, new) = (bytes(seen.before())?, bytes(seen.after())?);
    let policy = seen.case.new?.directive("maxmemory-policy")?;
    (new > 0 && (old == 0 || new < old)).then(|| match policy {
        "noeviction" => "with more data than that, writes are refused".to_owned(),
        _ => format!("with more data than that, keys are evicted ({policy})"),
    })
}

fn new_password(seen: &Seen<'_>) -> Option<String> {
    let (old, new) = seen.servers()?;
    let is_mounted = old.secret.as_deref() == Some(&seen.change.object.name);
    (is_mounted && old.checksums == new.checksums).then(|| {
        "the server keeps the old password until its pod restarts, while applications that start get the new one: \
         change `valkey.password.revision` too"
            .to_owned()
    })
}

/// What a pod has to find, or none is made after the old one is gone.
fn wants(seen: &Seen<'_>, kind: &str) -> Option<String> {
    let name = seen.after()?;
    let is_rendered = seen.case.new_objects.has(kind, name);
    (!is_rendered).then(|| {
        format!("no pod is made after the old one has ended, unless there is a {kind} {name}")
    })
}

/// A volume of something that is not rendered.
fn waits_for_its_volume(seen: &Seen<'_>) -> Option<String> {
    let What::Field { new: Some(new), .. } = &seen.change.what else {
        return None;
    };
    let sources = [
        ("ConfigMap", ["configMap", "name"]),
        ("Secret", ["secret", "secretName"]),
        (
            "PersistentVolumeClaim",
            ["persistentVolumeClaim", "claimName"],
        ),
    ];
    let (kind, name) = sources
        .iter()
        .find_map(|(kind, path)| Some((*kind, new.at(path)?.as_str()?)))?;
    let is_rendered = seen.case.new_objects.has(kind, name);
    (!is_rendered).then(|| format!("the pod waits until the {kind} {name} exists"))
}

fn waits_for_a_node(seen: &Seen<'_>) -> Option<String> {
    match &seen.change.what {
        What::Field { new: Some(_), .. } => Some(
            "the pod waits until a node fits, and it has to be one that the volume can be used on"
                .to_owned(),
        ),
        _ => None,
    }
}

fn environment(seen: &Seen<'_>) -> Option<String> {
    let is_address = seen.change.path()?.last() == "REDIS_ADDR";
    (seen.change.object.name.ends_with("-env")).then(|| {
        let because = if is_address {
            ", because the old address goes"
        } else {
            ""
        };
        format!("applications read it when they start: restart them{because}")
    })
}

/// A Secret of the render where there was one by hand.
fn takes_over(seen: &Seen<'_>) -> Option<String> {
    let old = seen.case.old?;
    let own: &ObjectId = &seen.change.object;
    (old.secret.as_deref() == Some(&own.name))
        .then(|| {
            "its password takes the place of that in the Secret of this name: clients need it once the pods have restarted"
                .to_owned()
        })
}
