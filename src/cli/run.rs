//! A run of the pipeline: opened, watched and counted.

use std::time::Instant;

use arrow::array::RecordBatch;
use ripsaw::error::{Error, Location, Result};
use ripsaw::json::Mapping;
use ripsaw::pipeline::{Report, Watcher};
use ripsaw::query::Selection;
use ripsaw::scan::Scan;
use ripsaw::sink::Sink;
use ripsaw::source::{Catalog, Entry, Progress};
use ripsaw::table::{Malformed, Tally};

use super::day::set_times_of_day;
use super::exit::Exit;
use super::filter::Filters;
use super::interrupt::Interrupt;
use super::progress::Bar;
use super::rejects::Rejects;
use super::report;
use super::settings::{Console, Reading};
use super::unmatched;

/// Malformed lines that a summary names.
const PLACES: usize = 5;

/// The inputs, opened, and what is to be done with their lines.
pub(super) struct Run {
    pub(super) scan: Scan,
    pub(super) started: Instant,
    /// What was asked for.
    pub(super) selection: Selection,
    /// Warn of what has no effect.
    warns: bool,
    filters: Filters,
    console: Console,
    /// Bundles and paths of entries that a filter on paths leaves out, where a receipt is asked for.
    pub(super) skipped: Vec<(String, String)>,
}

/// What a run found.
pub(super) struct Outcome {
    /// What was counted.
    pub(super) report: Report,
    /// The first malformed lines.
    pub(super) places: Vec<Malformed>,
}

impl Run {
    /// Opens the inputs.
    pub(super) fn open(reading: &Reading, console: Console) -> Result<Self> {
        let started = Instant::now();
        let mut scan = reading.open()?;
        let warns = reading.warns && reading.selection.is_some();
        let mut selection = reading.selection.clone().unwrap_or_default();
        let has_receipt = reading.options.pipeline.receipt;
        let names = |scan: &Scan| -> Vec<(String, String)> {
            let catalog = scan.catalog();
            let name = |entry: &Entry| (catalog.bundle_of(entry).to_owned(), entry.path.clone());
            catalog.entries.iter().filter(|_| has_receipt).map(name).collect()
        };
        let mut skipped = names(&scan);
        if reading.maps_keys && reading.warns {
            warn_of_map(scan.catalog());
        }
        if let Some(times) = &reading.filters.times_of_day {
            set_times_of_day(times, &scan, &mut selection.filter)?;
        }
        if warns {
            unmatched::warn_of_entries(&reading.filters, scan.catalog());
        }
        scan = match reading.marks_only {
            true => scan.admit(&selection),
            false => scan.select(selection.clone()),
        };
        selection = selection.with_stages_of(scan.catalog());
        if !reading.columns.is_empty() {
            scan = scan.columns(reading.columns.iter().cloned());
        }
        let mut looked_at = reading.looked_at.clone();
        if let Some(columns) = looked_at.as_mut().filter(|_| reading.marks_only) {
            columns.extend(selection.columns());
        }
        scan = scan.looking_at(looked_at.as_deref());
        if reading.explain {
            let text = selection.explain(scan.entries().len(), scan.skipped());
            report::note(text.trim_end());
        }
        let mut kept = names(&scan).into_iter().peekable();
        skipped.retain(|name| kept.next_if_eq(name).is_none());
        Ok(Self {
            scan,
            started,
            selection,
            warns,
            filters: reading.filters.clone(),
            console,
            skipped,
        })
    }

    /// The bundles and their entries.
    pub(super) fn catalog(&self) -> &Catalog {
        self.scan.catalog()
    }

    /// Says which filters no row passes, where none was selected.
    pub(super) fn warn_of_nothing(&self, interrupt: &Interrupt) -> Result<()> {
        if !self.warns || self.scan.entries().is_empty() {
            return Ok(());
        }
        let mut watch = self.watch(interrupt, None, None);
        unmatched::warn_of_rows(&self.filters, &self.scan, &self.selection, &mut watch)
    }

    /// Sends every line into the sink, malformed ones to `rejects` as well.
    pub(super) fn send(
        &self,
        sink: Box<dyn Sink>,
        interrupt: &Interrupt,
        rejects: Option<&mut Rejects>,
    ) -> Result<Outcome> {
        let bar = self.console.progress.then(|| Bar::new(self.catalog()));
        let mut watch = self.watch(interrupt, bar, rejects);
        let report = self.scan.run(sink, &mut watch)?;
        if self.warns {
            warn_of_keys(&self.scan.options().mapping);
        }
        Ok(Outcome { report, places: watch.places })
    }

