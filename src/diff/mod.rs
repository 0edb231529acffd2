//! Two manifests as objects: what is different, and what comes of it when the new one is applied.
//!
//! It compares and judges; it reads no files and prints nothing. Objects are paired by identity, fields by path, items of
//! lists by the API server's keys, configurations by directive, scripts by line. What a change means is in [`rules`], a
//! row a rule.

mod applied;
mod conf;
mod defaults;
mod fields;
mod keys;
mod known;
mod path;
mod references;
mod restart;
pub mod rules;
mod secrecy;
mod server;
mod text;

use crate::kube::object::{ObjectId, group};
use crate::manifest::Object;
use crate::yaml::Value;

use applied::Applied;
use fields::{Comparison, Field};
use known::{INSTANCE, Known};
pub use path::{Path, Segment};
use restart::Restart;
use rules::Case;
use server::Server;

/// What applying a change does, the harmless first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consequence {
    /// Nothing that anybody waits for.
    None,
    /// Pods are replaced.
    Restart,
    /// An object is made anew under another identity.
    Recreate,
    /// An object stays in the cluster although nothing renders it any more.
    Orphan,
    /// The API server does not take it.
    Refused,
    /// Data can be lost, or out of reach.
    DataRisk,
}

impl Consequence {
    /// All of them, the harmless first.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Restart,
        Self::Recreate,
        Self::Orphan,
        Self::Refused,
        Self::DataRisk,
    ];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Restart => "restart",
            Self::Recreate => "recreate",
            Self::Orphan => "orphan",
            Self::Refused => "refused",
            Self::DataRisk => "data risk",
        }
    }
}

/// One consequence of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// Which.
    pub consequence: Consequence,
    /// Why, in a sentence without a full stop; empty where the name of the consequence says it all.
    pub why: String,
    /// Commands that help, in their order.
    pub steps: Vec<String>,
}

/// What is different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The object is new: what it says, without its secrets.
    Created(Value),
    /// The object is gone.
    Gone,
    /// A field has another value; nothing stands for a field that is not there.
    Field {
        /// Where.
        path: Path,
        /// What was there.
        old: Option<Value>,
        /// What is there now.
        new: Option<Value>,
        /// Whether the values must not be shown.
        is_secret: bool,
        /// Whether the field is nobody's, so that applying an object without it leaves it there.
        is_kept: bool,
    },
    /// Only comments, blank lines or the order differ.
    Form {
        /// Where.
        path: Path,
    },
}

/// One difference and what comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The object.
    pub object: ObjectId,
    /// What is different.
    pub what: What,
    /// What comes of it, the worst first; empty where nothing does.
    pub effects: Vec<Effect>,
}

impl Change {
    /// Returns the worst consequence.
    pub fn consequence(&self) -> Consequence {
        self.effects
            .first()
            .map_or(Consequence::None, |effect| effect.consequence)
    }

    /// Returns where in the object it is.
    pub fn path(&self) -> Option<&Path> {
        match &self.what {
            What::Field { path, .. } | What::Form { path } => Some(path),
            What::Created(_) | What::Gone => None,
        }
    }
}

/// What is known of the use of the tier beside its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Workload {
    /// Whether losing the data hurts.
    pub is_store: bool,
    /// The declared size of the data in bytes.
    pub data_bytes: Option<u64>,
}

