//! Prometheus' own rule tests: every alert fires when it should, not before, and not at its boundary; and nothing fires
//! for a healthy, full, busy cache. The rules, the matchers and the memory limit come from the rendered objects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::manifest::{Manifest, elements, string};
use super::roots::{self, Suite, privileged};

/// One sample each, as the rules' default interval is.
const INTERVAL: &str = "30s";
const OOM: &str = "redis_errors_total{err=\"OOM\"}";

/// A cache that is full, evicts, is asked much and forgot a few mistakes of long ago: nothing to wake anybody for.
/// Samples are written as Prometheus' rule tests want them.
const HEALTHY: &[(&str, &str)] = &[
    ("up", "1x240"),
    ("redis_up", "1x240"),
    ("redis_connected_clients", "500x240"),
    ("redis_config_maxclients", "10000x240"),
    ("redis_max_clients", "10000x240"),
    ("redis_rejected_connections_total", "5x240"),
    ("redis_rdb_last_bgsave_status", "1x240"),
    ("redis_aof_last_bgrewrite_status", "1x240"),
    ("redis_aof_last_write_status", "1x240"),
    ("redis_memory_used_rss_bytes", "420000000x240"),
    ("redis_memory_used_bytes", "402653184x240"),
    ("redis_memory_max_bytes", "402653184x240"),
    ("redis_evicted_keys_total", "70000+1500x240"),
    ("redis_slowlog_last_id", "7+0x240"),
    ("redis_keyspace_hits_total", "0+3000x240"),
    ("redis_keyspace_misses_total", "0+3000x240"),
];

/// What differs from the healthy cache, and when the alert is silent or fires.
struct Scenario {
    alert: &'static str,
    what: &'static str,
    /// Series with other samples; without samples there is no such series.
    differs: &'static [(&'static str, &'static str)],
    /// When it is asked, and whether it fires then.
    asked: &'static [(&'static str, bool)],
}

