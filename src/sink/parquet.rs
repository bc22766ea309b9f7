//! Parquet: row groups of a fixed number of rows, encoded on any thread, appended in order.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::{
    DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit, TimestampNanosecondType,
};
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::arrow::ArrowSchemaConverter;
use parquet::basic::{Compression, Encoding};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::{Encoder, Sink};

pub use parquet::basic::{Compression as Codec, ZstdLevel};

/// How a Parquet file is written.
#[derive(Debug, Clone, Copy)]
pub struct ParquetOptions {
    /// Compression of every column.
    pub compression: Compression,
    /// Rows of every row group but the last.
    pub row_group_rows: usize,
    /// Microseconds, which every engine reads, or nanoseconds, which keep all digits.
    pub timestamp_unit: TimeUnit,
}

impl Default for ParquetOptions {
    fn default() -> Self {
        Self {
            compression: Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()),
            row_group_rows: 122_880,
            timestamp_unit: TimeUnit::Microsecond,
        }
    }
}

/// Text of which no value repeats: a dictionary would be built in vain, and the least and greatest
/// text of a page tells a reader nothing.
const FREE_TEXT: [&str; 3] = ["message", "extra", "error"];

/// Writes a Parquet file.
pub struct ParquetSink<W: Write + Send> {
    file: SerializedFileWriter<W>,
    encoder: Arc<ParquetEncoder>,
}

/// Encodes row groups.
pub struct ParquetEncoder {
    columns: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    rows: usize,
}

impl<W: Write + Send> ParquetSink<W> {
    /// A file of rows of `schema`.
    ///
    /// # Errors
    /// A type that Parquet does not have, or the output's error.
    pub fn new(output: W, schema: &Schema, options: &ParquetOptions) -> io::Result<Self> {
        let schema = Arc::new(with_unit(schema, options.timestamp_unit));
        let mut properties = properties(&schema, options);
        parquet::arrow::add_encoded_arrow_schema_to_metadata(&schema, &mut properties);
        let root = ArrowSchemaConverter::new().convert(&schema).map_err(io_error)?;
        let file = SerializedFileWriter::new(output, root.root_schema_ptr(), Arc::new(properties))
            .map_err(io_error)?;
        let columns = ArrowRowGroupWriterFactory::new(&file, Arc::clone(&schema));
        let rows = options.row_group_rows.max(1);
        Ok(Self { file, encoder: Arc::new(ParquetEncoder { columns, schema, rows }) })
    }
}

impl<W: Write + Send> Sink for ParquetSink<W> {
    type Encoder = ParquetEncoder;

    fn encoder(&self) -> Arc<ParquetEncoder> {
        Arc::clone(&self.encoder)
    }

    fn begin(&mut self, _: &RecordBatch) -> io::Result<()> {
        Ok(())
    }

    fn append(&mut self, columns: Vec<ArrowColumnChunk>) -> io::Result<()> {
        let mut group = self.file.next_row_group().map_err(io_error)?;
        for column in columns {
            column.append_to_row_group(&mut group).map_err(io_error)?;
        }
        group.close().map_err(io_error)?;
        Ok(())
    }

    fn finish(self) -> io::Result<()> {
        self.file.close().map_err(io_error)?;
        Ok(())
    }
}

impl Encoder for ParquetEncoder {
    type Block = Vec<ArrowColumnChunk>;

    fn rows_per_block(&self) -> Option<usize> {
        Some(self.rows)
    }

    fn encode(&self, batches: &[RecordBatch]) -> io::Result<Self::Block> {
        let writers = self.columns.create_column_writers(0).map_err(io_error)?;
        let mut writers = writers.into_iter();
        let mut chunks = Vec::with_capacity(writers.len());
        for (index, field) in self.schema.fields().iter().enumerate() {
            let mut columns = Vec::new();
            for batch in batches {
                let array = in_unit(batch.column(index), field);
                for (leaf, part) in compute_leaves(field, &array).map_err(io_error)?.iter().enumerate() {
                    if columns.len() == leaf {
                        columns.extend(writers.next());
                    }
                    columns[leaf].write(part).map_err(io_error)?;
                }
            }
            for column in columns {
                chunks.push(column.close().map_err(io_error)?);
            }
        }
        Ok(chunks)
    }
}

/// The encodings, by measurement (docs/performance.md): sorted and counting numbers as differences,
/// free text as it is, everything else as a dictionary.
fn properties(schema: &Schema, options: &ParquetOptions) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_compression(options.compression)
        .set_created_by(concat!("ripsaw ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_max_row_group_row_count(Some(options.row_group_rows));
    for field in schema.fields() {
        let path = ColumnPath::from(field.name().as_str());
        if matches!(field.data_type(), DataType::Int64 | DataType::Timestamp(..)) {
            builder = builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        } else if FREE_TEXT.contains(&field.name().as_str()) {
            builder = builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path.clone(), Encoding::PLAIN)
                .set_column_statistics_enabled(path, EnabledStatistics::None);
        }
    }
    builder.build()
}

fn with_unit(schema: &Schema, unit: TimeUnit) -> Schema {
    let fields = schema.fields().iter().map(|field| -> FieldRef {
        match field.data_type() {
            DataType::Timestamp(_, zone) => {
                let data_type = DataType::Timestamp(unit, zone.clone());
                Arc::new(Field::new(field.name(), data_type, field.is_nullable()))
            }
            _ => Arc::clone(field),
        }
    });
    Schema::new(fields.collect::<Vec<_>>())
}

/// Nanoseconds to microseconds where the field has those, rounded towards the past.
fn in_unit(array: &ArrayRef, field: &Field) -> ArrayRef {
    match field.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let nanos = array.as_primitive::<TimestampNanosecondType>();
            let micros: TimestampMicrosecondArray = nanos.unary(|nanos| nanos.div_euclid(1000));
            Arc::new(micros.with_timezone_opt(zone.clone()))
        }
        _ => Arc::clone(array),
    }
}

/// The operating system's error, where one is inside.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(inner) => *inner,
            Err(inner) => io::Error::other(inner.to_string()),
        },
        other => io::Error::other(other.to_string()),
    }
}
