//! A listener's line: its socket, its cursor into the station, and what waits to be sent.
//!
//! Two tasks use a line. The fan-out pumps it at each chunk, together with many others; the
//! session reads what the listener sends, answers, and takes over when the socket is full. Both
//! write through the same lock, which is held for one non-blocking write at a time.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aeolian_hub::{Event, Listener, Newest, Releases};
use aeolian_wire::Format;
use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::outgoing;
use super::socket::Layer;

/// Answers that may wait on a full socket. A client that has this many open is not reading them.
const WAITING_MAX: usize = 64;

/// One listener's line.
pub(crate) struct Line {
    pub(crate) stream: TcpStream,
    pub(crate) format: Format,
    /// Tells the session to look: the socket is full, or the line has an end.
    pub(crate) attention: Notify,
    /// Set by the session when it is over: the fan-out forgets the line.
    over: AtomicBool,
    out: Mutex<Out>,
}

struct Out {
    layer: Layer,
    listener: Listener,
    format: Format,
    /// Frames in order; of the first, `written` bytes have gone.
    waiting: VecDeque<Bytes>,
    written: usize,
    bytes_sent: u64,
    end: Option<LineEnd>,
}

/// Why a line ends from this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineEnd {
    /// The listener fell too far behind.
    Behind,
    /// The station has ended.
    StationEnded,
    /// The listener sends, and does not read the answers.
    NotReading,
    /// The socket is broken.
    Broken,
}

/// How a line stands after it was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Everything has gone.
    Clear,
    /// The socket is full.
    Full,
    /// The line has an end.
    Ended(LineEnd),
}

impl Line {
    /// A line for `listener`, who hears the codec of `format`.
    pub(crate) fn new(stream: TcpStream, layer: Layer, listener: Listener, format: Format) -> Self {
        let waiting = VecDeque::new();
        let out = Out { layer, listener, format, waiting, written: 0, bytes_sent: 0, end: None };
        let (attention, over) = (Notify::new(), AtomicBool::new(false));
        Self { stream, format, attention, over, out: Mutex::new(out) }
    }

    fn out(&self) -> MutexGuard<'_, Out> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what waits, then what the station has released since, until there is no more or the
    /// socket is full. Gives the bytes sent.
    pub(crate) fn pump(&self) -> (Standing, u64) {
        let mut out = self.out();
        let before = out.bytes_sent;
        let standing = out.pump(&self.stream);
        (standing, out.bytes_sent - before)
    }

    /// [`Line::pump`] for the fan-out: wakes the session where the line needs it.
    pub(crate) fn pump_for_fanout(&self) -> u64 {
        let (standing, sent) = self.pump();
        if standing != Standing::Clear {
            self.attention.notify_one();
        }
        sent
    }

    /// The newest chunk, for this line and all others of its station and format.
    pub(crate) fn newest(&self) -> Option<NewestFramed> {
        let newest = self.out().listener.newest()?;
        let framed = outgoing::whole(newest.packet(), self.format)?;
        Some(NewestFramed { newest, framed })
    }

    /// Takes the next chunk, to be sent together with other lines' by [`Loaded::socket`]. None where
    /// there is something else to do, or nothing: pump. Most lines want the `newest` and nothing else.
    pub(crate) fn load<'a>(&'a self, newest: Option<&'a NewestFramed>) -> Option<Loaded<'a>> {
        let mut out = self.out();
        if !out.is_clear() {
            return None;
        }
        if let Some(NewestFramed { newest, framed }) = newest
            && out.listener.take(newest)
        {
            return Some(Loaded { line: self, out, chunk: Cow::Borrowed(framed), has_more: false });
        }
        let chunk = Cow::Owned(out.next_whole()?);
        let has_more = out.listener.behind() > 0;
        Some(Loaded { line: self, out, chunk, has_more })
    }

    /// Sends an answer to the listener, or lets it wait its turn.
    pub(crate) fn send(&self, frame: Bytes) -> Standing {
        let mut out = self.out();
        if out.waiting.len() >= WAITING_MAX {
            out.end = Some(LineEnd::NotReading);
        } else if out.end.is_none() {
            out.waiting.push_back(frame);
        }
        out.flush(&self.stream)
    }

    /// Sends the last frame, after which the station is not heard any more.
    pub(crate) fn send_last(&self, frame: Bytes) -> Standing {
        self.set_over();
        let mut out = self.out();
        out.waiting.push_back(frame);
        out.flush(&self.stream)
    }

    /// Reads what the listener has sent, up to `buf`'s length. None where there is nothing now.
    ///
    /// # Errors
    /// The listener is gone.
    pub(crate) fn read(&self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        self.out().layer.read(&self.stream, buf)
    }

