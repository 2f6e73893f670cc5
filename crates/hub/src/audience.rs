//! Who listens to a station: how many in each codec, and the longest join burst that anybody wanted.

use aeolian_codec::Codec;

#[cfg(all(test, loom))]
use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
#[cfg(not(all(test, loom)))]
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};

/// Counted by those who come and go, and read by the pacer.
#[derive(Debug, Default)]
pub(crate) struct Audience {
    listeners: [AtomicUsize; Codec::COUNT],
    /// In chunks, since the station woke or slept last.
    burst: AtomicU64,
}

impl Audience {
    /// Counts a listener in. It is counted before it says what it wants, as [`Audience::fall_asleep`] relies on.
    pub(crate) fn join(&self, codec: Codec, burst_chunks: u64) {
        self.listeners[codec as usize].fetch_add(1, SeqCst);
        self.burst.fetch_max(burst_chunks, SeqCst);
    }

    pub(crate) fn leave(&self, codec: Codec) {
        self.listeners[codec as usize].fetch_sub(1, SeqCst);
    }

    /// How many listen in a codec.
    pub(crate) fn listening(&self, codec: Codec) -> usize {
        self.listeners[codec as usize].load(SeqCst)
    }

    /// How many listen.
    pub(crate) fn listeners(&self) -> usize {
        Codec::all().map(|codec| self.listening(codec)).sum()
    }

    /// The longest join burst that anybody wanted since this was asked last.
    pub(crate) fn take_burst(&self) -> u64 {
        self.burst.swap(0, SeqCst)
    }

    /// Forgets the join burst of those who have gone. Whoever has come meanwhile will wake the station, and gets
    /// what it wanted.
    pub(crate) fn fall_asleep(&self) {
        let burst = self.take_burst();
        if self.listeners() > 0 {
            self.burst.fetch_max(burst, SeqCst);
        }
    }
}

/// By loom, which runs each in every order in which its threads can meet: `tools/loom`.
#[cfg(all(test, loom))]
mod proofs {
    use super::*;
    use loom::sync::Arc;
    use loom::thread;

    #[test]
    fn whoever_comes_while_a_station_falls_asleep_gets_the_burst_that_it_wanted() {
        loom::model(|| {
            let audience = Arc::new(Audience::default());
            let other = audience.clone();
            let joining = thread::spawn(move || other.join(Codec::Pcm, 20));
            audience.fall_asleep();
            joining.join().unwrap();
            assert_eq!((audience.listeners(), audience.take_burst()), (1, 20));
        });
    }

    #[test]
    fn of_the_bursts_of_two_who_come_at_once_the_longer_is_given() {
        loom::model(|| {
            let audience = Arc::new(Audience::default());
            let other = audience.clone();
            let joining = thread::spawn(move || other.join(Codec::Opus, 20));
            audience.join(Codec::Pcm, 4);
            joining.join().unwrap();
            assert_eq!((audience.listeners(), audience.take_burst()), (2, 20));
        });
    }
}
