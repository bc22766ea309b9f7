//! A run that adds bundles to a data set, and takes others out.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::TimeUnit;

use super::bundles::Bundles;
use super::commit;
use super::manifest::{BundleRecord, FileRecord, Manifest};
use super::place::place;
use super::split::{Fragment, Splitter};
use super::writer::{StagedFile, Writer};
use super::{Changes, DataSet};
use crate::error::{Error, Location, Result};
use crate::pipeline::Report;
use crate::scan::Scan;
use crate::sink::{Block, Encoder, Flow, Sink, open_block};
use crate::table::{KeySchema, TABLE_VERSION};

/// A run: what it reads, and what it has written so far.
#[derive(Debug)]
pub struct Update<'s> {
    set: &'s mut DataSet,
    scan: Scan,
    /// The manifest before, or that of a new data set.
    manifest: Manifest,
    /// The new bundles: the first gets the id `first_id`, and so on.
    bundles: Bundles,
    first_id: u64,
    /// Ids of bundles whose rows go.
    dropped: HashSet<u64>,
    /// How many of them are not read again.
    pruned: usize,
    staged: Arc<Mutex<Vec<StagedFile>>>,
}

/// What a run has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Committed {
    /// Rows of the bundles that were read.
    pub rows: u64,
    /// Files that were written.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Files that were removed, or replaced by some of those.
    pub replaced: usize,
    /// Bundles that were taken out.
    pub pruned: usize,
}

impl DataSet {
    /// Begins a run over what [`scan`](Self::scan) gave, with filters and columns of keys.
    ///
    /// # Errors
    /// Filters and other settings that change rows, and differ from those of the first run.
    pub fn update(&mut self, scan: Scan, changes: Changes) -> Result<Update<'_>> {
        let settings = settings_of(&scan, self.options.parquet.timestamp_unit);
        let manifest = match &self.manifest {
            Some(manifest) => {
                self.refuse_other_settings(&manifest.settings, &settings)?;
                manifest.clone()
            }
            None => {
                let names = self.keys.iter().map(|key| key.name().to_owned()).collect();
                let keys = scan.key_schema().map(|keys| KeySchema::clone(keys));
                let keys = self.renamed(keys.unwrap_or_default());
                Manifest::new(TABLE_VERSION, names, self.options.per_bundle, settings, keys)
            }
        };
        let scan = scan.of_data_set(Arc::new(manifest.keys.clone()));
        let gone = if self.options.prune { self.gone() } else { Vec::new() };
        let gone: HashSet<String> = gone.into_iter().collect();
        let gone = manifest.bundles.iter().filter(|own| gone.contains(&own.path));
        let mut dropped: HashSet<u64> = gone.map(|own| own.id).collect();
        let pruned = dropped.len();
        let bundles = changes.bundles;
        dropped.extend(bundles.found.iter().filter_map(|bundle| bundle.replaces));
        dropped.extend(&bundles.emptied);
        let first_id = manifest.next_id();
        let staged = Arc::default();
        Ok(Update { set: self, scan, manifest, bundles, first_id, dropped, pruned, staged })
    }

    /// The columns of keys with names that no folder has.
    fn renamed(&self, mut keys: KeySchema) -> KeySchema {
        let mut taken: HashSet<String> =
            keys.keys.iter().map(|key| key.name.to_lowercase()).collect();
        taken.extend(self.keys.iter().map(|key| key.name().to_owned()));
        for key in &mut keys.keys {
            if self.keys.iter().any(|own| own.name() == key.name.to_lowercase()) {
                while !taken.insert(key.name.to_lowercase()) {
                    key.name.push('_');
                }
            }
        }
        keys
    }

    pub(super) fn refuse_other_settings(
        &self,
        own: &BTreeMap<String, String>,
        asked: &BTreeMap<String, String>,
    ) -> Result<()> {
        let mut names = own.keys().chain(asked.keys());
        let Some(name) = names.find(|name| own.get(*name) != asked.get(*name)) else {
            return Ok(());
        };
        let value = |settings: &BTreeMap<String, String>| match settings.get(name) {
            Some(value) => format!("with {name} {value}"),
            None => format!("without {name}"),
        };
        let cause = format!("it was begun {}, and this run is {}", value(own), value(asked));
        Err(Error::new("cannot write", Location::bundle(self.root.to_string_lossy()), cause)
            .with_hint("all bundles of a data set are read alike: write to another directory"))
    }
}

