//! Who may ask: the token, and the name of the host against DNS rebinding.

use std::net::{IpAddr, SocketAddr};

use hyper::header::{AUTHORIZATION, HOST};
use subtle::ConstantTimeEq as _;

use super::request::{Credential, Request};

/// Headers and query parameters that may hold the token, beside `Authorization`.
const HEADERS: [&str; 2] = ["x-api-key", "x-harness-token"];
const PARAMETERS: [&str; 2] = ["X-Harness-Token", "token"];

/// What a request must show.
#[derive(Debug)]
pub(super) struct Access {
    /// `None`: any token, or none.
    token: Option<String>,
    /// Names of this host, without ports, in lower case.
    hosts: Vec<String>,
    listens_on: IpAddr,
}

impl Access {
    pub(super) fn new(token: Option<String>, hosts: Vec<String>, address: SocketAddr) -> Self {
        let hosts = hosts.into_iter().map(|host| host.to_ascii_lowercase()).collect();
        Self { token, hosts, listens_on: address.ip() }
    }

    /// Whether the host that the client asked is this one. A page of another site that has its name resolve to
    /// the loopback address sends that name.
    pub(super) fn is_host_known(&self, request: &Request) -> bool {
        let Some(host) = host(request) else { return false };
        let name = name_of(&host);
        if let Ok(address) = name.parse::<IpAddr>() {
            // An address cannot be rebound; with a wildcard the client may use any of this host's.
            return address.is_loopback()
                || self.listens_on.is_unspecified()
                || address == self.listens_on
                || self.hosts.iter().any(|host| *host == name);
        }
        name == "localhost"
            || name.ends_with(".localhost")
            || self.hosts.iter().any(|host| *host == name)
    }

    /// What the token of a request is worth. Of several, one that is right is enough.
    pub(super) fn credential(&self, request: &Request) -> Credential {
        let Some(token) = &self.token else { return Credential::Right };
        let mut credential = Credential::Missing;
        for offered in offered(request) {
            if bool::from(offered.as_bytes().ct_eq(token.as_bytes())) {
                return Credential::Right;
            }
            credential = Credential::Wrong;
        }
        credential
    }
}

/// Every token that a request offers; empty ones are none.
fn offered(request: &Request) -> impl Iterator<Item = &str> {
    let bearer = request.header(AUTHORIZATION).map(|value| {
        let (scheme, token) = value.split_once(' ').unwrap_or(("", value));
        if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { value }
    });
    let headers = HEADERS.iter().filter_map(|name| request.header(*name));
    let parameters = PARAMETERS.iter().filter_map(|name| request.query.filled(name));
    bearer.into_iter().chain(headers).chain(parameters).filter(|token| !token.is_empty())
}

/// The host that a client asked, with its port: of an absolute URI, or of the header.
pub(super) fn host(request: &Request) -> Option<String> {
    if let Some(authority) = request.uri.authority() {
        return Some(authority.as_str().to_owned());
    }
    // Of two headers one could be meant for another reader.
    let mut hosts = request.headers.get_all(HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    hosts.next().is_none().then(|| host.to_owned())
}

/// A host without its port and brackets, in lower case.
fn name_of(host: &str) -> String {
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    name.trim_end_matches('.').to_ascii_lowercase()
}
