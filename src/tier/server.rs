//! The server: engine and version, image, configuration, memory and probes.

use serde::Serialize;

use super::rules::{self, Rules, non_empty};
use crate::kube::quantity::{Quantity, binary};
use crate::redis::base::{self, SECTIONS};
use crate::redis::conf::{self, Lookup};
use crate::redis::memory;
use crate::redis::version::{self, Engine, Version};
use crate::values::Values;
use crate::values::decode::TextMap;
use crate::yaml::{Mapping, Value};

/// The server's container.
#[derive(Debug, Clone, Serialize)]
pub struct Server {
    /// `redis-server` or `valkey-server`.
    pub program: &'static str,
    /// `redis-cli` or `valkey-cli`.
    pub cli: &'static str,
    /// Version, for the label.
    pub version: String,
    /// The image's reference.
    pub image: String,
    /// When to pull it.
    pub pull_policy: String,
    /// Port it listens on.
    pub port: u16,
    /// Requests and limits.
    pub resources: Value,
    /// The configuration's parts.
    pub sections: Vec<Section>,
    /// The file of users that the configuration includes.
    pub users_file: &'static str,
    /// What is laid over the probes.
    pub probes: Probes,
    /// Seconds that a stopping server may need.
    pub grace_seconds: u64,
    /// Environment variables of the user's.
    pub extra_env: Vec<Mapping>,
    /// Mounts of the user's.
    pub extra_volume_mounts: Vec<Mapping>,
    /// Where things are.
    pub directories: Directories,
    /// Whether the container only sleeps.
    pub is_asleep: bool,
    /// What decides whether it persists.
    #[serde(skip)]
    pub switches: Switches,
}

/// What the configuration comes to, for whoever decides by it.
#[derive(Debug, Clone, Copy)]
pub struct Switches {
    /// Bytes for data.
    pub maxmemory: u64,
    /// Whether every write is logged.
    pub appendonly: bool,
}

/// A part of the configuration file, its lines ready to be written.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// What it is about.
    pub title: &'static str,
    /// Its lines.
    pub lines: Vec<String>,
}

/// What is laid over each probe, and what a probe needs to know.
#[derive(Debug, Clone, Serialize)]
pub struct Probes {
    /// Over the startup probe.
    pub startup: Mapping,
    /// Over the liveness probe.
    pub liveness: Mapping,
    /// Over the readiness probe.
    pub readiness: Mapping,
    /// Looks that a starting server may fail.
    pub startup_failures: u32,
    /// Seconds between those looks.
    pub startup_period: u32,
}

/// The container's directories.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Directories {
    /// The data.
    pub data: &'static str,
    /// Configuration and scripts.
    pub config: &'static str,
    /// Users, in memory.
    pub run: &'static str,
    /// The mounted Secret, in the init container.
    pub secret: &'static str,
}

/// One directive as it will stand in the file: name, and the words of each of its lines.
struct Setting {
    name: String,
    lines: Vec<Vec<String>>,
}

pub(super) fn resolve(values: &Values, rules: &mut Rules<'_>) -> Option<Server> {
    let valkey = &values.valkey;
    if !valkey.enabled {
        return None;
    }
    rules.choice(
        "valkey.image.pullPolicy",
        &valkey.image.pull_policy,
        &["Always", "IfNotPresent", "Never"],
    );
    rules.choice(
        "valkey.workload.use",
        &valkey.workload.usage,
        &["store", "cache"],
    );
    if let Some(size) = &valkey.workload.data_size
        && let Err(reason) = memory::parse(size)
    {
        rules.value(
            "invalid-quantity",
            rules::path("valkey.workload.dataSize"),
            reason,
        );
    }
    let image = image(values, rules);
    let (engine, version) = engine(values, rules)?;
    let (sections, maxmemory, appendonly) = configuration(values, engine, version, rules);
    let resources = resources(values, maxmemory, rules);
    let maxmemory = maxmemory?;
    Some(Server {
        program: engine.server(),
        cli: engine.cli(),
        version: version.to_string(),
        image,
        pull_policy: valkey.image.pull_policy.clone(),
        port: base::PORT,
        resources,
        sections,
        users_file: base::USERS,
        probes: Probes {
            startup: valkey.probes.startup.0.clone(),
            liveness: valkey.probes.liveness.0.clone(),
            readiness: valkey.probes.readiness.0.clone(),
            startup_failures: memory::startup_failures(maxmemory, appendonly),
            startup_period: memory::STARTUP_PERIOD_SECONDS,
        },
        grace_seconds: values
            .termination_grace_period_seconds
            .unwrap_or_else(|| memory::grace_seconds(maxmemory)),
        extra_env: super::pod::maps(&valkey.extra_env),
        extra_volume_mounts: super::pod::maps(&valkey.extra_volume_mounts),
        directories: Directories {
            data: base::DATA,
            config: base::CONFIG,
            run: base::RUN,
            secret: "/etc/redis-secret",
        },
        is_asleep: valkey.diagnostic_mode,
        switches: Switches {
            maxmemory,
            appendonly,
        },
    })
}

