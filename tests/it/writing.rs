//! What is written reads back as it was meant, whatever the text, and never changes the structure.

use cachegen::template::Templates;
use cachegen::yaml::{self, Mapping, Value};
use proptest::prelude::{Strategy, proptest};
use proptest::sample::select;
use proptest::test_runner::Config;

use crate::support::{cases, decoded, invocation, objects, plain, render};

/// Reads with an independent reader.
fn second_reader(stream: &str) -> Vec<serde_json::Value> {
    serde_yaml::from_multiple(stream).unwrap_or_else(|error| panic!("{error}\n{stream}"))
}

fn json(value: &Value) -> serde_json::Value {
    serde_json::from_str(&value.to_json()).unwrap()
}

#[test]
fn every_render_reads_back_and_writes_the_same_bytes_again() {
    for case in cases().into_iter().filter(|case| !case.is_mistaken()) {
        let stream = case.render().stdout;
        let ours = objects(&stream);
        assert_eq!(
            second_reader(&stream),
            ours.iter().map(json).collect::<Vec<_>>(),
            "{}",
            case.name
        );
        let documents: Vec<&str> = stream.split("---\n").skip(1).collect();
        assert_eq!(documents.len(), ours.len());
        for (document, object) in documents.iter().zip(&ours) {
            let kind = object.at(&["kind"]).and_then(Value::as_str).unwrap();
            let mut again = document.lines().next().unwrap().to_owned() + "\n";
            yaml::write(object, &mut again, &|path| {
                cachegen::kube::object::is_text_only(kind, path)
            });
            assert_eq!(*document, again, "{}", case.name);
        }
    }
}

#[test]
fn a_text_or_key_is_bare_up_to_a_length_that_every_reader_takes() {
    let written = |value: &Value| {
        let (mut usual, mut kyaml) = (String::new(), String::new());
        yaml::write(value, &mut usual, &|_| false);
        yaml::write_kyaml(value, "# c", &mut kyaml);
        for text in [&usual, &kyaml] {
            assert_eq!(plain(&yaml::read(text, 0).unwrap().documents[0]), *value);
        }
        (usual, kyaml)
    };
    let key =
        |length: usize| Value::Mapping(Mapping::from_iter([("k".repeat(length), Value::Null)]));
    // A key of more than 200 characters is quoted in YAML, and the quotes count.
    for (length, is_usual_short, is_kyaml_short) in [
        (998, true, true),
        (999, false, true),
        (1000, false, true),
        (1001, false, false),
    ] {
        let (usual, kyaml) = written(&key(length));
        assert_eq!(usual.starts_with("\"kk"), is_usual_short, "{length}");
        assert_eq!(kyaml.contains("\n  kk"), is_kyaml_short, "{length}");
    }
    let text = |text: String| {
        written(&Value::Mapping(Mapping::from_iter([(
            "a",
            Value::from(text),
        )])))
        .0
    };
    assert!(text("t".repeat(200)).starts_with("a: tt"));
    assert!(text("t".repeat(201)).starts_with("a: \"tt"));
    for (lines, start) in [
        ("é\nb\n", "a: |\n"),
        ("\u{ffef}\nb", "a: |-\n"),
        ("b\n\n", "a: |+\n"),
        ("a\u{7f}\nb\n", "a: \""),
        ("a\u{2028}\nb\n", "a: \""),
        (" a\nb\n", "a: \""),
        ("a\n \nb\n", "a: \""),
    ] {
        let written = text(lines.to_owned());
        assert!(written.starts_with(start), "{written}");
    }
}

/// Text as an attacker or an accident would have it: words of every YAML, indicators, quotes, blanks, controls, scripts.
fn hostile() -> impl Strategy<Value = String> {
    const PIECES: [&str; 78] = [
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
        "true",
        "null",
        "~",
        "NaN",
        ".inf",
        "1",
        "0755",
        "1e3",
        "0x1F",
        "1_000",
        "12:30",
        "2001-01-01",
        "<<",
        "=",
        ":",
        ": ",
        " :",
        "#",
        " #",
        "-",
        "- ",
        "? ",
        "|",
        ">",
        "|2",
        "&a",
        "*a",
        "!!str",
        "!t",
        "%",
        "@",
        "`",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "'",
        "\\",
        "\\n",
        "\n",
        "\n\n",
        "\r",
        "\r\n",
        "\t",
        " ",
        "  ",
        "---",
        "--- ",
        "...",
        "\n---\n",
        "\n...\n",
        "{{ x }}",
        "{% if %}",
        "${X}",
        "$(id)",
        "\u{0}",
        "\u{1b}[31m",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        "\u{2028}",
        "\u{feff}",
        "\u{fffe}",
        "\u{e000}0\u{e001}",
        "\u{e000}",
        "é",
        "日本",
        "🦀",
        "a",
        "kind: Secret",
    ];
    proptest::collection::vec(select(&PIECES[..]), 0..9).prop_map(|pieces| pieces.concat())
}

fn written(value: &Value) -> String {
    let mut out = String::new();
    yaml::write(value, &mut out, &|_| false);
    out
}

