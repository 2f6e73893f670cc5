//! Errors as `application/problem+json` (RFC 9457).

use std::time::Duration;

use aeolian_score::control::change::FieldError;
use aeolian_wire::Code;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

/// What went wrong with a request, as the client is told. Every text is for people, and names
/// neither a path of this machine nor a type of this program.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Problem {
    #[serde(rename = "type", serialize_with = "as_urn")]
    pub(crate) code: Code,
    title: &'static str,
    #[serde(serialize_with = "as_number")]
    pub(crate) status: StatusCode,
    pub(crate) detail: String,
    /// The fields that were refused, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldError>,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

fn as_urn<S: serde::Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&code.urn())
}

fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

/// What a client sent, cut to a length that an error can quote.
pub(crate) fn quoted(text: &str) -> String {
    const LENGTH_MAX: usize = 64;
    let mut quoted: String = text.chars().take(LENGTH_MAX).flat_map(char::escape_debug).collect();
    if text.chars().nth(LENGTH_MAX).is_some() {
        quoted.push('…');
    }
    format!("\"{quoted}\"")
}

impl Problem {
    fn new(code: Code, detail: impl Into<String>) -> Self {
        let row = code.row();
        // A code without a status of its own is never a problem over HTTP.
        let status = row.status.and_then(|status| StatusCode::from_u16(status).ok());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (title, detail) = (row.title, detail.into());
        Self { code, title, status, detail, errors: Vec::new(), retry_after: None }
    }

    /// 400: the request cannot be read.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, detail)
    }

    /// 400: the body, or the message, is not JSON.
    pub(crate) fn not_json(detail: impl Into<String>) -> Self {
        Self::new(Code::NotJson, detail)
    }

    /// 401: a token is needed, or the one given is unknown.
    pub(crate) fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(Code::Unauthorized, detail)
    }

    /// 403: known, and not allowed.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(Code::Forbidden, detail)
    }

    /// 404: no such path.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Code::NotFound, detail)
    }

    /// 404: no such station.
    pub(crate) fn no_such_station(name: &str) -> Self {
        let detail = format!("There is no station {}.", quoted(name));
        Self::new(Code::NoSuchStation, detail)
    }

    /// 405: the path has other methods.
    pub(crate) fn method_not_allowed(detail: impl Into<String>) -> Self {
        Self::new(Code::MethodNotAllowed, detail)
    }

    /// 408: the body did not come.
    pub(crate) fn timed_out(detail: impl Into<String>) -> Self {
        Self::new(Code::TimedOut, detail)
    }

    /// 409: as things stand it cannot be done.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(Code::Conflict, detail)
    }

    /// 413: more than a body may hold.
    pub(crate) fn too_large(bytes_max: usize) -> Self {
        let detail =
            format!("The body is larger than {bytes_max} bytes, which is what is allowed.");
        Self::new(Code::TooLarge, detail)
    }

    /// 415: the body is of another type.
    pub(crate) fn unsupported_media_type(given: &str) -> Self {
        let detail = format!("The body's type is {given}; allowed is application/json.");
        Self::new(Code::UnsupportedMediaType, detail)
    }

    /// 421: the request is for another host.
    pub(crate) fn misdirected(detail: impl Into<String>) -> Self {
        Self::new(Code::WrongHost, detail)
    }

    /// 422: fields that are unknown, of the wrong type, or out of range.
    pub(crate) fn invalid_fields(errors: Vec<FieldError>) -> Self {
        let detail = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        Self { errors, ..Self::new(Code::InvalidFields, detail) }
    }

    /// 422: one field.
    pub(crate) fn invalid_field(field: &str, given: String, allowed: impl Into<String>) -> Self {
        let allowed = allowed.into();
        Self::invalid_fields(vec![FieldError { field: field.to_owned(), given, allowed }])
    }

    /// 426: the path speaks WebSocket.
    pub(crate) fn upgrade_required() -> Self {
        let detail =
            "This path speaks WebSocket, version 13: the request must ask for the upgrade.";
        Self::new(Code::UpgradeRequired, detail)
    }

    /// 429: too many requests from one client.
    pub(crate) fn too_many(detail: impl Into<String>, retry_after: Duration) -> Self {
        let problem = Self::new(Code::TooMany, detail);
        Self { retry_after: Some(retry_after), ..problem }
    }

    /// 503: full, or about to end.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        let problem = Self::new(Code::Unavailable, detail);
        Self { retry_after: Some(Duration::from_secs(10)), ..problem }
    }

    /// The body, as JSON.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.to_json()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::UPGRADE_REQUIRED => {
                headers.insert("upgrade", HeaderValue::from_static("websocket"));
                headers.insert("sec-websocket-version", HeaderValue::from_static("13"));
            }
            _ => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_every_wrong_field() {
        let error = |field: &str| FieldError {
            field: field.to_owned(),
            given: "300".to_owned(),
            allowed: "a number from 60 to 120".to_owned(),
        };
        let problem = Problem::invalid_fields(vec![error("bpm"), error("space")]);
        assert_eq!(problem.code, Code::InvalidFields);
        let json: serde_json::Value = serde_json::from_slice(&problem.to_json()).unwrap();
        assert_eq!(json["type"], "urn:aeolian:problem:invalid-fields");
        assert_eq!(json["status"], 422);
        assert_eq!(json["errors"][1]["field"], "space");
        assert!(json["detail"].as_str().unwrap().contains("bpm: 300 is not allowed"));
    }

    #[test]
    fn what_a_client_sent_is_quoted_short_and_escaped() {
        assert_eq!(quoted("a\nb"), "\"a\\nb\"");
        assert!(quoted(&"é".repeat(5000)).len() < 200);
    }
}
