//! An index file that is read: mapped, checked once, and asked by record.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use twox_hash::XxHash3_64;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::layout::{
    BLOCKS, BlockRecord, DATA, ENTRIES, End, EntryRecord, FILES, FileRecord, MAGIC, POINTS,
    PointRecord, Run, Section, Span, TEXTS, VERSION,
};
use super::signature::Signature;
use crate::source::Backing;

/// Bytes of an index that is read and not mapped, at most.
const SMALL: u64 = 64 << 10;

/// Why an index is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    /// There is none.
    Missing,
    /// The system does not let it be read.
    Unreadable,
    /// It is no index, cut short, or has wrong check sums.
    Damaged,
    /// It is of another version of the layout or of the decoders.
    Version,
    /// The rows were made with other options.
    Options,
}

/// What the rows of an index depend on beside the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    /// The revision of the decoders.
    pub(super) decoders: u32,
    /// A hash of the options, without the zone.
    pub(super) options: u64,
    /// A hash of the zone of times without one: it counts for entries that have such.
    pub(super) zone: u32,
}

/// An index file.
#[derive(Debug)]
pub(super) struct IndexFile {
    bytes: Bytes,
    files: Range<usize>,
    entries: Range<usize>,
    blocks: Range<usize>,
    points: Range<usize>,
    texts: Range<usize>,
    data: Range<usize>,
}

/// The bytes of the file, mapped or read.
#[derive(Debug)]
enum Bytes {
    Mapped(Backing),
    Read(Vec<u8>),
}

impl Bytes {
    fn all(&self) -> &[u8] {
        match self {
            Self::Mapped(backing) => backing.slice().unwrap_or_default(),
            Self::Read(bytes) => bytes,
        }
    }
}

