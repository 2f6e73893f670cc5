//! Who may do what: from flags, environment and configuration file to the server.

use std::convert::Infallible;

use aeolian_server::{Access, Config, Hosts, InvalidSecret, Secret};

use crate::cli::{AccessArgs, Usage};

/// A token as it was given. The text of one that is no good is not kept, so that nothing shows it.
#[derive(Clone, Debug)]
pub struct Token(Result<Secret, InvalidSecret>);

impl Token {
    /// Takes any text: the parser of flags would quote one that is refused.
    pub fn of(text: &str) -> Result<Self, Infallible> {
        Ok(Self(Secret::new(text)))
    }

    /// The token of a setting.
    ///
    /// # Errors
    /// With the setting's name and what is allowed, never with what was given.
    pub fn named(self, name: &str) -> Result<Secret, Usage> {
        self.0.map_err(|error| Usage(format!("{name}: {error}")))
    }
}

impl From<Secret> for Token {
    fn from(secret: Secret) -> Self {
        Self(Ok(secret))
    }
}

impl AccessArgs {
    /// Where nothing is given here, what `other` gives.
    pub fn or(self, other: Self) -> Self {
        let either = |a: Vec<String>, b| if a.is_empty() { b } else { a };
        Self {
            listen_token: self.listen_token.or(other.listen_token),
            control_token: self.control_token.or(other.control_token),
            admin_token: self.admin_token.or(other.admin_token),
            open_control: self.open_control.or(other.open_control),
            allowed_hosts: either(self.allowed_hosts, other.allowed_hosts),
            allowed_origins: either(self.allowed_origins, other.allowed_origins),
        }
    }

    /// The server that these set up.
    ///
    /// # Errors
    /// A token is no good. Those of the file have been checked with their lines.
    pub fn into_config(self) -> Result<Config, Usage> {
        let secret =
            |token: Option<Token>, name| token.map(|token: Token| token.named(name)).transpose();
        Ok(Config {
            access: Access {
                listen_token: secret(self.listen_token, "--listen-token")?,
                control_token: secret(self.control_token, "--control-token")?,
                admin_token: secret(self.admin_token, "--admin-token")?,
                open_control: self.open_control.unwrap_or_default(),
            },
            hosts: Hosts {
                allowed_hosts: self.allowed_hosts,
                allowed_origins: self.allowed_origins,
            },
            ..Config::default()
        })
    }
}
