//! The pod of one server: it starts, answers, lets each user do its own work and no other, and survives.

use std::time::Duration;

use super::client::{Client, Reply};
use super::manifest::{Manifest, Secret, elements, string};
use super::pod::{Pod, Userland};
use super::roots::Suite;
use super::settings;
use super::wait_for;

/// A server to run the pods with.
#[derive(Debug)]
pub(super) struct Server {
    /// Where it is installed.
    pub(super) suite: Suite,
    /// The image repository that stands for it.
    repository: &'static str,
    /// Its version, major and minor.
    pub(super) version: &'static str,
    /// The field of `INFO server` with its version.
    field: &'static str,
    programs: &'static [&'static str],
}

pub(super) const REDIS_7_0: Server = Server {
    suite: Suite::Bookworm,
    repository: "redis",
    version: "7.0",
    field: "redis_version",
    programs: &["redis-server", "redis-cli", "redis-check-rdb"],
};

pub(super) const REDIS_8_0: Server = Server {
    suite: Suite::Trixie,
    repository: "redis",
    version: "8.0",
    field: "redis_version",
    programs: &["redis-server", "redis-cli", "redis-check-rdb"],
};

pub(super) const VALKEY_8_1: Server = Server {
    suite: Suite::Trixie,
    repository: "valkey/valkey",
    version: "8.1",
    field: "valkey_version",
    programs: &["valkey-server", "valkey-cli", "valkey-check-rdb"],
};

/// Makes a test of each function for each server.
macro_rules! on_every_server {
    ($($test:ident),+ $(,)?) => {
        $crate::programs::servers::on_every_server!(@ redis_7_0 REDIS_7_0 $($test)+);
        $crate::programs::servers::on_every_server!(@ redis_8_0 REDIS_8_0 $($test)+);
        $crate::programs::servers::on_every_server!(@ valkey_8_1 VALKEY_8_1 $($test)+);
    };
    (@ $module:ident $server:ident $($test:ident)+) => {
        mod $module {
            $(
                #[test]
                #[ignore = "needs root and the Debian roots of scripts/test"]
                fn $test() {
                    super::$test(&$crate::programs::servers::$server);
                }
            )+
        }
    };
}
pub(super) use on_every_server;

impl Server {
    /// Tells which of the two engines it is.
    pub(super) fn is_valkey(&self) -> bool {
        self.field.starts_with("valkey")
    }

    /// Returns the arguments that render for it, and `more`.
    pub(super) fn arguments(&self, more: &[&str]) -> Vec<String> {
        let image = format!(
            "valkey.image.repository={},valkey.image.tag={}-alpine",
            self.repository, self.version
        );
        ["--set", &image]
            .iter()
            .chain(more)
            .map(|&argument| argument.to_owned())
            .collect()
    }

    /// Returns the pod that `arguments` render, with the Secret that the product generates for them.
    pub(super) fn pod(&self, more: &[&str]) -> (Pod, Manifest, Secret) {
        let arguments = self.arguments(more);
        let secret = Secret::generate(&arguments);
        let manifest = Manifest::render(&arguments);
        let pod = self.pod_of(&manifest, &secret, Userland::Debian);
        (pod, manifest, secret)
    }

    /// Returns the pod of a manifest.
    pub(super) fn pod_of(&self, manifest: &Manifest, secret: &Secret, userland: Userland) -> Pod {
        for program in self
            .programs
            .iter()
            .chain(&["busybox", "setpriv", "timeout"])
        {
            self.suite.root_with(program);
        }
        Pod::new(manifest, secret, self.suite.root(), userland)
    }
}

/// Returns a connection of a user other than the application, with its password in the Secret.
fn client_of(pod: &Pod, secret: &Secret, user: &str) -> Client {
    pod.connect()
        .login(user, secret.password(&format!("{user}-password")))
}

/// Returns a connection of the application.
pub(super) fn application(pod: &Pod, secret: &Secret) -> Client {
    pod.connect().login("default", secret.password("password"))
}

/// Returns a connection of the administrator.
pub(super) fn administrator(pod: &Pod, secret: &Secret) -> Client {
    client_of(pod, secret, "admin")
}

fn assert_denied(client: &mut Client, user: &str, commands: &[&[&str]]) {
    for command in commands {
        let reply = client.call(command);
        // Servers refuse DEBUG to everybody, before they look at the user.
        let is_refused = command[0] == "DEBUG" && reply.is_error("ERR");
        assert!(
            is_refused || reply.is_error("NOPERM"),
            "{user}: {command:?}: {reply:?}"
        );
    }
}

