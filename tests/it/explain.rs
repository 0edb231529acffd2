//! Explanations are true: numbers come to what is rendered, lines are the lines, and what decides is what decides.

use cachegen::explain::{self, Answer, Presence, Question, Subject};
use cachegen::path;
use cachegen::render;
use cachegen::template::Templates;
use cachegen::template::catalog;
use cachegen::tier::{self, Invocation, Tier};
use cachegen::values::Effective;
use cachegen::values::secrecy::MASK;
use cachegen::yaml::Value;

use crate::support::{Run, cases, decoded, invocation, objects, refused, run_with};

/// Values, and what they mean for the name `x` without a namespace.
struct Scene {
    effective: Effective,
    invocation: Invocation,
    tier: Tier,
    templates: Templates,
}

impl Scene {
    fn new(values: &str) -> Self {
        let (decoded, effective, found) = decoded(&[values]);
        let invocation = invocation("x");
        let tier = tier::resolve(&decoded, &effective, &invocation, found).unwrap();
        Self {
            effective,
            invocation,
            tier,
            templates: Templates::default(),
        }
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            effective: &self.effective,
            invocation: &self.invocation,
            tier: &self.tier,
            templates: &self.templates,
        }
    }
}

fn answer(values: &str, question: &str) -> Answer {
    let scene = Scene::new(values);
    explain::answer(&scene.subject(), &Question::parse(question).unwrap()).unwrap()
}

#[track_caller]
fn presence(values: &str, question: &str) -> Presence {
    match answer(values, question) {
        Answer::Present(presence) => presence,
        Answer::Absent(_) => panic!("{question} is not there"),
    }
}

/// What the program says.
#[track_caller]
fn said(values: &str, arguments: &[&str]) -> String {
    let arguments = [&["explain", "-f", "-"], arguments].concat();
    let Run {
        stdout,
        stderr,
        code,
    } = run_with(&arguments, values.as_bytes());
    assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}");
    stdout
}

const SET: &str = "StatefulSet/x-redis:spec.template.spec";

#[test]
fn formulas_come_to_what_is_rendered() {
    let mut n_formulas = 0;
    for maxmemory in ["1mb", "100m", "384mb", "1gb", "7Gi", "200gb"] {
        for more in [
            "",
            "settings: {appendonly: no}, ",
            "resources: {requests: {memory: 1Ti}}, ",
            "resources: {limits: {memory: 1Ti}}, ",
        ] {
            let settings = format!("settings: {{maxmemory: {maxmemory}}}, ");
            let settings = match more.strip_prefix("settings: {") {
                Some(rest) => format!("settings: {{maxmemory: {maxmemory}, {rest}"),
                None => settings + more,
            };
            let values = format!(
                "valkey: {{{settings}storage: {{requestedSize: 9Ti}}, backup: {{enabled: true}}}}"
            );
            let scene = Scene::new(&values);
            let manifest = render::render(&scene.tier, &Templates::default()).unwrap();
            for (file, field, n_expected) in [
                (
                    "statefulset.yaml.j2",
                    "spec",
                    if more.starts_with("resources") { 3 } else { 4 },
                ),
                ("configmap-redis.yaml.j2", "data", 1),
                ("persistentvolumeclaim-backup.yaml.j2", "spec", 1),
                ("cronjob-backup.yaml.j2", "spec", 1),
            ] {
                let object = manifest
                    .objects()
                    .iter()
                    .find(|object| object.source.ends_with(file))
                    .unwrap();
                let formulas =
                    explain::formulas(&scene.subject(), file, &path::parse(field).unwrap());
                assert_eq!(formulas.len(), n_expected, "{values} {file}");
                for formula in &formulas {
                    let found = path::resolve(&object.body, &path::parse(&formula.field).unwrap());
                    let is_there = match found.value {
                        Value::String(text) => text.lines().any(|line| line == formula.result),
                        Value::Number(digits) => **digits == *formula.result,
                        _ => false,
                    };
                    assert!(is_there, "{values}: {formula:?} {:?}", found.value);
                    n_formulas += 1;
                }
            }
        }
    }
    assert!(n_formulas > 100);
}

