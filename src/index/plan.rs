//! Which blocks of indexed entries a query reads.

use std::ops::Range;
use std::sync::Arc;

use super::Indexed;
use super::counts::{left_out, tally_of};
use super::file::IndexFile;
use super::layout::{BlockRecord, EntryRecord, RANDOM};
use super::question::{BlockCounts, Question, Reason};
use crate::pipeline::Report;
use crate::source::{Access, AccessPoint, Block, Blocks, Catalog, Entry};
use crate::table::Tally;

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
    /// Blocks that are not read because their rows are not among the last, earliest or latest that are wanted.
    pub beyond: usize,
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
    let bounds = question.bounds(catalog, indexed);
    for (place, entry) in catalog.entries.iter().enumerate() {
        let Some(own) = indexed.get(entry.number).and_then(Option::as_ref) else { continue };
        pruned.indexed += 1;
        let record = own.record();
        let blocks = own.index.blocks(record);
        let part = part_of(entry, blocks);
        let reasons = &question.reasons(place, own, bounds)[part.clone()];
        let blocks = &blocks[part];
        pruned.blocks += blocks.len();
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
        for (block, reason) in blocks.iter().zip(reasons) {
            let Some(reason) = reason else { continue };
            match reason {
                Reason::Level => pruned.by_level += 1,
                Reason::Time => pruned.by_time += 1,
                Reason::Text => pruned.by_text += 1,
                Reason::Beyond => pruned.beyond += 1,
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
        let wanted = blocks.iter().zip(reasons).filter(|(_, reason)| reason.is_none());
        let wanted: Vec<Block> = wanted.map(|(block, _)| block_of(&own.index, block)).collect();
        let access = if wanted.is_empty() { None } else { access_of(own) };
        let planned = planned.get_or_insert_with(|| Catalog::clone(catalog));
        planned.entries[place].blocks = Some(Arc::new(Blocks { blocks: wanted, access }));
    }
    let catalog = planned.map_or_else(|| Arc::clone(catalog), Arc::new);
    Planned { catalog, unread, pruned, counted }
}

/// The places of the blocks of an entry: of all, or of those in the part that it is of a divided one.
fn part_of(entry: &Entry, blocks: &[BlockRecord]) -> Range<usize> {
    let Some(own) = &entry.blocks else { return 0..blocks.len() };
    let Range { start, end } = own.range();
    let before = |offset: u64| blocks.partition_point(|block| block.offset.get() < offset);
    before(start)..before(end)
}

/// Parts of an entry of about `target` bytes of text, with the numbers of their first lines.
pub(super) fn parts(own: &Indexed, target: u64) -> Option<Vec<(Range<u64>, i64)>> {
    let record = own.record();
    if record.flags.get() & RANDOM == 0 {
        return None;
    }
    let mut parts: Vec<(Range<u64>, i64)> = Vec::new();
    for block in own.index.blocks(record) {
        let (start, end) = (block.offset.get(), block.offset.get() + block.length.get());
        match parts.last_mut().filter(|(part, _)| end - part.start <= target) {
            Some((part, _)) => part.end = end,
            None => parts.push((start..end, block.first_line.get())),
        }
    }
    Some(parts)
}

/// The blocks of a part.
pub(super) fn blocks_within(own: &Indexed, part: &Range<u64>) -> Option<Blocks> {
    let record = own.record();
    if record.flags.get() & RANDOM == 0 {
        return None;
    }
    let is_within = |block: &&BlockRecord| part.contains(&block.offset.get());
    let blocks = own.index.blocks(record).iter().filter(is_within);
    let blocks: Vec<Block> = blocks.map(|block| block_of(&own.index, block)).collect();
    let (first, last) = (blocks.first()?, blocks.last()?);
    let is_same = first.offset == part.start && last.offset + last.length == part.end;
    is_same.then(|| Blocks { access: access_of(own), blocks })
}

/// The ways into a deflated text.
fn access_of(own: &Indexed) -> Option<Arc<dyn Access>> {
    let has_points = !own.index.points(own.record()).is_empty();
    has_points.then(|| Arc::new(own.clone()) as Arc<dyn Access>)
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
        let history = self.index.history(&point.history)?.to_vec();
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
        let Self { indexed, blocks, by_level, by_time, by_text, counted, beyond, .. } = self;
        let Self { with_entry, bytes, .. } = self;
        let unread = by_level + by_time + by_text + counted + beyond;
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
