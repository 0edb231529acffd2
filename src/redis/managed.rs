//! The directives that are ours, because the rest of the tier relies on them. It must not know which servers have them.

/// A name, or the beginning of names before a `*`, and why it is not the user's.
const MANAGED: &[(&str, &str)] = &[
    ("aclfile", USERS),
    ("appenddirname", FILES),
    ("appendfilename", FILES),
    ("bind", ADDRESSES),
    ("bind-source-addr", ADDRESSES),
    ("cluster-*", "the tier is not a cluster of shards"),
    ("daemonize", FOREGROUND),
    ("dbfilename", FILES),
    (
        "dir",
        "the data is where the volume is mounted, which is set under `valkey.storage`",
    ),
    ("enable-debug-command", HOLE),
    ("enable-module-command", HOLE),
    ("enable-protected-configs", HOLE),
    (
        "include",
        "nothing but what is rendered is there to be included, write the directives themselves",
    ),
    ("loadmodule", "the server runs without modules"),
    ("logfile", FOREGROUND),
    ("masterauth", REPLICATION),
    ("masteruser", REPLICATION),
    ("pidfile", FOREGROUND),
    (
        "port",
        "the server listens on 6379; the port that clients see is `valkey.service.port`",
    ),
    ("primaryauth", REPLICATION),
    ("primaryuser", REPLICATION),
    ("protected-mode", "it stays on; every user has a password"),
    ("rdma-*", ADDRESSES),
    (
        "rename-command",
        "it breaks failover and metrics; administrative commands are kept from clients by their user",
    ),
    ("replica-announce*", REPLICATION),
    ("replicaof", REPLICATION),
    (
        "requirepass",
        "passwords come from the secret that `valkey.password` names, never from the configuration",
    ),
    ("sentinel", "the server is not a sentinel"),
    ("slave-announce*", REPLICATION),
    ("slaveof", REPLICATION),
    ("supervised", FOREGROUND),
    ("syslog-*", FOREGROUND),
    ("tls-*", "connections are not encrypted by the server yet"),
    ("unixsocket*", "clients connect over TCP only"),
    ("user", USERS),
];

const ADDRESSES: &str =
    "the server listens on every address; who may connect is set under `valkey.networkPolicy`";
const FILES: &str = "backup and restore rely on the names of the data files";
const FOREGROUND: &str =
    "the server runs in the foreground and logs to its standard output; see `loglevel`";
const HOLE: &str = "it would let clients change or read what only an administrator may";
const REPLICATION: &str = "replication follows from `valkey.replicas`";
const USERS: &str = "users are written from the passwords that `valkey.password` names";

/// Returns why a directive is not the user's to set; the case of its name does not matter.
pub(super) fn reason(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    MANAGED
        .iter()
        .find(|(pattern, _)| matches(pattern, &name))
        .map(|(_, reason)| *reason)
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn what_the_tier_relies_on_is_managed() {
        for name in [
            "port",
            "PORT",
            "bind",
            "dir",
            "requirepass",
            "masterauth",
            "primaryauth",
            "user",
            "aclfile",
            "include",
            "appendfilename",
            "appenddirname",
            "dbfilename",
            "daemonize",
            "pidfile",
            "logfile",
            "protected-mode",
            "supervised",
            "syslog-enabled",
            "unixsocket",
            "unixsocketperm",
            "tls-port",
            "cluster-enabled",
            "replicaof",
            "slaveof",
            "replica-announce-ip",
            "replica-announced",
            "slave-announce-port",
            "rename-command",
            "loadmodule",
            "enable-debug-command",
            "enable-module-command",
            "enable-protected-configs",
        ] {
            assert!(reason(name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_the_user_may_want_to_change_is_not() {
        for name in [
            "maxmemory",
            "maxmemory-policy",
            "appendonly",
            "appendfsync",
            "save",
            "loglevel",
            "slowlog-max-len",
            "replica-priority",
            "timeout",
            "users",
            "direct",
            "no-such",
            "",
        ] {
            assert_eq!(reason(name), None, "{name}");
        }
    }
}
