//! Builds indexes: looks at all rows of a run, and writes index files beside whatever the run is for.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use twox_hash::XxHash3_64;

use super::counts::{Counter, record_of};
use super::file::{IndexFile, Key};
use super::grams::Signer;
use super::layout::StampRecord;
use super::stamp::stamp_of;
use super::write::{BlockDraft, EntryDraft, Writer};
use crate::error::Result;
use crate::pipeline::{Observer, Watcher, cannot_write};
use crate::sink::{Block, Encoder};
use crate::source::{Catalog, Entry, FormatId, Points, Progress};
use crate::table::{Column, Lines, Malformed, TextPart};

/// An index file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// Log files and archives that it is of.
    pub files: usize,
    /// Entries in those.
    pub entries: usize,
    /// Its size in bytes.
    pub bytes: u64,
    /// Bytes of text of its entries.
    pub text_bytes: u64,
    /// Entries that could not be read to their end: each query reads them.
    pub unread: usize,
}

/// A file that is to be indexed.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The index file that it goes into.
    pub(super) index: PathBuf,
    /// Its path there; empty if the index is of it alone.
    pub(super) path: String,
    /// Its entries, by index in the catalog.
    pub(super) entries: Vec<usize>,
}

/// A file whose records are copied from an index that was there.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) from: Arc<IndexFile>,
    /// The place of its record.
    pub(super) file: usize,
}

/// A hash of what an entry is called, how it is listed, and which of its lines give no rows.
pub(super) fn name_of(catalog: &Catalog, index: usize) -> u64 {
    let entry = &catalog.entries[index];
    name_as(entry, entry.format)
}

/// The same, of an entry of this format.
pub(super) fn name_as(entry: &Entry, format: Option<FormatId>) -> u64 {
    let format = format.map(|format| format.format().name);
    let left_out = entry.left_out.as_ref().map(|left_out| format!("{left_out:?}"));
    let text = format!("{}\0{format:?}\0{left_out:?}\0{:?}", entry.path, entry.inflated_bytes);
    XxHash3_64::oneshot(text.as_bytes())
}

/// Writes index files from what is seen of the rows of a catalog.
pub(super) struct Recorder {
    catalog: Arc<Catalog>,
    key: Key,
    /// The place in `files` of the file of each entry, and of the entry in that.
    file_of: Vec<Option<(usize, usize)>>,
    files: Vec<Pending>,
    writers: HashMap<PathBuf, Open>,
    /// Files of each index that are not complete.
    missing: HashMap<PathBuf, usize>,
    /// Files of each index that are copied.
    kept: HashMap<PathBuf, Vec<Kept>>,
    /// The entry whose blocks come now.
    current: usize,
    written: Vec<Written>,
}

/// An index file that is being written.
struct Open {
    writer: Writer,
    files: usize,
    entries: usize,
    text_bytes: u64,
    unread: usize,
}

/// A file whose entries are being read.
struct Pending {
    wanted: Wanted,
    /// Before it was read.
    stamp: Option<StampRecord>,
    entries: Vec<EntryDraft>,
    text_bytes: u64,
}

/// A block of rows, of an entry.
struct Found {
    entry: usize,
    block: BlockDraft,
    failed: bool,
}

impl Recorder {
    pub(super) fn new(
        catalog: &Arc<Catalog>,
        key: Key,
        wanted: Vec<Wanted>,
        kept: HashMap<PathBuf, Vec<Kept>>,
    ) -> Self {
        let mut file_of = vec![None; catalog.entries.len()];
        let mut missing: HashMap<PathBuf, usize> = HashMap::new();
        let mut files = Vec::new();
        for (number, wanted) in wanted.into_iter().enumerate() {
            *missing.entry(wanted.index.clone()).or_default() += 1;
            for (place, &entry) in wanted.entries.iter().enumerate() {
                file_of[entry] = Some((number, place));
            }
            let home = wanted.entries.first().and_then(|&entry| catalog.home_of(entry));
            let stamp = home.and_then(|home| stamp_of(&home).ok());
            files.push(Pending { wanted, stamp, entries: Vec::new(), text_bytes: 0 });
        }
        Self {
            catalog: Arc::clone(catalog),
            key,
            file_of,
            files,
            writers: HashMap::new(),
            missing,
            kept,
            current: 0,
            written: Vec::new(),
        }
    }

