//! Which `Host` and which `Origin` are answered.
//!
//! A page of somebody else's that a listener has open could point its own host name at this server
//! (DNS rebinding) or open a WebSocket to it. The first is refused by its `Host`, the second by its
//! `Origin`; programs that are no browsers send no `Origin` and are not held up.

use std::net::{IpAddr, Ipv6Addr};

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Uri};

use crate::problem::{Problem, quoted};

/// The names that this server answers to, and the pages elsewhere that may use it.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    /// Host names without port, as `radio.example.org`. Addresses, `localhost` and names that end
    /// in `.localhost` or `.local` need not be named: nobody can point those here by public DNS.
    pub allowed_hosts: Vec<String>,
    /// Origins of pages that may listen and steer, as `https://example.org`; `*` for any.
    pub allowed_origins: Vec<String>,
}

/// The host of `host[:port]`, without brackets and final dot.
fn host_name(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port_is_number = port.is_empty()
        || port.strip_prefix(':').is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    (port_is_number && !host.is_empty()).then(|| host.strip_suffix('.').unwrap_or(host))
}

/// The text is no host name that a request could come for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("allowed is a host name without scheme, port and path, such as radio.example.org")]
pub struct InvalidHost;

/// The text is no origin that a browser could send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "allowed is * for any, or scheme://host[:port] without path and final slash, such as \
     https://app.example.org"
)]
pub struct InvalidOrigin;

/// The longest name in the DNS.
const HOST_BYTES_MAX: usize = 253;

/// Whether it is a host name in ASCII; others come as `xn--…`.
fn is_host_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    text.len() <= HOST_BYTES_MAX
        && text.split('.').all(|label| !label.is_empty() && label.bytes().all(allowed))
}

fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) if host.parse::<Ipv6Addr>().is_ok() => (None, port),
        Some(_) => return false,
        None => {
            let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            (Some(host), port)
        }
    };
    let of_a_scheme = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    let is_digits = |port: &str| port.bytes().all(|b| b.is_ascii_digit());
    // A browser leaves out the port that a scheme has anyway.
    let usual = matches!((scheme, port), ("http", ":80") | ("https", ":443"));
    let port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|p| is_digits(p) && p.parse::<u16>().is_ok());
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(of_a_scheme)
        && host.is_none_or(is_host_name)
        && port
        && !usual
}

impl Hosts {
    /// A host name for [`Hosts::allowed_hosts`].
    ///
    /// # Errors
    /// No request can come for such a host.
    pub fn host(text: &str) -> Result<String, InvalidHost> {
        if is_host_name(text) { Ok(text.to_owned()) } else { Err(InvalidHost) }
    }

    /// An origin for [`Hosts::allowed_origins`].
    ///
    /// # Errors
    /// No browser sends such an origin.
    pub fn origin(text: &str) -> Result<String, InvalidOrigin> {
        if text == "*" || is_origin(text) { Ok(text.to_owned()) } else { Err(InvalidOrigin) }
    }

