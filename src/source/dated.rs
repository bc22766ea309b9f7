//! When entries were written, for times in them that lack their date or year.

use std::path::Path;
use std::time::UNIX_EPOCH;

use super::{Catalog, Home, Place};
use crate::record::reference::{Reference, day_in};

const SECOND: i64 = 1_000_000_000;

impl Catalog {
    /// Finds what completes the times of an entry. Nothing does of standard input and pipes.
    pub(crate) fn find_reference(&mut self, index: usize) {
        let stored = self.stored_time(index);
        let entry = &mut self.entries[index];
        entry.reference = Reference { stored, begun: None, day: day_in(&entry.path) };
    }

    /// When an entry was written, in nanoseconds since 1970: as its archive says, or else the file system of the
    /// archive.
    fn stored_time(&self, index: usize) -> Option<i64> {
        let entry = &self.entries[index];
        let own = match &entry.place {
            Place::File(path) if !entry.is_live() => return modified(path),
            Place::Member(_, member) => member.modified(),
            _ => entry.modified,
        };
        let of_archive = || match &self.bundles[entry.bundle].home {
            Home::File(path) | Home::Zip(path, _) => modified(path),
            Home::Directory(_) | Home::Nowhere => None,
        };
        own.and_then(|seconds| seconds.checked_mul(SECOND)).or_else(of_archive)
    }
}

fn modified(path: &Path) -> Option<i64> {
    let since = path.metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok()
}
