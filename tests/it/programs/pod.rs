//! A pod of the rendered StatefulSet in namespaces of its own: volumes at their mount paths, users, groups, privileges
//! and environment as the kubelet gives them. Has no cgroups, seccomp profile, DNS or other pods.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::client::Client;
use super::manifest::{Manifest, Secret, elements, entries, integer, string};
use super::roots::{self, privileged};
use super::wait_for;

const SANDBOX: &str = include_str!("sandbox.sh");
const CONTAINER: &str = include_str!("container.sh");
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// A command in a container that takes longer than this hangs.
const EXEC_SECONDS: u64 = 60;

/// Whose `sh` and tools the containers find first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Userland {
    /// dash and coreutils, as in an image made from Debian.
    Debian,
    /// Busybox, as in an image made from Alpine.
    Busybox,
}

/// A pod whose containers are started one by one.
pub(super) struct Pod {
    root: PathBuf,
    userland: Userland,
    spec: Value,
    secret: Secret,
    directory: TempDir,
    sandbox: Child,
    pid: String,
    n_started: Cell<u32>,
}

/// A container that was started.
pub(super) struct Container<'p> {
    pod: &'p Pod,
    spec: &'p Value,
    process: Child,
    pid_file: PathBuf,
    log: PathBuf,
}

/// How a container ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) log: String,
}

