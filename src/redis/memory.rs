//! Sizes of a server: how `maxmemory` is spelled, and how much memory and time a data set of that size needs.
//! Integer arithmetic only; it must not say how the numbers are handed to what runs the server.
//!
//! The numbers were measured with Redis 7.2.6 under memory limits: up to a whole copy of the data set is made page by
//! page while a forked child writes it out and clients overwrite everything; fragmentation adds a tenth, or three
//! tenths while the mix of value sizes shifts; a stop writes 50 MB/s; a start reads 20 MB/s from a network disk.

use crate::kube::quantity::Quantity;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What a server needs beyond its data, in bytes: the program, its buffers, a few clients.
const BASE_BYTES: u64 = 32 * MIB;
/// Memory is asked for in steps of this many bytes.
const STEP_BYTES: u64 = 64 * MIB;
/// Bytes a second that a stopping server writes of its final snapshot, with a margin.
const SAVE_BYTES_PER_SECOND: u64 = 50_000_000;
/// Bytes a second that a starting server reads, on a slow network disk.
const LOAD_BYTES_PER_SECOND: u64 = 20_000_000;
/// No append-only file is rewritten before it has this size (`auto-aof-rewrite-min-size`), in bytes.
const AOF_REWRITE_MIN_BYTES: u64 = 64 * MIB;
/// The greatest count that a signed 32-bit field holds.
const MAX_COUNT: u64 = i32::MAX as u64;

/// Seconds between two looks at a starting server; `startup_failures` counts in them.
pub const STARTUP_PERIOD_SECONDS: u32 = 2;

/// Returns the bytes that a size such as `384mb` or `1.5Gi` means.
///
/// Follows Redis for the lower-case `k`, `m` and `g` (powers of 1000) and for `b`, `kb`, `mb` and `gb` in any case
/// (powers of 1024), and Kubernetes for everything else (`Ki`, `Mi`, `Gi`, `M`, `G`, `1.5Gi`, `1e9`, a bare integer);
/// rounds down to a byte.
///
/// # Errors
///
/// Says what is wrong with a text that is not a size, with a negative one, and with one over 2^64 - 1 bytes.
pub fn parse(text: &str) -> Result<u64, String> {
    let unit =
        text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    let number = &text[..text.len() - unit.len()];
    if let Some(factor) = redis_unit(unit)
        && !number.is_empty()
    {
        return whole(number, factor, text);
    }

    let quantity = Quantity::parse(text)
        .map_err(|cause| format!("`{text}` is not a size such as `384mb` or `384Mi`: {cause}"))?;
    match quantity.floor() {
        Some(bytes) => Ok(bytes),
        None if quantity.is_negative() => {
            Err(format!("`{text}` is negative, a size is 0 or more bytes"))
        }
        None => Err(too_large(text)),
    }
}

/// Multiplies a number that must be whole, as Redis wants it before its units.
///
/// Left to Kubernetes, `1.5m` would be a thousandth and round to 0, which Redis takes for no limit.
fn whole(number: &str, factor: u64, text: &str) -> Result<u64, String> {
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!(
            "`{text}` is not a size: before this unit stands a whole number (`1536mb` or `1.5Gi`, not `1.5gb`)"
        ));
    }
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| too_large(text))
}

/// Returns the bytes of a unit that only Redis writes.
///
/// The rule is `memtoull` in the servers' util.c, without its upper-case `K`, `M` and `G`: the last two are
/// Kubernetes' own with the same value, the first is nobody's but looks like `Ki`.
fn redis_unit(unit: &str) -> Option<u64> {
    match unit {
        "k" => Some(1_000),
        "m" => Some(1_000_000),
        "g" => Some(1_000_000_000),
        _ => match unit.to_ascii_lowercase().as_str() {
            "b" => Some(1),
            "kb" => Some(KIB),
            "mb" => Some(MIB),
            "gb" => Some(GIB),
            _ => None,
        },
    }
}

fn too_large(text: &str) -> String {
    format!("`{text}` is more than {} bytes", u64::MAX)
}

/// Returns the memory, in bytes, that holds `maxmemory` bytes of data at any write rate.
///
/// 2.1 x `maxmemory` + 32 MiB, up to the next 64 MiB: the data with a tenth of fragmentation, a whole copy of it while
/// a child writes it out, and the program. A `maxmemory` of 0 means no limit to Redis; it has no such number, and what
/// is returned for it means nothing. Saturates at `u64::MAX`.
pub fn worst_case_limit(maxmemory: u64) -> u64 {
    scaled(maxmemory, 21)
}

