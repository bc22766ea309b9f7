//! The columns that differ from line to line, as the decoders fill them.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBufferBuilder, Int64Array, MapArray, NullBufferBuilder, StringArray,
    StructArray, TimestampNanosecondArray, new_null_array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, DataType, ToByteSlice};

use memchr::memchr;

use super::pool::Pool;
use super::schema::{Column, args_type};
use super::text_runs::TextRuns;
use crate::record::ansi::{self, CUT_MARK};
use crate::simd::mask::Escapes;

/// One row per line. A row is whole once its line number is pushed.
#[derive(Default)]
pub(crate) struct Columns {
    pools: Pools,
    pub(crate) line: Vec<i64>,
    pub(crate) timestamp: Numbers,
    pub(crate) zone: TextRuns,
    pub(crate) level_text: TextRuns,
    pub(crate) pos: Numbers,
    pub(crate) message: Texts,
    pub(crate) args: Maps,
    pub(crate) extra: SparseTexts,
    pub(crate) error: SparseTexts,
    /// The JSON of records that say something, but not in their message.
    pub(super) json: SparseTexts,
}

/// Where the large vectors come from and go to.
#[derive(Clone, Default)]
struct Pools {
    numbers: Pool<i64>,
    offsets: Pool<i32>,
    bytes: Pool<u8>,
    /// Of args: apart, because they are much smaller.
    member_ends: Pool<i32>,
    member_bytes: Pool<u8>,
}

impl Columns {
    /// No rows, and memory from the same pools as these.
    pub(super) fn sharing_pools(&self) -> Self {
        let mut columns = Self { pools: self.pools.clone(), ..Self::default() };
        columns.message.is_left_out = self.message.is_left_out;
        columns.args.is_left_out = self.args.is_left_out;
        columns.extra.is_left_out = self.extra.is_left_out;
        columns
    }

    /// Leaves the large columns empty that are not wanted; `is_wanted` is given an index in the table
    /// `lines`. The others cost next to nothing.
    pub(super) fn project(&mut self, is_wanted: impl Fn(usize) -> bool) {
        self.message.is_left_out = !is_wanted(Column::Message.index());
        self.args.is_left_out = !is_wanted(Column::Args.index());
        self.extra.is_left_out = !is_wanted(Column::Extra.index());
    }

    /// Forgets what was written of a row that is not whole.
    pub(crate) fn forget_row(&mut self) {
        self.message.bytes.truncate(self.message.row_start());
        let members = self.args.count();
        self.args.keys.truncate(members);
        self.args.members.truncate(members);
    }

    /// Keeps the JSON of the row that is being written, if its message is blank and it has args.
    #[cold]
    pub(crate) fn keep_json_of_args(&mut self, json: &[u8]) {
        if self.args.last_is_empty() || !self.message.is_blank() {
            return;
        }
        if let Ok(json) = std::str::from_utf8(json) {
            self.json.set(self.rows(), json);
        }
    }

    /// Whole rows.
    #[inline]
    pub(crate) fn rows(&self) -> usize {
        self.line.len()
    }
}

/// Numbers, few of them null.
#[derive(Default)]
pub(crate) struct Numbers {
    values: Vec<i64>,
    nulls: NullRows,
}

impl Numbers {
    #[inline]
    pub(crate) fn push_option(&mut self, value: Option<i64>) {
        if value.is_none() {
            self.nulls.push(self.values.len());
        }
        self.values.push(value.unwrap_or(0));
    }

    /// The numbers from row `start` on that are not null.
    pub(super) fn since(&self, start: usize) -> Present<'_> {
        Present { values: &self.values[start..], start, nulls: self.nulls.since(start) }
    }

    fn finish(&mut self, pool: &Pool<i64>) -> (ScalarBuffer<i64>, Option<NullBuffer>) {
        let nulls = self.nulls.finish(self.values.len());
        (lend(&mut self.values, pool), nulls)
    }
}

/// Numbers of some rows; those in `nulls` are none.
pub(super) struct Present<'a> {
    values: &'a [i64],
    start: usize,
    nulls: &'a [Range<usize>],
}

