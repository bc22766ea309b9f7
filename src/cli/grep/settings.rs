//! The arguments of `ripsaw grep` and `ripsaw cat`, resolved.

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
use super::super::settings::{Console, Convert, Reading, console, reading, table_of};
use super::args::{CatArgs, CommonArgs, CountBy, GrepArgs, PatternArgs, PrintArgs, Sort};
use super::counts::PerEntry;
use super::page::Extent;

/// A search.
pub(in crate::cli) struct Search {
    pub(in crate::cli) reading: Reading,
    pub(in crate::cli) console: Console,
    pub(super) output: Output,
    pub(super) matcher: Option<Arc<Matcher>>,
    pub(super) max_count: Option<u64>,
    pub(super) nul: bool,
    /// Counts follow the names of their entries.
    pub(super) named: bool,
    /// Names are paths, on a terminal too.
    pub(super) paths: bool,
    /// Rows are printed, not searched for.
    pub(super) is_cat: bool,
}

/// What is printed.
pub(super) enum Output {
    Lines(Print),
    PerEntry(PerEntry),
    CountBy(CountBy),
    Json { replacement: Option<String> },
}

impl Output {
    /// Whether it is JSON, in which control characters are written as `\u001b`.
    pub(super) fn is_json(&self) -> bool {
        matches!(self, Self::Json { .. } | Self::Lines(Print { json: true, .. }))
    }
}

/// How lines are printed.
#[derive(Debug)]
pub(super) struct Print {
    pub(super) before: usize,
    pub(super) after: usize,
    /// Numbers of lines; `None`: as usual.
    pub(super) numbers: Option<bool>,
    /// Names of entries; `None`: as usual.
    pub(super) names: Option<bool>,
    /// Names are paths, on a terminal too.
    pub(super) paths: bool,
    /// Lines stand below the name of their entry; `None`: as usual.
    pub(super) heading: Option<bool>,
    pub(super) offsets: bool,
    pub(super) only_matching: bool,
    /// What is printed in place of matches.
    pub(super) replacement: Option<String>,
    pub(super) max_columns: Option<usize>,
    /// As on a terminal, even if it is none.
    pub(super) pretty: bool,
    pub(super) columns: Vec<usize>,
    pub(super) sort: Sort,
    pub(super) extent: Extent,
    /// Lines as they are in the log.
    pub(super) raw: bool,
    /// Objects of JSON.
    pub(super) json: bool,
}

/// What `ripsaw grep` does.
pub(in crate::cli) enum Grep {
    Print(Box<Search>),
    /// The rows that match are converted.
    Table(Box<Convert>),
}

impl Grep {
    pub(in crate::cli) fn resolve(args: GrepArgs) -> Result<Self> {
        // First of all: errors are in these colours, too.
        console(&args.common.console);
        refuse_order(&args.print, &args.common)?;
        let (patterns, inputs) = patterns(&args.pattern, args.words)?;
        let options = PatternOptions {
            fixed_strings: args.pattern.fixed_strings,
            ignore_case: args.pattern.ignore_case,
            smart_case: args.pattern.smart_case,
            word_regexp: args.pattern.word_regexp,
            line_regexp: args.pattern.line_regexp,
            invert_match: args.pattern.invert_match,
        };
        let matcher = Matcher::new(&patterns, options).map_err(|cause| {
            Error::new("cannot read the pattern", Location::default(), cause)
                .with_hint("-F treats it as plain text")
        })?;
        let matcher = Some(Arc::new(matcher));
        let searched = match args.pattern.any {
            true => (0..lines_schema().fields().len()).collect(),
            false => columns(&args.pattern.field, "--field")?,
        };
        if let Some(out) = args.print.table {
            let (reading, console) = common(inputs, args.common, matcher, searched)?;
            let to = args.print.to.as_deref();
            let table = table_of(reading, console, out, to)?;
            refuse_patterns(args.pattern.pattern_files, &table.out)?;
            return Ok(Self::Table(Box::new(table)));
        }
        if args.print.only_matching {
            refuse_table(&inputs)?;
        }
        // What is marked is marked in messages.
        let marking = matcher.clone().filter(|_| searched.is_empty());
        let PrintArgs { max_count, null, no_filename, .. } = args.print;
        let output = output(&args.print, &args.common, args.common.console.quiet)?;
        let paths = args.common.paths;
        let (mut reading, console) = common(inputs, args.common, matcher.clone(), searched)?;
        if !console.quiet {
            Place::Stdout.check(&reading.inputs)?;
        }
        reading.options.skip_unreadable = true;
        // Not a word, as ripgrep has it.
        reading.warns = !console.quiet;
        if let Output::Lines(Print { before, after, .. }) = &output {
            // What stands beside a match is wanted as well: only paths rule out what is read.
            reading.marks_only = before + after > 0;
        }
        reading.looked_at = looked_at(&output);
        reading.options.pipeline.offsets = args.print.byte_offset;
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
    pub(in crate::cli) fn of_cat(args: CatArgs) -> Result<Self> {
        console(&args.common.console);
        refuse_order(&PrintArgs::default(), &args.common)?;
        let mut output = output(&PrintArgs::default(), &args.common, false)?;
        if let Output::Lines(print) = &mut output {
            print.json = args.json;
        }
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
            named: true,
            paths: true,
            is_cat: true,
        })
    }
}

