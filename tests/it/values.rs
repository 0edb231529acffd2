//! The effective values: they stand for all layers, they say where each came from, and they show no secret.

use cachegen::values::secrecy::MASK;
use tempfile::TempDir;

use crate::support::{Run, cases, finish, program, refused, run, run_with};

/// Files in a directory of their own, in which the program runs.
struct Scene(TempDir);

impl Scene {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        Self(directory)
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = program();
        command.current_dir(self.0.path()).args(arguments);
        let Run {
            stdout,
            stderr,
            code,
        } = finish(command, b"");
        assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}");
        stdout
    }
}

#[test]
fn the_values_of_every_case_render_to_what_the_case_renders_to() {
    let mut n_masked = 0;
    for case in cases() {
        if case.is_mistaken() {
            continue;
        }
        let mut command = program();
        command.current_dir(&case.directory).arg("values");
        if case.values().is_some() {
            command.args(["-f", "values.yaml"]);
        }
        // What only a render takes, and what is no value.
        let mut arguments = case.arguments();
        let (mut of_render, mut of_both) = (Vec::new(), Vec::new());
        while !arguments.is_empty() {
            let n_words = if arguments[0].starts_with('-') && arguments[0] != "--no-namespace" {
                2
            } else {
                1
            };
            let words: Vec<String> = arguments.drain(..n_words).collect();
            match words[0].as_str() {
                "--set" => drop(command.args(&words)),
                "-s" => of_render.extend(words),
                _ => of_both.extend(words),
            }
        }
        command.args(&of_both);
        let values = finish(command, b"");
        assert_eq!(
            (values.code, values.stderr.as_str()),
            (0, ""),
            "{}",
            case.name
        );
        if values.stdout.contains(MASK) {
            n_masked += 1;
            continue;
        }
        let mut render = program();
        render
            .args(["render", "-f", "-"])
            .args(of_both)
            .args(of_render);
        let rendered = finish(render, values.stdout.as_bytes());
        let is_same = rendered == case.render();
        assert!(
            is_same,
            "{}:\n{}\n{}",
            case.name, values.stdout, rendered.stderr
        );
    }
    assert!(n_masked <= 6, "{n_masked}");
}

#[test]
fn each_value_says_where_it_comes_from_and_what_it_stands_in_the_place_of() {
    let scene = Scene::new(&[
        (
            "base.yaml",
            "valkey:\n  settings: {maxmemory: 512mb, save: \"\"}\n  storage: {accessModes: [ReadWriteMany]}\ntolerations:\n- {key: a, operator: Exists}\n",
        ),
        (
            "production.yaml",
            "client:\n  env:\n    REDIS_DB: null\n    GREETING: |\n      hello\n      world\n",
        ),
        (
            "more.yaml",
            "valkey:\n  settings:\n    maxmemory: 1gb\n  storage: {accessModes: [ReadWriteOnce]}\n  exporter: {resources: null}\n",
        ),
    ]);
    let layers = [
        "values",
        "-f",
        "base.yaml,production.yaml",
        "-f",
        "more.yaml",
        "--set",
        "x-a=1",
        "--set",
        "tolerations[0].key=b",
    ];
    let lines = |further: &[&str]| {
        let text = scene.run(&[&layers, further].concat());
        text.lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
    };
    let all = lines(&["--origin"]);
    for expected in [
        "profile: standard # default",
        "maxmemory: \"1gb\" # more.yaml:3:16, over base.yaml:2:25 512mb, default 384mb",
        "save: \"\" # base.yaml:2:38, over default 900 1 300 10 60 10000",
        "REDIS_DB: null # production.yaml:3:15, over default 0",
        "GREETING: | # production.yaml:5:7",
        "accessModes: # over base.yaml:3:26 [\"ReadWriteMany\"], default [\"ReadWriteOnce\"]",
        "- ReadWriteOnce # more.yaml:4:27",
        "- key: b # --set #2, over base.yaml:5:9 a",
        "operator: Exists # base.yaml:5:22",
    ] {
        let is_there = all.iter().any(|line| line == expected);
        assert!(is_there, "{expected}\n{}", all.join("\n"));
    }
    let exporter = lines(&["--origin", "--only", "valkey.exporter.resources"]);
    let said = "resources: null # more.yaml:5:25, over default {\"requests\":{\"cpu\":\"50m\"";
    assert!(
        exporter[2].starts_with(said) && exporter[2].ends_with('…'),
        "{exporter:?}"
    );
    assert_eq!(
        lines(&["--only", "tolerations[0]"]),
        ["tolerations:", "- key: b", "operator: Exists"]
    );
}

