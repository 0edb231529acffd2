//! What each layer said about a value: the merged tree knows where a value comes from, not what it stands in the place of.
//!
//! The sources are read and laid over each other once more, so that nobody pays for it who does not ask.

use crate::diagnostic::{Step, ValuePath};
use crate::values::layer::Origin;
use crate::values::merge::{Effective, get, overlay};
use crate::values::set::{self, Edit, Kind};
use crate::yaml::{self, Node, Span};

/// What the user changed.
#[derive(Debug, Clone)]
pub enum Change {
    /// A document of a file.
    Document(Node),
    /// Something that a flag says.
    Edit(Kind, Edit),
}

impl Change {
    /// Lays it over a tree.
    pub fn apply(self, tree: &mut Node, defaults: &Node) {
        match self {
            Self::Document(document) => overlay(tree, document),
            Self::Edit(_, edit) => set::apply(tree, defaults, &edit, &mut Vec::new()),
        }
    }
}

/// Returns what the user changed, in the order in which it applies.
pub fn changes(effective: &Effective) -> Vec<Change> {
    let mut changes = Vec::new();
    for number in 0..effective.sources.len() {
        match &effective.sources[number].origin {
            Origin::File(_) => changes.extend(documents(effective, number).map(Change::Document)),
            Origin::Flag { kind, .. } => {
                let text = &effective.sources[number].text;
                let edits = set::parse(*kind, text, source_number(number)).unwrap_or_default();
                changes.extend(edits.into_iter().map(|edit| Change::Edit(*kind, edit)));
            }
            Origin::Default | Origin::Profile(_) | Origin::Argument(_) => {}
        }
    }
    changes
}

/// The documents of a source that are maps.
fn documents(effective: &Effective, number: usize) -> impl Iterator<Item = Node> {
    let reading = yaml::read(&effective.sources[number].text, source_number(number));
    let documents = reading.map(|reading| reading.documents).unwrap_or_default();
    documents
        .into_iter()
        .filter(|document| document.entries().is_some())
}

fn source_number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Most trees that are kept: a file may have tens of thousands of documents, each a layer.
const MAX_STATES: usize = 100;

/// Most nodes of all trees that are kept.
const MAX_KEPT: usize = 500_000;

/// The tree as it was after each layer, the weakest first; after the last ones at once where they are too many.
#[derive(Debug, Clone)]
pub struct History {
    states: Vec<Node>,
}

impl History {
    /// Lays the layers over each other once more.
    pub fn of(effective: &Effective) -> Self {
        let mut states: Vec<Node> = Vec::new();
        let is_built_in = |origin: &Origin| matches!(origin, Origin::Default | Origin::Profile(_));
        for number in 0..effective.sources.len() {
            // The profile is the last of the sources, and the second of the layers.
            if is_built_in(&effective.sources[number].origin) {
                for document in documents(effective, number) {
                    let mut tree = states.last().cloned().unwrap_or_else(|| document.clone());
                    overlay(&mut tree, document);
                    states.push(tree);
                }
            }
        }
        let (mut n_states, mut n_kept) = (0, 0);
        for change in changes(effective) {
            let last = states.last_mut().expect("the defaults are a document");
            if n_states < MAX_STATES && n_kept <= MAX_KEPT {
                n_states += 1;
                n_kept += last.count();
                let mut tree = last.clone();
                change.apply(&mut tree, &effective.defaults);
                states.push(tree);
            } else {
                change.apply(last, &effective.defaults);
            }
        }
        Self { states }
    }

    /// Returns what stood at a path before what `current` is the place of, the strongest first.
    ///
    /// Items are compared within one list only: another list is another value.
    pub fn before(&self, path: &ValuePath, current: Span, tree: &Node) -> Vec<&Node> {
        let n_keys = path
            .0
            .iter()
            .position(|step| matches!(step, Step::Index(_)));
        let list = n_keys.map(|n_keys| ValuePath(path.0[..n_keys].to_vec()));
        let place = |tree: &Node| get(tree, list.as_ref()?).map(|list| list.span);
        let mut found: Vec<&Node> = Vec::new();
        for state in self.states.iter().rev() {
            let Some(node) = get(state, path).filter(|_| place(state) == place(tree)) else {
                continue;
            };
            if node.span != current && found.last().is_none_or(|last| last.span != node.span) {
                found.push(node);
            }
        }
        found
    }
}
