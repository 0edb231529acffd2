//! What Pod Security admission refuses in a pod at its level `restricted`, which has every check of `baseline` too.
//! Whose field it is and how it came there is not known here.

use super::object::group;
use super::version::KubeVersion;
use crate::diagnostic::ValuePath;
use crate::yaml::{Mapping, Value};

/// A field for which a pod is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The field, below what has the pod's `metadata` and `spec`; it may be missing.
    pub path: ValuePath,
    /// What is wrong with it.
    pub message: String,
    /// What is admitted instead.
    pub instead: &'static str,
    /// The version that refuses it, where that is newer than the one asked about.
    pub since: Option<KubeVersion>,
}

/// Returns where an object of a kind has the `metadata` and `spec` of its pods, if it makes any.
///
/// The kinds of `DefaultPodSpecExtractor` in `k8s.io/pod-security-admission`, `admission/admission.go`.
pub fn template(api_version: &str, kind: &str) -> Option<&'static [&'static str]> {
    match (group(api_version), kind) {
        ("", "Pod") => Some(&[]),
        ("", "PodTemplate") => Some(&["template"]),
        ("", "ReplicationController")
        | ("apps", "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet")
        | ("batch", "Job") => Some(&["spec", "template"]),
        ("batch", "CronJob") => Some(&["spec", "jobTemplate", "spec", "template"]),
        _ => None,
    }
}

/// Returns every field for which a version refuses a pod, given by what has its `metadata` and `spec`.
///
/// All checks of `k8s.io/pod-security-admission` at 8f84a87 (July 2026, Kubernetes 1.37), `policy/check_*.go`, each by the
/// version that has it; those for versions before 1.27 are left out.
pub fn refused(pod: &Value, version: KubeVersion) -> Vec<Refusal> {
    let mut checks = Checks {
        version,
        is_in_user_namespace: pod.at(&["spec", "hostUsers"]) == Some(&Value::Bool(false)),
        is_windows: text(pod, &["spec", "os", "name"]) == Some("windows"),
        refusals: Vec::new(),
    };
    checks.annotations(pod);
    let Some(spec) = pod.at(&["spec"]).and_then(Value::as_mapping) else {
        return checks.refusals;
    };
    let path = ValuePath::of("spec");
    checks.host_namespaces(spec, &path);
    checks.pod_context(spec, &path);
    checks.volumes(spec, &path);
    checks.containers(spec, &path);
    checks.refusals
}

/// Since when a sysctl is admitted, for those that a version counts as safe (`check_sysctls.go`).
const SYSCTLS: [(&str, u16); 14] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
    ("net.ipv4.tcp_notsent_lowat", 37),
    ("net.ipv4.tcp_slow_start_after_idle", 37),
];

/// The same of types of SELinux (`check_seLinuxOptions.go`).
const SELINUX_TYPES: [(&str, u16); 5] = [
    ("", 0),
    ("container_t", 0),
    ("container_init_t", 0),
    ("container_kvm_t", 0),
    ("container_engine_t", 31),
];

/// Volumes that are admitted (`check_restrictedVolumes.go`); one of no kind is an `emptyDir`.
const VOLUMES: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// The first part of the annotations by which containers had a profile of AppArmor before the field.
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

const LEAVE_OUT: &str = "leave it out";
const CONFINED: &str = "write `seccompProfile: {type: RuntimeDefault}`";
const NON_ROOT: &str = "write `runAsNonRoot: true`";

struct Checks {
    version: KubeVersion,
    is_in_user_namespace: bool,
    is_windows: bool,
    refusals: Vec<Refusal>,
}

impl Checks {
    fn refuse(&mut self, path: ValuePath, message: impl Into<String>, instead: &'static str) {
        self.refusals.push(Refusal {
            path,
            message: message.into(),
            instead,
            since: None,
        });
    }

    /// Tells whether root is no root of the node, which 1.35 asks (`relaxPolicyForUserNamespacePod`).
    fn may_be_root(&self) -> bool {
        self.is_in_user_namespace && self.version >= KubeVersion::new(1, 35)
    }

    /// Returns what a table of words and versions has against a word.
    fn unless_listed(&self, table: &[(&str, u16)], word: &str, what: &str) -> Option<String> {
        let listed = table.iter().find(|(name, _)| *name == word);
        match listed.map(|(_, minor)| KubeVersion::new(1, *minor)) {
            Some(since) if self.version >= since => None,
            Some(since) => Some(format!(
                "the {what} `{word}` is admitted since Kubernetes {since}, and not by {}",
                self.version
            )),
            None => Some(format!("the {what} `{word}` is none of the safe ones")),
        }
    }

