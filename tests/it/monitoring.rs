//! Who watches the tier sees it: every metric exists, every selector selects, one way to be scraped.

use std::collections::BTreeSet;

use cachegen::redis::exporter::Release;
use cachegen::yaml::Value;

use crate::support::{cases, object, objects, render, run_with};

fn text<'v>(value: &'v Value, path: &[&str]) -> &'v str {
    value
        .at(path)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no {path:?}"))
}

fn list<'v>(value: &'v Value, path: &[&str]) -> &'v [Value] {
    value
        .at(path)
        .and_then(Value::as_sequence)
        .unwrap_or_default()
}

fn of_kind(stream: &str, kind: &str) -> Vec<Value> {
    objects(stream)
        .into_iter()
        .filter(|object| text(object, &["kind"]) == kind)
        .collect()
}

/// The rules of a stream: name and rule.
fn rules(stream: &str) -> Vec<(String, Value)> {
    let mut rules = Vec::new();
    for object in of_kind(stream, "PrometheusRule") {
        for group in list(&object, &["spec", "groups"]) {
            for rule in list(group, &["rules"]) {
                rules.push((text(rule, &["alert"]).to_owned(), rule.clone()));
            }
        }
    }
    rules
}

fn rule(stream: &str, name: &str) -> Option<Value> {
    rules(stream)
        .into_iter()
        .find(|(known, _)| known == name)
        .map(|(_, rule)| rule)
}

fn expression(values: &str, name: &str) -> String {
    let rule = rule(&render(values), name).unwrap_or_else(|| panic!("no {name} for {values}"));
    text(&rule, &["expr"]).to_owned()
}

fn dashboards(stream: &str) -> Vec<serde_json::Value> {
    of_kind(stream, "ConfigMap")
        .iter()
        .filter(|object| text(object, &["metadata", "name"]).ends_with("-dashboard"))
        .flat_map(|object| {
            let data = object.at(&["data"]).and_then(Value::as_mapping).unwrap();
            data.iter()
                .map(|(_, json)| serde_json::from_str(json.as_str().unwrap()).unwrap())
                .collect::<Vec<serde_json::Value>>()
        })
        .collect()
}

fn queries(dashboard: &serde_json::Value) -> Vec<String> {
    dashboard["panels"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|panel| panel["targets"].as_array().unwrap())
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .collect()
}

/// The names of metrics in a query: every word that is followed by a selector.
fn metrics(query: &str) -> BTreeSet<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    query
        .match_indices('{')
        .map(|(at, _)| {
            let start = query[..at]
                .rfind(|c| !is_word(c))
                .map_or(0, |before| before + 1);
            &query[start..at]
        })
        .collect()
}

#[test]
fn every_metric_is_one_that_the_exporter_has() {
    let default = render("");
    let set = object(&default, "StatefulSet", "-redis");
    let image = list(&set, &["spec", "template", "spec", "containers"])
        .iter()
        .map(|container| text(container, &["image"]))
        .find(|image| image.contains("redis_exporter"))
        .unwrap();
    let release = Release::of_tag(image.rsplit(':').next().unwrap()).unwrap();
    assert!(release.known_by().is_some(), "{image}");
    let mut n_metrics = 0;
    for case in cases() {
        let stream = case.render().stdout;
        let from_rules = rules(&stream);
        let from_dashboards = dashboards(&stream);
        let queries = from_rules
            .iter()
            .map(|(_, rule)| text(rule, &["expr"]).to_owned())
            .chain(from_dashboards.iter().flat_map(queries));
        for query in queries {
            let names = metrics(&query);
            assert!(!names.is_empty(), "{query}");
            for name in names {
                // What Prometheus itself says of a target.
                assert!(name == "up" || release.has(name), "{}: {name}", case.name);
                n_metrics += 1;
            }
            // A metric without a selector would be everybody's.
            assert_eq!(
                query.matches("redis_").count(),
                query.matches("{").count() - query.matches("up{").count()
                    + query.matches("redis_up{").count(),
                "{query}"
            );
        }
    }
    assert!(n_metrics > 100);
}

