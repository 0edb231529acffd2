//! The environment that templates are rendered in: strict, without files, clock or randomness, and its four functions.
//!
//! Templates may be the user's own, so what one can make the engine do is bounded.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{DynObject, Kwargs, ValueKind};
use minijinja::{
    Environment, ErrorKind, Output, OutputSpan, State, UndefinedBehavior, value::Serde,
};
use serde::Serialize;

use super::catalog::Templates;
use super::node;
use super::whole::Whole;
use crate::error::Error;
use crate::tier::Tier;
use crate::yaml::{Mapping, Value};

type JinjaValue = minijinja::Value;
type JinjaError = minijinja::Error;

/// What one template of the user's own may spend: an instruction costs 1, and so do 64 bytes of text.
const FUEL: u64 = 200_000;

/// How deep loops of the user's own templates may call themselves.
const MAX_RECURSION: usize = 50;

/// How deep templates may render one another.
const MAX_DEPTH: usize = 8;

/// How many templates one engine renders within others.
const MAX_RENDERS: usize = 500;

/// What the values that the user's own templates bring into objects may take together, in bytes and 32 a node.
const MAX_VALUES: usize = 16 * 1024 * 1024;

/// How deep lists and maps nest in an object, as deep as they are read.
const MAX_LEVELS: usize = crate::yaml::MAX_DEPTH;

/// Renders templates for one tier.
pub struct Engine {
    pub(super) environment: Environment<'static>,
    pub(super) shared: Arc<Shared>,
}

/// What functions and the formatter reach: the values of the holes so far, and the variables.
pub(super) struct Shared {
    holes: Mutex<Vec<Option<Value>>>,
    values_size: AtomicUsize,
    context: Mutex<JinjaValue>,
    templates: Templates,
    depth: AtomicUsize,
    n_renders: AtomicUsize,
    /// The first failure, which is the innermost.
    failure: Mutex<Option<Error>>,
}

impl Shared {
    pub(super) fn holes(&self) -> MutexGuard<'_, Vec<Option<Value>>> {
        self.holes.lock().expect("one thread renders")
    }

    pub(super) fn context(&self) -> JinjaValue {
        self.context.lock().expect("one thread renders").clone()
    }

    /// Takes what a value of this size costs.
    fn spend(&self, size: usize) -> Result<(), JinjaError> {
        let spent = self.values_size.fetch_add(size, Ordering::Relaxed);
        if spent.saturating_add(size) > MAX_VALUES && !self.templates.are_embedded() {
            let message = format!("values take more than {MAX_VALUES} bytes");
            return Err(JinjaError::new(ErrorKind::WriteFailure, message));
        }
        Ok(())
    }

    fn failure(&self) -> MutexGuard<'_, Option<Error>> {
        self.failure.lock().expect("one thread renders")
    }
}

