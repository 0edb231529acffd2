//! What `cachegen diff` says of a change by which data can be lost or out of reach, and that it says it of no other.

use serde_json::Value;

use crate::diff::{changes, two};
use crate::effects::{against, at, edited, says};
use crate::support::{render, root, run_in};

const CONF: &str = "ConfigMap data[\"redis.conf\"]";
const POD: &str = "StatefulSet spec.template.spec";
const CLAIM: &str = "StatefulSet spec.volumeClaimTemplates[redis-data]";

/// The steps of the effect of a change whose reason contains some words.
#[track_caller]
fn steps(change: &Value, reason: &str) -> Vec<String> {
    let effects = change["effects"].as_array().unwrap();
    let meant = effects
        .iter()
        .find(|effect| effect["why"].as_str().unwrap().contains(reason));
    let steps = &meant.unwrap_or_else(|| panic!("{reason}: {change:#}"))["steps"];
    let text = |step: &Value| step.as_str().unwrap().to_owned();
    steps.as_array().unwrap().iter().map(text).collect()
}

#[test]
fn a_log_that_begins_says_how_not_to_lose_the_data() {
    let loses = "a restart with it loses all data: the server reads an append-only file";
    let log = format!("{CONF} appendonly");
    let all = changes("valkey: {settings: {appendonly: no}}", "{}");
    let commands = steps(at(&all, &log), loses);
    assert_eq!(commands.len(), 3, "{commands:?}");
    assert_eq!(commands[1], "CONFIG SET appendonly yes");
    assert!(
        commands[2].contains("aof_rewrite_in_progress:0"),
        "{commands:?}"
    );
    let inline = "password: {value: hunter22}";
    let all = changes(
        &format!("valkey: {{{inline}, settings: {{appendonly: no}}}}"),
        &format!("valkey: {{{inline}}}"),
    );
    let commands = steps(at(&all, &log), loses);
    assert_eq!(commands.len(), 1, "{commands:?}");
    assert!(
        commands[0].contains("an administrator first (`valkey.password.adminKey`)"),
        "{commands:?}"
    );
    // Without its line there is no log either.
    let off = "valkey: {settings: {appendonly: no}}";
    let all = against(&edited(off, &[("    appendonly no\n", "")]), off, &[]);
    says(&all, &log, &["!loses all data"]);
    // The server takes the word in any case.
    let shouted = edited("{}", &[("    appendonly yes\n", "    appendonly YES\n")]);
    says(&against(&shouted, "{}", &[]), &log, &["!loses all data"]);
}

#[test]
fn eviction_is_a_risk_where_more_may_go_than_before() {
    let values = |policy: &str| format!("valkey: {{settings: {{maxmemoryPolicy: {policy}}}}}");
    let place = format!("{CONF} maxmemory-policy");
    for (old, new, words) in [
        ("volatile-lru", "volatile-lfu", "!a store that is full then"),
        ("allkeys-lru", "volatile-lru", "!a store that is full then"),
        (
            "noeviction",
            "volatile-lru",
            "then evicts keys before they expire, instead of refusing writes",
        ),
        (
            "noeviction",
            "allkeys-lfu",
            "then evicts any key, also one that never expires",
        ),
    ] {
        says(&changes(&values(old), &values(new)), &place, &[words]);
    }
}

#[test]
fn a_maxmemory_is_measured_by_the_data_and_by_what_it_was() {
    let place = format!("{CONF} maxmemory");
    let values = |policy: &str, maxmemory: &str| {
        format!(
            "valkey: {{workload: {{dataSize: 300mb}}, settings: {{maxmemoryPolicy: {policy}, maxmemory: {maxmemory}}}}}"
        )
    };
    let lru = |maxmemory: &str| values("volatile-lru", maxmemory);
    let none = |maxmemory: &str| values("noeviction", maxmemory);
    let fits = "does not fit";
    for (old, new, words) in [
        (
            render(&lru("384mb")),
            lru("300mb"),
            &["!does not fit", "keys are evicted (volatile-lru)"][..],
        ),
        (
            render(&lru("384mb")),
            lru("314572799"),
            &["the declared data of 300Mi does not fit: keys are evicted"],
        ),
        (
            render(&none("384mb")),
            none("200mb"),
            &[
                "does not fit: writes are refused",
                "with more data than that, writes are refused",
            ],
        ),
        (
            render(&lru("100mb")),
            lru("200mb"),
            &["!does not fit", "!with more data than that"],
        ),
        (
            render(&lru("100mb")),
            lru("400mb"),
            &["!does not fit", "!with more data than that"],
        ),
        // No limit is more than any.
        (
            edited(&lru("200mb"), &[("maxmemory 209715200", "maxmemory 0")]),
            lru("200mb"),
            &[fits, "with more data than that"],
        ),
        (
            edited(&lru("200mb"), &[("    maxmemory 209715200\n", "")]),
            lru("200mb"),
            &[fits],
        ),
        // The same, spelled otherwise.
        (
            edited(&lru("200mb"), &[("maxmemory 209715200", "maxmemory 200mb")]),
            lru("200mb"),
            &["!does not fit", "!with more data than that"],
        ),
    ] {
        says(&against(&old, &new, &[]), &place, words);
    }
    let unlimited = (
        "config/redis.conf.j2",
        "maxmemory 0\nmaxmemory-policy noeviction\n",
    );
    let all = against(&render(&lru("384mb")), &lru("384mb"), &[unlimited]);
    says(
        &all,
        &place,
        &["!does not fit", "!with more data than that"],
    );
}

