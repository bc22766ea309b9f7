//! Which file or directory of the file system the entries are from.

use std::io;
use std::path::{Path, PathBuf};

use super::{Catalog, Home, Place};

/// The file in the file system that an entry is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin<'a> {
    /// Its path: of the log itself, or of the outermost archive around it.
    pub(crate) path: PathBuf,
    /// The input, if the file is one of the loose files below a directory.
    pub(crate) directory: Option<&'a Path>,
    /// Tells the file from the same one that was given once more.
    pub(crate) copy: usize,
}

impl Catalog {
    /// The file that an entry is from; `None` for standard input and pipes.
    pub(crate) fn origin_of(&self, index: usize) -> Option<Origin<'_>> {
        let entry = &self.entries[index];
        if entry.is_live() || matches!(entry.place, Place::Stdin(_)) {
            return None;
        }
        let copy = self.home_of(index).map_or(entry.bundle, |home| home.copy);
        let mut bundle = &self.bundles[entry.bundle];
        // Rows that name another log are from the file that they are in.
        while let Some(outer) = bundle.named_in {
            bundle = &self.bundles[outer];
        }
        match &bundle.home {
            Home::Directory(directory) => {
                let path = match (&entry.place, &entry.extracted) {
                    (Place::File(path), _) => path.clone(),
                    // Names of what was extracted are no paths.
                    (_, Some(extracted)) => extracted.file.clone(),
                    _ => directory.join(&entry.path),
                };
                Some(Origin { path, directory: Some(directory), copy })
            }
            Home::File(path) | Home::Zip(path, _) => {
                Some(Origin { path: path.clone(), directory: None, copy })
            }
            Home::Nowhere => None,
        }
    }

    /// The size of the zip archive that an entry is from, and the bytes of its central directory; `None` if it is
    /// from another file.
    ///
    /// # Errors
    /// The operating system's.
    pub(crate) fn directory_of_zip(&self, index: usize) -> io::Result<Option<(u64, Vec<u8>)>> {
        match self.home_of(index) {
            Some(home) => home.directory_of_zip(),
            None => Ok(None),
        }
    }
}
