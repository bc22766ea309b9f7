//! Arguments resolved: what a command is to do, as plain values.

use std::ffi::OsString;
use std::io::{IsTerminal as _, stderr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anstream::ColorChoice;
use arrow::datatypes::TimeUnit;
use ripsaw::error::{Error, Location, Result};
use ripsaw::pipeline;
use ripsaw::query::{Matcher, Selection};
use ripsaw::scan::{Projection, Scan, ScanOptions};
use ripsaw::sink::{FILE_FORMATS, FileFormat, OutputFormat, SinkOptions};
use ripsaw::source::{FormatId, MapPolicy, ReadOptions};
use ripsaw::synth::{Layout, Recipe};
use ripsaw::table::{MessageAnsi, entries_schema, lines_schema};

use super::args::{
    Ansi, BenchArgs, ConsoleArgs, ConvertArgs, GenerateArgs, KeyLayout, LsArgs, MeasureArgs,
    OutputArgs, ReadArgs, Table, TimestampUnit, When,
};
use super::filter::Filters;
use super::hints::new_file;
use super::place::Place;
use super::quantity;
use super::terminal::{self, Notation};

/// What is read, and how.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) inputs: Vec<OsString>,
    pub(super) options: ScanOptions,
    /// Which rows; `None`: all.
    pub(super) selection: Option<Selection>,
    /// Names of the columns that are written; empty: all.
    pub(super) columns: Vec<String>,
    /// The columns that the sink looks at, by index; `None`: all.
    pub(super) looked_at: Option<Vec<usize>>,
    /// Say what is left out, and by what.
    pub(super) explain: bool,
    /// The selection decides which entries are read, and the sink which rows it wants.
    pub(super) marks_only: bool,
    /// What the selection is made of.
    pub(super) filters: Filters,
    /// Warn of what selects nothing.
    pub(super) warns: bool,
    /// Keys of JSON objects were named.
    pub(super) maps_keys: bool,
    /// Entries are read in the order of their paths, not as in the input.
    pub(super) by_path: bool,
}

impl Reading {
    /// Takes what passes the filters and the search.
    pub(super) fn select(
        &mut self,
        filters: Filters,
        matcher: Option<Arc<Matcher>>,
        searched: Vec<usize>,
    ) {
        let filter = filters.filter.clone();
        self.selection = Some(Selection { filter, matcher, searched });
        self.options.pipeline.zone = filters.log_zone.clone();
        self.filters = filters;
    }

    /// Opens the inputs.
    pub(super) fn open(&self) -> Result<Scan> {
        let scan = Scan::open_with(&self.inputs, self.options.clone())?;
        Ok(if self.by_path { scan.in_order_of_paths() } else { scan })
    }
}

/// What is said while and after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Console {
    pub(super) progress: bool,
    pub(super) quiet: bool,
    pub(super) stats: bool,
}

/// What `ripsaw convert` does.
pub(super) struct Convert {
    pub(super) reading: Reading,
    pub(super) console: Console,
    pub(super) out: Place,
    pub(super) writes: Box<dyn OutputFormat>,
    pub(super) table: Table,
    pub(super) columns: Projection,
    pub(super) rejects: Option<Place>,
    pub(super) report: Option<Place>,
    /// How the format has control characters, if it is one of text.
    pub(super) notation: Option<Notation>,
    /// Its rows are what a search found: no rows are no match.
    pub(super) is_search: bool,
}

/// What `ripsaw ls` does.
#[derive(Debug)]
pub(super) struct Ls {
    pub(super) reading: Reading,
    pub(super) console: Console,
    pub(super) json: bool,
    /// The formats, and nothing else.
    pub(super) formats: bool,
}

impl Convert {
    /// Looks at the whole of the arguments; nothing is opened for writing.
    pub(super) fn resolve(args: ConvertArgs) -> Result<Self> {
        let console = console(&args.console);
        let mut reading = reading(args.inputs.paths, args.read);
        let explain = args.filter.explain;
        select(&mut reading, args.filter.resolve()?);
        reading.options.pipeline.ansi = match args.lines.ansi {
            Ansi::Strip => MessageAnsi::Strip,
            Ansi::Keep => MessageAnsi::Keep,
        };
        reading.options.pipeline.strict = args.lines.strict;
        reading.options.pipeline.dedupe = args.lines.dedupe;
        reading.options.pipeline.keep_raw = args.lines.rejects.is_some();
        let columns = columns_of(args.output.table, &args.output.columns)?;
        match args.output.table {
            Table::Lines => reading.columns.clone_from(&args.output.columns),
            // They are counts.
            Table::Entries => reading.looked_at = Some(Vec::new()),
        }
        let named = args.output.to.as_deref().and_then(FileFormat::of_name);
        let format = match named {
            Some(format) => format,
            None => format_of(&args.output.out)?,
        };
        let writes = format
            .prepare(&sink_options(&args.output))
            .map_err(|error| hint_of_compressor(error, &args.output, format))?;
        let out = Place::from(args.output.out);
        refuse_terminal(&out, format)?;
        out.check(&reading.inputs)?;
        let rejects = args.lines.rejects.map(Place::from);
        if let Some(rejects) = &rejects {
            rejects.check(&reading.inputs)?;
            rejects.check_apart(&out, "--rejects")?;
        }
        let report = args.lines.report.map(Place::from);
        if let Some(report) = &report {
            report.check(&reading.inputs)?;
            for other in [Some(&out), rejects.as_ref()].into_iter().flatten() {
                report.check_apart(other, "--report")?;
            }
        }
        reading.options.pipeline.receipt = report.is_some();
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
            is_search,
        })
    }
}

