//! How an archive is served.

use std::net::SocketAddr;
use std::time::Duration;

/// How the archive is served.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Where to listen; port 0 is any that is free.
    pub listen: SocketAddr,
    /// The token that clients must show; `None`: none is needed.
    pub token: Option<String>,
    /// Names of this host that clients may use, beside those of the loopback address.
    pub hosts: Vec<String>,
    /// The most logs that one zip may have.
    pub max_files: usize,
    /// How long a client may take to send a request, or to take a part of an answer.
    pub timeout: Duration,
}
