//! What holds for every row of the table of containers, whichever rows there are.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::f64::consts::TAU;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use aeolian_codec::container::{Container, Purpose, ROWS, Row, table};
use aeolian_codec::{Encoder, File, Tags};
use aeolian_piece::{CHANNELS, CHUNK_FRAMES, CHUNK_SAMPLES, SAMPLE_RATE};
use bytes::Bytes;

/// Peak of the tones.
const LEVEL: f64 = 0.25;

/// What a player hears: the frames' rate, and the channels in turn.
struct Heard {
    rate: u32,
    samples: Vec<f32>,
}

/// Plays what is in a container, as far as it goes.
fn play(row: &Row, bytes: &[u8]) -> Heard {
    match row.name {
        "mp3" => play_mp3(bytes),
        "wav" => play_wav(bytes),
        "flac" => play_flac(bytes),
        "opus" => play_opus(bytes),
        other => panic!("this test has no player for {other}"),
    }
}

fn play_mp3(bytes: &[u8]) -> Heard {
    let id3 = bytes.strip_prefix(b"ID3").map_or(0, |tags| {
        tags[3..7].iter().fold(0, |length, byte| length << 7 | usize::from(*byte)) + 10
    });
    let mut bytes = &bytes[id3..];
    let (mut skip, mut padding) = (0, 0);
    if &bytes[36..40] == b"Info" {
        let both = u32::from_be_bytes([0, bytes[177], bytes[178], bytes[179]]) as usize;
        // A decoder is late by 529 frames, too.
        (skip, padding) = ((both >> 12) + 529, (both & 0xfff) - 529);
        bytes = &bytes[626..];
    }
    let mut decoder = rusty_mp3::Mp3Decoder::new();
    decoder.push(bytes);
    decoder.flush();
    let frames = std::iter::from_fn(|| decoder.next_frame().ok());
    let mut samples: Vec<f32> = frames.flat_map(|frame| frame.samples).collect();
    samples.truncate(samples.len() - padding * CHANNELS);
    Heard { rate: SAMPLE_RATE, samples: samples.split_off(skip * CHANNELS) }
}

fn play_wav(bytes: &[u8]) -> Heard {
    let samples = bytes[44..].chunks_exact(2).map(|pair| [pair[0], pair[1]]);
    let samples = samples.map(|pair| f32::from(i16::from_le_bytes(pair)) / 32_768.0).collect();
    Heard { rate: SAMPLE_RATE, samples }
}

fn play_flac(bytes: &[u8]) -> Heard {
    let mut reader = claxon::FlacReader::new(bytes).unwrap();
    let samples = reader.samples().map(|sample| sample.unwrap() as f32 / 32_768.0).collect();
    Heard { rate: SAMPLE_RATE, samples }
}

fn play_opus(bytes: &[u8]) -> Heard {
    let mut reader = ogg::PacketReader::new(Cursor::new(bytes));
    let head = reader.read_packet_expected().unwrap().data;
    let pre_skip = usize::from(u16::from_le_bytes([head[10], head[11]]));
    reader.read_packet_expected().unwrap();
    let mut decoder = opus_pure::OpusDecoder::new(48_000, CHANNELS).unwrap();
    let (mut samples, mut end) = (Vec::new(), 0);
    let mut out = vec![0.0; opus_pure::MAX_PACKET_SAMPLES * CHANNELS];
    while let Some(packet) = reader.read_packet().unwrap() {
        let frames = decoder.decode(&packet.data, 4_800, &mut out).unwrap();
        samples.extend_from_slice(&out[..frames * CHANNELS]);
        end = packet.absgp_page() as usize;
    }
    samples.truncate(end * CHANNELS);
    Heard { rate: 48_000, samples: samples.split_off(pre_skip * CHANNELS) }
}

/// A tone for each channel, from frame 0 of a station.
fn tone(frame: f64, channel: usize, rate: u32) -> f64 {
    let hz = [441.0, 661.5][channel];
    LEVEL * (TAU * hz * frame / f64::from(rate)).sin()
}

fn tones(frames: usize) -> Vec<i16> {
    let frame = |i| [0, 1].map(|channel| tone(i as f64, channel, SAMPLE_RATE) * 32_767.0);
    (0..frames).flat_map(frame).map(|sample| sample.round() as i16).collect()
}

/// Decibels from the tones, which are as loud as they should be and begin at `start`, down to what else is heard,
/// away from both ends.
fn clean_db(heard: &Heard, start: f64) -> f64 {
    let frames = heard.samples.len() / CHANNELS;
    let (mut signal, mut noise) = (0.0, 0.0);
    for i in 2_000..frames - 2_000 {
        for channel in 0..CHANNELS {
            let expected = tone(i as f64 + start, channel, heard.rate);
            signal += expected.powi(2);
            noise += (f64::from(heard.samples[i * CHANNELS + channel]) - expected).powi(2);
        }
    }
    10.0 * (signal / noise).log10()
}

