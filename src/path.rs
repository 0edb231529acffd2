//! Paths as people type them: `spec.template.spec.containers[redis].resources`, `metadata.labels["a.b/c"]`.
//!
//! It knows values, and neither the values tree nor Kubernetes.

use std::fmt;

use crate::yaml::Value;

/// Where the items of lists say what they are called; the first that is there counts.
pub const NAMES: [&[&str]; 3] = [&["name"], &["alert"], &["metadata", "name"]];

/// Returns what an item of a list is called.
pub fn name_of(item: &Value) -> Option<&str> {
    NAMES.iter().find_map(|path| item.at(path)?.as_str())
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A key of a map.
    Key(String),
    /// A position in a list, from 0.
    Index(usize),
    /// The item of a list that has this text under this key: `[key=text]`, or `[text]` for what it is called.
    Item(String, String),
}

/// A path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path(pub Vec<Part>);

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, part) in self.0.iter().enumerate() {
            match part {
                Part::Key(key) if key.contains(['.', '[', ' ', '"']) || key.is_empty() => {
                    write!(f, "[{}]", Value::from(key.as_str()).to_json())?
                }
                Part::Key(key) if position == 0 => write!(f, "{key}")?,
                Part::Key(key) => write!(f, ".{key}")?,
                Part::Index(index) => write!(f, "[{index}]")?,
                Part::Item(key, text) if key == "name" => write!(f, "[{text}]")?,
                Part::Item(key, text) => write!(f, "[{key}={text}]")?,
            }
        }
        Ok(())
    }
}

/// Reads a path.
///
/// # Errors
///
/// Says what is wrong with it.
pub fn parse(text: &str) -> Result<Path, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (part, behind) = bracket(inner)?;
            parts.push(part);
            rest = behind;
            continue;
        }
        let key = if parts.is_empty() {
            rest
        } else {
            rest.strip_prefix(['.', ' '])
                .ok_or_else(|| format!("a dot or a bracket is wanted before `{rest}`"))?
        };
        let end = key.find(['.', '[']).unwrap_or(key.len());
        if end == 0 {
            return Err(format!("a key is missing before `{key}`"));
        }
        parts.push(Part::Key(key[..end].to_owned()));
        rest = &key[end..];
    }
    Ok(Path(parts))
}

/// Reads what stands behind an opening bracket, and returns what stands behind the closing one.
fn bracket(inner: &str) -> Result<(Part, &str), String> {
    let unclosed = || "a bracket is not closed".to_owned();
    if let Some(quoted) = inner.strip_prefix('"') {
        let end = quoted.find("\"]").ok_or_else(unclosed)?;
        return Ok((Part::Key(quoted[..end].to_owned()), &quoted[end + 2..]));
    }
    let end = inner.find(']').ok_or_else(unclosed)?;
    let (inside, behind) = (&inner[..end], &inner[end + 1..]);
    let part = match (inside.parse::<usize>(), inside.split_once('=')) {
        (Ok(index), _) => Part::Index(index),
        (Err(_), Some((key, text))) => Part::Item(key.to_owned(), text.to_owned()),
        (Err(_), None) if inside.is_empty() => {
            return Err("there is nothing between the brackets".to_owned());
        }
        (Err(_), None) => Part::Item("name".to_owned(), inside.to_owned()),
    };
    Ok((part, behind))
}

/// What comes of looking a path up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'v> {
    /// The value at the end of what was found.
    pub value: &'v Value,
    /// The path to it: keys with dots in one part, items by their position.
    pub path: Path,
    /// What is left of the path, where there is nothing.
    pub rest: Path,
}

/// Looks a path up in a value as far as it leads. Keys that have dots are found also without quotes.
pub fn resolve<'v>(value: &'v Value, path: &Path) -> Found<'v> {
    let (mut value, mut parts) = (value, &path.0[..]);
    let mut found = Path::default();
    while let Some(part) = parts.first() {
        let next = match (part, value) {
            (Part::Key(_), Value::Mapping(map)) => joined(parts).find_map(|(key, n_parts)| {
                let inner = map.get(&key)?;
                Some((inner, Part::Key(key), n_parts))
            }),
            (Part::Index(index), Value::Sequence(items)) => {
                items.get(*index).map(|item| (item, Part::Index(*index), 1))
            }
            (Part::Item(key, text), Value::Sequence(items)) => items
                .iter()
                .position(|item| match key.as_str() {
                    "name" => name_of(item) == Some(text),
                    key => item.at(&[key]).and_then(Value::as_str) == Some(text),
                })
                .map(|index| (&items[index], Part::Index(index), 1)),
            _ => None,
        };
        let Some((inner, part, n_parts)) = next else {
            break;
        };
        found.0.push(part);
        value = inner;
        parts = &parts[n_parts..];
    }
    Found {
        value,
        path: found,
        rest: Path(parts.to_vec()),
    }
}

/// The keys that the first parts of a path may be together, the shortest first.
fn joined(parts: &[Part]) -> impl Iterator<Item = (String, usize)> {
    let mut key = String::new();
    parts
        .iter()
        .map_while(|part| match part {
            Part::Key(key) => Some(key),
            _ => None,
        })
        .enumerate()
        .map(move |(position, part)| {
            if position > 0 {
                key.push('.');
            }
            key.push_str(part);
            (key.clone(), position + 1)
        })
}

