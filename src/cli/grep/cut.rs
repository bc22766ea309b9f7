//! Lines cut after a number of columns.

use std::io::Write as _;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::super::quantity::count;

/// What is left out of a line, and how much of it still fits.
pub(super) struct Cut {
    /// Columns of a line; `None`: any number.
    limit: Option<usize>,
    /// Columns that are left.
    room: usize,
    /// Bytes that were left out.
    bytes: usize,
    /// Matches that were left out.
    matches: u64,
}

impl Cut {
    /// For lines of `limit` columns.
    pub(super) fn new(limit: Option<usize>) -> Self {
        Self { limit, room: limit.unwrap_or(0), bytes: 0, matches: 0 }
    }

    /// Whether lines may be cut.
    pub(super) fn is_limited(&self) -> bool {
        self.limit.is_some()
    }

    /// The part of a text that still fits, up to the end of a grapheme; the rest is counted.
    pub(super) fn fit<'t>(&mut self, text: &'t str) -> &'t str {
        if self.limit.is_none() {
            return text;
        }
        let end = if self.bytes > 0 { 0 } else { self.end_of_fitting(text) };
        self.bytes += text.len() - end;
        &text[..end]
    }

    /// The bytes of a text that fit; takes their columns.
    fn end_of_fitting(&mut self, text: &str) -> usize {
        if text.is_ascii() {
            let end = text.len().min(self.room);
            self.room -= end;
            return end;
        }
        for (at, grapheme) in text.grapheme_indices(true) {
            match self.room.checked_sub(grapheme.width()) {
                Some(room) => self.room = room,
                None => return at,
            }
        }
        text.len()
    }

    /// As [`fit`](Self::fit), of a match.
    pub(super) fn fit_match<'t>(&mut self, text: &'t str) -> &'t str {
        let fitting = self.fit(text);
        if fitting.is_empty() && !text.is_empty() {
            self.matches += 1;
        }
        fitting
    }

    /// As [`fit`](Self::fit), of bytes that are not UTF-8, a column each.
    pub(super) fn fit_bytes<'t>(&mut self, bytes: &'t [u8]) -> &'t [u8] {
        if self.limit.is_none() {
            return bytes;
        }
        let end = if self.bytes > 0 { 0 } else { bytes.len().min(self.room) };
        self.room -= end;
        self.bytes += bytes.len() - end;
        &bytes[..end]
    }

    /// Appends what was left out of the line, and begins the next.
    pub(super) fn end_line(&mut self, out: &mut Vec<u8>) {
        if self.bytes > 0 {
            let bytes = count(self.bytes as u64, "more byte", "more bytes");
            let _ = match self.matches {
                0 => write!(out, " [... {bytes}]"),
                some => {
                    write!(out, " [... {bytes}, {}]", count(some, "more match", "more matches"))
                }
            };
        }
        *self = Self::new(self.limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, limit: usize) -> String {
        let mut cut = Cut::new(Some(limit));
        let mut out = cut.fit(text).as_bytes().to_vec();
        cut.end_line(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn characters_and_graphemes_stay_whole() {
        for (text, limit, expected) in [
            ("hello", 5, "hello"),
            ("hello", 3, "hel [... 2 more bytes]"),
            ("hello", 4, "hell [... 1 more byte]"),
            ("äöü", 2, "äö [... 2 more bytes]"),
            // Two columns each.
            ("配置文件", 5, "配置 [... 6 more bytes]"),
            // A letter and its accent; a family of three.
            ("ae\u{301}b", 2, "ae\u{301} [... 1 more byte]"),
            ("e\u{301}", 0, " [... 3 more bytes]"),
            ("👩\u{200d}👩\u{200d}👧x", 2, "👩\u{200d}👩\u{200d}👧 [... 1 more byte]"),
            ("👩\u{200d}👩\u{200d}👧x", 1, " [... 19 more bytes]"),
        ] {
            assert_eq!(cut(text, limit), expected, "{text}");
        }
    }

    #[test]
    fn parts_of_a_line_share_its_columns() {
        let mut cut = Cut::new(Some(4));
        let mut out = Vec::new();
        out.extend_from_slice(cut.fit("abc").as_bytes());
        out.extend_from_slice(cut.fit_match("def").as_bytes());
        out.extend_from_slice(cut.fit("gh").as_bytes());
        out.extend_from_slice(cut.fit_match("i").as_bytes());
        out.extend_from_slice(cut.fit_bytes(b"\xff\xfe"));
        cut.end_line(&mut out);
        assert_eq!(out, b"abcd [... 7 more bytes, 1 more match]");
    }
}
