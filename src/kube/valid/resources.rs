//! Requests and limits: which resources there are, and what amounts of them.

use super::Faults;
use crate::diagnostic::{Place, ValuePath};
use crate::kube::label;
use crate::kube::quantity::Quantity;
use crate::yaml::{Mapping, Value};

/// Resources of Kubernetes' own that a container can have.
const STANDARD: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

const HUGE_PAGES: &str = "hugepages-";

/// What every container asks for, checked together.
pub fn requirements(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    for kind in ["limits", "requests"] {
        for (name, quantity) in part(map, kind) {
            amount(name, quantity, &path.clone().key(kind).key(name), faults);
        }
    }
    requests_within_limits(map, path, faults);
    let asks = |name: &str| {
        ["limits", "requests"]
            .iter()
            .any(|kind| part(map, kind).any(|(other, _)| other == name))
    };
    if let Some((name, _)) = part(map, "limits").find(|(name, _)| name.starts_with(HUGE_PAGES))
        && !asks("cpu")
        && !asks("memory")
    {
        let path = path.clone().key("limits").key(name);
        faults.key(
            "missing-value",
            path,
            "huge pages need `cpu` or `memory` beside them",
        );
    }
}

/// Reports requests that are more than the limit, and limits that have to be what is requested.
fn requests_within_limits(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    for (name, request) in part(map, "requests") {
        let request_path = path.clone().key("requests").key(name);
        let limit = part(map, "limits").find(|(other, _)| *other == name);
        let is_shared = STANDARD.contains(&name);
        let Some((_, limit)) = limit else {
            if !is_shared && is_known(name) {
                let message =
                    format!("`{name}` cannot be shared: it needs a limit, as much as is requested");
                faults.key("missing-value", request_path, message);
            }
            continue;
        };
        let (Some(asked), Some(most)) = (read(request), read(limit)) else {
            continue;
        };
        let limit_path = path.clone().key("limits").key(name);
        let (asked_text, most_text) = (&asked, &most);
        let fault = if asked > most {
            let message = format!(
                "more {name} is requested, {asked_text}, than the limit allows, {most_text}"
            );
            faults.value("request-above-limit", request_path, message)
        } else if asked < most && !is_shared {
            let message = format!(
                "`{name}` cannot be shared: what is requested, {asked_text}, has to be the limit, {most_text}"
            );
            faults.value("request-below-limit", request_path, message)
        } else {
            continue;
        };
        fault
            .related
            .push((Place::Value(limit_path), "the limit".to_owned()));
    }
}

fn part<'m>(map: &'m Mapping, kind: &str) -> impl Iterator<Item = (&'m str, &'m Value)> {
    let part = map.get(kind).and_then(Value::as_mapping);
    part.into_iter()
        .flat_map(Mapping::iter)
        .filter(|(_, amount)| **amount != Value::Null)
}

/// Reads an amount, which is text however it was written.
fn read(amount: &Value) -> Option<Quantity> {
    Quantity::parse(amount.as_str()?).ok()
}

/// Tells whether containers can have a resource of this name: `validateContainerResourceName`.
fn is_known(name: &str) -> bool {
    STANDARD.contains(&name) || name.starts_with(HUGE_PAGES) || is_extended(name)
}

/// Extended resources have a domain of somebody else's: `IsExtendedResourceName`.
fn is_extended(name: &str) -> bool {
    name.contains('/')
        && !name.contains("kubernetes.io/")
        && !name.starts_with("requests.")
        && label::key(name).is_ok()
}

/// Checks the name of a resource and how much there is of it.
pub fn amount(name: &str, amount: &Value, path: &ValuePath, faults: &mut Faults) {
    if !is_known(name) {
        let message = format!("`{name}` is not a resource of containers");
        let fault = faults.key("unknown-resource", path.clone(), message);
        let near = crate::diagnostic::nearest(name, STANDARD);
        fault.help = Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "there are `cpu`, `memory`, `ephemeral-storage`, `hugepages-<size>`, and others with a domain, such as `nvidia.com/gpu`".to_owned(),
        });
        return;
    }
    let Some(quantity) = read(amount) else {
        return;
    };
    if quantity.is_negative() {
        let message = format!("`{quantity}` is negative");
        faults.value("invalid-quantity", path.clone(), message);
        return;
    }
    let is_whole = quantity.floor() == quantity.ceil();
    if name != "cpu" && !is_whole {
        let what = if is_extended(name) { name } else { "bytes" };
        let message = format!("`{quantity}` is not a whole number of {what}");
        let fault = faults.value("invalid-quantity", path.clone(), message);
        if quantity.to_string().ends_with('m') && !is_extended(name) {
            fault.help = Some(
                "`m` is a thousandth: write `Mi` for mebibytes, or `M` for megabytes".to_owned(),
            );
        }
    }
    let page = name.strip_prefix(HUGE_PAGES).map(Quantity::parse);
    match page {
        Some(Err(_)) => {
            let message = format!("`{name}` does not end with a size, such as `hugepages-2Mi`");
            faults.key("unknown-resource", path.clone(), message);
        }
        Some(Ok(page)) => {
            // `IsHugePageResourceValueDivisible`: no page at all is a number of pages.
            let bytes = page
                .floor()
                .filter(|bytes| *bytes > 0 && page.ceil() == Some(*bytes));
            let is_multiple = bytes
                .zip(quantity.floor())
                .is_some_and(|(page, all)| all.is_multiple_of(page));
            if !is_multiple {
                let message = format!("`{quantity}` is not a number of whole pages of `{name}`");
                faults.value("invalid-quantity", path.clone(), message);
            }
        }
        None => {}
    }
}
