//! Every place where foreign text is read, and texts that mean to take its time, its stack or its memory.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Run, finish};

/// The program under limits of the kernel's: so much CPU time in seconds, and address space in MiB.
fn limited(directory: &Path, seconds: u32, mebibytes: u32) -> Command {
    let mut command = Command::new("prlimit");
    command
        .arg(format!("--cpu={seconds}"))
        .arg(format!("--as={}", u64::from(mebibytes) * 1024 * 1024))
        .arg(env!("CARGO_BIN_EXE_cachegen"))
        .current_dir(directory);
    command
}

/// A place where text is read: the file, the command, and how its findings begin.
const PLACES: [(&str, &[&str], &str); 14] = [
    ("v.yaml", &["render", "-f", "v.yaml"], "v.yaml:"),
    ("v.yaml", &["lint", "-f", "v.yaml"], "v.yaml:"),
    ("v.yaml", &["values", "-f", "v.yaml"], "v.yaml:"),
    (
        "v.yaml",
        &["explain", "Service/x", "-f", "v.yaml"],
        "v.yaml:",
    ),
    (
        "v.yaml",
        &["diff", "x", "--against-values", "v.yaml"],
        "v.yaml:",
    ),
    ("-", &["render", "-f", "-"], "<stdin>:"),
    ("cachegen.yaml", &["check"], "cachegen.yaml:"),
    ("cachegen.yaml", &["render", "--all"], "cachegen.yaml:"),
    ("out.yaml", &["check", "out.yaml"], "out.yaml:"),
    ("out/a.yaml", &["check", "out"], "out/a.yaml:"),
    (
        "out.yaml",
        &["diff", "x", "--against", "out.yaml"],
        "out.yaml:",
    ),
    ("-", &["diff", "x", "--against", "-"], "<stdin>:"),
    (
        "out/a.yaml",
        &["diff", "x", "--against", "out"],
        "out/a.yaml:",
    ),
    (
        "t/service.yaml.j2",
        &["render", "--template-dir", "t"],
        "t/service.yaml.j2:",
    ),
];

fn read_at(place: (&str, &[&str], &str), text: &str, seconds: u32, mebibytes: u32) -> Run {
    let directory = tempfile::tempdir().unwrap();
    let (file, arguments, _) = place;
    let mut command = limited(directory.path(), seconds, mebibytes);
    command.args(arguments);
    if file == "-" {
        return finish(command, text.as_bytes());
    }
    let path = directory.path().join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    if file.starts_with("out/") {
        fs::write(directory.path().join("out/.cachegen"), "a.yaml\n").unwrap();
    }
    finish(command, b"")
}

/// Ten levels of lists, each of ten of the one before.
fn aliases() -> String {
    let mut text = "x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n".to_owned();
    for level in 1..10 {
        let items = vec![format!("*x{}", level - 1); 10].join(", ");
        text += &format!("x{level}: &x{level} [{items}]\n");
    }
    text
}

#[test]
fn bombs_are_refused_at_their_place_wherever_text_is_read() {
    let blocks: String = (0..1200)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    let merges = "a: &a {b: c}\n".to_owned()
        + &(0..300)
            .map(|n| format!("m{n}: &m{n} {{<<: [{}]}}\n", vec!["*a"; 500].join(", ")))
            .collect::<String>();
    for (text, code) in [
        (aliases(), "yaml-alias"),
        (merges, "yaml-alias"),
        ("a: &a [*a]\n".to_owned(), "yaml-alias"),
        (format!("a: {}", "[".repeat(900_000)), "yaml-depth"),
        (format!("a: {}", "{a: ".repeat(200_000)), "yaml-depth"),
        ("- ".repeat(450_000), "yaml-depth"),
        (format!("? {}", "? ".repeat(300_000)), "yaml-depth"),
        (blocks, "yaml-depth"),
        (format!("a: [{}]\n", "1,".repeat(300_000)), "yaml-size"),
    ] {
        for place in PLACES {
            let run = read_at(place, &text, 5, 256);
            let what = format!("{:?}, {}", place.1, text.get(..30).unwrap_or(&text));
            let start: String = run.stderr.chars().take(500).collect();
            let is_committed = place.1[0] == "check" && place.0 != "cachegen.yaml";
            assert_eq!(
                run.code,
                if is_committed { 1 } else { 2 },
                "{what}: {start}"
            );
            assert_eq!(run.stdout, "", "{what}");
            assert!(run.stderr.contains(place.2), "{what}: {start}");
            let is_template = place.0.ends_with(".j2");
            assert!(
                is_template || run.stderr.contains(&format!("error[{code}]")),
                "{what}: {start}"
            );
            assert!(run.stderr.len() < 10_000, "{what}: {start}");
        }
    }
}

