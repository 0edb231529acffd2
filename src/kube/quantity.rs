//! Quantities of resources, `512Mi` or `250m`, read exactly as Kubernetes reads them.
//! Reads and compares; rounding up to a nice size is the caller's decision.

use std::cmp::Ordering;
use std::fmt;
use thiserror::Error;

const NANO_DIGITS: i64 = 9;
const NANO: i128 = 1_000_000_000;

/// The largest value of a quantity with a binary suffix; larger ones are capped (`resource.ParseQuantity`).
const BINARY_MAX_NANO: i128 = i64::MAX as i128 * NANO;

/// Powers of 1024, from the first.
const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// Powers of 1000, from the minus third.
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/// An exact amount of a resource: bytes of memory, cores of CPU, or whatever the field counts.
///
/// Compared by value (`1Gi` equals `1024Mi`), written as it was read. Source: Kubernetes v1.33, `k8s.io/apimachinery`,
/// `pkg/api/resource/quantity.go`.
#[derive(Clone, Debug)]
pub struct Quantity {
    text: String,
    nano: i128,
}

/// Why a text is not a quantity, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{problem}: write {}", example(.meant.as_deref()))]
pub struct QuantityError {
    /// What is wrong, with the text that was typed.
    pub problem: String,
    /// The quantity that was probably meant, where the text tells.
    pub meant: Option<String>,
}

impl Quantity {
    /// Reads an optional sign, a decimal number (`2`, `1.5`, `.5`, `1.`) and one of the suffixes `n u m k M G T P E`
    /// (powers of 1000), `Ki Mi Gi Ti Pi Ei` (powers of 1024), `e3` or `E3` (a power of ten), or none.
    /// As in Kubernetes, a value finer than a billionth is rounded away from zero, and one with a binary suffix is at
    /// most 2^63-1. Here a value of 1.7 x 10^29 or more equals any other such value. Kubernetes' code also takes a text
    /// without a digit for 0 (`Mi`, `-`), which its grammar does not allow: refused here. So is an exponent that does
    /// not fit in 32 bits, which Kubernetes cuts to them.
    ///
    /// # Errors
    /// [`QuantityError`] says what was wrong.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        match value(text) {
            Some(nano) => Ok(Self {
                text: text.to_owned(),
                nano,
            }),
            None => Err(refusal(text)),
        }
    }

    /// Returns the whole part of the value, or `None` where it is negative or does not fit.
    pub fn floor(&self) -> Option<u64> {
        u64::try_from(self.nano.div_euclid(NANO)).ok()
    }

    /// Returns the value rounded up to a whole number, or `None` where it is negative or does not fit.
    pub fn ceil(&self) -> Option<u64> {
        let part = i128::from(self.nano.rem_euclid(NANO) > 0);
        u64::try_from(self.nano.div_euclid(NANO) + part)
            .ok()
            .filter(|_| !self.is_negative())
    }

    /// Returns whether the value is less than zero.
    pub fn is_negative(&self) -> bool {
        self.nano < 0
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nano == other.nano
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nano.cmp(&other.nano)
    }
}

impl fmt::Display for Quantity {
    /// Writes the text that was read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns the shortest exact spelling of a number of bytes with a binary suffix, or without one: `896Mi`, `1000`.
pub fn binary(bytes: u64) -> String {
    for (index, suffix) in BINARY.iter().enumerate().rev() {
        let unit = 1_u64 << (10 * (index + 1));
        if bytes > 0 && bytes.is_multiple_of(unit) {
            return format!("{}{suffix}", bytes / unit);
        }
    }
    bytes.to_string()
}

/// A decimal number as it was written: the digits before and after its point.
struct Number<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl Number<'_> {
    /// Returns the number times the suffix, in billionths, or `None` where there is no such suffix.
    fn times(&self, suffix: &str) -> Option<i128> {
        // Least significant digit first, so that carries append.
        let places = self.fraction.bytes().rev().chain(self.whole.bytes().rev());
        let mut digits: Vec<u8> = places.map(|digit| digit - b'0').collect();
        let mut exponent = -(self.fraction.len() as i64);
        let mut max = i128::MAX;
        if let Some(index) = BINARY.iter().position(|listed| *listed == suffix) {
            for _ in 0..=index {
                multiply_by_1024(&mut digits);
            }
            max = BINARY_MAX_NANO;
        } else {
            exponent += decimal_exponent(suffix)?;
        }
        let magnitude = to_nano(&digits, exponent).min(max);
        Some(if self.negative { -magnitude } else { magnitude })
    }
}

/// Returns the value of a quantity in billionths, or `None` where the text is not one.
fn value(text: &str) -> Option<i128> {
    let (number, suffix) = split(text);
    number?.times(suffix)
}

fn refusal(text: &str) -> QuantityError {
    let problem = match split(text) {
        _ if text.is_empty() => "a quantity must not be empty".to_owned(),
        _ if text.contains(char::is_whitespace) => format!("`{text}` has a space in it"),
        (None, _) => format!("`{text}` does not start with a decimal number"),
        (Some(_), suffix) => format!("`{text}` has the unknown suffix `{suffix}`"),
    };
    QuantityError {
        problem,
        meant: suggest(text),
    }
}