    fn answers_to(&self, host: &str) -> bool {
        let ends_in = |suffix: &str| {
            let start = host.len().checked_sub(suffix.len());
            start.and_then(|at| host.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
        };
        host.parse::<IpAddr>().is_ok()
            || host.eq_ignore_ascii_case("localhost")
            || ends_in(".localhost")
            || ends_in(".local")
            || self.allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host))
    }

    /// Refuses a request for a host that this server does not answer to.
    ///
    /// # Errors
    /// 400 without exactly one `Host`, 421 for another host.
    pub(crate) fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let mut given = headers.get_all(HOST).iter();
        let (Some(host), None) = (given.next(), given.next()) else {
            return Err(Problem::bad_request("The request must have one Host header."));
        };
        let host = uri.authority().map_or(host.to_str().ok(), |authority| Some(authority.as_str()));
        let name = host.and_then(host_name);
        let name = name.ok_or_else(|| Problem::bad_request("The Host header is no host."))?;
        if self.answers_to(name) {
            return Ok(());
        }
        Err(Problem::misdirected(format!(
            "This server does not answer to the host {}; its owner can allow it.",
            quoted(name)
        )))
    }

    /// Whether pages of this origin are allowed.
    pub(crate) fn allows(&self, origin: &str) -> bool {
        let same = |o: &String| o == "*" || o.eq_ignore_ascii_case(origin);
        self.allowed_origins.iter().any(same)
    }

    /// Whether a page of this origin may use the server: it came from here, or it is allowed.
    fn welcomes(&self, origin: &str, headers: &HeaderMap) -> bool {
        if self.allows(origin) {
            return true;
        }
        let page = origin.split_once("://").map(|(_, authority)| authority);
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        matches!((page, host), (Some(page), Some(host)) if page.eq_ignore_ascii_case(host))
    }

    /// Refuses what a page from elsewhere asks for. For upgrades, and for all that changes
    /// something. A request without `Origin` comes from no page.
    ///
    /// # Errors
    /// 403 for an origin that is neither this server's own nor allowed.
    pub(crate) fn check_origin(&self, headers: &HeaderMap) -> Result<(), Problem> {
        for origin in headers.get_all(ORIGIN) {
            let text = origin.to_str().unwrap_or("");
            if !self.welcomes(text, headers) {
                return Err(Problem::forbidden(format!(
                    "A page from {} may not use this server; its owner can allow it.",
                    quoted(text)
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(hosts: &Hosts, value: &str) -> Result<(), Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, value.parse().unwrap());
        hosts.check_host(&Uri::from_static("/"), &headers)
    }

    #[test]
    fn names_that_public_dns_could_point_here_must_be_allowed() {
        let hosts = Hosts { allowed_hosts: vec!["radio.example.org".into()], ..Hosts::default() };
        for ours in [
            "127.0.0.1:8000",
            "[::1]:8000",
            "192.168.1.7",
            "localhost:8000",
            "LOCALHOST.",
            "nas.local:8000",
            "Radio.Example.org",
        ] {
            assert!(host(&hosts, ours).is_ok(), "{ours}");
        }
        for other in ["evil.example", "local", "127.0.0.1.evil.example", "localhost:x", "", "[::1"]
        {
            assert!(host(&hosts, other).is_err(), "{other}");
        }
    }

    #[test]
    fn only_hosts_and_origins_that_a_browser_could_send_can_be_allowed() {
        for good in ["radio.example.org", "nas", "xn--bcher-kva.example", "a_b.example"] {
            assert_eq!(Hosts::host(good).as_deref(), Ok(good));
        }
        let long = "a.".repeat(127) + "a";
        for bad in ["", "http://x/", "x:80", "x/", "a..b", "x.", "bücher.example", "*", &long] {
            assert!(Hosts::host(bad).is_err(), "{bad}");
        }
        for good in [
            "*",
            "https://app.example",
            "http://localhost:3000",
            "http://[::1]:3000",
            "capacitor://localhost",
        ] {
            assert_eq!(Hosts::origin(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "foo",
            "app.example:443",
            "https://",
            "https://app.example/",
            "https://app.example:",
            "https://app.example:443",
            "https://app.example:99999",
            "https://app.example:+1",
            "https://user@app.example",
            "https://*.example",
            "https://[app]",
            "://app.example",
            "null",
        ] {
            assert!(Hosts::origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_request_without_one_host_is_refused() {
        let mut headers = HeaderMap::new();
        assert!(Hosts::default().check_host(&Uri::from_static("/"), &headers).is_err());
        headers.append(HOST, "127.0.0.1".parse().unwrap());
        headers.append(HOST, "127.0.0.2".parse().unwrap());
        assert!(Hosts::default().check_host(&Uri::from_static("/"), &headers).is_err());
    }

    #[test]
    fn only_pages_from_here_or_allowed_ones_may_use_the_server() {
        let hosts =
            Hosts { allowed_origins: vec!["https://app.example".into()], ..Hosts::default() };
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "127.0.0.1:8000".parse().unwrap());
        assert!(hosts.check_origin(&headers).is_ok());
        for (origin, welcome) in [
            ("http://127.0.0.1:8000", true),
            ("https://app.example", true),
            ("http://127.0.0.1:9000", false),
            ("https://evil.example", false),
            ("null", false),
        ] {
            headers.insert(ORIGIN, origin.parse().unwrap());
            assert_eq!(hosts.check_origin(&headers).is_ok(), welcome, "{origin}");
        }
    }
}
