//! A redis.conf as a server reads it: directives and their words, comments and order left out.

use std::collections::HashMap;

use crate::redis::conf::{is_bare, line, split};

/// The directives of a configuration, in the order in which each first stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Conf {
    directives: Vec<(String, String)>,
    /// Where each name is among them.
    positions: HashMap<String, usize>,
}

/// Directives whose lines add up; of any other the last line counts.
const REPEATABLE: [&str; 5] = [
    "save",
    "client-output-buffer-limit",
    "include",
    "loadmodule",
    "user",
];

impl Conf {
    /// Reads a text; nothing where a server could not.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut conf = Self {
            directives: Vec::new(),
            positions: HashMap::with_capacity(text.lines().count()),
        };
        for text in text.lines().map(str::trim) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (mut name, value) = words(text)?;
            name.make_ascii_lowercase();
            match conf.positions.get(&name) {
                Some(position) => {
                    let known = &mut conf.directives[*position].1;
                    if REPEATABLE.contains(&&*name) {
                        known.push(' ');
                        known.push_str(&value);
                    } else {
                        *known = value;
                    }
                }
                None => {
                    conf.positions.insert(name.clone(), conf.directives.len());
                    conf.directives.push((name, value));
                }
            }
        }
        Some(conf)
    }

    /// Returns the names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.directives.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the words of a directive, those of all its lines where they add up.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        Some(&self.directives[*self.positions.get(name)?].1)
    }
}

/// Parts a line into its name and its other words, written as we write them.
fn words(text: &str) -> Option<(String, String)> {
    if is_bare(text) {
        let (name, value) = text.split_once(' ').unwrap_or((text, ""));
        return Some((name.to_owned(), value.to_owned()));
    }
    let mut words = split(text).ok()?;
    if words.is_empty() {
        return None;
    }
    let name = words.remove(0);
    Some((name, line("", &words).trim_start().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::Conf;

    #[test]
    fn a_configuration_is_what_the_server_makes_of_it() {
        let conf =
            Conf::read("# a\nSAVE 900 1\nsave 300 10\n\nhz 10\nhz 20\nlogfile \"\"\n").unwrap();
        assert_eq!(conf.names().collect::<Vec<_>>(), ["save", "hz", "logfile"]);
        assert_eq!(conf.get("save"), Some("900 1 300 10"));
        assert_eq!(conf.get("hz"), Some("20"));
        assert_eq!(conf.get("logfile"), Some("\"\""));
        assert_eq!(conf.get("port"), None);
        assert_eq!(Conf::read("a \"b"), None);
    }
}
