//! Which entries are of one file: a log that is divided by its steps is an entry for each of their stretches, but one file
//! to those who search it.

use std::sync::Arc;

use ripsaw::source::Catalog;

/// The files of a catalog's entries.
#[derive(Debug, Clone)]
pub(super) struct Files(Arc<[FileOf]>);

/// The file that an entry is of.
#[derive(Debug, Clone, Copy)]
struct FileOf {
    /// The first entry of it.
    first: usize,
    /// The entry has the lines after those of the entry before it.
    adjoins: bool,
}

impl Files {
    /// Those of a catalog, from which filters may have taken entries.
    pub(super) fn of(catalog: &Catalog) -> Self {
        let entries = &catalog.entries;
        let mut files: Vec<FileOf> = Vec::with_capacity(entries.len());
        for (at, entry) in entries.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| (&entries[before], files[before]));
            // Stretches that follow each other differ in stage or step; a log that a converted file
            // holds twice does not.
            let same = before.filter(|(before, _)| {
                let is_next = before.number + 1 == entry.number;
                (before.bundle, &before.path) == (entry.bundle, &entry.path)
                    && (!is_next || before.identity != entry.identity)
            });
            files.push(match same {
                Some((before, FileOf { first, .. })) => {
                    FileOf { first, adjoins: before.number + 1 == entry.number }
                }
                None => FileOf { first: at, adjoins: false },
            });
        }
        Self(files.into())
    }

    /// The file of an entry, by the first entry of it.
    pub(super) fn of_entry(&self, entry: usize) -> usize {
        self.0[entry].first
    }

    /// Whether the entry after this one is of the same file.
    pub(super) fn continues(&self, entry: usize) -> bool {
        self.0.get(entry + 1).is_some_and(|next| next.first == self.0[entry].first)
    }

    /// Whether an entry has the lines after those of the entry before it.
    pub(super) fn adjoins(&self, entry: usize) -> bool {
        self.0[entry].adjoins
    }

    /// Whether an entry is not all of its file.
    pub(super) fn is_part(&self, entry: usize) -> bool {
        self.of_entry(entry) != entry || self.continues(entry)
    }
}
