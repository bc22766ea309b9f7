//! The arguments of `ripsaw grep` and `ripsaw cat`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum, ValueHint};

use super::super::args::{ConsoleArgs, InputArgs, PagerArgs, ReadArgs, names_of_formats};
use super::super::filter::FilterArgs;

/// Search the messages of all steps
///
/// A pattern is a regular expression, matched against the decoded message without colours: this finds
/// text that JSON escapes or colour codes split. ^ and $ match at each line of a message.
#[derive(Debug, ClapArgs)]
#[command(after_help = GREP_EXAMPLES)]
pub(in crate::cli) struct GrepArgs {
    /// PATTERN (not with -e, -f), then bundles (zip, tar), directories, log files (also compressed), or - for standard input
    // Patterns and inputs in one list: whether the first word is the pattern depends on -e and -f, which
    // `settings::patterns` decides.
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
    /// Whether the query plan is printed.
    pub(in crate::cli) fn explains(&self) -> bool {
        self.common.filter.explain
    }

    /// Whether the matches are written as a table (`-O`), not printed.
    pub(in crate::cli) fn writes_table(&self) -> bool {
        self.print.table.is_some() || self.print.to.is_some()
    }
}

// The tests of the help run every line that begins with `  ripsaw `.
const GREP_EXAMPLES: &str = "\
Examples:
  ripsaw grep 'connection (refused|reset)' logs.zip
  ripsaw grep -i timeout logs.zip --level ERROR+ --stage 'Deploy*'
  ripsaw grep -F 'exit code 1' -C 3 monday.zip tuesday.zip
  ripsaw grep -c error logs.zip                 matching lines per log file
  ripsaw grep error logs.zip --count-by step
  ripsaw grep panic logs.zip -O panics.parquet
  ripsaw grep --json error logs.zip | jq .data.columns.step

Prints BUNDLE!FILE:LINE:MESSAGE; programs should use -0 or --json.
Exit codes: 0 something matched, 1 nothing matched, 2 something could not be read,
130 interrupted.";

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Patterns")]
pub(super) struct PatternArgs {
    /// A pattern; repeat it to match any of several
    #[arg(short = 'e', long, value_name = "PATTERN", allow_hyphen_values = true)]
    pub(super) regexp: Vec<String>,
    /// Read patterns from FILE, one per line; - is standard input
    #[arg(short = 'f', long = "patterns", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) pattern_files: Vec<PathBuf>,
    /// Treat patterns as plain text
    #[arg(short = 'F', long)]
    pub(super) fixed_strings: bool,
    /// Ignore case
    #[arg(short, long)]
    pub(super) ignore_case: bool,
    /// Ignore case unless a pattern has an upper-case letter
    #[arg(short = 'S', long, conflicts_with = "ignore_case")]
    pub(super) smart_case: bool,
    /// Match only whole words
    #[arg(short, long)]
    pub(super) word_regexp: bool,
    /// Match only whole lines
    #[arg(short = 'x', long, conflicts_with = "word_regexp")]
    pub(super) line_regexp: bool,
    /// Search these columns, such as level_text,args, instead of the message; can be repeated
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(super) field: Vec<String>,
    /// Search every column
    #[arg(long, conflicts_with = "field")]
    pub(super) any: bool,
    /// Select the lines that do not match
    #[arg(short = 'v', long)]
    pub(super) invert_match: bool,
}

