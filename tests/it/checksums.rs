//! The pods restart for every byte that the server reads, and for nothing else.

use crate::support::{object, render};
use cachegen::yaml::Value;

/// The checksums of a render: configuration and Secret.
fn checksums(values: &str) -> (String, String) {
    let workload = object(&render(values), "StatefulSet", "-redis");
    let annotation = |key: &str| {
        workload
            .at(&["spec", "template", "metadata", "annotations", key])
            .and_then(Value::as_str)
            .unwrap()
            .to_owned()
    };
    (annotation("checksum/config"), annotation("checksum/secret"))
}

fn template(values: &str) -> Value {
    object(&render(values), "StatefulSet", "-redis")
        .at(&["spec", "template"])
        .unwrap()
        .clone()
}

#[test]
fn what_the_server_does_not_read_restarts_nothing() {
    let usual = template("");
    for values in [
        "commonLabels: {team: a}",
        "commonAnnotations: {a: b}",
        "client: {env: {X: y}}",
        "valkey: {service: {port: 6380, annotations: {a: b}, labels: {c: d}}}",
        "valkey: {workload: {use: cache}}",
        "serviceAccount: {annotations: {a: b}}",
        "valkey: {storage: {retentionPolicy: {whenDeleted: Delete}}}",
        "extraObjects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}]",
        "clusterDomain: other.local",
        "monitoring: {prometheusEnabled: no, labels: {a: b}, interval: 1m, alerts: {RedisDown: {for: 2m}}}",
        "valkey: {exporter: {service: {annotations: {a: b}, labels: {c: d}}}}",
        "valkey: {backup: {enabled: yes}}",
        "valkey: {networkPolicy: {enabled: no}}",
        "valkey: {podDisruptionBudget: {enabled: yes}}",
    ] {
        assert_eq!(template(values), usual, "{values}");
    }
}

#[test]
pub(crate) fn what_the_server_reads_changes_the_checksum() {
    let (config, secret) = checksums("");
    for values in [
        "valkey: {settings: {maxmemory: 385mb}}",
        "valkey: {settings: {maxmemoryPolicy: noeviction}}",
        "valkey: {settings: {appendonly: no}}",
        "valkey: {settings: {appendfsync: always}}",
        "valkey: {settings: {loglevel: debug}}",
        "valkey: {settings: {slowlogThreshold: 1}}",
        "valkey: {settings: {save: ''}}",
        "valkey: {settings: {extra: {hz: 20}}}",
        "valkey: {settings: {extra: {maxmemory-clients: 5%}}}",
        "valkey: {password: {secretKey: other}}",
    ] {
        assert_ne!(checksums(values).0, config, "{values}");
    }
    for values in [
        "valkey: {password: {revision: 2}}",
        "valkey: {password: {existingSecret: x}}",
        "valkey: {password: {secretKey: other}}",
        "fullnameOverride: x",
    ] {
        assert_ne!(checksums(values).1, secret, "{values}");
    }
}

#[test]
fn the_same_configuration_in_other_words_has_the_same_checksum() {
    let (config, _) = checksums("");
    for values in [
        "valkey: {settings: {maxmemory: 384Mi}}",
        "valkey: {settings: {extra: {hz: 10}}}",
        "valkey: {settings: {extra: {lua-time-limit: 5000}}}",
    ] {
        assert_eq!(checksums(values).0, config, "{values}");
    }
}

#[test]
fn a_password_is_never_hashed() {
    assert_eq!(
        checksums("valkey: {password: {value: a}}"),
        checksums("valkey: {password: {value: b}}")
    );
}
