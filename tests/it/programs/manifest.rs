//! The rendered objects, as a reader of YAML sees them. Knows nothing of how they were made.

use std::collections::BTreeMap;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::roots;
use crate::planting;

/// The objects of one render.
#[derive(Debug)]
pub(super) struct Manifest {
    /// The bytes of the stream.
    pub(super) text: String,
    /// Its documents.
    pub(super) objects: Vec<Value>,
}

/// A Secret's name and data.
#[derive(Debug, Clone)]
pub(super) struct Secret {
    pub(super) name: String,
    pub(super) data: BTreeMap<String, Vec<u8>>,
}

impl Manifest {
    /// Renders with further arguments; panics unless that succeeds.
    pub(super) fn render<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Self {
        Self::of("render", arguments)
    }

    fn of<S: AsRef<std::ffi::OsStr>>(subcommand: &str, arguments: &[S]) -> Self {
        Self::try_of(subcommand, arguments).unwrap_or_else(|said| panic!("{subcommand}: {said}"))
    }

    /// Runs a command of the product that writes objects; returns what it said on failure.
    pub(super) fn try_of<S: AsRef<std::ffi::OsStr>>(
        subcommand: &str,
        arguments: &[S],
    ) -> Result<Self, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cachegen"));
        command.arg(subcommand).args(arguments);
        let output = roots::output(&mut command, b"");
        if !output.status.success() {
            return Err(format!(
                "{}\n{}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        let text = String::from_utf8(output.stdout).expect("a manifest is UTF-8");
        let text = planting::into(text);
        // As YAML 1.2 has it: `yes` is a text.
        let options = serde_yaml::options! { strict_booleans: true };
        let objects =
            serde_yaml::from_multiple_with_options(&text, options).expect("a manifest is YAML");
        Ok(Self { text, objects })
    }

    /// Returns the only object of a kind.
    pub(super) fn only(&self, kind: &str) -> &Value {
        let mut found = self.objects.iter().filter(|object| object["kind"] == kind);
        let object = found
            .next()
            .unwrap_or_else(|| panic!("no {kind} is rendered"));
        assert!(found.next().is_none(), "more than one {kind} is rendered");
        object
    }

    /// Returns the only object of a kind, to be changed.
    pub(super) fn only_mut(&mut self, kind: &str) -> &mut Value {
        self.only(kind);
        let mut objects = self.objects.iter_mut();
        let found = objects.find(|object| object["kind"] == kind);
        found.expect("there is one")
    }

    /// Returns the only object of a kind whose name ends so.
    pub(super) fn named(&self, kind: &str, ending: &str) -> &Value {
        let mut found = self.objects.iter().filter(|object| {
            object["kind"] == kind && string(&object["metadata"]["name"]).ends_with(ending)
        });
        let object = found
            .next()
            .unwrap_or_else(|| panic!("no {kind} …{ending} is rendered"));
        assert!(found.next().is_none(), "more than one {kind} …{ending}");
        object
    }

    /// Adds a line to the configuration of the server: what only tests want of it.
    pub(super) fn configure(&mut self, line: &str) {
        let file = self.configuration();
        *file = format!("{}{line}\n", string(file)).into();
    }

    /// Gives the server another configuration.
    pub(super) fn set_configuration(&mut self, text: &str) {
        *self.configuration() = text.into();
    }

    fn configuration(&mut self) -> &mut Value {
        let mut files = self
            .objects
            .iter_mut()
            .filter(|object| object["kind"] == "ConfigMap")
            .filter_map(|object| object["data"].get_mut("redis.conf"));
        files.next().expect("a ConfigMap has redis.conf")
    }

    /// Returns the data of a ConfigMap.
    pub(super) fn config_map(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let object = self
            .objects
            .iter()
            .find(|object| object["kind"] == "ConfigMap" && object["metadata"]["name"] == name)
            .unwrap_or_else(|| panic!("no ConfigMap {name} is rendered"));
        entries(&object["data"])
            .map(|(key, text)| (key.clone(), string(text).as_bytes().to_vec()))
            .collect()
    }

    /// Returns the memory limit of the server's container in bytes.
    pub(super) fn memory_limit(&self) -> u64 {
        let spec = &self.only("StatefulSet")["spec"]["template"]["spec"];
        let limit = string(&container(spec, "redis")["resources"]["limits"]["memory"]);
        let mebibytes = limit.strip_suffix("Mi").expect("the limit is in Mi");
        mebibytes.parse::<u64>().expect("the limit is a number") << 20
    }
}

impl Secret {
    /// Returns the Secret that `cachegen secret` makes for the same arguments.
    pub(super) fn generate<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Self {
        Self::of(Manifest::of("secret", arguments).only("Secret"))
    }

    /// Returns what a Secret holds.
    pub(super) fn of(object: &Value) -> Self {
        let mut data: BTreeMap<String, Vec<u8>> = entries(&object["stringData"])
            .map(|(key, text)| (key.clone(), string(text).as_bytes().to_vec()))
            .collect();
        for (key, text) in entries(&object["data"]) {
            let bytes = STANDARD
                .decode(string(text))
                .expect("a Secret's data is Base64");
            data.insert(key.clone(), bytes);
        }
        Self {
            name: string(&object["metadata"]["name"]).to_owned(),
            data,
        }
    }

    /// Returns the bytes under a key.
    pub(super) fn password(&self, key: &str) -> &[u8] {
        self.data
            .get(key)
            .unwrap_or_else(|| panic!("the Secret has no key {key}, but {:?}", self.data.keys()))
    }
}

/// Returns a container of a pod.
pub(super) fn container<'s>(pod: &'s Value, name: &str) -> &'s Value {
    elements(&pod["containers"])
        .iter()
        .find(|container| container["name"] == name)
        .unwrap_or_else(|| panic!("the pod has no container {name}"))
}

/// Returns the entries of an object that may be missing.
pub(super) fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    assert!(value.is_object() || value.is_null(), "not a map: {value}");
    value.as_object().into_iter().flatten()
}

/// Returns the elements of a list that may be missing.
pub(super) fn elements(value: &Value) -> &[Value] {
    assert!(value.is_array() || value.is_null(), "not a list: {value}");
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Returns a string.
pub(super) fn string(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a string: {value}"))
}

/// Returns an integer.
pub(super) fn integer(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("not a number: {value}"))
}

/// Returns whether a selector of labels selects; one that selects everything does not count.
pub(super) fn selects(selector: &Value, labels: &Value) -> bool {
    if selector.get("matchExpressions").is_some() {
        // Of the user's own: ours have none.
        return false;
    }
    let wanted = selector.get("matchLabels").unwrap_or(selector);
    let mut wanted = entries(wanted).peekable();
    wanted.peek().is_some() && wanted.all(|(key, value)| labels[key] == *value)
}
