//! The arguments as they are written: data only.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum, ValueHint, value_parser};
use clap_complete::Shell;
use ripsaw::json::Mapping;
use ripsaw::sink::FILE_FORMATS;

use super::filter::FilterArgs;
use super::grep::{CatArgs, GrepArgs};
use super::quantity::{parse_bytes, parse_share};
use super::settings::{parse_max_line, parse_row_group_size};

/// CI log bundles (logs.zip) to Parquet, Arrow, CSV: fast, and nothing lost.
#[derive(Debug, Parser)]
#[command(name = "ripsaw", version, arg_required_else_help = true, after_help = EXAMPLES)]
#[command(disable_help_subcommand = true)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  ripsaw ls logs.zip                       what is in a bundle, step by step
  ripsaw convert logs.zip -o logs.parquet  every line of every step in a table
  ripsaw grep 'timed? out' logs.zip        every step's messages, searched
  ripsaw cat logs.zip --sort time          one story of all steps
  ripsaw convert --help                    the formats and options
  ripsaw bench logs.zip                    how fast it is on your machine

An INPUT is a bundle (zip, tar), a directory, a log file (also compressed), or - for
standard input.
Exit codes: 0 done, 1 grep found nothing, 2 something could not be read or written, 130 interrupted.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Convert(Box<ConvertArgs>),
    Grep(Box<GrepArgs>),
    Cat(Box<CatArgs>),
    Ls(LsArgs),
    Formats(FormatsArgs),
    Bench(BenchArgs),
    Completions(CompletionsArgs),
}

impl Command {
    /// Whether what it writes is a file, even if to a pipe, of which a part is of no use.
    pub(super) fn writes_file(&self) -> bool {
        match self {
            Self::Convert(_) => true,
            Self::Grep(args) => args.writes_table(),
            Self::Bench(args) => args.generate.generate.is_some(),
            Self::Cat(_) | Self::Ls(_) | Self::Formats(_) | Self::Completions(_) => false,
        }
    }
}

/// Convert bundles to a table: Parquet, Arrow, CSV or NDJSON
///
/// One row per log line, in the order of the input, with the columns that the path tells (pipeline,
/// stage, step ...) beside time, level and message. A line that is no record becomes a row with its
/// text and the reason: nothing is left out.
#[derive(Debug, ClapArgs)]
#[command(after_help = CONVERT_EXAMPLES)]
pub(super) struct ConvertArgs {
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    #[command(flatten)]
    pub(super) lines: LineArgs,
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

OUT appears whole or not at all; what was there before stays until then.";

#[derive(Debug, ClapArgs)]
pub(super) struct InputArgs {
    /// Bundles (zip, tar), directories, log files (also compressed), or - for standard input
    #[arg(value_name = "INPUT", required = true, value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<OsString>,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// Write to OUT; its name tells the format: .parquet, .arrow, .arrows, .csv, .ndjson. A single
    /// - is standard output
    #[arg(short, long = "output", value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub(super) out: PathBuf,
    /// The format, where the name of OUT does not tell it
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
    #[arg(long, value_name = "CODEC")]
    pub(super) compression: Option<String>,
    /// Parquet: rows in a row group [default: 122880]
    #[arg(long, value_name = "ROWS", value_parser = parse_row_group_size)]
    pub(super) row_group_size: Option<usize>,
    /// Unit of timestamps. Parquet: us, which every engine reads, or ns, which keeps all digits
    /// [default: us]. All others: ns
    #[arg(long, value_name = "UNIT")]
    pub(super) timestamp_unit: Option<TimestampUnit>,
    /// CSV: the text for null [default: an empty field; an empty string is ""]
    #[arg(long, value_name = "TEXT")]
    pub(super) csv_null: Option<String>,
    /// NDJSON: leave out columns that are null. Shorter, but readers that infer columns from the
    /// first lines miss those that appear later
    #[arg(long)]
    pub(super) omit_nulls: bool,
}

pub(super) fn names_of_formats() -> PossibleValuesParser {
    FILE_FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.title)).into()
}

