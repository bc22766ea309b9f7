//! The columns that differ from line to line, as the decoders fill them.
//!
//! Each kind of column is stored for its usual content: numbers and messages with few nulls, levels and
//! offsets as runs, `extra` and errors as the few rows that have any. `finish` makes Arrow arrays of
//! them.

mod maps;
mod messages;
mod numbers;
mod sparse;

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, TimestampNanosecondArray};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{ArrowNativeType, ToByteSlice};

use super::pool::Pool;
use super::schema::Column;
use super::text_runs::TextRuns;

use maps::Maps;
pub(crate) use maps::Members;
use messages::Messages;
use numbers::Numbers;
use sparse::SparseTexts;

/// One row per line. A row is whole once its line number is pushed: until then [`Columns::forget_row`]
/// can undo what was written of its message and args, which a parser writes as it reads.
#[derive(Default)]
pub(crate) struct Columns {
    pools: Pools,
    /// Its length is the number of whole rows.
    pub(crate) line: Vec<i64>,
    pub(crate) timestamp: Numbers,
    pub(crate) zone: TextRuns,
    /// The level as written; `level` and `level_number` follow from it.
    pub(crate) level_text: TextRuns,
    /// The writer's own counter; null in formats without one.
    pub(crate) pos: Numbers,
    pub(crate) message: Messages,
    pub(crate) args: Maps,
    pub(crate) extra: SparseTexts,
    /// Why a line could not be parsed.
    pub(crate) error: SparseTexts,
    /// The JSON of records that say something, but not in their message.
    pub(super) json: SparseTexts,
}

/// Where the large vectors come from and go to, by element type and size.
#[derive(Clone, Default)]
struct Pools {
    /// Of `line`, `timestamp` and `pos`.
    numbers: Pool<i64>,
    /// Of messages, like `bytes`.
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
        // What is left out was decided for the whole run, before its threads started.
        columns.message.is_left_out = self.message.is_left_out;
        columns.args.is_left_out = self.args.is_left_out;
        columns.extra.is_left_out = self.extra.is_left_out;
        columns.json.is_left_out = self.json.is_left_out;
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
        // Timestamp, pos, level and the rest are pushed only once the whole line is verified; only
        // these two are written on the way.
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

/// The values as a buffer, and a used vector from the pool in their place.
fn lend<T: ArrowNativeType>(values: &mut Vec<T>, pool: &Pool<T>) -> ScalarBuffer<T>
where
    [T]: ToByteSlice,
{
    ScalarBuffer::from(pool.lend(std::mem::replace(values, pool.take())))
}
