//! Findings as workflow commands of GitHub Actions, which show them beside the lines of a change.

use std::fmt::Write as _;

use super::{Item, Told};
use crate::diagnostic::Severity;

/// Annotations of one level that a step shows; the rest is dropped without a word (actions/toolkit#734).
const MAX_ANNOTATIONS: usize = 10;

pub(super) fn write(told: &Told<'_>) -> String {
    let mut out = String::new();
    let mut rest = String::new();
    for (severity, command) in [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Note, "notice"),
    ] {
        let of_level: Vec<&Item<'_>> = told
            .items
            .iter()
            .filter(|item| item.diagnostic.severity == severity)
            .collect();
        let n_shown = if of_level.len() > MAX_ANNOTATIONS {
            MAX_ANNOTATIONS - 1
        } else {
            of_level.len()
        };
        for item in &of_level[..n_shown] {
            annotation(command, item, &mut out);
        }
        let hidden = &of_level[n_shown..];
        if !hidden.is_empty() {
            let message = format!("{} more: see the step's log", hidden.len());
            writeln!(out, "::{command} title=cachegen lint::{message}")
                .expect("a String takes everything");
            for item in hidden {
                plain(severity, item, &mut rest);
            }
        }
    }
    if told.n_hidden() > 0 {
        rest += &format!("and {} more\n", told.n_hidden());
    }
    if !rest.is_empty() {
        out += "::group::cachegen lint: what is not shown as an annotation\n";
        out += &rest;
        out += "::endgroup::\n";
    }
    out
}

fn annotation(command: &str, item: &Item<'_>, out: &mut String) {
    let mut properties = Vec::new();
    let mut message = item.message();
    if let Some(location) = &item.location
        && let Some(path) = location.origin.named_file()
    {
        let path = path.to_string_lossy();
        properties.push(("file", path.strip_prefix("./").unwrap_or(&path).to_owned()));
        properties.push(("line", location.line.to_string()));
        properties.push(("endLine", location.end_line.to_string()));
        // Columns are of one line.
        if location.line == location.end_line {
            properties.push(("col", location.column.to_string()));
            properties.push(("endColumn", location.end_column.to_string()));
        }
    }
    properties.push(("title", item.diagnostic.code.to_owned()));
    if let Some(help) = &item.diagnostic.help {
        write!(message, "\nhelp: {help}").expect("a String takes everything");
    }
    if !item.outputs.is_empty() {
        write!(message, "\nin: {}", item.outputs.join(", ")).expect("a String takes everything");
    }
    let properties: Vec<String> = properties
        .into_iter()
        .map(|(name, value)| format!("{name}={}", property(&value)))
        .collect();
    writeln!(
        out,
        "::{command} {}::{}",
        properties.join(","),
        data(&message)
    )
    .expect("a String takes everything");
}

/// One line of the log, in which nothing is a command.
fn plain(severity: Severity, item: &Item<'_>, out: &mut String) {
    let place = item.location.as_ref().map_or_else(String::new, |location| {
        format!(
            "{}:{}:{}: ",
            location.origin.name(),
            location.line,
            location.column
        )
    });
    let outputs = match item.outputs {
        [] => String::new(),
        outputs => format!(" (in {})", outputs.join(", ")),
    };
    let message = format!(
        "{severity}[{}]: {place}{}{outputs}",
        item.diagnostic.code, item.diagnostic.message
    );
    let message: String = message
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    writeln!(out, "{message}").expect("a String takes everything");
}

/// Escapes the text of a command, as the runner reads it (actions/toolkit, `command.ts`).
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(data("50%\r\n::error::x"), "50%25%0D%0A::error::x");
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }
}
