//! Keys of records as columns of text, read from `extra`: for output that is text itself.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::json::{value_as_text, values_of};
use crate::table::{Column, append_fields, json_mark};

/// A key, or one in an object, as a column after those of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyText {
    /// As it was named, `req/method`: what the column is called.
    name: String,
    /// Values as JSON; else strings are decoded.
    json: bool,
}

impl KeyText {
    /// The column of a key by its name or path; its values are `json`, or texts.
    pub fn new(name: &str, json: bool) -> Self {
        Self { name: name.to_owned(), json }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The schema with the columns of these keys after its own.
    pub fn add_fields(table: &Schema, keys: &[Self]) -> SchemaRef {
        append_fields(table, keys.iter().map(Self::field))
    }

    /// The column's field.
    pub(crate) fn field(&self) -> Field {
        let field = Field::new(&self.name, DataType::Utf8, true);
        if self.json { field.with_metadata(json_mark()) } else { field }
    }

    /// The column of a batch of the table `lines`.
    pub(crate) fn column(&self, batch: &RecordBatch) -> ArrayRef {
        let extra: &StringArray = batch.column(Column::Extra.index()).as_string();
        let texts = extra.iter().map(|extra| {
            let value = value_at(extra?, &self.name).filter(|value| *value != "null")?;
            let text = if self.json { None } else { value_as_text(value) };
            Some(text.unwrap_or(value.into()))
        });
        Arc::new(texts.collect::<StringArray>())
    }
}

/// The value of a key, or of a path of keys joined by `/`, as written. A key may have a `/` itself.
fn value_at<'a>(json: &'a str, path: &str) -> Option<&'a str> {
    if let [Some(value)] = values_of(json, [path])? {
        return Some(value);
    }
    path.match_indices('/').find_map(|(slash, _)| {
        let [value] = values_of(json, [&path[..slash]])?;
        let object = value.filter(|value| value.starts_with('{'))?;
        value_at(object, &path[slash + 1..])
    })
}
