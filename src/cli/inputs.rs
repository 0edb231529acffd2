//! What every command that renders takes: a name, values, a profile, a namespace; and the tier that comes of it.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;

use crate::diagnostic::Diagnostic;
use crate::error::{Error, Failure};
use crate::kube::served::Served;
use crate::kube::version::{self, KubeVersion};
use crate::tier::{self, Invocation, Tier};
use crate::values::Values;
use crate::values::layer::{self, DEFAULTS, Layers, Origin, PROFILES};
use crate::values::merge::{Effective, merge};
use crate::values::schema;
use crate::values::set::Kind;

/// The inputs of a render.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct InputArgs {
    /// What every object's name begins with; alerthistory unless given
    pub(super) name: Option<String>,
    /// Profile; beats `profile:` in values
    #[arg(long, value_parser = PossibleValuesParser::new(PROFILES.map(|(name, _)| name)))]
    pub(super) profile: Option<String>,
    /// Namespace of the objects; default unless given
    #[arg(short, long)]
    pub(super) namespace: Option<String>,
    /// Leave the namespace out of the objects, for whoever applies them to choose
    #[arg(long, conflicts_with = "namespace")]
    pub(super) no_namespace: bool,
    /// File of values, or several with commas; later ones win; `-` is standard input
    #[arg(
        short = 'f',
        long = "values",
        value_name = "FILE",
        value_delimiter = ','
    )]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) flags: Flags,
    /// Kubernetes version to render for
    #[arg(long, value_name = "VERSION")]
    pub(super) kube_version: Option<String>,
    /// API version of custom kinds that the cluster serves, such as monitoring.coreos.com/v1, for lint
    #[arg(short, long, value_name = "VERSION", value_delimiter = ',')]
    pub(super) api_versions: Vec<String>,
    /// The revision at which files are read; nothing, as they are now.
    #[arg(skip)]
    pub(super) revision: Option<String>,
}

/// Values on the command line. They apply by kind, in this order, whatever the order in which they were typed.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Flags {
    /// Value to set to JSON, as path=JSON; or a whole JSON object
    #[arg(long, value_name = "PATH=JSON", allow_hyphen_values = true)]
    set_json: Vec<String>,
    /// Value to set, as path=value; several with commas
    #[arg(long, value_name = "PATH=VALUE", allow_hyphen_values = true)]
    set: Vec<String>,
    /// Value to set to text, as path=text; several with commas
    #[arg(long, value_name = "PATH=TEXT", allow_hyphen_values = true)]
    set_string: Vec<String>,
    /// Value to set to what a file says, as path=file; several with commas; `-` is standard input
    #[arg(long, value_name = "PATH=FILE", allow_hyphen_values = true)]
    set_file: Vec<String>,
    /// Value to set to text, taken as it is to the last character
    #[arg(long, value_name = "PATH=TEXT", allow_hyphen_values = true)]
    set_literal: Vec<String>,
}

impl Flags {
    fn of(&self, kind: Kind) -> &[String] {
        match kind {
            Kind::Json => &self.set_json,
            Kind::Set => &self.set,
            Kind::String => &self.set_string,
            Kind::File => &self.set_file,
            Kind::Literal => &self.set_literal,
        }
    }

    /// Puts further `--set` before those that were given, which win.
    pub(super) fn preset(&mut self, set: &[String]) {
        self.set.splice(0..0, set.iter().cloned());
    }

    /// Tells whether none was given.
    pub(super) fn is_empty(&self) -> bool {
        Kind::ALL.iter().all(|kind| self.of(*kind).is_empty())
    }
}

/// Why a command stopped, with what it takes to show it.
#[derive(Debug)]
pub(super) enum Stop {
    /// Findings, and the values that they point into.
    Findings(Vec<Diagnostic>, Box<Effective>),
    /// An error.
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// A tier and the values that it comes from.
pub(super) struct Inputs {
    pub(super) tier: Tier,
    pub(super) effective: Effective,
    pub(super) values: Values,
    pub(super) invocation: Invocation,
    pub(super) served: Served,
}

impl Inputs {
    /// Ties a failure to the values that its findings point into.
    pub(super) fn stop(self, failure: Failure) -> Stop {
        match failure {
            Failure::Findings(findings) => Stop::Findings(findings, Box::new(self.effective)),
            Failure::Error(error) => Stop::Error(error),
        }
    }
}

impl InputArgs {
    /// Returns the same inputs as they were at a revision.
    pub(super) fn at(&self, revision: &str) -> Self {
        Self {
            revision: Some(revision.to_owned()),
            ..self.clone()
        }
    }

