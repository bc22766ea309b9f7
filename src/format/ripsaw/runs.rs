//! Which logs the rows of a text are of: one pass, which holds the runs found and one line in memory.
//!
//! A run is a stretch of rows of one log. ripsaw writes entry by entry, so that a file has about as many
//! runs as logs, unless its rows were sorted otherwise.

use std::io::{self, BufRead, BufReader};

use memchr::memchr;

use super::Hindrance;
use super::row::Row;
use crate::source::is_blank;
use crate::source::{BYTE_ORDER_MARK, ColumnSet, Part, StoredText};

/// Most runs of a file; each holds the names of its log in memory.
pub(super) const MOST: usize = 1_000_000;

/// Bytes read at a time.
const BUFFER: usize = 256 << 10;

/// Divides a text into runs of rows of one log each, which together are the whole text. Lines that are not
/// rows are runs without a log, of the file itself; blank lines belong to the run before them.
pub(super) fn find(text: &StoredText, max_line: usize) -> Result<Vec<Part>, Hindrance> {
    let mut lines = Lines { reader: BufReader::with_capacity(BUFFER, text.read()), max_line };
    let mut parts: Vec<Part> = Vec::new();
    let (mut line, mut apart, mut number, mut at) = (Vec::new(), String::new(), 0, 0);
    while let Some(length) = lines.next(&mut line).map_err(Hindrance::Io)? {
        number += 1;
        let end = at + length;
        // `Some`: a run begins here, of this log or none. `None`: the line continues the last run.
        let (line, keyed) = told(&line, &mut apart, at == 0, max_line);
        let is_new = match (line, parts.last_mut()) {
            (Line::Blank, Some(_)) => None,
            (Line::Blank, None) => Some(None),
            (Line::NoRow, Some(Part { log: None, .. })) => None,
            (Line::NoRow, _) => Some(None),
            (Line::Row(row), Some(Part { log: Some(log), .. })) if row.is_of(log) => None,
            (Line::Row(row), _) => Some(Some(row.log())),
        };
        match (is_new, parts.last_mut()) {
            (Some(log), _) => {
                parts.push(Part { log, bytes: at..end, first_line: number, keyed });
            }
            (None, Some(part)) => {
                part.bytes.end = end;
                part.keyed = match (part.keyed, keyed) {
                    (Some(one), Some(other)) => Some(one.and(other)),
                    (one, other) => one.or(other),
                };
            }
            (None, None) => {}
        }
        // Checked as they are found: the memory for them is the reason for the limit.
        if parts.len() > MOST {
            return Err(Hindrance::TooManyRuns);
        }
        at = end;
    }
    Ok(parts)
}

/// What a line of the text is.
enum Line<'a> {
    Blank,
    /// Not one that ripsaw wrote, or longer than the limit.
    NoRow,
    Row(Box<Row<'a>>),
}

/// What a line is, with its columns if it has keys, which are put `apart`. `is_first`: a byte order mark may precede it.
fn told<'a>(
    line: &'a [u8],
    apart: &'a mut String,
    is_first: bool,
    max_line: usize,
) -> (Line<'a>, Option<ColumnSet>) {
    let line = line.strip_prefix(BYTE_ORDER_MARK).filter(|_| is_first).unwrap_or(line);
    if is_blank(line) {
        return (Line::Blank, None);
    }
    let text = std::str::from_utf8(line).ok().filter(|text| text.len() <= max_line);
    match text.and_then(|line| Row::parse(line, apart).ok()) {
        Some((row, keyed)) => (Line::Row(Box::new(row)), keyed),
        None => (Line::NoRow, None),
    }
}

/// The lines of a text. Of a line that is too long, only as much is held as shows that.
struct Lines<R> {
    reader: R,
    max_line: usize,
}

impl<R: BufRead> Lines<R> {
    /// Puts the next line into `line`, without its newline, and returns its length with it; `None` at the
    /// end. A line that is too long is cut to one byte more than the limit.
    fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Option<u64>> {
        line.clear();
        let mut length = 0;
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            if buffer.is_empty() {
                return Ok((length > 0).then_some(length));
            }
            let newline = memchr(b'\n', buffer);
            let text = &buffer[..newline.unwrap_or(buffer.len())];
            let room = (self.max_line + 1).saturating_sub(line.len());
            line.extend_from_slice(&text[..text.len().min(room)]);
            let read = newline.map_or(buffer.len(), |newline| newline + 1);
            length += read as u64;
            self.reader.consume(read);
            if newline.is_some() {
                return Ok(Some(length));
            }
        }
    }
}