fn assert_allowed(client: &mut Client, user: &str, commands: &[&[&str]]) {
    for command in commands {
        let reply = client.call(command);
        assert!(
            !matches!(reply, Reply::Error(_)),
            "{user}: {command:?}: {reply:?}"
        );
    }
}

on_every_server!(
    starts_and_answers,
    runs_unprivileged,
    the_probes_need_no_password_of_the_secret,
    every_directive_is_in_force,
    the_application_cannot_administer,
    the_exporter_only_reads_state,
    the_backup_only_copies,
    the_administrator_administers,
    acknowledged_writes_survive_a_kill,
    ends_on_request_with_its_data,
    the_server_does_not_run_without_users,
);

fn starts_and_answers(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    let running = pod.start_ready();
    running
        .probe("readinessProbe")
        .expect("the server is ready");
    running.probe("livenessProbe").expect("the server is alive");

    let mut stranger = pod.connect();
    for command in [&["PING"][..], &["GET", "k"], &["SET", "k", "v"], &["INFO"]] {
        let reply = stranger.call(command);
        assert!(reply.is_error("NOAUTH"), "{command:?}: {reply:?}");
    }
    let wrong = stranger.call(&["AUTH", "wrong"]);
    assert!(wrong.is_error("WRONGPASS"), "{wrong:?}");

    let mut client = pod.connect();
    let password = secret.password("password");
    assert_eq!(client.call(&[b"AUTH", password]), Reply::ok());
    assert_eq!(client.call(&["SET", "k", "v"]), Reply::ok());
    assert_eq!(client.call(&["GET", "k"]), Reply::Bytes(b"v".to_vec()));

    let info = administrator(&pod, &secret)
        .call(&["INFO", "server"])
        .text();
    let version = format!("{}:{}.", server.field, server.version);
    assert!(info.contains(&version), "not {version} but {info}");
}

pub(super) fn runs_unprivileged(server: &Server) {
    let (pod, manifest, secret) = server.pod(&[]);
    let running = pod.start_ready();
    let context = &manifest.only("StatefulSet")["spec"]["template"]["spec"]["securityContext"];
    let (user, group) = (&context["runAsUser"], &context["runAsGroup"]);

    let output = running.exec(&[], &["cat", "/proc/1/status"]);
    let status = String::from_utf8_lossy(&output.stdout).into_owned();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let words: Vec<&str> = line.expect("the field exists").split_whitespace().collect();
        words.join(" ")
    };
    // The group of root owns what is in images.
    assert!(*user != 0 && *group != 0, "{context}");
    assert_eq!(field("Uid:"), format!("{user} {user} {user} {user}"));
    assert_eq!(field("Gid:"), format!("{group} {group} {group} {group}"));
    assert_eq!(field("Groups:"), context["fsGroup"].to_string());
    assert_eq!(field("CapEff:"), "0000000000000000");
    assert_eq!(field("CapBnd:"), "0000000000000000");
    assert_eq!(field("NoNewPrivs:"), "1");

    let mounts = elements(&pod.server()["volumeMounts"]);
    let may_write = |directory: &str| {
        let output = running.exec(&[], &["touch", &format!("{directory}/touched")]);
        output.status.success()
    };
    for directory in ["/", "/tmp", "/etc", "/var/lib"] {
        assert!(!may_write(directory), "{directory} can be written");
    }
    for mount in mounts {
        let directory = string(&mount["mountPath"]);
        assert_eq!(
            may_write(directory),
            mount["readOnly"] != true,
            "{directory}"
        );
    }

    // The password hashes are never on a disk.
    let output = running.exec(
        &[],
        &["stat", "--file-system", "--format", "%T", "/run/redis"],
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "tmpfs");

    // The password hashes, and the probes' own password: nobody but the server reads them.
    for (file, mode) in [("auth.conf", 600), ("probe-password", 400)] {
        assert_eq!(
            pod.stat("run", file),
            format!("{mode} {user} {}", context["fsGroup"])
        );
    }
    let output = running.exec(&[], &["env"]);
    let environment = String::from_utf8_lossy(&output.stdout).into_owned();
    for password in secret.data.values() {
        let password = std::str::from_utf8(password).expect("they are letters and digits");
        assert!(!environment.contains(password), "{environment}");
    }
}

