//! Form: arcs of sections, sections of phrases.
//!
//! An arc is 20 to 22 phrases, so at any tempo it lasts 5 to 12 minutes: 22 phrases of 32 s at 60
//! beats a minute, 20 of 16 s at 120. It rises through `drift` to `bloom` and falls through `drift`
//! to `still`, in one of several shapes. Its tension modulates density, register, layers and the
//! harmony's distance from home.

use crate::phrase::SectionName::{self, Bloom, Drift, Still};
use crate::rng::Rng;

const PLAN: u64 = 0x666f_726d_0001;
const BARS: u64 = 0x666f_726d_0002;

const SECTIONS_MAX: usize = 5;

/// One section of a shape: name, phrases, tension at its end, motif.
type Outline = (SectionName, u8, f32, u8);

/// The shapes that an arc may have. Each has 20 phrases.
const SHAPES: [&[Outline]; 4] = [
    &[(Drift, 5, 0.5, 0), (Bloom, 6, 0.95, 1), (Drift, 5, 0.4, 0), (Still, 4, 0.1, 0)],
    &[
        (Drift, 4, 0.45, 0),
        (Bloom, 4, 0.75, 1),
        (Drift, 3, 0.5, 0),
        (Bloom, 5, 1.0, 1),
        (Still, 4, 0.1, 0),
    ],
    &[(Still, 4, 0.2, 0), (Drift, 6, 0.6, 1), (Bloom, 6, 0.9, 0), (Drift, 4, 0.2, 1)],
    &[(Drift, 6, 0.6, 0), (Bloom, 5, 1.0, 1), (Still, 4, 0.3, 1), (Drift, 5, 0.15, 0)],
];

const TENSION_BETWEEN_ARCS: f32 = 0.15;

/// Where a station stands in its form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Form {
    arc: u64,
    /// Phrases of this arc that have passed.
    phrase: u8,
    /// Sections before this arc.
    sections: u64,
}

/// What the form says of one phrase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    /// The section's name.
    pub(crate) name: SectionName,
    /// Counts sections from the station's birth.
    pub(crate) section: u64,
    /// The arc, counted from the station's birth.
    pub(crate) arc: u64,
    /// The phrase within its section.
    pub(crate) phrase: u8,
    /// Phrases in the section.
    pub(crate) phrases: u8,
    /// Which of the arc's two motifs the section is about.
    pub(crate) motif: u8,
    /// 0 to 1.
    pub(crate) tension: f32,
    /// Length in bars: 8, but shorter at some seams.
    pub(crate) bars: u32,
}

impl Place {
    /// Whether the section starts here.
    pub(crate) fn opens_section(&self) -> bool {
        self.phrase == 0
    }

    /// Whether the section ends here.
    pub(crate) fn closes_section(&self) -> bool {
        self.phrase + 1 == self.phrases
    }
}

impl Form {
    /// The phrase that comes.
    pub(crate) fn place(&self, seed: u64) -> Place {
        let (outline, count) = plan(seed, self.arc);
        let mut before = 0;
        let mut tension = TENSION_BETWEEN_ARCS;
        let mut i = 0;
        loop {
            let (name, phrases, peak, motif) = outline[i];
            let phrase = self.phrase - before;
            if phrase < phrases || i + 1 == count {
                let passed = f32::from(phrase + 1) / f32::from(phrases);
                let closes = phrase + 1 == phrases;
                // One seam of an arc may be cut short; a second would make the arc too short.
                let shortened = Rng::at(seed, BARS, self.arc).below(8) as usize;
                return Place {
                    name,
                    section: self.sections + i as u64,
                    arc: self.arc,
                    phrase,
                    phrases,
                    motif,
                    tension: tension + (peak - tension) * passed,
                    bars: if closes && i > 0 && i == shortened { 4 } else { 8 },
                };
            }
            before += phrases;
            tension = peak;
            i += 1;
        }
    }

    /// Whether a station may stand here after so many phrases.
    pub(crate) fn is_sound(&self, seed: u64, phrases: u64) -> bool {
        let (outline, count) = plan(seed, self.arc);
        let within = self.phrase < phrases_of(&outline[..count]);
        within && self.arc <= phrases && self.sections <= phrases
    }

    /// Moves on by one phrase.
    pub(crate) fn advance(&mut self, seed: u64) {
        let (outline, count) = plan(seed, self.arc);
        let phrases = phrases_of(&outline[..count]);
        self.phrase += 1;
        if self.phrase >= phrases {
            *self = Self { arc: self.arc + 1, phrase: 0, sections: self.sections + count as u64 };
        }
    }
}

fn phrases_of(arc: &[Outline]) -> u8 {
    arc.iter().map(|(_, phrases, ..)| phrases).sum()
}

/// An arc's sections, and how many there are.
fn plan(seed: u64, arc: u64) -> ([Outline; SECTIONS_MAX], usize) {
    let mut rng = Rng::at(seed, PLAN, arc);
    let shape = SHAPES[rng.below(SHAPES.len() as u32) as usize];
    let mut outline = [(Still, 0, 0.0, 0); SECTIONS_MAX];
    outline[..shape.len()].copy_from_slice(shape);
    // One phrase moves from a section to another, and up to two are added.
    let from = rng.below(shape.len() as u32) as usize;
    let to = rng.below(shape.len() as u32) as usize;
    if outline[from].1 > 3 && outline[to].1 < 7 {
        outline[from].1 -= 1;
        outline[to].1 += 1;
    }
    for _ in 0..rng.below(3) {
        let section = rng.below(shape.len() as u32) as usize;
        outline[section].1 = (outline[section].1 + 1).min(8);
    }
    (outline, shape.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arc_lasts_five_to_twelve_minutes_at_any_tempo() {
        for seed in 0..200 {
            let mut form = Form::default();
            let mut bars = 0;
            while form.arc == 0 {
                bars += form.place(seed).bars;
                form.advance(seed);
            }
            let minutes = |bpm: u32| f64::from(bars * 4) / f64::from(bpm);
            assert!(minutes(60) <= 12.0 && minutes(120) >= 5.0, "seed {seed}: {bars} bars");
        }
    }

    #[test]
    fn sections_have_two_to_eight_phrases_and_are_counted_on() {
        for seed in 0..50 {
            let mut form = Form::default();
            let mut last: Option<Place> = None;
            for _ in 0..200 {
                let place = form.place(seed);
                assert!((2..=8).contains(&place.phrases) && (4..=8).contains(&place.bars));
                assert!((0.0..=1.0).contains(&place.tension));
                if let Some(last) = last {
                    assert_eq!(place.section, last.section + u64::from(last.closes_section()));
                    assert_eq!(place.opens_section(), last.closes_section());
                }
                last = Some(place);
                form.advance(seed);
            }
        }
    }
}
