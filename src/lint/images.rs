//! Images that are another one tomorrow, and passwords that stand where everybody reads them.

use super::subject::{Report, Subject};
use super::{Rule, Severity};
use crate::diagnostic::{Step, ValuePath};
use crate::redis::exporter::{self, Release};
use crate::redis::version;
use crate::values::secrecy::{holds_secret, is_secret_name, logins};
use crate::values::types::TextMap;
use crate::yaml::{Mapping, Value};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "floating-tag",
        severity: Severity::Warning,
        what: "a tag that moves to other versions, such as `latest` or `7-alpine`",
        why: "A node that pulls anew gets whatever the tag means by then. `7-alpine` went from 7.2 to 7.4, whose files nothing \
              older reads: every Redis 7.2 and every Valkey dies on them with `Can't handle RDB format version 12`. So the \
              move cannot be undone.",
        fix: "name at least major and minor version, such as `7.2-alpine`, or a digest",
        check: floating_tag,
    },
    Rule {
        code: "missing-digest",
        severity: Severity::Note,
        what: "an image without a digest",
        why: "A tag is a name that its owner can move; a digest is the content. Only with a digest do all nodes run the same \
              image today and after the next push, and only then does the manifest say which one. The tag beside it still \
              tells people, and cachegen, the version.",
        fix: "set the digest beside the tag",
        check: missing_digest,
    },
    Rule {
        code: "unknown-metrics",
        severity: Severity::Warning,
        what: "an exporter whose metrics are not known to be those that alerts and dashboard use",
        why: "The alerts and the dashboard use metrics that the exporters asked have, the oldest of them 1.69. An alert on a \
              metric that is not there never fires: 13 of the 50 names in one design exist in no exporter at all, and the \
              older 1.55 lacks redis_max_clients among others.",
        fix: "choose the default tag, or a newer one",
        check: unknown_metrics,
    },
    Rule {
        code: "plaintext-password",
        severity: Severity::Warning,
        what: "a password in the values",
        why: "Whoever reads the repository, the pipeline's log or the manifests reads it, and it stays in the history after it \
              was removed; `--set` leaves it in the shell's history too. In `client.env` it even becomes a ConfigMap.",
        fix: "make the Secret with `cachegen secret`, name one by `valkey.password.existingSecret`, or use `externalSecrets`",
        check: plaintext_password,
    },
    Rule {
        code: "password-reused",
        severity: Severity::Warning,
        what: "an administrator with somebody else's password",
        why: "The users exist so that an application that is taken over cannot read the configuration, change the users or stop \
              the server. A server asks for nothing but the name and the password: with the same password under both keys, \
              `AUTH admin` makes an administrator of whoever has the other.",
        fix: "give the administrator a key of its own, as `cachegen secret` does, or leave `valkey.password.adminKey` out",
        check: password_reused,
    },
];

/// One image: what it is called, and where.
struct Image {
    /// Repository and tag.
    name: String,
    /// The value that says its tag.
    path: ValuePath,
    has_digest: bool,
    /// Whether the tag names a version; where there is no image tag to judge by, nothing.
    is_pinned: Option<bool>,
    /// How to give it a digest.
    remedy: String,
}

fn images(subject: &Subject<'_>) -> Vec<Image> {
    let Some(cache) = subject.tier.cache.as_ref() else {
        return Vec::new();
    };
    let ours = |repository: &str,
                dotted: &str,
                tag: Option<&str>,
                digest: Option<&str>,
                is_pinned: bool| Image {
        name: format!("{repository}:{}", tag.unwrap_or_default()),
        path: ValuePath::of(dotted),
        has_digest: digest.is_some(),
        is_pinned: tag.map(|_| is_pinned),
        remedy: format!("set `{}`", dotted.replace(".tag", ".digest")),
    };
    let (server, exporter) = (
        &subject.values.valkey.image,
        &subject.values.valkey.exporter,
    );
    let server_tag = server.tag.as_deref();
    let mut images = vec![ours(
        &server.repository,
        "valkey.image.tag",
        server_tag,
        server.digest.as_deref(),
        server_tag.and_then(version::from_tag).is_some(),
    )];
    if cache.exporter.is_some() {
        let tag = exporter.tag.as_deref();
        images.push(ours(
            &exporter.image,
            "valkey.exporter.tag",
            tag,
            exporter.digest.as_deref(),
            tag.and_then(Release::of_tag).is_some(),
        ));
    }
    for (path, container) in subject.added_containers() {
        if let Some(image) = container.text("image") {
            images.push(added(image, path.key("image")));
        }
    }
    images
}

