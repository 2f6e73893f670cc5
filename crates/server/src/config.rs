//! How a server is set up.

use crate::access::Access;
use crate::guard::Hosts;
use crate::limits::Limits;
use crate::tls::Tls;

/// Everything about a server but its address and its stations. The default is a server for this
/// machine alone, or for a network whose members may listen but not steer.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Who may do what.
    pub access: Access,
    /// Which hosts and origins are answered.
    pub hosts: Hosts,
    /// The certificate to serve TLS with; without one, plain HTTP is served.
    pub tls: Option<Tls>,
    /// What clients may use up.
    pub limits: Limits,
}
