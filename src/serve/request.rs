//! A request, decoded once.

use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName};
use hyper::{Method, Uri};

use super::uri::{Query, segments};

/// What a token of a request is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credential {
    /// It is right, or none is asked for.
    Right,
    /// There is none.
    Missing,
    /// It is wrong.
    Wrong,
}

/// A request whose head and body have been read.
#[derive(Debug)]
pub(super) struct Request {
    /// The method.
    pub(super) method: Method,
    /// The path and query as sent.
    pub(super) uri: Uri,
    /// The segments of the path, decoded, without the first if it is `gateway`.
    pub(super) segments: Vec<String>,
    /// The query, decoded.
    pub(super) query: Query,
    /// The headers.
    pub(super) headers: HeaderMap,
    /// The body, at most a mebibyte.
    pub(super) body: Bytes,
    /// Scheme, host and port that the client used: what links begin with.
    pub(super) origin: String,
    /// What its token is worth.
    pub(super) credential: Credential,
}

impl Request {
    /// A request by its parts; its credential is still to be checked.
    pub(super) fn of(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Self {
        let mut segments = segments(uri.path());
        if segments.first().is_some_and(|first| first == "gateway") {
            segments.remove(0);
        }
        let query = Query::of(uri.query().unwrap_or(""));
        let (origin, credential) = (String::new(), Credential::Missing);
        Self { method, uri, segments, query, headers, body, origin, credential }
    }

    /// The segments of the path, to be matched.
    pub(super) fn path(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The first value of a header, if it is text.
    pub(super) fn header(&self, name: impl Into<Name>) -> Option<&str> {
        self.headers.get(name.into().0).and_then(|value| value.to_str().ok())
    }

    /// Whether the method is GET or HEAD.
    pub(super) fn is_get(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }
}

/// The name of a header: one of hyper's, or text in lower case.
pub(super) struct Name(HeaderName);

impl From<HeaderName> for Name {
    fn from(name: HeaderName) -> Self {
        Self(name)
    }
}

impl From<&'static str> for Name {
    fn from(name: &'static str) -> Self {
        Self(HeaderName::from_static(name))
    }
}