#[test]
fn fewer_databases_and_other_files_are_told_from_the_servers_own() {
    let place = format!("{CONF} databases");
    let values = |n: u8| format!("valkey: {{settings: {{extra: {{databases: {n}}}}}}}");
    let unsaid = edited("{}", &[("    databases 1\n", "")]);
    says(&against(&unsaid, &values(16), &[]), &place, &["!are lost"]);
    says(
        &against(&unsaid, &values(15), &[]),
        &place,
        &["keys in a database above 14 are lost"],
    );
    for (line, before) in [
        ("dbfilename dump.rdb", "dbfilename old.rdb"),
        ("dir /data", "dir /var"),
        ("appendfilename appendonly.aof", "appendfilename old.aof"),
    ] {
        let name = line.split(' ').next().unwrap();
        let all = against(&edited("{}", &[(line, before)]), "{}", &[]);
        says(
            &all,
            &format!("{CONF} {name}"),
            &[
                "data risk",
                "looks for its data elsewhere, and starts empty",
            ],
        );
        let unkept = "valkey: {workload: {use: cache}, settings: {appendonly: no, save: ''}}";
        let all = against(&edited(unkept, &[(line, before)]), unkept, &[]);
        says(&all, &format!("{CONF} {name}"), &["!starts empty"]);
    }
}

#[test]
fn servers_that_come_or_go_say_what_becomes_of_the_data() {
    let template = std::fs::read_to_string(root().join("templates/statefulset.yaml.j2")).unwrap();
    let retention =
        |when: &str| format!("valkey: {{storage: {{retentionPolicy: {{whenScaled: {when}}}}}}}");
    let (each, deleted) = (
        "each of the servers has its own data",
        "are deleted, because `whenScaled` is Delete",
    );
    for (old, old_replicas, new, new_replicas, words) in [
        ("Retain", 1, "Retain", 3, &[each, "!are deleted"][..]),
        ("Retain", 3, "Retain", 2, &["!each of", "!are deleted"]),
        ("Delete", 3, "Retain", 2, &["!each of", deleted]),
        ("Retain", 3, "Delete", 2, &["!each of", deleted]),
        ("Delete", 1, "Delete", 2, &[each, "!are deleted"]),
        ("Retain", 0, "Retain", 1, &["!each of", "!are deleted"]),
        ("Delete", 1, "Delete", 0, &[deleted, "the server stops"]),
    ] {
        let replicas = |n: i32| format!("replicas: {n}\n");
        let old = edited(
            &retention(old),
            &[("replicas: 1\n", &replicas(old_replicas))],
        );
        let own = template.replace("replicas: {{ replicas }}\n", &replicas(new_replicas));
        let all = against(&old, &retention(new), &[("statefulset.yaml.j2", &own)]);
        says(&all, "StatefulSet spec.replicas", words);
    }
}

#[test]
fn only_the_servers_own_user_can_shut_it_out_of_its_log() {
    let denied = "the append-only file is that of the user 10001";
    let not = &*format!("!{denied}");
    let place = format!("{POD}.securityContext.runAsUser");
    let user = "podSecurityContext: {runAsUser: 20001}";
    let off = "valkey: {settings: {appendonly: no}}";
    says(&changes("{}", user), &place, &[denied]);
    says(&changes(off, user), &place, &[not]);
    says(&changes("{}", &format!("{off}\n{user}")), &place, &[not]);
    let ungrouped = "podSecurityContext: {runAsUser: 20001, fsGroup: null}";
    says(&changes("{}", ungrouped), &place, &[denied]);
    let side = |user: u8| {
        format!(
            "valkey: {{extraContainers: [{{name: side, image: i, securityContext: {{runAsUser: {user}}}}}]}}"
        )
    };
    let place = format!("{POD}.containers[side].securityContext.runAsUser");
    says(
        &changes(&side(5), &side(6)),
        &place,
        &["!the append-only file"],
    );
}

