//! What is fuzzed, a function a target: each takes any bytes, and panics where a promise is broken.
//!
//! The tests of the repository run every function over the corpus, without a fuzzer.

use cachegen::cli;
use cachegen::diagnostic::{Diagnostic, Place, Step, ValuePath};
use cachegen::diff::{Workload, diff as differences};
use cachegen::error::Failure;
use cachegen::kube::served::Served;
use cachegen::kube::{cidr, cron, duration, image, label, name, quantity, version};
use cachegen::lint::{self, Subject, Waived};
use cachegen::manifest::{Format, Manifest, Object};
use cachegen::path;
use cachegen::redis::conf::{self, line, newest_tested, split};
use cachegen::redis::memory;
use cachegen::redis::version::Engine;
use cachegen::template::Templates;
use cachegen::tier::{self, Invocation};
use cachegen::values::layer::{DEFAULTS, Layers, Origin};
use cachegen::values::merge::{Effective, merge};
use cachegen::values::schema;
use cachegen::values::set::{self, Kind};
use cachegen::yaml::{self, Mapping, Span, Value};

/// Stands in every place of a secret, and must not be in any message.
const CANARY: &str = "canary-3f9a";

fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// Splits a text at the first line that is `====`.
fn halves(text: &str) -> (&str, &str) {
    text.split_once("\n====\n").unwrap_or((text, ""))
}

/// A text that is read keeps its places inside itself, and what it says is written so that it reads back.
pub fn yaml(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let check = |span: Span| {
        let (start, end) = (span.start as usize, span.end as usize);
        assert!(start <= end && end <= text.len(), "{span:?}");
        assert!(
            text.is_char_boundary(start) && text.is_char_boundary(end),
            "{span:?}"
        );
    };
    match yaml::read(text, 0) {
        Err(faults) => {
            assert!(!faults.is_empty());
            faults.iter().for_each(|fault| check(fault.span));
        }
        Ok(reading) => {
            reading.faults.iter().for_each(|fault| check(fault.span));
            for document in reading.documents {
                check(document.span);
                if let Ok(value) = document.into_value() {
                    written(&value);
                }
            }
        }
    }
}

/// What is written is read back to the same value, and written again to the same bytes.
fn written(value: &Value) {
    let mut out = String::new();
    yaml::write(value, &mut out, &|_| false);
    let reading = yaml::read(&out, 0).unwrap_or_else(|faults| panic!("{faults:?}\n{out}"));
    assert!(reading.faults.is_empty(), "{:?}\n{out}", reading.faults);
    let back = match reading.documents.into_iter().next() {
        None => Value::Null,
        Some(document) => document
            .into_value()
            .unwrap_or_else(|span| panic!("{span:?}\n{out}")),
    };
    assert_eq!(back, *value, "{out}");
    let mut again = String::new();
    yaml::write(&back, &mut again, &|_| false);
    assert_eq!(out, again);
}

/// A flag, whose first byte tells its kind, is read and applied to the defaults, or refused at a place inside it.
pub fn set(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let Some(text) = text(rest) else { return };
    let kind = Kind::ALL[usize::from(*first) % Kind::ALL.len()];
    let defaults = yaml::read(DEFAULTS, 0).expect("the defaults are YAML");
    let defaults = &defaults.documents[0];
    match set::parse(kind, text, 0) {
        Err(finding) => {
            if let Place::Span(span) = finding.place {
                assert!(
                    span.start <= span.end && span.end as usize <= text.len(),
                    "{span:?}"
                );
            }
        }
        Ok(edits) => {
            let mut user = defaults.clone();
            for edit in &edits {
                set::apply(&mut user, defaults, edit, &mut Vec::new());
            }
        }
    }
}

