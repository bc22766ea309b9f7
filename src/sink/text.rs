//! The sinks of the text formats: rows encoded on any thread, appended as they are.
//!
//! A block is a portion's rows as text, in a buffer that returns to the encoder once it is written. A portion
//! of 1 MiB of log may become hundreds of megabytes of CSV, if its lines are short and its path is long; so a
//! block stops at 16 MiB and keeps the other rows as batches, which the appending thread encodes.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

pub use super::buffer::TextBuffer;
use super::{Block, Encoder, Flow, Sink, arrow_error, open_block};
use crate::table::text_bytes;

/// A text format: a header, and a line per row.
pub trait TextFormat: Send + Sync + 'static {
    /// Appends what comes before the first row; nothing in NDJSON.
    fn header(&self, out: &mut Vec<u8>);

    /// Appends rows of a batch from its first on, until `out` has `limit` bytes in all; returns how many
    /// rows, at least one if there is any.
    ///
    /// # Errors
    /// A value that the format cannot hold.
    fn rows(
        &self,
        batch: &RecordBatch,
        limit: usize,
        out: &mut TextBuffer,
    ) -> Result<usize, ArrowError>;
}

/// Bytes of text that a block holds at most, apart from its last rows.
const BLOCK: usize = 16 << 20;

/// Rows as text, and the following rows that would have made it too long.
struct TextBlock {
    text: TextBuffer,
    /// Empty but for short rows that become long text.
    rest: Vec<RecordBatch>,
}

/// Writes a text format.
pub struct TextSink<W: Write, F: TextFormat> {
    output: W,
    encoder: Arc<TextEncoder<F>>,
}

/// Encodes rows as text.
pub struct TextEncoder<F> {
    format: F,
    /// Buffers of written blocks, to be filled again: megabytes that one thread allocates and another frees
    /// would be reused by neither.
    written: Mutex<Vec<TextBuffer>>,
}

impl<W: Write, F: TextFormat> TextSink<W, F> {
    /// Text in `format` to `output`.
    pub fn new(output: W, format: F) -> Self {
        let encoder = TextEncoder { format, written: Mutex::default() };
        Self { output, encoder: Arc::new(encoder) }
    }
}

impl<W: Write, F: TextFormat> Sink for TextSink<W, F> {
    fn encoder(&self) -> Arc<dyn Encoder> {
        self.encoder.clone()
    }

    fn begin(&mut self, _: &RecordBatch) -> io::Result<()> {
        let mut header = Vec::new();
        self.encoder.format.header(&mut header);
        self.output.write_all(&header)
    }

    fn append(&mut self, block: Block) -> io::Result<Flow> {
        let TextBlock { mut text, mut rest } = open_block(block)?;
        self.output.write_all(text.as_slice())?;
        while !rest.is_empty() {
            // On this thread, and in the same buffer: slow, but the memory is bounded.
            rest = self.encoder.encode_some(rest, &mut text)?;
            self.output.write_all(text.as_slice())?;
        }
        // A very long row should not hold its memory for the rest of the run. Judged by the last text.
        if text.as_slice().len() <= 2 * BLOCK {
            self.encoder.written().push(text);
        }
        Ok(Flow::Continue)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.output.flush()
    }
}

impl<F> TextEncoder<F> {
    /// The free buffers. A thread that panicked cannot have left them in a bad state.
    fn written(&self) -> MutexGuard<'_, Vec<TextBuffer>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: TextFormat> TextEncoder<F> {
    /// Replaces `text` with a block's worth of rows; returns those that are left.
    fn encode_some(
        &self,
        batches: Vec<RecordBatch>,
        text: &mut TextBuffer,
    ) -> io::Result<Vec<RecordBatch>> {
        text.clear();
        let mut rest = Vec::new();
        for batch in batches {
            if text.as_slice().len() >= BLOCK {
                // Full: the following batches must wait too, or rows would change places.
                rest.push(batch);
                continue;
            }
            let written = self.format.rows(&batch, BLOCK, text).map_err(arrow_error)?;
            if written < batch.num_rows() {
                rest.push(batch.slice(written, batch.num_rows() - written));
            }
        }
        Ok(rest)
    }
}

impl<F: TextFormat> Encoder for TextEncoder<F> {
    fn uses_records(&self) -> bool {
        false
    }

    fn encode(&self, batches: &[RecordBatch]) -> io::Result<Block> {
        // The lock is released before any row is encoded.
        let mut text = self.written().pop().unwrap_or_default();
        let rest = self.encode_some(batches.to_vec(), &mut text)?;
        Ok(Box::new(TextBlock { text, rest }))
    }

    fn bytes_of(&self, block: &Block) -> usize {
        block.downcast_ref().map_or(0, |TextBlock { text, rest }| {
            text.as_slice().len() + rest.iter().map(text_bytes).sum::<usize>()
        })
    }
}
