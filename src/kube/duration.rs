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

#[cfg(test)]
mod tests {
    use super::parse;

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
