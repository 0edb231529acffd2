//! Where values come from, in words and for programs.

use super::report::Places;
use crate::diagnostic::{Place, ValuePath};
use crate::values::Values;
use crate::values::decode::{Decode, Takes};
use crate::values::history::History;
use crate::values::layer::Origin;
use crate::values::merge::{Effective, get};
use crate::values::secrecy::{self, told};
use crate::values::typed::typed;
use crate::yaml::{Mapping, Node, Span, Value};

/// Longest overridden value that is shown, in characters.
const MAX_SHOWN: usize = 60;

/// Where a value stands, or stood.
pub(super) struct Comes {
    /// A file, a flag, `profile lite` or `default`.
    source: String,
    /// Line and column from 1, where it is a file.
    position: Option<(usize, usize)>,
}

impl Comes {
    fn from(span: Span, places: &Places<'_>) -> Self {
        let (source, position) = match places.location(span) {
            Some(location) => match location.origin {
                Origin::Default => ("default".to_owned(), None),
                Origin::File(_) => (
                    location.origin.name().into_owned(),
                    Some((location.line, location.column)),
                ),
                origin => (origin.name().into_owned(), None),
            },
            None => ("default".to_owned(), None),
        };
        Self { source, position }
    }

    fn words(&self) -> String {
        match self.position {
            Some((line, column)) => format!("{}:{line}:{column}", self.source),
            None => self.source.clone(),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let number = |number: usize| Value::from(number as u64);
        let (line, column) = self
            .position
            .map_or((Value::Null, Value::Null), |(line, column)| {
                (number(line), number(column))
            });
        Value::Mapping(Mapping::from_iter([
            ("source", self.source.as_str().into()),
            ("line", line),
            ("column", column),
        ]))
    }
}

/// Where every value comes from.
pub(super) struct Origins<'e> {
    effective: &'e Effective,
    places: Places<'e>,
    history: History,
    takes: Takes,
}

impl<'e> Origins<'e> {
    pub(super) fn of(effective: &'e Effective) -> Self {
        Self {
            effective,
            places: Places::new(effective),
            history: History::of(effective),
            takes: Values::takes(),
        }
    }

    /// Where the value at a path comes from.
    pub(super) fn of_value(&self, path: &ValuePath) -> Comes {
        let said = self.effective.get(&ValuePath::of("profile"));
        let said = said.and_then(Node::scalar).map(|scalar| &*scalar.text);
        if path.to_string() == "profile" && self.effective.profile() != said {
            return Comes {
                source: "--profile".to_owned(),
                position: None,
            };
        }
        Comes::from(self.span(path), &self.places)
    }

    /// Where a value comes from and what it stands in the place of, in words.
    pub(super) fn words(&self, path: &ValuePath) -> String {
        self.comment(path, true).unwrap_or_default()
    }

    fn span(&self, path: &ValuePath) -> Span {
        let effective = self.effective;
        let node = effective.get(path);
        // What was below something that is gone went with it.
        let is_gone =
            |gone: &ValuePath| gone == path || node.is_none() && path.0.starts_with(&gone.0);
        let removed = effective.removed.iter().find(|(gone, _)| is_gone(gone));
        let node = node.or_else(|| get(&effective.defaults, path));
        match (removed, node) {
            (Some((_, span)), _) => *span,
            // Nothing is written where a flag says that there is an empty text.
            (None, Some(node)) if node.span == Span::default() => effective
                .locate(&Place::Key(path.clone()))
                .unwrap_or_default(),
            (None, node) => node.map(|node| node.span).unwrap_or_default(),
        }
    }

    /// What stood at a path before, the strongest first.
    pub(super) fn before(&self, path: &ValuePath) -> Vec<(Value, Comes)> {
        self.history
            .before(path, self.span(path), &self.effective.tree)
            .into_iter()
            .filter(|node| !node.is_null())
            .map(|node| {
                let takes = self.takes.at(path).unwrap_or(Takes::Anything);
                let mut value = typed(Some(node), None, &takes);
                secrecy::mask(&mut value, &told(path, &self.effective.tree));
                (value, Comes::from(node.span, &self.places))
            })
            .collect()
    }

    pub(super) fn comment(&self, path: &ValuePath, is_leaf: bool) -> Option<String> {
        let before = self.before(path);
        let over: Vec<String> = before
            .iter()
            .map(|(value, comes)| format!("{} {}", comes.words(), shown(value)))
            .collect();
        let over = over.join(", ");
        match (is_leaf, over.is_empty()) {
            (true, true) => Some(self.of_value(path).words()),
            (true, false) => Some(format!("{}, over {over}", self.of_value(path).words())),
            (false, true) => None,
            (false, false) => Some(format!("over {over}")),
        }
    }
}

/// Shows a value in a line, as much of it as fits.
pub(super) fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) if !text.is_empty() && !text.contains(['\n', ',', '"']) => text.clone(),
        other => other.to_json(),
    };
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
