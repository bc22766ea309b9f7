//! Decides what each worker does next, and puts the results back in order. `handover` has what passes
//! through it, `policy` the decisions themselves.
//!
//! One mutex guards all of it and is held for microseconds. A portion passes through these states:
//!
//! ```text
//! unbegun / idle ─take→ taken ─absorb→ waiting ─its turn→ cutter → to_encode → encoded ─→ caller
//!    └──── give_back ────┘                                        (blocks, by number)
//! ```
//!
//! **Order.** A portion is identified by its [`Place`]: the run of entries and the part of that run.
//! Only one worker reads a run at a time; it gives the feed back as soon as it has read, before it
//! decodes, so the parts of one large entry are read in turn but decoded in parallel. Portions are
//! absorbed strictly by place, blocks get their numbers as they are cut, and the caller appends by
//! number. Thus neither the rows of a block nor their order depend on which thread was faster.
//!
//! **Memory.** Workers that run ahead must be held back, or a slow first entry would let the rest of
//! the bundle pile up behind it. Two limits apply before a portion may be taken: `window` bounds the
//! number of portions and blocks, `budget` their bytes (a few portions of very long lines can hold
//! more than a window of usual ones). Two exceptions keep the threads busy:
//! - Everything that waits, waits for the run being absorbed. It may exceed the window by `near`
//!   portions; otherwise, once the window is full of later runs, this run alone would proceed one
//!   portion at a time.
//! - A light portion (a search that found next to nothing) stops counting as taken once decoded.
//!   Otherwise a search would idle behind one large entry although it holds almost no memory.
//!
//! **Why nothing can stall.** Consider the portion at `expected`. If a worker has it, it will be
//! absorbed, because decoding waits for nothing. If not, it may be taken even if portions fill window
//! and budget; only blocks (and malformed lines) already past their turn can prevent that. These
//! drain without it: a free worker encodes blocks unconditionally, and the caller takes malformed
//! lines and what was observed first and then the block that is next, which has been cut before all others. So either the
//! expected portion can be taken or something downstream of it can move. Counting portions against
//! `expected` too would deadlock: those ahead of it wait for it, and it would wait for them.

mod handover;
mod policy;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::cutter::{Cutter, Rows};
use super::order::large_first_of;
use super::unique::Unique;
use super::{Options, Passes};
use crate::error::{Error, Result};
use crate::sink::{Block, Encoder};
use crate::source::{Catalog, Feed, Progress, ReadOptions};
use crate::table::{Malformed, Tally};
pub use handover::Step;
pub(super) use handover::{Content, Decoded, Place, Task};

/// Light portions that may wait without counting towards the window.
const MAX_LIGHT: usize = 4096;

/// Bytes that may be held at once, without those for each thread; above that, nothing is read ahead.
/// Usual portions stay far below. Very long lines reach it, and so do short malformed ones, each of
/// which is kept with its text and the reason.
const HELD_BYTES: usize = 64 << 20;
/// Bytes that may be held in addition for each thread.
const HELD_BYTES_PER_THREAD: usize = 32 << 20;

/// Shared by the workers and the caller.
pub(super) struct Schedule {
    state: Mutex<State>,
    /// Wakes workers and caller after any change that one of them may be waiting for.
    changed: Condvar,
    catalog: Arc<Catalog>,
    progress: Arc<Progress>,
    /// Portions and blocks that may be held at once: one for each thread, and one to be absorbed.
    window: usize,
    /// How many more the run that is being absorbed may have.
    near: u64,
    /// Bytes that may be held at once.
    budget: usize,
    strict: bool,
    /// Reading may take as long as a pipe has nothing.
    is_live: bool,
    /// Blocks may have fewer rows where a pipe pauses.
    cuts_early: bool,
}

