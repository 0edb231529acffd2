//! Which places `cachegen diff` finds different and how it shows them: at the last value that is shown one way, and the
//! first that is shown another.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diff::{changes, compared};
use crate::effects::{against, edited};
use crate::support::{render, root, run_in};

/// An object of a kind that nothing is known of.
fn thing(spec: &str) -> String {
    format!(
        "extraObjects: [{{apiVersion: example.com/v1, kind: Thing, metadata: {{name: x}}, spec: {{{spec}}}}}]"
    )
}

/// A ConfigMap of the user's own, with one text.
fn text(key: &str, text: &str) -> String {
    let text = Value::from(text);
    format!(
        "extraObjects: [{{apiVersion: v1, kind: ConfigMap, metadata: {{name: x}}, data: {{{key}: {text}}}}}]"
    )
}

/// Returns the places that differ.
fn places(all: &[Value]) -> Vec<&str> {
    all.iter()
        .map(|change| change["path"].as_str().unwrap_or_default())
        .collect()
}

#[test]
fn what_the_api_server_fills_in_is_told_from_what_it_does_not() {
    for (field, is_told) in [
        ("other: {}", false),
        ("other: []", false),
        ("other: null", false),
        ("suspend: false", false),
        ("suspend: true", true),
        ("revisionHistoryLimit: 10", false),
        ("revisionHistoryLimit: 11", true),
        ("sessionAffinity: None", false),
        ("sessionAffinity: ClientIP", true),
        ("enableServiceLinks: true", true),
    ] {
        let values = thing("a: b");
        let old = edited(&values, &[("  a: b\n", &format!("  a: b\n  {field}\n"))]);
        let all = against(&old, &values, &[]);
        assert_eq!(all.len(), usize::from(is_told), "{field}: {all:#?}");
    }
    let old = edited("{}", &[("\n    protocol: TCP\n", "\n")]);
    assert_eq!(against(&old, "{}", &[]), [] as [Value; 0]);
}

#[test]
fn an_empty_selector_or_directory_is_told_from_none() {
    for field in ["podSelector", "emptyDir", "selector"] {
        let (without, with) = (thing("a: b"), thing(&format!("a: b, {field}: {{}}")));
        let path = format!("spec.{field}");
        let all = changes(&without, &with);
        assert_eq!(places(&all), [&*path]);
        assert_eq!(all[0]["new"].to_string(), "{}");
        assert_eq!(places(&changes(&with, &without)), [&*path]);
        let spelled = thing(&format!("a: b, {field}: {{matchLabels: {{}}}}"));
        assert_eq!(places(&changes(&with, &spelled)), [] as [&str; 0]);
        assert_eq!(places(&changes(&without, &spelled)), [&*path]);
    }
    // All pods of this namespace, or all of every namespace.
    let clients =
        |peer: &str| format!("valkey: {{networkPolicy: {{clients: [{{{peer}: {{}}}}]}}}}");
    let all = changes(&clients("podSelector"), &clients("namespaceSelector"));
    let peer = "spec.ingress[0].from[0]";
    let expected = [
        format!("{peer}.podSelector"),
        format!("{peer}.namespaceSelector"),
    ];
    assert_eq!(places(&all), expected);
}

#[test]
fn a_text_that_gets_lines_is_told_by_them_and_a_key_file_is_not() {
    let all = changes(&text("a", "1"), &text("a", "1\n2\n"));
    assert_eq!(places(&all), ["data.a line 2"], "{all:#?}");
    let all = changes(&text("a", "1\n2\n"), &text("a", "1"));
    assert_eq!(places(&all), ["data.a line 2"], "{all:#?}");
    let key = "-----BEGIN PRIVATE KEY-----\nhunter22\n";
    for (old, new) in [(key, "none\nnothing\n"), ("none\nnothing\n", key)] {
        let all = changes(&text("tls", old), &text("tls", new));
        assert_eq!(places(&all), ["data.tls"], "{all:#?}");
        assert_eq!(all[0]["change"], "secret");
    }
}