    /// The writer of the index that a file goes into.
    fn writer<'w>(
        writers: &'w mut HashMap<PathBuf, Open>,
        wanted: &Wanted,
    ) -> Result<&'w mut Open> {
        if !writers.contains_key(&wanted.index) {
            let writer = Writer::create(&wanted.index)?;
            let open = Open { writer, files: 0, entries: 0, text_bytes: 0, unread: 0 };
            writers.insert(wanted.index.clone(), open);
        }
        Ok(writers.get_mut(&wanted.index).expect("it was just put there"))
    }

    fn add(&mut self, found: &Found) -> Result<()> {
        let Some((number, place)) = self.file_of[found.entry] else { return Ok(()) };
        let file = &mut self.files[number];
        let open = Self::writer(&mut self.writers, &file.wanted)?;
        let record = open.writer.block(&found.block).map_err(cannot_write)?;
        while file.entries.len() <= place {
            file.entries.push(EntryDraft { is_whole: true, ..EntryDraft::default() });
        }
        let draft = &mut file.entries[place];
        let TextPart { length, is_whole, .. } = &found.block.part;
        draft.is_whole &= is_whole & !found.failed;
        draft.blocks.push(record);
        file.text_bytes += length;
        Ok(())
    }

    /// Ends all entries before one, and with them the files that they are of.
    fn end_entries(&mut self, before: usize) -> Result<()> {
        while self.current < before {
            let entry = self.current;
            self.current += 1;
            let Some((number, _)) = self.file_of[entry] else { continue };
            let file = &mut self.files[number];
            if file.wanted.entries.last() == Some(&entry) {
                self.end_file(number)?;
            }
        }
        Ok(())
    }

    fn end_file(&mut self, number: usize) -> Result<()> {
        let file = &mut self.files[number];
        let index = file.wanted.index.clone();
        let mut drafts = std::mem::take(&mut file.entries);
        drafts.resize_with(file.wanted.entries.len(), EntryDraft::default);
        let is_listed = self.catalog.are_as_listed(&file.wanted.entries);
        for (draft, &entry) in drafts.iter_mut().zip(&file.wanted.entries) {
            let own = &self.catalog.entries[entry];
            draft.name = name_of(&self.catalog, entry);
            draft.stored = own.stored_bytes;
            draft.zone = self.key.zone;
            let format = own.format.map_or("", |format| format.format().name);
            draft.format = format!("{format}\n{}", own.detected_by);
            draft.is_listed = is_listed;
            draft.is_whole &= draft.blocks.last().is_some_and(|block| block.flags.get() == 1);
            let is_divided = draft.is_whole && draft.blocks.len() > 1;
            draft.is_random = is_divided && self.catalog.has_random_access(entry);
            let points = own.points.as_ref().map(Points::take).unwrap_or_default();
            draft.points = if draft.is_random { points } else { Vec::new() };
        }
        // One that has changed in the meantime is left out.
        let home = file.wanted.entries.first().and_then(|&entry| self.catalog.home_of(entry));
        let now = home.and_then(|home| stamp_of(&home).ok());
        let stamp = file.stamp.filter(|stamp| Some(*stamp) == now);
        let open = Self::writer(&mut self.writers, &file.wanted)?;
        if let Some(stamp) = stamp {
            open.files += 1;
            open.entries += drafts.len();
            open.text_bytes += file.text_bytes;
            open.unread += drafts.iter().filter(|draft| !draft.is_whole).count();
            let added = open.writer.file(&file.wanted.path, stamp, drafts);
            added.map_err(cannot_write)?;
        }
        if let Some(missing) = self.missing.get_mut(&index) {
            *missing -= 1;
            if *missing == 0
                && let Some(open) = self.writers.remove(&index)
            {
                self.end_index(index, open)?;
            }
        }
        Ok(())
    }

    /// What looks at the rows.
    pub(super) fn observer() -> Observer {
        let columns = [Column::Timestamp, Column::Level, Column::Pos, Column::Message];
        let columns = columns.iter().map(|column| column.index()).collect();
        Observer { encoder: Arc::new(Blocks), columns }
    }

    /// Takes the blocks of a batch.
    fn append(&mut self, block: Block) -> Result<()> {
        let found = block.downcast::<Vec<Found>>();
        let found = found.map_err(|_| cannot_write(io::Error::other("a strange block")))?;
        for found in *found {
            self.end_entries(found.entry)?;
            self.add(&found)?;
        }
        Ok(())
    }

    /// Ends the run; returns what was written.
    pub(super) fn finish(mut self) -> Result<Vec<Written>> {
        self.end_entries(self.catalog.entries.len())?;
        Ok(self.written)
    }

    fn end_index(&mut self, path: PathBuf, open: Open) -> Result<()> {
        let Open { mut writer, files, entries, text_bytes, unread } = open;
        for Kept { from, file } in self.kept.remove(&path).unwrap_or_default() {
            let copied = writer.copy(&from, &from.files()[file]);
            copied.map_err(cannot_write)?;
        }
        let bytes = writer.finish(self.key)?;
        let written = Written { path, files, entries, bytes, text_bytes, unread };
        self.written.push(written);
        Ok(())
    }
}

