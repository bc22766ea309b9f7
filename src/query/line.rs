//! Lines in a text that is searched before it is decoded, and how JSON writes them.

use memchr::{memchr, memrchr};

/// How lines are written, which says what may hide a literal in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    /// JSON: `\u00XX`.
    Json,
    /// Text: an ESC as it is.
    Text,
    /// JSON with lines of text among it.
    Mixed,
}

/// Where a line is in a text, in bytes, without its newline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Line {
    /// The line around a hit, which is not before `from`; that is where a line begins.
    pub(crate) fn around(text: &[u8], from: usize, hit: usize) -> Self {
        let start = memrchr(b'\n', &text[from..hit]).map_or(from, |newline| from + newline + 1);
        let end = memchr(b'\n', &text[hit..]).map_or(text.len(), |newline| hit + newline);
        Self { start, end }
    }
}

/// The beginning of an escape of a character up to U+00FF.
pub(super) const ESCAPE: &[u8] = br"\u00";

/// The character whose escape `\u00XX` a text begins with.
pub(super) fn escaped(text: &[u8]) -> Option<u8> {
    let &[high, low, ..] = text.strip_prefix(ESCAPE)? else { return None };
    let value = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(value(high)? << 4 | value(low)?).ok()
}

/// White space that JSON may have within a line.
pub(super) fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

/// The text from the first byte on that is not white space.
pub(super) fn without_blanks(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|byte| is_blank(byte)).count()..]
}

/// The text up to the last byte that is not white space.
pub(super) fn before_blanks(text: &[u8]) -> &[u8] {
    &text[..text.len() - text.iter().rev().take_while(|byte| is_blank(byte)).count()]
}