fn names_of_inputs() -> PossibleValuesParser {
    ripsaw::format::FORMATS
        .iter()
        .map(|format| PossibleValue::new(format.name).help(format.title))
        .into()
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Lines")]
pub(super) struct LineArgs {
    /// Remove colours and other escape sequences from messages, or keep them
    #[arg(long, default_value = "strip")]
    pub(super) ansi: Ansi,
    /// Write malformed lines to FILE as NDJSON: bundle, file, line, offset, reason, raw
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) rejects: Option<PathBuf>,
    /// Write to FILE, as JSON, what became of every line of every entry: rows, what was left out and
    /// why, errors
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) report: Option<PathBuf>,
    /// Of records with the same value of KEY, a key without a column such as log_id, keep the first
    #[arg(long, value_name = "KEY")]
    pub(super) dedupe: Option<String>,
    /// Stop at the first malformed line: exit code 2, nothing is written
    #[arg(long)]
    pub(super) strict: bool,
}

/// List what is in a bundle: stages, steps, lines, times, levels
///
/// One row per entry (log file). On a terminal the table fits its width; when piped nothing is
/// shortened. Every line is read, so the counts are those of the table.
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
    pub(super) read: ReadArgs,
    #[command(flatten)]
    pub(super) console: ConsoleArgs,
}

const LS_EXAMPLES: &str = "\
Examples:
  ripsaw ls logs.zip
  ripsaw ls monday.zip tuesday.zip extracted/
  ripsaw ls logs.zip --level ERROR+ --stage '!Rollback'
  ripsaw ls --color always logs.zip | less -R
  ripsaw ls --json logs.zip | jq -r 'select(.error > 0) | .file'
  ripsaw ls --formats export.zip";

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(super) struct ListArgs {
    /// Print one JSON object per entry
    #[arg(long)]
    pub(super) json: bool,
    /// Say which format each file is taken for, and why; nothing is counted
    #[arg(long)]
    pub(super) formats: bool,
}

/// List the formats that are read, and what each column becomes
///
/// Which one a file is of is told by its path and its first bytes: 'ripsaw ls --formats INPUT' says
/// what and why, and --format forces one.
#[derive(Debug, ClapArgs)]
#[command(after_help = FORMATS_EXAMPLES)]
pub(super) struct FormatsArgs {
    /// Print one JSON object per format
    #[arg(long)]
    pub(super) json: bool,
}

const FORMATS_EXAMPLES: &str = "\
Examples:
  ripsaw formats
  ripsaw ls --formats export.zip
  ripsaw convert app.log -o app.parquet --format ndjson --map message=body,timestamp=ts";

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Reading")]
pub(super) struct ReadArgs {
    /// Worker threads [default: one per core]. Any number gives the same output
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// Read all files as this format [default: each file's own; 'ripsaw formats' lists them]
    #[arg(long, value_name = "FORMAT", value_parser = names_of_inputs())]
    pub(super) format: Option<String>,
    /// JSON of any keys: which key is which column, as message=body,timestamp=ts. Columns are message,
    /// timestamp, level, pos, args
    #[arg(long, value_name = "COLUMN=KEY,...")]
    pub(super) map: Option<Mapping>,
    /// Map files into memory; never is for inputs that may be cut short meanwhile
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) mmap: When,
    /// Longest line, such as 64k, 1MiB or plain bytes; a longer one counts as malformed
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = parse_max_line)]
    pub(super) max_line: usize,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Messages")]
pub(super) struct ConsoleArgs {
    /// Show a progress bar on standard error
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) progress: When,
    /// No summary and no progress bar; grep prints no lines either, its exit code says all
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Say how many lines the fast parser took, where the time went, and the peak of memory
    #[arg(long)]
    pub(super) stats: bool,
    /// Colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: When,
}

