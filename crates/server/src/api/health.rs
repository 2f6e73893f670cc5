//! Whether the server runs, and whether it takes listeners.

use axum::extract::State;
use axum::response::Response;

use super::{ServerState, fresh};
use crate::problem::Problem;

/// Whether the server runs.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "state",
    responses(
        (status = 200, description = "It does", body = String),
    )
)]
pub(super) async fn healthz() -> Response {
    fresh("ok\n")
}

/// Whether the server takes listeners.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "state",
    responses(
        (status = 200, description = "It does", body = String),
        (status = 503, description = "It is full", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn readyz(State(server): ServerState) -> Result<Response, Problem> {
    if server.room.available_permits() == 0 {
        return Err(Problem::unavailable("There is no room for another listener now."));
    }
    Ok(fresh("ready\n"))
}
