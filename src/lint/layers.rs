//! Layers that do not do what they look like: values that change nothing, nulls without effect, lists that shrink.
//!
//! The merged tree no longer knows what a layer found below itself, so the layers are laid over each other once more.

use super::subject::{Report, Subject, is_ignored, leaves};
use super::{Rule, Severity};
use crate::diagnostic::{Place, ValuePath};
use crate::redis::memory;
use crate::values::history::{Change, changes};
use crate::values::layer::Origin;
use crate::values::merge::get;
use crate::values::secrecy::{is_secret, told};
use crate::values::set::{Edit, Kind};
use crate::yaml::{self, Content, Node, Span};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "no-op-value",
        severity: Severity::Note,
        what: "a value that is what it would be anyway",
        why: "A value that repeats the default, or an earlier file, hides which values were chosen, and stays behind when the \
              default gets better: the earlier one wins from then on. Where it is meant to stay as it is, say so by a waiver.",
        fix: "leave it out",
        check: no_op_value,
    },
    Rule {
        code: "null-removes-nothing",
        severity: Severity::Note,
        what: "a null where there is nothing to remove",
        why: "As in Helm a null takes a default away. Where there is none, or the default is null itself, it has no effect, and \
              whoever wrote it expected one.",
        fix: "leave it out",
        check: null_removes_nothing,
    },
    Rule {
        code: "null-forgotten",
        severity: Severity::Warning,
        what: "a null that a later layer takes back by setting a key below it",
        why: "As in Helm the files are merged first and the defaults filled in last. A map in a later file replaces the null of \
              an earlier one, and then all defaults of that map come back: `a: null` and then `a: {z: 3}` over the default \
              `{x: 1, y: 2}` gives all three keys.",
        fix: "write the nulls into the later layer, one a key",
        check: null_forgotten,
    },
    Rule {
        code: "empty-map-clears-nothing",
        severity: Severity::Warning,
        what: "an empty map over one that has keys",
        why: "As in Helm maps are merged, so `{}` adds nothing and removes nothing: the keys of the default stay.",
        fix: "set each key to null",
        check: empty_map_clears_nothing,
    },
    Rule {
        code: "list-shortened",
        severity: Severity::Warning,
        what: "a list that replaces a longer one of an earlier file",
        why: "As in Helm lists are replaced, never merged: a later file that means to add or change one item loses the others.",
        fix: "repeat the items that are to stay, or change one by `--set list[0].key=value`",
        check: list_shortened,
    },
    Rule {
        code: "global-ignored",
        severity: Severity::Warning,
        what: "a `global` key that Bitnami's charts would have read",
        why: "`global` is accepted because umbrella charts hand it to everything, and nothing of it is read. A registry, pull \
              secrets or a storage class that Bitnami's charts took from there have keys of their own here.",
        fix: "set the key that is read",
        check: global_ignored,
    },
];

/// What a layer says, and what stood there below it.
#[derive(Debug)]
struct Statement {
    path: ValuePath,
    key_span: Span,
    value: Node,
    below: Option<Node>,
}

/// What comes of laying the user's layers over the defaults once more.
#[derive(Debug, Default)]
pub(super) struct History {
    statements: Vec<Statement>,
    /// Nulls over maps of defaults, and where a later layer took them back.
    forgotten: Vec<(ValuePath, Span, Span)>,
    nulls: Vec<(ValuePath, Span)>,
}

fn history<'s>(subject: &'s Subject<'_>) -> &'s History {
    subject.history.get_or_init(|| laid_over(subject))
}

fn laid_over(subject: &Subject<'_>) -> History {
    let defaults = &subject.effective.defaults;
    let mut tree = defaults.clone();
    let mut history = History::default();
    for change in changes(subject.effective) {
        match &change {
            Change::Document(node) | Change::Edit(_, Edit::Merge(node)) => {
                history.take(node, &tree, defaults);
            }
            // What the file says is not in the flag.
            Change::Edit(Kind::File, Edit::Assign(_)) => {}
            Change::Edit(_, Edit::Assign(assignment)) => history.statements.push(Statement {
                path: assignment.path.clone(),
                key_span: assignment.key_span,
                value: assignment.value.clone(),
                below: get(&tree, &assignment.path).cloned(),
            }),
        }
        change.apply(&mut tree, defaults);
    }
    history
}

