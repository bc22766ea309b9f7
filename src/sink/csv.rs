//! CSV as RFC 4180 has it: a header line, `\r\n` after every line (CSV readers take both ends, and
//! Unix tools that take only `\n` cannot read quoted newlines anyway), quotes only where needed.
//!
//! A null is an empty field and an empty text is `""`, so that no information is lost; `--csv-null` sets
//! another text for null, and a value that equals it is quoted.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;

use super::Sink;
use super::arrow_error;
use super::buffer::TextBuffer;
use super::column::Value;
use super::format::{FileFormat, OutputFormat, SinkOptions, refuse};
use super::json::Json;
use super::lanes::{Style, write_rows};
use super::layout::Layout;
use super::scan::{Span, copy_replaced, copy_until};
use super::text::{TextFormat, TextSink};
use super::value::{PLAIN_ROOM, put, put_boolean, put_double, put_integer, put_time};
use crate::error::Result;
use crate::simd::mask::{CsvSpecial, Quote};

/// CSV.
pub const FORMAT: FileFormat =
    FileFormat { name: "csv", title: "CSV", extensions: &["csv"], is_binary: false, prepare };

/// Checks the options: only the text of null can be set.
fn prepare(options: &SinkOptions) -> Result<Box<dyn OutputFormat>> {
    options.allow(&FORMAT, &["the CSV text for null"])?;
    let null_text = options.null_text.clone().unwrap_or_default();
    check_null_text(&null_text).map_err(|cause| refuse("the CSV text for null", cause))?;
    Ok(Box::new(Csv { null_text }))
}

/// CSV, and how it is written.
#[derive(Clone, Debug, Default)]
pub struct Csv {
    /// The text of null; empty by default. A value with the same text is quoted, so that a reader that
    /// looks at quotes can distinguish the two. An empty string is always `""`.
    pub null_text: String,
}

impl OutputFormat for Csv {
    fn open(&self, output: Box<dyn Write + Send>, schema: &SchemaRef) -> io::Result<Box<dyn Sink>> {
        let writer = CsvWriter::new(schema, self.clone()).map_err(arrow_error)?;
        Ok(Box::new(TextSink::new(output, writer)))
    }
}

/// Writes batches of one schema as CSV lines.
///
/// Text is quoted if it is empty, is the null text, or has a comma, a quote, `\r` or `\n`. Times
/// are RFC 3339 in UTC, maps are JSON objects and lists arrays. A struct has no column of its own, but one
/// for each value inside it, named by its path: `req.method`. The null of a table with a single column is an
/// empty line unless a null text is set, and some readers skip those.
#[derive(Debug)]
pub struct CsvWriter {
    layout: Layout,
    null_text: Vec<u8>,
}

impl CsvWriter {
    /// A writer for batches of `schema`.
    ///
    /// # Errors
    /// A column whose type has no text form (the error names it), a schema without columns, a
    /// null text that would itself need quotes.
    pub fn new(schema: &Schema, options: Csv) -> Result<Self, ArrowError> {
        let layout = Layout::flat(schema)?;
        if layout.names().next().is_none() {
            return Err(ArrowError::SchemaError("CSV needs at least one column".to_owned()));
        }
        check_null_text(&options.null_text).map_err(ArrowError::InvalidArgumentError)?;
        Ok(Self { layout, null_text: options.null_text.into_bytes() })
    }

    /// Appends the header line: the names of the columns, quoted by the same rules as values.
    pub fn header(&self, out: &mut Vec<u8>) {
        let style = self.style();
        let mut text = TextBuffer::default();
        for (index, name) in self.layout.names().enumerate() {
            let name = Span::from(name.as_bytes());
            let place = text.place(style.field_room() + CsvStyle::WIDEST * name.len());
            let opened = style.open(index, place);
            let written = opened + style.text(name, &mut place[opened..]);
            text.advance(written);
        }
        out.extend_from_slice(text.as_slice());
        out.extend_from_slice(CsvStyle::END);
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
        write_rows(&self.layout, batch, &mut self.style(), limit, out)
    }

