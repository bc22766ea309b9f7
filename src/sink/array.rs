//! What the text sinks ask of arrays: their type, and texts with their room.

use std::ops::Range;

use arrow::array::{Array, StringArray, TimestampMicrosecondArray};
use arrow::error::ArrowError;

use super::scan::Span;

/// The most bytes that text takes if those that are wide become `widest` each.
pub(super) fn measure(text: &[u8], widest: usize, is_wide: fn(u8) -> bool) -> usize {
    text.len() + (widest - 1) * text.iter().filter(|&&byte| is_wide(byte)).count()
}

/// Bytes of text in the rows, nulls included, which usually have none.
pub(super) fn bytes_of(values: &StringArray, rows: &Range<usize>) -> usize {
    let offsets = values.value_offsets();
    (offsets[rows.end] - offsets[rows.start]) as usize
}

/// The text at `index`, with the rest of the array's bytes after it: whole chunks can be read up to the last
/// texts of an array.
#[inline]
pub(super) fn span(values: &StringArray, index: usize) -> Span<'_> {
    let offsets = values.value_offsets();
    // Offsets of a valid array are never negative.
    let [start, end] = [offsets[index], offsets[index + 1]].map(|offset| offset as usize);
    Span::new(&values.value_data()[start..], end - start)
}

/// The array as the type that its kind reads; an error if the batch is not of the schema.
pub(super) fn downcast<'a, T: 'static>(
    name: &str,
    array: &'a dyn Array,
) -> Result<&'a T, ArrowError> {
    array.as_any().downcast_ref().ok_or_else(|| of_another_type(name, array))
}

/// The error of a batch that is not of the schema.
pub(super) fn of_another_type(name: &str, array: &dyn Array) -> ArrowError {
    ArrowError::SchemaError(format!(
        "column `{name}` of the batch has the type {}, which is not the table's",
        array.data_type()
    ))
}

/// The array, if nanoseconds in 64 bits hold all its values. `flatten` skips the nulls, whose numbers do not
/// count.
pub(super) fn within_nanoseconds<'a>(
    name: &str,
    array: &'a TimestampMicrosecondArray,
) -> Result<&'a TimestampMicrosecondArray, ArrowError> {
    match array.iter().flatten().find(|micros| micros.checked_mul(1_000).is_none()) {
        None => Ok(array),
        Some(micros) => Err(ArrowError::InvalidArgumentError(format!(
            "column `{name}`: timestamp {micros} us is outside the years 1677 to 2262"
        ))),
    }
}
