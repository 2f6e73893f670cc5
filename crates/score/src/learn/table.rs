//! Counted changes of chord as a table in TOML.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::chords::HeardChord;
use crate::key::{Key, Mode, PitchClass};
use crate::numeral::Numeral;
use crate::numeral::{Colour, Triad};

/// How far a table looks back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// At the chord that sounds: rows of bigrams.
    #[default]
    Bigrams,
    /// At the chord before it too, where the pair was heard often enough.
    Trigrams,
}

/// Fewer changes than this say little about a style.
const CHANGES_MIN: usize = 40;
/// A chord that makes up less than this share of all is taken for a passing one, and left out.
const SHARE_MIN: f64 = 0.01;
/// More chords than a listener would notice.
const CHORDS_MAX: usize = 16;
/// A pair of chords has a row of its own from so many occurrences on.
const PAIR_MIN: usize = 8;
/// A seventh becomes a colour from this share of a chord's occurrences on.
const COLOUR_MIN: f64 = 0.05;

/// Probabilities are written in thousandths.
const UNITS: usize = 1000;

type Counts<K> = BTreeMap<K, BTreeMap<Numeral, usize>>;

/// A mode's table.
pub(super) struct LearntTable {
    /// The TOML.
    pub(super) text: String,
    /// How many chords it has.
    pub(super) chords: usize,
    /// The commonest change, and how often it was heard.
    pub(super) commonest: (Numeral, Numeral, usize),
}

/// A chord as the mode names it, and whether it has the seventh that the mode would give it.
fn name(chord: &HeardChord, mode: Mode) -> (Numeral, bool) {
    let key = Key { tonic: PitchClass::new(0), mode };
    let mut numeral = Numeral::on_root(key, chord.root, chord.triad);
    // A diminished chord between the degrees leads upwards: it is named by the degree below.
    if chord.triad == Triad::Diminished
        && let Some(below) = key.degree_of(chord.root.up(11))
        && !key.contains(chord.root)
        && let Ok(raised) = format!("#{}°", LETTERS[below]).parse()
    {
        numeral = raised;
    }
    let dressed = numeral.with_colour(Colour::Seventh).tones(key);
    let seventh = chord.seventh.map(|seventh| chord.root.up(seventh));
    (numeral, seventh.is_some() && dressed.get(3).copied() == seventh)
}

const LETTERS: [&str; 7] = ["i", "ii", "iii", "iv", "v", "vi", "vii"];

/// The table of the chords that follow each other in `runs`, roots counted from the tonic; none
/// where they are too few. Pieces begin with `openings`.
pub(super) fn write(
    mode: Mode,
    order: Order,
    runs: &[&[HeardChord]],
    openings: &[HeardChord],
) -> Option<LearntTable> {
    let named = |run: &&[HeardChord]| run.iter().map(|chord| name(chord, mode).0).collect();
    let runs_named: Vec<Vec<Numeral>> = runs.iter().map(named).collect();
    let changes: usize = runs_named.iter().map(|run| run.len().saturating_sub(1)).sum();
    if changes < CHANGES_MIN {
        return None;
    }
    let mut kept = common(&runs_named);
    let chain = loop {
        let chain = Chain::count(&runs_named, openings, mode, &kept);
        let dropped = chain.dead_ends();
        if dropped.is_empty() {
            break chain;
        }
        kept.retain(|chord| !dropped.contains(chord));
    };
    let best = |(from, row): (&Numeral, &BTreeMap<Numeral, usize>)| {
        row.iter().map(|(to, count)| (*from, *to, *count)).max_by_key(|(.., count)| *count)
    };
    let commonest = chain.next.iter().filter_map(best).max_by_key(|(.., count)| *count)?;
    let colours = colours(runs, mode, &kept);
    let text = chain.to_toml(mode, order, changes, &colours);
    Some(LearntTable { text, chords: kept.len(), commonest })
}

/// The chords that are heard often enough.
fn common(runs: &[Vec<Numeral>]) -> BTreeSet<Numeral> {
    let mut visits: BTreeMap<Numeral, usize> = BTreeMap::new();
    for chord in runs.iter().flatten() {
        *visits.entry(*chord).or_default() += 1;
    }
    let all: usize = visits.values().sum();
    let mut ranked: Vec<(Numeral, usize)> = visits.into_iter().collect();
    ranked.sort_by_key(|(_, count)| core::cmp::Reverse(*count));
    let often = |(_, count): &(Numeral, usize)| *count as f64 >= SHARE_MIN * all as f64;
    ranked.into_iter().take(CHORDS_MAX).filter(often).map(|(chord, _)| chord).collect()
}

/// How often each chord wears its seventh: thousandths, where often enough.
fn colours(
    runs: &[&[HeardChord]],
    mode: Mode,
    kept: &BTreeSet<Numeral>,
) -> BTreeMap<Numeral, usize> {
    let mut heard: BTreeMap<Numeral, (usize, usize)> = BTreeMap::new();
    for chord in runs.iter().copied().flatten() {
        let (numeral, seventh) = name(chord, mode);
        let (all, dressed) = heard.entry(numeral).or_default();
        *all += 1;
        *dressed += usize::from(seventh);
    }
    let share = |(all, dressed): (usize, usize)| dressed as f64 / all as f64;
    heard
        .into_iter()
        .filter(|(numeral, counts)| kept.contains(numeral) && share(*counts) >= COLOUR_MIN)
        .map(|(numeral, (all, dressed))| (numeral, (dressed * UNITS + all / 2) / all))
        .collect()
}

/// Counts among the chords that are kept.
struct Chain {
    start: BTreeMap<Numeral, usize>,
    next: Counts<Numeral>,
    after_pair: Counts<(Numeral, Numeral)>,
    kept: BTreeSet<Numeral>,
}

