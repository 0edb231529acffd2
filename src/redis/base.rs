//! The configuration that every server of ours starts with, before the user's settings.
//!
//! The directives and numbers are the source design's, with what executing it corrected: comments on lines of their
//! own, both IP families, no pid file, the listpack names, no renamed commands.

/// A part of the configuration file.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// What it is about.
    pub title: &'static str,
    /// Its directives and their values, as written in the file.
    pub directives: &'static [(&'static str, &'static str)],
}

/// Port of the server.
pub const PORT: u16 = 6379;

/// Directory of the data.
pub const DATA: &str = "/data";

/// Directory, in memory, of what the server includes and clients must not see.
pub const RUN: &str = "/run/redis";

/// The file with the users, which the configuration includes last.
pub const USERS: &str = "/run/redis/auth.conf";

/// The file with the password of the user who asks whether the server lives.
pub const PROBE_PASSWORD: &str = "/run/redis/probe-password";

/// Directory of the mounted passwords.
pub const PASSWORDS: &str = "/etc/redis-secret";

/// Directory of the configuration and the scripts.
pub const CONFIG: &str = "/etc/redis";

/// The configuration, in the order of the file.
pub const SECTIONS: &[Section] = &[
    Section {
        title: "Network",
        directives: &[
            ("bind", "* -::*"),
            ("port", "6379"),
            ("protected-mode", "yes"),
            ("tcp-backlog", "511"),
            ("timeout", "0"),
            ("tcp-keepalive", "300"),
        ],
    },
    Section {
        title: "General",
        directives: &[
            ("daemonize", "no"),
            ("pidfile", ""),
            ("loglevel", "notice"),
            ("logfile", ""),
            ("databases", "1"),
        ],
    },
    Section {
        title: "Snapshots",
        directives: &[
            ("save", "900 1 300 10 60 10000"),
            ("stop-writes-on-bgsave-error", "yes"),
            ("rdbcompression", "yes"),
            ("rdbchecksum", "yes"),
            ("dbfilename", "dump.rdb"),
            ("dir", DATA),
        ],
    },
    Section {
        title: "Memory",
        directives: &[
            ("maxmemory", "384mb"),
            ("maxmemory-policy", "volatile-lru"),
            ("maxmemory-samples", "5"),
        ],
    },
    Section {
        title: "Lazy freeing",
        directives: &[
            ("lazyfree-lazy-eviction", "yes"),
            ("lazyfree-lazy-expire", "yes"),
            ("lazyfree-lazy-server-del", "yes"),
            ("replica-lazy-flush", "yes"),
        ],
    },
    Section {
        title: "Append-only file",
        directives: &[
            ("appendonly", "yes"),
            ("appendfilename", "appendonly.aof"),
            ("appendfsync", "everysec"),
            ("no-appendfsync-on-rewrite", "no"),
            ("auto-aof-rewrite-percentage", "100"),
            ("auto-aof-rewrite-min-size", "64mb"),
            ("aof-load-truncated", "yes"),
            ("aof-use-rdb-preamble", "yes"),
        ],
    },
    Section {
        title: "Scripts",
        directives: &[("busy-reply-threshold", "5000")],
    },
    Section {
        title: "Slow log",
        directives: &[
            ("slowlog-log-slower-than", "10000"),
            ("slowlog-max-len", "128"),
        ],
    },
    Section {
        title: "Latency monitor",
        directives: &[("latency-monitor-threshold", "100")],
    },
    Section {
        title: "Event notification",
        directives: &[("notify-keyspace-events", "")],
    },
    Section {
        title: "Encodings and housekeeping",
        directives: &[
            ("hash-max-listpack-entries", "512"),
            ("hash-max-listpack-value", "64"),
            ("list-max-listpack-size", "-2"),
            ("list-compress-depth", "0"),
            ("set-max-intset-entries", "512"),
            ("zset-max-listpack-entries", "128"),
            ("zset-max-listpack-value", "64"),
            ("hll-sparse-max-bytes", "3000"),
            ("stream-node-max-bytes", "4096"),
            ("stream-node-max-entries", "100"),
            ("activerehashing", "yes"),
            (
                "client-output-buffer-limit",
                "normal 0 0 0 replica 256mb 64mb 60 pubsub 32mb 8mb 60",
            ),
            ("hz", "10"),
            ("dynamic-hz", "yes"),
            ("aof-rewrite-incremental-fsync", "yes"),
            ("rdb-save-incremental-fsync", "yes"),
        ],
    },
];
