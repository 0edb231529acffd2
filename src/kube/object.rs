//! What tells one object from another, and which kinds stand outside any namespace.
//! Knows identities only; an object's content is not looked at.

use std::fmt;

use super::name;

/// The identity of an object in a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// Group and version, such as `v1` or `apps/v1`.
    pub api_version: String,
    /// The kind, such as `Service`.
    pub kind: String,
    /// The namespace; `None` where the kind has none, or where the object leaves it to whoever applies it.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl fmt::Display for ObjectId {
    /// Writes `Kind/name`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// Returns the group of an API version, `apps` of `apps/v1`; the core group, that of `v1`, is empty.
pub fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Returns whether objects of that kind have no namespace.
///
/// True for every cluster-scoped kind of Kubernetes itself and for well-known custom ones; an unknown kind is taken for
/// namespaced, as most are. The version within the group does not matter: a kind's scope is the same in all of them.
pub fn cluster_scoped(api_version: &str, kind: &str) -> bool {
    let group = group(api_version);
    CLUSTER_SCOPED
        .iter()
        .any(|(listed, kinds)| *listed == group && (kinds.contains(&kind) || kinds.is_empty()))
}

/// Returns the rule for the names of a kind's objects.
///
/// The `ValidateName` of its strategy in Kubernetes v1.33.13, `pkg/registry`; a name in a path is the least that all
/// have to be, and what custom kinds have to be is `NameIsDNSSubdomain`.
pub fn name_rule(api_version: &str, kind: &str) -> fn(&str) -> Result<(), String> {
    match (group(api_version), kind) {
        ("", "Service") => name::dns_label_1035,
        ("", "Namespace") => name::dns_label,
        ("rbac.authorization.k8s.io", _) => name::path_segment,
        _ => name::dns_subdomain,
    }
}

/// Returns whether what stands behind these keys of an object is text whatever it looks like: the data of ConfigMaps
/// and Secrets, and the value of an environment variable.
///
/// kubectl passes a bare `yes` or `1` there on as a boolean or a number, and the API server refuses it.
pub fn is_text_only(kind: &str, path: &[&str]) -> bool {
    match path {
        ["data" | "stringData" | "binaryData", _] => matches!(kind, "ConfigMap" | "Secret"),
        [.., "env", "value"] => true,
        _ => false,
    }
}

/// Cluster-scoped kinds by group; every kind is, of a group without any here.
///
/// Built in: `NamespaceScoped` of the resources in Kubernetes v1.33.13 `pkg/registry`, and the marker
/// `genclient:nonNamespaced` of kube-aggregator and apiextensions-apiserver v0.33.13; besides, kinds that only older
/// versions serve: PodSecurityPolicy (to 1.24), ClusterCIDR (to 1.28), ResourceClass (to 1.30). Custom: `spec.scope` of
/// the project's CustomResourceDefinition (of NodeMetrics and OpenShift's projects: their aggregated API).
const CLUSTER_SCOPED: &[(&str, &[&str])] = &[
    (
        "",
        &["ComponentStatus", "Namespace", "Node", "PersistentVolume"],
    ),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    (
        "authentication.k8s.io",
        &["SelfSubjectReview", "TokenReview"],
    ),
    (
        "authorization.k8s.io",
        &[
            "SelfSubjectAccessReview",
            "SelfSubjectRulesReview",
            "SubjectAccessReview",
        ],
    ),
    (
        "certificates.k8s.io",
        &["CertificateSigningRequest", "ClusterTrustBundle"],
    ),
    (
        "flowcontrol.apiserver.k8s.io",
        &["FlowSchema", "PriorityLevelConfiguration"],
    ),
    ("internal.apiserver.k8s.io", &["StorageVersion"]),
    (
        "networking.k8s.io",
        &["ClusterCIDR", "IPAddress", "IngressClass", "ServiceCIDR"],
    ),
    ("node.k8s.io", &["RuntimeClass"]),
    ("policy", &["PodSecurityPolicy"]),
    (
        "rbac.authorization.k8s.io",
        &["ClusterRole", "ClusterRoleBinding"],
    ),
    (
        "resource.k8s.io",
        &[
            "DeviceClass",
            "DeviceTaintRule",
            "ResourceClass",
            "ResourceSlice",
        ],
    ),
    ("scheduling.k8s.io", &["PriorityClass"]),
    (
        "storage.k8s.io",
        &[
            "CSIDriver",
            "CSINode",
            "StorageClass",
            "VolumeAttachment",
            "VolumeAttributesClass",
        ],
    ),
    ("storagemigration.k8s.io", &["StorageVersionMigration"]),
    // Custom kinds.
    (
        "argoproj.io",
        &["ClusterAnalysisTemplate", "ClusterWorkflowTemplate"],
    ),
    ("cert-manager.io", &["ClusterIssuer"]),
    (
        "cilium.io",
        &[
            "CiliumClusterwideEnvoyConfig",
            "CiliumClusterwideNetworkPolicy",
            "CiliumLoadBalancerIPPool",
            "CiliumNode",
        ],
    ),
    ("constraints.gatekeeper.sh", &[]),
    (
        "crd.projectcalico.org",
        &["GlobalNetworkPolicy", "GlobalNetworkSet", "IPPool"],
    ),
    (
        "external-secrets.io",
        &[
            "ClusterExternalSecret",
            "ClusterPushSecret",
            "ClusterSecretStore",
        ],
    ),
    ("gateway.networking.k8s.io", &["GatewayClass"]),
    ("generators.external-secrets.io", &["ClusterGenerator"]),
    ("karpenter.sh", &["NodeClaim", "NodePool"]),
    ("keda.sh", &["ClusterTriggerAuthentication"]),
    ("kueue.x-k8s.io", &["ClusterQueue", "ResourceFlavor"]),
    (
        "kyverno.io",
        &[
            "ClusterCleanupPolicy",
            "ClusterPolicy",
            "GlobalContextEntry",
        ],
    ),
    ("metrics.k8s.io", &["NodeMetrics"]),
    (
        "policy.networking.k8s.io",
        &["AdminNetworkPolicy", "BaselineAdminNetworkPolicy"],
    ),
    ("project.openshift.io", &["Project", "ProjectRequest"]),
    (
        "projectcalico.org",
        &["GlobalNetworkPolicy", "GlobalNetworkSet", "IPPool"],
    ),
    ("security.openshift.io", &["SecurityContextConstraints"]),
    (
        "snapshot.storage.k8s.io",
        &["VolumeSnapshotClass", "VolumeSnapshotContent"],
    ),
    ("templates.gatekeeper.sh", &["ConstraintTemplate"]),
    ("trust.cert-manager.io", &["Bundle"]),
    ("wgpolicyk8s.io", &["ClusterPolicyReport"]),
];

