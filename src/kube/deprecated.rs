//! API versions that go away: since when they warn, since when they are gone, and what stands in for them.
//! A table; what an object of theirs is for is not known here.

use super::version::KubeVersion;

/// An API version of kinds that goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deprecated {
    /// Group and version.
    pub api_version: &'static str,
    /// The kinds.
    pub kinds: &'static [&'static str],
    /// The first version that warns.
    pub warns: KubeVersion,
    /// The first version that does not serve it, if that is decided.
    pub removed: Option<KubeVersion>,
    /// What to write instead.
    pub instead: &'static str,
}

/// Finds what is known of an API version of a kind, where it goes away.
pub fn find(api_version: &str, kind: &str) -> Option<&'static Deprecated> {
    TABLE
        .iter()
        .find(|entry| entry.api_version == api_version && entry.kinds.contains(&kind))
}

const fn row(
    api_version: &'static str,
    kinds: &'static [&'static str],
    warns: u16,
    removed: Option<u16>,
    instead: &'static str,
) -> Deprecated {
    Deprecated {
        api_version,
        kinds,
        warns: KubeVersion::new(1, warns),
        removed: match removed {
            Some(minor) => Some(KubeVersion::new(1, minor)),
            None => None,
        },
        instead,
    }
}

/// The lifecycle markers of `k8s.io/api` 0.21.14, 0.24.17, 0.28.15, 0.33.3 and 0.37.0
/// (`zz_generated.prerelease-lifecycle.go`), from which the API server makes its warnings; for those removed up to 1.32 the
/// deprecated API migration guide of Kubernetes says the same. Left out is what nobody keeps in a file (reviews, scales,
/// leader candidates), alpha versions, which are off unless somebody switches them on, and what warns after 1.37.
/// `Endpoints` has no marker: its warning is in `pkg/registry/core/endpoint/strategy.go` of Kubernetes 1.33. The last one is
/// the External Secrets operator's, which stopped serving it in 0.17; its kinds do not go by Kubernetes' version.
#[rustfmt::skip]
const TABLE: &[Deprecated] = &[
    row("admissionregistration.k8s.io/v1beta1", &["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"], 37, Some(40), "admissionregistration.k8s.io/v1"),
    row("admissionregistration.k8s.io/v1beta1", &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"], 16, Some(22), "admissionregistration.k8s.io/v1"),
    row("admissionregistration.k8s.io/v1beta1", &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"], 31, Some(34), "admissionregistration.k8s.io/v1"),
    row("apps/v1beta1", &["ControllerRevision", "Deployment", "StatefulSet"], 8, Some(16), "apps/v1"),
    row("apps/v1beta2", &["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"], 9, Some(16), "apps/v1"),
    row("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], 22, Some(25), "autoscaling/v2"),
    row("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], 23, Some(26), "autoscaling/v2"),
    row("batch/v1beta1", &["CronJob"], 21, Some(25), "batch/v1"),
    row("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], 19, Some(22), "certificates.k8s.io/v1"),
    row("certificates.k8s.io/v1beta1", &["ClusterTrustBundle", "PodCertificateRequest"], 37, Some(40), "certificates.k8s.io/v1"),
    row("coordination.k8s.io/v1beta1", &["Lease"], 19, Some(22), "coordination.k8s.io/v1"),
    row("discovery.k8s.io/v1beta1", &["EndpointSlice"], 21, Some(25), "discovery.k8s.io/v1"),
    row("events.k8s.io/v1beta1", &["Event"], 22, Some(25), "events.k8s.io/v1"),
    row("extensions/v1beta1", &["DaemonSet", "Deployment", "ReplicaSet"], 8, Some(16), "apps/v1"),
    row("extensions/v1beta1", &["Ingress"], 14, Some(22), "networking.k8s.io/v1"),
    row("extensions/v1beta1", &["NetworkPolicy"], 9, Some(16), "networking.k8s.io/v1"),
    row("extensions/v1beta1", &["PodSecurityPolicy"], 11, Some(16), "Pod Security admission"),
    row("flowcontrol.apiserver.k8s.io/v1beta1", &["FlowSchema", "PriorityLevelConfiguration"], 23, Some(26), "flowcontrol.apiserver.k8s.io/v1"),
    row("flowcontrol.apiserver.k8s.io/v1beta2", &["FlowSchema", "PriorityLevelConfiguration"], 26, Some(29), "flowcontrol.apiserver.k8s.io/v1"),
    row("flowcontrol.apiserver.k8s.io/v1beta3", &["FlowSchema", "PriorityLevelConfiguration"], 29, Some(32), "flowcontrol.apiserver.k8s.io/v1"),
    row("networking.k8s.io/v1beta1", &["IPAddress", "ServiceCIDR"], 34, Some(37), "networking.k8s.io/v1"),
    row("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], 19, Some(22), "networking.k8s.io/v1"),
    row("node.k8s.io/v1beta1", &["RuntimeClass"], 22, Some(25), "node.k8s.io/v1"),
    row("policy/v1beta1", &["PodDisruptionBudget"], 21, Some(25), "policy/v1"),
    row("policy/v1beta1", &["PodSecurityPolicy"], 21, Some(25), "Pod Security admission"),
    row("rbac.authorization.k8s.io/v1beta1", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"], 17, Some(22), "rbac.authorization.k8s.io/v1"),
    row("resource.k8s.io/v1beta1", &["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"], 35, Some(38), "resource.k8s.io/v1"),
    row("resource.k8s.io/v1beta2", &["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"], 36, Some(39), "resource.k8s.io/v1"),
    row("scheduling.k8s.io/v1beta1", &["PriorityClass"], 14, Some(22), "scheduling.k8s.io/v1"),
    row("storage.k8s.io/v1beta1", &["CSIDriver", "StorageClass", "VolumeAttachment"], 19, Some(22), "storage.k8s.io/v1"),
    row("storage.k8s.io/v1beta1", &["CSINode"], 17, Some(22), "storage.k8s.io/v1"),
    row("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], 24, Some(27), "storage.k8s.io/v1"),
    row("storage.k8s.io/v1beta1", &["VolumeAttributesClass"], 34, Some(37), "storage.k8s.io/v1"),
    row("storagemigration.k8s.io/v1beta1", &["StorageVersionMigration"], 37, Some(40), "storagemigration.k8s.io/v1"),
    row("v1", &["Endpoints"], 33, None, "discovery.k8s.io/v1 EndpointSlice"),
    row("external-secrets.io/v1beta1", &["ClusterExternalSecret", "ClusterSecretStore", "ExternalSecret", "SecretStore"], 0, None, "external-secrets.io/v1"),
];

#[cfg(test)]
mod tests {
    use super::{KubeVersion, TABLE, find};

    #[test]
    fn a_kind_is_found_by_its_api_version() {
        let found =
            |api_version, kind| find(api_version, kind).map(|entry| (entry.removed, entry.instead));
        let minor = |minor| Some(KubeVersion::new(1, minor));
        for (api_version, kind, expected) in [
            (
                "extensions/v1beta1",
                "Ingress",
                Some((minor(22), "networking.k8s.io/v1")),
            ),
            (
                "extensions/v1beta1",
                "Deployment",
                Some((minor(16), "apps/v1")),
            ),
            (
                "networking.k8s.io/v1beta1",
                "ServiceCIDR",
                Some((minor(37), "networking.k8s.io/v1")),
            ),
            (
                "v1",
                "Endpoints",
                Some((None, "discovery.k8s.io/v1 EndpointSlice")),
            ),
            ("v1", "Service", None),
            ("apps/v1", "Deployment", None),
            ("policy/v1", "PodDisruptionBudget", None),
        ] {
            assert_eq!(found(api_version, kind), expected, "{api_version} {kind}");
        }
    }

    #[test]
    fn each_kind_is_there_once_and_warns_before_it_is_gone() {
        for entry in TABLE {
            assert!(
                entry.removed.is_none_or(|removed| entry.warns < removed),
                "{entry:?}"
            );
            assert_ne!(entry.api_version, entry.instead);
            for kind in entry.kinds {
                assert_eq!(find(entry.api_version, kind), Some(entry));
            }
        }
    }
}
