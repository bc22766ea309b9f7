//! A run of the pipeline: opened, watched and counted.
//!
//! `convert`, `grep`, `ls` and `bench` all go through [`Run`]: it opens the inputs, applies the filters,
//! warns of arguments without effect, draws the progress bar, and turns what was counted into an exit
//! code. What happens to the rows is the sink's business.

use std::time::Instant;

use arrow::array::RecordBatch;
use ripsaw::error::{Error, Location, Result};
use ripsaw::index::Written;
use ripsaw::json::Mapping;
use ripsaw::pipeline::{Report, Watcher};
use ripsaw::query::{Filter, Selection};
use ripsaw::scan::Scan;
use ripsaw::sink::Sink;
use ripsaw::source::{Catalog, Entry, FormatId, Progress};
use ripsaw::table::{Malformed, Tally};

use super::day::set_times_of_day;
use super::exit::Exit;
use super::filter::Filters;
use super::interrupt::Interrupt;
use super::key_names::{check_names, search_keys, with_columns};
use super::progress::Bar;
use super::rejects::Rejects;
use super::report;
use super::settings::{Console, Reading};
use super::unmatched;

/// Malformed lines that a summary lists with place and reason; the others are only counted.
const PLACES: usize = 5;

/// The inputs, opened, and what is to be done with their lines.
pub(super) struct Run {
    /// The inputs without the entries that filters exclude by path.
    pub(super) scan: Scan,
    /// When the command began to open the inputs; the summary's time counts from here.
    pub(super) started: Instant,
    /// The filters and the pattern, with times of day resolved; empty if none were given.
    pub(super) selection: Selection,
    /// Warn of filters, globs and keys that match nothing.
    warns: bool,
    /// Runs write the indexes that are missing.
    indexes: bool,
    /// Runs print their plan.
    explains: bool,
    /// The filters as they were given, for warnings that quote them.
    filters: Filters,
    /// Whether to draw a progress bar and to print `--stats`.
    console: Console,
    /// Bundles and paths of the entries that a filter excludes by path; filled only if a receipt is wanted.
    pub(super) skipped: Vec<(String, String)>,
}

/// What a run found.
pub(super) struct Outcome {
    /// The counts of each entry, in the order of the catalog.
    pub(super) report: Report,
    /// The first malformed lines, at most [`PLACES`], without their bytes.
    pub(super) places: Vec<Malformed>,
}

impl Run {
    /// Opens the inputs, resolves what depends on them (the day of `--since 10:15`), warns of globs that
    /// match no entry, and leaves out the entries that the filters exclude.
    pub(super) fn open(reading: &Reading, console: Console) -> Result<Self> {
        Self::open_as(reading, console, Reading::open)
    }

    /// As [`open`](Self::open); `open` opens the inputs, perhaps only some of them.
    pub(super) fn open_as(
        reading: &Reading,
        console: Console,
        open: impl FnOnce(&Reading) -> Result<Scan>,
    ) -> Result<Self> {
        let started = Instant::now();
        let mut scan = open(reading)?;
        // Without a selection (as in `bench`), or anything to read, there is nothing to warn of.
        let warns = reading.warns && reading.selection.is_some() && !scan.entries().is_empty();
        let mut selection = reading.selection.clone().unwrap_or_default();
        let has_receipt = reading.options.pipeline.receipt;
        // Names of all entries cost memory in large archives, so they are collected only for a receipt.
        let names = |scan: &Scan| -> Vec<(String, String)> {
            let catalog = scan.catalog();
            let name = |entry: &Entry| (catalog.bundle_of(entry).to_owned(), entry.path.clone());
            catalog.entries.iter().filter(|_| has_receipt).map(name).collect()
        };
        // All entries for now; those that are read are removed below.
        let mut skipped = names(&scan);
        // These three look at the catalog before filters shorten it: a glob that matches nothing is
        // compared with all names.
        if reading.maps_keys && reading.warns {
            warn_of_map(&scan);
        }
        warn_of_names(reading, &selection.filter, &scan)?;
        warn_of_index(reading);
        if let Some(times) = &reading.filters.times_of_day {
            set_times_of_day(times, &scan, &mut selection.filter)?;
        }
        if warns {
            unmatched::warn_of_entries(&reading.filters, scan.catalog());
        }
        // With context lines the sink needs all rows of an entry, so only paths may exclude anything.
        scan = match reading.marks_only {
            true => scan.admit(&selection),
            false => scan.select(selection.clone()),
        };
        // After the entries are known: some formats name the stage in each row, not in the path.
        selection = selection.with_stages_of(scan.catalog());
        scan = with_columns(scan, &reading.keys, &reading.columns)?;
        if !reading.marks_only {
            scan = search_keys(scan, &selection);
        }
        // The sink tests the rows itself, so the columns of the filters must be built as well.
        let mut looked_at = reading.looked_at.clone();
        if let Some(columns) = looked_at.as_mut().filter(|_| reading.marks_only) {
            columns.extend(selection.columns());
        }
        scan = scan.looking_at(looked_at.as_deref());
        // Both lists are in catalog order, and the second is a subsequence of the first.
        let mut kept = names(&scan).into_iter().peekable();
        skipped.retain(|name| kept.next_if_eq(name).is_none());
        Ok(Self {
            scan,
            started,
            selection,
            warns,
            indexes: reading.indexes,
            explains: reading.explain,
            filters: reading.filters.clone(),
            console,
            skipped,
        })
    }

