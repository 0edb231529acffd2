//! What can lose data, or lead to other data.
//!
//! Each row was executed on real servers: `tests/it/programs/changes.rs`.

use std::cmp::Ordering;

use super::{At, Of, Rule, Seen, no_steps};
use crate::diff::Consequence::DataRisk;
use crate::diff::What;
use crate::diff::restart::LOG_IS_THERE;
use crate::diff::server::{Data, Server};
use crate::kube::quantity::binary;
use crate::redis::files::reads;
use crate::redis::memory;

macro_rules! directive {
    ($name:literal, $why:expr, $steps:expr) => {
        Rule {
            of: Of::Config,
            at: At::Field(&["data", "redis.conf", $name]),
            consequence: DataRisk,
            why: $why,
            steps: $steps,
        }
    };
}

pub(super) const RULES: &[Rule] = &[
    directive!("appendonly", log_begins, log_first),
    directive!("appendonly", log_ends, no_steps),
    directive!("appendonly", nothing_is_kept, no_steps),
    directive!("save", nothing_is_kept, no_steps),
    directive!("maxmemory-policy", evicts_more, no_steps),
    directive!("maxmemory", below_data, no_steps),
    directive!("databases", fewer_databases, no_steps),
    directive!("dir", other_files, no_steps),
    directive!("dbfilename", other_files, no_steps),
    directive!("appendfilename", other_files, no_steps),
    directive!("appenddirname", other_files, no_steps),
    Rule {
        of: Of::Server,
        at: At::Field(&["spec", "template", "spec", "containers", "redis", "image"]),
        consequence: DataRisk,
        why: unreadable,
        steps: |_| {
            vec!["# no file can be carried over: start the new server under another NAME, and copy key by key".to_owned()]
        },
    },
    Rule {
        of: Of::Server,
        at: At::Field(&["spec", "volumeClaimTemplates", "**"]),
        consequence: DataRisk,
        why: other_volume,
        steps: no_steps,
    },
    Rule {
        of: Of::Server,
        at: At::Field(&["spec", "template", "spec", "volumes", "**"]),
        consequence: DataRisk,
        why: other_volume,
        steps: no_steps,
    },
    Rule {
        of: Of::Server,
        at: At::Field(&[
            "spec",
            "volumeClaimTemplates",
            "*",
            "spec",
            "storageClassName",
        ]),
        consequence: DataRisk,
        why: |_| {
            Some("the data stays on the volume of the old class: a claim that exists keeps its class".to_owned())
        },
        steps: no_steps,
    },
    Rule {
        of: Of::Server,
        at: At::Field(&["spec", "template", "spec", "terminationGracePeriodSeconds"]),
        consequence: DataRisk,
        why: killed_while_writing,
        steps: no_steps,
    },
    Rule {
        of: Of::Server,
        at: At::Field(&["spec", "template", "spec", "**", "runAsUser"]),
        consequence: DataRisk,
        why: other_owner,
        steps: |_| {
            vec!["# change `podSecurityContext.fsGroup` as well: the kubelet then makes the files writable for the new group".to_owned()]
        },
    },
    Rule {
        of: Of::Server,
        at: At::Field(&["spec", "replicas"]),
        consequence: DataRisk,
        why: replicas,
        steps: no_steps,
    },
    Rule {
        of: Of::Kinds(&["StatefulSet"]),
        at: At::Field(&["spec", "persistentVolumeClaimRetentionPolicy", "*"]),
        consequence: DataRisk,
        why: retention,
        steps: no_steps,
    },
    Rule {
        of: Of::Kinds(&["StatefulSet"]),
        at: At::Gone,
        consequence: DataRisk,
        why: goes_with_its_set,
        steps: no_steps,
    },
    Rule {
        of: Of::Kinds(&["StatefulSet"]),
        at: At::Created,
        consequence: DataRisk,
        why: begins_empty,
        steps: no_steps,
    },
    Rule {
        of: Of::Kinds(&["CronJob"]),
        at: At::Field(&["**", "command", "*", "*"]),
        consequence: DataRisk,
        why: keeps_fewer,
        steps: no_steps,
    },
];

