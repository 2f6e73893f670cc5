//! What holds for every row of the table of codecs, whichever rows there are.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aeolian_codec::container;
use aeolian_codec::table::ROWS;
use aeolian_piece::CHUNK_SAMPLES;

#[test]
fn each_codec_starts_anew_at_any_chunk_and_makes_the_same_packets_of_the_same_chunks() {
    let chunk = |i: usize| std::array::from_fn(|j| ((i * 7_919 + j * 31) % 20_000) as i16 - 10_000);
    let music: Vec<[i16; CHUNK_SAMPLES]> = (0..20).map(chunk).collect();
    for row in ROWS {
        for first in [0, 1, 1 << 40] {
            let packets = || {
                let mut encoder = row.codec.encoder().unwrap();
                let encode = |(i, chunk)| encoder.encode(i, chunk).unwrap().to_vec();
                (first..).zip(&music).map(encode).collect::<Vec<_>>()
            };
            let made = packets();
            assert!(made.iter().all(|packet| !packet.is_empty()), "{}", row.name);
            assert_eq!(made, packets(), "{}", row.name);
        }
    }
}

#[test]
fn each_codec_is_in_a_container() {
    for row in ROWS {
        assert!(container::ROWS.iter().any(|other| other.codec == row.codec), "{}", row.name);
    }
}
