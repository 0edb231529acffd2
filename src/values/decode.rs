//! One tree to typed values: the type decides how a scalar is read, and every fault is reported in one run.
//!
//! Where a value cannot be read, the default stands in for it and its path is remembered, so that rules which touch it
//! can be left out. Nothing here knows what a value is for.

use crate::diagnostic::{Diagnostic, Place, Step, ValuePath, nearest};
use crate::yaml::{Content, Entry, Mapping, Node, Scalar, Style, Value, parse_switch};

/// What walking the tree finds out besides the values.
#[derive(Debug, Default)]
pub struct Walk {
    path: ValuePath,
    /// The findings.
    pub diagnostics: Vec<Diagnostic>,
    /// The paths whose values could not be read.
    pub unreadable: Vec<ValuePath>,
}

/// A type that a value of the tree can have.
pub trait Decode: Sized {
    /// What is wanted, for people: `a switch`, `a whole number`.
    const WANTED: &'static str;

    /// Returns the value of a key that is absent or null, where that is allowed.
    fn absent() -> Option<Self> {
        None
    }

    /// Reads a node that is not null; `default` is the node of the defaults at the same path.
    ///
    /// Returns nothing where the value cannot be read, and has then reported why.
    fn read(node: &Node, default: Option<&Node>, walk: &mut Walk) -> Option<Self>;
}

impl Walk {
    /// Reports a value that has the wrong type, and returns nothing.
    fn refuse<T: Decode>(&mut self, node: &Node) -> Option<T> {
        self.refuse_as(node, T::WANTED, None)
    }

    fn refuse_as<T>(&mut self, node: &Node, wanted: &str, help: Option<String>) -> Option<T> {
        let found = self.found(node);
        let message = format!("`{}` wants {wanted}, found {found}", self.path);
        let mut diagnostic = Diagnostic::new("wrong-type", Place::Span(node.span), message)
            .label(format!("not {wanted}"));
        diagnostic.help = help;
        self.diagnostics.push(diagnostic);
        None
    }

    /// Names what stands at a node; a text is quoted unless it may be a secret.
    fn found(&self, node: &Node) -> String {
        match &node.content {
            Content::Scalar(scalar) if !is_secret(&self.path) && scalar.text.len() <= 60 => {
                match scalar.style {
                    Style::Quoted => format!("the text {}", Value::from(&*scalar.text).to_json()),
                    Style::Plain | Style::Flag => format!("`{}`", scalar.text),
                }
            }
            _ => kind(node).to_owned(),
        }
    }
}

/// Names the kind of a node with its article.
pub(crate) fn kind(node: &Node) -> &'static str {
    match &node.content {
        Content::Scalar(_) if node.is_null() => "nothing",
        Content::Scalar(_) => "text",
        Content::Sequence(_) => "a list",
        Content::Mapping(_) => "a map",
    }
}

/// Words in the name of a key whose value must not be shown.
const SECRET_WORDS: [&str; 9] = [
    "pass",
    "password",
    "secret",
    "token",
    "credential",
    "apikey",
    "api-key",
    "api_key",
    "requirepass",
];

/// Tells whether the value at a path may be a secret: what is set under `valkey.password` without being a reference,
/// data of whole Secrets, environment variables, arguments, and whatever has a telling name.
pub fn is_secret(path: &ValuePath) -> bool {
    const REFERENCES: [&str; 7] = [
        "existingSecret",
        "secretKey",
        "exporterKey",
        "backupKey",
        "adminKey",
        "revision",
        "secretStore",
    ];
    let keys: Vec<&str> = path
        .0
        .iter()
        .filter_map(|step| {
            if let Step::Key(key) = step {
                Some(&**key)
            } else {
                None
            }
        })
        .collect();
    let Some(last) = keys.last() else {
        return false;
    };
    if REFERENCES.contains(last)
        || matches!(
            *last,
            "secretStoreKind" | "externalSecrets" | "imagePullSecrets"
        )
    {
        return false;
    }
    let below = |parent: &str| keys.len() > 1 && keys[..keys.len() - 1].contains(&parent);
    *last == "stringData"
        || below("password")
        || below("stringData")
        || below("extraEnv") && *last == "value"
        // Where servers keep users, a line holds their passwords.
        || below("extra") && *last == "user"
        || keys.contains(&"extraArgs")
        || keys.iter().any(|key| is_secret_name(key)) && !below("externalSecrets")
}

/// Tells whether a key's name says that its value is a secret.
pub fn is_secret_name(key: &str) -> bool {
    const REFERENCES: [&str; 6] = [
        "existingsecret",
        "secretkey",
        "secretstore",
        "secretstorekind",
        "externalsecrets",
        "imagepullsecrets",
    ];
    let key = key.to_lowercase();
    let is_telling = SECRET_WORDS.iter().any(|word| key.contains(word)) || key.ends_with("auth");
    !REFERENCES.contains(&&*key) && (is_telling || nearest(&key, SECRET_WORDS).is_some())
}

