//! The first lines of the steps of folders: by them a whole log finds its folder, whatever both are
//! called.

use std::collections::HashMap;

use super::STAMP;
use super::lines::{Digests, Line};
use super::side::first_lines;
use crate::source::Catalog;

/// Bytes at the beginning of a log that are compared to find the folder it belongs to.
pub(super) const HEAD: usize = 16 << 10;

/// Nanoseconds by which the stamps of one line differ at most, nearly always. Jobs that start together
/// print the same lines, but not within a millisecond.
const SAME: u64 = 1_000_000;

/// The first lines of the steps in each folder, read when they are first asked for.
pub(super) struct Heads {
    /// Shared, so that digests of equal texts are equal.
    pub(super) digests: Digests,
    /// By folder: the times of each text.
    folders: Vec<Option<HashMap<u128, Vec<i64>>>>,
}

impl Heads {
    /// For so many folders.
    pub(super) fn new(folders: usize) -> Self {
        Self { digests: Digests::default(), folders: vec![None; folders] }
    }

    /// The first lines of the steps in the folder at `place`.
    pub(super) fn of(
        &mut self,
        place: usize,
        steps: &[usize],
        catalog: &Catalog,
    ) -> &HashMap<u128, Vec<i64>> {
        let Self { digests, folders } = self;
        folders[place].get_or_insert_with(|| {
            let mut texts: HashMap<u128, Vec<i64>> = HashMap::new();
            for line in steps.iter().flat_map(|&step| first_lines(catalog, step, digests, HEAD)) {
                texts.entry(line.digest).or_default().push(line.time);
            }
            texts
        })
    }
}

/// Whether a line of a whole log is among the first lines of a folder's steps.
pub(super) fn is_among(line: &Line, texts: &HashMap<u128, Vec<i64>>) -> bool {
    let times = texts.get(&line.digest).into_iter().flatten();
    // Bounds the work on logs that repeat one text: about as many stamped lines as a head can have.
    times.take(HEAD / STAMP).any(|time| time.abs_diff(line.time) <= SAME)
}
