//! Parquet: row groups of a fixed number of rows, encoded on any thread, appended in order.
//!
//! A row group has one *chunk* for each column, a chunk is a sequence of *pages*, and a page is a
//! header, *levels* that say which rows are null, and the values, in an encoding. The `parquet` crate
//! writes the file (magic, footer, indexes, nested types); the pages of flat columns are our own.
//!
//! **Why our own.** Most columns of a log say where a line comes from and are constant over thousands
//! of rows. They arrive as runs, but Arrow's writer hashes the value of every row again, even from a
//! dictionary. Messages are the opposite: no value repeats, so the dictionary that Arrow's writer builds
//! and abandons is wasted, and so are the bounds in its footer. Knowing which is which makes pages
//! both cheaper and smaller. Whatever does not fit (too many values, other types) still goes to Arrow's
//! writer, one column at a time: each `encode` here returns `None` *before* it has written anything.
//!
//! | file | columns | encoding |
//! |---|---|---|
//! | `dictionary` | few values in long runs | `RLE_DICTIONARY`, a run at a time |
//! | `number` | numbers, times | `DELTA_BINARY_PACKED` (`delta`) |
//! | `text` | free text | `DELTA_LENGTH_BYTE_ARRAY`: lengths as `delta`, then all bytes in one piece |
//! | `blank` | no value in the whole group | levels alone |
//!
//! **Rules for pages.** Pages of all columns begin at the same rows (`PAGE_ROWS`), so that a reader
//! that skips rows by the page index skips whole pages; only free text is cut sooner, by bytes, so that
//! no page is too large to decompress at once. Levels are run-length encoded; without nulls they
//! are a few bytes. Data pages are of version 1, which every reader understands.
//!
//! **Rules for equal bytes.** The same rows give the same file, whatever the number of threads and however
//! the rows came in batches. So nothing here may depend on where one array ends and the next begins:
//! pages and runs are cut from the sequence of rows, and whether a column gets a dictionary is decided
//! for the row group as a whole.
//!
//! Encoding is done on the workers, into a buffer that is reused; the caller's thread copies finished
//! chunks to the file, and the footer's offsets are shifted by where they land.

mod rle;
mod delta;
mod levels;
mod page;
mod runs;
mod chunk;
mod dictionary;
mod number;
mod text;
mod blank;

use std::io::{self, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray, Int32Array, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::{
    DataType, Field, FieldRef, Int32Type, Schema, SchemaRef, TimeUnit, TimestampNanosecondType,
};
use bytes::Bytes;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, SchemaDescriptor};

use super::format::{FileFormat, OutputFormat, SinkOptions, refuse};
use super::{Block, Encoder, Flow, Sink, open_block};
use crate::error::Result;
use chunk::{MAX_KEPT, Scratch};
use page::{PAGE_BYTES, PAGE_ROWS};

/// Parquet files.
pub const FORMAT: FileFormat = FileFormat {
    name: "parquet",
    title: "Parquet",
    extensions: &["parquet"],
    is_binary: true,
    prepare,
};

fn prepare(options: &SinkOptions) -> Result<Box<dyn OutputFormat>> {
    options.allow(&FORMAT, &["the compression", "the row group size", "the timestamp unit"])?;
    let mut chosen = Parquet::default();
    if let Some(codec) = &options.compression {
        chosen.compression = codec_named(codec).ok_or_else(|| {
            refuse("the compression", format!("unknown Parquet codec {codec}"))
                .with_hint("use zstd, zstd:1 to zstd:22, snappy, lz4 or none")
        })?;
    }
    chosen.row_group_rows = options.row_group_rows.unwrap_or(chosen.row_group_rows);
    chosen.timestamp_unit = options.timestamp_unit.unwrap_or(chosen.timestamp_unit);
    Ok(Box::new(chosen))
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

/// A Parquet file, and how it is written.
#[derive(Debug, Clone, Copy)]
pub struct Parquet {
    /// Compression of every column.
    pub compression: Compression,
    /// Rows of every row group but the last.
    pub row_group_rows: usize,
    /// Microseconds, which every engine reads, or nanoseconds, which keep all digits.
    pub timestamp_unit: TimeUnit,
}

impl OutputFormat for Parquet {
    fn open(&self, output: Box<dyn Write + Send>, schema: &SchemaRef) -> io::Result<Box<dyn Sink>> {
        Ok(Box::new(ParquetSink::new(output, schema, self)?))
    }
}

impl Default for Parquet {
    fn default() -> Self {
        Self {
            compression: Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()),
            row_group_rows: 122_880,
            timestamp_unit: TimeUnit::Microsecond,
        }
    }
}

/// Columns whose values do not repeat: a dictionary would be built in vain, and the least and greatest
/// text of a page would not help a reader to skip it.
const FREE_TEXT: [&str; 3] = ["message", "extra", "parse_error"];

/// Writes a Parquet file.
pub struct ParquetSink<W: Write + Send> {
    file: SerializedFileWriter<W>,
    encoder: Arc<ParquetEncoder>,
}