/// Returns the servers of both sides where the old one has data that outlives its pods.
fn keeping<'s>(seen: &'s Seen<'_>) -> Option<(&'s Server<'s>, &'s Server<'s>)> {
    seen.servers()
        .filter(|(old, _)| old.data != Data::Ephemeral && (old.is_logged() || old.is_saved()))
}

fn log_begins(seen: &Seen<'_>) -> Option<String> {
    let (old, new) = keeping(seen)?;
    (!old.is_logged() && new.is_logged()).then(|| {
        "a restart with it loses all data: the server reads an append-only file that is not there".to_owned()
    })
}

fn log_first(seen: &Seen<'_>) -> Vec<String> {
    if seen.case.old.is_some_and(|old| !old.has_administrator) {
        return vec![
            "# give the server an administrator first (`valkey.password.adminKey`), in a change of its own".to_owned(),
        ];
    }
    vec![
        "# as the server's administrator, before it is applied:".to_owned(),
        "CONFIG SET appendonly yes".to_owned(),
        LOG_IS_THERE.to_owned(),
    ]
}

fn log_ends(seen: &Seen<'_>) -> Option<String> {
    let (old, new) = keeping(seen)?;
    (!new.is_logged() && !old.is_saved()).then(|| {
        "a restart with it loses all data: the server then reads a snapshot, and writes none when it ends because `save` is empty"
            .to_owned()
    })
}

fn nothing_is_kept(seen: &Seen<'_>) -> Option<String> {
    let (_, new) = keeping(seen)?;
    (seen.case.workload.is_store && !new.is_logged() && !new.is_saved()).then(|| {
        "nothing is written to files any more: every restart from then on loses all data".to_owned()
    })
}

fn evicts_more(seen: &Seen<'_>) -> Option<String> {
    let rank = |policy: &str| match policy {
        "noeviction" => 0,
        _ if policy.starts_with("volatile-") => 1,
        _ => 2,
    };
    let (old, new) = (rank(seen.before()?), rank(seen.after()?));
    let what = match new {
        2 => "evicts any key, also one that never expires",
        _ => "evicts keys before they expire, instead of refusing writes",
    };
    (seen.case.workload.is_store && new > old).then(|| format!("a store that is full then {what}"))
}

fn below_data(seen: &Seen<'_>) -> Option<String> {
    let (data, limit) = (
        seen.case.workload.data_bytes?,
        memory::parse(seen.after()?).ok()?,
    );
    let old = seen.before().and_then(|old| memory::parse(old).ok());
    let policy = seen
        .case
        .new?
        .directive("maxmemory-policy")
        .unwrap_or_default();
    let then = match policy {
        "noeviction" | "" => "writes are refused",
        _ => "keys are evicted",
    };
    (limit > 0 && limit < data && old.is_none_or(|old| old == 0 || limit < old))
        .then(|| format!("the declared data of {} does not fit: {then}", binary(data)))
}

fn fewer_databases(seen: &Seen<'_>) -> Option<String> {
    let number = |text: Option<&str>| text.unwrap_or("16").parse::<u64>().ok();
    let (_, new) = (keeping(seen)?, number(seen.after())?);
    (new < number(seen.before())?).then(|| {
        format!(
            "keys in a database above {} are lost: from a log they go to another database, and a server with them in a \
             snapshot does not start",
            new.saturating_sub(1)
        )
    })
}

fn other_files(seen: &Seen<'_>) -> Option<String> {
    keeping(seen)?;
    Some("the server looks for its data elsewhere, and starts empty".to_owned())
}

fn unreadable(seen: &Seen<'_>) -> Option<String> {
    let (old, new) = keeping(seen)?;
    let (writer, reader) = (old.program?, new.program?);
    (reads(reader, writer) == Some(false)).then(|| {
        format!(
            "{} {} does not start on the files of {} {}: `Can't handle RDB format version`",
            reader.0, reader.1, writer.0, writer.1
        )
    })
}

fn other_volume(seen: &Seen<'_>) -> Option<String> {
    let (old, new) = keeping(seen)?;
    let is_data = seen.change.path().is_some_and(|path| {
        path.is_below(&["spec", "volumeClaimTemplates"]) && path.0.len() <= 3
            || path.is_below(&["spec", "template", "spec", "volumes", "redis-data"])
    });
    (is_data && old.moves_to(new)).then(|| {
        format!(
            "the data stays {}, and the server starts {}",
            place(old),
            start(new)
        )
    })
}

