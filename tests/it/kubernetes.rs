//! What Kubernetes asks of its own fields: what it still takes, and beside it what it refuses.

use crate::limits::check;
use crate::support::{render, run_with};

#[test]
fn names_are_what_the_kind_of_their_object_has() {
    let named = |api_version: &str, kind: &str| {
        format!(
            "extraObjects: [{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: @}}}}]"
        )
    };
    let code = "invalid-name";
    check(&named("v1", "Namespace"), "a-b", "a.b", code);
    check(&named("example.com/v1", "Widget"), "a.b", "a:b", code);
    let role = named("rbac.authorization.k8s.io/v1", "Role");
    for refused in ["'a/b'", "'a%b'", "'.'", "'..'"] {
        check(&role, "'a:b.'", refused, code);
    }
    for (name, told) in [("a`b", "a backtick"), ("a b", "a space"), ("a?b", "`?`")] {
        let values = named("v1", "ConfigMap").replace('@', &format!("'{name}'"));
        let stderr = run_with(&["render", "-f", "-"], values.as_bytes()).stderr;
        assert!(
            stderr.contains(&format!("character 2 is {told}\n")),
            "{stderr}"
        );
    }
}

#[test]
fn images_and_their_registries_are_what_a_runtime_takes() {
    let registry = "image: {registry: '@'}";
    let code = "invalid-image";
    check(
        registry,
        "my-mirror.example.com",
        "my_mirror.example.com",
        code,
    );
    check(registry, "a.example.com:65535", "a.example.com:65536", code);
    check(registry, "a.b-c", "a.b-", code);
    check(registry, "a.b-c", "a.-c", code);
    check(registry, "a.b", "a..b", code);
    check(registry, "[fd00::1]:5000", "[fd00::g]:5000", code);
    check(registry, "[fd00::1]", "[fd00::1]5000", code);
    let repository = "valkey: {image: {repository: @}, engine: redis, version: 7.2}";
    let (taken, refused) = ("r".repeat(255), "r".repeat(256));
    check(repository, &taken, &refused, code);
    check(repository, "a/b", "\"a\\u0001b\"", code);
    check(repository, "a/b", "\"a\\u00a0b\"", code);
    for (name, told) in [
        ("'a b'", "must not have blanks"),
        ("a..b", "`a..b` is otherwise"),
    ] {
        let values = repository.replace('@', name);
        let stderr = run_with(&["render", "-f", "-"], values.as_bytes()).stderr;
        assert!(stderr.contains(told), "{stderr}");
    }
}

#[test]
fn schedules_are_what_cron_takes() {
    let schedule = "valkey: {backup: {schedule: '@'}}";
    let code = "invalid-schedule";
    for (taken, refused) in [
        ("59 23 31 12 6", "60 23 31 12 6"),
        ("0 0 1 1 0", "0 0 0 1 0"),
        ("0 0 1 1 0", "0 0 1 0 0"),
        ("5/10 * * * *", "60/10 * * * *"),
        ("5-5 * * * *", "5-4 * * * *"),
        ("*/1 * * * *", "*/0 * * * *"),
    ] {
        check(schedule, taken, refused, code);
    }
    for (day, is_told) in [(7, true), (8, false)] {
        let values = schedule.replace('@', &format!("0 3 * * {day}"));
        let stderr = run_with(&["render", "-f", "-"], values.as_bytes()).stderr;
        assert_eq!(stderr.contains("(Sunday is 0)"), is_told, "{stderr}");
    }
}

#[test]
fn what_a_resolver_is_told_has_an_end() {
    let servers = "dnsConfig: {nameservers: [10.0.0.1, 10.0.0.2, 10.0.0.3@]}";
    check(servers, "", ", 10.0.0.4", "too-many");
    let searches = "dnsConfig: {searches: [@]}";
    let short = |n: usize| vec!["a"; n].join(", ");
    check(searches, &short(32), &short(33), "too-many");
    // Eight domains of 253 characters, a blank behind each, and one that fills 2048.
    let full = |last: usize| {
        let mut domains = vec!["a".repeat(253); 8];
        domains.push("a".repeat(last));
        domains.join(", ")
    };
    check(searches, &full(16), &full(17), "too-many");
}

#[test]
fn where_pods_run_is_said_by_terms_with_keys_and_values() {
    let terms = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [@]}}}";
    let expression = "{matchExpressions: [{key: a, operator: Exists}]}";
    check(terms, expression, "", "missing-value");
    let requirement = terms.replace('@', "{matchExpressions: [{@}]}");
    for (taken, refused, code) in [
        (
            "key: a, operator: Exists",
            "key: a b, operator: Exists",
            "invalid-label",
        ),
        (
            "key: a, operator: Exists",
            "key: a, operator: Exists, values: [b]",
            "contradiction",
        ),
        (
            "key: a, operator: DoesNotExist",
            "key: a, operator: DoesNotExist, values: [b]",
            "contradiction",
        ),
        (
            "key: a, operator: In, values: [b]",
            "key: a, operator: In, values: []",
            "missing-value",
        ),
        (
            "key: a, operator: Gt, values: ['7']",
            "key: a, operator: Gt, values: ['7', '8']",
            "invalid-number",
        ),
        (
            "key: a, operator: Lt, values: ['-7']",
            "key: a, operator: Lt, values: ['7.5']",
            "invalid-number",
        ),
    ] {
        check(&requirement, taken, refused, code);
    }
}

