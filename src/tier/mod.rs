//! What the values mean: names, ports, byte counts, directives. The one place where options meet.
//!
//! It holds "must", never "should", and knows no YAML text and no template. A rule whose input could not be read is
//! left out, so that one mistake gives one finding.

mod additions;
mod alerts;
mod backup;
mod exporter;
mod identity;
mod image;
mod monitoring;
mod pod;
mod policy;
mod resources;
mod rules;
mod secret;
mod server;
mod service;
mod settings;
mod storage;
mod unreadable;

use serde::Serialize;

pub use alerts::{ALERTS, Alert};
pub use backup::Backup;
pub use exporter::{Exporter, MetricsService};
pub use identity::{Identity, Labels};
pub use monitoring::{Dashboard, Group, Monitoring, Prometheus, Rule};
pub use pod::Pod;
pub use policy::{DisruptionBudget, Policy};
pub use secret::{Account, ExternalSecret, SecretKeys, SecretModel, Secrets, base64};
pub use server::{Server, Switches};
pub use service::Service;
pub use settings::{KEYED, Keyed, Section};
pub use storage::Storage;

use crate::diagnostic::Diagnostic;
use crate::kube::version::KubeVersion;
use crate::values::merge::Effective;
use crate::values::schema::Decoded;
use crate::yaml::{Mapping, Span};
use rules::Rules;

/// What the command line says beside the values.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// NAME.
    pub name: String,
    /// Where NAME was typed, for diagnostics.
    pub name_span: Span,
    /// The namespace that namespaced objects are written with, if any.
    pub namespace: Option<String>,
    /// Where the namespace was typed.
    pub namespace_span: Span,
    /// The Kubernetes version to render for.
    pub kube_version: KubeVersion,
}

/// A cache tier with every decision taken.
#[derive(Debug, Clone, Serialize)]
pub struct Tier {
    /// Names and labels.
    #[serde(flatten)]
    pub identity: Identity,
    /// Annotations of every object.
    pub annotations: Option<Mapping>,
    /// What the application gets.
    pub client: Client,
    /// Whole objects of the user's.
    #[serde(skip)]
    pub extra_objects: Vec<Mapping>,
    /// The server and everything around it, unless there is no tier.
    #[serde(flatten)]
    pub cache: Option<Cache>,
}

/// What the application gets.
#[derive(Debug, Clone, Serialize)]
pub struct Client {
    /// The data of the ConfigMap.
    pub env: Mapping,
}

/// The tier itself.
#[derive(Debug, Clone, Serialize)]
pub struct Cache {
    /// Whether the ServiceAccount is rendered, and what it carries.
    pub service_account: ServiceAccount,
    /// Where passwords come from.
    pub secret: Secrets,
    /// The server's container.
    pub server: Server,
    /// The pod around it.
    pub pod: Pod,
    /// The volume.
    pub storage: Storage,
    /// The client Service.
    pub service: Service,
    /// The exporter of metrics.
    pub exporter: Option<Exporter>,
    /// Who scrapes it and shows what it says.
    pub monitoring: Monitoring,
    /// Who may reach whom.
    pub policy: Option<Policy>,
    /// How many servers a drain may take away.
    pub disruption_budget: Option<DisruptionBudget>,
    /// The backups.
    pub backup: Option<Backup>,
    /// How many servers.
    pub replicas: u64,
}

/// The pods' ServiceAccount.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceAccount {
    /// Whether it is rendered.
    pub create: bool,
    /// Its name; nothing means the namespace's default.
    pub name: Option<String>,
    /// Its annotations, the common ones among them.
    pub annotations: Option<Mapping>,
}

/// Resolves values to a tier.
///
/// # Errors
///
/// Everything that is wrong with them together with what decoding found.
pub fn resolve(
    decoded: &Decoded,
    effective: &Effective,
    invocation: &Invocation,
    found: Vec<Diagnostic>,
) -> Result<Tier, Vec<Diagnostic>> {
    let (tier, diagnostics) = attempt(decoded, effective, invocation, found);
    if diagnostics.is_empty() {
        Ok(tier)
    } else {
        Err(diagnostics)
    }
}