impl Engine {
    /// Makes the environment for a tier.
    pub fn new(tier: &Tier, templates: &Templates) -> Self {
        let shared = Arc::new(Shared {
            holes: Mutex::default(),
            values_size: AtomicUsize::default(),
            context: Mutex::new(JinjaValue::from(Serde(tier))),
            templates: templates.clone(),
            depth: AtomicUsize::default(),
            n_renders: AtomicUsize::default(),
            failure: Mutex::default(),
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
        if !templates.are_embedded() {
            environment.set_fuel(Some(FUEL));
            environment.set_recursion_limit(MAX_RECURSION);
        }
        let texts = Arc::clone(&shared);
        environment.set_loader(move |name| Ok(texts.templates.text(name).map(str::to_owned)));
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
        let label = Arc::clone(&shared);
        environment.add_function(
            "labels",
            move |component: &str, own: Option<JinjaValue>| -> Result<JinjaValue, JinjaError> {
                let mut all = labels.all(component);
                if let Some(Value::Mapping(own)) =
                    own.map(|own| convert(&label, &own)).transpose()?
                {
                    own.into_iter()
                        .for_each(|(key, value)| all.insert(key, value));
                }
                Ok(Whole::value(Value::Mapping(all)))
            },
        );
        let labels = tier.identity.labels.clone();
        environment.add_function("selector", move |component: &str| {
            Whole::value(Value::Mapping(labels.selector(component)))
        });
        let partial = Arc::clone(&shared);
        environment.add_function(
            "partial",
            move |state: &State, file: &str, options: Kwargs| -> Result<JinjaValue, JinjaError> {
                let overlay = convert(&partial, &options.get::<JinjaValue>("overlay")?)?;
                options.assert_all_used()?;
                let part = inner(&partial, file, || read(state.env(), &partial, file))?;
                Ok(Whole::value(part.overlaid(&overlay)))
            },
        );
        let text = Arc::clone(&shared);
        environment.add_function(
            "text",
            move |state: &State, file: &str| -> Result<String, JinjaError> {
                inner(&text, file, || render(state.env(), &text, file))
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
    /// Where the template does not render or is not an object: [`Error::Template`], a bug of ours, or
    /// [`Error::OwnTemplate`].
    pub fn object(&self, file: &str) -> Result<Mapping, Error> {
        self.shared.holes().clear();
        let value = read(&self.environment, &self.shared, file)?;
        let is_text = |path: &[&str]| value.at(path).and_then(Value::as_str).is_some();
        let has_identity =
            is_text(&["apiVersion"]) && is_text(&["kind"]) && is_text(&["metadata", "name"]);
        if !self.shared.templates.are_embedded() && value.levels() > MAX_LEVELS {
            return Err(self.failed(file, too_deep()));
        }
        match value {
            Value::Mapping(mapping) if has_identity => Ok(mapping),
            _ => Err(self.failed(
                file,
                "an object is a map with `apiVersion`, `kind` and `metadata.name`",
            )),
        }
    }

    /// Returns the error of a template whose object cannot stand.
    pub fn failed(&self, file: &str, message: impl Into<String>) -> Error {
        self.shared.templates.failed(file, 1, message.into())
    }
}

/// Renders from within a template; what fails there is kept, since the engine would only keep its words.
fn inner<T>(
    shared: &Shared,
    file: &str,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, JinjaError> {
    if shared.templates.text(file).is_none() {
        // The name may be any value, so it is not repeated.
        let message = "there is no template of this name";
        return Err(JinjaError::new(ErrorKind::TemplateNotFound, message));
    }
    if shared.n_renders.fetch_add(1, Ordering::Relaxed) >= MAX_RENDERS {
        let message = format!("more than {MAX_RENDERS} templates in one render");
        return Err(JinjaError::new(ErrorKind::BadInclude, message));
    }
    let depth = shared.depth.fetch_add(1, Ordering::Relaxed);
    let result = if depth < MAX_DEPTH {
        work().map_err(|error| {
            shared.failure().get_or_insert(error);
            JinjaError::new(ErrorKind::BadInclude, "a template in it failed")
        })
    } else {
        let message = format!("templates render one another more than {MAX_DEPTH} deep");
        Err(JinjaError::new(ErrorKind::BadInclude, message))
    };
    shared.depth.fetch_sub(1, Ordering::Relaxed);
    result
}

/// Renders a template to text.
fn render(environment: &Environment<'_>, shared: &Shared, file: &str) -> Result<String, Error> {
    let failed = |error: JinjaError| {
        if let Some(failure) = shared.failure().take() {
            return failure;
        }
        let detail = error
            .detail()
            .map(|detail| format!(": {detail}"))
            .unwrap_or_default();
        shared.templates.failed(
            error.name().unwrap_or(file),
            error.line().unwrap_or_default(),
            format!("{}{detail}", error.kind()),
        )
    };
    let template = match shared.templates.embedded(file) {
        // Most are rendered once: what is compiled goes at once, and its memory serves the next.
        Some((name, text)) if !file.starts_with("partials/") => {
            environment.template_from_named_str(name, text)
        }
        _ => environment.get_template(file),
    };
    template
        .and_then(|template| template.render(shared.context()))
        .map_err(failed)
}

/// Renders a template and reads its text, holes filled, as one value.
fn read(environment: &Environment<'_>, shared: &Shared, file: &str) -> Result<Value, Error> {
    let n_holes = shared.holes().len();
    let text = render(environment, shared, file)?;
    let read = node::read(&text, &mut shared.holes());
    read.map_err(|fault| {
        // Only now is it worth knowing which line of the template each piece of text came from. The same text comes again
        // where its holes have the same numbers.
        shared.holes().truncate(n_holes);
        let spans = environment
            .get_template(file)
            .and_then(|template| template.render_with_spans(shared.context()))
            .map(|(_, spans)| spans)
            .unwrap_or_default();
        let line = line_at(&text, &spans, fault.offset);
        shared.templates.failed(file, line, fault.message)
    })
}

/// Returns the line of the template that made what stands at a position of its text.
pub(super) fn line_at(text: &str, spans: &[OutputSpan], offset: usize) -> usize {
    spans
        .iter()
        .rev()
        .find(|span| span.output_range().start <= offset)
        .map_or(1, |span| {
            let before = text.as_bytes().get(span.output_range().start..offset);
            let n_lines = before
                .unwrap_or_default()
                .iter()
                .filter(|byte| **byte == b'\n');
            span.line() + n_lines.count()
        })
}

/// Puts a mark where a value belongs.
fn hole(out: &mut Output, shared: &Shared, value: &JinjaValue) -> Result<(), JinjaError> {
    let value = convert(shared, value)?;
    let mut holes = shared.holes();
    write!(out, "{}{}{}", node::OPEN, holes.len(), node::CLOSE)?;
    holes.push(Some(value));
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

fn too_deep() -> String {
    format!("lists and maps nest more than {MAX_LEVELS} levels deep")
}

fn convert(shared: &Shared, value: &JinjaValue) -> Result<Value, JinjaError> {
    convert_at(shared, value, 0)
}

/// Makes a value of one so many levels deep in another.
fn convert_at(shared: &Shared, value: &JinjaValue, depth: usize) -> Result<Value, JinjaError> {
    if depth > MAX_LEVELS {
        return Err(JinjaError::new(ErrorKind::BadSerialization, too_deep()));
    }
    if let Some(Whole(value)) = value.downcast_object_ref() {
        shared.spend(value.size())?;
        return Ok(value.clone());
    }
    shared.spend(32 + value.as_str().map_or(0, str::len))?;
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
        ValueKind::Map => {
            let mut pairs = Vec::with_capacity(value.len().unwrap_or_default());
            let mut are_texts = true;
            for (key, item) in value
                .as_object()
                .and_then(DynObject::try_iter_pairs)
                .into_iter()
                .flatten()
            {
                are_texts &= key.as_str().is_some();
                let name = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
                pairs.push((name, convert_at(shared, &item, depth + 1)?));
            }
            // Other keys may be written alike, as 1 and "1" are.
            Value::Mapping(if are_texts {
                Mapping::of_distinct(pairs)
            } else {
                pairs.into_iter().collect()
            })
        }
        ValueKind::Seq | ValueKind::Iterable => value
            .try_iter()?
            .map(|item| convert_at(shared, &item, depth + 1))
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
