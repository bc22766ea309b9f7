//! The arguments of `ripsaw grep` and `ripsaw cat`.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Args as ClapArgs, Command, ValueEnum, ValueHint};

use super::super::args::{
    ConsoleArgs, IndexingArgs, InputArgs, PagerArgs, ReadArgs, names_of_formats,
};
use super::super::filter::FilterArgs;
use super::count_key::Key;

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
        self.print.out.is_some() || self.print.to.is_some()
    }
}

// The tests of the help run every line that begins with `  ripsaw `.
const GREP_EXAMPLES: &str = "\
Examples:
  ripsaw grep 'connection (refused|reset)' logs.zip
  ripsaw grep -i timeout logs.zip --level ERROR+ --stage 'Deploy*'
  ripsaw grep -F 'exit code 1' -C 3 monday.zip tuesday.zip
  ripsaw grep -c error logs.zip                 matching lines per log file
  ripsaw grep error logs.zip --count-by step,hour
  ripsaw grep panic logs.zip -O panics.parquet
  ripsaw grep -o 'port (\\d+)' -r '$1' logs.zip
  ripsaw grep -C 5 --sort time timeout logs.zip   what all steps did around it
  ripsaw grep --json error logs.zip | jq .data.columns.step

In a pipe, prints BUNDLE!FILE:LINE:MESSAGE; programs should use -0 or --json.
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
    /// Ignore case; of -i, -S and -s the last counts
    #[arg(short, long, overrides_with_all = ["smart_case", "case_sensitive"])]
    pub(super) ignore_case: bool,
    /// Ignore case unless a pattern has an upper-case letter
    #[arg(short = 'S', long, overrides_with_all = ["ignore_case", "case_sensitive"])]
    pub(super) smart_case: bool,
    /// Match case (the default)
    #[arg(short = 's', long, overrides_with_all = ["ignore_case", "smart_case"])]
    pub(super) case_sensitive: bool,
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
// The file of a table and its format go together.
#[command(group(clap::ArgGroup::new("table").multiple(true)))]
pub(super) struct PrintArgs {
    /// Print the number of matching lines of each entry that has any
    #[arg(short, long, group = "form")]
    pub(super) count: bool,
    /// Print the number of matches of each entry that has any
    #[arg(long, group = "form", conflicts_with_all = ["field", "any"])]
    pub(super) count_matches: bool,
    /// Print the entries with a match
    #[arg(short = 'l', long, group = "form")]
    pub(super) files_with_matches: bool,
    /// Print the entries without a match
    #[arg(short = 'L', long, group = "form")]
    pub(super) files_without_match: bool,
    /// Print JSON like ripgrep's, with the columns of each line; with --count-by, an object per count
    // Not in the group `form`: with `--count-by` it makes sense.
    #[arg(long, conflicts_with_all = ["form", "after_context", "before_context", "context"])]
    #[arg(conflicts_with_all = ["columns", "raw", "pretty", "head", "tail"])]
    pub(super) json: bool,
    /// Write the matching lines as a table to FILE, or to standard output if it is - or only --to is
    /// given: .parquet, .arrow, .arrows, .csv, .ndjson
    #[arg(
        short = 'O',
        long = "output",
        value_name = "FILE",
        group = "table",
        conflicts_with_all = ["form", "count_by", "json"]
    )]
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
    /// The format of that table, if the extension does not select it
    #[arg(long, value_name = "FORMAT", value_parser = names_of_formats())]
    #[arg(group = "table", conflicts_with_all = ["form", "count_by", "json"])]
    pub(super) to: Option<String>,
    /// Print only the matching text, one match per line; with -c, count matches
    #[arg(short, long, conflicts_with_all = ["invert_match", "columns", "field", "any", "raw"])]
    #[arg(conflicts_with_all = ["files_with_matches", "files_without_match", "count_by", "json", "table"])]
    pub(super) only_matching: bool,
    /// Print TEXT in place of each match; $1 and ${name} are capture groups, $0 is the match
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    #[arg(conflicts_with_all = ["columns", "field", "any", "raw", "table"])]
    pub(super) replace: Option<String>,
    /// Stop after N matching lines per file
    #[arg(short, long, value_name = "N", conflicts_with = "table")]
    pub(super) max_count: Option<u64>,
    /// Print N lines after each match
    #[arg(short = 'A', long, value_name = "N", conflicts_with_all = ["form", "table", "count_by"])]
    pub(super) after_context: Option<usize>,
    /// Print N lines before each match
    #[arg(short = 'B', long, value_name = "N", conflicts_with_all = ["form", "table", "count_by"])]
    pub(super) before_context: Option<usize>,
    /// Print N lines before and after each match; with --sort time, of all entries
    #[arg(short = 'C', long, value_name = "N", conflicts_with_all = ["form", "table", "count_by"])]
    pub(super) context: Option<usize>,
    /// Print the byte offset of each line in the text of its entry
    #[arg(short, long, conflicts_with = "table")]
    pub(super) byte_offset: bool,
    /// Print the names of entries (default, but not beside --columns)
    #[arg(short = 'H', long, overrides_with = "no_filename")]
    pub(super) with_filename: bool,
    /// Print no names of entries
    #[arg(short = 'I', long, overrides_with = "with_filename")]
    pub(super) no_filename: bool,
    /// Follow entry names with NUL instead of a colon
    #[arg(short = '0', long)]
    pub(super) null: bool,
    /// Print headings, times and levels, as on a terminal
    #[arg(short, long, conflicts_with_all = ["form", "table", "raw"])]
    pub(super) pretty: bool,
}

