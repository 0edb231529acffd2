//! What checkov finds in the rendered objects is nothing, or waived with its reason in `docs/waivers.md`; a waiver of what
//! it does not find any more fails.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::roots::output;
use super::tools::tool;
use crate::departures::{is_match, patterns, table};
use crate::support::{cases, root};

/// What is not liked: the name of the check; the case, the kind and, where it is told, the container.
type Finding = (String, String);

/// Writes every case as `<case>.yaml`.
fn renders() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for case in cases() {
        if !case.is_mistaken() {
            let path = directory.path().join(format!("{}.yaml", case.name));
            std::fs::write(path, case.render().stdout).unwrap();
        }
    }
    directory
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// Returns the findings that no row of `docs/waivers.md` has, and the checks and places of rows without a finding.
fn unexplained(findings: &BTreeMap<Finding, String>) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("docs/waivers.md")).unwrap();
    let mut waivers: BTreeSet<(&str, &str)> = BTreeSet::new();
    for row in table(&text, "# Findings") {
        for check in patterns(row[0]) {
            waivers.extend(patterns(row[1]).iter().map(|place| (check, *place)));
        }
    }
    let is_waived = |waiver: &(&str, &str), (check, place): &Finding| {
        waiver.0 == check && is_match(waiver.1, place)
    };
    let new = findings
        .iter()
        .filter(|(finding, _)| !waivers.iter().any(|waiver| is_waived(waiver, finding)))
        .map(|((check, place), what)| format!("{check} at {place}: {what}"));
    let stale = waivers
        .iter()
        .filter(|waiver| !findings.keys().any(|finding| is_waived(waiver, finding)))
        .map(|(check, place)| format!("{check} finds nothing at {place}"));
    new.chain(stale).collect()
}

/// The name of the container that a path such as `spec/containers/[1]/image` leads to, in a render.
fn container(render: &str, kind: &str, path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts.iter().position(|part| part.ends_with("ontainers"))?;
    let index: usize = parts.get(at + 1)?.trim_matches(['[', ']']).parse().ok()?;
    let object = crate::support::object(render, kind, "");
    let pod = object
        .at(&["spec", "template", "spec"])
        .or_else(|| object.at(&["spec", "jobTemplate", "spec", "template", "spec"]))?;
    let containers: Value = serde_json::from_str(&pod.at(&[parts[at]])?.to_json()).unwrap();
    Some(containers[index]["name"].as_str()?.to_owned())
}

#[test]
#[ignore = "needs checkov: run scripts/test"]
fn checkov_finds_nothing_that_is_not_waived() {
    let directory = renders();
    let mut command = Command::new(tool("checkov", "python"));
    command.current_dir(directory.path());
    command.args(["-m", "checkov.main", "--directory", "."]);
    command.args(["--framework", "kubernetes", "--skip-download"]);
    command.args(["--compact", "--quiet", "--output", "json"]);
    // Its exit code tells of findings, as the JSON does.
    let output = output(&mut command, b"");
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(report["summary"]["parsing_errors"], 0);
    assert!(report["summary"]["passed"].as_u64() > Some(1000));
    let mut findings = BTreeMap::new();
    for finding in list(&report["results"]["failed_checks"]) {
        let text = |key: &str| finding[key].as_str().unwrap();
        let file = text("file_path").trim_start_matches('/');
        let kind = text("resource").split('.').next().unwrap();
        let render = std::fs::read_to_string(directory.path().join(file)).unwrap();
        let named = list(&finding["check_result"]["evaluated_keys"])
            .iter()
            .find_map(|path| container(&render, kind, path.as_str()?));
        let place = [
            Some(file.trim_end_matches(".yaml")),
            Some(kind),
            named.as_deref(),
        ];
        let place: Vec<&str> = place.into_iter().flatten().collect();
        findings.insert(
            (text("check_id").to_owned(), place.join("/")),
            text("check_name").to_owned(),
        );
    }
    let problems = unexplained(&findings);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
