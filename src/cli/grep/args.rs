//! The arguments of `ripsaw grep` and `ripsaw cat`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum, ValueHint};

use super::super::args::{ConsoleArgs, InputArgs, ReadArgs, names_of_formats};
use super::super::filter::FilterArgs;

/// Search the messages of all steps
///
/// A pattern is a regular expression. It is matched against the decoded message, without colours: text
/// is found that escapes and colours split. ^ and $ match at each line of a message.
#[derive(Debug, ClapArgs)]
#[command(after_help = GREP_EXAMPLES)]
pub(in crate::cli) struct GrepArgs {
    /// PATTERN (not with -e, -f), then bundles (zip, tar), directories, log files (also compressed), or - for standard input
    #[arg(value_name = "PATTERN> <INPUT", required = true, value_hint = ValueHint::AnyPath)]
    pub(super) words: Vec<OsString>,
    #[command(flatten)]
    pub(super) pattern: PatternArgs,
    #[command(flatten)]
    pub(super) print: PrintArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

impl GrepArgs {
    /// Whether what matches is converted, not printed.
    pub(in crate::cli) fn writes_table(&self) -> bool {
        self.print.table.is_some()
    }
}

const GREP_EXAMPLES: &str = "\
Examples:
  ripsaw grep 'connection (refused|reset)' logs.zip
  ripsaw grep -i timeout logs.zip --level ERROR+ --stage 'Deploy*'
  ripsaw grep -F 'exit code 1' -C 3 monday.zip tuesday.zip
  ripsaw grep -c error logs.zip                 hits per log file
  ripsaw grep error logs.zip --count-by step
  ripsaw grep panic logs.zip -O panics.parquet
  ripsaw grep --json error logs.zip | jq .data.columns.step

Printed is BUNDLE!FILE:LINE:MESSAGE; for programs there are -0 and --json.
Exit codes: 0 something matched, 1 nothing did, 2 something could not be read,
130 interrupted.";

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Patterns")]
pub(super) struct PatternArgs {
    /// A pattern; repeat it for more, any of which matches
    #[arg(short = 'e', long, value_name = "PATTERN", allow_hyphen_values = true)]
    pub(super) regexp: Vec<String>,
    /// Patterns from FILE, one a line; - is standard input
    #[arg(short = 'f', long = "patterns", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) pattern_files: Vec<PathBuf>,
    /// Patterns are plain text
    #[arg(short = 'F', long)]
    pub(super) fixed_strings: bool,
    /// Case does not matter
    #[arg(short, long)]
    pub(super) ignore_case: bool,
    /// Case matters only if a pattern has an upper-case letter
    #[arg(short = 'S', long, conflicts_with = "ignore_case")]
    pub(super) smart_case: bool,
    /// Only whole words
    #[arg(short, long)]
    pub(super) word_regexp: bool,
    /// Only whole lines
    #[arg(short = 'x', long, conflicts_with = "word_regexp")]
    pub(super) line_regexp: bool,
    /// Search this column, such as level_text or args, in place of the message. Repeat it for more
    #[arg(long, value_name = "COLUMN")]
    pub(super) field: Vec<String>,
    /// Search every column
    #[arg(long, conflicts_with = "field")]
    pub(super) any: bool,
    /// Lines that do not match
    #[arg(short = 'v', long)]
    pub(super) invert_match: bool,
}

#[derive(Debug, Default, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(super) struct PrintArgs {
    /// Print how many lines match in each entry that has one
    #[arg(short, long, group = "form")]
    pub(super) count: bool,
    /// Print the entries that have a match
    #[arg(short = 'l', long, group = "form")]
    pub(super) files_with_matches: bool,
    /// Print the entries that have none
    #[arg(short = 'L', long, group = "form")]
    pub(super) files_without_match: bool,
    /// Print how many lines match, by level, stage, group, step, unit or hour; a step is counted with
    /// its stage and groups
    #[arg(long, value_name = "COLUMN", group = "form")]
    pub(super) count_by: Option<CountBy>,
    /// Print JSON: ripgrep's messages, with the columns of each line
    #[arg(long, group = "form")]
    pub(super) json: bool,
    /// Write the lines that match as a table: .parquet, .arrow, .arrows, .csv, .ndjson
    #[arg(short = 'O', long = "output", value_name = "FILE", group = "form")]
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) table: Option<PathBuf>,
    /// The format of that table, if the extension does not select it
    #[arg(long, value_name = "FORMAT", requires = "table", value_parser = names_of_formats())]
    pub(super) to: Option<String>,
    /// Print only what matches, a line each
    #[arg(short, long, conflicts_with_all = ["form", "invert_match", "columns", "field", "any", "raw"])]
    pub(super) only_matching: bool,
    /// Stop after N matching lines of an entry
    #[arg(short, long, value_name = "N")]
    pub(super) max_count: Option<u64>,
    /// Print N lines of the entry behind each match
    #[arg(short = 'A', long, value_name = "N", conflicts_with_all = ["form", "sort"])]
    pub(super) after_context: Option<usize>,
    /// Print N lines of the entry before each match
    #[arg(short = 'B', long, value_name = "N", conflicts_with_all = ["form", "sort"])]
    pub(super) before_context: Option<usize>,
    /// Print N lines before and behind
    #[arg(short = 'C', long, value_name = "N", conflicts_with_all = ["form", "sort"])]
    pub(super) context: Option<usize>,
    /// Print line numbers: as it is unless -N
    #[arg(short = 'n', long, overrides_with = "no_line_number")]
    pub(super) line_number: bool,
    /// Print no line numbers
    #[arg(short = 'N', long)]
    pub(super) no_line_number: bool,
    /// A NUL byte, not a colon, behind the name of an entry
    #[arg(short = '0', long)]
    pub(super) null: bool,
    /// Headings, times and levels, as on a terminal
    #[arg(short, long, conflicts_with_all = ["form", "raw"])]
    pub(super) pretty: bool,
}

