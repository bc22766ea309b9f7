//! Which blocks of indexed entries a query reads.

use std::sync::Arc;

use super::Indexed;
use super::counts::{left_out, tally_of};
use super::file::IndexFile;
use super::grams::Grams;
use super::layout::{BlockRecord, EntryRecord, HAS_TIME, RANDOM};
use crate::pipeline::Report;
use crate::query::{Levels, Selection};
use crate::record::level::Level;
use crate::source::{Access, AccessPoint, Block, Blocks, Catalog};
use crate::table::Tally;

/// A query as an index sees it.
pub(super) struct Question {
    levels: Option<Levels>,
    since: Option<i64>,
    until: Option<i64>,
    grams: Option<Grams>,
    /// Rows are tested: those of a block that is not read were left out.
    tests_rows: bool,
    /// No row is wanted at all, only counts.
    counts_only: bool,
    /// Selected rows are counted, as far as counts of blocks decide which those are.
    counting: Option<Counting>,
    /// Only rows with a text are selected.
    needs_text: bool,
    /// Only so many of the last selected rows are wanted.
    last: Option<u64>,
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

/// What a plan leaves out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Entries that have an index, and how many entries there are.
    pub indexed: usize,
    /// Blocks of those.
    pub blocks: usize,
    /// Blocks that are not read because of their levels.
    pub by_level: usize,
    /// Of their times.
    pub by_time: usize,
    /// Of their text.
    pub by_text: usize,
    /// Blocks that are not read because their counts are all that is wanted.
    pub counted: usize,
    /// Blocks that are not read because they come before the last rows.
    pub before: usize,
    /// Blocks that are read with the entry that they are in.
    pub with_entry: usize,
    /// Bytes of text that are not read.
    pub bytes: u64,
}

/// What is read, and what is known of the rest.
pub(crate) struct Planned {
    pub(crate) catalog: Arc<Catalog>,
    /// By entry: the counts of the blocks that are not read.
    pub(crate) unread: Vec<Option<Tally>>,
    pub(crate) pruned: Pruned,
    /// What was wanted of blocks of which rows are only counted.
    pub(crate) counted: Vec<BlockCounts>,
}

impl Planned {
    /// All is read.
    pub(crate) fn all(catalog: &Arc<Catalog>) -> Self {
        Self {
            catalog: Arc::clone(catalog),
            unread: Vec::new(),
            pruned: Pruned::default(),
            counted: Vec::new(),
        }
    }

    /// Adds to a report what is known of what was not read.
    pub(crate) fn complete(&self, report: &mut Report) {
        add_unread(&self.unread, report);
    }
}

/// Adds what is known of what was not read, by entry.
pub(crate) fn add_unread(unread: &[Option<Tally>], report: &mut Report) {
    for (tally, unread) in report.tallies.iter_mut().zip(unread) {
        if let Some(unread) = unread {
            tally.add(unread);
        }
    }
}

/// Why a block is not read.
enum Reason {
    Level,
    Time,
    Text,
    /// Its counts are all that is wanted: of the selected rows, if some are selected.
    Counted(Option<BlockCounts>),
    /// It comes before the last rows.
    Before,
}

impl Question {
    pub(super) fn new(selection: Option<&Selection>, counts_only: bool) -> Self {
        let filter = selection.map(|selection| &selection.filter);
        let needles = selection.and_then(Selection::needles);
        let tests_rows = selection.is_some_and(Selection::tests_rows);
        Self {
            levels: filter.and_then(|filter| filter.levels),
            since: filter.and_then(|filter| filter.since),
            until: filter.and_then(|filter| filter.until),
            grams: needles.and_then(|needles| Grams::of(needles.texts())),
            tests_rows,
            counts_only: counts_only && !tests_rows,
            counting: None,
            needs_text: selection.is_some_and(|selection| selection.matcher.is_some()),
            last: None,
        }
    }

    /// The same, for the last rows; `None` if counts of blocks cannot say which are selected.
    pub(super) fn last(selection: Option<&Selection>, rows: u64) -> Option<Self> {
        let counting = Self::counting(selection, Counting::default())?;
        // Rows without a text may not be printed: those that have one are enough.
        Some(Self { counting: None, last: Some(rows), needs_text: true, ..counting })
    }

