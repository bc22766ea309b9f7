//! Addresses of HTTP: which are allowed, how they are joined, and how they are shown.

use std::fmt;
use std::net::IpAddr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::Uri;

/// An absolute address, `https`, or `http` on this machine. Shown without its query, which may be signed or
/// have a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Uri);

/// What is written as it is in queries and in segments of paths (RFC 3986, unreserved).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// It is not absolute, has a user or password, or is plain `http` to another machine.
    pub fn parse(text: &str) -> Result<Self, String> {
        // What comes after `#` is not sent.
        let text = text.split('#').next().unwrap_or_default();
        let uri: Uri = text.parse().map_err(|_| "invalid address".to_owned())?;
        let scheme = uri.scheme_str().unwrap_or_default();
        let Some(authority) = uri.authority() else {
            return Err("the address needs https:// and a host".into());
        };
        if authority.as_str().contains('@') {
            return Err("an address must not have a user or password".into());
        }
        let port = authority.as_str().rsplit(']').next().unwrap_or_default().split_once(':');
        if port.is_some_and(|(_, port)| port.parse::<u16>().is_err()) {
            return Err("the address has an invalid port".into());
        }
        match scheme {
            "https" => {}
            "http" if is_loopback(authority.host()) => {}
            "http" => return Err("plain http is allowed to this machine only; use https".into()),
            _ => return Err(format!("{scheme} is not supported; use https")),
        }
        Ok(Self(uri))
    }

    /// The same host with another path, as it is sent, and a query.
    pub(super) fn with(&self, path: &str, query: &[(&str, &str)]) -> Self {
        let mut target = path.to_owned();
        for (number, (name, value)) in query.iter().enumerate() {
            target.push(if number == 0 { '?' } else { '&' });
            target.push_str(name);
            target.push('=');
            target.push_str(&encode(value));
        }
        let mut parts = self.0.clone().into_parts();
        // All that is not allowed in a path or query is encoded, so that it cannot be invalid.
        if let Ok(target) = target.parse() {
            parts.path_and_query = Some(target);
        }
        Self(Uri::from_parts(parts).unwrap_or_else(|_| self.0.clone()))
    }

    /// As [`with`](Self::with), after the path of this address.
    pub(super) fn below(&self, path: &str, query: &[(&str, &str)]) -> Self {
        self.with(&format!("{}{path}", self.0.path().trim_end_matches('/')), query)
    }

    /// What a redirect from here points to (RFC 3986, section 5.2).
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub(super) fn resolve(&self, location: &str) -> Result<Self, String> {
        let scheme = self.0.scheme_str().unwrap_or("https");
        let authority = self.0.authority().map_or("", |authority| authority.as_str());
        // Not in a query, say.
        let start = location.split(['/', '?', '#']).next().unwrap_or_default();
        if start.ends_with(':') && location[start.len()..].starts_with("//") {
            return Self::parse(location);
        }
        if location.starts_with("//") {
            return Self::parse(&format!("{scheme}:{location}"));
        }
        if location.starts_with('/') {
            return Self::parse(&format!("{scheme}://{authority}{location}"));
        }
        let path = self.0.path();
        let folder = &path[..path.rfind('/').map_or(0, |at| at + 1)];
        Self::parse(&format!("{scheme}://{authority}{}", without_dots(folder, location)))
    }

    /// This address on another host.
    fn on(&self, other: &Self) -> Self {
        let mut parts = other.0.clone().into_parts();
        parts.path_and_query = self.0.path_and_query().cloned();
        Self(Uri::from_parts(parts).unwrap_or_else(|_| self.0.clone()))
    }

    /// Scheme, host and port: what a secret belongs to.
    pub(super) fn origin(&self) -> (String, String, u16) {
        let scheme = self.0.scheme_str().unwrap_or("https").to_ascii_lowercase();
        let port = self.0.port_u16().unwrap_or(if scheme == "http" { 80 } else { 443 });
        (scheme, self.host(), port)
    }

    /// The host in lower case.
    pub(super) fn host(&self) -> String {
        self.0.host().unwrap_or_default().to_ascii_lowercase()
    }

    /// Whether it is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(self.0.host().unwrap_or_default())
    }

    /// What a link of an installation of Harness points to: self-managed ones may name the hosted one in links to
    /// themselves.
    pub(super) fn at_installation(self, base: &Self) -> Self {
        let is_foreign = self.is_hosted_harness() && !base.is_hosted_harness();
        if is_foreign { self.on(base) } else { self }
    }

    /// Whether it is the hosted Harness, or an account's name for it.
    pub(super) fn is_hosted_harness(&self) -> bool {
        let host = self.host();
        host == "harness.io" || host.ends_with(".harness.io")
    }

    /// Whether it is sent encrypted.
    pub(super) fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// Its path, as it is sent.
    pub(super) fn path(&self) -> &str {
        self.0.path()
    }

    /// For the client.
    pub(super) fn uri(&self) -> &Uri {
        &self.0
    }
}

