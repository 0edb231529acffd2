//! Requests and limits: what the user says, and for the server's memory what maxmemory comes to.

use super::rules::{self, Rules};
use crate::kube::quantity::{Quantity, binary};
use crate::redis::memory;
use crate::values::Values;
use crate::values::schema::Resources;
use crate::values::types::TextMap;
use crate::yaml::{Mapping, Value};

/// Requests and limits of the server: what the user says, and for memory what maxmemory comes to.
pub(super) fn resolve(values: &Values, maxmemory: Option<u64>, rules: &mut Rules<'_>) -> Value {
    let empty = TextMap::default();
    let (requests, limits) = match &values.valkey.resources {
        Some(resources) => (&resources.requests, &resources.limits),
        None => (&empty, &empty),
    };
    let mut bytes = |kind: &str, map: &TextMap| {
        let mut memory = None;
        for (name, text) in &map.0 {
            let path = rules::path("valkey.resources").key(kind).key(name);
            let quantity = rules.quantity(path, text);
            if name == "memory" {
                memory = quantity.and_then(|quantity| quantity.floor());
            }
        }
        memory
    };
    let (stated_request, stated_limit) = (bytes("requests", requests), bytes("limits", limits));
    let (request_path, limit_path) = (
        rules::path("valkey.resources.requests.memory"),
        rules::path("valkey.resources.limits.memory"),
    );
    let mut requests = rules::mapping(requests);
    let mut limits = rules::mapping(limits);
    if let (Some(maxmemory), Some(limit)) = (maxmemory, stated_limit)
        && maxmemory >= limit
    {
        let message = format!(
            "the memory limit of {} does not even hold maxmemory, {}: the kernel would kill the server before it is full",
            binary(limit),
            binary(maxmemory)
        );
        rules
            .value("limit-below-maxmemory", limit_path.clone(), message)
            .related(rules::path("valkey.settings.maxmemory"), "maxmemory")
            .help(format!(
                "leave the limit out: {} is the worst case for this maxmemory",
                binary(memory::worst_case_limit(maxmemory))
            ));
    }
    if let (Some(request), Some(limit)) = (stated_request, stated_limit)
        && request > limit
    {
        rules
            .value(
                "request-above-limit",
                request_path,
                format!(
                    "more memory is requested, {}, than the limit allows, {}",
                    binary(request),
                    binary(limit)
                ),
            )
            .related(limit_path, "the limit");
    }
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

/// Checks requests and limits that are the user's alone; nothing where there are none.
pub(super) fn stated(
    dotted: &str,
    resources: Option<&Resources>,
    rules: &mut Rules<'_>,
) -> Option<Value> {
    let resources = resources?;
    for (name, limit) in &resources.limits.0 {
        let path = rules::path(dotted).key("limits").key(name);
        rules.quantity(path, limit);
    }
    for (name, request) in &resources.requests.0 {
        let path = rules::path(dotted).key("requests").key(name);
        let request = rules.quantity(path.clone(), request);
        let limit = resources.limits.0.iter().find(|(other, _)| other == name);
        let limit = limit.and_then(|(_, limit)| Quantity::parse(limit).ok());
        if let (Some(request), Some(limit)) = (request, limit)
            && request > limit
        {
            rules
                .value(
                    "request-above-limit",
                    path,
                    format!("more {name} is requested, {request}, than the limit allows, {limit}"),
                )
                .related(rules::path(dotted).key("limits").key(name), "the limit");
        }
    }
    let part = |map: &TextMap| match rules::mapping(map) {
        map if map.is_empty() => Value::Null,
        map => Value::Mapping(map),
    };
    match (part(&resources.requests), part(&resources.limits)) {
        (Value::Null, Value::Null) => None,
        (requests, limits) => Some(Value::Mapping(Mapping::from_iter([
            ("requests", requests),
            ("limits", limits),
        ]))),
    }
}
