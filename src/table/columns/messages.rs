//! The column of messages: the one that most of the text is in.

use std::ops::Range;

use arrow::array::StringArray;
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer};
use memchr::memchr;

use super::{Pools, lend};
use crate::record::ansi::{self, CUT_MARK};
use crate::simd::mask::Escapes;
use crate::table::null_rows::NullRows;

/// Messages, few of them null.
#[derive(Default)]
pub(crate) struct Messages {
    /// The bytes of all rows, and of the row that is being written.
    pub(crate) bytes: Vec<u8>,
    /// Where each row ends in `bytes`: all 0 if the column is not wanted.
    ends: Vec<i32>,
    nulls: NullRows,
    /// Rows whose messages end in the writer's mark of a cut.
    cut: Vec<usize>,
    /// The column is not wanted: its texts are looked at, and not kept.
    pub(super) is_left_out: bool,
    /// The last text, if it is not kept.
    last: Vec<u8>,
    /// Room for a message while its escape sequences are removed.
    scratch: String,
}

impl Messages {
    /// Where the text of the row that is being written begins.
    #[inline]
    pub(crate) fn row_start(&self) -> usize {
        self.ends.last().map_or(0, |&end| end as usize)
    }

    /// Ends the row that is being written with the bytes that are here.
    #[inline]
    pub(crate) fn end_row(&mut self) {
        if self.is_left_out {
            self.forget();
        }
        self.ends.push(self.bytes.len() as i32);
    }

    /// Drops the text of the row that ends, but for a look back.
    fn forget(&mut self) {
        // Decoders look back at the last message (whether it is blank, or a mark of a cut). Swapped, so
        // both vectors keep their memory.
        std::mem::swap(&mut self.last, &mut self.bytes);
        self.bytes.clear();
    }

    /// Rows whose messages were cut.
    pub(in crate::table) fn cut_rows(&self) -> usize {
        self.cut.len()
    }

    /// Counts the last row as one that was cut by its writer.
    pub(in crate::table) fn note_cut(&mut self) {
        self.cut.push(self.ends.len() - 1);
    }

