//! `aeolian serve`: the station, live.

use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use aeolian_server as server;
use aeolian_station::{Registry, Store};
use anyhow::Context;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::cli::{ConfigArgs, LogFormat, ServeArgs};
use crate::setup::Setup;
use crate::usage::Usage;

/// Serves until Ctrl-C or SIGTERM.
///
/// # Errors
/// When a flag or a line of the configuration file is wrong, or the address cannot be listened on.
pub fn run(args: ServeArgs) -> anyhow::Result<()> {
    let (filter, setup) = (log_filter()?, Setup::read(args)?);
    let (listen, addresses) = (setup.listen.clone(), setup.addresses.clone());
    let (log_format, stations_max) = (setup.log_format, setup.stations_max);
    let config = setup.server.clone();
    let store = setup.data_dir.as_deref().map(Store::open).transpose();
    let store = store.context("cannot keep stations")?;
    let (main, stations) = setup.stations(store.as_ref())?;
    start_log(log_format, filter);
    allow_many_files();
    let runtime = tokio::runtime::Runtime::new().context("cannot start")?;
    runtime.block_on(async {
        let listener = TcpListener::bind(&addresses[..])
            .await
            .with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr().context("cannot listen")?;
        let seed = main.seed;
        let registry = match store {
            Some(store) => Registry::start_kept(store, main, stations_max),
            None => Registry::start(main, stations_max),
        };
        let registry = registry.context("cannot start the station main")?;
        for station in stations {
            let name = station.name.clone();
            registry.make(station).with_context(|| format!("cannot start the station {name}"))?;
        }
        let shutdown = shutdown_signal().context("cannot watch for signals")?;
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let address = to_open(address);
        announce(&format!("Aeolian plays at {scheme}://{address}/ (seed {seed})"))?;
        tell_service_manager();
        let served = server::run(listener, registry.clone(), config, shutdown).await;
        registry.stop();
        served.context("cannot serve")
    })
}

/// The address to open. Where the server listens on all of them it is that of this machine to
/// itself: browsers take it for secure, and 0.0.0.0 not.
fn to_open(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// Checks a configuration file as `serve` would in the same environment, but for what it finds in
/// the data folder.
///
/// # Errors
/// When it cannot be read, or a line of it is wrong.
pub fn check(args: &ConfigArgs) -> anyhow::Result<()> {
    Setup::read(ServeArgs { config: Some(args.file.clone()), ..ServeArgs::of_environment() })?;
    announce(&format!("{} is valid", args.file.display()))
}

/// A line on standard output, for a person or a program that waits for it.
fn announce(line: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Lets the process have as many files open as it ever may: each listener is one, and where a
/// shell or a service manager grants 1 024 at first, it grants far more to who asks.
fn allow_many_files() {
    #[cfg(unix)]
    if let Err(error) = rlimit::increase_nofile_limit(rlimit::INFINITY) {
        tracing::warn!(%error, "cannot ask for more open files");
    }
}

/// Tells systemd, where it started the server, that the server is ready.
fn tell_service_manager() {
    #[cfg(target_os = "linux")]
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        tracing::warn!(%error, "cannot tell the service manager");
    }
}

/// What is logged.
fn log_filter() -> Result<EnvFilter, Usage> {
    const VARIABLE: &str = "AEOLIAN_LOG";
    let Some(given) = std::env::var_os(VARIABLE) else { return Ok(EnvFilter::new("info")) };
    let filter = given.to_str().and_then(|text| EnvFilter::try_new(text).ok());
    filter.ok_or_else(|| {
        Usage(format!(
            "{VARIABLE}: {given:?} is not allowed; allowed is error, warn, info, debug, trace or \
             off, for all or for some, as warn,aeolian_station=debug"
        ))
    })
}

fn start_log(format: LogFormat, filter: EnvFilter) {
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

/// Completes at Ctrl-C or SIGTERM. They are watched for from the call on.
#[cfg(unix)]
fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes at Ctrl-C.
#[cfg(not(unix))]
fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
