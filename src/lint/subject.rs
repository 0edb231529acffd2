//! What rules look at, and how they say what they found.

use std::cell::OnceCell;

use super::layers::History;
use crate::diagnostic::{Diagnostic, Place, Severity, Step, ValuePath};
use crate::kube::served::Served;
use crate::kube::version::KubeVersion;
use crate::lint::Rule;
use crate::manifest::Manifest;
use crate::tier::{Cache, Tier};
use crate::values::Values;
use crate::values::decode;
use crate::values::merge::{Effective, get};
use crate::yaml::{Content, Mapping, Node, Span, Value};

/// What rules look at.
#[derive(Debug)]
pub struct Subject<'s> {
    /// The values with their places.
    pub effective: &'s Effective,
    /// The same, typed.
    pub values: &'s Values,
    /// What they mean.
    pub tier: &'s Tier,
    /// What comes of it.
    pub manifest: &'s Manifest,
    /// The Kubernetes version that it is rendered for.
    pub kube_version: KubeVersion,
    /// What the cluster serves beside Kubernetes' own kinds.
    pub served: &'s Served,
    /// What the layers say, for the rules that ask.
    pub(super) history: OnceCell<History>,
}

/// Something found, and the value that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The value, or the value that is missing.
    pub path: ValuePath,
    /// What was found, at a span of what the user wrote if there is one.
    pub diagnostic: Diagnostic,
    /// Where the key of the value stands, if the user wrote it.
    pub(super) key_span: Option<Span>,
}

impl<'s> Subject<'s> {
    /// Puts together what rules look at.
    pub fn new(
        effective: &'s Effective,
        values: &'s Values,
        tier: &'s Tier,
        manifest: &'s Manifest,
        kube_version: KubeVersion,
        served: &'s Served,
    ) -> Self {
        Self {
            effective,
            values,
            tier,
            manifest,
            kube_version,
            served,
            history: OnceCell::new(),
        }
    }

    /// Returns the tier, unless there is none.
    pub(super) fn cache(&self) -> Option<&Cache> {
        self.tier.cache.as_ref()
    }

    /// Returns what has the pods' metadata and what they are made of.
    pub(super) fn pod_template(&self) -> Option<&Value> {
        let object = self.manifest.objects().iter().find(|object| {
            object.id.kind == "StatefulSet" && object.id.name == self.tier.identity.names.redis
        })?;
        object.body.at(&["spec", "template"])
    }

    /// Returns the further objects that stand beside ours, each with its place. One that names another namespace is about
    /// other pods; so is one that names any, where it is not known which is ours.
    pub(super) fn added_objects(&self) -> impl Iterator<Item = (ValuePath, &Mapping)> {
        let ours = self.tier.identity.namespace.as_deref();
        let objects = self.tier.extra_objects.iter().enumerate();
        objects
            .filter(move |(_, object)| {
                let metadata = object.get("metadata").and_then(Value::as_mapping);
                let theirs = metadata.and_then(|metadata| metadata.text("namespace"));
                theirs.is_none() || theirs == ours
            })
            .map(|(index, object)| (ValuePath::of("extraObjects").index(index), object))
    }

    /// Returns the server's container.
    pub(super) fn server_container(&self) -> Option<&Value> {
        let containers = self.pod_template()?.at(&["spec", "containers"])?;
        let containers = containers.as_sequence()?;
        containers
            .iter()
            .find(|container| container.at(&["name"]).and_then(Value::as_str) == Some("redis"))
    }

