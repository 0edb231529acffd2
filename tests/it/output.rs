//! Every way in by flags and every way out: formats, directories, and templates of the user's own.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use cachegen::template::catalog;
use cachegen::yaml::Value;

use crate::support::{Run, cases, finish, objects, refused, root, run, run_with};

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Files of a directory by name, with their texts.
fn files(directory: &Path) -> BTreeMap<String, String> {
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), text)
        })
        .collect()
}

#[track_caller]
fn done(arguments: &[&str]) -> String {
    let run = run(arguments);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
    run.stdout
}

#[test]
fn flags_apply_by_kind_whatever_their_order() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("level");
    std::fs::write(&file, "debug").unwrap();
    let key = "valkey.settings.loglevel";
    let flags = [
        ("--set-json", format!("{key}=\"notice\"")),
        ("--set", format!("{key}=verbose")),
        ("--set-string", format!("{key}=warning")),
        ("--set-file", format!("{key}={}", path(&file))),
        ("--set-literal", format!("{key}=nothing")),
    ];
    let words = ["notice", "verbose", "warning", "debug", "nothing"];
    for last in 0..4 {
        let mut arguments = vec!["render"];
        for (flag, text) in flags[..=last].iter().rev() {
            arguments.extend([*flag, text]);
        }
        let stdout = done(&arguments);
        let line = format!("loglevel {}\n", words[last]);
        assert!(stdout.contains(&line), "{arguments:?}");
    }
}

