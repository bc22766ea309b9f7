//! One thread's work: read a portion, decode it to a batch, select its rows, encode them.
//!
//! Buffers, parser and builder belong to the worker and are used again for every portion.

use std::sync::Arc;
use std::time::Duration;

use super::schedule::{Content, Decoded, Place, Schedule, Task};
use super::unique::keys_of;
use super::{Options, Passes, add_keys, project, timed};
use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use memchr::{memchr, memchr_iter};

use crate::error::{Error, Location};
use crate::format::{Decoder, Settings};
use crate::query::{KeyText, LevelMarks, Selection, TimeMarks, Wanted};
use crate::sink::{Block, Encoder, Flow};
use crate::source::is_blank;
use crate::source::{BYTE_ORDER_MARK, Ending, Feed, Piece, Portion, ReadOptions};
use crate::table::{
    Dictionaries, KeyPath, Lines, LinesBuilder, RowLines, TextBytes, TextCounts, TextPart,
    malformed_bytes, text_bytes,
};

/// What one thread keeps from task to task.
pub(super) struct Worker {
    schedule: Arc<Schedule>,
    dictionaries: Arc<Dictionaries>,
    encoder: Arc<dyn Encoder>,
    /// The text being decoded; its memory is used again.
    portion: Portion,
    decoder: Decoder,
    rows: LinesBuilder,
    /// `None` if every row of the entries is wanted.
    selection: Option<Selection>,
    /// Keep the lines of the rows as they were.
    raw: bool,
    /// Keep the offsets of those lines.
    offsets: bool,
    /// Looks at all rows.
    observer: Option<Arc<dyn Encoder>>,
    /// The member of `extra` whose values are keys.
    dedupe: Option<String>,
    /// The columns that the encoder is given; `None`: all.
    columns: Option<Arc<[usize]>>,
    /// Members of structs that are columns.
    paths: Arc<[KeyPath]>,
    /// Keys in `extra` that are columns of text.
    key_texts: Arc<[KeyText]>,
    receipt: bool,
    continuity: bool,
    /// Lines without one of these are not decoded.
    levels: Option<LevelMarks>,
    /// Nor are lines without one of these.
    times: Option<TimeMarks>,
    /// Time spent so far; handed over when the thread exits.
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
        // A selection by paths alone has left its entries out of the catalog already.
        let selection = options.selection.as_deref().filter(|selection| selection.tests_rows());
        let ReadOptions { max_line, join, .. } = *schedule.read_options();
        let settings = Settings { max_line, mapping: options.mapping.clone(), join };
        // Where lines that are left out are counted, all are decoded.
        let is_observed = options.observer.is_some();
        let skips = encoder.skips()
            && !is_observed
            && !options.receipt
            && !options.continuity
            && !options.strict
            && !options.keep_raw;
        let columns = options.keys.as_ref().map_or(0, |keys| keys.leaves());
        Self {
            schedule: Arc::clone(schedule),
            dictionaries: Arc::clone(dictionaries),
            encoder: Arc::clone(encoder),
            portion: Portion::for_columns(columns),
            decoder: Decoder::new(settings),
            rows,
            levels: selection.filter(|_| skips).and_then(Selection::level_marks),
            times: selection.filter(|_| skips).and_then(Selection::time_marks),
            selection: selection.map(Selection::for_thread),
            raw: options.raw,
            offsets: options.offsets,
            observer: options.observer.as_ref().map(|observer| Arc::clone(&observer.encoder)),
            dedupe: options.dedupe.clone(),
            columns: options.columns.clone(),
            paths: Arc::clone(&options.paths),
            key_texts: Arc::clone(&options.key_texts),
            receipt: options.receipt,
            continuity: options.continuity,
            passes: Passes::default(),
        }
    }

    /// Works until all is done or the run is stopped. An output that refuses rows ends the run.
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

    /// Reads and decodes the next portion of a feed, which is at `place`.
    fn read(&mut self, mut feed: Feed, place: Place) -> std::io::Result<()> {
        timed(&mut self.passes.read, || feed.fill(&mut self.portion));
        // The feed goes back before the portion is decoded: another worker can inflate the next part of
        // the entry meanwhile.
        let (last, is_early) = (feed.is_done(), self.portion.is_early());
        if !last {
            self.schedule.give_back(feed, place);
        }
        let mut parse = Duration::ZERO;
        let decoded = timed(&mut parse, || self.decode());
        self.passes.parse += parse;
        let (mut lines, observed) = decoded?;
        let is_light = match self.encoder.wants_rows() {
            true => self.selection.is_some() && is_light(&lines),
            false => lines.malformed.is_empty(),
        };
        let malformed_bytes = malformed_bytes(&lines.malformed);
        if let Some(key) = &self.dedupe {
            // Which rows are duplicates depends on all rows before them, so the schedule decides; only
            // the keys are found here. The tallies go along inside `lines`, since their counts change
            // then.
            let keys = keys_of(&lines.batch, key);
            let malformed = std::mem::take(&mut lines.malformed);
            let bytes = text_bytes(&lines.batch) + malformed_bytes + bytes_of(&observed);
            let (content, tallies) = (Content::Keyed(Box::new(lines), keys), Vec::new());
            let is_light = false;
            let decoded =
                Decoded { content, tallies, malformed, observed, bytes, is_light, is_early };
            self.schedule.absorb(place, last, decoded);
            return Ok(());
        }
        lines.batch = project(lines.batch, self.columns.as_deref())?;
        // Blocks of a given number of rows are cut from batches in their order, and encoded as tasks of
        // their own. Otherwise a batch is a block.
        let (content, bytes) = if self.encoder.rows_per_block().is_some() {
            (Content::Rows(lines.batch.clone()), text_bytes(&lines.batch))
        } else {
            let encode = || self.encoder.encode_lines(&lines);
            let block = timed(&mut self.passes.encode, encode)?;
            let bytes = self.encoder.bytes_of(&block);
            (Content::Block(block, bytes), bytes)
        };
        let bytes = bytes + malformed_bytes + bytes_of(&observed);
        let Lines { tallies, malformed, .. } = lines;
        let decoded = Decoded { content, tallies, malformed, observed, bytes, is_light, is_early };
        self.schedule.absorb(place, last, decoded);
        // A sink that needs no more may say so after any portion, even one whose turn has not come.
        if self.encoder.flow() == Flow::Stop {
            self.schedule.end();
        }
        Ok(())
    }

    /// The rows of the portion that are wanted, and what the observer makes of all.
    fn decode(&mut self) -> std::io::Result<(Lines, Observed)> {
        let searched = self.selection.as_ref().filter(|_| self.observer.is_none());
        let wanted = Wanted {
            needles: searched.and_then(Selection::needles),
            levels: self.levels.as_ref(),
            times: self.times.as_ref(),
        };
        for piece in self.portion.pieces() {
            let text = self.portion.text(piece);
            self.decoder.decode_wanted(piece, text, wanted, &mut self.rows);
        }
        let mut lines = self.rows.finish(&self.dictionaries);
        lines.batch = add_keys(lines.batch, &self.paths, &self.key_texts)?;
        let observed = self.observe(&mut lines)?;
        if self.receipt {
            count_texts(&self.portion, &mut lines);
        }
        if self.continuity {
            lines.count_continuity();
        }
        // Numbers that are not the text's do not lead back to it once rows are left out.
        // Nor do numbers of first lines say which line is the last of a row.
        let has_own_lines = lines.tallies.iter().all(|(_, tally)| tally.origin.own_lines);
        if !has_own_lines || !lines.joined.is_empty() {
            add_sources(&self.portion, self.sources(), &mut lines);
        }
        if let Some(selection) = &self.selection
            && lines.batch.num_rows() > 0
        {
            select(selection, &mut lines)?;
        }
        add_sources(&self.portion, self.sources(), &mut lines);
        Ok((lines, observed))
    }

    /// What is added of the text of the rows.
    fn sources(&self) -> Sources {
        Sources { raw: self.raw, offsets: self.offsets, max_line: self.decoder.max_line() }
    }

    /// What the observer makes of the rows.
    fn observe(&self, lines: &mut Lines) -> std::io::Result<Observed> {
        let Some(observer) = &self.observer else { return Ok(None) };
        lines.parts = Some(parts_of(&self.portion));
        let block = observer.encode_lines(lines)?;
        let bytes = observer.bytes_of(&block);
        Ok(Some((block, bytes)))
    }
}

