//! Parquet: row groups of a fixed number of rows, encoded on any thread, appended in order.

mod dictionary;
mod rle;

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::{
    DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit, TimestampNanosecondType,
};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnDescPtr, ColumnPath, SchemaDescPtr};

use super::format::{Format, Opener, SinkOptions, refuse};
use super::{Block, Encoder, Sink, open_block};
use crate::error::Result;
use dictionary::DictionaryChunk;

/// Parquet files.
pub const FORMAT: Format = Format {
    name: "parquet",
    title: "Parquet",
    extensions: &["parquet"],
    is_binary: true,
    prepare,
};

fn prepare(options: &SinkOptions) -> Result<Opener> {
    options.allow(&FORMAT, &["--compression", "--row-group-size", "--timestamp-unit"])?;
    let mut chosen = ParquetOptions::default();
    if let Some(codec) = &options.compression {
        chosen.compression = codec_named(codec).ok_or_else(|| {
            refuse("--compression", format!("Parquet has no codec {codec}"))
                .with_hint("zstd, zstd:1 to zstd:22, snappy, lz4 or none")
        })?;
    }
    chosen.row_group_rows = options.row_group_rows.unwrap_or(chosen.row_group_rows);
    chosen.timestamp_unit = options.timestamp_unit.unwrap_or(chosen.timestamp_unit);
    Ok(Box::new(move |output, schema| Ok(Box::new(ParquetSink::new(output, schema, &chosen)?))))
}

fn codec_named(name: &str) -> Option<Compression> {
    let level = match name {
        "none" => return Some(Compression::UNCOMPRESSED),
        "snappy" => return Some(Compression::SNAPPY),
        "lz4" => return Some(Compression::LZ4_RAW),
        "zstd" => 1,
        _ => name.strip_prefix("zstd:")?.parse().ok()?,
    };
    ZstdLevel::try_new(level).ok().map(Compression::ZSTD)
}

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

/// Rows per data page: pages of all columns begin at the same rows, so that a reader which skips by
/// the page index skips whole pages.
const PAGE_ROWS: usize = 20_000;

/// A page of longer text than this is cut before it has all its rows.
const PAGE_BYTES: usize = 4 << 20;

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
    descriptors: SchemaDescPtr,
    compression: Compression,
    rows: usize,
}

/// The columns of a row group, each encoded.
struct RowGroup(Vec<Chunk>);

enum Chunk {
    Arrow(Box<ArrowColumnChunk>),
    Dictionary(Box<DictionaryChunk>),
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
        let encoder = ParquetEncoder {
            columns,
            schema,
            descriptors: Arc::new(root),
            compression: options.compression,
            rows: options.row_group_rows.max(1),
        };
        Ok(Self { file, encoder: Arc::new(encoder) })
    }
}

impl<W: Write + Send> Sink for ParquetSink<W> {
    fn encoder(&self) -> Arc<dyn Encoder> {
        self.encoder.clone()
    }

    fn begin(&mut self, _: &RecordBatch) -> io::Result<()> {
        Ok(())
    }

    fn append(&mut self, block: Block) -> io::Result<()> {
        let RowGroup(chunks) = open_block(block)?;
        let mut group = self.file.next_row_group().map_err(io_error)?;
        for chunk in chunks {
            match chunk {
                Chunk::Arrow(chunk) => chunk.append_to_row_group(&mut group),
                Chunk::Dictionary(chunk) => group.append_column(&chunk.bytes, chunk.close),
            }
            .map_err(io_error)?;
        }
        group.close().map_err(io_error)?;
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.file.close().map_err(io_error)?;
        Ok(())
    }
}

impl Encoder for ParquetEncoder {
    fn rows_per_block(&self) -> Option<usize> {
        Some(self.rows)
    }

    fn encode(&self, batches: &[RecordBatch]) -> io::Result<Block> {
        let mut compressor = match self.compression {
            Compression::ZSTD(level) => {
                Some(zstd::bulk::Compressor::new(level.compression_level())?)
            }
            _ => None,
        };
        let writers = self.columns.create_column_writers(0).map_err(io_error)?;
        let mut leaves = self.descriptors.columns().iter().zip(writers).peekable();
        let mut chunks = Vec::with_capacity(leaves.len());
        for (index, field) in self.schema.fields().iter().enumerate() {
            if has_dictionary(field) {
                let descriptor = leaves.peek().map(|(descriptor, _)| Arc::clone(descriptor));
                let Some(descriptor) = descriptor else { break };
                let chunk = dictionary::encode(
                    batches,
                    index,
                    &descriptor,
                    compressor.as_mut(),
                    self.compression,
                );
                if let Some(chunk) = chunk.map_err(io_error)? {
                    chunks.push(Chunk::Dictionary(Box::new(chunk)));
                    leaves.next();
                    continue;
                }
            }
            self.encode_field(index, field, batches, &mut leaves, &mut chunks).map_err(io_error)?;
        }
        Ok(Box::new(RowGroup(chunks)))
    }
}

impl ParquetEncoder {
    /// The way of Arrow's writer, which takes every type.
    fn encode_field<'a>(
        &self,
        index: usize,
        field: &Field,
        batches: &[RecordBatch],
        leaves: &mut impl Iterator<Item = (&'a ColumnDescPtr, ArrowColumnWriter)>,
        chunks: &mut Vec<Chunk>,
    ) -> Result<(), ParquetError> {
        let mut columns: Vec<ArrowColumnWriter> = Vec::new();
        for batch in batches {
            let array = in_unit(batch.column(index), field);
            for (leaf, part) in compute_leaves(field, &array)?.iter().enumerate() {
                if columns.len() == leaf {
                    columns.extend(leaves.next().map(|(_, writer)| writer));
                }
                columns[leaf].write(part)?;
            }
        }
        for column in columns {
            chunks.push(Chunk::Arrow(Box::new(column.close()?)));
        }
        Ok(())
    }
}

/// Whether few different values are to be expected.
fn has_dictionary(field: &Field) -> bool {
    match field.data_type() {
        DataType::Dictionary(..) => true,
        DataType::Utf8 => !FREE_TEXT.contains(&field.name().as_str()),
        _ => false,
    }
}

/// The encodings, by measurement (docs/performance.md): sorted and counting numbers as differences,
/// free text as it is, everything else as a dictionary.
fn properties(schema: &Schema, options: &ParquetOptions) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_compression(options.compression)
        .set_created_by(concat!("ripsaw ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_max_row_group_row_count(Some(options.row_group_rows))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(PAGE_BYTES);
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
