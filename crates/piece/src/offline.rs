//! A station without threads or a clock: the same conductor and engine, as fast as they go.

use std::collections::VecDeque;
use std::sync::Arc;

use aeolian_score::control::Controls;
use aeolian_score::{Change, Composer, Part, Phrase};
use aeolian_synth::{Automation, CHANNELS, Engine, LOOK_AHEAD};

use crate::chunk::{CHUNK_FRAMES, CHUNK_SAMPLES};
use crate::log::{Delayed, Entry};
use crate::piece::{Checkpoint, Piece};
use crate::state::State;

/// Renders a station from its birth on, or from the start of a span.
#[derive(Debug)]
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

    /// The station with this seed from a checkpoint on; what it gives is what is heard of it from
    /// [`aeolian_synth::LOOK_BACK`] later on. It was born with these controls, and this was asked of it in its life. Or
    /// why the checkpoint is none of this station.
    pub fn take_up(
        seed: u64,
        checkpoint: Checkpoint,
        controls: Controls,
        log: &[Entry],
    ) -> Result<Self, String> {
        let Checkpoint { frame, composer } = checkpoint;
        let mut held = controls;
        let mut automation = Automation::new(seed, &controls);
        let before = log.partition_point(|entry| entry.frame < frame);
        let (mut past, mut rest) = log.split_at(before);
        loop {
            for entries in past.chunk_by(|a, b| a.frame == b.frame) {
                automation.advance_to(entries[0].frame);
                held = entries.iter().fold(held, |held, entry| entry.change.applied_to(&held));
                automation.set(&held);
            }
            automation.advance_to(frame);
            let piece = Piece::take_up(composer.clone(), held, *automation.transport());
            let piece = piece.ok_or_else(|| format!("no phrase begins at frame {frame}"))?;
            // What was asked for in the very quantum came before a phrase that begins within it.
            let here = rest.partition_point(|entry| entry.frame <= frame);
            let began = piece.phrases().next().map_or(0, |phrase| phrase.start);
            if here == 0 || began <= automation.transport().next_tick() {
                let engine = Engine::resume(seed, piece.plan(), automation);
                let (log, delayed) = (rest.iter().cloned().collect(), Vec::new());
                return Ok(Self { piece, engine, log, delayed, revision: 0, given: frame });
            }
            (past, rest) = rest.split_at(here);
        }
    }

    /// The piece as it will stand at `frame`, the start of a quantum that has not been computed, with what holds from there.
    #[must_use]
    pub fn piece_at(&self, frame: u64) -> Piece {
        let mut piece = self.piece.clone();
        let due = self.log.iter().take_while(|entry| entry.frame <= frame).collect::<Vec<_>>();
        for entries in due.chunk_by(|a, b| a.frame == b.frame) {
            piece.advance(entries[0].frame);
            piece.change(entries.iter().map(|entry| &entry.change));
        }
        piece.advance(frame);
        piece
    }

    /// Moves on by at most so many frames, towards `frame`; whether it has been reached.
    pub fn skip(&mut self, frames: u64, frame: u64) -> bool {
        let mut silence = [0.0; CHUNK_SAMPLES];
        let end = frame.min(self.given + frames);
        while self.given < end {
            let left = usize::try_from(end - self.given).unwrap_or(usize::MAX);
            self.render(&mut silence[..left.min(CHUNK_FRAMES) * CHANNELS]);
        }
        self.given >= frame
    }

    /// The engine, which goes on with [`Offline::frame`].
    #[must_use]
    pub fn into_engine(mut self) -> Engine {
        self.adopt_what_is_due();
        self.engine
    }

    /// The frame that is given out next.
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
        while self.engine.look_ahead() {
            self.adopt_what_is_due();
        }
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

#[cfg(test)]
mod tests {
    use aeolian_score::rng::Rng;
    use aeolian_synth::{QUANTUM, SAMPLE_RATE};

    use super::*;
    use crate::past::Past;

    const SECOND: u64 = SAMPLE_RATE as u64;
    const SEED: u64 = 12;

