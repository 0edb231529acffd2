//! What values files may look like: every answer that YAML itself leaves open, and every hostile shape.

use std::time::{Duration, Instant};

use crate::support::{Run, object, objects, render, run_with};
use cachegen::yaml::{MAX_DEPTH, Value};

/// Renders bytes as a values file and returns the first code, or nothing where it rendered.
fn code(bytes: &[u8]) -> Option<String> {
    let Run {
        stdout,
        stderr,
        code,
    } = run_with(&["render", "-f", "-"], bytes);
    match code {
        0 => None,
        2 => {
            assert_eq!(stdout, "");
            Some(
                stderr
                    .strip_prefix("error[")
                    .unwrap_or_else(|| panic!("{stderr}"))
                    .split(']')
                    .next()
                    .unwrap()
                    .to_owned(),
            )
        }
        other => panic!("exit code {other}: {stderr}"),
    }
}

#[track_caller]
fn accepted(text: &str) {
    assert_eq!(code(text.as_bytes()), None, "{text}");
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    assert_eq!(code(text.as_bytes()).as_deref(), Some(expected), "{text}");
}

/// The environment that the application gets.
fn env(values: &str) -> Value {
    object(&render(values), "ConfigMap", "-redis-env")
        .at(&["data"])
        .unwrap()
        .clone()
}

#[test]
fn a_text_is_what_was_written() {
    for text in [
        "7.2",
        "1.10",
        "007",
        "1e3",
        "no",
        "yes",
        "on",
        "y",
        "0x1F",
        "1_000",
        "2001-01-01",
        "12:30",
        ".5",
        "=",
        "null ",
        "+5",
        "-0",
    ] {
        let data = env(&format!("client: {{env: {{X: {text} }}}}"));
        match text.trim() {
            "null" => assert_eq!(data.at(&["X"]), None),
            text => assert_eq!(data.at(&["X"]).and_then(Value::as_str), Some(text)),
        }
    }
}

#[test]
fn a_key_is_what_was_written() {
    let data = env("client: {env: {y: a, on: b, yes: c}}");
    for key in ["y", "on", "yes"] {
        assert!(data.at(&[key]).is_some(), "{key}");
    }
}

#[test]
fn a_switch_takes_what_kubectl_takes() {
    for word in ["true", "True", "TRUE", "yes", "on", "y", "Y"] {
        accepted(&format!("valkey: {{diagnosticMode: {word}}}"));
        assert!(
            render(&format!("valkey: {{diagnosticMode: {word}}}")).contains("trap"),
            "{word}"
        );
    }
    for word in ["false", "No", "off", "n"] {
        assert!(
            !render(&format!("valkey: {{diagnosticMode: {word}}}")).contains("trap"),
            "{word}"
        );
    }
    for word in ["\"true\"", "'no'", "1", "tRuE", "[true]"] {
        refused(&format!("valkey: {{diagnosticMode: {word}}}"), "wrong-type");
    }
    for word in ["\"yes\"", "'no'", "yes", "no", "true", "off"] {
        accepted(&format!("valkey: {{settings: {{appendonly: {word}}}}}"));
    }
    refused("valkey: {settings: {appendonly: \"true\"}}", "wrong-type");
}

#[test]
fn whole_numbers_are_those_of_yaml_1_2() {
    for (text, port) in [
        ("6400", "6400"),
        ("+6400", "6400"),
        ("0x1900", "6400"),
        ("0o14400", "6400"),
    ] {
        assert!(
            render(&format!("valkey: {{service: {{port: {text}}}}}"))
                .contains(&format!("port: {port}\n")),
            "{text}"
        );
    }
    for text in [
        "06400",
        "6400.0",
        "6.4e3",
        "\"6400\"",
        "6_400",
        "-1",
        "99999999999999999999999",
    ] {
        refused(
            &format!("valkey: {{service: {{port: {text}}}}}"),
            "wrong-type",
        );
    }
}

