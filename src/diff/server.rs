//! What one side's objects say of its server: which program, which configuration, where its data is.

use super::conf::Conf;
use super::defaults::quantity;
use crate::kube::object::ObjectId;
use crate::kube::probe::startup_seconds;
use crate::manifest::Object;
use crate::redis::version::{Engine, Version, from_repository, from_tag};
use crate::redis::{base, memory};
use crate::yaml::Value;

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Data {
    /// On a claim that the StatefulSet makes.
    Made {
        /// Name of the claim template.
        template: String,
        /// Its StorageClass, unless it is the cluster's default.
        class: Option<String>,
    },
    /// On a claim that exists.
    Claim(String),
    /// In a directory that goes with the pod.
    Ephemeral,
    /// The objects do not say.
    Unknown,
}

/// The server of one side.
#[derive(Debug, Clone)]
pub(super) struct Server<'o> {
    /// Its StatefulSet.
    pub(super) set: ObjectId,
    /// The name of the ConfigMap with its configuration.
    pub(super) config_map: Option<String>,
    /// Its configuration, where the ConfigMap is among the objects and can be read.
    pub(super) conf: Option<Conf<'o>>,
    /// The program and its minor version, where the image tells.
    pub(super) program: Option<(Engine, Version)>,
    /// Where the data is.
    pub(super) data: Data,
    /// The memory limit of the container in bytes.
    pub(super) memory_limit: Option<u64>,
    /// The seconds after which a container that did not start is killed, where it is asked.
    pub(super) startup_seconds: Option<u64>,
    /// The seconds after which a pod that does not end is killed.
    pub(super) grace_seconds: u64,
    /// How many there are.
    pub(super) replicas: u64,
    /// Whether claims go when the StatefulSet is scaled down.
    pub(super) deletes_when_scaled: bool,
    /// Whether claims go when the StatefulSet is deleted.
    pub(super) deletes_when_deleted: bool,
    /// The user whose the files are, where the objects say so.
    pub(super) user: Option<String>,
    /// The group that the kubelet makes the files writable for.
    pub(super) fs_group: Option<String>,
    /// Whether there is an administrator: where the ConfigMap is among the objects, its script makes one.
    pub(super) has_administrator: bool,
    /// What the configuration and the Secret were when the pods were made.
    pub(super) checksums: Vec<String>,
    /// The Secret that the pods mount.
    pub(super) secret: Option<String>,
}

impl<'o> Server<'o> {
    /// Finds the server among the objects of a side.
    pub(super) fn find(objects: &'o [Object]) -> Option<Self> {
        objects.iter().find_map(|object| Self::of(object, objects))
    }

    fn of(set: &'o Object, objects: &'o [Object]) -> Option<Self> {
        if set.id.kind != "StatefulSet" {
            return None;
        }
        let pod = Pod::of(set)?;
        let config_map = pod.config_map();
        let file = |name: &str| -> Option<&'o str> {
            let config_map = config_map?;
            let object = objects
                .iter()
                .find(|object| object.id.kind == "ConfigMap" && object.id.name == config_map)?;
            text(&object.body, &["data", name])
        };
        let (conf, script) = (file("redis.conf").and_then(Conf::read), file("init.sh"));
        let deletes = |when: &str| {
            let retention = ["spec", "persistentVolumeClaimRetentionPolicy", when];
            text(&set.body, &retention) == Some("Delete")
        };
        let id = |of: &Value, key: &str| match of.at(&["securityContext", key]) {
            Some(Value::Number(digits)) => Some(digits.to_string()),
            _ => None,
        };
        let limit = pod.container.at(&["resources", "limits", "memory"]);
        let startup_probe = pod.container.at(&["startupProbe"]);
        let grace = pod.spec.at(&["terminationGracePeriodSeconds"]);
        let replicas = set.body.at(&["spec", "replicas"]);
        Some(Self {
            set: set.id.clone(),
            config_map: config_map.map(str::to_owned),
            conf,
            program: program(pod.container, set),
            data: pod.data(),
            memory_limit: limit.and_then(quantity).and_then(|limit| limit.floor()),
            startup_seconds: startup_probe.map(startup_seconds),
            grace_seconds: grace.and_then(count).unwrap_or(30),
            replicas: replicas.and_then(count).unwrap_or(1),
            deletes_when_scaled: deletes("whenScaled"),
            deletes_when_deleted: deletes("whenDeleted"),
            user: id(pod.container, "runAsUser").or_else(|| id(pod.spec, "runAsUser")),
            fs_group: id(pod.spec, "fsGroup"),
            has_administrator: script.is_none_or(|script| script.contains("secret admin ")),
            checksums: pod.checksums(),
            secret: pod.secret().map(str::to_owned),
        })
    }

    /// Returns the claim that the data of its first pod is on.
    pub(super) fn claim(&self) -> Option<String> {
        match &self.data {
            Data::Made { template, .. } => Some(format!("{template}-{}-0", self.set.name)),
            Data::Claim(name) => Some(name.clone()),
            Data::Ephemeral | Data::Unknown => None,
        }
    }

    /// Tells whether the data has to be carried over to where the same StatefulSet has it later.
    ///
    /// A claim that a template has made may be given by its name instead, and the other way round.
    pub(super) fn moves_to(&self, new: &Self) -> bool {
        let is_given = [&self.data, &new.data]
            .iter()
            .any(|data| matches!(data, Data::Claim(_)));
        self.data != new.data && !(is_given && self.claim() == new.claim())
    }

    /// Returns the words of a directive.
    pub(super) fn directive(&self, name: &str) -> Option<&str> {
        self.conf.as_ref()?.get(name)
    }

    /// Tells whether every write is logged.
    pub(super) fn is_logged(&self) -> bool {
        self.directive("appendonly")
            .is_some_and(|word| word.eq_ignore_ascii_case("yes"))
    }

    /// Tells whether a snapshot is written now and then, and when the server ends.
    pub(super) fn is_saved(&self) -> bool {
        // Without a line there are the server's own points in time.
        self.directive("save") != Some("\"\"")
    }

    /// Returns the memory for data in bytes, unless there is no limit.
    pub(super) fn maxmemory(&self) -> Option<u64> {
        let bytes = memory::parse(self.directive("maxmemory")?).ok()?;
        (bytes > 0).then_some(bytes)
    }
}

