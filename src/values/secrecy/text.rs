//! Which texts hold secrets or are called like one: names, arguments and lines of files. Where they stand is not known here.

use crate::diagnostic::{ValuePath, nearest};

use super::is_secret;

/// Words in the name of a key whose value must not be shown.
const SECRET_WORDS: [&str; 9] = [
    "pass",
    "password",
    "secret",
    "token",
    "credential",
    "apikey",
    "api-key",
    "api_key",
    "requirepass",
];

/// Tells whether a key's name says that its value is a secret.
pub fn is_secret_name(key: &str) -> bool {
    const REFERENCES: [&str; 6] = [
        "existingsecret",
        "secretkey",
        "secretstore",
        "secretstorekind",
        "externalsecrets",
        "imagepullsecrets",
    ];
    let lower;
    let key = if key.is_ascii() {
        key
    } else {
        lower = key.to_lowercase();
        &lower
    };
    let is_telling = || {
        holds_word(key.as_bytes())
            || ends_with(key, "auth")
            || ends_with(key, "pwd")
            || nearest(key, SECRET_WORDS).is_some()
    };
    let is_reference = || REFERENCES.iter().any(|name| name.eq_ignore_ascii_case(key));
    is_telling() && !is_reference()
}

/// Tells whether one of the words stands in a name, in whichever case. A name may be a line of a file, or all of it.
fn holds_word(name: &[u8]) -> bool {
    name.iter().enumerate().any(|(at, letter)| {
        // Those that begin with another one are found by that.
        let words: &[&str] = match letter.to_ascii_lowercase() {
            b'a' => &["apikey", "api-key", "api_key"],
            b'c' => &["credential"],
            b'p' => &["pass"],
            b's' => &["secret"],
            b't' => &["token"],
            _ => &[],
        };
        words.iter().any(|word| {
            let found = name[at..].get(..word.len());
            found.is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
        })
    })
}

/// Tells whether a text ends with an ASCII word, in whichever case.
fn ends_with(text: &str, word: &str) -> bool {
    let found = text.len().checked_sub(word.len());
    let found = found.and_then(|at| text.as_bytes().get(at..));
    found.is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
}

/// Tells whether an item of a list holds a secret: an argument such as `--password=x`, what stands behind `--password`,
/// and a `--set` of a project file.
pub(super) fn is_telling_item(item: Option<&str>, before: Option<&str>) -> bool {
    let is_flag = |text: &str| {
        let is_one_word = text.starts_with('-') && !text.contains(['=', ' ']);
        is_one_word && (text == "-a" || is_secret_name(text.trim_start_matches('-')))
    };
    item.is_some_and(holds_argument) || before.is_some_and(is_flag)
}

/// Tells whether a list of arguments holds a secret.
pub fn holds_secret(arguments: &[&str]) -> bool {
    let before = std::iter::once(None).chain(arguments.iter().copied().map(Some));
    arguments
        .iter()
        .zip(before)
        .any(|(item, before)| is_telling_item(Some(item), before))
}

/// Tells whether a word of a command, or of a text with commas, gives a secret away.
fn holds_argument(text: &str) -> bool {
    let is_client = text.contains("redis-cli") || text.contains("valkey-cli");
    let words: Vec<&str> = text.split([' ', '\n', '\t', ',', ';']).collect();
    let assigns = |word: &str| {
        word.split_once('=').is_some_and(|(name, value)| {
            let name = name.trim_start_matches(['-', '"', '\'']);
            is_value(value) && is_secret(&ValuePath::of(name))
        })
    };
    words.iter().any(|word| assigns(word))
        || words.windows(2).any(|pair| {
            let is_flag = is_client && pair[0] == "-a"
                || pair[0].starts_with("--") && is_secret_name(pair[0].trim_start_matches('-'));
            is_flag && is_value(pair[1])
        })
}

/// Tells whether a text is a value itself, and not where a value comes from.
fn is_value(text: &str) -> bool {
    let text = text.trim_matches(['"', '\'']);
    !text.is_empty() && !text.starts_with(['$', '{', '<', '|', '>', '-'])
}

/// Tells whether a text is a file with a secret in one of its lines.
pub(super) fn is_telling_file(text: &str) -> bool {
    text.contains('\n') && text.lines().any(|line| secret_in(line).is_some())
}