impl Present<'_> {
    pub(super) fn least_and_greatest(&self) -> Option<(i64, i64)> {
        if self.nulls.is_empty() {
            return Some((*self.values.iter().min()?, *self.values.iter().max()?));
        }
        self.iter().fold(None, |bounds, value| {
            let (least, greatest) = bounds.unwrap_or((value, value));
            Some((least.min(value), greatest.max(value)))
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = i64> {
        let end = self.start + self.values.len();
        let starts = [self.start].into_iter().chain(self.nulls.iter().map(|range| range.end));
        let ends = self.nulls.iter().map(|range| range.start).chain([end]);
        let present = starts.zip(ends).filter(|(start, end)| start < end);
        present.flat_map(|(start, end)| {
            self.values[start - self.start..end - self.start].iter().copied()
        })
    }
}

/// Texts, few of them null.
#[derive(Default)]
pub(crate) struct Texts {
    /// The bytes of all rows, and of the row that is being written.
    pub(crate) bytes: Vec<u8>,
    ends: Vec<i32>,
    nulls: NullRows,
    /// Rows whose messages end in the writer's mark of a cut.
    cut: Vec<usize>,
    /// The column is not wanted: its texts are looked at, and not kept.
    is_left_out: bool,
    /// The last text, if it is not kept.
    last: Vec<u8>,
    /// Room for a message while its escape sequences are removed.
    scratch: String,
}

impl Texts {
    /// Where the text of the row that is being written begins.
    #[inline]
    pub(crate) fn row_start(&self) -> usize {
        self.ends.last().map_or(0, |&end| end as usize)
    }

    /// Ends the row that is being written with the bytes that are here.
    #[inline]
    pub(crate) fn end_row(&mut self) {
        if self.is_left_out {
            self.forget();
        }
        self.ends.push(self.bytes.len() as i32);
    }

    fn forget(&mut self) {
        // Decoders look back at it.
        std::mem::swap(&mut self.last, &mut self.bytes);
        self.bytes.clear();
    }

    /// Rows whose messages were cut.
    pub(super) fn cut_rows(&self) -> usize {
        self.cut.len()
    }

    /// Counts the last row as one that was cut by its writer.
    pub(super) fn note_cut(&mut self) {
        self.cut.push(self.ends.len() - 1);
    }

    /// Hands out the rows whose messages were cut.
    pub(super) fn take_cut(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.cut)
    }

    /// The text of the last row.
    pub(super) fn last(&self) -> &[u8] {
        if self.is_left_out {
            return &self.last;
        }
        let start = self.ends.len().checked_sub(2).map_or(0, |before| self.ends[before] as usize);
        &self.bytes[start..self.row_start()]
    }

    /// Whether the text of the last row begins with a blank or an escape sequence, or is empty.
    #[inline]
    pub(crate) fn may_be_blank(&self) -> bool {
        self.last().first().is_none_or(|&byte| byte <= b' ')
    }

    /// Whether the text of the last row is empty, or nothing but white space and escape sequences.
    pub(super) fn is_blank(&self) -> bool {
        let mut is_blank = true;
        if self.may_be_blank()
            && let Ok(text) = std::str::from_utf8(self.last())
        {
            ansi::pieces(text, |piece| is_blank &= piece.trim_ascii().is_empty());
            return is_blank;
        }
        false
    }

    /// Adds a row that is taken as it is.
    pub(crate) fn push_whole(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.count_mark();
        self.end_row();
    }

    pub(crate) fn push_null(&mut self) {
        self.nulls.push(self.ends.len());
        self.end_row();
    }

    /// Adds the row of a line without newlines, of which `before` and the end are the message;
    /// `newline`: as for [`Texts::end_message`].
    #[inline]
    pub(crate) fn push_line(
        &mut self,
        [before, end]: [&str; 2],
        escapes: Escapes<'_>,
        strip: bool,
        newline: bool,
    ) {
        if !before.is_empty() {
            self.bytes.extend_from_slice(before.as_bytes());
            // A sequence may go over both parts.
            if strip && memchr(ansi::ESC, before.as_bytes()).is_some() {
                self.bytes.extend_from_slice(end.as_bytes());
                return self.end_message(true, newline);
            }
        }
        if strip && escapes.first(end.len()).is_some() {
            return self.push_escaped(end, escapes, newline);
        }
        let end = end.as_bytes();
        if end.len() < 2 {
            self.bytes.extend_from_slice(end);
            return self.end_message(false, newline);
        }
        // Looked at before it is copied: the copy's last byte takes a while to be there.
        let kept = end.strip_suffix(b"\r").filter(|_| newline).unwrap_or(end);
        self.bytes.extend_from_slice(kept);
        if kept.ends_with(b")") {
            self.count_mark();
        }
        self.end_row();
    }

    fn push_escaped(&mut self, end: &str, escapes: Escapes<'_>, newline: bool) {
        let next = |at| escapes.first(end.len() - at);
        ansi::pieces_between(end, next, |piece| append(&mut self.bytes, end, piece));
        self.end_message(false, newline);
    }

    /// Ends the row with a message: without its escape sequences, if they are to be `stripped`,
    /// then without one final `\n` or `\r\n`, which is the line's end; a lone `\r` stays.
    /// `newline`: the `\n` has been left out already, and nothing is to be stripped.
    #[inline]
    pub(crate) fn end_message(&mut self, stripped: bool, newline: bool) {
        let start = self.row_start();
        if stripped {
            self.strip(start);
        }
        match self.bytes[start..] {
            [.., b'\r'] if newline => self.bytes.truncate(self.bytes.len() - 1),
            [.., b'\r', b'\n'] if !newline => self.bytes.truncate(self.bytes.len() - 2),
            [.., b'\n'] if !newline => self.bytes.truncate(self.bytes.len() - 1),
            _ => {}
        }
        if let [.., b')'] = self.bytes[start..] {
            self.count_mark();
        }
        self.end_row();
    }

    fn count_mark(&mut self) {
        if self.bytes[self.row_start()..].ends_with(CUT_MARK.as_bytes()) {
            self.cut.push(self.ends.len());
        }
    }

    #[cold]
    fn strip(&mut self, start: usize) {
        // Always text: what is collected here came from text.
        let Ok(message) = std::str::from_utf8(&self.bytes[start..]) else { return };
        self.scratch.clear();
        ansi::pieces(message, |piece| self.scratch.push_str(piece));
        self.bytes.truncate(start);
        self.bytes.extend_from_slice(self.scratch.as_bytes());
    }

    fn finish(&mut self, pools: &Pools) -> StringArray {
        let nulls = self.nulls.finish(self.ends.len());
        // As Arrow counts, one more than rows.
        self.ends.insert(0, 0);
        let offsets = OffsetBuffer::new(lend(&mut self.ends, &pools.offsets));
        let bytes = pools.bytes.lend(std::mem::replace(&mut self.bytes, pools.bytes.take()));
        // SAFETY: the last offset is the length of the bytes; what is cut off from a row are ASCII
        // characters.
        unsafe { text_array(offsets, bytes, nulls) }
    }
}

/// Appends a piece of a text: a short one without a call, which takes longer than it does.
#[inline]
fn append(out: &mut Vec<u8>, text: &str, piece: Range<usize>) {
    const SHORT: usize = 32;
    match text.as_bytes()[piece.start..].first_chunk::<SHORT>() {
        Some(chunk) if piece.len() <= SHORT => {
            out.extend_from_slice(chunk);
            out.truncate(out.len() - SHORT + piece.len());
        }
        _ => out.extend_from_slice(&text.as_bytes()[piece]),
    }
}

/// # Safety
/// The last offset must be the length of the bytes, and every row what was appended to it, as a
/// `str` or by `json::fast`: that copies whole parts of a `str` between ASCII characters and puts
/// characters between them.
unsafe fn text_array(
    offsets: OffsetBuffer<i32>,
    bytes: Buffer,
    nulls: Option<NullBuffer>,
) -> StringArray {
    // SAFETY: the offsets go upwards (checked by `OffsetBuffer`) and end with the bytes, and the
    // rows between them are text.
    unsafe { StringArray::new_unchecked(offsets, bytes, nulls) }
}

/// Texts, most of them null.
#[derive(Default)]
pub(crate) struct SparseTexts {
    values: Vec<(usize, usize)>,
    bytes: Vec<u8>,
    /// The column is not wanted.
    is_left_out: bool,
}

impl SparseTexts {
    /// Gives a row its text; rows that are passed over are null. Rows go upwards.
    pub(crate) fn set(&mut self, row: usize, text: &str) {
        if self.is_left_out {
            return;
        }
        self.bytes.extend_from_slice(text.as_bytes());
        self.values.push((row, self.bytes.len()));
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        match self.finish_some(rows) {
            Some(texts) => Arc::new(texts),
            None => new_null_array(&DataType::Utf8, rows),
        }
    }

    /// The texts of so many rows; `None` where all are null.
    pub(super) fn finish_some(&mut self, rows: usize) -> Option<StringArray> {
        if self.values.is_empty() {
            return None;
        }
        let mut ends = vec![0; 1];
        let mut valid = BooleanBufferBuilder::new(rows);
        for (row, end) in self.values.drain(..) {
            let last = ends[ends.len() - 1];
            ends.resize(row + 1, last);
            ends.push(end as i32);
            valid.append_n(row - valid.len(), false);
            valid.append(true);
        }
        let last = ends[ends.len() - 1];
        ends.resize(rows + 1, last);
        valid.append_n(rows - valid.len(), false);
        let nulls = Some(NullBuffer::new(valid.finish()));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
        let bytes = Buffer::from_vec(std::mem::take(&mut self.bytes));
        Some(StringArray::new(offsets, bytes, nulls))
    }
}

/// Maps from text to text, most of them null.
#[derive(Default)]
pub(crate) struct Maps {
    /// Rows that are not null, and how many members there are at their ends.
    values: Vec<(usize, usize)>,
    pub(crate) keys: Members,
    pub(crate) members: Members,
    /// The column is not wanted.
    is_left_out: bool,
    /// The last row that was left out had no members.
    last_was_empty: bool,
}

/// The keys, or the values, of the maps of all rows.
#[derive(Default)]
pub(crate) struct Members {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ends: Vec<i32>,
}

impl Members {
    pub(crate) fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.end();
    }

    pub(crate) fn end(&mut self) {
        self.ends.push(self.bytes.len() as i32);
    }

    /// Forgets all but the first `count`.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.ends.truncate(count);
        self.bytes.truncate(self.ends.last().map_or(0, |&end| end as usize));
    }

    /// Whether the last one is among those from `first` on that are before it.
    pub(crate) fn repeats_since(&self, first: usize) -> bool {
        let Some(last) = self.ends.len().checked_sub(1) else { return false };
        (first..last).any(|other| self.get(other) == self.get(last))
    }

    #[inline]
    fn get(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.bytes[start..self.ends[index] as usize]
    }

    fn finish(&mut self, pools: &Pools) -> ArrayRef {
        self.ends.insert(0, 0);
        let offsets = OffsetBuffer::new(lend(&mut self.ends, &pools.member_ends));
        let pool = &pools.member_bytes;
        let bytes = pool.lend(std::mem::replace(&mut self.bytes, pool.take()));
        // SAFETY: the last offset is the length of the bytes.
        Arc::new(unsafe { text_array(offsets, bytes, None) })
    }
}

