//! Musical time, in integer ticks since a station's birth.

/// A moment, or a length, in ticks. Tick 0 is a station's birth; it is the start of bar 0.
pub type Tick = u64;

/// Ticks in one beat (a quarter note). 960 holds triplets and 64ths exactly.
pub const TICKS_PER_BEAT: Tick = 960;

/// Beats in one bar: all music is in 4/4.
pub const BEATS_PER_BAR: Tick = 4;

/// Ticks in one bar.
pub const TICKS_PER_BAR: Tick = TICKS_PER_BEAT * BEATS_PER_BAR;

/// The first beat that starts at or after `tick`.
#[must_use]
pub fn next_beat(tick: Tick) -> Tick {
    tick.next_multiple_of(TICKS_PER_BEAT)
}

/// The first bar that starts at or after `tick`. Every phrase starts on a bar, so bars are counted
/// from tick 0.
#[must_use]
pub fn next_bar(tick: Tick) -> Tick {
    tick.next_multiple_of(TICKS_PER_BAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_on_the_grid_is_its_own_next_beat_and_bar() {
        assert_eq!(next_beat(960), 960);
        assert_eq!(next_beat(961), 1920);
        assert_eq!(next_bar(0), 0);
        assert_eq!(next_bar(1), TICKS_PER_BAR);
    }
}
