//! A streamed entry, cut between records.

use std::io::{ErrorKind, Read};

use memchr::{memchr, memchr_iter, memrchr};

use super::Catalog;
use super::feed::{PORTION, format_of};
use super::framing::{BYTE_ORDER_MARK, FormatId, Framing};
use super::portion::{Ending, Piece, Portion};
use super::stream::{Mismatch, Stream};
use crate::error::Plain;

/// Bytes kept of a line that is longer than the limit, and of a byte order mark before it.
const KEPT: usize = (4 << 10) + 3;

/// Lines of a piece at most, where a record is not longer: of short lines, a portion would have half
/// a million, and their rows a hundred times its bytes.
const MAX_LINES: usize = 64 << 10;

/// Where the first `count` of the lines end; there are more.
#[cold]
fn end_of_lines(text: &[u8], count: usize) -> usize {
    memchr_iter(b'\n', text).nth(count - 1).map_or(text.len(), |newline| newline + 1)
}

/// Spaces and tabs only, and what a newline leaves of `\r\n`.
pub fn is_blank(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Bytes of text that a row counts as at least: of short lines, fewer are taken at a time.
pub(super) const ROW: usize = 16;

/// About how many lines a text has, by a look at a few places.
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
    entry: usize,
    stream: Stream,
    carry: Vec<u8>,
    line: i64,
    offset: u64,
    /// The format and its framing; known once something is read.
    format: Option<(FormatId, Box<dyn Framing>)>,
}

impl LineStream {
    /// `beginning`: line and offset of the first byte of the stream.
    pub(super) fn new(entry: usize, beginning: (i64, u64), stream: Stream) -> Self {
        let (line, offset) = beginning;
        Self { entry, stream, carry: Vec::new(), line, offset, format: None }
    }

    /// Appends whole records to the portion: about a portion's worth, more where one is longer.
    pub(super) fn next(&mut self, portion: &mut Portion, catalog: &Catalog) -> Piece {
        let max_line = catalog.options().max_line;
        let start = portion.used();
        portion.append(&self.carry);
        self.carry.clear();
        let context = self.format.as_ref().map_or_else(Vec::new, |(_, f)| f.context());
        let (mut cut, mut lines) = (None, 0);
        let mut want = PORTION;
        let ending = loop {
            let have = portion.used() - start;
            let (_, result) = portion.read(&mut self.stream, want.saturating_sub(have));
            let text = portion.tail(start);
            let (_, framing) = self.format.get_or_insert_with(|| begin(catalog, self.entry, text));
            if let Err(error) = result {
                break failed(&error);
            }
            let is_end = text.len() < want;
            lines = memchr_iter(b'\n', text).count();
            if is_end && lines <= MAX_LINES {
                break Ending::Whole;
            }
            let has_mark = self.offset == 0 && text.starts_with(BYTE_ORDER_MARK);
            let mark = if has_mark { BYTE_ORDER_MARK.len() } else { 0 };
            let few = if lines > MAX_LINES { end_of_lines(text, MAX_LINES) } else { text.len() };
            let is_long = text.len() > max_line;
            let mut end = framing.cut(&text[mark..few], is_long);
            if end.is_none() && few < text.len() && !is_end {
                end = framing.cut(&text[mark..], is_long);
            }
            if let Some(end) = end {
                let end = mark + end;
                self.carry.extend_from_slice(&text[end..]);
                lines -= memchr_iter(b'\n', &self.carry).count();
                portion.truncate(start + end);
                break Ending::More;
            }
            if is_end {
                break Ending::Whole;
            }
            if is_long {
                let (length, lines, ending) = match memrchr(b'\n', text) {
                    // A record of many lines.
                    Some(end) => {
                        self.carry.extend_from_slice(&text[end + 1..]);
                        let lines = || text[..end].split(|&byte| byte == b'\n');
                        let blank = lines().filter(|line| is_blank(line)).count();
                        (end as u64, (lines().count(), blank), Ending::More)
                    }
                    None => {
                        let (length, ending) = self.skip_line(text.len() as u64);
                        (length, (1, 0), ending)
                    }
                };
                portion.truncate(start + KEPT.min(length as usize));
                cut = Some((length, lines));
                if let Some((_, framing)) = &mut self.format {
                    framing.skipped();
                }
                break ending;
            }
            want = want.saturating_mul(2);
        };
        let text = portion.tail(start);
        let (line, offset) = (self.line, self.offset);
        match cut {
            Some((length, lines)) => {
                self.line += lines.0 as i64;
                self.offset += length + u64::from(ending == Ending::More);
            }
            // Nothing comes behind what ends the entry.
            None if ending != Ending::More => {}
            None => {
                self.line += lines as i64;
                self.offset += text.len() as u64;
            }
        }
        let text = portion.tail(start);
        let (format, _) = self.format.get_or_insert_with(|| begin(catalog, self.entry, text));
        let mut piece = Piece::streamed(self.entry, *format, start..portion.used());
        (piece.first_line, piece.offset) = (line, offset);
        match cut {
            Some((length, (lines, blank))) => {
                (piece.cut, piece.cut_lines) = (Some(length), (lines as i64, blank as i64));
            }
            None => piece.lines = lines,
        }
        (piece.ending, piece.context) = (ending, context);
        piece
    }

    /// Reads past the end of a line of which `length` bytes are behind; returns its whole length.
    fn skip_line(&mut self, mut length: u64) -> (u64, Ending) {
        let mut buffer = vec![0; 256 << 10];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return (length, Ending::Whole),
                Ok(read) => match memchr(b'\n', &buffer[..read]) {
                    Some(end) => {
                        self.carry.extend_from_slice(&buffer[end + 1..read]);
                        return (length + end as u64, Ending::More);
                    }
                    None => length += read as u64,
                },
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return (length, failed(&e)),
            }
        }
    }
}

fn begin(catalog: &Catalog, entry: usize, text: &[u8]) -> (FormatId, Box<dyn Framing>) {
    let format = format_of(catalog, entry, text);
    (format, catalog.recogniser.framing(format))
}

fn failed(error: &std::io::Error) -> Ending {
    // A mismatch shows after the last byte, so the last line is as whole as it will ever be.
    let complete = error.get_ref().is_some_and(|inner| inner.is::<Mismatch>());
    Ending::Failed { reason: Plain(error).to_string(), partial: !complete }
}
