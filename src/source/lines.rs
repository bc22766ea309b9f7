//! A streamed entry, cut between records.
//!
//! A stream ends anywhere: in the middle of a line, or of a record that spans lines. [`LineStream`]
//! turns it into pieces that can be decoded independently of each other, on any thread. The rules:
//!
//! - A piece ends where a record ends. Its framing decides where that is; what follows the cut is
//!   carried over to the next piece, so that a byte is read once and decoded once.
//! - A piece has about as much text as its entry wants. If that does not hold one whole record, the
//!   amount is doubled rather than raised by a step: a framing sees all of the text again each time, and
//!   a step would make a record of n bytes cost n².
//! - A piece has at most [so many lines](Portion::most_lines), because rows take memory too. A record longer than that
//!   is kept whole.
//! - A record above `max_line` bytes is not kept: memory must not depend on the input. Its first [`KEPT`]
//!   bytes become the piece and the rest is read and dropped: up to its end if the framing finds it, as in a
//!   JSON document, else up to the newline. If it consists of other lines, those so far are left
//!   out in the same way and the reading goes on with the line after them.
//! - The end of the entry and errors end the last piece, complete or not. The decoder sees which of
//!   them it was in [`Ending`], and makes a row of it; nothing is dropped here without a trace.
//!
//! Of a source that is [live](super::live) a piece ends early, at the last cut there is, where the writer
//! pauses. Nothing but when it is given away depends on that: cuts are made where records end, and the
//! format of each line follows from the text up to it ([`outset`](super::outset)).
//!
//! Line number and offset of a piece are those of its first byte. They are advanced by what was
//! taken from the stream, not by what the piece holds: the two differ for records that are left out,
//! and all rows after one would point to the wrong line.

use std::io::ErrorKind;

use memchr::{memchr, memchr_iter, memrchr};

use super::arrival::{Arrival, Outcome};
use super::framing::{BYTE_ORDER_MARK, FormatId, Framing, Long};
use super::outset::Told;
use super::oversized::{KEPT, Oversized};
use super::portion::{Ending, Piece, Portion};
use super::readers::is_after_all;
use super::{Catalog, foreign};
use crate::error::Plain;
use crate::simd::newlines as count;

/// Where the first `count` lines end; the text has more.
#[cold]
fn end_of_lines(text: &[u8], count: usize) -> usize {
    memchr_iter(b'\n', text).nth(count - 1).map_or(text.len(), |newline| newline + 1)
}

/// About how many lines a text has, estimated from samples at a few places.
pub(super) fn lines_of(text: &[u8]) -> usize {
    const PLACES: usize = 4;
    const LOOK: usize = 256;
    let step = text.len() / PLACES;
    if step <= LOOK {
        return memchr_iter(b'\n', text).count();
    }
    let looks = (0..PLACES).map(|place| &text[place * step..][..LOOK]);
    let found: usize = looks.map(|look| memchr_iter(b'\n', look).count()).sum();
    found * (text.len() / (PLACES * LOOK))
}

/// An open entry: reads portions of whole records and carries the unfinished one over.
pub(super) struct LineStream {
    /// Index of the entry.
    entry: usize,
    /// Its text in UTF-8, of which the carried part is read already.
    source: Arrival,
    /// Text that was read but comes after the last cut.
    carry: Vec<u8>,
    /// The line that the next piece begins on.
    line: i64,
    /// The offset that the next piece begins at.
    offset: u64,
    /// The format and its framing; known once something is read.
    format: Option<(FormatId, Box<dyn Framing>)>,
}

/// What was taken from the stream for a piece.
struct Taken {
    /// Why the text ends where it does.
    ending: Ending,
    /// Newlines of the text that was kept.
    newlines: usize,
    /// The record that the text is only the head of; `None`: all of the text was kept.
    long: Option<Oversized>,
}

/// Where a record that is too long ends.
#[derive(Clone, Copy)]
enum Until {
    /// Where its framing says.
    Item,
    /// At its newline, which is yet to come.
    Line,
    /// It consists of lines: at the last newline that is there.
    Last(usize),
}

impl LineStream {
    /// `beginning`: line and offset of the first byte of the stream.
    pub(super) fn new(entry: usize, beginning: (i64, u64), source: Arrival) -> Self {
        let (line, offset) = beginning;
        Self { entry, source, carry: Vec::new(), line, offset, format: None }
    }

    /// Whether its next piece may take long to come.
    pub(super) fn is_live(&self) -> bool {
        self.source.is_live()
    }