/// Quantities, sizes, times, names, labels, addresses, images, versions and paths are understood or refused.
pub fn numbers(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Ok(quantity) = quantity::Quantity::parse(text)
        && let (Some(floor), Some(ceil)) = (quantity.floor(), quantity.ceil())
    {
        assert!(floor <= ceil && ceil - floor <= 1, "{floor} {ceil}");
        // As in Kubernetes, beyond the largest signed number `11E` is what it says, and the same in digits is that number.
        if i64::try_from(floor).is_ok() {
            let again = quantity::Quantity::parse(&quantity::binary(floor));
            assert_eq!(again.expect("our own").floor(), Some(floor));
        }
    }
    if let Ok(bytes) = memory::parse(text) {
        memory::worst_case_limit(bytes);
        memory::request(bytes);
        memory::grace_seconds(bytes);
        memory::startup_failures(bytes, true);
    }
    let _ = duration::parse(text);
    let _ = duration::parse_go(text);
    let _ = cron::schedule(text);
    let _ = cron::time_zone(text);
    let _ = cidr::Cidr::parse(text);
    let _ = label::key(text);
    let _ = label::value(text);
    let _ = name::dns_label(text);
    let _ = name::dns_subdomain(text);
    let _ = name::port_name(text);
    let _ = name::env_name(text);
    let _ = image::registry(text);
    let _ = image::repository(text);
    let _ = image::tag(text);
    let _ = image::digest(text);
    let _ = version::KubeVersion::parse(text);
    let _ = cachegen::redis::version::from_tag(text);
    let _ = cachegen::redis::version::from_repository(text);
    if let Ok(path) = path::parse(text) {
        let shown = path.to_string();
        assert_eq!(path::parse(&shown), Ok(path), "{shown}");
    }
}

/// A line of a configuration is split into words that make the line again; the value of a directive is taken or refused.
pub fn conf(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
    if let Ok(words) = split(rest) {
        let whole = line(name, &words);
        if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            let again = split(&whole).unwrap_or_else(|fault| panic!("{fault}: {whole}"));
            let expected: Vec<String> = [name.to_owned()]
                .into_iter()
                .filter(|name| !name.is_empty())
                .chain(words)
                .collect();
            assert_eq!(again, expected, "{whole}");
        }
    }
    for engine in [Engine::Redis, Engine::Valkey] {
        if let Some(directive) = conf::known(name, engine, newest_tested(engine)) {
            let _ = conf::check(directive, rest);
        }
    }
}

/// Values are rendered to what reads back, twice the same; or refused, with findings that have no secret.
pub fn render(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let manifest = match rendered(text, &Templates::default()) {
        Outcome::Rendered(rendered) => rendered.manifest,
        Outcome::Refused(findings, effective) => {
            assert!(!findings.is_empty());
            // Where the whole text is one, every message may say it.
            if !text.trim().starts_with(CANARY) && is_in_secret(text) {
                for finding in &findings {
                    assert!(!finding.message.contains(CANARY), "{finding:?}");
                }
            }
            let report = cli::report::findings(&findings, &effective, data.len().is_multiple_of(2));
            assert!(
                !is_the_password(text, &effective) || !report.contains(CANARY),
                "{report}"
            );
            return;
        }
        Outcome::Failed => return,
    };
    let stream = manifest.to_yaml();
    let reading = yaml::read(&stream, 0).unwrap_or_else(|faults| panic!("{faults:?}\n{stream}"));
    assert!(reading.faults.is_empty(), "{:?}\n{stream}", reading.faults);
    assert_eq!(reading.documents.len(), manifest.objects().len());
    manifest.write(Format::Kyaml);
    let json = manifest.write(Format::Json);
    serde_json::from_str::<serde_json::Value>(&json).expect("JSON");
    let Outcome::Rendered(again) = rendered(text, &Templates::default()) else {
        panic!("it was rendered before")
    };
    assert_eq!(again.manifest.to_yaml(), stream);
}

/// Tells whether the canary stands only behind keys whose values are secrets.
fn is_in_secret(text: &str) -> bool {
    text.lines()
        .filter(|line| line.contains(CANARY))
        .all(|line| {
            line.trim_start()
                .starts_with("password: {value: canary-3f9a")
        })
}

/// Tells whether the canary is the password, and stands nowhere else in the text.
fn is_the_password(text: &str, effective: &Effective) -> bool {
    let path = ValuePath(
        ["valkey", "password", "value"]
            .map(|key| Step::Key(key.into()))
            .to_vec(),
    );
    let value = effective
        .get(&path)
        .and_then(|node| node.clone().into_value().ok());
    text.matches(CANARY).count() == 1 && value == Some(Value::from(CANARY))
}

