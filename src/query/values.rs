//! Values in raw lines of JSON by which a line may be left out before it is decoded.
//!
//! Every value follows a colon, so colons are looked for; what is a mark of a wanted line is said by
//! [`Marks::may_be`] alone. Lines found in vain are dropped once they are decoded. An escape may hide a character
//! of a key, so lines with one that is a letter, a digit or the like are decoded, too.

use memchr::memchr_iter;
use memchr::memmem::Finder;

use super::line::{ESCAPE, Line, Writing, escaped, is_blank};
use crate::simd::mask::{Bytes, CHUNK, One};

/// What values a line must have one of.
pub(crate) trait Marks {
    /// Whether the member whose colon is at this place may be one of them.
    fn may_be(&self, text: &[u8], colon: usize) -> bool;

    /// What finds escapes.
    fn escapes(&self) -> &Escapes;

    /// The first hit of each kind, to start a search with. Escapes are looked for in keys, which count only where
    /// there may be any: the records of a platform have theirs.
    fn begin(&self, text: &[u8], writing: Writing) -> Places {
        let escape = (writing != Writing::Json).then(|| self.escapes().find(text, 0)).flatten();
        Places { value: self.find_value(text, 0), escape }
    }

    /// The first line at or after `from`, which must begin a line, that may be wanted; without its newline.
    fn next_line(&self, text: &[u8], from: usize, places: &mut Places) -> Option<Line> {
        if places.value.is_some_and(|at| at < from) {
            places.value = self.find_value(text, from);
        }
        if places.escape.is_some_and(|at| at < from) {
            places.escape = self.escapes().find(text, from);
        }
        let hit = [places.value, places.escape].into_iter().flatten().min()?;
        Some(Line::around(text, from, hit))
    }

    /// Whether a line may be wanted.
    fn are_in(&self, line: &[u8]) -> bool {
        self.find_value(line, 0).is_some() || self.escapes().find(line, 0).is_some()
    }

    /// The first colon from `from` on of a member that may be wanted.
    fn find_value(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        while let Some(chunk) = text.get(at..).and_then(|rest| rest.first_chunk::<CHUNK>()) {
            let mut colons = One::<b':'>::mask(chunk);
            while colons != 0 {
                let colon = at + colons.trailing_zeros() as usize;
                if self.may_be(text, colon) {
                    return Some(colon);
                }
                // Clears the lowest bit that is set.
                colons &= colons - 1;
            }
            at += CHUNK;
        }
        let mut rest = memchr_iter(b':', text.get(at..)?).map(|colon| at + colon);
        rest.find(|&colon| self.may_be(text, colon))
    }
}

/// Finds escapes of letters and digits.
#[derive(Debug, Clone)]
pub(crate) struct Escapes(Box<Finder<'static>>);

impl Escapes {
    pub(super) fn new() -> Self {
        Self(Box::new(Finder::new(ESCAPE)))
    }

    /// The first one from `from` on.
    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut all = self.0.find_iter(text.get(from..)?).map(|at| from + at);
        all.find(|&at| is_escape(&text[at..]))
    }
}

/// The next hit of each kind; `None` if there is none to the end of the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    /// The colon of a member.
    value: Option<usize>,
    escape: Option<usize>,
}

/// Whether a text begins with the escape of a letter or digit, or of what else keys and levels have.
pub(super) fn is_escape(text: &[u8]) -> bool {
    escaped(text).is_some_and(|code| code.is_ascii_alphanumeric() || b"@_.-+$".contains(&code))
}

/// Whether a value that is not a string ends here.
pub(super) fn is_end(after: &[u8]) -> bool {
    after.first().is_none_or(|byte| is_blank(byte) || matches!(byte, b',' | b'}' | b'\n'))
}
