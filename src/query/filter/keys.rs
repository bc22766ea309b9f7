//! Keys of records as a filter expression sees them: in columns of their own, or in `extra`.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type};

use crate::query::odata::{Value, in_json};
use crate::table::{Column, cell_text, is_json, key_of};

/// The column that a path of keys leads to.
pub(super) struct KeyCell {
    array: ArrayRef,
    is_json: bool,
    /// The keys that lead on from there, in JSON.
    rest: Vec<String>,
}

impl KeyCell {
    /// The column for a path of keys; `None` if there is none.
    pub(super) fn find(batch: &RecordBatch, path: &[String]) -> Option<Self> {
        let (first, rest) = path.split_first()?;
        let schema = batch.schema_ref();
        let fields = schema.fields().iter().zip(batch.columns()).skip(Column::ALL.len());
        let (field, array) = fields.into_iter().find(|(field, _)| key_of(field) == first)?;
        Self::within(field, array, rest)
    }

    /// The column for the rest of a path in a column.
    fn within(field: &Field, array: &ArrayRef, path: &[String]) -> Option<Self> {
        if let (DataType::Struct(fields), [key, rest @ ..]) = (field.data_type(), path) {
            let at = fields.iter().position(|field| key_of(field) == key)?;
            return Self::within(&fields[at], array.as_struct().column(at), rest);
        }
        // Other columns have nothing below them.
        let is_json = is_json(field);
        let is_end = path.is_empty() || is_json;
        is_end.then(|| Self { array: ArrayRef::clone(array), is_json, rest: path.to_vec() })
    }

    /// The value in a row; `None` for null.
    pub(super) fn value(&self, row: usize) -> Option<Value<'_>> {
        if self.array.is_null(row) {
            return None;
        }
        if self.is_json {
            return in_json(self.array.as_string::<i32>().value(row), &self.rest);
        }
        Some(match self.array.data_type() {
            DataType::Boolean => Value::Bool(self.array.as_boolean().value(row)),
            DataType::Int64 => Value::Int(self.array.as_primitive::<Int64Type>().value(row)),
            DataType::Float64 => {
                Value::Decimal(self.array.as_primitive::<Float64Type>().value(row))
            }
            // Objects and arrays are their JSON.
            _ => Value::Text(cell_text(&self.array, row)?),
        })
    }
}
