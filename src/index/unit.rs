//! The files of a catalog, each with its entries, and what an index has of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::build::name_of;
use super::file::{IndexFile, Key};
use super::layout::{self, LOCAL};
use super::stamp;
use crate::source::{Catalog, Entry, HomeFile};

/// A log file or archive whose entries are indexed together.
pub(super) struct Unit {
    pub(super) index: PathBuf,
    pub(super) path: String,
    /// By index in the catalog.
    pub(super) entries: Vec<usize>,
}

/// The files of a catalog, in order.
pub(super) fn units(catalog: &Catalog, folder: Option<&Path>) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut places: HashMap<(PathBuf, usize), usize> = HashMap::new();
    for index in 0..catalog.entries.len() {
        let Some(home) = catalog.home_of(index) else { continue };
        let place = *places.entry((home.path.to_owned(), home.copy)).or_insert_with(|| {
            let (index, path) = place_of(&home, folder);
            units.push(Unit { index, path, entries: Vec::new() });
            units.len() - 1
        });
        units[place].entries.push(index);
    }
    units
}

/// The index files of units, each once, and the place of that of each unit.
pub(super) fn index_files(units: &[Unit]) -> (Vec<&Path>, Vec<usize>) {
    let mut files = Vec::new();
    let mut seen: HashMap<&Path, usize> = HashMap::new();
    let place = |unit| -> usize {
        let Unit { index, .. }: &Unit = unit;
        *seen.entry(index).or_insert_with(|| {
            files.push(index.as_path());
            files.len() - 1
        })
    };
    let places = units.iter().map(place).collect();
    (files, places)
}

/// The index file of a log file or archive, and its name there.
pub(super) fn place_of(home: &HomeFile<'_>, folder: Option<&Path>) -> (PathBuf, String) {
    let (beside, path) = match home.directory {
        Some(directory) => {
            let path = home.path.strip_prefix(directory).unwrap_or(home.path);
            (directory.join(".ripsaw").join("index"), path.to_string_lossy().into_owned())
        }
        None => {
            let mut name = home.path.as_os_str().to_owned();
            name.push(".ripsaw");
            (PathBuf::from(name), String::new())
        }
    };
    match folder {
        None => (beside, path),
        Some(folder) => {
            let whole = std::path::absolute(&beside).unwrap_or(beside);
            let hash = twox_hash::XxHash3_64::oneshot(whole.as_os_str().as_encoded_bytes());
            let name = home.directory.unwrap_or(home.path).file_name();
            let name = name.unwrap_or_default().to_string_lossy();
            (folder.join(format!("{name}.{hash:016x}.ripsaw")), path)
        }
    }
}

/// Why the records of a file are not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// The file is new or has changed.
    Changed,
    /// Its times are of another zone.
    Zone,
}

/// What is known of an index file while entries are looked up in it.
pub(super) struct Opened {
    pub(super) index: Arc<IndexFile>,
    /// Its files by path.
    pub(super) files: HashMap<String, usize>,
}

impl Opened {
    pub(super) fn new(index: IndexFile) -> Self {
        let paths = index.files().iter().enumerate();
        let name = |(place, file): (usize, &layout::FileRecord)| {
            (String::from_utf8_lossy(index.text(&file.path)).into_owned(), place)
        };
        let files = paths.map(name).collect();
        Self { index: Arc::new(index), files }
    }

    /// The place of the first record of a file, if the file and its entries are what they were.
    pub(super) fn records(&self, catalog: &Catalog, unit: &Unit, key: Key) -> Result<usize, Unfit> {
        let first = self.same_records(catalog, unit).ok_or(Unfit::Changed)?;
        let mut records = self.index.all_entries()[first..].iter().take(unit.entries.len());
        let has_other_zone = |record: &layout::EntryRecord| {
            record.flags.get() & LOCAL != 0 && record.zone.get() != key.zone
        };
        if records.any(has_other_zone) { Err(Unfit::Zone) } else { Ok(first) }
    }

    fn same_records(&self, catalog: &Catalog, unit: &Unit) -> Option<usize> {
        let file = &self.index.files()[*self.files.get(&unit.path)?];
        let home = catalog.home_of(*unit.entries.first()?)?;
        if stamp::stamp_of(&home).ok()? != file.stamp {
            return None;
        }
        let first = file.entries.first.get() as usize;
        let records = self.index.all_entries().get(first..)?;
        let is_same = |(&entry, record): (&usize, &layout::EntryRecord)| {
            let own: &Entry = &catalog.entries[entry];
            record.stored.get() == own.stored_bytes && record.name.get() == name_of(catalog, entry)
        };
        let count = file.entries.count.get() as usize;
        (unit.entries.len() == count && unit.entries.iter().zip(records).all(is_same))
            .then_some(first)
    }
}