    /// Returns what every object's name begins with.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("alerthistory")
    }

    /// Returns the namespace of the objects.
    pub(super) fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or("default")
    }

    /// Tells whether nothing says which render is meant, so that a project file may.
    pub(super) fn is_bare(&self) -> bool {
        self.name.is_none() && self.profile.is_none() && self.files.is_empty()
    }

    /// Refuses standard input where it is more than one thing: whoever came second would get the same bytes once more.
    /// `others` are the paths that the command takes beside the inputs.
    pub(super) fn reads_stdin_once<'p>(
        &'p self,
        others: impl IntoIterator<Item = &'p PathBuf>,
    ) -> Result<(), Error> {
        let paths = self.files.iter().chain(others);
        let n_paths = paths.filter(|path| layer::is_stdin(path)).count();
        let flags = self.flags.of(Kind::File).iter();
        let n_flags: usize = flags.map(|flag| layer::n_stdin(flag)).sum();
        if n_paths + n_flags <= 1 {
            return Ok(());
        }
        Err(Error::Usage {
            message: "standard input can be read once only".to_owned(),
            help: Some("give `-` once".to_owned()),
        })
    }

    /// Reads the values and resolves the tier.
    pub(super) fn resolve(&self) -> Result<Inputs, Stop> {
        let kube_version = self.kube_version()?;
        self.reads_stdin_once(None)?;
        let served = Served::parse(&self.api_versions).map_err(|message| Error::Usage {
            message: format!("--api-versions: {message}"),
            help: None,
        })?;
        let mut diagnostics = Vec::new();
        let mut layers = Layers::at_revision(self.revision.clone());
        layers.add(Origin::Default, DEFAULTS, &mut diagnostics);
        for path in &self.files {
            layers.add_file(path, &mut diagnostics)?;
        }
        for kind in Kind::ALL {
            for (index, text) in self.flags.of(kind).iter().enumerate() {
                layers.add_flag(kind, index + 1, text, &mut diagnostics);
            }
        }
        let argument = |layers: &mut Layers, name: &'static str, text: &str| {
            let source = layers.add_source(Origin::Argument(name), text.to_owned());
            crate::yaml::Span {
                source,
                start: 0,
                end: u32::try_from(text.len()).unwrap_or(u32::MAX),
            }
        };
        let invocation = Invocation {
            name: self.name().to_owned(),
            name_span: argument(&mut layers, "NAME", self.name()),
            namespace: (!self.no_namespace).then(|| self.namespace().to_owned()),
            namespace_span: argument(&mut layers, "--namespace", self.namespace()),
            kube_version,
        };
        let is_incomplete = layers.is_incomplete();
        let effective = merge(layers, self.profile.as_deref(), &mut diagnostics);
        if is_incomplete {
            // What the rest says is not what the user meant without the file.
            return Err(Stop::Findings(diagnostics, Box::new(effective)));
        }
        let decoded = schema::decode(&effective, &mut diagnostics);
        match tier::resolve(&decoded, &effective, &invocation, diagnostics) {
            Ok(tier) => Ok(Inputs {
                tier,
                effective,
                values: decoded.values,
                invocation,
                served,
            }),
            Err(findings) => Err(Stop::Findings(findings, Box::new(effective))),
        }
    }

    fn kube_version(&self) -> Result<KubeVersion, Error> {
        let Some(text) = &self.kube_version else {
            return Ok(version::FLOOR);
        };
        let usage = |message: String| Error::Usage {
            message: format!("--kube-version: {message}"),
            help: None,
        };
        let version = KubeVersion::parse(text).map_err(|error| usage(error.to_string()))?;
        version::check_supported(version).map_err(|error| usage(error.to_string()))?;
        Ok(version)
    }
}
