//! NDJSON: one JSON object a line, columns in schema order, null columns left out.

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use memchr::memchr2_iter;

use super::arrow_error;
use super::column::{Fields, Layout, Value};
use super::format::{Format, Opener, SinkOptions};
use super::text::TextSink;
use super::value::{write_boolean, write_integer, write_json_object, write_json_string};
use crate::error::Result;
use crate::record::timestamp::write_rfc3339;

/// NDJSON.
pub const FORMAT: Format = Format {
    name: "ndjson",
    title: "NDJSON",
    extensions: &["ndjson", "jsonl"],
    is_binary: false,
    prepare,
};

fn prepare(options: &SinkOptions) -> Result<Opener> {
    options.allow(&FORMAT, &[])?;
    Ok(Box::new(|output, schema| {
        let writer = NdjsonWriter::new(schema).map_err(arrow_error)?;
        Ok(Box::new(TextSink::new(output, writer)))
    }))
}

/// Writes batches of one schema as lines of JSON.
///
/// Times are RFC 3339 in UTC, integers numbers, maps objects in their own order. A Utf8 column
/// whose field has the extension type `arrow.json` (`ARROW:extension:name`) holds JSON text: it is
/// embedded as it is, unverified, save that line ends between its tokens become spaces.
#[derive(Debug)]
pub struct NdjsonWriter {
    layout: Layout,
    /// Per column, `,"name":`.
    keys: Vec<Vec<u8>>,
}

impl NdjsonWriter {
    /// A writer for batches of `schema`.
    ///
    /// # Errors
    /// A column whose type has no text form; the error names it.
    pub fn new(schema: &Schema) -> Result<Self, ArrowError> {
        let layout = Layout::new(schema)?;
        let keys = layout.names().map(|name| {
            let mut key = vec![b','];
            write_json_string(name, &mut key);
            key.push(b':');
            key
        });
        Ok(Self { keys: keys.collect(), layout })
    }

    /// Appends one line per row of `batch`.
    ///
    /// # Errors
    /// A batch whose columns are not the schema's, a timestamp in microseconds that nanoseconds in
    /// 64 bits cannot hold; `out` is then as it was.
    pub fn rows(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        let mut columns = self.layout.open(batch)?;
        for row in 0..batch.num_rows() {
            let start = out.len();
            for fields in &mut columns {
                match fields {
                    Fields::One(index, column) => self.field(*index, column.value(row), out),
                    Fields::Run(run) => {
                        let text = run.text(row, |index, value, text| {
                            self.field(index, value.map_or(Value::Null, Value::Text), text);
                        });
                        out.extend_from_slice(text);
                    }
                }
            }
            // Every field begins with a comma; the first one's place is the brace's.
            match out.get_mut(start) {
                Some(comma) => *comma = b'{',
                None => out.push(b'{'),
            }
            out.extend_from_slice(b"}\n");
        }
        Ok(())
    }

    /// Appends a comma, the key and the value; nothing for null.
    #[inline]
    fn field(&self, index: usize, value: Value<'_>, out: &mut Vec<u8>) {
        if matches!(value, Value::Null) {
            return;
        }
        out.extend_from_slice(&self.keys[index]);
        match value {
            Value::Null => {}
            Value::Text(text) => write_json_string(text, out),
            Value::Json(text) => write_on_one_line(text.as_bytes(), out),
            Value::Integer(value) => write_integer(value, out),
            Value::Boolean(value) => write_boolean(value, out),
            Value::Timestamp(nanos) => {
                out.push(b'"');
                write_rfc3339(nanos, out);
                out.push(b'"');
            }
            Value::Map(entries) => write_json_object(entries, out),
        }
    }
}

/// Appends JSON text with a space for each line end, which JSON allows only between tokens.
fn write_on_one_line(json: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(json);
    for at in memchr2_iter(b'\r', b'\n', json) {
        out[start + at] = b' ';
    }
}
