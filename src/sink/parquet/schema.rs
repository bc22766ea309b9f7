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
use parquet::schema::types::ColumnPath;

use super::Parquet;
use super::page::{PAGE_BYTES, PAGE_ROWS};
use crate::table;
use crate::table::is_json;

/// Columns whose values do not repeat: a dictionary would be built in vain, and the least and greatest
/// text of a page would not help a reader to skip it.
const FREE_TEXT: [&str; 3] = ["message", "extra", "parse_error"];

/// A column of the table, or one inside its structs, and its place in the file.
pub(super) struct Column {
    /// The column of the table as written: times have the unit of the file.
    pub(super) root: FieldRef,
    /// The column itself: the root, or a member of the structs inside it.
    pub(super) field: FieldRef,
    /// The number of the root, then of the member of each struct.
    pub(super) path: Vec<usize>,
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
    /// Integers of which nothing is known: few, or as differences.
    Integers,
    Doubles,
    Booleans,
    /// Text of which nothing is known.
    Text,
    /// Text whose values do not repeat.
    FreeText,
    /// By Arrow's writer, which takes every type.
    Arrow,
}

/// The columns of the table with the leaves that belong to each: the file numbers the leaves throughout.
pub(super) fn columns(schema: &Schema, compression: Compression) -> Vec<Column> {
    let mut columns = Vec::new();
    for (index, root) in schema.fields().iter().enumerate() {
        push_columns(root, root, vec![index], compression, &mut columns);
    }
    columns
}

/// Adds a column, or in place of a struct those inside it.
fn push_columns(
    root: &FieldRef,
    field: &FieldRef,
    path: Vec<usize>,
    compression: Compression,
    columns: &mut Vec<Column>,
) {
    match field.data_type() {
        // Levels here have one for every struct, so all of them may be null.
        DataType::Struct(members) if has_levels(field) => {
            for (index, member) in members.iter().enumerate() {
                let path = path.iter().copied().chain([index]).collect();
                push_columns(root, member, path, compression, columns);
            }
        }
        _ => {
            let start = columns.last().map_or(0, |column| column.leaves.end);
            let leaves = start..start + leaves(field.data_type());
            let way = way(field, path.len() == 1, compression);
            let (root, field) = (Arc::clone(root), Arc::clone(field));
            columns.push(Column { root, field, path, leaves, way });
        }
    }
}

/// Whether a struct and its members, to the last, may be null.
fn has_levels(field: &Field) -> bool {
    field.is_nullable()
        && match field.data_type() {
            DataType::Struct(members) => members.iter().all(|member| has_levels(member)),
            _ => true,
        }
}

/// The columns of a file that a type takes.
fn leaves(data_type: &DataType) -> usize {
    match data_type {
        DataType::Struct(members) => members.iter().map(|member| leaves(member.data_type())).sum(),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => leaves(item.data_type()),
        _ => 1,
    }
}

/// How a column is written, by its type and, if it is one of the table itself, by its name.
fn way(field: &Field, is_root: bool, compression: Compression) -> Way {
    // `chunk::Codec` has no other codecs; text and doubles are large, so Arrow's writer compresses them then.
    let is_own_codec = matches!(compression, Compression::ZSTD(_) | Compression::UNCOMPRESSED);
    let is_fixed = is_root && table::Column::named(field.name()).is_some();
    match field.data_type() {
        DataType::Utf8 if is_free_text(field, is_root) && is_own_codec => Way::FreeText,
        DataType::Utf8 if is_free_text(field, is_root) => Way::Arrow,
        DataType::Dictionary(..) | DataType::Utf8 if is_fixed => Way::Dictionary,
        DataType::Dictionary(..) if is_root => Way::Dictionary,
        DataType::Utf8 if is_own_codec => Way::Text,
        DataType::Utf8 if is_root => Way::Dictionary,
        DataType::Int64 if !is_fixed => Way::Integers,
        DataType::Int8 | DataType::Int64 | DataType::Timestamp(..) => Way::Numbers,
        DataType::Float64 if is_own_codec => Way::Doubles,
        DataType::Boolean => Way::Booleans,
        _ => Way::Arrow,
    }
}

/// Whether the values of a column do not repeat: one of [`FREE_TEXT`], or JSON text.
pub(super) fn is_free_text(field: &Field, is_root: bool) -> bool {
    is_root && FREE_TEXT.contains(&field.name().as_str()) || is_json(field)
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
        } else if is_free_text(field, true) {
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
