//! Requests: redirects followed by hand, pauses and attempts, answers in full or as a stream.

use std::io::{ErrorKind, Read as _};
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ureq::Body;
use ureq::http::header::{CONTENT_TYPE, LOCATION};
use ureq::http::{Method, Request, Response};

use super::address::Address;
use super::agent::{Agents, Connection};
use super::event::Event;
use super::exchange::{
    Call, Fault, Flow, LIMITED, Opened, Reply, is_passing, message_of, plain, reason_of,
};
use super::pace::{Pace, backoff};
use super::secret::{Secret, clean};
use super::stop::Stop;
use crate::error::{Error, Location, Result};

/// The most that an answer may have that is held in memory: graphs of large executions have megabytes.
const LARGEST: u64 = 256 << 20;
const TOO_LARGE: &str = "the answer is larger than 256 MiB";
/// Redirects in a row.
const REDIRECTS: usize = 10;

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

    /// A request with the key, as Harness takes it.
    pub(super) fn with_key(&self, call: Call) -> Call {
        match self.secrets.first() {
            Some(key) => call.secret("x-api-key", key.header("")),
            None => call,
        }
    }

    /// A request with the token, as most platforms take it.
    pub(super) fn with_token(&self, call: Call) -> Call {
        match self.secrets.first() {
            Some(token) => call.secret("authorization", token.header("Bearer ")),
            None => call,
        }
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
