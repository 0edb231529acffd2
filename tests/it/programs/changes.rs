//! What `cachegen diff` says of a change is what servers do: each change is made to a real one with data in it.

use std::time::Duration;

use cachegen::redis::conf::{self, Directive, Kind, Lookup};
use cachegen::redis::version::{Engine, Version};
use serde_json::Value;

use super::client::Reply;
use super::manifest::Manifest;
use super::pod::Userland;
use super::servers::{
    REDIS_7_0, REDIS_8_0, Server, VALKEY_8_1, administrator, application, on_every_server,
};
use super::wait_for;
use crate::support::run;

/// What becomes of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Kept,
    Lost,
    /// The new server does not start.
    Refused,
}

const N_KEYS: i64 = 500;

/// Makes a change to a server with data in a database, and returns what became of the data.
fn make(old: (&Server, &str), new: (&Server, &str), database: &str) -> Outcome {
    let (server, settings) = old;
    let (pod, _, secret) = server.pod(&["--set", settings]);
    let mut running = pod.start_ready();
    let mut client = application(&pod, &secret);
    assert_eq!(client.call(&["SELECT", database]), Reply::ok());
    for key in 0..N_KEYS {
        assert_eq!(
            client.call(&["SET", &format!("key:{key}"), "v"]),
            Reply::ok()
        );
    }
    let ended = running.stop();
    assert!(ended.status.success(), "{ended:?}");

    let (server, settings) = new;
    let manifest = Manifest::render(&server.arguments(&["--set", settings]));
    let next = server.pod_of(&manifest, &secret, Userland::Debian);
    next.carry_over("redis-data", &pod);
    next.init().expect("the users are written");
    let mut running = next.start();
    let ready = wait_for("the server", Duration::from_secs(30), || {
        if running
            .process
            .try_wait()
            .expect("it was started")
            .is_some()
        {
            return Ok(false);
        }
        running.probe("readinessProbe").map(|_| true)
    });
    if !ready {
        let log = running.log();
        assert!(
            log.contains("format version") || log.contains("databases"),
            "{log}"
        );
        return Outcome::Refused;
    }
    let mut client = application(&next, &secret);
    if client.call(&["SELECT", database]) != Reply::ok() {
        // The log's own SELECT failed as well, so the keys are in the database before it.
        assert_eq!(client.call(&["DBSIZE"]), Reply::Integer(N_KEYS));
        return Outcome::Lost;
    }
    match client.call(&["DBSIZE"]) {
        Reply::Integer(N_KEYS) => Outcome::Kept,
        Reply::Integer(0) => Outcome::Lost,
        other => panic!("neither kept nor lost: {other:?}"),
    }
}

/// Tells whether `cachegen diff` calls a change a risk to the data.
fn is_called_risk(old: (&Server, &str), new: (&Server, &str)) -> bool {
    let words = |(server, settings): (&Server, &str)| server.arguments(&["--set", settings]);
    let directory = tempfile::tempdir().expect("the temporary directory is writable");
    let path = directory.path().join("old.yaml");
    let old: Vec<String> = ["render".to_owned()]
        .into_iter()
        .chain(words(old))
        .collect();
    let old: Vec<&str> = old.iter().map(String::as_str).collect();
    std::fs::write(&path, run(&old).stdout).expect("the directory is writable");
    let mut new = words(new);
    new.splice(
        0..0,
        [
            "diff",
            "-o",
            "json",
            "--against",
            path.to_str().expect("it is ASCII"),
        ]
        .map(str::to_owned),
    );
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let report: Value = serde_json::from_str(&run(&new).stdout).expect("it is JSON");
    report["worst"] == "data risk"
}

#[track_caller]
fn comes_to(old: (&Server, &str), new: (&Server, &str), database: &str, outcome: Outcome) {
    assert_eq!(make(old, new, database), outcome, "{old:?} to {new:?}");
    assert_eq!(
        is_called_risk(old, new),
        outcome != Outcome::Kept,
        "{old:?} to {new:?}"
    );
}

on_every_server!(
    a_change_of_persistence_keeps_or_loses_what_diff_says,
    fewer_databases_mix_or_refuse_what_was_in_the_others,
    what_is_called_live_can_be_set_and_nothing_else,
    a_policy_evicts_what_diff_says,
);

fn a_change_of_persistence_keeps_or_loses_what_diff_says(server: &Server) {
    const LOGGED: &str = "valkey.settings.appendonly=yes";
    const SAVED: &str = "valkey.settings.appendonly=no";
    const LOGGED_ONLY: &str = "valkey.settings.save=";
    const NEITHER: &str = "valkey.settings.appendonly=no,valkey.settings.save=";
    for (old, new, outcome) in [
        (SAVED, LOGGED, Outcome::Lost),
        (LOGGED, SAVED, Outcome::Kept),
        (LOGGED, LOGGED_ONLY, Outcome::Kept),
        (LOGGED_ONLY, SAVED, Outcome::Lost),
        (NEITHER, SAVED, Outcome::Lost),
        (
            SAVED,
            "valkey.settings.appendonly=no,valkey.settings.extra.hz=20",
            Outcome::Kept,
        ),
        (LOGGED, "valkey.settings.extra.hz=20", Outcome::Kept),
    ] {
        comes_to((server, old), (server, new), "0", outcome);
    }
    // What was safe this time is the last of it: nothing is written from then on.
    assert_eq!(make((server, SAVED), (server, NEITHER), "0"), Outcome::Kept);
    assert!(is_called_risk((server, SAVED), (server, NEITHER)));
    assert_eq!(
        make((server, NEITHER), (server, NEITHER), "0"),
        Outcome::Lost
    );
}

