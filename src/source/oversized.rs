//! Records above the size limit: their head is kept, the rest is passed and counted.

use memchr::memchr_iter;

use super::framing::is_blank;

/// Bytes kept of a record that is longer than the limit, and of a byte order mark before it.
pub(super) const KEPT: usize = (4 << 10) + 3;

/// A record longer than the limit, of which a piece has only the head.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Oversized {
    /// Bytes before the record that are not part of it, such as the bracket that it is in.
    pub before: usize,
    /// Bytes of the record, without the newline that ends it.
    pub length: u64,
    /// Bytes of the entry that the piece stands for.
    pub bytes: u64,
    /// The lines of those bytes.
    pub lines: PassedLines,
}

impl Oversized {
    /// Passes a part of the text, of which `length` bytes belong to the record.
    pub(super) fn pass(&mut self, part: &[u8], length: usize) {
        self.length += length as u64;
        self.bytes += part.len() as u64;
        self.lines.pass(part);
    }
}

/// The lines of a text that is not kept, counted as it passes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PassedLines {
    /// How many end.
    pub newlines: i64,
    /// Blank ones between the first newline and the last.
    pub blank: i64,
    /// What is before the first newline, or all, is not blank.
    pub has_head: bool,
    /// What comes after the last newline is not blank.
    pub has_tail: bool,
    /// Something comes after the last newline.
    pub is_open: bool,
}

impl PassedLines {
    /// Counts the next part of the text.
    pub(super) fn pass(&mut self, text: &[u8]) {
        let mut start = 0;
        for newline in memchr_iter(b'\n', text) {
            let is_text = self.passes(&text[start..newline]);
            self.blank += i64::from(self.newlines > 0 && !is_text);
            self.newlines += 1;
            (self.has_tail, self.is_open) = (false, false);
            start = newline + 1;
        }
        self.passes(&text[start..]);
        self.is_open |= start < text.len();
    }

    /// Passes a part of the current line; whether anything of that line is not blank so far.
    fn passes(&mut self, part: &[u8]) -> bool {
        let is_text = if self.newlines == 0 { &mut self.has_head } else { &mut self.has_tail };
        *is_text |= !is_blank(part);
        *is_text
    }
}
