//! What is refused of what a person asked for.

/// What was asked for is not allowed: exit code 2, as for a flag that does not parse.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// What a seed may be.
pub const SEEDS_ALLOWED: &str = "a whole number from 0 to 18446744073709551615";

/// What an address to listen on may be.
pub const ADDRESSES_ALLOWED: &str = "an address and a port, such as 127.0.0.1:8000";
