//! What every request and every session shares.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aeolian_piece::State;
use aeolian_score::Change;
use aeolian_station::registry::MAIN;
use aeolian_station::{Error, Registry, Station};
use axum::extract::Query;
use http::{HeaderMap, Uri};
use tokio::sync::Semaphore;

use crate::access::Role;
use crate::audience::{Admission, Audience};
use crate::clients::Clients;
use crate::config::Config;
use crate::fanout::Fanout;
use crate::handshakes::Handshakes;
use crate::page::Page;
use crate::problem::Problem;
use crate::stats::Stats;

/// One running server.
pub(crate) struct Server {
    pub(crate) config: Config,
    /// Whether only this machine can reach it.
    pub(crate) loopback: bool,
    pub(crate) registry: Registry,
    pub(crate) fanout: Fanout,
    pub(crate) stats: Arc<Stats>,
    pub(crate) clients: Arc<Clients>,
    pub(crate) handshakes: Arc<Handshakes>,
    /// As many permits as listeners may still come.
    pub(crate) room: Arc<Semaphore>,
    pub(crate) audience: Arc<Audience>,
    pub(crate) page: Page,
    pub(crate) started: Instant,
    /// Names sessions in the log and to themselves.
    pub(crate) sessions: AtomicU64,
}

/// A request to a station that may be answered.
pub(crate) struct Visit {
    pub(crate) query: Parameters,
    pub(crate) role: Role,
    pub(crate) station: Station,
}

/// A request's query, each name once.
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads the query of `uri`.
    ///
    /// # Errors
    /// 400 where it is not encoded as a query.
    pub(crate) fn of(uri: &Uri) -> Result<Self, Problem> {
        let unreadable = |_| Problem::bad_request("The query cannot be read.");
        Query::try_from_uri(uri).map(|Query(pairs)| Self(pairs)).map_err(unreadable)
    }

    /// What was given as `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl Server {
    /// The station that the query names, `main` where it names none.
    ///
    /// # Errors
    /// 404 where there is none of that name.
    fn station(&self, query: &Parameters) -> Result<Station, Problem> {
        let name = query.get("station").unwrap_or(MAIN);
        self.registry.get(name).ok_or_else(|| Problem::no_such_station(name))
    }

    /// What a request to a station asks for, if it may.
    ///
    /// # Errors
    /// 400 where the query cannot be read, 401 or 403 where its role does not reach `needed`, 404 where there is no
    /// such station.
    pub(crate) fn visit(
        &self,
        headers: &HeaderMap,
        uri: &Uri,
        needed: Role,
    ) -> Result<Visit, Problem> {
        let query = Parameters::of(uri)?;
        let role = self.authorize(headers, &query, needed)?;
        let station = self.station(&query)?;
        Ok(Visit { query, role, station })
    }

    /// Admits one more listener of `station`, who asked for `format`.
    ///
    /// # Errors
    /// 503 where there is none.
    pub(crate) fn admit(
        &self,
        station: &Station,
        format: &'static str,
    ) -> Result<Admission, Problem> {
        let permit = self.room.clone().try_acquire_owned().map_err(|_| {
            self.stats.listeners_refused.add(1);
            Problem::unavailable("There is no room for another listener now.")
        })?;
        Ok(self.audience.admit(permit, station.name(), format))
    }

    /// A name for one more session: counts from 1.
    pub(crate) fn session(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The role of a request, which must reach `needed`.
    ///
    /// # Errors
    /// 401 or 403.
    pub(crate) fn authorize(
        &self,
        headers: &HeaderMap,
        query: &Parameters,
        needed: Role,
    ) -> Result<Role, Problem> {
        let token = query.get("token");
        let role = self.config.access.role(self.loopback, headers, token)?;
        let has_token = token.is_some() || headers.contains_key(http::header::AUTHORIZATION);
        role.require(needed, has_token)?;
        Ok(role)
    }

    /// Steers a station: the one way that REST and WebSocket take.
    ///
    /// # Errors
    /// 429 where too many ask at once, 503 where the station has failed or ended.
    pub(crate) async fn control(
        &self,
        station: &Station,
        change: Change,
    ) -> Result<State, Problem> {
        let state = station.control(change).await.map_err(|error| lost(&error))?;
        self.stats.controls_accepted.add(1);
        Ok(state)
    }
}

/// Why a control had no effect.
fn lost(error: &Error) -> Problem {
    match error {
        Error::Busy { waiting, allowed } => Problem::too_many(
            format!("{allowed} controls {waiting} already, the most that are allowed: try again."),
            Duration::from_secs(1),
        ),
        Error::Fault => Problem::unavailable(
            "The station failed and is being rebuilt: the control had no effect, try again.",
        ),
        _ => Problem::unavailable("The station has ended."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_station_that_has_ended_is_said_to_have_ended() {
        let told = |error: Error| lost(&error).detail;
        assert_eq!(told(Error::Ended), "The station has ended.");
        assert!(told(Error::Fault).ends_with("try again."));
        let busy = told(Error::Busy { waiting: "wait for their bar or phrase", allowed: 256 });
        assert!(busy.starts_with("256 controls wait for their bar or phrase already"), "{busy}");
    }
}
