//! The typed values: every key of the tree, what it is called and what it holds. Nothing about how keys meet.

use crate::diagnostic::{Diagnostic, Place, ValuePath};
use crate::values::allowed::Allowed::{self, Directive, Range, Words};
use crate::values::allowed::{PORT, PROFILE};
use crate::values::decode::{self, Walk, values_map};
use crate::values::free::{
    Affinity, AnyObject, Container, ContainerSecurity, DnsConfig, Free, HostAlias, PodSecurity,
    Probe, SecretName, SpreadConstraint, Toleration, Variable, Volume, VolumeMount,
};
use crate::values::merge::Effective;
use crate::values::types::{
    Decimal, Directives, Named, NamedMaps, RedisSwitch, SecretText, SelectorLabels, Text, TextMap,
};
use crate::yaml::Span;

const PULL_POLICY: Allowed = Words(&["Always", "IfNotPresent", "Never"]);
const RETENTION: Allowed = Words(&["Retain", "Delete"]);
const ACCESS_MODES: Allowed = Words(&[
    "ReadWriteOnce",
    "ReadWriteOncePod",
    "ReadWriteMany",
    "ReadOnlyMany",
]);
const ONE_SERVER: Allowed = Range(
    1,
    1,
    "without Sentinel each further server would be a primary of its own, with other data, and none could tell which of \
     them has failed; for no tier at all there is the profile `lite`",
);
/// With the largest `maxmemory` the size of the backups' volume stays within 63 bits.
const BACKUPS: Allowed = Range(
    1,
    5_000,
    "so many are kept; to make none for the time being, set `valkey.backup.suspend`",
);

values_map! {
    /// Everything the user can say.
    pub struct Values {
        /// Name of the profile.
        "profile" => profile: Text where PROFILE,
        /// Replaces the NAME of the command line.
        "fullnameOverride" => fullname_override: Option<Text>,
        /// Labels on every object's own metadata.
        "commonLabels" => common_labels: TextMap,
        /// Annotations on every object's own metadata.
        "commonAnnotations" => common_annotations: TextMap,
        /// The cluster's DNS domain.
        "clusterDomain" => cluster_domain: Text,
        /// What all images share.
        "image" => image: Images,
        /// Secrets to pull images with.
        "imagePullSecrets" => image_pull_secrets: Vec<SecretName>,
        /// The pods' ServiceAccount.
        "serviceAccount" => service_account: ServiceAccount,
        /// Node labels that a pod wants.
        "nodeSelector" => node_selector: TextMap,
        /// Taints that a pod tolerates.
        "tolerations" => tolerations: Vec<Toleration>,
        /// Replaces the anti-affinity.
        "affinity" => affinity: Option<Affinity>,
        /// How pods spread.
        "topologySpreadConstraints" => topology_spread_constraints: Vec<SpreadConstraint>,
        /// PriorityClass of the pods.
        "priorityClassName" => priority_class_name: Option<Text>,
        /// RuntimeClass of the pods.
        "runtimeClassName" => runtime_class_name: Option<Text>,
        /// Scheduler of the pods.
        "schedulerName" => scheduler_name: Option<Text>,
        /// Seconds a pod has to end.
        "terminationGracePeriodSeconds" => termination_grace_period_seconds: Option<u64>,
        /// Labels on the pods.
        "podLabels" => pod_labels: TextMap,
        /// Annotations on the pods.
        "podAnnotations" => pod_annotations: TextMap,
        /// Laid over the pods' security context.
        "podSecurityContext" => pod_security_context: PodSecurity,
        /// Laid over every container's security context.
        "containerSecurityContext" => container_security_context: ContainerSecurity,
        /// Lines of the pods' hosts file.
        "hostAliases" => host_aliases: Vec<HostAlias>,
        /// Resolver settings of the pods.
        "dnsConfig" => dns_config: Option<DnsConfig>,
        /// Whole objects to add.
        "extraObjects" => extra_objects: Vec<AnyObject>,
        /// What the application gets.
        "client" => client: Client,
        /// The cache tier.
        "valkey" => valkey: Valkey,
        /// Prometheus and Grafana.
        "monitoring" => monitoring: Monitoring,
        /// The External Secrets operator.
        "externalSecrets" => external_secrets: ExternalSecrets,
    }
}

