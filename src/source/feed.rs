//! Reads a run of entries, front to back, as portions of whole lines.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use libdeflater::Decompressor;

use super::archive::{Archive, Data, Member};
use super::backing::Backing;
use super::lines::{LineStream, ROW, lines_of};
use super::stream::{self, Known, Stream};
use super::streamed::{Cursor, StreamedTar};
use super::{Catalog, Entry, FormatId, LeftOut, MapPolicy, Place};
use crate::error::Plain;

/// Text per portion in bytes: a portion ends with the entry or line that passes it.
pub(super) const PORTION: usize = 1 << 20;

/// Entries up to this size are inflated or read whole; larger ones are streamed.
const WHOLE: u64 = 1 << 20;

/// How far the reading has come, counted by every thread.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes read as stored (compressed in an archive).
    pub stored: AtomicU64,
    /// Bytes of text.
    pub inflated: AtomicU64,
    /// Entries read to their end.
    pub entries: AtomicU64,
    /// Entries that were decoded from UTF-16 or UTF-32.
    pub transcoded: AtomicU64,
}

/// Text of one or more entries, in order, with a reused buffer.
pub struct Portion {
    buffer: Vec<u8>,
    used: usize,
    pieces: Vec<Piece>,
    inflater: Decompressor,
    compressed: Vec<u8>,
}

/// Whole lines of one entry.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Index into [`Catalog::entries`].
    pub entry: usize,
    /// Physical number of the first line, from 1.
    pub first_line: i64,
    /// Offset of the first byte in the entry's text.
    pub offset: u64,
    /// The text is the head of one line that is longer than the limit; its length in bytes,
    /// without its newline.
    pub cut: Option<u64>,
    /// Lines of a record that is cut: all, and those that are blank.
    pub cut_lines: (i64, i64),
    /// What comes after the text.
    pub ending: Ending,
    /// The format.
    pub format: FormatId,
    /// What the framing of the format says of the text before.
    pub context: Vec<u8>,
    /// Lines of the entry that give no rows.
    pub left_out: Option<Arc<LeftOut>>,
    /// About how many lines it has.
    pub(super) lines: usize,
    text: Text,
}

#[derive(Debug, Clone)]
enum Text {
    Buffer(Range<usize>),
    Mapped(Arc<Backing>, Range<u64>),
    Stored(Arc<Archive>, Range<u64>),
}

/// What comes after a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// More lines of the same entry.
    More,
    /// The entry's end.
    Whole,
    /// The entry cannot be read further.
    Failed {
        /// Why.
        reason: String,
        /// The text after the last newline is only the head of a line.
        partial: bool,
    },
}

impl Portion {
    /// An empty portion.
    pub fn new() -> Self {
        Self {
            buffer: Vec::new(),
            used: 0,
            pieces: Vec::new(),
            inflater: Decompressor::new(),
            compressed: Vec::new(),
        }
    }

    /// The pieces in entry order, then line order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The bytes of a piece.
    pub fn text<'a>(&'a self, piece: &'a Piece) -> &'a [u8] {
        self.bytes(&piece.text)
    }

    fn bytes<'a>(&'a self, text: &'a Text) -> &'a [u8] {
        match text {
            Text::Buffer(range) => &self.buffer[range.clone()],
            Text::Mapped(backing, range) => backing.part(range).unwrap_or_default(),
            Text::Stored(archive, range) => archive.backing().part(range).unwrap_or_default(),
        }
    }

    fn clear(&mut self) {
        self.used = 0;
        self.pieces.clear();
    }

    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// The bytes from `start` on.
    pub(super) fn tail(&self, start: usize) -> &[u8] {
        &self.buffer[start..self.used]
    }

    pub(super) fn truncate(&mut self, used: usize) {
        self.used = used.min(self.used);
    }

    pub(super) fn append(&mut self, bytes: &[u8]) {
        self.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        self.used += bytes.len();
    }

