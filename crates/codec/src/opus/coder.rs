//! One stream of Opus packets from chunks.

use aeolian_piece::{CHANNELS, CHUNK_FRAMES, CHUNK_SAMPLES};
use bytes::Bytes;
use opus_pure::{Application, MAX_PACKET_BYTES, OpusEncoder, Signal};

use super::resample::{self, Resampler};
use super::{PACKET_FRAMES, SAMPLE_RATE};
use crate::{Encoder, Error};

/// Bits a second, on average.
pub(super) const BITRATE_BPS: i32 = 128_000;

/// Frames at 48 kHz that the codec needs to look ahead without the parts for speech.
pub(super) const LOOKAHEAD_FRAMES: u16 = 120;

/// Frames at 48 kHz by which decoded audio lies behind what was encoded: the resampler's and the
/// codec's delay.
pub const PRE_SKIP: u16 = resample::DELAY_FRAMES + LOOKAHEAD_FRAMES;

/// Above this, half a decibel is gained for half the speed again.
const COMPLEXITY: i32 = 5;

/// Encodes chunks in order: packets of five 20 ms frames in the MDCT mode, whose decoder needs what
/// came before.
pub struct Coder {
    resampler: Resampler,
    encoder: OpusEncoder,
    resampled: Box<[f32; PACKET_FRAMES * CHANNELS]>,
    packet: Vec<u8>,
}

impl Coder {
    /// A coder at the beginning of a stream.
    ///
    /// # Errors
    /// [`Error::Opus`] when the library refuses.
    pub fn new() -> Result<Self, Error> {
        // Without the parts for speech, which music at this rate never uses.
        let application = Application::RestrictedLowDelay;
        let mut encoder = OpusEncoder::new(SAMPLE_RATE as i32, CHANNELS, application)
            .map_err(|error| Error::Opus(error.to_string()))?;
        encoder.bitrate_bps = BITRATE_BPS;
        encoder.complexity = COMPLEXITY;
        encoder.signal_type = Some(Signal::Music);
        encoder.lsb_depth = 16;
        Ok(Self {
            resampler: Resampler::new(),
            encoder,
            resampled: Box::new([0.0; PACKET_FRAMES * CHANNELS]),
            packet: vec![0; MAX_PACKET_BYTES],
        })
    }
}

impl Encoder for Coder {
    fn encode(&mut self, _chunk: u64, samples: &[i16; CHUNK_SAMPLES]) -> Result<&[u8], Error> {
        self.resampler.process(samples, &mut self.resampled);
        let bytes = self
            .encoder
            .encode(&self.resampled[..], PACKET_FRAMES, &mut self.packet)
            .map_err(|error| Error::Opus(error.to_string()))?;
        Ok(&self.packet[..bytes])
    }

    fn finish(&mut self, chunk: u64, rest: &[i16]) -> Result<Vec<Bytes>, Error> {
        // The decoder's sound is late by the pre-skip: the last of it may need a packet of its own.
        let rest_frames = rest.len() / CHANNELS * PACKET_FRAMES / CHUNK_FRAMES;
        let packets = (usize::from(PRE_SKIP) + rest_frames + 1).div_ceil(PACKET_FRAMES);
        let mut samples = rest.to_vec();
        samples.resize(packets * CHUNK_SAMPLES, 0);
        let (chunks, _) = samples.as_chunks();
        let packet = |(number, samples)| self.encode(number, samples).map(Bytes::copy_from_slice);
        (chunk..).zip(chunks).map(packet).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opus_pure::{MAX_PACKET_SAMPLES, OpusDecoder};

    #[test]
    fn what_is_decoded_is_what_was_played_so_many_frames_later() {
        let mut coder = Coder::new().unwrap();
        let mut decoder = OpusDecoder::new(48_000, 2).unwrap();
        let tone = |i: usize, rate: f64, hz: f64| {
            let t = i as f64 / rate;
            0.25 * (std::f64::consts::TAU * hz * t).sin()
        };
        let mut heard: Vec<f32> = Vec::new();
        let mut bytes = 0;
        for chunk in 0..20 {
            let samples: Vec<i16> = (0..CHUNK_SAMPLES)
                .map(|i| {
                    let hz = if i % 2 == 0 { 440.0 } else { 554.4 };
                    (tone(chunk * 4_410 + i / 2, 44_100.0, hz) * 32_767.0).round() as i16
                })
                .collect();
            let packet =
                coder.encode(chunk as u64, samples.as_slice().try_into().unwrap()).unwrap();
            bytes += packet.len();
            assert_eq!(packet[0] & 3, 3, "several frames");
            assert_eq!(packet[1] & 63, 5, "five");
            let mut out = vec![0.0; MAX_PACKET_SAMPLES * 2];
            let frames = decoder.decode(packet, PACKET_FRAMES, &mut out).unwrap();
            assert_eq!(frames, PACKET_FRAMES);
            heard.extend(&out[..frames * 2]);
        }
        let delay = usize::from(PRE_SKIP);
        for (channel, hz) in [(0, 440.0), (1, 554.4)] {
            let error: f64 = (10_000..90_000)
                .map(|i| f64::from(heard[(i + delay) * 2 + channel]) - tone(i, 48_000.0, hz))
                .map(|difference| difference * difference)
                .sum();
            let db = 10.0 * (error / 80_000.0 / 0.031_25).log10();
            assert!(db < -25.0, "channel {channel}: {db:.1} dB");
        }
        let kbps = bytes * 8 / 2_000;
        assert!((90..=135).contains(&kbps), "{kbps} kbit/s");
    }
}
