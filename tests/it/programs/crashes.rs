//! A server that is killed while many clients write: nothing is lost that was acknowledged, or as little as
//! `docs/runbook.md` says.

use std::thread;
use std::time::{Duration, Instant};

use super::client::{Client, Reply};
use super::servers::{Server, application, on_every_server};
use super::wait_for;

const N_WRITERS: usize = 8;
/// So much is acknowledged before the server is killed.
const LOAD: Duration = Duration::from_secs(3);
/// While a sync takes long, acknowledged writes wait in the server's buffer, for two seconds at most.
const BUFFERED: Duration = Duration::from_secs(2);

on_every_server!(
    nothing_is_lost_where_every_write_is_synced,
    the_last_two_seconds_are_lost_at_most,
);

/// Writes until the server is gone; returns when each write was acknowledged.
fn write(writer: usize, client: &mut Client) -> Vec<Instant> {
    let mut acknowledged = Vec::new();
    loop {
        let key = format!("{writer}:{}", acknowledged.len());
        match client.ask(&["SET", &key, &key]) {
            Some(reply) => {
                assert_eq!(reply, Reply::ok(), "{key}");
                acknowledged.push(Instant::now());
            }
            None => return acknowledged,
        }
    }
}

/// Kills the server under load and starts it again; returns of each write that was acknowledged and is lost how long
/// before the kill that was.
fn lost(server: &Server, appendfsync: &str) -> Vec<Duration> {
    let setting = format!("valkey.settings.appendfsync={appendfsync}");
    let (pod, _, secret) = server.pod(&["--set", &setting]);
    pod.put_on_disk("redis-data");
    let mut running = pod.start_ready();
    let mut clients: Vec<Client> = (0..N_WRITERS).map(|_| application(&pod, &secret)).collect();
    let mut watcher = application(&pod, &secret);
    let (killed, acknowledged) = thread::scope(|scope| {
        let writers: Vec<_> = clients
            .iter_mut()
            .enumerate()
            .map(|(writer, client)| scope.spawn(move || write(writer, client)))
            .collect();
        let start = Instant::now();
        wait_for("writes for some time", LOAD * 10, || {
            let n_keys = match watcher.call(&["DBSIZE"]) {
                Reply::Integer(n_keys) => n_keys,
                other => panic!("{other:?}"),
            };
            let is_enough = start.elapsed() >= LOAD && n_keys >= 1000;
            if is_enough {
                Ok(())
            } else {
                Err(format!("{n_keys} keys"))
            }
        });
        let killed = Instant::now();
        running.signal("KILL");
        let writers = writers.into_iter();
        let acknowledged: Vec<Vec<Instant>> = writers
            .map(|writer| writer.join().expect("the server acknowledges"))
            .collect();
        (killed, acknowledged)
    });
    running.wait(Duration::from_secs(10));

    let mut running = pod.start();
    running.wait_started();
    let mut client = application(&pod, &secret);
    let mut lost = Vec::new();
    for (writer, writes) in acknowledged.iter().enumerate() {
        assert!(writes.len() > 10, "{}", writes.len());
        for (index, at) in writes.iter().enumerate() {
            let key = format!("{writer}:{index}");
            match client.call(&["GET", &key]) {
                Reply::Bytes(value) => assert_eq!(value, key.as_bytes()),
                _ => lost.push(killed.saturating_duration_since(*at)),
            }
        }
    }
    lost
}

pub(super) fn nothing_is_lost_where_every_write_is_synced(server: &Server) {
    assert_eq!(lost(server, "always"), []);
}

fn the_last_two_seconds_are_lost_at_most(server: &Server) {
    let lost = lost(server, "everysec");
    assert!(lost.iter().all(|age| *age <= BUFFERED), "{lost:?}");
}