    /// Reads until `length` more bytes are here; returns how many came before the end.
    pub(super) fn read(
        &mut self,
        source: &mut impl Read,
        length: usize,
    ) -> (usize, io::Result<()>) {
        let start = self.used;
        while self.used - start < length {
            let rest = length - (self.used - start);
            match source.read(&mut self.room(rest)[..rest]) {
                Ok(0) => break,
                Ok(n) => self.used += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return (self.used - start, Err(e)),
            }
        }
        (self.used - start, Ok(()))
    }

    /// Free space behind the text. The buffer is zeroed once, when it grows, and then reused.
    fn room(&mut self, length: usize) -> &mut [u8] {
        if self.buffer.len() < self.used + length {
            self.buffer.resize(self.used + length, 0);
        }
        &mut self.buffer[self.used..]
    }

    fn inflate(&mut self, archive: &Archive, member: &Member, range: Range<u64>) -> io::Result<()> {
        let length = usize::try_from(member.inflated).map_err(io::Error::other)?;
        self.room(length);
        let compressed = archive.backing().bytes(range, &mut self.compressed)?;
        let into = &mut self.buffer[self.used..self.used + length];
        let inflated = if member.is_stored() {
            if compressed.len() != length {
                return Err(io::ErrorKind::InvalidData.into());
            }
            into.copy_from_slice(compressed);
            length
        } else {
            self.inflater.deflate_decompress(compressed, into).map_err(io::Error::other)?
        };
        let crc = crc32fast::hash(&into[..inflated]);
        stream::verify(inflated as u64, crc, (member.inflated, member.crc))?;
        self.used += inflated;
        Ok(())
    }
}

impl Default for Portion {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads the entries of one range of a catalog.
pub struct Feed {
    catalog: Arc<Catalog>,
    progress: Arc<Progress>,
    entries: Range<usize>,
    open: Option<LineStream>,
    /// The tar file that is read front to back, at the entry that was opened last.
    tar: Option<Cursor>,
}

impl Feed {
    /// A feed of the entries `entries` of the catalog.
    pub fn new(catalog: Arc<Catalog>, progress: Arc<Progress>, entries: Range<usize>) -> Self {
        Self { catalog, progress, entries, open: None, tar: None }
    }

    /// Cuts a catalog into runs for feeds: small entries grouped to a portion each, a large one or
    /// one of unknown size alone, all of a tar file that is read front to back together. Depends on
    /// the catalog only, so that output does too.
    pub fn plan(catalog: &Catalog) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let (mut start, mut bytes) = (0, 0_u64);
        for (index, entry) in catalog.entries.iter().enumerate() {
            let is_streamed = matches!(entry.place, Place::Streamed(..));
            let size = match entry.inflated_bytes {
                Some(bytes) if !is_streamed => bytes,
                _ => u64::MAX,
            };
            let continues =
                index > start && entry.place.continues(&catalog.entries[index - 1].place);
            if index > start
                && !continues
                && (size > WHOLE || bytes.saturating_add(size) > PORTION as u64)
            {
                runs.push(start..index);
                (start, bytes) = (index, 0);
            }
            bytes = bytes.saturating_add(size);
        }
        if start < catalog.entries.len() {
            runs.push(start..catalog.entries.len());
        }
        runs
    }

    /// Whether every entry has been read to its end.
    pub fn is_done(&self) -> bool {
        self.open.is_none() && self.entries.is_empty()
    }

    /// Replaces what is in `portion` with the next lines.
    pub fn fill(&mut self, portion: &mut Portion) {
        portion.clear();
        let mut weight = 0;
        while weight < PORTION && portion.used() < PORTION && !self.is_done() {
            let catalog = Arc::clone(&self.catalog);
            let piece = match &mut self.open {
                Some(lines) => Some(lines.next(portion, &catalog)),
                None => self.next_entry(&catalog, portion),
            };
            let Some(mut piece) = piece else { continue };
            if piece.ending != Ending::More {
                self.open = None;
                self.progress.entries.fetch_add(1, Ordering::Relaxed);
            }
            piece.left_out = catalog.entries[piece.entry].left_out.clone();
            let text = portion.text(&piece);
            weight += text.len().max(ROW * piece.lines);
            let bytes = piece.bytes(text);
            self.progress.inflated.fetch_add(bytes, Ordering::Relaxed);
            portion.pieces.push(piece);
        }
    }