/// An image of a container that the user adds, of which nothing is known but what it is called.
fn added(image: &str, path: ValuePath) -> Image {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let last = name.rsplit('/').next().unwrap_or(name);
    let tag = last.split_once(':').map(|(_, tag)| tag);
    Image {
        name: match tag {
            Some(_) => name.to_owned(),
            None => format!("{name}:latest"),
        },
        path,
        has_digest: digest.is_some(),
        is_pinned: Some(tag.is_some_and(|tag| !moves(tag))),
        remedy: format!("write it behind the tag: `{name}@sha256:…`"),
    }
}

/// Tells whether a tag of some image is one that moves, as far as its name tells: a word for the newest, or a major version.
fn moves(tag: &str) -> bool {
    const NEWEST: [&str; 14] = [
        "latest", "stable", "edge", "main", "master", "dev", "develop", "nightly", "canary", "lts",
        "rolling", "next", "alpine", "slim",
    ];
    let first = tag.split('-').next().unwrap_or(tag);
    let number = first.trim_start_matches('v');
    let is_major =
        (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    NEWEST.contains(&first) || is_major
}

fn floating_tag(subject: &Subject<'_>, report: &mut Report<'_>) {
    for image in images(subject) {
        if image.is_pinned == Some(false) && !image.has_digest {
            report.value(
                image.path,
                format!("`{}` moves to other versions", image.name),
            );
        }
    }
}

fn missing_digest(subject: &Subject<'_>, report: &mut Report<'_>) {
    for image in images(subject) {
        if image.is_pinned == Some(true) && !image.has_digest {
            report
                .value(
                    image.path,
                    format!(
                        "`{}` can be another image tomorrow: it has no digest",
                        image.name
                    ),
                )
                .help(image.remedy);
        }
    }
}

fn unknown_metrics(subject: &Subject<'_>, report: &mut Report<'_>) {
    let exporter = subject.cache().and_then(|cache| cache.exporter.as_ref());
    if let Some(release) = exporter.and_then(|exporter| exporter.release)
        && release.known_by().is_none()
    {
        let message = format!(
            "the metrics of the exporter {release} are not known: alerts and dashboard are made for {} and newer",
            exporter::oldest_known()
        );
        report.value(ValuePath::of("valkey.exporter.tag"), message);
    }
}

fn plaintext_password(subject: &Subject<'_>, report: &mut Report<'_>) {
    let values = subject.values;
    environment(&values.client.env, report);
    for (index, object) in subject.tier.extra_objects.iter().enumerate() {
        let path = ValuePath::of("extraObjects").index(index);
        extra_object(object, path, report);
    }
    if subject.cache().is_none() {
        return;
    }
    if values.valkey.password.value.is_some() {
        report.value(
            ValuePath::of("valkey.password.value"),
            "the password stands in the values, and in whatever is rendered from them",
        );
    }
    for (index, variable) in values.valkey.extra_env.iter().enumerate() {
        let path = ValuePath::of("valkey.extraEnv").index(index);
        self::variable(&variable.0, path, report);
    }
    for (mut path, container) in subject.added_containers() {
        within(container, &mut path, report);
    }
    let probes = &values.valkey.probes;
    for (key, probe) in [
        ("startup", &probes.startup),
        ("liveness", &probes.liveness),
        ("readiness", &probes.readiness),
    ] {
        let mut path = ValuePath::of("valkey.probes").key(key);
        within(&probe.0, &mut path, report);
    }
    if subject
        .cache()
        .is_some_and(|cache| cache.exporter.is_some())
    {
        let arguments = &values.valkey.exporter.extra_args;
        let texts: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self::arguments(&texts, ValuePath::of("valkey.exporter.extraArgs"), report);
    }
}

fn extra_object(object: &Mapping, mut path: ValuePath, report: &mut Report<'_>) {
    let kind = object.text("kind");
    let data = |key: &str| object.get(key).and_then(Value::as_mapping);
    match kind {
        Some("Secret") => {
            for key in ["stringData", "data"] {
                if data(key).is_some_and(|data| !data.is_empty()) {
                    report
                        .value(
                            path.clone().key(key),
                            "the Secret stands in the values with its data",
                        )
                        .help("keep Secrets out of the values: seal them, or let an operator make them");
                }
            }
        }
        Some("ConfigMap") => {
            for (name, value) in data("data").iter().flat_map(|data| data.iter()) {
                if value.as_str().is_some_and(|value| is_secret(name, value)) {
                    report.value(
                        path.clone().key("data").key(name),
                        format!("the value of `{name}` stands in the values and in a ConfigMap"),
                    );
                }
            }
        }
        _ => within(object, &mut path, report),
    }
}

/// Reports the variables and arguments of containers, wherever they are in the map at a path.
fn within(map: &Mapping, path: &mut ValuePath, report: &mut Report<'_>) {
    for (key, inner) in map.iter() {
        path.0.push(Step::Key(key.into()));
        let items = inner.as_sequence().unwrap_or_default();
        match key {
            "env" => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(map) = item.as_mapping() {
                        variable(map, path.clone().index(index), report);
                    }
                }
            }
            "args" | "command" => {
                let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                arguments(&texts, path.clone(), report);
            }
            _ => within_value(inner, path, report),
        }
        path.0.pop();
    }
}

