//! The arguments that concern data sets: some of `ripsaw convert`, and those of `ripsaw compact`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum, ValueHint};

use super::super::quantity::parse_some_bytes;
use super::MessageArgs;

/// A directory of Parquet files instead of one file.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Data sets (-o DIR/)")]
pub(in crate::cli) struct DataSetArgs {
    /// Divide the files by these columns, as Hive does: date (the day of the time in UTC), bundle,
    /// account, org, project, pipeline, run, execution, stage, step_group, step, unit, iteration, level
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = trimmed)]
    pub(in crate::cli) partition_by: Vec<String>,
    /// Begin another file after about SIZE [default: 256MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_some_bytes)]
    pub(in crate::cli) file_size: Option<u64>,
    /// Write files of their own for each bundle
    #[arg(long)]
    pub(in crate::cli) per_bundle: bool,
    /// Also remove the rows of bundles that no longer exist
    #[arg(long)]
    pub(in crate::cli) prune: bool,
    /// List the bundles that are new or changed, and write nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
}

/// A name without the blanks around it, as in `pipeline, date`.
#[expect(clippy::unnecessary_wraps, reason = "the form of a parser")]
fn trimmed(name: &str) -> Result<String, std::convert::Infallible> {
    Ok(name.trim().to_owned())
}

impl DataSetArgs {
    /// The first of its options that is given.
    pub(in crate::cli) fn given(&self) -> Option<&'static str> {
        let options = [
            ("--partition-by", !self.partition_by.is_empty()),
            ("--file-size", self.file_size.is_some()),
            ("--per-bundle", self.per_bundle),
            ("--prune", self.prune),
            ("--dry-run", self.dry_run),
        ];
        options.into_iter().find(|(_, is_given)| *is_given).map(|(name, _)| name)
    }
}

/// Merge the small files of a data set
///
/// Files of one partition that are smaller than half of --file-size become one. The rows stay the same.
#[derive(Debug, ClapArgs)]
#[command(after_help = COMPACT_EXAMPLES)]
pub(in crate::cli) struct CompactArgs {
    /// The data set: a directory that 'ripsaw convert -o DIR/' wrote
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) path: PathBuf,
    /// Sort the rows of each partition by time
    #[arg(long, value_name = "KEY")]
    pub(in crate::cli) sort: Option<RowOrder>,
    /// Begin another file after about SIZE [default: 256MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse_some_bytes)]
    pub(in crate::cli) file_size: Option<u64>,
    /// Worker threads [default: the number of processors]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(in crate::cli) messages: MessageArgs,
}

/// The order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum RowOrder {
    /// By timestamp, the earliest first; rows without one last
    Time,
}

const COMPACT_EXAMPLES: &str = "\
Examples:
  ripsaw compact dataset/
  ripsaw compact dataset/ --sort time";
