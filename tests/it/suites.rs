//! The readers of YAML and JSON against the test suites that readers share: the same values, but for what is otherwise
//! on purpose.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use cachegen::yaml::{self, Node, Value};

use crate::support::root;

#[derive(Deserialize)]
struct Suite<Case> {
    cases: Vec<Case>,
}

fn suite<Case: DeserializeOwned>(name: &str) -> Vec<Case> {
    let text = std::fs::read_to_string(root().join("tests/data").join(name)).unwrap();
    serde_json::from_str::<Suite<Case>>(&text).unwrap().cases
}

#[derive(Deserialize)]
struct YamlCase {
    name: String,
    yaml: String,
    json: Option<String>,
    #[serde(default)]
    is_refused: bool,
}

#[derive(Deserialize)]
struct JsonCase {
    name: String,
    text: String,
}

/// What is read although the suite refuses it: lists and quoted text whose further lines are indented too little, or by
/// a tab. It means one thing, and the readers of Helm and kubectl see the same.
const LENIENT: [&str; 3] = ["9C9N", "DK95/01", "QB6E"];

/// What is refused although it is YAML: keys that are lists, maps or nothing, and tags that JSON has no type for.
const REFUSED: [(&str, &[&str]); 2] = [
    (
        "yaml-key",
        &[
            "2JQS", "4FJ6", "6BFJ", "6M2F", "6PBE", "9MMW", "CFD4", "DFF7", "FH7J", "FRK4", "KK5P",
            "LX3P", "M2N8/00", "M2N8/01", "M5DY", "NHX8", "NKF9", "PW8X", "Q9WF", "RZP5", "S3PD",
            "SBG9", "SM9W/01", "UKK6/00", "V9D5", "X38W", "XW4D",
        ],
    ),
    (
        "yaml-tag",
        &[
            "2XXW", "565N", "5TYM", "6CK3", "6WLZ", "7FWL", "9WXW", "C4HZ", "CC74", "CUP7", "J7PZ",
            "M5C3", "P76L", "UGM3", "Z67P", "Z9M4",
        ],
    ),
];

/// JSON that is refused: a key that stands twice, and as YAML characters that YAML 1.1 has not.
const NOT_JSON: [&str; 2] = [
    "y_object_duplicated_key",
    "y_object_duplicated_key_and_value",
];
const NOT_YAML: [&str; 3] = [
    "y_string_nonCharacterInUTF-8_U+FFFF",
    "y_string_unescaped_char_delete",
    "y_string_with_del_character",
];

/// The values of a stream without the documents that hold nothing, or the code of the first fault.
fn read(text: &str) -> Result<Vec<serde_json::Value>, &'static str> {
    let reading = yaml::read(text, 0).map_err(|faults| faults[0].code)?;
    match reading.faults.first() {
        Some(fault) => Err(fault.code),
        None => Ok(reading.documents.into_iter().filter_map(plain).collect()),
    }
}

fn plain(node: Node) -> Option<serde_json::Value> {
    let value = node.into_value().unwrap();
    (value != Value::Null).then(|| in_floats(serde_json::from_str(&value.to_json()).unwrap()))
}

/// A value whose numbers are equal where they are, however they are written.
fn in_floats(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Number(number) => number.as_f64().into(),
        serde_json::Value::Array(items) => items.into_iter().map(in_floats).collect(),
        serde_json::Value::Object(pairs) => pairs
            .into_iter()
            .map(|(key, value)| (key, in_floats(value)))
            .collect(),
        other => other,
    }
}

#[test]
fn yaml_is_read_as_its_test_suite_says_but_where_we_say_otherwise() {
    let refused: BTreeMap<&str, &str> = REFUSED
        .iter()
        .flat_map(|(code, names)| names.iter().map(move |name| (*name, *code)))
        .collect();
    let mut n_equal = 0;
    for case in suite::<YamlCase>("yaml-test-suite.json") {
        let name = &*case.name;
        let read = read(&case.yaml);
        if let Some(code) = refused.get(name) {
            assert_eq!(read, Err(*code), "{name}");
        } else if case.is_refused {
            assert_eq!(read.is_ok(), LENIENT.contains(&name), "{name}: {read:?}");
        } else if let Some(json) = &case.json {
            let expected: Vec<serde_json::Value> = serde_json::Deserializer::from_str(json)
                .into_iter()
                .map(Result::unwrap)
                .filter(|value: &serde_json::Value| !value.is_null())
                .map(in_floats)
                .collect();
            assert_eq!(read.as_ref(), Ok(&expected), "{name}");
            n_equal += 1;
        } else {
            assert!(read.is_ok(), "{name}: {read:?}");
        }
    }
    assert_eq!(n_equal, 263);
}

#[test]
fn json_is_read_as_its_test_suite_says_by_both_readers() {
    let mut n_cases = [0, 0];
    for JsonCase { name, text } in suite("json-test-suite.json") {
        let ours = yaml::read_json(&text, 0, 0).ok().filter(|(_, end)| {
            text[*end..]
                .trim_matches([' ', '\t', '\n', '\r'])
                .is_empty()
        });
        match name.split('_').next() {
            Some("y") => {
                n_cases[0] += 1;
                let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
                let value = (!expected.is_null()).then(|| in_floats(expected));
                let is_refused = NOT_JSON.contains(&&*name);
                assert_eq!(ours.is_none(), is_refused, "{name}");
                if let Some((node, _)) = ours {
                    assert_eq!(plain(node), value, "{name}");
                }
                let as_yaml = read(&text).ok();
                let is_refused = is_refused || NOT_YAML.contains(&&*name);
                assert_eq!(as_yaml.is_none(), is_refused, "{name}");
                if let Some(documents) = as_yaml {
                    assert_eq!(documents, Vec::from_iter(value), "{name}");
                }
            }
            Some("n") => {
                n_cases[1] += 1;
                assert!(ours.is_none(), "{name}");
                let _ = read(&text);
            }
            _ => {
                let _ = read(&text);
            }
        }
    }
    assert_eq!(n_cases, [95, 174]);
}
