//! Every template: its file, its text, and when its object exists. In reading order.

use super::limits;
use crate::diagnostic::nearest;
use crate::error::Error;
use crate::tier::{Prometheus, Tier};

/// The template of one object.
#[derive(Debug)]
pub struct Entry {
    /// The file in `templates/`.
    pub file: &'static str,
    /// Whether the object exists in a tier.
    pub applies: fn(&Tier) -> bool,
}

/// The file whose data the server reads, which the checksum covers.
pub const CONFIG: &str = "configmap-redis.yaml.j2";

/// The file of the Secret.
pub const SECRET: &str = "secret.yaml.j2";

/// The objects.
pub const OBJECTS: &[Entry] = &[
    Entry {
        file: "configmap-env.yaml.j2",
        applies: |_| true,
    },
    Entry {
        file: "serviceaccount.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.service_account.create)
        },
    },
    Entry {
        file: SECRET,
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.secret.data.is_some())
        },
    },
    Entry {
        file: "externalsecret.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.secret.external.is_some())
        },
    },
    Entry {
        file: CONFIG,
        applies: |tier| tier.cache.is_some(),
    },
    Entry {
        file: "service.yaml.j2",
        applies: |tier| tier.cache.is_some(),
    },
    Entry {
        file: "service-headless.yaml.j2",
        applies: |tier| tier.cache.is_some(),
    },
    Entry {
        file: "service-metrics.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.exporter.is_some())
        },
    },
    Entry {
        file: "statefulset.yaml.j2",
        applies: |tier| tier.cache.is_some(),
    },
    Entry {
        file: "servicemonitor.yaml.j2",
        applies: |tier| prometheus(tier).is_some(),
    },
    Entry {
        file: "prometheusrule.yaml.j2",
        applies: |tier| prometheus(tier).is_some_and(|prometheus| !prometheus.groups.is_empty()),
    },
    Entry {
        file: "configmap-dashboard.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.monitoring.dashboard.is_some())
        },
    },
    Entry {
        file: "poddisruptionbudget.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.disruption_budget.is_some())
        },
    },
    Entry {
        file: "networkpolicy.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.policy.is_some())
        },
    },
    Entry {
        file: "networkpolicy-backup.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.policy.is_some() && cache.backup.is_some())
        },
    },
    Entry {
        file: "persistentvolumeclaim-backup.yaml.j2",
        applies: |tier| {
            let backup = tier.cache.as_ref().and_then(|cache| cache.backup.as_ref());
            backup.is_some_and(|backup| backup.storage.is_ours)
        },
    },
    Entry {
        file: "cronjob-backup.yaml.j2",
        applies: |tier| {
            tier.cache
                .as_ref()
                .is_some_and(|cache| cache.backup.is_some())
        },
    },
];

fn prometheus(tier: &Tier) -> Option<&Prometheus> {
    tier.cache.as_ref()?.monitoring.prometheus.as_ref()
}

macro_rules! embedded {
    ($($file:literal),+ $(,)?) => { &[$(($file, include_str!(concat!("../../templates/", $file)))),+] };
}

/// The text of every template, parts of objects and plain texts among them.
pub const TEXTS: &[(&str, &str)] = embedded![
    "config/dashboard.json.j2",
    "config/redis.conf.j2",
    "configmap-dashboard.yaml.j2",
    "configmap-env.yaml.j2",
    "configmap-redis.yaml.j2",
    "cronjob-backup.yaml.j2",
    "externalsecret.yaml.j2",
    "networkpolicy-backup.yaml.j2",
    "networkpolicy.yaml.j2",
    "partials/probe-liveness.yaml.j2",
    "partials/probe-readiness.yaml.j2",
    "partials/probe-startup.yaml.j2",
    "partials/security-context-container.yaml.j2",
    "partials/security-context-pod.yaml.j2",
    "persistentvolumeclaim-backup.yaml.j2",
    "poddisruptionbudget.yaml.j2",
    "prometheusrule.yaml.j2",
    "scripts/backup.sh.j2",
    "scripts/init.sh.j2",
    "scripts/ready.sh.j2",
    "secret.yaml.j2",
    "service-headless.yaml.j2",
    "service-metrics.yaml.j2",
    "service.yaml.j2",
    "serviceaccount.yaml.j2",
    "servicemonitor.yaml.j2",
    "statefulset.yaml.j2",
];

/// Returns the text of an embedded template.
pub fn text(file: &str) -> Option<&'static str> {
    TEXTS
        .iter()
        .find(|(name, _)| *name == file)
        .map(|(_, text)| *text)
}

/// The templates of a render: the embedded ones, some of them shadowed by the user's own.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    shadows: Vec<Shadow>,
}

#[derive(Debug, Clone)]
struct Shadow {
    file: &'static str,
    text: String,
    path: String,
}

impl Templates {
    /// Puts a text in the place of an embedded template; `path` is how messages name it.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where there is no template of that name; [`Error::OwnTemplate`] where the engine would not survive it.
    pub fn shadow(&mut self, file: &str, text: String, path: String) -> Result<(), Error> {
        let names = || TEXTS.iter().map(|(name, _)| *name);
        let Some(file) = names().find(|name| *name == file) else {
            let help = match nearest(file, names()) {
                Some(name) => format!("a template with a similar name exists: `{name}`"),
                None => format!(
                    "the templates are\n  {}",
                    names().collect::<Vec<_>>().join("\n  ")
                ),
            };
            return Err(Error::Usage {
                message: format!("--template-dir: `{path}` is no template of cachegen's"),
                help: Some(help),
            });
        };
        if let Some((line, message)) = limits::fault(&text) {
            return Err(Error::OwnTemplate {
                path,
                line,
                message,
            });
        }
        self.shadows.push(Shadow { file, text, path });
        Ok(())
    }

    /// Returns the text of a template.
    pub fn text(&self, file: &str) -> Option<&str> {
        self.find(file)
            .map(|shadow| shadow.text.as_str())
            .or_else(|| text(file))
    }

    /// Returns the name and the text of a template, if it is embedded.
    pub(super) fn embedded(&self, file: &str) -> Option<(&'static str, &'static str)> {
        let known = TEXTS.iter().copied().find(|(name, _)| *name == file);
        known.filter(|_| self.find(file).is_none())
    }

    /// Returns how messages name the file that stands in for an embedded template.
    pub fn path(&self, file: &str) -> Option<&str> {
        self.find(file).map(|shadow| shadow.path.as_str())
    }

    /// Tells whether all are embedded.
    pub fn are_embedded(&self) -> bool {
        self.shadows.is_empty()
    }

    /// Returns the error of a template that failed: a bug of ours, or the mistake of whose it is.
    pub(super) fn failed(&self, file: &str, line: usize, message: String) -> Error {
        match self.find(file) {
            Some(shadow) => Error::OwnTemplate {
                path: shadow.path.clone(),
                line,
                message,
            },
            None => Error::Template {
                file: file.to_owned(),
                line,
                message,
            },
        }
    }

    fn find(&self, file: &str) -> Option<&Shadow> {
        self.shadows.iter().find(|shadow| shadow.file == file)
    }
}
