//! Opens the archives that are found among entries, and puts their members in their place.
//!
//! Zip archives are read at any offset: from the file, or from memory if they are inside another
//! archive or compressed. Uncompressed tar files need no memory either. Compressed ones are read front
//! to back; their members are looked at in passing, since going back means decompressing again.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::archive::Archive;
use super::backing::Backing;
use super::examine::Look;
use super::inputs;
use super::magic::Kind;
use super::name;
use super::readers::Stream;
use super::stream;
use super::streamed::{Cursor, StreamedTar};
use super::tar::{Header, Span, Walker, What};
use super::written::may_be_rows;
use super::{Catalog, Entry, Home, Limits, MapPolicy, Opens, Place, feed};
use crate::error::{Error, Location, Plain};

impl Catalog {
    /// Adds the members of an archive that was found by its first bytes.
    /// What cannot be opened becomes an entry that cannot be read.
    pub(super) fn open_inside(&mut self, entry: Entry, kind: Kind, is_compressed: bool) {
        let is_input = self.is_input(&entry);
        let depth = self.bundles[entry.bundle].depth + usize::from(!is_input);
        if !is_input && let Err(cause) = self.enter(depth) {
            return self.push_unreadable(entry, cause);
        }
        let outer = &self.bundles[entry.bundle];
        // An archive that is an input is the bundle itself; any other is one more level of nesting.
        let name = match is_input {
            true => outer.name.clone(),
            false => format!("{}!{}", outer.name, entry.path),
        };
        // Whatever was found, if only a link or damage: such an archive is not empty.
        let found =
            |catalog: &Self| (catalog.entries.len(), catalog.ignored.len(), catalog.problems.len());
        let before = found(self);
        // A loose file of a directory has a home of its own.
        let home = match (&outer.home, &entry.place) {
            (Home::Directory(_), Place::File(path)) => Home::File(path.clone()),
            (home, _) => home.clone(),
        };
        let opened = match kind {
            Kind::Zip => self.open_zip(&entry, is_compressed, name, depth, home),
            _ => {
                let bundle = if is_input { entry.bundle } else { self.add_bundle(name) };
                self.bundles[bundle].home = home;
                self.bundles[bundle].depth = depth;
                self.open_tar(&entry, is_compressed, bundle).map(|()| None)
            }
        };
        match opened {
            Ok(Some(problem)) if is_input => {
                let location = Location::bundle(self.bundle_of(&entry));
                self.report(Some(problem), location);
            }
            // Also beside what was found of it.
            Err(cause) | Ok(Some(cause)) => self.push_unreadable(entry, cause),
            Ok(None) if is_input && before == found(self) => {
                let location = Location::bundle(self.bundle_of(&entry));
                let error = Error::new("cannot read", location, "the archive is empty");
                self.refused.push(error.with_hint(inputs::EMPTY_ARCHIVE));
            }
            Ok(None) => {}
        }
    }

    /// Adds an entry that fails with this reason when it is read.
    fn push_unreadable(&mut self, entry: Entry, cause: String) {
        let place = Place::Unreadable(cause);
        self.entries.push(Entry { place, inflated_bytes: None, ..entry });
    }

    /// Adds the members of a zip archive: from its file, if it is one, else from memory. As
    /// [`add_archive`](Self::add_archive).
    pub(super) fn open_zip(
        &mut self,
        entry: &Entry,
        is_compressed: bool,
        name: String,
        depth: usize,
        home: Home,
    ) -> Result<Option<String>, String> {
        let plain = |e: io::Error| Plain(&e).to_string();
        let open = || match &entry.place {
            Place::File(path) if !is_compressed => {
                let backing = Backing::open(path, self.options.map != MapPolicy::Never);
                Archive::open(backing.map_err(plain)?)
            }
            place => {
                let inner = feed::open(place, 0, &Arc::default()).and_then(stream::decompress);
                self.open_held(inner.map_err(plain)?.bytes)
            }
        };
        let opened = match &entry.extracted {
            Some(extracted) => extracted.explain(open())?,
            None => open()?,
        };
        Ok(self.add_opened(opened, name, depth, home))
    }

    /// Adds the members of a tar file, in the cheapest way that its place allows.
    pub(super) fn open_tar(
        &mut self,
        entry: &Entry,
        is_compressed: bool,
        bundle: usize,
    ) -> Result<(), String> {
        let mapped = self.options.map != MapPolicy::Never;
        let extracted = entry.extracted.as_ref().filter(|extracted| extracted.is_damaged());
        match &entry.place {
            Place::File(path) if !is_compressed && extracted.is_none() => {
                let backing = Backing::open(path, mapped).map_err(|e| Plain(&e).to_string())?;
                let whole = 0..backing.len();
                self.list_tar(bundle, &Arc::new(backing), whole);
            }
            Place::Range(backing, range) if !is_compressed => {
                self.list_tar(bundle, backing, range.clone());
            }
            place => {
                let stored = (entry.stored_bytes, self.stored_bytes);
                let mut tar = StreamedTar::new(place.clone(), stored, self.options.limits);
                tar.extracted = extracted.cloned();
                self.list_streamed_tar(bundle, &Arc::new(tar))?;
            }
        }
        Ok(())
    }

