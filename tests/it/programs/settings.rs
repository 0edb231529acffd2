//! What the rendered redis.conf says is what the server does, for the defaults and for what users set.

use std::collections::BTreeMap;
use std::io::Write;

use tempfile::NamedTempFile;

use super::client::Client;
use super::manifest::Manifest;
use super::pod::Userland;
use super::servers::{Server, administrator, on_every_server};

/// Directives that `CONFIG GET` does not know: `include` is none of the server's parameters.
const NOT_A_PARAMETER: &[&str] = &["include"];

/// Asserts that the server tells of every directive in the rendered redis.conf the value that is written there.
pub(super) fn assert_in_force(manifest: &Manifest, administrator: &mut Client) {
    let said = directives(manifest);
    assert!(said.len() > 20, "not a configuration: {said:?}");
    for (directive, lines) in said {
        if NOT_A_PARAMETER.contains(&directive.as_str()) {
            continue;
        }
        let got = administrator.config(&directive);
        assert_eq!(
            canonical(&directive, &got),
            canonical(&directive, &lines.join(" ")),
            "`{directive}`: the server says `{got}`, redis.conf says {lines:?}"
        );
    }
}

/// Returns the arguments of every directive of the rendered redis.conf, one string a line.
fn directives(manifest: &Manifest) -> BTreeMap<String, Vec<String>> {
    let set = manifest.only("StatefulSet");
    let volumes = super::manifest::elements(&set["spec"]["template"]["spec"]["volumes"]);
    let name = volumes
        .iter()
        .find_map(|volume| volume["configMap"]["name"].as_str())
        .expect("a volume has the configuration");
    let text = String::from_utf8(manifest.config_map(name)["redis.conf"].clone())
        .expect("the configuration is text");
    let mut directives = BTreeMap::<String, Vec<String>>::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (directive, arguments) = line.split_once(' ').unwrap_or((line, ""));
        let arguments: Vec<&str> = arguments.split_whitespace().map(unquoted).collect();
        directives
            .entry(directive.to_lowercase())
            .or_default()
            .push(arguments.join(" "));
    }
    directives
}

fn unquoted(argument: &str) -> &str {
    let inner = argument
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let inner = inner.unwrap_or(argument);
    assert!(
        !inner.contains(['"', '\'', '\\']),
        "this test does not read quotes within `{argument}`"
    );
    inner
}

/// Returns a spelling that is the same for all that mean the same to the server.
fn canonical(directive: &str, value: &str) -> String {
    let value = value.trim().to_lowercase();
    match directive {
        // The server lists all classes, also those that keep its defaults, and old ones call a replica a slave.
        "client-output-buffer-limit" => {
            let words: Vec<&str> = value.split_whitespace().collect();
            let mut classes: Vec<String> = words
                .chunks(4)
                .map(|class| class.join(" ").replace("slave", "replica"))
                .collect();
            classes.sort();
            classes.join(" ")
        }
        "notify-keyspace-events" => {
            let mut flags: Vec<char> = value.chars().collect();
            flags.sort_unstable();
            flags.into_iter().collect()
        }
        _ => value,
    }
}

on_every_server!(
    what_the_values_say_is_what_the_server_does,
    only_what_is_meant_departs_from_the_servers_own_defaults,
    further_directives,
    spellings_of_memory,
    without_persistence,
);

/// Each setting with a value of its own, the directive it is about, and what the server then says.
const SETTINGS: &[(&str, &str, &str, &str)] = &[
    ("maxmemory", "100mb", "maxmemory", "104857600"),
    (
        "maxmemoryPolicy",
        "allkeys-lfu",
        "maxmemory-policy",
        "allkeys-lfu",
    ),
    ("appendonly", "no", "appendonly", "no"),
    ("appendfsync", "always", "appendfsync", "always"),
    ("loglevel", "warning", "loglevel", "warning"),
    (
        "slowlogThreshold",
        "4321",
        "slowlog-log-slower-than",
        "4321",
    ),
    ("save", "123 45", "save", "123 45"),
];

/// What a server says whose settings nobody touched: the comments of `values.yaml` and README.md.
const DEFAULTS: &[(&str, &str)] = &[
    ("maxmemory", "402653184"),
    ("maxmemory-policy", "volatile-lru"),
    ("appendonly", "yes"),
    ("appendfsync", "everysec"),
    ("loglevel", "notice"),
    ("slowlog-log-slower-than", "10000"),
    ("save", "900 1 300 10 60 10000"),
    ("dir", "/data"),
    ("port", "6379"),
    ("bind", "* -::*"),
    ("protected-mode", "yes"),
    ("stop-writes-on-bgsave-error", "yes"),
    ("aof-load-truncated", "yes"),
    ("aof-use-rdb-preamble", "yes"),
    ("rdbcompression", "yes"),
    ("rdbchecksum", "yes"),
    ("lazyfree-lazy-eviction", "yes"),
    ("maxclients", "10000"),
    ("databases", "1"),
    ("hz", "10"),
];

