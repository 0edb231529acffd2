//! Durations as the Prometheus operator's objects take them, `30s` or `1h30m`, and as Prometheus' rules do.
//! Reads and writes; what a duration is for is the caller's to say.

/// The units, longest first, in milliseconds: a year has 365 days (`prometheus/common`
/// v0.66.1, `model/time.go`, `ParseDuration`).
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Returns the milliseconds of a duration: whole numbers with the units `y w d h m s ms`, longest first, or `0`.
///
/// Source: `ParseDuration` as above, and the type `Duration` of the operator's API `monitoring.coreos.com/v1`.
///
/// # Errors
///
/// Says what is wrong with the text, and what was probably meant where the text tells.
pub fn parse(text: &str) -> Result<u64, String> {
    if text == "0" {
        return Ok(0);
    }
    if text.is_empty() {
        return Err("a duration must not be empty, write for example `30s`".to_owned());
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("`{text}` has no unit, write `{text}s` for seconds"));
    }
    let refused = || format!("`{text}` is not a duration, write for example `30s` or `1m30s`");
    let mut rest = text;
    let mut milliseconds: u64 = 0;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let n_digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, tail) = rest.split_at(n_digits);
        let n_letters = tail.bytes().take_while(u8::is_ascii_lowercase).count();
        let (unit, tail) = tail.split_at(n_letters);
        // Each unit once at most, and the longer before the shorter.
        let (_, factor) = units.find(|(name, _)| *name == unit).ok_or_else(refused)?;
        let number: u64 = digits.parse().map_err(|_| refused())?;
        milliseconds = number
            .checked_mul(*factor)
            .and_then(|part| milliseconds.checked_add(part))
            .ok_or_else(refused)?;
        rest = tail;
    }
    Ok(milliseconds)
}

/// The units of Go, which has no day (Go 1.24, `time/format.go`, `unitMap`).
const GO_UNITS: [&str; 8] = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];

/// Checks a duration as Go's `time.ParseDuration` reads it, and with it every field of type `metav1.Duration`: decimal
/// numbers with units, or `0`. A negative one is refused.
///
/// # Errors
///
/// Says what is wrong with the text.
pub fn parse_go(text: &str) -> Result<(), String> {
    if text == "0" {
        return Ok(());
    }
    let mut rest = text;
    while !rest.is_empty() {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let (number, tail) = rest.split_at(rest.find(|c| !is_number(c)).unwrap_or(rest.len()));
        let (unit, tail) = tail.split_at(tail.find(is_number).unwrap_or(tail.len()));
        if !number.contains(|c: char| c.is_ascii_digit()) || number.matches('.').count() > 1 {
            break;
        }
        if unit.is_empty() {
            return Err(format!(
                "`{text}` is not a duration: `{number}` has no unit"
            ));
        }
        if !GO_UNITS.contains(&unit) {
            return Err(format!(
                "`{text}` is not a duration here: there is no unit `{unit}`"
            ));
        }
        rest = tail;
    }
    if text.is_empty() || !rest.is_empty() {
        return Err(format!("`{text}` is not a duration"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_go};

    #[test]
    fn go_reads_fractions_and_no_days() {
        for text in [
            "0", "1h", "1h30m", "1.5h", "90s", "100ms", ".5s", "1m1h", "10µs",
        ] {
            assert_eq!(parse_go(text), Ok(()), "{text}");
        }
        for text in [
            "", "5", "1d", "1h30", "-1h", "1 h", "h", "1..5h", "1H", ".h", "1h ",
        ] {
            assert!(parse_go(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_whole_numbers_with_units() {
        for (text, milliseconds) in [
            ("0", 0),
            ("0s", 0),
            ("30s", 30_000),
            ("1m", 60_000),
            ("1m30s", 90_000),
            ("90s", 90_000),
            ("1h", 3_600_000),
            ("250ms", 250),
            ("1d", 86_400_000),
            ("1y2w3d4h5m6s7ms", 33_019_506_007),
        ] {
            assert_eq!(parse(text), Ok(milliseconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for (text, part) in [
            ("30", "write `30s`"),
            ("", "must not be empty"),
            ("1.5m", "is not a duration"),
            ("30 s", "is not a duration"),
            ("-1s", "is not a duration"),
            ("s", "is not a duration"),
            ("1s1m", "is not a duration"),
            ("1m1m", "is not a duration"),
            ("1M", "is not a duration"),
            ("1min", "is not a duration"),
            ("99999999999999999999s", "is not a duration"),
            ("9999999999999999y", "is not a duration"),
        ] {
            let message = parse(text).expect_err(text);
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
