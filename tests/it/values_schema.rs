//! The schema of the values is what the program takes: nothing more, and nothing less.

use std::path::PathBuf;
use std::sync::LazyLock;

use cachegen::diagnostic::ValuePath;
use cachegen::kube::shape::{self, Kind, Type};
use cachegen::tier;
use cachegen::values::Values;
use cachegen::values::decode::{Decode, Takes};
use cachegen::yaml::{self, Content, Node, Style};
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof, proptest};
use serde_json::{Value, json};

use crate::support::{cases, decoded, files, invocation, root, run};

fn validator() -> jsonschema::Validator {
    let schema = serde_json::from_str(&run(&["schema"]).stdout).unwrap();
    jsonschema::draft7::meta::validate(&schema).unwrap();
    jsonschema::draft7::new(&schema).unwrap()
}

#[test]
fn the_committed_schema_is_that_of_the_program() {
    let path = root().join("values/values.schema.json");
    let current = run(&["schema"]).stdout;
    if std::env::var_os("CACHEGEN_UPDATE").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let is_same = std::fs::read_to_string(&path).unwrap() == current;
    assert!(is_same, "CACHEGEN_UPDATE=1 writes it anew");
}

#[test]
fn the_readme_shows_the_line_for_editors() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains("\n# yaml-language-server: $schema=values.schema.json\n"));
}

/// What a YAML 1.2 reader, such as that of editors, makes of a node.
fn yaml_1_2(node: &Node) -> Value {
    match &node.content {
        Content::Sequence(items) => items.iter().map(yaml_1_2).collect(),
        Content::Mapping(entries) => entries
            .iter()
            .map(|entry| (entry.key.to_string(), yaml_1_2(&entry.value)))
            .collect(),
        Content::Scalar(scalar) if scalar.style == Style::Quoted => json!(&*scalar.text),
        Content::Scalar(scalar) => match &*scalar.text {
            "" | "~" | "null" | "Null" | "NULL" => Value::Null,
            "true" | "True" | "TRUE" => json!(true),
            "false" | "False" | "FALSE" => json!(false),
            text => {
                let unsigned = text.strip_prefix('+').unwrap_or(text);
                let radix = |prefix, radix| {
                    let digits = text.strip_prefix(prefix)?;
                    i64::from_str_radix(digits, radix).ok()
                };
                let is_number =
                    unsigned.starts_with(|c: char| c.is_ascii_digit() || "-.".contains(c));
                match (
                    radix("0x", 16).or(radix("0o", 8)),
                    unsigned.parse::<i64>(),
                    unsigned.parse::<f64>(),
                ) {
                    (Some(number), ..) | (None, Ok(number), _) => json!(number),
                    (None, Err(_), Ok(number)) if is_number => json!(number),
                    _ => json!(text),
                }
            }
        },
    }
}

fn instance(text: &str) -> Value {
    let documents = yaml::read(text, 0).unwrap().documents;
    documents.first().map_or_else(|| json!({}), yaml_1_2)
}

#[test]
fn the_schema_takes_every_file_of_values_that_renders() {
    let validator = validator();
    let mut paths: Vec<PathBuf> = cases()
        .into_iter()
        .filter(|case| !case.is_mistaken())
        .map(|case| case.directory.join("values.yaml"))
        .filter(|path| path.exists())
        .collect();
    paths.extend(files("tests/lint", ".yaml"));
    paths.extend(files("values", ".yaml"));
    assert!(paths.len() > 80);
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&instance(&text))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
}

#[test]
fn the_schema_refuses_the_keys_and_types_that_the_program_refuses() {
    let validator = validator();
    for (name, n_errors) in [("mistakes-types", 5), ("mistakes-unknown-keys", 3)] {
        let text =
            std::fs::read_to_string(root().join("tests/cases").join(name).join("values.yaml"));
        let n_found = validator.iter_errors(&instance(&text.unwrap())).count();
        assert!(n_found >= n_errors, "{name}: {n_found}");
    }
}

/// One place of the tree: the keys that lead there, `[]` being a list, and what it takes.
struct Spot {
    path: String,
    takes: Takes,
}