#[test]
fn a_map_of_one_key_is_that_key_and_one_of_more_is_itself() {
    let all = changes(&thing("a: b"), &thing("a: b, m: {c: d}"));
    assert_eq!(places(&all), ["spec.m.c"]);
    let all = changes(&thing("a: b"), &thing("a: b, m: {c: d, e: f}"));
    assert_eq!(places(&all), ["spec.m"]);
    assert_eq!(all[0]["new"].to_string(), r#"{"c":"d","e":"f"}"#);
    let all = changes(&thing("a: b"), &thing("a: b, labels: {c: d, e: f}"));
    assert_eq!(places(&all), ["spec.labels.c", "spec.labels.e"]);
}

#[test]
fn only_the_order_of_init_containers_is_a_difference() {
    let two = |list: &str, one: &str, other: &str| format!("valkey: {{{list}: [{one}, {other}]}}");
    let (a, b) = ("{name: a, image: i}", "{name: b, image: i}");
    let order = |list: &str| changes(&two(list, a, b), &two(list, b, a));
    let all = order("extraInitContainers");
    assert_eq!(places(&all), ["spec.template.spec.initContainers"]);
    assert_eq!(all[0]["old"].to_string(), r#"["config-init","a","b"]"#);
    assert_eq!(all[0]["new"].to_string(), r#"["config-init","b","a"]"#);
    assert_eq!(order("extraContainers"), [] as [Value; 0]);
}

#[test]
fn lists_without_names_are_compared_item_by_item_where_that_says_more() {
    let list = |items: &str| thing(&format!("l: [{items}]"));
    for (old, new, expected) in [
        // Plain items are one list.
        ("a, b", "a, c", &["spec.l"][..]),
        // Scripts are told by their lines.
        (r#"sh, "1\n2\n""#, r#"sh, "1\n3\n""#, &["spec.l[1] line 2"]),
        (r#"sh, "1\n2\n""#, r#"sh, -c, "1\n3\n""#, &["spec.l"]),
        (r#"sh, "1\n2\n""#, "sh, none", &["spec.l"]),
        // Equal ones are the same wherever they stand.
        ("{q: 1}, {q: 2}", "{q: 2}, {q: 1}", &[]),
        ("{q: 1}, {q: 2}", "{q: 3}, {q: 1}", &["spec.l[0].q"]),
        ("{q: 1}", "{q: 1}, {q: 2}", &["spec.l[1]"]),
        ("{q: 1}, {q: 2}", "{q: 2}", &["spec.l[0]"]),
    ] {
        let all = changes(&list(old), &list(new));
        assert_eq!(places(&all), expected, "{old} to {new}");
    }
    // Ports are TCP's unless they say otherwise.
    let all = changes(&thing("ports: [{port: 1}]"), &thing("ports: [{port: 2}]"));
    assert_eq!(places(&all), ["spec.ports[1/TCP]", "spec.ports[2/TCP]"]);
    // What has no port has no name.
    let endpoints = |target: &str| thing(&format!("endpoints: [{{targetPort: {target}}}]"));
    let all = changes(&endpoints("a"), &endpoints("b"));
    assert_eq!(places(&all), ["spec.endpoints[0].targetPort"]);
}

#[test]
fn long_lists_without_names_are_compared_in_their_order_and_very_long_ones_as_a_whole() {
    let list = |items: &mut dyn Iterator<Item = String>| {
        let items: Vec<String> = items.map(|item| format!("{{q: {item}}}")).collect();
        thing(&format!("l: [{}]", items.join(", ")))
    };
    let up = |n: u32| list(&mut (0..n).map(|item| item.to_string()));
    let down = |n: u32| list(&mut (0..n).rev().map(|item| item.to_string()));
    assert_eq!(changes(&up(256), &down(256)).len(), 0);
    assert_eq!(changes(&up(257), &down(257)).len(), 256);
    let other = |n: u32| list(&mut (0..n).map(|item| format!("x{item}")));
    assert_eq!(changes(&up(10_000), &other(10_000)).len(), 10_000);
    let whole = changes(&up(10_001), &other(10_001));
    assert_eq!(places(&whole), ["spec.l"]);
}

/// Words over two letters, of one letter up to `longest`.
fn words(longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..longest {
        let last = all.len();
        for index in from..last {
            all.extend(["a", "b"].map(|letter| format!("{}{letter}", all[index])));
        }
        from = last;
    }
    all.remove(0);
    all
}

/// Words over three letters, drawn from a fixed sequence.
fn drawn(n: usize, letters: usize) -> Vec<String> {
    let mut state = 7_u32;
    let mut draw = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ["a", "b", "c"][(state >> 24) as usize % 3]
    };
    (0..n)
        .map(|_| (0..letters).map(|_| draw()).collect())
        .collect()
}

/// The length of a longest common subsequence.
fn common(one: &[u8], other: &[u8]) -> usize {
    let mut row = vec![0; other.len() + 1];
    for a in one {
        let mut before = 0;
        for (at, b) in other.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if a == b {
                before + 1
            } else {
                above.max(row[at])
            };
            before = above;
        }
    }
    row[other.len()]
}

#[test]
fn of_a_text_as_few_lines_are_told_as_can_be() {
    let words = [words(3), drawn(30, 9)].concat();
    let lines = |word: &str| {
        word.chars()
            .map(|letter| format!("{letter}\n"))
            .collect::<String>()
    };
    let pairs: Vec<(&String, &String)> = words
        .iter()
        .flat_map(|old| words.iter().map(move |new| (old, new)))
        .collect();
    let map = |which: fn(&(&String, &String)) -> String| {
        let texts: Vec<String> = pairs
            .iter()
            .map(|pair| {
                format!(
                    "{}-{}: {}",
                    pair.0,
                    pair.1,
                    Value::from(lines(&which(pair)))
                )
            })
            .collect();
        format!(
            "extraObjects: [{{apiVersion: v1, kind: ConfigMap, metadata: {{name: x}}, data: {{{}}}}}]",
            texts.join(", ")
        )
    };
    let all = changes(&map(|pair| pair.0.clone()), &map(|pair| pair.1.clone()));
    let mut told: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for change in &all {
        let path = change["path"].as_str().unwrap();
        let key = path.split([' ', '.']).nth(1).unwrap();
        let count = |side: &str| change[side].as_str().map_or(0, |text| text.lines().count());
        let counts = told.entry(key).or_default();
        *counts = (counts.0 + count("old"), counts.1 + count("new"));
    }
    for (old, new) in pairs {
        let n_common = common(old.as_bytes(), new.as_bytes());
        let expected = (old.len() - n_common, new.len() - n_common);
        let key = format!("{old}-{new}");
        let counts = told.get(&*key).copied().unwrap_or_default();
        assert_eq!(counts, expected, "{key}");
    }
    // What is gone is told before what is new.
    let all = changes(&text("a", "1\n2\n"), &text("a", "2\n1\n"));
    let told: Vec<[&Value; 2]> = all
        .iter()
        .map(|change| [&change["old"], &change["new"]])
        .collect();
    assert_eq!(
        told,
        [[&"1".into(), &Value::Null], [&Value::Null, &"1".into()]]
    );
}

#[test]
fn a_long_text_is_compared_where_it_differs_and_a_very_long_difference_is_one() {
    let lines = |first: &str, n: usize, last: &str| {
        let middle: String = (0..n).map(|line| format!("line {line}\n")).collect();
        text("a", &format!("{first}\n{middle}{last}\n"))
    };
    // A table of 1024 times 1024 cells, and one of more.
    let all = changes(&lines("old", 1021, "old"), &lines("new", 1021, "new"));
    assert_eq!(places(&all), ["data.a line 1", "data.a line 1023"]);
    let all = changes(&lines("old", 1022, "old"), &lines("new", 1022, "new"));
    assert_eq!(places(&all), ["data.a line 1"]);
    for (old, new) in [(1022, 1021), (1021, 1022)] {
        let all = changes(&lines("old", old, "old"), &lines("new", new, "new"));
        assert_eq!(places(&all), ["data.a line 1"], "{old} to {new}");
    }
    // What is the same before and behind is not in it.
    let all = changes(&lines("same", 5000, "old"), &lines("same", 5000, "new"));
    assert_eq!(places(&all), ["data.a line 5002"]);
    let all = changes(&lines("old", 5000, "same"), &lines("new", 5000, "same"));
    assert_eq!(places(&all), ["data.a line 1"]);
    assert_eq!(
        (&all[0]["old"], &all[0]["new"]),
        (&"old".into(), &"new".into())
    );
}

/// What was applied to a live object of which something is not rendered, and what is said of it.
fn leaves(values: &str, kind: &str, edits: &[(&str, &str)], applied: &str) -> String {
    let head = format!("kind: {kind}\nmetadata:\n");
    let live = format!(
        "{head}  uid: u\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{applied}'\n"
    );
    let edits = [&[(&*head, &*live)], edits].concat();
    let all = against(&edited(values, &edits), values, &[]);
    all.iter()
        .map(|change| change["effects"].to_string())
        .collect()
}

#[test]
fn an_item_stays_where_the_api_server_merges_the_list() {
    let stays = "it stays: `kubectl apply`";
    let volume =
        "valkey: {extraVolumes: [{name: v, configMap: {name: c, items: [{key: k, path: p}]}}]}";
    let items = [(
        "          - key: k\n",
        "          - key: z\n            path: z\n          - key: k\n",
    )];
    let applied = r#"{"spec":{"template":{"spec":{"volumes":[{"name":"v","configMap":{"items":[{"key":"k"}]}}]}}}}"#;
    let effects = leaves(volume, "StatefulSet", &items, applied);
    assert!(!effects.contains(stays), "{effects}");
    let volumes = [(
        "      - name: config\n        configMap:\n",
        "      - name: z\n        emptyDir: {}\n      - name: config\n        configMap:\n",
    )];
    let effects = leaves(volume, "StatefulSet", &volumes, applied);
    assert!(effects.contains(stays), "{effects}");
    // A custom resource is not merged.
    let groups = [("  groups:\n", "  groups:\n  - name: z\n    rules: []\n")];
    let applied = r#"{"spec":{"groups":[{"name":"a"}]}}"#;
    let effects = leaves("{}", "PrometheusRule", &groups, applied);
    assert!(!effects.contains(stays), "{effects}");
}

fn human(old: &str, new: &str) -> String {
    compared(old, new, "human").stdout
}

fn markdown(old: &str, new: &str) -> String {
    compared(old, new, "markdown").stdout
}

#[test]
fn what_was_said_or_is_said_further_down_is_referred_to() {
    let said = human(
        "{}",
        "valkey: {settings: {extra: {hz: 20}}, image: {tag: 7.4-alpine}}",
    );
    for line in [
        "    the pod of StatefulSet/alerthistory-redis restarts, as above\n",
        "    note: there is no way back but a backup: redis 7.2 does not start on the files of redis 7.4\n",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let several = "valkey: {settings: {appendonly: no, save: '', extra: {hz: 20}}, storage: {requestedSize: 20Gi, className: fast}}";
    let said = human("{}", several);
    for line in ["    restart: see below\n", "    refused: see below\n"] {
        assert!(said.contains(line), "{said}");
    }
    // Of all that restarts the pod for the same reason, the reason is given once.
    assert_eq!(said.matches(" restarts").count(), 1, "{said}");
    let colored = compared("{}", several, "human").stdout;
    assert!(!colored.contains('\u{1b}'));
}

#[test]
fn what_is_worst_is_red_and_what_restarts_yellow() {
    let several = "valkey: {settings: {extra: {hz: 20}}, storage: {requestedSize: 20Gi}}";
    let directory = crate::diff::two("{}", several);
    let arguments = [
        "diff",
        "-f",
        "new.yaml",
        "--against-values",
        "old.yaml",
        "--color",
        "always",
    ];
    let said = run_in(directory.path(), &arguments, "").stdout;
    for heading in [
        "\u{1b}[1m\u{1b}[31mrefused\u{1b}[0m\n",
        "\u{1b}[33mrestart\u{1b}[0m\n",
    ] {
        assert!(said.contains(heading), "{said:?}");
    }
}

#[test]
fn of_each_text_three_places_are_shown_with_their_lines() {
    let lines = |mark: &str| -> String {
        let mark = |n: usize| if n.is_multiple_of(4) { mark } else { "" };
        (0..40).map(|n| format!("line {n}{}\n", mark(n))).collect()
    };
    let values = |mark: &str| {
        let text = Value::from(lines(mark));
        format!(
            "extraObjects: [{{apiVersion: v1, kind: ConfigMap, metadata: {{name: x}}, data: {{a: {text}, b: {text}}}}}]"
        )
    };
    let said = human(&values(""), &values(" new"));
    for key in ["a", "b"] {
        let places: String = [0, 4, 8]
            .map(|n| {
                let line = n + 1;
                format!(
                    "  ConfigMap/x data.{key} line {line}:\n    - line {n}\n    + line {n} new\n"
                )
            })
            .concat();
        let all = format!("{places}  ConfigMap/x data.{key}: 7 places more\n");
        assert!(said.contains(&all), "{said}");
    }
}

#[test]
fn a_directory_without_an_index_is_all_its_manifests() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("live");
    std::fs::create_dir(&folder).unwrap();
    for (name, text) in [("a.yaml", render("{}")), ("note.txt", "a: [".to_owned())] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    std::fs::write(directory.path().join("new.yaml"), "{}").unwrap();
    let arguments = ["diff", "-f", "new.yaml", "--against", "live"];
    run_in(directory.path(), &arguments, "").is_silent("");
}

#[test]
fn standard_input_has_no_revisions() {
    let arguments = ["diff", "--against", "-", "--against-rev", "HEAD"];
    let run = run_in(root(), &arguments, "");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    let message = "standard input has no revisions";
    assert!(run.stderr.contains(message), "{}", run.stderr);
}

#[test]
fn a_value_is_shown_whole_up_to_a_line_and_then_from_where_it_differs() {
    let shown = |old: &str, new: &str| {
        let value = |text: &str| thing(&format!("a: {}", Value::from(text)));
        let told = human(&value(old), &value(new));
        let line = told
            .lines()
            .find_map(|line| line.strip_prefix("  Thing/x spec.a: "));
        line.unwrap_or_else(|| panic!("{told}")).to_owned()
    };
    let (a, b) = (|n: usize| "a".repeat(n), |n: usize| "b".repeat(n));
    assert_eq!(shown(&a(120), &b(120)), format!("{} → {}", a(120), b(120)));
    assert_eq!(shown(&a(121), &b(120)), format!("{}… → {}", a(120), b(120)));
    assert_eq!(shown(&b(1), &a(121)), format!("b → {}…", a(120)));
    let (old, new) = (a(60) + &b(60), a(61) + &b(59));
    assert_eq!(shown(&old, &new), format!("{old} → {new}"));
    // Thirty characters before the difference are shown.
    let (old, new) = (a(30) + &b(120), a(31) + &b(119));
    assert_eq!(
        shown(&old, &new),
        format!("{}{}… → {}{}…", a(30), b(90), a(31), b(89))
    );
    let (old, new) = (a(31) + &b(120), a(32) + &b(119));
    assert_eq!(
        shown(&old, &new),
        format!("…{}{}… → …{}{}…", a(30), b(90), a(31), b(89))
    );
    let (old, new) = (a(31) + &b(90), a(32) + &b(89));
    assert_eq!(
        shown(&old, &new),
        format!("…{}{} → …{}{}", a(30), b(90), a(31), b(89))
    );

    // In Markdown it is a block.
    let in_markdown =
        |old: &str, new: &str| markdown(&thing(&format!("a: {old}")), &thing(&format!("a: {new}")));
    let line = in_markdown("x", &a(120));
    assert!(line.contains(&format!("`x` → `{}`", a(120))), "{line}");
    for (old, new) in [("x".to_owned(), a(121)), (a(121), "x".to_owned())] {
        let block = in_markdown(&old, &new);
        assert!(
            block.contains(&format!("\n  - {old}\n  + {new}\n")),
            "{block}"
        );
    }
    // As YAML, where it is no text: `{"k":"…"}` has eight characters beside it.
    let map = |n: usize| format!("{{k: {}}}", a(n));
    let line = in_markdown("x", &map(112));
    assert!(
        line.contains(&format!("`x` → `{{\"k\":\"{}\"}}`", a(112))),
        "{line}"
    );
    let block = in_markdown("x", &map(113));
    assert!(
        block.contains(&format!("\n  - x\n  + k: {}\n", a(113))),
        "{block}"
    );
    // What is secret is not shown, however long.
    let long = |word: &str| thing(&format!("password: {}", word.repeat(50)));
    let text = markdown(&long("hunter22"), &long("hunter33"));
    assert!(
        text.contains("changed\n") && !text.contains("hunter"),
        "{text}"
    );
    let numbers = human(&thing("password: 12345"), &thing("password: 54321"));
    assert!(numbers.contains("spec.password: changed\n"), "{numbers}");
}

#[test]
fn a_value_is_bare_where_it_can_be_read_so_and_in_quotes_otherwise() {
    let conf = |line: &str| text("x.conf", &format!("a {line}\nb c\n"));
    for (old, new, expected) in [
        (thing("a: b"), thing("a: ''"), "spec.a: b → \"\""),
        (thing("a: b"), thing("a: ' c'"), "spec.a: b → \" c\""),
        (thing("a: b"), thing("a: 'c '"), "spec.a: b → \"c \""),
        (
            thing("a: b"),
            thing("a: \"c\\td\""),
            "spec.a: b → \"c\\td\"",
        ),
        (thing("a: b"), thing("a: c d"), "spec.a: b → c d"),
        (thing("a: b"), thing("a: 5"), "spec.a: b → 5"),
        (thing("a: b"), thing("z: w, a: b"), "spec.z: (none) → w"),
        (thing("z: w, a: b"), thing("a: b"), "spec.z: w → (none)"),
        // Sizes of a configuration in units too.
        (
            conf("1048575"),
            conf("1048576"),
            "a: 1048575 → 1048576 (1Mi)",
        ),
        (
            thing("a: 1048576"),
            thing("a: 1048577"),
            "spec.a: 1048576 → 1048577",
        ),
        (
            text("password", "hunter22"),
            text("user", "me"),
            "data.password: removed",
        ),
        (
            text("user", "me"),
            text("password", "hunter22"),
            "data.password: set",
        ),
        (
            text("password", "hunter22"),
            text("password", "hunter33"),
            "data.password: changed",
        ),
    ] {
        let told = human(&old, &new);
        assert!(
            told.contains(&format!("{expected}\n")),
            "{expected}: {told}"
        );
    }
}

#[test]
fn what_is_the_same_of_three_objects_is_told_once() {
    let objects = |n: usize, label: &str| {
        let objects: Vec<String> = (0..n)
            .map(|number| format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c{number}, labels: {{l: {label}}}}}}}"))
            .collect();
        format!("extraObjects: [{}]", objects.join(", "))
    };
    let told = human(&objects(2, "a"), &objects(2, "b"));
    assert!(
        told.contains(
            "  ConfigMap/c0 metadata.labels.l: a → b\n  ConfigMap/c1 metadata.labels.l: a → b\n"
        ),
        "{told}"
    );
    let told = human(&objects(3, "a"), &objects(3, "b"));
    assert!(
        told.contains("  3 objects metadata.labels.l: a → b\n"),
        "{told}"
    );
    assert!(!told.contains("ConfigMap/"), "{told}");
    assert!(told.ends_with("\n3 changes: 3 none\n"), "{told}");
    let told = markdown(&objects(3, "a"), &objects(3, "b"));
    assert!(
        told.contains("\n- 3 objects `metadata.labels.l`: `a` → `b`\n"),
        "{told}"
    );
}

#[test]
fn commands_that_differ_are_all_told_where_the_reason_is_the_same() {
    let object =
        |name: &str| format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}");
    let told = human(
        &format!("extraObjects: [{}, {}]", object("a"), object("b")),
        "{}",
    );
    assert_eq!(
        told.matches("    it stays in the cluster\n").count(),
        1,
        "{told}"
    );
    for name in ["a", "b"] {
        let command = format!("\n      kubectl -n default delete configmap/{name}\n");
        assert_eq!(told.matches(&command).count(), 1, "{told}");
    }
}

