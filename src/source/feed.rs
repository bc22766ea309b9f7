//! Reads a run of entries, front to back, as portions of whole lines.
//!
//! A worker takes a run of [`Feed::plan`] and calls [`Feed::fill`] until the feed is done. There are
//! two ways: small entries are taken whole, without a reader of their own; all others are opened as a
//! [`LineStream`]. Whatever looks wrong with a small entry sends it the second way, which keeps the
//! rows before the damage and says what it is.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::arrival::Arrival;
use super::blocks::BlockStream;
use super::lines::{LineStream, lines_of};
use super::live::{Live, Patience};
use super::portion::{Ending, PORTION, Piece, Portion, whole_file, whole_member, whole_range};
use super::progress::Progress;
use super::readers::Stream;
use super::stream;
use super::streamed::Cursor;
use super::{Catalog, Entry, Limits, Place};
use crate::error::Plain;

/// Entries up to this many bytes of text are inflated or read whole; larger ones are streamed.
const WHOLE: u64 = 1 << 20;

/// Bytes that a piece counts as at least: what is counted of an entry takes as much.
const PIECE: usize = 256;

/// Reads the entries of one range of a catalog.
pub struct Feed {
    catalog: Arc<Catalog>,
    progress: Arc<Progress>,
    /// Indexes of the entries that are not begun yet.
    entries: Range<usize>,
    /// The entry in progress, if it is streamed.
    open: Option<LineStream>,
    /// The entry in progress, if blocks of it are read.
    blocks: Option<Box<BlockStream>>,
    /// The compressed tar file that is read front to back, at the member that was opened last.
    tar: Option<Cursor>,
}

impl Feed {
    /// A feed of the entries `entries` of the catalog.
    pub fn new(catalog: Arc<Catalog>, progress: Arc<Progress>, entries: Range<usize>) -> Self {
        Self { catalog, progress, entries, open: None, blocks: None, tar: None }
    }

    /// Cuts a catalog into runs for feeds: small entries grouped to a portion each, a large one or one
    /// of unknown size alone, all members of a compressed tar file together. Depends on the catalog
    /// only, never on the number of threads, so that output does too.
    pub fn plan(catalog: &Catalog) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let (mut start, mut bytes) = (0, 0_u64);
        for (index, entry) in catalog.entries.iter().enumerate() {
            let is_streamed = matches!(entry.place, Place::Streamed(..));
            // The size of a member of a compressed tar file is of no use here: `continues` alone
            // decides.
            let size = match (&entry.blocks, entry.inflated_bytes) {
                (Some(blocks), _) => blocks.bytes(),
                _ if entry.written().is_some() => entry.written().map_or(0, |log| log.text_bytes()),
                (None, Some(bytes)) if !is_streamed => bytes,
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
            bytes = bytes.saturating_add(size.max(PIECE as u64));
        }
        if start < catalog.entries.len() {
            runs.push(start..catalog.entries.len());
        }
        // Where an index leaves nothing to read, nothing is begun.
        runs.retain(|run| catalog.entries[run.clone()].iter().any(Entry::has_text_to_read));
        runs
    }

    /// Whether every entry has been read to its end.
    pub fn is_done(&self) -> bool {
        self.open.is_none() && self.blocks.is_none() && self.entries.is_empty()
    }