/// What is asked of every line.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(super) struct CommonArgs {
    /// Print these columns, tabs between them, such as timestamp,step,message. Of several columns,
    /// newlines, tabs and backslashes are printed as \n, \t and \\
    #[arg(long, value_name = "NAMES", value_delimiter = ',', conflicts_with = "form")]
    pub(super) columns: Vec<String>,
    /// Print lines exactly as they are in the log, not their decoded messages; a terminal is shown
    /// escape sequences, not sent them
    #[arg(long, conflicts_with_all = ["form", "columns"])]
    pub(super) raw: bool,
    /// Lines of all entries in the order of time
    #[arg(long, value_name = "KEY", conflicts_with = "form")]
    pub(super) sort: Option<Sort>,
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    #[command(flatten)]
    pub(super) read: ReadArgs,
    #[command(flatten)]
    pub(super) console: ConsoleArgs,
}

/// Print lines as text
///
/// All lines of all entries, or those that pass the filters: time (UTC), level, stage, step, message,
/// with tabs between them. --sort time makes one story of all steps.
#[derive(Debug, ClapArgs)]
#[command(after_help = CAT_EXAMPLES)]
// The group is grep's; options that all have in common name it.
#[command(group(clap::ArgGroup::new("form")))]
pub(in crate::cli) struct CatArgs {
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

const CAT_EXAMPLES: &str = "\
Examples:
  ripsaw cat logs.zip --sort time
  ripsaw cat logs.zip --stage Build --columns message
  ripsaw cat monday.zip tuesday.zip --level WARN+ --sort time";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Sort {
    /// By time; lines without one stay behind the line before them
    Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CountBy {
    Level,
    Stage,
    /// Step groups, each with its stage
    #[value(name = "step_group", alias = "group")]
    Group,
    /// Steps, each with its stage and groups
    Step,
    /// Command units, each with its step
    Unit,
    /// Hours of UTC
    Hour,
}
