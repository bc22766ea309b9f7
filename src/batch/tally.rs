//! What is counted of an entry while its lines are read.

use std::ops::Range;

use super::columns::Columns;
use crate::record::level::Level;

/// Counts of one entry, or of a part of it; parts add up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows: non-blank lines.
    pub lines: i64,
    /// Lines that are no record.
    pub malformed: i64,
    /// Lines that the fast way did not take, malformed or not.
    pub missed: i64,
    /// Bytes of text.
    pub inflated_bytes: i64,
    /// Earliest time.
    pub first_timestamp: Option<i64>,
    /// Latest time.
    pub last_timestamp: Option<i64>,
    /// Lines per level, in the order of [`Level::ALL`].
    pub levels: [i64; Level::ALL.len()],
    /// The writer's counter of the first line that has one: above 0 where the head was dropped.
    pub first_pos: Option<i64>,
    /// Lines whose message ends in the writer's mark of a cut.
    pub truncated_lines: i64,
    /// Why the entry could not be read to its end.
    pub failure: Option<String>,
}

/// Sizes at which the platform cuts a log, in bytes of encoded lines: 5 MiB for builds, 25 MB for
/// other logs. The oldest lines go first, so a cut log is just below one of them.
const SIZE_LIMITS: [i64; 2] = [5 << 20, 25_000_000];

/// How far below a limit a log is still suspected: the platform drops whole lines.
const NEAR: i64 = 72 << 10;

impl Tally {
    /// Whether the text is as long as the platform lets a log become: its head may be missing.
    pub fn is_at_size_limit(&self) -> bool {
        let near = |limit| (limit - NEAR..=limit + NEAR).contains(&self.inflated_bytes);
        SIZE_LIMITS.into_iter().any(near)
    }

    /// Counts rows of the table.
    pub(super) fn count(&mut self, columns: &Columns, rows: Range<usize>) {
        self.lines = rows.len() as i64;
        let bounds = columns.timestamp.since(rows.start).least_and_greatest();
        (self.first_timestamp, self.last_timestamp) = bounds.unzip();
        self.first_pos = columns.pos.since(rows.start).iter().next();
        let mut end = rows.end;
        for (start, level) in columns.level_text.levels_since(rows.start).rev() {
            if let Some(level) = level {
                self.levels[level as usize] += (end - start.max(rows.start)) as i64;
            }
            end = start;
        }
    }

    /// Adds the part that follows.
    pub fn add(&mut self, next: &Self) {
        self.lines += next.lines;
        self.malformed += next.malformed;
        self.missed += next.missed;
        self.inflated_bytes += next.inflated_bytes;
        self.first_timestamp = least(self.first_timestamp, next.first_timestamp);
        self.last_timestamp = self.last_timestamp.max(next.last_timestamp);
        for (sum, count) in self.levels.iter_mut().zip(next.levels) {
            *sum += count;
        }
        self.first_pos = self.first_pos.or(next.first_pos);
        self.truncated_lines += next.truncated_lines;
        self.failure = self.failure.take().or_else(|| next.failure.clone());
    }
}

fn least(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}