impl History {
    fn take(&mut self, document: &Node, tree: &Node, defaults: &Node) {
        for (path, span) in &self.nulls {
            let taken_back = get(document, path).and_then(Node::entries);
            let has_defaults = get(defaults, path)
                .and_then(Node::entries)
                .is_some_and(|entries| {
                    entries.iter().any(|entry| {
                        !entry.value.is_null()
                            && taken_back.is_some_and(|taken| {
                                taken.iter().all(|other| other.key != entry.key)
                            })
                    })
                });
            if let Some(by) = taken_back.and(get(document, path)).filter(|_| has_defaults) {
                self.forgotten.push((path.clone(), *span, by.span));
            }
        }
        self.nulls.retain(|(path, _)| get(document, path).is_none());
        leaves(
            document,
            &mut ValuePath::default(),
            &mut |path, key_span, value| {
                let below = get(tree, path);
                // Nothing is to be said of what is new, nor of what is not read; and a path may be as long as the file.
                if is_ignored(path) || below.is_none() && !value.is_null() {
                    return;
                }
                if value.is_null() && below.is_some_and(|below| below.entries().is_some()) {
                    self.nulls.push((path.clone(), value.span));
                }
                self.statements.push(Statement {
                    below: below.cloned(),
                    path: path.clone(),
                    key_span,
                    value: value.clone(),
                });
            },
        );
    }
}

fn no_op_value(subject: &Subject<'_>, report: &mut Report<'_>) {
    for statement in &history(subject).statements {
        let Some(below) = &statement.below else {
            continue;
        };
        let Statement {
            path,
            key_span,
            value,
            ..
        } = statement;
        if value.is_null() || is_ignored(path) {
            continue;
        }
        if !is_same(value, below) || is_of_digest(subject, path) {
            continue;
        }
        let said = match value
            .scalar()
            .filter(|_| !is_secret(&told(path, &subject.effective.tree)))
        {
            Some(scalar) if scalar.text.is_empty() => " is empty".to_owned(),
            Some(scalar) if scalar.text.len() <= 60 => format!(" is `{}`", scalar.text),
            _ => " is the same".to_owned(),
        };
        let source = &subject.effective.sources[below.span.source as usize];
        let whose = match &source.origin {
            Origin::Default => "by default".to_owned(),
            origin => format!("in {}", origin.name()),
        };
        let span = if value.span == Span::default() {
            *key_span
        } else {
            value.span
        };
        report.span(
            path.clone(),
            span,
            Some(*key_span),
            format!("`{path}`{said} {whose} already"),
        );
    }
}

/// Tells whether a value names the image of a digest that is set: without it another default would belong to the digest.
fn is_of_digest(subject: &Subject<'_>, path: &ValuePath) -> bool {
    [
        ("valkey.image", ["repository", "tag"]),
        ("valkey.exporter", ["image", "tag"]),
    ]
    .into_iter()
    .any(|(image, keys)| {
        let image = ValuePath::of(image);
        let digest = subject.effective.get(&image.clone().key("digest"));
        keys.iter().any(|key| *path == image.clone().key(key))
            && digest.is_some_and(|digest| !digest.is_null())
    })
}

/// Tells whether two nodes mean the same where they stand.
fn is_same(a: &Node, b: &Node) -> bool {
    match (&a.content, &b.content) {
        (Content::Scalar(a), Content::Scalar(b)) => {
            if a.text == b.text {
                return !a.text.is_empty() || a.is_null() == b.is_null();
            }
            let switch = |text: &str| yaml::parse_switch(text);
            let is_switch = switch(&a.text).is_some() && switch(&a.text) == switch(&b.text);
            // `384Mi` and `384mb`; two bare numbers that differ in spelling only are rare.
            let has_unit = |text: &str| {
                text.starts_with(|c: char| c.is_ascii_digit())
                    && text.ends_with(|c: char| c.is_ascii_alphabetic())
            };
            let is_size = has_unit(&a.text)
                && has_unit(&b.text)
                && memory::parse(&a.text).is_ok_and(|bytes| memory::parse(&b.text) == Ok(bytes));
            is_switch || is_size
        }
        (Content::Sequence(a), Content::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Content::Mapping(entries), Content::Mapping(others)) => {
            entries.len() == others.len()
                && entries.iter().all(|entry| {
                    b.entry(&entry.key)
                        .is_some_and(|other| is_same(&entry.value, &other.value))
                })
        }
        _ => false,
    }
}

fn null_removes_nothing(subject: &Subject<'_>, report: &mut Report<'_>) {
    // These are laid over something of ours that the values do not show.
    const LAID_OVER: [&str; 5] = [
        "podSecurityContext",
        "containerSecurityContext",
        "valkey.probes.startup",
        "valkey.probes.liveness",
        "valkey.probes.readiness",
    ];
    for statement in &history(subject).statements {
        let Statement {
            path,
            key_span,
            value,
            below,
        } = statement;
        let is_laid_over = LAID_OVER.iter().any(|dotted| {
            let over = ValuePath::of(dotted);
            path.0.len() > over.0.len() && path.0.starts_with(&over.0)
        });
        if value.is_null()
            && below.as_ref().is_none_or(is_nothing)
            && !is_laid_over
            && !is_ignored(path)
        {
            let message = match below {
                Some(below) if below.entries().is_some_and(|entries| !entries.is_empty()) => {
                    format!("everything under `{path}` is null already: it is derived")
                }
                Some(below) if !below.is_null() => format!("`{path}` is empty already"),
                Some(_) => format!("`{path}` is null already"),
                None => format!("there is no `{path}` to remove"),
            };
            report.span(path.clone(), value.span, Some(*key_span), message);
        }
    }
}

