//! Inputs and surroundings that mean harm: what is huge, deep, endless, unreadable, torn away or not text.
//!
//! Each run has to end by itself, within bounds of time and memory, with an exit code of its own.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Run, finish, program, run, run_with};

/// Bytes of a huge input.
const HUGE: usize = 10_000_000;

/// The program under limits of the kernel's: 20 s of CPU time, which an unoptimised build may take where the machine is
/// busy, and 512 MiB of memory.
fn limited() -> Command {
    let mut command = Command::new("prlimit");
    command
        .args(["--cpu=20", "--as=536870912"])
        .arg(env!("CARGO_BIN_EXE_cachegen"));
    command
}

/// Repeats a line, numbered, below a head, to the size of a huge input.
fn lines(head: &str, line: impl Fn(usize) -> String) -> String {
    let mut text = head.to_owned();
    for number in 0.. {
        if text.len() >= HUGE {
            break;
        }
        text += &line(number);
    }
    text
}

/// Almost as many lines, below a head, as a file may have keys.
fn some(head: &str, line: impl Fn(usize) -> String) -> String {
    part(head, 120_000, line)
}

/// So many lines below a head.
fn part(head: &str, n_lines: usize, line: impl Fn(usize) -> String) -> String {
    head.to_owned() + &(0..n_lines).map(line).collect::<String>()
}

