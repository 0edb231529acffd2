//! The server: engine and version, configuration, memory and probes.

use serde::Serialize;

use super::image::{self, Image};
use super::rules::{self, Rules};
use super::settings::{Configuration, Section};
use super::{resources, settings};
use crate::diagnostic::Diagnostic;
use crate::kube::valid::{self, Faults};
use crate::redis::acl::{self, User};
use crate::redis::base;
use crate::redis::conf;
use crate::redis::memory;
use crate::redis::version::{self, Engine, Version};
use crate::values::Values;
use crate::values::schema;
use crate::yaml::{Mapping, Value};

/// The server's container.
#[derive(Debug, Clone, Serialize)]
pub struct Server {
    /// `redis-server` or `valkey-server`.
    pub program: &'static str,
    /// `redis-cli` or `valkey-cli`.
    pub cli: &'static str,
    /// `redis-check-rdb` or `valkey-check-rdb`.
    pub check_rdb: &'static str,
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
    /// Requests and limits of the container that runs before it.
    pub init_resources: Value,
    /// The configuration's parts.
    pub sections: Vec<Section>,
    /// The file of users that the configuration includes.
    pub users_file: &'static str,
    /// What is laid over the probes.
    pub probes: Probes,
    /// Seconds that a stopping server may need.
    pub grace_seconds: u64,
    /// Environment variables of the user's.
    pub extra_env: Option<Vec<Mapping>>,
    /// Mounts of the user's.
    pub extra_volume_mounts: Vec<Mapping>,
    /// Where things are.
    pub directories: Directories,
    /// Whether the container only sleeps.
    pub is_asleep: bool,
    /// What its configuration comes to.
    #[serde(skip)]
    pub switches: Switches,
}

/// What the configuration comes to, for whoever decides by it.
#[derive(Debug, Clone)]
pub struct Switches {
    /// Bytes for data.
    pub maxmemory: u64,
    /// What is evicted when they are full.
    pub policy: String,
    /// Whether every write is logged.
    pub appendonly: bool,
    /// Whether snapshots are written by themselves.
    pub has_snapshots: bool,
    /// Whether slow commands are logged.
    pub has_slow_log: bool,
}

