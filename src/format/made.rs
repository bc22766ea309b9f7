//! Lines of keys and values that are not JSON: each is written as an object, which is read as in
//! [`ndjson`](super::ndjson), so that the same keys fill the same columns and all others are columns of their own.

use memchr::memchr;

use super::lines::{TextLine, each_line};
use super::objects::{self, Objects};
use super::{Decode, Settings, text};
use crate::json::{AnyParser, FastParser, push_quoted};
use crate::query::Wanted;
use crate::record::reference::Reference;
use crate::source::Piece;
use crate::table::{LinesBuilder, Origin};

/// Writes lines as objects.
pub(super) trait Make: Default + Send {
    /// Writes a line, without its line end, as an object at the end of `json`.
    fn make(&mut self, line: &str, reference: Reference, json: &mut String) -> Made;
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Made {
    /// An object, in which this part of the line, as JSON of its own, may be.
    Object(Option<usize>),
    /// Not of the format: text.
    Text,
    /// Of the format, but with this fault.
    Fault(String),
}

/// Decodes lines, of which each is made an object.
pub(super) struct Decoder<M> {
    make: M,
    objects: Objects,
    max_line: usize,
    origin: &'static Origin,
    /// The object that was made last, and blanks.
    json: String,
}

/// Blanks after an object, so that it may be read in chunks.
pub(super) const PADDING: &str = match std::str::from_utf8(&[b' '; FastParser::MARGIN]) {
    Ok(blanks) => blanks,
    Err(_) => "",
};

impl<M: Make> Decoder<M> {
    pub(super) fn new(settings: &Settings, origin: &'static Origin) -> Self {
        let objects = Objects::new(settings.mapping.clone(), settings.max_line);
        let (make, max_line) = (M::default(), settings.max_line);
        Self { make, objects, max_line, origin, json: String::new() }
    }

    fn push(&mut self, line: &TextLine<'_, '_>, reference: Reference, rows: &mut LinesBuilder) {
        let Self { make, objects, json, .. } = self;
        let own = line.text.strip_suffix('\r').unwrap_or(line.text);
        json.clear();
        match make.make(own, reference, json) {
            Made::Object(inner) => {
                let length = json.len();
                json.push_str(PADDING);
                let raw = (own, inner.map_or("", |start| &own[start..]));
                objects.push_made(&json[..length], json, raw, line.place, rows);
            }
            Made::Text => text::push(line, rows),
            Made::Fault(reason) => {
                let raw = Some(own.as_bytes());
                rows.push_malformed(line.place.line, line.place.offset, raw, reason);
            }
        }
    }
}

impl<M: Make> Decode for Decoder<M> {
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Wanted<'_>, rows: &mut LinesBuilder) {
        let (max_line, origin) = (self.max_line, self.origin);
        each_line(piece, text, max_line, origin, rows, |line, rows| {
            self.push(line, piece.reference, rows);
        });
    }
}

/// Hands what has no column of each line to `take`, as their rows have it.
pub(super) fn each_extra<M: Make>(
    parser: &mut AnyParser,
    (text, reference): (&[u8], Reference),
    take: &mut dyn FnMut(Option<&str>),
) {
    let (mut make, mut json, mut rest) = (M::default(), String::new(), text);
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        let line = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line));
        json.clear();
        if let Ok(line) = line
            && let Made::Object(_) = make.make(line, reference, &mut json)
        {
            objects::each_extra(parser, json.as_bytes(), take);
        }
    }
}

/// Begins a member of an object that is being written from `start` on. The key needs no escapes.
#[inline]
pub(super) fn push_key(json: &mut String, start: usize, key: &str) {
    json.push_str(if json.len() == start { "{\"" } else { ",\"" });
    json.push_str(key);
    json.push_str("\":");
}

/// Adds a text under a key that needs no escapes; nothing without one.
#[inline]
pub(super) fn push_text<'t>(
    json: &mut String,
    start: usize,
    key: &str,
    text: impl Into<Option<&'t str>>,
) {
    if let Some(text) = text.into() {
        push_key(json, start, key);
        push_quoted(json, text);
    }
}

/// Ends an object that was begun at `start`.
#[inline]
pub(super) fn close(json: &mut String, start: usize) {
    json.push_str(if json.len() == start { "{}" } else { "}" });
}