#[test]
pub(crate) fn every_selector_is_the_metrics_service_and_its_namespace() {
    for (values, arguments, matchers) in [
        (
            "",
            &["-n", "shop"][..],
            "{job=\"alerthistory-redis-metrics\",namespace=\"shop\"",
        ),
        (
            "",
            &["--no-namespace"],
            "{job=\"alerthistory-redis-metrics\"",
        ),
        (
            "fullnameOverride: a",
            &[],
            "{job=\"a-redis-metrics\",namespace=\"default\"",
        ),
        (
            "monitoring: {prometheusEnabled: no}",
            &[],
            "{service=\"alerthistory-redis-metrics\",namespace=\"default\"",
        ),
    ] {
        let run = run_with(
            &[&["render", "-f", "-"], arguments].concat(),
            values.as_bytes(),
        );
        assert_eq!(run.code, 0, "{}", run.stderr);
        let service = object(&run.stdout, "Service", "-metrics");
        assert!(matchers.contains(text(&service, &["metadata", "name"])));
        let queries: Vec<String> = rules(&run.stdout)
            .iter()
            .map(|(_, rule)| text(rule, &["expr"]).to_owned())
            .chain(dashboards(&run.stdout).iter().flat_map(queries))
            .collect();
        assert!(queries.len() >= 20);
        for query in queries {
            for (at, _) in query.match_indices('{') {
                let rest = &query[at..];
                assert!(
                    rest.strip_prefix(matchers)
                        .is_some_and(|rest| rest.starts_with(['}', ','])),
                    "{query}"
                );
                assert_eq!(
                    rest[..rest.find('}').unwrap()].contains("namespace"),
                    matchers.contains("namespace")
                );
            }
        }
    }
}

#[test]
fn the_monitor_finds_the_service_and_the_service_the_pods() {
    let stream = render("");
    let monitor = object(&stream, "ServiceMonitor", "-redis");
    let service = object(&stream, "Service", "-metrics");
    let set = object(&stream, "StatefulSet", "-redis");
    let selects = |selector: &Value, labels: &Value| {
        selector
            .as_mapping()
            .unwrap()
            .iter()
            .all(|(key, value)| labels.at(&[key]) == Some(value))
    };
    let wanted = monitor.at(&["spec", "selector", "matchLabels"]).unwrap();
    let chosen: Vec<String> = of_kind(&stream, "Service")
        .iter()
        .filter(|service| selects(wanted, service.at(&["metadata", "labels"]).unwrap()))
        .map(|service| text(service, &["metadata", "name"]).to_owned())
        .collect();
    assert_eq!(chosen, ["alerthistory-redis-metrics"]);
    assert!(selects(
        service.at(&["spec", "selector"]).unwrap(),
        set.at(&["spec", "template", "metadata", "labels"]).unwrap()
    ));
    let ports = list(&service, &["spec", "ports"]);
    assert_eq!(
        text(&ports[0], &["name"]),
        text(&list(&monitor, &["spec", "endpoints"])[0], &["port"])
    );
}

#[test]
fn there_is_one_way_to_be_scraped() {
    for (values, has_monitor, has_annotations) in [
        ("", true, false),
        ("monitoring: {prometheusEnabled: false}", false, true),
        ("valkey: {exporter: {enabled: false}}", false, false),
    ] {
        let stream = render(values);
        assert_eq!(
            !of_kind(&stream, "ServiceMonitor").is_empty(),
            has_monitor,
            "{values}"
        );
        assert_eq!(!rules(&stream).is_empty(), has_monitor, "{values}");
        assert_eq!(
            stream.matches("prometheus.io/scrape").count(),
            usize::from(has_annotations),
            "{values}"
        );
    }
}

#[test]
fn without_an_exporter_nothing_of_monitoring_is_left() {
    let stream = render("valkey: {exporter: {enabled: false}}");
    for word in [
        "9121",
        "-metrics",
        "dashboard",
        "monitoring.coreos.com",
        "redis-exporter",
    ] {
        assert!(!stream.contains(word), "{word}");
    }
    let note = |arguments: &[&str]| run_with(arguments, b"").stderr;
    let without = note(&["render", "-v", "--set", "valkey.exporter.enabled=false"]);
    assert!(
        without.contains("`valkey.exporter.enabled` is false"),
        "{without}"
    );
    let with = note(&["render", "-v"]);
    assert!(
        with.contains("--set monitoring.prometheusEnabled=false"),
        "{with}"
    );
    let older = note(&["render", "-v", "--set", "valkey.exporter.tag=v1.55.0"]);
    assert!(older.contains("exporter 1.55 are not known"), "{older}");
}

