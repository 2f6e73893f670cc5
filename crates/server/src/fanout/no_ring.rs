//! Where the system has no way to take many sends with one call: they are made one by one.

use tokio::net::TcpStream;

/// Sends at once.
pub(crate) const SENDS_MAX: usize = 64;

/// There is none.
pub(crate) enum Ring {}

/// Gives none.
pub(crate) fn with_ring<T>(_: impl FnOnce(&mut Ring) -> T) -> Option<T> {
    None
}

impl Ring {
    /// Cannot be called.
    pub(crate) fn send_all<'a>(
        &mut self,
        _: impl ExactSizeIterator<Item = (&'a TcpStream, &'a [u8])>,
    ) -> &[usize] {
        match *self {}
    }
}
