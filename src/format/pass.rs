//! A pass over the lines of a text before its rows are read: some formats must know all of a text to say what its
//! lines are of.

use std::io::{self, BufRead, BufReader, Read};

use memchr::memchr;

use crate::source::{Catalog, FormatId, StoredText};

/// Bytes of a log in which its header is.
const HEAD: usize = 4096;

/// Notes for each entry of a format when it was begun, as `begun` finds it in the first 4 KiB.
pub(super) fn find_beginnings(
    catalog: &mut Catalog,
    own: FormatId,
    begun: impl Fn(&str) -> Option<i64>,
) {
    for entry in 0..catalog.entries.len() {
        if catalog.entries[entry].format == Some(own) {
            let head = catalog.head(entry, HEAD);
            catalog.entries[entry].reference.begun = begun(&String::from_utf8_lossy(&head));
        }
    }
}

/// Bytes read at a time.
const BUFFER: usize = 256 << 10;

/// The lines of a text. Of a line that is too long, only as much is held as shows that.
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    max_line: usize,
}

/// All of a text.
pub(super) fn lines_of(text: &StoredText, max_line: usize) -> Lines<impl Read + use<>> {
    Lines { reader: BufReader::with_capacity(BUFFER, text.read()), max_line }
}

impl<R: Read> Lines<R> {
    /// Puts the next line into `line`, without its newline, and returns its length with it; `None` at the
    /// end. A line that is too long is cut to one byte more than the limit.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Option<u64>> {
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
