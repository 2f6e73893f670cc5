//! Who listens to what, counted for the metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

/// How many listen, by station and by what they asked for.
#[derive(Debug, Default)]
pub(crate) struct Audience(Mutex<BTreeMap<(String, &'static str), usize>>);

/// A listener's seat. It is free again when it is dropped.
pub(crate) struct Seat {
    audience: Arc<Audience>,
    key: (String, &'static str),
    _permit: OwnedSemaphorePermit,
}

impl Audience {
    /// Seats a listener of `station` who asked for `format`.
    pub(crate) fn seat(
        self: &Arc<Self>,
        permit: OwnedSemaphorePermit,
        station: &str,
        format: &'static str,
    ) -> Seat {
        let key = (station.to_owned(), format);
        *self.counts().entry(key.clone()).or_default() += 1;
        Seat { audience: self.clone(), key, _permit: permit }
    }

    /// How many listen to `station` in `format`.
    pub(crate) fn count(&self, station: &str, format: &'static str) -> usize {
        self.counts().get(&(station.to_owned(), format)).copied().unwrap_or_default()
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, BTreeMap<(String, &'static str), usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
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
    fn a_seat_is_counted_until_it_is_free() {
        let audience = Arc::new(Audience::default());
        let seats = Arc::new(Semaphore::new(3));
        let sit = |station, format| {
            audience.seat(seats.clone().try_acquire_owned().unwrap(), station, format)
        };
        let (first, second, other) = (sit("main", "pcm"), sit("main", "pcm"), sit("main", "json"));
        assert_eq!((audience.count("main", "pcm"), audience.count("main", "json")), (2, 1));
        assert_eq!(audience.count("night", "pcm"), 0);
        drop(first);
        assert_eq!((audience.count("main", "pcm"), seats.available_permits()), (1, 1));
        drop((second, other));
        assert!(audience.counts().is_empty());
    }
}
