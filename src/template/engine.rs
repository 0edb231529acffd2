//! The environment that templates are rendered in: strict, without files, clock or randomness, and its four functions.

use std::sync::{Arc, Mutex, MutexGuard};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, ErrorKind, Output, State, UndefinedBehavior, value::Serde};
use serde::Serialize;

use super::{catalog, node};
use crate::error::Error;
use crate::tier::Tier;
use crate::yaml::{Mapping, Value};

type JinjaValue = minijinja::Value;
type JinjaError = minijinja::Error;

/// Renders templates for one tier.
pub struct Engine {
    environment: Environment<'static>,
    shared: Arc<Shared>,
}

/// What functions and the formatter reach: the values of the holes so far, and the variables.
struct Shared {
    holes: Mutex<Vec<Value>>,
    context: Mutex<JinjaValue>,
}

impl Shared {
    fn holes(&self) -> MutexGuard<'_, Vec<Value>> {
        self.holes.lock().expect("one thread renders")
    }

    fn context(&self) -> JinjaValue {
        self.context.lock().expect("one thread renders").clone()
    }
}

impl Engine {
    /// Makes the environment for a tier.
    pub fn new(tier: &Tier) -> Self {
        let shared = Arc::new(Shared {
            holes: Mutex::default(),
            context: Mutex::new(JinjaValue::from(Serde(tier))),
        });
        let mut environment = Environment::empty();
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .keep_trailing_newline(true)
                .build()
                .expect("the default delimiters are valid"),
        );
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_loader(|name| Ok(catalog::text(name).map(str::to_owned)));
        environment.add_filter("items", minijinja::filters::items);
        environment.add_test("none", minijinja::tests::is_none);
        let holes = Arc::clone(&shared);
        environment.set_formatter(move |out, state, value| {
            if state.name().ends_with(".yaml.j2") {
                hole(out, &holes, value)
            } else {
                plain(out, value)
            }
        });
        let labels = tier.identity.labels.clone();
        environment.add_function(
            "labels",
            move |component: &str, own: Option<JinjaValue>| -> Result<JinjaValue, JinjaError> {
                let mut all = labels.all(component);
                if let Some(Value::Mapping(own)) = own.map(|own| convert(&own)).transpose()? {
                    own.into_iter()
                        .for_each(|(key, value)| all.insert(key, value));
                }
                Ok(JinjaValue::from(Serde(&all)))
            },
        );
        let labels = tier.identity.labels.clone();
        environment.add_function("selector", move |component: &str| {
            JinjaValue::from(Serde(&labels.selector(component)))
        });
        let partial = Arc::clone(&shared);
        environment.add_function(
            "partial",
            move |state: &State, file: &str, options: Kwargs| -> Result<JinjaValue, JinjaError> {
                let overlay = convert(&options.get::<JinjaValue>("overlay")?)?;
                options.assert_all_used()?;
                let part = read(state.env(), &partial, file)
                    .map_err(|error| JinjaError::new(ErrorKind::BadInclude, error.to_string()))?;
                Ok(JinjaValue::from(Serde(&part.overlaid(&overlay))))
            },
        );
        let text = Arc::clone(&shared);
        environment.add_function(
            "text",
            move |state: &State, file: &str| -> Result<String, JinjaError> {
                state.env().get_template(file)?.render(text.context())
            },
        );
        Self {
            environment,
            shared,
        }
    }

    /// Sets a variable beside those of the tier.
    pub fn set(&mut self, name: &str, value: &impl Serialize) {
        let context = self.shared.context();
        let more = JinjaValue::from_pairs([(name.to_owned(), JinjaValue::from(Serde(value)))]);
        *self.shared.context.lock().expect("one thread renders") =
            minijinja::value::merge_maps([more, context]);
    }

    /// Renders the template of an object; keys whose value is null are left out.
    ///
    /// # Errors
    ///
    /// [`Error::Template`] where the template does not render or is not one map: a bug of ours.
    pub fn object(&self, file: &str) -> Result<Mapping, Error> {
        match read(&self.environment, &self.shared, file)? {
            Value::Mapping(mapping) => Ok(mapping),
            _ => Err(Error::Template {
                file: file.to_owned(),
                line: 1,
                message: "an object is a map".to_owned(),
            }),
        }
    }
}

/// Renders a template and reads its text, holes filled, as one value.
fn read(environment: &Environment<'_>, shared: &Shared, file: &str) -> Result<Value, Error> {
    let failed = |error: &JinjaError| Error::Template {
        file: error.name().unwrap_or(file).to_owned(),
        line: error.line().unwrap_or_default(),
        message: format!(
            "{}{}",
            error.kind(),
            error
                .detail()
                .map(|detail| format!(": {detail}"))
                .unwrap_or_default()
        ),
    };
    let template = environment
        .get_template(file)
        .map_err(|error| failed(&error))?;
    let text = template
        .render(shared.context())
        .map_err(|error| failed(&error))?;
    let holes = shared.holes();
    node::read(&text, &holes).map_err(|fault| {
        drop(holes);
        // Only now is it worth knowing which line of the template each piece of text came from.
        let spans = template
            .render_with_spans(shared.context())
            .map(|(_, spans)| spans)
            .unwrap_or_default();
        let line = spans
            .iter()
            .rev()
            .find(|span| span.output_range().start <= fault.offset)
            .map_or(0, |span| {
                let before =
                    &text[span.output_range().start.min(text.len())..fault.offset.min(text.len())];
                span.line() + before.matches('\n').count()
            });
        Error::Template {
            file: file.to_owned(),
            line,
            message: fault.message,
        }
    })
}

/// Puts a mark where a value belongs.
fn hole(out: &mut Output, shared: &Shared, value: &JinjaValue) -> Result<(), JinjaError> {
    let value = convert(value)?;
    let mut holes = shared.holes();
    write!(out, "{}{}{}", node::OPEN, holes.len(), node::CLOSE)?;
    holes.push(value);
    Ok(())
}

/// Writes text or a whole number; anything else has no spelling that every plain text could use.
fn plain(out: &mut Output, value: &JinjaValue) -> Result<(), JinjaError> {
    match value.as_str() {
        Some(text) => Ok(out.write_str(text)?),
        None if value.is_integer() => Ok(write!(out, "{value}")?),
        None => Err(JinjaError::new(
            ErrorKind::BadSerialization,
            format!("a {} has no spelling in plain text", value.kind()),
        )),
    }
}

fn convert(value: &JinjaValue) -> Result<Value, JinjaError> {
    Ok(match value.kind() {
        ValueKind::Undefined => {
            return Err(JinjaError::new(
                ErrorKind::UndefinedError,
                "a hole without a value",
            ));
        }
        ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => Value::Number(value.to_string().into()),
        ValueKind::String => Value::String(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Map => value
            .try_iter()?
            .map(|key| Ok((key.to_string(), convert(&value.get_item(&key)?)?)))
            .collect::<Result<Mapping, JinjaError>>()
            .map(Value::Mapping)?,
        ValueKind::Seq | ValueKind::Iterable => value
            .try_iter()?
            .map(|item| convert(&item))
            .collect::<Result<_, _>>()
            .map(Value::Sequence)?,
        kind => {
            return Err(JinjaError::new(
                ErrorKind::BadSerialization,
                format!("a {kind} has no counterpart in YAML"),
            ));
        }
    })
}
