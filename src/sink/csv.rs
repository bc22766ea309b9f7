//! CSV as RFC 4180 has it: a header line, `\r\n` after every line (its readers take both ends, and
//! Unix tools that take only `\n` cannot read quoted newlines anyway), quotes only where needed.

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use memchr::memchr_iter;

use super::arrow_error;
use super::column::{Fields, Layout, Value};
use super::format::{Format, Opener, SinkOptions, refuse};
use super::text::TextSink;
use super::value::{write_boolean, write_integer, write_json_object};
use crate::error::Result;
use crate::record::timestamp::write_rfc3339;

/// CSV.
pub const FORMAT: Format =
    Format { name: "csv", title: "CSV", extensions: &["csv"], is_binary: false, prepare };

fn prepare(options: &SinkOptions) -> Result<Opener> {
    options.allow(&FORMAT, &["--csv-null"])?;
    let null_text = options.null_text.clone().unwrap_or_default();
    check_null_text(&null_text).map_err(|cause| refuse("--csv-null", cause))?;
    Ok(Box::new(move |output, schema| {
        let options = CsvOptions { null_text: null_text.clone() };
        let writer = CsvWriter::new(schema, options).map_err(arrow_error)?;
        Ok(Box::new(TextSink::new(output, writer)))
    }))
}

/// How CSV is written.
#[derive(Clone, Debug, Default)]
pub struct CsvOptions {
    /// What stands for null; empty by default. A value with this very text is quoted, so that
    /// the two stay apart for a reader that looks at quotes. An empty string is always `""`.
    pub null_text: String,
}

/// Writes batches of one schema as CSV lines.
///
/// Text is quoted if it is empty, is the null text, or has a comma, a quote, `\r` or `\n`. Times
/// are RFC 3339 in UTC, maps are JSON objects. The null of a table with a single column is an
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
    pub fn new(schema: &Schema, options: CsvOptions) -> Result<Self, ArrowError> {
        if schema.fields().is_empty() {
            return Err(ArrowError::SchemaError("CSV needs at least one column".to_owned()));
        }
        check_null_text(&options.null_text).map_err(ArrowError::InvalidArgumentError)?;
        Ok(Self { layout: Layout::new(schema)?, null_text: options.null_text.into_bytes() })
    }

    /// Appends the header line: the names of the columns.
    pub fn header(&self, out: &mut Vec<u8>) {
        for name in self.layout.names() {
            self.text(name.as_bytes(), out);
        }
        end_line(out);
    }

    /// Appends one line per row of `batch`.
    ///
    /// # Errors
    /// A batch whose columns are not the schema's, a timestamp in microseconds that nanoseconds in
    /// 64 bits cannot hold; `out` is then as it was.
    pub fn rows(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        let mut columns = self.layout.open(batch)?;
        let mut json = Vec::new();
        for row in 0..batch.num_rows() {
            for fields in &mut columns {
                match fields {
                    Fields::One(_, column) => self.field(column.value(row), &mut json, out),
                    Fields::Run(run) => {
                        let text = run.text(row, |_, value, text| match value {
                            Some(value) => self.text(value.as_bytes(), text),
                            None => self.null(text),
                        });
                        out.extend_from_slice(text);
                    }
                }
            }
            end_line(out);
        }
        Ok(())
    }

    /// Appends a field and a comma. `json` is room for a map's text.
    #[inline]
    fn field(&self, value: Value<'_>, json: &mut Vec<u8>, out: &mut Vec<u8>) {
        match value {
            Value::Null => self.null(out),
            Value::Text(text) | Value::Json(text) => self.text(text.as_bytes(), out),
            Value::Integer(value) => self.plain(out, |out| write_integer(value, out)),
            Value::Boolean(value) => self.plain(out, |out| write_boolean(value, out)),
            Value::Timestamp(nanos) => self.plain(out, |out| write_rfc3339(nanos, out)),
            Value::Map(entries) => {
                json.clear();
                write_json_object(entries, json);
                self.text(json, out);
            }
        }
    }

    fn null(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.null_text);
        out.push(b',');
    }

    #[inline]
    fn text(&self, text: &[u8], out: &mut Vec<u8>) {
        if text.is_empty() || has_special(text) || text == self.null_text {
            write_quoted(text, out);
        } else {
            out.extend_from_slice(text);
        }
        out.push(b',');
    }

    /// Appends a field whose text never has a comma, a quote or a line end and is never empty.
    #[inline]
    fn plain(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        let start = out.len();
        write(out);
        if out[start..] == *self.null_text {
            out.insert(start, b'"');
            out.push(b'"');
        }
        out.push(b',');
    }
}

/// Turns the comma after the last field into a line end.
fn end_line(out: &mut Vec<u8>) {
    out.pop();
    out.extend_from_slice(b"\r\n");
}

/// Whether `text` has a byte that cannot stand outside of quotes.
fn has_special(text: &[u8]) -> bool {
    let (chunks, tail) = text.as_chunks::<16>();
    let special = |b: u8| (b == b',') | (b == b'"') | (b == b'\r') | (b == b'\n');
    // Without a branch per byte, so that it compiles to vector instructions.
    chunks.iter().any(|chunk| chunk.iter().fold(false, |hit, &b| hit | special(b)))
        || tail.iter().any(|&b| special(b))
}

fn write_quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut copied = 0;
    for quote in memchr_iter(b'"', text) {
        out.extend_from_slice(&text[copied..=quote]);
        // The next copy begins with the quote itself, which doubles it.
        copied = quote;
    }
    out.extend_from_slice(&text[copied..]);
    out.push(b'"');
}

fn check_null_text(text: &str) -> Result<(), String> {
    match has_special(text.as_bytes()) {
        true => Err(format!("the null text {text:?} has a comma, a quote or a line end")),
        false => Ok(()),
    }
}
