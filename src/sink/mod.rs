//! Batches → files: one file per output format.
//!
//! A sink has two halves. Its [`Encoder`] turns batches into blocks of bytes on any thread; the
//! [`Sink`] itself appends the blocks in order, on one thread.
//!
//! The text formats ([`csv`], [`ndjson`]) share [`text`] (blocks), `lanes` (rows as lines), `column` (values,
//! by their `kind`), `json` and `scan` (escapes found and replaced while copying). [`parquet`] writes its own pages, [`ipc`] Arrow's
//! messages. [`output`] is where the bytes go: a file that appears whole or not at all, a pipe, a descriptor.
//! A new format is one file with a `FORMAT`, and a line in [`FILE_FORMATS`].

mod buffer;
mod scan;
mod value;
mod array;
mod kind;
mod maps;
mod column;
mod json;
mod runs;
mod layout;
mod lanes;
pub mod csv;
pub mod ndjson;
pub mod text;
pub mod ipc;
pub mod parquet;
mod descriptor;
mod left_over;
mod target;
pub mod output;
pub mod folder;

mod format;

use std::any::Any;
use std::io;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

use crate::table::Lines;

pub use format::{FILE_FORMATS, FileFormat, OutputFormat, SinkOptions};
pub use target::Target;

/// Encoded rows, ready to be appended by the sink whose encoder made them. Each sink has its own type inside;
/// the pipeline only counts the bytes and keeps the order.
pub type Block = Box<dyn Any + Send>;

/// Whether a run continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// More rows are needed.
    Continue,
    /// Enough rows were seen, as at the first match of `grep -q`: the run ends as if the input did.
    Stop,
}

/// The half of a sink that runs on many threads at once.
pub trait Encoder: Send + Sync {
    /// Rows per block; `None` if batches may be encoded as they come. A block has fewer rows if it is the
    /// last, or if its text reaches the limit of a block in bytes.
    fn rows_per_block(&self) -> Option<usize> {
        None
    }

    /// Whether a block may have fewer rows where the input pauses.
    fn cuts_early(&self) -> bool {
        false
    }

    /// Whether more rows are needed; asked on every thread after each batch, so that a run can end with
    /// a row whose turn has not come yet.
    fn flow(&self) -> Flow {
        Flow::Continue
    }

    /// Whether rows that the selection leaves out may be missing from all counts, so that their lines need not
    /// be decoded.
    fn skips(&self) -> bool {
        false
    }

    /// Whether it looks at rows at all, and not only lets them be counted.
    fn wants_rows(&self) -> bool {
        true
    }

    /// Whether blocks are made with [`Lines::records`], the JSON of records without a message: it is not
    /// collected for others.
    fn uses_records(&self) -> bool {
        self.rows_per_block().is_none()
    }

    /// About how much memory a block holds in bytes: what limits the blocks that wait for their turn. 0 is
    /// right for an encoder whose blocks hold next to nothing.
    fn bytes_of(&self, _: &Block) -> usize {
        0
    }

    /// Encodes consecutive batches as one block. The same rows give the same bytes, however they are
    /// divided into batches.
    ///
    /// # Errors
    /// Rows that the format cannot hold.
    fn encode(&self, batches: &[RecordBatch]) -> io::Result<Block>;

    /// Encodes a batch as one block, if batches may be encoded as they come. A sink that must know the
    /// entry of each row (grep's, for its headings and counts) implements this one.
    ///
    /// # Errors
    /// As for [`encode`](Self::encode).
    fn encode_lines(&self, lines: &Lines) -> io::Result<Block> {
        self.encode(std::slice::from_ref(&lines.batch))
    }
}

/// The half of a sink that owns the output.
pub trait Sink {
    /// The shared half.
    fn encoder(&self) -> Arc<dyn Encoder>;

    /// Writes what comes before the rows; `empty` has no rows, but the dictionaries that all later batches
    /// share. Called once, before the first block, also if there will be none.
    ///
    /// # Errors
    /// The output's.
    fn begin(&mut self, empty: &RecordBatch) -> io::Result<()>;

    /// Appends the next block, and returns whether more are needed.
    ///
    /// # Errors
    /// The output's.
    fn append(&mut self, block: Block) -> io::Result<Flow>;

    /// Hands on what was appended, where its reader can use it: nothing may follow for long.
    ///
    /// # Errors
    /// The output's.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Writes what comes after the rows and flushes. A sink that is dropped instead leaves a partial output.
    ///
    /// # Errors
    /// The output's.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Writes one batch as a whole output, on this thread: for the table of entries, and for tests.
///
/// # Errors
/// The sink's.
pub fn write_batch(mut sink: Box<dyn Sink>, batch: &RecordBatch) -> io::Result<()> {
    // A slice without rows still has the dictionaries of the whole array.
    sink.begin(&batch.slice(0, 0))?;
    let encoder = sink.encoder();
    let rows = encoder.rows_per_block().unwrap_or(usize::MAX);
    let mut done = 0;
    while done < batch.num_rows() {
        // Row groups get the size that they have in a run of many threads.
        let part = batch.slice(done, rows.min(batch.num_rows() - done));
        done += part.num_rows();
        if sink.append(encoder.encode(&[part])?)? == Flow::Stop {
            break;
        }
    }
    sink.finish()
}

/// Takes rows and writes nothing: for counts that are taken while rows are decoded, and for benchmarks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Discard;

impl Encoder for Discard {
    fn wants_rows(&self) -> bool {
        false
    }

    fn uses_records(&self) -> bool {
        false
    }

    fn encode(&self, _: &[RecordBatch]) -> io::Result<Block> {
        Ok(Box::new(()))
    }
}

impl Sink for Discard {
    fn encoder(&self) -> Arc<dyn Encoder> {
        Arc::new(*self)
    }

    fn begin(&mut self, _: &RecordBatch) -> io::Result<()> {
        Ok(())
    }

    fn append(&mut self, _: Block) -> io::Result<Flow> {
        Ok(Flow::Continue)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

/// A block as the type that its encoder put in. The error is a bug of the caller, who mixed two sinks.
pub(crate) fn open_block<T: 'static>(block: Block) -> io::Result<T> {
    let block = block.downcast().map_err(|_| io::Error::other("a block of another sink"))?;
    Ok(*block)
}

/// The operating system's error, if there is one inside: a full disk has its own hint, and a closed pipe is
/// no failure at all, so they must stay recognisable.
fn arrow_error(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, inner) => inner,
        other => io::Error::other(other.to_string()),
    }
}
