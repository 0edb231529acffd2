//! kubectl, PyYAML and a reader of YAML 1.2 see the same objects in what is written.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::manifest::Manifest;
use super::roots::Suite;

/// What PyYAML reads, as JSON; what JSON has no word for (a date, bytes) becomes a text that equals nothing rendered.
const PYYAML: &str = "
import json, sys, yaml
json.dump(list(yaml.safe_load_all(sys.stdin.buffer)), sys.stdout, default=lambda value: f'not JSON: {value!r}')
";

/// An annotation that makes kubectl decode the objects and print them, without a cluster.
const MARK: &str = "cachegen.test/mark";

fn pyyaml(text: &str) -> Vec<Value> {
    let output = Suite::Trixie.run("python3", &["-c", PYYAML], text.as_bytes());
    assert!(
        output.status.success(),
        "PyYAML (Debian's package python3-yaml): {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("Python writes JSON")
}

fn kubectl(text: &str) -> Vec<Value> {
    let output = Suite::Trixie.run(
        "kubectl",
        &[
            "annotate",
            "--local",
            "-f",
            "-",
            "-o",
            "json",
            &format!("{MARK}=x"),
        ],
        text.as_bytes(),
    );
    assert!(
        output.status.success(),
        "kubectl: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let documents = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
    let mut objects: Vec<Value> = documents
        .collect::<Result<_, _>>()
        .expect("kubectl writes JSON");
    for object in &mut objects {
        let metadata = object["metadata"]
            .as_object_mut()
            .expect("objects have metadata");
        let annotations = metadata["annotations"]
            .as_object_mut()
            .expect("the mark is an annotation");
        annotations.shift_remove(MARK).expect("the mark is there");
        if annotations.is_empty() {
            metadata.shift_remove("annotations");
        }
    }
    objects
}

/// Asserts that all readers see the same.
fn assert_read_alike(what: &str, manifest: &Manifest) {
    assert!(!manifest.objects.is_empty(), "{what}: nothing is rendered");
    for (reader, objects) in [
        ("PyYAML", pyyaml(&manifest.text)),
        ("kubectl", kubectl(&manifest.text)),
    ] {
        assert_eq!(
            objects.len(),
            manifest.objects.len(),
            "{what}: documents, {reader}"
        );
        for (theirs, ours) in objects.iter().zip(&manifest.objects) {
            assert_eq!(theirs, ours, "{what}: {reader}");
        }
    }
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn every_case_reads_alike() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut names: Vec<String> = fs::read_dir(&cases)
        .expect("there are cases")
        .map(|entry| {
            let name = entry.expect("the directory can be read").file_name();
            name.into_string().expect("a case's name is ASCII")
        })
        .collect();
    names.sort();
    let mut n_rendered = 0;
    for name in names {
        let case = cases.join(&name);
        let values = case.join("values.yaml");
        let mut arguments = vec!["--values".to_owned(), values.display().to_string()];
        if let Ok(text) = fs::read_to_string(case.join("args")) {
            arguments.extend(text.lines().map(str::to_owned));
        }
        match Manifest::try_of("render", &arguments) {
            Ok(manifest) => {
                assert_read_alike(&name, &manifest);
                n_rendered += 1;
            }
            Err(said) => assert!(name.starts_with("mistakes-"), "{name}: {said}"),
        }
    }
    assert!(n_rendered > 0, "no case renders");
}

/// Texts that some reader takes for something else, unless they are quoted right.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "true",
        "True",
        "TRUE",
        "false",
        "yes",
        "Yes",
        "no",
        "NO",
        "on",
        "off",
        "y",
        "n",
        "Y",
        "N",
        "null",
        "Null",
        "NULL",
        "~",
        "1",
        "-1",
        "+1",
        "007",
        "0o17",
        "0x1F",
        "0b11",
        "1_000",
        "1e3",
        "1E3",
        "1.",
        ".5",
        "1.5",
        ".inf",
        "-.Inf",
        ".nan",
        ".NaN",
        "12:30:45",
        "190:20:30",
        "2024-01-01",
        "2024-01-01T00:00:00Z",
        "9223372036854775808",
        "=",
        "<<",
        "-",
        "--",
        "---",
        "...",
        "--- a",
        "- a",
        "?",
        "? a",
        ":",
        ": a",
        "a:",
        "a: b",
        "a :b",
        "a #b",
        "#",
        "# a",
        "a#b",
        "&a",
        "*a",
        "!a",
        "!!str a",
        "|",
        ">",
        "|-",
        "%TAG",
        "@a",
        "`a",
        "{",
        "}",
        "{a: b}",
        "[",
        "]",
        "[a, b]",
        ",",
        "a, b",
        "'",
        "''",
        "'a'",
        "\"",
        "\"a\"",
        "it's",
        "\\",
        "\\n",
        "a\\",
        "\t",
        "a\tb",
        "\ta",
        "a\t",
        " a",
        "a ",
        "  a  ",
        "\n",
        "\n\n",
        "a\n",
        "a\n\n",
        "\na",
        "\n a",
        "a\nb",
        "a\nb\n",
        "a\n\nb\n\n\n",
        " a\nb",
        "  a\n b\n",
        "a\n  b\nc",
        "a \nb",
        "a\t\nb",
        "\tа\nb",
        "# a\nb\n",
        "- a\n- b\n",
        "a: b\nc: d\n",
        "---\na\n",
        "...\n",
        "a\r\nb\r\n",
        "a\rb",
        "\r",
        "é",
        "漢字",
        "🎉",
        "a\u{a0}b",
        "\u{a0}",
        "\u{85}",
        "a\u{85}b",
        "a\u{2028}b",
        "a\u{2029}b",
        "a\u{2028}b\nc",
        "\u{feff}",
        "\u{feff}a",
        "a\u{feff}b\n",
        "\u{200b}",
        "\u{7f}",
        "\u{80}",
        "\u{9f}",
        "\u{1}",
        "\u{1b}[0m",
        "a\u{8}b\n",
        "\u{fffd}",
        "\u{e000}",
        "\u{10ffff}",
        "{{ .Values.x }}",
        "{{ x }}",
        "{% if x %}",
        "${HOME}",
        "$(HOME)",
    ]
    .iter()
    .map(|&text| text.to_owned())
    .collect();
    texts.push("long words ".repeat(200));
    texts.push("x".repeat(2000));
    texts.push(format!(
        "{}\n  {}\n",
        "long ".repeat(100),
        "indented ".repeat(100)
    ));
    texts
}

