//! Requests: redirects followed by hand, pauses and attempts, answers in full or as a stream.

use std::io::{ErrorKind, Read as _};
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::Body;
use ureq::http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
    RETRY_AFTER,
};
use ureq::http::{Method, Request, Response};

use super::address::Address;
use super::agent::{Agents, Connection};
use super::event::Event;
use super::pace::{Pace, backoff, retry_after};
use super::secret::{Secret, clean};
use super::stop::Stop;
use crate::error::{Error, Location, Result};

/// The most that an answer may have that is held in memory: graphs of large executions have megabytes.
const LARGEST: u64 = 256 << 20;
const TOO_LARGE: &str = "the answer is larger than 256 MiB";
/// How long to wait for a server that limits requests and does not say for how long: a minute in all attempts.
const LIMITED: Duration = Duration::from_secs(12);
/// Redirects in a row.
const REDIRECTS: usize = 10;

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

/// Sends requests.
#[derive(Debug)]
pub(super) struct Client {
    agents: Agents,
    pace: Pace,
    pub(super) retries: u32,
    /// Of a connection.
    timeout: Duration,
    /// The longest pause that a server may ask for.
    patience: Duration,
    pub(super) stop: Stop,
    pub(super) secrets: Vec<Secret>,
    /// Others that were given by servers, and are as little to be shown.
    hidden: Mutex<Vec<Secret>>,
    /// Where the secret comes from, for hints.
    source_of_secret: &'static str,
    events: Sender<Event>,
}

impl Client {
    pub(super) fn new(
        connection: &Connection,
        patience: Duration,
        (secret, source_of_secret): (Option<Secret>, &'static str),
        events: Sender<Event>,
    ) -> Result<Self> {
        Ok(Self {
            agents: Agents::new(connection)?,
            pace: Pace::new(connection.rate),
            retries: connection.retries,
            timeout: connection.timeout,
            patience,
            stop: Stop::default(),
            secrets: secret.into_iter().collect(),
            hidden: Mutex::default(),
            source_of_secret,
            events,
        })
    }

    /// Sends a request and waits for the headers of the answer.
    pub(super) fn open(&self, call: &Call) -> Result<Opened, Fault> {
        let mut address = call.address.clone();
        let mut is_post = call.post.is_some();
        for _ in 0..REDIRECTS {
            self.pace.wait(&address.host(), &self.stop).map_err(Fault::Lasting)?;
            let response = self.send(call, &address, is_post)?;
            let (head, body) = response.into_parts();
            let status = head.status.as_u16();
            let location = head.headers.get(LOCATION).and_then(|value| value.to_str().ok());
            let Some(location) = location.filter(|_| matches!(status, 301..=303 | 307 | 308))
            else {
                return Ok(Opened { status, headers: head.headers, body });
            };
            let lasting = |cause: String| Fault::Lasting(self.error(&address, cause));
            let next = address
                .resolve(location)
                .map_err(|why| lasting(format!("refused a redirect: {why}")))?;
            if is_post && next.origin() != address.origin() {
                return Err(lasting(format!("redirected to {next}: set --base-url to that host")));
            }
            // As browsers do; 307 and 308 repeat the request as it was.
            is_post &= matches!(status, 307 | 308);
            address = next;
        }
        Err(Fault::Lasting(self.error(&call.address, "redirected more than 10 times".into())))
    }

    fn send(&self, call: &Call, address: &Address, is_post: bool) -> Result<Response<Body>, Fault> {
        let lasting = |cause: String| Fault::Lasting(self.error(address, cause));
        let method = if is_post { Method::POST } else { Method::GET };
        let mut request = Request::builder().method(method).uri(address.uri().clone());
        let is_own = address.origin() == call.address.origin();
        let secrets = call.secrets.iter().filter(|_| is_own);
        for (name, value) in call.headers.iter().chain(secrets) {
            request = request.header(name, value);
        }
        if is_post {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let agent = self.agents.of(address);
        let body = if is_post { call.post.as_deref().unwrap_or_default() } else { &[] };
        let request = request.body(body).map_err(|e| lasting(e.to_string()))?;
        let response = if is_post {
            agent.run(request)
        } else {
            let request = request.map(|_| ());
            match call.is_patient {
                true => agent.run(agent.configure_request(request).timeout_per_read(None).build()),
                false => agent.run(request),
            }
        };
        response.map_err(|error| self.fault(address, &error))
    }

    /// What kind of failure it is.
    fn fault(&self, address: &Address, error: &ureq::Error) -> Fault {
        let reason = reason_of(error);
        let lasting = |cause| Fault::Lasting(self.error(address, cause));
        match error {
            ureq::Error::HostNotFound => lasting("the host is not known".into()),
            _ if reason.to_ascii_lowercase().contains("certificate") => {
                let error = self.error(address, reason);
                Fault::Lasting(
                    error.with_hint("--cacert FILE trusts the certificates in FILE, too"),
                )
            }
            ureq::Error::ConnectionFailed => Fault::Passing { reason, is_unsent: true },
            ureq::Error::Io(e)
                if e.kind() == std::io::ErrorKind::ConnectionRefused
                    || reason.starts_with("failed to lookup") =>
            {
                Fault::Passing { reason, is_unsent: true }
            }
            ureq::Error::Timeout(
                ureq::Timeout::Resolve | ureq::Timeout::Connect | ureq::Timeout::Global,
            ) => Fault::Passing { reason, is_unsent: true },
            ureq::Error::Timeout(_)
            | ureq::Error::Io(_)
            | ureq::Error::Protocol(_)
            | ureq::Error::BodyStalled => Fault::Passing { reason, is_unsent: false },
            _ => lasting(reason),
        }
    }

    /// Sends a request until there is an answer that says more than to try again; `is_final`: this one does,
    /// whatever its status. The last answer is given if attempts run out.
    ///
    /// # Errors
    /// No answer, or interrupted.
    pub(super) fn reply(&self, call: &Call, is_final: impl Fn(&Reply) -> bool) -> Result<Reply> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let again = |client: &Self, reason: String, pause: Option<Duration>| {
                client.wait_to_try_again(call, attempt, &reason, pause)
            };
            let opened = match self.open(call) {
                Ok(opened) => opened,
                Err(Fault::Lasting(error)) => return Err(error),
                Err(Fault::Passing { reason, is_unsent }) => {
                    if attempt > self.retries || call.is_counted && !is_unsent {
                        return Err(self.error(&call.address, reason));
                    }
                    again(self, reason, None)?;
                    continue;
                }
            };
            let (status, pause) = (opened.status, opened.retry_after());
            let body = match self.read(opened.body) {
                Ok(body) => body,
                Err(reason) if attempt > self.retries || call.is_counted || reason == TOO_LARGE => {
                    return Err(self.error(&call.address, reason));
                }
                Err(reason) => {
                    again(self, reason, pause)?;
                    continue;
                }
            };
            let reply = Reply { status, body };
            // 503 may come from what is in front of a service that has done it.
            let may_repeat = !call.is_counted || status == 429;
            if !is_passing(status) || is_final(&reply) || attempt > self.retries || !may_repeat {
                return Ok(reply);
            }
            again(self, self.said(&reply), pause)?;
        }
    }

