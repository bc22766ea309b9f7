//! Cells of rows as text.

use std::borrow::Cow;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::TimestampNanosecondType;
use ripsaw::table::{Texts, cell_text};

/// A batch of the table `lines`.
pub(super) struct Rows<'a> {
    pub(super) batch: &'a RecordBatch,
    lines: &'a Int64Array,
    texts: Texts<'a>,
    raw: Option<&'a [Vec<u8>]>,
    offsets: Option<&'a [u64]>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        batch: &'a RecordBatch,
        texts: Texts<'a>,
        raw: Option<&'a [Vec<u8>]>,
        offsets: Option<&'a [u64]>,
    ) -> Self {
        let column = |name| batch.column_by_name(name).expect("a column of the table");
        Self { batch, lines: column("line").as_primitive(), texts, raw, offsets }
    }

    /// The line as it is in the log, where that was asked for.
    pub(super) fn raw(&self, row: usize) -> Option<&'a [u8]> {
        self.raw.map(|raw| raw[row].as_slice())
    }

    /// Where that line begins in the text of its entry, if it was asked for.
    pub(super) fn offset(&self, row: usize) -> Option<u64> {
        self.offsets.map(|offsets| offsets[row])
    }

    pub(super) fn line(&self, row: usize) -> i64 {
        self.lines.value(row)
    }

    /// What the row says: its message or its JSON; empty where there is neither.
    pub(super) fn message(&self, row: usize) -> &'a str {
        self.texts.get(row).unwrap_or("")
    }

    /// Nanoseconds since 1970.
    pub(super) fn time(&self, row: usize) -> Option<i64> {
        let times = self.batch.column_by_name("timestamp")?;
        times.is_valid(row).then(|| times.as_primitive::<TimestampNanosecondType>().value(row))
    }

    pub(super) fn text(&self, name: &str, row: usize) -> Option<Cow<'a, str>> {
        self.cell(self.batch.schema_ref().index_of(name).ok()?, row)
    }

    /// A cell as text, of the message what the row [says](Self::message); `None` for null.
    pub(super) fn cell(&self, column: usize, row: usize) -> Option<Cow<'a, str>> {
        if self.batch.schema_ref().field(column).name() == "message" {
            return self.texts.get(row).map(Cow::Borrowed);
        }
        cell_text(self.batch.column(column), row)
    }
}