/// All that the mutex guards.
struct State {
    /// Consecutive entries, by index in the catalog, that are read as one.
    runs: Vec<Range<usize>>,
    /// Runs not yet started, in the order in which to start them.
    unbegun: VecDeque<usize>,
    /// Runs that have more to read and are not held by a worker, with the part to read next.
    idle: Vec<(Place, Feed)>,
    /// Portions taken but not yet absorbed; light ones only until they are decoded.
    taken: usize,
    /// The portion to be absorbed next.
    expected: Place,
    /// Portions decoded ahead of their turn, and whether each is the last of its run.
    waiting: BTreeMap<Place, (bool, Decoded)>,
    /// How many of those are light, and no longer counted as taken.
    light: usize,
    /// Cuts rows into blocks; `None` if each portion is a block.
    cutter: Option<Cutter>,
    /// The keys seen so far, if only the first row of each is kept.
    unique: Unique,
    /// The columns that go into blocks; `None`: all.
    columns: Option<Arc<[usize]>>,
    /// Blocks cut but not yet taken by an encoder, in order.
    to_encode: VecDeque<(u64, Rows)>,
    /// How many blocks are with encoders now.
    encoding: usize,
    /// The number of the next block to be cut.
    next_number: u64,
    /// Finished blocks that the caller has not taken, with their bytes.
    encoded: BTreeMap<u64, (Block, usize)>,
    /// The number of the block that the caller takes next.
    next_append: u64,
    /// Malformed lines for the caller, with their bytes.
    malformed: VecDeque<(Vec<Malformed>, usize)>,
    /// What an observer made of the rows, for the caller, with its bytes.
    observed: VecDeque<(Block, usize)>,
    /// Bytes decoded ahead of their turn.
    waiting_bytes: usize,
    /// Bytes past their turn: blocks, encoded or not, and malformed lines.
    passed_bytes: usize,
    /// What was counted, by entry.
    tallies: Vec<Tally>,
    /// Times of the workers that have exited.
    passes: Passes,
    /// The caller has gone or been given an error: workers exit.
    stopped: bool,
    /// Enough was seen: the run is over.
    ended: bool,
    /// The first error; the caller takes it.
    failed: Option<Error>,
}

