//! Changes as a comment on a merge request: the worst first, the harmless folded.

use super::show::{Explained, Told, at_home, counts, groups, lines, values};
use crate::diff::{Change, Consequence};

/// Most characters of a comment: GitHub takes 65,536, GitLab 1,000,000.
const MAX_CHARACTERS: usize = 60_000;

/// More harmless changes than this are folded.
const MAX_OPEN: usize = 8;

pub(super) fn write(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "No changes.\n".to_owned();
    }
    let mut out = format!("**{}**\n", counts(changes));
    let (mut told, at_home) = (Told::default(), at_home(changes));
    for consequence in Consequence::ALL.into_iter().rev() {
        let groups = groups(changes, consequence);
        let n: usize = groups.iter().map(|group| group.changes.len()).sum();
        if n == 0 {
            continue;
        }
        let (mut open, mut folded, mut n_folded) = (String::new(), String::new(), 0);
        for group in &groups {
            let speaks_for_itself = group.effects.is_empty() && group.changes.len() > MAX_OPEN;
            let section = if speaks_for_itself {
                &mut folded
            } else {
                &mut open
            };
            for (object, change) in group.folded() {
                tell(section, &object, change);
                n_folded += usize::from(speaks_for_itself);
            }
            for effect in group.effects {
                if let Some(explained) = told.explain(effect, consequence, &at_home) {
                    explain(section, &explained);
                }
            }
        }
        let mut text = format!("\n### {}\n\n{open}", consequence.name());
        if n_folded > 0 {
            text += &format!(
                "\n<details><summary>{n_folded} without further ado</summary>\n\n{folded}\n</details>\n"
            );
        }
        if out.len() + text.len() > MAX_CHARACTERS {
            text = format!(
                "\n### {}\n\n{n} changes, too many to show here\n",
                consequence.name()
            );
        }
        out += &text;
    }
    out
}

fn tell(out: &mut String, object: &str, change: &Change) {
    let mut line = match object.contains('/') {
        true => format!("- {}", code(object)),
        false => format!("- {object}"),
    };
    if let Some(path) = change.path() {
        line += &format!(" {}", code(&path.to_string()));
    }
    if let Some((old, new)) = lines(change) {
        let mut text = String::new();
        old.iter().for_each(|line| text += &format!("- {line}\n"));
        new.iter().for_each(|line| text += &format!("+ {line}\n"));
        *out += &format!("{line}\n{}", fenced("diff", &text));
        return;
    }
    let what = match values(change) {
        Ok((old, new)) => format!("{} → {}", code(&old), code(&new)),
        Err(what) => what.to_owned(),
    };
    *out += &format!("{line}: {what}\n");
}

fn explain(out: &mut String, explained: &Explained<'_>) {
    let name = match explained.other {
        Some(name) => format!("*{name}*: "),
        None => String::new(),
    };
    *out += &format!("  <br>{name}{}\n", escaped(explained.why));
    if !explained.steps.is_empty() {
        *out += &fenced("sh", &format!("{}\n", explained.steps.join("\n")));
    }
}

/// Puts a text into a code span that it cannot end.
fn code(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let fence = "`".repeat(longest_run(&text) + 1);
    if text.starts_with('`') || text.ends_with('`') {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// Puts a text into a code block, indented as the text of a list item is, that it cannot end.
fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    let body: String = text.lines().map(|line| format!("  {line}\n")).collect();
    format!("\n  {fence}{language}\n{body}  {fence}\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Keeps a text from being read as HTML; what is in backticks stays code.
fn escaped(text: &str) -> String {
    text.replace('<', "&lt;")
}
