//! Where a rule has a limit: the last value that it takes, and the first that it refuses or finds something about.

use cachegen::redis::sizing;

use crate::support::{object, objects, render, run, run_with};

/// Renders `values` with its `@` replaced by the last value that is taken, then by the first that is refused with the
/// code.
#[track_caller]
pub(crate) fn check(values: &str, taken: &str, refused: &str, code: &str) {
    render(&values.replace('@', taken));
    let values = values.replace('@', refused);
    let run = run_with(&["render", "-f", "-"], values.as_bytes());
    let codes: Vec<&str> = run
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("error[")?.split(']').next())
        .collect();
    assert_eq!((run.code, codes), (2, vec![code]), "{values}");
}

#[test]
fn sizes_are_taken_up_to_their_limits() {
    let storage = "valkey: {storage: {requestedSize: @}}";
    check(storage, "1Mi", "1048575", "invalid-quantity");
    let last = "9223372036854775807";
    check(storage, last, "9223372036854775808", "invalid-quantity");
    let maxmemory = "valkey: {settings: {maxmemory: @}}";
    check(maxmemory, "1Pi", "1125899906842625", "invalid-directive");
    // A server that may use all of its limit is killed before it is full.
    let limit = "valkey: {settings: {maxmemory: 64Mi}, resources: {limits: {memory: @}}}";
    check(limit, "67108865", "64Mi", "limit-below-maxmemory");
    let exporter =
        "valkey: {exporter: {resources: {requests: {memory: 1Mi}, limits: {memory: @}}}}";
    check(exporter, "4Mi", "4194303", "invalid-quantity");
}

