//! Writing a file of whichever container, chunk by chunk, so that a piece of any length takes little memory.

use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use aeolian_codec::container::Row;
use aeolian_codec::{File, pcm};
use aeolian_piece::CHANNELS;

use crate::atomic_file::AtomicFile;
use crate::tags::MusicTags;

/// A file on its way out.
pub(super) struct CodedFile {
    out: BufWriter<std::fs::File>,
    file: AtomicFile,
    coded: File,
    seed: u64,
    /// Frames taken so far.
    frames: u64,
    rounded: Vec<i16>,
    bytes: Vec<u8>,
}

impl CodedFile {
    /// A file of this kind with these tags, which appears when it is whole. The seed is the dither's, too.
    ///
    /// # Errors
    /// When it cannot be written, or the codec's library refuses.
    pub(super) fn new(row: &Row, file: AtomicFile, tags: &MusicTags) -> io::Result<Self> {
        let mut out = file.writer()?;
        let (coded, head) = File::new(row, &tags.comments()).map_err(io::Error::other)?;
        out.write_all(&head)?;
        let (rounded, bytes) = (Vec::new(), Vec::new());
        Ok(Self { out, file, coded, seed: tags.seed, frames: 0, rounded, bytes })
    }

    /// Writes the next frames, interleaved.
    ///
    /// # Errors
    /// When the disk is full, or the codec's library refuses.
    pub(super) fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        self.rounded.resize(samples.len(), 0);
        pcm::to_s16(self.seed, self.frames, samples, &mut self.rounded);
        self.frames += (samples.len() / CHANNELS) as u64;
        self.bytes.clear();
        self.coded.write(&self.rounded, &mut self.bytes).map_err(io::Error::other)?;
        self.out.write_all(&self.bytes)
    }

    /// Completes the file, and puts it in its place.
    ///
    /// # Errors
    /// When the disk is full, the path cannot be written, or the codec's library refuses.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let end = self.coded.finish().map_err(io::Error::other)?;
        self.out.write_all(&end.bytes)?;
        if let Some(head) = end.head {
            self.out.seek(SeekFrom::Start(0))?;
            self.out.write_all(&head)?;
        }
        self.out.flush()?;
        self.file.commit()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use aeolian_codec::container::{ROWS, table};

    use super::*;

    fn tags() -> MusicTags {
        MusicTags { seed: 7, key: "F# minor".to_owned(), bpm: 70.5 }
    }

    /// A sweep with noise: nothing that is trivially predicted.
    fn piece(frames: usize) -> Vec<f32> {
        let noise = |i: u32| ((i.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0 - 0.5) * 0.1;
        (0..frames as u32)
            .flat_map(|i| [(i as f32 * i as f32 * 1e-6).sin() * 0.8 + noise(i), noise(i * 3 + 1)])
            .collect()
    }

    fn written(ending: &str, samples: &[f32]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let row = table::by_ending(ending).unwrap();
        let mut file = CodedFile::new(row, AtomicFile::create(&path).unwrap(), &tags()).unwrap();
        samples.chunks(8_820).for_each(|chunk| file.write(chunk).unwrap());
        file.finish().unwrap();
        std::fs::read(path).unwrap()
    }

    fn rounded(samples: &[f32]) -> Vec<i16> {
        let mut rounded = vec![0; samples.len()];
        pcm::to_s16(7, 0, samples, &mut rounded);
        rounded
    }

    #[test]
    fn what_is_lossless_decodes_to_the_same_samples() {
        for frames in [1, 17, 4_410, 50_001] {
            let samples = piece(frames);
            let flac = written("flac", &samples);
            let mut reader = claxon::FlacReader::new(Cursor::new(flac)).unwrap();
            let info = reader.streaminfo();
            assert_eq!((info.sample_rate, info.channels, info.bits_per_sample), (44_100, 2, 16));
            assert_eq!(info.samples, Some(frames as u64));
            let decoded: Vec<i16> = reader.samples().map(|s| s.unwrap() as i16).collect();
            assert!(decoded == rounded(&samples), "{frames} frames");
            let wav = written("wav", &samples);
            let mut reader = hound::WavReader::new(Cursor::new(wav)).unwrap();
            assert_eq!(reader.duration(), frames as u32);
            assert!(reader.samples::<i16>().map(Result::unwrap).eq(rounded(&samples)));
        }
    }

    #[test]
    fn a_flac_file_bears_the_checksum_of_its_samples() {
        let samples = piece(10_000);
        let mut context = flacenc::source::Context::new(16, CHANNELS);
        let bytes: Vec<u8> = rounded(&samples).iter().flat_map(|s| s.to_le_bytes()).collect();
        flacenc::source::Fill::fill_le_bytes(&mut context, &bytes, 2).unwrap();
        let file = written("flac", &samples);
        let reader = claxon::FlacReader::new(Cursor::new(file)).unwrap();
        assert_eq!(reader.streaminfo().md5sum, context.md5_digest());
    }

    #[test]
    fn the_tags_name_seed_key_and_tempo() {
        for row in ROWS.iter().filter(|row| row.name != "wav") {
            let file = written(row.name, &piece(100));
            let text = String::from_utf8_lossy(&file);
            for value in ["Aeolian, seed 7", "F# minor", "70.5"] {
                assert!(text.contains(value), "{}: {value}", row.name);
            }
        }
    }
}
