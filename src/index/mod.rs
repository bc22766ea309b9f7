//! The index: what is in each block of a log, so that a query reads only the blocks that it may want.
//!
//! An index is a file beside the log (`logs.zip.ripsaw`), or one for all loose files of a directory
//! (`DIR/.ripsaw/index`). It never changes the log and never an answer: a block is what the pipeline decodes
//! as one, so reading it alone gives the rows that it gives among all others, and a block is left out only if
//! what is known of it rules every row of it out.
//!
//! Of each block an index has its place and what its decoding needs of the text before, what was counted of it
//! (rows by level, the earliest and latest time), and a signature of its texts. Of entries that are
//! deflated and large it has places where they can be entered.
//!
//! **When it is valid.** The file is the same: of a zip archive by its size and the hash of its
//! central directory, which has the check sums of all entries, so that a copy of both stays valid; of any other by
//! size, times and number in the file system. The options that change rows are the same, and so is the revision of
//! the decoders. An entry must be named, listed and cut as it was. What is not valid is not used, with one
//! notice. What is written behind these, such as other bytes in an archive with an unchanged directory, is not
//! seen; `--no-index` is the way to be sure.
//!
//! `layout` has the bytes, `write` and `file` write and read them, `build` makes them from rows, `stamp` says
//! whether they fit, and `plan` uses them.

mod layout;
mod grams;
mod file;
mod sound;
mod counts;
mod write;
mod stamp;
mod build;
mod plan;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Location, Result};
use crate::pipeline::{Options, Watcher};
use crate::query::Selection;
use crate::source::{Catalog, Entry, FormatId, HomeFile, MapPolicy, Points};
use crate::table::{Column, Dictionaries};
pub use build::Written;
use build::{IndexSink, Kept, Wanted, name_of};
use file::{IndexFile, Key, Unusable};
use layout::WHOLE;
use plan::Question;
pub use plan::{BlockCounts, Counting, Pruned};
pub(crate) use plan::{Planned, add_unread};

/// An entry that an index has.
#[derive(Debug, Clone)]
struct Indexed {
    index: Arc<IndexFile>,
    /// The place of its record.
    entry: usize,
}

/// The indexes of a catalog.
#[derive(Debug, Clone)]
pub(crate) struct Indexes {
    /// By [number](Entry::number).
    entries: Arc<[Option<Indexed>]>,
}

/// What is known of an index file while entries are looked up in it.
struct Opened {
    index: Arc<IndexFile>,
    /// Its files by path.
    files: HashMap<String, usize>,
}

/// A log file or archive whose entries are indexed together.
struct Unit {
    index: PathBuf,
    path: String,
    /// By index in the catalog.
    entries: Vec<usize>,
}