pub(super) fn what_the_values_say_is_what_the_server_does(server: &Server) {
    let own: Vec<String> = SETTINGS
        .iter()
        .map(|(key, value, _, _)| format!("valkey.settings.{key}={value}"))
        .collect();
    let own: Vec<&str> = own.iter().flat_map(|set| ["--set", set]).collect();
    let said: Vec<(&str, &str)> = SETTINGS
        .iter()
        .map(|(_, _, directive, said)| (*directive, *said))
        .collect();
    for (arguments, expected) in [(&[][..], DEFAULTS), (&own, &said)] {
        let (pod, _, secret) = server.pod(arguments);
        let _running = pod.start_ready();
        let mut client = administrator(&pod, &secret);
        for (directive, value) in expected {
            assert_eq!(client.config(directive), *value, "{directive}");
        }
    }
}

/// Where the rendered configuration is not what the server would do by itself, and why.
const DEPARTURES: &[(&str, &str, &str)] = &[
    ("appendonly", "yes", "acknowledged writes survive"),
    ("databases", "1", "nobody uses a second one by mistake"),
    ("dir", "/data", "the volume is there"),
    (
        "latency-monitor-threshold",
        "100",
        "the exporter tells of slow events",
    ),
    (
        "lazyfree-lazy-eviction",
        "yes",
        "big keys are freed in the background",
    ),
    (
        "lazyfree-lazy-expire",
        "yes",
        "big keys are freed in the background",
    ),
    (
        "lazyfree-lazy-server-del",
        "yes",
        "big keys are freed in the background",
    ),
    ("maxmemory", "402653184", "the pod has a limit"),
    (
        "maxmemory-policy",
        "volatile-lru",
        "it is a cache, and what never expires stays",
    ),
    ("pidfile", "", "the root cannot be written"),
    (
        "replica-lazy-flush",
        "yes",
        "big keys are freed in the background",
    ),
    ("save", "900 1 300 10 60 10000", "the source design's"),
];

/// A number in the wrong unit, a switch the wrong way: whatever is rendered is what the server would do without it, or has
/// its reason.
pub(super) fn only_what_is_meant_departs_from_the_servers_own_defaults(server: &Server) {
    let (pod, mut manifest, secret) = server.pod(&[]);
    let said = directives(&manifest);
    let running = pod.start_ready();
    let mut client = administrator(&pod, &secret);
    let of = |client: &mut Client| -> BTreeMap<String, String> {
        let known = said
            .keys()
            .filter(|name| !NOT_A_PARAMETER.contains(&name.as_str()));
        known
            .map(|name| (name.clone(), canonical(name, &client.config(name))))
            .collect()
    };
    let ours = of(&mut client);
    drop(running);
    manifest.set_configuration("include /run/redis/auth.conf\n");
    let pod = server.pod_of(&manifest, &secret, Userland::Debian);
    let _running = pod.start_ready();
    let own = of(&mut administrator(&pod, &secret));
    for (directive, value) in &ours {
        let departure = DEPARTURES.iter().find(|(known, ..)| known == directive);
        let wanted = departure.map_or(own[directive].as_str(), |(_, value, _)| *value);
        assert_eq!(value, wanted, "{directive}");
    }
    for (directive, ..) in DEPARTURES {
        assert!(ours.contains_key(*directive), "no {directive}");
    }
}

fn further_directives(server: &Server) {
    let mut values = NamedTempFile::new().expect("the temporary directory is writable");
    write!(
        values,
        "valkey:
  settings:
    extra:
      client-output-buffer-limit: pubsub 64mb 16mb 90
      notify-keyspace-events: Ex
      io-threads: 2
      proto-max-bulk-len: 64mb
      maxclients: 5000
      maxmemory-samples: 10
"
    )
    .expect("the file is writable");
    let path = values.path().to_str().expect("the path is ASCII");
    let (pod, manifest, secret) = server.pod(&["--values", path]);
    let said = directives(&manifest);
    for (directive, value) in [
        ("notify-keyspace-events", "Ex"),
        ("io-threads", "2"),
        ("maxclients", "5000"),
        ("maxmemory-samples", "10"),
    ] {
        assert_eq!(said[directive], [value], "{directive}");
    }
    assert!(
        said["client-output-buffer-limit"].contains(&"pubsub 67108864 16777216 90".to_owned()),
        "{said:?}"
    );
    let _running = pod.start_ready();
    assert_in_force(&manifest, &mut administrator(&pod, &secret));
}

fn spellings_of_memory(server: &Server) {
    for (spelling, bytes) in [
        ("512Mi", "536870912"),
        ("512mb", "536870912"),
        ("300m", "300000000"),
        ("1gb", "1073741824"),
        ("1G", "1000000000"),
        ("268435456", "268435456"),
    ] {
        let (pod, manifest, secret) =
            server.pod(&["--set", &format!("valkey.settings.maxmemory={spelling}")]);
        assert_eq!(directives(&manifest)["maxmemory"], [bytes], "{spelling}");
        let _running = pod.start_ready();
        assert_in_force(&manifest, &mut administrator(&pod, &secret));
    }
}

pub(super) fn without_persistence(server: &Server) {
    let (pod, manifest, secret) = server.pod(&[
        "--set",
        "valkey.settings.appendonly=no,valkey.settings.save=,valkey.storage.enabled=false",
    ]);
    assert_eq!(directives(&manifest)["save"], [""]);
    assert_eq!(directives(&manifest)["appendonly"], ["no"]);
    let running = pod.start_ready();
    assert_in_force(&manifest, &mut administrator(&pod, &secret));
    running
        .probe("readinessProbe")
        .expect("the server is ready");
}
