//! The spine that joins source to sink; the only place that starts threads, but for the look at the
//! beginnings of files (`format::survey`).
//!
//! Workers continue entries they have started, else encode a full block, else start the next entries.
//! One thread, the caller's, appends the blocks in order. What is read ahead is bounded, so memory
//! depends on the number of threads and not on the input; how rows are cut into blocks depends on the
//! input and not on the threads, so any number of threads gives the same bytes. `schedule` explains
//! the rules.

mod cutter;
mod running;
mod schedule;
mod unique;
mod worker;
mod order;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;

use crate::error::{Error, Location, Result};
use crate::json::Mapping;
use crate::query::{KeyText, Selection};
use crate::record::zone::Zone;
use crate::sink::{Block, Encoder, Flow, Sink};
use crate::source::{Catalog, Progress};
use crate::table::{
    Dictionaries, KeyPath, KeySchema, LinesBuilder, Malformed, MessageAnsi, Tally, append_fields,
};
pub use cutter::BLOCK_BYTES;
pub use running::{Running, start};
pub use schedule::Step;

/// How a bundle is converted.
#[derive(Debug, Clone)]
pub struct Options {
    /// Worker threads, at least one.
    pub threads: usize,
    /// What happens to escape sequences in messages.
    pub ansi: MessageAnsi,
    /// Stop at the first line that is no record.
    pub strict: bool,
    /// Give [`Watcher::malformed`] every malformed line, with its bytes; else only some of them.
    pub keep_raw: bool,
    /// The rows that are wanted; `None`: all.
    pub selection: Option<Arc<Selection>>,
    /// The columns that the encoder is given, by index in the table `lines` and in this order; `None`:
    /// all.
    pub columns: Option<Arc<[usize]>>,
    /// The columns that the encoder looks at, if it is given all: the others may be null. `None`: all.
    pub looked_at: Option<Arc<[usize]>>,
    /// Give the encoder the lines of the rows as they were.
    pub raw: bool,
    /// Give the encoder the offsets of those lines in the text of their entries.
    pub offsets: bool,
    /// Looks at all rows as well.
    pub observer: Option<Observer>,
    /// Of rows with the same value of this member of `extra`, keep the first.
    pub dedupe: Option<String>,
    /// Count the lines of the text as well, for a receipt.
    pub receipt: bool,
    /// Count jumps of counters and clocks as well: [`Tally::continuity`].
    pub continuity: bool,
    /// Keys of JSON objects that are no platform's.
    pub mapping: Mapping,
    /// The zone of times without an offset.
    pub zone: Zone,
    /// The keys of generic JSON that are columns; `None`: they are in `extra`.
    pub keys: Option<Arc<KeySchema>>,
    /// Members of structs that are columns after those.
    pub paths: Arc<[KeyPath]>,
    /// Keys in `extra` that are columns of text after the fixed ones.
    pub key_texts: Arc<[KeyText]>,
}

impl Default for Options {
    fn default() -> Self {
        let threads = thread::available_parallelism().map_or(1, Into::into);
        let ansi = MessageAnsi::Strip;
        Self {
            threads,
            ansi,
            strict: false,
            keep_raw: false,
            selection: None,
            columns: None,
            looked_at: None,
            raw: false,
            offsets: false,
            observer: None,
            dedupe: None,
            receipt: false,
            continuity: false,
            mapping: Mapping::default(),
            zone: Zone::default(),
            keys: None,
            paths: Arc::default(),
            key_texts: Arc::default(),
        }
    }
}

impl Options {
    /// The same for a pass over all rows that only looks at them.
    #[must_use]
    pub fn of_all_rows(&self) -> Self {
        Self {
            selection: None,
            strict: false,
            keep_raw: false,
            raw: false,
            offsets: false,
            observer: None,
            dedupe: None,
            looked_at: None,
            ..self.clone()
        }
    }
}

/// Looks at all rows before any are selected, on the threads that make them: for what is written beside an
/// output. All lines are decoded for it.
#[derive(Clone)]
pub struct Observer {
    /// Makes a block of each batch, which has its [parts](crate::table::Lines::parts); the watcher
    /// [is given](Watcher::observed) the blocks.
    pub encoder: Arc<dyn Encoder>,
    /// The columns that it looks at, by index in the table `lines`.
    pub columns: Arc<[usize]>,
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").field("columns", &self.columns).finish_non_exhaustive()
    }
}

/// What the caller sees while a conversion runs. Called on the caller's thread.
pub trait Watcher {
    /// Called ten times a second or more; `false` stops the run with an interruption.
    fn progress(&mut self, _progress: &Progress) -> bool {
        true
    }

    /// Called once when the sink has all rows, before it writes what had to wait for that.
    fn end(&mut self) {}

    /// Malformed lines, in the order of the input: all with [`Options::keep_raw`], else at least the
    /// first [`NAMED`](crate::table::NAMED).
    ///
    /// # Errors
    /// End the run.
    fn malformed(&mut self, _lines: Vec<Malformed>) -> Result<()> {
        Ok(())
    }

    /// A block of the [observer](Options::observer), in the order of the input.
    ///
    /// # Errors
    /// End the run.
    fn observed(&mut self, _block: Block) -> Result<()> {
        Ok(())
    }
}

/// Nobody watches.
impl Watcher for () {}

