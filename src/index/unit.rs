//! The files of a catalog, each with its entries, and what an index has of them.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::build::{name_as, name_of};
use super::file::{IndexFile, Key, Unusable};
use super::layout::{EntryRecord, FileRecord, LISTED, LOCAL};
use super::{sound, stamp};
use crate::parallel;
use crate::source::{Catalog, Entry, FormatId, HomeFile, Recognised};

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

/// Index files that were opened, by path.
#[derive(Default)]
pub(crate) struct Files(HashMap<PathBuf, Result<Opened, Unusable>>);

impl Files {
    /// Opens those of units that are not open yet, on up to `threads` threads.
    pub(super) fn open(&mut self, units: &[Unit], key: Key, map: bool, threads: usize) {
        let mut paths: Vec<&Path> = Vec::new();
        let mut seen = HashSet::new();
        for Unit { index, .. } in units {
            if !self.0.contains_key(index) && seen.insert(index) {
                paths.push(index);
            }
        }
        let open = |path: &&Path| sound::open(path, key, map).map(Opened::new);
        let opened = parallel::map(&paths, threads, paths.len(), open);
        self.0.extend(paths.into_iter().map(Path::to_owned).zip(opened));
    }

    /// The index of a unit, which was opened.
    pub(super) fn of(&self, unit: &Unit) -> Result<&Opened, Unusable> {
        self.0.get(&unit.index).map_or(Err(Unusable::Missing), |file| match file {
            Ok(file) => Ok(file),
            Err(why) => Err(*why),
        })
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
        let name = |(place, file): (usize, &FileRecord)| {
            (String::from_utf8_lossy(index.text(&file.path)).into_owned(), place)
        };
        let files = paths.map(name).collect();
        Self { index: Arc::new(index), files }
    }

    /// The place of the first record of a file, if the file and its entries are what they were.
    pub(super) fn records(&self, catalog: &Catalog, unit: &Unit, key: Key) -> Result<usize, Unfit> {
        let first = self.same_records(catalog, unit).ok_or(Unfit::Changed)?;
        let mut records = self.index.all_entries()[first..].iter().take(unit.entries.len());
        let has_other_zone =
            |record: &EntryRecord| record.flags.get() & LOCAL != 0 && record.zone.get() != key.zone;
        if records.any(has_other_zone) { Err(Unfit::Zone) } else { Ok(first) }
    }

    fn same_records(&self, catalog: &Catalog, unit: &Unit) -> Option<usize> {
        let (first, records) = self.stamped_records(catalog, unit)?;
        let is_same = |(&entry, record): (&usize, &EntryRecord)| {
            let own: &Entry = &catalog.entries[entry];
            record.stored.get() == own.stored_bytes && record.name.get() == name_of(catalog, entry)
        };
        unit.entries.iter().zip(records).all(is_same).then_some(first)
    }

    /// The records of a file that is what it was, as many as it has entries, and the place of the first.
    fn stamped_records(&self, catalog: &Catalog, unit: &Unit) -> Option<(usize, &[EntryRecord])> {
        let file = &self.index.files()[*self.files.get(&unit.path)?];
        let home = catalog.home_of(*unit.entries.first()?)?;
        if stamp::stamp_of(&home).ok()? != file.stamp {
            return None;
        }
        let records = self.index.entries(file)?;
        (unit.entries.len() == records.len())
            .then_some((file.entries.first.get() as usize, records))
    }

    /// The formats of the entries of a file, if it is what it was and its entries are as they were listed.
    pub(super) fn formats(&self, catalog: &Catalog, unit: &Unit) -> Option<Vec<Recognised>> {
        let (_, records) = self.stamped_records(catalog, unit)?;
        let known = |(&entry, record): (&usize, &EntryRecord)| {
            let text = str::from_utf8(self.index.text(&record.format)).ok()?;
            let (name, detected_by) = text.split_once('\n')?;
            let format = FormatId::named(name)?;
            let is_same = record.flags.get() & LISTED != 0
                && record.name.get() == name_as(&catalog.entries[entry], Some(format));
            is_same.then(|| (format, detected_by.to_owned().into()))
        };
        unit.entries.iter().zip(records).map(known).collect()
    }
}
