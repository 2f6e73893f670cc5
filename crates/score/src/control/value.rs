//! Values that are in range by construction.

use core::fmt;

/// A value from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, serde::Serialize)]
#[serde(transparent)]
pub struct Level(f32);

impl Level {
    /// 0.
    pub const ZERO: Self = Self(0.0);
    /// 1.
    pub const FULL: Self = Self(1.0);

    /// The level of a number, if it lies in 0 to 1.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value as f32))
    }

    /// The level of a value that is known, at compile time, to lie in 0 to 1.
    ///
    /// # Panics
    /// When it does not; in a constant that is a compile error.
    #[must_use]
    pub const fn constant(value: f32) -> Self {
        assert!(value >= 0.0 && value <= 1.0, "a level lies in 0 to 1");
        Self(value)
    }

    /// The value, 0 to 1.
    #[must_use]
    pub const fn get(self) -> f32 {
        self.0
    }
}

/// A tempo from 60 to 120 beats a minute, in steps of a millionth, so that ticks and frames can be
/// counted in integers for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bpm {
    micro: u32,
}

impl Bpm {
    /// 60 beats a minute.
    pub const MIN: Self = Self { micro: 60_000_000 };
    /// 120 beats a minute.
    pub const MAX: Self = Self { micro: 120_000_000 };
    /// 70 beats a minute.
    pub const DEFAULT: Self = Self { micro: 70_000_000 };

    /// The tempo of a number, rounded to a millionth, if it lies in 60 to 120.
    #[must_use]
    pub fn new(bpm: f64) -> Option<Self> {
        (60.0..=120.0).contains(&bpm).then(|| Self { micro: (bpm * 1e6).round() as u32 })
    }

    /// Millionths of a beat a minute.
    #[must_use]
    pub const fn micro(self) -> u32 {
        self.micro
    }

    /// Beats a minute.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from(self.micro) / 1e6
    }
}

impl fmt::Display for Bpm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl serde::Serialize for Bpm {
    /// A whole number is written without a fraction.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.micro.is_multiple_of(1_000_000) {
            serializer.serialize_u32(self.micro / 1_000_000)
        } else {
            serializer.serialize_f64(self.get())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_out_of_range_gets_in() {
        for bad in [f64::NAN, f64::INFINITY, -0.001, 1.001] {
            assert!(Level::new(bad).is_none(), "{bad}");
        }
        for bad in [f64::NAN, f64::INFINITY, 59.999, 120.001, 0.0] {
            assert!(Bpm::new(bad).is_none(), "{bad}");
        }
        assert_eq!(Bpm::new(72.5).unwrap().micro(), 72_500_000);
    }
}
