//! Columns that only Arrow's writer takes: maps with members, text with too many values for `dictionary`,
//! free text under codecs other than zstd, types that only the schema of a library's user has.
//!
//! It knows neither runs nor the unit of the file, so arrays are expanded and converted first.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray, Int32Array, RecordBatch, StructArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, FieldRef, Fields, Int32Type, TimeUnit, TimestampNanosecondType};
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::{ParquetError, Result};

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
    pub(super) fn encode(
        &mut self,
        column: &Column,
        batches: &[RecordBatch],
    ) -> Result<Vec<Chunk>> {
        if self.writers.is_empty() {
            self.writers = self.factory.create_column_writers(0)?.into_iter().map(Some).collect();
        }
        let writers = self.writers[column.leaves.clone()].iter_mut();
        let mut writers: Vec<ArrowColumnWriter> = writers.filter_map(Option::take).collect();
        let Some((&first, members)) = column.path.split_first() else { return Ok(Vec::new()) };
        for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
            // One array at a time: expanded, a row group's worth would take many times its size.
            let array = in_unit(&flat(batch.column(first))?, column.root.data_type());
            let (field, array) = alone(&column.root, &array, members)?;
            let parts = compute_leaves(&field, &array)?;
            for (writer, part) in writers.iter_mut().zip(&parts) {
                writer.write(part)?;
            }
        }
        let close = |writer: ArrowColumnWriter| Ok(Chunk::Arrow(Box::new(writer.close()?)));
        writers.into_iter().map(close).collect()
    }
}

/// One member of structs with the structs around it, which have no other.
fn alone(field: &FieldRef, array: &ArrayRef, members: &[usize]) -> Result<(FieldRef, ArrayRef)> {
    let Some((&member, inner)) = members.split_first() else {
        return Ok((Arc::clone(field), Arc::clone(array)));
    };
    let structs = array.as_struct_opt().filter(|structs| member < structs.num_columns());
    let (Some(structs), DataType::Struct(fields)) = (structs, field.data_type()) else {
        return Err(ParquetError::General(format!("column {} is not of the schema", field.name())));
    };
    let (child, column) = alone(&fields[member], structs.column(member), inner)?;
    let fields = Fields::from(vec![child]);
    let array = StructArray::try_new(fields.clone(), vec![column], structs.nulls().cloned())?;
    let data_type = DataType::Struct(fields);
    Ok((Arc::new(field.as_ref().clone().with_data_type(data_type)), Arc::new(array)))
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
fn in_unit(array: &ArrayRef, data_type: &DataType) -> ArrayRef {
    match data_type {
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
