//! The house rules that no compiler holds: where knowledge lives, and that everything is used and shown.

use std::collections::BTreeSet;
use std::path::Path;

use cachegen::template::catalog;
use cachegen::values::layer::{DEFAULTS, PROFILES};
use cachegen::yaml::{self, Content, Node};

use crate::support::{cases, files, root, run_with};

fn relative(path: &Path, directory: &str) -> String {
    path.strip_prefix(root().join(directory))
        .unwrap()
        .display()
        .to_string()
}

/// The code of a file: no comments, no tests.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn every_template_is_in_the_catalog_and_every_entry_has_its_file() {
    let on_disk: Vec<String> = files("templates", ".j2")
        .iter()
        .map(|path| relative(path, "templates"))
        .collect();
    let embedded: Vec<&str> = catalog::TEXTS.iter().map(|(file, _)| *file).collect();
    assert_eq!(on_disk, embedded);
    assert!(
        catalog::OBJECTS
            .iter()
            .all(|entry| catalog::text(entry.file).is_some())
    );
    let objects: BTreeSet<&str> = catalog::OBJECTS.iter().map(|entry| entry.file).collect();
    for file in embedded {
        let is_part = file.contains('/');
        assert_ne!(objects.contains(file), is_part, "{file}");
    }
}

#[test]
fn every_object_is_rendered_by_some_case() {
    let rendered: String = cases().iter().map(|case| case.render().stdout).collect();
    for entry in catalog::OBJECTS {
        assert!(
            rendered.contains(&format!("# Source: cachegen/templates/{}\n", entry.file)),
            "{}",
            entry.file
        );
    }
}

/// A part is rendered where a part in its place that cannot be rendered is noticed.
#[test]
fn every_part_is_rendered_by_some_case() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().to_str().unwrap();
    let cases = cases();
    for (file, _) in catalog::TEXTS.iter().filter(|(file, _)| file.contains('/')) {
        let path = directory.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "{{ nothing.has.this.name }}\n").unwrap();
        assert!(
            cases.iter().filter(|case| !case.is_mistaken()).any(|case| {
                let run = case.render_with(&["--template-dir", place]);
                run.code != 0 && run.stderr.contains(file)
            }),
            "{file}"
        );
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn templates_have_no_tabs_no_trailing_blanks_and_no_carriage_returns() {
    for (file, text) in catalog::TEXTS {
        assert!(
            !text.contains(['\t', '\r'])
                && text.lines().all(|line| line == line.trim_end())
                && text.ends_with('\n'),
            "{file}"
        );
    }
}

#[test]
fn no_rust_file_names_a_profile() {
    for path in files("src", ".rs")
        .into_iter()
        .filter(|path| !path.ends_with("values/layer.rs"))
    {
        let code = code(&path);
        for (name, _) in PROFILES {
            // A help text may; a decision may not.
            assert!(!code.contains(&format!("\"{name}\"")), "{}", path.display());
        }
    }
}

#[test]
fn redis_never_says_pod_and_kube_never_says_redis() {
    for path in files("src/redis", ".rs") {
        assert!(
            !code(&path).to_lowercase().contains("pod"),
            "{}",
            path.display()
        );
    }
    for path in files("src/kube", ".rs") {
        let code = code(&path).to_lowercase();
        assert!(
            !code.contains("redis") && !code.contains("valkey"),
            "{}",
            path.display()
        );
    }
}

#[test]
fn only_the_yaml_module_names_a_yaml_crate_and_only_the_command_line_names_clap() {
    for path in files("src", ".rs") {
        let (code, place) = (code(&path), relative(&path, "src"));
        assert!(
            !code.contains("granit_parser") || place.starts_with("yaml/"),
            "{place}"
        );
        assert!(
            !code.contains("clap") || place.starts_with("cli/"),
            "{place}"
        );
        assert!(
            !code.contains("minijinja") || place.starts_with("template/"),
            "{place}"
        );
    }
}

/// The paths of all leaves of a tree, lists and empty maps being leaves.
fn leaves(node: &Node, path: &str, out: &mut BTreeSet<String>) {
    match &node.content {
        Content::Mapping(entries) if !entries.is_empty() => {
            for entry in entries {
                let path = if path.is_empty() {
                    entry.key.to_string()
                } else {
                    format!("{path}.{}", entry.key)
                };
                leaves(&entry.value, &path, out);
            }
        }
        _ => {
            out.insert(path.to_owned());
        }
    }
}

