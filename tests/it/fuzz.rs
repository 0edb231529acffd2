//! The fuzz targets over their corpus: what once broke a promise, and what reaches far.

use std::path::Path;

use crate::support::root;

#[allow(unreachable_pub, reason = "they are public where the fuzzer uses them")]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

type Target = fn(&[u8]);

/// The targets by the names of their directories.
const TARGETS: [(&str, Target); 10] = [
    ("acl", targets::acl),
    ("conf", targets::conf),
    ("diff", targets::diff),
    ("json", targets::json),
    ("lint", targets::lint),
    ("numbers", targets::numbers),
    ("render", targets::render),
    ("set", targets::set),
    ("template", targets::template),
    ("yaml", targets::yaml),
];

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn every_input_of_the_corpus_is_survived() {
    let corpus = root().join("fuzz/corpus");
    assert_eq!(names(&corpus), TARGETS.map(|(name, _)| name));
    for (name, target) in TARGETS {
        let directory = corpus.join(name);
        let inputs = names(&directory);
        assert!(!inputs.is_empty(), "{name}");
        for input in inputs {
            let bytes = std::fs::read(directory.join(&input)).unwrap();
            let outcome = std::panic::catch_unwind(|| target(&bytes));
            assert!(outcome.is_ok(), "fuzz/corpus/{name}/{input}");
        }
    }
}