/// Returns the path of everything in a value, the value's own left out.
pub fn paths(value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    walk(value, &mut Path::default(), &mut |path, _| {
        found.push(path.clone());
    });
    found
}

/// Visits everything in a value with its path, from the outside in, the value itself left out.
pub fn walk(value: &Value, path: &mut Path, visit: &mut dyn FnMut(&Path, &Value)) {
    let mut step = |part: Part, inner: &Value| {
        path.0.push(part);
        visit(path, inner);
        walk(inner, path, visit);
        path.0.pop();
    };
    match value {
        Value::Mapping(map) => map
            .iter()
            .for_each(|(key, inner)| step(Part::Key(key.to_owned()), inner)),
        Value::Sequence(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, inner)| step(Part::Index(index), inner)),
        _ => {}
    }
}

/// Returns what is most likely meant by a path that leads nowhere: one like it, or one that ends as it does.
pub fn nearest(value: &Value, path: &Path) -> Option<Path> {
    let all = paths(value);
    let texts: Vec<String> = all.iter().map(Path::to_string).collect();
    let wanted = path.to_string();
    let at = |text: &str| texts.iter().position(|other| other == text);
    if let Some(text) = crate::diagnostic::nearest(&wanted, texts.iter().map(String::as_str)) {
        return at(text).map(|position| all[position].clone());
    }
    let last_key = |path: &Path| match path.0.last() {
        Some(Part::Key(key)) => key.clone(),
        _ => String::new(),
    };
    if path.0.len() == 1 {
        // The end of a path alone, as people remember it.
        let ends: Vec<String> = all.iter().map(last_key).collect();
        let end = crate::diagnostic::nearest(&wanted, ends.iter().map(String::as_str));
        let position = end.and_then(|end| ends.iter().position(|other| other == end));
        return position.map(|position| all[position].clone());
    }
    // What leads nowhere begins somewhere: the nearest key there.
    let Found {
        value,
        path: mut found,
        rest,
    } = resolve(value, path);
    match (value, rest.0.first()) {
        (Value::Mapping(map), _) => {
            let keys: Vec<&str> = map.iter().map(|(key, _)| key).collect();
            let meant = joined(&rest.0)
                .find_map(|(key, _)| crate::diagnostic::nearest(&key, keys.iter().copied()));
            found.0.extend(meant.map(|key| Part::Key(key.to_owned())));
        }
        (Value::Sequence(items), Some(Part::Item(key, text))) if key == "name" => {
            let names: Vec<&str> = items.iter().filter_map(name_of).collect();
            let meant = crate::diagnostic::nearest(text, names.iter().copied()).or_else(|| {
                names
                    .iter()
                    .copied()
                    .find(|name| name.contains(text.as_str()))
            });
            found
                .0
                .extend(meant.map(|name| Part::Item(key.clone(), name.to_owned())));
        }
        _ => {}
    }
    (!found.0.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::{Part, Path, nearest, parse, resolve};
    use crate::yaml::{Mapping, Value};

    fn key(text: &str) -> Part {
        Part::Key(text.to_owned())
    }

    #[test]
    fn a_path_is_keys_positions_and_items() {
        let item = Part::Item("name".to_owned(), "x".to_owned());
        for (text, parts) in [
            ("a", vec![key("a")]),
            (
                "a.b[2].c",
                vec![key("a"), key("b"), Part::Index(2), key("c")],
            ),
            ("a[x]", vec![key("a"), item]),
            ("a[\"b.c/d\"].e", vec![key("a"), key("b.c/d"), key("e")]),
            ("", vec![]),
        ] {
            let path = parse(text).unwrap();
            assert_eq!(path, Path(parts), "{text}");
            assert_eq!(path.to_string(), text);
        }
        for text in ["a..b", ".a", "a[", "a[]", "a[0]b", "a[\"x]", "a."] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    fn example() -> Value {
        let map = |pairs: Vec<(&str, Value)>| Value::Mapping(Mapping::from_iter(pairs));
        let container = |name: &str| map(vec![("name", name.into())]);
        map(vec![
            ("labels", map(vec![("a.b/c", "x".into())])),
            (
                "items",
                Value::Sequence(vec![container("p"), container("q")]),
            ),
        ])
    }

    #[test]
    fn keys_with_dots_and_items_by_name_are_found() {
        let value = example();
        for (text, found, rest) in [
            ("labels.a.b/c", "labels[\"a.b/c\"]", ""),
            ("items[name=q].name", "items[1].name", ""),
            ("items[r].name", "items", "[r].name"),
            ("items[7]", "items", "[7]"),
            ("labels.x.y", "labels", "x.y"),
        ] {
            let result = resolve(&value, &parse(text).unwrap());
            assert_eq!(
                (
                    result.path.to_string().as_str(),
                    result.rest.to_string().as_str()
                ),
                (found, rest)
            );
        }
    }

    #[test]
    fn the_nearest_path_is_what_was_meant() {
        let value = example();
        for (text, expected) in [
            ("lables", Some("labels")),
            ("item[0].name", Some("items[0].name")),
            ("labels.a.b/d", Some("labels[\"a.b/c\"]")),
            ("nane", Some("items[0].name")),
            ("something.else", None),
        ] {
            let found = nearest(&value, &parse(text).unwrap());
            assert_eq!(
                found.map(|path| path.to_string()).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
