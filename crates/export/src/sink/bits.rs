//! How samples are kept in a file.

/// How samples are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bits {
    /// 16-bit integers, dithered.
    #[default]
    Sixteen,
    /// 32-bit floating point, as they were rendered. For WAV files only.
    Float,
}
