//! Objects of any keys to rows: one each, or several from one that [holds others](super::envelope) or from
//! several on one line.

use memchr::memchr_iter;

use super::document::{Items, Reading, State};
use super::envelope::{self, Apart, Part, begins_object};
use super::lines::{Place, refuse_length, refuse_text};
use super::opening::Rest;
use crate::json::{AnyParser, KeyedParser, Mapping, Outcome, is_valid};
use crate::record::Record;
use crate::table::LinesBuilder;

/// Parses objects of any keys into rows: with columns of keys, if the rows have those.
pub(super) struct Objects {
    parser: AnyParser,
    /// Made with the first object for columns of keys.
    keyed: Option<KeyedParser>,
    /// The longest record in bytes.
    max_line: usize,
}

/// Whether an object may be more than a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holding {
    /// It may hold others.
    Maybe,
    /// It is out of such a one.
    No,
}

impl Objects {
    pub(super) fn new(mapping: Mapping, max_line: usize) -> Self {
        Self { parser: AnyParser::new(mapping), keyed: None, max_line }
    }

    /// Which keys go to which column.
    pub(super) fn mapping(&self) -> &Mapping {
        self.parser.mapping()
    }

    /// Adds the row of an object or the rows of those that it holds, or error rows of what is in its place.
    /// `onward` is the text that begins with it.
    #[inline]
    pub(super) fn push(&mut self, json: &str, onward: &str, place: Place, rows: &mut LinesBuilder) {
        match self.parse(json, onward, place, Holding::Maybe, rows) {
            Ok(None) => {}
            Ok(Some(apart)) => self.push_apart(&apart, onward.as_bytes(), place, "", rows),
            Err(reason) => self.push_invalid(json, place, reason, rows),
        }
    }

    /// As [`push`](Self::push), of an object that was made of a line and holds no others.
    #[inline]
    pub(super) fn push_made(
        &mut self,
        json: &str,
        onward: &str,
        line: &str,
        place: Place,
        rows: &mut LinesBuilder,
    ) {
        if let Err(reason) = self.parse(json, onward, place, Holding::No, rows) {
            rows.push_malformed(place.line, place.offset, Some(line.as_bytes()), reason);
        }
    }

    /// As [`push`](Self::push), of bytes that need not be text.
    pub(super) fn push_bytes(&mut self, json: &[u8], place: Place, rows: &mut LinesBuilder) {
        match simdutf8::basic::from_utf8(json) {
            Ok(text) if json.len() <= self.max_line => self.push(text, text, place, rows),
            // Records within it are judged one by one.
            _ => match envelope::apart(json, is_valid(json)) {
                Some(apart) => self.push_apart(&apart, json, place, "", rows),
                None => refuse_text(json, self.max_line, place, rows),
            },
        }
    }

    /// Adds the row of an object, but not of one that holds others: that one is returned.
    ///
    /// # Errors
    /// Why the text is not an object.
    #[inline]
    fn parse<'j>(
        &mut self,
        json: &'j str,
        onward: &str,
        place: Place,
        holding: Holding,
        rows: &mut LinesBuilder,
    ) -> Result<Option<Box<Apart<'j>>>, String> {
        let is_named = self.parser.mapping().is_named();
        let mut held = None;
        let mut holds = |record: &Record<'_>| {
            if holding == Holding::Maybe && (is_bare(record) || is_named) {
                held = envelope::apart(json.as_bytes(), true).map(Box::new);
            }
            held.is_some()
        };
        let Some(mut keys) = rows.take_keys() else {
            self.parser.parse_text(json, onward, |record: &Record<'_>| {
                if !holds(record) {
                    rows.push_record(place.line, record, json.as_bytes());
                }
            })?;
            return Ok(held);
        };
        let make = || KeyedParser::new(self.parser.mapping().clone(), &keys);
        let keyed = self.keyed.get_or_insert_with(make);
        let row = rows.row();
        let take = |record: &Record<'_>, outcome: Outcome| {
            if !holds(record) {
                let Outcome { has_keys, is_late } = outcome;
                rows.push_keyed(place.line, record, json, (has_keys, is_late));
            }
        };
        let parsed = keyed.parse(json, onward, row, &mut keys, take);
        if held.is_some() {
            keys.forget(row);
        }
        rows.put_keys(keys);
        parsed.map(|()| held)
    }

    /// Adds the rows of a text that begins like an object and is none: of several objects one each, of one
    /// that holds records those that are whole.
    #[cold]
    fn push_invalid(&mut self, json: &str, place: Place, reason: String, rows: &mut LinesBuilder) {
        if let Some(parts) = several(json.as_bytes()) {
            let mut at = Lines::new(json.as_bytes(), place);
            for part in parts {
                let text = &json[part.clone()];
                self.push(text, text, at.place(part.start), rows);
            }
        } else if let Some(apart) = envelope::apart(json.as_bytes(), false) {
            self.push_apart(&apart, json.as_bytes(), place, &reason, rows);
        } else {
            rows.push_malformed(place.line, place.offset, Some(json.as_bytes()), reason);
        }
    }

    /// Adds the rows of an object that holds others. `reason`: why it is not JSON, if it is not.
    #[cold]
    fn push_apart(
        &mut self,
        apart: &Apart<'_>,
        text: &[u8],
        place: Place,
        reason: &str,
        rows: &mut LinesBuilder,
    ) {
        let mut at = Lines::new(text, place);
        apart.each(&mut |part| {
            let place = at.place(part.at);
            self.push_part(&part, place, reason, rows);
        });
    }

    /// Adds the rows of an element of an object that is too large to be [taken apart](envelope::apart).
    pub(super) fn push_element(
        &mut self,
        (element, leading, holds): (&[u8], &[u8], bool),
        place: Place,
        rows: &mut LinesBuilder,
    ) {
        let mut at = Lines::new(element, place);
        envelope::each_of_element(element, leading, holds, &mut |part| {
            let place = at.place(part.at);
            self.push_part(&part, place, "", rows);
        });
    }

    /// Adds a row of members of an object that holds others.
    pub(super) fn push_members(&mut self, json: &[u8], place: Place, rows: &mut LinesBuilder) {
        let json = Some(json.into());
        let part = Part { at: 0, raw: json.as_deref().unwrap_or_default(), json: json.clone() };
        self.push_part(&part, place, "", rows);
    }

    fn push_part(&mut self, part: &Part<'_>, place: Place, reason: &str, rows: &mut LinesBuilder) {
        let raw = part.raw;
        if raw.len() > self.max_line {
            return refuse_length(raw, raw.len() as u64, self.max_line, place, rows);
        }
        if std::str::from_utf8(raw).is_err() {
            return refuse_text(raw, self.max_line, place, rows);
        }
        let json = part.json.as_deref().and_then(|json| std::str::from_utf8(json).ok());
        let parsed = match json {
            Some(json) => self.parse(json, json, place, Holding::No, rows),
            None => Err(reason.to_owned()),
        };
        if let Err(reason) = parsed {
            // Of the record itself: what was added to it has a place of its own.
            let own = self.parser.parse(raw, |_| ()).err().filter(|_| json.is_some());
            let shown = Some(raw).filter(|raw| !raw.is_empty());
            rows.push_malformed(place.line, place.offset, shown, own.unwrap_or(reason));
        }
    }
}

