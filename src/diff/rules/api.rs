//! What the API server refuses, and what applying leaves behind.
//!
//! The messages are those of `pkg/apis/*/validation/validation.go` in Kubernetes v1.33.13.

use super::{At, Of, Rule, Seen, no_steps};
use crate::diff::Consequence::{Orphan, Recreate, Refused};
use crate::diff::defaults::quantity;
use crate::diff::known::Known;
use crate::diff::server::{Data, Server};
use crate::diff::{Change, Path, What, is_same};
use crate::kube::object::{ObjectId, group};
use crate::yaml::Value;

/// Where a claim says its size.
pub(super) const STORAGE: [&str; 4] = ["spec", "resources", "requests", "storage"];

/// The fields of a StatefulSet that can change (`ValidateStatefulSetUpdate`).
const MUTABLE: [&str; 7] = [
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

macro_rules! immutable {
    ($kinds:expr, $path:expr, $message:literal) => {
        Rule {
            of: Of::Kinds($kinds),
            at: At::Field($path),
            consequence: Refused,
            why: |_| Some(concat!("the API server refuses it: ", $message).to_owned()),
            steps: made_anew,
        }
    };
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        of: Of::Kinds(&["StatefulSet"]),
        at: At::Field(&["spec", "**"]),
        consequence: Refused,
        why: immutable_field,
        steps: around_the_pods,
    },
    immutable!(
        &["Service"],
        &["spec", "clusterIP"],
        "spec.clusterIPs[0]: may not change once set"
    ),
    Rule {
        of: Of::Kinds(&["Service"]),
        at: At::Field(&["spec", "ipFamilies"]),
        consequence: Refused,
        why: primary_family,
        steps: made_anew,
    },
    Rule {
        of: Of::Kinds(&["Service"]),
        at: At::Field(&["spec", "loadBalancerClass"]),
        consequence: Refused,
        why: load_balancer_class,
        steps: made_anew,
    },
    Rule {
        of: Of::Kinds(&["PersistentVolumeClaim"]),
        at: At::Field(&["spec", "**"]),
        consequence: Refused,
        why: claim,
        steps: claim_anew,
    },
    Rule {
        of: Of::Kinds(&["ConfigMap", "Secret"]),
        at: At::Field(&["**"]),
        consequence: Refused,
        why: sealed,
        steps: made_anew,
    },
    immutable!(&["Secret"], &["type"], "type: field is immutable"),
    immutable!(
        &["Deployment", "DaemonSet", "ReplicaSet"],
        &["spec", "selector", "**"],
        "spec.selector: field is immutable"
    ),
    immutable!(
        &["Job"],
        &["spec", "template", "**"],
        "spec.template: field is immutable"
    ),
    immutable!(
        &["Job"],
        &["spec", "selector", "**"],
        "spec.selector: field is immutable"
    ),
    immutable!(
        &["Job"],
        &["spec", "completions"],
        "spec.completions: field is immutable"
    ),
    immutable!(
        &["Job"],
        &["spec", "completionMode"],
        "spec.completionMode: field is immutable"
    ),
    immutable!(
        &["Job"],
        &["spec", "podFailurePolicy", "**"],
        "spec.podFailurePolicy: field is immutable"
    ),
    immutable!(
        &["StorageClass"],
        &["parameters", "**"],
        "parameters: updates to parameters are forbidden"
    ),
    immutable!(
        &["StorageClass"],
        &["provisioner"],
        "provisioner: updates to provisioner are forbidden"
    ),
    immutable!(
        &["StorageClass"],
        &["reclaimPolicy"],
        "reclaimPolicy: updates to reclaimPolicy are forbidden"
    ),
    immutable!(
        &["StorageClass"],
        &["volumeBindingMode"],
        "volumeBindingMode: field is immutable"
    ),
    immutable!(
        &["RuntimeClass"],
        &["handler"],
        "handler: field is immutable"
    ),
    immutable!(
        &["PriorityClass"],
        &["preemptionPolicy"],
        "preemptionPolicy: field is immutable"
    ),
    immutable!(
        &["RoleBinding", "ClusterRoleBinding"],
        &["roleRef", "**"],
        "roleRef: cannot change roleRef"
    ),
    immutable!(
        &["PriorityClass"],
        &["value"],
        "value: may not be changed in an update"
    ),
    Rule {
        of: Of::Any,
        at: At::Gone,
        consequence: Orphan,
        why: orphan,
        steps: prune,
    },
    Rule {
        of: Of::Any,
        at: At::Created,
        consequence: Recreate,
        why: recreate,
        steps: no_steps,
    },
];

/// Deletes the object and makes it again; nothing is lost with it.
fn made_anew(seen: &Seen<'_>) -> Vec<String> {
    vec![
        format!("{} delete {}", seen.kubectl(), named(&seen.change.object)),
        APPLY.to_owned(),
    ]
}

const APPLY: &str = "kubectl apply -f -    # with the new render";

