//! Requests and limits: what the user says, and for the server's memory what maxmemory comes to.

use super::rules::{self, Rules};
use super::settings;
use crate::kube::quantity::{Quantity, binary};
use crate::kube::valid::{self, Faults};
use crate::redis::memory;
use crate::values::Values;
use crate::values::schema::Resources;
use crate::values::types::TextMap;
use crate::yaml::{Mapping, Value};

/// Bytes below which the kernel kills a container before its program runs: with containerd 1.6 and runc 1.1, a shell did not
/// start in 2 MiB, and did in 4.
const LEAST_MEMORY: u64 = 4 << 20;

/// Requests and limits of the container that writes the users: it runs a shell for a moment.
pub(super) fn init() -> Value {
    let amounts = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(name, text)| (*name, Value::from(*text)));
        Value::Mapping(pairs.collect())
    };
    Value::Mapping(Mapping::from_iter([
        ("requests", amounts(&[("cpu", "10m"), ("memory", "16Mi")])),
        ("limits", amounts(&[("memory", "64Mi")])),
    ]))
}

/// Requests and limits of the server: what the user says, and for memory what maxmemory comes to.
pub(super) fn resolve(values: &Values, maxmemory: Option<u64>, rules: &mut Rules<'_>) -> Value {
    const PATH: &str = "valkey.resources";
    let (mut requests, mut limits) = read(PATH, values.valkey.resources.as_ref(), rules);
    let bytes = |map: &Mapping| amount(map, "memory").and_then(|memory| memory.floor());
    let (stated_request, stated_limit) = (bytes(&requests), bytes(&limits));
    if let (Some(maxmemory), Some(limit)) = (maxmemory, stated_limit)
        && maxmemory >= limit
    {
        let path = settings::maxmemory_path(rules);
        let message = format!(
            "the memory limit of {} does not even hold maxmemory, {}: the kernel would kill the server before it is full",
            binary(limit),
            binary(maxmemory)
        );
        rules
            .value(
                "limit-below-maxmemory",
                rules::path(PATH).key("limits").key("memory"),
                message,
            )
            .related(rules::path(path), "maxmemory")
            .help(format!(
                "leave the limit out: {} is the worst case for this maxmemory",
                binary(memory::worst_case_limit(maxmemory))
            ));
    }
    reconcile(PATH, &mut requests, &mut limits, rules);
    if let Some(maxmemory) = maxmemory {
        if limits.get("memory").is_none() {
            let limit = memory::worst_case_limit(maxmemory).max(stated_request.unwrap_or(0));
            limits.insert("memory", binary(limit).into());
        }
        if requests.get("memory").is_none() {
            let request = stated_limit.map_or(memory::request(maxmemory), |limit| {
                limit.min(memory::request(maxmemory))
            });
            requests.insert("memory", binary(request).into());
        }
    }
    Value::Mapping(Mapping::from_iter([
        ("requests", Value::Mapping(requests)),
        ("limits", Value::Mapping(limits)),
    ]))
}

/// Requests and limits that are the user's alone; nothing where there are none.
pub(super) fn stated(
    dotted: &str,
    resources: Option<&Resources>,
    rules: &mut Rules<'_>,
) -> Option<Value> {
    let (mut requests, mut limits) = read(dotted, Some(resources?), rules);
    let memory = amount(&limits, "memory");
    if let Some(limit) = memory.filter(|limit| limit.floor() < Some(LEAST_MEMORY)) {
        let message = format!(
            "`{limit}` has no unit, or too small a one: with less than {} no container starts",
            binary(LEAST_MEMORY)
        );
        rules
            .value(
                "invalid-quantity",
                rules::path(dotted).key("limits").key("memory"),
                message,
            )
            .help("write a number and a unit, such as `128Mi`");
        limits = limits
            .iter()
            .filter(|(name, _)| *name != "memory")
            .map(|(name, amount)| (name, amount.clone()))
            .collect();
    }
    reconcile(dotted, &mut requests, &mut limits, rules);
    let part = |map: Mapping| match map.is_empty() {
        true => Value::Null,
        false => Value::Mapping(map),
    };
    match (part(requests), part(limits)) {
        (Value::Null, Value::Null) => None,
        (requests, limits) => Some(Value::Mapping(Mapping::from_iter([
            ("requests", requests),
            ("limits", limits),
        ]))),
    }
}

/// Reads requests and limits; what is no amount is reported and left out.
fn read(dotted: &str, resources: Option<&Resources>, rules: &mut Rules<'_>) -> (Mapping, Mapping) {
    let Some(resources) = resources else {
        return (Mapping::default(), Mapping::default());
    };
    let mut part = |kind: &str, map: &TextMap| {
        let mut amounts = Mapping::default();
        for (name, text) in &map.0 {
            let path = rules::path(dotted).key(kind).key(name);
            if rules.quantity(path.clone(), text).is_none() {
                continue;
            }
            let amount = Value::from(text.as_str());
            let mut faults = Faults::default();
            valid::amount(name, &amount, &path, &mut faults);
            match faults.0.is_empty() {
                true => amounts.insert(name, amount),
                false => rules.faults(faults),
            }
        }
        amounts
    };
    (
        part("requests", &resources.requests),
        part("limits", &resources.limits),
    )
}

/// Lets a default give way to what the user says of the other side, and reports what cannot be.
fn reconcile(dotted: &str, requests: &mut Mapping, limits: &mut Mapping, rules: &mut Rules<'_>) {
    let path = rules::path(dotted);
    let names: Vec<String> = limits.iter().map(|(name, _)| name.to_owned()).collect();
    for name in &names {
        let (Some(request), Some(limit)) = (amount(requests, name), amount(limits, name)) else {
            continue;
        };
        let is_users = |kind: &str| rules.is_from_user(&path.clone().key(kind).key(name));
        match (request > limit, is_users("requests"), is_users("limits")) {
            (true, false, true) => requests.insert(name, limit.to_string().into()),
            (true, true, false) => limits.insert(name, request.to_string().into()),
            _ => {}
        }
    }
    let both = Mapping::from_iter([
        ("requests", Value::Mapping(requests.clone())),
        ("limits", Value::Mapping(limits.clone())),
    ]);
    let mut faults = Faults::default();
    valid::requirements(&both, &path, &mut faults);
    rules.faults(faults);
}

fn amount(map: &Mapping, name: &str) -> Option<Quantity> {
    Quantity::parse(map.get(name)?.as_str()?).ok()
}
