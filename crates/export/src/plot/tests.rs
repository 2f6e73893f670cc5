//! Promises about the whole picture.

use super::*;

const RATE: u32 = 44_100;

fn panes() -> [Pane; 5] {
    let Layout { waveform, spectrogram, loudness, form, roll } = LAYOUT;
    [waveform, spectrogram, loudness, form, roll]
}

fn title() -> Title {
    Title { name: "Seed 7".to_owned(), about: "A minor · 70 bpm · 0:04".to_owned() }
}

fn tone(frames: u64, hz: f64) -> Plot {
    let mut plot = Plot::new(frames, RATE).unwrap();
    let samples: Vec<f32> = (0..frames)
        .map(|i| (core::f64::consts::TAU * hz * i as f64 / f64::from(RATE)).sin() as f32 * 0.1)
        .flat_map(|sample| [sample; 2])
        .collect();
    samples.chunks(8_820).for_each(|chunk| plot.push(chunk).unwrap());
    plot
}

#[test]
fn panes_share_one_time_axis_and_do_not_overlap() {
    for pane in panes() {
        assert_eq!((pane.left, pane.width), (LAYOUT.waveform.left, LAYOUT.waveform.width));
        assert!(pane.right() < WIDTH_PX as f32 - 80.0, "there is room for labels");
        assert!(pane.height >= 80.0);
    }
    for pair in panes().windows(2) {
        assert!(pair[0].bottom() <= pair[1].top, "{pair:?}");
    }
    assert!(LAYOUT.roll.bottom() + 40.0 < HEIGHT_PX as f32, "there is room for the time");
}

#[test]
fn a_tone_is_the_lightest_line_of_the_spectrogram_in_the_picture() {
    let canvas = tone(4 * u64::from(RATE), 1_000.0).draw(&title()).unwrap();
    let pane = LAYOUT.spectrogram;
    let light = |y: u32| {
        let [r, g, b] = canvas.pixel(pane.left as u32 + 777, y);
        u32::from(r) + u32::from(g) + u32::from(b)
    };
    let rows = pane.top as u32 + 2..pane.bottom() as u32 - 2;
    let lightest = rows.max_by_key(|y| light(*y)).unwrap();
    let octaves = (20_000.0_f32 / 30.0).log2();
    let expected = pane.y((1_000.0_f32 / 30.0).log2() / octaves);
    assert!((lightest as f32 - expected).abs() <= 2.0, "{lightest}, not {expected}");
}

#[test]
fn a_plot_is_a_png_of_its_size_even_for_a_piece_of_one_frame() {
    for frames in [1, 500, u64::from(RATE)] {
        let png = tone(frames, 440.0).into_png(&title()).unwrap();
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(png[16..20], WIDTH_PX.to_be_bytes());
        assert_eq!(png[20..24], HEIGHT_PX.to_be_bytes());
    }
}

#[test]
fn a_piece_of_no_frames_can_be_drawn() {
    assert!(Plot::new(0, RATE).unwrap().into_png(&title()).is_ok());
}
