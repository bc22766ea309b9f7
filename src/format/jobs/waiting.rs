//! Lines of one side that wait for their twins on the other.

use std::collections::{HashMap, VecDeque};

use super::lines::{Head, Line};

/// Nanoseconds by which a pair of lines is hardly nearer than another: then the order decides.
pub(super) const ABOUT: i64 = 10_000_000;

/// Lines with the same text at times that differ by more, but no more than this, are in doubt.
const DOUBTFUL: i64 = 60_000_000_000;

/// Lines that wait on each side.
const WAITING: usize = 64 << 10;

/// Waiting lines of one text that are compared: logs of nothing but one text stay linear.
const NEAREST: usize = 64;

/// Nanoseconds between the times of two lines.
pub(super) fn distance(one: Line, other: Line) -> i64 {
    one.time.saturating_sub(other.time).saturating_abs()
}

/// Lines that wait for their twins, the oldest first.
#[derive(Default)]
pub(super) struct Waiting {
    by_digest: HashMap<u128, VecDeque<(u64, Head)>>,
    order: VecDeque<(u64, u128)>,
    pushed: u64,
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

    /// The line that has waited longest.
    pub(super) fn pop(&mut self) -> Option<Head> {
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

    /// Takes the line of this text whose time is nearest, if it is no further than the limit; of those about as
    /// near the first, as lines that repeat have their twins in order.
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
        let (_, head) = lines.remove(at)?;
        if lines.is_empty() {
            self.by_digest.remove(&line.digest);
        }
        self.held -= 1;
        Some(head)
    }

    /// Whether a line of this text waits whose time is not far.
    pub(super) fn has_text(&self, line: Line) -> bool {
        let lines = self.by_digest.get(&line.digest);
        let is_near = |(_, own): &(u64, Head)| distance(own.line, line) <= DOUBTFUL;
        lines.is_some_and(|lines| lines.iter().rev().take(NEAREST).any(is_near))
    }
}
