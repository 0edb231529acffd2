//! What the rules share: what was found so far, and checks of labels and names.

use super::identity::SELECTOR_KEYS;
use super::unreadable::Unreadable;
use crate::diagnostic::{Diagnostic, Place, ValuePath};
use crate::kube::quantity::Quantity;
use crate::kube::valid::{self, Faults};
use crate::kube::{duration, label, shape};
use crate::values::merge::Effective;
use crate::values::schema::Decoded;
use crate::values::types::TextMap;
use crate::yaml::{Mapping, Node, Value};

/// What the rules know and find.
pub(super) struct Rules<'v> {
    unreadable: Unreadable<'v>,
    effective: &'v Effective,
    diagnostics: Vec<Diagnostic>,
    // So many of them were found before, in the tree.
    n_of_decode: usize,
    // What is found about values that could not be read goes here, and is forgotten.
    dropped: Vec<Diagnostic>,
}

/// A path of keys, from its dotted spelling.
pub(super) fn path(dotted: &str) -> ValuePath {
    ValuePath::of(dotted)
}

impl<'v> Rules<'v> {
    pub(super) fn new(
        decoded: &'v Decoded,
        effective: &'v Effective,
        diagnostics: Vec<Diagnostic>,
    ) -> Self {
        Self {
            unreadable: Unreadable::new(&decoded.unreadable, &decoded.left_out, effective),
            effective,
            n_of_decode: diagnostics.len(),
            diagnostics,
            dropped: Vec::new(),
        }
    }