impl Maps {
    /// Gives a row the members that were pushed since the last one; rows that are passed over are
    /// null.
    #[inline]
    pub(crate) fn set(&mut self, row: usize) {
        if self.is_left_out {
            return self.forget();
        }
        self.values.push((row, self.keys.ends.len()));
    }

    fn forget(&mut self) {
        self.last_was_empty = self.keys.ends.is_empty();
        self.keys.truncate(0);
        self.members.truncate(0);
    }

    /// Whether the last row that is set has no members.
    fn last_is_empty(&self) -> bool {
        if self.is_left_out {
            return self.last_was_empty;
        }
        match self.values.as_slice() {
            [.., before, last] => before.1 == last.1,
            [last] => last.1 == 0,
            [] => true,
        }
    }

    /// Members of the rows that are set.
    pub(crate) fn count(&self) -> usize {
        self.values.last().map_or(0, |value| value.1)
    }

    fn finish(&mut self, rows: usize, pools: &Pools) -> ArrayRef {
        let data_type = args_type();
        let DataType::Map(entries, _) = &data_type else { return new_null_array(&data_type, rows) };
        if self.values.is_empty() {
            return new_null_array(&data_type, rows);
        }
        let mut ends = vec![0; 1];
        let mut valid = NullBufferBuilder::new(rows);
        for (row, end) in self.values.drain(..) {
            let last = ends[ends.len() - 1];
            ends.resize(row + 1, last);
            ends.push(end as i32);
            valid.append_n_nulls(row - valid.len());
            valid.append_non_null();
        }
        let last = ends[ends.len() - 1];
        ends.resize(rows + 1, last);
        valid.append_n_nulls(rows - valid.len());
        let DataType::Struct(fields) = entries.data_type() else {
            return new_null_array(&data_type, rows);
        };
        let columns = vec![self.keys.finish(pools), self.members.finish(pools)];
        let members = StructArray::new(fields.clone(), columns, None);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
        Arc::new(MapArray::new(Arc::clone(entries), offsets, members, valid.finish(), false))
    }
}

