//! Where passwords come from: which Secret is mounted, who makes it, and which of its keys is whose.

use serde::Serialize;

use super::identity::Identity;
use super::rules::{self, Rules};
use crate::kube::{duration, name};
use crate::redis::acl::{self, User};
use crate::values::Values;
use crate::yaml::{Mapping, Value};

/// Who makes the Secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum SecretModel {
    /// `cachegen secret`, or whoever else makes one under our name.
    Referenced,
    /// The user, under a name of their own.
    Existing,
    /// The render, with the password of the values.
    Inline,
    /// The External Secrets operator.
    External,
}

/// The Secret and its keys.
#[derive(Debug, Clone, Serialize)]
pub struct Secrets {
    /// Who makes it.
    pub model: SecretModel,
    /// Its name.
    pub name: String,
    /// Which key is whose.
    pub keys: SecretKeys,
    /// Its data in base64, where we make it.
    pub data: Option<Mapping>,
    /// How the operator makes it.
    pub external: Option<ExternalSecret>,
    /// What `valkey.password.revision` says.
    pub revision: String,
    /// The server's users.
    pub users: Vec<Account>,
}

/// A user of the server and the key of its password.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// The user's name.
    pub name: &'static str,
    /// The key in the Secret.
    pub key: String,
    /// Whether a Secret without the key is a fault: it is not where the user did not name the key.
    pub is_required: bool,
    /// What the user may do.
    pub rules: &'static str,
}

/// The keys of the Secret by user.
#[derive(Debug, Clone, Serialize)]
pub struct SecretKeys {
    /// The application.
    pub default: String,
    /// The exporter.
    pub exporter: String,
    /// The backup.
    pub backup: String,
    /// The administrator, who may be absent.
    pub admin: Option<String>,
}

/// What the External Secrets operator is told.
#[derive(Debug, Clone, Serialize)]
pub struct ExternalSecret {
    /// The store's name.
    pub store: String,
    /// The store's kind.
    pub store_kind: String,
    /// How often it is read.
    pub refresh_interval: String,
    /// Key and remote key of each entry.
    pub entries: Vec<(String, String)>,
}

impl SecretKeys {
    /// Returns the different keys, the default user's first.
    pub fn distinct(&self) -> Vec<&str> {
        let mut keys = vec![self.default.as_str()];
        for key in [
            Some(&self.exporter),
            Some(&self.backup),
            self.admin.as_ref(),
        ]
        .into_iter()
        .flatten()
        {
            if !keys.contains(&key.as_str()) {
                keys.push(key);
            }
        }
        keys
    }
}

pub(super) fn resolve(values: &Values, identity: &Identity, rules: &mut Rules<'_>) -> Secrets {
    let password = &values.valkey.password;
    let external = &values.external_secrets;
    let existing = password.existing_secret.as_deref();
    rules.name(
        "valkey.password.existingSecret",
        "Secret",
        existing,
        name::dns_subdomain,
    );
    for (dotted, other, is_set) in [
        (
            "valkey.password.existingSecret",
            "names a Secret",
            existing.is_some(),
        ),
        ("externalSecrets.enabled", "makes one", external.enabled),
    ] {
        if is_set && password.value.is_some() {
            rules
                .value(
                    "two-passwords",
                    rules::path("valkey.password.value"),
                    format!("the password is given twice: `{dotted}` {other} too"),
                )
                .related(rules::path(dotted), "the other one")
                .help("keep one of the two");
        }
    }
    if existing.is_some() && external.enabled {
        rules
            .value(
                "two-passwords",
                rules::path("valkey.password.existingSecret"),
                "the Secret has two makers: `externalSecrets.enabled` makes it too",
            )
            .related(rules::path("externalSecrets.enabled"), "the other one")
            .help(format!(
                "leave `existingSecret` out: the operator writes to `{}`",
                identity.names.secret
            ));
    }
    let model = match (existing, &password.value, external.enabled) {
        (Some(_), ..) => SecretModel::Existing,
        (_, Some(_), _) => SecretModel::Inline,
        (_, _, true) => SecretModel::External,
        _ => SecretModel::Referenced,
    };
    let value = password.value.as_ref().map(|value| value.0.as_str());
    if value == Some("") {
        rules
            .value(
                "empty-password",
                rules::path("valkey.password.value"),
                "an empty password lets everyone in",
            )
            .help("leave the key out and make the Secret with `cachegen secret`");
    }
    if value.is_some_and(|value| value.contains('\0')) {
        rules
            .value(
                "invalid-password",
                rules::path("valkey.password.value"),
                "the password has a NUL character, which no environment variable can hold",
            )
            .help("leave the key out and make the Secret with `cachegen secret`");
    }
    let keys = keys(values, model, rules);
    let data = match (model, value) {
        (SecretModel::Inline, Some(value)) => Some(Mapping::from_iter([(
            keys.default.as_str(),
            base64(value.as_bytes()),
        )])),
        _ => None,
    };
    Secrets {
        model,
        name: existing.map_or_else(|| identity.names.secret.clone(), str::to_owned),
        data,
        external: (model == SecretModel::External).then(|| external_secret(values, &keys, rules)),
        users: users(values, model, &keys),
        keys,
        revision: password.revision.clone(),
    }
}

