//! The `aeolian` binary.

fn main() {}
