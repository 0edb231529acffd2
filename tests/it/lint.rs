//! Lint: each rule fires where it should and nowhere else, in every format, and nothing good is called bad.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::support::{Run, cases, finish, program, root, run, run_in, run_with};
use serde_json::Value;

/// Returns the codes that the program lists.
fn codes() -> BTreeSet<String> {
    run(&["lint", "--list"])
        .stdout
        .lines()
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

fn directory(code: &str) -> PathBuf {
    root().join("tests/lint").join(code)
}

/// The files of a rule whose names begin so.
fn files(code: &str, start: &str) -> Vec<String> {
    let mut files: Vec<String> = std::fs::read_dir(directory(code))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(start))
        .collect();
    files.sort();
    files
}

/// Runs a command on a file of a rule, above its `base.yaml` and with its arguments, if it has them.
fn on_file(command: &str, code: &str, file: &str, further: &[&str]) -> Run {
    let directory = directory(code);
    let mut process = program();
    process.current_dir(&directory).arg(command);
    if directory.join("base.yaml").exists() {
        process.args(["-f", "base.yaml"]);
    }
    let arguments = std::fs::read_to_string(directory.join("args")).unwrap_or_default();
    process
        .args(["-f", file])
        .args(arguments.lines())
        .args(further);
    finish(process, b"")
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"))
}

/// The findings of one code.
fn of_code<'d>(document: &'d Value, code: &str) -> impl Iterator<Item = &'d Value> {
    let findings = document["findings"].as_array().unwrap().iter();
    findings.filter(move |finding| finding["code"] == code)
}

/// What is found, as `line:column severity`, by code; what is in another file than the last one says in which.
fn found(document: &Value, file: &str) -> Vec<(String, String)> {
    let findings = document["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| {
            let location = &finding["location"];
            let other = match location["source"].as_str() {
                Some(source) if source != file => format!("{source}:"),
                _ => String::new(),
            };
            let place = format!(
                "{other}{}:{} {}",
                location["line"],
                location["column"],
                finding["severity"].as_str().unwrap()
            );
            (finding["code"].as_str().unwrap().to_owned(), place)
        })
        .collect()
}