    /// Takes the next entry: whole, or by opening its stream (then there is no piece yet).
    fn next_entry(&mut self, catalog: &Catalog, portion: &mut Portion) -> Option<Piece> {
        let index = self.entries.next()?;
        let entry = &catalog.entries[index];
        let start = portion.used();
        let whole = match &entry.place {
            _ if entry.inflated_bytes.is_none_or(|bytes| bytes > WHOLE) => None,
            Place::Member(archive, member) => whole_member(archive, member, portion),
            Place::File(path) => whole_file(path, entry.stored_bytes, catalog.options.map, portion),
            Place::Range(backing, range) => whole_range(backing, range, portion),
            Place::Lines(lines) => whole_range(&lines.backing, &lines.range, portion),
            Place::Streamed(..) | Place::Stdin | Place::Unreadable(_) => None,
        };
        if let Some(text) = whole {
            let bytes = portion.bytes(&text);
            // Within a text a line may begin as other files do.
            let is_text = matches!(entry.place, Place::Lines(_))
                || stream::is_text(bytes, catalog.is_forced());
            // The lines of a stream are counted.
            let lines = if is_text { lines_of(bytes) } else { usize::MAX };
            if lines <= 2 * PORTION / ROW {
                let format = format_of(catalog, index, bytes);
                let mut piece = Piece { lines, ..Piece::whole(index, format, text) };
                (piece.first_line, piece.offset) = entry.place.beginning();
                self.progress.stored.fetch_add(entry.stored_bytes, Ordering::Relaxed);
                return Some(piece);
            }
        }
        portion.truncate(start);
        match self.open_text(entry, catalog.known_of(index)) {
            Ok(stream) => {
                self.open = Some(LineStream::new(index, entry.place.beginning(), stream));
                None
            }
            Err(error) => {
                let reason = Plain(&error).to_string();
                self.progress.stored.fetch_add(entry.stored_bytes, Ordering::Relaxed);
                let format = format_of(catalog, index, &[]);
                Some(Piece::unreadable(index, format, start, reason))
            }
        }
    }

    fn open_text(&mut self, entry: &Entry, known: Known) -> io::Result<Stream> {
        let bytes = match &entry.place {
            Place::Lines(_) => return open(&entry.place, entry.stored_bytes, &self.progress),
            Place::Streamed(tar, member) => self.open_streamed(tar, *member),
            place => open(place, entry.stored_bytes, &self.progress),
        };
        stream::text(bytes?, known, &self.progress)
    }

    /// Goes on to a member of a tar file, from the one before if that is where the feed is.
    fn open_streamed(&mut self, tar: &Arc<StreamedTar>, member: usize) -> io::Result<Stream> {
        let open = self.tar.take().filter(|cursor| cursor.is_of(tar));
        let cursor = match open {
            Some(cursor) => cursor,
            None => tar.open(&self.progress).map_err(io::Error::other)?,
        };
        let cursor = self.tar.insert(cursor);
        cursor.member(member, &self.progress).map_err(io::Error::other)
    }
}

/// An entry's bytes as they are stored, front to back. A file must have the `listed` bytes at least.
pub(super) fn open(place: &Place, listed: u64, progress: &Arc<Progress>) -> io::Result<Stream> {
    match place {
        Place::Member(archive, member) => stream::open_member(archive, member, progress),
        Place::Range(backing, range) => Ok(stream::open_range(backing, range.clone(), progress)),
        Place::Lines(lines) => {
            Ok(stream::open_range(&lines.backing, lines.range.clone(), progress))
        }
        Place::Streamed(tar, member) => tar.look_up(*member).map_err(io::Error::other),
        Place::File(path) => stream::open_file(path, listed, progress),
        Place::Stdin => Ok(stream::open_stdin(progress)),
        Place::Unreadable(reason) => Err(io::Error::other(reason.clone())),
    }
}

