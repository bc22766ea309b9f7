//! Entries as the files that they are, for an extraction: archives in archives are not opened, and bytes have their own
//! compression.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::magic::Kind;
use super::progress::Progress;
use super::readers::Stream;
use super::stream::Inner;
use super::streamed::Cursor;
use super::{Catalog, Opens, Place, ReadOptions, Recognise, feed, stream};
use crate::error::Result;

impl Catalog {
    /// Lists the files of inputs for an extraction: archives in them are files, and nothing is left out but what
    /// desktops leave behind.
    pub(crate) fn list_unopened<I, S>(
        inputs: I,
        options: ReadOptions,
        recogniser: Arc<dyn Recognise>,
    ) -> Result<Self>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<std::ffi::OsStr>,
    {
        let mut catalog = Self { opens: Opens::Files, ..Self::empty(options, recogniser) };
        for input in inputs {
            catalog.add(input.as_ref(), 1)?;
        }
        // An input that is a tar file, or another archive in a compression, shows only by its bytes.
        for entry in std::mem::take(&mut catalog.entries) {
            let inner = match &entry.place {
                Place::File(_) if catalog.is_input(&entry) && entry.can_be_read_twice() => {
                    feed::open(&entry.place, entry.stored_bytes, &Arc::default())
                        .and_then(stream::decompress)
                        .ok()
                }
                _ => None,
            };
            match inner {
                Some(Inner { kind: kind @ (Kind::Tar | Kind::Zip), layers, .. }) => {
                    catalog.open_inside(entry, kind, layers > 0);
                }
                // A document or a program to people, which holds no logs, but it was asked for.
                Some(Inner { kind: Kind::Foreign(foreign), layers, .. }) if foreign.is_zip() => {
                    catalog.open_inside(entry, Kind::Zip, layers > 0);
                }
                _ => catalog.entries.push(entry),
            }
        }
        match catalog.refused.pop() {
            Some(refused) => Err(refused),
            None => Ok(catalog),
        }
    }
}

/// Reads entries as they are stored, without the compression of their archive but with their own.
#[derive(Debug, Default)]
pub(crate) struct RawEntries {
    progress: Arc<Progress>,
    /// The compressed tar file that is read front to back.
    tar: Option<Cursor>,
}

impl RawEntries {
    /// Shares what is counted for the limits.
    pub(crate) fn of(progress: &Arc<Progress>) -> Self {
        Self { progress: Arc::clone(progress), tar: None }
    }

    /// The bytes of an entry, up to the limits.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub(crate) fn open(&mut self, catalog: &Catalog, index: usize) -> io::Result<Stream> {
        let entry = &catalog.entries[index];
        let bytes = match &entry.place {
            Place::Streamed(tar, member) => {
                tar.member(&mut self.tar, *member, &self.progress).map_err(io::Error::other)?
            }
            place => feed::open(place, entry.stored_bytes, &self.progress)?,
        };
        let inner = Inner { kind: Kind::Text, layers: 0, bytes };
        Ok(catalog.limited(index, inner, &self.progress).bytes)
    }
}

impl Catalog {
    /// Runs of entries that are read one after the other; the runs may be read in any order.
    pub(crate) fn runs(&self) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for index in 0..self.entries.len() {
            let continues =
                |before: usize| self.entries[index].place.continues(&self.entries[before].place);
            match runs.last_mut() {
                Some(run) if continues(index - 1) => run.end = index + 1,
                _ => runs.push(index..index + 1),
            }
        }
        runs
    }
}
