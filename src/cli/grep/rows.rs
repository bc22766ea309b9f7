//! Cells of rows as text, for the printers.

use std::borrow::Cow;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::TimestampNanosecondType;
use ripsaw::table::{Texts, cell_text};

/// A batch of the table `lines`, with all columns; rows are indices in the batch.
pub(super) struct Rows<'a> {
    /// Columns that nobody looks at may be null.
    pub(super) batch: &'a RecordBatch,
    /// The column `line`.
    lines: &'a Int64Array,
    /// The place of the column `message`.
    message: usize,
    /// Message or JSON of each row.
    texts: Texts<'a>,
    /// The lines as in the log, with `--raw`.
    raw: Option<&'a [Vec<u8>]>,
    offsets: Option<&'a [u64]>,
}

impl<'a> Rows<'a> {
    /// Looks up the columns once per batch.
    pub(super) fn new(
        batch: &'a RecordBatch,
        texts: Texts<'a>,
        raw: Option<&'a [Vec<u8>]>,
        offsets: Option<&'a [u64]>,
    ) -> Self {
        let column = |name| batch.column_by_name(name).expect("a column of the table");
        let message = batch.schema_ref().index_of("message").expect("a column of the table");
        Self { batch, lines: column("line").as_primitive(), message, texts, raw, offsets }
    }

    /// The line as in the log, with `--raw`; empty if the row shares its line with the row before, or has
    /// none.
    pub(super) fn raw(&self, row: usize) -> Option<&'a [u8]> {
        self.raw.map(|raw| raw[row].as_slice())
    }

    /// Where that line begins in the text of its entry, with `-b`.
    pub(super) fn offset(&self, row: usize) -> Option<u64> {
        self.offsets.map(|offsets| offsets[row])
    }

    /// Physical line number, from 1.
    pub(super) fn line(&self, row: usize) -> i64 {
        self.lines.value(row)
    }

    /// The row's message, or its JSON if it has no message; empty if it has neither.
    pub(super) fn message(&self, row: usize) -> &'a str {
        self.texts.get(row).unwrap_or("")
    }

    /// Nanoseconds since 1970; `None` for null.
    pub(super) fn time(&self, row: usize) -> Option<i64> {
        let times = self.batch.column_by_name("timestamp")?;
        times.is_valid(row).then(|| times.as_primitive::<TimestampNanosecondType>().value(row))
    }

    /// The cell in the column with this name; `None` for null, and if there is no such column.
    pub(super) fn text(&self, name: &str, row: usize) -> Option<Cow<'a, str>> {
        self.cell(self.batch.schema_ref().index_of(name).ok()?, row)
    }

    /// A cell as text; in the column `message` what [`message`](Self::message) returns. `None` for null.
    pub(super) fn cell(&self, column: usize, row: usize) -> Option<Cow<'a, str>> {
        if column == self.message {
            return self.texts.get(row).map(Cow::Borrowed);
        }
        cell_text(self.batch.column(column), row)
    }
}