#[test]
fn what_is_set_nests_as_deep_as_a_file_and_is_read_back() {
    let own = "extraObjects[0]={\"apiVersion\":\"example.com/v1\",\"kind\":\"A\",\"metadata\":{\"name\":\"a\"}}";
    let set = |flag: &str| run(&["render", "--set-json", own, "--set-json", flag]);
    let (path, json) = (
        |n: usize| format!("extraObjects[0].spec.a{}=1", "[0]".repeat(n)),
        |n: usize| format!("extraObjects[0].spec={}1{}", "[".repeat(n), "]".repeat(n)),
    );
    for deepest in [path(96), json(97)] {
        let run = set(&deepest);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{deepest}");
        assert!(!objects(&run.stdout).is_empty());
    }
    for deeper in [path(97), json(98), path(40_000)] {
        let run = set(&deeper);
        let message = "lists and maps nest more than 100 levels deep";
        assert_eq!((run.code, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
}

#[test]
fn counts_are_taken_up_to_their_limits() {
    check(
        "valkey: {backup: {keep: @}}",
        "5000",
        "5001",
        "invalid-number",
    );
    let budget = "valkey: {podDisruptionBudget: {enabled: yes, maxUnavailable: @}}";
    check(budget, "2147483647", "2147483648", "invalid-number");
    check(budget, "100%", "101%", "invalid-number");
    check(budget, "'5'", "'+5'", "invalid-number");
    let grace = "terminationGracePeriodSeconds: @";
    let last = "9223372036854775807";
    check(grace, last, "9223372036854775808", "invalid-number");
    let ports = "valkey: {networkPolicy: {extraEgress: [{ports: [{port: 6000, endPort: @}]}]}}";
    check(ports, "6000", "5999", "invalid-port");
    check(ports, "65535", "65536", "invalid-number");
}

#[test]
fn lengths_are_taken_up_to_their_limits() {
    let name = |length| "n".repeat(length);
    let full = "fullnameOverride: @";
    check(full, &name(46), &name(47), "name-too-long");
    let backed_up = "{fullnameOverride: @, valkey: {backup: {enabled: yes}}}";
    check(backed_up, &name(39), &name(40), "name-too-long");
    // The key counts as well.
    let annotations = "commonAnnotations: {note: @}";
    let (taken, refused) = (name(256 * 1024 - 4), name(256 * 1024 - 3));
    check(annotations, &taken, &refused, "invalid-annotation");
    // A ConfigMap takes no more.
    let directive = "valkey: {settings: {extra: {proc-title-template: @}}}";
    let (taken, refused) = (name(1 << 20), name((1 << 20) + 1));
    check(directive, &taken, &refused, "invalid-directive");
}

#[test]
fn a_default_gives_way_to_what_is_said_of_the_other_side() {
    for (said, requests, limits) in [
        ("requests: {memory: 64Mi}", "64Mi", "128Mi"),
        ("requests: {memory: 131072Ki}", "131072Ki", "128Mi"),
        ("requests: {memory: 129Mi}", "129Mi", "129Mi"),
        ("limits: {memory: 64Mi}", "64Mi", "64Mi"),
        ("limits: {memory: 63Mi}", "63Mi", "63Mi"),
    ] {
        let stream = render(&format!("valkey: {{exporter: {{resources: {{{said}}}}}}}"));
        let set = object(&stream, "StatefulSet", "-redis");
        let containers = set.at(&["spec", "template", "spec", "containers"]).unwrap();
        let exporter = &containers.as_sequence().unwrap()[1];
        let memory = |side| exporter.at(&["resources", side, "memory"])?.as_str();
        assert_eq!(
            (memory("requests"), memory("limits")),
            (Some(requests), Some(limits)),
            "{said}"
        );
    }
}

#[test]
fn what_depends_on_another_value_is_taken_up_to_it() {
    let scrape = "monitoring: {prometheusEnabled: yes, interval: 20s, scrapeTimeout: @}";
    check(scrape, "20s", "20001ms", "contradiction");
    let families = "valkey: {service: {ipFamilies: @}}";
    check(families, "[IPv6]", "[IPv6, IPv4]", "contradiction");
    let modes = "valkey: {storage: {accessModes: @}}";
    let (taken, refused) = (
        "[ReadWriteOnce, ReadOnlyMany]",
        "[ReadWriteOnce, ReadWriteOncePod]",
    );
    check(modes, taken, refused, "contradiction");
    let save = "valkey: {settings: {extra: {save: @}}}";
    check(save, "['900 1', '60 100']", "[]", "invalid-directive");
}

#[test]
fn a_rate_spans_four_scrapes_where_five_minutes_do_not() {
    for (interval, window) in [("75s", "[5m]"), ("76s", "[304s]")] {
        let stream = render(&format!(
            "monitoring: {{prometheusEnabled: yes, interval: {interval}}}"
        ));
        let rules = object(&stream, "PrometheusRule", "").to_json();
        assert!(rules.contains(window), "{interval}: {rules}");
    }
}

/// Lints `values` with its `@` replaced by the last value on which a rule is silent, then by the first on which it
/// finds something, as bad as that.
#[track_caller]
fn lint(values: &str, silent: u64, found: u64, finding: &str) {
    for (value, is_found) in [(silent, false), (found, true)] {
        let values = values.replace('@', &value.to_string());
        let arguments = ["lint", "-f", "-", "-o", "json", "--fail-on", "never"];
        let run = run_with(&arguments, values.as_bytes());
        let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let findings = document["findings"].as_array().unwrap();
        let is_same = |one: &serde_json::Value| {
            format!("{} {}", one["code"], one["severity"]).replace('"', "") == finding
        };
        assert_eq!(
            findings.iter().any(is_same),
            is_found,
            "{values}\n{findings:#?}"
        );
    }
}

#[test]
fn a_rule_is_silent_at_its_limit_and_finds_what_is_beyond() {
    const MIB: u64 = 1 << 20;
    let volume = "valkey: {settings: {maxmemory: 100Mi}, storage: {requestedSize: @}}";
    let warning = "volume-too-small warning";
    lint(volume, 600 * MIB, 600 * MIB - 1, warning);
    let snapshots =
        "valkey: {settings: {maxmemory: 100Mi, appendonly: no}, storage: {requestedSize: @}}";
    lint(snapshots, 200 * MIB, 200 * MIB - 1, warning);
    let backups = "valkey: {settings: {maxmemory: 100Mi}, backup: {enabled: yes, keep: 7, storage: {requestedSize: @}}}";
    let warning = "backup-volume-too-small warning";
    lint(backups, 800 * MIB, 800 * MIB - 1, warning);
    let request = "valkey: {settings: {maxmemory: 100Mi}, resources: {requests: {memory: @}}}";
    let warning = "request-below-maxmemory warning";
    lint(request, 100 * MIB, 100 * MIB - 1, warning);

    // 21 s to write at 50 MB/s; 11 s to read a file of 200 MiB at 20 MB/s.
    let grace = "{terminationGracePeriodSeconds: @, valkey: {settings: {maxmemory: 1000Mi}}}";
    lint(grace, 21, 20, "grace-too-short warning");
    for probe in [
        "failureThreshold: @, periodSeconds: 1, initialDelaySeconds: 0",
        "failureThreshold: 1, periodSeconds: @, initialDelaySeconds: 0",
        "failureThreshold: 1, periodSeconds: 2, initialDelaySeconds: @",
    ] {
        let values =
            format!("valkey: {{settings: {{maxmemory: 100Mi}}, probes: {{startup: {{{probe}}}}}}}");
        let delay = 2 * u64::from(probe.ends_with('@'));
        lint(
            &values,
            11 - delay,
            10 - delay,
            "startup-below-load-time warning",
        );
    }
}

#[test]
fn a_memory_limit_is_told_from_one_that_is_a_byte_too_small() {
    const MIB: u64 = 1 << 20;
    let headroom = "valkey: {settings: {maxmemory: 100Mi}, resources: {limits: {memory: @}}}";
    lint(
        headroom,
        242 * MIB,
        242 * MIB - 1,
        "memory-headroom warning",
    );
    for writes in [
        "settings: {maxmemory: 100Mi, appendonly: no}",
        "settings: {maxmemory: 100Mi, save: ''}",
        "settings: {maxmemory: 100Mi, appendonly: no, save: ''}, backup: {enabled: yes}",
    ] {
        let values = format!("valkey: {{{writes}, resources: {{limits: {{memory: @}}}}}}");
        lint(&values, 242 * MIB, 242 * MIB - 1, "memory-headroom warning");
    }
    let at_rest = sizing::steady_bytes(100 * MIB);
    lint(headroom, at_rest, at_rest - 1, "memory-headroom error");
    let unwritten = "valkey: {workload: {use: cache}, settings: {maxmemory: 100Mi, appendonly: no, save: ''}, resources: {limits: {memory: @}}}";
    let drifted = sizing::drifted_bytes(100 * MIB);
    lint(unwritten, drifted, drifted - 1, "memory-headroom warning");
    let declared = "valkey: {workload: {writesPerSecond: 1000}, settings: {maxmemory: 100Mi}, resources: {limits: {memory: @}}}";
    let held = sizing::bytes_under_writes(100 * MIB, 1000);
    lint(declared, held, held - 1, "limit-below-writes error");
    // Below what it takes at rest there is one finding, not two.
    lint(declared, at_rest - 1, at_rest, "limit-below-writes error");
}
