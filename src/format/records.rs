//! Records of CSV: fields between separators, perhaps in quotes, where they may have newlines.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};
use memchr::{memchr, memrchr};

use super::lines::is_blank;
use crate::source::{BYTE_ORDER_MARK, Framing};

/// Cuts after records. The context is the header, which every piece needs.
pub(super) struct Records {
    separator: u8,
    /// With its newline; empty before it has come.
    header: Vec<u8>,
}

impl Records {
    pub(super) fn new(separator: u8) -> Self {
        Self { separator, header: Vec::new() }
    }
}

impl Framing for Records {
    fn cut(&mut self, text: &[u8], _: bool) -> Option<usize> {
        // Without quotes, every newline ends a record.
        if !self.header.is_empty() && memchr(b'"', text).is_none() {
            return memrchr(b'\n', text).map(|newline| newline + 1);
        }
        let (mut reader, mut room) = (reader(self.separator), Room::default());
        let mut end = 0;
        // Up to the last complete record. A newline in quotes does not end one, so newlines alone are not enough.
        while let Some(length) = room.read(&mut reader, &text[end..], true) {
            if self.header.is_empty() && room.is_record(&text[end..end + length]) {
                self.header = text[end..end + length].to_vec();
            }
            end += length;
        }
        (end > 0).then_some(end)
    }

    fn context(&self) -> Vec<u8> {
        self.header.clone()
    }
}

/// A record without its line end, `\n` or `\r\n`.
pub(super) fn trimmed(record: &[u8]) -> &[u8] {
    let line = record.strip_suffix(b"\n");
    line.map_or(record, |line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// A reader of records that end in `\n`; a lone `\r` is part of a text.
pub(super) fn reader(separator: u8) -> Reader {
    ReaderBuilder::new().delimiter(separator).terminator(Terminator::Any(b'\n')).build()
}

/// The fields of the first record; `None` if there is none.
pub(super) fn fields_of(text: &[u8], separator: u8) -> Option<Vec<String>> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut room = Room::default();
    room.read(&mut reader(separator), text, false)?;
    (room.fields > 0).then(|| room.texts().map(|text| text.into_owned()).collect())
}

/// The fields of the record read last, in buffers that grow to the longest record.
#[derive(Default)]
pub(super) struct Room {
    /// The texts of the fields, unquoted, one after the other.
    bytes: Vec<u8>,
    /// Where each field ends in `bytes`.
    ends: Vec<usize>,
    /// How many fields the record has; `ends` may be longer.
    fields: usize,
}

impl Room {
    /// Reads the next record and returns its length with the newline. `None` at the end of the text; also if
    /// the record is incomplete and `more` of the text is to come.
    pub(super) fn read(&mut self, reader: &mut Reader, text: &[u8], more: bool) -> Option<usize> {
        let (mut read, mut written, mut ends) = (0, 0, 0);
        // The text begins where a record does, whatever the reader saw before.
        reader.reset();
        self.bytes.resize(self.bytes.len().max(4 << 10), 0);
        self.ends.resize(self.ends.len().max(16), 0);
        loop {
            let (result, input, output, fields) = reader.read_record(
                &text[read..],
                &mut self.bytes[written..],
                &mut self.ends[ends..],
            );
            read += input;
            written += output;
            ends += fields;
            self.fields = ends;
            match result {
                ReadRecordResult::InputEmpty if more => return None,
                // The next call has no input, which ends the record.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    self.cut_line_end(&text[..read]);
                    return Some(read);
                }
                ReadRecordResult::End => return (read > 0).then_some(read),
            }
        }
    }

    /// Removes the `\r` of `\r\n` from the last field, where the reader leaves it.
    fn cut_line_end(&mut self, record: &[u8]) {
        if let Some(end) = self.fields.checked_sub(1).and_then(|last| self.ends.get_mut(last))
            && record.ends_with(b"\r\n")
            && self.bytes[..*end].last() == Some(&b'\r')
        {
            *end -= 1;
        }
    }

    /// Whether what was read last is a record, rather than blank lines; `text`: of it.
    pub(super) fn is_record(&self, text: &[u8]) -> bool {
        let start = text.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.fields > 0 && !is_blank(trimmed(&text[start..]))
    }

    /// How many fields the record has.
    pub(super) fn fields(&self) -> usize {
        self.fields
    }

    /// A field's text.
    pub(super) fn field(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[at]]
    }

    /// The fields as text, invalid bytes replaced.
    pub(super) fn texts(&self) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ranges = starts.zip(&self.ends).take(self.fields);
        ranges.map(|(start, &end)| String::from_utf8_lossy(&self.bytes[start..end]))
    }
}
