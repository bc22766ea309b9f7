//! Arguments resolved: what a command is to do, as plain values.

use std::ffi::OsString;
use std::io::{IsTerminal as _, stderr, stdout};
use std::path::Path;

use anstream::ColorChoice;
use arrow::datatypes::TimeUnit;
use ripsaw::batch::MessageAnsi;
use ripsaw::error::{Error, Location, Result};
use ripsaw::pipeline;
use ripsaw::sink::csv::CsvOptions;
use ripsaw::sink::ipc::{IpcCompression, IpcKind};
use ripsaw::sink::parquet::{Codec, ParquetOptions, ZstdLevel};
use ripsaw::source::{MapPolicy, ReadOptions};

use super::args::{
    Ansi, ConsoleArgs, ConvertArgs, InputArgs, LsArgs, OutputArgs, ReadArgs, Table, TimestampUnit,
    When,
};
use super::place::Place;
use super::quantity;
use super::target::{ENDINGS, Format, Target};

/// What is read, and how.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) inputs: Vec<OsString>,
    pub(super) read: ReadOptions,
    pub(super) pipeline: pipeline::Options,
}

/// What is said while and after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Console {
    pub(super) progress: bool,
    pub(super) quiet: bool,
}

/// What `ripsaw convert` does.
#[derive(Debug)]
pub(super) struct Convert {
    pub(super) reading: Reading,
    pub(super) console: Console,
    pub(super) out: Place,
    pub(super) target: Target,
    pub(super) table: Table,
    pub(super) rejects: Option<Place>,
}

/// What `ripsaw ls` does.
#[derive(Debug)]
pub(super) struct Ls {
    pub(super) reading: Reading,
    pub(super) console: Console,
    pub(super) json: bool,
}

impl Convert {
    /// Looks at the whole of the arguments; nothing is opened for writing.
    pub(super) fn resolve(args: ConvertArgs) -> Result<Self> {
        let console = console(&args.console);
        let mut reading = reading(args.inputs, args.read);
        reading.pipeline.ansi = match args.lines.ansi {
            Ansi::Strip => MessageAnsi::Strip,
            Ansi::Keep => MessageAnsi::Keep,
        };
        reading.pipeline.strict = args.lines.strict;
        reading.pipeline.keep_raw = args.lines.rejects.is_some();
        let format = match args.output.to {
            Some(format) => format,
            None => format_of(&args.output.out)?,
        };
        let target = target(format, &args.output)?;
        let out = Place::from(args.output.out);
        if out == Place::Stdout && format.is_binary() && stdout().is_terminal() {
            let cause = format!("a terminal cannot show {}", format.name());
            return Err(out.refuse(cause).with_hint("name a file with -o, or pipe it somewhere"));
        }
        out.check(&reading.inputs)?;
        let rejects = args.lines.rejects.map(Place::from);
        if let Some(rejects) = &rejects {
            rejects.check(&reading.inputs)?;
            rejects.check_apart(&out)?;
        }
        Ok(Self { reading, console, out, target, table: args.output.table, rejects })
    }
}

impl Ls {
    pub(super) fn resolve(args: LsArgs) -> Self {
        let console = console(&args.console);
        Self { reading: reading(args.inputs, args.read), console, json: args.list.json }
    }
}

/// Longest line that `--max-line` takes: two of them must fit into one column of a batch.
const LONGEST_LINE: u64 = 1 << 30;

/// The value of `--max-line`.
pub(super) fn parse_max_line(text: &str) -> Result<usize, String> {
    let bytes = quantity::parse_bytes(text)?;
    if !(1..=LONGEST_LINE).contains(&bytes) {
        return Err("a line may have from 1 byte to 1GiB".into());
    }
    usize::try_from(bytes).map_err(|e| e.to_string())
}

/// The value of `--row-group-size`.
pub(super) fn parse_row_group_size(text: &str) -> Result<usize, String> {
    match text.replace(['_', ','], "").parse() {
        Ok(rows) if (1..=100_000_000).contains(&rows) => Ok(rows),
        _ => Err("a row group has from 1 to 100000000 rows".into()),
    }
}

fn reading(inputs: InputArgs, args: ReadArgs) -> Reading {
    let map = match args.mmap {
        When::Auto => MapPolicy::Auto,
        When::Always => MapPolicy::Always,
        When::Never => MapPolicy::Never,
    };
    let mut pipeline = pipeline::Options::default();
    if let Some(threads) = args.threads {
        pipeline.threads = threads.into();
    }
    let read = ReadOptions { map, max_line: args.max_line };
    Reading { inputs: inputs.paths, read, pipeline }
}

/// Sets the colours of everything that is printed from now on, too.
fn console(args: &ConsoleArgs) -> Console {
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
    Console { progress, quiet: args.quiet }
}

