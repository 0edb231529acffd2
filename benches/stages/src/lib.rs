//! The way from a values file to a tier, a step a function, for the benchmarks.

use cachegen::kube::version;
use cachegen::tier::{self, Invocation, Tier};
use cachegen::values::layer::{DEFAULTS, Layers, Origin};
use cachegen::values::merge::{Effective, merge};
use cachegen::values::schema::{self, Decoded};
use cachegen::yaml::Span;

/// Reads the default values and a values file.
pub fn load(values: &str) -> Layers {
    let mut findings = Vec::new();
    let mut layers = Layers::default();
    layers.add(Origin::Default, DEFAULTS, &mut findings);
    let origin = Origin::File("values.yaml".into());
    layers.add(origin, values.to_owned(), &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    layers
}

/// Merges layers with their profile.
pub fn merged(layers: Layers) -> Effective {
    let mut findings = Vec::new();
    let effective = merge(layers, None, &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    effective
}

/// Gives values their types.
pub fn decoded(effective: &Effective) -> Decoded {
    let mut findings = Vec::new();
    let decoded = schema::decode(effective, &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    decoded
}

/// Decides what values mean.
pub fn resolved(name: &str, decoded: &Decoded, effective: &Effective) -> Tier {
    let invocation = Invocation {
        name: name.to_owned(),
        name_span: Span::default(),
        namespace: Some("default".to_owned()),
        namespace_span: Span::default(),
        kube_version: version::FLOOR,
    };
    tier::resolve(decoded, effective, &invocation, Vec::new()).expect("the values are right")
}

/// Goes the whole way.
pub fn tier(name: &str, values: &str) -> Tier {
    let effective = merged(load(values));
    resolved(name, &decoded(&effective), &effective)
}
