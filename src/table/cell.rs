//! Single cells of the tables as text, for `cat`, OData filters and the library's records. Files are
//! written column by column, not through here.

use std::borrow::Cow;

use arrow::array::{Array, AsArray, MapArray};
use arrow::datatypes::{DataType, Int8Type, Int32Type, Int64Type, TimestampNanosecondType};

use crate::record::timestamp::format_utc;

/// A cell of the table `lines` as text: times as RFC 3339 in UTC, args as JSON, numbers in decimal. `None`
/// for null. The column must not be run-end encoded.
pub fn cell_text(column: &dyn Array, row: usize) -> Option<Cow<'_, str>> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::Int8 => column.as_primitive::<Int8Type>().value(row).to_string().into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string().into(),
        DataType::Timestamp(..) => {
            format_utc(column.as_primitive::<TimestampNanosecondType>().value(row)).into()
        }
        DataType::Dictionary(..) => {
            let column = column.as_dictionary::<Int32Type>();
            let key = usize::try_from(column.keys().value(row)).ok()?;
            column.values().as_string::<i32>().value(key).into()
        }
        DataType::Map(..) => args_json(column.as_map(), row).into(),
        _ => return None,
    })
}

/// A map of the column `args` as JSON text, members in their order, a null value as `null`.
fn args_json(args: &MapArray, row: usize) -> String {
    let (keys, values) = (args.keys().as_string::<i32>(), args.values().as_string::<i32>());
    let offsets = args.value_offsets();
    let members = offsets[row] as usize..offsets[row + 1] as usize;
    // Every value is a string here, also one that was a number in the line.
    let json = |text: &str| serde_json::Value::from(text).to_string();
    let value = |at| if values.is_valid(at) { json(values.value(at)) } else { "null".into() };
    let members: Vec<String> =
        members.map(|at| format!("{}:{}", json(keys.value(at)), value(at))).collect();
    format!("{{{}}}", members.join(","))
}
