//! Steering a station.

use std::net::SocketAddr;

use aeolian_piece::State as Controls;
use aeolian_score::Change;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::Request;
use serde::Serialize;

use super::{ServerState, body, fresh};
use crate::access::Role;
use crate::problem::Problem;
use crate::rate;
use crate::request::{ToStation, WithBody};
use crate::schema;
use crate::serve::Peer;
use crate::server::{Server, Visit};

/// What `POST /api/control` answers.
#[derive(Serialize)]
struct Controlled {
    revision: u64,
    frame: u64,
    state: Controls,
}

/// Steers a station: any subset of the controls, taken whole or refused whole. The answer's state is
/// what holds from its frame on; with `apply` that is a frame to come, and the state is foreseen.
#[utoipa::path(
    post,
    path = "/api/control",
    tag = "control",
    request_body = schema::Change,
    params(ToStation),
    responses(
        ToStation,
        WithBody,
        (status = 200, description = "Taken", body = schema::Controlled),
        (status = 429, description = "Too many controls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The station has ended, or has failed and is being rebuilt", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn control(
    State(server): ServerState,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let outcome = steer(&server, request).await;
    if outcome.is_err() {
        server.stats.controls_refused.add(1);
    }
    let state = outcome?;
    Ok(fresh(Json(Controlled { revision: state.revision, frame: state.frame, state })))
}

async fn steer(server: &Server, request: Request<Body>) -> Result<Controls, Problem> {
    let headers = request.headers();
    server.config.hosts.check_origin(headers)?;
    let Visit { station, .. } = server.visit(headers, request.uri(), Role::Control)?;
    if let Some(Peer { address, .. }) = request.extensions().get() {
        may_control(server, *address)?;
    }
    let object = body::read(request, &server.config.limits).await?;
    let change = Change::from_json(&object).map_err(Problem::invalid_fields)?;
    server.control(&station, change).await
}

fn may_control(server: &Server, client: SocketAddr) -> Result<(), Problem> {
    server.clients.may_control(client.ip()).map_err(|wait| {
        let allowed = rate::said(server.config.limits.messages_per_s);
        Problem::too_many(format!("More controls than are allowed: {allowed}."), wait)
    })
}
