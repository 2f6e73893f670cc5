//! Making, listing and ending stations.

use std::hash::{BuildHasher, RandomState};

use aeolian_piece::State as Steered;
use aeolian_score::Change;
use aeolian_score::control::Controls;
use aeolian_score::control::change::FieldError;
use aeolian_station::registry::MAIN;
use aeolian_station::{Config, Error, Station};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderMap, Request, StatusCode, Uri};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{ServerState, body, fresh};
use crate::access::Role;
use crate::problem::Problem;
use crate::request::{ToServer, WithBody};
use crate::schema;
use crate::server::{Parameters, Server};

/// Largest seed that a made-up one may have, so that every JSON reader has it exactly.
const SEED_MAX_MADE_UP: u64 = (1 << 53) - 1;

/// A station in the list.
#[derive(Serialize)]
struct Listed {
    name: String,
    seed: u64,
    listeners: usize,
    state: Steered,
}

impl Listed {
    fn of(station: &Station) -> Self {
        let listeners = station.status().listeners;
        let name = station.name().to_owned();
        Self { name, seed: station.seed(), listeners, state: station.state() }
    }
}

/// Every station.
#[utoipa::path(
    get,
    path = "/api/stations",
    tag = "stations",
    params(ToServer),
    responses(
        ToServer,
        (status = 200, description = "The stations, in order of names", body = Vec<schema::Station>),
    )
)]
pub(super) async fn list(
    State(server): ServerState,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    server.authorize(&headers, &Parameters::of(&uri)?, Role::Listen)?;
    let stations: Vec<_> = server.registry.list().iter().map(Listed::of).collect();
    Ok(fresh(Json(stations)))
}

