//! Every difference from what the source design would render has its reason in `docs/departures.md`, and every reason
//! there has a difference.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::support::{root, run};

/// What is rendered for the comparison: the defaults, both profiles, and the two ways in which the source design itself
/// says what it wants, its values file (3.3) and its first installation (8.1).
const RENDERS: [&[&str]; 4] = [
    &[],
    &["--set", "profile=lite"],
    &[
        "-f",
        "tests/data/source-design-values.yaml",
        // A tag that does not tell the version is refused.
        "--set",
        "valkey.image.tag=7.2-alpine",
    ],
    &[
        "--set",
        "profile=standard",
        "--set",
        "valkey.enabled=true",
        "--set",
        "valkey.storage.requestedSize=5Gi",
        "--set",
        "valkey.password.value=secure-password",
    ],
];

/// The objects of a render by kind and name, each a tree whose lists are by name and whose configuration is by directive.
fn ours(arguments: &[&str]) -> Map<String, Value> {
    let mut all = vec!["render", "-o", "json"];
    all.extend(arguments);
    let run = run(&all);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
    let mut list: Value = serde_json::from_str(&run.stdout).unwrap();
    by_name(list["items"].take())
}

/// The objects of the source design, of which the lite profile has none.
fn theirs(arguments: &[&str]) -> Map<String, Value> {
    if arguments.contains(&"profile=lite") {
        return Map::new();
    }
    let text = std::fs::read(root().join("tests/data/source-design.json")).unwrap();
    by_name(serde_json::from_slice(&text).unwrap())
}

fn by_name(objects: Value) -> Map<String, Value> {
    let Value::Array(objects) = objects else {
        panic!("a list of objects")
    };
    let mut named = Map::new();
    for object in objects {
        let kind = object["kind"].as_str().unwrap();
        let name = object["metadata"]["name"].as_str().unwrap();
        let key = format!("{kind}/{}", name.replace("alerthistory", "<full>"));
        assert!(!named.contains_key(&key), "{key} stands twice");
        named.insert(key, keyed("", object));
    }
    named
}

/// A tree in which nothing is found by its place that has a name: items by `name` or `alert`, directives by their own.
fn keyed(key: &str, value: Value) -> Value {
    match value {
        Value::Object(entries) => Value::Object(
            entries
                .into_iter()
                .map(|(key, value)| {
                    let value = keyed(&key, value);
                    (key, value)
                })
                .collect(),
        ),
        Value::Array(items) => keyed_items(items),
        Value::String(text) if key == "redis.conf" => directives(&text),
        other => other,
    }
}

fn keyed_items(items: Vec<Value>) -> Value {
    if !items.iter().all(Value::is_object) {
        return Value::Array(items);
    }
    let name = |item: &Value| {
        ["name", "alert", "targetLabel"]
            .iter()
            .find_map(|key| item[key].as_str().map(str::to_owned))
            .or_else(|| item["metadata"]["name"].as_str().map(str::to_owned))
    };
    let names: BTreeSet<String> = items.iter().filter_map(name).collect();
    let is_named = names.len() == items.len();
    Value::Object(
        items
            .into_iter()
            .enumerate()
            .map(|(index, item)| {
                let key = match name(&item) {
                    Some(name) if is_named => name,
                    _ => index.to_string(),
                };
                (key, keyed("", item))
            })
            .collect(),
    )
}

/// The lines of a configuration by directive, without quotes, and its comments under `#`.
fn directives(text: &str) -> Value {
    let mut lines: Map<String, Value> = Map::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (directive, rest) = match line.strip_prefix('#') {
            Some(comment) => ("#", comment),
            None => line.split_once(' ').unwrap_or((line, "")),
        };
        let rest = Value::from(rest.trim().trim_matches('"'));
        match lines
            .entry(directive)
            .or_insert_with(|| Value::Array(vec![]))
        {
            Value::Array(values) => values.push(rest),
            _ => unreachable!("only lists are put in"),
        }
    }
    Value::Object(lines)
}

/// Where two renders differ, and what each side has there.
type Differences = BTreeMap<String, (String, String)>;

fn differences(arguments: &[&str]) -> Differences {
    let mut differences = Differences::new();
    compare(
        "",
        &Value::Object(theirs(arguments)),
        &Value::Object(ours(arguments)),
        &mut differences,
    );
    differences
}

