//! What is found in several renders: what they share once, with the outputs that it is in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Found, Linted};
use crate::cli::report::{Places, written_place};
use crate::lint::Finding;

/// Returns what is found in each render. What is found at one place of a file, or of what was typed, stands with the first
/// render that it is in, and names the others.
pub(super) fn shared(linted: &[Linted]) -> Vec<Vec<Found<'_>>> {
    if let [render] = linted {
        return vec![render.findings.iter().map(Found::of).collect()];
    }
    let mut known = BTreeMap::new();
    let mut all: Vec<Vec<Found<'_>>> = Vec::new();
    for (number, render) in linted.iter().enumerate() {
        let places = Places::new(&render.inputs.effective);
        all.push(Vec::new());
        for finding in &render.findings {
            let diagnostic = &finding.diagnostic;
            let own = (number, all[number].len());
            let (of, at) = match written_place(diagnostic, &places) {
                Some(place) => *known
                    .entry((place, diagnostic.code, &diagnostic.message))
                    .or_insert(own),
                None => own,
            };
            if (of, at) == own {
                all[number].push(Found::of(finding));
            }
            let outputs = &mut all[of][at].outputs;
            if outputs.last() != Some(&render.output.as_str()) {
                outputs.push(&render.output);
            }
        }
    }
    all
}

/// Findings that are in the same renders, below the outputs of those.
type Group<'r, 'f> = (&'r [&'f str], Vec<&'r Found<'f>>);

/// Returns findings by the renders that they are in, those of most renders first.
pub(super) fn by_outputs<'r, 'f>(found: &'r [Found<'f>]) -> Vec<Group<'r, 'f>> {
    let mut groups: Vec<Group<'_, '_>> = Vec::new();
    for found in found {
        match groups
            .iter_mut()
            .find(|(outputs, _)| *outputs == found.outputs)
        {
            Some((_, group)) => group.push(found),
            None => groups.push((&found.outputs, vec![found])),
        }
    }
    groups.sort_by_key(|(outputs, _)| std::cmp::Reverse(outputs.len()));
    groups
}

/// Drops what is said of waivers that another render of the same file uses.
pub(super) fn drop_used_elsewhere(linted: &mut [Linted]) {
    let (mut n_unused, mut n_renders) = (BTreeMap::new(), BTreeMap::new());
    for render in linted.iter() {
        let sources = &render.inputs.effective.sources;
        let files: BTreeSet<&Path> = sources
            .iter()
            .filter_map(|source| source.origin.named_file())
            .collect();
        for file in files {
            *n_renders.entry(file.to_owned()).or_insert(0) += 1;
        }
        let places = Places::new(&render.inputs.effective);
        for finding in &render.findings {
            if let Some(place) = unused(finding, &places) {
                *n_unused.entry(place).or_insert(0) += 1;
            }
        }
    }
    for render in linted {
        let places = Places::new(&render.inputs.effective);
        render.findings.retain(|finding| {
            unused(finding, &places)
                .is_none_or(|place| n_unused.get(&place) == n_renders.get(&place.0))
        });
    }
}

/// Returns the file and the line of a waiver of which it is said that it is unused.
fn unused(finding: &Finding, places: &Places<'_>) -> Option<(PathBuf, usize)> {
    if finding.diagnostic.code != "unused-waiver" {
        return None;
    }
    let location = places.of(&finding.diagnostic)?;
    let file = location.origin.named_file()?;
    Some((file.to_owned(), location.line))
}