/// Encodes row groups.
pub struct ParquetEncoder {
    arrow: ArrowRowGroupWriterFactory,
    columns: Vec<Column>,
    descriptors: SchemaDescriptor,
    compression: Compression,
    rows: usize,
    /// What each thread needs from one row group to the next.
    idle: Mutex<Vec<Scratch>>,
    /// Buffers of row groups that have been appended, for reuse.
    blocks: Mutex<Vec<Vec<u8>>>,
}

/// A column of the table.
struct Column {
    field: FieldRef,
    /// Its columns in the file: more than one where it is nested.
    leaves: Range<usize>,
    way: Way,
}

/// How a column is written if its arrays allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Dictionary,
    Numbers,
    FreeText,
    /// With Arrow's writer, which takes every type.
    Arrow,
}

/// The columns of a row group, each encoded.
struct RowGroup {
    chunks: Vec<Chunk>,
    /// The bytes of our own chunks.
    bytes: Vec<u8>,
}

enum Chunk {
    Arrow(Box<ArrowColumnChunk>),
    Own(Box<ColumnCloseResult>),
}

impl<W: Write + Send> ParquetSink<W> {
    /// A file of rows of `schema`.
    ///
    /// # Errors
    /// A type that Parquet does not have, or the output's error.
    pub fn new(output: W, schema: &Schema, options: &Parquet) -> io::Result<Self> {
        let schema = Arc::new(with_unit(schema, options.timestamp_unit));
        let mut properties = properties(&schema, options);
        parquet::arrow::add_encoded_arrow_schema_to_metadata(&schema, &mut properties);
        let root = ArrowSchemaConverter::new().convert(&schema).map_err(io_error)?;
        let file = SerializedFileWriter::new(output, root.root_schema_ptr(), Arc::new(properties))
            .map_err(io_error)?;
        let encoder = ParquetEncoder {
            columns: columns(&schema, &root, options.compression),
            arrow: ArrowRowGroupWriterFactory::new(&file, schema),
            descriptors: root,
            compression: options.compression,
            rows: options.row_group_rows.max(1),
            idle: Mutex::default(),
            blocks: Mutex::default(),
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

    fn append(&mut self, block: Block) -> io::Result<Flow> {
        let RowGroup { chunks, mut bytes } = open_block(block)?;
        let mut group = self.file.next_row_group().map_err(io_error)?;
        for chunk in chunks {
            match chunk {
                Chunk::Arrow(chunk) => chunk.append_to_row_group(&mut group),
                Chunk::Own(close) => group.append_column(&Chunks(&bytes), *close),
            }
            .map_err(io_error)?;
        }
        group.close().map_err(io_error)?;
        bytes.clear();
        bytes.shrink_to(MAX_KEPT);
        lock(&self.encoder.blocks).push(bytes);
        Ok(Flow::Continue)
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

    fn bytes_of(&self, block: &Block) -> usize {
        let chunk_bytes = |chunk: &Chunk| match chunk {
            Chunk::Arrow(chunk) => chunk.close().bytes_written as usize,
            Chunk::Own(close) => close.bytes_written as usize,
        };
        let group: Option<&RowGroup> = block.downcast_ref();
        group.map_or(0, |group| group.chunks.iter().map(chunk_bytes).sum())
    }

    fn encode(&self, batches: &[RecordBatch]) -> io::Result<Block> {
        let idle = lock(&self.idle).pop();
        let mut scratch = match idle {
            Some(scratch) => scratch,
            None => Scratch::new(self.compression)?,
        };
        let bytes = lock(&self.blocks).pop().unwrap_or_default();
        let group = self.encode_group(batches, &mut scratch, bytes).map_err(io_error)?;
        scratch.shrink();
        lock(&self.idle).push(scratch);
        Ok(Box::new(group))
    }
}

impl ParquetEncoder {
    fn encode_group(
        &self,
        batches: &[RecordBatch],
        scratch: &mut Scratch,
        mut bytes: Vec<u8>,
    ) -> Result<RowGroup, ParquetError> {
        let mut chunks = Vec::with_capacity(self.descriptors.num_columns());
        let mut writers = ArrowWriters { factory: &self.arrow, writers: Vec::new() };
        for (index, column) in self.columns.iter().enumerate() {
            let arrays: Vec<&ArrayRef> = batches
                .iter()
                .map(|batch| batch.column(index))
                .filter(|array| !array.is_empty())
                .collect();
            let own = self.encode_column(column, &arrays, scratch, &mut bytes)?;
            // Columns stay in the order of the schema, whoever writes them.
            if own.is_empty() {
                chunks.extend(writers.encode(column, &arrays)?);
            } else {
                chunks.extend(own.into_iter().map(|close| Chunk::Own(Box::new(close))));
            }
        }
        Ok(RowGroup { chunks, bytes })
    }

    /// The chunks of a column; none if only Arrow's writer takes the arrays.
    fn encode_column(
        &self,
        column: &Column,
        arrays: &[&ArrayRef],
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<Vec<ColumnCloseResult>, ParquetError> {
        if arrays.is_empty() {
            return Ok(Vec::new());
        }
        let mut leaves = column.leaves.clone().map(|leaf| self.descriptors.column(leaf));
        if column.field.is_nullable() && arrays.iter().all(|array| blank::is_blank(array)) {
            let with_index = !is_free_text(&column.field);
            let encode = |leaf| blank::encode(arrays, &leaf, with_index, scratch, out);
            return leaves.map(encode).collect();
        }
        // The ways of ours are for flat columns, whose first leaf is the only one.
        let Some(leaf) = leaves.next() else { return Ok(Vec::new()) };
        let chunk = match column.way {
            Way::Dictionary => dictionary::encode(arrays, &leaf, scratch, out),
            Way::Numbers => number::encode(arrays, &column.field, &leaf, scratch, out),
            Way::FreeText => text::encode(arrays, &leaf, scratch, out),
            Way::Arrow => Ok(None),
        };
        Ok(chunk?.into_iter().collect())
    }
}

/// Arrow's writers of a row group, created when the first is needed: most groups need none.
struct ArrowWriters<'a> {
    factory: &'a ArrowRowGroupWriterFactory,
    writers: Vec<Option<ArrowColumnWriter>>,
}

impl ArrowWriters<'_> {
    fn encode(
        &mut self,
        column: &Column,
        arrays: &[&ArrayRef],
    ) -> Result<Vec<Chunk>, ParquetError> {
        if self.writers.is_empty() {
            self.writers = self.factory.create_column_writers(0)?.into_iter().map(Some).collect();
        }
        let writers = self.writers[column.leaves.clone()].iter_mut();
        let mut writers: Vec<ArrowColumnWriter> = writers.filter_map(Option::take).collect();
        for array in arrays {
            let array = in_unit(&flat(array)?, &column.field);
            let parts = compute_leaves(&column.field, &array)?;
            for (writer, part) in writers.iter_mut().zip(&parts) {
                writer.write(part)?;
            }
        }
        let close = |writer: ArrowColumnWriter| Ok(Chunk::Arrow(Box::new(writer.close()?)));
        writers.into_iter().map(close).collect()
    }
}

/// Expands a run-end encoded array to one value for each row.
fn flat(array: &ArrayRef) -> Result<ArrayRef, ParquetError> {
    let Some(array_of_runs) = array.as_run_opt::<Int32Type>() else { return Ok(Arc::clone(array)) };
    let runs = crate::table::runs(array_of_runs);
    let rows = runs.flat_map(|(index, rows)| std::iter::repeat_n(index as i32, rows));
    let rows = Int32Array::from_iter_values(rows);
    Ok(arrow::compute::take(array_of_runs.values(), &rows, None)?)
}

/// Our own chunks of a row group, as the file's writer reads them.
struct Chunks<'a>(&'a [u8]);

impl Length for Chunks<'_> {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

impl<'a> ChunkReader for Chunks<'a> {
    type T = &'a [u8];

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let part = usize::try_from(start).ok().and_then(|start| self.0.get(start..));
        part.ok_or_else(|| ParquetError::EOF("a chunk begins after its row group".into()))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let part = self.get_read(start)?.get(..length);
        let part = part.ok_or_else(|| ParquetError::EOF("a chunk ends after its row group".into()));
        part.map(Bytes::copy_from_slice)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn columns(schema: &Schema, root: &SchemaDescriptor, compression: Compression) -> Vec<Column> {
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

fn way(field: &Field, compression: Compression) -> Way {
    let is_own_codec = matches!(compression, Compression::ZSTD(_) | Compression::UNCOMPRESSED);
    match field.data_type() {
        DataType::Utf8 if is_free_text(field) && is_own_codec => Way::FreeText,
        DataType::Utf8 if is_free_text(field) => Way::Arrow,
        DataType::Dictionary(..) | DataType::Utf8 => Way::Dictionary,
        DataType::Int8 | DataType::Int64 | DataType::Timestamp(..) => Way::Numbers,
        _ => Way::Arrow,
    }
}

fn is_free_text(field: &Field) -> bool {
    FREE_TEXT.contains(&field.name().as_str())
}

/// The encodings, by measurement (docs/performance.md): sorted and counting numbers as differences,
/// free text as it is, everything else as a dictionary.
fn properties(schema: &Schema, options: &Parquet) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_compression(options.compression)
        .set_created_by(concat!("ripsaw ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_max_row_group_row_count(Some(options.row_group_rows))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_key_value_metadata(Some(metadata(schema)));
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
    pairs.sort_unstable();
    pairs.into_iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect()
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
    Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone())
}

/// Converts nanoseconds to microseconds, rounding towards the past, if the field is in microseconds.
fn in_unit(array: &ArrayRef, field: &Field) -> ArrayRef {
    match field.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let Some(nanos) = array.as_primitive_opt::<TimestampNanosecondType>() else {
                return Arc::clone(array);
            };
            let micros: TimestampMicrosecondArray = nanos.unary(|nanos| nanos.div_euclid(1000));
            Arc::new(micros.with_timezone_opt(zone.clone()))
        }
        _ => Arc::clone(array),
    }
}

/// The operating system's error, if there is one inside.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(inner) => *inner,
            Err(inner) => io::Error::other(inner.to_string()),
        },
        other => io::Error::other(other.to_string()),
    }
}
