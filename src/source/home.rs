//! Where the files of a catalog are, for what is kept beside them.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::archive::Archive;
use super::{Catalog, Home, Place, Recognised};

/// A log file or archive in the file system.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HomeFile<'a> {
    /// It is one of the loose files below this input.
    pub(crate) directory: Option<&'a Path>,
    /// Its path.
    pub(crate) path: &'a Path,
    zip: Option<&'a Arc<Archive>>,
    /// Tells the file from the same one that was given once more.
    pub(crate) copy: usize,
}

impl HomeFile<'_> {
    /// The size of a zip archive, and the bytes of its central directory; `None` for any other file.
    ///
    /// # Errors
    /// The operating system's.
    pub(crate) fn directory_of_zip(&self) -> io::Result<Option<(u64, Vec<u8>)>> {
        let of = |zip: &Arc<Archive>| Ok((zip.backing().len(), zip.directory()?));
        self.zip.map(of).transpose()
    }
}

impl Catalog {
    /// Whether entries of one file are what the file was listed as: looks at them have neither added nor left out
    /// any.
    pub(crate) fn are_as_listed(&self, entries: &[usize]) -> bool {
        let Some(&first) = entries.first() else { return false };
        let bundle = self.entries[first].bundle;
        let is_own = |&entry: &usize| {
            let own = &self.entries[entry];
            own.bundle == bundle && matches!(own.place, Place::File(_) | Place::Member(..))
        };
        let listed = match self.bundles[bundle].home {
            Home::Directory(_) => 1,
            _ => self.bundles[bundle].listed,
        };
        entries.len() == listed && entries.iter().all(is_own)
    }

    /// Sets the format of an entry, and what it was recognised by, in place of a look at it.
    pub(crate) fn set_known(&mut self, entry: usize, recognised: Recognised) {
        let entry = &mut self.entries[entry];
        entry.recognised(recognised);
        entry.examined = true;
    }

    /// Whether an entry is of a file that can have an index: not if it is a part of a log in a directory.
    pub fn can_have_index(&self, index: usize) -> bool {
        self.home_of(index).is_some()
    }

    /// The file that an entry is in; `None` if that is none that can be read twice.
    pub(crate) fn home_of(&self, index: usize) -> Option<HomeFile<'_>> {
        let entry = &self.entries[index];
        let of = |directory, path, zip, copy| Some(HomeFile { directory, path, zip, copy });
        match (&self.bundles[entry.bundle].home, &entry.place) {
            (_, Place::Written(_)) => None,
            (Home::Directory(directory), Place::File(path)) if !entry.is_live() => {
                of(Some(directory), path, None, entry.bundle)
            }
            (Home::File(path), place) if !entry.is_live() => {
                // All members of a tar file are of one, whatever bundles they are in.
                let is_whole = matches!(place, Place::File(_));
                of(None, path, None, if is_whole { entry.bundle } else { 0 })
            }
            (Home::Zip(path, zip), _) => of(None, path, Some(zip), Arc::as_ptr(zip).addr()),
            _ => None,
        }
    }
}
