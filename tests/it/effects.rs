//! What `cachegen diff` says of a change and what it does not: also where what is there is no render of today's values,
//! but was edited by hand or by another version, and where templates of the user's own say more than values can.

use cachegen::redis::sizing;
use serde_json::Value;

use crate::diff::{changes, two};
use crate::support::{object, render, root, run_in};

const CONF: &str = "ConfigMap data[\"redis.conf\"]";
const POD: &str = "StatefulSet spec.template.spec";
const CLAIM: &str = "StatefulSet spec.volumeClaimTemplates[redis-data]";

/// Renders values and edits what is rendered, from one text to another.
#[track_caller]
pub(crate) fn edited(values: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(render(values), |stream, (from, to)| {
        assert!(stream.contains(from), "{from}: {stream}");
        stream.replace(from, to)
    })
}

/// Compares what is there with a render of values, with templates of the user's own.
pub(crate) fn against(old: &str, new: &str, templates: &[(&str, &str)]) -> Vec<Value> {
    let directory = two("", new);
    let mut arguments = vec!["diff", "-f", "new.yaml", "--against", "-", "-o", "json"];
    for (name, text) in templates {
        let path = directory.path().join("own").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    if !templates.is_empty() {
        arguments.extend(["--template-dir", "own"]);
    }
    let run = run_in(directory.path(), &arguments, old);
    assert_eq!(run.stderr, "", "{new}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    report["changes"].as_array().unwrap().clone()
}

/// Returns the change at a place: `Kind path`, `Kind/name path`, or without a path for a whole object.
#[track_caller]
pub(crate) fn at<'c>(all: &'c [Value], place: &str) -> &'c Value {
    let found = all.iter().find(|change| {
        let text = |value: &'c Value| value.as_str().unwrap_or_default();
        let (kind, name) = (
            text(&change["object"]["kind"]),
            text(&change["object"]["name"]),
        );
        let path = text(&change["path"]);
        [format!("{kind} {path}"), format!("{kind}/{name} {path}")]
            .iter()
            .any(|spelled| spelled.trim() == place)
    });
    found.unwrap_or_else(|| panic!("{place} is not among {all:#?}"))
}

/// Asserts that words are said at a place, or with a `!` before them that they are not.
#[track_caller]
pub(crate) fn says(all: &[Value], place: &str, words: &[&str]) {
    let change = at(all, place);
    let effects = change["effects"].as_array().unwrap();
    let texts = effects.iter().flat_map(|effect| {
        let steps = effect["steps"].as_array().unwrap().iter();
        [&effect["consequence"], &effect["why"]]
            .into_iter()
            .chain(steps)
    });
    let said: Vec<&str> = texts.map(|text| text.as_str().unwrap()).collect();
    for words in words {
        let (words, is_said) = match words.strip_prefix('!') {
            Some(words) => (words, false),
            None => (*words, true),
        };
        let is_among = said.iter().any(|text| text.contains(words));
        assert_eq!(is_among, is_said, "{place}: {words}: {change:#}");
    }
}

#[test]
fn the_way_round_a_refusal_is_that_of_the_statefulset_that_is_refused() {
    let own = |size: &str| {
        format!(
            "extraObjects: [{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: own}}, spec: {{serviceName: own, selector: {{matchLabels: {{a: b}}}}, \
             template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}, \
             volumeClaimTemplates: [{{metadata: {{name: d}}, spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}}}}}]}}}}]"
        )
    };
    let place = "StatefulSet/own spec.volumeClaimTemplates[d].spec.resources.requests.storage";
    let larger = changes(&own("1Gi"), &own("2Gi"));
    says(
        &larger,
        place,
        &["delete statefulset own --cascade=orphan", "!pvc"],
    );
    let smaller = changes(&own("2Gi"), &own("1Gi"));
    says(&smaller, place, &["no volume shrinks", "!pvc"]);
}

