//! The rules for names: of objects, ports, environment variables, data keys, and port numbers.
//! Says which rule a text breaks and where; what the text is for is the caller's to say.

/// The most characters of a DNS label (RFC 1123 section 2.1, RFC 1035 section 2.3.4).
pub const DNS_LABEL_MAX: usize = 63;

/// The most characters of a DNS subdomain (Kubernetes v1.33, `util/validation`, `DNS1123SubdomainMaxLength`).
pub const DNS_SUBDOMAIN_MAX: usize = 253;

/// The most characters of a port name (RFC 6335 section 5.1).
pub const PORT_NAME_MAX: usize = 15;

/// Checks a lower-case RFC 1123 label: most names that become part of a host name, such as a namespace or a container.
///
/// Lower-case letters, digits and `-`, a letter or a digit at both ends, at most 63 characters (Kubernetes v1.33,
/// `util/validation`, `IsDNS1123Label`).
///
/// # Errors
/// The rule and what breaks it.
pub fn dns_label(text: &str) -> Result<(), String> {
    characters(text, "lower-case letters, digits and `-`", is_dns_character)?;
    ends(text)?;
    length(text, DNS_LABEL_MAX)
}

/// Checks an RFC 1035 label: the name of a Service.
///
/// As [`dns_label`], and the first character is a letter (Kubernetes v1.33, `util/validation`, `IsDNS1035Label`, and
/// `apis/core/validation`, `ValidateServiceName`).
///
/// # Errors
/// The rule and what breaks it.
pub fn dns_label_1035(text: &str) -> Result<(), String> {
    dns_label(text)?;
    match text.chars().next() {
        Some(first) if first.is_ascii_digit() => Err(format!(
            "must start with a lower-case letter, not {}",
            quote(first)
        )),
        _ => Ok(()),
    }
}

/// Checks a lower-case RFC 1123 subdomain: the name of most objects, such as a ConfigMap or a Secret.
///
/// Labels as in [`dns_label`] (of any length) joined by `.`, at most 253 characters in all (Kubernetes v1.33,
/// `util/validation`, `IsDNS1123Subdomain`).
///
/// # Errors
/// The rule and what breaks it.
pub fn dns_subdomain(text: &str) -> Result<(), String> {
    characters(text, "lower-case letters, digits, `-` and `.`", |c| {
        is_dns_character(c) || c == '.'
    })?;
    for part in text.split('.') {
        if part.is_empty() {
            return Err("must not have an empty part before, after or between dots".to_owned());
        }
        ends(part)?;
    }
    length(text, DNS_SUBDOMAIN_MAX)
}

/// Checks a name that can stand in a path: that of a role or its binding, such as `system:reader`.
///
/// Not `.` or `..`, and without `/` and `%` (Kubernetes v1.33, `apimachinery`, `path.IsValidPathSegmentName`).
///
/// # Errors
/// The rule and what breaks it.
pub fn path_segment(text: &str) -> Result<(), String> {
    match text.chars().find(|c| matches!(c, '/' | '%')) {
        Some(c) => Err(format!("must not contain {}", quote(c))),
        None if matches!(text, "." | "..") => Err(format!("must not be `{text}`")),
        None => Ok(()),
    }
}

/// Checks the name of a container's port, and so of a Service's named target port.
///
/// Lower-case letters, digits and single `-` inside, at least one letter, at most 15 characters (Kubernetes v1.33,
/// `util/validation`, `IsValidPortName`; RFC 6335 section 5.1).
///
/// # Errors
/// The rule and what breaks it.
pub fn port_name(text: &str) -> Result<(), String> {
    characters(text, "lower-case letters, digits and `-`", is_dns_character)?;
    ends(text)?;
    if text.contains("--") {
        return Err("must not have two `-` in a row".to_owned());
    }
    if !text.contains(|c: char| c.is_ascii_lowercase()) {
        return Err("must have at least one letter".to_owned());
    }
    length(text, PORT_NAME_MAX)
}

