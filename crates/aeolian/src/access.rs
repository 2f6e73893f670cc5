//! Who may do what: from flags, environment and configuration file to the server.

use aeolian_server::{Access, Config, Hosts};

use crate::cli::AccessArgs;

impl AccessArgs {
    /// Where nothing is given here, what `other` gives.
    pub fn or(self, other: Self) -> Self {
        let either = |a: Vec<String>, b| if a.is_empty() { b } else { a };
        Self {
            listen_token: self.listen_token.or(other.listen_token),
            control_token: self.control_token.or(other.control_token),
            admin_token: self.admin_token.or(other.admin_token),
            open_control: self.open_control || other.open_control,
            allowed_hosts: either(self.allowed_hosts, other.allowed_hosts),
            allowed_origins: either(self.allowed_origins, other.allowed_origins),
        }
    }

    /// The server that these set up.
    pub fn into_config(self) -> Config {
        Config {
            access: Access {
                listen_token: self.listen_token,
                control_token: self.control_token,
                admin_token: self.admin_token,
                open_control: self.open_control,
            },
            hosts: Hosts {
                allowed_hosts: self.allowed_hosts,
                allowed_origins: self.allowed_origins,
            },
            ..Config::default()
        }
    }
}