#[test]
fn a_field_is_made_of_the_values_whose_change_changes_it() {
    let limit = format!("{SET}.containers[redis].resources.limits.memory");
    let names = |values: &str, question: &str| -> Vec<String> {
        presence(values, question)
            .causes
            .iter()
            .filter(|cause| cause.is_content)
            .map(|cause| match &cause.who {
                explain::Who::Value(path) => path.to_string(),
                explain::Who::Argument(name) => (*name).to_owned(),
            })
            .collect()
    };
    assert_eq!(
        names("", &limit),
        [
            "valkey.resources.requests.memory",
            "valkey.resources.limits.memory",
            "valkey.settings.maxmemory"
        ]
    );
    assert_eq!(
        names("valkey: {resources: {limits: {memory: 2Gi}}}", &limit),
        ["valkey.resources.limits.memory"]
    );
    // A default gives way to what somebody says of the other side.
    let limit = format!("{SET}.containers[redis-exporter].resources.limits.memory");
    let request = limit.replace("limits", "requests");
    let both =
        ["requests", "limits"].map(|side| format!("valkey.exporter.resources.{side}.memory"));
    assert_eq!(names("", &limit), both);
    assert_eq!(names("", &request), both);
    assert_eq!(
        names("", "Service/x-redis:spec.ports[redis].port"),
        ["valkey.service.port"]
    );
    assert_eq!(
        names("", "Service/x-redis:metadata.name"),
        ["NAME", "fullnameOverride"]
    );
    assert_eq!(
        names(
            "",
            "ConfigMap/x-redis-config:data[\"redis.conf\"].maxmemory-policy"
        ),
        ["valkey.settings.maxmemoryPolicy", "valkey.settings.extra"]
    );
    assert_eq!(
        names(
            "podLabels: {a: b}",
            &format!("{}.metadata.labels.a", &SET[..SET.len() - 5])
        ),
        ["podLabels.a"]
    );
    assert_eq!(names("", &format!("{SET}.enableServiceLinks")), [""; 0]);
}

#[test]
fn lines_are_those_of_the_templates() {
    for (question, expected) in [
        (
            format!("{SET}.containers[redis].resources"),
            vec!["resources: {{ server.resources }}"],
        ),
        (
            format!("{SET}.containers[redis].startupProbe.failureThreshold"),
            vec![
                "startupProbe: {{ partial(\"partials/probe-startup.yaml.j2\", overlay=server.probes.startup) }}",
                "failureThreshold: {{ server.probes.startup_failures }}",
            ],
        ),
        (
            "ConfigMap/x-redis-config:data[\"redis.conf\"].save".to_owned(),
            vec![
                "redis.conf: {{ text(\"config/redis.conf.j2\") }}",
                "{{ line }}",
            ],
        ),
        (
            "Service/x-redis:metadata.labels.app.kubernetes.io/name".to_owned(),
            vec!["labels: {{ labels(\"redis\", own=service.labels) }}"],
        ),
        ("Service/x-redis".to_owned(), vec!["apiVersion: v1"]),
        (
            "ConfigMap/x-redis-config:data[\"redis.conf\"]".to_owned(),
            vec![
                "redis.conf: {{ text(\"config/redis.conf.j2\") }}",
                "# {{ section.title }}",
            ],
        ),
        (format!("{SET}.initContainers[0].command[0]"), vec!["- sh"]),
        (
            format!("{SET}.containers[1].ports[0].containerPort"),
            vec!["containerPort: {{ exporter.port }}"],
        ),
    ] {
        let written = presence("", &question).written;
        for line in &written {
            let text = catalog::text(&line.file)
                .unwrap()
                .lines()
                .nth(line.line - 1)
                .unwrap();
            assert_eq!(text.trim(), line.text);
        }
        let texts: Vec<&str> = written.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts.len(), expected.len(), "{question} {texts:?}");
        for (text, expected) in texts.iter().zip(expected) {
            // Whatever else the function is given.
            let call = expected.split(['(', ',']).next().unwrap();
            assert!(text.starts_with(call), "{question} {text}");
        }
    }
}

