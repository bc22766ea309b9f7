//! The columns of a table as the text sinks read them: types are settled once, for the schema; a batch
//! is then opened by it.

use arrow::array::{Array, RecordBatch, RunArray};
use arrow::datatypes::{Int32Type, Schema};
use arrow::error::ArrowError;

use super::column::{Column, Data, Kind, kind};
use super::runs::{Ends, Rows, Runs};

/// The columns of a table: names, and how each is read.
#[derive(Debug)]
pub(super) struct Layout {
    columns: Vec<(String, Kind)>,
}

impl Layout {
    /// An error names the first column whose type no text sink writes.
    pub(super) fn new(schema: &Schema) -> Result<Self, ArrowError> {
        let columns = schema.fields().iter().map(|field| Ok((field.name().clone(), kind(field)?)));
        Ok(Self { columns: columns.collect::<Result<_, ArrowError>>()? })
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// The batch's columns in schema order.
    ///
    /// Whatever can be wrong with the batch is an error here, so that no row fails later.
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
    /// From row to row.
    Each(Column<'a>),
    /// Seldom: neighbouring rows are alike.
    Runs(Runs<'a>),
}

impl<'a> Fields<'a> {
    fn open(name: &str, kind: Kind, array: &'a dyn Array) -> Result<Self, ArrowError> {
        if let Some(runs) = array.as_any().downcast_ref::<RunArray<Int32Type>>() {
            let column = Column::open(name, kind, runs.values().as_ref())?;
            return Ok(Self::Runs(Runs { column, rows: Rows::Ends(Ends::new(runs)) }));
        }
        let column = Column::open(name, kind, array)?;
        if let Data::Dictionary { keys, .. } = column.data {
            return Ok(Self::Runs(Runs { column, rows: Rows::Keys(keys) }));
        }
        Ok(match column.nulls {
            // Mostly null: what is repeated is null.
            Some(nulls) if 2 * nulls.null_count() >= array.len() => {
                Self::Runs(Runs { column, rows: Rows::Nulls(nulls) })
            }
            None if column.is_one_number() => Self::Runs(Runs { column, rows: Rows::All }),
            _ => Self::Each(column),
        })
    }
}
