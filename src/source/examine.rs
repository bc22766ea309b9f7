//! Looks at the first bytes of entries: recognises their formats, opens the archives among them,
//! and leaves out what is not a log.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::backing::Backing;
use super::binary::is_binary;
use super::foreign::{self, Foreign, Role};
use super::framing::Recognised;
use super::inputs::{self, has_zip_suffix, too_deep};
use super::live::Patience;
use super::magic::Kind;
use super::name::{self, suffix};
use super::readers::Stream;
use super::stream::{self, Inner};
use super::streamed::{Cursor, StreamedTar};
use super::tar::{Header, Span, Walker, What};
use super::wide::Utf8;
use super::{Aside, Catalog, Entry, MapPolicy, Place, feed};
use crate::error::{Error, Location, Plain, Remedy};

/// Fewer entries than this are looked at on one thread.
const FEW: usize = 64;

/// What a look at an entry shows.
enum Look {
    /// It can be looked at only when it is read.
    Nothing,
    Log(Recognised),
    /// Of [`Kind::Zip`] or [`Kind::Tar`]; whether its own bytes are that, or compressed ones.
    Archive {
        kind: Kind,
        is_compressed: bool,
    },
    Foreign(&'static Foreign),
}

impl Catalog {
    /// Looks at all entries that were not looked at yet, on up to `threads` threads. Entries whose
    /// path tells the format are not opened.
    pub(crate) fn examine(&mut self, threads: usize) {
        // Archives in archives come to light one level at a time.
        loop {
            let looks = self.look_at_all(threads);
            let is_log =
                |look: &Option<Look>| matches!(look, None | Some(Look::Nothing | Look::Log(_)));
            let is_done = looks.iter().all(is_log);
            self.take_in(looks);
            if is_done {
                break;
            }
        }
        self.find_twins();
    }

    /// What every entry is; `None` for those that are known.
    fn look_at_all(&self, threads: usize) -> Vec<Option<Look>> {
        let look = |entry: &Entry| (!entry.examined).then(|| self.look(entry));
        let is_opened = |entry: &&Entry| !entry.examined && self.recognise_by_path(entry).is_none();
        let pool = (threads > 1 && self.entries.iter().filter(is_opened).count() > FEW)
            .then(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok())
            .flatten();
        match pool {
            Some(pool) => pool.install(|| self.entries.par_iter().map(look).collect()),
            None => self.entries.iter().map(look).collect(),
        }
    }

    fn recognise_by_path(&self, entry: &Entry) -> Option<Recognised> {
        self.recogniser.by_path(&entry.identity).filter(|_| !has_container_suffix(&entry.path))
    }

    fn look(&self, entry: &Entry) -> Look {
        if let Some(recognised) = self.recognise_by_path(entry) {
            return Look::Log(recognised);
        }
        if !entry.can_be_read_twice() {
            return if self.is_forced() { self.judge(entry, None) } else { Look::Nothing };
        }
        let inner = feed::open(&entry.place, entry.stored_bytes, &Arc::default())
            .and_then(stream::decompress);
        self.judge(entry, inner.ok())
    }

    /// What an entry is, by what is inside of its compression; `None`: it cannot be read.
    fn judge(&self, entry: &Entry, inner: Option<Inner>) -> Look {
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
        if kind == Kind::Text && is_binary(&sample, is_whole) {
            kind = Kind::Foreign(&foreign::BINARY);
        }
        match kind {
            Kind::Foreign(foreign) if !self.is_forced() => Look::Foreign(foreign),
            Kind::Foreign(foreign) if foreign.is_zip() => {
                Look::Archive { kind: Kind::Zip, is_compressed: layers > 0 }
            }
            Kind::Zip | Kind::Tar => Look::Archive { kind, is_compressed: layers > 0 },
            // It says why it is not one.
            Kind::Text if layers == 0 && has_zip_suffix(&entry.path) && !self.is_forced() => {
                Look::Archive { kind: Kind::Zip, is_compressed: false }
            }
            Kind::Text | Kind::Compressed(_) | Kind::Foreign(_) => {
                let bundle = self.bundle_of(entry);
                Look::Log(recogniser.by_content(bundle, &entry.path, &sample))
            }
        }
    }

    /// Puts what archives hold in their place, and leaves out what is not a log.
    fn take_in(&mut self, looks: Vec<Option<Look>>) {
        let before = std::mem::take(&mut self.entries);
        self.entries.reserve(before.len());
        for (mut entry, look) in before.into_iter().zip(looks) {
            entry.examined = true;
            match look {
                None | Some(Look::Nothing) => self.entries.push(entry),
                Some(Look::Log(recognised)) => {
                    entry.recognised(recognised);
                    self.entries.push(entry);
                }
                Some(Look::Foreign(foreign)) => self.leave_out(&entry, foreign),
                Some(Look::Archive { kind, is_compressed }) => {
                    self.open_inside(entry, kind, is_compressed);
                }
            }
        }
    }

