//! The rendered backup runs: the script out of the CronJob, against real servers, under the shells of the images.
//! Only the directory and the server's address are others than in the pod.
#![expect(
    clippy::disallowed_methods,
    reason = "a harness of programs has files, an environment and a clock"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use cachegen::redis::acl::{self, User};
use cachegen::yaml::Value;

use crate::support::{object, render};

const PASSWORD: &str = "pa ss\"w#rd$\\";

#[test]
fn the_command_has_nothing_that_the_kubelet_would_expand() {
    let script = script("redis", "7.2", 6379);
    assert!(!script.contains("$$"));
    // `$(NAME)` is a variable to the kubelet, where a variable has that name.
    for word in script.split("$(").skip(1) {
        let word = word.split(')').next().unwrap();
        assert!(word.contains(' '), "{word}");
    }
}

#[test]
fn a_backup_changes_nothing_of_the_server() {
    let with = render("valkey: {backup: {enabled: yes}}");
    let without = render("");
    for (kind, ending) in [("StatefulSet", "-redis"), ("ConfigMap", "-config")] {
        assert_eq!(object(&with, kind, ending), object(&without, kind, ending));
    }
}

/// Returns the script of the backup.
fn script(repository: &str, version: &str, port: u16) -> String {
    let values = format!(
        "valkey: {{image: {{repository: {repository}, tag: {version}}}, service: {{port: {port}}}, backup: {{enabled: yes, keep: 3}}}}"
    );
    let job = object(&render(&values), "CronJob", "-redis-backup");
    let containers = job
        .at(&[
            "spec",
            "jobTemplate",
            "spec",
            "template",
            "spec",
            "containers",
        ])
        .and_then(Value::as_sequence)
        .unwrap();
    let command = containers[0]
        .at(&["command"])
        .and_then(Value::as_sequence)
        .unwrap();
    let command: Vec<&str> = command.iter().filter_map(Value::as_str).collect();
    let [shell, option, script] = command[..] else {
        panic!("{command:?}")
    };
    assert_eq!((shell, option), ("sh", "-c"));
    script.to_owned()
}

/// A server in a Debian installation, and a directory for backups beside it.
struct Bench {
    root: PathBuf,
    // Removed at the end.
    directory: tempfile::TempDir,
    repository: &'static str,
    version: &'static str,
    port: u16,
    server: Option<Child>,
    has_tmpfs: bool,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop();
        if self.has_tmpfs {
            drop(Command::new("umount").arg(self.backups()).status());
        }
    }
}

impl Bench {
    fn new(suite: &str, repository: &'static str, version: &'static str) -> Self {
        let roots = std::env::var_os("CACHEGEN_ROOTS").expect(
            "CACHEGEN_ROOTS is set, by scripts/test or to what `scripts/test --roots` prints",
        );
        let root = PathBuf::from(roots).join(suite);
        let directory = tempfile::Builder::new()
            .prefix("backup-")
            .tempdir_in(root.join("tmp"))
            .unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut bench = Self {
            root,
            directory,
            repository,
            version,
            port,
            server: None,
            has_tmpfs: false,
        };
        fs::create_dir(bench.backups()).unwrap();
        bench.own_backups();
        bench.start();
        bench
    }

    fn own_backups(&self) {
        for path in [self.directory.path().to_owned(), self.backups()] {
            std::os::unix::fs::chown(path, Some(10001), Some(10001)).unwrap();
        }
    }

    fn backups(&self) -> PathBuf {
        self.directory.path().join("backup")
    }

    /// The path of a file as the programs see it.
    fn inside(&self, path: &Path) -> String {
        format!("/{}", path.strip_prefix(&self.root).unwrap().display())
    }

