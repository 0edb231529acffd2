//! The files of a pod's volumes, and what the sandbox is told about each.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::manifest::{Manifest, Secret, elements, string};

/// Lays out the files of the pod's volumes, and returns the arguments of `sandbox.sh` for them.
pub(super) fn arguments(
    set: &Value,
    manifest: &Manifest,
    secret: &Secret,
    directory: &Path,
) -> Vec<OsString> {
    let mut arguments = Vec::new();
    let mut add = |name: &Value, kind: &str, source: PathBuf, option: String| {
        let all: [OsString; 4] = [
            string(name).into(),
            kind.into(),
            source.into(),
            option.into(),
        ];
        arguments.extend(all);
    };
    for volume in elements(&set["spec"]["template"]["spec"]["volumes"]) {
        let name = &volume["name"];
        if let Some(source) = volume.get("configMap") {
            let files = manifest.config_map(string(&source["name"]));
            add(
                name,
                "files",
                lay_out(directory, name, &files),
                mode(source),
            );
        } else if let Some(source) = volume.get("secret") {
            assert_eq!(source["secretName"], secret.name, "another Secret");
            add(
                name,
                "files",
                lay_out(directory, name, &secret.data),
                mode(source),
            );
        } else if let Some(source) = volume.get("emptyDir") {
            if source["medium"] == "Memory" {
                let size = source.get("sizeLimit").map(|size| {
                    // Memory is counted alike in both: 1Mi of a Quantity is 1m of tmpfs.
                    let size = string(size);
                    let digits = size.strip_suffix("i").expect("a limit in Ki, Mi or Gi");
                    format!(",size={}", digits.to_lowercase())
                });
                add(name, "memory", PathBuf::new(), size.unwrap_or_default());
            } else {
                add(name, "empty", PathBuf::new(), String::new());
            }
        } else if volume.get("persistentVolumeClaim").is_some() {
            add(name, "claim", PathBuf::new(), String::new());
        } else {
            panic!("this harness does not know the volume {volume}");
        }
    }
    for claim in elements(&set["spec"]["volumeClaimTemplates"]) {
        add(
            &claim["metadata"]["name"],
            "claim",
            PathBuf::new(),
            String::new(),
        );
    }
    arguments
}

fn lay_out(directory: &Path, volume: &Value, files: &BTreeMap<String, Vec<u8>>) -> PathBuf {
    let lay_out = || -> io::Result<PathBuf> {
        let source = directory.join("files").join(string(volume));
        fs::create_dir_all(source.join("..now"))?;
        symlink("..now", source.join("..data"))?;
        for (key, bytes) in files {
            fs::write(source.join("..now").join(key), bytes)?;
            symlink(Path::new("..data").join(key), source.join(key))?;
        }
        Ok(source)
    };
    lay_out().expect("the pod's directory is writable")
}

fn mode(source: &Value) -> String {
    assert!(
        source.get("items").is_none(),
        "this harness does not know `items`"
    );
    format!("{:04o}", source["defaultMode"].as_u64().unwrap_or(0o644))
}
