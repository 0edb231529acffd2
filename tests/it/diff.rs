//! `cachegen diff`: each change with its consequence, whatever it is compared with, and nothing secret.

use std::path::Path;

use serde_json::Value;

use crate::support::{Case, Run, begin, cases, commit, finish, program, refused, root, run_in};

/// Writes two values files and returns their directory.
pub(crate) fn two(old: &str, new: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("old.yaml"), old).unwrap();
    std::fs::write(directory.path().join("new.yaml"), new).unwrap();
    directory
}

const FROM_OLD_TO_NEW: [&str; 5] = ["diff", "-f", "new.yaml", "--against-values", "old.yaml"];

/// Compares two values in a format.
pub(crate) fn compared(old: &str, new: &str, format: &str) -> Run {
    let directory = two(old, new);
    let arguments = [&FROM_OLD_TO_NEW[..], &["-o", format]].concat();
    run_in(directory.path(), &arguments, "")
}

/// Compares two values, as JSON.
pub(crate) fn changes(old: &str, new: &str) -> Vec<Value> {
    let run = compared(old, new, "json");
    assert_eq!(run.stderr, "", "{old} {new}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let changes = report["changes"].as_array().unwrap().clone();
    assert_eq!(run.code, i32::from(!changes.is_empty()));
    changes
}

/// Asserts that a change of values shows up at a place, with a consequence whose reason says something.
#[track_caller]
pub(crate) fn comes_to(old: &str, new: &str, place: &str, consequence: &str, reason: &str) {
    let all = changes(old, new);
    let found = all.iter().find(|change| {
        let object = &change["object"];
        let (kind, path) = (
            object["kind"].as_str().unwrap(),
            change["path"].as_str().unwrap_or(""),
        );
        format!("{kind} {path}").trim() == place
    });
    let found = found.unwrap_or_else(|| panic!("{place} is not among {all:#?}"));
    assert_eq!(found["consequence"], consequence, "{found:#}");
    let is_given = found["effects"]
        .as_array()
        .unwrap()
        .iter()
        .any(|effect| effect["why"].as_str().unwrap().contains(reason));
    assert!(is_given || reason.is_empty(), "{reason}: {found:#}");
}

const CONF: &str = "ConfigMap data[\"redis.conf\"]";

#[test]
fn labels_and_other_harmless_changes_have_no_consequence() {
    let label = "commonLabels: {team: a}";
    comes_to("{}", label, "StatefulSet metadata.labels.team", "none", "");
    assert!(
        changes("{}", label)
            .iter()
            .all(|change| change["consequence"] == "none")
    );
    let alert = "monitoring: {alerts: {RedisDown: {severity: warning}}}";
    assert!(
        changes("{}", alert)
            .iter()
            .all(|change| change["consequence"] == "none")
    );
}

#[test]
fn a_restart_says_what_it_costs_and_what_can_hold_before_it() {
    let hz = "valkey: {settings: {extra: {hz: 20}}}";
    comes_to(
        "{}",
        hz,
        &format!("{CONF} hz"),
        "restart",
        "384Mi of data for up to 9 s while it writes and 41 s",
    );
    let small = "valkey: {workload: {dataSize: 100mb}, settings: {extra: {hz: 20}}}";
    comes_to(
        "{}",
        small,
        &format!("{CONF} hz"),
        "restart",
        "100Mi of data for up to 3 s",
    );
    let all = changes("{}", hz);
    assert_eq!(
        all.len(),
        1,
        "the checksum follows from the directive: {all:#?}"
    );
    let steps = all[0]["effects"][0]["steps"].to_string();
    assert!(steps.contains("\"CONFIG SET hz 20\""), "{steps}");

    // What cannot be set keeps the rest from being offered as if that were all.
    let databases = "valkey: {settings: {extra: {hz: 20, io-threads: 2}}}";
    let all = changes("{}", databases);
    let effect = &all[0]["effects"][0];
    assert_eq!(effect["steps"].as_array().unwrap().len(), 0, "{effect}");
    assert!(
        effect["why"]
            .as_str()
            .unwrap()
            .contains("`io-threads` holds only from then on"),
        "{effect}"
    );
}

#[test]
fn words_of_a_directive_are_one_argument() {
    let save = "valkey: {settings: {save: '60 1 30 5'}}";
    let steps = changes("{}", save)[0]["effects"][0]["steps"].to_string();
    assert!(
        steps.contains(r#"CONFIG SET save \"60 1 30 5\""#),
        "{steps}"
    );
    let none = "valkey: {settings: {save: ''}}";
    let steps = changes("{}", none)[0]["effects"][0]["steps"].to_string();
    assert!(steps.contains(r#"CONFIG SET save \"\""#), "{steps}");
    // Back to the server's own default where ours is gone.
    let steps =
        changes("valkey: {settings: {extra: {maxclients: 500}}}", "{}")[0]["effects"][0]["steps"]
            .to_string();
    assert!(steps.contains("CONFIG SET maxclients 10000"), "{steps}");
}

#[test]
fn a_larger_maxmemory_waits_for_the_larger_limit() {
    let larger = "valkey: {settings: {maxmemory: 2gb}, storage: {requestedSize: 20Gi}}";
    let smaller = "valkey: {storage: {requestedSize: 20Gi}}";
    let place = format!("{CONF} maxmemory");
    comes_to(
        smaller,
        larger,
        &place,
        "restart",
        "until then the memory limit is the old one",
    );
    let steps = changes(smaller, larger)
        .iter()
        .map(|change| change["effects"].to_string())
        .collect::<String>();
    assert!(!steps.contains("CONFIG SET"), "{steps}");
}

#[test]
fn what_is_gone_stays_in_the_cluster() {
    let off = "valkey: {networkPolicy: {enabled: false}}";
    comes_to("{}", off, "NetworkPolicy", "orphan", "and in force");
    let all = changes("{}", off);
    assert_eq!(
        all[0]["effects"][0]["steps"][0],
        "kubectl -n default delete networkpolicy.networking.k8s.io/alerthistory-redis"
    );
    comes_to(
        "{}",
        "profile: lite",
        "StatefulSet",
        "orphan",
        "its pods go on running",
    );
}

#[test]
fn immutable_fields_are_refused_with_the_way_round() {
    let storage = |text: &str| format!("valkey: {{storage: {{{text}}}}}");
    let claim = "StatefulSet spec.volumeClaimTemplates[redis-data]";
    let size = format!("{claim}.spec.resources.requests.storage");
    comes_to(
        "{}",
        &storage("requestedSize: 10Gi"),
        &size,
        "refused",
        "updates to statefulset spec",
    );
    let steps = |old: &str, new: &str| -> String {
        let all = changes(old, new);
        all.iter()
            .map(|change| change["effects"].to_string())
            .collect()
    };
    let grow = steps("{}", &storage("requestedSize: 10Gi"));
    assert!(
        grow.contains("patch pvc redis-data-alerthistory-redis-0")
            && grow.contains("--cascade=orphan"),
        "{grow}"
    );
    let shrink = steps(&storage("requestedSize: 10Gi"), "{}");
    assert!(
        shrink.contains("no volume shrinks") && !shrink.contains("patch pvc"),
        "{shrink}"
    );
    let both = steps("{}", &storage("requestedSize: 10Gi, className: fast"));
    assert!(
        !both.contains("patch pvc") && both.contains("restore the backup"),
        "{both}"
    );
    comes_to(
        "{}",
        &storage("accessModes: [ReadWriteMany]"),
        &format!("{claim}.spec.accessModes"),
        "refused",
        "",
    );
}

#[test]
fn another_volume_is_a_risk_to_the_data() {
    let storage = |text: &str| format!("valkey: {{storage: {{{text}}}}}");
    let claim = "StatefulSet spec.volumeClaimTemplates[redis-data]";
    let class = format!("{claim}.spec.storageClassName");
    comes_to(
        "{}",
        &storage("className: fast"),
        &class,
        "data risk",
        "keeps its class",
    );
    comes_to(
        "{}",
        &storage("className: fast"),
        &class,
        "data risk",
        "the API server refuses it",
    );
    let other = storage("existingClaim: other");
    comes_to(
        "{}",
        &other,
        claim,
        "data risk",
        "the data stays on the claim redis-data-alerthistory-redis-0",
    );
    let volume = "StatefulSet spec.template.spec.volumes[redis-data]";
    comes_to(
        &other,
        &storage("existingClaim: third"),
        &format!("{volume}.persistentVolumeClaim.claimName"),
        "data risk",
        "with what is on the claim third",
    );
    comes_to(
        "{}",
        &storage("enabled: false"),
        claim,
        "data risk",
        "and the server starts empty",
    );
    comes_to(
        "{}",
        &storage("retentionPolicy: {whenDeleted: Delete}"),
        "StatefulSet spec.persistentVolumeClaimRetentionPolicy.whenDeleted",
        "data risk",
        "go when the StatefulSet is deleted",
    );
}

#[test]
fn persistence_that_changes_by_a_restart_is_a_risk_to_the_data() {
    let set = |text: &str| format!("valkey: {{settings: {{{text}}}}}");
    let (log, save) = (format!("{CONF} appendonly"), format!("{CONF} save"));
    comes_to(
        &set("appendonly: no"),
        "{}",
        &log,
        "data risk",
        "loses all data",
    );
    // It carries over what the old server writes when it ends; without `save` it writes nothing.
    comes_to("{}", &set("appendonly: no"), &log, "restart", "");
    let unsaved = set("save: ''");
    comes_to(
        &unsaved,
        &set("save: '', appendonly: no"),
        &log,
        "data risk",
        "writes none when it ends",
    );
    comes_to(
        "{}",
        &set("save: '', appendonly: no"),
        &save,
        "data risk",
        "every restart from then on",
    );
    let cache = "valkey: {workload: {use: cache}, settings: {save: '', appendonly: no}}";
    comes_to(
        &cache.replace("{save", "{loglevel: verbose, save"),
        cache,
        &format!("{CONF} loglevel"),
        "restart",
        "the cache is empty afterwards",
    );
    let store = cache.replace("cache", "store");
    comes_to(
        &store.replace("{save", "{loglevel: verbose, save"),
        &store,
        &format!("{CONF} loglevel"),
        "data risk",
        "all data is lost",
    );
    comes_to(
        "{}",
        &set("extra: {databases: 1, hz: 20}"),
        &format!("{CONF} hz"),
        "restart",
        "",
    );
    comes_to(
        &set("extra: {databases: 16}"),
        "{}",
        &format!("{CONF} databases"),
        "data risk",
        "keys in a database above 0 are lost",
    );
}

#[test]
fn an_engine_that_cannot_read_the_files_is_a_risk_to_the_data() {
    let image = |repository: &str, tag: &str| {
        format!("valkey: {{image: {{repository: {repository}, tag: {tag}}}}}")
    };
    let place = "StatefulSet spec.template.spec.containers[redis].image";
    let valkey = image("valkey/valkey", "8.1-alpine");
    comes_to(
        &image("redis", "7.4-alpine"),
        &valkey,
        place,
        "data risk",
        "valkey 8.1 does not start on the files of redis 7.4",
    );
    comes_to("{}", &valkey, place, "restart", "");
    comes_to(
        "{}",
        &image("redis", "8.0-alpine"),
        place,
        "restart",
        "no way back but a backup",
    );
    comes_to(
        &image("redis", "8.0-alpine"),
        "{}",
        place,
        "data risk",
        "Can't handle RDB format version",
    );
    comes_to(
        &image("redis", "8.0-alpine"),
        &image("redis", "8.0.3-alpine"),
        place,
        "restart",
        "",
    );
    // Nothing is carried over where nothing is kept.
    let ephemeral = |tag: &str| {
        format!(
            "valkey: {{workload: {{use: cache}}, storage: {{enabled: false}}, image: {{tag: {tag}}}}}"
        )
    };
    comes_to(
        &ephemeral("8.0-alpine"),
        &ephemeral("7.2-alpine"),
        place,
        "restart",
        "the cache is empty afterwards",
    );
}

#[test]
fn eviction_and_memory_are_judged_by_the_use() {
    let values = |used: &str, policy: &str, more: &str| {
        format!(
            "valkey: {{workload: {{use: {used}{more}}}, settings: {{maxmemoryPolicy: {policy}}}}}"
        )
    };
    let policy = format!("{CONF} maxmemory-policy");
    let (store, cache) = (
        values("store", "volatile-lru", ""),
        values("cache", "volatile-lru", ""),
    );
    comes_to(
        &store,
        &values("store", "allkeys-lru", ""),
        &policy,
        "data risk",
        "evicts any key",
    );
    comes_to(
        &store,
        &values("store", "noeviction", ""),
        &policy,
        "restart",
        "refuses writes",
    );
    comes_to(
        &cache,
        &values("cache", "allkeys-lru", ""),
        &policy,
        "restart",
        "",
    );
    let sized = |maxmemory: &str| {
        format!("valkey: {{workload: {{dataSize: 300mb}}, settings: {{maxmemory: {maxmemory}}}}}")
    };
    let maxmemory = format!("{CONF} maxmemory");
    comes_to(
        &sized("384mb"),
        &sized("200mb"),
        &maxmemory,
        "data risk",
        "declared data of 300Mi does not fit",
    );
    comes_to(
        &sized("384mb"),
        &sized("320mb"),
        &maxmemory,
        "restart",
        "keys are evicted (volatile-lru)",
    );
}

#[test]
fn another_name_is_another_tier() {
    let all = changes("{}", "fullnameOverride: other");
    let of = |kind: &str, name: &str| {
        let found = all
            .iter()
            .find(|change| change["object"]["kind"] == kind && change["object"]["name"] == name);
        found.unwrap_or_else(|| panic!("{kind}/{name}")).clone()
    };
    let set = of("StatefulSet", "other-redis");
    assert_eq!(set["consequence"], "data risk");
    assert!(
        set["effects"]
            .to_string()
            .contains("the new server starts empty"),
        "{set:#}"
    );
    assert_eq!(of("Service", "other-redis")["consequence"], "recreate");
    assert_eq!(
        of("StatefulSet", "alerthistory-redis")["consequence"],
        "orphan"
    );
}

#[test]
fn fewer_backups_are_deleted_by_the_next_one() {
    let keep = |keep: u8| {
        format!(
            "valkey: {{backup: {{enabled: true, keep: {keep}, storage: {{requestedSize: 9Gi}}}}}}"
        )
    };
    let all = changes(&keep(7), &keep(3));
    assert!(
        all[0]["effects"]
            .to_string()
            .contains("deletes all but the 3 newest"),
        "{all:#?}"
    );
    assert!(
        changes(&keep(3), &keep(7))
            .iter()
            .all(|change| change["consequence"] == "none")
    );
}

#[test]
fn a_claim_of_the_backups_does_not_shrink() {
    let size = |size: &str| {
        format!("valkey: {{backup: {{enabled: true, storage: {{requestedSize: {size}}}}}}}")
    };
    let place = "PersistentVolumeClaim spec.resources.requests.storage";
    comes_to(
        &size("20Gi"),
        &size("10Gi"),
        place,
        "refused",
        "field can not be less than status.capacity",
    );
    comes_to(
        &size("10Gi"),
        &size("20Gi"),
        place,
        "none",
        "allowVolumeExpansion",
    );
}

#[test]
fn services_say_what_the_api_server_does_not_take() {
    let service = |text: &str| format!("valkey: {{service: {{{text}}}}}");
    comes_to(
        &service("ipFamilies: [IPv4]"),
        &service("ipFamilies: [IPv6]"),
        "Service spec.ipFamilies",
        "refused",
        "spec.ipFamilies[0]: may not change once set",
    );
    comes_to(
        &service("ipFamilies: [IPv4]"),
        &service("ipFamilies: [IPv4, IPv6], ipFamilyPolicy: PreferDualStack"),
        "Service spec.ipFamilies",
        "none",
        "",
    );
    let class = |name: &str| {
        service(&format!(
            "type: LoadBalancer, loadBalancerClass: {name}, loadBalancerSourceRanges: [10.0.0.0/8]"
        ))
    };
    comes_to(
        &class("a.b/c"),
        &class("a.b/d"),
        "Service spec.loadBalancerClass",
        "refused",
        "may not change once set",
    );
    comes_to(
        &class("a.b/c"),
        "{}",
        "Service spec.loadBalancerClass",
        "none",
        "",
    );
    comes_to(
        "{}",
        &service("port: 6380"),
        "Service spec.ports[6379/TCP]",
        "none",
        "no longer get through",
    );
}

#[test]
fn secrets_are_changed_or_unchanged_and_never_shown() {
    let old = "valkey:\n  password: {value: hunter2secret}\n  extraEnv: [{name: API_TOKEN, value: tokenone}]\n  extraContainers: [{name: side, image: x, args: [--api-token=argone]}, {name: other, image: x, args: [-a, argone]}]\nclient: {env: {CACHE_URL: 'redis://u:urlone@h', CACHE_PASSWORD: envone}}\nextraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a.yaml: \"x: 1\\npassword: envone\\n\"}}]\n";
    let new = &old.replace("hunter2", "hunter3").replace("one", "two");
    for format in ["human", "json", "markdown"] {
        let run = compared(old, new, format);
        assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{format}");
        for word in ["hunter", "token", "arg", "url", "env"]
            .iter()
            .flat_map(|word| {
                [
                    format!("{word}one"),
                    format!("{word}two"),
                    format!("{word}2secret"),
                    format!("{word}3secret"),
                ]
            })
        {
            assert!(
                !run.stdout.contains(&word),
                "{format}: {word}: {}",
                run.stdout
            );
        }
    }
    let human = compared(old, new, "human").stdout;
    assert!(
        human.contains("Secret/alerthistory-redis-secret data.password: changed\n"),
        "{human}"
    );
    assert!(
        human.contains("keeps the old password until its pod restarts"),
        "{human}"
    );
    // A container that comes along as a whole brings its secrets.
    let with = "valkey: {extraContainers: [{name: side, image: x, env: [{name: API_TOKEN, value: tokenone}]}]}";
    let all = format!("{:?}", changes("{}", with));
    assert!(
        all.contains("API_TOKEN") && !all.contains("tokenone"),
        "{all}"
    );
}

#[test]
fn no_case_differs_from_itself_in_a_file_a_directory_or_as_json() {
    // Which objects are shown is no input of a comparison.
    let is_whole = |case: &&Case| !case.arguments().iter().any(|argument| argument == "-s");
    for case in cases()
        .iter()
        .filter(|case| !case.is_mistaken())
        .filter(is_whole)
    {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.yaml");
        let against = |target: &Path, how: &[&str]| {
            let mut command = program();
            command
                .current_dir(&case.directory)
                .args(["diff", "--against"])
                .arg(target);
            if case.values().is_some() {
                command.args(["-f", "values.yaml"]);
            }
            command.args(case.arguments());
            let run = finish(command, b"");
            run.is_silent(&format!("{} {how:?}", case.name));
        };
        for format in ["yaml", "json", "kyaml"] {
            std::fs::write(&path, case.render_with(&["-o", format]).stdout).unwrap();
            against(&path, &[format]);
        }
        let files = directory.path().join("files");
        case.render_with(&["--output-dir", files.to_str().unwrap()]);
        against(&files, &["directory"]);
    }
}

#[test]
fn fields_that_the_server_fills_in_are_no_differences() {
    let stream = crate::support::render("{}");
    let live = stream
        .replace("metadata:\n  name: alerthistory", "status: {x: 1}\nmetadata:\n  uid: 1-2\n  resourceVersion: \"5\"\n  creationTimestamp: now\n  name: alerthistory")
        .replace("  podManagementPolicy: Parallel\n", "  podManagementPolicy: Parallel\n  revisionHistoryLimit: 10\n")
        .replace("  sessionAffinity: None\n", "  sessionAffinity: None\n  clusterIP: 10.0.0.1\n  clusterIPs: [10.0.0.1]\n  ipFamilies: [IPv4]\n  ipFamilyPolicy: SingleStack\n  internalTrafficPolicy: Cluster\n")
        .replace("      enableServiceLinks: false\n", "      enableServiceLinks: false\n      dnsPolicy: ClusterFirst\n      restartPolicy: Always\n      schedulerName: default-scheduler\n      serviceAccount: alerthistory-redis\n")
        .replace("cpu: 250m", "cpu: 0.25");
    assert_ne!(live, stream);
    let run = run_in(root(), &["diff", "--against", "-"], &live);
    run.is_silent("");
    // An address that somebody wrote into a file is one.
    let run = run_in(
        root(),
        &["diff", "--against", "-"],
        &live.replace("  uid: 1-2\n  resourceVersion: \"5\"\n", ""),
    );
    assert!(
        run.stdout.contains("spec.clusterIP: 10.0.0.1 → (none)"),
        "{}",
        run.stdout
    );
}

#[test]
fn of_one_object_from_the_cluster_only_that_one_is_compared() {
    let stream = crate::support::render("{}");
    let set = stream
        .split("---\n")
        .find(|text| text.contains("kind: StatefulSet"))
        .unwrap();
    let run = run_in(
        root(),
        &["diff", "--against", "-"],
        &set.replace("cpu: 250m", "cpu: 100m"),
    );
    assert!(
        run.stdout.contains("requests.cpu: 100m → 250m"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.ends_with("\n1 change: 1 restart\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn pods_and_claims_of_the_cluster_are_nobodys_orphans() {
    let extra = |name: &str, more: &str| {
        format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  uid: u\n{more}")
    };
    let ours = "  labels: {app.kubernetes.io/instance: alerthistory, app.kubernetes.io/managed-by: cachegen}\n";
    let live = crate::support::render("{}")
        + &extra("ours", ours)
        + &extra(
            "owned",
            &format!("{ours}  ownerReferences: [{{kind: StatefulSet, name: x}}]\n"),
        )
        + &extra("strange", "");
    let run = run_in(root(), &["diff", "--against", "-"], &live);
    assert!(
        run.stdout.contains("ConfigMap/ours: gone"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("kubectl delete configmap/ours"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.ends_with("\n1 change: 1 orphan\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn items_of_lists_are_known_by_name() {
    let added =
        "valkey: {extraEnv: [{name: A, value: x}], extraInitContainers: [{name: first, image: i}]}";
    let all = changes("{}", added);
    let paths: Vec<&str> = all
        .iter()
        .filter_map(|change| change["path"].as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "spec.template.spec.initContainers[first]",
            "spec.template.spec.containers[redis].env[A]"
        ]
    );
    let other = added.replace("value: x", "value: y");
    assert_eq!(
        changes(added, &other)[0]["path"],
        "spec.template.spec.containers[redis].env[A].value"
    );
}

#[test]
fn the_exit_code_is_that_of_the_threshold() {
    let directory = two("{}", "valkey: {settings: {extra: {hz: 20}}}");
    for (threshold, code) in [
        ("none", 1),
        ("restart", 1),
        ("recreate", 0),
        ("data-risk", 0),
        ("never", 0),
    ] {
        let run = run_in(
            directory.path(),
            &[&FROM_OLD_TO_NEW[..], &["--exit-code-from", threshold]].concat(),
            "",
        );
        assert_eq!(run.code, code, "{threshold}");
        assert!(run.stdout.contains("hz: 10 → 20"), "{threshold}");
    }
}

#[test]
fn markdown_begins_with_the_worst_and_folds_the_harmless() {
    let directory = two(
        "valkey: {settings: {appendonly: no}}",
        "{commonAnnotations: {team: '<b>`'}, valkey: {settings: {extra: {hz: 20}}, exporter: {enabled: false}}}",
    );
    let text = run_in(
        directory.path(),
        &[&FROM_OLD_TO_NEW[..], &["-o", "markdown"]].concat(),
        "",
    )
    .stdout;
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
    assert!(
        at("### data risk") < at("### orphan") && at("### orphan") < at("### restart"),
        "{text}"
    );
    assert!(at("### restart") < at("### none"), "{text}");
    assert!(text.starts_with("**"), "{text}");
    assert!(text.contains("`no` → `yes`\n"), "{text}");
    let same = run_in(
        directory.path(),
        &[
            "diff",
            "-f",
            "old.yaml",
            "--against-values",
            "old.yaml",
            "-o",
            "markdown",
        ],
        "",
    );
    assert_eq!((same.code, same.stdout.as_str()), (0, "No changes.\n"));
}

#[test]
fn colour_is_for_terminals_or_on_request() {
    let directory = two("{}", "valkey: {settings: {extra: {hz: 20}}}");
    let plain = run_in(directory.path(), &FROM_OLD_TO_NEW, "").stdout;
    let colored = run_in(
        directory.path(),
        &[&FROM_OLD_TO_NEW[..], &["--color", "always"]].concat(),
        "",
    )
    .stdout;
    assert!(!plain.contains('\x1b') && colored.contains('\x1b'));
    let nasty = two("{}", "commonAnnotations: {a: \"\\e[2Jx\"}");
    let run = run_in(nasty.path(), &FROM_OLD_TO_NEW, "");
    assert!(!run.stdout.contains('\x1b'), "{:?}", run.stdout);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let nothing = refused(&["diff", "x"]);
    assert!(
        nothing.contains("there is nothing to compare with") && nothing.contains("--against-rev"),
        "{nothing}"
    );
    assert!(
        refused(&["diff", "--against", "/nowhere.yaml"]).contains("cannot read `/nowhere.yaml`")
    );
    assert!(
        refused(&["diff", "x", "--against-rev", "HEAD"])
            .contains("no file is given whose revision")
    );
    let directory = two("a: [1", "{}");
    let run = run_in(directory.path(), &["diff", "--against", "old.yaml"], "");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("old.yaml:1:"), "{}", run.stderr);
    let run = run_in(
        directory.path(),
        &["diff", "--against-values", "old.yaml"],
        "",
    );
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
}

/// A repository with a values file, and what it renders to, both committed.
pub(crate) fn repository(values: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    std::fs::write(path.join("values.yaml"), values).unwrap();
    let run = run_in(path, &["render", "-f", "values.yaml"], "");
    assert_eq!(run.code, 0, "{}", run.stderr);
    std::fs::write(path.join("out.yaml"), run.stdout).unwrap();
    begin(path);
    directory
}

#[test]
fn a_revision_is_what_git_says_it_was() {
    let directory = repository("valkey: {settings: {extra: {hz: 20}}}\n");
    let path = directory.path();
    std::fs::write(
        path.join("values.yaml"),
        "valkey: {settings: {extra: {hz: 30}}}\n",
    )
    .unwrap();
    let diff = |more: &[&str]| run_in(path, &[&["diff", "-f", "values.yaml"], more].concat(), "");
    let of_values = diff(&["--against-rev", "main"]);
    assert_eq!(of_values.stderr, "");
    assert!(
        of_values.stdout.contains("hz: 20 → 30"),
        "{}",
        of_values.stdout
    );
    std::fs::write(path.join("out.yaml"), "").unwrap();
    let of_manifests = diff(&["--against-rev", "HEAD", "--against", "out.yaml"]);
    assert!(
        of_manifests.stdout.contains("hz: 20 → 30"),
        "{}",
        of_manifests.stdout
    );
    std::fs::create_dir(path.join("sub")).unwrap();
    let from_below = run_in(
        &path.join("sub"),
        &["diff", "-f", "../values.yaml", "--against-rev", "main"],
        "",
    );
    assert_eq!(from_below.stdout, of_values.stdout, "{}", from_below.stderr);
    let elsewhere = tempfile::tempdir().unwrap();
    let file = path.join("values.yaml");
    let absolute = [
        "diff",
        "--against-rev",
        "main",
        "-f",
        file.to_str().unwrap(),
    ];
    let from_elsewhere = run_in(elsewhere.path(), &absolute, "");
    assert_eq!(
        from_elsewhere.stdout, of_values.stdout,
        "{}",
        from_elsewhere.stderr
    );
    let stdin = run_in(path, &["diff", "-f", "-", "--against-rev", "main"], "{}");
    assert_eq!((stdin.code, stdin.stdout.as_str()), (2, ""));
    let message = "standard input has no revisions";
    assert!(stdin.stderr.contains(message), "{}", stdin.stderr);
    for (revision, message) in [
        ("nowhere", "cannot read `nowhere:values.yaml`"),
        ("-x", "is not a revision"),
        ("", "is not a revision"),
    ] {
        let run = diff(&[&format!("--against-rev={revision}")]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
}

#[test]
fn a_mistake_in_an_old_revision_is_told_with_its_place() {
    let directory = repository("{}\n");
    let path = directory.path();
    std::fs::write(path.join("values.yaml"), "valkey: {storag: {}}\n").unwrap();
    commit(path);
    std::fs::write(path.join("values.yaml"), "{}\n").unwrap();
    let run = run_in(
        path,
        &["diff", "-f", "values.yaml", "--against-rev", "main"],
        "",
    );
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(
        run.stderr.contains("--> main:values.yaml:1:10"),
        "{}",
        run.stderr
    );
}

#[test]
fn addresses_and_files_of_servers_do_not_show_their_passwords() {
    let with = |address: &str, line: &str| {
        format!(
            "client: {{env: {{URL: '{address}'}}}}\nextraObjects:\n\
             - {{apiVersion: v1, kind: ConfigMap, metadata: {{name: {line}}}, data: {{other.conf: \"{line} hunter2\\n\"}}}}\n"
        )
    };
    for (old, new) in [
        ("redis://u:hunter2:@h", "redis://u:hunter3:@h"),
        ("redis://hunter2@h", "redis://hunter3@h"),
    ] {
        let (old, new) = (with(old, "requirepass"), with(new, "masterauth"));
        for format in ["human", "json", "markdown"] {
            let run = compared(&old, &new, format);
            assert!(
                run.code == 1 && run.stdout.contains("URL"),
                "{}",
                run.stdout
            );
            assert!(!run.stdout.contains("hunter"), "{}", run.stdout);
        }
    }
}

#[test]
fn standard_input_is_the_same_for_both_sides() {
    let values = "valkey: {settings: {extra: {hz: 20}}}";
    let arguments = ["diff", "-f", "-", "--against-profile", "standard"];
    run_in(root(), &arguments, values).is_silent("files");
    let arguments = [
        "diff",
        "--set-file",
        "valkey.settings.extra.hz=-",
        "--against-profile",
        "standard",
    ];
    run_in(root(), &arguments, "20").is_silent("flags");
}

#[test]
fn standard_input_is_one_thing_only() {
    let file = "client.env.X=-";
    for arguments in [
        &["diff", "-f", "-", "--against", "-"][..],
        &["diff", "--against", "-", "--set-file", file],
        &["diff", "--against-values", "-", "--set-file", file],
        &["diff", "-f", "-", "--against-values", "-"],
        &["diff", "--against-values=-,a.yaml,-"],
        &["check", "-", "-f", "-"],
        &["check", "-", "--set-file", file],
        &["render", "--values=-,-"],
        &["render", "-f", "-", "--set-file", file],
        &["lint", "--set-file", "client.env.X=- ,client.env.Y=-"],
        &["values", "--set-file", file, "--set-file", file],
        &["explain", "Service/x", "--set-file", "client.env.X={-,-}"],
    ] {
        let words = refused(arguments);
        let is_told = words.contains("standard input can be read once only");
        assert!(is_told, "{arguments:?}: {words}");
    }
}

#[test]
fn a_namespace_that_one_side_does_not_name_is_any() {
    let directory = two(
        "valkey: {storage: {requestedSize: 5Gi}}",
        "valkey: {storage: {requestedSize: 8Gi}}",
    );
    let path = directory.path();
    let old = run_in(path, &["render", "-f", "old.yaml"], "").stdout;
    let arguments = ["diff", "-f", "new.yaml", "--no-namespace", "--against", "-"];
    let run = run_in(path, &arguments, &old);
    assert!(run.stdout.contains("patch pvc"), "{}", run.stdout);
}

#[test]
fn another_namespace_begins_empty() {
    let old = run_in(root(), &["render", "-n", "a"], "").stdout;
    let run = run_in(root(), &["diff", "-n", "b", "--against", "-"], &old);
    assert!(
        run.stdout.contains("the new server starts empty"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_directory_of_a_revision_has_what_its_index_lists() {
    let directory = repository("{}\n");
    let path = directory.path();
    let rendered = ["render", "-f", "values.yaml", "--output-dir", "d"];
    run_in(path, &rendered, "").is_silent("render");
    std::fs::write(
        path.join("d/foreign.yaml"),
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: foreign}}\n",
    )
    .unwrap();
    commit(path);
    for more in [&[][..], &["--against-rev", "HEAD"]] {
        let arguments = ["diff", "-f", "values.yaml", "--against", "d"];
        run_in(path, &[&arguments[..], more].concat(), "").is_silent(&format!("{more:?}"));
    }
}

#[test]
fn a_file_of_users_does_not_show_their_passwords() {
    let file = |password: &str| {
        format!(
            "extraObjects:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: users}}\n  data:\n    users.acl: |\n      user a on >{password} ~*\n      user b off\n    \
             redis.conf: |\n      hz 10\n      'user' c on >{password} ~*\n    odd.conf: |\n      hz \"10\n      requirepass {password}\n    \
             start.sh: |\n      set -e\n      export REDIS_PASSWORD={password}\n"
        )
    };
    for format in ["human", "json", "markdown"] {
        let run = compared(&file("canary-old"), &file("canary-new"), format);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(!run.stdout.contains("canary"), "{}", run.stdout);
        for part in ["users.acl", "redis.conf", "odd.conf", "start.sh"] {
            assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
        }
    }
}

#[test]
fn very_many_differences_are_found_in_time_that_grows_with_their_number() {
    let list = |mark: &str, item: fn(&str, usize) -> String| {
        let items: Vec<String> = (0..20_000).map(|number| item(mark, number)).collect();
        items.join("")
    };
    let values = |mark: &str| {
        format!(
            "extraObjects:\n- apiVersion: example.com/v1\n  kind: Thing\n  metadata: {{name: x}}\n  spec:\n    env: [{}]\n    nameless: [{}]\n    redis.conf: |\n{}",
            list(mark, |mark, n| format!("{{name: {mark}{n}, value: x}}, ")),
            list(mark, |mark, n| format!("{{q: {mark}{n}}}, ")),
            list(mark, |mark, n| format!("      dir-{mark}{n} x\n")),
        )
    };
    let directory = two(&values("a"), &values("b"));
    // A quadratic one takes minutes.
    for format in ["human", "json", "markdown"] {
        let mut command = std::process::Command::new("prlimit");
        command
            .args(["--cpu=30", env!("CARGO_BIN_EXE_cachegen")])
            .args(FROM_OLD_TO_NEW)
            .args(["-o", format])
            .current_dir(directory.path());
        let run = finish(command, b"");
        assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{format}");
    }
}