    fn watch<'a>(
        &'a self,
        interrupt: &'a Interrupt,
        bar: Option<Bar>,
        rejects: Option<&'a mut Rejects>,
    ) -> Watch<'a> {
        Watch { catalog: self.catalog(), interrupt, bar, rejects, places: Vec::new() }
    }

    /// Leaves out the entries of which no row was selected, where rows were; those that could not be
    /// read whole stay.
    pub(super) fn of_selected(mut self, outcome: &mut Outcome) -> Self {
        if self.scan.tests_rows() {
            let is_kept = |tally: &Tally| tally.lines > 0 || tally.failure.is_some();
            let mut kept = outcome.report.tallies.iter().map(is_kept);
            self.scan.retain(|_, _| kept.next().unwrap_or(true));
            outcome.report.tallies.retain(is_kept);
        }
        self
    }

    /// The table `entries`.
    pub(super) fn entries(&self, outcome: &Outcome) -> RecordBatch {
        self.scan.entries_batch(&outcome.report)
    }

    /// Prints what `--stats` asks for.
    pub(super) fn print_stats(&self, outcome: &Outcome) {
        if self.console.stats {
            report::stats(&outcome.report, self.scan.options().threads);
        }
    }

    /// The exit code: whether all was read.
    pub(super) fn exit(&self, outcome: &Outcome) -> Exit {
        let whole = self.catalog().problems.is_empty() && outcome.failures().is_empty();
        if whole { Exit::Done } else { Exit::Failed }
    }
}

impl Outcome {
    /// The entries that could not be read whole, and why.
    pub(super) fn failures(&self) -> Vec<(usize, &str)> {
        let tallies = self.report.tallies.iter().enumerate();
        tallies.filter_map(|(entry, tally)| Some((entry, tally.failure.as_deref()?))).collect()
    }

    /// Lines that are no record. The rows that end an unreadable entry are not among them.
    pub(super) fn malformed_lines(&self) -> u64 {
        self.malformed_rows() + self.malformed_left_out()
    }

    /// Those whose rows are in the output.
    pub(super) fn malformed_rows(&self) -> u64 {
        self.report.tallies.iter().map(|tally| tally.malformed_rows().unsigned_abs()).sum()
    }

    /// Those whose rows were left out.
    pub(super) fn malformed_left_out(&self) -> u64 {
        self.report.tallies.iter().map(|tally| tally.malformed_left_out.unsigned_abs()).sum()
    }
}

/// Formats of which keys can be mapped.
const MAPPED: [&str; 2] = ["ndjson", "json"];

fn warn_of_map(catalog: &Catalog) {
    let formats = catalog.entries.iter().map(|entry| entry.format.map(|id| id.format().name));
    let uses = |format: Option<&str>| format.is_none_or(|name| MAPPED.contains(&name));
    let mut formats = formats.peekable();
    if formats.peek().is_some() && !formats.any(uses) {
        let cause = format!("no entry has a format that it applies to: {}", MAPPED.join(", "));
        report::warning(&Error::new("--map", Location::default(), cause).with_hint(
            "ripsaw ls --formats shows the format of each file; --format ndjson forces one",
        ));
    }
}

/// Warns of keys that were mapped and that no object has.
fn warn_of_keys(mapping: &Mapping) {
    for key in mapping.unfound() {
        let cause = format!("no record has the key {key:?}");
        report::warning(&Error::new("--map", Location::default(), cause));
    }
}

struct Watch<'a> {
    catalog: &'a Catalog,
    interrupt: &'a Interrupt,
    bar: Option<Bar>,
    rejects: Option<&'a mut Rejects>,
    places: Vec<Malformed>,
}

impl Watcher for Watch<'_> {
    fn progress(&mut self, progress: &Progress) -> bool {
        if let Some(bar) = &mut self.bar {
            bar.show(progress);
        }
        !self.interrupt.is_requested()
    }

    fn malformed(&mut self, lines: Vec<Malformed>) -> Result<()> {
        let room = PLACES - self.places.len();
        let named = lines.iter().filter(|line| line.is_selected && !line.ends_entry).take(room);
        self.places.extend(named.map(|line| Malformed { raw: None, ..line.clone() }));
        match &mut self.rejects {
            Some(rejects) => rejects.write(self.catalog, lines),
            None => Ok(()),
        }
    }
}
