//! The types that values of the tree have, and how each reads a node.

use super::decode::{Decode, Takes, Walk, refuse_unknown, value};
use crate::diagnostic::{Diagnostic, Step};
use crate::values::secrecy::is_secret;
use crate::yaml::{Content, Entry, Node, Scalar, Style, parse_switch};

/// A text: a plain scalar is taken as written, whatever it looks like.
pub type Text = String;

impl Decode for Text {
    const WANTED: &'static str = "text";

    fn takes() -> Takes {
        Takes::Text
    }

    fn is_nothing(node: &Node) -> bool {
        node.scalar().is_some_and(|scalar| scalar.text.is_empty())
    }

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        match node.scalar() {
            Some(scalar) => walk
                .allows_text(node, &scalar.text)
                .then(|| scalar.text.to_string()),
            None => walk.refuse(node),
        }
    }
}

/// A text that is a secret. An empty one is not nothing: who meant to give one has to hear of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(pub String);

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(…)")
    }
}

impl Decode for SecretText {
    const WANTED: &'static str = Text::WANTED;

    fn takes() -> Takes {
        Takes::Text
    }

    fn read(node: &Node, default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        Text::read(node, default, walk).map(Self)
    }
}

impl Decode for bool {
    const WANTED: &'static str = "a switch (true or false)";

    fn takes() -> Takes {
        Takes::Switch
    }

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

    fn takes() -> Takes {
        Takes::RedisSwitch
    }

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
    ($type:ty, $min:expr, $wanted:literal) => {
        impl Decode for $type {
            const WANTED: &'static str = $wanted;

            fn takes() -> Takes {
                Takes::Whole {
                    min: $min,
                    max: i64::MAX,
                }
            }

            fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
                match node.scalar() {
                    Some(scalar) if scalar.style != Style::Quoted => {
                        let whole = integer(&scalar.text);
                        match whole.and_then(|whole| Some((whole, Self::try_from(whole).ok()?))) {
                            Some((whole, number)) => {
                                walk.allows_number(node, whole).then_some(number)
                            }
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
whole_number!(u64, 0, "a whole number from 0");
whole_number!(i64, i64::MIN, "a whole number");

/// Reads an integer of YAML 1.2's core schema. A leading zero is refused: kubectl reads it as octal, others do not.
pub(super) fn integer(text: &str) -> Option<i128> {
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

    fn takes() -> Takes {
        T::takes()
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn read(node: &Node, default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        if T::is_nothing(node) {
            return Some(None);
        }
        T::read(node, default, walk).map(Some)
    }
}

impl<T: Decode> Decode for Vec<T> {
    const WANTED: &'static str = "a list";

    fn takes() -> Takes {
        Takes::List {
            each: Box::new(T::takes()),
            is_nullable: T::absent().is_some(),
        }
    }

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
            match value(Some(item), None, walk) {
                Some(item) => list.push(item),
                None => walk.left_out.push(walk.path.clone()),
            }
            walk.path.0.pop();
        }
        Some(list)
    }
}

pub(super) fn list_help(node: &Node) -> String {
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

    fn takes() -> Takes {
        Takes::Texts { is_nullable: true }
    }

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
            // The key in a map where a secret should be may be the secret.
            let text = match dotted(entry).filter(|_| !is_secret(&walk.path)) {
                Some(key) => {
                    let help = format!(
                        "a key with dots is one key: `{key}: …` in a file, and `{}` in a flag, with a backslash before each dot",
                        key.replace('.', "\\.")
                    );
                    let path = walk.path.clone();
                    let refused = walk.refuse_as::<Text>(&entry.value, Text::WANTED, Some(help));
                    walk.unreadable.push(path);
                    refused
                }
                None => value::<Text>(Some(&entry.value), None, walk),
            };
            map.extend(text.map(|text| (entry.key.to_string(), text)));
            walk.path.0.pop();
        }
        Some(Self(map))
    }
}

/// Returns the key that was meant by maps of one key each: what `a.b/c=d` sets, whose dots are no part of the key.
fn dotted(entry: &Entry) -> Option<String> {
    let (mut key, mut node) = (entry.key.to_string(), &entry.value);
    while let Some([inner]) = node.entries() {
        key = format!("{key}.{}", inner.key);
        node = &inner.value;
    }
    (node.scalar().is_some() && entry.value.scalar().is_none()).then_some(key)
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

    fn takes() -> Takes {
        Takes::Named(T::NAMES, Box::new(T::takes()))
    }

    fn absent() -> Option<Self> {
        Some(Self(Vec::new()))
    }

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        let Some(entries) = node.entries() else {
            return walk.refuse(node);
        };
        refuse_unknown(entries, T::NAMES, walk);
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

/// A decimal number that is not negative, as it was written but for a `0` before its point and a `+`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal(pub String);

impl Decode for Decimal {
    const WANTED: &'static str = "a decimal number from 0";

    fn takes() -> Takes {
        Takes::Decimal
    }

    fn read(node: &Node, _default: Option<&Node>, walk: &mut Walk) -> Option<Self> {
        let scalar = match node.scalar() {
            Some(scalar) => scalar,
            None => return walk.refuse(node),
        };
        match decimal(&scalar.text) {
            Some(number) if scalar.style != Style::Quoted => Some(Self(number)),
            Some(number) => walk.refuse_as(
                node,
                Self::WANTED,
                Some(format!("write `{number}` without quotes")),
            ),
            None => walk.refuse(node),
        }
    }
}

/// Reads a number of YAML's core schema from 0, such as `0.9`, `.9`, `1.` and `1e6`.
pub(super) fn decimal(text: &str) -> Option<String> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_exponent = |part: &str| {
        let digits = part.strip_prefix(['+', '-']).unwrap_or(part);
        (1..=2).contains(&digits.len()) && is_digits(digits)
    };
    let is_number = is_digits(whole)
        && is_digits(fraction)
        && (whole.len() <= 1 || !whole.starts_with('0'))
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(is_exponent);
    let whole = if whole.is_empty() { "0" } else { whole };
    let (point, mark) = (
        if fraction.is_empty() { "" } else { "." },
        exponent.map_or("", |_| "e"),
    );
    is_number.then(|| {
        format!(
            "{whole}{point}{fraction}{mark}{}",
            exponent.unwrap_or_default()
        )
    })
}

/// Labels that select: text to text, in which a key without a value is a fault, since leaving it out would select more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SelectorLabels(pub TextMap);

impl Decode for SelectorLabels {
    const WANTED: &'static str = TextMap::WANTED;

    fn takes() -> Takes {
        Takes::Texts { is_nullable: false }
    }

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

/// One value of `valkey.settings.extra`: the text of a directive, or several for one that may stand several times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectiveValues(pub Vec<String>);

impl Decode for DirectiveValues {
    const WANTED: &'static str = "text, a number, a switch, or a list of them";

    fn takes() -> Takes {
        Takes::Directive
    }

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

    fn takes() -> Takes {
        Takes::Directives
    }

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

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimals_are_written_as_prometheus_reads_them() {
        for (text, number) in [
            ("0", "0"),
            ("0.90", "0.90"),
            (".95", "0.95"),
            ("1.", "1"),
            ("+2", "2"),
            ("1e6", "1e6"),
            ("9E-1", "9e-1"),
        ] {
            assert_eq!(decimal(text).as_deref(), Some(number), "{text}");
        }
        for text in [
            "", ".", "-1", "010", "1.2.3", "1e", "e1", "0x10", ".inf", "1_000", "5%",
        ] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }
}