/// Reads the value of a node that may be absent, with the default behind it.
pub fn value<T: Decode>(node: Option<&Node>, default: Option<&Node>, walk: &mut Walk) -> Option<T> {
    let read = match node.filter(|node| !node.is_null()) {
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
    walk: &mut Walk,
) -> Option<T> {
    walk.path.0.push(Step::Key(key.into()));
    let node = entries
        .iter()
        .find(|entry| &*entry.key == key)
        .map(|entry| &entry.value);
    let default = default
        .and_then(|default| default.entry(key))
        .map(|entry| &entry.value);
    let read = value(node, default, walk);
    walk.path.0.pop();
    read
}

/// Reports the keys of a map that are not among its fields.
pub fn refuse_unknown(
    entries: &[Entry],
    fields: &[&str],
    synonyms: &[(&str, &str)],
    walk: &mut Walk,
) {
    for entry in entries {
        let is_ignored =
            walk.path.0.is_empty() && (&*entry.key == "global" || entry.key.starts_with("x-"));
        if is_ignored || fields.contains(&&*entry.key) {
            continue;
        }
        let path = walk.path.clone().key(&entry.key);
        let help = match (
            nearest(&entry.key, fields.iter().copied()),
            synonyms.iter().find(|(word, _)| *word == &*entry.key),
        ) {
            (Some(key), _) => format!("a key with a similar name exists: `{key}`"),
            (None, Some((_, key))) => format!("what others call `{}` is `{key}` here", entry.key),
            (None, None) => format!(
                "the keys here are {}",
                fields
                    .iter()
                    .map(|key| format!("`{key}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        };
        let message = format!("unknown key `{path}`");
        walk.diagnostics
            .push(Diagnostic::new("unknown-key", Place::Span(entry.key_span), message).help(help));
    }
}

/// Declares a map of the values tree: its fields, their types and the keys they stand under.
macro_rules! values_map {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* $key:literal => $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)+ }

        impl $crate::values::decode::Decode for $name {
            const WANTED: &'static str = "a map";

            fn read(
                node: &$crate::yaml::Node,
                default: Option<&$crate::yaml::Node>,
                walk: &mut $crate::values::decode::Walk,
            ) -> Option<Self> {
                let Some(entries) = node.entries() else { return walk.not_a_map(node) };
                $crate::values::decode::refuse_unknown(entries, &[$($key),+], $crate::values::schema::SYNONYMS, walk);
                $(let $field = $crate::values::decode::field(entries, default, $key, walk);)+
                Some(Self { $($field: $field?,)+ })
            }

            fn absent() -> Option<Self> {
                // A map without a default of its own is read as if it were empty, so that its own fields decide.
                None
            }
        }
    };
}
pub(crate) use values_map;

impl Walk {
    /// Reports that a map was wanted.
    pub fn not_a_map<T: Decode>(&mut self, node: &Node) -> Option<T> {
        self.refuse(node)
    }
}

/// A text: a plain scalar is taken as written, whatever it looks like.
pub type Text = String;

impl Decode for Text {
    const WANTED: &'static str = "text";

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        match node.scalar() {
            Some(scalar) => Some(scalar.text.to_string()),
            None => walk.refuse(node),
        }
    }
}

impl Decode for bool {
    const WANTED: &'static str = "a switch (true or false)";

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        match node.scalar() {
            Some(Scalar {
                text,
                style: Style::Plain | Style::Flag,
            }) if parse_switch(text).is_some() => parse_switch(text),
            Some(Scalar {
                text,
                style: Style::Quoted,
            }) if parse_switch(text).is_some() => {
                let help = format!(
                    "write `{text}` without quotes: in quotes it is text, which other tools take as true whatever it says"
                );
                walk.refuse_as(node, Self::WANTED, Some(help))
            }
            _ => walk.refuse(node),
        }
    }
}

/// A switch in Redis' own words: `yes` and `no`, quoted or not, besides the spellings of a boolean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedisSwitch(pub bool);

impl Decode for RedisSwitch {
    const WANTED: &'static str = "a switch (yes or no)";

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        match node.scalar() {
            Some(Scalar { text, style })
                if *style != Style::Quoted || matches!(&**text, "yes" | "no") =>
            {
                match parse_switch(text) {
                    Some(switch) => Some(Self(switch)),
                    None => walk.refuse(node),
                }
            }
            _ => walk.refuse(node),
        }
    }
}

