//! One tree to typed values: the type decides how a scalar is read, what stands behind it what it may be, and every fault
//! is reported in one run.
//!
//! Where a value cannot be read, the default stands in for it and its path is remembered, so that rules which touch it
//! can be left out. Nothing here knows what a value is for.

use crate::diagnostic::{Diagnostic, MAX_HINTED, Place, Step, ValuePath, nearest};
use crate::kube::shape::{self, Kind};
use crate::values::allowed::Allowed;
use crate::values::secrecy::{is_hidden, is_secret, secret_in};
use crate::values::synonyms;
use crate::yaml::{Content, Entry, Node, Span, Style, Value};

/// What walking the tree finds out besides the values.
#[derive(Debug, Default)]
pub struct Walk {
    pub(super) path: ValuePath,
    /// What the field that is read may be, or each item of it.
    pub(super) allowed: Option<&'static Allowed>,
    /// The findings.
    pub diagnostics: Vec<Diagnostic>,
    /// The paths whose values could not be read.
    pub unreadable: Vec<ValuePath>,
    /// The paths of those among them that are items which their list goes without, so that the next one has its position.
    pub left_out: Vec<ValuePath>,
    /// Where the YAML itself was found at fault, in the order of the ends: more is not said of it.
    pub broken: Vec<Span>,
}

/// What a type takes, for whoever describes values instead of reading them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// Text, or any other scalar as it was written.
    Text,
    /// One of some words.
    Word {
        /// The words.
        words: Vec<&'static str>,
        /// Whether they may be written in any case.
        is_any_case: bool,
    },
    /// A switch.
    Switch,
    /// A switch in Redis' words too, quoted or not.
    RedisSwitch,
    /// A whole number.
    Whole {
        /// The least, [`i64::MIN`] where there is none.
        min: i64,
        /// The most, [`i64::MAX`] where there is none.
        max: i64,
    },
    /// A decimal number from 0.
    Decimal,
    /// Any value at all.
    Anything,
    /// What a type of Kubernetes takes.
    Kubernetes(Kind),
    /// A whole object of Kubernetes, which says itself what it is.
    Object,
    /// A text, or a list of texts.
    Directive,
    /// Directives by name.
    Directives,
    /// A map of text to text.
    Texts {
        /// Whether a null leaves its key out, instead of being a fault.
        is_nullable: bool,
    },
    /// A list.
    List {
        /// What each item takes.
        each: Box<Takes>,
        /// Whether an item may be null.
        is_nullable: bool,
    },
    /// A map of maps under some of these names.
    Named(&'static [&'static str], Box<Takes>),
    /// A map of these fields.
    Map(Vec<Field>),
}

/// A field of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its key.
    pub key: &'static str,
    /// What it is, in a sentence.
    pub meaning: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Whether it may be left out or null where there is no default.
    pub may_be_absent: bool,
}

impl Takes {
    /// Returns what a field of a map takes.
    pub fn field(&self, key: &str) -> Option<&Field> {
        match self {
            Self::Map(fields) => fields.iter().find(|field| field.key == key),
            _ => None,
        }
    }

    /// Returns what stands at a path below it, as [`Self::below`] does for a step.
    pub fn at(&self, path: &ValuePath) -> Option<Takes> {
        path.0
            .iter()
            .try_fold(self.clone(), |takes, step| takes.below(step))
    }

    /// Returns what stands one step below it; nothing where that may be anything, or nothing at all.
    pub fn below(&self, step: &Step) -> Option<Takes> {
        match (self, step) {
            (Self::Map(_), Step::Key(key)) => self.field(key).map(|field| field.takes.clone()),
            (Self::List { each, .. }, Step::Index(_)) | (Self::Named(_, each), Step::Key(_)) => {
                Some((**each).clone())
            }
            (Self::Texts { .. }, Step::Key(_)) | (Self::Directive, Step::Index(_)) => {
                Some(Self::Text)
            }
            (Self::Directives, Step::Key(_)) => Some(Self::Directive),
            (Self::Kubernetes(Kind::Map(shape)), Step::Key(key)) => {
                shape.field(key).map(|field| Self::Kubernetes(field.kind))
            }
            (Self::Kubernetes(Kind::ListOf(spelling)), Step::Index(_))
            | (Self::Kubernetes(Kind::MapOf(spelling)), Step::Key(_)) => {
                Some(Self::Kubernetes(shape::kind(spelling)))
            }
            _ => None,
        }
    }
}

/// A type that a value of the tree can have.
pub trait Decode: Sized {
    /// What is wanted, for people: `a switch`, `a whole number`.
    const WANTED: &'static str;

    /// Returns what it takes.
    fn takes() -> Takes;

    /// Returns the value of a key that is absent or null, where that is allowed.
    fn absent() -> Option<Self> {
        None
    }

