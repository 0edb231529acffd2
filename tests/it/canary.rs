//! A secret in every place of one: no run that fails, or that only finds something, says it anywhere.

use std::fs;
use std::path::Path;

use crate::support::{Run, run_in};

const CANARY: &str = "canary-3f9a";

/// How it may show: as it is, in base64, and in a URL or JSON, which change nothing of it.
const SPELLINGS: [&str; 2] = [CANARY, "Y2FuYXJ5LTNmOW"];

/// Every place of a secret that is one by where it stands or what it is called.
const PLACES: [&str; 16] = [
    "valkey: {password: {value: canary-3f9a}}\n",
    "valkey:\n  password:\n    value: \"canary-3f9a\"\n",
    "valkey:\n  password:\n    value: |\n      canary-3f9a\n",
    "valkey: {extraEnv: [{name: DB_PASSWORD, value: canary-3f9a}]}\n",
    "valkey:\n  extraEnv:\n  - name: API_KEY\n    value: canary-3f9a\n",
    "valkey: {exporter: {extraArgs: [--redis.password=canary-3f9a]}}\n",
    "valkey: {settings: {extra: {masterauth: canary-3f9a}}}\n",
    "valkey: {settings: {extra: {user: x on >canary-3f9a}}}\n",
    "valkey: {extraContainers: [{name: c, image: x, env: [{name: PASSWORD, value: canary-3f9a}], args: [--token, canary-3f9a]}]}\n",
    "client: {env: {API_TOKEN: canary-3f9a}}\n",
    "client:\n  env:\n    URL: redis://user:canary-3f9a@host:6379/0\n",
    "podAnnotations: {example.com/api-key: canary-3f9a}\n",
    "commonLabels: {credentials: canary-3f9a}\n",
    "extraObjects: [{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {a: canary-3f9a}}]\n",
    "extraObjects:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: a}\n  data:\n    a: Y2FuYXJ5LTNmOWE=\n",
    "# password: canary-3f9a\nprofile: standard\n",
];

/// A text with a mistake at, before or behind a secret.
fn mistaken(text: &str) -> Vec<String> {
    let of_type = |wrong: &str| {
        text.replace(CANARY, &wrong.replace('@', CANARY))
            .replace("Y2FuYXJ5LTNmOWE=", &wrong.replace('@', "Y2FuYXJ5LTNmOWE="))
    };
    let mut all = vec![
        format!("{text}unknown: 1\n"),
        format!("{text}{text}"),
        format!("{text}\t- x\n"),
        format!("{text}<<<<<<< HEAD\n"),
        format!("{text}fullnameOverride: Bad_Name\nvalkey: {{storag: 1}}\n"),
        text.trim_end().trim_end_matches(['}', ']']).to_owned() + "\n",
        text.trim_end().to_owned() + " }\n",
        of_type("[@]"),
        of_type("{@: @}"),
        of_type("!!int @"),
        of_type("*@"),
        of_type("'@"),
        of_type("@\u{7}"),
        of_type("@: x"),
        // What begins or ends a text that lacks quotes may mean something else.
        of_type("!@"),
        of_type("!@ x"),
        of_type("&@"),
        of_type("&@ x"),
        of_type("#@"),
        of_type("x #@"),
        of_type("|\n@"),
        // Flow style, tags, anchors and aliases that nobody meant.
        of_type("{@, @}"),
        of_type("{@: 1, @: 2}"),
        of_type("{x: {@: {@: 1}}}"),
        of_type("[[@], {@: 1}]"),
        of_type("&@ {@: 1}"),
        of_type("&@ [@, *@]"),
        of_type("{<<: {@: 1}}"),
        of_type("{{ @ }}"),
        of_type("{@} @"),
        of_type("[*@]"),
        of_type("\n          - @: x\n          - @"),
    ];
    for (word, other) in [
        ("value", "valeu"),
        ("name:", "nmae:"),
        (": ", ":"),
        ("kind", "kidn"),
        ("env", "evn"),
    ] {
        all.push(text.replacen(word, other, 1));
    }
    // An address ends at a blank or a quote.
    all.retain(|other| {
        other != text && (!text.contains("://") || other.contains("user:canary-3f9a@"))
    });
    all
}

