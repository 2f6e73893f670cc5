//! Asking sockets whether there is something to read, instead of being told.
//!
//! A socket that somebody waits for has its sender tell them, and over loopback the sender is the server that is
//! measured. One that is only asked costs the sender what a network card would: nothing.

use std::os::fd::AsFd;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

/// A pause from one lap to the next. When bytes came does not depend on it: [`crate::arrival`].
pub const EVERY: Duration = Duration::from_millis(5);

/// Sockets to be asked with one call. Few, since the answer grows old while the first of them are read.
pub const PART: usize = 64;

/// Which of the sockets, each with its number, have something to read or are over.
///
/// # Errors
/// The machine runs out of something.
pub fn readable<'a, T: AsFd + 'a>(
    sockets: impl Iterator<Item = (usize, &'a T)>,
) -> Result<Vec<usize>> {
    let (numbers, mut asked): (Vec<_>, Vec<_>) =
        sockets.map(|(number, socket)| (number, PollFd::new(socket, PollFlags::IN))).unzip();
    const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
    match rustix::event::poll(&mut asked, Some(&AT_ONCE)) {
        Err(Errno::INTR) => Ok(Vec::new()),
        polled => {
            polled.context("cannot poll")?;
            let ready = numbers.into_iter().zip(asked);
            Ok(ready.filter(|(_, asked)| !asked.revents().is_empty()).map(|(i, _)| i).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    #[test]
    fn only_who_has_something_to_read_or_is_over_is_named() {
        let pairs: Vec<_> = (0..4).map(|_| UnixStream::pair().unwrap()).collect();
        let (near, mut far): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let ready = || readable(near.iter().enumerate()).unwrap();
        assert!(ready().is_empty());
        far[1].write_all(b"x").unwrap();
        far.pop();
        assert_eq!(ready(), [1, 3]);
        assert_eq!((&near[1]).read(&mut [0]).unwrap(), 1);
        assert_eq!(ready(), [3]);
    }
}
