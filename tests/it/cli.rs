//! The command line as a user meets it: streams, exit codes, and that nothing but the inputs decides.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use crate::support::{Run, cases, finish, objects, program, refused, run, run_with};
use cachegen::yaml::Value;

#[test]
fn a_render_writes_data_only() {
    let Run {
        stdout,
        stderr,
        code,
    } = run(&["render"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(
        stdout.starts_with("---\n# Source: cachegen/templates/"),
        "{stdout}"
    );
    assert!(stdout.ends_with('\n') && !stdout.ends_with("\n\n"));
    assert!(stdout.lines().all(|line| !line.ends_with(' ')));
}

#[test]
fn the_command_that_makes_the_secret_can_be_pasted() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("it's $(mine) now.yaml");
    std::fs::write(&file, "x-a: 1\n").unwrap();
    let Run { stderr, code, .. } = run(&["render", "-v", "-f", file.to_str().unwrap()]);
    assert_eq!(code, 0, "{stderr}");
    let command = stderr
        .lines()
        .find_map(|line| line.trim().strip_prefix("cachegen "))
        .and_then(|line| line.strip_suffix(" | kubectl create -f -"))
        .unwrap_or_else(|| panic!("{stderr}"));
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &format!("printf '%s\\n' {command}")]);
    let words = finish(shell, b"").stdout;
    assert_eq!(words.lines().last(), file.to_str(), "{command}");
}

#[test]
fn the_secret_is_made_where_the_objects_go_and_by_the_same_profile() {
    let directory = tempfile::tempdir().unwrap();
    let lite = directory.path().join("lite.yaml");
    std::fs::write(&lite, "profile: lite\n").unwrap();
    let lite = lite.to_str().unwrap();
    for (arguments, words) in [
        (&["--no-namespace"][..], " --no-namespace"),
        (
            &["--profile", "standard", "-f", lite],
            &format!(" -n default --profile standard -f {lite}"),
        ),
    ] {
        let run_of = |command: &str| run(&[&[command], arguments, &["-v"]].concat());
        let rendered = run_of("render");
        let command = format!("cachegen secret alerthistory{words} | kubectl create -f -\n");
        assert!(rendered.stderr.contains(&command), "{}", rendered.stderr);
        let secret = run(&[&["secret"], arguments].concat());
        let namespace = |stream: &str| objects(stream)[0].at(&["metadata", "namespace"]).cloned();
        assert_eq!(namespace(&secret.stdout), namespace(&rendered.stdout));
    }
}

#[test]
fn a_command_is_described_alike_by_its_help_its_page_and_that_of_the_program() {
    let program = run(&["--help"]).stdout;
    let (_, commands) = program.split_once("Commands:\n").unwrap();
    let mut n_commands = 0;
    for line in commands.lines().take_while(|line| !line.is_empty()) {
        // A description that is long goes on in a line of its own.
        let Some((name, about)) = line.trim().split_once("  ") else {
            continue;
        };
        if name == "help" {
            continue;
        }
        n_commands += 1;
        let help = run(&[name, "--help"]).stdout;
        let described = help.lines().next().unwrap();
        assert!(described.starts_with(about.trim()), "{described}");
        let page = run(&["man", name]).stdout.replace("\\-", "-");
        assert!(
            page.contains(&format!("\ncachegen-{name} - {described}\n")),
            "{page}"
        );
        let version = format!("cachegen {}", env!("CARGO_PKG_VERSION"));
        assert!(page.contains(&version), "{page}");
    }
    assert_eq!(n_commands, 10);
}

#[test]
fn the_version_is_that_of_the_package_and_the_commit_follows_where_it_is_known() {
    let Run { stdout, code, .. } = run(&["--version"]);
    let said = stdout.trim_end().strip_prefix("cachegen ").unwrap();
    let (version, commit) = said.split_once(' ').unwrap_or((said, ""));
    assert_eq!((code, version), (0, env!("CARGO_PKG_VERSION")));
    assert!(
        commit.is_empty() || commit.starts_with('(') && commit.ends_with(')'),
        "{said}"
    );
}

#[test]
fn help_that_cannot_be_written_is_told() {
    for flag in ["--help", "--version"] {
        let mut command = program();
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        command.arg(flag).stdout(full.unwrap());
        let output = command.stderr(Stdio::piped()).spawn().unwrap();
        let output = output.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        let start = "error: cannot write to standard output: ";
        assert!(words.starts_with(start), "{words}");
    }
}

#[test]
fn the_same_flags_are_asked_for_where_there_were_some() {
    let said = |arguments: &[&str]| {
        let run = run(&[&["render", "-v"], arguments].concat());
        run.stderr.contains("with the same --set")
    };
    assert!(!said(&[]));
    for flag in ["--set", "--set-string", "--set-literal"] {
        assert!(said(&[flag, "podLabels.a=b"]), "{flag}");
    }
}