#[test]
fn a_claim_is_deleted_where_it_would_be_used_again_and_nowhere_else() {
    let size = |size: &str| format!("valkey: {{storage: {{requestedSize: {size}}}}}");
    let place = format!("{CLAIM}.spec.resources.requests.storage");
    let larger = changes(&size("5Gi"), &size("6Gi"));
    says(
        &larger,
        &place,
        &["patch pvc", "!stays as it is", "!delete pvc"],
    );
    let smaller = changes(&size("6Gi"), &size("5Gi"));
    let again = "delete pvc redis-data-alerthistory-redis-0    # it would be used again as it is";
    says(&smaller, &place, &[again]);
    let elsewhere = changes("{}", "valkey: {storage: {existingClaim: other}}");
    says(
        &elsewhere,
        CLAIM,
        &["the data has to be carried over", "!delete pvc"],
    );
    let renamed = against(&edited("{}", &[("redis-data", "data")]), "{}", &[]);
    let place = "StatefulSet spec.volumeClaimTemplates[data]";
    let stays =
        "the data stays on the claim data-alerthistory-redis-0, and the server starts empty";
    says(&renamed, place, &[stays, "!delete pvc"]);
}

#[test]
fn a_class_that_changes_is_not_taken_for_another_volume() {
    let class = |name: &str| format!("valkey: {{storage: {{className: {name}}}}}");
    let all = changes(&class("slow"), &class("fast"));
    let place = format!("{CLAIM}.spec.storageClassName");
    says(&all, &place, &["keeps its class", "!starts empty"]);
    let backup = |class: &str| {
        format!("valkey: {{backup: {{enabled: true, storage: {{className: {class}}}}}}}")
    };
    let all = changes(&backup("slow"), &backup("fast"));
    let place = "PersistentVolumeClaim spec.storageClassName";
    says(
        &all,
        place,
        &["spec is immutable after creation", "!by default"],
    );
}

#[test]
fn what_is_sealed_is_refused_and_its_labels_are_not() {
    let object = |kind: &str, text: &str| {
        format!("extraObjects: [{{apiVersion: v1, kind: {kind}, {text}}}]")
    };
    for (kind, old, new, path, words) in [
        (
            "ConfigMap",
            "metadata: {name: x}, immutable: true, data: {a: b}",
            "metadata: {name: x}, immutable: true, data: {a: c}",
            "data.a",
            "refused",
        ),
        (
            "Secret",
            "metadata: {name: x}, immutable: true, stringData: {a: b}",
            "metadata: {name: x}, immutable: true, stringData: {a: c}",
            "stringData.a",
            "refused",
        ),
        (
            "ConfigMap",
            "metadata: {name: x}, immutable: true, data: {a: b}",
            "metadata: {name: x}, data: {a: b}",
            "immutable",
            "refused",
        ),
        (
            "ConfigMap",
            "metadata: {name: x}, immutable: true, data: {a: b}",
            "metadata: {name: x, labels: {l: m}}, immutable: true, data: {a: b}",
            "metadata.labels.l",
            "!refused",
        ),
        (
            "ConfigMap",
            "metadata: {name: x}, data: {a: b}",
            "metadata: {name: x}, data: {a: c}",
            "data.a",
            "!refused",
        ),
        (
            "ConfigMap",
            "metadata: {name: x}, data: {a: b}",
            "metadata: {name: x}, immutable: true, data: {a: b}",
            "immutable",
            "!refused",
        ),
    ] {
        let all = changes(&object(kind, old), &object(kind, new));
        says(&all, &format!("{kind}/x {path}"), &[words]);
    }
}

