//! The error codes, a row each: what programs may rely on. On a WebSocket a code stands in `error`; over HTTP it is
//! the last part of a problem's `type`, its words joined by hyphens.

use serde::{Serialize, Serializer};

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// A message that is no JSON object.
    BadJson,
    /// A message with a field that cannot be sent back, or that is no text.
    BadMessage,
    /// A control with fields that are refused.
    BadControl,
    /// A report with fields that are refused.
    BadReport,
    /// A message of an unknown `type`.
    UnknownType,
    /// More messages than are allowed.
    RateLimit,
    /// A request that cannot be read.
    BadRequest,
    /// A body that is not JSON.
    NotJson,
    /// A token is needed, or the one given is unknown.
    Unauthorized,
    /// Known, and not allowed.
    Forbidden,
    /// No such path.
    NotFound,
    /// No such station.
    NoSuchStation,
    /// The path has other methods.
    MethodNotAllowed,
    /// The body did not come.
    TimedOut,
    /// As things stand it cannot be done.
    Conflict,
    /// More than a body may hold.
    TooLarge,
    /// The body is of another type.
    UnsupportedMediaType,
    /// The request is for another host.
    WrongHost,
    /// Fields that are unknown, of the wrong type, or out of range.
    InvalidFields,
    /// The path speaks WebSocket.
    UpgradeRequired,
    /// Too many requests from one client.
    TooMany,
    /// Full, or about to end.
    Unavailable,
}

/// What is known of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which one.
    pub code: Code,
    /// The code as programs see it.
    pub name: &'static str,
    /// The status of a problem over HTTP; none where it is told on a WebSocket only.
    pub status: Option<u16>,
    /// A problem's title, for people.
    pub title: &'static str,
}

const fn message(code: Code, name: &'static str, title: &'static str) -> Row {
    Row { code, name, status: None, title }
}

const fn problem(code: Code, name: &'static str, status: u16, title: &'static str) -> Row {
    Row { code, name, status: Some(status), title }
}

/// Every code, in the order of [`Code`].
pub const ROWS: [Row; 22] = [
    message(Code::BadJson, "bad_json", "Not JSON"),
    message(Code::BadMessage, "bad_message", "Bad message"),
    message(Code::BadControl, "bad_control", "Bad control"),
    message(Code::BadReport, "bad_report", "Bad report"),
    message(Code::UnknownType, "unknown_type", "Unknown type"),
    message(Code::RateLimit, "rate_limit", "Too many messages"),
    problem(Code::BadRequest, "bad_request", 400, "Bad request"),
    problem(Code::NotJson, "not_json", 400, "Not JSON"),
    problem(Code::Unauthorized, "unauthorized", 401, "A token is needed"),
    problem(Code::Forbidden, "forbidden", 403, "Not allowed"),
    problem(Code::NotFound, "not_found", 404, "Not found"),
    problem(Code::NoSuchStation, "no_such_station", 404, "No such station"),
    problem(Code::MethodNotAllowed, "method_not_allowed", 405, "Method not allowed"),
    problem(Code::TimedOut, "timed_out", 408, "Timed out"),
    problem(Code::Conflict, "conflict", 409, "Conflict"),
    problem(Code::TooLarge, "too_large", 413, "Too large"),
    problem(Code::UnsupportedMediaType, "unsupported_media_type", 415, "Unsupported media type"),
    problem(Code::WrongHost, "wrong_host", 421, "Wrong host"),
    problem(Code::InvalidFields, "invalid_fields", 422, "Invalid fields"),
    problem(Code::UpgradeRequired, "upgrade_required", 426, "Upgrade required"),
    problem(Code::TooMany, "too_many", 429, "Too many requests"),
    problem(Code::Unavailable, "unavailable", 503, "Unavailable"),
];

impl Code {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The code as programs see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The `type` of a problem over HTTP.
    #[must_use]
    pub fn urn(self) -> String {
        format!("urn:aeolian:problem:{}", self.name().replace('_', "-"))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_stands_in_its_own_row_under_a_name_of_its_own() {
        for (i, row) in ROWS.iter().enumerate() {
            assert_eq!(row.code as usize, i, "{}", row.name);
            assert!(ROWS[..i].iter().all(|other| other.name != row.name), "{}", row.name);
        }
        assert_eq!(Code::NoSuchStation.urn(), "urn:aeolian:problem:no-such-station");
    }
}
