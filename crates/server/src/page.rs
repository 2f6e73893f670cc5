//! The page: the folder `web/` as it is, embedded in the program.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING,
    CONTENT_SECURITY_POLICY as CONTENT_SECURITY_POLICY_HEADER, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rust_embed::RustEmbed;

use crate::problem::Problem;

pub(crate) const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// What is served, and nothing else that may lie in the folder.
#[derive(RustEmbed)]
#[folder = "web"]
#[include = "*.html"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "*.svg"]
#[include = "*.png"]
#[include = "*.ico"]
#[include = "*.webmanifest"]
#[include = "*.flac"]
#[exclude = "node_modules/*"]
#[exclude = "test/*"]
#[exclude = "tests/*"]
#[exclude = "*.test.js"]
#[exclude = "*.config.js"]
struct Folder;

/// One file, ready to be sent.
struct Asset {
    content: Bytes,
    /// The same compressed, made when it is first asked for. None for pictures and sounds.
    gzip: Option<OnceLock<Option<Bytes>>>,
    content_type: HeaderValue,
    etag: HeaderValue,
}

/// Every file of the page by its path.
pub(crate) struct Page {
    files: BTreeMap<String, Asset>,
    embed_policy: HeaderValue,
}

/// The path of the small player, which other pages may frame.
const EMBED_PATH: &str = "/embed";

/// Where the client library lies, which apps of any origin may import.
const LIBRARY_PATH: &str = "/client/";

/// Scripts, styles, workers and sockets from this server alone; the given ancestors may frame it.
/// `data:` and `blob:` hold what the page makes itself: pictures, recordings, worklet modules.
macro_rules! content_security_policy {
    ($ancestors:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; ",
            "img-src 'self' data: blob:; media-src 'self' blob: data:; worker-src 'self' blob:; ",
            "manifest-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; ",
            "frame-ancestors ",
            $ancestors
        )
    };
}

const CONTENT_SECURITY_POLICY: &str = content_security_policy!("'none'");

/// The policy of the small player: pages of the allowed origins may frame it.
fn embed_policy(allowed_origins: &[String]) -> HeaderValue {
    let harmless = |origin: &&String| !origin.contains([';', ',']) && !origin.contains(' ');
    let mut policy = content_security_policy!("'self'").to_owned();
    for origin in allowed_origins.iter().filter(harmless) {
        policy.push(' ');
        policy.push_str(origin);
    }
    HeaderValue::try_from(policy)
        .unwrap_or(HeaderValue::from_static(content_security_policy!("'self'")))
}

/// Sent with every answer. The cross-origin pair makes the page isolated, so that browsers give it
/// SharedArrayBuffer.
pub(crate) const SECURITY_HEADERS: [(HeaderName, HeaderValue); 7] = [
    (CONTENT_SECURITY_POLICY_HEADER, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
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
    (CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
    ),
];

impl Asset {
    fn new(path: &str, file: rust_embed::EmbeddedFile) -> Option<Self> {
        // Weak: it stands for the file plain and compressed.
        let mut etag = String::from("W/\"");
        for byte in &file.metadata.sha256_hash()[..16] {
            write!(etag, "{byte:02x}").ok()?;
        }
        etag.push('"');
        let mut content_type = mime_guess::from_path(path).first_or_octet_stream().to_string();
        if content_type.starts_with("text/") {
            content_type.push_str("; charset=utf-8");
        }
        let pressed = ["image/png", "audio/"].iter().any(|kind| content_type.starts_with(kind));
        Some(Self {
            content: Bytes::from(file.data.into_owned()),
            gzip: (!pressed).then(OnceLock::new),
            content_type: HeaderValue::try_from(content_type).ok()?,
            etag: HeaderValue::try_from(etag).ok()?,
        })
    }

    /// The file compressed, for a client that takes that.
    fn gzip(&self, headers: &HeaderMap) -> Option<Bytes> {
        let accepted = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|it| it.to_str().ok());
        // "gzip;q=0" would refuse it; no browser says so.
        let takes = |list: &str| list.split(',').any(|coding| coding.trim() == "gzip");
        let compressed = self.gzip.as_ref().filter(|_| accepted.into_iter().any(takes))?;
        compressed.get_or_init(|| compress(&self.content).ok().map(Bytes::from)).clone()
    }
}

fn compress(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    encoder.finish()
}

impl Page {
    /// The page that this program was built with.
    ///
    /// `allowed_origins` are those whose pages may frame the small player.
    pub(crate) fn embedded(allowed_origins: &[String]) -> Self {
        let file = |path: &str| Folder::get(path).and_then(|file| Asset::new(path, file));
        let files = Folder::iter().filter_map(|path| Some((path.to_string(), file(&path)?)));
        Self { files: files.collect(), embed_policy: embed_policy(allowed_origins) }
    }

    /// Answers a request for a path such as `/` or `/app.js`.
    ///
    /// A browser asks each time whether its copy is still good (`no-cache` with an ETag): after an
    /// upgrade of the server no listener runs yesterday's page.
    pub(crate) fn answer(&self, path: &str, headers: &HeaderMap) -> Result<Response, Problem> {
        let name = match path {
            "/" => "index.html",
            EMBED_PATH => "embed.html",
            _ => path.trim_start_matches('/'),
        };
        let no_page = || Problem::not_found("There is nothing at this path.");
        let file = self.files.get(name).ok_or_else(no_page)?;
        let cache =
            [(ETAG, file.etag.clone()), (CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
        let known = |tags: &HeaderValue| {
            let own = file.etag.as_bytes().strip_prefix(b"W/");
            let tags = tags.to_str().unwrap_or("").split(',');
            let mut tags = tags.map(|tag| tag.trim().trim_start_matches("W/"));
            tags.any(|tag| own == Some(tag.as_bytes()))
        };
        if headers.get_all(IF_NONE_MATCH).iter().any(known) {
            return Ok((StatusCode::NOT_MODIFIED, cache).into_response());
        }
        let content_type = [(CONTENT_TYPE, file.content_type.clone())];
        let gzip = file.gzip(headers);
        let encoded = gzip.is_some();
        let content = gzip.unwrap_or_else(|| file.content.clone());
        let mut response = (content_type, cache, content).into_response();
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if encoded {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if path == EMBED_PATH || path.starts_with(LIBRARY_PATH) {
            let from_anywhere = HeaderValue::from_static("cross-origin");
            headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, from_anywhere);
        }
        if path == EMBED_PATH {
            headers.insert(CONTENT_SECURITY_POLICY_HEADER, self.embed_policy.clone());
        }
        if path.starts_with(LIBRARY_PATH) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        Ok(response)
    }
}
