//! Entries that are parts of a text: a file that holds the rows of many logs is read as those logs.

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::backing::Backing;
use super::examine::has_container_suffix;
use super::{Catalog, Entry, MapPolicy, Place, feed, stream};
use crate::identity::Identity;

/// The text of an entry that stands as it is in a file or in memory.
pub(crate) struct StoredText {
    backing: Arc<Backing>,
    range: Range<u64>,
}

impl StoredText {
    /// The text, front to back.
    pub(crate) fn read(&self) -> impl Read + use<> {
        stream::open_range(&self.backing, self.range.clone(), &Arc::default())
    }
}

/// Consecutive lines of a text.
#[derive(Debug)]
pub(crate) struct Part {
    /// The log that they are of; `None`: they stay the entry's own.
    pub(crate) log: Option<Log>,
    /// Where they are in the text.
    pub(crate) bytes: Range<u64>,
    /// The physical number of the first, from 1.
    pub(crate) first_line: i64,
}

/// A log as rows name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Log {
    /// The name of its bundle.
    pub(crate) bundle: String,
    /// Its path in the bundle.
    pub(crate) file: String,
    /// What is known of it.
    pub(crate) identity: Identity,
}

/// Lines of a text by their place.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    pub(super) backing: Arc<Backing>,
    pub(super) range: Range<u64>,
    /// The physical number of the first line in the whole text.
    pub(super) first_line: i64,
    /// Where the first line begins in the whole text.
    pub(super) offset: u64,
}

impl Catalog {
    /// The text of an entry, if it is stored as it is: not compressed, in UTF-8, in a file of its own
    /// or a plain part of an archive.
    pub(crate) fn stored_text(&self, entry: usize) -> Option<StoredText> {
        let Entry { place, stored_bytes, .. } = &self.entries[entry];
        let stored = feed::open(place, *stored_bytes, &Arc::default()).ok();
        let is_plain = |inner: stream::Inner| inner.layers == 0;
        match place {
            Place::File(path) if *stored_bytes > 0 => {
                if !is_plain(stream::decompress(stored?).ok()?) || self.encoding(entry).is_some() {
                    return None;
                }
                let map = self.options.map == MapPolicy::Always;
                let backing = Backing::open(path, map).ok()?;
                let range = 0..backing.len();
                Some(StoredText { backing: Arc::new(backing), range })
            }
            Place::Range(backing, range) => {
                if !is_plain(stream::decompress(stored?).ok()?) || self.encoding(entry).is_some() {
                    return None;
                }
                Some(StoredText { backing: Arc::clone(backing), range: range.clone() })
            }
            _ => None,
        }
    }

    /// Puts the parts of their texts in the place of entries.
    pub(crate) fn divide(&mut self, mut divided: HashMap<usize, (StoredText, Vec<Part>)>) {
        let before = std::mem::take(&mut self.entries);
        for (index, entry) in before.into_iter().enumerate() {
            match divided.remove(&index) {
                Some((text, parts)) => self.push_parts(&entry, &text, parts),
                None => self.entries.push(entry),
            }
        }
    }

    fn push_parts(&mut self, whole: &Entry, text: &StoredText, parts: Vec<Part>) {
        let mut bundles: HashMap<String, usize> = HashMap::new();
        for Part { log, bytes, first_line } in parts {
            let size = bytes.end - bytes.start;
            let (start, offset) = (text.range.start, bytes.start);
            let range = start + bytes.start..start + bytes.end;
            let backing = Arc::clone(&text.backing);
            let place = Place::Lines(Lines { backing, range, first_line, offset });
            let (bundle, path, identity) = match log {
                Some(Log { bundle, file, identity }) => {
                    let known = bundles.get(&bundle).copied();
                    let index = known.unwrap_or_else(|| {
                        let index = self.add_bundle(bundle.clone());
                        bundles.insert(bundle, index);
                        index
                    });
                    (index, file, identity)
                }
                None => (whole.bundle, whole.path.clone(), whole.identity.clone()),
            };
            self.entries.push(Entry {
                bundle,
                path,
                identity,
                stored_bytes: size,
                inflated_bytes: Some(size),
                outcome: whole.outcome.clone(),
                told_by: whole.told_by.clone(),
                left_out: None,
                place,
                ..*whole
            });
        }
    }
}

/// Whether a path in a bundle is the bundle itself, a log given by its name.
pub(super) fn is_bundle_itself(bundle: &str, path: &str) -> bool {
    Path::new(bundle).file_name().is_some_and(|name| name.to_str() == Some(path))
}

/// Whether a bundle was an archive, as far as its name tells.
pub(super) fn is_named_as_archive(bundle: &str) -> bool {
    bundle.contains('!') || has_container_suffix(bundle)
}