#[test]
fn what_stays_behind_says_what_it_goes_on_doing() {
    let pod = "template: {metadata: {labels: {a: b}}, spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}";
    let set = format!(
        "selector: {{matchLabels: {{a: b}}}}, {}",
        pod.replace("Never", "Always")
    );
    let cron = format!("schedule: '* * * * *', jobTemplate: {{spec: {{{pod}}}}}");
    let claim = "accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}";
    for (version, kind, name, body, words) in [
        (
            "apps/v1",
            "Deployment",
            "x",
            format!("spec: {{{set}}}"),
            "and its pods go on running",
        ),
        (
            "apps/v1",
            "StatefulSet",
            "x",
            format!("spec: {{serviceName: x, {set}}}"),
            "and its pods go on running",
        ),
        (
            "v1",
            "ConfigMap",
            "x-env",
            "data: {A: b}".into(),
            "deleting it keeps applications that take it from starting",
        ),
        (
            "v1",
            "ConfigMap",
            "x",
            "data: {A: b}".into(),
            "!applications",
        ),
        (
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "x",
            "spec: {podSelector: {}}".into(),
            "and in force",
        ),
        (
            "batch/v1",
            "CronJob",
            "x",
            format!("spec: {{{cron}}}"),
            "and goes on making Jobs",
        ),
        (
            "monitoring.coreos.com/v1",
            "PrometheusRule",
            "x",
            "spec: {groups: []}".into(),
            "and its alerts go on firing",
        ),
        (
            "v1",
            "PersistentVolumeClaim",
            "x",
            format!("spec: {{{claim}}}"),
            "deleting it deletes what is on it",
        ),
        (
            "v1",
            "Service",
            "x",
            "spec: {ports: [{port: 1}]}".into(),
            "and goes on leading to whatever pods it selects",
        ),
        (
            "v1",
            "Secret",
            "x",
            "stringData: {a: b}".into(),
            "deleting it takes the passwords from pods that start later",
        ),
        (
            "v1",
            "ServiceAccount",
            "x",
            "automountServiceAccountToken: false".into(),
            "!deleting it",
        ),
    ] {
        let objects = format!(
            "extraObjects: [{{apiVersion: {version}, kind: {kind}, metadata: {{name: {name}}}, {body}}}]"
        );
        let all = changes(&objects, "{}");
        let warning = "# once nobody needs its data";
        let warned = match kind {
            "PersistentVolumeClaim" => warning.to_owned(),
            _ => format!("!{warning}"),
        };
        says(
            &all,
            &format!("{kind}/{name}"),
            &["it stays in the cluster", words, &warned],
        );
    }
}

#[test]
fn whoever_deletes_a_server_is_warned_where_its_data_goes_with_it() {
    let warning = "# once nobody needs its data";
    let not = &*format!("!{warning}");
    let kept = changes("{}", "profile: lite");
    says(
        &kept,
        "StatefulSet",
        &["delete statefulset/alerthistory-redis", not],
    );
    let cache = "valkey: {workload: {use: cache}, storage: {enabled: false}}";
    let ephemeral = changes(cache, "profile: lite");
    says(&ephemeral, "StatefulSet", &[warning]);
    says(&ephemeral, "ConfigMap/alerthistory-redis-config", &[not]);
}

#[test]
fn what_is_made_anew_says_beside_what() {
    let all = changes("{}", "fullnameOverride: other");
    for part in ["", "-headless", "-metrics"] {
        let beside = format!("it is made anew beside alerthistory-redis{part}, which stays");
        says(&all, &format!("Service/other-redis{part}"), &[&beside]);
    }
    let old = run_in(root(), &["render", "-n", "a"], "").stdout;
    let run = run_in(root(), &["diff", "-n", "b", "--against", "-"], &old);
    let beside = "it is made anew beside a/alerthistory-redis-headless, which stays";
    assert!(run.stdout.contains(beside), "{}", run.stdout);

    let object = |kind: &str, component: &str| {
        format!(
            "extraObjects: [{{apiVersion: v1, kind: {kind}, metadata: {{name: x, labels: {{app.kubernetes.io/component: {component}}}}}}}]"
        )
    };
    for (kind, component) in [
        // The one of that component stays what it is.
        ("ConfigMap", "redis-env"),
        ("Endpoints", "redis-env"),
        ("ConfigMap", "mine"),
    ] {
        let all = changes("{}", &object(kind, component));
        says(&all, &format!("{kind}/x"), &["!it is made anew"]);
    }
    let renamed = |kind: &str, component: &str| {
        changes(
            "{}",
            &format!("fullnameOverride: other\n{}", object(kind, component)),
        )
    };
    says(
        &renamed("Endpoints", "redis-env"),
        "Endpoints/x",
        &["!it is made anew"],
    );
    says(
        &renamed("ConfigMap", "mine"),
        "ConfigMap/x",
        &["!it is made anew"],
    );
}

#[test]
fn an_image_says_whether_there_is_a_way_back_and_what_is_not_known() {
    let place = format!("{POD}.containers[redis].image");
    let tag = |tag: &str| format!("valkey: {{image: {{tag: {tag}}}}}");
    let all = changes(&tag("8.0-alpine"), &tag("8.0.3-alpine"));
    says(&all, &place, &["!no way back", "!is not known"]);
    let all = changes(&tag("8.0-alpine"), &tag("7.2-alpine"));
    says(
        &all,
        &place,
        &["does not start on the files", "!no way back"],
    );
    let unknown = |values: &str| {
        edited(
            values,
            &[
                ("image: redis:7.2-alpine", "image: example.com/cache:stable"),
                ("    app.kubernetes.io/version: \"7.2\"\n", ""),
            ],
        )
    };
    says(
        &against(&unknown("{}"), "{}", &[]),
        &place,
        &["the image does not tell its version"],
    );
}