/// Finds every place; in Kubernetes' own types, which refer to one another without end, so many levels deep.
fn spots(takes: &Takes, path: &str, n_levels: usize, found: &mut Vec<Spot>) {
    found.push(Spot {
        path: path.to_owned(),
        takes: takes.clone(),
    });
    match takes {
        Takes::Map(fields) => {
            for field in fields {
                let path = if path.is_empty() {
                    field.key.to_owned()
                } else {
                    format!("{path}.{}", field.key)
                };
                spots(&field.takes, &path, n_levels, found);
            }
        }
        Takes::List { each, .. } => spots(each, &format!("{path}[]"), n_levels, found),
        Takes::Named(names, each) => spots(each, &format!("{path}.{}", names[0]), n_levels, found),
        Takes::Kubernetes(Kind::Map(shape)) if n_levels > 0 => {
            for field in shape.fields() {
                spots(
                    &Takes::Kubernetes(field.kind),
                    &format!("{path}.{}", field.name),
                    n_levels - 1,
                    found,
                );
            }
        }
        Takes::Kubernetes(Kind::ListOf(spelling)) if n_levels > 0 => {
            spots(
                &Takes::Kubernetes(shape::kind(spelling)),
                &format!("{path}[]"),
                n_levels,
                found,
            );
        }
        Takes::Texts { .. } | Takes::Directives => found.push(Spot {
            path: format!("{path}.hz"),
            takes: Takes::Text,
        }),
        _ => {}
    }
}

/// What a key needs beside itself in the map at a path.
fn beside(parents: &[&str], key: &str) -> String {
    match (key, parents.first()) {
        ("operator", Some(&"valkey")) => return "key: a, values: [b], ".to_owned(),
        ("key", Some(&"valkey")) => return "operator: Exists, ".to_owned(),
        ("values", Some(&"valkey")) => return "key: a, operator: In, ".to_owned(),
        ("endPort", _) => return "port: 1, ".to_owned(),
        ("except", _) => return "cidr: 10.0.0.0/8, ".to_owned(),
        _ => {}
    }
    let mut path = ValuePath::default();
    for parent in parents {
        path = path.key(parent.trim_end_matches("[]"));
        for _ in parent.matches("[]") {
            path = path.index(0);
        }
    }
    static TAKES: LazyLock<Takes> = LazyLock::new(Values::takes);
    match TAKES.at(&path) {
        Some(Takes::Kubernetes(Kind::Map(shape))) => required(shape, key),
        _ => String::new(),
    }
}

/// The fields that a type has to have, but for one.
fn required(shape: Type, but: &str) -> String {
    shape
        .fields()
        .filter(|field| field.is_required && field.name != but)
        .map(|field| {
            let value = match field.kind {
                Kind::Map(shape) => format!("{{{}}}", required(shape, "")),
                Kind::ListOf(_) => "[]".to_owned(),
                Kind::MapOf(_) => "{}".to_owned(),
                Kind::Words(words) => shape::words(words).next().unwrap_or_default().to_owned(),
                Kind::Switch => "true".to_owned(),
                Kind::Text | Kind::Any => "x".to_owned(),
                _ => "1".to_owned(),
            };
            format!("{}: {value}, ", field.name)
        })
        .collect()
}

impl Spot {
    /// Puts a value, spelled as flow YAML, where the path leads.
    fn with(&self, value: &str) -> String {
        let parts: Vec<&str> = self
            .path
            .split('.')
            .filter(|part| !part.is_empty())
            .collect();
        let mut text = value.to_owned();
        for (at, part) in parts.iter().enumerate().rev() {
            let key = part.trim_end_matches("[]");
            for _ in part.matches("[]") {
                text = format!("[{text}]");
            }
            let beside = beside(&parts[..at], key);
            text = format!("{{{beside}{key}: {text}}}");
        }
        text
    }

