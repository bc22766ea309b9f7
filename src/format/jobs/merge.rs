//! Which lines of a whole log are in the files of its steps.
//!
//! Both copies are in the order of time, so both are read once, side by side: at every turn the
//! earliest line is taken. Its twin on the other side has the same text and nearly the same time (the
//! runner stamps each copy by itself), keeps the order of the lines, and is mostly the next one there. If it is not, the line waits
//! for its twin among a bounded number of others; a line that is displaced while it waits has none,
//! and is kept. So memory is bounded, gaps of any length on either side are passed, and where in doubt
//! a line is kept: twice is better than lost.
//!
//! Several whole logs may share a folder (two jobs of one name), and steps may overlap; every file is
//! a stream of its own, opened when the time of its first line has come.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::io::{self, Read};

use super::layout::Job;
use super::lines::{Digests, Line, Lines};
use crate::source::{Catalog, LineRanges};

/// Nanoseconds that the stamps of one line may differ by. The runner writes both copies in turn, so
/// that they differ by microseconds, but may send a page off in between.
pub(super) const TOLERANCE: i64 = 100_000_000;

/// Nanoseconds by which a pair of lines is hardly nearer than another: then the order decides.
const ABOUT: i64 = 10_000_000;

/// Lines with the same text at times that differ by more, but no more than this, are in doubt.
const DOUBTFUL: i64 = 60_000_000_000;

/// Lines that wait on each side.
const WAITING: usize = 64 << 10;

/// Waiting lines of one text that are compared: logs of nothing but one text stay linear.
const NEAREST: usize = 64;

/// Ranges of lines that are left out of one log. One that would need more has hardly a line in
/// common with its steps' files: the rest of it is kept.
const RANGES: usize = 1 << 20;

/// What was found of a whole log.
pub(super) struct Merged {
    /// The lines that the files of its steps hold.
    pub(super) covered: LineRanges,
    /// Other lines that are not blank.
    pub(super) own_lines: i64,
    pub(super) blank_lines: i64,
    pub(super) text_bytes: i64,
    /// The log can be read to its end.
    pub(super) is_whole: bool,
    /// Kept lines that may be a step's all the same.
    pub(super) doubtful: i64,
}

/// Compares the whole logs of a job with the files of its steps; gives what was found by entry.
pub(super) fn merge(catalog: &Catalog, job: &Job) -> Vec<(usize, Merged)> {
    let digests = Digests::default();
    let mut merge = Merge {
        whole: Side::new(catalog, &job.whole, &digests),
        steps: Side::new(catalog, &job.steps, &digests),
        current: vec![None; job.whole.len()],
        covered: vec![LineRanges::default(); job.whole.len()],
        doubtful: vec![0; job.whole.len()],
    };
    while merge.step() {}
    let Merge { whole, covered, doubtful, .. } = merge.finish();
    let found = whole.logs.into_iter().zip(covered).zip(doubtful);
    let found = found.map(|((log, covered), doubtful)| Merged {
        own_lines: log.count - covered.lines(),
        covered,
        blank_lines: log.blank,
        text_bytes: log.bytes,
        is_whole: log.is_whole,
        doubtful,
    });
    job.whole.iter().copied().zip(found).collect()
}

struct Merge<'a> {
    whole: Side<'a>,
    steps: Side<'a>,
    /// By whole log: the step that it is in, and the last lines there that are twins.
    current: Vec<Option<Current>>,
    /// By whole log.
    covered: Vec<LineRanges>,
    doubtful: Vec<i64>,
}

/// Where a whole log is in the files of its steps.
#[derive(Clone, Copy)]
struct Current {
    step: usize,
    /// Of the whole log.
    line: i64,
    line_of_step: i64,
}

