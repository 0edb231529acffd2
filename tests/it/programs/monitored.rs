//! What watches the tier sees it: the rendered exporter beside the rendered server, scraped by a Prometheus as the
//! ServiceMonitor says, with the rendered rules and the rendered dashboard. Each alert fires when its condition is
//! produced, in 1/30 of the time.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::client::{Client, Reply};
use super::container::Container;
use super::manifest::{Manifest, Secret, container, elements, entries, integer, string};
use super::pod::Pod;
use super::prometheus::{NODE, Prometheus, target_port};
use super::servers::{Server, administrator, application, on_every_server};
use super::wait_for;

/// The rendered 30 s between scrapes become one.
const FACTOR: u64 = 30;
/// In 1/30 of the time, the slowest alert takes 40 s.
const PATIENCE: Duration = Duration::from_secs(150);
/// How long the first scrape may take.
const FIRST: Duration = Duration::from_secs(20);
const SMALL: &str = "valkey.settings.maxmemory=8mb";

on_every_server!(
    every_panel_and_every_rule_has_its_metrics_and_a_healthy_cache_is_quiet,
    alerts_fire_when_their_conditions_are_produced,
    a_cache_that_may_not_evict_warns_before_it_is_full,
    the_exporter_tells_of_a_server_that_hangs_in_time,
    who_goes_by_annotations_gets_the_metrics,
);

/// The rendered objects lead Prometheus to the rendered exporter.
pub(super) fn first_scrape(server: &Server) {
    let (pod, manifest, secret) = server.pod(&[]);
    drop(Watched::start(&pod, &manifest, &secret));
}

/// Everything that is watched and watches.
struct Watched<'p> {
    pod: &'p Pod,
    secret: &'p Secret,
    server: Container<'p>,
    exporter: Container<'p>,
    prometheus: Prometheus<'p>,
}

impl<'p> Watched<'p> {
    fn start(pod: &'p Pod, manifest: &Manifest, secret: &'p Secret) -> Self {
        let server = pod.start_ready();
        let exporter = pod.start_beside("redis-exporter");
        let prometheus = Prometheus::start(pod, manifest, FACTOR);
        let watched = Self {
            pod,
            secret,
            server,
            exporter,
            prometheus,
        };
        wait_for("a first scrape", FIRST, || {
            let up = watched.prometheus.query("up == 1");
            if up.is_empty() {
                Err(watched.exporter.log())
            } else {
                Ok(())
            }
        });
        watched
    }

    fn application(&self) -> Client {
        application(self.pod, self.secret)
    }

    fn configure(&self, directive: &str, value: &str) {
        let reply = administrator(self.pod, self.secret).call(&["CONFIG", "SET", directive, value]);
        assert_eq!(reply, Reply::ok(), "{directive} {value}");
    }

    /// Does something again and again until the alert fires.
    fn fires(&self, alert: &str, mut produce: impl FnMut()) {
        wait_for(alert, PATIENCE, || {
            produce();
            let firing = self.prometheus.firing();
            if firing.contains(alert) {
                Ok(())
            } else {
                Err(format!("what fires is {firing:?}"))
            }
        });
    }

    /// Waits until an alert is over.
    fn is_over(&self, alert: &str) {
        wait_for(&format!("the end of {alert}"), PATIENCE, || {
            let firing = self.prometheus.firing();
            if firing.contains(alert) {
                Err(format!("what fires is {firing:?}"))
            } else {
                Ok(())
            }
        });
    }
}

/// How long it is asked for data that a busy cache has at once.
const MOMENT: Duration = Duration::from_secs(60);

/// Reads and writes as an application does; returns whether all was answered.
fn busy(client: &mut Client) {
    for round in 0..20 {
        let key = format!("key:{round}");
        client.call(&["SET", &key, "value", "EX", "600"]);
        client.call(&["GET", &key]);
    }
}

