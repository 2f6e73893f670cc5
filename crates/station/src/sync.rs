//! What the corners without locks are made of, and the lane: the standard library's, or loom's, which tries
//! every order in which threads can meet and every value that an atomic may show (`tools/loom`).

#[cfg(all(test, loom))]
pub(crate) use loom::{
    sync::{Condvar, Mutex, MutexGuard, atomic},
    thread,
};
#[cfg(not(all(test, loom)))]
pub(crate) use std::{
    sync::{Condvar, Mutex, MutexGuard, atomic},
    thread,
};
