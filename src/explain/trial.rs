//! Trying other values: what changes in the output, what vanishes, what appears.

use super::alternatives::{self, Alternative, MadeUp};
use super::cause::{Cause, Who};
use super::edit::set;
use super::subject::Subject;
use crate::diagnostic::{Diagnostic, ValuePath};
use crate::manifest::{Manifest, Object};
use crate::path::Path;
use crate::render;
use crate::template::Templates;
use crate::tier::{self, Invocation, Tier};
use crate::values::Values;
use crate::values::decode::Decode;
use crate::values::layer::{Origin, Source};
use crate::values::merge::Effective;
use crate::values::schema;
use crate::values::set::Kind;
use crate::yaml::{self, Node, Value};

/// Alternatives of one value that are looked at, where they are valid.
const ENOUGH: usize = 3;

/// Changes that are told, of those that make something appear.
const MAX_CHANGES: usize = 5;

/// A change of values that makes something appear.
#[derive(Debug, Clone)]
pub struct Change {
    /// What is set, and what to; where any value will do, to nothing.
    pub set: Vec<(ValuePath, Option<String>)>,
    /// What would still be wrong then.
    pub needs: Vec<Diagnostic>,
    /// What the values would mean then.
    pub(super) tier: Tier,
}

/// The values, and what else they could be.
pub(super) struct Trials<'s> {
    subject: &'s Subject<'s>,
    alternatives: Vec<Alternative>,
}

impl<'s> Trials<'s> {
    /// Collects the alternatives; `asked` are the keys of the field that is asked for.
    pub(super) fn new(subject: &'s Subject<'s>, asked: &[&str]) -> Self {
        Self {
            subject,
            alternatives: alternatives::all(
                &Values::takes(),
                &subject.effective.tree,
                &subject.effective.defaults,
                asked,
            ),
        }
    }