/// What an observer makes of a batch, and the bytes that it holds.
type Observed = Option<(Block, usize)>;

fn bytes_of(observed: &Observed) -> usize {
    observed.as_ref().map_or(0, |(_, bytes)| *bytes)
}

/// The parts of entries that a portion has.
fn parts_of(portion: &Portion) -> Vec<TextPart> {
    let part = |piece: &Piece| TextPart {
        offset: piece.offset,
        length: portion.text(piece).len() as u64,
        first_line: piece.first_line,
        context: piece.context.clone(),
        is_last: piece.ending != Ending::More,
        is_whole: piece.cut.is_none() && !matches!(piece.ending, Ending::Failed { .. }),
    };
    portion.pieces().iter().map(part).collect()
}

/// What is added of the text of rows.
#[derive(Clone, Copy)]
struct Sources {
    /// Their lines.
    raw: bool,
    /// Where these begin.
    offsets: bool,
    /// The longest record in bytes.
    max_line: usize,
}

/// Adds the lines of the rows as they were, and their offsets: each if it is wanted and not there yet.
fn add_sources(portion: &Portion, sources: Sources, lines: &mut Lines) {
    let Sources { raw, offsets, max_line } = sources;
    if raw && lines.raw.is_none() {
        let mut raw = Vec::with_capacity(lines.batch.num_rows());
        for_each_source(portion, max_line, lines, |_, line| raw.push(line.to_vec()));
        lines.raw = Some(raw);
    }
    if offsets && lines.offsets.is_none() {
        let mut offsets = Vec::with_capacity(lines.batch.num_rows());
        for_each_source(portion, max_line, lines, |offset, _| offsets.push(offset));
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
        tally.text.iter_mut().for_each(|text| text.select_rows());
    }
    Ok(())
}

