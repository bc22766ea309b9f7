//! The order of the entries in `ripsaw ls`.

use std::cmp::Reverse;

use ripsaw::record::level::Level;
use ripsaw::source::Catalog;
use ripsaw::table::Tally;

use super::super::args::ListSort;

/// Which entries are listed, by index in the catalog, in order. Entries that are equal in what they are sorted
/// by stay in the order of the input.
pub(super) fn order(
    catalog: &Catalog,
    tallies: &[Tally],
    sort: ListSort,
    top: Option<usize>,
) -> Vec<usize> {
    let mut order: Vec<usize> = (0..tallies.len()).collect();
    let lines = |entry: usize, level: Level| tallies[entry].levels[level as usize];
    match sort {
        // The catalog has been put in the order of paths before it was read.
        ListSort::None | ListSort::Path => {}
        ListSort::Time => order.sort_by_key(|&entry| {
            let start = tallies[entry].span(&catalog.entries[entry].outcome).map(|span| span.0);
            // Entries without a time come last.
            (start.is_none(), start)
        }),
        ListSort::Lines => order.sort_by_key(|&entry| Reverse(tallies[entry].lines)),
        ListSort::Bytes => order.sort_by_key(|&entry| Reverse(tallies[entry].inflated_bytes)),
        ListSort::Errors => order.sort_by_key(|&entry| {
            let errors = lines(entry, Level::Error) + lines(entry, Level::Fatal);
            Reverse((errors, lines(entry, Level::Warn)))
        }),
        ListSort::Duration => order.sort_by_key(|&entry| {
            // `None` is less than any number, so it comes last.
            Reverse(tallies[entry].duration_ms(&catalog.entries[entry].outcome))
        }),
    }
    order.truncate(top.unwrap_or(usize::MAX));
    order
}

impl ListSort {
    /// Whether entries of one bundle or stage may not be next to each other.
    pub(super) fn mixes(self) -> bool {
        !matches!(self, Self::None | Self::Path)
    }
}