    /// What is rendered by.
    pub(super) fn templates(&self) -> &'s Templates {
        self.subject.templates
    }

    /// The tier with other values, and what is wrong with it; nothing where they cannot be read.
    fn resolve(&self, changes: &[&Alternative]) -> Option<(Tier, Vec<Diagnostic>)> {
        let mut effective = self.subject.effective.clone();
        for change in changes {
            let node = match &change.spelling {
                Some(spelling) => Some(said(spelling, &mut effective)?),
                None => None,
            };
            set(&mut effective.tree, &change.path.0, node);
        }
        let mut found = Vec::new();
        let decoded = schema::decode(&effective, &mut found);
        found
            .is_empty()
            .then(|| tier::attempt(&decoded, &effective, self.subject.invocation, Vec::new()))
    }

    /// The values that take part in a field that is there.
    pub(super) fn causes(&self, object: &Object, field: &Path, value: &Value) -> Vec<Cause> {
        let mut causes = self.arguments(object, field, value);
        for alternatives in self.alternatives.chunk_by(|a, b| a.path == b.path) {
            let place = alternatives[0].place();
            if causes
                .iter()
                .any(|cause: &Cause| cause.is_at_or_below(&place))
            {
                // That further keys would count is clear from those that are there.
                continue;
            }
            let mut cause = Cause {
                who: Who::Value(place),
                is_content: false,
                is_existence: false,
            };
            let mut refused = Vec::new();
            let mut n_valid = 0;
            for alternative in alternatives {
                match self.resolve(&[alternative]) {
                    Some((tier, found)) if found.is_empty() => {
                        n_valid += 1;
                        cause.see(&tier, self.templates(), object, field, value);
                    }
                    Some((tier, _))
                        if tier.cache.is_some() == self.subject.tier.cache.is_some() =>
                    {
                        refused.push(tier);
                    }
                    _ => {}
                }
                if n_valid == ENOUGH || cause.is_content && cause.is_existence {
                    break;
                }
            }
            if n_valid == 0 && alternatives[0].made_up == MadeUp::Nothing {
                // What these would mean if they were allowed is better than nothing.
                for tier in refused.iter().take(ENOUGH) {
                    cause.see(tier, self.templates(), object, field, value);
                }
            }
            if cause.is_content || cause.is_existence {
                causes.push(cause);
            }
        }
        causes
    }

    /// The arguments that take part in a field.
    fn arguments(&self, object: &Object, field: &Path, value: &Value) -> Vec<Cause> {
        let Subject {
            effective,
            invocation,
            ..
        } = *self.subject;
        let mut found = Vec::new();
        let decoded = schema::decode(effective, &mut found);
        let others = [
            (
                "NAME",
                Invocation {
                    name: format!("{}x", invocation.name),
                    ..invocation.clone()
                },
            ),
            (
                "--namespace",
                Invocation {
                    namespace: Some("explained".to_owned()),
                    ..invocation.clone()
                },
            ),
        ];
        others
            .into_iter()
            .filter_map(|(name, invocation)| {
                let (tier, found) = tier::attempt(&decoded, effective, &invocation, Vec::new());
                let mut cause = Cause {
                    who: Who::Argument(name),
                    is_content: false,
                    is_existence: false,
                };
                if found.is_empty() {
                    cause.see(&tier, self.templates(), object, field, value);
                }
                (cause.is_content || cause.is_existence).then_some(cause)
            })
            .collect()
    }

    /// The changes that make something appear: in the object of this source, or in any.
    pub(super) fn changes(
        &self,
        source: Option<&str>,
        is_there: &mut dyn FnMut(&Manifest) -> bool,
    ) -> Vec<Change> {
        // A switch says it best, and where one does, nothing else has to be tried.
        let (switches, others): (Vec<&Alternative>, Vec<&Alternative>) = self
            .alternatives
            .iter()
            .partition(|alternative| alternative.is_switch);
        let mut changes: Vec<Change> = Vec::new();
        for alternatives in [switches, others] {
            if !changes.is_empty() {
                break;
            }
            for alternative in alternatives {
                let is_told = |change: &Change| change.set[0].0 == alternative.missing();
                if !changes.iter().any(is_told) {
                    changes.extend(self.change(&[alternative], source, is_there));
                }
            }
        }
        if changes.is_empty() {
            changes = self.pairs(source, is_there);
        }
        // Where something else would still be wrong, there is mostly a better way.
        if changes.iter().any(|change| change.needs.is_empty()) {
            changes.retain(|change| change.needs.is_empty());
        }
        changes.truncate(MAX_CHANGES);
        changes
    }

    /// Two switches together, where one does not do it.
    fn pairs(
        &self,
        source: Option<&str>,
        is_there: &mut dyn FnMut(&Manifest) -> bool,
    ) -> Vec<Change> {
        let switches: Vec<&Alternative> = self
            .alternatives
            .iter()
            .filter(|alternative| alternative.is_switch && !is_alert(alternative))
            .collect();
        for (index, first) in switches.iter().enumerate() {
            for second in &switches[index + 1..] {
                if let Some(change) = self.change(&[first, second], source, is_there) {
                    return vec![change];
                }
            }
        }
        Vec::new()
    }

    fn change(
        &self,
        alternatives: &[&Alternative],
        source: Option<&str>,
        is_there: &mut dyn FnMut(&Manifest) -> bool,
    ) -> Option<Change> {
        let (tier, needs) = self.resolve(alternatives)?;
        let manifest = render::objects(&tier, self.templates(), &|file| {
            source.is_none_or(|source| super::file(source) == file)
        });
        is_there(&manifest.ok()?).then(|| Change {
            set: alternatives
                .iter()
                .map(|alternative| {
                    let spelling = alternative.spelling.clone();
                    (
                        alternative.missing(),
                        spelling.filter(|_| alternative.is_switch),
                    )
                })
                .collect(),
            needs,
            tier,
        })
    }
}

/// Makes a node of a value as if the user had said it: a default gives way to others, and what is said does not.
fn said(spelling: &str, effective: &mut Effective) -> Option<Node> {
    let source = u32::try_from(effective.sources.len()).ok()?;
    let node = yaml::read(spelling, source).ok()?.documents.pop()?;
    effective.sources.push(Source {
        origin: Origin::Flag {
            kind: Kind::Set,
            number: 1,
        },
        text: spelling.to_owned().into(),
        is_readable: true,
    });
    Some(node)
}