/// Counts the lines of the text and, independently, those that rows begin on, so that a receipt can
/// compare the two.
fn count_texts(portion: &Portion, lines: &mut Lines) {
    let mut row = 0;
    for (piece, (_, tally)) in portion.pieces().iter().zip(&mut lines.tallies) {
        let mut text = portion.text(piece);
        // A byte order mark is not part of the first line, which may be blank without it.
        if piece.offset == 0 {
            text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        }
        let mut counts = match &piece.cut {
            // Of a record above the size limit only the head is kept; its lines were counted in passing.
            Some(long) => TextCounts::of_passed(&long.lines),
            None => TextCounts::of(text),
        };
        let rows = row..row + tally.lines as usize;
        row = rows.end;
        counts.count_rows(match tally.origin.own_lines {
            true => RowLines::of(&lines.batch, rows, tally.failure.is_some()),
            false => RowLines::of_own(rows.len(), tally.failure.is_some()),
        });
        tally.text = Some(Box::new(counts));
    }
}

/// Whether a portion holds so little that thousands of such may wait for their turn: with 16 KiB each,
/// as many as `schedule` lets wait hold 64 MiB.
fn is_light(lines: &Lines) -> bool {
    const ROWS: usize = 100;
    const BYTES: usize = 16 << 10;
    let rows = lines.batch.num_rows();
    let texts = TextBytes::of(&lines.batch).in_rows(0..rows);
    let records = lines.records.as_ref().map_or(0, |records| records.value_data().len());
    let raw: usize = lines.raw.iter().flatten().map(Vec::len).sum();
    rows <= ROWS
        && lines.malformed.is_empty()
        && texts + raw + records <= BYTES
        && lines.tallies.len() <= ROWS
}

/// Calls `take` for each row with the line that it begins on, or the lines of its record if it has them for itself, or all
/// lines that were joined to it, as they are in the text and without the last line end, and with the offset of that line in
/// the text of the entry. The line is empty for rows without a
/// line of their own. The tallies of the rows belong to the pieces of the portion, one to one.
fn for_each_source(
    portion: &Portion,
    max_line: usize,
    lines: &Lines,
    mut take: impl FnMut(u64, &[u8]),
) {
    let numbers =
        lines.batch.column_by_name("line").map(|column| column.as_primitive::<Int64Type>());
    let mut numbers = numbers.into_iter().flat_map(|numbers| numbers.values().iter().copied());
    let mut take = |offset: usize, piece: &Piece, line: &[u8]| {
        take(piece.offset + offset as u64, line.strip_suffix(b"\r").unwrap_or(line));
    };
    let (mut first, mut joined) = (0, lines.joined.iter().peekable());
    for (piece, (_, tally)) in portion.pieces().iter().zip(&lines.tallies) {
        let text = portion.text(piece);
        let mut of_rows = numbers.by_ref().take(tally.lines as usize);
        let mut rows = first..first + tally.lines as usize;
        first = rows.end;
        if !tally.origin.own_lines {
            // Each line that is not blank is a row, whatever number the row has.
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
        // Of lines above the size limit only the head is kept.
        let head = piece.cut.map(|long| std::iter::once(long.before..text.len()).collect());
        let records = || piece.format.records(piece, text, max_line).unwrap_or_default();
        let records = head.unwrap_or_else(records);
        let mut records = records.into_iter().peekable();
        for wanted in of_rows {
            while number < wanted {
                // The row that ends an entry may have a line number after the end of its text.
                start = memchr(b'\n', &text[start..]).map_or(text.len(), |end| start + end + 1);
                number += 1;
            }
            let rest = &text[start..];
            // The last line of a row that has several.
            let own = rows.next();
            let last_line =
                joined.next_if(|(row, _)| Some(*row) == own).map_or(wanted, |own| own.1);
            let mut ends = memchr_iter(b'\n', rest).chain([rest.len()]);
            let end = ends.nth((last_line - wanted) as usize).unwrap_or(rest.len());
            while records.next_if(|record| record.start < start).is_some() {}
            let record = records.peek().filter(|record| record.start == start);
            let line = record.map_or(&rest[..end], |record| &text[record.clone()]);
            // Thousands of records may share a line: the first of them has it. No row is of a blank line
            // but one that says why an entry ends, which has no text.
            let is_shared = last.replace(wanted) == Some(wanted);
            take(start, piece, if is_shared || is_blank(line) { b"" } else { line });
        }
    }
}
