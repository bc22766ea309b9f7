//! Batches → files: one file per output format.
//!
//! A sink has two halves. Its [`Encoder`] turns batches into blocks of bytes on any thread; the
//! [`Sink`] itself appends the blocks in order.

mod column;
mod value;
pub mod csv;
pub mod ndjson;
pub mod text;
pub mod ipc;
pub mod parquet;
pub mod output;

use std::io;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

/// The half of a sink that runs on many threads at once.
pub trait Encoder: Send + Sync + 'static {
    /// Encoded rows, ready to be appended.
    type Block: Send + 'static;

    /// Rows that every block but the last must have; `None` where batches may be encoded as they
    /// come.
    fn rows_per_block(&self) -> Option<usize> {
        None
    }

    /// Encodes consecutive batches as one block. The same rows give the same bytes.
    ///
    /// # Errors
    /// Rows that the format cannot hold.
    fn encode(&self, batches: &[RecordBatch]) -> io::Result<Self::Block>;
}

/// The half of a sink that owns the output.
pub trait Sink {
    /// What encodes for it.
    type Encoder: Encoder;

    /// The shared half.
    fn encoder(&self) -> Arc<Self::Encoder>;

    /// Writes what comes before the rows; `empty` has no rows, but the dictionaries of all.
    ///
    /// # Errors
    /// The output's.
    fn begin(&mut self, empty: &RecordBatch) -> io::Result<()>;

    /// Appends the next block.
    ///
    /// # Errors
    /// The output's.
    fn append(&mut self, block: <Self::Encoder as Encoder>::Block) -> io::Result<()>;

    /// Writes what comes after the rows and flushes.
    ///
    /// # Errors
    /// The output's.
    fn finish(self) -> io::Result<()>;
}

/// Writes one batch as a whole output.
///
/// # Errors
/// The sink's.
pub fn write_batch<S: Sink>(mut sink: S, batch: &RecordBatch) -> io::Result<()> {
    sink.begin(&batch.slice(0, 0))?;
    let encoder = sink.encoder();
    let rows = encoder.rows_per_block().unwrap_or(usize::MAX);
    let mut done = 0;
    while done < batch.num_rows() {
        let part = batch.slice(done, rows.min(batch.num_rows() - done));
        done += part.num_rows();
        sink.append(encoder.encode(&[part])?)?;
    }
    sink.finish()
}

/// Takes rows and writes nothing: for what is counted on the way.
#[derive(Debug, Clone, Copy, Default)]
pub struct Discard;

impl Encoder for Discard {
    type Block = ();

    fn encode(&self, _: &[RecordBatch]) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Discard {
    type Encoder = Self;

    fn encoder(&self) -> Arc<Self> {
        Arc::new(*self)
    }

    fn begin(&mut self, _: &RecordBatch) -> io::Result<()> {
        Ok(())
    }

    fn append(&mut self, (): ()) -> io::Result<()> {
        Ok(())
    }

    fn finish(self) -> io::Result<()> {
        Ok(())
    }
}

/// The operating system's error, where one is inside: a full disk must be told from a bad value.
fn arrow_error(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, inner) => inner,
        other => io::Error::other(other.to_string()),
    }
}