#[test]
fn what_a_container_asks_for_is_what_nodes_share() {
    let with = |resources: &str| {
        format!("valkey: {{extraContainers: [{{name: a, image: x, resources: {{{resources}}}}}]}}")
    };
    // Neither is shared between containers, and huge pages are beside other memory or a processor.
    let pages = with("limits: {hugepages-2Mi: 2Mi@}");
    check(&pages, ", cpu: 1", "", "missing-value");
    check(&pages, ", memory: 1Mi", "", "missing-value");
    let page = with("limits: {memory: 1Mi, hugepages-2Mi: @}");
    check(&page, "4Mi", "3Mi", "invalid-quantity");
    render(&page.replace('@', "0"));
    let size = with("limits: {memory: 1Mi, hugepages-@: 0}");
    for refused in ["0", "1500m"] {
        check(&size, "64Ki", refused, "invalid-quantity");
    }
    let device = with("requests: {nvidia.com/gpu: 2}, limits: {nvidia.com/gpu: @}");
    check(&device, "2", "3", "request-below-limit");
    check(&device, "2", "1", "request-above-limit");
    let processor = with("requests: {cpu: @}, limits: {cpu: 1}");
    check(&processor, "1000m", "1001m", "request-above-limit");
    let object = "extraObjects: [{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: x, resources: {requests: {cpu: @}, limits: {cpu: 1}}}]}}]";
    check(object, "1", "2", "request-above-limit");
}

#[test]
fn a_thousandth_is_taken_for_mebibytes_only_where_bytes_are_meant() {
    for (resource, is_told) in [("memory", true), ("nvidia.com/gpu", false)] {
        let values = format!(
            "valkey: {{extraContainers: [{{name: a, image: x, resources: {{limits: {{{resource}: 1500m}}}}}}]}}"
        );
        let stderr = run_with(&["render", "-f", "-"], values.as_bytes()).stderr;
        assert_eq!(stderr.contains("mebibytes"), is_told, "{stderr}");
    }
}

#[test]
fn a_parameter_of_the_kernel_has_one_name_in_two_spellings() {
    let twice =
        "podSecurityContext: {sysctls: [{name: net.ipv4/eth0, value: 1}, {name: @, value: 1}]}";
    check(twice, "net.ipv4.eth0", "net/ipv4.eth0", "duplicate-name");
    let one = "podSecurityContext: {sysctls: [{name: '@', value: 1}]}";
    for refused in ["-a", "a-", "_a", "a%b", "a..b", "aB"] {
        check(one, "a-_b", refused, "invalid-name");
    }
    check(one, &"a".repeat(253), &"a".repeat(254), "invalid-name");
}

#[test]
fn a_field_of_the_pod_is_one_that_a_container_can_know() {
    let field = "valkey: {extraEnv: [{name: A, valueFrom: {fieldRef: {fieldPath: \"@\"}}}]}";
    let code = "invalid-choice";
    check(field, "metadata.labels['a']", "metadata.labels['a'", code);
    check(
        field,
        "metadata.annotations['a']",
        "metadata.name['a']",
        code,
    );
    check(field, "status.podIPs", "status.phase", code);
}

#[test]
fn volumes_say_what_they_are_of() {
    let claim = "valkey: {extraVolumes: [{name: a, persistentVolumeClaim: {claimName: '@'}}]}";
    check(claim, "b", "", "missing-value");
    let file =
        "valkey: {extraVolumes: [{name: a, configMap: {name: b, items: [{key: c, path: '@'}]}}]}";
    for refused in ["", "/d", "d/..", "../d"] {
        check(file, "..d/e", refused, "invalid-path");
    }
    let mode = "valkey: {extraVolumes: [{name: a, secret: {secretName: b, defaultMode: @}}]}";
    check(mode, "511", "512", "invalid-number");
    check(mode, "0", "-1", "invalid-number");
    let shared = "valkey: {extraVolumes: [{name: v, hostPath: {path: /x}}], extraContainers: [{name: a, image: x, securityContext: {privileged: @}, volumeMounts: [{name: v, mountPath: /x, mountPropagation: Bidirectional}]}]}";
    check(shared, "yes", "no", "contradiction");
}

#[test]
fn a_definition_of_a_kind_has_bounds_that_are_numbers() {
    let bound = "extraObjects: [{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: as.example.com}, spec: {group: example.com, scope: Namespaced, names: {plural: as, kind: A}, versions: [{name: v1, served: yes, storage: yes, schema: {openAPIV3Schema: {type: object, properties: {a: {type: number, maximum: @}}}}}]}}]";
    check(bound, "1.5", "many", "wrong-type");
}

#[test]
fn a_port_by_number_is_told_from_one_by_name() {
    let probe =
        "valkey: {extraContainers: [{name: a, image: x, livenessProbe: {tcpSocket: {port: @}}}]}";
    for (taken, refused, code) in [
        ("1", "0", "invalid-number"),
        ("65535", "65536", "invalid-number"),
        ("http", "'80'", "invalid-name"),
    ] {
        check(probe, taken, refused, code);
    }
    for (port, is_told) in [("'80'", true), ("a--b", false)] {
        let values = probe.replace('@', port);
        let stderr = run_with(&["render", "-f", "-"], values.as_bytes()).stderr;
        assert_eq!(stderr.contains("leave the quotes out"), is_told, "{stderr}");
    }
    render(
        "valkey: {extraContainers: [{name: a, image: x, ports: [{containerPort: 1, hostPort: 0}]}]}",
    );
}