    /// Tells whether a node says as little as null does, where the value may be absent.
    fn is_nothing(_node: &Node) -> bool {
        false
    }

    /// Reads a node that is not null; `default` is the node of the defaults at the same path.
    ///
    /// Returns nothing where the value cannot be read, and has then reported why.
    fn read(node: &Node, default: Option<&Node>, walk: &mut Walk) -> Option<Self>;
}

impl Walk {
    /// Reports a value that has the wrong type, and returns nothing.
    pub(crate) fn refuse<T: Decode>(&mut self, node: &Node) -> Option<T> {
        self.refuse_as(node, T::WANTED, None)
    }

    pub(super) fn refuse_as<T>(
        &mut self,
        node: &Node,
        wanted: &str,
        help: Option<String>,
    ) -> Option<T> {
        if self.is_broken(node) {
            return None;
        }
        let found = self.found(node);
        let message = format!("`{}` wants {wanted}, found {found}", self.path);
        let mut diagnostic = Diagnostic::new("wrong-type", Place::Span(node.span), message)
            .label(format!("not {wanted}"));
        let is_quoted_by_a_word_processor = matches!(
            node.scalar(),
            Some(scalar) if scalar.text.starts_with(['“', '”', '„', '‘', '’'])
        );
        diagnostic.help = help.or_else(|| {
            is_quoted_by_a_word_processor
                .then(|| "YAML knows the quotes `\"` and `'` only".to_owned())
        });
        self.diagnostics.push(diagnostic);
        None
    }

    /// Reports what is no map, though it was to have these keys.
    pub(crate) fn refuse_map<T>(&mut self, node: &Node, keys: &[&str]) -> Option<T> {
        let glued = node.scalar().filter(|scalar| scalar.style != Style::Quoted);
        let glued = glued.and_then(|scalar| scalar.text.split_once(':'));
        let help = match glued {
            Some((key, _)) if keys.contains(&key) => Some(format!(
                "a space is missing: write `{key}: ` and the value behind it"
            )),
            _ if node.scalar().is_some() => {
                Some(format!("the keys here are `{}`", keys.join("`, `")))
            }
            _ => None,
        };
        self.refuse_as(node, "a map", help)
    }

    /// Tells whether the YAML of a node is at fault.
    fn is_broken(&self, node: &Node) -> bool {
        let span = node.span;
        let is_before = |broken: &Span| (broken.source, broken.end) < (span.source, span.start);
        let first = self.broken.partition_point(is_before);
        // What begins before it is its tag.
        self.broken
            .get(first)
            .is_some_and(|broken| broken.source == span.source && broken.end <= span.end)
    }

    /// Tells whether a text is quoted: it is short, and cannot be a secret.
    pub(super) fn is_shown(&self, text: &str) -> bool {
        text.len() <= 60 && !is_secret(&self.path) && secret_in(text).is_none()
    }

    /// Names what stands at a node; a text is quoted unless it may be a secret.
    fn found(&self, node: &Node) -> String {
        match &node.content {
            Content::Scalar(scalar) if self.is_shown(&scalar.text) => match scalar.style {
                Style::Quoted => format!("the text {}", Value::from(&*scalar.text).to_json()),
                Style::Plain | Style::Flag => format!("`{}`", scalar.text),
            },
            _ => kind(node).to_owned(),
        }
    }
}

/// Names the kind of a node with its article.
pub(crate) fn kind(node: &Node) -> &'static str {
    match &node.content {
        Content::Scalar(_) => "text",
        Content::Sequence(_) => "a list",
        Content::Mapping(_) => "a map",
    }
}

/// Reads the value of a node that may be absent, with the default behind it.
pub fn value<T: Decode>(node: Option<&Node>, default: Option<&Node>, walk: &mut Walk) -> Option<T> {
    let read = match node.filter(|node| !node.is_null()) {
        Some(node) if node.scalar().is_some() && walk.is_broken(node) => None,
        Some(node) => T::read(node, default, walk),
        None => match T::absent() {
            Some(absent) => return Some(absent),
            None => {
                let message = format!("`{}` needs a value: {}", walk.path, T::WANTED);
                let help = default.map(|_| "leave the key out to keep its default".to_owned());
                let mut diagnostic = Diagnostic::value("missing-value", walk.path.clone(), message);
                diagnostic.help = help;
                walk.diagnostics.push(diagnostic);
                None
            }
        },
    };
    read.or_else(|| {
        walk.unreadable.push(walk.path.clone());
        let mut silent = Walk::default();
        match default {
            Some(default) if !default.is_null() => T::read(default, None, &mut silent),
            _ => T::absent(),
        }
    })
}

