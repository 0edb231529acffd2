//! Every field of the rendered dashboards, of their panels and of their queries is one that Grafana has, of its type: by
//! the types that Grafana generates from its schemas (its foundation SDK 0.0.22, `schemaVersion` 42).

use std::process::Command;

use super::manifest::{Manifest, entries, string};
use super::references;
use super::roots::output;
use super::tools::tool;

/// The version of the schema that the types are of.
const SCHEMA: &str = "schemaVersion 42\n";

/// Returns what is wrong with a dashboard.
fn faults(dashboard: &str) -> String {
    let mut command = Command::new(tool("readers", "dashboards"));
    let output = output(&mut command, dashboard.as_bytes());
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).expect("faults are text");
    let faults = said.strip_suffix(SCHEMA);
    faults.unwrap_or_else(|| panic!("{said}")).to_owned()
}

/// The dashboards of a render.
fn dashboards(manifest: &Manifest) -> Vec<&str> {
    let maps = manifest
        .objects
        .iter()
        .filter(|object| object["kind"] == "ConfigMap");
    maps.flat_map(|map| entries(&map["data"]))
        .filter(|(name, _)| name.ends_with("-dashboard.json"))
        .map(|(_, text)| string(text))
        .collect()
}

#[test]
#[ignore = "needs Grafana's types: run scripts/test"]
pub(super) fn every_dashboard_is_of_grafanas_types() {
    let mut n_dashboards = 0;
    for rendered in references::Rendered::all() {
        for dashboard in dashboards(&rendered.manifest) {
            assert_eq!(faults(dashboard), "", "{}", rendered.case);
            n_dashboards += 1;
        }
    }
    assert!(n_dashboards > 20, "{n_dashboards}");
}

/// Types that take anything would prove nothing.
#[test]
#[ignore = "needs Grafana's types: run scripts/test"]
fn grafanas_types_refuse_what_they_do_not_know() {
    let manifest = Manifest::render(&[] as &[&str]);
    let dashboard = dashboards(&manifest)[0];
    for (from, to) in [
        ("\"refresh\"", "\"refreshes\""),
        ("\"schemaVersion\": 39", "\"schemaVersion\": \"39\""),
        ("\"type\": \"gauge\"", "\"type\": \"gouge\""),
        ("\"w\": 8", "\"w\": \"8\""),
        ("\"min\": 0", "\"minimum\": 0"),
        ("\"unit\": \"s\"", "\"unit\": 5"),
        ("\"legendFormat\"", "\"legend\""),
        ("\"instant\": true", "\"instant\": \"yes\""),
    ] {
        let changed = dashboard.replace(from, to);
        assert_ne!(changed, dashboard, "{from}");
        assert_ne!(faults(&changed), "", "{to}");
    }
}