    /// Replaces what is in `portion` with the next lines: about 1 MiB of text, or fewer bytes if the
    /// lines are short. Entries that cannot be read give a piece without text that has the reason.
    pub fn fill(&mut self, portion: &mut Portion) {
        portion.clear();
        // Two limits: `used` counts what is in the buffer, `weight` also what is mapped, and rows.
        let mut weight = 0;
        let mut is_waiting = false;
        while weight < PORTION && portion.used() < PORTION && !self.is_done() && !is_waiting {
            let catalog = Arc::clone(&self.catalog);
            // What has come is not held back for what may come.
            is_waiting = self.open.as_ref().is_some_and(LineStream::is_live);
            let piece = match (&mut self.open, &mut self.blocks) {
                (Some(lines), _) => Some(lines.next(portion, &catalog)),
                (None, Some(blocks)) => Some(blocks.next(portion, &catalog, &self.progress)),
                (None, None) => self.next_entry(&catalog, portion),
            };
            let Some(mut piece) = piece else { continue };
            // Whole or failed: either way nothing follows of this entry.
            if piece.ending != Ending::More
                || self.blocks.as_ref().is_some_and(|blocks| blocks.is_done())
            {
                (self.open, self.blocks) = (None, None);
                self.progress.entries.fetch_add(1, Ordering::Relaxed);
            }
            let entry = &catalog.entries[piece.entry];
            piece.left_out = entry.left_out.clone();
            piece.reference = entry.reference;
            piece.is_part = matches!(entry.place, Place::Lines(_));
            let text = portion.text(&piece);
            weight += portion.weight(&piece).max(PIECE);
            let bytes = piece.bytes(text);
            self.progress.inflated.fetch_add(bytes, Ordering::Relaxed);
            portion.is_early =
                is_waiting && piece.ending == Ending::More && portion.used() < PORTION;
            portion.pieces.push(piece);
        }
    }

    /// Takes the next entry: whole as a piece, or by opening its stream (then there is no piece yet).
    fn next_entry(&mut self, catalog: &Catalog, portion: &mut Portion) -> Option<Piece> {
        let index = self.entries.next()?;
        let entry = &catalog.entries[index];
        if let Some(blocks) = &entry.blocks {
            // Without any there is nothing to read.
            let blocks = BlockStream::new(index, Arc::clone(blocks));
            match blocks.is_done() {
                true => drop(self.progress.entries.fetch_add(1, Ordering::Relaxed)),
                false => self.blocks = Some(Box::new(blocks)),
            }
            return None;
        }
        let start = portion.used();
        // Near a limit a stream says how far it goes.
        let Limits { entry_bytes, bytes, .. } = catalog.options.limits;
        let unpacked = self.progress.unpacked.load(Ordering::Relaxed);
        let most = entry_bytes.min(bytes.saturating_sub(unpacked));
        let is_damaged = entry.extracted.as_ref().is_some_and(|extracted| extracted.is_damaged());
        let whole = match &entry.place {
            _ if is_damaged => None,
            _ if entry
                .inflated_bytes
                .is_none_or(|bytes| bytes > WHOLE.min(entry.piece_bytes() as u64).min(most)) =>
            {
                None
            }
            Place::Member(archive, member) => whole_member(archive, member, portion),
            Place::File(path) => whole_file(path, entry.stored_bytes, catalog.options.map, portion),
            Place::Range(backing, range) => whole_range(backing, range, portion),
            Place::Lines(lines) => whole_range(&lines.backing, &lines.range, portion),
            // Streams, rows that are put together, and what cannot be read.
            _ => None,
        };
        if let Some(text) = whole {
            let bytes = portion.bytes(&text);
            // A part of a text was looked at as a whole: its first line may begin like a file of
            // another kind.
            let is_text = matches!(entry.place, Place::Lines(_))
                || stream::is_text(bytes, catalog.is_forced());
            // With more lines than this the rows would take too much memory: a stream cuts them into
            // pieces.
            let lines = if is_text { lines_of(bytes) } else { usize::MAX };
            if lines <= 2 * portion.most_lines() {
                let format = catalog.format_of(index, bytes);
                let mut piece = Piece::whole(index, format, text);
                piece.lines = lines;
                (piece.first_line, piece.offset) = entry.place.beginning();
                self.progress.stored.fetch_add(entry.stored_bytes, Ordering::Relaxed);
                if let Place::Member(..) = entry.place {
                    let bytes = piece.bytes(portion.text(&piece));
                    self.progress.unpacked.fetch_add(bytes, Ordering::Relaxed);
                }
                return Some(piece);
            }
        }
        // Drop what was read: the stream begins anew.
        portion.truncate(start);
        match self.open_lines(index, catalog) {
            Ok(lines) => {
                self.open = Some(lines);
                None
            }
            Err(error) => Some(self.unreadable(index, catalog, start, Plain(&error).to_string())),
        }
    }

