//! What a change means: a row a rule, in the file of what it is about. Every row that applies is told.

pub(super) mod api;
mod data;
mod notes;

use std::collections::{HashMap, HashSet};

use super::known::Known;
use super::path::Path;
use super::restart::Restart;
use super::server::Server;
use super::{Change, Consequence, Effect, What, Workload};
use crate::kube::object::ObjectId;

/// Both sides of a comparison.
pub struct Case<'c> {
    pub(super) old: Option<&'c Server<'c>>,
    pub(super) new: Option<&'c Server<'c>>,
    pub(super) old_objects: &'c Known<'c>,
    pub(super) new_objects: &'c Known<'c>,
    pub(super) changes: &'c Changes<'c>,
    pub(super) workload: Workload,
}

/// All changes, and which of them are of an object.
pub(super) struct Changes<'c> {
    pub(super) all: &'c [Change],
    of: HashMap<&'c ObjectId, Vec<&'c Change>>,
    new: HashSet<&'c str>,
}

impl<'c> Changes<'c> {
    pub(super) fn new(all: &'c [Change]) -> Self {
        let mut of: HashMap<_, Vec<_>> = HashMap::new();
        for change in all {
            of.entry(&change.object).or_default().push(change);
        }
        let is_new = |change: &&Change| matches!(&change.what, What::Field { old: None, .. });
        let new = all.iter().filter(is_new).filter_map(Change::path);
        Self {
            all,
            of,
            new: new.map(Path::last).collect(),
        }
    }

    /// Returns the changes of an object.
    pub(super) fn of(&self, object: &ObjectId) -> &[&'c Change] {
        self.of.get(object).map_or(&[], Vec::as_slice)
    }

    /// Tells whether something of this name is new in some object.
    pub(super) fn has_new(&self, name: &str) -> bool {
        self.new.contains(name)
    }
}

/// Which objects a rule is about.
#[derive(Debug, Clone, Copy)]
enum Of {
    /// Those of some kinds.
    Kinds(&'static [&'static str]),
    /// The StatefulSet of the server.
    Server,
    /// The ConfigMap that the server mounts.
    Config,
    /// All.
    Any,
}

/// Which differences a rule is about.
#[derive(Debug, Clone, Copy)]
enum At {
    /// An object that is new.
    Created,
    /// An object that is gone.
    Gone,
    /// A field at a place; `*` stands for one step, `**` for any number.
    Field(&'static [&'static str]),
}

/// A change under a rule.
struct Seen<'s> {
    case: &'s Case<'s>,
    change: &'s Change,
}

/// What a rule says.
struct Rule {
    of: Of,
    at: At,
    consequence: Consequence,
    /// Why, or nothing where the rule does not apply after all.
    why: fn(&Seen<'_>) -> Option<String>,
    /// Commands that help.
    steps: fn(&Seen<'_>) -> Vec<String>,
}

/// For rules without commands.
fn no_steps(_: &Seen<'_>) -> Vec<String> {
    Vec::new()
}

impl Seen<'_> {
    /// Returns the text of what was there.
    fn before(&self) -> Option<&str> {
        match &self.change.what {
            What::Field { old, .. } => old.as_ref()?.as_str(),
            _ => None,
        }
    }

    /// Returns the text of what is there now.
    fn after(&self) -> Option<&str> {
        match &self.change.what {
            What::Field { new, .. } => new.as_ref()?.as_str(),
            _ => None,
        }
    }

    /// Returns the servers of both sides.
    fn servers(&self) -> Option<(&Server<'_>, &Server<'_>)> {
        Some((self.case.old?, self.case.new?))
    }

    /// Returns the beginning of a kubectl command for the object's namespace.
    fn kubectl(&self) -> String {
        match &self.change.object.namespace {
            Some(namespace) => format!("kubectl -n {namespace}"),
            None => "kubectl".to_owned(),
        }
    }
}

impl Rule {
    fn effect(&self, seen: &Seen<'_>) -> Option<Effect> {
        let object = &seen.change.object;
        let is_meant = match self.of {
            Of::Kinds(kinds) => kinds.contains(&object.kind.as_str()),
            Of::Server => [seen.case.new, seen.case.old]
                .into_iter()
                .flatten()
                .any(|server| server.set == *object),
            Of::Config => seen
                .case
                .new
                .is_some_and(|server| is_server_config(server, object)),
            Of::Any => true,
        };
        let is_there = match (self.at, &seen.change.what) {
            (At::Created, What::Created(_)) | (At::Gone, What::Gone) => true,
            (At::Field(pattern), What::Field { path, .. }) => path.matches(pattern),
            _ => false,
        };
        if !is_meant || !is_there {
            return None;
        }
        let why = (self.why)(seen)?;
        Some(Effect {
            consequence: self.consequence,
            why,
            steps: (self.steps)(seen),
        })
    }
}

/// Tells whether an object is the ConfigMap with the server's configuration.
pub(super) fn is_server_config(server: &Server<'_>, object: &ObjectId) -> bool {
    object.kind == "ConfigMap" && server.config_map.as_ref() == Some(&object.name)
}

/// Returns what comes of a change, the worst first.
pub(super) fn effects(case: &Case<'_>, change: &Change, restart: Option<&Restart>) -> Vec<Effect> {
    if let What::Field { is_kept: true, .. } = change.what {
        return vec![Effect {
            consequence: Consequence::None,
            why: "it stays: `kubectl apply` takes away only what was applied before".to_owned(),
            steps: Vec::new(),
        }];
    }
    let seen = Seen { case, change };
    let mut effects: Vec<Effect> = [api::RULES, data::RULES, notes::RULES]
        .into_iter()
        .flatten()
        .filter_map(|rule| rule.effect(&seen))
        .collect();
    if let Some(restart) = restart.filter(|restart| restart.is_cause(case, change)) {
        effects.push(restart.effect());
    }
    effects.sort_by_key(|effect| std::cmp::Reverse(effect.consequence));
    effects
}
