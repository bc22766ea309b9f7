//! Columns by name, and keys of records that have none.

use ripsaw::query::KeyText;
use ripsaw::table::lines_schema;

/// Indices of columns of the table `lines`. What is none of them is the key of a record, and gets a column
/// after them; `option` is the one that names it, for the error where records have no keys.
pub(super) fn columns(
    names: &[String],
    option: &'static str,
    json: bool,
    keys: &mut Vec<(KeyText, &'static str)>,
) -> Vec<usize> {
    names.iter().map(|name| column_of(name, option, json, keys)).collect()
}

/// As [`columns`], of one name.
pub(super) fn column_of(
    name: &str,
    option: &'static str,
    json: bool,
    keys: &mut Vec<(KeyText, &'static str)>,
) -> usize {
    let schema = lines_schema();
    let name = name.trim();
    schema.index_of(name).unwrap_or_else(|_| {
        let key = KeyText::new(name, json);
        let place = keys.iter().position(|(other, _)| *other == key).unwrap_or_else(|| {
            keys.push((key, option));
            keys.len() - 1
        });
        schema.fields().len() + place
    })
}