#[test]
fn more_than_eight_harmless_changes_are_folded() {
    let annotated = |n: usize, spec: &str| {
        let pairs: Vec<String> = (0..n).map(|number| format!("a{number}: b")).collect();
        let pairs = pairs.join(", ");
        format!(
            "extraObjects: [{{apiVersion: example.com/v1, kind: Thing, metadata: {{name: x, annotations: {{{pairs}}}}}, spec: {{{spec}}}}}]"
        )
    };
    let told = |n: usize, spec: &str| markdown(&annotated(0, "a: b"), &annotated(n, spec));
    let open = told(8, "a: b");
    assert!(
        open.contains("annotations.a7") && !open.contains("<details>"),
        "{open}"
    );
    let folded = told(9, "a: b");
    assert!(
        folded.contains("<details><summary>9 without further ado</summary>"),
        "{folded}"
    );
    // A field of another kind is not: somebody may decide by it.
    let mixed = told(9, "a: c");
    let (field, fold) = (mixed.find("`spec.a`"), mixed.find("<details>"));
    assert!(field.unwrap() < fold.unwrap(), "{mixed}");
}

#[test]
fn a_comment_takes_as_much_as_fits_into_one() {
    const MAX: usize = 60_000;
    let long = |n: usize| markdown(&thing("a: b"), &thing(&format!("a: {}", "c".repeat(n))));
    let rest = long(1000).len() - 1000;
    let full = long(MAX - rest);
    assert_eq!(full.len(), MAX);
    let beyond = long(MAX - rest + 1);
    assert!(
        beyond.contains("\n1 change, too many to show here\n"),
        "{beyond}"
    );

    let new = |n: usize| markdown("{}", &thing(&format!("a: {}", "c".repeat(n))));
    let frame = "\n<details><summary>1 new object as a whole</summary>\n\n\n</details>\n";
    let rest = new(1000).len() - 1000;
    // Two hundred characters are kept for what is said around it.
    let n = MAX - 200 + frame.len() - rest;
    let full = new(n);
    assert!(
        full.contains(frame.lines().nth(1).unwrap()),
        "{}",
        full.len()
    );
    assert_eq!(full.len(), MAX - 200 + frame.len());
    let beyond = new(n + 1);
    assert!(
        beyond.contains("1 object too long to show here") && !beyond.contains("ccc"),
        "{beyond}"
    );
}

