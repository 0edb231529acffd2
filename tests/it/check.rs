//! `cachegen check`: byte for byte, silent where all is well, and able to say how it came to differ.

use std::path::Path;

use crate::diff::repository;
use crate::support::{Run, begin, commit, finish, program, render, run_in, search_path};

fn check(path: &Path, more: &[&str]) -> Run {
    run_in(
        path,
        &[&["check", "out.yaml", "-f", "values.yaml"], more].concat(),
        "",
    )
}

#[test]
fn what_is_as_it_is_rendered_is_passed_in_silence() {
    let directory = repository("commonLabels: {a: b}\n");
    let run = check(directory.path(), &[]);
    run.is_silent("");
    for format in ["json", "kyaml", "yaml"] {
        let rendered = run_in(
            directory.path(),
            &["render", "-f", "values.yaml", "-o", format],
            "",
        )
        .stdout;
        std::fs::write(directory.path().join("out.yaml"), rendered).unwrap();
        assert_eq!(check(directory.path(), &[]).code, 0, "{format}");
    }
}

#[test]
fn a_file_that_is_not_there_yet_is_written_as_its_name_says() {
    let directory = repository("commonLabels: {a: b}\n");
    for (name, start) in [("a.json", "{\n"), ("a.yaml", "---\n"), ("a", "---\n")] {
        let arguments = ["check", "--fix", name, "-f", "values.yaml"];
        assert_eq!(run_in(directory.path(), &arguments, "").code, 0, "{name}");
        let text = std::fs::read_to_string(directory.path().join(name)).unwrap();
        assert!(text.starts_with(start), "{name}: {text}");
    }
}

#[test]
fn changed_inputs_are_told_from_hand_edits() {
    let directory = repository("valkey: {settings: {extra: {hz: 20}}}\n");
    let path = directory.path();
    let committed = std::fs::read_to_string(path.join("out.yaml")).unwrap();
    let edited = committed.replace("cpu: 250m", "cpu: 100m");
    let write = |values: &str, manifests: &str| {
        std::fs::write(path.join("values.yaml"), values).unwrap();
        std::fs::write(path.join("out.yaml"), manifests).unwrap();
        check(path, &[])
    };
    let same = "valkey: {settings: {extra: {hz: 20}}}\n";
    let other = "valkey: {settings: {extra: {hz: 30}}}\n";
    for (values, manifests, change, words) in [
        (
            other,
            &committed,
            "hz: 20 → 30",
            "the inputs changed since commit ",
        ),
        (
            same,
            &edited,
            "requests.cpu: 100m → 250m",
            "the inputs did not change, so it was edited",
        ),
        (
            other,
            &edited,
            "hz: 20 → 30",
            "the inputs changed, and besides it was edited",
        ),
        (
            same,
            &format!("# mine\n{committed}"),
            "",
            "only comments, order or spelling differ",
        ),
    ] {
        let run = write(values, manifests);
        assert_eq!(run.code, 1, "{words}");
        assert!(run.stdout.contains(change), "{words}: {}", run.stdout);
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
        assert_eq!(
            run.stderr
                .contains("containers[redis].resources.requests.cpu"),
            *manifests == edited,
            "{}",
            run.stderr
        );
    }
    // In a pipeline the changed inputs are committed; the output is judged by those that it was committed with.
    write(other, &committed);
    commit(path);
    let run = check(path, &[]);
    assert!(
        run.stderr.contains("the inputs changed since commit "),
        "{}",
        run.stderr
    );
    write(other, &edited);
    commit(path);
    let run = check(path, &[]);
    assert!(run.stderr.contains("so it was edited"), "{}", run.stderr);
}

#[test]
fn what_a_project_file_sets_is_an_input() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let project = |hz: u8| {
        let text =
            format!("renders: [{{output: out.yaml, set: [valkey.settings.extra.hz={hz}]}}]\n");
        std::fs::write(path.join("cachegen.yaml"), text).unwrap();
    };
    project(20);
    run_in(path, &["render", "--all"], "").is_silent("");
    begin(path);
    project(30);
    let run = run_in(path, &["check"], "");
    assert!(
        run.stderr.contains("the inputs changed since commit "),
        "{}",
        run.stderr
    );
}

