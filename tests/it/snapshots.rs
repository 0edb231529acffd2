//! Every case as it renders: `tests/cases/<case>` beside `snapshots/<case>`. A snapshot is reviewed as code.

use std::collections::BTreeSet;

use crate::support::{cases, root};

/// Runs every case; `INSTA_UPDATE=always` records anew.
#[test]
fn every_case_renders_as_recorded() {
    for case in cases() {
        let run = case.render();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(root().join("snapshots").join(&case.name));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| {
            if case.is_mistaken() {
                assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", case.name);
                insta::assert_snapshot!("stderr", run.stderr);
            } else {
                assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", case.name);
                insta::assert_binary_snapshot!("manifests.yaml", run.stdout.into_bytes());
            }
        });
    }
}

#[test]
fn every_snapshot_has_its_case() {
    let cases: BTreeSet<String> = cases().into_iter().map(|case| case.name).collect();
    let recorded: BTreeSet<String> = std::fs::read_dir(root().join("snapshots"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(cases, recorded);
}
