//! Memory, CPU and disk against what the data needs.

use super::subject::{Report, Subject};
use super::{Rule, Severity};
use crate::diagnostic::ValuePath;
use crate::kube::quantity::{Quantity, binary};
use crate::redis::{memory, sizing};
use crate::tier::Cache;

const LIMIT: &str = "valkey.resources.limits.memory";
const MAXMEMORY: &str = "valkey.settings.maxmemory";

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "memory-headroom",
        severity: Severity::Warning,
        what: "a memory limit that holds the data only while few writes arrive",
        why: "While a snapshot or a new append-only file is written, the kernel copies each page that a client \
              overwrites. Measured in a 512Mi cgroup with maxmemory 384mb and values of 2 KB: a snapshot during saturating \
              overwrites got the server killed, at 640Mi and 768Mi too; at 1024Mi it survived with a peak of 791 MiB. \
              With 200, 1000, 3000 and 5000 writes a second the peaks were 404, 438, 494 and 543 MiB. The worst case is \
              2.1 x maxmemory + 32 MiB: a tenth of fragmentation, a whole copy, the program.",
        fix: "leave the limit out, or say under `valkey.workload.writesPerSecond` that no more writes arrive than it holds",
        check: memory_headroom,
    },
    Rule {
        code: "limit-below-writes",
        severity: Severity::Error,
        what: "a memory limit that does not hold the writes that `valkey.workload.writesPerSecond` says",
        why: "The declared writes are what the limit has to survive while a snapshot is written: maxmemory x (1 - \
              exp(-touched pages / pages)) bytes are copied, with 4 pages a write and 80 MB/s of snapshot on half a core. \
              It is an upper bound of what was measured at 384mb: 46, 102 and 150 MB copied at 1000, 3000 and 5000 writes \
              a second.",
        fix: "raise the limit, or leave it out for the worst case",
        check: limit_below_writes,
    },
    Rule {
        code: "request-below-maxmemory",
        severity: Severity::Warning,
        what: "a memory request that is less than the data may take",
        why: "The scheduler reserves the request and nothing more. On a node that runs out of memory the kubelet evicts \
              first the pods that use more than they requested, and the kernel's score is worse for them too; a full \
              server always would be one of them.",
        fix: "leave the request out: it is derived as 1.3 x maxmemory + 32 MiB",
        check: request_below_maxmemory,
    },
    Rule {
        code: "cpu-limit",
        severity: Severity::Warning,
        what: "a CPU limit on the server",
        why: "The child that writes a snapshot shares the quota with the one thread that answers clients. Measured with 50 \
              clients and 2400 writes a second of 2 KB during a snapshot: the 99th percentile was 1.1 ms without a limit \
              and 42.9 ms with a limit of 500m; with 500 saturating clients 9.9 against 74 ms.",
        fix: "leave the CPU limit out, and reserve what it needs by `valkey.resources.requests.cpu`",
        check: cpu_limit,
    },
    Rule {
        code: "volume-too-small",
        severity: Severity::Warning,
        what: "a volume smaller than 6 x maxmemory",
        why: "While the append-only file is rewritten, the old base and its tail, the new base and its tail, and a snapshot \
              are on the volume at once. Measured at 376 MB of data and 12000 overwrites a second: 1350 MB, 4.6 x the \
              snapshot. On a full volume the server refuses every write, and most storage classes cannot shrink or move a \
              volume later. Without the append-only file 2 x maxmemory do: the old and the new snapshot.",
        fix: "raise `valkey.storage.requestedSize`",
        check: volume_too_small,
    },
];

/// Returns the stated memory limit of the server, in bytes.
fn stated_limit(subject: &Subject<'_>) -> Option<u64> {
    stated(
        subject
            .values
            .valkey
            .resources
            .as_ref()
            .map(|resources| &resources.limits)?,
        "memory",
    )?
    .floor()
}

fn stated(map: &crate::values::types::TextMap, name: &str) -> Option<Quantity> {
    let (_, text) = map.0.iter().find(|(key, _)| key == name)?;
    Quantity::parse(text).ok()
}

/// Tells whether anything ever writes the data out while clients go on.
fn is_written_out(cache: &Cache) -> bool {
    let switches = &cache.server.switches;
    switches.appendonly || switches.has_snapshots || cache.backup.is_some()
}

/// Returns where maxmemory is decided.
fn maxmemory_path(subject: &Subject<'_>) -> ValuePath {
    subject.decisive(&["valkey.settings.extra.maxmemory", MAXMEMORY])
}