    fn annotations(&mut self, pod: &Value) {
        let annotations = pod.at(&["metadata", "annotations"]);
        for (key, value) in annotations
            .and_then(Value::as_mapping)
            .iter()
            .flat_map(|annotations| annotations.iter())
        {
            let profile = value.as_str().unwrap_or_default();
            let is_confined = matches!(profile, "" | "runtime/default");
            if key.starts_with(APP_ARMOR) && !is_confined && !profile.starts_with("localhost/") {
                let path = ValuePath::of("metadata.annotations").key(key);
                self.refuse(
                    path,
                    "a container's profile of AppArmor is switched off",
                    LEAVE_OUT,
                );
            }
        }
    }

    fn host_namespaces(&mut self, spec: &Mapping, path: &ValuePath) {
        for (key, shared) in [
            ("hostNetwork", "network"),
            ("hostPID", "processes"),
            ("hostIPC", "shared memory"),
        ] {
            if is_on(spec.get(key)) {
                let message = format!("the pod shares the {shared} of its node");
                self.refuse(path.clone().key(key), message, LEAVE_OUT);
            }
        }
    }

    fn pod_context(&mut self, spec: &Mapping, path: &ValuePath) {
        let path = path.clone().key("securityContext");
        let Some(context) = set(spec, "securityContext") else {
            return;
        };
        self.context(context, &path, "the pod");
        for (index, sysctl) in items(context, "sysctls").iter().enumerate() {
            let name = text(sysctl, &["name"]).unwrap_or_default();
            if let Some(message) = self.unless_listed(&SYSCTLS, name, "sysctl") {
                let path = path.clone().key("sysctls").index(index).key("name");
                self.refuse(path, message, LEAVE_OUT);
            }
        }
    }

    /// What stands in the security context of a pod or of a container.
    fn context(&mut self, context: &Value, path: &ValuePath, whose: &str) {
        let under = |keys: &[&str]| keys.iter().fold(path.clone(), |path, key| path.key(key));
        if !self.may_be_root() {
            if context.at(&["runAsNonRoot"]) == Some(&Value::Bool(false)) {
                let message = format!("{whose} may run as root");
                self.refuse(under(&["runAsNonRoot"]), message, NON_ROOT);
            }
            if matches!(context.at(&["runAsUser"]), Some(Value::Number(user)) if &**user == "0") {
                let message = format!("{whose} runs as root");
                self.refuse(under(&["runAsUser"]), message, "write another number");
            }
        }
        if !self.is_windows && is_open(context, "seccompProfile") {
            let message = format!("{whose}'s system calls are not confined");
            self.refuse(under(&["seccompProfile"]), message, CONFINED);
        }
        if is_open(context, "appArmorProfile") {
            let message = format!("{whose}'s profile of AppArmor is switched off");
            self.refuse(under(&["appArmorProfile"]), message, LEAVE_OUT);
        }
        let kind = text(context, &["seLinuxOptions", "type"]).unwrap_or_default();
        if let Some(message) = self.unless_listed(&SELINUX_TYPES, kind, "SELinux type") {
            self.refuse(under(&["seLinuxOptions", "type"]), message, LEAVE_OUT);
        }
        for key in ["user", "role"] {
            if text(context, &["seLinuxOptions", key]).is_some_and(|text| !text.is_empty()) {
                let message = format!("{whose} chooses the {key} of SELinux");
                self.refuse(under(&["seLinuxOptions", key]), message, LEAVE_OUT);
            }
        }
        let host_process = ["windowsOptions", "hostProcess"];
        if is_on(context.at(&host_process)) {
            let message = format!("{whose} runs on the node itself");
            self.refuse(under(&host_process), message, LEAVE_OUT);
        }
    }

    fn volumes(&mut self, spec: &Mapping, path: &ValuePath) {
        let volumes = spec.get("volumes").and_then(Value::as_sequence);
        for (index, volume) in volumes.unwrap_or_default().iter().enumerate() {
            let kinds = volume.as_mapping().into_iter().flat_map(Mapping::iter);
            for (kind, _) in kinds.filter(|(kind, value)| {
                *kind != "name" && **value != Value::Null && !VOLUMES.contains(kind)
            }) {
                let path = path.clone().key("volumes").index(index).key(kind);
                let message = format!("a volume of the kind `{kind}` reaches beyond the pod");
                self.refuse(path, message, "take a claim, or another kind of volume");
            }
        }
    }

