//! Paths as people type them: `spec.template.spec.containers[redis].resources`, `metadata.labels["a.b/c"]`.
//!
//! It knows values, and neither the values tree nor Kubernetes.

use std::fmt;

use crate::yaml::{self, Value};

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

/// As [`parse`] reads it.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, part) in self.0.iter().enumerate() {
            match part {
                Part::Key(key) => spell_key(f, position == 0, key)?,
                Part::Index(index) => write!(f, "[{index}]")?,
                Part::Item(key, text) if key == "name" && is_name(text) => {
                    write!(f, "[{}]", Operand(text))?;
                }
                Part::Item(key, text) => write!(f, "[{}={}]", Operand(key), Operand(text))?,
            }
        }
        Ok(())
    }
}

/// Writes a key as a step of a path: behind a dot, or in brackets and quotes where a dot would not do.
///
/// # Errors
///
/// The formatter's.
pub fn spell_key(f: &mut fmt::Formatter<'_>, is_first: bool, key: &str) -> fmt::Result {
    if key.is_empty() || key.contains(['.', '[', ' ', '/', '"']) || key.contains(char::is_control) {
        write!(f, "[{}]", quoted(key))
    } else if is_first {
        f.write_str(key)
    } else {
        write!(f, ".{key}")
    }
}

/// Longest path in bytes of keys that is spelled out.
const MAX_SPELLED: usize = 1_000;

/// Spells the steps of a path; `length` is how long one is. Of a path that nobody can read any more, as it may be as long as
/// a file and be told for each of its keys, an ellipsis stands for the steps in the middle.
///
/// # Errors
///
/// The formatter's.
pub fn spell_steps(
    f: &mut fmt::Formatter<'_>,
    n_steps: usize,
    length: impl Fn(usize) -> usize,
    spell: impl Fn(&mut fmt::Formatter<'_>, usize) -> fmt::Result,
) -> fmt::Result {
    let total: usize = (0..n_steps).map(&length).sum();
    if total <= MAX_SPELLED || n_steps < 3 {
        return (0..n_steps).try_for_each(|step| spell(f, step));
    }
    let fit = |left: &mut usize, step: usize| {
        *left = left.checked_sub(length(step))?;
        Some(())
    };
    let mut left = MAX_SPELLED / 2;
    let n_first = (0..n_steps - 1)
        .map_while(|step| fit(&mut left, step))
        .count();
    left = MAX_SPELLED / 2;
    let n_last = (n_first..n_steps)
        .rev()
        .map_while(|step| fit(&mut left, step))
        .count()
        .max(1);
    (0..n_first).try_for_each(|step| spell(f, step))?;
    f.write_str("…")?;
    (n_steps - n_last..n_steps).try_for_each(|step| spell(f, step))
}

/// A text between brackets: quoted where it would not end at the closing one.
pub struct Operand<'t>(pub &'t str);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if needs_quotes(self.0) {
            f.write_str(&quoted(self.0))
        } else {
            f.write_str(self.0)
        }
    }
}

fn needs_quotes(text: &str) -> bool {
    text.starts_with('"') || text.contains([']', '=']) || text.contains(char::is_control)
}

fn quoted(text: &str) -> String {
    Value::from(text).to_json()
}

/// Tells whether a text alone between brackets is what an item is called.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !needs_quotes(text) && text.parse::<usize>().is_err()
}

/// Reads a path. Text in quotes is JSON's.
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
    let (first, is_quoted, behind) = operand(inner, &[']', '='])?;
    if let Some(second) = behind.strip_prefix('=') {
        let (text, _, behind) = operand(second, &[']'])?;
        return Ok((Part::Item(first, text), &behind[1..]));
    }
    let part = match first.parse::<usize>() {
        _ if is_quoted => Part::Key(first),
        _ if first.is_empty() => return Err("there is nothing between the brackets".to_owned()),
        Ok(index) => Part::Index(index),
        Err(_) => Part::Item("name".to_owned(), first),
    };
    Ok((part, &behind[1..]))
}