fn example(meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("`{meant}`"),
        None => "for example `512Mi` or `250m`".to_owned(),
    }
}

fn split(text: &str) -> (Option<Number<'_>>, &str) {
    let (whole, rest) = split_digits(text.strip_prefix(['+', '-']).unwrap_or(text));
    let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), split_digits);
    let number = Number {
        negative: text.starts_with('-'),
        whole,
        fraction,
    };
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    (has_digits.then_some(number), suffix)
}

fn split_digits(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(digits)
}

fn decimal_exponent(suffix: &str) -> Option<i64> {
    if let Some(index) = DECIMAL.iter().position(|listed| *listed == suffix) {
        return Some(3 * index as i64 - NANO_DIGITS);
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    exponent.parse::<i32>().ok().map(i64::from)
}

fn multiply_by_1024(digits: &mut Vec<u8>) {
    let mut carry = 0_u32;
    for digit in digits.iter_mut() {
        let product = u32::from(*digit) * 1024 + carry;
        *digit = (product % 10) as u8;
        carry = product / 10;
    }
    while carry > 0 {
        digits.push((carry % 10) as u8);
        carry /= 10;
    }
}

/// Returns `digits`, least significant first, times ten to the `exponent`, in billionths: rounded up, and the largest
/// number where it is larger.
fn to_nano(digits: &[u8], exponent: i64) -> i128 {
    let shift = exponent + NANO_DIGITS;
    let dropped = usize::try_from(-shift).unwrap_or(0).min(digits.len());
    let (finer, kept) = digits.split_at(dropped);
    let rounded = i128::from(finer.iter().any(|digit| *digit > 0));
    if kept.iter().all(|digit| *digit == 0) {
        return rounded;
    }
    let zeros = u32::try_from(shift.max(0)).unwrap_or(u32::MAX);
    let whole = kept.iter().rev().try_fold(0_i128, |sum, digit| {
        sum.checked_mul(10)?.checked_add(i128::from(*digit))
    });
    match (whole, 10_i128.checked_pow(zeros)) {
        (Some(whole), Some(factor)) => whole.saturating_mul(factor).saturating_add(rounded),
        _ => i128::MAX,
    }
}

/// Returns the quantity that `text` probably meant: no spaces, and memory units of other programs in Kubernetes' words.
fn suggest(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '_')
        .collect();
    if value(&text).is_some() {
        return Some(text);
    }
    let (number, suffix) = split(&text);
    number?;
    let meant = match suffix.to_ascii_lowercase().as_str() {
        "b" | "byte" | "bytes" => "",
        "k" | "kb" | "ki" | "kib" | "kbi" => "Ki",
        "m" | "mb" | "mi" | "mib" | "mbi" => "Mi",
        "g" | "gb" | "gi" | "gib" | "gbi" => "Gi",
        "t" | "tb" | "ti" | "tib" | "tbi" => "Ti",
        "p" | "pb" | "pi" | "pib" | "pbi" => "Pi",
        "e" | "eb" | "ei" | "eib" | "ebi" => "Ei",
        _ => return None,
    };
    Some(format!("{}{meant}", text.strip_suffix(suffix)?))
}

#[cfg(test)]
mod tests {
    use super::{BINARY, DECIMAL, NANO, Quantity, binary};

    #[track_caller]
    fn check(text: &str, expected_nano: i128) {
        let nano = Quantity::parse(text).map(|quantity| quantity.nano);
        assert_eq!(nano, Ok(expected_nano), "{text:?}");
    }

    #[track_caller]
    fn refuse(text: &str, expected: &str) {
        let error = Quantity::parse(text).expect_err(text);
        assert_eq!(error.to_string(), format!("`{text}` {expected}"));
    }

    #[test]
    fn reads_numbers_and_suffixes() {
        check("0", 0);
        check("512Mi", 536_870_912 * NANO);
        check("250m", 250_000_000);
        check("1.5Gi", 1_610_612_736 * NANO);
        check(".5", 500_000_000);
        check("1.", NANO);
        check("+2k", 2000 * NANO);
        check("-2k", -2000 * NANO);
        check("12e-3", 12_000_000);
        check("1.25e+2", 125 * NANO);
        check("07", 7 * NANO);
    }

    #[test]
    fn rounds_and_caps_as_kubernetes_does() {
        check("0.1n", 1);
        check("-0.1n", -1);
        check("1.0000000001", NANO + 1);
        check("1.0000000000", NANO);
        check("0.0000000001Ki", 103);
        check("1e-2000000000", 1);
        check("0e2000000000", 0);
        check("8Ei", i128::from(i64::MAX) * NANO);
        check("-20Ei", -i128::from(i64::MAX) * NANO);
        check("20E", 20_000_000_000_000_000_000 * NANO);
        check("1e2000000000", i128::MAX);
    }

