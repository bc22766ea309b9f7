//! The output formats: what each is called, what it takes, and how its sink is opened.

use std::io::{self, Write};

use arrow::datatypes::{SchemaRef, TimeUnit};

use super::{Sink, csv, ipc, ndjson, parquet};
use crate::error::{Error, Location, Result};

/// The output formats, the first of each extension its owner.
pub const FILE_FORMATS: &[FileFormat] =
    &[parquet::FORMAT, ipc::FILE_FORMAT, ipc::STREAM_FORMAT, csv::FORMAT, ndjson::FORMAT];

/// An output format.
#[derive(Debug, Clone, Copy)]
pub struct FileFormat {
    /// Its name, as `--to` has it.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Extensions of file names, without the dot; the usual one first.
    pub extensions: &'static [&'static str],
    /// Whether a terminal cannot show it.
    pub is_binary: bool,
    /// Looks at the options; an option that the format does not have is an error.
    pub(super) prepare: fn(&SinkOptions) -> Result<Box<dyn OutputFormat>>,
}

/// How rows are written: a format with its options, such as [`Parquet`](parquet::Parquet). A sink of
/// your own joins the others by it.
pub trait OutputFormat {
    /// Opens the sink that writes rows of `schema` to `output`.
    ///
    /// # Errors
    /// A schema or an option that the format has no place for; the output's.
    fn open(&self, output: Box<dyn Write + Send>, schema: &SchemaRef) -> io::Result<Box<dyn Sink>>;
}

impl<F: OutputFormat + ?Sized> OutputFormat for Box<F> {
    fn open(&self, output: Box<dyn Write + Send>, schema: &SchemaRef) -> io::Result<Box<dyn Sink>> {
        (**self).open(output, schema)
    }
}

/// What a user may ask of an output; `None` is the format's own choice.
#[derive(Debug, Clone, Default)]
pub struct SinkOptions {
    /// Codec, with a level after a colon where it has one.
    pub compression: Option<String>,
    /// Rows of a row group.
    pub row_group_rows: Option<usize>,
    /// Unit of timestamps.
    pub timestamp_unit: Option<TimeUnit>,
    /// The text of null in CSV.
    pub null_text: Option<String>,
    /// Leave out what is null.
    pub omit_nulls: bool,
}

impl FileFormat {
    /// The format of files with this extension, in any case.
    pub fn of_extension(extension: &str) -> Option<&'static Self> {
        let owns = |known: &&str| known.eq_ignore_ascii_case(extension);
        FILE_FORMATS.iter().find(|format| format.extensions.iter().any(owns))
    }

    /// The format with this name.
    pub fn of_name(name: &str) -> Option<&'static Self> {
        FILE_FORMATS.iter().find(|format| format.name == name)
    }

    /// Looks at the options before anything is opened.
    ///
    /// # Errors
    /// An option that the format does not have, or a value that it does not take.
    pub fn prepare(&self, options: &SinkOptions) -> Result<Box<dyn OutputFormat>> {
        (self.prepare)(options)
    }
}

impl SinkOptions {
    /// Refuses the options that a format does not take; `takes` names those that it does.
    pub(super) fn allow(&self, format: &FileFormat, takes: &[&str]) -> Result<()> {
        let given = [
            ("the compression", self.compression.is_some()),
            ("the row group size", self.row_group_rows.is_some()),
            ("the timestamp unit", self.timestamp_unit.is_some()),
            ("the CSV text for null", self.null_text.is_some()),
            ("the omission of nulls", self.omit_nulls),
        ];
        // What all but Parquet have anyway.
        let is_nanos = self.timestamp_unit == Some(TimeUnit::Nanosecond);
        let given = given.map(|(option, given)| {
            (option, given && !(option == "the timestamp unit" && is_nanos))
        });
        match given.iter().find(|(option, given)| *given && !takes.contains(option)) {
            None => Ok(()),
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
