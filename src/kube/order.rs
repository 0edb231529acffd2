//! The order in which objects of different kinds are installed.
//! Decides by kind alone; the order of objects of one kind is the caller's.

use std::cmp::Ordering;

/// The kinds in the order in which they are installed, first to last.
///
/// From `InstallOrder` in Helm v4.3.1, `pkg/release/v1/util/kind_sorter.go`. The two webhook configurations at the end
/// are new in Helm 4; the others are Helm 3's.
pub const INSTALL_ORDER: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// Returns the place of `kind` in [`INSTALL_ORDER`], or the table's length for a kind that it does not list.
pub fn position(kind: &str) -> usize {
    INSTALL_ORDER
        .iter()
        .position(|listed| *listed == kind)
        .unwrap_or(INSTALL_ORDER.len())
}

/// Compares two kinds by the order in which their objects are installed.
///
/// Unlisted kinds come last, by their name (the same file of Helm). Equal kinds are equal: sort stably to keep the
/// order that they had.
pub fn compare(a_kind: &str, b_kind: &str) -> Ordering {
    let (a, b) = (position(a_kind), position(b_kind));
    if a == INSTALL_ORDER.len() && b == INSTALL_ORDER.len() {
        return a_kind.cmp(b_kind);
    }
    a.cmp(&b)
}

#[cfg(test)]
mod tests {
    use super::{INSTALL_ORDER, compare, position};
    use std::cmp::Ordering;
    use std::collections::BTreeSet;

    #[test]
    fn table_lists_each_kind_once() {
        let kinds: BTreeSet<&str> = INSTALL_ORDER.iter().copied().collect();
        assert_eq!(kinds.len(), 38);
        assert_eq!(position("PriorityClass"), 0);
        assert_eq!(position("ValidatingWebhookConfiguration"), 37);
        assert_eq!(position("ServiceMonitor"), 38);
    }

    #[test]
    fn earlier_kinds_come_first() {
        let ascending = [
            "Namespace",
            "NetworkPolicy",
            "PodDisruptionBudget",
            "ServiceAccount",
            "Secret",
            "ConfigMap",
            "PersistentVolumeClaim",
            "Service",
            "Deployment",
            "StatefulSet",
            "Job",
            "CronJob",
            "ValidatingWebhookConfiguration",
            "Certificate",
            "ExternalSecret",
            "PrometheusRule",
            "ServiceMonitor",
            "statefulset",
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a} against {b}");
            }
        }
    }

    #[test]
    fn stable_sort_keeps_equal_kinds() {
        let mut objects = [
            ("Service", 1),
            ("Zebra", 1),
            ("Secret", 1),
            ("Service", 2),
            ("Ant", 1),
            ("Secret", 2),
        ];
        objects.sort_by(|a, b| compare(a.0, b.0));
        let expected = [
            ("Secret", 1),
            ("Secret", 2),
            ("Service", 1),
            ("Service", 2),
            ("Ant", 1),
            ("Zebra", 1),
        ];
        assert_eq!(objects, expected);
        assert_eq!(compare("Zebra", "Zebra"), Ordering::Equal);
    }
}
