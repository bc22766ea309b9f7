//! A run that its caller pulls from: the threads, and what they hand over.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::schedule::{Schedule, Step};
use super::worker::Worker;
use super::{Options, Passes, Report};
use crate::error::{Error, Location, Result};
use crate::query::Where;
use crate::sink::Encoder;
use crate::source::{Catalog, Feed, Progress};
use crate::table::{Column, Dictionaries, KeyPath, LinesBuilder, Tally};

/// Threads that read, decode and encode a catalog. Dropping it stops them; it does not wait for
/// them, because one may be reading from a pipe in which nothing comes.
pub struct Running {
    schedule: Arc<Schedule>,
    handles: Vec<JoinHandle<()>>,
}

/// Starts the threads that encode every selected line of a catalog.
///
/// # Errors
/// A thread cannot be started.
pub fn start(
    catalog: &Arc<Catalog>,
    dictionaries: &Arc<Dictionaries>,
    encoder: &Arc<dyn Encoder>,
    options: &Options,
) -> Result<Running> {
    let threads = options.threads.max(1);
    // Large runs first only if rows are searched, filtered or counted: then most of what is read ahead is
    // dropped and need not be held.
    let tests_rows = options.selection.as_ref().is_some_and(|selection| selection.tests_rows());
    let runs = Feed::plan(catalog);
    let workers = if runs.is_empty() { 0 } else { threads };
    let schedule = Schedule::new(
        runs,
        catalog,
        threads,
        &**encoder,
        options,
        tests_rows || !encoder.wants_rows(),
    );
    let mut rows = LinesBuilder::new(options.ansi, options.keep_raw).in_zone(options.zone.clone());
    if let Some(keys) = &options.keys {
        rows = rows.with_keys(keys);
    }
    if let Some(built) = built_columns(options) {
        rows = rows.of_columns(&built).of_keys(&built_keys(options, &built));
    }
    // A search looks at them as well.
    let is_search = options.selection.as_ref().is_some_and(|selection| selection.matcher.is_some());
    if !encoder.uses_records() && !is_search && options.observer.is_none() {
        rows = rows.without_records();
    }
    let mut running = Running { schedule: Arc::new(schedule), handles: Vec::new() };
    for number in 0..workers {
        let schedule = Arc::clone(&running.schedule);
        let worker = Worker::new(&schedule, dictionaries, encoder, rows.sibling(), options);
        let body = move || {
            // Otherwise the caller would wait forever for the portion that this worker has.
            if catch_unwind(AssertUnwindSafe(|| worker.run())).is_err() {
                schedule.fail(Error::new("internal error", Location::default(), "a thread failed"));
            }
        };
        let handle = thread::Builder::new().name(format!("ripsaw-{number}")).spawn(body);
        let cannot_start = |e| Error::io("cannot start a thread", Location::default(), e);
        // On an error `running` is dropped, which stops the threads that have been started.
        running.handles.push(handle.map_err(cannot_start)?);
    }
    Ok(running)
}

/// The columns that must be built: those that are wanted, and those that are looked at to select
/// rows; `None`: all.
fn built_columns(options: &Options) -> Option<Vec<usize>> {
    let mut columns = options.columns.as_deref().or(options.looked_at.as_deref())?.to_vec();
    columns.extend(options.selection.iter().flat_map(|selection| selection.columns()));
    columns.extend(options.observer.iter().flat_map(|observer| &*observer.columns));
    let reads_extra = options.dedupe.is_some() || !options.key_texts.is_empty();
    columns.extend(reads_extra.then_some(Column::Extra.index()));
    // The row that ends an entry counts by its text.
    columns.extend(options.receipt.then_some(Column::Message.index()));
    Some(columns)
}

/// The columns of keys that must be built, by place: these, those that paths lead to, and those that select rows.
fn built_keys(options: &Options, built: &[usize]) -> Vec<Vec<usize>> {
    let Some(schema) = &options.keys else { return Vec::new() };
    let of_columns = built.iter().filter_map(|column| column.checked_sub(Column::ALL.len()));
    let of_paths = options.paths.iter().map(KeyPath::places);
    let wheres = options.selection.iter().flat_map(|selection| &selection.filter.wheres);
    let of_filters = wheres.flat_map(Where::keys).filter_map(|path| path.first());
    // Duplicates are told by one as well.
    let looked_at = of_filters.chain(&options.dedupe);
    let looked_at = looked_at.filter_map(|key| schema.keys.iter().position(|own| own.key == *key));
    of_columns.chain(looked_at).map(|place| vec![place]).chain(of_paths).collect()
}

impl Running {
    /// What comes next; [`Step::Nothing`] if it has not come within `patience`.
    ///
    /// # Errors
    /// A block that cannot be encoded; with [`Options::strict`], the first malformed line. The run
    /// is over then.
    pub fn next(&mut self, patience: Duration) -> Result<Step> {
        self.schedule.next_block(patience)
    }

    /// How far the reading has come.
    pub fn progress(&self) -> &Progress {
        self.schedule.progress()
    }

    /// Ends the run where it is: the next step is its end.
    pub fn end(&mut self) {
        self.schedule.end();
    }

    /// Waits for the threads of a run that has come to its [end](Step::End), unless it ended before the
    /// input: then one may be reading from a pipe in which nothing comes.
    pub fn finish(mut self, tallies: Vec<Tally>) -> Report {
        let is_whole = !self.schedule.has_ended();
        for handle in self.handles.drain(..).filter(|_| is_whole) {
            // A panic has become an error already.
            let _ = handle.join();
        }
        let transcoded = self.progress().transcoded.load(Ordering::Relaxed);
        let passes: Passes = self.schedule.passes();
        Report { tallies, passes, transcoded, is_whole }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.schedule.stop();
    }
}
