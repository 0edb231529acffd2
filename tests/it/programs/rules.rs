//! Prometheus' own checker reads the rendered rules.

use std::path::Path;

use super::manifest::Manifest;
use super::roots::Suite;

/// Every case that has rules, with its own values.
#[test]
#[ignore = "needs promtool in a Debian root: run scripts/test"]
fn promtool_accepts_every_rule() {
    let mut n_checked = 0;
    for case in crate::support::cases() {
        let values = case.directory.join("values.yaml");
        if case.is_mistaken() || !values.exists() {
            continue;
        }
        let manifest = Manifest::render(&[Path::new("-f"), &values]);
        let rules = manifest
            .objects
            .iter()
            .filter(|object| object["kind"] == "PrometheusRule");
        for rule in rules {
            let output = Suite::Trixie.run(
                "promtool",
                &["check", "rules"],
                rule["spec"].to_string().as_bytes(),
            );
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && said.contains("rules found"),
                "{}: {said}{}",
                case.name,
                String::from_utf8_lossy(&output.stderr)
            );
            n_checked += 1;
        }
    }
    assert!(n_checked >= 10);
}
