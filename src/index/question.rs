//! A question to an index: which blocks may have rows that it wants.

use std::sync::Arc;

use super::Indexed;
use super::file::IndexFile;
use super::grams::Grams;
use super::layout::{BlockRecord, CountsRecord, HAS_TIME};
use crate::query::{Filter, Levels, Selection};
use crate::record::level::Level;
use crate::source::Catalog;

/// A query as an index sees it.
pub(super) struct Question {
    levels: Option<Levels>,
    /// Whether rows of each level, and of none, may be wanted; `None`: all may be.
    possible: Option<[bool; 7]>,
    since: Option<i64>,
    until: Option<i64>,
    grams: Option<Grams>,
    /// Rows are tested: those of a block that is not read were left out.
    pub(super) tests_rows: bool,
    /// No row is wanted at all, only counts.
    pub(super) counts_only: bool,
    /// Selected rows are counted, as far as counts of blocks decide which those are.
    counting: Option<Counting>,
    /// Only rows with a text are selected.
    needs_text: bool,
    /// Only so many of the last selected rows are wanted.
    last: Option<u64>,
    /// Only so many of the earliest or latest are wanted.
    extreme: Option<Extreme>,
    /// Rows beside selected ones are wanted too: so many before and after each.
    reach: [u64; 2],
}

/// What is wanted of rows that are counted and not looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counting {
    /// Nanoseconds of the spans of time, from 1970 on, that are counted apart.
    pub span: Option<i64>,
}

/// Selected rows of a block that was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockCounts {
    /// The index of its entry in the catalog.
    pub entry: usize,
    /// Its earliest time.
    pub first: Option<i64>,
    /// Rows of each level, in the order of [`Level::ALL`], and of none.
    pub levels: [u64; 7],
}

/// Selected rows that are wanted of all in the order of their times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extreme {
    /// So many of the earliest.
    Earliest(u64),
    /// So many of the latest.
    Latest(u64),
}

/// What is wanted but all selected rows.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// How many there are.
    Counts(Counting),
    /// So many of the last.
    Last(u64),
    /// Those that others select, and so many rows before and after each.
    Beside(Arc<Selection>, [u64; 2]),
    /// The earliest or latest of them by time.
    Extreme(Extreme),
}

/// Why a block is not read.
pub(super) enum Reason {
    Level,
    Time,
    Text,
    /// Its counts are all that is wanted: of the selected rows, if some are selected.
    Counted(Option<BlockCounts>),
    /// Its rows come before the last ones, or are not among the earliest or latest.
    Beyond,
}

/// The rows that are not among the earliest or latest.
#[derive(Debug, Clone, Copy)]
enum Bound {
    Before(i64),
    After(i64),
}

/// What bounds the rows that are wanted, and not what is in a block alone.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bounds {
    /// The first block that has some of the last rows: the places of its entry and in it.
    first: Option<(usize, usize)>,
    times: Option<Bound>,
}

impl Bounds {
    /// Whether a block has no wanted row. `place`: of its entry and in it; `is_timed`: all rows of the entry
    /// have times of their own.
    fn rule_out(self, place: (usize, usize), block: &BlockRecord, is_timed: bool) -> bool {
        let has_time = block.counts.flags.get() & HAS_TIME != 0;
        self.first.is_some_and(|first| place < first)
            || is_timed
                && has_time
                && self.times.is_some_and(|bound| match bound {
                    Bound::Before(time) => block.counts.last.get() < time,
                    Bound::After(time) => block.counts.first.get() > time,
                })
    }
}

/// Whether all rows of blocks have times of their own. Others are sorted by the time of a row before them.
fn all_timed(blocks: &[BlockRecord]) -> bool {
    blocks.iter().all(|block| block.counts.timed.get() == block.counts.lines.get())
}

impl Question {
    pub(super) fn new(selection: Option<&Selection>, counts_only: bool) -> Self {
        let filter = selection.map(|selection| &selection.filter);
        let needles = selection.and_then(Selection::needles);
        let tests_rows = selection.is_some_and(Selection::tests_rows);
        Self {
            levels: filter.and_then(|filter| filter.levels),
            possible: filter.map(possible_of).filter(|possible| possible.contains(&false)),
            since: filter.and_then(|filter| filter.since),
            until: filter.and_then(|filter| filter.until),
            grams: needles.and_then(|needles| Grams::of(needles.texts())),
            tests_rows,
            counts_only: counts_only && !tests_rows,
            counting: None,
            needs_text: selection.is_some_and(|selection| selection.matcher.is_some()),
            last: None,
            extreme: None,
            reach: [0; 2],
        }
    }

