//! The stations that a server hosts, by name.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use aeolian_stream::Station;

use crate::server::DEFAULT_STATION;
use crate::ws::Fanout;

/// A station, and how it reaches its listeners.
pub(crate) struct Hosted {
    pub(crate) station: Station,
    pub(crate) fanout: Fanout,
}

/// Every station of a server.
#[derive(Default)]
pub(crate) struct Stations {
    by_name: RwLock<BTreeMap<String, Arc<Hosted>>>,
}

/// Why a station cannot be added or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is one of that name.
    Exists,
    /// There are as many as there may be.
    Full,
    /// There is none of that name.
    Unknown,
    /// The default station stays.
    Default,
}

impl Stations {
    /// The stations that the server starts with.
    pub(crate) fn new(stations: impl IntoIterator<Item = Station>) -> Self {
        let host = |station: Station| {
            let hosted = Hosted { station, fanout: Fanout::default() };
            (hosted.station.name().to_owned(), Arc::new(hosted))
        };
        Self { by_name: RwLock::new(stations.into_iter().map(host).collect()) }
    }

    /// The station of that name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Hosted>> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Every station, in order of names.
    pub(crate) fn all(&self) -> Vec<Arc<Hosted>> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Whether a station of that name could be added now.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn has_room_for(&self, name: &str, max: usize) -> Result<(), Refusal> {
        let by_name = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        room_for(&by_name, name, max)
    }

    /// Adds a station.
    ///
    /// # Errors
    /// Why not; the station is stopped then.
    pub(crate) fn add(&self, station: Station, max: usize) -> Result<Arc<Hosted>, Refusal> {
        let mut by_name = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        room_for(&by_name, station.name(), max).inspect_err(|_| station.stop())?;
        let hosted = Arc::new(Hosted { station, fanout: Fanout::default() });
        by_name.insert(hosted.station.name().to_owned(), hosted.clone());
        Ok(hosted)
    }

    /// Ends a station; its listeners are told.
    ///
    /// # Errors
    /// There is no such station, or it is the default one.
    pub(crate) fn end(&self, name: &str) -> Result<(), Refusal> {
        if name == DEFAULT_STATION {
            return Err(Refusal::Default);
        }
        let mut by_name = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        by_name.remove(name).ok_or(Refusal::Unknown)?.station.stop();
        Ok(())
    }
}

fn room_for<T>(by_name: &BTreeMap<String, T>, name: &str, max: usize) -> Result<(), Refusal> {
    if by_name.contains_key(name) {
        Err(Refusal::Exists)
    } else if by_name.len() >= max {
        Err(Refusal::Full)
    } else {
        Ok(())
    }
}
