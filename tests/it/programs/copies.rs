//! The backup's container as the CronJob has it: image, script, environment, user, privileges and volume. It runs beside the
//! server instead of in a pod of its own, where the Service's name leads to the server.

use std::time::Duration;

use serde_json::json;

use super::client::Reply;
use super::manifest::{Manifest, Secret, elements};
use super::pod::Userland;
use super::servers::{Server, application, on_every_server};

/// How many are kept unless the values say otherwise.
const KEPT: usize = 7;

on_every_server!(a_backup_is_made_as_rendered);

pub(super) fn a_backup_is_made_as_rendered(server: &Server) {
    let arguments = server.arguments(&["--set", "valkey.backup.enabled=true"]);
    let secret = Secret::generate(&arguments);
    let mut manifest = Manifest::render(&arguments);
    let name = manifest.only("StatefulSet")["metadata"]["name"].clone();
    let template = &manifest.only("CronJob")["spec"]["jobTemplate"]["spec"]["template"];
    let job = template["spec"].clone();
    let spec = &mut manifest.only_mut("StatefulSet")["spec"]["template"]["spec"];
    assert_eq!(job["securityContext"], spec["securityContext"]);
    for list in ["containers", "volumes"] {
        let further = elements(&job[list]).to_vec();
        spec[list]
            .as_array_mut()
            .expect("a pod has both")
            .extend(further);
    }
    // Where the rendered job looks for the server.
    spec["hostAliases"] = json!([{"ip": "127.0.0.1", "hostnames": [name]}]);

    for userland in [Userland::Debian, Userland::Busybox] {
        let pod = server.pod_of(&manifest, &secret, userland);
        let _running = pod.start_ready();
        let mut client = application(&pod, &secret);
        for key in 0..1000 {
            assert_eq!(
                client.call(&["SET", &format!("key:{key}"), "v"]),
                Reply::ok()
            );
        }
        for day in 1..=9 {
            pod.put("backup", &format!("dump-2025010{day}T000000Z.rdb"));
        }
        let mut backup = pod.start_beside("backup");
        let ended = backup.wait(Duration::from_secs(60));
        assert!(ended.status.success(), "{userland:?}: {ended:?}");
        let context = &pod.spec["securityContext"];
        let line = ended.log.lines().last().unwrap_or_default();
        let (file, rest) = line.split_once(": ").expect("it says what it has made");
        assert!(rest.ends_with(&format!("; {KEPT} kept")), "{line}");
        assert_eq!(pod.list("backup").len(), KEPT);
        assert!(ended.log.contains("1000 keys read"), "{}", ended.log);
        assert_eq!(
            pod.stat("backup", file),
            format!("640 {} {}", context["runAsUser"], context["fsGroup"])
        );
    }
}
