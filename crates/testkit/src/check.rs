//! Text decoded in every way it may come, each row and count compared with the oracle's.

use std::fs::File;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use ripsaw::format::harness::{self, HarnessDecoder};
use ripsaw::scan::{Scan, ScanOptions};
use ripsaw::simd::Simd;
use ripsaw::source::{Catalog, Ending, Feed, FormatId, Piece, Portion};
use ripsaw::table::{
    Dictionaries, Lines, LinesBuilder, Malformed, MessageAnsi, Tally, expand, lines_schema,
};
use serde_json::Value;

use crate::cells::Cells;
use crate::oracle::{self, Row};

/// How a text comes to the decoder.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// Bytes before the text in its allocation: 0 to 63 give it every alignment.
    pub before: usize,
    /// Whether something other than the allocation's end comes behind the text.
    pub behind: bool,
    /// The lines, counted from 0, before which the text is cut into pieces; ascending.
    pub cuts: Vec<usize>,
    /// The entry is damaged behind the text.
    pub fails: bool,
    /// Escape sequences stay.
    pub keep_ansi: bool,
    /// A decoder that refuses longer lines than [`SHORT`].
    pub short: bool,
}

/// The least limit for lines.
const SHORT: usize = 300;

/// Bytes kept of a line above the limit.
const KEPT: usize = 4 << 10;

/// Decoders and what they need, used again from text to text as in a conversion.
pub struct Check {
    dictionaries: Dictionaries,
    pieces: Pieces,
    /// By vector instructions, with the usual limit for lines and with [`SHORT`].
    decoders: Vec<[HarnessDecoder; 2]>,
    /// Which decoders are next: all get their share.
    turn: usize,
    /// Lines that were decoded, and of these the ones that the fast way did not take.
    pub lines: i64,
    pub missed: i64,
    builders: [LinesBuilder; 2],
}

/// Pieces of real entries. The decoder takes a piece's text apart from it, so these serve for any.
struct Pieces {
    /// A whole entry.
    first: Portion,
    /// From within an entry, more to come.
    later: Portion,
    /// An entry that ends in damage.
    damaged: Portion,
}

/// A line of text and what ought to become of it.
struct Line<'a> {
    raw: &'a [u8],
    row: Option<Row>,
    /// How the text of its error begins.
    reason: String,
}

impl Default for Check {
    fn default() -> Self {
        Self::new()
    }
}

impl Check {
    pub fn new() -> Self {
        let (catalog, pieces) = Pieces::new();
        Self {
            dictionaries: Dictionaries::new(&catalog),
            pieces,
            decoders: Simd::available()
                .into_iter()
                .map(|simd| [64 << 20, SHORT].map(|max_line| HarnessDecoder::with(simd, max_line)))
                .collect(),
            turn: 0,
            lines: 0,
            missed: 0,
            builders: [MessageAnsi::Strip, MessageAnsi::Keep]
                .map(|ansi| LinesBuilder::new(ansi, true)),
        }
    }

    /// Decodes the text in the ways given; says what is not as it ought to be, a panic included.
    pub fn difference(&mut self, text: &[u8], ways: &[Way]) -> Option<String> {
        let lines = lines(text, 64 << 20);
        for way in ways {
            let short = way.short.then(|| self::lines(text, SHORT));
            let lines = short.as_ref().unwrap_or(&lines);
            let checked = catch_unwind(AssertUnwindSafe(|| self.one_way(text, lines, way)));
            let said = match checked {
                Ok(Ok(())) => continue,
                Ok(Err(said)) => said,
                Err(_) => "a panic".to_owned(),
            };
            return Some(format!("{said}\n  (decoded {way:?})"));
        }
        None
    }

