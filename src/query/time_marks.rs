//! Times that a line of JSON must have one of for its own time to be a wanted one; lines without are not decoded.
//!
//! A line's time is the value of a usual key, perhaps within an inner object. A line is left out only if every
//! value of such a key is surely outside: a time as most loggers write it, that is read here as it is when the
//! line is decoded. A line without any has no time, and is not wanted either.

use super::line::{before_blanks, without_blanks};
use super::values::{Escapes, Marks, is_end};
use crate::json::TIMES;
use crate::record::timestamp;

/// Longer text is not looked at.
const LONGEST: usize = 64;

/// Farther from UTC than any zone.
const ZONE: i64 = 26 * 3_600 * 1_000_000_000;

/// The times that are wanted, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Inclusive.
    pub(super) since: Option<i64>,
    /// Exclusive.
    pub(super) until: Option<i64>,
}

impl Bounds {
    /// Whether a time is surely not wanted. Without an offset it is local time of a zone that is not known here.
    pub(crate) fn exclude(self, nanos: i64, has_zone: bool) -> bool {
        let most = if has_zone { 0 } else { ZONE };
        let is_before = |since: i64| nanos.saturating_add(most) < since;
        let is_after = |until: i64| nanos.saturating_sub(most) >= until;
        self.since.is_some_and(is_before) || self.until.is_some_and(is_after)
    }
}

/// Some times, as lines of JSON have them.
#[derive(Debug, Clone)]
pub(crate) struct TimeMarks {
    bounds: Bounds,
    /// The usual keys, of nested ones the innermost, by a number of their last bytes.
    keys: Box<[Vec<&'static [u8]>; 256]>,
    escapes: Escapes,
}

impl TimeMarks {
    pub(super) fn new(bounds: Bounds) -> Self {
        let mut keys = Box::new([const { Vec::new() }; 256]);
        for key in TIMES.iter().filter_map(|key| key.rsplit('.').next()) {
            // A key of one byte comes after a quote or a dot.
            let befores = if key.len() == 1 { &b"\"."[..] } else { b"" };
            let pairs = befores.iter().map(|&before| [before, key.as_bytes()[0]]);
            let own = key.as_bytes().last_chunk::<2>().copied();
            for pair in pairs.chain(own) {
                keys[number(pair)].push(key.as_bytes());
            }
        }
        Self { bounds, keys, escapes: Escapes::new() }
    }

    /// The times that are wanted.
    pub(crate) fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Whether a key, which a text ends with, may have the time.
    fn is_key(&self, text: &[u8]) -> bool {
        let Some((b'"', key)) = text.split_last() else { return false };
        let Some(own) = key.last_chunk().map(|&pair| &self.keys[number(pair)]) else {
            return false;
        };
        if own.is_empty() {
            return false;
        }
        // A key with dots is as good as nested ones.
        let mut bytes = key.iter().rev().take(LONGEST);
        let Some(length) = bytes.position(|byte| matches!(byte, b'"' | b'.')) else { return false };
        own.contains(&&key[key.len() - length..])
    }

    /// Whether a value is surely no wanted time.
    fn is_outside(&self, value: &[u8]) -> bool {
        let value = without_blanks(value);
        let value = &value[..value.len().min(LONGEST)];
        let (is_text, value) = match value {
            [b'"', text @ ..] => (true, text),
            _ => (false, value),
        };
        let is_inside = |byte: &&u8| match is_text {
            true => !matches!(byte, b'"' | b'\\'),
            false => matches!(byte, b'0'..=b'9' | b'.'),
        };
        let (own, after) = value.split_at(value.iter().take_while(is_inside).count());
        let is_whole = if is_text { after.first() == Some(&b'"') } else { is_end(after) };
        let Ok(text) = std::str::from_utf8(own) else { return false };
        is_whole && self.exclude(text, is_text)
    }

    /// Whether the text of a time, that JSON writes without escapes, is surely no wanted one.
    pub(crate) fn exclude_text(&self, text: &[u8]) -> bool {
        text.len() < LONGEST && std::str::from_utf8(text).is_ok_and(|text| self.exclude(text, true))
    }

    /// Whether the text of a string or a number is surely no wanted time.
    fn exclude(&self, text: &str, is_text: bool) -> bool {
        // In the order in which they are tried when the line is decoded.
        if let (true, Some(time)) = (is_text, timestamp::parse(text))
            && let Some(nanos) = time.nanos
        {
            return self.bounds.exclude(nanos, time.zone.is_some());
        }
        match timestamp::parse_epoch(text) {
            Some((Some(nanos), _)) => self.bounds.exclude(nanos, true),
            _ => false,
        }
    }
}

/// A number of the last two bytes of a key; others may have the same.
fn number([before, last]: [u8; 2]) -> usize {
    usize::from(before.wrapping_mul(31) ^ last)
}

impl Marks for TimeMarks {
    #[inline]
    fn may_be(&self, text: &[u8], colon: usize) -> bool {
        let key = before_blanks(&text[..colon]);
        self.is_key(key) && !self.is_outside(&text[colon + 1..])
    }

    fn escapes(&self) -> &Escapes {
        &self.escapes
    }
}
