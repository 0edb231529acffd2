//! The users of a server and what each may do.

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
}

impl User {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Exporter => "exporter",
            Self::Backup => "backup",
            Self::Admin => "admin",
        }
    }
}

/// Returns the rules of a user.
pub fn rules(user: User) -> &'static str {
    match user {
        User::Default => {
            "~* &* +@all -config -debug -module -replicaof -slaveof -failover -acl -shutdown -bgrewriteaof -save"
        }
        User::Exporter => {
            "resetkeys resetchannels -@all +auth +ping +info +select +config|get +slowlog|len +slowlog|get +latency|latest +latency|histogram +client|setname"
        }
        User::Backup => "resetkeys resetchannels -@all +auth +ping +sync +replconf",
        User::Admin => "~* &* +@all",
    }
}
