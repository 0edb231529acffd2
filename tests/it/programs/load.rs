//! The load of the source design, for some seconds: `scripts/load` against the rendered server, beside one that has none
//! of our settings.

use std::process::Stdio;
use std::time::Duration;

use super::roots::{self, Suite};
use super::servers::VALKEY_8_1;
use super::wait_for;

const SCRIPT: &str = include_str!("../../../scripts/load");
const SECONDS: &str = "10";
const FLOOR: &str = "6390";

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
#[expect(clippy::print_stderr, reason = "what was measured")]
fn five_hundred_connections_are_served() {
    let (pod, _, secret) = VALKEY_8_1.pod(&[]);
    pod.put_on_disk("redis-data");
    let _running = pod.start_ready();
    let root = Suite::Trixie.root_with("valkey-benchmark");
    let mut floor = pod.in_network("chroot");
    floor
        .arg(&root)
        .args([
            "valkey-server",
            "--port",
            FLOOR,
            "--save",
            "",
            "--dir",
            "/tmp",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let mut floor = roots::spawn(&mut floor);
    wait_for(
        "the server without settings",
        Duration::from_secs(20),
        || {
            let mut command = pod.in_network("chroot");
            command.arg(&root).args(["valkey-cli", "-p", FLOOR, "ping"]);
            let said = roots::output(&mut command, b"").stdout;
            if said == b"PONG\n" {
                Ok(())
            } else {
                Err(String::from_utf8_lossy(&said).into_owned())
            }
        },
    );

    let mut command = pod.in_network("chroot");
    command
        .arg(&root)
        .args(["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "HOME=/tmp"])
        .arg(format!(
            "REDISCLI_AUTH={}",
            String::from_utf8_lossy(secret.password("password"))
        ))
        .args([
            "bash",
            "-c",
            SCRIPT,
            "load",
            "--seconds",
            SECONDS,
            "--keys",
            "20000",
        ])
        .args(["--floor", &format!("127.0.0.1:{FLOOR}"), "127.0.0.1"]);
    let output = roots::output(&mut command, b"");
    let said = String::from_utf8_lossy(&output.stdout);
    eprintln!("{said}");
    drop(floor.kill());
    drop(floor.wait());
    assert!(output.status.success(), "{output:?}");
    assert!(
        said.contains("over 500 connections") && said.contains("ratio"),
        "{said}"
    );
}
