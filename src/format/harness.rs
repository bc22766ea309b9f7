//! Harness NextGen: NDJSON with the keys `level`, `pos`, `out`, `time`, `args`, as the log service and the
//! lite-engine write them (Go's `encoding/json`, one record per line).
//!
//! ```text
//! {"level":"info","pos":7,"out":"Cloning into 'src'\n","time":"2026-03-09T10:00:00.5Z","args":null}
//! ```
//!
//! The hot path: runs of lines written as usual go through the fast parser, the other ones one by one
//! through the careful one, which also teaches the fast parser their order of keys.

use memchr::{memchr, memmem};

use super::lines::{self, Place, Valid, finish, is_blank};
use super::wanted::{Run, each_run, wanted_lines};
use super::{Decode, Format, Sample, Settings};
use crate::identity::{self, Identity};
use crate::json::{FastParser, Keys, Parser, Task};
use crate::query::{Wanted, Writing};
use crate::record::Record;
use crate::simd::Simd;
use crate::source::{Ending, Newlines, Piece};
use crate::table::{LinesBuilder, MessageAnsi, Origin};

/// Harness NextGen logs. The first format: a path of one of its layouts decides before any content.
pub(super) static FORMAT: Format = Format {
    name: "harness",
    title: "Harness NextGen step logs (NDJSON)",
    detected_by: "a path of a Harness layout, or lines with out and level, time, pos or args",
    columns: &[
        ("account ... unit", "the path"),
        ("timestamp, zone", "time"),
        ("level", "level"),
        ("pos", "pos"),
        ("message", "out"),
        ("args", "args"),
    ],
    origin: &ORIGIN,
    recognise,
    identify: identity::identify_in,
    survey: None,
    stages: &[],
    framing: || Box::new(Newlines),
    decoder: |settings: &Settings| Box::new(HarnessDecoder::new(settings.max_line)),
};

/// The log service keeps 5 MiB of a build's log and 25 MB of other logs, and drops the oldest lines.
pub static ORIGIN: Origin = Origin {
    name: "harness",
    spans_lines: false,
    own_lines: true,
    size_limits: &[5 << 20, 25_000_000],
};

/// The reason for a file that is detected by its path alone.
pub(super) const BY_PATH: &str = "a path of a Harness layout";

/// By the path, as for files that are not opened, or by the first object's keys.
fn recognise(sample: &Sample<'_>) -> Option<String> {
    if identity::identify_in(sample.bundle, sample.path) != Identity::default() {
        return Some(BY_PATH.into());
    }
    let json = sample.json().filter(|json| !json.is_document() && is_record(&json.keys));
    json.map(|_| "lines with the keys of a Harness record".into())
}

/// Whether an object with these keys is a record: `out` and at least one of the others.
pub(super) fn is_record(keys: &[String]) -> bool {
    let has = |key: &str| keys.iter().any(|own| own == key);
    has("out") && ["level", "time", "pos", "args"].into_iter().any(has)
}

/// Whether any line is a record, among other lines: the log of a writer that was interrupted.
pub(super) fn has_record(sample: &Sample<'_>) -> bool {
    // Most lines fail this test and need not be parsed.
    let may_be = |line: &&[u8]| line.starts_with(b"{") && memmem::find(line, b"\"out\"").is_some();
    let is_one = |line: &[u8]| Sample::keys_of_line(line).is_some_and(|keys| is_record(&keys));
    sample.lines().filter(may_be).any(is_one)
}

/// The keys of a record, by the columns that they fill.
pub const KEYS: Keys =
    Keys { level: "level", pos: "pos", message: "out", time: "time", args: "args" };

/// So many bytes of lines are decoded together rather than one by one.
const MANY: usize = 4 << 10;

/// Decodes pieces of NDJSON with Harness's keys into rows.
pub struct HarnessDecoder {
    /// For lines with keys in an order that it knows: the usual one, and those learned in this piece.
    fast: FastParser,
    /// For all other lines.
    parser: Parser,
    /// The longest line in bytes.
    max_line: usize,
}

impl HarnessDecoder {
    /// A decoder that takes lines of up to `max_line` bytes.
    pub fn new(max_line: usize) -> Self {
        Self::with(Simd::detect(), max_line)
    }

    /// As [`new`](Self::new), with chosen vector instructions, for tests and measurements.
    pub fn with(simd: Simd, max_line: usize) -> Self {
        Self { fast: FastParser::new(KEYS, simd), parser: Parser::new(KEYS), max_line }
    }

