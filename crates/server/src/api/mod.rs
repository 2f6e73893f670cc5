//! The REST calls.

mod body;
mod control;
mod health;
mod stations;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use http::header::CACHE_CONTROL;
use http::{HeaderMap, Method, Uri};

use crate::problem::Problem;
use crate::server::Server;
use crate::ws;

type Shared = State<Arc<Server>>;

/// Every path of the server.
pub(crate) fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/ws/stream", get(ws::upgrade))
        .route("/api/control", post(control::control))
        .route("/api/status", get(status::status))
        .route("/api/metrics", get(status::metrics))
        .route("/api/score", get(status::score))
        .route("/api/stations", get(stations::list).post(stations::make))
        .route("/api/stations/{name}", delete(stations::end))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(page)
        .with_state(server)
}

/// What must not be kept by anybody on the way.
fn fresh(answer: impl IntoResponse) -> Response {
    ([(CACHE_CONTROL, "no-store")], answer).into_response()
}

async fn page(
    State(server): Shared,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let found = server.page.answer(uri.path(), &headers);
    if found.is_ok() && !matches!(method, Method::GET | Method::HEAD) {
        return Err(Problem::method_not_allowed("This path answers to GET."));
    }
    found
}

async fn method_not_allowed() -> Problem {
    Problem::method_not_allowed("This path does not answer to this method.")
}
