//! The registry: every station of a server by its name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::config::Config;
use crate::error::Error;
use crate::runtime::Runtime;
use crate::station::Station;
use crate::store::{Birth, Store};

/// The station that is always there.
pub const MAIN: &str = "main";

/// How many stations there may be, unless told otherwise: each keeps its engine's memory even while
/// it sleeps.
pub const STATIONS_MAX: usize = 256;

/// The longest name of a station, in bytes: it stands in every log line and URL.
pub const NAME_BYTES_MAX: usize = 64;

const NAMES_ALLOWED: &str = "1 to 64 of a–z, 0–9, hyphen and underscore";

/// Stations by name, on shared threads. A clone is another handle to the same ones.
#[derive(Clone)]
pub struct Registry(Arc<Stations>);

struct Stations {
    runtime: Runtime,
    store: Option<Store>,
    /// Held while a station is made or ended, which takes too long for the lock on the map.
    changing: Mutex<()>,
    stations: RwLock<BTreeMap<String, Station>>,
    stations_max: usize,
}

impl Registry {
    /// Starts the threads and the station `main`, which takes the name whatever its configuration
    /// says. At most `stations_max` stations are allowed, `main` counted.
    ///
    /// # Errors
    /// [`Error::NoThread`], [`Error::Refused`].
    pub fn start(main: Config, stations_max: usize) -> Result<Self, Error> {
        Self::start_in(None, main, stations_max)
    }

    /// The same with a folder in which all stations are kept: those that are kept there already go
    /// on where they left off, once they are made again, whatever seed and controls are asked for.
    ///
    /// # Errors
    /// [`Error::NoThread`], [`Error::Refused`], [`Error::Kept`].
    pub fn start_kept(store: Store, main: Config, stations_max: usize) -> Result<Self, Error> {
        Self::start_in(Some(store), main, stations_max)
    }

    fn start_in(store: Option<Store>, main: Config, stations_max: usize) -> Result<Self, Error> {
        let registry = Self(Arc::new(Stations {
            runtime: Runtime::start()?,
            store,
            changing: Mutex::default(),
            stations: RwLock::default(),
            stations_max: stations_max.max(1),
        }));
        registry.make(Config { name: MAIN.to_owned(), ..main })?;
        Ok(registry)
    }

    /// Makes a station, asleep until somebody listens.
    ///
    /// # Errors
    /// [`Error::Refused`] for a name or a value out of range, [`Error::Exists`],
    /// [`Error::TooManyStations`], [`Error::Kept`].
    pub fn make(&self, config: Config) -> Result<Station, Error> {
        let name = config.name.clone();
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
        if !(1..=NAME_BYTES_MAX).contains(&name.len()) || !name.bytes().all(allowed) {
            let given = format!("{:?}", name.chars().take(NAME_BYTES_MAX).collect::<String>());
            return Err(Error::Refused { field: "name", given, allowed: NAMES_ALLOWED.to_owned() });
        }
        let _changing = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.check_room(&name)?;
        let birth = Birth::new(config.seed, config.controls, &config.chords);
        let keep = |store: &Store| store.keep(&name, &birth, &config.chords);
        let kept = self.0.store.as_ref().map(keep).transpose()?;
        let station = Station::begin(&self.0.runtime, config, kept)?;
        let mut stations = self.0.stations.write().unwrap_or_else(PoisonError::into_inner);
        stations.insert(name, station.clone());
        Ok(station)
    }

    fn check_room(&self, name: &str) -> Result<(), Error> {
        let stations = self.0.stations.read().unwrap_or_else(PoisonError::into_inner);
        if stations.contains_key(name) {
            return Err(Error::Exists { name: name.to_owned() });
        }
        if stations.len() >= self.0.stations_max {
            return Err(Error::TooManyStations { allowed: self.0.stations_max });
        }
        Ok(())
    }

    /// The station of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Station> {
        let stations = self.0.stations.read().unwrap_or_else(PoisonError::into_inner);
        stations.get(name).cloned()
    }

    /// Every station, in order of names.
    #[must_use]
    pub fn list(&self) -> Vec<Station> {
        let stations = self.0.stations.read().unwrap_or_else(PoisonError::into_inner);
        stations.values().cloned().collect()
    }

    /// How many stations there may be.
    #[must_use]
    pub fn stations_max(&self) -> usize {
        self.0.stations_max
    }

    /// Ends a station: its listeners get [`aeolian_hub::Event::Ended`], and it is kept no longer. `main`
    /// does not end. Waits for the disk.
    ///
    /// # Errors
    /// [`Error::NoStation`], [`Error::MainStays`]; [`Error::Kept`] where it has ended, but its files
    /// cannot be removed.
    pub fn end(&self, name: &str) -> Result<(), Error> {
        if name == MAIN {
            return Err(Error::MainStays);
        }
        let _changing = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let removed = {
            let mut stations = self.0.stations.write().unwrap_or_else(PoisonError::into_inner);
            stations.remove(name)
        };
        let station = removed.ok_or_else(|| Error::NoStation { name: name.to_owned() })?;
        station.close_journal();
        station.stop();
        match &self.0.store {
            Some(store) => {
                store.sync();
                store.forget(name)
            }
            None => Ok(()),
        }
    }

    /// Ends every station: the server goes. Waits until what is kept of them is on the disk.
    pub fn stop(&self) {
        for station in self.list() {
            station.stop();
        }
        if let Some(store) = &self.0.store {
            store.sync();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stations_are_made_found_listed_and_ended_by_name() {
        let registry = Registry::start(Config::new("x", 1), 3).unwrap();
        registry.make(Config::new("night", 2)).unwrap();
        let names = || registry.list().iter().map(|s| s.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(), ["main", "night"]);
        assert_eq!(registry.get("night").unwrap().seed(), 2);
        let mut listener = registry.get("night").unwrap().join(aeolian_codec::Codec::Pcm, 400);
        registry.end("night").unwrap();
        assert!(matches!(listener.try_next(), Some(aeolian_hub::Event::Ended)));
        assert_eq!(names(), ["main"]);
        assert!(registry.get("night").is_none());
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_reason() {
        let registry = Registry::start(Config::new("main", 1), 2).unwrap();
        let make = |name: &str| registry.make(Config::new(name, 1)).err().unwrap().to_string();
        let bad = "is not allowed; allowed is 1 to 64 of a–z, 0–9, hyphen and underscore";
        assert_eq!(make("Night"), format!("name: \"Night\" {bad}"));
        assert_eq!(make(""), format!("name: \"\" {bad}"));
        assert_eq!(make(&"n".repeat(65)), format!("name: {:?} {bad}", "n".repeat(64)));
        assert_eq!(make("main"), "the station main already exists");
        registry.make(Config::new("night", 1)).unwrap();
        assert_eq!(make("day"), "there are 2 stations already, the most that are allowed");
        let end = |name: &str| registry.end(name).err().unwrap().to_string();
        assert_eq!(end("main"), "the station main does not end while the server runs");
        assert_eq!(end("day"), "no such station: day");
    }
}