#[test]
fn the_codes_of_rules_are_completed() {
    let script = run(&["completions", "bash"]).stdout;
    for code in ["cpu-limit", "unused-waiver"] {
        assert!(script.contains(&format!(" {code} ")), "{code}");
    }
}

#[test]
fn whether_a_command_line_can_be_read_is_told_without_running_it() {
    assert!(cachegen::cli::takes([
        "cachegen",
        "diff",
        "--against-rev",
        "HEAD"
    ]));
    assert!(!cachegen::cli::takes(["cachegen", "diff", "--against-rev"]));
}

#[test]
fn verbose_names_the_secret_and_the_command_that_makes_it() {
    let Run { stderr, code, .. } = run(&["render", "cache", "-n", "tiers", "-v"]);
    assert_eq!(code, 0);
    assert!(
        stderr.contains("cache-redis-secret")
            && stderr.contains("cachegen secret cache -n tiers | kubectl create -f -"),
        "{stderr}"
    );
}

#[test]
fn what_cannot_be_done_is_exit_code_2_and_no_data() {
    for arguments in [
        &["render", "-f", "no-such-file.yaml"][..],
        &["render", "-f", "."],
        &["render", "-f", "-", "-f", "-"],
        &["render", "--set", "valkey.enable=true"],
        &["render", "--set", "valkey"],
        &["render", "--profile", "standrad"],
        &["render", "--kube-version", "1.12"],
        &["render", "-s", "Deployment/x"],
        &["render", "Under_score"],
        &["render", "-n", "Under_score"],
        &["render", "-n", "a", "--no-namespace"],
        &["render", "a-name-that-is-one-character-longer-than-it-may"],
        &["rendre"],
        &[],
        &["secret", "--profile", "lite"],
        &["secret", "--set", "valkey.password.value=x"],
        &[
            "secret",
            "--set",
            "externalSecrets.enabled=true,externalSecrets.secretStore=s,externalSecrets.keyPath=k",
        ],
    ] {
        assert!(!refused(arguments).is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_longest_name_renders() {
    let name = "a-name-that-is-exactly-as-long-as-it-may-be-ok";
    assert_eq!(name.len(), 46);
    assert_eq!(run(&["render", name]).code, 0);
}

#[test]
fn a_full_disk_is_told() {
    let mut command = program();
    command.args(["render"]).stdout(
        std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap(),
    );
    let output = command
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .starts_with("error: cannot write to standard output: ")
    );
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = program()
        .arg("render")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (
            output.status.code(),
            output.status.signal(),
            output.stderr.len()
        ),
        (Some(0), None, 0)
    );
}

#[test]
fn nothing_but_the_inputs_decides() {
    for case in cases() {
        let usual = case.render();
        let mut command = program();
        command.env_clear().envs([
            ("TZ", "Asia/Kathmandu"),
            ("LANG", "tr_TR.UTF-8"),
            ("LC_ALL", "C"),
            ("HOME", "/nowhere"),
            ("USER", "nobody"),
            ("KUBECONFIG", "/nowhere/config"),
            ("COLUMNS", "40"),
            ("TERM", "dumb"),
        ]);
        command.current_dir("/");
        let values = case.directory.join("values.yaml");
        command.arg("render");
        if values.exists() {
            command.arg("-f").arg(&values);
        }
        command.args(case.arguments());
        let changed = finish(command, b"");
        assert_eq!(
            (changed.code, &changed.stdout),
            (usual.code, &usual.stdout),
            "{}",
            case.name
        );
        let path = values.display().to_string();
        assert_eq!(
            changed.stderr.replace(&path, "values.yaml"),
            usual.stderr,
            "{}",
            case.name
        );
    }
}

#[test]
fn a_secret_has_the_names_and_keys_of_the_render() {
    for arguments in [
        &[][..],
        &["cache", "-n", "tiers"],
        &[
            "--set",
            "valkey.password.existingSecret=auth,valkey.password.secretKey=redis,valkey.password.adminKey=root",
        ],
    ] {
        let secret = run(&[&["secret"], arguments].concat());
        let render = run(&[&["render"], arguments].concat());
        assert_eq!(
            (secret.code, secret.stderr.as_str(), render.code),
            (0, "", 0)
        );
        let [secret] = &objects(&secret.stdout)[..] else {
            panic!("one object")
        };
        let text = |path: &[&str]| secret.at(path).and_then(Value::as_str).unwrap().to_owned();
        assert_eq!(text(&["kind"]), "Secret");
        assert!(
            render
                .stdout
                .contains(&format!("secretName: {}\n", text(&["metadata", "name"])))
        );
        let data = secret.at(&["data"]).and_then(Value::as_mapping).unwrap();
        for (key, value) in data.iter() {
            assert!(render.stdout.contains(&format!("'{key}'")), "{key}");
            let password = decoded(value);
            assert!(
                password.len() == 32 && password.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                "{password}"
            );
        }
        assert_eq!(data.len(), if arguments.len() == 2 { 2 } else { 4 });
    }
}

#[test]
fn passwords_are_drawn_anew_and_evenly() {
    let mut counts = std::collections::BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..60 {
        for object in objects(&run(&["secret"]).stdout) {
            for (_, value) in object
                .at(&["data"])
                .and_then(Value::as_mapping)
                .unwrap()
                .iter()
            {
                let password = decoded(value);
                assert!(seen.insert(password.clone()));
                password
                    .chars()
                    .for_each(|c| *counts.entry(c).or_insert(0u32) += 1);
            }
        }
    }
    // 60 x 4 x 32 characters, 62 of a kind: 124 of each are expected, and 8 standard deviations are 88.
    assert_eq!(counts.len(), 62);
    assert!(
        counts.values().all(|n| (36..=212).contains(n)),
        "{counts:?}"
    );
}

#[test]
fn passwords_do_not_appear_on_a_terminal_unless_asked_for() {
    let script = |arguments: &str| {
        let mut command = std::process::Command::new("script");
        command.args([
            "-qec",
            &format!("{} secret {arguments}", env!("CARGO_BIN_EXE_cachegen")),
            "/dev/null",
        ]);
        finish(command, b"")
    };
    let refused = script("");
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .stdout
            .contains("passwords are not written to a terminal")
            && !refused.stdout.contains("kind: Secret")
    );
    let shown = script("--show");
    assert_eq!(shown.code, 0);
    assert!(shown.stdout.contains("kind: Secret"));
}

