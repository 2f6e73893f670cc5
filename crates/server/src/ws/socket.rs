//! The TCP socket of a listener, set up for a stream that is on time or worth nothing.

use std::io;
use std::time::Duration;

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

/// Writes `bytes` as far as the socket takes them: fewer than all only where it is full.
pub(crate) fn write(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let mut written = 0;
    while written < bytes.len() {
        match stream.try_write(&bytes[written..]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(taken) => written += taken,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}

/// Makes the close of this socket throw away what it has not sent.
pub(crate) fn cut(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
