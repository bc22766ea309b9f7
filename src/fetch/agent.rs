//! The HTTP client's settings: time-outs, proxies, certificates.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};

use super::address::Address;
use crate::error::{Error, Location, Result};

/// How servers are talked to.
#[derive(Debug, Clone)]
pub struct Connection {
    /// For each of: finding the host, connecting, sending, the answer's headers, and each read.
    pub timeout: Duration,
    /// Attempts after the first, each time that nothing arrives.
    pub retries: u32,
    /// Requests a second to a host; 0 for no limit.
    pub rate: f64,
    /// A proxy for all requests; `None`: those of the environment, never for this machine.
    pub proxy: Option<String>,
    /// A file with certificates (PEM) to trust in addition to the system's.
    pub cacert: Option<PathBuf>,
    /// Connections that are kept open to a host.
    pub connections: usize,
}

/// One agent for each way to a host.
#[derive(Debug)]
pub(super) struct Agents {
    direct: Agent,
    http: Option<Agent>,
    https: Option<Agent>,
    /// The proxy was asked for by an option: it is used for this machine, too.
    is_forced: bool,
    /// Hosts without a proxy, with all below them; `*` is any.
    except: Vec<String>,
}

impl Agents {
    /// Reads the certificates and the environment's proxies.
    ///
    /// # Errors
    /// A proxy or certificates that cannot be used.
    pub(super) fn new(connection: &Connection) -> Result<Self> {
        let tls = tls(connection)?;
        let agent = |proxy| agent(connection, &tls, proxy);
        let direct = agent(None);
        if let Some(proxy) = &connection.proxy {
            let proxy = Proxy::new(proxy).map_err(|_| invalid_proxy("--proxy"))?;
            let through = agent(Some(proxy));
            let (http, https) = (Some(through.clone()), Some(through));
            return Ok(Self { direct, http, https, is_forced: true, except: Vec::new() });
        }
        // `HTTP_PROXY` in capitals is not read: in CGI scripts it is a header of the request.
        let http = proxy_of(&["http_proxy", "all_proxy", "ALL_PROXY"])?;
        let https = proxy_of(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?;
        let (http, https) = (http.map(|p| agent(Some(p))), https.map(|p| agent(Some(p))));
        let except = variable(&["no_proxy", "NO_PROXY"]).map(|(_, hosts)| hosts);
        let except = hosts(except.as_deref().unwrap_or_default());
        Ok(Self { direct, http, https, is_forced: false, except })
    }

    /// The agent for an address.
    pub(super) fn of(&self, address: &Address) -> &Agent {
        if !self.is_forced && (address.is_loopback() || is_among(&address.host(), &self.except)) {
            return &self.direct;
        }
        let through = if address.is_https() { &self.https } else { &self.http };
        through.as_ref().unwrap_or(&self.direct)
    }
}

/// The hosts of a list such as `NO_PROXY` has: `*` is any, a leading `.` or `*.` makes no difference.
fn hosts(list: &str) -> Vec<String> {
    let hosts = list.split(',').map(str::trim).filter(|host| !host.is_empty());
    let hosts = hosts.map(|host| host.trim_start_matches("*.").trim_start_matches('.'));
    hosts.map(str::to_ascii_lowercase).collect()
}

/// Whether a host, in lower case, is one of a list or below one.
fn is_among(host: &str, list: &[String]) -> bool {
    list.iter().any(|known| {
        let before = host.strip_suffix(known.as_str());
        known == "*" || before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

fn agent(connection: &Connection, tls: &TlsConfig, proxy: Option<Proxy>) -> Agent {
    let timeout = Some(connection.timeout);
    Agent::config_builder()
        .http_status_as_error(false)
        // Followed by hand: the client would keep keys in headers of its own name.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("ripsaw/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls.clone())
        .proxy(proxy)
        .timeout_resolve(timeout)
        .timeout_connect(timeout)
        .timeout_send_request(timeout)
        .timeout_send_body(timeout)
        .timeout_recv_response(timeout)
        .timeout_per_read(timeout)
        .timeout_per_write(timeout)
        .max_idle_connections_per_host(connection.connections)
        .max_idle_connections(connection.connections.saturating_mul(2))
        .build()
        .new_agent()
}

/// The certificates that are trusted: the system's, and those of `--cacert`.
fn tls(connection: &Connection) -> Result<TlsConfig> {
    let Some(path) = &connection.cacert else {
        return Ok(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build());
    };
    let location = || Location::bundle(path.display().to_string());
    let task = "cannot read certificates";
    let text = std::fs::read(path).map_err(|e| Error::io(task, location(), e))?;
    let mut trusted: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&text) {
        match item {
            Ok(PemItem::Certificate(certificate)) => trusted.push(certificate),
            Ok(_) => {}
            Err(e) => return Err(Error::new(task, location(), e.to_string())),
        }
    }
    if trusted.is_empty() {
        return Err(Error::new(task, location(), "there is no certificate in PEM form"));
    }
    // Those of the system that cannot be read are not needed to trust the others.
    let system = rustls_native_certs::load_native_certs().certs;
    trusted.extend(system.iter().map(|der| Certificate::from_der(der).to_owned()));
    Ok(TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(trusted))).build())
}

/// The proxy of the first variable that is set.
fn proxy_of(names: &[&'static str]) -> Result<Option<Proxy>> {
    let Some((name, value)) = variable(names) else { return Ok(None) };
    Proxy::new(&value).map(Some).map_err(|_| invalid_proxy(name))
}

/// The first variable that is set.
fn variable(names: &[&'static str]) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty());
        value.map(|value| (*name, value))
    })
}

/// Without the value: it may have a password.
fn invalid_proxy(name: &str) -> Error {
    Error::new(format!("invalid proxy in {name}"), Location::default(), "use http://HOST:PORT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_without_a_proxy() {
        for (list, host, is_so) in [
            ("", "a.example", false),
            (" ,", "a.example", false),
            ("*", "a.example", true),
            ("b.example, A.example", "a.example", true),
            (".example", "a.example", true),
            ("*.example,", "a.example", true),
            ("example", "a.example", true),
            ("ample", "a.example", false),
            ("a.example", "example", false),
        ] {
            assert_eq!(is_among(host, &hosts(list)), is_so, "{list:?} {host}");
        }
    }
}
