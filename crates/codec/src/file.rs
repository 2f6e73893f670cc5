//! A file of one container: 16-bit samples in, bytes out.

use aeolian_piece::{CHANNELS, CHUNK_SAMPLES};
use bytes::Bytes;

use crate::container::{Container, FileEnd, Purpose, Row};
use crate::{Encoder, Error, Tags};

/// A file on its way out, for any writer. It may allocate.
pub struct File {
    encoder: Box<dyn Encoder>,
    container: Box<dyn Container>,
    /// Samples that wait for their chunk to be full.
    waiting: Vec<i16>,
    /// The chunks that have been encoded.
    chunks: u64,
    /// The newest packet: it may be the last.
    packet: Option<Bytes>,
}

impl File {
    /// A file of this kind with these tags, and what it begins with.
    ///
    /// # Errors
    /// When a library refuses.
    pub fn new(row: &Row, tags: &Tags) -> Result<(Self, Bytes), Error> {
        let mut container = (row.start)(Purpose::File);
        let head = container.head(tags)?;
        let waiting = Vec::with_capacity(CHUNK_SAMPLES);
        let encoder = row.codec.encoder()?;
        Ok((Self { encoder, container, waiting, chunks: 0, packet: None }, head))
    }

    /// Appends to `out` what the next samples, interleaved, come to.
    ///
    /// # Errors
    /// When a library refuses.
    pub fn write(&mut self, mut samples: &[i16], out: &mut Vec<u8>) -> Result<(), Error> {
        while !samples.is_empty() {
            let missing = (CHUNK_SAMPLES - self.waiting.len()).min(samples.len());
            let (now, later) = samples.split_at(missing);
            self.waiting.extend_from_slice(now);
            samples = later;
            if let Ok(chunk) = <&[i16; CHUNK_SAMPLES]>::try_from(&self.waiting[..]) {
                self.container.note(chunk);
                let packet = Bytes::copy_from_slice(self.encoder.encode(self.chunks, chunk)?);
                self.chunks += 1;
                self.waiting.clear();
                self.push(packet, out);
            }
        }
        Ok(())
    }

    /// The end of the file.
    ///
    /// # Errors
    /// When a library refuses.
    pub fn finish(mut self) -> Result<FileEnd, Error> {
        let mut bytes = Vec::new();
        self.container.note(&self.waiting);
        for packet in self.encoder.finish(self.chunks, &self.waiting)? {
            self.push(packet, &mut bytes);
        }
        let samples = self.chunks * CHUNK_SAMPLES as u64 + self.waiting.len() as u64;
        let end = self.container.end(self.packet.take(), samples / CHANNELS as u64)?;
        bytes.extend_from_slice(&end.bytes);
        Ok(FileEnd { bytes: bytes.into(), head: end.head })
    }

    fn push(&mut self, packet: Bytes, out: &mut Vec<u8>) {
        if let Some(packet) = self.packet.replace(packet) {
            out.extend_from_slice(&self.container.wrap(packet));
        }
    }
}