#[test]
#[ignore = "takes a minute"]
fn ten_megabytes_of_anything_are_read_or_refused_within_bounds() {
    let env = "client:\n  env:\n";
    for (what, text) in [
        (
            "one text",
            format!("{env}    A: \"{}\"\n", "x".repeat(HUGE)),
        ),
        (
            "one escaped text",
            format!("{env}    A: \"{}\"\n", "\\\"".repeat(HUGE / 2)),
        ),
        ("keys", lines(env, |n| format!("    A{n}: x\n"))),
        ("equal keys", lines(env, |_| "    A: x\n".to_owned())),
        ("unknown keys", lines("", |n| format!("key{n}: x\n"))),
        ("a key", format!("{}: x\n", "k".repeat(HUGE))),
        (
            "one line of keys",
            lines("client: {env: {", |n| format!("A{n}: x, ")) + "}}",
        ),
        (
            "settings",
            lines("valkey:\n  settings:\n    extra:\n", |n| {
                format!("      dir{n}: x\n")
            }),
        ),
        (
            "labels",
            lines("commonLabels:\n", |n| format!("  a{n}: x\n")),
        ),
        (
            "objects",
            lines("extraObjects:\n", |n| {
                format!("- {{apiVersion: v1, kind: ConfigMap, metadata: {{name: x{n}}}}}\n")
            }),
        ),
        (
            "variables",
            lines("valkey:\n  extraEnv:\n", |n| {
                format!("  - {{name: A{n}, value: x}}\n")
            }),
        ),
        (
            "items",
            format!("extraObjects:\n- [{}]\n", "1,".repeat(HUGE / 2)),
        ),
        ("documents", "---\na: b\n".repeat(HUGE / 9)),
        ("brackets", "[".repeat(HUGE)),
        // Of as many as may be.
        (
            "few keys",
            some(env, |n| format!("    A{n}: {}\n", "x".repeat(80))),
        ),
        (
            "few unknown keys",
            some("", |n| format!("key{n}: {}\n", "x".repeat(80))),
        ),
        ("few nulls", some(env, |n| format!("    A{n}: null\n"))),
        (
            "few labels",
            some("commonLabels:\n", |n| {
                format!("  a{n}: {}\n", "x".repeat(63))
            }),
        ),
        (
            "few settings",
            some("valkey:\n  settings:\n    extra:\n", |n| {
                format!("      dir{n}: {}\n", "x".repeat(80))
            }),
        ),
        (
            "few variables",
            part("valkey:\n  extraEnv:\n", 49_000, |n| {
                format!("  - {{name: A{n}, value: x}}\n")
            }),
        ),
        (
            "few containers",
            part("valkey:\n  extraContainers:\n", 49_000, |n| {
                format!("  - {{name: c{n}, image: x}}\n")
            }),
        ),
        (
            "few variables of a container",
            part(
                "valkey:\n  extraContainers:\n  - name: c\n    image: x\n    env:\n",
                49_000,
                |n| format!("    - {{name: A{n}, value: x}}\n"),
            ),
        ),
        (
            "few mounts",
            part("valkey:\n  extraVolumes:\n", 22_000, |n| {
                format!("  - {{name: v{n}, emptyDir: {{}}}}\n")
            }) + &part("  extraVolumeMounts:\n", 22_000, |n| {
                format!("  - {{name: v{n}, mountPath: /m/{n}}}\n")
            }),
        ),
        (
            "few mounts of volumes that there are not",
            part("valkey:\n  extraVolumes:\n", 22_000, |n| {
                format!("  - {{name: v{n}, emptyDir: {{}}}}\n")
            }) + &part("  extraVolumeMounts:\n", 22_000, |n| {
                format!("  - {{name: w{n}, mountPath: /m/{n}}}\n")
            }),
        ),
        (
            "few constraints",
            part("topologySpreadConstraints:\n", 35_000, |n| {
                format!("- {{maxSkew: 1, topologyKey: k{n}, whenUnsatisfiable: DoNotSchedule}}\n")
            }),
        ),
        (
            "few sysctls",
            part("podSecurityContext:\n  sysctls:\n", 49_000, |n| {
                format!("  - {{name: net.a{n}, value: '1'}}\n")
            }),
        ),
        (
            "few secrets",
            part("imagePullSecrets:\n", 80_000, |n| {
                format!("- {{name: a{n}}}\n")
            }),
        ),
        (
            "few documents",
            part("", 30_000, |n| {
                format!("---\nclient: {{env: {{A{n}: b}}}}\n")
            }),
        ),
        (
            "few equal objects",
            part("extraObjects:\n", 20_000, |n| {
                format!(
                    "- {{apiVersion: v1, kind: ConfigMap, metadata: {{name: x, namespace: n{n}}}}}\n"
                )
            }),
        ),
        (
            "few objects",
            some("extraObjects:\n", |n| match n % 10 {
                0 => format!("- {{apiVersion: apps/v1, kind: Thing, metadata: {{name: x{n}}}}}\n"),
                _ => String::new(),
            }),
        ),
        (
            "few items that are no maps",
            part("imagePullSecrets:\n", 240_000, |n| format!("- x{n}\n")),
        ),
        (
            "few items with unknown keys",
            part("valkey:\n  extraContainers:\n", 80_000, |n| {
                format!("  - {{nmae: a{n}}}\n")
            }),
        ),
        (
            "few passwords",
            some(env, |n| {
                format!("    A{n}: redis://u:secret{n}@host:6379/0\n")
            }),
        ),
        (
            "few waived passwords",
            some(env, |n| {
                format!("    A{n}: redis://u:s@h # cachegen: allow plaintext-password x\n")
            }),
        ),
        (
            "few tags",
            part("x-a:\n", 120_000, |_| "- !x y\n".to_owned())
                + &part("commonLabels:\n", 40_000, |n| format!("  a{n}: [b]\n")),
        ),
        (
            "mistakes in one line",
            part("{client: {env: {", 60_000, |n| {
                format!("A{n}: [{}], ", "x".repeat(120))
            }) + "}}}",
        ),
        (
            "colons and blanks",
            format!("x: }}\n{}{}", ":".repeat(HUGE / 2), " ".repeat(HUGE / 2)),
        ),
        (
            "password lines that cannot be read",
            lines("x: }\n", |n| format!("password{n}: redis://u:s@h\n")),
        ),
        ("quotes", "'".repeat(HUGE)),
        (
            "aliases",
            format!("x-a: &a x\nx-b: [{}]\n", "*a,".repeat(HUGE / 3)),
        ),
        (
            "merge keys",
            lines("x-a: &a {b: c}\nx-b:\n  <<: [", |_| "*a, ".to_owned()) + "]\n",
        ),
        ("comments", "# no more\n".repeat(HUGE / 10)),
        ("waivers", "# cachegen: allow a b\n".repeat(HUGE / 22)),
    ] {
        for verb in ["render", "lint", "files"] {
            let mut command = limited();
            let directory = tempfile::tempdir().unwrap();
            match verb {
                "files" => command.args(["check", "-f", "-"]).arg(directory.path()),
                verb => command.args([verb, "-f", "-"]),
            };
            let run = finish(command, text.as_bytes());
            let start: String = run.stderr.chars().take(300).collect();
            assert!((0..=2).contains(&run.code), "{verb}, {what}: {start}");
            assert!(run.stderr.len() < 1_000_000, "{verb}, {what}: {start}");
        }
    }
}

#[test]
fn of_mistakes_without_number_the_first_are_shown_and_all_are_counted() {
    let mut text = String::new();
    for number in 0..1000 {
        writeln!(text, "key{number}: x").unwrap();
    }
    let run = run_with(&["render", "-f", "-"], text.as_bytes());
    assert_eq!(run.code, 2);
    assert_eq!(run.stderr.matches("error[unknown-key]").count(), 200);
    assert!(
        run.stderr
            .ends_with("1000 errors, of which 200 are shown, nothing was written\n"),
        "{}",
        &run.stderr[run.stderr.len() - 200..]
    );
    // What is found last may stand first.
    let labels: String = (0..300)
        .map(|number| format!("  a{number}: [1]\n"))
        .collect();
    let text = format!("clusterDomain: a..b\npodLabels:\n{labels}");
    let run = run_with(&["render", "-f", "-"], text.as_bytes());
    let first = run.stderr.lines().nth(1).unwrap_or_default();
    assert_eq!(first.trim(), "--> <stdin>:1:16", "{first}");
}

