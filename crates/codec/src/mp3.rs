//! MP3 (ISO/IEC 11172-3, layer III): a constant rate, and each frame holds all of its own bits.
//!
//! A frame has 1 152 frames of sound and a chunk 4 410, so a packet holds three MP3 frames or four, and the coder
//! keeps what is left over. As no frame borrows bits of the one before (there is no reservoir), a player may begin
//! with any packet: its first frame fades in by itself, as frames overlap.
//!
//! The library chooses between left/right and mid/side for each frame, and warns of a fault where it changes its mind;
//! here it has no choice: it is always left/right, which at this rate measures the same.

use std::cell::Cell;

use aeolian_piece::{CHANNELS, CHUNK_SAMPLES, SAMPLE_RATE};
use bytes::Bytes;
use rusty_mp3::Mp3Encode;
use rusty_mp3::encode::lametag;
use rusty_mp3::frame::ChannelMode;
use rusty_mp3::header::{FrameHeader, MpegVersion};

use crate::{Encoder, Error, Fade};

/// Thousands of bits a second.
pub(crate) const RATE_KBPS: u32 = 192;

/// Frames of sound in an MP3 frame.
pub(crate) const FRAME_FRAMES: usize = 1_152;

/// Frames by which the encoder is late; every decoder is late by 529 more.
pub(crate) const DELAY_FRAMES: usize = lametag::ENCODER_DELAY;

/// What the environment may not hold: names that begin so change what the library makes.
const KNOBS: [&str; 2] = ["MP3_", "RFF_MP3_"];

/// An MP3 frame's header, without the byte of padding.
pub(crate) const HEADER: FrameHeader = FrameHeader {
    version: MpegVersion::V1,
    crc_protected: false,
    bitrate_kbps: RATE_KBPS,
    sample_rate: SAMPLE_RATE,
    padding: false,
    channel_mode: ChannelMode::JointStereo { ms_stereo: false, intensity_stereo: false },
    copyright: false,
    original: true,
    emphasis: 0,
};

/// MP3 frames in which so many frames of sound are heard to the last.
pub(crate) fn mp3_frames(frames: u64) -> u64 {
    lametag::frames_for(frames, DELAY_FRAMES, FRAME_FRAMES)
}

/// The first of these names that changes what the library makes.
fn knob(mut names: impl Iterator<Item = String>) -> Option<String> {
    names.find(|name| KNOBS.iter().any(|knob| name.starts_with(knob)))
}

/// Encodes chunks in order.
pub(crate) struct Coder {
    encoder: Mp3Encode,
    /// What waits for its frame to be full, left and right.
    waiting: [Vec<f32>; CHANNELS],
    /// Frames of sound taken so far.
    frames: u64,
    /// MP3 frames made so far.
    made: u64,
    /// What is missing to a whole byte: an MP3 frame is 626.94 bytes long.
    missing: u32,
    packet: Vec<u8>,
}

impl Coder {
    /// A coder at the beginning of a stream.
    ///
    /// # Errors
    /// [`Error::Mp3`] where the environment would change what the library makes.
    pub(crate) fn new() -> Result<Self, Error> {
        let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
        if let Some(name) = knob(names) {
            return Err(Error::Mp3(format!("the environment variable {name} must not be set")));
        }
        Ok(Self {
            encoder: Mp3Encode::new(),
            waiting: Default::default(),
            frames: 0,
            made: 0,
            missing: 0,
            packet: Vec::new(),
        })
    }

    fn take(&mut self, samples: &[i16]) {
        for (channel, waiting) in self.waiting.iter_mut().enumerate() {
            let samples = samples.iter().skip(channel).step_by(CHANNELS);
            waiting.extend(samples.map(|sample| f32::from(*sample) / 32_768.0));
        }
        self.frames += (samples.len() / CHANNELS) as u64;
    }

