//! Every vector gives the bits that one float gives, lane by lane.

use std::sync::OnceLock;

use super::*;

/// Points of which no two are alike.
fn points() -> &'static Points {
    static POINTS: OnceLock<Box<Points>> = OnceLock::new();
    POINTS.get_or_init(|| {
        let mut points = Box::new([0.0; POINTS_ROOM + 1]);
        for (i, point) in points.iter_mut().enumerate() {
            *point = i as f32 - 1000.5;
        }
        points
    })
}

/// Ordinary numbers, and those at which arithmetic is apt to differ.
const FLOATS: [f32; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    0.1,
    -3.25e7,
    7.5e-20,
    -2.0e-15,
    1.0e-15,
    9.9e-16,
    2.5,
    -2.5,
    123.456,
    -0.499_999_97,
    65_535.0,
    -8_388_607.5,
];
const WORDS: [u32; 16] = [
    0,
    1,
    u32::MAX,
    0x8000_0000,
    0x7fff_ffff,
    12_345,
    0xdead_beef,
    65_535,
    65_536,
    70_000,
    3,
    255,
    0x0100_0000,
    0x7feb_352d,
    0x846c_a68b,
    2,
];

/// Everything that vectors can do to two floats and two integers.
fn everything<V: Floats>(a: &[f32; 16], b: &[f32; 16], m: &[u32; 16], n: &[u32; 16]) -> Vec<u32> {
    let mut results = Vec::new();
    for at in (0..16).step_by(V::WIDTH) {
        let (a, b) = (V::load(a, at), V::load(b, at));
        let (m, n) = (V::Words::load(m, at), V::Words::load(n, at));
        let mut places = [PointIndex::default(); 16];
        m.store_places(&mut places, at);
        let (here, next) = V::pairs(points(), &places, at);
        let floats = [
            V::splat(0.3),
            a + b,
            a - b,
            a * b,
            a.divided_by(b),
            a.min(b),
            a.max(b),
            a.abs(),
            a.flush(),
            m.to_floats(),
            V::from_bits(a.to_bits()),
            here,
            next,
        ];
        let words = [
            V::Words::splat(7),
            m.plus(n),
            m.minus(n),
            m.times(n),
            m & n,
            m ^ n,
            m.left::<23>(),
            m.right::<15>(),
            m.right_signed::<8>(),
            a.truncated(),
            a.to_bits(),
        ];
        let mut lanes = vec![Vec::new(); V::WIDTH];
        for x in floats {
            let mut out = [0.0; 16];
            x.store(&mut out, at);
            (0..V::WIDTH).for_each(|l| lanes[l].push(out[at + l].to_bits()));
        }
        for x in words {
            let mut out = [0; 16];
            x.store(&mut out, at);
            (0..V::WIDTH).for_each(|l| lanes[l].push(out[at + l]));
        }
        results.extend(lanes.concat());
    }
    results
}

/// Four frames of sixteen lanes, as [`place`] puts them.
fn in_groups<V: Floats>(rows: &[[f32; 16]; 4]) -> [f32; 64] {
    let mut lanes = [0.0; 64];
    for (frame, row) in rows.iter().enumerate() {
        for (lane, x) in row.iter().enumerate() {
            lanes[place::<V>(lane, 4, frame)] = *x;
        }
    }
    lanes
}

fn assert_same<V: Floats>(name: &str) {
    for turn in 0..16 {
        let (mut b, mut n) = (FLOATS, WORDS);
        b.rotate_left(turn);
        n.rotate_left(turn);
        // What 0 / 0 gives differs in its sign from CPU to CPU; nothing divides by 0.
        let b = b.map(|b| if b == 0.0 { 1.0 } else { b });
        let expected = everything::<f32>(&FLOATS, &b, &WORDS, &n);
        assert_eq!(everything::<V>(&FLOATS, &b, &WORDS, &n), expected, "{name}, turn {turn}");
    }
    let rows = [FLOATS, FLOATS.map(|x| 0.3 * x), [0.1; 16], [-0.0; 16]];
    let bits = |sums: [f32; 4]| sums.map(f32::to_bits);
    let (lanes, expected) = (in_groups::<V>(&rows), in_groups::<f32>(&rows));
    assert_eq!(
        bits(V::sums::<true>(&lanes, 4, 0)),
        bits(f32::sums::<true>(&expected, 4, 0)),
        "{name}"
    );
    assert_eq!(
        bits(V::sums::<false>(&lanes, 4, 0)),
        bits(f32::sums::<false>(&expected, 4, 0)),
        "{name}"
    );
    let (mut even, mut in_turns) = (FLOATS, [0.0f32; 32]);
    even.reverse();
    for at in (0..16).step_by(V::WIDTH) {
        let (first, second) = V::load(&even, at).interleaved(V::load(&FLOATS, at));
        first.store(&mut in_turns, 2 * at);
        second.store(&mut in_turns, 2 * at + V::WIDTH);
    }
    for (i, pair) in in_turns.as_chunks::<2>().0.iter().enumerate() {
        assert_eq!(*pair, [even[i], FLOATS[i]], "{name}, lane {i}");
    }
    let mut rows = [V::splat(0.0); LANES_MAX];
    for row in 0..V::WIDTH {
        let numbers: [f32; LANES_MAX] = core::array::from_fn(|lane| (100 * row + lane) as f32);
        rows[row] = V::load(&numbers, 0);
    }
    transpose(&mut rows);
    for row in 0..V::WIDTH {
        let mut numbers = [0.0f32; LANES_MAX];
        rows[row].store(&mut numbers, 0);
        for lane in 0..V::WIDTH {
            assert_eq!(numbers[lane], (100 * lane + row) as f32, "{name}, row {row}");
        }
    }
    for loudest in 0..16 {
        let mut lanes = [-0.5f32; 16];
        lanes[loudest] = 7.0;
        for at in (0..16).step_by(V::WIDTH) {
            let expected = if (at..at + V::WIDTH).contains(&loudest) { 7.0 } else { -0.5 };
            assert_eq!(V::load(&lanes, at).largest(), expected, "{name}, lane {loudest}");
        }
    }
}

#[test]
fn every_vector_gives_the_bits_of_one_float() {
    assert_same::<f32>("f32");
    assert_same::<four::Four>("four");
    assert_same::<Baseline>("baseline");
    #[cfg(target_arch = "x86_64")]
    for isa in crate::Isa::available() {
        match isa {
            crate::Isa::Baseline => {}
            crate::Isa::Avx2 => assert_same::<F32x8>("AVX2"),
            crate::Isa::Avx512 => assert_same::<F32x16>("AVX-512"),
        }
    }
}

#[test]
fn no_place_lies_outside_the_tables() {
    let points = points();
    let places = [u32::MAX, POINTS_ROOM as u32 - 1, POINTS_ROOM as u32, 5];
    let mut stored = [PointIndex::default(); 4];
    <<Baseline as Floats>::Words as Words>::load(&places, 0).store_places(&mut stored, 0);
    let (here, next) = Baseline::pairs(points, &stored, 0);
    let [mut here_lanes, mut next_lanes] = [[0.0f32; 4]; 2];
    here.store(&mut here_lanes, 0);
    next.store(&mut next_lanes, 0);
    for (lane, place) in places.into_iter().enumerate() {
        assert_eq!(here_lanes[lane], points[place as usize % POINTS_ROOM]);
        assert_eq!(next_lanes[lane], points[place as usize % POINTS_ROOM + 1]);
    }
}
