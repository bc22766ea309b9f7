//! Lines of keys and values that are not JSON: each is written as an object, which is read as in
//! [`ndjson`](super::ndjson), so that the same keys fill the same columns and all others are columns of their own.

use std::borrow::Cow;
use std::collections::HashSet;

use memchr::memchr;

use super::continued::Join;
use super::direct::Direct;
use super::lines::{TextLine, each_line_or, refuse};
use super::objects::{self, Objects};
use super::stamped::{Anchor, context_lines};
use super::within::{Outer, Within};
use super::{Decode, Settings, text};
use crate::json::{AnyParser, FastParser};
use crate::query::Wanted;
use crate::source::Piece;
use crate::source::Reference;
use crate::table::{LinesBuilder, Origin, Stamp};

/// Writes lines as objects.
pub(super) trait Make: Default + Send {
    /// What a line says, without an object; `None` if it has something unusual. `members` are those that are in no fixed
    /// column.
    fn read<'l>(
        &mut self,
        _line: &'l str,
        _reference: Reference,
        _members: &mut Vec<(&'static str, &'l str)>,
    ) -> Option<Text<'l>> {
        None
    }

    /// What a line gives to those after it, if a line of text may continue a record: the framing is
    /// [`Records`](super::stamped::Records).
    const ANCHOR: Option<fn(&str) -> Anchor> = None;

    /// Whether lines are [pairs](Self::pairs).
    const ARE_PAIRS: bool = false;

    /// The members of a line that has nothing unusual, in place of [`read`](Self::read); else `false`.
    fn pairs<'l>(&mut self, _line: &'l str, _pairs: &mut Vec<(&'l str, Cow<'l, str>)>) -> bool {
        false
    }

    /// Writes a line, without its line end, as an object at the end of `json`.
    fn make(&mut self, line: &str, reference: Reference, json: &mut String) -> Made;
}

/// What a line says of itself.
pub(super) struct Text<'l> {
    pub(super) stamp: Stamp<'l>,
    /// What it ends with.
    pub(super) message: &'l str,
    /// That begins like an object: if it is one, its members are the row's, too.
    pub(super) object: Option<ObjectLine<'l>>,
}

/// What is before an object in its line, beside other members.
pub(super) struct ObjectLine<'l> {
    /// The time as written; the stamp has it if it is known.
    pub(super) written: Option<Cow<'l, str>>,
    pub(super) level: Option<&'l str>,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Made {
    Object,
    /// Not of the format: text.
    Text,
    /// Of the format, but with this fault.
    Fault(String),
}

/// Decodes lines, of which each is made an object.
pub(super) struct Decoder<M> {
    make: M,
    direct: Direct,
    is_direct: bool,
    within: Within,
    objects: Objects,
    max_line: usize,
    /// Lines of text are part of the row before them.
    join: bool,
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
        let direct = Direct::new(settings.mapping.clone());
        let is_direct = direct.is_possible();
        let within = Within::new(settings.mapping.clone());
        let (make, max_line) = (M::default(), settings.max_line);
        let join = settings.join && M::ANCHOR.is_some();
        Self {
            make,
            direct,
            is_direct,
            within,
            objects,
            max_line,
            join,
            origin,
            json: String::new(),
        }
    }

    /// Writes the row of a line that is as usual.
    #[inline]
    fn push_usual<'l>(
        &mut self,
        line: &TextLine<'l, '_>,
        reference: Reference,
        members: &mut Vec<(&'static str, &'l str)>,
        rows: &mut LinesBuilder,
    ) -> bool {
        members.clear();
        let own = line.text.strip_suffix('\r').unwrap_or(line.text);
        let Some(Text { stamp, message, object }) = self.make.read(own, reference, members) else {
            return false;
        };
        if let Some(ObjectLine { written, level }) = object {
            let json = (message, &line.onward[own.len() - message.len()..]);
            let time = written.as_deref().map(|written| (stamp.timestamp, stamp.zone, written));
            let outer = Outer { members, time, level };
            // What begins like an object and is none is text.
            return self.within.push(json, outer, line.place, rows);
        }
        if !self.is_direct {
            return false;
        }
        let row = line.row(stamp, ["", &line.text[own.len() - message.len()..]]);
        self.direct.push_line(&row, members, rows)
    }

    /// The same of a line of pairs.
    #[inline]
    fn push_pairs<'l>(
        &mut self,
        line: &TextLine<'l, '_>,
        pairs: &mut Vec<(&'l str, Cow<'l, str>)>,
        rows: &mut LinesBuilder,
    ) -> bool {
        pairs.clear();
        let own = line.text.strip_suffix('\r').unwrap_or(line.text);
        if !self.make.pairs(own, pairs) {
            return false;
        }
        // A key that comes twice is in `extra`.
        if comes_twice(pairs) {
            return false;
        }
        let members = pairs.iter().enumerate().map(|(at, (key, value))| (at, *key, &**value));
        self.direct.push(members, line.place, rows)
    }

    fn push(
        &mut self,
        line: &TextLine<'_, '_>,
        (reference, has_record): (Reference, &mut bool),
        join: &mut Join,
        rows: &mut LinesBuilder,
    ) {
        let Self { make, objects, json, .. } = self;
        let own = line.text.strip_suffix('\r').unwrap_or(line.text);
        json.clear();
        match make.make(own, reference, json) {
            Made::Object => {
                *has_record = true;
                join.begin(line.place);
                let length = json.len();
                json.push_str(PADDING);
                objects.push_made(&json[..length], json, own, line.place, rows);
            }
            Made::Text => {
                let joined = has_record.then(|| join.joins(line.place, line.text.len()));
                match joined.flatten() {
                    Some(blank) => rows.join_text(&text::row(line), blank),
                    None => text::push(line, rows),
                }
            }
            Made::Fault(reason) => {
                join.end();
                let raw = Some(own.as_bytes());
                rows.push_malformed(line.place.line, line.place.offset, raw, reason);
            }
        }
    }
}

