//! The arguments of `ripsaw extract`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueHint, value_parser};
use ripsaw::source::Limit;

use super::{InputArgs, MessageArgs, When};

/// Extract bundles to files whose names every system takes
///
/// Each entry becomes a file below DIR, whatever it is called: what Windows, macOS or Linux refuse is
/// escaped (%3A for a colon), long paths are shortened, and names that differ only in case get a
/// number. DIR/.ripsaw/extracted.json has both names, so the other commands read DIR as the bundle.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXTRACT_EXAMPLES)]
pub(in crate::cli) struct ExtractArgs {
    #[command(flatten)]
    pub(in crate::cli) inputs: InputArgs,
    /// The directory: a new one, or one without files. With several INPUTs each has a folder in it
    #[arg(short, long = "output", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) out: PathBuf,
    /// Worker threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    pub(in crate::cli) threads: Option<u16>,
    /// Map archives into memory; use never if files may be truncated while being read
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(in crate::cli) mmap: When,
    /// Stop where there is more than real logs have: entries=10000000, entry-bytes=1TiB and bytes=64TiB
    /// of what is unpacked, ratio=2000 of that to what is stored; can be repeated
    #[arg(long, value_name = "NAME=N")]
    pub(in crate::cli) limit: Vec<Limit>,
    #[command(flatten)]
    pub(in crate::cli) messages: MessageArgs,
}

const EXTRACT_EXAMPLES: &str = "\
Examples:
  ripsaw extract logs.zip -o logs/
  ripsaw ls logs/                          the same entries, under their own names
  ripsaw extract monday.zip tuesday.zip -o week/";