/// Returns the memory, in bytes, that `maxmemory` bytes of data use in quiet times.
///
/// 1.3 x `maxmemory` + 32 MiB, up to the next 64 MiB: the data, fragmentation, and the program. Saturates at
/// `u64::MAX`.
pub fn request(maxmemory: u64) -> u64 {
    scaled(maxmemory, 13)
}

/// Returns `tenths`/10 x `maxmemory` + the base, up to the next step.
fn scaled(maxmemory: u64, tenths: u64) -> u64 {
    let tenfold = u128::from(maxmemory) * u128::from(tenths) + u128::from(BASE_BYTES) * 10;
    let steps = tenfold.div_ceil(u128::from(STEP_BYTES) * 10);
    saturate(steps * u128::from(STEP_BYTES))
}

/// Returns the seconds that a stopping server may need to write `maxmemory` bytes of data.
///
/// Twice what 50 MB/s take, at least 60. A server told to stop writes a final snapshot before it exits, and does not
/// answer meanwhile; measured 75 to 100 MB/s on half a core.
pub fn grace_seconds(maxmemory: u64) -> u64 {
    let seconds = (u128::from(maxmemory) * 2).div_ceil(u128::from(SAVE_BYTES_PER_SECOND));
    saturate(seconds).max(60)
}

/// Returns how many looks, `STARTUP_PERIOD_SECONDS` apart, a starting server may fail before it is taken for dead.
///
/// 1.5 x what reading its files takes at 20 MB/s, at least 30, at most 2^31 - 1. What it reads is planned as follows.
/// Without the append-only file: one snapshot, which is never larger than the data in memory (measured 0.47
/// to 0.90 of it). With it: the base, no larger than that, and what was appended since; a rewrite begins when
/// the appended part has grown as large as the base (`auto-aof-rewrite-percentage 100`) and the whole to 64 MiB
/// (`auto-aof-rewrite-min-size`), so 2 x `maxmemory` or 64 MiB. A rewrite that has to wait for a running snapshot, and
/// what is written while it runs, go beyond that (measured 2.03 x `maxmemory` under 12000 overwrites/s); that is in the
/// factor 1.5. Other values of those two directives need another number.
pub fn startup_failures(maxmemory: u64, appendonly: bool) -> u32 {
    let file_bytes = file_bytes(maxmemory, appendonly);
    let bytes_per_look = u128::from(LOAD_BYTES_PER_SECOND) * u128::from(STARTUP_PERIOD_SECONDS);
    let looks = (file_bytes * 3).div_ceil(bytes_per_look * 2);
    u32::try_from(saturate(looks).clamp(30, MAX_COUNT)).expect("clamped to 31 bits")
}

/// Returns the seconds that a starting server may read its files, without the margin of `startup_failures`.
pub fn load_seconds(maxmemory: u64, appendonly: bool) -> u64 {
    saturate(file_bytes(maxmemory, appendonly).div_ceil(u128::from(LOAD_BYTES_PER_SECOND)))
}

/// Returns the seconds that a stopping server may write its data, without the margin of `grace_seconds`.
pub fn save_seconds(maxmemory: u64) -> u64 {
    maxmemory.div_ceil(SAVE_BYTES_PER_SECOND)
}

/// Returns the bytes of the files that a starting server reads.
fn file_bytes(maxmemory: u64, appendonly: bool) -> u128 {
    if appendonly {
        (u128::from(maxmemory) * 2).max(u128::from(AOF_REWRITE_MIN_BYTES))
    } else {
        u128::from(maxmemory)
    }
}

/// Returns the bytes of a volume that `keep` snapshots and the one being made fit on, up to the next GiB.
///
/// A snapshot is never larger than the data in memory (measured 0.47 to 0.90 of it). Saturates at `u64::MAX`.
pub fn backup_bytes(maxmemory: u64, keep: u64) -> u64 {
    let bytes = u128::from(maxmemory) * (u128::from(keep) + 1);
    saturate(bytes.div_ceil(u128::from(GIB)).max(1) * u128::from(GIB))
}

/// Returns the seconds that a snapshot over the network may take, in so many attempts.
///
/// Ten minutes, for what happens before and between the attempts; in each of them `maxmemory` bytes are written to a
/// slow network disk, at 20 MB/s, and read again. At most 2^31 - 1.
pub fn backup_seconds(maxmemory: u64, attempts: u64) -> u64 {
    let bytes = u128::from(maxmemory) * 2 * u128::from(attempts);
    saturate(600 + bytes.div_ceil(u128::from(LOAD_BYTES_PER_SECOND))).min(MAX_COUNT)
}

