//! A redis.conf as a server reads it: directives and their words, comments and order left out.

use std::collections::HashMap;

use crate::redis::conf::{line, split};

/// The directives of a configuration, in the order in which each first stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Conf {
    directives: Vec<(String, Vec<String>)>,
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
        let mut conf = Self::default();
        for text in text.lines().map(str::trim) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let mut words = split(text).ok()?;
            if words.is_empty() {
                return None;
            }
            let name = words.remove(0).to_ascii_lowercase();
            let value = line("", &words).trim_start().to_owned();
            match conf.positions.get(&name) {
                Some(position) => {
                    let values = &mut conf.directives[*position].1;
                    if !REPEATABLE.contains(&&*name) {
                        values.clear();
                    }
                    values.push(value);
                }
                None => {
                    conf.positions.insert(name.clone(), conf.directives.len());
                    conf.directives.push((name, vec![value]));
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
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let (_, values) = &self.directives[*self.positions.get(name)?];
        Some(values.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::Conf;

    #[test]
    fn a_configuration_is_what_the_server_makes_of_it() {
        let conf =
            Conf::read("# a\nSAVE 900 1\nsave 300 10\n\nhz 10\nhz 20\nlogfile \"\"\n").unwrap();
        assert_eq!(conf.names().collect::<Vec<_>>(), ["save", "hz", "logfile"]);
        assert_eq!(conf.get("save").as_deref(), Some("900 1 300 10"));
        assert_eq!(conf.get("hz").as_deref(), Some("20"));
        assert_eq!(conf.get("logfile").as_deref(), Some("\"\""));
        assert_eq!(conf.get("port"), None);
        assert_eq!(Conf::read("a \"b"), None);
    }
}
