//! The output formats: what their files are called, what they take, and which sink writes them.
//!
//! A new format has its writer in the library's `sink`, and a name, an entry in [`ENDINGS`] and an
//! arm in [`Target::write`] here.

use std::io::{self, Write};

use arrow::datatypes::SchemaRef;
use clap::ValueEnum;
use ripsaw::error::Result;
use ripsaw::sink::Sink;
use ripsaw::sink::csv::{CsvOptions, CsvWriter};
use ripsaw::sink::ipc::{IpcCompression, IpcKind, IpcSink};
use ripsaw::sink::ndjson::NdjsonWriter;
use ripsaw::sink::parquet::{ParquetOptions, ParquetSink};
use ripsaw::sink::text::TextSink;

/// The name of an output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Parquet
    Parquet,
    /// Arrow IPC file, also known as Feather
    Arrow,
    /// Arrow IPC stream
    Arrows,
    /// RFC 4180, with a header
    Csv,
    /// One JSON object a line
    Ndjson,
}

/// What the end of a file name tells.
pub(super) const ENDINGS: [(&str, Format); 8] = [
    ("parquet", Format::Parquet),
    ("arrow", Format::Arrow),
    ("arrows", Format::Arrows),
    ("csv", Format::Csv),
    ("ndjson", Format::Ndjson),
    ("feather", Format::Arrow),
    ("ipc", Format::Arrow),
    ("jsonl", Format::Ndjson),
];

impl Format {
    /// The format that a file with this extension has.
    pub(super) fn of_extension(extension: &str) -> Option<Self> {
        let known = ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension));
        known.map(|(_, format)| *format)
    }

    /// Whether a terminal cannot show it.
    pub(super) fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow | Self::Arrows)
    }

    /// As `--to` has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Arrows => "arrows",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// A format and how it is to be written.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Parquet(ParquetOptions),
    Arrow(IpcKind, IpcCompression),
    Csv(CsvOptions),
    Ndjson,
}

/// What has rows for a sink, whichever it is.
pub(super) trait Rows {
    /// What is known once all are written.
    type Outcome;

    /// Writes all rows and finishes the sink.
    fn write<S: Sink>(self, sink: S) -> Result<Self::Outcome>;
}

impl Target {
    /// Writes rows of `schema` to `output`. The outer error is a table that the format cannot hold.
    pub(super) fn write<R: Rows>(
        &self,
        output: impl Write + Send,
        schema: &SchemaRef,
        rows: R,
    ) -> io::Result<Result<R::Outcome>> {
        Ok(match self {
            Self::Parquet(options) => rows.write(ParquetSink::new(output, schema, options)?),
            Self::Arrow(kind, compression) => {
                rows.write(IpcSink::new(output, SchemaRef::clone(schema), *kind, *compression)?)
            }
            Self::Csv(options) => {
                let writer = CsvWriter::new(schema, options.clone()).map_err(io::Error::other)?;
                rows.write(TextSink::new(output, writer))
            }
            Self::Ndjson => {
                let writer = NdjsonWriter::new(schema).map_err(io::Error::other)?;
                rows.write(TextSink::new(output, writer))
            }
        })
    }
}
