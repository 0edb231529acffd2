//! When something runs: the spelling of a schedule and of a time zone. It must not compute times.
//!
//! Source: Kubernetes v1.33, `pkg/apis/batch/validation`, `validateScheduleFormat` and `validateTimeZone`, and the parser
//! that they use, github.com/robfig/cron v3.0.1, `ParseStandard`.

use super::duration::parse_go;

/// A field of a schedule: what it is called, its numbers, and words for them.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    // The first word stands for `least`.
    words: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        least: 0,
        most: 59,
        words: &[],
    },
    Field {
        name: "hour",
        least: 0,
        most: 23,
        words: &[],
    },
    Field {
        name: "day of the month",
        least: 1,
        most: 31,
        words: &[],
    },
    Field {
        name: "month",
        least: 1,
        most: 12,
        words: &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    },
    Field {
        name: "day of the week",
        least: 0,
        most: 6,
        words: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

/// Schedules that have a name.
const NAMED: [&str; 7] = [
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];

/// Checks a schedule: five fields of numbers, ranges, steps and lists, or a name such as `@daily`, or `@every 6h`.
///
/// Takes what the API server takes, but for what would never run or all the time: a field of commas alone, and
/// `@every` without a positive duration. Days that no month has, such as 30 February, are taken.
///
/// # Errors
/// What is wrong, with the part that is.
pub fn schedule(text: &str) -> Result<(), String> {
    if text.contains("TZ") {
        return Err("must not name a time zone".to_owned());
    }
    if let Some(duration) = text.strip_prefix("@every ") {
        return if is_positive_duration(duration) {
            Ok(())
        } else {
            Err(format!(
                "has no duration such as `6h30m` after `@every`, but `{duration}`"
            ))
        };
    }
    if text.starts_with('@') {
        return if NAMED.contains(&text) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` is not one of {} and `@every 6h`",
                NAMED.join(", ")
            ))
        };
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!(
            "must have 5 fields (minute, hour, day of the month, month, day of the week), not {}",
            fields.len()
        ));
    }
    for (text, field) in fields.into_iter().zip(&FIELDS) {
        list(text, field)
            .map_err(|problem| format!("{problem} in `{text}`, the {}", field.name))?;
    }
    Ok(())
}

fn list(text: &str, field: &Field) -> Result<(), String> {
    let mut parts = text.split(',').filter(|part| !part.is_empty()).peekable();
    if parts.peek().is_none() {
        return Err("has no number".to_owned());
    }
    parts.try_for_each(|part| range(part, field))
}

/// Checks `*`, `?`, a number or a range, each with a step or without.
fn range(text: &str, field: &Field) -> Result<(), String> {
    let (bounds, step) = match text.split_once('/') {
        Some((bounds, step)) => (bounds, Some(step)),
        None => (text, None),
    };
    let (first, last) = match bounds.split_once('-') {
        Some((first, last)) => (first, Some(last)),
        None => (bounds, None),
    };
    let (first, last) = if matches!(first, "*" | "?") {
        // The parser ignores what stands behind `*-`.
        (field.least, field.most)
    } else {
        let first = number(first, field.words, field.least)?;
        let last = match last {
            Some(last) => number(last, field.words, field.least)?,
            // `N/step` means from N to the end, which N is not beyond if it is in the field.
            None => first,
        };
        (first, last)
    };
    if first < field.least {
        return Err(format!("has {first}, less than {},", field.least));
    }
    if last > field.most {
        let hint = match field.words {
            ["sun", ..] if last == 7 => " (Sunday is 0)",
            _ => "",
        };
        return Err(format!("has {last}, more than {}{hint},", field.most));
    }
    if first > last {
        return Err(format!(
            "has a range that ends before it begins, {first} to {last},"
        ));
    }
    match step.map(|step| number(step, &[], 0)).transpose()? {
        Some(0) => Err("has a step of 0".to_owned()),
        _ => Ok(()),
    }
}

/// Reads a number or a word for one, as Go's `strconv.Atoi` does: a sign is allowed.
fn number(text: &str, words: &[&str], least: u32) -> Result<u32, String> {
    if let Some(position) = words
        .iter()
        .position(|word| text.eq_ignore_ascii_case(word))
    {
        return Ok(least + u32::try_from(position).expect("a dozen at most"));
    }
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("has `{text}`, which is no number,"));
    }
    Ok(digits.parse().unwrap_or(u32::MAX))
}

/// Tells whether a text is a duration of Go's, such as `1h30m` or `1.5h`, and more than nothing.
fn is_positive_duration(text: &str) -> bool {
    let text = text.strip_prefix('+').unwrap_or(text);
    parse_go(text).is_ok() && text.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

/// The names of the IANA database 2025c, by which the API server looks a time zone up: `lib/time/zoneinfo.zip` of Go 1.26,
/// but for `Factory`, which is no place.
const TIME_ZONES: &str = include_str!("time_zones.txt");

/// Checks a time zone, which has to be in the IANA database: `validateTimeZone` of Kubernetes' `pkg/apis/batch/validation`.
///
/// # Errors
/// What is wrong, and the name that was probably meant.
pub fn time_zone(text: &str) -> Result<(), (String, Option<&'static str>)> {
    if text.eq_ignore_ascii_case("local") {
        return Err((
            "must be one of the IANA database, not the machine's own".to_owned(),
            None,
        ));
    }
    if TIME_ZONES.lines().any(|name| name == text) {
        return Ok(());
    }
    let named = |part: fn(&'static str) -> &'static str| {
        TIME_ZONES
            .lines()
            .find(|name| part(name).eq_ignore_ascii_case(text))
    };
    let meant = named(|name| name)
        .or_else(|| named(|name| name.rsplit('/').next().unwrap_or(name)))
        .or_else(|| crate::diagnostic::nearest(text, TIME_ZONES.lines()));
    Err((
        format!("must be one of the IANA database, and `{text}` is none"),
        meant,
    ))
}

#[cfg(test)]
mod tests {
    use super::{schedule, time_zone};

    #[test]
    fn schedules_that_the_api_server_takes() {
        for text in [
            "17 3 * * *",
            "  17  3\t* * * ",
            "* * * * ?",
            "*/15 0-6,22-23 1,15 jan-MAR mon-fri",
            "5/20 0/6 1-31/2 */3 0,6",
            "+5 3 * * SUN",
            "1,,2 3 * * *",
            "*-9/7 ?-x * * *",
            "59 23 31 12 6",
            "0 0 31 2 *",
            "*/99999999999 * * * *",
            "@daily",
            "@midnight",
            "@every 6h",
            "@every 1.5h0m",
            "@every +.5s",
        ] {
            assert_eq!(schedule(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn schedules_that_are_none() {
        for (text, part) in [
            (
                "",
                "must have 5 fields (minute, hour, day of the month, month, day of the week), not 0",
            ),
            ("3 * * *", "not 4"),
            ("0 17 3 * * *", "not 6"),
            ("60 3 * * *", "has 60, more than 59, in `60`, the minute"),
            ("0 24 * * *", "the hour"),
            (
                "0 0 0 * *",
                "has 0, less than 1, in `0`, the day of the month",
            ),
            ("0 0 * 13 *", "the month"),
            (
                "0 0 * * 7",
                "has 7, more than 6 (Sunday is 0), in `7`, the day of the week",
            ),
            ("0 0 * * fri-mon", "ends before it begins"),
            ("0 0 * * friday", "has `friday`, which is no number,"),
            ("0 0 1 mon *", "no number"),
            ("*/0 * * * *", "step of 0"),
            ("*/-1 * * * *", "no number"),
            ("1/2/3 * * * *", "no number"),
            ("1-2-3 * * * *", "no number"),
            ("-5 * * * *", "no number"),
            ("1- * * * *", "no number"),
            ("/5 * * * *", "no number"),
            (", * * * *", "has no number"),
            ("*5 * * * *", "no number"),
            ("99999999999 * * * *", "more than 59"),
            ("@reboot", "is not one of"),
            ("@Daily", "is not one of"),
            ("@daily ", "is not one of"),
            ("@every", "is not one of"),
            ("@every 1d", "no duration"),
            ("@every 0s", "no duration"),
            ("@every -1h", "no duration"),
            ("@every 5", "no duration"),
            ("@every ", "no duration"),
            ("TZ=UTC 0 3 * * *", "time zone"),
            ("CRON_TZ=UTC 0 3 * * *", "time zone"),
        ] {
            let error = schedule(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn time_zones_are_names() {
        for text in [
            "UTC",
            "Europe/Berlin",
            "America/Argentina/Ushuaia",
            "Etc/GMT+5",
            "EST5EDT",
            "Asia/Kolkata",
            "Europe/Kyiv",
        ] {
            assert_eq!(time_zone(text), Ok(()), "{text}");
        }
        for text in [
            "",
            "Local",
            "local",
            "../etc",
            "Europe//Berlin",
            "/Europe",
            "Europe/",
            "Europe/-x",
            "+02:00",
            "Europe Berlin",
            "Aaaaaaaaaaaaaaa",
            "CEST",
        ] {
            assert!(time_zone(text).is_err(), "{text}");
        }
        for (text, name) in [
            ("europe/berlin", "Europe/Berlin"),
            ("Europe/Berlin2", "Europe/Berlin"),
            ("America/New York", "America/New_York"),
            ("Berlin", "Europe/Berlin"),
            ("utc", "UTC"),
        ] {
            let (_, meant) = time_zone(text).expect_err(text);
            assert_eq!(meant, Some(name), "{text}");
        }
    }
}
