//! A load generator for Aeolian: thousands of listeners on this machine, which check what they hear.
//!
//! Every listener follows the numbers of its chunks; a sample looks at each chunk whole and compares
//! it with what the others of the sample heard. It never talks to another machine.

pub mod arrival;
pub mod frame;
pub mod grid;
pub mod laps;
pub mod process;
pub mod status;

pub mod identity;
pub mod options;
pub mod tally;

pub mod report;
pub mod session;

pub mod worker;

pub mod run;
