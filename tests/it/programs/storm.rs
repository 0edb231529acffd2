//! The rendered limits hold: a full server survives the worst storm of writes within its memory limit, and ends and
//! starts within its grace period and its startup budget on half a core. Needs control groups that can be written, and
//! says so where they cannot.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::cgroup::Group;
use super::client::Reply;
use super::pod::Pod;
use super::roots::{self, Suite};
use super::servers::{VALKEY_8_1, administrator, application};
use super::wait_for;

const PATIENCE: Duration = Duration::from_secs(300);

/// Starts writes of 2 KiB as fast as they go, to more keys than fit.
fn storm(pod: &Pod, password: &str, n_writes: u32) -> Child {
    let mut command = pod.in_network("chroot");
    command
        .arg(Suite::Trixie.root_with("redis-benchmark"))
        .args(["redis-benchmark", "-a", password, "-t", "set", "-d", "2048"])
        .args(["-r", "400000", "-c", "50", "-P", "4", "-q", "-n"])
        .arg(n_writes.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    roots::spawn(&mut command)
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
#[expect(clippy::print_stderr, reason = "what was measured, and why it was not")]
fn the_limits_hold_in_the_worst_storm_of_writes() {
    let (pod, manifest, secret) =
        VALKEY_8_1.pod(&["--set", "valkey.settings.maxmemoryPolicy=allkeys-lru"]);
    let limit = manifest.memory_limit();
    let Some(group) = Group::new(limit) else {
        eprintln!("not run: this machine's control groups cannot be written");
        return;
    };
    pod.put_on_disk("redis-data");
    let mut running = pod.start_ready();
    group.take(&running.pid());

    let password = secret.password("password");
    let password = std::str::from_utf8(password).expect("a made password is ASCII");
    let mut boss = administrator(&pod, &secret);
    eprintln!("filling the server");
    let filled = storm(&pod, password, 250_000)
        .wait()
        .expect("the storm was started");
    assert!(filled.success(), "{filled}: {}", running.log());
    eprintln!("saving it in a storm of writes");
    let mut writing = storm(&pod, password, 400_000);
    let mut n_snapshots = 0;
    while writing.try_wait().expect("the storm was started").is_none() {
        if matches!(boss.call(&["BGSAVE"]), Reply::Status(_)) {
            n_snapshots += 1;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    let info = boss.call(&["INFO", "memory"]).text();
    let peak = group.peak();
    eprintln!(
        "{n_snapshots} snapshots; peak {} of {} MiB",
        peak >> 20,
        limit >> 20
    );
    assert!(n_snapshots > 0, "no snapshot in the storm");
    let used: u64 = info
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"))
        .and_then(|number| number.parse().ok())
        .expect("the server knows what it uses");
    // Copies of pages, or this was no storm.
    assert!(peak > used / 10 * 11, "{peak}: {info}");
    assert_eq!(group.n_killed(), 0, "{}", running.log());

    wait_for("the end of the last snapshot", PATIENCE, || {
        let info = boss.call(&["INFO", "persistence"]).text();
        let is_over = info.contains("rdb_bgsave_in_progress:0\r")
            && info.contains("aof_rewrite_in_progress:0\r");
        if is_over { Ok(()) } else { Err(info) }
    });
    let n_keys = boss.call(&["DBSIZE"]);
    group.halve_a_core();
    let start = Instant::now();
    let ended = running.stop();
    assert!(ended.status.success(), "{ended:?}");
    eprintln!("ended within {:?} on half a core", start.elapsed());
    let start = Instant::now();
    let mut running = pod.start();
    group.take(&running.pid());
    running.wait_started();
    eprintln!("started within {:?} on half a core", start.elapsed());
    assert_eq!(application(&pod, &secret).call(&["DBSIZE"]), n_keys);
    assert_eq!(group.n_killed(), 0, "{}", running.log());
}
