//! What a probe comes to, with what the API server fills in.

use crate::yaml::Value;

/// Returns the seconds after which a container that did not start is killed, by its `startupProbe`.
///
/// A field that is missing is what the API server makes it: three looks, ten seconds apart, the first at once.
pub fn startup_seconds(probe: &Value) -> u64 {
    let number = |key: &str, default: u64| match probe.at(&[key]) {
        Some(Value::Number(digits)) => digits.parse().unwrap_or(default),
        _ => default,
    };
    number("failureThreshold", 3)
        .saturating_mul(number("periodSeconds", 10))
        .saturating_add(number("initialDelaySeconds", 0))
}
