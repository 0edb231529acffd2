//! Two values to the places in which they differ. It must not say what a difference means.

use std::collections::{HashMap, HashSet};

use super::conf;
use super::defaults::{counts_when_empty, is_default, is_same, is_servers_own};
use super::keys;
use super::path::{Path, Segment};
use super::secrecy::is_key_file;
use super::text::hunks;
use crate::yaml::{Mapping, Value};

/// Most items without names that are told one by one: each takes some kilobytes, and nobody reads more.
const MAX_ITEMS: usize = 10_000;

/// Most pairs of items without names that are compared to find the equal ones; longer lists are compared in their order.
const MAX_PAIRS: usize = 1 << 16;

/// A place in which two objects differ. Without any value it differs in form alone: comments, blank lines, order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) path: Path,
    pub(super) old: Option<Value>,
    pub(super) new: Option<Value>,
}

/// Compares two objects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comparison {
    /// Whether the old object came from a cluster.
    pub(super) is_live: bool,
}

impl Comparison {
    /// Adds the differences at a place and below it.
    pub(super) fn compare(
        self,
        path: &Path,
        old: Option<&Value>,
        new: Option<&Value>,
        out: &mut Vec<Field>,
    ) {
        match (old, new) {
            (None, None) => {}
            (Some(old), Some(new)) if old == new || is_same(path, old, new) => {}
            (Some(only), None) | (None, Some(only)) if is_default(path, only) => {}
            (Some(_), None) if self.is_live && is_servers_own(path) => {}
            (Some(Value::Mapping(old)), Some(Value::Mapping(new))) => {
                self.maps(path, old, new, out);
            }
            (Some(Value::Mapping(only)), None) => self.one_sided(path, only, true, out),
            (None, Some(Value::Mapping(only))) => self.one_sided(path, only, false, out),
            (Some(Value::Sequence(old)), Some(Value::Sequence(new))) => {
                self.lists(path, old, new, out);
            }
            (Some(Value::Sequence(old)), None) if keys::names(path, old).is_some() => {
                self.lists(path, old, &[], out);
            }
            (None, Some(Value::Sequence(new))) if keys::names(path, new).is_some() => {
                self.lists(path, &[], new, out);
            }
            (Some(Value::String(old)), Some(Value::String(new)))
                if (old.contains('\n') || new.contains('\n'))
                    && !(is_key_file(old) || is_key_file(new)) =>
            {
                texts(path, old, new, out);
            }
            (old, new) => out.push(Field {
                path: path.clone(),
                old: old.cloned(),
                new: new.cloned(),
            }),
        }
    }

    fn maps(self, path: &Path, old: &Mapping, new: &Mapping, out: &mut Vec<Field>) {
        for (key, value) in old.iter() {
            self.compare(&path.key(key), Some(value), new.get(key), out);
        }
        for (key, value) in new.iter().filter(|(key, _)| old.get(key).is_none()) {
            self.compare(&path.key(key), None, Some(value), out);
        }
    }

    /// A map that only one side has: as one difference, or a difference a key where each key stands for itself.
    fn one_sided(self, path: &Path, only: &Mapping, is_old: bool, out: &mut Vec<Field>) {
        let empty = Mapping::default();
        let mut below = Vec::new();
        if is_old {
            self.maps(path, only, &empty, &mut below);
        } else {
            self.maps(path, &empty, only, &mut below);
        }
        let stands_alone = matches!(path.last(), "labels" | "annotations" | "data");
        let is_whole = below.is_empty() && counts_when_empty(path);
        if !is_whole && (below.len() < 2 || stands_alone) {
            out.extend(below);
            return;
        }
        let whole = Some(Value::Mapping(only.clone()));
        let (old, new) = if is_old { (whole, None) } else { (None, whole) };
        out.push(Field {
            path: path.clone(),
            old,
            new,
        });
    }

