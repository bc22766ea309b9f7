//! Column chunks of numbers and times, as differences, with bounds for the footer.
//!
//! Line numbers, counters and times mostly grow by little, so their differences are small and repeat.

use std::borrow::Cow;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Field, Int8Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    TimestampNanosecondType,
};
use parquet::basic::{Encoding, Type as Physical};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;

use super::bounds::{PageBounds, ends, statistics};
use super::chunk::{ChunkWriter, Scratch, column_index};
use super::delta;
use super::levels::Levels;
use super::part::{Part, pages};
use crate::table;

/// Encodes a column as differences; `None` if the arrays are of another type than `field`, or of several.
pub(super) fn encode(
    parts: &[Part],
    field: &Field,
    descriptor: &ColumnDescPtr,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<Option<ColumnCloseResult>> {
    let Some(unit) = common_unit(parts, field.data_type()) else { return Ok(None) };
    let Scratch { codec, page, levels, numbers, .. } = scratch;
    let highest = descriptor.max_def_level();
    let width = codec.width();
    let mut chunk = ChunkWriter::new(descriptor, codec, out);
    let mut bounds: Vec<PageBounds<i64>> = Vec::new();
    for parts in pages(parts) {
        page.clear();
        levels.start(highest);
        numbers.clear();
        parts.iter().for_each(|part| gather(part, numbers, levels));
        if unit == Unit::MicrosOfNanos {
            // Towards the past, also before 1970, as `fallback` does: truncation would move those times up.
            numbers.iter_mut().for_each(|nanos| *nanos = nanos.div_euclid(1000));
        }
        levels.put(page)?;
        delta::encode(numbers, width, page);
        bounds.push((ends(numbers.iter().copied()), levels.rows() - numbers.len()));
        chunk.data(page, Encoding::DELTA_BINARY_PACKED, levels.rows())?;
    }
    // The numbers of 32-bit columns are of 8 bits (`level_number`).
    let (statistics, index) = match descriptor.physical_type() {
        Physical::INT32 => {
            let narrow = |page: PageBounds<i64>| -> PageBounds<i32> {
                (page.0.map(|(least, most)| (least as i32, most as i32)), page.1)
            };
            let bounds: Vec<_> = bounds.into_iter().map(narrow).collect();
            (statistics(&bounds), column_index(&bounds, Physical::INT32)?)
        }
        physical => (statistics(&bounds), column_index(&bounds, physical)?),
    };
    chunk.finish(Some(statistics), index).map(Some)
}

/// How the arrays' numbers become those of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// They are the same.
    AsIs,
    /// Nanoseconds to microseconds.
    MicrosOfNanos,
}

/// The conversion that all arrays need to be `written`; `None` if they differ, or if none is known.
fn common_unit(parts: &[Part], written: &DataType) -> Option<Unit> {
    let unit = |part: &Part| {
        let data_type = match part.array.data_type() {
            // The unit is that of the values: runs are expanded by `gather`.
            DataType::RunEndEncoded(ends, values) if *ends.data_type() == DataType::Int32 => {
                values.data_type()
            }
            other => other,
        };
        match (data_type, written) {
            (DataType::Int64, DataType::Int64) | (DataType::Int8, DataType::Int8) => {
                Some(Unit::AsIs)
            }
            (DataType::Timestamp(given, _), DataType::Timestamp(written, _)) => {
                match (given, written) {
                    (TimeUnit::Nanosecond, TimeUnit::Microsecond) => Some(Unit::MicrosOfNanos),
                    (TimeUnit::Nanosecond, TimeUnit::Nanosecond)
                    | (TimeUnit::Microsecond, TimeUnit::Microsecond) => Some(Unit::AsIs),
                    // Seconds, or microseconds in a file of nanoseconds: left to Arrow's writer.
                    _ => None,
                }
            }
            _ => None,
        }
    };
    let first = unit(parts.first()?)?;
    parts.iter().all(|part| unit(part) == Some(first)).then_some(first)
}

/// Adds the values that are not null, and the levels of all rows.
fn gather(part: &Part, numbers: &mut Vec<i64>, levels: &mut Levels) {
    if let Some(runs) = part.array.as_run_opt::<Int32Type>() {
        let values = plain(runs.values());
        for (index, rows) in table::runs(runs) {
            let is_valid = runs.values().is_valid(index);
            levels.push(is_valid.into(), rows);
            if is_valid {
                numbers.resize(numbers.len() + rows, values[index]);
            }
        }
        return;
    }
    let values = plain(&part.array);
    levels.push_part(part);
    part.for_valid(|rows| numbers.extend_from_slice(&values[rows]));
}

/// The numbers of all rows as 64 bits, with any number for those that are null. Borrowed but for 8-bit
/// arrays; empty for types that `common_unit` refuses.
fn plain(array: &ArrayRef) -> Cow<'_, [i64]> {
    if let Some(array) = array.as_primitive_opt::<Int8Type>() {
        return array.values().iter().map(|&number| number.into()).collect();
    }
    let numbers: &[i64] = if let Some(array) = array.as_primitive_opt::<Int64Type>() {
        array.values()
    } else if let Some(array) = array.as_primitive_opt::<TimestampNanosecondType>() {
        array.values()
    } else if let Some(array) = array.as_primitive_opt::<TimestampMicrosecondType>() {
        array.values()
    } else {
        &[]
    };
    numbers.into()
}
