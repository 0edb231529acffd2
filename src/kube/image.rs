//! References of images: the registry's host, the path there, tag and digest. What the image holds is not known here.
//!
//! The grammar is that of `github.com/distribution/reference` v0.6.0, which kubelets' runtimes read references with:
//! `regexp.go`, and `splitDockerDomain` in `normalize.go`.

use super::name::port_number;

/// The most characters of host and path together (`reference.go`, `NameTotalLengthMax`).
const NAME_MAX: usize = 255;
/// The most characters of a tag (`regexp.go`, `tag`).
const TAG_MAX: usize = 128;

/// What is wrong with a part of a reference, and what was probably meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule that it breaks, as in `must not have blanks`.
    pub problem: String,
    /// A spelling that breaks none.
    pub meant: Option<String>,
}

/// Parts the host of a repository from its path; a repository without a host is one of Docker Hub.
pub fn split_host(repository: &str) -> (Option<&str>, &str) {
    match repository.split_once('/') {
        Some((host, path)) if is_host(host) => (Some(host), path),
        _ => (None, repository),
    }
}

/// Tells a host from the first part of a path on Docker Hub.
fn is_host(part: &str) -> bool {
    part == "localhost" || part.contains(['.', ':']) || part.contains(|c: char| c.is_uppercase())
}

/// Checks a repository: a host where it has one, and a path.
///
/// # Errors
/// The first rule that it breaks.
pub fn repository(text: &str) -> Result<(), Fault> {
    let check = |text: &str| {
        plain(text)?;
        if text.contains('@') {
            return Err("must not have a digest".to_owned());
        }
        let (host_part, path_part) = split_host(text);
        host_part.map_or(Ok(()), host)?;
        path(path_part)
    };
    suggest(text, check)
}

/// Checks a registry: a host, with its port and the path under which it keeps images where there are any.
///
/// # Errors
/// The first rule that it breaks.
pub fn registry(text: &str) -> Result<(), Fault> {
    let check = |text: &str| {
        plain(text)?;
        let (host_part, rest) = match text.split_once('/') {
            Some((host_part, rest)) => (host_part, Some(rest)),
            None => (text, None),
        };
        if rest == Some("") {
            return Err("must not end with `/`".to_owned());
        }
        if !is_host(host_part) {
            return Err(format!(
                "must start with a host, and `{host_part}` without a dot or a port is a path on Docker Hub"
            ));
        }
        host(host_part)?;
        rest.map_or(Ok(()), path)
    };
    suggest(text, check)
}

/// Checks a tag.
///
/// # Errors
/// The rule that it breaks.
pub fn tag(text: &str) -> Result<(), String> {
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    if text.len() <= TAG_MAX && !text.starts_with(['.', '-']) && text.bytes().all(is_inner) {
        return Ok(());
    }
    Err(format!(
        "must have letters, digits, `_`, `.` and `-`, none of the last two first, and at most {TAG_MAX} of them"
    ))
}

/// Checks a digest: of the algorithms that there are, registries use SHA-256.
///
/// # Errors
/// The rule that it breaks.
pub fn digest(text: &str) -> Result<(), String> {
    let is_hash =
        |hex: &str| hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if text.strip_prefix("sha256:").is_some_and(is_hash) {
        return Ok(());
    }
    Err("must be `sha256:` and 64 hexadecimal digits in lower case".to_owned())
}

/// Tries what people mistype, where a text breaks a rule.
fn suggest(text: &str, check: impl Fn(&str) -> Result<(), String>) -> Result<(), Fault> {
    let Err(problem) = check(text) else {
        return Ok(());
    };
    let without_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    // Before an `@` stands the login of an address, or behind it a digest.
    let name = match (without_scheme == text, without_scheme.split_once('@')) {
        (true, Some((name, _))) => name,
        (false, Some((_, name))) => name,
        (_, None) => without_scheme,
    };
    let name = name.trim().trim_end_matches('/');
    let lower = name.to_lowercase();
    let meant = [name, &lower].into_iter().find(|text| check(text).is_ok());
    Err(Fault {
        problem,
        meant: meant.map(str::to_owned),
    })
}

fn plain(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if text.contains("://") {
        return Err("must not have a scheme".to_owned());
    }
    if text.contains(char::is_whitespace) {
        return Err("must not have blanks".to_owned());
    }
    if text.len() > NAME_MAX {
        return Err(format!("must have at most {NAME_MAX} characters"));
    }
    Ok(())
}

fn host(text: &str) -> Result<(), String> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (name, port) = match bracketed {
        Some((address, rest)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return Err(format!("must not have `[{address}]`, which is no address"));
            }
            (
                None,
                (!rest.is_empty()).then(|| rest.strip_prefix(':').unwrap_or_default()),
            )
        }
        None => match text.split_once(':') {
            Some((name, port)) => (Some(name), Some(port)),
            None => (Some(text), None),
        },
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if name.is_some_and(|name| !name.split('.').all(is_label)) {
        return Err(format!("must not have the host `{text}`, which is none"));
    }
    match port.map(|port| port.parse().map(port_number)) {
        None | Some(Ok(Ok(()))) => Ok(()),
        _ => Err(format!("must not have `{text}`, whose port is none")),
    }
}

