//! What is counted of an entry while its lines are read.

use std::ops::Range;

use super::TextCounts;
use super::columns::Columns;
use super::continuity::Continuity;
use crate::identity::Outcome;
use crate::record::level::Level;

/// What is known of all logs of a format. One `static` per format, which tallies point to.
#[derive(Debug, PartialEq, Eq)]
pub struct Origin {
    /// The name of the format.
    pub name: &'static str,
    /// A record may take several lines, or a part of one.
    pub spans_lines: bool,
    /// `line` is the line of the entry that a row is from; else each line is a row, and says itself which
    /// line of another text it was.
    pub own_lines: bool,
    /// Sizes at which the platform cuts a log, in bytes of text.
    pub size_limits: &'static [i64],
}

impl Origin {
    /// Whether a text of so many bytes is as long as the platform lets a log become.
    pub(crate) fn is_at_limit(&self, bytes: i64) -> bool {
        self.size_limits.iter().any(|limit| (limit - NEAR..=limit + NEAR).contains(&bytes))
    }
}

/// Of an entry of which nothing has been read; the first part that is added replaces it.
static UNKNOWN: Origin =
    Origin { name: "unknown", spans_lines: false, own_lines: true, size_limits: &[] };

/// The pages of a log that is fetched page by page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pages {
    /// Pages read.
    pub pages: i64,
    /// Records in them.
    pub records: i64,
    /// Records that there are, as the pages say: the largest number.
    pub total: i64,
    /// Pages that say that there are more.
    pub with_more: i64,
}

impl Pages {
    /// Adds others of the same log.
    pub fn add(&mut self, others: &Self) {
        self.pages += others.pages;
        self.records += others.records;
        // Every page repeats the total, which grows while a log is still written.
        self.total = self.total.max(others.total);
        self.with_more += others.with_more;
    }

    /// Whether pages are missing: fewer records than there are, or no page is the last one.
    pub fn is_missing_some(&self) -> bool {
        self.pages > 0 && (self.records < self.total || self.with_more == self.pages)
    }
}

/// Counts of one entry, or of a part of it; parts add up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Where the entry is from.
    pub origin: &'static Origin,
    /// Rows: non-blank lines.
    pub lines: i64,
    /// Lines that could not be parsed, and the row that ends an entry which could not be read further.
    pub malformed: i64,
    /// Of the malformed lines, those whose rows a filter left out.
    pub malformed_left_out: i64,
    /// The row that ends the entry was left out.
    pub end_left_out: bool,
    /// Lines that the fast parser did not take, malformed or not.
    pub missed: i64,
    /// Some times were written without a zone, so that they depend on the one that was given.
    pub local_times: bool,
    /// Records with keys, or types of keys, that are in `extra` because they are not in the schema.
    pub late: i64,
    /// Lines left out because another entry holds them.
    pub left_out: i64,
    /// Lines left out because they only say what to do with the record after them, as in a request to
    /// Elasticsearch's bulk API.
    pub actions: i64,
    /// Lines that were joined to the row before them. Not known of blocks that an index replaces.
    pub joined: i64,
    /// Lines of the text as such; `None` unless a receipt was asked for.
    pub text: Option<Box<TextCounts>>,
    /// Rows that did not pass the filter.
    pub filtered: i64,
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
    /// Signs that lines are missing or out of order, of all rows that were read; `None` unless asked for.
    pub continuity: Option<Box<Continuity>>,
    /// Lines whose message ends in the writer's mark of a cut.
    pub truncated_lines: i64,
    /// Pages, where the entry has such.
    pub pages: Pages,
    /// Rows left out because an earlier one had the same `--dedupe` key.
    pub duplicates: i64,
    /// Rows kept without being compared, because they lack the `--dedupe` key.
    pub unkeyed: i64,
    /// Why the entry could not be read to its end.
    pub failure: Option<String>,
}

impl Default for Tally {
    fn default() -> Self {
        Self::of(&UNKNOWN)
    }
}

/// How far from a limit, in bytes, a log is still suspected: the platform drops whole lines, so the rest
/// is seldom exactly as long as the limit.
const NEAR: i64 = 72 << 10;

