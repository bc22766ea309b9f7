//! Indexes of a scan: opened with it, asked before it reads, and made by it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::prune::{PrunedUnits, prune};
use super::{IndexPolicy, Scan, ScanOptions};
use crate::error::{Error, Result};
use crate::index::{
    self, BlockCounts, Building, Counting, Extreme, Files, Indexes, Planned, Pruned, Wanted,
    Written,
};
use crate::pipeline::{self, Options, Report, Watcher};
use crate::query::Selection;
use crate::sink::{Discard, Sink};
use crate::source::{Catalog, Entry, Progress};
use crate::table::Dictionaries;

/// Indexes that runs of a scan write.
#[derive(Debug, Clone)]
pub(super) struct Indexing {
    /// All entries, also those that filters leave out.
    catalog: Arc<Catalog>,
    /// What was written by the last run; `None`: nothing, for it ended before the input.
    written: Arc<Mutex<Option<Vec<Written>>>>,
}

impl Indexing {
    fn set(&self, written: Option<Vec<Written>>) {
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = written;
    }
}

/// Shows the progress of a pass before another, and lets it be interrupted.
struct Progressing<'w, W>(&'w mut W);

impl<W: Watcher> Watcher for Progressing<'_, W> {
    fn progress(&mut self, progress: &Progress) -> bool {
        self.0.progress(progress)
    }
}

/// Whether a scan uses indexes.
fn uses_indexes(index: &IndexPolicy, options: &Options) -> bool {
    *index != IndexPolicy::Never && !options.receipt && !options.strict && !options.keep_raw
}

/// Sets the formats that indexes have, of a catalog that was only listed.
pub(super) fn tell_formats(catalog: &mut Catalog, options: &ScanOptions) -> Files {
    let ScanOptions { index, pipeline, .. } = options;
    if !uses_indexes(index, pipeline) {
        return Files::default();
    }
    let key = Indexes::key(catalog, pipeline, &options.formats());
    Indexes::tell_formats(catalog, key, index.folder(), pipeline.threads)
}

/// The indexes that fit a catalog that was only listed; its formats are theirs.
pub(super) fn indexes_of(
    catalog: &Catalog,
    options: &ScanOptions,
    files: Files,
) -> Option<Indexes> {
    let ScanOptions { index, pipeline, .. } = options;
    if !uses_indexes(index, pipeline) {
        return None;
    }
    let key = Indexes::key(catalog, pipeline, &options.formats());
    Indexes::open(catalog, key, index.folder(), pipeline.threads, files, &mut Vec::new())
}

impl Scan {
    /// Opens the indexes that fit; those that do not are among the catalog's warnings. A receipt counts all
    /// lines of the text anew, and who wants every malformed line reads all as well.
    pub(super) fn open_indexes(&mut self, files: Files) {
        let (indexes, notices) = self.opened_indexes(files);
        self.indexes = indexes;
        if !notices.is_empty() {
            Arc::make_mut(&mut self.catalog).warnings.extend(notices);
        }
    }

    /// The indexes that fit, and what is said of others.
    fn opened_indexes(&self, files: Files) -> (Option<Indexes>, Vec<Error>) {
        let options = &self.options;
        let mut notices = Vec::new();
        if !uses_indexes(&self.index, options) {
            return (None, notices);
        }
        let key = Indexes::key(&self.catalog, options, &self.formats);
        let (folder, threads) = (self.index.folder(), options.threads);
        let indexes = Indexes::open(&self.catalog, key, folder, threads, files, &mut notices);
        (indexes, notices)
    }

    /// The indexes that say what is read. Where many records share a line, the line itself is that of a whole
    /// reading. Where a file is several entries, rows beside one may be in the next, and a time in the one before.
    fn usable_indexes(&self) -> Option<Indexes> {
        let indexes = self.indexes.as_ref()?;
        let needs_lines = self.options.raw || self.options.offsets;
        let needs_files = matches!(self.wanted, Some(Wanted::Beside(..) | Wanted::Extreme(_)));
        if !needs_lines && !needs_files {
            return Some(indexes.clone());
        }
        let shares = |entry: &Entry| entry.format.is_none_or(|id| id.format().origin.spans_lines);
        let entries = &self.catalog.entries;
        let of_lines = entries.iter().filter(|entry| needs_lines && shares(entry));
        let is_same = |pair: &&[Entry]| {
            needs_files && (pair[0].bundle, &pair[0].path) == (pair[1].bundle, &pair[1].path)
        };
        let of_files = entries.windows(2).filter(is_same).flatten();
        let numbers: HashSet<usize> = of_lines.chain(of_files).map(|entry| entry.number).collect();
        Some(indexes.without(|number| numbers.contains(&number)))
    }

