//! `aeolian render`: a piece of a station's music as a file.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aeolian_export::{Destination, Error, Field, Job, Music, SAMPLE_RATE};
use aeolian_piece::log;
use aeolian_score::{Composer, Controls};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::RenderArgs;
use crate::controls::fresh_seed;
use crate::usage::Usage;

/// Renders what `args` ask for. Ctrl-C ends it, and leaves no file behind.
///
/// # Errors
/// When a flag is wrong, the log cannot be read, or the output cannot be written.
pub fn run(args: &RenderArgs) -> anyhow::Result<()> {
    let job = job(args)?;
    let interrupted = on_interrupt()?;
    let bar = progress_bar(job.music.frames, job.music.composer.seed());
    let progress = |done| {
        bar.set_position(done);
        if interrupted.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    };
    job.run(progress).map_err(named)?;
    // A score alone is not rendered: there is nothing to be shown.
    if bar.position() > 0 {
        bar.finish();
    }
    Ok(())
}

/// What `args` come to.
fn job(args: &RenderArgs) -> anyhow::Result<Job> {
    let frames = (args.duration.as_secs_f64() * f64::from(SAMPLE_RATE)).round() as u64;
    let mut music = Music::new(args.seed.unwrap_or_else(fresh_seed), frames);
    music.controls = args.controls.change()?.applied_to(&Controls::default());
    music.log = args.log.as_deref().map(read_log).transpose()?.unwrap_or_default();
    if let Some(chords) = args.controls.chord_tables()? {
        music.composer = Composer::with_chords(music.composer.seed(), chords);
    }
    let mut job = Job::new(music);
    job.out = args.out.as_deref().map(destination);
    job.bits = args.bits;
    job.stems = args.stems.clone();
    job.plot = args.plot.clone();
    job.score = args.score.clone();
    Ok(job)
}

fn destination(out: &Path) -> Destination {
    if out == Path::new("-") {
        let (name, to) = ("standard output".to_owned(), Box::new(io::stdout()));
        return Destination::Stream { name, to };
    }
    Destination::File(out.to_owned())
}

/// A refusal bears the name of its flag.
fn named(error: Error) -> anyhow::Error {
    let Error::Refused { field, given, allowed } = error else { return error.into() };
    let (flag, or) = match field {
        Field::Frames => ("--duration", ""),
        Field::Out => ("OUT", ", or - for WAV on standard output"),
        Field::Bits => ("--bits", ""),
        Field::Stems => ("--stems", ""),
        Field::Plot => ("--plot", ""),
        Field::Score => ("--score", ""),
    };
    Usage(format!("{flag}: {given} is not allowed; allowed is {allowed}{or}")).into()
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
