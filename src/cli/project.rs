//! The renders of the project file, and the flags beside it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;

use super::inputs::{InputArgs, Stop};
use super::output::Console;
use super::report::{Known, Places};
use crate::diagnostic::{Diagnostic, Place, Step, ValuePath};
use crate::error::Error;
use crate::project::{self, FILE, Unusable};
use crate::values::layer::Origin;
use crate::values::merge::Effective;
use crate::values::set::Kind;
use crate::yaml::{Node, Span};

/// One render of the project.
pub(super) struct Planned {
    /// What it is made of.
    pub(super) inputs: InputArgs,
    /// Where it is committed.
    pub(super) output: PathBuf,
    /// Where the project file says so, unless it was typed.
    written: Option<Written>,
}

/// The place of a render in the project file.
struct Written {
    file: Rc<Effective>,
    index: usize,
    /// What was typed beside it.
    typed: InputArgs,
}

/// Returns the renders of the project file, each with the flags that were typed; nothing where there is no such file.
/// Where files are read at a revision, it is too.
pub(super) fn planned(args: &InputArgs) -> Result<Option<Vec<Planned>>, Stop> {
    let (project, file) = match project::read(args.revision.as_deref()) {
        Ok(Some((project, file))) => (project, Rc::new(file)),
        Ok(None) => return Ok(None),
        Err(Unusable::Findings(findings, effective)) => {
            return Err(Stop::Findings(findings, effective));
        }
        Err(Unusable::Error(error)) => return Err(error.into()),
    };
    let planned = project.renders.iter().enumerate().map(|(index, render)| {
        let mut inputs = args.clone();
        inputs.name = render.name.clone();
        inputs.profile = render.profile.clone();
        inputs.namespace = args.namespace.clone().or(render.namespace.clone());
        inputs.files = render.values.iter().map(PathBuf::from).collect();
        inputs.flags.preset(&render.set);
        Planned {
            inputs,
            output: PathBuf::from(&render.output),
            written: Some(Written {
                file: Rc::clone(&file),
                index,
                typed: args.clone(),
            }),
        }
    });
    Ok(Some(planned.collect()))
}

impl Planned {
    /// Makes one of what was typed.
    pub(super) fn typed(inputs: InputArgs, output: PathBuf) -> Self {
        Self {
            inputs,
            output,
            written: None,
        }
    }

    /// Returns what was typed beside the project file, unless the render was typed itself.
    pub(super) fn typed_beside(&self) -> Option<&InputArgs> {
        self.written.as_ref().map(|written| &written.typed)
    }

    /// Returns where it is committed, without what makes no difference.
    pub(super) fn place(&self) -> PathBuf {
        project::normal(&self.output)
    }

    /// Moves findings about what the project file says into that file.
    fn at_home(&self, stop: Stop) -> Stop {
        match (stop, &self.written) {
            (Stop::Findings(mut findings, mut effective), Some(written)) => {
                written.bring_home(findings.iter_mut(), &mut effective);
                Stop::Findings(findings, effective)
            }
            (stop, _) => stop,
        }
    }

    /// Moves what was found in the values, where the project file says them, into that file.
    pub(super) fn bring_home<'d>(
        &self,
        findings: impl Iterator<Item = &'d mut Diagnostic>,
        effective: &mut Effective,
    ) {
        if let Some(written) = &self.written {
            written.bring_home(findings, effective);
        }
    }

    /// Returns what it is called: where it is committed, and what its objects' names begin with where.
    fn identity(&self) -> (PathBuf, (&str, &str)) {
        let objects = (self.inputs.name(), self.inputs.namespace());
        (self.place(), objects)
    }
}

/// Returns what each render was in the project as it was, and the renders that are no more.
///
/// One whose objects no other render has is the same wherever it is written: those are its objects in the cluster. Of
/// namesakes, which are in several clusters, the output says which is which. What is left of both is told by the names alone.
pub(super) fn paired(now: &[Planned], then: Vec<Planned>) -> (Vec<Option<Planned>>, Vec<Planned>) {
    let mut was = vec![None; now.len()];
    let mut left: BTreeSet<usize> = (0..then.len()).collect();
    {
        let now: Vec<_> = now.iter().map(Planned::identity).collect();
        let then: Vec<_> = then.iter().map(Planned::identity).collect();
        let is_one = |objects| {
            let n =
                |all: &[(PathBuf, _)]| all.iter().filter(|(_, other)| *other == objects).count();
            n(&now) == 1 && n(&then) == 1
        };
        for round in 0..4 {
            for (was, (output, objects)) in was.iter_mut().zip(&now) {
                let is_same = |at: &&usize| {
                    let (other_output, other_objects) = &then[**at];
                    match round {
                        0 => (output, objects) == (other_output, other_objects),
                        1 => objects == other_objects && is_one(*objects),
                        2 => output == other_output,
                        _ => objects == other_objects,
                    }
                };
                if was.is_none() {
                    *was = left.iter().find(is_same).copied();
                    was.map(|at| left.remove(&at));
                }
            }
        }
    }
    let mut then: Vec<Option<Planned>> = then.into_iter().map(Some).collect();
    let was = was
        .into_iter()
        .map(|at| at.and_then(|at: usize| then[at].take()))
        .collect();
    (was, then.into_iter().flatten().collect())
}