/// Tells whether there is nothing in a value but nulls.
fn is_nothing(node: &Node) -> bool {
    match &node.content {
        Content::Scalar(_) => node.is_null(),
        Content::Sequence(items) => items.is_empty(),
        Content::Mapping(entries) => entries.iter().all(|entry| is_nothing(&entry.value)),
    }
}

fn null_forgotten(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (path, span, by) in &history(subject).forgotten {
        let message = format!("this null is forgotten: the defaults of `{path}` are back");
        report
            .span(path.clone(), *span, None, message)
            .related_at(Place::Span(*by), "taken back here");
    }
}

fn empty_map_clears_nothing(subject: &Subject<'_>, report: &mut Report<'_>) {
    for statement in &history(subject).statements {
        let Statement {
            path,
            key_span,
            value,
            below,
        } = statement;
        let is_empty = value.entries().is_some_and(<[_]>::is_empty);
        let Some(entries) = below.as_ref().and_then(Node::entries) else {
            continue;
        };
        let kept: Vec<String> = entries
            .iter()
            .filter(|entry| !entry.value.is_null())
            .map(|entry| format!("`{}`", entry.key))
            .collect();
        if is_empty && !kept.is_empty() && !is_ignored(path) {
            report.span(
                path.clone(),
                value.span,
                Some(*key_span),
                format!(
                    "an empty map clears nothing: `{path}` keeps {}",
                    kept.join(", ")
                ),
            );
        }
    }
}

fn list_shortened(subject: &Subject<'_>, report: &mut Report<'_>) {
    for statement in &history(subject).statements {
        let Statement {
            path,
            key_span,
            value,
            below: Some(below),
        } = statement
        else {
            continue;
        };
        if let (Content::Sequence(items), Content::Sequence(others)) =
            (&value.content, &below.content)
            && items.len() < others.len()
            && subject.is_users(below.span)
        {
            let message = format!(
                "`{path}` has {} of the {} items that it had: a list is replaced, not merged",
                items.len(),
                others.len()
            );
            report
                .span(path.clone(), value.span, Some(*key_span), message)
                .related_at(Place::Span(below.span), "the longer list");
        }
    }
}

/// What Bitnami's charts for Redis and Valkey read under `global`, and the key that is read here.
const GLOBAL: [(&str, &str); 8] = [
    ("imageRegistry", "image.registry"),
    ("imagePullSecrets", "imagePullSecrets"),
    ("storageClass", "valkey.storage.className"),
    ("defaultStorageClass", "valkey.storage.className"),
    ("redis.password", "valkey.password.existingSecret"),
    ("valkey.password", "valkey.password.existingSecret"),
    (
        "compatibility.openshift.adaptSecurityContext",
        "podSecurityContext",
    ),
    ("security.allowInsecureImages", "image.registry"),
];

fn global_ignored(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (dotted, ours) in GLOBAL {
        let path = ValuePath::of(&format!("global.{dotted}"));
        let Some(node) = subject.effective.get(&path) else {
            continue;
        };
        let is_nothing = match &node.content {
            Content::Scalar(scalar) => scalar.is_null() || scalar.text.is_empty(),
            Content::Sequence(items) => items.is_empty(),
            Content::Mapping(entries) => entries.is_empty(),
        };
        if !is_nothing {
            report
                .value(path.clone(), format!("`{path}` is not read"))
                .help(format!("set `{ours}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_same;
    use crate::yaml::read;

    #[test]
    fn values_that_mean_the_same_are_told_from_those_that_do_not() {
        for (a, b, expected) in [
            ("1", "1", true),
            ("1", "2", false),
            ("''", "''", true),
            ("{a: }", "{a: ''}", false),
            ("{a: }", "{a: }", true),
            ("yes", "true", true),
            ("yes", "no", false),
            ("yes", "other", false),
            ("384Mi", "384mb", true),
            ("384Mi", "385Mi", false),
            ("0Mi", "0mb", true),
            ("1Mi", "1048576", false),
            ("1048576", "1Mi", false),
            ("3x", "4x", false),
            ("[1, yes]", "[1, true]", true),
            ("[1]", "[1, 2]", false),
            ("[1, 2]", "[1, 3]", false),
            ("{a: 1, b: yes}", "{b: true, a: 1}", true),
            ("{a: 1}", "{a: 2}", false),
            ("{a: 1}", "{b: 1}", false),
            ("{a: 1}", "{a: 1, b: 2}", false),
            ("{}", "[]", false),
            ("[1]", "1", false),
        ] {
            let node = |text: &str| read(text, 0).unwrap().documents.remove(0);
            let is_expected = is_same(&node(a), &node(b)) == expected;
            assert!(is_expected, "`{a}` and `{b}`");
        }
    }
}