/// What is asked of every line.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(super) struct CommonArgs {
    /// Print the number of lines for each value of KEY, or each combination: any column, such as level
    /// or step (counted with its stage and groups), a key of JSON records (req/method), or day, hour,
    /// minute. A list, or repeated
    #[arg(long, value_name = "KEYS", value_delimiter = ',', hide_possible_values = true)]
    #[arg(value_parser = key_parser())]
    #[arg(conflicts_with_all = ["form", "columns", "raw"])]
    pub(super) count_by: Vec<Key>,
    /// Print these columns, separated by tabs, such as timestamp,step,message. With several columns,
    /// newlines, tabs and backslashes in them are printed as \n, \t and \\
    #[arg(long, value_name = "NAMES", value_delimiter = ',', conflicts_with = "form")]
    pub(super) columns: Vec<String>,
    /// Print lines exactly as in the log, not their decoded messages; on a terminal, escape sequences
    /// are printed visibly
    #[arg(long, conflicts_with_all = ["form", "table", "columns"])]
    pub(super) raw: bool,
    /// Print line numbers (grep: default, but not beside --columns)
    #[arg(short = 'n', long, overrides_with = "no_line_number")]
    pub(super) line_number: bool,
    /// Print no line numbers
    #[arg(short = 'N', long, overrides_with = "line_number")]
    pub(super) no_line_number: bool,
    /// Print the lines of an entry below its name (default on a terminal)
    #[arg(long, overrides_with = "no_heading")]
    pub(super) heading: bool,
    /// Print no headings
    #[arg(long, overrides_with = "heading")]
    pub(super) no_heading: bool,
    /// Print the paths of entries on a terminal too, not only the names of their steps
    #[arg(long = "paths")]
    pub(super) with_paths: bool,
    /// Cut lines after N columns and print how much was left out; 0: no limit
    #[arg(short = 'M', long, value_name = "N")]
    pub(super) max_columns: Option<usize>,
    /// What --max-columns does anyway.
    #[arg(long, hide = true)]
    pub(super) max_columns_preview: bool,
    /// Stop after the first N lines of the output
    #[arg(long, value_name = "N", conflicts_with_all = ["form", "table", "tail"])]
    pub(super) head: Option<u64>,
    /// Print the last N lines of the output only
    #[arg(long, value_name = "N", conflicts_with_all = ["form", "table"])]
    pub(super) tail: Option<usize>,
    /// The order of the lines, or of the entries [default: none]
    #[arg(long, value_name = "KEY")]
    pub(super) sort: Option<Sort>,
    #[command(flatten)]
    pub(super) pager: PagerArgs,
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    #[command(flatten)]
    pub(super) index: IndexingArgs,
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
// Empty here: `CommonArgs` has options that conflict with these groups of grep's, so they must exist.
#[command(group(clap::ArgGroup::new("form")), group(clap::ArgGroup::new("table")))]
pub(in crate::cli) struct CatArgs {
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    /// Print one JSON object per line, with all columns or those of --columns
    #[arg(long, help_heading = "Output", conflicts_with = "raw")]
    pub(super) json: bool,
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
  ripsaw cat logs.zip --tail 20
  ripsaw cat logs.zip --level ERROR+ --count-by step,hour
  ripsaw cat logs.zip --sort time --around 09:20:05 --window 10s
  ripsaw cat logs.zip --json | jq 'select(.level == \"WARN\") | .message'
  ripsaw cat monday.zip tuesday.zip --level WARN+ --sort time";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Sort {
    /// All lines by time; a line without a time follows the line before it
    Time,
    /// Entries by path
    Path,
    /// Entries as in the input
    None,
}

/// Accepts any key; shells complete those that all logs have.
fn key_parser() -> impl TypedValueParser<Value = Key> {
    #[derive(Clone)]
    struct Names;
    impl TypedValueParser for Names {
        type Value = Key;

        fn parse_ref(
            &self,
            command: &Command,
            arg: Option<&Arg>,
            value: &OsStr,
        ) -> Result<Key, clap::Error> {
            StringValueParser::new().parse_ref(command, arg, value).map(Key::from)
        }

        fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
            Some(Box::new(Key::names().map(PossibleValue::new)))
        }
    }
    Names
}
