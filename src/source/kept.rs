//! Texts whose lines can be read from any place: those stored as they are, and copies of the others in one temporary
//! file.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::backing::Backing;
use super::{Catalog, Place, StoredText};

/// Bytes of a text that are read before the file is locked, so that texts of this size are read in parallel.
const BUFFER: u64 = 8 << 20;

/// Copies of texts, in a file without a name, which is gone when it is closed, however the process ends.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    /// Made with the first copy.
    file: Mutex<Option<(File, Arc<Backing>)>>,
}

impl Copies {
    /// The text of an entry.
    ///
    /// # Errors
    /// Why it cannot be read to its end, or be written to the temporary file.
    pub(crate) fn text(&self, catalog: &Catalog, entry: usize) -> io::Result<StoredText> {
        if let Some(text) = catalog.stored_text(entry) {
            return Ok(text);
        }
        let mut text = catalog.text(entry)?;
        let mut head = Vec::new();
        text.by_ref().take(BUFFER).read_to_end(&mut head)?;
        let mut guard = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, backing) = match &mut *guard {
            Some(made) => made,
            none => {
                let file = tempfile::tempfile()?;
                let backing = Backing::growing(file.try_clone()?);
                none.insert((file, Arc::new(backing)))
            }
        };
        let start = file.seek(SeekFrom::End(0))?;
        let copied = file.write_all(&head).and_then(|()| io::copy(&mut text, file));
        match copied {
            Ok(rest) => {
                let range = start..start + head.len() as u64 + rest;
                Ok(StoredText { backing: Arc::clone(backing), range })
            }
            Err(error) => {
                // Nobody reads what came before the error.
                file.set_len(start)?;
                Err(error)
            }
        }
    }
}

impl Catalog {
    /// Whether the text of an entry can be [copied](Copies), or need not: not that of a pipe.
    pub(crate) fn can_be_copied(&self, entry: usize) -> bool {
        let entry = &self.entries[entry];
        !matches!(entry.place, Place::Written(_)) && entry.can_be_read_twice()
    }

    /// Of the compressed tar files that some entries are in, all members. They are read in one pass, in their order: if
    /// one is read from elsewhere, the others are to be as well.
    pub(crate) fn streamed_with(&self, entries: &HashSet<usize>) -> BTreeSet<usize> {
        let tar_of = |entry: &usize| match &self.entries[*entry].place {
            Place::Streamed(tar, _) => Some(Arc::as_ptr(tar)),
            _ => None,
        };
        let tars: HashSet<_> = entries.iter().filter_map(tar_of).collect();
        let is_in = |entry: &usize| tar_of(entry).is_some_and(|tar| tars.contains(&tar));
        (0..self.entries.len()).filter(is_in).collect()
    }
}