/// What was counted, by entry of the catalog.
#[derive(Debug)]
pub struct Report {
    /// Counts of every entry.
    pub tallies: Vec<Tally>,
    /// Where the time went.
    pub passes: Passes,
    /// Entries that were decoded from UTF-16 or UTF-32.
    pub transcoded: u64,
    /// The input was read to its end, and not only until enough was seen.
    pub is_whole: bool,
}

/// Time in every pass, added up over threads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passes {
    /// Reading and inflating.
    pub read: Duration,
    /// From text to columns.
    pub parse: Duration,
    /// From columns to blocks of the output.
    pub encode: Duration,
    /// Workers that had nothing to do.
    pub wait: Duration,
    /// Appending blocks to the output, on the caller's thread.
    pub append: Duration,
}

impl Passes {
    fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.parse += other.parse;
        self.encode += other.encode;
        self.wait += other.wait;
        self.append += other.append;
    }
}

/// Does some work and adds the time it takes.
fn timed<T>(time: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *time += start.elapsed();
    result
}

impl Report {
    /// The sums over all entries.
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.tallies.iter().for_each(|tally| total.add(tally));
        total
    }
}

/// How long the caller waits for a step before it asks the watcher again.
const TICK: Duration = Duration::from_millis(50);

/// Converts every line of the catalog into the sink.
///
/// # Errors
/// The output's; with `strict`, the first malformed line; an interruption by the watcher. An entry
/// that cannot be read is no error here: it has an error row and a [`Tally::failure`].
pub fn run(
    catalog: &Arc<Catalog>,
    dictionaries: &Arc<Dictionaries>,
    mut sink: Box<dyn Sink>,
    options: &Options,
    watcher: &mut impl Watcher,
) -> Result<Report> {
    // Before the first row: formats with a header of dictionaries need all of their values.
    sink.begin(&empty_batch(dictionaries, options)?).map_err(cannot_write)?;
    let mut running = start(catalog, dictionaries, &sink.encoder(), options)?;
    let mut append = Duration::ZERO;
    // Something was written and not flushed: what comes before the rows at first.
    let mut is_held = true;
    let tallies = loop {
        let mut step = running.next(Duration::ZERO)?;
        if let Step::Nothing = step {
            // Who reads the output need not wait for what comes next.
            if std::mem::take(&mut is_held) {
                timed(&mut append, || sink.flush()).map_err(cannot_write)?;
            }
            step = running.next(TICK)?;
        }
        // After every step, also one without news, so that an interruption takes effect even while
        // nothing arrives.
        if !watcher.progress(running.progress()) {
            return Err(Error::interrupted());
        }
        match step {
            Step::Malformed(lines) => watcher.malformed(lines)?,
            Step::Observed(block) => watcher.observed(block)?,
            Step::Block(block) => {
                is_held = true;
                match timed(&mut append, || sink.append(block)).map_err(cannot_write)? {
                    Flow::Continue => {}
                    Flow::Stop => running.end(),
                }
            }
            Step::Nothing => {}
            Step::End(tallies) => break tallies,
        }
    };
    let report = running.finish(tallies);
    watcher.end();
    timed(&mut append, || sink.finish()).map_err(cannot_write)?;
    Ok(Report { passes: Passes { append, ..report.passes }, ..report })
}

/// A batch without rows, but with all dictionaries.
fn empty_batch(dictionaries: &Dictionaries, options: &Options) -> Result<RecordBatch> {
    let mut rows = LinesBuilder::new(MessageAnsi::default(), false);
    if let Some(keys) = &options.keys {
        rows = rows.with_keys(keys);
    }
    let all = rows.finish(dictionaries).batch;
    let all = add_keys(all, &options.paths, &options.key_texts).map_err(cannot_write)?;
    project(all, options.columns.as_deref()).map_err(cannot_write)
}

/// The batch with the columns of paths, then of texts, after its own.
fn add_keys(batch: RecordBatch, paths: &[KeyPath], texts: &[KeyText]) -> io::Result<RecordBatch> {
    if paths.is_empty() && texts.is_empty() {
        return Ok(batch);
    }
    let fields = paths.iter().map(|path| path.field().clone());
    let schema = append_fields(batch.schema_ref(), fields.chain(texts.iter().map(KeyText::field)));
    let mut columns = batch.columns().to_vec();
    columns.extend(paths.iter().map(|path| path.column(&batch)));
    columns.extend(texts.iter().map(|text| text.column(&batch)));
    RecordBatch::try_new(schema, columns).map_err(io::Error::other)
}

/// The columns that are wanted of a batch of the table `lines`.
fn project(batch: RecordBatch, columns: Option<&[usize]>) -> io::Result<RecordBatch> {
    match columns {
        Some(columns) => batch.project(columns).map_err(io::Error::other),
        None => Ok(batch),
    }
}

/// An error of the output; one that says what it is stays as it is.
pub(crate) fn cannot_write(cause: io::Error) -> Error {
    let cause = match cause.downcast::<Error>() {
        Ok(error) => return error,
        Err(cause) => cause,
    };
    let full = cause.kind() == io::ErrorKind::StorageFull;
    let error = Error::io("cannot write the output", Location::default(), cause);
    if full { error.with_hint("free some space, or write to another disk") } else { error }
}
