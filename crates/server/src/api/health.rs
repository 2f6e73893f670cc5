//! Whether the server runs, and whether it takes listeners.

use axum::extract::State;
use axum::response::Response;

use super::{Shared, fresh};
use crate::problem::Problem;

/// `GET /healthz`: the server runs.
pub(super) async fn healthz() -> Response {
    fresh("ok\n")
}

/// `GET /readyz`: the server takes listeners.
pub(super) async fn readyz(State(server): Shared) -> Result<Response, Problem> {
    if server.seats.available_permits() == 0 {
        return Err(Problem::unavailable("There is no room for another listener now."));
    }
    Ok(fresh("ready\n"))
}