#[test]
fn anchors_and_merge_keys_are_understood() {
    let values = "x-base: &base {A: a, B: b}\nx-other: &other {B: c, C: d}\nclient:\n  env:\n    <<: [*base, *other]\n    A: own\n";
    let data = env(values);
    let text = |key: &str| data.at(&[key]).and_then(Value::as_str).map(str::to_owned);
    assert_eq!(
        (text("A"), text("B"), text("C")),
        (Some("own".into()), Some("b".into()), Some("d".into()))
    );
    assert_eq!(
        env("client: {env: {\"<<\": x}}\n".replace("<<", "_x").as_str())
            .at(&["_x"])
            .and_then(Value::as_str),
        Some("x")
    );
    refused("client: {env: {<<: 5}}", "yaml-merge");
    refused("client: {env: *nowhere}", "yaml-syntax");
    refused("client: &a {env: *a}", "yaml-alias");
}

#[test]
fn documents_merge_from_top_to_bottom() {
    let values =
        "---\nclient: {env: {A: a, B: b}}\n---\n# nothing\n---\nclient: {env: {B: c}}\n...\n";
    assert_eq!(
        env(values).to_json(),
        r#"{"REDIS_ADDR":"alerthistory-redis:6379","A":"a","B":"c","REDIS_DB":"0","REDIS_POOL_SIZE":"50"}"#
    );
}

#[test]
fn maps_of_many_keys_merge_as_those_of_few() {
    for n_keys in [3, 100] {
        for n_stronger in [2, 20] {
            let weaker: String = (0..n_keys).map(|n| format!("    K{n}: weak\n")).collect();
            let stronger: String = (n_keys - 1..n_keys - 1 + n_stronger)
                .map(|n| format!("    K{n}: strong\n"))
                .collect();
            let head = "client:\n  env:\n";
            let data = env(&format!("{head}{weaker}---\n{head}{stronger}"));
            let value = |n: usize| data.at(&[&format!("K{n}")]).and_then(Value::as_str);
            for n in 0..n_keys + n_stronger {
                let expected = match n {
                    n if n < n_keys - 1 => Some("weak"),
                    n if n < n_keys - 1 + n_stronger => Some("strong"),
                    _ => None,
                };
                assert_eq!(value(n), expected, "K{n} of {n_keys} and {n_stronger}");
            }
        }
    }
}