impl Schedule {
    /// A run over `runs`, with nothing begun. `rows_per_block` is the encoder's wish; `large_first`
    /// starts the largest runs first, for searches.
    pub(super) fn new(
        runs: Vec<Range<usize>>,
        catalog: &Arc<Catalog>,
        threads: usize,
        encoder: &dyn Encoder,
        options: &Options,
        large_first: bool,
    ) -> Self {
        let unbegun = if large_first {
            large_first_of(&runs, catalog, threads)
        } else {
            (0..runs.len()).collect()
        };
        let state = State {
            runs,
            unbegun,
            idle: Vec::new(),
            taken: 0,
            expected: (0, 0),
            waiting: BTreeMap::new(),
            light: 0,
            cutter: encoder.rows_per_block().map(Cutter::new),
            unique: Unique::default(),
            columns: options.columns.clone(),
            to_encode: VecDeque::new(),
            encoding: 0,
            next_number: 0,
            encoded: BTreeMap::new(),
            next_append: 0,
            malformed: VecDeque::new(),
            observed: VecDeque::new(),
            waiting_bytes: 0,
            passed_bytes: 0,
            tallies: vec![Tally::default(); catalog.entries.len()],
            passes: Passes::default(),
            stopped: false,
            ended: false,
            failed: None,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            catalog: Arc::clone(catalog),
            progress: Arc::default(),
            window: threads + 1,
            near: (threads as u64).div_ceil(2),
            budget: HELD_BYTES + threads * HELD_BYTES_PER_THREAD,
            strict: options.strict,
            is_live: catalog.has_live(),
            cuts_early: encoder.cuts_early(),
        }
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Waits for something to do; `None` when all is done or the run is stopped.
    pub(super) fn take(&self) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if state.stopped || state.ended || state.failed.is_some() || state.is_drained() {
                return None;
            }
            // Whoever reads from a pipe may be gone for long.
            if self.is_live
                && let Some(task) = state.next_to_encode()
            {
                return Some(task);
            }
            // A large entry inflates on one thread at a time, so it must not wait for encoders.
            if let Some(task) = state.next_of_open_run(self) {
                return Some(task);
            }
            // Encode before starting other runs: the rows of a block hold memory until they are encoded.
            if let Some(task) = state.next_to_encode() {
                return Some(task);
            }
            if let Some(task) = state.next_run(self) {
                return Some(task);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// How text is read.
    pub(super) fn read_options(&self) -> &ReadOptions {
        self.catalog.options()
    }

    /// Gives back a feed that has more to read, for any worker to continue.
    pub(super) fn give_back(&self, feed: Feed, (run, part): Place) {
        self.lock().idle.push(((run, part + 1), feed));
        self.changed.notify_all();
    }

    /// Takes the result of a portion, and absorbs it and those that waited for it when it is its turn. Once
    /// enough was seen it is dropped: the caller has the counts then.
    pub(super) fn absorb(&self, place: Place, last: bool, decoded: Decoded) {
        let mut state = self.lock();
        if state.ended {
            return;
        }
        // Beyond that many, a light portion counts like any other.
        let decoded = Decoded { is_light: decoded.is_light && state.light < MAX_LIGHT, ..decoded };
        if decoded.is_light {
            state.light += 1;
            state.taken -= 1;
        }
        state.waiting_bytes += decoded.bytes;
        state.waiting.insert(place, (last, decoded));
        // This portion may be the one that others wait for: absorb as many as follow without a gap.
        let mut next = state.expected;
        while let Some((last, decoded)) = state.waiting.remove(&next) {
            next = if last { (next.0 + 1, 0) } else { (next.0, next.1 + 1) };
            state.expected = next;
            state.waiting_bytes -= decoded.bytes;
            match decoded.is_light {
                true => state.light -= 1,
                false => state.taken -= 1,
            }
            // The first by the order of the input, not the first that some thread came upon.
            if let (true, Some(first)) = (self.strict, decoded.malformed.first()) {
                state.failed.get_or_insert_with(|| self.refuse(first));
            }
            let is_early = decoded.is_early && self.cuts_early;
            state.apply(decoded);
            if is_early {
                state.cut_rest();
            }
        }
        // After the last portion the cutter gives up the rows that do not fill a block.
        if state.expected.0 == state.runs.len() {
            state.cut_rest();
        }
        // Unlocked first, or the threads that wake would wait for the lock.
        drop(state);
        self.changed.notify_all();
    }

    /// Takes an encoded block of `bytes` bytes, whose rows held `before`.
    pub(super) fn encoded(&self, number: u64, block: Block, bytes: usize, before: usize) {
        let mut state = self.lock();
        state.encoding -= 1;
        state.passed_bytes = state.passed_bytes + bytes - before;
        state.encoded.insert(number, (block, bytes));
        drop(state);
        self.changed.notify_all();
    }

    /// Ends the run with an error; the first one counts.
    pub(super) fn fail(&self, error: Error) {
        self.lock().failed.get_or_insert(error);
        self.changed.notify_all();
    }

    /// Adds the times of a worker that exits.
    pub(super) fn add_times(&self, passes: &Passes) {
        self.lock().passes.add(passes);
    }

    /// The times of the workers that have exited.
    pub(super) fn passes(&self) -> Passes {
        self.lock().passes
    }

    /// Ends the run, for enough was seen.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// Whether the run ended before the input.
    pub(super) fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// Stops the workers, each after what it is doing.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// What the caller should do next; waits up to `patience`, so that progress can be shown.
    pub(super) fn next_block(&self, patience: Duration) -> Result<Step> {
        let mut state = self.lock();
        // Looks twice, before and after it has waited: one wait at most, whatever woke it.
        for waited in [false, true] {
            if let Some(error) = state.failed.take() {
                state.stopped = true;
                return Err(error);
            }
            if state.ended {
                return Ok(Step::End(std::mem::take(&mut state.tallies)));
            }
            // Before blocks, so that they drain even while the next block is still being encoded.
            if let Some((lines, bytes)) = state.malformed.pop_front() {
                state.passed_bytes -= bytes;
                drop(state);
                self.changed.notify_all();
                return Ok(Step::Malformed(lines));
            }
            if let Some((block, bytes)) = state.observed.pop_front() {
                state.passed_bytes -= bytes;
                drop(state);
                self.changed.notify_all();
                return Ok(Step::Observed(block));
            }
            let number = state.next_append;
            if let Some((block, bytes)) = state.encoded.remove(&number) {
                state.next_append += 1;
                state.passed_bytes -= bytes;
                drop(state);
                self.changed.notify_all();
                return Ok(Step::Block(block));
            }
            if state.is_drained() && state.next_append == state.next_number {
                return Ok(Step::End(std::mem::take(&mut state.tallies)));
            }
            if !waited {
                let woken = self.changed.wait_timeout(state, patience);
                state = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        Ok(Step::Nothing)
    }

    /// The error of the first malformed line, with `--strict`.
    fn refuse(&self, line: &Malformed) -> Error {
        let mut location = self.catalog.locate(line.entry);
        location.line = Some(line.line);
        Error::new("malformed line", location, line.reason.clone())
    }

    /// The state, even after a thread has panicked with it: its error ends the run then.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