    /// The frames with which spans begin, of the station that is steered by this log.
    fn spans(log: &[Entry], frames: u64) -> Vec<u64> {
        let offline = Offline::with_log(SEED, Controls::default(), log);
        let mut spans = vec![0];
        for frame in (0..frames).step_by(512 * QUANTUM) {
            let span = offline.piece_at(frame).span();
            if spans.last() != Some(&span) {
                spans.push(span);
            }
        }
        spans
    }

    fn change(rng: &mut Rng) -> Change {
        let keys = ["D dorian", "F major", "C# minor", "A minor"];
        let change = match rng.below(5) {
            0 => serde_json::json!({ "bpm": 60.0 + 60.0 * f64::from(rng.unit()) }),
            1 => serde_json::json!({ "space": rng.unit(), "parts": { "pad": rng.unit() } }),
            2 => serde_json::json!({ "key": keys[rng.below(4) as usize] }),
            3 => serde_json::json!({ "brightness": rng.unit(), "wander": rng.unit() }),
            _ => serde_json::json!({ "intensity": rng.unit() }),
        };
        Change::from_json(change.as_object().unwrap()).unwrap()
    }

    /// So many changes, half of them within a second of where a span begins: each moves those after it.
    fn steered(rng: &mut Rng, changes: u64, frames: u64) -> Vec<Entry> {
        let mut log: Vec<Entry> = Vec::new();
        for revision in 1..=changes {
            let from = log.last().map_or(0, |entry| entry.frame);
            let mut frame = from + frames / changes / 2 + rng.next_u64() % (frames / changes);
            if revision % 2 == 0 {
                let spans = spans(&log, frame + 120 * SECOND);
                let begins = spans.into_iter().find(|span| *span > from + SECOND);
                let around = rng.next_u64() % (2 * SECOND);
                frame = begins.map_or(frame, |span| span - SECOND + around);
                if revision % 8 == 0 {
                    frame = begins.unwrap_or(frame);
                }
            }
            let frame = frame.next_multiple_of(QUANTUM as u64);
            log.push(Entry { frame, revision, change: change(rng) });
        }
        log
    }

    fn bits(samples: &[f32]) -> Vec<u32> {
        samples.iter().map(|sample| sample.to_bits()).collect()
    }

    /// From so many random frames of a station, with so many changes, an engine that is taken up there gives the same
    /// samples as one that began at the birth.
    fn taken_up(seconds: u64, changes: u64, frames: usize) {
        let mut rng = Rng::at(4, 4, seconds);
        let log = steered(&mut rng, changes, seconds * SECOND);
        let mut places: Vec<u64> = (0..frames)
            .map(|i| {
                let chunks = seconds * 10;
                let near = log[i % log.len()].frame / CHUNK_FRAMES as u64 + rng.next_u64() % 300;
                if i % 2 == 0 { near.min(chunks) } else { rng.next_u64() % chunks }
            })
            .collect();
        places.sort_unstable();
        places.dedup();
        let mut whole = Offline::with_log(SEED, Controls::default(), &log);
        for chunk in places {
            let past = Past::of_log(&log, chunk * CHUNK_FRAMES as u64);
            let frame = past.first_frame();
            let resumed = past.resume_with(Composer::new(SEED), Controls::default());
            let mut player = resumed.player;
            let mut began = player.frame();
            assert!(began > 0 || frame < 170 * SECOND, "chunk {chunk} is played from the birth on");
            let mut heard = [vec![0.0; CHUNK_SAMPLES], vec![0.0; CHUNK_SAMPLES]];
            for (offline, heard) in [&mut whole, &mut player].into_iter().zip(&mut heard) {
                offline.skip(u64::MAX - frame, frame);
                offline.render(heard);
            }
            began = (frame - began) / SECOND;
            assert!(bits(&heard[0]) == bits(&heard[1]), "chunk {chunk} differs, {began} s on");
        }
    }

    #[test]
    fn an_engine_that_is_taken_up_gives_the_samples_of_one_that_began_at_the_birth() {
        taken_up(20 * 60, 40, 16);
    }

    #[test]
    #[ignore = "minutes: ./test --full"]
    fn an_engine_that_is_taken_up_anywhere_in_two_hours_gives_the_samples_of_the_birth_s() {
        taken_up(2 * 3600, 100, 200);
    }
}
