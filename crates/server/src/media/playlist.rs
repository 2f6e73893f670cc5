//! `GET /listen.m3u`: a play list with a station's streams, which a player opens by itself.

use std::sync::Arc;

use aeolian_codec::container;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use http::{HeaderMap, Uri};

use crate::access::Role;
use crate::problem::Problem;
use crate::request::ToStation;
use crate::server::{Server, Visit};

/// A play list of a station's streams. The addresses are those of this request's host, and bear
/// its token where the query has one.
#[utoipa::path(
    get,
    path = "/listen.m3u",
    tag = "media",
    params(ToStation),
    responses(
        ToStation,
        (status = 200, description = "The play list", content_type = "audio/x-mpegurl"),
    )
)]
pub(crate) async fn playlist(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let Visit { query, station, .. } = server.visit(&headers, &uri, Role::Listen)?;
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.ok_or_else(|| Problem::bad_request("The Host header is no host."))?;
    let behind_tls = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let scheme = if server.config.tls.is_some() || behind_tls { "https" } else { "http" };
    let name = station.name();
    let token = query.get("token").map(|token| format!("&token={}", encoded(token)));
    let token = token.unwrap_or_default();
    let entries = container::ROWS.iter().filter_map(|row| {
        let (words, ending) = (row.listed?, row.name);
        let address = format!("{scheme}://{host}/stream.{ending}?station={name}{token}");
        Some(format!("#EXTINF:-1,Aeolian: {name}{words}\n{address}\n"))
    });
    let list: String = std::iter::once("#EXTM3U\n".to_owned()).chain(entries).collect();
    let headers = [(CONTENT_TYPE, "audio/x-mpegurl"), (CACHE_CONTROL, "no-store")];
    Ok((headers, list).into_response())
}

/// A token as a query can hold it: of what tokens are made of, these mean something else there.
fn encoded(token: &str) -> String {
    token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}
