//! The alerts: a table. What they say when, and to whom; how they become rules is not known here.
//!
//! In an expression, `SEL` is the matchers of the tier's series, `WINDOW` the time over which rates are taken, `LIMIT`
//! the memory limit in bytes, and `THRESHOLD` the alert's threshold. Each was fired by a live server or a unit test of
//! Prometheus.

use super::server::Switches;

/// What decides which alerts make sense.
pub(super) struct Situation<'s> {
    /// What the configuration comes to.
    pub(super) switches: &'s Switches,
    /// How many servers.
    pub(super) n_replicas: u64,
}

type Condition = fn(&Situation<'_>) -> bool;

/// An alert as it is without the user's changes.
#[derive(Debug)]
pub struct Alert {
    /// Its name.
    pub name: &'static str,
    /// Its label `severity`.
    pub severity: &'static str,
    /// How long its condition holds before it fires.
    pub hold: &'static str,
    /// What its metric is compared with and in which unit, where that can be changed.
    pub threshold: Option<(&'static str, &'static str)>,
    /// When it fires, for the table in README.md.
    pub meaning: &'static str,
    /// Its conditions, any of which fires it, each with when it makes sense.
    pub(super) arms: &'static [(Condition, &'static str)],
    /// One line.
    pub(super) summary: &'static str,
    /// One sentence.
    pub(super) description: &'static str,
}

const ALWAYS: Condition = |_| true;
const REPLICATED: Condition = |situation| situation.n_replicas > 1;
const IS_FULL_AN_ERROR: Condition = |situation| situation.switches.policy == "noeviction";
const EVICTS: Condition = |situation| situation.switches.policy != "noeviction";

