//! An answer made into a response: HEAD, validators, ranges and gzip, the same for every platform.

use std::io::{self, Cursor, Read};

use flate2::Compression;
use flate2::read::GzEncoder;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG,
    HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, IF_RANGE, RANGE, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Response, StatusCode};

use super::answer::{Answer, Content};
use super::body::{Reader, ReplyBody, read_chunk};
use super::hash::hash;
use super::range::{Part, part_of};
use super::request::Request;

/// Content below this length gains nothing from gzip.
const SMALL: u64 = 512;

/// The content of a response, as far as it has been read.
pub(super) enum First {
    /// All of it.
    Bytes(Bytes),
    /// Its first chunk, and its length if that is known.
    Chunk((Bytes, Option<Reader>), Option<u64>),
}

impl First {
    pub(super) fn into_body(self) -> ReplyBody {
        match self {
            Self::Bytes(bytes) => ReplyBody::of_bytes(bytes),
            Self::Chunk(chunk, length) => ReplyBody::of_chunk(chunk, length),
        }
    }
}

/// Makes a response of an answer, and reads the first chunk of its content, so that content that cannot be read
/// at all is an error of its own.
pub(super) fn reply(request: &Request, answer: Answer) -> (Response<()>, First) {
    respond(request, answer).unwrap_or_else(|error| {
        let text = format!("cannot read the log: {error}\n");
        let response = Answer::text(StatusCode::INTERNAL_SERVER_ERROR, text).into_response();
        let (head, bytes) = response.into_parts();
        (Response::from_parts(head, ()), First::Bytes(bytes))
    })
}

fn respond(request: &Request, mut answer: Answer) -> io::Result<(Response<()>, First)> {
    let length = answer.length();
    let is_gzip = answer.compresses
        && answer.status == StatusCode::OK
        && length.is_none_or(|length| length >= SMALL)
        // A range is of the content itself.
        && !request.headers.contains_key(RANGE)
        && accepts_gzip(&request.headers);
    if answer.compresses {
        answer.headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    }
    let tag = answer.tag.as_deref().map(|tag| entity_tag(tag, is_gzip));
    if let Some(tag) = tag.as_deref().and_then(|tag| HeaderValue::from_str(tag).ok()) {
        answer.headers.insert(ETAG, tag);
    }
    let may_be_known = request.is_get() && answer.status == StatusCode::OK;
    if may_be_known && tag.as_deref().is_some_and(|tag| is_known(request, tag)) {
        answer.headers.remove(hyper::header::CONTENT_TYPE);
        answer.status = StatusCode::NOT_MODIFIED;
        return Ok(without_content(answer));
    }
    let Some(length) = length.filter(|_| may_be_known && answer.tag.is_some()) else {
        return content(request, answer, 0..length.unwrap_or(u64::MAX), is_gzip);
    };
    if !is_gzip {
        answer.headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
    let mut range = 0..length;
    // A range of HEAD has no meaning.
    if request.method == Method::GET && is_same(request, tag.as_deref()) {
        let header = request.header(RANGE).unwrap_or("");
        match part_of(header, length) {
            Part::All => {}
            Part::Some(part) => {
                answer.status = StatusCode::PARTIAL_CONTENT;
                let value = format!("bytes {}-{}/{length}", part.start, part.end - 1);
                answer = answer.header(CONTENT_RANGE, &value);
                range = part;
            }
            Part::None => {
                answer.status = StatusCode::RANGE_NOT_SATISFIABLE;
                answer = answer.header(CONTENT_RANGE, &format!("bytes */{length}"));
                return Ok(without_content(answer));
            }
        }
    }
    content(request, answer, range, is_gzip)
}

/// The response with its content: all of it, or a part if the length is known.
fn content(
    request: &Request,
    answer: Answer,
    range: std::ops::Range<u64>,
    is_gzip: bool,
) -> io::Result<(Response<()>, First)> {
    let known = range.end != u64::MAX;
    let length = known.then(|| range.end - range.start);
    let mut head = head_of(&answer);
    if is_gzip {
        set(&mut head, CONTENT_ENCODING, "gzip");
    }
    if request.method == Method::HEAD {
        if let Some(length) = length.filter(|_| !is_gzip) {
            set(&mut head, CONTENT_LENGTH, &length.to_string());
        }
        return Ok((head, First::Bytes(Bytes::new())));
    }
    let reader: Reader = match answer.content {
        Content::Bytes(bytes) => {
            let (start, end) = (range.start as usize, range.end.min(bytes.len() as u64) as usize);
            let bytes = bytes.slice(start..end);
            if !is_gzip {
                return Ok((head, First::Bytes(bytes)));
            }
            Box::new(Cursor::new(bytes))
        }
        Content::Source(_) if length == Some(0) => Box::new(io::empty()),
        Content::Source(source) => match length {
            Some(length) => Box::new(source.open(range.start)?.take(length)),
            None => source.open(0)?,
        },
    };
    let (reader, length): (Reader, _) = match is_gzip {
        true => (Box::new(GzEncoder::new(reader, Compression::fast())), None),
        false => (reader, length),
    };
    Ok((head, First::Chunk(read_chunk(reader)?, length)))
}

/// Status and headers.
fn head_of(answer: &Answer) -> Response<()> {
    let mut head = Response::new(());
    *head.status_mut() = answer.status;
    head.headers_mut().clone_from(&answer.headers);
    // A log may have HTML in it, which no browser should find.
    set(&mut head, X_CONTENT_TYPE_OPTIONS, "nosniff");
    head
}

fn set(head: &mut Response<()>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        head.headers_mut().insert(name, value);
    }
}

fn without_content(answer: Answer) -> (Response<()>, First) {
    (head_of(&answer), First::Bytes(Bytes::new()))
}

/// The strong entity tag of content; that of the same in gzip is another.
fn entity_tag(of: &str, is_gzip: bool) -> String {
    let hash = hash(of.as_bytes());
    let encoding = if is_gzip { "-gzip" } else { "" };
    format!("\"{hash:032x}{encoding}\"")
}

/// Whether the client has the content already.
fn is_known(request: &Request, tag: &str) -> bool {
    let known = request.headers.get_all(IF_NONE_MATCH).iter();
    let known = known.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    known.map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

/// Whether a range may be of the content that the client has a part of.
fn is_same(request: &Request, tag: Option<&str>) -> bool {
    // A date never matches: only tags are given out.
    request.header(IF_RANGE).is_none_or(|expected| Some(expected) == tag)
}

/// Whether a client takes gzip: it says so, and not with the weight 0.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut weights = accepted.flat_map(|value| value.split(',')).filter_map(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse().ok());
        let is_named = name.trim().eq_ignore_ascii_case("gzip");
        (is_named || name.trim() == "*").then_some((is_named, weight.unwrap_or(0.0)))
    });
    let weights: Vec<(bool, f32)> = weights.by_ref().collect();
    let named = weights.iter().find(|(is_named, _)| *is_named);
    named.or(weights.first()).is_some_and(|(_, weight)| *weight > 0.0)
}

impl Answer {
    /// The length of the content, if it is known.
    fn length(&self) -> Option<u64> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes.len() as u64),
            Content::Source(source) => source.length(),
        }
    }

    /// The response to a request of which nothing more matters; its content is in memory.
    pub(super) fn into_response(self) -> Response<Bytes> {
        let head = head_of(&self);
        match self.content {
            Content::Bytes(bytes) => head.map(|()| bytes),
            Content::Source(_) => head.map(|()| Bytes::new()),
        }
    }
}