    /// What is read, by the indexes. `counts_only`: no row is wanted.
    pub(super) fn planned(&self, counts_only: bool) -> Planned {
        let selection = self.options.selection.as_deref();
        let indexes = self.usable_indexes();
        let planned = match &indexes {
            Some(indexes) => {
                indexes.plan(&self.catalog, selection, self.wanted.as_ref(), counts_only)
            }
            None => Planned::all(&self.catalog),
        };
        match self.prunes_units() {
            Some(selection) => prune(planned, selection).0,
            None => planned,
        }
    }

    /// The selection by which units of files of rows are left out; `None` if rows that are not selected count as
    /// well.
    fn prunes_units(&self) -> Option<&Selection> {
        let options = &self.options;
        let wants_others = matches!(self.wanted, Some(Wanted::Beside(..)));
        let is_exact = options.receipt || options.strict || options.keep_raw;
        options
            .selection
            .as_deref()
            .filter(|selection| selection.tests_rows() && !wants_others && !is_exact)
    }

    /// What bounds rule out of files of rows; `None` if no entry is in such a file, or nothing may be ruled out.
    pub fn pruned_units(&self) -> Option<PrunedUnits> {
        let selection = self.prunes_units()?;
        let (_, pruned) = prune(Planned::all(&self.catalog), selection);
        (pruned.units > 0).then_some(pruned)
    }

    /// For callers who count selected rows and do not look at them: a scan of the rows that must be read for that,
    /// and the counts of blocks that need not be read. `None` if an index cannot say which rows are selected.
    pub fn counted(&self, counting: Counting) -> Option<(Self, Vec<BlockCounts>)> {
        let scan = Self { wanted: Some(Wanted::Counts(counting)), ..self.clone() };
        let selection = self.options.selection.as_deref();
        let planned = self.usable_indexes()?.count(&self.catalog, selection, counting)?;
        Some((scan, planned.counted))
    }

    /// For callers who look at the last selected rows alone: a scan that has these, and perhaps some before them.
    #[must_use]
    pub fn last(mut self, rows: u64) -> Self {
        self.wanted = Some(Wanted::Last(rows));
        self
    }

    /// For callers who are given all rows and look at those that a selection of their own selects, and at so many
    /// `before` and `after` each in its entry: the scan may leave out the others.
    #[must_use]
    pub fn beside(mut self, marks: &Selection, before: usize, after: usize) -> Self {
        let reach = [before as u64, after as u64];
        self.wanted = Some(Wanted::Beside(Arc::new(marks.clone()), reach));
        self
    }

    /// For callers who look at the earliest or latest selected rows alone: a scan that has these, and
    /// perhaps others.
    #[must_use]
    pub fn extreme(mut self, extreme: Extreme) -> Self {
        self.wanted = Some(Wanted::Extreme(extreme));
        self
    }

    /// The same, with the escape sequences in messages. Its indexes may rule out rows by their times, which do not
    /// depend on them.
    #[cfg(feature = "serve")]
    pub(crate) fn keeping_escapes(mut self) -> Self {
        self.options.ansi = crate::table::MessageAnsi::Keep;
        self
    }

    /// Whether some of its entries have an index that fits.
    pub fn has_index(&self) -> bool {
        self.indexes.is_some()
    }

    /// What the indexes rule out of what this scan would read; `None` without an index. `counts_only`: its rows
    /// are counted and not looked at.
    pub fn pruned(&self, counts_only: bool) -> Option<Pruned> {
        self.has_index().then(|| self.planned(counts_only).pruned)
    }

    /// Writes the indexes of its files that are missing or do not fit, beside the files or where
    /// [`IndexPolicy::In`] says; with `anew`, all. Returns what was written.
    ///
    /// # Errors
    /// An index that cannot be written; an interruption by the watcher.
    pub fn build_indexes(&self, anew: bool, watcher: &mut impl Watcher) -> Result<Vec<Written>> {
        self.build(&self.catalog, anew, watcher)
    }