    fn one_way(&mut self, text: &[u8], lines: &[Line<'_>], way: &Way) -> Result<(), String> {
        let memory = allocation(text, way);
        let text = &memory[way.before..way.before + text.len()];
        let turn = self.turn % self.decoders.len();
        self.turn += 1;
        let (decoder, builder) = (
            &mut self.decoders[turn][usize::from(way.short)],
            &mut self.builders[usize::from(way.keep_ansi)],
        );
        let mut parts = Vec::new();
        let (mut start, mut first) = (0, 0);
        let ends = way.cuts.iter().map(|&cut| cut.min(lines.len())).chain([lines.len()]);
        for end in ends {
            let bytes: usize = lines[first..end].iter().map(|line| line.raw.len() + 1).sum();
            let bytes = bytes.min(text.len() - start);
            let piece = self.pieces.of_part(start == 0, end == lines.len(), way);
            parts.push((piece, first..end, start..start + bytes));
            (start, first) = (start + bytes, end);
        }
        for (piece, _, range) in &parts {
            decoder.decode(piece, &text[range.clone()], builder);
        }
        let Lines { batch, tallies, malformed, .. } = builder.finish(&self.dictionaries);
        let batch = expand(&batch, &lines_schema()).expect("the columns of the table");
        let cells = Cells::new(&batch);
        let mut seen = Seen { cells, row: 0, malformed: malformed.into_iter() };
        for (number, (piece, lines_of_part, range)) in parts.into_iter().enumerate() {
            let (text, lines) = (&text[range], &lines[lines_of_part]);
            let tally = seen.part(piece, text, lines, way)?;
            let Some((entry, counted)) = tallies.get(number) else {
                return Err(format!("part {number} was not counted"));
            };
            self.lines += counted.lines;
            self.missed += counted.missed;
            let counted = Tally { missed: 0, ..counted.clone() };
            if (*entry, &counted) != (piece.entry, &tally) {
                return Err(format!("counted {counted:?} and not {tally:?}"));
            }
        }
        match (seen.row == seen.cells.rows, seen.malformed.next()) {
            (true, None) => Ok(()),
            (false, _) => Err(format!("{} rows in place of {}", seen.cells.rows, seen.row)),
            (true, Some(line)) => Err(format!("one more malformed line: {line:?}")),
        }
    }
}

/// The text in an allocation that ends with it, unless more is to be behind.
fn allocation(text: &[u8], way: &Way) -> Box<[u8]> {
    // What is around the text would do harm if it were taken for text.
    const AROUND: &[u8] = b"\\\"\xff{\n\"out\":\"}\n";
    let around = || AROUND.iter().copied().cycle();
    let mut memory = Vec::with_capacity(way.before + text.len() + 64);
    memory.extend(around().take(way.before));
    memory.extend_from_slice(text);
    if way.behind {
        memory.extend(around().skip(way.before % AROUND.len()).take(64));
    }
    memory.into_boxed_slice()
}

impl Pieces {
    fn new() -> (Arc<Catalog>, Self) {
        let folder = tempfile::tempdir().unwrap();
        let newlines = packed(&vec![b'\n'; 9 << 20]);
        let files = [
            ("first.log", b"{}\n".to_vec()),
            ("later.log", newlines),
            ("damaged.log", packed(b"{}\n{}")[..12].to_vec()),
        ];
        let files = files.map(|(name, bytes)| {
            let path = folder.path().join(name);
            File::create(&path).unwrap().write_all(&bytes).unwrap();
            path
        });
        let format = FormatId::named("harness");
        let options = ScanOptions { format, ..ScanOptions::default() };
        let scan = Scan::open_with(&files, options).unwrap();
        let catalog = Arc::clone(scan.catalog());
        let filled = |entry: usize, times: usize| {
            let mut feed = Feed::new(Arc::clone(&catalog), Arc::default(), entry..entry + 1);
            let mut portion = Portion::new();
            (0..times).for_each(|_| feed.fill(&mut portion));
            portion
        };
        let pieces = Self { first: filled(0, 1), later: filled(1, 2), damaged: filled(2, 1) };
        let [first, later, damaged] =
            [&pieces.first, &pieces.later, &pieces.damaged].map(|portion| &portion.pieces()[0]);
        assert!(first.first_line == 1 && first.offset == 0 && first.ending == Ending::Whole);
        assert!(later.first_line > 1 && later.offset > 1 && later.ending == Ending::More);
        assert!(matches!(damaged.ending, Ending::Failed { partial: true, .. }));
        (catalog, pieces)
    }