impl Tally {
    /// Nothing counted yet.
    pub fn of(origin: &'static Origin) -> Self {
        Self {
            origin,
            lines: 0,
            malformed: 0,
            malformed_left_out: 0,
            end_left_out: false,
            missed: 0,
            local_times: false,
            late: 0,
            left_out: 0,
            actions: 0,
            joined: 0,
            text: None,
            filtered: 0,
            inflated_bytes: 0,
            first_timestamp: None,
            last_timestamp: None,
            levels: Default::default(),
            first_pos: None,
            continuity: None,
            truncated_lines: 0,
            pages: Pages::default(),
            duplicates: 0,
            unkeyed: 0,
            failure: None,
        }
    }

    /// When the work of the entry began and ended, in nanoseconds since 1970: as its platform says, or if it
    /// does not say both, the earliest and the latest time of its lines.
    pub fn span(&self, outcome: &Outcome) -> Option<(i64, i64)> {
        let by_lines = || self.first_timestamp.zip(self.last_timestamp);
        outcome.start.zip(outcome.end).or_else(by_lines)
    }

    /// The length of the [`span`](Self::span) in milliseconds; negative if the platform says so.
    pub fn duration_ms(&self, outcome: &Outcome) -> Option<i64> {
        let (start, end) = self.span(outcome)?;
        // 64 bits hold all times, but not the nanoseconds between any two of them.
        i64::try_from((i128::from(end) - i128::from(start)) / 1_000_000).ok()
    }

    /// Whether lines before the first were dropped: the writer's counter begins above the rows before it.
    pub fn lacks_start(&self) -> bool {
        let before = self.continuity.as_ref().map_or(0, |continuity| continuity.around.0);
        self.first_pos.is_some_and(|first| first > before)
    }

    /// Whether the text is as long as the platform lets a log become: its head may be missing.
    pub fn is_at_size_limit(&self) -> bool {
        self.origin.is_at_limit(self.inflated_bytes)
    }

    /// Malformed lines whose rows are in the output.
    pub fn malformed_rows(&self) -> i64 {
        // The row that ends an unreadable entry is counted as malformed, but it is not a line.
        self.malformed - i64::from(self.failure.is_some()) - self.malformed_left_out
    }

    /// Whether the last row is the error row that says why the entry ends, and is still in the output.
    pub(super) fn has_end_row(&self) -> bool {
        self.failure.is_some() && !self.end_left_out
    }

    /// Counts the rows of a part, which are the last ones of the columns. Called once for each part.
    pub(super) fn count(&mut self, columns: &Columns, rows: Range<usize>) {
        self.lines = rows.len() as i64;
        // The builder's columns hold the rows of earlier parts too; this part's are the last of them.
        let bounds = columns.timestamp.since(rows.start).least_and_greatest();
        (self.first_timestamp, self.last_timestamp) = bounds.unzip();
        self.first_pos = columns.pos.since(rows.start).iter().next();
        // Backwards, because a run ends where the next begins. The first run may have begun in an earlier
        // part.
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
        self.malformed_left_out += next.malformed_left_out;
        self.end_left_out |= next.end_left_out;
        self.missed += next.missed;
        self.local_times |= next.local_times;
        self.late += next.late;
        self.left_out += next.left_out;
        self.actions += next.actions;
        self.joined += next.joined;
        // Boxed, as few runs ask for them, and a tally is kept for each of a million entries.
        if let Some(text) = &next.text {
            self.text.get_or_insert_default().add(text);
        }
        self.filtered += next.filtered;
        self.inflated_bytes += next.inflated_bytes;
        // Lines are not sorted by time, so the bounds are those of all parts. `Option` orders `None` first,
        // which is right for the latest time and wrong for the earliest.
        self.first_timestamp = least(self.first_timestamp, next.first_timestamp);
        self.last_timestamp = self.last_timestamp.max(next.last_timestamp);
        for (sum, count) in self.levels.iter_mut().zip(next.levels) {
            *sum += count;
        }
        // Parts come in the order of the text: the first one that has a counter keeps it.
        self.first_pos = self.first_pos.or(next.first_pos);
        if let Some(continuity) = &next.continuity {
            self.continuity.get_or_insert_default().add(continuity);
        }
        self.truncated_lines += next.truncated_lines;
        self.pages.add(&next.pages);
        self.duplicates += next.duplicates;
        self.unkeyed += next.unkeyed;
        // What is told of a text line by line is known best at its end.
        if next.origin != &UNKNOWN {
            self.origin = next.origin;
        }
        self.failure = self.failure.take().or_else(|| next.failure.clone());
    }
}

/// The smaller one; `None` only if both are.
fn least(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}
