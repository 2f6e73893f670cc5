//! Composition for Aeolian: pure functions of (seed, position, controls) that give [`Phrase`]s of
//! [`Note`]s in musical time.
//!
//! There is no clock, no thread, no I/O and no audio here, and no float whose value depends on the
//! platform: the same seed and the same history of controls give the same phrases everywhere.
//!
//! * [`key`]: pitch classes, modes, keys and their spelling.
//! * [`control`]: the state of a station, and the changes that listeners ask for.
//! * [`learn`]: chord tables from other people's music.
//! * [`phrase`]: what the composer hands to the engine.
//! * [`composer`]: the composer itself.
//! * [`numeral`]: chords by their place in a key.
//! * [`harmony`]: the tables that chords are drawn from, and how they are voiced.
//! * [`melody`]: motifs, and the line made of them.
//! * [`export`]: what was composed as a MIDI file or as JSON.
//! * [`rng`]: randomness as a function of (seed, position).
//! * [`time`]: ticks, beats and bars.

pub mod key;
pub mod part;
pub mod rng;
pub mod time;

pub mod control;
pub mod numeral;

mod humanise;
#[cfg(feature = "midi")]
pub mod learn;
pub mod phrase;

pub mod export;
mod form;

mod excursion;
pub mod harmony;
mod scene;

mod ensemble;
pub mod melody;

mod splice;

pub mod composer;

/// The README's examples, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use composer::Composer;
pub use control::{Change, Controls};
pub use key::{Key, Mode, PitchClass};
pub use numeral::Numeral;
pub use part::Part;
pub use phrase::{Note, Phrase};
pub use time::Tick;

/// The version of the engine: one number for the music and for the sound that a seed and a control log
/// come to. It rises by 1 when either changes, and with nothing else; the golden tests of this crate and of
/// `aeolian-synth`, which exports it as well, fail when it should have risen.
pub const ENGINE_VERSION: u32 = 2;