/// Measure how fast your own bundles are converted, or make one up
///
/// Times each pass of the work alone on one thread, then whole conversions on one thread and on all.
/// Memory stays bounded: the passes take a portion of the text each in turns. Nothing is written
/// unless --output-dir asks for it.
#[derive(Debug, ClapArgs)]
#[command(after_help = BENCH_EXAMPLES)]
pub(super) struct BenchArgs {
    /// Bundles (zip, tar), directories or log files (also compressed)
    #[arg(value_name = "INPUT", required_unless_present = "generate")]
    #[arg(value_hint = ValueHint::AnyPath)]
    // The others by name as well: what conflicts is not asked for what it requires.
    #[arg(conflicts_with_all = ["generate", "out", "tree", "seed", "entries", "big_entry", "layout"])]
    #[arg(conflicts_with = "oddities")]
    pub(super) paths: Vec<OsString>,
    #[command(flatten)]
    pub(super) measure: MeasureArgs,
    #[command(flatten)]
    pub(super) generate: GenerateArgs,
    #[command(flatten)]
    pub(super) read: ReadArgs,
    #[command(flatten)]
    pub(super) console: ConsoleArgs,
}

const BENCH_EXAMPLES: &str = "\
Examples:
  ripsaw bench logs.zip
  ripsaw bench --rounds 5 --json logs.zip | jq .conversions
  ripsaw bench --generate 10GiB -o big.zip
  ripsaw bench --generate 64MiB --entries 20 --tree -o made-up

GB/s are 10^9 bytes of inflated text per second, whatever is written. Times are
medians; compare those of one run only, and on a machine that is idle.";

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Measuring")]
pub(super) struct MeasureArgs {
    /// Measure everything N times, in turns; the median counts
    #[arg(long, value_name = "N", default_value = "3", conflicts_with = "generate")]
    #[arg(value_parser = value_parser!(u16).range(1..=1000))]
    pub(super) rounds: u16,
    /// Write files in DIR, each removed when it is measured, and not to nowhere
    #[arg(long, value_name = "DIR", conflicts_with = "generate", value_hint = ValueHint::DirPath)]
    pub(super) output_dir: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long, conflicts_with = "generate")]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Making a bundle up")]
pub(super) struct GenerateArgs {
    /// Write a bundle of made-up text of SIZE, such as 64MiB or 10GiB; the same for the same seed
    #[arg(long, value_name = "SIZE", requires = "out", value_parser = parse_bytes)]
    pub(super) generate: Option<u64>,
    /// Where to write it
    #[arg(short, long = "output", value_name = "OUT", requires = "generate")]
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
    /// Write it as an extracted bundle, a directory, and not as a zip
    #[arg(long, requires = "generate")]
    pub(super) tree: bool,
    /// What the text is made from
    #[arg(long, value_name = "N", default_value = "1", requires = "generate")]
    pub(super) seed: u64,
    /// Log files
    #[arg(long, value_name = "N", default_value = "500", requires = "generate")]
    #[arg(value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(super) entries: u32,
    /// One entry holds a fifth of the bytes
    #[arg(long, requires = "generate")]
    pub(super) big_entry: bool,
    /// How the paths are laid out
    #[arg(long, default_value = "simplified", requires = "generate")]
    pub(super) layout: KeyLayout,
    /// Share of odd lines, from 0 to 1: malformed, of other types, of other key orders
    #[arg(long, value_name = "SHARE", default_value = "0", requires = "generate")]
    #[arg(value_parser = parse_share)]
    pub(super) oddities: f64,
}

/// Print the script that completes commands in your shell
#[derive(Debug, ClapArgs)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(super) struct CompletionsArgs {
    /// Your shell
    pub(super) shell: Shell,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  ripsaw completions bash > ~/.local/share/bash-completion/completions/ripsaw
  ripsaw completions zsh > ~/.zfunc/_ripsaw        (a folder in your fpath)
  ripsaw completions fish > ~/.config/fish/completions/ripsaw.fish
  ripsaw completions powershell >> $PROFILE";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum KeyLayout {
    Simplified,
    Standard,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Table {
    Lines,
    Entries,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Ansi {
    Strip,
    Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TimestampUnit {
    Us,
    Ns,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}
