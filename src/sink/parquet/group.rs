//! A row group between its encoding on a worker and the file: a [`Block`](crate::sink::Block) of this sink.

use bytes::Bytes;
use parquet::arrow::arrow_writer::ArrowColumnChunk;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

/// The columns of a row group, each encoded.
pub(super) struct RowGroup {
    /// One per leaf, in the order of the file.
    pub(super) chunks: Vec<Chunk>,
    /// The bytes of the chunks that are [`Own`](Chunk::Own), in the same order.
    pub(super) bytes: Vec<u8>,
}

/// A column chunk, boxed as its description is large.
pub(super) enum Chunk {
    /// Made by Arrow's writer, with its bytes.
    Arrow(Box<ArrowColumnChunk>),
    /// Made here: its description, with offsets into the bytes of the row group.
    Own(Box<ColumnCloseResult>),
}

/// The bytes of a row group as the file's writer reads them: it takes a source of chunks, such as a file.
pub(super) struct Chunks<'a>(pub(super) &'a [u8]);

impl Length for Chunks<'_> {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

impl<'a> ChunkReader for Chunks<'a> {
    type T = &'a [u8];

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let part = usize::try_from(start).ok().and_then(|start| self.0.get(start..));
        part.ok_or_else(|| ParquetError::EOF("a chunk begins after its row group".into()))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let part = self.get_read(start)?.get(..length);
        let part = part.ok_or_else(|| ParquetError::EOF("a chunk ends after its row group".into()));
        part.map(Bytes::copy_from_slice)
    }
}
