//! Files that are written: conversions and indexes.

use std::ffi::OsString;
use std::io::BufWriter;
use std::path::PathBuf;

use arrow::datatypes::TimeUnit;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ripsaw::error::{Error, Location, Result};
use ripsaw::pipeline::Report;
use ripsaw::scan::{Projection, Scan};
use ripsaw::sink::output::{BUFFER, Output};
use ripsaw::sink::{Discard, FileFormat, OutputFormat, SinkOptions, write_batch};

use crate::errors::{Failure, exception_of};
use crate::options::Options;
use crate::rows::problems_of;
use crate::signals::{Watch, interruptible};

/// How a file is written.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Format {
    /// Its name; `None`: the file's extension selects it.
    to: Option<String>,
    compression: Option<String>,
    row_group_size: Option<usize>,
    /// `us` or `ns`.
    timestamp_unit: Option<String>,
    csv_null: Option<String>,
    omit_nulls: bool,
}

impl Format {
    /// Its name, if it was given.
    pub(crate) fn name(&self) -> Option<&str> {
        self.to.as_deref()
    }

    /// The options of its kind.
    pub(crate) fn options(&self) -> SinkOptions {
        SinkOptions {
            compression: self.compression.clone(),
            row_group_rows: self.row_group_size,
            timestamp_unit: self.timestamp_unit.as_deref().map(|unit| match unit {
                "us" => TimeUnit::Microsecond,
                _ => TimeUnit::Nanosecond,
            }),
            null_text: self.csv_null.clone(),
            omit_nulls: self.omit_nulls,
        }
    }

    fn prepare(&self, out: &std::path::Path) -> Result<Box<dyn OutputFormat>> {
        let cannot = |cause: String| {
            Error::new("cannot write", Location::bundle(out.to_string_lossy()), cause)
        };
        let extension = out.extension().and_then(|extension| extension.to_str());
        let format = match &self.to {
            Some(name) => FileFormat::of_name(name)
                .ok_or_else(|| cannot(format!("unknown format {name:?}")))?,
            None => extension.and_then(FileFormat::of_extension).ok_or_else(|| {
                cannot("its extension selects no format".into())
                    .with_hint("use .parquet, .arrow, .arrows, .csv, .ndjson, or DIR/ for a data set; or pass to=")
            })?,
        };
        format.prepare(&self.options())
    }
}

/// Writes a file, which appears whole or not at all. Returns the rows, the malformed ones, the bytes, and the
/// problems.
#[pyfunction]
pub(crate) fn convert<'py>(
    py: Python<'py>,
    paths: Vec<OsString>,
    out: PathBuf,
    options: Options,
    format: Format,
    is_lines: bool,
) -> Result<Bound<'py, PyDict>, Failure> {
    // Before the inputs are opened, which may take a while.
    drop(format.prepare(&out)?);
    ripsaw::cli::check_output(&out, &paths)?;
    let columns = options.entry_columns();
    let scan = interruptible(py, move || {
        let scan = options.open(&paths, false)?;
        if is_lines { options.of_lines(scan) } else { Ok(scan.looking_at(Some(&[]))) }
    })?;
    let mut watch = Watch::default();
    let written = py.detach(|| {
        let format = format.prepare(&out)?;
        match is_lines {
            true => write_lines(&scan, &out, &*format, &mut watch),
            false => write_entries(&scan, &columns?, &out, &*format, &mut watch),
        }
    });
    let (report, rows, bytes) = watch.outcome(written)?;
    let fields = PyDict::new(py);
    fields.set_item("rows", rows)?;
    fields.set_item("malformed", report.total().malformed_rows())?;
    fields.set_item("late", report.total().late)?;
    fields.set_item("bytes", bytes)?;
    fields.set_item("problems", problems_of(py, scan.catalog(), &report)?)?;
    Ok(fields)
}

/// What a conversion counted, how many rows it wrote, and the bytes of the file.
type Converted = (Report, usize, Option<u64>);

fn write_lines(
    scan: &Scan,
    out: &std::path::Path,
    format: &dyn OutputFormat,
    watch: &mut Watch,
) -> Result<Converted> {
    let output = Output::create(out)?;
    let writer = Box::new(BufWriter::with_capacity(BUFFER, output.writer()?));
    let sink = format.open(writer, &scan.schema()?).map_err(|e| output.error(e))?;
    let located = |error: Error| match error.is_interrupted() {
        true => error,
        false => error.at(Location::bundle(out.to_string_lossy())),
    };
    let report = scan.run(sink, watch).map_err(located)?;
    let rows = usize::try_from(report.total().lines).unwrap_or_default();
    Ok((report, rows, output.commit()?))
}

fn write_entries(
    scan: &Scan,
    projection: &Projection,
    out: &std::path::Path,
    format: &dyn OutputFormat,
    watch: &mut Watch,
) -> Result<Converted> {
    let output = Output::create(out)?;
    let report = scan.run(Box::new(Discard), watch)?;
    let mut entries = scan.entries_batch(&report);
    if let Some(columns) = projection.columns() {
        let cannot = |e| output.error(std::io::Error::other(e));
        entries = entries.project(&columns).map_err(cannot)?;
    }
    let writer = Box::new(BufWriter::with_capacity(BUFFER, output.writer()?));
    let sink = format.open(writer, &projection.schema()).map_err(|e| output.error(e))?;
    write_batch(sink, &entries).map_err(|e| output.error(e))?;
    Ok((report, entries.num_rows(), output.commit()?))
}

/// Indexes that were written, and inputs that could not be opened.
type Indexed<'py> = (Vec<Bound<'py, PyDict>>, Vec<Bound<'py, PyAny>>);

/// Writes the indexes of inputs that are missing or do not fit, or all anew. Returns what was written, and inputs
/// that could not be opened.
#[pyfunction]
pub(crate) fn index<'py>(
    py: Python<'py>,
    paths: Vec<OsString>,
    options: Options,
    force: bool,
) -> Result<Indexed<'py>, Failure> {
    if paths.iter().any(|path| path == "-") {
        let location = Location::bundle("standard input");
        let error = Error::new("cannot index", location, "it is in no file");
        return Err(error.with_hint("write it to a file first").into());
    }
    let scan = interruptible(py, move || options.open(&paths, true))?;
    let mut watch = Watch::default();
    let written = py.detach(|| scan.build_indexes(force, &mut watch));
    let written = watch.outcome(written)?;
    let mut rows = Vec::with_capacity(written.len());
    for index in written {
        let fields = PyDict::new(py);
        fields.set_item("path", index.path)?;
        fields.set_item("files", index.files)?;
        fields.set_item("entries", index.entries)?;
        fields.set_item("bytes", index.bytes)?;
        fields.set_item("text_bytes", index.text_bytes)?;
        fields.set_item("unread", index.unread)?;
        rows.push(fields);
    }
    let problems = scan.catalog().problems.iter().map(|error| exception_of(py, error));
    Ok((rows, problems.collect::<PyResult<_>>()?))
}