    fn build(
        &self,
        catalog: &Arc<Catalog>,
        anew: bool,
        watcher: &mut impl Watcher,
    ) -> Result<Vec<Written>> {
        let key = Indexes::key(catalog, &self.options, &self.formats);
        index::build(catalog, &self.options, key, &self.building(anew), watcher)
    }

    fn building(&self, anew: bool) -> Building {
        Building { folder: self.index.folder().map(Into::into), anew }
    }

    /// From now on, [`run`](Self::run) and what writes files also write the indexes that are missing or do not fit, in the
    /// same pass where it reads all entries, else in one before; not if a sink ends it early. To be called
    /// before entries are left out.
    #[must_use]
    pub fn indexing(mut self) -> Self {
        let catalog = Arc::clone(&self.catalog);
        let key = Indexes::key(&catalog, &self.options, &self.formats);
        // What is made anew is read whole, even if the old one says what is in it.
        let missing = index::missing(&catalog, key, &self.building(false), self.options.threads);
        let indexes = self.indexes.as_ref();
        self.indexes = indexes.map(|own| own.without(|number| missing.contains(&number)));
        self.indexing = Some(Indexing { catalog, written: Arc::default() });
        self
    }

    /// The same entries, for a look at all rows as they come: none selected or left out, nothing written beside.
    #[must_use]
    pub fn of_all_rows(&self) -> Self {
        let options = self.options.of_all_rows();
        Self { options, columns: None, wanted: None, indexing: None, ..self.clone() }
    }

    /// Counts all rows, selected or not, and writes nothing.
    ///
    /// # Errors
    /// An interruption by the watcher.
    pub fn count_all(&self, watcher: &mut impl Watcher) -> Result<Report> {
        self.run_unselected(Box::new(Discard), watcher)
    }

    /// Sends all rows of the entries into a sink, selected or not.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn run_unselected(
        &self,
        sink: Box<dyn Sink>,
        watcher: &mut impl Watcher,
    ) -> Result<Report> {
        self.of_all_rows().run(sink, watcher)
    }

    /// The indexes that its last run has written; `None` if a sink has ended the run before all was read.
    pub fn written_indexes(&self) -> Option<Vec<Written>> {
        match &self.indexing {
            Some(own) => own.written.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            None => Some(Vec::new()),
        }
    }

    /// A run of what a plan has left.
    pub(super) fn run_planned(
        &self,
        planned: Planned,
        sink: Box<dyn Sink>,
        options: &Options,
        watcher: &mut impl Watcher,
    ) -> Result<Report> {
        let dictionaries = Arc::new(Dictionaries::new(&self.catalog));
        let mut report = pipeline::run(&planned.catalog, &dictionaries, sink, options, watcher)?;
        planned.complete(&mut report);
        Ok(report)
    }

    /// A run that also writes indexes.
    pub(super) fn run_indexing(
        &self,
        indexing: &Indexing,
        sink: Box<dyn Sink>,
        options: &Options,
        watcher: &mut impl Watcher,
    ) -> Result<Report> {
        let is_counted = !sink.encoder().wants_rows();
        let entries = self.catalog.entries.iter();
        // Lines as they were are those of large pieces, and an index is of small ones.
        let is_whole = !options.raw
            && !options.offsets
            && self.catalog.entries.len() == indexing.catalog.entries.len()
            && entries.enumerate().all(|(place, entry)| place == entry.number);
        let dictionaries = Arc::new(Dictionaries::new(&self.catalog));
        if is_whole {
            let planned = self.planned(is_counted);
            let run = (&dictionaries, sink, options);
            let key = Indexes::key(&self.catalog, &self.options, &self.formats);
            let catalog = &planned.catalog;
            let (mut report, written) =
                index::run(catalog, run, key, &self.building(false), watcher)?;
            planned.complete(&mut report);
            indexing.set(written);
            return Ok(report);
        }
        // An index is of whole files, in their order. Its pass is none that is watched for what it finds.
        let written = self.build(&indexing.catalog, false, &mut Progressing(watcher))?;
        indexing.set(Some(written));
        let mut scan = self.clone();
        // The caller has the counts of the old indexes already: read exactly the rest.
        if !matches!(self.wanted, Some(Wanted::Counts(_))) {
            let whole = Self { catalog: Arc::clone(&indexing.catalog), ..self.clone() };
            scan.indexes = whole.opened_indexes(Files::default()).0;
        }
        scan.run_planned(scan.planned(is_counted), sink, options, watcher)
    }
}
