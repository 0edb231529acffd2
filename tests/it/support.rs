//! How tests run the program: arguments in, three streams' worth of outcome out.

use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use cachegen::diagnostic::Diagnostic;
use cachegen::kube::version;
use cachegen::tier::Invocation;
use cachegen::values::layer::{DEFAULTS, Layers, Origin};
use cachegen::values::schema::{self, Decoded};
use cachegen::values::{Effective, merge};
use cachegen::yaml::{self, Span, Value};

use crate::planting;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// Data.
    pub(crate) stdout: String,
    /// Words.
    pub(crate) stderr: String,
    /// Exit code.
    pub(crate) code: i32,
}

impl Run {
    /// It is well and says nothing.
    #[track_caller]
    pub(crate) fn is_silent(&self, what: &str) {
        assert_eq!(
            (self.code, self.stdout.as_str(), self.stderr.as_str()),
            (0, "", ""),
            "{what}"
        );
    }
}

/// Returns the repository's directory.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the files below a directory of the repository whose names end so.
pub(crate) fn files(directory: &str, ending: &str) -> Vec<PathBuf> {
    let mut pending = vec![root().join(directory)];
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        for entry in std::fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Returns the program, ready for arguments.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cachegen"));
    command.current_dir(root());
    command
}

/// Runs the program with arguments and standard input.
pub(crate) fn run_with(arguments: &[&str], stdin: &[u8]) -> Run {
    let mut command = program();
    command.args(arguments);
    finish(command, stdin)
}

/// Runs the program with arguments.
pub(crate) fn run(arguments: &[&str]) -> Run {
    run_with(arguments, b"")
}

/// Runs a command with standard input to its end.
pub(crate) fn finish(mut command: Command, stdin: &[u8]) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let input = stdin.to_vec();
    // A program that stops before it has read everything closes the pipe, which is its right.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        stdout: planting::into(String::from_utf8(output.stdout).unwrap()),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap_or(-1),
    }
}

/// Runs a command in a directory.
pub(crate) fn run_in(directory: &Path, arguments: &[&str], stdin: &str) -> Run {
    let mut command = program();
    command.current_dir(directory).args(arguments);
    finish(command, stdin.as_bytes())
}

/// Commits everything to a new repository.
pub(crate) fn begin(path: &Path) {
    git(path, &["init", "-q", "-b", "main"]);
    commit(path);
}

/// Commits everything.
pub(crate) fn commit(path: &Path) {
    git(path, &["add", "-A"]);
    let who = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    git(path, &[&who[..], &["commit", "-q", "-m", "x"]].concat());
}

pub(crate) fn git(path: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(path).args(arguments);
    let run = finish(command, b"");
    assert_eq!(run.code, 0, "git {arguments:?}: {}", run.stderr);
}

/// The directory of the program, before everything else that there is.
pub(crate) fn search_path() -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_cachegen"));
    let directory = program.parent().unwrap().display();
    format!("{directory}:{}", std::env::var("PATH").unwrap())
}

/// Compares what stands between two marks of a file; `CACHEGEN_UPDATE=1` writes it anew.
pub(crate) fn holds(file: &str, mark: &str, table: &str) {
    let (start, end) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let part = |text: &str| {
        let from = text.find(&start).unwrap() + start.len();
        from..from + text[from..].find(&end).unwrap()
    };
    holds_part(file, part, table);
}

/// Likewise for a part of the file that is found in another way.
pub(crate) fn holds_part(file: &str, part: impl Fn(&str) -> Range<usize>, wanted: &str) {
    static FILE: Mutex<()> = Mutex::new(());
    let _one_writes = FILE.lock();
    let path = root().join(file);
    let mut text = std::fs::read_to_string(&path).unwrap();
    let part = part(&text);
    if std::env::var_os("CACHEGEN_UPDATE").is_some() && text[part.clone()] != *wanted {
        text.replace_range(part, wanted);
        std::fs::write(&path, text).unwrap();
        return;
    }
    assert_eq!(&text[part], wanted, "CACHEGEN_UPDATE=1 writes it anew");
}

/// A render of a name without a namespace, for the oldest version.
pub(crate) fn invocation(name: &str) -> Invocation {
    Invocation {
        name: name.to_owned(),
        name_span: Span::default(),
        namespace: None,
        namespace_span: Span::default(),
        kube_version: version::FLOOR,
    }
}