/// Bytes as the data of a Secret.
pub fn base64(bytes: &[u8]) -> Value {
    use base64::Engine as _;
    Value::String(base64::prelude::BASE64_STANDARD.encode(bytes))
}

fn keys(values: &Values, model: SecretModel, rules: &mut Rules<'_>) -> SecretKeys {
    let password = &values.valkey.password;
    for (dotted, key) in [
        ("valkey.password.secretKey", Some(&password.secret_key)),
        (
            "valkey.password.exporterKey",
            password.exporter_key.as_ref(),
        ),
        ("valkey.password.backupKey", password.backup_key.as_ref()),
        ("valkey.password.adminKey", password.admin_key.as_ref()),
    ] {
        if let Some(Err(rule)) = key.map(|key| name::data_key(key)) {
            rules.value(
                "invalid-name",
                rules::path(dotted),
                format!("the key of a Secret {rule}"),
            );
        }
        if let Some(key) =
            key.filter(|key| model == SecretModel::Inline && **key != password.secret_key)
        {
            rules
                .value(
                    "missing-key",
                    rules::path(dotted),
                    format!("the Secret that `valkey.password.value` makes has no key `{key}`"),
                )
                .help("leave the key out, or make the Secret with `cachegen secret`");
        }
    }
    let ours = model == SecretModel::Referenced;
    let or = |key: &Option<String>, own: &str| match key {
        Some(key) => key.clone(),
        None if ours => own.to_owned(),
        None => password.secret_key.clone(),
    };
    SecretKeys {
        default: password.secret_key.clone(),
        exporter: or(&password.exporter_key, "exporter-password"),
        backup: or(&password.backup_key, "backup-password"),
        admin: password
            .admin_key
            .clone()
            .or_else(|| ours.then(|| "admin-password".to_owned())),
    }
}

fn users(values: &Values, model: SecretModel, keys: &SecretKeys) -> Vec<Account> {
    let password = &values.valkey.password;
    let is_required = |key: &Option<String>| key.is_some() || model != SecretModel::Referenced;
    let account = |user: User, key: &str, is_required| Account {
        name: user.name(),
        key: key.to_owned(),
        is_required,
        rules: acl::rules(user),
    };
    let mut users = vec![
        account(User::Default, &keys.default, true),
        account(
            User::Exporter,
            &keys.exporter,
            is_required(&password.exporter_key),
        ),
        account(
            User::Backup,
            &keys.backup,
            is_required(&password.backup_key),
        ),
    ];
    users.extend(
        keys.admin
            .as_ref()
            .map(|key| account(User::Admin, key, is_required(&password.admin_key))),
    );
    users
}

fn external_secret(values: &Values, keys: &SecretKeys, rules: &mut Rules<'_>) -> ExternalSecret {
    let external = &values.external_secrets;
    for (dotted, text) in [
        ("externalSecrets.secretStore", &external.secret_store),
        ("externalSecrets.keyPath", &external.key_path),
    ] {
        if text.is_empty() && rules.is_readable(&rules::path(dotted)) {
            let path = rules::path(dotted);
            let path = match rules.is_from_user(&path) {
                true => path,
                false => rules::path("externalSecrets.enabled"),
            };
            rules
                .value(
                    "missing-value",
                    path,
                    format!("`{dotted}` is needed with `externalSecrets.enabled`"),
                )
                .help(format!("set `{dotted}`"));
        }
    }
    if !external.secret_store.is_empty() {
        rules.name(
            "externalSecrets.secretStore",
            "store of secrets",
            Some(&external.secret_store),
            name::dns_subdomain,
        );
    }
    if let Err(reason) = duration::parse_go(&external.refresh_interval) {
        rules
            .value(
                "invalid-duration",
                rules::path("externalSecrets.refreshInterval"),
                reason,
            )
            .help("write hours, minutes and seconds, such as `1h` or `1h30m`; `0` reads the store once");
    }
    let is_odd = |c: char| c.is_control() || c.is_whitespace();
    if external.key_path.starts_with(is_odd)
        || external.key_path.ends_with(is_odd)
        || external.key_path.contains(char::is_control)
    {
        rules
            .value(
                "invalid-name",
                rules::path("externalSecrets.keyPath"),
                "the path in a store has no blanks at its ends and no control characters",
            )
            .help("write it as the store shows it, such as `prod/cache`");
    }
    let key_path = external.key_path.trim_end_matches('/');
    let remote = |key: &str| {
        if key == keys.default {
            format!("{key_path}/redis-password")
        } else {
            format!("{key_path}/redis-{key}")
        }
    };
    ExternalSecret {
        store: external.secret_store.clone(),
        store_kind: external.secret_store_kind.clone(),
        refresh_interval: external.refresh_interval.clone(),
        entries: keys
            .distinct()
            .into_iter()
            .map(|key| (key.to_owned(), remote(key)))
            .collect(),
    }
}
