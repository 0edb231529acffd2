//! The users of a server and what each may do. It must not know their passwords.
//!
//! Rules are the same for every engine and version: one unknown word in them keeps a server from starting. They were
//! accepted by Redis 7.0 to 8.2 and Valkey 7.2 to 9.1.

/// A user of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// The application.
    Default,
    /// The exporter.
    Exporter,
    /// The backup.
    Backup,
    /// The administrator.
    Admin,
    /// Whoever asks whether the server lives.
    Probe,
}

impl User {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Exporter => "exporter",
            Self::Backup => "backup",
            Self::Admin => "admin",
            Self::Probe => "probe",
        }
    }
}

/// Returns the rules of a user: what follows its password in a `user` line.
pub fn rules(user: User) -> &'static str {
    match user {
        // Not `-@admin`: client libraries want CLIENT, ROLE and SLOWLOG, which are in it.
        User::Default => concat!(
            "~* &* +@all -config -debug -module -replicaof -slaveof -failover -acl -shutdown",
            " -bgrewriteaof -save"
        ),
        // What a scrape sends: AUTH, CLIENT SETNAME, INFO, CONFIG GET, SLOWLOG and LATENCY.
        User::Exporter => concat!(
            "resetkeys resetchannels -@all +auth +ping +info +select +config|get",
            " +slowlog|len +slowlog|get +latency|latest +latency|histogram +client|setname"
        ),
        // A snapshot over the network (`--rdb`): the clients of Redis 7.0 to 8.0 and Valkey 7.2 to
        // 9.1 authenticate, send REPLCONF and SYNC, and nothing else. SYNC reads every key.
        User::Backup => "resetkeys resetchannels -@all +auth +ping +sync +replconf",
        User::Admin => "~* &* +@all",
        User::Probe => "resetkeys resetchannels -@all +auth +ping",
    }
}

#[cfg(test)]
mod tests {
    use super::{User, rules};

    const ALL: [User; 5] = [
        User::Default,
        User::Exporter,
        User::Backup,
        User::Admin,
        User::Probe,
    ];

    #[test]
    fn rules_are_words_apart_by_one_space() {
        for rules in ALL.map(rules) {
            assert!(rules.split(' ').all(|word| !word.is_empty()), "{rules}");
            let known = |word: &str| word.starts_with(['+', '-', '~', '&', 'r']);
            assert!(rules.split(' ').all(known), "{rules}");
        }
    }

    #[test]
    fn only_the_administrator_administers() {
        for command in ["config", "debug", "acl", "shutdown", "module", "failover"] {
            let denied = format!("-{command}");
            assert!(
                rules(User::Default).split(' ').any(|word| word == denied),
                "{command}"
            );
        }
        assert!(!rules(User::Admin).contains('-'));
    }

    #[test]
    fn helpers_begin_with_nothing() {
        for user in [User::Exporter, User::Backup, User::Probe] {
            assert!(rules(user).starts_with("resetkeys resetchannels -@all +"));
            assert!(!rules(user).contains(['~', '&']));
        }
    }
}