    /// Hands out the rows whose messages were cut, once all rows are there.
    pub(in crate::table) fn take_cut(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.cut)
    }

    /// The text of the last row.
    pub(in crate::table) fn last(&self) -> &[u8] {
        if self.is_left_out {
            return &self.last;
        }
        let start = self.ends.len().checked_sub(2).map_or(0, |before| self.ends[before] as usize);
        &self.bytes[start..self.row_start()]
    }

    /// Whether the text of the last row begins with a blank or a control character such as ESC, or is
    /// empty: a cheap test that rules out nearly all rows.
    #[inline]
    pub(crate) fn may_be_blank(&self) -> bool {
        self.last().first().is_none_or(|&byte| byte <= b' ')
    }

    /// Whether the text of the last row is empty, or nothing but white space and escape sequences.
    pub(in crate::table) fn is_blank(&self) -> bool {
        let mut is_blank = true;
        if self.may_be_blank()
            && let Ok(text) = std::str::from_utf8(self.last())
        {
            // With `--ansi keep` a message of colours alone is as blank as an empty one.
            ansi::pieces(text, |piece| is_blank &= piece.trim_ascii().is_empty());
            return is_blank;
        }
        false
    }

    /// Adds a row that is taken as it is: escape sequences and a final newline stay.
    pub(crate) fn push_whole(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.count_mark();
        self.end_row();
    }

    /// Adds a row without a message.
    pub(crate) fn push_null(&mut self) {
        self.nulls.push(self.ends.len());
        self.end_row();
    }

    /// Adds the row of a line without newlines, of which `before` and the end are the message;
    /// `newline`: as for [`Messages::end_message`].
    #[inline]
    pub(crate) fn push_line(
        &mut self,
        [before, end]: [&str; 2],
        escapes: Escapes<'_>,
        strip: bool,
        newline: bool,
    ) {
        if !before.is_empty() {
            self.bytes.extend_from_slice(before.as_bytes());
            // A sequence may begin in one part and end in the other.
            if strip && memchr(ansi::ESC, before.as_bytes()).is_some() {
                self.bytes.extend_from_slice(end.as_bytes());
                return self.end_message(true, newline);
            }
        }
        if strip && escapes.first(end.len()).is_some() {
            return self.push_escaped(end, escapes, newline);
        }
        let end = end.as_bytes();
        // Its `\r`, or the `)` of a cut mark, may be in the part before: look at both as they are
        // joined.
        if end.len() < 2 {
            self.bytes.extend_from_slice(end);
            return self.end_message(false, newline);
        }
        // Looked at before it is copied: the copy's last byte takes a while to be there.
        let kept = end.strip_suffix(b"\r").filter(|_| newline).unwrap_or(end);
        self.bytes.extend_from_slice(kept);
        // One byte rules the mark of a cut out for most lines.
        if kept.ends_with(b")") {
            self.count_mark();
        }
        self.end_row();
    }

    /// Ends the row with `end` without its escape sequences, whose places are known from splitting the
    /// lines.
    fn push_escaped(&mut self, end: &str, escapes: Escapes<'_>, newline: bool) {
        let next = |at| escapes.first(end.len() - at);
        ansi::pieces_between(end, next, |piece| append(&mut self.bytes, end, piece));
        self.end_message(false, newline);
    }

    /// Ends the row with a message: without its escape sequences, if they are to be `stripped`,
    /// then without one final `\n` or `\r\n`, which is the line's end; a lone `\r` stays.
    /// `newline`: the `\n` has been left out already, and nothing is to be stripped.
    #[inline]
    pub(crate) fn end_message(&mut self, stripped: bool, newline: bool) {
        let start = self.row_start();
        if stripped {
            self.strip(start);
        }
        match self.bytes[start..] {
            [.., b'\r'] if newline => self.bytes.truncate(self.bytes.len() - 1),
            [.., b'\r', b'\n'] if !newline => self.bytes.truncate(self.bytes.len() - 2),
            [.., b'\n'] if !newline => self.bytes.truncate(self.bytes.len() - 1),
            _ => {}
        }
        if let [.., b')'] = self.bytes[start..] {
            self.count_mark();
        }
        self.end_row();
    }

    /// Notes the row that is being written if its message ends in the writer's mark of a cut.
    fn count_mark(&mut self) {
        if self.bytes[self.row_start()..].ends_with(CUT_MARK.as_bytes()) {
            self.cut.push(self.ends.len());
        }
    }

    /// Adds a line to the text of the last row, after so many empty ones.
    pub(in crate::table) fn join(&mut self, line: &str, blank: usize) {
        let row = self.ends.len() - 1;
        // A row without a text has one now.
        self.nulls.truncate(row);
        let text = if self.is_left_out { &mut self.last } else { &mut self.bytes };
        text.resize(text.len() + 1 + blank, b'\n');
        text.extend_from_slice(line.as_bytes());
        if let Some(end) = self.ends.last_mut().filter(|_| !self.is_left_out) {
            *end = self.bytes.len() as i32;
        }
        if line.ends_with(CUT_MARK) && self.cut.last() != Some(&row) {
            self.cut.push(row);
        }
    }

    /// Removes escape sequences from the bytes from `start` on.
    #[cold]
    fn strip(&mut self, start: usize) {
        // Always text: what is collected here came from text.
        let Ok(message) = std::str::from_utf8(&self.bytes[start..]) else { return };
        self.scratch.clear();
        ansi::pieces(message, |piece| self.scratch.push_str(piece));
        self.bytes.truncate(start);
        self.bytes.extend_from_slice(self.scratch.as_bytes());
    }

    /// The column; there are no rows afterwards.
    pub(super) fn finish(&mut self, pools: &Pools) -> StringArray {
        let nulls = self.nulls.finish(self.ends.len());
        // Arrow's offsets are one more than the rows: the start of the first, then every end.
        self.ends.insert(0, 0);
        let offsets = OffsetBuffer::new(lend(&mut self.ends, &pools.offsets));
        let bytes = pools.bytes.lend(std::mem::replace(&mut self.bytes, pools.bytes.take()));
        // SAFETY: the last offset is the length of the bytes; what is cut off from a row are ASCII
        // characters.
        unsafe { text_array(offsets, bytes, nulls) }
    }
}

/// Appends a piece of a text: a short one without a call, which takes longer than it does.
#[inline]
fn append(out: &mut Vec<u8>, text: &str, piece: Range<usize>) {
    // Copies 32 bytes whatever the length, which needs no call, and cuts off the surplus.
    const SHORT: usize = 32;
    match text.as_bytes()[piece.start..].first_chunk::<SHORT>() {
        Some(chunk) if piece.len() <= SHORT => {
            out.extend_from_slice(chunk);
            out.truncate(out.len() - SHORT + piece.len());
        }
        _ => out.extend_from_slice(&text.as_bytes()[piece]),
    }
}

/// The array of these bytes, without checking again that they are UTF-8.
///
/// # Safety
/// The last offset must be the length of the bytes, and every row what was appended to it, as a
/// `str` or by `json::fast`: that copies whole parts of a `str` between ASCII characters and puts
/// characters between them.
pub(super) unsafe fn text_array(
    offsets: OffsetBuffer<i32>,
    bytes: Buffer,
    nulls: Option<NullBuffer>,
) -> StringArray {
    // SAFETY: the offsets go upwards (checked by `OffsetBuffer`) and end with the bytes, and the
    // rows between them are text.
    unsafe { StringArray::new_unchecked(offsets, bytes, nulls) }
}