/// The columns of a table that are written; no names: all.
fn columns_of(table: Table, names: &[String]) -> Result<Projection> {
    let schema = match table {
        Table::Lines => lines_schema(),
        Table::Entries => entries_schema(),
    };
    if names.is_empty() { Ok(Projection::all(schema)) } else { Projection::of(schema, names) }
}

/// A conversion of what a search selects, with the defaults of `ripsaw convert`.
pub(super) fn table_of(
    reading: Reading,
    console: Console,
    out: PathBuf,
    to: Option<&str>,
) -> Result<Convert> {
    let format = match to.and_then(FileFormat::of_name) {
        Some(format) => format,
        None => format_of(&out)?,
    };
    let writes = format.prepare(&SinkOptions::default())?;
    let out = Place::from(out);
    out.check(&reading.inputs)?;
    refuse_terminal(&out, format)?;
    Ok(Convert {
        reading,
        console,
        out,
        writes,
        table: Table::Lines,
        columns: columns_of(Table::Lines, &[])?,
        rejects: None,
        report: None,
        notation: notation_of(format),
        is_search: true,
    })
}

fn notation_of(format: &FileFormat) -> Option<Notation> {
    let notation = if format.name == "ndjson" { Notation::Json } else { Notation::Text };
    (!format.is_binary).then_some(notation)
}

fn refuse_terminal(out: &Place, format: &FileFormat) -> Result<()> {
    if !format.is_binary || !terminal::is_terminal(out) {
        return Ok(());
    }
    let cause = format!("a terminal cannot show {}", format.title);
    Err(out.refuse(cause).with_hint("name a file, or pipe it somewhere"))
}

impl Ls {
    pub(super) fn resolve(args: LsArgs) -> Result<Self> {
        let console = console(&args.console);
        let mut reading = reading(args.inputs.paths, args.read);
        reading.explain = args.filter.explain;
        reading.options.skip_unreadable = true;
        reading.looked_at = Some(Vec::new());
        select(&mut reading, args.filter.resolve()?);
        Place::Stdout.check(&reading.inputs)?;
        Ok(Self { reading, console, json: args.list.json, formats: args.list.formats })
    }
}

/// What `ripsaw bench` does.
pub(super) enum Bench {
    Measure(Box<Measure>),
    Generate(Generate),
}

/// What `ripsaw bench` measures.
pub(super) struct Measure {
    pub(super) reading: Reading,
    pub(super) console: Console,
    pub(super) rounds: u16,
    /// Where files are written; `None`: nowhere.
    pub(super) folder: Option<PathBuf>,
    pub(super) json: bool,
}

/// What `ripsaw bench --generate` writes.
pub(super) struct Generate {
    pub(super) recipe: Recipe,
    pub(super) out: Place,
    pub(super) tree: bool,
    pub(super) threads: usize,
    pub(super) console: Console,
}

impl Bench {
    pub(super) fn resolve(args: BenchArgs) -> Result<Self> {
        let console = console(&args.console);
        let reading = reading(args.paths, args.read);
        if let (Some(bytes), Some(out)) = (args.generate.generate, &args.generate.out) {
            let out = Place::from(out.clone());
            let threads = reading.options.pipeline.threads;
            let GenerateArgs { tree, .. } = args.generate;
            let recipe = recipe(&args.generate, bytes);
            return Ok(Self::Generate(Generate { recipe, out, tree, threads, console }));
        }
        if let Some(input) = reading.inputs.iter().find(|input| *input == "-") {
            let location = Location::bundle(input.to_string_lossy());
            return Err(Error::new("cannot measure", location, "it can be read only once")
                .with_hint("write it to a file first"));
        }
        let MeasureArgs { rounds, output_dir, json } = args.measure;
        if let Some(folder) = &output_dir {
            Place::Path(folder.join("out")).check(&reading.inputs)?;
        }
        let folder = output_dir;
        Ok(Self::Measure(Box::new(Measure { reading, console, rounds, folder, json })))
    }
}

fn recipe(args: &GenerateArgs, bytes: u64) -> Recipe {
    Recipe {
        seed: args.seed,
        layout: match args.layout {
            KeyLayout::Simplified => Layout::Simplified,
            KeyLayout::Standard => Layout::Standard,
        },
        entries: args.entries as usize,
        bytes,
        big_entry: args.big_entry,
        oddities: args.oddities,
    }
}