macro_rules! whole_number {
    ($type:ty, $wanted:literal) => {
        impl Decode for $type {
            const WANTED: &'static str = $wanted;

            fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
                match node.scalar() {
                    Some(scalar) if scalar.style != Style::Quoted => {
                        match integer(&scalar.text).and_then(|n| Self::try_from(n).ok()) {
                            Some(number) => Some(number),
                            None => walk.refuse(node),
                        }
                    }
                    Some(scalar) if integer(&scalar.text).is_some() => walk.refuse_as(
                        node,
                        Self::WANTED,
                        Some(format!("write `{}` without quotes", scalar.text)),
                    ),
                    _ => walk.refuse(node),
                }
            }
        }
    };
}
whole_number!(u64, "a whole number from 0");
whole_number!(i64, "a whole number");

/// Reads an integer of YAML 1.2's core schema. A leading zero is refused: kubectl reads it as octal, others do not.
fn integer(text: &str) -> Option<i128> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(digits) = unsigned.strip_prefix("0x") {
        return i128::from_str_radix(digits, 16).ok();
    }
    if let Some(digits) = unsigned.strip_prefix("0o") {
        return i128::from_str_radix(digits, 8).ok();
    }
    if unsigned.len() > 1 && unsigned.starts_with('0') {
        return None;
    }
    text.parse().ok()
}

impl<T: Decode> Decode for Option<T> {
    const WANTED: &'static str = T::WANTED;

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn read(node: &Node, default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        T::read(node, default, walk).map(Some)
    }
}

impl<T: Decode> Decode for Vec<T> {
    const WANTED: &'static str = "a list";

    fn absent() -> Option<Self> {
        Some(Self::new())
    }

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        let Content::Sequence(items) = &node.content else {
            return walk.refuse_as(node, "a list", Some(list_help(node)));
        };
        let mut list = Self::new();
        for (index, item) in items.iter().enumerate() {
            walk.path.0.push(Step::Index(index));
            list.extend(value(Some(item), None, walk));
            walk.path.0.pop();
        }
        Some(list)
    }
}

fn list_help(node: &Node) -> String {
    match node.content {
        Content::Mapping(_) => "start each item with `- `".to_owned(),
        _ => "write the items between `[` and `]`, or each on a line that starts with `- `"
            .to_owned(),
    }
}

/// A map of text to text, such as labels; a null value leaves its key out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextMap(pub Vec<(String, String)>);

impl Decode for TextMap {
    const WANTED: &'static str = "a map of text to text";

    fn absent() -> Option<Self> {
        Some(Self::default())
    }

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        let Some(entries) = node.entries() else {
            let help = matches!(node.content, Content::Sequence(_))
                .then(|| "write `key: value` lines without dashes".to_owned());
            return walk.refuse_as(node, Self::WANTED, help);
        };
        let mut map = Vec::new();
        for entry in entries.iter().filter(|entry| !entry.value.is_null()) {
            walk.path.0.push(Step::Key(entry.key.clone()));
            if let Some(text) = value::<Text>(Some(&entry.value), None, walk) {
                map.push((entry.key.to_string(), text));
            }
            walk.path.0.pop();
        }
        Some(Self(map))
    }
}

/// A map under one of some names.
pub trait Named {
    /// The names.
    const NAMES: &'static [&'static str];
}

/// Maps of one shape under their names, in the order of the text; a null value leaves its name out.
#[derive(Debug, Clone)]
pub struct NamedMaps<T>(pub Vec<(String, T)>);

impl<T> NamedMaps<T> {
    /// Returns the map under a name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, map)| map)
    }
}

impl<T: Decode + Named> Decode for NamedMaps<T> {
    const WANTED: &'static str = "a map of maps";

    fn absent() -> Option<Self> {
        Some(Self(Vec::new()))
    }

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        let Some(entries) = node.entries() else {
            return walk.refuse(node);
        };
        refuse_unknown(entries, T::NAMES, &[], walk);
        let mut maps = Vec::new();
        for entry in entries.iter().filter(|entry| !entry.value.is_null()) {
            if !T::NAMES.contains(&&*entry.key) {
                continue;
            }
            walk.path.0.push(Step::Key(entry.key.clone()));
            if let Some(map) = value(Some(&entry.value), None, walk) {
                maps.push((entry.key.to_string(), map));
            }
            walk.path.0.pop();
        }
        Some(Self(maps))
    }
}

/// A decimal number that is not negative, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal(pub String);

impl Decode for Decimal {
    const WANTED: &'static str = "a decimal number from 0";

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        let is_decimal = |text: &str| {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
            let is_digits =
                |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            is_digits(whole) && is_digits(fraction) && (whole == "0" || !whole.starts_with('0'))
        };
        match node.scalar() {
            Some(scalar) if scalar.style != Style::Quoted && is_decimal(&scalar.text) => {
                Some(Self(scalar.text.to_string()))
            }
            Some(scalar) if is_decimal(&scalar.text) => walk.refuse_as(
                node,
                Self::WANTED,
                Some(format!("write `{}` without quotes", scalar.text)),
            ),
            _ => walk.refuse(node),
        }
    }
}

