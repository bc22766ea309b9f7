//! The order in which runs of entries are begun.

use std::collections::VecDeque;
use std::ops::Range;

use crate::source::Catalog;

/// The runs in their order, after a few that are so large that, begun late, they would end long after
/// all others. At most half of the threads start with those; the others start from the beginning, so that
/// the first hits of a search are printed soon.
pub(super) fn large_first_of(
    runs: &[Range<usize>],
    catalog: &Catalog,
    threads: usize,
) -> VecDeque<usize> {
    let size = |run: &Range<usize>| -> u64 {
        let entries = catalog.entries[run.clone()].iter();
        entries.map(|entry| entry.inflated_bytes.unwrap_or(0)).fold(0, u64::saturating_add)
    };
    let total = runs.iter().map(size).fold(0, u64::saturating_add);
    // More than half of what each thread would have if the text were shared out evenly.
    let mut large: Vec<usize> =
        (0..runs.len()).filter(|&run| size(&runs[run]) > total / (2 * threads as u64)).collect();
    large.sort_by_key(|&run| std::cmp::Reverse(size(&runs[run])));
    large.truncate(threads / 2);
    let others = (0..runs.len()).filter(|run| !large.contains(run));
    large.iter().copied().chain(others).collect()
}
