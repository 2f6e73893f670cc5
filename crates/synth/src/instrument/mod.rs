//! The table of instruments, and what plays from it.
//!
//! An instrument is a file of this folder, with its patch or its behaviour, and a row of [`TABLE`]. Some
//! are patches of the wavetable voices, which share their lanes; each of the others is a `Performer` of its own.
//! Nothing else in the crate knows which instruments there are.
//!
//! To add one: its file, its `mod` line here, its row in `table.rs`.

mod bell;
pub(crate) mod performer;
mod pluck;
mod round_bass;
mod warm_pad;

mod breath;
mod brush;
mod kick;
mod row;

pub(crate) mod rack;
mod swell;

mod table;

pub use row::Instrument;
pub use table::TABLE;
