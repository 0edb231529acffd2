//! Images that are another one tomorrow, and passwords that stand where everybody reads them.

use super::subject::{Report, Subject};
use super::{Rule, Severity};
use crate::diagnostic::ValuePath;
use crate::redis::exporter::{self, Release};
use crate::redis::version;
use crate::values::types::TextMap;
use crate::yaml::Value;

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
];

/// One image: what it is called, and where.
struct Image<'v> {
    repository: &'v str,
    tag: (&'static str, Option<&'v str>),
    digest: Option<&'v str>,
    /// Whether the tag names a major and a minor version.
    is_pinned: bool,
}

fn images<'v>(subject: &Subject<'v>) -> Vec<Image<'v>> {
    let Some(cache) = subject.tier.cache.as_ref() else {
        return Vec::new();
    };
    let server = &subject.values.valkey.image;
    let mut images = vec![Image {
        repository: &server.repository,
        tag: ("valkey.image.tag", server.tag.as_deref()),
        digest: server.digest.as_deref(),
        is_pinned: server
            .tag
            .as_deref()
            .is_some_and(|tag| version::from_tag(tag).is_some()),
    }];
    let exporter = &subject.values.valkey.exporter;
    if cache.exporter.is_some() {
        images.push(Image {
            repository: &exporter.image,
            tag: ("valkey.exporter.tag", exporter.tag.as_deref()),
            digest: exporter.digest.as_deref(),
            is_pinned: exporter
                .tag
                .as_deref()
                .is_some_and(|tag| Release::of_tag(tag).is_some()),
        });
    }
    images
}

fn floating_tag(subject: &Subject<'_>, report: &mut Report<'_>) {
    for image in images(subject) {
        if image.digest.is_some() || image.is_pinned {
            continue;
        }
        let (path, Some(tag)) = image.tag else {
            continue;
        };
        let message = format!("`{}:{tag}` moves to other versions", image.repository);
        report.value(ValuePath::of(path), message);
    }
}

fn missing_digest(subject: &Subject<'_>, report: &mut Report<'_>) {
    for image in images(subject) {
        let (path, Some(tag)) = image.tag else {
            continue;
        };
        if image.digest.is_none() && image.is_pinned {
            let digest = path.replace(".tag", ".digest");
            report
                .value(
                    ValuePath::of(path),
                    format!(
                        "`{}:{tag}` can be another image tomorrow: it has no digest",
                        image.repository
                    ),
                )
                .help(format!("set `{digest}`"));
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
        if object.get("kind").and_then(Value::as_str) != Some("Secret") {
            continue;
        }
        for key in ["stringData", "data"] {
            if object
                .get(key)
                .and_then(Value::as_mapping)
                .is_some_and(|data| !data.is_empty())
            {
                let path = ValuePath::of("extraObjects").index(index).key(key);
                report
                    .value(path, "the Secret stands in the values with its data")
                    .help(
                        "keep Secrets out of the values: seal them, or let an operator make them",
                    );
            }
        }
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
        let text = |key: &str| {
            variable
                .0
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        if is_secret(text("name"), text("value")) {
            let path = ValuePath::of("valkey.extraEnv").index(index).key("value");
            report
                .value(
                    path,
                    format!("the value of `{}` stands in the values", text("name")),
                )
                .help("take it from a Secret by `valueFrom.secretKeyRef`");
        }
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

/// Tells whether an environment variable looks as if it held a secret itself, and does not only name one.
fn is_secret(name: &str, value: &str) -> bool {
    const WORDS: [&str; 7] = [
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "SECRET",
        "TOKEN",
        "CREDENTIAL",
        "API_KEY",
    ];
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
    if value.is_empty() || crate::yaml::parse_switch(value).is_some() {
        return false;
    }
    let name = name.to_uppercase();
    let is_telling = WORDS.iter().any(|word| name.contains(word))
        || name == "PASS"
        || name.ends_with("_PASS")
        || name == "REDISCLI_AUTH";
    let has_login = value.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        authority
            .rsplit_once('@')
            .and_then(|(login, _)| login.split_once(':'))
            .is_some_and(|(_, password)| !password.is_empty() && !password.starts_with('$'))
    });
    // A length, a number or a time about secrets, such as MAX_TOKENS=5000 or TOKEN_LIFETIME=24h.
    let is_amount = !WORDS.iter().any(|word| name.ends_with(word))
        && value.len() <= 8
        && value.starts_with(|first: char| first.is_ascii_digit())
        && value
            .trim_start_matches(|digit: char| digit.is_ascii_digit())
            .chars()
            .all(|unit| unit.is_ascii_alphabetic());
    has_login || is_telling && !is_amount && !NAMES.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::is_secret;

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
            ("USE_SECRET", "true", false),
            ("MAX_TOKENS", "5000", false),
            ("PASSWORD_MIN_LENGTH", "12", false),
            ("TOKEN_LIFETIME", "24h", false),
            ("TOKEN_TYPE", "bearer", false),
            ("DB_PASSWORD", "12345", true),
            ("SECRET_KEY_BASE", "8d3f0a61b7", true),
            ("PASSIVE_MODE", "slow", false),
            ("REDIS_DB", "0", false),
        ] {
            assert_eq!(is_secret(name, value), expected, "{name}={value}");
        }
    }
}