/// The format that the name of an output tells.
fn format_of(out: &Path) -> Result<Format> {
    let fail = |cause: String| {
        Error::new("cannot tell the output format", Location::bundle(out.to_string_lossy()), cause)
    };
    if out.as_os_str() == "-" {
        let error = fail("standard output has no name that would tell it".into());
        return Err(error.with_hint("add --to parquet, arrow, arrows, csv or ndjson"));
    }
    if out.is_dir() {
        return Err(Error::new(
            "cannot write",
            Location::bundle(out.to_string_lossy()),
            "it is a directory",
        )
        .with_hint(format!("name a file in it, such as {}", out.join("logs.parquet").display())));
    }
    let known = ENDINGS.map(|(extension, _)| format!(".{extension}")).join(", ");
    let Some(extension) = out.extension() else {
        let error = fail("the name has no extension".into());
        return Err(error.with_hint(format!("use one of {known}, or name the format with --to")));
    };
    let extension = extension.to_string_lossy();
    Format::of_extension(&extension).ok_or_else(|| {
        let meant = nearest(&extension).map(|near| format!("did you mean .{near}? "));
        let hint =
            format!("{}known are {known}; or name the format with --to", meant.unwrap_or_default());
        fail(format!("unknown extension .{extension}")).with_hint(hint)
    })
}

/// The known extension that is spelled nearly so.
fn nearest(extension: &str) -> Option<&'static str> {
    let extension = extension.to_ascii_lowercase();
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(&extension, known);
    let near = ENDINGS.map(|(known, _)| (likeness(known), known));
    let near = near.into_iter().filter(|(likeness, _)| *likeness > 0.6);
    near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

/// The format with its options; an option of another format is an error.
fn target(format: Format, args: &OutputArgs) -> Result<Target> {
    let foreign = [
        ("--row-group-size", args.row_group_size.is_some(), Format::Parquet),
        ("--timestamp-unit", args.timestamp_unit.is_some(), Format::Parquet),
        ("--csv-null", args.csv_null.is_some(), Format::Csv),
    ];
    for (option, given, owner) in foreign {
        if given && format != owner {
            let error = cannot_use(option, format!("{} has no such option", format.name()));
            return Err(error.with_hint(format!("it is for {}", owner.name())));
        }
    }
    let codec = args.compression.as_deref();
    Ok(match format {
        Format::Parquet => Target::Parquet(parquet_options(codec, args)?),
        Format::Arrow => Target::Arrow(IpcKind::File, ipc_compression(codec)?),
        Format::Arrows => Target::Arrow(IpcKind::Stream, ipc_compression(codec)?),
        Format::Csv | Format::Ndjson if codec.is_some() => {
            let error = cannot_use("--compression", format!("{} is plain text", format.name()));
            return Err(
                error.with_hint("pipe it into a compressor: -o - --to csv | zstd > logs.csv.zst")
            );
        }
        Format::Csv => {
            let null_text = args.csv_null.clone().unwrap_or_default();
            Target::Csv(CsvOptions { null_text })
        }
        Format::Ndjson => Target::Ndjson,
    })
}

fn parquet_options(codec: Option<&str>, args: &OutputArgs) -> Result<ParquetOptions> {
    let mut options = ParquetOptions::default();
    if let Some(codec) = codec {
        options.compression = parquet_compression(codec).ok_or_else(|| {
            cannot_use("--compression", format!("Parquet has no codec {codec}"))
                .with_hint("zstd, zstd:1 to zstd:22, snappy, lz4 or none")
        })?;
    }
    if let Some(rows) = args.row_group_size {
        options.row_group_rows = rows;
    }
    options.timestamp_unit = match args.timestamp_unit {
        Some(TimestampUnit::Ns) => TimeUnit::Nanosecond,
        Some(TimestampUnit::Us) | None => TimeUnit::Microsecond,
    };
    Ok(options)
}

fn parquet_compression(codec: &str) -> Option<Codec> {
    let level = match codec {
        "none" => return Some(Codec::UNCOMPRESSED),
        "snappy" => return Some(Codec::SNAPPY),
        "lz4" => return Some(Codec::LZ4_RAW),
        "zstd" => 1,
        _ => codec.strip_prefix("zstd:")?.parse().ok()?,
    };
    ZstdLevel::try_new(level).ok().map(Codec::ZSTD)
}

fn ipc_compression(codec: Option<&str>) -> Result<IpcCompression> {
    match codec {
        None | Some("none") => Ok(IpcCompression::None),
        Some("lz4") => Ok(IpcCompression::Lz4),
        Some("zstd") => Ok(IpcCompression::Zstd),
        Some(other) => Err(cannot_use("--compression", format!("Arrow has no codec {other}"))
            .with_hint("zstd, lz4 or none; zstd has no levels here")),
    }
}

fn cannot_use(option: &str, cause: String) -> Error {
    Error::new(format!("cannot use {option}"), Location::default(), cause)
}
