//! What `ripsaw grep` and `ripsaw cat` are to do.
//!
//! Both become a [`Search`]; `grep -O` becomes a conversion instead. Combinations that clap cannot express
//! are refused here, such as an output that is the file of patterns.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ripsaw::error::{Error, Location, Result};
use ripsaw::query::{Matcher, PatternOptions};
use ripsaw::scan::column_index;
use ripsaw::source::hint;
use ripsaw::table::lines_schema;

use super::super::hints::is_named_as_table;
use super::super::place::{OTHER_FILE, Place};
use super::super::settings::{
    Console, Convert, Reading, STANDARD_OUTPUT, console, reading, table_of,
};
use super::args::{CatArgs, CommonArgs, CountBy, GrepArgs, PatternArgs, PrintArgs};
use super::counts::PerEntry;

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
    /// All selected rows are printed: that there are none is not exit code 1.
    pub(super) is_cat: bool,
}

/// What is printed.
pub(super) enum Output {
    /// The rows themselves.
    Lines(Print),
    /// A count or a name per entry.
    PerEntry(PerEntry),
    /// Counts per value of a column.
    CountBy(CountBy),
    /// Messages like those of `rg --json`.
    Json,
}

impl Output {
    /// Whether nothing is printed before all inputs have been read.
    pub(super) fn is_printed_last(&self) -> bool {
        match self {
            Self::Lines(print) => print.sort,
            Self::PerEntry(what) => *what == PerEntry::Nothing,
            Self::CountBy(_) => true,
            Self::Json => false,
        }
    }
}

/// How rows are printed.
#[derive(Debug, Default)]
pub(super) struct Print {
    /// Rows of context before a match.
    pub(super) before: usize,
    /// Rows of context after a match.
    pub(super) after: usize,
    /// Print line numbers.
    pub(super) numbers: bool,
    /// Print only the text that matched.
    pub(super) only_matching: bool,
    /// Print as on a terminal; `None`: only if it is one.
    pub(super) pretty: Option<bool>,
    /// Columns of the table `lines` by index; empty: the message.
    pub(super) columns: Vec<usize>,
    /// Print the rows of all entries in chronological order.
    pub(super) sort: bool,
    /// Print lines as in the log.
    pub(super) raw: bool,
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
        let (patterns, inputs) = patterns(&args.pattern, args.words)?;
        let matcher = Some(Arc::new(matcher_of(&args.pattern, &patterns)?));
        let searched = match args.pattern.any {
            true => (0..lines_schema().fields().len()).collect(),
            false => columns(&args.pattern.field, "--field")?,
        };
        let to_standard_output = || args.print.to.is_some().then(|| STANDARD_OUTPUT.into());
        if let Some(out) = args.print.table.clone().or_else(to_standard_output) {
            let (reading, console) = common(inputs, args.common, matcher, searched)?;
            let to = args.print.to.as_deref();
            let table = table_of(reading, console, out, to)?;
            refuse_patterns(args.pattern.pattern_files, &table.out)?;
            return Ok(Self::Table(Box::new(table)));
        }
        // `-o out.csv` is meant as the output, as in `convert`, but is `--only-matching` here.
        if args.print.only_matching {
            refuse_table(&inputs)?;
        }
        // Only messages are printed with marks; matches in other columns have no place there.
        let marking = matcher.clone().filter(|_| searched.is_empty());
        let PrintArgs { max_count, null, .. } = args.print;
        let output = output(&args.print, &args.common, args.common.console.quiet)?;
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
        let search = Search {
            reading,
            console,
            output,
            matcher: marking,
            max_count,
            nul: null,
            is_cat: false,
        };
        Ok(Self::Print(Box::new(search)))
    }
}

impl Search {
    /// Resolves the arguments of `cat`.
    pub(in crate::cli) fn of_cat(args: CatArgs) -> Result<Self> {
        console(&args.common.console);
        let output = output(&PrintArgs::default(), &args.common, false)?;
        let (mut reading, console) = common(args.inputs.paths, args.common, None, Vec::new())?;
        reading.options.skip_unreadable = true;
        reading.looked_at = looked_at(&output);
        Place::Stdout.check(&reading.inputs)?;
        Ok(Self {
            reading,
            console,
            output,
            matcher: None,
            max_count: None,
            nul: false,
            is_cat: true,
        })
    }
}

/// Indices of the columns that an output reads, so that the others need not be built; `None`: all. Columns
/// from the path cost nothing and are always there.
fn looked_at(output: &Output) -> Option<Vec<usize>> {
    let print = match output {
        Output::Json => return None,
        Output::Lines(print) => &print.columns[..],
        // Levels and times, by which rows are counted, are built for the counts of each entry anyway.
        Output::PerEntry(_) | Output::CountBy(_) => return Some(Vec::new()),
    };
    let message = lines_schema().index_of("message").into_iter();
    Some(print.iter().copied().chain(message).collect())
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
    reading.explain = args.filter.explain;
    reading.options.pipeline.raw = args.raw;
    reading.select(args.filter.resolve()?, matcher, searched);
    Ok((reading, console))
}

