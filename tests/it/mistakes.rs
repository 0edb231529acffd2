//! One mistake, one finding: its code and its line, whatever else is wrong.

use crate::support::{Run, run, run_in, run_with};

/// Returns code, line and column of every finding.
fn findings(values: &str, arguments: &[&str]) -> Vec<(String, String)> {
    let Run {
        stdout,
        stderr,
        code,
    } = run_with(
        &[&["render", "-f", "-"], arguments].concat(),
        values.as_bytes(),
    );
    assert_eq!((code, stdout.as_str()), (2, ""), "{values}");
    assert!(
        !stderr.lines().any(|line| line.ends_with("]: ")),
        "{stderr}"
    );
    let codes = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("error["))
        .map(|line| line.split(']').next().unwrap().to_owned());
    let mut places = Vec::new();
    let mut lines = stderr.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("error[") {
            let place = lines
                .next()
                .unwrap()
                .trim_start()
                .trim_start_matches("--> ");
            places.push(
                place
                    .rsplit_once("<stdin>:")
                    .map_or(place, |(_, place)| place)
                    .to_owned(),
            );
        }
    }
    codes.zip(places).collect()
}

#[track_caller]
fn check(values: &str, expected: &[(&str, &str)]) {
    let found = findings(values, &[]);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(code, place)| (code.as_str(), place.as_str()))
        .collect();
    assert_eq!(found, expected, "{values}");
}

