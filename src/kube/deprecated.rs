//! API versions that go away: since when they warn, since when they are gone, and what stands in for them.
//! A table; what an object of theirs is for is not known here.

use super::version::KubeVersion;

/// An API version of a kind that goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deprecated {
    /// Group and version.
    pub api_version: &'static str,
    /// The kind; an empty text means every kind of the API version.
    pub kind: &'static str,
    /// The first version that warns, if one serves it still.
    pub warns: Option<KubeVersion>,
    /// The first version that does not serve it, if that is decided.
    pub removed: Option<KubeVersion>,
    /// What to write instead.
    pub instead: &'static str,
}

/// Finds what is known of an API version of a kind, where it goes away.
pub fn find(api_version: &str, kind: &str) -> Option<&'static Deprecated> {
    TABLE.iter().find(|entry| {
        entry.api_version == api_version && (entry.kind.is_empty() || entry.kind == kind)
    })
}

const fn gone(
    api_version: &'static str,
    kind: &'static str,
    removed: u16,
    instead: &'static str,
) -> Deprecated {
    Deprecated {
        api_version,
        kind,
        warns: None,
        removed: Some(KubeVersion::new(1, removed)),
        instead,
    }
}

/// The deprecated API migration guide of Kubernetes, and the lifecycle markers of `k8s.io/api` v0.33. The last one is
/// the External Secrets operator's, which stopped serving it in 0.17; its kinds do not go by Kubernetes' version.
const TABLE: &[Deprecated] = &[
    gone("extensions/v1beta1", "Ingress", 22, "networking.k8s.io/v1"),
    gone(
        "extensions/v1beta1",
        "NetworkPolicy",
        16,
        "networking.k8s.io/v1",
    ),
    gone("extensions/v1beta1", "", 16, "apps/v1"),
    gone("apps/v1beta1", "", 16, "apps/v1"),
    gone("apps/v1beta2", "", 16, "apps/v1"),
    gone(
        "networking.k8s.io/v1beta1",
        "Ingress",
        22,
        "networking.k8s.io/v1",
    ),
    gone(
        "networking.k8s.io/v1beta1",
        "IngressClass",
        22,
        "networking.k8s.io/v1",
    ),
    gone(
        "rbac.authorization.k8s.io/v1beta1",
        "",
        22,
        "rbac.authorization.k8s.io/v1",
    ),
    gone(
        "apiextensions.k8s.io/v1beta1",
        "",
        22,
        "apiextensions.k8s.io/v1",
    ),
    gone(
        "admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfiguration",
        22,
        "admissionregistration.k8s.io/v1",
    ),
    gone(
        "admissionregistration.k8s.io/v1beta1",
        "ValidatingWebhookConfiguration",
        22,
        "admissionregistration.k8s.io/v1",
    ),
    gone(
        "apiregistration.k8s.io/v1beta1",
        "",
        22,
        "apiregistration.k8s.io/v1",
    ),
    gone(
        "certificates.k8s.io/v1beta1",
        "CertificateSigningRequest",
        22,
        "certificates.k8s.io/v1",
    ),
    gone(
        "coordination.k8s.io/v1beta1",
        "Lease",
        22,
        "coordination.k8s.io/v1",
    ),
    gone("scheduling.k8s.io/v1beta1", "", 22, "scheduling.k8s.io/v1"),
    gone(
        "storage.k8s.io/v1beta1",
        "StorageClass",
        22,
        "storage.k8s.io/v1",
    ),
    gone("batch/v1beta1", "CronJob", 25, "batch/v1"),
    gone(
        "discovery.k8s.io/v1beta1",
        "EndpointSlice",
        25,
        "discovery.k8s.io/v1",
    ),
    gone("events.k8s.io/v1beta1", "Event", 25, "events.k8s.io/v1"),
    gone(
        "autoscaling/v2beta1",
        "HorizontalPodAutoscaler",
        25,
        "autoscaling/v2",
    ),
    gone("policy/v1beta1", "PodDisruptionBudget", 25, "policy/v1"),
    gone(
        "policy/v1beta1",
        "PodSecurityPolicy",
        25,
        "Pod Security admission",
    ),
    gone("node.k8s.io/v1beta1", "RuntimeClass", 25, "node.k8s.io/v1"),
    gone(
        "autoscaling/v2beta2",
        "HorizontalPodAutoscaler",
        26,
        "autoscaling/v2",
    ),
    gone(
        "flowcontrol.apiserver.k8s.io/v1beta1",
        "",
        26,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    gone(
        "storage.k8s.io/v1beta1",
        "CSIStorageCapacity",
        27,
        "storage.k8s.io/v1",
    ),
    gone(
        "flowcontrol.apiserver.k8s.io/v1beta2",
        "",
        29,
        "flowcontrol.apiserver.k8s.io/v1",
    ),
    Deprecated {
        api_version: "flowcontrol.apiserver.k8s.io/v1beta3",
        kind: "",
        warns: Some(KubeVersion::new(1, 29)),
        removed: Some(KubeVersion::new(1, 32)),
        instead: "flowcontrol.apiserver.k8s.io/v1",
    },
    Deprecated {
        api_version: "v1",
        kind: "Endpoints",
        warns: Some(KubeVersion::new(1, 33)),
        removed: None,
        instead: "discovery.k8s.io/v1 EndpointSlice",
    },
    Deprecated {
        api_version: "external-secrets.io/v1beta1",
        kind: "",
        warns: Some(KubeVersion::new(1, 0)),
        removed: None,
        instead: "external-secrets.io/v1",
    },
];

#[cfg(test)]
mod tests {
    use super::{TABLE, find};

    #[test]
    fn the_particular_kind_wins_over_the_rest_of_its_version() {
        let found = |api_version, kind| find(api_version, kind).map(|entry| entry.instead);
        assert_eq!(
            found("extensions/v1beta1", "Ingress"),
            Some("networking.k8s.io/v1")
        );
        assert_eq!(found("extensions/v1beta1", "Deployment"), Some("apps/v1"));
        assert_eq!(found("apps/v1", "Deployment"), None);
        assert_eq!(found("policy/v1", "PodDisruptionBudget"), None);
    }

    #[test]
    fn everything_in_the_table_warns_or_is_gone() {
        for entry in TABLE {
            assert!(
                entry.warns.is_some() || entry.removed.is_some(),
                "{entry:?}"
            );
            assert_ne!(entry.api_version, entry.instead);
        }
    }
}
