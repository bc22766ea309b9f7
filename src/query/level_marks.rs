//! Spellings of levels that a line of JSON must have for its level to be a wanted one; lines without are not
//! decoded.
//!
//! A level is the value of some key: a string (`"error"`) or a number (`50`). Which key it is does not matter
//! here: lines found in vain are dropped once they are decoded. All spellings are looked for at once, by their
//! first letters in any case; what follows is compared where one is found.

use std::collections::BTreeSet;

use aho_corasick::Span;
use aho_corasick::packed::Searcher;
use memchr::{memchr, memrchr};

use super::needles::Line;
use crate::record::level::Level;

/// More beginnings are not searched for at once.
const MAX_BEGINNINGS: usize = 64;

/// An escape that may be a letter or digit of a level.
const ESCAPE: &[u8] = br"\u00";

/// What may come before a number: a colon, and white space of JSON within a line. Numbers in quotes are levels,
/// too.
const BEFORE_NUMBER: [u8; 5] = *b":\" \t\r";

/// Keys, with their closing quotes, of records whose level may be written as a number of another scale: of syslog
/// (journald, GELF) or OpenTelemetry. Lines that have one are decoded.
const NUMBERED: [&str; 4] =
    ["PRIORITY\"", "short_message\"", "severityNumber\"", "SeverityNumber\""];

/// Words of MongoDB alone.
const MONGO: [&str; 5] = ["D1", "D2", "D3", "D4", "D5"];

/// The spellings of some levels.
#[derive(Debug, Clone)]
pub(crate) struct LevelMarks {
    /// Finds how they begin.
    beginnings: Searcher,
    /// In upper case.
    words: Vec<&'static str>,
}

impl LevelMarks {
    /// `None` if there are too many, or the processor cannot search for many at once.
    pub(super) fn new(is_wanted: impl Fn(Level) -> bool) -> Option<Self> {
        let words = Level::WORDS.iter().filter(|(_, level)| is_wanted(*level));
        let mongo = MONGO.iter().filter(|_| is_wanted(Level::Debug));
        let words: Vec<&str> = words.map(|(word, _)| word).chain(mongo).copied().collect();
        // The more letters, the fewer words of other kinds begin like a level.
        let mut sets = [3, 2, 1].map(|letters| beginnings(&words, letters)).into_iter();
        let set = sets.find(|set| set.len() <= MAX_BEGINNINGS)?;
        Some(Self { beginnings: Searcher::new(set)?, words })
    }

    /// The first line at or after `from`, which must begin a line, that may have a wanted level; without its
    /// newline.
    pub(crate) fn next_line(&self, text: &[u8], from: usize) -> Option<Line> {
        let mut at = from;
        let hit = loop {
            let found = self.beginnings.find_in(text, Span::from(at..text.len()))?.start();
            if self.is_level(&text[found..]) {
                break found;
            }
            at = found + 1;
        };
        let start = memrchr(b'\n', &text[from..hit]).map_or(from, |newline| from + newline + 1);
        let end = memchr(b'\n', &text[hit..]).map_or(text.len(), |newline| hit + newline);
        Some(Line { start, end })
    }

    /// Whether a value may be a wanted level. The text begins with the byte before it, or with an escape.
    fn is_level(&self, text: &[u8]) -> bool {
        if let Some(code) = text.strip_prefix(ESCAPE) {
            // Letters and digits are `\u003X` to `\u007X`.
            return matches!(code.first(), Some(b'3'..=b'7'));
        }
        let Some((before, value)) = text.split_first() else { return false };
        if NUMBERED.iter().any(|key| value.starts_with(key.as_bytes())) {
            return true;
        }
        let is_inside = |byte: &&u8| byte.is_ascii_alphanumeric();
        let (word, after) = value.split_at(value.iter().take_while(is_inside).count());
        if !self.words.iter().any(|own| own.as_bytes().eq_ignore_ascii_case(word)) {
            return false;
        }
        match (before, without_distance(after)) {
            (b'"', [b'"', after @ ..]) => {
                let next = after.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
                // A key is no level: `"error":null`.
                next != Some(&b':')
            }
            (b'"', _) => false,
            (_, []) => true,
            (_, [next, ..]) => matches!(next, b',' | b'}' | b' ' | b'\t' | b'\r' | b'\n'),
        }
    }
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

/// How values begin that are one of these words: words with their quote and so many letters, in any case, or
/// with both quotes if they have fewer; numbers with one digit less.
fn beginnings(words: &[&str], letters_wanted: usize) -> BTreeSet<Vec<u8>> {
    let mut set = BTreeSet::from([ESCAPE.to_vec()]);
    set.extend(NUMBERED.map(|key| format!("\"{}", &key[..letters_wanted]).into_bytes()));
    for word in words {
        let word = word.as_bytes();
        if word[0].is_ascii_digit() {
            let digits = &word[..word.len().min(letters_wanted.max(2) - 1)];
            set.extend(BEFORE_NUMBER.map(|before| [&[before], digits].concat()));
            continue;
        }
        let first = &word[..letters_wanted.min(word.len())];
        for cases in 0..1 << first.len() {
            let turn = |(at, letter): (usize, &u8)| match cases >> at & 1 {
                0 => letter.to_ascii_uppercase(),
                _ => letter.to_ascii_lowercase(),
            };
            let letters = first.iter().enumerate().map(turn);
            let end = (word.len() < letters_wanted).then_some(b'"');
            set.insert(std::iter::once(b'"').chain(letters).chain(end).collect());
        }
    }
    set
}
