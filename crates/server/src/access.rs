//! Who may do what.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::error::Error;
use crate::problem::Problem;
use crate::secret::Secret;

/// What a client may do; each may also do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Nothing but load the page.
    Visitor,
    /// Hear stations and read their state.
    Listen,
    /// Steer stations.
    Control,
    /// Make and end stations.
    Admin,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Visitor => "visitor",
            Role::Listen => "listen",
            Role::Control => "control",
            Role::Admin => "admin",
        }
    }
}

/// The tokens, and what is open to those who have none.
///
/// A role without a token is open: every one on loopback; beyond it listening, and steering where
/// [`Access::open_control`] says so.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Needed to listen, where set.
    pub listen_token: Option<Secret>,
    /// Needed to steer, where set.
    pub control_token: Option<Secret>,
    /// Needed to make and end stations, where set.
    pub admin_token: Option<Secret>,
    /// Lets everybody steer who may listen, also where the server listens beyond loopback. Not
    /// beside a token for steering.
    pub open_control: bool,
}

impl Access {
    /// What a client without a token may do on a server that listens on loopback, or beyond.
    ///
    /// Stations are made and ended without a token only on loopback, and only as long as no token
    /// guards anything.
    pub(crate) fn anonymous(&self, loopback: bool) -> Role {
        if self.listen_token.is_some() {
            Role::Visitor
        } else if self.control_token.is_some() || !(loopback || self.open_control) {
            Role::Listen
        } else if self.admin_token.is_some() || !loopback {
            Role::Control
        } else {
            Role::Admin
        }
    }

    /// Refuses to serve beyond loopback with controls that are open by mere omission, and anywhere
    /// with controls that are open and guarded at once.
    ///
    /// # Errors
    /// [`Error::OpenControls`], [`Error::OpenAndGuarded`].
    pub fn check(&self, loopback: bool) -> Result<(), Error> {
        if self.open_control && self.control_token.is_some() {
            return Err(Error::OpenAndGuarded);
        }
        let guarded = self.control_token.is_some() || self.listen_token.is_some();
        if loopback || guarded || self.open_control { Ok(()) } else { Err(Error::OpenControls) }
    }

    /// The role that a token gives, or none where it is no token of ours.
    fn role_of(&self, token: &str) -> Option<Role> {
        // Every token is compared, so that the time does not tell which one was nearly right.
        let listener = if self.open_control { Role::Control } else { Role::Listen };
        let tokens = [
            (&self.listen_token, listener),
            (&self.control_token, Role::Control),
            (&self.admin_token, Role::Admin),
        ];
        let matches = |secret: &Option<Secret>| secret.as_ref().is_some_and(|s| s.is(token));
        tokens.into_iter().filter(|(secret, _)| matches(secret)).map(|(_, role)| role).max()
    }

    /// The role of a request: by its bearer token, or by `token` of its query, which a browser
    /// needs for a WebSocket and a player for a stream.
    ///
    /// # Errors
    /// 401 for a token that is none of ours: it is never taken for no token.
    pub(crate) fn role(
        &self,
        loopback: bool,
        headers: &HeaderMap,
        query_token: Option<&str>,
    ) -> Result<Role, Problem> {
        let header = headers.get(AUTHORIZATION);
        let bearer = match header.map(|value| value.to_str()) {
            Some(Ok(text)) => Some(text.strip_prefix("Bearer ").unwrap_or("")),
            Some(Err(_)) => Some(""),
            None => None,
        };
        match bearer.or(query_token) {
            None => Ok(self.anonymous(loopback)),
            Some(token) => self
                .role_of(token)
                .ok_or_else(|| Problem::unauthorized("The token given opens nothing here.")),
        }
    }
}

impl Role {
    /// Refuses what needs another role.
    ///
    /// # Errors
    /// 401 where a token may help, 403 where the token given does not reach that far.
    pub(crate) fn require(self, needed: Role, has_token: bool) -> Result<(), Problem> {
        if self >= needed {
            return Ok(());
        }
        let needed = needed.name();
        Err(if has_token {
            Problem::forbidden(format!("This needs a token with the role {needed}."))
        } else {
            Problem::unauthorized(format!(
                "This needs a token with the role {needed}: send it as \"Authorization: Bearer …\"."
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Option<Secret> {
        Some(Secret::new(text).unwrap())
    }

    #[test]
    fn controls_are_open_beyond_loopback_only_when_asked_for() {
        let open = Access::default();
        assert_eq!(open.anonymous(true), Role::Admin);
        assert_eq!(open.anonymous(false), Role::Listen);
        let asked = Access { open_control: true, ..Access::default() };
        assert_eq!(asked.anonymous(false), Role::Control);
        let guarded = Access { control_token: secret("steersteer"), ..Access::default() };
        assert_eq!(guarded.anonymous(false), Role::Listen);
        assert_eq!(guarded.anonymous(true), Role::Listen);
        let closed = Access { listen_token: secret("hearhear"), ..Access::default() };
        assert_eq!(closed.anonymous(true), Role::Visitor);
    }

    #[test]
    fn a_token_gives_its_role_and_a_wrong_one_gives_none() {
        let access = Access { control_token: secret("steersteer"), ..Access::default() };
        let mut headers = HeaderMap::new();
        assert_eq!(access.role(true, &headers, None).unwrap(), Role::Listen);
        assert_eq!(access.role(true, &headers, Some("steersteer")).unwrap(), Role::Control);
        headers.insert(AUTHORIZATION, "Bearer steersteer".parse().unwrap());
        assert_eq!(access.role(true, &headers, None).unwrap(), Role::Control);
        for wrong in ["Bearer nonsense", "steersteer", "Basic steersteer", "Bearer "] {
            headers.insert(AUTHORIZATION, wrong.parse().unwrap());
            assert!(access.role(true, &headers, None).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_role_may_do_what_lesser_roles_may() {
        assert!(Role::Admin.require(Role::Control, true).is_ok());
        assert!(Role::Listen.require(Role::Control, true).is_err());
        assert!(Role::Visitor.require(Role::Listen, false).is_err());
    }
}
