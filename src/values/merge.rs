//! Layers to one tree: maps merge, scalars and lists replace, null removes, as Helm does for a single chart.
//!
//! Every node keeps the span it was read from, so the tree itself says where each value comes from.

use crate::diagnostic::{Diagnostic, Place, Step, ValuePath};
use crate::values::layer::{Layers, Origin, PINNED, PROFILES, Source};
use crate::values::set::{self, Edit};
use crate::yaml::{Content, Entries, Entry, Node, Span, Style, parse_switch};

/// The merged tree and what is needed to say where its values come from.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The tree.
    pub tree: Node,
    /// Defaults and profile alone: what stands where the user's value cannot be read.
    pub defaults: Node,
    /// The texts that spans point into.
    pub sources: Vec<Source>,
    /// The nulls of the user that removed a default, and where they stand.
    pub removed: Vec<(ValuePath, Span)>,
}

impl Effective {
    /// Looks a place up: the span of the value or key, or of the nearest thing around it that exists.
    pub fn locate(&self, place: &Place) -> Option<Span> {
        match place {
            Place::Span(span) => Some(*span),
            Place::Value(path) => match self.removed.iter().find(|(removed, _)| removed == path) {
                Some((_, span)) => Some(*span),
                None => self.walk(path).map(|(_, value)| value),
            },
            Place::Key(path) => self.walk(path).map(|(key, _)| key),
        }
    }

    /// Returns the node at a path.
    pub fn get(&self, path: &ValuePath) -> Option<&Node> {
        get(&self.tree, path)
    }

    /// Returns the name of the profile, whoever chose it.
    pub fn profile(&self) -> Option<&'static str> {
        self.sources.iter().find_map(|source| match source.origin {
            Origin::Profile(name) => Some(name),
            _ => None,
        })
    }

    /// Tells whether the value at a path comes from the user, not from the defaults or the profile.
    pub fn is_from_user(&self, path: &ValuePath) -> bool {
        self.get(path)
            .is_some_and(|node| self.sources[node.span.source as usize].origin.is_users())
    }

    fn walk(&self, path: &ValuePath) -> Option<(Span, Span)> {
        let mut node = &self.tree;
        let mut found = None;
        for step in &path.0 {
            let (key, value) = match (step, &node.content) {
                (Step::Key(key), _) => match node.entry(key) {
                    Some(entry) => (entry.key_span, &entry.value),
                    None => break,
                },
                (Step::Index(index), Content::Sequence(items)) => match items.get(*index) {
                    Some(item) => (item.span, item),
                    None => break,
                },
                _ => break,
            };
            found = Some((key, value.span));
            node = value;
        }
        found
    }
}

/// Returns the node at a path below a node.
pub fn get<'n>(node: &'n Node, path: &ValuePath) -> Option<&'n Node> {
    path.0
        .iter()
        .try_fold(node, |node, step| match (step, &node.content) {
            (Step::Key(key), _) => node.entry(key).map(|entry| &entry.value),
            (Step::Index(index), Content::Sequence(items)) => items.get(*index),
            _ => None,
        })
}

/// Merges the layers: the defaults, the profile, the files, then the flags.
///
/// `profile` is what the command line says; without it the `profile` key of the files and flags decides.
pub fn merge(
    mut layers: Layers,
    profile: Option<&str>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Effective {
    let (mut defaults, user, edits) = take(&mut layers);
    let name = if edits.is_empty() {
        profile_name(profile, &user, &defaults)
    } else {
        // What the flags make of the values names the profile, whose lists some of them may edit.
        let mut edited = user.clone();
        for edit in &edits {
            set::apply(&mut edited, &defaults, edit, &mut Vec::new());
        }
        profile_name(profile, &edited, &defaults)
    };
    let mut pinned = Vec::new();
    if let Some((name, text)) = PROFILES.iter().find(|(known, _)| *known == name) {
        let n_before = layers.layers.len();
        layers.add(Origin::Profile(name), *text, diagnostics);
        for mut document in layers
            .layers
            .split_off(n_before)
            .into_iter()
            .flat_map(|layer| layer.documents)
        {
            pinned = take_pinned(&mut document);
            overlay(&mut defaults, document);
        }
    }
    let user = edited(user, &defaults, &edits, diagnostics);
    for path in &pinned {
        check_pinned(path, name, &user, &defaults, diagnostics);
    }
    finish(user, defaults, layers)
}

/// Merges the layers where no profile stands between the defaults and the files.
pub fn merge_without_profile(mut layers: Layers, diagnostics: &mut Vec<Diagnostic>) -> Effective {
    let (defaults, user, edits) = take(&mut layers);
    let user = edited(user, &defaults, &edits, diagnostics);
    finish(user, defaults, layers)
}

/// Takes the defaults, what the files say, and the edits in the order of their kinds out of the layers.
fn take(layers: &mut Layers) -> (Node, Node, Vec<Edit>) {
    let (mut defaults, mut user) = (empty_map(), empty_map());
    for layer in std::mem::take(&mut layers.layers) {
        let is_default = layers.sources[layer.source as usize].origin == Origin::Default;
        for document in layer.documents {
            let tree = if is_default { &mut defaults } else { &mut user };
            if tree.span == Span::default() {
                *tree = document;
            } else {
                overlay(tree, document);
            }
        }
    }
    let mut edits = std::mem::take(&mut layers.edits);
    edits.sort_by_key(|(kind, _)| *kind);
    let edits = edits.into_iter().map(|(_, edit)| edit).collect();
    (defaults, user, edits)
}

fn edited(
    mut user: Node,
    defaults: &Node,
    edits: &[Edit],
    diagnostics: &mut Vec<Diagnostic>,
) -> Node {
    for edit in edits {
        set::apply(&mut user, defaults, edit, diagnostics);
    }
    user
}

fn finish(user: Node, defaults: Node, layers: Layers) -> Effective {
    let mut removed = Vec::new();
    let mut tree = user;
    coalesce(
        &mut tree,
        &defaults,
        &mut ValuePath::default(),
        &mut removed,
    );
    Effective {
        tree,
        defaults,
        sources: layers.sources,
        removed,
    }
}

fn profile_name(flag: Option<&str>, user: &Node, defaults: &Node) -> &'static str {
    let names = || PROFILES.iter().map(|(name, _)| *name);
    let known = |wanted: &str| names().find(|name| *name == wanted);
    let default = defaults
        .entry("profile")
        .and_then(|entry| entry.value.scalar())
        .and_then(|scalar| known(&scalar.text));
    let default = default.expect("the default profile is one of the profiles");
    if let Some(name) = flag {
        // The command line accepts the names of profiles only.
        return known(name).unwrap_or(default);
    }
    let Some(entry) = user.entry("profile") else {
        return default;
    };
    match entry.value.scalar() {
        Some(scalar) if scalar.is_null() => default,
        Some(scalar) => known(&scalar.text).unwrap_or(default),
        None => default,
    }
}