    /// Adds the members of a tar file whose bytes can be read at any offset. Only headers are read
    /// here.
    fn list_tar(&mut self, bundle: usize, backing: &Arc<Backing>, range: Range<u64>) {
        let start = range.start;
        let mut walker = Walker::new(Span { backing, rest: range });
        loop {
            match walker.next() {
                Ok(Some(_)) if self.is_full() => {
                    self.cannot_list(bundle, &self.full(), walker.count() - 1);
                    break;
                }
                Ok(Some(header)) => {
                    // The walker has just read the header, so the data begins where it is. A size that
                    // reaches beyond the archive shows when the entry is read.
                    let at = start + walker.position();
                    let place =
                        Place::Range(Arc::clone(backing), at..at.saturating_add(header.size));
                    if let Some(entry) = self.member(bundle, header, place) {
                        self.entries.push(entry);
                    }
                }
                Ok(None) => break,
                // Damage is reported once for each place; the next call looks for the next valid
                // header.
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
    /// Archives in it are taken into memory, and come after its logs: the logs must stay together, or
    /// one pass could not read them all.
    fn list_streamed_tar(&mut self, bundle: usize, tar: &Arc<StreamedTar>) -> Result<(), String> {
        let mut archives = Vec::new();
        let mut cursor = tar.open(&Arc::default())?;
        loop {
            match cursor.next() {
                Ok(Some(_)) if self.is_full() => {
                    self.cannot_list(bundle, &self.full(), cursor.count() - 1);
                    break;
                }
                Ok(Some(header)) => {
                    // `count` includes this header, and the ones that are not logs: it is also how to
                    // find it again.
                    let number = cursor.count() - 1;
                    let place = Place::Streamed(Arc::clone(tar), number);
                    let Some(entry) = self.member(bundle, header, place) else { continue };
                    // Only the whole file has a size as stored.
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

    /// Adds an entry whose bytes come next in the stream; an archive is returned instead, with its
    /// bytes.
    fn add_in_passing(&mut self, mut entry: Entry, cursor: &Cursor) -> Option<Entry> {
        entry.examined = true;
        // An archive is a file there.
        if self.opens == Opens::Files || matches!(entry.place, Place::Unreadable(_)) {
            self.entries.push(entry);
            return None;
        }
        if let Some(recognised) = self.recognise_by_path(&entry) {
            entry.recognised(recognised);
            self.entries.push(entry);
            return None;
        }
        // Keeps what the look takes: an archive needs all its bytes, and the stream does not go back.
        let read = Arc::default();
        let copied = Copied { source: cursor.data(), read: Arc::clone(&read) };
        let inner = stream::decompress(Box::new(copied));
        match self.judge(&entry, inner.ok()) {
            Look::Nothing => self.entries.push(entry),
            Look::Log(recognised) => {
                entry.recognised(recognised);
                self.entries.push(entry);
            }
            // Those that may be rows of ripsaw's are looked at once they are unpacked.
            Look::Rows(_) | Look::Broken(..) => self.entries.push(entry),
            Look::Foreign(foreign) if !may_be_rows(foreign) => self.leave_out(&entry, foreign),
            Look::Foreign(_) | Look::Archive { .. } => {
                let bytes =
                    std::mem::take(&mut *read.lock().unwrap_or_else(PoisonError::into_inner));
                let all = io::Cursor::new(bytes).chain(cursor.data());
                let place = match self.hold(Box::new(all)) {
                    // If its end is missing, opening it reports that.
                    Ok((backing, _)) => {
                        let whole = 0..backing.len();
                        Place::Range(Arc::new(backing), whole)
                    }
                    Err(e) => Place::Unreadable(Plain(&e).to_string()),
                };
                // From memory it is like any other entry: the next round opens it.
                return Some(Entry { examined: false, place, ..entry });
            }
        }
        None
    }

    /// The entry of a member of a tar file; `None` if it gives none: folders and clutter silently,
    /// links and devices with a note.
    fn member(&mut self, bundle: usize, header: Header, place: Place) -> Option<Entry> {
        if name::is_clutter(&header.path) {
            return None;
        }
        let place = match &header.what {
            What::File => place,
            What::Directory => return None,
            What::Link(target) => {
                self.ignore(bundle, header.path, format!("a link to {target}"));
                return None;
            }
            What::Special(what) => {
                self.ignore(bundle, header.path, format!("not a log ({what})"));
                return None;
            }
            What::Refused(why) => Place::Unreadable((*why).to_owned()),
        };
        let entry = self.entry(bundle, header.path, header.size, Some(header.size), place);
        Some(Entry { modified: header.modified, ..entry })
    }

    /// Whether there may be no more entries, and the error that says it.
    fn is_full(&self) -> bool {
        self.entries.len() as u64 >= self.options.limits.entries
    }

    fn full(&self) -> io::Error {
        io::Error::other(Limits::exceeded("entries", self.options.limits.entries))
    }

    /// Reports damage in a tar file, after `listed` headers.
    fn cannot_list(&mut self, bundle: usize, error: &io::Error, listed: usize) {
        let location = Location::bundle(&self.bundles[bundle].name);
        let cause = format!("{} after {listed} entries", Plain(error));
        let error = Error::new("could not list the whole archive", location, cause);
        self.problems.push(error.with_hint("the entries that could be found were read"));
    }
}

/// A source that also keeps the bytes that are read from it.
pub(super) struct Copied {
    pub(super) source: Stream,
    /// Shared, since the stream that owns this is boxed and given away.
    pub(super) read: Arc<Mutex<Vec<u8>>>,
}

impl Read for Copied {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(into)?;
        self.read.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&into[..read]);
        Ok(read)
    }
}
