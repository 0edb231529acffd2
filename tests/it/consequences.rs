//! What `cachegen diff` says where following it, or not being told, would hurt. Each was seen in a real cluster.

use serde_json::Value;

use crate::diff::{changes, comes_to, compared};
use crate::support::{render, root, run_in};

const CONF: &str = "ConfigMap data[\"redis.conf\"]";
const POD: &str = "StatefulSet spec.template.spec";

/// Returns all that is said of the objects of a kind: reasons and commands.
fn said(all: &[Value], kind: &str) -> String {
    all.iter()
        .filter(|change| change["object"]["kind"] == kind)
        .map(|change| change["effects"].to_string())
        .collect()
}

fn against_cluster(live: &str) -> String {
    run_in(root(), &["diff", "--against", "-"], live).stdout
}

#[test]
fn what_is_still_used_is_not_to_be_deleted() {
    let claim =
        "valkey: {backup: {enabled: true, storage: {existingClaim: alerthistory-redis-backup}}}";
    for (old, new, kind) in [
        ("valkey: {password: {value: hunter22}}", "{}", "Secret"),
        (
            "{}",
            "serviceAccount: {create: false, name: alerthistory-redis}",
            "ServiceAccount",
        ),
        (
            "valkey: {backup: {enabled: true}}",
            claim,
            "PersistentVolumeClaim",
        ),
    ] {
        comes_to(old, new, kind, "orphan", "and has to");
        let all = said(&changes(old, new), kind);
        assert!(!all.contains("delete"), "{all}");
    }
    // Its name elsewhere is no use of it.
    let settings = "extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}]";
    let noted = "podAnnotations: {note: settings}";
    let command = "kubectl -n default delete configmap/settings";
    comes_to(settings, noted, "ConfigMap", "orphan", "");
    let all = said(&changes(settings, noted), "ConfigMap");
    assert!(all.contains(command), "{all}");
}

