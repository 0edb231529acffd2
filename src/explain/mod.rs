//! Why a field of the output says what it says, or why it is not there.
//!
//! Nothing here is a table of which value goes where: such a table would be wrong one day, and nobody would see it. The
//! question is put to the program itself. Every value is set to others that its type allows, one value at a time, and
//! the tier is resolved and the object rendered again: what a field is made of are the values whose change changes it,
//! and what decides that a thing is absent is a value whose change makes it appear. So an answer is an observation, of
//! this tier and no other: where a limit is stated, `maxmemory` has no part in it and is not named. What it takes is
//! that each value has an alternative that is valid, which a test shows for every key.
//!
//! Where a field is written is told by the template engine. A formula works the number out that it explains, which a
//! test compares with what is rendered.

mod alternatives;
mod cause;
mod edit;
mod formula;
mod subject;
mod trial;

pub use cause::{Cause, Who};
pub use formula::{Formula, of as formulas};
pub use subject::Subject;
pub use trial::Change;

use crate::diagnostic::nearest;
use crate::error::{Error, Failure};
use crate::manifest::{Manifest, Object};
use crate::path::{self, Part, Path};
use crate::render;
use crate::template::Written;
use crate::values::secrecy::{MASK, logins};
use crate::yaml::{Mapping, Value};
use trial::Trials;

/// What is asked for: an object, and a field of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// `Kind/name`.
    pub object: String,
    /// The field, empty for the object as a whole.
    pub field: Path,
}

impl Question {
    /// Reads `Kind/name:field`.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where it is not that.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (object, field) = text.split_once(':').unwrap_or((text, ""));
        let usage = |message: String| {
            Error::Usage {
            message,
            help: Some(
                "write an object and a field, such as `Service/alerthistory-redis:spec.ports[0].port`"
                    .to_owned(),
            ),
        }
        };
        let is_object = object.split_once('/').is_some_and(|(kind, name)| {
            !kind.is_empty() && !name.is_empty() && !name.contains('/')
        });
        if !is_object {
            return Err(usage(format!(
                "`{object}` is not the kind and the name of an object"
            )));
        }
        let field = path::parse(field).map_err(|problem| usage(format!("`{field}`: {problem}")))?;
        Ok(Self {
            object: object.to_owned(),
            field,
        })
    }
}

/// What is known of a field or an object that is there.
#[derive(Debug, Clone)]
pub struct Presence {
    /// The object, `Kind/name`.
    pub object: String,
    /// The field, items by their names.
    pub field: Path,
    /// What it says, without secrets; nothing of an object as a whole.
    pub value: Option<Value>,
    /// Where it is written, from the outside in.
    pub written: Vec<Written>,
    /// The values that take part in it.
    pub causes: Vec<Cause>,
    /// How numbers in it were worked out.
    pub formulas: Vec<Formula>,
}

/// What is known of a field or an object that is not there.
#[derive(Debug, Clone)]
pub struct Absence {
    /// The object, `Kind/name`.
    pub object: String,
    /// The field that is not there, empty where the object is not.
    pub field: Path,
    /// Changes of which each would make it appear.
    pub changes: Vec<Change>,
    /// Where it would be written.
    pub written: Vec<Written>,
}

/// The answer to a question.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It is there.
    Present(Presence),
    /// It is not.
    Absent(Absence),
}

/// Most values that are tried: each takes as long as a render, which takes longer the more there are.
const MAX_VALUES: usize = 2_000;

/// Answers a question about a tier.
///
/// # Errors
///
/// [`Error::Usage`] where there are more than 2,000 values, or where neither these values nor others have such an object or field; a template that fails.
pub fn answer(subject: &Subject<'_>, question: &Question) -> Result<Answer, Failure> {
    let n_values = subject.effective.tree.count();
    if n_values > MAX_VALUES {
        return Err(Error::Usage {
            message: format!(
                "the values are {n_values} lists, maps and scalars: each is tried, which is done of {MAX_VALUES} at most"
            ),
            help: Some("leave out those that are not asked about".to_owned()),
        }
        .into());
    }
    let manifest = render::render(subject.tier, subject.templates)?;
    let asked = keys(&question.field);
    let trials = Trials::new(subject, &asked);
    let Some(object) = find(&manifest, &question.object) else {
        return absent_object(&trials, question, &manifest);
    };
    let Some(value) = field(&object.body, &question.field) else {
        return absent_field(&trials, question, object);
    };
    let field = named(&object.body, &question.field);
    let causes = trials.causes(object, &field, &value);
    // In a map or list the copies of a secret are told by what they say.
    let is_secret = !matches!(value, Value::Mapping(_) | Value::Sequence(_))
        && causes
            .iter()
            .any(|cause| cause.is_content && cause.is_secret(subject));
    Ok(Answer::Present(Presence {
        written: render::written(
            subject.tier,
            subject.templates,
            file(&object.source),
            &field,
        )?,
        formulas: worked_out(subject, object, &field),
        value: (!field.0.is_empty()).then(|| shown(&value, object, is_secret, subject)),
        object: question.object.clone(),
        field,
        causes,
    }))
}