/// What a server finds that does not find the data of the one before it.
fn start(server: &Server<'_>) -> String {
    match &server.data {
        Data::Claim(name) => format!("with what is on the claim {name}"),
        _ => "empty".to_owned(),
    }
}

fn place(server: &Server<'_>) -> String {
    match server.claim() {
        Some(claim) => format!("on the claim {claim}"),
        None => "where it is".to_owned(),
    }
}

fn replicas(seen: &Seen<'_>) -> Option<String> {
    let (old, new) = seen.servers()?;
    let said = match new.replicas.cmp(&old.replicas) {
        Ordering::Greater if new.replicas > 1 => {
            "each of the servers has its own data: clients see that of whichever they reach"
        }
        Ordering::Less if old.deletes_when_scaled || new.deletes_when_scaled => {
            "the claims of the pods that go are deleted, because `whenScaled` is Delete"
        }
        _ => return None,
    };
    Some(said.to_owned())
}

/// The server opens its append-only file for writing: only its owner may, or a group that the kubelet gives it to, which
/// it does where the directory belongs to another group (`fsGroupChangePolicy: OnRootMismatch`).
fn other_owner(seen: &Seen<'_>) -> Option<String> {
    let (old, new) = keeping(seen)?;
    let is_regrouped = new.fs_group.is_some() && new.fs_group != old.fs_group;
    (old.is_logged() && new.is_logged() && old.user != new.user && !is_regrouped).then(|| {
        format!(
            "the server does not start: the append-only file is that of the user {}: `Can't open the append-only file: \
             Permission denied`",
            old.user.as_deref().unwrap_or("of the image")
        )
    })
}

fn killed_while_writing(seen: &Seen<'_>) -> Option<String> {
    let (_, new) = keeping(seen)?;
    let seconds = memory::save_seconds(new.maxmemory()?);
    (seen.case.workload.is_store && !new.is_logged() && new.grace_seconds < seconds).then(|| {
        format!(
            "a full server takes up to {seconds} s to write its data when it ends, and is killed after {} s: what was written \
             since the last snapshot is lost",
            new.grace_seconds
        )
    })
}

fn goes_with_its_set(seen: &Seen<'_>) -> Option<String> {
    let old = seen.case.old.filter(|old| old.set == seen.change.object)?;
    old.deletes_when_deleted.then(|| {
        "deleting it deletes its claims and the data on them, because `whenDeleted` is Delete"
            .to_owned()
    })
}

fn retention(seen: &Seen<'_>) -> Option<String> {
    let when = match seen.change.path()?.last() {
        "whenDeleted" => "deleted",
        _ => "scaled down",
    };
    (seen.after()? == "Delete")
        .then(|| format!("the volumes, and the data on them, go when the StatefulSet is {when}"))
}

fn begins_empty(seen: &Seen<'_>) -> Option<String> {
    let (old, new) = keeping(seen)?;
    let is_elsewhere = matches!(
        (&old.set.namespace, &new.set.namespace),
        (Some(old), Some(new)) if old != new
    );
    (seen.change.object == new.set).then(|| {
        if old.claim().is_some() && new.claim() == old.claim() && !is_elsewhere {
            return format!(
                "both servers write to the same claim: stop StatefulSet/{} first",
                old.set.name
            );
        }
        format!(
            "the data stays {}: the new server starts {}",
            place(old),
            start(new)
        )
    })
}

fn keeps_fewer(seen: &Seen<'_>) -> Option<String> {
    let What::Field { old, new, .. } = &seen.change.what else {
        return None;
    };
    let kept = |value: &Option<crate::yaml::Value>| -> Option<u64> {
        let text = value.as_ref()?.as_str()?;
        let (_, rest) = text.split_once("\"$#\" -gt ")?;
        rest.split(' ').next()?.parse().ok()
    };
    let (old, new) = (kept(old)?, kept(new)?);
    (new < old).then(|| format!("the next backup deletes all but the {new} newest"))
}