    /// Reads a body to its end.
    fn read(&self, body: Body) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        match self.read_up_to(body, LARGEST, &mut bytes) {
            Ok(()) if bytes.len() as u64 == LARGEST => Err(TOO_LARGE.into()),
            read => read.map(|()| bytes),
        }
    }

    /// The beginning of a body that is only for a message, as far as it comes.
    pub(super) fn read_reason(&self, status: u16, body: Body) -> Reply {
        let mut bytes = Vec::new();
        // What is there of it is as good as any.
        let _ = self.read_up_to(body, 64 << 10, &mut bytes);
        Reply { status, body: bytes }
    }

    fn read_up_to(&self, body: Body, most: u64, into: &mut Vec<u8>) -> Result<(), String> {
        let mut reader = body.into_with_config().limit(most + 1).reader().take(most);
        let (mut buffer, mut flow) = (vec![0; 64 << 10], Flow::new(self.timeout));
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => {
                    into.extend_from_slice(&buffer[..read]);
                    flow.check(read)?;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(plain(&e)),
            }
        }
    }

    /// Waits before the next attempt, as long as the server asks or for a growing while, and says so.
    ///
    /// # Errors
    /// The server asks for a longer pause than allowed; interrupted.
    pub(super) fn wait_to_try_again(
        &self,
        call: &Call,
        attempt: u32,
        reason: &str,
        asked: Option<Duration>,
    ) -> Result<()> {
        if let Some(pause) = asked {
            if pause > self.patience.max(LIMITED) {
                let cause = format!("{reason}; the server asks to wait {} s", pause.as_secs());
                return Err(self
                    .error(&call.address, cause)
                    .with_hint("--wait allows longer pauses"));
            }
            self.pace.pause(&call.address.host(), pause);
        }
        let pause = asked.unwrap_or_default().max(backoff(attempt));
        let (id, reason) = (call.id.clone(), self.clean(reason));
        self.emit(Event::Waiting { id, reason, pause });
        self.stop.sleep(pause)
    }

    /// Reports an event. If nobody listens any more, the fetch is over.
    pub(super) fn emit(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// Reports something that the user should know.
    pub(super) fn notice(&self, id: &str, text: impl Into<String>) {
        let text = self.clean(&text.into());
        self.emit(Event::Notice { id: id.to_owned(), text });
    }

    /// An error of a request.
    pub(super) fn error(&self, address: &Address, cause: String) -> Error {
        let location = Location::bundle(address.to_string());
        Error::new("cannot fetch", location, self.clean(&cause))
    }

    /// What a server said, without secrets.
    pub(super) fn clean(&self, text: &str) -> String {
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        clean(text, &[&self.secrets[..], &hidden].concat())
    }

    /// Another secret, which must not be shown.
    pub(super) fn hide(&self, secret: &Secret) {
        self.hidden.lock().unwrap_or_else(PoisonError::into_inner).push(secret.clone());
    }

    /// The error of an answer.
    pub(super) fn refused(&self, address: &Address, reply: &Reply) -> Error {
        let error = self.error(address, self.said(reply));
        match reply.status {
            401 | 403 => self.with_hint(error),
            // Harness's log service says so of a key that it does not know.
            400 if ["apikey", "no token"].iter().any(|word| reply.text().contains(word)) => {
                self.with_hint(error)
            }
            _ => error,
        }
    }

    /// With what to do about a key that is refused.
    fn with_hint(&self, error: Error) -> Error {
        error.with_hint(match self.secrets.is_empty() {
            true => format!("set {} or --token-file", self.source_of_secret),
            false => format!("check the key in {} or --token-file", self.source_of_secret),
        })
    }

    /// The status of an answer, and what it says of the reason.
    pub(super) fn said(&self, reply: &Reply) -> String {
        let text = self.clean(&message_of(&reply.text()));
        match text.is_empty() {
            true => format!("status {}", reply.status),
            false => format!("status {}: {text}", reply.status),
        }
    }
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
            return Err("almost nothing comes".into());
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
fn reason_of(error: &ureq::Error) -> String {
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