impl Pod {
    /// Makes the first pod of the rendered StatefulSet, in an installation with the server's programs.
    pub(super) fn new(
        manifest: &Manifest,
        secret: &Secret,
        root: PathBuf,
        userland: Userland,
    ) -> Self {
        let set = manifest.only("StatefulSet");
        let spec = set["spec"]["template"]["spec"].clone();
        let directory =
            TempDir::with_prefix("cachegen-pod-").expect("the temporary directory is writable");
        let volumes = volumes(set, manifest, secret, directory.path());

        let mut command = privileged("unshare");
        command
            .args([
                "--mount",
                "--pid",
                "--net",
                "--ipc",
                "--uts",
                "--fork",
                "--kill-child",
            ])
            .args(["--", "sh", "-c", SANDBOX, "sandbox.sh"])
            .arg(&root)
            .arg(directory.path())
            .arg(format!("{}-0", string(&set["metadata"]["name"])))
            .arg(group(&spec).map_or("-".to_owned(), |group| group.to_string()))
            .args(volumes);
        let mut sandbox = roots::spawn(
            command
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped()),
        );
        let mut pid = String::new();
        BufReader::new(sandbox.stdout.take().expect("standard output is a pipe"))
            .read_line(&mut pid)
            .expect("the sandbox writes text");
        if pid.is_empty() {
            let output = sandbox.wait_with_output().expect("the sandbox was started");
            panic!("no sandbox: {}", String::from_utf8_lossy(&output.stderr));
        }
        Self {
            root,
            userland,
            spec,
            secret: secret.clone(),
            directory,
            sandbox,
            pid: pid.trim().to_owned(),
            n_started: Cell::new(0),
        }
    }

    /// Runs the init containers in order, each to its end, up to the first that fails.
    pub(super) fn init(&self) -> Result<String, Ended> {
        let mut log = String::new();
        for spec in elements(&self.spec["initContainers"]) {
            let mut container = self.start_container(spec);
            let ended = container.wait(Duration::from_secs(EXEC_SECONDS));
            if !ended.status.success() {
                return Err(ended);
            }
            log += &ended.log;
        }
        Ok(log)
    }

    /// Starts the server's container.
    pub(super) fn start(&self) -> Container<'_> {
        self.start_container(self.server())
    }

    /// Runs the init containers, starts the server and waits until the startup probe succeeds.
    pub(super) fn start_ready(&self) -> Container<'_> {
        self.init()
            .unwrap_or_else(|ended| panic!("the init container failed: {ended:?}"));
        let mut server = self.start();
        server.wait_started();
        server
    }

    /// Returns the server's container as rendered.
    pub(super) fn server(&self) -> &Value {
        elements(&self.spec["containers"])
            .iter()
            .find(|container| container["name"] == "redis")
            .expect("the pod has a container redis")
    }

    /// Returns the Secret's key whose bytes a variable of the server's container has.
    pub(super) fn key_of(&self, variable: &str) -> &str {
        let variable = elements(&self.server()["env"])
            .iter()
            .find(|entry| entry["name"] == variable)
            .unwrap_or_else(|| panic!("the container has no variable {variable}"));
        string(&variable["valueFrom"]["secretKeyRef"]["key"])
    }

    /// Opens a connection to the server from within the pod.
    pub(super) fn connect(&self) -> Client {
        let port = elements(&self.server()["ports"])
            .iter()
            .find(|port| port["name"] == "redis")
            .map(|port| integer(&port["containerPort"]).to_string())
            .expect("the container has a port redis");
        let mut command = self.enter(&self.pid, &["--mount", "--pid", "--net"]);
        command
            .args(["timeout", &EXEC_SECONDS.to_string(), "chroot"])
            .arg(&self.root)
            .args(["/usr/bin/busybox", "nc", "127.0.0.1", &port]);
        Client::new(command)
    }

    /// Returns the permissions, user and group of a file in a volume, as `stat` prints them: `600 10001 10001`.
    pub(super) fn stat(&self, volume: &str, file: &str) -> String {
        let mut command = self.enter(&self.pid, &["--mount"]);
        command
            .args(["stat", "--dereference", "--format", "%a %u %g"])
            .arg(
                self.directory
                    .path()
                    .join("run/volumes")
                    .join(volume)
                    .join(file),
            );
        let output = roots::output(&mut command, b"");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn enter(&self, pid: &str, namespaces: &[&str]) -> Command {
        let mut command = privileged("nsenter");
        command.args(["--target", pid]).args(namespaces).arg("--");
        command
    }

    fn start_container<'p>(&'p self, spec: &'p Value) -> Container<'p> {
        let name = format!("{}.{}", string(&spec["name"]), self.n_started.get());
        self.n_started.set(self.n_started.get() + 1);
        let pid_file = self.directory.path().join(format!("{name}.pid"));
        let log = self.directory.path().join(format!("{name}.log"));
        let sink = File::create(&log).expect("the pod's directory is writable");
        let is_read_only = self.security(spec, "readOnlyRootFilesystem") == Value::Bool(true);

        let mut command = self.enter(&self.pid, &["--mount", "--pid", "--net", "--ipc", "--uts"]);
        command
            .args(["unshare", "--mount", "--pid", "--fork", "--"])
            .args(["sh", "-c", CONTAINER, "container.sh"])
            .arg(&self.root)
            .arg(self.directory.path().join("run/containers").join(&name))
            .arg(&pid_file)
            .arg(if is_read_only { "ro" } else { "rw" })
            .arg(match self.userland {
                Userland::Debian => "debian",
                Userland::Busybox => "busybox",
            });
        for mount in elements(&spec["volumeMounts"]) {
            for (key, _) in entries(mount) {
                assert!(
                    matches!(key.as_str(), "name" | "mountPath" | "readOnly"),
                    "this harness does not know `{key}` of a volume mount"
                );
            }
            command
                .arg(
                    self.directory
                        .path()
                        .join("run/volumes")
                        .join(string(&mount["name"])),
                )
                .arg(string(&mount["mountPath"]))
                .arg(if mount["readOnly"] == true {
                    "ro"
                } else {
                    "rw"
                });
        }
        command.arg("--").args(self.as_its_user(spec));
        assert!(
            !elements(&spec["command"]).is_empty(),
            "this harness does not know an image's own command"
        );
        for list in ["command", "args"] {
            command.args(elements(&spec[list]).iter().map(string));
        }
        let process = roots::spawn(
            command
                .stdin(Stdio::null())
                .stdout(sink.try_clone().expect("a file can be shared"))
                .stderr(sink),
        );
        Container {
            pod: self,
            spec,
            process,
            pid_file,
            log,
        }
    }

    /// Returns a field of the security context: the container's, else the pod's.
    fn security(&self, container: &Value, field: &str) -> Value {
        let own = &container["securityContext"][field];
        if own.is_null() {
            self.spec["securityContext"][field].clone()
        } else {
            own.clone()
        }
    }

    /// Returns the start of a command line that gives up root and sets the container's environment.
    fn as_its_user(&self, container: &Value) -> Vec<OsString> {
        let user = self.security(container, "runAsUser");
        let mut line: Vec<OsString> = vec!["/usr/bin/setpriv".into()];
        let mut option = |name: &str, value: String| line.push(format!("--{name}={value}").into());
        if user.is_null() {
            assert_ne!(
                self.security(container, "runAsNonRoot"),
                true,
                "the kubelet refuses runAsNonRoot without runAsUser for an image whose user is root"
            );
        } else {
            option("reuid", integer(&user).to_string());
        }
        let own_group = self.security(container, "runAsGroup");
        option("regid", own_group.as_u64().unwrap_or(0).to_string());
        match group(&self.spec) {
            Some(group) => option("groups", group.to_string()),
            None => line.push("--clear-groups".into()),
        }
        if self.security(container, "allowPrivilegeEscalation") == false {
            line.push("--no-new-privs".into());
        }
        let dropped = &container["securityContext"]["capabilities"]["drop"];
        if elements(dropped).iter().any(|name| name == "ALL") {
            line.extend(["--bounding-set=-all".into(), "--inh-caps=-all".into()]);
        }

        line.extend([
            "/usr/bin/env".into(),
            "-i".into(),
            format!("PATH={PATH}").into(),
        ]);
        for entry in elements(&container["env"]) {
            let mut variable = format!("{}=", string(&entry["name"])).into_bytes();
            let reference = &entry["valueFrom"]["secretKeyRef"];
            if reference.is_null() {
                assert!(
                    entry["valueFrom"].is_null(),
                    "this harness does not know {entry}"
                );
                variable.extend(string(&entry["value"]).bytes());
            } else {
                assert_eq!(reference["name"], self.secret.name, "another Secret");
                variable.extend(self.secret.password(string(&reference["key"])));
            }
            line.push(OsString::from_vec(variable));
        }
        line
    }
}