impl Merge<'_> {
    /// Takes the earliest line, or two that are twins; `false` when there is none.
    fn step(&mut self) -> bool {
        let (own, step) = (self.whole.head(), self.steps.head());
        if let Some((own, step)) = self.next_twins(own, step) {
            // One that waits comes first, if it is about as near.
            let limit = distance(own.line, step.line) + ABOUT;
            if !self.match_waiting_step(own, limit) && !self.match_waiting_own(step, limit) {
                self.whole.pop(own.log);
                self.steps.pop(step.log);
                self.cover(own, step);
            }
            return true;
        }
        match (own, step) {
            (Some(own), step) if step.is_none_or(|step| own.line.time <= step.line.time) => {
                if !self.match_waiting_step(own, TOLERANCE) {
                    self.whole.pop(own.log);
                    let displaced = self.whole.waiting.push(own);
                    displaced.into_iter().for_each(|own| self.keep(own));
                }
            }
            (_, Some(step)) => {
                if !self.match_waiting_own(step, TOLERANCE) {
                    self.steps.pop(step.log);
                    self.steps.waiting.push(step);
                }
            }
            _ => return false,
        }
        true
    }

    /// Takes a line of a whole log with its twin, if one waits that is no further than this.
    fn match_waiting_step(&mut self, own: Head, limit: i64) -> bool {
        let in_order = |step: &Head| is_in_order(&self.current, &own, step);
        let Some(step) = self.steps.waiting.take_twin(own.line, limit, in_order) else {
            return false;
        };
        self.whole.pop(own.log);
        self.cover(own, step);
        true
    }

    /// As [`match_waiting_step`](Self::match_waiting_step), of a line of a step.
    fn match_waiting_own(&mut self, step: Head, limit: i64) -> bool {
        let in_order = |own: &Head| is_in_order(&self.current, own, &step);
        let Some(own) = self.whole.waiting.take_twin(step.line, limit, in_order) else {
            return false;
        };
        self.steps.pop(step.log);
        self.cover(own, step);
        true
    }

    /// The next lines of a whole log and of a step, if they are twins: of the step that the log is in,
    /// else of those that are the earliest.
    fn next_twins(&self, own: Option<Head>, step: Option<Head>) -> Option<(Head, Head)> {
        let in_same = |own: Head| {
            let step = self.steps.head_of(self.current[own.log]?.step)?;
            Some((own, step))
        };
        let with_owner = |step: Head| {
            let is_owner =
                |current: &Option<Current>| current.is_some_and(|it| it.step == step.log);
            let owner = self.current.iter().position(is_owner)?;
            Some((self.whole.head_of(owner)?, step))
        };
        let pairs = [own.and_then(in_same), own.zip(step), step.and_then(with_owner)];
        pairs.into_iter().flatten().find(|(own, step)| is_twin(own.line, step.line))
    }

    fn cover(&mut self, own: Head, step: Head) {
        let (line, line_of_step) = (own.line.number, step.line.number);
        let last = &mut self.current[own.log];
        if last.is_none_or(|last| last.step != step.log || line > last.line) {
            *last = Some(Current { step: step.log, line, line_of_step });
        }
        let covered = &mut self.covered[own.log];
        if covered.ranges() < RANGES {
            covered.insert(own.line.number);
        } else {
            self.doubtful[own.log] += 1;
        }
    }

    /// Notes that a line has no twin.
    fn keep(&mut self, own: Head) {
        self.doubtful[own.log] += i64::from(self.steps.waiting.has_text(own.line));
    }

    fn finish(mut self) -> Self {
        while let Some(own) = self.whole.waiting.pop() {
            self.keep(own);
        }
        self
    }
}

/// Both copies have their lines in the same order, so a pair of twins does not cross the last one. A
/// longer text is a twin all the same: the last pair may have been wrong.
fn is_in_order(current: &[Option<Current>], own: &Head, step: &Head) -> bool {
    current[own.log].is_none_or(|last| {
        !own.line.is_short
            || last.step != step.log
            || (own.line.number > last.line) == (step.line.number > last.line_of_step)
    })
}

fn is_twin(one: Line, other: Line) -> bool {
    one.digest == other.digest && distance(one, other) <= TOLERANCE
}

fn distance(one: Line, other: Line) -> i64 {
    one.time.saturating_sub(other.time).saturating_abs()
}

/// A line of one of the logs of a side.
#[derive(Clone, Copy)]
struct Head {
    line: Line,
    /// By its place among the logs.
    log: usize,
}

type Source = Box<dyn Read + Send>;

/// Logs of one kind, their lines in the order of time.
struct Side<'a> {
    catalog: &'a Catalog,
    digests: &'a Digests,
    logs: Vec<Log>,
    /// Times of the next lines, logs, and line numbers (0 where a log is not open yet), the earliest
    /// first; among them some of lines that were taken out of turn.
    heads: BinaryHeap<Reverse<(i64, usize, i64)>>,
    waiting: Waiting,
}

struct Log {
    entry: usize,
    lines: Option<Lines<Source>>,
    head: Option<Line>,
    count: i64,
    blank: i64,
    bytes: i64,
    is_whole: bool,
}

impl<'a> Side<'a> {
    fn new(catalog: &'a Catalog, entries: &[usize], digests: &'a Digests) -> Self {
        let log = |&entry: &usize| Log {
            entry,
            lines: None,
            head: None,
            count: 0,
            blank: 0,
            bytes: 0,
            is_whole: false,
        };
        let logs: Vec<Log> = entries.iter().map(log).collect();
        let first = |entry| {
            let line = first_lines(catalog, entry, digests, 4 << 10).into_iter().next();
            line.map(|line| line.time)
        };
        let times = entries.iter().map(|&entry| first(entry).unwrap_or(i64::MIN));
        let heads = times.zip(0..).map(|(time, log)| Reverse((time, log, 0))).collect();
        Self { catalog, digests, logs, heads, waiting: Waiting::default() }
    }