/// The setting of the unit of times, and its value that is not the default.
const UNIT: &str = "--timestamp-unit";
const NANOSECONDS: &str = "ns";

/// The unit of times in files of a data set with these settings.
pub(super) fn unit_of(settings: &BTreeMap<String, String>) -> TimeUnit {
    match settings.get(UNIT).map(String::as_str) {
        Some(NANOSECONDS) => TimeUnit::Nanosecond,
        _ => TimeUnit::Microsecond,
    }
}

/// What decides on the rows of a bundle, and on the types of columns: only what is not the default.
pub(super) fn settings_of(scan: &Scan, unit: TimeUnit) -> BTreeMap<String, String> {
    let options = scan.options();
    let default = crate::pipeline::Options::default();
    let mut settings = BTreeMap::new();
    let mut set = |name: &str, value: String, default: String| {
        if value != default {
            settings.insert(name.to_owned(), value);
        }
    };
    set("--ansi", format!("{:?}", options.ansi).to_lowercase(), "strip".into());
    set("--tz", options.zone.to_string(), default.zone.to_string());
    set("--map", options.mapping.named_keys(), default.mapping.named_keys());
    let read = crate::source::ReadOptions::default();
    let own = scan.catalog().options();
    set("--max-line", own.max_line.to_string(), read.max_line.to_string());
    set("--join", own.join.to_string(), read.join.to_string());
    for (name, value) in scan.formats().settings() {
        set(name, value, String::new());
    }
    let unit = if unit == TimeUnit::Nanosecond { NANOSECONDS } else { "us" };
    set(UNIT, unit.to_owned(), "us".into());
    let filters = options.selection.as_ref().map(|selection| selection.filter.explain());
    let (paths, rows) = filters.unwrap_or_default();
    set("the filters", paths.into_iter().chain(rows).collect::<Vec<_>>().join("; "), String::new());
    settings
}

