//! `cachegen explain`: why a field of the output says what it says, or why it is not there.

use std::path::PathBuf;

use clap::ValueEnum;

use super::Verdict;
use super::inputs::{InputArgs, Stop};
use super::origins::{Origins, shown};
use super::output::Console;
use super::templates;
use crate::diagnostic::ValuePath;
use crate::explain::{
    self, Absence, Answer, Cause, Change, Formula, Presence, Question, Subject, Who,
};
use crate::template::{Templates, Written};
use crate::values::secrecy;
use crate::values::typed::{self, effective_values};
use crate::yaml::{self, Value, json_lines, map};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Object and field, such as StatefulSet/alerthistory-redis:spec.replicas; without a field, the object
    #[arg(value_name = "OBJECT[:FIELD]")]
    question: String,
    #[command(flatten)]
    inputs: InputArgs,
    /// Directory of templates that stand in for those of the same name
    #[arg(long, value_name = "DIR")]
    template_dir: Option<PathBuf>,
    /// What to write the answer as
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

/// What answers are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Output {
    /// Words
    #[default]
    Human,
    /// JSON, one object
    Json,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<Verdict, Stop> {
    let question = Question::parse(&args.question)?;
    let templates = templates::read(args.template_dir.as_deref())?;
    let inputs = args.inputs.resolve()?;
    let subject = Subject {
        effective: &inputs.effective,
        invocation: &inputs.invocation,
        tier: &inputs.tier,
        templates: &templates,
    };
    let answer = match explain::answer(&subject, &question) {
        Ok(answer) => answer,
        Err(failure) => return Err(inputs.stop(failure)),
    };
    let mut values = effective_values(&inputs.effective);
    secrecy::mask(&mut values, &ValuePath::default());
    let said = Said {
        values,
        origins: Origins::of(&inputs.effective),
        templates: &templates,
        inputs: &args.inputs,
        name: &inputs.invocation.name,
        namespace: inputs.invocation.namespace.as_deref(),
    };
    let text = match (args.output, &answer) {
        (Output::Human, Answer::Present(presence)) => said.presence(presence),
        (Output::Human, Answer::Absent(absence)) => said.absence(absence),
        (Output::Json, answer) => json_lines(&said.json(answer)),
    };
    console.data(&text)?;
    Ok(Verdict::Fine)
}

/// What was said: the values, and where they come from.
struct Said<'e> {
    values: Value,
    origins: Origins<'e>,
    templates: &'e Templates,
    inputs: &'e InputArgs,
    name: &'e str,
    namespace: Option<&'e str>,
}

