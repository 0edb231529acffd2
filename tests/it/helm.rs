//! Merging and the five kinds of `--set` are Helm's: every answer of real Helm, and every difference on purpose.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use cachegen::values::layer::{Layers, Origin};
use cachegen::values::merge::merge_without_profile;
use cachegen::values::set::Kind;
use cachegen::yaml::{self, Content, Node, Value};

use crate::support::root;

#[derive(Deserialize)]
struct Case {
    name: String,
    values_yaml: Text,
    files: Vec<Text>,
    #[serde(default)]
    extra_files: BTreeMap<String, Text>,
    args: Vec<String>,
    helm: Answer,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Utf8(String),
    Bytes { base64: String },
}

#[derive(Deserialize)]
struct Answer {
    /// Helm's own bytes; serde_json would round its numbers.
    raw: Option<String>,
}

impl Text {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Utf8(text) => text.clone().into_bytes(),
            Self::Bytes { base64 } => BASE64_STANDARD.decode(base64).unwrap(),
        }
    }
}

fn corpus(path: &Path) -> Vec<Case> {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The merged values as our layers have them, or why there are none.
fn ours(case: &Case) -> Result<Value, String> {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &Text| {
        std::fs::write(directory.path().join(name), text.bytes()).unwrap();
    };
    for (index, file) in case.files.iter().enumerate() {
        write(&format!("f{index}.yaml"), file);
    }
    case.extra_files
        .iter()
        .for_each(|(name, text)| write(name, text));
    let mut diagnostics = Vec::new();
    let mut layers = Layers::in_directory(directory.path());
    match String::from_utf8(case.values_yaml.bytes()) {
        Ok(text) => layers.add(Origin::Default, text, &mut diagnostics),
        Err(_) => return Err("defaults that are not UTF-8".to_owned()),
    }
    let mut arguments = case.args.iter();
    let mut counts = [0; Kind::ALL.len()];
    while let Some(argument) = arguments.next() {
        let (flag, value) = match argument.split_once('=') {
            Some((flag, value)) => (flag, value),
            None => (argument.as_str(), arguments.next().unwrap().as_str()),
        };
        match Kind::ALL.iter().position(|kind| kind.flag() == flag) {
            Some(kind) => {
                counts[kind] += 1;
                layers.add_flag(Kind::ALL[kind], counts[kind], value, &mut diagnostics);
            }
            None => {
                assert!(matches!(flag, "-f" | "--values"), "{flag}");
                layers
                    .add_file(Path::new(value), &mut diagnostics)
                    .map_err(|error| error.to_string())?;
            }
        }
    }
    let effective = merge_without_profile(layers, &mut diagnostics);
    match diagnostics.first() {
        Some(finding) => Err(format!("{}: {}", finding.code, finding.message)),
        None => plain(&effective.tree),
    }
}

/// A node as an untyped reader takes it, keys sorted, so that the order of keys does not count.
fn plain(node: &Node) -> Result<Value, String> {
    Ok(match &node.content {
        Content::Scalar(scalar) => scalar
            .resolve()
            .map_err(|_| format!("`{}` is no number", scalar.text))?,
        Content::Sequence(items) => {
            Value::Sequence(items.iter().map(plain).collect::<Result<_, _>>()?)
        }
        Content::Mapping(entries) => {
            let sorted: BTreeMap<&str, &Node> = entries
                .iter()
                .map(|entry| (&*entry.key, &entry.value))
                .collect();
            let pairs = sorted
                .into_iter()
                .map(|(key, value)| Ok((key, plain(value)?)));
            Value::Mapping(pairs.collect::<Result<_, String>>()?)
        }
    })
}

fn helms(case: &Case) -> Option<Value> {
    let raw = case.helm.raw.as_ref()?;
    let (node, _) = yaml::read_json(raw, 0, 0).unwrap();
    Some(plain(&node).unwrap())
}

/// The names of the cases that `docs/helm-differences.md` lists: in code font in the last column of its table.
fn listed() -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("docs/helm-differences.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let mut names = BTreeSet::new();
    for row in rows {
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for name in cell.split('`').skip(1).step_by(2) {
            assert!(names.insert(name.to_owned()), "`{name}` stands twice");
        }
    }
    names
}

/// Says how our answer differs from Helm's, where it does.
fn difference(case: &Case) -> Option<String> {
    let (ours, helms) = (ours(case), helms(case));
    if ours.as_ref().ok() == helms.as_ref() {
        return None;
    }
    let show = |value: &Value| value.to_json();
    Some(format!(
        "{}: {:?}\n  ours  {}\n  Helm  {}",
        case.name,
        case.args,
        ours.as_ref().map_or_else(Clone::clone, show),
        helms.as_ref().map_or("an error".to_owned(), show)
    ))
}

#[test]
fn we_differ_from_helm_where_we_say_so_and_nowhere_else() {
    let listed = listed();
    let mut differing = BTreeSet::new();
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    let cases: Vec<Case> = ["helm-set-corpus.json", "helm-further-corpus.json"]
        .iter()
        .flat_map(|file| corpus(&root().join("tests/data").join(file)))
        .inspect(|case| {
            assert!(
                names.insert(case.name.clone()),
                "{} stands twice",
                case.name
            )
        })
        .collect();
    for case in &cases {
        let Some(difference) = difference(case) else {
            continue;
        };
        differing.insert(case.name.clone());
        if !listed.contains(&case.name) {
            problems.push(difference);
        }
    }
    for name in listed.difference(&differing) {
        problems.push(format!("{name}: listed, and yet equal"));
    }
    assert!(
        problems.is_empty(),
        "{} of {} cases differ, {} not as listed:\n{}",
        differing.len(),
        cases.len(),
        problems.len(),
        problems.join("\n")
    );
}

/// Shows every difference of further answers, in a file of the same shape that `HELM_CORPUS` names.
#[test]
#[ignore = "needs further answers of Helm: HELM_CORPUS names the file"]
fn further_answers_of_helm() {
    let cases = corpus(Path::new(&std::env::var("HELM_CORPUS").unwrap()));
    let found: Vec<String> = cases.iter().filter_map(difference).collect();
    assert!(
        found.is_empty(),
        "{} of {} cases differ:\n{}",
        found.len(),
        cases.len(),
        found.join("\n")
    );
}
