//! How inputs are read: the same in all commands.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueHint, value_parser};

use super::super::settings::{parse_map, parse_max_line};
use super::{InputNames, When};
use ripsaw::source::Limit;

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Reading")]
pub(in crate::cli) struct ReadArgs {
    /// Worker threads [default: one per core]. The output is the same for any number
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    pub(in crate::cli) threads: Option<u16>,
    /// Read all files as this format [default: detected per file; 'ripsaw formats' lists all]
    #[arg(long, value_name = "FORMAT", value_parser = InputNames)]
    pub(in crate::cli) format: Option<String>,
    // Not a comment of the documentation, where groups would be tags.
    #[arg(
        long,
        value_name = "REGEX",
        conflicts_with = "format",
        help = "Read all files as lines that this regular expression matches; its groups are columns, such as \
                '(?<timestamp>\\S+) (?<level>\\w+) (?<message>.*)'"
    )]
    pub(in crate::cli) format_regex: Option<String>,
    /// Formats of your own, in TOML, which are tried before all others; can be repeated
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) formats_file: Vec<PathBuf>,
    /// JSON with other keys: the key of a column, such as message=body,timestamp=ts. Columns are
    /// message, timestamp, level, pos, args; can be repeated
    #[arg(long, value_name = "COLUMN=KEY,...", value_parser = parse_map)]
    pub(in crate::cli) map: Vec<String>,
    /// Map files into memory; use never if files may be truncated while being read
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(in crate::cli) mmap: When,
    /// Longest line, such as 64k, 1MiB or plain bytes; longer lines are malformed
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = parse_max_line)]
    pub(in crate::cli) max_line: usize,
    /// Stop where there is more than real logs have: archives=50000 inside of others, entries=10000000,
    /// depth=8 of nested archives, entry-bytes=1TiB and bytes=64TiB of what is unpacked, ratio=2000 of
    /// that to what is stored; can be repeated
    #[arg(long, value_name = "NAME=N")]
    pub(in crate::cli) limit: Vec<Limit>,
    /// Join lines that continue a record, such as a stack trace, to its row [default: a row for each line]
    #[arg(long)]
    pub(in crate::cli) join: bool,
}