values_map! {
    /// What all images share.
    pub struct Images {
        /// Host that replaces the host of every image.
        "registry" => registry: Option<Text>,
    }
}

values_map! {
    /// The pods' ServiceAccount.
    pub struct ServiceAccount {
        /// Whether it is rendered.
        "create" => create: bool,
        /// Its name.
        "name" => name: Option<Text>,
        /// Its annotations.
        "annotations" => annotations: TextMap,
    }
}

values_map! {
    /// What the application gets.
    pub struct Client {
        /// Environment variables.
        "env" => env: TextMap,
    }
}

values_map! {
    /// The cache tier.
    pub struct Valkey {
        /// Whether there is one.
        "enabled" => enabled: bool,
        /// `redis` or `valkey`.
        "engine" => engine: Option<Text> where Words(&["redis", "valkey"]),
        /// `major.minor`.
        "version" => version: Option<Text>,
        /// How many servers.
        "replicas" => replicas: u64 where ONE_SERVER,
        /// The server's image.
        "image" => image: Image,
        /// The server's requests and limits.
        "resources" => resources: Option<Resources>,
        /// What the tier is for.
        "workload" => workload: Workload,
        /// The volume.
        "storage" => storage: Storage,
        /// The server's configuration.
        "settings" => settings: Settings,
        /// The client Service.
        "service" => service: Service,
        /// The passwords.
        "password" => password: Password,
        /// The server's probes.
        "probes" => probes: Probes,
        /// The exporter of metrics.
        "exporter" => exporter: Exporter,
        /// Who may reach whom.
        "networkPolicy" => network_policy: NetworkPolicy,
        /// How many servers a drain may take away.
        "podDisruptionBudget" => pod_disruption_budget: PodDisruptionBudget,
        /// The backups.
        "backup" => backup: Backup,
        /// Whether the server only sleeps.
        "diagnosticMode" => diagnostic_mode: bool,
        /// Environment variables of the server's container.
        "extraEnv" => extra_env: Vec<Variable>,
        /// Volumes of the pod.
        "extraVolumes" => extra_volumes: Vec<Volume>,
        /// Mounts of the server's container.
        "extraVolumeMounts" => extra_volume_mounts: Vec<VolumeMount>,
        /// Containers of the pod.
        "extraContainers" => extra_containers: Vec<Container>,
        /// Init containers of the pod, run after ours.
        "extraInitContainers" => extra_init_containers: Vec<Container>,
    }
}

values_map! {
    /// One image.
    pub struct Image {
        /// Repository, with or without a host.
        "repository" => repository: Text,
        /// Tag.
        "tag" => tag: Option<Text>,
        /// `sha256:…`, which wins over the tag for the pull.
        "digest" => digest: Option<Text>,
        /// When to pull.
        "pullPolicy" => pull_policy: Text where PULL_POLICY,
    }
}

values_map! {
    /// Requests and limits of a container.
    pub struct Resources {
        /// What the scheduler reserves.
        "requests" => requests: TextMap,
        /// What the kernel enforces.
        "limits" => limits: TextMap,
    }
}

values_map! {
    /// What the tier is for; nothing rendered depends on it.
    pub struct Workload {
        /// `store` or `cache`.
        "use" => usage: Text where Words(&["store", "cache"]),
        /// Writes per second.
        "writesPerSecond" => writes_per_second: Option<u64>,
        /// Size of the data.
        "dataSize" => data_size: Option<Text>,
    }
}

values_map! {
    /// The volume.
    pub struct Storage {
        /// Whether it outlives the pod.
        "enabled" => enabled: bool,
        /// StorageClass.
        "className" => class_name: Option<Text>,
        /// Size.
        "requestedSize" => requested_size: Text,
        /// Access modes.
        "accessModes" => access_modes: Vec<Text> where ACCESS_MODES,
        /// Annotations of the claim.
        "annotations" => annotations: TextMap,
        /// A claim that exists.
        "existingClaim" => existing_claim: Option<Text>,
        /// What becomes of the claim.
        "retentionPolicy" => retention_policy: RetentionPolicy,
    }
}