/// Alerts are many, and none of their switches makes an object.
fn is_alert(alternative: &Alternative) -> bool {
    alternative
        .path
        .touches(&ValuePath::of("monitoring.alerts"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Subject, Trials};
    use crate::kube::version;
    use crate::render;
    use crate::template::Templates;
    use crate::tier::{self, Invocation};
    use crate::values::layer::{DEFAULTS, Layers, Origin};
    use crate::values::{merge, schema};
    use crate::yaml::Span;

    /// Values that switch on what others are about.
    const CONTEXTS: [&str; 7] = [
        "",
        "valkey: {backup: {enabled: true}, podDisruptionBudget: {enabled: true}}",
        "externalSecrets: {enabled: true, secretStore: s, keyPath: k}",
        "valkey: {service: {type: LoadBalancer}, settings: {maxmemoryPolicy: noeviction}}",
        "valkey: {storage: {enabled: false}}",
        "valkey: {resources: {requests: {memory: 700Mi}}, service: {ipFamilyPolicy: PreferDualStack}}",
        "valkey: {engine: redis, version: '7.2', image: {repository: example/cache, tag: stable}}",
    ];

    /// Values that change nothing that is rendered, whatever they are, and why not.
    const WITHOUT_OUTPUT: [(&str, &str); 9] = [
        (
            "clusterDomain",
            "nothing names another pod by its full name",
        ),
        (
            "monitoring.alerts.RedisDown.threshold",
            "it compares nothing",
        ),
        (
            "monitoring.alerts.RedisMetricsMissing.threshold",
            "it compares nothing",
        ),
        (
            "monitoring.alerts.RedisPersistenceFailure.threshold",
            "it compares nothing",
        ),
        (
            "monitoring.alerts.RedisReplication",
            "there are no replicas",
        ),
        ("profile", "it is merged already"),
        ("valkey.workload.dataSize", "lint and sizing read it"),
        ("valkey.workload.use", "lint and sizing read it"),
        ("valkey.workload.writesPerSecond", "lint and sizing read it"),
    ];

    /// The places of the values, and those of them whose alternatives are valid and change what is rendered.
    fn asked(context: &str) -> (BTreeSet<String>, BTreeSet<String>) {
        let mut found = Vec::new();
        let mut layers = Layers::default();
        layers.add(Origin::Default, DEFAULTS, &mut found);
        layers.add(Origin::File("x".into()), context.to_owned(), &mut found);
        let effective = merge::merge(layers, None, &mut found);
        let decoded = schema::decode(&effective, &mut found);
        let invocation = Invocation {
            name: "x".to_owned(),
            name_span: Span::default(),
            namespace: None,
            namespace_span: Span::default(),
            kube_version: version::FLOOR,
        };
        let tier = tier::resolve(&decoded, &effective, &invocation, found).unwrap();
        let subject = Subject {
            effective: &effective,
            invocation: &invocation,
            tier: &tier,
            templates: &Templates::default(),
        };
        let usual = render::objects(&tier, subject.templates, &|_| true).unwrap();
        let trials = Trials::new(&subject, &[]);
        let (mut all, mut changing) = (BTreeSet::new(), BTreeSet::new());
        for alternative in &trials.alternatives {
            let place = alternative.place().to_string();
            all.insert(place.clone());
            if changing.contains(&place) {
                continue;
            }
            if let Some((tier, found)) = trials.resolve(&[alternative])
                && found.is_empty()
                && render::objects(&tier, subject.templates, &|_| true)
                    .is_ok_and(|other| other != usual)
            {
                changing.insert(place);
            }
        }
        (all, changing)
    }

    #[test]
    fn every_value_has_an_alternative_that_shows_what_it_does() {
        let mut silent: Option<BTreeSet<String>> = None;
        for context in CONTEXTS {
            let (all, changing) = asked(context);
            assert!(all.len() > 150);
            let left = silent.unwrap_or(all);
            silent = Some(left.difference(&changing).cloned().collect());
        }
        let mut silent = silent.unwrap_or_default();
        // What is in a list depends on what is beside it.
        silent.retain(|path| !path.contains('['));
        for (known, reason) in WITHOUT_OUTPUT {
            let n_silent = silent.len();
            silent.retain(|path| !path.starts_with(known));
            assert!(silent.len() < n_silent, "{known} does something: {reason}?");
        }
        assert_eq!(silent, BTreeSet::new());
    }
}