    /// Tells whether a reader before the schema takes the spelling for something else than the program does.
    fn is_beyond_schemas(&self, value: &str) -> bool {
        let bare = value.trim_matches('"');
        let is_quoted = bare.len() < value.len();
        match self.takes {
            // In quotes they are text, which a schema cannot see.
            Takes::Switch | Takes::RedisSwitch | Takes::Kubernetes(Kind::Switch) => {
                is_quoted && yaml::parse_switch(bare).is_some()
            }
            // Readers differ on the first, and to JSON the second is a whole number.
            Takes::Whole { .. } | Takes::Decimal | Takes::Kubernetes(_) => {
                let is_octal = bare.len() > 1 && bare.starts_with('0') && !bare.starts_with("0.");
                is_octal
                    || bare.contains(['e', '+'])
                    || bare.starts_with('.')
                    || bare.ends_with(".0")
            }
            _ => false,
        }
    }

    /// Tells where the schema and the program do not say the same of a value.
    fn disagreement(&self, value: &str, validator: &jsonschema::Validator) -> Option<String> {
        let text = self.with(value);
        let is_valid = validator.is_valid(&instance(&text));
        let (decoded, effective, mut found) = decoded(&[&text]);
        if !is_valid {
            // What a whole object has to have is for the tier to say.
            let is_taken = found.is_empty()
                && tier::resolve(&decoded, &effective, &invocation("x"), Vec::new()).is_ok();
            return is_taken.then(|| format!("only the schema refuses {text}"));
        }
        if self.is_beyond_schemas(value) {
            return None;
        }
        // What a quantity is, no schema knows; nor what the API server refuses of a text or a number of the right type.
        let is_ruled =
            matches!(self.takes, Takes::Kubernetes(kind) if !matches!(kind, Kind::Words(_)));
        found.retain(|finding| {
            finding.code != "invalid-quantity"
                && !(is_ruled && finding.code.starts_with("invalid-"))
        });
        let is_refused = !found.is_empty();
        is_refused.then(|| format!("the schema takes {text}: {found:?}"))
    }
}

fn all_spots(n_levels: usize) -> Vec<Spot> {
    let mut all = Vec::new();
    spots(&Values::takes(), "", n_levels, &mut all);
    assert!(all.len() > 200);
    all
}

#[test]
fn schema_and_program_agree_on_every_key() {
    let validator = validator();
    let mut disagreements = Vec::new();
    for spot in all_spots(1) {
        let mut values = vec![
            "null",
            "true",
            "false",
            "True",
            "yes",
            "No",
            "y",
            "\"yes\"",
            "\"true\"",
            "0",
            "1",
            "-1",
            "-2",
            "65535",
            "65536",
            "4294967296",
            "0x10",
            "0o17",
            "007",
            "1.5",
            "0.0",
            "1e3",
            "12:30",
            "\"\"",
            "x",
            "\"7\"",
            "[]",
            "[x]",
            "[null]",
            "[{}]",
            "[[]]",
            "{}",
            "{x: y}",
            "{x: null}",
            "{x: {}}",
            "{x: [a]}",
            "{x: 1.10}",
        ];
        let words = match &spot.takes {
            Takes::Word { words, .. } => words.clone(),
            _ => Vec::new(),
        };
        let others: Vec<String> = words.iter().map(|word| word.to_uppercase()).collect();
        values.extend(&words);
        values.extend(others.iter().map(String::as_str));
        for value in values {
            // The whole tree is a map: nothing else gets there.
            if !spot.path.is_empty() || value.starts_with('{') {
                disagreements.extend(spot.disagreement(value, &validator));
            }
        }
    }
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
}

fn any_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        proptest::bool::ANY.prop_map(Value::from),
        (-70_000i64..70_000).prop_map(Value::from),
        (-100i64..100).prop_map(|n| json!(n as f64 + 0.25)),
        "[a-z0-9./:-]{0,6}".prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec(
                (
                    prop_oneof![
                        "[a-z]{1,3}",
                        Just("enabled".to_owned()),
                        Just("port".to_owned()),
                        Just("memory".to_owned()),
                        Just("podSelector".to_owned()),
                        Just("storage".to_owned())
                    ],
                    inner
                ),
                0..3
            )
            .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn schema_and_program_agree_on_random_values(at in 0..10_000usize, value in any_value()) {
        thread_local!(static FIXED: (Vec<Spot>, jsonschema::Validator) = (all_spots(3), validator()));
        FIXED.with(|(spots, validator)| {
            let spot = &spots[1 + at % (spots.len() - 1)];
            assert_eq!(spot.disagreement(&value.to_string(), validator), None);
        });
    }
}
