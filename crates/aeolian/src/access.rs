//! Who may do what: from flags, environment and configuration file to the server.

use std::convert::Infallible;

use aeolian_server::{Access, Config, Hosts, InvalidSecret, Secret};

use clap::Args;

use crate::usage::Usage;

/// A token as it was given. The text of an invalid one is not kept, so that nothing shows it.
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

/// Who may do what.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Access")]
pub struct AccessArgs {
    /// Require this token to listen [default: anyone may]
    #[arg(long, env = "AEOLIAN_LISTEN_TOKEN", value_name = "TOKEN", hide_env_values = true,
          value_parser = Token::of)]
    pub listen_token: Option<Token>,
    /// Require this token to change the controls
    #[arg(long, env = "AEOLIAN_CONTROL_TOKEN", value_name = "TOKEN", hide_env_values = true,
          value_parser = Token::of)]
    pub control_token: Option<Token>,
    /// Require this token to make and end stations
    #[arg(long, env = "AEOLIAN_ADMIN_TOKEN", value_name = "TOKEN", hide_env_values = true,
          value_parser = Token::of)]
    pub admin_token: Option<Token>,
    /// Let everyone who may listen change the controls, from other machines too; conflicts with
    /// --control-token
    #[arg(long, env = "AEOLIAN_OPEN_CONTROL", value_name = "true|false", num_args = 0..=1,
          require_equals = true, default_missing_value = "true", value_parser = yes_or_no)]
    pub open_control: Option<bool>,
    /// A host name that this server answers to, besides IP addresses and .local names; repeatable,
    /// or separated by commas in the environment
    #[arg(
        long = "allow-host",
        env = "AEOLIAN_ALLOW_HOST",
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = host
    )]
    pub allowed_hosts: Vec<String>,
    /// An origin whose pages may listen and change the controls, such as `https://example.org`, or *
    /// for any; repeatable, or separated by commas in the environment
    #[arg(
        long = "allow-origin",
        env = "AEOLIAN_ALLOW_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ',',
        value_parser = origin
    )]
    pub allowed_origins: Vec<String>,
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
    /// A token is invalid. Those of the file have been checked with their lines.
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

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "t" | "y" => Ok(true),
        "false" | "no" | "off" | "0" | "f" | "n" => Ok(false),
        _ => Err("allowed is true or false".to_owned()),
    }
}

fn host(text: &str) -> Result<String, String> {
    Hosts::host(text.trim()).map_err(|error| error.to_string())
}

fn origin(text: &str) -> Result<String, String> {
    Hosts::origin(text.trim()).map_err(|error| error.to_string())
}
