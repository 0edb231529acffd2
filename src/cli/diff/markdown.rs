//! Changes as a comment on a merge request: the worst first, the harmless folded.

use std::collections::BTreeSet;

use super::Part;
use super::show::{Explained, Group, Row, Told, at_home, block, counts, lines, sections, values};
use crate::cli::report::counted;
use crate::diff::{Change, Consequence, Segment, What};
use crate::yaml;

/// Most characters of a comment: GitHub takes 65,536, GitLab 1,000,000.
const MAX_CHARACTERS: usize = 60_000;

/// More harmless changes than this are folded.
const MAX_OPEN: usize = 8;

/// Most outputs of the same changes that are named.
const MAX_NAMED: usize = 20;

/// What is kept for the words about new objects.
const FRAME: usize = 200;

/// What is kept for the words about what is not told at all.
const TAIL: usize = 250;

/// Writes as much as fits: of the worst of all outputs before the less bad of any, and new objects as a whole last.
pub(super) fn write(parts: &[Part]) -> String {
    if parts.iter().all(|part| part.changes.is_empty()) {
        return "No changes.\n".to_owned();
    }
    let mut out = format!("**{}**\n", counts(parts));
    let tail = if parts.len() > 1 { TAIL } else { 0 };
    let mut room = MAX_CHARACTERS.saturating_sub(out.len() + tail);
    let mut pages: Vec<Page<'_>> = parts.iter().map(Page::of).collect();
    for consequence in Consequence::ALL.into_iter().rev() {
        for page in &mut pages {
            page.tell(consequence, &mut room);
        }
    }
    for page in &mut pages {
        page.enter(0, &mut room);
    }
    for page in &mut pages {
        page.keep_objects(&mut room);
    }
    let (told, left): (Vec<Page<'_>>, Vec<Page<'_>>) =
        pages.into_iter().partition(|page| page.is_told);
    told.iter().for_each(|page| page.write(&mut out));
    if !left.is_empty() {
        let further = counts(left.iter().map(|page| page.part));
        out += &format!("\n{further} are too many to show here\n");
    }
    out
}

/// A part as it is told, and how much of it.
struct Page<'p> {
    part: &'p Part,
    heading: String,
    sections: Vec<Section>,
    /// What new objects say: somebody may want to know before they are there.
    objects: Vec<String>,
    n_objects_left: usize,
    is_told: bool,
}

impl<'p> Page<'p> {
    fn of(part: &'p Part) -> Self {
        Self {
            part,
            heading: heading(&part.outputs, &counts([part])),
            sections: Section::all(&part.changes),
            objects: part.changes.iter().filter_map(whole).collect(),
            n_objects_left: 0,
            is_told: false,
        }
    }

    /// Tells of it, if its heading and the words for what does not fit have room beside `more` characters.
    fn enter(&mut self, more: usize, room: &mut usize) {
        let sections: usize = self.sections.iter().map(Section::least).sum();
        let objects = if self.objects.is_empty() { 0 } else { FRAME };
        let least = self.heading.len() + sections + objects;
        if !self.is_told && least + more <= *room {
            *room -= least;
            self.is_told = true;
        }
    }

    /// Tells of a consequence in full, if there is room.
    fn tell(&mut self, consequence: Consequence, room: &mut usize) {
        let is_it = |section: &Section| section.consequence == consequence;
        let Some(index) = self.sections.iter().position(is_it) else {
            return;
        };
        let more = self.sections[index].text.len() - self.sections[index].least();
        self.enter(more, room);
        if self.is_told && more <= *room {
            *room -= more;
            self.sections[index].is_whole = true;
        }
    }

    /// Keeps the new objects for which there is room.
    fn keep_objects(&mut self, room: &mut usize) {
        let n = self.objects.len();
        let is_told = self.is_told;
        self.objects.retain(|text| {
            let fits = is_told && text.len() <= *room;
            if fits {
                *room -= text.len();
            }
            fits
        });
        self.n_objects_left = n - self.objects.len();
    }

    fn write(&self, out: &mut String) {
        *out += &self.heading;
        for section in &self.sections {
            *out += section.told();
        }
        let left = match self.n_objects_left {
            0 => String::new(),
            n => format!("\n{} too long to show here\n", counted(n, "object")),
        };
        if self.objects.is_empty() {
            *out += &left;
            return;
        }
        *out += &format!(
            "\n<details><summary>{} as a whole</summary>\n\n{}{left}\n</details>\n",
            counted(self.objects.len(), "new object"),
            self.objects.concat()
        );
    }
}

/// Names outputs, but not more than somebody reads.
fn heading(outputs: &[String], counts: &str) -> String {
    if outputs.is_empty() {
        return String::new();
    }
    let mut names: Vec<String> = outputs
        .iter()
        .take(MAX_NAMED)
        .map(|output| code(output))
        .collect();
    if outputs.len() > MAX_NAMED {
        names.push(format!("and {} more", outputs.len() - MAX_NAMED));
    }
    format!("\n## {}: {counts}\n", names.join(", "))
}

/// The changes of one consequence.
struct Section {
    consequence: Consequence,
    text: String,
    /// What stands in its place where it does not fit.
    short: String,
    is_whole: bool,
}

impl Section {
    fn all(changes: &[Change]) -> Vec<Self> {
        let (sections, at_home) = (sections(changes), at_home(changes));
        let mut told = Told::default();
        let mut all = Vec::new();
        for (consequence, groups) in &sections {
            let heading = format!("\n### {}\n\n", consequence.name());
            let n = groups.iter().map(|group| group.changes.len()).sum();
            let mut text = heading.clone();
            body(&mut text, *consequence, groups, &mut told, &at_home);
            all.push(Self {
                consequence: *consequence,
                text,
                short: format!("{heading}{}, too many to show here\n", counted(n, "change")),
                is_whole: false,
            });
        }
        all
    }

    /// The fewest characters that it takes.
    fn least(&self) -> usize {
        self.text.len().min(self.short.len())
    }

    fn told(&self) -> &str {
        if self.is_whole || self.text.len() <= self.short.len() {
            &self.text
        } else {
            &self.short
        }
    }
}

fn body<'g>(
    out: &mut String,
    consequence: Consequence,
    groups: &'g [Group<'_>],
    told: &mut Told<'g>,
    at_home: &BTreeSet<&str>,
) {
    let (mut folded, mut n_folded) = (String::new(), 0);
    for group in groups {
        let is_long = group.effects.is_empty() && group.changes.len() > MAX_OPEN;
        for row in group.rows() {
            let speaks_for_itself = is_long && speaks_for_itself(&row);
            let section = if speaks_for_itself {
                &mut folded
            } else {
                &mut *out
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
            if let Some(explained) = told.explain(effect, consequence, at_home) {
                explain(out, &explained);
            }
        }
    }
    if n_folded > 0 {
        *out += &format!(
            "\n<details><summary>{n_folded} without further ado</summary>\n\n{folded}\n</details>\n"
        );
    }
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

/// A new object with all that it says.
fn whole(change: &Change) -> Option<String> {
    let What::Created(body) = &change.what else {
        return None;
    };
    let mut text = String::new();
    yaml::write(body, &mut text, &|_| false);
    let object = code(&change.object.to_string());
    Some(format!("- {object}\n{}", fenced("yaml", &text)))
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
