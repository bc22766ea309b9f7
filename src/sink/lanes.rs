//! Rows as lines of text.
//!
//! Most columns say where a line comes from and have the same value for thousands of rows. A row is
//! written as a few lanes: the text of neighbouring columns that repeat, then one value that is the
//! row's own. For CSV, with a step that repeats and messages that do not:
//!
//! ```text
//! logs.zip,build/1,| 17 |,acme,ci,Deploy,| 2024-05-01T10:00:00Z |,INFO,| Pulling image |\r\n
//! ```
//!
//! The texts between the bars are kept from row to row and rewritten only where a run ends; any other row
//! costs one copy per lane and its own values.

use std::ops::Range;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

use super::buffer::TextBuffer;
use super::column::{Column, Value};
use super::layout::{Fields, Layout};
use super::runs::Runs;

/// How a format writes fields.
///
/// As in [`super::value`], text goes to the front of a place that has room for it and a chunk more,
/// and its length is returned.
pub(super) trait Style {
    /// What ends a line, a closing brace included.
    const END: &'static [u8];

    /// The most bytes that one byte of text becomes: 2 in CSV (`""`), 6 in JSON (`\u001b`).
    const WIDEST: usize;

    /// Whether a byte of text may be written as more than one.
    fn is_wide(byte: u8) -> bool;

    /// Bytes that a field may take besides its text: quotes, a separator or a key, a null, a number or a
    /// time.
    fn field_room(&self) -> usize;

    /// Writes what comes before the value of a column: a comma, a key. `index` is the column's in the schema.
    fn open(&self, index: usize, place: &mut [u8]) -> usize;

    /// Writes a field that is null, with what comes before it; nothing if nulls are omitted.
    fn null(&self, index: usize, place: &mut [u8]) -> usize;