const EVICTING: &[Scenario] = &[
    Scenario {
        alert: "RedisDown",
        what: "the exporter says so",
        differs: &[("redis_up", "1x10 0x240")],
        asked: &[("5m", false), ("6m", false), ("6m30s", true)],
    },
    Scenario {
        alert: "RedisDown",
        what: "for a moment only",
        differs: &[("redis_up", "1x10 0 1x240")],
        asked: &[("6m", false), ("6m30s", false), ("30m", false)],
    },
    Scenario {
        alert: "RedisMetricsMissing",
        what: "the exporter does not answer",
        differs: &[("up", "1x10 0x240")],
        asked: &[("10m", false), ("10m30s", true)],
    },
    Scenario {
        alert: "RedisMetricsMissing",
        what: "there is no such target",
        differs: &[("up", "")],
        asked: &[("4m30s", false), ("5m", true)],
    },
    Scenario {
        alert: "RedisMetricsMissing",
        what: "the target goes away",
        differs: &[("up", "1x10 stale")],
        asked: &[("10m", false), ("10m30s", true)],
    },
    Scenario {
        alert: "RedisOutOfMemory",
        what: "the first error makes the counter",
        differs: &[(OOM, "_x11 1x240")],
        asked: &[("5m", false), ("5m30s", true), ("9m", true), ("11m", false)],
    },
    Scenario {
        alert: "RedisOutOfMemory",
        what: "there were errors before",
        differs: &[(OOM, "3x20 4+1x240")],
        asked: &[("10m", false), ("10m30s", true), ("60m", true)],
    },
    Scenario {
        alert: "RedisOutOfMemory",
        what: "errors of long ago",
        differs: &[(OOM, "3x240")],
        asked: &[("10m", false), ("60m", false)],
    },
    Scenario {
        alert: "RedisTooManyConnections",
        what: "more than eight in ten",
        differs: &[("redis_connected_clients", "8001x240")],
        asked: &[("4m30s", false), ("5m", true)],
    },
    Scenario {
        alert: "RedisTooManyConnections",
        what: "eight in ten",
        differs: &[("redis_connected_clients", "8000x240")],
        asked: &[("60m", false)],
    },
    Scenario {
        alert: "RedisTooManyConnections",
        what: "an exporter that may not read the configuration",
        differs: &[
            ("redis_config_maxclients", ""),
            ("redis_connected_clients", "8001x240"),
        ],
        asked: &[("5m", true)],
    },
    Scenario {
        alert: "RedisTooManyConnections",
        what: "a server that may open few files",
        differs: &[
            ("redis_config_maxclients", "992x240"),
            ("redis_connected_clients", "900x240"),
        ],
        asked: &[("4m30s", false), ("5m", true)],
    },
    Scenario {
        alert: "RedisRejectedConnections",
        what: "one connection",
        differs: &[("redis_rejected_connections_total", "5x20 6x240")],
        asked: &[("10m", false), ("10m30s", true), ("16m", false)],
    },
    Scenario {
        alert: "RedisPersistenceFailure",
        what: "the snapshot failed",
        differs: &[("redis_rdb_last_bgsave_status", "1x10 0x240")],
        asked: &[("6m", false), ("6m30s", true)],
    },
    Scenario {
        alert: "RedisPersistenceFailure",
        what: "the rewrite failed",
        differs: &[("redis_aof_last_bgrewrite_status", "1x10 0x240")],
        asked: &[("6m", false), ("6m30s", true)],
    },
    Scenario {
        alert: "RedisPersistenceFailure",
        what: "a write failed",
        differs: &[("redis_aof_last_write_status", "1x10 0x240")],
        asked: &[("6m", false), ("6m30s", true)],
    },
    Scenario {
        alert: "RedisPersistenceFailure",
        what: "the next snapshot succeeds",
        differs: &[("redis_rdb_last_bgsave_status", "1x10 0 1x240")],
        asked: &[("6m30s", false)],
    },
    Scenario {
        alert: "RedisMemoryNearLimit",
        what: "above nine tenths of the limit",
        differs: &[("redis_memory_used_rss_bytes", "ABOVE_LIMITx240")],
        asked: &[("4m30s", false), ("5m", true)],
    },
    Scenario {
        alert: "RedisMemoryNearLimit",
        what: "at nine tenths of the limit",
        differs: &[("redis_memory_used_rss_bytes", "AT_LIMITx240")],
        asked: &[("60m", false)],
    },
    Scenario {
        alert: "RedisEvicting",
        what: "more than a hundred keys a second",
        differs: &[("redis_evicted_keys_total", "70000+3030x240")],
        asked: &[("15m", false), ("21m", true)],
    },
    Scenario {
        alert: "RedisEvicting",
        what: "a hundred keys a second",
        differs: &[("redis_evicted_keys_total", "70000+3000x240")],
        asked: &[("60m", false)],
    },
    Scenario {
        alert: "RedisSlowQueries",
        what: "twenty in the window",
        differs: &[("redis_slowlog_last_id", "7+2x240")],
        asked: &[("5m", false), ("11m", true)],
    },
    Scenario {
        alert: "RedisSlowQueries",
        what: "ten in the window",
        differs: &[("redis_slowlog_last_id", "7+1x240")],
        asked: &[("60m", false)],
    },
    Scenario {
        alert: "RedisLowHitRate",
        what: "one read in six finds its key",
        differs: &[
            ("redis_keyspace_hits_total", "0+300x240"),
            ("redis_keyspace_misses_total", "0+1500x240"),
        ],
        asked: &[("15m", false), ("21m", true)],
    },
    Scenario {
        alert: "RedisLowHitRate",
        what: "one read in five finds its key",
        differs: &[
            ("redis_keyspace_hits_total", "0+300x240"),
            ("redis_keyspace_misses_total", "0+1200x240"),
        ],
        asked: &[("60m", false)],
    },
    Scenario {
        alert: "RedisLowHitRate",
        what: "hardly any reads",
        differs: &[
            ("redis_keyspace_hits_total", "0+3x240"),
            ("redis_keyspace_misses_total", "0+25x240"),
        ],
        asked: &[("60m", false)],
    },
    Scenario {
        alert: "RedisLowHitRate",
        what: "no reads",
        differs: &[
            ("redis_keyspace_hits_total", "9x240"),
            ("redis_keyspace_misses_total", "90x240"),
        ],
        asked: &[("60m", false)],
    },
];

