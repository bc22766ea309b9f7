//! The arguments as they are written: data only. `settings` checks and resolves them.
//!
//! The doc comments of these structs and of their fields are the text of `--help`; remarks on the code are
//! plain comments. A struct that is flattened into several commands has a heading of its own in the help.

mod bench;
mod console;
mod dataset;
mod extract;
#[cfg(feature = "fetch")]
mod fetch;
mod index;
mod keys;
mod reading;
#[cfg(feature = "serve")]
mod serve;
mod shell;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Arg, Args as ClapArgs, Parser, Subcommand, ValueEnum, ValueHint, value_parser};
use ripsaw::format::Format;
use ripsaw::sink::FILE_FORMATS;
use ripsaw::source::FormatId;

use super::filter::FilterArgs;
use super::grep::{CatArgs, GrepArgs};
use super::settings::parse_row_group_size;
use super::version;
pub(super) use bench::{BenchArgs, GenerateArgs, KeyLayout, MeasureArgs, Set};
pub(super) use console::{ConsoleArgs, MessageArgs, When};
pub(super) use dataset::{CompactArgs, DataSetArgs};
pub(super) use extract::ExtractArgs;
#[cfg(feature = "fetch")]
pub(super) use fetch::{
    ApifyArgs, CommonArgs, DeepsetArgs, FetchArgs, FirstgenArgs, HarnessArgs, PlatformArgs,
    RecordFormat, RunArgs,
};
pub(super) use index::{IndexArgs, IndexUseArgs, IndexingArgs};
pub(super) use keys::{KeyArgs, KeyPlace, SchemaArgs};
pub(super) use reading::ReadArgs;
#[cfg(feature = "serve")]
pub(super) use serve::{ServeArgs, ServerArgs};
pub(super) use shell::{CompletionsArgs, ManArgs};

/// CI log bundles (logs.zip) to Parquet, Arrow, CSV: fast, and nothing lost.
#[derive(Debug, Parser)]
#[command(name = "ripsaw", version, long_version = version::DETAILS.as_str())]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
// Of an option that is repeated the last counts, as in most tools: aliases and scripts add to a command line.
#[command(args_override_self = true)]
pub(super) struct Args {
    // The subcommand is required: without arguments clap prints the help.
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  ripsaw ls logs.zip                       list the steps of a bundle
  ripsaw convert logs.zip -o logs.parquet  one row per line of every step
  ripsaw grep 'timed? out' logs.zip        search the messages of all steps
  ripsaw cat logs.zip --sort time          all steps in chronological order
  ripsaw convert --help                    list the options
  ripsaw fetch harness --help              get the logs of runs from their platform
  ripsaw bench logs.zip                    measure the speed on your machine

An INPUT is a bundle (zip, tar), a directory, a log file (also compressed), or - for
standard input.
Exit codes: 0 done, 1 grep found nothing, 2 something could not be read or written, 130 interrupted.";

// Boxed if large: an enum is as large as its largest variant.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Convert(Box<ConvertArgs>),
    Grep(Box<GrepArgs>),
    Cat(Box<CatArgs>),
    Ls(Box<LsArgs>),
    Index(Box<IndexArgs>),
    Compact(CompactArgs),
    Extract(Box<ExtractArgs>),
    #[cfg(feature = "fetch")]
    Fetch(Box<FetchArgs>),
    #[cfg(feature = "serve")]
    Serve(Box<ServeArgs>),
    Schema(Box<SchemaArgs>),
    Formats(FormatsArgs),
    Bench(Box<BenchArgs>),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

impl Command {
    /// Whether `--explain` is given.
    pub(super) fn explains(&self) -> bool {
        match self {
            Self::Convert(args) => args.filter.explain,
            Self::Grep(args) => args.explains(),
            Self::Cat(args) => args.explains(),
            Self::Ls(args) => args.filter.explain,
            // Those that read no rows.
            _ => false,
        }
    }

    /// Whether the options go together, as far as clap does not know: the output has what is set for it, and
    /// an order suits what is printed.
    pub(super) fn fits(&self) -> bool {
        match self {
            Self::Convert(args) => super::settings::fits(args),
            Self::Grep(args) => args.fits(),
            Self::Cat(args) => args.fits(),
            _ => true,
        }
    }

