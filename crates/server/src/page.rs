//! The page: the folder `web/` as it is, embedded in the program.

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rust_embed::RustEmbed;

use crate::problem::Problem;

/// What is served, and nothing else that may lie in the folder.
#[derive(RustEmbed)]
#[folder = "../../web"]
#[include = "*.html"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "*.svg"]
#[include = "*.png"]
#[include = "*.ico"]
#[include = "*.webmanifest"]
#[exclude = "node_modules/*"]
#[exclude = "test/*"]
#[exclude = "tests/*"]
#[exclude = "*.test.js"]
#[exclude = "*.config.js"]
struct Folder;

/// One file, ready to be sent.
struct File {
    content: Bytes,
    content_type: HeaderValue,
    etag: HeaderValue,
}

/// Every file of the page by its path.
pub(crate) struct Page {
    files: BTreeMap<String, File>,
}

/// Scripts, styles, workers and sockets from this server alone; nobody may frame the page.
/// `data:` and `blob:` hold what the page makes itself: pictures, recordings, worklet modules.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     connect-src 'self'; img-src 'self' data: blob:; media-src 'self' blob: data:; \
     worker-src 'self' blob:; manifest-src 'self'; font-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// Sent with every answer. The cross-origin pair makes the page isolated, so that browsers give it
/// SharedArrayBuffer.
pub(crate) const SECURITY_HEADERS: [(HeaderName, HeaderValue); 7] = [
    (http::header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (http::header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        HeaderValue::from_static("require-corp"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
    ),
];

impl File {
    fn new(path: &str, file: rust_embed::EmbeddedFile) -> Option<Self> {
        let mut etag = String::from("\"");
        for byte in &file.metadata.sha256_hash()[..16] {
            write!(etag, "{byte:02x}").ok()?;
        }
        etag.push('"');
        let mut content_type = mime_guess::from_path(path).first_or_octet_stream().to_string();
        if content_type.starts_with("text/") {
            content_type.push_str("; charset=utf-8");
        }
        Some(Self {
            content: Bytes::from(file.data.into_owned()),
            content_type: HeaderValue::try_from(content_type).ok()?,
            etag: HeaderValue::try_from(etag).ok()?,
        })
    }
}

impl Page {
    /// The page that this program was built with.
    pub(crate) fn embedded() -> Self {
        let file = |path: &str| Folder::get(path).and_then(|file| File::new(path, file));
        let files = Folder::iter().filter_map(|path| Some((path.to_string(), file(&path)?)));
        Self { files: files.collect() }
    }

    /// Answers a request for a path such as `/` or `/app.js`.
    ///
    /// A browser asks each time whether its copy is still good (`no-cache` with an ETag): after an
    /// upgrade of the server no listener runs yesterday's page.
    pub(crate) fn answer(&self, path: &str, headers: &HeaderMap) -> Result<Response, Problem> {
        let name = if path == "/" { "index.html" } else { path.trim_start_matches('/') };
        let no_page = || Problem::not_found("There is nothing at this path.");
        let file = self.files.get(name).ok_or_else(no_page)?;
        let cache =
            [(ETAG, file.etag.clone()), (CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
        let known = |tags: &HeaderValue| {
            let tags = tags.to_str().unwrap_or("").split(',');
            tags.map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| file.etag == tag)
        };
        if headers.get_all(IF_NONE_MATCH).iter().any(known) {
            return Ok((StatusCode::NOT_MODIFIED, cache).into_response());
        }
        let content_type = [(CONTENT_TYPE, file.content_type.clone())];
        Ok((content_type, cache, file.content.clone()).into_response())
    }
}