    fn of_part(&self, first: bool, last: bool, way: &Way) -> &Piece {
        let portion = match (first, last) {
            (_, true) if way.fails => &self.damaged,
            (true, _) => &self.first,
            (false, _) => &self.later,
        };
        &portion.pieces()[0]
    }
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

/// What of a batch has been compared.
struct Seen {
    cells: Cells,
    row: usize,
    malformed: std::vec::IntoIter<Malformed>,
}

const MARK: &[u8] = b"\xef\xbb\xbf";

impl Seen {
    /// Compares the rows of one piece; returns what ought to be counted of it.
    fn part(
        &mut self,
        piece: &Piece,
        text: &[u8],
        lines: &[Line<'_>],
        way: &Way,
    ) -> Result<Tally, String> {
        let mut tally = Tally { inflated_bytes: text.len() as i64, ..Tally::of(&harness::ORIGIN) };
        let (mut number, mut offset) = (piece.first_line, piece.offset);
        let mut lines = lines.iter().peekable();
        while let Some(line) = lines.next() {
            let cut_off = way.fails && !text.ends_with(b"\n") && lines.peek().is_none();
            let marked = offset == 0 && line.raw.starts_with(MARK);
            if !cut_off {
                let limit = if way.short { SHORT } else { 64 << 20 };
                let behind_mark = marked.then(|| judged(&line.raw[MARK.len()..], limit));
                let at = offset + if marked { MARK.len() as u64 } else { 0 };
                let line = behind_mark.as_ref().unwrap_or(line);
                self.line(line, (piece.entry, number, at), way, &mut tally)?;
            } else {
                let skipped = if marked { MARK.len() } else { 0 };
                let (raw, at) = (&line.raw[skipped..], offset + skipped as u64);
                let raw = (!raw.is_empty()).then_some(raw);
                return self.failure(piece, (number, at), raw, tally);
            }
            offset += line.raw.len() as u64 + 1;
            number += 1;
        }
        if piece.ending == Ending::Whole || piece.ending == Ending::More {
            return Ok(tally);
        }
        let offset = piece.offset + text.len() as u64;
        self.failure(piece, (number, offset), None, tally)
    }

    fn line(
        &mut self,
        line: &Line<'_>,
        place: (usize, i64, u64),
        way: &Way,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let Some(row) = &line.row else { return Ok(()) };
        let message = if way.keep_ansi { unstripped(line.raw, row) } else { row.message.clone() };
        let row = Row { line: place.1, file: file(place.0), message, ..row.clone() };
        count(tally, &row);
        let too_long = line.reason.starts_with("the line has");
        let kept = if too_long { line.raw.len().min(KEPT) } else { line.raw.len() };
        self.row(row, place, &line.reason, Some(line.raw[..kept].to_vec()))
    }

    fn failure(
        &mut self,
        piece: &Piece,
        (line, offset): (i64, u64),
        raw: Option<&[u8]>,
        mut tally: Tally,
    ) -> Result<Tally, String> {
        let Ending::Failed { reason, .. } = &piece.ending else { unreachable!() };
        let text = format!("could not read the rest of the entry: {reason}");
        let mut row = oracle::row(b"no record", line, usize::MAX).unwrap();
        row.file = file(piece.entry);
        row.error = Some("could not read the rest of the entry: ");
        row.message = raw.map(|raw| {
            String::from_utf8_lossy(raw.strip_suffix(b"\r").unwrap_or(raw)).into_owned()
        });
        tally.failure = Some(reason.clone());
        count(&mut tally, &row);
        self.row(row, (piece.entry, line, offset), &text, raw.map(<[u8]>::to_vec))?;
        Ok(tally)
    }

    fn row(
        &mut self,
        row: Row,
        (entry, line, offset): (usize, i64, u64),
        reason: &str,
        raw: Option<Vec<u8>>,
    ) -> Result<(), String> {
        let here = |said: String| Err(format!("line {line}: {said}"));
        if self.row == self.cells.rows {
            return here("has no row".to_owned());
        }
        if let Some(said) = self.cells.difference(self.row, &row) {
            return here(said);
        }
        let error = self.cells.error(self.row).unwrap_or("");
        self.row += 1;
        if row.error.is_none() {
            return Ok(());
        }
        if !error.starts_with(reason) {
            return here(format!("error is {error:?} and does not begin with {reason:?}"));
        }
        let ends_entry = reason.starts_with("could not read the rest");
        let reason = error.to_owned();
        let ought =
            Some(Malformed { entry, line, offset, reason, raw, ends_entry, is_selected: true });
        let is = self.malformed.next();
        if is == ought { Ok(()) } else { here(format!("{is:?} ought to be {ought:?}")) }
    }
}

fn file(entry: usize) -> String {
    ["first.log", "later.log", "damaged.log"][entry].to_owned()
}

fn count(tally: &mut Tally, row: &Row) {
    const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    tally.lines += 1;
    if row.error.is_some() {
        tally.malformed += 1;
        return;
    }
    if let Some(time) = row.timestamp {
        tally.local_times |= row.zone.is_none();
        tally.first_timestamp = Some(tally.first_timestamp.unwrap_or(time).min(time));
        tally.last_timestamp = Some(tally.last_timestamp.unwrap_or(time).max(time));
    }
    if let Some(level) = &row.level {
        tally.levels[LEVELS.iter().position(|name| name == level).unwrap()] += 1;
    }
    tally.first_pos = tally.first_pos.or(row.pos);
    let is_cut = row.message.as_ref().is_some_and(|m| m.ends_with("... (log line truncated)"));
    tally.truncated_lines += i64::from(is_cut);
}

/// The message with its escape sequences in it.
fn unstripped(raw: &[u8], row: &Row) -> Option<String> {
    let value = serde_json::from_slice::<Value>(raw).ok();
    match value.as_ref().and_then(|value| value.get("out")?.as_str()) {
        Some(text) if row.error.is_none() => {
            let line = text.strip_suffix('\n');
            Some(line.map_or(text, |line| line.strip_suffix('\r').unwrap_or(line)).to_owned())
        }
        _ => row.message.clone(),
    }
}

fn lines(text: &[u8], max_line: usize) -> Vec<Line<'_>> {
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines.into_iter().map(|raw| judged(raw, max_line)).collect()
}

fn judged(raw: &[u8], max_line: usize) -> Line<'_> {
    let row = oracle::row(raw, 0, max_line);
    let is_error = row.as_ref().is_some_and(|row| row.error.is_some());
    let reason = if is_error { reason(raw, max_line) } else { String::new() };
    Line { raw, row, reason }
}

fn reason(raw: &[u8], max_line: usize) -> String {
    if raw.len() > max_line {
        return format!("the line has {} bytes, the limit is {max_line}", raw.len());
    }
    let kind = match serde_json::from_slice::<Value>(raw) {
        Err(e) => return format!("invalid JSON at byte {}: ", e.column()),
        Ok(Value::Null) => "null",
        Ok(Value::Bool(_)) => "a boolean",
        Ok(Value::Number(_)) => "a number",
        Ok(Value::String(_)) => "a string",
        Ok(Value::Array(_)) => "an array",
        Ok(Value::Object(_)) => unreachable!(),
    };
    format!("not a JSON object but {kind}")
}
