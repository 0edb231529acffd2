//! Which custom API versions a cluster serves, as far as somebody says.

use super::name;
use super::object::group;

/// What a cluster serves beside Kubernetes' own kinds: API versions such as `monitoring.coreos.com/v1`, or kinds of theirs
/// such as `monitoring.coreos.com/v1/ServiceMonitor`, as `helm template --api-versions` takes them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Served(Vec<String>);

impl Served {
    /// Reads API versions.
    ///
    /// # Errors
    ///
    /// The first that is none, and why.
    pub fn parse(api_versions: &[String]) -> Result<Self, String> {
        for text in api_versions {
            check(text).map_err(|why| format!("`{text}` is no API version: {why}"))?;
        }
        Ok(Self(api_versions.to_vec()))
    }

    /// Tells whether objects of a kind are refused: it is none of Kubernetes' own, and is not among what is served.
    /// Where nothing was said, nothing is known.
    ///
    /// Kubernetes' own groups have no dot, or end in `.k8s.io`, which is kept for it (KEP 2337, "k8s.io Group Protection").
    pub fn lacks(&self, api_version: &str, kind: &str) -> bool {
        let group = group(api_version);
        let is_custom = group.contains('.') && !group.ends_with(".k8s.io");
        let is_served = |served: &String| {
            let rest = served.strip_prefix(api_version);
            rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('/') == Some(kind))
        };
        is_custom && !self.0.is_empty() && !self.0.iter().any(is_served)
    }
}

/// `version`, `group/version`, or either with `/Kind`.
fn check(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split('/').collect();
    let is_kind = |text: &str| text.starts_with(|first: char| first.is_ascii_uppercase());
    let (group, version, kind) = match parts[..] {
        [version] => (None, version, None),
        [version, kind] if is_kind(kind) => (None, version, Some(kind)),
        [group, version] => (Some(group), version, None),
        [group, version, kind] => (Some(group), version, Some(kind)),
        _ => return Err("it is `group/version` or `group/version/Kind`".to_owned()),
    };
    if let Some(group) = group {
        name::dns_subdomain(group).map_err(|why| format!("its group {why}"))?;
    }
    name::dns_label_1035(version).map_err(|why| format!("its version {why}"))?;
    match kind {
        Some(kind) if !is_kind(kind) || !kind.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Err("its kind is letters and digits, the first a capital".to_owned())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::Served;

    fn served(entries: &[&str]) -> Result<Served, String> {
        Served::parse(&entries.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn an_api_version_may_have_a_group_and_a_kind() {
        for text in [
            "v1",
            "v1/Pod",
            "apps/v1",
            "monitoring.coreos.com/v1",
            "monitoring.coreos.com/v1/PodMonitor",
        ] {
            assert!(served(&[text]).is_ok(), "{text}");
        }
        for text in [
            "",
            "V1",
            "1/v1/",
            "a b/v1",
            "a/v1/pod",
            "a/v1/Pod/x",
            "a/v1/P-d",
            "/v1",
        ] {
            let why = served(&[text]).unwrap_err();
            assert!(
                why.starts_with(&format!("`{text}` is no API version: it")),
                "{why}"
            );
        }
    }

    #[test]
    fn a_custom_kind_is_lacking_where_others_are_named() {
        let prometheus = served(&["monitoring.coreos.com/v1", "example.com/v1/Widget"]).unwrap();
        for (api_version, kind, is_lacking) in [
            ("monitoring.coreos.com/v1", "ServiceMonitor", false),
            ("monitoring.coreos.com/v1alpha1", "ScrapeConfig", true),
            ("example.com/v1", "Widget", false),
            ("example.com/v1", "Gadget", true),
            ("example.com/v10", "Widget", true),
            ("apps/v1", "StatefulSet", false),
            ("networking.k8s.io/v1", "NetworkPolicy", false),
            ("v1", "Service", false),
        ] {
            assert_eq!(
                prometheus.lacks(api_version, kind),
                is_lacking,
                "{api_version} {kind}"
            );
        }
        assert!(!Served::default().lacks("example.com/v1", "Widget"));
    }
}