fn arguments(texts: &[&str], path: ValuePath, report: &mut Report<'_>) {
    if holds_secret(texts) {
        let message = "an argument holds a password: whoever sees the process sees it";
        report
            .value(path, message)
            .help("give it by a variable that comes from a Secret, or by a mounted file");
    }
}

fn within_value(value: &Value, path: &mut ValuePath, report: &mut Report<'_>) {
    match value {
        Value::Mapping(map) => within(map, path, report),
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                path.0.push(Step::Index(index));
                within_value(item, path, report);
                path.0.pop();
            }
        }
        _ => {}
    }
}

fn variable(variable: &Mapping, path: ValuePath, report: &mut Report<'_>) {
    let text = |key: &str| variable.text(key).unwrap_or_default();
    if is_secret(text("name"), text("value")) {
        report
            .value(
                path.key("value"),
                format!("the value of `{}` stands in the values", text("name")),
            )
            .help("take it from a Secret by `valueFrom.secretKeyRef`");
    }
}

fn environment(variables: &TextMap, report: &mut Report<'_>) {
    for (name, value) in &variables.0 {
        if is_secret(name, value) {
            report
                .value(
                    ValuePath::of("client.env").key(name),
                    format!("the value of `{name}` stands in the values and in a ConfigMap"),
                )
                .help("let the application take it from the Secret by `secretKeyRef`");
        }
    }
}

fn password_reused(subject: &Subject<'_>, report: &mut Report<'_>) {
    let password = &subject.values.valkey.password;
    let Some(admin) = password
        .admin_key
        .as_deref()
        .filter(|_| subject.cache().is_some())
    else {
        return;
    };
    let others = [
        ("secretKey", Some(&*password.secret_key), "the application"),
        (
            "exporterKey",
            password.exporter_key.as_deref(),
            "the exporter",
        ),
        ("backupKey", password.backup_key.as_deref(), "the backup"),
    ];
    for (key, other, whose) in others {
        if other == Some(admin) {
            report
                .value(
                    ValuePath::of("valkey.password.adminKey"),
                    format!("the administrator has the password of {whose}, which may do everything with it"),
                )
                .related(&ValuePath::of("valkey.password").key(key), "the same key");
            return;
        }
    }
}