    /// Encodes what waits, as far as it fills frames.
    fn frames(&mut self) -> Result<&[u8], Error> {
        self.packet.clear();
        let [left, right] = &mut self.waiting;
        let whole = left.len() / FRAME_FRAMES * FRAME_FRAMES;
        let pairs = left[..whole].chunks(FRAME_FRAMES).zip(right[..whole].chunks(FRAME_FRAMES));
        for (left, right) in pairs {
            let mut header = HEADER;
            self.missing += FRAME_FRAMES as u32 / 8 * RATE_KBPS * 1_000 % SAMPLE_RATE;
            if self.missing >= SAMPLE_RATE {
                self.missing -= SAMPLE_RATE;
                header.padding = true;
            }
            let channels = [Channel::new(left), Channel::new(right)];
            let frame = self.encoder.encode_frame(&header, &channels, None);
            self.packet.extend(frame.map_err(|error| Error::Mp3(error.to_string()))?);
            self.made += 1;
        }
        self.waiting.iter_mut().for_each(|waiting| drop(waiting.drain(..whole)));
        Ok(&self.packet)
    }
}

impl Encoder for Coder {
    fn encode(&mut self, chunk: u64, samples: &[i16; CHUNK_SAMPLES]) -> Result<&[u8], Error> {
        // What begins in the middle of the music would begin with a click.
        if self.frames == 0 && chunk > 0 {
            let mut samples = *samples;
            Fade::default().pass(&mut samples, true);
            self.take(&samples);
        } else {
            self.take(samples);
        }
        self.frames()
    }

    fn finish(&mut self, _: u64, rest: &[i16]) -> Result<Vec<Bytes>, Error> {
        self.take(rest);
        let left = (mp3_frames(self.frames) - self.made) as usize * FRAME_FRAMES;
        self.waiting.iter_mut().for_each(|waiting| waiting.resize(left, 0.0));
        Ok(vec![Bytes::copy_from_slice(self.frames()?)])
    }
}

/// A channel of a frame. The library looks at both once to choose between left/right and mid/side, before it reads
/// them: of silence it chooses left/right.
struct Channel<'a> {
    samples: &'a [f32],
    chosen: Cell<bool>,
}

impl<'a> Channel<'a> {
    fn new(samples: &'a [f32]) -> Self {
        Self { samples, chosen: Cell::new(false) }
    }
}