#[test]
fn what_no_pod_restarts_for_is_told_as_such() {
    let edits = [("    hz 10\n", "    hz 20\n")];
    let all = against(&edited("{}", &edits), "{}", &[]);
    let place = format!("{CONF} hz");
    says(&all, &place, &["no pod restarts for it", "!restarts: "]);
    let all = changes("valkey: {settings: {extra: {hz: 20}}}", "{}");
    says(&all, &place, &["!no pod restarts for it", "restarts: "]);
}

#[test]
fn a_password_is_kept_until_a_restart_only_by_the_server_that_has_it_mounted() {
    let keeps = "keeps the old password until its pod restarts";
    let not = &*format!("!{keeps}");
    let password = |value: &str, revision: &str| {
        format!("valkey: {{password: {{value: {value}, revision: {revision}}}}}")
    };
    let place = "Secret/alerthistory-redis-secret data.password";
    let all = changes(&password("hunter22", "a"), &password("hunter33", "a"));
    says(&all, place, &[keeps]);
    let all = changes(&password("hunter22", "a"), &password("hunter33", "b"));
    says(&all, place, &[not]);
    let own = |value: &str| {
        format!(
            "extraObjects: [{{apiVersion: v1, kind: Secret, metadata: {{name: own}}, stringData: {{password: {value}}}}}]"
        )
    };
    let all = changes(&own("hunter22"), &own("hunter33"));
    says(&all, "Secret/own stringData.password", &[not]);
}

#[test]
fn what_a_pod_waits_for_is_told_unless_it_is_rendered() {
    // Something of this name is rendered, but none of this kind.
    let all = changes("{}", "priorityClassName: alerthistory-redis");
    let place = format!("{POD}.priorityClassName");
    says(
        &all,
        &place,
        &["unless there is a PriorityClass alerthistory-redis"],
    );
    let account = "serviceAccount: {create: false, name: mine}";
    let of = |name: &str| {
        format!(
            "{account}\nextraObjects: [{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: {name}}}}}]"
        )
    };
    let place = format!("{POD}.serviceAccountName");
    says(&changes("{}", &of("mine")), &place, &["!unless there is"]);
    says(
        &changes("{}", &of("other")),
        &place,
        &["unless there is a ServiceAccount mine"],
    );

    let volume = |source: &str| format!("valkey: {{extraVolumes: [{{name: v, {source}}}]}}");
    let place = format!("{POD}.volumes[v]");
    for (source, kind) in [
        ("configMap: {name: mine}", "ConfigMap"),
        ("secret: {secretName: mine}", "Secret"),
        (
            "persistentVolumeClaim: {claimName: mine}",
            "PersistentVolumeClaim",
        ),
    ] {
        let waits = format!("the pod waits until the {kind} mine exists");
        says(&changes("{}", &volume(source)), &place, &[&waits]);
        says(&changes(&volume(source), "{}"), &place, &["!the pod waits"]);
    }
    let of = |kind: &str, name: &str| {
        let volume = volume("configMap: {name: mine}");
        changes(
            "{}",
            &format!(
                "{volume}\nextraObjects: [{{apiVersion: v1, kind: {kind}, metadata: {{name: {name}}}}}]"
            ),
        )
    };
    says(&of("ConfigMap", "mine"), &place, &["!the pod waits"]);
    says(&of("ConfigMap", "other"), &place, &["the pod waits"]);
    says(&of("ServiceAccount", "mine"), &place, &["the pod waits"]);
    says(
        &changes("{}", &volume("emptyDir: {}")),
        &place,
        &["!the pod waits"],
    );
}

