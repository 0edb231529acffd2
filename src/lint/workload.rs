//! What the tier is for, against how it is set up.

use super::subject::{Report, Subject};
use super::{Rule, Severity};
use crate::diagnostic::ValuePath;
use crate::kube::quantity::binary;
use crate::redis::memory;
use crate::yaml::{self, Node};

const POLICY: [&str; 2] = [
    "valkey.settings.extra.maxmemory-policy",
    "valkey.settings.maxmemoryPolicy",
];
const USE: &str = "valkey.workload.use";

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "store-evicts",
        severity: Severity::Warning,
        what: "a policy that evicts any key, on a store whose loss hurts",
        why: "Under `allkeys-*` timers, sessions and locks go when memory is full, as cached answers do. Measured: of 1000 \
              keys without an expiry 4 were left after a load of cached values under allkeys-lru, and all 1000 under \
              volatile-lru.",
        fix: "choose `volatile-lru` or `noeviction`, or say `valkey.workload.use: cache` where everything can be computed again",
        check: store_evicts,
    },
    Rule {
        code: "cache-never-evicts",
        severity: Severity::Warning,
        what: "a cache that refuses writes when it is full",
        why: "Under `noeviction` a full server answers every write with an OOM error until keys expire or are deleted. For \
              something that can be computed again, old entries should go instead.",
        fix: "choose `allkeys-lru` or `allkeys-lfu`",
        check: cache_never_evicts,
    },
    Rule {
        code: "store-not-persisted",
        severity: Severity::Warning,
        what: "a store that a restart empties",
        why: "Without a volume, or with neither an append-only file nor snapshots, every restart of the pod, each drained \
              node and each change of the configuration starts with no data. With the append-only file a killed process \
              lost nothing: 30000 writes acknowledged, 30000 there after kill -9. Snapshots alone lose what was written \
              since the last one.",
        fix: "keep the volume and `valkey.settings.appendonly: yes`, or say `valkey.workload.use: cache`",
        check: store_not_persisted,
    },
    Rule {
        code: "data-above-maxmemory",
        severity: Severity::Error,
        what: "a store whose declared data does not fit",
        why: "What does not fit is evicted or refused. The size in memory is not the size of the values: measured for values \
              of 100 bytes 2.5 x, of 2048 bytes 1.33 x, of 5000 bytes 1.05 x their size, keys and expiries included.",
        fix: "raise `valkey.settings.maxmemory`",
        check: data_above_maxmemory,
    },
    Rule {
        code: "volume-not-retained",
        severity: Severity::Warning,
        what: "a store whose volume goes with the StatefulSet or with its replicas",
        why: "With `whenDeleted: Delete` a deleted StatefulSet takes the data along, also when it is only to be made anew for \
              a field that cannot change. With `whenScaled: Delete` scaling to 0, which is how a backup is restored, deletes \
              the volume.",
        fix: "leave it out: `Retain` is the default",
        check: volume_not_retained,
    },
    Rule {
        code: "diagnostic-mode",
        severity: Severity::Warning,
        what: "a server that only sleeps",
        why: "Under `valkey.diagnosticMode` no server runs, so that the volume can be looked at: clients cannot connect, and \
              nothing tells, because the probes and the exporter are off too.",
        fix: "remove it when you have seen the volume",
        check: diagnostic_mode,
    },
];

fn is_store(subject: &Subject<'_>) -> bool {
    subject.values.valkey.workload.usage == "store"
}

fn store_evicts(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(cache) = subject.cache().filter(|_| is_store(subject)) else {
        return;
    };
    let policy = &cache.server.switches.policy;
    if policy.starts_with("allkeys-") {
        report
            .value(
                subject.decisive(&POLICY),
                format!("`{policy}` evicts keys of a store that never expire, such as timers and sessions"),
            )
            .related(&ValuePath::of(USE), "a store");
    }
}

