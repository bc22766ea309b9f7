//! Puts the logs that are in files of rows in the place of these files.
//!
//! The files of a data set are one table: rows of a log may be in many of them, and are one entry. Without a
//! manifest, a folder is taken for a data set if its paths have values of columns, as in `stage=build/`.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::backing::Backing;
use super::foreign::Foreign;
use super::log::Log;
use super::merge::merge;
use super::written::{Container, Opened, Stored, WrittenLog, WrittenPlace, hive};
use super::{Catalog, Entry, Place, feed, stream, written};
use crate::error::{Error, Location, Plain};
use crate::identity::Outcome;

/// A file in an archive is unpacked if it is that small, or at most so many times as large as it is stored: columns are
/// compressed already.
const SMALL: u64 = 64 << 20;
const RATIO: u64 = 100;

/// The logs of tables that were met so far.
#[derive(Default)]
pub(super) struct Gathered {
    tables: HashMap<(usize, String), Table>,
}

/// The logs of a table.
#[derive(Default)]
struct Table {
    /// Bundles by their names.
    bundles: HashMap<String, usize>,
    /// The entries of logs; one that is there twice in a file has two.
    entries: HashMap<(Log, usize), usize>,
    /// The entries of each file of a data set, in the order of its rows, with its name.
    files: Vec<(String, Vec<usize>)>,
}

impl Catalog {
    /// Looks at a file of rows; `None` if ripsaw did not write it, and it is what it seems. The error says why one
    /// cannot be read that may be of ripsaw.
    pub(super) fn look_at_rows(
        &self,
        entry: &Entry,
        (foreign, is_plain): (&Foreign, bool),
        threads: usize,
    ) -> Option<Result<Opened, String>> {
        let container = Container::of(foreign)?;
        let (stored, copy) = match &entry.place {
            Place::File(path) if is_plain => (Stored::File(path.clone(), entry.stored_bytes), None),
            Place::Range(backing, range) if is_plain => {
                (Stored::Part(Arc::clone(backing), range.clone()), None)
            }
            _ => match self.unpacked(entry) {
                Ok((backing, range)) => (Stored::Part(backing, range.clone()), Some(range)),
                Err(cause) => return Some(Err(cause)),
            },
        };
        let bundle = self.bundle_of(entry);
        let is_input = self.is_input(entry);
        let name = match (&entry.place, is_input) {
            (_, true) => bundle.to_owned(),
            (Place::File(_), false) => format!("{}/{}", bundle.trim_end_matches('/'), entry.path),
            _ => format!("{bundle}!{}", entry.path),
        };
        let own = Log { bundle: bundle.to_owned(), file: entry.path.clone(), ..Log::default() };
        // The input itself may be a part of a data set.
        let constants = hive::values(if is_input { bundle } else { &name });
        let stages = self.recogniser.stages_of_rows();
        let windows = Arc::clone(&self.windows);
        let place = WrittenPlace { name, own, constants, stages, windows };
        let opened = written::open(container, stored, place, threads);
        if let Some(copy) = copy.filter(|_| !matches!(opened, Ok(Some(_)))) {
            self.windows.spill.forget(&copy);
        }
        match opened {
            Ok(None) if self.is_in_data_set(entry) => {
                Some(Err("ripsaw did not write it, but the manifest lists it".to_owned()))
            }
            Ok(opened) => opened.map(Ok),
            Err(error) => Some(Err(Plain(&error).to_string())),
        }
    }

    /// A file without the compression around it, in a temporary file.
    fn unpacked(&self, entry: &Entry) -> Result<(Arc<Backing>, Range<u64>), String> {
        let most = entry.stored_bytes.saturating_mul(RATIO).max(SMALL);
        let bytes = feed::open(&entry.place, entry.stored_bytes, &Arc::default())
            .and_then(stream::decompress);
        let copied = bytes.and_then(|mut inner| self.windows.spill.copy(&mut inner.bytes, most));
        match copied {
            Ok(Some(copy)) => Ok(copy),
            Ok(None) => {
                Err(format!("it is more than {RATIO} times as large as its archive has it"))
            }
            Err(error) => Err(Plain(&error).to_string()),
        }
    }

    /// The data set that a file is in, as its folder in the bundle with a `/` at its end; `None`: it is a table by
    /// itself.
    fn table_of(&self, entry: &Entry) -> Option<String> {
        let is_in = |(bundle, root): &&(usize, String)| {
            *bundle == entry.bundle && entry.path.starts_with(&**root)
        };
        let known = self.data_sets.iter().filter(is_in).max_by_key(|(_, root)| root.len());
        match known {
            Some((_, root)) => Some(root.clone()),
            None if hive::has_values(self.bundle_of(entry)) && !self.is_input(entry) => {
                Some(String::new())
            }
            None => hive::root(&entry.path).map(str::to_owned),
        }
    }

    /// Whether a manifest of ripsaw's lists the files beside a file.
    pub(super) fn is_in_data_set(&self, entry: &Entry) -> bool {
        let mut roots = self.data_sets.iter();
        roots.any(|(bundle, root)| *bundle == entry.bundle && entry.path.starts_with(&**root))
    }