impl AsRef<[f32]> for Channel<'_> {
    fn as_ref(&self) -> &[f32] {
        if self.chosen.replace(true) { self.samples } else { &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::mp3::split_frame;
    use rusty_mp3::Mp3Decoder;

    const LEVEL: f64 = 0.5;

    fn tone(frame: usize, channel: usize) -> f64 {
        let hz = [441.0, 661.5][channel];
        LEVEL * (std::f64::consts::TAU * hz * frame as f64 / f64::from(SAMPLE_RATE)).sin()
    }

    fn chunk(number: u64) -> [i16; CHUNK_SAMPLES] {
        let frame = |i| number as usize * (CHUNK_SAMPLES / CHANNELS) + i / CHANNELS;
        std::array::from_fn(|i| (tone(frame(i), i % CHANNELS) * 32_767.0).round() as i16)
    }

    fn packets(chunks: std::ops::Range<u64>) -> Vec<Vec<u8>> {
        let mut coder = Coder::new().unwrap();
        chunks.map(|number| coder.encode(number, &chunk(number)).unwrap().to_vec()).collect()
    }

    fn mp3_frames_of(packet: &[u8]) -> Vec<&[u8]> {
        let mut rest = packet;
        let mut frames = Vec::new();
        while let Some((frame, after)) = split_frame(rest) {
            frames.push(frame);
            rest = after;
        }
        assert!(rest.is_empty(), "a frame that is not whole");
        frames
    }

    fn heard(packets: &[Vec<u8>]) -> Vec<f32> {
        let mut decoder = Mp3Decoder::new();
        packets.iter().for_each(|packet| decoder.push(packet));
        decoder.flush();
        std::iter::from_fn(|| decoder.next_frame().ok()).flat_map(|frame| frame.samples).collect()
    }

    /// The largest step of a channel between two frames.
    fn steepest(samples: &[f32]) -> f32 {
        let steps = samples.iter().zip(&samples[CHANNELS..]).map(|(a, b)| (a - b).abs());
        steps.fold(0.0, f32::max)
    }

    /// That of the tones: the right one's.
    const STEEPEST: f32 = LEVEL as f32 * std::f32::consts::TAU * 661.5 / SAMPLE_RATE as f32;

    #[test]
    fn a_packet_holds_three_whole_frames_or_four_that_stand_alone_at_a_constant_rate() {
        let packets = packets(0..100);
        let (mut bytes, mut count) = (0, 0);
        for packet in &packets {
            let frames = mp3_frames_of(packet);
            assert!((3..=4).contains(&frames.len()), "{}", frames.len());
            for frame in &frames {
                let mode_and_extension = frame[3] >> 4;
                assert_eq!(
                    mode_and_extension, 0b0100,
                    "joint stereo, but neither mid/side nor intensity"
                );
                let borrowed = u16::from(frame[4]) << 1 | u16::from(frame[5] >> 7);
                assert_eq!(borrowed, 0, "bits of the frame before");
            }
            (bytes, count) = (bytes + packet.len(), count + frames.len());
        }
        assert_eq!(count, 441_000 / FRAME_FRAMES);
        let rate_bps = bytes as f64 * 8.0 * f64::from(SAMPLE_RATE) / (count * FRAME_FRAMES) as f64;
        assert!((rate_bps - 192_000.0).abs() < 10.0, "{rate_bps}");
    }

    #[test]
    fn what_is_decoded_is_what_was_played_so_many_frames_later() {
        let heard = heard(&packets(0..20));
        let delay = DELAY_FRAMES + lametag::DECODER_DELAY;
        for channel in 0..CHANNELS {
            let errors = (5_000..80_000)
                .map(|i| f64::from(heard[(i + delay) * CHANNELS + channel]) - tone(i, channel));
            let power = errors.map(|error| error * error).sum::<f64>() / 75_000.0;
            let db = 10.0 * (power / (LEVEL * LEVEL / 2.0)).log10();
            assert!(db < -40.0, "channel {channel}: {db:.1} dB");
        }
    }

    #[test]
    fn a_player_that_joins_in_the_middle_hears_no_click_and_then_the_same_as_others() {
        let packets = packets(0..30);
        let all = heard(&packets);
        for joined in [1, 2, 7, 12] {
            let late = heard(&packets[joined..]);
            assert!(steepest(&late) < 1.3 * STEEPEST, "{}", steepest(&late));
            assert!(late[0].abs() < 0.02, "{}", late[0]);
            let same = late.len() - 3 * FRAME_FRAMES * CHANNELS;
            let pairs = all[all.len() - same..].iter().zip(&late[late.len() - same..]);
            assert!(pairs.map(|(a, b)| (a - b).abs()).all(|off| off < 1e-5), "from chunk {joined}");
        }
    }

    #[test]
    fn a_coder_that_begins_anew_after_a_break_makes_no_click() {
        for (end, begin) in [(10, 20), (11, 3), (13, 14)] {
            let broken = [packets(0..end), packets(begin..begin + 10)].concat();
            let heard = heard(&broken);
            let steepest = steepest(&heard[4_000 * CHANNELS..]);
            assert!(steepest < 1.3 * STEEPEST, "{steepest} where {STEEPEST} is in the music");
        }
    }

    #[test]
    fn what_would_change_the_library_is_refused() {
        assert_eq!(
            knob(["HOME", "MP3_STEREO"].map(str::to_owned).into_iter()),
            Some("MP3_STEREO".to_owned())
        );
        assert_eq!(
            knob(["RFF_MP3_XRPOW".to_owned()].into_iter()),
            Some("RFF_MP3_XRPOW".to_owned())
        );
        assert_eq!(knob(["HOME", "AEOLIAN_MP3_"].map(str::to_owned).into_iter()), None);
    }
}