#[test]
fn an_address_that_goes_is_the_reason_to_restart_applications() {
    let because = ", because the old address goes";
    let all = changes("{}", "valkey: {service: {port: 6380}}");
    says(
        &all,
        "ConfigMap data.REDIS_ADDR",
        &["restart them, because the old address goes"],
    );
    let all = changes("{}", "client: {env: {REDIS_DB: '1'}}");
    says(
        &all,
        "ConfigMap data.REDIS_DB",
        &["restart them", &format!("!{because}")],
    );
    let own = |value: &str| {
        format!(
            "extraObjects: [{{apiVersion: v1, kind: ConfigMap, metadata: {{name: own}}, data: {{REDIS_ADDR: {value}}}}}]"
        )
    };
    let all = changes(&own("a"), &own("b"));
    says(&all, "ConfigMap/own data.REDIS_ADDR", &["!restart them"]);
}

#[test]
fn an_alert_that_is_in_another_group_still_tells_somebody() {
    let alert = |text: &str| format!("monitoring: {{alerts: {{RedisDown: {{{text}}}}}}}");
    let moved = changes("{}", &alert("severity: warning"));
    let gone = changes("{}", &alert("enabled: false"));
    let said = |all: &[Value]| {
        let text = serde_json::to_string(all).unwrap();
        text.contains("RedisDown tells nobody any more")
    };
    assert!(!said(&moved), "{moved:#?}");
    assert!(said(&gone), "{gone:#?}");
}

#[test]
fn a_restart_is_told_of_what_causes_it_and_of_nothing_else() {
    let hz = format!("{CONF} hz");
    let several = "{valkey: {settings: {extra: {hz: 20}}}, commonLabels: {team: a}, client: {env: {REDIS_DB: '1'}}}";
    let all = changes("{}", several);
    let one = "the pod of StatefulSet/alerthistory-redis restarts: ";
    says(&all, &hz, &[one, "!once what is refused"]);
    for place in [
        "ConfigMap/alerthistory-redis-config metadata.labels.team",
        "ConfigMap data.REDIS_DB",
        "StatefulSet metadata.labels.team",
    ] {
        says(&all, place, &["!restarts: "]);
    }
    // Comments of a script change nothing, whatever else does.
    let other = ("checksum/config: ", "checksum/config: 0");
    let comment = (
        "# user NAME RULES <PASSWORD: adds a user.",
        "# adds a user.",
    );
    let old = edited("{}", &[other, comment, ("    hz 10\n", "    hz 20\n")]);
    let all = against(&old, "{}", &[]);
    says(&all, &hz, &[one]);
    let is_script = |change: &&Value| change["path"].to_string().contains("init.sh");
    let script = all.iter().find(is_script).unwrap();
    assert_eq!(script["consequence"], "none", "{script:#}");

    // A line or a directive that goes does.
    let old = edited(
        "{}",
        &[other, ("    umask 077\n", "    umask 077\n    umask 7\n")],
    );
    let all = against(&old, "{}", &[]);
    assert_eq!(
        all.iter().find(is_script).unwrap()["consequence"],
        "restart"
    );
    let all = changes("valkey: {settings: {extra: {maxclients: 500}}}", "{}");
    says(&all, &format!("{CONF} maxclients"), &[one]);

    let template = std::fs::read_to_string(root().join("templates/statefulset.yaml.j2")).unwrap();
    let own = template.replace("replicas: {{ replicas }}", "replicas: 2");
    let old = edited("{}", &[("replicas: 1\n", "replicas: 2\n")]);
    let faster = "valkey: {settings: {extra: {hz: 20}}}";
    let all = against(&old, faster, &[("statefulset.yaml.j2", &own)]);
    says(
        &all,
        &hz,
        &["every pod of StatefulSet/alerthistory-redis restarts: "],
    );
}

#[test]
fn a_checksum_is_left_to_the_differences_of_its_configuration_and_else_told() {
    let place = "StatefulSet spec.template.metadata.annotations[\"checksum/config\"]";
    let other = ("checksum/config: ", "checksum/config: 0");
    // Neither a label of it nor what is in another ConfigMap is one of these.
    let elsewhere = "{commonLabels: {team: a}, client: {env: {REDIS_DB: '1'}}}";
    let all = against(&edited("{}", &[other]), elsewhere, &[]);
    says(&all, place, &["restarts: "]);
    let hz = ("    hz 10\n", "    hz 20\n");
    let all = against(&edited("{}", &[other, hz]), "{}", &[]);
    assert_eq!(all.len(), 1, "{all:#?}");
}