fn fewer_databases_mix_or_refuse_what_was_in_the_others(server: &Server) {
    let databases = |number: u8, log: &str| {
        format!("valkey.settings.extra.databases={number},valkey.settings.appendonly={log}")
    };
    for (log, outcome) in [("no", Outcome::Refused), ("yes", Outcome::Lost)] {
        let (many, few) = (databases(16, log), databases(2, log));
        comes_to((server, &many), (server, &few), "5", outcome);
        comes_to((server, &few), (server, &many), "1", Outcome::Kept);
    }
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn an_engine_reads_the_files_that_diff_says_it_reads() {
    let servers = [&REDIS_7_0, &REDIS_8_0, &VALKEY_8_1];
    for (old, new, outcome) in [
        (0, 1, Outcome::Kept),
        (0, 2, Outcome::Kept),
        (1, 0, Outcome::Refused),
        (1, 2, Outcome::Refused),
        (2, 0, Outcome::Refused),
        (2, 1, Outcome::Kept),
    ] {
        for settings in [
            "valkey.settings.appendonly=yes",
            "valkey.settings.appendonly=no",
        ] {
            comes_to(
                (servers[old], settings),
                (servers[new], settings),
                "0",
                outcome,
            );
        }
    }
}

/// Directives whose other value wants a build, a right or a resource that this server does not have.
const WANT_MORE: [&str; 3] = ["activedefrag", "oom-score-adj", "maxclients"];

fn what_is_called_live_can_be_set_and_nothing_else(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    let _running = pod.start_ready();
    let mut client = administrator(&pod, &secret);
    let version: Version = server.version.parse().expect("a version");
    let engine = match server.is_valkey() {
        true => Engine::Valkey,
        false => Engine::Redis,
    };
    let Reply::List(all) = client.call(&["CONFIG", "GET", "*"]) else {
        panic!("CONFIG GET gives a list");
    };
    let (mut n_live, mut n_fixed) = (0, 0);
    for pair in all.chunks(2) {
        let (name, value) = (pair[0].text(), pair[1].text());
        let Lookup::Known(directive) = conf::find(&name, engine, version) else {
            continue;
        };
        if !directive.live {
            let reply = client.call(&["CONFIG", "SET", &name, &value]);
            assert!(
                matches!(reply, Reply::Error(_)),
                "{name} is not live: {reply:?}"
            );
            n_fixed += 1;
            continue;
        }
        let other = other(directive, &value).filter(|_| !WANT_MORE.contains(&name.as_str()));
        for wanted in other.iter().chain([&value]) {
            let reply = client.call(&["CONFIG", "SET", &name, wanted]);
            assert_eq!(reply, Reply::ok(), "{name} {wanted}");
            assert_eq!(client.config(&name), *wanted, "{name}");
        }
        n_live += 1;
    }
    assert!(n_live > 90 && n_fixed > 5, "{n_live} live, {n_fixed} not");
}

/// Returns another value of a directive, where its kind tells one.
fn other(directive: &Directive, value: &str) -> Option<String> {
    match directive.kind {
        Kind::Switch => Some(if value == "yes" { "no" } else { "yes" }.to_owned()),
        Kind::Integer { min, max } => {
            let number: i64 = value.parse().ok()?;
            let next = if number < max { number + 1 } else { number - 1 };
            (min..=max).contains(&next).then(|| next.to_string())
        }
        Kind::Memory { max, .. } => {
            let number: u64 = value.parse().ok()?;
            let next = number.checked_add(1024 * 1024)?;
            (next <= max).then(|| next.to_string())
        }
        Kind::Choice(words) => words
            .iter()
            .find(|word| **word != value)
            .map(|word| (*word).to_owned()),
        _ => None,
    }
}

fn a_policy_evicts_what_diff_says(server: &Server) {
    let (pod, _, secret) = server.pod(&[
        "--set",
        "valkey.settings.maxmemory=16mb,valkey.settings.maxmemoryPolicy=noeviction",
    ]);
    let _running = pod.start_ready();
    let mut client = application(&pod, &secret);
    let value = "v".repeat(64 * 1024);
    let mut fill = |prefix: &str| -> Option<String> {
        (0..500).find_map(
            |key| match client.call(&["SET", &format!("{prefix}:{key}"), &value]) {
                Reply::Error(text) => Some(text),
                _ => None,
            },
        )
    };
    assert!(fill("first").expect("it is full").starts_with("OOM"));
    for (policy, is_full) in [("volatile-lru", true), ("allkeys-lru", false)] {
        let mut administrator = administrator(&pod, &secret);
        assert_eq!(
            administrator.call(&["CONFIG", "SET", "maxmemory-policy", policy]),
            Reply::ok()
        );
        assert_eq!(
            fill(policy).is_some(),
            is_full,
            "{policy}: keys that never expire"
        );
    }
    let first = "valkey.settings.maxmemoryPolicy=noeviction";
    for (policy, is_risk) in [
        ("volatile-lru", true),
        ("allkeys-lru", true),
        ("noeviction", false),
    ] {
        let then = format!("valkey.settings.maxmemoryPolicy={policy}");
        assert_eq!(
            is_called_risk((server, first), (server, &then)),
            is_risk,
            "{policy}"
        );
    }
}