impl Written {
    fn node(&self, keys: &[Step]) -> Option<&Node> {
        let mut path = vec![Step::Key("renders".into()), Step::Index(self.index)];
        path.extend_from_slice(keys);
        self.file.get(&ValuePath(path))
    }

    fn bring_home<'d>(
        &self,
        findings: impl Iterator<Item = &'d mut Diagnostic>,
        effective: &mut Effective,
    ) {
        let Some(file) = self.file.sources.first() else {
            return;
        };
        let n_set = match self
            .node(&[Step::Key("set".into())])
            .map(|node| &node.content)
        {
            Some(crate::yaml::Content::Sequence(items)) => items.len(),
            _ => 0,
        };
        let key = |key: &str| vec![Step::Key(key.into())];
        let homes: Vec<Option<&Node>> = effective
            .sources
            .iter()
            .map(|source| match &source.origin {
                Origin::Flag {
                    kind: Kind::Set,
                    number,
                } => self.node(&[Step::Key("set".into()), Step::Index(number - 1)]),
                Origin::Argument("NAME") => self.node(&key("name")),
                Origin::Argument(_) if self.typed.namespace.is_none() => {
                    self.node(&key("namespace"))
                }
                _ => None,
            })
            .collect();
        let number = u32::try_from(effective.sources.len()).unwrap_or(u32::MAX);
        for finding in findings {
            let related = finding.related.iter_mut().map(|(place, _)| place);
            for place in std::iter::once(&mut finding.place).chain(related) {
                let Some(span) = effective.locate(place) else {
                    continue;
                };
                if let Some(Some(node)) = homes.get(span.source as usize) {
                    *place = Place::Span(within(node, span, &file.text, number));
                }
            }
        }
        let mut file = file.clone();
        file.is_readable = true;
        effective.sources.push(file);
        // What was typed beside the file is numbered as it was typed.
        for source in &mut effective.sources {
            if let Origin::Flag {
                kind: Kind::Set,
                number,
            } = &mut source.origin
            {
                *number = number.saturating_sub(n_set).max(1);
            }
        }
    }
}

/// Returns where in a file a part of a scalar is: all of it where it is not written as it is read.
fn within(node: &Node, part: Span, text: &str, source: u32) -> Span {
    let written = text
        .get(node.span.start as usize..node.span.end as usize)
        .unwrap_or_default();
    let read = node.scalar().map_or("", |scalar| &scalar.text);
    match written.find(read).and_then(|at| u32::try_from(at).ok()) {
        Some(at) if written.len() <= read.len() + 2 => {
            let at = |position: u32| {
                let position = node.span.start.saturating_add(at).saturating_add(position);
                position.min(node.span.end)
            };
            Span {
                source,
                start: at(part.start),
                end: at(part.end),
            }
        }
        _ => Span {
            source,
            ..node.span
        },
    }
}

/// Returns the renders of the project file for a command that has nothing else to go by.
pub(super) fn required(args: &InputArgs) -> Result<Vec<Planned>, Stop> {
    if !args.is_bare() {
        return Err(usage(
            "NAME, --values and --profile are what the project file says of each render",
            "leave them out, or say which file or directory is meant",
        ));
    }
    planned(args)?.ok_or_else(|| {
        usage(
            &format!("there is no `{FILE}` here that says what is rendered where"),
            "write one, or name a file; the README shows both",
        )
    })
}

/// Makes something of each render, or returns what is wrong with all of them; at a place of a file that they share, once.
pub(super) fn each<T>(
    renders: &[Planned],
    mut make: impl FnMut(&Planned) -> Result<T, Stop>,
) -> Result<Vec<T>, Vec<Stop>> {
    let (mut made, mut stops, mut known) = (Vec::new(), Vec::new(), Known::default());
    for render in renders {
        match make(render).map_err(|stop| render.at_home(stop)) {
            Ok(thing) => made.push(thing),
            Err(Stop::Findings(mut findings, effective)) => {
                let places = Places::new(&effective);
                findings.retain(|finding| known.is_new(finding, &places));
                if !findings.is_empty() {
                    stops.push(Stop::Findings(findings, effective));
                }
            }
            Err(stop) => stops.push(stop),
        }
    }
    if stops.is_empty() {
        Ok(made)
    } else {
        Err(stops)
    }
}

/// Tells of all but the last, which is returned.
pub(super) fn last(mut stops: Vec<Stop>, console: &mut Console) -> Stop {
    let last = stops.pop().expect("something stopped");
    stops.iter().for_each(|stop| console.report(stop));
    last
}

fn usage(message: &str, help: &str) -> Stop {
    Stop::Error(Error::Usage {
        message: message.to_owned(),
        help: Some(help.to_owned()),
    })
}