/// The columns that an output looks at, those aside that cost nothing; `None`: all.
fn looked_at(output: &Output) -> Option<Vec<usize>> {
    let print = match output {
        Output::Json { .. } => return None,
        Output::Lines(print) if print.json && print.columns.is_empty() => return None,
        Output::Lines(print) => &print.columns[..],
        Output::PerEntry(_) | Output::CountBy(_) => return Some(Vec::new()),
    };
    let message = lines_schema().index_of("message").into_iter();
    Some(print.iter().copied().chain(message).collect())
}

fn common(
    inputs: Vec<OsString>,
    args: CommonArgs,
    matcher: Option<Arc<Matcher>>,
    searched: Vec<usize>,
) -> Result<(Reading, Console)> {
    let console = console(&args.console);
    let mut reading = reading(inputs, args.read);
    reading.explain = args.filter.explain;
    reading.options.pipeline.raw = args.raw;
    reading.by_path = args.sort == Some(Sort::Path);
    reading.select(args.filter.resolve()?, matcher, searched);
    Ok((reading, console))
}

fn output(args: &PrintArgs, common: &CommonArgs, quiet: bool) -> Result<Output> {
    if let Some(by) = args.count_by {
        return Ok(Output::CountBy(by));
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
        return Ok(Output::PerEntry(what));
    }
    if args.json {
        return Ok(Output::Json { replacement: args.replace.clone() });
    }
    Ok(Output::Lines(Print {
        before: args.before_context.or(args.context).unwrap_or(0),
        after: args.after_context.or(args.context).unwrap_or(0),
        numbers: either(common.line_number, common.no_line_number),
        names: either(args.with_filename, args.no_filename),
        paths: common.paths,
        heading: either(common.heading, common.no_heading),
        offsets: args.byte_offset,
        only_matching: args.only_matching,
        replacement: args.replace.clone(),
        max_columns: common.max_columns.filter(|columns| *columns > 0),
        pretty: args.pretty,
        columns: columns(&common.columns, "--columns")?,
        sort: common.sort.unwrap_or(Sort::None),
        extent: match (common.head, common.tail) {
            (Some(first), _) => Extent::First(first),
            (None, Some(last)) => Extent::Last(last),
            (None, None) => Extent::All,
        },
        raw: common.raw,
        json: false,
    }))
}

/// One of two flags of which the last was taken; `None` if neither was given.
fn either(yes: bool, no: bool) -> Option<bool> {
    (yes || no).then_some(yes)
}

/// Refuses the order of time where lines are not printed, or not all together.
fn refuse_order(args: &PrintArgs, common: &CommonArgs) -> Result<()> {
    let others = [
        (args.count, "-c"),
        (args.count_matches, "--count-matches"),
        (args.files_with_matches, "-l"),
        (args.files_without_match, "-L"),
        (args.count_by.is_some(), "--count-by"),
        (args.json, "--json"),
        (args.table.is_some(), "-O"),
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

/// Refuses an output that would replace the patterns.
fn refuse_patterns(files: Vec<PathBuf>, out: &Place) -> Result<()> {
    match files.into_iter().map(Place::from).any(|file| file.is_same_as(out)) {
        true => Err(out.refuse("the patterns are read from it").with_hint(OTHER_FILE)),
        false => Ok(()),
    }
}

/// Refuses an INPUT that was meant for an output: `-o` is another option for grep.
fn refuse_table(inputs: &[OsString]) -> Result<()> {
    let is_output = |input: &&OsString| {
        let name = Path::new(input).extension().unwrap_or_default().to_ascii_lowercase();
        let is_log = ["csv", "ndjson", "jsonl"].iter().any(|known| name == *known);
        is_named_as_table(input) && !(is_log && Path::new(input).exists())
    };
    let Some(out) = inputs.iter().find(is_output) else { return Ok(()) };
    let name = out.to_string_lossy();
    // What is there is not to be replaced.
    let out = if Path::new(out).exists() { "FILE".into() } else { hint::quoted(&name) };
    let hint = format!("-o prints only what matches; -O {out} writes a table");
    Err(Error::new("cannot search", Location::bundle(name), "its name is that of a table")
        .with_hint(hint))
}

/// Columns of the table by name.
fn columns(names: &[String], option: &str) -> Result<Vec<usize>> {
    let schema = lines_schema();
    let index = |name: &String| column_index(&schema, name.trim(), format!("cannot use {option}"));
    names.iter().map(index).collect()
}

/// The patterns, and what remains of the words: the inputs.
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
    // As grep: a pattern of several lines is as many patterns.
    let patterns = patterns.iter().flat_map(|pattern| pattern.split('\n')).map(str::to_owned);
    Ok((patterns.collect(), words))
}

fn read(path: &Path) -> io::Result<String> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    fs::read_to_string(path)
}
