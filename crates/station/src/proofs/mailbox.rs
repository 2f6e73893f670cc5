//! The mailbox.

use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::thread;

use crate::render::mailbox::Mailbox;

/// Something that notices who reads it before it is written.
fn content(value: u32) -> Box<UnsafeCell<u32>> {
    let content = Box::new(UnsafeCell::new(0));
    // SAFETY: nobody else has it yet.
    content.with_mut(|it| unsafe { *it = value });
    content
}

fn read(content: &UnsafeCell<u32>) -> u32 {
    // SAFETY: a box that came out of the mailbox is in one hand; loom fails where it is not.
    content.with(|it| unsafe { *it })
}

#[test]
fn what_was_written_before_a_box_went_in_is_read_after_it_came_out() {
    loom::model(|| {
        let mailbox = Arc::new(Mailbox::new());
        let other = mailbox.clone();
        let swapping = thread::spawn(move || other.swap(Some(content(1))).map(|it| read(&it)));
        let mut found: Vec<_> =
            mailbox.swap(Some(content(2))).map(|it| read(&it)).into_iter().collect();
        found.extend(mailbox.take().map(|it| read(&it)));
        found.extend(swapping.join().unwrap());
        found.extend(mailbox.take().map(|it| read(&it)));
        found.sort_unstable();
        assert_eq!(found, [1, 2], "each comes out once");
    });
}
