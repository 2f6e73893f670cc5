//! Connections that have not sent a whole request yet.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The connections under way, oldest first.
#[derive(Default)]
struct UnderWay {
    last_id: u64,
    by_age: BTreeMap<u64, Arc<Notify>>,
}

/// A bounded set of connections under way. One more than it holds pushes the oldest out.
pub(crate) struct Handshakes {
    under_way: Mutex<UnderWay>,
    max: usize,
}

/// One connection's place in the set, until it is dropped.
pub(crate) struct Handshake {
    handshakes: Arc<Handshakes>,
    id: u64,
    pushed_out: Arc<Notify>,
}

impl Handshakes {
    /// A set for `max` connections.
    pub(crate) fn new(max: usize) -> Self {
        Self { under_way: Mutex::default(), max: max.max(1) }
    }

    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, and says whether another connection lost its own.
    pub(crate) fn begin(self: &Arc<Self>) -> (Handshake, bool) {
        let mut under_way = self.lock();
        let full = under_way.by_age.len() >= self.max;
        if full && let Some((_, oldest)) = under_way.by_age.pop_first() {
            oldest.notify_one();
        }
        under_way.last_id += 1;
        let id = under_way.last_id;
        let pushed_out = Arc::new(Notify::new());
        under_way.by_age.insert(id, Arc::clone(&pushed_out));
        (Handshake { handshakes: Arc::clone(self), id, pushed_out }, full)
    }
}

impl Handshake {
    /// Waits until a newer connection has taken this one's place.
    pub(crate) async fn pushed_out(&self) {
        self.pushed_out.notified().await;
    }

    /// Whether no request has come yet.
    pub(crate) fn is_under_way(&self) -> bool {
        self.handshakes.lock().by_age.contains_key(&self.id)
    }

    /// The request has come: the place is free again.
    pub(crate) fn done(&self) {
        self.handshakes.lock().by_age.remove(&self.id);
    }
}

impl Drop for Handshake {
    fn drop(&mut self) {
        self.done();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_handshake_gives_way_to_a_new_one() {
        let handshakes = Arc::new(Handshakes::new(2));
        let (first, _) = handshakes.begin();
        let (second, pushed) = handshakes.begin();
        assert!(!pushed);
        second.done();
        let (_third, pushed) = handshakes.begin();
        assert!(!pushed);
        let (_fourth, pushed) = handshakes.begin();
        assert!(pushed);
        first.pushed_out().await;
    }
}
