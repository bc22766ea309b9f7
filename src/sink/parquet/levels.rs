//! Definition levels: as runs if they seldom change, else bit-packed.
//!
//! The level of a row says how much of its value exists. In a flat nullable column 0 is null and 1 a value;
//! in a column of maps without members (`blank`) 0 is null and 1 an empty map. In structs each that is not null
//! adds one.

use std::ops::Range;

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::{BooleanBuffer, NullBuffer};
use parquet::errors::{ParquetError, Result};

use super::part::Part;
use super::rle::{RunEncoder, put_varint};

/// The levels of the page being built.
#[derive(Default)]
pub(super) struct Levels {
    /// The rows that reach level 1, those of them that reach level 2, and so on up to the highest.
    planes: Vec<BooleanBufferBuilder>,
    /// A level and how many rows of it are not yet in the planes.
    pending: (u32, usize),
    rows: usize,
    /// Whether a row has level 0.
    has_nulls: bool,
}

impl Levels {
    /// Begins a page of levels up to `highest`.
    pub(super) fn start(&mut self, highest: i16) {
        self.planes.resize_with(highest.unsigned_abs().into(), || BooleanBufferBuilder::new(0));
        self.planes.iter_mut().for_each(|plane| plane.truncate(0));
        self.pending = (0, 0);
        self.rows = 0;
        self.has_nulls = false;
    }

    /// Adds rows of a level.
    pub(super) fn push(&mut self, level: u32, rows: usize) {
        if level != self.pending.0 {
            self.flush();
            self.pending.0 = level;
        }
        self.pending.1 += rows;
        self.rows += rows;
        self.has_nulls |= level == 0 && rows > 0;
    }

    /// Adds the pending rows to the planes.
    fn flush(&mut self) {
        let (level, rows) = std::mem::take(&mut self.pending);
        for (below, plane) in (0..).zip(&mut self.planes) {
            plane.append_n(rows, level > below);
        }
    }

    /// Adds the rows of a part: of level 0 if the outermost struct around it is null, one more for each that
    /// is not, and one more for a value.
    pub(super) fn push_part(&mut self, part: &Part) {
        self.flush();
        let rows = part.len();
        let mut planes = self.planes.iter_mut();
        // A row in a null struct is null in the plane of what is inside, as planes are of rows that are not
        // null so far.
        let mut reached: Option<NullBuffer> = None;
        for (nulls, plane) in part.outer.iter().chain([&part.nulls]).zip(&mut planes) {
            reached = NullBuffer::union(reached.as_ref(), nulls.as_ref());
            match &reached {
                Some(reached) => plane.append_buffer(reached.inner()),
                None => plane.append_n(rows, true),
            }
        }
        // Of maps and lists without members, which are not part of them.
        planes.for_each(|plane| plane.append_n(rows, false));
        self.rows += rows;
        self.has_nulls |= part.outer.first().unwrap_or(&part.nulls).is_some();
    }

    /// Rows so far, nulls included.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Appends the levels as in a data page of version 1: nothing if the highest is zero.
    ///
    /// # Errors
    /// Nulls in a column that has none by its schema.
    pub(super) fn put(&mut self, out: &mut Vec<u8>) -> Result<()> {
        /// More changes than one in so many rows are not written as runs.
        const RARE: usize = 16;
        if self.planes.is_empty() {
            // Without levels a reader would take the next value for the null.
            return match self.has_nulls {
                true => Err(ParquetError::General("a column without nulls has some".into())),
                false => Ok(()),
            };
        }
        self.flush();
        let planes = self.planes.iter_mut().map(BooleanBufferBuilder::finish);
        let planes: Vec<BooleanBuffer> = planes.collect();
        let highest = planes.len() as i16;
        let changes: usize = planes.iter().map(changes).sum();
        if changes * RARE > self.rows && highest < 8 {
            put_packed(&planes, self.rows, out);
        } else {
            let mut runs = Vec::new();
            push_runs(&planes, 0, 0..self.rows, &mut runs);
            put_levels(&runs, highest, out);
        }
        Ok(())
    }
}