fn keys(text: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    yaml::read(text, 0)
        .unwrap()
        .documents
        .iter()
        .for_each(|document| leaves(document, "", &mut keys));
    keys
}

/// Keys that change nothing in what is rendered, and why.
const WITHOUT_OUTPUT: [(&str, &str); 5] = [
    ("valkey.replicas", "1 is the only number so far"),
    (
        "clusterDomain",
        "nothing of a single primary names another pod by its full name",
    ),
    ("valkey.workload.use", "lint and sizing read it"),
    ("valkey.workload.writesPerSecond", "lint and sizing read it"),
    ("valkey.workload.dataSize", "lint and sizing read it"),
];

#[test]
fn every_key_is_set_by_some_case_and_changes_some_output() {
    let usual = run_with(&["render"], b"").stdout;
    let mut inert: BTreeSet<String> = keys(DEFAULTS);
    let all = inert.clone();
    let mut set = BTreeSet::new();
    for case in cases().into_iter().filter(|case| !case.is_mistaken()) {
        let Some(values) = case.values() else {
            continue;
        };
        let in_case = keys(&values);
        for key in &all {
            let is_set = |other: &String| other == key || other.starts_with(&format!("{key}."));
            if !in_case.iter().any(is_set) {
                continue;
            }
            set.insert(key.clone());
            // Without this key the case renders to something else.
            if inert.contains(key) && without(&case, &values, key) != case.render().stdout {
                inert.remove(key);
            }
        }
    }
    assert!(!usual.is_empty());
    let unset: Vec<&String> = all.difference(&set).collect();
    assert!(unset.is_empty(), "no case sets {unset:?}");
    let expected: BTreeSet<String> = WITHOUT_OUTPUT
        .iter()
        .map(|(key, _)| (*key).to_owned())
        .collect();
    assert_eq!(inert, expected);
}

#[test]
fn an_empty_text_says_as_little_as_null_for_every_optional_text() {
    // What makes as many keys as possible mean something.
    const SWITCHES: [&str; 6] = [
        "render",
        "--set",
        "valkey.backup.enabled=true,valkey.service.type=LoadBalancer",
        "--set",
        "podAnnotations.a=b",
        "-v",
    ];
    let render = |more: &[&str]| run_with(&[&SWITCHES, more].concat(), b"");
    let usual = render(&[]);
    assert_eq!(usual.code, 0, "{}", usual.stderr);
    let defaults = &yaml::read(DEFAULTS, 0).unwrap().documents[0];
    let at = |key: &str| {
        key.split('.')
            .try_fold(defaults, |node, key| Some(&node.entry(key)?.value))
            .unwrap()
    };
    let (mut texts, mut others) = (0, Vec::new());
    for key in keys(DEFAULTS) {
        let is_optional = at(&key).is_null()
            || at(&key)
                .scalar()
                .is_some_and(|scalar| scalar.text.is_empty());
        // Quantities are entries of a map of Kubernetes' own, in which every entry says something.
        if !is_optional || key.contains(".resources.") {
            continue;
        }
        let empty = render(&["--set-string", &format!("{key}=")]);
        if empty.code == 0 {
            let null = render(&["--set", &format!("{key}=null")]);
            assert_eq!(empty, usual, "{key}");
            // A text that is there by default, though empty, is not optional: null means to leave it out.
            assert!(
                null == usual || null.stderr.contains("missing-value"),
                "{key}"
            );
            texts += 1;
        } else {
            let code = empty.stderr.split(['[', ']']).nth(1).unwrap().to_owned();
            others.push((key, code));
        }
    }
    assert!(texts >= 28, "{texts}");
    // What is no text, and the one text of which an empty one is a mistake.
    others.retain(|(_, code)| code != "wrong-type");
    assert_eq!(
        others,
        [(
            "valkey.password.value".to_owned(),
            "empty-password".to_owned()
        )]
    );
}

/// Renders a case without one of its keys.
fn without(case: &crate::support::Case, values: &str, key: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let text = crate::support::without(values, key);
    std::fs::write(directory.path().join("values.yaml"), text).unwrap();
    if case.directory.join("args").exists() {
        std::fs::copy(case.directory.join("args"), directory.path().join("args")).unwrap();
    }
    crate::support::Case {
        name: case.name.clone(),
        directory: directory.path().to_owned(),
    }
    .render()
    .stdout
}
