//! The sound as a whole: as loud, as wide and as dark as it is meant to be, for any seed and any preset.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods, clippy::unwrap_used)]

mod station;

use aeolian_score::Change;
use aeolian_synth::{CHANNELS, SAMPLE_RATE};
use ebur128::{EbuR128, Mode};
use realfft::RealFftPlanner;
use station::Station;

const SECOND: usize = SAMPLE_RATE as usize * CHANNELS;

struct Measured {
    lufs: f64,
    range_lu: f64,
    true_peak_db: f64,
    samples: Vec<f32>,
}

fn measure(seed: u64, change: &Change, seconds: usize) -> Measured {
    let mut samples = vec![0.0; seconds * SECOND];
    Station::new(seed, change).render(&mut samples, 4410);
    let mut meter = EbuR128::new(2, SAMPLE_RATE, Mode::I | Mode::LRA | Mode::TRUE_PEAK).unwrap();
    meter.add_frames_f32(&samples).unwrap();
    let peak = meter.true_peak(0).unwrap().max(meter.true_peak(1).unwrap());
    Measured {
        lufs: meter.loudness_global().unwrap(),
        range_lu: meter.loudness_range().unwrap(),
        true_peak_db: 20.0 * libm::log10(peak),
        samples,
    }
}

/// Frames of a spectrum.
const FRAMES: usize = 1 << 14;

fn bin(hz: f64) -> usize {
    (hz * FRAMES as f64 / f64::from(SAMPLE_RATE)) as usize
}

/// Power of a mono signal by frequency.
fn power(signal: &[f32]) -> Vec<f64> {
    let n = FRAMES;
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(n);
    let mut power = vec![0.0; n / 2 + 1];
    for chunk in signal.chunks_exact(n) {
        let mut windowed: Vec<f64> = chunk
            .iter()
            .enumerate()
            .map(|(i, x)| {
                let hann = 0.5 - 0.5 * libm::cos(std::f64::consts::TAU * i as f64 / n as f64);
                f64::from(*x) * hann
            })
            .collect();
        let mut spectrum = fft.make_output_vec();
        fft.process(&mut windowed, &mut spectrum).unwrap();
        power.iter_mut().zip(&spectrum).for_each(|(power, x)| *power += x.norm_sqr());
    }
    power
}

/// Mean power of a mono signal in third octaves from 100 Hz to 8 kHz, as points (octave, dB).
fn third_octaves(signal: &[f32]) -> Vec<(f64, f64)> {
    let power = power(signal);
    (0..20)
        .map(|third| {
            let octave = f64::from(third) / 3.0;
            let hz = 100.0 * libm::exp2(octave);
            let band = &power[bin(hz * 0.891)..=bin(hz * 1.122)];
            (octave, 10.0 * libm::log10(band.iter().sum::<f64>() / band.len() as f64))
        })
        .collect()
}

fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (mx, my) = points.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let sxy: f64 = points.iter().map(|(x, y)| (x - mx) * (y - my)).sum();
    sxy / points.iter().map(|(x, _)| (x - mx) * (x - mx)).sum::<f64>()
}

fn correlation(frames: &[f32]) -> f64 {
    let (mut lr, mut ll, mut rr) = (0.0, 0.0, 0.0);
    for frame in frames.as_chunks::<2>().0 {
        let [l, r] = frame.map(f64::from);
        lr += l * r;
        ll += l * l;
        rr += r * r;
    }
    lr / (ll * rr).sqrt()
}

#[test]
fn a_default_station_is_as_loud_wide_and_dark_as_a_record() {
    for seed in [1, 2, 3, 5, 8, 1234] {
        let Measured { lufs, range_lu, true_peak_db, samples } =
            measure(seed, &Change::default(), 180);
        assert!((lufs + 16.0).abs() <= 1.0, "seed {seed}: {lufs:.1} LUFS");
        assert!((4.0..=10.0).contains(&range_lu), "seed {seed}: range {range_lu:.1} LU");
        assert!(true_peak_db <= -1.0, "seed {seed}: {true_peak_db:.1} dBTP");

        let mono: Vec<f32> =
            samples.as_chunks::<2>().0.iter().map(|[l, r]| 0.5 * (l + r)).collect();
        let falls = -slope(&third_octaves(&mono));
        assert!((4.5..=7.5).contains(&falls), "seed {seed}: falls by {falls:.1} dB an octave");

        let side: Vec<f32> =
            samples.as_chunks::<2>().0.iter().map(|[l, r]| 0.5 * (l - r)).collect();
        let bass = |signal: &[f32]| power(signal)[bin(25.0)..bin(120.0)].iter().sum::<f64>();
        let width = 10.0 * libm::log10(bass(&side) / bass(&mono));
        assert!(
            width <= -15.0,
            "seed {seed}: below 120 Hz the side is at {width:.1} dB of the mid"
        );

        let whole = correlation(&samples);
        assert!((0.3..=0.8).contains(&whole), "seed {seed}: correlation {whole:.2}");
        let parts: Vec<f64> = samples.chunks_exact(10 * SECOND).map(correlation).collect();
        let (low, high) = parts.iter().fold((1.0f64, -1.0f64), |(l, h), c| (l.min(*c), h.max(*c)));
        assert!(high - low > 0.1, "seed {seed}: the width does not move");

        let quiet = samples
            .chunks_exact(SECOND / 10)
            .skip(5)
            .map(|tenth| tenth.iter().fold(0.0f32, |peak, x| peak.max(x.abs())))
            .fold((0, 0), |(run, most), peak| {
                let run = if peak < 0.001 { run + 1 } else { 0 };
                (run, most.max(run))
            })
            .1;
        assert!(quiet <= 10, "seed {seed}: {quiet} tenths of a second of silence");
    }
}

#[test]
fn a_station_stays_as_loud_for_as_long_as_it_plays() {
    for seed in [4, 8] {
        let Measured { samples, .. } = measure(seed, &Change::default(), 15 * 60);
        for (i, third) in samples.chunks_exact(5 * 60 * SECOND).enumerate() {
            let mut meter = EbuR128::new(2, SAMPLE_RATE, Mode::I).unwrap();
            meter.add_frames_f32(third).unwrap();
            let lufs = meter.loudness_global().unwrap();
            assert!((lufs + 16.0).abs() <= 1.0, "seed {seed}, {i}. five minutes: {lufs:.1} LUFS");
        }
    }
}

#[test]
fn every_preset_and_every_corner_of_the_controls_is_as_loud_as_the_others() {
    let mut changes: Vec<String> = ["focus", "meditation", "sleep", "bright", "drift", "night"]
        .map(|preset| format!(r#"{{"preset":"{preset}"}}"#))
        .into();
    let ends = [0, 1];
    for intensity in ends {
        changes.extend(
            [0.25, 0.75].map(|inner| {
                format!(r#"{{"intensity":{}}}"#, (f64::from(intensity) + inner) / 2.0)
            }),
        );
        for (brightness, space) in ends.into_iter().flat_map(|b| ends.map(|s| (b, s))) {
            changes.push(format!(
                r#"{{"intensity":{intensity},"brightness":{brightness},"space":{space}}}"#
            ));
        }
    }
    for change in changes.iter().map(|json| (json, station::change(json))) {
        let Measured { lufs, true_peak_db, .. } = measure(5, &change.1, 180);
        assert!((lufs + 16.0).abs() <= 1.0, "{}: {lufs:.1} LUFS", change.0);
        assert!(true_peak_db <= -1.0, "{}: {true_peak_db:.1} dBTP", change.0);
    }
}
