//! The REST calls.

use std::net::SocketAddr;
use std::sync::Arc;

use aeolian_score::{Change, Phrase};
use aeolian_stream::station::{State as Controls, Status};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, Uri};
use serde::Serialize;
use serde_json::json;

use crate::access::Role;
use crate::json_body;
use crate::measure;
use crate::problem::Problem;
use crate::serve::Peer;
use crate::server::{Parameters, Server};
use crate::ws;

type Shared = State<Arc<Server>>;

/// Every path of the server.
pub(crate) fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/ws/stream", get(ws::upgrade))
        .route("/api/control", post(control))
        .route("/api/status", get(status))
        .route("/api/metrics", get(metrics))
        .route("/api/score", get(score))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(page)
        .with_state(server)
}

/// What must not be kept by anybody on the way.
fn fresh(answer: impl IntoResponse) -> Response {
    ([(CACHE_CONTROL, "no-store")], answer).into_response()
}

/// What `POST /api/control` answers.
#[derive(Serialize)]
struct Controlled {
    revision: u64,
    frame: u64,
    state: Controls,
}

async fn control(State(server): Shared, request: Request<Body>) -> Result<Response, Problem> {
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
    let query = Parameters::of(request.uri())?;
    server.authorize(headers, &query, Role::Control)?;
    let hosted = server.hosted(&query)?;
    if let Some(Peer { address, .. }) = request.extensions().get() {
        may_control(server, *address)?;
    }
    let object = json_body::read(request, &server.config.limits).await?;
    let change = Change::from_json(&object).map_err(Problem::invalid_fields)?;
    server.control(&hosted.station, change).await
}

fn may_control(server: &Server, client: SocketAddr) -> Result<(), Problem> {
    server.clients.may_control(client.ip()).map_err(|wait| {
        let per_s = server.config.limits.messages_per_s;
        Problem::too_many(format!("More than {per_s} controls a second."), wait)
    })
}

/// What `GET /api/status` answers: the station, and the server around it.
#[derive(Serialize)]
struct ServerStatus {
    #[serde(flatten)]
    station: Status,
    version: &'static str,
    uptime_s: u64,
    engine: Engine,
}

/// What makes the sound.
#[derive(Serialize)]
struct Engine {
    version: &'static str,
    seed: u64,
    sample_rate: u32,
    channels: usize,
    chunk_frames: usize,
}

async fn status(State(server): Shared, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    let query = Parameters::of(&uri)?;
    server.authorize(&headers, &query, Role::Listen)?;
    let station = &server.hosted(&query)?.station;
    let version = env!("CARGO_PKG_VERSION");
    Ok(fresh(Json(ServerStatus {
        station: station.status(),
        version,
        uptime_s: server.started.elapsed().as_secs(),
        engine: Engine {
            version,
            seed: station.seed(),
            sample_rate: aeolian_stream::SAMPLE_RATE,
            channels: aeolian_stream::CHANNELS,
            chunk_frames: aeolian_stream::CHUNK_FRAMES,
        },
    })))
}

async fn metrics(State(server): Shared, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    server.authorize(&headers, &Parameters::of(&uri)?, Role::Listen)?;
    let metrics = measure::measure(&server);
    let accepts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let json = accepts.flat_map(|value| value.split(',')).any(|range| {
        range.split(';').next().is_some_and(|range| range.trim() == "application/json")
    });
    Ok(fresh(if json {
        Json(metrics.to_json()).into_response()
    } else {
        let content_type = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
        (content_type, metrics.to_prometheus()).into_response()
    }))
}

async fn score(State(server): Shared, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    let query = Parameters::of(&uri)?;
    server.authorize(&headers, &query, Role::Listen)?;
    let station = &server.hosted(&query)?.station;
    let phrases = station.score();
    let phrases: Vec<&Phrase> = phrases.iter().map(AsRef::as_ref).collect();
    Ok(fresh(Json(json!({ "station": station.name(), "phrases": phrases }))))
}

/// The server runs.
async fn healthz() -> Response {
    fresh("ok\n")
}

/// The server takes listeners.
async fn readyz(State(server): Shared) -> Result<Response, Problem> {
    if server.seats.available_permits() == 0 {
        return Err(Problem::unavailable("There is no room for another listener now."));
    }
    Ok(fresh("ready\n"))
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
