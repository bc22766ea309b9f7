//! Parquet: row groups of a fixed number of rows, encoded on any thread, appended in order.
//!
//! A row group has one *chunk* for each column, a chunk is a sequence of *pages*, and a page is a
//! header, *levels* that say which rows are null, and the values, in an encoding. The `parquet` crate
//! writes the file (magic, footer, indexes, nested types); the pages of flat columns are made here.
//!
//! **Why not by the crate.** Most columns of a log say where a line comes from and are constant over
//! thousands of rows. They arrive as runs, but Arrow's writer hashes the value of every row again, even from
//! a dictionary. Messages are the opposite: no value repeats, so the dictionary that Arrow's writer builds
//! and abandons is wasted, and so are the bounds in its footer. Knowing which is which makes pages both
//! cheaper and smaller. Whatever does not fit (too many values, other types) still goes to Arrow's writer,
//! one column at a time: each `encode` here returns `None` *before* it has written anything.
//!
//! | file | columns | encoding |
//! |---|---|---|
//! | `dictionary` | few values in long runs | `RLE_DICTIONARY`, a run at a time |
//! | `coded` | few values in any order | `RLE_DICTIONARY`, codes by `coder` |
//! | `number` | numbers, times | `DELTA_BINARY_PACKED` (`delta`) |
//! | `double` | doubles | `PLAIN` or `BYTE_STREAM_SPLIT`, whichever is smaller |
//! | `boolean` | booleans | `PLAIN` |
//! | `text` | free text | `DELTA_LENGTH_BYTE_ARRAY`: lengths as `delta`, then all bytes in one piece |
//! | `blank` | no value in the whole group | levels alone |
//! | `fallback` | all others | as Arrow's writer has it |
//!
//! Structs are no columns of a file: each value inside them is one, with levels that say which struct around
//! it is null (`part`). Lists go to Arrow's writer.
//!
//! `schema` chooses among them, `chunk` and `page` put the bytes together, `levels`, `rle` and `delta` are
//! encodings, `group` is what a worker hands over.
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
mod part;
mod coder;
mod runs;
mod bounds;
mod chunk;
mod dictionary;
mod coded;
mod number;
mod double;
mod boolean;
mod text;
mod blank;
mod schema;
mod group;
mod fallback;
mod files;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::ArrowRowGroupWriterFactory;
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};

use super::format::{FileFormat, OutputFormat, SinkOptions, refuse};
use super::{Block, Encoder, Flow, Sink, open_block};
use crate::error::Result;
use chunk::{MAX_KEPT, Scratch};
use fallback::ArrowWriters;
pub(crate) use files::ParquetFiles;
use group::{Chunk, Chunks, RowGroup};
use part::Part;
use schema::{Column, Way, columns, is_free_text, properties, with_unit};

/// Parquet files.
pub const FORMAT: FileFormat = FileFormat {
    name: "parquet",
    title: "Parquet",
    extensions: &["parquet"],
    is_binary: true,
    prepare,
};

/// Checks the options; Parquet takes all but those of the text formats.
fn prepare(options: &SinkOptions) -> Result<Box<dyn OutputFormat>> {
    Ok(Box::new(Parquet::with(options)?))
}

impl Parquet {
    /// Files with these options.
    ///
    /// # Errors
    /// An option that Parquet does not have, or a value that it does not take.
    pub fn with(options: &SinkOptions) -> Result<Self> {
        options.allow(&FORMAT, &["the compression", "the row group size", "the timestamp unit"])?;
        let mut chosen = Parquet::default();
        if let Some(codec) = &options.compression {
            chosen.compression = codec_named(codec).ok_or_else(|| {
                refuse("the compression", format!("unknown Parquet codec {codec}"))
                    .with_hint("use zstd, zstd:1 to zstd:22, snappy, lz4 or none")
            })?;
        }
        if options.row_group_rows == Some(0) {
            return Err(refuse("the row group size", "a row group has at least one row".into()));
        }
        chosen.row_group_rows = options.row_group_rows.unwrap_or(chosen.row_group_rows);
        chosen.timestamp_unit = options.timestamp_unit.unwrap_or(chosen.timestamp_unit);
        Ok(chosen)
    }
}