    /// Writes a value other than null.
    ///
    /// The text must depend on the value alone, as it is reused for the following rows of a run.
    fn value(&mut self, value: Value<'_>, place: &mut [u8]) -> usize;

    /// Called with a finished line of `len` bytes at the front of `place`; returns its new length.
    fn end_line(&self, _place: &mut [u8], len: usize) -> usize {
        len
    }
}

/// Appends a line per row, and stops early once `out` has `limit` bytes: a row that repeats long values is a
/// hundred times as long in text as in a batch of runs. Returns how many rows were written, at least one if
/// there is any.
///
/// # Errors
/// A batch that is not the layout's; `out` is then as it was.
pub(super) fn write_rows(
    layout: &Layout,
    batch: &RecordBatch,
    style: &mut impl Style,
    limit: usize,
    out: &mut TextBuffer,
) -> Result<usize, ArrowError> {
    let mut lanes = Lane::split(layout.open(batch)?);
    let mut row = 0;
    while row < batch.num_rows() {
        // Up to `end` no lane changes its text, so the inner loop only copies.
        let mut end = batch.num_rows();
        for lane in &mut lanes {
            if lane.end <= row {
                lane.refresh(row, style);
            }
            end = end.min(lane.end);
        }
        while row < end {
            row = write_some(&lanes, row..end, style, out);
            if out.as_slice().len() >= limit {
                return Ok(row);
            }
        }
    }
    Ok(row)
}

/// Bytes of room that are made on the assumption that every byte is escaped. Above it the text is measured
/// first: 64 MiB of message without an escape would otherwise take 384 MiB of room.
const ROOM: usize = 256 << 10;

/// Writes some of the rows, at least the first; the lanes must have the text of all of them. Returns the row
/// after the last one written.
fn write_some<S: Style>(
    lanes: &[Lane<'_>],
    rows: Range<usize>,
    style: &mut S,
    out: &mut TextBuffer,
) -> usize {
    /// Rows for which room is made at once, unless it is more than [`ROOM`].
    const ROWS: usize = 32;
    const FEW: usize = 4;
    let room_for = |end: usize| {
        let of_lane = |lane: &Lane<'_>| {
            let fixed = lane.text.as_slice().len() + style.field_room();
            let column = lane.column.as_ref();
            let text = column.map_or(0, |(_, column)| column.room(rows.start..end, S::WIDEST));
            (end - rows.start) * fixed + text
        };
        lanes.iter().map(of_lane).sum::<usize>()
    };
    let mut end = rows.end.min(rows.start + ROWS);
    let mut room = room_for(end);
    // Rows of many columns are fewer at a time.
    if room > ROOM && end - rows.start > FEW {
        end = rows.start + FEW;
        room = room_for(end);
    }
    // One long message must not make room for several of them.
    if room > ROOM {
        end = rows.start + 1;
        room = measured_room::<S>(lanes, rows.start, style);
    }
    // Bounds are settled here, once for all the rows: `put_row` writes without asking for room.
    let place = out.place(room);
    let mut written = 0;
    for row in rows.start..end {
        written += put_row(lanes, row, style, &mut place[written..]);
    }
    out.advance(written);
    end
}

/// The room for one row, its long texts measured.
#[cold]
fn measured_room<S: Style>(lanes: &[Lane<'_>], row: usize, style: &S) -> usize {
    let of_lane = |lane: &Lane<'_>| {
        let column = lane.column.as_ref().filter(|(_, column)| !column.is_null(row));
        let text = column.map_or(0, |(_, column)| room_of::<S>(&column.value(row)));
        lane.text.as_slice().len() + style.field_room() + text
    };
    lanes.iter().map(of_lane).sum()
}

/// The room for a value; one that may be long is measured.
fn room_of<S: Style>(value: &Value<'_>) -> usize {
    match value.room(S::WIDEST) {
        room if room > ROOM => value.measured_room(S::WIDEST, S::is_wide),
        room => room,
    }
}

/// Writes one line to the front of `place`, which has room for it; returns its length.
#[inline(always)]
fn put_row(lanes: &[Lane<'_>], row: usize, style: &mut impl Style, place: &mut [u8]) -> usize {
    let mut at = 0;
    for lane in lanes {
        at += lane.text.put(&mut place[at..]);
        let Some((index, column)) = &lane.column else { continue };
        // A column without nulls has its opening at the end of the lane's text (`refresh`).
        if !column.is_complete() {
            if column.is_null(row) {
                at += style.null(*index, &mut place[at..]);
                continue;
            }
            at += style.open(*index, &mut place[at..]);
        }
        let rest = &mut place[at..];
        at += style.value(column.value(row), rest);
    }
    style.end_line(place, at)
}

/// Neighbouring columns that repeat over many rows, and the next one, which does not; each with its index in
/// the schema.
#[derive(Default)]
struct Lane<'a> {
    /// Empty if two columns in a row do not repeat, such as `pos` and `message`.
    runs: Vec<Repeated<'a>>,
    /// `None` in the last lane of a row, whose text has the line end.
    column: Option<(usize, Column<'a>)>,
    /// The text of the runs, and what opens the column if none of its values is null.
    text: TextBuffer,
    /// The next row whose text may differ; 0 at first, so that the first row writes it.
    end: usize,
}

/// A column that repeats.
struct Repeated<'a> {
    /// Its index in the schema.
    index: usize,
    runs: Runs<'a>,
    /// The row after the run that was looked at last.
    end: usize,
    /// Whether that run is of nulls.
    is_null: bool,
}

impl<'a> Lane<'a> {
    /// The lanes of a row: one for each column that does not repeat, and a last one for the line end.
    fn split(fields: Vec<Fields<'a>>) -> Vec<Self> {
        let mut lanes = Vec::new();
        let mut lane = Self::default();
        for (index, fields) in fields.into_iter().enumerate() {
            match fields {
                Fields::Runs(runs) => {
                    lane.runs.push(Repeated { index, runs, end: 0, is_null: false });
                }
                Fields::Each(column) => {
                    lane.column = Some((index, column));
                    lanes.push(std::mem::take(&mut lane));
                }
            }
        }
        lanes.push(lane);
        lanes
    }

    /// Rewrites the text for `row` and the rows up to the end of the shortest run.
    fn refresh<S: Style>(&mut self, row: usize, style: &mut S) {
        self.text.clear();
        self.end = usize::MAX;
        for Repeated { index, runs, end, is_null } in &mut self.runs {
            // Of many columns that are mostly null few end here; the others need no look.
            if *is_null && row < *end {
                self.end = self.end.min(*end);
                let written = style.null(*index, self.text.place(style.field_room()));
                self.text.advance(written);
                continue;
            }
            let value;
            (value, *end) = runs.value(row);
            *is_null = matches!(value, Value::Null);
            self.end = self.end.min(*end);
            let place = self.text.place(style.field_room() + room_of::<S>(&value));
            let written = match value {
                Value::Null => style.null(*index, place),
                value => {
                    let opened = style.open(*index, place);
                    opened + style.value(value, &mut place[opened..])
                }
            };
            self.text.advance(written);
        }
        let place = self.text.place(style.field_room());
        let written = match &self.column {
            Some((index, column)) if column.is_complete() => style.open(*index, place),
            Some(_) => 0,
            None => super::value::put(S::END, place),
        };
        self.text.advance(written);
    }
}
