//! Arguments resolved: what a command is to do, as plain values.
//!
//! Everything that can be refused from the arguments alone is refused here, before an output is created:
//! unknown formats and columns, outputs that are inputs, binary formats on a terminal. Behind this point
//! no command looks at clap's structs. `convert` and `bench` have their settings in files of their own;
//! those of `grep` and `cat` are in `grep::settings`.

mod bench;
mod convert;
mod dataset;
mod extension;
mod keys;

use std::ffi::OsString;
use std::io::{IsTerminal as _, stderr};
use std::sync::Arc;

use anstream::ColorChoice;
use ripsaw::error::{Error, Location, Result};
use ripsaw::format::Formats;
use ripsaw::json::Mapping;
use ripsaw::pipeline;
use ripsaw::query::{KeyText, Matcher, Selection};
use ripsaw::scan::{IndexPolicy, KeyPolicy, MAX_COLUMNS, Scan, ScanOptions};
use ripsaw::source::{Limits, MapPolicy, ReadOptions};

use super::args::{
    ConsoleArgs, ListArgs, ListSort, LsArgs, MessageArgs, PagerArgs, ReadArgs, When,
};
use super::filter::Filters;
use super::place::Place;
use super::quantity;
use super::terminal;
pub(super) use bench::{Bench, Generate, Measure};
pub(super) use convert::{Convert, STANDARD_OUTPUT, table_of};
pub(super) use dataset::{DataSetRun, check_folder, fits, is_data_set};

/// What is read, and how; the part that all commands have in common.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// Paths as given, or `-` for standard input. Not UTF-8 on Unix.
    pub(super) inputs: Vec<OsString>,
    /// How the inputs are opened and their lines decoded.
    pub(super) options: ScanOptions,
    /// Which rows are wanted; `None`: all, and no filter can have been given.
    pub(super) selection: Option<Selection>,
    /// Names of the columns that are written, in order; empty: all.
    pub(super) columns: Vec<String>,
    /// Indices in the table `lines` of the columns that the sink reads; the others need not be built. `None`:
    /// all.
    pub(super) looked_at: Option<Vec<usize>>,
    /// Print the query plan: what is skipped by path, raw line and row.
    pub(super) explain: bool,
    /// Let the selection exclude only entries, not rows: the sink needs the rows around a match, and finds
    /// the matches itself.
    pub(super) marks_only: bool,
    /// The filters in `selection` with the arguments they came from.
    pub(super) filters: Filters,
    /// Warn of filters that match nothing.
    pub(super) warns: bool,
    /// `--map` was given.
    pub(super) maps_keys: bool,
    /// Read the entries in the order of their paths, not as in the input.
    pub(super) by_path: bool,
    /// Write the indexes that are missing as well.
    pub(super) indexes: bool,
    /// The keys of generic JSON that are columns, and how many columns there may be.
    pub(super) keys: (KeyPolicy, usize),
    /// Names of keys that are columns of text, with the options that name them.
    pub(super) key_texts: Vec<(String, &'static str)>,
    /// An earlier run had the same filters, so names in them are known, whatever keys the inputs have now.
    pub(super) continues: bool,
}

impl Reading {
    /// Sets the filters and the search: a row must pass both. `searched`: the columns in which `matcher`
    /// looks, by index; empty: the message.
    pub(super) fn select(
        &mut self,
        filters: Filters,
        matcher: Option<Arc<Matcher>>,
        searched: Vec<usize>,
    ) {
        let filter = filters.filter.clone();
        self.selection = Some(Selection { filter, matcher, searched });
        // `--tz` also applies to times in logs that have no offset.
        self.options.pipeline.zone = filters.log_zone.clone();
        self.filters = filters;
    }

