//! One thread's work: read, decode, encode.

use std::sync::Arc;

use super::schedule::{Content, Decoded, Place, Schedule, Task};
use super::unique::keys_of;
use super::{Options, Passes, project, timed};
use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use memchr::memchr;

use crate::error::{Error, Location};
use crate::format::{Decoder, Settings};
use crate::query::Selection;
use crate::sink::{Encoder, Flow};
use crate::source::is_blank;
use crate::source::{BYTE_ORDER_MARK, Ending, Feed, Piece, Portion};
use crate::table::{
    Dictionaries, Lines, LinesBuilder, RowLines, TextCounts, malformed_bytes, text_bytes,
};

pub(super) struct Worker {
    schedule: Arc<Schedule>,
    dictionaries: Arc<Dictionaries>,
    encoder: Arc<dyn Encoder>,
    portion: Portion,
    decoder: Decoder,
    rows: LinesBuilder,
    selection: Option<Selection>,
    raw: bool,
    offsets: bool,
    dedupe: Option<String>,
    columns: Option<Arc<[usize]>>,
    receipt: bool,
    passes: Passes,
}

impl Worker {
    pub(super) fn new(
        schedule: &Arc<Schedule>,
        dictionaries: &Arc<Dictionaries>,
        encoder: &Arc<dyn Encoder>,
        rows: LinesBuilder,
        options: &Options,
    ) -> Self {
        let selection = options.selection.as_deref().filter(|selection| selection.tests_rows());
        let max_line = schedule.max_line();
        let settings = Settings { max_line, mapping: options.mapping.clone() };
        Self {
            schedule: Arc::clone(schedule),
            dictionaries: Arc::clone(dictionaries),
            encoder: Arc::clone(encoder),
            portion: Portion::new(),
            decoder: Decoder::new(settings),
            rows,
            selection: selection.map(Selection::for_thread),
            raw: options.raw,
            offsets: options.offsets,
            dedupe: options.dedupe.clone(),
            columns: options.columns.clone(),
            receipt: options.receipt,
            passes: Passes::default(),
        }
    }

    pub(super) fn run(mut self) {
        while let Some(task) = timed(&mut self.passes.wait, || self.schedule.take()) {
            let result = match task {
                Task::Read(feed, place) => self.read(feed, place),
                Task::Encode(number, rows) => {
                    let encode = || self.encoder.encode(&rows.batches);
                    let encoded = timed(&mut self.passes.encode, encode);
                    encoded.map(|block| {
                        let bytes = self.encoder.bytes_of(&block);
                        self.schedule.encoded(number, block, bytes, rows.bytes);
                    })
                }
            };
            if let Err(e) = result {
                self.schedule.fail(Error::io("cannot encode rows", Location::default(), e));
            }
        }
        self.schedule.add_times(&self.passes);
    }

    fn read(&mut self, mut feed: Feed, place: Place) -> std::io::Result<()> {
        timed(&mut self.passes.read, || feed.fill(&mut self.portion));
        let last = feed.is_done();
        if !last {
            self.schedule.give_back(feed, place);
        }
        let needles = self.selection.as_ref().and_then(Selection::needles);
        let mut lines = timed(&mut self.passes.parse, || {
            for piece in self.portion.pieces() {
                let text = self.portion.text(piece);
                self.decoder.decode_wanted(piece, text, needles, &mut self.rows);
            }
            let mut lines = self.rows.finish(&self.dictionaries);
            if self.receipt {
                count_texts(&self.portion, &mut lines);
            }
            // Numbers that are not the text's do not lead back to it once rows are left out.
            if lines.tallies.iter().any(|(_, tally)| !tally.origin.own_lines) {
                add_sources(&self.portion, (self.raw, self.offsets), &mut lines);
            }
            if let Some(selection) = &self.selection
                && lines.batch.num_rows() > 0
            {
                select(selection, &mut lines)?;
            }
            add_sources(&self.portion, (self.raw, self.offsets), &mut lines);
            Ok::<_, std::io::Error>(lines)
        })?;
        let is_light = self.selection.is_some() && is_light(&lines);
        let malformed_bytes = malformed_bytes(&lines.malformed);
        if let Some(key) = &self.dedupe {
            let keys = keys_of(&lines.batch, key);
            let malformed = std::mem::take(&mut lines.malformed);
            let bytes = text_bytes(&lines.batch) + malformed_bytes;
            let (content, tallies) = (Content::Keyed(Box::new(lines), keys), Vec::new());
            let decoded = Decoded { content, tallies, malformed, bytes, is_light: false };
            self.schedule.absorb(place, last, decoded);
            return Ok(());
        }
        lines.batch = project(lines.batch, self.columns.as_deref())?;
        let (content, bytes) = if self.encoder.rows_per_block().is_some() {
            (Content::Rows(lines.batch.clone()), text_bytes(&lines.batch))
        } else {
            let encode = || self.encoder.encode_lines(&lines);
            let block = timed(&mut self.passes.encode, encode)?;
            let bytes = self.encoder.bytes_of(&block);
            (Content::Block(block, bytes), bytes)
        };
        let bytes = bytes + malformed_bytes;
        let Lines { tallies, malformed, .. } = lines;
        let decoded = Decoded { content, tallies, malformed, bytes, is_light };
        self.schedule.absorb(place, last, decoded);
        if self.encoder.flow() == Flow::Stop {
            self.schedule.end();
        }
        Ok(())
    }
}