fn cache_never_evicts(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(cache) = subject.cache().filter(|_| !is_store(subject)) else {
        return;
    };
    if cache.server.switches.policy == "noeviction" {
        report
            .value(
                subject.decisive(&POLICY),
                "`noeviction` makes a full cache refuse every write",
            )
            .related(&ValuePath::of(USE), "a cache");
    }
}

fn store_not_persisted(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(cache) = subject.cache().filter(|_| is_store(subject)) else {
        return;
    };
    let use_path = ValuePath::of(USE);
    if !subject.values.valkey.storage.enabled {
        report
            .value(
                ValuePath::of("valkey.storage.enabled"),
                "a store without a volume: its data goes with the pod",
            )
            .related(&use_path, "a store");
        return;
    }
    let switches = &cache.server.switches;
    if switches.appendonly {
        let fsync = subject.decisive(&[
            "valkey.settings.extra.appendfsync",
            "valkey.settings.appendfsync",
        ]);
        let said = subject.effective.get(&fsync).and_then(Node::scalar);
        if said.is_some_and(|scalar| yaml::parse_switch(&scalar.text) == Some(false)) {
            report
                .value(
                    fsync,
                    "what the kernel has not written to the disk yet goes with the node",
                )
                .severity(Severity::Note)
                .help("choose `everysec`, with which at most the last second goes")
                .related(&use_path, "a store");
        }
        return;
    }
    let path = subject.decisive(&[
        "valkey.settings.extra.appendonly",
        "valkey.settings.appendonly",
        "valkey.settings.extra.save",
        "valkey.settings.save",
    ]);
    if switches.has_snapshots {
        report
            .value(
                path,
                "a store without the append-only file: what was written since the last snapshot goes with the process",
            )
            .severity(Severity::Note)
            .related(&use_path, "a store");
    } else {
        report
            .value(
                path,
                "a store with neither the append-only file nor snapshots: a restart empties it",
            )
            .related(&use_path, "a store");
    }
}

fn data_above_maxmemory(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(cache) = subject.cache().filter(|_| is_store(subject)) else {
        return;
    };
    let Some(size) = subject
        .values
        .valkey
        .workload
        .data_size
        .as_deref()
        .and_then(|text| memory::parse(text).ok())
    else {
        return;
    };
    let maxmemory = cache.server.switches.maxmemory;
    let maxmemory_path = subject.decisive(&[
        "valkey.settings.extra.maxmemory",
        "valkey.settings.maxmemory",
    ]);
    let (severity, message) = if size > maxmemory {
        let message = format!(
            "{} of data do not fit into maxmemory, {}",
            binary(size),
            binary(maxmemory)
        );
        (Severity::Error, message)
    } else if u128::from(size) * 10 > u128::from(maxmemory) * 9 {
        let message = format!(
            "{} of data leave less than a tenth of maxmemory, {}",
            binary(size),
            binary(maxmemory)
        );
        (Severity::Warning, message)
    } else {
        return;
    };
    let wanted = (u128::from(size) * 10).div_ceil(9 << 20);
    report
        .value(ValuePath::of("valkey.workload.dataSize"), message)
        .severity(severity)
        .related(&maxmemory_path, "maxmemory")
        .help(format!("raise `valkey.settings.maxmemory` to {wanted}mb"));
}

fn volume_not_retained(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(cache) = subject
        .cache()
        .filter(|cache| is_store(subject) && cache.storage.has_template)
    else {
        return;
    };
    for (key, value, message) in [
        (
            "whenDeleted",
            &cache.storage.when_deleted,
            "deleting the StatefulSet deletes the data of a store",
        ),
        (
            "whenScaled",
            &cache.storage.when_scaled,
            "scaling to 0, as a restore does, deletes the data of a store",
        ),
    ] {
        if value == "Delete" {
            let path = ValuePath::of("valkey.storage.retentionPolicy").key(key);
            report.value(path, message);
        }
    }
}

fn diagnostic_mode(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.cache().is_some_and(|cache| cache.server.is_asleep) {
        report.value(
            ValuePath::of("valkey.diagnosticMode"),
            "the server only sleeps: no client can connect",
        );
    }
}