/// What said it where it should not; all of it is told at the end.
#[derive(Default)]
struct Leaks(Vec<String>);

impl Drop for Leaks {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let few = self.0[..self.0.len().min(20)].join("\n\n");
            assert!(
                self.0.is_empty(),
                "{} leaks, the first of which are\n{few}",
                self.0.len()
            );
        }
    }
}

impl Leaks {
    fn look_at(&mut self, run: &Run, what: &str) {
        for text in [&run.stdout, &run.stderr] {
            let lines = text
                .lines()
                .filter(|line| SPELLINGS.iter().any(|spelling| line.contains(spelling)));
            let lines: Vec<&str> = lines.collect();
            if !lines.is_empty() {
                self.0.push(format!("{what}\n=> {}", lines.join("\n=> ")));
            }
        }
    }
}

/// Nothing below a directory says it but the inputs themselves.
#[track_caller]
fn is_written_nowhere(directory: &Path, inputs: &[&str], what: &str) {
    let mut pending = vec![directory.to_owned()];
    while let Some(path) = pending.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(directory).unwrap().to_str().unwrap();
            if path.is_dir() {
                pending.push(path);
            } else if !inputs.contains(&name) {
                let text = fs::read_to_string(&path).unwrap();
                assert!(
                    !SPELLINGS.iter().any(|spelling| text.contains(spelling)),
                    "{what}: {name}\n{text}"
                );
            }
        }
    }
}

/// Every command that reads values, in every format, and a way in which it fails by itself.
const COMMANDS: [&[&str]; 22] = [
    &["render"],
    &["render", "-o", "json", "--output-dir", "out"],
    &["render", "-o", "kyaml", "-s", "Secret/nothing"],
    &["render", "--template-dir", "templates"],
    &["render", "--output-dir", "blocked"],
    &["check", "old.yaml"],
    &["check", "old.yaml", "-o", "json"],
    &["check", "blocked", "--fix"],
    &["diff", "--against", "old.yaml"],
    &["diff", "--against", "old.yaml", "-o", "json"],
    &["diff", "--against", "old.yaml", "-o", "markdown"],
    &["diff", "--against-values", "empty.yaml"],
    &["lint"],
    &["lint", "-o", "json"],
    &["lint", "-o", "sarif"],
    &["lint", "-o", "github"],
    &["values", "--origin"],
    &["values", "-o", "json", "--origin"],
    &["values", "--only", "valkey.pasword"],
    &["explain", "StatefulSet/alerthistory-redis"],
    &[
        "explain",
        "ConfigMap/alerthistory-redis-env:data",
        "-o",
        "json",
    ],
    &["secret"],
];

/// A directory with what the commands name.
fn place() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("empty.yaml", "{}\n");
    write("templates/configmap-env.yaml.j2", "a: {{ nothing }}\n");
    write("blocked/configmap-alerthistory-redis-env.yaml", "mine");
    let old = run_in(directory.path(), &["render"], "").stdout;
    write("old.yaml", &old);
    directory
}

#[test]
fn values_with_a_mistake_beside_a_secret_are_refused_without_it() {
    let mut leaks = Leaks::default();
    let directory = place();
    let path = directory.path();
    let mut n_refused = 0;
    for (n_place, text) in PLACES.iter().enumerate() {
        for (n_mistake, values) in mistaken(text).iter().enumerate() {
            fs::write(path.join("values.yaml"), values).unwrap();
            // Every command meets every place, and every mistake.
            for command in COMMANDS.iter().skip((n_place + n_mistake) % 8).step_by(8) {
                let arguments = [
                    command,
                    &["-f", "values.yaml", "-v", "--color", "always"][..],
                ]
                .concat();
                let run = run_in(path, &arguments, "");
                let what = format!("{command:?}\n{values}");
                assert!((0..=2).contains(&run.code), "{what}\n{}", run.stderr);
                // Rendering is what they are for.
                let is_output =
                    run.code == 0 && matches!(command[0], "render" | "check" | "secret");
                if !is_output {
                    leaks.look_at(&run, &what);
                }
                if run.code == 2 {
                    n_refused += 1;
                    assert!(command[0] == "lint" || run.stdout.is_empty(), "{what}");
                    is_written_nowhere(path, &["values.yaml"], &what);
                }
                for name in ["out", "blocked/.cachegen"] {
                    let written = path.join(name);
                    let _ = fs::remove_file(&written).or_else(|_| fs::remove_dir_all(&written));
                }
            }
        }
    }
    assert!(n_refused > 300, "{n_refused}");
}

