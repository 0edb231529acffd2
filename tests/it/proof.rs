//! `docs/proof.md` says what is shown by which test on which versions: its tables are made from the tests themselves.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::{holds, root};

const SERVERS: &str = "Redis 7.0, Redis 8.0, Valkey 8.1";

/// A module of tests: its name, what it says of itself, and its tests.
struct Module {
    name: String,
    about: String,
    tests: Vec<String>,
    versions: &'static str,
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// The modules of `programs` that have tests, and the backup's.
fn modules() -> Vec<Module> {
    let directory = root().join("tests/it/programs");
    let mut paths: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .chain([root().join("tests/it/backup.rs")])
        .collect();
    paths.sort();
    let modules = paths.iter().map(|path| module(path));
    modules.filter(|module| !module.tests.is_empty()).collect()
}

fn module(path: &Path) -> Module {
    let text = read(path);
    let about: Vec<&str> = text
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let of_servers = listed(&text);
    let versions = if !of_servers.is_empty() || text.contains("fn kept_and_pruned") {
        SERVERS
    } else if text.contains("Suite::Trixie") {
        "Debian trixie's programs"
    } else {
        ""
    };
    let mut tests = of_servers;
    let mut lines = text.lines().skip_while(|line| *line != "#[test]");
    while let Some(line) = lines.next() {
        if line == "#[test]" {
            let function = lines.by_ref().find_map(|line| {
                let seen = ["pub(super) fn ", "pub(crate) fn ", "fn "];
                seen.iter().find_map(|start| line.strip_prefix(start))
            });
            tests.push(function.unwrap().split('(').next().unwrap().to_owned());
        }
    }
    Module {
        name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
        about: about.join(" "),
        tests,
        versions,
    }
}

/// The functions that `on_every_server!` makes tests of.
fn listed(text: &str) -> Vec<String> {
    let Some((_, rest)) = text.split_once("\non_every_server!(") else {
        return Vec::new();
    };
    let names = rest.split(");").next().unwrap();
    names
        .split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn programs() -> String {
    let mut table = String::from("| what | shown by | on |\n|---|---|---|\n");
    for module in modules() {
        let tests: Vec<String> = module.tests.iter().map(|name| words(name)).collect();
        writeln!(
            table,
            "| {} | `{}`: {} | {} |",
            module.about.replace('|', "\\|"),
            module.name,
            tests.join("; "),
            module.versions
        )
        .unwrap();
    }
    table
}

/// The parts of `scripts/test-cluster`, each with the comment above its function and what it checks.
fn cluster() -> String {
    let mut table = String::from("| part | checks |\n|---|---|\n");
    let main = read(&root().join("scripts/test-cluster"));
    let parts = main.split_once("\nparts=(").unwrap().1;
    let parts = parts.split(')').next().unwrap();
    let text = main.clone() + &read(&root().join("scripts/cluster-operations"));
    for part in parts.split_whitespace() {
        let (before, after) = text.split_once(&format!("\n{part}() {{\n")).unwrap();
        let about = before.lines().last().unwrap().strip_prefix("# ").unwrap();
        let body = after.split("\n}\n").next().unwrap();
        let checks: Vec<&str> = body
            .lines()
            .map(str::trim)
            .filter_map(|line| {
                line.strip_prefix("check \"")
                    .or(line.strip_prefix("must \""))
            })
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        assert!(!checks.is_empty(), "{part}");
        writeln!(table, "| `{part}`: {about} | {} |", checks.join("; ")).unwrap();
    }
    table
}

/// The servers' packages by Debian release, as `scripts/test` installs them.
fn installed() -> String {
    let script = read(&root().join("scripts/test"));
    let mut table = String::from("| Debian | packages |\n|---|---|\n");
    for suite in ["bookworm", "trixie"] {
        let line = script
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{suite}=(")));
        let packages: Vec<String> = line
            .unwrap()
            .trim_end_matches(')')
            .split(' ')
            .map(|package| format!("`{package}`"))
            .collect();
        writeln!(table, "| {suite} | {} |", packages.join(", ")).unwrap();
    }
    table
}

#[test]
fn its_tables_are_made_from_the_tests() {
    for (mark, table) in [
        ("programs", programs()),
        ("cluster", cluster()),
        ("installed", installed()),
    ] {
        holds("docs/proof.md", mark, &table);
    }
}
