//! The report on several renders: what is told of all of them, and as much as fits.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::support::run_in;

fn project(renders: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("cachegen.yaml", &format!("renders:\n{renders}"));
    write("old.yaml", "{}\n");
    directory
}

/// What is different from a render of nothing but the defaults.
fn told(path: &Path, format: &str) -> String {
    let arguments = ["diff", "--against-values", "old.yaml", "-o", format];
    let run = run_in(path, &arguments, "");
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    run.stdout
}

#[test]
fn what_several_renders_share_is_told_once_and_counted_for_each() {
    let directory = project(
        "- {name: a, values: [a.yaml], output: one.yaml}\n\
         - {name: a, values: [a.yaml], output: two.yaml}\n\
         - {name: b, values: [a.yaml], output: three.yaml}\n",
    );
    let path = directory.path();
    let values = "valkey: {settings: {extra: {hz: 20}}}\n";
    std::fs::write(path.join("a.yaml"), values).unwrap();
    let human = told(path, "human");
    assert_eq!(human.matches("hz: 10 → 20\n").count(), 2, "{human}");
    assert!(
        human.starts_with("one.yaml, two.yaml\nrestart\n"),
        "{human}"
    );
    assert!(
        human.contains("\n2 changes: 2 restart in 2 outputs\n\nthree.yaml\n"),
        "{human}"
    );
    assert!(
        human.ends_with("\n1 change: 1 restart\n\n3 changes: 3 restart in 3 outputs\n"),
        "{human}"
    );
    let markdown = told(path, "markdown");
    for line in [
        "**3 changes: 3 restart in 3 outputs**\n",
        "\n## `one.yaml`, `two.yaml`: 2 changes: 2 restart in 2 outputs\n",
        "\n## `three.yaml`: 1 change: 1 restart\n",
    ] {
        assert!(markdown.contains(line), "{line}{markdown}");
    }
    let report: Value = serde_json::from_str(&told(path, "json")).unwrap();
    assert_eq!(report["counts"]["restart"], 3);
    let outputs: BTreeSet<&str> = report["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["output"].as_str().unwrap())
        .collect();
    assert_eq!(
        outputs,
        BTreeSet::from(["one.yaml", "three.yaml", "two.yaml"])
    );
}

#[test]
fn a_comment_on_a_thousand_renders_fits_and_counts_what_it_leaves_out() {
    let renders: String = (0..1000)
        .map(|n| format!("- {{profile: lite, values: [{n}.yaml], output: manifests/{n}.yaml}}\n"))
        .collect();
    let directory = project(&renders);
    let path = directory.path();
    for n in 0..1000 {
        let values = format!("client: {{env: {{A: '{n}'}}}}\n");
        std::fs::write(path.join(format!("{n}.yaml")), values).unwrap();
    }
    let text = told(path, "markdown");
    assert!((55_000..=60_000).contains(&text.len()), "{}", text.len());
    assert!(
        text.starts_with("**1000 changes: 1000 none in 1000 outputs**\n"),
        "{text}"
    );
    let last = text.lines().last().unwrap();
    let n_left: usize = last.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(
        last,
        format!("{n_left} changes: {n_left} none in {n_left} outputs are too many to show here")
    );
    assert_eq!(text.matches("\n## `manifests/").count() + n_left, 1000);
}

#[test]
fn outputs_of_the_same_changes_are_named_until_nobody_reads_them() {
    for (n, more) in [(20, ""), (21, ", and 1 more")] {
        let renders: String = (0..n)
            .map(|n| format!("- {{profile: lite, values: [a.yaml], output: '{n}'}}\n"))
            .collect();
        let directory = project(&renders);
        let values = "client: {env: {A: a}}\n";
        std::fs::write(directory.path().join("a.yaml"), values).unwrap();
        let text = told(directory.path(), "markdown");
        let heading = format!(", `19`{more}: {n} changes: {n} none in {n} outputs\n");
        assert!(text.contains(&heading), "{text}");
    }
}

#[test]
fn the_worst_of_any_render_goes_before_the_harmless_of_another() {
    let directory = project(
        "- {name: a, values: [risk.yaml], output: risk.yaml}\n\
         - {name: b, values: [restart.yaml], output: restart.yaml}\n",
    );
    let path = directory.path();
    let long = "c".repeat(59_000);
    let thing = format!(
        "extraObjects: [{{apiVersion: example.com/v1, kind: Thing, metadata: {{name: x}}, spec: {{a: {long}}}}}]\n"
    );
    let risk = format!("valkey: {{storage: {{existingClaim: other}}}}\n{thing}");
    std::fs::write(path.join("risk.yaml"), risk).unwrap();
    let lines: String = (0..100).map(|n| format!("    A{n}: '1'\n")).collect();
    let restart = format!("valkey: {{settings: {{extra: {{hz: 20}}}}}}\nclient:\n  env:\n{lines}");
    std::fs::write(path.join("restart.yaml"), restart).unwrap();
    let text = told(path, "markdown");
    assert!(text.len() <= 60_000, "{}", text.len());
    for line in [
        "\n## `risk.yaml`: ",
        "\n### data risk\n",
        "the data stays on the claim",
        "\n## `restart.yaml`: ",
        "hz`: `10` → `20`\n",
        "`data.A99`",
        "\n1 object too long to show here\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}