pub(super) fn every_panel_and_every_rule_has_its_metrics_and_a_healthy_cache_is_quiet(
    server: &Server,
) {
    let (pod, manifest, secret) = server.pod(&[]);
    let watched = Watched::start(&pod, &manifest, &secret);
    let mut client = watched.application();
    let mut others: Vec<Client> = (0..8).map(|_| watched.application()).collect();
    others[0].send(&["BLPOP", "nothing", "0"]);
    for key in 0..30 {
        client.call(&["SET", &format!("lasting:{key}"), "v"]);
    }
    let value = "x".repeat(1 << 18);
    assert_eq!(client.call(&["SET", "lasting:big", &value]), Reply::ok());
    // Two reads in three find their key; much more is read than written, and some of it has had its time.
    let mut work = || {
        busy(&mut client);
        for key in 0..11 {
            client.call(&["GET", &format!("nowhere:{key}")]);
        }
        client.call(&["GET", "lasting:big"]);
        client.call(&["SET", "passing", "v", "PX", "1"]);
    };
    // A failed command, or there is no counter of errors.
    assert!(others[1].call(&["INCRBY", "k", "x"]).is_error("ERR"));

    let panels = panels(&manifest);
    let titles: BTreeSet<&str> = panels.iter().map(|panel| panel.title.as_str()).collect();
    assert_eq!(titles.len(), 12, "{titles:?}");
    wait_for("data in every panel", MOMENT, || {
        work();
        for panel in &panels {
            let (title, expression) = (&panel.title, panel.shortened());
            let found = watched.prometheus.query(&expression);
            if found.is_empty() || found.iter().any(|series| series["value"][1] == "NaN") {
                return Err(format!("{title}: {expression}: {found:?}"));
            }
            readable(panel, &found);
        }
        Ok(())
    });
    // All of what a window holds is of this work.
    let start = Instant::now();
    wait_for("windows full of work", MOMENT, || {
        work();
        let is_full = start.elapsed() > WINDOW + Duration::from_secs(3);
        if is_full { Ok(()) } else { Err(String::new()) }
    });
    let mut seen = BTreeMap::new();
    for panel in &panels {
        let found = watched.prometheus.query(&panel.shortened());
        let value = string(&found[0]["value"][1]).parse::<f64>();
        let value = value.expect("a value is a number");
        seen.insert((panel.title.as_str(), panel.word()), value);
    }
    for (title, word, meant) in SHOWN {
        let value = seen.get(&(*title, *word));
        assert!(
            value.is_some_and(|value| meant.contains(value)),
            "{title}, {word}: {value:?}"
        );
    }
    let [read, written] = ["out", "in"].map(|way| seen[&("Network I/O", way)]);
    assert!(read > 5.0 * written, "{read} out, {written} in");

    for name in metrics(&manifest) {
        let found = watched
            .prometheus
            .query(&format!("{{__name__=\"{name}\"}}"));
        assert!(!found.is_empty(), "no metric {name}");
        for label in ["namespace", "pod", "service", "job", "node", "instance"] {
            assert!(
                found[0]["metric"][label].is_string(),
                "{name} has no {label}"
            );
        }
        let of = |label: &str| string(&found[0]["metric"][label]).to_owned();
        let set = &manifest.only("StatefulSet")["metadata"]["name"];
        assert_eq!(of("pod"), format!("{}-0", string(set)), "{name}");
        assert_eq!(of("node"), NODE, "{name}");
    }
    let failed = watched
        .prometheus
        .query("redis_exporter_last_scrape_error != 0");
    assert_eq!(failed, [] as [Value; 0]);
    assert_eq!(watched.prometheus.firing(), BTreeSet::new());
}

/// What the panels show of a cache that works as it does above: the panel, the first word of the legend, and the values.
const SHOWN: &[(&str, &str, RangeInclusive<f64>)] = &[
    ("Uptime", "", 1.0..=600.0),
    ("Connected Clients", "", 8.0..=20.0),
    ("Memory Usage", "", 0.001..=0.2),
    ("Hit Rate", "", 0.55..=0.8),
    ("Keyspace", "", 51.0..=52.0),
    ("Keyspace", "expiring", 20.0..=21.0),
    ("Evicted and Expired Keys", "evicted", 0.0..=0.0),
    ("Evicted and Expired Keys", "expired", 0.1..=1e6),
    ("Persistence", "seconds", -5.0..=600.0),
    ("Persistence", "last", 1.0..=1.0),
    ("Persistence", "append-only", 1.0..=1.0),
    ("Slow Commands", "seconds", 0.0..=1.0),
    ("Memory Fragmentation", "", 0.5..=50.0),
    ("Clients", "connected", 8.0..=20.0),
    ("Clients", "blocked", 1.0..=1.0),
    ("Clients", "rejected", 0.0..=0.0),
];

