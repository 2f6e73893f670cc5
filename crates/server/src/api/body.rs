//! A request's body as a JSON object.

use aeolian_score::control::change::FieldError;
use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::{Map, Value};

use crate::limits::Limits;
use crate::problem::{Problem, quoted};

/// How much of a body that is too large is still read.
const THROWN_AWAY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Whether the body is declared as JSON: `application/json` or `application/…+json`.
fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(given) = headers.get(CONTENT_TYPE) else {
        return Err(Problem::unsupported_media_type("not given"));
    };
    let text = given.to_str().unwrap_or("").to_ascii_lowercase();
    let essence = text.split(';').next().unwrap_or("").trim();
    let suffix = essence.strip_prefix("application/").map(|subtype| subtype.ends_with("+json"));
    if essence == "application/json" || suffix == Some(true) {
        Ok(())
    } else {
        Err(Problem::unsupported_media_type(&quoted(&text)))
    }
}

/// A text as a JSON object.
///
/// # Errors
/// 400 where it is not JSON, or nested too deep; 422 where it is JSON of another kind.
pub(crate) fn object(text: &[u8]) -> Result<Map<String, Value>, Problem> {
    match serde_json::from_slice(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => {
            let error = FieldError::new("(whole)", &other, "a JSON object");
            Err(Problem::invalid_fields(vec![error]))
        }
        Err(error) => Err(Problem::not_json(format!("This is not JSON: {error}."))),
    }
}

/// Reads a body that must be a JSON object.
///
/// # Errors
/// 408, 413, 415, 400 or 422, as their names say.
pub(crate) async fn read(
    request: Request<Body>,
    limits: &Limits,
) -> Result<Map<String, Value>, Problem> {
    is_json(request.headers())?;
    let text = collect(request.into_body(), limits.body_bytes);
    match tokio::time::timeout(limits.header_timeout, text).await {
        Ok(text) => object(&text?),
        Err(_) => Err(Problem::timed_out("The body did not come in time.")),
    }
}

/// The whole body, of `body_bytes` at most. Of a longer one a bounded rest is read and thrown away:
/// a client that is still writing when the connection closes would not get to read the answer.
async fn collect(mut body: Body, body_bytes: usize) -> Result<Vec<u8>, Problem> {
    let mut text = Vec::new();
    let mut thrown_away = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::bad_request("The body broke off."))?;
        let data = frame.into_data().unwrap_or_default();
        if thrown_away > 0 || text.len() + data.len() > body_bytes {
            thrown_away += data.len();
            if thrown_away > THROWN_AWAY_BYTES_MAX {
                break;
            }
        } else {
            text.extend_from_slice(&data);
        }
    }
    if thrown_away > 0 { Err(Problem::too_large(body_bytes)) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_object_is_refused_and_said_so() {
        assert_eq!(object(b"{\"bpm\":").unwrap_err().code.name(), "not_json");
        assert_eq!(object(b"\xff").unwrap_err().code.name(), "not_json");
        assert_eq!(object("[".repeat(10_000).as_bytes()).unwrap_err().code.name(), "not_json");
        assert_eq!(object(b"[1]").unwrap_err().code.name(), "invalid_fields");
        assert!(object(b"{}").unwrap().is_empty());
    }

    #[test]
    fn only_json_is_taken_as_a_body() {
        let mut headers = HeaderMap::new();
        assert!(is_json(&headers).is_err());
        for (given, taken) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/json", false),
        ] {
            headers.insert(CONTENT_TYPE, given.parse().unwrap());
            assert_eq!(is_json(&headers).is_ok(), taken, "{given}");
        }
    }
}
