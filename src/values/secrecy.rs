//! Which values may be secrets, told by where they stand and what they are called. It hides nothing itself.

use crate::diagnostic::{Step, ValuePath, nearest};

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

/// Tells whether the value at a path may be a secret: what is set under `valkey.password` without being a reference,
/// data of whole Secrets, environment variables, arguments, and whatever has a telling name.
pub fn is_secret(path: &ValuePath) -> bool {
    const REFERENCES: [&str; 7] = [
        "existingSecret",
        "secretKey",
        "exporterKey",
        "backupKey",
        "adminKey",
        "revision",
        "secretStore",
    ];
    let keys: Vec<&str> = path
        .0
        .iter()
        .filter_map(|step| {
            if let Step::Key(key) = step {
                Some(&**key)
            } else {
                None
            }
        })
        .collect();
    let Some(last) = keys.last() else {
        return false;
    };
    if REFERENCES.contains(last)
        || matches!(
            *last,
            "secretStoreKind" | "externalSecrets" | "imagePullSecrets"
        )
    {
        return false;
    }
    let below = |parent: &str| keys.len() > 1 && keys[..keys.len() - 1].contains(&parent);
    *last == "stringData"
        || below("password")
        || below("stringData")
        || below("extraEnv") && *last == "value"
        // Where servers keep users, a line holds their passwords.
        || below("extra") && *last == "user"
        || keys.contains(&"extraArgs")
        || keys.iter().any(|key| is_secret_name(key)) && !below("externalSecrets")
}

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
    let key = key.to_lowercase();
    let is_telling = SECRET_WORDS.iter().any(|word| key.contains(word)) || key.ends_with("auth");
    !REFERENCES.contains(&&*key) && (is_telling || nearest(&key, SECRET_WORDS).is_some())
}