fn image(values: &Values, rules: &mut Rules<'_>) -> String {
    let image = &values.valkey.image;
    let (tag, digest) = (
        non_empty(image.tag.as_ref()),
        non_empty(image.digest.as_ref()),
    );
    if image.repository.is_empty()
        || image
            .repository
            .contains(|c: char| c.is_whitespace() || c.is_ascii_uppercase() || c == '@')
    {
        rules
            .value(
                "invalid-image",
                rules::path("valkey.image.repository"),
                format!("`{}` is not a repository", image.repository),
            )
            .help("write it without tag and digest, such as `valkey/valkey`");
    }
    let last = image.repository.rsplit('/').next().unwrap_or_default();
    if let Some((repository, tag)) = last.split_once(':') {
        rules
            .value(
                "invalid-image",
                rules::path("valkey.image.repository"),
                format!("the repository ends with the tag `{tag}`"),
            )
            .help(format!("write `repository: {repository}` and `tag: {tag}`"));
    }
    let is_tag = |tag: &str| {
        tag.len() <= 128
            && !tag.starts_with(['.', '-'])
            && tag
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
    };
    if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
        rules
            .value(
                "invalid-image",
                rules::path("valkey.image.tag"),
                format!("`{tag}` is not a tag"),
            )
            .help("a tag has letters, digits, `_`, `.` and `-`, at most 128");
    }
    if let Some(digest) = digest
        && !digest.strip_prefix("sha256:").is_some_and(|hex| {
            hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        })
    {
        rules
            .value(
                "invalid-image",
                rules::path("valkey.image.digest"),
                format!("`{digest}` is not a digest"),
            )
            .help("write `sha256:` and 64 hexadecimal digits");
    }
    if tag.is_none() && digest.is_none() {
        rules
            .value(
                "missing-value",
                rules::path("valkey.image.tag"),
                "the image has neither a tag nor a digest",
            )
            .help("set `valkey.image.tag`");
    }
    reference(
        non_empty(values.image.registry.as_ref()),
        &image.repository,
        tag,
        digest,
    )
}

/// Spells an image: the registry replaces the host of the repository, or comes before a repository without one.
pub(super) fn reference(
    registry: Option<&str>,
    repository: &str,
    tag: Option<&str>,
    digest: Option<&str>,
) -> String {
    let mut reference = match registry {
        Some(registry) => {
            let path = match repository.split_once('/') {
                Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
                _ => repository,
            };
            format!("{}/{path}", registry.trim_end_matches('/'))
        }
        None => repository.to_owned(),
    };
    match (digest, tag) {
        (Some(digest), _) => reference.extend(["@", digest]),
        (None, Some(tag)) => reference.extend([":", tag]),
        (None, None) => {}
    }
    reference
}

