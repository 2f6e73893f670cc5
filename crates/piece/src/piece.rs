//! A station's music as it goes on: the conductor's pure part, which turns changes into plans.
//!
//! A [`Piece`] knows, for any frame, where the music stands, which controls hold, and the phrases
//! that sound and come next. It holds no thread and no clock: the same changes at the same frames
//! give the same plans, however far or often it was moved on in between. Phrases are composed ahead,
//! but a change composes all of them again, so what was ready early never shows.

use std::collections::VecDeque;
use std::sync::Arc;

use aeolian_score::control::Controls;
use aeolian_score::control::change::Apply;
use aeolian_score::control::row::Holds;
use aeolian_score::time::{Tick, next_bar, next_beat};
use aeolian_score::{Change, Composer, Phrase};
use aeolian_synth::{LOOK_BACK, Plan, SAMPLE_RATE, Transport, begins_span};

/// How many phrases are composed ahead of the one that sounds.
const PHRASES_AHEAD: usize = 3;

/// Frames for which the start of a span is kept: as far as an engine must look back, and a second more, since the
/// engine is computing what is heard only some chunks later.
const KEPT: u64 = LOOK_BACK + SAMPLE_RATE as u64;

/// A phrase with the composer as it stood before it.
#[derive(Clone, Debug)]
struct Composed {
    before: Composer,
    phrase: Arc<Phrase>,
}

/// The start of a span: a place from which a piece can go on, and an engine, though nothing of what came before is known
/// but what was asked for.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The start of the quantum in which the span's first phrase begins.
    pub frame: u64,
    /// Stands before that phrase.
    pub composer: Composer,
}

/// The music of one station, at one frame.
#[derive(Clone, Debug)]
pub struct Piece {
    controls: Controls,
    transport: Transport,
    /// The starts of the span that sounds and of those before it that an engine must play from, so that all that is
    /// heard is what it was. Never empty.
    spans: VecDeque<Checkpoint>,
    /// The phrase that sounds, then those ahead. Never empty.
    phrases: VecDeque<Composed>,
    /// Stands behind the last phrase.
    composer: Composer,
}

impl Piece {
    /// The piece that a composer makes, at frame 0, with its first phrases composed.
    #[must_use]
    pub fn new(composer: Composer, controls: Controls) -> Self {
        Self::at(Transport::new(controls.bpm), composer, controls)
    }

    fn at(transport: Transport, composer: Composer, controls: Controls) -> Self {
        let spans = [Checkpoint { frame: transport.frame(), composer: composer.clone() }].into();
        let phrases = VecDeque::with_capacity(PHRASES_AHEAD + 1);
        let mut piece = Self { controls, transport, spans, phrases, composer };
        piece.compose_ahead();
        piece
    }

    /// The piece at a [`Checkpoint`], with the transport and the controls that its first phrase was composed with. None
    /// where the composer's next phrase does not begin there.
    pub(crate) fn take_up(
        composer: Composer,
        controls: Controls,
        transport: Transport,
    ) -> Option<Self> {
        let piece = Self::at(transport, composer, controls);
        let begins =
            |c: &Composed| (transport.next_tick()..transport.end_tick()).contains(&c.phrase.start);
        piece.phrases.front().is_some_and(begins).then_some(piece)
    }

