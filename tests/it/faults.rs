//! Surroundings that fail: what is torn away, full, closed, in the way, or in other hands at the same moment.
//!
//! Each run ends with an exit code of its own and the path in its message, and leaves every file as it was or as it becomes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Run, finish, program, run_in};

const PROJECT: &str = "\
renders:
- {name: one, values: [values.yaml], output: one.yaml}
- {name: two, values: [values.yaml], output: out/two.yaml}
- {name: three, values: [values.yaml], output: three/}
";

/// Values of which each renders to other content, and to another number of files.
const VALUES: [&str; 2] = [
    "commonLabels: {of: first}\n",
    "commonLabels: {of: second}\nmonitoring: {prometheusEnabled: false}\n",
];

/// Every file below a directory, hidden ones among them, with what it says.
type Files = BTreeMap<String, String>;

fn files(directory: &Path) -> Files {
    let mut found = Files::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(path) = pending.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().to_str().unwrap();
                found.insert(name.to_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// Tells a file that has not got its name yet from the index.
fn is_temporary(name: &str) -> bool {
    name.ends_with(".cachegen") && !name.ends_with("/.cachegen")
}

fn write(directory: &Path, name: &str, text: &str) {
    fs::write(directory.join(name), text).unwrap();
}

/// A project whose outputs are what the first values render to, and what all its files are with either values.
fn project() -> (tempfile::TempDir, [Files; 2]) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    write(path, "cachegen.yaml", PROJECT);
    let states = [1, 0].map(|state| {
        write(path, "values.yaml", VALUES[state]);
        run_in(path, &["render", "--all"], "").is_silent("");
        files(path)
    });
    let [second, first] = states;
    assert!(first.len() > second.len());
    (directory, [first, second])
}

fn fixing(directory: &Path) -> Command {
    let mut command = program();
    command
        .args(["check", "--fix"])
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Every file is one of those that there may be, as a whole; but for what a killed run leaves, and the index meanwhile.
#[track_caller]
fn are_whole(found: &Files, states: &[Files]) {
    for (name, text) in found {
        let is_whole = states.iter().any(|files| files.get(name) == Some(text));
        let is_between = is_temporary(name) || name == "three/.cachegen";
        assert!(is_whole || is_between, "{name}\n{text}");
    }
    for name in ["one.yaml", "out/two.yaml"] {
        assert!(found.contains_key(name), "{name}");
    }
}

/// Waits until something is so, or the process has ended.
fn until(child: &mut Child, is_so: impl Fn() -> bool) {
    while !is_so() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
}

#[test]
fn a_fix_that_is_killed_at_any_moment_leaves_each_file_old_or_new_and_the_next_one_clears_up() {
    let (directory, states) = project();
    let path = directory.path();
    let started = Instant::now();
    write(path, "values.yaml", VALUES[1]);
    assert_eq!(run_in(path, &["check", "--fix"], "").code, 0);
    let usual = started.elapsed();
    let mut n_between = 0;
    for round in 0..60_u32 {
        let state = usize::try_from(round % 2).unwrap();
        write(path, "values.yaml", VALUES[state]);
        let before = files(path);
        let mut child = fixing(path).spawn().unwrap();
        match round % 6 {
            0 | 1 => until(&mut child, || path.join(".one.yaml.cachegen").exists()),
            2 => until(&mut child, || path.join("out/.two.yaml.cachegen").exists()),
            3 => until(&mut child, || {
                path.join("three/..cachegen.cachegen").exists()
            }),
            // Wherever it is by then.
            _ => std::thread::sleep(usual * round / 60),
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let after = files(path);
        are_whole(&after, &states);
        n_between += usize::from(after != before && after != states[state]);
    }
    assert!(
        n_between > 5,
        "{n_between} of 60 were killed while they wrote"
    );
    // Also where it has nothing else to do: a killed run was about to write what nobody wants any more.
    for name in [
        ".one.yaml.cachegen",
        "out/.two.yaml.cachegen",
        "three/.gone.yaml.cachegen",
    ] {
        write(path, name, "half");
    }
    for state in [0, 1] {
        write(path, "values.yaml", VALUES[state]);
        assert_eq!(run_in(path, &["check", "--fix"], "").code, 0);
        assert_eq!(files(path), states[state]);
        write(path, ".one.yaml.cachegen", "half");
        write(path, "three/.gone.yaml.cachegen", "half");
        run_in(path, &["render", "--all"], "").is_silent("");
        assert_eq!(files(path), states[state]);
    }
}

#[test]
fn of_several_that_fix_at_once_each_leaves_whole_files_and_none_fails() {
    let (directory, states) = project();
    let path = directory.path();
    for round in 0..4 {
        let children: Vec<Child> = (0..6)
            .map(|number| {
                let mut command = fixing(path);
                command.args([
                    "--set",
                    &format!("commonLabels.of={}", (number + round) % 2),
                ]);
                command.spawn().unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{stderr}");
        }
        let found = files(path);
        assert!(found.keys().eq(states[0].keys()), "{:?}", found.keys());
        for (name, text) in &found {
            // Each file is all one's or all the other's.
            let has = |of: &str| text.contains(&format!("    of: {of}\n"));
            let is_output = name.ends_with(".yaml")
                && !["cachegen.yaml", "values.yaml"].contains(&name.as_str());
            assert!(!is_output || has("\"0\"") != has("\"1\""), "{name}\n{text}");
        }
        assert_eq!(run_in(path, &["check", "--fix"], "").code, 0);
        assert_eq!(files(path), states[0]);
    }
}

/// Runs commands of a shell in a mount namespace of their own, with `$0` a directory to mount on, `$1` a project and `$2`
/// the program; and copies what is left there back into the project.
fn mounted(project: &Path, options: &str, commands: &str) -> Run {
    let place = tempfile::tempdir().unwrap();
    let script = format!(
        "mount -t tmpfs -o {options} tmpfs \"$0\" && cp -r \"$1\"/. \"$0\" && cd \"$0\" || exit 99\n{commands}\ncode=$?\n\
         rm -f fill; cp -r . \"$1\"; exit $code"
    );
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--mount", "--", "sh", "-c", &script])
        .args([place.path(), project])
        .arg(env!("CARGO_BIN_EXE_cachegen"));
    finish(command, b"")
}

#[test]
#[ignore = "needs mount namespaces"]
fn a_disk_that_is_full_is_told_and_every_file_stays_as_it_was() {
    for arguments in [
        "check --fix",
        "render --all",
        "check --fix out/two.yaml two -f values.yaml",
        "check --fix three two -f values.yaml",
        "render --output-dir three -f values.yaml",
    ] {
        let (directory, _) = project();
        let path = directory.path();
        write(path, "values.yaml", VALUES[1]);
        let before = files(path);
        let commands = format!("head -c 8M /dev/zero >fill 2>/dev/null; \"$2\" {arguments}");
        let run = mounted(path, "size=1m", &commands);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (2, ""),
            "{arguments}: {}",
            run.stderr
        );
        assert!(
            run.stderr.starts_with("error: cannot write to `")
                && run.stderr.contains("No space left on device"),
            "{arguments}: {}",
            run.stderr
        );
        assert_eq!(files(path), before, "{arguments}");
    }
}

#[test]
#[ignore = "needs mount namespaces"]
fn a_disk_that_takes_no_writes_is_told_and_is_read_all_the_same() {
    for (arguments, code) in [
        ("check --fix", 2),
        ("render --all", 2),
        ("check --fix new/two.yaml two -f values.yaml", 2),
        ("render --output-dir three -f values.yaml", 2),
        ("render --output-dir new -f values.yaml", 2),
        ("render -f values.yaml", 0),
        ("check", 1),
        ("diff", 1),
        ("lint --fail-on error", 0),
        ("values -f values.yaml", 0),
        ("explain StatefulSet/alerthistory-redis -f values.yaml", 0),
        ("schema", 0),
    ] {
        let (directory, _) = project();
        let path = directory.path();
        write(path, "values.yaml", VALUES[1]);
        let before = files(path);
        let commands = format!(
            "mount -o remount,ro tmpfs . && \"$2\" {arguments}; code=$?; mount -o remount,rw tmpfs .; (exit $code)"
        );
        let run = mounted(path, "size=8m", &commands);
        assert_eq!(run.code, code, "{arguments}: {}", run.stderr);
        let is_told = run.stderr.starts_with("error: cannot write to `")
            && run.stderr.contains("Read-only file system");
        assert_eq!(is_told, code == 2, "{arguments}: {}", run.stderr);
        assert_eq!(files(path), before, "{arguments}");
    }
}

/// Every command that writes to standard output, with its usual exit code in a project whose outputs are old.
const COMMANDS: [(&[&str], i32); 18] = [
    (&["render"], 0),
    (&["render", "-o", "json"], 0),
    (&["render", "-o", "kyaml"], 0),
    (&["check"], 1),
    (&["check", "-o", "json"], 1),
    (&["diff"], 1),
    (&["diff", "-o", "markdown"], 1),
    (&["lint"], 1),
    (&["lint", "-o", "sarif"], 1),
    (&["lint", "--explain", "floating-tag"], 0),
    (&["values", "--origin"], 0),
    (
        &["explain", "StatefulSet/alerthistory-redis:spec.replicas"],
        0,
    ),
    (&["schema"], 0),
    (&["secret"], 0),
    (&["completions", "bash"], 0),
    (&["man"], 0),
    (&["--help"], 0),
    (&["--version"], 0),
];

/// A project whose outputs are not what the values render to, with something for lint.
fn outdated() -> tempfile::TempDir {
    let (directory, _) = project();
    let values = format!(
        "{}valkey: {{image: {{tag: latest}}, engine: redis, version: '7.2'}}\n",
        VALUES[1]
    );
    write(directory.path(), "values.yaml", &values);
    directory
}

#[test]
fn whoever_reads_the_output_may_stop_and_the_exit_code_stays() {
    let directory = outdated();
    for (arguments, code) in COMMANDS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = program();
        command.args(arguments).current_dir(directory.path());
        let output = command
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(
            !stderr.contains("panicked") && !stderr.contains("pipe"),
            "{arguments:?}: {stderr}"
        );
    }
}

#[test]
fn an_output_that_takes_nothing_is_told() {
    let directory = outdated();
    for (arguments, _) in COMMANDS {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut command = program();
        command.args(arguments).current_dir(directory.path());
        let output = command
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(
            stderr.starts_with("error: cannot write to standard output: No space left on device"),
            "{arguments:?}: {stderr}"
        );
    }
    // Where the words cannot be said either, the exit code says it.
    for (arguments, _) in COMMANDS {
        let full = || {
            fs::OpenOptions::new()
                .write(true)
                .open("/dev/full")
                .unwrap()
        };
        let mut command = program();
        command.args(arguments).current_dir(directory.path());
        let status = command.stdout(full()).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_path_by_every_command() {
    let directory = outdated();
    let path = directory.path();
    symlink("loop", path.join("loop")).unwrap();
    let huge = fs::File::create(path.join("huge.yaml")).unwrap();
    huge.set_len(1 << 40).unwrap();
    fs::create_dir(path.join("listed")).unwrap();
    let index = fs::File::create(path.join("listed/.cachegen")).unwrap();
    index.set_len(1 << 40).unwrap();
    for values in [
        "loop",
        "huge.yaml",
        "/proc/self/mem",
        "three",
        "one.yaml/x",
        "nowhere",
    ] {
        for command in [
            &["render"][..],
            &["render", "--output-dir", "new"],
            &["check", "one.yaml"],
            &["check", "one.yaml", "--fix"],
            &["diff", "--against", "one.yaml"],
            &["lint"],
            &["lint", "-o", "sarif"],
            &["values"],
            &["explain", "StatefulSet/alerthistory-redis"],
            &["secret"],
        ] {
            let arguments = [command, &["-f", values]].concat();
            is_refused(path, &arguments, values);
        }
        is_refused(path, &["diff", "one", "--against-values", values], values);
    }
    for (arguments, told) in [
        (&["check", "huge.yaml"][..], "huge.yaml"),
        (&["check", "huge.yaml", "--fix"], "huge.yaml"),
        (&["check", "loop"], "loop"),
        (&["check", "listed"], "listed/.cachegen"),
        (&["check", "listed/", "--fix"], "listed/.cachegen"),
        (&["check", "one.yaml/x"], "one.yaml/x"),
        (&["render", "--output-dir", "listed"], "listed/.cachegen"),
        (&["render", "--output-dir", "one.yaml"], "one.yaml"),
        (&["render", "--output-dir", "one.yaml/x"], "one.yaml/x"),
        (&["diff", "--against", "huge.yaml"], "huge.yaml"),
        (&["diff", "--against", "listed"], "listed/.cachegen"),
        (&["diff", "--against", "loop"], "loop"),
        (&["diff", "--against", "nowhere"], "nowhere"),
        (&["render", "--template-dir", "loop"], "loop"),
        (
            &["check", "one.yaml", "--template-dir", "nowhere"],
            "nowhere",
        ),
        (&["lint", "--template-dir", "one.yaml"], "one.yaml"),
        (&["explain", "Service/x", "--template-dir", "loop"], "loop"),
    ] {
        is_refused(path, arguments, told);
    }
    fs::remove_file(path.join("cachegen.yaml")).unwrap();
    symlink("loop", path.join("cachegen.yaml")).unwrap();
    for arguments in [&["check"][..], &["diff"], &["render", "--all"], &["lint"]] {
        is_refused(path, arguments, "cachegen.yaml");
    }
    assert!(!path.join("new").exists());
}

#[track_caller]
fn is_refused(directory: &Path, arguments: &[&str], told: &str) {
    let run = run_in(directory, arguments, "");
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (2, ""),
        "{arguments:?}: {}",
        run.stderr
    );
    let first = run.stderr.lines().next().unwrap_or_default();
    assert!(
        first.starts_with("error: ") && first.contains(told),
        "{arguments:?}: {}",
        run.stderr
    );
}

#[test]
fn a_link_is_not_followed_whatever_stands_behind_it() {
    let (directory, states) = project();
    let path = directory.path();
    let victim = tempfile::tempdir().unwrap();
    write(victim.path(), "mine.yaml", "precious");
    fs::remove_dir_all(path.join("three")).unwrap();
    symlink(victim.path(), path.join("three")).unwrap();
    fs::remove_file(path.join("one.yaml")).unwrap();
    symlink(victim.path().join("mine.yaml"), path.join("one.yaml")).unwrap();
    for arguments in [
        &["render", "--output-dir", "three"][..],
        &["render", "--output-dir", "three/"],
        &["render", "--output-dir", "three/."],
        &["render", "--output-dir", "three//"],
        &["check", "three", "--fix"],
        &["check", "three/", "--fix"],
        &["check", "three/.", "--fix"],
        &["check", "one.yaml", "--fix"],
        &["check", "--fix"],
        &["render", "--all"],
    ] {
        let run = run_in(path, arguments, "");
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (2, ""),
            "{arguments:?}: {}",
            run.stderr
        );
        assert!(
            run.stderr.contains("is no directory") || run.stderr.contains("is no file"),
            "{arguments:?}: {}",
            run.stderr
        );
    }
    assert_eq!(
        files(victim.path()),
        Files::from([("mine.yaml".to_owned(), "precious".to_owned())])
    );
    assert_eq!(
        fs::read_to_string(path.join("out/two.yaml")).unwrap(),
        states[0]["out/two.yaml"]
    );
}

/// Runs a command that reads `pipe`; once it has opened that, and thus read what comes before, does something to the
/// directory, and then gives it values.
fn interrupted(directory: &Path, arguments: &[&str], deed: impl FnOnce(&Path)) -> Run {
    let pipe = directory.join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let mut command = program();
    command.args(arguments).current_dir(directory);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let mut writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    deed(directory);
    std::io::Write::write_all(&mut writer, VALUES[1].as_bytes()).unwrap();
    drop(writer);
    let output = child.wait_with_output().unwrap();
    fs::remove_file(&pipe).unwrap();
    Run {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap_or(-1),
    }
}

#[test]
fn what_vanishes_while_a_command_runs_is_told_or_made_anew() {
    type Deed = fn(&Path);
    let no_values: Deed = |path| fs::remove_file(path.join("values.yaml")).unwrap();
    let no_one: Deed = |path| fs::remove_file(path.join("one.yaml")).unwrap();
    let no_out: Deed = |path| fs::remove_dir_all(path.join("out")).unwrap();
    let file_for_out: Deed = |path| {
        fs::remove_dir_all(path.join("out")).unwrap();
        write(path, "out", "mine");
    };
    let link_for_three: Deed = |path| {
        fs::rename(path.join("three"), path.join("elsewhere")).unwrap();
        symlink("elsewhere", path.join("three")).unwrap();
    };
    let both = "pipe,values.yaml";
    for (arguments, deed, code, told) in [
        (
            &["render", "-f", both][..],
            no_values,
            2,
            "cannot read `values.yaml`",
        ),
        (
            &["check", "one.yaml", "-f", both],
            no_values,
            2,
            "cannot read `values.yaml`",
        ),
        (
            &["check", "one.yaml", "--fix", "-f", both],
            no_values,
            2,
            "cannot read `values.yaml`",
        ),
        (
            &["diff", "--against", "one.yaml", "-f", both],
            no_values,
            2,
            "cannot read `values.yaml`",
        ),
        (
            &["lint", "-f", both],
            no_values,
            2,
            "cannot read `values.yaml`",
        ),
        (
            &["values", "-f", both],
            no_values,
            2,
            "cannot read `values.yaml`",
        ),
        (
            &["explain", "Service/a", "-f", both],
            no_values,
            2,
            "cannot read `values.yaml`",
        ),
        (
            &["secret", "-f", both],
            no_values,
            2,
            "cannot read `values.yaml`",
        ),
        (
            &[
                "render",
                "-f",
                "pipe",
                "--set-file",
                "client.env.A=values.yaml",
            ],
            no_values,
            2,
            "the file cannot be read: No such file",
        ),
        // It was read before.
        (
            &["diff", "--against", "one.yaml", "-f", "pipe"],
            no_one,
            1,
            "",
        ),
        (
            &["check", "one.yaml", "-f", "pipe"],
            no_one,
            1,
            "nothing is there yet",
        ),
        (
            &["check", "one.yaml", "--fix", "-f", "pipe"],
            no_one,
            0,
            "`one.yaml` is written anew",
        ),
        (
            &["check", "out/two.yaml", "--fix", "-f", "pipe"],
            no_out,
            0,
            "`out/two.yaml` is written anew",
        ),
        (
            &["check", "out/two.yaml", "--fix", "-f", "pipe"],
            file_for_out,
            2,
            "`out/two.yaml`",
        ),
        (
            &["render", "-f", "pipe", "--output-dir", "out"],
            file_for_out,
            2,
            "`out` is no directory",
        ),
        (
            &["render", "-f", "pipe", "--output-dir", "three"],
            link_for_three,
            2,
            "`three` is no directory",
        ),
        (
            &["check", "three/", "--fix", "-f", "pipe"],
            link_for_three,
            2,
            "`three/` is no directory",
        ),
    ] {
        let (directory, [before, _]) = project();
        let path = directory.path();
        let run = interrupted(path, arguments, deed);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
        let after = files(path);
        for (name, text) in &after {
            let is_new = code == 0 && ["one.yaml", "out/two.yaml"].contains(&name.as_str());
            let home = name.replace("elsewhere/", "three/");
            assert!(
                is_new || before.get(&home) == Some(text) || text == "mine",
                "{arguments:?}: {name}"
            );
        }
        assert!(
            !after.keys().any(|name| is_temporary(name)),
            "{arguments:?}: {:?}",
            after.keys()
        );
    }
}

#[test]
fn a_file_that_comes_and_goes_is_there_or_is_not() {
    let (directory, _) = project();
    let path = directory.path();
    write(path, "values.yaml", VALUES[1]);
    let is_over = std::sync::atomic::AtomicBool::new(false);
    let ordering = std::sync::atomic::Ordering::Relaxed;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let pairs = ["one.yaml", "three/service-three-redis.yaml"]
                .map(|name| (path.join(name), path.join("away")));
            while !is_over.load(ordering) {
                for (here, away) in &pairs {
                    fs::rename(here, away).unwrap();
                    std::thread::sleep(Duration::from_micros(300));
                    fs::rename(away, here).unwrap();
                    std::thread::sleep(Duration::from_micros(300));
                }
            }
        });
        for round in 0..20 {
            let arguments = [
                &["check", "one.yaml", "one", "-f", "values.yaml"][..],
                &["check", "three", "three", "-f", "values.yaml"],
                &["diff", "three", "--against", "three", "-f", "values.yaml"],
                &["diff", "one", "--against", "one.yaml", "-f", "values.yaml"],
            ][round % 4];
            let run = run_in(path, arguments, "");
            let is_told = match run.code {
                1 => !run.stderr.contains("error"),
                2 => run.stderr.starts_with("error: cannot read `") && run.stdout.is_empty(),
                _ => false,
            };
            assert!(is_told, "{arguments:?}: {} {}", run.code, run.stderr);
        }
        is_over.store(true, ordering);
    });
}
