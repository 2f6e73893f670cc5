//! Many sends with one call to the kernel (`io_uring(7)`), where the kernel offers that.
//!
//! A send to one listener costs a system call, and of what an Opus packet costs that is a good part.
//! Here a group's sends are queued and handed over together. Each is non-blocking: it is done when
//! the call returns, with as many bytes taken as the socket had room for.

use std::cell::Cell;
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::sync::Once;

use io_uring::{IoUring, opcode, types};
use tokio::net::TcpStream;

/// Sends at once. Few enough that the lines, whose locks are held meanwhile, are soon free again.
pub(crate) const SENDS_MAX: usize = 64;

/// A ring, used by one thread.
pub(crate) struct Ring {
    ring: IoUring,
    taken: Vec<usize>,
    is_broken: bool,
}

thread_local! {
    /// None where the kernel gives none: it is too old, or forbids it in this container.
    static RING: Cell<Option<Ring>> = Cell::new(Ring::new());
}

/// Calls `f` with this thread's ring. None where there is none: send one by one.
pub(crate) fn with_ring<T>(f: impl FnOnce(&mut Ring) -> T) -> Option<T> {
    // Should `f` panic, the ring goes, and with it what was queued and not handed over.
    let mut ring = RING.take()?;
    let answer = f(&mut ring);
    if !ring.is_broken {
        RING.set(Some(ring));
    }
    Some(answer)
}

impl Ring {
    fn new() -> Option<Self> {
        static TOLD: Once = Once::new();
        let mut builder = IoUring::builder();
        // No other thread uses it, and nothing of it runs but within this thread's own calls.
        builder.setup_single_issuer().setup_defer_taskrun();
        let taken = Vec::with_capacity(SENDS_MAX);
        match builder.build(SENDS_MAX as u32) {
            Ok(ring) => Some(Self { ring, taken, is_broken: false }),
            Err(error) => {
                TOLD.call_once(|| {
                    tracing::info!(%error, "io_uring is unavailable; sending to listeners one by one");
                });
                None
            }
        }
    }

    /// Sends to each socket what it takes at once, of the first [`SENDS_MAX`]. Gives how many bytes
    /// each has taken, 0 where it is full or broken, or was left out.
    pub(crate) fn send_all<'a>(
        &mut self,
        sends: impl ExactSizeIterator<Item = (&'a TcpStream, &'a [u8])>,
    ) -> &[usize] {
        self.taken.clear();
        self.taken.resize(sends.len(), 0);
        let mut open = 0;
        for (i, (socket, bytes)) in sends.take(SENDS_MAX).enumerate() {
            let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            let send = opcode::Send::new(types::Fd(socket.as_raw_fd()), bytes.as_ptr(), len)
                .flags(libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL)
                .build()
                .user_data(i as u64);
            // SAFETY: the kernel reads `bytes` and uses the socket from when it takes the entry, in
            // `complete`, until it posts its completion. Both are borrowed for 'a, which outlives
            // this call. `complete` does not return before the completion of every entry that the
            // kernel has taken was reaped. One that it has not taken, or that is still queued when
            // an iterator's panic ends this loop, is never handed over: the ring is dropped.
            if unsafe { self.ring.submission().push(&send) }.is_err() {
                break;
            }
            open += 1;
        }
        self.complete(open);
        &self.taken
    }

    /// Hands `open` queued entries over, and waits until all are done. Does not panic.
    fn complete(&mut self, mut open: usize) {
        while open > 0 {
            let handed_over = self.ring.submit_and_wait(open);
            for done in self.ring.completion() {
                open = open.saturating_sub(1);
                let place = usize::try_from(done.user_data()).ok();
                if let Some(taken) = place.and_then(|place| self.taken.get_mut(place)) {
                    *taken = usize::try_from(done.result()).unwrap_or(0);
                }
            }
            let Err(error) = handed_over else { continue };
            let kernel_has_none = self.ring.submission().len() == open;
            if error.kind() != ErrorKind::Interrupted && kernel_has_none {
                tracing::warn!(%error, "io_uring failed; sending to listeners one by one");
                self.is_broken = true;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let connecting = TcpStream::connect(listener.local_addr().unwrap());
        let (near, far) = tokio::join!(listener.accept(), connecting);
        (near.unwrap().0, far.unwrap())
    }

    /// What each socket takes of its bytes; none on a machine without `io_uring`.
    fn send(sends: &[(&TcpStream, &[u8])]) -> Option<Vec<usize>> {
        with_ring(|ring| ring.send_all(sends.iter().copied()).to_vec())
    }

    #[tokio::test]
    async fn every_socket_gets_its_own_bytes() {
        let (a, mut a_far) = pair().await;
        let (b, mut b_far) = pair().await;
        for _ in 0..3 {
            let Some(taken) = send(&[(&a, b"to a"), (&b, b"to everyone else")]) else { return };
            assert_eq!(taken, [4, 16]);
        }
        let (mut to_a, mut to_b) = ([0; 12], [0; 48]);
        a_far.read_exact(&mut to_a).await.unwrap();
        b_far.read_exact(&mut to_b).await.unwrap();
        assert_eq!(to_a, *b"to ato ato a");
        assert_eq!(to_b, *b"to everyone elseto everyone elseto everyone else");
    }

    #[tokio::test]
    async fn a_full_socket_takes_a_part_then_nothing_and_keeps_no_other_waiting() {
        let (full, _full_far) = pair().await;
        let (open, _open_far) = pair().await;
        let much = vec![1; 64 << 20];
        let Some(taken) = send(&[(&full, &much), (&open, b"x")]) else { return };
        assert!(0 < taken[0] && taken[0] < much.len() && taken[1] == 1, "{taken:?}");
        while send(&[(&full, &much)]).unwrap() != [0] {}
        assert_eq!(send(&[(&full, &much), (&open, b"x")]).unwrap(), [0, 1]);
    }

    #[tokio::test]
    async fn a_socket_whose_listener_is_gone_takes_nothing() {
        let (gone, gone_far) = pair().await;
        let (open, _open_far) = pair().await;
        socket2::SockRef::from(&gone_far).set_linger(Some(std::time::Duration::ZERO)).unwrap();
        drop(gone_far);
        // The reset is there once the socket reads as ended.
        gone.readable().await.unwrap();
        let Some(taken) = send(&[(&gone, b"x"), (&open, b"x")]) else { return };
        assert_eq!(taken, [0, 1]);
    }

    #[tokio::test]
    async fn more_sends_than_fit_are_left_out_and_said_to_be() {
        let (open, mut far) = pair().await;
        let sends = vec![(&open, &b"x"[..]); SENDS_MAX + 2];
        let Some(taken) = send(&sends) else { return };
        assert_eq!(taken.iter().sum::<usize>(), SENDS_MAX);
        assert_eq!(taken[SENDS_MAX..], [0, 0]);
        let mut got = [0; SENDS_MAX];
        far.read_exact(&mut got).await.unwrap();
    }
}
