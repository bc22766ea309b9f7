//! What `ripsaw convert -o DIR/` is to do.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use ripsaw::dataset::{DataSet, DataSetOptions};
use ripsaw::error::{Error, Location, Result};
use ripsaw::scan::IndexPolicy;
use ripsaw::sink::parquet::{self, Parquet};

use super::super::args::{ConvertArgs, OutputArgs, Table};
use super::super::hints::is_named_as_table;
use super::super::place::Place;
use super::convert::{line_options, sink_options};
use super::keys::keys_of;
use super::{Console, Reading, console, reading, select};

/// What `ripsaw convert` does that adds to a data set.
pub(in crate::cli) struct DataSetRun {
    /// The inputs and the filters.
    pub(in crate::cli) reading: Reading,
    pub(in crate::cli) console: Console,
    /// The directory.
    pub(in crate::cli) path: PathBuf,
    pub(in crate::cli) options: DataSetOptions,
    /// Only say what would be done.
    pub(in crate::cli) is_dry: bool,
    /// Where malformed lines are written.
    pub(in crate::cli) rejects: Option<Place>,
    /// Where the receipt is written.
    pub(in crate::cli) report: Option<Place>,
}

/// Whether the output is a data set: a directory by its name or its options, or one that is there.
pub(in crate::cli) fn is_data_set(args: &ConvertArgs) -> bool {
    let Some(out) = &args.output.out else { return false };
    let is_named = out.to_string_lossy().ends_with(std::path::is_separator);
    // Not if the name is that of a file: then the option is the mistake.
    let is_file = out.as_os_str() == "-" || is_named_as_table(out.as_os_str()) && !out.is_dir();
    is_named || DataSet::is_at(out) || args.data_set.given().is_some() && !is_file
}

/// Whether the options of `convert` go together.
pub(in crate::cli) fn fits(args: &ConvertArgs) -> bool {
    match is_data_set(args) {
        true => Parquet::with(&sink_options(&args.output)).is_ok(),
        false => args.output.fits() && args.data_set.given().is_none(),
    }
}

impl DataSetRun {
    /// Resolves and checks all arguments; nothing is opened for writing.
    ///
    /// # Errors
    /// What a data set cannot have; an invalid filter; a directory that is inside of an input.
    pub(in crate::cli) fn resolve(args: ConvertArgs) -> Result<Self> {
        let console = console(&args.console);
        let path = args.output.out.clone().unwrap_or_default();
        refuse_options(&args)?;
        let mut reading = reading(args.inputs.paths, args.read)?;
        let (_, indexes) = args.index.policy();
        if indexes {
            return Err(refuse("--index", "it does not go with a data set")
                .with_hint("ripsaw index INPUT... writes the indexes"));
        }
        // Filters are of all rows of a bundle that is new: it has no index yet.
        reading.options.index = IndexPolicy::Never;
        reading.explain = args.filter.explain;
        select(&mut reading, args.filter.resolve()?);
        line_options(&mut reading, &args.lines, console);
        reading.keys = keys_of(&args.keys)?;
        check_folder(&path, &reading.inputs)?;
        let rejects = args.lines.rejects.map(Place::from);
        let report = args.lines.report.map(Place::from);
        for place in [&rejects, &report].into_iter().flatten() {
            place.check(&reading.inputs)?;
            refuse_inside(place, &path)?;
        }
        if let (Some(rejects), Some(report)) = (&rejects, &report) {
            report.check_apart(rejects, "--report")?;
        }
        let names = args.data_set.partition_by;
        let defaults = DataSetOptions::default();
        let options = DataSetOptions {
            partition_by: Some(names).filter(|names| !names.is_empty()),
            per_bundle: args.data_set.per_bundle,
            prune: args.data_set.prune,
            file_bytes: args.data_set.file_size.unwrap_or(defaults.file_bytes),
            parquet: Parquet::with(&sink_options(&args.output))?,
            ..defaults
        };
        let is_dry = args.data_set.dry_run;
        Ok(Self { reading, console, path, options, is_dry, rejects, report })
    }
}

/// Refuses options of files that a data set cannot have.
fn refuse_options(args: &ConvertArgs) -> Result<()> {
    let OutputArgs { to, table, columns, .. } = &args.output;
    if let Some((option, text)) = args.filter.relative_time() {
        let cause = format!("{text} means another time in each run of a data set");
        let error = Error::new(format!("cannot use --{option}"), Location::default(), cause);
        return Err(error.with_hint("give a date and time, as in 2026-01-31T10:15:00Z"));
    }
    if to.as_deref().is_some_and(|to| to != parquet::FORMAT.name) {
        return Err(refuse("--to", "the files of a data set are Parquet"));
    }
    if args.inputs.paths.iter().any(|input| input == "-") {
        let cause = "a data set knows its bundles by their files";
        let location = Location::bundle("standard input");
        return Err(Error::new("cannot add to a data set", location, cause)
            .with_hint("write it to a file first"));
    }
    if *table == Table::Entries {
        return Err(refuse("--table", "a data set has the table of lines")
            .with_hint("write the table of entries to a file: -o entries.parquet"));
    }
    if !columns.is_empty() {
        return Err(refuse("--columns", "a data set has all columns"));
    }
    if args.lines.dedupe.is_some() {
        let cause = "runs do not know the records of other runs";
        return Err(refuse("--dedupe", cause).with_hint("write to a file with it"));
    }
    Ok(())
}

fn refuse(option: &'static str, cause: &str) -> Error {
    Error::new(format!("cannot use {option}"), Location::default(), cause)
}

/// Refuses other outputs in a data set: readers would take them for a part of it.
fn refuse_inside(place: &Place, path: &Path) -> Result<()> {
    let Place::Path(file) = place else { return Ok(()) };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let is_inside = match (fs::canonicalize(folder), fs::canonicalize(path)) {
        (Ok(folder), Ok(path)) => folder.starts_with(path),
        // The directory is not there yet.
        _ => file.starts_with(path),
    };
    match is_inside {
        true => {
            Err(place.refuse("it is inside of the data set").with_hint("write to another folder"))
        }
        false => Ok(()),
    }
}

/// Refuses a directory that is an input or inside of one: its files would be read as logs.
///
/// # Errors
/// As it says.
pub(in crate::cli) fn check_folder(path: &Path, inputs: &[OsString]) -> Result<()> {
    // As far as it exists.
    let mut existing = path.ancestors();
    let real = existing.find_map(|folder| {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        fs::canonicalize(folder).ok()
    });
    let own = fs::canonicalize(path).ok();
    for input in inputs {
        let Ok(found) = fs::canonicalize(input) else { continue };
        if own.as_ref().is_some_and(|own| found != *own && found.starts_with(own)) {
            let location = Location::bundle(input.to_string_lossy());
            let cause = format!("it is inside of {}, which is written to", path.display());
            return Err(
                Error::new("cannot read", location, cause).with_hint("write to another directory")
            );
        }
        if !found.is_dir() {
            continue;
        }
        if real.as_ref().is_some_and(|real| real.starts_with(&found)) {
            let input = input.to_string_lossy();
            let cause = format!("it is inside the INPUT {input}");
            return Err(Error::new(
                "cannot write",
                Location::bundle(path.to_string_lossy()),
                cause,
            )
            .with_hint("write to a folder outside of it"));
        }
    }
    Ok(())
}