/// The pod of a server: its container, and what stands in the container's directories.
struct Pod<'o> {
    set: &'o Object,
    spec: &'o Value,
    container: &'o Value,
}

impl<'o> Pod<'o> {
    fn of(set: &'o Object) -> Option<Self> {
        let spec = set.body.at(&["spec", "template", "spec"])?;
        let container = named(spec.at(&["containers"])?, "redis")?;
        Some(Self {
            set,
            spec,
            container,
        })
    }

    /// Returns the name of the volume that is mounted at a path.
    fn mounted(&self, path: &str) -> Option<&'o str> {
        let mounts = self.container.at(&["volumeMounts"])?.as_sequence()?;
        let mount = mounts
            .iter()
            .find(|mount| text(mount, &["mountPath"]) == Some(path))?;
        text(mount, &["name"])
    }

    fn volume(&self, name: &str) -> Option<&'o Value> {
        named(self.spec.at(&["volumes"])?, name)
    }

    /// Returns the name of the ConfigMap with the configuration.
    fn config_map(&self) -> Option<&'o str> {
        let volume = self.volume(self.mounted(base::CONFIG)?)?;
        text(volume, &["configMap", "name"])
    }

    /// Returns the name of the Secret that it mounts.
    fn secret(&self) -> Option<&'o str> {
        let mut volumes = self.spec.at(&["volumes"])?.as_sequence()?.iter();
        volumes.find_map(|volume| text(volume, &["secret", "secretName"]))
    }

    fn data(&self) -> Data {
        let Some(name) = self.mounted(base::DATA) else {
            return Data::Unknown;
        };
        let template = templates(self.set)
            .find(|template| text(template, &["metadata", "name"]) == Some(name));
        if let Some(template) = template {
            return Data::Made {
                template: name.to_owned(),
                class: text(template, &["spec", "storageClassName"]).map(str::to_owned),
            };
        }
        let Some(volume) = self.volume(name) else {
            return Data::Unknown;
        };
        match text(volume, &["persistentVolumeClaim", "claimName"]) {
            Some(claim) => Data::Claim(claim.to_owned()),
            None if volume.at(&["emptyDir"]).is_some() => Data::Ephemeral,
            None => Data::Unknown,
        }
    }

    /// Returns what its configuration and Secret were when it was made.
    fn checksums(&self) -> Vec<String> {
        let path = ["spec", "template", "metadata", "annotations"];
        let annotations = self.set.body.at(&path).and_then(Value::as_mapping);
        let annotations = annotations.into_iter().flat_map(|all| all.iter());
        annotations
            .filter(|(key, _)| key.starts_with("checksum/"))
            .filter_map(|(_, value)| value.as_str().map(str::to_owned))
            .collect()
    }
}

fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// Returns the claim templates.
fn templates(set: &Object) -> impl Iterator<Item = &Value> {
    let templates = set.body.at(&["spec", "volumeClaimTemplates"]);
    templates
        .and_then(Value::as_sequence)
        .unwrap_or_default()
        .iter()
}

/// Which server it is: the command and the image name the engine, the image and the label the version.
fn program(container: &Value, set: &Object) -> Option<(Engine, Version)> {
    let image = text(container, &["image"])?;
    let bare = image.split('@').next().unwrap_or(image);
    let (repository, tag) = match bare.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (bare, None),
    };
    let command = container
        .at(&["command"])
        .and_then(Value::as_sequence)
        .and_then(|command| command.first()?.as_str());
    let engine = [Engine::Redis, Engine::Valkey]
        .into_iter()
        .find(|engine| command == Some(engine.server()))
        .or_else(|| from_repository(repository))?;
    let label = set
        .body
        .at(&["metadata", "labels", "app.kubernetes.io/version"])
        .and_then(Value::as_str);
    let version = label
        .and_then(|label| label.parse().ok())
        .or_else(|| from_tag(tag?))?;
    Some((engine, version))
}

/// Returns the item of a list that has a name.
fn named<'v>(list: &'v Value, name: &str) -> Option<&'v Value> {
    list.as_sequence()?
        .iter()
        .find(|item| text(item, &["name"]) == Some(name))
}

fn text<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    value.at(path)?.as_str()
}
