//! What a station plays from its birth on, without the audio: the same conductor, no engine. A day of
//! music takes seconds.

use std::sync::Arc;

use aeolian_score::control::Controls;
use aeolian_score::control::value::Bpm;
use aeolian_score::export::{Score, Tempo};
use aeolian_score::time::{TICKS_PER_BEAT, Tick};
use aeolian_score::{Composer, Phrase};
use aeolian_synth::{QUANTUM, SAMPLE_RATE, Transport};

use crate::log::Entry;
use crate::piece::Piece;

/// Frames from one look at the piece to the next: less than the shortest phrase, so that each is
/// seen before the next one takes its place.
const STEP: u64 = 512 * QUANTUM as u64;

/// While the tempo moves, it is marked anew after this many ticks.
const TEMPO_STEP: Tick = TICKS_PER_BEAT / 16;

/// A station's music up to some frame, as it was played in the end.
#[derive(Clone, Debug)]
pub struct History {
    seed: u64,
    phrases: Vec<Arc<Phrase>>,
    tempi: Vec<Tempo>,
    /// Where the music stood at each of the `tempi`.
    marks: Vec<Transport>,
    end: Tick,
    frames: u64,
}

impl History {
    /// The first `frames` frames of the station of this composer, which has not composed yet, that
    /// starts with these controls and is steered by this log: what [`crate::Offline`] renders from
    /// the same three.
    #[must_use]
    pub fn compose(composer: Composer, controls: Controls, log: &[Entry], frames: u64) -> Self {
        let seed = composer.seed();
        let mut piece = Piece::new(composer, controls);
        let mut history = Self {
            seed,
            phrases: Vec::new(),
            tempi: Vec::new(),
            marks: Vec::new(),
            end: 0,
            frames,
        };
        history.mark(piece.transport());
        let mut rest = log;
        while piece.frame() < frames {
            let due = rest.partition_point(|entry| entry.frame <= piece.frame());
            if due > 0 {
                let aim = piece.transport().target_micro_bpm();
                piece.change(rest[..due].iter().map(|entry| &entry.change));
                rest = &rest[due..];
                if piece.transport().target_micro_bpm() != aim {
                    history.mark(piece.transport());
                }
            }
            let moves = is_moving(piece.transport());
            let step = if moves { QUANTUM as u64 } else { STEP };
            let event = rest.first().map_or(u64::MAX, |entry| entry.frame);
            let until = (piece.frame() + step).min(event).min(frames);
            let sounding = piece.phrases().next().cloned();
            if piece.advance(until.next_multiple_of(QUANTUM as u64)) {
                history.phrases.extend(sounding);
            }
            if moves {
                history.follow(piece.transport());
            }
        }
        history.phrases.extend(piece.phrases().next().cloned());
        // The last quantum may reach a few ticks past the last frame.
        history.end = piece.transport().next_tick();
        while history.end > 0 && history.frame_of(history.end - 1) >= frames {
            history.end -= 1;
        }
        history
    }

    /// The phrases in order, from the station's birth to the one that sounds at the end.
    #[must_use]
    pub fn phrases(&self) -> &[Arc<Phrase>] {
        &self.phrases
    }

    /// The first tick that is not reached within the frames asked for.
    #[must_use]
    pub fn end(&self) -> Tick {
        self.end
    }

    /// The frame at which a tick is reached.
    #[must_use]
    pub fn frame_of(&self, tick: Tick) -> u64 {
        let after = self.marks.partition_point(|mark| mark.next_tick() <= tick);
        self.marks.get(after.saturating_sub(1)).map_or(0, |mark| mark.frame_of(tick))
    }

    /// Hands the music to one of the writers in [`aeolian_score::export`].
    pub fn export<T>(&self, write: impl FnOnce(&Score<'_>) -> T) -> T {
        write(&Score {
            seed: self.seed,
            phrases: &self.phrases,
            end: self.end,
            tempi: &self.tempi,
            sample_rate: SAMPLE_RATE,
            frame_of: &|tick| self.frame_of(tick).min(self.frames),
        })
    }

    /// Marks the tempo as it moves: now and then, and when it has arrived.
    fn follow(&mut self, transport: &Transport) {
        let last = self.tempi.last().map_or(0, |tempo| tempo.tick);
        if !is_moving(transport) || transport.next_tick() >= last + TEMPO_STEP {
            self.mark(transport);
        }
    }

    fn mark(&mut self, transport: &Transport) {
        let tick = transport.next_tick();
        if self.tempi.last().is_some_and(|last| last.tick >= tick) {
            self.tempi.pop();
            self.marks.pop();
        }
        // A transport's tempo lies between two that were allowed, so it is allowed.
        let bpm = Bpm::new(transport.bpm()).unwrap_or(Bpm::DEFAULT);
        self.tempi.push(Tempo { tick, bpm });
        self.marks.push(*transport);
    }
}

fn is_moving(transport: &Transport) -> bool {
    Bpm::new(transport.bpm()).map(Bpm::micro) != Some(transport.target_micro_bpm())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CHANNELS, CHUNK_FRAMES, Offline, log};

    const FRAMES: u64 = 150 * 44_100;

    fn steered() -> Vec<Entry> {
        log::read(concat!(
            r#"{"frame":0,"revision":1,"change":{"bpm":90}}"#,
            "\n",
            r#"{"frame":400000,"revision":2,"change":{"bpm":120,"intensity":0.9}}"#,
            "\n",
            r#"{"frame":404444,"revision":3,"change":{"bpm":60.5,"key":"D dorian"}}"#,
            "\n",
            r#"{"frame":2000000,"revision":4,"change":{"key":"F major"}}"#,
        ))
        .unwrap()
    }

    #[test]
    fn the_score_without_audio_is_the_score_of_the_audio() {
        let log = steered();
        let history = History::compose(Composer::new(7), Controls::default(), &log, FRAMES);
        let mut offline = Offline::with_log(7, Controls::default(), &log);
        let mut out = vec![0.0; CHUNK_FRAMES * CHANNELS];
        let mut played: Vec<Arc<Phrase>> = Vec::new();
        while offline.frame() < FRAMES {
            offline.render(&mut out);
            let sounding = offline.phrases().next().unwrap();
            if played.last().is_some_and(|last| last.index == sounding.index) {
                played.pop();
            }
            played.push(Arc::clone(sounding));
        }
        assert!(played.len() > 3);
        assert_eq!(history.phrases(), played);
        let past = offline.transport();
        assert!(past.frame() >= FRAMES && past.next_tick() >= history.end());
        assert!(history.frame_of(history.end()) >= FRAMES);
        assert!(history.frame_of(history.end() - 1) < FRAMES);
    }

    #[test]
    fn each_tick_has_the_frame_at_which_it_is_played_through_all_changes_of_tempo() {
        let log = steered();
        let history = History::compose(Composer::new(7), Controls::default(), &log, FRAMES);
        let mut piece = Piece::new(Composer::new(7), Controls::default());
        let mut rest = &log[..];
        let mut ticks = 0;
        while piece.frame() < FRAMES {
            let due = rest.partition_point(|entry| entry.frame <= piece.frame());
            piece.change(rest[..due].iter().map(|entry| &entry.change));
            rest = &rest[due..];
            let now = *piece.transport();
            for tick in now.next_tick()..now.end_tick() {
                assert_eq!(history.frame_of(tick), now.frame() + now.offset_of(tick), "{tick}");
                ticks += 1;
            }
            piece.advance(now.frame() + QUANTUM as u64);
        }
        assert!(ticks >= history.end());
    }
}
