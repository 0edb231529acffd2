//! The restart of the server: what causes it, what it costs, and what can be in force before it.

use super::rules::api::is_immutable;
use super::rules::{Case, is_server_config};
use super::server::{Data, Server};
use super::{Change, Consequence, Effect, What};
use crate::kube::quantity::binary;
use crate::redis::conf::{known, line, split};
use crate::redis::{memory, sizing};

/// A restart of the server's pods.
#[derive(Debug, Clone)]
pub(super) struct Restart {
    effect: Effect,
    /// Whether the pods are replaced because the configuration changed.
    by_config: bool,
}

impl Restart {
    /// Tells what the restart is like that some changes cause; nothing where they cause none.
    pub(super) fn of(case: &Case<'_>) -> Option<Self> {
        let (old, new) = (case.old?, case.new?);
        let by_config = old.checksums != new.checksums;
        let mut restart = Self {
            effect: Effect {
                consequence: Consequence::Restart,
                why: String::new(),
                steps: Vec::new(),
            },
            by_config,
        };
        let causes: Vec<&Change> = case
            .changes
            .all
            .iter()
            .filter(|change| restart.is_cause(case, change))
            .collect();
        if causes.is_empty() {
            return None;
        }
        let (consequence, cost) = cost(case, old, new);
        let (mut steps, caution) = live(old, &causes);
        if !steps.is_empty() {
            steps.insert(
                0,
                "# as the server's administrator, so that it holds before the restart:".to_owned(),
            );
        }
        restart.effect.consequence = consequence;
        let is_refused = case
            .changes
            .all
            .iter()
            .any(|change| change.object == new.set && change.path().is_some_and(is_immutable));
        let when = if is_refused {
            " once what is refused is mended"
        } else {
            ""
        };
        restart.effect.why = format!("{} restarts{when}: {cost}{caution}", pods(new));
        restart.effect.steps = steps;
        Some(restart)
    }

    /// Tells whether a change makes the StatefulSet replace its pods.
    pub(super) fn is_cause(&self, case: &Case<'_>, change: &Change) -> bool {
        let (
            Some(new),
            What::Field {
                path,
                old,
                new: now,
                is_kept: false,
                ..
            },
        ) = (case.new, &change.what)
        else {
            return false;
        };
        if change.object == new.set {
            return path.is_below(&["spec", "template"]);
        }
        let is_comment = |value: &Option<crate::yaml::Value>| {
            value
                .as_ref()
                .and_then(|value| value.as_str())
                .is_none_or(|text| {
                    text.lines()
                        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
                })
        };
        let is_line = matches!(path.0.last(), Some(super::Segment::Line(_)));
        self.by_config
            && is_server_config(new, &change.object)
            && path.is_below(&["data"])
            && !(is_line && is_comment(old) && is_comment(now))
    }

    /// Returns what it is for each of its causes.
    pub(super) fn effect(&self) -> Effect {
        self.effect.clone()
    }
}

fn pods(server: &Server<'_>) -> String {
    match server.replicas {
        1 => format!("the pod of StatefulSet/{}", server.set.name),
        _ => format!("every pod of StatefulSet/{}", server.set.name),
    }
}

/// What a restart costs, from how the data is kept and how much there may be.
fn cost(case: &Case<'_>, old: &Server<'_>, new: &Server<'_>) -> (Consequence, String) {
    if old.conf.is_none() || new.conf.is_none() {
        return (
            Consequence::Restart,
            "clients are refused meanwhile; its configuration is not among the objects".to_owned(),
        );
    }
    let empties = if old.data == Data::Ephemeral {
        Some("its data is in a directory that goes with the pod")
    } else if !old.is_logged() && !old.is_saved() {
        Some("its data is written to no file")
    } else {
        None
    };
    if let Some(why) = empties {
        return if case.workload.is_store {
            (
                Consequence::DataRisk,
                format!("all data is lost, because {why}"),
            )
        } else {
            (
                Consequence::Restart,
                format!("the cache is empty afterwards, because {why}"),
            )
        };
    }
    let limit = match (old.maxmemory(), case.workload.data_bytes) {
        (Some(limit), Some(data)) => Some(limit.min(data)),
        (limit, data) => limit.or(data),
    };
    let Some(bytes) = limit else {
        return (
            Consequence::Restart,
            "clients are refused while it writes its data and reads it again, however much that is"
                .to_owned(),
        );
    };
    let stop = if old.is_saved() {
        format!("{} s while it writes and ", memory::save_seconds(bytes))
    } else {
        String::new()
    };
    let start = memory::load_seconds(bytes, new.is_logged());
    (
        Consequence::Restart,
        format!(
            "clients are refused meanwhile, with {} of data for up to {stop}{start} s while it reads them, besides what \
             starting a pod takes",
            binary(bytes)
        ),
    )
}

/// What to wait for where a log begins: a restart before it loses all data.
pub(super) const LOG_IS_THERE: &str = "INFO persistence    # until aof_rewrite_in_progress:0, aof_rewrite_scheduled:0, aof_last_bgrewrite_status:ok";

/// Returns the commands with which all changed directives hold at once, or nothing where one of them cannot; and what to
/// say about one that should not.
fn live(server: &Server<'_>, causes: &[&Change]) -> (Vec<String>, String) {
    let Some((engine, version)) = server.program else {
        return (Vec::new(), String::new());
    };
    let mut commands = Vec::new();
    for change in causes {
        let What::Field {
            path,
            old,
            new,
            is_secret: false,
            ..
        } = &change.what
        else {
            continue;
        };
        let Some(super::Segment::Directive(name)) = path.0.last() else {
            continue;
        };
        let directive = known(name, engine, version).filter(|directive| directive.live);
        let Some(directive) = directive else {
            return (Vec::new(), format!("; `{name}` holds only from then on"));
        };
        let words = |value: &Option<crate::yaml::Value>| match value
            .as_ref()
            .and_then(|new| new.as_str())
        {
            Some(text) => split(text).map(|words| words.join(" ")),
            None => Ok(directive.default.to_owned()),
        };
        let (Ok(before), Ok(words)) = (words(old), words(new)) else {
            return (Vec::new(), String::new());
        };
        // What is only written out, or left to the server, holds already.
        if before == words {
            continue;
        }
        if **name == *"maxmemory" && !fits(server, &words) {
            let caution = "; `maxmemory` has to wait for it, because until then the memory limit is the old one";
            return (Vec::new(), caution.to_owned());
        }
        let begins_log = **name == *"appendonly" && words == "yes";
        commands.push(format!(
            "CONFIG SET{}",
            line("", &[name.to_string(), words])
        ));
        if begins_log {
            commands.push(LOG_IS_THERE.to_owned());
        }
    }
    if !commands.is_empty() && !server.has_administrator {
        return (
            Vec::new(),
            "; the running server has no administrator who could set it before: see `valkey.password.adminKey`"
                .to_owned(),
        );
    }
    (commands, String::new())
}

/// Tells whether a running server has the memory for another `maxmemory`.
fn fits(server: &Server<'_>, maxmemory: &str) -> bool {
    match (memory::parse(maxmemory), server.memory_limit) {
        (Ok(bytes), Some(limit)) => bytes > 0 && sizing::steady_bytes(bytes) <= limit,
        (Ok(_), None) => true,
        (Err(_), _) => false,
    }
}
