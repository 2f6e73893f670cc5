//! The TCP socket of a listener, set up for a stream that is on time or worth nothing.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::time::Duration;

use bytes::Bytes;
use socket2::SockRef;
use tokio::net::TcpStream;

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

/// Frames that one write takes at most: a chunk and the texts before it are hardly ever more.
const FRAMES_AT_ONCE: usize = 8;

/// Writes the first of `frames` without their first `skip` bytes, in one call, as far as the socket
/// takes them. 0 where it is full.
pub(crate) fn write(
    stream: &TcpStream,
    frames: &VecDeque<Bytes>,
    skip: usize,
) -> io::Result<usize> {
    let mut slices = [IoSlice::new(&[]); FRAMES_AT_ONCE];
    for (i, (slice, frame)) in slices.iter_mut().zip(frames).enumerate() {
        *slice = IoSlice::new(if i == 0 { &frame[skip..] } else { frame });
    }
    let slices = &slices[..frames.len().min(FRAMES_AT_ONCE)];
    let written = match slices {
        [only] => stream.try_write(only),
        _ => stream.try_write_vectored(slices),
    };
    match written {
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}

/// Makes the close of this socket throw away what it has not sent.
pub(crate) fn cut(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
