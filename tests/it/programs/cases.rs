//! Every case on every server: it starts as rendered, is configured as rendered, lets the rendered users in and nobody
//! else, and owns no more than what was rendered.

use std::panic;
use std::path::Path;

use base16ct::lower::encode_string;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::client::{Client, Reply};
use super::container::Container;
use super::manifest::{Manifest, Secret, elements, string};
use super::pod::{Pod, Userland};
use super::servers::{Server, on_every_server};
use super::settings;
use crate::support::{self, Case};

/// Cases whose own image is part of what they are about: only on the server that they name.
const OF_ONE_SERVER: &[(&str, &str)] = &[
    ("settings", "8.0"),
    ("valkey-session-store", "8.1"),
    ("image-digest", "8.1"),
];

/// Cases without a running server, and one whose volumes only a kubelet can fill: it is held to the API server's schemas.
const WITHOUT_SERVER: &[&str] = &["diagnostic-mode", "kubernetes-rules", "lite", "no-tier"];

on_every_server!(every_case_runs_as_rendered);

fn every_case_runs_as_rendered(server: &Server) {
    let mut n_run = 0;
    let mut failed = Vec::new();
    for case in support::cases() {
        let name = case.name.as_str();
        if name.starts_with("mistakes-") || WITHOUT_SERVER.contains(&name) {
            continue;
        }
        let own = OF_ONE_SERVER.iter().find(|(known, _)| *known == name);
        if own.is_some_and(|(_, version)| *version != server.version) {
            continue;
        }
        let mut arguments = arguments(&case);
        if own.is_none() {
            arguments.extend(server.arguments(&[]));
        }
        // All that fail are told, each with what it said.
        if let Err(said) = panic::catch_unwind(|| run(server, &arguments)) {
            let said = said.downcast_ref::<String>().cloned();
            failed.push(format!("{name}: {}", said.unwrap_or_default()));
        }
        n_run += 1;
    }
    assert!(n_run > 20, "{n_run}");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The arguments of a case, but for those that choose among its objects.
pub(super) fn arguments(case: &Case) -> Vec<String> {
    let values = case.directory.join("values.yaml");
    let mut arguments = Vec::new();
    if values.exists() {
        arguments.extend(["--values".to_owned(), path(&values)]);
    }
    let mut own = case.arguments().into_iter();
    while let Some(argument) = own.next() {
        if argument == "-s" {
            own.next();
        } else {
            arguments.push(argument);
        }
    }
    arguments
}

fn path(path: &Path) -> String {
    path.to_str().expect("a case's path is text").to_owned()
}

pub(super) fn run(server: &Server, arguments: &[String]) {
    let mut manifest = Manifest::render(arguments);
    let set = manifest.only_mut("StatefulSet");
    let context = &mut set["spec"]["template"]["spec"]["securityContext"];
    if context["runAsUser"].is_null() {
        // As OpenShift's admission does, which gives every namespace a range of ids, and every pod the first of them.
        context["runAsUser"] = json!(1_000_650_000);
        context["fsGroup"] = json!(1_000_650_000);
    }
    let secret = secret_of(&manifest, arguments);
    let pod = server.pod_of(&manifest, &secret, Userland::Debian);
    pod.init().unwrap_or_else(|ended| panic!("{ended:?}"));
    modes_hold(&pod, &manifest);
    let mut running = pod.start();
    running.wait_started();
    users_hold(&pod, &secret);
    privileges_hold(&pod, &running);

    let mut client = client_of(&pod, &secret, "default");
    assert_eq!(client.call(&["SET", "k", "v"]), Reply::ok());
    assert_eq!(client.call(&["GET", "k"]), Reply::Bytes(b"v".to_vec()));
    // As applications are told to: the database that their ConfigMap names is one that the server has.
    let env = &manifest.named("ConfigMap", "-env")["data"];
    let selected = client.call(&["SELECT", string(&env["REDIS_DB"])]);
    assert_eq!(selected, Reply::ok(), "{env}");
    // Whoever may ask; every user's rules say of CONFIG what they say, whichever keys the Secret has.
    let who = ["admin", "exporter"];
    let who = who
        .into_iter()
        .find(|user| password(&pod, &secret, user).is_some());
    let mut client = client_of(&pod, &secret, who.expect("somebody may ask"));
    settings::assert_in_force(&manifest, &mut client);
}

/// Returns the Secret of a render: its own, what an operator would make of its order, or what the product makes.
fn secret_of(manifest: &Manifest, arguments: &[String]) -> Secret {
    let of_kind = |kind: &str| {
        manifest
            .objects
            .iter()
            .find(|object| object["kind"] == kind)
    };
    if let Some(own) = of_kind("Secret") {
        return Secret::of(own);
    }
    let Some(order) = of_kind("ExternalSecret") else {
        return Secret::generate(arguments);
    };
    let keys = elements(&order["spec"]["data"]).iter();
    Secret {
        name: string(&order["spec"]["target"]["name"]).to_owned(),
        data: keys
            .map(|entry| string(&entry["secretKey"]))
            .map(|key| (key.to_owned(), format!("stored under {key}").into_bytes()))
            .collect(),
    }
}

/// Returns the bytes of a user's password: those in the Secret whose hash the init container wrote.
fn password<'s>(pod: &Pod, secret: &'s Secret, user: &str) -> Option<&'s [u8]> {
    let users = pod.read("run", "auth.conf");
    let line = users
        .lines()
        .find(|line| line.split(' ').nth(1) == Some(user))?;
    secret
        .data
        .values()
        .find(|bytes| line.contains(&format!(" #{} ", encode_string(&Sha256::digest(bytes)))))
        .map(Vec::as_slice)
}