    /// Returns the containers that the user adds to the pods, each with its place.
    pub(super) fn added_containers(&self) -> Vec<(ValuePath, &Mapping)> {
        let Some(cache) = self.cache() else {
            return Vec::new();
        };
        let located = |dotted: &str, list: &'_ [Mapping]| -> Vec<ValuePath> {
            (0..list.len())
                .map(|index| ValuePath::of(dotted).index(index))
                .collect()
        };
        let pod = &cache.pod;
        let all = [
            ("valkey.extraContainers", &pod.extra_containers),
            ("valkey.extraInitContainers", &pod.extra_init_containers),
        ];
        all.into_iter()
            .flat_map(|(dotted, list)| located(dotted, list).into_iter().zip(list))
            .collect()
    }

    /// Tells whether the user wrote what stands at a span.
    pub(super) fn is_users(&self, span: Span) -> bool {
        self.effective.sources[span.source as usize]
            .origin
            .is_users()
    }

    /// Returns the first of several values that the user set, or else the first that has a default.
    pub(super) fn decisive(&self, paths: &[&str]) -> ValuePath {
        let paths: Vec<ValuePath> = paths.iter().map(|dotted| ValuePath::of(dotted)).collect();
        let set = paths.iter().find(|path| self.effective.is_from_user(path));
        let default = || paths.iter().find(|path| self.effective.get(path).is_some());
        set.or_else(default)
            .or(paths.first())
            .cloned()
            .unwrap_or_default()
    }

    /// Returns where a value stands: what the user wrote; or the nearest key around it that the user wrote; or the
    /// default. Beside it, the user's key.
    fn locate(&self, path: &ValuePath) -> (Place, Option<Span>) {
        let (mut node, mut nearest) = (&self.effective.tree, None);
        let mut value = None;
        for step in &path.0 {
            let (key, inner) = match (step, &node.content) {
                (Step::Key(key), _) => match node.entry(key) {
                    Some(entry) => (entry.key_span, Some(&entry.value)),
                    None => (Span::default(), None),
                },
                (Step::Index(index), Content::Sequence(items)) => match items.get(*index) {
                    Some(item) => (item.span, Some(item)),
                    None => (Span::default(), None),
                },
                _ => (Span::default(), None),
            };
            value = inner.map(|inner| inner.span);
            let Some(inner) = inner else { break };
            if self.is_users(key) {
                nearest = Some(key);
            }
            node = inner;
        }
        let found = match (value, nearest) {
            (Some(value), _) if self.is_users(value) => Some(value),
            (_, Some(key)) => Some(key),
            (value, None) => {
                value.or_else(|| get(&self.effective.defaults, path).map(|node| node.span))
            }
        };
        let place = found.map_or_else(|| Place::Value(path.clone()), Place::Span);
        (place, nearest)
    }
}

/// Takes what one rule finds.
pub(super) struct Report<'s> {
    subject: &'s Subject<'s>,
    rule: &'static Rule,
    pub(super) findings: Vec<Finding>,
}

impl<'s> Report<'s> {
    pub(super) fn new(subject: &'s Subject<'s>, rule: &'static Rule) -> Self {
        Self {
            subject,
            rule,
            findings: Vec::new(),
        }
    }

    /// Reports the value at a path.
    pub(super) fn value(&mut self, path: ValuePath, message: impl Into<String>) -> Said<'_> {
        let (place, key_span) = self.subject.locate(&path);
        self.push(path, place, key_span, message.into())
    }

    /// Reports what stands at a span, which is about the value at a path.
    pub(super) fn span(
        &mut self,
        path: ValuePath,
        span: Span,
        key_span: Option<Span>,
        message: impl Into<String>,
    ) -> Said<'_> {
        self.push(path, Place::Span(span), key_span, message.into())
    }

    fn push(
        &mut self,
        path: ValuePath,
        place: Place,
        key_span: Option<Span>,
        message: String,
    ) -> Said<'_> {
        let mut diagnostic = Diagnostic::new(self.rule.code, place, message).help(self.rule.fix);
        diagnostic.severity = self.rule.severity;
        self.findings.push(Finding {
            path,
            diagnostic,
            key_span,
        });
        Said(self.findings.last_mut().expect("one was pushed"))
    }
}

/// A finding to which more can be said.
pub(super) struct Said<'f>(&'f mut Finding);

impl Said<'_> {
    /// Says how to mend it, better than the rule does.
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        self.0.diagnostic.help = Some(help.into());
        self
    }

    /// Says that it is less bad, or worse, than what the rule usually finds.
    pub(super) fn severity(self, severity: Severity) -> Self {
        self.0.diagnostic.severity = severity;
        self
    }

    /// Names another value that took part.
    pub(super) fn related(self, path: &ValuePath, role: &str) -> Self {
        // Its own place, also where it is a default: what it says is why it is named.
        self.related_at(Place::Value(path.clone()), role)
    }

    /// Names another place that took part.
    pub(super) fn related_at(self, place: Place, role: &str) -> Self {
        self.0.diagnostic.related.push((place, role.to_owned()));
        self
    }
}

/// Tells whether a value is under a key that is none of ours.
pub(super) fn is_ignored(path: &ValuePath) -> bool {
    matches!(path.0.first(), Some(Step::Key(key)) if decode::is_ignored(key))
}

/// Looks at every value of a tree, lists and empty maps as they are, with its path and where its key stands.
pub(super) fn leaves<'n>(
    node: &'n Node,
    path: &mut ValuePath,
    found: &mut dyn FnMut(&ValuePath, Span, &'n Node),
) {
    let Some(entries) = node.entries() else {
        return;
    };
    for entry in entries {
        path.0.push(Step::Key(entry.key.clone()));
        match entry.value.entries() {
            Some(inner) if !inner.is_empty() => leaves(&entry.value, path, found),
            _ => found(path, entry.key_span, &entry.value),
        }
        path.0.pop();
    }
}
