//! Which pages of other origins may read the answers (the Fetch standard's CORS protocol): those
//! that the server's owner allows, which may also listen and steer.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use axum::response::{IntoResponse, Response};

use crate::guard::Hosts;

/// The origin of the page that asks, where it is allowed by name or with all others.
pub(crate) fn allowed_page(hosts: &Hosts, headers: &HeaderMap) -> Option<HeaderValue> {
    let mut origins = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else { return None };
    hosts.allows(origin.to_str().ok()?).then(|| origin.clone())
}

/// Whether a browser asks if a page may make a request that it is about to make.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to that, for a page that is allowed.
pub(crate) fn preflight() -> Response {
    let may = [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, DELETE"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, may).into_response()
}

/// Lets the page read an answer, if there is one that may, and tells caches that another may not.
pub(crate) fn label(hosts: &Hosts, page: Option<HeaderValue>, headers: &mut HeaderMap) {
    if hosts.allowed_origins.is_empty() || headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        return;
    }
    headers.append(VARY, HeaderValue::from_static("origin"));
    if let Some(page) = page {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, page);
        let exposed = HeaderValue::from_static("location, retry-after");
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}