#[test]
fn a_file_that_was_deleted_from_a_directory_is_new() {
    let directory = repository("{}\n");
    let path = directory.path();
    run_in(
        path,
        &["render", "-f", "values.yaml", "--output-dir", "out"],
        "",
    )
    .is_silent("");
    commit(path);
    std::fs::remove_file(path.join("out/service-alerthistory-redis.yaml")).unwrap();
    for arguments in [
        &["check", "out", "-f", "values.yaml"][..],
        &["diff", "--against", "out", "-f", "values.yaml"],
    ] {
        let run = run_in(path, arguments, "");
        assert_eq!(run.code, 1, "{arguments:?}: {}", run.stderr);
        assert!(
            run.stdout
                .starts_with("none\n  Service/alerthistory-redis: new\n"),
            "{}",
            run.stdout
        );
    }
    let run = run_in(
        path,
        &[
            "diff",
            "--against",
            "out",
            "--against-rev",
            "HEAD",
            "-f",
            "values.yaml",
        ],
        "",
    );
    run.is_silent("at HEAD it is there");
}

#[test]
fn without_git_it_says_that_it_does_not_know() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("values.yaml"), "{}\n").unwrap();
    let run = check(directory.path(), &[]);
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("nothing is there yet"),
        "{}",
        run.stderr
    );
    assert!(
        run.stdout.contains("StatefulSet/alerthistory-redis: new"),
        "{}",
        run.stdout
    );
    std::fs::write(directory.path().join("out.yaml"), "kind: A\n").unwrap();
    let run = check(directory.path(), &[]);
    assert!(
        run.stderr
            .contains("is not known, because git does not have the inputs"),
        "{}",
        run.stderr
    );
}

#[test]
fn fix_says_by_its_exit_code_what_it_is_asked_to_say() {
    for (threshold, code) in [("none", 1), ("restart", 1), ("orphan", 0), ("never", 0)] {
        let directory = repository("{}\n");
        let values = "valkey: {settings: {extra: {hz: 20}}}\n";
        std::fs::write(directory.path().join("values.yaml"), values).unwrap();
        let more = ["--fix", "--exit-code-from", threshold];
        assert_eq!(check(directory.path(), &more).code, code, "{threshold}");
        assert_eq!(check(directory.path(), &more).code, 0, "{threshold}");
    }
}

/// Runs it with a committed file and a threshold, to look and to write; both come to the same exit code.
#[track_caller]
fn comes_to(committed: &str, threshold: &str, code: i32) {
    for mode in [&[][..], &["--fix"]] {
        let directory = repository("{}\n");
        std::fs::write(directory.path().join("out.yaml"), committed).unwrap();
        let more = [mode, &["--exit-code-from", threshold]].concat();
        let run = check(directory.path(), &more);
        assert_eq!(run.code, code, "{mode:?} {threshold}: {}", run.stderr);
    }
}

#[test]
fn bytes_that_mean_the_same_are_found_unless_only_consequences_are_asked_for() {
    let committed = format!("# mine\n{}", render("{}"));
    for (threshold, code) in [("none", 1), ("restart", 0), ("data-risk", 0), ("never", 0)] {
        comes_to(&committed, threshold, code);
    }
}

#[test]
fn what_cannot_be_understood_may_have_been_anything() {
    for (threshold, code) in [("none", 1), ("restart", 1), ("data-risk", 1), ("never", 0)] {
        comes_to("a: [\n", threshold, code);
    }
}

#[test]
fn quiet_says_only_what_is_wrong() {
    let directory = repository("{}\n");
    let path = directory.path();
    std::fs::write(path.join("out.yaml"), "a: b\n").unwrap();
    let run = check(path, &["-q"]);
    assert!(run.stderr.contains("is not what"), "{}", run.stderr);
    check(path, &["-q", "--fix"]).is_silent("it is mended");
    check(path, &[]).is_silent("it was");
}

