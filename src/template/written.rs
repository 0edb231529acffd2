//! Where a field of an object is written: a line of its template, and of those that this one is made of.

use minijinja::OutputSpanKind;

use super::engine::Engine;
use super::node;
use crate::path::{NAMES, Part, Path};
use crate::yaml::{self, Content, Node, Value};

/// A line of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The template.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What it says.
    pub text: String,
}

impl Engine {
    /// Returns where a field is written, from the outside in; as far as it can be told.
    pub fn written(&self, file: &str, path: &Path) -> Vec<Written> {
        let mut found = Vec::new();
        self.find(file, &path.0, &mut found);
        found
    }

    fn find(&self, file: &str, parts: &[Part], found: &mut Vec<Written>) {
        let Ok(template) = self.environment.get_template(file) else {
            return;
        };
        let Ok((text, spans)) = template.render_with_spans(self.shared.context()) else {
            return;
        };
        let source = template.source();
        let mut push = |offset: usize| {
            let line = super::engine::line_at(&text, &spans, offset);
            found.push(Written {
                file: file.to_owned(),
                line,
                text: source
                    .lines()
                    .nth(line - 1)
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
            });
        };
        if !file.ends_with(".yaml.j2") {
            let word = Path(parts.to_vec()).to_string();
            let begins = |line: &str| word.is_empty() || line.split(' ').next() == Some(&word);
            let mut offset = 0;
            for line in text.split_inclusive('\n') {
                if begins(line.trim_end()) {
                    return push(offset);
                }
                offset += line.len();
            }
            return;
        }
        let documents = yaml::read(&text, 0).map(|reading| reading.documents);
        let Some(document) = documents.ok().and_then(|mut documents| documents.pop()) else {
            return;
        };
        let holes = self.shared.holes().clone();
        let (node, offset, n_steps) = descend(&document, parts, &holes);
        push(offset);
        let is_hole = node
            .scalar()
            .is_some_and(|scalar| scalar.text.contains(node::OPEN));
        let at = node.span.start as usize;
        let expression = spans
            .iter()
            .find(|span| {
                span.kind() == OutputSpanKind::Expression && span.output_range().contains(&at)
            })
            .map(|span| source[span.source_range()].trim());
        if let Some(inner) = expression.filter(|_| is_hole).and_then(template_within) {
            self.find(inner, &parts[n_steps..], found);
        }
    }
}

/// The template that an expression renders.
fn template_within(expression: &str) -> Option<&str> {
    let arguments = ["partial(\"", "text(\""]
        .into_iter()
        .find_map(|call| expression.strip_prefix(call))?;
    arguments.split('"').next()
}

/// Follows a path as far as the text of a template goes; returns the node, where it begins, and how many steps it took.
fn descend<'n>(
    document: &'n Node,
    parts: &[Part],
    holes: &[Option<Value>],
) -> (&'n Node, usize, usize) {
    let (mut node, mut offset) = (document, 0);
    for (n_steps, part) in parts.iter().enumerate() {
        let next = match (part, &node.content) {
            (Part::Key(key), Content::Mapping(entries)) => entries
                .iter()
                .find(|entry| is_text(&entry.key, key, holes))
                .map(|entry| (&entry.value, entry.key_span.start)),
            (Part::Index(index), Content::Sequence(items)) => {
                items.get(*index).map(|item| (item, item.span.start))
            }
            (Part::Item(key, text), Content::Sequence(items)) => items
                .iter()
                .find(|item| is_called(item, key, text, holes))
                .map(|item| (item, item.span.start)),
            _ => None,
        };
        let Some((inner, start)) = next else {
            return (node, offset, n_steps);
        };
        node = inner;
        offset = start as usize;
    }
    (node, offset, parts.len())
}

/// Tells whether a text, or the value of the hole whose mark it is, is the wanted one.
fn is_text(text: &str, wanted: &str, holes: &[Option<Value>]) -> bool {
    text == wanted || node::hole(text, holes).and_then(Value::as_str) == Some(wanted)
}

/// Tells whether an item, or the value of the hole that it is, has this text under this key, or is called so.
fn is_called(item: &Node, key: &str, text: &str, holes: &[Option<Value>]) -> bool {
    let own = [key];
    let names: &[&[&str]] = if key == "name" { &NAMES } else { &[&own] };
    let said = |path: &&[&str]| {
        let mut node = item;
        for key in *path {
            node = &node.entry(key)?.value;
        }
        node.scalar()
    };
    if let Some(scalar) = names.iter().find_map(said) {
        return is_text(&scalar.text, text, holes);
    }
    let hole = item
        .scalar()
        .and_then(|scalar| node::hole(&scalar.text, holes));
    hole.is_some_and(|hole| {
        let named = names.iter().find_map(|path| hole.at(path));
        named.and_then(Value::as_str) == Some(text)
    })
}
