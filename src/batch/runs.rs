//! Run-end encoded columns to plain ones.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, RecordBatch, RunArray,
    StringBuilder,
};
use arrow::datatypes::{DataType, Int32Type, Int64Type, SchemaRef};
use arrow::error::ArrowError;

/// The batch with every run-end encoded column as the schema has it.
///
/// # Errors
/// A column that is not the schema's, as runs or plain.
pub fn expand(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(|column| match column.data_type() {
        DataType::RunEndEncoded(..) => expand_column(column),
        _ => Arc::clone(column),
    });
    RecordBatch::try_new(Arc::clone(schema), columns.collect())
}

pub(super) fn expand_column(column: &ArrayRef) -> ArrayRef {
    let runs: &RunArray<Int32Type> = column.as_run();
    let values = runs.values();
    match values.data_type() {
        DataType::Dictionary(..) => {
            let dictionary = values.as_dictionary::<Int32Type>();
            let keys: Int32Array = repeated(runs, |run| {
                let keys = dictionary.keys();
                keys.is_valid(run).then(|| keys.value(run))
            })
            .collect();
            Arc::new(DictionaryArray::new(keys, Arc::clone(dictionary.values())))
        }
        DataType::Int64 => {
            let values = values.as_primitive::<Int64Type>();
            let value = |run| values.is_valid(run).then(|| values.value(run));
            Arc::new(repeated(runs, value).collect::<Int64Array>())
        }
        DataType::Utf8 => {
            let values = values.as_string::<i32>();
            let value = |run| values.is_valid(run).then(|| values.value(run));
            let mut texts = StringBuilder::with_capacity(runs.len(), runs.len());
            repeated(runs, value).for_each(|text| texts.append_option(text));
            Arc::new(texts.finish())
        }
        // A type that the schema refuses.
        _ => Arc::clone(column),
    }
}

/// The value of every row.
fn repeated<'a, T: Copy + 'a>(
    runs: &'a RunArray<Int32Type>,
    value: impl Fn(usize) -> T + 'a,
) -> impl Iterator<Item = T> + 'a {
    let first = runs.get_start_physical_index();
    let ends = runs.run_ends().sliced_values();
    let mut start = 0;
    ends.enumerate().flat_map(move |(run, end)| {
        let length = end as usize - start;
        start = end as usize;
        std::iter::repeat_n(value(first + run), length)
    })
}
