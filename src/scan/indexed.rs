//! Indexes of a scan: opened with it, asked before it reads, and made by it.

use std::sync::Arc;

use super::{IndexPolicy, Scan};
use crate::error::Result;
use crate::index::{self, BlockCounts, Building, Counting, Indexes, Planned, Pruned, Written};
use crate::pipeline::Watcher;
use crate::source::Catalog;

/// What is wanted of selected rows but all of the rows themselves.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// How many there are.
    Counts(Counting),
    /// The last of them.
    Last(u64),
}

impl Scan {
    /// Opens the indexes that fit; those that do not are among the catalog's warnings. A receipt counts all
    /// lines of the text anew, and who wants every malformed line reads all as well.
    pub(super) fn open_indexes(&mut self) {
        let options = &self.options;
        if self.index == IndexPolicy::Never || options.receipt || options.strict || options.keep_raw
        {
            return;
        }
        let key = Indexes::key(&self.catalog, &self.options, self.format);
        let mut notices = Vec::new();
        self.indexes = Indexes::open(&self.catalog, key, self.index.folder(), &mut notices);
        if !notices.is_empty() {
            Arc::make_mut(&mut self.catalog).warnings.extend(notices);
        }
    }

    /// What is read, by the indexes. `counts_only`: no row is wanted.
    pub(super) fn planned(&self, counts_only: bool) -> Planned {
        let selection = self.options.selection.as_deref();
        let special =
            self.indexes.as_ref().zip(self.wanted).and_then(|(indexes, wanted)| match wanted {
                Wanted::Counts(counting) => indexes.count(&self.catalog, selection, counting),
                Wanted::Last(rows) => indexes.last(&self.catalog, selection, rows),
            });
        if let Some(planned) = special {
            return planned;
        }
        match &self.indexes {
            Some(indexes) => indexes.plan(&self.catalog, selection, counts_only),
            None => Planned::all(&self.catalog),
        }
    }

    /// For callers who count selected rows and do not look at them: a scan of the rows that must be read for that,
    /// and the counts of blocks that need not be read. `None` if an index cannot say which rows are selected.
    pub fn counted(&self, counting: Counting) -> Option<(Self, Vec<BlockCounts>)> {
        let scan = Self { wanted: Some(Wanted::Counts(counting)), ..self.clone() };
        let selection = self.options.selection.as_deref();
        let planned = self.indexes.as_ref()?.count(&self.catalog, selection, counting)?;
        Some((scan, planned.counted))
    }

    /// For callers who look at the last selected rows alone: a scan that has these, and perhaps some before them.
    #[must_use]
    pub fn last(mut self, rows: u64) -> Self {
        self.wanted = Some(Wanted::Last(rows));
        self
    }

    /// Whether some of its entries have an index that fits.
    pub fn has_index(&self) -> bool {
        self.indexes.is_some()
    }

    /// What the indexes rule out of what this scan would read; `None` without an index.
    pub fn pruned(&self) -> Option<Pruned> {
        self.has_index().then(|| self.planned(false).pruned)
    }

    /// Writes the indexes of its files that are missing or do not fit, beside the files or where
    /// [`IndexPolicy::In`] says; with `anew`, all. Returns what was written.
    ///
    /// # Errors
    /// An index that cannot be written; an interruption by the watcher.
    pub fn build_indexes(&self, anew: bool, watcher: &mut impl Watcher) -> Result<Vec<Written>> {
        let key = Indexes::key(&self.catalog, &self.options, self.format);
        let building = Building { folder: self.index.folder().map(Into::into), anew };
        let catalog: &Arc<Catalog> = &self.catalog;
        index::build(catalog, &self.options, key, &building, watcher)
    }
}