/// Tells whether an environment variable looks as if it held a secret itself: one that is masked, but for what only names
/// a secret or counts something about it.
fn is_secret(name: &str, value: &str) -> bool {
    const NAMES: [&str; 13] = [
        "_FILE",
        "_PATH",
        "_NAME",
        "_DIR",
        "_URL",
        "_TTL",
        "_ENABLED",
        "_TYPE",
        "_POLICY",
        "_PREFIX",
        "_HEADER",
        "_ISSUER",
        "_ALGORITHM",
    ];
    // Words that have one of a secret in them.
    const OTHERS: [&str; 5] = ["PASSIVE", "PASSENGER", "PASSTHROUGH", "BYPASS", "COMPASS"];
    if value.is_empty() || is_placeholder(value) || crate::yaml::parse_switch(value).is_some() {
        return false;
    }
    let has_login = logins(value).into_iter().any(|(start, end)| {
        // A login without a colon is a name.
        let password = &value[start..end];
        let is_password = value[..start].ends_with(':') && !password.is_empty();
        is_password && !is_placeholder(password) && !password.starts_with('$')
    });
    let upper = name.to_uppercase();
    let rest = OTHERS
        .iter()
        .fold(upper.clone(), |name, word| name.replace(word, ""));
    let is_named = NAMES.iter().any(|ending| upper.ends_with(ending));
    // A length, a number or a time about secrets, such as MAX_TOKENS=5000 or TOKEN_LIFETIME=24h.
    let last = upper.rsplit('_').next().unwrap_or_default();
    let is_ending = matches!(last, "KEY" | "PASS") || !last.ends_with('S') && is_secret_name(last);
    let is_amount = !is_ending && is_amount(value);
    has_login || is_secret_name(&rest) && !is_named && !is_amount
}

/// Tells whether a value is another variable, or what a later step puts something in the place of.
fn is_placeholder(value: &str) -> bool {
    let starts = ["$(", "${", "<", "{{", "ref+"];
    starts.iter().any(|start| value.starts_with(start))
}

/// Tells whether a value is a number, with a unit or without.
fn is_amount(value: &str) -> bool {
    let unit = value.trim_start_matches(|digit: char| digit.is_ascii_digit());
    value.len() <= 8
        && unit.len() < value.len()
        && unit.chars().all(|unit| unit.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn a_tag_that_moves_is_told_from_one_that_stays() {
        for (tag, expected) in [
            ("latest", true),
            ("stable-slim", true),
            ("v1", true),
            ("7-alpine", true),
            ("1.36", false),
            ("2.9.0", false),
            ("20260114", false),
            ("a1b2c3d", false),
        ] {
            assert_eq!(super::moves(tag), expected, "{tag}");
        }
    }

    #[test]
    fn a_variable_that_holds_a_secret_is_told_from_one_that_names_it() {
        for (name, value, expected) in [
            ("REDIS_PASSWORD", "hunter2", true),
            ("redis_password", "hunter2", true),
            ("DB_PASS", "hunter2", true),
            ("API_TOKEN", "abc", true),
            ("URL", "redis://:hunter2@cache:6379/0", true),
            ("URL", "redis://cache:6379/0", false),
            ("URL", "redis://app@cache:6379/0", false),
            ("URL", "redis://app:$(PASSWORD)@cache:6379/0", false),
            ("REDIS_PASSWORD_FILE", "/run/secrets/x", false),
            ("REDIS_PASSWORD", "", false),
            ("REDIS_PASSWORD", "${REDIS_PASSWORD}", false),
            ("REDIS_PASSWORD", "<path:kv/data/redis#password>", false),
            ("USE_SECRET", "true", false),
            ("MAX_TOKENS", "5000", false),
            ("PASSWORD_MIN_LENGTH", "12", false),
            ("TOKEN_LIFETIME", "24h", false),
            ("TOKEN_TYPE", "bearer", false),
            ("DB_PASSWORD", "12345", true),
            ("SECRET_KEY_BASE", "8d3f0a61b7", true),
            ("PASSIVE_MODE", "slow", false),
            ("REDIS_AUTH", "hunter2", true),
            ("APIKEY", "hunter2", true),
            ("DB_PASSWD", "hunter2", true),
            ("URLS", "redis://a:6379,redis://:hunter2@b:6379", true),
            ("URL", "redis://:${PASSWORD}@b:6379", false),
            ("TOKENS", "5000", false),
            ("REDIS_DB", "0", false),
        ] {
            assert_eq!(is_secret(name, value), expected, "{name}={value}");
        }
    }
}