/// Without the query.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.scheme_str().unwrap_or_default();
        let authority = self.0.authority().map_or("", |authority| authority.as_str());
        write!(f, "{scheme}://{authority}{}", self.0.path())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// A relative path below a folder, its `.` and `..` resolved.
fn without_dots(folder: &str, relative: &str) -> String {
    let end = relative.find('?').unwrap_or(relative.len());
    let (path, query) = relative.split_at(end);
    let mut parts: Vec<&str> = folder.trim_end_matches('/').split('/').skip(1).collect();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}{query}", parts.join("/"))
}

/// A value of a query or a segment of a path, percent-encoded.
pub(super) fn encode(value: &str) -> String {
    utf8_percent_encode(value, UNRESERVED).to_string()
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_allowed() {
        for good in [
            "https://a.example",
            "https://a.example:8/x?y",
            "http://127.0.0.1:9",
            "http://[::1]:9",
            "http://localhost",
        ] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example",
            "ftp://a.example",
            "a.example",
            "https://a.example:99999",
            "https://a.example:",
            "/x",
            "https://u:p@a.example",
            "http://127.0.0.1.a.example",
            "",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn queries_are_encoded_and_not_shown() {
        let base = Address::parse("https://a.example/gateway/").unwrap();
        let address =
            base.below("/log-service/blob", &[("key", "a/b c:Install / Upgrade&x"), ("n", "ü")]);
        let sent = "https://a.example/gateway/log-service/blob?key=a%2Fb%20c%3AInstall%20%2F%20Upgrade%26x&n=%C3%BC";
        assert_eq!(address.uri().to_string(), sent);
        assert_eq!(address.to_string(), "https://a.example/gateway/log-service/blob");
        assert_eq!(format!("{address:?}"), "Address(https://a.example/gateway/log-service/blob)");
    }

    #[test]
    fn redirects_are_resolved() {
        let from = Address::parse("https://a.example:1/x/y?q=1").unwrap();
        let to = |location: &str| from.resolve(location).map(|to| to.uri().to_string());
        assert_eq!(to("/z?w").unwrap(), "https://a.example:1/z?w");
        assert_eq!(to("z").unwrap(), "https://a.example:1/x/z");
        assert_eq!(to("../z?u=https://b").unwrap(), "https://a.example:1/z?u=https://b");
        assert_eq!(to("./z").unwrap(), "https://a.example:1/x/z");
        assert_eq!(
            to("/login?to=https://b.example/").unwrap(),
            "https://a.example:1/login?to=https://b.example/"
        );
        assert_eq!(to("//b.example/z").unwrap(), "https://b.example/z");
        assert_eq!(to("https://b.example/z").unwrap(), "https://b.example/z");
        assert!(to("http://b.example/z").is_err());
        let other = Address::parse("http://127.0.0.1:5/base").unwrap();
        assert_eq!(from.on(&other).uri().to_string(), "http://127.0.0.1:5/x/y?q=1");
    }
}
