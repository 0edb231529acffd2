//! How numbers of the output are worked out, with the numbers in it.
//!
//! A row says the rule and works it out by itself, with the constants of `redis::memory`'s documentation; a test
//! compares what it comes to with what is rendered.

use super::Subject;
use crate::diagnostic::ValuePath;
use crate::kube::quantity::binary;
use crate::path::Path;
use crate::redis::memory;
use crate::tier::{Backup, Cache};
use crate::values::merge::Effective;
use crate::yaml::Node;

/// How a number was worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formula {
    /// The field that has the number.
    pub field: String,
    /// The rule, in words.
    pub rule: &'static str,
    /// The rule with its numbers.
    pub numbers: String,
    /// What it comes to, as the field says it.
    pub result: String,
}

/// What a formula is worked out from.
struct Situation<'s> {
    cache: &'s Cache,
    effective: &'s Effective,
}

/// One formula: where it applies, what it says, and how it is worked out; nothing where the value was given.
struct Row {
    file: &'static str,
    field: &'static str,
    rule: &'static str,
    work_out: fn(&Situation<'_>) -> Option<(String, String)>,
}

const ROWS: &[Row] = &[
    Row {
        file: "configmap-redis.yaml.j2",
        field: "data[\"redis.conf\"].maxmemory",
        rule: "`valkey.settings.maxmemory` in bytes; kb, mb and gb are powers of 1024, k, m and g of 1000",
        work_out: |situation| {
            let text = situation.said("valkey.settings.maxmemory")?;
            let bytes = memory::parse(text).ok()?;
            let is_it = bytes == situation.maxmemory();
            is_it.then(|| (text.to_owned(), format!("maxmemory {bytes}")))
        },
    },
    Row {
        file: "statefulset.yaml.j2",
        field: "spec.template.spec.containers[redis].resources.limits.memory",
        rule: "2.1 x maxmemory + 32 MiB, up to the next 64 MiB; at least the request",
        work_out: |situation| {
            let request = situation.said("valkey.resources.requests.memory");
            let request = request.map_or(0, |text| memory::parse(text).unwrap_or(0));
            situation.unsaid("valkey.resources.limits.memory")?;
            let maxmemory = situation.maxmemory();
            let needed = tenths(maxmemory, 21);
            let limit = steps(needed).max(u128::from(request));
            Some((
                format!("2.1 x {maxmemory} + 33554432 = {needed}"),
                bytes(limit),
            ))
        },
    },
    Row {
        file: "statefulset.yaml.j2",
        field: "spec.template.spec.containers[redis].resources.requests.memory",
        rule: "1.3 x maxmemory + 32 MiB, up to the next 64 MiB; at most the limit",
        work_out: |situation| {
            situation.unsaid("valkey.resources.requests.memory")?;
            let limit = situation.said("valkey.resources.limits.memory");
            let limit = limit.and_then(|text| memory::parse(text).ok());
            let maxmemory = situation.maxmemory();
            let needed = tenths(maxmemory, 13);
            let request = steps(needed).min(limit.map_or(u128::MAX, u128::from));
            Some((
                format!("1.3 x {maxmemory} + 33554432 = {needed}"),
                bytes(request),
            ))
        },
    },
    Row {
        file: "statefulset.yaml.j2",
        field: "spec.template.spec.terminationGracePeriodSeconds",
        rule: "2 x maxmemory at 50 MB/s, at least 60",
        work_out: |situation| {
            situation.unsaid("terminationGracePeriodSeconds")?;
            let maxmemory = situation.maxmemory();
            let seconds = (u128::from(maxmemory) * 2).div_ceil(50_000_000);
            Some((
                format!("2 x {maxmemory} / 50000000 = {seconds}"),
                seconds.max(60).to_string(),
            ))
        },
    },
    Row {
        file: "statefulset.yaml.j2",
        field: "spec.template.spec.containers[redis].startupProbe.failureThreshold",
        rule: "1.5 x what loading takes at 20 MB/s, in looks 2 s apart, at least 30; with the append-only file 2 x maxmemory are loaded, at least 64 MiB",
        work_out: |situation| {
            situation.unsaid("valkey.probes.startup.failureThreshold")?;
            let maxmemory = u128::from(situation.maxmemory());
            let loaded = match situation.cache.server.switches.appendonly {
                true => (maxmemory * 2).max(64 << 20),
                false => maxmemory,
            };
            let looks = (loaded * 15).div_ceil(400_000_000);
            Some((
                format!("1.5 x {loaded} / 20000000 / 2 = {looks}"),
                looks.clamp(30, (1 << 31) - 1).to_string(),
            ))
        },
    },
    Row {
        file: "persistentvolumeclaim-backup.yaml.j2",
        field: "spec.resources.requests.storage",
        rule: "(keep + 1) x maxmemory, up to the next GiB",
        work_out: |situation| {
            situation.unsaid("valkey.backup.storage.requestedSize")?;
            let keep = situation.backup()?.keep;
            let maxmemory = situation.maxmemory();
            let needed = u128::from(maxmemory) * (u128::from(keep) + 1);
            let size = needed.div_ceil(1 << 30).max(1) << 30;
            Some((
                format!("({keep} + 1) x {maxmemory} = {needed}"),
                bytes(size),
            ))
        },
    },
    Row {
        file: "cronjob-backup.yaml.j2",
        field: "spec.jobTemplate.spec.activeDeadlineSeconds",
        rule: "10 minutes, and in each attempt maxmemory written and read again at 20 MB/s",
        work_out: |situation| {
            let attempts = situation.backup()?.retries + 1;
            let maxmemory = situation.maxmemory();
            let transfer = u128::from(maxmemory) * 2 * u128::from(attempts);
            let seconds = 600 + transfer.div_ceil(20_000_000);
            Some((
                format!("600 + {attempts} x 2 x {maxmemory} / 20000000 = {seconds}"),
                seconds.min((1 << 31) - 1).to_string(),
            ))
        },
    },
];

/// Returns the formulas of a field of the object of a template, and of what is in it.
pub fn of(subject: &Subject<'_>, file: &str, field: &Path) -> Vec<Formula> {
    let Some(cache) = &subject.tier.cache else {
        return Vec::new();
    };
    let situation = Situation {
        cache,
        effective: subject.effective,
    };
    let asked = field.to_string();
    ROWS.iter()
        .filter(|row| row.file == file)
        .filter(|row| {
            let below = row.field.strip_prefix(&asked);
            !asked.is_empty()
                && below.is_some_and(|below| below.is_empty() || below.starts_with(['.', '[']))
        })
        .filter_map(|row| {
            let (numbers, result) = (row.work_out)(&situation)?;
            Some(Formula {
                field: row.field.to_owned(),
                rule: row.rule,
                numbers,
                result,
            })
        })
        .collect()
}

impl Situation<'_> {
    fn maxmemory(&self) -> u64 {
        self.cache.server.switches.maxmemory
    }

    fn backup(&self) -> Option<&Backup> {
        self.cache.backup.as_ref()
    }

    /// The text of a value that is set.
    fn said(&self, path: &str) -> Option<&str> {
        let node = self.effective.get(&ValuePath::of(path));
        let scalar = node.filter(|node| !node.is_null()).and_then(Node::scalar)?;
        Some(&*scalar.text).filter(|text| !text.is_empty())
    }

    /// Something where a value is not set.
    fn unsaid(&self, path: &str) -> Option<()> {
        self.said(path).is_none().then_some(())
    }
}

/// So many tenths of a size, and 32 MiB.
fn tenths(size: u64, tenths: u128) -> u128 {
    (u128::from(size) * tenths).div_ceil(10) + (32 << 20)
}

/// Up to the next 64 MiB.
fn steps(size: u128) -> u128 {
    size.div_ceil(64 << 20) * (64 << 20)
}

fn bytes(size: u128) -> String {
    binary(u64::try_from(size).unwrap_or(u64::MAX))
}