/// What is found in values is written for people and programs: as JSON that another reader takes, with places that are
/// in the text; as commands of which no value makes another one; and without the password.
pub fn lint(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let Outcome::Rendered(rendered) = rendered(text, &Templates::default()) else {
        return;
    };
    let (found, effective) = (&rendered.found, &rendered.effective);
    let write = |format| {
        let text_of_it = cli::lint::text(format, found, effective, false);
        assert!(
            !is_the_password(text, effective) || !text_of_it.contains(CANARY),
            "{text_of_it}"
        );
        text_of_it
    };
    let json: serde_json::Value =
        serde_json::from_str(&write(cli::lint::Output::Json)).expect("JSON");
    let sarif: serde_json::Value =
        serde_json::from_str(&write(cli::lint::Output::Sarif)).expect("JSON");
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().expect("a list");
    assert_eq!(
        json["findings"].as_array().map(Vec::len),
        Some(results.len())
    );
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("a number");
        let index = usize::try_from(index).expect("a position");
        assert_eq!(
            run["tool"]["driver"]["rules"][index]["id"],
            result["ruleId"]
        );
        let region = &result["locations"][0]["physicalLocation"]["region"];
        // What stands nowhere is shown at the first line.
        if region["endLine"].is_u64() {
            let place = |line: &str, column: &str| (region[line].as_u64(), region[column].as_u64());
            let start = place("startLine", "startColumn");
            let end = place("endLine", "endColumn");
            assert!((Some(1), Some(1)) <= start && start <= end, "{region}");
            let n_lines = text.split('\n').count();
            assert!(end.0 <= u64::try_from(n_lines).ok(), "{region}");
        }
    }
    let words = write(cli::lint::Output::Human);
    assert!(
        !words.contains(|c: char| c.is_control() && c != '\n'),
        "{words:?}"
    );
    let mut is_in_group = false;
    for line in write(cli::lint::Output::Github).split(['\n', '\r']) {
        match line.strip_prefix("::") {
            Some(command) if command.starts_with("group::") => is_in_group = true,
            Some("endgroup::") => is_in_group = false,
            Some(command) => {
                let levels = ["error ", "warning ", "notice "];
                assert!(!is_in_group, "{line}");
                assert!(
                    levels.iter().any(|level| command.starts_with(level)),
                    "{line}"
                );
            }
            None => assert!(is_in_group || line.is_empty(), "{line}"),
        }
    }
}

/// Values of the second half are rendered with a template of the first: within bounds, whatever it says.
pub fn template(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let (template, values) = halves(text);
    let mut templates = Templates::default();
    let file = "service.yaml.j2".to_owned();
    if templates
        .shadow(&file, template.to_owned(), file.clone())
        .is_ok()
    {
        rendered(values, &templates);
    }
}

/// What comes of values.
enum Outcome {
    Rendered(Box<Rendered>),
    Refused(Vec<Diagnostic>, Box<Effective>),
    /// A template of the user's own stopped it.
    Failed,
}

struct Rendered {
    effective: Effective,
    manifest: Manifest,
    found: Waived,
}

fn rendered(text: &str, templates: &Templates) -> Outcome {
    let mut diagnostics = Vec::new();
    let mut layers = Layers::default();
    layers.add(Origin::Default, DEFAULTS, &mut diagnostics);
    layers.add(
        Origin::File("fuzz.yaml".into()),
        text.to_owned(),
        &mut diagnostics,
    );
    let is_incomplete = layers.is_incomplete();
    let effective = merge(layers, None, &mut diagnostics);
    if is_incomplete {
        return Outcome::Refused(diagnostics, Box::new(effective));
    }
    let invocation = Invocation {
        name: "fuzz".to_owned(),
        name_span: Span::default(),
        namespace: Some("fuzz".to_owned()),
        namespace_span: Span::default(),
        kube_version: version::FLOOR,
    };
    let decoded = schema::decode(&effective, &mut diagnostics);
    let tier = match tier::resolve(&decoded, &effective, &invocation, diagnostics) {
        Ok(tier) => tier,
        Err(findings) => return Outcome::Refused(findings, Box::new(effective)),
    };
    let manifest = match cachegen::render::render(&tier, templates) {
        Ok(manifest) => manifest,
        Err(Failure::Findings(findings)) => {
            return Outcome::Refused(findings, Box::new(effective));
        }
        Err(Failure::Error(error)) => {
            assert!(!templates.are_embedded(), "{error}");
            return Outcome::Failed;
        }
    };
    let served = Served::default();
    let subject = Subject::new(
        &effective,
        &decoded.values,
        &tier,
        &manifest,
        version::FLOOR,
        &served,
    );
    let found = lint::lint(&subject);
    Outcome::Rendered(Box::new(Rendered {
        effective,
        manifest,
        found,
    }))
}

