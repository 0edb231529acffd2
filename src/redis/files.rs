//! Which server reads the files that another one wrote.
//!
//! A snapshot, and with it the base of an append-only file, begins with the version of its format; a server refuses to
//! start on one that it does not know (`rdbLoadRio` in the servers' rdb.c).

use super::version::{Engine, Version};

/// The format of a server's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// Of Redis, and of Valkey before 9, by number; Valkey forked from 11.
    Redis(u16),
    /// Of Valkey 9 and newer, with a name of its own.
    Valkey,
}

/// The formats by the first version that writes them, newest first.
///
/// Redis: `redisToRdbVersion` of the project librdb, `RDB_VERSION` in the servers' rdb.h. Every pair of Redis 7.0, 7.2,
/// 7.4, 8.0 and Valkey 7.2, 8.0, 8.1, 9 was executed.
const FORMATS: &[(Engine, Version, Format)] = &[
    (Engine::Redis, Version::new(8, 6), Format::Redis(13)),
    (Engine::Redis, Version::new(7, 4), Format::Redis(12)),
    (Engine::Redis, Version::new(7, 2), Format::Redis(11)),
    (Engine::Redis, Version::new(7, 0), Format::Redis(10)),
    (Engine::Valkey, Version::new(9, 0), Format::Valkey),
    (Engine::Valkey, Version::new(7, 2), Format::Redis(11)),
];

/// The newest format that Redis and Valkey have in common.
const COMMON: u16 = 11;

fn format(engine: Engine, version: Version) -> Option<Format> {
    FORMATS
        .iter()
        .find(|(each, first, _)| *each == engine && version >= *first)
        .map(|(_, _, format)| *format)
}

/// Tells whether a server starts on the files that another one wrote; nothing where one of them is not known.
pub fn reads(reader: (Engine, Version), writer: (Engine, Version)) -> Option<bool> {
    let (read, written) = (format(reader.0, reader.1)?, format(writer.0, writer.1)?);
    Some(match (read, written) {
        (Format::Valkey, Format::Valkey) => true,
        (Format::Valkey, Format::Redis(written)) => written <= COMMON,
        (Format::Redis(_), Format::Valkey) => false,
        (Format::Redis(read), Format::Redis(written)) => written <= read,
    })
}

#[cfg(test)]
mod tests {
    use super::reads;
    use crate::redis::version::{Engine, Version};

    fn server(text: &str) -> (Engine, Version) {
        let (engine, version) = text.split_once(' ').expect("an engine and a version");
        (
            engine.parse().expect("an engine"),
            version.parse().expect("a version"),
        )
    }

    #[test]
    fn the_table_of_the_runbook_holds() {
        let columns = [
            "redis 7.0",
            "redis 7.2",
            "redis 8.0",
            "valkey 8.1",
            "valkey 9.0",
        ];
        for (writer, expected) in [
            ("redis 7.0", [true, true, true, true, true]),
            ("redis 7.2", [false, true, true, true, true]),
            ("valkey 7.2", [false, true, true, true, true]),
            ("valkey 8.1", [false, true, true, true, true]),
            ("redis 7.4", [false, false, true, false, false]),
            ("valkey 9.1", [false, false, false, false, true]),
        ] {
            for (reader, expected) in columns.iter().zip(expected) {
                assert_eq!(
                    reads(server(reader), server(writer)),
                    Some(expected),
                    "{reader} reads {writer}"
                );
            }
        }
        assert_eq!(reads(server("redis 8.4"), server("redis 8.6")), Some(false));
        assert_eq!(reads(server("redis 6.2"), server("redis 7.0")), None);
    }
}
