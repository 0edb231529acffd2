//! What every command that renders takes: a name, values, a profile, a namespace; and the tier that comes of it.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;

use crate::diagnostic::Diagnostic;
use crate::error::{Error, Failure};
use crate::kube::version::{self, KubeVersion};
use crate::tier::{self, Invocation, Tier};
use crate::values::layer::{DEFAULTS, Layers, Origin, PROFILES};
use crate::values::merge::{Effective, merge};
use crate::values::{schema, set};

/// The inputs of a render.
#[derive(Debug, clap::Args)]
pub(super) struct InputArgs {
    /// What every object's name begins with
    #[arg(default_value = "alerthistory")]
    pub(super) name: String,
    /// Profile; beats `profile:` in values
    #[arg(long, value_parser = PossibleValuesParser::new(PROFILES.map(|(name, _)| name)))]
    profile: Option<String>,
    /// Namespace of the objects
    #[arg(short, long, default_value = "default")]
    pub(super) namespace: String,
    /// Leave the namespace out of the objects, for whoever applies them to choose
    #[arg(long, conflicts_with = "namespace")]
    pub(super) no_namespace: bool,
    /// File of values; later ones win; `-` is standard input
    #[arg(short = 'f', long = "values", value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Value to set, as path=value; several with commas
    #[arg(long = "set", value_name = "PATH=VALUE", allow_hyphen_values = true)]
    pub(super) sets: Vec<String>,
    /// Kubernetes version to render for
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
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
    /// Reads the values and resolves the tier.
    pub(super) fn resolve(&self) -> Result<Inputs, Stop> {
        let kube_version = self.kube_version()?;
        let mut diagnostics = Vec::new();
        let mut layers = Layers::default();
        layers.add(Origin::Default, DEFAULTS, &mut diagnostics);
        if self
            .files
            .iter()
            .filter(|path| path.as_os_str() == "-")
            .count()
            > 1
        {
            return Err(Stop::Error(Error::Usage {
                message: "standard input can be read once only".to_owned(),
                help: Some("give `-f -` once".to_owned()),
            }));
        }
        let mut unreadable = false;
        for path in &self.files {
            let n_layers = layers.layers.len();
            layers.add_file(path, &mut diagnostics)?;
            unreadable |= layers.layers.len() == n_layers;
        }
        let mut assignments = Vec::new();
        for (index, text) in self.sets.iter().enumerate() {
            let source = layers.add_source(
                Origin::Flag {
                    name: "--set",
                    number: index + 1,
                },
                text.clone(),
            );
            match set::parse(text, source) {
                Ok(parsed) => assignments.extend(parsed),
                Err(finding) => diagnostics.push(*finding),
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
            name: self.name.clone(),
            name_span: argument(&mut layers, "NAME", &self.name),
            namespace: (!self.no_namespace).then(|| self.namespace.clone()),
            namespace_span: argument(&mut layers, "--namespace", &self.namespace),
            kube_version,
        };
        let effective = merge(
            layers,
            assignments,
            self.profile.as_deref(),
            &mut diagnostics,
        );
        if unreadable {
            // What the rest says is not what the user meant without the file.
            return Err(Stop::Findings(diagnostics, Box::new(effective)));
        }
        let decoded = schema::decode(&effective, &mut diagnostics);
        match tier::resolve(&decoded, &effective, &invocation, diagnostics) {
            Ok(tier) => Ok(Inputs { tier, effective }),
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