impl Update<'_> {
    /// The scan that is to be run into the [`sink`](Self::sink).
    pub fn scan(&self) -> &Scan {
        &self.scan
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.bundles.found.is_empty() && self.dropped.is_empty()
    }

    /// Begins to write: the rows that stay of files that lose some first, then those that the sink is given.
    /// `is_stopped` is asked now and then.
    ///
    /// # Errors
    /// The operating system's; an interruption.
    pub fn sink(&mut self, is_stopped: impl Fn() -> bool) -> Result<Box<dyn Sink>> {
        let threads = self.scan.options().threads;
        let writer = self.set.writer(&self.manifest.keys, threads, false);
        let mut writer = writer.map_err(|e| self.set.cannot_write(e))?;
        for file in self.manifest.files.iter().filter(|file| self.loses_rows(file)) {
            self.set
                .each_kept(file, &self.dropped, &is_stopped, |fragment| writer.push(fragment))?;
        }
        let catalog = self.scan.catalog();
        let of = |entry: usize| {
            let bundle = self.bundles.of(catalog, entry);
            bundle.map_or(0, |bundle| self.first_id + bundle as u64)
        };
        let splitter = Splitter {
            keys: self.set.keys.clone(),
            bundles: (0..catalog.entries.len()).map(of).collect(),
            per_bundle: self.manifest.per_bundle,
        };
        let staged = Arc::clone(&self.staged);
        Ok(Box::new(DataSetSink { splitter: Arc::new(splitter), writer, staged }))
    }

    fn loses_rows(&self, file: &FileRecord) -> bool {
        file.bundles.iter().any(|run| self.dropped.contains(&run.bundle))
    }

    /// Makes the run take effect, all of it at once.
    ///
    /// # Errors
    /// The operating system's. Before the run has happened nothing is changed; after that, the next run completes
    /// it.
    pub fn commit(mut self, report: &Report) -> Result<Committed> {
        let staged =
            std::mem::take(&mut *self.staged.lock().unwrap_or_else(PoisonError::into_inner));
        let mut manifest = self.manifest.clone();
        manifest.runs += 1;
        let parquet = &self.set.options.parquet;
        manifest.compression = Some(parquet.codec());
        manifest.row_group_rows = Some(parquet.row_group_rows);
        let removed = self.manifest.files.iter().filter(|file| self.loses_rows(file));
        let removed: Vec<FileRecord> = removed.cloned().collect();
        manifest.files.retain(|file| !self.loses_rows(file));
        manifest.bundles.retain(|bundle| !self.dropped.contains(&bundle.id));
        let mut rows: HashMap<u64, u64> = HashMap::new();
        for run in staged.iter().flat_map(|file| &file.runs) {
            *rows.entry(run.bundle).or_default() += run.rows;
        }
        let damaged = self.damaged(report);
        let found = std::mem::take(&mut self.bundles.found);
        let mut committed = Committed {
            rows: 0,
            files: staged.len(),
            bytes: staged.iter().map(|file| file.bytes).sum(),
            replaced: removed.len(),
            pruned: self.pruned,
        };
        for (id, bundle) in (self.first_id..).zip(found) {
            let rows = rows.get(&id).copied().unwrap_or_default();
            committed.rows += rows;
            manifest.bundles.push(BundleRecord {
                id,
                path: bundle.path,
                name: bundle.name,
                stamp: bundle.stamp,
                loose: bundle.is_loose,
                rows,
                damaged: damaged.contains(&id),
            });
        }
        let owners = manifest.bundles.iter().map(|bundle| (bundle.id, bundle.path.clone()));
        let owners: HashMap<u64, String> = owners.collect();
        let DataSet { root, keys, .. } = &*self.set;
        let journal = place(root, keys, manifest, staged, &owners, &removed, false)?;
        commit::commit(root, &journal).map_err(|e| self.set.cannot_write(e))?;
        self.set.manifest = Some(journal.manifest);
        Ok(committed)
    }

    /// Ids of bundles with entries that could not be read whole.
    fn damaged(&self, report: &Report) -> HashSet<u64> {
        let failed = report.tallies.iter().enumerate().filter(|(_, tally)| tally.failure.is_some());
        let bundles = failed.filter_map(|(entry, _)| self.bundles.of(self.scan.catalog(), entry));
        bundles.map(|bundle| self.first_id + bundle as u64).collect()
    }
}

impl Drop for Update<'_> {
    /// Removes the files of a run that did not take effect.
    fn drop(&mut self) {
        commit::clean(&self.set.root);
    }
}

/// Takes the rows of a run.
struct DataSetSink {
    splitter: Arc<Splitter>,
    writer: Writer,
    staged: Arc<Mutex<Vec<StagedFile>>>,
}

impl Sink for DataSetSink {
    fn encoder(&self) -> Arc<dyn Encoder> {
        self.splitter.clone()
    }

    /// Files begin with their first rows.
    fn begin(&mut self, _: &RecordBatch) -> io::Result<()> {
        Ok(())
    }

    fn append(&mut self, block: Block) -> io::Result<Flow> {
        let fragments: Vec<Fragment> = open_block(block)?;
        fragments.into_iter().try_for_each(|fragment| self.writer.push(fragment))?;
        Ok(Flow::Continue)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        let complete = self.writer.finish()?;
        *self.staged.lock().unwrap_or_else(PoisonError::into_inner) = complete;
        Ok(())
    }
}