/// Makes a station, with the chord tables of the main one. It sleeps until somebody listens.
#[utoipa::path(
    post,
    path = "/api/stations",
    tag = "stations",
    request_body = schema::NewStation,
    params(ToServer),
    responses(
        ToServer,
        WithBody,
        (status = 201, description = "Made", body = schema::Station),
        (status = 409, description = "There is one of that name, or there are as many as are allowed", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "It cannot be started", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make(
    State(server): ServerState,
    request: Request<Body>,
) -> Result<Response, Problem> {
    server.config.hosts.check_origin(request.headers())?;
    server.authorize(request.headers(), &Parameters::of(request.uri())?, Role::Admin)?;
    let object = body::read(request, &server.config.limits).await?;
    let mut config = asked_for(object).map_err(Problem::invalid_fields)?;
    if let Some(main) = server.registry.get(MAIN) {
        config.chords = main.chords().clone();
    }
    let name = config.name.clone();
    // To build an engine and to compose the first phrases is no work for this thread.
    let registry = server.registry.clone();
    let made = tokio::task::spawn_blocking(move || registry.make(config)).await;
    let unavailable = |_| Problem::unavailable("The station cannot be started now.");
    let station = made.map_err(unavailable)?.map_err(|error| refused(&server, error))?;
    let location = [(LOCATION, format!("/api/stations/{name}"))];
    Ok((StatusCode::CREATED, location, fresh(Json(Listed::of(&station)))).into_response())
}

/// Ends a station; its listeners are told.
#[utoipa::path(
    delete,
    path = "/api/stations/{name}",
    tag = "stations",
    params(
        ("name" = String, Path, description = "The station's name"),
        ToServer,
    ),
    responses(
        ToServer,
        (status = 204, description = "Ended"),
        (status = 404, description = "No such station", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The default station does not end", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn end(
    State(server): ServerState,
    Path(name): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    server.config.hosts.check_origin(&headers)?;
    server.authorize(&headers, &Parameters::of(&uri)?, Role::Admin)?;
    // To remove its files is no work for this thread.
    let registry = server.registry.clone();
    let ended = tokio::task::spawn_blocking(move || registry.end(&name)).await;
    let unavailable = |_| Problem::unavailable("The station cannot be ended now.");
    ended.map_err(unavailable)?.map_err(|error| refused(&server, error))?;
    Ok(fresh(StatusCode::NO_CONTENT))
}

fn refused(server: &Server, error: Error) -> Problem {
    match error {
        Error::Refused { field, given, allowed } => Problem::invalid_field(field, given, allowed),
        Error::NoStation { name } => Problem::no_such_station(&name),
        Error::Exists { .. } | Error::MainStays => Problem::conflict(sentence(&error)),
        Error::TooManyStations { .. } => {
            server.stats.stations_refused.add(1);
            Problem::conflict(sentence(&error))
        }
        Error::Kept { .. } => {
            tracing::error!(%error, "cannot write or remove a station's files");
            Problem::unavailable("The station's files cannot be written or removed.")
        }
        _ => Problem::unavailable("The station cannot be started now."),
    }
}

/// An error's text as a sentence.
fn sentence(error: &Error) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    chars
        .next()
        .map_or(String::new(), |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

/// A whole number, also where it is written with a point: to JSON Schema 7.0 is an integer.
fn whole_number(value: &Value) -> Option<u64> {
    /// Up to here a float holds every whole number exactly: 2^53.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let written_with_a_point = || {
        let whole = |n: &f64| n.fract() == 0.0 && (0.0..=EXACT_MAX).contains(n);
        value.as_f64().filter(whole).map(|n| n as u64)
    };
    value.as_u64().or_else(written_with_a_point)
}

/// What a body asks for: `name`, and if given `seed` and `controls`.
fn asked_for(object: Map<String, Value>) -> Result<Config, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut refuse = |field: &str, given: Option<&Value>, allowed: &str| {
        let missing = || FieldError::missing(field, allowed);
        errors.push(given.map_or_else(missing, |given| FieldError::new(field, given, allowed)));
    };
    let name = object.get("name").and_then(Value::as_str);
    if name.is_none() {
        refuse("name", object.get("name"), "a text");
    }
    let made_up = RandomState::new().hash_one("seed") & SEED_MAX_MADE_UP;
    let seed = object.get("seed").map_or(Some(made_up), whole_number);
    if seed.is_none() {
        refuse("seed", object.get("seed"), "a whole number from 0 to 18446744073709551615");
    }
    let mut controls = Controls::default();
    match object.get("controls") {
        None => {}
        Some(Value::Object(given)) => {
            match Change::from_json(given) {
                Ok(change) => controls = change.applied_to(&controls),
                Err(wrong) => errors.extend(wrong.into_iter().map(|error| FieldError {
                    field: format!("controls.{}", error.field),
                    ..error
                })),
            }
        }
        Some(other) => refuse("controls", Some(other), "an object of controls"),
    }
    for (field, given) in &object {
        if !matches!(field.as_str(), "name" | "seed" | "controls") {
            let allowed = "one of the fields name, seed, controls";
            errors.push(FieldError::new(field, given, allowed));
        }
    }
    match (name, seed) {
        (Some(name), Some(seed)) if errors.is_empty() => {
            let mut config = Config::new(name, seed);
            config.controls = controls;
            Ok(config)
        }
        _ => Err(errors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Config, Vec<String>> {
        let object = serde_json::from_str(json).unwrap();
        asked_for(object).map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    #[test]
    fn a_station_is_made_of_name_seed_and_controls() {
        let config = read(r#"{"name":"late-night_2","seed":9,"controls":{"bpm":61}}"#).unwrap();
        assert_eq!((config.name.as_str(), config.seed), ("late-night_2", 9));
        assert_eq!(config.controls.bpm.get(), 61.0);
        assert_eq!(read(r#"{"name":"a","seed":7.0}"#).unwrap().seed, 7);
        assert!(read(r#"{"name":"a"}"#).unwrap().seed <= SEED_MAX_MADE_UP);
    }

    #[test]
    fn every_wrong_field_of_a_station_is_named() {
        let wrong = read(r#"{"name":7,"seed":-1,"controls":{"bpm":1},"x":0}"#).unwrap_err();
        assert_eq!(wrong, ["name", "seed", "controls.bpm", "x"]);
        assert_eq!(read(r#"{"controls":3}"#).unwrap_err(), ["name", "controls"]);
    }
}