/// How often a bit differs from the one before it, about.
fn changes(plane: &BooleanBuffer) -> usize {
    let mut last = 0;
    let changes = plane.bit_chunks().iter_padded().map(|word| {
        let before = word << 1 | std::mem::replace(&mut last, word >> 63);
        (word ^ before).count_ones() as usize
    });
    changes.sum()
}

/// Adds level and rows of the runs in a range of rows which all reach `level`.
fn push_runs(
    planes: &[BooleanBuffer],
    level: u32,
    rows: Range<usize>,
    runs: &mut Vec<(u32, usize)>,
) {
    let Some((plane, higher)) = planes.split_first() else {
        return runs.push((level, rows.len()));
    };
    let mut done = rows.start;
    for (start, end) in plane.slice(rows.start, rows.len()).set_slices() {
        let (start, end) = (rows.start + start, rows.start + end);
        if start > done {
            runs.push((level, start - done));
        }
        push_runs(higher, level + 1, start..end, runs);
        done = end;
    }
    if done < rows.end {
        runs.push((level, rows.end - done));
    }
}

/// Appends levels up to `highest` from runs, preceded by their length in four bytes, in as few bits as hold
/// `highest`.
pub(super) fn put_levels(runs: &[(u32, usize)], highest: i16, out: &mut Vec<u8>) {
    put_sized(out, |out| {
        let mut levels = RunEncoder::new(out, 16 - highest.leading_zeros());
        runs.iter().for_each(|&(level, rows)| levels.push(level, rows));
        levels.finish();
    });
}

/// Appends the levels of up to seven planes as one bit-packed run, preceded by their length.
fn put_packed(planes: &[BooleanBuffer], rows: usize, out: &mut Vec<u8>) {
    let groups = rows.div_ceil(8);
    let bytes: [&[u8]; 7] =
        std::array::from_fn(|at| planes.get(at).map_or(&[][..], |plane| plane.values()));
    let width = (usize::BITS - planes.len().leading_zeros()) as usize;
    put_sized(out, |out| {
        put_varint(out, (groups as u64) << 1 | 1);
        if let [plane] = planes {
            // The levels of a flat column are its plane.
            out.extend_from_slice(&plane.values()[..groups]);
            if let (Some(last), beyond @ 1..) = (out.last_mut(), 8 * groups - rows) {
                *last &= 0xff >> beyond;
            }
            return;
        }
        for group in 0..groups {
            // The last group may have fewer than eight rows; the rest of its bits has no meaning.
            let mask = 0xff >> (8 * (group + 1)).saturating_sub(rows);
            let [p1, p2, p3, p4, p5, p6, p7] =
                bytes.map(|plane| plane.get(group).copied().unwrap_or(0) & mask);
            // A row that reaches a level reaches all below it, so its level is how many it reaches.
            let low = p1 ^ p2 ^ p3 ^ p4 ^ p5 ^ p6 ^ p7;
            let (middle, high) = (p2 ^ p4 ^ p6, p4);
            let levels = match width {
                1 => low.into(),
                2 => SPREAD[0][usize::from(low)] | SPREAD[0][usize::from(middle)] << 1,
                _ => {
                    SPREAD[1][usize::from(low)]
                        | SPREAD[1][usize::from(middle)] << 1
                        | SPREAD[1][usize::from(high)] << 2
                }
            };
            out.extend_from_slice(&levels.to_le_bytes()[..width]);
        }
    });
}

/// The bits of a byte with one bit between them and the next, and with two.
const SPREAD: [[u32; 256]; 2] = {
    let mut spread = [[0; 256]; 2];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            let set = (byte as u32 >> bit) & 1;
            spread[0][byte] |= set << (2 * bit);
            spread[1][byte] |= set << (3 * bit);
            bit += 1;
        }
        byte += 1;
    }
    spread
};

/// Appends what `put` does, preceded by its length in four bytes.
fn put_sized(out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    // The length is known only afterwards.
    out.extend_from_slice(&[0; 4]);
    put(out);
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}