/// The alerts, the worst first.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "RedisDown",
        severity: "critical",
        hold: "1m",
        threshold: None,
        meaning: "the exporter cannot ask the server",
        arms: &[(ALWAYS, "redis_up{SEL} == 0")],
        summary: "Redis is down",
        description: "Redis instance {{ $labels.instance }} does not answer its exporter.",
    },
    // A server that hangs, a pod that is gone: then nobody says that `redis_up` is 0.
    Alert {
        name: "RedisMetricsMissing",
        severity: "critical",
        hold: "5m",
        threshold: None,
        meaning: "Prometheus gets no metrics: nothing else can fire",
        arms: &[(ALWAYS, "up{SEL} == 0 or absent(up{SEL})")],
        summary: "Redis metrics are missing",
        description: "Prometheus gets no metrics of {{ $labels.job }}: the exporter is gone or does not answer.",
    },
    // The counter is not there before the first error, and an increase needs two samples: hence the second arm.
    Alert {
        name: "RedisOutOfMemory",
        severity: "critical",
        hold: "0m",
        threshold: Some(("0", "errors in the window")),
        meaning: "writes were refused because nothing could be evicted; not under `noeviction`",
        arms: &[
            (
                EVICTS,
                "increase(redis_errors_total{SEL,err=\"OOM\"}[WINDOW]) > THRESHOLD",
            ),
            (
                EVICTS,
                "(redis_errors_total{SEL,err=\"OOM\"} unless redis_errors_total{SEL,err=\"OOM\"} offset WINDOW) > THRESHOLD",
            ),
        ],
        summary: "Redis refuses writes for want of memory",
        description: "Redis instance {{ $labels.instance }} answered {{ $value | humanize }} writes with OOM: it is full, and nothing may be evicted.",
    },
    // A server that may open few files lowers its own maxclients, so a number of connections says nothing.
    Alert {
        name: "RedisTooManyConnections",
        severity: "critical",
        hold: "5m",
        threshold: Some(("0.8", "share of maxclients")),
        meaning: "few connections are left",
        arms: &[(
            ALWAYS,
            "redis_connected_clients{SEL} / (redis_config_maxclients{SEL} or redis_max_clients{SEL}) > THRESHOLD",
        )],
        summary: "Redis has too many connections",
        description: "Redis instance {{ $labels.instance }} uses {{ $value | humanizePercentage }} of its connections.",
    },
    Alert {
        name: "RedisRejectedConnections",
        severity: "critical",
        hold: "0m",
        threshold: Some(("0", "connections in the window")),
        meaning: "connections were refused because there were too many",
        arms: &[(
            ALWAYS,
            "increase(redis_rejected_connections_total{SEL}[WINDOW]) > THRESHOLD",
        )],
        summary: "Redis rejected connections",
        description: "Redis instance {{ $labels.instance }} rejected {{ $value | humanize }} connections.",
    },
    // A failed snapshot makes the server refuse writes at once, so it does not wait long.
    Alert {
        name: "RedisPersistenceFailure",
        severity: "critical",
        hold: "1m",
        threshold: None,
        meaning: "the last snapshot, or writing the append-only file, failed: whatever of both is on",
        arms: &[
            (
                |situation| situation.switches.has_snapshots,
                "redis_rdb_last_bgsave_status{SEL} == 0",
            ),
            (
                |situation| situation.switches.appendonly,
                "redis_aof_last_bgrewrite_status{SEL} == 0",
            ),
            (
                |situation| situation.switches.appendonly,
                "redis_aof_last_write_status{SEL} == 0",
            ),
        ],
        summary: "Redis cannot persist its data",
        description: "Redis instance {{ $labels.instance }} failed to write its data to the volume, and may refuse writes.",
    },
    Alert {
        name: "RedisMemoryNearLimit",
        severity: "warning",
        hold: "5m",
        threshold: Some(("0.9", "share of the memory limit")),
        meaning: "the kernel is about to kill the server",
        arms: &[(
            ALWAYS,
            "redis_memory_used_rss_bytes{SEL} > THRESHOLD * LIMIT",
        )],
        summary: "Redis is near its memory limit",
        description: "Redis instance {{ $labels.instance }} uses {{ $value | humanize1024 }}B of memory, near the limit of its container.",
    },
    // Where keys are evicted, a full server is healthy.
    Alert {
        name: "RedisHighMemoryUsage",
        severity: "warning",
        hold: "10m",
        threshold: Some(("0.9", "share of maxmemory")),
        meaning: "soon all writes are refused; only under `noeviction`",
        arms: &[(
            IS_FULL_AN_ERROR,
            "redis_memory_used_bytes{SEL} / (redis_memory_max_bytes{SEL} > 0) > THRESHOLD",
        )],
        summary: "Redis is almost full",
        description: "Redis instance {{ $labels.instance }} uses {{ $value | humanizePercentage }} of maxmemory, and evicts nothing.",
    },
    Alert {
        name: "RedisEvicting",
        severity: "warning",
        hold: "15m",
        threshold: Some(("100", "keys a second")),
        meaning: "what is in use does not fit; not under `noeviction`",
        arms: &[(
            EVICTS,
            "rate(redis_evicted_keys_total{SEL}[WINDOW]) > THRESHOLD",
        )],
        summary: "Redis evicts many keys",
        description: "Redis instance {{ $labels.instance }} evicts {{ $value | humanize }} keys a second.",
    },
    // Not the length of the log, which never shrinks.
    Alert {
        name: "RedisSlowQueries",
        severity: "warning",
        hold: "5m",
        threshold: Some(("10", "commands in the window")),
        meaning: "commands took longer than `valkey.settings.slowlogThreshold`; not where that is negative",
        arms: &[(
            |situation| situation.switches.has_slow_log,
            "increase(redis_slowlog_last_id{SEL}[WINDOW]) > THRESHOLD",
        )],
        summary: "Redis has slow commands",
        description: "Redis instance {{ $labels.instance }} had {{ $value | humanize }} slow commands.",
    },
    Alert {
        name: "RedisReplicationBroken",
        severity: "warning",
        hold: "2m",
        threshold: None,
        meaning: "a replica has lost its primary; only with replicas",
        arms: &[(REPLICATED, "redis_master_link_up{SEL} == 0")],
        summary: "Redis replica has lost its primary",
        description: "Redis replica {{ $labels.instance }} is not connected to its primary.",
    },
    // Both on the primary: a replica's own offset has other labels, and says nothing while it is stopped.
    Alert {
        name: "RedisReplicationLag",
        severity: "warning",
        hold: "5m",
        threshold: Some(("1048576", "bytes")),
        meaning: "a replica is behind its primary; only with replicas",
        arms: &[(
            REPLICATED,
            "redis_master_repl_offset{SEL} - on (namespace, pod) group_right () redis_connected_slave_offset_bytes{SEL} > THRESHOLD",
        )],
        summary: "Redis replication lags",
        description: "Redis replica {{ $labels.slave_ip }} is {{ $value | humanize1024 }}B behind its primary {{ $labels.instance }}.",
    },
    Alert {
        name: "RedisLowHitRate",
        severity: "warning",
        hold: "15m",
        threshold: Some(("0.2", "share of hits")),
        meaning: "few reads find their key, with more than one read a second",
        arms: &[(
            ALWAYS,
            concat!(
                "rate(redis_keyspace_hits_total{SEL}[WINDOW])",
                " / (rate(redis_keyspace_hits_total{SEL}[WINDOW]) + rate(redis_keyspace_misses_total{SEL}[WINDOW]))",
                " < THRESHOLD",
                " and rate(redis_keyspace_hits_total{SEL}[WINDOW]) + rate(redis_keyspace_misses_total{SEL}[WINDOW]) > 1"
            ),
        )],
        summary: "Redis has a low hit rate",
        description: "Redis instance {{ $labels.instance }} finds {{ $value | humanizePercentage }} of the keys that are read.",
    },
];

#[cfg(test)]
mod tests {
    use super::ALERTS;
    use crate::kube::duration;
    use crate::values::schema;

    #[test]
    fn the_values_know_every_alert() {
        let names: Vec<&str> = ALERTS.iter().map(|alert| alert.name).collect();
        assert_eq!(names, schema::ALERTS);
    }

    #[test]
    fn thresholds_are_where_they_can_be_changed() {
        for alert in ALERTS {
            duration::parse(alert.hold).unwrap();
            let compares = alert
                .arms
                .iter()
                .any(|(_, text)| text.contains("THRESHOLD"));
            assert_eq!(compares, alert.threshold.is_some(), "{}", alert.name);
            for (_, text) in alert.arms {
                assert!(text.contains("{SEL}") || text.contains("{SEL,"), "{text}");
            }
        }
    }
}