#[test]
fn what_is_found_or_compared_is_told_without_the_secrets_in_it() {
    let mut leaks = Leaks::default();
    let directory = place();
    let path = directory.path();
    for text in PLACES {
        // Some of them are mistakes by themselves.
        fs::write(path.join("values.yaml"), text).unwrap();
        for command in COMMANDS {
            let run = run_in(path, &[command, &["-f", "values.yaml", "-v"]].concat(), "");
            if run.code != 0 || !matches!(command[0], "render" | "check" | "secret") {
                leaks.look_at(&run, &format!("{command:?}\n{text}"));
            }
            let _ = fs::remove_dir_all(path.join("out"));
        }
        // The same from the other side: what was there has the secret.
        for output in ["human", "json", "markdown"] {
            let run = run_in(
                path,
                &[
                    "diff",
                    "--against-values",
                    "values.yaml",
                    "-f",
                    "empty.yaml",
                    "-o",
                    output,
                ],
                "",
            );
            leaks.look_at(&run, text);
        }
    }
}

#[test]
fn a_secret_with_a_comma_that_lacks_quotes_is_refused_without_its_rest() {
    let mut leaks = Leaks::default();
    let directory = place();
    for values in [
        "valkey: {password: {value: x,canary-3f9a}}\n",
        "valkey: {password: {value: ,canary-3f9a}}\n",
        "valkey: {extraEnv: [{name: PASSWORD, value: x,canary-3f9a}]}\n",
        "valkey: {settings: {extra: {masterauth: x,canary-3f9a}}}\n",
    ] {
        let run = run_in(directory.path(), &["render", "-f", "-"], values);
        assert_eq!(run.code, 2, "{values}");
        leaks.look_at(&run, values);
    }
    for flag in [
        "valkey.password.value=x,canary-3f9a",
        "valkey.password.value=x,y[canary-3f9a]=1",
        "valkey.password.value canary-3f9a",
    ] {
        let run = run_in(directory.path(), &["render", "--set", flag], "");
        assert_eq!(run.code, 2, "{flag}");
        leaks.look_at(&run, flag);
    }
    let project = "renders:\n- output: one.yaml\n  set: [valkey.password.value=x,canary-3f9a]\n";
    fs::write(directory.path().join("cachegen.yaml"), project).unwrap();
    let run = run_in(directory.path(), &["render", "--all"], "");
    assert_eq!(run.code, 2);
    leaks.look_at(&run, project);
}

