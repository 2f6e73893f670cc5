//! Reading from a socket as a receiver on another machine would, seen from the sender.
//!
//! A receiver of thousands comes round to a socket after its bytes did, and on one machine both ends share the work of
//! TCP. So that a swarm measures the server and not itself:
//!
//! * When bytes came is what the kernel has written on them, not when they were read.
//! * What was read is acknowledged at once, by the reader. Left to itself the kernel does that with a timer, or when
//!   the bytes come, and both happen on the core of the sender.

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeVal;

/// Room for what a socket may hold: two chunks are common, a join burst has five.
const BUFFER_BYTES: usize = 256 * 1024;

/// Has the time written down at which bytes come to this socket, from soon after this call.
///
/// # Errors
/// The system offers no such thing.
pub fn stamp(socket: &impl AsFd) -> io::Result<()> {
    Ok(setsockopt(socket, sockopt::ReceiveTimestamp, &true)?)
}

/// What one call has read.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// The bytes; none where the sender has ended the stream.
    pub bytes: &'a [u8],
    /// How long ago the last of them came; zero where the system has not written it down.
    pub age: Duration,
    /// Whether that was all.
    pub drained: bool,
}

/// Scratch for reading from any number of sockets.
#[derive(Debug)]
pub struct Receiver {
    buffer: Vec<u8>,
    control: Vec<u8>,
}

impl Default for Receiver {
    fn default() -> Self {
        Self { buffer: vec![0; BUFFER_BYTES], control: nix::cmsg_space!(TimeVal) }
    }
}

impl Receiver {
    /// Reads what there is, and acknowledges it. Does not wait where the socket does not block.
    ///
    /// # Errors
    /// As of any read: there is nothing, or the connection is broken.
    pub fn read(&mut self, socket: &impl AsFd) -> io::Result<Arrival<'_>> {
        let mut room = [IoSliceMut::new(&mut self.buffer)];
        let (flags, fd) = (MsgFlags::empty(), socket.as_fd().as_raw_fd());
        let got = recvmsg::<()>(fd, &mut room, Some(&mut self.control), flags)?;
        let stamp = got.cmsgs()?.find_map(|message| match message {
            ControlMessageOwned::ScmTimestamp(at) => Some(at),
            _ => None,
        });
        let (count, age) = (got.bytes, stamp.map_or(Duration::ZERO, age));
        acknowledge(socket);
        Ok(Arrival { bytes: &self.buffer[..count], age, drained: count < BUFFER_BYTES })
    }
}

/// Acknowledges what was read, and has the kernel leave that to us with what comes next.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn acknowledge(socket: &impl AsFd) {
    let socket = socket2::SockRef::from(socket);
    // It is for a fair measurement only: a socket that cannot is as good a listener.
    let _ = socket.set_tcp_quickack(true).and_then(|()| socket.set_tcp_quickack(false));
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn acknowledge(_: &impl AsFd) {}

/// How long ago it was `at`, after 1970. A clock that was set back says zero.
fn age(at: TimeVal) -> Duration {
    let seconds = u64::try_from(at.tv_sec()).unwrap_or(0);
    let microseconds = u64::try_from(at.tv_usec()).unwrap_or(0);
    let at = Duration::from_secs(seconds) + Duration::from_micros(microseconds);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(at);
    now.saturating_sub(at)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
pub(crate) mod tests {
    use super::*;
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (near, listener.accept().unwrap().0)
    }

    /// A connection whose near end is stamped. The kernel begins with that a while after it is asked to, and goes on
    /// as long as there is such a socket: this waits for the first stamp.
    pub(crate) fn stamped_pair() -> (TcpStream, TcpStream) {
        let (near, mut far) = pair();
        stamp(&near).unwrap();
        for _ in 0..1_000 {
            far.write_all(b"x").unwrap();
            thread::sleep(Duration::from_millis(2));
            if !Receiver::default().read(&near).unwrap().age.is_zero() {
                return (near, far);
            }
        }
        panic!("no stamps in two seconds");
    }

    #[test]
    fn bytes_are_as_old_as_their_arrival_not_as_the_read() {
        const SLEEP: Duration = Duration::from_millis(50);
        let ((near, mut far), mut reader) = (stamped_pair(), Receiver::default());
        for _ in 0..2 {
            far.write_all(b"chunk").unwrap();
            thread::sleep(SLEEP);
            let arrival = reader.read(&near).unwrap();
            assert_eq!((arrival.bytes, arrival.drained), (&b"chunk"[..], true));
            assert!(arrival.age >= SLEEP, "{:?}", arrival.age);
        }
    }

    #[test]
    fn an_end_has_no_bytes_and_nothing_is_an_error() {
        let ((near, far), mut reader) = (pair(), Receiver::default());
        near.set_nonblocking(true).unwrap();
        let nothing = reader.read(&near).unwrap_err();
        assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
        drop(far);
        near.set_nonblocking(false).unwrap();
        assert!(reader.read(&near).unwrap().bytes.is_empty());
    }
}