#[test]
fn a_file_of_each_container_is_heard_as_long_and_as_loud_as_it_was_written() {
    let tags = Tags::titled("Dawn");
    for row in ROWS {
        for frames in
            [20 * CHUNK_FRAMES, 20 * CHUNK_FRAMES + 1_234, 48_371, 4 * CHUNK_FRAMES + 4_409]
        {
            let (mut file, head) = File::new(row, &tags).unwrap();
            let mut bytes = head.to_vec();
            tones(frames).chunks(3_000).for_each(|some| file.write(some, &mut bytes).unwrap());
            let end = file.finish().unwrap();
            bytes.extend_from_slice(&end.bytes);
            if let Some(new) = end.head {
                assert_eq!(new.len(), head.len(), "{}", row.name);
                bytes[..new.len()].copy_from_slice(&new);
            }
            let heard = play(row, &bytes);
            let length = frames as f64 * f64::from(heard.rate) / f64::from(SAMPLE_RATE);
            assert_eq!(heard.samples.len(), length.round() as usize * CHANNELS, "{}", row.name);
            let db = clean_db(&heard, 0.0);
            assert!(db > 25.0, "{}: {db:.1} dB", row.name);
        }
    }
}

#[test]
fn an_empty_file_of_each_container_ends_where_it_begins() {
    for row in ROWS {
        let (file, head) = File::new(row, &Tags::default()).unwrap();
        let end = file.finish().unwrap();
        assert!(!head.is_empty() || !end.bytes.is_empty(), "{}", row.name);
    }
}

/// The packets of a stream's chunks from one on, by an encoder that begins there.
fn packets(row: &Row, first: usize, samples: &[i16]) -> Vec<Bytes> {
    let mut encoder: Box<dyn Encoder> = row.codec.encoder().unwrap();
    let (chunks, _) = samples.as_chunks::<CHUNK_SAMPLES>();
    let packet = |(i, chunk)| Bytes::copy_from_slice(encoder.encode(i, chunk).unwrap());
    (first as u64..).zip(&chunks[first..]).map(packet).collect()
}

fn stream(row: &Row, packets: &[Bytes]) -> Vec<u8> {
    let mut container: Box<dyn Container> = (row.start)(Purpose::Stream);
    let mut bytes = container.head(&Tags::titled("main")).unwrap().to_vec();
    packets.iter().for_each(|packet| bytes.extend(container.wrap(packet.clone())));
    bytes
}

/// How loud a channel's tone is, and the decibels from it down to what else is heard, away from both ends.
fn tone_in(heard: &Heard, channel: usize) -> (f64, f64) {
    let samples = heard.samples.iter().skip(channel).step_by(CHANNELS).map(|s| f64::from(*s));
    // Whole turns of both tones.
    let turns = 10 * heard.rate as usize / 441 * 2;
    let samples: Vec<f64> = samples.skip(4_800).take(30 * turns).collect();
    let quarter = f64::from(heard.rate) / [441.0, 661.5][channel] / 4.0;
    let part = |offset| {
        let unit = (0..).map(|i| tone(f64::from(i) + offset, channel, heard.rate) / LEVEL);
        samples.iter().zip(unit).map(|(a, b)| a * b).sum::<f64>() * 2.0 / samples.len() as f64
    };
    let level = part(0.0).hypot(part(quarter));
    let power = samples.iter().map(|s| s * s).sum::<f64>() / samples.len() as f64;
    let signal = level * level / 2.0;
    (level, 10.0 * (signal / (power - signal).max(1e-12)).log10())
}

#[test]
fn a_stream_of_each_container_that_is_joined_in_the_middle_is_heard_from_there_on() {
    let music = tones(30 * CHUNK_FRAMES);
    for row in ROWS {
        let packets = packets(row, 4, &music);
        let heard = play(row, &stream(row, &packets[3..23]));
        let frames = heard.samples.len() / CHANNELS;
        let chunks = frames as f64 / f64::from(heard.rate) * 10.0;
        assert!((19.5..=20.2).contains(&chunks), "{}: {chunks} chunks", row.name);
        for channel in 0..CHANNELS {
            let (level, db) = tone_in(&heard, channel);
            assert!((level / LEVEL - 1.0).abs() < 0.02, "{}: as loud as {level}", row.name);
            assert!(db > 25.0, "{}: {db:.1} dB", row.name);
        }
    }
}

#[test]
fn each_container_has_a_name_and_words_of_its_own() {
    for (i, row) in ROWS.iter().enumerate() {
        assert!(std::ptr::eq(table::by_ending(&row.name.to_ascii_uppercase()).unwrap(), row));
        let others = ROWS[..i].iter();
        assert!(others.clone().all(|other| other.name != row.name && other.words != row.words));
        assert!(table::endings().contains(&format!(".{}", row.name)));
    }
    assert!(table::by_ending("").is_none() && table::by_ending("txt").is_none());
}

#[test]
fn each_container_has_its_lines_in_the_documents() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |name| fs::read_to_string(root.join(name)).unwrap();
    let (protocol, readme) = (read("docs/protocol.md"), read("README.md"));
    for Row { name, content_type, .. } in ROWS {
        let line = format!("| `/stream.{name}` | `{content_type}` | ");
        assert!(protocol.contains(&line), "docs/protocol.md has no line that begins {line}");
        assert!(readme.contains(&format!("/stream.{name}`")), "README.md has no /stream.{name}");
        assert!(readme.contains(&format!("`.{name}`")), "README.md has no .{name}");
    }
}