#[test]
fn every_rule_has_files_on_which_it_fires_and_files_on_which_it_does_not() {
    let on_disk: BTreeSet<String> = std::fs::read_dir(root().join("tests/lint"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(on_disk, codes());
    for code in codes() {
        assert!(
            !files(&code, "fires").is_empty() && !files(&code, "quiet").is_empty(),
            "{code}"
        );
    }
}

#[test]
fn a_rule_fires_at_the_values_that_its_files_say_and_at_no_other() {
    for code in codes() {
        let of_code = |file: &str| {
            let run = on_file("lint", &code, file, &["-o", "json", "--fail-on", "never"]);
            assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{code}/{file}");
            found(&json(&run), file)
                .into_iter()
                .filter(|(found, _)| *found == code)
                .map(|(_, place)| place)
                .collect::<Vec<String>>()
        };
        for file in files(&code, "fires") {
            let text = std::fs::read_to_string(directory(&code).join(&file)).unwrap();
            let expected = text
                .lines()
                .next()
                .unwrap()
                .strip_prefix("# finds: ")
                .unwrap();
            assert_eq!(of_code(&file).join(", "), expected, "{code}/{file}");
        }
        for file in files(&code, "quiet") {
            assert_eq!(of_code(&file), Vec::<String>::new(), "{code}/{file}");
        }
    }
}

#[test]
fn what_a_rule_finds_is_as_bad_as_it_says() {
    for line in run(&["lint", "--list"]).stdout.lines() {
        let mut words = line.split_whitespace();
        let (code, severity) = (words.next().unwrap(), words.next().unwrap());
        let is_found = files(code, "fires").into_iter().any(|file| {
            let run = on_file("lint", code, &file, &["-o", "json", "--fail-on", "never"]);
            found(&json(&run), &file)
                .iter()
                .any(|(found, place)| found == code && place.ends_with(severity))
        });
        assert!(is_found, "{line}");
    }
}

/// A value that is called dead, or a no-op, changes no byte of what is rendered.
#[test]
fn without_a_dead_value_or_a_no_op_the_same_bytes_come_out() {
    for code in ["dead-value", "no-op-value", "null-removes-nothing"] {
        for file in files(code, "fires") {
            let run = on_file("lint", code, &file, &["-o", "json", "--fail-on", "never"]);
            let rendered = on_file("render", code, &file, &[]).stdout;
            assert!(rendered.starts_with("---"), "{code}/{file}");
            for finding in of_code(&json(&run), code) {
                let text = std::fs::read_to_string(directory(code).join(&file)).unwrap();
                let path = finding["value"].as_str().unwrap();
                let rest = crate::support::without(&text, path);
                assert_ne!(rest, text, "{path}");
                let scratch = tempfile::tempdir().unwrap();
                let stripped = scratch.path().join("values.yaml");
                std::fs::write(&stripped, rest).unwrap();
                let again = on_file("render", code, stripped.to_str().unwrap(), &[]);
                assert_eq!(again.stdout, rendered, "{code}/{file}: {path}");
            }
        }
    }
}

#[test]
fn the_profiles_as_they_stand_give_notes_at_most() {
    for profile in ["standard", "lite"] {
        let run = run(&["lint", "--profile", profile]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    }
    assert_eq!(run(&["lint", "--profile", "lite"]).stdout, "");
    assert_eq!(run(&["lint", "--fail-on", "note"]).code, 1);
}

/// Every case that renders, with what a reviewer would say of it; a note is no blame.
#[test]
fn what_is_said_of_the_cases_is_what_a_reviewer_would_say() {
    let mut said = Vec::new();
    for case in cases().into_iter().filter(|case| !case.is_mistaken()) {
        let mut command = program();
        command
            .current_dir(&case.directory)
            .args(["lint", "-o", "json", "--fail-on", "never"]);
        if case.values().is_some() {
            command.args(["-f", "values.yaml"]);
        }
        // Those of render alone come last.
        command.args(case.arguments().iter().take_while(|word| *word != "-s"));
        let run = finish(command, b"");
        for (code, place) in found(&json(&run), "values.yaml") {
            if !place.ends_with("note") {
                said.push(format!("{} {code} {place}", case.name));
            }
        }
    }
    assert_eq!(
        said,
        [
            "backup-existing-claim network-policy-off 22:29 warning",
            "diagnostic-mode diagnostic-mode 1:27 warning",
            "exporter-off monitoring-off 2:24 warning",
            "kubernetes-rules cpu-limit 23:31 warning",
            "kubernetes-types not-restricted 4:41 warning",
            "kubernetes-types not-restricted 13:5 warning",
            "kubernetes-types floating-tag 14:12 warning",
            "memory-stated volume-too-small 5:26 warning",
            "network-policy network-policy-open 13:14 warning",
            "network-policy-off network-policy-off 2:29 warning",
            "passwords-inline plaintext-password 3:12 warning",
            "pod-additions not-restricted 11:5 warning",
            "pod-additions not-restricted 15:5 warning",
            "pod-placement unreachable-nodes 3:14 warning",
            "storage-class volume-not-retained 6:37 warning",
            "storage-class volume-not-retained 6:57 warning",
        ]
    );
}

const BAD: &str = "\
valkey:
  resources:
    limits: { cpu: 500m, memory: 512Mi }
  password:
    value: correct-horse
client:
  env:
    API_TOKEN: \"battery%staple\"
";

#[test]
fn severities_decide_the_exit_code() {
    for (threshold, code) in [("note", 1), ("warning", 1), ("error", 0), ("never", 0)] {
        let run = run_with(&["lint", "-f", "-", "--fail-on", threshold], BAD.as_bytes());
        assert_eq!((run.code, run.stderr.as_str()), (code, ""), "{threshold}");
    }
    let gone = b"extraObjects: [{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, metadata: {name: a}}]";
    for (threshold, code) in [("error", 1), ("never", 0)] {
        let run = run_with(&["lint", "-f", "-", "--fail-on", threshold], gone);
        assert_eq!(run.code, code, "{threshold}: {}", run.stdout);
    }
    let quiet = run_with(
        &[
            "lint",
            "-f",
            "-",
            "--allow",
            "cpu-limit,memory-headroom,plaintext-password",
        ],
        BAD.as_bytes(),
    );
    assert_eq!(quiet.code, 0);
    assert!(
        quiet.stdout.ends_with("notes, 4 waived\n"),
        "{}",
        quiet.stdout
    );
}

#[test]
fn people_see_the_line_its_numbers_and_the_fix() {
    let run = run_with(&["lint", "-f", "-"], BAD.as_bytes());
    for part in [
        "warning[memory-headroom]: the memory limit of 512Mi with maxmemory 384Mi holds about 770 writes a second",
        " --> <stdin>:3:34\n",
        "help: leave the limit out for 896Mi, or lower maxmemory to 228mb",
        "note[missing-digest]: an image without a digest\n  <stdin>:1:1: `redis:7.2-alpine`",
        "4 warnings, 2 notes\n",
    ] {
        assert!(run.stdout.contains(part), "{part}\n{}", run.stdout);
    }
    let colored = run_with(&["lint", "-f", "-", "--color", "always"], BAD.as_bytes());
    assert!(colored.stdout.contains("\u{1b}["));
    assert!(!run.stdout.contains("\u{1b}["));
}

#[test]
fn no_format_shows_a_secret() {
    let set = "valkey.extraEnv[0].name=DB_PASSWORD,valkey.extraEnv[0].value=correct-horse";
    let again = format!(
        "{BAD}extraObjects: [{{apiVersion: v1, kind: Secret, metadata: {{name: a}}, stringData: {{a: correct-horse}}}}]\n"
    );
    for format in ["human", "json", "sarif", "github"] {
        // The second file repeats the password, so that it is a value without effect too.
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("again.yaml");
        std::fs::write(&file, &again).unwrap();
        let file = file.to_str().unwrap();
        let run = run_with(
            &["lint", "-f", "-", "-f", file, "--set", set, "-o", format],
            BAD.as_bytes(),
        );
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(run.stdout.contains("plaintext-password"));
        for secret in ["correct", "horse", "battery", "staple"] {
            assert!(
                !run.stdout.contains(secret) && !run.stderr.contains(secret),
                "{format}: {}",
                run.stdout
            );
        }
    }
}

#[test]
fn what_cannot_be_rendered_is_told_in_every_format_and_is_exit_code_2() {
    let values = b"valkey: {replicas: 2, storag: 1}\n";
    for (format, parts) in [
        ("json", ["\"invalid-number\"", "\"unknown-key\""]),
        ("sarif", ["\"invalid-number\"", "\"unknown-key\""]),
        ("github", ["title=invalid-number::", "title=unknown-key::"]),
    ] {
        let run = run_with(&["lint", "-f", "-", "-o", format], values);
        assert_eq!(run.code, 2);
        for part in parts {
            assert!(run.stdout.contains(part), "{format}: {}", run.stdout);
        }
        assert!(run.stderr.contains("2 errors, nothing was written"));
    }
    let human = run_with(&["lint", "-f", "-"], values);
    assert_eq!((human.code, human.stdout.as_str()), (2, ""));
    for arguments in [
        &["lint", "--explain", "cpu-limits"][..],
        &["lint", "--allow", "cpu-limits"],
    ] {
        let run = run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""));
        assert!(
            run.stderr
                .contains("a rule with a similar name exists: `cpu-limit`"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn each_code_is_explained() {
    for code in codes() {
        let run = run(&["lint", "--explain", &code]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert!(run.stdout.starts_with(&format!("{code} (")) && run.stdout.contains("\nfix: "));
        assert!(
            run.stdout.lines().all(|line| line.len() <= 160),
            "{}",
            run.stdout
        );
    }
}

/// Warnings of as many passwords as there are, in a file.
fn passwords(n: usize) -> Run {
    let names: String = (0..n)
        .map(|n| format!("    A{n}_PASSWORD: b{n}\n"))
        .collect();
    lint_file("a.yaml", &format!("client:\n  env:\n{names}"), "github")
}

#[test]
fn ten_annotations_of_a_level_are_shown_and_of_more_nine() {
    let warnings = |run: &Run| run.stdout.matches("::warning ").count();
    let none = warnings(&passwords(0));
    for (n, is_cut) in [(10, false), (11, true)] {
        let run = passwords(n - none);
        assert_eq!(warnings(&run), 10, "{n}: {}", run.stdout);
        assert_eq!(run.stdout.contains(" more: see"), is_cut, "{}", run.stdout);
    }
    // The file is not in the words as well.
    let run = passwords(1);
    let message = "title=plaintext-password::the value of `A0_PASSWORD`";
    assert!(run.stdout.contains(message), "{}", run.stdout);
}

#[test]
fn programs_get_findings_in_the_order_of_their_places() {
    let values = "profile: standard\nvalkey: {resources: {limits: {cpu: 1}}}\npodLabels: {}\n";
    let document = json(&run_with(
        &["lint", "-f", "-", "-o", "json"],
        values.as_bytes(),
    ));
    let all = found(&document, "<stdin>");
    let of: Vec<&str> = all
        .iter()
        .filter(|(code, _)| ["no-op-value", "cpu-limit"].contains(&&**code))
        .map(|(_, place)| &**place)
        .collect();
    assert_eq!(of, ["1:10 note", "2:36 warning", "3:12 note"]);
}

/// Each line is as long as fits into 100 characters.
#[test]
fn the_reason_of_a_rule_is_broken_where_the_next_word_would_not_fit() {
    let mut n_full = 0;
    for code in codes() {
        let text = run(&["lint", "--explain", &code]).stdout;
        let (_, reason) = text.split_once("\n\n").unwrap();
        let (reason, _) = reason.split_once("\nfix: ").unwrap();
        let lines: Vec<&str> = reason.lines().collect();
        for line in &lines {
            let length = line.chars().count();
            assert!((1..=100).contains(&length), "{text}");
            assert_eq!(line.split_whitespace().collect::<Vec<_>>().join(" "), *line);
            n_full += usize::from(length == 100);
        }
        for pair in lines.windows(2) {
            let next = pair[1].split(' ').next().unwrap();
            assert!(
                format!("{} {next}", pair[0]).chars().count() > 100,
                "{text}"
            );
        }
    }
    assert!(n_full > 0);
}

fn sarif_validator() -> jsonschema::Validator {
    let text = std::fs::read_to_string(root().join("tests/data/sarif-schema-2.1.0.json")).unwrap();
    // A bracket that closes nothing is a bracket to JavaScript, and a fault to the validator.
    assert_eq!(text.matches("[a-zA-Z]{2}]?$").count(), 2);
    let text = text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}\\\\]?$");
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

#[test]
fn sarif_is_what_its_schema_says_and_points_to_the_lines() {
    let validator = sarif_validator();
    // A validator that accepts anything would prove nothing.
    let broken = serde_json::json!({"version": "2.1.0", "runs": [{"results": []}]});
    assert!(!validator.is_valid(&broken));
    for code in codes() {
        for file in files(&code, "fires") {
            let run = on_file("lint", &code, &file, &["-o", "sarif", "--fail-on", "never"]);
            let document = json(&run);
            let errors: Vec<String> = validator
                .iter_errors(&document)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert_eq!(errors, Vec::<String>::new(), "{code}/{file}");
            let run = &document["runs"][0];
            let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
            let mut is_there = false;
            for result in run["results"].as_array().unwrap() {
                let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
                assert_eq!(rules[index]["id"], result["ruleId"]);
                is_there |= result["ruleId"] == code.as_str();
            }
            assert!(is_there, "{code}/{file}");
        }
    }
    let empty = json(&run(&["lint", "--profile", "lite", "-o", "sarif"]));
    assert!(validator.is_valid(&empty) && empty["runs"][0]["results"] == serde_json::json!([]));
}

/// Writes values where a name needs escaping, and lints them there.
fn lint_file(name: &str, values: &str, format: &str) -> Run {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join(name), values).unwrap();
    let mut command = program();
    command
        .current_dir(scratch.path())
        .args(["lint", "-f", &format!("./{name}"), "-o", format]);
    finish(command, b"")
}

#[test]
fn a_fingerprint_stays_when_lines_move() {
    let prints = |values: &str| {
        let document = json(&lint_file("values.yaml", values, "sarif"));
        let results = document["runs"][0]["results"].as_array().unwrap().clone();
        results
            .iter()
            .map(|result| {
                result["partialFingerprints"]["cachegenValue/v1"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect::<BTreeSet<String>>()
    };
    let before = prints(BAD);
    assert!(before.len() > 3);
    assert_eq!(before, prints(&format!("# A line more.\n\n{BAD}")));
}

/// GitHub refuses a whole log for one result whose location is in no file.
#[test]
fn every_place_in_sarif_is_in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a.yaml"), "commonLabels: {team: a}\n").unwrap();
    for (arguments, expected) in [
        (&["-f", "a.yaml"][..], Some("a.yaml")),
        (
            &["-f", "a.yaml", "--set", "valkey.resources.limits.cpu=1"],
            Some("a.yaml"),
        ),
        (&["--set", "valkey.resources.limits.cpu=1"], None),
        // Standard input is no file.
        (&["-f", "-"], None),
    ] {
        let arguments = [&["lint", "-o", "sarif", "--fail-on", "never"], arguments].concat();
        let run = run_in(directory.path(), &arguments, "commonLabels: {team: a}\n");
        let document = json(&run);
        let results = document["runs"][0]["results"].as_array().unwrap();
        assert!(!results.is_empty());
        for result in results {
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(
                place["artifactLocation"]["uri"].as_str(),
                expected,
                "{result}"
            );
            assert_eq!(
                place["region"]["startLine"].as_u64(),
                expected.map(|_| 1),
                "{result}"
            );
            let text = result["message"]["text"].as_str().unwrap();
            assert!(
                text.starts_with("default values:") || text.starts_with("--set #1:1:"),
                "{text}"
            );
        }
    }
}

#[test]
fn a_place_in_sarif_is_a_uri_and_a_range_of_characters() {
    let document = json(&lint_file(
        "a b%ü.yaml",
        "{x-ü: 1, valkey: {resources: {limits: {cpu: 500m}}}}",
        "sarif",
    ));
    let results = document["runs"][0]["results"].as_array().unwrap();
    let result = results
        .iter()
        .find(|result| result["ruleId"] == "cpu-limit")
        .unwrap();
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b%25%C3%BC.yaml");
    let region =
        serde_json::json!({"startLine": 1, "startColumn": 45, "endLine": 1, "endColumn": 49});
    assert_eq!(place["region"], region);
    assert_eq!(
        result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"],
        "valkey.resources.limits.cpu"
    );
}

#[test]
fn annotations_are_escaped_and_the_worst_come_first() {
    let values = "\
valkey:
  resources: { limits: { cpu: 500m, memory: 400Mi } }
  podDisruptionBudget: { enabled: true, maxUnavailable: 0% }
  # cachegen: allow b%0A::error::c for a reason
  replicas: 1
";
    let run = lint_file("b:c%.yaml", values, "github");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(
        lines[0].starts_with("::error file=b%3Ac%25.yaml,line=2,endLine=2,col=45,endColumn=50,title=memory-headroom::"),
        "{}",
        run.stdout
    );
    let levels: Vec<&str> = lines
        .iter()
        .map(|line| {
            line.trim_start_matches(':')
                .split([' ', ':'])
                .next()
                .unwrap()
        })
        .collect();
    let mut sorted = levels.clone();
    sorted.sort_by_key(|level| {
        ["error", "warning", "notice"]
            .iter()
            .position(|known| known == level)
    });
    assert_eq!(levels, sorted);
    assert!(run.stdout.contains("`b%250A::error::c`"), "{}", run.stdout);
    assert!(run.stdout.contains("%0Ahelp: "));
}

#[test]
fn what_github_would_drop_is_folded_into_one_line_and_the_log() {
    let ranges: String = (0..30)
        .map(|number| format!("    - ipBlock: {{ cidr: 0.0.0.0/0 }} # {number}\n"))
        .collect();
    let values = format!("valkey:\n  networkPolicy:\n    clients:\n{ranges}");
    let run = lint_file("values.yaml", &values, "github");
    let warnings: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("::warning"))
        .collect();
    assert_eq!(warnings.len(), 10);
    assert_eq!(
        warnings[9],
        "::warning title=cachegen lint::21 more: see the step's log"
    );
    let log = run.stdout.split_once("::group::").unwrap().1;
    assert_eq!(log.matches("warning[network-policy-open]: ").count(), 21);
    assert!(run.stdout.ends_with("::endgroup::\n"));
}

#[test]
fn a_finding_says_how_it_is_and_since_where() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(directory.path().join(name), text).unwrap();
    };
    let said = |code: &str, files: &[&str]| -> Vec<String> {
        let mut arguments = vec!["lint", "-o", "json", "--fail-on", "never"];
        arguments.extend(files.iter().flat_map(|file| ["-f", file]));
        let document = json(&run_in(directory.path(), &arguments, ""));
        of_code(&document, code)
            .map(|finding| finding["message"].as_str().unwrap().to_owned())
            .collect()
    };

    let (sixty, more) = ("x".repeat(60), "y".repeat(61));
    let values = format!(
        "podAnnotations:\n  empty: \"\"\n  sixty: {sixty}\n  more: {more}\ntolerations: [{{operator: Exists}}]\n\
         valkey: {{password: {{value: correct-horse}}}}\nglobal: {{a: b}}\nx-own: {{a: b}}\n"
    );
    file("first.yaml", &values);
    file("second.yaml", &values);
    assert_eq!(
        said("no-op-value", &["first.yaml", "second.yaml"]),
        [
            "`podAnnotations.empty` is empty in first.yaml already".to_owned(),
            format!("`podAnnotations.sixty` is `{sixty}` in first.yaml already"),
            "`podAnnotations.more` is the same in first.yaml already".to_owned(),
            "`tolerations` is the same in first.yaml already".to_owned(),
            "`valkey.password.value` is the same in first.yaml already".to_owned(),
        ]
    );
    file("default.yaml", "valkey: {settings: {loglevel: notice}}\n");
    assert_eq!(
        said("no-op-value", &["default.yaml"]),
        ["`valkey.settings.loglevel` is `notice` by default already"]
    );

    file(
        "nulls.yaml",
        "affinity: null\nnodeSelector: null\npodAnnotations: {a: null}\nvalkey: {resources: {limits: null}}\n",
    );
    assert_eq!(
        said("null-removes-nothing", &["nulls.yaml"]),
        [
            "`affinity` is null already",
            "`nodeSelector` is empty already",
            "there is no `podAnnotations.a` to remove",
            "everything under `valkey.resources.limits` is null already: it is derived",
        ]
    );
}

#[test]
fn data_fits_until_less_than_a_tenth_is_left() {
    for (data, severity, said) in [
        ("900mb", "", ""),
        ("901mb", "warning", "to 1002mb"),
        ("1000mb", "warning", "to 1112mb"),
        ("1001mb", "error", "to 1113mb"),
    ] {
        let values = format!(
            "valkey:\n  settings: {{ maxmemory: 1000mb }}\n  storage: {{ requestedSize: 8Gi }}\n  \
             workload: {{ dataSize: {data} }}\n"
        );
        let arguments = ["lint", "-f", "-", "-o", "json", "--fail-on", "never"];
        let document = json(&run_with(&arguments, values.as_bytes()));
        let found = of_code(&document, "data-above-maxmemory")
            .map(|finding| {
                let help = finding["help"].as_str().unwrap();
                (finding["severity"].as_str().unwrap(), help.contains(said))
            })
            .next();
        let expected = (!severity.is_empty()).then_some((severity, true));
        assert_eq!(found, expected, "{data}");
    }
}

#[test]
fn a_waiver_is_for_one_code_on_one_line() {
    let codes_of = |values: &str| -> Vec<String> {
        let run = run_with(&["lint", "-f", "-", "-o", "json"], values.as_bytes());
        found(&json(&run), "<stdin>")
            .into_iter()
            .filter(|(_, place)| !place.ends_with("note"))
            .map(|(code, _)| code)
            .collect()
    };
    let limits = "valkey:\n  resources:\n    # cachegen: allow cpu-limit quota\n    limits:\n      cpu: 500m\n      memory: 512Mi\n";
    // The line below is the key's, and the finding is two lines further down.
    assert_eq!(
        codes_of(limits),
        ["unused-waiver", "cpu-limit", "memory-headroom"]
    );
    let right = limits
        .replace("    # cachegen: allow cpu-limit quota\n", "")
        .replace(
            "      cpu",
            "      # cachegen: allow cpu-limit quota\n      cpu",
        );
    assert_eq!(codes_of(&right), ["memory-headroom"]);
    let list = "tolerations:\n- {key: a, operator: Exists}\n---\n# cachegen: allow list-shortened nothing is tolerated here\ntolerations:\n  []\n";
    assert_eq!(codes_of(list), Vec::<String>::new());
    // In the first line, and where the text of a block has just ended.
    let waived = "# cachegen: allow cpu-limit quota\nvalkey: {resources: {limits: {cpu: 500m}}}\n";
    let block = "podAnnotations:\n  note: |\n    text\n";
    for values in [waived.to_owned(), format!("{block}{waived}")] {
        assert_eq!(codes_of(&values), Vec::<String>::new(), "{values}");
    }
}

#[test]
fn a_waiver_that_waives_nothing_is_shown_whole_and_the_text_of_a_flag_is_none() {
    let waiver = "# cachegen: allow cpu-limit a quota";
    let values = format!("valkey:\n  replicas: 1 {waiver}  \n");
    let run = run_with(&["lint", "-f", "-"], values.as_bytes());
    let marks = format!("\n  |               {}\n", "^".repeat(waiver.len()));
    assert!(run.stdout.contains(&marks), "{}", run.stdout);
    let set = format!("podAnnotations.note=a {waiver}");
    assert_eq!(said("unused-waiver", "{}", &["--set-string", &set]), []);
}

#[test]
fn a_whole_map_of_a_flag_that_is_the_default_is_told() {
    let set = r#"valkey.exporter.resources.requests={"memory": "64Mi", "cpu": "50m"}"#;
    let message = "`valkey.exporter.resources.requests` is the same by default already";
    assert_eq!(
        said("no-op-value", "{}", &["--set-json", set]),
        [("note".to_owned(), message.to_owned())]
    );
}

/// What is found by a rule in values, as bad as it is.
fn said(code: &str, values: &str, arguments: &[&str]) -> Vec<(String, String)> {
    let all = [
        &["lint", "-f", "-", "-o", "json", "--fail-on", "never"],
        arguments,
    ]
    .concat();
    let document = json(&run_with(&all, values.as_bytes()));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    of_code(&document, code)
        .map(|finding| (text(&finding["severity"]), text(&finding["message"])))
        .collect()
}

#[test]
fn an_api_is_deprecated_until_the_version_that_has_it_no_more() {
    let values = "extraObjects: [{apiVersion: flowcontrol.apiserver.k8s.io/v1beta3, kind: FlowSchema, metadata: {name: a}}]";
    for (version, expected) in [
        ("1.28", None),
        ("1.29", Some(("warning", "goes away with Kubernetes 1.32"))),
        ("1.31", Some(("warning", "goes away with Kubernetes 1.32"))),
        ("1.32", Some(("error", "it is gone since 1.32"))),
    ] {
        let found = said("removed-api", values, &["--kube-version", version]);
        let found = found
            .first()
            .map(|(severity, message)| (severity.as_str(), message));
        assert_eq!(
            found.map(|found| found.0),
            expected.map(|expected| expected.0),
            "{version}"
        );
        assert!(
            found
                .zip(expected)
                .is_none_or(|(found, expected)| found.1.contains(expected.1)),
            "{found:?}"
        );
    }
}

#[test]
fn custom_kinds_are_looked_for_among_the_api_versions_where_there_are_some() {
    let values = "extraObjects: [{apiVersion: example.com/v1, kind: Widget, metadata: {name: a}}]";
    let lacking = |arguments: &[&str]| -> Vec<String> {
        let found = said("removed-api", values, arguments);
        let messages = found.iter().map(|(severity, message)| {
            assert_eq!(severity, "error");
            let (version, _) = message.strip_prefix('`').unwrap().split_once('`').unwrap();
            version.to_owned()
        });
        messages.collect()
    };
    assert_eq!(lacking(&[]), [""; 0]);
    let monitoring = "monitoring.coreos.com/v1";
    assert_eq!(lacking(&["-a", monitoring]), ["example.com/v1"]);
    assert_eq!(
        lacking(&[
            "-a",
            "example.com/v1,monitoring.coreos.com/v1/PrometheusRule"
        ]),
        [monitoring]
    );
    assert_eq!(
        lacking(&["-a", monitoring, "-a", "example.com/v1/Widget"]),
        [""; 0]
    );
}

#[test]
fn what_a_port_leads_to_is_told() {
    for (port, told) in [
        ("port: redis", "everybody may reach the server"),
        ("port: 6379", "everybody may reach the server"),
        ("protocol: TCP", "everybody may reach the server"),
        ("port: metrics", "everybody may reach the metrics"),
        ("port: 9121", "everybody may reach the metrics"),
        ("port: 9122", "everybody may reach a port of the pod"),
        ("port: http", "everybody may reach a port of the pod"),
    ] {
        let values =
            format!("valkey: {{networkPolicy: {{extraIngress: [{{ports: [{{{port}}}]}}]}}}}");
        let found = said("network-policy-open", &values, &[]);
        assert_eq!(found.len(), 1, "{port}");
        assert_eq!(found[0].1, told, "{port}");
    }
}

#[test]
fn sizes_that_are_wanted_are_told_in_mebibytes() {
    for (code, values, told) in [
        (
            "volume-too-small",
            "storage: {requestedSize: 599Mi}",
            "which is 600Mi",
        ),
        (
            "memory-headroom",
            "resources: {limits: {memory: 120Mi}}",
            "Mi at rest",
        ),
    ] {
        let values = format!("valkey: {{settings: {{maxmemory: 100Mi}}, {values}}}");
        let found = said(code, &values, &[]);
        assert!(found.len() == 1 && found[0].1.contains(told), "{found:?}");
    }
}

#[test]
fn of_findings_without_number_the_worst_are_told_and_all_are_counted() {
    let mut values = "client:\n  env:\n".to_owned();
    for number in 0..3000 {
        values += &format!("    A{number}: null\n");
    }
    values += "valkey:\n  version: \"7.2\"\n  image:\n    tag: latest\n";
    let lint = |format: &str| run_with(&["lint", "-f", "-", "-o", format], values.as_bytes());
    let document = json(&lint("json"));
    let findings = document["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1000);
    let counts = &document["counts"];
    let n_all = counts["warning"].as_u64().unwrap() + counts["note"].as_u64().unwrap();
    assert!(n_all > 3000, "{counts}");
    // The warning is the last of them.
    assert_eq!(findings[999]["code"], "floating-tag");
    let lines: Vec<u64> = findings
        .iter()
        .filter_map(|finding| finding["location"]["line"].as_u64())
        .collect();
    assert!(lines.is_sorted(), "{lines:?}");

    let document = json(&lint("sarif"));
    assert!(sarif_validator().is_valid(&document));
    let run = &document["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 1000);
    let notification = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(
        notification["message"]["text"],
        format!("{} more are found; the worst are told", n_all - 1000)
    );

    let words = lint("human").stdout;
    assert!(
        words.ends_with(" notes; the worst 200 are shown\n"),
        "{}",
        &words[words.len() - 200..]
    );
    assert_eq!(words.matches("floating-tag").count(), 1);
    let commands = lint("github").stdout;
    let rest = format!("\nand {} more\n", n_all - 1000);
    assert!(commands.contains(&rest), "{commands}");
}
