//! Which lines of a whole log are in the files of its steps.
//!
//! Both copies are in the order of time, so both are read once, side by side: at every turn the
//! earliest line is taken. Its twin on the other side has the same text and nearly the same time (the
//! runner stamps each copy by itself) and is mostly the next line there. If it is not, the line waits
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
        is_whole: log.is_whole,
        doubtful,
    });
    job.whole.iter().copied().zip(found).collect()
}

struct Merge<'a> {
    whole: Side<'a>,
    steps: Side<'a>,
    /// By whole log.
    covered: Vec<LineRanges>,
    doubtful: Vec<i64>,
}

impl Merge<'_> {
    /// Takes the earliest line; `false` when there is none.
    fn step(&mut self) -> bool {
        match (self.whole.head(), self.steps.head()) {
            (Some(own), Some(step)) if is_twin(own.line, step.line) => {
                self.whole.pop();
                self.steps.pop();
                self.cover(own);
            }
            (Some(own), step) if step.is_none_or(|step| own.line.time <= step.line.time) => {
                self.whole.pop();
                match self.steps.waiting.take_twin(own.line) {
                    Some(_) => self.cover(own),
                    None => {
                        let displaced = self.whole.waiting.push(own);
                        displaced.into_iter().for_each(|own| self.keep(own));
                    }
                }
            }
            (_, Some(step)) => {
                self.steps.pop();
                match self.whole.waiting.take_twin(step.line) {
                    Some(own) => self.cover(own),
                    None => {
                        self.steps.waiting.push(step);
                    }
                }
            }
            _ => return false,
        }
        true
    }

    fn cover(&mut self, own: Head) {
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
    /// The next line of every log, or of those that are not open yet its time; the earliest first.
    heads: BinaryHeap<Reverse<(i64, usize)>>,
    waiting: Waiting,
}

struct Log {
    entry: usize,
    lines: Option<Lines<Source>>,
    head: Option<Line>,
    count: i64,
    blank: i64,
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
            is_whole: false,
        };
        let logs: Vec<Log> = entries.iter().map(log).collect();
        let first = |entry| {
            let line = first_lines(catalog, entry, digests, 4 << 10).into_iter().next();
            line.map(|line| line.time)
        };
        let times = entries.iter().map(|&entry| first(entry).unwrap_or(i64::MIN));
        let heads = times.zip(0..).map(Reverse).collect();
        Self { catalog, digests, logs, heads, waiting: Waiting::default() }
    }

    /// The earliest line. Opens the log that it is in.
    fn head(&mut self) -> Option<Head> {
        loop {
            let &Reverse((_, log)) = self.heads.peek()?;
            if let Some(line) = self.logs[log].head {
                return Some(Head { line, log });
            }
            self.heads.pop();
            let entry = self.logs[log].entry;
            let source = self.catalog.text(entry).unwrap_or_else(|_| Box::new(Unreadable));
            self.logs[log].lines = Some(Lines::new(source, self.digests));
            self.advance(log);
        }
    }

    /// Goes on to the next line.
    fn pop(&mut self) {
        if let Some(Reverse((_, log))) = self.heads.pop() {
            self.advance(log);
        }
    }

    fn advance(&mut self, log: usize) {
        let own = &mut self.logs[log];
        let Some(lines) = &mut own.lines else { return };
        own.head = lines.next();
        match own.head {
            Some(line) => {
                own.count += 1;
                self.heads.push(Reverse((line.time, log)));
            }
            None => {
                (own.blank, own.is_whole) = (lines.blank_lines(), lines.is_whole());
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

    /// Takes the line of this text whose time is nearest, if it is near enough.
    fn take_twin(&mut self, line: Line) -> Option<Head> {
        let lines = self.by_digest.get_mut(&line.digest)?;
        // The latest ones are the nearest, but for logs whose times jump.
        let latest = lines.iter().enumerate().rev().take(NEAREST);
        let (nearest, at) = latest.map(|(at, (_, own))| (distance(own.line, line), at)).min()?;
        if nearest > TOLERANCE {
            return None;
        }
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
