//! Renders ten thousand releases in one process on one core: the cost of each is the same, and memory does not grow.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark has a clock, and says what it measures"
)]

use std::time::Instant;

use cachegen::render::render;
use cachegen::template::Templates;

const N_RELEASES: usize = 10_000;

/// Releases between two lines of the report.
const STEP: usize = 1_000;

/// Renders one release from its values to its text.
fn release(name: &str) -> String {
    let values =
        format!("valkey: {{settings: {{maxmemory: 512mb}}}}\ncommonLabels: {{release: {name}}}\n");
    let tier = cachegen_stages::tier(name, &values);
    render(&tier, &Templates::default()).unwrap().to_yaml()
}

/// The resident memory of this process in KiB, as Linux tells it.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn main() {
    println!("| releases | ms a release | resident KiB |\n|---|---|---|");
    let mut costs = Vec::new();
    let mut sizes = Vec::new();
    for step in 0..N_RELEASES / STEP {
        let began = Instant::now();
        for number in 0..STEP {
            let stream = release(&format!("r{}", step * STEP + number));
            assert!(stream.contains("kind: StatefulSet"));
        }
        costs.push(began.elapsed().as_secs_f64() * 1e3 / STEP as f64);
        sizes.push(resident());
        let n_done = (step + 1) * STEP;
        println!("| {n_done} | {:.3} | {} |", costs[step], sizes[step]);
    }
    let grown = sizes[sizes.len() - 1].saturating_sub(sizes[0]);
    assert!(grown < 2_048, "memory has grown by {grown} KiB");
}