    /// The bundles, and the entries that were not excluded by path.
    pub(super) fn catalog(&self) -> &Catalog {
        self.scan.catalog()
    }

    /// Warns of the filters that no row passes. Called if no row was selected; reads the input again to find
    /// out.
    pub(super) fn warn_of_nothing(&self, interrupt: &Interrupt) -> Result<()> {
        // If no entry is left, the globs were warned of when the inputs were opened.
        if !self.warns || self.scan.entries().is_empty() {
            return Ok(());
        }
        let mut watch = self.watch(interrupt, None, None);
        unmatched::warn_of_rows(&self.filters, &self.scan, &self.selection, &mut watch)
    }

    /// Sends every selected row into the sink, and malformed lines to `rejects` as well.
    pub(super) fn send(
        &self,
        sink: Box<dyn Sink>,
        interrupt: &Interrupt,
        rejects: Option<&mut Rejects>,
    ) -> Result<Outcome> {
        if self.explains {
            explain(&self.scan, &self.selection, !sink.encoder().wants_rows());
        }
        let bar = self.console.progress.then(|| Bar::new(self.catalog()));
        let mut watch = self.watch(interrupt, bar, rejects);
        let report = self.scan.run(sink, &mut watch)?;
        if self.indexes && !self.console.quiet {
            tell_of_indexes(&self.scan);
        }
        // Only after the run is it known which keys the objects have.
        if self.warns {
            warn_of_keys(&self.scan.options().mapping);
        }
        Ok(Outcome { report, places: watch.places })
    }

    /// Writes the indexes that are missing, or all `anew`.
    pub(super) fn index(&self, interrupt: &Interrupt, anew: bool) -> Result<Vec<Written>> {
        let bar = self.console.progress.then(|| Bar::new(self.catalog()));
        self.scan.build_indexes(anew, &mut self.watch(interrupt, bar, None))
    }

    /// A watcher for one pass over the inputs.
    fn watch<'a>(
        &'a self,
        interrupt: &'a Interrupt,
        bar: Option<Bar>,
        rejects: Option<&'a mut Rejects>,
    ) -> Watch<'a> {
        Watch { catalog: self.catalog(), interrupt, bar, rejects, places: Vec::new() }
    }

    /// Leaves out the entries of which no row was selected, if rows were selected at all. Entries that could
    /// not be read completely stay, so that their errors are shown.
    pub(super) fn of_selected(mut self, outcome: &mut Outcome) -> Self {
        if self.scan.tests_rows() {
            let is_kept = |tally: &Tally| tally.lines > 0 || tally.failure.is_some();
            // `retain` visits the entries in order; the tallies have the same order.
            let mut kept = outcome.report.tallies.iter().map(is_kept);
            self.scan.retain(|_, _| kept.next().unwrap_or(true));
            outcome.report.tallies.retain(is_kept);
        }
        self
    }

    /// Whether rows are tested, not only paths.
    pub(super) fn tests_rows(&self) -> bool {
        self.scan.tests_rows()
    }

    /// The table `entries`: one row per entry, with its counts.
    pub(super) fn entries(&self, outcome: &Outcome) -> RecordBatch {
        self.scan.entries_batch(&outcome.report)
    }

    /// Prints what `--stats` asks for: parser misses, time per pass, peak memory.
    pub(super) fn print_stats(&self, outcome: &Outcome) {
        if self.console.stats {
            report::stats(&outcome.report, self.scan.options().threads);
        }
    }

    /// `Failed` if an input could not be listed or an entry not be read completely; malformed lines alone are
    /// `Done`.
    pub(super) fn exit(&self, outcome: &Outcome) -> Exit {
        let whole = self.catalog().problems.is_empty() && outcome.failures().is_empty();
        if whole { Exit::Done } else { Exit::Failed }
    }
}

impl Outcome {
    /// The entries that could not be read completely, by index in the catalog, and why.
    pub(super) fn failures(&self) -> Vec<(usize, &str)> {
        let tallies = self.report.tallies.iter().enumerate();
        tallies.filter_map(|(entry, tally)| Some((entry, tally.failure.as_deref()?))).collect()
    }

