//! Entries that are parts of a text: a file that holds the rows of many logs is read as those logs, and
//! a large log can be divided to be decoded in several places.
//!
//! This works only for a text whose bytes can be addressed, which is stored as it is, in UTF-8. A part
//! begins at a line that can be decoded without what comes before; it knows its line number and offset
//! in the whole text, so rows come out as if it had been read from the beginning.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use memchr::memchr_iter;

use super::backing::Backing;
use super::examine::has_container_suffix;
use super::log::Log;
use super::written::ColumnSet;
use super::{Catalog, Entry, Framing, MapPolicy, Place, feed, stream};
use crate::identity::Identity;

/// Bytes of a line that are looked at to find a cut; of a longer line, its head.
const LONGEST: u64 = 64 << 10;

/// The text of an entry that is stored as it is, in a file, in memory or in an archive.
pub(crate) struct StoredText {
    /// The file or archive.
    pub(super) backing: Arc<Backing>,
    /// Where in it the text is.
    pub(super) range: Range<u64>,
}

impl StoredText {
    /// Its length in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// The text, front to back.
    pub(crate) fn read(&self) -> impl Read + use<> {
        stream::open_range(&self.backing, self.range.clone(), &Arc::default())
    }
}

/// Consecutive lines of a text.
#[derive(Debug)]
pub(crate) struct Part {
    /// What they are of.
    pub(crate) of: PartOf,
    /// Where they are, as offsets in the text.
    pub(crate) bytes: Range<u64>,
    /// The physical number of the first, from 1.
    pub(crate) first_line: i64,
    /// Rows that have keys after their columns: those columns.
    pub(crate) keyed: Option<ColumnSet>,
}

/// What consecutive lines of a text are of.
#[derive(Debug)]
pub(crate) enum PartOf {
    /// The entry, as when a large log is divided.
    Entry,
    /// A log of its own, whose rows were written to the text.
    Log(Log),
    /// A step of the entry.
    Step(Identity),
}

impl Part {
    /// All of a text.
    pub(crate) fn whole(text: &StoredText) -> Self {
        let bytes = 0..text.range.end - text.range.start;
        Self { of: PartOf::Entry, bytes, first_line: 1, keyed: None }
    }
}

/// Consecutive lines of a text, which are an entry of their own.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    pub(super) backing: Arc<Backing>,
    /// Where they are in the backing: not the same as in the text, which may itself be part of an
    /// archive.
    pub(super) range: Range<u64>,
    /// The physical number of the first line in the whole text.
    pub(super) first_line: i64,
    /// Where the first line begins in the whole text.
    pub(super) offset: u64,
    /// Rows that have keys after their columns: those columns.
    pub(super) keyed: Option<ColumnSet>,
}

impl Catalog {
    /// Whether an entry is text in UTF-8 as it is, but for the compression of an archive around it. Opens it as
    /// if to read it; only its first bytes are read.
    fn is_plain(&self, entry: usize) -> bool {
        let Entry { place, stored_bytes, .. } = &self.entries[entry];
        let inner = feed::open(place, *stored_bytes, &Arc::default()).and_then(stream::decompress);
        inner.is_ok_and(|inner| inner.layers == 0) && self.encoding(entry).is_none()
    }

    /// Whether blocks in the middle of an entry can be read: its bytes can be addressed, and are text as they are,
    /// or deflated in a zip archive.
    pub(crate) fn has_random_access(&self, index: usize) -> bool {
        let entry = &self.entries[index];
        let has_places = match &entry.place {
            Place::Member(..) | Place::Range(..) | Place::Lines(..) | Place::File(_) => true,
            Place::Streamed(..) | Place::Written(_) | Place::Stdin(_) | Place::Unreadable(_) => {
                false
            }
        };
        has_places && entry.can_be_read_twice() && self.is_plain(index)
    }

    /// The text of an entry, if it is stored as it is: not compressed, in UTF-8, in a file of its own
    /// or a plain part of an archive.
    pub(crate) fn stored_text(&self, entry: usize) -> Option<StoredText> {
        let Entry { place, stored_bytes, extracted, .. } = &self.entries[entry];
        match place {
            // An error comes after it.
            _ if extracted.as_ref().is_some_and(|extracted| extracted.is_damaged()) => None,
            Place::File(path) if *stored_bytes > 0 && self.is_plain(entry) => {
                // Mapped only if asked, as other plain files: a file that is cut while it is mapped
                // ends the process.
                let map = self.options.map == MapPolicy::Always;
                let backing = Backing::open(path, map).ok()?;
                let range = 0..backing.len();
                Some(StoredText { backing: Arc::new(backing), range })
            }
            Place::Range(backing, range) if self.is_plain(entry) => {
                Some(StoredText { backing: Arc::clone(backing), range: range.clone() })
            }
            _ => None,
        }
    }

