//! Making, listing and ending stations.

use std::hash::{BuildHasher, RandomState};

use aeolian_score::Change;
use aeolian_score::control::Controls;
use aeolian_score::control::change::FieldError;
use aeolian_stream::Station;
use aeolian_stream::station::{Config, State as Steered};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderMap, Request, StatusCode, Uri};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Shared, body, fresh};
use crate::access::Role;
use crate::problem::{Problem, quoted};
use crate::server::{Parameters, Server};
use crate::stations::{Hosted, Refusal};

/// Longest name of a station.
const NAME_LENGTH_MAX: usize = 32;

/// What is allowed as a name.
const NAMES_ALLOWED: &str = "1 to 32 of a-z, 0-9, - and _";

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
    fn of(hosted: &Hosted) -> Self {
        let station = &hosted.station;
        let listeners = station.status().listeners;
        let name = station.name().to_owned();
        Self { name, seed: station.seed(), listeners, state: station.state() }
    }
}

/// `GET /api/stations`.
pub(super) async fn list(
    State(server): Shared,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    server.authorize(&headers, &Parameters::of(&uri)?, Role::Listen)?;
    let stations: Vec<_> = server.stations.all().iter().map(|h| Listed::of(h)).collect();
    Ok(fresh(Json(stations)))
}

/// `POST /api/stations`: starts a station.
pub(super) async fn make(
    State(server): Shared,
    request: Request<Body>,
) -> Result<Response, Problem> {
    server.config.hosts.check_origin(request.headers())?;
    server.authorize(request.headers(), &Parameters::of(request.uri())?, Role::Admin)?;
    let object = body::read(request, &server.config.limits).await?;
    let config = asked_for(object).map_err(Problem::invalid_fields)?;
    let max = server.config.limits.stations;
    let refused = |refusal| refused(&server, refusal, &config.name);
    server.stations.has_room_for(&config.name, max).map_err(refused)?;
    // To build an engine and to compose the first phrases is no work for this thread.
    let start = tokio::task::spawn_blocking({
        let config = config.clone();
        move || Station::start(config)
    });
    let Ok(Ok(station)) = start.await else {
        return Err(Problem::unavailable("The station cannot be started now."));
    };
    let hosted = server.stations.add(station, max).map_err(refused)?;
    let location = [(LOCATION, format!("/api/stations/{}", config.name))];
    Ok((StatusCode::CREATED, location, fresh(Json(Listed::of(&hosted)))).into_response())
}

/// `DELETE /api/stations/{name}`: ends a station.
pub(super) async fn end(
    State(server): Shared,
    Path(name): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    server.config.hosts.check_origin(&headers)?;
    server.authorize(&headers, &Parameters::of(&uri)?, Role::Admin)?;
    server.stations.end(&name).map_err(|refusal| refused(&server, refusal, &name))?;
    Ok(fresh(StatusCode::NO_CONTENT))
}

fn refused(server: &Server, refusal: Refusal, name: &str) -> Problem {
    match refusal {
        Refusal::Exists => {
            Problem::conflict(format!("There is a station {} already.", quoted(name)))
        }
        Refusal::Full => {
            server.stats.stations_refused.add(1);
            let max = server.config.limits.stations;
            Problem::conflict(format!("There are {max} stations, which is what is allowed."))
        }
        Refusal::Unknown => Problem::no_such_station(name),
        Refusal::Default => Problem::conflict("The default station cannot be ended."),
    }
}

fn is_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    (1..=NAME_LENGTH_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

/// What a body asks for: `name`, and if given `seed` and `controls`.
fn asked_for(object: Map<String, Value>) -> Result<Config, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut refuse = |field: &str, given: &Value, allowed: &str| {
        let (field, allowed) = (field.to_owned(), allowed.to_owned());
        errors.push(FieldError { field, given: quoted(&given.to_string()), allowed });
    };
    let name = object.get("name").and_then(Value::as_str).filter(|name| is_name(name));
    if name.is_none() {
        refuse("name", object.get("name").unwrap_or(&Value::Null), NAMES_ALLOWED);
    }
    let made_up = RandomState::new().hash_one("seed") & SEED_MAX_MADE_UP;
    let seed = object.get("seed").map_or(Some(made_up), Value::as_u64);
    if seed.is_none() {
        refuse("seed", &object["seed"], "a whole number from 0 to 18446744073709551615");
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
        Some(other) => refuse("controls", other, "an object of controls"),
    }
    for (field, given) in &object {
        if !matches!(field.as_str(), "name" | "seed" | "controls") {
            let (field, allowed) = (field.clone(), "name, seed, controls".to_owned());
            errors.push(FieldError { field, given: quoted(&given.to_string()), allowed });
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
        assert!(read(r#"{"name":"a"}"#).unwrap().seed <= SEED_MAX_MADE_UP);
    }

    #[test]
    fn every_wrong_field_of_a_station_is_named() {
        let wrong = read(r#"{"name":"A b","seed":-1,"controls":{"bpm":1},"x":0}"#).unwrap_err();
        assert_eq!(wrong, ["name", "seed", "controls.bpm", "x"]);
        assert_eq!(read(r#"{"name":"../x","controls":3}"#).unwrap_err(), ["name", "controls"]);
        let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(33));
        assert_eq!(read(&long).unwrap_err(), ["name"]);
    }
}
