//! What nobody sees before something goes wrong in a cluster is as it has to be then: what controllers do, whom a namespace
//! admits, what is asked for and how long there is.

use serde_json::{Value, json};

use super::manifest::{Manifest, elements, integer, string};
use super::references::Rendered;

/// What nobody sees before something goes wrong in a cluster, and why it is so; `values` may say otherwise in a case.
const CONTROLLERS: &[(&str, &str, &str, &str)] = &[
    (
        "StatefulSet",
        "/spec/replicas",
        "1",
        "a second one would be a cache of its own behind the same name",
    ),
    (
        "StatefulSet",
        "/spec/podManagementPolicy",
        "\"Parallel\"",
        "a pod that crash-loops would keep its own repair from being rolled out",
    ),
    (
        "StatefulSet",
        "/spec/updateStrategy/type",
        "\"RollingUpdate\"",
        "a changed directive would wait for somebody to delete the pod",
    ),
    (
        "StatefulSet",
        "/spec/updateStrategy/rollingUpdate/partition",
        "0",
        "the pod would be left out of updates",
    ),
    (
        "StatefulSet",
        "/spec/template/spec/enableServiceLinks",
        "false",
        "other Services of the namespace would decide the environment",
    ),
    (
        "StatefulSet",
        "/spec/template/spec/securityContext/fsGroupChangePolicy",
        "\"OnRootMismatch\"",
        "every start would walk through the whole volume",
    ),
    (
        "PodDisruptionBudget",
        "/spec/unhealthyPodEvictionPolicy",
        "\"AlwaysAllow\"",
        "a server that is not ready would hold up a drain",
    ),
    (
        "CronJob",
        "/spec/concurrencyPolicy",
        "\"Forbid\"",
        "two would fork the server at once",
    ),
    (
        "CronJob",
        "/spec/startingDeadlineSeconds",
        "3600",
        "after 100 missed times none would be started any more, or at once in the middle of the day",
    ),
    (
        "CronJob",
        "/spec/jobTemplate/spec/template/spec/restartPolicy",
        "\"Never\"",
        "the log of a failed try would be gone",
    ),
    (
        "CronJob",
        "/spec/jobTemplate/spec/template/spec/enableServiceLinks",
        "false",
        "other Services of the namespace would decide the environment",
    ),
    (
        "CronJob",
        "/spec/failedJobsHistoryLimit",
        "3",
        "nobody could look why it failed",
    ),
    (
        "CronJob",
        "/spec/successfulJobsHistoryLimit",
        "3",
        "nobody could look whether it ran",
    ),
    (
        "ExternalSecret",
        "/spec/target/creationPolicy",
        "\"Owner\"",
        "the operator would wait for somebody else to make the Secret",
    ),
    (
        "ExternalSecret",
        "/spec/data/0/remoteRef/decodingStrategy",
        "\"None\"",
        "a password that looks like Base64 would become another one",
    ),
    (
        "StatefulSet",
        "/spec/template/spec/containers/0/terminationMessagePolicy",
        "\"FallbackToLogsOnError\"",
        "the status would not say why it ended",
    ),
];

/// As [`CONTROLLERS`], but for the cases whose values say the field's name.
const UNLESS_SAID: &[(&str, &str, &str, &str)] = &[
    (
        "StatefulSet",
        "/spec/persistentVolumeClaimRetentionPolicy/whenDeleted",
        "\"Retain\"",
        "the data would go with the StatefulSet, also where it is only made anew",
    ),
    (
        "StatefulSet",
        "/spec/persistentVolumeClaimRetentionPolicy/whenScaled",
        "\"Retain\"",
        "the data would go with a pause",
    ),
    (
        "Service",
        "/spec/type",
        "\"ClusterIP\"",
        "the cache would be reached from outside of the cluster",
    ),
    (
        "CronJob",
        "/spec/suspend",
        "false",
        "there would be no backups",
    ),
];

