//! The file of malformed lines.

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

/// Malformed lines as NDJSON; appears whole or not at all.
pub(super) struct Rejects {
    output: Output,
    writer: BufWriter<Box<dyn Write + Send>>,
}

#[derive(Serialize)]
struct Reject<'a> {
    bundle: &'a str,
    file: &'a str,
    line: i64,
    offset: u64,
    reason: &'a str,
    /// `None` where there is no line: the entry could not be read further.
    raw: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
}

impl Rejects {
    /// Begins the file.
    pub(super) fn create(place: &Place) -> Result<Self> {
        let output = place.create()?;
        let writer = output.writer()?;
        let writer = terminal::guarded_at(place, writer, Notation::Json);
        let writer = BufWriter::new(writer);
        Ok(Self { output, writer })
    }

    /// Appends lines.
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

    /// Gives the file its name.
    pub(super) fn commit(mut self) -> Result<()> {
        self.writer.flush().map_err(|e| self.output.error(e))?;
        self.output.commit()?;
        Ok(())
    }
}

/// The bytes as text; in base64, and marked so, where they are none.
fn as_text(raw: Option<Vec<u8>>) -> (Option<String>, Option<&'static str>) {
    match raw.map(String::from_utf8) {
        None => (None, None),
        Some(Ok(text)) => (Some(text), None),
        Some(Err(bytes)) => (Some(BASE64_STANDARD.encode(bytes.as_bytes())), Some("base64")),
    }
}
