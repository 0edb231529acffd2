//! Changes as a comment on a merge request: the worst first, the harmless folded.

use super::Part;
use super::show::{Explained, Row, Told, at_home, block, counts, lines, sections, values};
use crate::cli::report::counted;
use crate::diff::{Change, Segment, What};
use crate::yaml;

/// Most characters of a comment: GitHub takes 65,536, GitLab 1,000,000.
const MAX_CHARACTERS: usize = 60_000;

/// More harmless changes than this are folded.
const MAX_OPEN: usize = 8;

pub(super) fn write(parts: &[Part]) -> String {
    let all = || parts.iter().flat_map(|part| &part.changes);
    if all().next().is_none() {
        return "No changes.\n".to_owned();
    }
    let mut out = format!("**{}**\n", counts(all()));
    for part in parts {
        if !part.output.is_empty() {
            out += &format!(
                "\n## {}: {}\n",
                code(&part.output),
                counts(part.changes.iter())
            );
        }
        body(&mut out, &part.changes);
    }
    out
}

fn body(out: &mut String, changes: &[Change]) {
    let sections = sections(changes);
    let (mut told, at_home) = (Told::default(), at_home(changes));
    for (consequence, groups) in &sections {
        let (mut open, mut folded, mut n_folded) = (String::new(), String::new(), 0);
        for group in groups {
            let is_long = group.effects.is_empty() && group.changes.len() > MAX_OPEN;
            for row in group.rows() {
                let speaks_for_itself = is_long && speaks_for_itself(&row);
                let section = if speaks_for_itself {
                    &mut folded
                } else {
                    &mut open
                };
                match row {
                    Row::Change(object, change) => tell(section, &object, change),
                    Row::More(object, text, n) => {
                        *section += &format!(
                            "- {} {}: {} more\n",
                            code(&object),
                            code(&text.to_string()),
                            counted(n, "place")
                        );
                    }
                }
                n_folded += usize::from(speaks_for_itself);
            }
            for effect in &group.effects {
                if let Some(explained) = told.explain(effect, *consequence, &at_home) {
                    explain(&mut open, &explained);
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
            let n: usize = groups.iter().map(|group| group.changes.len()).sum();
            text = format!(
                "\n### {}\n\n{n} changes, too many to show here\n",
                consequence.name()
            );
        }
        *out += &text;
    }
    *out += &created(changes, MAX_CHARACTERS.saturating_sub(out.len()));
}

/// Tells whether nobody decides by a change: labels, annotations, comments, lines of a dashboard.
fn speaks_for_itself(row: &Row<'_>) -> bool {
    match row {
        Row::Change(_, change) => {
            matches!(change.what, What::Form { .. })
                || change.path().is_some_and(|path| {
                    path.is_below(&["metadata"]) || matches!(path.0.last(), Some(Segment::Line(_)))
                })
        }
        Row::More(..) => true,
    }
}

/// What new objects say, folded: somebody may want to know before they are there.
fn created(changes: &[Change], n_characters: usize) -> String {
    let mut texts = String::new();
    let (mut n, mut n_left) = (0, 0);
    for change in changes {
        let What::Created(body) = &change.what else {
            continue;
        };
        let mut text = String::new();
        yaml::write(body, &mut text, &|_| false);
        let text = format!(
            "- {}\n{}",
            code(&change.object.to_string()),
            fenced("yaml", &text)
        );
        if texts.len() + text.len() + 200 > n_characters {
            n_left += 1;
            continue;
        }
        texts += &text;
        n += 1;
    }
    if n_left > 0 {
        texts += &format!("\n{} too long to show here\n", counted(n_left, "object"));
    }
    if texts.is_empty() {
        return texts;
    }
    format!(
        "\n<details><summary>{} as a whole</summary>\n\n{texts}\n</details>\n",
        counted(n, "new object")
    )
}

fn tell(out: &mut String, object: &str, change: &Change) {
    let mut line = match object.contains('/') {
        true => format!("- {}", code(object)),
        false => format!("- {object}"),
    };
    if let Some(path) = change.path() {
        line += &format!(" {}", code(&path.to_string()));
    }
    if let Some((old, new)) = block(change) {
        let mut text = String::new();
        old.lines().for_each(|line| text += &format!("- {line}\n"));
        new.lines().for_each(|line| text += &format!("+ {line}\n"));
        *out += &format!("{line}\n{}", fenced("diff", &text));
        return;
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
    *out += &format!("  <br>{name}{}\n", escaped(&explained.why));
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