/// The files of a catalog, in order.
fn units(catalog: &Catalog, folder: Option<&Path>) -> Vec<Unit> {
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
fn place_of(home: &HomeFile<'_>, folder: Option<&Path>) -> (PathBuf, String) {
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

impl Indexes {
    /// The key of rows that are made with these options.
    pub(crate) fn key(catalog: &Catalog, options: &Options, forced: Option<FormatId>) -> Key {
        stamp::key_of(catalog, options, forced)
    }

    /// Opens the indexes that fit a catalog, all of whose entries are there; the others are among `notices`.
    pub(crate) fn open(
        catalog: &Catalog,
        key: Key,
        folder: Option<&Path>,
        notices: &mut Vec<Error>,
    ) -> Option<Self> {
        let map = catalog.options().map != MapPolicy::Never;
        let mut opened: HashMap<PathBuf, Option<Opened>> = HashMap::new();
        let mut entries: Vec<Option<Indexed>> = vec![None; catalog.entries.len()];
        let mut has_any = false;
        let mut unused = Vec::new();
        for unit in units(catalog, folder) {
            let file = opened.entry(unit.index.clone()).or_insert_with(|| {
                match sound::open(&unit.index, key, map) {
                    Ok(index) => Some(Opened::new(index)),
                    Err(Unusable::Missing) => None,
                    Err(why) => {
                        unused.push((unit.index.clone(), why.reason()));
                        None
                    }
                }
            });
            let Some(file) = file else { continue };
            match file.records(catalog, &unit) {
                Some(first) => {
                    has_any = true;
                    for (record, &entry) in (first..).zip(&unit.entries) {
                        let own = Indexed { index: Arc::clone(&file.index), entry: record };
                        // One that was not read whole may have other rows the next time.
                        let is_whole = own.record().flags.get() & WHOLE != 0;
                        entries[entry] = is_whole.then_some(own);
                    }
                }
                // A directory grows: what is new is read.
                None if !unit.path.is_empty() => {}
                None => unused.push((unit.index, "the log has changed since")),
            }
        }
        add_notices(unused, notices);
        has_any.then(|| Self { entries: entries.into() })
    }

    /// What a query reads. `counts_only`: of the rows nothing is wanted but their counts.
    pub(crate) fn plan(
        &self,
        catalog: &Arc<Catalog>,
        selection: Option<&Selection>,
        counts_only: bool,
    ) -> Planned {
        plan::plan(catalog, &self.entries, &Question::new(selection, counts_only))
    }

    /// What is read to count selected rows; `None` if counts of blocks do not say which those are.
    pub(crate) fn count(
        &self,
        catalog: &Arc<Catalog>,
        selection: Option<&Selection>,
        counting: Counting,
    ) -> Option<Planned> {
        let question = Question::counting(selection, counting)?;
        Some(plan::plan(catalog, &self.entries, &question))
    }

    /// What is read for the last selected rows; `None` if counts of blocks do not say which those are.
    pub(crate) fn last(
        &self,
        catalog: &Arc<Catalog>,
        selection: Option<&Selection>,
        rows: u64,
    ) -> Option<Planned> {
        let question = Question::last(selection, rows)?;
        Some(plan::plan(catalog, &self.entries, &question))
    }
}

/// Adds notices of indexes that are not used, one for each reason.
fn add_notices(unused: Vec<(PathBuf, &'static str)>, notices: &mut Vec<Error>) {
    let mut reasons: Vec<(&str, PathBuf, usize)> = Vec::new();
    for (path, why) in unused {
        match reasons.iter_mut().find(|(reason, ..)| *reason == why) {
            // A log that was given twice is one.
            Some((_, first, more)) => *more += usize::from(*first != path),
            None => reasons.push((why, path, 0)),
        }
    }
    notices.extend(reasons.into_iter().map(|(why, first, more)| {
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let location = Location::bundle(format!("{}{more}", first.to_string_lossy()));
        let error = Error::new("the index is not used", location, why);
        error.with_hint("ripsaw index makes it anew")
    }));
}

impl Unusable {
    fn reason(self) -> &'static str {
        match self {
            Self::Missing => "there is none",
            Self::Unreadable => "it cannot be read",
            Self::Damaged => "it is damaged",
            Self::Version => "it was written by another version",
            Self::Options => "it was made with other options",
        }
    }
}

impl Opened {
    fn new(index: IndexFile) -> Self {
        let paths = index.files().iter().enumerate();
        let name = |(place, file): (usize, &layout::FileRecord)| {
            (String::from_utf8_lossy(index.text(&file.path)).into_owned(), place)
        };
        let files = paths.map(name).collect();
        Self { index: Arc::new(index), files }
    }

    /// The place of the first record of a file, if the file and its entries are what they were.
    fn records(&self, catalog: &Catalog, unit: &Unit) -> Option<usize> {
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

/// How indexes are built.
#[derive(Debug, Clone, Default)]
pub(crate) struct Building {
    /// Where they go; `None`: beside the logs.
    pub(crate) folder: Option<PathBuf>,
    /// Also those that are there and valid.
    pub(crate) anew: bool,
}

/// The files that must be read for an index, and those that are copied from the one that is there.
fn sort_out<'u>(
    catalog: &Catalog,
    units: &'u [Unit],
    key: Key,
    anew: bool,
) -> (Vec<&'u Unit>, HashMap<PathBuf, Vec<Kept>>) {
    let map = catalog.options().map != MapPolicy::Never;
    let mut opened: HashMap<&Path, Option<Opened>> = HashMap::new();
    let (mut wanted, mut kept) = (Vec::new(), HashMap::<PathBuf, Vec<Kept>>::new());
    // What was given twice is indexed once.
    let mut taken = HashSet::new();
    for unit in units.iter().filter(|unit| taken.insert((&unit.index, &unit.path))) {
        let open = || match anew {
            true => None,
            false => sound::open(&unit.index, key, map).ok().map(Opened::new),
        };
        let file = opened.entry(&unit.index).or_insert_with(open);
        let known = file.as_ref().filter(|file| file.records(catalog, unit).is_some());
        match known.and_then(|known| Some((known, *known.files.get(&unit.path)?))) {
            Some((known, file)) => {
                let from = Arc::clone(&known.index);
                kept.entry(unit.index.clone()).or_default().push(Kept { from, file });
            }
            None => wanted.push(unit),
        }
    }
    (wanted, kept)
}

/// A catalog of these files alone, whose ways into deflated text are noted; and the files as they are in it.
fn of_units(catalog: &Catalog, units: &[&Unit]) -> (Catalog, Vec<Wanted>) {
    // The place of each entry that is read.
    let mut places: Vec<Option<usize>> = vec![None; catalog.entries.len()];
    units.iter().flat_map(|unit| &unit.entries).for_each(|&entry| places[entry] = Some(0));
    places.iter_mut().flatten().enumerate().for_each(|(at, place)| *place = at);
    let mut own = catalog.clone();
    let mut is_wanted = places.iter().map(Option::is_some);
    own.entries.retain(|_| is_wanted.next().unwrap_or(false));
    own.entries.iter_mut().for_each(|entry| entry.points = Some(Points::default()));
    let wanted = |unit: &&Unit| Wanted {
        index: unit.index.clone(),
        path: unit.path.clone(),
        entries: unit.entries.iter().filter_map(|&entry| places[entry]).collect(),
    };
    (own, units.iter().map(wanted).collect())
}

/// Writes the indexes of a catalog that are missing or do not fit; returns what was written, in order.
///
/// # Errors
/// An index that cannot be written; a thread that cannot be started; an interruption.
pub(crate) fn build(
    catalog: &Arc<Catalog>,
    options: &Options,
    key: Key,
    building: &Building,
    watcher: &mut impl Watcher,
) -> Result<Vec<Written>> {
    let units = units(catalog, building.folder.as_deref());
    let (units, kept) = sort_out(catalog, &units, key, building.anew);
    let (own, wanted) = of_units(catalog, &units);
    let own = Arc::new(own);
    let sink = IndexSink::new(&own, key, wanted, kept);
    let written = Arc::clone(&sink.written);
    let looked_at = [Column::Timestamp, Column::Level, Column::Pos, Column::Message];
    let options = Options {
        parts: true,
        looked_at: Some(looked_at.iter().map(|column| column.index()).collect()),
        columns: None,
        keys: None,
        ..options.of_all_rows()
    };
    let dictionaries = Arc::new(Dictionaries::new(&own));
    crate::pipeline::run(&own, &dictionaries, Box::new(sink), &options, watcher)?;
    let mut written = written.lock().expect("no thread panics with it");
    Ok(std::mem::take(&mut *written))
}
