//! `cachegen.yaml`: commands without arguments do what it says, and its mistakes are told at their lines.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::support::{Run, begin, commit, run_in};

const PROJECT: &str = "\
renders:
- name: sessions
  namespace: shop
  values: [common.yaml, sessions.yaml]
  output: manifests/sessions.yaml
- name: queue
  namespace: jobs
  profile: standard
  values: [common.yaml]
  set: [valkey.settings.maxmemory=128mb]
  output: manifests/queue/
";

fn project(text: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("cachegen.yaml", text);
    write("common.yaml", "commonLabels: {team: a}\n");
    write("sessions.yaml", "valkey: {workload: {use: cache}}\n");
    directory
}

fn run(path: &Path, arguments: &[&str]) -> Run {
    run_in(path, arguments, "")
}

#[track_caller]
fn is_silent(path: &Path, arguments: &[&str]) {
    run(path, arguments).is_silent(&format!("{arguments:?}"));
}

#[test]
fn what_it_says_is_rendered_checked_and_compared() {
    let directory = project(PROJECT);
    let path = directory.path();
    assert_eq!(run(path, &["check"]).code, 1);
    is_silent(path, &["render", "--all"]);
    for arguments in [
        &["check"][..],
        &["diff"],
        &["render", "--all"],
        &["check", "--fix"],
    ] {
        is_silent(path, arguments);
    }
    let typed = run(
        path,
        &[
            "render",
            "sessions",
            "-n",
            "shop",
            "-f",
            "common.yaml,sessions.yaml",
        ],
    );
    let written = std::fs::read_to_string(path.join("manifests/sessions.yaml")).unwrap();
    assert_eq!(typed.stdout, written);
    let config = path.join("manifests/queue/configmap-queue-redis-config.yaml");
    assert!(
        std::fs::read_to_string(config)
            .unwrap()
            .contains("maxmemory 134217728")
    );

    std::fs::write(path.join("common.yaml"), "commonLabels: {team: b}\n").unwrap();
    for command in ["check", "diff"] {
        let run = run(path, &[command]);
        assert_eq!(run.code, 1, "{command}");
        assert_eq!(
            run.stdout
                .matches("11 objects metadata.labels.team: a → b")
                .count(),
            2,
            "{command}: {}",
            run.stdout
        );
    }
    assert_eq!(run(path, &["check", "--fix"]).code, 0);
    is_silent(path, &["check"]);
}

#[test]
fn flags_work_beside_it() {
    let directory = project(PROJECT);
    let path = directory.path();
    is_silent(path, &["render", "--all"]);
    let run = run(
        path,
        &[
            "diff",
            "--set",
            "valkey.settings.maxmemory=96mb,valkey.settings.extra.hz=20",
            "-o",
            "json",
        ],
    );
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let changes = report["changes"].as_array().unwrap();
    let of = |name: &str, path: &str| {
        let found = changes.iter().find(|change| {
            change["object"]["name"] == name
                && change["path"]
                    .as_str()
                    .is_some_and(|text| text.ends_with(path))
        });
        found.unwrap_or_else(|| panic!("{name} {path}: {changes:#?}"))["new"].clone()
    };
    for name in ["sessions-redis-config", "queue-redis-config"] {
        assert_eq!(of(name, " hz"), "20");
        assert_eq!(of(name, " maxmemory"), "100663296", "what is typed wins");
    }
    let moved = run_in(path, &["diff", "-n", "elsewhere"], "");
    assert!(
        moved
            .stdout
            .contains("it is made anew beside shop/sessions-redis, which stays"),
        "{}",
        moved.stdout
    );
}