/// Spells an object as kubectl wants it.
fn named(id: &ObjectId) -> String {
    let kind = id.kind.to_lowercase();
    match group(&id.api_version) {
        "" | "apps" | "batch" => format!("{kind}/{}", id.name),
        group => format!("{kind}.{group}/{}", id.name),
    }
}

/// Tells whether a StatefulSet cannot change at a place.
pub(in crate::diff) fn is_immutable(path: &Path) -> bool {
    path.is_below(&["spec"]) && !MUTABLE.iter().any(|field| path.is_below(&["spec", field]))
}

fn immutable_field(seen: &Seen<'_>) -> Option<String> {
    is_immutable(seen.change.path()?).then(|| {
        "the API server refuses it, and with it every other change of the StatefulSet: spec: Forbidden: updates to \
         statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', \
         'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
            .to_owned()
    })
}

/// What it takes to make all that is refused of a StatefulSet so.
fn around_the_pods(seen: &Seen<'_>) -> Vec<String> {
    const SIZE: [&str; 7] = [
        "spec",
        "volumeClaimTemplates",
        "*",
        "spec",
        "resources",
        "requests",
        "storage",
    ];
    let (kubectl, name) = (seen.kubectl(), &seen.change.object.name);
    let of_set = |pattern: &[&str]| -> Vec<&Change> {
        let all = seen.case.changes.of(&seen.change.object).iter();
        all.filter(|change| change.path().is_some_and(|path| path.is_below(pattern)))
            .copied()
            .collect()
    };
    let sizes = of_set(&SIZE);
    let is_servers = seen
        .case
        .old
        .is_some_and(|server| is_same(&server.set, &seen.change.object));
    let claims = match seen.case.old {
        Some(server) if is_servers => claims(server),
        _ => Vec::new(),
    };
    let moves_data = is_servers && seen.servers().is_some_and(|(old, new)| old.moves_to(new));
    let shrinks = sizes.iter().any(|change| !grows(change));
    let mut steps = Vec::new();
    if moves_data || shrinks {
        steps.push(format!(
            "# make a backup first: {}",
            if moves_data {
                "the data has to be carried over"
            } else {
                "no volume shrinks"
            }
        ));
        steps.push(format!("{kubectl} delete statefulset {name}"));
        if uses_again(seen) {
            steps.extend(claims.iter().map(|claim| {
                format!("{kubectl} delete pvc {claim}    # it would be used again as it is")
            }));
        }
        steps.push(APPLY.to_owned());
        steps.push("# restore the backup".to_owned());
        return steps;
    }
    for size in sizes {
        let new = match &size.what {
            What::Field { new: Some(new), .. } => new.as_str().unwrap_or_default(),
            _ => continue,
        };
        steps.extend(claims.iter().map(|claim| {
            let patch =
                format!(r#"{{"spec": {{"resources": {{"requests": {{"storage": "{new}"}}}}}}}}"#);
            format!(
                "{kubectl} patch pvc {claim} -p '{patch}'    # the StorageClass has to allow it: allowVolumeExpansion"
            )
        }));
    }
    // All but its size and class, of which others tell.
    if !of_set(&["spec", "volumeClaimTemplates"]).is_empty() && steps.is_empty() {
        steps.extend(claims.iter().map(|claim| {
            format!("# {claim} stays as it is: the template is for claims that are made later")
        }));
    }
    // Pods that a new selector does not select would be nobody's.
    let keeps_pods = of_set(&["spec", "selector"]).is_empty();
    steps.push(format!(
        "{kubectl} delete statefulset {name}{}",
        if keeps_pods { " --cascade=orphan" } else { "" }
    ));
    steps.push(APPLY.to_owned());
    steps
}

/// Tells whether the new StatefulSet finds the claims of the old one.
fn uses_again(seen: &Seen<'_>) -> bool {
    match seen.servers().map(|(old, new)| (&old.data, &new.data)) {
        Some((Data::Made { template: old, .. }, Data::Made { template: new, .. })) => old == new,
        _ => false,
    }
}

/// Returns the names of the claims that the StatefulSet of a server has made.
fn claims(server: &Server<'_>) -> Vec<String> {
    match &server.data {
        Data::Made { template, .. } => (0..server.replicas)
            .map(|number| format!("{template}-{}-{number}", server.set.name))
            .collect(),
        _ => Vec::new(),
    }
}

/// Tells whether a size becomes larger.
pub(super) fn grows(change: &Change) -> bool {
    match &change.what {
        What::Field {
            old: Some(old),
            new: Some(new),
            ..
        } => match (quantity(old), quantity(new)) {
            (Some(old), Some(new)) => new > old,
            _ => false,
        },
        _ => false,
    }
}

/// Another volume under the same name: what is on the old one has to be carried over by whoever needs it.
fn claim_anew(seen: &Seen<'_>) -> Vec<String> {
    if seen
        .change
        .path()
        .is_some_and(|path| path.matches(&STORAGE))
    {
        return Vec::new();
    }
    let mut steps = made_anew(seen);
    steps[0] += "    # deletes what is on it: copy that first, once no pod uses the claim";
    steps
}

fn primary_family(seen: &Seen<'_>) -> Option<String> {
    let first = |value: &Option<Value>| value.as_ref()?.as_sequence()?.first().cloned();
    match &seen.change.what {
        What::Field {
            old: None,
            new: new @ Some(_),
            ..
        } if first(new) == Some("IPv6".into()) => Some(
            "the API server refuses it where the cluster's first family is IPv4: spec.clusterIPs[0]: expected an IPv6 \
             value as indicated by `ipFamilies[0]`"
                .to_owned(),
        ),
        What::Field { old, new, .. }
            if first(old) != first(new) && old.is_some() && new.is_some() =>
        {
            Some(
                "the API server refuses it: spec.ipFamilies[0]: may not change once set".to_owned(),
            )
        }
        _ => None,
    }
}

fn load_balancer_class(seen: &Seen<'_>) -> Option<String> {
    let is_load_balancer = |objects: &Known<'_>| {
        let object = objects.same(&seen.change.object);
        let kind = object.and_then(|object| object.body.at(&["spec", "type"]));
        kind.and_then(Value::as_str) == Some("LoadBalancer")
    };
    (is_load_balancer(seen.case.old_objects) && is_load_balancer(seen.case.new_objects)).then(
        || "the API server refuses it: spec.loadBalancerClass: may not change once set".to_owned(),
    )
}