#[test]
fn no_text_ends_the_code_that_it_stands_in() {
    let shown = |value: &str| {
        let value = Value::from(value);
        markdown(&thing("a: b"), &thing(&format!("a: {value}")))
    };
    for (value, code) in [
        ("c`d", "``c`d``"),
        ("`c", "`` `c ``"),
        ("c`", "`` c` ``"),
        ("c``d", "```c``d```"),
        ("c", "`c`"),
    ] {
        let text = shown(value);
        assert!(text.contains(&format!("`b` → {code}\n")), "{value}: {text}");
    }
    for (line, fence) in [
        ("x", "```"),
        ("``", "```"),
        ("```", "````"),
        ("`````", "``````"),
    ] {
        let text = markdown(&text("a", "1\n2\n"), &text("a", &format!("1\n{line}\n")));
        assert!(
            text.contains(&format!("\n  {fence}diff\n  - 2\n  + {line}\n  {fence}\n")),
            "{line}: {text}"
        );
    }
}

#[test]
fn a_list_of_objects_is_one_of_kubernetes_own() {
    let own = "extraObjects: [{apiVersion: example.com/v1, kind: AllowList, metadata: {name: x}, items: [{kind: Thing}]}]";
    let directory = crate::diff::two("", own);
    let arguments = ["diff", "-f", "new.yaml", "--against", "-"];
    run_in(directory.path(), &arguments, &render(own)).is_silent("");
    let list = run_in(
        directory.path(),
        &["render", "-f", "new.yaml", "-o", "json"],
        "",
    )
    .stdout;
    run_in(directory.path(), &arguments, &list).is_silent("");
}

