//! Where in an object something changed, and patterns of such places.

use std::fmt;
use std::rc::Rc;

use crate::path::{Operand, spell_key, spell_steps};

/// One step into an object. Its name is shared: a path is copied for each of the keys below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// A key of a map.
    Key(Rc<str>),
    /// An item of a list, by what the API server tells its items apart with.
    Item(Rc<str>),
    /// An item of a list whose items have no names, from 0.
    Index(usize),
    /// A directive of a redis.conf.
    Directive(Rc<str>),
    /// A line of a text, from 1.
    Line(usize),
}

/// A place in an object, such as `spec.template.spec.containers[redis].image`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path(pub Vec<Segment>);

impl Path {
    /// Returns the path one step deeper.
    pub fn with(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }

    /// Returns the path one key deeper.
    pub fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.into()))
    }

    /// Returns the name of the last step, empty where it has none.
    pub fn last(&self) -> &str {
        self.0.last().map_or("", Segment::name)
    }

    /// Tells whether a pattern describes the place: `*` stands for one step, `**` for any number of them.
    pub fn matches(&self, pattern: &[&str]) -> bool {
        matches(&self.0, pattern)
    }

    /// Tells whether the last steps are what a pattern of plain steps and `*` describes.
    pub fn ends_with(&self, pattern: &[&str]) -> bool {
        let at = self.0.len().checked_sub(pattern.len());
        at.is_some_and(|at| matches(&self.0[at..], pattern))
    }

    /// Tells whether the place is at or below what a pattern of plain steps and `*` describes.
    pub fn is_below(&self, pattern: &[&str]) -> bool {
        self.0.len() >= pattern.len() && matches(&self.0[..pattern.len()], pattern)
    }
}

fn matches(path: &[Segment], pattern: &[&str]) -> bool {
    match (pattern, path) {
        ([], _) => path.is_empty(),
        (["**", rest @ ..], _) => (0..=path.len()).any(|at| matches(&path[at..], rest)),
        (["*", rest @ ..], [_, tail @ ..]) => matches(tail, rest),
        ([name, rest @ ..], [first, tail @ ..]) => first.name() == *name && matches(tail, rest),
        (_, []) => false,
    }
}

impl Segment {
    fn name(&self) -> &str {
        match self {
            Self::Key(name) | Self::Item(name) | Self::Directive(name) => name,
            Self::Index(_) | Self::Line(_) => "",
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = |position: usize| self.0[position].name().len() + 1;
        spell_steps(f, self.0.len(), length, |f, position| {
            match &self.0[position] {
                Segment::Key(key) => spell_key(f, position == 0, key),
                Segment::Item(name) => write!(f, "[{}]", Operand(name)),
                Segment::Index(index) => write!(f, "[{index}]"),
                Segment::Directive(name) => write!(f, " {name}"),
                Segment::Line(number) => write!(f, " line {number}"),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Path, Segment};

    fn path() -> Path {
        let path = Path::default().key("spec").key("containers");
        path.with(Segment::Item("redis".into())).key("image")
    }

    #[test]
    fn a_path_is_spelled_as_people_point_at_fields() {
        assert_eq!(path().to_string(), "spec.containers[redis].image");
        let data = Path::default().key("data").key("redis.conf");
        assert_eq!(
            data.with(Segment::Directive("hz".into())).to_string(),
            "data[\"redis.conf\"] hz"
        );
        assert_eq!(
            data.with(Segment::Line(3)).to_string(),
            "data[\"redis.conf\"] line 3"
        );
    }

    #[test]
    fn patterns_stand_for_steps() {
        for (pattern, expected) in [
            (&["spec", "containers", "redis", "image"][..], true),
            (&["spec", "containers", "*", "image"], true),
            (&["spec", "**"], true),
            (&["**", "image"], true),
            (&["**", "containers", "*", "**"], true),
            (&["spec", "containers", "redis", "image", "**"], true),
            (&["spec", "containers"], false),
            (&["spec", "*", "image"], false),
            (&["**", "containers"], false),
            (&[], false),
        ] {
            assert_eq!(path().matches(pattern), expected, "{pattern:?}");
        }
        assert!(path().ends_with(&["containers", "*", "image"]));
        assert!(!path().ends_with(&["containers", "image"]));
        assert!(path().is_below(&["spec", "containers"]));
        assert!(path().is_below(&["spec", "*", "redis"]));
        assert!(!path().is_below(&["spec", "volumes"]));
    }
}