#[test]
fn a_password_that_yaml_takes_for_something_else_is_refused_without_it() {
    let mut leaks = Leaks::default();
    let directory = place();
    let path = directory.path();
    for written in [
        "{canary-3f9a, canary-3f9a}",
        "{canary-3f9a: 1}",
        "{x: 1, canary-3f9a: {canary-3f9a: 1}}",
        "[canary-3f9a, canary-3f9a]",
        "[canary-3f9a: 1]",
        "&canary-3f9a {canary-3f9a: 1}",
        "&canary-3f9a",
        "!!map {canary-3f9a: 1}",
        "*canary-3f9a",
        "*name",
        "{<<: *name}",
        "{? canary-3f9a : 1}",
        "{{canary-3f9a}}",
        "{canary-3f9a",
        "canary-3f9a]",
        "\"\\x63anary-3f9a\": canary-3f9a",
        "\n      canary-3f9a: 1",
        "\n      canary-3f9a: 1\n      canary-3f9a: 2",
        "\n      - canary-3f9a: 1",
        "\n      ? canary-3f9a\n      : 1",
        "\n    canary-3f9a: 1",
        "\n  canary-3f9a",
        "\n- canary-3f9a",
        "\n\tcanary-3f9a: 1",
    ] {
        for (n_key, key) in ["password: ", "pasword: ", "password:\n    value: "]
            .iter()
            .enumerate()
        {
            let values =
                format!("x-a: &name {{canary-3f9a: 1}}\nvalkey:\n  storag: 1\n  {key}{written}\n");
            fs::write(path.join("values.yaml"), &values).unwrap();
            for command in COMMANDS.iter().skip(n_key).step_by(3) {
                let run = run_in(path, &[command, &["-f", "values.yaml"][..]].concat(), "");
                assert_eq!(run.code, 2, "{values}");
                leaks.look_at(&run, &format!("{command:?}\n{values}"));
            }
        }
    }
}

#[test]
fn what_follows_a_secret_of_a_flag_up_to_a_key_of_the_values_is_refused_without_it() {
    let mut leaks = Leaks::default();
    let directory = place();
    let path = directory.path();
    for key in [
        "valkey.password.value",
        "valkey.password",
        "valkey.pasword",
        "valkey.pwd",
        "client.env.API_TOKEN",
        "valkey.extraEnv[0].name=PASSWORD,valkey.extraEnv[0].value",
    ] {
        for flag in ["--set", "--set-string"] {
            for value in [
                "x,canary-3f9a=",
                "x,canary-3f9a.canary-3f9a=y",
                "x,canary-3f9a[0]=y,valkey.storag=1",
                "x,canary-3f9a",
                "x,=canary-3f9a",
                "{x}canary-3f9a=",
                "{canary-3f9a",
                "{x,canary-3f9a},valkey.storag=1",
            ] {
                let set = format!("{key}={value}");
                for command in COMMANDS.iter().step_by(4) {
                    let run = run_in(path, &[command, &[flag, &set][..]].concat(), "");
                    assert_eq!(run.code, 2, "{set}");
                    leaks.look_at(&run, &format!("{command:?} {flag} {set}"));
                }
            }
        }
        for value in [
            "\"canary-3f9a",
            "{\"canary-3f9a\": 1}",
            "\"x\",canary-3f9a=1",
        ] {
            let set = format!("{key}={value}").replace("PASSWORD", "\"PASSWORD\"");
            let run = run_in(path, &["render", "--set-json", &set], "");
            assert_eq!(run.code, 2, "{set}");
            leaks.look_at(&run, &set);
        }
    }
    let set = "valkey.password.value=x,valkey.storag=1";
    let run = run_in(path, &["render", "--set", set], "");
    assert!(
        run.stderr.contains("unknown key `valkey.storag`"),
        "{}",
        run.stderr
    );
    // The flag itself was forgotten.
    for arguments in [
        &["render", "valkey.password.value=canary-3f9a"][..],
        &["render", "x", "valkey.password.value=canary-3f9a"],
        &["render", "-f", "valkey.password.value=canary-3f9a"],
        &["render", "-o", "valkey.password.value=canary-3f9a"],
    ] {
        let run = run_in(path, arguments, "");
        assert_eq!(run.code, 2, "{arguments:?}");
        leaks.look_at(&run, &format!("{arguments:?}"));
    }
}

/// Manifests with secrets wherever objects have them.
const MANIFESTS: &str = "\
apiVersion: v1
kind: Secret
metadata:
  name: alerthistory-redis-secret
  namespace: default
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {\"stringData\":{\"a\":\"canary-3f9a\"}}
stringData: {a: canary-3f9a}
data: {b: Y2FuYXJ5LTNmOWE=}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: alerthistory-redis-config, namespace: default}
data:
  redis.conf: |
    requirepass canary-3f9a
    hz 20
  users.acl: |
    user x on >canary-3f9a ~* +@all
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: alerthistory-redis, namespace: default}
spec:
  template:
    spec:
      containers:
      - name: redis
        image: x
        args: [--requirepass, canary-3f9a]
        env:
        - {name: DB_PASSWORD, value: canary-3f9a}
        - {name: URL, value: 'redis://x:canary-3f9a@host'}
