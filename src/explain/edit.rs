//! Values with one of them changed.

use crate::diagnostic::Step;
use crate::yaml::{Content, Entries, Entry, Node, Span};

/// Sets what stands at a path, or takes it away.
pub(super) fn set(tree: &mut Node, path: &[Step], value: Option<Node>) {
    let [step, rest @ ..] = path else {
        if let Some(value) = value {
            *tree = value;
        }
        return;
    };
    match step {
        Step::Key(key) => {
            if tree.entries().is_none() {
                tree.content = Content::Mapping(Entries::default());
            }
            let Content::Mapping(entries) = &mut tree.content else {
                return;
            };
            let position = entries.position(key);
            match (position, rest.is_empty(), value) {
                (Some(position), true, None) => drop(entries.remove(position)),
                (Some(position), _, value) => {
                    if let Some((_, inner)) = entries.at_mut(position) {
                        set(inner, rest, value);
                    }
                }
                (None, _, None) => {}
                (None, _, value) => {
                    let mut inner = nothing(tree.span);
                    set(&mut inner, rest, value);
                    entries.push(Entry {
                        key: key.clone(),
                        key_span: tree.span,
                        value: inner,
                    });
                }
            }
        }
        Step::Index(index) => {
            if !matches!(tree.content, Content::Sequence(_)) {
                tree.content = Content::Sequence(Vec::new());
            }
            let Content::Sequence(items) = &mut tree.content else {
                return;
            };
            if items.len() <= *index {
                items.push(nothing(tree.span));
            }
            let last = items.len() - 1;
            set(&mut items[(*index).min(last)], rest, value);
        }
    }
}

fn nothing(span: Span) -> Node {
    Node {
        content: Content::Mapping(Entries::default()),
        span,
    }
}
