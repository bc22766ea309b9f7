//! Harness NextGen: NDJSON with the keys `level`, `pos`, `out`, `time`, `args`, as the log service
//! and the lite-engine write them (Go's `encoding/json`, one record a line).

use memchr::{memchr, memchr_iter, memmem};

use super::lines::{self, Place, Valid, finish, is_blank};
use super::{Decode, Format, Sample, Settings};
use crate::identity::{self, Identity};
use crate::json::{FastParser, Keys, Parser, Task};
use crate::query::{Line, Needles};
use crate::record::Record;
use crate::simd::Simd;
use crate::source::{BYTE_ORDER_MARK, Ending, Newlines, Piece};
use crate::table::{LinesBuilder, MessageAnsi, Origin};

/// Harness NextGen logs.
pub(super) static FORMAT: Format = Format {
    name: "harness",
    title: "Harness NextGen step logs (NDJSON)",
    told_by: "a path of a Harness layout, or lines with out and level, time, pos or args",
    columns: &[
        ("account ... unit", "the path"),
        ("timestamp, zone", "time"),
        ("level", "level"),
        ("pos", "pos"),
        ("message", "out"),
        ("args", "args"),
    ],
    recognise,
    identify: identity::identify_in,
    survey: None,
    stages: &[],
    framing: || Box::new(Newlines),
    decoder: |settings: &Settings| Box::new(HarnessDecoder::new(settings.max_line)),
};

/// The log service keeps 5 MiB of a build's log and 25 MB of others, and drops the oldest lines.
pub static ORIGIN: Origin = Origin {
    name: "harness",
    spans_lines: false,
    own_lines: true,
    size_limits: &[5 << 20, 25_000_000],
};

/// What tells of a file whose content is not looked at.
pub(super) const BY_PATH: &str = "a path of a Harness layout";

fn recognise(sample: &Sample<'_>) -> Option<String> {
    if identity::identify_in(sample.bundle, sample.path) != Identity::default() {
        return Some(BY_PATH.into());
    }
    let json = sample.json().filter(|json| !json.is_document() && is_record(&json.keys));
    json.map(|_| "lines with the keys of a Harness record".into())
}

/// Whether an object with these keys is a record.
pub(super) fn is_record(keys: &[String]) -> bool {
    let has = |key: &str| keys.iter().any(|own| own == key);
    has("out") && ["level", "time", "pos", "args"].into_iter().any(has)
}

/// Whether there is a record among lines that are none: of a log whose writer was interrupted.
pub(super) fn has_record(sample: &Sample<'_>) -> bool {
    let may_be = |line: &&[u8]| line.starts_with(b"{") && memmem::find(line, b"\"out\"").is_some();
    let is_one = |line: &[u8]| Sample::keys_of_line(line).is_some_and(|keys| is_record(&keys));
    sample.lines().filter(may_be).any(is_one)
}

/// The five keys of a record.
pub const KEYS: Keys =
    Keys { level: "level", pos: "pos", message: "out", time: "time", args: "args" };

/// Decodes pieces of text into rows.
pub struct HarnessDecoder {
    fast: FastParser,
    parser: Parser,
    max_line: usize,
}

impl HarnessDecoder {
    /// A decoder that takes lines of up to `max_line` bytes.
    pub fn new(max_line: usize) -> Self {
        Self::with(Simd::detect(), max_line)
    }

    /// As [`new`](Self::new), with vector instructions of one's own choice.
    pub fn with(simd: Simd, max_line: usize) -> Self {
        Self { fast: FastParser::new(KEYS, simd), parser: Parser::new(KEYS), max_line }
    }

    /// Adds a row for every non-blank line of a piece, and one more where the entry fails.
    pub fn decode(&mut self, piece: &Piece, text: &[u8], rows: &mut LinesBuilder) {
        let bytes = piece.bytes(text);
        rows.begin(piece.entry, bytes as usize, &ORIGIN);
        self.fast.begin();
        let (rest, mut place) = match lines::begin(piece, text, self.max_line, rows) {
            Ok(begun) => begun,
            Err(end) => return finish(piece, end, None, rows),
        };
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
    fn decode_some(
        &mut self,
        piece: &Piece,
        text: &[u8],
        needles: &Needles,
        rows: &mut LinesBuilder,
    ) {
        if piece.cut.is_some() || matches!(piece.ending, Ending::Failed { .. }) {
            return self.decode(piece, text, rows);
        }
        rows.begin(piece.entry, piece.bytes(text) as usize, &ORIGIN);
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
            return lines::refuse_length(line, line.len() as u64, self.max_line, place, rows);
        }
        match self
            .parser
            .parse(line, |record: &Record<'_>| rows.push_record(place.line, record, line))
        {
            Ok(()) => self.fast.learn(line),
            Err(reason) => rows.push_malformed(place.line, place.offset, Some(line), reason),
        }
    }
}

impl Decode for HarnessDecoder {
    fn decode(
        &mut self,
        piece: &Piece,
        text: &[u8],
        wanted: Option<&Needles>,
        rows: &mut LinesBuilder,
    ) {
        match wanted {
            Some(needles) => self.decode_some(piece, text, needles, rows),
            None => Self::decode(self, piece, text, rows),
        }
    }
}