#[test]
fn what_a_restart_costs_is_what_is_known_of_the_data() {
    let image = format!("{POD}.containers[redis].image");
    let stream = render("{}");
    let is_other = |object: &&str| !object.contains("  redis.conf: |");
    let old: Vec<&str> = stream.split("---\n").filter(is_other).collect();
    let all = against(
        &old.join("---\n"),
        "valkey: {image: {tag: 7.2.5-alpine}}",
        &[],
    );
    says(
        &all,
        &image,
        &["its configuration is not among the objects"],
    );
    let edits = [
        ("maxmemory 402653184", "maxmemory 0"),
        ("checksum/config: ", "checksum/config: 0"),
    ];
    let all = against(&edited("{}", &edits), "{}", &[]);
    let place = format!("{CONF} maxmemory");
    says(&all, &place, &["reads it again, however much that is"]);
    // 11 s to read a file of 200 MiB at 20 MB/s.
    let probed = |n: u8| {
        format!(
            "valkey: {{settings: {{maxmemory: 100Mi}}, probes: {{startup: {{failureThreshold: {n}, periodSeconds: 1}}}}}}"
        )
    };
    let place = format!("{POD}.containers[redis].startupProbe.failureThreshold");
    says(
        &changes(&probed(60), &probed(11)),
        &place,
        &["!killed again"],
    );
    let short = "for up to 11 s, and is killed again and again after 10 s";
    says(&changes(&probed(60), &probed(10)), &place, &[short]);
}

#[test]
fn commands_are_those_that_the_running_server_can_follow() {
    for (values, name, words) in [
        (
            "extra: {no-appendfsync-on-rewrite: yes}",
            "no-appendfsync-on-rewrite",
            "yes",
        ),
        ("appendonly: no", "appendonly", "no"),
    ] {
        let all = changes("{}", &format!("valkey: {{settings: {{{values}}}}}"));
        let command = format!("CONFIG SET {name} {words}");
        says(
            &all,
            &format!("{CONF} {name}"),
            &[&command, "!aof_rewrite_in_progress"],
        );
    }
    // As much as fits into the memory that it has.
    let place = format!("{CONF} maxmemory");
    let limit = sizing::steady_bytes(100 << 20);
    let values = |maxmemory: &str, limit: u64| {
        format!(
            "valkey: {{settings: {{maxmemory: {maxmemory}}}, resources: {{limits: {{memory: {limit}}}}}}}"
        )
    };
    let all = changes(&values("50Mi", limit), &values("100Mi", limit));
    says(&all, &place, &["CONFIG SET maxmemory 104857600"]);
    let all = changes(&values("50Mi", limit - 1), &values("100Mi", limit - 1));
    says(
        &all,
        &place,
        &["`maxmemory` has to wait for it", "!CONFIG SET"],
    );
    let stream = render("{}");
    let config = object(&stream, "ConfigMap", "-config");
    let conf = config
        .at(&["data", "redis.conf"])
        .and_then(|conf| conf.as_str());
    let own = conf
        .unwrap()
        .replace("maxmemory 402653184\n", "maxmemory 0\n");
    let all = against(&stream, "{}", &[("config/redis.conf.j2", &own)]);
    says(&all, &place, &["restarts: ", "!CONFIG SET maxmemory 0"]);
}

#[test]
fn a_version_is_read_from_the_tag_of_an_image_and_not_from_its_registry() {
    let place = format!("{POD}.containers[redis].image");
    let unlabelled = |image: &str| {
        let label = "    app.kubernetes.io/version: \"7.2\"\n";
        edited(
            "{}",
            &[
                ("image: redis:7.2-alpine", &format!("image: {image}")),
                (label, ""),
            ],
        )
    };
    // The image says which server it is where the command does not.
    let edits = [
        ("image: redis:7.2-alpine", "image: localhost:5000/redis"),
        ("- redis-server\n", "- sh\n"),
    ];
    says(
        &against(&edited("{}", &edits), "{}", &[]),
        &place,
        &["!does not tell its version"],
    );
    let unknown = "the image does not tell its version";
    for (image, words) in [
        ("localhost:5000/redis", unknown),
        ("localhost:8/redis", unknown),
        (
            "localhost:5000/redis:8.0-alpine",
            "does not start on the files of redis 8.0",
        ),
        (
            "redis:8.0-alpine@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "does not start on the files of redis 8.0",
        ),
    ] {
        says(&against(&unlabelled(image), "{}", &[]), &place, &[words]);
    }
}
