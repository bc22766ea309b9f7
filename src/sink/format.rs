//! The output formats: what each is called, what it takes, and how its sink is opened.
//!
//! The command line, its help and its hints follow from [`FILE_FORMATS`]. Options are checked by
//! [`FileFormat::prepare`] before any input is read, so that a wrong one costs no time and no file.

use std::io::{self, Write};

use arrow::datatypes::{SchemaRef, TimeUnit};

use super::{Sink, csv, ipc, ndjson, parquet};
use crate::error::{Error, Location, Result};

/// The output formats. If two have an extension in common, the first one gets the files.
pub const FILE_FORMATS: &[FileFormat] =
    &[parquet::FORMAT, ipc::FILE_FORMAT, ipc::STREAM_FORMAT, csv::FORMAT, ndjson::FORMAT];

/// An output format.
#[derive(Debug, Clone, Copy)]
pub struct FileFormat {
    /// Its name as `--to` takes it, such as `parquet`.
    pub name: &'static str,
    /// Its name in messages, such as `Parquet`.
    pub title: &'static str,
    /// Extensions of file names, without the dot; the usual one first.
    pub extensions: &'static [&'static str],
    /// Whether a terminal cannot show it.
    pub is_binary: bool,
    /// Checks the options; one that the format does not have is an error.
    pub(super) prepare: fn(&SinkOptions) -> Result<Box<dyn OutputFormat>>,
}

/// How rows are written: a format with its options, such as [`Parquet`](parquet::Parquet). A sink of
/// your own joins the others by it.
pub trait OutputFormat {
    /// Opens the sink that writes rows of `schema` to `output`.
    ///
    /// # Errors
    /// A schema or an option that the format cannot represent; the output's.
    fn open(&self, output: Box<dyn Write + Send>, schema: &SchemaRef) -> io::Result<Box<dyn Sink>>;
}

impl<F: OutputFormat + ?Sized> OutputFormat for Box<F> {
    fn open(&self, output: Box<dyn Write + Send>, schema: &SchemaRef) -> io::Result<Box<dyn Sink>> {
        (**self).open(output, schema)
    }
}

/// The options of all formats together; `None` is the format's own default.
#[derive(Debug, Clone, Default)]
pub struct SinkOptions {
    /// Codec, and a level after a colon if it has one: `zstd:3`, `lz4`, `none`. Parquet and Arrow.
    pub compression: Option<String>,
    /// Rows of a row group. Parquet.
    pub row_group_rows: Option<usize>,
    /// Unit of timestamps. Parquet; the others take nanoseconds, which they have anyway.
    pub timestamp_unit: Option<TimeUnit>,
    /// The text of null. CSV.
    pub null_text: Option<String>,
    /// Leave out columns that are null. NDJSON.
    pub omit_nulls: bool,
}

impl FileFormat {
    /// The format of files with this extension, without its dot, in any case (`PARQUET`).
    pub fn of_extension(extension: &str) -> Option<&'static Self> {
        let owns = |known: &&str| known.eq_ignore_ascii_case(extension);
        FILE_FORMATS.iter().find(|format| format.extensions.iter().any(owns))
    }

    /// The format with this name.
    pub fn of_name(name: &str) -> Option<&'static Self> {
        FILE_FORMATS.iter().find(|format| format.name == name)
    }

    /// Checks the options, and returns the format that opens sinks with them.
    ///
    /// # Errors
    /// An option that the format does not have, or a value that it does not take.
    pub fn prepare(&self, options: &SinkOptions) -> Result<Box<dyn OutputFormat>> {
        (self.prepare)(options)
    }
}

impl SinkOptions {
    /// Refuses the options that a format does not take. `takes` names those that it does, in the words of
    /// the messages below.
    pub(super) fn allow(&self, format: &FileFormat, takes: &[&str]) -> Result<()> {
        let given = [
            ("the compression", self.compression.is_some()),
            ("the row group size", self.row_group_rows.is_some()),
            ("the timestamp unit", self.timestamp_unit.is_some()),
            ("the CSV text for null", self.null_text.is_some()),
            ("the omission of nulls", self.omit_nulls),
        ];
        // Nanoseconds are what every format but Parquet writes anyway: asking for them is no mistake.
        let is_nanos = self.timestamp_unit == Some(TimeUnit::Nanosecond);
        let given = given.map(|(option, given)| {
            (option, given && !(option == "the timestamp unit" && is_nanos))
        });
        match given.iter().find(|(option, given)| *given && !takes.contains(option)) {
            None => Ok(()),
            // Only the text formats get here: the binary ones all take a codec.
            Some(("the compression", _)) => {
                Err(refuse("the compression", format!("{} is plain text", format.title))
                    .with_hint("compress the output afterwards"))
            }
            Some(("the timestamp unit", _)) => Err(refuse(
                "the timestamp unit",
                format!("{} always has times in nanoseconds", format.title),
            )
            .with_hint("omit it, or use ns; us is for Parquet")),
            Some((option, _)) => {
                let owner = match *option {
                    "the CSV text for null" => csv::FORMAT,
                    "the omission of nulls" => ndjson::FORMAT,
                    _ => parquet::FORMAT,
                };
                Err(refuse(option, format!("it does not apply to {}", format.title))
                    .with_hint(format!("it applies to {}", owner.title)))
            }
        }
    }
}

/// An option that cannot be used, and why.
pub(super) fn refuse(option: &'static str, cause: String) -> Error {
    Error::new(format!("cannot set {option}"), Location::default(), cause)
}
