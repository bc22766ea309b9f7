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
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{ChunkWriter, PageBounds, Scratch, column_index};
use super::delta;
use super::levels::Levels;
use super::page::pages;
use crate::table;

/// Encodes a column as differences; `None` if the arrays are of another type than `field`, or of several.
pub(super) fn encode(
    arrays: &[&ArrayRef],
    field: &Field,
    descriptor: &ColumnDescPtr,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<Option<ColumnCloseResult>> {
    let Some(unit) = common_unit(arrays, field.data_type()) else { return Ok(None) };
    let Scratch { codec, page, levels, numbers } = scratch;
    let highest = descriptor.max_def_level();
    let width = codec.width();
    let mut chunk = ChunkWriter::new(descriptor, codec, out);
    let mut bounds: Vec<PageBounds<i64>> = Vec::new();
    for parts in pages(arrays) {
        page.clear();
        levels.clear();
        numbers.clear();
        parts.iter().for_each(|part| gather(part, numbers, levels));
        if unit == Unit::MicrosOfNanos {
            // Towards the past, also before 1970, as `fallback` does: truncation would move those times up.
            numbers.iter_mut().for_each(|nanos| *nanos = nanos.div_euclid(1000));
        }
        levels.put(highest, page)?;
        delta::encode(numbers, width, page);
        bounds.push((ends(numbers), levels.rows() - numbers.len()));
        chunk.data(page, Encoding::DELTA_BINARY_PACKED, levels.rows())?;
    }
    let physical = descriptor.physical_type();
    let bytes = |value: &i64| match physical {
        // The numbers are of 8 bits (`level_number`), so the lower half has all of them.
        Physical::INT32 => value.to_le_bytes()[..4].to_vec(),
        _ => value.to_le_bytes().to_vec(),
    };
    let index = column_index(&bounds, physical, bytes)?;
    chunk.finish(Some(statistics(&bounds, physical)), Some(index)).map(Some)
}

/// The least and the greatest, in one pass; `None` without numbers.
fn ends(numbers: &[i64]) -> Option<(i64, i64)> {
    let first = *numbers.first()?;
    let wider = |(least, most): (i64, i64), &number: &i64| (least.min(number), most.max(number));
    Some(numbers.iter().fold((first, first), wider))
}

/// The bounds and nulls of the chunk, from those of its pages.
fn statistics(pages: &[PageBounds<i64>], physical: Physical) -> Statistics {
    let bounds = || pages.iter().filter_map(|page| page.0);
    let (least, most) = (bounds().map(|b| b.0).min(), bounds().map(|b| b.1).max());
    let nulls: usize = pages.iter().map(|page| page.1).sum();
    let nulls = Some(nulls as u64);
    if physical == Physical::INT32 {
        // Exact: they are of 8 bits.
        let [least, most] = [least, most].map(|number| number.map(|number| number as i32));
        return Statistics::int32(least, most, None, nulls, false);
    }
    Statistics::int64(least, most, None, nulls, false)
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
fn common_unit(arrays: &[&ArrayRef], written: &DataType) -> Option<Unit> {
    let unit = |array: &ArrayRef| {
        let data_type = match array.data_type() {
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
    let first = unit(arrays.first()?)?;
    arrays.iter().all(|array| unit(array) == Some(first)).then_some(first)
}

/// Adds the values that are not null, and the levels of all rows.
fn gather(array: &ArrayRef, numbers: &mut Vec<i64>, levels: &mut Levels) {
    if let Some(runs) = array.as_run_opt::<Int32Type>() {
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
    let values = plain(array);
    levels.push_rows(array.nulls(), array.len());
    match array.nulls() {
        None => numbers.extend_from_slice(&values),
        Some(nulls) => nulls
            .valid_slices()
            .for_each(|(start, end)| numbers.extend_from_slice(&values[start..end])),
    }
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