    /// The piece of an entry that cannot be read.
    fn unreadable(&self, index: usize, catalog: &Catalog, start: usize, reason: String) -> Piece {
        let stored = catalog.entries[index].stored_bytes;
        self.progress.stored.fetch_add(stored, Ordering::Relaxed);
        Piece::unreadable(index, catalog.format_of(index, &[]), start, reason)
    }

    /// Opens an entry's text as a stream of lines.
    fn open_lines(&mut self, index: usize, catalog: &Catalog) -> io::Result<LineStream> {
        let (entry, known) = (&catalog.entries[index], catalog.known_of(index));
        let beginning = entry.place.beginning();
        if let Some(live) = live_of(entry)? {
            let bytes = stream::open_live(&live, &self.progress);
            let inner = stream::decompress_with(bytes, Patience::Line)?;
            let inner = catalog.limited(index, inner, &self.progress);
            // A decoder holds bytes back, so nobody reads compressed text as it comes.
            let is_plain = inner.layers == 0;
            let patience = if is_plain { Patience::Line } else { Patience::Full };
            let text = stream::text_of(inner, known, patience, &self.progress)?;
            let arrival =
                if is_plain { Arrival::of_live(text, live, known) } else { Arrival::of(text) };
            return Ok(LineStream::new(index, beginning, arrival));
        }
        let bytes = match &entry.place {
            // Stored as it is and in UTF-8: `Catalog::stored_text` made sure of that.
            Place::Lines(_) | Place::Written(_) => {
                open(&entry.place, entry.stored_bytes, &self.progress)
            }
            Place::Streamed(tar, member) => {
                tar.member(&mut self.tar, *member, &self.progress).map_err(io::Error::other)
            }
            Place::Member(archive, member) => {
                let points = entry.points.clone();
                stream::open_member_noting(archive, member, &self.progress, points)
            }
            place => open(place, entry.stored_bytes, &self.progress),
        };
        let text = match &entry.place {
            Place::Lines(_) | Place::Written(_) => bytes,
            _ => {
                let inner = catalog.limited(index, stream::decompress(bytes?)?, &self.progress);
                stream::text_of(inner, known, Patience::Full, &self.progress)
            }
        };
        Ok(LineStream::new(index, beginning, Arrival::of(text?)))
    }
}

/// What an entry comes from that is read once, when it comes: standard input, a pipe or a device.
fn live_of(entry: &Entry) -> io::Result<Option<Arc<Live>>> {
    match &entry.place {
        Place::Stdin(live) => Ok(Some(Arc::clone(live))),
        Place::File(path) if entry.is_live() => {
            Live::of(File::open(path)?).map(|live| Some(Arc::new(live)))
        }
        _ => Ok(None),
    }
}

/// An entry's bytes, front to back, without the compression of an archive around it but with its own. A
/// file must have at least `listed` bytes; 0 if any number will do.
pub(super) fn open(place: &Place, listed: u64, progress: &Arc<Progress>) -> io::Result<Stream> {
    match place {
        Place::Member(archive, member) => stream::open_member(archive, member, progress),
        Place::Range(backing, range) => Ok(stream::open_range(backing, range.clone(), progress)),
        Place::Lines(lines) => {
            Ok(stream::open_range(&lines.backing, lines.range.clone(), progress))
        }
        Place::Streamed(tar, member) => tar.look_up(*member).map_err(io::Error::other),
        Place::File(path) => stream::open_file(path, listed, progress),
        Place::Written(log) => {
            progress.stored.fetch_add(log.stored_bytes(), Ordering::Relaxed);
            Ok(Box::new(log.open()))
        }
        Place::Stdin(live) => Ok(stream::open_live(live, progress)),
        Place::Unreadable(reason) => Err(io::Error::other(reason.clone())),
    }
}