#[cfg(test)]
mod tests {
    use super::{CLUSTER_SCOPED, ObjectId, cluster_scoped, group};

    fn id(api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> ObjectId {
        ObjectId {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        }
    }

    #[track_caller]
    fn check(api_version: &str, kind: &str, expected: bool) {
        assert_eq!(
            cluster_scoped(api_version, kind),
            expected,
            "{api_version} {kind}"
        );
    }

    #[test]
    fn groups() {
        for (api_version, expected) in [
            ("v1", ""),
            ("apps/v1", "apps"),
            ("", ""),
            ("external-secrets.io/v1", "external-secrets.io"),
        ] {
            assert_eq!(group(api_version), expected, "{api_version}");
        }
    }

    #[test]
    fn scopes() {
        check("v1", "Namespace", true);
        check("v1", "PersistentVolume", true);
        check("v1", "PersistentVolumeClaim", false);
        check("v1", "Secret", false);
        check("apps/v1", "StatefulSet", false);
        check("rbac.authorization.k8s.io/v1", "ClusterRole", true);
        check("rbac.authorization.k8s.io/v1", "Role", false);
        check(
            "rbac.authorization.k8s.io/v1beta1",
            "ClusterRoleBinding",
            true,
        );
        check("scheduling.k8s.io/v1", "PriorityClass", true);
        check("networking.k8s.io/v1", "NetworkPolicy", false);
        check("networking.k8s.io/v1", "IngressClass", true);
        check("policy/v1", "PodDisruptionBudget", false);
        check("authorization.k8s.io/v1", "LocalSubjectAccessReview", false);
        check("resource.k8s.io/v1beta1", "ResourceClaim", false);
        check("coordination.k8s.io/v1", "Lease", false);
        check("monitoring.coreos.com/v1", "ServiceMonitor", false);
        check("external-secrets.io/v1", "ExternalSecret", false);
        check("external-secrets.io/v1", "ClusterSecretStore", true);
        check("cert-manager.io/v1", "ClusterIssuer", true);
        check("cert-manager.io/v1", "Issuer", false);
        check("kyverno.io/v1", "Policy", false);
        check("constraints.gatekeeper.sh/v1beta1", "AnythingAtAll", true);
    }

    #[test]
    fn a_kind_counts_only_in_its_own_group() {
        check("example.com/v1", "Namespace", false);
        check("v1", "ClusterRole", false);
        check("v1", "namespace", false);
        check("", "", false);
    }

    #[test]
    fn table_is_sorted_and_without_repeats() {
        let custom = CLUSTER_SCOPED
            .iter()
            .position(|(group, _)| *group == "argoproj.io")
            .expect("table has it");
        let (built_in, custom) = CLUSTER_SCOPED.split_at(custom);
        for part in [built_in, custom] {
            assert!(part.is_sorted_by(|a, b| a.0 < b.0));
        }
        for (group, kinds) in CLUSTER_SCOPED {
            assert!(kinds.is_sorted_by(|a, b| a < b), "{group}");
        }
        let kinds = built_in.iter().map(|(_, kinds)| kinds.len());
        assert_eq!(
            kinds.sum::<usize>(),
            38 + 3,
            "1.33 has 38, other versions 3 more"
        );
    }

    #[test]
    fn display_and_order() {
        assert_eq!(
            id("v1", "Service", Some("default"), "cache").to_string(),
            "Service/cache"
        );
        let mut ids = [
            id("v1", "Service", Some("b"), "a"),
            id("v1", "Service", Some("a"), "b"),
            id("v1", "Service", None, "z"),
            id("apps/v1", "StatefulSet", Some("a"), "a"),
            id("v1", "ConfigMap", Some("z"), "z"),
        ];
        ids.sort();
        let order: Vec<String> = ids.iter().map(ToString::to_string).collect();
        assert_eq!(
            order,
            [
                "StatefulSet/a",
                "ConfigMap/z",
                "Service/z",
                "Service/b",
                "Service/a"
            ]
        );
    }
}
