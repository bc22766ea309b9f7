//! What `ripsaw grep` and `ripsaw cat` are to do.
//!
//! Both become a [`Search`]; `grep -O` becomes a conversion instead. Combinations that clap cannot express
//! are refused here, such as an output that is the file of patterns.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ripsaw::error::{Error, Location, Result};
use ripsaw::query::{KeyText, Matcher};
use ripsaw::source::hint;
use ripsaw::table::lines_schema;

use super::super::hints::is_named_as_table;
use super::super::key_names::unknown_column;
use super::super::place::{OTHER_FILE, Place};
use super::super::settings::{
    Console, Convert, Reading, STANDARD_OUTPUT, console, reading, table_of,
};
use super::args::{CatArgs, CommonArgs, GrepArgs, PrintArgs, Sort};
use super::count_by::CountBy;
use super::counts::PerEntry;
use super::keys::columns;
use super::page::Extent;
use super::patterns::{matcher_of, patterns};

/// A search whose matches are printed; `cat` is one without a pattern.
pub(in crate::cli) struct Search {
    /// The inputs, the filters and the pattern.
    pub(in crate::cli) reading: Reading,
    pub(in crate::cli) console: Console,
    /// What is printed.
    pub(super) output: Output,
    /// Marks matches in messages; `None` for `cat`, and if other columns are searched.
    pub(super) matcher: Option<Arc<Matcher>>,
    /// `-m`: stop after so many matches per entry.
    pub(super) max_count: Option<u64>,
    /// `-0`: NUL after names.
    pub(super) nul: bool,
    /// Print names before counts; `-I` leaves them out.
    pub(super) named: bool,
    /// `--paths`: names are paths, on a terminal too.
    pub(super) paths: bool,
    /// All selected rows are printed: that there are none is not exit code 1.
    pub(super) is_cat: bool,
}

/// What is printed.
pub(super) enum Output {
    /// The rows themselves.
    Lines(Print),
    /// A count or a name per entry.
    PerEntry(PerEntry),
    /// Counts per value of columns.
    CountBy(CountBy),
    /// Messages like those of `rg --json`, with what is put in place of matches.
    Json { replacement: Option<String> },
}

impl Output {
    /// Whether it is JSON, in which control characters are written as `\u001b`.
    pub(super) fn is_json(&self) -> bool {
        match self {
            Self::Json { .. } => true,
            Self::Lines(print) => print.json,
            Self::CountBy(by) => by.json,
            Self::PerEntry(_) => false,
        }
    }
}

impl Output {
    /// Whether nothing is printed before all inputs have been read.
    pub(super) fn is_printed_last(&self) -> bool {
        match self {
            Self::Lines(print) => {
                print.sort == Sort::Time || matches!(print.extent, Extent::Last(_))
            }
            Self::PerEntry(what) => *what == PerEntry::Nothing,
            Self::CountBy(_) => true,
            Self::Json { .. } => false,
        }
    }
}

/// How rows are printed.
#[derive(Debug)]
pub(super) struct Print {
    /// Rows of context before a match.
    pub(super) before: usize,
    /// Rows of context after a match.
    pub(super) after: usize,
    /// Print line numbers; `None`: as usual for the form.
    pub(super) numbers: Option<bool>,
    /// Print names of entries; `None`: as usual for the form.
    pub(super) names: Option<bool>,
    /// Names are paths, on a terminal too.
    pub(super) paths: bool,
    /// Print lines below the name of their entry; `None`: on a terminal.
    pub(super) heading: Option<bool>,
    /// Print byte offsets of lines.
    pub(super) offsets: bool,
    /// Print only the text that matched.
    pub(super) only_matching: bool,
    /// Printed in place of matches, with references to groups.
    pub(super) replacement: Option<String>,
    /// Columns of the screen after which a line is cut.
    pub(super) max_columns: Option<usize>,
    /// Print as on a terminal, even if it is none.
    pub(super) pretty: bool,
    /// Columns of the table `lines` by index; empty: the message.
    pub(super) columns: Vec<usize>,
    pub(super) sort: Sort,
    /// Which rows of the output are printed.
    pub(super) extent: Extent,
    /// Print lines as in the log.
    pub(super) raw: bool,
    /// Objects of JSON.
    pub(super) json: bool,
}

/// What `ripsaw grep` does.
pub(in crate::cli) enum Grep {
    /// Matches are printed.
    Print(Box<Search>),
    /// Matches are written as a table (`-O`).
    Table(Box<Convert>),
}

