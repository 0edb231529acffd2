//! The configuration file: our directives with the user's settings, each checked against the table of the server.

use std::borrow::Cow;

use serde::Serialize;

use super::rules::{self, Rules};
use crate::diagnostic::{MAX_HINTED, ValuePath};
use crate::redis::base::SECTIONS;
use crate::redis::conf::{self, Directive, Kind, Lookup};
use crate::redis::version::{Engine, Version};
use crate::values::Values;
use crate::values::schema::Settings;

/// The most bytes of `maxmemory`: no machine has as many, and what is derived from it stays within 63 bits.
const MAXMEMORY_MAX: u64 = 1 << 50;

/// A directive that has a key of its own in the values.
#[derive(Debug)]
pub struct Keyed {
    /// The directive.
    pub directive: &'static str,
    /// The key, from the top of the values.
    pub path: &'static str,
    text: fn(&Settings) -> Cow<'_, str>,
}

/// Every directive that has a key of its own; one of the same name in `valkey.settings.extra` replaces it.
pub const KEYED: [Keyed; 7] = [
    Keyed {
        directive: "maxmemory",
        path: "valkey.settings.maxmemory",
        text: |settings| (&settings.maxmemory).into(),
    },
    Keyed {
        directive: "maxmemory-policy",
        path: "valkey.settings.maxmemoryPolicy",
        text: |settings| (&settings.maxmemory_policy).into(),
    },
    Keyed {
        directive: "appendonly",
        path: "valkey.settings.appendonly",
        text: |settings| if settings.appendonly.0 { "yes" } else { "no" }.into(),
    },
    Keyed {
        directive: "appendfsync",
        path: "valkey.settings.appendfsync",
        text: |settings| (&settings.appendfsync).into(),
    },
    Keyed {
        directive: "loglevel",
        path: "valkey.settings.loglevel",
        text: |settings| (&settings.loglevel).into(),
    },
    Keyed {
        directive: "slowlog-log-slower-than",
        path: "valkey.settings.slowlogThreshold",
        text: |settings| settings.slowlog_threshold.to_string().into(),
    },
    Keyed {
        directive: "save",
        path: "valkey.settings.save",
        text: |settings| (&settings.save).into(),
    },
];

/// A part of the configuration file, its lines ready to be written.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// What it is about.
    pub title: &'static str,
    /// Its lines.
    pub lines: Vec<String>,
}

/// One directive as it will stand in the file: name, and the words of each of its lines.
struct Setting {
    name: String,
    lines: Vec<Vec<String>>,
}

impl Setting {
    /// Writes its lines: one a snapshot rule and one a class of clients, as people write them.
    fn written(&self) -> impl Iterator<Item = String> {
        self.lines.iter().flat_map(|words| {
            let n_words = match &*self.name {
                "save" if words.len() > 1 => 2,
                "client-output-buffer-limit" => 4,
                name => return vec![conf::line(name, words)],
            };
            let lines = words.chunks(n_words);
            lines.map(|words| conf::line(&self.name, words)).collect()
        })
    }
}

/// The configuration file, and what others decide by.
pub(super) struct Configuration {
    /// Its parts.
    pub(super) sections: Vec<Section>,
    /// Bytes for data, where they could be read.
    pub(super) maxmemory: Option<u64>,
    /// What is evicted when they are full.
    pub(super) policy: String,
    /// Whether every write is logged.
    pub(super) appendonly: bool,
    /// Whether snapshots are written by themselves.
    pub(super) has_snapshots: bool,
    /// Whether slow commands are logged.
    pub(super) has_slow_log: bool,
}

/// Resolves the configuration file.
pub(super) fn resolve(
    values: &Values,
    engine: Engine,
    version: Version,
    rules: &mut Rules<'_>,
) -> Configuration {
    let sections = merged(values, engine, version, rules);
    let first = |name: &str| {
        let mut settings = sections.iter().flat_map(|(_, settings)| settings);
        let setting = settings.find(|setting| setting.name == name)?;
        setting.lines.first()?.first()
    };
    Configuration {
        maxmemory: maxmemory(
            first("maxmemory").and_then(|bytes| bytes.parse().ok()),
            rules,
        ),
        policy: first("maxmemory-policy").cloned().unwrap_or_default(),
        appendonly: first("appendonly").is_some_and(|word| word == "yes"),
        has_snapshots: first("save").is_some_and(|word| !word.is_empty()),
        has_slow_log: first("slowlog-log-slower-than").is_some_and(|word| !word.starts_with('-')),
        sections: sections
            .into_iter()
            .map(|(title, settings)| Section {
                title,
                lines: settings.iter().flat_map(Setting::written).collect(),
            })
            .collect(),
    }
}

