//! What a platform answers, before anything is made of it for the one request.

use std::fmt;
use std::io::{self, Read};

use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

/// Content that is read when it is sent.
pub(super) trait Source: Send {
    /// Its length in bytes, if that is known without reading it. Only then can a part be asked for.
    fn length(&self) -> Option<u64>;

    /// Opens it at a byte offset, which is below its length.
    ///
    /// # Errors
    /// Why it cannot be opened or does not reach that far.
    fn open(self: Box<Self>, from: u64) -> io::Result<Box<dyn Read + Send>>;
}

/// The content of an answer.
pub(super) enum Content {
    /// In memory.
    Bytes(Bytes),
    /// Read in chunks while it is sent.
    Source(Box<dyn Source>),
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Source(source) => write!(f, "a source of {:?} bytes", source.length()),
        }
    }
}

/// Status, headers and content.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: StatusCode,
    /// The headers, without those that `reply` adds: length, ranges, encoding.
    pub(super) headers: Box<HeaderMap>,
    /// The content.
    pub(super) content: Content,
    /// What its strong entity tag is made of, if it has one: the same text means the same bytes.
    pub(super) tag: Option<String>,
    /// It may be sent in gzip.
    pub(super) compresses: bool,
}

impl Answer {
    /// An answer in memory.
    pub(super) fn bytes(
        status: StatusCode,
        content_type: &'static str,
        bytes: impl Into<Bytes>,
    ) -> Self {
        Self::of(status, content_type, Content::Bytes(bytes.into()))
    }

    /// Plain text.
    pub(super) fn text(status: StatusCode, text: impl Into<String>) -> Self {
        Self::bytes(status, "text/plain; charset=utf-8", text.into())
    }

    /// JSON.
    pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        // Only maps with keys that are not texts cannot be written, and there are none.
        let json = serde_json::to_vec(value).unwrap_or_default();
        Self::bytes(status, "application/json", json)
    }

    /// Content that is read while it is sent, with status 200.
    pub(super) fn source(content_type: &'static str, source: Box<dyn Source>) -> Self {
        Self::of(StatusCode::OK, content_type, Content::Source(source))
    }

    fn of(status: StatusCode, content_type: &'static str, content: Content) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers: Box::new(headers), content, tag: None, compresses: true }
    }

    /// Sets a header. A value that no header can have, such as one with a line end, leaves it out.
    #[must_use]
    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Sets what the entity tag is made of.
    #[must_use]
    pub(super) fn tagged(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Sent as it is: compressed already, or a stream that must not be held back.
    #[must_use]
    #[expect(
        clippy::wrong_self_convention,
        reason = "it is a step of building an answer, as the others are"
    )]
    pub(super) fn as_it_is(mut self) -> Self {
        self.compresses = false;
        self
    }
}
