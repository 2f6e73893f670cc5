//! Who is connected: addresses, with what each may use up.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::rate::Bucket;

/// Addresses are remembered without a connection up to this many, for their control rate.
const IDLE_CLIENTS_MAX: usize = 4096;

/// One address.
struct Client {
    connections: usize,
    controls: Bucket,
}

/// Every address that is connected or has lately been.
pub(crate) struct Clients {
    by_address: Mutex<HashMap<IpAddr, Client>>,
    connections_max: usize,
    controls_per_s: u32,
}

/// A connection's place; dropping it gives the place back.
pub(crate) struct Lease {
    clients: Arc<Clients>,
    address: IpAddr,
}

impl Clients {
    /// At most `connections_max` connections an address (0: any number), and `controls_per_s`
    /// control requests a second.
    pub(crate) fn new(connections_max: usize, controls_per_s: u32) -> Self {
        Self { by_address: Mutex::default(), connections_max, controls_per_s }
    }

    fn with<T>(&self, address: IpAddr, act: impl FnOnce(&mut Client, Instant) -> T) -> T {
        let now = Instant::now();
        let mut clients = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= IDLE_CLIENTS_MAX && !clients.contains_key(&address) {
            clients.retain(|_, client| client.connections > 0 || !client.controls.is_full(now));
        }
        let new = || Client { connections: 0, controls: Bucket::new(self.controls_per_s, now) };
        act(clients.entry(address).or_insert_with(new), now)
    }

    /// Takes a place for a connection, or none where the address has all it may have.
    pub(crate) fn connect(self: &Arc<Self>, address: IpAddr) -> Option<Lease> {
        // A v4 client of a v6 socket is the same client.
        let address = address.to_canonical();
        let max = self.connections_max;
        self.with(address, |client, _| {
            let free = max == 0 || client.connections < max;
            client.connections += usize::from(free);
            free
        })
        .then(|| Lease { clients: Arc::clone(self), address })
    }

    /// How many connections there are.
    pub(crate) fn connected(&self) -> usize {
        let clients = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        clients.values().map(|client| client.connections).sum()
    }

    /// Takes leave for one control request.
    ///
    /// # Errors
    /// How long to wait, where the address has asked for more than it may.
    pub(crate) fn may_control(&self, address: IpAddr) -> Result<(), Duration> {
        self.with(address.to_canonical(), |client, now| {
            if client.controls.take(now) { Ok(()) } else { Err(client.controls.wait()) }
        })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.clients.with(self.address, |client, _| {
            client.connections = client.connections.saturating_sub(1);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_place() {
        let clients = Arc::new(Clients::new(2, 20));
        let address = IpAddr::from([192, 0, 2, 1]);
        let first = clients.connect(address);
        let _second = clients.connect("::ffff:192.0.2.1".parse().unwrap()).unwrap();
        assert!(clients.connect(address).is_none());
        let _other = clients.connect(IpAddr::from([192, 0, 2, 2])).unwrap();
        assert_eq!(clients.connected(), 3);
        drop(first);
        assert_eq!(clients.connected(), 2);
        assert!(clients.connect(address).is_some());
    }

    #[test]
    fn an_address_that_floods_controls_is_told_to_wait() {
        let clients = Clients::new(2, 20);
        let address = IpAddr::from([192, 0, 2, 1]);
        let refused = (0..100).filter(|_| clients.may_control(address).is_err()).count();
        assert!(refused >= 55);
        assert!(clients.may_control(IpAddr::from([192, 0, 2, 2])).is_ok());
    }
}
