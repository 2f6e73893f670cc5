//! What one client, or all of them together, may use up.

use std::time::Duration;

/// Every bound of the server. Each is counted in `/api/metrics` when it is hit, but the last, with
/// which the server ends: the log counts the connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Listeners at a time: each costs a socket, some kernel memory and a share of a core.
    pub listeners: usize,
    /// Connections at a time from one address, so that one host cannot take every place. 0 lifts
    /// the limit, for a server behind a proxy that makes all connections.
    pub connections_per_ip: usize,
    /// Connections that have not sent a whole request yet. When another comes, the one that has
    /// idled longest is closed: whoever holds connections half open shuts nobody out.
    pub handshakes: usize,
    /// A listener's inbound WebSocket message, all its fragments together, in bytes.
    pub message_bytes: usize,
    /// A listener's inbound messages in a second, and one address's control requests: so many on
    /// average, twice as many at once.
    pub messages_per_s: u32,
    /// A request's body in bytes.
    pub body_bytes: usize,
    /// A request's line and headers in bytes; at least 8 192.
    pub header_bytes: usize,
    /// How long a client may take over a request's line and headers, and again over its body.
    pub header_timeout: Duration,
    /// How long a client's socket may take nothing at all before it is closed.
    pub stall_timeout: Duration,
    /// How long sessions may take to say goodbye when the server ends; those that take longer are cut.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            listeners: 10_000,
            connections_per_ip: 512,
            handshakes: 256,
            message_bytes: 4 * 1024,
            messages_per_s: 20,
            body_bytes: 16 * 1024,
            header_bytes: 16 * 1024,
            header_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(5),
            drain_timeout: Duration::from_secs(2),
        }
    }
}
