//! Entries of which only some blocks are read: those that may have wanted rows, as an index says.
//!
//! A block is a piece of an earlier reading: whole records, with all that their decoding needs of the text before
//! them. Reading it again gives the same rows with the same numbers.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use super::access::{Access, AccessPoint};
use super::archive::{Archive, Data, Packing};
use super::inflate::Inflater;
use super::portion::{Ending, PORTION, Piece, Portion};
use super::progress::Progress;
use super::readers::{ArchiveBytes, Counted, Decoder, Inflate, Stream};
use super::{Catalog, Entry, Place, stream};
use crate::error::Plain;

/// Whole records of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// Where it begins in the text.
    pub(crate) offset: u64,
    /// Its length in bytes.
    pub(crate) length: u64,
    /// The number of its first line, from 1.
    pub(crate) first_line: i64,
    /// What the format must know of the text before.
    pub(crate) context: Vec<u8>,
    /// Nothing comes after it.
    pub(crate) is_last: bool,
}

/// The blocks of an entry that are read, in order.
#[derive(Debug, Clone)]
pub(crate) struct Blocks {
    pub(crate) blocks: Vec<Block>,
    /// Ways into the text, if it is deflated.
    pub(crate) access: Option<Arc<dyn Access>>,
}

impl Blocks {
    /// Where they are in the text, from the first to the last.
    pub(crate) fn range(&self) -> Range<u64> {
        let end = self.blocks.last().map_or(0, |block| block.offset.saturating_add(block.length));
        self.blocks.first().map_or(0, |block| block.offset)..end
    }

    /// Bytes of text in them.
    pub(super) fn bytes(&self) -> u64 {
        self.blocks.iter().fold(0, |sum, block| sum.saturating_add(block.length))
    }
}

/// Reads blocks of an entry.
pub(super) struct BlockStream {
    entry: usize,
    blocks: Arc<Blocks>,
    /// How many were read.
    read: usize,
    /// The text from this offset on.
    open: Option<(Stream, u64)>,
}

impl BlockStream {
    pub(super) fn new(entry: usize, blocks: Arc<Blocks>) -> Self {
        Self { entry, blocks, read: 0, open: None }
    }

    /// Whether all were read.
    pub(super) fn is_done(&self) -> bool {
        self.read == self.blocks.blocks.len()
    }

    /// Appends the next block to the portion. One that cannot be read ends the entry.
    pub(super) fn next(
        &mut self,
        portion: &mut Portion,
        catalog: &Catalog,
        progress: &Arc<Progress>,
    ) -> Piece {
        let start = portion.used();
        let blocks = Arc::clone(&self.blocks);
        let block = &blocks.blocks[self.read];
        self.read += 1;
        let result = self.read_into(portion, block, catalog, progress);
        let format = catalog.format_of(self.entry, portion.tail(start));
        let mut piece = Piece::streamed(self.entry, format, start..portion.used());
        (piece.first_line, piece.offset) = (block.first_line, block.offset);
        piece.context.clone_from(&block.context);
        piece.ending = if block.is_last { Ending::Whole } else { Ending::More };
        if let Err(error) = result {
            self.read = self.blocks.blocks.len();
            piece.ending = Ending::Failed { reason: Plain(&error).to_string(), partial: true };
        }
        piece
    }

    fn read_into(
        &mut self,
        portion: &mut Portion,
        block: &Block,
        catalog: &Catalog,
        progress: &Arc<Progress>,
    ) -> io::Result<()> {
        let point = self.blocks.access.as_ref().and_then(|access| access.before(block.offset));
        let is_ahead = |at: u64| at <= block.offset && point.as_ref().is_none_or(|p| p.text <= at);
        let (mut text, at) = match self.open.take().filter(|(_, at)| is_ahead(*at)) {
            Some(open) => open,
            None => {
                let entry = &catalog.entries[self.entry];
                open_at(entry, block.offset, point, progress)?
            }
        };
        let skipped = io::copy(&mut text.by_ref().take(block.offset - at), &mut io::sink())?;
        let length = usize::try_from(block.length).map_err(io::Error::other)?;
        if length > longest(catalog.max_line(self.entry)) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "no block is so long"));
        }
        let mut read = 0;
        // A step at a time: the buffer grows only by what is there.
        while at + skipped == block.offset && read < length {
            let step = (length - read).min(PORTION);
            let (came, result) = portion.read(&mut text, step);
            result?;
            read += came;
            if came < step {
                break;
            }
        }
        if at + skipped < block.offset || read < length {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is shorter than before"));
        }
        self.open = Some((text, block.offset + block.length));
        Ok(())
    }
}

/// The longest block: records are kept whole up to the limit, and the text that is looked at for one doubles.
fn longest(max_line: usize) -> usize {
    max_line.max(PORTION).saturating_mul(4)
}

/// The text of an entry from `offset` on, or from a place before it, which is returned too.
fn open_at(
    entry: &Entry,
    offset: u64,
    point: Option<AccessPoint>,
    progress: &Arc<Progress>,
) -> io::Result<(Stream, u64)> {
    match &entry.place {
        Place::File(path) => {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(offset))?;
            Ok((Box::new(Counted(file, Arc::clone(progress))), offset))
        }
        Place::Range(backing, range) => {
            let range = (range.start + offset).min(range.end)..range.end;
            Ok((stream::open_range(backing, range, progress), offset))
        }
        Place::Lines(lines) => {
            let within = offset.saturating_sub(lines.offset);
            let range = (lines.range.start + within).min(lines.range.end)..lines.range.end;
            Ok((stream::open_range(&lines.backing, range, progress), offset))
        }
        Place::Member(archive, member) => {
            if let Some(Packing::Other(_)) = member.packing() {
                return Ok((stream::open_member(archive, member, progress)?, 0));
            }
            let Data { range, .. } = archive.data(member).map_err(io::Error::other)?;
            if member.is_stored() {
                let range = (range.start + offset).min(range.end)..range.end;
                return Ok((stream::open_range(archive, range, progress), offset));
            }
            open_deflated(archive, range, point, progress)
        }
        Place::Streamed(..) | Place::Written(_) | Place::Stdin(_) | Place::Unreadable(_) => {
            Err(io::Error::other("it can be read only from its beginning"))
        }
    }
}

/// The text of a deflated member from a point of access, or from its beginning.
fn open_deflated(
    archive: &Arc<Archive>,
    range: Range<u64>,
    point: Option<AccessPoint>,
    progress: &Arc<Progress>,
) -> io::Result<(Stream, u64)> {
    let Some(point) = point else {
        let bytes = ArchiveBytes::new(Arc::clone(archive), range, Arc::clone(progress));
        return Ok((Box::new(Inflate::deflate(bytes)), 0));
    };
    let inflater = Inflater::resumed(&point.history()?, (point.bit % 8) as u32);
    let start = range.start.saturating_add(point.bit / 8).min(range.end);
    let bytes = ArchiveBytes::new(Arc::clone(archive), start..range.end, Arc::clone(progress));
    let text = Inflate::new(bytes, Decoder::Deflate(inflater));
    Ok((Box::new(text), point.text))
}