impl<M: Make> Decode for Decoder<M> {
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Wanted<'_>, rows: &mut LinesBuilder) {
        let (max_line, origin) = (self.max_line, self.origin);
        let (mut members, mut pairs) = (Vec::new(), Vec::new());
        let mut join = Join::new(self.join, max_line);
        // Text before the first record belongs to none.
        let mut has_record = context_lines(&piece.context).next().is_some();
        let end = each_line_or(piece, text, max_line, origin, rows, |line, rows| {
            let line = match line {
                Ok(line) => line,
                Err(refused) => {
                    let text = std::str::from_utf8(refused.line).ok();
                    let anchor = M::ANCHOR.zip(text).map(|(anchor, text)| anchor(text));
                    has_record |= anchor.is_some_and(|anchor| anchor != Anchor::None);
                    join.end();
                    return refuse(piece, refused, max_line, rows);
                }
            };
            let is_done = match M::ARE_PAIRS {
                true => self.is_direct && self.push_pairs(line, &mut pairs, rows),
                false => self.push_usual(line, piece.reference, &mut members, rows),
            };
            if is_done {
                has_record = true;
                join.begin(line.place);
            } else {
                self.push(line, (piece.reference, &mut has_record), &mut join, rows);
            }
        });
        end.finish(piece, rows);
    }
}

/// Hands what has no column of each line to `take`, as their rows have it.
pub(super) fn each_extra<M: Make>(
    parser: &mut AnyParser,
    (text, reference): (&[u8], Reference),
    take: &mut dyn FnMut(Option<&str>),
) {
    let (mut make, mut json, mut rest) = (M::default(), String::new(), text);
    let mut members = Vec::new();
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        let line = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line));
        json.clear();
        members.clear();
        let Ok(line) = line else { continue };
        if let Some(Text { stamp, message, object: Some(ObjectLine { written, level }) }) =
            make.read(line, reference, &mut members)
        {
            let time = written.as_deref().map(|written| (stamp.timestamp, stamp.zone, written));
            let outer = Outer { members: &members, time, level };
            if Within::each_extra(parser, message, outer, take) {
                continue;
            }
        }
        if let Made::Object = make.make(line, reference, &mut json) {
            objects::each_extra(parser, json.as_bytes(), take);
        }
    }
}

/// Whether a key is there more than once. Few pairs are compared with one another, which takes no memory;
/// of thousands that would take seconds.
fn comes_twice(pairs: &[(&str, Cow<'_, str>)]) -> bool {
    if pairs.len() > 64 {
        let mut known = HashSet::with_capacity(pairs.len());
        return !pairs.iter().all(|(key, _)| known.insert(*key));
    }
    let is_twice = |at: usize| pairs[..at].iter().any(|(other, _)| *other == pairs[at].0);
    (1..pairs.len()).any(is_twice)
}
