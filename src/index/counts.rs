//! What was counted of a block, as a record and back.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, TimestampNanosecondArray};
use arrow::datatypes::Int32Type;

use super::layout::{CountsRecord, HAS_LOCAL, HAS_POS, HAS_TIME};
use crate::table::{Column, Lines, Origin, Pages, Tally, Texts, expand_column};

/// What is counted of rows beside their tally.
pub(super) struct Rows {
    /// Rows that have a text, of each level and of none.
    pub(super) texts: [u32; 7],
    /// Rows with a time.
    pub(super) timed: i64,
}

/// Counts rows of a batch.
pub(super) struct Counter<'a> {
    texts: Texts<'a>,
    levels: ArrayRef,
    times: &'a TimestampNanosecondArray,
}

impl<'a> Counter<'a> {
    pub(super) fn new(lines: &'a Lines) -> Self {
        let levels = expand_column(lines.batch.column(Column::Level.index()));
        let times = lines.batch.column(Column::Timestamp.index());
        Self {
            texts: lines.texts(),
            levels: levels.expect("the table's types"),
            times: times.as_primitive(),
        }
    }

    /// Gives `take` the texts of rows, and counts the rows.
    pub(super) fn count(&self, rows: Range<usize>, mut take: impl FnMut(&str)) -> Rows {
        let levels = self.levels.as_dictionary::<Int32Type>().keys().slice(rows.start, rows.len());
        let mut counted = Rows { texts: [0; 7], timed: 0 };
        let untimed = self.times.slice(rows.start, rows.len()).null_count();
        counted.timed = (rows.len() - untimed) as i64;
        for (row, level) in rows.zip(&levels) {
            if let Some(text) = self.texts.get(row) {
                take(text);
                counted.texts[level.map_or(6, |level| level as usize).min(6)] += 1;
            }
        }
        counted
    }
}

/// The record of a tally.
pub(super) fn record_of(tally: &Tally, timed: i64) -> CountsRecord {
    let times = tally.first_timestamp.zip(tally.last_timestamp);
    let (first, last) = times.unwrap_or_default();
    let Pages { pages, records, total, with_more } = tally.pages;
    let has_time = if times.is_some() { HAS_TIME } else { 0 };
    let has_pos = if tally.first_pos.is_some() { HAS_POS } else { 0 };
    let has_local = if tally.local_times { HAS_LOCAL } else { 0 };
    CountsRecord {
        lines: tally.lines.into(),
        malformed: tally.malformed.into(),
        missed: tally.missed.into(),
        left_out: tally.left_out.into(),
        actions: tally.actions.into(),
        truncated: tally.truncated_lines.into(),
        first: first.into(),
        last: last.into(),
        pos: tally.first_pos.unwrap_or_default().into(),
        timed: timed.into(),
        levels: tally.levels.map(Into::into),
        pages: [pages, records, total, with_more].map(Into::into),
        flags: (has_time | has_pos | has_local).into(),
    }
}

/// The tally of a record; `bytes`: of its text.
pub(super) fn tally_of(counts: &CountsRecord, bytes: u64, origin: &'static Origin) -> Tally {
    let has = |flag: u64| counts.flags.get() & flag != 0;
    let [pages, records, total, with_more] = counts.pages.map(|count| count.get());
    Tally {
        lines: counts.lines.get(),
        malformed: counts.malformed.get(),
        missed: counts.missed.get(),
        local_times: has(HAS_LOCAL),
        left_out: counts.left_out.get(),
        actions: counts.actions.get(),
        truncated_lines: counts.truncated.get(),
        first_timestamp: has(HAS_TIME).then(|| counts.first.get()),
        last_timestamp: has(HAS_TIME).then(|| counts.last.get()),
        first_pos: has(HAS_POS).then(|| counts.pos.get()),
        levels: counts.levels.map(|count| count.get()),
        pages: Pages { pages, records, total, with_more },
        inflated_bytes: bytes as i64,
        ..Tally::of(origin)
    }
}

/// The tally of rows that were all left out by a filter.
pub(super) fn left_out(tally: Tally) -> Tally {
    Tally {
        filtered: tally.lines,
        malformed_left_out: tally.malformed,
        lines: 0,
        truncated_lines: 0,
        first_timestamp: None,
        last_timestamp: None,
        first_pos: None,
        levels: Default::default(),
        ..tally
    }
}
