//! The arguments of `ripsaw bench`; as in all of `args`, doc comments are the text of `--help`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum, ValueHint, value_parser};
use ripsaw::synth::{Content, NdjsonSet};

use super::super::quantity::{parse_bytes, parse_share};
use super::{ConsoleArgs, ReadArgs};

/// Measure how fast your own bundles are converted, or generate one
///
/// Times each pass alone on one thread, then whole conversions on one thread and on all. Memory stays
/// bounded: the passes alternate on one portion of the text at a time. No output is written unless
/// --output-dir is given.
#[derive(Debug, ClapArgs)]
#[command(after_help = BENCH_EXAMPLES)]
pub(in crate::cli) struct BenchArgs {
    /// Bundles (zip, tar), directories or log files (also compressed)
    #[arg(value_name = "INPUT", required_unless_present = "generate")]
    #[arg(value_hint = ValueHint::AnyPath)]
    // The options of `--generate` are listed although each requires it: clap does not check what an option
    // requires if that conflicts with an argument that is present.
    #[arg(conflicts_with_all = ["generate", "out", "tree", "set", "seed", "entries", "big_entry"])]
    #[arg(conflicts_with_all = ["layout", "oddities"])]
    pub(in crate::cli) paths: Vec<OsString>,
    #[command(flatten)]
    pub(in crate::cli) measure: MeasureArgs,
    #[command(flatten)]
    pub(in crate::cli) generate: GenerateArgs,
    #[command(flatten)]
    pub(in crate::cli) read: ReadArgs,
    #[command(flatten)]
    pub(in crate::cli) console: ConsoleArgs,
}

const BENCH_EXAMPLES: &str = "\
Examples:
  ripsaw bench logs.zip
  ripsaw bench --rounds 5 --json logs.zip | jq .conversions
  ripsaw bench --generate 10GiB -o big.zip
  ripsaw bench --generate 64MiB --entries 20 --tree -o generated
  ripsaw bench --generate 200MB --set events --entries 40 -o events.zip

GB/s are 10^9 bytes of inflated text per second, whatever the output. Times are
medians; compare only times of one run, on an idle machine.";

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Measuring")]
pub(in crate::cli) struct MeasureArgs {
    /// Measure everything N times, interleaved; report the median
    #[arg(long, value_name = "N", default_value = "3", conflicts_with = "generate")]
    #[arg(value_parser = value_parser!(u16).range(1..=1000))]
    pub(in crate::cli) rounds: u16,
    /// Write the outputs to DIR, removing each after its measurement, instead of discarding them
    #[arg(long, value_name = "DIR", conflicts_with = "generate", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) output_dir: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long, conflicts_with = "generate")]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Generating a bundle")]
pub(in crate::cli) struct GenerateArgs {
    /// Generate a bundle with text of SIZE, such as 64MiB or 10GiB; the same seed gives the same text
    #[arg(long, value_name = "SIZE", requires = "out", value_parser = parse_bytes)]
    pub(in crate::cli) generate: Option<u64>,
    /// The file or directory to write
    #[arg(short, long = "output", value_name = "OUT", requires = "generate")]
    #[arg(visible_short_alias = 'O')]
    #[arg(value_hint = ValueHint::FilePath)]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Write a directory (an extracted bundle) instead of a zip
    #[arg(long, requires = "generate")]
    pub(in crate::cli) tree: bool,
    /// What is in it: logs of the steps of Harness builds, or NDJSON whose keys become columns: lines of a
    /// service as pino writes them, nested events, or wide records with a dozen of 300 keys
    #[arg(long, default_value = "steps", requires = "generate")]
    pub(in crate::cli) set: Set,
    /// Seed of the generated text
    #[arg(long, value_name = "N", default_value = "1", requires = "generate")]
    pub(in crate::cli) seed: u64,
    /// Number of log files
    #[arg(long, value_name = "N", default_value = "500", requires = "generate")]
    #[arg(value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(in crate::cli) entries: u32,
    /// Put a fifth of the bytes into one entry
    #[arg(long, requires = "generate")]
    pub(in crate::cli) big_entry: bool,
    /// Layout of the paths
    #[arg(long, default_value = "simplified", requires = "generate")]
    pub(in crate::cli) layout: KeyLayout,
    /// Share of odd lines, from 0 to 1: malformed, other value types, other key order
    #[arg(long, value_name = "SHARE", default_value = "0", requires = "generate")]
    #[arg(value_parser = parse_share)]
    pub(in crate::cli) oddities: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Set {
    Steps,
    Service,
    Events,
    Wide,
}

impl Set {
    /// What it is to the generator.
    pub(in crate::cli) fn content(self) -> Content {
        match self {
            Self::Steps => Content::Steps,
            Self::Service => Content::Ndjson(NdjsonSet::Service),
            Self::Events => Content::Ndjson(NdjsonSet::Events),
            Self::Wide => Content::Ndjson(NdjsonSet::Wide),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum KeyLayout {
    // `ACCOUNT/ACCOUNT/pipeline/PIPELINE/RUN/...`
    Simplified,
    // `ACCOUNT/accountId:ACCOUNT/.../runSequence:N/...`
    Standard,
}