#[test]
fn a_profile_is_compared_with_another_without_a_file() {
    let run = run_in(
        std::path::Path::new("."),
        &[
            "diff",
            "--profile",
            "lite",
            "--against-profile",
            "standard",
            "--color",
            "always",
        ],
        "",
    );
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    assert!(
        run.stdout.contains("StatefulSet/alerthistory-redis: gone"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_statefulset_that_is_gone_says_what_becomes_of_its_data() {
    comes_to(
        "{}",
        "profile: lite",
        "StatefulSet",
        "orphan",
        "the claim redis-data-alerthistory-redis-0 keeps the data",
    );
    let deletes = "valkey: {storage: {retentionPolicy: {whenDeleted: Delete}}}";
    comes_to(
        deletes,
        "profile: lite",
        "StatefulSet",
        "data risk",
        "deletes its claims and the data",
    );
    let all = said(&changes(deletes, "profile: lite"), "StatefulSet");
    assert!(all.contains("# once nobody needs its data"), "{all}");
}

#[test]
fn another_user_cannot_write_the_files_of_the_old_one() {
    let user = |text: &str| format!("podSecurityContext: {{{text}}}");
    let place = format!("{POD}.securityContext.runAsUser");
    let denied = "Permission denied";
    comes_to("{}", &user("runAsUser: 20001"), &place, "data risk", denied);
    comes_to("{}", &user("runAsUser: null"), &place, "data risk", denied);
    // The kubelet gives the files to the new group.
    let regrouped = user("runAsUser: 20001, fsGroup: 20001");
    comes_to("{}", &regrouped, &place, "restart", "");
    // A snapshot is only read, and a new one takes its place.
    let unlogged = "valkey: {settings: {appendonly: no}}";
    let both = format!("{unlogged}\n{}", user("runAsUser: 20001"));
    comes_to(unlogged, &both, &place, "restart", "");
}

#[test]
fn what_a_pod_needs_to_be_made_is_named() {
    for (values, field, kind) in [
        (
            "priorityClassName: high",
            "priorityClassName",
            "PriorityClass high",
        ),
        (
            "runtimeClassName: gvisor",
            "runtimeClassName",
            "RuntimeClass gvisor",
        ),
        (
            "serviceAccount: {create: false, name: mine}",
            "serviceAccountName",
            "ServiceAccount mine",
        ),
        (
            "nodeSelector: {disk: ssd}",
            "nodeSelector.disk",
            "a node fits",
        ),
    ] {
        comes_to("{}", values, &format!("{POD}.{field}"), "restart", kind);
    }
    // What is rendered with it is there.
    let all = said(
        &changes("{}", "serviceAccount: {name: mine}"),
        "StatefulSet",
    );
    assert!(!all.contains("unless there is"), "{all}");
}

#[test]
fn a_pod_that_may_not_finish_writing_loses_what_is_in_no_log() {
    let short = "terminationGracePeriodSeconds: 2";
    let place = format!("{POD}.terminationGracePeriodSeconds");
    comes_to("{}", short, &place, "restart", "");
    let unlogged = "valkey: {settings: {appendonly: no}}";
    let both = format!("{unlogged}\n{short}");
    comes_to(unlogged, &both, &place, "data risk", "is killed after 2 s");
}

#[test]
fn what_is_refused_restarts_nothing_until_it_is_mended() {
    let both = "valkey: {storage: {requestedSize: 9Gi}, settings: {extra: {hz: 20}}}";
    let place = format!("{CONF} hz");
    comes_to(
        "{}",
        both,
        &place,
        "restart",
        "restarts once what is refused is mended",
    );
}

#[test]
fn what_is_no_longer_tolerated_or_mounted_is_told() {
    let tolerations = "tolerations: [{key: cache, operator: Exists}]";
    comes_to(
        tolerations,
        "{}",
        &format!("{POD}.tolerations"),
        "restart",
        "no longer tolerated",
    );
    let backup = |text: &str| format!("valkey: {{backup: {{enabled: true, storage: {{{text}}}}}}}");
    comes_to(
        &backup(""),
        &backup("existingClaim: mine"),
        "CronJob spec.jobTemplate.spec.template.spec.volumes[backup].persistentVolumeClaim.claimName",
        "none",
        "stay on the claim alerthistory-redis-backup",
    );
}

#[test]
fn a_log_that_begins_is_waited_for_wherever_it_is_switched_on() {
    let off = "valkey: {settings: {appendonly: no}}";
    let all = changes(off, "{}");
    let steps: Vec<&Value> = all
        .iter()
        .flat_map(|change| change["effects"].as_array().unwrap())
        .map(|effect| &effect["steps"])
        .filter(|steps| steps.to_string().contains("CONFIG SET appendonly yes"))
        .collect();
    assert!(steps.len() > 1, "{all:#?}");
    for steps in steps {
        let text = steps.to_string();
        assert!(text.contains("aof_rewrite_in_progress:0"), "{text}");
    }
}

#[test]
fn commands_are_for_an_administrator_who_exists() {
    let inline = "valkey: {password: {value: hunter22}";
    let all = changes(
        &format!("{inline}}}"),
        &format!("{inline}, settings: {{loglevel: debug}}}}"),
    );
    let text = all[0]["effects"].to_string();
    assert!(
        !text.contains("CONFIG SET") && text.contains("`valkey.password.adminKey`"),
        "{text}"
    );
    let with = "valkey: {password: {value: hunter22, adminKey: password}";
    comes_to(
        &format!("{with}}}"),
        &format!("{with}, settings: {{loglevel: debug}}}}"),
        &format!("{CONF} loglevel"),
        "restart",
        "clients are refused",
    );
}

#[test]
fn what_holds_already_is_no_command() {
    let valkey = "valkey: {image: {repository: valkey/valkey, tag: 8.1-alpine}}";
    let all = said(&changes("{}", valkey), "ConfigMap");
    assert!(
        all.contains("restarts") && !all.contains("CONFIG SET"),
        "{all}"
    );
}

#[test]
fn services_say_which_clusters_refuse_them_and_who_loses_his_way() {
    let service = |text: &str| format!("valkey: {{service: {{{text}}}}}");
    comes_to(
        "{}",
        &service("ipFamilies: [IPv6]"),
        "Service spec.ipFamilies",
        "refused",
        "where the cluster's first family is IPv4",
    );
    comes_to(
        "{}",
        &service("ipFamilies: [IPv4]"),
        "Service spec.ipFamilies",
        "none",
        "",
    );
    comes_to(
        "{}",
        &service("ipFamilyPolicy: RequireDualStack"),
        "Service spec.ipFamilyPolicy",
        "none",
        "not configured for dual-stack",
    );
    let nodes = service("type: NodePort, nodePort: 30001");
    comes_to(
        &nodes,
        "{}",
        "Service spec.type",
        "none",
        "no longer be reached",
    );
    comes_to(
        &nodes,
        &service("type: NodePort, nodePort: 30002"),
        "Service spec.ports[6379/TCP].nodePort",
        "none",
        "the old port of the nodes",
    );
}

#[test]
fn claims_say_what_is_refused_and_what_stays() {
    let backup = |text: &str| format!("valkey: {{backup: {{enabled: true, storage: {{{text}}}}}}}");
    let class = "PersistentVolumeClaim spec.storageClassName";
    let (old, new) = (backup(""), backup("className: fast"));
    comes_to(&old, &new, class, "refused", "by default");
    let all = said(&changes(&old, &new), "PersistentVolumeClaim");
    assert!(all.contains("deletes what is on it"), "{all}");
    let size = "PersistentVolumeClaim spec.resources.requests.storage";
    comes_to(
        &backup("requestedSize: 3Gi"),
        &backup("requestedSize: 9Gi"),
        size,
        "none",
        "bound",
    );
    let shrinks = changes(&backup("requestedSize: 9Gi"), &backup("requestedSize: 3Gi"));
    let all = said(&shrinks, "PersistentVolumeClaim");
    assert!(!all.contains("allowVolumeExpansion"), "{all}");
    let modes = changes("{}", "valkey: {storage: {accessModes: [ReadWriteMany]}}");
    let all = said(&modes, "StatefulSet");
    assert!(
        all.contains("redis-data-alerthistory-redis-0 stays as it is"),
        "{all}"
    );
}

#[test]
fn what_objects_of_the_users_own_cannot_change_is_refused() {
    let job = |text: &str| {
        format!(
            "extraObjects: [{{apiVersion: batch/v1, kind: Job, metadata: {{name: x}}, spec: {{{text}, template: {{spec: {{restartPolicy: Never, containers: [{{name: a, image: b}}]}}}}}}}}]"
        )
    };
    comes_to(
        &job("parallelism: 1"),
        &job("completions: 3"),
        "Job spec.completions",
        "refused",
        "immutable",
    );
    let class = |text: &str| {
        format!(
            "extraObjects: [{{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {{name: x}}, {text}}}]"
        )
    };
    comes_to(
        &class("provisioner: a/b"),
        &class("provisioner: a/c"),
        "StorageClass provisioner",
        "refused",
        "updates to provisioner are forbidden",
    );
}

#[test]
fn policies_and_passwords_say_who_has_to_act() {
    let policy = |text: &str| format!("valkey: {{networkPolicy: {{{text}}}}}");
    let egress = "NetworkPolicy spec.egress";
    comes_to(
        "{}",
        &policy("extraEgress: [{}]"),
        egress,
        "none",
        "what the pods may reach",
    );
    comes_to(
        "{}",
        "valkey: {password: {value: hunter22}}",
        "Secret",
        "none",
        "clients need it",
    );
    comes_to(
        "{}",
        "externalSecrets: {enabled: true, secretStore: s, keyPath: p}",
        "ExternalSecret",
        "none",
        "that of the store",
    );
    comes_to(
        "{}",
        "client: {env: {REDIS_DB: '1'}}",
        "ConfigMap data.REDIS_DB",
        "none",
        "when they start",
    );
}

/// A cluster's object: what was applied, and what was added by hand since.
fn edited(applied: &str) -> String {
    render("{}")
        .replace(
            "kind: ConfigMap\nmetadata:\n  name: alerthistory-redis-env",
            &format!("kind: ConfigMap\nmetadata:\n  uid: u\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{applied}'\n  name: alerthistory-redis-env"),
        )
        .replace("  REDIS_DB: \"0\"\n", "  REDIS_DB: \"0\"\n  X: z\n")
}

#[test]
fn what_was_added_by_hand_stays_and_what_was_applied_goes() {
    let text = against_cluster(&edited("{\"data\":{\"REDIS_DB\":\"0\"}}"));
    assert!(
        text.contains("data.X: z → (not rendered)\n    it stays: `kubectl apply`"),
        "{text}"
    );
    let text = against_cluster(&edited("{\"data\":{\"REDIS_DB\":\"0\",\"X\":\"z\"}}"));
    assert!(
        text.contains("data.X: z → (none)\n    applications"),
        "{text}"
    );
}

#[test]
fn a_restart_is_not_told_of_a_field_that_stays() {
    let applied = "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"redis\",\"env\":[{\"name\":\"OLD\"}]}]}}}}";
    let live = render("{}").replace(
        "kind: StatefulSet\nmetadata:\n",
        &format!("kind: StatefulSet\nmetadata:\n  uid: u\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{applied}'\n"),
    );
    let live = |name: &str| {
        live.replacen(
            "      - name: redis\n",
            &format!(
                "      - name: redis\n        env:\n        - name: {name}\n          value: x\n"
            ),
            1,
        )
    };
    let text = against_cluster(&live("FOO"));
    assert!(
        text.contains("env[FOO]") && text.ends_with("1 none\n") && !text.contains("restarts"),
        "{text}"
    );
    let text = against_cluster(&live("OLD"));
    assert!(
        text.contains("restarts") && text.ends_with("1 restart\n"),
        "{text}"
    );
}

#[test]
fn nothing_from_the_cluster_is_told_as_such() {
    let run = run_in(root(), &["diff", "--against", "-", "-v"], "");
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("standard input has no object"),
        "{}",
        run.stderr
    );
    let text = run_in(root(), &["diff", "--against", "-"], "hello\n");
    assert!(
        text.stderr.contains("an object is a map, not text"),
        "{}",
        text.stderr
    );
}

#[test]
fn endpoints_of_a_service_are_nobodys_orphans() {
    let labels = "labels: {app.kubernetes.io/instance: alerthistory, app.kubernetes.io/managed-by: cachegen}";
    let live = render("{}")
        + &format!(
            "---\napiVersion: v1\nkind: Endpoints\nmetadata:\n  name: alerthistory-redis\n  uid: u\n  {labels}\n"
        );
    assert_eq!(against_cluster(&live), "");
}

#[test]
fn secrets_in_texts_and_annotations_are_not_shown() {
    let values = |word: &str| {
        format!(
            "extraObjects:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: y}}\n  data:\n    app.properties: \"db.password={word}\\nx={}\\n\"\n    config.yaml: \"password: {word}\\nb: 1\\n\"\n    users.txt: \"user a on >{word} ~*\\nb\\n\"\n    one: password={word}\n    tls.key: \"-----BEGIN PRIVATE KEY-----\\n{word}\\nx\\n\"\n",
            word.len()
        )
    };
    let all = format!("{:?}", changes(&values("hunter2"), &values("hunter33")));
    assert!(!all.contains("hunter"), "{all}");
    assert!(all.contains("db.password=<secret>\\nx=8"), "{all}");
    let live = render("valkey: {password: {value: hunter22}}").replace(
        "kind: Secret\nmetadata:\n",
        "kind: Secret\nmetadata:\n  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"data\":{\"password\":\"aHVudGVyMjI=\"}}'}\n",
    );
    let run = run_in(
        root(),
        &[
            "diff",
            "--against",
            "-",
            "--set",
            "valkey.password.value=hunter22",
        ],
        &live,
    );
    assert!(
        run.stdout.contains("removed") && !run.stdout.contains("aHVudGVy"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_new_tier_says_which_secret_it_waits_for() {
    let waits = "wait until the Secret other-redis-secret exists";
    comes_to(
        "{}",
        "fullnameOverride: other",
        "StatefulSet",
        "data risk",
        waits,
    );
    let given = "{fullnameOverride: other, valkey: {password: {value: hunter22}}}";
    let all = said(&changes("profile: lite", given), "StatefulSet");
    assert!(!all.contains("wait until"), "{all}");
}

/// A repository whose project file renders one tier for two clusters.
fn two_clusters() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write(
        "cachegen.yaml",
        "renders:\n- {values: [a.yaml], output: eu.yaml}\n- {values: [b.yaml], output: us.yaml}\n",
    );
    write("a.yaml", "{}");
    write("b.yaml", "{}");
    run_in(directory.path(), &["render", "--all"], "").is_silent("");
    directory
}

#[test]
fn renders_are_told_apart_by_their_outputs() {
    let directory = two_clusters();
    let path = directory.path();
    let hz = "valkey: {settings: {extra: {hz: 20}}}";
    std::fs::write(path.join("a.yaml"), hz).unwrap();
    std::fs::write(path.join("b.yaml"), "valkey: {image: {tag: 8.0-alpine}}").unwrap();
    let human = run_in(path, &["diff"], "").stdout;
    assert!(
        human.contains("eu.yaml\nrestart\n") && human.contains("\nus.yaml\nrestart\n"),
        "{human}"
    );
    // What is the same command for both is told of both.
    std::fs::write(path.join("b.yaml"), hz.replace("{hz", "{timeout: 5, hz")).unwrap();
    let human = run_in(path, &["check"], "").stdout;
    assert_eq!(human.matches("CONFIG SET hz 20").count(), 2, "{human}");
    let markdown = run_in(path, &["diff", "-o", "markdown"], "").stdout;
    assert!(
        markdown.contains("## `us.yaml`: 2 changes: 2 restart\n"),
        "{markdown}"
    );
    let json: Value =
        serde_json::from_str(&run_in(path, &["diff", "-o", "json"], "").stdout).unwrap();
    assert_eq!(json["changes"][0]["output"], "eu.yaml");
    assert_eq!(json["counts"]["restart"], 3);
    // The same change of several is one.
    std::fs::write(path.join("b.yaml"), hz).unwrap();
    let human = run_in(path, &["diff"], "").stdout;
    assert!(human.starts_with("eu.yaml, us.yaml\nrestart\n"), "{human}");
    assert_eq!(human.matches("hz: 10 → 20").count(), 1, "{human}");
    // A program gets each of them.
    let json: Value =
        serde_json::from_str(&run_in(path, &["diff", "-o", "json"], "").stdout).unwrap();
    let outputs = [0, 1].map(|at| &json["changes"][at]["output"]);
    assert_eq!(outputs, ["eu.yaml", "us.yaml"]);
}

fn markdown(old: &str, new: &str) -> String {
    compared(old, new, "markdown").stdout
}

#[test]
fn a_reviewer_sees_all_that_a_reader_of_the_yaml_would() {
    let objects = "extraObjects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: all}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}, subjects: [{kind: Group, name: everybody}]}]";
    let text = markdown("{}", objects);
    assert!(
        text.contains("name: cluster-admin\n") && text.contains("1 new object as a whole"),
        "{text}"
    );
    let peers: Vec<String> = (0..9)
        .map(|n| format!("{{ipBlock: {{cidr: 10.{n}.0.0/16}}}}"))
        .collect();
    let clients = format!(
        "valkey: {{networkPolicy: {{extraIngress: [{{from: [{}]}}]}}}}",
        peers.join(", ")
    );
    let text = markdown("{}", &clients);
    assert!(text.contains("+     cidr: \"10.8.0.0/16\"\n"), "{text}");
    let text = markdown("{}", "valkey: {password: {value: hunter22}}");
    assert!(text.contains("    password: \"<secret>\"\n"), "{text}");
    // What somebody decides by is not folded away among labels.
    let many = "{commonLabels: {a: b}, commonAnnotations: {c: d}, monitoring: {alerts: {RedisDown: {for: 9m}, RedisEvicting: {enabled: false}}}}";
    let text = markdown("{}", many);
    let fold = text.find("<details>").unwrap();
    assert!(text.find("`1m` → `9m`").unwrap() < fold, "{text}");
    assert!(
        text.contains("RedisEvicting tells nobody any more"),
        "{text}"
    );
    assert!(text.find("metadata.labels.a").unwrap() > fold, "{text}");
}

#[test]
fn commands_that_delete_come_in_an_order_that_can_be_followed() {
    let all = changes("{}", "profile: lite");
    let at = |kind: &str| {
        all.iter()
            .position(|change| change["object"]["kind"] == kind && change["change"] == "gone")
            .unwrap()
    };
    assert!(
        at("StatefulSet") < at("ConfigMap") && at("ConfigMap") < at("NetworkPolicy"),
        "{all:#?}"
    );
}

#[test]
fn a_text_with_many_places_is_told_by_its_first_ones() {
    let run = compared("{}", "monitoring: {prometheusEnabled: false}", "human");
    assert_eq!(
        run.stdout.matches("dashboard.json\"] line").count(),
        3,
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("dashboard.json\"]: 9 places more\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn what_was_said_is_not_said_of_something_else() {
    let run = compared("{}", "valkey: {exporter: {enabled: false}}", "human");
    let text = run.stdout;
    let monitor = text
        .find("ServiceMonitor/alerthistory-redis: gone")
        .unwrap();
    let next = text[monitor..]
        .lines()
        .find(|line| line.starts_with("    "))
        .unwrap();
    assert_eq!(next, "    it stays in the cluster", "{text}");
}
