//! Images: whether repository, tag and digest are what they should be, and how the reference is spelled.

use super::rules::{self, Rules, non_empty};
use crate::values::Values;

/// An image of the values, and where its parts stand.
pub(super) struct Image<'v> {
    /// Repository and its path.
    pub(super) repository: (&'static str, &'v str),
    /// Tag and its path.
    pub(super) tag: (&'static str, Option<&'v String>),
    /// Digest and its path.
    pub(super) digest: (&'static str, Option<&'v String>),
    /// When to pull it, and its path.
    pub(super) pull_policy: (&'static str, &'v str),
}

/// Checks an image and returns its reference.
pub(super) fn resolve(image: &Image<'_>, values: &Values, rules: &mut Rules<'_>) -> String {
    let (repository_path, repository) = image.repository;
    let (tag_path, tag) = (image.tag.0, non_empty(image.tag.1));
    let (digest_path, digest) = (image.digest.0, non_empty(image.digest.1));
    rules.choice(
        image.pull_policy.0,
        image.pull_policy.1,
        &["Always", "IfNotPresent", "Never"],
    );
    if repository.is_empty()
        || repository.contains(|c: char| c.is_whitespace() || c.is_ascii_uppercase() || c == '@')
    {
        rules
            .value(
                "invalid-image",
                rules::path(repository_path),
                format!("`{repository}` is not a repository"),
            )
            .help("write it without tag and digest, such as `valkey/valkey`");
    }
    let last = repository.rsplit('/').next().unwrap_or_default();
    if let Some((name, tag)) = last.split_once(':').filter(|_| !repository.contains('@')) {
        rules
            .value(
                "invalid-image",
                rules::path(repository_path),
                format!("the repository ends with the tag `{tag}`"),
            )
            .help(format!(
                "write `{}: {name}` and `{}: {tag}`",
                key(repository_path),
                key(tag_path)
            ));
    }
    if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
        rules
            .value(
                "invalid-image",
                rules::path(tag_path),
                format!("`{tag}` is not a tag"),
            )
            .help("a tag has letters, digits, `_`, `.` and `-`, at most 128");
    }
    if let Some(digest) = digest.filter(|digest| !is_digest(digest)) {
        rules
            .value(
                "invalid-image",
                rules::path(digest_path),
                format!("`{digest}` is not a digest"),
            )
            .help("write `sha256:` and 64 hexadecimal digits");
    }
    if tag.is_none() && digest.is_none() {
        rules
            .value(
                "missing-value",
                rules::path(tag_path),
                "the image has neither a tag nor a digest",
            )
            .help(format!("set `{tag_path}`"));
    }
    let registry = non_empty(values.image.registry.as_ref());
    reference(registry, repository, tag, digest)
}

fn key(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn is_tag(tag: &str) -> bool {
    tag.len() <= 128
        && !tag.starts_with(['.', '-'])
        && tag
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

fn is_digest(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Spells an image: the registry replaces the host of the repository, or comes before a repository without one.
fn reference(
    registry: Option<&str>,
    repository: &str,
    tag: Option<&str>,
    digest: Option<&str>,
) -> String {
    let mut reference = match registry {
        Some(registry) => {
            let path = match repository.split_once('/') {
                Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
                _ => repository,
            };
            format!("{}/{path}", registry.trim_end_matches('/'))
        }
        None => repository.to_owned(),
    };
    match (digest, tag) {
        (Some(digest), _) => reference.extend(["@", digest]),
        (None, Some(tag)) => reference.extend([":", tag]),
        (None, None) => {}
    }
    reference
}
