//! Text of entries, in pieces, and the buffer that holds it.
//!
//! A portion is the unit of parallel work. One buffer is filled over and over by the same worker, so
//! that reading seldom allocates. Text that is in memory already, mapped or in
//! an archive in memory, is referred to instead of copied.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use libdeflater::Decompressor;

use super::archive::{Archive, Data, Member, Packing};
use super::backing::Backing;
use super::readers::verify;
use super::{FormatId, LeftOut, MapPolicy, Oversized, Reference};

/// Text per portion in bytes: a portion ends with the entry or record that passes it.
pub(super) const PORTION: usize = 1 << 20;

/// Bytes that a row counts as at least: a portion of short lines would have half a million, whose rows hold a hundred
/// times its bytes.
const ROW: usize = 16;

/// Text of one or more entries, in order, with a reused buffer.
pub struct Portion {
    /// Bytes that a row counts as at least.
    row: usize,
    /// Never shrinks: bytes after `used` are of earlier portions.
    buffer: Vec<u8>,
    /// Bytes of the buffer that are text of this portion.
    used: usize,
    pub(super) pieces: Vec<Piece>,
    /// More was not waited for.
    pub(super) is_early: bool,
    /// Reused from entry to entry.
    inflater: Decompressor,
    /// For the compressed bytes of an entry that are not in memory.
    compressed: Vec<u8>,
}

/// Whole lines of one entry.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Index into [`Catalog::entries`](super::Catalog::entries).
    pub entry: usize,
    /// Physical number of the first line, from 1.
    pub first_line: i64,
    /// Offset of the first byte in the entry's text.
    pub offset: u64,
    /// The text is only the head of a record that is longer than the limit.
    pub cut: Option<Oversized>,
    /// What comes after the text.
    pub ending: Ending,
    /// The format of the entry.
    pub format: FormatId,
    /// What the framing of the format says of the text before; see
    /// [`Framing::context`](super::Framing::context).
    pub context: Vec<u8>,
    /// Lines of the entry that give no rows, by number in the whole entry.
    pub left_out: Option<Arc<LeftOut>>,
    /// The entry is a part of a text, named by what is in its lines.
    pub is_part: bool,
    /// What completes times of the entry.
    pub reference: Reference,
    /// About how many lines it has; for the size of a portion only.
    pub(super) lines: usize,
    text: Text,
}

