//! Probes and grace against what the server's data takes.

use super::subject::{Report, Subject};
use super::{Rule, Severity};
use crate::diagnostic::ValuePath;
use crate::kube::probe::startup_seconds;
use crate::redis::memory;
use crate::yaml::Value;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "startup-below-load-time",
        severity: Severity::Warning,
        what: "a startup probe that gives up before a full server has read its data",
        why: "A server that is still loading answers nothing else, and one that is killed for it begins anew: a crash loop \
              that only starts when there is much data. Measured 190 to 260 MB/s from the page cache on half a core; network \
              disks are planned with 20 MB/s, and an append-only file with 2 x maxmemory.",
        fix: "leave `valkey.probes.startup` out: its budget is derived from maxmemory",
        check: startup_below_load_time,
    },
    Rule {
        code: "liveness-wants-pong",
        severity: Severity::Warning,
        what: "a liveness probe that asks for PONG",
        why: "A server that loads, that ran out of connections, that runs a long script, or whose last snapshot failed answers \
              with an error instead of PONG, and is alive: MISCONF still serves reads. Killing it for that makes a crash loop \
              out of a full disk.",
        fix: "leave the command out: any answer is a sign of life",
        check: liveness_wants_pong,
    },
    Rule {
        code: "grace-too-short",
        severity: Severity::Warning,
        what: "a grace period in which a full server cannot write its data",
        why: "Told to stop, the server writes a last snapshot before it ends and is killed when the grace period is over. \
              Measured 3.9 s for 376 MB on half a core, 75 to 100 MB/s; planned with 50 MB/s.",
        fix: "leave `terminationGracePeriodSeconds` out: it is derived from maxmemory",
        check: grace_too_short,
    },
];

fn startup_below_load_time(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(cache) = subject.cache() else { return };
    let Some(probe) = subject
        .server_container()
        .and_then(|container| container.at(&["startupProbe"]))
    else {
        return;
    };
    let seconds = startup_seconds(probe);
    let switches = &cache.server.switches;
    let wanted = memory::load_seconds(switches.maxmemory, switches.appendonly);
    if seconds < wanted {
        let path = subject.decisive(&[
            "valkey.probes.startup.failureThreshold",
            "valkey.probes.startup.periodSeconds",
            "valkey.probes.startup.initialDelaySeconds",
            "valkey.probes.startup",
        ]);
        let message = format!(
            "the startup probe gives up after {seconds} s, and a full server may load for {wanted} s"
        );
        report.value(path, message);
    }
}

fn liveness_wants_pong(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(command) = subject
        .server_container()
        .and_then(|container| container.at(&["livenessProbe", "exec", "command"]))
        .and_then(Value::as_sequence)
    else {
        return;
    };
    if command
        .iter()
        .filter_map(Value::as_str)
        .any(|word| word.to_uppercase().contains("PONG"))
    {
        report.value(
            ValuePath::of("valkey.probes.liveness.exec.command"),
            "the liveness probe kills a server that answers anything but PONG, though it is alive",
        );
    }
}

fn grace_too_short(subject: &Subject<'_>, report: &mut Report<'_>) {
    let (Some(cache), Some(stated)) = (
        subject.cache(),
        subject.values.termination_grace_period_seconds,
    ) else {
        return;
    };
    let wanted = memory::save_seconds(cache.server.switches.maxmemory);
    if stated < wanted {
        let message = format!(
            "{stated} s of grace are less than the {wanted} s that a full server may write its data"
        );
        report.value(ValuePath::of("terminationGracePeriodSeconds"), message);
    }
}
