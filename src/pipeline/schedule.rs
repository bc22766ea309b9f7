//! Decides what each worker does next, and puts the results back in order.
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
//! lines first and then the block that is next, which has been cut before all others. So either the
//! expected portion can be taken or something downstream of it can move. Counting portions against
//! `expected` too would deadlock: those ahead of it wait for it, and it would wait for them.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arrow::array::RecordBatch;

use super::cutter::{Cutter, Rows};
use super::order::large_first_of;
use super::unique::Unique;
use super::{Options, Passes, project};
use crate::error::{Error, Location, Result};
use crate::sink::{Block, Encoder};
use crate::source::{Catalog, Feed, Progress};
use crate::table::{Lines, Malformed, Tally, malformed_bytes, text_bytes};

/// Light portions that may wait without counting towards the window.
const MAX_LIGHT: usize = 4096;

/// Bytes that may be held at once, and how many more for each thread; above that, nothing is read
/// ahead. Usual portions stay far below. Very long lines reach it, and so do short malformed ones,
/// each of which is kept with its text and the reason.
const HELD_BYTES: usize = 64 << 20;
const HELD_BYTES_PER_THREAD: usize = 32 << 20;

/// A run of entries and the part of it.
pub(super) type Place = (usize, u64);

/// What a worker is to do.
pub(super) enum Task {
    /// Read the next portion of a run.
    Read(Feed, Place),
    /// Encode a full block.
    Encode(u64, Rows),
}

/// What a worker made of a portion.
pub(super) struct Decoded {
    pub(super) content: Content,
    pub(super) tallies: Vec<(usize, Tally)>,
    pub(super) malformed: Vec<Malformed>,
    /// About how much memory it holds.
    pub(super) bytes: usize,
    /// So little that many may wait for their turn.
    pub(super) is_light: bool,
    /// Nothing may follow for long: its rows should not wait for more.
    pub(super) is_early: bool,
}

/// Rows yet to be cut into blocks, or a block already.
pub(super) enum Content {
    Rows(RecordBatch),
    /// With the bytes that it holds.
    Block(Block, usize),
    /// Rows of which those are to be left out whose keys were seen before.
    Keyed(Box<Lines>, Vec<Option<u128>>),
}

/// What a run hands over.
pub enum Step {
    /// Malformed lines, in the order of the input.
    Malformed(Vec<Malformed>),
    /// The next block, in the order of the input.
    Block(Block),
    /// There was nothing before the caller's patience ended.
    Nothing,
    /// Everything has been handed over: the counts, by entry of the catalog.
    End(Vec<Tally>),
}

pub(super) struct Schedule {
    state: Mutex<State>,
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
    /// Bytes decoded ahead of their turn.
    waiting_bytes: usize,
    /// Bytes past their turn: blocks, encoded or not, and malformed lines.
    passed_bytes: usize,
    /// What was counted, by entry.
    tallies: Vec<Tally>,
    /// Times of the workers that have exited.
    passes: Passes,
    stopped: bool,
    /// Enough was seen: the run is over.
    ended: bool,
    /// The first error; the caller takes it.
    failed: Option<Error>,
}

impl Schedule {
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

    /// The longest line in bytes.
    pub(super) fn max_line(&self) -> usize {
        self.catalog.options().max_line
    }

    /// Gives back a feed that has more to read, for any worker to continue.
    pub(super) fn give_back(&self, feed: Feed, (run, part): Place) {
        self.lock().idle.push(((run, part + 1), feed));
        self.changed.notify_all();
    }