/// Manifests of ten megabytes, or of as many keys and values as there may be.
fn manifests() -> Vec<(&'static str, String)> {
    const HEAD: &str =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x-redis-config, namespace: default}\n";
    let many = |n: usize, line: &dyn Fn(usize) -> String| (0..n).map(line).collect::<String>();
    let long = "x".repeat(80);
    vec![
        ("keys", format!("{HEAD}data:\n") + &many(110_000, &|n| format!("  k{n}: {long}\n"))),
        ("directives", format!("{HEAD}data:\n  redis.conf: |\n") + &many(110_000, &|n| format!("    dir{n} {long}\n"))),
        ("lines", format!("{HEAD}data:\n  run.sh: |\n") + &many(110_000, &|n| format!("    line {n} {long}\n"))),
        ("one line", format!("{HEAD}data: {{a: \"{}\"}}\n", "x y ".repeat(2_500_000))),
        ("objects", many(20_000, &|n| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x{n}}}\ndata: {{a: {long}}}\n"))),
        ("equal objects", many(20_000, &|_| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata: {{a: {long}}}\n"))),
        ("workloads", many(11_000, &|n| format!("---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: x{n}}}\nspec: {{template: {{spec: {{containers: [{{name: redis, image: x}}]}}}}}}\n"))),
        ("services", many(13_000, &|n| format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: x{n}}}\nspec: {{selector: {{a: b}}, ports: [{{port: 1}}]}}\n"))),
        ("variables", "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: x-redis, namespace: default}\nspec: {template: {spec: {containers: [{name: redis, env: [\n".to_owned() + &many(40_000, &|n| format!("{{name: A{n}, value: {long}}},\n")) + "]}]}}}\n"),
        ("items", format!("apiVersion: v1\nkind: Service\nmetadata: {{name: x-redis, namespace: default}}\nspec: {{ports: [{}]}}\n", "1,".repeat(240_000))),
        ("items without names", format!("apiVersion: v1\nkind: Thing\nmetadata: {{name: x}}\nspec: [{}]\n", "{a: 1},".repeat(80_000))),
        ("comments", "# nothing\n".repeat(1_000_000)),
        ("documents", "---\n".repeat(2_500_000)),
        ("blanks", " ".repeat(10_000_000)),
        ("no text", "\0".repeat(10_000_000)),
        ("characters", format!("{HEAD}data: {{a: \"{}\"}}\n", "🦀".repeat(2_500_000))),
    ]
}

#[test]
#[ignore = "takes a minute"]
fn ten_megabytes_of_manifests_are_compared_or_refused_within_bounds() {
    for (what, text) in manifests() {
        for arguments in [
            &["check", "out.yaml", "x"][..],
            &["diff", "x", "--against", "out.yaml"],
            &["diff", "x", "--against", "out.yaml", "-o", "json"],
            &["diff", "x", "--against", "out.yaml", "-o", "markdown"],
        ] {
            let run = read_at(("out.yaml", arguments, ""), &text, 20, 512);
            let start: String = run.stderr.chars().take(300).collect();
            assert!(
                (0..=2).contains(&run.code),
                "{what}, {arguments:?}: {start}"
            );
            assert!(
                run.stderr.len() < 1_000_000,
                "{what}, {arguments:?}: {start}"
            );
        }
    }
}

/// Keys below ninety keys of a thousand characters each: their paths would take gigabytes.
fn below_long_keys(head: &str, depth: usize, leaf: &str, n_leaves: usize) -> String {
    let long = |n: usize| format!("{}k{n}{}:\n", " ".repeat(depth + n), "x".repeat(995));
    let leaf = |n: usize| format!("{}l{n}: {leaf}\n", " ".repeat(depth + 90));
    head.to_owned()
        + &(0..90).map(long).collect::<String>()
        + &(0..n_leaves).map(leaf).collect::<String>()
}

#[test]
fn the_path_of_a_key_takes_no_more_the_longer_it_is() {
    const OBJECT: &str =
        "extraObjects:\n- apiVersion: a/v1\n  kind: B\n  metadata: {name: c}\n  spec:\n";
    let place = |arguments| ("v.yaml", arguments, "");
    for (arguments, values, code) in [
        (
            &["render", "-f", "v.yaml"][..],
            below_long_keys(OBJECT, 3, ".inf", 20_000),
            2,
        ),
        (
            &["lint", "-f", "v.yaml", "-o", "json"],
            below_long_keys(OBJECT, 3, ".inf", 20_000),
            2,
        ),
        (
            &["lint", "-f", "v.yaml"],
            below_long_keys("x-a:\n", 1, "1", 20_000),
            0,
        ),
        (
            &["lint", "-f", "v.yaml,v.yaml"],
            below_long_keys("x-a:\n", 1, "1", 20_000),
            0,
        ),
        (
            &["lint", "-f", "v.yaml"],
            below_long_keys("profile: lite\nx-a:\n", 1, "1", 20_000),
            0,
        ),
    ] {
        let run = read_at(place(arguments), &values, 10, 512);
        assert_eq!(run.code, code, "{arguments:?}: {:.300}", run.stderr);
    }
    let values = below_long_keys(OBJECT, 3, "1", 10_000);
    let object = "apiVersion: a/v1\nkind: B\nmetadata: {name: c, namespace: default}\nspec:\n";
    let before = below_long_keys(object, 1, "2", 10_000);
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("v.yaml"), values).unwrap();
    fs::write(directory.path().join("before.yaml"), before).unwrap();
    for output in ["human", "json", "markdown"] {
        let run = compared(directory.path(), output, 512);
        assert_eq!(run.code, 1, "{output}: {:.300}", run.stderr);
    }
}

