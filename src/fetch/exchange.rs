//! Requests and answers, and what is said in them.

use std::time::{Duration, Instant};

use ureq::Body;
use ureq::http::header::{
    ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};

use super::address::Address;
use super::pace::retry_after;
use crate::error::Error;

/// How long to wait for a server that limits requests and does not say for how long: a minute in all attempts.
pub(super) const LIMITED: Duration = Duration::from_secs(12);

/// A request, as often as it takes.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// Of which item, for messages.
    pub(super) id: String,
    pub(super) address: Address,
    /// POST with this JSON, which may be empty; `None`: GET.
    pub(super) post: Option<Vec<u8>>,
    /// What the secrets are in. They go to the address's origin alone, whatever it redirects to.
    pub(super) secrets: Vec<(HeaderName, HeaderValue)>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether each request counts at the platform: then it is sent again only if it cannot have arrived.
    pub(super) is_counted: bool,
    /// Wait for the next bytes as long as it takes.
    pub(super) is_patient: bool,
}

impl Call {
    /// Asks for JSON.
    pub(super) fn get(id: &str, address: Address) -> Self {
        Self {
            id: id.to_owned(),
            address,
            post: None,
            secrets: Vec::new(),
            headers: vec![(ACCEPT, HeaderValue::from_static("application/json"))],
            is_counted: false,
            is_patient: false,
        }
    }

    /// Sends JSON.
    pub(super) fn post(id: &str, address: Address, body: Vec<u8>) -> Self {
        Self { post: Some(body), ..Self::get(id, address) }
    }

    /// With a secret in a header.
    pub(super) fn secret(mut self, name: &'static str, value: HeaderValue) -> Self {
        self.secrets.push((HeaderName::from_static(name), value));
        self
    }

    /// With another header, in place of one of that name.
    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.retain(|(own, _)| *own != name);
        // A validator that a server sent is a valid header.
        if let Ok(value) = HeaderValue::try_from(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// Asks for bytes as they are: not compressed, so that their number is known.
    pub(super) fn bytes(self, accept: &str) -> Self {
        self.header(ACCEPT, accept).header(ACCEPT_ENCODING, "identity")
    }
}

/// An answer whose body is still to come.
pub(super) struct Opened {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

impl Opened {
    /// The value of a header, if it is text.
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the server asks to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let asked = self.header(&RETRY_AFTER).and_then(retry_after);
        // Limits are often of requests a minute, and their answers do not always say so.
        asked.or_else(|| (self.status == 429).then_some(LIMITED))
    }
}

/// An answer in full.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// Its body as text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Why there is no answer.
pub(super) enum Fault {
    /// It may work if it is tried again.
    Passing { reason: String, is_unsent: bool },
    /// It will not.
    Lasting(Error),
}

/// Whether enough comes over a connection: less than a KiB in the time of a time-out is as good as nothing.
pub(super) struct Flow {
    timeout: Duration,
    since: Instant,
    bytes: usize,
}

impl Flow {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, since: Instant::now(), bytes: 0 }
    }

    /// Counts what came.
    ///
    /// # Errors
    /// It is too little.
    pub(super) fn check(&mut self, read: usize) -> Result<(), String> {
        const SLOWEST: usize = 1 << 10;
        self.bytes += read;
        if self.since.elapsed() < self.timeout {
            return Ok(());
        }
        if self.bytes < SLOWEST {
            return Err("less than 1 KiB came in the time of --timeout".into());
        }
        (self.since, self.bytes) = (Instant::now(), 0);
        Ok(())
    }
}

/// Whether a status says that it may work later.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429) || status >= 500
}

/// The reason in an error's body, whichever platform's; else its text.
pub(super) fn message_of(text: &str) -> String {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else {
        // A page for people says nothing in its first lines.
        let is_page = text.trim_start().starts_with("<!") || text.trim_start().starts_with("<html");
        return if is_page { String::new() } else { text.to_owned() };
    };
    let pointers = [
        "/error_msg",
        "/error/message",
        "/message",
        "/errorMessage",
        "/errors/0/message",
        "/errors/0",
        "/detail/0/msg",
        "/detail",
        "/responseMessages/0/message",
    ];
    let text = pointers.iter().find_map(|pointer| value.pointer(pointer)?.as_str());
    text.map_or_else(|| text_of(&value), str::to_owned)
}

fn text_of(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The client's error in words.
pub(super) fn reason_of(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(e) => plain(e),
        ureq::Error::Timeout(_) | ureq::Error::BodyStalled => "timed out".into(),
        ureq::Error::ConnectionFailed => "cannot connect".into(),
        _ => error.to_string(),
    }
}

/// An error of reading in words, without the system's number.
pub(super) fn plain(error: &std::io::Error) -> String {
    crate::error::Plain(error).to_string()
}
