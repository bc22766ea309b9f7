//! Spellings of levels that a line of JSON must have for its level to be a wanted one; lines without are not
//! decoded.
//!
//! A level is the value of some key: a string (`"error"`) or a number (`50`). Which key it is does not matter
//! here, and two look-ups rule out nearly all values that are not a wanted level.

use super::line::{before_blanks, is_blank, without_blanks};
use super::values::{Escapes, Marks, is_end, is_escape};
use crate::record::level::Level;

/// Keys, with their closing quotes, of records whose level may be written as a number of another scale: of syslog
/// (journald, GELF) or OpenTelemetry. Lines that have one are decoded.
const NUMBERED: [&[u8]; 4] =
    [b"PRIORITY\"", b"short_message\"", b"severityNumber\"", b"SeverityNumber\""];

/// Words of MongoDB alone.
const MONGO: [&str; 5] = ["D1", "D2", "D3", "D4", "D5"];

/// More than the bytes of any word.
const LENGTHS: usize = 16;

/// What the first byte of a value says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    /// It is not a wanted level.
    Other,
    /// It may be a number that is one, or there is white space before it.
    May,
    /// It is a string.
    Quote,
}

/// The spellings of some levels.
#[derive(Debug, Clone)]
pub(crate) struct LevelMarks {
    /// In upper case, by length.
    words: Box<[Vec<&'static str>; LENGTHS]>,
    /// By the first byte of a value.
    begins: Box<[Begin; 256]>,
    /// The bytes that a string may begin with.
    letters: Box<[bool; 256]>,
    /// The levels themselves, by their discriminants.
    levels: [bool; Level::ALL.len()],
    escapes: Escapes,
}

impl LevelMarks {
    /// The spellings of the levels that are wanted.
    pub(super) fn new(is_wanted: impl Fn(Level) -> bool) -> Self {
        let words = Level::WORDS.iter().filter(|(_, level)| is_wanted(*level));
        let mongo = MONGO.iter().filter(|_| is_wanted(Level::Debug));
        let mut own = Box::new([const { Vec::new() }; LENGTHS]);
        let mut begins = Box::new([Begin::Other; 256]);
        let mut letters = Box::new([false; 256]);
        begins[usize::from(b'"')] = Begin::Quote;
        for byte in (0..=u8::MAX).filter(is_blank) {
            begins[usize::from(byte)] = Begin::May;
        }
        // The beginning of an escape.
        letters[usize::from(b'\\')] = true;
        for word in words.map(|(word, _)| word).chain(mongo) {
            own[word.len()].push(*word);
            let first = word.as_bytes()[0];
            letters[usize::from(first)] = true;
            letters[usize::from(first.to_ascii_lowercase())] = true;
            if first.is_ascii_digit() {
                begins[usize::from(first)] = Begin::May;
            }
        }
        let levels = Level::ALL.map(is_wanted);
        Self { words: own, begins, letters, levels, escapes: Escapes::new() }
    }

    /// Whether a row with this level, as written, is wanted.
    pub(crate) fn has(&self, level: Option<&str>) -> bool {
        level.and_then(Level::parse).is_some_and(|level| self.levels[level as usize])
    }

    /// Whether a value is a wanted level.
    fn is_level(&self, value: &[u8]) -> bool {
        let value = without_blanks(value);
        let (is_text, value) = match value {
            [b'"', text @ ..] => (true, text),
            _ => (false, value),
        };
        let is_inside = |byte: &&u8| byte.is_ascii_alphanumeric();
        let length = value.iter().take(LENGTHS).take_while(is_inside).count();
        let (word, after) = value.split_at(length);
        if is_text && is_escape(after) {
            return true;
        }
        let is_whole = match is_text {
            true => without_distance(after).first() == Some(&b'"'),
            false => is_end(after),
        };
        let mut own = self.words.get(length).into_iter().flatten();
        is_whole && own.any(|own| own.as_bytes().eq_ignore_ascii_case(word))
    }
}

impl Marks for LevelMarks {
    #[inline]
    fn may_be(&self, text: &[u8], colon: usize) -> bool {
        let (key, value) = (&text[..colon], &text[colon + 1..]);
        let [first, second] = [0, 1].map(|at| value.get(at).copied().unwrap_or_default());
        let may_begin = match self.begins[usize::from(first)] {
            Begin::Other => false,
            Begin::May => true,
            Begin::Quote => self.letters[usize::from(second)],
        };
        may_begin && self.is_level(value) || may_be_numbered(key) && is_numbered(key)
    }

    fn escapes(&self) -> &Escapes {
        &self.escapes
    }
}

/// A cheap test for [`is_numbered`], which most keys fail.
#[inline]
fn may_be_numbered(key: &[u8]) -> bool {
    match key {
        [.., before, last, b'"'] => matches!(&[*before, *last], b"TY" | b"ge" | b"er"),
        [.., last] => is_blank(last),
        [] => false,
    }
}

/// Whether a key, with what is before it, is that of a level on another scale.
#[cold]
fn is_numbered(key: &[u8]) -> bool {
    let key = before_blanks(key);
    NUMBERED.iter().any(|own| key.ends_with(own))
}

/// What follows the distance from a level that slog writes behind it, as in `INFO+2`.
fn without_distance(after: &[u8]) -> &[u8] {
    match after {
        [b'+' | b'-', digits @ ..] => {
            &digits[digits.iter().take_while(|byte| byte.is_ascii_digit()).count()..]
        }
        _ => after,
    }
}
