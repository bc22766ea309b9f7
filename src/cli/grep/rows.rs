//! Cells of rows as text.

use std::borrow::Cow;

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimestampNanosecondType};
use ripsaw::batch::args_json;
use ripsaw::record::timestamp::format_utc;

/// A batch of the table `lines`.
pub(super) struct Rows<'a> {
    pub(super) batch: &'a RecordBatch,
    lines: &'a Int64Array,
    messages: &'a StringArray,
}

impl<'a> Rows<'a> {
    pub(super) fn new(batch: &'a RecordBatch) -> Self {
        let column = |name| batch.column_by_name(name).expect("a column of the table");
        Self {
            batch,
            lines: column("line").as_primitive(),
            messages: column("message").as_string(),
        }
    }

    pub(super) fn line(&self, row: usize) -> i64 {
        self.lines.value(row)
    }

    /// Empty where there is none.
    pub(super) fn message(&self, row: usize) -> &'a str {
        if self.messages.is_valid(row) { self.messages.value(row) } else { "" }
    }

    /// Nanoseconds since 1970.
    pub(super) fn time(&self, row: usize) -> Option<i64> {
        let times = self.batch.column_by_name("timestamp")?;
        times.is_valid(row).then(|| times.as_primitive::<TimestampNanosecondType>().value(row))
    }

    pub(super) fn text(&self, name: &str, row: usize) -> Option<Cow<'a, str>> {
        self.cell(self.batch.schema_ref().index_of(name).ok()?, row)
    }

    /// A cell as text; `None` for null.
    pub(super) fn cell(&self, column: usize, row: usize) -> Option<Cow<'a, str>> {
        let column = self.batch.column(column);
        if column.is_null(row) {
            return None;
        }
        Some(match column.data_type() {
            DataType::Utf8 => column.as_string::<i32>().value(row).into(),
            DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string().into(),
            DataType::Timestamp(..) => {
                format_utc(column.as_primitive::<TimestampNanosecondType>().value(row)).into()
            }
            DataType::Dictionary(..) => {
                let column = column.as_dictionary::<Int32Type>();
                let key = usize::try_from(column.keys().value(row)).ok()?;
                column.values().as_string::<i32>().value(key).into()
            }
            DataType::Map(..) => args_json(column.as_map(), row).into(),
            _ => return None,
        })
    }
}
