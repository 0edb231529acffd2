//! What the kubelet does in each state that a server can be in: the rendered probes, with the rendered timeouts and
//! thresholds, in states that are really produced. Between two probes no time passes, for the states last.

use std::time::{Duration, Instant};

use super::client::{Client, Reply};
use super::container::Container;
use super::manifest::{Manifest, Secret, container, integer};
use super::pod::{Pod, Userland};
use super::references::Rendered;
use super::servers::{Server, administrator, application, on_every_server};
use super::wait_for;

/// What the kubelet does about a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    /// It gets requests.
    Nothing,
    /// It gets none.
    Unready,
    /// It is killed and started anew.
    Restart,
}

const PATIENCE: Duration = Duration::from_secs(60);

fn decision(container: &Container<'_>) -> Decision {
    let fails = |probe: &str| {
        let threshold = integer(&container.spec[probe]["failureThreshold"]);
        (0..threshold).all(|_| container.probe(probe).is_err())
    };
    if fails("livenessProbe") {
        Decision::Restart
    } else if fails("readinessProbe") {
        Decision::Unready
    } else {
        Decision::Nothing
    }
}

on_every_server!(
    a_server_is_restarted_for_what_a_restart_mends,
    a_failed_snapshot_costs_no_reads,
    a_full_volume_costs_no_reads,
    a_server_without_free_connections_serves_those_who_have_one,
    a_script_that_blocks_takes_the_server_out_of_the_service,
    a_long_load_is_waited_for,
    a_full_volume_keeps_the_server_from_starting,
);

/// How long a server may be silent before the kubelet does something about it: a moment of a slow disk is nothing, and a
/// minute that a script takes is no reason to lose all that it was doing.
#[test]
pub(super) fn the_kubelet_waits_as_long_as_is_meant() {
    for rendered in Rendered::all() {
        let server = container(rendered.pod(), "redis");
        // The cases of their own probes, and a server that only sleeps.
        let is_own = ["probes", "kubernetes-rules", "diagnostic-mode"];
        if is_own.contains(&rendered.case.as_str()) {
            continue;
        }
        for (probe, seconds) in [("livenessProbe", 50..=90), ("readinessProbe", 10..=20)] {
            let probe = &server[probe];
            let field = |name: &str| integer(&probe[name]);
            let silence = field("periodSeconds") * field("failureThreshold");
            assert!(seconds.contains(&silence), "{}: {probe}", rendered.case);
            // On a busy node the probe itself takes seconds.
            assert!(field("timeoutSeconds") >= 3, "{}: {probe}", rendered.case);
            assert!(
                field("timeoutSeconds") <= field("periodSeconds"),
                "{}: {probe}",
                rendered.case
            );
            assert!(
                probe["initialDelaySeconds"].is_null(),
                "{}: {probe}",
                rendered.case
            );
        }
        let startup = &server["startupProbe"];
        let budget = integer(&startup["periodSeconds"]) * integer(&startup["failureThreshold"]);
        assert!(budget >= 60, "{}: {startup}", rendered.case);
        let grace = integer(&rendered.pod()["terminationGracePeriodSeconds"]);
        assert!(grace >= 30, "{}: {grace}", rendered.case);
    }
}

/// Waits until the server's answer to PING begins so, or contains it.
fn answers(client: &mut Client, part: &str) {
    wait_for(part, PATIENCE, || {
        let reply = client.call(&["PING"]);
        if format!("{reply:?}").contains(part) {
            Ok(())
        } else {
            Err(format!("{reply:?}"))
        }
    });
}

fn set(pod: &Pod, secret: &Secret, directive: &str, value: &str) {
    let reply = administrator(pod, secret).call(&["CONFIG", "SET", directive, value]);
    assert_eq!(reply, Reply::ok(), "{directive} {value}");
}

fn a_server_is_restarted_for_what_a_restart_mends(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    let mut running = pod.start_ready();
    assert_eq!(decision(&running), Decision::Nothing);
    running.signal("STOP");
    assert_eq!(decision(&running), Decision::Restart);
    running.signal("CONT");
    assert_eq!(decision(&running), Decision::Nothing);

    // A dead one ends its container, which the kubelet starts anew without being told by a probe.
    running.signal("KILL");
    running.wait(PATIENCE);
    let mut running = pod.start();
    running.wait_started();
    assert_eq!(decision(&running), Decision::Nothing);
    assert_eq!(
        application(&pod, &secret).call(&["SET", "k", "v"]),
        Reply::ok()
    );
}