impl Parquet {
    /// Its compression as `--compression` names it.
    pub(crate) fn codec(&self) -> String {
        match self.compression {
            Compression::UNCOMPRESSED => "none".into(),
            Compression::SNAPPY => "snappy".into(),
            Compression::LZ4_RAW => "lz4".into(),
            Compression::ZSTD(level) => format!("zstd:{}", level.compression_level()),
            other => format!("{other:?}").to_lowercase(),
        }
    }
}

/// The codec of `--compression`; `None` for a name or a level that does not exist. `zstd` is level 1.
pub(crate) fn codec_named(name: &str) -> Option<Compression> {
    let level = match name {
        "none" => return Some(Compression::UNCOMPRESSED),
        "snappy" => return Some(Compression::SNAPPY),
        // Not the older LZ4, whose framing readers disagree on.
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
    /// Rows per row group. The last one has fewer, and one whose text reaches the limit of a block in bytes.
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
            // The size of DuckDB's own row groups: one of its threads scans one of them at a time.
            row_group_rows: 122_880,
            timestamp_unit: TimeUnit::Microsecond,
        }
    }
}

/// Writes a Parquet file: appends row groups in order, and the footer at the end. Without
/// [`finish`](Sink::finish) the file has no footer and cannot be read.
pub struct ParquetSink<W: Write + Send> {
    file: SerializedFileWriter<W>,
    encoder: Arc<ParquetEncoder>,
}

/// Encodes row groups, on many threads at once.
pub struct ParquetEncoder {
    /// Makes Arrow's writers for the columns that need one.
    arrow: ArrowRowGroupWriterFactory,
    /// The columns of the table, in its order.
    columns: Vec<Column>,
    /// The columns of the file: the leaves, of which `args` has two.
    descriptors: SchemaDescriptor,
    compression: Compression,
    /// Rows per row group, at least 1.
    rows: usize,
    /// What each thread reuses from one row group to the next; those in use are not in it.
    idle: Mutex<Vec<Scratch>>,
    /// Buffers of row groups that have been appended, for reuse.
    blocks: Mutex<Vec<Vec<u8>>>,
}