impl Drop for Pod {
    fn drop(&mut self) {
        // Its end is the end of every process in the pod, and of the mounts.
        drop(self.sandbox.stdin.take());
        drop(self.sandbox.wait());
    }
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

    fn pid(&self) -> String {
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

/// Returns the group that owns the pod's volumes.
fn group(spec: &Value) -> Option<u64> {
    spec["securityContext"]["fsGroup"].as_u64()
}

/// Lays out the files of the pod's volumes, and returns the arguments of `sandbox.sh` for them.
fn volumes(set: &Value, manifest: &Manifest, secret: &Secret, directory: &Path) -> Vec<OsString> {
    let mut arguments = Vec::new();
    let mut add = |name: &Value, kind: &str, source: PathBuf, option: String| {
        let all: [OsString; 4] = [
            string(name).into(),
            kind.into(),
            source.into(),
            option.into(),
        ];
        arguments.extend(all);
    };
    for volume in elements(&set["spec"]["template"]["spec"]["volumes"]) {
        let name = &volume["name"];
        if let Some(source) = volume.get("configMap") {
            let files = manifest.config_map(string(&source["name"]));
            add(
                name,
                "files",
                lay_out(directory, name, &files),
                mode(source),
            );
        } else if let Some(source) = volume.get("secret") {
            assert_eq!(source["secretName"], secret.name, "another Secret");
            add(
                name,
                "files",
                lay_out(directory, name, &secret.data),
                mode(source),
            );
        } else if let Some(source) = volume.get("emptyDir") {
            if source["medium"] == "Memory" {
                let size = source.get("sizeLimit").map(|size| {
                    // Memory is counted alike in both: 1Mi of a Quantity is 1m of tmpfs.
                    let size = string(size);
                    let digits = size.strip_suffix("i").expect("a limit in Ki, Mi or Gi");
                    format!(",size={}", digits.to_lowercase())
                });
                add(name, "memory", PathBuf::new(), size.unwrap_or_default());
            } else {
                add(name, "empty", PathBuf::new(), String::new());
            }
        } else if volume.get("persistentVolumeClaim").is_some() {
            add(name, "claim", PathBuf::new(), String::new());
        } else {
            panic!("this harness does not know the volume {volume}");
        }
    }
    for claim in elements(&set["spec"]["volumeClaimTemplates"]) {
        add(
            &claim["metadata"]["name"],
            "claim",
            PathBuf::new(),
            String::new(),
        );
    }
    arguments
}

fn lay_out(directory: &Path, volume: &Value, files: &BTreeMap<String, Vec<u8>>) -> PathBuf {
    let lay_out = || -> io::Result<PathBuf> {
        let source = directory.join("files").join(string(volume));
        fs::create_dir_all(source.join("..now"))?;
        symlink("..now", source.join("..data"))?;
        for (key, bytes) in files {
            fs::write(source.join("..now").join(key), bytes)?;
            symlink(Path::new("..data").join(key), source.join(key))?;
        }
        Ok(source)
    };
    lay_out().expect("the pod's directory is writable")
}

fn mode(source: &Value) -> String {
    assert!(
        source.get("items").is_none(),
        "this harness does not know `items`"
    );
    format!("{:04o}", source["defaultMode"].as_u64().unwrap_or(0o644))
}
