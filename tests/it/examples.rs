//! What `examples/` has is true: the outputs are rendered, and the commands in its files are run as they stand there.

use std::path::{Path, PathBuf};
use std::process::Command;

use cachegen::yaml::{Value, read};

use crate::support::{
    Run, begin, commit, files, finish, git, plain, root, run, run_in, search_path,
};

/// Makes a repository of the examples, in a branch beside `origin/main`, and returns its directory.
pub(crate) fn repository() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    for file in files("examples", "") {
        let target = path.join(file.strip_prefix(root().join("examples")).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file, target).unwrap();
    }
    begin(path);
    git(path, &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    directory
}

/// Reads a file of the examples that has one document.
fn example(name: &str) -> Value {
    let text = std::fs::read_to_string(root().join("examples").join(name)).unwrap();
    let reading = read(&text, 0).unwrap();
    assert_eq!((reading.faults, reading.documents.len()), (Vec::new(), 1));
    plain(&reading.documents[0])
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_sequence).unwrap();
    items
        .iter()
        .map(|item| item.as_str().unwrap().to_owned())
        .collect()
}

/// Runs commands one after the other as a runner does, and returns the first that fails, with what all of them said.
fn runner(
    path: &Path,
    shell: &[&str],
    commands: &[String],
    environment: &[(&str, &str)],
) -> (Option<usize>, Run) {
    let mut last = None;
    for (index, command) in commands.iter().enumerate() {
        let mut process = Command::new(shell[0]);
        process.args(&shell[1..]).arg(command).current_dir(path);
        process
            .env("PATH", search_path())
            .envs(environment.iter().copied());
        let run = finish(process, b"");
        let is_failed = run.code != 0;
        last = Some(run);
        if is_failed {
            return (Some(index), last.unwrap());
        }
    }
    (None, last.unwrap())
}

/// The `run` lines of the workflow, without the one that installs.
fn workflow(path: &Path) -> (Option<usize>, Run) {
    let document = example(".github/workflows/cachegen.yaml");
    let steps = document
        .at(&["jobs", "cachegen", "steps"])
        .and_then(Value::as_sequence)
        .unwrap();
    let commands: Vec<String> = steps
        .iter()
        .filter_map(|step| step.at(&["run"]).and_then(Value::as_str))
        .filter(|command| !command.starts_with("cargo install"))
        .map(str::to_owned)
        .collect();
    assert_eq!(commands.len(), steps.len() - 2, "{commands:?}");
    runner(
        path,
        &["bash", "-e", "-c"],
        &commands,
        &[
            ("GITHUB_BASE_REF", "main"),
            ("GITHUB_STEP_SUMMARY", "summary.md"),
        ],
    )
}

/// The `script` lines of the job.
fn job(path: &Path) -> (Option<usize>, Run) {
    let commands = texts(example(".gitlab-ci.yml").at(&["cachegen", "script"]));
    runner(
        path,
        &["bash", "-eo", "pipefail", "-c"],
        &commands,
        &[("CI_MERGE_REQUEST_DIFF_BASE_SHA", "origin/main")],
    )
}

fn change(path: &Path, file: &str, from: &str, to: &str) {
    let file = path.join(file);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{}: {from}", file.display());
    std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
}

/// Set `CACHEGEN_UPDATE=1` to write the outputs anew.
#[test]
fn the_outputs_are_what_the_values_say() {
    let path = root().join("examples");
    if std::env::var_os("CACHEGEN_UPDATE").is_some() {
        run_in(&path, &["render", "--all"], "");
    }
    for arguments in [&["check"][..], &["lint", "--allow", "missing-digest"]] {
        let run = run_in(&path, arguments, "");
        run.is_silent(&format!("{arguments:?}"));
    }
}

#[test]
fn a_pipeline_passes_what_does_no_harm_and_says_what_comes_of_it() {
    for (pipeline, report) in [
        (workflow as fn(&Path) -> _, "summary.md"),
        (job, "consequences.md"),
    ] {
        let directory = repository();
        let path = directory.path();
        assert_eq!(pipeline(path).0, None);
        change(path, "values/pages.yaml", "256mb", "300mb");
        assert_eq!(run_in(path, &["render", "--all"], "").code, 0);
        // A tier that is new has no past to compare with.
        std::fs::write(path.join("values/new.yaml"), "valkey: {workload: {use: cache, writesPerSecond: 10}, settings: {maxmemoryPolicy: allkeys-lru}}\n").unwrap();
        change(
            path,
            "cachegen.yaml",
            "renders:\n",
            "renders:\n- {name: new, namespace: shop, values: [values/new.yaml], output: manifests/new.yaml}\n",
        );
        assert_eq!(run_in(path, &["render", "--all"], "").code, 0);
        commit(path);
        let (failed, last) = pipeline(path);
        assert_eq!(failed, None, "{last:?}");
        let said = std::fs::read_to_string(path.join(report)).unwrap();
        for words in [
            "`ConfigMap/pages-redis-config` `data[\"redis.conf\"] maxmemory`: `268435456 (256Mi)` →",
            "CONFIG SET maxmemory 314572800",
            "`StatefulSet/new-redis`: new",
        ] {
            assert!(said.contains(words), "{report}: {words}\n{said}");
        }
    }
}