#[test]
fn what_is_compared_with_is_compared_with_each_render() {
    let directory = project(PROJECT);
    let path = directory.path();
    let one = |name: &str, namespace: &str, files: &str, more: &str| {
        let words = ["render", name, "-n", namespace, "-f", files, "--set", more];
        run(path, &words).stdout
    };
    let sessions = one(
        "sessions",
        "shop",
        "common.yaml,sessions.yaml",
        "valkey.settings.extra.hz=20",
    );
    let queue = one(
        "queue",
        "jobs",
        "common.yaml",
        "valkey.settings.maxmemory=128mb",
    );
    let foreign = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
    let told = |there: &str| run_in(path, &["diff", "--against", "-"], there).stdout;
    let text = told(&(sessions.clone() + &queue));
    assert!(
        text.starts_with(
            "restart\n  ConfigMap/sessions-redis-config data[\"redis.conf\"] hz: 20 → 10\n"
        ) || text.starts_with("manifests/sessions.yaml\nrestart\n"),
        "{text}"
    );
    assert!(text.ends_with("1 change: 1 restart\n"), "{text}");
    // What belongs to no render is told of nobody's.
    let text = told(&(sessions + &queue + foreign));
    assert!(
        text.contains("\n-\norphan\n  ConfigMap/x: gone\n") || text.starts_with("-\norphan\n"),
        "{text}"
    );
    let lite = run(path, &["diff", "--against-profile", "lite"]).stdout;
    assert!(
        lite.contains("manifests/queue/\n") && lite.contains("StatefulSet/sessions-redis: new"),
        "{lite}"
    );
}

