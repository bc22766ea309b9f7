//! A pipeline: some entries of the archive, and what reading them has shown.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::rows::Entry;
use crate::serve::archive::Archive;
use crate::serve::ids::bundle_keys;

/// Filters whose totals are kept.
const TOTALS: usize = 256;

/// What is known of an entry that has been read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// Its earliest and latest record, in microseconds since 1970.
    pub(super) times: [i64; 2],
    /// The time of its next row without any time before it, when it began.
    pub(super) epoch: i64,
    /// All its rows are the platform's records, with times and ids of their own.
    pub(super) is_exact: bool,
}

impl Span {
    /// An entry without records so far.
    pub(super) fn beginning(epoch: i64) -> Self {
        Self { times: [i64::MAX, i64::MIN], epoch, is_exact: true }
    }

    /// Notes a record.
    pub(super) fn note(&mut self, time: i64, is_exact: bool) {
        self.times = [self.times[0].min(time), self.times[1].max(time)];
        self.is_exact &= is_exact;
    }

    /// Whether it has any record.
    pub(super) fn has_records(&self) -> bool {
        self.times[0] <= self.times[1]
    }
}

/// What reading all entries has shown.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By the place of the entry in the pipeline; `None`: it has no record. Empty if it was never read.
    pub(super) spans: Vec<Option<Span>>,
    /// How many records pass a filter.
    totals: HashMap<String, u64>,
}

impl Known {
    /// The records that pass a filter, if they were counted.
    pub(super) fn total(&self, filter: &str) -> Option<u64> {
        self.totals.get(filter).copied()
    }

    /// Remembers a total.
    pub(super) fn set_total(&mut self, filter: &str, total: u64) {
        if self.totals.len() >= TOTALS {
            self.totals.clear();
        }
        self.totals.insert(filter.to_owned(), total);
    }
}

/// A pipeline.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    /// In the order of the input.
    pub(super) entries: Vec<Entry>,
    known: Mutex<Known>,
}

impl Pipeline {
    /// What is known; others who ask wait meanwhile, so that equal requests read once.
    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pipelines by name: those of bundles, of Harness paths, and of the files and folders that the platform's logs
/// are in.
pub(super) fn pipelines(archive: &Archive) -> BTreeMap<String, Pipeline> {
    let keys = bundle_keys(archive.catalog());
    let mut pipelines: BTreeMap<String, Pipeline> = BTreeMap::new();
    for (index, entry) in archive.entries().iter().enumerate() {
        let is_own = archive.is_format(index, "deepset");
        let mut names = vec![archive.bundle_name(index)];
        names.extend(entry.identity.pipeline.as_deref());
        if is_own {
            let (folder, file) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
            names.push(folder.rsplit('/').next().unwrap_or(folder));
            names.push(file.split_once('.').map_or(file, |(stem, _)| stem));
        }
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        names.dedup();
        for name in names {
            let pipeline = pipelines.entry(name.to_owned()).or_default();
            pipeline.entries.push(Entry {
                number: entry.number,
                bundle: archive.catalog().bundle_of(entry).to_owned(),
                key: keys[entry.bundle].clone(),
                path: entry.path.clone(),
                is_own,
            });
        }
    }
    pipelines
}
