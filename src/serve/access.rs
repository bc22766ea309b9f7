//! Who may ask: the token, and the name of the host against DNS rebinding.

use std::net::{IpAddr, SocketAddr};

use hyper::header::{AUTHORIZATION, HOST};
use subtle::ConstantTimeEq as _;

use super::options::ServeOptions;
use super::request::{Credential, Request};

/// Where the platforms' clients put a token, beside `Authorization`.
const API_KEY: &str = "x-api-key";
const LOG_TOKEN: &str = "x-harness-token";
const LOG_TOKEN_PARAMETER: &str = "X-Harness-Token";
const TOKEN_PARAMETER: &str = "token";

/// What a request must show.
#[derive(Debug)]
pub(super) struct Access {
    /// `None`: any token, or none.
    token: Option<String>,
    /// Another one, which is good for logs alone.
    log_token: String,
    /// Names of this host, without ports, in lower case.
    hosts: Vec<String>,
    listens_on: IpAddr,
}

impl Access {
    pub(super) fn new(options: &ServeOptions, log_token: &str, address: SocketAddr) -> Self {
        Self {
            token: options.token.clone(),
            log_token: log_token.to_owned(),
            hosts: options.hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            listens_on: address.ip(),
        }
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
                || self.hosts.contains(&name);
        }
        name == "localhost" || name.ends_with(".localhost") || self.hosts.contains(&name)
    }

    /// What the token of a request is worth. Of several, one that is right is enough.
    pub(super) fn credential(&self, request: &Request) -> Credential {
        let Some(token) = &self.token else { return Credential::Right };
        let is =
            |offered: &str, token: &str| bool::from(offered.as_bytes().ct_eq(token.as_bytes()));
        let log_tokens = [
            request.header(LOG_TOKEN).filter(|token| !token.is_empty()),
            request.query.filled(LOG_TOKEN_PARAMETER),
        ];
        let mut offered = log_tokens.into_iter().chain(tokens(request)).flatten().peekable();
        if offered.peek().is_none() {
            return Credential::Missing;
        }
        let is_log = request.segments.first().is_some_and(|first| first == "log-service")
            && log_tokens.iter().flatten().any(|offered| is(offered, &self.log_token));
        match is_log || offered.any(|offered| is(offered, token)) {
            true => Credential::Right,
            false => Credential::Wrong,
        }
    }
}

/// The tokens that a request offers, apart from those for logs; empty ones are none.
fn tokens(request: &Request) -> [Option<&str>; 3] {
    let bearer = request.header(AUTHORIZATION).map(|value| {
        let (scheme, token) = value.split_once(' ').unwrap_or(("", value));
        if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { value }
    });
    let tokens = [bearer, request.header(API_KEY), request.query.filled(TOKEN_PARAMETER)];
    tokens.map(|token| token.filter(|token| !token.is_empty()))
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
