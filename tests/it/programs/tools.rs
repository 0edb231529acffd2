//! The checkers of manifests, each in a directory of its own. Does not install anything: `scripts/test` does.

use std::env;
use std::path::PathBuf;

/// Returns a program of a checker's directory.
pub(super) fn tool(checker: &str, program: &str) -> PathBuf {
    let tools = env::var_os("CACHEGEN_TOOLS").unwrap_or_else(|| {
        panic!(
            "CACHEGEN_TOOLS is not set: run `scripts/test`, or set it to what `scripts/test --tools` prints"
        )
    });
    let path = PathBuf::from(tools).join(checker).join("bin").join(program);
    assert!(
        path.exists(),
        "{} is missing: `scripts/test --tools` makes it",
        path.display()
    );
    path
}