impl<W: Write + Send> ParquetSink<W> {
    /// A file of rows of `schema`.
    ///
    /// # Errors
    /// A type that Parquet does not have, or the output's error.
    pub fn new(output: W, schema: &Schema, options: &Parquet) -> io::Result<Self> {
        let schema = Arc::new(with_unit(schema, options.timestamp_unit));
        let mut properties = properties(&schema, options);
        // Arrow readers restore from it what Parquet cannot express, such as dictionaries.
        parquet::arrow::add_encoded_arrow_schema_to_metadata(&schema, &mut properties);
        let root = ArrowSchemaConverter::new().convert(&schema).map_err(io_error)?;
        let file = SerializedFileWriter::new(output, root.root_schema_ptr(), Arc::new(properties))
            .map_err(io_error)?;
        let encoder = ParquetEncoder {
            columns: columns(&schema, options.compression),
            // Made from the file, so that both kinds of chunks have the same properties.
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

    /// The file's magic is written already, and a dictionary belongs to a row group.
    fn begin(&mut self, _: &RecordBatch) -> io::Result<()> {
        Ok(())
    }

    fn append(&mut self, block: Block) -> io::Result<Flow> {
        let RowGroup { chunks, mut bytes } = open_block(block)?;
        let mut group = self.file.next_row_group().map_err(io_error)?;
        for chunk in chunks {
            match chunk {
                Chunk::Arrow(chunk) => chunk.append_to_row_group(&mut group),
                // Copies the chunk and shifts the offsets in `close` to where it lands in the file.
                Chunk::Own(close) => group.append_column(&Chunks(&bytes), *close),
            }
            .map_err(io_error)?;
        }
        group.close().map_err(io_error)?;
        bytes.clear();
        // Back to the workers, less what only an unusual row group needed.
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
        // In a statement of its own, so that the lock is not held while a new one is made.
        let idle = lock(&self.idle).pop();
        let mut scratch = match idle {
            Some(scratch) => scratch,
            None => Scratch::new(self.compression)?,
        };
        let bytes = lock(&self.blocks).pop().unwrap_or_default();
        // After an error neither is given back: the run ends.
        let group = self.encode_group(batches, &mut scratch, bytes).map_err(io_error)?;
        scratch.shrink();
        lock(&self.idle).push(scratch);
        Ok(Box::new(group))
    }
}

impl ParquetEncoder {
    /// Encodes the columns one after the other, with one scratch for all of them.
    fn encode_group(
        &self,
        batches: &[RecordBatch],
        scratch: &mut Scratch,
        mut bytes: Vec<u8>,
    ) -> Result<RowGroup, ParquetError> {
        let mut chunks = Vec::with_capacity(self.descriptors.num_columns());
        let mut writers = ArrowWriters { factory: &self.arrow, writers: Vec::new() };
        for column in &self.columns {
            let parts: Option<Vec<Part>> = batches
                .iter()
                .filter(|batch| batch.num_rows() > 0)
                .map(|batch| Part::of(batch, &column.path))
                .collect();
            // Without such structs the batches are not of the schema, which Arrow's writer says.
            let own =
                self.encode_column(column, &parts.unwrap_or_default(), scratch, &mut bytes)?;
            // Chunks stay in the order of the schema, whoever writes them: the file's writer demands it.
            if own.is_empty() {
                chunks.extend(writers.encode(column, batches)?);
            } else {
                chunks.extend(own.into_iter().map(|close| Chunk::Own(Box::new(close))));
            }
        }
        Ok(RowGroup { chunks, bytes })
    }

    /// The chunks of a column, one per leaf; none if only Arrow's writer takes the arrays. In that case
    /// nothing has been appended to `out`.
    fn encode_column(
        &self,
        column: &Column,
        parts: &[Part],
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<Vec<ColumnCloseResult>, ParquetError> {
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        let mut leaves = column.leaves.clone().map(|leaf| self.descriptors.column(leaf));
        // Tested first: any kind of column may be blank, a map among them, and it costs least.
        if column.field.is_nullable() && parts.iter().all(blank::is_blank) {
            let with_index = !is_free_text(&column.field, column.path.len() == 1);
            let encode = |leaf| blank::encode(parts, &leaf, with_index, scratch, out);
            return leaves.map(encode).collect();
        }
        // The other encodings are for flat columns, whose first leaf is the only one.
        let Some(leaf) = leaves.next() else { return Ok(Vec::new()) };
        let chunk = match column.way {
            Way::Dictionary => dictionary::encode(parts, &leaf, scratch, out)?,
            Way::Numbers => number::encode(parts, &column.field, &leaf, scratch, out)?,
            Way::Integers => match coded::encode_integers(parts, &leaf, scratch, out)? {
                None => number::encode(parts, &column.field, &leaf, scratch, out)?,
                some => some,
            },
            Way::Doubles => match coded::encode_doubles(parts, &leaf, scratch, out)? {
                None => double::encode(parts, &leaf, scratch, out)?,
                some => some,
            },
            Way::Booleans => boolean::encode(parts, &leaf, scratch, out)?,
            Way::Text => encode_text(parts, &leaf, scratch, out)?,
            Way::FreeText => text::encode(parts, false, &leaf, scratch, out)?,
            Way::Arrow => None,
        };
        Ok(chunk.into_iter().collect())
    }
}

/// Encodes text of which nothing is known: of few values, or not.
fn encode_text(
    parts: &[Part],
    leaf: &ColumnDescPtr,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<Option<ColumnCloseResult>, ParquetError> {
    // Runs are read as such; text that is there for every row may have none.
    if parts.iter().any(|part| part.array.as_string_opt::<i32>().is_none()) {
        return dictionary::encode(parts, leaf, scratch, out);
    }
    match coded::encode_text(parts, leaf, scratch, out)? {
        None => text::encode(parts, true, leaf, scratch, out),
        some => Ok(some),
    }
}

/// What a mutex has, also after a panic of another thread: it holds buffers, which are cleared before use.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The operating system's error, if there is one inside, as for [`super::arrow_error`].
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(inner) => *inner,
            Err(inner) => io::Error::other(inner.to_string()),
        },
        other => io::Error::other(other.to_string()),
    }
}
