//! Any bytes are a password, exactly those bytes, and no password is no server.

use super::manifest::{Manifest, Secret};
use super::pod::Userland;
use super::servers::{Server, on_every_server};

fn hostile() -> Vec<Vec<u8>> {
    let mut passwords: Vec<Vec<u8>> = [
        b"pass word".as_slice(),
        b"  leading and trailing  ",
        b"\"quoted\"",
        b"it's",
        b"a\"b'c`d",
        b"$HOME ${IFS} $(id) `id`",
        b"back\\slash\\n\\x41\\",
        b"two\nmaxmemory 1mb",
        b"trailing newline\n",
        b"\r\n",
        b"* ?[a-z] ~* &* +@all",
        b"#>nopass <x %d%s",
        b"-n",
        b"\xff\xfe\x80 not UTF-8 \xc3",
        "pässwörd 密码 🔑".as_bytes(),
    ]
    .iter()
    .map(|bytes| bytes.to_vec())
    .collect();
    passwords.push(b"x".repeat(512));
    passwords.push((1..=255).cycle().take(5000).collect());
    passwords
}

on_every_server!(
    hostile_bytes_under_dash,
    hostile_bytes_under_busybox,
    an_empty_password_is_refused,
    a_missing_password_is_refused,
    a_password_with_a_nul_is_refused,
    what_was_wrong_with_a_password_can_be_mended,
    a_full_directory_is_no_directory_of_users,
);

pub(super) fn hostile_bytes_under_dash(server: &Server) {
    hostile_bytes(server, Userland::Debian);
}

fn hostile_bytes_under_busybox(server: &Server) {
    hostile_bytes(server, Userland::Busybox);
}

fn hostile_bytes(server: &Server, userland: Userland) {
    let arguments = server.arguments(&[]);
    let manifest = Manifest::render(&arguments);
    for password in hostile() {
        let shown = password.escape_ascii().to_string();
        let mut secret = Secret::generate(&arguments);
        // The same bytes for every user: each line of the users file must hold them.
        for bytes in secret.data.values_mut() {
            bytes.clone_from(&password);
        }
        let pod = server.pod_of(&manifest, &secret, userland);
        let running = pod.start_ready();
        for user in ["default", "exporter", "backup", "admin"] {
            pod.connect().login(user, &password);
        }
        if let Err(failure) = running.probe("readinessProbe") {
            panic!("{shown}: {failure}");
        }

        let mut others = vec![
            [password.as_slice(), b"\n"].concat(),
            [b" ".as_slice(), password.as_slice()].concat(),
            password[..password.len() - 1].to_vec(),
        ];
        let trimmed = password.trim_ascii().to_vec();
        if trimmed != password {
            others.push(trimmed);
        }
        for other in others {
            let reply = pod
                .connect()
                .call(&[b"AUTH".as_slice(), b"default", &other]);
            assert!(reply.is_error("WRONGPASS"), "{shown}: {reply:?}");
        }
    }
}

pub(super) fn an_empty_password_is_refused(server: &Server) {
    refused(server, |secret, key| {
        secret.data.insert(key.to_owned(), Vec::new());
    });
}

fn a_missing_password_is_refused(server: &Server) {
    refused(server, |secret, key| {
        secret.data.remove(key);
    });
}

pub(super) fn a_password_with_a_nul_is_refused(server: &Server) {
    refused(server, |secret, key| {
        secret
            .data
            .insert(key.to_owned(), b"canary\0canary".to_vec());
    });
}

/// The init container is tried again in the same pod, where the try that failed has left something.
pub(super) fn what_was_wrong_with_a_password_can_be_mended(server: &Server) {
    let arguments = server.arguments(&[]);
    let mut secret = Secret::generate(&arguments);
    let key = "exporter-password";
    let meant = secret.data.insert(key.to_owned(), Vec::new());
    let meant = meant.expect("there is one to empty");
    let pod = server.pod_of(&Manifest::render(&arguments), &secret, Userland::Debian);
    let ended = pod.init().expect_err("the init container refuses to go on");
    assert!(ended.log.contains(key), "{ended:?}");
    pod.overwrite("secret", key, &meant);
    let _running = pod.start_ready();
    pod.connect().login("exporter", &meant);
    let users = pod.read("run", "auth.conf");
    assert_eq!(users.matches("user default ").count(), 1, "{users}");
}

/// A file of users that is cut off, or empty, would let everybody in.
pub(super) fn a_full_directory_is_no_directory_of_users(server: &Server) {
    for userland in [Userland::Debian, Userland::Busybox] {
        let arguments = server.arguments(&[]);
        let secret = Secret::generate(&arguments);
        let pod = server.pod_of(&Manifest::render(&arguments), &secret, userland);
        pod.fill("run");
        let ended = pod.init().expect_err("the init container refuses to go on");
        assert!(!ended.status.success(), "{ended:?}");
        assert!(!pod.list("run").contains(&"auth.conf".to_owned()));
    }
}

fn refused(server: &Server, spoil: impl Fn(&mut Secret, &str)) {
    let arguments = server.arguments(&[]);
    let manifest = Manifest::render(&arguments);
    let mut secret = Secret::generate(&arguments);
    let key = "password";
    spoil(&mut secret, key);
    for userland in [Userland::Debian, Userland::Busybox] {
        let pod = server.pod_of(&manifest, &secret, userland);
        let ended = pod.init().expect_err("the init container refuses to go on");
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        assert!(
            ended.log.contains("default") && ended.log.contains(key),
            "it does not say which: {ended:?}"
        );
        assert!(!ended.log.contains("canary"), "{ended:?}");
    }
}