    /// The same, for what is wanted of the rows; `None` if counts of blocks cannot say which are selected.
    pub(super) fn wanting(selection: Option<&Selection>, wanted: &Wanted) -> Option<Self> {
        match wanted {
            Wanted::Counts(counting) => Self::counting(selection, *counting),
            Wanted::Last(rows) => Self::last(selection, *rows),
            Wanted::Beside(marks, reach) => Some(Self::beside(marks, *reach)),
            Wanted::Extreme(extreme) => Self::extreme(selection, *extreme),
        }
    }

    /// The same, for rows that match and so many before and after each. All rows of what is read are
    /// handed over.
    fn beside(marks: &Selection, [before, after]: [u64; 2]) -> Self {
        // One row more on one side, or who prints them would not see that some are missing between two matches.
        let reach = if before > 0 { [before + 1, after] } else { [0, after + 1] };
        Self { tests_rows: false, reach, ..Self::new(Some(marks), false) }
    }

    /// The same, for the earliest or latest rows; `None` if counts of blocks cannot say which are selected.
    fn extreme(selection: Option<&Selection>, extreme: Extreme) -> Option<Self> {
        let counting = Self::counting(selection, Counting::default())?;
        // As for the last rows.
        Some(Self { counting: None, extreme: Some(extreme), needs_text: true, ..counting })
    }

    /// The same, for the last rows; `None` if counts of blocks cannot say which are selected.
    fn last(selection: Option<&Selection>, rows: u64) -> Option<Self> {
        let counting = Self::counting(selection, Counting::default())?;
        // Rows without a text may not be printed: those that have one are enough.
        Some(Self { counting: None, last: Some(rows), needs_text: true, ..counting })
    }

    /// What bounds the wanted rows of these entries.
    pub(super) fn bounds(&self, catalog: &Catalog, indexed: &[Option<Indexed>]) -> Bounds {
        Bounds {
            first: self.first_of_last(catalog, indexed),
            times: self.bound_of_times(catalog, indexed),
        }
    }

    /// The same question, as one that counts.
    fn to_count(&self) -> Self {
        Self { counting: Some(Counting::default()), grams: None, ..*self }
    }

    /// Selected rows of a block, as far as its counts say.
    fn rows_of(&self, place: usize, own: &Indexed, block: &BlockRecord) -> u64 {
        match self.rules_out(&own.index, block) {
            Some(_) => 0,
            None => self.count(place, block).map_or(0, |counts| counts.levels.iter().sum()),
        }
    }

    /// Where the times of the earliest or latest rows end: so many have been counted up to there.
    fn bound_of_times(&self, catalog: &Catalog, indexed: &[Option<Indexed>]) -> Option<Bound> {
        let extreme = self.extreme?;
        let question = self.to_count();
        let mut counts: Vec<(i64, u64)> = Vec::new();
        for (place, entry) in catalog.entries.iter().enumerate() {
            let Some(own) = indexed.get(entry.number).and_then(Option::as_ref) else { continue };
            let blocks = own.index.blocks(own.record());
            for block in blocks.iter().filter(|_| all_timed(blocks)) {
                let time = match extreme {
                    Extreme::Earliest(_) => block.counts.last.get(),
                    Extreme::Latest(_) => block.counts.first.get(),
                };
                counts.push((time, question.rows_of(place, own, block)));
            }
        }
        counts.sort_unstable();
        let (mut missing, bound): (u64, fn(i64) -> Bound) = match extreme {
            Extreme::Earliest(rows) => (rows, Bound::After),
            Extreme::Latest(rows) => (rows, Bound::Before),
        };
        if let Extreme::Latest(_) = extreme {
            counts.reverse();
        }
        counts.into_iter().find_map(|(time, rows)| {
            missing = missing.saturating_sub(rows);
            (missing == 0).then(|| bound(time))
        })
    }

    /// Why blocks of an entry are not read; `None` for those that are.
    pub(super) fn reasons(
        &self,
        place: usize,
        own: &Indexed,
        bounds: Bounds,
    ) -> Vec<Option<Reason>> {
        let blocks = own.index.blocks(own.record());
        let is_timed = bounds.times.is_some() && all_timed(blocks);
        let reason = |(number, block): (usize, &BlockRecord)| {
            let is_counted =
                || self.count(place, block).map(|counts| Reason::Counted(Some(counts)));
            let is_beyond = || bounds.rule_out((place, number), block, is_timed);
            let ruled_out = self.rules_out(&own.index, block).or_else(is_counted);
            ruled_out.or_else(|| is_beyond().then_some(Reason::Beyond))
        };
        let mut reasons: Vec<Option<Reason>> = blocks.iter().enumerate().map(reason).collect();
        let lines = |at: usize| blocks[at].counts.lines.get().unsigned_abs();
        let was_read: Vec<bool> = reasons.iter().map(Option::is_none).collect();
        let [before, after] = self.reach;
        keep_after(&mut reasons, &was_read, 0..blocks.len(), after, lines);
        keep_after(&mut reasons, &was_read, (0..blocks.len()).rev(), before, lines);
        reasons
    }