    /// Takes the result of a portion, and absorbs it and those that waited for it when it is its turn.
    pub(super) fn absorb(&self, place: Place, last: bool, decoded: Decoded) {
        let mut state = self.lock();
        // Beyond that many, a light portion counts like any other.
        let decoded = Decoded { is_light: decoded.is_light && state.light < MAX_LIGHT, ..decoded };
        if decoded.is_light {
            state.light += 1;
            state.taken -= 1;
        }
        state.waiting_bytes += decoded.bytes;
        state.waiting.insert(place, (last, decoded));
        let mut next = state.expected;
        while let Some((last, decoded)) = state.waiting.remove(&next) {
            next = if last { (next.0 + 1, 0) } else { (next.0, next.1 + 1) };
            state.expected = next;
            state.waiting_bytes -= decoded.bytes;
            match decoded.is_light {
                true => state.light -= 1,
                false => state.taken -= 1,
            }
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
        for waited in [false, true] {
            if let Some(error) = state.failed.take() {
                state.stopped = true;
                return Err(error);
            }
            if state.ended {
                return Ok(Step::End(std::mem::take(&mut state.tallies)));
            }
            if let Some((lines, bytes)) = state.malformed.pop_front() {
                state.passed_bytes -= bytes;
                drop(state);
                self.changed.notify_all();
                return Ok(Step::Malformed(lines));
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

    fn refuse(&self, line: &Malformed) -> Error {
        let mut location = self.catalog.locate(line.entry);
        location.line = Some(line.line);
        Error::new("malformed line", location, line.reason.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether everything is read, decoded and encoded.
    fn is_drained(&self) -> bool {
        self.expected.0 == self.runs.len() && self.to_encode.is_empty() && self.encoding == 0
    }

    fn next_to_encode(&mut self) -> Option<Task> {
        let (number, rows) = self.to_encode.pop_front()?;
        self.encoding += 1;
        Some(Task::Encode(number, rows))
    }

    /// The next portion of a started run that no worker holds, if there is room.
    fn next_of_open_run(&mut self, schedule: &Schedule) -> Option<Task> {
        // If the expected portion is here, it is the least: all before it are absorbed.
        let index = (0..self.idle.len()).min_by_key(|&index| self.idle[index].0)?;
        self.make_room(self.idle[index].0, schedule)?;
        let (place, feed) = self.idle.swap_remove(index);
        Some(Task::Read(feed, place))
    }

    /// The first portion of the next run, if there is room.
    fn next_run(&mut self, schedule: &Schedule) -> Option<Task> {
        let &first = self.unbegun.front()?;
        let index = match self.make_room((first, 0), schedule) {
            Some(()) => 0,
            // Large runs start first, so the run that all others wait for need not be in front.
            None => {
                let expected = self.expected.0;
                let index = self.unbegun.iter().position(|&run| run == expected)?;
                self.make_room((expected, 0), schedule)?;
                index
            }
        };
        let number = self.unbegun.remove(index)?;
        let (run, place) = (self.runs[number].clone(), (number, 0));
        let feed = Feed::new(Arc::clone(&schedule.catalog), Arc::clone(&schedule.progress), run);
        Some(Task::Read(feed, place))
    }

    /// Counts one more portion as taken; `None` if what is held leaves no room for it.
    fn make_room(&mut self, place: Place, schedule: &Schedule) -> Option<()> {
        let held = self.taken + self.to_encode.len() + self.encoded.len();
        // The run being absorbed has extra room: everything decoded ahead waits for it.
        let near = place.0 == self.expected.0 && place.1 <= self.expected.1 + schedule.near;
        let window = if near { schedule.window + schedule.near as usize } else { schedule.window };
        let has_room = held < window && self.waiting_bytes + self.passed_bytes < schedule.budget;
        // The expected portion needs no room among portions. Blocks can hold it back, since they
        // drain without it.
        let next = place == self.expected
            && held - self.taken < window
            && self.passed_bytes < schedule.budget;
        if !has_room && !next {
            return None;
        }
        self.taken += 1;
        Some(())
    }

    /// Absorbs a portion whose turn has come.
    fn apply(&mut self, decoded: Decoded) {
        for (entry, tally) in &decoded.tallies {
            self.tallies[*entry].add(tally);
        }
        if !decoded.malformed.is_empty() {
            let bytes = malformed_bytes(&decoded.malformed);
            self.passed_bytes += bytes;
            self.malformed.push_back((decoded.malformed, bytes));
        }
        match decoded.content {
            Content::Block(block, bytes) => {
                self.passed_bytes += bytes;
                self.encoded.insert(self.next_number, (block, bytes));
                self.next_number += 1;
            }
            Content::Rows(rows) => self.push(&rows),
            // Which rows are first with their key is known only here, where the order is final.
            Content::Keyed(mut lines, keys) => {
                if let Err(e) = self.unique.keep(&mut lines, &keys) {
                    return self.refuse(std::io::Error::other(e));
                }
                for (entry, tally) in &lines.tallies {
                    self.tallies[*entry].add(tally);
                }
                match project(lines.batch, self.columns.as_deref()) {
                    Ok(rows) => self.push(&rows),
                    Err(cause) => self.refuse(cause),
                }
            }
        }
    }

    fn refuse(&mut self, cause: std::io::Error) {
        let error = Error::io("cannot remove duplicate rows", Location::default(), cause);
        self.failed.get_or_insert(error);
    }

    /// Hands rows to the cutter; without one they are a block by themselves.
    fn push(&mut self, rows: &RecordBatch) {
        let Some(mut cutter) = self.cutter.take() else {
            return self.cut(Rows { batches: vec![rows.clone()], bytes: text_bytes(rows) });
        };
        cutter.push(rows, |block| self.cut(block));
        self.cutter = Some(cutter);
    }

    /// Makes a block of the rows that do not fill one.
    fn cut_rest(&mut self) {
        if let Some(rows) = self.cutter.as_mut().and_then(Cutter::finish) {
            self.cut(rows);
        }
    }

    /// Numbers a block and queues it for encoding.
    fn cut(&mut self, rows: Rows) {
        self.passed_bytes += rows.bytes;
        self.to_encode.push_back((self.next_number, rows));
        self.next_number += 1;
    }
}