/// Checks the name of an environment variable by the rule that every version accepts.
///
/// Letters, digits, `-`, `_` and `.`, no digit first, not `.` and no `..` at the start (Kubernetes v1.33,
/// `util/validation`, `IsEnvVarName`). Since 1.30 behind the feature gate `RelaxedEnvironmentVariableValidation`, and
/// since 1.32 by default, an API server takes any printable ASCII but `=` (`pkg/features/kube_features.go`); that is
/// refused here, because older supported versions refuse it.
///
/// # Errors
/// The rule and what breaks it.
pub fn env_name(text: &str) -> Result<(), String> {
    characters(text, "letters, digits, `-`, `_` and `.`", is_key_character)?;
    match text.chars().next() {
        Some(first) if first.is_ascii_digit() => Err(format!(
            "must not start with a digit, as {} is",
            quote(first)
        )),
        _ => no_parent_directory(text),
    }
}

/// Checks a key in the data of a ConfigMap or a Secret, which is also a file name once it is mounted.
///
/// Letters, digits, `-`, `_` and `.`, not `.` and no `..` at the start, at most 253 characters (Kubernetes v1.33,
/// `util/validation`, `IsConfigMapKey`).
///
/// # Errors
/// The rule and what breaks it.
pub fn data_key(text: &str) -> Result<(), String> {
    characters(text, "letters, digits, `-`, `_` and `.`", is_key_character)?;
    no_parent_directory(text)?;
    length(text, DNS_SUBDOMAIN_MAX)
}

/// Checks a port number: 1 to 65535 (Kubernetes v1.33, `util/validation`, `IsValidPortNum`).
///
/// # Errors
/// The rule and the number that breaks it.
pub fn port_number(number: u64) -> Result<(), String> {
    if (1..=65_535).contains(&number) {
        return Ok(());
    }
    Err(format!("must be from 1 to 65535, not {number}"))
}