    /// Lines that could not be parsed, whether or not filters left them out. The error rows that end damaged
    /// entries do not count.
    pub(super) fn malformed_lines(&self) -> u64 {
        self.malformed_rows() + self.malformed_left_out()
    }

    /// Malformed lines whose rows are in the output.
    pub(super) fn malformed_rows(&self) -> u64 {
        self.report.tallies.iter().map(|tally| tally.malformed_rows().unsigned_abs()).sum()
    }

    /// Malformed lines whose rows the filters left out.
    pub(super) fn malformed_left_out(&self) -> u64 {
        self.report.tallies.iter().map(|tally| tally.malformed_left_out.unsigned_abs()).sum()
    }
}

/// Prints the query plan.
fn explain(scan: &Scan, selection: &Selection, counts_only: bool) {
    let entries = scan.entries().len();
    let mut text = selection.explain(entries, scan.skipped());
    if let Some(pruned) = scan.pruned(counts_only) {
        text.push_str(&pruned.explain(entries));
    }
    if let Some(pruned) = scan.pruned_units() {
        text.push_str(if text.ends_with('\n') { "" } else { "\n" });
        text.push_str(&pruned.explain());
    }
    report::note(text.trim_end());
}

/// Refuses names in filters that are not columns, and warns of keys that no record has.
fn warn_of_names(reading: &Reading, filter: &Filter, scan: &Scan) -> Result<()> {
    if !reading.continues {
        check_names(filter, &reading.key_texts, scan)?.iter().for_each(report::warning);
    }
    Ok(())
}

/// Warns of `--index` if nothing can have one.
fn warn_of_index(reading: &Reading) {
    if reading.indexes && reading.inputs.iter().all(|input| input == "-") {
        let cause = "standard input is in no file, so it gets no index";
        report::warning(&Error::new("--index", Location::default(), cause));
    }
}

/// Says which indexes a run has written.
fn tell_of_indexes(scan: &Scan) {
    match scan.written_indexes() {
        Some(written) => written.iter().for_each(report::index),
        None => report::note("no index was written, since not all was read"),
    }
}

/// Warns of `--map` if no entry has a format to which it applies.
fn warn_of_map(scan: &Scan) {
    // No entries at all is reported elsewhere.
    if !scan.entries().is_empty() && !scan.has_keys() {
        let formats = FormatId::all().filter(|format| format.has_keys());
        let names: Vec<&str> = formats.map(|format| format.format().name).collect();
        let cause = format!("no entry has a format that it applies to: {}", names.join(", "));
        report::warning(&Error::new("--map", Location::default(), cause).with_hint(
            "ripsaw ls --formats shows the format of each file; --format ndjson forces one",
        ));
    }
}

/// Warns of keys named by `--map` that no object has, such as a misspelled `message=boddy`.
fn warn_of_keys(mapping: &Mapping) {
    for key in mapping.unfound() {
        let cause = format!("no record has the key {key:?}");
        report::warning(&Error::new("--map", Location::default(), cause));
    }
}

/// What the command does while the pipeline runs: draws, collects malformed lines, and asks for an end.
struct Watch<'a> {
    /// Names the entries of malformed lines.
    catalog: &'a Catalog,
    /// Ends the run if the user asked for it.
    interrupt: &'a Interrupt,
    /// `None` if no progress is shown.
    bar: Option<Bar>,
    /// Where malformed lines are written, with `--rejects`.
    rejects: Option<&'a mut Rejects>,
    /// The malformed lines for the summary so far.
    places: Vec<Malformed>,
}

impl Watcher for Watch<'_> {
    /// `false` ends the run: the pipeline polls this several times a second.
    fn progress(&mut self, progress: &Progress) -> bool {
        if let Some(bar) = &mut self.bar {
            bar.show(progress);
        }
        !self.interrupt.is_requested()
    }

    /// Clears the bar: sorted lines and sums are printed now, perhaps in a pager.
    fn end(&mut self) {
        self.bar = None;
    }

    /// Keeps the first places for the summary. The row that ends a damaged entry is not one of them: it has
    /// an error message of its own.
    fn malformed(&mut self, lines: Vec<Malformed>) -> Result<()> {
        let room = PLACES - self.places.len();
        let named = lines.iter().filter(|line| line.is_selected && !line.ends_entry).take(room);
        // Without the bytes: a line may have 512 MiB, and only its place is printed.
        self.places.extend(named.map(|line| Malformed { raw: None, ..line.clone() }));
        match &mut self.rejects {
            Some(rejects) => rejects.write(self.catalog, lines),
            None => Ok(()),
        }
    }
}
