//! Backups that would not help.

use super::subject::{Report, Subject};
use super::{Rule, Severity};
use crate::diagnostic::ValuePath;
use crate::kube::quantity::{Quantity, binary};
use crate::redis::memory;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "backup-unpersisted",
        severity: Severity::Warning,
        what: "backups of data that a restart empties",
        why: "With neither the append-only file nor snapshots the server comes back empty. Each backup after that is an empty \
              one, and when as many are kept the last full one is pruned: a server that came back empty looks healthy.",
        fix: "switch `valkey.settings.appendonly` on, or the backup off",
        check: backup_unpersisted,
    },
    Rule {
        code: "backup-keeps-one",
        severity: Severity::Warning,
        what: "backups of which only the newest is kept",
        why: "The one that is kept may be of the very damage that it is needed for: keys deleted by mistake are missing from \
              it as soon as the next one is made.",
        fix: "raise `valkey.backup.keep`: 7 is the default",
        check: backup_keeps_one,
    },
    Rule {
        code: "backup-volume-too-small",
        severity: Severity::Warning,
        what: "a volume on which the backups do not fit",
        why: "A new backup is written and checked before the oldest one goes, so there are keep + 1 at a time. A snapshot is \
              never larger than the data in memory; measured 0.47 to 0.90 of it.",
        fix: "leave `valkey.backup.storage.requestedSize` out: it is derived as (keep + 1) x maxmemory",
        check: backup_volume_too_small,
    },
    Rule {
        code: "backup-suspended",
        severity: Severity::Note,
        what: "backups that are switched on and suspended",
        why: "A suspended CronJob makes no backup and fails no job: nothing but this tells that there are none while \
              `valkey.backup.enabled` is true.",
        fix: "remove `valkey.backup.suspend` when the reason for it is gone",
        check: backup_suspended,
    },
];

fn backup_unpersisted(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some(cache) = subject.cache().filter(|cache| cache.backup.is_some()) else {
        return;
    };
    let switches = &cache.server.switches;
    if !switches.appendonly && !switches.has_snapshots {
        let settings = subject.decisive(&[
            "valkey.settings.extra.appendonly",
            "valkey.settings.appendonly",
            "valkey.settings.extra.save",
            "valkey.settings.save",
        ]);
        report
            .value(
                ValuePath::of("valkey.backup.enabled"),
                "after a restart the server is empty, and so is every backup from then on",
            )
            .related(&settings, "nothing is written to the volume");
    }
}

fn backup_keeps_one(subject: &Subject<'_>, report: &mut Report<'_>) {
    let backup = subject.cache().and_then(|cache| cache.backup.as_ref());
    if backup.is_some_and(|backup| backup.keep == 1) {
        report.value(
            ValuePath::of("valkey.backup.keep"),
            "only the newest backup is kept: what is damaged today is in it tomorrow",
        );
    }
}

fn backup_volume_too_small(subject: &Subject<'_>, report: &mut Report<'_>) {
    let Some((cache, backup)) = subject
        .cache()
        .and_then(|cache| Some((cache, cache.backup.as_ref()?)))
        .filter(|(_, backup)| backup.storage.is_ours)
    else {
        return;
    };
    let Some(size) = Quantity::parse(&backup.storage.size)
        .ok()
        .and_then(|size| size.floor())
    else {
        return;
    };
    let maxmemory = cache.server.switches.maxmemory;
    let wanted = maxmemory.saturating_mul(backup.keep.saturating_add(1));
    if size < wanted {
        let message = format!(
            "the volume of {} holds less than {} backups of up to {} each",
            backup.storage.size,
            backup.keep.saturating_add(1),
            binary(maxmemory)
        );
        report
            .value(
                ValuePath::of("valkey.backup.storage.requestedSize"),
                message,
            )
            .related(&ValuePath::of("valkey.backup.keep"), "this many are kept")
            .help(format!(
                "set it to {}, or leave it out",
                binary(memory::backup_bytes(maxmemory, backup.keep))
            ));
    }
}

fn backup_suspended(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.cache().is_some_and(|cache| cache.backup.is_some())
        && subject.values.valkey.backup.suspend
    {
        report.value(
            ValuePath::of("valkey.backup.suspend"),
            "no backup is made for the time being",
        );
    }
}