/// Returns what is different between what is there and what comes, the worst first.
pub fn diff(old: &[Object], new: &[Object], workload: Workload) -> Vec<Change> {
    let mut changes = Vec::new();
    let (old, new) = &Known::both(old, new);
    for object in new.iter() {
        match old.same(&object.id) {
            Some(other) => compare(other, object, &mut changes),
            None => changes.push(Change {
                object: object.id.clone(),
                what: What::Created(secrecy::masked(
                    &object.id.kind,
                    &Path::default(),
                    &object.body,
                )),
                effects: Vec::new(),
            }),
        }
    }
    // What was made beside the render, as the Secret is, and is used by it, nobody left behind.
    let is_used =
        |object: &Object| defaults::is_live(&object.body) && new.user(&object.id).is_some();
    // Whoever deletes them in this order takes the pods away before what they need and what guards them.
    for object in old
        .iter()
        .rev()
        .filter(|object| is_ours(object, new) && !is_used(object))
    {
        if new.same(&object.id).is_none() {
            changes.push(Change {
                object: object.id.clone(),
                what: What::Gone,
                effects: Vec::new(),
            });
        }
    }
    if changes.is_empty() {
        return changes;
    }
    let (old_server, new_server) = (Server::find(old), Server::find(new));
    drop_followers(&mut changes, new_server.as_ref());
    let known = rules::Changes::new(&changes);
    let case = Case {
        old: old_server.as_ref(),
        new: new_server.as_ref(),
        old_objects: old,
        new_objects: new,
        changes: &known,
        workload,
    };
    let restart = Restart::of(&case);
    let effects: Vec<Vec<Effect>> = changes
        .iter()
        .map(|change| rules::effects(&case, change, restart.as_ref()))
        .collect();
    for (change, effects) in changes.iter_mut().zip(effects) {
        change.effects = effects;
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.consequence()));
    changes
}

/// Tells whether two identities mean one object; a namespace that is left out is any.
pub fn is_same(one: &ObjectId, other: &ObjectId) -> bool {
    one.kind == other.kind
        && one.name == other.name
        && group(&one.api_version) == group(&other.api_version)
        && match (&one.namespace, &other.namespace) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
}

/// Tells whether an object is one that earlier renders of the same tier may have made.
///
/// What a file holds is; of a cluster, what has our labels and is nobody's: pods and claims of a StatefulSet are not.
fn is_ours(object: &Object, new: &Known<'_>) -> bool {
    const MANAGER: [&str; 3] = ["metadata", "labels", "app.kubernetes.io/managed-by"];
    if !defaults::is_live(&object.body) {
        return true;
    }
    let instance = object.body.at(&INSTANCE).and_then(Value::as_str);
    // The control plane makes Endpoints with the labels of their Service.
    object.id.kind != "Endpoints"
        && object.body.at(&["metadata", "ownerReferences"]).is_none()
        && object.body.at(&MANAGER).and_then(Value::as_str) == Some("cachegen")
        && new.has_instance(instance)
}

fn compare(old: &Object, new: &Object, changes: &mut Vec<Change>) {
    let comparison = Comparison {
        is_live: defaults::is_live(&old.body),
    };
    let mut fields = Vec::new();
    comparison.compare(
        &Path::default(),
        Some(&old.body),
        Some(&new.body),
        &mut fields,
    );
    let kind = &new.id.kind;
    let applied = comparison.is_live.then(|| Applied::of(old));
    for Field {
        path,
        old,
        new: now,
    } in fields
    {
        // Whoever applies it chooses the namespace.
        if path.matches(&["metadata", "namespace"]) {
            continue;
        }
        let what = if old.is_none() && now.is_none() {
            What::Form { path }
        } else {
            let shown = |value: &Option<Value>| {
                value
                    .as_ref()
                    .map(|value| secrecy::masked(kind, &path, value))
            };
            let (old_shown, new_shown) = (shown(&old), shown(&now));
            // Where only what is masked differs there is nothing to show.
            let is_secret = old_shown == new_shown
                || [&old, &now]
                    .into_iter()
                    .flatten()
                    .any(|value| secrecy::is_secret(kind, &path, value));
            What::Field {
                is_kept: now.is_none()
                    && applied
                        .as_ref()
                        .is_some_and(|applied| applied.leaves(&path)),
                old: old_shown,
                new: new_shown,
                is_secret,
                path,
            }
        };
        changes.push(Change {
            object: new.id.clone(),
            what,
            effects: Vec::new(),
        });
    }
}

/// Leaves out the checksum of a configuration whose own differences are told.
fn drop_followers(changes: &mut Vec<Change>, server: Option<&Server<'_>>) {
    let Some(server) = server else { return };
    let is_told = changes.iter().any(|change| {
        rules::is_server_config(server, &change.object)
            && change.path().is_some_and(|path| path.is_below(&["data"]))
    });
    if is_told {
        let pattern = &[
            "spec",
            "template",
            "metadata",
            "annotations",
            "checksum/config",
        ];
        changes.retain(|change| {
            change.object != server.set || !change.path().is_some_and(|path| path.matches(pattern))
        });
    }
}