#[test]
fn standard_input_and_files_are_layers_in_their_order() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        file.path(),
        "valkey: {settings: {loglevel: warning, maxmemory: 1gb}}",
    )
    .unwrap();
    let path = file.path().to_str().unwrap();
    let loglevel = |arguments: &[&str]| {
        let run = run_with(arguments, b"valkey: {settings: {loglevel: debug}}");
        assert_eq!(run.code, 0, "{}", run.stderr);
        let line = run
            .stdout
            .lines()
            .find(|line| line.trim().starts_with("loglevel "))
            .unwrap()
            .trim()
            .to_owned();
        assert!(run.stdout.contains("maxmemory 1073741824"));
        line
    };
    assert_eq!(
        loglevel(&["render", "-f", path, "-f", "-"]),
        "loglevel debug"
    );
    assert_eq!(
        loglevel(&["render", "-f", "-", "-f", path]),
        "loglevel warning"
    );
    assert_eq!(
        loglevel(&[
            "render",
            "-f",
            "-",
            "-f",
            path,
            "--set",
            "valkey.settings.loglevel=verbose"
        ]),
        "loglevel verbose"
    );
}

#[test]
fn the_profile_flag_beats_the_profile_of_the_values() {
    let kinds = |arguments: &[&str]| objects(&run_with(arguments, b"profile: lite").stdout).len();
    assert_eq!(kinds(&["render", "-f", "-"]), 1);
    assert!(kinds(&["render", "-f", "-", "--profile", "standard"]) > 1);
    assert!(kinds(&["render", "-f", "-", "--set", "profile=standard"]) > 1);
}

#[test]
fn show_only_keeps_what_it_names() {
    let sources = |pattern: &str| {
        let run = run(&["render", "-s", pattern]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        objects(&run.stdout).len()
    };
    assert_eq!(sources("StatefulSet/alerthistory-redis"), 1);
    assert_eq!(sources("statefulset/*"), 1);
    assert_eq!(sources("templates/statefulset.yaml"), 1);
    assert_eq!(sources("templates/service*"), 5);
    assert_eq!(sources("configmap/*"), 3);
    assert_eq!(sources("*"), objects(&run(&["render"]).stdout).len());
    assert_eq!(sources("*map/*redis*env*"), 1);
    assert_eq!(sources("*map/***env"), 1);
    for pattern in ["*map/*env*redis", "ConfigMap/*env*env", "Config*Map"] {
        assert_eq!(run(&["render", "-s", pattern]).code, 2, "{pattern}");
    }
    // Each star once more would double the work, if each place were tried for each.
    let stars = format!("{}x", "*a".repeat(1000));
    assert_eq!(run(&["render", "-s", &stars]).code, 2);
}

fn decoded(value: &Value) -> String {
    use base64::Engine;
    String::from_utf8(
        base64::prelude::BASE64_STANDARD
            .decode(value.as_str().unwrap())
            .unwrap(),
    )
    .unwrap()
}
