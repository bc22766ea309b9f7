//! What is to be done next, and in what order it comes out.
//!
//! One mutex, held for microseconds. Three sequences are kept in order: portions of text are numbered
//! by (run of entries, part of the run) when they are taken and absorbed by that number; blocks are
//! numbered when they are absorbed or cut; the caller appends blocks by that number.
//!
//! Nothing can stall: the portion that is next to be absorbed may be taken whatever is ahead of it,
//! unless blocks are; blocks to encode wait for no portion; and finished blocks are waited for by the
//! caller alone, who waits for the one that is next.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arrow::array::RecordBatch;

use super::cutter::{Cutter, Rows};
use super::order::large_first_of;
use super::running::Step;
use super::unique::Unique;
use super::{Options, Passes, project};
use crate::batch::{Lines, Malformed, Tally, malformed_bytes, text_bytes};
use crate::error::{Error, Location, Result};
use crate::sink::Block;
use crate::source::{Catalog, Feed, Progress};

/// Light portions that may wait, whatever else does.
const MAX_LIGHT: usize = 4096;

/// Bytes that may be held at once, and how many more for each thread: nothing is read ahead above
/// it. Long lines and short ones that are malformed reach it, where their number alone would not
/// say how much they hold.
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
}

/// Rows yet to be cut into blocks, or a block already.
pub(super) enum Content {
    Rows(RecordBatch),
    /// With the bytes that it holds.
    Block(Block, usize),
    /// Rows of which those are to be left out whose keys were seen before.
    Keyed(Box<Lines>, Vec<Option<u128>>),
}

pub(super) struct Schedule {
    state: Mutex<State>,
    changed: Condvar,
    catalog: Arc<Catalog>,
    progress: Arc<Progress>,
    /// Portions and blocks that may be held at once.
    window: usize,
    /// How many more of the run that is being absorbed.
    near: u64,
    /// Bytes that may be held at once.
    budget: usize,
    strict: bool,
}

struct State {
    runs: Vec<Range<usize>>,
    /// Runs that nobody has begun, in the order in which they are.
    unbegun: VecDeque<usize>,
    /// Runs that are begun, have more, and are in nobody's hands.
    idle: Vec<(Place, Feed)>,
    /// Portions taken and not absorbed.
    taken: usize,
    /// The portion to be absorbed next.
    expected: Place,
    /// Decoded ahead of their turn; whether each is the last of its run.
    waiting: BTreeMap<Place, (bool, Decoded)>,
    /// How many of those are light, and not counted as taken any more.
    light: usize,
    cutter: Option<Cutter>,
    unique: Unique,
    /// The columns that go into blocks; `None`: all.
    columns: Option<Arc<[usize]>>,
    to_encode: VecDeque<(u64, Rows)>,
    encoding: usize,
    next_number: u64,
    encoded: BTreeMap<u64, (Block, usize)>,
    next_append: u64,
    malformed: VecDeque<(Vec<Malformed>, usize)>,
    /// Bytes of what is decoded ahead of its turn.
    waiting_bytes: usize,
    /// Bytes of what is past that: blocks, encoded or not, and malformed lines.
    passed_bytes: usize,
    tallies: Vec<Tally>,
    passes: Passes,
    stopped: bool,
    failed: Option<Error>,
}

impl Schedule {
    pub(super) fn new(
        runs: Vec<Range<usize>>,
        catalog: &Arc<Catalog>,
        threads: usize,
        rows_per_block: Option<usize>,
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
            cutter: rows_per_block.map(Cutter::new),
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
        }
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Waits for something to do; `None` when all is done or the run is stopped.
    pub(super) fn take(&self) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if state.stopped || state.failed.is_some() || state.is_drained() {
                return None;
            }
            // A large entry inflates on one thread at a time, so it must not wait for encoders.
            if let Some(task) = state.next_of_open_run(self) {
                return Some(task);
            }
            if let Some((number, rows)) = state.to_encode.pop_front() {
                state.encoding += 1;
                return Some(Task::Encode(number, rows));
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

    /// Gives a feed back that has more, for anyone to go on with.
    pub(super) fn give_back(&self, feed: Feed, (run, part): Place) {
        self.lock().idle.push(((run, part + 1), feed));
        self.changed.notify_all();
    }

    /// Takes in what a portion held, when its turn comes.
    pub(super) fn absorb(&self, place: Place, last: bool, decoded: Decoded) {
        let mut state = self.lock();
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
            state.apply(decoded);
        }
        if state.expected.0 == state.runs.len()
            && let Some(rows) = state.cutter.as_mut().and_then(Cutter::finish)
        {
            state.cut(rows);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Takes in an encoded block of `bytes` bytes, whose rows had `before`.
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

    /// Adds the times of a worker that goes home.
    pub(super) fn add_times(&self, passes: &Passes) {
        self.lock().passes.add(passes);
    }

    /// The times of the workers that went home.
    pub(super) fn passes(&self) -> Passes {
        self.lock().passes
    }

    /// Sends the workers home.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// What the caller is to do next; waits no longer than `patience`.
    pub(super) fn next_block(&self, patience: Duration) -> Result<Step> {
        let mut state = self.lock();
        for waited in [false, true] {
            if let Some(error) = state.failed.take() {
                state.stopped = true;
                return Err(error);
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

    /// The next portion of a run that is begun and in nobody's hands, if there is room.
    fn next_of_open_run(&mut self, schedule: &Schedule) -> Option<Task> {
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
            // What all others wait for may be behind a larger one.
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

    /// Counts one more portion as taken; `None` where what is held allows no more.
    fn make_room(&mut self, place: Place, schedule: &Schedule) -> Option<()> {
        let held = self.taken + self.to_encode.len() + self.encoded.len();
        // The run that is being absorbed has room of its own: all that is ahead of it waits for it.
        let near = place.0 == self.expected.0 && place.1 <= self.expected.1 + schedule.near;
        let window = if near { schedule.window + schedule.near as usize } else { schedule.window };
        let has_room = held < window && self.waiting_bytes + self.passed_bytes < schedule.budget;
        // Its next portion needs none, unless blocks are in the way, which go without it.
        let next = place == self.expected
            && held - self.taken < window
            && self.passed_bytes < schedule.budget;
        if !has_room && !next {
            return None;
        }
        self.taken += 1;
        Some(())
    }

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

    /// Adds rows to be cut into blocks, or a block of them.
    fn push(&mut self, rows: &RecordBatch) {
        let Some(mut cutter) = self.cutter.take() else {
            return self.cut(Rows { batches: vec![rows.clone()], bytes: text_bytes(rows) });
        };
        cutter.push(rows, |block| self.cut(block));
        self.cutter = Some(cutter);
    }

    fn cut(&mut self, rows: Rows) {
        self.passed_bytes += rows.bytes;
        self.to_encode.push_back((self.next_number, rows));
        self.next_number += 1;
    }
}
