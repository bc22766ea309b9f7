//! What `ripsaw convert` and `ripsaw grep -O` are to do.

use std::ffi::OsString;
use std::path::PathBuf;

use arrow::datatypes::TimeUnit;
use ripsaw::error::{Error, Location, Result};
use ripsaw::query::Selection;
use ripsaw::scan::{KeyPolicy, MAX_COLUMNS, Projection};
use ripsaw::sink::{FileFormat, OutputFormat, SinkOptions};
use ripsaw::table::{MessageAnsi, entries_schema};

use super::super::args::{Ansi, ConvertArgs, LineArgs, OutputArgs, Table, TimestampUnit};
use super::super::place::Place;
use super::super::terminal::{self, Notation};
use super::extension::{format_of, misleading};
use super::keys::keys_of;
use super::{Console, Reading, console, reading, select};

/// Where the output goes if only its format is given.
pub(in crate::cli) const STANDARD_OUTPUT: &str = "-";

/// What `ripsaw convert` does.
pub(in crate::cli) struct Convert {
    /// The inputs, the filters and the columns.
    pub(in crate::cli) reading: Reading,
    pub(in crate::cli) console: Console,
    /// The file of `-o`.
    pub(in crate::cli) out: Place,
    /// The output format with its options checked; opens the sink.
    pub(in crate::cli) writes: Box<dyn OutputFormat>,
    /// One row per line, or one per entry.
    pub(in crate::cli) table: Table,
    /// The columns of the table of entries that are written.
    pub(in crate::cli) columns: Projection,
    /// Where malformed lines are written.
    pub(in crate::cli) rejects: Option<Place>,
    /// Where the receipt (`--report`) is written.
    pub(in crate::cli) report: Option<Place>,
    /// How control characters are escaped if the output is a terminal; `None` for binary formats.
    pub(in crate::cli) notation: Option<Notation>,
    /// The warning of a name whose extension is that of another format.
    pub(in crate::cli) misleading: Option<Error>,
    /// The rows are the matches of `grep -O`: without any the exit code is 1.
    pub(in crate::cli) is_search: bool,
}

impl Convert {
    /// Resolves and checks all arguments; nothing is opened for writing.
    ///
    /// # Errors
    /// An unknown format, column or codec, an invalid filter, or an output that is an input or another
    /// output.
    pub(in crate::cli) fn resolve(args: ConvertArgs) -> Result<Self> {
        let console = console(&args.console);
        if let Some(option) = args.data_set.given() {
            let cause = "it is for data sets, which are directories";
            return Err(Error::new(format!("cannot use {option}"), Location::default(), cause)
                .with_hint("name a directory: -o DIR/"));
        }
        let mut reading = reading(args.inputs.paths, args.read)?;
        (reading.options.index, reading.indexes) = args.index.policy();
        let explain = args.filter.explain;
        select(&mut reading, args.filter.resolve()?);
        line_options(&mut reading, &args.lines, console);
        reading.keys = keys_of(&args.keys)?;
        let columns = columns_of(args.output.table, &args.output.columns)?;
        match args.output.table {
            Table::Lines => reading.columns.clone_from(&args.output.columns),
            // Only counts are written, so no column of the lines has to be built.
            Table::Entries => {
                reading.looked_at = Some(Vec::new());
                // An index has all that is in the table.
                reading.options.pipeline.continuity = false;
            }
        }
        // `--to` wins over the extension: `-o logs.csv --to ndjson` writes NDJSON.
        let out = args.output.out.clone().unwrap_or_else(|| STANDARD_OUTPUT.into());
        let named = args.output.to.as_deref().and_then(FileFormat::of_name);
        let format = match named {
            Some(format) => format,
            None => format_of(&out)?,
        };
        let writes = format
            .prepare(&sink_options(&args.output))
            .map_err(|error| hint_of_compressor(error, &args.output, format))?;
        let misleading = misleading(&out, format);
        let out = Place::from(out);
        out.refuse_in_data_set()?;
        refuse_terminal(&out, format)?;
        let rejects = args.lines.rejects.map(Place::from);
        let report = args.lines.report.map(Place::from);
        check_places(&reading.inputs, &out, rejects.as_ref(), report.as_ref())?;
        reading.explain = explain;
        let table = args.output.table;
        let notation = notation_of(format);
        let is_search = false;
        Ok(Self {
            reading,
            console,
            out,
            writes,
            table,
            columns,
            rejects,
            report,
            notation,
            misleading,
            is_search,
        })
    }
}