proptest! {
    #![proptest_config(Config { cases: 50_000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_text_is_written_so_that_two_readers_read_it_back(text in hostile(), key in hostile()) {
        let inner = Mapping::from_iter([(key.as_str(), Value::from(text.as_str()))]);
        let items = Value::Sequence(vec![Value::from(text.as_str()), Value::Mapping(inner.clone())]);
        let value = Value::Mapping(Mapping::from_iter([("map", Value::Mapping(inner)), ("list", items), ("last", Value::from(text.as_str()))]));
        let out = written(&value);
        let reading = yaml::read(&out, 0).unwrap();
        assert_eq!(reading.documents.iter().map(plain).collect::<Vec<_>>(), std::slice::from_ref(&value), "{out}");
        assert_eq!(second_reader(&out), [json(&value)], "{out}");
        assert_eq!(written(&plain(&reading.documents[0])), out);
    }
}

/// Values with hostile text wherever text may be anything.
fn values(texts: &[String]) -> String {
    let quoted = |position: usize| Value::from(texts[position % texts.len()].as_str()).to_json();
    format!(
        "commonAnnotations: {{a: {}}}\npodAnnotations: {{b: {}}}\nclient: {{env: {{X: {}}}}}\nvalkey:\n  service: {{annotations: {{c: {}}}}}\n  extraEnv: [{{name: E, value: {}}}]\n  password: {{value: {}, revision: {}}}\nextraObjects:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: x}}\n  data: {{k: {}}}\n",
        quoted(0),
        quoted(1),
        quoted(2),
        quoted(3),
        quoted(4),
        Value::from(format!("p{}", texts[5 % texts.len()])).to_json(),
        quoted(6),
        quoted(7),
    )
}

#[test]
fn hostile_text_goes_through_a_render_unchanged() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

    let usual: Vec<Vec<String>> = shapes(&render(&values(&["x".to_owned()])));
    // The same texts each time; the render is called in this process, since 6,250 processes would take minutes.
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let strategy = proptest::collection::vec(hostile(), 8);
    for _ in 0..6_250 {
        let mut texts = strategy.new_tree(&mut runner).unwrap().current();
        // An environment and a password have no NUL: it is refused.
        for index in [2, 5] {
            texts[index].retain(|letter| letter != '\0');
        }
        let stream = cachegen::render::render(&tier(&values(&texts)), &Templates::default())
            .unwrap()
            .to_yaml();
        assert_eq!(shapes(&stream), usual, "{texts:?}");
        let found = |kind: &str, name: &str| crate::support::object(&stream, kind, name);
        let text = |object: &Value, path: &[&str]| {
            object.at(path).and_then(Value::as_str).unwrap().to_owned()
        };
        let env = found("ConfigMap", "-redis-env");
        assert_eq!(text(&env, &["metadata", "annotations", "a"]), texts[0]);
        assert_eq!(text(&env, &["data", "X"]), texts[2]);
        let workload = found("StatefulSet", "-redis");
        assert_eq!(
            text(
                &workload,
                &["spec", "template", "metadata", "annotations", "b"]
            ),
            texts[1]
        );
        assert_eq!(
            text(
                &found("Service", "-redis"),
                &["metadata", "annotations", "c"]
            ),
            texts[3]
        );
        assert_eq!(text(&found("ConfigMap", "x"), &["data", "k"]), texts[7]);
        let containers = workload
            .at(&["spec", "template", "spec", "containers"])
            .and_then(Value::as_sequence)
            .unwrap();
        let env = containers[0]
            .at(&["env"])
            .and_then(Value::as_sequence)
            .unwrap();
        assert_eq!(text(&env[0], &["value"]), texts[4]);
        second_reader(&stream);
    }
}

/// The keys of every object with the kinds of what stands behind them: what hostile text must not change.
fn shapes(stream: &str) -> Vec<Vec<String>> {
    fn shape(value: &Value, path: &str, out: &mut Vec<String>) {
        match value {
            Value::Mapping(mapping) => mapping
                .iter()
                .for_each(|(key, value)| shape(value, &format!("{path}/{key}"), out)),
            Value::Sequence(items) => items
                .iter()
                .enumerate()
                .for_each(|(index, value)| shape(value, &format!("{path}/{index}"), out)),
            Value::String(_) => out.push(format!("{path}: text")),
            other => out.push(format!("{path}: {}", other.to_json())),
        }
    }
    objects(stream)
        .iter()
        .map(|object| {
            let mut out = Vec::new();
            shape(object, "", &mut out);
            out
        })
        .collect()
}

/// Values text to a tier, through the library.
fn tier(values: &str) -> cachegen::tier::Tier {
    let (decoded, effective, diagnostics) = decoded(&[values]);
    let invocation = cachegen::tier::Invocation {
        namespace: Some("default".to_owned()),
        ..invocation("alerthistory")
    };
    cachegen::tier::resolve(&decoded, &effective, &invocation, diagnostics)
        .unwrap_or_else(|findings| panic!("{findings:?}\n{values}"))
}