#[test]
fn lines_are_found_by_what_is_filled_into_them() {
    for (values, question, line) in [
        (
            "podAnnotations: {mine: x}",
            "StatefulSet/x-redis:spec.template.metadata.annotations.mine".to_owned(),
            "{{ key }}: {{ value }}",
        ),
        (
            "monitoring: {prometheusEnabled: yes}",
            "PrometheusRule/x-redis-alerts:spec.groups[0].rules[RedisDown].for".to_owned(),
            "for: {{ rule.hold }}",
        ),
        (
            "",
            format!("{SET}.containers[redis-exporter].image"),
            "image: {{ exporter.image }}",
        ),
        (
            "valkey: {extraContainers: [{name: mine, image: a}]}",
            format!("{SET}.containers[mine].image"),
            "- {{ container }}",
        ),
    ] {
        let written = presence(values, &question).written;
        let texts: Vec<&str> = written.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, [line], "{question}");
    }
}

/// Who is rendered by the cases under the usual name, but not by the defaults.
fn absent() -> Vec<String> {
    let id = |object: &Value| {
        let text = |keys: &[&str]| object.at(keys).and_then(Value::as_str).unwrap().to_owned();
        format!("{}/{}", text(&["kind"]), text(&["metadata", "name"]))
    };
    let usual: Vec<String> = objects(&crate::support::render(""))
        .iter()
        .map(id)
        .collect();
    let mut all: Vec<String> = cases()
        .iter()
        .filter(|case| {
            !case.is_mistaken() && case.name != "extra-objects" && case.name != "kubernetes-types"
        })
        .flat_map(|case| objects(&case.render().stdout))
        .map(|object| id(&object))
        .filter(|id| id.contains("/alerthistory-redis") && !usual.contains(id))
        .collect();
    all.sort();
    all.dedup();
    all
}

