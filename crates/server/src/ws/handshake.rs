//! The opening handshake of a WebSocket (RFC 6455 §4.2).

use base64_simd::STANDARD;
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::problem::Problem;

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|t| t.trim().eq_ignore_ascii_case(token))
}

/// The answer's `Sec-WebSocket-Accept`.
///
/// # Errors
/// 426 where the request asks for no WebSocket of version 13, 400 where its key is no key.
pub(crate) fn accept(headers: &HeaderMap) -> Result<HeaderValue, Problem> {
    let version = headers.get("sec-websocket-version").map(HeaderValue::as_bytes);
    let upgrade = has_token(headers, CONNECTION, "upgrade");
    if !upgrade || !has_token(headers, UPGRADE, "websocket") || version != Some(b"13") {
        return Err(Problem::upgrade_required());
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes).unwrap_or_default();
    if !STANDARD.decode_to_vec(key).is_ok_and(|key| key.len() == 16) {
        let detail = "Sec-WebSocket-Key must be 16 bytes in base64.";
        return Err(Problem::bad_request(detail));
    }
    let mut hash = sha1_smol::Sha1::new();
    hash.update(key);
    hash.update(GUID);
    let accept = STANDARD.encode_to_string(hash.digest().bytes());
    HeaderValue::try_from(accept).map_err(|_| Problem::bad_request("no such key"))
}

/// The headers of a 101 answer.
pub(crate) fn headers(accept: HeaderValue) -> [(HeaderName, HeaderValue); 3] {
    [
        (CONNECTION, HeaderValue::from_static("upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_ACCEPT, accept),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(key: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONNECTION, HeaderValue::from_static("keep-alive, Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("WebSocket"));
        headers.insert("sec-websocket-version", HeaderValue::from_static("13"));
        headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::from_static(key));
        headers
    }

    #[test]
    fn the_example_of_the_standard_is_accepted() {
        let accepted = accept(&request("dGhlIHNhbXBsZSBub25jZQ==")).unwrap();
        assert_eq!(accepted, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_is_no_handshake_is_refused() {
        for key in ["", "short", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "!!!!!!!!!!!!!!!!!!!!!!=="] {
            assert!(accept(&request(key)).is_err(), "{key}");
        }
        for header in ["connection", "upgrade", "sec-websocket-version"] {
            let mut headers = request("dGhlIHNhbXBsZSBub25jZQ==");
            headers.remove(header);
            assert!(accept(&headers).is_err(), "{header}");
        }
    }
}