    /// Adds a row for every non-blank line of a piece, and an error row if the entry cannot be read further.
    pub fn decode(&mut self, piece: &Piece, text: &[u8], rows: &mut LinesBuilder) {
        let bytes = piece.bytes(text);
        rows.begin(piece.entry, bytes as usize, &ORIGIN);
        // Which lines are taken must not depend on the pieces that this thread decoded before.
        self.fast.begin();
        let (rest, place) = match lines::begin(piece, text, self.max_line, rows) {
            Ok(begun) => begun,
            Err(end) => return finish(piece, end, None, rows),
        };
        let partial = matches!(piece.ending, Ending::Failed { partial: true, .. });
        let (end, head) = self.decode_lines(rest, place, partial, rows);
        // The end of the piece, where a failure to read on is reported.
        let end = if head.is_some() { end } else { Place { offset: piece.offset + bytes, ..end } };
        finish(piece, end, head, rows);
    }

    /// Adds the rows of lines; returns where it ended, and with `partial` the head of a line at the end, which is
    /// not decoded.
    fn decode_lines<'a>(
        &mut self,
        rest: &'a [u8],
        mut place: Place,
        partial: bool,
        rows: &mut LinesBuilder,
    ) -> (Place, Option<&'a [u8]>) {
        let mut start = 0;
        let mut text = Valid::of(rest, start, false);
        while start < rest.len() {
            // As many lines as the fast parser takes; it stops in front of the first that it does not.
            let (bytes, lines) = self.take_lines(text.from(start), place.line, rows);
            start += bytes;
            place.line += lines;
            if start == rest.len() {
                break;
            }
            // The window is used up, and no bad byte follows: take the next one.
            if start == text.end() && !text.is_cut {
                text = Valid::of(rest, start, false);
                continue;
            }
            let end = memchr(b'\n', &rest[start..]).map_or(rest.len(), |length| start + length);
            let at = Place { offset: place.offset + start as u64, ..place };
            // The rest of this line could not be read: it is not a record yet.
            if partial && end == rest.len() {
                return (at, Some(&rest[start..]));
            }
            self.decode_line(&rest[start..end], text.line(start, end), at, rows);
            place.line += 1;
            start = end + 1;
            // The careful way has left the window: by its last line, or by one with a bad byte.
            if start >= text.end() && start < rest.len() {
                text = Valid::of(rest, start, text.is_cut);
            }
        }
        (place, None)
    }

    /// As [`decode`](Self::decode), but only lines that may have what is wanted. A piece that is the head of a
    /// line, or ends where the entry cannot be read further, is decoded whole for its error row.
    fn decode_some(
        &mut self,
        piece: &Piece,
        text: &[u8],
        wanted: Wanted<'_>,
        rows: &mut LinesBuilder,
    ) {
        let Some(next) = wanted_lines(piece, text, (wanted, Writing::Json)) else {
            return self.decode(piece, text, rows);
        };
        rows.begin(piece.entry, piece.bytes(text) as usize, &ORIGIN);
        self.fast.begin();
        each_run(piece, text, next, |Run { text, mut place, .. }| {
            if text.len() >= MANY {
                self.decode_lines(text, place, false, rows);
                return;
            }
            let mut start = 0;
            while start < text.len() {
                let end = memchr(b'\n', &text[start..]).map_or(text.len(), |length| start + length);
                let line = &text[start..end];
                let valid = std::str::from_utf8(line).ok();
                self.decode_line(line, valid.map(|line| (line, true)), place, rows);
                place.line += 1;
                place.offset += line.len() as u64 + 1;
                start = end + 1;
            }
        });
    }

    /// Lets the fast parser take lines from the front of a text; returns how many bytes and lines it took.
    fn take_lines(&mut self, text: &str, line: i64, rows: &mut LinesBuilder) -> (usize, i64) {
        let (columns, ansi) = rows.columns();
        let strip = ansi == MessageAnsi::Strip;
        self.fast.take(text, line, Task { strip, max_line: self.max_line }, columns)
    }

    /// Lets the fast parser try a line so near the end of its text that it has to be copied; whether it did.
    fn take_last(&mut self, text: &str, line: i64, rows: &mut LinesBuilder) -> bool {
        let (columns, ansi) = rows.columns();
        let strip = ansi == MessageAnsi::Strip;
        self.fast.take_last(text, line, Task { strip, max_line: self.max_line }, columns)
    }

    /// Decodes a line that the fast parser has not taken. `text` is the line if it is known to be UTF-8, and
    /// whether it is at the end of its window, which may have been the only reason not to take it.
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
            return lines::refuse_length(line, line.len() as u64, self.max_line, place, rows);
        }
        match self
            .parser
            .parse(line, |record: &Record<'_>| rows.push_record(place.line, record, line))
        {
            // The lines after it are probably written like it.
            Ok(()) => self.fast.learn(line),
            Err(reason) => rows.push_malformed(place.line, place.offset, Some(line), reason),
        }
    }
}

impl Decode for HarnessDecoder {
    fn decode(&mut self, piece: &Piece, text: &[u8], wanted: Wanted<'_>, rows: &mut LinesBuilder) {
        // Without a literal all lines are decoded nearly as fast as they are looked at.
        match wanted.needles.is_some() {
            true => self.decode_some(piece, text, wanted, rows),
            false => Self::decode(self, piece, text, rows),
        }
    }
}