    fn lists(self, path: &Path, old: &[Value], new: &[Value], out: &mut Vec<Field>) {
        if let (Some(old_names), Some(new_names)) = (keys::names(path, old), keys::names(path, new))
        {
            let item = |name: &String| path.with(Segment::Item(name.as_str().into()));
            let there: HashMap<&String, &Value> = new_names.iter().zip(new).collect();
            for (name, value) in old_names.iter().zip(old) {
                let other = there.get(name).copied();
                self.compare_item(&item(name), Some(value), other, out);
            }
            let was: HashSet<&String> = old_names.iter().collect();
            for (name, value) in new_names.iter().zip(new) {
                if !was.contains(name) {
                    self.compare_item(&item(name), None, Some(value), out);
                }
            }
            // The order of containers, variables and the like means something: of init containers above all.
            let kept = |names: &[String], is_kept: &dyn Fn(&String) -> bool| -> Vec<String> {
                names.iter().filter(|name| is_kept(name)).cloned().collect()
            };
            let before = kept(&old_names, &|name| there.contains_key(name));
            let after = kept(&new_names, &|name| was.contains(name));
            if before != after && path.last() == "initContainers" {
                let names = |names: Vec<String>| {
                    Some(Value::Sequence(
                        names.into_iter().map(Value::from).collect(),
                    ))
                };
                out.push(Field {
                    path: path.clone(),
                    old: names(before),
                    new: names(after),
                });
            }
            return;
        }
        let is_scalar = |item: &Value| !matches!(item, Value::Mapping(_) | Value::Sequence(_));
        let is_script = |item: &Value| item.as_str().is_some_and(|text| text.contains('\n'));
        if old.len() == new.len()
            && old
                .iter()
                .zip(new)
                .any(|(old, new)| is_script(old) && is_script(new))
        {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                self.compare(&path.with(Segment::Index(index)), Some(old), Some(new), out);
            }
            return;
        }
        if old.iter().chain(new).all(is_scalar) {
            out.push(Field {
                path: path.clone(),
                old: Some(Value::Sequence(old.to_vec())),
                new: Some(Value::Sequence(new.to_vec())),
            });
            return;
        }
        self.nameless(path, old, new, out);
    }

    /// Items without names: equal ones are the same, the others are compared in their order.
    fn nameless(self, path: &Path, old: &[Value], new: &[Value], out: &mut Vec<Field>) {
        let mut free: Vec<usize> = (0..new.len()).collect();
        let mut left: Vec<usize> = Vec::new();
        let is_short = old.len().saturating_mul(new.len()) <= MAX_PAIRS;
        if !is_short {
            left.extend(0..old.len());
        }
        for (index, item) in old.iter().enumerate().filter(|_| is_short) {
            match free
                .iter()
                .position(|at| self.is_equal(path, item, &new[*at]))
            {
                Some(position) => drop(free.remove(position)),
                None => left.push(index),
            }
        }
        if left.len().max(free.len()) > MAX_ITEMS {
            out.push(Field {
                path: path.clone(),
                old: Some(Value::Sequence(old.to_vec())),
                new: Some(Value::Sequence(new.to_vec())),
            });
            return;
        }
        for place in 0..left.len().max(free.len()) {
            let (old_index, new_index) = (left.get(place), free.get(place));
            let Some(index) = new_index.or(old_index) else {
                continue;
            };
            let (old, new) = (old_index.map(|at| &old[*at]), new_index.map(|at| &new[*at]));
            self.compare_item(&path.with(Segment::Index(*index)), old, new, out);
        }
    }

    fn is_equal(self, path: &Path, old: &Value, new: &Value) -> bool {
        let mut differences = Vec::new();
        let path = path.with(Segment::Index(0));
        self.compare(&path, Some(old), Some(new), &mut differences);
        differences.is_empty()
    }

    /// An item that only one side has is one difference, whatever it holds.
    fn compare_item(
        self,
        path: &Path,
        old: Option<&Value>,
        new: Option<&Value>,
        out: &mut Vec<Field>,
    ) {
        if old.is_some() && new.is_some() {
            self.compare(path, old, new, out);
            return;
        }
        out.push(Field {
            path: path.clone(),
            old: old.cloned(),
            new: new.cloned(),
        });
    }
}

/// Two texts of several lines: directives where it is a configuration, else lines.
fn texts(path: &Path, old: &str, new: &str, out: &mut Vec<Field>) {
    let n_before = out.len();
    let directives = path.last().ends_with(".conf").then(|| {
        let old = conf::Conf::read(old)?;
        Some((old, conf::Conf::read(new)?))
    });
    if let Some(Some((old, new))) = directives {
        for name in old
            .names()
            .chain(new.names().filter(|name| old.get(name).is_none()))
        {
            let (old, new) = (old.get(name), new.get(name));
            if old != new {
                out.push(Field {
                    path: path.with(Segment::Directive(name.into())),
                    old: old.map(Value::from),
                    new: new.map(Value::from),
                });
            }
        }
    } else {
        for hunk in hunks(old, new) {
            let text =
                |lines: &[String]| (!lines.is_empty()).then(|| Value::from(lines.join("\n")));
            out.push(Field {
                path: path.with(Segment::Line(hunk.line)),
                old: text(&hunk.old),
                new: text(&hunk.new),
            });
        }
    }
    if out.len() == n_before {
        out.push(Field {
            path: path.clone(),
            old: None,
            new: None,
        });
    }
}
