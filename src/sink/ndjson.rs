//! NDJSON: one JSON object a line, columns in schema order; null columns are null, or left out.
//!
//! Text is escaped as little as JSON allows: `"`, `\` and control characters, so UTF-8 stays readable.
//! Structs and `args` are objects, lists arrays; `extra` and other columns of JSON text are embedded as they are.
//!
//! An object whose members are all null is not null: with the members that are null it is `{"a":null}`, with
//! nulls left out `{}`.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;

use super::Sink;
use super::arrow_error;
use super::buffer::TextBuffer;
use super::column::Value;
use super::format::{FileFormat, OutputFormat, SinkOptions};
use super::json::Json;
use super::kind::json_key;
use super::lanes::{Style, write_rows};
use super::layout::Layout;
use super::text::{TextFormat, TextSink};
use super::value::{LONGEST_ESCAPE, PLAIN_ROOM, is_escaped, put};
use crate::error::Result;
use crate::record::timestamp::MinuteText;

/// NDJSON.
pub const FORMAT: FileFormat = FileFormat {
    name: "ndjson",
    title: "NDJSON",
    extensions: &["ndjson", "jsonl"],
    is_binary: false,
    prepare,
};

/// Checks the options: only nulls can be set.
fn prepare(options: &SinkOptions) -> Result<Box<dyn OutputFormat>> {
    options.allow(&FORMAT, &["the omission of nulls"])?;
    Ok(Box::new(Ndjson { omit_nulls: options.omit_nulls }))
}

/// NDJSON, and how it is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ndjson {
    /// Leave null columns out: `{"line":1}` rather than `{"line":1,"pos":null}`.
    pub omit_nulls: bool,
}

impl OutputFormat for Ndjson {
    fn open(&self, output: Box<dyn Write + Send>, schema: &SchemaRef) -> io::Result<Box<dyn Sink>> {
        let writer = NdjsonWriter::new(schema).map_err(arrow_error)?.omit_nulls(self.omit_nulls);
        Ok(Box::new(TextSink::new(output, writer)))
    }
}

/// Writes batches of one schema as lines of JSON.
///
/// Times are RFC 3339 in UTC, integers numbers, maps objects in their own order. A Utf8 column
/// whose field has the extension type `arrow.json` (`ARROW:extension:name`) holds JSON text: it is
/// embedded as it is, unverified, save that line ends between its tokens become spaces.
#[derive(Debug)]
pub struct NdjsonWriter {
    layout: Layout,
    /// What comes before the value of each column, such as `,"step":`.
    keys: Vec<TextBuffer>,
    omit_nulls: bool,
}

impl NdjsonWriter {
    /// A writer for batches of `schema`.
    ///
    /// # Errors
    /// A column whose type has no text form; the error names it.
    pub fn new(schema: &Schema) -> Result<Self, ArrowError> {
        let layout = Layout::new(schema)?;
        let keys = layout.names().map(json_key);
        Ok(Self { keys: keys.collect(), layout, omit_nulls: false })
    }

    /// Whether columns that are null are left out of their object: shorter, but a reader that infers its
    /// columns from the first lines misses those that appear later.
    #[must_use]
    pub fn omit_nulls(self, omit_nulls: bool) -> Self {
        Self { omit_nulls, ..self }
    }

    /// Appends one line per row of `batch`, whose columns may be run-end encoded.
    ///
    /// # Errors
    /// A batch whose columns are not the schema's, a timestamp in microseconds that nanoseconds in
    /// 64 bits cannot hold; `out` is then as it was.
    pub fn rows(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        let mut text = TextBuffer::from(std::mem::take(out));
        let result = self.write_rows(batch, &mut text);
        *out = text.into();
        result
    }

    /// As [`rows`](Self::rows), into a buffer that is used again and again.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    pub fn write_rows(&self, batch: &RecordBatch, out: &mut TextBuffer) -> Result<(), ArrowError> {
        self.write_rows_until(batch, usize::MAX, out).map(|_| ())
    }

    /// As [`write_rows`](Self::write_rows), until `out` has `limit` bytes; returns the rows that were
    /// written.
    pub(super) fn write_rows_until(
        &self,
        batch: &RecordBatch,
        limit: usize,
        out: &mut TextBuffer,
    ) -> Result<usize, ArrowError> {
        let longest_key = self.keys.iter().map(|key| key.as_slice().len()).max().unwrap_or(0);
        let json = Json { times: MinuteText::default(), omit_nulls: self.omit_nulls };
        let mut style = JsonStyle { keys: &self.keys, longest_key, json };
        write_rows(&self.layout, batch, &mut style, limit, out)
    }
}

/// How NDJSON writes fields.
struct JsonStyle<'a> {
    keys: &'a [TextBuffer],
    /// Bytes of the longest of the keys, with its comma, quotes and colon.
    longest_key: usize,
    json: Json,
}

impl Style for JsonStyle<'_> {
    const END: &'static [u8] = b"}\n";
    const WIDEST: usize = LONGEST_ESCAPE;

    fn is_wide(byte: u8) -> bool {
        is_escaped(byte)
    }

    fn field_room(&self) -> usize {
        // 3: the quotes of a text, and a byte for the brace of a row whose columns are all left out.
        PLAIN_ROOM + self.longest_key + 3
    }

    #[inline]
    fn open(&self, index: usize, place: &mut [u8]) -> usize {
        self.keys[index].put(place)
    }

    #[inline]
    fn null(&self, index: usize, place: &mut [u8]) -> usize {
        if self.json.omit_nulls {
            return 0;
        }
        let opened = self.open(index, place);
        opened + put(b"null", &mut place[opened..])
    }

    #[inline(always)]
    fn value(&mut self, value: Value<'_>, place: &mut [u8]) -> usize {
        self.json.put(value, place)
    }

    /// Every field begins with a comma, as which one comes first is not known when nulls are left out; the
    /// comma at the front of the line becomes the opening brace.
    #[inline]
    fn end_line(&self, place: &mut [u8], len: usize) -> usize {
        if len == Self::END.len() {
            // A row without a field: the line has no comma to replace.
            return put(b"{}\n", place);
        }
        place[0] = b'{';
        len
    }
}

impl TextFormat for NdjsonWriter {
    fn header(&self, _: &mut Vec<u8>) {}

    fn rows(
        &self,
        batch: &RecordBatch,
        limit: usize,
        out: &mut TextBuffer,
    ) -> Result<usize, ArrowError> {
        self.write_rows_until(batch, limit, out)
    }
}