/// The columns as arrays, `level` by the caller's codes.
pub(super) struct Arrays {
    pub(super) line: ArrayRef,
    pub(super) timestamp: ArrayRef,
    pub(super) zone: ArrayRef,
    pub(super) level_text: ArrayRef,
    pub(super) pos: ArrayRef,
    pub(super) message: ArrayRef,
    pub(super) args: ArrayRef,
    pub(super) extra: ArrayRef,
    pub(super) error: ArrayRef,
}

impl Columns {
    /// The rows as arrays; there are none afterwards.
    pub(super) fn finish(&mut self) -> Arrays {
        let rows = self.rows();
        let pools = &self.pools;
        let (timestamp, nulls) = self.timestamp.finish(&pools.numbers);
        let timestamp = TimestampNanosecondArray::new(timestamp, nulls).with_timezone("UTC");
        let (pos, nulls) = self.pos.finish(&pools.numbers);
        Arrays {
            line: Arc::new(Int64Array::new(lend(&mut self.line, &pools.numbers), None)),
            timestamp: Arc::new(timestamp),
            zone: self.zone.finish(rows),
            level_text: self.level_text.finish(rows),
            pos: Arc::new(Int64Array::new(pos, nulls)),
            message: Arc::new(self.message.finish(pools)),
            args: self.args.finish(rows, pools),
            extra: self.extra.finish(rows),
            error: self.error.finish(rows),
        }
    }
}

