//! Images: whether repository, tag and digest are what they should be, and how the reference is spelled.

use super::rules::{self, Rules};
use crate::kube::image as reference;
use crate::values::Values;

/// An image of the values, and where its parts stand.
pub(super) struct Image<'v> {
    /// Repository and its path.
    pub(super) repository: (&'static str, &'v str),
    /// Tag and its path.
    pub(super) tag: (&'static str, Option<&'v String>),
    /// Digest and its path.
    pub(super) digest: (&'static str, Option<&'v String>),
}

/// Checks an image and returns its reference.
pub(super) fn resolve(image: &Image<'_>, values: &Values, rules: &mut Rules<'_>) -> String {
    let (repository_path, repository) = image.repository;
    let (tag_path, tag) = (image.tag.0, image.tag.1.map(String::as_str));
    let (digest_path, digest) = (image.digest.0, image.digest.1.map(String::as_str));
    let last = repository.rsplit('/').next().unwrap_or_default();
    if let Some((_, tag)) = last.split_once(':').filter(|_| !repository.contains('@')) {
        let name = &repository[..repository.len() - tag.len() - 1];
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
    } else if let Err(fault) = reference::repository(repository) {
        let finding = rules.value(
            "invalid-image",
            rules::path(repository_path),
            format!("the repository {}", fault.problem),
        );
        finding.help(match fault.meant {
            Some(meant) => format!("write `{meant}`"),
            None => "write it without tag and digest, such as `valkey/valkey`".to_owned(),
        });
    }
    for (dotted, what, broken, help) in [
        (
            tag_path,
            "tag",
            tag.map(reference::tag),
            "a tag is what stands behind the `:` of an image, such as `7.2-alpine`",
        ),
        (
            digest_path,
            "digest",
            digest.map(reference::digest),
            "copy it from the registry, without the repository and the `@` before it",
        ),
    ] {
        if let Some(Err(rule)) = broken {
            rules
                .value(
                    "invalid-image",
                    rules::path(dotted),
                    format!("the {what} of an image {rule}"),
                )
                .help(help);
        }
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
    spelled(registry(values), repository, tag, digest)
}

/// Checks the registry of all images, once.
pub(super) fn check_registry(values: &Values, rules: &mut Rules<'_>) {
    if let Some(Err(fault)) = registry(values).map(reference::registry) {
        rules
            .value(
                "invalid-image",
                rules::path("image.registry"),
                format!("the registry {}", fault.problem),
            )
            .help(match fault.meant {
                Some(meant) => format!("write `{meant}`"),
                None => "write the host alone, such as `registry.example.com`".to_owned(),
            });
    }
}

fn registry(values: &Values) -> Option<&str> {
    values.image.registry.as_deref()
}

fn key(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Spells an image: the registry replaces the host of the repository, or comes before a repository without one.
fn spelled(
    registry: Option<&str>,
    repository: &str,
    tag: Option<&str>,
    digest: Option<&str>,
) -> String {
    let mut image = match registry {
        Some(registry) => {
            let (_, path) = reference::split_host(repository);
            format!("{registry}/{path}")
        }
        None => repository.to_owned(),
    };
    match (digest, tag) {
        (Some(digest), _) => image.extend(["@", digest]),
        (None, Some(tag)) => image.extend([":", tag]),
        (None, None) => {}
    }
    image
}