#[test]
fn standard_input_is_compared_and_never_written() {
    let directory = repository("{}\n");
    let path = directory.path();
    let committed = std::fs::read_to_string(path.join("out.yaml")).unwrap();
    let check = |more: &[&str], stdin: &str| {
        let arguments = [&["check", "-", "-f", "values.yaml"], more].concat();
        run_in(path, &arguments, stdin)
    };
    let edited = committed.replace("cpu: 250m", "cpu: 100m");
    // A file of that name is another one.
    for is_there in [false, true] {
        check(&[], &committed).is_silent("YAML");
        let json = run_in(path, &["render", "-o", "json"], "").stdout;
        check(&[], &json).is_silent("JSON");
        let run = check(&[], &edited);
        assert_eq!(run.code, 1, "{is_there}");
        assert!(run.stdout.contains("cpu: 100m → 250m"), "{}", run.stdout);
        assert!(
            run.stderr
                .starts_with("`<stdin>` is not what the inputs render to: ")
                && !run.stderr.contains("--fix"),
            "{}",
            run.stderr
        );
        let run = check(&["--fix"], &edited);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        assert!(run.stderr.contains("`./-`"), "{}", run.stderr);
        let file = path.join("-");
        match is_there {
            false => assert!(!file.exists()),
            true => assert_eq!(std::fs::read_to_string(&file).unwrap(), "x: y\n"),
        }
        std::fs::write(file, "x: y\n").unwrap();
    }
    let empty = check(&[], "");
    assert!(
        empty.stderr.contains("it has no object"),
        "{}",
        empty.stderr
    );
    let arguments = ["check", "./-", "-f", "values.yaml", "--fix"];
    assert_eq!(run_in(path, &arguments, "").code, 0);
    assert_eq!(std::fs::read_to_string(path.join("-")).unwrap(), committed);
}

#[test]
fn the_first_five_edits_are_named() {
    let directory = repository("client: {env: {A: '1', B: '1', C: '1', D: '1', E: '1', F: '1'}}\n");
    let path = directory.path().join("out.yaml");
    let committed = std::fs::read_to_string(&path).unwrap();
    let edited = |names: &str| {
        let edit = |text: String, name: char| {
            text.replace(&format!("  {name}: \"1\"\n"), &format!("  {name}: \"2\"\n"))
        };
        std::fs::write(&path, names.chars().fold(committed.clone(), edit)).unwrap();
        check(directory.path(), &[]).stderr
    };
    let five = edited("ABCDE");
    assert!(five.contains("-env data.E\n"), "{five}");
    let six = edited("ABCDEF");
    assert!(six.contains("-env data.E, and 1 more\n"), "{six}");
}

#[test]
fn an_output_that_only_later_inputs_render_to_is_judged_by_those() {
    let hz = |n: u8| format!("valkey: {{settings: {{extra: {{hz: {n}}}}}}}\n");
    let directory = repository(&hz(20));
    let path = directory.path();
    let write = |name: &str, text: &str| std::fs::write(path.join(name), text).unwrap();
    let rendered = run_in(
        path,
        &["render", "--set", "valkey.settings.extra.hz=30"],
        "",
    )
    .stdout;
    write("out.yaml", &rendered);
    commit(path);
    write("values.yaml", &hz(30));
    commit(path);
    write("values.yaml", &hz(40));
    let run = check(path, &[]);
    assert!(
        run.stderr
            .contains("the inputs changed since git's HEAD; render again"),
        "{}",
        run.stderr
    );
}