impl Chain {
    /// Counts as if the other chords were not there.
    fn count(
        runs: &[Vec<Numeral>],
        openings: &[HeardChord],
        mode: Mode,
        kept: &BTreeSet<Numeral>,
    ) -> Self {
        let mut next: Counts<Numeral> = BTreeMap::new();
        let mut after_pair: Counts<(Numeral, Numeral)> = BTreeMap::new();
        for run in runs {
            let mut run: Vec<Numeral> =
                run.iter().copied().filter(|chord| kept.contains(chord)).collect();
            run.dedup();
            for pair in run.windows(2) {
                *next.entry(pair[0]).or_default().entry(pair[1]).or_default() += 1;
            }
            for three in run.windows(3) {
                let row = after_pair.entry((three[0], three[1])).or_default();
                *row.entry(three[2]).or_default() += 1;
            }
        }
        let mut start: BTreeMap<Numeral, usize> = BTreeMap::new();
        for opening in openings.iter().map(|chord| name(chord, mode).0) {
            if kept.contains(&opening) {
                *start.entry(opening).or_default() += 1;
            }
        }
        if start.is_empty() {
            let home = Numeral::diatonic(mode, 0);
            let first = kept.get(&home).or_else(|| kept.first());
            start.extend(first.map(|chord| (*chord, 1)));
        }
        Self { start, next, after_pair, kept: kept.clone() }
    }

    /// Chords that lead nowhere, or that no way leads to once probabilities are rounded.
    fn dead_ends(&self) -> BTreeSet<Numeral> {
        let mut reached: BTreeSet<Numeral> =
            thousandths(&self.start).into_iter().map(|(chord, _)| chord).collect();
        let mut open: Vec<Numeral> = reached.iter().copied().collect();
        while let Some(row) = open.pop().map(|chord| self.next.get(&chord)) {
            for (to, _) in row.map(thousandths).unwrap_or_default() {
                if reached.insert(to) {
                    open.push(to);
                }
            }
        }
        let fine = |chord: &Numeral| reached.contains(chord) && self.next.contains_key(chord);
        self.kept.iter().copied().filter(|chord| !fine(chord)).collect()
    }

    fn to_toml(
        &self,
        mode: Mode,
        order: Order,
        changes: usize,
        colours: &BTreeMap<Numeral, usize>,
    ) -> String {
        let often = |row: &BTreeMap<Numeral, usize>| row.values().sum::<usize>() >= PAIR_MIN;
        let pairs: Vec<_> = self.after_pair.iter().filter(|(_, row)| often(row)).collect();
        let pairs = if order == Order::Trigrams { &pairs[..] } else { &[] };
        let mut text = String::new();
        let mut line = |line: std::fmt::Arguments<'_>| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{line}");
        };
        line(format_args!("# From {changes} changes of chord."));
        line(format_args!("[[table]]"));
        line(format_args!("mode = \"{mode}\""));
        line(format_args!("order = {}", if pairs.is_empty() { 2 } else { 3 }));
        line(format_args!("start = {}", row_to_toml(&thousandths(&self.start))));
        line(format_args!(""));
        line(format_args!("[table.next]"));
        for (chord, row) in &self.next {
            line(format_args!("{} = {}", quoted(chord), row_to_toml(&thousandths(row))));
        }
        for ((before, last), row) in pairs {
            line(format_args!("\"{before} {last}\" = {}", row_to_toml(&thousandths(row))));
        }
        line(format_args!(""));
        if !colours.is_empty() {
            line(format_args!("[table.colour]"));
            for (chord, dressed) in colours {
                let seventh = chord.with_colour(Colour::Seventh);
                let row: Vec<_> = [(*chord, UNITS - dressed), (seventh, *dressed)]
                    .into_iter()
                    .filter(|(_, units)| *units > 0)
                    .collect();
                line(format_args!("{} = {}", quoted(chord), row_to_toml(&row)));
            }
            line(format_args!(""));
        }
        text
    }
}

/// Shares in thousandths that sum to 1000, by the method of largest remainders. What rounds to
/// nothing is left out.
fn thousandths(counts: &BTreeMap<Numeral, usize>) -> Vec<(Numeral, usize)> {
    let all = counts.values().sum::<usize>().max(1);
    let mut shares: Vec<(Numeral, usize, usize)> = counts
        .iter()
        .map(|(chord, count)| (*chord, count * UNITS / all, count * UNITS % all))
        .collect();
    let missing = UNITS - shares.iter().map(|(_, share, _)| share).sum::<usize>().min(UNITS);
    shares.sort_by_key(|(chord, _, rest)| (core::cmp::Reverse(*rest), *chord));
    shares.iter_mut().take(missing).for_each(|(_, share, _)| *share += 1);
    shares.sort_by_key(|(chord, share, _)| (core::cmp::Reverse(*share), *chord));
    shares.into_iter().map(|(chord, share, _)| (chord, share)).filter(|(_, s)| *s > 0).collect()
}

/// Such as `{ i = 0.6, VI = 0.4 }`.
fn row_to_toml(row: &[(Numeral, usize)]) -> String {
    let cell = |(chord, units): &(Numeral, usize)| {
        format!("{} = {}.{:03}", quoted(chord), units / UNITS, units % UNITS)
    };
    format!("{{ {} }}", row.iter().map(cell).collect::<Vec<_>>().join(", "))
}

/// The chord as a key in TOML, in quotes where it must be.
fn quoted(chord: &Numeral) -> String {
    let text = chord.to_string();
    if text.bytes().all(|b| b.is_ascii_alphanumeric()) { text } else { format!("\"{text}\"") }
}
