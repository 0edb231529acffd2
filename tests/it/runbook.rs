//! The procedures of `docs/runbook.md`, pasted into a shell: none goes on where one of its commands fails.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::{finish, root};

/// Stands for `kubectl`: keeps what it is asked, and fails where that has some words.
const KUBECTL: &str = r#"#!/usr/bin/env bash
echo "$*" >>"$ASKED"
case "$*" in
*"$FAILS"*) exit 1 ;;
*"apply -f -"* | */dev/stdin*) cat >/dev/null ;;
*"get secret"*) printf b2xk ;;
*"info persistence"*)
  printf 'aof_rewrite_in_progress:0\naof_rewrite_scheduled:0\naof_last_bgrewrite_status:ok\naof_enabled:1\n' ;;
*"info server"*) echo redis_version:7.2.0 ;;
*"exec -i "*) cat >/dev/null ;;
esac
"#;

/// The commands under a heading, those with which the runbook begins before them.
fn commands(title: &str) -> String {
    let text = fs::read_to_string(root().join("docs/runbook.md")).unwrap();
    let (head, _) = text.split_once("\n## ").unwrap();
    let (_, behind) = text.split_once(&format!("\n## {title}\n")).unwrap();
    let section = behind.split("\n## ").next().unwrap();
    [head, section]
        .iter()
        .flat_map(|part| part.split("```bash\n").skip(1))
        .map(|block| block.split("```").next().unwrap())
        .collect()
}

/// What `kubectl` is asked where everything works but what has these words.
fn asked(title: &str, fails: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let program = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    program("kubectl", KUBECTL);
    program("cachegen", "#!/bin/sh\necho a manifest\n");
    let log = directory.path().join("asked");
    let path = format!(
        "{}:{}",
        directory.path().display(),
        std::env::var("PATH").unwrap()
    );
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &commands(title)])
        .env("PATH", path)
        .env("ASKED", &log)
        .env("FAILS", fails);
    finish(shell, b"");
    fs::read_to_string(log).unwrap()
}

#[test]
fn nothing_is_done_on_top_of_what_failed() {
    for (title, fails, is_not_done) in [
        (
            "Change the password",
            "acl setuser default #",
            "patch secret",
        ),
        ("Change the password", "patch secret", "rollout restart"),
        (
            "Change the password",
            "rollout status",
            "acl setuser default !",
        ),
        ("Restore a backup", "ls dump-*.rdb", "mv \"$old\""),
        ("Resize a volume", "patch pvc", "delete statefulset"),
        ("Switch persistence", "config set appendonly", "apply -f -"),
        ("Upgrade the engine", "create job", "apply -f -"),
        (
            "Upgrade the engine",
            "wait --for=condition=Complete",
            "apply -f -",
        ),
    ] {
        let usual = asked(title, "what nobody asks");
        assert!(usual.contains(fails), "{title}: {usual}");
        assert!(usual.contains(is_not_done), "{title}: {usual}");
        let failed = asked(title, fails);
        assert!(failed.contains(fails), "{title}: {failed}");
        assert!(!failed.contains(is_not_done), "{title}: {failed}");
    }
}