fn client_of(pod: &Pod, secret: &Secret, user: &str) -> Client {
    let bytes = password(pod, secret, user);
    let bytes = bytes.unwrap_or_else(|| panic!("{user} has no password of the Secret"));
    pod.connect().login(user, bytes)
}

/// Everybody has a password, and a stranger none that works.
fn users_hold(pod: &Pod, secret: &Secret) {
    let users = pod.read("run", "auth.conf");
    assert!(users.lines().count() >= 1, "no users");
    for line in users.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!((words[0], words[2]), ("user", "on"), "{line}");
        let is_hashed = words[4].len() == 65 && words[4].starts_with('#');
        assert!(is_hashed && !words.contains(&"nopass"), "{line}");
        for (key, bytes) in &secret.data {
            let text = String::from_utf8_lossy(bytes);
            assert!(!line.contains(text.as_ref()), "{key} is in the users file");
        }
    }
    let mut stranger = pod.connect();
    let reply = stranger.call(&["GET", "k"]);
    assert!(reply.is_error("NOAUTH"), "{reply:?}");
    for (user, bytes) in [("default", &b""[..]), ("default", b"x"), ("admin", b"")] {
        let reply = pod
            .connect()
            .call(&[b"AUTH".as_slice(), user.as_bytes(), bytes]);
        assert!(reply.is_error("WRONGPASS"), "{user}: {reply:?}");
    }
}

/// Passwords and their hashes are for the pod's user and group alone, and nothing mounted can be written.
fn modes_hold(pod: &Pod, manifest: &Manifest) {
    let spec = &manifest.only("StatefulSet")["spec"]["template"]["spec"];
    for (file, mode) in [("auth.conf", "600 "), ("probe-password", "400 ")] {
        let stat = pod.stat("run", file);
        assert!(stat.starts_with(mode), "{file}: {stat}");
    }
    for volume in elements(&spec["volumes"]) {
        let name = string(&volume["name"]);
        if volume.get("secret").is_some() {
            for key in pod.secret_files().keys() {
                let mode = pod.stat(name, key);
                assert!(mode.starts_with("440 0 "), "{key}: {mode}");
            }
        } else if let Some(source) = volume.get("configMap") {
            for (key, _) in manifest.config_map(string(&source["name"])) {
                let mode = pod.stat(name, &key);
                assert!(mode.starts_with("444 0 "), "{key}: {mode}");
            }
        }
    }
    for container in elements(&spec["containers"])
        .iter()
        .chain(elements(&spec["initContainers"]))
    {
        // None of our own mounts its configuration or its passwords writable.
        for mount in elements(&container["volumeMounts"]) {
            let is_source = ["config", "secret"]
                .iter()
                .any(|name| mount["name"] == *name);
            assert!(!is_source || mount["readOnly"] == true, "{mount}");
        }
    }
}

/// The first process is the server, as the rendered user, without a capability, on a root that cannot be written.
fn privileges_hold(pod: &Pod, running: &Container<'_>) {
    let output = running.exec(&[], &["cat", "/proc/1/status"]);
    let status = String::from_utf8_lossy(&output.stdout).into_owned();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let words = line.expect("the field exists").split_whitespace();
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let program = string(&elements(&pod.server()["command"])[0]);
    // The kernel keeps fifteen letters of a name.
    assert_eq!(field("Name:"), [&program[..program.len().min(15)]]);
    assert!(field("Uid:").iter().all(|id| id != "0"), "{status}");
    assert_eq!(field("CapEff:"), ["0000000000000000"]);
    assert_eq!(field("CapBnd:"), ["0000000000000000"]);
    assert_eq!(field("NoNewPrivs:"), ["1"]);
    let output = running.exec(&[], &["cat", "/proc/self/mounts"]);
    let mounts = String::from_utf8_lossy(&output.stdout).into_owned();
    let options = mounts
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>())
        .find(|words| words[1] == "/")
        .map(|words| words[3].to_owned());
    let options = options.expect("the root is mounted");
    assert_eq!(options.split(',').next(), Some("ro"), "{mounts}");
}