/// Adds the paths at which two trees differ, each with both sides; what only one of them has is one difference.
fn compare(path: &str, theirs: &Value, ours: &Value, differences: &mut Differences) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let keys: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
            for key in keys {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}/{key}")
                };
                let side = |tree: &Map<String, Value>| tree.get(key).cloned().unwrap_or_default();
                compare(&path, &side(theirs), &side(ours), differences);
            }
        }
        _ if theirs == ours => {}
        _ => {
            differences.insert(path.to_owned(), (theirs.to_string(), ours.to_string()));
        }
    }
}

const WHERE: &str = "\n## Where\n";

fn departures() -> String {
    std::fs::read_to_string(root().join("docs/departures.md")).unwrap()
}

/// The patterns of a cell, which stand in code font.
pub(crate) fn patterns(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The rows of a table: the cells of each, of the section under a heading.
pub(crate) fn table<'t>(text: &'t str, heading: &str) -> Vec<Vec<&'t str>> {
    let (_, section) = text.split_once(heading).unwrap();
    section
        .lines()
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with("| "))
        .map(|line| {
            line.trim_start_matches("| ")
                .trim_end_matches(" |")
                .split(" | ")
                .collect()
        })
        .collect()
}

/// Whether a pattern is a path; `*` stands for any text.
pub(crate) fn is_match(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, rest)) => path.strip_prefix(start).is_some_and(|path| {
            (0..=path.len())
                .filter(|at| path.is_char_boundary(*at))
                .any(|at| is_match(rest, &path[at..]))
        }),
    }
}

#[test]
fn every_difference_from_the_source_design_is_explained_once() {
    let mut all = Differences::new();
    for arguments in RENDERS {
        all.extend(differences(arguments));
    }
    let text = departures();
    let mut problems = Vec::new();
    let mut unused: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut places = Vec::new();
    let topics =
        |heading| -> Vec<&str> { table(&text, heading).iter().map(|row| row[0]).collect() };
    assert_eq!(topics("# Departures"), topics(WHERE));
    for row in table(&text, WHERE) {
        for pattern in patterns(row[1]) {
            places.push((row[0], pattern));
            assert!(
                unused.insert((row[0], pattern)),
                "{pattern} stands twice in a row"
            );
        }
    }
    for (path, (theirs, ours)) in &all {
        let matching: Vec<&(&str, &str)> = places
            .iter()
            .filter(|(_, pattern)| is_match(pattern, path))
            .collect();
        for entry in &matching {
            unused.remove(*entry);
        }
        let topics: BTreeSet<&str> = matching.iter().map(|(topic, _)| *topic).collect();
        if topics.len() != 1 {
            problems.push(format!(
                "{path}: explained by {topics:?}\n  source design: {theirs}\n  cachegen:      {ours}"
            ));
        }
    }
    for (topic, pattern) in unused {
        problems.push(format!("{topic}: nothing differs at {pattern}"));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The topics of which nothing is left with `tests/data/source-design-back.yaml`. Of the others whose last column names a
/// key, that key brings back a part, or another form.
const COMES_BACK: [&str; 12] = [
    "Secret",
    "`maxmemoryPolicy`",
    "memory limit",
    "memory request",
    "CPU limit",
    "liveness",
    "startup",
    "root filesystem",
    "anti-affinity",
    "exporter version",
    "who may reach the server",
    "what the server may reach",
];

#[test]
fn the_old_behaviour_comes_back_where_the_table_names_its_keys() {
    let differences = differences(&["-f", "tests/data/source-design-back.yaml"]);
    let text = departures();
    let back: Vec<&str> = table(&text, "# Departures")
        .iter()
        .zip(table(&text, WHERE))
        .filter(|(_, place)| {
            let patterns = patterns(place[1]);
            !patterns.is_empty()
                && !differences
                    .keys()
                    .any(|path| patterns.iter().any(|pattern| is_match(pattern, path)))
        })
        .inspect(|(row, _)| assert_ne!(row[4], "none", "{}", row[0]))
        .map(|(row, _)| row[0])
        .collect();
    assert_eq!(back, COMES_BACK);
}