/// Adds the lines of the rows as they were, and their offsets: each if it is wanted and not there yet.
fn add_sources(portion: &Portion, (raw, offsets): (bool, bool), lines: &mut Lines) {
    if raw && lines.raw.is_none() {
        let mut raw = Vec::with_capacity(lines.batch.num_rows());
        for_each_source(portion, lines, |_, line| raw.push(line.to_vec()));
        lines.raw = Some(raw);
    }
    if offsets && lines.offsets.is_none() {
        let mut offsets = Vec::with_capacity(lines.batch.num_rows());
        for_each_source(portion, lines, |offset, _| offsets.push(offset));
        lines.offsets = Some(offsets);
    }
}

/// Keeps the rows that are selected, and counts the others.
fn select(selection: &Selection, lines: &mut Lines) -> std::io::Result<()> {
    let wanted = selection.rows(&lines.batch, &lines.texts());
    let before: Vec<i64> = lines.tallies.iter().map(|(_, tally)| tally.lines).collect();
    lines.keep(&wanted).map_err(std::io::Error::other)?;
    for ((_, tally), before) in lines.tallies.iter_mut().zip(before) {
        tally.filtered = before - tally.lines;
        tally.text.select_rows();
    }
    Ok(())
}

/// Counts the lines of the text and those that rows begin on, each for itself.
fn count_texts(portion: &Portion, lines: &mut Lines) {
    let mut row = 0;
    for (piece, (_, tally)) in portion.pieces().iter().zip(&mut lines.tallies) {
        let mut text = portion.text(piece);
        if piece.offset == 0 {
            text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        }
        let (all, blank) = piece.cut_lines;
        let is_ended = piece.ending == Ending::More;
        tally.text = match piece.cut {
            Some(_) => TextCounts::of_lines(all, blank, is_ended),
            None => TextCounts::of(text),
        };
        let rows = row..row + tally.lines as usize;
        row = rows.end;
        tally.text.count_rows(match tally.origin.own_lines {
            true => RowLines::of(&lines.batch, rows, tally.failure.is_some()),
            false => RowLines::of_own(rows.len(), tally.failure.is_some()),
        });
    }
}

/// Little enough that thousands of such may be held.
fn is_light(lines: &Lines) -> bool {
    const ROWS: usize = 100;
    const BYTES: usize = 16 << 10;
    let bytes = |name| {
        let column = lines.batch.column_by_name(name).map(|column| column.as_string::<i32>());
        column.map_or(0, |column| column.value_offsets()[column.len()] - column.value_offsets()[0])
    };
    let texts = ["message", "extra", "parse_error"].map(bytes);
    let args = lines.batch.column_by_name("args").map_or(0, |args| {
        let args = args.as_map();
        let members = [args.keys(), args.values()].map(|column| column.as_string::<i32>());
        members.iter().map(|column| column.value_data().len()).sum()
    });
    let records = lines.records.as_ref().map_or(0, |records| records.value_data().len());
    let raw: usize = lines.raw.iter().flatten().map(Vec::len).sum();
    lines.batch.num_rows() <= ROWS
        && lines.malformed.is_empty()
        && texts.iter().sum::<i32>() as usize + args + raw + records <= BYTES
        && lines.tallies.len() <= ROWS
}

/// Calls `take` for each row with the line that it begins on, as it is in the text and without its line
/// end, and with the offset of that line in the text of the entry. The line is empty for rows without a
/// line of their own. The tallies of the rows belong to the pieces of the portion, one to one.
fn for_each_source(portion: &Portion, lines: &Lines, mut take: impl FnMut(u64, &[u8])) {
    let numbers =
        lines.batch.column_by_name("line").map(|column| column.as_primitive::<Int64Type>());
    let mut numbers = numbers.into_iter().flat_map(|numbers| numbers.values().iter().copied());
    let mut take = |offset: usize, piece: &Piece, line: &[u8]| {
        take(piece.offset + offset as u64, line.strip_suffix(b"\r").unwrap_or(line));
    };
    for (piece, (_, tally)) in portion.pieces().iter().zip(&lines.tallies) {
        let text = portion.text(piece);
        let mut of_rows = numbers.by_ref().take(tally.lines as usize);
        if !tally.origin.own_lines {
            let mut start = 0;
            for line in text.split(|&byte| byte == b'\n') {
                if !is_blank(line) && of_rows.next().is_some() {
                    take(start, piece, line);
                }
                start += line.len() + 1;
            }
            of_rows.for_each(|_| take(text.len(), piece, b""));
            continue;
        }
        let (mut number, mut start, mut last) = (piece.first_line, 0, None);
        for wanted in of_rows {
            while number < wanted {
                // The row that ends an entry may stand behind its text.
                start = memchr(b'\n', &text[start..]).map_or(text.len(), |end| start + end + 1);
                number += 1;
            }
            let rest = &text[start..];
            let line = &rest[..memchr(b'\n', rest).unwrap_or(rest.len())];
            // Thousands of records may share a line: the first of them has it. A row that says why an
            // entry ends is of no line.
            let is_shared = last.replace(wanted) == Some(wanted);
            take(start, piece, if is_shared || is_blank(line) { b"" } else { line });
        }
    }
}
