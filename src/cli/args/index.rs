//! The arguments that concern indexes, and those of `ripsaw index`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueHint};
use ripsaw::scan::IndexPolicy;

use super::{InputArgs, MessageArgs, ReadArgs};

/// Which indexes are used.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Index")]
pub(in crate::cli) struct IndexUseArgs {
    /// Use no index, even if there is one
    #[arg(long)]
    no_index: bool,
    /// Use the indexes in DIR instead of those beside the logs
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "no_index")]
    index_dir: Option<PathBuf>,
}

impl IndexUseArgs {
    /// Which indexes are used.
    pub(in crate::cli) fn policy(self) -> IndexPolicy {
        match self.index_dir {
            _ if self.no_index => IndexPolicy::Never,
            Some(folder) => IndexPolicy::In(folder),
            None => IndexPolicy::Beside,
        }
    }
}

/// Which indexes are used and written.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Index")]
pub(in crate::cli) struct IndexingArgs {
    /// Also write the indexes that are missing, as 'ripsaw index' does, in the same pass
    #[arg(long, conflicts_with = "no_index")]
    index: bool,
    #[command(flatten)]
    used: IndexUseArgs,
}

impl IndexingArgs {
    /// Which indexes are used, and whether those that are missing are written.
    pub(in crate::cli) fn policy(self) -> (IndexPolicy, bool) {
        (self.used.policy(), self.index)
    }
}

/// Index each bundle or log, so that searches read only parts of it
///
/// Of each block of lines, an index has the levels, the times and a signature of the text. Searches and
/// conversions with filters then read the blocks that may match, and 'ripsaw ls' reads none. Answers are
/// the same with and without. logs.zip gets logs.zip.ripsaw; the loose files of a directory share
/// DIR/.ripsaw/index. An index that is there and fits is kept.
#[derive(Debug, ClapArgs)]
#[command(after_help = INDEX_EXAMPLES)]
pub(in crate::cli) struct IndexArgs {
    #[command(flatten)]
    pub(in crate::cli) inputs: InputArgs,
    /// Write the indexes to DIR; the commands that use them need --index-dir DIR too
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) index_dir: Option<PathBuf>,
    /// Time zone for times without an offset, such as Europe/Berlin or +02:00 [default: UTC]
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub(in crate::cli) tz: Option<String>,
    /// Write all anew, also indexes that fit
    #[arg(long)]
    pub(in crate::cli) force: bool,
    #[command(flatten)]
    pub(in crate::cli) read: ReadArgs,
    #[command(flatten)]
    pub(in crate::cli) messages: MessageArgs,
}

const INDEX_EXAMPLES: &str = "\
Examples:
  ripsaw index logs.zip
  ripsaw index archive/                all bundles and logs below a directory that have none
  ripsaw ls logs.zip                   from the index alone
  ripsaw grep --index error logs.zip   writes it while it searches
  ripsaw grep -c '' logs.zip --level ERROR+ --explain";