/// Longest line that `--max-line` takes: a column of a batch holds 2 GiB, and a line that is not UTF-8
/// may become three times as long.
const LONGEST_LINE: u64 = 512 << 20;

/// The value of `--max-line`.
pub(super) fn parse_max_line(text: &str) -> Result<usize, String> {
    let bytes = quantity::parse_bytes(text)?;
    if !(1..=LONGEST_LINE).contains(&bytes) {
        return Err("must be from 1 byte to 512MiB".into());
    }
    usize::try_from(bytes).map_err(|e| e.to_string())
}

/// The value of `--row-group-size`.
pub(super) fn parse_row_group_size(text: &str) -> Result<usize, String> {
    match text.replace(['_', ','], "").parse() {
        Ok(rows) if (1..=100_000_000).contains(&rows) => Ok(rows),
        _ => Err("must be from 1 to 100000000 rows".into()),
    }
}

pub(super) fn reading(inputs: Vec<OsString>, args: ReadArgs) -> Reading {
    let map = match args.mmap {
        When::Auto => MapPolicy::Auto,
        When::Always => MapPolicy::Always,
        When::Never => MapPolicy::Never,
    };
    let mut pipeline = pipeline::Options::default();
    if let Some(threads) = args.threads {
        pipeline.threads = threads.into();
    }
    let maps_keys = args.map.is_some();
    if let Some(mapping) = args.map {
        pipeline.mapping = mapping;
    }
    let read = ReadOptions { map, max_line: args.max_line };
    let format = args.format.as_deref().and_then(FormatId::named);
    let options = ScanOptions { read, format, skip_unreadable: false, pipeline };
    Reading {
        inputs,
        options,
        selection: None,
        columns: Vec::new(),
        looked_at: None,
        explain: false,
        marks_only: false,
        filters: Filters::default(),
        warns: true,
        maps_keys,
        by_path: false,
    }
}

fn select(reading: &mut Reading, filters: Filters) {
    reading.select(filters, None, Vec::new());
}

/// Sets the colours of everything that is printed from now on, too.
pub(super) fn console(args: &ConsoleArgs) -> Console {
    match args.color {
        When::Auto => {}
        When::Always => ColorChoice::Always.write_global(),
        When::Never => ColorChoice::Never.write_global(),
    }
    let progress = match args.progress {
        When::Auto => !args.quiet && stderr().is_terminal(),
        When::Always => true,
        When::Never => false,
    };
    Console { progress, quiet: args.quiet, stats: args.stats }
}

/// The format that the name of an output tells.
fn format_of(out: &Path) -> Result<&'static FileFormat> {
    let fail = |cause: String| {
        Error::new("unknown output format", Location::bundle(out.to_string_lossy()), cause)
    };
    if out.as_os_str() == "-" {
        let error = fail("standard output has no file extension".into());
        let names: Vec<&str> = FILE_FORMATS.iter().map(|format| format.name).collect();
        return Err(error.with_hint(format!("add --to {}", names.join("|"))));
    }
    if out.is_dir() {
        return Err(Error::new(
            "cannot write",
            Location::bundle(out.to_string_lossy()),
            "it is a directory",
        )
        .with_hint(format!("name a file in it, such as {}", new_file(out))));
    }
    let known: Vec<String> = extensions().map(|extension| format!(".{extension}")).collect();
    let known = known.join(", ");
    let Some(extension) = out.extension() else {
        let error = fail("the name has no extension".into());
        return Err(error.with_hint(format!("use one of {known}, or name the format with --to")));
    };
    let extension = extension.to_string_lossy();
    FileFormat::of_extension(&extension).ok_or_else(|| {
        let meant = nearest(&extension).map(|near| format!("did you mean .{near}? "));
        let hint = format!(
            "{}use one of {known}, or name the format with --to",
            meant.unwrap_or_default()
        );
        fail(format!("unknown extension .{extension}")).with_hint(hint)
    })
}

fn extensions() -> impl Iterator<Item = &'static str> {
    FILE_FORMATS.iter().flat_map(|format| format.extensions.iter().copied())
}

fn sink_options(args: &OutputArgs) -> SinkOptions {
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

/// Text is compressed by another program: the error says which.
fn hint_of_compressor(error: Error, args: &OutputArgs, format: &FileFormat) -> Error {
    if args.compression.is_none() || format.is_binary {
        return error;
    }
    error
        .with_hint(format!("pipe it into a compressor: -o - --to {} | zstd > OUT.zst", format.name))
}

/// The known extension that is spelled nearly so.
fn nearest(extension: &str) -> Option<&'static str> {
    let extension = extension.to_ascii_lowercase();
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(&extension, known);
    let near = extensions().map(|known| (likeness(known), known));
    let near = near.filter(|(likeness, _)| *likeness > 0.6);
    near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}
