//! Harness NextGen: NDJSON with the keys `level`, `pos`, `out`, `time`, `args`, as the log service
//! and the lite-engine write them (Go's `encoding/json`, one record a line).

use memchr::memchr_iter;

use crate::batch::LinesBuilder;
use crate::json::{Keys, Parser};
use crate::record::Record;
use crate::source::{Ending, Piece};

/// The name of the format.
pub const NAME: &str = "harness";

/// The five keys of a record.
pub const KEYS: Keys =
    Keys { level: "level", pos: "pos", message: "out", time: "time", args: "args" };

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Bytes kept of a line that is longer than the limit.
const KEPT: usize = 4 << 10;

/// Decodes pieces of text into rows.
pub struct Decoder {
    parser: Parser,
    max_line: usize,
}

impl Decoder {
    /// A decoder that takes lines of up to `max_line` bytes.
    pub fn new(max_line: usize) -> Self {
        Self { parser: Parser::new(KEYS), max_line }
    }

    /// Adds a row for every non-blank line of a piece, and one more where the entry fails.
    pub fn decode(&mut self, piece: &Piece, text: &[u8], rows: &mut LinesBuilder) {
        let bytes = piece.bytes(text);
        rows.begin(piece.entry, bytes as usize);
        let mut place = Place { line: piece.first_line, offset: piece.offset };
        let mut rest = text;
        if place.offset == 0 && rest.starts_with(BYTE_ORDER_MARK) {
            rest = &rest[BYTE_ORDER_MARK.len()..];
            place.offset += BYTE_ORDER_MARK.len() as u64;
        }
        if let Some(length) = piece.cut {
            let length = length - (text.len() - rest.len()) as u64;
            let head = Some(&rest[..rest.len().min(KEPT)]);
            rows.push_malformed(place.line, place.offset, head, self.too_long(length));
            place = Place { line: place.line + 1, offset: piece.offset + bytes };
            return finish(piece, place, None, rows);
        }
        let partial = matches!(piece.ending, Ending::Failed { partial: true, .. });
        // Looked at as a whole, text is told from other bytes at a fraction of the cost.
        let text = simdutf8::basic::from_utf8(rest).ok();
        let ends = memchr_iter(b'\n', rest).chain((!rest.ends_with(b"\n")).then_some(rest.len()));
        let mut start = 0;
        for end in ends.take_while(|_| !rest.is_empty()) {
            let at = Place { offset: place.offset + start as u64, ..place };
            let line = &rest[start..end];
            if partial && end == rest.len() {
                return finish(piece, at, Some(line), rows);
            }
            self.decode_line(line, text.and_then(|text| text.get(start..end)), at, rows);
            place.line += 1;
            start = end + 1;
        }
        place.offset = piece.offset + bytes;
        finish(piece, place, None, rows);
    }

    /// `text` is the line as text, where it is known to be that.
    fn decode_line(
        &mut self,
        line: &[u8],
        text: Option<&str>,
        place: Place,
        rows: &mut LinesBuilder,
    ) {
        if is_blank(line) {
            return;
        }
        if line.len() > self.max_line {
            let head = Some(&line[..line.len().min(KEPT)]);
            let reason = self.too_long(line.len() as u64);
            return rows.push_malformed(place.line, place.offset, head, reason);
        }
        let take = |record: &Record<'_>| rows.push(place.line, record);
        let parsed = match text {
            Some(text) => self.parser.parse_text(text, take),
            None => self.parser.parse(line, take),
        };
        if let Err(reason) = parsed {
            rows.push_malformed(place.line, place.offset, Some(line), reason);
        }
    }

    fn too_long(&self, length: u64) -> String {
        format!("the line has {length} bytes, the limit is {}", self.max_line)
    }
}

#[derive(Clone, Copy)]
struct Place {
    line: i64,
    offset: u64,
}

/// An entry that cannot be read further ends with an error row: the reason, and the unfinished line.
fn finish(piece: &Piece, place: Place, tail: Option<&[u8]>, rows: &mut LinesBuilder) {
    if let Ending::Failed { reason, .. } = &piece.ending {
        rows.fail(reason);
        let reason = format!("the entry cannot be read further: {reason}");
        rows.push_malformed(place.line, place.offset, tail, reason);
    }
}

/// Spaces and tabs only, and what a newline leaves of `\r\n`.
fn is_blank(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}
