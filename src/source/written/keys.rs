//! Columns of keys back to the members of the objects that they were.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type};
use arrow::util::display::array_value_to_string;

use super::json::push_string;

/// The metadata of a column that holds JSON as text.
const EXTENSION: &str = "ARROW:extension:name";
const JSON: &str = "arrow.json";

/// The metadata of a column that has another name than its key, as the module `table` writes it.
const KEY: &str = "ripsaw.key";

/// The key of a column.
pub(super) fn key_of(field: &Field) -> &str {
    field.metadata().get(KEY).unwrap_or(field.name())
}

/// Whether a column holds JSON as text.
fn is_json(field: &Field) -> bool {
    field.metadata().get(EXTENSION).is_some_and(|name| name == JSON)
}

/// A column of text, which may be JSON.
pub(super) fn text_field(name: &str, is_json: bool) -> Field {
    let field = Field::new(name, DataType::Utf8, true);
    let metadata = is_json.then(|| (EXTENSION.to_owned(), JSON.to_owned()));
    field.with_metadata(metadata.into_iter().collect())
}

/// Appends the value of a row, which is not null.
pub(super) fn push_value(field: &Field, array: &ArrayRef, row: usize, out: &mut Vec<u8>) {
    match array.data_type() {
        DataType::Utf8 if is_json(field) => {
            out.extend_from_slice(array.as_string::<i32>().value(row).as_bytes());
        }
        DataType::Utf8 => push_string(array.as_string::<i32>().value(row), out),
        DataType::Int64 => {
            let value = array.as_primitive::<Int64Type>().value(row);
            out.extend_from_slice(value.to_string().as_bytes());
        }
        DataType::Float64 => {
            let value = array.as_primitive::<Float64Type>().value(row);
            match value.is_finite() {
                true => out.extend_from_slice(zmij::Buffer::new().format(value).as_bytes()),
                false => out.extend_from_slice(b"null"),
            }
        }
        DataType::Boolean => {
            let value: &[u8] = if array.as_boolean().value(row) { b"true" } else { b"false" };
            out.extend_from_slice(value);
        }
        DataType::Struct(members) => {
            // The reader of Parquet leaves out what the schema says of fields in structs.
            let members = match field.data_type() {
                DataType::Struct(known) if known.len() == members.len() => known,
                _ => members,
            };
            let columns = array.as_struct().columns();
            let members = members.iter().map(|field| &**field).zip(columns);
            push_members(members, row, out);
        }
        DataType::List(item) => {
            let items = array.as_list::<i32>().value(row);
            out.push(b'[');
            for index in 0..items.len() {
                if index > 0 {
                    out.push(b',');
                }
                match items.is_null(index) {
                    true => out.extend_from_slice(b"null"),
                    false => push_value(item, &items, index, out),
                }
            }
            out.push(b']');
        }
        // No key has such a type: another program has added or changed the column.
        _ => push_string(&array_value_to_string(array, row).unwrap_or_default(), out),
    }
}

/// Appends an object of the members that are not null; returns whether there are any.
pub(super) fn push_members<'a>(
    members: impl Iterator<Item = (&'a Field, &'a ArrayRef)>,
    row: usize,
    out: &mut Vec<u8>,
) -> bool {
    let start = out.len();
    for (field, array) in members {
        if array.is_null(row) {
            continue;
        }
        out.push(if out.len() == start { b'{' } else { b',' });
        push_string(key_of(field), out);
        out.push(b':');
        push_value(field, array, row, out);
    }
    let has_members = out.len() > start;
    if !has_members {
        out.push(b'{');
    }
    out.push(b'}');
    has_members
}