const WITHOUT_EVICTION: &[Scenario] = &[
    Scenario {
        alert: "RedisHighMemoryUsage",
        what: "more than nine tenths of maxmemory",
        differs: &[
            ("redis_memory_used_bytes", "901x240"),
            ("redis_memory_max_bytes", "1000x240"),
        ],
        asked: &[("9m30s", false), ("10m", true)],
    },
    Scenario {
        alert: "RedisHighMemoryUsage",
        what: "nine tenths of maxmemory",
        differs: &[
            ("redis_memory_used_bytes", "900x240"),
            ("redis_memory_max_bytes", "1000x240"),
        ],
        asked: &[("60m", false)],
    },
    Scenario {
        alert: "RedisHighMemoryUsage",
        what: "no maxmemory",
        differs: &[("redis_memory_max_bytes", "0x240")],
        asked: &[("60m", false)],
    },
];

/// The rules of a render, and what their series are told by.
struct Rules {
    /// The `spec` of the PrometheusRule.
    spec: Value,
    /// The labels that a scrape of the rendered Service gives to its series, without braces.
    labels: String,
    /// The memory limit of the server's container in bytes.
    limit: u64,
}

impl Rules {
    fn of(manifest: &Manifest) -> Self {
        let service = manifest.named("Service", "-metrics");
        let name = string(&service["metadata"]["name"]);
        let namespace = string(&service["metadata"]["namespace"]);
        // There are as many samples as are taken here, no fewer.
        for endpoint in elements(&manifest.only("ServiceMonitor")["spec"]["endpoints"]) {
            assert_eq!(endpoint["interval"], INTERVAL, "{endpoint}");
        }
        // Whereas `promtool` looks at the rules as often as its own file says.
        for group in elements(&manifest.only("PrometheusRule")["spec"]["groups"]) {
            assert_eq!(group["interval"], INTERVAL, "{}", group["name"]);
        }
        let set = manifest.only("StatefulSet");
        let pod = format!("{}-0", string(&set["metadata"]["name"]));
        // As the operator names them: the job after the Service.
        let labels = format!(
            "job=\"{name}\",namespace=\"{namespace}\",service=\"{name}\",pod=\"{pod}\",instance=\"10.0.0.1:9121\""
        );
        Self {
            spec: manifest.only("PrometheusRule")["spec"].clone(),
            labels,
            limit: manifest.memory_limit(),
        }
    }

    fn names(&self) -> BTreeSet<String> {
        elements(&self.spec["groups"])
            .iter()
            .flat_map(|group| elements(&group["rules"]))
            .map(|rule| string(&rule["alert"]).to_owned())
            .collect()
    }

    /// Returns a test in which some series differ from the healthy ones.
    fn test(&self, name: &str, differs: &[(&str, &str)], asked: &[Value]) -> Value {
        let mut samples: BTreeMap<&str, &str> = HEALTHY.iter().copied().collect();
        samples.extend(differs.iter().copied());
        let series: Vec<Value> = samples
            .into_iter()
            .filter(|(_, samples)| !samples.is_empty())
            .map(|(metric, samples)| {
                let series = match metric.split_once('{') {
                    Some((name, labels)) => format!("{name}{{{},{labels}", self.labels),
                    None => format!("{metric}{{{}}}", self.labels),
                };
                let samples = samples
                    .replace("AT_LIMIT", &(self.limit / 10 * 9).to_string())
                    .replace("ABOVE_LIMIT", &(self.limit / 10 * 9 + 10).to_string());
                json!({ "series": series, "values": samples })
            })
            .collect();
        json!({
            "name": name,
            "interval": INTERVAL,
            "input_series": series,
            "promql_expr_test": asked,
        })
    }

    fn scenario(&self, scenario: &Scenario) -> Value {
        let asked: Vec<Value> = scenario
            .asked
            .iter()
            .map(|(at, fires)| {
                alerts_at(
                    at,
                    &format!("alertname=\"{}\",alertstate=\"firing\"", scenario.alert),
                    u8::from(*fires),
                )
            })
            .collect();
        self.test(
            &format!("{}: {}", scenario.alert, scenario.what),
            scenario.differs,
            &asked,
        )
    }