    /// Whether an entry is an input of its own.
    fn is_input(&self, entry: &Entry) -> bool {
        matches!(&entry.place, Place::File(path) if path.to_string_lossy() == self.bundle_of(entry))
    }

    fn leave_out(&mut self, entry: &Entry, foreign: &'static Foreign) {
        if self.is_input(entry) {
            let location = Location::bundle(self.bundle_of(entry));
            let hint = foreign.hint(self.bundle_of(entry));
            let error = Error::new("cannot read", location, foreign.reason()).with_hint(hint);
            self.refused.push(match foreign.role {
                Role::Other | Role::Clutter => error.with_remedy(Remedy::ReadAs("text")),
                Role::Container(_) | Role::Converted => error,
            });
            return;
        }
        if let Role::Container(_) = foreign.role {
            let location = Location::entry(self.bundle_of(entry), entry.path.clone());
            let hint = foreign.hint(&entry.path);
            self.problems
                .push(Error::new("cannot read", location, foreign.reason()).with_hint(hint));
        }
        if foreign.role != Role::Clutter {
            self.put_aside(entry.bundle, entry.path.clone(), foreign.reason());
        }
    }

    fn put_aside(&mut self, bundle: usize, path: String, reason: String) {
        self.aside.push(Aside { bundle, path, format: None, reason, left_out: None });
    }

    /// Adds the members of an archive that was found by its first bytes.
    fn open_inside(&mut self, entry: Entry, kind: Kind, is_compressed: bool) {
        let is_input = self.is_input(&entry);
        let outer = &self.bundles[entry.bundle];
        let (name, depth) = match is_input {
            true => (outer.name.clone(), outer.depth),
            false => (format!("{}!{}", outer.name, entry.path), outer.depth + 1),
        };
        if depth >= stream::MAX_NESTING {
            return self.push_unreadable(entry, too_deep());
        }
        let found =
            |catalog: &Self| (catalog.entries.len(), catalog.aside.len(), catalog.problems.len());
        let before = found(self);
        let opened = match kind {
            Kind::Zip => self.open_zip(&entry, is_compressed, name, depth),
            _ => {
                let bundle = if is_input { entry.bundle } else { self.add_bundle(name) };
                self.bundles[bundle].depth = depth;
                self.open_tar(&entry, is_compressed, bundle)
            }
        };
        match opened {
            Err(cause) => self.push_unreadable(entry, cause),
            Ok(()) if is_input && before == found(self) => {
                let location = Location::bundle(self.bundle_of(&entry));
                let error = Error::new("cannot read", location, "the archive is empty");
                self.refused.push(error.with_hint(inputs::EMPTY_ARCHIVE));
            }
            Ok(()) => {}
        }
    }

    fn push_unreadable(&mut self, entry: Entry, cause: String) {
        let place = Place::Unreadable(cause);
        self.entries.push(Entry { place, inflated_bytes: None, ..entry });
    }

    pub(super) fn open_zip(
        &mut self,
        entry: &Entry,
        is_compressed: bool,
        name: String,
        depth: usize,
    ) -> Result<(), String> {
        let backing = match &entry.place {
            Place::File(path) if !is_compressed => {
                Backing::open(path, self.options.map != MapPolicy::Never)
            }
            place => {
                let inner = feed::open(place, 0, &Arc::default()).and_then(stream::decompress);
                inner.and_then(|inner| stream::read_all(inner.bytes)).map(Backing::memory)
            }
        };
        self.add_archive(backing.map_err(|e| Plain(&e).to_string())?, name, depth)
    }

    pub(super) fn open_tar(
        &mut self,
        entry: &Entry,
        is_compressed: bool,
        bundle: usize,
    ) -> Result<(), String> {
        let mapped = self.options.map != MapPolicy::Never;
        match &entry.place {
            Place::File(path) if !is_compressed => {
                let backing = Backing::open(path, mapped).map_err(|e| Plain(&e).to_string())?;
                let whole = 0..backing.len();
                self.list_tar(bundle, &Arc::new(backing), whole);
            }
            Place::Range(backing, range) if !is_compressed => {
                self.list_tar(bundle, backing, range.clone());
            }
            place => {
                let tar = StreamedTar::new(place.clone(), entry.stored_bytes);
                self.list_streamed_tar(bundle, &Arc::new(tar))?;
            }
        }
        Ok(())
    }

