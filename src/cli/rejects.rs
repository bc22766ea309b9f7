//! `convert --rejects`: the file of malformed lines.
//!
//! One JSON object per line that could not be parsed, with its place, the reason and the raw text, so
//! that it can be repaired and converted again. Lines of all entries arrive in the order of the input.

use std::io::{BufWriter, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ripsaw::error::Result;
use ripsaw::sink::output::Output;
use ripsaw::source::Catalog;
use ripsaw::table::Malformed;
use serde::Serialize;

use super::place::Place;
use super::terminal::{self, Notation};

/// Malformed lines as NDJSON; the file appears whole or not at all.
pub(super) struct Rejects {
    /// The temporary file, or where the bytes go directly; gives errors their place.
    output: Output,
    /// Writes to `output`; control characters are escaped if that is a terminal.
    writer: BufWriter<Box<dyn Write + Send>>,
}

/// A line of the file. The names are documented in `--help`.
#[derive(Serialize)]
struct Reject<'a> {
    /// As in the column `bundle`; with `file` it names the log.
    bundle: &'a str,
    file: &'a str,
    /// Physical line number, from 1.
    line: i64,
    /// Offset of the line's first byte in the decompressed text of the entry.
    offset: u64,
    /// As in the column `parse_error`.
    reason: &'a str,
    /// The line without its newline; `null` if there is none because the entry could not be read further.
    raw: Option<String>,
    /// `base64` if the line is not UTF-8; left out otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
}

impl Rejects {
    /// Begins the file. It is created even if no line turns out to be malformed.
    pub(super) fn create(place: &Place) -> Result<Self> {
        let output = place.create()?;
        let writer = output.writer()?;
        let writer = terminal::guarded_at(place, writer, Notation::Json);
        let writer = BufWriter::new(writer);
        Ok(Self { output, writer })
    }

    /// Appends lines; the `raw` of each must have been kept (`keep_raw` of the pipeline's options).
    pub(super) fn write(&mut self, catalog: &Catalog, lines: Vec<Malformed>) -> Result<()> {
        for line in lines {
            let entry = &catalog.entries[line.entry];
            let (raw, encoding) = as_text(line.raw);
            let reject = Reject {
                bundle: catalog.bundle_of(entry),
                file: &entry.path,
                line: line.line,
                offset: line.offset,
                reason: &line.reason,
                raw,
                encoding,
            };
            serde_json::to_writer(&mut self.writer, &reject)
                .map_err(Into::into)
                .and_then(|()| self.writer.write_all(b"\n"))
                .map_err(|e| self.output.error(e))?;
        }
        Ok(())
    }

    /// Flushes, and gives the file its name. Without this call nothing appears.
    pub(super) fn commit(mut self) -> Result<()> {
        // An explicit flush: dropping a BufWriter ignores errors such as a full disk.
        self.writer.flush().map_err(|e| self.output.error(e))?;
        self.output.commit()?;
        Ok(())
    }
}

/// The bytes as text and how they are encoded: as they are if they are UTF-8, else in base64. JSON strings
/// cannot hold other bytes, and replacement characters would lose them.
fn as_text(raw: Option<Vec<u8>>) -> (Option<String>, Option<&'static str>) {
    match raw.map(String::from_utf8) {
        None => (None, None),
        Some(Ok(text)) => (Some(text), None),
        Some(Err(bytes)) => (Some(BASE64_STANDARD.encode(bytes.as_bytes())), Some("base64")),
    }
}
