//! Whether the records of an index are such as an index has.
//!
//! Check sums catch accidents, not files that were made to do harm: one whose check sums are right may have any
//! number anywhere. Sums of what passes here do not overflow, no memory or time is asked for beyond what the
//! file's own size allows, and blocks and points are in the order of the text. Numbers that are merely wrong
//! cannot be told from others.

use std::ops::Range;
use std::path::Path;

use super::file::{IndexFile, Key, Unusable, range_of};
use super::layout::{BlockRecord, CountsRecord, PointRecord, Run, Span};

/// Bytes of text in one index, at most: sums of several stay far from the limits of their types.
const LARGEST: u64 = 1 << 50;

/// Tells the place of what records own, one after the other.
struct Runs(usize);

impl Runs {
    /// Whether these follow the last; none of them belongs to two.
    fn follow(&mut self, run: &Run) -> bool {
        let Range { start, end } = range_of(run);
        std::mem::replace(&mut self.0, end) == start && start <= end
    }
}

/// Opens an index whose records are sound.
pub(super) fn open(path: &Path, key: Key, map: bool) -> Result<IndexFile, Unusable> {
    let index = IndexFile::open(path, key, map)?;
    is_sound(&index).then_some(index).ok_or(Unusable::Damaged)
}

/// Whether all that records refer to is there, once, and in order.
fn is_sound(index: &IndexFile) -> bool {
    let (mut entries, mut blocks, mut points) = (Runs(0), Runs(0), Runs(0));
    let all_follow = index.files().iter().all(|file| entries.follow(&file.entries))
        && index
            .all_entries()
            .iter()
            .all(|entry| blocks.follow(&entry.blocks) && points.follow(&entry.points));
    all_follow
        && entries.0 == index.all_entries().len()
        && blocks.0 == index.all_blocks().len()
        && points.0 == index.all_points().len()
        && are_there(index)
        && are_in_order(index)
}

/// Whether names, contexts, signatures and histories are in their sections. Those that are copied or looked
/// through share no bytes, so that many records cannot ask for the same large part over and over.
fn are_there(index: &IndexFile) -> bool {
    let sum = |spans: &mut dyn Iterator<Item = &Span>| {
        spans.map(|span| u64::from(span.length.get())).sum::<u64>()
    };
    let mut contexts = index.all_blocks().iter().map(|block| &block.context);
    let signatures = index.all_blocks().iter().map(|block| &block.signature);
    let mut data = signatures.chain(index.all_points().iter().map(|point| &point.history));
    index.files().iter().all(|file| index.has_text(&file.path))
        && index.all_entries().iter().all(|entry| index.has_text(&entry.format))
        && contexts.clone().all(|context| index.has_text(context))
        && data.clone().all(|part| index.has_data(part))
        && sum(&mut contexts) <= index.text_bytes()
        && sum(&mut data) <= index.data_bytes()
}

fn are_in_order(index: &IndexFile) -> bool {
    let mut bytes = 0;
    index.all_entries().iter().all(|entry| {
        let end = end_of(index.blocks(entry));
        bytes += end.unwrap_or(0);
        end.is_some() && bytes <= LARGEST && has_points_in_order(index.points(entry))
    })
}

/// Where the last of the blocks of an entry ends; `None` if they are not one after the other.
fn end_of(blocks: &[BlockRecord]) -> Option<u64> {
    let (mut end, mut line) = (0, 1);
    for (number, block) in blocks.iter().enumerate() {
        let (start, length) = (block.offset.get(), block.length.get());
        let first = block.first_line.get();
        // A line before it has a byte at least.
        let has_lines = first >= line && first.cast_unsigned().saturating_sub(1) <= start;
        let is_last = number + 1 == blocks.len();
        if start < end || !has_lines || (block.flags.get() == 1 && !is_last) {
            return None;
        }
        end = start.checked_add(length).filter(|end| *end <= LARGEST)?;
        line = first;
        counts_of(&block.counts).all(|count| (0..=LARGEST as i64).contains(&count)).then_some(())?;
    }
    Some(end)
}

/// All that is added up.
fn counts_of(counts: &CountsRecord) -> impl Iterator<Item = i64> {
    let CountsRecord { lines, malformed, missed, left_out, actions, truncated, timed, .. } = counts;
    let [pages, records, _, with_more] = counts.pages;
    let all = [*lines, *malformed, *missed, *left_out, *actions, *truncated, *timed];
    all.into_iter().chain(counts.levels).chain([pages, records, with_more]).map(|count| count.get())
}

fn has_points_in_order(points: &[PointRecord]) -> bool {
    points.is_sorted_by(|a, b| a.text.get() < b.text.get() && a.bit.get() < b.bit.get())
}