/// Values over the defaults, as the types read them, and what these say is wrong.
pub(crate) fn decoded(texts: &[&str]) -> (Decoded, Effective, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut layers = Layers::default();
    layers.add(Origin::Default, DEFAULTS, &mut found);
    for text in texts {
        let origin = Origin::File("values.yaml".into());
        layers.add(origin, (*text).to_owned(), &mut found);
    }
    let effective = merge::merge(layers, None, &mut found);
    let decoded = schema::decode(&effective, &mut found);
    (decoded, effective, found)
}

/// Renders values given as text; what is wrong with them fails the test.
pub(crate) fn render(values: &str) -> String {
    let run = run_with(&["render", "-f", "-"], values.as_bytes());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{values}");
    run.stdout
}

/// Returns what is said of a run that cannot be done: exit code 2 and no data.
#[track_caller]
pub(crate) fn refused(arguments: &[&str]) -> String {
    let Run {
        stdout,
        stderr,
        code,
    } = run(arguments);
    assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
    stderr
}

/// Reads a stream back, one value an object.
pub(crate) fn objects(stream: &str) -> Vec<Value> {
    let reading = yaml::read(stream, 0).unwrap();
    assert_eq!(reading.faults, []);
    reading.documents.iter().map(plain).collect()
}

/// Returns the object of a kind whose name ends so.
pub(crate) fn object(stream: &str, kind: &str, ending: &str) -> Value {
    let found = objects(stream).into_iter().find(|object| {
        object.at(&["kind"]).and_then(Value::as_str) == Some(kind)
            && object
                .at(&["metadata", "name"])
                .and_then(Value::as_str)
                .is_some_and(|name| name.ends_with(ending))
    });
    found.unwrap_or_else(|| panic!("no {kind} …{ending}"))
}

/// A node as the value that a reader makes of it.
pub(crate) fn plain(node: &yaml::Node) -> Value {
    node.clone().into_value().unwrap()
}

/// Returns values without one of their keys, or as they were where they do not have it.
pub(crate) fn without(values: &str, key: &str) -> String {
    let reading = yaml::read(values, 0).unwrap();
    let mut value = plain(&reading.documents[0]);
    let mut node = &mut value;
    let mut parts = key.split('.').peekable();
    while let Some(part) = parts.next() {
        let Value::Mapping(mapping) = node else {
            return values.to_owned();
        };
        if parts.peek().is_none() {
            mapping.retain(|key| key != part);
            break;
        }
        match mapping.get_mut(part) {
            Some(inner) => node = inner,
            None => return values.to_owned(),
        }
    }
    // What is left is quoted by our own writer, so text stays text; a bare `yes` has become a boolean, which is the same switch.
    let mut text = String::new();
    yaml::write(&value, &mut text, &|_| false);
    text
}

/// One case: a directory with values and arguments.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The directory's name.
    pub(crate) name: String,
    /// The directory.
    pub(crate) directory: PathBuf,
}

impl Case {
    /// Returns the text of its values, if it has any.
    pub(crate) fn values(&self) -> Option<String> {
        std::fs::read_to_string(self.directory.join("values.yaml")).ok()
    }

    /// Tells whether it is about mistakes, so that it renders nothing.
    pub(crate) fn is_mistaken(&self) -> bool {
        self.name.starts_with("mistakes")
    }

    /// Returns its arguments beside the values.
    pub(crate) fn arguments(&self) -> Vec<String> {
        std::fs::read_to_string(self.directory.join("args"))
            .unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Renders it, in its own directory.
    pub(crate) fn render(&self) -> Run {
        self.render_with(&[])
    }

    /// Renders it with further arguments.
    pub(crate) fn render_with(&self, further: &[&str]) -> Run {
        let mut command = program();
        command.current_dir(&self.directory).arg("render");
        if self.values().is_some() {
            command.args(["-f", "values.yaml"]);
        }
        command.args(self.arguments()).args(further);
        finish(command, b"")
    }
}

/// Returns every case, by name.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = std::fs::read_dir(root().join("tests/cases"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| Case {
            name: entry.file_name().into_string().unwrap(),
            directory: entry.path(),
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!cases.is_empty());
    cases
}

/// Returns every object that some case renders, with the name of the case.
pub(crate) fn every_object() -> Vec<(String, serde_json::Value)> {
    let mut objects = Vec::new();
    for case in cases().into_iter().filter(|case| !case.is_mistaken()) {
        let run = case.render_with(&["-o", "json"]);
        assert_eq!(run.code, 0, "{}: {}", case.name, run.stderr);
        let mut list: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let serde_json::Value::Array(items) = list["items"].take() else {
            panic!("{}: no list", case.name)
        };
        objects.extend(items.into_iter().map(|item| (case.name.clone(), item)));
    }
    objects
}