pub(super) fn a_failed_snapshot_costs_no_reads(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    let running = pod.start_ready();
    let mut client = application(&pod, &secret);
    assert_eq!(client.call(&["SET", "k", "v"]), Reply::ok());
    // A snapshot cannot take the place of a directory.
    let made = running.exec(&[], &["mkdir", "/data/dump.rdb"]);
    assert!(made.status.success(), "{made:?}");
    administrator(&pod, &secret).call(&["BGSAVE"]);
    answers(&mut client, "MISCONF");
    assert!(client.call(&["SET", "k", "w"]).is_error("MISCONF"));
    assert_eq!(client.call(&["GET", "k"]), Reply::Bytes(b"v".to_vec()));
    assert_eq!(decision(&running), Decision::Nothing);
}

fn a_full_volume_costs_no_reads(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    pod.shrink("redis-data", "2m");
    let running = pod.start_ready();
    let mut client = application(&pod, &secret);
    assert_eq!(client.call(&["SET", "k", "v"]), Reply::ok());
    let value = "x".repeat(1 << 20);
    wait_for("a full volume", PATIENCE, || {
        client.call(&["SET", "much", &value]);
        let info = client.call(&["INFO", "persistence"]).text();
        let is_full = info.contains("aof_last_write_status:err");
        if is_full { Ok(()) } else { Err(info) }
    });
    answers(&mut client, "MISCONF");
    assert_eq!(client.call(&["GET", "k"]), Reply::Bytes(b"v".to_vec()));
    assert_eq!(decision(&running), Decision::Nothing);
}

pub(super) fn a_server_without_free_connections_serves_those_who_have_one(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    let running = pod.start_ready();
    set(&pod, &secret, "maxclients", "10");
    let mut all: Vec<Client> = vec![application(&pod, &secret)];
    wait_for("all connections taken", PATIENCE, || {
        let mut client = pod.connect();
        let reply = client.call(&["PING"]);
        if format!("{reply:?}").contains("max number of clients") {
            Ok(())
        } else {
            all.push(client);
            Err(format!("{reply:?}"))
        }
    });
    assert_eq!(decision(&running), Decision::Nothing);
    assert_eq!(all[0].call(&["SET", "k", "v"]), Reply::ok());
}

pub(super) fn a_script_that_blocks_takes_the_server_out_of_the_service(server: &Server) {
    let (pod, _, secret) = server.pod(&[]);
    let running = pod.start_ready();
    set(&pod, &secret, "busy-reply-threshold", "100");
    let mut other = application(&pod, &secret);
    let mut boss = administrator(&pod, &secret);
    let mut blocking = application(&pod, &secret);
    blocking.send(&["EVAL", "while true do end", "0"]);
    answers(&mut other, "BUSY");
    let decided = decision(&running);
    // First, for the client that asked would wait for an answer.
    assert_eq!(boss.call(&["SCRIPT", "KILL"]), Reply::ok());
    assert_eq!(decided, Decision::Unready);
    assert_eq!(decision(&running), Decision::Nothing);
}

pub(super) fn a_long_load_is_waited_for(server: &Server) {
    let arguments = server.arguments(&[]);
    let secret = Secret::generate(&arguments);
    let mut manifest = Manifest::render(&arguments);
    // A slow disk: so many microseconds a key.
    manifest.configure("key-load-delay 400");
    let pod = server.pod_of(&manifest, &secret, Userland::Debian);
    let mut running = pod.start_ready();
    let fill = "for i = 1, 30000 do redis.call('set', i, 'v') end";
    let reply = application(&pod, &secret).call(&["EVAL", fill, "0"]);
    assert_eq!(reply, Reply::Nothing);
    running.stop();

    let start = Instant::now();
    let mut running = pod.start();
    wait_for("the load", PATIENCE, || {
        match running.probe("startupProbe") {
            Err(said) if said.contains("LOADING") => Ok(()),
            other => Err(format!("{other:?}; log: {}", running.log())),
        }
    });
    assert_eq!(decision(&running), Decision::Unready);
    running.wait_started();
    // Longer than liveness alone would have allowed for a server that does not answer within it.
    assert!(start.elapsed() > Duration::from_secs(5), "not a long load");
    assert_eq!(decision(&running), Decision::Nothing);
    let reply = application(&pod, &secret).call(&["DBSIZE"]);
    assert_eq!(reply, Reply::Integer(30000));
}

fn a_full_volume_keeps_the_server_from_starting(server: &Server) {
    let (pod, _, _) = server.pod(&[]);
    pod.shrink("redis-data", "16k");
    pod.fill("redis-data");
    pod.init().expect("the init container needs no volume");
    let ended = pod.start().wait(PATIENCE);
    assert!(!ended.status.success(), "{ended:?}");
    assert!(ended.log.contains("No space left"), "{ended:?}");
}
