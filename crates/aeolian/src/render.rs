//! `aeolian render`: a piece of a station's music as a file.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aeolian_piece::{CHANNELS, CHUNK_FRAMES, CHUNK_SAMPLES, Offline, SAMPLE_RATE, log};
use aeolian_score::harmony::ChordTables;
use aeolian_score::{Composer, Controls};
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::{RenderArgs, Usage};
use crate::controls::fresh_seed;
use crate::picture::Picture;
use crate::score_file::ScoreFile;
use crate::sink::{Sink, Tags};
use crate::stems::Stems;

/// Renders what `args` ask for. Ctrl-C ends it, and leaves no file behind.
///
/// # Errors
/// When a flag is wrong, the log cannot be read, or the output cannot be written.
pub fn run(args: &RenderArgs) -> anyhow::Result<()> {
    let controls = args.controls.change()?.applied_to(&Controls::default());
    let log = args.log.as_deref().map(read_log).transpose()?.unwrap_or_default();
    let frames = (args.duration.as_secs_f64() * f64::from(SAMPLE_RATE)).round() as u64;
    let seed = args.seed.unwrap_or_else(fresh_seed);
    let chords = args.controls.chord_tables()?.unwrap_or_else(ChordTables::built_in);
    let composer = Composer::with_chords(seed, chords);
    let score = match &args.score {
        Some(path) => Some(ScoreFile::compose(path, composer.clone(), controls, &log, frames)?),
        None => None,
    };
    if args.out.is_some() || args.stems.is_some() || args.plot.is_some() {
        audio(args, composer, controls, &log, frames)?;
    }
    score.map_or(Ok(()), |score| score.write())
}

/// Renders the audio, for whatever takes it.
fn audio(
    args: &RenderArgs,
    composer: Composer,
    controls: Controls,
    log: &[log::Entry],
    frames: u64,
) -> anyhow::Result<()> {
    let interrupted = on_interrupt()?;
    let seed = composer.seed();
    let tags = Tags { seed, key: controls.home().to_string(), bpm: controls.bpm.get() };
    let open = |out| Sink::create(out, args.bits, frames, &tags);
    let mut sink = args.out.as_deref().map(open).transpose()?;
    let mut picture =
        args.plot.as_deref().map(|path| Picture::new(path, &tags, frames)).transpose()?;
    let mut stems =
        args.stems.as_deref().map(|folder| Stems::create(folder, frames)).transpose()?;
    let bar = progress_bar(frames, seed);

    let mut station = Offline::with_composer(composer, controls, log);
    let mut samples = vec![0.0; CHUNK_SAMPLES];
    let mut done = 0;
    while done < frames {
        if interrupted.load(Ordering::Relaxed) {
            bail!("interrupted: no file was written");
        }
        let count = CHUNK_FRAMES.min((frames - done) as usize);
        let samples = &mut samples[..count * CHANNELS];
        if let Some(picture) = &mut picture {
            picture.follow(&station);
        }
        match &mut stems {
            Some(stems) => stems.render(&mut station, samples)?,
            None => station.render(samples),
        }
        if let Some(sink) = &mut sink {
            sink.write(samples).with_context(|| cannot_write(args))?;
        }
        if let Some(picture) = &mut picture {
            picture.push(samples)?;
        }
        done += count as u64;
        bar.set_position(done);
    }
    if let Some(picture) = picture {
        picture.finish()?;
    }
    if let Some(stems) = stems {
        stems.finish()?;
    }
    if let Some(sink) = sink {
        sink.finish().with_context(|| cannot_write(args))?;
    }
    bar.finish();
    Ok(())
}

fn cannot_write(args: &RenderArgs) -> String {
    format!("cannot write {}", args.out.as_deref().unwrap_or(Path::new("-")).display())
}

fn read_log(path: &Path) -> anyhow::Result<Vec<log::Entry>> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the control log {}", path.display()))?;
    log::read(&text).map_err(|error| Usage(format!("--log {}: {error}", path.display())).into())
}

/// Drawn on standard error, and only when that is a terminal.
fn progress_bar(frames: u64, seed: u64) -> ProgressBar {
    let template = "{msg} {wide_bar} {percent} %, {eta} left";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(frames).with_style(style).with_message(format!("seed {seed}"))
}

/// A flag that Ctrl-C raises.
fn on_interrupt() -> anyhow::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&interrupted);
    ctrlc::set_handler(move || raised.store(true, Ordering::Relaxed))
        .context("cannot watch for Ctrl-C")?;
    Ok(interrupted)
}
