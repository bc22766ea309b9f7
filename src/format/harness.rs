//! Harness NextGen: NDJSON with the keys `level`, `pos`, `out`, `time`, `args`, as the log service
//! and the lite-engine write them (Go's `encoding/json`, one record a line).

use memchr::{memchr, memchr_iter, memrchr};

use crate::batch::{LinesBuilder, MessageAnsi};
use crate::json::{FastParser, Keys, Parser, Simd, Task};
use crate::query::{Line, Needles};
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
    fast: FastParser,
    parser: Parser,
    max_line: usize,
}

impl Decoder {
    /// A decoder that takes lines of up to `max_line` bytes.
    pub fn new(max_line: usize) -> Self {
        let fastest = Simd::available().first().copied();
        Self::with(fastest.unwrap_or(Simd::Portable), max_line)
    }

    /// As [`new`](Self::new), with vector instructions of one's own choice from
    /// [`Simd::available`]; what the processor lacks is replaced by what it has.
    pub fn with(simd: Simd, max_line: usize) -> Self {
        Self { fast: FastParser::new(KEYS, simd), parser: Parser::new(KEYS), max_line }
    }

    /// Adds a row for every non-blank line of a piece, and one more where the entry fails.
    pub fn decode(&mut self, piece: &Piece, text: &[u8], rows: &mut LinesBuilder) {
        let bytes = piece.bytes(text);
        rows.begin(piece.entry, bytes as usize);
        self.fast.begin();
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
        let mut start = 0;
        let mut text = Valid::of(rest, start, false);
        while start < rest.len() {
            let (bytes, lines) = self.take_lines(text.from(start), place.line, rows);
            start += bytes;
            place.line += lines;
            if start == rest.len() {
                break;
            }
            if start == text.end() && !text.is_cut {
                text = Valid::of(rest, start, false);
                continue;
            }
            let end = memchr(b'\n', &rest[start..]).map_or(rest.len(), |length| start + length);
            let at = Place { offset: place.offset + start as u64, ..place };
            if partial && end == rest.len() {
                return finish(piece, at, Some(&rest[start..]), rows);
            }
            self.decode_line(&rest[start..end], text.line(start, end), at, rows);
            place.line += 1;
            start = end + 1;
            if start >= text.end() && start < rest.len() {
                text = Valid::of(rest, start, text.is_cut);
            }
        }
        place.offset = piece.offset + bytes;
        finish(piece, place, None, rows);
    }

    /// As [`decode`](Self::decode), but only lines that may hold what is looked for.
    pub(crate) fn decode_some(
        &mut self,
        piece: &Piece,
        text: &[u8],
        needles: &Needles,
        rows: &mut LinesBuilder,
    ) {
        if piece.cut.is_some() || matches!(piece.ending, Ending::Failed { .. }) {
            return self.decode(piece, text, rows);
        }
        rows.begin(piece.entry, piece.bytes(text) as usize);
        self.fast.begin();
        let is_marked = piece.offset == 0 && text.starts_with(BYTE_ORDER_MARK);
        let mut start = if is_marked { BYTE_ORDER_MARK.len() } else { 0 };
        let mut place = Place { line: piece.first_line, offset: piece.offset + start as u64 };
        let mut places = needles.begin(text);
        let mut counted = 0;
        while let Some(Line { start: from, end }) = needles.next_line(text, start, &mut places) {
            place.line += memchr_iter(b'\n', &text[counted..from]).count() as i64;
            place.offset = piece.offset + from as u64;
            counted = from;
            let line = &text[from..end];
            let valid = std::str::from_utf8(line).ok();
            self.decode_line(line, valid.map(|line| (line, true)), place, rows);
            start = end + 1;
            if start >= text.len() {
                break;
            }
        }
    }

    fn take_lines(&mut self, text: &str, line: i64, rows: &mut LinesBuilder) -> (usize, i64) {
        let (columns, ansi) = rows.columns();
        let strip = ansi == MessageAnsi::Strip;
        self.fast.take(text, line, Task { strip, max_line: self.max_line }, columns)
    }

    fn take_last(&mut self, text: &str, line: i64, rows: &mut LinesBuilder) -> bool {
        let (columns, ansi) = rows.columns();
        let strip = ansi == MessageAnsi::Strip;
        self.fast.take_last(text, line, Task { strip, max_line: self.max_line }, columns)
    }

    /// Decodes a line that the fast way has left. `text` is the line as text, where it is known to
    /// be that, and whether it stands at the end of what is.
    fn decode_line(
        &mut self,
        line: &[u8],
        text: Option<(&str, bool)>,
        place: Place,
        rows: &mut LinesBuilder,
    ) {
        if is_blank(line) {
            return;
        }
        if let Some((text, true)) = text
            && self.take_last(text, place.line, rows)
        {
            return;
        }
        rows.count_missed(1);
        if line.len() > self.max_line {
            let head = Some(&line[..line.len().min(KEPT)]);
            let reason = self.too_long(line.len() as u64);
            return rows.push_malformed(place.line, place.offset, head, reason);
        }
        match self.parser.parse(line, |record: &Record<'_>| rows.push(place.line, record)) {
            Ok(()) => self.fast.learn(line),
            Err(reason) => rows.push_malformed(place.line, place.offset, Some(line), reason),
        }
    }

    fn too_long(&self, length: u64) -> String {
        format!("the line has {length} bytes, the limit is {}", self.max_line)
    }
}

/// Text that is looked at as a whole before its lines are: so long that a line seldom stands at its
/// end, so short that it is still in the cache when it is parsed.
const WINDOW: usize = 256 << 10;

/// The longest valid text from some place on, up to about a [`WINDOW`]: as a whole it is told from
/// other bytes at a fraction of the cost of looking at every line.
struct Valid<'a> {
    start: usize,
    text: &'a str,
    /// It ends before a byte that is no text.
    is_cut: bool,
}

impl<'a> Valid<'a> {
    /// From `start` on, where a line begins. `is_suspect`: there was a byte that is no text just
    /// before.
    fn of(bytes: &'a [u8], start: usize, is_suspect: bool) -> Self {
        let rest = &bytes[start..];
        let bytes = match memrchr(b'\n', &rest[..rest.len().min(WINDOW)]) {
            Some(newline) if rest.len() > WINDOW => &rest[..=newline],
            _ => {
                &rest[..memchr(b'\n', &rest[rest.len().min(WINDOW)..])
                    .map_or(rest.len(), |newline| WINDOW + newline + 1)]
            }
        };
        // The faster check runs to the end; the other stops at the first error.
        let whole = if is_suspect { None } else { simdutf8::basic::from_utf8(bytes).ok() };
        let text = whole.unwrap_or_else(|| valid_prefix(bytes));
        Self { start, text, is_cut: text.len() < bytes.len() }
    }

    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    fn from(&self, at: usize) -> &'a str {
        self.text.get(at - self.start..).unwrap_or_default()
    }

    /// A line, if it is text, and whether it stands so near the end that the fast way cannot tell.
    fn line(&self, start: usize, end: usize) -> Option<(&'a str, bool)> {
        let line = self.text.get(start - self.start..end - self.start)?;
        Some((line, self.end() - end <= FastParser::MARGIN))
    }
}

fn valid_prefix(bytes: &[u8]) -> &str {
    use simdutf8::compat::from_utf8;
    let valid = from_utf8(bytes).or_else(|error| from_utf8(&bytes[..error.valid_up_to()]));
    valid.unwrap_or_default()
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