fn claim(seen: &Seen<'_>) -> Option<String> {
    let path = seen.change.path()?;
    if !path.matches(&STORAGE) {
        let is_named = path.last() == "storageClassName" && seen.before().is_none();
        let unless = if is_named {
            " (but for the class that the claim got by default)"
        } else {
            ""
        };
        return Some(format!(
            "the API server refuses it{unless}: spec: Forbidden: spec is immutable after creation except \
             resources.requests and volumeAttributesClassName for bound claims"
        ));
    }
    (!grows(seen.change)).then(|| {
        "the API server refuses it: spec.resources.requests.storage: Forbidden: field can not be less than \
         status.capacity; no volume shrinks, so state the size that it has"
            .to_owned()
    })
}

fn sealed(seen: &Seen<'_>) -> Option<String> {
    let path = seen.change.path()?;
    let is_data = ["data", "stringData", "binaryData", "immutable"]
        .iter()
        .any(|key| path.is_below(&[key]));
    let object = &seen.change.object;
    let old = seen.case.old_objects.same(object)?;
    (is_data && old.body.at(&["immutable"]) == Some(&Value::Bool(true))).then(|| {
        "the API server refuses it: data: Forbidden: field is immutable when `immutable` is set"
            .to_owned()
    })
}

fn orphan(seen: &Seen<'_>) -> Option<String> {
    let gone = &seen.change.object;
    if let Some(user) = seen.case.new_objects.user(gone) {
        return Some(format!(
            "it stays in the cluster, and has to: {} uses it",
            user.id
        ));
    }
    let server = seen.case.old.filter(|server| server.set == *gone);
    if let Some(claim) = server.and_then(|server| claims(server).first().cloned()) {
        return Some(format!(
            "it stays in the cluster, its pods go on running, and the claim {claim} keeps the data"
        ));
    }
    let then = match gone.kind.as_str() {
        "StatefulSet" | "Deployment" => ", and its pods go on running",
        "ConfigMap" if gone.name.ends_with("-env") => {
            "; deleting it keeps applications that take it from starting"
        }
        "NetworkPolicy" => ", and in force",
        "CronJob" => ", and goes on making Jobs",
        "PrometheusRule" => ", and its alerts go on firing",
        "PersistentVolumeClaim" => "; deleting it deletes what is on it",
        "Service" => ", and goes on leading to whatever pods it selects",
        "Secret" => "; deleting it takes the passwords from pods that start later",
        _ => "",
    };
    Some(format!("it stays in the cluster{then}"))
}

fn prune(seen: &Seen<'_>) -> Vec<String> {
    let object = &seen.change.object;
    if seen.case.new_objects.user(object).is_some() {
        return Vec::new();
    }
    let takes_data = object.kind == "PersistentVolumeClaim"
        || seen.case.old.is_some_and(|server| {
            server.set == *object && (server.deletes_when_deleted || server.data == Data::Ephemeral)
        });
    let warning = if takes_data {
        "    # once nobody needs its data"
    } else {
        ""
    };
    vec![format!(
        "{} delete {}{warning}",
        seen.kubectl(),
        named(object)
    )]
}

/// An object that plays the part of one that is gone.
fn recreate(seen: &Seen<'_>) -> Option<String> {
    let own = &seen.change.object;
    let (old, new) = (seen.case.old_objects, seen.case.new_objects);
    let predecessor = old.predecessor(own, new)?;
    let place = |id: &ObjectId| match &id.namespace {
        Some(namespace) if id.namespace != own.namespace => format!("{namespace}/{}", id.name),
        _ => id.name.clone(),
    };
    Some(format!(
        "it is made anew beside {}, which stays",
        place(&predecessor.id)
    ))
}
