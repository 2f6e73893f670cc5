//! `GET /ws/stream`: from a request to a session.

use std::sync::Arc;

use aeolian_wire::Format;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use super::handshake;
use super::session::Session;
use crate::access::Role;
use crate::problem::{Problem, quoted};
use crate::request::ToStation;
use crate::schema::AudioFormat;
use crate::serve::{Life, Peer};
use crate::server::{Server, Visit};
use crate::wire::Wire;

/// The stream, as WebSocket: see the protocol's own description. All that can be wrong with a
/// request is answered as HTTP, before the upgrade.
#[utoipa::path(
    get,
    path = "/ws/stream",
    tag = "stream",
    params(
        ("format" = inline(Option<AudioFormat>), Query, description = "json if not given"),
        ToStation,
    ),
    responses(
        ToStation,
        (status = 101, description = "The WebSocket is open"),
        (status = 422, description = "No such format", body = Problem, content_type = "application/problem+json"),
        (status = 426, description = "The request asks for no WebSocket", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "No room for another listener", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn upgrade(
    State(server): State<Arc<Server>>,
    mut request: Request<Body>,
) -> Result<Response, Problem> {
    let headers = request.headers();
    server.config.hosts.check_origin(headers)?;
    let Visit { query, role, station } = server.visit(headers, request.uri(), Role::Listen)?;
    let format = match query.get("format") {
        None => Format::Json,
        Some(given) => given
            .parse()
            .map_err(|_| Problem::invalid_field("format", quoted(given), Format::allowed()))?,
    };
    let accept = handshake::accept(headers)?;
    let admission = server.admit(&station, format.name())?;
    let extensions = request.extensions_mut();
    let (Some(upgrade), Some(peer), Some(life)) = (
        extensions.remove::<OnUpgrade>(),
        extensions.remove::<Peer>(),
        extensions.remove::<Life>(),
    ) else {
        return Err(Problem::upgrade_required());
    };
    let id = server.session();
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let Ok(parts) = upgraded.downcast::<TokioIo<Wire>>() else { return };
        let wire = parts.io.into_inner();
        let session = Session::new(server, station, format, role, id, wire, &parts.read_buf);
        session.run(&peer, life).await;
        drop(admission);
    });
    Ok((StatusCode::SWITCHING_PROTOCOLS, handshake::headers(accept)).into_response())
}
