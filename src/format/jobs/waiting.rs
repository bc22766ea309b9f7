//! Lines of one side that wait for their twins on the other.
//!
//! They are found by their text and leave in the order in which they came. A line that is found by its
//! text leaves a stale number in the order, which is skipped later.

use std::collections::{HashMap, VecDeque};

use super::lines::{Head, Line};

/// Nanoseconds (10 ms) by which one pair of lines must be nearer than another to be preferred; below that,
/// the order of the lines decides.
pub(super) const ABOUT: i64 = 10_000_000;

/// Nanoseconds (a minute) up to which two lines of the same text may still be twins, so that a kept one is
/// reported as doubtful.
const DOUBTFUL: i64 = 60_000_000_000;

/// Lines that wait on each side at most.
const WAITING: usize = 64 << 10;

/// Waiting lines of one text that are compared with a new one. Without a limit, logs of a single repeated
/// text would take quadratic time.
const NEAREST: usize = 64;

/// Nanoseconds between the times of two lines.
pub(super) fn distance(one: Line, other: Line) -> i64 {
    one.time.saturating_sub(other.time).saturating_abs()
}

/// Lines that wait for their twins, with a number each that shows their order.
#[derive(Default)]
pub(super) struct Waiting {
    /// The lines of each text, the oldest first.
    by_digest: HashMap<u128, VecDeque<(u64, Head)>>,
    /// All lines, the oldest first, and some that have left.
    order: VecDeque<(u64, u128)>,
    /// How many lines ever came: the next number.
    pushed: u64,
    /// How many lines wait now.
    held: usize,
}

impl Waiting {
    /// Adds a line; returns the one that has waited longest if there are too many.
    pub(super) fn push(&mut self, head: Head) -> Option<Head> {
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

    /// Removes the line that has waited longest; `None` if none waits.
    pub(super) fn pop(&mut self) -> Option<Head> {
        loop {
            if let Some(head) = self.pop_oldest()? {
                return Some(head);
            }
        }
    }

    /// Removes the oldest number of the order: `Some(None)` if its line has left before, `None` if there is
    /// no number.
    fn pop_oldest(&mut self) -> Option<Option<Head>> {
        let (number, digest) = self.order.pop_front()?;
        let Some(lines) = self.by_digest.get_mut(&digest) else { return Some(None) };
        // Each text's lines are in the same order, so if its first is another one, this one was taken.
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

    /// Removes the line of this text whose time is nearest, if it is allowed and no further away than the
    /// limit. Among lines about as near, the first is taken, because lines that repeat have their twins in
    /// order.
    pub(super) fn take_twin(
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
        // Its number stays in the order, and is skipped when it is the oldest.
        let (_, head) = lines.remove(at)?;
        if lines.is_empty() {
            self.by_digest.remove(&line.digest);
        }
        self.held -= 1;
        Some(head)
    }

    /// Whether a line of this text waits whose time is within a minute.
    pub(super) fn has_text(&self, line: Line) -> bool {
        let lines = self.by_digest.get(&line.digest);
        let is_near = |(_, own): &(u64, Head)| distance(own.line, line) <= DOUBTFUL;
        lines.is_some_and(|lines| lines.iter().rev().take(NEAREST).any(is_near))
    }
}
