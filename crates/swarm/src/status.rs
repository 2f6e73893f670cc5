//! What the server says of itself.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

/// The part of `GET /api/status` that a swarm wants to know.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct StationCounts {
    /// Who listens to the station.
    pub listeners: u64,
    /// Chunks that were not there when they were due.
    pub underruns: u64,
}

/// Asks the server.
///
/// # Errors
/// It does not answer within two seconds, or says something else.
pub fn ask(server: SocketAddr, station: &str) -> Result<StationCounts> {
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(2)));
    let agent: ureq::Agent = config.build().into();
    let mut answer = agent.get(format!("http://{server}/api/status?station={station}")).call()?;
    let text = answer.body_mut().read_to_string()?;
    serde_json::from_str(&text).context("the server's status has another shape")
}