fn lend<T: ArrowNativeType>(values: &mut Vec<T>, pool: &Pool<T>) -> ScalarBuffer<T>
where
    [T]: ToByteSlice,
{
    ScalarBuffer::from(pool.lend(std::mem::replace(values, pool.take())))
}

/// The rows that are null, as ranges: there are few of them, or else they are many in a row.
#[derive(Default)]
struct NullRows(Vec<Range<usize>>);

impl NullRows {
    /// Adds a row. Rows go upwards.
    #[inline]
    fn push(&mut self, row: usize) {
        match self.0.last_mut() {
            Some(last) if last.end == row => last.end += 1,
            _ => self.0.push(row..row + 1),
        }
    }

    /// The ranges that reach row `start` or begin behind it.
    fn since(&self, start: usize) -> &[Range<usize>] {
        &self.0[self.0.partition_point(|range| range.end <= start)..]
    }

    fn finish(&mut self, rows: usize) -> Option<NullBuffer> {
        if self.0.is_empty() {
            return None;
        }
        let mut valid = NullBufferBuilder::new(rows);
        let mut row = 0;
        for range in self.0.drain(..) {
            valid.append_n_non_nulls(range.start - row);
            valid.append_n_nulls(range.len());
            row = range.end;
        }
        valid.append_n_non_nulls(rows - row);
        valid.finish()
    }
}
