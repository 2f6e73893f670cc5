//! A mailbox: a place for one box, which is swapped whole.
//!
//! Nobody waits and nobody locks, and what was in the box before the swap is seen after it. Loom, Miri and
//! ThreadSanitizer prove it, which they cannot for a cell that takes the pointer for a number.

use std::marker::PhantomData;
use std::ptr;

use crate::sync::atomic::AtomicPtr;
use crate::sync::atomic::Ordering::AcqRel;

/// Holds one box, or none.
pub(crate) struct Mailbox<T> {
    /// From [`Box::into_raw`], or null.
    place: AtomicPtr<T>,
    owned: PhantomData<Box<T>>,
}

// SAFETY: a box in it is only ever moved, from one thread to another.
unsafe impl<T: Send> Sync for Mailbox<T> {}

impl<T> Mailbox<T> {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self { place: AtomicPtr::new(ptr::null_mut()), owned: PhantomData }
    }

    /// Puts in what is given, and answers with what was there. Neither allocates nor frees.
    pub(crate) fn swap(&self, given: Option<Box<T>>) -> Option<Box<T>> {
        let given = given.map_or(ptr::null_mut(), Box::into_raw);
        let found = self.place.swap(given, AcqRel);
        // SAFETY: it comes from `Box::into_raw`, and the swap has taken it out: nobody else has it.
        (!found.is_null()).then(|| unsafe { Box::from_raw(found) })
    }

    /// Takes out what is there. Neither allocates nor frees.
    pub(crate) fn take(&self) -> Option<Box<T>> {
        self.swap(None)
    }
}

impl<T> Drop for Mailbox<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_box_goes_in_and_comes_out_once_and_a_second_displaces_it() {
        let mailbox = Mailbox::new();
        assert!(mailbox.take().is_none());
        assert!(mailbox.swap(Some(Box::new(1))).is_none());
        assert_eq!(mailbox.swap(Some(Box::new(2))).as_deref(), Some(&1));
        assert_eq!(mailbox.take().as_deref(), Some(&2));
        assert!(mailbox.take().is_none());
    }

    #[test]
    fn what_is_left_in_it_is_freed_with_it() {
        let content = Arc::new(());
        let mailbox = Mailbox::new();
        mailbox.swap(Some(Box::new(content.clone())));
        drop(mailbox);
        assert_eq!(Arc::strong_count(&content), 1);
    }

    #[test]
    fn every_box_that_threads_swap_comes_out_once_and_whole() {
        const BOXES: u64 = if cfg!(miri) { 40 } else { 20_000 };
        // Each thread reads what it finds, which the other has written.
        let whole = |content: Box<[u64; 9]>| {
            assert!(content.iter().all(|it| *it == content[0]));
            content[0]
        };
        let mailbox = Arc::new(Mailbox::new());
        let swapping = [0, 1].map(|thread| {
            let mailbox = mailbox.clone();
            std::thread::spawn(move || {
                let swap = |i| mailbox.swap(Some(Box::new([2 * i + thread; 9]))).map(whole);
                (0..BOXES).filter_map(swap).collect::<Vec<_>>()
            })
        });
        let mut found: Vec<_> = swapping.into_iter().flat_map(|it| it.join().unwrap()).collect();
        found.extend(mailbox.take().map(whole));
        found.sort_unstable();
        assert!(found.into_iter().eq(0..2 * BOXES));
    }
}