/// Hands the members without a column of each record of a line to `take`, as the rows of the line have
/// them.
pub(crate) fn each_extra(parser: &mut AnyParser, line: &[u8], take: &mut dyn FnMut(Option<&str>)) {
    let is_named = parser.mapping().is_named();
    let parsed = parser.parse(line, |record| {
        let may_hold = is_bare(record) || is_named;
        let apart = if may_hold { envelope::apart(line, true) } else { None };
        if apart.is_none() {
            take(record.extra);
        }
        apart
    });
    let apart = match parsed {
        Ok(apart) => apart,
        Err(_) => match several(line) {
            Some(parts) => {
                return parts.into_iter().for_each(|part| each_extra(parser, &line[part], take));
            }
            None => envelope::apart(line, false),
        },
    };
    if let Some(apart) = apart {
        apart.each(&mut |part| {
            if let Some(json) = part.json {
                let _ = parser.parse(&json, |record| take(record.extra));
            }
        });
    }
}

/// Whether a record lacks what nearly all have: it may hold others.
fn is_bare(record: &Record<'_>) -> bool {
    record.message.is_none()
}

/// The objects of a text that has several: one after the other, or with blanks, commas or RS between
/// them. Whatever follows the last one is a part as well.
fn several(text: &[u8]) -> Option<Vec<std::ops::Range<usize>>> {
    let is_between = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | 0x1e);
    let (mut parts, mut at) = (Vec::new(), 0);
    loop {
        let rest = &text[at..];
        at += rest.iter().take_while(|byte| is_between(byte)).count();
        let rest = &text[at..];
        let is_object = begins_object(rest) == Some(true);
        // One object and something else are not several.
        if parts.len() == 1 && !is_object {
            return None;
        }
        if rest.is_empty() {
            return Some(parts);
        }
        let mut items = Items::new(rest, State::Top, Reading::Lines, Rest::More);
        let end = if is_object { items.close(0) } else { None };
        match end {
            Some(end) => parts.push(at..at + end),
            None if parts.is_empty() => return None,
            None => {
                parts.push(at..at + rest.trim_ascii_end().len());
                return Some(parts);
            }
        }
        at += end.unwrap_or_default();
    }
}

/// Places in a text, asked for from its beginning to its end.
struct Lines<'a> {
    text: &'a [u8],
    first: Place,
    /// Newlines up to `counted`.
    newlines: i64,
    counted: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a [u8], first: Place) -> Self {
        Self { text, first, newlines: 0, counted: 0 }
    }

    fn place(&mut self, at: usize) -> Place {
        if let Some(passed) = self.text.get(self.counted..at) {
            self.newlines += memchr_iter(b'\n', passed).count() as i64;
            self.counted = at;
        }
        let (line, offset) = (self.first.line, self.first.offset);
        Place { line: line + self.newlines, offset: offset + at as u64 }
    }
}