fn engine(values: &Values, rules: &mut Rules<'_>) -> Option<(Engine, Version)> {
    let image = &values.valkey.image;
    let engine = match non_empty(values.valkey.engine.as_ref()) {
        Some("redis") => Some(Engine::Redis),
        Some("valkey") => Some(Engine::Valkey),
        Some(other) => {
            rules.choice("valkey.engine", other, &["redis", "valkey"]);
            None
        }
        None => {
            let engine = version::from_repository(&image.repository);
            if engine.is_none() {
                rules
                    .value(
                        "unknown-engine",
                        rules::path("valkey.image.repository"),
                        format!(
                            "`{}` does not tell whether the image is Redis or Valkey",
                            image.repository
                        ),
                    )
                    .help("set `valkey.engine` to `redis` or `valkey`");
            }
            engine
        }
    };
    let tag = non_empty(image.tag.as_ref());
    let version = match non_empty(values.valkey.version.as_ref()) {
        Some(text) => match text.parse::<Version>() {
            Ok(version) => Some((version, "valkey.version")),
            Err(_) => {
                rules
                    .value(
                        "unknown-version",
                        rules::path("valkey.version"),
                        format!("`{text}` is not a version"),
                    )
                    .help("write major and minor, such as `7.2`");
                None
            }
        },
        None => {
            let version = tag.and_then(version::from_tag);
            if version.is_none() {
                let message = match tag {
                    Some(tag) => format!("the tag `{tag}` does not tell the server's major and minor version, by which its configuration is written"),
                    None => "a digest alone does not tell the server's version, by which its configuration is written".to_owned(),
                };
                let dotted = if tag.is_some() {
                    "valkey.image.tag"
                } else {
                    "valkey.image.digest"
                };
                rules
                    .value("unknown-version", rules::path(dotted), message)
                    .help("choose a tag such as `7.2-alpine`, or set `valkey.version`");
            }
            version.map(|version| (version, "valkey.image.tag"))
        }
    };
    let (engine, (version, dotted)) = (engine?, version?);
    if let Err(reason) = conf::supported(engine, version) {
        rules.value("unsupported-version", rules::path(dotted), reason);
        return None;
    }
    Some((engine, version))
}

/// Returns the parts of the configuration file, and what decides about memory.
fn configuration(
    values: &Values,
    engine: Engine,
    version: Version,
    rules: &mut Rules<'_>,
) -> (Vec<Section>, Option<u64>, bool) {
    let settings = &values.valkey.settings;
    let appendonly = if settings.appendonly.0 { "yes" } else { "no" };
    let slowlog = settings.slowlog_threshold.to_string();
    let own: [(&str, &str, &str); 7] = [
        (
            "maxmemory",
            "valkey.settings.maxmemory",
            &settings.maxmemory,
        ),
        (
            "maxmemory-policy",
            "valkey.settings.maxmemoryPolicy",
            &settings.maxmemory_policy,
        ),
        ("appendonly", "valkey.settings.appendonly", appendonly),
        (
            "appendfsync",
            "valkey.settings.appendfsync",
            &settings.appendfsync,
        ),
        ("loglevel", "valkey.settings.loglevel", &settings.loglevel),
        (
            "slowlog-log-slower-than",
            "valkey.settings.slowlogThreshold",
            &slowlog,
        ),
        ("save", "valkey.settings.save", &settings.save),
    ];
    let mut extra = extra(values, engine, version, rules);
    let mut sections = Vec::new();
    let (mut maxmemory, mut is_logged) = (None, false);
    for section in SECTIONS {
        let mut lines = Vec::new();
        for (name, default) in section.directives {
            let setting = match extra.iter().position(|setting| setting.name == *name) {
                Some(position) if *name == "client-output-buffer-limit" => {
                    let theirs = extra.remove(position);
                    Some(merged_buffer_limits(default, theirs, engine, version))
                }
                Some(position) => Some(extra.remove(position)),
                None => match own.iter().find(|(directive, ..)| directive == name) {
                    Some((_, dotted, text)) => {
                        checked(name, &[text], &rules::path(dotted), engine, version, rules)
                    }
                    None => Some(known(name, default, engine, version)),
                },
            };
            let Some(setting) = setting else { continue };
            let first = setting.lines.first().and_then(|words| words.first());
            match *name {
                "maxmemory" => maxmemory = first.and_then(|bytes| bytes.parse().ok()),
                "appendonly" => is_logged = first.is_some_and(|word| word == "yes"),
                _ => {}
            }
            lines.extend(setting.lines.iter().flat_map(|words| written(name, words)));
        }
        sections.push(Section {
            title: section.title,
            lines,
        });
    }
    if !extra.is_empty() {
        let lines = extra
            .iter()
            .flat_map(|setting| {
                setting
                    .lines
                    .iter()
                    .flat_map(|words| written(&setting.name, words))
            })
            .collect();
        sections.push(Section {
            title: "Further settings",
            lines,
        });
    }
    if maxmemory == Some(0) {
        let dotted = if rules.is_from_user(&rules::path("valkey.settings.extra.maxmemory")) {
            "valkey.settings.extra.maxmemory"
        } else {
            "valkey.settings.maxmemory"
        };
        rules
            .value(
                "invalid-directive",
                rules::path(dotted),
                "`maxmemory` is 0, which to the server means no limit: the kernel would kill it",
            )
            .help("say how much memory the data may take, such as `384mb`");
        maxmemory = None;
    }
    (sections, maxmemory, is_logged)
}

