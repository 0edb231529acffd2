//! Whether the tests would notice: faults are planted into what is rendered, one at a time, and the test that is there
//! for such a fault has to fail.

use std::panic;
use std::sync::OnceLock;

use super::faults::FAULTS;
use super::references;
use super::servers::VALKEY_8_1;
use crate::planting;

/// As many tests as share the faults, so that they run side by side.
const N_PARTS: usize = 6;

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn every_planted_fault_is_noticed_1_of_6() {
    plant(0);
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn every_planted_fault_is_noticed_2_of_6() {
    plant(1);
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn every_planted_fault_is_noticed_3_of_6() {
    plant(2);
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn every_planted_fault_is_noticed_4_of_6() {
    plant(3);
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn every_planted_fault_is_noticed_5_of_6() {
    plant(4);
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn every_planted_fault_is_noticed_6_of_6() {
    plant(5);
}

/// Plants every so many-th fault. `CACHEGEN_PLANT=policy` plants only those whose name has the word.
#[expect(clippy::print_stderr, reason = "it takes long, and says what it does")]
fn plant(part: usize) {
    let mut faults: Vec<String> = Vec::new();
    let only = std::env::var("CACHEGEN_PLANT").unwrap_or_default();
    let chosen = FAULTS.iter().skip(part).step_by(N_PARTS);
    for fault in chosen.filter(|fault| fault.what.contains(&only)) {
        eprintln!("planting {}", fault.what);
        planting::plant(None);
        if !is_in_some_render(fault.from) {
            faults.push(format!("{}: there is nowhere to plant it", fault.what));
            continue;
        }
        planting::plant(Some((fault.from, fault.to)));
        if panic::catch_unwind(fault.test).is_ok() {
            faults.push(format!("{}: nobody noticed", fault.what));
        }
        planting::plant(None);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Every fault has a place in what some server's standard render or some case says.
fn is_in_some_render(text: &str) -> bool {
    static RENDERS: OnceLock<Vec<String>> = OnceLock::new();
    let renders = RENDERS.get_or_init(|| {
        let of_server = [
            &["--set", "valkey.backup.enabled=true"][..],
            &["--set", "valkey.settings.appendfsync=always"],
        ];
        of_server
            .into_iter()
            .map(|more| super::manifest::Manifest::render(&VALKEY_8_1.arguments(more)).text)
            .chain(references::all_texts())
            .collect()
    });
    renders.iter().any(|rendered| rendered.contains(text))
}
