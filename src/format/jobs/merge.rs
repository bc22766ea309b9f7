//! Finds which lines of a job's whole log are also in the files of its steps.
//!
//! Both copies are in the order of time, so both are read once, side by side: at every turn the earliest
//! line is taken. Its twin on the other side has the same text and nearly the same time (the runner stamps
//! each copy by itself), keeps the order of the lines, and is mostly the next one there. If it is not, the
//! line waits for its twin among a bounded number of others; a line that is displaced while it waits has
//! none, and is kept. So memory is bounded, gaps of any length on either side are passed, and a doubtful
//! line is kept: twice is better than lost.
//!
//! Several whole logs may share a folder (two jobs of one name), and steps may overlap. Every file is a
//! stream of its own, opened when the time of its first line has come.

use super::layout::Job;
use super::lines::{Digests, Head, Line};
use super::side::Side;
use super::waiting::{ABOUT, distance};
use crate::source::{Catalog, LineRanges};

/// Nanoseconds (100 ms) by which the stamps of one line may differ. The runner writes both copies in turn,
/// so that they differ by microseconds, but may upload a page in between.
pub(super) const TOLERANCE: i64 = 100_000_000;

/// Ranges of lines left out of one log at most. A log that would need more has hardly a line in common with
/// its steps' files: the rest of it is kept.
const RANGES: usize = 1 << 20;

/// What was found out about a whole log.
pub(super) struct Merged {
    /// The lines that the files of its steps have as well.
    pub(super) covered: LineRanges,
    /// Other lines that are not blank.
    pub(super) own_lines: i64,
    /// Lines of blanks only, which have no rows in either copy.
    pub(super) blank_lines: i64,
    /// Bytes of text read from it.
    pub(super) text_bytes: i64,
    /// The log can be read to its end.
    pub(super) is_whole: bool,
    /// How many kept lines may be a step's all the same.
    pub(super) doubtful: i64,
}

/// Compares the whole logs of a job with the files of its steps; returns what was found for each whole
/// log, by entry.
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
        // A log that failed is counted up to there.
        own_lines: log.count - covered.lines(),
        covered,
        blank_lines: log.blank,
        text_bytes: log.bytes,
        is_whole: log.is_whole,
        doubtful,
    });
    job.whole.iter().copied().zip(found).collect()
}

/// The walk along both sides of a job.
struct Merge<'a> {
    whole: Side<'a>,
    steps: Side<'a>,
    /// By whole log: the step that it is in now, and the last pair of twins there.
    current: Vec<Option<Current>>,
    /// By whole log: the lines with twins.
    covered: Vec<LineRanges>,
    /// By whole log: the number of kept lines that may have twins.
    doubtful: Vec<i64>,
}

/// Where a whole log is in the files of its steps.
#[derive(Clone, Copy)]
struct Current {
    /// Index among the steps' logs.
    step: usize,
    /// The line in the whole log.
    line: i64,
    /// The same line in the step's file.
    line_of_step: i64,
}

impl Merge<'_> {
    /// Takes the earliest line, or two that are twins; `false` if there is none.
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
        // No pair of next lines: take the earlier one, with a twin that waits or to wait itself.
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

    /// Takes a line of a whole log together with its twin, if one waits among the steps' lines that is no
    /// further away than `limit` nanoseconds.
    fn match_waiting_step(&mut self, own: Head, limit: i64) -> bool {
        let in_order = |step: &Head| is_in_order(&self.current, &own, step);
        let Some(step) = self.steps.waiting.take_twin(own.line, limit, in_order) else {
            return false;
        };
        self.whole.pop(own.log);
        self.cover(own, step);
        true
    }

    /// As [`match_waiting_step`](Self::match_waiting_step), for a line of a step and the whole logs' lines.
    fn match_waiting_own(&mut self, step: Head, limit: i64) -> bool {
        let in_order = |own: &Head| is_in_order(&self.current, own, &step);
        let Some(own) = self.whole.waiting.take_twin(step.line, limit, in_order) else {
            return false;
        };
        self.steps.pop(step.log);
        self.cover(own, step);
        true
    }

    /// The next lines of a whole log and of a step, if they are twins. Tries the earliest whole line with
    /// the step that its log is in, then the earliest line of each side, then the earliest step's line with
    /// the log that is in that step.
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
        // In this order: logs that share a step would otherwise take each other's lines.
        let pairs = [own.and_then(in_same), own.zip(step), step.and_then(with_owner)];
        pairs.into_iter().flatten().find(|(own, step)| is_twin(own.line, step.line))
    }

    /// Notes that a line of a whole log is in a step's file, and so is left out.
    fn cover(&mut self, own: Head, step: Head) {
        let (line, line_of_step) = (own.line.number, step.line.number);
        let last = &mut self.current[own.log];
        // A twin that was displaced is before the last pair, which stays.
        if last.is_none_or(|last| last.step != step.log || line > last.line) {
            *last = Some(Current { step: step.log, line, line_of_step });
        }
        let covered = &mut self.covered[own.log];
        if covered.ranges() < RANGES {
            covered.insert(own.line.number);
        } else {
            // Kept for want of ranges, although its twin is known.
            self.doubtful[own.log] += 1;
        }
    }

    /// Notes that a line has no twin. It is in doubt if a step has the same text at another time.
    fn keep(&mut self, own: Head) {
        self.doubtful[own.log] += i64::from(self.steps.waiting.has_text(own.line));
    }

    /// Keeps all lines that still wait: both sides are at their ends.
    fn finish(mut self) -> Self {
        while let Some(own) = self.whole.waiting.pop() {
            self.keep(own);
        }
        self
    }
}

/// Whether a pair may be twins by its place: both copies have their lines in the same order, so a pair does
/// not cross the last one. A longer text is accepted even so: the last pair may have been the wrong one.
fn is_in_order(current: &[Option<Current>], own: &Head, step: &Head) -> bool {
    current[own.log].is_none_or(|last| {
        !own.line.is_short
            || last.step != step.log
            || (own.line.number > last.line) == (step.line.number > last.line_of_step)
    })
}

/// Whether two lines have the same text at nearly the same time.
fn is_twin(one: Line, other: Line) -> bool {
    one.digest == other.digest && distance(one, other) <= TOLERANCE
}