#[test]
fn a_flag_that_beats_a_value_is_named() {
    let text = run(&["values", "--profile", "lite", "--origin"]).stdout;
    let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(squeezed.starts_with("profile: lite # --profile"), "{text}");
    assert!(
        squeezed.contains("enabled: false # profile lite, over default true"),
        "{text}"
    );
}

#[test]
fn with_origins_the_values_are_the_same_values() {
    for case in cases()
        .into_iter()
        .filter(|case| case.values().is_some() && !case.is_mistaken())
    {
        let values = case.values().unwrap();
        let plain = run_with(&["values", "-f", "-"], values.as_bytes()).stdout;
        let said = run_with(&["values", "-f", "-", "--origin"], values.as_bytes()).stdout;
        assert_eq!(
            crate::support::objects(&said),
            crate::support::objects(&plain),
            "{}",
            case.name
        );
        let json = run_with(&["values", "-f", "-", "-o", "json"], values.as_bytes()).stdout;
        assert_eq!(
            crate::support::objects(&json),
            crate::support::objects(&plain),
            "{}",
            case.name
        );
    }
}

#[test]
fn programs_get_a_list_of_values_and_places() {
    let text = run_with(
        &[
            "values",
            "-f",
            "-",
            "--origin",
            "-o",
            "json",
            "--only",
            "valkey.settings.maxmemory",
        ],
        b"valkey: {settings: {maxmemory: 1gb}}",
    );
    let list: serde_json::Value = serde_json::from_str(&text.stdout).unwrap();
    assert_eq!(
        list,
        serde_json::json!([{
            "path": "valkey.settings.maxmemory",
            "value": "1gb",
            "origin": {"source": "<stdin>", "line": 1, "column": 32},
            "overrode": [{"value": "384mb", "origin": {"source": "default", "line": null, "column": null}}],
        }])
    );
}

#[test]
fn secrets_are_masked_wherever_they_stand() {
    let values = "\
valkey:
  password: {value: hunter2hunter2}
  extraEnv: [{name: API, value: hunter2hunter2}]
  extraContainers:
  - name: x
    image: x
    command: [sh, -c, 'redis-cli -a hunter2hunter2 ping']
    args: [--password=hunter2hunter2, --api-token, hunter2hunter2]
    env: [{name: DB_PASSWORD, value: hunter2hunter2}]
extraObjects:
- {apiVersion: v1, kind: Secret, metadata: {name: mine}, data: {x: hunter2hunter2}, stringData: {y: hunter2hunter2}}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: files}
  data:
    a.conf: |
      port 1
      requirepass hunter2hunter2
    b.yaml: |
      db:
        password: hunter2hunter2
- {apiVersion: a/v1, kind: Mine, metadata: {name: mine}, apiToken: hunter2hunter2}
client: {env: {SESSION_SECRET: hunter2hunter2, SHOWN: shown-value}}
";
    for further in [
        &[][..],
        &["--origin"],
        &["-o", "json"],
        &["-o", "json", "--origin"],
    ] {
        let arguments = [
            &[
                "values",
                "-f",
                "-",
                "--set",
                "valkey.password.value=hunter2hunter3",
                "--set",
                "extraObjects[0].data.x=hunter2hunter3",
            ],
            further,
        ]
        .concat();
        let Run {
            stdout,
            stderr,
            code,
        } = run_with(&arguments, values.as_bytes());
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert!(!stdout.contains("hunter2"), "{stdout}");
        assert!(stdout.contains(MASK) && stdout.contains("shown-value"));
    }
}

#[test]
fn an_unknown_path_is_answered_with_the_nearest() {
    for (path, said) in [
        (
            "valkey.setings",
            "help: a path with a similar name exists: `valkey.settings`",
        ),
        (
            "maxmemory",
            "help: a path with a similar name exists: `valkey.settings.maxmemory`",
        ),
        (
            "valkey.settings.nothinglikeit",
            "help: a path with a similar name exists: `valkey.settings`",
        ),
        ("qqqqqqqq", "help: `cachegen values` shows all of them"),
        (
            "a[]",
            "error: --only: there is nothing between the brackets",
        ),
    ] {
        let words = refused(&["values", "--only", path]);
        assert!(words.contains(said), "{words}");
    }
}

#[test]
fn values_that_do_not_render_are_not_shown() {
    let Run {
        stdout,
        stderr,
        code,
    } = run_with(&["values", "-f", "-"], b"valkey: {storag: 1}");
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.starts_with("error[unknown-key]"), "{stderr}");
}