#[test]
fn a_pipeline_stops_at_the_first_thing_that_is_wrong() {
    for pipeline in [workflow as fn(&Path) -> _, job] {
        let stops_at = |file: &str, from: &str, to: &str, is_rendered: bool| {
            let directory = repository();
            let path = directory.path();
            change(path, file, from, to);
            if is_rendered {
                assert_eq!(run_in(path, &["render", "--all"], "").code, 0);
            }
            commit(path);
            let (failed, last) = pipeline(path);
            (failed, last.stdout)
        };
        let (failed, said) = stops_at("values/pages.yaml", "256mb", "300mb", false);
        assert_eq!(failed, Some(0), "{said}");
        let (failed, said) = stops_at("values/pages.yaml", "allkeys-lru", "noeviction", true);
        assert_eq!(failed, Some(1), "{said}");
        assert!(said.contains("cache-never-evicts"), "{said}");
        let (failed, said) = stops_at(
            "values/sessions.yaml",
            "  storage:\n",
            "  storage:\n    className: fast\n",
            true,
        );
        assert_eq!(failed, Some(3), "{said}");
        assert!(
            said.starts_with("manifests/sessions.yaml\ndata risk\n"),
            "{said}"
        );
    }
}

/// Runs the plugin's command in a directory of the repository, in the environment that Argo CD gives it.
fn plugin(path: &Path, environment: &[(&str, &str)]) -> Run {
    let document = example("argocd/plugin.yaml");
    let generate = |key: &str| texts(document.at(&["spec", "generate", key]));
    let words = [generate("command"), generate("args")].concat();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).current_dir(path).env_clear();
    command
        .env("PATH", search_path())
        .env("ARGOCD_APP_NAME", "sessions")
        .env("ARGOCD_APP_NAMESPACE", "shop")
        .envs(environment.iter().copied());
    finish(command, b"")
}

#[test]
fn the_plugin_renders_what_an_application_asks_for() {
    let directory = repository();
    let values = directory.path().join("values");
    let application = example("argocd/application-plugin.yaml");
    let parameters = application
        .at(&["spec", "source", "plugin", "parameters"])
        .and_then(Value::as_sequence)
        .unwrap();
    let parameters: Vec<(String, &str)> = parameters
        .iter()
        .map(|parameter| {
            let text = |key: &str| parameter.at(&[key]).and_then(Value::as_str).unwrap();
            (
                format!("PARAM_{}", text("name").to_uppercase()),
                text("string"),
            )
        })
        .collect();
    let parameters: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, text)| (name.as_str(), *text))
        .collect();
    let run = plugin(&values, &parameters);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let committed = std::fs::read_to_string(root().join("examples/manifests/sessions.yaml"));
    assert_eq!(run.stdout, committed.unwrap());

    let all = [
        ("PARAM_NAME", "other"),
        ("PARAM_PROFILE", "lite"),
        ("PARAM_VALUES", "common.yaml"),
    ];
    let run = plugin(&values, &all);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("\n  name: other-redis-env\n"));
}

#[test]
fn the_plugin_takes_no_parameter_for_anything_else() {
    let directory = repository();
    let values = directory.path().join("values");
    std::fs::write(values.join("values.yaml"), "{}\n").unwrap();
    for (name, text) in [
        ("PARAM_VALUES", "/etc/passwd"),
        ("PARAM_VALUES", "common.yaml,/etc/passwd"),
        ("PARAM_VALUES", "../cachegen.yaml"),
        ("PARAM_VALUES", "$(touch made)"),
        ("PARAM_NAME", "--output-dir=made"),
        ("PARAM_NAME", "a; touch made"),
        ("PARAM_PROFILE", "lite --output-dir=made"),
        ("ARGOCD_APP_NAMESPACE", "--no-namespace"),
    ] {
        let run = plugin(&values, &[(name, text)]);
        assert_ne!(run.code, 0, "{name}={text}");
        assert_eq!(run.stdout, "", "{name}={text}");
        assert!(!run.stderr.contains("root:"), "{}", run.stderr);
        assert!(!values.join("made").exists(), "{name}={text}");
    }
}

#[test]
fn files_name_only_what_is_there() {
    let directory = repository();
    let hooks = hooks();
    let config = example(".pre-commit-config.yaml");
    let used = config.at(&["repos"]).and_then(Value::as_sequence).unwrap()[0].at(&["hooks"]);
    for hook in used.and_then(Value::as_sequence).unwrap() {
        let id = hook.at(&["id"]).and_then(Value::as_str).unwrap();
        assert!(hooks.contains(&id.to_owned()), "{id}");
    }
    for application in ["argocd/application.yaml", "argocd/application-plugin.yaml"] {
        let application = example(application);
        let source = application.at(&["spec", "source", "path"]);
        let source: PathBuf = directory
            .path()
            .join(source.and_then(Value::as_str).unwrap());
        assert!(source.is_dir(), "{}", source.display());
    }
    // The readme names every file but those that are read by others.
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for file in files("examples", "") {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        let part = name.rsplit_once('/').unwrap().0;
        assert!(
            readme.contains(&format!("({name})")) || readme.contains(&format!("({part})")),
            "{name}"
        );
    }
}

/// The ids of the hooks that this repository has, each of which begins with a command.
pub(crate) fn hooks() -> Vec<String> {
    let text = std::fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let document = plain(&read(&text, 0).unwrap().documents[0]);
    let hooks = document.as_sequence().unwrap();
    hooks
        .iter()
        .map(|hook| {
            let text = |key: &str| hook.at(&[key]).and_then(Value::as_str).unwrap();
            let words: Vec<&str> = text("entry").split(' ').collect();
            assert_eq!(words[0], "cachegen");
            assert_eq!(run(&[words[1], "--help"]).code, 0);
            text("id").to_owned()
        })
        .collect()
}