    #[test]
    fn refuses_with_the_right_spelling() {
        refuse("5GB i", "has a space in it: write `5Gi`");
        refuse("512 Mi", "has a space in it: write `512Mi`");
        refuse("5GB", "has the unknown suffix `GB`: write `5Gi`");
        refuse("512MB", "has the unknown suffix `MB`: write `512Mi`");
        refuse("512mb", "has the unknown suffix `mb`: write `512Mi`");
        refuse("5gi", "has the unknown suffix `gi`: write `5Gi`");
        refuse("1.5GiB", "has the unknown suffix `GiB`: write `1.5Gi`");
        refuse("100B", "has the unknown suffix `B`: write `100`");
        refuse("1e", "has the unknown suffix `e`: write `1Ei`");
        for suffix in BINARY {
            let letter = &suffix[..1];
            for typed in ["b", "i", "ib", "bi"].map(|rest| letter.to_lowercase() + rest) {
                let expected = format!("has the unknown suffix `{typed}`: write `2{suffix}`");
                refuse(&format!("2{typed}"), &expected);
            }
        }
        refuse("1_000", "has the unknown suffix `_000`: write `1000`");
        let example = ": write for example `512Mi` or `250m`";
        for suffix in ",5Gi e1.5 Ki5 e99999999999 µ .5.5 - Zi".split(' ') {
            let problem = format!("has the unknown suffix `{suffix}`");
            refuse(&format!("1.0{suffix}"), &format!("{problem}{example}"));
        }
        let problem = "does not start with a decimal number";
        for text in "Mi - . --1 +-1 ٥ five ${SIZE}".split(' ') {
            refuse(text, &format!("{problem}{example}"));
        }
        refuse("five gigs", &format!("has a space in it{example}"));
        let empty = Quantity::parse("").expect_err("no text").to_string();
        assert_eq!(empty, format!("a quantity must not be empty{example}"));
    }

    #[test]
    fn whole_numbers() {
        let rows = [
            ("1.5", Some(1), Some(2)),
            ("1m", Some(0), Some(1)),
            ("-0", Some(0), Some(0)),
            ("-1m", None, None),
            ("18446744073709551615", Some(u64::MAX), Some(u64::MAX)),
            ("18446744073709551615.5", Some(u64::MAX), None),
            ("1e40", None, None),
        ];
        for (text, floor, ceil) in rows {
            let quantity = Quantity::parse(text).expect(text);
            assert_eq!((quantity.floor(), quantity.ceil()), (floor, ceil), "{text}");
            assert_eq!(quantity.is_negative(), text == "-1m");
        }
    }

    #[test]
    fn compares_by_value_and_prints_as_written() {
        let ascending = "-1k -1 0 1n 1u 1m 1 1k 1Ki 1M 1Mi 1G 1Gi 1T 1Ti 1P".split(' ');
        let read = |text: &str| Quantity::parse(text).expect("listed texts are quantities");
        for (i, a) in ascending.clone().enumerate() {
            for (j, b) in ascending.clone().enumerate() {
                assert_eq!(read(a).cmp(&read(b)), i.cmp(&j), "{a} against {b}");
                assert_eq!(read(a) < read(b), i < j, "{a} against {b}");
            }
        }
        assert_eq!(read("1Gi"), read("1024Mi"));
        assert_eq!(read("1.50Gi").to_string(), "1.50Gi");
    }

    #[test]
    fn every_suffix_scales_every_number() {
        for whole in [0_u32, 1, 7, 10, 999, 65_537] {
            let nano = i128::from(whole) * NANO;
            for (index, suffix) in BINARY.iter().enumerate() {
                let max = i128::from(i64::MAX) * NANO;
                let expected = (nano << (10 * (index + 1))).min(max);
                check(&format!("{whole}{suffix}"), expected);
            }
            for (index, suffix) in DECIMAL.iter().enumerate() {
                let expected = i128::from(whole) * 1000_i128.pow(index as u32);
                check(&format!("{whole}{suffix}"), expected);
            }
        }
    }

    #[test]
    fn binary_is_exact_and_short() {
        for (bytes, expected) in [(0, "0"), (1000, "1000"), (1536, "1536"), (1024, "1Ki")] {
            assert_eq!(binary(bytes), expected);
        }
        assert_eq!(binary(939_524_096), "896Mi");
        assert_eq!(binary(1 << 30), "1Gi");
        assert_eq!(binary(u64::MAX), u64::MAX.to_string());
        for shift in 0..40 {
            for odd in [1_u64, 3, 65_535] {
                let (bytes, text) = (odd << shift, binary(odd << shift));
                check(&text, i128::from(bytes) * NANO);
                assert!(text.len() <= bytes.to_string().len(), "{text}");
            }
        }
    }

    #[test]
    fn suggestions_are_quantities() {
        for number in ["1", "1.5", ".5", "-3", "1 000", "1_0"] {
            for suffix in "b B kb KB K g GIB tb p e Bytes x Zi µ".split(' ') {
                let text = format!("{number}{suffix}");
                let meant = Quantity::parse(&text).err().and_then(|error| error.meant);
                let valid = meant.is_none_or(|meant| Quantity::parse(&meant).is_ok());
                assert!(valid, "{text}");
            }
        }
    }
}