    /// Makes columns of keys.
    pub(super) fn set_key_texts(&mut self, keys: Vec<(KeyText, &'static str)>) {
        self.key_texts =
            keys.iter().map(|(key, option)| (key.name().to_owned(), *option)).collect();
        self.options.pipeline.key_texts = keys.into_iter().map(|(key, _)| key).collect();
    }

    /// Opens and lists the inputs, and detects the formats. No entry is left out yet.
    pub(super) fn open(&self) -> Result<Scan> {
        let scan = Scan::open_with(&self.inputs, self.options.clone())?;
        // An index is of entries in their own order.
        let scan = if self.indexes { scan.indexing() } else { scan };
        Ok(if self.by_path { scan.in_order_of_paths() } else { scan })
    }
}

/// What is printed on standard error besides errors and warnings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Console {
    /// Draw a progress bar.
    pub(super) progress: bool,
    /// Print through the user's pager if standard output is a terminal.
    pub(super) pages: bool,
    /// No summary; `grep` prints no lines either.
    pub(super) quiet: bool,
    /// Print what `--stats` asks for.
    pub(super) stats: bool,
}

impl Console {
    /// For lines that are printed to `place` while the inputs are read: no bar if both may be on one
    /// terminal.
    pub(super) fn beside_lines(mut self, place: &Place) -> Self {
        self.progress &= !(stderr().is_terminal() && terminal::may_be_shown(place));
        self
    }

    /// For what is printed to standard output at the end: no bar over a pager that waits for it.
    pub(super) fn before_lines(self) -> Self {
        if terminal::is_terminal(&Place::Stdout) { self } else { self.beside_lines(&Place::Stdout) }
    }

    /// For output that a pager may show, unless `--no-pager` is given or it would wait: of standard input
    /// more may come.
    pub(super) fn paged(mut self, args: &PagerArgs, inputs: &[OsString]) -> Self {
        self.pages = !args.no_pager && inputs.iter().all(|input| input != "-");
        self
    }
}

/// What `ripsaw ls` does.
#[derive(Debug)]
pub(super) struct Ls {
    pub(super) reading: Reading,
    pub(super) console: Console,
    /// One JSON object per entry instead of a table.
    pub(super) json: bool,
    /// List the detected formats instead of the counts.
    pub(super) formats: bool,
    /// List what may be incomplete instead of the counts.
    pub(super) problems: bool,
    /// The order of the entries.
    pub(super) sort: ListSort,
    /// How many entries are listed; `None`: all.
    pub(super) top: Option<usize>,
}

impl Ls {
    /// Resolves the arguments of `ls`.
    ///
    /// # Errors
    /// An invalid filter, or standard output redirected to a file that is an input.
    pub(super) fn resolve(args: LsArgs) -> Result<Self> {
        let console = console(&args.console).paged(&args.list.pager, &args.inputs.paths);
        let mut reading = reading(args.inputs.paths, args.read)?;
        reading.options.index = args.index.policy();
        reading.explain = args.filter.explain;
        // One broken bundle among many should not hide the list of the others.
        reading.options.skip_unreadable = true;
        // The counts come from the tallies; no column has to be built for them.
        reading.looked_at = Some(Vec::new());
        select(&mut reading, args.filter.resolve()?);
        Place::Stdout.check(&reading.inputs)?;
        let ListArgs { json, formats, problems, sort, top, .. } = args.list;
        let sort = sort.unwrap_or(ListSort::None);
        if problems {
            reading.options.pipeline.continuity = true;
            // It does not know how lines go on.
            reading.options.index = IndexPolicy::Never;
        }
        reading.by_path = sort == ListSort::Path;
        let top = top.map(|top| usize::try_from(top).unwrap_or(usize::MAX));
        Ok(Self { reading, console, json, formats, problems, sort, top })
    }
}

/// Upper limit of `--max-line` in bytes. A text column of a batch holds at most 2 GiB (32-bit offsets), and
/// a line that is not UTF-8 may grow to three times its size: U+FFFD takes three bytes.
const LONGEST_LINE: u64 = 512 << 20;