#[test]
fn more_values_than_can_be_tried_are_not_explained() {
    let text = part("client:\n  env:\n", 2_000, |n| format!("    A{n}: x\n"));
    let arguments = ["explain", "ConfigMap/x-redis-env", "x", "-f", "-"];
    let run = run_with(&arguments, text.as_bytes());
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(
        run.stderr
            .contains("each is tried, which is done of 2000 at most"),
        "{}",
        run.stderr
    );
}

#[test]
fn more_nodes_than_anybody_writes_are_refused_where_they_become_too_many() {
    let text = format!("x-a:\n  [{}]\n", "1,".repeat(300_000));
    let run = run_with(&["render", "-f", "-"], text.as_bytes());
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .starts_with("error[yaml-size]: there are more than 250000 keys and values up to here\n--> <stdin>:2:"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_directive_that_no_config_map_holds_is_refused_before_it_is_taken_apart() {
    let text = format!(
        "valkey: {{settings: {{extra: {{save: '{}'}}}}}}\n",
        "1 ".repeat(2_000_000)
    );
    let run = run_with(&["render", "-f", "-"], text.as_bytes());
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.starts_with(
            "error[invalid-directive]: `save` alone is more than the 1048576 bytes of a ConfigMap\n"
        ),
        "{}",
        &run.stderr[..run.stderr.len().min(300)]
    );
}

#[test]
fn what_cannot_be_read_to_its_end_is_told_with_its_path() {
    for (path, why) in [
        ("/dev/zero", "it is larger than 16 MiB"),
        ("/proc/self/mem", "Input/output error"),
        ("/nowhere/values.yaml", "No such file or directory"),
        ("/", "Is a directory"),
    ] {
        let mut command = limited();
        command.args(["render", "-f", path]);
        let run = finish(command, b"");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{path}");
        assert!(
            run.stderr
                .starts_with(&format!("error: cannot read `{path}`: {why}")),
            "{}",
            run.stderr
        );
        let flag = format!("client.env.A={path}");
        let mut command = limited();
        command.args(["render", "--set-file", &flag]);
        let run = finish(command, b"");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{path}");
        assert!(
            run.stderr.contains(why) && run.stderr.contains(path),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_path_need_not_be_text_and_an_argument_has_to() {
    let directory = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"values-\xff.yaml");
    let path = directory.path().join(name);
    fs::write(&path, "profile: lite\n").unwrap();
    let output_dir = directory.path().join(OsStr::from_bytes(b"out-\xff"));
    let mut command = program();
    command.arg("render").arg("-f").arg(&path);
    command.arg("--output-dir").arg(&output_dir);
    let run = finish(command, b"");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(fs::read_dir(&output_dir).unwrap().count(), 2);

    fs::write(&path, "profil: lite\n").unwrap();
    let mut command = program();
    command.arg("render").arg("-f").arg(&path);
    let run = finish(command, b"");
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("values-\u{fffd}.yaml:1:1"),
        "{}",
        run.stderr
    );

    for flag in ["--set", "-n", "--profile", "-s", "-o"] {
        let mut command = program();
        command
            .args(["render", flag])
            .arg(OsStr::from_bytes(b"client.env.A=\xff"));
        let run = finish(command, b"");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{flag}");
    }
}

#[test]
fn nothing_reaches_the_terminal_that_commands_it() {
    let values = "\"\\e[2Jkey\": \"\\e]0;title\\a\"\nvalkey: {image: {tag: \"\\e[31m\\r\\u009b\"}, settings: {\"a\\eb\": 1}}\n";
    let run = run_with(
        &["render", "-f", "-", "--color", "never"],
        values.as_bytes(),
    );
    assert_eq!(run.code, 2);
    let odd: Vec<char> = run
        .stderr
        .chars()
        .filter(|c| c.is_control() && *c != '\n')
        .collect();
    assert_eq!(odd, [], "{}", run.stderr);
    let run = crate::support::run(&["render", "-f", "no\u{1b}[2J\u{9b}such"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .starts_with("error: cannot read `no\\u{1b}[2J\\u{9b}such`"),
        "{:?}",
        run.stderr
    );
}

#[test]
fn where_nothing_can_be_written_the_path_is_told() {
    for directory in ["/proc/cachegen", "/dev/null", "/dev/null/out"] {
        let run = run(&["render", "--output-dir", directory]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{directory}");
        assert!(run.stderr.contains(directory), "{}", run.stderr);
    }
}

/// The files of a directory, hidden ones among them.
fn files(directory: &Path) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Two renders that differ in content and in number of files.
const RENDERS: [&[&str]; 2] = [
    &["render", "--set", "commonLabels.of=first"],
    &[
        "render",
        "--set",
        "commonLabels.of=second,monitoring.prometheusEnabled=false",
    ],
];

fn into_directory(arguments: &[&str], directory: &Path) -> Command {
    let mut command = program();
    command
        .args(arguments)
        .arg("--output-dir")
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// What each of the two leaves in a directory of its own.
fn alone() -> Vec<Vec<(String, String)>> {
    RENDERS
        .iter()
        .map(|arguments| {
            let directory = tempfile::tempdir().unwrap();
            let output = into_directory(arguments, directory.path())
                .output()
                .unwrap();
            assert!(output.status.success());
            files(directory.path())
        })
        .collect()
}

#[test]
fn of_several_that_write_a_directory_at_once_the_last_one_stands_whole() {
    let alone = alone();
    for _ in 0..5 {
        let scratch = tempfile::tempdir().unwrap();
        let directory = scratch.path().join("out");
        let children: Vec<_> = (0..8)
            .map(|number| {
                into_directory(RENDERS[number % 2], &directory)
                    .spawn()
                    .unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        let found = files(&directory);
        assert!(alone.contains(&found), "{found:?}");
    }
}

#[test]
fn one_that_is_killed_leaves_each_file_whole_and_the_next_one_clears_up() {
    let alone = alone();
    let directory = tempfile::tempdir().unwrap();
    for number in 0..30u64 {
        let mut child = into_directory(RENDERS[number as usize % 2], directory.path())
            .spawn()
            .unwrap();
        // Wherever it is by then.
        std::thread::sleep(std::time::Duration::from_micros(number * 400));
        child.kill().unwrap();
        child.wait().unwrap();
        for (name, text) in files(directory.path()) {
            let is_whole = alone
                .iter()
                .flatten()
                .any(|file| file.0 == name && file.1 == text);
            let is_index = name == ".cachegen";
            assert!(
                is_whole
                    || is_index
                    || name.ends_with(".yaml.cachegen")
                    || name == "..cachegen.cachegen",
                "{name}\n{text}"
            );
        }
    }
    for (arguments, expected) in RENDERS.iter().zip(&alone) {
        let output = into_directory(arguments, directory.path())
            .output()
            .unwrap();
        assert!(output.status.success());
        assert_eq!(files(directory.path()), *expected);
    }
}

#[test]
fn no_failing_run_shows_a_secret_or_writes_one() {
    const CANARY: &str = "canary-3f9a";
    let values = "valkey:\n  password: {value: canary-3f9a}\n  extraEnv: [{name: DB_PASSWORD, value: canary-3f9a}]\n\
                  extraObjects: [{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {a: canary-3f9a}}]\n";
    let scratch = tempfile::tempdir().unwrap();
    let templates = scratch.path().join("templates");
    fs::create_dir(&templates).unwrap();
    fs::write(templates.join("secret.yaml.j2"), "{{ nothing }}\n").unwrap();
    let blocked = scratch.path().join("out");
    fs::create_dir(&blocked).unwrap();
    fs::write(
        blocked.join("secret-alerthistory-redis-secret.yaml"),
        "mine",
    )
    .unwrap();
    let (templates, out) = (templates.to_str().unwrap(), blocked.to_str().unwrap());
    for arguments in [
        &["render", "--set", "a=1"][..],
        &["render", "--set", "valkey.password.existingSecret=x"],
        &["render", "--set", "valkey.password.value.x=1"],
        &[
            "render",
            "--set-json",
            "{\"valkey\":{\"password\":\"canary-3f9a\"}}",
        ],
        &["render", "-f", "/nowhere"],
        &["render", "-s", "Secret/nothing"],
        &["render", "--template-dir", templates],
        &["render", "--output-dir", out],
        &["render", "--output-dir", "/proc/cachegen"],
        &["render", "--kube-version", "0"],
        &["render", "Under_score"],
        &["secret"],
        &["lint", "--set", "a=1"],
        &["lint", "--set", "a=1", "-o", "json"],
        &["lint", "--set", "a=1", "-o", "sarif"],
        &["lint", "--set", "a=1", "-o", "github"],
    ] {
        for further in [&["-f", "-"][..], &["-f", "-", "-v", "--color", "always"]] {
            let Run {
                stdout,
                stderr,
                code,
            } = run_with(&[arguments, further].concat(), values.as_bytes());
            assert_eq!(code, 2, "{arguments:?} {stderr}");
            for text in [stdout, stderr] {
                assert!(
                    !text.contains(CANARY) && !text.contains("Y2FuYXJ5"),
                    "{arguments:?}\n{text}"
                );
            }
        }
    }
    let left = files(&blocked);
    assert!(left.iter().all(|(_, text)| text == "mine"), "{left:?}");
}
