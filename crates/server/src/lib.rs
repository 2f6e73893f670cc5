#![doc = include_str!("../README.md")]
//!
//! [`run`] serves stations on a listener until it is told to end. Everything else here says how:
//! [`Config`] with [`Access`] (who may do what), [`Hosts`] (which hosts and origins are answered)
//! and [`Limits`] (what clients may use up).
//!
//! A connection is one task. A WebSocket listener is one task that reads, and a place in a group
//! that one other task writes to: see `ws::fanout`. What listeners are sent is framed once for all
//! by the station.
#![warn(unreachable_pub)]

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use aeolian_station::Registry;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

mod audience;
mod error;
mod handshakes;
mod limits;
mod metrics;
mod problem;
mod rate;
mod request;
mod secret;
mod stats;
mod tls;
mod wire;

mod access;
mod clients;
mod fanout;
mod guard;
mod page;
mod schema;

mod config;
mod cors;

mod server;

mod measure;
mod serve;

mod media;
mod ws;

mod api;

pub use access::Access;
pub use config::Config;
pub use error::Error;
pub use guard::{Hosts, InvalidHost, InvalidOrigin};
pub use limits::Limits;
pub use secret::{InvalidSecret, Secret};
pub use tls::{InvalidTls, Tls};

use clients::Clients;
use fanout::Fanout;
use handshakes::Handshakes;
use page::Page;
use server::Server;

/// Serves the stations of `registry` on `listener` until `shutdown` completes; then every listener is told (close
/// code 1001) and connections have [`Limits::drain_timeout`] to end. The stations go on.
///
/// Requests that name no station mean the one called `main`.
///
/// # Errors
/// [`Error::OpenControls`] before anything is served, where everybody who reaches the address could
/// steer and the configuration does not say that they may; [`Error::OpenAndGuarded`] where it says so
/// and asks for a token; [`Error::Listener`] where the listener's address cannot be read.
pub async fn run(
    listener: TcpListener,
    registry: Registry,
    config: Config,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let address = listener.local_addr().map_err(Error::Listener)?;
    let loopback = address.ip().to_canonical().is_loopback();
    config.access.check(loopback)?;
    let limits = &config.limits;
    let server = Arc::new(Server {
        loopback,
        registry,
        fanout: Fanout::default(),
        stats: Arc::default(),
        clients: Arc::new(Clients::new(limits.connections_per_ip, limits.messages_per_s)),
        handshakes: Arc::new(Handshakes::new(limits.handshakes)),
        room: Arc::new(Semaphore::new(limits.listeners.min(Semaphore::MAX_PERMITS))),
        audience: Arc::default(),
        page: Page::embedded(&config.hosts.allowed_origins),
        started: Instant::now(),
        sessions: AtomicU64::new(0),
        config,
    });
    serve::accept(listener, server.clone(), api::router(server), shutdown).await;
    Ok(())
}