/// Takes the list of pinned paths out of a profile's document.
fn take_pinned(document: &mut Node) -> Vec<ValuePath> {
    let Content::Mapping(entries) = &mut document.content else {
        return Vec::new();
    };
    let Some(position) = entries.position(PINNED) else {
        return Vec::new();
    };
    match entries.remove(position).value.content {
        Content::Sequence(items) => items
            .iter()
            .filter_map(Node::scalar)
            .map(|path| ValuePath::of(&path.text))
            .collect(),
        _ => Vec::new(),
    }
}

fn check_pinned(
    path: &ValuePath,
    profile: &str,
    user: &Node,
    defaults: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let (Some(theirs), Some(ours)) = (get(user, path), get(defaults, path)) else {
        return;
    };
    // What is no switch is refused as such.
    let switch = |node: &Node| {
        let unquoted = node.scalar().filter(|scalar| scalar.style != Style::Quoted);
        unquoted.and_then(|scalar| parse_switch(&scalar.text))
    };
    if switch(theirs).is_none() || switch(theirs) == switch(ours) {
        return;
    }
    let message = format!("the profile `{profile}` does not let `{path}` be changed");
    diagnostics.push(
        Diagnostic::new("pinned-key", Place::Span(theirs.span), message)
            .related(Place::Span(ours.span), "set here by the profile")
            .help("leave the key out, or choose another profile"),
    );
}

fn empty_map() -> Node {
    Node {
        content: Content::Mapping(Entries::default()),
        span: Span::default(),
    }
}

/// Lays a stronger map over a weaker one. A null stays, to remove a default later.
pub(crate) fn overlay(weaker: &mut Node, stronger: Node) {
    match (&mut weaker.content, stronger.content) {
        (Content::Mapping(entries), Content::Mapping(stronger_entries)) => {
            weaker.span = stronger.span;
            for entry in stronger_entries {
                let position = entries.position(&entry.key);
                match position.and_then(|position| entries.at_mut(position)) {
                    Some((key_span, value)) => {
                        *key_span = entry.key_span;
                        overlay(value, entry.value);
                    }
                    None => entries.push(entry),
                }
            }
        }
        (_, content) => {
            *weaker = Node {
                content,
                span: stronger.span,
            }
        }
    }
}

/// Fills what the user leaves open from the defaults; a null of the user's removes the default and goes with it.
fn coalesce(
    user: &mut Node,
    defaults: &Node,
    path: &mut ValuePath,
    removed: &mut Vec<(ValuePath, Span)>,
) {
    let (Content::Mapping(entries), Some(default_entries)) =
        (&mut user.content, defaults.entries())
    else {
        return;
    };
    for default in default_entries {
        path.0.push(Step::Key(default.key.clone()));
        match entries.position(&default.key) {
            // Helm takes a null away from a null only at the top.
            Some(position)
                if entries[position].value.is_null()
                    && (path.0.len() == 1 || !default.value.is_null()) =>
            {
                let entry = entries.remove(position);
                removed.push((path.clone(), entry.value.span));
            }
            Some(position) => {
                if let Some((_, value)) = entries.at_mut(position) {
                    coalesce(value, &default.value, path, removed);
                }
            }
            None if default.value.is_null() => {}
            None => entries.push(without_null_defaults(default)),
        }
        path.0.pop();
    }
}

fn without_null_defaults(entry: &Entry) -> Entry {
    let mut entry = entry.clone();
    drop_nulls(&mut entry.value);
    entry
}

fn drop_nulls(node: &mut Node) {
    if let Content::Mapping(entries) = &mut node.content {
        entries.retain(|entry| !entry.value.is_null());
        entries.values_mut().for_each(drop_nulls);
    }
}