/// Sets how lines become rows.
pub(super) fn line_options(reading: &mut Reading, args: &LineArgs, console: Console) {
    let options = &mut reading.options.pipeline;
    options.ansi = match args.ansi {
        Ansi::Strip => MessageAnsi::Strip,
        Ansi::Keep => MessageAnsi::Keep,
    };
    options.strict = args.strict;
    options.dedupe.clone_from(&args.dedupe);
    // The rejects file needs every malformed line with its bytes; else only the first few are kept.
    options.keep_raw = args.rejects.is_some();
    // Counting the lines of the text takes a second scan, so only for a receipt.
    options.receipt = args.report.is_some();
    // For the summary. Of some rows nothing can be said of those between.
    let tests_rows = reading.selection.as_ref().is_some_and(Selection::tests_rows);
    options.continuity = !console.quiet && !tests_rows;
}

/// Compares every output with the inputs and with the other outputs.
///
/// # Errors
/// An output that is an input, lies inside one, or is another output.
fn check_places(
    inputs: &[OsString],
    out: &Place,
    rejects: Option<&Place>,
    report: Option<&Place>,
) -> Result<()> {
    out.check(inputs)?;
    if let Some(rejects) = rejects {
        rejects.check(inputs)?;
        rejects.check_apart(out, "--rejects")?;
    }
    if let Some(report) = report {
        report.check(inputs)?;
        for other in [Some(out), rejects].into_iter().flatten() {
            report.check_apart(other, "--report")?;
        }
    }
    Ok(())
}

/// The columns of the table of entries that are written; no names: all. An unknown or repeated name is an error.
/// Those of lines depend on the input.
fn columns_of(table: Table, names: &[String]) -> Result<Projection> {
    match names {
        names if table == Table::Entries && !names.is_empty() => {
            Projection::of(entries_schema(), names)
        }
        _ => Ok(Projection::all(entries_schema())),
    }
}

/// `grep -O`: a conversion of what a search selects, with the defaults of `ripsaw convert`. `to` is the
/// format by name; `None`: the extension of `out` selects it. `names` are the columns; none: all.
pub(in crate::cli) fn table_of(
    mut reading: Reading,
    console: Console,
    out: PathBuf,
    to: Option<&str>,
    names: Vec<String>,
) -> Result<Convert> {
    let columns = columns_of(Table::Lines, &names)?;
    reading.columns = names;
    reading.keys = (KeyPolicy::Sample, MAX_COLUMNS);
    let format = match to.and_then(FileFormat::of_name) {
        Some(format) => format,
        None => format_of(&out)?,
    };
    let writes = format.prepare(&SinkOptions::default())?;
    let misleading = misleading(&out, format);
    let out = Place::from(out);
    out.check(&reading.inputs)?;
    refuse_terminal(&out, format)?;
    Ok(Convert {
        reading,
        console,
        out,
        writes,
        table: Table::Lines,
        columns,
        rejects: None,
        report: None,
        notation: notation_of(format),
        misleading,
        is_search: true,
    })
}

/// How a format can write control characters; `None` if it is binary.
fn notation_of(format: &FileFormat) -> Option<Notation> {
    // NDJSON stays valid JSON with `\u001b`; CSV has no escapes, so Rust's notation is used.
    let notation = if format.name == "ndjson" { Notation::Json } else { Notation::Text };
    (!format.is_binary).then_some(notation)
}

/// Refuses to write a binary format to a terminal, which would execute the control bytes in it.
fn refuse_terminal(out: &Place, format: &FileFormat) -> Result<()> {
    if !format.is_binary || !terminal::is_terminal(out) {
        return Ok(());
    }
    let cause = format!("a terminal cannot show {}", format.title);
    Err(out.refuse(cause).with_hint("name a file, or pipe it somewhere"))
}

impl OutputArgs {
    /// Whether the format has all options that are set; `true` if the format is not known.
    pub(super) fn fits(&self) -> bool {
        let format = match (&self.to, &self.out) {
            (Some(name), _) => FileFormat::of_name(name),
            (None, Some(out)) => format_of(out).ok(),
            (None, None) => None,
        };
        format.is_none_or(|format| format.prepare(&sink_options(self)).is_ok())
    }
}

/// The options of the format as given; the format's `prepare` refuses those that it does not have.
pub(super) fn sink_options(args: &OutputArgs) -> SinkOptions {
    SinkOptions {
        compression: args.compression.clone(),
        row_group_rows: args.row_group_size,
        timestamp_unit: args.timestamp_unit.map(|unit| match unit {
            TimestampUnit::Us => TimeUnit::Microsecond,
            TimestampUnit::Ns => TimeUnit::Nanosecond,
        }),
        null_text: args.csv_null.clone(),
        omit_nulls: args.omit_nulls,
    }
}

/// Adds a hint to the error of `--compression` with a text format: those are compressed by another program.
fn hint_of_compressor(error: Error, args: &OutputArgs, format: &FileFormat) -> Error {
    if args.compression.is_none() || format.is_binary {
        return error;
    }
    error
        .with_hint(format!("pipe it into a compressor: -o - --to {} | zstd > OUT.zst", format.name))
}
