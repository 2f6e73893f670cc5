//! The socket of a listener, set up for a stream that is on time or worth nothing.
//!
//! Nothing here waits: what the socket does not take at once, or does not have yet, is left to the
//! session, which waits for it.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Read, Write};
use std::time::Duration;

use bytes::Bytes;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio_rustls::rustls::ServerConnection;

/// What may wait in the kernel unsent: about two chunks. With more, a listener that does not keep
/// up would hear seconds-old sound, and nobody would notice that it is behind.
const UNSENT_BYTES: u32 = 48 * 1024;

/// After this long without an acknowledgement the kernel gives the connection up.
const UNACKNOWLEDGED: Duration = Duration::from_secs(15);

/// Sets what sound needs. Every option is a refinement: where one cannot be set, the stream works.
pub(crate) fn tune(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
    let socket = SockRef::from(stream);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let _ = socket.set_tcp_notsent_lowat(UNSENT_BYTES);
        let _ = socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = socket.set_send_buffer_size(UNSENT_BYTES as usize);
        let keepalive = socket2::TcpKeepalive::new().with_time(UNACKNOWLEDGED);
        let _ = socket.set_tcp_keepalive(&keepalive);
    }
}

/// Makes the close of this socket throw away what it has not sent.
pub(crate) fn cut(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

/// Frames that one write takes at most: a chunk and the texts before it are hardly ever more.
const FRAMES_AT_ONCE: usize = 8;

/// What stands between a line and its socket: nothing, or TLS.
pub(crate) struct Layer(Option<Box<ServerConnection>>);

/// A socket whose calls never wait, for TLS to read and write.
struct Eager<'a>(&'a TcpStream);

impl Read for Eager<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buf)
    }
}

impl Write for Eager<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.try_write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Zero bytes taken where some were given means that the other side is gone.
fn gone(taken: usize) -> io::Result<usize> {
    if taken == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(taken) }
}

/// The outcome of a call that may have found the socket full, or empty.
fn unless_blocked<T: Default>(result: io::Result<T>) -> io::Result<T> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(T::default()),
        other => other,
    }
}

impl Layer {
    pub(crate) fn new(tls: Option<Box<ServerConnection>>) -> Self {
        Self(tls)
    }

    /// Whether what is written goes to the socket as it is.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.is_none()
    }

    /// Writes the first of `frames` without their first `skip` bytes, in one call, as far as they
    /// are taken now; 0 where nothing is. Once all are taken, [`Layer::settle`] tells whether they
    /// are on their way.
    pub(crate) fn write(
        &mut self,
        stream: &TcpStream,
        frames: &VecDeque<Bytes>,
        skip: usize,
    ) -> io::Result<usize> {
        let mut slices = [IoSlice::new(&[]); FRAMES_AT_ONCE];
        for (i, (slice, frame)) in slices.iter_mut().zip(frames).enumerate() {
            *slice = IoSlice::new(if i == 0 { &frame[skip..] } else { frame });
        }
        let slices = &slices[..frames.len().min(FRAMES_AT_ONCE)];
        match (&mut self.0, slices) {
            (None, [only]) => unless_blocked(stream.try_write(only).and_then(gone)),
            (None, _) => unless_blocked(stream.try_write_vectored(slices).and_then(gone)),
            (Some(tls), _) => {
                if settle(tls, stream)? {
                    gone(tls.writer().write_vectored(slices)?)
                } else {
                    Ok(0)
                }
            }
        }
    }

    /// Whether the socket has everything that was taken.
    pub(crate) fn settle(&mut self, stream: &TcpStream) -> io::Result<bool> {
        self.0.as_mut().map_or(Ok(true), |tls| settle(tls, stream))
    }

    /// Reads what there is, up to `buf`'s length. None where there is nothing now.
    ///
    /// # Errors
    /// The socket broke, or its end has come (`UnexpectedEof`).
    pub(crate) fn read(&mut self, stream: &TcpStream, buf: &mut [u8]) -> io::Result<Option<usize>> {
        let result = match &mut self.0 {
            None => stream.try_read(buf),
            Some(tls) => read_tls(tls, stream, buf),
        };
        match result {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => Ok(Some(length)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn settle(tls: &mut ServerConnection, stream: &TcpStream) -> io::Result<bool> {
    while tls.wants_write() {
        if unless_blocked(tls.write_tls(&mut Eager(stream)).and_then(gone))? == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn read_tls(tls: &mut ServerConnection, stream: &TcpStream, buf: &mut [u8]) -> io::Result<usize> {
    loop {
        match tls.reader().read(buf) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            other => return other,
        }
        if tls.read_tls(&mut Eager(stream))? == 0 {
            return Ok(0);
        }
        tls.process_new_packets().map_err(io::Error::other)?;
    }
}