    fn containers(&mut self, spec: &Mapping, path: &ValuePath) {
        let context = set(spec, "securityContext");
        let is_non_root = context.is_some_and(|context| is_on(context.at(&["runAsNonRoot"])));
        let is_confined = context.is_some_and(|context| is_set(context, "seccompProfile"));
        let mut is_unconfined = false;
        for key in ["initContainers", "containers"] {
            let containers = spec.get(key).and_then(Value::as_sequence);
            for (index, container) in containers.unwrap_or_default().iter().enumerate() {
                let path = path.clone().key(key).index(index);
                let context = container.as_mapping();
                let context = context.and_then(|container| set(container, "securityContext"));
                self.container_context(context, &path.clone().key("securityContext"), is_non_root);
                is_unconfined |= !context.is_some_and(|context| is_set(context, "seccompProfile"));
                self.ports(container, &path);
                self.hosts(container, &path);
            }
        }
        if is_unconfined && !is_confined && !self.is_windows {
            let path = path.clone().key("securityContext").key("seccompProfile");
            self.refuse(path, "the pod's system calls are not confined", CONFINED);
        }
    }

    fn container_context(&mut self, context: Option<&Value>, path: &ValuePath, is_non_root: bool) {
        let under = |keys: &[&str]| keys.iter().fold(path.clone(), |path, key| path.key(key));
        let Some(context) = context else {
            if !self.is_windows {
                self.refuse(
                    path.clone(),
                    "the container has no `securityContext`: it may gain privileges and keeps capabilities",
                    "write `securityContext: {allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}}`",
                );
            }
            return;
        };
        self.context(context, path, "the container");
        if !is_set(context, "runAsNonRoot") && !is_non_root && !self.may_be_root() {
            let path = under(&["runAsNonRoot"]);
            self.refuse(path, "the container may run as root", NON_ROOT);
        }
        if is_on(context.at(&["privileged"])) {
            self.refuse(
                under(&["privileged"]),
                "the container is privileged",
                LEAVE_OUT,
            );
        }
        if text(context, &["procMount"]).is_some_and(|mount| mount != "Default") {
            let message = "the container sees what is hidden in `/proc`";
            self.refuse(under(&["procMount"]), message, LEAVE_OUT);
        }
        if self.is_windows {
            return;
        }
        if context.at(&["allowPrivilegeEscalation"]) != Some(&Value::Bool(false)) {
            self.refuse(
                under(&["allowPrivilegeEscalation"]),
                "the container may gain privileges",
                "write `allowPrivilegeEscalation: false`",
            );
        }
        let has = |list: &str, wanted: &dyn Fn(&str) -> bool| {
            let names = context.at(&["capabilities", list]);
            let names = names.and_then(Value::as_sequence).unwrap_or_default();
            names.iter().filter_map(Value::as_str).any(wanted)
        };
        if !has("drop", &|name| name == "ALL") {
            self.refuse(
                under(&["capabilities", "drop"]),
                "the container keeps capabilities",
                "write `capabilities: {drop: [ALL]}`",
            );
        }
        if has("add", &|name| name != "NET_BIND_SERVICE") {
            self.refuse(
                under(&["capabilities", "add"]),
                "the container has further capabilities",
                LEAVE_OUT,
            );
        }
    }

    fn ports(&mut self, container: &Value, path: &ValuePath) {
        for (index, port) in items(container, "ports").iter().enumerate() {
            if let Some(Value::Number(number)) = port.at(&["hostPort"])
                && &**number != "0"
            {
                let path = path.clone().key("ports").index(index).key("hostPort");
                let message = format!("the container takes port {number} of its node");
                self.refuse(path, message, LEAVE_OUT);
            }
        }
    }

    /// Whom probes and hooks ask, which 1.34 asks (`check_hostProbesAndhostLifecycle.go`).
    fn hosts(&mut self, container: &Value, path: &ValuePath) {
        const ASKED: [&[&str]; 5] = [
            &["livenessProbe"],
            &["readinessProbe"],
            &["startupProbe"],
            &["lifecycle", "postStart"],
            &["lifecycle", "preStop"],
        ];
        let since = KubeVersion::new(1, 34);
        for keys in ASKED {
            for handler in ["httpGet", "tcpSocket"] {
                let keys = [keys, &[handler, "host"]].concat();
                let Some(host) = text(container, &keys).filter(|host| !host.is_empty()) else {
                    continue;
                };
                self.refusals.push(Refusal {
                    path: keys.iter().fold(path.clone(), |path, key| path.key(key)),
                    message: format!("the kubelet asks `{host}` instead of the container"),
                    instead: LEAVE_OUT,
                    since: Some(since).filter(|since| self.version < *since),
                });
            }
        }
    }
}