/// What is laid over each probe, and what a probe needs to know.
#[derive(Debug, Clone, Serialize)]
pub struct Probes {
    /// The user as whom they ask.
    pub user: &'static str,
    /// What that user may do.
    pub rules: &'static str,
    /// The file with that user's password.
    pub password_file: &'static str,
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

pub(super) fn resolve(values: &Values, rules: &mut Rules<'_>) -> Option<Server> {
    let valkey = &values.valkey;
    if !valkey.enabled {
        return None;
    }
    if let Some(size) = &valkey.workload.data_size
        && let Err(reason) = memory::parse(size)
    {
        rules.value(
            "invalid-quantity",
            rules::path("valkey.workload.dataSize"),
            reason,
        );
    }
    let [startup, liveness, readiness] = probes(&valkey.probes, rules);
    let n_findings = rules.n_findings();
    let image = image::resolve(
        &Image {
            repository: ("valkey.image.repository", &valkey.image.repository),
            tag: ("valkey.image.tag", valkey.image.tag.as_ref()),
            digest: ("valkey.image.digest", valkey.image.digest.as_ref()),
        },
        values,
        rules,
    );
    let is_told = rules.n_findings() == n_findings
        && ["valkey.image", "valkey.engine", "valkey.version"]
            .into_iter()
            .all(|dotted| rules.is_readable(&rules::path(dotted)));
    let Some((engine, version)) = program(values, is_told, rules) else {
        // The rest is checked all the same; which further directives the server takes is not known.
        let mut plain = values.clone();
        plain.valkey.settings.extra.0.clear();
        let newest = conf::newest_tested(Engine::Redis);
        let configuration = settings::resolve(&plain, Engine::Redis, newest, rules);
        resources::resolve(values, configuration.maxmemory, rules);
        return None;
    };
    let Configuration {
        sections,
        maxmemory,
        policy,
        appendonly,
        has_snapshots,
        has_slow_log,
    } = settings::resolve(values, engine, version, rules);
    let resources = resources::resolve(values, maxmemory, rules);
    let maxmemory = maxmemory?;
    Some(Server {
        program: engine.server(),
        cli: engine.cli(),
        check_rdb: engine.check_rdb(),
        version: version.to_string(),
        image,
        pull_policy: valkey.image.pull_policy.clone(),
        port: base::PORT,
        resources,
        init_resources: resources::init(),
        sections,
        users_file: base::USERS,
        probes: Probes {
            user: User::Probe.name(),
            rules: acl::rules(User::Probe),
            password_file: base::PROBE_PASSWORD,
            startup,
            liveness,
            readiness,
            startup_failures: memory::startup_failures(maxmemory, appendonly),
            startup_period: memory::STARTUP_PERIOD_SECONDS,
        },
        grace_seconds: values
            .termination_grace_period_seconds
            .unwrap_or_else(|| memory::grace_seconds(maxmemory)),
        extra_env: super::pod::listed(&valkey.extra_env),
        extra_volume_mounts: super::pod::maps(&valkey.extra_volume_mounts),
        directories: Directories {
            data: base::DATA,
            config: base::CONFIG,
            run: base::RUN,
            secret: base::PASSWORDS,
        },
        is_asleep: valkey.diagnostic_mode,
        switches: Switches {
            maxmemory,
            policy,
            appendonly,
            has_snapshots,
            has_slow_log,
        },
    })
}

/// What is laid over the startup, the liveness and the readiness probe.
fn probes(probes: &schema::Probes, rules: &mut Rules<'_>) -> [Mapping; 3] {
    [
        ("startup", &probes.startup.0),
        ("liveness", &probes.liveness.0),
        ("readiness", &probes.readiness.0),
    ]
    .map(|(key, overlay)| {
        let mut overlay = overlay.clone();
        if overlay.is_empty() {
            return overlay;
        }
        let path = rules::path("valkey.probes").key(key);
        rules.kubernetes("core.v1.Probe", &overlay, &path);
        let mut faults = Faults::default();
        match key {
            "readiness" => valid::readiness_probe(&overlay, &path, &mut faults),
            _ => valid::restarting_probe(&overlay, &path, &mut faults),
        }
        let n_handlers = valid::probe_handlers(&overlay, &path, &mut faults);
        if n_handlers == 0 && overlay.get("exec") == Some(&Value::Null) {
            let message = "a probe without a handler asks nothing";
            faults.0.push(
                Diagnostic::key("missing-value", path.key("exec"), message)
                    .help("name another handler beside it, or leave `exec` out"),
            );
        }
        // Another handler takes the place of ours, which runs a command.
        if n_handlers == 1 && overlay.get("exec").is_none() {
            overlay.insert("exec", Value::Null);
        }
        rules.faults(faults);
        overlay
    })
}

/// Decides what the server is. `is_told`: whether image, engine and version could all be read.
fn program(values: &Values, is_told: bool, rules: &mut Rules<'_>) -> Option<(Engine, Version)> {
    let engine = engine(values, is_told, rules);
    let version = version(values, is_told, rules);
    let (engine, (version, dotted)) = (engine?, version?);
    if !is_told {
        return None;
    }
    contradictions(values, engine, version, rules);
    if let Err(reason) = conf::supported(engine, version) {
        rules
            .value("unsupported-version", rules::path(dotted), reason)
            .help(format!("supported are {}", conf::all_supported()));
        return None;
    }
    Some((engine, version))
}

/// Which of the two it is: as it is said, or as the image tells.
fn engine(values: &Values, is_told: bool, rules: &mut Rules<'_>) -> Option<Engine> {
    if let Some(named) = values.valkey.engine.as_deref() {
        return named.parse().ok();
    }
    let repository = &values.valkey.image.repository;
    let engine = version::from_repository(repository);
    if is_told && engine.is_none() {
        let message = format!("`{repository}` does not tell whether the image is Redis or Valkey");
        rules
            .value(
                "unknown-engine",
                rules::path("valkey.image.repository"),
                message,
            )
            .help("set `valkey.engine` to `redis` or `valkey`");
    }
    engine
}

/// Its version, as it is said or as the image tells, and the value that says so.
fn version(
    values: &Values,
    is_told: bool,
    rules: &mut Rules<'_>,
) -> Option<(Version, &'static str)> {
    if let Some(text) = values.valkey.version.as_deref() {
        let version = text.parse();
        if version.is_err() {
            rules
                .value(
                    "unknown-version",
                    rules::path("valkey.version"),
                    format!("`{text}` is not a version"),
                )
                .help("write major and minor, such as `7.2`");
        }
        return Some((version.ok()?, "valkey.version"));
    }
    let tag = values.valkey.image.tag.as_deref();
    let version = tag.and_then(version::from_tag);
    if is_told && version.is_none() {
        let (message, dotted) = match tag {
            Some(tag) => (
                format!("the tag `{tag}` does not tell the server's major and minor version, by which its configuration is written"),
                "valkey.image.tag",
            ),
            None => (
                "a digest alone does not tell the server's version, by which its configuration is written".to_owned(),
                "valkey.image.digest",
            ),
        };
        rules
            .value("unknown-version", rules::path(dotted), message)
            .help("choose a tag such as `7.2-alpine`, or set `valkey.version`");
    }
    Some((version?, "valkey.image.tag"))
}

/// Finds what is said and the image tells otherwise.
fn contradictions(values: &Values, engine: Engine, version: Version, rules: &mut Rules<'_>) {
    let image = &values.valkey.image;
    let told_engine = version::from_repository(&image.repository);
    // The tag of an image of one's own need not be the server's version.
    let told_version = image
        .tag
        .as_deref()
        .filter(|_| told_engine.is_some())
        .and_then(version::from_tag)
        .filter(|told| conf::supported(engine, *told).is_ok());
    let contradicted = [
        (
            "valkey.engine",
            "valkey.image.repository",
            told_engine.is_some_and(|told| told != engine),
        ),
        (
            "valkey.version",
            "valkey.image.tag",
            told_version.is_some_and(|told| told != version),
        ),
    ];
    for (said, told, is_contradicted) in contradicted {
        if is_contradicted {
            rules
                .value(
                    "contradiction",
                    rules::path(said),
                    format!("`{said}` says something else than `{told}`"),
                )
                .related(rules::path(told), "the image")
                .help("leave it out: the image tells");
        }
    }
}