#[test]
fn each_kind_of_flag_says_what_it_says() {
    let env = |flag: &str, text: &str| {
        let stdout = done(&["render", "--profile", "lite", flag, text]);
        objects(&stdout)[0].at(&["data"]).unwrap().to_json()
    };
    assert!(env("--set-string", "client.env.A=1\\,2").contains(r#""A":"1,2""#));
    assert!(env("--set-literal", "client.env.A=x,{y}\\n").contains(r#""A":"x,{y}\\n""#));
    assert!(env("--set-json", r#"{"client":{"env":{"A":"é"}}}"#).contains(r#""A":"é""#));
    assert!(env("--set-json", "client.env.A=9007199254740993").contains("9007199254740993"));
}

#[test]
fn standard_input_is_read_once() {
    let run = run_with(
        &["render", "--set-file", "client.env.A=-", "-f", "-"],
        b"client: {}",
    );
    assert_eq!(run.code, 2);
    let run = run_with(&["render", "--set-file", "client.env.A=-"], b"text\n");
    assert!(run.code == 0 && run.stdout.contains("  A: |\n    text\n"));
    // As in Helm, blanks beside it are no name.
    let run = run_with(&["render", "--set-file", "client.env.A= - "], b"text\n");
    assert!(run.code == 0 && run.stdout.contains("  A: |\n    text\n"));
}

#[test]
fn findings_point_into_the_flag() {
    for (flag, text, code, place) in [
        ("--set-json", "yes", "set-syntax", "--set-json #1:1:1"),
        (
            "--set-json",
            "a={\"b\":}",
            "json-syntax",
            "--set-json #1:1:8",
        ),
        (
            "--set-json",
            "{\"a\":1} b",
            "set-syntax",
            "--set-json #1:1:9",
        ),
        (
            "--set-json",
            "{\"a\":1,\"a\":2}",
            "duplicate-key",
            "--set-json #1:1:8",
        ),
        (
            "--set-json",
            "{\"valkey\":{\"x\":1}}",
            "unknown-key",
            "--set-json #1:1:12",
        ),
        (
            "--set-string",
            "valkey.enabled=true",
            "wrong-type",
            "--set-string #1:1:16",
        ),
        (
            "--set-file",
            "fullnameOverride=no-such",
            "unreadable-file",
            "--set-file #1:1:18",
        ),
        (
            "--set-file",
            "fullnameOverride={,b}",
            "unreadable-file",
            "--set-file #1:1:19",
        ),
        (
            "--set-literal",
            "a\\.b=1",
            "unknown-key",
            "--set-literal #1:1:1",
        ),
        ("--set-literal", "a", "set-syntax", "--set-literal #1:1:1"),
    ] {
        let stderr = refused(&["render", flag, text]);
        let start = format!("error[{code}]");
        assert!(stderr.starts_with(&start), "{flag} {text}\n{stderr}");
        assert!(stderr.contains(place), "{flag} {text}\n{stderr}");
    }
}

#[test]
fn a_secret_in_a_flag_is_never_shown() {
    const CANARY: &str = "canary-3f9a";
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, CANARY).unwrap();
    let from_file = format!("valkey.password.vlaue={}", path(&file));
    for (flag, text) in [
        (
            "--set-json",
            r#"{"valkey":{"password":{"vlaue":"canary-3f9a"}}}"#,
        ),
        (
            "--set-json",
            r#"{"valkey":{"password":{"value":"canary-3f9a"}}"#,
        ),
        (
            "--set-json",
            r#"{"valkey":{"extraEnv":[{"value":"canary-3f9a"}]},}"#,
        ),
        (
            "--set-json",
            r#"valkey.password={"value":"canary-3f9a","x":1}"#,
        ),
        ("--set-json", r#"valkey.password.value="canary-3f9a" "x""#),
        (
            "--set-json",
            r#"extraObjects=[{"kind":"Secret","data":{"a":"canary-3f9a"}}]"#,
        ),
        ("--set-string", "valkey.password.vlaue=canary-3f9a"),
        ("--set-string", "valkey.extraEnv[0].value=canary-3f9a,x"),
        ("--set-literal", "valkey.password.vlaue=canary-3f9a,x"),
        ("--set-file", "valkey.password.value=canary-3f9a"),
        ("--set-file", &from_file),
    ] {
        let stderr = refused(&["render", "-v", flag, text]);
        assert!(!stderr.contains(CANARY), "{flag} {text}\n{stderr}");
    }
}

#[test]
fn quiet_leaves_notes_out_and_findings_in() {
    let script = |arguments: &str| {
        let mut command = std::process::Command::new("script");
        let line = format!("{} {arguments}", env!("CARGO_BIN_EXE_cachegen"));
        command.args(["-qec", &line, "/dev/null"]);
        finish(command, b"").stdout
    };
    assert!(script("render --profile standard").contains("note: "));
    assert!(!script("render --profile standard -q").contains("note: "));
    assert!(script("render --quiet --set a=1").contains("error[unknown-key]"));
    assert_eq!(run(&["render", "-q", "-v"]).code, 2);
}

#[test]
fn what_is_no_api_version_is_refused() {
    done(&[
        "render",
        "-a",
        "monitoring.coreos.com/v1,v1",
        "-a",
        "x/v1/Y",
    ]);
    for text in ["complete nonsense", "x/v1/Y/z", "X/v1", "v1,", "/v1"] {
        let run = run(&["render", "--api-versions", text]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{text}");
        let message = "is no API version: it";
        assert!(run.stderr.contains(message), "{text}: {}", run.stderr);
    }
}

#[test]
fn json_is_one_list_of_the_same_objects() {
    for case in cases() {
        let usual = case.render();
        if usual.code != 0 {
            continue;
        }
        let json = case.render_with(&["-o", "json"]);
        let list: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(
            (&list["apiVersion"], &list["kind"]),
            (&"v1".into(), &"List".into())
        );
        let expected: Vec<serde_json::Value> = objects(&usual.stdout)
            .iter()
            .map(|object| serde_json::from_str(&object.to_json()).unwrap())
            .collect();
        assert_eq!(
            list["items"],
            serde_json::Value::Array(expected),
            "{}",
            case.name
        );
        assert!(
            json.stdout.starts_with("{\n  \"apiVersion\": \"v1\",\n")
                && json.stdout.ends_with("}\n")
        );
    }
}

#[test]
fn kyaml_reads_back_to_the_same_objects() {
    for case in cases() {
        let usual = case.render();
        if usual.code != 0 {
            continue;
        }
        let kyaml = case.render_with(&["-o", "kyaml"]).stdout;
        assert_eq!(objects(&kyaml), objects(&usual.stdout), "{}", case.name);
    }
}

/// Needs Go with `sigs.k8s.io/yaml`: `KYAML_ORACLE` names a program that turns YAML on stdin into KYAML.
#[test]
#[ignore = "needs sigs.k8s.io/yaml/kyaml: see tests/data/kyaml.go"]
fn kyaml_is_what_kubectl_would_print() {
    let oracle = std::env::var("KYAML_ORACLE").unwrap();
    for case in cases() {
        let render = |format: &str| case.render_with(&["-o", format]);
        let (yaml, kyaml) = (render("yaml"), render("kyaml"));
        if yaml.code != 0 {
            continue;
        }
        let theirs = finish(std::process::Command::new(&oracle), yaml.stdout.as_bytes());
        assert_eq!(kyaml.stdout, theirs.stdout, "{}", case.name);
    }
    let theirs = finish(
        std::process::Command::new(&oracle),
        hostile("yaml").as_bytes(),
    );
    assert_eq!(HOSTILE_KYAML, theirs.stdout);
}

/// What kubectl prints of `hostile.yaml`, recorded.
const HOSTILE_KYAML: &str = include_str!("../data/hostile.kyaml");

/// Texts and keys on which KYAML's rules turn, rendered.
fn hostile(format: &str) -> String {
    let values = root().join("tests/data/hostile.yaml");
    let values = path(&values);
    let arguments = ["render", "--profile", "lite", "-f", values, "-o", format];
    done(&arguments)
}

#[test]
fn kyaml_of_hostile_text_is_what_kubectl_printed() {
    assert_eq!(hostile("kyaml"), HOSTILE_KYAML);
    assert_eq!(objects(HOSTILE_KYAML), objects(&hostile("yaml")));
}

#[test]
fn a_directory_gets_a_file_an_object() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("new/manifests");
    assert_eq!(done(&["render", "--output-dir", path(&target)]), "");
    let found = files(&target);
    let stream = done(&["render"]);
    assert_eq!(found.len(), objects(&stream).len() + 1);
    assert_eq!(
        found["statefulset-alerthistory-redis.yaml"],
        done(&["render", "-s", "StatefulSet/*"])
    );
    let names: String = found
        .keys()
        .filter(|name| *name != ".cachegen")
        .map(|name| format!("{name}\n"))
        .collect();
    assert_eq!(found[".cachegen"], names);
}

#[test]
fn a_directory_loses_what_is_stale_and_keeps_what_is_not_ours() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path();
    std::fs::write(target.join("README.md"), "mine").unwrap();
    done(&["render", "--output-dir", path(target)]);
    assert!(files(target).len() > 3);
    let unchanged =
        std::fs::metadata(target.join("configmap-alerthistory-redis-env.yaml")).unwrap();
    done(&["render", "--output-dir", path(target)]);
    let again = std::fs::metadata(target.join("configmap-alerthistory-redis-env.yaml")).unwrap();
    assert_eq!(unchanged.modified().unwrap(), again.modified().unwrap());
    done(&["render", "--profile", "lite", "--output-dir", path(target)]);
    let names: Vec<String> = files(target).into_keys().collect();
    assert_eq!(
        names,
        [
            ".cachegen",
            "README.md",
            "configmap-alerthistory-redis-env.yaml"
        ]
    );
    done(&[
        "render",
        "--profile",
        "lite",
        "-o",
        "json",
        "--output-dir",
        path(target),
    ]);
    let names: Vec<String> = files(target).into_keys().collect();
    assert_eq!(
        names,
        [
            ".cachegen",
            "README.md",
            "configmap-alerthistory-redis-env.json"
        ]
    );
}

#[test]
fn what_stands_in_the_way_of_a_file_is_told_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let name = ".statefulset-alerthistory-redis.yaml.cachegen";
    std::fs::create_dir(directory.path().join(name)).unwrap();
    let words = refused(&["render", "--output-dir", path(directory.path())]);
    assert!(words.contains("s a directory"), "{words}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn what_is_stale_may_be_gone_already() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("out");
    let with = ["render", "--output-dir", path(&out)];
    done(&with);
    let name = files(&out)
        .into_keys()
        .find(|name| name.contains("servicemonitor"))
        .unwrap();
    std::fs::remove_file(out.join(&name)).unwrap();
    done(&[&with[..], &["--set", "valkey.exporter.enabled=false"]].concat());
    let index = std::fs::read_to_string(out.join(".cachegen")).unwrap();
    assert!(!index.contains(&name), "{index}");
}

#[test]
fn a_directory_stays_as_it_was_where_not_all_can_be_written() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path();
    let foreign = target.join("statefulset-alerthistory-redis.yaml");
    std::fs::write(&foreign, "mine").unwrap();
    refused(&["render", "--output-dir", path(target)]);
    assert_eq!(files(target).len(), 1);
    std::fs::remove_file(&foreign).unwrap();
    std::fs::create_dir(&foreign).unwrap();
    refused(&["render", "--output-dir", path(target)]);
    assert_eq!(std::fs::read_dir(target).unwrap().count(), 1);
    // What the values say wrong touches nothing, not even an existing render.
    std::fs::remove_dir(&foreign).unwrap();
    done(&["render", "--output-dir", path(target)]);
    let before = files(target);
    refused(&["render", "--set", "a=1", "--output-dir", path(target)]);
    assert_eq!(files(target), before);
    refused(&["render", "-s", "Service/*", "--output-dir", path(target)]);
}

#[test]
fn no_link_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    let victim = directory.path().join("victim");
    std::fs::write(&victim, "precious").unwrap();
    let target = directory.path().join("out");
    std::fs::create_dir(&target).unwrap();
    for name in ["configmap-alerthistory-redis-env.yaml", ".cachegen"] {
        symlink(&victim, target.join(name)).unwrap();
        refused(&["render", "--profile", "lite", "--output-dir", path(&target)]);
        std::fs::remove_file(target.join(name)).unwrap();
    }
    symlink(
        &victim,
        target.join(".configmap-alerthistory-redis-env.yaml.cachegen"),
    )
    .unwrap();
    done(&["render", "--profile", "lite", "--output-dir", path(&target)]);
    let link = directory.path().join("link");
    symlink(&target, &link).unwrap();
    refused(&["render", "--profile", "lite", "--output-dir", path(&link)]);
    // An index that names files elsewhere removes nothing there.
    let listed = "../victim\n/etc/hostname\n..\n.\n\nconfigmap-alerthistory-redis-env.yaml\n";
    std::fs::write(target.join(".cachegen"), listed).unwrap();
    done(&["render", "--profile", "lite", "--output-dir", path(&target)]);
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
}

#[test]
fn no_name_leads_out_of_the_directory() {
    let long = "x".repeat(300);
    let values = format!(
        "extraObjects:\n\
         - {{apiVersion: v1, kind: ConfigMap, metadata: {{name: ../../escape}}}}\n\
         - {{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {{name: 'system:a'}}}}\n\
         - {{apiVersion: other.io/v1, kind: ClusterRole, metadata: {{name: 'system:a'}}}}\n\
         - {{apiVersion: v1, kind: ../X, metadata: {{name: {long}}}}}\n"
    );
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("a/b");
    let run = run_with(
        &[
            "render",
            "--profile",
            "lite",
            "-f",
            "-",
            "--output-dir",
            path(&target),
        ],
        values.as_bytes(),
    );
    if run.code == 0 {
        let names: Vec<String> = files(&target).into_keys().collect();
        assert_eq!(names.len(), 6, "{names:?}");
        assert!(
            names.contains(&"configmap-..-..-escape.yaml".to_owned()),
            "{names:?}"
        );
        assert!(
            names.contains(&"clusterrole-system-a-2.yaml".to_owned()),
            "{names:?}"
        );
    } else {
        assert!(!target.exists(), "{}", run.stderr);
    }
    assert!(!directory.path().join("escape.yaml").exists());
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let mut command = std::process::Command::new("sh");
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("out");
    let line = format!(
        "trap '' XFSZ; ulimit -f 2; exec {} render --output-dir {}",
        env!("CARGO_BIN_EXE_cachegen"),
        path(&target)
    );
    command.args(["-c", &line]);
    let run = finish(command, b"");
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr.starts_with("error: cannot write to "),
        "{}",
        run.stderr
    );
    assert!(!target.exists());
}

/// Renders with one template of the user's own.
fn with_template(file: &str, text: &str) -> Run {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join(file);
    std::fs::create_dir_all(target.parent().unwrap()).unwrap();
    std::fs::write(target, text).unwrap();
    let mut run = run(&["render", "--template-dir", path(directory.path())]);
    run.stderr = run.stderr.replace(path(directory.path()), "DIR");
    run
}

#[test]
fn a_template_of_the_users_own_stands_in_for_ours() {
    let text = catalog::text("service.yaml.j2").unwrap();
    let same = with_template("service.yaml.j2", text);
    assert_eq!((same.code, same.stdout), (0, done(&["render"])));
    let changed = with_template(
        "service.yaml.j2",
        &text.replace("kind: Service", "kind: Service\nextra: [1]"),
    );
    assert_eq!(changed.code, 0, "{}", changed.stderr);
    assert!(changed.stdout.contains("kind: Service\nextra:\n- 1\n"));
    let part = with_template("config/redis.conf.j2", "# mine\nport 6379\n");
    assert!(
        part.code == 0 && part.stdout.contains("    # mine\n    port 6379\n"),
        "{}",
        part.stderr
    );
}

#[test]
fn a_mistake_in_a_template_is_the_users_at_its_line() {
    const HEAD: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n";
    for (body, place, word) in [
        ("a: {{ nothing }}\n", "service.yaml.j2:4", "undefined"),
        ("a: {{ 1 +\n", "service.yaml.j2:", "syntax"),
        ("a: {% if %}\n", "service.yaml.j2:4", "syntax"),
        ("a: x-{{ 'v' }}\n", "service.yaml.j2:4", "whole value"),
        ("a: 1\na: 2\n", "service.yaml.j2:5", "twice"),
        ("a: [\n", "service.yaml.j2:", ""),
        (
            "a: {{ partial(\"no\", overlay={}) }}\n",
            "service.yaml.j2:4",
            "not found",
        ),
        (
            "a: {{ partial(\"service.yaml.j2\", overlay={}) }}\n",
            "service.yaml.j2:4",
            "deep",
        ),
        (
            "a: {{ text(\"service.yaml.j2\") }}\n",
            "service.yaml.j2:4",
            "deep",
        ),
        (
            "a: {% include \"/etc/passwd\" %}\n",
            "service.yaml.j2:4",
            "",
        ),
        ("a: {{ env(\"HOME\") }}\n", "service.yaml.j2:4", "unknown"),
        ("a: {{ range(10 ** 9) }}\n", "service.yaml.j2:4", "unknown"),
        ("a: {{ environ.HOME }}\n", "service.yaml.j2:4", "undefined"),
        (
            "a: {{ text(\"../../etc/passwd\") }}\n",
            "service.yaml.j2:4",
            "not found",
        ),
        (
            "{% include [\"/etc/passwd\"] ignore missing %}\n",
            "service.yaml.j2:4",
            "unknown statement",
        ),
        (
            "{% extends \"service.yaml.j2\" %}\n",
            "service.yaml.j2:4",
            "unknown statement",
        ),
        (
            "{% import \"service.yaml.j2\" as a %}\n",
            "service.yaml.j2:4",
            "unknown statement",
        ),
        (
            "{% from \"service.yaml.j2\" import a %}\n",
            "service.yaml.j2:4",
            "unknown statement",
        ),
        (
            "\n{% macro a() %}{{ a() }}{% endmacro %}\n",
            "service.yaml.j2:5",
            "unknown statement",
        ),
        (
            "{% block a %}{{ super() }}{% endblock %}\n",
            "service.yaml.j2:4",
            "unknown statement",
        ),
        (
            "{% call a() %}{% endcall %}\n",
            "service.yaml.j2:4",
            "unknown statement",
        ),
        ("a: {{ super() }}\n", "service.yaml.j2:4", "unknown"),
        (
            "\na: {% for x in [1] %}{{ loop.cycle(*[]) }}{% endfor %}\n",
            "service.yaml.j2:5",
            "cycle",
        ),
        ("a: {{ 1 // 0 }}\n", "service.yaml.j2:4", "unable"),
        ("a: {{ 10 ** 10 ** 10 }}\n", "service.yaml.j2:4", "unable"),
        ("---\na: 1\n", "service.yaml.j2:", "documents"),
    ] {
        let run = with_template("service.yaml.j2", &format!("{HEAD}{body}"));
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{body}");
        assert!(
            run.stderr.starts_with("error: a template failed: ") && run.stderr.lines().count() == 1,
            "{body}\n{}",
            run.stderr
        );
        assert!(
            run.stderr.contains(&format!("(DIR/{place}")),
            "{body}\n{}",
            run.stderr
        );
        assert!(run.stderr.contains(word), "{body}\n{}", run.stderr);
        assert!(!run.stderr.contains("bug"), "{}", run.stderr);
    }
    for text in [
        "",
        "[1]\n",
        "kind: Service\n",
        "apiVersion: v1\nkind: 5\nmetadata: {name: x}\n",
    ] {
        let run = with_template("service.yaml.j2", text);
        assert!(
            run.code == 2 && run.stderr.contains("(DIR/service.yaml.j2:1)"),
            "{text}\n{}",
            run.stderr
        );
    }
    let twice = with_template(
        "service.yaml.j2",
        catalog::text("service-headless.yaml.j2").unwrap(),
    );
    assert!(
        twice.code == 2 && twice.stderr.contains("rendered already"),
        "{}",
        twice.stderr
    );
    // A part's mistake is told at the part, not at the object that it is in.
    let part = with_template("config/redis.conf.j2", "port 1\n{{ nothing }}\n");
    assert!(
        part.code == 2 && part.stderr.contains("(DIR/config/redis.conf.j2:2)"),
        "{}",
        part.stderr
    );
    let part = with_template("partials/probe-liveness.yaml.j2", "a: 1\nb: [\n");
    assert!(
        part.code == 2
            && part
                .stderr
                .contains("(DIR/partials/probe-liveness.yaml.j2:"),
        "{}",
        part.stderr
    );
}

#[test]
fn a_template_shows_no_value_where_it_fails() {
    for hole in [
        "nothing.x",
        "text(secret.data.password)",
        "secret.data.password + 1",
        "labels(secret.data)",
    ] {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(
            directory.path().join("secret.yaml.j2"),
            format!("a: {{{{ {hole} }}}}\n"),
        )
        .unwrap();
        let stderr = refused(&[
            "render",
            "--template-dir",
            path(directory.path()),
            "--set",
            "valkey.password.value=canary-3f9a",
        ]);
        // The password and its base64.
        assert!(
            !stderr.contains("canary") && !stderr.contains("Y2FuYXJ5"),
            "{hole}\n{stderr}"
        );
    }
}

#[test]
fn no_template_runs_for_ever_or_fills_memory() {
    let double = "{% set s = \"0123456789\" %}\n".to_owned() + &"{% set s = s ~ s %}\n".repeat(40);
    let nested: String = (0..9)
        .map(|n| format!("{{% for a{n} in [1,2,3,4,5,6,7,8,9] %}}\n"))
        .collect();
    let nested = nested + "x\n" + &"{% endfor %}\n".repeat(9);
    for (text, line) in [
        (nested, ":1"),
        (double, ":"),
        ("{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}\n".to_owned(), ":1"),
        ("a: {{ \"x\" * 1000000000 }}\n".to_owned(), ":1"),
        ("{% set l = [1] * 90000000 %}\na: {{ l }}\n".to_owned(), ":2"),
        ("{% set l = [[1] * 1000] * 1000 %}\n\na: {{ [l] * 1000 }}\n".to_owned(), ":3"),
        ("\na: {{ (\"x\" * 1000000) * 1000000 }}\n".to_owned(), ":2"),
        ("{% set l = [1] * 1000000 %}\n{% for a in l %}\n{% for b in l %}\nx\n{% endfor %}{% endfor %}\n".to_owned(), ":"),
        (format!("{{% set l = [1] %}}\n{}\na: {{{{ l }}}}\n", "{% set l = [l] %}".repeat(500)), ":"),
        (format!("\na: {{{{ {}", "[".repeat(500_000)), ":2"),
        (format!("\n{}", "{% if 1 %}".repeat(50_000)), ":2"),
        (format!("\n{{% if 0 %}}{}{{% endif %}}", "\n{% elif 0 %}".repeat(50_000)), ":"),
        // Each is a level of the engine's own stack.
        (format!("\na: {{{{ identity{} }}}}", ".b".repeat(500_000)), ":2"),
        (format!("\na: {{{{ 1{} }}}}", "+1".repeat(500_000)), ":2"),
        (format!("\na: {{{{ {}1 }}}}", "-".repeat(500_000)), ":2"),
        (format!("\na: {{{{ {}1 }}}}", "not ".repeat(200_000)), ":2"),
        (format!("\na: {{{{ []{} }}}}", "|items".repeat(100_000)), ":2"),
        (format!("\na: {{{{ text{} }}}}", "()".repeat(500_000)), ":2"),
        (format!("\na: {{{{ 1{} }}}}", " if 1 else 1".repeat(80_000)), ":2"),
        // Behind more columns than the engine counts.
        (format!("\na: {}{{{{ ) }}}}", "x".repeat(65_535)), ":2"),
        // As many as may be.
        (format!("\na: {{{{ identity{} }}}}", ".b".repeat(499)), ":2"),
        (format!("\na: {{{{ {}nothing }}}}", "-".repeat(998)), ":2"),
        (format!("\n{{% if 0 %}}{}{{% else %}}{{{{ {}nothing }}}}{{% endif %}}", "{% elif 0 %}".repeat(1000), "not ".repeat(998)), ":2"),
        ("{% for a in [1,2,3,4,5,6,7,8,9] %}{% for b in [1,2,3,4,5,6,7,8,9] %}{% for c in [1,2,3,4,5,6,7,8,9] %}{% for d in [1,2,3,4,5,6,7,8,9] %}\n- {{ partial(\"partials/security-context-pod.yaml.j2\", overlay={}) }}\n{% endfor %}{% endfor %}{% endfor %}{% endfor %}\n".to_owned(), ":"),
    ] {
        let started = Instant::now();
        let run = with_template("service.yaml.j2", &text);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}\n{}", &text[..40], run.stderr);
        assert!(run.stderr.contains(&format!("(DIR/service.yaml.j2{line}")), "{}\n{}", &text[..40], run.stderr);
        assert!(run.stderr.lines().count() == 1, "{}", run.stderr);
        assert!(started.elapsed() < Duration::from_secs(10), "{}", &text[..40]);
    }
}

#[test]
fn only_templates_that_exist_are_shadowed() {
    let run = with_template("statefulst.yaml.j2", "x: 1\n");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("statefulset.yaml.j2"), "{}", run.stderr);
    assert_eq!(with_template(".gitignore", "x").code, 0);
    refused(&["render", "--template-dir", "/nowhere"]);
}

#[test]
fn an_empty_directory_of_templates_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let stream = done(&["render", "--template-dir", path(directory.path())]);
    assert_eq!(stream, done(&["render"]));
    assert!(
        objects(&stream)
            .iter()
            .all(|object| object.at(&["kind"]).and_then(Value::as_str).is_some())
    );
}