/// What becomes of the window that Grafana chooses, in 1/30 of the time.
const WINDOW: Duration = Duration::from_secs(5);

/// One query of a panel.
struct Query {
    title: String,
    unit: String,
    legend: String,
    expression: String,
}

impl Query {
    /// Returns the expression as Grafana fills it in, in 1/30 of the time.
    fn shortened(&self) -> String {
        let window = format!("{}s", WINDOW.as_secs());
        let expression = self
            .expression
            .replace("$__rate_interval", &window)
            .replace("$__range", &window)
            .replace("$__interval", "1s");
        assert!(!expression.contains('$'), "{}: {expression}", self.title);
        expression
    }

    /// Returns the first word of the legend that is none of a label.
    fn word(&self) -> &str {
        let mut words = self.legend.split(' ');
        words
            .find(|word| !word.starts_with("{{"))
            .unwrap_or_default()
    }
}

/// Every query of the dashboard.
fn panels(manifest: &Manifest) -> Vec<Query> {
    let name = string(&manifest.named("ConfigMap", "-dashboard")["metadata"]["name"]).to_owned();
    let mut found = Vec::new();
    for (_, text) in manifest.config_map(&name) {
        let dashboard: Value = serde_json::from_slice(&text).expect("a dashboard is JSON");
        for panel in elements(&dashboard["panels"]) {
            for target in elements(&panel["targets"]) {
                found.push(Query {
                    title: string(&panel["title"]).to_owned(),
                    unit: string(&panel["fieldConfig"]["defaults"]["unit"]).to_owned(),
                    legend: string(&target["legendFormat"]).to_owned(),
                    expression: string(&target["expr"]).to_owned(),
                });
            }
        }
    }
    found
}

/// What a panel shows says which series it is, and in the unit of its values.
fn readable(query: &Query, found: &[Value]) {
    let Query {
        title,
        unit,
        legend,
        expression,
    } = query;
    let mut legends = BTreeSet::new();
    for series in found {
        let mut shown = legend.clone();
        for (label, value) in entries(&series["metric"]) {
            shown = shown.replace(&format!("{{{{{label}}}}}"), string(value));
        }
        assert!(
            !shown.contains("{{"),
            "{title}: no label for {legend}: {series}"
        );
        assert!(
            legends.insert(shown),
            "{title}: two series are {legend}: {found:?}"
        );
    }
    // Prometheus' names end in their units.
    let is_ratio = expression.contains(") / (") || expression.contains("} / (");
    let is_rate = expression.contains("rate(");
    let wanted: &[&str] = if is_ratio {
        &["percentunit"]
    } else if is_rate && expression.contains("_bytes_total") {
        &["Bps"]
    } else if is_rate && !title.starts_with("Slow") {
        &["ops"]
    } else if expression.contains("uptime_in_seconds") {
        &["s"]
    } else {
        // Beside each other they are numbers, and the legend says of what.
        &["short"]
    };
    assert!(
        wanted.contains(&unit.as_str()),
        "{title}: {unit} for {expression}"
    );
}