impl IndexFile {
    /// Opens a file, and checks all but its data; what its records say is checked by `sound`.
    pub(super) fn open(path: &Path, key: Key, map: bool) -> Result<Self, Unusable> {
        let cannot = |e: io::Error| match e.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Unusable::Missing,
            _ => Unusable::Unreadable,
        };
        // A pipe of this name would be waited for.
        let meta = fs::metadata(path).map_err(cannot)?;
        if !meta.is_file() {
            return Err(Unusable::Damaged);
        }
        // To map a few pages takes longer than to read them.
        let map = map && meta.len() > SMALL;
        let opened = Backing::open(path, map).map_err(cannot)?;
        let bytes = match opened.slice() {
            Some(_) => Bytes::Mapped(opened),
            None => {
                let mut bytes = Vec::new();
                let read = opened.bytes(0..opened.len(), &mut bytes).map(drop);
                read.map_err(|_| Unusable::Unreadable)?;
                Bytes::Read(bytes)
            }
        };
        Self::of(bytes, key)
    }

    fn of(bytes: Bytes, key: Key) -> Result<Self, Unusable> {
        let all = bytes.all();
        let at = all.len().checked_sub(size_of::<End>()).ok_or(Unusable::Damaged)?;
        let end = End::read_from_bytes(&all[at..]).map_err(|_| Unusable::Damaged)?;
        if end.magic != MAGIC || !all.starts_with(&MAGIC) {
            return Err(Unusable::Damaged);
        }
        if end.version.get() != VERSION {
            return Err(Unusable::Version);
        }
        let length = (end.sections.get() as usize).checked_mul(size_of::<Section>());
        let table = length.and_then(|length| at.checked_sub(length)).ok_or(Unusable::Damaged)?;
        if check_of(&all[table..at], &end) != end.check.get() {
            return Err(Unusable::Damaged);
        }
        if end.decoders.get() != key.decoders {
            return Err(Unusable::Version);
        }
        if end.options.get() != key.options {
            return Err(Unusable::Options);
        }
        let sections: &[Section] = records(&all[table..at]);
        let find = |kind: u32| section(all, sections, kind).ok_or(Unusable::Damaged);
        let (files, entries, blocks) = (find(FILES)?, find(ENTRIES)?, find(BLOCKS)?);
        let (points, texts, data) = (find(POINTS)?, find(TEXTS)?, find(DATA)?);
        let index = Self { files, entries, blocks, points, texts, data, bytes };
        index.has_whole_records().then_some(index).ok_or(Unusable::Damaged)
    }

    fn section<T: FromBytes + KnownLayout + Immutable + Unaligned>(
        &self,
        range: &Range<usize>,
    ) -> &[T] {
        records(&self.bytes.all()[range.clone()])
    }

    /// The files that it is of.
    pub(super) fn files(&self) -> &[FileRecord] {
        self.section(&self.files)
    }

    /// The entries of all files.
    pub(super) fn all_entries(&self) -> &[EntryRecord] {
        self.section(&self.entries)
    }

    /// The entries of a file.
    pub(super) fn entries(&self, file: &FileRecord) -> Option<&[EntryRecord]> {
        self.all_entries().get(range_of(&file.entries))
    }

    /// The blocks of all entries.
    pub(super) fn all_blocks(&self) -> &[BlockRecord] {
        self.section(&self.blocks)
    }

    /// The points of access of all entries.
    pub(super) fn all_points(&self) -> &[PointRecord] {
        self.section(&self.points)
    }

    /// Whether no section ends within a record.
    fn has_whole_records(&self) -> bool {
        self.files.len().is_multiple_of(size_of::<FileRecord>())
            && self.entries.len().is_multiple_of(size_of::<EntryRecord>())
            && self.blocks.len().is_multiple_of(size_of::<BlockRecord>())
            && self.points.len().is_multiple_of(size_of::<PointRecord>())
    }

    /// Whether a name or a context is there.
    pub(super) fn has_text(&self, span: &Span) -> bool {
        within(span, &self.texts).is_some()
    }

    /// Whether a signature or a history is there, whatever its check sum.
    pub(super) fn has_data(&self, span: &Span) -> bool {
        within(span, &self.data).is_some()
    }

    /// Bytes of all names and contexts.
    pub(super) fn text_bytes(&self) -> u64 {
        self.texts.len() as u64
    }

    /// Bytes of all signatures and histories.
    pub(super) fn data_bytes(&self) -> u64 {
        self.data.len() as u64
    }

    /// The blocks of an entry.
    pub(super) fn blocks(&self, entry: &EntryRecord) -> &[BlockRecord] {
        self.all_blocks().get(range_of(&entry.blocks)).unwrap_or_default()
    }

    /// The points of access of an entry.
    pub(super) fn points(&self, entry: &EntryRecord) -> &[PointRecord] {
        self.all_points().get(range_of(&entry.points)).unwrap_or_default()
    }

    /// A name or a context.
    pub(super) fn text(&self, span: &Span) -> &[u8] {
        let range = within(span, &self.texts);
        range.and_then(|range| self.bytes.all().get(range)).unwrap_or_default()
    }

    /// A history; `None` if it is damaged.
    pub(super) fn history(&self, span: &Span) -> Option<&[u8]> {
        let bytes = self.bytes.all().get(within(span, &self.data)?)?;
        (XxHash3_64::oneshot(bytes) as u32 == span.check.get()).then_some(bytes)
    }

    /// A signature; `None` if its head is damaged. Parts of its sets are checked when they are looked at.
    pub(super) fn signature(&self, span: &Span) -> Option<Signature<'_>> {
        let signature = Signature::of(self.bytes.all().get(within(span, &self.data)?)?)?;
        (XxHash3_64::oneshot(signature.head()) as u32 == span.check.get()).then_some(signature)
    }

    /// Whether all data of a file have their check sums.
    pub(super) fn has_whole_data(&self, file: usize) -> bool {
        let entries = self.files().get(file).and_then(|file| self.entries(file));
        entries.unwrap_or_default().iter().all(|entry| {
            let mut signatures = self.blocks(entry).iter().map(|block| &block.signature);
            let mut histories = self.points(entry).iter().map(|point| &point.history);
            signatures.all(|span| self.signature(span).is_some_and(|own| own.is_whole()))
                && histories.all(|span| self.history(span).is_some())
        })
    }
}

/// The check sum of a table of sections and of what the end says before it.
pub(super) fn check_of(table: &[u8], end: &End) -> u64 {
    let options = end.options.get() ^ u64::from(end.decoders.get()) << 32;
    XxHash3_64::oneshot_with_seed(options ^ u64::from(end.sections.get()), table)
}

/// Where a section is, if its check sum is right.
fn section(all: &[u8], sections: &[Section], kind: u32) -> Option<Range<usize>> {
    let section = sections.iter().find(|section| section.kind.get() == kind)?;
    let start = usize::try_from(section.offset.get()).ok()?;
    let end = start.checked_add(usize::try_from(section.length.get()).ok()?)?;
    let bytes = all.get(start..end)?;
    (kind == DATA || XxHash3_64::oneshot(bytes) == section.check.get()).then_some(start..end)
}

/// Bytes as records; none if they are not a whole number of them.
fn records<T: FromBytes + KnownLayout + Immutable + Unaligned>(bytes: &[u8]) -> &[T] {
    <[T]>::ref_from_bytes(bytes).unwrap_or_default()
}

/// The places of records.
pub(super) fn range_of(run: &Run) -> Range<usize> {
    let first = run.first.get() as usize;
    first..first.saturating_add(run.count.get() as usize)
}

/// A span of a section, in the file; `None` if it reaches beyond the section.
fn within(span: &Span, section: &Range<usize>) -> Option<Range<usize>> {
    let start = section.start.checked_add(usize::try_from(span.offset.get()).ok()?)?;
    let end = start.checked_add(span.length.get() as usize)?;
    (end <= section.end).then_some(start..end)
}