    /// The style of a batch; it keeps no state that changes the text.
    fn style(&self) -> CsvStyle<'_> {
        CsvStyle {
            null_text: &self.null_text,
            json: Json::default(),
            nested: TextBuffer::default(),
        }
    }
}

/// How CSV writes fields.
struct CsvStyle<'a> {
    null_text: &'a [u8],
    json: Json,
    /// The JSON text of a map or a list, before it is quoted.
    nested: TextBuffer,
}

impl Style for CsvStyle<'_> {
    const END: &'static [u8] = b"\r\n";
    const WIDEST: usize = 2;

    fn is_wide(byte: u8) -> bool {
        byte == b'"'
    }

    fn field_room(&self) -> usize {
        // 3: a comma and the quotes. A null needs the room of its text.
        PLAIN_ROOM + self.null_text.len() + 3
    }

    #[inline]
    fn open(&self, index: usize, place: &mut [u8]) -> usize {
        place[0] = b',';
        usize::from(index > 0)
    }

    #[inline]
    fn null(&self, index: usize, place: &mut [u8]) -> usize {
        let opened = self.open(index, place);
        opened + put(self.null_text, &mut place[opened..])
    }

    #[inline(always)]
    fn value(&mut self, value: Value<'_>, place: &mut [u8]) -> usize {
        let written = match value {
            Value::Null => return put(self.null_text, place),
            Value::Text(text) | Value::Json(text) => return self.text(text, place),
            Value::Integer(value) => put_integer(value, place),
            Value::Boolean(value) => put_boolean(value, place),
            Value::Timestamp(nanos) => put_time(nanos, &mut self.json.times, place),
            Value::Double(value) => put_double(value, place),
            value => return self.nested(value, place),
        };
        // With `--csv-null 0` or `true`, numbers and booleans can look like a null too.
        if place[..written] == *self.null_text {
            return put_quoted(Span::from(self.null_text), place);
        }
        written
    }
}

impl CsvStyle<'_> {
    /// Writes text, in quotes if it is empty, has a special byte or is the null text.
    #[inline(always)]
    fn text(&self, text: Span<'_>, place: &mut [u8]) -> usize {
        let copied = copy_until::<CsvSpecial>(text, place);
        // Most texts need no quotes: the copy is done by the time that is known, or starts again with them.
        if copied < text.len() || place[..copied] == *self.null_text || copied == 0 {
            return put_quoted(text, place);
        }
        copied
    }

    /// Writes a map or a list as JSON, in quotes unless it is `{}` or has a single plain item. It goes to a
    /// buffer first, as its quotes are escaped twice: by the rules of JSON, then by those of CSV.
    #[cold]
    fn nested(&mut self, value: Value<'_>, place: &mut [u8]) -> usize {
        // Taken out, as `text` borrows the style.
        let mut text = std::mem::take(&mut self.nested);
        text.clear();
        let room = value.json_room();
        let written = self.json.put(value, text.place(room));
        text.advance(written);
        let written = self.text(Span::from(text.as_slice()), place);
        self.nested = text;
        written
    }
}

/// Writes text in quotes, its own quotes doubled.
fn put_quoted(text: Span<'_>, place: &mut [u8]) -> usize {
    place[0] = b'"';
    let double = |_, place: &mut [u8]| put(b"\"\"", place);
    let end = 1 + copy_replaced::<Quote>(text, &mut place[1..], double);
    place[end] = b'"';
    end + 1
}

/// Refuses a null text that would need quotes: quoted, it would be a value. The error is the reason.
fn check_null_text(text: &str) -> Result<(), String> {
    match text.contains([',', '"', '\r', '\n']) {
        true => Err(format!("the null text {text:?} contains a comma, a quote or a line end")),
        false => Ok(()),
    }
}

impl TextFormat for CsvWriter {
    fn header(&self, out: &mut Vec<u8>) {
        self.header(out);
    }

    fn rows(
        &self,
        batch: &RecordBatch,
        limit: usize,
        out: &mut TextBuffer,
    ) -> Result<usize, ArrowError> {
        self.write_rows_until(batch, limit, out)
    }
}