    /// Adds the members of a tar file whose bytes can be read anywhere.
    fn list_tar(&mut self, bundle: usize, backing: &Arc<Backing>, range: Range<u64>) {
        let start = range.start;
        let mut walker = Walker::new(Span { backing, rest: range });
        loop {
            match walker.next() {
                Ok(Some(header)) => {
                    let at = start + walker.position();
                    let place =
                        Place::Range(Arc::clone(backing), at..at.saturating_add(header.size));
                    if let Some(entry) = self.member(bundle, header, place) {
                        self.entries.push(entry);
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    self.cannot_list(bundle, &error, walker.count());
                    if !walker.is_lost() {
                        break;
                    }
                }
            }
        }
    }

    /// Adds the members of a tar file that is read front to back, and looks at each in passing.
    /// Archives in it are taken into memory, and come after its logs.
    fn list_streamed_tar(&mut self, bundle: usize, tar: &Arc<StreamedTar>) -> Result<(), String> {
        let mut archives = Vec::new();
        let mut cursor = tar.open(&Arc::default())?;
        loop {
            match cursor.next() {
                Ok(Some(header)) => {
                    let number = cursor.count() - 1;
                    let place = Place::Streamed(Arc::clone(tar), number);
                    let Some(entry) = self.member(bundle, header, place) else { continue };
                    let entry = Entry { stored_bytes: 0, ..entry };
                    archives.extend(self.add_in_passing(entry, &cursor));
                }
                Ok(None) => break,
                Err(error) => {
                    self.cannot_list(bundle, &error, cursor.count());
                    if !cursor.is_lost() {
                        break;
                    }
                }
            }
        }
        self.entries.append(&mut archives);
        Ok(())
    }

    /// Adds an entry whose bytes are at hand; an archive is returned instead.
    fn add_in_passing(&mut self, mut entry: Entry, cursor: &Cursor) -> Option<Entry> {
        entry.examined = true;
        if let Place::Unreadable(_) = entry.place {
            self.entries.push(entry);
            return None;
        }
        if let Some(recognised) = self.recognise_by_path(&entry) {
            entry.recognised(recognised);
            self.entries.push(entry);
            return None;
        }
        let read = Arc::default();
        let copied = Copied { source: cursor.data(), read: Arc::clone(&read) };
        let inner = stream::decompress(Box::new(copied));
        match self.judge(&entry, inner.ok()) {
            Look::Nothing => self.entries.push(entry),
            Look::Log(recognised) => {
                entry.recognised(recognised);
                self.entries.push(entry);
            }
            Look::Foreign(foreign) => self.leave_out(&entry, foreign),
            Look::Archive { .. } => {
                let mut bytes =
                    std::mem::take(&mut *read.lock().unwrap_or_else(PoisonError::into_inner));
                // What is missing at its end shows when it is opened.
                let _ = cursor.data().read_to_end(&mut bytes);
                let whole = 0..bytes.len() as u64;
                let place = Place::Range(Arc::new(Backing::memory(bytes)), whole);
                return Some(Entry { examined: false, place, ..entry });
            }
        }
        None
    }

    /// The entry of a member of a tar file; `None` if it is none.
    fn member(&mut self, bundle: usize, header: Header, place: Place) -> Option<Entry> {
        if name::is_clutter(&header.path) {
            return None;
        }
        let place = match &header.what {
            What::File => place,
            What::Directory => return None,
            What::Link(target) => {
                self.put_aside(bundle, header.path, format!("a link to {target}"));
                return None;
            }
            What::Special(what) => {
                self.put_aside(bundle, header.path, format!("not a log ({what})"));
                return None;
            }
            What::Refused(why) => Place::Unreadable((*why).to_owned()),
        };
        Some(self.entry(bundle, header.path, header.size, Some(header.size), place))
    }

    fn cannot_list(&mut self, bundle: usize, error: &io::Error, listed: usize) {
        let location = Location::bundle(&self.bundles[bundle].name);
        let cause = format!("{} after {listed} entries", Plain(error));
        let error = Error::new("could not list the whole archive", location, cause);
        self.problems.push(error.with_hint("the entries that could be found were read"));
    }
}

/// A source whose bytes are kept as well.
pub(super) struct Copied {
    pub(super) source: Stream,
    pub(super) read: Arc<Mutex<Vec<u8>>>,
}

impl Read for Copied {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(into)?;
        self.read.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&into[..read]);
        Ok(read)
    }
}

/// Whether the name promises something else than a log, so that the path does not decide alone.
pub(super) fn has_container_suffix(path: &str) -> bool {
    const SUFFIXES: [&str; 20] = [
        "zip", "tar", "tgz", "tbz2", "txz", "tzst", "gz", "zst", "xz", "lzma", "bz2", "7z", "rar",
        "jar", "parquet", "arrow", "png", "jpg", "gif", "pdf",
    ];
    let suffix = suffix(path);
    SUFFIXES.iter().any(|known| suffix.eq_ignore_ascii_case(known))
}