/// Compares what `v.yaml` renders to with `before.yaml`, in ten seconds.
fn compared(directory: &Path, output: &str, mebibytes: u32) -> Run {
    let mut command = limited(directory, 10, mebibytes);
    command.args(["diff", "-f", "v.yaml", "--against", "before.yaml"]);
    command.args(["-o", output]);
    finish(command, b"")
}

#[test]
fn alerts_and_sets_without_number_are_compared_one_by_one() {
    const SPEC: &str = "serviceName: a, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}";
    let rule = |name: &dyn Fn(usize) -> String| {
        let alerts = (0..40_000).map(|n| format!("    - {{alert: {}, expr: up}}\n", name(n)));
        "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: r, namespace: default}\nspec:\n  groups:\n  - name: g\n    rules:\n".to_owned()
            + &alerts.collect::<String>()
    };
    let sets = |policy: &str| {
        let set = |n: usize| {
            format!(
                "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: s{n}, namespace: default}}\nspec: {{podManagementPolicy: {policy}, {SPEC}}}\n"
            )
        };
        (0..6_000).map(set).collect::<String>()
    };
    let as_values = |manifests: &str| {
        let items = manifests.split("---\n").filter(|item| !item.is_empty());
        let items = items.map(|item| format!("- {}\n", item.trim_end().replace('\n', "\n  ")));
        format!("extraObjects:\n{}", items.collect::<String>())
    };
    for (before, after, told) in [
        (
            rule(&|n| format!("A{n}")),
            rule(&|n| format!("B{n}")),
            "A7 tells nobody any more",
        ),
        (
            sets("Parallel"),
            sets("OrderedReady"),
            "kubectl -n default delete statefulset s7",
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("before.yaml"), before).unwrap();
        fs::write(directory.path().join("v.yaml"), as_values(&after)).unwrap();
        let run = compared(directory.path(), "json", 1024);
        assert_eq!(run.code, 1, "{:.300}", run.stderr);
        assert!(run.stdout.contains(told), "{:.2000}", run.stdout);
    }
}
