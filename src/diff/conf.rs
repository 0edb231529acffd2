//! A redis.conf as a server reads it: directives and their words, comments and order left out.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::redis::conf::{is_bare, line, split};

/// The directives of a configuration, in the order in which each first stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Conf<'t> {
    directives: Vec<(Cow<'t, str>, Cow<'t, str>)>,
    /// Where each name is among them.
    positions: HashMap<Cow<'t, str>, usize>,
}

/// Directives whose lines add up; of any other the last line counts.
const REPEATABLE: [&str; 5] = [
    "save",
    "client-output-buffer-limit",
    "include",
    "loadmodule",
    "user",
];

/// Bytes that lines have on average, about, for the room that is made for them.
const BYTES_A_LINE: usize = 32;

impl<'t> Conf<'t> {
    /// Reads a text; nothing where a server could not.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        let mut conf = Self {
            directives: Vec::new(),
            positions: HashMap::with_capacity(text.len() / BYTES_A_LINE),
        };
        for text in text.lines().map(str::trim) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (mut name, value) = words(text)?;
            if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                name.to_mut().make_ascii_lowercase();
            }
            match conf.positions.get(&name) {
                Some(position) => {
                    let known = &mut conf.directives[*position].1;
                    if REPEATABLE.contains(&&*name) {
                        *known = format!("{known} {value}").into();
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
        self.directives.iter().map(|(name, _)| &**name)
    }

    /// Returns the words of a directive, those of all its lines where they add up.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        Some(&self.directives[*self.positions.get(name)?].1)
    }
}

/// Parts a line into its name and its other words, written as we write them.
fn words(text: &str) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    if is_bare(text) {
        let (name, value) = text.split_once(' ').unwrap_or((text, ""));
        return Some((name.into(), value.into()));
    }
    let mut words = split(text).ok()?;
    if words.is_empty() {
        return None;
    }
    let name = words.remove(0);
    let value = line("", &words).trim_start().to_owned();
    Some((name.into(), value.into()))
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
