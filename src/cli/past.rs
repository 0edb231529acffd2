//! What a project was at revisions: its renders and templates, each read once, whichever render asks. It compares nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::inputs::InputArgs;
use super::project::{self, Planned};
use super::{diff, templates};
use crate::manifest::Manifest;
use crate::template::Templates;

/// What was read of the revisions that were asked for.
#[derive(Default)]
pub(super) struct Past {
    /// The inputs of each output.
    projects: BTreeMap<String, BTreeMap<PathBuf, InputArgs>>,
    /// The templates, where they could be read.
    templates: BTreeMap<String, Option<Rc<Templates>>>,
}

impl Past {
    /// Renders what a render was at a revision; nothing where git does not have its inputs, or they do not render.
    pub(super) fn rendered(
        &mut self,
        planned: &Planned,
        template_dir: Option<&Path>,
        revision: &str,
    ) -> Option<Manifest> {
        let inputs = self.inputs(planned, revision)?;
        let read = || templates::read_at(template_dir, revision).ok().map(Rc::new);
        let templates = self.templates.entry(revision.to_owned());
        let templates = templates.or_insert_with(read).clone()?;
        let (manifest, _) = diff::rendered(&inputs, &templates).ok()?;
        Some(manifest)
    }

    /// Returns the inputs as they were: what the project file said then of the same output, if it did.
    fn inputs(&mut self, planned: &Planned, revision: &str) -> Option<InputArgs> {
        let Some(typed) = planned.typed_beside() else {
            return Some(planned.inputs.at(revision));
        };
        let read = || {
            let renders = project::planned(&typed.at(revision)).ok().flatten();
            let renders = renders.unwrap_or_default().into_iter();
            renders
                .map(|render| (render.place(), render.inputs))
                .collect()
        };
        let project = self.projects.entry(revision.to_owned());
        project.or_insert_with(read).get(&planned.place()).cloned()
    }
}