impl Grep {
    /// Resolves the arguments of `grep`.
    ///
    /// # Errors
    /// An invalid pattern or filter, an unknown column, a file of patterns that cannot be read, or an output
    /// that is an input.
    pub(in crate::cli) fn resolve(args: GrepArgs) -> Result<Self> {
        // First of all: errors are in these colours, too.
        console(&args.common.console);
        refuse_order(&args.print, &args.common)?;
        let (patterns, inputs) = patterns(&args.pattern, args.words, args.print.replace.is_some())?;
        let matcher = Some(Arc::new(matcher_of(&args.pattern, &patterns)?));
        let mut keys = Vec::new();
        let searched = match args.pattern.any {
            true => (0..lines_schema().fields().len()).collect(),
            false => columns(&args.pattern.field, "--field", false, &mut keys),
        };
        let to_standard_output = || args.print.to.is_some().then(|| STANDARD_OUTPUT.into());
        if let Some(out) = args.print.out.clone().or_else(to_standard_output) {
            refuse_keys(&keys)?;
            let names = args.common.columns.clone();
            let (reading, console) = common(inputs, args.common, matcher, searched)?;
            let to = args.print.to.as_deref();
            let table = table_of(reading, console, out, to, names)?;
            refuse_patterns(args.pattern.pattern_files, &table.out)?;
            return Ok(Self::Table(Box::new(table)));
        }
        // `-o out.csv` is meant as the output, as in `convert`, but is `--only-matching` here.
        if args.print.only_matching {
            refuse_table(&inputs)?;
        }
        // Only messages are printed with marks; matches in other columns have no place there.
        let marking = matcher.clone().filter(|_| searched.is_empty());
        let PrintArgs { null, no_filename, .. } = args.print;
        let output = output(&args.print, &args.common, args.common.console.quiet, false, &mut keys);
        let paths = args.common.with_paths;
        let (mut reading, console) = common(inputs, args.common, matcher.clone(), searched)?;
        // With -q nothing is written to standard output, so it may be an input.
        if !console.quiet {
            Place::Stdout.check(&reading.inputs)?;
        }
        reading.options.skip_unreadable = true;
        // As ripgrep: with -q not even warnings.
        reading.warns = !console.quiet;
        if let Output::Lines(Print { before, after, .. }) = &output {
            // Context rows do not match but are wanted, so only paths may exclude anything.
            reading.marks_only = before + after > 0;
        }
        reading.looked_at = looked_at(&output);
        reading.set_key_texts(keys);
        reading.options.pipeline.offsets = args.print.byte_offset;
        let max_count = max_count(&output, args.print.max_count);
        let search = Search {
            reading,
            console,
            output,
            matcher: marking,
            max_count,
            nul: null,
            named: !no_filename,
            paths,
            is_cat: false,
        };
        Ok(Self::Print(Box::new(search)))
    }
}

impl Search {
    /// Resolves the arguments of `cat`.
    pub(in crate::cli) fn of_cat(args: CatArgs) -> Result<Self> {
        console(&args.common.console);
        refuse_order(&PrintArgs::default(), &args.common)?;
        let mut keys = Vec::new();
        let mut output = output(&PrintArgs::default(), &args.common, false, args.json, &mut keys);
        if let Output::Lines(print) = &mut output {
            print.json = args.json;
        }
        let (mut reading, console) = common(args.inputs.paths, args.common, None, Vec::new())?;
        reading.options.skip_unreadable = true;
        reading.looked_at = looked_at(&output);
        reading.set_key_texts(keys);
        Place::Stdout.check(&reading.inputs)?;
        Ok(Self {
            reading,
            console,
            output,
            matcher: None,
            max_count: None,
            nul: false,
            named: true,
            paths: true,
            is_cat: true,
        })
    }
}

/// Indices of the columns that an output reads, so that the others need not be built; `None`: all. Columns
/// from the path cost nothing and are always there.
fn looked_at(output: &Output) -> Option<Vec<usize>> {
    let print = match output {
        Output::Json { .. } => return None,
        Output::Lines(print) if print.json && print.columns.is_empty() => return None,
        Output::Lines(print) => &print.columns[..],
        // Levels and times, by which rows are counted, are built for the counts of each entry anyway.
        Output::PerEntry(_) => return Some(Vec::new()),
        Output::CountBy(by) => return Some(by.columns()),
    };
    let message = lines_schema().index_of("message").into_iter();
    Some(print.iter().copied().chain(message).collect())
}

/// The matches of an entry that count, at most.
fn max_count(output: &Output, given: Option<u64>) -> Option<u64> {
    match output {
        // Of no lines none matches.
        Output::Lines(Print { extent: Extent::First(0) | Extent::Last(0), .. }) => Some(0),
        _ => given,
    }
}

/// What `grep` and `cat` have in common. `searched`: the columns in which the pattern is looked for; empty:
/// the message.
fn common(
    inputs: Vec<OsString>,
    args: CommonArgs,
    matcher: Option<Arc<Matcher>>,
    searched: Vec<usize>,
) -> Result<(Reading, Console)> {
    let console = console(&args.console).paged(&args.pager, &inputs);
    let mut reading = reading(inputs, args.read)?;
    (reading.options.index, reading.indexes) = args.index.policy();
    reading.explain = args.filter.explain;
    reading.options.pipeline.raw = args.raw;
    reading.by_path = args.sort == Some(Sort::Path);
    reading.select(args.filter.resolve()?, matcher, searched);
    Ok((reading, console))
}