";

#[test]
fn manifests_with_secrets_are_compared_or_refused_without_them() {
    let mut leaks = Leaks::default();
    let directory = place();
    let path = directory.path();
    let broken = [
        String::new(),
        "---\na: [\n".to_owned(),
        "---\n- x\n".to_owned(),
        "<<<<<<< HEAD\n".to_owned(),
        "          : x\n".to_owned(),
        "---\nx: .inf\n".to_owned(),
    ]
    .map(|end| MANIFESTS.to_owned() + &end);
    let at_each = MANIFESTS
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains(CANARY))
        .flat_map(|(number, line)| {
            let with = |line: String| {
                let lines = MANIFESTS.lines().enumerate();
                let lines = lines.map(|(other, text)| if other == number { &line } else { text });
                lines.map(|line| format!("{line}\n")).collect::<String>()
            };
            [
                format!("{line}: x"),
                format!("{line} }}"),
                format!("{line}'"),
                format!("{line}\u{7}"),
                format!("\t{line}"),
                format!("{line}\n{line}"),
                line.replace(": canary", ": !canary"),
                line.replace(": canary", ": &canary"),
            ]
            .map(with)
        });
    let mut n_refused = 0;
    for text in broken.into_iter().chain(at_each.collect::<Vec<_>>()) {
        fs::write(path.join("manifests.yaml"), &text).unwrap();
        for arguments in [
            &["check", "manifests.yaml"][..],
            &["check", "manifests.yaml", "-o", "json"],
            &["diff", "x", "--against", "manifests.yaml"],
            &[
                "diff",
                "alerthistory",
                "--against",
                "manifests.yaml",
                "-o",
                "json",
            ],
            &[
                "diff",
                "alerthistory",
                "--against",
                "manifests.yaml",
                "-o",
                "markdown",
            ],
            &["diff", "alerthistory", "--against", "-"],
        ] {
            let run = run_in(path, arguments, &text);
            assert!((1..=2).contains(&run.code), "{arguments:?}\n{text}");
            leaks.look_at(&run, &format!("{arguments:?}\n{text}"));
            is_written_nowhere(path, &["manifests.yaml"], &text);
            n_refused += usize::from(run.code == 2);
        }
    }
    assert!(n_refused > 20, "{n_refused}");
}

#[test]
fn a_project_file_with_a_secret_is_refused_without_it() {
    let mut leaks = Leaks::default();
    let directory = place();
    let path = directory.path();
    let project = "renders:\n- output: one.yaml\n  set: [valkey.password.value=canary-3f9a]\n";
    let each = "renders:\n- output: one.yaml\n  set:\n  - valkey.password.value=canary-3f9a\n  - 'client.env.TOKEN=canary-3f9a'\n";
    for text in [project, each] {
        let mistakes = mistaken(text).into_iter().chain(
            [
                "name: Bad_Name",
                "profile: lit",
                "values: [nowhere.yaml]",
                "outptu: x",
                "set: [a]",
                "namespace: 'a b'",
            ]
            .map(|line| format!("{text}- output: two.yaml\n  {line}\n  # password: canary-3f9a\n")),
        );
        for text in mistakes {
            fs::write(path.join("cachegen.yaml"), &text).unwrap();
            for arguments in [
                &["render", "--all"][..],
                &["check", "-o", "json"],
                &["check"],
                &["diff"],
                &["lint", "-o", "sarif"],
                &["lint", "-v"],
            ] {
                let run = run_in(path, arguments, "");
                let what = format!("{arguments:?}\n{text}");
                leaks.look_at(&run, &what);
                if run.code == 2 {
                    is_written_nowhere(path, &["cachegen.yaml"], &what);
                }
                let _ = fs::remove_file(path.join("one.yaml"));
            }
        }
    }
}