#[test]
fn an_image_of_ones_own_has_the_version_that_is_said() {
    let values =
        "valkey: {image: {repository: acme/cache, tag: 1.4.2}, engine: redis, version: 7.2}";
    let Run { code, stderr, .. } = run_with(&["render", "-f", "-"], values.as_bytes());
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[test]
fn a_hint_says_what_to_write() {
    for (values, hint) in [
        ("imagePullSecrets: [regcred]", "write `name: regcred`"),
        (
            "valkey:\n  settings:\n    maxmemory:1gb",
            "a space is missing: write `maxmemory: ` and the value behind it",
        ),
        (
            "valkey.settings.maxmemory: 1gb",
            "a path with dots is for `--set`: in a file, `settings.maxmemory` stands in the map `valkey`",
        ),
        (
            "valkey: {image: redis:7.2}",
            "the keys here are `repository`, `tag`, `digest`, `pullPolicy`",
        ),
        (
            "valkey: {exporter: {image: me/exporter:v1}}",
            "write `image: me/exporter` and `tag: v1`",
        ),
        (
            "valkey: {settings: {extra: {MaxClients: 20}}}",
            "write `maxclients`",
        ),
        (
            "valkey: {settings: {maxmemory: {{ .Values.mem }} }}",
            "nothing evaluates `{{ … }}` here: write the value itself",
        ),
        // As near to `slave-read-only`, which is an old name.
        (
            "valkey: {settings: {extra: {repav-read-only: no}}}",
            "a directive with a similar name exists: `replica-read-only`",
        ),
        (
            "valkey: {settings: {extra: {slave-read-onyl: no}}}",
            "a directive with a similar name exists: `slave-read-only`",
        ),
        // What is near is another server's, or ours to set.
        (
            "valkey: {settings: {extra: {commandlog-request-larger-thna: 5}}}",
            "leave it out",
        ),
        (
            "valkey: {settings: {extra: {requirepas: no}}}",
            "leave it out",
        ),
        (
            "valkey: {image: {tag: 6.2-alpine}}",
            "supported are redis 7.0 and newer, valkey 7.2 and newer",
        ),
    ] {
        let stderr = run_with(&["render", "-f", "-"], values.as_bytes()).stderr;
        assert!(stderr.contains(&format!("help: {hint}\n")), "{stderr}");
    }
}

#[test]
fn a_hint_is_left_out_where_it_would_mislead() {
    for (values, hint) in [
        ("valkey: [image]", "the keys here are"),
        ("größe: 1", "the blank U+"),
        ("a b: 1", "the blank U+"),
        ("valkey: {enabled: 'maybe'}", "without quotes"),
    ] {
        let run = run_with(&["render", "-f", "-"], values.as_bytes());
        assert_eq!(run.code, 2, "{values}");
        assert!(!run.stderr.contains(hint), "{}", run.stderr);
    }
}

#[test]
fn a_text_is_repeated_where_it_is_short() {
    for (length, is_repeated) in [(60, true), (61, false)] {
        let text = "x".repeat(length);
        let values = format!("valkey: {{enabled: {text}}}");
        let run = run_with(&["render", "-f", "-"], values.as_bytes());
        let found = if is_repeated {
            format!("`{text}`")
        } else {
            "text".to_owned()
        };
        let message = format!(
            "error[wrong-type]: `valkey.enabled` wants a switch (true or false), found {found}\n"
        );
        assert!(run.stderr.starts_with(&message), "{}", run.stderr);
    }
}

#[test]
fn each_mistake_is_one_finding_at_its_place() {
    check("profile: standrad", &[("invalid-choice", "1:10")]);
    check("profile: [lite]", &[("wrong-type", "1:10")]);
    check("valkey:\n  replicas: 2", &[("invalid-number", "2:13")]);
    check("valkey: {replicas: two}", &[("wrong-type", "1:20")]);
    check("profile: null", &[("missing-value", "1:10")]);
    // Behind the dash, where the value should be.
    check(
        "imagePullSecrets:\n-\n- name: a",
        &[("missing-value", "2:2")],
    );
    // Around what is no YAML of ours, everything is looked at.
    check(
        "valkey: {enabled: 5, settings: {save: !!binary aGk=}, replicas: two}",
        &[
            ("wrong-type", "1:19"),
            ("yaml-tag", "1:39"),
            ("wrong-type", "1:65"),
        ],
    );
    check("valkey: {replicas: null}", &[("missing-value", "1:20")]);
    check(
        "valkey: {image: {tag: 7-alpine}}",
        &[("unknown-version", "1:23")],
    );
    check(
        "valkey: {image: {tag: 6.2-alpine}}",
        &[("unsupported-version", "1:23")],
    );
    check(
        "valkey: {image: {repository: acme/cache}}",
        &[("unknown-engine", "1:30")],
    );
    check("valkey: {engine: memcached}", &[("invalid-choice", "1:18")]);
    check(
        "valkey: {engine: memcached, version: 7, image: {tag: 7 2}}",
        &[
            ("invalid-choice", "1:18"),
            ("unknown-version", "1:38"),
            ("invalid-image", "1:54"),
        ],
    );
    check(
        "valkey: {image: {tag: 7.2-alpine}, version: 7.4}",
        &[("contradiction", "1:45")],
    );
    check(
        "valkey: {backup: {enabled: true, timeZone: Europe/Berlin2}}",
        &[("invalid-time-zone", "1:44")],
    );
    check(
        "valkey: {exporter: {resources: {limits: {memory: 128m}}}}",
        &[("invalid-quantity", "1:50")],
    );
    check(
        "valkey: {exporter: {resources: {limits: {memory: 128}}}}",
        &[("invalid-quantity", "1:50")],
    );
    check(
        "valkey: {resources: {limits: {memory: 900m}}}",
        &[("invalid-quantity", "1:39")],
    );
    check(
        "valkey: {service: {ipFamilies: [IPv4, IPv6], ipFamilyPolicy: DualStack}}",
        &[("invalid-choice", "1:62")],
    );
    check(
        "externalSecrets: {enabled: true, secretStore: \"\"}",
        &[("missing-value", "1:28"), ("missing-value", "1:47")],
    );
    check(
        "valkey: {settings: {save: !!binary aGk=}}",
        &[("yaml-tag", "1:27")],
    );
    check(
        "valkey: {settings: {maxmemory: {{ .Values.mem }} }}",
        &[("yaml-key", "1:33")],
    );
    check(
        "valkey: {resources: {limits: {memory: 256Mi}}}",
        &[("limit-below-maxmemory", "1:39")],
    );
    let both = "valkey: {resources: {limits: {memory: 1Gi}}, settings: {extra: {maxmemory: 1gb}}}";
    check(both, &[("limit-below-maxmemory", "1:39")]);
    let related = run_with(&["render", "-f", "-"], both.as_bytes()).stderr;
    assert!(!related.contains("default values"), "{related}");
    check(
        "valkey: {resources: {requests: {memory: 2Gi}, limits: {memory: 1Gi}}}",
        &[("request-above-limit", "1:41")],
    );
    check(
        "valkey: {storage: {requestedSize: 5GB i}}",
        &[("invalid-quantity", "1:35")],
    );
    check(
        "valkey: {storage: {enabled: no, existingClaim: x}}",
        &[("contradiction", "1:48")],
    );
    check(
        "valkey: {settings: {maxmemory: lots}}",
        &[("invalid-directive", "1:32")],
    );
    check(
        "valkey: {settings: {maxmemory: 0}}",
        &[("invalid-directive", "1:32")],
    );
    check(
        "valkey: {settings: {maxmemory: [1]}}",
        &[("wrong-type", "1:32")],
    );
    check(
        "valkey: {settings: {appendonly: maybe}}",
        &[("wrong-type", "1:33")],
    );
    check(
        "valkey: {settings: {extra: {maxmemory-sampels: 5}}}",
        &[("unknown-directive", "1:29")],
    );
    check(
        "valkey: {settings: {extra: {io-threads: four}}}",
        &[("invalid-directive", "1:41")],
    );
    check(
        "valkey: {settings: {extra: {requirepass: hunter2}}}",
        &[("managed-directive", "1:29")],
    );
    check(
        "valkey: {settings: {extra: {commandlog-execution-slower-than: 1}}}",
        &[("unknown-directive", "1:29")],
    );
    // Also where nothing is made of it, as the schema says.
    check(
        "externalSecrets: {secretStoreKind: Store}",
        &[("invalid-choice", "1:36")],
    );
    check(
        "valkey: {service: {port: 70000}}",
        &[("invalid-number", "1:26")],
    );
    check(
        "valkey: {service: {nodePort: 30000}}",
        &[("contradiction", "1:30")],
    );
    check(
        "valkey: {password: {existingSecret: a, value: b}}",
        &[("two-passwords", "1:47")],
    );
    check(
        "valkey: {password: {value: ''}}",
        &[("empty-password", "1:28")],
    );
    check(
        "externalSecrets: {enabled: true, keyPath: a}",
        &[("missing-value", "1:28")],
    );
    check("nodeSelector: [disk=ssd]", &[("wrong-type", "1:15")]);
    check("tolerations: {key: a}", &[("wrong-type", "1:14")]);
    check(
        "tolerations:\n- key: a\n  effect: NoSchedul\n",
        &[("invalid-choice", "3:11")],
    );
    check("a: 1", &[("unknown-key", "1:1")]);
    check("valkey: {enabled: 'true'}", &[("wrong-type", "1:19")]);
    check("valkey: {enabled: 5}", &[("wrong-type", "1:19")]);
    check(
        "podLabels: {app.kubernetes.io/name: x}",
        &[("reserved-label", "1:13")],
    );
    check("commonLabels: {a b: c}", &[("invalid-label", "1:16")]);
    check("commonLabels: {a: b c}", &[("invalid-label", "1:19")]);
    check("fullnameOverride: Upper", &[("invalid-name", "1:19")]);
    check(
        "fullnameOverride: a234567890123456789012345678901234567890123456x",
        &[("name-too-long", "1:19")],
    );
    check(
        "monitoring: {prometheusEnabled: on please}",
        &[("wrong-type", "1:33")],
    );
    check(
        "monitoring: {interval: 30}",
        &[("invalid-duration", "1:24")],
    );
    check(
        "monitoring: {interval: 0s}",
        &[("invalid-duration", "1:24")],
    );
    check("monitoring: {interval: 5s}", &[("contradiction", "1:24")]);
    check(
        "monitoring: {interval: 1m, scrapeTimeout: 90s}",
        &[("contradiction", "1:43")],
    );
    check(
        "monitoring: {labels: {a: b c}}",
        &[("invalid-label", "1:26")],
    );
    check(
        "monitoring: {labels: {app.kubernetes.io/name: x}}",
        &[("reserved-label", "1:23")],
    );
    check(
        "monitoring: {alerts: {RedisDwon: {enabled: no}}}",
        &[("unknown-key", "1:23")],
    );
    check(
        "monitoring: {alerts: {RedisDown: {threshold: 1}}}",
        &[("unknown-key", "1:35")],
    );
    check(
        "monitoring: {alerts: {RedisDown: {after: 1m}}}",
        &[("unknown-key", "1:35")],
    );
    check(
        "monitoring: {alerts: {RedisEvicting: {threshold: many}}}",
        &[("wrong-type", "1:50")],
    );
    check(
        "monitoring: {alerts: {RedisEvicting: {for: 5}}}",
        &[("invalid-duration", "1:44")],
    );
    check(
        "valkey: {exporter: {tag: a b}}",
        &[("invalid-image", "1:26")],
    );
    check(
        "valkey: {exporter: {resources: {limits: {memory: 1 Mi}}}}",
        &[("invalid-quantity", "1:50")],
    );
    check(
        "valkey: {exporter: {extraArgs: [--redis.addr=x]}}",
        &[("managed-argument", "1:33")],
    );
    check(
        "valkey: {exporter: {service: {annotations: {prometheus.io/scrape: 'true'}}}}",
        &[("contradiction", "1:45")],
    );
    check(
        "valkey: {extraContainers: [{name: redis-exporter, image: x}]}",
        &[("reserved-name", "1:35")],
    );
    check(
        "valkey: {extraContainers: [{name: a, image: x, ports: [{containerPort: 9121}]}]}",
        &[("port-clash", "1:72")],
    );
    check(
        "extraObjects: [{apiVersion: a/v1, kind: B, metadata: {name: c}, x: .inf}]",
        &[("wrong-type", "1:68")],
    );
    check(
        "valkey: {networkPolicy: {clients: [{}]}}",
        &[("missing-value", "1:36")],
    );
    check(
        "valkey: {networkPolicy: {clients: [{podselector: {}}]}}",
        &[("unknown-key", "1:37")],
    );
    check(
        "valkey: {networkPolicy: {clients: [{podSelector: {matchLabels: {app: }}}]}}",
        &[("missing-value", "1:65")],
    );
    check(
        "valkey: {networkPolicy: {metrics: [{ipBlock: {cidr: 10.0.0.1}}]}}",
        &[("invalid-address", "1:53")],
    );
    check(
        "valkey: {podDisruptionBudget: {maxUnavailable: few}}",
        &[("invalid-number", "1:48")],
    );
    check("valkey:\n\timage: {}", &[("yaml-syntax", "2:1")]);
    check(
        "valkey: {backup: {schedule: 0 25 * * *}}",
        &[("invalid-schedule", "1:29")],
    );
    check(
        "valkey: {backup: {schedule: TZ=UTC 0 3 * * *}}",
        &[("invalid-schedule", "1:29")],
    );
    check(
        "valkey: {backup: {timeZone: Local}}",
        &[("invalid-time-zone", "1:29")],
    );
    check("valkey: {backup: {keep: 0}}", &[("invalid-number", "1:25")]);
    check(
        "valkey: {storage: {enabled: no}, backup: {enabled: yes}}",
        &[("contradiction", "1:52")],
    );
    check(
        "fullnameOverride: a23456789012345678901234567890123456789x\nvalkey: {backup: {enabled: yes}}",
        &[("name-too-long", "1:19")],
    );
    check(
        "profile: lite\nvalkey: {enabled: yes}",
        &[("pinned-key", "2:19")],
    );
    check(
        "profile: lite\nvalkey: {enabled: maybe}",
        &[("wrong-type", "2:19")],
    );
    check(
        "tolerations: [{kye: a, operator: Exists}]",
        &[("unknown-key", "1:16")],
    );
    check(
        "extraObjects:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: alerthistory-redis-env, namespace: default}}",
        &[("duplicate-object", "2:3")],
    );
    check(
        "valkey: {password: {value: a, adminKey: b}}",
        &[("missing-key", "1:41")],
    );
    check(
        "valkey: {settings: {extra: {save: ['', '120 2']}}}",
        &[("invalid-directive", "1:35")],
    );
    check(
        "valkey: {settings: {extra: {save: ['900 1', '60 x']}}}",
        &[("invalid-directive", "1:45")],
    );
    check(
        "valkey: {settings: {extra: {save: ['60 x']}}}",
        &[("invalid-directive", "1:35")],
    );
    check(
        "valkey: {settings: {maxmemory: [128mb]}, resources: {limits: {memory: 256Mi}}}",
        &[("wrong-type", "1:32")],
    );
    check(
        "valkey: {service: {type: [NodePort], nodePort: 30001}}",
        &[("wrong-type", "1:26")],
    );
    check(
        "valkey: {version: [8.1], engine: valkey, settings: {extra: {import-mode: yes}}}",
        &[("wrong-type", "1:19")],
    );
    check(
        "valkey: {image: {repository: 'redis:7.2'}}",
        &[("invalid-image", "1:30")],
    );
    check(
        "valkey: {image: {repository: 'ghcr.io/org/redis@sha256:abc'}}",
        &[("invalid-image", "1:30")],
    );
    check("valkey: {image: {tag: ''}}", &[("missing-value", "1:23")]);
    check("valkey: {engine: valkey}", &[("contradiction", "1:18")]);
    check("valkey: {version: 8.0}", &[("contradiction", "1:19")]);
    check(
        "valkey: {service: {ipFamilies: [IPv4, IPv6]}}",
        &[("contradiction", "1:32")],
    );
    check(
        "valkey: {service: {type: LoadBalancer, loadBalancerSourceRanges: [nonsense]}}",
        &[("invalid-range", "1:67")],
    );
    check(
        "valkey: {image: {tag: latest}, settings: {maxmemoryPolicy: nope}, resources: {limits: {memory: 5 GB}}}",
        &[
            ("unknown-version", "1:23"),
            ("invalid-choice", "1:60"),
            ("invalid-quantity", "1:96"),
        ],
    );
}

#[test]
fn a_switch_in_quotes_is_one_mistake_also_where_a_profile_pins_it() {
    check(
        "profile: lite\nvalkey: {enabled: 'true'}",
        &[("wrong-type", "2:19")],
    );
}

#[test]
fn root_is_refused_where_a_context_excludes_it() {
    check(
        "podSecurityContext: {runAsUser: -1}",
        &[("invalid-number", "1:33")],
    );
    check(
        "containerSecurityContext: {privileged: yes}",
        &[("contradiction", "1:40")],
    );
    let root = "podSecurityContext: {runAsUser: 0, runAsNonRoot: no}";
    for pod in ["podSecurityContext: {runAsUser: 0}", root] {
        check(pod, &[("contradiction", "1:33")]);
    }
    for taken in [
        root.replace("runAsUser: 0", "runAsUser: 1000"),
        format!("{{{root}, containerSecurityContext: {{runAsNonRoot: no}}}}"),
        format!("{{{root}, containerSecurityContext: {{runAsUser: 1000}}}}"),
    ] {
        crate::support::render(&taken);
    }
}

#[test]
fn a_message_says_what_is_wrong() {
    for (values, message) in [
        (
            "valkey: {replicas: 0}",
            "`valkey.replicas` has to be 1, not 0",
        ),
        (
            "valkey: {replicas: 2}",
            "`valkey.replicas` has to be 1, not 2",
        ),
        (
            "valkey: {settings: {slowlogThreshold: -2}}",
            "`valkey.settings.slowlogThreshold` has to be at least -1, not -2",
        ),
        (
            "valkey: {service: {port: 65536}}",
            "`valkey.service.port` has to be from 1 to 65535, not 65536",
        ),
        (
            "valkey: {storage: {requestedSize: -5Gi}}",
            "`-5Gi` is negative",
        ),
        (
            "valkey: {storage: {requestedSize: 0}}",
            "`0` is no size: it has to be more than nothing",
        ),
        (
            "valkey: {storage: {requestedSize: 5}}",
            "`5` has no unit, or too small a one, for a volume",
        ),
        (
            "valkey: {storage: {requestedSize: 1048576.5}}",
            "`1048576.5` is no whole number of bytes",
        ),
        (
            "valkey: {storage: {requestedSize: 10E}}",
            "`10E` is more than a volume can have",
        ),
    ] {
        let run = run_with(&["render", "-f", "-"], values.as_bytes());
        let line = run.stderr.lines().next().unwrap();
        let (_, said) = line.split_once("]: ").unwrap();
        assert!(said.starts_with(message), "{line}");
    }
}

#[test]
fn broken_syntax_and_lost_keys_come_with_what_to_do() {
    for (values, help) in [
        (
            "valkey: {replicas: 2}",
            "without Sentinel each further server would be a primary of its own",
        ),
        (
            "valkey: {backup: {keep: 0}}",
            "to make none for the time being, set `valkey.backup.suspend`",
        ),
        (
            "valkey: {settings: {maxmemoryPolicy: lru-allkeys}}",
            "did you mean `allkeys-lru`? the choices are `volatile-lru`",
        ),
        (
            "valkey: {settings: {save: no}}",
            "no snapshots are an empty text, `\"\"`, not `no`",
        ),
        (
            "{{- if .Values.x }}\nvalkey: {}",
            "nothing evaluates `{{ … }}` here",
        ),
        (
            "valkey: {}\n<<<<<<< HEAD\nimage: {}\n=======\n",
            "line 2 begins a merge conflict of git",
        ),
        (
            "valkey:\n  enabled: yes\n replicas: 1",
            "the keys of one map begin in the same column",
        ),
        (
            "valkey:\n  enabled: yes\n  storage",
            "a key needs `:` and a blank behind it",
        ),
        (
            "valkey: {tolerations: []}",
            "a key of this name is at `tolerations`",
        ),
        ("valkey: {image: {tag: 7.2}", "close it with `}`"),
        (
            "nodeSelector: a: b",
            "put text with a colon in it between quotes",
        ),
        (
            "commonLabels: {a: @b}",
            "put text that begins with this character between quotes",
        ),
        (
            "commonLabels: {a: *b}",
            "put text that begins with `*` between quotes",
        ),
        (
            "imagePullSecrets: - name: a",
            "begin the list on the line below its key",
        ),
        ("valkey: {enabled: “true”}", "YAML knows the quotes"),
        ("nodeSelector: [a, b", "close it with `]`"),
        (
            "nodeSelector: {}\n}",
            "nothing is open here that this closes",
        ),
        (
            "nodeSelector: {a: [] b: c}",
            "put a comma between the items",
        ),
        ("tolerations: [[] []]", "put a comma between the items"),
        (
            "podLabels: {a: \"b",
            "end the text with the quote that it begins with",
        ),
        (
            "podLabels: {a: 'it's'}",
            "between single quotes a quote is written twice: `''`",
        ),
        (
            "podLabels: {a: \"b\" c}",
            "between double quotes a quote is written `\\\"`",
        ),
        (
            "podLabels: {a: \"\\d\"}",
            "between double quotes a backslash is written `\\\\`",
        ),
        (
            "tolerations:\n  - key: a\n  key: b",
            "the items of one list begin with `-` in the same column",
        ),
        (
            "valkey:\u{a0}{enabled: yes}",
            "the blank U+00A0 stands in it",
        ),
    ] {
        let output = run_with(&["render", "-f", "-"], values.as_bytes());
        assert_eq!(output.code, 2, "{values}");
        assert!(output.stderr.contains(help), "{values}\n{}", output.stderr);
    }
}

#[test]
fn a_nul_is_refused_where_no_environment_can_hold_it() {
    check(
        "valkey: {password: {value: \"a\\0b\"}}",
        &[("invalid-password", "1:28")],
    );
    check("client: {env: {A: \"a\\0b\"}}", &[("invalid-text", "1:19")]);
}

#[test]
fn what_is_under_a_switch_that_cannot_be_read_is_not_looked_at() {
    check(
        "valkey: {enabled: \"false\", image: {tag: latest}}",
        &[("wrong-type", "1:19")],
    );
    check(
        "externalSecrets: {enabled: \"off\", refreshInterval: 1d}",
        &[("wrong-type", "1:28")],
    );
    check(
        "valkey: {backup: {enabled: \"no\", schedule: never}, version: x}",
        &[("wrong-type", "1:28"), ("unknown-version", "1:61")],
    );
}

#[test]
fn a_value_that_is_not_allowed_is_refused_whatever_is_switched_off() {
    let wrong = "\
valkey:
  engine: keydb
  replicas: 2
  image: {pullPolicy: always}
  workload: {use: queue}
  storage: {accessModes: [ReadWriteOnce, RWX], retentionPolicy: {whenDeleted: Keep}}
  settings: {loglevel: Notise, maxmemoryPolicy: AllKeys-LRU, slowlogThreshold: -2}
  service: {type: Ingress, port: 0, nodePort: \"80\", ipFamilies: [IPv5], externalTrafficPolicy: null}
  networkPolicy: {extraEgress: [{ports: [{protocol: http, port: 80, endPort: 65536}]}]}
  backup: {keep: 5001}
externalSecrets: {secretStoreKind: Store}
";
    let expected = [
        ("invalid-choice", "2:11"),
        ("invalid-number", "3:13"),
        ("invalid-choice", "4:23"),
        ("invalid-choice", "5:19"),
        ("invalid-choice", "6:42"),
        ("invalid-choice", "6:79"),
        ("invalid-choice", "7:24"),
        ("invalid-number", "7:80"),
        ("invalid-choice", "8:19"),
        ("invalid-number", "8:34"),
        ("wrong-type", "8:47"),
        ("invalid-choice", "8:66"),
        ("invalid-choice", "9:53"),
        ("invalid-number", "9:78"),
        ("invalid-number", "10:18"),
        ("invalid-choice", "11:36"),
    ];
    let expected = expected.map(|(code, place)| (code.to_owned(), place.to_owned()));
    for off in [
        &[][..],
        &["--profile", "lite"],
        &["--set", "valkey.enabled=false"],
    ] {
        assert_eq!(findings(wrong, off), expected, "{off:?}");
    }
}

#[test]
fn what_stands_behind_an_item_that_cannot_be_read_is_told_at_its_own_place() {
    check(
        "valkey: {exporter: {extraArgs: [[x], --debug, [y], --redis.addr=x]}}",
        &[
            ("wrong-type", "1:33"),
            ("wrong-type", "1:47"),
            ("managed-argument", "1:52"),
        ],
    );
    check(
        "valkey: {service: {ipFamilies: [IPv5, IPv4, IPv4]}}",
        &[("invalid-choice", "1:33"), ("invalid-choice", "1:45")],
    );
    check(
        "valkey: {networkPolicy: {clients: [5, {ipBlock: {cidr: 10.0.0.0/8, except: [{}, 11.0.0.0/16]}}]}}",
        &[
            ("wrong-type", "1:36"),
            ("wrong-type", "1:77"),
            ("invalid-address", "1:81"),
        ],
    );
}

#[test]
fn a_word_of_a_directive_is_also_one_of_the_servers() {
    let verbosity =
        |tag: &str| format!("valkey: {{image: {{tag: {tag}}}, settings: {{loglevel: NOTHING}}}}");
    crate::support::render(&verbosity("7.2-alpine"));
    check(&verbosity("7.0-alpine"), &[("invalid-directive", "1:57")]);
}

#[test]
fn what_may_be_a_secret_is_not_quoted_as_a_word() {
    let values = "valkey: {engine: 'redis://user:hunter2@host'}";
    let run = run_with(&["render", "-f", "-"], values.as_bytes());
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("cannot be this text"), "{}", run.stderr);
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
}

#[test]
fn every_leaf_of_an_object_is_looked_at() {
    check(
        "extraObjects: [{apiVersion: x1, kind: X, metadata: {name: a}, a: [.inf, .nan], b: .inf}]",
        &[
            ("wrong-type", "1:67"),
            ("wrong-type", "1:73"),
            ("wrong-type", "1:83"),
        ],
    );
}

#[test]
fn a_key_with_dots_is_told_from_maps() {
    let run = run_with(
        &["render", "--set", "nodeSelector.kubernetes.io/arch=arm64"],
        b"",
    );
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains(r"`kubernetes\.io/arch` in a flag"),
        "{}",
        run.stderr
    );
    let run = run_with(
        &["render", "--set", r"nodeSelector.kubernetes\.io/arch=arm64"],
        b"",
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    check("podLabels: {a: {b: {c: d}}}", &[("wrong-type", "1:16")]);
    check("podLabels: {a: {b: c, d: e}}", &[("wrong-type", "1:16")]);
}

#[test]
fn what_a_terminal_would_obey_is_escaped() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a\u{1b}[31m\nb.yaml");
    std::fs::write(&file, "x: 1\n").unwrap();
    for path in [file.as_path(), &directory.path().join("\u{1b}[0mabsent")] {
        let run = run_with(&["render", "-f", path.to_str().unwrap()], b"");
        assert_eq!(run.code, 2);
        assert!(
            run.stderr.contains("\\u{1b}[") && !run.stderr.contains('\u{1b}'),
            "{}",
            run.stderr
        );
    }
    let run = run_with(&["render", "-f", "-"], b"profile: a\x7fb\n");
    assert!(
        run.stderr.contains("the control character U+007F") && run.stderr.contains("`\\x7F`"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_image_is_what_a_registry_can_have() {
    for registry in [
        "'https://a.example.com'",
        "a.example.com/",
        "'a.example.com '",
        "mirror",
    ] {
        check(
            &format!("image: {{registry: {registry}}}"),
            &[("invalid-image", "1:19")],
        );
    }
    for repository in [
        "Redis",
        "'my redis'",
        "a//redis",
        "'https://a.example.com/redis'",
        "redis/",
    ] {
        check(
            &format!("valkey: {{image: {{repository: {repository}}}, engine: redis}}"),
            &[("invalid-image", "1:30")],
        );
    }
    check(
        "valkey: {image: {tag: a/b}, version: 7.2}",
        &[("invalid-image", "1:23")],
    );
    check(
        "valkey: {image: {digest: 'sha256:AB'}}",
        &[("invalid-image", "1:26")],
    );
    check(
        "valkey: {image: {tag: 6.2}}",
        &[("unsupported-version", "1:23")],
    );
}

#[test]
fn volumes_services_and_stores_are_what_a_cluster_takes() {
    for (storage, code, place) in [
        ("requestedSize: 5", "invalid-quantity", "1:35"),
        ("requestedSize: -5Gi", "invalid-quantity", "1:35"),
        ("requestedSize: 5m", "invalid-quantity", "1:35"),
        ("requestedSize: 5000000.5", "invalid-quantity", "1:35"),
        ("requestedSize: 10E", "invalid-quantity", "1:35"),
        ("className: 'My Class'", "invalid-name", "1:31"),
        ("accessModes: [ReadOnlyMany]", "invalid-choice", "1:33"),
        (
            "accessModes: [ReadWriteOncePod, ReadWriteOnce]",
            "contradiction",
            "1:33",
        ),
    ] {
        check(
            &format!("valkey: {{storage: {{{storage}}}}}"),
            &[(code, place)],
        );
    }
    check(
        "valkey: {settings: {maxmemory: 2Pi}}",
        &[("invalid-directive", "1:32")],
    );
    check(
        "valkey: {settings: {maxmemory: 9223372036854775808}}",
        &[("invalid-directive", "1:32")],
    );
    check(
        "valkey: {backup: {keep: 18446744073709551615}}",
        &[("invalid-number", "1:25")],
    );
    check(
        "valkey: {service: {type: LoadBalancer, loadBalancerClass: 'a b'}}",
        &[("invalid-name", "1:59")],
    );
    check(
        "externalSecrets: {enabled: yes, secretStore: A, keyPath: a, refreshInterval: 1d}",
        &[("invalid-name", "1:46"), ("invalid-duration", "1:78")],
    );
    check(
        "externalSecrets: {enabled: yes, secretStore: a, keyPath: ' a'}",
        &[("invalid-name", "1:58")],
    );
    check("clusterDomain: a_b", &[("invalid-name", "1:16")]);
    // A sleeping pod has no passwords to mount.
    let mount = "extraVolumeMounts: [{name: secret, mountPath: /a}]";
    crate::support::render(&format!("valkey: {{{mount}}}"));
    check(
        &format!("valkey: {{diagnosticMode: yes, {mount}}}"),
        &[("unknown-volume", "1:58")],
    );
    check(
        "valkey: {settings: {extra: {replica-read-only: no, slave-read-only: no}}}",
        &[("duplicate-directive", "1:52")],
    );
}

#[test]
fn the_tired_persons_file_has_each_of_its_mistakes_once() {
    let values = std::fs::read_to_string(
        crate::support::root().join("tests/cases/mistakes-tired/values.yaml"),
    )
    .unwrap();
    let found = findings(&values, &[]);
    // Each mistake is marked in the file, with the code of its finding.
    let expected: Vec<(String, usize)> = values
        .lines()
        .enumerate()
        .filter_map(|(index, line)| {
            line.rsplit_once("# mistake: ")
                .map(|(_, code)| (code.to_owned(), index + 1))
        })
        .collect();
    let mut found: Vec<(String, usize)> = found
        .into_iter()
        .map(|(code, place)| (code, place.split(':').next().unwrap().parse().unwrap()))
        .collect();
    found.sort_by_key(|(_, line)| *line);
    assert_eq!(found, expected);
    assert!(expected.len() >= 15);
}

#[test]
fn flags_point_into_the_flag() {
    assert_eq!(
        findings(
            "",
            &[
                "--set",
                "valkey.replicas=1",
                "--set",
                "profile=standard,valkey.storage.requestedSize=5GB"
            ]
        ),
        [("invalid-quantity".to_owned(), "--set #2:1:47".to_owned())]
    );
    for (flag, code, place) in [
        ("valkey", "set-syntax", "--set #1:1:1"),
        ("valkey.enabled=true,x", "set-syntax", "--set #1:1:21"),
        ("=1", "set-syntax", "--set #1:1:1"),
        ("a[0=1", "set-syntax", "--set #1:1:2"),
        ("a[-1]=1", "set-syntax", "--set #1:1:3"),
        ("a[0]x=1", "set-syntax", "--set #1:1:5"),
        ("a={1,2", "set-syntax", "--set #1:1:3"),
        ("valkey.replica=1", "unknown-key", "--set #1:1:1"),
    ] {
        assert_eq!(
            findings("", &["--set", flag]),
            [(code.to_owned(), place.to_owned())],
            "{flag}"
        );
    }
    let clash = findings(
        "valkey: {settings: {maxmemory: 1gb}}",
        &["--set", "valkey.settings.maxmemory.x=1"],
    );
    assert_eq!(clash, [("set-type".to_owned(), "--set #1:1:1".to_owned())]);
}

/// The text that the first finding underlines.
fn underlined(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().collect();
    let below = lines.iter().position(|line| line.contains('^')).unwrap();
    let is_marked = |(_, mark): &(char, char)| *mark == '^';
    let pairs = lines[below - 1].chars().zip(lines[below].chars());
    pairs.filter(is_marked).map(|(c, _)| c).collect()
}

#[test]
fn what_is_wrong_in_a_flag_is_underlined_and_nothing_else() {
    for (flag, text, message, wrong) in [
        ("--set-json", r#"{"a":1}b=2"#, "text behind the object", "b"),
        (
            "--set",
            "tolerations[65537].key=a",
            "an index is at most 65536",
            "6",
        ),
        (
            "--set",
            "tolerations[-1].key=a",
            "this is not a position in a list: count from 0",
            "-",
        ),
        (
            "--set",
            "tolerations[é].key=a",
            "this is not a position in a list: count from 0",
            "é",
        ),
        (
            "--set",
            "valkey.storage.accessModes={ReadWriteOnce,None},x-a=1",
            "`valkey.storage.accessModes[1]` cannot be `None`",
            "None",
        ),
        (
            "--set",
            "valkey.storage.accessModes={ReadWriteOnce,None,ReadOnlyMany}",
            "`valkey.storage.accessModes[1]` cannot be `None`",
            "None",
        ),
    ] {
        let stderr = crate::support::refused(&["render", flag, text]);
        assert!(stderr.contains(&format!("]: {message}\n")), "{stderr}");
        assert_eq!(underlined(&stderr), wrong, "{stderr}");
    }
    let last = run_with(&["render", "--set", "x-a[65536]=1"], b"");
    assert_eq!((last.code, last.stderr.as_str()), (0, ""));
}

#[test]
fn an_excerpt_hides_what_is_secret_and_shows_the_rest() {
    for (values, excerpt) in [
        (
            "valkey: {password: {vlaue: canary-3f9a}}",
            "valkey: {password: {vlaue: ***********}}",
        ),
        // Where a text is wanted, the key may be the secret.
        ("apiToken: {a: canary-3f9a}", "apiToken: ****************"),
        (
            "valkey: {extraVolumes: [{name: a, secret: {secretName: s, items: [], bad: 1}}]}",
            "valkey: {extraVolumes: [{name: a, secret: {secretName: *, items: [], bad: *}}]}",
        ),
        (
            "valkey: {extraArg: 'redis://user:canary-3f9a@host/0'}",
            "valkey: {extraArg: 'redis://user:***********@host/0'}",
        ),
        (
            "valkey: {extraContainers: [{name: x, args: [--password, canary-3f9a, get, secret, shown], bad: 1}]}",
            "valkey: {extraContainers: [{name: x, args: [--password, ***********, get, secret, shown], bad: 1}]}",
        ),
        (
            "extraObjects: [{apiVersion: a/v1, kind: B, metadata: {name: c}, params: [{name: api-token, value: canary-3f9a}], x: .inf}]",
            "extraObjects: [{apiVersion: a/v1, kind: B, metadata: {name: c}, params: [{name: api-token, value: ***********}], x: .inf}]",
        ),
    ] {
        let run = run_with(&["render", "-f", "-"], values.as_bytes());
        assert_eq!(run.code, 2, "{values}");
        let line = format!("\n1 | {excerpt}\n");
        assert!(run.stderr.contains(&line), "{}", run.stderr);
    }
}

/// Asserts that a run is refused and shows a line of its input so.
#[track_caller]
fn shows(run: &Run, line: &str) {
    assert_eq!(run.code, 2, "{line}");
    let is_shown = |shown: &str| {
        shown
            .split_once(" | ")
            .is_some_and(|(_, text)| text == line)
    };
    assert!(run.stderr.lines().any(is_shown), "{line}: {}", run.stderr);
}

#[test]
fn where_yaml_cannot_be_read_what_may_be_secret_is_hidden_and_the_rest_shown() {
    for (values, line) in [
        (
            "a: 1\nurl: [redis://user:canary-3f9a@host}\n",
            "url: [redis://user:*****************",
        ),
        // Of the same item of a list, or of the next.
        (
            "- password: canary-3f9a\n  other: [canary-3f9a}\n",
            "  ********************",
        ),
        ("a-password: canary-3f9a\nvalkey: [b}\n", "valkey: [b}"),
        ("kind: ConfigMap\ndata: [b}\n", "data: [b}"),
        ("kind: Secret\nvalkey: [b}\n", "valkey: [b}"),
        ("kind: Secret\nstringdata: [b}\n", "***************"),
        // A blank line ends nothing, and is shown.
        ("password:\n\n  a\n\n  b: [c}\n", "  ******"),
    ] {
        shows(&run_with(&["render", "-f", "-"], values.as_bytes()), line);
    }
    for (set, line) in [
        (
            "valkey.password.value=canary-3f9a,a[",
            "valkey.password.value=**************",
        ),
        (
            "podAnnotations.a=b,extraEnv[",
            "podAnnotations.a=***********",
        ),
        ("podAnnotations.a=b,c[", "podAnnotations.a=b,c["),
    ] {
        shows(&run(&["render", "--set", set]), line);
    }
}

#[test]
fn in_a_comment_what_stands_behind_a_telling_word_is_hidden() {
    for (values, line) in [
        (
            "valkey: {replicas: 2} #token canary-3f9a",
            "valkey: {replicas: 2} #token ***********",
        ),
        (
            "valkey: {replicas: 2} # pw of b",
            "valkey: {replicas: 2} # pw of b",
        ),
        // What is no comment.
        (
            "valkey: {replicas: 2, a: b#token-c} # d",
            "valkey: {replicas: 2, a: b#token-c} # d",
        ),
    ] {
        shows(&run_with(&["render", "-f", "-"], values.as_bytes()), line);
    }
    let waiver = "# cachegen: allow cpu-limit token canary-3f9a\nx-a: 1\n";
    let said = run_with(&["lint", "-f", "-"], waiver.as_bytes()).stdout;
    let line = "\n1 | # cachegen: allow cpu-limit token ***********\n";
    assert!(said.contains(line), "{said}");
}

#[test]
fn of_what_a_project_file_sets_the_secrets_are_hidden_and_the_rest_shown() {
    for (set, shown) in [
        (
            "'commonLabels.a=b,valkey.extraEnv[0].value=canary-3f9a'",
            "'commonLabels.a=b,valkey.extraEnv[0].value=***********'",
        ),
        (
            "'valkey.extraEnv[0].value=canary-3f9a,x=y'",
            "'valkey.extraEnv[0].value=***************'",
        ),
        // Of what is not written as it is read, all of it.
        (
            r#"x.y=z, "x.y=\x41", "valkey.extraEnv[0].value=c\x41nary""#,
            r#"x.y=z, "x.y=\x41", ************************************"#,
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let render = |set: &str| format!("- {{output: a.yaml, valuess: [], set: [{set}]}}");
        let text = format!("renders:\n{}\n", render(set));
        std::fs::write(directory.path().join("cachegen.yaml"), text).unwrap();
        shows(&run_in(directory.path(), &["check"], ""), &render(shown));
    }
}

#[test]
fn a_secret_never_appears_whatever_goes_wrong() {
    const CANARY: &str = "canary-3f9a";
    for values in [
        "valkey: {password: {value: canary-3f9a, existingSecret: x}}",
        "valkey: {password: {vlaue: canary-3f9a}}",
        "valkey: {password: {value: [canary-3f9a]}}",
        "valkey: {password: canary-3f9a}",
        "valkey: {pasword: canary-3f9a, replicas: 2}",
        "valkey: {settings: {extra: {requirepass: canary-3f9a}}}",
        "valkey: {settings: {extra: {masterauth: canary-3f9a, user: 'x >canary-3f9a'}}}",
        "valkey:\n  password:\n    value: canary-3f9a\n   bad: indent\n",
        "valkey:\n  password:\n    value: \"canary-3f9a\n",
        "valkey:\n  password:\n    value: |\n      canary-3f9a\n\tx: y\n",
        "valkey:\n  password: {value: canary-3f9a, value: canary-3f9a}\n",
        "extraObjects: [{kind: Secret, metadata: {name: x}, stringData: {a: canary-3f9a}}]",
        "extraObjects: [{kind: Secret, stringData: canary-3f9a, metadata: 1, apiVersion: v1}]",
        "valkey: {extraEnv: [{value: canary-3f9a}]}",
        "valkey: {password: {value: \"canary-3f9a\\0\"}}",
        "client: {env: {PASSWORD: \"canary-3f9a\\0\"}}",
        "x-p: &p canary-3f9a\nvalkey: {password: {value: *p, existingSecret: x}}",
        "valkey: {exporter: {extraArgs: [--redis.password=canary-3f9a]}}",
        "databasePassword: canary-3f9a",
        "valkey: {replicas: 2} # the password is canary-3f9a",
        "# token: canary-3f9a\nvalkey: {replicas: 2} #password=canary-3f9a",
        "valkey: {replicas: 2, extraArg: 'redis://user:canary-3f9a@host/0'}",
        "valkey: {exporter: {image: 'https://user:canary-3f9a@host/a'}}",
        "image: {registry: 'https://canary-3f9a@host'}",
        "apiToken: {a: canary-3f9a}",
        "valkey: {extraVolumes: [{name: a, csi: {driver: d, nodePublishSecretRef: canary-3f9a}}]}",
    ] {
        let run = run_with(&["render", "-f", "-", "-v"], values.as_bytes());
        assert_eq!(run.code, 2, "{values}");
        assert!(
            !run.stderr.contains(CANARY) && run.stdout.is_empty(),
            "{values}\n{}",
            run.stderr
        );
    }
    for flag in [
        "valkey.password.value=canary-3f9a,valkey.x=1",
        "valkey.password.value=canary-3f9a,x",
        "valkey.pasword=canary-3f9a",
        "valkey.password.value[0]=canary-3f9a",
        "valkey.settings.extra.requirepass=canary-3f9a",
    ] {
        let run = run_with(&["render", "--set", flag], b"");
        assert_eq!(run.code, 2, "{flag}");
        assert!(!run.stderr.contains(CANARY), "{flag}\n{}", run.stderr);
    }
}