    /// The latest place from which an engine that plays on gives what is heard where the piece stands, and the piece, with
    /// what was asked for from there on, comes to where it stands.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        let here = || Checkpoint { frame: self.frame(), composer: self.composer.clone() };
        self.spans.front().cloned().unwrap_or_else(here)
    }

    /// The frame with which the span began that sounds.
    #[must_use]
    pub fn span(&self) -> u64 {
        self.spans.back().map_or(0, |span| span.frame)
    }

    /// The controls that hold.
    #[must_use]
    pub fn controls(&self) -> &Controls {
        &self.controls
    }

    /// Where the music stands.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The frame at which the piece stands: the start of a quantum.
    #[must_use]
    pub fn frame(&self) -> u64 {
        self.transport.frame()
    }

    /// The phrase that sounds, then those composed ahead.
    pub fn phrases(&self) -> impl ExactSizeIterator<Item = &Arc<Phrase>> {
        self.phrases.iter().map(|composed| &composed.phrase)
    }

    /// What the engine plays from, from here on.
    #[must_use]
    pub fn plan(&self) -> Box<Plan> {
        let phrases = self.phrases().cloned().collect();
        let (frame, span) = (self.frame(), self.span());
        Box::new(Plan { frame, span, controls: self.controls, phrases })
    }

    /// Moves on to `frame`, the start of a quantum; does nothing when that has passed. Answers
    /// whether a phrase has ended, so that there is a new plan.
    pub fn advance(&mut self, frame: u64) -> bool {
        let mut there = self.transport;
        there.advance_to(frame);
        let mut ended = false;
        while let Some(end) = self.phrases.front().map(|c| c.phrase.end())
            && end <= there.next_tick()
        {
            ended = true;
            let start = self.quantum_of(end);
            self.phrases.pop_front();
            self.compose_ahead();
            if begins_span(self.span(), start)
                && let Some(first) = self.phrases.front()
            {
                let composer = first.before.clone();
                self.spans.push_back(Checkpoint { frame: start, composer });
            }
        }
        self.transport = there;
        while self.spans.get(1).is_some_and(|span| span.frame + KEPT <= self.frame()) {
            self.spans.pop_front();
        }
        ended
    }

    /// Lets changes take hold where the piece stands, in order and composed as one. Each must be one
    /// that takes hold now: see [`Piece::frame_of_hold`] for others.
    pub fn change<'a>(&mut self, changes: impl IntoIterator<Item = &'a Change>) {
        let old = self.controls;
        let new = changes.into_iter().fold(old, |controls, change| change.applied_to(&controls));
        self.transport.set_bpm(new.bpm);
        if new == old {
            return;
        }
        self.controls = new;
        let changed = |holds| new.changed_from(&old).any(|row| row.holds == holds);
        if changed(Holds::NextBeat) {
            let until_bar = new.before(Holds::NextBar, &old);
            self.revise(next_beat(self.transport.next_tick()), &until_bar);
        }
        if changed(Holds::NextBeat) || changed(Holds::NextBar) {
            self.revise(next_bar(self.transport.next_tick()), &new);
        }
        self.recompose_ahead();
    }

    /// The frame from which a change accepted at the piece's frame holds: the start of the quantum
    /// in which the bar or phrase begins that it waits for. The tempo must stay for it to come true.
    #[must_use]
    pub fn frame_of_hold(&self, apply: Apply) -> u64 {
        match self.tick_of_hold(apply) {
            Some(tick) => self.quantum_of(tick),
            None => self.frame(),
        }
    }

    /// The tick that a delayed change waits for; none for one that holds now.
    #[must_use]
    pub fn tick_of_hold(&self, apply: Apply) -> Option<Tick> {
        let now = self.transport.next_tick();
        match apply {
            Apply::Now => None,
            Apply::Bar => Some(next_bar(now)),
            Apply::Phrase => self.phrases().map(|phrase| phrase.start).find(|start| *start >= now),
        }
    }

    /// The start of the quantum to which `tick` belongs, if the tempo aimed at stays.
    #[must_use]
    pub fn quantum_of(&self, tick: Tick) -> u64 {
        self.transport.quantum_of(tick)
    }

    /// Composes the phrase that sounds again from a tick on.
    fn revise(&mut self, from: Tick, controls: &Controls) {
        let Some(first) = self.phrases.front_mut() else { return };
        if from < first.phrase.end() {
            let mut composer = first.before.clone();
            first.phrase = Arc::new(composer.revise(&first.phrase, from, controls));
            self.composer = composer;
            self.phrases.truncate(1);
        }
    }

    /// Drops what lies ahead and composes it with the controls that hold.
    fn recompose_ahead(&mut self) {
        if let Some(second) = self.phrases.get(1) {
            self.composer = second.before.clone();
            self.phrases.truncate(1);
        }
        self.compose_ahead();
    }

    fn compose_ahead(&mut self) {
        while self.phrases.len() <= PHRASES_AHEAD {
            let before = self.composer.clone();
            let phrase = Arc::new(self.composer.compose(&self.controls));
            self.phrases.push_back(Composed { before, phrase });
        }
    }
}
