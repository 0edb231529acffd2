//! Ring 2: what is rendered runs, on real servers and under real readers, without a cluster.
//! It takes everything from the rendered objects: nothing is copied out of a manifest by hand.
#![expect(
    clippy::disallowed_methods,
    reason = "a harness of programs has files, an environment and a clock"
)]

mod alerts;
mod cases;
mod cgroup;
mod changes;
mod client;
mod container;
mod controllers;
mod copies;
mod crashes;
mod dashboards;
mod dialects;
mod faults;
mod hooks;
mod kustomize;
mod linters;
mod load;
mod manifest;
mod monitored;
mod network;
mod passwords;
mod planted;
mod pod;
mod policies;
mod probes;
mod prometheus;
mod references;
mod roots;
mod rules;
mod schemas;
mod servers;
mod settings;
mod shells;
mod storm;
mod tools;
mod users;
mod volumes;

use std::thread;
use std::time::{Duration, Instant};

use crate::planting;

/// Asks until there is an answer; panics with what was last seen once `deadline` has passed.
fn wait_for<T>(what: &str, deadline: Duration, mut ask: impl FnMut() -> Result<T, String>) -> T {
    // What a fault has stopped does not come, and what it has not is there soon.
    let deadline = match planting::is_planted() {
        true => deadline.min(Duration::from_secs(15)),
        false => deadline,
    };
    let start = Instant::now();
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(seen) => assert!(
                start.elapsed() < deadline,
                "{what}: not within {deadline:?}: {seen}"
            ),
        }
        thread::sleep(Duration::from_millis(20));
    }
}
