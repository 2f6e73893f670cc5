//! A piece that is rendered to whatever takes it.

use std::ops::ControlFlow;
use std::path::PathBuf;

use aeolian_piece::{CHUNK_FRAMES, Offline};
use aeolian_synth::CHANNELS;

#[cfg(feature = "plot")]
use crate::picture::Picture;
use crate::sink::Sink;
use crate::stem_files::StemFiles;
use crate::tags::MusicTags;
use crate::{Bits, Destination, Error, Music, ScoreFile};

/// What is to be made of a piece of music. Whatever is asked for comes from one rendering.
#[derive(Debug)]
#[non_exhaustive]
pub struct Job {
    /// What is played.
    pub music: Music,
    /// Where the audio goes.
    pub out: Option<Destination>,
    /// How the samples of `out` are kept.
    pub bits: Bits,
    /// A folder for each part's own sound, a WAV file a part, before effects and master. It is made
    /// where there is none.
    pub stems: Option<PathBuf>,
    /// A file for a picture of waveform, spectrum, loudness and score, ending in `.png`.
    #[cfg(feature = "plot")]
    pub plot: Option<PathBuf>,
    /// A file for the notes, ending in `.mid` or `.json`. Alone it needs no rendering, and takes
    /// seconds for days of music.
    pub score: Option<PathBuf>,
}

impl Job {
    /// A job that makes nothing yet of this music.
    #[must_use]
    pub fn new(music: Music) -> Self {
        Self {
            music,
            out: None,
            bits: Bits::default(),
            stems: None,
            #[cfg(feature = "plot")]
            plot: None,
            score: None,
        }
    }

    /// Does the job, on this thread. Each file appears when it is whole.
    ///
    /// While audio is rendered, `progress` is told the frames that are done, every 100 ms of music
    /// from 0 to the piece's length. When it breaks, the job ends, and leaves nothing behind.
    ///
    /// # Errors
    /// * [`Error::Refused`] names a field that is not allowed, before anything is rendered.
    /// * [`Error::Write`] where a file, folder or stream cannot be written: where it cannot be opened,
    ///   before anything is rendered.
    /// * [`Error::Plot`] where the picture cannot be drawn.
    /// * [`Error::Interrupted`] where `progress` broke.
    pub fn run(mut self, progress: impl FnMut(u64) -> ControlFlow<()>) -> Result<(), Error> {
        let compose = |path: PathBuf| ScoreFile::compose(&path, &self.music);
        let score = self.score.take().map(compose).transpose()?;
        let music = self.music.clone();
        let outputs = Outputs::open(self)?;
        if !outputs.are_none() {
            render(&music, outputs, progress)?;
        }
        score.map_or(Ok(()), |score| score.write())
    }
}

fn render(
    music: &Music,
    mut outputs: Outputs,
    mut progress: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<(), Error> {
    let mut told = |done| match progress(done) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Interrupted),
    };
    told(0)?;
    let mut station = music.station();
    let mut samples = [0.0; CHUNK_FRAMES * CHANNELS];
    let mut done = 0;
    while done < music.frames {
        let count = (music.frames - done).min(CHUNK_FRAMES as u64);
        outputs.render(&mut station, &mut samples[..count as usize * CHANNELS])?;
        done += count;
        told(done)?;
    }
    outputs.finish()
}

/// What takes the audio, all of it open. Dropped before [`Outputs::finish`] it leaves nothing behind.
struct Outputs {
    sink: Option<Sink>,
    #[cfg(feature = "plot")]
    picture: Option<Picture>,
    stems: Option<StemFiles>,
}

impl Outputs {
    fn open(job: Job) -> Result<Self, Error> {
        let (frames, tags) = (job.music.frames, MusicTags::of(&job.music));
        let sink = |out| Sink::open(out, job.bits, frames, &tags);
        let sink = job.out.map(sink).transpose()?;
        #[cfg(feature = "plot")]
        let picture = job.plot.map(|path| Picture::new(&path, &tags, frames)).transpose()?;
        let stems = job.stems.map(|folder| StemFiles::create(&folder, frames)).transpose()?;
        Ok(Self {
            sink,
            #[cfg(feature = "plot")]
            picture,
            stems,
        })
    }

    fn are_none(&self) -> bool {
        let none = self.sink.is_none() && self.stems.is_none();
        #[cfg(feature = "plot")]
        let none = none && self.picture.is_none();
        none
    }

    /// Renders the next frames of the mix, and hands them on.
    fn render(&mut self, station: &mut Offline, mix: &mut [f32]) -> Result<(), Error> {
        #[cfg(feature = "plot")]
        if let Some(picture) = &mut self.picture {
            picture.follow(station);
        }
        match &mut self.stems {
            Some(stems) => stems.render(station, mix)?,
            None => station.render(mix),
        }
        if let Some(sink) = &mut self.sink {
            sink.write(mix)?;
        }
        #[cfg(feature = "plot")]
        if let Some(picture) = &mut self.picture {
            picture.push(mix)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Error> {
        #[cfg(feature = "plot")]
        self.picture.map_or(Ok(()), Picture::finish)?;
        self.stems.map_or(Ok(()), StemFiles::finish)?;
        self.sink.map_or(Ok(()), Sink::finish)
    }
}