fn values_with(key: &[&str], value: Value) -> tempfile::NamedTempFile {
    let tree = key
        .iter()
        .rev()
        .fold(value, |tree, &key| json!({ key: tree }));
    // JSON is YAML but for characters that YAML wants escaped, which JSON writes as they are.
    let escape = |letter: char| match letter {
        ' '..='~' => letter.to_string(),
        _ => format!("\\U{:08X}", u32::from(letter)),
    };
    let text: String = tree.to_string().chars().map(escape).collect();
    let file = tempfile::Builder::new()
        .suffix(".yaml")
        .tempfile()
        .expect("the temporary directory is writable");
    fs::write(file.path(), text).expect("the file is writable");
    file
}

fn render_with(key: &[&str], value: Value) -> Manifest {
    let file = values_with(key, value);
    Manifest::render(&["--values".as_ref(), file.path().as_os_str()])
}

/// Returns texts under keys of their own.
fn numbered(texts: &[String]) -> Map<String, Value> {
    let entry = |(index, text): (usize, &String)| (format!("K{index}"), json!(text));
    texts.iter().enumerate().map(entry).collect()
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn hostile_config_map_data_reads_alike() {
    let wanted = numbered(&hostile());
    let manifest = render_with(&["client", "env"], Value::Object(wanted.clone()));
    assert_read_alike("data", &manifest);
    let object = manifest
        .objects
        .iter()
        .find(|object| !object["data"]["K0"].is_null())
        .expect("a ConfigMap has the variables");
    for (key, text) in wanted {
        assert_eq!(object["data"][&key], text, "{key}");
    }
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn hostile_annotations_read_alike() {
    let wanted = numbered(&hostile());
    let manifest = render_with(&["commonAnnotations"], Value::Object(wanted.clone()));
    assert_read_alike("annotations", &manifest);
    for object in &manifest.objects {
        for (key, text) in &wanted {
            assert_eq!(&object["metadata"]["annotations"][key], text, "{key}");
        }
    }
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn hostile_labels_read_alike() {
    let is_label = |text: &String| {
        let is_edge =
            |letter: Option<char>| letter.is_none_or(|letter| letter.is_ascii_alphanumeric());
        let is_inner = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        text.len() <= 63
            && text.chars().all(is_inner)
            && is_edge(text.chars().next())
            && is_edge(text.chars().last())
    };
    let labels: Vec<String> = hostile().into_iter().filter(is_label).collect();
    assert!(labels.len() > 20, "too few labels");
    let wanted = numbered(&labels);
    let manifest = render_with(&["commonLabels"], Value::Object(wanted.clone()));
    assert_read_alike("labels", &manifest);
    for object in &manifest.objects {
        for (key, text) in &wanted {
            assert_eq!(&object["metadata"]["labels"][key], text, "{key}");
        }
    }
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn hostile_environment_reads_alike() {
    let wanted: Vec<Value> = numbered(&hostile())
        .into_iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let manifest = render_with(&["valkey", "extraEnv"], Value::Array(wanted.clone()));
    assert_read_alike("environment", &manifest);
    let containers = &manifest.only("StatefulSet")["spec"]["template"]["spec"]["containers"];
    let variables = containers[0]["env"]
        .as_array()
        .expect("the container has variables");
    for entry in wanted {
        assert!(
            variables.contains(&entry),
            "{entry} is not rendered as it is"
        );
    }
}

#[test]
#[ignore = "needs root and the Debian roots of scripts/test"]
fn the_readers_are_the_ones_meant() {
    // A reader that took everything for text would agree with everything.
    assert_eq!(
        pyyaml("[yes, 010, 1:30, 2024-01-01]")[0],
        json!([true, 8, 90, "not JSON: datetime.date(2024, 1, 1)"])
    );
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: yes, b: 010}\n";
    assert_eq!(kubectl(object)[0]["data"], json!({ "a": true, "b": 8 }));
}
