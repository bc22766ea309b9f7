//! Entries that are parts of a text: a file that holds the rows of many logs is read as those logs.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use memchr::memchr_iter;

use super::backing::Backing;
use super::examine::has_container_suffix;
use super::{Catalog, Entry, Framing, MapPolicy, Place, feed, stream};
use crate::identity::Identity;

/// The longest line that is looked at to find a cut.
const LONGEST: u64 = 64 << 10;

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

impl Part {
    /// All of a text.
    fn whole(text: &StoredText) -> Self {
        Self { log: None, bytes: 0..text.range.end - text.range.start, first_line: 1 }
    }
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

    /// Cuts the text of an entry into parts of about `target` bytes that can be decoded apart; `None`
    /// where it must be read front to back. Reads the text once, to count its lines.
    pub(crate) fn parts(&self, entry: usize, target: u64) -> Option<Vec<Part>> {
        let format = self.entries[entry].format?;
        let text = self.stored_text(entry)?;
        let framing = self.recogniser.framing(format);
        let mut parts = vec![Part::whole(&text)];
        let mut lines = LineStarts::new(text.read());
        while let Some((at, line)) = lines.next(target, &*framing).ok()? {
            let last = parts.last_mut()?;
            let bytes = at..last.bytes.end;
            last.bytes.end = at;
            parts.push(Part { log: None, bytes, first_line: line });
        }
        Some(parts)
    }

    /// A catalog of these entries alone, in this order, or of parts of their texts.
    ///
    /// # Errors
    /// The index of an entry whose text is not what the part was made of.
    pub(crate) fn of_parts(&self, parts: Vec<(usize, Option<Part>)>) -> Result<Self, usize> {
        let mut some = Self { entries: Vec::with_capacity(parts.len()), ..self.clone() };
        let mut text: Option<(usize, StoredText)> = None;
        for (index, part) in parts {
            let entry = self.entries.get(index).ok_or(index)?;
            let Some(part) = part else {
                some.entries.push(entry.clone());
                continue;
            };
            // Consecutive parts share what their entry was opened as.
            if text.as_ref().is_none_or(|(of, _)| *of != index) {
                text = Some((index, self.stored_text(index).ok_or(index)?));
            }
            let (_, text) = text.as_ref().ok_or(index)?;
            if part.bytes.start > part.bytes.end
                || part.bytes.end > text.range.end - text.range.start
            {
                return Err(index);
            }
            let left_out = entry.left_out.clone();
            some.push_parts(entry, text, vec![part]);
            if let Some(last) = some.entries.last_mut() {
                last.left_out = left_out;
            }
        }
        Ok(some)
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

/// Finds lines at which a text can be cut.
struct LineStarts<R> {
    text: BufReader<R>,
    /// Bytes and newlines that are read.
    at: u64,
    newlines: i64,
}

impl<R: Read> LineStarts<R> {
    fn new(text: R) -> Self {
        Self { text: BufReader::with_capacity(1 << 20, text), at: 0, newlines: 0 }
    }

    /// Offset and number of the first line at which the text can be cut that is at least `distance`
    /// bytes further; `None` at the end.
    fn next(&mut self, distance: u64, framing: &dyn Framing) -> io::Result<Option<(u64, i64)>> {
        self.skip(distance.max(1) - 1)?;
        self.skip_line()?;
        let mut line = Vec::new();
        loop {
            let start = (self.at, self.newlines + 1);
            line.clear();
            let read = self.text.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(None);
            }
            self.at += read as u64;
            if line.pop_if(|last| *last == b'\n').is_some() {
                self.newlines += 1;
            } else {
                self.skip_line()?;
            }
            if framing.begins_anew(&line) {
                return Ok(Some(start));
            }
        }
    }

    fn skip(&mut self, mut bytes: u64) -> io::Result<()> {
        while bytes > 0 {
            let text = self.text.fill_buf()?;
            let read = text.len().min(usize::try_from(bytes).unwrap_or(usize::MAX));
            if read == 0 {
                break;
            }
            self.newlines += memchr_iter(b'\n', &text[..read]).count() as i64;
            self.text.consume(read);
            self.at += read as u64;
            bytes -= read as u64;
        }
        Ok(())
    }

    /// Reads past the next newline.
    fn skip_line(&mut self) -> io::Result<()> {
        let before = self.at;
        self.at += self.text.skip_until(b'\n')? as u64;
        // At the end there may be none; nothing is cut there.
        self.newlines += i64::from(self.at > before);
        Ok(())
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