/// The directives of `valkey.settings.extra`, checked, by the name under which we write them.
fn extra(values: &Values, engine: Engine, version: Version, rules: &mut Rules<'_>) -> Vec<Setting> {
    let mut extra: Vec<Setting> = Vec::new();
    for (name, given) in &values.valkey.settings.extra.0 {
        let path = rules::path("valkey.settings.extra").key(name);
        let texts: Vec<&str> = given.0.iter().map(String::as_str).collect();
        let Some(setting) = checked(name, &texts, &path, engine, version, rules) else {
            continue;
        };
        if extra.iter().any(|known| known.name == setting.name) {
            rules
                .key(
                    "duplicate-directive",
                    path,
                    format!(
                        "`{name}` is another name of `{}`, which stands here too",
                        setting.name
                    ),
                )
                .help("keep one of the two");
            continue;
        }
        extra.push(setting);
    }
    extra
}

/// Looks a directive up and checks its values; reports what is wrong at the path.
fn checked(
    name: &str,
    texts: &[&str],
    path: &crate::diagnostic::ValuePath,
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
        Lookup::Unknown { nearest } => {
            let finding = rules.key(
                "unknown-directive",
                path.clone(),
                format!(
                    "`{name}` is not a directive of {engine} {version}, which would refuse to start"
                ),
            );
            match nearest {
                Some(nearest) => finding.help(format!(
                    "a directive with a similar name exists: `{nearest}`"
                )),
                None => finding.help("leave it out"),
            };
            return None;
        }
    };
    let name = if directive.alias_of.is_empty() {
        directive.name
    } else {
        directive.alias_of
    };
    let mut lines = Vec::new();
    let repeats = matches!(name, "save" | "client-output-buffer-limit");
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

/// A directive of our own.
fn known(name: &str, value: &str, engine: Engine, version: Version) -> Setting {
    let directive = conf::known(name, engine, version)
        .expect("every supported server has our directives, as a test shows");
    let words = conf::check(directive, value).expect("our values pass the table, as a test shows");
    Setting {
        name: name.to_owned(),
        lines: vec![words],
    }
}

/// Our limits with the user's, class by class.
fn merged_buffer_limits(
    default: &str,
    theirs: Setting,
    engine: Engine,
    version: Version,
) -> Setting {
    let ours = known("client-output-buffer-limit", default, engine, version);
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

/// The lines of a directive: one a snapshot rule and one a class of clients, as people write them.
fn written(name: &str, words: &[String]) -> Vec<String> {
    let n_words = match name {
        "save" if words.len() > 1 => 2,
        "client-output-buffer-limit" => 4,
        _ => return vec![conf::line(name, words)],
    };
    words
        .chunks(n_words)
        .map(|words| conf::line(name, words))
        .collect()
}

/// Requests and limits: what the user says, and for memory what maxmemory comes to.
fn resources(values: &Values, maxmemory: Option<u64>, rules: &mut Rules<'_>) -> Value {
    let empty = TextMap::default();
    let (requests, limits) = match &values.valkey.resources {
        Some(resources) => (&resources.requests, &resources.limits),
        None => (&empty, &empty),
    };
    let mut bytes = |kind: &str, map: &TextMap| {
        let mut memory = None;
        for (name, text) in &map.0 {
            let path = rules::path("valkey.resources").key(kind).key(name);
            match Quantity::parse(text) {
                Ok(quantity) if !quantity.is_negative() => {
                    if name == "memory" {
                        memory = quantity.floor();
                    }
                }
                Ok(_) => {
                    rules.value("invalid-quantity", path, format!("`{text}` is negative"));
                }
                Err(error) => {
                    rules.value("invalid-quantity", path, error.to_string());
                }
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
