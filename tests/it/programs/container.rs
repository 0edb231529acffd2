//! A container of a pod that was started: what it says, what its probes say, how it ends.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Output};
use std::time::Duration;

use serde_json::Value;

use super::manifest::{elements, integer, string};
use super::pod::{EXEC_SECONDS, Pod};
use super::roots::{self, privileged};
use super::wait_for;

/// A container that was started.
pub(super) struct Container<'p> {
    pub(super) pod: &'p Pod,
    pub(super) spec: &'p Value,
    pub(super) process: Child,
    pub(super) pid_file: PathBuf,
    pub(super) log: PathBuf,
}

/// How a container ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) log: String,
}

impl Container<'_> {
    /// Returns what it has written so far.
    pub(super) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).expect("the log was made")).into_owned()
    }

    /// Runs a command in the container, as its user and with its environment and `variables`.
    pub(super) fn exec(&self, variables: &[(&str, &[u8])], command: &[&str]) -> Output {
        self.exec_for(EXEC_SECONDS, variables, command)
    }

    /// Runs a probe once: `Ok` with its output, or `Err` with how it failed.
    pub(super) fn probe(&self, probe: &str) -> Result<String, String> {
        let command: Vec<&str> = elements(&self.spec[probe]["exec"]["command"])
            .iter()
            .map(string)
            .collect();
        assert!(!command.is_empty(), "no exec command in {probe}");
        let seconds = self.spec[probe]["timeoutSeconds"].as_u64().unwrap_or(1);
        let output = self.exec_for(seconds, &[], &command);
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned()
            + &String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            Ok(said)
        } else {
            Err(format!("{}: {said}", output.status))
        }
    }

    /// Waits until the startup probe succeeds, no longer than the kubelet would; panics if the container ends before.
    pub(super) fn wait_started(&mut self) {
        let startup = &self.spec["startupProbe"];
        let patience = integer(&startup["periodSeconds"]) * integer(&startup["failureThreshold"]);
        wait_for("the startup probe", Duration::from_secs(patience), || {
            if let Some(status) = self.process.try_wait().expect("the container was started") {
                panic!("the server ended with {status}: {}", self.log());
            }
            if !self.pid_file.exists() {
                return Err("the container is being made".to_owned());
            }
            self.probe("startupProbe")
                .map_err(|failure| format!("{failure}; log: {}", self.log()))
        });
    }

    /// Sends a signal to its first process.
    pub(super) fn signal(&self, name: &str) {
        let status = privileged("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &self.pid()])
            .status()
            .expect("there is a shell");
        assert!(status.success(), "cannot send {name}");
    }

    /// Waits for its end.
    pub(super) fn wait(&mut self, deadline: Duration) -> Ended {
        let status = wait_for("the end of the container", deadline, || {
            let status = self.process.try_wait().expect("the container was started");
            status.ok_or_else(|| format!("it runs; log: {}", self.log()))
        });
        Ended {
            status,
            log: self.log(),
        }
    }

    /// Ends it as the kubelet does: SIGTERM, and the grace period to follow it.
    pub(super) fn stop(&mut self) -> Ended {
        let grace = integer(&self.pod.spec["terminationGracePeriodSeconds"]);
        self.signal("TERM");
        self.wait(Duration::from_secs(grace))
    }

    /// Returns the process id of its first process, as the machine knows it.
    pub(super) fn pid(&self) -> String {
        wait_for(
            "the container's first process",
            Duration::from_secs(10),
            || {
                fs::read_to_string(&self.pid_file)
                    .map(|text| text.trim().to_owned())
                    .map_err(|error| format!("{error}; log: {}", self.log()))
            },
        )
    }

    fn exec_for(&self, seconds: u64, variables: &[(&str, &[u8])], command: &[&str]) -> Output {
        let mut line = self.pod.enter(
            &self.pid(),
            &[
                "--mount", "--pid", "--net", "--ipc", "--uts", "--root", "--wd",
            ],
        );
        line.args(["/usr/bin/timeout", "--signal=KILL", &seconds.to_string()])
            .args(self.pod.as_its_user(self.spec));
        for (name, value) in variables {
            let mut variable = format!("{name}=").into_bytes();
            variable.extend(*value);
            line.arg(OsString::from_vec(variable));
        }
        roots::output(line.args(command), b"")
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|status| status.is_some()) {
            return;
        }
        // Not what was spawned, but what it started: see `Client`.
        match fs::read_to_string(&self.pid_file) {
            Ok(pid) => drop(
                privileged("sh")
                    .args(["-c", "kill -s KILL \"$0\"", pid.trim()])
                    .status(),
            ),
            Err(_) => drop(self.process.kill()),
        }
        drop(self.process.wait());
    }
}