    pub(super) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        for found in &mut self.diagnostics[self.n_of_decode..] {
            let related = found.related.iter_mut().map(|(place, _)| place);
            for place in related.chain([&mut found.place]) {
                if let Place::Value(path) | Place::Key(path) = place {
                    *path = self.unreadable.located(path).into_owned();
                }
            }
        }
        self.diagnostics
    }

    /// Tells whether the value at a path, and everything in it, could be read, and whether it is switched on.
    pub(super) fn is_readable(&self, path: &ValuePath) -> bool {
        !self.unreadable.touch(&self.unreadable.located(path))
    }

    /// Returns the number of findings so far, those about unreadable values among them.
    pub(super) fn n_findings(&self) -> usize {
        self.diagnostics.len() + self.dropped.len()
    }

    /// Tells whether the user set the value at a path.
    pub(super) fn is_from_user(&self, path: &ValuePath) -> bool {
        self.effective.is_from_user(&self.unreadable.located(path))
    }

    /// Tells whether there is anything in the map at a path, under keys that exist or under others.
    pub(super) fn has_entries(&self, path: &ValuePath) -> bool {
        let node = self.effective.get(&self.unreadable.located(path));
        let entries = node.and_then(Node::entries);
        entries.is_some_and(|entries| entries.iter().any(|entry| !entry.value.is_null()))
    }

    /// Reports the value at a path, unless it could not be read in the first place.
    pub(super) fn value(
        &mut self,
        code: &'static str,
        path: ValuePath,
        message: impl Into<String>,
    ) -> Finding<'_> {
        self.report(Diagnostic::value(code, path, message))
    }

    /// Reports the key at the end of a path.
    pub(super) fn key(
        &mut self,
        code: &'static str,
        path: ValuePath,
        message: impl Into<String>,
    ) -> Finding<'_> {
        self.report(Diagnostic::key(code, path, message))
    }

    /// Reports a place outside the values tree.
    pub(super) fn place(
        &mut self,
        code: &'static str,
        place: Place,
        message: impl Into<String>,
    ) -> Finding<'_> {
        self.diagnostics.push(Diagnostic::new(code, place, message));
        Finding(self.diagnostics.last_mut().expect("one was pushed"))
    }

    /// Checks a map of one of Kubernetes' types by Kubernetes' own rules.
    pub(super) fn kubernetes(&mut self, name: &str, map: &Mapping, path: &ValuePath) {
        let shape = shape::named(name).expect("the types are in the table, as a test shows");
        let mut faults = Faults::default();
        valid::check(shape, map, path, &mut faults);
        self.faults(faults);
    }

    /// Checks the maps of a list likewise.
    pub(super) fn kubernetes_list(
        &mut self,
        dotted: &str,
        name: &str,
        list: &[impl AsRef<Mapping>],
    ) {
        for (index, map) in list.iter().enumerate() {
            self.kubernetes(name, map.as_ref(), &path(dotted).index(index));
        }
    }

    /// Takes what Kubernetes' rules found, but for what could not be read in the first place.
    pub(super) fn faults(&mut self, faults: Faults) {
        for fault in faults.0 {
            self.report(fault);
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) -> Finding<'_> {
        let is_readable = match &diagnostic.place {
            Place::Value(path) | Place::Key(path) => self.is_readable(path),
            Place::Span(_) => true,
        };
        let list = if is_readable {
            &mut self.diagnostics
        } else {
            &mut self.dropped
        };
        list.push(diagnostic);
        Finding(list.last_mut().expect("one was pushed"))
    }

    /// Checks labels and returns them as data.
    pub(super) fn labels(&mut self, dotted: &str, labels: &TextMap) -> Mapping {
        let labels = mapping(labels);
        let mut faults = Faults::default();
        valid::labels(&labels, &path(dotted), &mut faults);
        self.faults(faults);
        self.bounded(dotted, "labels", "invalid-label", &labels);
        labels
    }

    /// Reports more labels or annotations than an object may have: labels have no limit of their own, but are repeated
    /// in an object, which has one.
    fn bounded(&mut self, dotted: &str, what: &str, code: &'static str, map: &Mapping) {
        let length = |(key, value): (&str, &Value)| key.len() + value.as_str().map_or(0, str::len);
        let n_bytes: usize = map.iter().map(length).sum();
        if n_bytes > label::ANNOTATIONS_MAX_BYTES {
            let message = format!(
                "{what} of {n_bytes} bytes are more than the {} that an object may have",
                label::ANNOTATIONS_MAX_BYTES
            );
            self.value(code, path(dotted), message);
        }
    }

    /// Reports labels of an object that would change by what objects are found.
    pub(super) fn no_selector_keys(&mut self, dotted: &str, labels: &Mapping) {
        for key in SELECTOR_KEYS.iter().filter(|key| labels.get(key).is_some()) {
            self.key(
                "reserved-label",
                path(dotted).key(key),
                format!("`{key}` is how objects find each other, and cannot be changed"),
            )
            .help("leave it out");
        }
    }

    /// Reads a duration in milliseconds; reports one that is none.
    pub(super) fn duration(&mut self, path: ValuePath, text: &str) -> Option<u64> {
        match duration::parse(text) {
            Ok(milliseconds) => Some(milliseconds),
            Err(reason) => {
                self.value("invalid-duration", path, reason);
                None
            }
        }
    }

    /// Checks annotations and returns them as data.
    pub(super) fn annotations(&mut self, dotted: &str, annotations: &TextMap) -> Mapping {
        for (key, _) in &annotations.0 {
            if let Err(rule) = label::annotation_key(key) {
                self.key(
                    "invalid-annotation",
                    path(dotted).key(key),
                    format!("the key of an annotation {rule}"),
                );
            }
        }
        let annotations = mapping(annotations);
        self.bounded(dotted, "annotations", "invalid-annotation", &annotations);
        annotations
    }

    /// Reads a quantity; reports one that is none.
    pub(super) fn quantity(&mut self, path: ValuePath, text: &str) -> Option<Quantity> {
        match Quantity::parse(text) {
            Ok(quantity) if quantity.is_negative() => {
                self.value("invalid-quantity", path, format!("`{text}` is negative"));
                None
            }
            Ok(quantity) => Some(quantity),
            Err(error) => {
                let help = match &error.meant {
                    Some(meant) => format!("write `{meant}`"),
                    None => "write a number and a unit, such as `512Mi`".to_owned(),
                };
                self.value("invalid-quantity", path, error.problem)
                    .help(help);
                None
            }
        }
    }

    /// Reports an optional name that breaks a rule.
    pub(super) fn name(
        &mut self,
        dotted: &str,
        what: &str,
        name: Option<&str>,
        rule: fn(&str) -> Result<(), String>,
    ) {
        if let Some(Err(broken)) = name.map(rule) {
            self.value(
                "invalid-name",
                path(dotted),
                format!("the name of a {what} {broken}"),
            );
        }
    }
}

/// A finding to which more can be said.
pub(super) struct Finding<'f>(&'f mut Diagnostic);

impl Finding<'_> {
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    pub(super) fn related(self, path: ValuePath, role: impl Into<String>) -> Self {
        self.0.related.push((Place::Value(path), role.into()));
        self
    }
}

/// Text to text as data.
pub(super) fn mapping(map: &TextMap) -> Mapping {
    map.0
        .iter()
        .map(|(key, value)| (key.as_str(), Value::from(value.as_str())))
        .collect()
}

/// Lays a map over the common one; nothing where both are empty, so that the key is left out.
pub(super) fn merged(common: Option<&Mapping>, own: &Mapping) -> Option<Mapping> {
    let mut merged = common.cloned().unwrap_or_default();
    for (key, value) in own.iter() {
        merged.insert(key, value.clone());
    }
    (!merged.is_empty()).then_some(merged)
}