/// What is printed; clap has refused contradictions, so at most one option of the group applies, and `-q`
/// comes last.
fn output(args: &PrintArgs, common: &CommonArgs, quiet: bool) -> Result<Output> {
    if let Some(by) = args.count_by {
        return Ok(Output::CountBy(by));
    }
    let per_entry = [
        (args.count, PerEntry::Count),
        (args.files_with_matches, PerEntry::With),
        (args.files_without_match, PerEntry::Without),
        (quiet, PerEntry::Nothing),
    ];
    if let Some((_, what)) = per_entry.into_iter().find(|(is_asked, _)| *is_asked) {
        return Ok(Output::PerEntry(what));
    }
    if args.json {
        return Ok(Output::Json);
    }
    Ok(Output::Lines(Print {
        // As in grep, -A and -B override their half of -C.
        before: args.before_context.or(args.context).unwrap_or(0),
        after: args.after_context.or(args.context).unwrap_or(0),
        numbers: !args.no_line_number,
        only_matching: args.only_matching,
        pretty: args.pretty.then_some(true),
        columns: columns(&common.columns, "--columns")?,
        sort: common.sort.is_some(),
        raw: common.raw,
    }))
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
    let is_output = |input: &&OsString| {
        let name = Path::new(input).extension().unwrap_or_default().to_ascii_lowercase();
        // These extensions are logs as often as tables: an existing file is taken for an input.
        let is_log = ["csv", "ndjson", "jsonl"].iter().any(|known| name == *known);
        is_named_as_table(input) && !(is_log && Path::new(input).exists())
    };
    let Some(out) = inputs.iter().find(is_output) else { return Ok(()) };
    let name = out.to_string_lossy();
    // The hint must not suggest to overwrite a file that exists.
    let out = if Path::new(out).exists() { "FILE".into() } else { hint::quoted(&name) };
    let hint = format!("-o prints only what matches; -O {out} writes a table");
    Err(Error::new("cannot search", Location::bundle(name), "its name is that of a table")
        .with_hint(hint))
}

/// Indices of columns of the table `lines`; `option` is the one that names them, for the error.
fn columns(names: &[String], option: &str) -> Result<Vec<usize>> {
    let schema = lines_schema();
    let index = |name: &String| column_index(&schema, name.trim(), format!("cannot use {option}"));
    names.iter().map(index).collect()
}

/// The matcher for patterns and the options of `grep`. An invalid pattern is often meant as plain text, such
/// as `main(`: the hint suggests `-F`.
fn matcher_of(args: &PatternArgs, patterns: &[String]) -> Result<Matcher> {
    let options = PatternOptions {
        fixed_strings: args.fixed_strings,
        ignore_case: args.ignore_case,
        smart_case: args.smart_case,
        word_regexp: args.word_regexp,
        line_regexp: args.line_regexp,
        invert_match: args.invert_match,
    };
    Matcher::new(patterns, options).map_err(|cause| {
        Error::new("cannot read the pattern", Location::default(), cause)
            .with_hint("-F treats it as plain text")
    })
}

/// The patterns, and the words that remain: the inputs. Without `-e` and `-f` the first word is the pattern.
///
/// # Errors
/// A file of patterns that cannot be read, a pattern that is not UTF-8, or no input.
fn patterns(args: &PatternArgs, mut words: Vec<OsString>) -> Result<(Vec<String>, Vec<OsString>)> {
    let mut patterns = args.regexp.clone();
    for file in &args.pattern_files {
        let text = read(file).map_err(|cause| {
            let location = Location::bundle(file.to_string_lossy());
            let is_missing = fs::metadata(file).is_err();
            let error = Error::io("cannot read the patterns", location, cause);
            if is_missing { error.with_hint(hint::of_input(file)) } else { error }
        })?;
        patterns.extend(text.lines().map(str::to_owned));
    }
    if args.regexp.is_empty() && args.pattern_files.is_empty() {
        // Clap requires at least one word.
        let word = words.remove(0).into_string().map_err(|word| {
            let cause = format!("{} is not UTF-8", word.to_string_lossy());
            Error::new("cannot read the pattern", Location::default(), cause)
        })?;
        patterns.push(word);
    }
    if words.is_empty() {
        return Err(Error::new("cannot search", Location::default(), "no INPUT is given")
            .with_hint("use ripsaw grep PATTERN logs.zip, or - for standard input"));
    }
    // As in grep, a pattern with newlines is a list of patterns.
    let patterns = patterns.iter().flat_map(|pattern| pattern.split('\n')).map(str::to_owned);
    Ok((patterns.collect(), words))
}

/// The text of a file of patterns; `-` is standard input.
fn read(path: &Path) -> io::Result<String> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    fs::read_to_string(path)
}
