//! What a value may be, where its type alone allows too much: the words of a text, the range of a number.
//!
//! It stands behind the type in [`schema`](super::schema), and the walk refuses everything else. Nothing here depends on
//! another value, nor on whether anything comes of this one.

use super::decode::{Takes, Walk};
use crate::diagnostic::{Diagnostic, MAX_HINTED, Place, nearest, range_in_words};
use crate::redis::conf;
use crate::values::layer::PROFILES;
use crate::yaml::Node;

/// What a value may be; of a list, what each of its items may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// One of these words.
    Words(&'static [&'static str]),
    /// One of the words that some server takes for this directive, in any case. Which ones the server at hand takes is for
    /// `tier` to say.
    Directive(&'static str),
    /// A number from the first to the second; then what to do instead of writing another, if there is anything to say.
    Range(i64, i64, &'static str),
}

/// The name of a profile.
pub const PROFILE: Allowed = Allowed::Words(&{
    let mut names = [""; PROFILES.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = PROFILES[index].0;
        index += 1;
    }
    names
});

/// The number of a port (Kubernetes v1.33, `util/validation`, `IsValidPortNum`).
pub const PORT: Allowed = Allowed::Range(1, 65_535, "");

impl Takes {
    /// Narrows what a type takes down to what is allowed.
    pub(crate) fn within(self, allowed: &Allowed) -> Self {
        match (self, *allowed) {
            (Self::Text, Allowed::Words(words)) => Self::Word {
                words: words.to_vec(),
                is_any_case: false,
            },
            (Self::Text, Allowed::Directive(name)) => Self::Word {
                words: conf::choices(name),
                is_any_case: true,
            },
            (Self::Whole { .. }, Allowed::Range(min, max, _)) => Self::Whole { min, max },
            (Self::List { each, is_nullable }, _) => Self::List {
                each: Box::new(each.within(allowed)),
                is_nullable,
            },
            (takes, _) => unreachable!("{allowed:?} is not for {takes:?}, as a test shows"),
        }
    }
}

impl Walk {
    /// Tells whether a text may stand where the walk is; reports it otherwise.
    pub(super) fn allows_text(&mut self, node: &Node, text: &str) -> bool {
        match self.allowed {
            Some(Allowed::Words(words)) if !words.contains(&text) => {
                self.refuse_word(node, text, words);
                false
            }
            Some(Allowed::Directive(name)) if !conf::is_choice(name, text) => {
                self.refuse_word(node, text, &conf::choices(name));
                false
            }
            _ => true,
        }
    }

    /// Tells whether a number may stand where the walk is; reports it otherwise.
    pub(super) fn allows_number(&mut self, node: &Node, number: i128) -> bool {
        let Some(Allowed::Range(min, max, help)) = self.allowed else {
            return true;
        };
        let is_allowed = (i128::from(*min)..=i128::from(*max)).contains(&number);
        if !is_allowed {
            let wanted = range_in_words(*min, *max);
            let message = format!("`{}` has to be {wanted}, not {number}", self.path);
            let mut refused = Diagnostic::new("invalid-number", Place::Span(node.span), message);
            refused.help = (!help.is_empty()).then(|| (*help).to_owned());
            self.diagnostics.push(refused);
        }
        is_allowed
    }

    /// Reports a text that is none of some words.
    pub(super) fn refuse_word(&mut self, node: &Node, text: &str, words: &[&str]) {
        let message = if self.is_shown(text) {
            format!("`{}` cannot be `{text}`", self.path)
        } else {
            format!("`{}` cannot be this text", self.path)
        };
        let choices = format!("the choices are `{}`", words.join("`, `"));
        let is_hinted = self.diagnostics.len() < MAX_HINTED;
        let meant = is_hinted
            .then(|| nearest(text, words.iter().copied()))
            .flatten();
        let help = match meant {
            Some(word) => format!("did you mean `{word}`? {choices}"),
            None => choices,
        };
        let refused = Diagnostic::new("invalid-choice", Place::Span(node.span), message);
        self.diagnostics.push(refused.help(help));
    }
}