/// Watches a run for its caller, and records what is seen.
pub(super) struct Recording<'w, W> {
    pub(super) watcher: &'w mut W,
    pub(super) recorder: Recorder,
}

impl<W: Watcher> Watcher for Recording<'_, W> {
    fn progress(&mut self, progress: &Progress) -> bool {
        self.watcher.progress(progress)
    }

    fn end(&mut self) {
        self.watcher.end();
    }

    fn malformed(&mut self, lines: Vec<Malformed>) -> Result<()> {
        self.watcher.malformed(lines)
    }

    fn observed(&mut self, block: Block) -> Result<()> {
        self.recorder.append(block)
    }
}

/// Looks at rows, on the threads that make them.
struct Blocks;

thread_local! {
    /// Its memory is used again.
    static SIGNER: std::cell::RefCell<Signer> = std::cell::RefCell::default();
}

impl Encoder for Blocks {
    fn bytes_of(&self, block: &Block) -> usize {
        let found = block.downcast_ref::<Vec<Found>>();
        found.map_or(0, |found| found.iter().map(|found| found.block.signature.len()).sum())
    }

    /// Never called: without a block size the pipeline calls `encode_lines`.
    fn encode(&self, _: &[RecordBatch]) -> io::Result<Block> {
        Err(io::Error::other("an index needs the entries of the rows"))
    }

    fn encode_lines(&self, lines: &Lines) -> io::Result<Block> {
        let counter = Counter::new(lines);
        let mut start = 0;
        let parts = lines.parts.iter().flatten();
        let found = lines.tallies.iter().zip(parts).map(|((entry, tally), part)| {
            let rows = start..start + tally.lines as usize;
            start = rows.end;
            let (counted, signature) = SIGNER.with_borrow_mut(|signer| {
                let counted = counter.count(rows, |text| signer.add(text));
                (counted, signer.sign())
            });
            let block = BlockDraft {
                part: part.clone(),
                counts: record_of(tally, counted.timed),
                texts: counted.texts,
                signature,
            };
            Found { entry: *entry, block, failed: tally.failure.is_some() }
        });
        Ok(Box::new(found.collect::<Vec<_>>()))
    }
}
