//! Looks at the first bytes of entries: recognises their formats, has the archives among them opened,
//! and leaves out what is not a log.
//!
//! This runs once, right after the inputs are listed and before any filter. Archives are opened by
//! `unpack`, which may bring more entries to look at.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use super::binary::is_binary;
use super::foreign::{self, Foreign, Role};
use super::framing::Recognised;
use super::gather::Gathered;
use super::inputs::has_zip_suffix;
use super::live::Patience;
use super::magic::Kind;
use super::name::suffix;
use super::stream::{self, Inner};
use super::wide::Utf8;
use super::written::Opened;
use super::{Catalog, Entry, IgnoredFile, Place, feed};
use crate::error::{Error, Location, Plain, Remedy};
use crate::parallel;

/// Whether a file is what writers of tables leave beside them, such as Spark's empty `_SUCCESS`.
fn is_marker(entry: &Entry) -> bool {
    let is_hidden = entry.path.split('/').any(|part| part.starts_with(['_', '.']));
    // Members of a compressed tar have no size as stored.
    entry.inflated_bytes.unwrap_or(entry.stored_bytes) == 0 || is_hidden
}

/// The reason for a file of a data set that is none.
const NO_TABLE: &str = "it is not a table that ripsaw wrote, but the manifest lists it";

/// Why rows that ripsaw wrote are not read in a folder with logs, which they may have been made from.
const BESIDE_LOGS: &str = "rows that ripsaw wrote, beside logs";

/// Why what writers of tables leave beside rows is not read.
const BESIDE_ROWS: &str = "not a log, but hidden or empty beside rows";