#[test]
fn whoever_shows_one_object_asks_about_that_one_and_a_file_is_all() {
    let stream = render("{}");
    let service = stream
        .split("---\n")
        .find(|object| object.contains("kind: Service\n"))
        .unwrap();
    run_in(root(), &["diff", "--against", "-"], service).is_silent("");
    // A file, a list and two objects are what there is.
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("one.yaml"), service).unwrap();
    let file = run_in(directory.path(), &["diff", "--against", "one.yaml"], "");
    assert!(
        file.stdout.contains("StatefulSet/alerthistory-redis: new"),
        "{}",
        file.stdout
    );
    let two = format!(
        "{service}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: alerthistory-redis-env}}\n"
    );
    let two = run_in(root(), &["diff", "--against", "-"], &two);
    assert!(
        two.stdout.contains("StatefulSet/alerthistory-redis: new"),
        "{}",
        two.stdout
    );
    let json = run_in(root(), &["render", "-o", "json"], "").stdout;
    let mut list: Value = serde_json::from_str(&json).unwrap();
    list["items"].as_array_mut().unwrap().truncate(1);
    let list = run_in(root(), &["diff", "--against", "-"], &list.to_string());
    assert!(
        list.stdout.contains("StatefulSet/alerthistory-redis: new"),
        "{}",
        list.stdout
    );
}

#[test]
fn only_a_standard_input_without_objects_is_told_as_such() {
    let note = "standard input has no object";
    let stream = render("{}");
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("none.yaml"), "").unwrap();
    for (arguments, stdin, is_said) in [
        (&["diff", "--against", "-", "-v"][..], "", true),
        (&["diff", "--against", "-"], "", false),
        (&["diff", "--against", "-", "-v"], &*stream, false),
        (&["diff", "--against", "none.yaml", "-v"], "", false),
    ] {
        let run = run_in(directory.path(), arguments, stdin);
        assert_eq!(
            run.stderr.contains(note),
            is_said,
            "{arguments:?}: {}",
            run.stderr
        );
    }
}