#[test]
fn a_pod_may_take_as_long_as_it_writes() {
    // 21 s to write at 50 MB/s.
    let values = |seconds: u8| {
        format!(
            "{{terminationGracePeriodSeconds: {seconds}, valkey: {{settings: {{maxmemory: 1000Mi, appendonly: no}}, storage: {{requestedSize: 9Gi}}}}}}"
        )
    };
    let place = format!("{POD}.terminationGracePeriodSeconds");
    says(
        &changes(&values(60), &values(21)),
        &place,
        &["!is killed after"],
    );
    says(
        &changes(&values(60), &values(20)),
        &place,
        &["takes up to 21 s", "is killed after 20 s"],
    );
}

#[test]
fn two_servers_on_one_claim_are_stopped_before_they_meet() {
    let claim = |name: &str, more: &str| {
        format!("{{valkey: {{storage: {{existingClaim: {name}}}}}{more}}}")
    };
    let other = ", fullnameOverride: other";
    let same = changes(&claim("shared", ""), &claim("shared", other));
    let first = "both servers write to the same claim: stop StatefulSet/alerthistory-redis first";
    says(
        &same,
        "StatefulSet/other-redis",
        &["data risk", first, "!starts empty"],
    );
    let another = changes(&claim("shared", ""), &claim("second", other));
    says(
        &another,
        "StatefulSet/other-redis",
        &["the data stays on the claim shared", "!both servers"],
    );
    let made = changes("{}", &claim("shared", other));
    says(
        &made,
        "StatefulSet/other-redis",
        &[
            "the data stays on the claim redis-data-alerthistory-redis-0",
            "!both servers",
        ],
    );
    let moved = |old: &str, new: &str| {
        let directory = two(&claim("shared", ""), "");
        let old = run_in(
            directory.path(),
            &["render", "-f", "old.yaml", "-n", old],
            "",
        )
        .stdout;
        let arguments = ["diff", "-f", "old.yaml", "-n", new, "--against", "-"];
        run_in(directory.path(), &arguments, &old).stdout
    };
    let text = moved("a", "b");
    assert!(
        !text.contains("both servers") && text.contains("the data stays on the claim shared"),
        "{text}"
    );

    // Another StatefulSet that comes has nothing to do with it.
    let own = "extraObjects: [{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: own}, spec: {serviceName: own, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}]";
    says(&changes("{}", own), "StatefulSet/own", &["!starts empty"]);
}

#[test]
fn a_claim_that_is_given_by_its_name_is_still_the_servers() {
    let given = "valkey: {storage: {existingClaim: redis-data-alerthistory-redis-0}}";
    let volume = format!("{POD}.volumes[redis-data]");
    for (old, new) in [("{}", given), (given, "{}")] {
        let all = changes(old, new);
        let round = "delete statefulset alerthistory-redis --cascade=orphan";
        says(
            &all,
            CLAIM,
            &["refused", round, "!data risk", "!backup", "!delete pvc"],
        );
        says(&all, &volume, &["restart", "!data risk"]);
    }
    let other = "{valkey: {storage: {existingClaim: redis-data-alerthistory-redis-0}}, fullnameOverride: other}";
    let first = "both servers write to the same claim: stop StatefulSet/alerthistory-redis first";
    says(&changes("{}", other), "StatefulSet/other-redis", &[first]);
    // Nothing is empty on a claim that exists.
    let another = "{valkey: {storage: {existingClaim: another}}, fullnameOverride: other}";
    let starts = "alerthistory-redis-0: the new server starts with what is on the claim another";
    says(
        &changes("{}", another),
        "StatefulSet/other-redis",
        &[starts],
    );
}

#[test]
fn as_many_backups_as_before_delete_none() {
    let backup = "valkey: {backup: {enabled: true}}";
    let old = edited(backup, &[("\"$#\" -gt 7 ", "\"$#\" -gt 7  ")]);
    let all = against(&old, backup, &[]);
    let script = all.iter().find(|change| {
        change["path"]
            .as_str()
            .is_some_and(|path| path.contains("command"))
    });
    let effects = script.unwrap()["effects"].to_string();
    assert!(!effects.contains("newest"), "{effects}");
}
