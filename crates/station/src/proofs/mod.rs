//! Proofs of the corners without locks, and of the lane: loom runs each in every order in which its threads can
//! meet. Built and run by `tools/loom` only.
//!
//! Loom does not know of the queues of rtrb, for which there are Miri and ThreadSanitizer (`tools/miri`,
//! `tools/tsan`), and takes a sequentially consistent access for an acquiring or releasing one: what is proved
//! here hangs on no more than that.

mod handover;
mod lane;
mod mailbox;
