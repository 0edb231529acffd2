//! Names and addresses: lines of the hosts file, the resolver, ports of Services.

use std::net::IpAddr;

use super::{Faults, list};
use crate::diagnostic::ValuePath;
use crate::kube::name;
use crate::yaml::{Mapping, Value};

const MAX_NAMESERVERS: usize = 3;
const MAX_SEARCHES: usize = 32;
const MAX_SEARCH_CHARACTERS: usize = 2048;

pub(super) fn host_alias(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    match map.text("ip") {
        Some(ip) => address(ip, path.clone().key("ip"), faults),
        None => faults.missing(map, "ip", path, "a line of the hosts file needs an `ip`"),
    }
    for (index, host) in list(map, "hostnames").iter().enumerate() {
        if let Some(Err(rule)) = host.as_str().map(name::dns_subdomain) {
            let path = path.clone().key("hostnames").index(index);
            faults.value("invalid-name", path, format!("the name of a host {rule}"));
        }
    }
}

pub(super) fn dns_config(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    let (servers, searches) = (list(map, "nameservers"), list(map, "searches"));
    for (index, server) in servers.iter().enumerate() {
        if let Some(server) = server.as_str() {
            address(server, path.clone().key("nameservers").index(index), faults);
        }
    }
    if servers.len() > MAX_NAMESERVERS {
        let message = format!("there are at most {MAX_NAMESERVERS} name servers");
        let path = path.clone().key("nameservers").index(MAX_NAMESERVERS);
        faults.value("too-many", path, message);
    }
    let mut n_characters = 0;
    for (index, search) in searches.iter().enumerate() {
        let search = search.as_str().unwrap_or_default();
        n_characters += search.len() + 1;
        // A final point, as in a zone file, is allowed, and so is the root; `_` since 1.33 (`RelaxedDNSSearchValidation`).
        let bare = search.strip_suffix('.').unwrap_or(search).replace('_', "x");
        if search != "."
            && let Err(rule) = name::dns_subdomain(&bare)
        {
            let path = path.clone().key("searches").index(index);
            faults.value("invalid-name", path, format!("a search domain {rule}"));
        }
    }
    if searches.len() > MAX_SEARCHES || n_characters > MAX_SEARCH_CHARACTERS + 1 {
        let message = format!(
            "there are at most {MAX_SEARCHES} search domains of {MAX_SEARCH_CHARACTERS} characters together"
        );
        faults.value("too-many", path.clone().key("searches"), message);
    }
    for (index, option) in list(map, "options").iter().enumerate() {
        let option = option.as_mapping();
        if let Some(option) = option.filter(|option| option.text("name").is_none()) {
            let path = path.clone().key("options").index(index);
            faults.missing(option, "name", &path, "an option needs a `name`");
        }
    }
}

pub(super) fn service_port(map: &Mapping, path: &ValuePath, faults: &mut Faults) {
    faults.range(map, "port", path, 1, 65535);
    faults.name(map, "name", path, "the name of a port", name::dns_label);
    port(map, "targetPort", path, faults);
}

/// A port by number or name.
pub(super) fn port(map: &Mapping, key: &str, path: &ValuePath, faults: &mut Faults) {
    match map.get(key) {
        Some(Value::Number(_)) => faults.range(map, key, path, 1, 65535),
        Some(Value::String(text)) => {
            if let Err(rule) = name::port_name(text) {
                let message = format!("the name of a port {rule}");
                let fault = faults.value("invalid-name", path.clone().key(key), message);
                if text.parse::<u16>().is_ok() {
                    fault.help = Some(format!("for the port {text}, leave the quotes out"));
                }
            }
        }
        _ => {}
    }
}

/// An address, without numbers that start with a zero: others read them as octal.
fn address(text: &str, path: ValuePath, faults: &mut Faults) {
    if text.parse::<IpAddr>().is_err() {
        faults.value(
            "invalid-address",
            path,
            format!("`{text}` is not an address, such as `10.0.0.1` or `fd00::1`"),
        );
    }
}