    /// A command in the installation, as the user of the pods.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("chroot");
        command.arg(&self.root).args([
            "setpriv",
            "--reuid=10001",
            "--regid=10001",
            "--clear-groups",
            program,
        ]);
        command.stdin(Stdio::null());
        command
    }

    fn program(&self, what: &str) -> String {
        let engine = self.repository.rsplit('/').next().unwrap();
        format!("{engine}-{what}")
    }

    /// Starts the server with much to tell, slowly: the delay is microseconds a key.
    fn start(&mut self) {
        let configuration = [
            format!("port {}", self.port),
            "bind 127.0.0.1".to_owned(),
            format!("dir {}", self.inside(self.directory.path())),
            "save \"\"".to_owned(),
            "repl-diskless-sync-delay 0".to_owned(),
            "rdb-key-save-delay 300".to_owned(),
            "user default on nopass ~* &* +@all".to_owned(),
            format!(
                "user backup on #{} {}",
                base16ct::lower::encode_string(&Sha256::digest(PASSWORD)),
                acl::rules(User::Backup)
            ),
        ];
        let file = self.directory.path().join("server.conf");
        fs::write(&file, configuration.join("\n")).unwrap();
        let mut command = self.command(&self.program("server"));
        command
            .arg(self.inside(&file))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.server = Some(command.spawn().unwrap());
        wait_for("the server", || self.ask(&["ping"]) == "PONG");
        self.ask(&[
            "eval",
            "for i = 1, 3000 do redis.call('set', 'k' .. i, string.rep(tostring(i) .. ' ', 500)) end",
            "0",
        ]);
    }

    fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            drop(server.kill());
            drop(server.wait());
        }
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let mut command = self.command(&self.program("cli"));
        command.args(["-p", &self.port.to_string()]).args(arguments);
        let output = command.output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The script, ready to run under a shell.
    fn backup(&self, shell: &[&str], password: &str) -> Command {
        let mut script = script(self.repository, self.version, self.port);
        let directory = self.inside(&self.backups());
        for (from, to) in [
            ("-h alerthistory-redis ", "-h 127.0.0.1 "),
            ("cd /backup\n", &format!("cd {directory}\n")),
        ] {
            assert!(script.contains(from), "{from}");
            script = script.replace(from, to);
        }
        let mut command = self.command(shell[0]);
        command
            .args(&shell[1..])
            .args(["-c", &script])
            .env("REDISCLI_AUTH", password)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, shell: &[&str], password: &str) -> Output {
        self.backup(shell, password).output().unwrap()
    }

    /// What is in the directory of the backups, sorted.
    fn files(&self) -> Vec<String> {
        let mut files: Vec<String> = fs::read_dir(self.backups())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        files
    }

    /// Starts the backup and waits until it has written something.
    fn begin(&self, shell: &[&str]) -> Child {
        let child = self.backup(shell, PASSWORD).spawn().unwrap();
        wait_for("the transfer", || {
            fs::read_dir(self.backups())
                .unwrap()
                .filter_map(|entry| entry.unwrap().metadata().ok())
                .any(|file| file.len() > 10_000)
        });
        child
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

const SHELLS: [&[&str]; 2] = [&["dash"], &["busybox", "sh"]];

/// Whether a name is that of a finished backup.
fn is_backup(name: &str) -> bool {
    let stamp = name
        .strip_prefix("dump-")
        .and_then(|rest| rest.strip_suffix("Z.rdb"));
    stamp.is_some_and(|stamp| {
        stamp.len() == 15
            && stamp.bytes().enumerate().all(|(at, byte)| {
                if at == 8 {
                    byte == b'T'
                } else {
                    byte.is_ascii_digit()
                }
            })
    })
}

fn kept_and_pruned(bench: &Bench) {
    for shell in SHELLS {
        for file in bench.files() {
            fs::remove_file(bench.backups().join(file)).unwrap();
        }
        let older = [
            "dump-20250101T000000Z.rdb",
            "dump-20250102T000000Z.rdb",
            "dump-20250103T000000Z.rdb",
        ];
        let others = [
            "dump-before-the-move.rdb",
            ".dump-20250104T000000Z.rdb.abcdef",
            ".dump-x",
        ];
        for file in older.iter().chain(&others) {
            fs::write(bench.backups().join(file), "").unwrap();
        }
        bench.own_backups();
        // What a killed run left an hour ago; the other one may be in the making.
        let long_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
        let left = fs::File::options()
            .write(true)
            .open(bench.backups().join(others[1]))
            .unwrap();
        left.set_modified(long_ago).unwrap();

        let output = bench.run(shell, PASSWORD);
        assert!(output.status.success(), "{shell:?}: {}", said(&output));
        let files = bench.files();
        let made = files.iter().rfind(|file| is_backup(file)).unwrap();
        assert_eq!(
            files,
            [others[2], older[1], older[2], made, others[0]],
            "{shell:?}: {}",
            said(&output)
        );
        // Stamps sort, so the new one is the last of its kind.
        assert!(made.as_str() > older[2]);
        let metadata = fs::metadata(bench.backups().join(made)).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
        assert_eq!(mode & 0o777, 0o640);
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(
            stdout.contains(&format!("{made}: {} bytes; 3 kept", metadata.len())),
            "{stdout}"
        );
    }
}

pub(crate) fn backups_of_redis_7_0() {
    kept_and_pruned(&Bench::new("bookworm", "redis", "7.0"));
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn a_backup_is_checked_named_and_the_oldest_go() {
    backups_of_redis_7_0();
    kept_and_pruned(&Bench::new("trixie", "redis", "8.0"));
    kept_and_pruned(&Bench::new("trixie", "valkey/valkey", "8.1"));
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn a_wrong_password_is_told_and_nothing_is_written() {
    let bench = Bench::new("bookworm", "redis", "7.0");
    for shell in SHELLS {
        let start = Instant::now();
        let output = bench.run(shell, "wrong");
        assert!(!output.status.success());
        assert!(
            said(&output).contains("the server refuses the user backup"),
            "{}",
            said(&output)
        );
        assert!(!said(&output).contains(PASSWORD));
        assert_eq!(bench.files(), [""; 0]);
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
pub(crate) fn a_server_that_goes_away_leaves_the_old_backups_alone() {
    for shell in SHELLS {
        let mut bench = Bench::new("bookworm", "redis", "7.0");
        let old = "dump-20250101T000000Z.rdb";
        fs::write(bench.backups().join(old), "").unwrap();
        let child = bench.begin(shell);
        bench.stop();
        let output = child.wait_with_output().unwrap();
        assert!(!output.status.success(), "{shell:?}: {}", said(&output));
        assert_eq!(bench.files(), [old], "{shell:?}: {}", said(&output));
    }
}

/// The server may be on its way up when the time has come.
#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
pub(crate) fn a_server_that_is_starting_is_waited_for() {
    let mut bench = Bench::new("bookworm", "redis", "7.0");
    bench.stop();
    let child = bench.backup(SHELLS[0], PASSWORD).spawn().unwrap();
    thread::sleep(Duration::from_secs(1));
    bench.start();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
pub(crate) fn a_stopped_backup_ends_at_once_and_leaves_nothing() {
    let bench = Bench::new("bookworm", "redis", "7.0");
    for shell in SHELLS {
        let child = bench.begin(shell);
        let start = Instant::now();
        // As the kubelet does it: the shell alone is told.
        let told = Command::new("sh")
            .args(["-c", "kill \"$0\"", &child.id().to_string()])
            .status();
        assert!(told.unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(143),
            "{shell:?}: {}",
            said(&output)
        );
        assert!(start.elapsed() < Duration::from_millis(500));
        assert_eq!(bench.files(), [""; 0], "{shell:?}");
    }
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn a_full_disk_is_told_and_the_old_backups_stay() {
    let mut bench = Bench::new("bookworm", "redis", "7.0");
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(bench.backups())
        .status();
    assert!(mounted.unwrap().success());
    bench.has_tmpfs = true;
    let old = "dump-20250101T000000Z.rdb";
    fs::write(bench.backups().join(old), "kept").unwrap();
    bench.own_backups();
    for shell in SHELLS {
        let output = bench.run(shell, PASSWORD);
        assert!(!output.status.success(), "{shell:?}: {}", said(&output));
        assert!(
            said(&output).contains("Error writing data to file"),
            "{}",
            said(&output)
        );
        assert_eq!(bench.files(), [old], "{shell:?}");
        assert_eq!(
            fs::read_to_string(bench.backups().join(old)).unwrap(),
            "kept"
        );
    }
}
