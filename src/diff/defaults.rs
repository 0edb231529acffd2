//! What the API server fills in: values of fields that nobody wrote, and fields that are its own.

use super::path::Path;
use crate::kube::quantity::Quantity;
use crate::yaml::Value;

/// The value that the API server gives a field that is left out.
enum Default {
    Text(&'static str),
    Number(&'static str),
    Switch(bool),
}

use Default::{Number, Switch, Text};

/// The defaults by place.
///
/// `SetDefaults_*` in `pkg/apis/{core,apps,batch,networking}/v1/defaults.go` of Kubernetes v1.33.13, and
/// `+default=` in `core/v1/types.go` of k8s.io/api v0.33.13.
const DEFAULTS: &[(&[&str], Default)] = &[
    (
        &["**", "terminationMessagePath"],
        Text("/dev/termination-log"),
    ),
    (&["**", "terminationMessagePolicy"], Text("File")),
    (&["**", "imagePullPolicy"], Text("IfNotPresent")),
    (&["**", "protocol"], Text("TCP")),
    (&["**", "httpGet", "scheme"], Text("HTTP")),
    (&["**", "httpGet", "path"], Text("/")),
    (&["**", "livenessProbe", "timeoutSeconds"], Number("1")),
    (&["**", "livenessProbe", "periodSeconds"], Number("10")),
    (&["**", "livenessProbe", "successThreshold"], Number("1")),
    (&["**", "livenessProbe", "failureThreshold"], Number("3")),
    (&["**", "readinessProbe", "timeoutSeconds"], Number("1")),
    (&["**", "readinessProbe", "periodSeconds"], Number("10")),
    (&["**", "readinessProbe", "successThreshold"], Number("1")),
    (&["**", "readinessProbe", "failureThreshold"], Number("3")),
    (&["**", "startupProbe", "timeoutSeconds"], Number("1")),
    (&["**", "startupProbe", "periodSeconds"], Number("10")),
    (&["**", "startupProbe", "successThreshold"], Number("1")),
    (&["**", "startupProbe", "failureThreshold"], Number("3")),
    (&["**", "fieldRef", "apiVersion"], Text("v1")),
    (
        &["**", "volumes", "*", "configMap", "defaultMode"],
        Number("420"),
    ),
    (
        &["**", "volumes", "*", "secret", "defaultMode"],
        Number("420"),
    ),
    (
        &["**", "volumes", "*", "projected", "defaultMode"],
        Number("420"),
    ),
    (
        &["**", "volumes", "*", "downwardAPI", "defaultMode"],
        Number("420"),
    ),
    (
        &["**", "template", "spec", "dnsPolicy"],
        Text("ClusterFirst"),
    ),
    (&["**", "template", "spec", "restartPolicy"], Text("Always")),
    (
        &["**", "template", "spec", "schedulerName"],
        Text("default-scheduler"),
    ),
    (
        &["**", "template", "spec", "terminationGracePeriodSeconds"],
        Number("30"),
    ),
    (
        &["**", "template", "spec", "enableServiceLinks"],
        Switch(true),
    ),
    (&["spec", "podManagementPolicy"], Text("OrderedReady")),
    (&["spec", "revisionHistoryLimit"], Number("10")),
    (&["spec", "replicas"], Number("1")),
    (&["spec", "updateStrategy", "type"], Text("RollingUpdate")),
    (
        &["spec", "updateStrategy", "rollingUpdate", "partition"],
        Number("0"),
    ),
    (
        &["spec", "persistentVolumeClaimRetentionPolicy", "*"],
        Text("Retain"),
    ),
    (
        &["spec", "volumeClaimTemplates", "*", "apiVersion"],
        Text("v1"),
    ),
    (
        &["spec", "volumeClaimTemplates", "*", "kind"],
        Text("PersistentVolumeClaim"),
    ),
    (&["**", "volumeMode"], Text("Filesystem")),
    (&["spec", "concurrencyPolicy"], Text("Allow")),
    (&["spec", "suspend"], Switch(false)),
    (&["spec", "successfulJobsHistoryLimit"], Number("3")),
    (&["spec", "failedJobsHistoryLimit"], Number("1")),
    (
        &["spec", "jobTemplate", "spec", "backoffLimit"],
        Number("6"),
    ),
    (&["spec", "sessionAffinity"], Text("None")),
    (&["spec", "type"], Text("ClusterIP")),
    (&["spec", "internalTrafficPolicy"], Text("Cluster")),
    (&["spec", "externalTrafficPolicy"], Text("Cluster")),
    (&["spec", "allocateLoadBalancerNodePorts"], Switch(true)),
    (&["type"], Text("Opaque")),
];

/// The annotation in which kubectl keeps what it applied last.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Fields that the API server, a controller or kubectl writes into an object of a cluster, where nobody asked for them.
///
/// Seen in what `kubectl get -o yaml` (1.33) says of an applied render; the annotations of claims are in
/// `k8s.io/component-helpers/storage/volume`.
const OWN: &[&[&str]] = &[
    &["status"],
    &["metadata", "uid"],
    &["metadata", "resourceVersion"],
    &["metadata", "generation"],
    &["metadata", "creationTimestamp"],
    &["metadata", "managedFields"],
    &["metadata", "selfLink"],
    &["metadata", "finalizers"],
    &["metadata", "annotations", LAST_APPLIED],
    &["metadata", "annotations", "pv.kubernetes.io/bind-completed"],
    &[
        "metadata",
        "annotations",
        "pv.kubernetes.io/bound-by-controller",
    ],
    &[
        "metadata",
        "annotations",
        "volume.beta.kubernetes.io/storage-provisioner",
    ],
    &[
        "metadata",
        "annotations",
        "volume.kubernetes.io/storage-provisioner",
    ],
    &[
        "metadata",
        "annotations",
        "volume.kubernetes.io/selected-node",
    ],
    &[
        "spec",
        "template",
        "metadata",
        "annotations",
        "kubectl.kubernetes.io/restartedAt",
    ],
    &["**", "template", "metadata", "creationTimestamp"],
    &["**", "template", "spec", "serviceAccount"],
    &["spec", "volumeClaimTemplates", "*", "status"],
    &[
        "spec",
        "volumeClaimTemplates",
        "*",
        "metadata",
        "creationTimestamp",
    ],
    &["spec", "clusterIP"],
    &["spec", "clusterIPs"],
    &["spec", "ipFamilies"],
    &["spec", "ipFamilyPolicy"],
    &["spec", "healthCheckNodePort"],
    &["spec", "ports", "*", "nodePort"],
    &["spec", "volumeName"],
    &["spec", "storageClassName"],
];

/// Tells whether it makes no difference that a field has this value on one side and is left out on the other.
pub(super) fn is_default(path: &Path, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Sequence(items) => items.is_empty(),
        value => DEFAULTS.iter().any(|(pattern, default)| {
            path.matches(pattern)
                && match (default, value) {
                    (Text(text), Value::String(value)) => value == text,
                    (Number(digits), Value::Number(value)) => **value == **digits,
                    (Switch(switch), Value::Bool(value)) => value == switch,
                    _ => false,
                }
        }),
    }
}

/// Tells whether an empty map at a place is not the same as none: an empty selector selects everything, and an empty
/// `emptyDir` is a kind of volume.
pub(super) fn counts_when_empty(path: &Path) -> bool {
    path.last().ends_with("elector") || path.last() == "emptyDir"
}

/// Tells whether a field of an object of a cluster is not ours, so that leaving it out leaves it alone.
pub(super) fn is_servers_own(path: &Path) -> bool {
    OWN.iter().any(|pattern| path.matches(pattern))
}

/// Tells whether an object came from a cluster.
pub(super) fn is_live(object: &Value) -> bool {
    ["uid", "resourceVersion"]
        .iter()
        .any(|key| object.at(&["metadata", key]).is_some())
}

/// Tells whether two values of a field mean the same: the API server respells quantities.
pub(super) fn is_same(path: &Path, old: &Value, new: &Value) -> bool {
    let is_quantity = [
        &["**", "requests", "*"][..],
        &["**", "limits", "*"],
        &["**", "sizeLimit"],
    ]
    .iter()
    .any(|pattern| path.matches(pattern));
    is_quantity
        && match (quantity(old), quantity(new)) {
            (Some(old), Some(new)) => old == new,
            _ => false,
        }
}

/// Reads a quantity, written as text or as a number.
pub(super) fn quantity(value: &Value) -> Option<Quantity> {
    match value {
        Value::String(text) => Quantity::parse(text).ok(),
        Value::Number(digits) => Quantity::parse(digits).ok(),
        _ => None,
    }
}
