//! Columns that only Arrow's writer takes: maps with members, text with too many values for `dictionary`,
//! free text under codecs other than zstd, types that only the schema of a library's user has.
//!
//! It knows neither runs nor the unit of the file, so arrays are expanded and converted first.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int32Array, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Int32Type, TimeUnit, TimestampNanosecondType};
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::Result;

use super::group::Chunk;
use super::schema::Column;

/// Arrow's writers of a row group, created when the first is needed: most groups need none.
pub(super) struct ArrowWriters<'a> {
    pub(super) factory: &'a ArrowRowGroupWriterFactory,
    /// One per leaf, `None` once used; empty until the first is needed.
    pub(super) writers: Vec<Option<ArrowColumnWriter>>,
}

impl ArrowWriters<'_> {
    /// The chunks of a column, one per leaf.
    pub(super) fn encode(&mut self, column: &Column, arrays: &[&ArrayRef]) -> Result<Vec<Chunk>> {
        if self.writers.is_empty() {
            self.writers = self.factory.create_column_writers(0)?.into_iter().map(Some).collect();
        }
        let writers = self.writers[column.leaves.clone()].iter_mut();
        let mut writers: Vec<ArrowColumnWriter> = writers.filter_map(Option::take).collect();
        for array in arrays {
            // One array at a time: expanded, a row group's worth would take many times its size.
            let array = in_unit(&flat(array)?, &column.field);
            let parts = compute_leaves(&column.field, &array)?;
            for (writer, part) in writers.iter_mut().zip(&parts) {
                writer.write(part)?;
            }
        }
        let close = |writer: ArrowColumnWriter| Ok(Chunk::Arrow(Box::new(writer.close()?)));
        writers.into_iter().map(close).collect()
    }
}

/// Expands a run-end encoded array to one value for each row; any other array is returned as it is.
fn flat(array: &ArrayRef) -> Result<ArrayRef> {
    let Some(array_of_runs) = array.as_run_opt::<Int32Type>() else { return Ok(Arc::clone(array)) };
    let runs = crate::table::runs(array_of_runs);
    let rows = runs.flat_map(|(index, rows)| std::iter::repeat_n(index as i32, rows));
    let rows = Int32Array::from_iter_values(rows);
    // Unlike `table::expand` this takes values of any type.
    Ok(arrow::compute::take(array_of_runs.values(), &rows, None)?)
}

/// Converts nanoseconds to microseconds, rounding towards the past, if the field is in microseconds.
fn in_unit(array: &ArrayRef, field: &Field) -> ArrayRef {
    match field.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let Some(nanos) = array.as_primitive_opt::<TimestampNanosecondType>() else {
                return Arc::clone(array);
            };
            let micros: TimestampMicrosecondArray = nanos.unary(|nanos| nanos.div_euclid(1000));
            Arc::new(micros.with_timezone_opt(zone.clone()))
        }
        _ => Arc::clone(array),
    }
}
