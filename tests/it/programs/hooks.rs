//! The hooks do their work under the real `pre-commit`, and are installed from the sources as they are.

use std::path::Path;
use std::process::Command;

use super::tools::tool;
use crate::examples::repository;
use crate::support::{Run, begin, commit, finish, git, root, search_path};

/// A copy of what git has or would take, as a repository with the tag that the examples name.
fn sources() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let mut list = Command::new("git");
    list.current_dir(root()).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let names = finish(list, b"").stdout;
    for name in names.split('\0').filter(|name| root().join(name).is_file()) {
        let target = path.join(name);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(root().join(name), target).unwrap();
    }
    begin(path);
    git(path, &["tag", "v0.1.0"]);
    directory
}

/// Lets an example's configuration name the sources instead of a server, with further keys for each hook.
fn configure(path: &Path, sources: &Path, further: &str) {
    let file = path.join(".pre-commit-config.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let address = format!("repo: {}", sources.display());
    let text = text.replace("repo: https://git.example.com/cachegen", &address);
    assert!(text.contains(&address));
    let text: String = text
        .lines()
        .map(|line| match line.trim_start().starts_with("- id: ") {
            true => format!("{line}\n{further}"),
            false => format!("{line}\n"),
        })
        .collect();
    std::fs::write(file, text).unwrap();
    commit(path);
}

/// Runs every hook on every file of a repository.
fn pre_commit(path: &Path, home: &Path) -> Run {
    let mut command = Command::new(tool("pre-commit", "python"));
    command.args([
        "-m",
        "pre_commit",
        "run",
        "--all-files",
        "--verbose",
        "--color",
        "never",
    ]);
    command.current_dir(path).env("PRE_COMMIT_HOME", home);
    command
        .env("PATH", search_path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    with_quick_builds(&mut command, home);
    finish(command, b"")
}

/// What is built is used for seconds, so that optimising it would take longer than that.
fn with_quick_builds(command: &mut Command, home: &Path) {
    command
        .env("CARGO_TARGET_DIR", home.join("target"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
}

#[test]
#[ignore = "needs pre-commit: run scripts/test"]
fn hooks_check_mend_and_lint_what_is_committed() {
    let (sources, home, directory) = (sources(), tempfile::tempdir().unwrap(), repository());
    let path = directory.path();
    // The program of this build, instead of one made anew.
    configure(path, sources.path(), "    language: unsupported\n");
    let run = |code: i32, words: &[&str]| {
        let run = pre_commit(path, home.path());
        assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
        for words in words {
            assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
        }
    };
    run(0, &[]);
    let values = path.join("values/pages.yaml");
    let before = std::fs::read_to_string(&values).unwrap();
    std::fs::write(&values, before.replace("256mb", "300mb")).unwrap();
    git(path, &["add", "-A"]);
    run(
        1,
        &[
            "`kustomize/base/pages.yaml` is written anew",
            "files were modified by this hook",
        ],
    );
    // Added, it is as it should be.
    git(path, &["add", "-A"]);
    run(0, &[]);
    std::fs::write(&values, before.replace("allkeys-lru", "noeviction")).unwrap();
    git(path, &["add", "-A"]);
    run(
        1,
        &["warning[cache-never-evicts]", "--> values/pages.yaml:7:22"],
    );
    // A render that git does not know yet is not left behind.
    std::fs::write(&values, &before).unwrap();
    let project = path.join("cachegen.yaml");
    let more = std::fs::read_to_string(&project).unwrap()
        + "- name: new\n  values: [values/pages.yaml]\n  output: manifests/new.yaml\n";
    std::fs::write(project, more).unwrap();
    git(path, &["add", "-A"]);
    run(1, &["`manifests/new.yaml` is written anew"]);

    let config = path.join(".pre-commit-config.yaml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(
        &config,
        text.replace("id: cachegen-fix", "id: cachegen-check"),
    )
    .unwrap();
    git(path, &["add", "-A"]);
    run(0, &[]);
    std::fs::write(&values, before.replace("256mb", "300mb")).unwrap();
    git(path, &["add", "-A"]);
    run(1, &["maxmemory: 268435456 (256Mi) → 314572800 (300Mi)"]);
}

#[test]
#[ignore = "needs pre-commit: run scripts/test"]
fn hooks_and_pipelines_install_the_program_from_its_sources() {
    let (sources, home, directory) = (sources(), tempfile::tempdir().unwrap(), repository());
    let path = directory.path();
    configure(path, sources.path(), "");
    let run = pre_commit(path, home.path());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);

    let workflow = std::fs::read_to_string(path.join(".github/workflows/cachegen.yaml")).unwrap();
    let job = std::fs::read_to_string(path.join(".gitlab-ci.yml")).unwrap();
    let install = |text: &str| {
        let line = text.lines().find(|line| line.contains("cargo install"));
        line.unwrap().split_once("cargo").unwrap().1.to_owned()
    };
    assert_eq!(install(&workflow), install(&job));
    let mut shell = Command::new("sh");
    shell.args(["-ec", &format!("cargo{}", install(&workflow))]);
    shell.env(
        "CACHEGEN_SOURCE",
        format!("file://{}", sources.path().display()),
    );
    shell
        .env("CACHEGEN_TAG", "v0.1.0")
        .env("CARGO_INSTALL_ROOT", home.path());
    with_quick_builds(&mut shell, home.path());
    let run = finish(shell, b"");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut installed = Command::new(home.path().join("bin/cachegen"));
    installed.arg("check").current_dir(path);
    assert_eq!(finish(installed, b"").code, 0);
}