    /// Runs tests with Prometheus' own tool; panics with what it says.
    fn run(&self, tests: &[Value]) {
        let suite = Suite::Trixie;
        let directory = tempfile::Builder::new()
            .prefix("rules-")
            .tempdir_in(suite.root_with("promtool").join("tmp"))
            .expect("the installation's /tmp is writable");
        let write = |name: &str, value: &Value| {
            let path = directory.path().join(name);
            std::fs::write(path, value.to_string()).expect("the directory is writable");
        };
        write("rules.json", &self.spec);
        write(
            "tests.json",
            &json!({ "rule_files": ["rules.json"], "evaluation_interval": INTERVAL, "tests": tests }),
        );
        let inside = directory
            .path()
            .strip_prefix(suite.root())
            .expect("the directory is in the installation");
        let mut command = privileged("chroot");
        command
            .arg(suite.root())
            .args(["promtool", "test", "rules"])
            .arg(std::path::Path::new("/").join(inside).join("tests.json"));
        let output = roots::output(&mut command, b"");
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && said.contains("SUCCESS"),
            "{said}"
        );
    }
}

/// Asks how many alerts of a kind there are.
fn alerts_at(at: &str, matchers: &str, n_alerts: u8) -> Value {
    json!({
        "expr": format!("count(ALERTS{{{matchers}}}) or vector(0)"),
        "eval_time": at,
        "exp_samples": [{ "labels": "{}", "value": n_alerts }],
    })
}

fn without_eviction() -> Manifest {
    Manifest::render(&["--set", "valkey.settings.maxmemoryPolicy=noeviction"])
}

#[test]
#[ignore = "needs promtool in a Debian root: run scripts/test"]
pub(super) fn every_alert_fires_when_it_should_and_not_before() {
    for (manifest, scenarios) in [
        (Manifest::render::<&str>(&[]), EVICTING),
        (without_eviction(), WITHOUT_EVICTION),
        // The names are derived, not the default ones.
        (
            Manifest::render(&["checkout", "--namespace", "shop"]),
            EVICTING,
        ),
    ] {
        let rules = Rules::of(&manifest);
        let tests: Vec<Value> = scenarios
            .iter()
            .map(|scenario| rules.scenario(scenario))
            .collect();
        rules.run(&tests);
    }
}

#[test]
#[ignore = "needs promtool in a Debian root: run scripts/test"]
pub(super) fn a_healthy_full_busy_cache_fires_nothing_for_an_hour() {
    let half_full = [("redis_memory_used_bytes", "200000000x240")];
    for (manifest, differs) in [
        (Manifest::render::<&str>(&[]), &[][..]),
        (without_eviction(), &half_full),
    ] {
        let asked: Vec<Value> = (0..=60)
            .map(|minute| alerts_at(&format!("{minute}m"), "", 0))
            .collect();
        let rules = Rules::of(&manifest);
        rules.run(&[rules.test("healthy", differs, &asked)]);
    }
}

#[test]
fn every_alert_has_scenarios_in_which_it_fires_and_in_which_it_does_not() {
    for (manifest, scenarios) in [
        (Manifest::render::<&str>(&[]), EVICTING),
        (without_eviction(), WITHOUT_EVICTION),
    ] {
        let told = |fires: bool| -> BTreeSet<&str> {
            let asked = EVICTING.iter().chain(scenarios);
            asked
                .filter(|scenario| scenario.asked.iter().any(|(_, fired)| *fired == fires))
                .map(|scenario| scenario.alert)
                .collect()
        };
        for name in Rules::of(&manifest).names() {
            assert!(told(true).contains(name.as_str()), "{name} never fires");
            assert!(told(false).contains(name.as_str()), "{name} always fires");
        }
    }
}

/// As `readable` has it of panels: whoever is woken reads a number in its unit.
#[test]
pub(super) fn the_value_of_an_alert_is_told_in_its_unit() {
    let mut n_told = 0;
    for manifest in [Manifest::render::<&str>(&[]), without_eviction()] {
        let groups = &manifest.only("PrometheusRule")["spec"]["groups"];
        for rule in elements(groups)
            .iter()
            .flat_map(|group| elements(&group["rules"]))
        {
            let (expression, text) = (
                string(&rule["expr"]),
                rule["annotations"]["description"].to_string(),
            );
            let Some((_, told)) = text.split_once("$value | ") else {
                continue;
            };
            let is_ratio = expression.contains("} / (") || expression.contains(") / (");
            let unit = match expression.contains("_bytes{") {
                _ if is_ratio => "humanizePercentage }}",
                true => "humanize1024 }}B",
                false => "humanize }}",
            };
            assert!(told.starts_with(unit), "{expression}: {text}");
            n_told += 1;
        }
    }
    assert!(n_told > 10, "{n_told}");
}
