//! Tells the program which commit it is made of: `CACHEGEN_VERSION` is `0.1.0 (0123456789ab)`, or `0.1.0` where nobody knows.
//!
//! The commit is what the environment variable `CACHEGEN_COMMIT` says, else what `cargo package` has noted, else what git
//! says of this directory, with `-dirty` behind it where something is not committed. Debug builds carry none, so that a
//! commit makes nobody wait for another build.
//!
//! And it has a release build for Linux take GCC's unwinder into itself.

#![allow(
    clippy::disallowed_methods,
    reason = "a build script asks its surroundings; what it makes does not"
)]

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Digits of a commit that are shown.
const N_DIGITS: usize = 12;

fn main() {
    println!("cargo::rerun-if-env-changed=CACHEGEN_COMMIT");
    println!("cargo::rerun-if-changed=build.rs");
    let version = env::var("CARGO_PKG_VERSION").expect("cargo says the version");
    let is = |name, expected| env::var(name).as_deref() == Ok(expected);
    let is_release = is("PROFILE", "release");
    let commit = if is_release {
        stated().or_else(packaged).or_else(checked_out)
    } else {
        None
    };
    if is_release && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        // What unwinds the stack for a backtrace is in the program, as in a static one: each start finds a library less.
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
    let shown = commit.map_or_else(String::new, |commit| format!(" ({commit})"));
    println!("cargo::rustc-env=CACHEGEN_VERSION={version}{shown}");
}

fn stated() -> Option<String> {
    env::var("CACHEGEN_COMMIT")
        .ok()
        .filter(|commit| !commit.is_empty())
}

/// Returns the commit that `cargo package` has written beside the sources.
fn packaged() -> Option<String> {
    let text = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, rest) = text.split_once("\"sha1\": \"")?;
    let commit: String = rest
        .chars()
        .take_while(char::is_ascii_hexdigit)
        .take(N_DIGITS)
        .collect();
    let dirty = if text.contains("\"dirty\": true") {
        "-dirty"
    } else {
        ""
    };
    (commit.len() == N_DIGITS).then(|| commit + dirty)
}

/// Returns the commit of this directory, if it is a checkout itself: one that lies in another's has that one's commits.
fn checked_out() -> Option<String> {
    let top = git(&["rev-parse", "--show-toplevel"])?;
    if fs::canonicalize(top).ok()? != env::current_dir().ok()?.canonicalize().ok()? {
        return None;
    }
    // Every commit and checkout adds a line to this log.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    for path in [
        &log,
        "src",
        "templates",
        "values",
        "Cargo.toml",
        "Cargo.lock",
    ] {
        if Path::new(path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    git(&[
        "describe",
        "--always",
        "--exclude=*",
        &format!("--abbrev={N_DIGITS}"),
        "--dirty",
    ])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