/// What a look at an entry shows.
pub(super) enum Look {
    /// Nothing, yet: a pipe shows what it is only when it is read.
    Nothing,
    /// Text of this format.
    Log(Recognised),
    /// Holds members, perhaps with logs among them.
    Archive {
        /// [`Kind::Zip`] or [`Kind::Tar`].
        kind: Kind,
        /// The archive is inside of a compression, as in `.tar.gz`, so it has no random access.
        is_compressed: bool,
    },
    /// Rows that ripsaw wrote.
    Rows(Opened),
    /// What may be a file of rows, but cannot be read, and why.
    Broken(&'static Foreign, String),
    /// Not a log.
    Foreign(&'static Foreign),
}

impl Catalog {
    /// Looks at all entries that were not looked at yet, on up to `threads` threads. Entries whose path
    /// alone decides the format are not opened.
    pub(crate) fn examine(&mut self, threads: usize) {
        self.look_further(threads, true);
        let clutter = std::mem::take(&mut self.clutter);
        if self.entries.is_empty() {
            self.refused.extend(clutter);
        }
        self.find_twins();
    }

    /// The same without a search for logs that are there twice; unless `all`, only at entries that are read.
    pub(crate) fn look_further(&mut self, threads: usize, all: bool) {
        // Archives in archives come to light one level at a time. This ends, as `unpack` refuses deep
        // nesting.
        loop {
            let looks = self.look_at_all(threads, all);
            let is_log = |look: &Option<Look>| {
                let is_open = matches!(look, Some(Look::Archive { .. } | Look::Foreign(_)));
                !is_open
            };
            let is_done = looks.iter().all(is_log);
            self.take_in(looks);
            if is_done {
                break;
            }
        }
    }

    /// What each entry is, in order; `None` for those that were looked at in an earlier round, or are not
    /// looked at.
    fn look_at_all(&self, threads: usize, all: bool) -> Vec<Option<Look>> {
        let is_next = |entry: &Entry| !entry.examined && (all || entry.unit.is_some());
        let look = |entry: &Entry| is_next(entry).then(|| self.look(entry, threads));
        let is_opened = |entry: &&Entry| is_next(entry) && self.recognise_by_path(entry).is_none();
        // A catalog with thousands of entries of a known layout opens none of them: only those that are
        // opened count.
        let opened = self.entries.iter().filter(is_opened).count();
        parallel::map(&self.entries, threads, opened, look)
    }

    /// The format by path alone, unless the name says that it is no plain log: `step.log.gz` is opened.
    pub(super) fn recognise_by_path(&self, entry: &Entry) -> Option<Recognised> {
        self.recogniser.by_path(&entry.identity).filter(|_| !has_container_suffix(&entry.path))
    }

    /// What an entry is: by its path, else by its first bytes.
    fn look(&self, entry: &Entry, threads: usize) -> Look {
        if let Some(recognised) = self.recognise_by_path(entry) {
            return Look::Log(recognised);
        }
        // A forced format needs no look; it is set here so that all that follows knows it.
        if !entry.can_be_read_twice() {
            return if self.is_forced() { self.judge(entry, None) } else { Look::Nothing };
        }
        let inner = feed::open(&entry.place, entry.stored_bytes, &Arc::default())
            .and_then(stream::decompress);
        let inner = inner.ok();
        let is_plain = inner.as_ref().is_some_and(|inner| inner.layers == 0);
        match self.judge(entry, inner) {
            Look::Foreign(foreign) => {
                match self.look_at_rows(entry, (foreign, is_plain), threads) {
                    Some(Ok(opened)) => Look::Rows(opened),
                    Some(Err(cause)) => Look::Broken(foreign, cause),
                    None => Look::Foreign(foreign),
                }
            }
            look => look,
        }
    }

    /// What an entry is, by its content without compression; `None`: it cannot be read. It then counts
    /// as an empty log, and the reason comes up when it is read.
    pub(super) fn judge(&self, entry: &Entry, inner: Option<Inner>) -> Look {
        let recogniser = &*self.recogniser;
        let (mut sample, mut kind, mut layers, mut is_whole) = (Vec::new(), Kind::Text, 0, true);
        if let Some(inner) = inner {
            (kind, layers) = (inner.kind, inner.layers);
            let limit = recogniser.sample();
            // What comes before an error is there.
            let text = Utf8::new(inner.bytes, Patience::Full, Arc::default());
            let _ = text.take(limit as u64).read_to_end(&mut sample);
            is_whole = sample.len() < limit;
        }
        // No magic number: only the share of odd bytes decides.
        if kind == Kind::Text && is_binary(&sample, is_whole) {
            kind = Kind::Foreign(&foreign::BINARY);
        }
        match kind {
            Kind::Foreign(foreign) if !self.is_forced() => Look::Foreign(foreign),
            // With a forced format a document that is a zip file underneath (`.jar`, `.xlsx`) is
            // opened.
            Kind::Foreign(foreign) if foreign.is_zip() => {
                Look::Archive { kind: Kind::Zip, is_compressed: layers > 0 }
            }
            Kind::Zip | Kind::Tar => Look::Archive { kind, is_compressed: layers > 0 },
            // Not a zip, whatever its name says: opening it as one gives the user the reason.
            Kind::Text if layers == 0 && has_zip_suffix(&entry.path) && !self.is_forced() => {
                Look::Archive { kind: Kind::Zip, is_compressed: false }
            }
            Kind::Text | Kind::Compressed(_) | Kind::Foreign(_) => {
                let bundle = self.bundle_of(entry);
                Look::Log(recogniser.by_content(bundle, &entry.path, &sample))
            }
        }
    }

    /// Puts what archives hold in their place, so that the order of entries stays, and leaves out what
    /// is not a log.
    fn take_in(&mut self, looks: Vec<Option<Look>>) {
        // The usual case, in place: a million entries are not held twice.
        let is_simple =
            |look: &Option<Look>| matches!(look, None | Some(Look::Nothing | Look::Log(_)));
        if self.data_sets.is_empty() && looks.iter().all(is_simple) {
            for (entry, look) in self.entries.iter_mut().zip(looks) {
                entry.examined |= look.is_some();
                if let Some(Look::Log(recognised)) = look {
                    entry.recognised(recognised);
                }
            }
            return;
        }
        let before = std::mem::take(&mut self.entries);
        self.entries.reserve(before.len());
        let mut gathered = Gathered::default();
        let may_have_rows =
            looks.iter().any(|look| matches!(look, Some(Look::Rows(_) | Look::Broken(..))));
        // Only rows ask for it.
        let beside_logs = match may_have_rows {
            true => self.bundles_with_logs(&before, &looks),
            false => HashSet::new(),
        };
        let with_rows = bundles_with_rows(&before, &looks);
        let mut unread = BTreeMap::new();
        let is_of_rows = |entry: &Entry| {
            with_rows.contains(&entry.bundle) && !beside_logs.contains(&entry.bundle)
        };
        for (mut entry, look) in before.into_iter().zip(looks) {
            entry.examined |= look.is_some();
            if self.is_no_table(&entry, look.as_ref()) {
                let cause = cannot_open(&entry).unwrap_or_else(|| NO_TABLE.to_owned());
                self.entries.push(Entry { place: Place::Unreadable(cause), ..entry });
                continue;
            }
            match look {
                None | Some(Look::Nothing) => self.entries.push(entry),
                // Such as Delta's log of changes.
                Some(Look::Log(_)) if is_of_rows(&entry) && is_marker(&entry) => {
                    self.ignore(entry.bundle, entry.path, BESIDE_ROWS.to_owned());
                }
                Some(Look::Log(recognised)) => {
                    entry.recognised(recognised);
                    self.entries.push(entry);
                }
                Some(Look::Rows(_)) if beside_logs.contains(&entry.bundle) => {
                    *unread.entry(entry.bundle).or_default() += 1;
                    self.ignore(entry.bundle, entry.path, BESIDE_LOGS.to_owned());
                    if let Some(ignored) = self.ignored.last_mut() {
                        ignored.format = Some(self.recogniser.written().0);
                    }
                }
                Some(Look::Rows(opened)) => self.add_rows(&entry, opened, &mut gathered),
                // Rows beside logs are not read, so nobody misses those of this one.
                Some(Look::Broken(foreign, _))
                    if beside_logs.contains(&entry.bundle) && !self.is_in_data_set(&entry) =>
                {
                    self.leave_out(&entry, foreign);
                }
                Some(Look::Broken(foreign, cause)) => {
                    let is_own = with_rows.contains(&entry.bundle);
                    self.add_broken(entry, foreign, (cause, is_own));
                }
                Some(Look::Foreign(foreign)) => self.leave_out(&entry, foreign),
                Some(Look::Archive { kind, is_compressed }) => {
                    let (unit, first) = (entry.unit, self.entries.len());
                    self.open_inside(entry, kind, is_compressed);
                    self.entries[first..].iter_mut().for_each(|found| found.unit = unit);
                }
            }
        }
        self.order_tables(gathered);
        for (bundle, files) in unread {
            self.warn_of_unread_rows(bundle, files);
        }
    }

    /// Warns of files of rows that are left out because of logs beside them.
    fn warn_of_unread_rows(&mut self, bundle: usize, files: usize) {
        let what =
            if files == 1 { "a file of rows".into() } else { format!("{files} files of rows") };
        let cause = "there are logs as well, which they may have been made from";
        let location = Location::bundle(&*self.bundles[bundle].name);
        let warning = Error::new(format!("left out {what} that ripsaw wrote"), location, cause);
        self.warnings.push(warning.with_hint("name them as INPUT to read them"));
    }

    /// Whether an entry is something else than the table that the manifest of a data set lists.
    fn is_no_table(&self, entry: &Entry, look: Option<&Look>) -> bool {
        let is_other = matches!(look, Some(Look::Nothing | Look::Log(_) | Look::Archive { .. }));
        is_other && !matches!(entry.place, Place::Unreadable(_)) && self.is_in_data_set(entry)
    }

    /// The folders and archives in which there are logs, as far as is known now.
    fn bundles_with_logs(&self, entries: &[Entry], looks: &[Option<Look>]) -> HashSet<usize> {
        let is_log =
            |look: &Option<Look>| matches!(look, None | Some(Look::Log(_) | Look::Archive { .. }));
        let known = entries.iter().zip(looks);
        let with_logs = known.filter(|(entry, look)| {
            is_log(look)
                && entry.written().is_none()
                && !self.is_no_table(entry, look.as_ref())
                && !is_marker(entry)
        });
        let mut bundles: HashSet<usize> = with_logs.map(|(entry, _)| entry.bundle).collect();
        // Those that were left out before any look.
        bundles.extend(&self.left_out);
        // Archives in a folder are bundles of their own.
        let inner = bundles.clone().into_iter().filter_map(|bundle| {
            let (folder, _) = self.bundles[bundle].name.split_once('!')?;
            self.bundles.iter().position(|bundle| bundle.name == folder)
        });
        bundles.extend(inner);
        bundles
    }

    /// Whether an entry is an input of its own, rather than one of many in a folder or archive.
    pub(super) fn is_input(&self, entry: &Entry) -> bool {
        matches!(&entry.place, Place::File(path) if path.to_string_lossy() == self.bundle_of(entry))
    }

    /// Leaves out what is not a log. An input that is refused is an error; a file in a bundle is noted,
    /// and reported as a problem if it may hold logs, such as a `.7z`.
    pub(super) fn leave_out(&mut self, entry: &Entry, foreign: &'static Foreign) {
        if self.is_input(entry) {
            let location = Location::bundle(self.bundle_of(entry));
            let hint = foreign.hint(self.bundle_of(entry));
            let error = Error::new("cannot read", location, foreign.reason()).with_hint(hint);
            match foreign.role {
                Role::Other => self.refused.push(error.with_remedy(Remedy::ReadAs("text"))),
                Role::Container(_) | Role::Converted => self.refused.push(error),
                Role::Clutter => self.clutter.push(error.with_remedy(Remedy::ReadAs("text"))),
            }
            return;
        }
        if let Role::Container(_) = foreign.role {
            let location = Location::entry(self.bundle_of(entry), entry.path.clone());
            let hint = foreign.hint(&entry.path);
            self.problems
                .push(Error::new("cannot read", location, foreign.reason()).with_hint(hint));
        }
        if foreign.role != Role::Clutter {
            self.ignore(entry.bundle, entry.path.clone(), foreign.reason());
        }
    }

    /// Notes that a file gives no rows.
    pub(super) fn ignore(&mut self, bundle: usize, path: String, reason: String) {
        self.ignored.push(IgnoredFile { bundle, path, format: None, reason, left_out: None });
    }
}

/// Why a file cannot be opened, if it cannot.
fn cannot_open(entry: &Entry) -> Option<String> {
    let Place::File(path) = &entry.place else { return None };
    File::open(path).err().map(|error| Plain(&error).to_string())
}

/// The folders and archives in which there are rows that ripsaw wrote.
fn bundles_with_rows(entries: &[Entry], looks: &[Option<Look>]) -> HashSet<usize> {
    let known = entries.iter().zip(looks);
    let with_rows = known.filter(|(_, look)| matches!(look, Some(Look::Rows(_))));
    with_rows.map(|(entry, _)| entry.bundle).collect()
}

/// Whether the name promises something other than a log, so that the path does not decide alone.
pub(super) fn has_container_suffix(path: &str) -> bool {
    const SUFFIXES: [&str; 20] = [
        "zip", "tar", "tgz", "tbz2", "txz", "tzst", "gz", "zst", "xz", "lzma", "bz2", "7z", "rar",
        "jar", "parquet", "arrow", "png", "jpg", "gif", "pdf",
    ];
    let suffix = suffix(path);
    SUFFIXES.iter().any(|known| suffix.eq_ignore_ascii_case(known))
}