/// Labels that select: text to text, in which a key without a value is a fault, since leaving it out would select more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SelectorLabels(pub TextMap);

impl Decode for SelectorLabels {
    const WANTED: &'static str = TextMap::WANTED;

    fn absent() -> Option<Self> {
        Some(Self::default())
    }

    fn read(node: &Node, default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        for entry in node.entries().unwrap_or_default() {
            if entry.value.is_null() {
                let path = walk.path.clone().key(&entry.key);
                let message = format!("`{path}` needs a value: {}", Text::WANTED);
                walk.diagnostics
                    .push(Diagnostic::key("missing-value", path, message));
            }
        }
        TextMap::read(node, default, walk).map(Self)
    }
}

/// Any YAML at all, passed on as it is; absent, it is null.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Free(pub Value);

impl Decode for Free {
    const WANTED: &'static str = "any value";

    fn absent() -> Option<Self> {
        Some(Self(Value::Null))
    }

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        untyped(node, walk).map(Self)
    }
}

/// A map whose shape is Kubernetes' business; absent, it is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FreeMap(pub Mapping);

impl Decode for FreeMap {
    const WANTED: &'static str = "a map";

    fn absent() -> Option<Self> {
        Some(Self::default())
    }

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        if node.entries().is_none() {
            return walk.refuse(node);
        }
        match untyped(node, walk)? {
            Value::Mapping(mapping) => Some(Self(mapping)),
            _ => None,
        }
    }
}

/// A map of Kubernetes' whose `value` is text, taken as written: an environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Variable(pub Mapping);

impl Decode for Variable {
    const WANTED: &'static str = "a map with `name` and `value`";

    fn read(node: &Node, default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        let FreeMap(mut variable) = FreeMap::read(node, default, walk)?;
        if let Some(text) = node
            .entry("value")
            .and_then(|entry| entry.value.scalar())
            .filter(|text| !text.is_null())
        {
            variable.insert("value", Value::from(&*text.text));
        }
        Some(Self(variable))
    }
}

fn untyped(node: &Node, walk: &mut Walk) -> Option<Value> {
    match &node.content {
        Content::Scalar(scalar) => match scalar.resolve() {
            Ok(value) => Some(value),
            Err(_) => {
                let message = format!("`{}` is not a number that Kubernetes has", walk.path);
                let help = "put it in quotes if it is text";
                walk.diagnostics.push(
                    Diagnostic::new("wrong-type", Place::Span(node.span), message).help(help),
                );
                None
            }
        },
        Content::Sequence(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| step(Step::Index(index), item, walk))
            .collect::<Option<Vec<_>>>()
            .map(Value::Sequence),
        Content::Mapping(entries) => entries
            .iter()
            .map(|entry| {
                step(Step::Key(entry.key.clone()), &entry.value, walk)
                    .map(|value| (entry.key.to_string(), value))
            })
            .collect::<Option<Mapping>>()
            .map(Value::Mapping),
    }
}

fn step(step: Step, node: &Node, walk: &mut Walk) -> Option<Value> {
    walk.path.0.push(step);
    let value = untyped(node, walk);
    walk.path.0.pop();
    value
}

/// One value of `valkey.settings.extra`: the text of a directive, or several for one that may stand several times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectiveValues(pub Vec<String>);

impl Decode for DirectiveValues {
    const WANTED: &'static str = "text, a number, a switch, or a list of them";

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        match &node.content {
            Content::Scalar(scalar) => Some(Self(vec![scalar.text.to_string()])),
            Content::Sequence(_) => Vec::<Text>::read(node, None, walk).map(Self),
            Content::Mapping(_) => walk.refuse(node),
        }
    }
}

/// The directives of `valkey.settings.extra`, in their order; a null leaves a directive out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Directives(pub Vec<(String, DirectiveValues)>);

impl Decode for Directives {
    const WANTED: &'static str = "a map of directives";

    fn absent() -> Option<Self> {
        Some(Self::default())
    }

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        let Some(entries) = node.entries() else {
            return walk.refuse(node);
        };
        let mut directives = Vec::new();
        for entry in entries.iter().filter(|entry| !entry.value.is_null()) {
            walk.path.0.push(Step::Key(entry.key.clone()));
            if let Some(values) = value(Some(&entry.value), None, walk) {
                directives.push((entry.key.to_string(), values));
            }
            walk.path.0.pop();
        }
        Some(Self(directives))
    }
}
