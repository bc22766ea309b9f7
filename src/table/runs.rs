//! Columns that are constant over runs of rows: Arrow's run-end encoding, read and expanded.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBufferBuilder, DictionaryArray, Int8Array, Int32Array,
    Int64Array, RecordBatch, RecordBatchOptions, RunArray, StringArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{ArrowNativeType, DataType, Int8Type, Int32Type, Int64Type, SchemaRef};
use arrow::error::ArrowError;

/// The batch with every run-end encoded column as the plain column that `schema` has in its place;
/// its other columns are the same arrays.
///
/// # Errors
/// A run-end encoded column whose runs or values are of other types than the tables have, columns
/// that are not the schema's, text that 32-bit offsets cannot hold.
pub fn expand(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(expand_column).collect::<Result<_, _>>()?;
    // Without columns Arrow cannot know the number of rows.
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

/// The runs of an array from its first row to its last: an index into its values, and the number
/// of rows, which is never 0.
pub fn runs(array: &RunArray<Int32Type>) -> impl Iterator<Item = (usize, usize)> {
    let ends = array.run_ends();
    // A slice of the array shares the ends of all runs: it begins within the run at `first`, and its
    // first row has the number `done` among them.
    let first = ends.get_start_physical_index();
    let end = ends.offset() + ends.len();
    let mut done = ends.offset();
    ends.values()[first..].iter().enumerate().map_while(move |(n, &run_end)| {
        // Ends are never negative. The last run may reach beyond a slice; runs after it have no rows.
        let rows = end.min(run_end as usize).saturating_sub(done);
        done += rows;
        (rows > 0).then_some((first + n, rows))
    })
}

/// One column of [`expand`].
pub(crate) fn expand_column(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    if !matches!(column.data_type(), DataType::RunEndEncoded(..)) {
        return Ok(Arc::clone(column));
    }
    let refuse = || {
        ArrowError::SchemaError(format!("runs of the type {} are not known", column.data_type()))
    };
    let array = column.as_run_opt::<Int32Type>().ok_or_else(refuse)?;
    let values = array.values();
    Ok(match values.data_type() {
        DataType::Dictionary(..) => {
            let values = values.as_dictionary_opt::<Int32Type>().ok_or_else(refuse)?;
            let keys = values.keys();
            // The codes are repeated; the dictionary itself is shared, not copied.
            let code = |value| keys.is_valid(value).then(|| keys.value(value));
            let codes = match runs(array).all(|(value, _)| code(value).unwrap_or_default() == 0) {
                true => zeros(array.len()),
                false => fill(array, code),
            };
            let codes = Int32Array::new(codes, valid(array, keys));
            Arc::new(DictionaryArray::new(codes, Arc::clone(values.values())))
        }
        DataType::Int8 => {
            let values = values.as_primitive::<Int8Type>();
            let filled = fill(array, |value| values.is_valid(value).then(|| values.value(value)));
            Arc::new(Int8Array::new(filled, valid(array, values)))
        }
        DataType::Int64 => {
            let values = values.as_primitive::<Int64Type>();
            let filled = fill(array, |value| values.is_valid(value).then(|| values.value(value)));
            Arc::new(Int64Array::new(filled, valid(array, values)))
        }
        DataType::Utf8 => Arc::new(fill_text(array, values.as_string())?),
        _ => return Err(refuse()),
    })
}

/// A column of names as plain text; `None` if it is not one that is constant over runs of rows.
///
/// # Errors
/// Text that 32-bit offsets cannot hold.
pub(crate) fn expand_names(column: &ArrayRef) -> Result<Option<ArrayRef>, ArrowError> {
    let Some(array) = column.as_run_opt::<Int32Type>() else { return Ok(None) };
    if !matches!(array.values().data_type(), DataType::Dictionary(..)) {
        return Ok(None);
    }
    // Of each run once.
    let values = cast(array.values(), &DataType::Utf8)?;
    Ok(Some(Arc::new(fill_text(array, values.as_string())?)))
}

/// The first code of a dictionary, so many times. Most columns of names have one name in a whole batch: they share
/// their codes, so that these are neither written nor take memory of their own.
fn zeros(rows: usize) -> ScalarBuffer<i32> {
    const MOST: usize = 1 << 16;
    static ZEROS: LazyLock<ScalarBuffer<i32>> = LazyLock::new(|| vec![0; MOST].into());
    if rows <= MOST { ZEROS.slice(0, rows) } else { vec![0; rows].into() }
}

/// One value per row; 0 for null.
fn fill<T: ArrowNativeType>(
    array: &RunArray<Int32Type>,
    value: impl Fn(usize) -> Option<T>,
) -> ScalarBuffer<T> {
    let mut filled = Vec::with_capacity(array.len());
    for (index, rows) in runs(array) {
        filled.resize(filled.len() + rows, value(index).unwrap_or_default());
    }
    ScalarBuffer::from(filled)
}

/// Which rows have a value; `None` where all have.
fn valid(array: &RunArray<Int32Type>, values: &dyn Array) -> Option<NullBuffer> {
    values.nulls()?;
    let mut valid = BooleanBufferBuilder::new(array.len());
    for (index, rows) in runs(array) {
        valid.append_n(rows, values.is_valid(index));
    }
    Some(NullBuffer::new(valid.finish())).filter(|nulls| nulls.null_count() > 0)
}

/// The text of each run as often as it has rows, in one buffer. An error if that exceeds 32-bit offsets.
fn fill_text(array: &RunArray<Int32Type>, values: &StringArray) -> Result<StringArray, ArrowError> {
    let text = |index| if values.is_valid(index) { values.value(index) } else { "" };
    let total: usize = runs(array).map(|(index, rows)| text(index).len() * rows).sum();
    if i32::try_from(total).is_err() {
        return Err(ArrowError::OffsetOverflowError(total));
    }
    let mut bytes = Vec::with_capacity(total);
    let mut offsets = Vec::with_capacity(array.len() + 1);
    offsets.push(0);
    for (index, rows) in runs(array) {
        let text = text(index).as_bytes();
        // All below `total`, which fits.
        let [start, step] = [bytes.len() as i32, text.len() as i32];
        offsets.extend((1..=rows as i32).map(|row| start + row * step));
        repeat(text, rows, &mut bytes);
    }
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    StringArray::try_new(offsets, bytes.into(), valid(array, values))
}

/// Appends `text` so many times, by doubling what is there.
fn repeat(text: &[u8], times: usize, out: &mut Vec<u8>) {
    let start = out.len();
    let end = start + text.len() * times;
    out.extend_from_slice(text);
    while out.len() < end {
        // Two copies become four, four become eight: few calls, however many rows a short text has.
        let have = out.len() - start;
        out.extend_from_within(start..start + have.min(end - out.len()));
    }
}
