//! Which load balancers have an address inside the cloud's network only: by the annotations and classes that clouds read.

/// The annotation that says which addresses are admitted, with commas, where `spec.loadBalancerSourceRanges` says none
/// (`AnnotationLoadBalancerSourceRangesKey` of `k8s.io/api/core/v1`).
pub const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

/// The annotation that decides about a load balancer of the AWS Load Balancer Controller: `internal`, its default since 2.2.0,
/// or `internet-facing` (its guide, "Annotations" and "Network Load Balancer").
const AWS_SCHEME: &str = "service.beta.kubernetes.io/aws-load-balancer-scheme";

/// What a cloud takes for an internal load balancer.
#[derive(Debug, Clone, Copy)]
enum Says {
    /// This word, in whichever case.
    Word(&'static str),
    /// A switch that is on, as Go reads one.
    On,
    /// Anything but nothing and `false`.
    Anything,
}

/// The annotations of clouds. Those without a source are in Kubernetes' documentation of Services, "Internal load balancer"
/// (`kubernetes/website`, `concepts/services-networking/service.md`).
const ANNOTATIONS: &[(&str, Says)] = &[
    // Google; the second is the older spelling of the first ("LoadBalancer Service parameters" of GKE's documentation).
    (
        "networking.gke.io/load-balancer-type",
        Says::Word("Internal"),
    ),
    (
        "cloud.google.com/load-balancer-type",
        Says::Word("Internal"),
    ),
    // `cloud-provider-aws`, `EnsureLoadBalancer`.
    (
        "service.beta.kubernetes.io/aws-load-balancer-internal",
        Says::Anything,
    ),
    // `cloud-provider-azure`, `IsInternal`.
    (
        "service.beta.kubernetes.io/azure-load-balancer-internal",
        Says::On,
    ),
    (
        "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type",
        Says::Word("private"),
    ),
    (
        "service.beta.kubernetes.io/openstack-internal-load-balancer",
        Says::On,
    ),
    (
        "service.beta.kubernetes.io/cce-load-balancer-internal-vpc",
        Says::On,
    ),
    // The name of a subnet.
    (
        "service.kubernetes.io/qcloud-loadbalancer-internal-subnetid",
        Says::Anything,
    ),
    // The second is the spelling before September 2019 (Alibaba's "Add annotations to the YAML file of a Service").
    (
        "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type",
        Says::Word("intranet"),
    ),
    (
        "service.beta.kubernetes.io/alicloud-loadbalancer-address-type",
        Says::Word("intranet"),
    ),
    (
        "service.beta.kubernetes.io/oci-load-balancer-internal",
        Says::On,
    ),
    // `oci-cloud-controller-manager`, `ServiceAnnotationNetworkLoadBalancerInternal`.
    (
        "oci-network-load-balancer.oraclecloud.com/internal",
        Says::On,
    ),
    // DigitalOcean's "Configure Advanced Load Balancer Settings".
    (
        "service.beta.kubernetes.io/do-loadbalancer-network",
        Says::Word("INTERNAL"),
    ),
    // `hcloud-cloud-controller-manager`, `LBDisablePublicNetwork`.
    (
        "load-balancer.hetzner.cloud/disable-public-network",
        Says::On,
    ),
    // `scaleway-cloud-controller-manager`, `docs/loadbalancer-annotations.md`.
    (
        "service.beta.kubernetes.io/scw-loadbalancer-private",
        Says::On,
    ),
];

/// The classes whose load balancers are internal unless [`AWS_SCHEME`] says otherwise: that of the AWS Load Balancer
/// Controller, and EKS' own in its auto mode.
const AWS_CLASSES: [&str; 2] = ["service.k8s.aws/nlb", "eks.amazonaws.com/nlb"];

/// Tells whether a Service of type LoadBalancer gets an internal load balancer, by its annotations and its class.
pub fn is_internal<'a>(annotation: impl Fn(&str) -> Option<&'a str>, class: Option<&str>) -> bool {
    if let Some(scheme) = annotation(AWS_SCHEME) {
        return scheme == "internal";
    }
    let is_said = |(key, says): &(&str, Says)| {
        annotation(key).is_some_and(|value| match says {
            Says::Word(word) => value.eq_ignore_ascii_case(word),
            Says::On => matches!(value, "1" | "t") || value.eq_ignore_ascii_case("true"),
            Says::Anything => !matches!(value, "" | "false"),
        })
    };
    // A class is a name that the cluster's administrators, or Google, choose: one with the word means it.
    let is_of_class =
        class.is_some_and(|class| class.contains("internal") || AWS_CLASSES.contains(&class));
    is_of_class || ANNOTATIONS.iter().any(is_said)
}

#[cfg(test)]
mod tests {
    use super::is_internal;

    #[test]
    fn a_load_balancer_is_internal_where_its_cloud_is_told_so() {
        for (key, value, expected) in [
            ("networking.gke.io/load-balancer-type", "Internal", true),
            (
                "service.beta.kubernetes.io/aws-load-balancer-internal",
                "0.0.0.0/0",
                true,
            ),
            (
                "service.beta.kubernetes.io/aws-load-balancer-internal",
                "false",
                false,
            ),
            (
                "service.beta.kubernetes.io/aws-load-balancer-scheme",
                "internal",
                true,
            ),
            (
                "service.beta.kubernetes.io/aws-load-balancer-scheme",
                "internet-facing",
                false,
            ),
            (
                "service.beta.kubernetes.io/azure-load-balancer-internal",
                "True",
                true,
            ),
            (
                "service.beta.kubernetes.io/azure-load-balancer-internal",
                "false",
                false,
            ),
            (
                "service.beta.kubernetes.io/azure-load-balancer-internal-subnet",
                "a",
                false,
            ),
            (
                "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type",
                "private",
                true,
            ),
            (
                "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type",
                "public",
                false,
            ),
            (
                "service.kubernetes.io/qcloud-loadbalancer-internal-subnetid",
                "subnet-a",
                true,
            ),
            (
                "service.beta.kubernetes.io/do-loadbalancer-network",
                "INTERNAL",
                true,
            ),
            (
                "external-dns.alpha.kubernetes.io/hostname",
                "redis.internal.example.com",
                false,
            ),
        ] {
            let said = is_internal(|wanted| (wanted == key).then_some(value), None);
            assert_eq!(said, expected, "{key}: {value}");
        }
    }

    #[test]
    fn a_class_makes_internal_load_balancers_unless_the_scheme_says_otherwise() {
        for (class, scheme, expected) in [
            ("networking.gke.io/l4-regional-internal", None, true),
            ("networking.gke.io/l4-regional-external", None, false),
            ("service.k8s.aws/nlb", None, true),
            ("service.k8s.aws/nlb", Some("internet-facing"), false),
            ("example.com/internal-vip", None, true),
        ] {
            let scheme = |key: &str| scheme.filter(|_| key.ends_with("-scheme"));
            assert_eq!(is_internal(scheme, Some(class)), expected, "{class}");
        }
    }
}