fn is_dns_character(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

fn is_key_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Refuses an empty text, and one with a character that `allowed` refuses; `rule` lists what is allowed.
pub(super) fn characters(
    text: &str,
    rule: &str,
    allowed: impl Fn(char) -> bool,
) -> Result<(), String> {
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    match text.chars().enumerate().find(|(_, c)| !allowed(*c)) {
        Some((index, c)) => {
            let position = index + 1;
            Err(format!(
                "must consist of {rule}, but character {position} is {}",
                quote(c)
            ))
        }
        None => Ok(()),
    }
}

/// Refuses a text that is longer than `max` characters. Kubernetes counts bytes: here the text is known to be ASCII.
pub(super) fn length(text: &str, max: usize) -> Result<(), String> {
    match text.len() {
        len if len > max => Err(format!(
            "must be at most {max} characters long, but has {len}"
        )),
        _ => Ok(()),
    }
}

fn ends(text: &str) -> Result<(), String> {
    let at_end = |c: Option<char>| c.filter(|c| !c.is_ascii_alphanumeric());
    match at_end(text.chars().next()).or(at_end(text.chars().next_back())) {
        Some(c) => Err(format!(
            "must start and end with a letter or a digit, not {}",
            quote(c)
        )),
        None => Ok(()),
    }
}

fn no_parent_directory(text: &str) -> Result<(), String> {
    if text == "." || text.starts_with("..") {
        return Err("must not be `.` or start with `..`".to_owned());
    }
    Ok(())
}

fn quote(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        '`' => "a backtick".to_owned(),
        c if c.is_control() => format!("U+{:04X}", u32::from(c)),
        c => format!("`{c}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        data_key, dns_label, dns_label_1035, dns_subdomain, env_name, port_name, port_number,
    };

    type Rule = fn(&str) -> Result<(), String>;

    #[track_caller]
    fn check(rule: Rule, text: &str, expected: Result<(), &str>) {
        assert_eq!(rule(text), expected.map_err(str::to_owned), "{text:?}");
    }

    #[test]
    fn labels() {
        check(dns_label, "alerthistory-cache", Ok(()));
        check(dns_label, "1a", Ok(()));
        check(dns_label, "a--b", Ok(()));
        check(dns_label, "", Err("must not be empty"));
        check(
            dns_label,
            "Cache",
            Err("must consist of lower-case letters, digits and `-`, but character 1 is `C`"),
        );
        check(
            dns_label,
            "a.b",
            Err("must consist of lower-case letters, digits and `-`, but character 2 is `.`"),
        );
        check(
            dns_label,
            "a b",
            Err("must consist of lower-case letters, digits and `-`, but character 2 is a space"),
        );
        check(
            dns_label,
            "é",
            Err("must consist of lower-case letters, digits and `-`, but character 1 is `é`"),
        );
        check(
            dns_label,
            "ab\n",
            Err("must consist of lower-case letters, digits and `-`, but character 3 is U+000A"),
        );
        check(
            dns_label,
            "-a",
            Err("must start and end with a letter or a digit, not `-`"),
        );
        check(
            dns_label,
            "a-",
            Err("must start and end with a letter or a digit, not `-`"),
        );
        check(dns_label_1035, "a1", Ok(()));
        check(
            dns_label_1035,
            "1a",
            Err("must start with a lower-case letter, not `1`"),
        );
        check(dns_label_1035, "", Err("must not be empty"));
    }

    #[test]
    fn subdomains() {
        check(dns_subdomain, "example.com", Ok(()));
        check(dns_subdomain, "a", Ok(()));
        check(dns_subdomain, "1.2-3.x", Ok(()));
        check(
            dns_subdomain,
            "a..b",
            Err("must not have an empty part before, after or between dots"),
        );
        check(
            dns_subdomain,
            "a.",
            Err("must not have an empty part before, after or between dots"),
        );
        check(
            dns_subdomain,
            "a-.b",
            Err("must start and end with a letter or a digit, not `-`"),
        );
        check(
            dns_subdomain,
            "a_b",
            Err("must consist of lower-case letters, digits, `-` and `.`, but character 2 is `_`"),
        );
    }

    #[test]
    fn port_names() {
        check(port_name, "client", Ok(()));
        check(port_name, "http-2", Ok(()));
        check(port_name, "6379", Err("must have at least one letter"));
        check(port_name, "a--b", Err("must not have two `-` in a row"));
        check(
            port_name,
            "metrics-exporter",
            Err("must be at most 15 characters long, but has 16"),
        );
        check(
            port_name,
            "-a",
            Err("must start and end with a letter or a digit, not `-`"),
        );
    }

    #[test]
    fn environment_and_data_keys() {
        check(env_name, "CACHE_ADDR", Ok(()));
        check(env_name, "my.env-name", Ok(()));
        check(env_name, ".a", Ok(()));
        check(
            env_name,
            "1A",
            Err("must not start with a digit, as `1` is"),
        );
        check(
            env_name,
            "A=B",
            Err("must consist of letters, digits, `-`, `_` and `.`, but character 2 is `=`"),
        );
        check(env_name, "..a", Err("must not be `.` or start with `..`"));
        check(data_key, "server.conf", Ok(()));
        check(data_key, "1", Ok(()));
        check(data_key, "a..b", Ok(()));
        check(data_key, ".", Err("must not be `.` or start with `..`"));
        check(
            data_key,
            "..data",
            Err("must not be `.` or start with `..`"),
        );
        check(
            data_key,
            "a/b",
            Err("must consist of letters, digits, `-`, `_` and `.`, but character 2 is `/`"),
        );
    }

    #[test]
    fn lengths_count_to_the_last_character() {
        let rules: [(Rule, Option<usize>); 6] = [
            (dns_label, Some(63)),
            (dns_label_1035, Some(63)),
            (dns_subdomain, Some(253)),
            (port_name, Some(15)),
            (data_key, Some(253)),
            (env_name, None),
        ];
        for (rule, max) in rules {
            for n in 1..300 {
                assert_eq!(
                    rule(&"a".repeat(n)).is_ok(),
                    max.is_none_or(|max| n <= max),
                    "{n}"
                );
            }
        }
    }

    #[test]
    fn port_numbers() {
        for (number, valid) in [
            (0, false),
            (1, true),
            (6379, true),
            (65_535, true),
            (65_536, false),
            (u64::MAX, false),
        ] {
            assert_eq!(port_number(number).is_ok(), valid, "{number}");
        }
        assert_eq!(
            port_number(0),
            Err("must be from 1 to 65535, not 0".to_owned())
        );
    }

    #[test]
    fn messages_are_one_lower_case_sentence() {
        let rules: [Rule; 6] = [
            dns_label,
            dns_label_1035,
            dns_subdomain,
            port_name,
            env_name,
            data_key,
        ];
        let long = "a-".repeat(200);
        for rule in rules {
            for text in ["", "-", ".", "..", "A", "é", "`", "\t", "1", "a-", &long] {
                let Err(message) = rule(text) else { continue };
                assert!(
                    message.starts_with("must ") && !message.ends_with('.'),
                    "{text:?}: {message}"
                );
            }
        }
    }
}