/// Where the text of a piece is.
#[derive(Debug, Clone)]
pub(super) enum Text {
    /// In the buffer of its portion.
    Buffer(Range<usize>),
    /// In a file or archive that is in memory.
    Mapped(Arc<Backing>, Range<u64>),
    /// In a zip archive that is in memory, where the member is not compressed.
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
        Self::for_columns(0)
    }

    /// An empty portion whose lines become rows with so many columns of keys: it has fewer of them if those are many, as
    /// each takes memory in every row.
    pub(crate) fn for_columns(columns: usize) -> Self {
        Self {
            row: ROW.max(columns),
            buffer: Vec::new(),
            used: 0,
            pieces: Vec::new(),
            is_early: false,
            inflater: Decompressor::new(),
            compressed: Vec::new(),
        }
    }

    /// How many lines it has at most, unless one record has more.
    pub(super) fn most_lines(&self) -> usize {
        (PORTION / self.row).max(1)
    }

    /// What a piece counts as: its bytes, or its rows.
    pub(super) fn weight(&self, piece: &Piece) -> usize {
        self.text(piece).len().max(self.row * piece.lines)
    }

    /// The pieces in entry order, then line order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether it has less than fits, because a pipe gives no more at the moment.
    pub fn is_early(&self) -> bool {
        self.is_early
    }

    /// The bytes of a piece.
    pub fn text<'a>(&'a self, piece: &'a Piece) -> &'a [u8] {
        self.bytes(&piece.text)
    }

    /// As [`text`](Self::text), before there is a piece.
    pub(super) fn bytes<'a>(&'a self, text: &'a Text) -> &'a [u8] {
        match text {
            Text::Buffer(range) => &self.buffer[range.clone()],
            // The range was checked when the piece was made, so the default is never used.
            Text::Mapped(backing, range) => backing.part(range).unwrap_or_default(),
            Text::Stored(archive, range) => archive.backing().part(range).unwrap_or_default(),
        }
    }

    /// Empties it, but keeps the memory.
    pub(super) fn clear(&mut self) {
        self.used = 0;
        self.pieces.clear();
        self.is_early = false;
    }

    /// Bytes of text in the buffer.
    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// The text from `start` on.
    pub(super) fn tail(&self, start: usize) -> &[u8] {
        &self.buffer[start..self.used]
    }

    /// Drops the text from `used` on.
    pub(super) fn truncate(&mut self, used: usize) {
        self.used = used.min(self.used);
    }

    /// Adds text after what is there.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        self.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        self.used += bytes.len();
    }

    /// Reads until `length` more bytes are here; returns how many came before the end or an error.
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

    /// Reads what comes, up to `length` bytes; returns how many, 0 at the end.
    pub(super) fn read_some(&mut self, source: &mut impl Read, length: usize) -> io::Result<usize> {
        loop {
            match source.read(&mut self.room(length)[..length]) {
                Ok(read) => {
                    self.used += read;
                    return Ok(read);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// Free space after the text, at least `length` bytes. The buffer is zeroed once, when it grows,
    /// and then reused.
    fn room(&mut self, length: usize) -> &mut [u8] {
        if self.buffer.len() < self.used + length {
            self.buffer.resize(self.used + length, 0);
        }
        &mut self.buffer[self.used..]
    }

    /// Appends the text of a member, all at once. On an error nothing is appended.
    fn inflate(&mut self, archive: &Archive, member: &Member, range: Range<u64>) -> io::Result<()> {
        let length = usize::try_from(member.inflated).map_err(io::Error::other)?;
        // As declared, and at most a mebibyte: larger members are streamed.
        self.room(length);
        let compressed = archive.backing().bytes(range, &mut self.compressed)?;
        let into = &mut self.buffer[self.used..self.used + length];
        let inflated = if member.is_stored() {
            // Stored data with two sizes: a stream finds out how far it goes.
            if compressed.len() != length {
                return Err(io::ErrorKind::InvalidData.into());
            }
            into.copy_from_slice(compressed);
            length
        } else {
            self.inflater.deflate_decompress(compressed, into).map_err(io::Error::other)?
        };
        let crc = crc32fast::hash(&into[..inflated]);
        verify(inflated as u64, crc, (member.inflated, member.crc))?;
        self.used += inflated;
        Ok(())
    }
}

impl Default for Portion {
    fn default() -> Self {
        Self::new()
    }
}

impl Piece {
    /// Whether a line gives no row because another entry holds it.
    pub fn leaves_out(&self, line: i64) -> bool {
        self.left_out.as_ref().is_some_and(|left_out| left_out.lines.contains(line))
    }

    /// Bytes of the entry that the piece stands for, given its text: of a record that is cut, all, so
    /// that sums come to the size of the entry.
    pub fn bytes(&self, text: &[u8]) -> u64 {
        self.cut.map_or(text.len() as u64, |long| long.bytes)
    }

    /// A piece that is an entry as a whole.
    pub(super) fn whole(entry: usize, format: FormatId, text: Text) -> Self {
        Self {
            entry,
            first_line: 1,
            offset: 0,
            cut: None,
            ending: Ending::Whole,
            format,
            context: Vec::new(),
            left_out: None,
            is_part: false,
            reference: Reference::default(),
            lines: 0,
            text,
        }
    }

    /// A piece for an entry that cannot be opened: no text, and the reason. `at`: where the portion's
    /// text ends.
    pub(super) fn unreadable(entry: usize, format: FormatId, at: usize, reason: String) -> Self {
        let ending = Ending::Failed { reason, partial: false };
        Self { ending, ..Self::whole(entry, format, Text::Buffer(at..at)) }
    }

    /// A piece of a stream, whose line numbers and ending the caller sets.
    pub(super) fn streamed(entry: usize, format: FormatId, range: Range<usize>) -> Self {
        Self::whole(entry, format, Text::Buffer(range))
    }
}

/// A member of a zip archive, taken whole. `None`: read it as a stream, which keeps what comes before
/// the damage.
pub(super) fn whole_member(
    archive: &Arc<Archive>,
    member: &Member,
    portion: &mut Portion,
) -> Option<Text> {
    if let Some(Packing::Other(_)) = member.packing() {
        return None;
    }
    let Data { range, cut: None } = archive.data(member).ok()? else { return None };
    if member.is_stored()
        && range.end - range.start == member.inflated
        && let Some(whole) = archive.backing().slice()
    {
        // Neither compressed nor in a file that is read: no copy at all.
        let text = whole.get(range.start as usize..range.end as usize)?;
        let crc = crc32fast::hash(text);
        verify(member.inflated, crc, (member.inflated, member.crc)).ok()?;
        return Some(Text::Stored(Arc::clone(archive), range));
    }
    let start = portion.used();
    portion.inflate(archive, member, range.clone()).ok()?;
    // Compressed bytes are read once. Pages of stored ones must stay, as the text is there.
    archive.backing().release(range);
    Some(Text::Buffer(start..portion.used()))
}

/// A range of stored bytes, taken whole. `None`: read it as a stream, which reports what is wrong.
pub(super) fn whole_range(
    backing: &Arc<Backing>,
    range: &Range<u64>,
    portion: &mut Portion,
) -> Option<Text> {
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

/// A file, read whole. `None`: read it as a stream, which reports what is wrong. `bytes`: its size when
/// it was listed.
pub(super) fn whole_file(
    path: &Path,
    bytes: u64,
    map: MapPolicy,
    portion: &mut Portion,
) -> Option<Text> {
    // By default plain files are read: for one pass that is faster than to map them.
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
