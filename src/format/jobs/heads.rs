//! The first lines of the steps of folders: by them a whole log finds its folder, whatever both are
//! called.

use std::collections::HashMap;

use super::STAMP;
use super::lines::{Digests, Line};
use super::side::first_lines;
use crate::source::Catalog;

/// Bytes of a log that are looked at to see whose it is.
pub(super) const HEAD: usize = 16 << 10;

/// Nanoseconds between the stamps of one line, most of the time: jobs that start together print the
/// same lines, but not at the same microsecond.
const SAME: u64 = 1_000_000;

/// The first lines of the steps of folders: the times of each text.
pub(super) struct Heads {
    pub(super) digests: Digests,
    folders: Vec<Option<HashMap<u128, Vec<i64>>>>,
}

impl Heads {
    pub(super) fn new(folders: usize) -> Self {
        Self { digests: Digests::default(), folders: vec![None; folders] }
    }

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

pub(super) fn is_among(line: &Line, texts: &HashMap<u128, Vec<i64>>) -> bool {
    let times = texts.get(&line.digest).into_iter().flatten();
    times.take(HEAD / STAMP).any(|time| time.abs_diff(line.time) <= SAME)
}