/// Reads a text between brackets up to one of the letters that end it, whether it is in quotes, and what stands from there on.
fn operand<'t>(text: &'t str, ends: &[char]) -> Result<(String, bool, &'t str), String> {
    let unclosed = || "a bracket is not closed".to_owned();
    if !text.starts_with('"') {
        let end = text.find(ends).ok_or_else(unclosed)?;
        return Ok((text[..end].to_owned(), false, &text[end..]));
    }
    let (node, end) = yaml::read_json(text, 0, 0)
        .map_err(|fault| format!("what is in quotes is not JSON: {}", fault.message))?;
    let quoted = node.scalar().map_or("", |scalar| &scalar.text).to_owned();
    let behind = &text[end..];
    if behind.is_empty() {
        return Err(unclosed());
    }
    if !behind.starts_with(ends) {
        return Err(format!("a bracket is wanted before `{behind}`"));
    }
    Ok((quoted, true, behind))
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
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
    use proptest::sample::select;
    use proptest::test_runner::Config;

    use super::{Part, Path, nearest, parse, resolve};
    use crate::yaml::{Mapping, Value};

    fn key(text: &str) -> Part {
        Part::Key(text.to_owned())
    }

    #[test]
    fn a_path_is_keys_positions_and_items() {
        let item = |key: &str| Part::Item(key.to_owned(), "x".to_owned());
        for (text, parts) in [
            ("a", vec![key("a")]),
            (
                "a.b[2].c",
                vec![key("a"), key("b"), Part::Index(2), key("c")],
            ),
            ("a[x]", vec![key("a"), item("name")]),
            ("a[mountPath=x]", vec![key("a"), item("mountPath")]),
            ("a[\"b.c/d\"].e", vec![key("a"), key("b.c/d"), key("e")]),
            ("", vec![]),
        ] {
            let path = parse(text).unwrap();
            assert_eq!(path, Path(parts), "{text}");
            assert_eq!(path.to_string(), text);
        }
        for text in [
            "a..b",
            ".a",
            "a[",
            "a[]",
            "a[0]b",
            "a[\"x]",
            "a.",
            "a[\"x\"",
            "a[\"x\"y]",
            "a[b=",
            "a[\"\\x\"]",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_would_be_read_as_another_step_is_quoted() {
        let item = |key: &str, text: &str| Part::Item(key.to_owned(), text.to_owned());
        for (part, shown) in [
            (key("a\"b"), r#"["a\"b"]"#),
            (key("C:\\"), "C:\\"),
            (key("a\n"), r#"["a\n"]"#),
            (key(""), r#"[""]"#),
            (Part::Index(5), "[5]"),
            (item("name", "5"), "[name=5]"),
            (item("name", "x=y"), r#"[name="x=y"]"#),
            (item("name", ""), "[name=]"),
            (item("name", "a]"), r#"[name="a]"]"#),
            (item("name", "\"a\""), r#"[name="\"a\""]"#),
            (item("a=b", "c"), r#"["a=b"=c]"#),
            (item("", "c"), "[=c]"),
        ] {
            let path = Path(vec![part]);
            assert_eq!(path.to_string(), shown);
            assert_eq!(parse(shown), Ok(path), "{shown}");
        }
    }

    /// Text of what has a meaning in paths, and of anything else.
    fn hostile() -> impl Strategy<Value = String> {
        const PIECES: [&str; 20] = [
            "a", "name", "5", "+5", ".", "[", "]", "=", "\"", "\\", " ", "/", "\n", "\u{85}", "é",
            "🦀", "\"]", "[\"", "\\u0041", "\\ud800",
        ];
        let piece = prop_oneof![
            9 => select(&PIECES[..]).prop_map(str::to_owned),
            1 => any::<char>().prop_map(String::from),
        ];
        proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
    }

    fn part() -> impl Strategy<Value = Part> {
        prop_oneof![
            hostile().prop_map(Part::Key),
            any::<usize>().prop_map(Part::Index),
            (prop_oneof![Just("name".to_owned()), hostile()], hostile())
                .prop_map(|(key, text)| Part::Item(key, text)),
        ]
    }

    proptest! {
        #![proptest_config(Config { cases: 20_000, failure_persistence: None, ..Config::default() })]

        #[test]
        fn every_path_that_is_shown_reads_back(parts in proptest::collection::vec(part(), 0..5)) {
            let path = Path(parts);
            let shown = path.to_string();
            assert!(!shown.contains(char::is_control), "{shown:?}");
            assert_eq!(parse(&shown), Ok(path), "{shown}");
        }

        #[test]
        fn every_path_that_is_read_is_shown_so_that_it_reads_back(text in hostile()) {
            if let Ok(path) = parse(&text) {
                assert_eq!(parse(&path.to_string()), Ok(path), "{text}");
            }
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
            (
                "rules",
                Value::Sequence(vec![map(vec![("alert", "CacheIsDown".into())])]),
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
            ("rules[CacheIsDown].alert", "rules[0].alert", ""),
            ("rules[alert=CacheIsDown]", "rules[0]", ""),
            ("rules[alert=CacheIsUp]", "rules", "[alert=CacheIsUp]"),
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
            (
                "rules[CacheIsDwn].labels.severity",
                Some("rules[CacheIsDown]"),
            ),
            ("rules[Down].labels.severity", Some("rules[CacheIsDown]")),
            ("rules[alert=Down].labels.severity", Some("rules")),
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
