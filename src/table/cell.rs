//! Single cells of the tables as text, for `cat`, OData filters and the library's records. Files are
//! written column by column, not through here.

use std::borrow::Cow;

use arrow::array::{Array, AsArray, MapArray, StructArray};
use arrow::datatypes::{
    DataType, Field, Fields, Float64Type, Int8Type, Int32Type, Int64Type, TimestampNanosecondType,
};

use super::is_json;
use crate::record::timestamp::format_utc;

/// A cell of the table `lines` as text: times as RFC 3339 in UTC, args, structs and lists as JSON, numbers in
/// decimal. Members that are null are left out of their structs. `None` for null. The column must not be run-end encoded.
pub fn cell_text(column: &dyn Array, row: usize) -> Option<Cow<'_, str>> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::Int8 => column.as_primitive::<Int8Type>().value(row).to_string().into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string().into(),
        DataType::Float64 => double_text(column.as_primitive::<Float64Type>().value(row)).into(),
        DataType::Boolean => if column.as_boolean().value(row) { "true" } else { "false" }.into(),
        DataType::Timestamp(..) => {
            format_utc(column.as_primitive::<TimestampNanosecondType>().value(row)).into()
        }
        DataType::Dictionary(..) => {
            let column = column.as_dictionary::<Int32Type>();
            let key = usize::try_from(column.keys().value(row)).ok()?;
            column.values().as_string::<i32>().value(key).into()
        }
        DataType::Map(..) => args_json(column.as_map(), row).into(),
        DataType::Struct(fields) => struct_json(fields, column.as_struct(), row).into(),
        DataType::List(item) => list_json(item, &column.as_list::<i32>().value(row)).into(),
        _ => return None,
    })
}

/// A double in the fewest digits that read back as the same one.
fn double_text(value: f64) -> String {
    zmij::Buffer::new().format(value).to_owned()
}

/// An object as JSON text.
fn struct_json(fields: &Fields, structs: &StructArray, row: usize) -> String {
    let members = fields.iter().zip(structs.columns());
    let members = members.filter(|(_, column)| column.is_valid(row)).map(|(field, column)| {
        let key = serde_json::Value::from(field.name().as_str());
        format!("{key}:{}", value_json(field, column, row))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// The items of a list as JSON text.
fn list_json(item: &Field, items: &dyn Array) -> String {
    let items = (0..items.len()).map(|at| value_json(item, items, at));
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// A value inside an object or a list as JSON text.
fn value_json(field: &Field, column: &dyn Array, row: usize) -> String {
    let Some(text) = cell_text(column, row) else { return "null".to_owned() };
    let is_json = match field.data_type() {
        DataType::Utf8 => is_json(field),
        DataType::Dictionary(..) | DataType::Timestamp(..) => false,
        // JSON has no other numbers.
        DataType::Float64 if !column.as_primitive::<Float64Type>().value(row).is_finite() => {
            return "null".to_owned();
        }
        _ => true,
    };
    match is_json {
        true => text.into_owned(),
        false => serde_json::Value::from(text).to_string(),
    }
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