/// Reads one field of a map.
pub fn field<T: Decode>(
    entries: &[Entry],
    default: Option<&Node>,
    key: &str,
    allowed: Option<&'static Allowed>,
    walk: &mut Walk,
) -> Option<T> {
    walk.path.0.push(Step::Key(key.into()));
    let around = std::mem::replace(&mut walk.allowed, allowed);
    let node = entries
        .iter()
        .find(|entry| &*entry.key == key)
        .map(|entry| &entry.value);
    let default = default
        .and_then(|default| default.entry(key))
        .map(|entry| &entry.value);
    let read = value(node, default, walk);
    walk.allowed = around;
    walk.path.0.pop();
    read
}

/// Tells whether a key of the uppermost map is none of ours, and nobody's mistake: `global`, which the charts of a parent
/// share, and `x-…`, for anchors.
pub fn is_ignored(top: &str) -> bool {
    top == "global" || top.starts_with("x-")
}

/// Reports the keys of a map that are not among its fields.
pub fn refuse_unknown(entries: &[Entry], fields: &[&str], walk: &mut Walk) {
    for (index, entry) in entries.iter().enumerate() {
        let is_ignored = walk.path.0.is_empty() && is_ignored(&entry.key);
        if is_ignored || fields.contains(&&*entry.key) {
            continue;
        }
        let path = walk.path.clone().key(&entry.key);
        let place = Place::Span(entry.key_span);
        if is_hidden(entries, index, &walk.path) {
            let message = format!("unknown key in `{}`", walk.path);
            let help = format!(
                "{}; text with a comma in it, or that begins with `{{`, `[`, `&` or `*`, needs quotes",
                the_keys(fields)
            );
            walk.diagnostics
                .push(Diagnostic::new("unknown-key", place, message).help(help));
            continue;
        }
        let message = format!("unknown key `{path}`");
        if walk.diagnostics.len() >= MAX_HINTED {
            walk.diagnostics
                .push(Diagnostic::new("unknown-key", place, message));
            continue;
        }
        let similar = nearest(&entry.key, fields.iter().copied())
            .map(|key| format!("a key with a similar name exists: `{key}`"));
        let blank = entry
            .key
            .chars()
            .find(|c| c.is_whitespace() && !c.is_ascii());
        let blank = blank.map(|c| {
            format!(
                "the blank U+{:04X} stands in it: YAML wants ordinary spaces",
                u32::from(c)
            )
        });
        let dotted = entry.key.split_once('.');
        let dotted = dotted.filter(|(first, _)| fields.contains(first)).map(|(first, rest)| {
            format!("a path with dots is for `--set`: in a file, `{rest}` stands in the map `{first}`")
        });
        let help = blank
            .or(dotted)
            .or(similar)
            .or_else(|| synonyms::hint(&path.to_string(), &entry.value))
            .or_else(|| synonyms::elsewhere(&path.to_string()))
            .unwrap_or_else(|| the_keys(fields));
        walk.diagnostics
            .push(Diagnostic::new("unknown-key", place, message).help(help));
    }
}

fn the_keys(fields: &[&str]) -> String {
    let keys: Vec<String> = fields.iter().map(|key| format!("`{key}`")).collect();
    format!("the keys here are {}", keys.join(", "))
}

/// Declares a map of the values tree: its fields, the keys they stand under, their types and, where those take too much,
/// what is allowed.
macro_rules! values_map {
    ($(#[$meta:meta])* pub struct $name:ident { $(#[doc = $meaning:literal] $key:literal => $field:ident: $type:ty $(where $allowed:expr)?,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name { $(#[doc = $meaning] pub $field: $type,)+ }

        impl $crate::values::decode::Decode for $name {
            const WANTED: &'static str = "a map";

            fn takes() -> $crate::values::decode::Takes {
                $crate::values::decode::Takes::Map(vec![$(
                    $crate::values::decode::Field {
                        key: $key,
                        meaning: $meaning.trim_ascii(),
                        takes: <$type as $crate::values::decode::Decode>::takes()$(.within(&$allowed))?,
                        may_be_absent: <$type as $crate::values::decode::Decode>::absent().is_some(),
                    },
                )+])
            }

            fn read(
                node: &$crate::yaml::Node,
                default: Option<&$crate::yaml::Node>,
                walk: &mut $crate::values::decode::Walk,
            ) -> Option<Self> {
                let Some(entries) = node.entries() else { return walk.refuse_map(node, &[$($key),+]) };
                $crate::values::decode::refuse_unknown(entries, &[$($key),+], walk);
                $(let $field = {
                    const ALLOWED: &[$crate::values::allowed::Allowed] = &[$($allowed)?];
                    $crate::values::decode::field(entries, default, $key, ALLOWED.first(), walk)
                };)+
                Some(Self { $($field: $field?,)+ })
            }
        }
    };
}
pub(crate) use values_map;