/// What is printed; clap has refused contradictions, so at most one option of the group applies, and `-q`
/// comes last.
fn output(
    args: &PrintArgs,
    common: &CommonArgs,
    quiet: bool,
    json: bool,
    keys: &mut Vec<(KeyText, &'static str)>,
) -> Output {
    let extent = match (common.head, common.tail) {
        (Some(first), _) => Extent::First(first),
        (None, Some(last)) => Extent::Last(last),
        (None, None) => Extent::All,
    };
    if !common.count_by.is_empty() {
        let form = (args.json || json, args.pretty);
        return Output::CountBy(CountBy::new(&common.count_by, extent, form, keys));
    }
    let counts_matches = args.count_matches || args.count && args.only_matching;
    let per_entry = [
        (counts_matches, PerEntry::CountMatches),
        (args.count, PerEntry::Count),
        (args.files_with_matches, PerEntry::With),
        (args.files_without_match, PerEntry::Without),
        (quiet, PerEntry::Nothing),
    ];
    if let Some((_, what)) = per_entry.into_iter().find(|(is_asked, _)| *is_asked) {
        return Output::PerEntry(what);
    }
    if args.json {
        return Output::Json { replacement: args.replace.clone() };
    }
    Output::Lines(Print {
        // As in grep, -A and -B override their half of -C.
        before: args.before_context.or(args.context).unwrap_or(0),
        after: args.after_context.or(args.context).unwrap_or(0),
        numbers: either(common.line_number, common.no_line_number),
        names: either(args.with_filename, args.no_filename),
        paths: common.with_paths,
        heading: either(common.heading, common.no_heading),
        offsets: args.byte_offset,
        only_matching: args.only_matching,
        replacement: args.replace.clone(),
        max_columns: common.max_columns.filter(|columns| *columns > 0),
        pretty: args.pretty,
        columns: columns(&common.columns, "--columns", json, keys),
        sort: common.sort.unwrap_or(Sort::None),
        extent,
        raw: common.raw,
        json: false,
    })
}

/// One of two flags of which the last was taken; `None` if neither was given.
fn either(yes: bool, no: bool) -> Option<bool> {
    (yes || no).then_some(yes)
}

impl GrepArgs {
    /// As [`Command::fits`](crate::cli::args::Command::fits).
    pub(in crate::cli) fn fits(&self) -> bool {
        refuse_order(&self.print, &self.common).is_ok()
    }
}

impl CatArgs {
    /// As [`Command::fits`](crate::cli::args::Command::fits).
    pub(in crate::cli) fn fits(&self) -> bool {
        refuse_order(&PrintArgs::default(), &self.common).is_ok()
    }
}

/// Refuses the order of time where lines are not printed, or not all together.
fn refuse_order(args: &PrintArgs, common: &CommonArgs) -> Result<()> {
    let others = [
        (args.count, "-c"),
        (args.count_matches, "--count-matches"),
        (args.files_with_matches, "-l"),
        (args.files_without_match, "-L"),
        (!common.count_by.is_empty(), "--count-by"),
        (args.json, "--json"),
        (args.out.is_some() || args.to.is_some(), "a table"),
        (common.heading, "--heading"),
    ];
    let other = others.into_iter().find(|(is_given, _)| *is_given);
    let Some((_, other)) = other.filter(|_| common.sort == Some(Sort::Time)) else {
        return Ok(());
    };
    let cause = format!("it cannot be used with {other}");
    let error = Error::new("cannot use --sort time", Location::default(), cause);
    Err(match other {
        "--heading" => {
            error.with_hint("the lines of all entries are mixed; --sort path keeps them apart")
        }
        "--json" => error.with_hint("ripsaw cat --json --sort time prints one object per line"),
        _ => error.with_hint("it orders lines; --sort path orders entries"),
    })
}

/// Refuses an output that would replace a file of patterns.
fn refuse_patterns(files: Vec<PathBuf>, out: &Place) -> Result<()> {
    match files.into_iter().map(Place::from).any(|file| file.is_same_as(out)) {
        true => Err(out.refuse("the patterns are read from it").with_hint(OTHER_FILE)),
        false => Ok(()),
    }
}

/// Refuses an INPUT that was meant as the output: `-o` takes a file in `convert`, but not here.
fn refuse_table(inputs: &[OsString]) -> Result<()> {
    // An existing file is taken for an input: tables that ripsaw wrote are searched as well.
    let is_output = |input: &&OsString| is_named_as_table(input) && !Path::new(input).exists();
    let Some(out) = inputs.iter().find(is_output) else { return Ok(()) };
    let name = out.to_string_lossy();
    let out = hint::quoted(&name);
    let hint = format!("-o prints only what matches; -O {out} writes a table");
    Err(Error::new("cannot search", Location::bundle(name), "its name is that of a table")
        .with_hint(hint))
}

/// Refuses a search in keys for a table, whose columns of keys have types.
fn refuse_keys(keys: &[(KeyText, &'static str)]) -> Result<()> {
    let hint = "a table is searched by --field COLUMN, or by --where \"contains(KEY, 'text')\"";
    match keys.first() {
        Some((key, option)) => Err(unknown_column(key.name(), option).with_hint(hint)),
        None => Ok(()),
    }
}