values_map! {
    /// What becomes of the claim.
    pub struct RetentionPolicy {
        /// When the StatefulSet is deleted.
        "whenDeleted" => when_deleted: Text where RETENTION,
        /// When it is scaled down.
        "whenScaled" => when_scaled: Text where RETENTION,
    }
}

values_map! {
    /// The server's configuration.
    pub struct Settings {
        /// Memory for data.
        "maxmemory" => maxmemory: Text,
        /// What to evict when it is full.
        "maxmemoryPolicy" => maxmemory_policy: Text where Directive("maxmemory-policy"),
        /// Whether every write is logged.
        "appendonly" => appendonly: RedisSwitch,
        /// When the log reaches the disk.
        "appendfsync" => appendfsync: Text where Directive("appendfsync"),
        /// Verbosity.
        "loglevel" => loglevel: Text where Directive("loglevel"),
        /// Microseconds from which a command is slow.
        "slowlogThreshold" => slowlog_threshold: i64 where Range(-1, i64::MAX, ""),
        /// When to write snapshots.
        "save" => save: Text,
        /// Any other directive.
        "extra" => extra: Directives,
    }
}

values_map! {
    /// The client Service.
    pub struct Service {
        /// ClusterIP, NodePort or LoadBalancer.
        "type" => kind: Text where Words(&["ClusterIP", "NodePort", "LoadBalancer"]),
        /// Port.
        "port" => port: u64 where PORT,
        /// Port on every node.
        "nodePort" => node_port: Option<u64> where PORT,
        /// Annotations.
        "annotations" => annotations: TextMap,
        /// Labels.
        "labels" => labels: TextMap,
        /// How many IP families.
        "ipFamilyPolicy" => ip_family_policy: Option<Text> where Words(&["SingleStack", "PreferDualStack", "RequireDualStack"]),
        /// Which IP families.
        "ipFamilies" => ip_families: Vec<Text> where Words(&["IPv4", "IPv6"]),
        /// Class of the load balancer.
        "loadBalancerClass" => load_balancer_class: Option<Text>,
        /// Who may reach the load balancer.
        "loadBalancerSourceRanges" => load_balancer_source_ranges: Vec<Text>,
        /// Cluster or Local.
        "externalTrafficPolicy" => external_traffic_policy: Option<Text> where Words(&["Cluster", "Local"]),
    }
}

values_map! {
    /// The passwords.
    pub struct Password {
        /// A Secret that exists.
        "existingSecret" => existing_secret: Option<Text>,
        /// Key of the default user's password.
        "secretKey" => secret_key: Text,
        /// The password itself.
        "value" => value: Option<SecretText>,
        /// Key of the exporter's password.
        "exporterKey" => exporter_key: Option<Text>,
        /// Key of the backup's password.
        "backupKey" => backup_key: Option<Text>,
        /// Key of the administrator's password.
        "adminKey" => admin_key: Option<Text>,
        /// Changed to restart the pods after the Secret changed.
        "revision" => revision: Text,
    }
}

values_map! {
    /// The server's probes, each laid over what is rendered.
    pub struct Probes {
        /// Startup probe.
        "startup" => startup: Probe,
        /// Liveness probe.
        "liveness" => liveness: Probe,
        /// Readiness probe.
        "readiness" => readiness: Probe,
    }
}

values_map! {
    /// The exporter of metrics.
    pub struct Exporter {
        /// Whether there is one.
        "enabled" => enabled: bool,
        /// Repository of its image.
        "image" => image: Text,
        /// Tag.
        "tag" => tag: Option<Text>,
        /// `sha256:…`, which wins over the tag for the pull.
        "digest" => digest: Option<Text>,
        /// When to pull.
        "pullPolicy" => pull_policy: Text where PULL_POLICY,
        /// Requests and limits.
        "resources" => resources: Option<Resources>,
        /// Further arguments.
        "extraArgs" => extra_args: Vec<Text>,
        /// The metrics Service.
        "service" => service: MetricsService,
    }
}