#[test]
pub(super) fn controllers_are_told_what_goes_well_when_something_goes_wrong() {
    let rows = || CONTROLLERS.iter().chain(UNLESS_SAID);
    let mut n_held = vec![0; rows().count()];
    for rendered in Rendered::all() {
        for (index, (kind, pointer, wanted, why)) in rows().enumerate() {
            let (parent, key) = pointer.rsplit_once('/').expect("a pointer has a key");
            if index >= CONTROLLERS.len() && rendered.says(key) {
                continue;
            }
            // Without a volume of its own there is none to keep.
            let objects = rendered.of_kind(kind);
            for object in objects.filter(|object| object.pointer(parent).is_some()) {
                let found = object.pointer(pointer).unwrap_or(&Value::Null);
                let case = &rendered.case;
                assert_eq!(
                    found.to_string(),
                    *wanted,
                    "{case}: {kind} {pointer}: {why}"
                );
                n_held[index] += 1;
            }
        }
    }
    assert!(!n_held.contains(&0), "{n_held:?}");
}

/// What Pod Security `restricted` asks of every pod, unless the values of a case want otherwise.
#[test]
pub(super) fn every_pod_is_admitted_where_pods_are_restricted() {
    for rendered in Rendered::all() {
        let case = &rendered.case;
        if rendered.says("ecurityContext") {
            continue;
        }
        for pod in rendered.pods() {
            let context = &pod["securityContext"];
            assert_eq!(context["runAsNonRoot"], true, "{case}");
            assert_ne!(context["runAsUser"], 0, "{case}");
            assert_eq!(
                context["seccompProfile"]["type"], "RuntimeDefault",
                "{case}"
            );
            for field in ["hostNetwork", "hostPID", "hostIPC"] {
                assert!(
                    pod[field].is_null() || pod[field] == false,
                    "{case}: {field}"
                );
            }
            for volume in elements(&pod["volumes"]) {
                assert!(volume.get("hostPath").is_none(), "{case}: {volume}");
            }
            let init = elements(&pod["initContainers"]).iter();
            for container in init.chain(elements(&pod["containers"])) {
                let context = &container["securityContext"];
                if context.is_null() {
                    // One of the user's own.
                    assert!(rendered.says("ontainers"), "{case}: {container}");
                    continue;
                }
                assert_eq!(context["allowPrivilegeEscalation"], false, "{case}");
                assert_eq!(context["capabilities"], json!({"drop": ["ALL"]}), "{case}");
                assert_ne!(context["privileged"], true, "{case}");
                for port in elements(&container["ports"]) {
                    assert!(port.get("hostPort").is_none(), "{case}: {port}");
                }
            }
        }
    }
}

/// A tier that nobody told a size is one for a small node, and its volume takes what its memory holds, also while the
/// append-only file is written anew and a snapshot is beside it.
#[test]
pub(super) fn the_default_tier_fits_on_a_small_node_and_its_data_on_its_volume() {
    let manifest = Manifest::render::<&str>(&[]);
    let set = &manifest.only("StatefulSet")["spec"];
    let number = |value: &Value, unit: &str| -> u64 {
        let text = string(value);
        let digits = text.strip_suffix(unit).unwrap_or_else(|| panic!("{text}"));
        digits.parse().unwrap_or_else(|_| panic!("{text}"))
    };
    let pod = &set["template"]["spec"];
    let (mut millicores, mut mebibytes) = (0, 0);
    for container in elements(&pod["containers"]) {
        let resources = &container["resources"];
        let requested = number(&resources["requests"]["memory"], "Mi");
        assert!(
            requested <= number(&resources["limits"]["memory"], "Mi"),
            "{resources}"
        );
        mebibytes += requested;
        millicores += number(&resources["requests"]["cpu"], "m");
    }
    assert!((50..=1000).contains(&millicores), "{millicores}");
    assert!((384..=2048).contains(&mebibytes), "{mebibytes}");
    let claim = &elements(&set["volumeClaimTemplates"])[0]["spec"];
    assert_eq!(claim["accessModes"], json!(["ReadWriteOnce"]));
    let gibibytes = number(&claim["resources"]["requests"]["storage"], "Gi");
    assert!((3 * 384) >> 10 < gibibytes, "{claim}");
}

/// A try waits a minute for the server, and then copies.
#[test]
pub(super) fn a_backup_has_time_for_every_try() {
    let mut n_backups = 0;
    for rendered in Rendered::all() {
        for job in rendered.of_kind("CronJob") {
            let spec = &job["spec"]["jobTemplate"]["spec"];
            let n_tries = integer(&spec["backoffLimit"]) + 1;
            let deadline = integer(&spec["activeDeadlineSeconds"]);
            assert!(deadline >= 120 * n_tries, "{}: {spec}", rendered.case);
            n_backups += 1;
        }
    }
    assert!(n_backups > 1, "{n_backups}");
}
