//! A run of the pipeline: opened, watched and counted.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use ripsaw::batch::{Dictionaries, Malformed, Tally, entries_batch};
use ripsaw::error::{Error, Location, Result};
use ripsaw::format::FORMATS;
use ripsaw::json::Mapping;
use ripsaw::pipeline::{self, Report, Watcher};
use ripsaw::query::Selection;
use ripsaw::sink::Sink;
use ripsaw::source::{Catalog, Entry, Progress};

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
    pub(super) catalog: Arc<Catalog>,
    dictionaries: Arc<Dictionaries>,
    pub(super) started: Instant,
    options: pipeline::Options,
    /// What was asked for, if it is to be said where there is nothing of it.
    asked: Option<Arc<Selection>>,
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
    /// Lists the inputs.
    pub(super) fn open(reading: &Reading, console: Console) -> Result<Self> {
        let started = Instant::now();
        let mut catalog = reading.open()?;
        let mut options = reading.pipeline.clone();
        let has_receipt = options.receipt;
        let names = |catalog: &Catalog| -> Vec<(String, String)> {
            let name = |entry: &Entry| (catalog.bundle_of(entry).to_owned(), entry.path.clone());
            catalog.entries.iter().filter(|_| has_receipt).map(name).collect()
        };
        let mut skipped_names = names(&catalog);
        if reading.maps_keys && reading.warns {
            warn_of_map(&catalog);
        }
        if let Some(selection) = &mut options.selection {
            let selection = Arc::make_mut(selection);
            if let Some(times) = &reading.filters.times_of_day {
                set_times_of_day(times, reading, &catalog, &mut selection.filter)?;
            }
            if reading.warns {
                unmatched::warn_of_entries(&reading.filters, &catalog);
            }
            let skipped = selection.plan(&mut catalog);
            if reading.explain {
                report::note(selection.explain(catalog.entries.len(), skipped).trim_end());
            }
        }
        let mut kept = names(&catalog).into_iter().peekable();
        skipped_names.retain(|name| kept.next_if_eq(name).is_none());
        let catalog = Arc::new(catalog);
        let asked = options.selection.clone().filter(|_| reading.warns);
        if reading.marks_only {
            options.selection = None;
        }
        let dictionaries = Arc::new(Dictionaries::new(&catalog));
        let skipped = skipped_names;
        let filters = reading.filters.clone();
        let warns = reading.warns;
        Ok(Self {
            catalog,
            dictionaries,
            started,
            options,
            asked,
            warns,
            filters,
            console,
            skipped,
        })
    }

    /// Says which filters no row passes, where none was selected.
    pub(super) fn warn_of_nothing(&self, interrupt: &Interrupt) -> Result<()> {
        if self.asked.is_none() || self.catalog.entries.is_empty() {
            return Ok(());
        }
        let options = pipeline::Options { selection: self.asked.clone(), ..self.options.clone() };
        let mut watch = Watch {
            catalog: &self.catalog,
            interrupt,
            bar: None,
            rejects: None,
            places: Vec::new(),
        };
        unmatched::warn_of_rows(&self.filters, &self.catalog, &options, &mut watch)
    }

    /// Sends every line into the sink, malformed ones to `rejects` as well.
    pub(super) fn send(
        &self,
        sink: Box<dyn Sink>,
        interrupt: &Interrupt,
        rejects: Option<&mut Rejects>,
    ) -> Result<Outcome> {
        let bar = self.console.progress.then(|| Bar::new(&self.catalog));
        let mut watch =
            Watch { catalog: &self.catalog, interrupt, bar, rejects, places: Vec::new() };
        let report =
            pipeline::run(&self.catalog, &self.dictionaries, sink, &self.options, &mut watch)?;
        if self.warns {
            warn_of_keys(&self.options.mapping);
        }
        Ok(Outcome { report, places: watch.places })
    }

    /// Leaves out the entries of which no row was selected, where rows were; those that could not be
    /// read whole stay.
    pub(super) fn of_selected(self, outcome: &mut Outcome) -> Self {
        let tests_rows = self.options.selection.as_ref().is_some_and(|s| s.tests_rows());
        let mut catalog = match Arc::try_unwrap(self.catalog) {
            Ok(catalog) if tests_rows => catalog,
            Ok(catalog) => return Self { catalog: Arc::new(catalog), ..self },
            Err(catalog) => return Self { catalog, ..self },
        };
        let is_kept = |tally: &Tally| tally.lines > 0 || tally.failure.is_some();
        let mut kept = outcome.report.tallies.iter().map(is_kept);
        catalog.retain(|_, _| kept.next().unwrap_or(true));
        outcome.report.tallies.retain(is_kept);
        let dictionaries = Arc::new(Dictionaries::new(&catalog));
        Self { catalog: Arc::new(catalog), dictionaries, ..self }
    }

    /// The table `entries`.
    pub(super) fn entries(&self, outcome: &Outcome) -> RecordBatch {
        let tallies = &outcome.report.tallies;
        entries_batch(&self.catalog, &self.dictionaries, tallies)
    }

    /// Prints what `--stats` asks for.
    pub(super) fn print_stats(&self, outcome: &Outcome) {
        if self.console.stats {
            report::stats(&outcome.report, self.options.threads);
        }
    }

    /// The exit code: whether all was read.
    pub(super) fn exit(&self, outcome: &Outcome) -> Exit {
        let whole = self.catalog.problems.is_empty() && outcome.failures().is_empty();
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
    let formats = catalog.entries.iter().map(|entry| entry.format.map(|at| FORMATS[at].name));
    let uses = |format: Option<&str>| format.is_none_or(|name| MAPPED.contains(&name));
    let mut formats = formats.peekable();
    if formats.peek().is_some() && !formats.any(uses) {
        let cause = format!("no entry is of a format that it is for: {}", MAPPED.join(", "));
        report::warning(
            &Error::new("--map", Location::default(), cause).with_hint(
                "ripsaw ls --formats says what each file is; --format ndjson forces one",
            ),
        );
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
