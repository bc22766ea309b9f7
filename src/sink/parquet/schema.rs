//! How each column of the table is written: its place in the file, its encoding, its type.
//!
//! The choice is made once, by the schema. Whether the arrays of a row group allow it is decided later, by
//! each encoding for itself.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, TimeUnit};
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::{ColumnPath, SchemaDescriptor};

use super::Parquet;
use super::page::{PAGE_BYTES, PAGE_ROWS};

/// Columns whose values do not repeat: a dictionary would be built in vain, and the least and greatest
/// text of a page would not help a reader to skip it.
const FREE_TEXT: [&str; 3] = ["message", "extra", "parse_error"];

/// A column of the table and its place in the file.
pub(super) struct Column {
    /// The field as written: times have the unit of the file.
    pub(super) field: FieldRef,
    /// Its columns in the file: `args`, a map, has one of keys and one of values.
    pub(super) leaves: Range<usize>,
    pub(super) way: Way,
}

/// How a column is written if its arrays allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Few values in long runs: identity, level, zone.
    Dictionary,
    /// Integers and times, as differences.
    Numbers,
    /// Text whose values do not repeat.
    FreeText,
    /// By Arrow's writer, which takes every type.
    Arrow,
}

/// The columns of the table with the leaves that belong to each: the file numbers the leaves throughout.
pub(super) fn columns(
    schema: &Schema,
    root: &SchemaDescriptor,
    compression: Compression,
) -> Vec<Column> {
    let mut end = 0;
    let column = |(index, field): (usize, &FieldRef)| {
        let start = end;
        while end < root.num_columns() && root.get_column_root_idx(end) == index {
            end += 1;
        }
        Column { field: Arc::clone(field), leaves: start..end, way: way(field, compression) }
    };
    schema.fields().iter().enumerate().map(column).collect()
}

/// How a column is written, by its type and name.
fn way(field: &Field, compression: Compression) -> Way {
    // `chunk::Codec` has no other codecs; free text is large, so Arrow's writer compresses it then.
    let is_own_codec = matches!(compression, Compression::ZSTD(_) | Compression::UNCOMPRESSED);
    match field.data_type() {
        DataType::Utf8 if is_free_text(field) && is_own_codec => Way::FreeText,
        DataType::Utf8 if is_free_text(field) => Way::Arrow,
        DataType::Dictionary(..) | DataType::Utf8 => Way::Dictionary,
        DataType::Int8 | DataType::Int64 | DataType::Timestamp(..) => Way::Numbers,
        _ => Way::Arrow,
    }
}

/// Whether a column is one of [`FREE_TEXT`], by its name.
pub(super) fn is_free_text(field: &Field) -> bool {
    FREE_TEXT.contains(&field.name().as_str())
}

/// The encodings, by measurement (docs/performance.md): sorted and counting numbers as differences,
/// free text as it is, everything else as a dictionary.
pub(super) fn properties(schema: &Schema, options: &Parquet) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_compression(options.compression)
        .set_created_by(concat!("ripsaw ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_max_row_group_row_count(Some(options.row_group_rows))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_key_value_metadata(Some(metadata(schema)));
    // They govern Arrow's writer; the encoders here do the same by themselves, so that a chunk looks
    // the same whoever wrote it.
    for field in schema.fields() {
        let path = ColumnPath::from(field.name().as_str());
        if matches!(field.data_type(), DataType::Int8 | DataType::Int64 | DataType::Timestamp(..)) {
            builder = builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        } else if is_free_text(field) {
            builder = builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path.clone(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
                .set_column_statistics_enabled(path, EnabledStatistics::None);
        }
    }
    builder.build()
}

/// The metadata of the schema, for readers that do not know Arrow's.
fn metadata(schema: &Schema) -> Vec<KeyValue> {
    let mut pairs: Vec<_> = schema.metadata().iter().collect();
    // The map has no order, and the same rows must give the same file.
    pairs.sort_unstable();
    pairs.into_iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect()
}

/// The schema with all times in the unit of the file.
pub(super) fn with_unit(schema: &Schema, unit: TimeUnit) -> Schema {
    let fields = schema.fields().iter().map(|field| -> FieldRef {
        match field.data_type() {
            DataType::Timestamp(_, zone) => {
                let data_type = DataType::Timestamp(unit, zone.clone());
                Arc::new(Field::new(field.name(), data_type, field.is_nullable()))
            }
            _ => Arc::clone(field),
        }
    });
    Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone())
}