#[test]
fn a_revision_has_the_files_of_all_renders() {
    let directory = project(PROJECT);
    let path = directory.path();
    begin(path);
    is_silent(path, &["diff", "--against-rev", "main"]);
    std::fs::write(
        path.join("sessions.yaml"),
        "valkey: {workload: {use: cache}, settings: {extra: {hz: 20}}}\n",
    )
    .unwrap();
    let run = run(path, &["diff", "--against-rev", "main"]);
    assert!(
        run.stdout
            .contains("ConfigMap/sessions-redis-config data[\"redis.conf\"] hz: 10 → 20"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.ends_with("\n1 change: 1 restart\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn the_mistakes_of_all_renders_are_told_in_one_run() {
    let directory = project(PROJECT);
    let path = directory.path();
    let write = |name: &str, text: &str| std::fs::write(path.join(name), text).unwrap();
    write(
        "common.yaml",
        "commonLabels: {team: a}\nvalkey: {storag: 1}\n",
    );
    write("sessions.yaml", "valkey: {setings: {}}\n");
    for command in [&["check"][..], &["diff"], &["lint"], &["render", "--all"]] {
        let run = run(path, command);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{command:?}");
        for place in ["common.yaml:2:10", "sessions.yaml:1:10"] {
            assert_eq!(run.stderr.matches(place).count(), 1, "{}", run.stderr);
        }
    }
    // One that is right does not hide another that is not.
    write("common.yaml", "{}\n");
    write(
        "cachegen.yaml",
        &PROJECT.replace("maxmemory=128mb", "maxmemory=much"),
    );
    let run = run(path, &["lint", "-o", "github"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stdout.contains("file=sessions.yaml,line=1"),
        "{}",
        run.stdout
    );
    assert!(run.stderr.contains("much"), "{}", run.stderr);
}

#[test]
fn a_revision_has_the_renders_that_it_had() {
    let directory = project(PROJECT);
    let path = directory.path();
    begin(path);
    // Queue is gone, sessions is written elsewhere from a file of another name, and pages is new.
    std::fs::rename(path.join("sessions.yaml"), path.join("s.yaml")).unwrap();
    std::fs::write(
        path.join("pages.yaml"),
        "valkey: {workload: {use: cache}}\n",
    )
    .unwrap();
    std::fs::write(
        path.join("cachegen.yaml"),
        "renders:\n\
         - {name: pages, namespace: shop, values: [pages.yaml], output: pages.yaml.out}\n\
         - {name: sessions, namespace: shop, values: [common.yaml, s.yaml], output: manifests/pages.yaml}\n",
    )
    .unwrap();
    let report = run(path, &["diff", "--against-rev", "main", "-o", "json"]);
    assert_eq!(report.code, 1, "{}", report.stderr);
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    let changes: BTreeSet<(String, &str)> = report["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["object"]["kind"] == "StatefulSet")
        .map(|change| {
            let name = change["object"]["name"].as_str().unwrap();
            (name.to_owned(), change["consequence"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        changes,
        BTreeSet::from([
            ("pages-redis".to_owned(), "none"),
            ("queue-redis".to_owned(), "orphan"),
        ])
    );
    // Before there was a project file, there was nothing.
    std::fs::remove_file(path.join("cachegen.yaml")).unwrap();
    commit(path);
    std::fs::write(
        path.join("cachegen.yaml"),
        PROJECT.replace("[common.yaml, sessions.yaml]", "[s.yaml]"),
    )
    .unwrap();
    let first = run(path, &["diff", "--against-rev", "HEAD"]);
    assert!(
        first.stdout.contains("StatefulSet/queue-redis: new"),
        "{first:?}"
    );
    let unknown = run(path, &["diff", "--against-rev", "nothing"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (2, ""));
}

#[test]
fn lint_tells_what_renders_share_once() {
    let directory = project(PROJECT);
    let path = directory.path();
    std::fs::write(
        path.join("common.yaml"),
        "valkey: {image: {tag: latest}, version: '7.2'}\n",
    )
    .unwrap();
    let human = run(path, &["lint"]);
    assert_eq!(
        human.stdout.matches("[floating-tag]").count(),
        1,
        "{}",
        human.stdout
    );
    for format in ["json", "sarif"] {
        let run = run(path, &["lint", "-o", format]);
        let _: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            run.stdout.matches("\"floating-tag\"").count(),
            if format == "json" { 1 } else { 2 },
            "{}",
            run.stdout
        );
    }
    // A name asks about that one, as ever.
    assert!(
        run(path, &["lint", "other", "--allow", "missing-digest"])
            .stdout
            .is_empty()
    );
}

#[test]
fn lint_names_the_renders_that_a_finding_is_in() {
    let directory = project(
        "renders:\n- {name: a, output: a.yaml}\n- {name: b, set: ['valkey.resources.limits.cpu=1'], output: b.yaml}\n",
    );
    let lint = |format: &str| {
        let typed = ["--set", "valkey.service.type=LoadBalancer"];
        let arguments = [
            &["lint", "--allow", "missing-digest", "-o", format],
            &typed[..],
        ];
        run(directory.path(), &arguments.concat()).stdout
    };
    let human = lint("human");
    let told: Vec<&str> = human
        .lines()
        .filter(|line| {
            line.ends_with(".yaml") || line.starts_with("warning") || line.contains(" waived")
        })
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "a.yaml, b.yaml",
            "warning[exposed-service]",
            "b.yaml",
            "warning[cpu-limit]",
            "2 warnings, 4 waived",
        ],
        "{human}"
    );
    let json: Value = serde_json::from_str(&lint("json")).unwrap();
    let sarif: Value = serde_json::from_str(&lint("sarif")).unwrap();
    for (found, code, outputs) in [
        (&json["findings"], "code", "/outputs"),
        (
            &sarif["runs"][0]["results"],
            "ruleId",
            "/properties/outputs",
        ),
    ] {
        let found: Vec<String> = found
            .as_array()
            .unwrap()
            .iter()
            .map(|found| format!("{} {}", found[code], found.pointer(outputs).unwrap()))
            .collect();
        assert_eq!(
            found,
            [
                r#""exposed-service" ["a.yaml","b.yaml"]"#,
                r#""cpu-limit" ["b.yaml"]"#
            ]
        );
    }
    assert!(
        lint("github").contains("%0Ain: a.yaml, b.yaml\n"),
        "{}",
        lint("github")
    );
}

#[test]
fn nothing_is_written_unless_everything_renders() {
    let directory = project(PROJECT);
    let path = directory.path();
    std::fs::write(path.join("sessions.yaml"), "valkey: {storag: {}}\n").unwrap();
    for arguments in [&["render", "--all"][..], &["check", "--fix"]] {
        let run = run(path, arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains("sessions.yaml:1:10"), "{}", run.stderr);
        assert!(!path.join("manifests").exists());
    }
}

#[test]
fn its_mistakes_are_told_at_their_lines_all_in_one_run() {
    for (text, expected) in [
        (
            "renders:\n- namespce: a\n  values: x\n  output: {}\n",
            &[
                "cachegen.yaml:2:3",
                "`namespace`",
                "cachegen.yaml:3:11",
                "cachegen.yaml:4:11",
            ][..],
        ),
        (
            "renders:\n- output: a\n  profile: standrd\n- output: ./a\n",
            &[
                "cachegen.yaml:3:12",
                "`standard`",
                "cachegen.yaml:4:11",
                "written by another render",
            ],
        ),
        (
            "renders:\n- output: a\n- output: ./b/../a\n- output: ../c\n- output: x/../../c\n- output: '-'\n",
            &[
                "cachegen.yaml:3:11",
                "cachegen.yaml:5:11",
                "cachegen.yaml:6:11",
                "`./-`",
            ],
        ),
        (
            "renders:\n- name: x\n",
            &["`renders[0].output` needs a value"],
        ),
        ("renders: []\n", &["`renders` needs an item"]),
        ("", &["`renders` needs"]),
        (
            "render:\n- output: a\n",
            &["unknown key `render`", "`renders`"],
        ),
        ("renders: [\n", &["cachegen.yaml:"]),
        ("- a\n", &["cachegen.yaml:1:1"]),
    ] {
        let directory = project(text);
        for command in [&["check"][..], &["diff"], &["lint"], &["render", "--all"]] {
            let run = run(directory.path(), command);
            assert_eq!(
                (run.code, run.stdout.as_str()),
                (2, ""),
                "{command:?} {text}"
            );
            for word in expected {
                assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
            }
        }
    }
}

#[test]
fn without_it_commands_say_what_they_need() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    std::fs::write(path.join("v.yaml"), "{}\n").unwrap();
    for arguments in [&["check"][..], &["diff"], &["render", "--all"]] {
        let run = run(path, arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(
            run.stderr.contains("there is no `cachegen.yaml` here"),
            "{}",
            run.stderr
        );
    }
    let run = run(path, &["check", "-f", "v.yaml"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert_eq!(
        run_in(path, &["render", "--all", "-f", "v.yaml"], "").code,
        2
    );
    assert_eq!(
        run_in(path, &["lint", "--allow", "missing-digest"], "").code,
        0
    );
}

#[test]
fn more_renders_than_fit_into_memory_are_refused_at_the_first_of_them() {
    let text = |n_renders: usize| {
        let renders = (0..n_renders).map(|n| format!("- output: {n}.yaml\n"));
        "renders:\n".to_owned() + &renders.collect::<String>()
    };
    let directory = project(&text(1001));
    for arguments in [&["check"][..], &["diff"], &["lint"], &["render", "--all"]] {
        let run = run(directory.path(), arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(
            run.stderr.starts_with(
                "error[project-size]: there are more than 1000 renders up to here\n    --> cachegen.yaml:1002:"
            ),
            "{}",
            run.stderr
        );
    }
    // A thousand are looked at.
    let directory = project(&text(1000).replace("999.yaml", "0.yaml"));
    let run = run(directory.path(), &["check"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    let finding = "error[duplicate-output]: `0.yaml` is written by another render already\n";
    assert!(run.stderr.starts_with(finding), "{}", run.stderr);
}

#[test]
fn mistakes_of_what_the_project_file_says_are_told_in_it() {
    let directory = project(
        "renders:
- name: Bad_Name
  output: a.yaml
- namespace: a b
  output: b.yaml
- set:
  - valkey.settings.maxmemoryy=1gb
  - \"valkey.settings.loglevel=loud\"
  - 'a['
  output: c.yaml
- set: [valkey.password.value=hunter22, valkey.storag=1]
  output: d.yaml
",
    );
    let run = run_in(directory.path(), &["check", "--set", "valkey.typo=1"], "");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    for place in [
        "cachegen.yaml:2:9",
        "cachegen.yaml:4:14",
        "cachegen.yaml:7:5",
        "cachegen.yaml:8:31",
        "cachegen.yaml:9:7",
        "cachegen.yaml:11:41",
        "--set #1:1:1",
    ] {
        assert!(
            run.stderr.contains(&format!("--> {place}\n")),
            "{place}: {}",
            run.stderr
        );
    }
    assert!(!run.stderr.contains("hunter22"), "{}", run.stderr);
    assert_eq!(
        run.stderr.matches("valkey.typo`").count(),
        1,
        "{}",
        run.stderr
    );
    let lint = run_in(directory.path(), &["lint", "-o", "github"], "");
    assert!(
        lint.stdout.contains("file=cachegen.yaml,line=7"),
        "{}",
        lint.stdout
    );
    // Not in the excerpts of other mistakes either.
    let secret = project(
        "renders:\n- {output: a.yaml, valuess: [], set: ['valkey.password.value=hunter22']}\n",
    );
    let run = run_in(secret.path(), &["check"], "");
    assert!(
        run.stderr.contains("cachegen.yaml:2:20") && !run.stderr.contains("hunter"),
        "{}",
        run.stderr
    );
}

#[test]
fn outputs_and_inputs_that_cannot_be_meant_are_refused() {
    let directory = project("renders:\n- output: ''\n- {output: a.yaml, values: ['-']}\n");
    let run = run_in(directory.path(), &["check"], "x: 1\n");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("`output` is empty"), "{}", run.stderr);
    assert!(
        run.stderr.contains("`-` is standard input"),
        "{}",
        run.stderr
    );
}

#[test]
fn templates_are_those_of_the_revision_too() {
    let directory = project("renders:\n- output: a.yaml\n");
    let path = directory.path();
    std::fs::create_dir(path.join("own")).unwrap();
    let template = |mark: &str| {
        let text =
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: {mark}\n");
        std::fs::write(path.join("own/configmap-env.yaml.j2"), text).unwrap();
    };
    template("old");
    begin(path);
    template("new");
    let arguments = ["diff", "--template-dir", "own", "--against-rev", "HEAD"];
    let run = run_in(path, &arguments, "");
    assert!(
        run.stdout.contains("ConfigMap/x data.a: old → new"),
        "{}{}",
        run.stdout,
        run.stderr
    );
}

/// What is in a directory of templates at a revision, at whatever depth, is what was there.
#[test]
fn a_revision_has_its_templates_as_deep_as_they_are_looked_for() {
    let directory = project("renders:\n- output: a.yaml\n");
    let path = directory.path();
    let write = |name: &str, text: &str| {
        let file = path.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    let probe = |seconds: u8| format!("tcpSocket: {{port: redis}}\nperiodSeconds: {seconds}\n");
    write("own/partials/probe-liveness.yaml.j2", &probe(31));
    // Deeper than anything is looked for.
    write("own/partials/a/b/c/d/unknown.yaml.j2", "{");
    begin(path);
    std::fs::remove_dir_all(path.join("own/partials/a")).unwrap();
    write("own/partials/probe-liveness.yaml.j2", &probe(32));
    let against = |revision: &str| {
        let arguments = ["diff", "--template-dir", "own", "--against-rev", revision];
        let run = run(path, &arguments);
        format!("{}{}", run.stdout, run.stderr)
    };
    let said = against("HEAD");
    assert!(said.contains("periodSeconds: 31 → 32"), "{said}");

    // One level less deep is looked at, and what is not ours is told.
    write("own/partials/a/b/c/unknown.yaml.j2", "{");
    commit(path);
    std::fs::remove_dir_all(path.join("own/partials/a")).unwrap();
    let said = against("HEAD");
    assert!(
        said.contains("HEAD:own/partials/a/b/c/unknown.yaml.j2"),
        "{said}"
    );

    // Where there was no such directory there were the program's own.
    std::fs::rename(path.join("own"), path.join("other")).unwrap();
    let arguments = ["diff", "--template-dir", "other", "--against-rev", "HEAD"];
    let run = run(path, &arguments);
    assert!(run.stdout.contains("periodSeconds: 10 → 32"), "{run:?}");
}

/// They are those of today on both sides.
#[test]
fn templates_that_no_repository_has_are_no_difference() {
    let (directory, elsewhere) = (project("renders:\n- output: a.yaml\n"), project(""));
    let own = elsewhere.path().join("partials");
    std::fs::create_dir(&own).unwrap();
    let probe = "tcpSocket: {port: redis}\n";
    std::fs::write(own.join("probe-liveness.yaml.j2"), probe).unwrap();
    for name in ["cachegen.yaml", "common.yaml", "sessions.yaml"] {
        std::fs::remove_file(elsewhere.path().join(name)).unwrap();
    }
    begin(directory.path());
    let folder = elsewhere.path().to_str().unwrap();
    let arguments = ["diff", "--template-dir", folder, "--against-rev", "HEAD"];
    is_silent(directory.path(), &arguments);
}

#[test]
fn a_text_is_pointed_into_where_it_is_written_as_it_is_read() {
    for (set, column) in [("x", 5), ("'x'", 6), (r#""\x78""#, 5), ("'x.y=1,z'", 12)] {
        let directory = project(&format!("renders:\n- set:\n  - {set}\n  output: a.yaml\n"));
        let run = run(directory.path(), &["check"]);
        let place = format!("--> cachegen.yaml:3:{column}\n");
        assert!(run.stderr.contains(&place), "{set}: {}", run.stderr);
    }
}

#[test]
fn a_namespace_that_is_typed_is_told_of_the_command_line() {
    let directory = project("renders:\n- namespace: good\n  output: a.yaml\n");
    let run = run(directory.path(), &["check", "--namespace", "a b"]);
    assert_eq!(run.code, 2);
    assert!(!run.stderr.contains("cachegen.yaml:"), "{}", run.stderr);
}

#[test]
fn other_values_are_compared_whatever_is_committed() {
    let directory = project(PROJECT);
    let path = directory.path();
    run(path, &["render", "--all"]).is_silent("");
    let lite = run(path, &["diff", "--against-profile", "lite"]).stdout;
    for said in ["StatefulSet/sessions-redis: new", "\n\nmanifests/queue/\n"] {
        assert!(lite.contains(said), "{said}: {lite}");
    }
}

#[test]
fn a_render_that_is_called_otherwise_is_compared_with_what_had_its_output() {
    let text = |name: &str| format!("renders:\n- {{name: {name}, output: a.yaml}}\n");
    let directory = project(&text("one"));
    let path = directory.path();
    begin(path);
    std::fs::write(path.join("cachegen.yaml"), text("two")).unwrap();
    let said = run(path, &["diff", "--against-rev", "HEAD"]).stdout;
    for object in ["StatefulSet/one-redis: gone", "StatefulSet/two-redis: new"] {
        assert!(said.contains(object), "{object}: {said}");
    }
    assert!(said.contains("the new server starts empty"), "{said}");
}

#[test]
fn what_it_sets_is_told_at_its_own_line() {
    let directory = project(
        "renders:\n- name: a\n  set:\n  - 'valkey.resources.limits.cpu=1'\n  - monitoring.alerts.RedisDown.enabled=false\n  - \"valkey.networkPolicy.enabled=\\x66alse\"\n  output: a.yaml\n",
    );
    let path = directory.path();
    let arguments = ["lint", "--allow", "missing-digest"];
    let human = run(path, &arguments).stdout;
    for said in [
        "--> cachegen.yaml:4:34\n",
        "4 |   - 'valkey.resources.limits.cpu=1'\n",
        "--> cachegen.yaml:5:41\n",
        "--> cachegen.yaml:6:5\n",
        "3 warnings, 2 waived\n",
    ] {
        assert!(human.contains(said), "{said}{human}");
    }
    let github = run(path, &[&arguments[..], &["-o", "github"]].concat()).stdout;
    assert!(
        github.starts_with("::warning file=cachegen.yaml,line=4,endLine=4,col=34,endColumn=35,"),
        "{github}"
    );
}

#[test]
fn a_waiver_in_a_shared_file_is_unused_where_no_render_uses_it() {
    let directory = project(
        "renders:\n- {name: a, values: [common.yaml], output: a.yaml}\n- {name: b, values: [common.yaml], set: ['valkey.resources.limits.cpu=null'], output: b.yaml}\n",
    );
    let path = directory.path();
    let write = |text: &str| std::fs::write(path.join("common.yaml"), text).unwrap();
    let arguments = ["lint", "--allow", "missing-digest"];
    write(
        "valkey:\n  resources:\n    limits:\n      # cachegen: allow cpu-limit a quota\n      cpu: 2\n",
    );
    assert_eq!(run(path, &arguments).stdout, "");
    write("# cachegen: allow cpu-limit a quota\nvalkey: {}\n");
    let unused = run(path, &arguments).stdout;
    assert_eq!(unused.matches("[unused-waiver]").count(), 1, "{unused}");
}

#[test]
fn an_object_is_told_with_the_render_that_it_is_of() {
    let directory = project(
        "renders:\n- {name: one, namespace: n1, output: one.yaml}\n- {name: two, namespace: n2, output: two.yaml}\n",
    );
    let path = directory.path();
    run(path, &["render", "--all"]).is_silent("");
    let read = |name: &str| std::fs::read_to_string(path.join(name)).unwrap();
    let object = |name: &str, more: &str| {
        format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, {more}}}\n")
    };
    let of = |instance: &str| format!("labels: {{app.kubernetes.io/instance: {instance}}}");
    let (one, two, three) = (of("one"), of("two"), of("three"));
    let cases = [
        ("a", format!("namespace: n1, {one}"), "one.yaml"),
        ("b", format!("namespace: n2, {two}"), "two.yaml"),
        ("c", one.clone(), "one.yaml"),
        ("d", format!("namespace: n2, {one}"), "all.yaml"),
        ("e", format!("namespace: n1, {three}"), "all.yaml"),
        ("f", "namespace: n1".to_owned(), "all.yaml"),
    ];
    let all: String = cases
        .iter()
        .map(|(name, more, _)| object(name, more))
        .collect();
    std::fs::write(
        path.join("all.yaml"),
        read("one.yaml") + &read("two.yaml") + &all,
    )
    .unwrap();
    let run = run(path, &["diff", "--against", "all.yaml", "-o", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let mut told: Vec<[&str; 2]> = report["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            [&change["object"]["name"], &change["output"]].map(|text| text.as_str().unwrap())
        })
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        cases.each_ref().map(|(name, _, output)| [*name, *output])
    );
}

#[test]
fn what_is_given_at_a_revision_is_not_the_project_as_it_was() {
    let directory =
        project("renders:\n- {name: one, output: one.yaml}\n- {name: two, output: two.yaml}\n");
    let path = directory.path();
    run(path, &["render", "--all"]).is_silent("");
    let read = |name: &str| std::fs::read_to_string(path.join(name)).unwrap();
    std::fs::write(path.join("all.yaml"), read("one.yaml") + &read("two.yaml")).unwrap();
    begin(path);
    std::fs::remove_file(path.join("all.yaml")).unwrap();
    let arguments = ["diff", "--against", "all.yaml", "--against-rev", "HEAD"];
    run(path, &arguments).is_silent("");
}

/// What `diff` says of each output, by a value of its objects: `new`, `gone`, or what it was and what it is.
fn told(path: &Path) -> Vec<(String, String)> {
    let run = run(path, &["diff", "--against-rev", "HEAD", "-o", "json"]);
    assert_eq!(run.stderr, "");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let changes = report["changes"].as_array().unwrap();
    let told = changes.iter().filter_map(|change| {
        let path = change["path"].as_str().unwrap_or_default();
        let is_server = change["object"]["kind"] == "StatefulSet";
        let what = match change["change"].as_str().unwrap() {
            "field" if path == "data.X" => format!("{} {}", change["old"], change["new"]),
            "field" => return None,
            what if is_server => what.to_owned(),
            _ => return None,
        };
        Some((change["output"].as_str().unwrap().to_owned(), what))
    });
    told.collect()
}

#[test]
fn a_render_is_known_by_its_output_among_namesakes_and_by_its_name_where_it_has_none() {
    let render = |name: &str, x: u8| {
        let (name, output) = name.split_once('/').unwrap();
        format!("- {{name: {name}, set: [client.env.X=a{x}], output: {output}.yaml}}\n")
    };
    type Case<'c> = (
        &'c [(&'c str, u8)],
        &'c [(&'c str, u8)],
        &'c [(&'c str, &'c str)],
    );
    let cases: &[Case<'_>] = &[
        // A render for another cluster is new, whatever stands below it.
        (
            &[("a/prod", 1), ("a/staging", 2)],
            &[("a/dev", 3), ("a/prod", 1), ("a/staging", 2)],
            &[("dev.yaml", "created")],
        ),
        // One that is alone is the same wherever it is written, even where another was.
        (
            &[("a/one", 1), ("b/two", 2)],
            &[("b/one", 3)],
            &[("one.yaml", "\"a2\" \"a3\""), ("one.yaml", "gone")],
        ),
        // Of namesakes, the one that is left over was written elsewhere.
        (
            &[("a/prod", 1), ("a/staging", 2)],
            &[("a/elsewhere", 4), ("a/prod", 1)],
            &[("elsewhere.yaml", "\"a2\" \"a4\"")],
        ),
        // What a name stands for by default is no other name.
        (
            &[("alerthistory/one", 1), ("b/two", 2)],
            &[("''/three", 5), ("b/two", 2)],
            &[("three.yaml", "\"a1\" \"a5\"")],
        ),
    ];
    for (then, now, expected) in cases {
        let text = |renders: &[(&str, u8)]| {
            let renders: String = renders.iter().map(|(name, x)| render(name, *x)).collect();
            format!("renders:\n{renders}").replace("name: '', ", "")
        };
        let directory = project(&text(then));
        begin(directory.path());
        std::fs::write(directory.path().join("cachegen.yaml"), text(now)).unwrap();
        let told = told(directory.path());
        let mut told: Vec<(&str, &str)> = told
            .iter()
            .map(|(output, what)| (output.as_str(), what.as_str()))
            .collect();
        told.sort_unstable();
        assert_eq!(told, *expected, "{now:?}");
    }
}