values_map! {
    /// Who may reach whom.
    pub struct NetworkPolicy {
        /// Whether there are policies.
        "enabled" => enabled: bool,
        /// Who may reach the server.
        "clients" => clients: Vec<Peer>,
        /// Who may reach the metrics.
        "metrics" => metrics: Vec<Peer>,
        /// Whole rules for what comes in.
        "extraIngress" => extra_ingress: Vec<IngressRule>,
        /// Whole rules for what goes out.
        "extraEgress" => extra_egress: Vec<EgressRule>,
    }
}

values_map! {
    /// The metrics Service.
    pub struct MetricsService {
        /// Annotations.
        "annotations" => annotations: TextMap,
        /// Labels.
        "labels" => labels: TextMap,
    }
}

values_map! {
    /// Who is at the other end: pods, namespaces, pods of namespaces, or addresses.
    pub struct Peer {
        /// Pods, of the policy's namespace unless others are selected.
        "podSelector" => pod_selector: Option<Selector>,
        /// Namespaces.
        "namespaceSelector" => namespace_selector: Option<Selector>,
        /// Addresses.
        "ipBlock" => ip_block: Option<IpBlock>,
    }
}

values_map! {
    /// Prometheus and Grafana.
    pub struct Monitoring {
        /// Whether the Prometheus operator's objects are rendered.
        "prometheusEnabled" => prometheus_enabled: bool,
        /// Their labels.
        "labels" => labels: TextMap,
        /// How often metrics are scraped.
        "interval" => interval: Text,
        /// How long a scrape may take.
        "scrapeTimeout" => scrape_timeout: Text,
        /// Where runbooks are.
        "runbookUrl" => runbook_url: Option<Text>,
        /// The Grafana dashboard.
        "dashboard" => dashboard: Dashboard,
        /// What is changed of each alert, by its name.
        "alerts" => alerts: NamedMaps<Alert>,
    }
}

values_map! {
    /// What labels have to say; an empty one selects everything.
    pub struct Selector {
        /// Labels and their values.
        "matchLabels" => match_labels: SelectorLabels,
        /// Further conditions.
        "matchExpressions" => match_expressions: Vec<Expression>,
    }
}

values_map! {
    /// The Grafana dashboard.
    pub struct Dashboard {
        /// Whether it is rendered.
        "enabled" => enabled: bool,
        /// Its labels.
        "labels" => labels: TextMap,
        /// Its annotations.
        "annotations" => annotations: TextMap,
    }
}

values_map! {
    /// A condition on a label.
    pub struct Expression {
        /// The label.
        "key" => key: Text,
        /// In, NotIn, Exists or DoesNotExist.
        "operator" => operator: Text where Words(&["In", "NotIn", "Exists", "DoesNotExist"]),
        /// Values for In and NotIn.
        "values" => values: Vec<Text>,
    }
}

values_map! {
    /// What is changed of an alert.
    pub struct Alert {
        /// Whether it is rendered.
        "enabled" => enabled: Option<bool>,
        /// How long its condition holds before it fires.
        "for" => hold: Option<Text>,
        /// What its metric is compared with.
        "threshold" => threshold: Option<Decimal>,
        /// Its label `severity`.
        "severity" => severity: Option<Text>,
    }
}

/// The names of the alerts.
pub const ALERTS: [&str; 13] = [
    "RedisDown",
    "RedisMetricsMissing",
    "RedisOutOfMemory",
    "RedisTooManyConnections",
    "RedisRejectedConnections",
    "RedisPersistenceFailure",
    "RedisMemoryNearLimit",
    "RedisHighMemoryUsage",
    "RedisEvicting",
    "RedisSlowQueries",
    "RedisReplicationBroken",
    "RedisReplicationLag",
    "RedisLowHitRate",
];

impl Named for Alert {
    const NAMES: &'static [&'static str] = &ALERTS;
}

