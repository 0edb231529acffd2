//! What `benches/rivals` has makes other programs render the objects that cachegen renders.

use std::process::Command;

use crate::support::{finish, root};

#[test]
#[ignore = "needs a rival: HELM, HELM3, KUSTOMIZE, KUBECTL, SHERPACK, JSONNET or GO_JSONNET names it"]
fn rivals_render_the_same_objects() {
    let mut command = Command::new(root().join("benches/processes"));
    command.args(["--check", env!("CARGO_BIN_EXE_cachegen")]);
    let run = finish(command, b"");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.starts_with("the same objects: "),
        "{}",
        run.stdout
    );
}