/// The format of an entry that begins with this text.
pub(super) fn format_of(catalog: &Catalog, index: usize, head: &[u8]) -> FormatId {
    let entry = &catalog.entries[index];
    let in_passing = || catalog.recogniser.in_passing(catalog.bundle_of(entry), &entry.path, head);
    entry.format.unwrap_or_else(in_passing)
}

impl Piece {
    /// Whether a line gives no row because another entry holds it.
    pub fn leaves_out(&self, line: i64) -> bool {
        self.left_out.as_ref().is_some_and(|left_out| left_out.lines.contains(line))
    }

    /// Bytes of the entry that the piece stands for, given its text: of a line that is cut, all.
    pub fn bytes(&self, text: &[u8]) -> u64 {
        match self.cut {
            Some(length) => length + u64::from(self.ending == Ending::More),
            None => text.len() as u64,
        }
    }

    fn whole(entry: usize, format: FormatId, text: Text) -> Self {
        Self {
            entry,
            first_line: 1,
            offset: 0,
            cut: None,
            cut_lines: (1, 0),
            ending: Ending::Whole,
            format,
            context: Vec::new(),
            left_out: None,
            lines: 0,
            text,
        }
    }

    fn unreadable(entry: usize, format: FormatId, at: usize, reason: String) -> Self {
        let ending = Ending::Failed { reason, partial: false };
        Self { ending, ..Self::whole(entry, format, Text::Buffer(at..at)) }
    }

    /// A piece of a stream, which is the caller's to describe.
    pub(super) fn streamed(entry: usize, format: FormatId, range: Range<usize>) -> Self {
        Self::whole(entry, format, Text::Buffer(range))
    }
}

/// A member inflated whole. `None`: read it as a stream, which keeps what comes before the damage.
fn whole_member(archive: &Arc<Archive>, member: &Member, portion: &mut Portion) -> Option<Text> {
    let Data { range, cut: None } = archive.data(member).ok()? else { return None };
    if member.is_stored()
        && range.end - range.start == member.inflated
        && let Some(whole) = archive.backing().slice()
    {
        let text = whole.get(range.start as usize..range.end as usize)?;
        let crc = crc32fast::hash(text);
        stream::verify(member.inflated, crc, (member.inflated, member.crc)).ok()?;
        return Some(Text::Stored(Arc::clone(archive), range));
    }
    let start = portion.used();
    portion.inflate(archive, member, range.clone()).ok()?;
    archive.backing().release(range);
    Some(Text::Buffer(start..portion.used()))
}

/// A part of an archive read whole. `None`: read it as a stream, which reports what is wrong.
fn whole_range(backing: &Arc<Backing>, range: &Range<u64>, portion: &mut Portion) -> Option<Text> {
    if backing.slice().is_some() {
        backing.part(range)?;
        return Some(Text::Mapped(Arc::clone(backing), range.clone()));
    }
    let start = portion.used();
    let bytes = backing.bytes(range.clone(), &mut portion.compressed).ok()?.len();
    portion.room(bytes);
    portion.buffer[start..start + bytes].copy_from_slice(&portion.compressed[..bytes]);
    portion.used += bytes;
    Some(Text::Buffer(start..portion.used()))
}

/// A file read whole. `None`: read it as a stream, which reports what is wrong.
fn whole_file(path: &Path, bytes: u64, map: MapPolicy, portion: &mut Portion) -> Option<Text> {
    if map == MapPolicy::Always {
        let backing = Backing::open(path, true).ok()?;
        if backing.slice().is_some_and(|text| text.len() as u64 == bytes) {
            return Some(Text::Mapped(Arc::new(backing), 0..bytes));
        }
    }
    let start = portion.used();
    let mut file = File::open(path).ok()?;
    // One byte more than expected, to see that a file has grown since it was listed.
    let (read, result) = portion.read(&mut file, bytes as usize + 1);
    if result.is_err() || read as u64 != bytes {
        portion.truncate(start);
        return None;
    }
    Some(Text::Buffer(start..portion.used()))
}
