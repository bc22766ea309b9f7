//! Columns of keys in files that ripsaw wrote: they stay what they are there.

use std::sync::Arc;

use crate::source::{Catalog, Entry, WrittenFile};
use crate::table::{Column, KeySchema};

/// The files of rows that the entries are in, each once.
pub(super) fn files(catalog: &Catalog) -> Vec<&Arc<WrittenFile>> {
    let mut files: Vec<&Arc<WrittenFile>> = Vec::new();
    for log in catalog.entries.iter().filter_map(Entry::written) {
        for file in log.files() {
            // Those of one file are adjacent, as a rule; comparing the last ones keeps this linear.
            let is_known = files.iter().rev().take(8).any(|known| Arc::ptr_eq(known, file));
            if !is_known {
                files.push(file);
            }
        }
    }
    files
}

/// The columns of keys that files of typed columns have; `None` if they have none.
pub(super) fn keys(catalog: &Catalog) -> Option<KeySchema> {
    let mut all: Option<KeySchema> = None;
    let mut last = None;
    for file in files(catalog).into_iter().filter(|file| !file.is_untyped()) {
        let fields = file.keys();
        if fields.is_empty() || last.as_ref() == Some(&fields) {
            continue;
        }
        let own = KeySchema::of_known(&fields);
        all = Some(match all {
            Some(all) => all.with(&own),
            None => own,
        });
        last = Some(fields);
    }
    all.filter(|keys| !keys.is_empty())
}

/// Whether the rows of an entry have keys of their own.
pub(super) fn has_keys(entry: &Entry) -> bool {
    let in_file = || entry.written()?.files().find(|file| !file.keys().is_empty());
    entry.keyed().is_some() || in_file().is_some()
}

/// Whether the types of these keys are to be found out.
pub(super) fn has_untyped_keys(entry: &Entry) -> bool {
    let in_csv = || entry.written().is_some_and(|log| log.files().any(|file| file.is_untyped()));
    has_keys(entry) && (entry.keyed().is_some() || in_csv())
}

/// Whether the file that an entry is in has a fixed column.
pub(super) fn has_column(entry: &Entry, column: Column) -> bool {
    match (entry.written(), entry.keyed()) {
        (Some(log), _) => log.files().any(|file| file.has_column(column.name())),
        (None, Some(columns)) => columns.has(column.name()),
        (None, None) => false,
    }
}
