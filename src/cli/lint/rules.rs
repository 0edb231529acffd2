//! What is said of the rules themselves: `--list`, `--explain`, and codes that are none.

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};

use crate::diagnostic::nearest;
use crate::error::Error;
use crate::lint::{self, Rule};

/// Takes any text for a code, and tells shells which codes there are. [`rule`] says what is wrong with one that is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code;

impl TypedValueParser for Code {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(
            lint::rules().map(|rule| PossibleValue::new(rule.code).help(rule.what)),
        ))
    }
}

/// Looks up the rule that a flag names.
pub(super) fn rule(code: &str, flag: &str) -> Result<&'static Rule, Error> {
    lint::find(code).ok_or_else(|| Error::Usage {
        message: format!("{flag}: there is no rule `{code}`"),
        help: Some(match nearest(code, lint::rules().map(|rule| rule.code)) {
            Some(code) => format!("a rule with a similar name exists: `{code}`"),
            None => "`cachegen lint --list` lists them".to_owned(),
        }),
    })
}

/// Lists the rules, one a line.
pub(super) fn list() -> String {
    let width = lint::rules().map(|rule| rule.code.len()).max().unwrap_or(0);
    lint::rules()
        .map(|rule| {
            format!(
                "{:width$}  {:7}  {}\n",
                rule.code,
                rule.severity.name(),
                rule.what
            )
        })
        .collect()
}

/// Says what a rule is about, why, and the fix.
pub(super) fn explain(rule: &Rule) -> String {
    format!(
        "{} ({}): {}\n\n{}\nfix: {}\n",
        rule.code,
        rule.severity,
        rule.what,
        wrapped(rule.why, 100),
        rule.fix
    )
}

/// Breaks a text into lines of at most so many characters.
fn wrapped(text: &str, width: usize) -> String {
    let (mut out, mut length) = (String::new(), 0);
    for word in text.split_whitespace() {
        let n_characters = word.chars().count();
        if length > 0 && length + 1 + n_characters > width {
            out.push('\n');
            length = 0;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += n_characters;
    }
    out.push('\n');
    out
}
