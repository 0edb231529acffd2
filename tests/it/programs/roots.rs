//! The Debian installations whose programs are run, and how to run something as root.
//! Does not install anything: `scripts/test` does.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A Debian release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suite {
    Bookworm,
    Trixie,
}

impl Suite {
    fn name(self) -> &'static str {
        match self {
            Self::Bookworm => "bookworm",
            Self::Trixie => "trixie",
        }
    }

    /// Returns the root directory of its installation.
    pub(super) fn root(self) -> PathBuf {
        let roots = env::var_os("CACHEGEN_ROOTS").unwrap_or_else(|| {
            panic!(
                "CACHEGEN_ROOTS is not set: run `scripts/test`, or set it to what `scripts/test --roots` prints"
            )
        });
        let root = PathBuf::from(roots).join(self.name());
        assert!(
            root.is_dir(),
            "{} is missing: `scripts/test --roots` makes it",
            root.display()
        );
        root
    }

    /// Returns the root directory, in which `program` is; panics with the package to install if it is not.
    pub(super) fn root_with(self, program: &str) -> PathBuf {
        let root = self.root();
        assert!(
            root.join("usr/bin").join(program).exists(),
            "`{program}` is missing in {}: install Debian's package `{}` there",
            root.display(),
            package(program)
        );
        root
    }

    /// Runs a program of the installation with `input`, as root.
    pub(super) fn run(self, program: &str, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = privileged("chroot");
        command
            .arg(self.root_with(program))
            .arg(program)
            .args(arguments);
        output(&mut command, input)
    }
}

/// Returns the Debian package with a program.
fn package(program: &str) -> &str {
    match program {
        "redis-cli" | "redis-check-rdb" => "redis-tools",
        "valkey-cli" | "valkey-check-rdb" => "valkey-tools",
        "kubectl" => "kubernetes-client",
        "python3" => "python3-yaml",
        "setpriv" | "unshare" | "nsenter" => "util-linux",
        "timeout" | "chroot" => "coreutils",
        other => other,
    }
}

/// Returns a command that runs a program of this machine as root.
pub(super) fn privileged(program: impl AsRef<OsStr>) -> Command {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if is_root {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg("-n").arg("--").arg(program);
    command
}

/// Runs a command to its end with `input`.
pub(super) fn output(command: &mut Command, input: &[u8]) -> Output {
    use std::io::Write;
    let mut child = spawn(
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    );
    let mut pipe = child.stdin.take().expect("standard input is a pipe");
    let input = input.to_vec();
    // Beside the reading, or both sides could wait for the other; a program that does not read has its reasons.
    let writer = std::thread::spawn(move || pipe.write_all(&input));
    let output = child.wait_with_output().expect("the program was started");
    drop(writer.join());
    output
}

/// Starts a command.
pub(super) fn spawn(command: &mut Command) -> std::process::Child {
    command.spawn().unwrap_or_else(|error| {
        let program = command.get_program().to_string_lossy().into_owned();
        panic!(
            "cannot run `{program}`, of Debian's package `{}`: {error}",
            package(&program)
        )
    })
}