#[test]
fn alerts_follow_the_configuration() {
    let names = |values: &str| -> BTreeSet<String> {
        rules(&render(values))
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    };
    let usual = names("");
    for (values, name, is_there) in [
        ("", "RedisHighMemoryUsage", false),
        ("", "RedisOutOfMemory", true),
        ("", "RedisEvicting", true),
        ("", "RedisReplicationLag", false),
        ("", "RedisReplicationBroken", false),
        (
            "valkey: {settings: {maxmemoryPolicy: noeviction}}",
            "RedisHighMemoryUsage",
            true,
        ),
        (
            "valkey: {settings: {maxmemoryPolicy: noeviction}}",
            "RedisOutOfMemory",
            false,
        ),
        (
            "valkey: {settings: {extra: {maxmemory-policy: noeviction}}}",
            "RedisHighMemoryUsage",
            true,
        ),
        (
            "valkey: {settings: {appendonly: no, save: ''}}",
            "RedisPersistenceFailure",
            false,
        ),
        (
            "valkey: {settings: {slowlogThreshold: -1}}",
            "RedisSlowQueries",
            false,
        ),
        (
            "monitoring: {alerts: {RedisLowHitRate: {enabled: no}}}",
            "RedisLowHitRate",
            false,
        ),
    ] {
        assert_eq!(names(values).contains(name), is_there, "{values} {name}");
    }
    assert_eq!(usual.len(), 10);
    let arms = |values: &str| {
        let text = expression(values, "RedisPersistenceFailure");
        (text.contains("redis_rdb_"), text.contains("redis_aof_"))
    };
    assert_eq!(arms(""), (true, true));
    assert_eq!(arms("valkey: {settings: {appendonly: no}}"), (true, false));
    assert_eq!(arms("valkey: {settings: {save: ''}}"), (false, true));
    assert!(expression("", "RedisMemoryNearLimit").ends_with("> 0.9 * 939524096"));
    assert!(
        expression(
            "valkey: {resources: {limits: {memory: 1Gi}}}",
            "RedisMemoryNearLimit"
        )
        .ends_with("> 0.9 * 1073741824")
    );
    assert!(expression("monitoring: {interval: 2m}", "RedisEvicting").contains("[480s]"));
}

#[test]
fn an_alert_says_what_the_user_wants() {
    let stream = render(
        "monitoring: {runbookUrl: 'https://runbooks.example.com/', alerts: {RedisTooManyConnections: {threshold: 0.7, severity: page, for: 90s}, RedisDown: {for: 0s}}}",
    );
    let connections = rule(&stream, "RedisTooManyConnections").unwrap();
    assert!(text(&connections, &["expr"]).ends_with("> 0.7"));
    assert_eq!(text(&connections, &["for"]), "90s");
    assert_eq!(text(&connections, &["labels", "severity"]), "page");
    assert_eq!(
        text(&connections, &["annotations", "runbook_url"]),
        "https://runbooks.example.com/RedisTooManyConnections"
    );
    assert!(rule(&stream, "RedisDown").unwrap().at(&["for"]).is_none());
    for (name, rule) in rules(&stream)
        .iter()
        .filter(|(name, _)| name != "RedisMetricsMissing")
    {
        assert!(
            text(rule, &["annotations", "description"]).contains("{{ $labels.instance }}"),
            "{name}"
        );
    }
}

/// Whoever routes by the group and whoever routes by the label wake the same people.
#[test]
pub(crate) fn the_group_of_an_alert_is_that_of_its_severity() {
    let mut n_alerts = 0;
    for monitor in of_kind(&render(""), "PrometheusRule") {
        for group in list(&monitor, &["spec", "groups"]) {
            let name = text(group, &["name"]);
            for rule in list(group, &["rules"]) {
                let severity = text(rule, &["labels", "severity"]);
                assert_eq!(name, format!("redis.{severity}"));
                assert_eq!(text(rule, &["labels", "component"]), "redis");
                n_alerts += 1;
            }
        }
    }
    assert_eq!(n_alerts, 10);
}

#[test]
pub(crate) fn the_dashboard_has_twelve_panels_of_one_source() {
    let dashboards = dashboards(&render(""));
    let [dashboard] = &dashboards[..] else {
        panic!("one dashboard")
    };
    let panels = dashboard["panels"].as_array().unwrap();
    assert_eq!(panels.len(), 12);
    let variable = &dashboard["templating"]["list"][0];
    assert_eq!(
        (&variable["name"], &variable["type"]),
        (&"datasource".into(), &"datasource".into())
    );
    let mut ids = BTreeSet::new();
    for panel in panels {
        assert_eq!(panel["datasource"]["uid"], "${datasource}");
        assert!(ids.insert(panel["id"].as_u64().unwrap()));
        assert!(!panel["title"].as_str().unwrap().is_empty());
    }
    // Grafana moves what lies upon each other, and takes queries of the same name for the same.
    let mut cells = BTreeSet::new();
    for panel in panels {
        let field = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        let (left, top) = (field("x"), field("y"));
        assert!(left + field("w") <= 24, "{panel}");
        for x in left..left + field("w") {
            for y in top..top + field("h") {
                assert!(cells.insert((x, y)), "{panel}");
            }
        }
        let targets = panel["targets"].as_array().unwrap().iter();
        let names: BTreeSet<_> = targets
            .clone()
            .map(|target| target["refId"].as_str())
            .collect();
        assert_eq!(names.len(), targets.count(), "{panel}");
        // A scale from 0 to 100 would show 80 % as nothing.
        let defaults = &panel["fieldConfig"]["defaults"];
        if defaults["unit"] == "percentunit" {
            assert_eq!((&defaults["min"], &defaults["max"]), (&0.into(), &1.into()));
        }
    }
    assert!(dashboard["uid"].as_str().unwrap().len() <= 40);
    let other = render("fullnameOverride: other");
    assert_ne!(dashboard["uid"], self::dashboards(&other)[0]["uid"]);
}