fn absent_object(
    trials: &Trials<'_>,
    question: &Question,
    manifest: &Manifest,
) -> Result<Answer, Failure> {
    let mut others = Vec::new();
    let changes = trials.changes(None, &mut |manifest| {
        let found = find(manifest, &question.object);
        others.extend(
            manifest
                .objects()
                .iter()
                .map(|object| object.id.to_string()),
        );
        found.is_some_and(|object| field(&object.body, &question.field).is_some())
    });
    if let Some(first) = changes.first() {
        let templates = trials.templates();
        let objects = render::render(&first.tier, templates).ok();
        let object = objects
            .as_ref()
            .and_then(|manifest| find(manifest, &question.object));
        return Ok(Answer::Absent(Absence {
            object: question.object.clone(),
            field: Path::default(),
            written: match object {
                Some(object) => render::written(
                    &first.tier,
                    templates,
                    file(&object.source),
                    &Path::default(),
                )?,
                None => Vec::new(),
            },
            changes,
        }));
    }
    let here: Vec<String> = manifest
        .objects()
        .iter()
        .map(|object| object.id.to_string())
        .collect();
    let all = here.iter().chain(&others).map(String::as_str);
    let help = match nearest(&question.object, all) {
        Some(name) => format!("an object with a similar name exists: `{name}`"),
        None => format!("there are\n  {}", here.join("\n  ")),
    };
    Err(usage(
        format!("no value makes an object `{}`", question.object),
        Some(help),
    ))
}

fn absent_field(
    trials: &Trials<'_>,
    question: &Question,
    object: &Object,
) -> Result<Answer, Failure> {
    let wanted = named(&object.body, &question.field);
    let changes = trials.changes(Some(&object.source), &mut |manifest| {
        let object = manifest
            .objects()
            .iter()
            .find(|other| other.source == object.source);
        object.is_some_and(|object| field(&object.body, &wanted).is_some())
    });
    let Some(first) = changes.first() else {
        let help = path::nearest(&object.body, &question.field)
            .map(|path| format!("a field with a similar name exists: `{path}`"));
        return Err(usage(
            format!(
                "no value makes a field `{}` of {}",
                question.field, question.object
            ),
            help,
        ));
    };
    Ok(Answer::Absent(Absence {
        object: question.object.clone(),
        field: wanted.clone(),
        written: render::written(
            &first.tier,
            trials.templates(),
            file(&object.source),
            &wanted,
        )?,
        changes,
    }))
}

/// The formulas of numbers that are what the object says: a template of the user's own may say something else.
fn worked_out(subject: &Subject<'_>, object: &Object, wanted: &Path) -> Vec<Formula> {
    let mut all = formulas(subject, file(&object.source), wanted);
    all.retain(|formula| {
        let said = path::parse(&formula.field)
            .ok()
            .and_then(|path| field(&object.body, &path));
        match said {
            Some(Value::String(text)) => *text == *formula.result,
            Some(Value::Number(digits)) => *digits == *formula.result,
            _ => false,
        }
    });
    all
}

fn usage(message: String, help: Option<String>) -> Failure {
    Failure::Error(Error::Usage { message, help })
}

fn find<'m>(manifest: &'m Manifest, object: &str) -> Option<&'m Object> {
    manifest
        .objects()
        .iter()
        .find(|candidate| candidate.id.to_string().eq_ignore_ascii_case(object))
}

/// The template that a source names, or whatever else it is.
fn file(source: &str) -> &str {
    source.strip_prefix("cachegen/templates/").unwrap_or(source)
}

/// The keys of a path, the items of lists left out.
fn keys(path: &Path) -> Vec<&str> {
    path.0
        .iter()
        .filter_map(|part| match part {
            Part::Key(key) => Some(key.as_str()),
            _ => None,
        })
        .collect()
}

/// Looks a field up. Below a text of several lines, the lines that begin with the key are the field.
fn field(body: &Value, wanted: &Path) -> Option<Value> {
    let found = path::resolve(body, wanted);
    if found.rest.0.is_empty() {
        return Some(found.value.clone());
    }
    let text = found.value.as_str().filter(|text| text.contains('\n'))?;
    let word = found.rest.to_string();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.split(' ').next() == Some(&word))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n").into())
}

/// A path with the names of items instead of their positions, which other values may move.
fn named(body: &Value, wanted: &Path) -> Path {
    let found = path::resolve(body, wanted);
    let mut path = Path::default();
    let mut value = body;
    for part in found.path.0 {
        let inner = path::resolve(value, &Path(vec![part.clone()])).value;
        let name = path::name_of(inner);
        path.0.push(match (part, name) {
            (Part::Index(_), Some(name)) => Part::Item("name".to_owned(), name.to_owned()),
            (part, _) => part,
        });
        value = inner;
    }
    path.0.extend(found.rest.0);
    path
}

/// A value of the output without the secrets of the values.
fn shown(value: &Value, object: &Object, is_secret: bool, subject: &Subject<'_>) -> Value {
    let is_data = object.id.kind == "Secret";
    let secrets = subject.secrets();
    masked(value, &|text| {
        is_secret
            || is_data
            || !logins(text).is_empty()
            || secrets.iter().any(|secret| text.contains(secret.as_str()))
    })
}

fn masked(value: &Value, is_secret: &dyn Fn(&str) -> bool) -> Value {
    match value {
        Value::String(text) if is_secret(text) => MASK.into(),
        Value::Number(digits) if is_secret(digits) => MASK.into(),
        Value::Sequence(items) => {
            Value::Sequence(items.iter().map(|item| masked(item, is_secret)).collect())
        }
        Value::Mapping(map) => Value::Mapping(
            map.iter()
                .map(|(key, value)| (key, masked(value, is_secret)))
                .collect::<Mapping>(),
        ),
        other => other.clone(),
    }
}