/// Every metric that a rule or a panel names.
fn metrics(manifest: &Manifest) -> BTreeSet<String> {
    let rules = elements(&manifest.only("PrometheusRule")["spec"]["groups"])
        .iter()
        .flat_map(|group| elements(&group["rules"]))
        .map(|rule| string(&rule["expr"]).to_owned());
    let texts = rules.chain(panels(manifest).into_iter().map(|query| query.expression));
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    texts
        .flat_map(|text| {
            let words = text.split(|letter| !is_word(letter));
            words
                .filter(|word| word.starts_with("redis_"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn alerts_fire_when_their_conditions_are_produced(server: &Server) {
    let (pod, manifest, secret) = server.pod(&["--set", SMALL]);
    let mut watched = Watched::start(&pod, &manifest, &secret);
    let mut client = watched.application();
    assert_eq!(watched.prometheus.firing(), BTreeSet::new());

    // Nothing here can be evicted.
    let value = "x".repeat(65536);
    let mut n_keys = 0;
    watched.fires("RedisOutOfMemory", || {
        n_keys += 10;
        for key in n_keys - 10..n_keys {
            client.call(&["SET", &format!("lasting:{key}"), &value]);
        }
    });
    assert_eq!(client.call(&["FLUSHALL"]), Reply::ok());

    // All of it can, and is.
    let mut batch = 0;
    let fill = "for i = 1, 1000 do redis.call('set', KEYS[1] .. i, ARGV[1], 'EX', 600) end";
    let short = "x".repeat(200);
    watched.fires("RedisEvicting", || {
        batch += 1;
        let reply = client.call(&["EVAL", fill, "1", &format!("passing:{batch}:"), &short]);
        assert!(!matches!(reply, Reply::Error(_)), "{reply:?}");
    });

    watched.fires("RedisLowHitRate", || {
        for key in 0..20 {
            client.call(&["GET", &format!("nowhere:{key}")]);
        }
    });

    watched.configure("slowlog-log-slower-than", "0");
    watched.fires("RedisSlowQueries", || busy(&mut client));

    watched.configure("maxclients", "30");
    let many: Vec<Client> = (0..25).map(|_| watched.application()).collect();
    watched.fires("RedisTooManyConnections", || ());
    let refused: Vec<Client> = (0..10).map(|_| pod.connect()).collect();
    // They are refused while the exporter is, too: it tells afterwards.
    wait_for("refused connections", PATIENCE, || {
        let info = client.call(&["INFO", "stats"]).text();
        let is_refused = !info.contains("rejected_connections:0\r");
        if is_refused { Ok(()) } else { Err(info) }
    });
    drop(refused);
    drop(many);
    watched.fires("RedisRejectedConnections", || ());

    // A snapshot cannot take the place of a directory.
    watched.configure("save", "");
    wait_for("the end of other snapshots", PATIENCE, || {
        let info = client.call(&["INFO", "persistence"]).text();
        let is_over = info.contains("rdb_bgsave_in_progress:0\r");
        if is_over { Ok(()) } else { Err(info) }
    });
    let script = "rm -f /data/dump.rdb && mkdir /data/dump.rdb";
    let made = watched.server.exec(&[], &["sh", "-c", script]);
    assert!(made.status.success(), "{made:?}");
    let reply = administrator(&pod, &secret).call(&["BGSAVE", "SCHEDULE"]);
    assert!(matches!(reply, Reply::Status(_)), "{reply:?}");
    watched.fires("RedisPersistenceFailure", || ());
    let gone = watched.server.exec(&[], &["rmdir", "/data/dump.rdb"]);
    assert!(gone.status.success(), "{gone:?}");
    administrator(&pod, &secret).call(&["BGSAVE", "SCHEDULE"]);
    watched.is_over("RedisPersistenceFailure");

    let limit = manifest.memory_limit();
    watched.configure("maxmemory", &limit.to_string());
    let mut n_keys = 0;
    watched.fires("RedisMemoryNearLimit", || {
        let info = client.call(&["INFO", "memory"]).text();
        let resident: u64 = info
            .lines()
            .find_map(|line| line.strip_prefix("used_memory_rss:"))
            .expect("the server knows its resident set")
            .parse()
            .expect("it is a number");
        if resident < limit / 100 * 95 {
            n_keys += 20;
            for key in n_keys - 20..n_keys {
                client.call(&["SET", &format!("resident:{key}"), &value]);
            }
        }
    });

    watched.server.signal("KILL");
    watched.fires("RedisDown", || ());
    watched.exporter.signal("KILL");
    watched.exporter.wait(Duration::from_secs(10));
    watched.fires("RedisMetricsMissing", || ());
    watched.is_over("RedisDown");
    // The pod is gone: no target says that it is down.
    watched.exporter = pod.start_beside("redis-exporter");
    watched.is_over("RedisMetricsMissing");
    watched.prometheus.lose_targets();
    watched.fires("RedisMetricsMissing", || ());
}

fn a_cache_that_may_not_evict_warns_before_it_is_full(server: &Server) {
    let (pod, manifest, secret) = server.pod(&[
        "--set",
        SMALL,
        "--set",
        "valkey.settings.maxmemoryPolicy=noeviction",
    ]);
    let watched = Watched::start(&pod, &manifest, &secret);
    let mut client = watched.application();
    let value = "x".repeat(16384);
    let n_written = (0..)
        .take_while(|key| client.call(&["SET", &format!("k{key}"), &value]) == Reply::ok())
        .count();
    assert!(n_written > 0, "nothing could be written");
    watched.fires("RedisHighMemoryUsage", || ());
    assert!(!watched.prometheus.firing().contains("RedisOutOfMemory"));
}

/// A server that hangs must not make the exporter hang longer than Prometheus waits, or nobody says that it is down; and
/// the kubelet must not restart the exporter meanwhile.
pub(super) fn the_exporter_tells_of_a_server_that_hangs_in_time(server: &Server) {
    let (pod, manifest, _) = server.pod(&[]);
    let running = pod.start_ready();
    let _exporter = pod.start_beside("redis-exporter");
    let spec = &manifest.only("StatefulSet")["spec"]["template"]["spec"];
    let exporter = container(spec, "redis-exporter");
    let port = integer(&elements(&exporter["ports"])[0]["containerPort"]);
    let endpoint = &elements(&manifest.only("ServiceMonitor")["spec"]["endpoints"])[0];
    let metrics = format!("http://127.0.0.1:{port}{}", string(&endpoint["path"]));
    let seconds = |value: &Value| -> u64 {
        let text = string(value).strip_suffix('s').expect("in seconds");
        text.parse().expect("a number")
    };
    let patience = Duration::from_secs(seconds(&endpoint["scrapeTimeout"]));
    let text = wait_for("the exporter", PATIENCE, || pod.fetch(&metrics, patience));
    assert!(text.contains("\nredis_up 1\n"), "{text}");

    let liveness = &exporter["livenessProbe"];
    let get = &liveness["httpGet"];
    assert!(entries(get).count() == 2, "{liveness}");
    let (_, asked) = target_port(spec, &get["port"]).expect("the probe asks at a port of the pod");
    let health = format!("http://127.0.0.1:{asked}{}", string(&get["path"]));
    let timeout = Duration::from_secs(integer(&liveness["timeoutSeconds"]));
    running.signal("STOP");
    let text = pod.fetch(&metrics, patience).expect("it answers in time");
    assert!(text.contains("\nredis_up 0\n"), "{text}");
    pod.fetch(&health, timeout).expect("the exporter is alive");
    running.signal("CONT");
    let text = pod.fetch(&metrics, patience).expect("it answers in time");
    assert!(text.contains("\nredis_up 1\n"), "{text}");
}

/// Without an operator it is annotations that say where the metrics are.
pub(super) fn who_goes_by_annotations_gets_the_metrics(server: &Server) {
    let (pod, manifest, _) = server.pod(&["--set", "monitoring.prometheusEnabled=false"]);
    let _running = pod.start_ready();
    let _exporter = pod.start_beside("redis-exporter");
    let annotations = &manifest.named("Service", "-metrics")["metadata"]["annotations"];
    let said = |key: &str| string(&annotations[format!("prometheus.io/{key}")]);
    assert_eq!(said("scrape"), "true");
    let url = format!("http://127.0.0.1:{}{}", said("port"), said("path"));
    let text = wait_for("the exporter", FIRST, || pod.fetch(&url, FIRST));
    assert!(text.contains("\nredis_up 1\n"), "{text}");
}
