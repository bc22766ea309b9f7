//! A tar file that can only be read front to back: a compressed one, or one inside a zip entry.
//!
//! One pass reads all members in order, each as a stream of its own, without holding any of them. A
//! [`Cursor`] is such a pass. Asking for an earlier member starts another one, which decompresses all
//! that comes before: hence entries of such a file stay together, and looks go in order.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::Place;
use super::extracted::Extracted;
use super::feed;
use super::limits::{Limits, Unpacked};
use super::progress::Progress;
use super::readers::Stream;
use super::stream;
use super::tar::{Header, Source, Walker};
use crate::error::Plain;

impl Source for Stream {}

/// Where such a tar file is. Its members are known by their number, counted from 0 over all headers.
#[derive(Debug)]
pub(super) struct StreamedTar {
    /// The compressed file, itself an entry.
    source: Place,
    /// Bytes as stored, of the whole file.
    pub(super) stored: u64,
    /// Bytes of all inputs, if they are known.
    all_stored: Option<u64>,
    limits: Limits,
    /// What is known of it, if it was extracted.
    pub(super) extracted: Option<Arc<Extracted>>,
    /// A pass for looks at single members, which are asked for one after another.
    lookup: Mutex<Option<Cursor>>,
}

impl StreamedTar {
    /// `stored`: bytes of the file, and of all inputs, if they are known.
    pub(super) fn new(
        source: Place,
        (stored, all_stored): (u64, Option<u64>),
        limits: Limits,
    ) -> Self {
        Self { source, stored, all_stored, limits, extracted: None, lookup: Mutex::new(None) }
    }

    /// Starts a pass at the first member. Each has a decoder of its own, so feeds may read beside each
    /// other.
    pub(super) fn open(self: &Arc<Self>, progress: &Arc<Progress>) -> Result<Cursor, String> {
        let stream = feed::open(&self.source, 0, progress).and_then(stream::decompress);
        let mut inner = stream.map_err(|e| Plain(&e).to_string())?;
        if let Some(extracted) = &self.extracted {
            inner.bytes = extracted.after(inner.bytes);
        }
        // The limit of an entry is of each member.
        let limits = Limits { entry_bytes: u64::MAX, ..self.limits };
        let stored = (None, self.all_stored);
        let bytes = Unpacked::new(inner.bytes, limits, stored, progress);
        let walker = Arc::new(Mutex::new(Walker::new(Box::new(bytes) as Stream)));
        Ok(Cursor { tar: Arc::downgrade(self), walker })
    }

    /// A member's bytes, in the pass `cursor` if that is one over this file and not beyond it, else in a new one, which
    /// takes its place.
    pub(super) fn member(
        self: &Arc<Self>,
        cursor: &mut Option<Cursor>,
        member: usize,
        progress: &Arc<Progress>,
    ) -> Result<Stream, String> {
        let pass = match cursor.take().filter(|cursor| cursor.is_of(self)) {
            Some(pass) => pass,
            None => self.open(progress)?,
        };
        cursor.insert(pass).member(member, progress)
    }

    /// A member's bytes, until the next member is asked for. Those that are asked for in their order
    /// take one pass.
    pub(super) fn look_up(self: &Arc<Self>, member: usize) -> Result<Stream, String> {
        let mut lookup = self.lookup.lock().unwrap_or_else(PoisonError::into_inner);
        self.member(&mut lookup, member, &Arc::default())
    }
}

/// A pass over such a tar file: a place in it that moves forward.
#[derive(Debug)]
pub(super) struct Cursor {
    /// Weak, as the file itself keeps a cursor for looks: a strong one would be a circle that is never
    /// freed.
    tar: Weak<StreamedTar>,
    /// Shared with the streams of members, which read from the same place.
    walker: Arc<Mutex<Walker<Stream>>>,
}

impl Cursor {
    /// Whether this is a pass over `tar`.
    fn is_of(&self, tar: &Arc<StreamedTar>) -> bool {
        std::ptr::eq(self.tar.as_ptr(), Arc::as_ptr(tar))
    }

    /// Goes to the next header.
    ///
    /// # Errors
    /// As [`Walker::next`].
    pub(super) fn next(&mut self) -> io::Result<Option<Header>> {
        self.lock().next()
    }

    /// Whether headers may follow after an error.
    pub(super) fn is_lost(&self) -> bool {
        self.lock().is_lost()
    }

    /// How many headers were returned.
    pub(super) fn count(&self) -> usize {
        self.lock().count()
    }

    /// The bytes of the member whose header came last, valid until the next header is asked for.
    pub(super) fn data(&self) -> Stream {
        Box::new(Data(Arc::clone(&self.walker)))
    }

    /// The bytes of a member, by its number; starts again for an earlier one. The error says why it
    /// cannot be reached.
    pub(super) fn member(
        &mut self,
        member: usize,
        progress: &Arc<Progress>,
    ) -> Result<Stream, String> {
        if self.count() > member {
            let tar = self.tar.upgrade().ok_or("the archive is closed")?;
            *self = tar.open(progress)?;
        }
        while self.count() <= member {
            let next = self.next();
            match next {
                Ok(Some(_)) => {}
                // Damage before the member: it was reported when the file was listed. The search for
                // the next header gives the same numbers each time.
                Err(_) if self.is_lost() => {}
                Ok(None) => return Err("the archive ends before the entry".into()),
                Err(e) => return Err(Plain(&e).to_string()),
            }
        }
        Ok(self.data())
    }

    fn lock(&self) -> MutexGuard<'_, Walker<Stream>> {
        self.walker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is left of the data of the current member.
struct Data(Arc<Mutex<Walker<Stream>>>);

impl Read for Data {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(into)
    }
}

impl std::fmt::Debug for Walker<Stream> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Walker").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that was looked into goes when its last user does.
    #[test]
    fn looks_do_not_keep_a_file() {
        let mut tar = tar::Builder::new(Vec::new());
        for name in ["a", "b"] {
            let mut header = tar::Header::new_gnu();
            header.set_size(2);
            tar.append_data(&mut header, name, &b"x\n"[..]).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        std::fs::write(&path, tar.into_inner().unwrap()).unwrap();
        let tar = Arc::new(StreamedTar::new(Place::File(path), (0, None), Limits::default()));
        for member in [0, 1, 0] {
            let mut text = String::new();
            tar.look_up(member).unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "x\n");
        }
        let weak = Arc::downgrade(&tar);
        drop(tar);
        assert!(weak.upgrade().is_none());
    }
}