/// Directives whose words are a secret, in whichever file they stand.
const DIRECTIVES: [&str; 6] = [
    "requirepass",
    "masterauth",
    "primaryauth",
    "password",
    "passwd",
    "user",
];

/// Returns a text in which every line ends where a secret would begin, and the mask stands in its place; nothing where
/// there is none.
pub fn without_secrets(text: &str, mask: &str) -> Option<String> {
    let is_telling = text.lines().any(|line| secret_in(line).is_some());
    is_telling.then(|| {
        let lines: Vec<String> = text
            .lines()
            .map(|line| match secret_in(line) {
                Some(at) => format!("{}{mask}", &line[..at]),
                None => line.to_owned(),
            })
            .collect();
        let end = if text.ends_with('\n') { "\n" } else { "" };
        lines.join("\n") + end
    })
}

/// Returns where in a line of any file a secret begins: behind a telling name and `=`, `:` or a blank, or in an address.
pub fn secret_in(line: &str) -> Option<usize> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let assigned = line.match_indices(['=', ':']).find_map(|(at, _)| {
        let before = line[..at].trim_end().trim_end_matches(['"', '\'']);
        let start = before.rfind(|c: char| !is_name(c)).map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
        let value = &line[at + 1..];
        let name = &before[start..];
        let is_telling = is_secret_name(name);
        // Looked at last: a line may have a colon a character, and blanks to its end behind them.
        let value_start = || value.find(|c: char| !c.is_whitespace());
        (is_telling && !value.starts_with("//")).then(|| Some(at + 1 + value_start()?))?
    });
    let directive = || {
        let (name, value) = line.trim_start().split_once(char::is_whitespace)?;
        let is_secret =
            DIRECTIVES.contains(&name) && (name != "user" || value.contains(['>', '#']));
        is_secret.then(|| line.len() - value.trim_start().len())
    };
    // What an HTTP header is authorized by.
    let bearer = || {
        // Most lines have no such letter, which is found more quickly.
        let mut found = ["Bearer ", "Basic "]
            .iter()
            .filter(|_| line.contains('B'))
            .filter_map(|scheme| Some(line.find(scheme)? + scheme.len()));
        let is_header = || line.to_ascii_lowercase().contains("authorization");
        found.next().filter(|_| is_header())
    };
    let address = || logins(line).first().map(|(start, _)| *start);
    assigned.or_else(directive).or_else(bearer).or_else(address)
}

/// Finds the passwords of addresses, as in `redis://user:password@host`: where each begins and ends.
pub fn logins(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    // Most texts have no such sign, which is found more quickly.
    if !text.contains(':') {
        return found;
    }
    for (at, _) in text.match_indices("://") {
        let start = at + "://".len();
        let rest = &text[start..];
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\''));
        let authority = &rest[..end.unwrap_or(rest.len())];
        if let Some((login, _)) = authority.rsplit_once('@') {
            let user = login.find(':').map_or(0, |colon| colon + 1);
            found.push((start + user, start + login.len()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{holds_secret, is_telling_file};

    #[test]
    fn arguments_that_give_a_secret_away_are_told_from_those_that_name_one() {
        for (arguments, expected) in [
            (&["--password=x"][..], true),
            (&["--redis.password", "x"], true),
            (&["redis-cli", "-a", "x"], true),
            (&["sh", "-c", "redis-cli -a x ping"], true),
            (&["sh", "-c", "REDISCLI_AUTH=x redis-cli ping"], true),
            (
                &["sh", "-c", "REDISCLI_AUTH=$PASSWORD redis-cli ping"],
                false,
            ),
            (&["a=1,valkey.password.value=x"], true),
            (&["valkey.password.existingSecret=x"], false),
            (&["--port", "6379", "the password"], false),
            (&["sh", "-c", "test -a x"], false),
        ] {
            assert_eq!(holds_secret(arguments), expected, "{arguments:?}");
        }
    }

    #[test]
    fn files_that_give_a_secret_away_are_told_from_those_that_name_one() {
        for (text, expected) in [
            ("port 1\nrequirepass x\n", true),
            ("db:\n  password: x\n", true),
            ("[db]\npassword = \"x\"\n", true),
            ("a\n# the password is elsewhere\n", false),
            ("password: x", false),
        ] {
            assert_eq!(is_telling_file(text), expected, "{text}");
        }
    }
}