pub(super) fn the_probes_need_no_password_of_the_secret(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    let running = pod.start_ready();
    let mut client = administrator(&pod, &secret);
    for command in [
        &["ACL", "SETUSER", "default", "resetpass", ">rotated"][..],
        &["ACL", "SETUSER", "exporter", "off"],
        &["ACL", "LOG", "RESET"],
        &["CONFIG", "RESETSTAT"],
    ] {
        assert_eq!(client.call(command), Reply::ok(), "{command:?}");
    }
    for probe in ["readinessProbe", "startupProbe"] {
        let answer = running.probe(probe).expect("the server answers");
        assert_eq!(answer, "", "{probe}");
    }
    assert_eq!(
        client.call(&["INFO", "errorstats"]).text(),
        "# Errorstats\r\n"
    );
    // The one that asks without a password counts as an error, and is in no log that somebody would look into.
    running.probe("livenessProbe").expect("the server answers");
    assert_eq!(client.call(&["ACL", "LOG"]), Reply::List(Vec::new()));

    let output = running.exec(&[], &["cat", "/run/redis/probe-password"]);
    let mut probe = pod.connect().login("probe", output.stdout.trim_ascii());
    assert_denied(
        &mut probe,
        "probe",
        &[
            &["GET", "k"],
            &["INFO"],
            &["CONFIG", "GET", "*"],
            &["SELECT", "0"],
        ],
    );

    // Each pod draws its own.
    let (other, ..) = server.pod(&[]);
    let others = other
        .start_ready()
        .exec(&[], &["cat", "/run/redis/probe-password"]);
    assert_eq!(others.stdout.len(), output.stdout.len());
    assert_ne!(others.stdout, output.stdout);
}

fn every_directive_is_in_force(server: &Server) {
    let (pod, manifest, secret) = server.pod(&[]);
    let _running = pod.start_ready();
    settings::assert_in_force(&manifest, &mut administrator(&pod, &secret));
}

pub(super) fn the_application_cannot_administer(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    let running = pod.start_ready();
    let mut client = application(&pod, &secret);
    assert_denied(
        &mut client,
        "default",
        &[
            &["CONFIG", "GET", "maxmemory"],
            &["CONFIG", "SET", "maxmemory", "1"],
            &["DEBUG", "SLEEP", "0"],
            &["ACL", "LIST"],
            &["ACL", "SETUSER", "default", "nopass"],
            &["MODULE", "LIST"],
            &["REPLICAOF", "NO", "ONE"],
            &["SHUTDOWN", "NOSAVE"],
        ],
    );
    assert_allowed(
        &mut client,
        "default",
        &[
            &["PING"],
            &["SET", "k", "v", "EX", "60"],
            &["MGET", "k", "l"],
            &["HSET", "h", "f", "v"],
            &["ZADD", "z", "1", "m"],
            &["SCAN", "0"],
            &["EVAL", "return redis.call('get', KEYS[1])", "1", "k"],
            &["PUBLISH", "channel", "message"],
            &["CLIENT", "SETNAME", "app"],
            &["INFO", "memory"],
        ],
    );
    running
        .probe("readinessProbe")
        .expect("the server still is ready");
}

pub(super) fn the_exporter_only_reads_state(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    let _running = pod.start_ready();
    assert_eq!(
        application(&pod, &secret).call(&["SET", "k", "v"]),
        Reply::ok()
    );
    let mut client = client_of(&pod, &secret, "exporter");
    assert_allowed(
        &mut client,
        "exporter",
        &[
            &["PING"],
            &["CLIENT", "SETNAME", "redis_exporter"],
            &["INFO", "ALL"],
            &["CONFIG", "GET", "*"],
            &["SLOWLOG", "LEN"],
            &["SLOWLOG", "GET", "1"],
            &["LATENCY", "LATEST"],
            &["LATENCY", "HISTOGRAM"],
        ],
    );
    assert_denied(
        &mut client,
        "exporter",
        &[
            &["GET", "k"],
            &["SET", "k", "w"],
            &["SCAN", "0"],
            &["CONFIG", "SET", "maxmemory", "1"],
            &["FLUSHALL"],
            &["ACL", "LIST"],
            &["SHUTDOWN", "NOSAVE"],
        ],
    );
}