    /// Sends only what waits.
    pub(crate) fn flush(&self) -> Standing {
        self.out().flush(&self.stream)
    }

    /// Tells when there may be something to pump, for this line and its station's others.
    pub(crate) fn releases(&self) -> Releases {
        self.out().listener.releases()
    }

    /// Bytes sent since the start.
    pub(crate) fn bytes_sent(&self) -> u64 {
        self.out().bytes_sent
    }

    /// Tells the fan-out to forget this line.
    pub(crate) fn set_over(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// Whether the fan-out shall forget this line.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

/// The newest chunk of a station and format, as frames.
pub(crate) struct NewestFramed {
    newest: Newest,
    framed: Bytes,
}

/// A line that holds a chunk ready. Nobody else writes to it meanwhile.
pub(crate) struct Loaded<'a> {
    line: &'a Line,
    out: MutexGuard<'a, Out>,
    chunk: Cow<'a, Bytes>,
    has_more: bool,
}

impl Loaded<'_> {
    /// Where the chunk is to be sent to, without waiting.
    pub(crate) fn socket(&self) -> &TcpStream {
        &self.line.stream
    }

    /// The chunk.
    pub(crate) fn chunk(&self) -> &[u8] {
        &self.chunk
    }

    /// Whether there are more chunks for this line.
    pub(crate) fn has_more(&self) -> bool {
        self.has_more
    }

    /// The socket has taken the first `taken` bytes of the chunk. What is left is tried again, so
    /// that the runtime learns that the socket is full, and left to the session. Gives the bytes sent.
    pub(crate) fn sent(self, taken: usize) -> u64 {
        let Self { line, mut out, chunk, .. } = self;
        let before = out.bytes_sent;
        if taken == chunk.len() {
            out.bytes_sent += taken as u64;
            return taken as u64;
        }
        out.waiting.push_back(chunk.into_owned());
        out.wrote(taken);
        let standing = out.flush(&line.stream);
        if standing != Standing::Clear {
            line.attention.notify_one();
        }
        out.bytes_sent - before
    }
}

impl Out {
    /// Whether nothing stands between the next chunk and the socket.
    fn is_clear(&self) -> bool {
        self.layer.is_plain() && self.waiting.is_empty() && self.end.is_none()
    }

    fn pump(&mut self, stream: &TcpStream) -> Standing {
        loop {
            match self.flush(stream) {
                Standing::Clear => {}
                other => return other,
            }
            if let Err(end) = self.gather() {
                return self.ended(end);
            }
            if self.waiting.is_empty() {
                return Standing::Clear;
            }
        }
    }

    /// The next chunk with its news, for a listener who keeps up: the same bytes for everybody.
    fn next_whole(&mut self) -> Option<Bytes> {
        outgoing::whole(&*self.listener.try_next_packet()?, self.format)
    }

    /// Takes from the station what goes out in one write: news, and the chunk that it precedes.
    /// To write them one by one costs as much again for each, whatever its length.
    fn gather(&mut self) -> Result<(), LineEnd> {
        if let Some(whole) = self.next_whole() {
            self.waiting.push_back(whole);
            return Ok(());
        }
        loop {
            match self.listener.try_next() {
                None => return Ok(()),
                Some(Event::News(news)) => self.waiting.push_back(outgoing::news(&news)),
                Some(Event::Audio(audio)) => {
                    self.waiting.push_back(outgoing::audio(&audio, self.format));
                    return Ok(());
                }
                Some(Event::Evicted) => return Err(LineEnd::Behind),
                Some(Event::Ended) => return Err(LineEnd::StationEnded),
            }
        }
    }

    fn ended(&mut self, end: LineEnd) -> Standing {
        Standing::Ended(*self.end.get_or_insert(end))
    }

    fn flush(&mut self, stream: &TcpStream) -> Standing {
        match self.try_flush(stream) {
            Ok(true) => self.end.map_or(Standing::Clear, Standing::Ended),
            Ok(false) => self.end.map_or(Standing::Full, Standing::Ended),
            Err(_) => self.ended(LineEnd::Broken),
        }
    }

    /// Whether everything has gone.
    fn try_flush(&mut self, stream: &TcpStream) -> io::Result<bool> {
        while !self.waiting.is_empty() {
            match self.layer.write(stream, &self.waiting, self.written)? {
                0 => return Ok(false),
                taken => self.wrote(taken),
            }
        }
        self.layer.settle(stream)
    }

    /// Forgets the first `taken` bytes of what waits.
    fn wrote(&mut self, taken: usize) {
        self.bytes_sent += taken as u64;
        self.written += taken;
        while let Some(frame) = self.waiting.front()
            && self.written >= frame.len()
        {
            self.written -= frame.len();
            self.waiting.pop_front();
        }
    }
}