    /// The first block that has some of the last rows, as the places of its entry and in it.
    fn first_of_last(
        &self,
        catalog: &Catalog,
        indexed: &[Option<Indexed>],
    ) -> Option<(usize, usize)> {
        let mut missing = self.last?;
        let question = self.to_count();
        for (place, entry) in catalog.entries.iter().enumerate().rev() {
            let Some(own) = indexed.get(entry.number).and_then(Option::as_ref) else { continue };
            for (number, block) in own.index.blocks(own.record()).iter().enumerate().rev() {
                missing = missing.saturating_sub(question.rows_of(place, own, block));
                if missing == 0 {
                    return Some((place, number));
                }
            }
        }
        None
    }

    /// The same, for rows that are counted; `None` if counts of blocks cannot say which are selected.
    pub(super) fn counting(selection: Option<&Selection>, counting: Counting) -> Option<Self> {
        let decides = selection.is_none_or(|selection| {
            let Selection { filter, matcher, searched } = selection;
            let all = matcher.as_ref().is_none_or(|matcher| matcher.matches_all());
            all && searched.is_empty() && filter.tests_only_levels_and_times()
        });
        decides.then(|| Self { counting: Some(counting), ..Self::new(selection, false) })
    }

    /// The selected rows of a block, if its counts say how many there are.
    fn count(&self, entry: usize, block: &BlockRecord) -> Option<BlockCounts> {
        let counting = self.counting?;
        let counts = &block.counts;
        let has_time = counts.flags.get() & HAS_TIME != 0;
        let (first, last) = (counts.first.get(), counts.last.get());
        let is_timed = has_time && counts.timed.get() == counts.lines.get();
        let is_within = self.since.is_none_or(|since| first >= since)
            && self.until.is_none_or(|until| last < until);
        if (self.since.is_some() || self.until.is_some()) && !(is_timed && is_within) {
            return None;
        }
        if let Some(span) = counting.span
            && !(is_timed && first.div_euclid(span) == last.div_euclid(span))
        {
            return None;
        }
        let mut levels = block.texts.map(|count| u64::from(count.get()));
        if !self.needs_text {
            levels = rows_by_level(counts);
        }
        if let Some(wanted) = self.levels {
            for (level, count) in Level::ALL.into_iter().zip(&mut levels) {
                *count = if wanted.has(level) { *count } else { 0 };
            }
            levels[6] = 0;
        }
        Some(BlockCounts { entry, first: has_time.then_some(first), levels })
    }

    /// Why a block has no wanted row; `None` if it may have some.
    fn rules_out(&self, index: &IndexFile, block: &BlockRecord) -> Option<Reason> {
        let counts = &block.counts;
        if self.counts_only {
            // Malformed lines are shown, with their places.
            return (counts.malformed.get() == 0).then_some(Reason::Counted(None));
        }
        if let Some(possible) = self.possible {
            let all = rows_by_level(counts);
            if !possible.iter().zip(all).any(|(possible, count)| *possible && count > 0) {
                return Some(Reason::Level);
            }
        }
        if self.since.is_some() || self.until.is_some() {
            // Rows without a time do not pass.
            let has_time = counts.flags.get() & HAS_TIME != 0;
            let is_before = self.since.is_some_and(|since| counts.last.get() < since);
            let is_after = self.until.is_some_and(|until| counts.first.get() >= until);
            if !has_time || is_before || is_after {
                return Some(Reason::Time);
            }
        }
        let grams = self.grams.as_ref()?;
        let signature = index.signature(&block.signature)?;
        (!grams.may_be_in(&signature)).then_some(Reason::Text)
    }
}

/// Whether rows of each level, and of none, may pass.
fn possible_of(filter: &Filter) -> [bool; 7] {
    let mut possible = [true; 7];
    let levels = Level::ALL.map(Some).into_iter().chain([None]);
    possible.iter_mut().zip(levels).for_each(|(own, level)| *own = filter.may_pass(level));
    possible
}

/// Rows of each level, and of none.
fn rows_by_level(counts: &CountsRecord) -> [u64; 7] {
    let own = counts.levels.map(|count| count.get().unsigned_abs());
    let mut levels = [0; 7];
    levels[..6].copy_from_slice(&own);
    levels[6] = counts.lines.get().unsigned_abs().saturating_sub(own.iter().sum());
    levels
}

/// Keeps blocks that come after one that is read, in this order, up to so many rows.
fn keep_after(
    reasons: &mut [Option<Reason>],
    was_read: &[bool],
    order: impl Iterator<Item = usize>,
    rows: u64,
    lines: impl Fn(usize) -> u64,
) {
    let mut left = 0_u64;
    for at in order {
        if was_read[at] {
            left = rows;
        } else if left > 0 {
            reasons[at] = None;
            left = left.saturating_sub(lines(at));
        }
    }
}