#[derive(Debug, Default, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(super) struct PrintArgs {
    /// Print the number of matching lines of each entry that has any
    #[arg(short, long, group = "form")]
    pub(super) count: bool,
    /// Print the entries with a match
    #[arg(short = 'l', long, group = "form")]
    pub(super) files_with_matches: bool,
    /// Print the entries without a match
    #[arg(short = 'L', long, group = "form")]
    pub(super) files_without_match: bool,
    /// Print the number of matching lines per level, stage, group, step, unit or hour; a step is
    /// counted with its stage and groups
    #[arg(long, value_name = "COLUMN", group = "form")]
    pub(super) count_by: Option<CountBy>,
    /// Print JSON like ripgrep's, with the columns of each line
    #[arg(long, group = "form")]
    pub(super) json: bool,
    /// Write the matching lines as a table to FILE, or to standard output if it is - or only --to is
    /// given: .parquet, .arrow, .arrows, .csv, .ndjson
    #[arg(short = 'O', long = "output", value_name = "FILE", group = "form")]
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) table: Option<PathBuf>,
    /// The format of that table, if the extension does not select it
    #[arg(long, value_name = "FORMAT", value_parser = names_of_formats())]
    #[arg(conflicts_with_all = ["count", "files_with_matches", "files_without_match", "count_by", "json"])]
    pub(super) to: Option<String>,
    /// Print only the matching text, one match per line
    #[arg(short, long, conflicts_with_all = ["form", "invert_match", "columns", "field", "any", "raw"])]
    pub(super) only_matching: bool,
    /// Stop after N matching lines per entry
    #[arg(short, long, value_name = "N")]
    pub(super) max_count: Option<u64>,
    /// Print N lines after each match
    #[arg(short = 'A', long, value_name = "N", conflicts_with_all = ["form", "sort"])]
    pub(super) after_context: Option<usize>,
    /// Print N lines before each match
    #[arg(short = 'B', long, value_name = "N", conflicts_with_all = ["form", "sort"])]
    pub(super) before_context: Option<usize>,
    /// Print N lines before and after each match
    #[arg(short = 'C', long, value_name = "N", conflicts_with_all = ["form", "sort"])]
    pub(super) context: Option<usize>,
    /// Print line numbers (default; -N disables)
    #[arg(short = 'n', long, overrides_with = "no_line_number")]
    pub(super) line_number: bool,
    /// Print no line numbers
    #[arg(short = 'N', long)]
    pub(super) no_line_number: bool,
    /// Follow entry names with NUL instead of a colon
    #[arg(short = '0', long)]
    pub(super) null: bool,
    /// Print headings, times and levels, as on a terminal
    #[arg(short, long, conflicts_with_all = ["form", "raw"])]
    pub(super) pretty: bool,
}

/// What is asked of every line.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(super) struct CommonArgs {
    /// Print these columns, separated by tabs, such as timestamp,step,message. With several columns,
    /// newlines, tabs and backslashes in them are printed as \n, \t and \\
    #[arg(long, value_name = "NAMES", value_delimiter = ',', conflicts_with = "form")]
    pub(super) columns: Vec<String>,
    /// Print lines exactly as in the log, not their decoded messages; on a terminal, escape sequences
    /// are printed visibly
    #[arg(long, conflicts_with_all = ["form", "columns"])]
    pub(super) raw: bool,
    /// Print the lines of all entries in chronological order
    #[arg(long, value_name = "KEY", conflicts_with = "form")]
    pub(super) sort: Option<Sort>,
    #[command(flatten)]
    pub(super) pager: PagerArgs,
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    #[command(flatten)]
    pub(super) read: ReadArgs,
    #[command(flatten)]
    pub(super) console: ConsoleArgs,
}

/// Print lines as text
///
/// Prints all lines of all entries, or those that pass the filters: time (UTC), level, stage, step and
/// message, separated by tabs. --sort time merges all steps in chronological order.
#[derive(Debug, ClapArgs)]
#[command(after_help = CAT_EXAMPLES)]
// Empty here: `CommonArgs` has options that conflict with this group of grep's, so it must exist.
#[command(group(clap::ArgGroup::new("form")))]
pub(in crate::cli) struct CatArgs {
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

impl CatArgs {
    /// Whether the query plan is printed.
    pub(in crate::cli) fn explains(&self) -> bool {
        self.common.filter.explain
    }
}

const CAT_EXAMPLES: &str = "\
Examples:
  ripsaw cat logs.zip --sort time
  ripsaw cat logs.zip --stage Build --columns message
  ripsaw cat monday.zip tuesday.zip --level WARN+ --sort time";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Sort {
    /// By time; a line without a time follows the line before it
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
    /// Hours in UTC
    Hour,
}
