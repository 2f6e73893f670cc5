//! A station without threads or a clock: the same conductor and engine, as fast as they go.

use std::collections::VecDeque;
use std::sync::Arc;

use aeolian_score::control::Controls;
use aeolian_score::{Change, Composer, Part, Phrase};
use aeolian_synth::{CHANNELS, Engine, LOOK_AHEAD};

use crate::chunk::CHUNK_FRAMES;
use crate::log::{Delayed, Entry};
use crate::piece::Piece;
use crate::state::State;

/// Renders a station from its birth on.
pub struct Offline {
    piece: Piece,
    engine: Engine,
    /// What is still to take hold, in order of frames.
    log: VecDeque<Entry>,
    delayed: Vec<Delayed>,
    revision: u64,
    /// Frames given out.
    given: u64,
}

impl Offline {
    /// The station with this seed that starts with these controls.
    #[must_use]
    pub fn new(seed: u64, controls: Controls) -> Self {
        Self::with_log(seed, controls, &[])
    }

    /// The same, with what was asked of it in its life.
    #[must_use]
    pub fn with_log(seed: u64, controls: Controls, log: &[Entry]) -> Self {
        Self::with_composer(Composer::new(seed), controls, log)
    }

    /// The same, with a composer that has not composed yet: one with other chord tables, say.
    #[must_use]
    pub fn with_composer(composer: Composer, controls: Controls, log: &[Entry]) -> Self {
        let seed = composer.seed();
        let piece = Piece::new(composer, controls);
        let engine = Engine::new(seed, piece.plan());
        let log = log.iter().cloned().collect();
        Self { piece, engine, log, delayed: Vec::new(), revision: 0, given: 0 }
    }

    /// The frames given out so far.
    #[must_use]
    pub fn frame(&self) -> u64 {
        self.given
    }

    /// The phrase that sounds, then those composed ahead.
    pub fn phrases(&self) -> impl ExactSizeIterator<Item = &Arc<Phrase>> {
        self.piece.phrases()
    }

    /// The controls that hold at the next quantum to be computed.
    #[must_use]
    pub fn controls(&self) -> &Controls {
        self.piece.controls()
    }

    /// Where the music stands at the next quantum to be computed.
    #[must_use]
    pub fn transport(&self) -> &aeolian_synth::Transport {
        self.engine.transport()
    }

    /// Asks for a change, which holds from the next quantum to be computed, or from the bar or
    /// phrase it names. Answers with the state that it leads to.
    pub fn control(&mut self, change: &Change) -> State {
        self.piece.advance(self.engine.frame());
        self.revision += 1;
        let revision = self.revision;
        let controls = change.applied_to(self.piece.controls());
        let frame = self.piece.frame_of_hold(change.apply);
        if let Some(tick) = self.piece.tick_of_hold(change.apply) {
            self.delayed.push(Delayed::new(tick, revision, change));
            Delayed::sort(&mut self.delayed);
        } else {
            self.insert(Entry { frame, revision, change: change.clone() });
        }
        State { controls, revision, frame }
    }

    /// Renders the next frames into `out`, interleaved L R L R …; any even length.
    pub fn render(&mut self, out: &mut [f32]) {
        let mut rest = out;
        while !rest.is_empty() {
            let (now, later) = rest.split_at_mut(self.next_samples(rest.len()));
            self.engine.render(now);
            rest = later;
        }
    }

    /// Like [`Offline::render`], and gives each part's own sound, before effects and master, in the
    /// order of [`Part::ALL`]. Each slice must be as long as `out`. To be called from the first
    /// frame on: what was computed before is silent.
    pub fn render_stems(&mut self, out: &mut [f32], stems: &mut [&mut [f32]; Part::COUNT]) {
        self.engine.keep_stems();
        let mut done = 0;
        while done < out.len() {
            let now = done..done + self.next_samples(out.len() - done);
            let mut stems = stems.each_mut().map(|stem| &mut stem[now.clone()]);
            self.engine.render_stems(&mut out[now.clone()], &mut stems);
            done = now.end;
        }
    }

    /// Adopts what is due, and gives how many samples of the next `most` may be rendered before
    /// something else is.
    fn next_samples(&mut self, most: usize) -> usize {
        self.adopt_what_is_due();
        self.engine.look_ahead();
        self.adopt_what_is_due();
        // A delayed change is found in time because the piece follows chunk by chunk.
        let limit = self.given + CHUNK_FRAMES as u64;
        let event = self.next_event().map(|frame| frame.saturating_sub(LOOK_AHEAD as u64));
        let until = event.filter(|frame| *frame < limit).unwrap_or(limit);
        let frames =
            usize::try_from(until.saturating_sub(self.given)).unwrap_or(CHUNK_FRAMES).max(1);
        let samples = (frames * CHANNELS).min(most);
        self.given += (samples / CHANNELS) as u64;
        samples
    }

    fn insert(&mut self, entry: Entry) {
        let at = self.log.partition_point(|other| other.frame <= entry.frame);
        self.log.insert(at, entry);
    }

    fn next_event(&self) -> Option<u64> {
        let logged = self.log.front().map(|entry| entry.frame);
        let delayed = self.delayed.first().map(|delayed| self.piece.quantum_of(delayed.tick));
        logged.into_iter().chain(delayed).min()
    }

    fn adopt_what_is_due(&mut self) {
        let now = self.engine.frame();
        let mut new_plan = self.piece.advance(now);
        while let Some(first) = self.delayed.first() {
            let frame = self.piece.quantum_of(first.tick);
            if frame > now {
                break;
            }
            let Delayed { revision, change, .. } = self.delayed.remove(0);
            self.insert(Entry { frame, revision, change });
        }
        let due = self.log.partition_point(|entry| entry.frame <= now);
        if due > 0 {
            self.piece.change(self.log.iter().take(due).map(|entry| &entry.change));
            self.log.drain(..due);
            new_plan = true;
        }
        if new_plan {
            drop(self.engine.adopt(self.piece.plan()));
        }
    }
}
