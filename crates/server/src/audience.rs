//! Who listens to what, counted for the metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

/// How many listen, by station and by what they asked for.
#[derive(Debug, Default)]
pub(crate) struct Audience(Mutex<BTreeMap<(String, &'static str), usize>>);

/// What a listener holds while it is counted. Dropped, it makes room for another.
pub(crate) struct Admission {
    audience: Arc<Audience>,
    key: (String, &'static str),
    _permit: OwnedSemaphorePermit,
}

impl Audience {
    /// Admits a listener of `station` who asked for `format`.
    pub(crate) fn admit(
        self: &Arc<Self>,
        permit: OwnedSemaphorePermit,
        station: &str,
        format: &'static str,
    ) -> Admission {
        let key = (station.to_owned(), format);
        *self.counts().entry(key.clone()).or_default() += 1;
        Admission { audience: self.clone(), key, _permit: permit }
    }

    /// How many listen to `station` in `format`.
    pub(crate) fn count(&self, station: &str, format: &'static str) -> usize {
        self.counts().get(&(station.to_owned(), format)).copied().unwrap_or_default()
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, BTreeMap<(String, &'static str), usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut counts = self.audience.counts();
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::Semaphore;

    #[test]
    fn a_listener_is_counted_until_it_leaves() {
        let audience = Arc::new(Audience::default());
        let room = Arc::new(Semaphore::new(3));
        let sit = |station, format| {
            audience.admit(room.clone().try_acquire_owned().unwrap(), station, format)
        };
        let (first, second, other) = (sit("main", "pcm"), sit("main", "pcm"), sit("main", "json"));
        assert_eq!((audience.count("main", "pcm"), audience.count("main", "json")), (2, 1));
        assert_eq!(audience.count("night", "pcm"), 0);
        drop(first);
        assert_eq!((audience.count("main", "pcm"), room.available_permits()), (1, 1));
        drop((second, other));
        assert!(audience.counts().is_empty());
    }
}