/// Tells whether a profile is given, and confines nothing.
fn is_open(context: &Value, profile: &str) -> bool {
    let kind = text(context, &[profile, "type"]).unwrap_or_default();
    is_set(context, profile) && !matches!(kind, "RuntimeDefault" | "Localhost")
}

fn set<'m>(map: &'m Mapping, key: &str) -> Option<&'m Value> {
    map.get(key).filter(|value| **value != Value::Null)
}

fn is_set(value: &Value, key: &str) -> bool {
    value
        .as_mapping()
        .is_some_and(|map| set(map, key).is_some())
}

fn is_on(value: Option<&Value>) -> bool {
    value == Some(&Value::Bool(true))
}

fn text<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    value.at(path)?.as_str()
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value
        .at(&[key])
        .and_then(Value::as_sequence)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{KubeVersion, refused, template};
    use crate::yaml::read;

    /// A pod that is admitted, with something said of it besides.
    fn found(pod: &str, container: &str, minor: u16) -> Vec<String> {
        let text =
            format!("{{metadata: {{}}, spec: {{{pod}, containers: [{{name: a, {container}}}]}}}}");
        let pod = read(&text, 0).unwrap().documents.remove(0);
        let refused = refused(&pod.into_value().unwrap(), KubeVersion::new(1, minor));
        refused
            .into_iter()
            .map(|refusal| match refusal.since {
                Some(since) => format!("{} since {since}", refusal.path),
                None => refusal.path.to_string(),
            })
            .collect()
    }

    const POD: &str =
        "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}";
    const CONTAINER: &str =
        "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}";

    #[test]
    fn each_field_of_a_pod_is_refused_where_it_is_not_as_it_should_be() {
        let none: [&str; 0] = [];
        assert_eq!(found(POD, CONTAINER, 27), none);
        for (more, expected) in [
            ("hostNetwork: true", "spec.hostNetwork"),
            ("hostPID: true", "spec.hostPID"),
            ("hostIPC: true", "spec.hostIPC"),
            (
                "volumes: [{name: a, hostPath: {path: /}}]",
                "spec.volumes[0].hostPath",
            ),
            (
                "volumes: [{name: a, nfs: {path: /, server: b}}]",
                "spec.volumes[0].nfs",
            ),
            (
                "volumes: [{name: a, image: {reference: b}}, {name: b}, {name: c, nfs: null, secret: {}}]",
                "",
            ),
            ("hostNetwork: false, hostUsers: false", ""),
        ] {
            let expected: Vec<&str> = Some(expected)
                .filter(|path| !path.is_empty())
                .into_iter()
                .collect();
            assert_eq!(
                found(&format!("{POD}, {more}"), CONTAINER, 37),
                expected,
                "{more}"
            );
        }
        for (more, expected) in [
            ("runAsUser: 0", "runAsUser"),
            ("runAsUser: 10", ""),
            ("appArmorProfile: {type: Unconfined}", "appArmorProfile"),
            (
                "appArmorProfile: {type: Localhost, localhostProfile: a}",
                "",
            ),
            ("seLinuxOptions: {type: spc_t}", "seLinuxOptions.type"),
            ("seLinuxOptions: {user: a}", "seLinuxOptions.user"),
            ("seLinuxOptions: {role: a}", "seLinuxOptions.role"),
            (
                "seLinuxOptions: {level: 's0:c1,c2', type: container_t, user: ''}",
                "",
            ),
            (
                "windowsOptions: {hostProcess: true}",
                "windowsOptions.hostProcess",
            ),
            (
                "sysctls: [{name: net.core.somaxconn, value: '1'}]",
                "sysctls[0].name",
            ),
            ("sysctls: [{name: net.ipv4.tcp_syncookies, value: '1'}]", ""),
        ] {
            let pod = POD.replace("{runAsNonRoot", &format!("{{{more}, runAsNonRoot"));
            let expected: Vec<String> = Some(expected)
                .filter(|path| !path.is_empty())
                .map(|path| format!("spec.securityContext.{path}"))
                .into_iter()
                .collect();
            assert_eq!(found(&pod, CONTAINER, 27), expected, "{more}");
        }
    }

    #[test]
    fn each_field_of_a_container_is_refused_where_it_is_not_as_it_should_be() {
        for (more, expected) in [
            ("privileged: true", "privileged"),
            ("procMount: Unmasked", "procMount"),
            ("procMount: Default", ""),
            ("runAsUser: 0", "runAsUser"),
            ("runAsNonRoot: false", "runAsNonRoot"),
            ("seccompProfile: {type: Unconfined}", "seccompProfile"),
            ("appArmorProfile: {type: Unconfined}", "appArmorProfile"),
            ("seLinuxOptions: {type: spc_t}", "seLinuxOptions.type"),
            (
                "windowsOptions: {hostProcess: true}",
                "windowsOptions.hostProcess",
            ),
        ] {
            let container = CONTAINER.replace("{allow", &format!("{{{more}, allow"));
            let expected: Vec<String> = Some(expected)
                .filter(|path| !path.is_empty())
                .map(|path| format!("spec.containers[0].securityContext.{path}"))
                .into_iter()
                .collect();
            assert_eq!(found(POD, &container, 27), expected, "{more}");
        }
        for (container, expected) in [
            ("image: a", "securityContext"),
            (
                "securityContext: {capabilities: {drop: [ALL]}}",
                "securityContext.allowPrivilegeEscalation",
            ),
            (
                "securityContext: {allowPrivilegeEscalation: false}",
                "securityContext.capabilities.drop",
            ),
            (
                "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [NET_RAW]}}",
                "securityContext.capabilities.add",
            ),
        ] {
            assert_eq!(
                found(POD, container, 27),
                [format!("spec.containers[0].{expected}")]
            );
        }
        let ports = "ports: [{containerPort: 1, hostPort: 0}, {containerPort: 2, hostPort: 3}]";
        assert_eq!(
            found(POD, &format!("{CONTAINER}, {ports}"), 27),
            ["spec.containers[0].ports[1].hostPort"]
        );
    }

    #[test]
    fn a_version_decides_by_its_own_checks() {
        let sysctl = |name: &str| {
            POD.replace(
                "{runAsNonRoot",
                &format!("{{sysctls: [{{name: {name}, value: '1'}}], runAsNonRoot"),
            )
        };
        for (pod, first) in [
            (sysctl("net.ipv4.tcp_keepalive_time"), 29),
            (sysctl("net.ipv4.tcp_rmem"), 32),
            (sysctl("net.ipv4.tcp_notsent_lowat"), 37),
            (
                POD.replace(
                    "{runAsNonRoot",
                    "{seLinuxOptions: {type: container_engine_t}, runAsNonRoot",
                ),
                31,
            ),
            (
                format!("hostUsers: false, {}", POD.replace("true", "false")),
                35,
            ),
        ] {
            assert!(!found(&pod, CONTAINER, first - 1).is_empty(), "{pod}");
            assert_eq!(found(&pod, CONTAINER, first).len(), 0, "{pod}");
        }
        let probe = format!("{CONTAINER}, livenessProbe: {{tcpSocket: {{host: a, port: 1}}}}");
        let path = "spec.containers[0].livenessProbe.tcpSocket.host";
        assert_eq!(found(POD, &probe, 34), [path]);
        assert_eq!(found(POD, &probe, 33), [format!("{path} since 1.34")]);
    }

    #[test]
    fn a_pod_speaks_for_its_containers_and_they_for_themselves() {
        let own = CONTAINER.replace(
            "{allow",
            "{runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}, allow",
        );
        let none: [&str; 0] = [];
        assert_eq!(found("securityContext: {}", &own, 27), none);
        assert_eq!(
            found("securityContext: {}", CONTAINER, 27),
            [
                "spec.containers[0].securityContext.runAsNonRoot",
                "spec.securityContext.seccompProfile"
            ]
        );
        assert_eq!(
            found(
                "os: {name: windows}",
                "securityContext: {runAsNonRoot: true}",
                27
            ),
            none
        );
    }

    #[test]
    fn an_annotation_switches_a_profile_off() {
        for (profile, n_found) in [
            ("unconfined", 1),
            ("localhost/a", 0),
            ("runtime/default", 0),
        ] {
            let text = format!(
                "metadata: {{annotations: {{container.apparmor.security.beta.kubernetes.io/redis: {profile}}}}}"
            );
            let pod = read(&text, 0).unwrap().documents.remove(0).into_value();
            assert_eq!(
                refused(&pod.unwrap(), KubeVersion::new(1, 27)).len(),
                n_found
            );
        }
    }

    #[test]
    fn pods_are_where_their_controllers_have_them() {
        for (api_version, kind, expected) in [
            ("v1", "Pod", Some("")),
            ("apps/v1", "Deployment", Some("spec.template")),
            (
                "batch/v1",
                "CronJob",
                Some("spec.jobTemplate.spec.template"),
            ),
            ("v1", "Deployment", None),
            ("v1", "ConfigMap", None),
        ] {
            let found = template(api_version, kind).map(|keys| keys.join("."));
            assert_eq!(found.as_deref(), expected, "{kind}");
        }
    }
}