    /// Whether the output is a file that is useless in part, even if it goes to a pipe. Then a reader that
    /// closes the pipe early is an error; for lines of text it is not.
    pub(super) fn writes_file(&self) -> bool {
        match self {
            Self::Convert(_) => true,
            Self::Grep(args) => args.writes_table(),
            Self::Bench(args) => args.generate.generate.is_some(),
            #[cfg(feature = "fetch")]
            Self::Fetch(args) => !args.is_followed(),
            _ => false,
        }
    }
}

/// Convert bundles to a table: Parquet, Arrow, CSV or NDJSON
///
/// Writes one row per log line, in input order, with columns from the path (pipeline, stage, step ...)
/// and time, level and message. A line that cannot be parsed becomes a row with its text and the
/// reason: nothing is left out.
#[derive(Debug, ClapArgs)]
#[command(after_help = CONVERT_EXAMPLES)]
// Clap would leave `--output` out, as `--to` can take its place.
#[command(override_usage = "ripsaw convert [OPTIONS] --output <OUT> <INPUT>...")]
pub(super) struct ConvertArgs {
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) data_set: DataSetArgs,
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    #[command(flatten)]
    pub(super) keys: KeyArgs,
    #[command(flatten)]
    pub(super) lines: LineArgs,
    #[command(flatten)]
    pub(super) index: IndexingArgs,
    #[command(flatten)]
    pub(super) read: ReadArgs,
    #[command(flatten)]
    pub(super) console: ConsoleArgs,
}

const CONVERT_EXAMPLES: &str = "\
Examples:
  ripsaw convert logs.zip -o logs.parquet
  ripsaw convert monday.zip tuesday.zip extracted/ -o week.parquet
  ripsaw convert logs.zip -o steps.csv --table entries
  ripsaw convert logs.zip -o - --to ndjson | jq 'select(.level == \"ERROR\")'
  ripsaw convert logs.zip -o small.parquet --compression zstd:9
  ripsaw convert logs.zip -o errors.parquet --level ERROR+ --stage 'Deploy*'
  ripsaw convert logs.zip -o logs.parquet --rejects malformed.ndjson
  zstdcat step.log.zst | ripsaw convert - -o step.arrow
  ripsaw convert archive/ -o dataset/ --partition-by pipeline,date

OUT is replaced only when it is complete; an existing file is kept until then.
-o DIR/ writes a data set: run it again, and it reads only the bundles that are new or changed.";

#[derive(Debug, ClapArgs)]
pub(super) struct InputArgs {
    /// Bundles (zip, tar), directories, log files (also compressed), or - for standard input
    #[arg(value_name = "INPUT", required = true, value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<OsString>,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// Write to OUT, or to standard output if it is - or only --to is given. The file extension
    /// selects the format: .parquet, .arrow, .arrows, .csv, .ndjson; DIR/ is a data set
    // Required, unlike the input of other tools: `hints::of_usage` helps if it was forgotten.
    // `-O` as well, because `-o` is something else in `grep`.
    #[arg(short, long = "output", value_name = "OUT", value_hint = ValueHint::FilePath)]
    #[arg(visible_short_alias = 'O', required_unless_present = "to")]
    pub(super) out: Option<PathBuf>,
    /// The output format, if the file extension does not select it
    #[arg(long, value_name = "FORMAT", value_parser = names_of_formats())]
    pub(super) to: Option<String>,
    /// One row per log line, or one per entry (log file) with its counts
    #[arg(long, default_value = "lines")]
    pub(super) table: Table,
    /// Write only these columns, in this order, such as timestamp,step,message
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(super) columns: Vec<String>,
    /// Parquet: zstd[:1-22], snappy, lz4 or none [default: zstd:1]. Arrow: zstd, lz4 or none
    /// [default: none]
    // A plain string: which codecs and levels there are depends on the format.
    #[arg(long, value_name = "CODEC")]
    pub(super) compression: Option<String>,
    /// Parquet: rows per row group [default: 122880]
    #[arg(long, value_name = "ROWS", value_parser = parse_row_group_size)]
    pub(super) row_group_size: Option<usize>,
    /// Unit of timestamps. Parquet: us, which every engine reads, or ns, which keeps all digits
    /// [default: us]. Other formats: always ns
    // No default here: `us` would be refused for formats that always have nanoseconds.
    #[arg(long, value_name = "UNIT")]
    pub(super) timestamp_unit: Option<TimestampUnit>,
    /// CSV: the text for null [default: an empty field; empty strings are ""]
    #[arg(long, value_name = "TEXT")]
    pub(super) csv_null: Option<String>,
    /// NDJSON: omit null columns. Shorter, but readers that infer the columns from the first lines
    /// miss those that appear later
    #[arg(long)]
    pub(super) omit_nulls: bool,
}

/// The names of the output formats, with their titles in the long help.
pub(super) fn names_of_formats() -> PossibleValuesParser {
    FILE_FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.title)).into()
}

/// Takes the names of input formats: those of ripsaw are listed, with their titles in the long help, and a file of the
/// user's may have others.
#[derive(Clone)]
struct InputNames;

