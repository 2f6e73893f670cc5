//! Musical time to frames, as it passed while the piece was rendered.

use aeolian_score::time::Tick;

/// Moments at which a tick was reached, in order.
#[derive(Default)]
pub(super) struct TempoMap {
    marks: Vec<(u64, Tick)>,
}

impl TempoMap {
    /// Notes that `tick` was reached at `frame`. A moment that does not lie behind the last is
    /// passed over.
    pub(super) fn mark(&mut self, frame: u64, tick: Tick) {
        if self.marks.last().is_none_or(|(last, reached)| *last < frame && *reached < tick) {
            self.marks.push((frame, tick));
        }
    }

    /// The frame at which a tick is reached. Between marks the tempo is taken for constant; outside
    /// them it is the nearest one. With fewer than two marks everything is at frame 0.
    pub(super) fn frame_of(&self, tick: Tick) -> f64 {
        let after = self.marks.partition_point(|(_, reached)| *reached < tick);
        let last = self.marks.len().saturating_sub(1);
        let right = after.clamp(1.min(last), last);
        let (Some(from), Some(to)) =
            (self.marks.get(right.saturating_sub(1)), self.marks.get(right))
        else {
            return 0.0;
        };
        let ticks = to.1 as f64 - from.1 as f64;
        if ticks <= 0.0 {
            return 0.0;
        }
        from.0 as f64 + (tick as f64 - from.1 as f64) * (to.0 as f64 - from.0 as f64) / ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_lies_where_the_tempo_of_its_time_puts_it() {
        let mut tempo_map = TempoMap::default();
        for (frame, tick) in [(0, 0), (1_000, 100), (2_000, 200), (3_000, 400), (3_000, 401)] {
            tempo_map.mark(frame, tick);
        }
        for (tick, frame) in [(0, 0.0), (50, 500.0), (200, 2_000.0), (300, 2_500.0), (600, 4_000.0)]
        {
            assert_eq!(tempo_map.frame_of(tick), frame, "tick {tick}");
        }
    }

    #[test]
    fn a_map_that_saw_nothing_stays_at_the_start() {
        let mut tempo_map = TempoMap::default();
        assert_eq!(tempo_map.frame_of(500), 0.0);
        tempo_map.mark(10, 5);
        assert_eq!(tempo_map.frame_of(500), 0.0);
    }
}