    /// Appends whole records to the portion: about a portion's worth, or one longer record. The piece
    /// whose ending is not [`Ending::More`] is the last.
    pub(super) fn next(&mut self, portion: &mut Portion, catalog: &Catalog) -> Piece {
        let start = portion.used();
        portion.append(&self.carry);
        self.carry.clear();
        // Taken before the framing sees more: it describes the text up to the last cut.
        let context = self.format.as_ref().map_or_else(Vec::new, |(_, f)| f.context());
        let before = self.format.as_ref().map(|(format, _)| *format);
        let taken = self.take(portion, start, catalog);

        let text = portion.tail(start);
        let (format, _) = self.format.get_or_insert_with(|| begin(catalog, self.entry, text));
        let mut piece = Piece::streamed(self.entry, *format, start..portion.used());
        (piece.first_line, piece.offset) = (self.line, self.offset);
        // What another format says of the text before means nothing to this one.
        piece.context = if before == Some(*format) { context } else { Vec::new() };
        (piece.cut, piece.lines) = (taken.long, taken.newlines);
        self.advance(&taken, portion.used() - start);
        piece.ending = taken.ending;
        piece
    }

    /// Reads until the portion has whole records from `start` on, or the entry ends.
    fn take(&mut self, portion: &mut Portion, start: usize, catalog: &Catalog) -> Taken {
        let max_line = catalog.max_line(self.entry);
        let most = portion.most_lines();
        let (mut want, mut waits) = (catalog.entries[self.entry].piece_bytes(), false);
        // Up to where the text was tried in vain.
        let mut tried = 0;
        loop {
            let read = self.source.read(portion, start, want, waits);
            let text = portion.tail(start);
            let is_end = matches!(read, Outcome::End | Outcome::Failed(_));
            // The first text decides the format, even if an error follows: it is decoded all the same.
            let Some((told, is_last)) = self.tell(catalog, text, is_end) else {
                return self.refuse(portion, start);
            };
            if is_last {
                return self.hand_over(portion, start, told);
            }
            let (is_pause, is_end) = match read {
                Outcome::Failed(error) => {
                    let newlines = count(text);
                    return Taken { ending: failed(&error), newlines, long: None };
                }
                Outcome::Pause => (true, false),
                Outcome::End => (false, true),
                Outcome::Full => (false, false),
            };
            waits = is_pause;
            if is_pause && !has_grown(text, tried) {
                continue;
            }
            tried = text.len();
            let newlines = count(text);
            if is_end && newlines <= most {
                return Taken { ending: Ending::Whole, newlines, long: None };
            }
            let is_long = text.len() > max_line && !is_pause;
            if let Some(end) = self.end_of_records((&text[..told], newlines), most, is_end, is_long)
            {
                return self.cut(portion, start, end, newlines);
            }
            // Too many lines, but no place to cut: keep the record whole.
            if is_end {
                return Taken { ending: Ending::Whole, newlines, long: None };
            }
            if is_long && let Some(taken) = self.leave_out(portion, start, told, max_line) {
                return taken;
            }
            // No record is whole yet, and the limit is not reached.
            if !is_pause {
                want = want.saturating_mul(2);
            }
        }
    }

    /// How much of the text, which begins where the last cut was, is of a format that is told, and whether
    /// what is behind that is of another. Begins the framing of the format.
    fn tell(&mut self, catalog: &Catalog, text: &[u8], is_end: bool) -> Option<(usize, bool)> {
        let Some(told) = self.source.tell(catalog, self.entry, (text, self.offset), is_end) else {
            self.format.get_or_insert_with(|| begin(catalog, self.entry, text));
            return Some((text.len(), false));
        };
        let (format, length, is_last) = match told {
            Told::Format(format, length) => (format, length, false),
            Told::Last(format, length) => (format, length, true),
            Told::Unknown => return Some((0, false)),
            Told::Binary => return None,
        };
        if self.format.as_ref().is_none_or(|(current, _)| *current != format) {
            self.format = Some((format, framing(catalog, self.entry, format)));
        }
        Some((length, is_last))
    }

    /// The text up to `end` is a piece; what is behind it comes with the next.
    fn cut(&mut self, portion: &mut Portion, start: usize, end: usize, newlines: usize) -> Taken {
        self.carry.extend_from_slice(&portion.tail(start)[end..]);
        let newlines = newlines - count(&self.carry);
        portion.truncate(start + end);
        Taken { ending: Ending::More, newlines, long: None }
    }

    /// The text up to `end` is the last of its format.
    fn hand_over(&mut self, portion: &mut Portion, start: usize, end: usize) -> Taken {
        let newlines = count(portion.tail(start));
        self.cut(portion, start, end, newlines)
    }

    /// The text turns out to be none.
    fn refuse(&mut self, portion: &mut Portion, start: usize) -> Taken {
        portion.truncate(start);
        let ending = Ending::Failed { reason: foreign::BINARY.reason(), partial: false };
        Taken { ending, newlines: 0, long: None }
    }

    /// Where the whole records at the beginning of the text end, after `most` lines if possible; `None` if there is
    /// no whole record.
    fn end_of_records(
        &mut self,
        (text, newlines): (&[u8], usize),
        most: usize,
        is_end: bool,
        is_long: bool,
    ) -> Option<usize> {
        let mark = self.mark_in(text);
        let (_, framing) = self.format.as_mut()?;
        let few = if newlines > most { end_of_lines(text, most) } else { text.len() };
        let mut end = framing.cut(&text[mark..few], is_long);
        // A record of more lines than that: whole if it ends within the text. At the end of the entry
        // all that is left is a piece anyway.
        if end.is_none() && few < text.len() && !is_end {
            end = framing.cut(&text[mark..], is_long);
        }
        Some(mark + end?)
    }

