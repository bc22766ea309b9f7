//! The columns of a table as the text sinks read them: types are settled once, for the schema, and every
//! batch is then opened by it.
//!
//! A schema with a type that has no text form is refused here, before any output; a batch that is not of
//! the schema is refused by [`Layout::open`], before its first row.

use arrow::array::{Array, RecordBatch, RunArray};
use arrow::datatypes::{Int32Type, Schema};
use arrow::error::ArrowError;

use super::column::{Column, Data, Kind, kind};
use super::runs::{Ends, Rows, Runs};

/// The columns of a table: names, and how each is read.
#[derive(Debug)]
pub(super) struct Layout {
    /// Name and kind, in the order of the schema.
    columns: Vec<(String, Kind)>,
}

impl Layout {
    /// The layout of a schema. An error names the first column whose type no text sink writes.
    pub(super) fn new(schema: &Schema) -> Result<Self, ArrowError> {
        let columns = schema.fields().iter().map(|field| Ok((field.name().clone(), kind(field)?)));
        Ok(Self { columns: columns.collect::<Result<_, ArrowError>>()? })
    }

    /// The names of the columns, in the order of the schema.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// The batch's columns in schema order.
    ///
    /// Everything that can be wrong with the batch is an error here, so that no row fails later, when a
    /// part of it has been written.
    pub(super) fn open<'a>(&self, batch: &'a RecordBatch) -> Result<Vec<Fields<'a>>, ArrowError> {
        if batch.num_columns() != self.columns.len() {
            return Err(ArrowError::SchemaError(format!(
                "the batch has {} columns, the table {}",
                batch.num_columns(),
                self.columns.len()
            )));
        }
        let columns = self.columns.iter().zip(batch.columns());
        columns.map(|((name, kind), array)| Fields::open(name, *kind, array)).collect()
    }
}

/// A column and how often its value changes.
pub(super) enum Fields<'a> {
    /// From row to row, as `message` does.
    Each(Column<'a>),
    /// Rarely: neighbouring rows have the same value, as in `step`.
    Runs(Runs<'a>),
}

impl<'a> Fields<'a> {
    /// A column of a batch. Which of the two it is depends on the batch, not on the schema; the text of the
    /// rows is the same either way.
    fn open(name: &str, kind: Kind, array: &'a dyn Array) -> Result<Self, ArrowError> {
        if let Some(runs) = array.as_any().downcast_ref::<RunArray<Int32Type>>() {
            // The kind is that of the values; the schema has the type without the runs.
            let column = Column::open(name, kind, runs.values().as_ref())?;
            return Ok(Self::Runs(Runs { column, rows: Rows::Ends(Ends::new(runs)) }));
        }
        let column = Column::open(name, kind, array)?;
        // Text of few values, which are written entry by entry: equal keys are neighbours.
        if let Data::Dictionary { keys, .. } = column.data {
            return Ok(Self::Runs(Runs { column, rows: Rows::Keys(keys) }));
        }
        Ok(match column.nulls {
            // At least half null, as `parse_error` and `extra` are: the runs are those of nulls.
            Some(nulls) if 2 * nulls.null_count() >= array.len() => {
                Self::Runs(Runs { column, rows: Rows::Nulls(nulls) })
            }
            // As `pos` of a writer that never counts.
            None if column.is_one_number() => Self::Runs(Runs { column, rows: Rows::All }),
            _ => Self::Each(column),
        })
    }
}