fn saturate(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{
        GIB, MIB, backup_bytes, backup_seconds, grace_seconds, parse, request, startup_failures,
        worst_case_limit,
    };

    #[test]
    fn sizes_of_redis_and_of_kubernetes() {
        for (text, bytes) in [
            ("384mb", 402_653_184),
            ("384MB", 402_653_184),
            ("384Mb", 402_653_184),
            ("1kb", 1024),
            ("2gb", 2 * GIB),
            ("7b", 7),
            ("7B", 7),
            ("1k", 1_000),
            ("384m", 384_000_000),
            ("1g", 1_000_000_000),
            ("0", 0),
            ("0mb", 0),
            ("007mb", 7 * MIB),
            ("402653184", 402_653_184),
            ("384Mi", 402_653_184),
            ("1Ki", 1024),
            ("1M", 1_000_000),
            ("1G", 1_000_000_000),
            ("1.5Gi", 1_610_612_736),
            ("1e9", 1_000_000_000),
            ("18446744073709551615", u64::MAX),
            ("18446744073709551615b", u64::MAX),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_size_is_refused() {
        for (text, part) in [
            ("", "is not a size"),
            ("mb", "is not a size"),
            ("384mib", "is not a size"),
            ("384 mb", "is not a size"),
            (" 384mb", "is not a size"),
            ("1.5gb", "whole number"),
            ("1.5k", "whole number"),
            ("1.5m", "whole number"),
            ("+5m", "whole number"),
            ("-5m", "whole number"),
            ("1..5mb", "whole number"),
            ("50%", "is not a size"),
            ("-1", "negative"),
            ("-1mb", "whole number"),
            ("18446744073709551616", "more than"),
            ("18446744073709551616b", "more than"),
            ("17179869184gb", "more than"),
            ("99999999999999999999k", "more than"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn worst_case_is_two_copies_and_a_tenth() {
        for (maxmemory, limit) in [
            (384 * MIB, 896 * MIB),
            (100 * MIB, 256 * MIB),
            (220 * MIB, 512 * MIB),
            (GIB, 2240 * MIB),
            (0, 64 * MIB),
            (1, 64 * MIB),
            (u64::MAX / 2, u64::MAX),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(worst_case_limit(maxmemory), limit, "{maxmemory}");
        }
    }

    #[test]
    fn request_is_the_data_and_its_fragmentation() {
        for (maxmemory, bytes) in [
            (384 * MIB, 576 * MIB),
            (320 * MIB, 448 * MIB),
            (GIB, 1408 * MIB),
            (0, 64 * MIB),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(request(maxmemory), bytes, "{maxmemory}");
        }
    }

    #[test]
    fn grace_grows_with_the_data() {
        for (maxmemory, seconds) in [
            (0, 60),
            (384 * MIB, 60),
            (1_500_000_000, 60),
            (1_500_000_001, 61),
            (8 * GIB, 344),
            (u64::MAX, 737_869_762_949),
        ] {
            assert_eq!(grace_seconds(maxmemory), seconds, "{maxmemory}");
        }
    }

    #[test]
    fn start_waits_for_the_files_it_reads() {
        for (maxmemory, appendonly, failures) in [
            (0, true, 30),
            (384 * MIB, true, 31),
            (384 * MIB, false, 30),
            (8 * GIB, true, 645),
            (8 * GIB, false, 323),
            (u64::MAX, true, 2_147_483_647),
            (u64::MAX, false, 2_147_483_647),
        ] {
            assert_eq!(
                startup_failures(maxmemory, appendonly),
                failures,
                "{maxmemory} {appendonly}"
            );
        }
    }
    #[test]
    fn backups_have_room_and_time() {
        for (maxmemory, keep, bytes) in [
            (384 * MIB, 7, 3 * GIB),
            (384 * MIB, 8, 4 * GIB),
            (MIB, 1, GIB),
            (0, 1, GIB),
            (u64::MAX, u64::MAX, u64::MAX),
        ] {
            assert_eq!(backup_bytes(maxmemory, keep), bytes, "{maxmemory} {keep}");
        }
        for (maxmemory, seconds) in [
            (0, 600),
            (384 * MIB, 721),
            (10 * GIB, 3822),
            (u64::MAX, 2_147_483_647),
        ] {
            assert_eq!(backup_seconds(maxmemory, 3), seconds, "{maxmemory}");
        }
    }
}
