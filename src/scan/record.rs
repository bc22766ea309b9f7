//! Records, one after the other: the rows of batches, for callers that do not use Arrow.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Int8Type, Int32Type, Int64Type, SchemaRef, TimestampNanosecondType,
};

use super::batches::Batches;
use crate::error::Result;
use crate::record::level::Level;
use crate::table::cell_text;

/// The rows of a batch, shared by its records.
#[derive(Debug)]
struct Rows {
    schema: SchemaRef,
    columns: Vec<ArrayRef>,
}

/// One row of the table `lines`; cheap to clone.
#[derive(Debug, Clone)]
pub struct LogRecord {
    rows: Arc<Rows>,
    row: usize,
}

impl LogRecord {
    /// The column, if it was selected and this row is not null in it.
    fn column(&self, name: &str) -> Option<&ArrayRef> {
        let column = &self.rows.columns[self.rows.schema.index_of(name).ok()?];
        column.is_valid(self.row).then_some(column)
    }

    /// The value of a column as text, as `cat` prints it; `None` if it is null or was not selected.
    /// Of text columns it is borrowed.
    pub fn text(&self, column: &str) -> Option<Cow<'_, str>> {
        cell_text(self.column(column)?, self.row)
    }

    /// The message.
    pub fn message(&self) -> Option<&str> {
        Some(self.column("message")?.as_string::<i32>().value(self.row))
    }

    /// The time in nanoseconds since 1970 (UTC).
    pub fn timestamp(&self) -> Option<i64> {
        let column = self.column("timestamp")?;
        Some(column.as_primitive::<TimestampNanosecondType>().value(self.row))
    }

    /// The level.
    pub fn level(&self) -> Option<Level> {
        let column = self.column("level")?.as_dictionary::<Int32Type>();
        // The codes of the dictionary are the levels' own numbers.
        Level::ALL.get(column.key(self.row)?).copied()
    }

    /// The physical line in the entry, from 1; 0 if the column was not selected.
    pub fn line(&self) -> i64 {
        self.integer("line").unwrap_or(0)
    }

    /// The value of an integer column, such as `pos`, `run` or `level_number`.
    pub fn integer(&self, column: &str) -> Option<i64> {
        let column = self.column(column)?;
        match column.data_type() {
            DataType::Int64 => Some(column.as_primitive::<Int64Type>().value(self.row)),
            DataType::Int8 => Some(column.as_primitive::<Int8Type>().value(self.row).into()),
            _ => None,
        }
    }
}

/// Records in the order of the input. Dropping it stops the threads that decode ahead.
pub struct Records {
    batches: Batches,
    /// The batch whose records are handed out now.
    rows: Option<Arc<Rows>>,
    /// The row of the next record in it.
    next: usize,
}

impl Records {
    /// The records of batches.
    pub(crate) fn of(batches: Batches) -> Self {
        Self { batches, rows: None, next: 0 }
    }
}

impl Iterator for Records {
    type Item = Result<LogRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // A projection has a column at least, and all columns of a batch have the same length.
            if let Some(rows) = &self.rows
                && self.next < rows.columns[0].len()
            {
                let record = LogRecord { rows: Arc::clone(rows), row: self.next };
                self.next += 1;
                return Some(Ok(record));
            }
            let batch = match self.batches.next()? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(error)),
            };
            let (schema, columns, _) = batch.into_parts();
            (self.rows, self.next) = (Some(Arc::new(Rows { schema, columns })), 0);
        }
    }
}