    /// Adds a file of a data set, or one beside others of ripsaw's (`is_own`), as an entry that cannot be read. An
    /// input by itself is refused; of others nothing shows that ripsaw wrote them.
    pub(super) fn add_broken(
        &mut self,
        entry: Entry,
        foreign: &Foreign,
        (cause, is_own): (String, bool),
    ) {
        if is_own || self.is_in_data_set(&entry) {
            self.entries.push(Entry { place: Place::Unreadable(cause), ..entry });
            return;
        }
        if !self.is_input(&entry) {
            let location = Location::entry(self.bundle_of(&entry), entry.path.clone());
            self.problems.push(Error::new("cannot read", location, cause));
            self.ignore(entry.bundle, entry.path, foreign.reason());
            return;
        }
        let name = self.bundle_of(&entry).to_owned();
        let cause = format!("{}: {cause}", foreign.reason());
        let error = Error::new("cannot read", Location::bundle(&name), cause);
        self.refused.push(error.with_hint("if ripsaw wrote it, convert the logs again"));
    }

    /// Adds the logs of a file, or their rows to the entries that have others of them.
    pub(super) fn add_rows(&mut self, entry: &Entry, opened: Opened, gathered: &mut Gathered) {
        let root = self.table_of(entry);
        let is_set = root.is_some();
        let key = (entry.bundle, root.unwrap_or_else(|| format!("{}\0", entry.path)));
        let table = gathered.tables.entry(key).or_default();
        let mut times: HashMap<Log, usize> = HashMap::new();
        let recognised = self.recogniser.written();
        let mut order = Vec::new();
        for log in opened.logs {
            // A file of a data set may have no rows; it is no log, then.
            if is_set && log.is_empty() && log.failure.is_none() {
                continue;
            }
            let time = times.entry(log.log().clone()).or_default();
            let name = (log.log().clone(), *time);
            *time += 1;
            if let Some(&at) = table.entries.get(&name) {
                order.push(at);
                let own = &mut self.entries[at];
                own.stored_bytes += log.stored_bytes();
                if let Place::Written(known) = &mut own.place {
                    Arc::make_mut(known).append(log);
                }
                continue;
            }
            order.push(self.entries.len());
            table.entries.insert(name, self.entries.len());
            let Log { bundle, file, identity } = log.log().clone();
            let known = table.bundles.get(&bundle).copied();
            let bundle = known.unwrap_or_else(|| {
                let is_own = bundle == self.bundles[entry.bundle].name;
                let index = if is_own { entry.bundle } else { self.add_bundle(bundle.clone()) };
                if !is_own {
                    self.bundles[index].named_in = Some(entry.bundle);
                }
                table.bundles.insert(bundle, index);
                index
            });
            let mut entry = Entry {
                bundle,
                path: file,
                identity: identity.shared(),
                stored_bytes: log.stored_bytes(),
                inflated_bytes: None,
                outcome: Outcome::default(),
                modified: None,
                extracted: None,
                reference: super::Reference::default(),
                place: Place::Written(Arc::new(log)),
                ..entry.clone()
            };
            entry.recognised(recognised.clone());
            self.entries.push(entry);
        }
        if is_set {
            let name = entry.path.rsplit('/').next().unwrap_or_default().to_owned();
            table.files.push((name, order));
        }
    }

    /// Puts the logs of data sets in the order that they had in their bundles, as far as the order of rows in files
    /// shows it: files are named in the order of their first rows.
    pub(super) fn order_tables(&mut self, gathered: Gathered) {
        for mut table in gathered.tables.into_values().filter(|table| table.files.len() > 1) {
            table.files.sort();
            let of_files = table.files.iter().map(|(_, entries)| entries);
            let bundle = |entry: &usize| self.entries[*entry].bundle;
            let bundles: Vec<Vec<usize>> =
                of_files.clone().map(|entries| entries.iter().map(bundle).collect()).collect();
            let mut order = Vec::new();
            // Logs of one bundle are together.
            let mut lists: HashMap<usize, Vec<Vec<usize>>> = HashMap::new();
            for entries in of_files {
                for run in entries.chunk_by(|one, other| bundle(one) == bundle(other)) {
                    lists.entry(bundle(&run[0])).or_default().push(run.to_vec());
                }
            }
            for bundle in merge(&bundles) {
                order.extend(lists.get(&bundle).map(|lists| merge(lists)).unwrap_or_default());
            }
            let mut places = order.clone();
            places.sort_unstable();
            let ordered: Vec<Entry> = order.iter().map(|&at| self.entries[at].clone()).collect();
            for (place, entry) in places.into_iter().zip(ordered) {
                self.entries[place] = entry;
            }
        }
    }
}

impl WrittenLog {
    /// Adds the rows of another file.
    fn append(&mut self, other: Self) {
        self.parts.extend(other.parts);
        self.has_stages |= other.has_stages;
        self.failure = self.failure.take().or(other.failure);
    }
}