fn memory_headroom(subject: &Subject<'_>, report: &mut Report<'_>) {
    let (Some(cache), Some(limit)) = (subject.cache(), stated_limit(subject)) else {
        return;
    };
    let maxmemory = cache.server.switches.maxmemory;
    let path = ValuePath::of(LIMIT);
    let sizes = format!(
        "the memory limit of {} with maxmemory {}",
        binary(limit),
        binary(maxmemory)
    );
    if limit < sizing::steady_bytes(maxmemory) {
        let message = format!(
            "{sizes} leaves too little for fragmentation and the program: a full server takes {} at rest",
            mebibytes(sizing::steady_bytes(maxmemory))
        );
        report
            .value(path, message)
            .severity(Severity::Error)
            .related(&maxmemory_path(subject), "maxmemory")
            .help(format!(
                "{}, or lower maxmemory to {}",
                without_limit(maxmemory),
                fitting(limit)
            ));
        return;
    }
    if !is_written_out(cache) {
        if limit < sizing::drifted_bytes(maxmemory) {
            let message = format!(
                "{sizes} holds only while the sizes of values stay as they are: when they shift, it takes {}",
                mebibytes(sizing::drifted_bytes(maxmemory))
            );
            report
                .value(path, message)
                .related(&maxmemory_path(subject), "maxmemory")
                .help(without_limit(maxmemory));
        }
        return;
    }
    let worst = memory::worst_case_limit(maxmemory);
    let is_declared = subject.values.valkey.workload.writes_per_second.is_some();
    // The derived limit is rounded up; what the model wants is not.
    let is_safe = u128::from(limit) * 10 >= u128::from(maxmemory) * 21 + (320 << 20);
    if is_safe || is_declared {
        return;
    }
    let held = match sizing::writes_held(limit, maxmemory) {
        Some(writes) => format!("holds about {writes} writes a second while a snapshot is written"),
        None => "holds no write while a snapshot is written".to_owned(),
    };
    report
        .value(
            path,
            format!("{sizes} {held}; any number takes {}", binary(worst)),
        )
        .related(&maxmemory_path(subject), "maxmemory")
        .help(format!(
            "{}, or lower maxmemory to {}, or declare `valkey.workload.writesPerSecond`",
            without_limit(maxmemory),
            fitting(limit)
        ));
}

fn without_limit(maxmemory: u64) -> String {
    format!(
        "leave the limit out for {}",
        binary(memory::worst_case_limit(maxmemory))
    )
}

/// The largest maxmemory that a limit holds at any write rate.
fn fitting(limit: u64) -> String {
    let room = limit.saturating_sub(32 << 20);
    format!("{}mb", u128::from(room) * 10 / 21 / (1 << 20))
}

fn limit_below_writes(subject: &Subject<'_>, report: &mut Report<'_>) {
    let (Some(cache), Some(limit), Some(writes)) = (
        subject.cache(),
        stated_limit(subject),
        subject.values.valkey.workload.writes_per_second,
    ) else {
        return;
    };
    let maxmemory = cache.server.switches.maxmemory;
    let wanted = sizing::bytes_under_writes(maxmemory, writes);
    if limit < sizing::steady_bytes(maxmemory) || limit >= wanted || !is_written_out(cache) {
        return;
    }
    let held = match sizing::writes_held(limit, maxmemory) {
        Some(held) => format!("about {held}"),
        None => "none".to_owned(),
    };
    let message = format!(
        "the memory limit of {} holds {held} of {writes} writes a second while a snapshot is written: they take {}",
        binary(limit),
        mebibytes(wanted)
    );
    report
        .value(ValuePath::of(LIMIT), message)
        .related(
            &ValuePath::of("valkey.workload.writesPerSecond"),
            "the writes",
        )
        .related(&maxmemory_path(subject), "maxmemory")
        .help(format!(
            "raise the limit to {}",
            binary(wanted.div_ceil(64 << 20) * (64 << 20))
        ));
}

fn request_below_maxmemory(subject: &Subject<'_>, report: &mut Report<'_>) {
    let (Some(cache), Some(resources)) = (subject.cache(), &subject.values.valkey.resources) else {
        return;
    };
    let maxmemory = cache.server.switches.maxmemory;
    let Some(request) = stated(&resources.requests, "memory").and_then(|request| request.floor())
    else {
        return;
    };
    if request < maxmemory {
        let message = format!(
            "{} of memory are requested for up to {} of data: a node short of memory evicts this pod first",
            binary(request),
            binary(maxmemory)
        );
        report
            .value(ValuePath::of("valkey.resources.requests.memory"), message)
            .related(&maxmemory_path(subject), "maxmemory");
    }
}

fn cpu_limit(subject: &Subject<'_>, report: &mut Report<'_>) {
    let (Some(_), Some(resources)) = (subject.cache(), &subject.values.valkey.resources) else {
        return;
    };
    let Some(limit) = stated(&resources.limits, "cpu") else {
        return;
    };
    // One core for the thread that answers, one for the child that writes.
    let is_ample = limit.floor().is_some_and(|cores| cores >= 2);
    let message =
        format!("the server is limited to {limit} of CPU: clients wait when it has used its share");
    let said = report.value(ValuePath::of("valkey.resources.limits.cpu"), message);
    if is_ample {
        said.severity(Severity::Note);
    }
}

fn volume_too_small(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(cache) = subject
        .cache()
        .filter(|cache| cache.storage.existing_claim.is_none())
    else {
        return;
    };
    let switches = &cache.server.switches;
    let factor = match (switches.appendonly, switches.has_snapshots) {
        (true, _) => 6,
        (false, true) => 2,
        // Only the last snapshot of a server that stops, if that.
        (false, false) => return,
    };
    let Some(size) = Quantity::parse(&cache.storage.size)
        .ok()
        .and_then(|size| size.floor())
    else {
        return;
    };
    let wanted = switches.maxmemory.saturating_mul(factor);
    if size < wanted {
        let maxmemory = maxmemory_path(subject);
        let path = subject.decisive(&[
            "valkey.storage.requestedSize",
            "valkey.settings.extra.maxmemory",
            MAXMEMORY,
        ]);
        let message = format!(
            "the volume of {} is less than {factor} x maxmemory, which is {}",
            cache.storage.size,
            mebibytes(wanted)
        );
        report
            .value(path, message)
            .related(&maxmemory, "maxmemory")
            .help(format!(
                "set `valkey.storage.requestedSize` to {}Gi",
                wanted.div_ceil(1 << 30)
            ));
    }
}

/// Bytes in whole MiB, rounded up.
fn mebibytes(bytes: u64) -> String {
    format!("{}Mi", bytes.div_ceil(1 << 20))
}
