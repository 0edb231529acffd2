//! `cachegen values`: what all layers come to, and where each value comes from.

use std::collections::BTreeMap;

use clap::ValueEnum;

use super::Verdict;
use super::inputs::{InputArgs, Stop};
use super::origins::Origins;
use super::output::Console;
use crate::diagnostic::{Step, ValuePath};
use crate::error::{Error, escaped};
use crate::path::{self, Part, Path};
use crate::values::secrecy;
use crate::values::typed::effective_values;
use crate::yaml::{self, Content, Lines, Mapping, Node, Value, json_lines};

/// Widest line of values, in characters, behind which origins stand in one column.
const MAX_COLUMN: usize = 60;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: InputArgs,
    /// Say where each value comes from, and what it stands in the place of
    #[arg(long)]
    origin: bool,
    /// Only what is at this path, such as valkey.settings
    #[arg(long, value_name = "PATH")]
    only: Option<String>,
    /// What to write values as
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

/// What values are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Output {
    /// YAML, a file of values itself
    #[default]
    Yaml,
    /// JSON; with --origin, a list of values and where they come from
    Json,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Verdict, Stop> {
    let effective = args.inputs.resolve()?.effective;
    let mut values = effective_values(&effective);
    secrecy::mask(&mut values, &ValuePath::default());
    if let Some(only) = &args.only {
        values = narrowed(&values, only)?;
    }
    let text = match (args.output, args.origin) {
        (Output::Json, false) => json_lines(&values),
        (Output::Json, true) => json_lines(&listed(&values, &Origins::of(&effective))),
        (Output::Yaml, false) => yaml_text(&values),
        (Output::Yaml, true) => with_origins(&values, &Origins::of(&effective)),
    };
    console.data(&text)?;
    Ok(Verdict::Fine)
}

/// Keeps what is at a path, in its place.
fn narrowed(values: &Value, only: &str) -> Result<Value, Error> {
    let usage = |message: String, help: Option<String>| Error::Usage {
        message: format!("--only: {message}"),
        help,
    };
    let wanted = path::parse(only).map_err(|problem| usage(problem, None))?;
    let found = path::resolve(values, &wanted);
    if !found.rest.0.is_empty() {
        let help = match path::nearest(values, &wanted) {
            Some(path) => format!("a path with a similar name exists: `{path}`"),
            None => "`cachegen values` shows all of them".to_owned(),
        };
        return Err(usage(format!("there is no value `{only}`"), Some(help)));
    }
    // An item stays among the others: alone it would be another list.
    let keys = found.path.0.iter();
    let keys = keys.take_while(|part| matches!(part, Part::Key(_)));
    let stem = Path(keys.cloned().collect());
    let mut kept = path::resolve(values, &stem).value.clone();
    for part in stem.0.iter().rev() {
        if let Part::Key(key) = part {
            kept = Value::Mapping(Mapping::from_iter([(key.as_str(), kept)]));
        }
    }
    Ok(kept)
}

fn yaml_text(values: &Value) -> String {
    let mut text = String::new();
    yaml::write(values, &mut text, &|_| false);
    text
}

fn value_path(path: &Path) -> ValuePath {
    let steps = path.0.iter().map(|part| match part {
        Part::Key(key) | Part::Item(key, _) => Step::Key(key.as_str().into()),
        Part::Index(index) => Step::Index(*index),
    });
    ValuePath(steps.collect())
}

fn is_leaf(value: &Value) -> bool {
    match value {
        Value::Mapping(map) => map.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => true,
    }
}

/// Every value with where it comes from, as a list.
fn listed(values: &Value, origins: &Origins<'_>) -> Value {
    let mut list = Vec::new();
    path::walk(values, &mut Path::default(), &mut |path, value| {
        let value_path = value_path(path);
        let before = origins.before(&value_path);
        if !is_leaf(value) && (before.is_empty() || !matches!(value, Value::Sequence(_))) {
            return;
        }
        let overrode = before.into_iter().map(|(value, comes)| {
            Value::Mapping(Mapping::from_iter([
                ("value", value),
                ("origin", comes.to_json()),
            ]))
        });
        list.push(Value::Mapping(Mapping::from_iter([
            ("path", path.to_string().into()),
            ("value", value.clone()),
            ("origin", origins.of_value(&value_path).to_json()),
            ("overrode", Value::Sequence(overrode.collect())),
        ])));
    });
    Value::Sequence(list)
}

/// The values with a comment behind each that says where it comes from.
fn with_origins(values: &Value, origins: &Origins<'_>) -> String {
    let text = yaml_text(values);
    let documents = yaml::read(&text, 0).map(|reading| reading.documents);
    let documents = documents.expect("what is written reads back, as a test shows");
    let mut comments = BTreeMap::new();
    for document in &documents {
        comment(
            document,
            &mut ValuePath::default(),
            origins,
            &text,
            &Lines::of(&text),
            &mut comments,
        );
    }
    let width = |line: &str| line.chars().count();
    let column = text
        .lines()
        .enumerate()
        .filter(|(number, _)| comments.contains_key(number))
        .map(|(_, line)| width(line))
        .filter(|width| *width <= MAX_COLUMN)
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for (number, line) in text.lines().enumerate() {
        out.push_str(line);
        if let Some(comment) = comments.get(&number) {
            let blanks = column.saturating_sub(width(line)) + 2;
            out.extend(std::iter::repeat_n(' ', blanks));
            out.push_str("# ");
            out.push_str(&escaped(comment));
        }
        out.push('\n');
    }
    out
}

/// Finds the line of every value, and what is to be said of it.
fn comment(
    node: &Node,
    path: &mut ValuePath,
    origins: &Origins<'_>,
    text: &str,
    lines: &Lines<'_>,
    comments: &mut BTreeMap<usize, String>,
) {
    let line = |at: usize| lines.position(at).line - 1;
    match &node.content {
        Content::Mapping(entries) if !entries.is_empty() => {
            for entry in entries {
                path.0.push(Step::Key(entry.key.clone()));
                if matches!(&entry.value.content, Content::Sequence(items) if !items.is_empty()) {
                    let said = origins.comment(path, false);
                    let start = entry.key_span.start as usize;
                    comments.extend(said.map(|said| (line(start), said)));
                }
                comment(&entry.value, path, origins, text, lines, comments);
                path.0.pop();
            }
        }
        Content::Sequence(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                path.0.push(Step::Index(index));
                comment(item, path, origins, text, lines, comments);
                path.0.pop();
            }
        }
        _ => {
            let said = origins.comment(path, true);
            // A block begins behind its mark, which ends the line above.
            let before = text[..node.span.start as usize].trim_end();
            comments.extend(said.map(|said| (line(before.len()), said)));
        }
    }
}
