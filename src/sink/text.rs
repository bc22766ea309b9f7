//! The sinks of the text formats: rows encoded on any thread, appended as they are.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

pub use super::buffer::TextBuffer;
use super::{Block, Encoder, Flow, Sink, arrow_error, open_block};
use crate::table::text_bytes;

/// A text format: what stands before the rows, and the rows.
pub trait TextFormat: Send + Sync + 'static {
    /// Appends what stands before the first row.
    fn header(&self, out: &mut Vec<u8>);

    /// Appends rows of a batch from its first on, until `out` has `limit` bytes; returns how many,
    /// at least one if there is any.
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

/// Text that a block holds at most, but for its last row.
const BLOCK: usize = 16 << 20;

/// Rows as text, and those that would have made it too long.
struct TextBlock {
    text: TextBuffer,
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
    /// Blocks that are written, to be filled again: memory that one thread allocates and another
    /// frees, megabytes at a time, comes back to neither.
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
            rest = self.encoder.encode_some(rest, &mut text)?;
            self.output.write_all(text.as_slice())?;
        }
        // One long row should not hold its memory for ever.
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
    fn encode(&self, batches: &[RecordBatch]) -> io::Result<Block> {
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
