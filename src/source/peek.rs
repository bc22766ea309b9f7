//! A look at what has come of a live source, which is read as if nobody had looked.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backing::Backing;
use super::binary::SAMPLE;
use super::live::Live;
use super::{Catalog, Entry, Place};

/// Bytes of a live source that are looked at, and how long they are waited for.
const BYTES: usize = 1 << 20;
const WAIT: Duration = Duration::from_millis(100);

impl Catalog {
    /// The wanted entries, perhaps among others, with what has come of standard input as an entry in memory, of the
    /// format that it has so far. Waits for it a moment.
    pub(crate) fn with_arrived(&self, is_wanted: impl Fn(&Entry) -> bool) -> Cow<'_, Self> {
        if !self.has_stdin {
            return Cow::Borrowed(self);
        }
        let mut catalog = self.of_entries(is_wanted);
        for index in 0..catalog.entries.len() {
            let Place::Stdin(live) = &catalog.entries[index].place else { continue };
            let bytes = live.peek(BYTES, WAIT);
            let entry = &mut catalog.entries[index];
            entry.stored_bytes = bytes.len() as u64;
            entry.place = Place::Range(Arc::new(Backing::memory(bytes)), 0..entry.stored_bytes);
            if catalog.entries[index].format.is_none() {
                let head = catalog.head(index, SAMPLE);
                let bundle = catalog.bundle_of(&catalog.entries[index]).to_owned();
                let path = catalog.entries[index].path.clone();
                let format = catalog.recogniser.in_passing(&bundle, &path, &head);
                catalog.entries[index].format = Some(format);
            }
        }
        Cow::Owned(catalog)
    }
}

impl Live {
    /// What comes within this time, up to a number of bytes; it stays to be read.
    fn peek(&self, most: usize, wait: Duration) -> Vec<u8> {
        let end = Instant::now() + wait;
        let mut bytes = Vec::new();
        let mut chunk = vec![0; 64 << 10];
        while bytes.len() < most && self.comes_before(end) {
            match self.read(&mut chunk) {
                // An error is said again by the next read.
                Ok(0) | Err(_) => break,
                Ok(length) => bytes.extend_from_slice(&chunk[..length]),
            }
        }
        self.unread(bytes.clone());
        bytes
    }
}