fn path(text: &str) -> Result<(), String> {
    for part in text.split('/') {
        if part.is_empty() {
            return Err("must not have `/` at its end or twice in a row".to_owned());
        }
        if part.contains(|c: char| c.is_uppercase()) {
            return Err("must be in lower case".to_owned());
        }
        if !is_path_part(part) {
            return Err(format!(
                "must have letters and digits, with `.`, `_`, `__` or `-` between them, and `{part}` is otherwise"
            ));
        }
    }
    Ok(())
}

/// Letters and digits, apart by one period, one or two underscores, or dashes.
fn is_path_part(part: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators = part.split(is_word).filter(|between| !between.is_empty());
    let is_separator =
        |text: &str| matches!(text, "." | "_" | "__") || text.bytes().all(|b| b == b'-');
    part.starts_with(is_word) && part.ends_with(is_word) && separators.into_iter().all(is_separator)
}

#[cfg(test)]
mod tests {
    use super::{digest, registry, repository, split_host, tag};

    #[test]
    fn a_repository_is_a_path_behind_a_host_or_without_one() {
        for text in [
            "redis",
            "valkey/valkey",
            "a/b/c",
            "docker.io/library/redis",
            "localhost/redis",
            "registry:5000/a/redis",
            "[2001:db8::1]:5000/redis",
            "Registry.Example.com/redis",
            "a__b/c.d/e---f",
        ] {
            assert_eq!(repository(text), Ok(()), "{text}");
        }
        for (text, meant) in [
            ("", None),
            ("Redis", Some("redis")),
            ("valkey/Valkey", Some("valkey/valkey")),
            (" redis", Some("redis")),
            ("my redis", None),
            ("https://ghcr.io/org/redis", Some("ghcr.io/org/redis")),
            ("ghcr.io/org/redis@sha256:abc", Some("ghcr.io/org/redis")),
            ("redis/", Some("redis")),
            ("a//b", None),
            ("a..b/c", None),
            ("-a", None),
            ("a___b", None),
            ("ghcr.io:99999/redis", None),
            ("ghcr.io:/redis", None),
            ("-ghcr.io/redis", None),
            ("[::g]/redis", None),
        ] {
            let fault = repository(text).expect_err(text);
            assert_eq!(fault.meant.as_deref(), meant, "{text}: {}", fault.problem);
        }
        assert!(repository(&"a".repeat(256)).is_err());
    }

    #[test]
    fn a_registry_starts_with_a_host() {
        for text in [
            "registry.example.com",
            "localhost",
            "localhost:5000",
            "10.0.0.1:5000",
            "harbor.example.com/docker-hub",
            "[::1]",
        ] {
            assert_eq!(registry(text), Ok(()), "{text}");
        }
        for (text, meant) in [
            ("https://registry.example.com", Some("registry.example.com")),
            ("http://registry.example.com/", Some("registry.example.com")),
            ("registry.example.com/", Some("registry.example.com")),
            ("registry.example.com ", Some("registry.example.com")),
            (
                "registry.example.com/Mirror",
                Some("registry.example.com/mirror"),
            ),
            ("registry", None),
            ("registry example.com", None),
            ("registry.example.com:port", None),
            ("registry..example.com", None),
        ] {
            let fault = registry(text).expect_err(text);
            assert_eq!(fault.meant.as_deref(), meant, "{text}: {}", fault.problem);
        }
    }

    #[test]
    fn hosts_are_told_from_paths() {
        assert_eq!(split_host("ghcr.io/a/b"), (Some("ghcr.io"), "a/b"));
        assert_eq!(split_host("localhost/a"), (Some("localhost"), "a"));
        assert_eq!(split_host("org/a"), (None, "org/a"));
        assert_eq!(split_host("a.b"), (None, "a.b"));
    }

    #[test]
    fn tags_and_digests_have_their_characters() {
        for text in ["7.2-alpine", "_x", "A", &"a".repeat(128)] {
            assert_eq!(tag(text), Ok(()), "{text}");
        }
        for text in [
            "-x",
            ".x",
            "a b",
            "a/b",
            "a:b",
            "a+b",
            "é",
            &"a".repeat(129),
        ] {
            assert!(tag(text).is_err(), "{text}");
        }
        let hash = "0123456789abcdef".repeat(4);
        assert_eq!(digest(&format!("sha256:{hash}")), Ok(()));
        for text in [
            &hash,
            &format!("sha256:{}", hash.to_uppercase()),
            "sha256:ab",
        ] {
            assert!(digest(text).is_err(), "{text}");
        }
    }
}
