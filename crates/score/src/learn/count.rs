//! Counts of chords and of what follows them, and the tables made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::Learned;
use crate::harmony::Numeral;
use crate::harmony::numeral::Colour;
use crate::key::Mode;

/// A chord rarer than this share of all is left out.
const SHARE_MIN: f64 = 0.01;

/// A way from chord to chord that is rarer than this, in its row, is left out.
const WAY_MIN: f64 = 0.02;

/// A pair of chords needs to come this often for a row of its own.
const PAIR_MIN: usize = 12;

/// Fewer changes than this make no table.
const CHANGES_MIN: usize = 8;

type Row = BTreeMap<Numeral, usize>;

#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pieces: usize,
    start: Row,
    chords: Row,
    next: BTreeMap<Numeral, Row>,
    after_pair: BTreeMap<(Numeral, Numeral), Row>,
    colours: BTreeMap<Numeral, Row>,
}

impl Counts {
    /// Counts the chords of a piece, and says how many there are when those that are repeated
    /// count once.
    pub(super) fn add(&mut self, beats: &[Numeral]) -> usize {
        let mut plain: Vec<Numeral> = Vec::new();
        for numeral in beats {
            let triad = numeral.with_colour(Colour::Plain);
            *self.colours.entry(triad).or_default().entry(*numeral).or_default() += 1;
            if plain.last() != Some(&triad) {
                plain.push(triad);
            }
        }
        if let Some(first) = plain.first() {
            self.pieces += 1;
            *self.start.entry(*first).or_default() += 1;
        }
        for chord in &plain {
            *self.chords.entry(*chord).or_default() += 1;
        }
        for pair in plain.windows(2) {
            *self.next.entry(pair[0]).or_default().entry(pair[1]).or_default() += 1;
        }
        for three in plain.windows(3) {
            let row = self.after_pair.entry((three[0], three[1])).or_default();
            *row.entry(three[2]).or_default() += 1;
        }
        plain.len()
    }

    /// The table, or none when too little was heard.
    pub(super) fn table(&self, mode: Mode, order: u8) -> Option<Learned> {
        let kept = self.kept();
        let changes: usize =
            kept.iter().filter_map(|chord| self.next.get(chord)).flat_map(Row::values).sum();
        if kept.len() < 2 || changes < CHANGES_MIN {
            return None;
        }
        let total: usize = self.chords.values().sum();
        let left_out = self.chords.iter().filter(|(chord, _)| !kept.contains(*chord));
        let left_out = left_out
            .map(|(chord, count)| (chord.to_string(), *count as f64 / total as f64))
            .collect();
        let toml = self.write(mode, order, &kept);
        Some(Learned { mode, pieces: self.pieces, changes, left_out, toml })
    }

    /// The chords that are frequent enough and make a chain: each leads on, and each is reached
    /// from the start. Taking one away may cut off another, so it is repeated until nothing changes.
    fn kept(&self) -> BTreeSet<Numeral> {
        let total: usize = self.chords.values().sum();
        let least = SHARE_MIN * total as f64;
        let frequent = self.chords.iter().filter(|(_, count)| **count as f64 >= least);
        let mut kept: BTreeSet<Numeral> = frequent.map(|(chord, _)| *chord).collect();
        loop {
            let mut reached: BTreeSet<Numeral> =
                self.starts(&kept).into_iter().map(|(chord, _)| chord).collect();
            let mut open: Vec<Numeral> = reached.iter().copied().collect();
            while let Some(chord) = open.pop() {
                for (next, _) in self.ways(chord, &kept) {
                    if reached.insert(next) {
                        open.push(next);
                    }
                }
            }
            let leads_on = |chord: &Numeral| !self.ways(*chord, &kept).is_empty();
            let sound: BTreeSet<Numeral> = reached.into_iter().filter(leads_on).collect();
            if sound == kept {
                return kept;
            }
            kept = sound;
        }
    }

    /// How sections start: as pieces do, or with the commonest chord where no kept chord starts one.
    fn starts(&self, kept: &BTreeSet<Numeral>) -> Vec<(Numeral, f64)> {
        let starts = probabilities(&self.start, kept);
        if !starts.is_empty() {
            return starts;
        }
        let commonest = kept.iter().max_by_key(|chord| self.chords.get(chord));
        commonest.map(|chord| (*chord, 1.0)).into_iter().collect()
    }

    fn ways(&self, from: Numeral, kept: &BTreeSet<Numeral>) -> Vec<(Numeral, f64)> {
        self.next.get(&from).map(|row| probabilities(row, kept)).unwrap_or_default()
    }

    fn write(&self, mode: Mode, order: u8, kept: &BTreeSet<Numeral>) -> String {
        let mut pairs: Vec<(String, Vec<(Numeral, f64)>)> = Vec::new();
        if order == 3 {
            for ((before, last), row) in &self.after_pair {
                let often = row.values().sum::<usize>() >= PAIR_MIN;
                let row = probabilities(row, kept);
                if often && !row.is_empty() && kept.contains(before) && kept.contains(last) {
                    pairs.push((format!("{before} {last}"), row));
                }
            }
        }
        let order = if pairs.is_empty() { 2 } else { 3 };
        let mut toml = String::from("[[table]]\n");
        // Writing to a String cannot fail.
        let _ = writeln!(toml, "mode = \"{mode}\"\norder = {order}");
        let _ = writeln!(toml, "start = {}\n\n[table.next]", inline(&self.starts(kept)));
        for chord in kept {
            let _ = writeln!(toml, "\"{chord}\" = {}", inline(&self.ways(*chord, kept)));
        }
        for (pair, row) in &pairs {
            let _ = writeln!(toml, "\"{pair}\" = {}", inline(row));
        }
        toml.push_str("\n[table.colour]\n");
        for chord in kept {
            let row = &self.colours[chord];
            let all: BTreeSet<Numeral> = row.keys().copied().collect();
            let _ = writeln!(toml, "\"{chord}\" = {}", inline(&probabilities(row, &all)));
        }
        toml
    }
}

/// A row's probabilities over the chords that are kept, in steps of a thousandth, so that they sum
/// to exactly 1 as written.
fn probabilities(row: &Row, kept: &BTreeSet<Numeral>) -> Vec<(Numeral, f64)> {
    let of_kept = || row.iter().filter(|(chord, _)| kept.contains(*chord));
    let total: usize = of_kept().map(|(_, count)| count).sum();
    let often = |count: usize| count as f64 >= WAY_MIN * total as f64;
    let frequent: Vec<(Numeral, usize)> =
        of_kept().map(|(chord, count)| (*chord, *count)).filter(|(_, c)| often(*c)).collect();
    let total: usize = frequent.iter().map(|(_, count)| count).sum();
    let thousandths = |count: usize| (count * 1000 + total / 2) / total.max(1);
    let mut shares: Vec<(Numeral, usize)> =
        frequent.into_iter().map(|(chord, count)| (chord, thousandths(count))).collect();
    let sum: usize = shares.iter().map(|(_, share)| share).sum();
    if let Some(largest) = shares.iter_mut().max_by_key(|(_, share)| *share) {
        largest.1 = (largest.1 + 1000).saturating_sub(sum);
    }
    shares.into_iter().map(|(chord, share)| (chord, share as f64 / 1000.0)).collect()
}

fn inline(row: &[(Numeral, f64)]) -> String {
    let entries: Vec<String> =
        row.iter().map(|(chord, share)| format!("\"{chord}\" = {share:.3}")).collect();
    format!("{{ {} }}", entries.join(", "))
}