impl TypedValueParser for InputNames {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue>>> {
        let value = |format: &Format| PossibleValue::new(format.name).help(format.title);
        Some(Box::new(FormatId::all().map(move |id| value(id.format()))))
    }
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Lines")]
pub(super) struct LineArgs {
    /// Strip colours and other escape sequences from messages, or keep them
    #[arg(long, default_value = "strip")]
    pub(super) ansi: Ansi,
    /// Write malformed lines to FILE as NDJSON: bundle, file, line, offset, reason, raw
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) rejects: Option<PathBuf>,
    /// Write a JSON report to FILE: for every entry, how many lines became rows, how many were left
    /// out and why, and errors
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) report: Option<PathBuf>,
    /// Keep only the first record for each value of KEY, a key without a column such as log_id
    #[arg(long, value_name = "KEY")]
    pub(super) dedupe: Option<String>,
    /// Stop at the first malformed line: write nothing, exit with code 2
    #[arg(long)]
    pub(super) strict: bool,
}

/// List the entries of bundles: stages, steps, lines, times, levels
///
/// Prints one row per entry (log file). On a terminal the table is fitted to the width; piped output
/// is not shortened. Every line is read, so the counts are those of 'ripsaw convert'.
#[derive(Debug, ClapArgs)]
#[command(after_help = LS_EXAMPLES)]
pub(super) struct LsArgs {
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    #[command(flatten)]
    pub(super) list: ListArgs,
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    #[command(flatten)]
    pub(super) index: IndexUseArgs,
    #[command(flatten)]
    pub(super) read: ReadArgs,
    #[command(flatten)]
    pub(super) console: ConsoleArgs,
}

const LS_EXAMPLES: &str = "\
Examples:
  ripsaw ls logs.zip
  ripsaw ls monday.zip tuesday.zip extracted/
  ripsaw ls logs.zip --level ERROR+ --stage '!Rollback'
  ripsaw ls logs.zip --sort duration --top 10
  ripsaw ls --color always logs.zip | less -R
  ripsaw ls --json logs.zip | jq -r 'select(.error_lines > 0) | .file'
  ripsaw ls --formats export.zip
  ripsaw ls --problems logs.zip            what may be missing, and why";

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(super) struct ListArgs {
    /// Print one JSON object per entry
    #[arg(long)]
    pub(super) json: bool,
    /// Print the detected format of each file and the reason; counts nothing
    #[arg(long)]
    pub(super) formats: bool,
    /// List what may be incomplete or in disorder, and why: lines cut or missing, empty logs, damage
    #[arg(long, conflicts_with = "formats")]
    pub(super) problems: bool,
    /// The order of the entries [default: none]
    #[arg(long, value_name = "KEY", conflicts_with_all = ["formats", "problems"])]
    pub(super) sort: Option<ListSort>,
    /// Only the first N entries of that order
    #[arg(
        long, value_name = "N", conflicts_with_all = ["formats", "problems"],
        value_parser = value_parser!(u64).range(1..)
    )]
    pub(super) top: Option<u64>,
    #[command(flatten)]
    pub(super) pager: PagerArgs,
}

// The words of `--sort` in grep and cat, and the columns of the listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListSort {
    /// By start, the earliest first
    Time,
    /// By number of lines, the largest first
    Lines,
    /// By size of the text, the largest first
    Bytes,
    /// By lines of the levels ERROR and FATAL, then WARN, the most first
    Errors,
    /// By duration, the longest first
    Duration,
    /// By bundle, then by path
    #[value(alias = "name")]
    Path,
    /// As in the input
    None,
}

const FORMATS_EXAMPLES: &str = "\
Examples:
  ripsaw formats
  ripsaw ls --formats export.zip
  ripsaw convert app.log -o app.parquet --format ndjson --map message=body,timestamp=ts";

/// List the supported input formats and the source of each column
///
/// The format of a file is detected from its path and its first bytes. 'ripsaw ls --formats INPUT'
/// prints the format of each file and the reason; --format forces one.
#[derive(Debug, ClapArgs)]
#[command(after_help = FORMATS_EXAMPLES)]
pub(super) struct FormatsArgs {
    /// Print one JSON object per format
    #[arg(long)]
    pub(super) json: bool,
}

/// What prints to a terminal: `grep`, `cat` and `ls`.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(super) struct PagerArgs {
    /// Do not use the pager in RIPSAW_PAGER or PAGER on a terminal
    #[arg(long)]
    pub(super) no_pager: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Table {
    // One row per log line.
    Lines,
    // One row per log file.
    Entries,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Ansi {
    Strip,
    Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TimestampUnit {
    // Microseconds.
    Us,
    // Nanoseconds.
    Ns,
}
