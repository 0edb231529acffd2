//! A pod of the rendered StatefulSet in namespaces of its own: volumes at their mount paths, users, groups, privileges
//! and environment as the kubelet gives them. Has no cgroups, seccomp profile, DNS or other pods.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::client::Client;
use super::container::{Container, Ended};
use super::manifest::{Manifest, Secret, container, elements, entries, integer, string};
use super::roots::{self, Suite, privileged};
use super::volumes;

const SANDBOX: &str = include_str!("sandbox.sh");
const CONTAINER: &str = include_str!("container.sh");
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// A command in a container that takes longer than this hangs.
pub(super) const EXEC_SECONDS: u64 = 60;
/// A connection lasts no longer: whoever waits for an answer in it is told, and nothing is left behind.
const CONNECTION_SECONDS: u64 = 600;

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
    pub(super) spec: Value,
    secret: Secret,
    directory: TempDir,
    sandbox: Child,
    pid: String,
    n_started: Cell<u32>,
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
        let volumes = volumes::arguments(set, manifest, secret, directory.path());

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

    /// Starts another container of the pod.
    pub(super) fn start_beside(&self, name: &str) -> Container<'_> {
        let containers = elements(&self.spec["containers"]);
        let spec = containers
            .iter()
            .find(|container| container["name"] == name);
        self.start_container(spec.unwrap_or_else(|| panic!("the pod has no container {name}")))
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
        container(&self.spec, "redis")
    }

    /// Returns the keys of the mounted Secret and their bytes.
    pub(super) fn secret_files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.secret.data
    }

    /// Opens a connection to the server from within the pod.
    pub(super) fn connect(&self) -> Client {
        self.connect_to("127.0.0.1")
    }

    /// Opens a connection to the server at one of the pod's addresses.
    pub(super) fn connect_to(&self, address: &str) -> Client {
        let port = elements(&self.server()["ports"])
            .iter()
            .find(|port| port["name"] == "redis")
            .map(|port| integer(&port["containerPort"]).to_string())
            .expect("the container has a port redis");
        let mut command = self.in_network("timeout");
        command
            .args([&CONNECTION_SECONDS.to_string(), "chroot"])
            .arg(&self.root)
            .args(["/usr/bin/busybox", "nc", address, &port]);
        Client::new(command)
    }

    /// Returns a command that runs a program of this machine beside the containers, in their network; it ends with them.
    pub(super) fn in_network(&self, program: &str) -> Command {
        let mut command = self.enter(&self.pid, &["--mount", "--pid", "--net"]);
        command.arg(program);
        command
    }

    /// Gets a page from within the pod.
    pub(super) fn fetch(&self, url: &str, patience: Duration) -> Result<String, String> {
        let mut command = self.in_network("timeout");
        command
            .args([&patience.as_secs().to_string(), "chroot"])
            .arg(&self.root)
            .args(["/usr/bin/busybox", "wget", "-q", "-O", "-", url]);
        let output = roots::output(&mut command, b"");
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(format!("{url}: {}: {said}", output.status))
        }
    }

    /// Returns the permissions, user and group of a file in a volume, as `stat` prints them: `600 10001 10001`.
    pub(super) fn stat(&self, volume: &str, file: &str) -> String {
        let told = self.look(
            volume,
            file,
            &["stat", "--dereference", "--format", "%a %u %g"],
        );
        told.trim().to_owned()
    }

    /// Returns the text of a file in a volume.
    pub(super) fn read(&self, volume: &str, file: &str) -> String {
        self.look(volume, file, &["cat"])
    }

    /// Runs a command as root on a file in a volume.
    fn look(&self, volume: &str, file: &str, command_line: &[&str]) -> String {
        let volumes = self.directory.path().join("run/volumes");
        let mut command = self.enter(&self.pid, &["--mount"]);
        command
            .args(command_line)
            .arg(volumes.join(volume).join(file));
        let output = roots::output(&mut command, b"");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Puts what a volume of another pod holds into the volume of the same name.
    pub(super) fn carry_over(&self, volume: &str, other: &Self) {
        let tar = |pod: &Self, arguments: &[&str], input: &[u8]| {
            let directory = pod.directory.path().join("run/volumes").join(volume);
            let mut command = pod.enter(&pod.pid, &["--mount"]);
            command.arg("tar").arg("-C").arg(directory).args(arguments);
            let output = roots::output(&mut command, input);
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{words}");
            output.stdout
        };
        let files = tar(other, &["-cf", "-", "."], b"");
        tar(self, &["-xpf", "-"], &files);
    }

    /// Gives a volume this size, in the notation of tmpfs, before anything is in it.
    pub(super) fn shrink(&self, volume: &str, size: &str) {
        let group = group(&self.spec).map_or("0".to_owned(), |group| group.to_string());
        let options = format!("size={size},mode=2775,gid={group}");
        self.change(volume, "mount -t tmpfs -o \"$1\" tmpfs \"$0\"", &options);
    }

    /// Puts a volume on the machine's disk, before anything is in it: the memory of a server that writes much to a tmpfs
    /// would be counted as its own.
    pub(super) fn put_on_disk(&self, volume: &str) {
        let disk = self.directory.path().join("disk").join(volume);
        std::fs::create_dir_all(&disk).expect("the pod's directory is writable");
        let disk = disk.to_str().expect("the pod's directory is text");
        let group = group(&self.spec).map_or("0".to_owned(), |group| group.to_string());
        let script =
            format!("chown 0:{group} \"$1\" && chmod 2775 \"$1\" && mount --bind \"$1\" \"$0\"");
        self.change(volume, &script, disk);
    }

    /// Fills a volume to the last byte.
    pub(super) fn fill(&self, volume: &str) {
        self.change(volume, "! cat /dev/zero >\"$0/$1\" 2>/dev/null", "full");
    }

    /// Makes an empty file in a volume, of its group.
    pub(super) fn put(&self, volume: &str, file: &str) {
        self.change(volume, ": >\"$0/$1\"", file);
    }

    /// Gives a file in a volume other bytes, as when its Secret is mended.
    pub(super) fn overwrite(&self, volume: &str, file: &str, bytes: &[u8]) {
        self.change_with(volume, "cat >\"$0/$1\"", file, bytes);
    }

    /// Returns the names of what is in a volume.
    pub(super) fn list(&self, volume: &str) -> Vec<String> {
        let told = self.look(volume, ".", &["ls", "-A"]);
        told.lines().map(str::to_owned).collect()
    }

    /// Runs a script as root on a volume, `$0`.
    fn change(&self, volume: &str, script: &str, argument: &str) {
        self.change_with(volume, script, argument, b"");
    }

    fn change_with(&self, volume: &str, script: &str, argument: &str, input: &[u8]) {
        let directory = self.directory.path().join("run/volumes").join(volume);
        let mut command = self.enter(&self.pid, &["--mount"]);
        command
            .args(["sh", "-c", script])
            .arg(directory)
            .arg(argument);
        let output = roots::output(&mut command, input);
        assert!(output.status.success(), "{script}: {output:?}");
    }

    pub(super) fn enter(&self, pid: &str, namespaces: &[&str]) -> Command {
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
        let (root, own_command) = self.image(string(&spec["image"]));

        let mut command = self.enter(&self.pid, &["--mount", "--pid", "--net", "--ipc", "--uts"]);
        command
            .args(["unshare", "--mount", "--pid", "--fork", "--"])
            .args(["sh", "-c", CONTAINER, "container.sh"])
            .arg(root)
            .arg(self.directory.path().join("run/containers").join(&name))
            .arg(&pid_file)
            .arg(if is_read_only { "ro" } else { "rw" })
            .arg(match self.userland {
                Userland::Debian => "debian",
                Userland::Busybox => "busybox",
            })
            .arg(self.hosts());
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
        let rendered = elements(&spec["command"]);
        if rendered.is_empty() {
            command.arg(own_command.expect("the harness knows the image's own command"));
        }
        for list in [rendered, elements(&spec["args"])] {
            command.args(list.iter().map(string));
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

    /// Returns the lines of `/etc/hosts` that the pod asks for.
    fn hosts(&self) -> String {
        let mut lines = String::new();
        for alias in elements(&self.spec["hostAliases"]) {
            for name in elements(&alias["hostnames"]) {
                lines += &format!("{} {}\n", string(&alias["ip"]), string(name));
            }
        }
        lines
    }

    /// Returns the installation that stands for an image, and the image's own command.
    fn image(&self, image: &str) -> (PathBuf, Option<&'static str>) {
        if image.contains("/redis_exporter:") {
            let program = "prometheus-redis-exporter";
            (Suite::Trixie.root_with(program), Some(program))
        } else {
            (self.root.clone(), None)
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
    pub(super) fn as_its_user(&self, container: &Value) -> Vec<OsString> {
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
            if let Some(field) = entry["valueFrom"].get("fieldRef") {
                // What a scheduler and a network would say is not known here.
                variable.extend(string(&field["fieldPath"]).bytes());
            } else if reference.is_null() {
                assert!(
                    entry["valueFrom"].is_null(),
                    "this harness does not know {entry}"
                );
                variable.extend(string(&entry["value"]).bytes());
            } else {
                assert_eq!(reference["name"], self.secret.name, "another Secret");
                let key = string(&reference["key"]);
                if reference["optional"] == true && !self.secret.data.contains_key(key) {
                    continue;
                }
                variable.extend(self.secret.password(key));
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

/// Returns the group that owns the pod's volumes.
fn group(spec: &Value) -> Option<u64> {
    spec["securityContext"]["fsGroup"].as_u64()
}
