//! Text of entries, in pieces, and the buffer that holds it.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use libdeflater::Decompressor;

use super::archive::{Archive, Data, Member};
use super::backing::Backing;
use super::readers::verify;
use super::{FormatId, LeftOut, MapPolicy};

/// Text per portion in bytes: a portion ends with the entry or line that passes it.
pub(super) const PORTION: usize = 1 << 20;

/// Text of one or more entries, in order, with a reused buffer.
pub struct Portion {
    buffer: Vec<u8>,
    used: usize,
    pub(super) pieces: Vec<Piece>,
    /// More was not waited for.
    pub(super) is_early: bool,
    inflater: Decompressor,
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
pub(super) enum Text {
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
            is_early: false,
            inflater: Decompressor::new(),
            compressed: Vec::new(),
        }
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

    pub(super) fn bytes<'a>(&'a self, text: &'a Text) -> &'a [u8] {
        match text {
            Text::Buffer(range) => &self.buffer[range.clone()],
            Text::Mapped(backing, range) => backing.part(range).unwrap_or_default(),
            Text::Stored(archive, range) => archive.backing().part(range).unwrap_or_default(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.used = 0;
        self.pieces.clear();
        self.is_early = false;
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

    /// Bytes of the entry that the piece stands for, given its text: of a line that is cut, all.
    pub fn bytes(&self, text: &[u8]) -> u64 {
        match self.cut {
            Some(length) => length + u64::from(self.ending == Ending::More),
            None => text.len() as u64,
        }
    }

    pub(super) fn whole(entry: usize, format: FormatId, text: Text) -> Self {
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

    pub(super) fn unreadable(entry: usize, format: FormatId, at: usize, reason: String) -> Self {
        let ending = Ending::Failed { reason, partial: false };
        Self { ending, ..Self::whole(entry, format, Text::Buffer(at..at)) }
    }

    /// A piece of a stream, which is the caller's to describe.
    pub(super) fn streamed(entry: usize, format: FormatId, range: Range<usize>) -> Self {
        Self::whole(entry, format, Text::Buffer(range))
    }
}

/// A member inflated whole. `None`: read it as a stream, which keeps what comes before the damage.
pub(super) fn whole_member(
    archive: &Arc<Archive>,
    member: &Member,
    portion: &mut Portion,
) -> Option<Text> {
    let Data { range, cut: None } = archive.data(member).ok()? else { return None };
    if member.is_stored()
        && range.end - range.start == member.inflated
        && let Some(whole) = archive.backing().slice()
    {
        let text = whole.get(range.start as usize..range.end as usize)?;
        let crc = crc32fast::hash(text);
        verify(member.inflated, crc, (member.inflated, member.crc)).ok()?;
        return Some(Text::Stored(Arc::clone(archive), range));
    }
    let start = portion.used();
    portion.inflate(archive, member, range.clone()).ok()?;
    archive.backing().release(range);
    Some(Text::Buffer(start..portion.used()))
}

/// A part of an archive read whole. `None`: read it as a stream, which reports what is wrong.
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

/// A file read whole. `None`: read it as a stream, which reports what is wrong.
pub(super) fn whole_file(
    path: &Path,
    bytes: u64,
    map: MapPolicy,
    portion: &mut Portion,
) -> Option<Text> {
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
