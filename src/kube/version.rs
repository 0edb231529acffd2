//! Kubernetes versions: how they are written, and which ones are supported.
//! Knows numbers only; nobody asks a cluster here.

use std::fmt;
use thiserror::Error;

/// The oldest supported version: the oldest that the strict schemas cover (kubernetes-validate on PyPI, 1.27 to 1.37).
pub const FLOOR: KubeVersion = KubeVersion::new(1, 27);

/// The newest supported version: the newest that the strict schemas cover (kubernetes-validate on PyPI, 1.27 to 1.37).
pub const CEILING: KubeVersion = KubeVersion::new(1, 37);

/// A Kubernetes version as far as it decides what an API server accepts: the patch level never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KubeVersion {
    /// The number before the point.
    pub major: u16,
    /// The number after the point.
    pub minor: u16,
}

/// Why a text is not a version that can be rendered for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VersionError {
    /// The text does not read as a version.
    #[error("`{0}` is not a Kubernetes version: write it as `1.33` or `v1.33.2`")]
    Malformed(String),
    /// The version is older than [`FLOOR`].
    #[error("Kubernetes {0} is older than {FLOOR}, the oldest supported version")]
    TooOld(KubeVersion),
    /// The version is newer than [`CEILING`].
    #[error("Kubernetes {0} is newer than {CEILING}, the newest supported version")]
    TooNew(KubeVersion),
}

impl KubeVersion {
    /// Returns the version `major.minor`.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Reads `1.33`, `v1.33.2`, `1.33.2-gke.100`, `v1.33.2+k3s1`, or `1.33+`, as some providers report their minor.
    ///
    /// # Errors
    /// [`VersionError::Malformed`] where major or minor is missing, is not a decimal number or has a leading zero, or
    /// where what follows is neither a patch level nor a `-` or `+` suffix (Semantic Versioning 2.0.0, items 2, 9, 10).
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        read(text).ok_or_else(|| VersionError::Malformed(text.to_owned()))
    }
}

impl fmt::Display for KubeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Checks that `version` is one of those that are rendered for and tested, [`FLOOR`] to [`CEILING`].
///
/// # Errors
/// [`VersionError::TooOld`] or [`VersionError::TooNew`].
pub fn check_supported(version: KubeVersion) -> Result<(), VersionError> {
    if version < FLOOR {
        return Err(VersionError::TooOld(version));
    }
    if version > CEILING {
        return Err(VersionError::TooNew(version));
    }
    Ok(())
}

fn read(text: &str) -> Option<KubeVersion> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let core_end = text.find(['-', '+']).unwrap_or(text.len());
    let (core, suffix) = text.split_at(core_end);
    let mut numbers = core.split('.');
    let (major, minor, patch) = (numbers.next()?, numbers.next()?, numbers.next());
    if numbers.next().is_some() {
        return None;
    }
    if let Some(patch) = patch {
        number(patch)?;
    }
    if !(suffix_is_valid(suffix) || suffix == "+" && patch.is_none()) {
        return None;
    }
    Some(KubeVersion {
        major: number(major)?,
        minor: number(minor)?,
    })
}

fn number(text: &str) -> Option<u16> {
    let has_leading_zero = text.len() > 1 && text.starts_with('0');
    text.parse().ok().filter(|_| !has_leading_zero)
}

fn suffix_is_valid(suffix: &str) -> bool {
    let Some((_, identifiers)) = suffix.split_at_checked(1) else {
        return suffix.is_empty();
    };
    identifiers
        .split(['.', '+'])
        .all(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}

#[cfg(test)]
mod tests {
    use super::{CEILING, FLOOR, KubeVersion, VersionError, check_supported};

    #[track_caller]
    fn check(text: &str, expected: Option<(u16, u16)>) {
        let expected = expected
            .map(|(major, minor)| KubeVersion { major, minor })
            .ok_or_else(|| VersionError::Malformed(text.to_owned()));
        assert_eq!(KubeVersion::parse(text), expected, "{text}");
    }

    #[test]
    fn reads_what_clusters_and_people_write() {
        check("1.33", Some((1, 33)));
        check("v1.33", Some((1, 33)));
        check("v1.33.2", Some((1, 33)));
        check("1.33+", Some((1, 33)));
        check("1.33.2-gke.100", Some((1, 33)));
        check("v1.33.2+k3s1", Some((1, 33)));
        check("v1.30.0-alpha.1+build-7", Some((1, 30)));
        check("v1.33.2-eks-1de2ab1", Some((1, 33)));
        check("1.0", Some((1, 0)));
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "v",
            "1",
            "1.",
            ".33",
            "1.x",
            "latest",
            "1.33.",
            "1.33.x",
            "1.33.2.1",
            "1.033",
            "01.33",
            " 1.33",
            "1.33 ",
            "V1.33",
            "vv1.33",
            "1.-33",
            "1.+33",
            "1.33-",
            "1.33.2+",
            "1.33.2-a..b",
            "1.33.2+k3s é",
            "1.65536",
            "1,33",
            "+",
            "1.33.2-é",
            "é",
            "１.33",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn display_reads_back_and_order_is_numeric() {
        for minor in 0..200 {
            let version = KubeVersion::new(1, minor);
            assert_eq!(KubeVersion::parse(&version.to_string()), Ok(version));
            assert!(version < KubeVersion::new(1, minor + 1));
            assert!(version < KubeVersion::new(2, 0));
        }
    }

    #[test]
    fn support_has_two_ends() {
        assert_eq!(check_supported(FLOOR), Ok(()));
        assert_eq!(check_supported(CEILING), Ok(()));
        let old = check_supported(KubeVersion::new(1, 26)).expect_err("below the floor");
        assert_eq!(
            old.to_string(),
            "Kubernetes 1.26 is older than 1.27, the oldest supported version"
        );
        let new = check_supported(KubeVersion::new(1, 38)).expect_err("above the ceiling");
        assert_eq!(
            new.to_string(),
            "Kubernetes 1.38 is newer than 1.37, the newest supported version"
        );
        let malformed = KubeVersion::parse("latest").expect_err("a word");
        assert_eq!(
            malformed.to_string(),
            "`latest` is not a Kubernetes version: write it as `1.33` or `v1.33.2`"
        );
    }
}