values_map! {
    /// A range of addresses.
    pub struct IpBlock {
        /// The range.
        "cidr" => cidr: Text,
        /// What is left out of it.
        "except" => except: Vec<Text>,
    }
}

values_map! {
    /// What may come in.
    pub struct IngressRule {
        /// From whom; nobody named means from everybody.
        "from" => from: Vec<Peer>,
        /// To which ports; none named means to all.
        "ports" => ports: Vec<PolicyPort>,
    }
}

values_map! {
    /// What may go out.
    pub struct EgressRule {
        /// To whom; nobody named means to everybody.
        "to" => to: Vec<Peer>,
        /// To which ports; none named means to all.
        "ports" => ports: Vec<PolicyPort>,
    }
}

values_map! {
    /// A port, or a range of them.
    pub struct PolicyPort {
        /// TCP, UDP or SCTP.
        "protocol" => protocol: Option<Text> where Words(&["TCP", "UDP", "SCTP"]),
        /// Number or name.
        "port" => port: Free,
        /// Last number of a range.
        "endPort" => end_port: Option<u64> where PORT,
    }
}

values_map! {
    /// How many servers a drain may take away.
    pub struct PodDisruptionBudget {
        /// Whether it is rendered.
        "enabled" => enabled: Option<bool>,
        /// A number, or a percentage.
        "maxUnavailable" => max_unavailable: Text,
    }
}

values_map! {
    /// The backups.
    pub struct Backup {
        /// Whether there are any.
        "enabled" => enabled: bool,
        /// When they are made.
        "schedule" => schedule: Text,
        /// By which clock.
        "timeZone" => time_zone: Option<Text>,
        /// How many are kept.
        "keep" => keep: u64 where BACKUPS,
        /// Whether none is made for the time being.
        "suspend" => suspend: bool,
        /// Where they are kept.
        "storage" => storage: BackupStorage,
        /// Requests and limits of the job.
        "resources" => resources: Option<Resources>,
    }
}

values_map! {
    /// Where backups are kept.
    pub struct BackupStorage {
        /// StorageClass.
        "className" => class_name: Option<Text>,
        /// Size.
        "requestedSize" => requested_size: Option<Text>,
        /// A claim that exists.
        "existingClaim" => existing_claim: Option<Text>,
    }
}

values_map! {
    /// The External Secrets operator.
    pub struct ExternalSecrets {
        /// Whether an ExternalSecret is rendered.
        "enabled" => enabled: bool,
        /// Name of the store.
        "secretStore" => secret_store: Text,
        /// Kind of the store.
        "secretStoreKind" => secret_store_kind: Text where Words(&["SecretStore", "ClusterSecretStore"]),
        /// How often it is read.
        "refreshInterval" => refresh_interval: Text,
        /// Path in the store.
        "keyPath" => key_path: Text,
    }
}

/// Values, and the paths of those that could not be read and have their default instead.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// The values.
    pub values: Values,
    /// The paths that could not be read.
    pub unreadable: Vec<ValuePath>,
    /// The paths of the items of lists which are left out of them.
    pub left_out: Vec<ValuePath>,
}

/// Reads the merged tree as values, and reports all that is wrong with it.
pub fn decode(effective: &Effective, diagnostics: &mut Vec<Diagnostic>) -> Decoded {
    let is_of_yaml = |found: &&Diagnostic| matches!(found.code, "yaml-key" | "yaml-tag");
    let broken = diagnostics.iter().filter(is_of_yaml);
    let mut broken: Vec<Span> = broken
        .filter_map(|found| match found.place {
            Place::Span(span) => Some(span),
            _ => None,
        })
        .collect();
    broken.sort_unstable_by_key(|span| (span.source, span.end));
    let mut walk = Walk {
        broken,
        ..Walk::default()
    };
    let values = decode::value(Some(&effective.tree), Some(&effective.defaults), &mut walk);
    diagnostics.append(&mut walk.diagnostics);
    Decoded {
        values: values.expect("the defaults decode, as a test shows"),
        unreadable: walk.unreadable,
        left_out: walk.left_out,
    }
}
