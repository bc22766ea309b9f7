//! Data sets: directories of Parquet files that many runs add bundles to.

use std::ffi::OsString;
use std::path::{Path, PathBuf, is_separator};
use std::thread;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use ripsaw::dataset::{Changes, Committed, DataSet, DataSetOptions};
use ripsaw::error::{Error, Location, Result};
use ripsaw::pipeline::Report;
use ripsaw::scan::Scan;
use ripsaw::sink::FileFormat;
use ripsaw::sink::parquet::{FORMAT, Parquet};

use crate::errors::{Failure, refuse};
use crate::options::Options;
use crate::rows::problems_of;
use crate::signals::{Watch, interruptible};
use crate::write::Format;

/// What a data set is to be, and what a run does with it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Run {
    /// Names of columns; empty: as it is, or none.
    partition_by: Vec<String>,
    file_size: Option<u64>,
    per_bundle: bool,
    prune: bool,
    dry_run: bool,
}

impl Run {
    fn options(&self, format: &Format) -> Result<DataSetOptions> {
        if format.name().is_some_and(|name| name != FORMAT.name) {
            return Err(refuse("to", "the files of a data set are Parquet"));
        }
        let defaults = DataSetOptions::default();
        let names = self.partition_by.clone();
        Ok(DataSetOptions {
            partition_by: Some(names).filter(|names| !names.is_empty()),
            per_bundle: self.per_bundle,
            prune: self.prune,
            file_bytes: self.file_size.unwrap_or(defaults.file_bytes),
            parquet: Parquet::with(&format.options())?,
            ..defaults
        })
    }
}

/// Whether an output is a data set: a directory by its name, one that is there, or asked for by an argument.
#[pyfunction]
#[pyo3(signature = (out, argument = None))]
pub(crate) fn is_data_set(out: PathBuf, argument: Option<&str>) -> Result<bool, Failure> {
    if out.to_string_lossy().ends_with(is_separator) || DataSet::is_at(&out) {
        return Ok(true);
    }
    let Some(argument) = argument else { return Ok(false) };
    let extension = out.extension().map(|extension| extension.to_string_lossy());
    let is_table = extension.is_some_and(|name| FileFormat::of_extension(&name).is_some());
    if is_table && !out.is_dir() {
        let error = refuse(argument, "it is for data sets, which are directories");
        return Err(error.with_hint("name a directory, with / at its end").into());
    }
    Ok(true)
}

/// Adds the bundles that are new or changed to a data set, all of them or none. Returns what was done, or with
/// `dry_run` what would be.
#[pyfunction]
pub(crate) fn add<'py>(
    py: Python<'py>,
    paths: Vec<OsString>,
    out: PathBuf,
    options: Options,
    format: Format,
    run: Run,
    is_lines: bool,
) -> Result<Bound<'py, PyDict>, Failure> {
    if !is_lines {
        let error = refuse("table", "a data set has the table of lines");
        let hint = "write the table of entries to a file: \"entries.parquet\"";
        return Err(error.with_hint(hint).into());
    }
    options.check_data_set()?;
    refuse_standard_input(&paths)?;
    let set_options = run.options(&format)?;
    let folder = out.clone();
    let is_dry = run.dry_run;
    // After a signal the lock is free again once this has ended, which nobody waits for.
    let (mut set, scan, changes) = interruptible(py, move || {
        ripsaw::cli::check_output_folder(&folder, &paths)?;
        let set = match is_dry {
            true => DataSet::look(&folder, set_options)?,
            false => DataSet::open(&folder, set_options)?,
        };
        let (scan, changes) = options.open_new(&paths, &set)?;
        set.check_settings(&scan)?;
        Ok((set, scan, changes))
    })?;
    let fields = PyDict::new(py);
    fields.set_item("added", &changes.added)?;
    fields.set_item("changed", &changes.changed)?;
    fields.set_item("unchanged", changes.unchanged)?;
    fields.set_item("damaged", &changes.damaged)?;
    fields.set_item("removed", if run.prune { set.gone() } else { Vec::new() })?;
    fields.set_item("is_dry", is_dry)?;
    if is_dry {
        return Ok(fields);
    }
    let mut watch = Watch::default();
    let written = py.detach(|| write(&mut set, scan, changes, &out, &mut watch));
    let (scan, report, committed) = watch.outcome(written)?;
    let total = report.total();
    fields.set_item("rows", committed.rows)?;
    fields.set_item("malformed", total.malformed_rows())?;
    fields.set_item("late", total.late)?;
    fields.set_item("bytes", committed.bytes)?;
    fields.set_item("files", committed.files)?;
    fields.set_item("problems", problems_of(py, scan.catalog(), &report)?)?;
    Ok(fields)
}

/// Reads what is new, and makes it take effect.
fn write(
    set: &mut DataSet,
    scan: Scan,
    changes: Changes,
    out: &Path,
    watch: &mut Watch,
) -> Result<(Scan, Report, Committed)> {
    let mut update = set.update(scan, changes)?;
    let scan = update.scan().clone();
    let is_idle = update.is_empty();
    let sink = update.sink(|| watch.is_stopped())?;
    let located = |error: Error| match error.is_interrupted() {
        true => error,
        false => error.at(Location::bundle(out.to_string_lossy())),
    };
    let report = scan.run(sink, watch).map_err(located)?;
    let committed = match is_idle {
        true => Committed::default(),
        false => update.commit(&report)?,
    };
    Ok((scan, report, committed))
}

/// Merges the small files of each partition of a data set; with `sorts`, all of them in the order of their times.
#[pyfunction]
pub(crate) fn compact<'py>(
    py: Python<'py>,
    path: PathBuf,
    sorts: bool,
    file_size: Option<u64>,
    threads: Option<usize>,
) -> Result<Bound<'py, PyDict>, Failure> {
    if !DataSet::is_at(&path) {
        let location = Location::bundle(path.to_string_lossy());
        let error = Error::new("cannot compact", location, "it is not a data set");
        return Err(error.with_hint("ripsaw.convert(paths, \"DIR/\") writes one").into());
    }
    let defaults = DataSetOptions::default();
    let file_bytes = file_size.unwrap_or(defaults.file_bytes);
    let threads = threads.or(thread::available_parallelism().ok().map(Into::into)).unwrap_or(1);
    let options = DataSetOptions { file_bytes, ..defaults };
    let mut set = interruptible(py, move || DataSet::open(&path, options))?;
    let mut watch = Watch::default();
    let done = py.detach(|| {
        let watch = &mut watch;
        set.compact(sorts, threads.max(1), || watch.is_stopped())
    });
    let done = watch.outcome(done)?;
    let fields = PyDict::new(py);
    fields.set_item("rows", done.rows)?;
    fields.set_item("files", done.files)?;
    fields.set_item("replaced", done.replaced)?;
    fields.set_item("bytes", done.bytes)?;
    Ok(fields)
}

/// Refuses what is in no file.
fn refuse_standard_input(paths: &[OsString]) -> Result<()> {
    if paths.iter().any(|path| path == "-") {
        let cause = "a data set knows its bundles by their files";
        let location = Location::bundle("standard input");
        return Err(Error::new("cannot add to a data set", location, cause)
            .with_hint("write it to a file first"));
    }
    Ok(())
}