    /// The earliest line. Opens the log that it is in.
    fn head(&mut self) -> Option<Head> {
        loop {
            let &Reverse((_, log, number)) = self.heads.peek()?;
            let head = self.head_of(log);
            if let Some(head) = head.filter(|head| head.line.number == number) {
                return Some(head);
            }
            self.heads.pop();
            if number == 0 {
                let entry = self.logs[log].entry;
                let source = self.catalog.text(entry).unwrap_or_else(|_| Box::new(Unreadable));
                self.logs[log].lines = Some(Lines::new(source, self.digests));
                self.pop(log);
            }
        }
    }

    /// The next line of a log that is open.
    fn head_of(&self, log: usize) -> Option<Head> {
        Some(Head { line: self.logs[log].head?, log })
    }

    /// Goes on to the next line of a log.
    fn pop(&mut self, log: usize) {
        let own = &mut self.logs[log];
        let Some(lines) = &mut own.lines else { return };
        own.head = lines.next();
        match own.head {
            Some(line) => {
                own.count += 1;
                self.heads.push(Reverse((line.time, log, line.number)));
            }
            None => {
                (own.blank, own.bytes) = (lines.blank_lines(), lines.bytes());
                own.is_whole = lines.is_whole();
                own.lines = None;
            }
        }
    }
}

/// The lines in the first bytes of an entry, without the last one where it may go on.
pub(super) fn first_lines(
    catalog: &Catalog,
    entry: usize,
    digests: &Digests,
    bytes: usize,
) -> Vec<Line> {
    let head = catalog.head(entry, bytes);
    let whole = if head.len() < bytes {
        &head[..]
    } else {
        &head[..memchr::memrchr(b'\n', &head).map_or(head.len(), |newline| newline + 1)]
    };
    let mut lines = Lines::new(whole, digests);
    std::iter::from_fn(|| lines.next()).collect()
}

/// A log that cannot be opened: the decoder says why.
struct Unreadable;

impl Read for Unreadable {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::Other.into())
    }
}

/// Lines that wait for their twins, the oldest first.
#[derive(Default)]
struct Waiting {
    by_digest: HashMap<u128, VecDeque<(u64, Head)>>,
    order: VecDeque<(u64, u128)>,
    pushed: u64,
    held: usize,
}

impl Waiting {
    /// Adds a line; gives the one that has waited longest where there are too many.
    fn push(&mut self, head: Head) -> Option<Head> {
        let digest = head.line.digest;
        self.by_digest.entry(digest).or_default().push_back((self.pushed, head));
        self.order.push_back((self.pushed, digest));
        self.pushed += 1;
        self.held += 1;
        // Those that were taken are still in the order, which is bounded as well.
        while self.order.len() > 2 * WAITING || self.held > WAITING {
            if let Some(oldest) = self.pop_oldest()? {
                return Some(oldest);
            }
        }
        None
    }

    /// The line that has waited longest.
    fn pop(&mut self) -> Option<Head> {
        loop {
            if let Some(head) = self.pop_oldest()? {
                return Some(head);
            }
        }
    }

    /// The oldest of the order: `Some(None)` if it was taken.
    fn pop_oldest(&mut self) -> Option<Option<Head>> {
        let (number, digest) = self.order.pop_front()?;
        let Some(lines) = self.by_digest.get_mut(&digest) else { return Some(None) };
        // All that came before it are gone from here as well.
        if lines.front().is_none_or(|(own, _)| *own != number) {
            return Some(None);
        }
        let head = lines.pop_front().map(|(_, head)| head);
        if lines.is_empty() {
            self.by_digest.remove(&digest);
        }
        self.held -= 1;
        Some(head)
    }

    /// Takes the line of this text whose time is nearest, if it is no further than the limit; of those about as
    /// near the first, as lines that repeat have their twins in order.
    fn take_twin(
        &mut self,
        line: Line,
        limit: i64,
        is_allowed: impl Fn(&Head) -> bool,
    ) -> Option<Head> {
        let lines = self.by_digest.get_mut(&line.digest)?;
        // The latest ones are the nearest, but for logs whose times jump.
        let first = lines.len().saturating_sub(NEAREST);
        let near = || {
            let allowed = lines.range(first..).zip(first..).filter(|((_, own), _)| is_allowed(own));
            allowed.map(|((_, own), at)| (distance(own.line, line), at))
        };
        let nearest = near().map(|(distance, _)| distance).min().filter(|&it| it <= limit)?;
        let (_, at) = near().find(|(distance, _)| *distance <= nearest + ABOUT)?;
        let (_, head) = lines.remove(at)?;
        if lines.is_empty() {
            self.by_digest.remove(&line.digest);
        }
        self.held -= 1;
        Some(head)
    }

    /// Whether a line of this text waits whose time is not far.
    fn has_text(&self, line: Line) -> bool {
        let lines = self.by_digest.get(&line.digest);
        let is_near = |(_, own): &(u64, Head)| distance(own.line, line) <= DOUBTFUL;
        lines.is_some_and(|lines| lines.iter().rev().take(NEAREST).any(is_near))
    }
}
