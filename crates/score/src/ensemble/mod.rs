//! The parts around the melody, one file each. Each is a function of the scene and of where the
//! part stood before, and gives the notes of the whole phrase.

pub(crate) mod bass;
pub(crate) mod pad;
pub(crate) mod percussion;
pub(crate) mod texture;