/// The value of `--max-line` in bytes, such as `64k`.
pub(super) fn parse_max_line(text: &str) -> Result<usize, String> {
    let bytes = quantity::parse_bytes(text)?;
    if !(1..=LONGEST_LINE).contains(&bytes) {
        return Err("must be from 1 byte to 512MiB".into());
    }
    usize::try_from(bytes).map_err(|e| e.to_string())
}

/// A value of `--map`, which may be given several times: checked by itself, and kept as text.
pub(super) fn parse_map(text: &str) -> Result<String, String> {
    text.parse::<Mapping>().map(|_| text.to_owned())
}

/// The value of `--row-group-size` in rows; `_` and `,` may separate digits.
pub(super) fn parse_row_group_size(text: &str) -> Result<usize, String> {
    match text.replace(['_', ','], "").parse() {
        Ok(rows) if (1..=100_000_000).contains(&rows) => Ok(rows),
        _ => Err("must be from 1 to 100000000 rows".into()),
    }
}

/// The reading that the common arguments describe, with no filter, for all rows and columns.
///
/// # Errors
/// A column or a key that `--map` has twice.
pub(super) fn reading(inputs: Vec<OsString>, args: ReadArgs) -> Result<Reading> {
    let map = map_policy(args.mmap);
    let mut pipeline = pipeline::Options::default();
    if let Some(threads) = args.threads {
        pipeline.threads = threads.into();
    }
    let maps_keys = !args.map.is_empty();
    if maps_keys {
        let mapping = args.map.join(",").parse();
        pipeline.mapping = mapping.map_err(|cause: String| {
            Error::new("cannot use --map", Location::default(), cause)
                .with_hint("name each column and each key once")
        })?;
    }
    let limits = Limits::default().with(args.limit);
    let read = ReadOptions { map, max_line: args.max_line, join: args.join, limits };
    let (name, regex) = (args.format.as_deref(), args.format_regex.as_deref());
    let Formats { forced: format, own: own_formats } =
        Formats::choose(name, regex, &args.formats_file)?;
    let index = IndexPolicy::Never;
    let options =
        ScanOptions { read, format, own_formats, skip_unreadable: false, index, pipeline };
    Ok(Reading {
        inputs,
        options,
        selection: None,
        columns: Vec::new(),
        looked_at: None,
        explain: false,
        marks_only: false,
        filters: Filters::default(),
        warns: true,
        maps_keys,
        by_path: false,
        indexes: false,
        keys: (KeyPolicy::Extra, MAX_COLUMNS),
        key_texts: Vec::new(),
        continues: false,
    })
}

/// Which files are mapped.
pub(super) fn map_policy(when: When) -> MapPolicy {
    match when {
        When::Auto => MapPolicy::Auto,
        When::Always => MapPolicy::Always,
        When::Never => MapPolicy::Never,
    }
}

/// Sets filters without a search.
fn select(reading: &mut Reading, filters: Filters) {
    reading.select(filters, None, Vec::new());
}

/// Resolves the console options. As a side effect sets the colours of everything printed from now on, so it
/// is called before anything can fail.
pub(super) fn console(args: &ConsoleArgs) -> Console {
    Console { stats: args.stats, ..said(args.progress, args.quiet, args.color) }
}

/// As [`console`], of commands that convert and search nothing.
pub(super) fn messages(args: &MessageArgs) -> Console {
    said(args.progress, args.quiet, args.color)
}

fn said(progress: When, quiet: bool, color: When) -> Console {
    match color {
        When::Auto => {}
        When::Always => ColorChoice::Always.write_global(),
        When::Never => ColorChoice::Never.write_global(),
    }
    let progress = match progress {
        // The bar is on standard error: redirecting standard output does not hide it.
        When::Auto => !quiet && stderr().is_terminal(),
        When::Always => true,
        When::Never => false,
    };
    Console { progress, pages: false, quiet, stats: false }
}
