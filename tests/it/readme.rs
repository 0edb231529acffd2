//! README.md is true: its session is run, its table is made from the values.

use std::process::Command;

use cachegen::lint;
use cachegen::tier::ALERTS;
use cachegen::values::json_schema::comment;
use cachegen::values::layer::DEFAULTS;
use cachegen::yaml::{self, Content, Node};

use crate::support::{finish, holds, holds_part, root, search_path};

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

#[test]
fn the_session_says_what_the_program_says() {
    let readme = readme();
    let sessions: String = readme
        .split("<!-- session -->\n```console\n")
        .skip(1)
        .map(|rest| format!("{}\n", rest.split("\n```\n").next().unwrap()))
        .collect();
    let mut n_commands = 0;
    for step in sessions.split("$ ").skip(1) {
        let (command, expected) = step.split_once('\n').unwrap();
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("{{ {command}; }} 2>&1")])
            .env("PATH", search_path());
        let prompt = format!("$ {command}\n");
        let part = |text: &str| {
            let from = text.find(&prompt).unwrap() + prompt.len();
            from..from + expected.trim_end().len()
        };
        holds_part("README.md", part, finish(shell, b"").stdout.trim_end());
        n_commands += 1;
    }
    assert!(n_commands >= 3);
}

#[test]
fn the_table_of_values_is_that_of_the_defaults() {
    holds("README.md", "values", &table());
}

#[test]
fn the_table_of_alerts_is_that_of_the_program() {
    let mut table = String::from(
        "| alert | severity | for | threshold | fires when |\n|---|---|---|---|---|\n",
    );
    for alert in ALERTS {
        let threshold = match alert.threshold {
            Some((number, unit)) => format!("{number} {unit} "),
            None => String::new(),
        };
        table.push_str(&format!(
            "| `{}` | {} | {} | {threshold}| {} |\n",
            alert.name, alert.severity, alert.hold, alert.meaning
        ));
    }
    holds("README.md", "alerts", &table);
}

#[test]
fn the_table_of_rules_is_that_of_the_program() {
    let mut table = String::from("| code | severity | finds |\n|---|---|---|\n");
    for rule in lint::rules() {
        table.push_str(&format!(
            "| `{}` | {} | {} |\n",
            rule.code, rule.severity, rule.what
        ));
    }
    holds("README.md", "rules", &table);
}

fn table() -> String {
    let reading = yaml::read(DEFAULTS, 0).unwrap();
    let mut rows = String::from("| key | default | |\n|---|---|---|\n");
    rows_of(&reading.documents[0], "", &mut rows);
    rows
}

fn rows_of(node: &Node, path: &str, rows: &mut String) {
    let Content::Mapping(entries) = &node.content else {
        panic!("a map")
    };
    for entry in entries {
        let path = if path.is_empty() {
            entry.key.to_string()
        } else {
            format!("{path}.{}", entry.key)
        };
        let meaning = comment(entry.key_span.start as usize).replace('|', "\\|");
        if matches!(&entry.value.content, Content::Mapping(inner) if !inner.is_empty()) {
            if !meaning.is_empty() {
                rows.push_str(&format!("| `{path}` | | {meaning} |\n"));
            }
            rows_of(&entry.value, &path, rows);
            continue;
        }
        let default = DEFAULTS[entry.key_span.end as usize..]
            .lines()
            .next()
            .unwrap()
            .trim_start_matches(':')
            .trim();
        assert!(!meaning.is_empty(), "`{path}` has no comment");
        rows.push_str(&format!("| `{path}` | `{default}` | {meaning} |\n"));
    }
}