/// Any two streams of objects are compared; a stream does not differ from itself.
pub fn diff(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let (old, new) = halves(text);
    let (old, new) = (objects(old), objects(new));
    let workload = Workload {
        is_store: data.len().is_multiple_of(2),
        data_bytes: Some(data.len() as u64),
    };
    compared(&old, &new, workload);
    // One without a namespace may be the same as one with any.
    let name = |object: &Object| (object.id.kind.clone(), object.id.name.clone());
    let is_each_there_once = old.iter().enumerate().all(|(position, object)| {
        old[..position]
            .iter()
            .all(|other| name(other) != name(object))
    });
    if is_each_there_once {
        let changes = differences(&old, &old, workload);
        assert!(changes.is_empty(), "{changes:?}");
    }
}

/// What is different, in all formats.
fn compared(old: &[Object], new: &[Object], workload: Workload) -> [String; 3] {
    let changes = differences(old, new, workload);
    for change in &changes {
        let _ = (change.consequence(), change.path());
    }
    let json = cli::diff::text(changes.clone(), cli::diff::Output::Json, false);
    serde_json::from_str::<serde_json::Value>(&json).expect("JSON");
    let words = cli::diff::text(changes.clone(), cli::diff::Output::Human, false);
    let is_odd = |c: char| c.is_control() && c != '\n';
    assert!(!words.contains(is_odd), "{words:?}");
    let markdown = cli::diff::text(changes.clone(), cli::diff::Output::Markdown, false);
    [json, words, markdown]
}

/// Any two files of users are compared, beside one whose passwords are known: these are in no format.
pub fn acl(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let (old, new) = halves(text);
    // A server reads the file by lines.
    let file = |head: &str, rest: &str| {
        let mut map = Mapping::default();
        for name in ["users.acl", "redis.conf"] {
            let words = rest.lines().next().unwrap_or_default();
            let text = format!("{rest}\nuser {words} on >{CANARY}-{head} ~* +@all\n{rest}\n");
            map.insert(name, Value::from(text));
        }
        let metadata = Mapping::from_iter([("name", Value::from("users"))]);
        let body = Mapping::from_iter([
            ("apiVersion", Value::from("v1")),
            ("kind", Value::from("ConfigMap")),
            ("metadata", Value::Mapping(metadata)),
            ("data", Value::Mapping(map)),
        ]);
        vec![Object::new("", body)]
    };
    let texts = compared(&file("old", old), &file("new", new), Workload::default());
    // Elsewhere it is as good as any word.
    if !text.contains(CANARY) {
        texts
            .iter()
            .for_each(|text| assert!(!text.contains(CANARY), "{text}"));
    }
}

fn objects(text: &str) -> Vec<Object> {
    let Ok(reading) = yaml::read(text, 0) else {
        return Vec::new();
    };
    reading
        .documents
        .into_iter()
        .filter_map(|document| match document.into_value() {
            Ok(Value::Mapping(map)) => Some(Object::new("", map)),
            _ => None,
        })
        .collect()
}

/// Any text in JSON, which SARIF is, is the text that another reader finds there.
pub fn json(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let mut map = Mapping::default();
    map.insert(text, Value::from(text));
    map.insert(
        "list",
        Value::Sequence(text.lines().map(Value::from).collect()),
    );
    let mut out = String::new();
    yaml::write_json(&Value::Mapping(map), 0, &mut out);
    let back: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    if text != "list" {
        assert_eq!(back[text], text);
    }
    if let Ok((_, end)) = yaml::read_json(text, 0, 0)
        && let Err(error) = serde_json::from_str::<serde_json::Value>(&text[..end])
    {
        // The other reader makes floating-point numbers of numbers, and refuses half a pair of surrogates; Go, and we
        // after it, put U+FFFD in its place.
        let error = error.to_string();
        let is_known = error.starts_with("number out of range")
            || text.contains("\\ud")
            || text.contains("\\uD");
        assert!(is_known, "{error}");
    }
}