impl Said<'_> {
    fn presence(&self, presence: &Presence) -> String {
        let mut out = place(&presence.object, &presence.field.to_string());
        out.push('\n');
        if let Some(value) = &presence.value {
            let mut text = String::new();
            yaml::write(value, &mut text, &|_| false);
            out += &indented(&text);
        }
        out += &self.written("written in", &presence.written);
        let (content, existence): (Vec<&Cause>, Vec<&Cause>) =
            presence.causes.iter().partition(|cause| cause.is_content);
        out += &self.causes("made of", &content);
        out += &self.causes("there because of", &existence);
        for Formula {
            field,
            rule,
            numbers,
            result,
        } in &presence.formulas
        {
            out += &format!("\nworked out: {field}\n  {rule}\n  {numbers}: {result}\n");
        }
        out
    }

    fn written(&self, title: &str, lines: &[Written]) -> String {
        let lines: String = lines
            .iter()
            .map(|Written { file, line, text }| {
                format!("  {}:{line}: {text}\n", self.template(file))
            })
            .collect();
        match lines.as_str() {
            "" => String::new(),
            lines => format!("\n{title}\n{lines}"),
        }
    }

    /// What a template is called: by its place in the repository, or the user's own.
    fn template(&self, file: &str) -> String {
        match self.templates.path(file) {
            Some(path) => path.to_owned(),
            None => format!("templates/{file}"),
        }
    }

    fn causes(&self, title: &str, causes: &[&Cause]) -> String {
        let rows: Vec<[String; 3]> = causes
            .iter()
            .map(|cause| {
                let (path, value, origin) = self.who(&cause.who);
                [path, value, origin]
            })
            .collect();
        if rows.is_empty() {
            return String::new();
        }
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
        let (first, second) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
        let lines = rows
            .iter()
            .map(|[path, value, origin]| format!("  {path:first$}  {value:second$}  {origin}\n"));
        format!("\n{title}\n{}", lines.collect::<String>())
    }

    /// What somebody is called, what it says, and where that comes from.
    fn who(&self, who: &Who) -> (String, String, String) {
        match who {
            Who::Argument(name) => {
                let (value, is_typed) = match *name {
                    "NAME" => (self.name, self.inputs.name.is_some()),
                    _ => (
                        self.namespace.unwrap_or("none"),
                        self.inputs.namespace.is_some() || self.inputs.no_namespace,
                    ),
                };
                let origin = if is_typed { "command line" } else { "default" };
                ((*name).to_owned(), value.to_owned(), origin.to_owned())
            }
            Who::Value(path) => {
                let value = self.value(path);
                let value = value.map_or_else(|| "not set".to_owned(), |value| shown(&value));
                (path.to_string(), value, self.origins.words(path))
            }
        }
    }

    fn value(&self, path: &ValuePath) -> Option<Value> {
        typed::at(&self.values, path).cloned()
    }

    fn absence(&self, absence: &Absence) -> String {
        let mut out = place(&absence.object, &absence.field.to_string());
        out += " is not there\n\nbecause\n";
        for change in &absence.changes {
            out += &format!("  {}\n", self.change(change));
        }
        out + &self.written("it would be written in", &absence.written)
    }

    fn change(&self, change: &Change) -> String {
        let said: Vec<String> = change
            .set
            .iter()
            .map(|(path, _)| {
                let (path, value, origin) = self.who(&Who::Value(path.clone()));
                match value.as_str() {
                    "not set" => format!("`{path}` is not set"),
                    value => format!("`{path}` is {value} ({origin})"),
                }
            })
            .collect();
        let wanted = match &change.set[..] {
            [(_, Some(spelling))] => format!("with {spelling}"),
            [(path, None)] => match self.value(path) {
                None | Some(Value::Null) => "with a value".to_owned(),
                Some(_) => "with another value".to_owned(),
            },
            several => {
                let all = several.iter().map(|(path, spelling)| {
                    format!("`{path}: {}`", spelling.as_deref().unwrap_or("…"))
                });
                format!("with {}", all.collect::<Vec<_>>().join(" and "))
            }
        };
        let mut text = format!("{}: {wanted} it would be there", said.join(" and "));
        for need in &change.needs {
            text += &format!("\n    and then {}", need.message);
        }
        text
    }

    fn json(&self, answer: &Answer) -> Value {
        let text = |text: &str| Value::from(text);
        let lines = |written: &[Written]| {
            let lines = written.iter().map(|written| {
                map([
                    ("file", text(&self.template(&written.file))),
                    ("line", (written.line as u64).into()),
                    ("text", text(&written.text)),
                ])
            });
            Value::Sequence(lines.collect())
        };
        let who = |who: &Who| {
            let (path, _, origin) = self.who(who);
            let value = match who {
                Who::Value(path) => self.value(path).unwrap_or_default(),
                Who::Argument(_) => self.who(who).1.into(),
            };
            [
                ("path", path.into()),
                ("value", value),
                ("origin", origin.into()),
            ]
        };
        match answer {
            Answer::Present(presence) => map([
                ("object", text(&presence.object)),
                ("field", text(&presence.field.to_string())),
                ("isThere", Value::Bool(true)),
                ("value", presence.value.clone().unwrap_or_default()),
                ("written", lines(&presence.written)),
                (
                    "causes",
                    Value::Sequence(
                        presence
                            .causes
                            .iter()
                            .map(|cause| {
                                let decides = [
                                    ("content", cause.is_content),
                                    ("existence", cause.is_existence),
                                ];
                                let decides = decides.into_iter().filter(|(_, is_so)| *is_so);
                                let decides = decides.map(|(what, _)| text(what)).collect();
                                let [path, value, origin] = who(&cause.who);
                                map([path, value, origin, ("decides", Value::Sequence(decides))])
                            })
                            .collect(),
                    ),
                ),
                (
                    "formulas",
                    Value::Sequence(
                        presence
                            .formulas
                            .iter()
                            .map(|formula| {
                                map([
                                    ("field", text(&formula.field)),
                                    ("rule", text(formula.rule)),
                                    ("numbers", text(&formula.numbers)),
                                    ("result", text(&formula.result)),
                                ])
                            })
                            .collect(),
                    ),
                ),
            ]),
            Answer::Absent(absence) => map([
                ("object", text(&absence.object)),
                ("field", text(&absence.field.to_string())),
                ("isThere", Value::Bool(false)),
                (
                    "because",
                    Value::Sequence(
                        absence
                            .changes
                            .iter()
                            .map(|change| {
                                let set = change.set.iter().map(|(path, spelling)| {
                                    let [path, value, origin] = who(&Who::Value(path.clone()));
                                    let wanted =
                                        spelling.as_deref().map_or(Value::Null, Value::from);
                                    map([path, value, origin, ("wanted", wanted)])
                                });
                                let needs = change.needs.iter().map(|need| text(&need.message));
                                map([
                                    ("values", Value::Sequence(set.collect())),
                                    ("needs", Value::Sequence(needs.collect())),
                                ])
                            })
                            .collect(),
                    ),
                ),
                ("written", lines(&absence.written)),
            ]),
        }
    }
}

fn place(object: &str, field: &str) -> String {
    match field {
        "" => object.to_owned(),
        field => format!("{object}:{field}"),
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