    /// Cuts the text of an entry into parts of at least `target` bytes, the last one excepted, that can
    /// be decoded apart; `None` if it must be read front to back. Reads the text once, to count its
    /// lines.
    pub(crate) fn parts(&self, entry: usize, target: u64) -> Option<Vec<Part>> {
        let format = self.entries[entry].format?;
        let text = self.stored_text(entry)?;
        let framing = self.recogniser.framing(format);
        let mut parts = vec![Part::whole(&text)];
        let mut lines = LineStarts::new(text.read());
        while let Some((at, line)) = lines.next(target, &*framing).ok()? {
            // The part so far ends here; the new one reaches to the end, until the next cut.
            let last = parts.last_mut()?;
            let bytes = at..last.bytes.end;
            last.bytes.end = at;
            parts.push(Part { of: PartOf::Entry, bytes, first_line: line, keyed: None });
        }
        Some(parts)
    }

    /// A catalog of these entries alone, in this order, or of parts of their texts.
    ///
    /// # Errors
    /// The index of an entry whose text is not what the part was made of: it is gone, compressed or
    /// shorter.
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
            // Parts may come from another process, made before the file was changed.
            if part.bytes.start > part.bytes.end
                || part.bytes.end > text.range.end - text.range.start
            {
                return Err(index);
            }
            // Line numbers are those of the whole text, so its lines left out are those of each part.
            let left_out = entry.left_out.clone();
            some.push_parts(entry, text, vec![part]);
            if let Some(last) = some.entries.last_mut() {
                last.left_out = left_out;
            }
        }
        Ok(some)
    }

    /// Puts the parts of their texts in the place of entries, given by index, so that the order stays.
    pub(crate) fn divide(&mut self, mut divided: HashMap<usize, (StoredText, Vec<Part>)>) {
        let before = std::mem::take(&mut self.entries);
        for (index, entry) in before.into_iter().enumerate() {
            match divided.remove(&index) {
                Some((text, parts)) => self.push_parts(&entry, &text, parts),
                None => self.entries.push(entry),
            }
        }
    }

    /// Adds an entry for each part of the text of `whole`.
    fn push_parts(&mut self, whole: &Entry, text: &StoredText, parts: Vec<Part>) {
        let mut bundles: HashMap<String, usize> = HashMap::new();
        for Part { of, bytes, first_line, keyed } in parts {
            let size = bytes.end - bytes.start;
            // In the backing, positions count from its beginning; in the text, from that of the entry.
            let (start, offset) = (text.range.start, bytes.start);
            let range = start + bytes.start..start + bytes.end;
            let backing = Arc::clone(&text.backing);
            let place = Place::Lines(Lines { backing, range, first_line, offset, keyed });
            let (bundle, path, identity) = match of {
                // Logs of one bundle share it. It is always a new one, even if an input has the same
                // name.
                PartOf::Log(Log { bundle, file, identity }) => {
                    let known = bundles.get(&bundle).copied();
                    let index = known.unwrap_or_else(|| {
                        let index = self.add_bundle(bundle.clone());
                        self.bundles[index].named_in = Some(whole.bundle);
                        bundles.insert(bundle, index);
                        index
                    });
                    (index, file, identity.shared())
                }
                PartOf::Entry => (whole.bundle, whole.path.clone(), Arc::clone(&whole.identity)),
                PartOf::Step(identity) => (whole.bundle, whole.path.clone(), identity.shared()),
            };
            self.entries.push(Entry {
                bundle,
                path,
                identity,
                stored_bytes: size,
                inflated_bytes: Some(size),
                outcome: whole.outcome.clone(),
                detected_by: whole.detected_by.clone(),
                left_out: None,
                blocks: None,
                points: None,
                place,
                extracted: whole.extracted.clone(),
                ..*whole
            });
        }
    }
}

/// Finds lines at which a text can be cut.
struct LineStarts<R> {
    text: BufReader<R>,
    /// Bytes that are read so far.
    at: u64,
    /// Newlines among them: one less than the number of the line that comes next.
    newlines: i64,
}

impl<R: Read> LineStarts<R> {
    fn new(text: R) -> Self {
        Self { text: BufReader::with_capacity(1 << 20, text), at: 0, newlines: 0 }
    }

    /// Offset and number (from 1) of the first line at which the text can be cut that is at least
    /// `distance` bytes further; `None` at the end.
    fn next(&mut self, distance: u64, framing: &dyn Framing) -> io::Result<Option<(u64, i64)>> {
        // From one byte before, so that a line that begins exactly there is found.
        self.skip(distance.max(1) - 1)?;
        self.skip_line()?;
        let mut line = Vec::new();
        // Of the line before nothing is known.
        let mut is_led = framing.leads(&line);
        loop {
            let start = (self.at, self.newlines + 1);
            line.clear();
            // One line may be gigabytes long: its head is enough to see whether it begins a record.
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
            if !is_led && framing.begins_anew(&line) {
                return Ok(Some(start));
            }
            is_led = framing.leads(&line);
        }
    }

    /// Reads past this many bytes, or to the end, and counts their newlines.
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

/// Whether a bundle was an archive, as far as its name shows.
pub(super) fn is_named_as_archive(bundle: &str) -> bool {
    bundle.contains('!') || has_container_suffix(bundle)
}
