//! `[limits]`: what clients may use up.

use std::ops::RangeInclusive;
use std::time::Duration;

use aeolian_server::Limits;

use super::lines::{Setting, Wrong};

const NAMES: &str = "listeners, connections_per_ip, handshakes, stations, message_bytes, \
                     messages_per_s, body_bytes, header_bytes, header_timeout_s, stall_timeout_s, \
                     drain_timeout_s";

/// The longest time-out: more is a mistake, or no limit at all.
const TIMEOUT_S_MAX: f64 = 600.0;

/// Sets one limit.
///
/// # Errors
/// When there is no such limit, or it is out of range.
pub fn set(limits: &mut Limits, field: &str, setting: &Setting) -> Result<(), Wrong> {
    match field {
        "listeners" => limits.listeners = count(setting, 1..=1_000_000)?,
        "connections_per_ip" => limits.connections_per_ip = count(setting, 0..=1_000_000)?,
        "handshakes" => limits.handshakes = count(setting, 1..=1_000_000)?,
        "message_bytes" => limits.message_bytes = count(setting, 256..=1_048_576)?,
        "messages_per_s" => limits.messages_per_s = count(setting, 1..=10_000)? as u32,
        "body_bytes" => limits.body_bytes = count(setting, 256..=1_048_576)?,
        "header_bytes" => limits.header_bytes = count(setting, 8_192..=1_048_576)?,
        "header_timeout_s" => limits.header_timeout = duration(setting)?,
        "stall_timeout_s" => limits.stall_timeout = duration(setting)?,
        "drain_timeout_s" => limits.drain_timeout = duration(setting)?,
        _ => {
            return Err(setting.wrong(format_args!("there is no such setting; there are {NAMES}")));
        }
    }
    Ok(())
}

/// A whole number in a range.
///
/// # Errors
/// When it is none, or lies outside.
pub fn count(setting: &Setting, range: RangeInclusive<u32>) -> Result<usize, Wrong> {
    let given = setting.value.as_u64().and_then(|count| u32::try_from(count).ok());
    let given = given.filter(|count| range.contains(count)).map(|count| count as usize);
    let (min, max) = range.into_inner();
    given.ok_or_else(|| setting.refused(format_args!("a whole number from {min} to {max}")))
}

fn duration(setting: &Setting) -> Result<Duration, Wrong> {
    let given = setting.value.as_f64().filter(|s| (0.1..=TIMEOUT_S_MAX).contains(s));
    let given = given.map(Duration::from_secs_f64);
    given.ok_or_else(|| setting.refused("a number of seconds from 0.1 to 600"))
}