#[test]
fn every_shape_of_text_has_an_answer() {
    accepted("");
    accepted("# only a comment\n");
    accepted("---\n");
    accepted("{}");
    accepted("\u{feff}profile: lite\n");
    accepted("profile: lite\r\nvalkey: {}\r\n");
    accepted("profile: lite\rvalkey: {}\r");
    accepted("%YAML 1.2\n---\nprofile: lite\n");
    accepted("profile: !!str lite\n");
    refused("profile:\n\tlite: 1\n", "yaml-syntax");
    refused("valkey:\n\treplicas: 1\n", "yaml-syntax");
    refused("profile: lite\nprofile: lite\n", "duplicate-key");
    refused("- a\n", "not-a-map");
    refused("just text\n", "not-a-map");
    refused("42\n", "not-a-map");
    refused("{a: 1", "yaml-syntax");
    refused("[a]: 1", "yaml-key");
    refused(": 1", "yaml-key");
    refused("profile: !custom lite\n", "yaml-tag");
    refused("profile: !!binary bGl0ZQ==\n", "yaml-tag");
    assert_eq!(code(b"profile: \xff\n").as_deref(), Some("not-utf8"));
    assert_eq!(
        code(
            "profile: lite\n"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<_>>()
                .as_slice()
        )
        .as_deref(),
        Some("yaml-syntax")
    );
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend("profile: lite\n".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(code(&utf16).as_deref(), Some("not-utf8"));
}

#[test]
fn a_null_removes_a_default_and_a_removed_key_that_is_needed_is_told() {
    assert_eq!(
        env("client: {env: {REDIS_DB: null}}").at(&["REDIS_DB"]),
        None
    );
    let workload = object(
        &render("valkey: {resources: {requests: {cpu: null}}}"),
        "StatefulSet",
        "-redis",
    );
    assert!(!workload.to_json().contains("\"cpu\":\"250m\""));
    refused("valkey: {settings: {maxmemory: null}}", "missing-value");
    refused("valkey: {storage: null}", "missing-value");
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| {
        format!(
            "extraObjects: [{{apiVersion: a/v1, kind: B, metadata: {{name: c}}, x: {}1{}}}]",
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    accepted(&nested(MAX_DEPTH - 4));
    refused(&nested(MAX_DEPTH), "yaml-depth");
    let block: String = (0..200)
        .map(|depth| format!("{}x:\n", " ".repeat(depth)))
        .collect();
    refused(&block, "yaml-depth");
    refused(&"[".repeat(100_000), "yaml-depth");
    refused(&"{a: ".repeat(100_000), "yaml-depth");
}

#[test]
fn what_kubernetes_takes_of_one_place_only_is_taken_there() {
    accepted("valkey: {probes: {readiness: {successThreshold: 2}}}");
    refused(
        "valkey: {probes: {startup: {successThreshold: 2}}}",
        "invalid-number",
    );
    let egress = "valkey: {networkPolicy: {extraEgress: [{ports: [{protocol: UDP}]}]}}";
    let policy = object(&render(egress), "NetworkPolicy", "-redis").to_json();
    let rule = r#""egress":[{"ports":[{"protocol":"UDP"}]}]"#;
    assert!(policy.contains(rule), "{policy}");
    let beside = "valkey: {extraInitContainers: [{name: a, image: a, restartPolicy: Always, ports: [{containerPort: 6379}]}]}";
    refused(beside, "port-clash");
    accepted(&beside.replace("restartPolicy: Always, ", ""));
}

#[test]
fn a_password_may_be_missing_where_nobody_names_its_key() {
    for (password, is_optional) in [
        ("", true),
        ("backupKey: b", true),
        ("exporterKey: e", false),
    ] {
        let stream = render(&format!("valkey: {{password: {{{password}}}}}"));
        let set = object(&stream, "StatefulSet", "-redis");
        let containers = set.at(&["spec", "template", "spec", "containers"]).unwrap();
        let exporter = containers.as_sequence().unwrap()[1].to_json();
        let has_optional = exporter.contains(r#""optional":true"#);
        assert_eq!(has_optional, is_optional, "{password}: {exporter}");
    }
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut bomb = "x-0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        bomb += &format!(
            "x-{level}: &a{level} [{}]\n",
            vec![format!("*a{}", level - 1); 10].join(", ")
        );
    }
    let started = Instant::now();
    refused(&bomb, "yaml-alias");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_object_of_the_users_is_read_as_kubectl_reads_it() {
    let values = "extraObjects:\n- apiVersion: example.com/v1\n  kind: Thing\n  metadata: {name: x}\n  spec: {mode: 0644, on: yes, big: 9007199254740993, f: 1.10, s: \"0644\", e: 1e3, t: 12:30}\n";
    let stream = render(values);
    let thing = objects(&stream).pop().unwrap();
    assert_eq!(
        thing.at(&["spec"]).unwrap().to_json(),
        r#"{"mode":420,"on":true,"big":9007199254740993,"f":1.1,"s":"0644","e":1000,"t":"12:30"}"#
    );
    let claim = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: x}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1e3}}}}";
    let service = "{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {ports: [{port: 80, targetPort: 8080}, {port: 81, targetPort: on}]}}";
    let stream = render(&format!("extraObjects: [{claim}, {service}]"));
    let spec = |kind| object(&stream, kind, "x").at(&["spec"]).unwrap().to_json();
    assert_eq!(
        spec("PersistentVolumeClaim"),
        r#"{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1e3"}}}"#
    );
    assert_eq!(
        spec("Service"),
        r#"{"ports":[{"port":80,"targetPort":8080},{"port":81,"targetPort":"on"}]}"#
    );
    let schema = "type: number, maximum: 1.50, minimum: .5";
    let definition = format!(
        "extraObjects: [{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {{name: as.b.c}}, spec: {{group: b.c, names: {{kind: A, plural: as}}, scope: Cluster, versions: [{{name: v1, served: on, storage: yes, schema: {{openAPIV3Schema: {{{schema}}}}}}}]}}}}]"
    );
    let definition = object(&render(&definition), "CustomResourceDefinition", "");
    let version = &definition
        .at(&["spec", "versions"])
        .unwrap()
        .as_sequence()
        .unwrap()[0];
    assert_eq!(
        version.to_json(),
        r#"{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"number","maximum":1.5,"minimum":0.5}}}"#
    );
}
