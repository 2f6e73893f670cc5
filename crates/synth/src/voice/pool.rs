//! Which lane a note takes: a free one, else the one that will be missed least.

use crate::LANES;

/// What a lane is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Occupancy {
    /// Silent and free.
    #[default]
    Idle,
    /// A note is held; the number counts note-ons from where the span began.
    Held(u64),
    /// A note has been let go and fades; the number is larger the later that was.
    Released(u64),
    /// Being faded for another note: no longer to be had.
    Stolen,
}

/// The lane for a new note: the first idle one, else the one released longest ago, else the one
/// held longest. None when every lane has just been stolen.
pub(crate) fn choose(states: &[Occupancy; LANES]) -> Option<usize> {
    let rank = |state: &Occupancy| match *state {
        Occupancy::Idle => Some((0, 0)),
        Occupancy::Released(order) => Some((1, order)),
        Occupancy::Held(order) => Some((2, order)),
        Occupancy::Stolen => None,
    };
    (0..LANES).filter_map(|lane| Some((rank(&states[lane])?, lane))).min().map(|(_, lane)| lane)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_lane_is_taken_before_any_is_stolen() {
        let mut states = [Occupancy::Released(1); LANES];
        states[9] = Occupancy::Idle;
        assert_eq!(choose(&states), Some(9));
    }

    #[test]
    fn the_oldest_released_is_stolen_before_any_held_note() {
        let mut states = [Occupancy::Held(3); LANES];
        states[4] = Occupancy::Released(9);
        states[7] = Occupancy::Released(8);
        states[2] = Occupancy::Held(0);
        assert_eq!(choose(&states), Some(7));
    }

    #[test]
    fn of_held_notes_the_oldest_goes_and_none_is_stolen_twice() {
        let mut states = [Occupancy::Stolen; LANES];
        assert_eq!(choose(&states), None);
        states[5] = Occupancy::Held(4);
        states[6] = Occupancy::Held(3);
        assert_eq!(choose(&states), Some(6));
    }
}
