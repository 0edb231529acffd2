//! Opinions: what should be otherwise, although it works. What must be otherwise is `tier`'s.
//!
//! A rule is one row of a table: a code that never changes, how bad it is, what it finds, why, how to mend it, and the
//! function that looks. It looks at the values with their places, at the tier and at the rendered objects, and changes
//! nothing. `tests/lint/<code>` has values on which it fires and values on which it does not.

mod backup;
mod images;
mod layers;
mod memory;
mod monitoring;
mod network;
mod objects;
mod placement;
mod probes;
mod selector;
mod subject;
mod switches;
mod waiver;
mod workload;

pub use subject::{Finding, Subject};
pub use waiver::Waived;

use crate::diagnostic::Severity;
use subject::Report;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its code: kebab-case, and never changed.
    pub code: &'static str,
    /// How bad what it finds usually is.
    pub severity: Severity,
    /// What it finds, in a few words.
    pub what: &'static str,
    /// Why that is bad, with the measurement or the source behind it.
    pub why: &'static str,
    /// How to mend it.
    pub fix: &'static str,
    /// Looks.
    check: fn(&Subject<'_>, &mut Report<'_>),
}

/// Returns every rule, by subject.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        memory::RULES,
        workload::RULES,
        backup::RULES,
        images::RULES,
        network::RULES,
        monitoring::RULES,
        placement::RULES,
        probes::RULES,
        objects::RULES,
        layers::RULES,
        switches::RULES,
        waiver::RULES,
    ]
    .into_iter()
    .flatten()
}

/// Finds a rule by its code.
pub fn find(code: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.code == code)
}

/// Looks at everything, and leaves out what the values waive.
pub fn lint(subject: &Subject<'_>) -> Waived {
    let mut findings = Vec::new();
    for rule in rules() {
        let mut report = Report::new(subject, rule);
        (rule.check)(subject, &mut report);
        findings.append(&mut report.findings);
    }
    waiver::apply(subject, findings)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{find, rules};

    #[test]
    fn codes_are_kebab_case_and_each_is_there_once() {
        let mut codes = BTreeSet::new();
        for rule in rules() {
            let is_kebab = rule
                .code
                .split('-')
                .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()));
            assert!(is_kebab && codes.insert(rule.code), "{}", rule.code);
            assert!(std::ptr::eq(find(rule.code).unwrap(), rule));
        }
    }

    #[test]
    fn a_rule_says_what_why_and_how_to_mend_it() {
        for rule in rules() {
            assert!(
                !rule.what.ends_with('.') && !rule.fix.ends_with('.'),
                "{}",
                rule.code
            );
            assert!(
                rule.why.ends_with('.') && rule.why.len() > 60,
                "{}",
                rule.code
            );
        }
    }
}