    /// Bytes of the byte order mark that the text begins with. The framing never sees it: `{` must be the first
    /// byte of a JSON document.
    fn mark_in(&self, text: &[u8]) -> usize {
        let has_mark = self.offset == 0 && text.starts_with(BYTE_ORDER_MARK);
        if has_mark { BYTE_ORDER_MARK.len() } else { 0 }
    }

    /// Keeps only the head of a record that is longer than the limit, and moves past it. `None`: more of it
    /// must be seen to know what it is.
    fn leave_out(
        &mut self,
        portion: &mut Portion,
        start: usize,
        told: usize,
        max_line: usize,
    ) -> Option<Taken> {
        let text = portion.tail(start);
        let mark = self.mark_in(text);
        let (_, framing) = self.format.as_mut()?;
        let (before, until) = match framing.begin_long(&text[mark..told], max_line) {
            Long::More => return None,
            Long::Item(at) => (mark + at, Until::Item),
            Long::Lines => (mark, memrchr(b'\n', text).map_or(Until::Line, Until::Last)),
        };
        let (long, ending) = self.pass_long(text, before, until);
        // All after the head is dropped. Its bytes are counted by `advance`, so offsets stay right.
        let kept = before + KEPT.min(long.length as usize);
        portion.truncate(start + kept.min(portion.used() - start));
        // What the framing has seen of the record is gone; it must not wait for its end.
        if let (Until::Line | Until::Last(_), Some((_, framing))) = (until, &mut self.format) {
            framing.skipped();
        }
        Some(Taken { ending, newlines: 0, long: Some(long) })
    }

    /// Passes a record that begins in the text and reads on up to its end; what is behind it is carried over.
    fn pass_long(&mut self, text: &[u8], before: usize, until: Until) -> (Oversized, Ending) {
        let mut long = Oversized { before, bytes: before as u64, ..Oversized::default() };
        long.lines.pass(&text[..before]);
        let (mut part, mut buffer) = (&text[before..], Vec::new());
        loop {
            if let Some((end, next)) = self.end_of_long(part, until) {
                long.pass(&part[..next], end);
                self.carry.extend_from_slice(&part[next..]);
                return (long, Ending::More);
            }
            // Not yet its end: drop it, and count.
            long.pass(part, part.len());
            buffer.resize(256 << 10, 0);
            let read = loop {
                match self.source.skip(&mut buffer) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            part = match read {
                // What an item was in may be unfinished, too: the next piece says so.
                Ok(0) if matches!(until, Until::Item) => return (long, Ending::More),
                Ok(0) => return (long, Ending::Whole),
                Ok(read) => &buffer[..read],
                Err(error) => return (long, failed(&error)),
            };
        }
    }

    /// Where a record that is too long ends in a part of it, and where the next begins.
    fn end_of_long(&mut self, part: &[u8], until: Until) -> Option<(usize, usize)> {
        match until {
            Until::Item => {
                let end = self.format.as_mut()?.1.pass(part)?;
                Some((end, end))
            }
            Until::Line => memchr(b'\n', part).map(|newline| (newline, newline + 1)),
            Until::Last(newline) => Some((newline, newline + 1)),
        }
    }

    /// Moves line and offset to the next piece, after one of `length` bytes.
    fn advance(&mut self, taken: &Taken, length: usize) {
        match &taken.long {
            Some(long) => {
                self.line += long.lines.newlines;
                self.offset += long.bytes;
            }
            // Nothing follows the end of the entry.
            None if taken.ending != Ending::More => {}
            None => {
                self.line += taken.newlines as i64;
                self.offset += length as u64;
            }
        }
    }
}

/// Whether a text of which no record was whole at `tried` may have one now. Of a long one it is not asked
/// each time: that would take as long as it is.
fn has_grown(text: &[u8], tried: usize) -> bool {
    const SHORT: usize = 64 << 10;
    let more = &text[tried..];
    memchr(b'\n', more).is_some() && (tried < SHORT || more.len() >= tried / 16)
}

/// Detects the format of an entry from its first text, and starts the framing of that format.
fn begin(catalog: &Catalog, entry: usize, text: &[u8]) -> (FormatId, Box<dyn Framing>) {
    let format = catalog.format_of(entry, text);
    (format, framing(catalog, entry, format))
}

fn framing(catalog: &Catalog, entry: usize, format: FormatId) -> Box<dyn Framing> {
    let mut framing = catalog.recogniser.framing(format);
    framing.limit(catalog.max_line(entry));
    framing
}

fn failed(error: &std::io::Error) -> Ending {
    // A wrong checksum or length is found only after the last byte, so the last line is complete.
    let complete = is_after_all(error);
    Ending::Failed { reason: Plain(error).to_string(), partial: !complete }
}
