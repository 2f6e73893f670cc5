//! `aeolian serve`: the station, live.

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;

use aeolian_server as server;
use aeolian_stream::registry::{MAIN, Registry, STATIONS_MAX};
use aeolian_stream::{Store, station};
use anyhow::Context;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::cli::{ConfigArgs, LogFormat, ServeArgs, Usage};
use crate::config;
use crate::controls::{chord_tables, fresh_seed};

const LISTEN_DEFAULT: &str = "127.0.0.1:8000";

/// What flags, environment and file come to, in that order.
struct Setup {
    listen: String,
    log_format: LogFormat,
    store: Option<Store>,
    main: station::Config,
    stations: Vec<station::Config>,
    stations_max: usize,
    server: server::Config,
}

/// Serves until Ctrl-C or SIGTERM.
///
/// # Errors
/// When a flag or a line of the configuration file is wrong, or the address cannot be listened on.
pub fn run(args: ServeArgs) -> anyhow::Result<()> {
    let Setup { listen, log_format, store, main, stations, stations_max, server: config } =
        set_up(args)?;
    start_log(log_format);
    let addresses = resolve(&listen)?;
    allow_many_files();
    let runtime = tokio::runtime::Runtime::new().context("cannot start")?;
    runtime.block_on(async {
        let listener = TcpListener::bind(&addresses[..])
            .await
            .with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr().context("cannot listen")?;
        config.access.check(address.ip().is_loopback()).map_err(|_| open_controls(&listen))?;
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
        announce(&format!("Aeolian plays at {scheme}://{address}/ (seed {seed})"))?;
        tell_service_manager();
        let served = server::run(listener, registry.clone(), config, shutdown).await;
        registry.stop();
        served.context("cannot serve")
    })
}

fn set_up(args: ServeArgs) -> anyhow::Result<Setup> {
    let file = args.config.as_deref().map(config::File::read).transpose()?.unwrap_or_default();
    let data_dir = args.data_dir.or(file.data_dir);
    let store = data_dir.map(|folder| Store::open(&folder)).transpose();
    let store = store.context("cannot keep stations")?;
    let seed_of = |name: &str, asked: Option<u64>| seed_of(store.as_ref(), name, asked);
    let mut main = station::Config::new(MAIN, seed_of(MAIN, args.seed.or(file.main.seed))?);
    main.controls = args.controls.change()?.applied_to(&file.main.controls()?);
    let chords = args.controls.chords.as_deref().or(file.main.chords.as_deref());
    main.chords = chord_tables(chords)?;
    let mut stations = Vec::new();
    for (name, start) in &file.stations {
        let mut station = station::Config::new(name, seed_of(name, start.seed)?);
        station.controls = start.controls()?;
        station.chords = chord_tables(start.chords.as_deref())?;
        stations.push(station);
    }
    for name in store.as_ref().map(Store::names).transpose()?.unwrap_or_default() {
        if name != MAIN && !file.stations.contains_key(&name) {
            let mut station = station::Config::new(&name, seed_of(&name, None)?);
            station.chords = main.chords.clone();
            stations.push(station);
        }
    }
    let mut server = args.access.or(file.access).into_config()?;
    server.limits = file.limits;
    server.tls = args.tls.or(file.tls).read()?;
    let listen = args.listen.or(file.listen).unwrap_or_else(|| LISTEN_DEFAULT.to_owned());
    let log_format = args.log_format.or(file.log_format).unwrap_or_default();
    let stations_max = file.stations_max.unwrap_or(STATIONS_MAX);
    Ok(Setup { listen, log_format, store, main, stations, stations_max, server })
}

/// The seed of a station: where it is kept, the one that it was born with.
fn seed_of(store: Option<&Store>, name: &str, asked: Option<u64>) -> anyhow::Result<u64> {
    let birth = store.map(|store| store.find(name)).transpose()?.flatten();
    match (birth.map(|birth| birth.seed), asked) {
        (Some(born), Some(asked)) if born != asked => Err(Usage(format!(
            "seed: {asked} is not allowed: the station {name} is kept in the data folder, and was \
             born with {born}"
        ))
        .into()),
        (born, asked) => Ok(born.or(asked).unwrap_or_else(fresh_seed)),
    }
}

fn open_controls(listen: &str) -> Usage {
    Usage(format!(
        "--listen {listen} can be reached from other machines, where anybody could steer: give \
         --control-token TOKEN, or --open-control if that is what you want"
    ))
}

fn resolve(listen: &str) -> anyhow::Result<Vec<SocketAddr>> {
    use std::net::ToSocketAddrs;
    let addresses: Vec<_> = listen
        .to_socket_addrs()
        .map_err(|error| {
            Usage(format!(
                "--listen: {listen:?} is not allowed ({error}); allowed is an address and a port, \
                 such as {LISTEN_DEFAULT}"
            ))
        })?
        .collect();
    Ok(addresses)
}

/// Checks a configuration file.
///
/// # Errors
/// When it cannot be read, or a line of it is wrong.
pub fn check(args: &ConfigArgs) -> anyhow::Result<()> {
    config::File::read(&args.file)?;
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

fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_env("AEOLIAN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
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