/// Resolves values to what they would mean, and returns all that is wrong with them beside it.
pub fn attempt(
    decoded: &Decoded,
    effective: &Effective,
    invocation: &Invocation,
    found: Vec<Diagnostic>,
) -> (Tier, Vec<Diagnostic>) {
    let mut rules = Rules::new(decoded, effective, found);
    let values = &decoded.values;
    let mut identity = identity::resolve(values, invocation, &mut rules);
    let annotations = identity::common_annotations(values, &mut rules);
    let server = server::resolve(values, &mut rules);
    identity
        .labels
        .set_version(server.as_ref().map(|server| server.version.clone()));
    let client = client(values, &identity, &mut rules);
    let extra_objects = additions::objects(values, &mut rules);
    let cache = if values.valkey.enabled {
        image::check_registry(values, &mut rules);
        let secret = secret::resolve(values, &identity, &mut rules);
        let storage = storage::resolve(values, &mut rules);
        let service = service::resolve(values, annotations.as_ref(), &mut rules);
        let exporter = exporter::resolve(values, &secret, annotations.as_ref(), &mut rules);
        let monitoring = monitoring::resolve(
            values,
            &identity,
            server.as_ref(),
            annotations.as_ref(),
            &mut rules,
        );
        let pod = pod::resolve(values, &identity, server.as_ref(), &mut rules);
        let service_account = service_account(values, &identity, annotations.as_ref(), &mut rules);
        let policy = policy::resolve(values, exporter.is_some(), &mut rules);
        let disruption_budget = policy::disruption_budget(values, &mut rules);
        let backup = backup::resolve(
            values,
            &identity,
            server.as_ref(),
            annotations.as_ref(),
            &mut rules,
        );
        server.map(|server| Cache {
            service_account,
            secret,
            server,
            pod,
            storage,
            service,
            exporter,
            monitoring,
            policy,
            disruption_budget,
            backup,
            replicas: values.valkey.replicas,
        })
    } else {
        None
    };
    let tier = Tier {
        identity,
        annotations,
        client,
        extra_objects,
        cache,
    };
    (tier, rules.into_diagnostics())
}

fn client(values: &crate::values::Values, identity: &Identity, rules: &mut Rules<'_>) -> Client {
    let address = if values.valkey.enabled {
        format!("{}:{}", identity.names.redis, values.valkey.service.port)
    } else {
        String::new()
    };
    let mut env = Mapping::default();
    env.insert("REDIS_ADDR", address.into());
    for (name, value) in &values.client.env.0 {
        let path = rules::path("client.env").key(name);
        if name == "REDIS_ADDR" {
            rules
                .key(
                    "reserved-key",
                    path,
                    "`REDIS_ADDR` is always the client Service",
                )
                .help("leave it out");
            continue;
        }
        if let Err(rule) = crate::kube::name::env_name(name) {
            rules.key(
                "invalid-name",
                path.clone(),
                format!("the name of an environment variable {rule}"),
            );
        }
        if value.contains('\0') {
            rules.value(
                "invalid-text",
                path,
                "the value has a NUL character, which no environment variable can hold",
            );
        }
        env.insert(name, value.clone().into());
    }
    Client { env }
}

fn service_account(
    values: &crate::values::Values,
    identity: &Identity,
    common: Option<&Mapping>,
    rules: &mut Rules<'_>,
) -> ServiceAccount {
    let account = &values.service_account;
    let name = account.name.as_ref();
    let checked = name.map(String::as_str);
    rules.name(
        "serviceAccount.name",
        "ServiceAccount",
        checked,
        crate::kube::name::dns_subdomain,
    );
    let own = rules.annotations("serviceAccount.annotations", &account.annotations);
    let name = match name {
        Some(name) => Some(name.clone()),
        None => account.create.then(|| identity.names.redis.clone()),
    };
    ServiceAccount {
        create: account.create,
        name,
        annotations: rules::merged(common, &own),
    }
}