#[test]
fn fix_writes_what_is_rendered() {
    let directory = repository("{}\n");
    let path = directory.path();
    std::fs::write(path.join("values.yaml"), "commonLabels: {a: b}\n").unwrap();
    let run = check(path, &["--fix"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert!(
        run.stderr.contains("`out.yaml` is written anew"),
        "{}",
        run.stderr
    );
    assert_eq!(check(path, &[]).code, 0);
    assert_eq!(check(path, &["--fix"]).stderr, "");
    // Also where it is not there, or nothing that could be read.
    for broken in [None, Some("a: [\n<<<<<<< HEAD\n")] {
        match broken {
            None => std::fs::remove_file(path.join("out.yaml")).unwrap(),
            Some(text) => std::fs::write(path.join("out.yaml"), text).unwrap(),
        }
        assert_eq!(check(path, &[]).code, 1);
        assert_eq!(check(path, &["--fix"]).code, 0);
        assert_eq!(check(path, &[]).code, 0);
    }
    let left: Vec<_> = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().contains("tmp")),
        "{left:?}"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_the_place() {
    let directory = repository("{}\n");
    std::fs::write(directory.path().join("out.yaml"), "a: b\n<<<<<<< HEAD\n").unwrap();
    let run = check(directory.path(), &[]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.contains("out.yaml:2:"), "{}", run.stderr);
}

#[test]
fn a_link_is_not_followed() {
    let directory = repository("commonLabels: {a: b}\n");
    let path = directory.path();
    std::fs::rename(path.join("out.yaml"), path.join("real.yaml")).unwrap();
    std::os::unix::fs::symlink("real.yaml", path.join("out.yaml")).unwrap();
    std::fs::write(path.join("real.yaml"), "x: y\n").unwrap();
    let run = check(path, &["--fix"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("is no file"), "{}", run.stderr);
    assert_eq!(
        std::fs::read_to_string(path.join("real.yaml")).unwrap(),
        "x: y\n"
    );
}

#[test]
fn a_directory_is_checked_file_by_file() {
    let directory = repository("{}\n");
    let path = directory.path();
    let check = |more: &[&str]| {
        run_in(
            path,
            &[&["check", "files/", "-f", "values.yaml"], more].concat(),
            "",
        )
    };
    let run = check(&[]);
    assert_eq!(run.code, 1, "nothing is there yet: {}", run.stderr);
    assert_eq!(check(&["--fix"]).code, 0);
    let run = check(&[]);
    run.is_silent("");
    let service = path.join("files/service-alerthistory-redis.yaml");
    let text = std::fs::read_to_string(&service).unwrap();
    std::fs::write(&service, text.replace("port: 6379", "port: 6380")).unwrap();
    let run = check(&[]);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout
            .contains("Service/alerthistory-redis spec.ports[6380/TCP]"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr
            .contains("service-alerthistory-redis.yaml` is not what"),
        "{}",
        run.stderr
    );
    std::fs::remove_file(&service).unwrap();
    assert_eq!(check(&[]).code, 1);
    assert_eq!(check(&["--fix"]).code, 0);
    // An object that is no longer rendered leaves its file.
    std::fs::write(
        path.join("values.yaml"),
        "valkey: {networkPolicy: {enabled: false}}\n",
    )
    .unwrap();
    let run = check(&[]);
    assert!(
        run.stdout
            .contains("NetworkPolicy/alerthistory-redis: gone"),
        "{}",
        run.stdout
    );
    assert_eq!(check(&["--fix"]).code, 0);
    assert!(
        !path
            .join("files/networkpolicy-alerthistory-redis.yaml")
            .exists()
    );
}

#[test]
fn wrong_values_are_no_difference_but_an_error() {
    let directory = repository("{}\n");
    std::fs::write(
        directory.path().join("values.yaml"),
        "valkey: {storag: {}}\n",
    )
    .unwrap();
    let run = check(directory.path(), &["--fix"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("values.yaml:1:10"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn git_is_asked_for_what_renders_share_once() {
    use std::os::unix::fs::PermissionsExt as _;
    const N: usize = 6;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let renders: String = (0..N)
        .map(|n| format!("- {{name: a{n}, values: [common.yaml], output: '{n}.yaml'}}\n"))
        .collect();
    let write = |name: &str, text: &str| std::fs::write(path.join(name), text).unwrap();
    let common = |hz: u8| {
        let text = format!("valkey: {{settings: {{extra: {{hz: {hz}}}}}}}\n");
        write("common.yaml", &text);
    };
    write("cachegen.yaml", &format!("renders:\n{renders}"));
    common(20);
    run_in(path, &["render", "--all"], "").is_silent("");
    begin(path);
    common(30);
    // A git that keeps a record of what it is asked.
    let tools = tempfile::tempdir().unwrap();
    let git = tools.path().join("git");
    let record = tools.path().join("record");
    let script = format!(
        "#!/bin/sh\necho \"$*\" >>'{}'\nPATH=${{PATH#*:}} exec git \"$@\"\n",
        record.display()
    );
    std::fs::write(&git, script).unwrap();
    std::fs::set_permissions(&git, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = program();
    let search_path = format!("{}:{}", tools.path().display(), search_path());
    command
        .current_dir(path)
        .arg("check")
        .env("PATH", search_path);
    let run = finish(command, b"");
    let since = run.stderr.matches("the inputs changed since commit ");
    assert_eq!((run.code, since.count()), (1, N), "{}", run.stderr);
    let record = std::fs::read_to_string(record).unwrap();
    let asked = |word: &str| record.lines().filter(|line| line.contains(word)).count();
    assert_eq!(
        asked(" log "),
        N,
        "each output for its last change: {record}"
    );
    assert_eq!(
        asked(" show "),
        2,
        "the project and its values once: {record}"
    );
}