    /// The first block that has some of the last rows, as the places of its entry and in it.
    fn first_of_last(
        &self,
        catalog: &Catalog,
        indexed: &[Option<Indexed>],
    ) -> Option<(usize, usize)> {
        let mut missing = self.last?;
        let question = Self { counting: Some(Counting::default()), grams: None, ..*self };
        for (place, entry) in catalog.entries.iter().enumerate().rev() {
            let Some(own) = indexed.get(entry.number).and_then(Option::as_ref) else { continue };
            for (number, block) in own.index.blocks(own.record()).iter().enumerate().rev() {
                let is_read = question.rules_out(&own.index, block).is_none();
                let counts = is_read.then(|| question.count(place, block)).flatten();
                let rows = counts.map_or(0, |counts| counts.levels.iter().sum());
                missing = missing.saturating_sub(rows);
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
            let own = counts.levels.map(|count| count.get().unsigned_abs());
            levels[..6].copy_from_slice(&own);
            levels[6] = counts.lines.get().unsigned_abs().saturating_sub(own.iter().sum());
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
        if let Some(levels) = self.levels {
            let mut all = Level::ALL.into_iter().zip(&counts.levels);
            if !all.any(|(level, count)| levels.has(level) && count.get() > 0) {
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
        let signature = index.data(&block.signature)?;
        (!grams.may_be_in(signature)).then_some(Reason::Text)
    }
}

/// The plan of a query for a catalog.
pub(super) fn plan(
    catalog: &Arc<Catalog>,
    indexed: &[Option<Indexed>],
    question: &Question,
) -> Planned {
    let mut pruned = Pruned::default();
    let mut planned = None;
    let mut unread = vec![None; catalog.entries.len()];
    let mut counted = Vec::new();
    let first = question.first_of_last(catalog, indexed);
    for (place, entry) in catalog.entries.iter().enumerate() {
        let Some(own) = indexed.get(entry.number).and_then(Option::as_ref) else { continue };
        pruned.indexed += 1;
        let record = own.record();
        let blocks = own.index.blocks(record);
        pruned.blocks += blocks.len();
        let reason = |(number, block): (usize, &BlockRecord)| {
            let is_counted =
                || question.count(place, block).map(|counts| Reason::Counted(Some(counts)));
            let is_before = first.is_some_and(|first| (place, number) < first);
            let ruled_out = question.rules_out(&own.index, block).or_else(is_counted);
            ruled_out.or(is_before.then_some(Reason::Before))
        };
        let reasons: Vec<Option<Reason>> = blocks.iter().enumerate().map(reason).collect();
        let read = reasons.iter().filter(|reason| reason.is_none()).count();
        if read == blocks.len() {
            continue;
        }
        // Counts of parts that are not in order would not add up.
        if read > 0 && (record.flags.get() & RANDOM == 0 || question.counts_only) {
            pruned.with_entry += blocks.len() - read;
            continue;
        }
        let Some(format) = entry.format else { continue };
        let origin = format.format().origin;
        let mut tally = Tally::of(origin);
        for (block, reason) in blocks.iter().zip(&reasons) {
            let Some(reason) = reason else { continue };
            match reason {
                Reason::Level => pruned.by_level += 1,
                Reason::Time => pruned.by_time += 1,
                Reason::Text => pruned.by_text += 1,
                Reason::Before => pruned.before += 1,
                Reason::Counted(counts) => {
                    pruned.counted += 1;
                    counted.extend(*counts);
                }
            }
            pruned.bytes += block.length.get();
            let own = tally_of(&block.counts, block.length.get(), origin);
            tally.add(&if question.tests_rows { left_out(own) } else { own });
        }
        unread[place] = Some(tally);
        let wanted = blocks.iter().zip(&reasons).filter(|(_, reason)| reason.is_none());
        let wanted: Vec<Block> = wanted.map(|(block, _)| block_of(&own.index, block)).collect();
        let access = (!own.index.points(record).is_empty() && !wanted.is_empty())
            .then(|| Arc::new(own.clone()) as Arc<dyn Access>);
        let planned = planned.get_or_insert_with(|| Catalog::clone(catalog));
        planned.entries[place].blocks = Some(Arc::new(Blocks { blocks: wanted, access }));
    }
    let catalog = planned.map_or_else(|| Arc::clone(catalog), Arc::new);
    Planned { catalog, unread, pruned, counted }
}

fn block_of(index: &IndexFile, block: &BlockRecord) -> Block {
    Block {
        offset: block.offset.get(),
        length: block.length.get(),
        first_line: block.first_line.get(),
        context: index.text(&block.context).to_vec(),
        is_last: block.flags.get() == 1,
    }
}

impl Access for Indexed {
    fn before(&self, text: u64) -> Option<AccessPoint> {
        let points = self.index.points(self.record());
        let after = points.partition_point(|point| point.text.get() <= text);
        let point = points.get(after.checked_sub(1)?)?;
        let history = self.index.data(&point.history)?.to_vec();
        Some(AccessPoint { text: point.text.get(), bit: point.bit.get(), history })
    }
}

impl Indexed {
    /// Its record.
    pub(super) fn record(&self) -> &EntryRecord {
        &self.index.all_entries()[self.entry]
    }
}

impl Pruned {
    /// What the index does for a query, as a line of its plan.
    pub fn explain(&self, entries: usize) -> String {
        let Self { indexed, blocks, by_level, by_time, by_text, counted, before, .. } = self;
        let Self { with_entry, bytes, .. } = self;
        let unread = by_level + by_time + by_text + counted + before;
        let mut text = format!(
            "index: {indexed} of {entries} entries have one; {} of {blocks} blocks are read",
            blocks - unread
        );
        let reasons = [("level", by_level), ("time", by_time), ("text", by_text)];
        let reasons = reasons.iter().filter(|(_, count)| **count > 0);
        let reasons: Vec<String> =
            reasons.map(|(name, count)| format!("{count} by {name}")).collect();
        if !reasons.is_empty() {
            text.push_str(&format!(", ruled out: {}", reasons.join(", ")));
        }
        if *counted > 0 {
            text.push_str(&format!(", {counted} are counted in the index"));
        }
        if *with_entry > 0 {
            text.push_str(&format!("; {with_entry} more are in entries without random access"));
        }
        text.push_str(&format!("; {bytes} bytes of text are not read"));
        text
    }
}
