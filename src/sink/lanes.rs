//! Rows as lines of text.
//!
//! Most columns say where a line comes from and are alike over thousands of rows. A row is written
//! as a few lanes: the text of all the neighbouring columns that are alike for now, then one value
//! that is the row's own. Text is written anew only where a run ends; any row between costs
//! one copy a lane and its own values.

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
    /// What ends a line.
    const END: &'static [u8];

    /// The most bytes that a byte of text is written as.
    const WIDEST: usize;

    /// Whether a byte of text may be written as more than one.
    fn is_wide(byte: u8) -> bool;

    /// Room for a field beside its text: a value that is no text, a null, and what stands around
    /// them.
    fn field_room(&self) -> usize;

    /// Writes what stands before the value of a column.
    fn open(&self, index: usize, place: &mut [u8]) -> usize;

    /// Writes a field that is null, with what stands before it.
    fn null(&self, index: usize, place: &mut [u8]) -> usize;

    /// Writes a value other than null.
    ///
    /// The text depends on the value alone, as it serves for the rows that follow.
    fn value(&mut self, value: Value<'_>, place: &mut [u8]) -> usize;

    /// Called with a line of `len` bytes at the front of `place`; returns its length from now on.
    fn end_line(&self, _place: &mut [u8], len: usize) -> usize {
        len
    }
}

/// Appends a line per row, and stops early once `out` has `limit` bytes: short rows may be a hundred
/// times as long as text as they are in a batch. Returns the rows that were written, at least one
/// if there is any.
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

/// Room that is made without a look at the text; above it, the text is measured first, as it may
/// otherwise take several times its size.
const ROOM: usize = 256 << 10;

/// Writes the first of the rows, of which all lanes have their text; returns the next one.
fn write_some<S: Style>(
    lanes: &[Lane<'_>],
    rows: Range<usize>,
    style: &mut S,
    out: &mut TextBuffer,
) -> usize {
    /// Rows for which room is made at once, unless it is more than [`ROOM`].
    const ROWS: usize = 32;
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
    if room > ROOM {
        end = rows.start + 1;
        room = measured_room::<S>(lanes, rows.start, style);
    }
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

#[inline(always)]
fn put_row(lanes: &[Lane<'_>], row: usize, style: &mut impl Style, place: &mut [u8]) -> usize {
    let mut at = 0;
    for lane in lanes {
        at += lane.text.put(&mut place[at..]);
        let Some((index, column)) = &lane.column else { continue };
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

/// Neighbouring columns that are alike over many rows, and the one behind them that is not, each
/// with its index in the schema.
#[derive(Default)]
struct Lane<'a> {
    runs: Vec<(usize, Runs<'a>)>,
    /// `None` in the last lane of a row.
    column: Option<(usize, Column<'a>)>,
    /// The text of the runs, and what opens the column if none of its values is null.
    text: TextBuffer,
    /// The next row for which the text may be another.
    end: usize,
}

impl<'a> Lane<'a> {
    fn split(fields: Vec<Fields<'a>>) -> Vec<Self> {
        let mut lanes = Vec::new();
        let mut lane = Self::default();
        for (index, fields) in fields.into_iter().enumerate() {
            match fields {
                Fields::Runs(runs) => lane.runs.push((index, runs)),
                Fields::Each(column) => {
                    lane.column = Some((index, column));
                    lanes.push(std::mem::take(&mut lane));
                }
            }
        }
        lanes.push(lane);
        lanes
    }

    /// Writes the text as it is from `row` on.
    fn refresh<S: Style>(&mut self, row: usize, style: &mut S) {
        self.text.clear();
        self.end = usize::MAX;
        for (index, runs) in &mut self.runs {
            let (value, end) = runs.value(row);
            self.end = self.end.min(end);
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
