//! The rules for labels and annotations: keys, values, and how much fits.
//! Says which rule a text breaks; whose label it is, is the caller's to say.

use crate::kube::name;

/// The most characters of a label's value, and of the part of a key after the `/` (Kubernetes v1.33,
/// `util/validation`, `LabelValueMaxLength` and `qualifiedNameMaxLength`).
pub const NAME_MAX: usize = 63;

/// The most bytes that all keys and values of an object's annotations may have together, 256 KiB (Kubernetes v1.33,
/// `api/validation/objectmeta.go`, `TotalAnnotationSizeLimitB`).
pub const ANNOTATIONS_MAX_BYTES: usize = 256 * 1024;

/// Checks the key of a label: a name, or a DNS subdomain, `/` and a name.
///
/// The name is 1 to 63 letters, digits, `-`, `_` and `.`, with a letter or a digit at both ends (Kubernetes v1.33,
/// `util/validation`, `IsQualifiedName`).
///
/// # Errors
/// The rule and what breaks it.
pub fn key(text: &str) -> Result<(), String> {
    let Some((prefix, local)) = text.split_once('/') else {
        return qualified(text);
    };
    if local.contains('/') {
        return Err(
            "must have at most one `/`, between a DNS subdomain and a name, as in `example.com/x`"
                .to_owned(),
        );
    }
    name::dns_subdomain(prefix).map_err(|rule| format!("the part before `/` {rule}"))?;
    qualified(local).map_err(|rule| format!("the part after `/` {rule}"))
}

/// Checks the value of a label: empty, or what the name of a [`key`] may be.
///
/// Source: Kubernetes v1.33, `util/validation`, `IsValidLabelValue`.
///
/// # Errors
/// The rule and what breaks it.
pub fn value(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    qualified(text)
}

/// Checks the key of an annotation: as a label's [`key`], but upper-case letters may stand before the `/` too.
///
/// Source: Kubernetes v1.33, `api/validation/objectmeta.go`, `ValidateAnnotations`. The value may be any text; see
/// [`ANNOTATIONS_MAX_BYTES`].
///
/// # Errors
/// The rule and what breaks it, with the character as it was typed.
pub fn annotation_key(text: &str) -> Result<(), String> {
    match text.split_once('/') {
        Some((prefix, local)) => key(&format!("{}/{local}", prefix.to_ascii_lowercase())),
        None => key(text),
    }
}

fn qualified(text: &str) -> Result<(), String> {
    name::characters(text, "letters, digits, `-`, `_` and `.`", |c| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
    })?;
    let outside = |c: &char| !c.is_ascii_alphanumeric();
    if let Some(c) = text
        .chars()
        .next()
        .filter(outside)
        .or(text.chars().next_back().filter(outside))
    {
        return Err(format!(
            "must start and end with a letter or a digit, not `{c}`"
        ));
    }
    name::length(text, NAME_MAX)
}

#[cfg(test)]
mod tests {
    use super::{annotation_key, key, value};

    type Rule = fn(&str) -> Result<(), String>;

    #[track_caller]
    fn check(rule: Rule, text: &str, expected: Result<(), &str>) {
        assert_eq!(rule(text), expected.map_err(str::to_owned), "{text:?}");
    }

    #[test]
    fn keys() {
        check(key, "app", Ok(()));
        check(key, "app.kubernetes.io/name", Ok(()));
        check(key, "example.com/My_Name.1-x", Ok(()));
        check(key, "", Err("must not be empty"));
        check(key, "/name", Err("the part before `/` must not be empty"));
        check(
            key,
            "example.com/",
            Err("the part after `/` must not be empty"),
        );
        check(
            key,
            "a/b/c",
            Err(
                "must have at most one `/`, between a DNS subdomain and a name, as in `example.com/x`",
            ),
        );
        check(
            key,
            "Example.com/name",
            Err(
                "the part before `/` must consist of lower-case letters, digits, `-` and `.`, but character 1 is `E`",
            ),
        );
        check(
            key,
            "team name",
            Err("must consist of letters, digits, `-`, `_` and `.`, but character 5 is a space"),
        );
        check(
            key,
            "_a",
            Err("must start and end with a letter or a digit, not `_`"),
        );
        check(
            key,
            "a.",
            Err("must start and end with a letter or a digit, not `.`"),
        );
    }

    #[test]
    fn values() {
        check(value, "", Ok(()));
        check(value, "cachegen", Ok(()));
        check(value, "7.2-alpine", Ok(()));
        check(value, "A", Ok(()));
        check(
            value,
            "-",
            Err("must start and end with a letter or a digit, not `-`"),
        );
        check(
            value,
            "sha256:abc",
            Err("must consist of letters, digits, `-`, `_` and `.`, but character 7 is `:`"),
        );
        check(
            value,
            "1.0+build",
            Err("must consist of letters, digits, `-`, `_` and `.`, but character 4 is `+`"),
        );
        check(
            value,
            "é",
            Err("must consist of letters, digits, `-`, `_` and `.`, but character 1 is `é`"),
        );
    }

    #[test]
    fn annotation_keys_may_shout_before_the_slash() {
        check(annotation_key, "Example.com/name", Ok(()));
        check(annotation_key, "prometheus.io/scrape", Ok(()));
        check(annotation_key, "Plain", Ok(()));
        check(
            annotation_key,
            "É.com/x",
            Err(
                "the part before `/` must consist of lower-case letters, digits, `-` and `.`, but character 1 is `É`",
            ),
        );
        for text in ["app", "a/b", "a/b/c", "", "/", "a b", "-a", "example.com/x"] {
            assert_eq!(annotation_key(text), key(text), "{text:?}");
        }
    }

    #[test]
    fn lengths_count_to_the_last_character() {
        for n in 1..300 {
            let text = "a".repeat(n);
            assert_eq!(key(&text).is_ok(), n <= 63, "{n}");
            assert_eq!(value(&text).is_ok(), n <= 63, "{n}");
            assert_eq!(key(&format!("example.com/{text}")).is_ok(), n <= 63, "{n}");
            assert_eq!(key(&format!("{text}/name")).is_ok(), n <= 253, "{n}");
        }
        assert_eq!(
            value(&"a".repeat(64)),
            Err("must be at most 63 characters long, but has 64".to_owned())
        );
    }
}