/// Our directives with the user's settings, by section; those that are the user's alone come last.
fn merged(
    values: &Values,
    engine: Engine,
    version: Version,
    rules: &mut Rules<'_>,
) -> Vec<(&'static str, Vec<Setting>)> {
    let mut extra = extra(values, engine, version, rules);
    let mut sections = Vec::with_capacity(SECTIONS.len() + 1);
    for section in SECTIONS {
        let mut settings = Vec::with_capacity(section.directives.len());
        for (name, default) in section.directives {
            let directive = conf::known(name, engine, version)
                .expect("every supported server has our directives, as a test shows");
            // The user may write another name of the same directive, and a server may have renamed ours.
            let canonical = directive.canonical();
            let setting = match extra.iter().position(|setting| setting.name == canonical) {
                Some(position) if *name == "client-output-buffer-limit" => {
                    let theirs = extra.remove(position);
                    Some(merged_buffer_limits(ours(directive, default), theirs))
                }
                Some(position) => Some(extra.remove(position)),
                None => match KEYED.iter().find(|keyed| keyed.directive == *name) {
                    Some(keyed) => {
                        let text = (keyed.text)(&values.valkey.settings);
                        let path = rules::path(keyed.path);
                        checked(name, &[&text], &path, engine, version, rules)
                    }
                    None => Some(ours(directive, default)),
                },
            };
            // Of what the server reads over, a line of ours has no meaning.
            let is_ours_to_ignore = directive.kind == Kind::Ignored
                && !rules.is_from_user(&rules::path("valkey.settings.extra").key(name));
            if let Some(mut setting) = setting.filter(|_| !is_ours_to_ignore) {
                if setting.name != *name {
                    (*name).clone_into(&mut setting.name);
                }
                settings.push(setting);
            }
        }
        sections.push((section.title, settings));
    }
    if !extra.is_empty() {
        sections.push(("Further settings", extra));
    }
    sections
}

/// The bytes of `maxmemory`, unless the server could not live with them.
fn maxmemory(bytes: Option<u64>, rules: &mut Rules<'_>) -> Option<u64> {
    if !rules.is_readable(&rules::path("valkey.settings.maxmemory")) {
        // The default stands in for it, and is not what the user meant.
        return None;
    }
    let (message, help) = match bytes? {
        0 => (
            "`maxmemory` is 0, which to the server means no limit: the kernel would kill it",
            "say how much memory the data may take, such as `384mb`",
        ),
        bytes if bytes > MAXMEMORY_MAX => (
            "`maxmemory` is more than any machine has",
            "write at most `1Pi`",
        ),
        bytes => return Some(bytes),
    };
    let path = rules::path(maxmemory_path(rules));
    rules.value("invalid-directive", path, message).help(help);
    None
}

