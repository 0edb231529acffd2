//! The effective values: they stand for all layers, they say where each came from, and they show no secret.

use cachegen::values::secrecy::MASK;
use tempfile::TempDir;

use crate::support::{Run, cases, finish, program, refused, render, run, run_with};

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
        let mut renderer = program();
        renderer
            .args(["render", "-f", "-"])
            .args(of_both)
            .args(of_render);
        let rendered = finish(renderer, values.stdout.as_bytes());
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

/// What is shown of the values at a path.
fn shown(path: &str, arguments: &[&str], values: &str) -> String {
    let only = ["--only", path, "-o", "json"];
    let run = run_with(
        &[&["values", "-f", "-"], arguments, &only].concat(),
        values.as_bytes(),
    );
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
    let shown: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let pointer = path.replace('.', "/");
    shown.pointer(&format!("/{pointer}")).unwrap().to_string()
}

#[test]
fn a_value_is_shown_as_its_type_reads_it() {
    for (values, shows) in [
        (
            "configMap: {name: no, optional: y, defaultMode: 0x1F, items: [{key: off, path: 7}]}",
            r#""configMap":{"name":"no","optional":true,"defaultMode":31,"items":[{"key":"off","path":"7"}]}"#,
        ),
        (
            "emptyDir: {sizeLimit: 1e3}",
            r#""emptyDir":{"sizeLimit":"1e3"}"#,
        ),
        (
            "csi: {driver: d, volumeAttributes: {a: no}}",
            r#""csi":{"driver":"d","volumeAttributes":{"a":"no"}}"#,
        ),
    ] {
        let values = format!("valkey: {{extraVolumes: [{{name: a, {values}}}]}}");
        let expected = format!(r#"[{{"name":"a",{shows}}}]"#);
        assert_eq!(shown("valkey.extraVolumes", &[], &values), expected);
    }
    let extra =
        "valkey: {settings: {extra: {lazyfree-lazy-eviction: yes, maxmemory-samples: 0x10}}}";
    assert_eq!(
        shown("valkey.settings.extra", &[], &extra.replace("0x10", "10")),
        r#"{"lazyfree-lazy-eviction":"yes","maxmemory-samples":"10"}"#
    );
    let volumes = "valkey: {extraVolumes: [{name: a, configMap: {name: b}}]}";
    for (path, value, shows) in [
        ("valkey.enabled", "off", "false"),
        ("valkey.settings.appendonly", "off", "false"),
        ("valkey.service.port", "0x1900", "6400"),
        (
            "valkey.extraVolumes[0].configMap.optional",
            "off",
            r#"[{"name":"a","configMap":{"name":"b","optional":false}}]"#,
        ),
        (
            "valkey.extraVolumes[0].configMap.defaultMode",
            "0x20",
            r#"[{"name":"a","configMap":{"name":"b","defaultMode":32}}]"#,
        ),
        (
            "valkey.extraVolumes[0].configMap.name",
            "7",
            r#"[{"name":"a","configMap":{"name":"7"}}]"#,
        ),
    ] {
        let flag = format!("{path}={value}");
        let whole = path.split('[').next().unwrap();
        assert_eq!(shown(whole, &["--set", &flag], volumes), shows, "{flag}");
    }
}

#[test]
fn what_is_removed_is_shown_as_nothing() {
    for (path, values) in [
        ("client.env.REDIS_DB", "client: {env: {REDIS_DB: null}}"),
        (
            "valkey.exporter.resources",
            "valkey: {exporter: {resources: null}}",
        ),
        (
            "valkey.resources.requests.cpu",
            "valkey: {resources: {requests: {cpu: null}}}",
        ),
    ] {
        assert_eq!(shown(path, &[], values), "null", "{path}");
    }
}

#[track_caller]
fn renders_as_shown(values: &str) {
    let rendered = render(values);
    for format in ["yaml", "json"] {
        let shown = run_with(&["values", "-f", "-", "-o", format], values.as_bytes()).stdout;
        assert_eq!(render(&shown), rendered, "{values}");
    }
}

#[test]
fn ports_and_decimals_render_to_the_same_once_shown() {
    for values in [
        "valkey: {probes: {startup: {httpGet: {port: 0x50}}, readiness: {httpGet: {port: 80}}, liveness: {httpGet: {port: yes}}}}",
        "monitoring: {prometheusEnabled: yes, alerts: {RedisEvicting: {threshold: 0.90}}}",
    ] {
        renders_as_shown(values);
    }
}

#[test]
fn numbers_of_any_spelling_render_to_the_same_once_shown() {
    for values in [
        "valkey: {probes: {startup: {httpGet: {port: 0777}}}}",
        "valkey: {extraVolumes: [{name: a, configMap: {name: x, defaultMode: 0640}}]}",
        "valkey: {extraVolumes: [{name: a, configMap: {name: x, defaultMode: 3.2e2}}]}",
        "monitoring: {prometheusEnabled: yes, alerts: {RedisEvicting: {threshold: .50}}}",
        "monitoring: {prometheusEnabled: yes, alerts: {RedisEvicting: {threshold: 1.}}}",
        "monitoring: {prometheusEnabled: yes, alerts: {RedisEvicting: {threshold: +2e3}}}",
    ] {
        renders_as_shown(values);
    }
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
fn what_a_value_stands_over_is_read_as_its_field_reads_it() {
    for (path, old, new, read) in [
        ("podAnnotations.build", "1e3", "b", "\"1e3\""),
        ("valkey.settings.extra.hz", "1e1", "20", "\"1e1\""),
        ("valkey.exporter.enabled", "'off'", "yes", "false"),
        ("valkey.backup.enabled", "'on'", "no", "true"),
        ("podSecurityContext.fsGroup", "'15'", "20", "15"),
        (
            "podSecurityContext.seLinuxOptions.level",
            "1e3",
            "s0",
            "\"1e3\"",
        ),
    ] {
        let of = |value: &str| {
            let (start, end) = path.split_once('.').unwrap();
            let inner = end.replace('.', ": {");
            let closing = "}".repeat(end.matches('.').count());
            format!("{start}: {{{inner}: {value}{closing}}}\n")
        };
        let values = format!("{}---\n{}", of(old), of(new));
        let arguments = [
            "values", "-f", "-", "--origin", "-o", "json", "--only", path,
        ];
        let run = run_with(&arguments, values.as_bytes());
        assert_eq!(run.stderr, "", "{path}");
        let list: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(list[0]["overrode"][0]["value"].to_string(), read, "{path}");
    }
}

#[test]
fn a_text_in_a_comment_is_in_quotes_where_it_would_not_be_told_from_the_words() {
    for (old, shown) in [("b c", "b c"), ("'b, c'", "\"b, c\""), ("''", "\"\"")] {
        let values = format!("podAnnotations: {{a: {old}}}\n---\npodAnnotations: {{a: d}}\n");
        let arguments = [
            "values",
            "-f",
            "-",
            "--origin",
            "--only",
            "podAnnotations.a",
        ];
        let said = run_with(&arguments, values.as_bytes()).stdout;
        let end = format!(" over <stdin>:1:21 {shown}\n");
        assert!(said.ends_with(&end), "{said}");
    }
}

#[test]
fn lists_are_told_by_their_items_and_an_empty_one_as_it_is() {
    let listed = |only: &str, values: &str| -> Vec<String> {
        let arguments = [
            "values", "-f", "-", "--origin", "-o", "json", "--only", only,
        ];
        let text = run_with(&arguments, values.as_bytes()).stdout;
        let list: serde_json::Value = serde_json::from_str(&text).unwrap();
        let path = |value: &serde_json::Value| value["path"].as_str().unwrap().to_owned();
        list.as_array().unwrap().iter().map(path).collect()
    };
    let clients = "valkey.networkPolicy.clients";
    assert_eq!(listed(clients, "{}"), [format!("{clients}[0].podSelector")]);
    assert_eq!(listed("tolerations", "{}"), ["tolerations"]);
    let said = run(&["values", "--origin", "--only", "tolerations"]).stdout;
    assert_eq!(said, "tolerations: []  # default\n");
}

#[test]
fn an_empty_text_of_a_flag_comes_from_the_flag() {
    let only = "valkey.storage.className";
    let set = format!("{only}=");
    let said = run(&["values", "--set", &set, "--origin", "--only", only]).stdout;
    let end = "className: \"\"  # --set #1, over default \"\"\n";
    assert!(said.ends_with(end), "{said}");
}

#[test]
fn origins_stand_below_each_other_up_to_a_width() {
    for (width, is_aligned) in [(60, true), (61, false)] {
        let long = "x".repeat(width - "  a: ".len());
        let values = format!("podLabels: {{a: {long}, b: c}}");
        let arguments = ["values", "-f", "-", "--origin", "--only", "podLabels"];
        let said = run_with(&arguments, values.as_bytes()).stdout;
        let columns: Vec<usize> = said.lines().filter_map(|line| line.find('#')).collect();
        assert_eq!(columns[0], width + 2, "{said}");
        assert_eq!(columns[0] == columns[1], is_aligned, "{said}");
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
    command: [sh, -c, 'redis-cli -a hunter2hunter2 ping', secret, also-shown]
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
        assert!(stdout.contains("also-shown"), "{stdout}");
    }
}

#[test]
fn what_is_masked_is_a_secret_and_all_of_it() {
    for (text, is_masked) in [
        (r#"PASSWORD: """#, false),
        (r#"API_TOKEN: "one\ntwo\n""#, true),
        ("LINK: 'http://host/a@b'", false),
        ("LINK: 'http://host a@b'", false),
        ("LINK: 'http://user:a@host'", true),
    ] {
        let (key, value) = text.split_once(": ").unwrap();
        let masked = shown(
            &format!("client.env.{key}"),
            &[],
            &format!("client: {{env: {{{text}}}}}"),
        );
        assert_eq!(
            masked == format!("\"{MASK}\""),
            is_masked,
            "{value}: {masked}"
        );
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
