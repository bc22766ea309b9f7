//! The types that batches have, where those who take them differ.

use std::sync::{Arc, OnceLock};

use arrow::array::{
    Array as _, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringViewArray,
    TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit, TimestampNanosecondType};
use arrow::error::ArrowError;

use super::Scan;
use crate::error::Result;
use crate::table::{expand_column, expand_names};

/// The types of the columns of batches; the default is that of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnTypes {
    /// Times in microseconds, rounded towards the past, and not in nanoseconds.
    pub microseconds: bool,
    /// Names and levels as dictionaries, and not as plain text.
    pub dictionaries: bool,
    /// Text as views of its bytes (`Utf8View`), as Polars has it, and not with offsets; JSON is not marked as such.
    pub views: bool,
}

impl Default for ColumnTypes {
    fn default() -> Self {
        Self { microseconds: false, dictionaries: true, views: false }
    }
}

/// The metadata that marks a column as one of an extension type, such as JSON.
const EXTENSION: &str = "ARROW:extension:name";

impl ColumnTypes {
    /// The schema of batches of these types.
    pub fn schema(self, table: &SchemaRef) -> SchemaRef {
        if self == Self::default() {
            return Arc::clone(table);
        }
        let fields: Vec<_> = table.fields().iter().map(|field| self.field(field)).collect();
        Arc::new(Schema::new_with_metadata(fields, table.metadata().clone()))
    }

    fn field(self, field: &Arc<Field>) -> Arc<Field> {
        let own = self.data_type(field.data_type());
        let mut metadata = field.metadata().clone();
        // Polars has no text functions for what is marked as JSON.
        let is_marked = self.views && metadata.remove(EXTENSION).is_some();
        if is_marked {
            metadata.remove("ARROW:extension:metadata");
        }
        match own == *field.data_type() && !is_marked {
            true => Arc::clone(field),
            false => Arc::new(
                // A new field, since the order of a dictionary would be kept.
                Field::new(field.name(), own, field.is_nullable()).with_metadata(metadata),
            ),
        }
    }

    fn data_type(self, table: &DataType) -> DataType {
        match table {
            DataType::Dictionary(_, values) if !self.dictionaries => self.data_type(values),
            DataType::Utf8 if self.views => DataType::Utf8View,
            DataType::Timestamp(TimeUnit::Nanosecond, zone) if self.microseconds => {
                DataType::Timestamp(TimeUnit::Microsecond, zone.clone())
            }
            DataType::Struct(fields) => {
                DataType::Struct(fields.iter().map(|field| self.field(field)).collect())
            }
            DataType::List(item) => DataType::List(self.field(item)),
            other => other.clone(),
        }
    }

    /// A batch of the table as one of `schema`, which [`schema`](Self::schema) has made. Columns that are
    /// constant over runs of rows become plain ones.
    ///
    /// # Errors
    /// Columns that are not the table's; text that 32-bit offsets cannot hold.
    pub fn convert(
        self,
        batch: &RecordBatch,
        schema: &SchemaRef,
    ) -> Result<RecordBatch, ArrowError> {
        let columns = batch.columns().iter().zip(schema.fields());
        let columns = columns.map(|(column, field)| self.column(column, field));
        let columns = columns.collect::<Result<_, _>>()?;
        // Without columns Arrow cannot know the number of rows.
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
    }

    fn column(self, column: &ArrayRef, field: &Field) -> Result<ArrayRef, ArrowError> {
        let wanted = field.data_type();
        if *wanted == DataType::Utf8
            && let Some(names) = expand_names(column)?
        {
            return Ok(names);
        }
        let column = expand_column(column)?;
        if column.data_type() == wanted {
            return Ok(column);
        }
        if let Some(nanos) = column.as_primitive_opt::<TimestampNanosecondType>()
            && let DataType::Timestamp(TimeUnit::Microsecond, zone) = wanted
        {
            // Truncation would move times before 1970 up.
            let micros: TimestampMicrosecondArray = nanos.unary(|nanos| nanos.div_euclid(1000));
            return Ok(Arc::new(micros.with_timezone_opt(zone.clone())));
        }
        if column.null_count() == column.len() && *wanted == DataType::Utf8View {
            return Ok(null_views(column.len()));
        }
        cast(&column, wanted)
    }
}

/// Views that are all null. Many columns of many batches are, so they share their zeros: pages that nobody touches
/// cost nothing.
fn null_views(rows: usize) -> ArrayRef {
    static ZEROS: OnceLock<Buffer> = OnceLock::new();
    const MOST: usize = 1 << 16;
    let zeros = ZEROS.get_or_init(|| Buffer::from_vec(vec![0_u128; MOST]));
    let zeros = match rows <= MOST {
        true => zeros.clone(),
        false => Buffer::from_vec(vec![0_u128; rows]),
    };
    let views = ScalarBuffer::new(zeros, 0, rows);
    Arc::new(StringViewArray::new(views, Vec::new(), Some(NullBuffer::new_null(rows))))
}

impl Scan {
    /// The types of the columns of [`batches`](Self::batches) and of spans; files have their own.
    #[must_use]
    pub fn column_types(mut self, types: ColumnTypes) -> Self {
        self.types = types;
        self
    }

    /// The schema of the batches: the table's with the types that were asked for.
    ///
    /// # Errors
    /// As for [`schema`](Self::schema).
    pub fn batch_schema(&self) -> Result<SchemaRef> {
        Ok(self.types.schema(&self.schema()?))
    }
}
