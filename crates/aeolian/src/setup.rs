//! What `aeolian serve` is to do: flags, environment and configuration file, in that order.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use aeolian_score::Controls;
use aeolian_score::harmony::ChordTables;
use aeolian_server as server;
use aeolian_station::registry::{MAIN, STATIONS_MAX};
use aeolian_station::{Config, Store};

use crate::cli::{LogFormat, ServeArgs};
use crate::config;
use crate::controls::fresh_seed;
use crate::usage::{ADDRESSES_ALLOWED, Usage};

const LISTEN_DEFAULT: &str = "127.0.0.1:8000";

/// All that is asked for, checked as far as it can be before anything is opened.
pub struct Setup {
    /// What to listen on, as it was given.
    pub listen: String,
    /// The addresses that this stands for.
    pub addresses: Vec<SocketAddr>,
    /// How the log is written.
    pub log_format: LogFormat,
    /// Where stations are kept.
    pub data_dir: Option<PathBuf>,
    /// How many stations there may be.
    pub stations_max: usize,
    /// Everything about the server but its address and its stations.
    pub server: server::Config,
    /// The station `main`.
    main: StationSetup,
    /// The stations of the file.
    stations: Vec<StationSetup>,
}

/// What a station is to start with.
struct StationSetup {
    name: String,
    seed: Option<u64>,
    /// What the seed is called where it is refused.
    seed_name: String,
    controls: Controls,
    chords: ChordTables,
}

impl Setup {
    /// What `args` come to, with the file that they name.
    ///
    /// # Errors
    /// When the file cannot be read, or [`Usage`] that names all that is not allowed: by its line
    /// where it stands in the file, by its flag where it came as one or from the environment.
    pub fn read(args: ServeArgs) -> anyhow::Result<Self> {
        let file = args.config.as_deref().map(config::File::read).transpose()?.unwrap_or_default();
        let (main, stations) = starts(&args, &file)?;
        let name = |is_given: bool, flag: &str, setting: &str| {
            let place = file.place(setting).filter(|_| !is_given);
            place.unwrap_or_else(|| flag.to_owned())
        };
        let listen_name = name(args.listen.is_some(), "--listen", "listen");
        let open_name = name(args.access.open_control.is_some(), "--open-control", "open_control");
        let token_name =
            name(args.access.control_token.is_some(), "--control-token", "control_token");
        let cert_name = name(args.tls.tls_cert.is_some(), "--tls-cert", "tls_cert");
        let key_name = name(args.tls.tls_key.is_some(), "--tls-key", "tls_key");

        let mut refused = Vec::new();
        let mut server = args.access.or(file.access).into_config()?;
        server.limits = file.limits;
        match args.tls.or(file.tls).read(&cert_name, &key_name) {
            Ok(tls) => server.tls = tls,
            Err(error) => refused.push(error.to_string()),
        }
        let listen = args.listen.or(file.listen).unwrap_or_else(|| LISTEN_DEFAULT.to_owned());
        let addresses = resolve(&listen_name, &listen);
        let addresses = addresses.map_err(|error| refused.push(error)).unwrap_or_default();
        let loopback = addresses.iter().all(|address| address.ip().to_canonical().is_loopback());
        match server.access.check(loopback) {
            Ok(()) => {}
            Err(server::Error::OpenControls) => refused.push(format!(
                "{listen_name}: {listen:?} can be reached from other machines, where anybody could \
                 steer: give --control-token TOKEN (control_token in the file), or --open-control \
                 (open_control = true) if that is what you want"
            )),
            Err(_) => refused.push(format!(
                "{open_name} lets everybody steer, and {token_name} only those who have the token: \
                 only one of them is allowed"
            )),
        }
        if !refused.is_empty() {
            return Err(Usage(refused.join("\n  ")).into());
        }
        Ok(Self {
            listen,
            addresses,
            log_format: args.log_format.or(file.log_format).unwrap_or_default(),
            data_dir: args.data_dir.or(file.data_dir),
            stations_max: file.stations_max.unwrap_or(STATIONS_MAX),
            server,
            main,
            stations,
        })
    }

    /// The station `main`, and those beside it: of the file, and of the folder where they are kept.
    ///
    /// # Errors
    /// When the folder cannot be read, or a station was born with another seed.
    pub fn stations(self, store: Option<&Store>) -> anyhow::Result<(Config, Vec<Config>)> {
        let main = self.main.station(store)?;
        let stations = self.stations.into_iter().map(|start| start.station(store));
        let mut stations = stations.collect::<anyhow::Result<Vec<_>>>()?;
        for name in store.map(Store::names).transpose()?.unwrap_or_default() {
            if name != MAIN && !stations.iter().any(|station| station.name == name) {
                let mut station = Config::new(&name, seed_of(store, &name, None, "")?);
                station.chords = main.chords.clone();
                stations.push(station);
            }
        }
        Ok((main, stations))
    }
}

impl StationSetup {
    fn station(self, store: Option<&Store>) -> anyhow::Result<Config> {
        let seed = seed_of(store, &self.name, self.seed, &self.seed_name)?;
        let mut station = Config::new(&self.name, seed);
        (station.controls, station.chords) = (self.controls, self.chords);
        Ok(station)
    }
}

/// The station `main`, and those of the file.
fn starts(
    args: &ServeArgs,
    file: &config::File,
) -> anyhow::Result<(StationSetup, Vec<StationSetup>)> {
    let place = |setting: &str| file.place(setting).unwrap_or_default();
    let chords = args.controls.chord_tables()?.or_else(|| file.main.chords.clone());
    let main = StationSetup {
        name: MAIN.to_owned(),
        seed: args.seed.or(file.main.seed),
        seed_name: args.seed.map_or_else(|| place("seed"), |_| "--seed".to_owned()),
        controls: args.controls.change()?.applied_to(&file.main.controls()?),
        chords: chords.unwrap_or_else(ChordTables::built_in),
    };
    let mut stations = Vec::new();
    for (name, start) in &file.stations {
        stations.push(StationSetup {
            name: name.clone(),
            seed: start.seed,
            seed_name: place(&format!("stations.{name}.seed")),
            controls: start.controls()?,
            chords: start.chords.clone().unwrap_or_else(ChordTables::built_in),
        });
    }
    Ok((main, stations))
}

/// The seed of a station: where it is kept, the one that it was born with.
fn seed_of(
    store: Option<&Store>,
    station: &str,
    asked: Option<u64>,
    seed_name: &str,
) -> anyhow::Result<u64> {
    let birth = store.map(|store| store.find(station)).transpose()?.flatten();
    match (birth.map(|birth| birth.seed), asked) {
        (Some(born), Some(asked)) if born != asked => Err(Usage(format!(
            "{seed_name}: {asked} is not allowed: the station {station} is kept in the data folder, \
             and was born with {born}"
        ))
        .into()),
        (born, asked) => Ok(born.or(asked).unwrap_or_else(fresh_seed)),
    }
}

fn resolve(name: &str, listen: &str) -> Result<Vec<SocketAddr>, String> {
    let addresses = listen.to_socket_addrs().map_err(|error| {
        format!("{name}: {listen:?} is not allowed ({error}); allowed is {ADDRESSES_ALLOWED}")
    })?;
    Ok(addresses.collect())
}