pub(super) fn the_backup_only_copies(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    let running = pod.start_ready();
    let mut client = application(&pod, &secret);
    for key in 0..1000 {
        assert_eq!(
            client.call(&["SET", &format!("key:{key}"), "v"]),
            Reply::ok()
        );
    }

    let program = string(&elements(&pod.server()["command"])[0]);
    let family = program.strip_suffix("-server").expect("a server's program");
    let (cli, check) = (format!("{family}-cli"), format!("{family}-check-rdb"));
    let password = secret.password("backup-password");
    let copy = "/data/copy.rdb";
    let output = running.exec(
        &[("REDISCLI_AUTH", password)],
        &[&cli, "-h", "127.0.0.1", "--user", "backup", "--rdb", copy],
    );
    assert!(output.status.success(), "{output:?}");
    let output = running.exec(&[], &[&check, copy]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1000 keys read"),
        "{said}"
    );

    assert_denied(
        &mut client_of(&pod, &secret, "backup"),
        "backup",
        &[
            &["GET", "key:1"],
            &["SET", "key:1", "w"],
            &["CONFIG", "GET", "maxmemory"],
            &["REPLICAOF", "NO", "ONE"],
            &["FLUSHALL"],
            &["SHUTDOWN", "NOSAVE"],
        ],
    );
}

pub(super) fn the_administrator_administers(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    let _running = pod.start_ready();
    let mut client = administrator(&pod, &secret);
    assert_allowed(
        &mut client,
        "admin",
        &[
            &["CONFIG", "SET", "slowlog-log-slower-than", "5000"],
            &["ACL", "LIST"],
            &["CLIENT", "LIST"],
            &["SLOWLOG", "RESET"],
            &["BGREWRITEAOF"],
            &["SET", "k", "v"],
        ],
    );
    // The rotation of the runbook: both passwords for a while, then only the new one.
    let old = secret.password("password");
    assert_eq!(
        client.call(&["ACL", "SETUSER", "default", ">new"]),
        Reply::ok()
    );
    pod.connect().login("default", old);
    pod.connect().login("default", b"new");
    let without = [b"<".as_slice(), old].concat();
    assert_eq!(
        client.call(&[b"ACL".as_slice(), b"SETUSER", b"default", &without]),
        Reply::ok()
    );
    let reply = pod.connect().call(&[b"AUTH".as_slice(), b"default", old]);
    assert!(reply.is_error("WRONGPASS"), "{reply:?}");
}

fn acknowledged_writes_survive_a_kill(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    let mut running = pod.start_ready();
    let mut client = application(&pod, &secret);
    for key in 0..1000 {
        assert_eq!(
            client.call(&["SET", &format!("key:{key}"), "v"]),
            Reply::ok()
        );
    }
    // While a sync takes long, acknowledged writes wait in the server's buffer, for two seconds at most.
    wait_for("the writes in the file", Duration::from_secs(10), || {
        let info = administrator(&pod, &secret)
            .call(&["INFO", "persistence"])
            .text();
        let is_written = info.contains("\naof_buffer_length:0\r");
        if is_written { Ok(()) } else { Err(info) }
    });
    running.signal("KILL");
    let ended = running.wait(Duration::from_secs(10));
    assert!(!ended.status.success(), "{ended:?}");

    // The kubelet restarts the container alone: its volumes stay, the init container does not run again.
    let mut running = pod.start();
    running.wait_started();
    let mut client = application(&pod, &secret);
    assert_eq!(client.call(&["DBSIZE"]), Reply::Integer(1000));
    assert_eq!(
        client.call(&["GET", "key:999"]),
        Reply::Bytes(b"v".to_vec())
    );
}

pub(super) fn ends_on_request_with_its_data(server: &Server) {
    for more in [&[][..], &["--set", "valkey.settings.appendonly=no"]] {
        let (pod, _, secret) = server.pod(more);
        let mut running = pod.start_ready();
        let mut client = application(&pod, &secret);
        assert_eq!(client.call(&["SET", "k", "v"]), Reply::ok());
        let ended = running.stop();
        assert!(ended.status.success(), "{ended:?}");

        // Of a pod that is gone only the volume is left.
        let (other, _, others) = server.pod(more);
        other.carry_over("redis-data", &pod);
        let _other = other.start_ready();
        let kept = application(&other, &others).call(&["GET", "k"]);
        assert_eq!(kept, Reply::Bytes(b"v".to_vec()), "{more:?}");

        // A container that ended is made anew in the same pod, and init containers may run again at any time.
        let _running = pod.start_ready();
        let mut client = application(&pod, &secret);
        assert_eq!(
            client.call(&["GET", "k"]),
            Reply::Bytes(b"v".to_vec()),
            "{more:?}"
        );
    }
}

pub(super) fn the_server_does_not_run_without_users(server: &Server) {
    let (pod, _, _) = server.pod(&[]);
    // Without the init container: a server that started here would let everybody in.
    let ended = pod.start().wait(Duration::from_secs(10));
    assert!(!ended.status.success(), "{ended:?}");
}
