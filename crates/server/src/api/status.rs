//! What a station plays, and how it and the server are.

use aeolian_score::Phrase;
use aeolian_station::Status;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, Uri};
use serde::Serialize;
use serde_json::json;

use super::{ServerState, fresh};
use crate::access::Role;
use crate::measure;
use crate::problem::Problem;
use crate::request::{ToServer, ToStation};
use crate::schema;
use crate::server::{Parameters, Visit};

/// What `GET /api/status` answers: the station, and the server around it.
#[derive(Serialize)]
struct ServerStatus {
    #[serde(flatten)]
    station: Status,
    version: &'static str,
    uptime_s: u64,
    engine: EngineInfo,
}

/// What makes the sound.
#[derive(Serialize)]
struct EngineInfo {
    version: &'static str,
    seed: u64,
    sample_rate: u32,
    channels: usize,
    chunk_frames: usize,
}

/// How a station and the server are.
#[utoipa::path(
    get,
    path = "/api/status",
    tag = "state",
    params(ToStation),
    responses(
        ToStation,
        (status = 200, description = "How they are", body = schema::Status),
    )
)]
pub(super) async fn status(
    State(server): ServerState,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let Visit { station, .. } = server.visit(&headers, &uri, Role::Listen)?;
    let version = env!("CARGO_PKG_VERSION");
    Ok(fresh(Json(ServerStatus {
        station: station.status(),
        version,
        uptime_s: server.started.elapsed().as_secs(),
        engine: EngineInfo {
            version,
            seed: station.seed(),
            sample_rate: aeolian_piece::SAMPLE_RATE,
            channels: aeolian_piece::CHANNELS,
            chunk_frames: aeolian_piece::CHUNK_FRAMES,
        },
    })))
}

/// What is counted: for Prometheus, or as JSON to those who accept that.
#[utoipa::path(
    get,
    path = "/api/metrics",
    tag = "state",
    params(ToServer),
    responses(
        ToServer,
        (status = 200, description = "Everything that is counted", content(
            (String = "text/plain"),
            (schema::Metrics = "application/json")
        )),
    )
)]
pub(super) async fn metrics(
    State(server): ServerState,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
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

/// The phrase that sounds and those composed ahead.
#[utoipa::path(
    get,
    path = "/api/score",
    tag = "state",
    params(ToStation),
    responses(
        ToStation,
        (status = 200, description = "The phrases", body = schema::Score),
    )
)]
pub(super) async fn score(
    State(server): ServerState,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let Visit { station, .. } = server.visit(&headers, &uri, Role::Listen)?;
    let phrases = station.score();
    let phrases: Vec<&Phrase> = phrases.iter().map(AsRef::as_ref).collect();
    Ok(fresh(Json(json!({ "station": station.name(), "phrases": phrases }))))
}
