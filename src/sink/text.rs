//! The sinks of the text formats: rows encoded on any thread, appended as they are.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

pub use super::buffer::TextBuffer;
use super::csv::CsvWriter;
use super::ndjson::NdjsonWriter;
use super::{Block, Encoder, Sink, arrow_error, open_block};

/// A text format: what stands before the rows, and the rows.
pub trait TextFormat: Send + Sync + 'static {
    /// Appends what stands before the first row.
    fn header(&self, out: &mut Vec<u8>);

    /// Appends the rows of a batch.
    ///
    /// # Errors
    /// A value that the format cannot hold.
    fn rows(&self, batch: &RecordBatch, out: &mut TextBuffer) -> Result<(), ArrowError>;
}

impl TextFormat for CsvWriter {
    fn header(&self, out: &mut Vec<u8>) {
        self.header(out);
    }

    fn rows(&self, batch: &RecordBatch, out: &mut TextBuffer) -> Result<(), ArrowError> {
        self.write_rows(batch, out)
    }
}

impl TextFormat for NdjsonWriter {
    fn header(&self, _: &mut Vec<u8>) {}

    fn rows(&self, batch: &RecordBatch, out: &mut TextBuffer) -> Result<(), ArrowError> {
        self.write_rows(batch, out)
    }
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

    fn append(&mut self, block: Block) -> io::Result<()> {
        let text: TextBuffer = open_block(block)?;
        self.output.write_all(text.as_slice())?;
        self.encoder.written().push(text);
        Ok(())
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

impl<F: TextFormat> Encoder for TextEncoder<F> {
    fn encode(&self, batches: &[RecordBatch]) -> io::Result<Block> {
        let mut text = self.written().pop().unwrap_or_default();
        text.clear();
        for batch in batches {
            self.format.rows(batch, &mut text).map_err(arrow_error)?;
        }
        Ok(Box::new(text))
    }
}