/// Where `maxmemory` is set.
pub(super) fn maxmemory_path(rules: &Rules<'_>) -> &'static str {
    if rules.is_from_user(&rules::path("valkey.settings.extra.maxmemory")) {
        "valkey.settings.extra.maxmemory"
    } else {
        "valkey.settings.maxmemory"
    }
}

/// The directives of `valkey.settings.extra`, checked, by the name under which we write them.
fn extra(values: &Values, engine: Engine, version: Version, rules: &mut Rules<'_>) -> Vec<Setting> {
    let mut extra: Vec<Setting> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for (name, given) in &values.valkey.settings.extra.0 {
        let path = rules::path("valkey.settings.extra").key(name);
        let texts: Vec<&str> = given.0.iter().map(String::as_str).collect();
        let Some(setting) = checked(name, &texts, &path, engine, version, rules) else {
            continue;
        };
        if let Some(position) = extra.iter().position(|known| known.name == setting.name) {
            let other = names[position];
            rules
                .key(
                    "duplicate-directive",
                    path,
                    format!("`{name}` and `{other}` are names of one directive"),
                )
                .related(
                    rules::path("valkey.settings.extra").key(other),
                    "the other name",
                )
                .help("keep one of the two");
            continue;
        }
        names.push(name);
        extra.push(setting);
    }
    extra
}

/// Looks a directive up and checks its values; reports what is wrong at the path.
fn checked(
    name: &str,
    texts: &[&str],
    path: &ValuePath,
    engine: Engine,
    version: Version,
    rules: &mut Rules<'_>,
) -> Option<Setting> {
    let directive = match conf::find(name, engine, version) {
        Lookup::Known(directive) => directive,
        Lookup::Managed { reason } => {
            rules
                .key(
                    "managed-directive",
                    path.clone(),
                    format!("`{name}` is ours to set: {reason}"),
                )
                .help("leave it out");
            return None;
        }
        Lookup::OtherVersion { known_in } | Lookup::OtherEngine { known_in } => {
            let message = format!(
                "`{name}` is not a directive of {engine} {version}, which would refuse to start: {known_in}"
            );
            rules
                .key("unknown-directive", path.clone(), message)
                .help("leave it out, or choose an image that has it");
            return None;
        }
        Lookup::Unknown => {
            let is_hinted = rules.n_findings() < MAX_HINTED;
            let similar = is_hinted.then(|| conf::similar(name, engine, version));
            let similar = similar.flatten();
            if let Some(similar) = similar.filter(|other| other.eq_ignore_ascii_case(name)) {
                rules
                    .key(
                        "unknown-directive",
                        path.clone(),
                        format!("the directive `{name}` is written in lower case here"),
                    )
                    .help(format!("write `{similar}`"));
                return None;
            }
            let finding = rules.key(
                "unknown-directive",
                path.clone(),
                format!(
                    "`{name}` is not a directive of {engine} {version}, which would refuse to start"
                ),
            );
            match similar {
                Some(similar) => finding.help(format!(
                    "a directive with a similar name exists: `{similar}`"
                )),
                None => finding.help("leave it out"),
            };
            return None;
        }
    };
    let name = directive.canonical();
    let mut lines = Vec::new();
    let repeats = matches!(name, "save" | "client-output-buffer-limit");
    if texts.is_empty() || texts.len() > 1 && texts.contains(&"") {
        rules
            .value(
                "invalid-directive",
                path.clone(),
                format!("`{name}` takes no empty value in a list"),
            )
            .help("write `\"\"` alone to switch it off");
        return None;
    }
    if texts.len() != 1 && !repeats {
        rules
            .value(
                "invalid-directive",
                path.clone(),
                format!("`{name}` takes one value"),
            )
            .help("write it without a list");
        return None;
    }
    if texts.iter().map(|text| text.len()).sum::<usize>() > MAX_CONFIG_MAP_BYTES {
        let message =
            format!("`{name}` alone is more than the {MAX_CONFIG_MAP_BYTES} bytes of a ConfigMap");
        rules.value("invalid-directive", path.clone(), message);
        return None;
    }
    for (index, text) in texts.iter().enumerate() {
        match conf::check(directive, text) {
            Ok(words) => lines.push(words),
            Err(reason) => {
                let path = if texts.len() > 1 {
                    path.clone().index(index)
                } else {
                    path.clone()
                };
                rules.value("invalid-directive", path, format!("`{name}`: {reason}"));
                return None;
            }
        }
    }
    // Several lines of one directive say together what one line with all their words says.
    Some(Setting {
        name: name.to_owned(),
        lines: vec![lines.concat()],
    })
}

/// Most bytes that the API server takes in a ConfigMap: `MaxSecretSize` of Kubernetes' core/types.go, by which
/// `ValidateConfigMap` goes.
const MAX_CONFIG_MAP_BYTES: usize = 1024 * 1024;

/// A directive of our own.
fn ours(directive: &'static Directive, value: &str) -> Setting {
    let words = conf::check(directive, value).expect("our values pass the table, as a test shows");
    Setting {
        name: directive.name.to_owned(),
        lines: vec![words],
    }
}

/// Our limits with the user's, class by class.
fn merged_buffer_limits(ours: Setting, theirs: Setting) -> Setting {
    let mut classes: Vec<Vec<String>> = Vec::new();
    for class in ours
        .lines
        .concat()
        .chunks(4)
        .chain(theirs.lines.concat().chunks(4))
    {
        match classes.iter_mut().find(|known| known[0] == class[0]) {
            Some(known) => *known = class.to_vec(),
            None => classes.push(class.to_vec()),
        }
    }
    Setting {
        name: theirs.name,
        lines: vec![classes.concat()],
    }
}