#[test]
fn of_an_object_that_is_not_there_it_says_which_value_decides() {
    let absent = absent();
    assert!(absent.len() >= 5, "{absent:?}");
    for object in absent {
        let text = said("", &[&object]);
        assert!(text.contains(" is not there\n\nbecause\n  `"), "{text}");
    }
    for (values, question, expected) in [
        (
            "",
            "PodDisruptionBudget/alerthistory-redis",
            "`valkey.podDisruptionBudget.enabled` is null (default): with true it would be there",
        ),
        (
            "monitoring: {prometheusEnabled: false}",
            "ServiceMonitor/alerthistory-redis",
            "`monitoring.prometheusEnabled` is false (<stdin>:1:33, over default true): with true it would be there",
        ),
        (
            "profile: lite",
            "Service/alerthistory-redis",
            "`valkey.enabled` is false (profile lite, over default true): with true it would be there",
        ),
        (
            "valkey: {exporter: {enabled: false}}\nmonitoring: {prometheusEnabled: false}",
            "PrometheusRule/alerthistory-redis-alerts",
            "with `valkey.exporter.enabled: true` and `monitoring.prometheusEnabled: true` it would be there",
        ),
        (
            "",
            "CronJob/alerthistory-redis-backup:spec.schedule",
            "`valkey.backup.enabled` is false (default): with true",
        ),
        (
            "",
            "StatefulSet/alerthistory-redis:spec.template.spec.nodeSelector.disk",
            "`nodeSelector.disk` is not set: with a value it would be there",
        ),
        (
            "",
            "StatefulSet/alerthistory-redis:spec.template.spec.containers[redis].resources.limits.cpu",
            "`valkey.resources.limits.cpu` is not set: with a value it would be there",
        ),
        (
            "valkey: {diagnosticMode: true}",
            "StatefulSet/alerthistory-redis:spec.template.spec.containers[redis-exporter].image",
            "`valkey.diagnosticMode` is true (<stdin>:1:26, over default false): with false it would be there",
        ),
        (
            "",
            "StatefulSet/alerthistory-redis:spec.template.spec.priorityClassName",
            "`priorityClassName` is null (default): with a value it would be there",
        ),
        (
            "",
            "ConfigMap/alerthistory-redis-config:data[\"redis.conf\"].maxclients",
            "`valkey.settings.extra.maxclients` is not set: with a value it would be there",
        ),
    ] {
        let text = said(values, &[question]);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn what_no_value_makes_is_answered_with_what_is_like_it() {
    for (question, expected) in [
        (
            "Service/alerthistory-redi",
            "an object with a similar name exists: `Service/alerthistory-redis`",
        ),
        ("Thing/other", "there are\n  "),
        (
            "Service/alerthistory-redis:spec.prots",
            "a field with a similar name exists: `spec.ports`",
        ),
        ("Service", "is not the kind and the name of an object"),
        ("Service/x:a..b", "a key is missing before"),
    ] {
        let words = refused(&["explain", question]);
        assert!(words.contains(expected), "{words}");
    }
    let Run {
        stdout,
        stderr,
        code,
    } = run_with(&["explain", "Service/a", "-f", "-"], b"valkey: {a: 1}");
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.starts_with("error[unknown-key]"), "{stderr}");
}

#[test]
fn secrets_are_not_shown() {
    let values = "
valkey:
  password: {value: hunter2hunter2}
  extraEnv: [{name: API, value: hunter2hunter2}]
  exporter: {extraArgs: [--hunter2hunter2]}
  extraContainers: [{name: x, image: x, args: [--token, hunter2hunter2], env: [{name: TOKEN, value: hunter2hunter2}]}]
extraObjects:
- {apiVersion: v1, kind: Secret, metadata: {name: mine}, stringData: {y: hunter2hunter2}}
client: {env: {DB: 'postgres://app:hunter2hunter2@db/0'}}
";
    for question in [
        "ConfigMap/alerthistory-redis-env:data.DB",
        "Secret/alerthistory-redis-secret:data",
        "Secret/mine:stringData.y",
        "StatefulSet/alerthistory-redis:spec.template.spec.containers",
        "StatefulSet/alerthistory-redis:spec.template.spec.containers[x].args[1]",
    ] {
        for format in ["human", "json"] {
            let text = said(values, &[question, "-o", format]);
            assert!(
                !text.contains("hunter2") && !text.contains("aHVudGVyM"),
                "{text}"
            );
            assert!(text.contains(MASK), "{text}");
        }
    }
}

#[test]
fn programs_get_the_same_answers() {
    let text = said(
        "valkey: {service: {port: 6400}}",
        &[
            "Service/alerthistory-redis:spec.ports[0].port",
            "-o",
            "json",
        ],
    );
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["value"], 6400);
    assert_eq!(json["field"], "spec.ports[redis].port");
    let causes = json["causes"].as_array().unwrap();
    let cause = causes
        .iter()
        .find(|cause| cause["path"] == "valkey.service.port")
        .unwrap();
    assert_eq!(cause["origin"], "<stdin>:1:26, over default 6379");
    assert_eq!(cause["decides"], serde_json::json!(["content"]));
    let file = &json["written"][0]["file"];
    assert_eq!(file, "templates/service.yaml.j2");
    for (object, arguments, origins) in [
        ("alerthistory-redis", &[][..], ["default", "default"]),
        ("shop-redis", &["shop"], ["command line", "default"]),
        (
            "alerthistory-redis",
            &["-n", "default"],
            ["default", "command line"],
        ),
    ] {
        let question = format!("Service/{object}:metadata");
        let text = said("", &[&[&*question], arguments, &["-o", "json"]].concat());
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let origin = |name: &str| {
            let causes = json["causes"].as_array().unwrap();
            let cause = causes.iter().find(|cause| cause["path"] == name);
            cause.unwrap_or_else(|| panic!("{name}: {json:#}"))["origin"].clone()
        };
        assert_eq!([origin("NAME"), origin("--namespace")], origins);
    }
    let text = said("", &["CronJob/alerthistory-redis-backup", "-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&json["isThere"], &json["because"][0]["values"][0]["wanted"]),
        (&false.into(), &"true".into())
    );
}

#[test]
fn items_are_found_by_what_they_are_called() {
    let rules = "PrometheusRule/alerthistory-redis-alerts:spec.groups[redis.critical].rules";
    let there = said("", &[&format!("{rules}[RedisDown].for")]);
    for part in [
        "spec.groups[redis.critical].rules[RedisDown].for\n  1m\n",
        "templates/prometheusrule.yaml.j2:",
        ": for: {{ rule.hold }}\n",
        "monitoring.alerts.RedisDown.for",
    ] {
        assert!(there.contains(part), "{part}\n{there}");
    }
    let warning = rules.replace("critical", "warning");
    let absent = said("", &[&format!("{warning}[RedisHighMemoryUsage]")]);
    assert!(
        absent.contains("`valkey.settings.maxmemoryPolicy` is volatile-lru (default)"),
        "{absent}"
    );
    let claim =
        "StatefulSet/alerthistory-redis:spec.volumeClaimTemplates[redis-data].metadata.name";
    assert!(said("", &[claim]).contains("templates/statefulset.yaml.j2:"));
    let near = run_with(
        &[
            "explain",
            "StatefulSet/alerthistory-redis:spec.template.spec.containers[exporter].image",
        ],
        b"",
    );
    assert!(
        near.stderr
            .contains("`spec.template.spec.containers[redis-exporter]`"),
        "{}",
        near.stderr
    );
}

#[test]
fn of_a_map_that_is_not_there_it_names_the_map() {
    let text = said(
        "",
        &["StatefulSet/alerthistory-redis:spec.template.spec.nodeSelector"],
    );
    let because =
        "\nbecause\n  `nodeSelector` is {} (default): with another value it would be there\n\n";
    assert!(text.contains(because), "{text}");
}

#[test]
fn what_a_null_took_away_comes_from_the_null() {
    let limits =
        "StatefulSet/alerthistory-redis:spec.template.spec.containers[redis].resources.limits";
    let text = said("valkey: {resources: {limits: null}}", &[limits]);
    assert!(
        text.contains("valkey.resources.limits.memory    not set  <stdin>:1:30"),
        "{text}"
    );
}

#[test]
fn templates_of_ones_own_are_what_is_explained() {
    let directory = tempfile::tempdir().unwrap();
    let text = catalog::text("service.yaml.j2").unwrap();
    let own = text.replace(
        "metadata:\n",
        "metadata:\n  generateName: {{ names.redis }}\n",
    );
    let path = directory.path().join("service.yaml.j2");
    std::fs::write(&path, own).unwrap();
    let folder = directory.path().to_str().unwrap();
    let text = said(
        "",
        &[
            "Service/alerthistory-redis:metadata.generateName",
            "--template-dir",
            folder,
        ],
    );
    let line = format!(
        "written in\n  {}:4: generateName: {{{{ names.redis }}}}\n",
        path.display()
    );
    assert!(text.contains(&line), "{text}");
    assert!(text.contains("NAME"), "{text}");
}

#[test]
fn what_is_not_set_is_told_so_and_what_has_no_template_of_its_own_names_none() {
    let said = |field: &str, values: &str| {
        let run = run_with(&["explain", field, "-f", "-"], values.as_bytes());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{field}");
        run.stdout
    };
    let absent = said("ConfigMap/alerthistory-redis-env:data.X", "{}");
    let reason = "`client.env.X` is not set: with a value it would be there\n";
    assert!(absent.contains(reason), "{absent}");
    let name = said("Service/alerthistory-redis:metadata.name", "{}");
    let row = |line: &str| {
        line.split_whitespace().collect::<Vec<_>>() == ["NAME", "alerthistory", "default"]
    };
    assert!(name.lines().any(row), "{name}");
    let object =
        "extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: {a: b}}]";
    let own = said("ConfigMap/x:data.a", object);
    assert!(!own.contains("written in"), "{own}");
}
